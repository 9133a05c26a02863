/* media/keep.h — an attachment's bytes into the store, chunk by chunk as they come, and out again. Neither direction holds more than one chunk. */
#ifndef JEMPUT_MEDIA_KEEP_H
#define JEMPUT_MEDIA_KEEP_H

#include "base/alloc.h"
#include "media/content.h"
#include "store/object/media.h"

#define JEMPUT_MEDIA_LOCK_WAIT_MS 5000

struct jemput_media_keep { /* zeroed = nothing begun */
    struct jemput_store *store;
    uint8_t id[JEMPUT_MEDIA_ID_BYTES];
    uint8_t media_key[JEMPUT_SEAL_KEY_BYTES];
    uint32_t chunk_bytes;
    struct jemput_buf plain, sealed;
    struct jemput_media_entry *entries;
    uint32_t count, room;
    uint64_t size_bytes;
};

/* Each chunk goes into the store in a transaction of its own, outside of any. */
void jemput_media_keep_begin(struct jemput_media_keep *k, struct jemput_store *store, const uint8_t id[JEMPUT_MEDIA_ID_BYTES],
                             const uint8_t media_key[JEMPUT_SEAL_KEY_BYTES], uint32_t chunk_bytes);
/* JEMPUT_LIMIT more than JEMPUT_MEDIA_CHUNKS_MAX chunks    JEMPUT_BUSY JEMPUT_FULL JEMPUT_IO JEMPUT_NOMEM */
enum jemput_status jemput_media_keep_add(struct jemput_media_keep *k, struct jemput_bytes bytes, struct jemput_error *err) JEMPUT_MUST_USE;
/* That was all: the last chunk and the list follow; *content says where. */
enum jemput_status jemput_media_keep_end(struct jemput_media_keep *k, struct jemput_media_content *content, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_media_keep_release(struct jemput_media_keep *k); /* wipes the key */

/* The list of an attachment's chunks, from where its bytes are. JEMPUT_NOTFOUND it is not there    JEMPUT_CORRUPT */
enum jemput_status jemput_media_list_find(struct jemput_media_list *out, struct jemput_source *source, const struct jemput_media_content *content,
                                          struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* The plain bytes of one of its chunks, by its number from 0, in place of what is in `plain`. Errors as jemput_media_read(): then it holds nothing of
 * use. */
enum jemput_status jemput_media_chunk_read(struct jemput_buf *plain, struct jemput_source *source, const struct jemput_media_list *list,
                                           uint32_t chunk_bytes, uint32_t chunk, struct jemput_error *err) JEMPUT_MUST_USE;
/* Given each chunk's plain bytes in their order; borrowed for the call. */
typedef enum jemput_status (*jemput_media_bytes_fn)(void *ctx, struct jemput_bytes bytes, struct jemput_error *err);
/* JEMPUT_NOTFOUND a part is not there    JEMPUT_CORRUPT it is another, or not of the size that the list says    else what `each` returned */
enum jemput_status jemput_media_read(struct jemput_source *source, const struct jemput_media_content *content, jemput_media_bytes_fn each, void *ctx,
                                     struct jemput_error *err) JEMPUT_MUST_USE;

#endif
