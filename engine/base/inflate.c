/* base/inflate.c — a zlib stream inflated as its bytes come. Once the output is as long as it may be, one more byte is inflated into a probe: a
 * stream of just that length ends well, and a longer one stops at its first byte above. */
#include "base/inflate.h"

#include <limits.h>
#include <zlib.h>

#include "base/alloc.h"

#define STEP_BYTES ((size_t)16 * 1024)

struct jemput_inflate {
    z_stream z;
};

static voidpf inflate_alloc(voidpf ctx, uInt items, uInt size)
{
    (void)ctx;
    return size && items > SIZE_MAX / size ? NULL : jemput_alloc((size_t)items * size);
}

static void inflate_free(voidpf ctx, voidpf ptr)
{
    (void)ctx;
    jemput_free(ptr);
}

enum jemput_status jemput_inflate_open(struct jemput_inflate **out, struct jemput_error *err)
{
    struct jemput_inflate *z = jemput_alloc_zero(1, sizeof *z);

    if (!z)
        return jemput_fail(err, JEMPUT_NOMEM, "inflate: no memory");
    z->z.zalloc = inflate_alloc;
    z->z.zfree = inflate_free;
    if (inflateInit(&z->z) != Z_OK) {
        jemput_free(z);
        return jemput_fail(err, JEMPUT_NOMEM, "inflate: no memory");
    }
    *out = z;
    return JEMPUT_OK;
}

void jemput_inflate_close(struct jemput_inflate *z)
{
    if (z)
        inflateEnd(&z->z);
    jemput_free(z);
}

void jemput_inflate_begin(struct jemput_inflate *z)
{
    int rc = inflateReset(&z->z);

    JEMPUT_ASSERT(rc == Z_OK);
}

/* One call of zlib. *over = the stream goes on behind the last byte that it may have. */
static int inflate_once(z_stream *z, struct jemput_buf *out, size_t room, bool *over)
{
    uint8_t probe;
    int rc;

    if (room == 0) {
        z->next_out = &probe;
        z->avail_out = 1;
        rc = inflate(z, Z_NO_FLUSH);
        *over = z->avail_out == 0;
        return rc;
    }
    if (room > STEP_BYTES)
        room = STEP_BYTES;
    if (!jemput_buf_reserve(out, room))
        return Z_MEM_ERROR;
    z->next_out = out->data + out->len;
    z->avail_out = (uInt)room;
    rc = inflate(z, Z_NO_FLUSH);
    out->len += room - z->avail_out;
    return rc;
}

enum jemput_status jemput_inflate_feed(struct jemput_inflate *z, struct jemput_bytes in, size_t *used, bool *ended, struct jemput_buf *out,
                                       size_t size, struct jemput_error *err)
{
    size_t len = in.len < UINT_MAX ? in.len : UINT_MAX;
    bool over = false;
    int rc = Z_OK;

    z->z.next_in = (z_const Bytef *)in.data;
    z->z.avail_in = (uInt)len;
    *ended = false;
    while (rc == Z_OK && !over && (z->z.avail_in > 0 || z->z.avail_out == 0)) {
        rc = inflate_once(&z->z, out, size - out->len, &over);
        if (out->failed)
            return jemput_buf_check(out, "inflate", err);
    }
    *used = len - z->z.avail_in;
    if (over)
        return jemput_fail(err, JEMPUT_CORRUPT, "inflate: more than the %zu bytes that were announced", size);
    if (rc == Z_STREAM_END) {
        *ended = true;
        return JEMPUT_OK;
    }
    if (rc == Z_MEM_ERROR)
        return jemput_fail(err, JEMPUT_NOMEM, "inflate: no memory");
    if (rc != Z_OK && rc != Z_BUF_ERROR)
        return jemput_fail(err, JEMPUT_CORRUPT, "inflate: %s", z->z.msg ? z->z.msg : "damaged");
    return JEMPUT_OK;
}
