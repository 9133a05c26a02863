/* api/keys/spent.c — which key epochs are spent, and the end of their keys in this store. See spent.h. */
#include "api/forget/erase.h"
#include "api/ingest/segment.h"
#include "api/keys/spent.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"

#include <string.h>

#include "store/keys/epoch.h"

/* --- which are spent --- */

/* Does it cover a row's erasure? */
static enum jemput_status covers_forget(struct jemput *j, const struct engine_checkpoint *c, bool *out, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *out = false;
    for (uint32_t i = 0; !st && !*out && i < j->acts.count; i++)
        if (j->acts.of[i].act.record.kind == JEMPUT_RECORD_FORGET && engine_act_counts(j, &j->acts.of[i].act))
            st = engine_checkpoint_covers(j, c, j->acts.of[i].segment, out, err);
    return st;
}

/* Of the checkpoints that are backed up and cover an erasure, the newest. */
static enum jemput_status checkpoint_choose(struct jemput *j, struct engine_spent *s, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < j->acts.count; i++) {
        const struct jemput_act *act = &j->acts.of[i].act;
        struct engine_checkpoint c;
        bool covers = false;

        if (act->record.kind != JEMPUT_RECORD_BACKED_UP || !engine_act_counts(j, act))
            continue;
        st = engine_checkpoint_find(j, &act->record.as.backed_up.checkpoint, &c, err);
        if (!st && (!s->any || c.at.stamp > s->c.at.stamp || (c.at.stamp == s->c.at.stamp && c.segment.stamp > s->c.segment.stamp)))
            st = covers_forget(j, &c, &covers, err);
        st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
        if (st || !covers)
            continue;
        s->c = c;
        s->any = true;
    }
    return st;
}

