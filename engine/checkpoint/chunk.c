/* checkpoint/chunk.c — items to chunks and back. See chunk.h. */
#include "checkpoint/chunk.h"

#include <string.h>

#include "base/limits.h"
#include "base/zip.h"

#define CHUNK_FORMAT 3
#define CHUNK_HEAD_BYTES_MAX 11 /* format, place */
#define DEFLATE_LEVEL 4 /* most of it is packed rows, which are compressed already: a higher level takes time and makes hardly less */

static const char magic[] = "jemput checkpoint 3\n";

/* --- writing --- */

void jemput_chunker_init(struct jemput_chunker *c, jemput_chunk_fn each, void *ctx)
{
    *c = (struct jemput_chunker){ .each = each, .ctx = ctx, .stream = JEMPUT_BUF_INIT((size_t)JEMPUT_ROW_BYTES_MAX + 2 * JEMPUT_CHUNK_BYTES),
                                  .chunk = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX) };
    jemput_hashing_begin(&c->hashing);
    jemput_buf_append_str(&c->stream, magic);
}

void jemput_chunker_release(struct jemput_chunker *c)
{
    jemput_buf_release(&c->stream);
    jemput_buf_release(&c->chunk);
}

static enum jemput_status chunk_give(struct jemput_chunker *c, struct jemput_bytes part, struct jemput_error *err)
{
    enum jemput_status st;

    if (c->sum.chunks == JEMPUT_CHECKPOINT_CHUNKS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "a checkpoint of more than %u chunks", JEMPUT_CHECKPOINT_CHUNKS_MAX);
    jemput_hashing_add(&c->hashing, part);
    jemput_buf_clear(&c->chunk);
    jemput_buf_u8(&c->chunk, CHUNK_FORMAT);
    jemput_buf_varint(&c->chunk, c->sum.chunks);
    st = jemput_zip_deflate(&c->chunk, part, DEFLATE_LEVEL, (struct jemput_bytes){ 0 }, err);
    if (!st)
        st = jemput_buf_check(&c->chunk, "chunk", err);
    if (!st)
        st = c->each(c->ctx, jemput_buf_bytes(&c->chunk), err);
    c->sum.chunks++;
    c->sum.bytes += part.len;
    return st;
}

enum jemput_status jemput_chunker_item(struct jemput_chunker *c, struct jemput_bytes item, struct jemput_error *err)
{
    size_t done = 0;
    enum jemput_status st;

    jemput_buf_sized(&c->stream, item);
    st = jemput_buf_check(&c->stream, "checkpoint", err);
    while (!st && c->stream.len - done >= JEMPUT_CHUNK_BYTES) {
        st = chunk_give(c, jemput_bytes_of(c->stream.data + done, JEMPUT_CHUNK_BYTES), err);
        done += JEMPUT_CHUNK_BYTES;
    }
    if (st || !done)
        return st;
    memmove(c->stream.data, c->stream.data + done, c->stream.len - done);
    c->stream.len -= done;
    return JEMPUT_OK;
}

enum jemput_status jemput_chunker_end(struct jemput_chunker *c, struct jemput_checkpoint_sum *sum, struct jemput_error *err)
{
    enum jemput_status st = chunk_give(c, jemput_buf_bytes(&c->stream), err); /* the last one may be empty: it is the one that is not full */

    if (st)
        return st;
    jemput_hashing_end(&c->hashing, c->sum.hash);
    *sum = c->sum;
    return JEMPUT_OK;
}

/* --- reading --- */

void jemput_unchunker_init(struct jemput_unchunker *u, jemput_chunk_fn each, void *ctx)
{
    *u = (struct jemput_unchunker){ .each = each, .ctx = ctx, .stream = JEMPUT_BUF_INIT((size_t)JEMPUT_ROW_BYTES_MAX + 2 * JEMPUT_CHUNK_BYTES) };
    jemput_hashing_begin(&u->hashing);
}

void jemput_unchunker_release(struct jemput_unchunker *u)
{
    jemput_buf_release(&u->stream);
}

/* Hand on all items that are whole. */
static enum jemput_status items_give(struct jemput_unchunker *u, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = jemput_buf_bytes(&u->stream) };
    size_t done = 0;
    enum jemput_status st = JEMPUT_OK;

    if (!u->begun) {
        if (u->stream.len < strlen(magic) || memcmp(u->stream.data, magic, strlen(magic)) != 0)
            return jemput_fail(err, JEMPUT_CORRUPT, "no checkpoint begins so");
        (void)jemput_read_bytes(&r, strlen(magic));
        u->begun = true;
        done = strlen(magic);
    }
    while (!st && r.rest.len) {
        struct jemput_bytes item = jemput_read_sized(&r);

        if (r.overrun) /* the rest of it is in the next chunk; a length that is none is found at the end */
            break;
        done = u->stream.len - r.rest.len;
        st = u->each(u->ctx, item, err);
    }
    memmove(u->stream.data, u->stream.data + done, u->stream.len - done);
    u->stream.len -= done;
    return st;
}

enum jemput_status jemput_unchunker_chunk(struct jemput_unchunker *u, struct jemput_bytes payload, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = payload };
    uint8_t format = jemput_read_u8(&r);
    uint64_t place = jemput_read_varint(&r);
    size_t before = u->stream.len;
    enum jemput_status st;

    if (!r.overrun && format > CHUNK_FORMAT)
        return jemput_fail(err, JEMPUT_UPGRADE, "a checkpoint's chunk of form %u", format);
    if (!r.overrun && format > 0 && format < CHUNK_FORMAT)
        return jemput_fail(err, JEMPUT_CORRUPT, "a checkpoint's chunk of form %u, of a version before the first release: central has to make another",
                           format);
    if (r.overrun || format != CHUNK_FORMAT || place != u->sum.chunks || u->last)
        return jemput_fail(err, JEMPUT_CORRUPT, "chunk %u is not the next", (unsigned)u->sum.chunks);
    st = jemput_zip_inflate(&u->stream, r.rest, JEMPUT_CHUNK_BYTES, 0, (struct jemput_bytes){ 0 }, err);
    if (st)
        return jemput_wrap(err, "chunk %u", (unsigned)u->sum.chunks);
    u->last = u->stream.len - before < JEMPUT_CHUNK_BYTES;
    jemput_hashing_add(&u->hashing, jemput_bytes_of(u->stream.data + before, u->stream.len - before));
    u->sum.bytes += u->stream.len - before;
    u->sum.chunks++;
    return items_give(u, err);
}

enum jemput_status jemput_unchunker_end(struct jemput_unchunker *u, const struct jemput_checkpoint_sum *sum, struct jemput_error *err)
{
    jemput_hashing_end(&u->hashing, u->sum.hash);
    if (u->stream.len || !u->last || u->sum.bytes != sum->bytes || u->sum.chunks != sum->chunks ||
        memcmp(u->sum.hash, sum->hash, sizeof sum->hash) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "the chunks are not those that central signed");
    return JEMPUT_OK;
}
