/* media/content.h — what an attachment's row says of its bytes, and the list of its chunks. Format: schema/formats/media.md.
 *
 * The bytes are cut into chunks; each is sealed under a key that is a keyed hash of what it holds. The list of chunks is sealed likewise, and its key
 * stands in the row. So who reads the row reads the attachment, whatever becomes of the epoch's key; and once the row is erased nobody does. */
#ifndef JEMPUT_MEDIA_CONTENT_H
#define JEMPUT_MEDIA_CONTENT_H

#include "base/limits.h"
#include "crypto/seal.h"
#include "repo/repo.h"

#define JEMPUT_MEDIA_CHUNK_BYTES_MIN (64u * 1024)
#define JEMPUT_MEDIA_NAME_BYTES 32
#define JEMPUT_MEDIA_SEALED_BYTES_MAX (JEMPUT_MEDIA_CHUNK_BYTES_MAX + JEMPUT_SEAL_OVERHEAD_BYTES)

struct jemput_media_entry { /* one sealed text: a chunk, or the list of them */
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    uint8_t name[JEMPUT_MEDIA_NAME_BYTES]; /* BLAKE2b-256 of the sealed bytes */
    struct jemput_oid oid;                 /* git's name of them: where to find them, and nothing else */
};

struct jemput_media_content {
    uint32_t chunk_bytes; /* of each chunk but the last: a power of two from CHUNK_BYTES_MIN to _MAX */
    struct jemput_media_entry list;
};

struct jemput_media_list {
    uint64_t size_bytes; /* of the attachment */
    uint32_t count;
    const struct jemput_media_entry *chunks; /* in the arena it was read into */
};

/* What is sealed, so that a list is never taken for a chunk. */
enum jemput_media_kind { JEMPUT_MEDIA_LIST, JEMPUT_MEDIA_CHUNK };

/* The key of keys that an epoch's key gives: under it equal bytes have equal keys, in one space and epoch. The caller wipes it. */
void jemput_media_key(uint8_t out[JEMPUT_SEAL_KEY_BYTES], const uint8_t epoch_key[JEMPUT_SEAL_KEY_BYTES]);
/* Append `plain`, sealed; *entry says how to open it. Failures are noted in `sealed`, but git's: JEMPUT_NOMEM */
enum jemput_status jemput_media_seal(struct jemput_buf *sealed, struct jemput_media_entry *entry, struct jemput_bytes plain,
                                     enum jemput_media_kind kind, const uint8_t media_key[JEMPUT_SEAL_KEY_BYTES],
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* Append what they hold. JEMPUT_CORRUPT: other bytes than the entry names, or they do not open     JEMPUT_LIMIT JEMPUT_NOMEM */
enum jemput_status jemput_media_open(struct jemput_buf *plain, struct jemput_bytes sealed, const struct jemput_media_entry *entry,
                                     enum jemput_media_kind kind, struct jemput_error *err) JEMPUT_MUST_USE;
/* Are these the bytes of that name? */
bool jemput_media_is_named(struct jemput_bytes sealed, const uint8_t name[JEMPUT_MEDIA_NAME_BYTES]);

uint32_t jemput_media_chunk_count(uint64_t size_bytes, uint32_t chunk_bytes);

void jemput_media_content_write(struct jemput_buf *out, const struct jemput_media_content *content);
/* JEMPUT_CORRUPT    JEMPUT_UPGRADE of a newer form */
enum jemput_status jemput_media_content_read(struct jemput_media_content *out, struct jemput_bytes in, struct jemput_error *err) JEMPUT_MUST_USE;

void jemput_media_list_write(struct jemput_buf *out, const struct jemput_media_list *list);
/* `chunk_bytes`: as the content says. JEMPUT_CORRUPT: also another number of chunks than that size has    JEMPUT_UPGRADE JEMPUT_NOMEM */
enum jemput_status jemput_media_list_read(struct jemput_media_list *out, struct jemput_bytes in, uint32_t chunk_bytes, struct jemput_arena *arena,
                                          struct jemput_error *err) JEMPUT_MUST_USE;

#endif
