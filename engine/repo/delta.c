/* repo/delta.c — git's deltas applied: a base's size and a result's, then steps that copy from the base or insert bytes of their own. */
#include "repo/unpack.h"

/* Seven bits a byte, low ones first; unlike ours it need not be the shortest form. */
static size_t size_read(struct jemput_reader *r)
{
    size_t size = 0;
    uint8_t byte;

    for (unsigned shift = 0;; shift += 7) {
        byte = jemput_read_u8(r);
        if (shift > 28)
            r->overrun = true;
        if (r->overrun)
            return 0;
        size |= (size_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return size;
    }
}

/* Bits of the step say which bytes of offset and size are there. */
static struct jemput_bytes copy_read(struct jemput_reader *r, uint8_t step, struct jemput_bytes base)
{
    size_t offset = 0, size = 0;

    for (unsigned i = 0; i < 4; i++)
        if (step & 1u << i)
            offset |= (size_t)jemput_read_u8(r) << (8 * i);
    for (unsigned i = 0; i < 3; i++)
        if (step & 0x10u << i)
            size |= (size_t)jemput_read_u8(r) << (8 * i);
    if (size == 0)
        size = 0x10000;
    if (offset > base.len || size > base.len - offset) {
        r->overrun = true;
        return (struct jemput_bytes){ 0 };
    }
    return jemput_bytes_of(base.data + offset, size);
}

enum jemput_status jemput_delta_apply(struct jemput_buf *out, struct jemput_bytes base, struct jemput_bytes delta, size_t size_max,
                                      struct jemput_error *err)
{
    struct jemput_reader r = { .rest = delta };
    size_t start = out->len, base_size = size_read(&r), size = size_read(&r);

    if (r.overrun || base_size != base.len)
        return jemput_fail(err, JEMPUT_CORRUPT, "a delta of another object");
    if (size > size_max)
        return jemput_fail(err, JEMPUT_LIMIT, "a delta that makes %zu bytes of an object: at most %zu are allowed", size, size_max);
    while (!r.overrun && r.rest.len) {
        uint8_t step = jemput_read_u8(&r);
        struct jemput_bytes piece = step & 0x80 ? copy_read(&r, step, base) : jemput_read_bytes(&r, step);

        if (step == 0 || r.overrun || piece.len > size - (out->len - start))
            return jemput_fail(err, JEMPUT_CORRUPT, "a damaged delta");
        jemput_buf_append_bytes(out, piece);
    }
    if (out->len - start != size && !out->failed)
        return jemput_fail(err, JEMPUT_CORRUPT, "a damaged delta");
    return jemput_buf_check(out, "delta", err);
}