/* The epoch that its chunks are sealed under: of the one before its record, like all of them. */
static enum jemput_status chunk_epoch(struct jemput *j, const struct engine_checkpoint *c, uint32_t *number, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_segment chunk;
    struct engine_segment read = { .header.key_epoch = 0 };
    struct jemput_oid oid;
    enum jemput_status st = jemput_store_segment_find(j->store, &c->segment.previous, &chunk, err);

    memcpy(oid.id, chunk.commit, sizeof oid.id);
    if (!st)
        st = engine_segment_read(j, jemput_repo_source(j->repo), &oid, false, &read, &arena, err);
    *number = read.header.key_epoch;
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status engine_spent_find(struct jemput *j, struct engine_spent *out, struct jemput_error *err)
{
    struct engine_spent s = { .any = false };
    enum jemput_status st = j->forgets.count ? checkpoint_choose(j, &s, err) : JEMPUT_OK;

    if (!st && s.any)
        st = chunk_epoch(j, &s.c, &s.below, err);
    if (st == JEMPUT_NOTFOUND) { /* its chunks have been cut off for a newer one, which is not backed up by this roster */
        s.any = false;
        st = JEMPUT_OK;
    }
    *out = s;
    return st;
}

bool engine_epoch_spent(const struct jemput *j, const struct engine_spent *spent, uint32_t number)
{
    return spent->any && number > ENGINE_EPOCH_OWN_MAX && number < spent->below && !engine_epoch_marks(&j->keyring, number);
}

/* Its maker has told of it before the checkpoint, and is let in: it seals under epochs of the space now. */
enum jemput_status engine_own_epoch_spent(struct jemput *j, const struct engine_spent *spent, uint32_t number, const struct jemput_writer *maker,
                                          bool *out, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *out = false;
    if (!spent->any || !jemput_roster_member(&j->roster, maker))
        return JEMPUT_OK;
    for (uint32_t i = 0; !st && !*out && i < j->keyring.handed_count; i++) {
        const struct jemput_act *act = j->keyring.handed[i];
        struct jemput_segment told;

        if (act->record.kind != JEMPUT_RECORD_EPOCH || act->record.as.epoch.number != number || jemput_writer_compare(&act->author, maker) != 0)
            continue;
        st = jemput_store_segment_find(j->store, &act->segment, &told, err);
        if (!st)
            st = engine_checkpoint_covers(j, &spent->c, told.id, out, err);
        st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    }
    return st;
}

enum jemput_status engine_erasing_due(struct jemput *j, bool *out, struct jemput_error *err)
{
    struct engine_spent spent;
    int64_t edits = 0;
    enum jemput_status st = engine_spent_find(j, &spent, err);

    if (!st)
        st = jemput_store_number_get(j->store, FACT_FORGOTTEN_EDITS, 0, &edits, err);
    *out = !st && edits;
    for (uint32_t i = 0; !st && !*out && i < j->acts.count; i++) {
        bool covered = false;

        if (j->acts.of[i].act.record.kind != JEMPUT_RECORD_FORGET || !engine_act_counts(j, &j->acts.of[i].act))
            continue;
        if (spent.any)
            st = engine_checkpoint_covers(j, &spent.c, j->acts.of[i].segment, &covered, err);
        *out = !st && !covered;
    }
    return st;
}

/* --- their end --- */

struct ending {
    struct jemput *j;
    const struct engine_spent *spent;
    struct jemput_arena arena;
    uint32_t count, room;
    struct ended {
        uint32_t number;
        bool own;
        struct jemput_writer maker;
    } *of;
};

static enum jemput_status key_look(void *ctx, uint32_t number, const struct jemput_writer *maker, struct jemput_error *err)
{
    struct ending *e = ctx;
    struct ended *of;
    bool spent = !maker && engine_epoch_spent(e->j, e->spent, number);
    enum jemput_status st = maker ? engine_own_epoch_spent(e->j, e->spent, number, maker, &spent, err) : JEMPUT_OK;

    if (st || !spent)
        return st;
    of = jemput_arena_room(&e->arena, e->of, e->count, &e->room, sizeof *of);
    if (!of)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for keys");
    e->of = of;
    e->of[e->count] = (struct ended){ .number = number, .own = maker != NULL };
    if (maker)
        e->of[e->count].maker = *maker;
    e->count++;
    return JEMPUT_OK;
}

static enum jemput_status keys_drop(struct jemput *j, const struct engine_spent *spent, struct jemput_error *err)
{
    struct ending e = { .j = j, .spent = spent };
    enum jemput_status st = jemput_store_epochs_each(j->store, key_look, &e, err);

    for (uint32_t i = 0; !st && i < e.count; i++)
        st = jemput_store_epoch_drop(j->store, e.of[i].number, e.of[i].own ? &e.of[i].maker : NULL, err);
    jemput_arena_release(&e.arena);
    return st;
}

/* Whoever reads can go on only with a key that stays. */
static enum jemput_status key_stays(struct jemput *j, const struct engine_spent *spent, struct jemput_error *err)
{
    const struct jemput_member *me = jemput_roster_member(&j->roster, &j->writer);
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    uint32_t number;
    enum jemput_status st = engine_epoch_current(j, &number, key, err);

    jemput_wipe(key, sizeof key);
    if (!st && (!me || !engine_reads(me) || number < spent->below))
        st = jemput_fail(err, JEMPUT_NOTFOUND, "the key of the newest epoch has not come here yet");
    return st;
}

enum jemput_status engine_keys_erase(struct jemput *j, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_records records = { .arena = &arena };
    struct engine_spent spent;
    struct jemput_hash done = { { 0 } };
    enum jemput_status st = engine_spent_find(j, &spent, err);

    if (st || !spent.any)
        return st;
    st = engine_fact_exact(j, FACT_KEYS_ERASED, done.bytes, sizeof done.bytes, err);
    st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    if (!st && !jemput_hash_equal(&done, &spent.c.segment.hash)) {
        st = key_stays(j, &spent, err);
        if (!st)
            st = engine_singles_due(j, &spent, &records, err);
        if (!st)
            st = engine_reader_replace(j, &records, err);
        if (!st)
            st = engine_seal_control(j, records.of, records.count, err);
        if (!st)
            st = engine_roster_load(j, err);
    }
    if (!st)
        st = keys_drop(j, &spent, err);
    if (!st)
        st = jemput_store_fact_put(j->store, FACT_KEYS_ERASED, jemput_bytes_of(spent.c.segment.hash.bytes, JEMPUT_HASH_BYTES), err);
    jemput_arena_release(&arena);
    return st ? jemput_wrap(err, "destroy keys") : JEMPUT_OK;
}
