/* store/vault/key_slot.h — the ways in: what unwraps the key of a sealed store. By a PIN, by a key that the platform keeps, by a recovery code.
 *
 * The data key is random and never changes with a PIN: each slot holds it, wrapped under another key. A PIN's slot may need the platform's key as
 * well; then a copied file cannot be tried without the device. The table counts wrong PINs, and says how long to wait before the next try; nothing is
 * ever wiped for them. Pure but for randomness. Where the table lies: lid.h. Format: schema/formats/vault.md. */
#ifndef JEMPUT_STORE_VAULT_KEY_SLOT_H
#define JEMPUT_STORE_VAULT_KEY_SLOT_H

#include "base/limits.h"
#include "crypto/seal.h"
#include "env/env.h"

#define JEMPUT_DATA_KEY_BYTES 32
#define JEMPUT_PLATFORM_KEY_BYTES 32
#define JEMPUT_RECOVERY_BYTES 16
#define JEMPUT_PIN_BYTES_MIN 4
#define JEMPUT_KEYSLOT_BYTES 112
#define JEMPUT_KEYSLOT_TABLE_BYTES 512
#define JEMPUT_PIN_TRIES_FREE 5 /* wrong ones before the first wait */
#define JEMPUT_PIN_WAIT_MS_FIRST UINT64_C(30000) /* doubles with each further one */
#define JEMPUT_PIN_WAIT_MS_MAX UINT64_C(3600000)

enum jemput_keyslot_kind { JEMPUT_KEYSLOT_PIN, JEMPUT_KEYSLOT_PLATFORM, JEMPUT_KEYSLOT_RECOVERY, JEMPUT_KEYSLOT_COUNT };

struct jemput_keyslots {
    uint64_t sequence;
    uint32_t failures; /* wrong PINs since the last right one */
    uint64_t boot_id, monotonic_ms; /* of the last of them, or of the first look after a restart */
    uint8_t slots[JEMPUT_KEYSLOT_COUNT][JEMPUT_KEYSLOT_BYTES]; /* all zero = free */
};

/* What somebody has who wants in. */
struct jemput_way_in {
    struct jemput_bytes pin;  /* empty = none */
    const uint8_t *platform;  /* JEMPUT_PLATFORM_KEY_BYTES; NULL = none */
    const uint8_t *recovery;  /* JEMPUT_RECOVERY_BYTES; NULL = none. It goes before the others */
};

bool jemput_keyslot_there(const struct jemput_keyslots *t, enum jemput_keyslot_kind kind);
bool jemput_keyslot_needs_platform(const struct jemput_keyslots *t); /* the PIN's slot */
void jemput_keyslot_clear(struct jemput_keyslots *t, enum jemput_keyslot_kind kind);

/* Wrap `key` for a way in, in place of what the slot held.
 *   platform   for a PIN: NULL = the PIN alone is enough
 *   cost       of a PIN       JEMPUT_MISUSE a PIN that is too short or too long    JEMPUT_NOMEM JEMPUT_LIMIT as jemput_pin_key() */
enum jemput_status jemput_keyslot_pin(struct jemput_keyslots *t, struct jemput_bytes pin, const uint8_t *platform, const struct jemput_pin_cost *cost,
                                      const uint8_t key[JEMPUT_DATA_KEY_BYTES], struct jemput_env *env, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_keyslot_platform(struct jemput_keyslots *t, const uint8_t platform[JEMPUT_PLATFORM_KEY_BYTES], const uint8_t key[JEMPUT_DATA_KEY_BYTES],
                             struct jemput_env *env);
void jemput_keyslot_recovery(struct jemput_keyslots *t, const uint8_t code[JEMPUT_RECOVERY_BYTES], const uint8_t key[JEMPUT_DATA_KEY_BYTES],
                             struct jemput_env *env);

/* The slot that `way` is meant for. JEMPUT_LOCKED: none, and err's text says what is missing. */
enum jemput_status jemput_keyslot_choose(enum jemput_keyslot_kind *out, const struct jemput_keyslots *t, const struct jemput_way_in *way,
                                         struct jemput_error *err) JEMPUT_MUST_USE;
/* Unwrap; the caller wipes `key`.
 *   JEMPUT_DENIED   another PIN, key or code     JEMPUT_NOMEM     JEMPUT_LIMIT   the slot asks for more work than any of ours does */
enum jemput_status jemput_keyslot_open(uint8_t key[JEMPUT_DATA_KEY_BYTES], const struct jemput_keyslots *t, enum jemput_keyslot_kind kind,
                                       const struct jemput_way_in *way, struct jemput_error *err) JEMPUT_MUST_USE;

/* How long to wait before a PIN may be tried. By the clock that nobody can set: after a restart the wait begins anew, *restarted says so. */
uint64_t jemput_keyslots_wait_ms(const struct jemput_keyslots *t, uint64_t boot_id, uint64_t monotonic_ms, bool *restarted);

void jemput_keyslots_write(uint8_t out[JEMPUT_KEYSLOT_TABLE_BYTES], const struct jemput_keyslots *t);
bool jemput_keyslots_read(struct jemput_keyslots *out, const uint8_t in[JEMPUT_KEYSLOT_TABLE_BYTES]) JEMPUT_MUST_USE; /* false = torn, or none */

#endif
