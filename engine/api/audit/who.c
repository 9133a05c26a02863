/* api/audit/who.c — checking who this is and who may what: the genesis segment, the own key and log, the roster, the keys to sealed data.
 *
 * The control records themselves are checked with all other segments; here it is what follows from them, and what the store keeps beside them. */
#include "api/audit/audit.h"
#include "api/facts.h"
#include "api/judge/policy.h"
#include "api/roster/device.h"

#include <string.h>

#include "store/causes/own_writer.h"
#include "store/keys/epoch.h"

/* --- identity --- */

/* The genesis segment is kept in two facts, for it is no commit at most devices; the space is the hash of the one, which has that of the other. */
static enum jemput_status genesis_check(struct audit *a, struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX), payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct jemput_header header;
    struct jemput_hash hash;
    enum jemput_status st = jemput_store_fact_get(a->j->store, FACT_GENESIS_HEADER, &text, err);

    if (!st)
        st = jemput_store_fact_unpack(a->j->store, FACT_GENESIS_PAYLOAD, &payload, err);
    if (!st) {
        jemput_header_hash(&hash, jemput_buf_bytes(&text));
        if (memcmp(hash.bytes, a->j->space.id, sizeof hash.bytes) != 0)
            audit_find(a, "the genesis segment's header that is kept here is not the one that the space is the hash of");
        st = jemput_header_read(&header, jemput_buf_bytes(&text), &arena, err);
    }
    if (!st) {
        jemput_hash256(hash.bytes, jemput_buf_bytes(&payload), NULL);
        if (!jemput_hash_equal(&hash, &header.payload_hash))
            audit_find(a, "the genesis record that is kept here (first administrators, first schema) is not the one that was signed");
    }
    if (st == JEMPUT_CORRUPT || st == JEMPUT_NOTFOUND) {
        audit_say(a, "the genesis segment that is kept here: %s", err->text);
        st = JEMPUT_OK;
    }
    jemput_arena_release(&arena);
    jemput_buf_release(&text);
    jemput_buf_release(&payload);
    return st;
}

/* Where the next segment will go on. */
static enum jemput_status own_end_check(struct audit *a, struct jemput_error *err)
{
    struct jemput_segment last;
    struct jemput_oid commit;
    enum jemput_status st = jemput_store_own_last(a->j->store, &a->j->writer, &last, err);

    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    st = engine_fact_exact(a->j, FACT_OWN_COMMIT, commit.id, sizeof commit.id, err);
    if (st == JEMPUT_NOTFOUND || st == JEMPUT_CORRUPT || (!st && memcmp(commit.id, last.commit, sizeof commit.id) != 0)) {
        audit_say(a, "this device's log does not end, by the note of its newest commit, at its segment %llu", (unsigned long long)last.number);
        return JEMPUT_OK;
    }
    return st;
}

enum jemput_status audit_identity(struct audit *a, struct jemput_error *err)
{
    struct jemput_writer derived;
    enum jemput_status st;

    a->part = JEMPUT_AUDIT_LOGS;
    st = genesis_check(a, err);
    jemput_writer_derive(&derived, &a->j->space, a->j->key.public_key, a->j->epoch);
    if (!st && jemput_writer_compare(&derived, &a->j->writer) != 0)
        audit_find(a, "this device's key is not that of the log that it writes");
    return st ? st : own_end_check(a, err);
}

/* --- the roster --- */

void audit_roster_count(struct jemput_audit *out, const struct jemput_roster *roster)
{
    out->roster_version = roster->version;
    out->schema_version = roster->schema_version;
    out->records_idle = roster->refused_count;
    out->records_waiting = roster->waiting_count;
    for (uint32_t i = 0; i < roster->member_count; i++) {
        const struct jemput_member *m = &roster->members[i];

        if (device_newest(roster, m->public_key) != m || m->standing == JEMPUT_STANDING_ROTATED)
            continue; /* an earlier log, or an earlier key, of a device that is counted */
        out->devices++;
        out->devices_suspended += m->standing == JEMPUT_STANDING_SUSPENDED;
        out->devices_revoked += m->standing == JEMPUT_STANDING_REVOKED;
    }
}

