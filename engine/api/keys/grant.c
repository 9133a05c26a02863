/* api/keys/grant.c — who has been handed which key, and keys for readers that lack one. See keyring.h. */
#include "api/keys/spent.h"

#include <stdlib.h>
#include <string.h>

#include "store/keys/epoch.h"

/* --- who has which --- */

static int handed_compare(const void *left, const void *right)
{
    const struct engine_handed *a = left, *b = right;

    return a->number != b->number ? (a->number < b->number ? -1 : 1) : memcmp(a->reading_key, b->reading_key, JEMPUT_READING_KEY_BYTES);
}

enum jemput_status engine_handing_take(struct jemput *j, struct engine_handing *out, struct jemput_arena *arena, struct jemput_error *err)
{
    const struct engine_keyring *k = &j->keyring;
    size_t most = k->handed_count;

    for (uint32_t i = 0; i < k->epoch_count; i++)
        most += k->epochs[i].act->record.as.epoch.box_count;
    *out = (struct engine_handing){ .of = jemput_arena_array(arena, most, sizeof *out->of) };
    if (!out->of)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for keys");
    for (uint32_t i = 0; i < k->epoch_count; i++) {
        const struct jemput_key_epoch *e = &k->epochs[i].act->record.as.epoch;

        for (uint32_t b = 0; k->epochs[i].hands && b < e->box_count; b++)
            out->of[out->count++] = (struct engine_handed){ e->number, e->check, e->boxes[b].reading_key, &e->boxes[b].writer };
    }
    for (uint32_t i = 0; i < k->handed_count; i++) {
        const struct jemput_grant *g = &k->handed[i]->record.as.grant;

        if (k->handed[i]->record.kind == JEMPUT_RECORD_GRANT)
            out->of[out->count++] = (struct engine_handed){ g->number, NULL, g->to.reading_key, &g->to.writer };
    }
    if (out->count)
        qsort(out->of, out->count, sizeof *out->of, handed_compare);
    return JEMPUT_OK;
}

