/* api/epoch.c — records that hand out keys: made by who founds a space, lets a device in, takes one's rights away, or finds something missing. See
 * keyring.h.
 *
 * One device sees to it that every member that reads has every key: central; an administrator where there is none. What it finds due is a function of
 * the records that it knows, so whatever came about while several were offline is put right by the next one that knows it all. */
#include "api/engine.h"

#include <stdlib.h>
#include <string.h>

#include "store/epoch.h"

/* --- lists --- */

enum jemput_status engine_records_add(struct engine_records *records, const struct jemput_record *record, struct jemput_error *err)
{
    if (records->count == records->room) {
        uint32_t room = records->room ? 2 * records->room : 8;
        struct jemput_record *grown = jemput_arena_array(records->arena, room, sizeof *grown);

        if (!grown)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for records");
        if (records->count)
            memcpy(grown, records->of, records->count * sizeof *grown);
        records->of = grown;
        records->room = room;
    }
    records->of[records->count++] = *record;
    return JEMPUT_OK;
}

static bool box_make(struct jemput *j, struct jemput_epoch_box *out, const struct jemput_writer *writer, const uint8_t *reading_key,
                     const uint8_t key[JEMPUT_SEAL_KEY_BYTES])
{
    uint8_t once[32];
    bool made;

    out->writer = *writer;
    memcpy(out->reading_key, reading_key, sizeof out->reading_key);
    j->env->random(j->env, once, sizeof once);
    made = jemput_box(out->box, key, reading_key, once);
    jemput_wipe(once, sizeof once);
    return made;
}

/* --- the own reading key --- */

enum jemput_status engine_reader_add(struct jemput *j, struct engine_records *records, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_READER };
    struct jemput_reading_pair pair;
    enum jemput_status st = engine_reading_pair(j, &pair, err);

    if (st)
        return st;
    memcpy(record.as.reader.reading_key, pair.public_key, sizeof pair.public_key);
    jemput_wipe(&pair, sizeof pair);
    return engine_records_add(records, &record, err);
}

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

/* --- a new epoch --- */

static enum jemput_status epoch_number(struct jemput *j, uint32_t *number, struct jemput_error *err)
{
    const struct jemput_member *me = jemput_roster_member(&j->roster, &j->writer);
    uint32_t turn = 0;

    for (uint32_t i = 0; i < j->keyring.epoch_count; i++)
        if (j->keyring.epochs[i].counts)
            turn = j->keyring.epochs[i].act->record.as.epoch.number >> JEMPUT_EPOCH_DEVICE_BITS; /* ascending */
    if (!me)
        return jemput_fail(err, JEMPUT_DENIED, "this device has not been let in");
    if (turn == ENGINE_EPOCH_TURN_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "there have been as many key epochs as there can be");
    *number = (turn + 1) << JEMPUT_EPOCH_DEVICE_BITS | me->device_number;
    return JEMPUT_OK;
}

/* Boxes for members that read, and that `wanted` names; ascending as the roster is. */
static enum jemput_status boxes_make(struct jemput *j, struct jemput_key_epoch *epoch, const uint8_t key[JEMPUT_SEAL_KEY_BYTES],
                                     bool (*wanted)(const void *ctx, const struct jemput_member *member), const void *ctx, struct jemput_arena *arena,
                                     struct jemput_error *err)
{
    epoch->boxes = jemput_arena_array(arena, j->roster.member_count, sizeof *epoch->boxes);
    if (!epoch->boxes)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for keys");
    for (uint32_t i = 0; i < j->roster.member_count && epoch->box_count < JEMPUT_EPOCH_BOXES_MAX; i++) {
        const struct jemput_member *m = &j->roster.members[i];
        const uint8_t *reading_key = engine_reading_key(j, m);

        if (reading_key && wanted(ctx, m) && box_make(j, &epoch->boxes[epoch->box_count], &m->writer, reading_key, key))
            epoch->box_count++; /* who finds no room gets a grant (keys_due) */
    }
    return JEMPUT_OK;
}

