/* api/handle/writer.c — a store that goes on as another writer: its old log is finished, and becomes one that this store carries to the hub beside
 * its own.
 *
 * All that says who this device is changes in one store transaction. Another handle of the same store notices at its next sealing. */
#include "api/facts.h"
#include "api/fork/carry.h"
#include "api/handle/writer.h"
#include "api/judge/policy.h"
#include "api/roster/roster.h"
#include "api/seal/draft.h"
#include "api/seal/seal.h"

#include <string.h>

static void key_take(struct jemput *j, const uint8_t seed[JEMPUT_SEED_BYTES], uint32_t epoch)
{
    jemput_keypair_from_seed(&j->key, seed);
    j->epoch = epoch;
    jemput_writer_derive(&j->writer, &j->space, j->key.public_key, epoch);
}

static enum jemput_status facts_put(struct jemput *j, const uint8_t seed[JEMPUT_SEED_BYTES], struct jemput_error *err)
{
    const struct jemput_bytes none = { 0 };
    enum jemput_status st = jemput_store_fact_put(j->store, FACT_SECRET_SEED, jemput_bytes_of(seed, JEMPUT_SEED_BYTES), err);

    if (!st)
        st = jemput_store_number_put(j->store, FACT_EPOCH, j->epoch, err);
    if (!st)
        st = jemput_store_fact_put(j->store, FACT_WRITER, jemput_bytes_of(j->writer.id, sizeof j->writer.id), err);
    if (!st) /* the new log has no commit, has said nothing of what was merged, and has no receipt */
        st = jemput_store_fact_put(j->store, FACT_OWN_COMMIT, none, err);
    if (!st)
        st = jemput_store_number_put(j->store, FACT_ANNOUNCED, JEMPUT_CONTEXT_EMPTY, err);
    if (!st)
        st = jemput_store_number_put(j->store, FACT_HUB_HAD, 0, err);
    return st ? st : jemput_store_number_put(j->store, FACT_RECEIPT, 0, err);
}

enum jemput_status engine_writer_become(struct jemput *j, const uint8_t seed[JEMPUT_SEED_BYTES], uint32_t epoch, struct jemput_error *err)
{
    struct jemput_segment last;
    struct jemput_writer old = j->writer;
    enum jemput_status st = jemput_store_own_last(j->store, &old, &last, err);
    bool wrote = st == JEMPUT_OK;

    if (st == JEMPUT_NOTFOUND)
        st = JEMPUT_OK;
    if (!st)
        st = engine_carry_add(j, &old, err);
    if (st)
        return st;
    key_take(j, seed, epoch);
    st = facts_put(j, seed, err);
    if (!st && wrote) /* what was the own past, which is always seen, is another log now: seen as far as it goes */
        st = jemput_store_frontier_past(j->store, last.id, err);
    return st;
}

/* The look handle of the views signs nothing, and has no key. */
static bool key_there(const struct jemput *j)
{
    static const uint8_t none[JEMPUT_PUBLIC_KEY_BYTES];

    return memcmp(j->key.public_key, none, sizeof none) != 0;
}

static enum jemput_status key_follow(struct jemput *j, struct jemput_error *err)
{
    uint8_t seed[JEMPUT_SEED_BYTES];
    enum jemput_status st = engine_fact_exact(j, FACT_SECRET_SEED, seed, sizeof seed, err);

    if (!st)
        jemput_keypair_from_seed(&j->key, seed);
    jemput_wipe(seed, sizeof seed);
    return st;
}

/* It is the one that it was first, or is again, since a transaction in which it went on as another was rolled back. */
static enum jemput_status writer_first(struct jemput *j, struct jemput_buf *id, bool *same, struct jemput_error *err)
{
    struct jemput_writer first;
    int64_t epoch = j->epoch;
    enum jemput_status st = jemput_store_number_get(j->store, FACT_EPOCH, epoch, &epoch, err);

    *same = epoch == j->epoch;
    if (st || *same)
        return st;
    jemput_writer_derive(&first, &j->space, j->key.public_key, (uint32_t)epoch);
    jemput_buf_append(id, first.id, sizeof first.id);
    return jemput_buf_check(id, "writer", err);
}

enum jemput_status engine_writer_follow(struct jemput *j, struct jemput_error *err)
{
    struct jemput_buf id = JEMPUT_BUF_INIT(64);
    int64_t epoch = j->epoch;
    enum jemput_status st = jemput_store_fact_get(j->store, FACT_WRITER, &id, err);
    bool same = st == JEMPUT_NOTFOUND || jemput_bytes_equal(jemput_buf_bytes(&id), jemput_bytes_of(j->writer.id, sizeof j->writer.id));