static enum jemput_status noted_check(struct audit *a, const struct jemput_member *me, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_rights noted;
    int64_t number = 0;
    enum jemput_status st = engine_rights_noted(a->j, &noted, &arena, err);

    if (!st)
        st = jemput_store_number_get(a->j->store, FACT_DEVICE_NUMBER, 0, &number, err);
    if (!st && (noted.roles != me->roles || !jemput_bytes_equal(noted.scope, me->scope)))
        audit_find(a, "the roles or the scope that this device is held to are not those of the roster");
    if (!st && number != (int64_t)me->device_number)
        audit_say(a, "this device takes itself for number %lld; the roster says %u", (long long)number, (unsigned)me->device_number);
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status audit_roster(struct audit *a, struct jemput_error *err)
{
    const struct jemput_roster *roster = &a->j->roster;
    const struct jemput_member *me = jemput_roster_member(roster, &a->j->writer);
    int64_t version = 1;
    enum jemput_status st = jemput_store_number_get(a->j->store, "schema version", 1, &version, err);

    a->part = JEMPUT_AUDIT_ROSTER;
    a->out->records = a->j->acts.count;
    audit_roster_count(a->out, roster);
    if (!st && roster->unknown_count)
        audit_say(a, "%u records of administrators are of a kind that only a newer version knows", (unsigned)roster->unknown_count);
    if (!st && version < (int64_t)roster->schema_version)
        audit_say(a, "the tables are of schema version %lld; the roster says %u", (long long)version, (unsigned)roster->schema_version);
    return st || !me ? st : noted_check(a, me, err);
}

/* --- keys --- */

/* The keys kept under this number: is one of them the epoch's? *kept: how many there are. */
static enum jemput_status epoch_look(struct audit *a, const struct jemput_key_epoch *epoch, uint32_t *kept, bool *fits, struct jemput_error *err)
{
    uint8_t key[JEMPUT_SEAL_KEY_BYTES], check[JEMPUT_HASH256_BYTES];
    enum jemput_status st = JEMPUT_OK;

    *fits = false;
    for (*kept = 0; !st && !*fits; ++*kept) {
        st = jemput_store_epoch_get(a->j->store, epoch->number, NULL, *kept, key, err);
        if (st)
            break;
        engine_epoch_check(check, &a->j->space, epoch->number, key);
        *fits = memcmp(check, epoch->check, sizeof check) == 0;
    }
    jemput_wipe(key, sizeof key);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

enum jemput_status audit_keys(struct audit *a, struct jemput_error *err)
{
    const struct engine_keyring *k = &a->j->keyring;
    enum jemput_status st;

    a->part = JEMPUT_AUDIT_KEYS;
    st = engine_keyring_faults(a->j, audit_find, a, err);
    for (uint32_t i = 0; !st && i < k->epoch_count; i++) {
        const struct jemput_key_epoch *epoch = &k->epochs[i].act->record.as.epoch;
        uint32_t kept;
        bool fits;

        if (!k->epochs[i].counts)
            continue;
        a->out->epochs++;
        if (epoch->number >> JEMPUT_EPOCH_DEVICE_BITS == ENGINE_EPOCH_TURN_MAX)
            audit_say(a, "key epoch %u, of device %u, is the last that there can be: no key can be renewed. Revoke that device, with a cut "
                         "before it", (unsigned)epoch->number, (unsigned)(epoch->number & ENGINE_EPOCH_OWN_MAX));
        st = epoch_look(a, epoch, &kept, &fits, err);
        a->out->epochs_readable += !st && fits;
        if (!st && kept && !fits)
            audit_say(a, "key epoch %u: no key that is kept here is the one that its record speaks of", (unsigned)epoch->number);
    }
    return st;
}
