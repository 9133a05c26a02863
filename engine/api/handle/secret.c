/* api/handle/secret.c — the ways into a sealed store: PIN, platform's key, recovery code; asked for, changed, and given to a store that had none. */
#include "api/handle/secret.h"

#include <string.h>

#include "api/engine.h"
#include "store/vault/convert.h"
#include "store/vault/lid.h"
#include "store/vault/recovery.h"
#include "store/vault/vault.h"

_Static_assert(JEMPUT_RECOVERY_TEXT == JEMPUT_RECOVERY_TEXT_BYTES, "the public header's size");

/* About half a second on a cheap tablet. Slots that are there keep what they were made with. */
static const struct jemput_pin_cost pin_cost = { .passes = 3, .memory_kib = 64 * 1024 };

static struct jemput_bytes pin_bytes(const char *pin)
{
    return pin ? jemput_bytes_str(pin) : (struct jemput_bytes){ 0 };
}

/* --- opening --- */

enum jemput_status engine_secret_open(uint8_t key[JEMPUT_DATA_KEY_BYTES], struct jemput_env *env, const char *path,
                                      const struct jemput_secret *secret, struct jemput_error *err)
{
    struct jemput_way_in way = { .pin = pin_bytes(secret->pin), .platform = secret->key };
    uint8_t code[JEMPUT_RECOVERY_BYTES];
    enum jemput_vault_kind kind;
    enum jemput_status st = jemput_vault_look(&kind, env, path, err);

    memset(key, 0, JEMPUT_DATA_KEY_BYTES);
    if (st || kind != JEMPUT_VAULT_SEALED)
        return st;
    if (secret->recovery) {
        st = jemput_recovery_read(code, secret->recovery, err);
        way.recovery = code;
    }
    if (!st)
        st = jemput_lid_unlock(key, env, path, &way, err);
    jemput_wipe(code, sizeof code);
    return st;
}

enum jemput_status jemput_sealing_get(const char *path, struct jemput_env *env, struct jemput_sealing *out, struct jemput_error *err)
{
    struct jemput_sealing s = { 0 };
    struct jemput_keyslots t;
    enum jemput_vault_kind kind;
    enum jemput_status st;
    bool restarted;

    env = env ? env : jemput_env_posix();
    st = jemput_vault_look(&kind, env, path, err);
    s.sealed = kind == JEMPUT_VAULT_SEALED;
    if (!st && s.sealed) {
        st = jemput_lid_read(&t, env, path, err);
        if (st)
            return jemput_wrap(err, "look at store '%s'", path);
        s.pin = jemput_keyslot_there(&t, JEMPUT_KEYSLOT_PIN);
        s.pin_needs_key = jemput_keyslot_needs_platform(&t);
        s.key = jemput_keyslot_there(&t, JEMPUT_KEYSLOT_PLATFORM);
        s.recovery = jemput_keyslot_there(&t, JEMPUT_KEYSLOT_RECOVERY);
        s.wrong_pins = t.failures;
        s.wait_ms = jemput_keyslots_wait_ms(&t, env->boot_id(env), env->monotonic_ms(env), &restarted);
    }
    if (!st)
        *out = s;
    return st;
}

/* --- making --- */

enum jemput_status engine_secret_make(uint8_t key[JEMPUT_DATA_KEY_BYTES], struct jemput_keyslots *slots, struct jemput_env *env,
                                      const struct jemput_secret *secret, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *slots = (struct jemput_keyslots){ .sequence = 1 };
    if (!secret->pin && !secret->key)
        return jemput_fail(err, JEMPUT_MISUSE, "a sealed store opens by a PIN, or by a key, or by both");
    env->random(env, key, JEMPUT_DATA_KEY_BYTES);
    if (secret->pin)
        st = jemput_keyslot_pin(slots, pin_bytes(secret->pin), secret->key, &pin_cost, key, env, err);
    else
        jemput_keyslot_platform(slots, secret->key, key, env);
    return st;
}

/* --- changing --- */

struct changing {
    struct jemput *j;
    const char *pin;
    const uint8_t *platform, *recovery;
};

static enum jemput_status change(struct jemput *j, jemput_lid_change_fn how, const struct changing *what, struct jemput_error *err)
{
    struct changing c = *what;
    struct jemput_keyslots now;
    enum jemput_status st = engine_awake(j, err);

    c.j = j;
    if (!st && !jemput_store_is_sealed(j->store))
        st = jemput_fail(err, JEMPUT_MISUSE, "the store is not sealed: jemput_protect()");
    if (!st)
        st = jemput_lid_change(j->env, j->path, how, &c, &now, err);
    if (!st)
        jemput_store_slots_set(j->store, &now);
    return st;
}

