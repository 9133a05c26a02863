/* crypto/seal.c — bytes sealed under a key, with a nonce made from what is sealed. See seal.h. */
#include "crypto/seal.h"

#include <sodium.h>
#include <string.h>

#include "crypto/crypto.h"

_Static_assert(JEMPUT_SEAL_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "libsodium's size");
_Static_assert(JEMPUT_SEAL_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "libsodium's size");
_Static_assert(JEMPUT_SEAL_OVERHEAD_BYTES == JEMPUT_SEAL_NONCE_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES, "libsodium's size");

static const char NONCE_LABEL[] = "jemput nonce";

/* The first bytes of a keyed BLAKE2b over length of `beside`, `beside`, plain text; its key is made from the sealing key, which has no other use of
 * it. */
static void nonce_make(uint8_t nonce[JEMPUT_SEAL_NONCE_BYTES], struct jemput_bytes plain, struct jemput_bytes beside, const uint8_t *key)
{
    crypto_generichash_blake2b_state state;
    uint8_t nonce_key[JEMPUT_HASH256_BYTES], le[8];

    for (unsigned i = 0; i < sizeof le; i++)
        le[i] = (uint8_t)((uint64_t)beside.len >> (8 * i));
    jemput_hash256(nonce_key, jemput_bytes_of(NONCE_LABEL, sizeof NONCE_LABEL - 1), key);
    (void)crypto_generichash_blake2b_init(&state, nonce_key, sizeof nonce_key, JEMPUT_SEAL_NONCE_BYTES);
    (void)crypto_generichash_blake2b_update(&state, le, sizeof le);
    (void)crypto_generichash_blake2b_update(&state, beside.data, beside.len);
    (void)crypto_generichash_blake2b_update(&state, plain.data, plain.len);
    (void)crypto_generichash_blake2b_final(&state, nonce, JEMPUT_SEAL_NONCE_BYTES); /* these fail on wrong sizes only */
    jemput_wipe(nonce_key, sizeof nonce_key);
    jemput_wipe(&state, sizeof state);
}

void jemput_seal_make(struct jemput_buf *out, struct jemput_bytes plain, struct jemput_bytes beside, const uint8_t key[JEMPUT_SEAL_KEY_BYTES])
{
    uint8_t *nonce, *text;

    if (plain.len > SIZE_MAX - JEMPUT_SEAL_OVERHEAD_BYTES || !jemput_buf_reserve(out, plain.len + JEMPUT_SEAL_OVERHEAD_BYTES)) {
        out->failed = out->failed ? out->failed : JEMPUT_LIMIT;
        return;
    }
    nonce = out->data + out->len;
    text = nonce + JEMPUT_SEAL_NONCE_BYTES;
    nonce_make(nonce, plain, beside, key);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(text, NULL, plain.data, plain.len, beside.data, beside.len, NULL, nonce, key);
    out->len += plain.len + JEMPUT_SEAL_OVERHEAD_BYTES;
}

/* XChaCha20-Poly1305 is ChaCha20-Poly1305 under HChaCha20(key, first 16 bytes of the nonce), with the nonce 0000 | last 8 bytes
 * (draft-irtf-cfrg-xchacha, 2.3). No nonce comes twice, so neither does that key. */
#define NONCE_OF_KEY_BYTES crypto_core_hchacha20_INPUTBYTES
_Static_assert(NONCE_OF_KEY_BYTES + 8 == JEMPUT_SEAL_NONCE_BYTES && crypto_aead_chacha20poly1305_ietf_NPUBBYTES == 4 + 8, "the two halves");
_Static_assert(crypto_core_hchacha20_OUTPUTBYTES == JEMPUT_SEAL_KEY_BYTES, "libsodium's size");

enum jemput_status jemput_seal_single(uint8_t single[JEMPUT_SEAL_KEY_BYTES], struct jemput_bytes sealed, const uint8_t key[JEMPUT_SEAL_KEY_BYTES],
                                      struct jemput_error *err)
{
    if (sealed.len < JEMPUT_SEAL_OVERHEAD_BYTES)
        return jemput_fail(err, JEMPUT_CORRUPT, "too short to be sealed");
    (void)crypto_core_hchacha20(single, sealed.data, key, NULL); /* cannot fail */
    return JEMPUT_OK;
}

enum jemput_status jemput_seal_open_single(struct jemput_buf *out, struct jemput_bytes sealed, struct jemput_bytes beside,
                                           const uint8_t single[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err)
{
    uint8_t nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES] = { 0 };

    if (sealed.len < JEMPUT_SEAL_OVERHEAD_BYTES)
        return jemput_fail(err, JEMPUT_CORRUPT, "too short to be sealed");
    if (!jemput_buf_reserve(out, sealed.len - JEMPUT_SEAL_OVERHEAD_BYTES + 1)) /* one more, so that nothing has a place, too */
        return jemput_buf_check(out, "sealed text", err);
    memcpy(nonce + 4, sealed.data + NONCE_OF_KEY_BYTES, 8);
    if (crypto_aead_chacha20poly1305_ietf_decrypt(out->data + out->len, NULL, NULL, sealed.data + JEMPUT_SEAL_NONCE_BYTES,
                                                  sealed.len - JEMPUT_SEAL_NONCE_BYTES, beside.data, beside.len, nonce, single))
        return jemput_fail(err, JEMPUT_DENIED, "sealed under another key, or changed on the way");
    out->len += sealed.len - JEMPUT_SEAL_OVERHEAD_BYTES;
    return JEMPUT_OK;
}

/* By the single key: what opens a text with one of the two opens it with the other. */
enum jemput_status jemput_seal_open(struct jemput_buf *out, struct jemput_bytes sealed, struct jemput_bytes beside,
                                    const uint8_t key[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err)
{
    uint8_t single[JEMPUT_SEAL_KEY_BYTES];
    enum jemput_status st = jemput_seal_single(single, sealed, key, err);

    if (!st)
        st = jemput_seal_open_single(out, sealed, beside, single, err);
    jemput_wipe(single, sizeof single);
    return st;
}
