/* store/vault/key_slot.c — see vault/key_slot.h. */
#include "store/vault/key_slot.h"

#include <string.h>

#include "crypto/crypto.h"
#include "crypto/page.h"

/* Of the table. */
#define MAGIC_BYTES 16
#define SEQUENCE_AT 16
#define FAILURES_AT 24
#define BOOT_AT 32
#define MONOTONIC_AT 40
#define SLOTS_AT 48
#define HASH_AT (JEMPUT_KEYSLOT_TABLE_BYTES - JEMPUT_HASH256_BYTES)

_Static_assert(SLOTS_AT + JEMPUT_KEYSLOT_COUNT * JEMPUT_KEYSLOT_BYTES <= HASH_AT, "room for the slots");

/* Of a slot. */
#define KIND_AT 0 /* enum jemput_keyslot_kind + 1 */
#define FLAGS_AT 1
#define PASSES_AT 4
#define MEMORY_AT 8
#define SALT_AT 12
#define NONCE_AT 28
#define KEY_AT 52
#define TAG_AT 84
#define NEEDS_PLATFORM 1

_Static_assert(NONCE_AT == SALT_AT + JEMPUT_PIN_SALT_BYTES && TAG_AT == KEY_AT + JEMPUT_DATA_KEY_BYTES, "a slot's fields");

static const uint8_t magic[MAGIC_BYTES] = "jemput slots 1\n";
static const struct jemput_pin_cost cost_most = { .passes = 16, .memory_kib = 256 * 1024 };

