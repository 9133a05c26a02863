/* api/state/rebuild.c — the state computed anew from the signed segments, and put in the place of what tables and merge state hold.
 *
 * Replaying takes long and needs no lock: it runs beside the app. Then, in one transaction: what came since is replayed; the merge state takes that
 * of the replay; what the app has pending is sealed, which reads the merge state and so finds it sound; that is replayed, too; and the rows
 * take those of the replay. Until the COMMIT nothing has changed. */
#include "api/facts.h"
#include "api/ingest/segment.h"
#include "api/roster/roster.h"
#include "api/schema/schema.h"
#include "api/seal/seal.h"
#include "api/state/replay.h"
#include "api/state/state_hash.h"
#include "api/sync/run.h"

#include <string.h>

#include "store/replace/compare.h"
#include "store/replace/replace.h"

struct rebuilding {
    struct jemput *j;
    const struct jemput_rebuild_options *options;
    struct jemput_rebuild_report *report;
    struct engine_replay replay;
    uint64_t segments_total;
};

static enum jemput_status tell(struct rebuilding *b, enum jemput_phase phase, uint64_t done, uint64_t total, struct jemput_error *err)
{
    struct jemput_progress p = { .phase = phase, .done = done, .total = total };

    if (b->options->progress && b->options->progress(b->options->ctx, &p))
        atomic_store(&b->j->cancelled, true);
    return atomic_load(&b->j->cancelled) ? jemput_fail(err, JEMPUT_CANCELLED, "cancelled; nothing was changed") : JEMPUT_OK;
}

/* --- the replay --- */

static enum jemput_status segment_again(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct rebuilding *b = ctx;
    struct engine_segment read;
    enum jemput_status st = tell(b, JEMPUT_PHASE_REPLAY, b->report->segments, b->segments_total, err);

    if (st)
        return st;
    st = engine_replay_read(&b->replay, segment, &read, err);
    if (!st)
        st = engine_replay_merge(&b->replay, segment, &read, err);
    b->report->segments++;
    if (st && engine_replay_of_log(segment, err))
        (void)jemput_wrap(err, "the logs here are not whole, so nothing was changed");
    return st;
}

/* Every segment that is here and not in the replay yet. */
static enum jemput_status replay_follow(struct rebuilding *b, struct jemput_error *err)
{
    int64_t newest;
    bool records;
    enum jemput_status st = jemput_store_segments_since(b->j->store, b->replay.last, &newest, &records, err);

    if (!st)
        b->segments_total = (uint64_t)newest;
    if (!st)
        st = jemput_store_segments_after(b->j->store, b->replay.last, segment_again, b, err);
    return st ? st : tell(b, JEMPUT_PHASE_REPLAY, b->report->segments, b->segments_total, err);
}

/* --- putting it in place --- */

static enum jemput_status replace_goes_on(void *ctx, uint64_t parts, uint64_t total, struct jemput_error *err)
{
    return tell(ctx, JEMPUT_PHASE_COMPARE, parts < total ? parts : total, total, err);
}

static void replace_tells(void *ctx, const char *what)
{
    struct rebuilding *b = ctx;

    if (b->options->each)
        b->options->each(b->options->ctx, what);
}

/* What was written must now be what the replay says: else the file does not keep what is written to it. */
static enum jemput_status result_check(struct rebuilding *b, struct jemput_error *err)
{
    uint64_t differing = 0;
    enum jemput_status st = jemput_store_compare(b->j->store, b->replay.store, NULL, NULL, &differing, err);

    if (!st && differing)
        st = jemput_fail(err, JEMPUT_CORRUPT, "the file does not hold what was put into it, so nothing was changed");
    return st;
}

/* What the own log has said that it merged, where that is not known any more: what its newest segment says. */
static enum jemput_status announced_mend(struct jemput *j, struct jemput_error *err)
{
    struct jemput_segment last = { .frontier = JEMPUT_CONTEXT_EMPTY };
    int64_t announced;
    bool there = true;
    enum jemput_status st = jemput_store_number_get(j->store, FACT_ANNOUNCED, JEMPUT_CONTEXT_EMPTY, &announced, err);

    if (!st)
        st = jemput_store_context_there(j->store, announced, &there, err);
    if (st || there)
        return st;
    st = jemput_store_own_last(j->store, &j->writer, &last, err);
    return st && st != JEMPUT_NOTFOUND ? st : jemput_store_number_put(j->store, FACT_ANNOUNCED, last.frontier, err);
}

/* What was sealed may be merged otherwise than the app left it, which is no difference to tell. Where rows are damaged it may not come to its end;
 * they are put right afterwards. */
static enum jemput_status rows_settle(struct jemput *j, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_settle(j->store, err);

    return st == JEMPUT_CORRUPT ? JEMPUT_OK : st;
}

static enum jemput_status replace(struct rebuilding *b, struct jemput_error *err)
{
    struct jemput_replace r = { .to = b->j->store, .from = b->replay.store, .may_go_on = replace_goes_on, .each = replace_tells, .ctx = b };
    unsigned sealed = 0;
    enum jemput_status st = replay_follow(b, err);

