/* api/keys/unread.c — segments that could not be read when they came: merged when a key to them has come.
 *
 * They are in the register already, with their objects (store/keys/epoch.h); here they are read from there, checked as any segment is, and merged in
 * local order, in batches that hold the store's lock for a bounded time. One that its key does not open, or that holds what no writer of ours writes,
 * stays unread, and so does what follows it in its log; that is noted as for a log that stopped. */
#include "api/ingest/segment.h"
#include "api/judge/judge.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"

#include <string.h>

#include "store/keys/epoch.h"
#include "store/object/aside.h"

#define UNREAD_SEGMENTS_MAX 64

struct late_read {
    struct jemput *j;
    struct jemput_sync_report *report;
    struct jemput_arena arena; /* of the batch */
    struct jemput_apply of[UNREAD_SEGMENTS_MAX];
    uint32_t count;
    int64_t last; /* local number of the newest segment that was looked at */
    unsigned most;
    bool undo;    /* merging failed: perhaps half of it is in the tables */
};

static enum jemput_status stamps_take(struct late_read *r, int64_t id, const struct jemput_txn *txns, uint32_t count, struct jemput_error *err)
{
    jemput_stamp *stamps = jemput_arena_array(&r->arena, count, sizeof *stamps);

    if (!stamps)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for stamps");
    for (uint32_t i = 0; i < count; i++)
        stamps[i] = txns[i].stamp;
    return jemput_store_unread_read(r->j->store, id, stamps, count, err);
}

static enum jemput_status stretch_merge(struct late_read *r, struct jemput_error *err)
{
    struct jemput_merge_counts counts = { 0 };
    enum jemput_status st = r->count ? jemput_store_apply_all(r->j->store, r->of, r->count, &counts, err) : JEMPUT_OK;

    r->count = 0;
    r->undo |= st != JEMPUT_OK;
    r->report->txns_merged += counts.txns;
    r->report->rows_merged += counts.rows;
    r->report->conflicts_new += counts.conflicts;
    r->report->held_new += counts.held;
    return st;
}

static enum jemput_status data_take(struct late_read *r, const struct jemput_segment *segment, const struct engine_segment *read,
                                    struct jemput_error *err)
{
    struct judging judging = { .j = r->j, .store = r->j->store, .segment = segment, .schema_version = read->header.schema_version };
    struct jemput_txn *txns;
    uint32_t count;
    bool unread, awaited = false;
    enum jemput_status st = engine_txns_read(r->j, &read->header, &read->commit, &txns, &count, &unread, &r->arena, err);

    if (!st && unread)
        st = jemput_fail(err, JEMPUT_DENIED, "its key is gone");
    if (!st)
        st = engine_txns_check(r->j, &read->header, txns, count, err);
    if (!st)
        st = stamps_take(r, segment->id, txns, count, err);
    if (!st)
        r->of[r->count] = (struct jemput_apply){ .segment_id = segment->id, .count = count };
    if (!st)
        st = engine_judge(&judging, txns, count, &r->of[r->count].txns, &r->arena, err);
    r->count += !st;
    if (!st)
        st = engine_judge_awaited(&judging, &awaited, err);
    if (!st && awaited)
        st = stretch_merge(r, err);
    if (!st && awaited) {
        st = engine_judge_again(&judging, err);
        r->undo |= st != JEMPUT_OK;
    }
    return st;
}

static enum jemput_status segment_take(struct late_read *r, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct engine_segment read;
    struct jemput_oid oid;
    enum jemput_status st;

    memcpy(oid.id, segment->commit, sizeof oid.id);
    if (segment->control) {
        st = stretch_merge(r, err);
        if (!st)
            st = jemput_store_unread_read(r->j->store, segment->id, NULL, 0, err);
        return st ? st : jemput_store_apply_control(r->j->store, segment->id, err);
    }
    st = engine_segment_read(r->j, jemput_repo_source(r->j->repo), &oid, true, &read, &r->arena, err);
    return st ? st : data_take(r, segment, &read, err);
}

/* It stays unread: as a log that stopped, under the name that the hub gives it. */
static enum jemput_status stop_note(struct late_read *r, const struct jemput_segment *segment, const struct jemput_error *why,
                                    struct jemput_error *err)
{
    char ref[LOG_REF_BYTES];

    engine_log_ref(ref, &segment->writer, 0);
    r->report->logs_stopped++;
    return jemput_store_aside_put(r->j->store, ref, segment->commit, why->status, why->text, r->j->env->now_ms(r->j->env), err);
}

