/* api/checkpoint/cut.c — cutting off what a checkpoint covers: payloads of data go, the register stays.
 *
 * Nothing goes on a server's word. Central must have signed the state, and that it has been backed up; and this replica computes the state of the
 * covered segments from its own logs first: only if it is the one that central signed may they go. */
#include "api/checkpoint/checkpoint.h"
#include "api/forget/erase.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"

#include <string.h>

#include "store/causes/own_writer.h"
#include "store/file/compact.h"

#define CUT_TOGETHER 64 /* segments in one transaction */

static bool names_checkpoint(const struct jemput_act *act, const struct engine_checkpoint *c)
{
    return act->record.kind == JEMPUT_RECORD_BACKED_UP && jemput_hash_equal(&act->record.as.backed_up.checkpoint, &c->segment.hash);
}

bool engine_checkpoint_backed_up(const struct jemput *j, const struct engine_checkpoint *c)
{
    for (uint32_t i = 0; i < j->acts.count; i++)
        if (names_checkpoint(&j->acts.of[i].act, c) && engine_act_counts(j, &j->acts.of[i].act))
            return true;
    return false;
}

/* --- cutting --- */

struct cutting {
    struct jemput *j;
    struct engine_checkpoint c;
    struct jemput_cut_report *report;
    int64_t after;  /* segments up to here are done */
    unsigned done;  /* in this transaction */
    bool more;
};

static enum jemput_status segment_cut(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct cutting *c = ctx;
    struct jemput_oid oid;
    bool covered = false, kept = false, side = false; /* of a fork: what was signed there stays, for it proves the fork; the data goes */
    uint64_t before = c->report->bytes;
    enum jemput_status st = segment->control ? JEMPUT_OK : engine_checkpoint_covers(c->j, &c->c, segment->id, &covered, err);

    if (!st && covered && !c->j->forgets.count)
        st = jemput_store_segment_is_last(c->j->store, segment->id, &kept, err); /* a hub's tip, by which it is seen what that has */
    if (!st && covered && !kept)
        st = engine_segment_stays(c->j, segment, &kept, err);
    if (!st && covered && !kept)
        st = jemput_store_fork_side(c->j->store, segment->id, &side, err);
    memcpy(oid.id, segment->commit, sizeof oid.id);
    if (!st && covered && !kept && jemput_repo_has(c->j->repo, &oid)) {
        st = side ? jemput_repo_payload_drop(c->j->repo, c->j->store, &oid, &c->report->bytes, err)
                  : jemput_repo_commit_drop(c->j->repo, c->j->store, &oid, &c->report->bytes, err);
        c->report->segments += !st && c->report->bytes > before;
        c->done++;
    }
    c->after = segment->id;
    if (!st && c->done == CUT_TOGETHER) {
        c->more = true;
        return jemput_fail(err, JEMPUT_CANCELLED, "the rest comes in the next transaction");
    }
    return st;
}

