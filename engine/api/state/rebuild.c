/* api/state/rebuild.c — the state computed anew from the signed segments, and put in the place of what tables and merge state hold.
 *
 * Replaying takes long and needs no lock: it runs beside the app. So does comparing, in a transaction that reads: then only what differs is written
 * under the lock, in that same transaction, which cannot take it if the app has saved something meanwhile. In that case what the app saved is sealed,
 * replayed, and all is compared again. In a store that begins from a checkpoint, where all rows are missing, those that fit come ahead, a few at a
 * time (store/replace/ahead.h). Until the lock is taken nothing else has changed.
 *
 * An app that saves again and again, and a store in which more is damaged than rows, are put in line with the lock held all the while: what came
 * since is replayed; the merge state takes that of the replay; what the app has pending is sealed, which reads the merge state and so finds it sound;
 * that is replayed, too; and the rows take those of the replay. */
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
    uint64_t segments_total, segments_told, parts_told;
    int64_t due;            /* of which verdicts and roster the replay is */
    uint64_t roster_loads;
    bool went_ahead;        /* rows have come ahead of the rest, so many: */
    uint64_t came_ahead;
    int64_t hashed;         /* the report's state hash is that of the replay up to this segment; -1 = of none */
};

#define ROUNDS_MAX 4    /* beside an app that saves again and again; then it waits */
#define LOCK_MS 25      /* of one transaction of those that come ahead; a slow disk writes as long again */

static enum jemput_status tell(struct rebuilding *b, enum jemput_phase phase, uint64_t done, uint64_t total, struct jemput_error *err)
{
    uint64_t *told = phase == JEMPUT_PHASE_REPLAY ? &b->segments_told : &b->parts_told; /* both are gone through again, if need be */
    struct jemput_progress p = { .phase = phase, .total = total };

    *told = done > *told ? done : *told;
    p.done = *told < total ? *told : total;
    if (b->options->progress && b->options->progress(b->options->ctx, &p))
        atomic_store(&b->j->cancelled, true);
    if (!atomic_load(&b->j->cancelled))
        return JEMPUT_OK;
    if (b->came_ahead)
        return jemput_fail(err, JEMPUT_CANCELLED, "cancelled; some rows are in place already, and the next sync goes on");
    return jemput_fail(err, JEMPUT_CANCELLED, "cancelled; nothing was changed");
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
    return tell(ctx, JEMPUT_PHASE_COMPARE, parts, total, err);
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

/* What the checkpoint covers is merged here now, if it was not. */
static enum jemput_status merged_note(struct rebuilding *b, struct jemput_error *err)
{
    bool held = false;
    enum jemput_status st = jemput_store_frontier_held(b->j->store, &held, err);

    if (!st && held)
        return jemput_store_frontier_release(b->j->store, err);
    return st || !b->replay.base_at ? st : jemput_store_frontier_reach(b->j->store, b->replay.base_at, err);
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
    b->report->rows_put = b->came_ahead + r.rows_put;
    b->report->rows_removed = r.rows_removed;
    if (!st && sealed) { /* sealing wrote merge state beside rows that may have been damaged: that is no difference to tell */
        r.each = NULL;
        st = jemput_replace_state(&r, err);
    }
    if (!st && r.changed)
        st = result_check(b, err);
    if (!st)
        st = merged_note(b, err);
    if (!st) /* also what sealing has refused just now: it is not in the replay */
        st = engine_rebuild_done(b->j, err);
    return st ? st : engine_state_hash(b->j->store, b->report->state_hash, err);
}

/* --- the replay, and what it was judged by --- */

static enum jemput_status replay_begin(struct rebuilding *b, struct jemput_error *err)
{
    b->report->segments = 0;
    b->roster_loads = b->j->roster_loads;
    b->hashed = -1;
    return engine_replay_begin(&b->replay, b->j, err);
}

static enum jemput_status replay_anew(struct rebuilding *b, struct jemput_error *err)
{
    engine_replay_release(&b->replay);
    return replay_begin(b, err);
}

/* Beside the app; of a store that has parted (schema.h) nothing can be said before it is locked. */
static enum jemput_status replay_beside(struct rebuilding *b, bool *parted, struct jemput_error *err)
{
    uint32_t common;
    enum jemput_status st = engine_roster_refresh(b->j, err);

