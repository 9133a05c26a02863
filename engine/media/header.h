/* media/header.h — the message of a commit that carries one sealed chunk: signed by its writer, so that stock git and a hub can check it. Format:
 * schema/formats/media.md. Readers of attachments need none of it: the row names the bytes. */
#ifndef JEMPUT_MEDIA_HEADER_H
#define JEMPUT_MEDIA_HEADER_H

#include "base/bytes.h"
#include "media/content.h"

struct jemput_media_header {
    uint8_t space[32], writer[16];
    uint32_t epoch;        /* of the writer, from 1 */
    uint64_t number;       /* of the commit in its branch, from 1 */
    uint8_t previous[32];  /* BLAKE2b-256 of the message before this one in the branch; number 1: zeros */
    uint32_t chunk_bytes;  /* of the payload */
    uint8_t name[JEMPUT_MEDIA_NAME_BYTES]; /* of the payload */
};

void jemput_media_header_write(struct jemput_buf *out, const struct jemput_media_header *h);
/* Refuses everything that jemput_media_header_write would not have written. JEMPUT_CORRUPT    JEMPUT_UPGRADE a newer form    JEMPUT_NOMEM */
enum jemput_status jemput_media_header_read(struct jemput_media_header *out, struct jemput_bytes text, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