static bool not_key(const void *without, const struct jemput_member *member)
{
    return !without || memcmp(member->public_key, without, sizeof member->public_key) != 0;
}

static enum jemput_status renew(struct jemput *j, const uint8_t *without, struct engine_records *records, uint32_t *number,
                                uint8_t key[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_EPOCH };
    struct jemput_key_epoch *epoch = &record.as.epoch;
    enum jemput_status st = epoch_number(j, number, err);

    if (st)
        return st;
    j->env->random(j->env, key, JEMPUT_SEAL_KEY_BYTES);
    epoch->number = *number;
    engine_epoch_check(epoch->check, &j->space, *number, key);
    st = boxes_make(j, epoch, key, not_key, without, records->arena, err);
    if (!st)
        st = jemput_store_epoch_put(j->store, *number, NULL, key, err);
    return st ? st : engine_records_add(records, &record, err);
}

enum jemput_status engine_epoch_renew(struct jemput *j, const uint8_t without[JEMPUT_PUBLIC_KEY_BYTES], struct engine_records *records,
                                      struct jemput_error *err)
{
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    uint32_t number;
    enum jemput_status st = renew(j, without, records, &number, key, err);

    jemput_wipe(key, sizeof key);
    return st ? jemput_wrap(err, "new key epoch") : JEMPUT_OK;
}

/* Its own reading key is not in the roster yet: the box is made here. */
enum jemput_status engine_epoch_found(struct jemput *j, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_records records = { .arena = &arena };
    struct jemput_epoch_box box;
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    uint32_t number;
    enum jemput_status st = engine_reader_add(j, &records, err);

    if (!st)
        st = renew(j, NULL, &records, &number, key, err);
    if (!st) {
        box_make(j, &box, &j->writer, records.of[0].as.reader.reading_key, key);
        records.of[1].as.epoch.boxes = &box;
        records.of[1].as.epoch.box_count = 1;
        st = engine_seal_control(j, records.of, records.count, err);
    }
    jemput_wipe(key, sizeof key);
    jemput_arena_release(&arena);
    return st;
}

/* --- invitations, and who comes by one --- */

/* Central first: where there are more administrators than an invitation takes, one that knows the key is enough. */
enum jemput_status engine_invitation_readers(struct jemput *j, struct jemput_invitation *inv, struct jemput_arena *arena, struct jemput_error *err)
{
    static const unsigned roles[] = { JEMPUT_ROLE_PUSAT, JEMPUT_ROLE_ADMIN };
    struct jemput_invitation_reader reader;

    inv->readers = jemput_arena_array(arena, JEMPUT_INVITATION_READERS_MAX, sizeof *inv->readers);
    if (!inv->readers)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for readers");
    for (unsigned r = 0; r < 2; r++)
        for (uint32_t i = 0; i < j->roster.member_count && inv->reader_count < JEMPUT_INVITATION_READERS_MAX; i++) {
            const struct jemput_member *m = &j->roster.members[i];
            const uint8_t *key = engine_reading_key(j, m);
            uint32_t at = inv->reader_count;

            if (!key || !(m->roles & roles[r]) || (r && (m->roles & roles[0])))
                continue;
            reader.writer = m->writer;
            memcpy(reader.reading_key, key, sizeof reader.reading_key);
            for (; at > 0 && jemput_writer_compare(&inv->readers[at - 1].writer, &reader.writer) > 0; at--)
                inv->readers[at] = inv->readers[at - 1];
            inv->readers[at] = reader;
            inv->reader_count++;
        }
    return JEMPUT_OK;
}

enum jemput_status engine_epoch_join(struct jemput *j, const struct jemput_invitation_reader *readers, uint32_t reader_count,
                                     struct engine_records *records, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_EPOCH };
    struct jemput_key_epoch *epoch = &record.as.epoch;
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    enum jemput_status st = reader_count ? engine_epoch_current(j, &epoch->number, key, err) : JEMPUT_OK;

    if (st || !reader_count)
        return st;
    engine_epoch_check(epoch->check, &j->space, epoch->number, key);
    epoch->boxes = jemput_arena_array(records->arena, reader_count, sizeof *epoch->boxes);
    for (uint32_t i = 0; epoch->boxes && i < reader_count; i++)
        epoch->box_count += box_make(j, &epoch->boxes[epoch->box_count], &readers[i].writer, readers[i].reading_key, key);
    jemput_wipe(key, sizeof key);
    if (!epoch->boxes)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for keys");
    return engine_records_add(records, &record, err);
}

