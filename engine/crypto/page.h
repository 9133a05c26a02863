/* crypto/page.h — XChaCha20-Poly1305 in place, nonce and tag where the caller wants them: for pages of a file, whose length may not change.
 *
 * The nonce must never be used twice with one key: 24 random bytes, or a random part and a counter. For what is sent: crypto/seal.h.
 * jemput_crypto_init() first, or libsodium takes its slowest code (a third of the speed). Format: schema/formats/vault.md. */
#ifndef JEMPUT_CRYPTO_PAGE_H
#define JEMPUT_CRYPTO_PAGE_H

#include <stdint.h>

#include "base/bytes.h"

#define JEMPUT_PAGE_KEY_BYTES 32
#define JEMPUT_PAGE_NONCE_BYTES 24
#define JEMPUT_PAGE_TAG_BYTES 16

/* Encrypt `len` bytes of `data` in place. `with` is authenticated and not encrypted. The same key and nonce make the same stream: a longer `data`
 * that begins with the same bytes begins with the same ciphertext (store/vault/log.c counts on it). */
void jemput_page_seal(uint8_t *data, size_t len, uint8_t tag[JEMPUT_PAGE_TAG_BYTES], struct jemput_bytes with,
                      const uint8_t nonce[JEMPUT_PAGE_NONCE_BYTES], const uint8_t key[JEMPUT_PAGE_KEY_BYTES]);
/* Decrypt in place. false = another key, or not what was sealed: `data` is then undefined. */
bool jemput_page_unseal(uint8_t *data, size_t len, const uint8_t tag[JEMPUT_PAGE_TAG_BYTES], struct jemput_bytes with,
                        const uint8_t nonce[JEMPUT_PAGE_NONCE_BYTES], const uint8_t key[JEMPUT_PAGE_KEY_BYTES]) JEMPUT_MUST_USE;

#endif
