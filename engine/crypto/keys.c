/* crypto/keys.c — start of the crypto library, key pairs, wiping, memory for secrets. */
#include "crypto/crypto.h"

#include <sodium.h>

_Static_assert(JEMPUT_PUBLIC_KEY_BYTES == crypto_sign_ed25519_PUBLICKEYBYTES, "libsodium's size");
_Static_assert(JEMPUT_SECRET_KEY_BYTES == crypto_sign_ed25519_SECRETKEYBYTES, "libsodium's size");
_Static_assert(JEMPUT_SEED_BYTES == crypto_sign_ed25519_SEEDBYTES, "libsodium's size");

enum jemput_status jemput_crypto_init(struct jemput_error *err)
{
    if (sodium_init() < 0)
        return jemput_fail(err, JEMPUT_IO, "crypto: the system gives no randomness");
    return JEMPUT_OK;
}

void jemput_keypair_from_seed(struct jemput_keypair *out, const uint8_t seed[32])
{
    int failed = crypto_sign_ed25519_seed_keypair(out->public_key, out->secret_key, seed);

    JEMPUT_ASSERT(!failed);
}

void jemput_wipe(void *secret, size_t len)
{
    sodium_memzero(secret, len);
}

void *jemput_secret_new(size_t len)
{
    return sodium_malloc(len);
}

void jemput_secret_free(void *secret)
{
    sodium_free(secret);
}
