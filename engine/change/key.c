/* change/key.c — row keys: canonical bytes of the primary key's values. */
#include "change/key.h"

#include "base/limits.h"

/* 2^53: up to here every integer is a double, so an integer and a REAL that SQLite holds equal become one key. */
#define KEY_REAL_INTEGER_MAX 9007199254740992.0

bool jemput_key_is_integer(double real)
{
    return real >= -KEY_REAL_INTEGER_MAX && real <= KEY_REAL_INTEGER_MAX && (double)(int64_t)real == real;
}

enum jemput_status jemput_key_write(struct jemput_buf *out, const struct jemput_value *values, unsigned count, struct jemput_error *err)
{
    size_t start = out->len;

    JEMPUT_ASSERT(count > 0);
    if (count > JEMPUT_KEY_COLUMNS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "key: %u columns are more than %d", count, JEMPUT_KEY_COLUMNS_MAX);
    for (unsigned i = 0; i < count; i++) {
        struct jemput_value v = values[i];

        if (v.type == JEMPUT_NULL) {
            out->len = start;
            return jemput_fail(err, JEMPUT_DENIED, "key: column %u is NULL", i + 1);
        }
        if (v.type == JEMPUT_REAL && jemput_key_is_integer(v.real))
            v = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = (int64_t)v.real };
        jemput_value_write(out, &v);
    }
    if (out->failed) {
        out->len = start;
        return jemput_buf_check(out, "key", err);
    }
    if (out->len - start > JEMPUT_KEY_BYTES_MAX) {
        out->len = start;
        return jemput_fail(err, JEMPUT_LIMIT, "key: longer than %d bytes", JEMPUT_KEY_BYTES_MAX);
    }
    return JEMPUT_OK;
}

static bool key_read_value(struct jemput_reader *r, struct jemput_value *out)
{
    jemput_value_read(r, out);
    return !r->overrun && out->type != JEMPUT_NULL && !(out->type == JEMPUT_REAL && jemput_key_is_integer(out->real));
}

/* One short text or blob: so are most keys, and a merge reads each of them several times. */
static bool key_is_short(struct jemput_bytes key)
{
    return key.len >= 2 && key.data[1] < 0x80 && key.data[1] == key.len - 2 && (key.data[0] == JEMPUT_TEXT || key.data[0] == JEMPUT_BLOB);
}

enum jemput_status jemput_key_read(struct jemput_value *values, unsigned count, struct jemput_bytes key, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = key };
    struct jemput_value read[JEMPUT_KEY_COLUMNS_MAX];

    JEMPUT_ASSERT(count > 0 && count <= JEMPUT_KEY_COLUMNS_MAX);
    if (count == 1 && key_is_short(key)) {
        values[0] = (struct jemput_value){ .type = (enum jemput_value_type)key.data[0], .bytes = { key.data + 2, key.len - 2 } };
        return JEMPUT_OK;
    }
    if (key.len > JEMPUT_KEY_BYTES_MAX)
        return jemput_fail(err, JEMPUT_CORRUPT, "key: %zu bytes are too many", key.len);
    for (unsigned i = 0; i < count; i++)
        if (!key_read_value(&r, &read[i]))
            return jemput_fail(err, JEMPUT_CORRUPT, "key: value %u of %u is not canonical", i + 1, count);
    if (r.rest.len)
        return jemput_fail(err, JEMPUT_CORRUPT, "key: more than %u values", count);
    for (unsigned i = 0; i < count; i++)
        values[i] = read[i];
    return JEMPUT_OK;
}

unsigned jemput_key_count(struct jemput_bytes key)
{
    struct jemput_reader r = { .rest = key };
    struct jemput_value v;
    unsigned count = 0;

    if (key.len > JEMPUT_KEY_BYTES_MAX)
        return 0;
    for (; r.rest.len; count++)
        if (count == JEMPUT_KEY_COLUMNS_MAX || !key_read_value(&r, &v))
            return 0;
    return count;
}