/* --- grants --- */

static enum jemput_status grant_add(struct jemput *j, uint32_t number, const uint8_t key[JEMPUT_SEAL_KEY_BYTES], const struct jemput_writer *writer,
                                    const uint8_t *reading_key, struct engine_records *records, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_GRANT };

    record.as.grant.number = number;
    if (!box_make(j, &record.as.grant.to, writer, reading_key, key))
        return JEMPUT_OK; /* a reading key that cannot be: nobody reads by it */
    return engine_records_add(records, &record, err);
}

struct handing { /* who has which key, by the records: ascending by number, then reading key */
    struct handed {
        uint32_t number;
        const uint8_t *reading_key;
        const struct jemput_writer *writer;
    } *of;
    uint32_t count;
};

static int handed_compare(const void *left, const void *right)
{
    const struct handed *a = left, *b = right;

    return a->number != b->number ? (a->number < b->number ? -1 : 1) : memcmp(a->reading_key, b->reading_key, JEMPUT_READING_KEY_BYTES);
}

static enum jemput_status handing_take(struct jemput *j, struct handing *out, struct jemput_arena *arena, struct jemput_error *err)
{
    const struct engine_keyring *k = &j->keyring;
    size_t most = k->handed_count;

    for (uint32_t i = 0; i < k->epoch_count; i++)
        most += k->epochs[i].act->record.as.epoch.box_count;
    out->of = jemput_arena_array(arena, most, sizeof *out->of);
    if (!out->of)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for keys");
    for (uint32_t i = 0; i < k->epoch_count; i++) {
        const struct jemput_key_epoch *e = &k->epochs[i].act->record.as.epoch;

        for (uint32_t b = 0; k->epochs[i].counts && b < e->box_count; b++)
            out->of[out->count++] = (struct handed){ e->number, e->boxes[b].reading_key, &e->boxes[b].writer };
    }
    for (uint32_t i = 0; i < k->handed_count; i++) {
        const struct jemput_grant *g = &k->handed[i]->record.as.grant;

        if (k->handed[i]->record.kind == JEMPUT_RECORD_GRANT)
            out->of[out->count++] = (struct handed){ g->number, g->to.reading_key, &g->to.writer };
    }
    if (out->count)
        qsort(out->of, out->count, sizeof *out->of, handed_compare);
    return JEMPUT_OK;
}

static bool handing_has(const struct handing *h, uint32_t number, const uint8_t *reading_key)
{
    struct handed wanted = { .number = number, .reading_key = reading_key };

    return h->count && bsearch(&wanted, h->of, h->count, sizeof *h->of, handed_compare);
}

/* All keys here of one epoch, for one reader. */
static enum jemput_status grants_of_epoch(struct jemput *j, uint32_t number, const struct jemput_writer *writer, const uint8_t *reading_key,
                                          struct engine_records *records, struct jemput_error *err)
{
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st; i++) {
        st = jemput_store_epoch_get(j->store, number, NULL, i, key, err);
        if (!st)
            st = grant_add(j, number, key, writer, reading_key, records, err);
    }
    jemput_wipe(key, sizeof key);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

enum jemput_status engine_epoch_grant(struct jemput *j, const struct jemput_writer *writer, const uint8_t reading_key[JEMPUT_READING_KEY_BYTES],
                                      struct engine_records *records, struct jemput_error *err)
{
    uint32_t number = ENGINE_EPOCH_OWN_MAX;
    enum jemput_status st = jemput_store_epoch_next(j->store, number, &number, err);

