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

/* -1 = none */
static int digit_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
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