    if (!st)
        st = engine_rebuild_due(b->j, &b->due, err);
    if (!st)
        st = engine_schema_parted(b->j, parted, &common, err);
    if (!st)
        st = replay_begin(b, err);
    return st || *parted ? st : replay_follow(b, err);
}

/* The same once more, by the roster and the verdicts of now. */
static enum jemput_status replay_again(struct rebuilding *b, bool *parted, struct jemput_error *err)
{
    int64_t due = 0;
    uint32_t common;
    enum jemput_status st = engine_roster_refresh(b->j, err);

    if (!st)
        st = engine_rebuild_due(b->j, &due, err);
    if (!st)
        st = engine_schema_parted(b->j, parted, &common, err);
    if (!st && !*parted && (due != b->due || b->roster_loads != b->j->roster_loads))
        st = replay_anew(b, err);
    b->due = due;
    return st || *parted ? st : replay_follow(b, err);
}

/* --- beside the app --- */

enum way { WAY_DONE, WAY_AGAIN, WAY_LOCKED };

static enum jemput_status look_for_pending(struct rebuilding *b, bool *out, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_bytes migration = { 0 };
    jemput_stamp newest = 0;
    uint32_t version;
    enum jemput_status st = jemput_store_pending_newest(b->j->store, &newest, err);

    if (!st)
        st = jemput_store_migration_next(b->j->store, &arena, &migration, &version, err);
    *out = newest || migration.len;
    jemput_arena_release(&arena);
    return st;
}

/* Before the lock: the replay holds what is put in place. */
static enum jemput_status hash_ready(struct rebuilding *b, struct jemput_error *err)
{
    enum jemput_status st = b->hashed == b->replay.last ? JEMPUT_OK : engine_state_hash(b->replay.store, b->report->state_hash, err);

    b->hashed = st ? -1 : b->replay.last;
    return st;
}

/* In the transaction that reads: is the replay of all that is here, by what holds now, and nothing pending? */
static enum jemput_status replay_is_current(struct rebuilding *b, bool *out, struct jemput_error *err)
{
    int64_t due = 0, newest = 0;
    bool records, pending = false, parted = false;
    uint32_t common;
    enum jemput_status st = engine_roster_refresh(b->j, err);

    if (!st)
        st = engine_rebuild_due(b->j, &due, err);
    if (!st)
        st = engine_schema_parted(b->j, &parted, &common, err);
    if (!st)
        st = jemput_store_segments_since(b->j->store, b->replay.last, &newest, &records, err);
    if (!st)
        st = look_for_pending(b, &pending, err);
    *out = !st && due == b->due && b->roster_loads == b->j->roster_loads && !parted && newest == b->replay.last && !pending;
    return st;
}

/* What differs was noted and nothing has moved since. */
static enum jemput_status noted_write(struct rebuilding *b, struct jemput_replace *r, struct jemput_replacing *noted, struct jemput_error *err)
{
    enum jemput_status st = jemput_replace_noted(noted, err);

    b->report->differences = r->told;
    b->report->rows_put = b->came_ahead + r->rows_put;
    b->report->rows_removed = r->rows_removed;
    if (!st)
        st = announced_mend(b->j, err);
    if (!st)
        st = merged_note(b, err);
    if (!st)
        st = engine_rebuild_done(b->j, err);
    return st ? st : jemput_store_commit(b->j->store, err);
}

/* In transactions of their own; then it is looked at again what differs. */
static enum jemput_status rows_ahead(struct rebuilding *b, struct jemput_replacing *noted, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_end_reading(b->j->store, err);

    b->went_ahead = true;
    return st ? st : jemput_replace_ahead(noted, LOCK_MS, &b->came_ahead, err);
}

/* Take the lock, if nobody has written since. */
static enum jemput_status lock_and_write(struct rebuilding *b, struct jemput_replace *r, struct jemput_replacing *noted, enum way *way,
                                         struct jemput_error *err)
{
    enum jemput_status st = jemput_store_take_lock(b->j->store, ENGINE_LOCK_WAIT_MS, err);

    if (st) {
        jemput_replace_abandon(noted);
        return st == JEMPUT_BUSY ? JEMPUT_OK : st;
    }
    *way = WAY_DONE;
    jemput_store_long_lock(true);
    st = noted_write(b, r, noted, err);
    if (st)
        engine_undo(b->j);
    jemput_store_long_lock(false);
    return st;
}

/* In a transaction that reads. */
static enum jemput_status compare_and_write(struct rebuilding *b, enum way *way, struct jemput_error *err)
{
    struct jemput_replace r = { .to = b->j->store, .from = b->replay.store, .may_go_on = replace_goes_on, .each = replace_tells, .ctx = b };
    struct jemput_replacing *noted = NULL;
    bool current = false, sound = true, beginning = false;
    enum jemput_status st = replay_is_current(b, &current, err);

