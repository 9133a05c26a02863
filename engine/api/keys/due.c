/* api/keys/due.c — records about keys that are due now, and their sealing. See keyring.h.
 *
 * One device sees to it that every member that reads has every key: central; an administrator where there is none. What it finds due is a function of
 * the records that it knows, so whatever came about while several were offline is put right by the next one that knows it all. */
#include "api/engine.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"

#include <string.h>

static enum jemput_status reader_due(struct jemput *j, struct engine_records *records, struct jemput_error *err)
{
    struct jemput_reading_pair pair;
    bool told = false;
    enum jemput_status st = engine_reading_pair(j, &pair, err);

    for (uint32_t i = 0; !st && i < j->keyring.reader_count; i++)
        told |= jemput_writer_compare(&j->keyring.readers[i]->author, &j->writer) == 0 &&
                memcmp(j->keyring.readers[i]->record.as.reader.reading_key, pair.public_key, sizeof pair.public_key) == 0;
    jemput_wipe(&pair, sizeof pair);
    return st || told ? st : engine_reader_add(j, records, err);
}

/* Central sees to the keys of others; without one that reads, an administrator does. */
static bool sees_to_keys(const struct jemput *j)
{
    const struct jemput_member *me = jemput_roster_member(&j->roster, &j->writer);

    if (!me || !engine_reads(me) || (me->roles & JEMPUT_ROLE_PUSAT))
        return me && engine_reads(me);
    for (uint32_t i = 0; i < j->roster.member_count; i++)
        if ((j->roster.members[i].roles & JEMPUT_ROLE_PUSAT) && engine_reading_key(j, &j->roster.members[i]))
            return false;
    return (me->roles & JEMPUT_ROLE_ADMIN) != 0;
}

static enum jemput_status others_due(struct jemput *j, struct engine_records *records, struct jemput_error *err)
{
    struct engine_handing handing;
    uint32_t before = records->count;
    enum jemput_status st = engine_handing_take(j, &handing, records->arena, err);

    if (!st)
        st = engine_renewal_due(j, &handing, records, err);
    if (st || records->count > before)
        return st; /* the rest under the roster that has it */
    st = engine_grants_due(j, &handing, 0, records, err);
    return st ? st : engine_wraps_due(j, records, err);
}

/* Who sees to the keys of all others lacks one itself where its reading key is new and the key another administrator's. */
static enum jemput_status central_due(struct jemput *j, struct engine_records *records, struct jemput_error *err)
{
    struct engine_handing handing;
    enum jemput_status st = engine_handing_take(j, &handing, records->arena, err);

    return st ? st : engine_grants_due(j, &handing, JEMPUT_ROLE_PUSAT, records, err);
}

/* What a device says behind its revocation counts nowhere: it would say it again and again. */
static enum jemput_status is_void(struct jemput *j, bool *out, struct jemput_error *err)
{
    struct jemput_segment next = { .writer = j->writer, .number = INT64_MAX, .own = true };
    struct jemput_arena arena = { 0 };
    struct jemput_rights rights = { .is_void = false };
    enum jemput_status st;

    memset(next.hash.bytes, 0xff, sizeof next.hash.bytes); /* nobody has it */
    st = engine_rights_at(j, &j->roster, &next, &rights, &arena, err);
    *out = !st && rights.is_void;
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status engine_keys_due(struct jemput *j, struct engine_records *records, struct jemput_error *err)
{
    bool counts_not = false;
    enum jemput_status st = is_void(j, &counts_not, err);

    if (st || counts_not)
        return st;
    st = reader_due(j, records, err);
    if (!st)
        st = engine_own_epochs_due(j, records, err);
    if (!st && sees_to_keys(j))
        st = others_due(j, records, err);
    else if (!st && engine_has_role(j, JEMPUT_ROLE_ADMIN))
        st = central_due(j, records, err);
    return st;
}

static enum jemput_status keys_seal(struct jemput *j, const struct engine_records *records, struct jemput_error *err)
{
    unsigned sealed = 0;
    enum jemput_status st = engine_seal_pending(j, &sealed, err);

    if (!st)
        st = engine_seal_control(j, records->of, records->count, err);
    if (!st)
        st = engine_roster_load(j, err);
    return st ? st : engine_keyring_open(j, err);
}

/* As long as something is due: after a new epoch there may be grants. */
enum jemput_status engine_keys_follow(struct jemput *j, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_records records = { .arena = &arena };
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (st)
        return st;
    st = engine_roster_refresh(j, err);
    if (!st)
        st = engine_keyring_open(j, err);
    if (!st)
        st = engine_keys_due(j, &records, err);
    for (unsigned turns = 0; !st && records.count && turns < 3; turns++) {
        st = keys_seal(j, &records, err);
        records.count = 0;
        if (!st)
            st = engine_keys_due(j, &records, err);
    }
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    jemput_arena_release(&arena);
    return st ? jemput_wrap(err, "keys") : JEMPUT_OK;
}
