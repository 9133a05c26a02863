/* fuzz/fuzz_chunk.c — chunks of a checkpoint: the payloads as they come, or the stream that is in them.
 *
 * The first byte of an input says what the rest is:
 *     0   payloads: for each two bytes, its length with the low one first, and so many bytes
 *     1   a stream, which is cut and deflated here
 * Whatever is read: no item is larger than what came, and items that were read to the end make the same chunks again. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/zip.h"
#include "checkpoint/chunk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STREAM_BYTES_MAX ((size_t)4 << 20)

struct seen {
    size_t bytes;                 /* of all items */
    struct jemput_chunker writer; /* writes them again */
    struct jemput_buf again;
};

static enum jemput_status again_add(void *ctx, struct jemput_bytes chunk, struct jemput_error *err)
{
    struct seen *seen = ctx;

    jemput_buf_append_bytes(&seen->again, chunk);
    return jemput_buf_check(&seen->again, "chunks", err);
}

static enum jemput_status item_see(void *ctx, struct jemput_bytes item, struct jemput_error *err)
{
    struct seen *seen = ctx;

    seen->bytes += item.len;
    return jemput_chunker_item(&seen->writer, item, err);
}

static void named(enum jemput_status st)
{
    JEMPUT_ASSERT(st == JEMPUT_OK || st == JEMPUT_CORRUPT || st == JEMPUT_UPGRADE || st == JEMPUT_LIMIT);
}

static void payloads_read(struct jemput_bytes in)
{
    struct seen seen = { .again = JEMPUT_BUF_INIT(STREAM_BYTES_MAX) };
    struct jemput_reader r = { .rest = in };
    struct jemput_unchunker reader;
    struct jemput_error err;
    enum jemput_status st = JEMPUT_OK;

    jemput_chunker_init(&seen.writer, again_add, &seen);
    jemput_unchunker_init(&reader, item_see, &seen);
    while (!st && r.rest.len && seen.bytes < STREAM_BYTES_MAX / 4) {
        size_t len = jemput_read_u8(&r);

        len |= (size_t)jemput_read_u8(&r) << 8;
        st = jemput_unchunker_chunk(&reader, jemput_read_bytes(&r, len < r.rest.len ? len : r.rest.len), &err);
    }
    named(st);
    JEMPUT_ASSERT(seen.bytes <= reader.sum.bytes);
    if (!st)
        named(jemput_unchunker_end(&reader, &reader.sum, &err));
    jemput_unchunker_release(&reader);
    jemput_chunker_release(&seen.writer);
    jemput_buf_release(&seen.again);
}

/* The chunks of a stream that is well cut, whatever stands in it. */
static struct jemput_checkpoint_sum stream_read(struct jemput_bytes stream, struct jemput_unchunker *reader, struct jemput_buf *chunks, enum jemput_status *st)
{
    struct jemput_checkpoint_sum sum = { .bytes = stream.len };
    struct jemput_error err;

    jemput_hash256(sum.hash, stream, NULL);
    for (size_t at = 0; !*st && at <= stream.len; at += JEMPUT_CHUNK_BYTES) {
        size_t start = chunks->len, len = stream.len - at < JEMPUT_CHUNK_BYTES ? stream.len - at : JEMPUT_CHUNK_BYTES;

        jemput_buf_u8(chunks, 3);
        jemput_buf_varint(chunks, sum.chunks++);
        JEMPUT_ASSERT(jemput_zip_deflate(chunks, jemput_bytes_of(stream.data + at, len), 4, (struct jemput_bytes){ 0 }, &err) == JEMPUT_OK);
        *st = jemput_unchunker_chunk(reader, jemput_bytes_of(chunks->data + start, chunks->len - start), &err);
    }
    return sum;
}

static void stream_try(struct jemput_bytes stream)
{
    struct seen seen = { .again = JEMPUT_BUF_INIT(STREAM_BYTES_MAX) };
    struct jemput_buf chunks = JEMPUT_BUF_INIT(STREAM_BYTES_MAX);
    struct jemput_checkpoint_sum sum, told;
    struct jemput_unchunker reader;
    struct jemput_error err;
    enum jemput_status st = JEMPUT_OK;

    jemput_chunker_init(&seen.writer, again_add, &seen);
    jemput_unchunker_init(&reader, item_see, &seen);
    sum = stream_read(stream, &reader, &chunks, &st);
    if (!st)
        st = jemput_unchunker_end(&reader, &sum, &err);
    named(st);
    if (!st) {
        JEMPUT_ASSERT(jemput_chunker_end(&seen.writer, &told, &err) == JEMPUT_OK);
        /* A length has one form: items that were read to the end are the stream. */
        JEMPUT_ASSERT(told.bytes == sum.bytes && memcmp(told.hash, sum.hash, sizeof told.hash) == 0 &&
                      jemput_bytes_equal(jemput_buf_bytes(&seen.again), jemput_buf_bytes(&chunks)));
    }
    jemput_unchunker_release(&reader);
    jemput_chunker_release(&seen.writer);
    jemput_buf_release(&seen.again);
    jemput_buf_release(&chunks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || data[0] > 1 || size > STREAM_BYTES_MAX / 4)
        return 0;
    if (data[0] == 0)
        payloads_read(jemput_bytes_of(data + 1, size - 1));
    else
        stream_try(jemput_bytes_of(data + 1, size - 1));
    return 0;
}
