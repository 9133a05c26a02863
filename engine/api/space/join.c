/* api/space/join.c — joining a space by invitation: a store that works offline at once, and whose log begins with the request to be let in. A store
 * that waits in vain, because its invitation expired or was used by another device, asks again by a new one and keeps all that it has. */
#include "api/facts.h"
#include "api/judge/judge.h"
#include "api/judge/policy.h"
#include "api/roster/device.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"
#include "api/space/admit.h"
#include "api/space/birth.h"
#include "api/space/short.h"

#include <string.h>

static enum jemput_status join_seal(struct jemput *j, const struct jemput_invitation *inv, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_JOIN };
    struct jemput_join *join = &record.as.join;
    struct jemput_arena arena = { 0 };
    struct engine_records records = { .arena = &arena };
    struct jemput_keypair one_time;
    enum jemput_status st;

    jemput_keypair_from_seed(&one_time, inv->one_time_seed);
    memcpy(join->invite_key, one_time.public_key, sizeof join->invite_key);
    memcpy(join->public_key, j->key.public_key, sizeof join->public_key);
    join->epoch = j->epoch;
    join->device_number = inv->device_number;
    jemput_join_sign(join, &j->space, &one_time);
    jemput_wipe(&one_time, sizeof one_time);
    st = engine_records_add(&records, &record, err);
    if (!st)
        st = engine_reader_add(j, &records, err);
    if (!st)
        st = engine_epoch_join(j, inv->readers, inv->reader_count, &records, err);
    if (!st)
        st = engine_report_add(j, &records, err);
    if (!st)
        st = engine_seal_control(j, records.of, records.count, err);
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status schemas_run(struct jemput *j, const struct jemput_invitation *inv, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_record *records;
    uint32_t count;
    enum jemput_status st = jemput_records_read(&records, &count, inv->genesis_payload, arena, err);

    if (!st && (count != 1 || records[0].kind != JEMPUT_RECORD_GENESIS))
        st = jemput_fail(err, JEMPUT_CORRUPT, "the invitation's genesis holds no genesis record");
    if (!st)
        st = jemput_store_schema_rerun(j->store, records[0].as.genesis.schema, 1, err);
    for (uint32_t i = 0; !st && i < inv->migration_count; i++) {
        st = jemput_store_schema_rerun(j->store, inv->migrations[i], i + 2, err);
        if (!st)
            st = jemput_store_migration_keep(j->store, inv->migrations[i], i + 2, err);
    }
    if (!st)
        st = engine_regions_follow(j, j->store, err);
    return st ? st : jemput_store_number_put(j->store, FACT_SCHEMA_JOINED, 1 + (int64_t)inv->migration_count, err);
}

static enum jemput_status join(struct jemput *j, const struct jemput_invitation *inv, struct jemput_arena *arena, struct jemput_error *err)
{
    uint8_t seed[JEMPUT_SEED_BYTES];
    enum jemput_status st;

    engine_birth_key(j, seed);
    j->space = inv->space;
    jemput_writer_derive(&j->writer, &j->space, j->key.public_key, j->epoch);
    st = engine_birth_facts(j, seed, inv->device_number, inv->genesis_header, inv->genesis_payload, err);
    if (!st && inv->hub.len > 0)
        st = jemput_store_fact_put(j->store, FACT_HUB, inv->hub, err);
    if (!st)
        st = engine_rights_put(j, inv->roles, inv->scope, err);
    if (!st)
        st = schemas_run(j, inv, arena, err);
    if (!st)
        st = engine_roster_load(j, err);
    if (!st)
        st = join_seal(j, inv, err);
    jemput_wipe(seed, sizeof seed);
    return st;
}

/* The store at `path`, if it is one of this invitation's space that nobody has let in; else JEMPUT_EXISTS, and it is left as it is. */
static enum jemput_status waiting_open(struct jemput **out, const char *path, const struct jemput_invitation *inv, const struct jemput_secret *secret,
                                       struct jemput_env *env, struct jemput_error *err)
{
    struct jemput_error of_file;
    struct jemput *j = NULL;
    const char *what = NULL;
    enum jemput_status st = jemput_open_sealed(&j, path, secret, env, &of_file);

    *out = NULL;
    if (!st)
        st = engine_awake(j, &of_file);
    if (st == JEMPUT_NOMEM || st == JEMPUT_BUSY || st == JEMPUT_IO || st == JEMPUT_LOCKED) {
        jemput_close(j);
        *err = of_file;
        return st;
    }
    if (st)
        what = "a file is there already; it was not touched";
    else if (memcmp(j->space.id, inv->space.id, sizeof j->space.id) != 0)
        what = "a store of another space is there; it was not touched";
    else if (jemput_roster_member(&j->roster, &j->writer))
        what = "a store of this space is there, and its device has been let in already; it was not touched";
    if (what) {
        jemput_close(j);
        return jemput_fail(err, JEMPUT_EXISTS, "%s", what);
    }
    *out = j;
    return JEMPUT_OK;
}