/* Read as many as there is time for, and merge them. *more = false: there are no further ones. *of_segment: merging failed for what a segment
 * holds, and which one it was is not known. */
static enum jemput_status batch_take(struct late_read *r, bool *more, bool *of_segment, struct jemput_error *err)
{
    uint64_t start = r->j->env->monotonic_ms(r->j->env);
    enum jemput_status st = JEMPUT_OK;

    r->undo = *of_segment = false;
    *more = true;
    for (unsigned done = 0; !st && *more && done < r->most && r->count < UNREAD_SEGMENTS_MAX && r->arena.total_bytes < JEMPUT_BATCH_BYTES_TARGET;
         done++) {
        struct jemput_segment segment;
        struct jemput_error why;

        if (done > 0 && r->j->env->monotonic_ms(r->j->env) - start >= JEMPUT_BATCH_MS_TARGET)
            break;
        st = jemput_store_unread_next(r->j->store, r->last, &segment, err);
        *more = st != JEMPUT_NOTFOUND;
        if (st) {
            st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
            continue;
        }
        r->last = segment.id;
        st = segment_take(r, &segment, &why);
        if (engine_status_of_log(st) && !r->undo) {
            (void)jemput_fail(&why, st, "segment %llu, which was waiting for its key: %s", (unsigned long long)segment.number, why.text);
            st = stop_note(r, &segment, &why, err);
        } else if (st) {
            *err = why;
        }
    }
    if (!st)
        st = stretch_merge(r, err);
    *of_segment = r->undo && (st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT || st == JEMPUT_UPGRADE);
    return st;
}

/* What the app has pending is sealed first, as before any merge: it had not seen what is merged now. */
static enum jemput_status batch_run(struct late_read *r, bool *more, bool *of_segment, struct jemput_error *err)
{
    struct jemput_sync_report before = *r->report;
    unsigned sealed = 0;
    enum jemput_status st = jemput_store_begin(r->j->store, ENGINE_LOCK_WAIT_MS, err);

    *of_segment = false;
    if (st)
        return st;
    st = engine_roster_refresh(r->j, err);
    if (!st)
        st = engine_keyring_open(r->j, err);
    if (!st)
        st = engine_seal_pending(r->j, &sealed, err);
    if (!st)
        st = batch_take(r, more, of_segment, err);
    if (!st)
        st = jemput_store_commit(r->j->store, err);
    r->count = 0;
    jemput_arena_clear(&r->arena);
    if (st) {
        engine_undo(r->j);
        *r->report = before;
    }
    return st;
}

/* Of a batch that cannot be merged, one at a time tells which it was; that one is noted and passed over. */
static enum jemput_status batch_run_or_stop(struct late_read *r, bool *more, struct jemput_error *err)
{
    int64_t start = r->last;
    struct jemput_segment segment;
    struct jemput_error why;
    bool of_segment;
    enum jemput_status st;

    r->most = UNREAD_SEGMENTS_MAX;
    st = batch_run(r, more, &of_segment, &why);
    if (st && of_segment) {
        r->most = 1;
        r->last = start;
        st = batch_run(r, more, &of_segment, &why);
    }
    if (!st || !of_segment) {
        if (st)
            *err = why;
        return st;
    }
    st = jemput_store_begin(r->j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return st;
    st = jemput_store_unread_next(r->j->store, start, &segment, err);
    if (!st)
        st = stop_note(r, &segment, &why, err);
    if (!st)
        st = jemput_store_commit(r->j->store, err);
    if (st)
        jemput_store_rollback(r->j->store);
    *more = true;
    r->last = st ? start : segment.id;
    return st;
}

enum jemput_status engine_unread_follow(struct jemput *j, struct jemput_sync_report *report,
                                        enum jemput_status (*may_go_on)(void *ctx, struct jemput_error *err), void *ctx, struct jemput_error *err)
{
    struct late_read r = { .j = j, .report = report };
    struct jemput_segment first;
    bool more = true;
    enum jemput_status st = jemput_store_unread_next(j->store, 0, &first, err);

    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    while (!st && more) {
        st = may_go_on ? may_go_on(ctx, err) : JEMPUT_OK;
        if (!st)
            st = batch_run_or_stop(&r, &more, err);
    }
    jemput_arena_release(&r.arena);
    return st ? jemput_wrap(err, "read what was waiting for its key") : JEMPUT_OK;
}