    if (!st)
        st = jemput_store_frontier_held(b->j->store, &beginning, err);
    if (!st && current)
        st = jemput_replace_note(&noted, &r, &sound, err);
    *way = sound ? WAY_AGAIN : WAY_LOCKED;
    if (!st && current && sound && beginning && !b->went_ahead) {
        st = rows_ahead(b, noted, err);
    } else if (!st && current && sound) {
        st = lock_and_write(b, &r, noted, way, err);
        noted = NULL;
    }
    if (*way != WAY_DONE) /* what was only read */
        jemput_store_rollback(b->j->store);
    jemput_replace_abandon(noted);
    return st;
}

/* What is pending is sealed as at the beginning of any sync: its place in the logs does not hang on what is computed anew. But where no verdict has
 * changed the store may be damaged, and what is sealed would be taken from that: then it waits for the lock. */
static enum jemput_status pending_seal(struct rebuilding *b, enum way *way, struct jemput_error *err)
{
    bool pending = false;
    unsigned sealed = 0;
    enum jemput_status st = look_for_pending(b, &pending, err);

    if (st || !pending)
        return st;
    if (!b->due && !b->j->rebuild_owed) {
        *way = WAY_LOCKED;
        return JEMPUT_OK;
    }
    st = engine_seal_parts(b->j, NULL, NULL, &sealed, err);
    if (st == JEMPUT_CORRUPT)
        *way = WAY_LOCKED;
    return st == JEMPUT_CORRUPT ? JEMPUT_OK : st;
}

static enum jemput_status round_beside(struct rebuilding *b, enum way *way, struct jemput_error *err)
{
    bool parted = false;
    enum jemput_status st = pending_seal(b, way, err);

    if (st || *way == WAY_LOCKED)
        return st;
    st = replay_again(b, &parted, err);
    if (!st && parted)
        *way = WAY_LOCKED;
    if (st || parted)
        return st;
    st = hash_ready(b, err);
    if (!st)
        st = jemput_store_begin_reading(b->j->store, err);
    return st ? st : compare_and_write(b, way, err);
}

/* The app may save something at any time: then once more. */
static enum jemput_status rebuild_beside(struct rebuilding *b, enum way *way, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (unsigned round = 0; !st && *way == WAY_AGAIN && round < ROUNDS_MAX; round++)
        st = round_beside(b, way, err);
    return st;
}

/* --- under the lock --- */

/* What is pending was written under the tables that go, so it is sealed first. The replay is made under the lock: it reads the tables' new shapes. */
static enum jemput_status remake(struct rebuilding *b, struct jemput_error *err)
{
    unsigned sealed = 0;
    enum jemput_status st = engine_seal_pending(b->j, &sealed, err);

    return st ? st : engine_schema_remake(b->j, err);
}

static enum jemput_status rebuild_locked(struct rebuilding *b, struct jemput_error *err)
{
    struct jemput *j = b->j;
    int64_t still_due = 0;
    uint32_t common;
    bool parted = false;
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (st)
        return st;
    jemput_store_long_lock(true);
    st = engine_roster_refresh(j, err);
    if (!st)
        st = engine_rebuild_due(j, &still_due, err);
    if (!st)
        st = engine_schema_parted(j, &parted, &common, err);
    if (!st && parted)
        st = remake(b, err);
    if (!st && (parted || still_due != b->due)) /* what was replayed was judged by a roster that has moved since */
        st = replay_anew(b, err);
    if (!st)
        st = replace(b, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    jemput_store_long_lock(false);
    return st;
}

/* A store that begins from a checkpoint has no key of its births yet; the replay has the same one. */
static enum jemput_status births_ready(struct jemput *j, struct jemput_error *err)
{
    int64_t due = 0;
    enum jemput_status st = engine_rebuild_due(j, &due, err);

    if (st || !due)
        return st;
    st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return st;
    st = jemput_replace_ready(j->store, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    return st;
}

static enum jemput_status rebuild(struct rebuilding *b, struct jemput_error *err)
{
    enum way way = WAY_AGAIN;
    bool parted = false;
    enum jemput_status st = births_ready(b->j, err);

    if (!st)
        st = replay_beside(b, &parted, err);
    if (!st && !parted)
        st = rebuild_beside(b, &way, err);
    if (!st && way != WAY_DONE)
        st = rebuild_locked(b, err);
    if (!st)
        b->j->rebuild_owed = false;
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