/* Asking again by the same invitation changes nothing. */
static enum jemput_status ask_again(struct jemput *j, const struct jemput_invitation *inv, struct jemput_error *err)
{
    uint8_t last[JEMPUT_PUBLIC_KEY_BYTES];
    struct jemput_keypair one_time;
    unsigned sealed = 0;
    bool asked, same;
    enum jemput_status st = engine_join_asked(j, last, &asked, err);

    jemput_keypair_from_seed(&one_time, inv->one_time_seed);
    same = asked && memcmp(last, one_time.public_key, sizeof last) == 0;
    jemput_wipe(&one_time, sizeof one_time);
    if (st || same)
        return st;
    st = engine_seal_pending(j, &sealed, err);
    if (!st)
        st = jemput_store_number_put(j->store, FACT_DEVICE_NUMBER, inv->device_number, err);
    if (!st)
        st = engine_rights_put(j, inv->roles, inv->scope, err);
    if (!st && inv->hub.len > 0)
        st = jemput_store_fact_put(j->store, FACT_HUB, inv->hub, err);
    return st ? st : join_seal(j, inv, err);
}

/* `born`: the store is new, and goes again if something fails. */
static enum jemput_status join_at(struct jemput **out, const char *path, const struct jemput_invitation *inv, const struct jemput_secret *secret,
                                  struct jemput_env *env, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput *j = NULL;
    enum jemput_status st = engine_new(&j, path, true, secret, env, err);
    bool born = !st;

    if (st == JEMPUT_EXISTS)
        st = waiting_open(&j, path, inv, secret, env, err);
    if (st)
        return st;
    st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (!st)
        st = born ? join(j, inv, arena, err) : ask_again(j, inv, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (!st) {
        *out = j;
    } else if (born) {
        engine_birth_undo(j, path, env);
    } else {
        jemput_store_rollback(j->store);
        jemput_close(j);
    }
    return st;
}

/* A whole invitation, or what a short one stands for. */
static enum jemput_status invitation_of(struct jemput_invitation *inv, const struct jemput_joining *joining, struct jemput_env *env,
                                        struct jemput_arena *arena, struct jemput_error *err)
{
    const struct engine_short_hub hub = { env, joining->hub, joining->http };
    struct jemput_bytes text = jemput_bytes_of(joining->invitation, joining->invitation_len);
    enum jemput_status st = jemput_short_is(text) ? engine_short_whole(inv, text, &hub, arena, err)
                                                  : jemput_invitation_read(inv, text, arena, err);

    if (!st && joining->hub)
        inv->hub = jemput_bytes_str(joining->hub);
    return st;
}

enum jemput_status jemput_join_with(struct jemput **out, const char *path, const struct jemput_joining *joining, struct jemput_env *env,
                                    struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_invitation inv = { .genesis_header = { NULL, 0 } };
    enum jemput_status st = jemput_crypto_init(err);

    *out = NULL;
    env = env ? env : jemput_env_posix();
    if (!st)
        st = invitation_of(&inv, joining, env, &arena, err);
    if (!st && env->now_ms(env) > inv.expires_ms)
        st = jemput_fail(err, JEMPUT_DENIED, "the invitation has expired, by this device's clock: ask for a new one, or set the clock");
    if (!st)
        st = join_at(out, path, &inv, joining->secret, env, &arena, err);
    jemput_wipe(inv.one_time_seed, sizeof inv.one_time_seed);
    jemput_arena_release(&arena);
    return st ? jemput_wrap(err, "join as '%s'", path) : JEMPUT_OK;
}

enum jemput_status jemput_join_sealed(struct jemput **out, const char *path, const char *invitation, size_t invitation_len,
                                      const struct jemput_secret *secret, struct jemput_env *env, struct jemput_error *err)
{
    const struct jemput_joining joining = { .invitation = invitation, .invitation_len = invitation_len, .secret = secret };

    return jemput_join_with(out, path, &joining, env, err);
}

enum jemput_status jemput_join(struct jemput **out, const char *path, const char *invitation, size_t invitation_len, struct jemput_env *env,
                               struct jemput_error *err)
{
    return jemput_join_sealed(out, path, invitation, invitation_len, NULL, env, err);
}
