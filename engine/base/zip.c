/* base/zip.c — whole buffers through zlib, bounded: the input is hostile until the stream has ended well.
 *
 * Output goes straight into the caller's buffer; once that is as long as allowed, one more byte is inflated into a probe, so a stream
 * that is exactly as long as allowed passes and a bomb stops at its first byte above. A failure leaves the buffer's length as it was. */
#include "base/zip.h"

#include <limits.h>
#include <stdint.h>
#include <zlib.h>

#include "base/alloc.h"

#define ZIP_CHUNK_BYTES ((size_t)16 * 1024)
#define ZIP_RATIO_FREE_BYTES ((size_t)64 * 1024)

static voidpf zip_alloc(voidpf ctx, uInt items, uInt size)
{
    (void)ctx;
    return size && items > SIZE_MAX / size ? NULL : jemput_alloc((size_t)items * size);
}

static void zip_free(voidpf ctx, voidpf ptr)
{
    (void)ctx;
    jemput_free(ptr);
}

/* The buffer as it was before the call. */
static void zip_rollback(struct jemput_buf *out, size_t len)
{
    out->len = len;
    out->failed = JEMPUT_OK;
}

static enum jemput_status zip_input_check(const struct jemput_buf *out, struct jemput_bytes in, struct jemput_bytes dictionary,
                                          struct jemput_error *err)
{
    if (in.len > UINT_MAX || dictionary.len > UINT_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "zip: %zu bytes are too many for one stream", in.len);
    return jemput_buf_check(out, "zip", err);
}

static enum jemput_status deflate_all(z_stream *z, struct jemput_buf *out, struct jemput_bytes dictionary, struct jemput_error *err)
{
    int rc;

    if (dictionary.len && deflateSetDictionary(z, dictionary.data, (uInt)dictionary.len) != Z_OK)
        return jemput_fail(err, JEMPUT_NOMEM, "zip: the dictionary was refused");
    do {
        size_t room = out->max > out->len ? out->max - out->len : 0;

        if (room > ZIP_CHUNK_BYTES)
            room = ZIP_CHUNK_BYTES;
        if (!jemput_buf_reserve(out, room ? room : 1))
            return jemput_buf_check(out, "zip", err);
        z->next_out = out->data + out->len;
        z->avail_out = (uInt)room;
        rc = deflate(z, Z_FINISH);
        out->len += room - z->avail_out;
    } while (rc == Z_OK || rc == Z_BUF_ERROR);
    JEMPUT_ASSERT(rc == Z_STREAM_END);
    return JEMPUT_OK;
}

/* What is small gets a window and tables to its size, all matches still in reach: zlib's full tables, for a few hundred bytes, cost far more to clear
 * than the bytes to compress. The same bytes come out but for the stream's first two. With a dictionary everything stays as formats have it. */
static int window_bits(struct jemput_bytes in, struct jemput_bytes dictionary)
{
    int bits = dictionary.len ? MAX_WBITS : 9;

    while (bits < MAX_WBITS && ((size_t)1 << bits) < in.len + 512)
        bits++;
    return bits;
}

enum jemput_status jemput_zip_deflate(struct jemput_buf *out, struct jemput_bytes in, int level, struct jemput_bytes dictionary,
                                      struct jemput_error *err)
{
    z_stream z = { .zalloc = zip_alloc, .zfree = zip_free };
    size_t len_before = out->len;
    int bits = window_bits(in, dictionary);
    enum jemput_status st = zip_input_check(out, in, dictionary, err);

    JEMPUT_ASSERT(level >= 1 && level <= 9);
    if (st)
        return st;
    if (deflateInit2(&z, level, Z_DEFLATED, bits, bits == MAX_WBITS ? MAX_MEM_LEVEL : bits - 6, Z_DEFAULT_STRATEGY) != Z_OK)
        return jemput_fail(err, JEMPUT_NOMEM, "zip: no memory to deflate %zu bytes", in.len);
    z.next_in = (z_const Bytef *)in.data;
    z.avail_in = (uInt)in.len;
    st = deflate_all(&z, out, dictionary, err);
    deflateEnd(&z);
    if (st)
        zip_rollback(out, len_before);
    return st;
}

