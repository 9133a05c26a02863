/* identity/rootkey.h — the file of a root administrator's key: a key that lives on a stick, in no store, sealed with a PIN.
 *
 * Text (schema/formats/root-key.md). The public part stands in it in the clear, so that it can be copied into `init` without the PIN. */
#ifndef JEMPUT_IDENTITY_ROOTKEY_H
#define JEMPUT_IDENTITY_ROOTKEY_H

#include "base/limits.h"
#include "crypto/crypto.h"
#include "crypto/seal.h"

/* How much work one PIN is. Whoever has the file can try: so it is as much as a small machine can bear. */
#define JEMPUT_ROOT_PIN_PASSES 3
#define JEMPUT_ROOT_PIN_KIB (64u * 1024)

struct jemput_root_key {
    uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES];
    bool plain;                        /* without PIN */
    uint8_t seed[JEMPUT_SEED_BYTES];   /* plain only; whoever holds the struct wipes it */
    struct jemput_pin_cost cost;       /* with PIN, as the next two */
    uint8_t salt[JEMPUT_PIN_SALT_BYTES];
    uint8_t sealed[JEMPUT_SEED_BYTES + JEMPUT_SEAL_OVERHEAD_BYTES];
};

/* Of a new key, from its seed; sealed if `pin` is not empty, with `salt` (random).  JEMPUT_NOMEM */
enum jemput_status jemput_root_key_make(struct jemput_root_key *out, const uint8_t seed[JEMPUT_SEED_BYTES], struct jemput_bytes pin,
                                        const uint8_t salt[JEMPUT_PIN_SALT_BYTES], const struct jemput_pin_cost *cost,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
/* The seed.   JEMPUT_DENIED   another PIN   JEMPUT_CORRUPT   the seed is not the public key's   JEMPUT_LIMIT JEMPUT_NOMEM */
enum jemput_status jemput_root_key_open(const struct jemput_root_key *key, struct jemput_bytes pin, uint8_t seed[JEMPUT_SEED_BYTES],
                                        struct jemput_error *err) JEMPUT_MUST_USE;

/* Append the file's text, whole, or set out->failed. */
void jemput_root_key_write(struct jemput_buf *out, const struct jemput_root_key *key);
/* JEMPUT_CORRUPT   damaged or no such file   JEMPUT_UPGRADE   undamaged, of a newer form */
enum jemput_status jemput_root_key_read(struct jemput_root_key *out, struct jemput_bytes text, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
