/* crypto/base64.c — base64: written by libsodium, read strictly. */
#include "crypto/base64.h"

#include <sodium.h>

void jemput_base64_append(struct jemput_buf *out, struct jemput_bytes in)
{
    size_t room = sodium_base64_ENCODED_LEN(in.len, sodium_base64_VARIANT_ORIGINAL); /* with a NUL */

    if (!jemput_buf_reserve(out, room))
        return;
    sodium_bin2base64((char *)out->data + out->len, room, in.data, in.len, sodium_base64_VARIANT_ORIGINAL);
    out->len += room - 1;
}

/* From '+' to 'z'; -1 = none. */
static const int8_t digit_values[] = {
    62, -1, -1, -1, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1, -1, 0,  1,  2,  3,  4,
    5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, -1, -1,
    26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
};
_Static_assert(sizeof digit_values == 'z' - '+' + 1, "one for each");

/* -1 = none */
static int digit_value(uint8_t c)
{
    unsigned place = (unsigned)c - '+';

    return place < sizeof digit_values ? digit_values[place] : -1;
}

/* By ourselves: libsodium 1.0.18 takes the byte 0xaf for a '/', and its care for secrets, which none of this is, costs ten times as much. */
bool jemput_base64_read(uint8_t *out, size_t out_max, size_t *out_len, struct jemput_bytes text)
{
    size_t pad = text.len < 4 || text.data[text.len - 1] != '=' ? 0 : text.data[text.len - 2] == '=' ? 2 : 1;
    size_t len = text.len / 4 * 3 - pad, at = 0;

    if (text.len % 4 || len > out_max)
        return false;
    for (size_t i = 0; i < text.len; i += 4) {
        uint32_t bits = 0;
        size_t padded = i + 4 == text.len ? pad : 0;

        for (size_t k = 0; k < 4; k++) {
            int value = k + padded < 4 ? digit_value(text.data[i + k]) : 0;

            if (value < 0)
                return false;
            bits = bits << 6 | (uint32_t)value;
        }
        if (bits & ((UINT32_C(1) << 8 * padded) - 1)) /* bits that say nothing are zero */
            return false;
        for (size_t k = 0; k + padded < 3; k++)
            out[at++] = (uint8_t)(bits >> (16 - 8 * k));
    }
    *out_len = len;
    return true;
}
