/* crypto/crypto.h — hash, signature keys and SSHSIG: all that the engine needs of libsodium, with shapes in the types.
 *
 * Secret keys exist only here and in identity/, and are wiped on every way out. One key, one purpose: a device key signs segments (SSHSIG,
 * namespace "git") and tokens for hubs, an invitation key one join request (plain detached signatures, each with a context string of its own). */
#ifndef JEMPUT_CRYPTO_CRYPTO_H
#define JEMPUT_CRYPTO_CRYPTO_H

#include <stdint.h>

#include "base/bytes.h"

#define JEMPUT_HASH256_BYTES 32
#define JEMPUT_PUBLIC_KEY_BYTES 32
#define JEMPUT_SECRET_KEY_BYTES 64 /* seed, then public key, as libsodium keeps it */
#define JEMPUT_SEED_BYTES 32
#define JEMPUT_SIGNATURE_BYTES 64
#define JEMPUT_SIGN_BYTES_MAX 1024 /* context, zero byte and message of a plain signature, together */
#define JEMPUT_SSHSIG_BYTES 293    /* of an armored SSH signature: always the same */

/* Once before anything else; safe to call again. JEMPUT_IO: the system gives no randomness. */
enum jemput_status jemput_crypto_init(struct jemput_error *err) JEMPUT_MUST_USE;

/* BLAKE2b-256. `key` may be NULL; else 32 bytes, for domain separation or secrecy. */
void jemput_hash256(uint8_t out[32], struct jemput_bytes in, const uint8_t *key);
/* The same of what comes piece by piece. Plain memory: nothing to release. */
struct jemput_hashing {
    _Alignas(64) uint8_t opaque[384];
};
void jemput_hashing_begin(struct jemput_hashing *h);
void jemput_hashing_add(struct jemput_hashing *h, struct jemput_bytes more);
void jemput_hashing_end(struct jemput_hashing *h, uint8_t out[32]);
/* SipHash-2-4: for tables, where nobody may be able to make two inputs meet who does not know the key. Not for what is signed or sent. */
#define JEMPUT_SHORT_HASH_KEY_BYTES 16
uint64_t jemput_hash_short(const uint8_t key[JEMPUT_SHORT_HASH_KEY_BYTES], struct jemput_bytes in);
/* BLAKE2b with 16 bytes out, keyed with `key` (32 bytes: the seed of a run), of the 8-byte LE counter: jemput_id()'s run
 * (schema/formats/identity.md, "Id run"). */
void jemput_hash_id(uint8_t out[16], const uint8_t key[32], uint64_t counter);
/* The same for many counters of one key: what each begins with is made once. */
void jemput_hash_id_begin(struct jemput_hashing *h, const uint8_t key[32]);
void jemput_hash_id_of(uint8_t out[16], const struct jemput_hashing *h, uint64_t counter);

struct jemput_keypair {
    uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES];
    uint8_t secret_key[JEMPUT_SECRET_KEY_BYTES];
};
/* Deterministic from the seed (the caller takes it from env's randomness and wipes it). */
void jemput_keypair_from_seed(struct jemput_keypair *out, const uint8_t seed[32]);
void jemput_wipe(void *secret, size_t len);
/* Memory for secrets: kept out of swap and of core dumps where the system allows that, wiped by _free. NULL = out of memory; _free accepts NULL. */
void *jemput_secret_new(size_t len);
void jemput_secret_free(void *secret);

/* Plain detached Ed25519 over  context text, a zero byte, message. Above JEMPUT_SIGN_BYTES_MAX in all is a bug of the caller. */
void jemput_sign(uint8_t out[64], const char *context, struct jemput_bytes message, const struct jemput_keypair *key);
/* Strict: canonical S, no small-order key or R, canonical key. Above JEMPUT_SIGN_BYTES_MAX = false. */
bool jemput_sign_verify(const uint8_t signature[64], const char *context, struct jemput_bytes message, const uint8_t public_key[32]);

/* Armored SSH signature of `text`, namespace "git", sha512, 70 columns, no final newline: as `ssh-keygen -Y sign -n git` writes it
 * but for its final newline. Appended whole, or out->failed is set. */
void jemput_sshsig_sign(struct jemput_buf *out, struct jemput_bytes text, const struct jemput_keypair *key);
/* Check an armored SSH signature strictly (only the form that we write) and give its key.
 *   JEMPUT_CORRUPT   not such an armor, another namespace, hash or key type, or the signature does not match */
enum jemput_status jemput_sshsig_verify(uint8_t public_key[32], struct jemput_bytes armor, struct jemput_bytes text,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
/* The key alone, of an armor whose signature was checked before. JEMPUT_CORRUPT   none is found */
enum jemput_status jemput_sshsig_key(uint8_t public_key[32], struct jemput_bytes armor, struct jemput_error *err) JEMPUT_MUST_USE;
/* "ssh-ed25519 AAAA…" for an allowed_signers file; no newline. */
void jemput_ssh_public_key(struct jemput_buf *out, const uint8_t public_key[32]);

#endif
