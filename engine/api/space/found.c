/* api/space/found.c — founding a space: its genesis segment, and the store of its root administrator. */
#include "api/facts.h"
#include "api/judge/judge.h"
#include "api/judge/policy.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"
#include "api/space/birth.h"

#include <string.h>

#define ROOTS_MAX 5 /* with the founder; a reader takes more */

struct founding {
    const struct jemput_founding *asked;
    unsigned roles;        /* of this device */
    uint32_t number;       /* likewise */
    uint32_t admin_count;
    struct jemput_genesis_admin admins[ROOTS_MAX];
};

static void admin_add(struct founding *f, const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES], unsigned roles, uint32_t device_number)
{
    struct jemput_genesis_admin admin = { .roles = roles, .device_number = device_number };
    uint32_t at = f->admin_count++;

    memcpy(admin.public_key, public_key, sizeof admin.public_key);
    for (; at > 0 && memcmp(f->admins[at - 1].public_key, public_key, sizeof admin.public_key) > 0; at--)
        f->admins[at] = f->admins[at - 1];
    f->admins[at] = admin;
}

/* The keys that are in no store come first: they have the lower numbers, so they are the more senior, and win against a stolen device. */
static void genesis_admins(struct jemput *j, struct founding *f)
{
    for (unsigned i = 0; i < f->asked->root_count; i++)
        admin_add(f, f->asked->root_keys[i], JEMPUT_ROLE_ADMIN, i + 1);
    f->number = f->asked->root_count + 1;
    admin_add(f, j->key.public_key, f->roles, f->number);
}

static enum jemput_status genesis_payload(struct jemput *j, struct founding *f, struct jemput_buf *payload, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_GENESIS };

    genesis_admins(j, f);
    record.as.genesis.threshold = f->asked->threshold ? f->asked->threshold : 1;
    record.as.genesis.admin_count = f->admin_count;
    record.as.genesis.admins = f->admins;
    record.as.genesis.schema = jemput_bytes_str(f->asked->schema);
    if (jemput_record_fault(&record))
        return jemput_fail(err, JEMPUT_MISUSE, "root administrators: %s", jemput_record_fault(&record));
    j->env->random(j->env, record.as.genesis.nonce, sizeof record.as.genesis.nonce);
    jemput_record_write(payload, &record);
    return jemput_buf_check(payload, "genesis record", err);
}

/* The genesis segment: number 0, no writer, no space: its hash is the space. */
static enum jemput_status genesis_commit(struct jemput *j, struct jemput_bytes payload, struct jemput_buf *header, struct jemput_oid *oid,
                                         struct jemput_error *err)
{
    struct jemput_header h = { .klass = JEMPUT_CLASS_CONTROL, .epoch = 1, .roster_version = 0, .policy_version = 1, .schema_version = 1,
        .payload_bytes = (uint32_t)payload.len };
    struct jemput_commit_new commit = { .payload = payload };
    struct jemput_hash hash;
    enum jemput_status st = jemput_store_stamp_next(j->store, &h.stamp, err);

    if (st)
        return st;
    jemput_hash256(h.payload_hash.bytes, payload, NULL);
    jemput_header_write(header, &h);
    st = jemput_buf_check(header, "genesis header", err);
    if (st)
        return st;
    jemput_header_hash(&hash, jemput_buf_bytes(header));
    memcpy(j->space.id, hash.bytes, sizeof j->space.id);
    jemput_writer_derive(&j->writer, &j->space, j->key.public_key, j->epoch);
    commit.message = jemput_buf_bytes(header);
    commit.time_s = jemput_stamp_ms(h.stamp) / 1000;
    return jemput_repo_commit_write(j->repo, &commit, engine_sign, j, oid, err);
}

static enum jemput_status found(struct jemput *j, struct founding *f, struct jemput_error *err)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX), header = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX);
    uint8_t seed[JEMPUT_SEED_BYTES];
    struct jemput_oid oid;
    char ref[LOG_REF_BYTES];
    enum jemput_status st;

    engine_birth_key(j, seed);
    st = genesis_payload(j, f, &payload, err);
    if (!st)
        st = genesis_commit(j, jemput_buf_bytes(&payload), &header, &oid, err);
    if (!st)
        st = engine_birth_facts(j, seed, f->number, jemput_buf_bytes(&header), jemput_buf_bytes(&payload), err);
    if (!st)
        st = jemput_store_fact_put(j->store, FACT_GENESIS_COMMIT, jemput_bytes_of(oid.id, sizeof oid.id), err);
    if (!st)
        st = jemput_store_fact_put(j->store, FACT_OWN_COMMIT, jemput_bytes_of(oid.id, sizeof oid.id), err);
    engine_log_ref(ref, &j->writer, 0);
    if (!st)
        st = jemput_store_ref_put(j->store, ref, oid.id, err);
    if (!st)
        st = engine_rights_put(j, f->roles, (struct jemput_bytes){ 0 }, err);
    if (!st)
        st = jemput_store_schema_run(j->store, jemput_bytes_str(f->asked->schema), 1, err);
    if (!st)
        st = engine_regions_follow(j, j->store, err);
    jemput_wipe(seed, sizeof seed);
    jemput_buf_release(&payload);
    jemput_buf_release(&header);
    return st;
}

static enum jemput_status init_check(const struct jemput_founding *asked, unsigned *roles, struct jemput_error *err)
{
    *roles = asked->roles ? jemput_roles_parse(jemput_bytes_str(asked->roles)) : JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT;
    if (!(*roles & JEMPUT_ROLE_ADMIN))
        return jemput_fail(err, JEMPUT_MISUSE, "the roles '%s' do not name an administrator: the device that makes a space is one", asked->roles);
    if (strlen(asked->schema) > JEMPUT_SCHEMA_BYTES_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "the schema has %zu bytes; at most %d are allowed", strlen(asked->schema),
                           (int)JEMPUT_SCHEMA_BYTES_MAX);
    if (asked->root_count >= ROOTS_MAX)
        return jemput_fail(err, JEMPUT_MISUSE, "a space has at most %d root administrators, this device among them", ROOTS_MAX);
    return JEMPUT_OK;
}

enum jemput_status jemput_found(struct jemput **out, const char *path, const struct jemput_founding *founding, struct jemput_env *env,
                                struct jemput_error *err)
{
    struct founding f = { .asked = founding };
    struct jemput *j = NULL;
    enum jemput_status st = init_check(founding, &f.roles, err);

    *out = NULL;
    env = env ? env : jemput_env_posix();
    if (!st)
        st = engine_new(&j, path, true, founding->secret, env, err);
    if (st)
        return jemput_wrap(err, "make store '%s'", path);
    st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (!st)
        st = found(j, &f, err);
    if (!st)
        st = engine_roster_load(j, err);
    if (!st)
        st = engine_epoch_found(j, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (!st)
        st = engine_roster_load(j, err);
    if (st) {
        engine_birth_undo(j, path, env);
        return jemput_wrap(err, "make store '%s'", path);
    }
    *out = j;
    return JEMPUT_OK;
}

enum jemput_status jemput_init(struct jemput **out, const char *path, const char *schema, const char *roles, struct jemput_env *env,
                               struct jemput_error *err)
{
    const struct jemput_founding founding = { .schema = schema, .roles = roles };

    return jemput_found(out, path, &founding, env, err);
}
