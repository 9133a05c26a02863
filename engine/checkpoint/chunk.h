/* checkpoint/chunk.h — a checkpoint's items as one stream of bytes, and that cut into chunks, each the payload of a segment. Format:
 * schema/formats/checkpoint.md.
 *
 * Neither direction holds more in memory than one chunk and one item. */
#ifndef JEMPUT_CHECKPOINT_CHUNK_H
#define JEMPUT_CHECKPOINT_CHUNK_H

#include "base/limits.h"
#include "crypto/crypto.h"

#define JEMPUT_CHUNK_CODEC 2                  /* a segment header's, of a data segment that carries one */
#define JEMPUT_CHUNK_BYTES (256u * 1024)      /* of the stream in each chunk but the last */

struct jemput_checkpoint_sum { /* of a stream */
    uint64_t bytes;
    uint32_t chunks;
    uint8_t hash[JEMPUT_HASH256_BYTES];
};

/* Given each chunk, or item; borrowed for the call. Another status than OK ends the work with it. */
typedef enum jemput_status (*jemput_chunk_fn)(void *ctx, struct jemput_bytes bytes, struct jemput_error *err);

/* --- writing --- */

struct jemput_chunker {
    jemput_chunk_fn each;
    void *ctx;
    struct jemput_buf stream, chunk;
    struct jemput_hashing hashing;
    struct jemput_checkpoint_sum sum;
};

void jemput_chunker_init(struct jemput_chunker *c, jemput_chunk_fn each, void *ctx);
void jemput_chunker_release(struct jemput_chunker *c);
/* JEMPUT_NOMEM JEMPUT_LIMIT, or what `each` returned */
enum jemput_status jemput_chunker_item(struct jemput_chunker *c, struct jemput_bytes item, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_chunker_end(struct jemput_chunker *c, struct jemput_checkpoint_sum *sum, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- reading --- */

struct jemput_unchunker {
    jemput_chunk_fn each;
    void *ctx;
    struct jemput_buf stream; /* what has come and is no whole item yet */
    bool begun, last;         /* the magic was read; a chunk has come that is not full */
    struct jemput_hashing hashing;
    struct jemput_checkpoint_sum sum;
};

void jemput_unchunker_init(struct jemput_unchunker *u, jemput_chunk_fn each, void *ctx);
void jemput_unchunker_release(struct jemput_unchunker *u);
/* The next chunk. JEMPUT_CORRUPT: it is not; JEMPUT_UPGRADE: of a newer form; JEMPUT_NOMEM JEMPUT_LIMIT, or what `each` returned */
enum jemput_status jemput_unchunker_chunk(struct jemput_unchunker *u, struct jemput_bytes payload, struct jemput_error *err) JEMPUT_MUST_USE;
/* All have come. JEMPUT_CORRUPT: they are not those of `sum`. */
enum jemput_status jemput_unchunker_end(struct jemput_unchunker *u, const struct jemput_checkpoint_sum *sum,
                                        struct jemput_error *err) JEMPUT_MUST_USE;

#endif