    while (!st) {
        st = grants_of_epoch(j, number, writer, reading_key, records, err);
        if (!st)
            st = jemput_store_epoch_next(j->store, number, &number, err);
    }
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* Members that read and lack a key that is known here. */
static enum jemput_status grants_due(struct jemput *j, const struct handing *handing, struct engine_records *records, struct jemput_error *err)
{
    uint32_t number = ENGINE_EPOCH_OWN_MAX;
    enum jemput_status st = jemput_store_epoch_next(j->store, number, &number, err);

    while (!st) {
        for (uint32_t i = 0; !st && i < j->roster.member_count; i++) {
            const struct jemput_member *m = &j->roster.members[i];
            const uint8_t *reading_key = engine_reading_key(j, m);

            if (reading_key && !handing_has(handing, number, reading_key))
                st = grants_of_epoch(j, number, &m->writer, reading_key, records, err);
        }
        if (!st)
            st = jemput_store_epoch_next(j->store, number, &number, err);
    }
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* --- a device that has the newest key and should not --- */

static bool reader_stands(const struct jemput *j, const struct handed *h)
{
    const struct jemput_member *m = jemput_roster_member(&j->roster, h->writer);

    return m && engine_reads(m); /* its own record may not have come yet */
}

/* A device that goes on as another writer, or under another reading key, has not lost its rights by that: its key is read by another member. */
static bool reader_is_known(const struct jemput *j, const struct handed *h)
{
    for (uint32_t i = 0; i < j->roster.member_count; i++) {
        const uint8_t *key = engine_reading_key(j, &j->roster.members[i]);

        if (key && memcmp(key, h->reading_key, JEMPUT_READING_KEY_BYTES) == 0)
            return true;
    }
    return false;
}

static enum jemput_status renewal_due(struct jemput *j, const struct handing *handing, struct engine_records *records, struct jemput_error *err)
{
    uint32_t newest = 0;

    for (uint32_t i = 0; i < j->keyring.epoch_count; i++)
        if (j->keyring.epochs[i].counts)
            newest = j->keyring.epochs[i].act->record.as.epoch.number;
    if (newest >> JEMPUT_EPOCH_DEVICE_BITS == ENGINE_EPOCH_TURN_MAX)
        return JEMPUT_OK; /* nothing can be done about it, and a sync must not fail for it */
    for (uint32_t i = 0; i < handing->count; i++) {
        const struct handed *h = &handing->of[i];

        if (h->number == newest && !reader_stands(j, h) && !reader_is_known(j, h))
            return engine_epoch_renew(j, NULL, records, err);
    }
    return newest ? JEMPUT_OK : engine_epoch_renew(j, NULL, records, err);
}

/* --- own epochs: of devices that had not been let in --- */

static bool own_epoch_wrapped(const struct jemput *j, uint32_t number, const struct jemput_writer *maker)
{
    for (uint32_t i = 0; i < j->keyring.handed_count; i++) {
        const struct jemput_wrap *w = &j->keyring.handed[i]->record.as.wrap;

        if (j->keyring.handed[i]->record.kind == JEMPUT_RECORD_WRAP && w->number == number && jemput_writer_compare(&w->maker, maker) == 0)
            return true;
    }
    return false;
}

static enum jemput_status wrap_add(struct jemput *j, uint32_t number, const struct jemput_writer *maker, const uint8_t key[JEMPUT_SEAL_KEY_BYTES],
                                   struct engine_records *records, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_WRAP };
    struct jemput_wrap *w = &record.as.wrap;
    struct jemput_buf sealed = JEMPUT_BUF_INIT(JEMPUT_WRAP_BYTES);
    uint8_t beside[ENGINE_WRAP_BESIDE_BYTES], under[JEMPUT_SEAL_KEY_BYTES];
    enum jemput_status st = engine_epoch_current(j, &w->under, under, err);

