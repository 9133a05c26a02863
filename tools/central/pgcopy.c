/* pgcopy.c — rows in PostgreSQL's binary COPY format. */
#include "pgcopy.h"

#include <string.h>

#define MS_TO_2000 INT64_C(946684800000) /* from 1970-01-01 */

static void big_endian(struct buffer *out, uint64_t value, unsigned size)
{
    uint8_t bytes[8];

    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    buffer_add(out, bytes, size);
}

static void number(struct buffer *out, uint64_t value, unsigned size)
{
    big_endian(out, size, 4);
    big_endian(out, value, size);
}

void pgcopy_head(struct buffer *out)
{
    static const uint8_t head[19] = { 'P', 'G', 'C', 'O', 'P', 'Y', '\n', 0xff, '\r', '\n', 0 }; /* then flags and extension: none */

    buffer_add(out, head, sizeof head);
}

void pgcopy_row(struct buffer *out, unsigned field_count)
{
    big_endian(out, field_count, 2);
}

void pgcopy_end(struct buffer *out)
{
    big_endian(out, UINT16_MAX, 2);
}

void pgcopy_null(struct buffer *out)
{
    big_endian(out, UINT32_MAX, 4);
}

void pgcopy_bytes(struct buffer *out, const void *bytes, size_t len)
{
    big_endian(out, len, 4);
    buffer_add(out, bytes, len);
}

void pgcopy_text(struct buffer *out, const char *text)
{
    if (text)
        pgcopy_bytes(out, text, strlen(text));
    else
        pgcopy_null(out);
}

void pgcopy_bool(struct buffer *out, bool value)
{
    number(out, value, 1);
}

void pgcopy_int4(struct buffer *out, int32_t value)
{
    number(out, (uint32_t)value, 4);
}

void pgcopy_int8(struct buffer *out, int64_t value)
{
    number(out, (uint64_t)value, 8);
}

void pgcopy_double(struct buffer *out, double value)
{
    uint64_t bits;

    _Static_assert(sizeof bits == sizeof value, "double is IEEE 754 binary64");
    memcpy(&bits, &value, sizeof bits);
    number(out, bits, 8);
}

void pgcopy_jsonb(struct buffer *out, const char *json, size_t len)
{
    big_endian(out, len + 1, 4);
    big_endian(out, 1, 1); /* version of the form */
    buffer_add(out, json, len);
}

void pgcopy_time(struct buffer *out, int64_t ms_since_1970)
{
    const int64_t first = INT64_C(-211813488000000), end = INT64_C(9223371331200000); /* 4713 BC and the year 294277, from 2000 */

    if (ms_since_1970 < first + MS_TO_2000 || ms_since_1970 >= end)
        pgcopy_null(out);
    else
        pgcopy_int8(out, (ms_since_1970 - MS_TO_2000) * 1000);
}
