/* crypto/hash.c — BLAKE2b in the two sizes that the engine uses. */
#include "crypto/crypto.h"

#include <sodium.h>

#define ID_BYTES 16

_Static_assert(JEMPUT_HASH256_BYTES >= crypto_generichash_blake2b_BYTES_MIN && JEMPUT_HASH256_BYTES <= crypto_generichash_blake2b_BYTES_MAX,
               "BLAKE2b gives this size");

void jemput_hash256(uint8_t out[32], struct jemput_bytes in, const uint8_t *key)
{
    int failed = crypto_generichash_blake2b(out, JEMPUT_HASH256_BYTES, in.data, in.len, key, key ? JEMPUT_HASH256_BYTES : 0);

    JEMPUT_ASSERT(!failed); /* fails on wrong sizes only, and these are fixed */
}

/* libsodium keeps the size and the alignment of its state for good: they are part of its interface. */
_Static_assert(sizeof(crypto_generichash_blake2b_state) <= sizeof(struct jemput_hashing), "the state fits");
_Static_assert(_Alignof(crypto_generichash_blake2b_state) <= _Alignof(struct jemput_hashing), "and so it is aligned");

static crypto_generichash_blake2b_state *state_of(struct jemput_hashing *h)
{
    return (crypto_generichash_blake2b_state *)(void *)h->opaque;
}

void jemput_hashing_begin(struct jemput_hashing *h)
{
    int failed = crypto_generichash_blake2b_init(state_of(h), NULL, 0, JEMPUT_HASH256_BYTES);

    JEMPUT_ASSERT(!failed); /* as above */
}

void jemput_hashing_add(struct jemput_hashing *h, struct jemput_bytes more)
{
    int failed = crypto_generichash_blake2b_update(state_of(h), more.data, more.len);

    JEMPUT_ASSERT(!failed);
}

void jemput_hashing_end(struct jemput_hashing *h, uint8_t out[32])
{
    int failed = crypto_generichash_blake2b_final(state_of(h), out, JEMPUT_HASH256_BYTES);

    JEMPUT_ASSERT(!failed);
}

/* Two compressions (key block, counter block) are a keyed BLAKE2b's least here: libsodium compresses the key block when more follows. So what can
 * be kept for the next counter is the key block, padded and laid ready: that saves a sixth. */
void jemput_hash_id_begin(struct jemput_hashing *h, const uint8_t key[32])
{
    int failed = crypto_generichash_blake2b_init(state_of(h), key, JEMPUT_SEED_BYTES, ID_BYTES);

    JEMPUT_ASSERT(!failed);
}

void jemput_hash_id_of(uint8_t out[16], const struct jemput_hashing *h, uint64_t counter)
{
    struct jemput_hashing own = *h;
    uint8_t le[8];
    int failed;

    for (unsigned i = 0; i < sizeof le; i++)
        le[i] = (uint8_t)(counter >> (8 * i));
    jemput_hashing_add(&own, jemput_bytes_of(le, sizeof le));
    failed = crypto_generichash_blake2b_final(state_of(&own), out, ID_BYTES);
    JEMPUT_ASSERT(!failed);
}

void jemput_hash_id(uint8_t out[16], const uint8_t key[32], uint64_t counter)
{
    struct jemput_hashing h;

    jemput_hash_id_begin(&h, key);
    jemput_hash_id_of(out, &h, counter);
}
