/* api/forget/erase.c — rows that are forgotten leave this store: when that is due, and what stays all the same. See forget.h. */
#include "api/forget/erase.h"

#include <string.h>

#include "api/fork/resume.h"
#include "api/ingest/segment.h"
#include "api/keys/spent.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"
#include "base/limits.h"
#include "store/keys/epoch.h"
#include "store/verdict/refusal.h"

/* --- what holds them --- */

enum jemput_status engine_segment_touches(struct jemput *j, const struct jemput_segment *segment, bool *out, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    const struct jemput_txn *rest;
    struct engine_segment read;
    struct jemput_txn *txns = NULL;
    struct jemput_oid oid;
    uint32_t count = 0;
    bool unread = false;
    enum jemput_status st = JEMPUT_OK;

    *out = false;
    memcpy(oid.id, segment->commit, sizeof oid.id);
    if (segment->control || !j->forgets.count || !jemput_repo_has(j->repo, &oid))
        return JEMPUT_OK;
    st = engine_segment_read(j, jemput_repo_source(j->repo), &oid, true, &read, &arena, err);
    if (!st)
        st = engine_txns_read(j, &read.header, &read.commit, &txns, &count, &unread, &arena, err);
    if (!st && !unread)
        st = engine_forgotten_drop(j, txns, count, &rest, out, &arena, err);
    jemput_arena_release(&arena);
    return st == JEMPUT_NOTFOUND || st == JEMPUT_CORRUPT || st == JEMPUT_DENIED ? JEMPUT_OK : st; /* nobody reads it here */
}

