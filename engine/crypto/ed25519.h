/* crypto/ed25519.h — the one place where an Ed25519 signature is checked, for the files of this room: what holds for it holds for every signature. */
#ifndef JEMPUT_CRYPTO_ED25519_H
#define JEMPUT_CRYPTO_ED25519_H

#include "crypto/crypto.h"

/* Of the bare message. Strict: S below the group order, R and the key canonical and of no small order; the equation without a cofactor. */
bool jemput_ed25519_verify(const uint8_t signature[64], struct jemput_bytes message, const uint8_t public_key[32]);

#endif