static size_t inflate_limit(size_t in_len, size_t bytes_max, unsigned ratio_max)
{
    size_t by_ratio;

    if (!ratio_max || in_len > SIZE_MAX / ratio_max)
        return bytes_max;
    by_ratio = in_len * ratio_max;
    if (by_ratio < ZIP_RATIO_FREE_BYTES)
        by_ratio = ZIP_RATIO_FREE_BYTES;
    return by_ratio < bytes_max ? by_ratio : bytes_max;
}

/* One call of inflate into `room` bytes of the buffer, or into a probe when there is no room: then any byte is one too many. Z_FINISH says that no
 * more input comes: zlib then keeps no window of what ends within the call. Z_OK: it goes on. */
static int inflate_step(z_stream *z, struct jemput_buf *out, size_t room)
{
    uint8_t probe;
    int rc;

    if (room > ZIP_CHUNK_BYTES)
        room = ZIP_CHUNK_BYTES;
    if (!jemput_buf_reserve(out, room))
        return Z_MEM_ERROR;
    z->next_out = room ? out->data + out->len : &probe;
    z->avail_out = room ? (uInt)room : 1;
    rc = inflate(z, Z_FINISH);
    if (room)
        out->len += room - z->avail_out;
    else if (z->avail_out == 0)
        out->failed = JEMPUT_LIMIT;
    return rc == Z_BUF_ERROR && z->avail_out == 0 ? Z_OK : rc;
}

static enum jemput_status inflate_all(z_stream *z, struct jemput_buf *out, size_t bytes_max, struct jemput_bytes dictionary, struct jemput_error *err)
{
    size_t start = out->len;

    for (;;) {
        size_t room = bytes_max - (out->len - start);
        size_t room_in_buf = out->max > out->len ? out->max - out->len : 0;
        int rc = inflate_step(z, out, room < room_in_buf ? room : room_in_buf);

        if (out->failed == JEMPUT_LIMIT)
            return jemput_fail(err, JEMPUT_LIMIT, "zip: inflates to more than %zu bytes", out->len - start);
        switch (rc) {
        case Z_OK:
            break;
        case Z_STREAM_END:
            if (z->avail_in)
                return jemput_fail(err, JEMPUT_CORRUPT, "zip: %u bytes after the stream", z->avail_in);
            return JEMPUT_OK;
        case Z_NEED_DICT:
            rc = dictionary.len ? inflateSetDictionary(z, dictionary.data, (uInt)dictionary.len) : Z_DATA_ERROR;
            if (rc == Z_MEM_ERROR)
                return jemput_fail(err, JEMPUT_NOMEM, "zip: no memory to inflate");
            if (rc != Z_OK)
                return jemput_fail(err, JEMPUT_CORRUPT, "zip: asks for another dictionary");
            break;
        case Z_BUF_ERROR:
            return jemput_fail(err, JEMPUT_CORRUPT, "zip: the stream is cut");
        case Z_MEM_ERROR:
            return jemput_fail(err, JEMPUT_NOMEM, "zip: no memory to inflate");
        default:
            return jemput_fail(err, JEMPUT_CORRUPT, "zip: %s", z->msg ? z->msg : "damaged");
        }
    }
}

enum jemput_status jemput_zip_inflate(struct jemput_buf *out, struct jemput_bytes in, size_t bytes_max, unsigned ratio_max,
                                      struct jemput_bytes dictionary, struct jemput_error *err)
{
    z_stream z = { .zalloc = zip_alloc, .zfree = zip_free };
    size_t len_before = out->len;
    enum jemput_status st = zip_input_check(out, in, dictionary, err);

    if (st)
        return st;
    if (in.len == 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "zip: the stream is cut");
    if (inflateInit(&z) != Z_OK)
        return jemput_fail(err, JEMPUT_NOMEM, "zip: no memory to inflate %zu bytes", in.len);
    z.next_in = (z_const Bytef *)in.data;
    z.avail_in = (uInt)in.len;
    st = inflate_all(&z, out, inflate_limit(in.len, bytes_max, ratio_max), dictionary, err);
    inflateEnd(&z);
    if (st)
        zip_rollback(out, len_before);
    return st;
}