static enum jemput_status cut_some(struct cutting *c, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_may_go_on(c->j->store, err);

    if (!st)
        st = jemput_store_begin(c->j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return st;
    c->done = 0;
    c->more = false;
    if (!st)
        st = jemput_store_fact_put(c->j->store, FACT_BASE, jemput_bytes_of(c->c.segment.hash.bytes, JEMPUT_HASH_BYTES), err);
    if (!st)
        st = jemput_store_segments_after(c->j->store, c->after, segment_cut, c, err);
    if (st == JEMPUT_CANCELLED && c->more)
        st = JEMPUT_OK;
    if (!st)
        st = jemput_store_commit(c->j->store, err);
    if (st)
        engine_undo(c->j);
    return st;
}

static enum jemput_status cut(struct cutting *c, struct jemput_error *err)
{
    bool more = true, renewed = false, emptied = false, behind = false;
    enum jemput_status st = jemput_store_wipe_freed(c->j->store, true, err);

    for (c->more = true; !st && c->more;)
        st = cut_some(c, err);
    if (!st)
        st = engine_keys_destroy(c->j, err);
    while (!st && more) {
        st = jemput_store_may_go_on(c->j->store, err);
        if (!st)
            st = jemput_store_compact_some(c->j->store, &more, err);
    }
    if (!st && c->j->forgets.count)
        st = jemput_store_renew(c->j->store, &renewed, err);
    if (!st)
        st = jemput_store_log_empty(c->j->store, &emptied, err);
    if (st || !c->j->forgets.count || !renewed || !emptied)
        return st;
    st = engine_touched_behind(c->j, &c->c, &behind, err);
    if (!st)
        st = engine_erase_note(c->j, &c->c, !behind, err);
    c->report->erased = !st && !behind;
    return st;
}

bool engine_checkpoint_erased(const struct jemput *j, const struct jemput_writer *writer, const struct jemput_hash *checkpoint)
{
    for (uint32_t i = 0; i < j->acts.count; i++) {
        const struct jemput_act *act = &j->acts.of[i].act;

        if (act->record.kind == JEMPUT_RECORD_ERASED && jemput_writer_compare(&act->author, writer) == 0 && engine_act_counts(j, act) &&
            jemput_hash_equal(&act->record.as.erased.checkpoint, checkpoint))
            return true;
    }
    return false;
}

/* Nothing of forgotten rows is left here: whoever had them forgotten wants to know. */
static enum jemput_status erased_say(struct cutting *c, struct jemput_error *err)
{
    struct jemput *j = c->j;
    struct jemput_record record = { .kind = JEMPUT_RECORD_ERASED, .as.erased.checkpoint = c->c.segment.hash };
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (!st)
        st = engine_roster_refresh(j, err);
    if (!st && !engine_checkpoint_erased(j, &j->writer, &c->c.segment.hash))
        st = engine_seal_control(j, &record, 1, err);
    if (!st)
        st = engine_roster_load(j, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    return st;
}

/* Which one, and whether it may be used. */
static enum jemput_status cutting_begin(struct cutting *c, struct jemput_error *err)
{
    struct engine_checkpoint base;
    bool covered = true;
    enum jemput_status st = engine_roster_refresh(c->j, err);

    if (!st)
        st = engine_checkpoint_newest(c->j, &c->c, err);
    if (!st && !engine_checkpoint_backed_up(c->j, &c->c))
        st = jemput_fail(err, JEMPUT_DENIED, "central has not signed that the newest checkpoint is backed up: jemput checkpoint --backed-up, there");
    if (st)
        return st;
    st = engine_checkpoint_base(c->j, &base, err);
    if (!st && jemput_hash_equal(&base.segment.hash, &c->c.segment.hash))
        return JEMPUT_OK; /* it was proved when the first of it went */
    if (!st)
        st = engine_checkpoint_covers(c->j, &c->c, base.at.id, &covered, err);
    if (!st && !covered)
        return jemput_fail(err, JEMPUT_DENIED, "the newest checkpoint does not cover what was cut off here before: central has to make another one");
    return st && st != JEMPUT_NOTFOUND ? st : engine_checkpoint_prove(c->j, &c->c, err);
}

enum jemput_status jemput_checkpoint_cut(struct jemput *j, struct jemput_cut_report *report, struct jemput_error *err)
{
    struct jemput_cut_report done = { 0 };
    struct cutting c = { .j = j, .report = &done };
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = cutting_begin(&c, err);
    if (!st)
        st = cut(&c, err);
    if (!st && done.erased)
        st = erased_say(&c, err);
    if (st)
        return jemput_wrap(err, "cut");
    *report = done;
    return JEMPUT_OK;
}

/* --- central's word that there is a copy elsewhere --- */

enum jemput_status jemput_checkpoint_backed_up(struct jemput *j, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_BACKED_UP };
    struct engine_checkpoint newest;
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return jemput_wrap(err, "backed up");
    st = engine_roster_refresh(j, err);
    if (!st && !engine_has_role(j, JEMPUT_ROLE_PUSAT))
        st = jemput_fail(err, JEMPUT_DENIED, "only central (role pusat) says that");
    if (!st)
        st = engine_checkpoint_newest(j, &newest, err);
    if (!st && !engine_checkpoint_backed_up(j, &newest)) {
        record.as.backed_up.checkpoint = newest.segment.hash;
        st = engine_seal_control(j, &record, 1, err);
    }
    if (!st)
        st = engine_roster_load(j, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    return st ? jemput_wrap(err, "backed up") : JEMPUT_OK;
}