    w->number = number;
    w->maker = *maker;
    if (!st && w->under <= ENGINE_EPOCH_OWN_MAX)
        return JEMPUT_OK; /* no key of the space is known here: later */
    if (!st) {
        engine_wrap_beside(beside, &j->space, maker, number, w->under);
        jemput_seal_make(&sealed, jemput_bytes_of(key, JEMPUT_SEAL_KEY_BYTES), jemput_bytes_of(beside, sizeof beside), under);
        st = jemput_buf_check(&sealed, "wrapped key", err);
    }
    if (!st)
        memcpy(w->sealed, sealed.data, sizeof w->sealed);
    jemput_wipe(under, sizeof under);
    jemput_buf_release(&sealed);
    return st ? st : engine_records_add(records, &record, err);
}

static enum jemput_status wraps_due(struct jemput *j, struct engine_records *records, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < j->keyring.handed_count; i++) {
        const struct jemput_act *act = j->keyring.handed[i];
        uint8_t key[JEMPUT_SEAL_KEY_BYTES];

        if (act->record.kind != JEMPUT_RECORD_EPOCH || !jemput_roster_member(&j->roster, &act->author) ||
            own_epoch_wrapped(j, act->record.as.epoch.number, &act->author))
            continue;
        st = jemput_store_epoch_get(j->store, act->record.as.epoch.number, &act->author, 0, key, err);
        if (!st)
            st = wrap_add(j, act->record.as.epoch.number, &act->author, key, records, err);
        st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
        jemput_wipe(key, sizeof key);
    }
    return st;
}

struct wanting { /* administrators and central that an own epoch's key was not handed to */
    const struct jemput *j;
    uint32_t number;
};

static bool own_epoch_wanted(const void *ctx, const struct jemput_member *member)
{
    const struct wanting *w = ctx;
    const uint8_t *reading_key = engine_reading_key(w->j, member);

    if (!(member->roles & (JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT)) || !reading_key)
        return false;
    for (uint32_t i = 0; i < w->j->keyring.handed_count; i++) {
        const struct jemput_act *act = w->j->keyring.handed[i];
        const struct jemput_key_epoch *e = &act->record.as.epoch;

        if (act->record.kind != JEMPUT_RECORD_EPOCH || e->number != w->number || jemput_writer_compare(&act->author, &w->j->writer) != 0)
            continue;
        for (uint32_t b = 0; b < e->box_count; b++)
            if (memcmp(e->boxes[b].reading_key, reading_key, sizeof e->boxes[b].reading_key) == 0)
                return false;
    }
    return true;
}

/* What was sealed before this device was let in must not stay its own secret. */
static enum jemput_status own_epochs_due(struct jemput *j, struct engine_records *records, struct jemput_error *err)
{
    uint32_t number = 0;
    enum jemput_status st = jemput_store_epoch_made(j->store, &j->writer, number, &number, err);

    while (!st) {
        struct jemput_record record = { .kind = JEMPUT_RECORD_EPOCH, .as.epoch.number = number };
        struct wanting wanting = { j, number };
        uint8_t key[JEMPUT_SEAL_KEY_BYTES];

        st = jemput_store_epoch_get(j->store, number, &j->writer, 0, key, err);
        engine_epoch_check(record.as.epoch.check, &j->space, number, key);
        if (!st && !own_epoch_wrapped(j, number, &j->writer))
            st = boxes_make(j, &record.as.epoch, key, own_epoch_wanted, &wanting, records->arena, err);
        jemput_wipe(key, sizeof key);
        if (!st && record.as.epoch.box_count)
            st = engine_records_add(records, &record, err);
        if (!st)
            st = jemput_store_epoch_made(j->store, &j->writer, number, &number, err);
    }
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* --- all of it --- */

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
    struct handing handing = { .count = 0 };
    uint32_t before = records->count;
    enum jemput_status st = handing_take(j, &handing, records->arena, err);

    if (!st)
        st = renewal_due(j, &handing, records, err);
    if (st || records->count > before)
        return st; /* the rest under the roster that has it */
    st = grants_due(j, &handing, records, err);
    return st ? st : wraps_due(j, records, err);
}

enum jemput_status engine_keys_due(struct jemput *j, struct engine_records *records, struct jemput_error *err)
{
    enum jemput_status st = reader_due(j, records, err);

    if (!st)
        st = own_epochs_due(j, records, err);
    if (!st && sees_to_keys(j))
        st = others_due(j, records, err);
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