    if (st == JEMPUT_NOTFOUND)
        st = writer_first(j, &id, &same, err);
    if (!st && !same && id.len != sizeof j->writer.id)
        st = jemput_fail(err, JEMPUT_CORRUPT, "the store does not say which writer it is");
    if (!st && !same)
        st = jemput_store_number_get(j->store, FACT_EPOCH, 1, &epoch, err);
    if (!st && !same && key_there(j))
        st = key_follow(j, err);
    if (!st && !same) {
        memcpy(j->writer.id, id.data, sizeof j->writer.id);
        j->epoch = (uint32_t)epoch;
    }
    jemput_buf_release(&id);
    return st;
}

/* --- rotation --- */

static enum jemput_status rotation_seal(struct jemput *j, const struct jemput_keypair *key, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_ROTATE, .as.rotate.epoch = 1 };
    struct engine_trial trial = { .records = &record, .count = 1, .author = j->writer };
    struct jemput_arena arena = { 0 };
    enum jemput_status st;

    memcpy(record.as.rotate.old_key, j->key.public_key, sizeof record.as.rotate.old_key);
    memcpy(record.as.rotate.new_key, key->public_key, sizeof record.as.rotate.new_key);
    jemput_rotation_sign(&record.as.rotate, &j->space, key);
    memcpy(trial.author_key, j->key.public_key, sizeof trial.author_key);
    st = engine_roster_try(j, &trial, &arena, err);
    if (!st && trial.refused)
        st = jemput_fail(err, JEMPUT_DENIED, "%s", trial.refused);
    if (!st)
        st = engine_seal_control(j, &record, 1, err);
    jemput_arena_release(&arena);
    return st;
}

/* The new log begins with a segment that names no head: what central has accepted stands behind its predecessor among the git parents, so the first
 * segment of a log cannot name any. It tells what the device reads by: another key, or whoever copied the store would read on (a new key epoch
 * follows, because the old reading key is nobody's any more: keys/grant.c). */
static enum jemput_status log_open(struct jemput *j, struct jemput_error *err)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct engine_records records = { .arena = &arena };
    struct draft d = { 0 };
    jemput_stamp stamp;
    int64_t id;
    enum jemput_status st = engine_reader_renew(j, &records, err);

    for (uint32_t i = 0; !st && i < records.count; i++)
        jemput_record_write(&payload, &records.of[i]);
    if (!st)
        st = jemput_buf_check(&payload, "control records", err);
    d.payload = jemput_buf_bytes(&payload);
    if (!st)
        st = draft_fill(j, &d, JEMPUT_CLASS_CONTROL, 0, err);
    stamp = d.header.stamp;
    if (!st)
        st = draft_commit(j, &d, (struct stamp_list){ &stamp, records.count }, &arena, &id, err);
    if (!st)
        st = jemput_store_apply_control(j->store, id, err);
    jemput_arena_release(&arena);
    jemput_buf_release(&payload);
    return st;
}

static enum jemput_status rotate(struct jemput *j, const uint8_t seed[JEMPUT_SEED_BYTES], struct jemput_error *err)
{
    struct jemput_keypair key;
    unsigned sealed = 0;
    enum jemput_status st = engine_roster_refresh(j, err);

    if (!st && !jemput_roster_member(&j->roster, &j->writer))
        st = jemput_fail(err, JEMPUT_DENIED, "this device has not been let in yet: there is no key to change");
    if (!st)
        st = engine_seal_pending(j, &sealed, err);
    jemput_keypair_from_seed(&key, seed);
    if (!st)
        st = rotation_seal(j, &key, err);
    jemput_wipe(&key, sizeof key);
    if (!st)
        st = engine_roster_load(j, err);
    if (!st)
        st = engine_writer_become(j, seed, 1, err);
    if (!st)
        st = log_open(j, err);
    if (!st)
        st = engine_roster_load(j, err);
    return st ? st : engine_rights_follow(j, err);
}

enum jemput_status jemput_rotate(struct jemput *j, struct jemput_error *err)
{
    struct jemput_keypair key;
    struct jemput_writer writer = j->writer;
    uint8_t seed[JEMPUT_SEED_BYTES];
    uint32_t epoch = j->epoch;
    enum jemput_status st = engine_awake(j, err);

    if (st)
        return st;
    st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return jemput_wrap(err, "rotate");
    key = j->key;
    j->env->random(j->env, seed, sizeof seed);
    st = rotate(j, seed, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    jemput_wipe(seed, sizeof seed);
    if (st) {
        j->key = key;
        j->writer = writer;
        j->epoch = epoch;
        engine_undo(j);
    }
    jemput_wipe(&key, sizeof key);
    return st ? jemput_wrap(err, "rotate") : JEMPUT_OK;
}
