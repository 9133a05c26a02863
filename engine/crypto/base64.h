/* crypto/base64.h — base64 with padding (RFC 4648, section 4). */
#ifndef JEMPUT_CRYPTO_BASE64_H
#define JEMPUT_CRYPTO_BASE64_H

#include "base/bytes.h"

void jemput_base64_append(struct jemput_buf *out, struct jemput_bytes in);
/* The bytes of `text`, all of it, which must be in the one form above. false = it is not, or they are more than out_max. */
bool jemput_base64_read(uint8_t *out, size_t out_max, size_t *out_len, struct jemput_bytes text);

#endif
