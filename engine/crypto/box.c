/* crypto/box.c — a key for one reader: libsodium's sealed box, with the ephemeral pair made from the caller's randomness. See seal.h. */
#include <sodium.h>
#include <string.h>

#include "crypto/crypto.h"
#include "crypto/seal.h"

_Static_assert(JEMPUT_READING_KEY_BYTES == crypto_box_PUBLICKEYBYTES && JEMPUT_READING_KEY_BYTES == crypto_box_SECRETKEYBYTES, "libsodium's sizes");
_Static_assert(JEMPUT_BOX_BYTES == crypto_box_SEALBYTES + JEMPUT_SEAL_KEY_BYTES, "libsodium's size");
_Static_assert(crypto_box_SEALBYTES == crypto_box_PUBLICKEYBYTES + crypto_box_MACBYTES, "ephemeral key, then what crypto_box makes");

void jemput_reading_pair_from_seed(struct jemput_reading_pair *out, const uint8_t seed[32])
{
    (void)crypto_box_seed_keypair(out->public_key, out->secret_key, seed); /* cannot fail */
}

/* crypto_box_seal() draws from libsodium's own source, which a simulation cannot repeat. So the box is made here, as that makes it: the ephemeral
 * public key, then crypto_box under it with the nonce BLAKE2b(ephemeral | reader). crypto_box_seal_open() opens it. */
bool jemput_box(uint8_t out[JEMPUT_BOX_BYTES], const uint8_t key[JEMPUT_SEAL_KEY_BYTES], const uint8_t reading_key[JEMPUT_READING_KEY_BYTES],
                const uint8_t once[32])
{
    struct jemput_reading_pair ephemeral;
    uint8_t nonce[crypto_box_NONCEBYTES], both[2 * JEMPUT_READING_KEY_BYTES];
    int failed;

    jemput_reading_pair_from_seed(&ephemeral, once);
    memcpy(both, ephemeral.public_key, sizeof ephemeral.public_key);
    memcpy(both + sizeof ephemeral.public_key, reading_key, JEMPUT_READING_KEY_BYTES);
    (void)crypto_generichash(nonce, sizeof nonce, both, sizeof both, NULL, 0);
    memcpy(out, ephemeral.public_key, sizeof ephemeral.public_key);
    failed = crypto_box_easy(out + sizeof ephemeral.public_key, key, JEMPUT_SEAL_KEY_BYTES, nonce, reading_key, ephemeral.secret_key);
    jemput_wipe(&ephemeral, sizeof ephemeral);
    return !failed;
}

bool jemput_box_open(uint8_t key[JEMPUT_SEAL_KEY_BYTES], const uint8_t box[JEMPUT_BOX_BYTES], const struct jemput_reading_pair *reader)
{
    return crypto_box_seal_open(key, box, JEMPUT_BOX_BYTES, reader->public_key, reader->secret_key) == 0;
}
