/* crypto/shorthash.c — a keyed 64-bit hash for tables in memory and on disk: who does not know the key cannot make two inputs meet. SipHash-2-4. */
#include <sodium.h>

#include "crypto/crypto.h"

_Static_assert(JEMPUT_SHORT_HASH_KEY_BYTES == crypto_shorthash_KEYBYTES && crypto_shorthash_BYTES == 8, "as libsodium has it");

uint64_t jemput_hash_short(const uint8_t key[JEMPUT_SHORT_HASH_KEY_BYTES], struct jemput_bytes in)
{
    uint8_t out[crypto_shorthash_BYTES];
    uint64_t hash = 0;

    crypto_shorthash(out, in.data, in.len, key);
    for (unsigned i = 0; i < sizeof out; i++)
        hash |= (uint64_t)out[i] << 8 * i;
    return hash;
}
