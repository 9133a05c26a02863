/* crypto/seal.h — sealing: bytes that only the holders of a key can read or change unnoticed, keys handed to one reader, a key from a PIN.
 *
 * Formats: schema/formats/sealing.md. A sealing key is 32 random bytes; a reading key is an X25519 pair with a seed of its own (one key, one purpose:
 * no signing key ever reads). Nothing here draws randomness: what is random comes from env, through the caller. */
#ifndef JEMPUT_CRYPTO_SEAL_H
#define JEMPUT_CRYPTO_SEAL_H

#include <stdint.h>

#include "base/bytes.h"

#define JEMPUT_SEAL_KEY_BYTES 32
#define JEMPUT_SEAL_NONCE_BYTES 24
#define JEMPUT_SEAL_OVERHEAD_BYTES 40 /* nonce and tag: a sealed text is so much longer than the plain one */
#define JEMPUT_READING_KEY_BYTES 32
#define JEMPUT_BOX_BYTES 80 /* a sealing key for one reader */
#define JEMPUT_PIN_SALT_BYTES 16

/* Append nonce, ciphertext and tag of `plain` (XChaCha20-Poly1305 with `beside` as associated data), whole, or set out->failed. The nonce is made
 * from key, `beside` and `plain`: the same three give the same bytes, and two copies of a store that go on differently never share a nonce. */
void jemput_seal_make(struct jemput_buf *out, struct jemput_bytes plain, struct jemput_bytes beside, const uint8_t key[JEMPUT_SEAL_KEY_BYTES]);
/* Append the plain text, whole.
 *   JEMPUT_DENIED   another key, other bytes beside it, or changed on the way     JEMPUT_CORRUPT   too short to be sealed     JEMPUT_LIMIT
 *   JEMPUT_NOMEM */
enum jemput_status jemput_seal_open(struct jemput_buf *out, struct jemput_bytes sealed, struct jemput_bytes beside,
                                    const uint8_t key[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err) JEMPUT_MUST_USE;

/* The key of one sealed text alone: it opens that, and nothing else that was sealed with `key`. The caller wipes it. JEMPUT_CORRUPT: too short */
enum jemput_status jemput_seal_single(uint8_t single[JEMPUT_SEAL_KEY_BYTES], struct jemput_bytes sealed, const uint8_t key[JEMPUT_SEAL_KEY_BYTES],
                                      struct jemput_error *err) JEMPUT_MUST_USE;
/* Like jemput_seal_open(), with the key from jemput_seal_single(). */
enum jemput_status jemput_seal_open_single(struct jemput_buf *out, struct jemput_bytes sealed, struct jemput_bytes beside,
                                           const uint8_t single[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err) JEMPUT_MUST_USE;

struct jemput_reading_pair {
    uint8_t public_key[JEMPUT_READING_KEY_BYTES];
    uint8_t secret_key[JEMPUT_READING_KEY_BYTES]; /* whoever holds the struct wipes it */
};
void jemput_reading_pair_from_seed(struct jemput_reading_pair *out, const uint8_t seed[32]);

/* The key for whoever holds the reading key. `once` is 32 random bytes for this box alone, wiped by the caller. false = no such reading key (a point
 * of small order): nobody could be meant by it. */
bool jemput_box(uint8_t out[JEMPUT_BOX_BYTES], const uint8_t key[JEMPUT_SEAL_KEY_BYTES], const uint8_t reading_key[JEMPUT_READING_KEY_BYTES],
                const uint8_t once[32]) JEMPUT_MUST_USE;
/* false = for another reader, or changed on the way. */
bool jemput_box_open(uint8_t key[JEMPUT_SEAL_KEY_BYTES], const uint8_t box[JEMPUT_BOX_BYTES],
                     const struct jemput_reading_pair *reader) JEMPUT_MUST_USE;

/* How much work it is to try one PIN. */
struct jemput_pin_cost {
    uint32_t passes;     /* from 1 */
    uint32_t memory_kib; /* from 8 */
};
/* A key from a PIN, by Argon2id.
 *   JEMPUT_NOMEM   JEMPUT_LIMIT   a cost outside of what libsodium allows, or above `most`: what came from a file may ask for anything */
enum jemput_status jemput_pin_key(uint8_t out[JEMPUT_SEAL_KEY_BYTES], struct jemput_bytes pin, const uint8_t salt[JEMPUT_PIN_SALT_BYTES],
                                  const struct jemput_pin_cost *cost, const struct jemput_pin_cost *most, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