static uint32_t handed_from(const struct engine_handing *h, const struct engine_handed *wanted)
{
    uint32_t low = 0, high = h->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (handed_compare(&h->of[middle], wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* `check` NULL: any key of that number. A grant does not say which of several it holds. */
static bool handing_has(const struct engine_handing *h, uint32_t number, const uint8_t *check, const uint8_t *reading_key)
{
    const struct engine_handed wanted = { .number = number, .reading_key = reading_key };

    for (uint32_t i = handed_from(h, &wanted); i < h->count && handed_compare(&h->of[i], &wanted) == 0; i++)
        if (!check || (h->of[i].check && memcmp(h->of[i].check, check, JEMPUT_HASH256_BYTES) == 0))
            return true;
    return false;
}

/* --- a key for one reader --- */

static enum jemput_status grant_add(struct jemput *j, uint32_t number, const uint8_t key[JEMPUT_SEAL_KEY_BYTES], const struct jemput_writer *writer,
                                    const uint8_t *reading_key, struct engine_records *records, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_GRANT };

    record.as.grant.number = number;
    if (!engine_box_make(j, &record.as.grant.to, writer, reading_key, key))
        return JEMPUT_OK; /* a reading key that cannot be: nobody reads by it */
    return engine_records_add(records, &record, err);
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

/* What is about to be destroyed everywhere is handed to nobody any more. */
static enum jemput_status epoch_next(struct jemput *j, const struct engine_spent *spent, uint32_t *number, struct jemput_error *err)
{
    enum jemput_status st;

    do
        st = jemput_store_epoch_next(j->store, *number, number, err);
    while (!st && engine_epoch_spent(j, spent, *number));
    return st;
}

enum jemput_status engine_epoch_grant(struct jemput *j, const struct jemput_writer *writer, const uint8_t reading_key[JEMPUT_READING_KEY_BYTES],
                                      struct engine_records *records, struct jemput_error *err)
{
    uint32_t number = ENGINE_EPOCH_OWN_MAX;
    struct engine_spent spent;
    enum jemput_status st = engine_spent_find(j, &spent, err);

    if (!st)
        st = epoch_next(j, &spent, &number, err);
    while (!st) {
        st = grants_of_epoch(j, number, writer, reading_key, records, err);
        if (!st)
            st = epoch_next(j, &spent, &number, err);
    }
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* --- members that lack one --- */

struct lacking {
    const struct jemput *j;
    const struct engine_handing *handing;
    const struct jemput_key_epoch *epoch;
    unsigned roles; /* only members with one of these; 0 = all */
};

static bool is_asked(const struct jemput_member *member, unsigned roles)
{
    return !roles || (member->roles & roles);
}

static bool lacks(const void *ctx, const struct jemput_member *member)
{
    const struct lacking *l = ctx;
    const uint8_t *reading_key = engine_reading_key(l->j, member);

    return reading_key && is_asked(member, l->roles) && !handing_has(l->handing, l->epoch->number, l->epoch->check, reading_key);
}

/* Of a number that two keys have: each is handed out beside its check, by a record `epoch` that says both again. */
static enum jemput_status epoch_again(struct lacking *l, struct jemput *j, struct engine_records *records, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_EPOCH, .as.epoch = { .number = l->epoch->number } };
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    enum jemput_status st = engine_epoch_key(j, l->epoch, key, err);

    memcpy(record.as.epoch.check, l->epoch->check, sizeof record.as.epoch.check);
    if (!st)
        st = engine_boxes_make(j, &record.as.epoch, key, lacks, l, records->arena, err);
    jemput_wipe(key, sizeof key);
    if (!st && record.as.epoch.box_count)
        st = engine_records_add(records, &record, err);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* *twice = false: the number has one key, as it should. */
static enum jemput_status epochs_again(struct jemput *j, const struct engine_handing *handing, uint32_t number, unsigned roles,
                                       struct engine_records *records, bool *twice, struct jemput_error *err)
{
    const struct engine_keyring *k = &j->keyring;
    const struct jemput_key_epoch *first = NULL, *before = NULL;
    uint32_t from = engine_epochs_from(k, number);
    enum jemput_status st = JEMPUT_OK;

    *twice = false;
    for (uint32_t i = from; i < k->epoch_count && k->epochs[i].act->record.as.epoch.number == number; i++) {
        const struct jemput_key_epoch *e = &k->epochs[i].act->record.as.epoch;

        if (!k->epochs[i].hands)
            continue;
        *twice |= first && memcmp(first->check, e->check, sizeof e->check) != 0;
        first = first ? first : e;
    }
    for (uint32_t i = from; !st && *twice && i < k->epoch_count && k->epochs[i].act->record.as.epoch.number == number; i++) {
        struct lacking lacking = { j, handing, &k->epochs[i].act->record.as.epoch, roles };

        if (!k->epochs[i].hands || (before && memcmp(before->check, lacking.epoch->check, sizeof before->check) == 0))
            continue;
        before = lacking.epoch;
        st = epoch_again(&lacking, j, records, err);
    }
    return st;
}

static enum jemput_status epoch_grants_due(struct jemput *j, const struct engine_handing *handing, uint32_t number, unsigned roles,
                                           struct engine_records *records, struct jemput_error *err)
{
    bool twice;
    enum jemput_status st = epochs_again(j, handing, number, roles, records, &twice, err);

    for (uint32_t i = 0; !st && !twice && i < j->roster.member_count; i++) {
        const struct jemput_member *m = &j->roster.members[i];
        const uint8_t *reading_key = engine_reading_key(j, m);

        if (reading_key && is_asked(m, roles) && !handing_has(handing, number, NULL, reading_key))
            st = grants_of_epoch(j, number, &m->writer, reading_key, records, err);
    }
    return st;
}

enum jemput_status engine_grants_due(struct jemput *j, const struct engine_handing *handing, unsigned roles, struct engine_records *records,
                                     struct jemput_error *err)
{
    uint32_t number = ENGINE_EPOCH_OWN_MAX;
    struct engine_spent spent;
    enum jemput_status st = engine_spent_find(j, &spent, err);

    if (!st)
        st = epoch_next(j, &spent, &number, err);
    while (!st) {
        st = epoch_grants_due(j, handing, number, roles, records, err);
        if (!st)
            st = epoch_next(j, &spent, &number, err);
    }
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* --- what a checkpoint is sealed under --- */

enum jemput_status engine_epoch_hand_again(struct jemput *j, struct engine_records *records, struct jemput_error *err)
{
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    uint32_t number;
    enum jemput_status st = engine_epoch_current(j, &number, key, err);

    for (uint32_t i = 0; !st && number > ENGINE_EPOCH_OWN_MAX && i < j->roster.member_count; i++) {
        const struct jemput_member *m = &j->roster.members[i];
        const uint8_t *reading_key = engine_reading_key(j, m);

        if (reading_key && jemput_writer_compare(&m->writer, &j->writer) != 0)
            st = grant_add(j, number, key, &m->writer, reading_key, records, err);
    }
    jemput_wipe(key, sizeof key);
    return st;
}

/* --- a device that has the newest key and should not --- */

static bool reader_stands(const struct jemput *j, const struct engine_handed *h)
{
    const struct jemput_member *m = jemput_roster_member(&j->roster, h->writer);

    return m && engine_reads(m); /* its own record may not have come yet */
}

/* A device that goes on as another writer, or under another reading key, has not lost its rights by that: its key is read by another member. */
static bool reader_is_known(const struct jemput *j, const struct engine_handed *h)
{
    for (uint32_t i = 0; i < j->roster.member_count; i++) {
        const uint8_t *key = engine_reading_key(j, &j->roster.members[i]);

        if (key && memcmp(key, h->reading_key, JEMPUT_READING_KEY_BYTES) == 0)
            return true;
    }
    return false;
}

bool engine_epoch_leaked(const struct jemput *j, const struct engine_handing *handing, uint32_t number)
{
    for (uint32_t i = 0; i < handing->count; i++)
        if (handing->of[i].number == number && !reader_stands(j, &handing->of[i]) && !reader_is_known(j, &handing->of[i]))
            return true;
    return false;
}

enum jemput_status engine_renewal_due(struct jemput *j, const struct engine_handing *handing, struct engine_records *records,
                                      struct jemput_error *err)
{
    uint32_t newest = 0, last = 0;

    for (uint32_t i = 0; i < j->keyring.epoch_count; i++) {
        const struct engine_keyring_epoch *e = &j->keyring.epochs[i];

        if (e->counts && !e->marks)
            newest = e->act->record.as.epoch.number;
        if (e->counts)
            last = e->act->record.as.epoch.number;
    }
    if (last >> JEMPUT_EPOCH_DEVICE_BITS == ENGINE_EPOCH_TURN_MAX)
        return JEMPUT_OK; /* nothing can be done about it, and a sync must not fail for it */
    return newest && !engine_epoch_leaked(j, handing, newest) ? JEMPUT_OK : engine_epoch_renew(j, NULL, records, err);
}
