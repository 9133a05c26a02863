/* crypto/pin.c — a key from a PIN, by Argon2id: slow and large on purpose. See seal.h. */
#include <sodium.h>

#include "crypto/seal.h"

_Static_assert(JEMPUT_PIN_SALT_BYTES == crypto_pwhash_argon2id_SALTBYTES, "libsodium's size");

enum jemput_status jemput_pin_key(uint8_t out[JEMPUT_SEAL_KEY_BYTES], struct jemput_bytes pin, const uint8_t salt[JEMPUT_PIN_SALT_BYTES],
                                  const struct jemput_pin_cost *cost, const struct jemput_pin_cost *most, struct jemput_error *err)
{
    size_t memory = (size_t)cost->memory_kib * 1024;

    if (cost->passes > most->passes || cost->memory_kib > most->memory_kib)
        return jemput_fail(err, JEMPUT_LIMIT, "PIN: %u passes over %u KiB are asked for, at most %u over %u are done", (unsigned)cost->passes,
                           (unsigned)cost->memory_kib, (unsigned)most->passes, (unsigned)most->memory_kib);
    if (cost->passes < crypto_pwhash_argon2id_OPSLIMIT_MIN || memory < crypto_pwhash_argon2id_MEMLIMIT_MIN)
        return jemput_fail(err, JEMPUT_LIMIT, "PIN: %u passes over %u KiB are too little", (unsigned)cost->passes, (unsigned)cost->memory_kib);
    if (crypto_pwhash_argon2id(out, JEMPUT_SEAL_KEY_BYTES, (const char *)pin.data, pin.len, salt, cost->passes, memory,
                               crypto_pwhash_argon2id_ALG_ARGON2ID13))
        return jemput_fail(err, JEMPUT_NOMEM, "PIN: no memory for %u KiB", (unsigned)cost->memory_kib);
    return JEMPUT_OK;
}