/* A recovery code is for the day on which the other one is forgotten. */
static enum jemput_status ways_check(const struct jemput_keyslots *t, struct jemput_error *err)
{
    if (jemput_keyslot_there(t, JEMPUT_KEYSLOT_PIN) || jemput_keyslot_there(t, JEMPUT_KEYSLOT_PLATFORM))
        return JEMPUT_OK;
    return jemput_fail(err, JEMPUT_MISUSE, "this was the last PIN or key of the store: set another first, or jemput_protect() it the other way");
}

static enum jemput_status change_pin(void *ctx, struct jemput_keyslots *t, struct jemput_error *err)
{
    const struct changing *c = ctx;

    t->failures = 0;
    if (c->pin)
        return jemput_keyslot_pin(t, pin_bytes(c->pin), c->platform, &pin_cost, jemput_store_key(c->j->store), c->j->env, err);
    jemput_keyslot_clear(t, JEMPUT_KEYSLOT_PIN);
    return ways_check(t, err);
}

static enum jemput_status change_platform(void *ctx, struct jemput_keyslots *t, struct jemput_error *err)
{
    const struct changing *c = ctx;

    if (c->platform)
        jemput_keyslot_platform(t, c->platform, jemput_store_key(c->j->store), c->j->env);
    else
        jemput_keyslot_clear(t, JEMPUT_KEYSLOT_PLATFORM);
    return ways_check(t, err);
}

static enum jemput_status change_recovery(void *ctx, struct jemput_keyslots *t, struct jemput_error *err)
{
    const struct changing *c = ctx;

    (void)err;
    jemput_keyslot_recovery(t, c->recovery, jemput_store_key(c->j->store), c->j->env);
    return JEMPUT_OK;
}

enum jemput_status jemput_pin_set(struct jemput *j, const char *pin, const unsigned char *key, struct jemput_error *err)
{
    const struct changing c = { .pin = pin, .platform = key };
    enum jemput_status st = change(j, change_pin, &c, err);

    return st ? jemput_wrap(err, "PIN") : JEMPUT_OK;
}

enum jemput_status jemput_key_set(struct jemput *j, const unsigned char *key, struct jemput_error *err)
{
    const struct changing c = { .platform = key };
    enum jemput_status st = change(j, change_platform, &c, err);

    return st ? jemput_wrap(err, "key") : JEMPUT_OK;
}

enum jemput_status jemput_recovery_make(struct jemput *j, char code[JEMPUT_RECOVERY_TEXT], struct jemput_error *err)
{
    uint8_t bytes[JEMPUT_RECOVERY_BYTES];
    const struct changing c = { .recovery = bytes };
    enum jemput_status st;

    j->env->random(j->env, bytes, sizeof bytes);
    st = change(j, change_recovery, &c, err);
    if (!st)
        jemput_recovery_write(code, bytes);
    jemput_wipe(bytes, sizeof bytes);
    return st ? jemput_wrap(err, "recovery code") : JEMPUT_OK;
}

/* --- sealing a store that is there --- */

struct protecting {
    uint8_t from[JEMPUT_DATA_KEY_BYTES], to[JEMPUT_DATA_KEY_BYTES], recovery[JEMPUT_RECOVERY_BYTES];
    struct jemput_keyslots slots;
};

static enum jemput_status protect(struct protecting *p, const char *path, const struct jemput_secret *from, const struct jemput_secret *to,
                                  bool recovery, struct jemput_env *env, struct jemput_error *err)
{
    struct jemput_conversion c = { .env = env, .path = path, .from = from ? p->from : NULL, .to = to ? p->to : NULL, .slots = &p->slots };
    enum jemput_status st = jemput_crypto_init(err);

    if (!st && from)
        st = engine_secret_open(p->from, env, path, from, err);
    if (!st && to)
        st = engine_secret_make(p->to, &p->slots, env, to, err);
    if (!st && to && recovery) {
        env->random(env, p->recovery, sizeof p->recovery);
        jemput_keyslot_recovery(&p->slots, p->recovery, p->to, env);
    }
    return st ? st : jemput_store_convert(&c, err);
}

enum jemput_status jemput_protect(const char *path, const struct jemput_secret *from, const struct jemput_secret *to, char *recovery,
                                  struct jemput_env *env, struct jemput_error *err)
{
    struct protecting p;
    enum jemput_status st;

    if (!from && !to)
        return jemput_fail(err, JEMPUT_MISUSE, "protect store '%s': it is neither sealed now nor shall it be", path);
    st = protect(&p, path, from, to, recovery != NULL, env ? env : jemput_env_posix(), err);
    if (!st && to && recovery)
        jemput_recovery_write(recovery, p.recovery);
    jemput_wipe(&p, sizeof p);
    return st ? jemput_wrap(err, "protect store '%s'", path) : JEMPUT_OK;
}
