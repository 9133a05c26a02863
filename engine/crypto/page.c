/* crypto/page.c — see page.h. */
#include "crypto/page.h"

#include <sodium.h>

_Static_assert(JEMPUT_PAGE_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "libsodium's size");
_Static_assert(JEMPUT_PAGE_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "libsodium's size");
_Static_assert(JEMPUT_PAGE_TAG_BYTES == crypto_aead_xchacha20poly1305_ietf_ABYTES, "libsodium's size");

void jemput_page_seal(uint8_t *data, size_t len, uint8_t tag[JEMPUT_PAGE_TAG_BYTES], struct jemput_bytes with,
                      const uint8_t nonce[JEMPUT_PAGE_NONCE_BYTES], const uint8_t key[JEMPUT_PAGE_KEY_BYTES])
{
    crypto_aead_xchacha20poly1305_ietf_encrypt_detached(data, tag, NULL, data, len, with.data, with.len, NULL, nonce, key);
}

bool jemput_page_unseal(uint8_t *data, size_t len, const uint8_t tag[JEMPUT_PAGE_TAG_BYTES], struct jemput_bytes with,
                        const uint8_t nonce[JEMPUT_PAGE_NONCE_BYTES], const uint8_t key[JEMPUT_PAGE_KEY_BYTES])
{
    return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(data, NULL, data, len, tag, with.data, with.len, nonce, key) == 0;
}
