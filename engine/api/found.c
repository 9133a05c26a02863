/* api/found.c — founding a space: its genesis segment, and the store of its root administrator. */
#include "api/birth.h"

#include <string.h>

static enum jemput_status genesis_payload(struct jemput *j, const char *schema, unsigned roles, struct jemput_buf *payload, struct jemput_error *err)
{
    struct jemput_genesis_admin admin = { .roles = roles, .device_number = 1 };
    struct jemput_record record = { .kind = JEMPUT_RECORD_GENESIS };

    memcpy(admin.public_key, j->key.public_key, sizeof admin.public_key);
    record.as.genesis.threshold = 1;
    record.as.genesis.admin_count = 1;
    record.as.genesis.admins = &admin;
    record.as.genesis.schema = jemput_bytes_str(schema);
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

static enum jemput_status found(struct jemput *j, const char *schema, unsigned roles, struct jemput_error *err)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX), header = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX);
    uint8_t seed[JEMPUT_SEED_BYTES];
    struct jemput_oid oid;
    char ref[LOG_REF_BYTES];
    enum jemput_status st;

    engine_birth_key(j, seed);
    st = genesis_payload(j, schema, roles, &payload, err);
    if (!st)
        st = genesis_commit(j, jemput_buf_bytes(&payload), &header, &oid, err);
    if (!st)
        st = engine_birth_facts(j, seed, 1, jemput_buf_bytes(&header), jemput_buf_bytes(&payload), err);
    if (!st)
        st = jemput_store_fact_put(j->store, FACT_GENESIS_COMMIT, jemput_bytes_of(oid.id, sizeof oid.id), err);
    if (!st)
        st = jemput_store_fact_put(j->store, FACT_OWN_COMMIT, jemput_bytes_of(oid.id, sizeof oid.id), err);
    engine_log_ref(ref, &j->writer, 0);
    if (!st)
        st = jemput_store_ref_put(j->store, ref, oid.id, err);
    if (!st)
        st = engine_rights_put(j, roles, (struct jemput_bytes){ 0 }, err);
    if (!st)
        st = jemput_store_schema_run(j->store, jemput_bytes_str(schema), 1, err);
    jemput_wipe(seed, sizeof seed);
    jemput_buf_release(&payload);
    jemput_buf_release(&header);
    return st;
}

static enum jemput_status init_check(const char *schema, const char *roles_text, unsigned *roles, struct jemput_error *err)
{
    *roles = roles_text ? jemput_roles_parse(jemput_bytes_str(roles_text)) : JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT;
    if (!(*roles & JEMPUT_ROLE_ADMIN))
        return jemput_fail(err, JEMPUT_MISUSE, "the roles '%s' do not name an administrator: the device that makes a space is one", roles_text);
    if (strlen(schema) > JEMPUT_SCHEMA_BYTES_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "the schema has %zu bytes; at most %d are allowed", strlen(schema), (int)JEMPUT_SCHEMA_BYTES_MAX);
    return JEMPUT_OK;
}

enum jemput_status jemput_init(struct jemput **out, const char *path, const char *schema, const char *roles_text, struct jemput_env *env,
                               struct jemput_error *err)
{
    struct jemput *j = NULL;
    unsigned roles;
    enum jemput_status st = init_check(schema, roles_text, &roles, err);

    *out = NULL;
    env = env ? env : jemput_env_posix();
    if (!st)
        st = engine_new(&j, path, true, env, err);
    if (st)
        return jemput_wrap(err, "make store '%s'", path);
    st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (!st)
        st = found(j, schema, roles, err);
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