static void put(uint8_t *out, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        out[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t get(const uint8_t *in, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned i = bytes; i-- > 0;)
        v = v << 8 | in[i];
    return v;
}

bool jemput_keyslot_there(const struct jemput_keyslots *t, enum jemput_keyslot_kind kind)
{
    return t->slots[kind][KIND_AT] == (uint8_t)kind + 1;
}

bool jemput_keyslot_needs_platform(const struct jemput_keyslots *t)
{
    return jemput_keyslot_there(t, JEMPUT_KEYSLOT_PIN) && (t->slots[JEMPUT_KEYSLOT_PIN][FLAGS_AT] & NEEDS_PLATFORM);
}

void jemput_keyslot_clear(struct jemput_keyslots *t, enum jemput_keyslot_kind kind)
{
    memset(t->slots[kind], 0, JEMPUT_KEYSLOT_BYTES);
}

/* --- the keys that wrap --- */

/* BLAKE2b-256 of label | salt | secret, keyed with the platform's key where it has one. */
static void derive(uint8_t out[32], const char *label, const uint8_t *salt, struct jemput_bytes secret, const uint8_t *platform)
{
    uint8_t text[96];
    size_t len = strlen(label);

    JEMPUT_ASSERT(len + JEMPUT_PIN_SALT_BYTES + secret.len <= sizeof text);
    memcpy(text, label, len);
    memcpy(text + len, salt, JEMPUT_PIN_SALT_BYTES);
    len += JEMPUT_PIN_SALT_BYTES;
    if (secret.len)
        memcpy(text + len, secret.data, secret.len);
    len += secret.len;
    jemput_hash256(out, jemput_bytes_of(text, len), platform);
    jemput_wipe(text, sizeof text);
}

static enum jemput_status pin_key(uint8_t out[32], const uint8_t *slot, struct jemput_bytes pin, const uint8_t *platform, struct jemput_error *err)
{
    const struct jemput_pin_cost cost = { (uint32_t)get(slot + PASSES_AT, 4), (uint32_t)get(slot + MEMORY_AT, 4) };
    enum jemput_status st = jemput_pin_key(out, pin, slot + SALT_AT, &cost, &cost_most, err);
    uint8_t of_pin[32];

    if (st || !(slot[FLAGS_AT] & NEEDS_PLATFORM))
        return st;
    memcpy(of_pin, out, sizeof of_pin);
    derive(out, "jemput pin and key", slot + SALT_AT, jemput_bytes_of(of_pin, sizeof of_pin), platform);
    jemput_wipe(of_pin, sizeof of_pin);
    return JEMPUT_OK;
}

static void platform_key(uint8_t out[32], const uint8_t *slot, const uint8_t *platform)
{
    derive(out, "jemput platform key", slot + SALT_AT, (struct jemput_bytes){ 0 }, platform);
}

static void recovery_key(uint8_t out[32], const uint8_t *slot, const uint8_t *code)
{
    derive(out, "jemput recovery code", slot + SALT_AT, jemput_bytes_of(code, JEMPUT_RECOVERY_BYTES), NULL);
}

/* --- wrapping --- */

static struct jemput_bytes slot_with(const uint8_t *slot)
{
    return jemput_bytes_of(slot, NONCE_AT);
}

static void slot_begin(uint8_t slot[JEMPUT_KEYSLOT_BYTES], enum jemput_keyslot_kind kind, struct jemput_env *env)
{
    memset(slot, 0, JEMPUT_KEYSLOT_BYTES);
    slot[KIND_AT] = (uint8_t)kind + 1;
    env->random(env, slot + SALT_AT, KEY_AT - SALT_AT);
}

static void slot_end(struct jemput_keyslots *t, enum jemput_keyslot_kind kind, uint8_t slot[JEMPUT_KEYSLOT_BYTES], uint8_t by[32],
                     const uint8_t key[JEMPUT_DATA_KEY_BYTES])
{
    memcpy(slot + KEY_AT, key, JEMPUT_DATA_KEY_BYTES);
    jemput_page_seal(slot + KEY_AT, JEMPUT_DATA_KEY_BYTES, slot + TAG_AT, slot_with(slot), slot + NONCE_AT, by);
    jemput_wipe(by, 32);
    memcpy(t->slots[kind], slot, JEMPUT_KEYSLOT_BYTES);
}

enum jemput_status jemput_keyslot_pin(struct jemput_keyslots *t, struct jemput_bytes pin, const uint8_t *platform, const struct jemput_pin_cost *cost,
                                      const uint8_t key[JEMPUT_DATA_KEY_BYTES], struct jemput_env *env, struct jemput_error *err)
{
    uint8_t slot[JEMPUT_KEYSLOT_BYTES], by[32];
    enum jemput_status st;

    if (pin.len < JEMPUT_PIN_BYTES_MIN || pin.len > JEMPUT_PIN_BYTES_MAX)
        return jemput_fail(err, JEMPUT_MISUSE, "a PIN has %d to %d characters", JEMPUT_PIN_BYTES_MIN, JEMPUT_PIN_BYTES_MAX);
    slot_begin(slot, JEMPUT_KEYSLOT_PIN, env);
    slot[FLAGS_AT] = platform ? NEEDS_PLATFORM : 0;
    put(slot + PASSES_AT, cost->passes, 4);
    put(slot + MEMORY_AT, cost->memory_kib, 4);
    st = pin_key(by, slot, pin, platform, err);
    if (!st)
        slot_end(t, JEMPUT_KEYSLOT_PIN, slot, by, key);
    return st;
}

void jemput_keyslot_platform(struct jemput_keyslots *t, const uint8_t platform[JEMPUT_PLATFORM_KEY_BYTES], const uint8_t key[JEMPUT_DATA_KEY_BYTES],
                             struct jemput_env *env)
{
    uint8_t slot[JEMPUT_KEYSLOT_BYTES], by[32];

    slot_begin(slot, JEMPUT_KEYSLOT_PLATFORM, env);
    platform_key(by, slot, platform);
    slot_end(t, JEMPUT_KEYSLOT_PLATFORM, slot, by, key);
}

void jemput_keyslot_recovery(struct jemput_keyslots *t, const uint8_t code[JEMPUT_RECOVERY_BYTES], const uint8_t key[JEMPUT_DATA_KEY_BYTES],
                             struct jemput_env *env)
{
    uint8_t slot[JEMPUT_KEYSLOT_BYTES], by[32];

    slot_begin(slot, JEMPUT_KEYSLOT_RECOVERY, env);
    recovery_key(by, slot, code);
    slot_end(t, JEMPUT_KEYSLOT_RECOVERY, slot, by, key);
}

/* --- unwrapping --- */

enum jemput_status jemput_keyslot_choose(enum jemput_keyslot_kind *out, const struct jemput_keyslots *t, const struct jemput_way_in *way,
                                         struct jemput_error *err)
{
    bool pin = jemput_keyslot_there(t, JEMPUT_KEYSLOT_PIN), platform = jemput_keyslot_there(t, JEMPUT_KEYSLOT_PLATFORM);

    if (way->recovery && jemput_keyslot_there(t, JEMPUT_KEYSLOT_RECOVERY))
        *out = JEMPUT_KEYSLOT_RECOVERY;
    else if (way->recovery)
        return jemput_fail(err, JEMPUT_LOCKED, "the store is locked, and has no recovery code");
    else if (way->pin.len && pin && (way->platform || !jemput_keyslot_needs_platform(t)))
        *out = JEMPUT_KEYSLOT_PIN;
    else if (way->platform && platform)
        *out = JEMPUT_KEYSLOT_PLATFORM;
    else if (way->pin.len && pin)
        return jemput_fail(err, JEMPUT_LOCKED, "the store is locked: besides the PIN it needs the key that this device keeps");
    else if (way->pin.len)
        return jemput_fail(err, JEMPUT_LOCKED, "the store is locked, and has no PIN");
    else
        return jemput_fail(err, JEMPUT_LOCKED, "the store is locked: it needs %s",
                           pin ? "its PIN" : platform ? "the platform's key" : "its recovery code");
    return JEMPUT_OK;
}

static enum jemput_status wrapping_key(uint8_t out[32], const uint8_t *slot, enum jemput_keyslot_kind kind, const struct jemput_way_in *way,
                                       struct jemput_error *err)
{
    switch (kind) {
    case JEMPUT_KEYSLOT_PIN:
        return pin_key(out, slot, way->pin, way->platform, err);
    case JEMPUT_KEYSLOT_PLATFORM:
        platform_key(out, slot, way->platform);
        break;
    default:
        recovery_key(out, slot, way->recovery);
        break;
    }
    return JEMPUT_OK;
}

enum jemput_status jemput_keyslot_open(uint8_t key[JEMPUT_DATA_KEY_BYTES], const struct jemput_keyslots *t, enum jemput_keyslot_kind kind,
                                       const struct jemput_way_in *way, struct jemput_error *err)
{
    static const char *const wrong[] = { "this is not the PIN", "this is not the platform's key", "this is not the recovery code" };
    const uint8_t *slot = t->slots[kind];
    uint8_t by[32], opened[JEMPUT_DATA_KEY_BYTES];
    enum jemput_status st = wrapping_key(by, slot, kind, way, err);

    if (st)
        return st;
    memcpy(opened, slot + KEY_AT, sizeof opened);
    if (jemput_page_unseal(opened, sizeof opened, slot + TAG_AT, slot_with(slot), slot + NONCE_AT, by))
        memcpy(key, opened, sizeof opened);
    else
        st = jemput_fail(err, JEMPUT_DENIED, "%s", wrong[kind]);
    jemput_wipe(by, sizeof by);
    jemput_wipe(opened, sizeof opened);
    return st;
}

/* --- waiting --- */

uint64_t jemput_keyslots_wait_ms(const struct jemput_keyslots *t, uint64_t boot_id, uint64_t monotonic_ms, bool *restarted)
{
    uint64_t wait = JEMPUT_PIN_WAIT_MS_FIRST;

    *restarted = boot_id != t->boot_id || monotonic_ms < t->monotonic_ms;
    if (t->failures < JEMPUT_PIN_TRIES_FREE)
        return 0;
    for (uint32_t i = JEMPUT_PIN_TRIES_FREE; i < t->failures && wait < JEMPUT_PIN_WAIT_MS_MAX; i++)
        wait *= 2;
    if (wait > JEMPUT_PIN_WAIT_MS_MAX)
        wait = JEMPUT_PIN_WAIT_MS_MAX;
    if (*restarted)
        return wait;
    return monotonic_ms - t->monotonic_ms < wait ? wait - (monotonic_ms - t->monotonic_ms) : 0;
}

/* --- the table --- */

static void table_hash(uint8_t out[32], const uint8_t *table)
{
    jemput_hash256(out, jemput_bytes_of(table, HASH_AT), NULL);
}

void jemput_keyslots_write(uint8_t out[JEMPUT_KEYSLOT_TABLE_BYTES], const struct jemput_keyslots *t)
{
    memset(out, 0, JEMPUT_KEYSLOT_TABLE_BYTES);
    memcpy(out, magic, MAGIC_BYTES);
    put(out + SEQUENCE_AT, t->sequence, 8);
    put(out + FAILURES_AT, t->failures, 4);
    put(out + BOOT_AT, t->boot_id, 8);
    put(out + MONOTONIC_AT, t->monotonic_ms, 8);
    memcpy(out + SLOTS_AT, t->slots, sizeof t->slots);
    table_hash(out + HASH_AT, out);
}

bool jemput_keyslots_read(struct jemput_keyslots *out, const uint8_t in[JEMPUT_KEYSLOT_TABLE_BYTES])
{
    uint8_t hash[32];

    table_hash(hash, in);
    if (memcmp(in, magic, MAGIC_BYTES) != 0 || memcmp(hash, in + HASH_AT, sizeof hash) != 0)
        return false;
    out->sequence = get(in + SEQUENCE_AT, 8);
    out->failures = (uint32_t)get(in + FAILURES_AT, 4);
    out->boot_id = get(in + BOOT_AT, 8);
    out->monotonic_ms = get(in + MONOTONIC_AT, 8);
    memcpy(out->slots, in + SLOTS_AT, sizeof out->slots);
    return true;
}
