/* change/value.c — SQL values: equality, order, and canonical bytes (schema/formats/pending.md, "Value"). */
#include "change/value.h"

#include <string.h>

#include "base/limits.h"

_Static_assert(sizeof(double) == 8, "REAL is an IEEE 754 double");

static uint64_t real_bits(double real)
{
    uint64_t bits;

    memcpy(&bits, &real, sizeof bits);
    return bits;
}

static bool value_has_bytes(const struct jemput_value *v)
{
    return v->type == JEMPUT_TEXT || v->type == JEMPUT_BLOB;
}

bool jemput_value_equal(const struct jemput_value *a, const struct jemput_value *b)
{
    if (a->type != b->type)
        return false;
    if (a->type == JEMPUT_INTEGER)
        return a->integer == b->integer;
    if (a->type == JEMPUT_REAL)
        return real_bits(a->real) == real_bits(b->real);
    return !value_has_bytes(a) || jemput_bytes_equal(a->bytes, b->bytes);
}

/* Bits as an integer that grows as the number does, so that -0.0 sorts before 0.0 and nothing compares as equal that is not. */
static uint64_t real_rank(double real)
{
    uint64_t bits = real_bits(real);

    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

int jemput_value_compare(const struct jemput_value *a, const struct jemput_value *b)
{
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    if (a->type == JEMPUT_INTEGER)
        return (a->integer > b->integer) - (a->integer < b->integer);
    if (a->type == JEMPUT_REAL)
        return (real_rank(a->real) > real_rank(b->real)) - (real_rank(a->real) < real_rank(b->real));
    return value_has_bytes(a) ? jemput_bytes_compare(a->bytes, b->bytes) : 0;
}

bool jemput_value_copy(struct jemput_value *out, const struct jemput_value *in, struct jemput_arena *arena)
{
    struct jemput_value copy = *in;

    if (value_has_bytes(in)) {
        copy.bytes = jemput_arena_copy(arena, in->bytes);
        if (!copy.bytes.data)
            return false;
    }
    *out = copy;
    return true;
}

void jemput_value_write_body(struct jemput_buf *out, const struct jemput_value *v)
{
    if (v->type == JEMPUT_INTEGER)
        jemput_buf_zigzag(out, v->integer);
    else if (v->type == JEMPUT_REAL)
        jemput_buf_u64le(out, real_bits(v->real));
    else if (value_has_bytes(v))
        jemput_buf_sized(out, v->bytes);
}

void jemput_value_write(struct jemput_buf *out, const struct jemput_value *v)
{
    jemput_buf_u8(out, (uint8_t)v->type);
    jemput_value_write_body(out, v);
}

void jemput_value_read_body(struct jemput_reader *r, unsigned type, struct jemput_value *out)
{
    struct jemput_value v = { .type = JEMPUT_NULL };
    uint64_t bits;

    if (type > JEMPUT_BLOB) {
        r->overrun = true;
    } else if (type == JEMPUT_INTEGER) {
        v.integer = jemput_read_zigzag(r);
    } else if (type == JEMPUT_REAL) {
        bits = jemput_read_u64le(r);
        memcpy(&v.real, &bits, sizeof bits);
        if (v.real != v.real)
            r->overrun = true; /* NaN: SQLite has NULL for it */
    } else if (type != JEMPUT_NULL) {
        v.bytes = jemput_read_sized(r);
        if (v.bytes.len > JEMPUT_VALUE_BYTES_MAX)
            r->overrun = true;
    }
    v.type = (enum jemput_value_type)type;
    *out = r->overrun ? (struct jemput_value){ .type = JEMPUT_NULL } : v;
}

void jemput_value_read(struct jemput_reader *r, struct jemput_value *out)
{
    jemput_value_read_body(r, jemput_read_u8(r), out);
}