/* One with refused transactions: they may be judged again, and adopted. */
static enum jemput_status is_refused(struct jemput *j, const struct jemput_segment *segment, bool *out, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_refused_txn next;
    uint64_t first = (uint64_t)segment->id * JEMPUT_SEGMENT_TXNS_MAX;
    enum jemput_status st = jemput_store_refusal_next(j->store, first - 1, &next, &arena, err);

    *out = !st && next.version < first + JEMPUT_SEGMENT_TXNS_MAX;
    jemput_arena_release(&arena);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

enum jemput_status engine_segment_stays(struct jemput *j, const struct jemput_segment *segment, bool *out, struct jemput_error *err)
{
    bool touches = false;
    enum jemput_status st = is_refused(j, segment, out, err);

    if (!st && *out)
        st = engine_segment_touches(j, segment, &touches, err);
    *out = *out && !touches;
    return st;
}

struct behind {
    struct jemput *j;
    const struct engine_checkpoint *c;
    bool found;
};

static enum jemput_status behind_look(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct behind *b = ctx;
    bool covered = true;
    enum jemput_status st = jemput_store_may_go_on(b->j->store, err);

    if (!st && !segment->control && !b->found)
        st = engine_checkpoint_covers(b->j, b->c, segment->id, &covered, err);
    return st || covered ? st : engine_segment_touches(b->j, segment, &b->found, err);
}

enum jemput_status engine_touched_behind(struct jemput *j, const struct engine_checkpoint *c, bool *out, struct jemput_error *err)
{
    struct behind b = { .j = j, .c = c };
    enum jemput_status st = jemput_store_segments_after(j->store, 0, behind_look, &b, err);

    *out = b.found;
    return st;
}

enum jemput_status engine_forgotten_edit_note(struct jemput *j, struct jemput_error *err)
{
    return jemput_store_number_put(j->store, FACT_FORGOTTEN_EDITS, 1, err);
}

enum jemput_status engine_erase_note(struct jemput *j, const struct engine_checkpoint *c, bool all, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (!st)
        st = jemput_store_number_put(j->store, FACT_FORGOTTEN_EDITS, !all, err);
    if (!st && !all)
        st = jemput_store_fact_put(j->store, FACT_ERASE_WAITS, jemput_bytes_of(c->segment.hash.bytes, JEMPUT_HASH_BYTES), err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        jemput_store_rollback(j->store);
    return st;
}

/* --- when it is due --- */

enum jemput_status engine_erased_by(struct jemput *j, const struct jemput_writer *writer, int64_t forget, bool *out, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *out = false;
    for (uint32_t i = 0; !st && !*out && i < j->acts.count; i++) {
        const struct jemput_act *act = &j->acts.of[i].act;
        struct engine_checkpoint c;

        if (act->record.kind != JEMPUT_RECORD_CHECKPOINT || !engine_checkpoint_erased(j, writer, &act->segment))
            continue;
        st = engine_checkpoint_find(j, &act->segment, &c, err);
        if (!st)
            st = engine_checkpoint_covers(j, &c, forget, out, err);
        st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    }
    return st;
}

/* Whoever reads nothing can compute no state to compare with central's, and has nothing to erase unless it could read once. */
static bool can_erase(const struct jemput *j)
{
    const struct jemput_member *me = jemput_roster_member(&j->roster, &j->writer);

    return me && engine_reads(me);
}

/* Is there something that this checkpoint lets go, and this store has not let go by an earlier one? */
static enum jemput_status is_news(struct jemput *j, const struct engine_checkpoint *c, bool *out, struct jemput_error *err)
{
    int64_t edits = 0;
    enum jemput_status st = jemput_store_number_get(j->store, FACT_FORGOTTEN_EDITS, 0, &edits, err);

    *out = !st && edits;
    for (uint32_t i = 0; !st && !*out && i < j->acts.count; i++) {
        bool covered, erased = false;

        if (j->acts.of[i].act.record.kind != JEMPUT_RECORD_FORGET || !engine_act_counts(j, &j->acts.of[i].act))
            continue;
        st = engine_checkpoint_covers(j, c, j->acts.of[i].segment, &covered, err);
        if (!st && covered)
            st = engine_erased_by(j, &j->writer, j->acts.of[i].segment, &erased, err);
        *out = !st && covered && !erased;
    }
    return st;
}

enum jemput_status engine_erase_due(struct jemput *j, bool *out, struct jemput_error *err)
{
    struct engine_spent spent = { .any = false };
    struct engine_checkpoint newest;
    struct jemput_hash waits = { { 0 } };
    enum jemput_status st = can_erase(j) ? engine_spent_find(j, &spent, err) : JEMPUT_OK;

    *out = false;
    if (!st && spent.any)
        st = engine_checkpoint_newest(j, &newest, err);
    if (st || !spent.any || !jemput_hash_equal(&newest.segment.hash, &spent.c.segment.hash))
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    st = engine_fact_exact(j, FACT_ERASE_WAITS, waits.bytes, sizeof waits.bytes, err);
    st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    if (st || jemput_hash_equal(&waits, &newest.segment.hash) || engine_checkpoint_erased(j, &j->writer, &newest.segment.hash))
        return st;
    return is_news(j, &newest, out, err);
}

/* What keeps it from being done now does not keep the work from being sent: `jemput checkpoint --cut` tells, and the list of places says "not yet".
 * */
enum jemput_status engine_erase(struct jemput *j, struct jemput_error *err)
{
    struct jemput_cut_report report;
    enum jemput_status st = jemput_checkpoint_cut(j, &report, err);

    return st == JEMPUT_DENIED || st == JEMPUT_CORRUPT || st == JEMPUT_NOTFOUND || st == JEMPUT_BUSY ? JEMPUT_OK : st;
}

enum jemput_status engine_keys_destroy(struct jemput *j, struct jemput_error *err)
{
    unsigned sealed = 0;
    enum jemput_status st = j->forgets.count ? jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err) : JEMPUT_OK;

    if (st || !j->forgets.count)
        return st;
    st = engine_roster_refresh(j, err);
    if (!st)
        st = engine_keyring_open(j, err);
    if (!st)
        st = engine_seal_pending(j, &sealed, err);
    if (!st)
        st = engine_keys_erase(j, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    return st;
}
