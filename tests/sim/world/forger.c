/* sim/world/forger.c — officers who sign what is not theirs to sign: acts of administrators, and work under rules that they know to be old. Their
 * stores are ours with the questions left out; what they sign is as well made as any. It must have no effect anywhere. */
#include "state.h"

#include <string.h>

#include "acts.h"
#include "api/engine.h"
#include "api/judge/judge.h"
#include "api/judge/policy.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"
#include "failure.h"
#include "fold.h"
#include "sometimes.h"
#include "verdict.h"

/* --- acts --- */

static void record_sign(struct device *d, const struct jemput_record *record)
{
    struct jemput *j = d->jemput;
    struct jemput_error err;
    unsigned sealed = 0;

    if (jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, &err) || engine_roster_refresh(j, &err) || engine_seal_pending(j, &sealed, &err) ||
        engine_seal_control(j, record, 1, &err) || engine_roster_load(j, &err) || engine_rights_follow(j, &err) ||
        jemput_store_commit(j->store, &err))
        failure("device %u: sign an act: %s", d->number, err.text);
}

/* A key that nobody has. */
static void key_make(uint8_t out[JEMPUT_PUBLIC_KEY_BYTES], struct rng *rng)
{
    struct jemput_keypair key;
    uint8_t seed[JEMPUT_SEED_BYTES];

    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)rng_below(rng, 256);
    jemput_keypair_from_seed(&key, seed);
    memcpy(out, key.public_key, sizeof key.public_key);
}

static void record_choose(struct jemput_record *r, struct world *w, const struct device *d, struct rng *rng)
{
    static const char sql[] = "ALTER TABLE alfa ADD COLUMN palsu TEXT";
    const struct device *other = &w->devices[rng_below(rng, w->base->count)];

    switch (rng_below(rng, 4)) {
    case 0:
        r->kind = JEMPUT_RECORD_CHANGE;
        r->as.change = (struct jemput_change_of_rights){ .roles = JEMPUT_ROLE_ADMIN };
        memcpy(r->as.change.public_key, d->jemput->key.public_key, sizeof r->as.change.public_key);
        return;
    case 1:
        r->kind = JEMPUT_RECORD_REVOKE;
        r->as.revoke = (struct jemput_revocation){ .reason = JEMPUT_REVOKE_STOLEN };
        memcpy(r->as.revoke.public_key, other->jemput->key.public_key, sizeof r->as.revoke.public_key);
        return;
    case 2:
        r->kind = JEMPUT_RECORD_ENROL;
        r->as.enrol = (struct jemput_enrol){ .epoch = 1, .device_number = 1 + rng_below(rng, 20), .roles = JEMPUT_ROLE_ADMIN };
        key_make(r->as.enrol.public_key, rng);
        return;
    default:
        r->kind = JEMPUT_RECORD_SCHEMA;
        r->as.schema = (struct jemput_schema_change){ d->jemput->roster.schema_version + 1, jemput_bytes_str(sql) };
    }
}

static void act_forge(struct world *w, struct device *d, struct rng *rng)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_UNKNOWN };

    record_choose(&record, w, d, rng);
    failure_note("    signs an act of kind %d", (int)record.kind);
    record_sign(d, &record);
    after_merge(w, d, false);
    sometimes(SOMETIMES_FORGED_ACT);
}

/* --- an older schema version --- */

/* What it writes must be of that version, too, or it would say by itself that it is not. */
static bool fits_first_version(const struct device *d)
{
    const struct history *h = d->history;

    for (uint32_t i = 0; i < h->effect_count; i++)
        for (uint32_t u = 0; u < d->knows.unsealed_count; u++)
            if (h->effects[i].txn == d->knows.unsealed[u] && h->schema->tables[h->rows[h->effects[i].row].table].grown)
                return false;
    return d->knows.unsealed_count > 0;
}

static void backdate(struct world *w, struct device *d)
{
    struct jemput *j = d->jemput;
    uint32_t version = j->roster.schema_version;
    struct jemput_error err;
    unsigned sealed = 0;

    if (jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, &err) || engine_roster_refresh(j, &err))
        failure("device %u: backdate: %s", d->number, err.text);
    j->roster.schema_version = 1;
    if (engine_seal_pending(j, &sealed, &err))
        failure("device %u: backdate: %s", d->number, err.text);
    j->roster.schema_version = version;
    if (sealed && engine_rebuild_note(j, &err)) /* it judged its own work by what it pretends; its tables are to follow what all others judge */
        failure("device %u: backdate: %s", d->number, err.text);
    if (jemput_store_commit(j->store, &err))
        failure("device %u: backdate: %s", d->number, err.text);
    failure_note("    seals %u segments under schema version 1, and knows %u", sealed, (unsigned)version);
    after_merge(w, d, false);
    sometimes(SOMETIMES_BACKDATED);
}

void step_forge(struct world *w, struct device *d, struct rng *rng)
{
    if (!w->history.devices[d->number].officer || !jemput_roster_member(&d->jemput->roster, &d->jemput->writer))
        return;
    if (rng_one_in(rng, 2) && d->jemput->roster.schema_version > 1 && fits_first_version(d))
        backdate(w, d);
    else if (acts_all()->count < ACTS_KEPT_MAX - 20)
        act_forge(w, d, rng);
}

/* --- who is who, in the end --- */

static int device_see(void *ctx, const struct jemput_device *told)
{
    const struct device *d = ctx;
    struct fold_rights r;
    uint8_t writer[16];
    bool is_void;

    if (told->state == JEMPUT_DEVICE_ASKS)
        return 0;
    if (!jemput_hex_decode(writer, sizeof writer, jemput_bytes_str(told->writer)))
        failure("device %u: names a writer '%s'", d->number, told->writer);
    fold_rights_of(writer, NONE, &r);
    is_void = told->state == JEMPUT_DEVICE_REVOKED || told->state == JEMPUT_DEVICE_ROTATED;
    if (!r.member || r.is_void != is_void || r.roles != jemput_roles_parse(jemput_bytes_str(told->roles)) ||
        (r.roles && strcmp(r.scope, told->scope) != 0))
        failure("device %u: tells of number %u as of state %d, roles '%s', scope '%s'; by the acts it is%s%s, roles %x, scope '%s'", d->number,
                (unsigned)told->device_number, (int)told->state, told->roles, told->scope, r.member ? "" : " no member", r.is_void ? " revoked" : "",
                r.roles, r.scope);
    return 0;
}

void check_roster(const struct device *d)
{
    struct jemput_error err;

    fold_run(d->history, &d->knows.segments);
    if (jemput_devices(d->jemput, device_see, (void *)d, &err))
        failure("device %u: %s", d->number, err.text);
}
