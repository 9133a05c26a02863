/* crypto/base64.h — base64 with padding (RFC 4648, section 4). */
#ifndef JEMPUT_CRYPTO_BASE64_H
#define JEMPUT_CRYPTO_BASE64_H

#include "base/bytes.h"

void jemput_base64_append(struct jemput_buf *out, struct jemput_bytes in);

#endif