    if (!st)
        st = jemput_replace_state(&r, err);
    if (!st)
        st = announced_mend(b->j, err);
    if (!st)
        st = engine_seal_pending(b->j, &sealed, err);
    if (!st && sealed)
        st = rows_settle(b->j, err);
    if (!st)
        st = replay_follow(b, err);
    if (!st)
        st = jemput_replace_rows(&r, err);
    b->report->differences = r.told;
    b->report->rows_put = r.rows_put;
    b->report->rows_removed = r.rows_removed;
    if (!st && sealed) { /* sealing wrote merge state beside rows that may have been damaged: that is no difference to tell */
        r.each = NULL;
        st = jemput_replace_state(&r, err);
    }
    if (!st && r.changed)
        st = result_check(b, err);
    if (!st && b->replay.base_at) /* what it covers is merged here now, if it was not */
        st = jemput_store_frontier_reach(b->j->store, b->replay.base_at, err);
    if (!st) /* also what sealing has refused just now: it is not in the replay */
        st = engine_rebuild_done(b->j, err);
    return st ? st : engine_state_hash(b->j->store, b->report->state_hash, err);
}

static enum jemput_status replay_anew(struct rebuilding *b, struct jemput_error *err)
{
    engine_replay_release(&b->replay);
    b->report->segments = 0;
    return engine_replay_begin(&b->replay, b->j, err);
}

/* What is pending was written under the tables that go, so it is sealed first. The replay is made under the lock: it reads the tables' new shapes. */
static enum jemput_status remake(struct rebuilding *b, struct jemput_error *err)
{
    unsigned sealed = 0;
    enum jemput_status st = engine_seal_pending(b->j, &sealed, err);

    return st ? st : engine_schema_remake(b->j, err);
}

/* Beside the app; of a store that has parted (schema.h) nothing can be said before it is locked. */
static enum jemput_status replay_beside(struct rebuilding *b, int64_t *due, struct jemput_error *err)
{
    uint32_t common;
    bool parted = false;
    enum jemput_status st = engine_roster_refresh(b->j, err);

    if (!st)
        st = engine_rebuild_due(b->j, due, err);
    if (!st)
        st = engine_schema_parted(b->j, &parted, &common, err);
    if (!st)
        st = engine_replay_begin(&b->replay, b->j, err);
    return st || parted ? st : replay_follow(b, err);
}

static enum jemput_status rebuild(struct rebuilding *b, struct jemput_error *err)
{
    struct jemput *j = b->j;
    int64_t due = 0, still_due = 0;
    uint32_t common;
    bool parted = false;
    enum jemput_status st = replay_beside(b, &due, err);

    if (!st)
        st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return st;
    st = engine_roster_refresh(j, err);
    if (!st)
        st = engine_rebuild_due(j, &still_due, err);
    if (!st)
        st = engine_schema_parted(j, &parted, &common, err);
    if (!st && parted)
        st = remake(b, err);
    if (!st && (parted || still_due != due)) /* what was replayed was judged by a roster that has moved since */
        st = replay_anew(b, err);
    if (!st)
        st = replace(b, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    else
        j->rebuild_owed = false;
    return st;
}

enum jemput_status engine_rebuild(struct jemput *j, const struct jemput_rebuild_options *options, struct jemput_rebuild_report *report,
                                  struct jemput_error *err)
{
    static const struct jemput_rebuild_options none;
    struct jemput_rebuild_report done = { 0 };
    struct rebuilding b = { .j = j, .options = options ? options : &none, .report = &done };
    enum jemput_status st = rebuild(&b, err);

    engine_replay_release(&b.replay);
    if (st)
        return jemput_wrap(err, "rebuild");
    *report = done;
    return JEMPUT_OK;
}

enum jemput_status jemput_rebuild(struct jemput *j, const struct jemput_rebuild_options *options, struct jemput_rebuild_report *report,
                                  struct jemput_error *err)
{
    enum jemput_status st = engine_awake(j, err);

    if (st)
        return st;
    atomic_store(&j->cancelled, false);
    return engine_rebuild(j, options, report, err);
}

/* --- as a step of a sync --- */

static int step_tells(void *ctx, const struct jemput_progress *progress)
{
    struct run *r = ctx;
    struct jemput_progress p = *progress;
    struct jemput_error why;

    p.bytes = r->report->bytes_sent + r->report->bytes_fetched;
    if (r->options->progress && r->options->progress(r->options->ctx, &p))
        return 1;
    return run_is_over(r, &why) != JEMPUT_OK;
}

enum jemput_status run_rebuild(struct run *r, struct jemput_error *err)
{
    const struct jemput_rebuild_options options = { .progress = step_tells, .ctx = r };
    struct jemput_rebuild_report report;
    enum jemput_status st = engine_rebuild(r->j, &options, &report, err);

    r->late_done = false;
    return st == JEMPUT_CANCELLED ? jemput_fail(err, st, "cancelled, or its time has passed; what was done so far is kept") : st;
}
