/* crypto/base64.c — base64, by libsodium. */
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

bool jemput_base64_read(uint8_t *out, size_t out_max, size_t *out_len, struct jemput_bytes text)
{
    const char *end = NULL;

    *out_len = 0;
    return text.len == 0 || (sodium_base642bin(out, out_max, (const char *)text.data, text.len, NULL, out_len, &end,
                                               sodium_base64_VARIANT_ORIGINAL) == 0 && end == (const char *)text.data + text.len);
}
