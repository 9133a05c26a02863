/* api/ingest/ingest.c — a log from elsewhere: verified and merged forward, in batches that hold the store's lock for a bounded time.
 *
 * Everything that can be checked without the lock is read and checked before it is taken. A segment that fails a check stops its log: it is
 * noted with its reason and never touches the tables; what came before it stays merged, and other logs go on. Central's segments name the
 * heads it had accepted as further parents: those logs are read first, so that one branch reaches everything. */
#include "api/checkpoint/checkpoint.h"
#include "api/ingest/ingest.h"
#include "api/ingest/log.h"
#include "api/ingest/segment.h"
#include "api/roster/roster.h"

#include <string.h>

#include "base/limits.h"
#include "store/object/aside.h"

#define BATCH_WORK_FIRST ((size_t)256 * 1024) /* while nothing is known of this machine's speed */
#define BATCH_WORK_LEAST ((size_t)64 * 1024)
/* A row that is there is found, read and written: in a store of 100,000 applications 16 us, of which a new row takes 4. */
#define EDIT_WORK ((size_t)1024)

void engine_log_release(struct engine_log *log)
{
    jemput_buf_release(&log->walk.oids);
    log->walked = false;
}

/* Read a whole log that central has accepted. Another central's may name heads in turn: ingest.h, INGEST_DEPTH_MAX. */
static enum jemput_status accepted_read(struct jemput *j, struct engine_ingest *in, const struct jemput_oid *tip, const char *ref, bool accepted,
                                        enum ingest_verdict *verdict, struct jemput_error *err)
{
    struct engine_log log = { .tip = *tip, .accepted = accepted };
    enum jemput_status st = JEMPUT_OK;

    memcpy(log.ref, ref, sizeof log.ref);
    *verdict = INGEST_MORE;
    in->depth++;
    while (!st && *verdict == INGEST_MORE) {
        st = in->may_go_on ? in->may_go_on(in->ctx, err) : JEMPUT_OK;
        if (!st)
            st = engine_ingest(j, in, &log, verdict, err);
    }
    in->depth--;
    engine_log_release(&log);
    return st;
}

/* Parents of a segment that are heads which central had accepted: the last ones, one for each head that the header names. The first is its
 * predecessor. Whoever was central then: it may have been replaced. */
static enum jemput_status accepted_count(struct jemput *j, const struct engine_segment *s, unsigned *out, struct jemput_error *err)
{
    const struct jemput_segment segment = { .writer = s->header.writer, .number = s->header.number, .hash = s->hash };
    struct jemput_arena arena = { 0 };
    struct jemput_rights rights;
    enum jemput_status st = engine_rights_at(j, &j->roster, &segment, &rights, &arena, err);

    *out = !st && (rights.roles & JEMPUT_ROLE_PUSAT) && s->commit.parent_count > s->header.merged.count ? s->header.merged.count : 0;
    jemput_arena_release(&arena);
    return st;
}

/* Each of them once. */
static enum jemput_status accepted_round(struct jemput *j, struct engine_ingest *in, const struct engine_log *log, const struct engine_segment *s,
                                         unsigned heads, bool accepted, enum ingest_verdict *verdict, struct jemput_error *err)
{
    enum ingest_verdict one = INGEST_READ;
    enum jemput_status st = JEMPUT_OK;

    *verdict = INGEST_READ;
    for (unsigned i = s->commit.parent_count - heads; !st && *verdict != INGEST_STOPPED && i < s->commit.parent_count; i++) {
        st = accepted_read(j, in, &s->commit.parents[i], log->ref, accepted, &one, err);
        *verdict = one == INGEST_READ ? *verdict : one;
    }
    return st;
}

/* The heads that central had accepted come before its segment that says so. They stand in no order of causes: one whose writer goes on from another
 * head's waits for that, so the others are read all the same, and it is asked again while they move the roster. What waits even then was let in by an
 * act that has no effect any more, or that was never here: central knew of it, so it is registered, and void, and holds up nobody. */
static enum jemput_status accepted_first(struct jemput *j, struct engine_ingest *in, const struct engine_log *log, const struct engine_segment *s,
                                         unsigned heads, enum ingest_verdict *verdict, struct jemput_error *err)
{
    uint32_t before;
    enum jemput_status st;

    do {
        before = j->acts.count;
        st = accepted_round(j, in, log, s, heads, false, verdict, err);
    } while (!st && *verdict == INGEST_WAITS && j->acts.count > before);
    return st || *verdict != INGEST_WAITS ? st : accepted_round(j, in, log, s, heads, true, verdict, err);
}

static void batch_stop(struct batch *b, enum ingest_verdict verdict, const struct jemput_oid *oid, const struct jemput_error *why)
{
    b->verdict = verdict;
    b->failed = *oid;
    b->why = *why;
    b->lacks = why->status == JEMPUT_NOTFOUND;
    if (b->lacks)
        (void)jemput_fail(&b->why, JEMPUT_CORRUPT, "the hub's copy of this log is not whole: %s", why->text);
}

/* What merging it takes, in bytes of new rows. */
static size_t ready_work(const struct ready *r, size_t bytes)
{
    size_t work = bytes;

    for (uint32_t t = 0; t < r->txn_count; t++)
        for (uint32_t c = 0; c < r->txns[t].change_count; c++)
            work += r->txns[t].changes[c].op == JEMPUT_OP_INSERT ? 0 : EDIT_WORK;
    return work;
}

/* With records the roster may move: what follows is read under the new one, but for further ones with records, which need no more than that their
 * writer was let in. */
static bool batch_ends(const struct batch *b, const struct ready *next, enum jemput_status st)
{
    return b->count > 0 && b->ready[b->count - 1].record_count > 0 && (engine_status_of_log(st) || (!st && next->record_count == 0));
}

/* Read and verify the next segment of the log into the batch, unless it begins another: one with accepted heads does, so that what it follows is
 * merged before the logs that it names are. b->verdict moves from MORE when nothing can follow. */
static enum jemput_status batch_add(struct jemput *j, struct engine_ingest *in, const struct engine_log *log, struct batch *b,
                                    struct jemput_error *err)
{
    struct ready *r = &b->ready[b->count];
    size_t before = b->arena.total_bytes;
    const struct jemput_hash *previous = b->count ? &b->ready[b->count - 1].segment.hash : &log->previous;
    struct jemput_oid oid;
    bool enrolled;
    unsigned heads = 0;
    enum ingest_verdict inner;
    enum jemput_status st;

    engine_walk_oid(&log->walk, log->place + b->count, &oid);
    st = ingest_read(j, in->source, &oid, previous, r, log->accepted, &enrolled, &b->arena, err);
    if (batch_ends(b, r, st))
        return JEMPUT_OK;
    if (engine_status_of_log(st)) {
        batch_stop(b, enrolled ? INGEST_STOPPED : INGEST_WAITS, &oid, err);
        return JEMPUT_OK;
    }
    if (!st)
        st = accepted_count(j, &r->segment, &heads, err);
    if (!st && b->count > 0 && heads > 0)
        return JEMPUT_OK;
    if (!st && heads > 0 && in->depth == INGEST_DEPTH_MAX) {
        (void)jemput_fail(err, JEMPUT_LIMIT, "logs that name each other's heads are more than %u deep", INGEST_DEPTH_MAX);
        batch_stop(b, INGEST_STOPPED, &oid, err);
        return JEMPUT_OK;
    }
    if (!st)
        st = accepted_first(j, in, log, &r->segment, heads, &inner, err);
    if (st)
        return st;
    if (inner != INGEST_READ) {
        b->verdict = inner;
        return JEMPUT_OK;
    }
    r->work = ready_work(r, b->arena.total_bytes - before);
    b->work += r->work;
    in->report->bytes_fetched += r->segment.commit.payload.len + r->segment.commit.signed_text.len + r->segment.commit.signature.len;
    b->count++;
    return JEMPUT_OK;
}

/* So long a batch may keep others from writing. At a centre nobody stands at a door and waits, and in a large store, where a batch meets most pages
 * of an index, half of it would take nearly as long. */
static uint64_t batch_ms(const struct jemput *j)
{
    return engine_has_role(j, JEMPUT_ROLE_PUSAT) ? 3 * JEMPUT_BATCH_MS_TARGET / 2 : JEMPUT_BATCH_MS_TARGET;
}

/* How much a batch may be: what the last ones have shown to take no longer. A centre begins with as much as memory allows. */
static size_t batch_work(const struct jemput *j)
{
    if (j->batch_work)
        return j->batch_work;
    return engine_has_role(j, JEMPUT_ROLE_PUSAT) ? (size_t)JEMPUT_BATCH_BYTES_TARGET : BATCH_WORK_FIRST;
}

/* Is there room for one more segment, of the size that those before have? */
static bool batch_has_room(const struct jemput *j, const struct batch *b)
{
    return b->count == 0 || (b->count < BATCH_SEGMENTS_MAX && b->arena.total_bytes + b->arena.total_bytes / b->count <= JEMPUT_BATCH_BYTES_TARGET &&
                             b->work + b->work / b->count <= batch_work(j));
}

/* The batch's first segments kept others from writing for so long. */
static void batch_pace(struct jemput *j, const struct batch *b, uint32_t merged, uint64_t lock_ms)
{
    uint64_t ms = lock_ms > b->roster_ms ? lock_ms - b->roster_ms : 0;
    size_t work = 0, most = batch_work(j);
    uint64_t fits;

    for (uint32_t i = 0; i < merged; i++)
        work += b->ready[i].work;
    fits = (uint64_t)work * batch_ms(j) / (ms ? ms : 1);
    if (ms > batch_ms(j))
        most = fits < BATCH_WORK_LEAST ? BATCH_WORK_LEAST : (size_t)fits;
    else if (fits > most)
        most = fits < 2 * (uint64_t)most ? (size_t)fits : 2 * most;
    j->batch_work = most < JEMPUT_BATCH_BYTES_TARGET ? most : JEMPUT_BATCH_BYTES_TARGET;
}

static enum jemput_status batch_read(struct jemput *j, struct engine_ingest *in, const struct engine_log *log, struct batch *b,
                                     struct jemput_error *err)
{
    size_t left = engine_walk_count(&log->walk) - log->place;
    enum jemput_status st = JEMPUT_OK;

    b->verdict = INGEST_MORE;
    while (!st && b->verdict == INGEST_MORE && b->count < left && batch_has_room(j, b)) {
        uint32_t before = b->count;

        jemput_store_readings_begin(j->store); /* an inner log's batch has ended them */
        st = batch_add(j, in, log, b, err);
        if (b->count == before)
            break;
    }
    jemput_store_readings_end(j->store);
    if (!st && b->verdict == INGEST_MORE && b->count == left)
        b->verdict = INGEST_READ;
    return st;
}

static enum jemput_status batch_merge(struct jemput *j, struct engine_ingest *in, struct batch *b, uint32_t *merged, bool *of_log,
                                      struct jemput_error *err)
{
    enum jemput_status st = ingest_merge(j, in, b, merged, of_log, err);

    if (!st)
        batch_pace(j, b, *merged, jemput_store_lock_ms(j->store));
    return st;
}

/* A segment that cannot be merged for a reason of its own stops its log, not the sync. Which one of a batch it was, trying them one by one tells. */
static enum jemput_status batch_merge_or_stop(struct jemput *j, struct engine_ingest *in, struct batch *b, uint32_t *merged, struct jemput_error *err)
{
    bool of_log;
    enum jemput_status st = batch_merge(j, in, b, merged, &of_log, err);

    if (st && of_log && b->count > 1) {
        b->count = 1;
        b->verdict = INGEST_MORE;
        st = batch_merge(j, in, b, merged, &of_log, err);
    }
    if (!st || !of_log)
        return st;
    batch_stop(b, INGEST_STOPPED, &b->ready[0].segment.commit.oid, err);
    return JEMPUT_OK;
}

/* Note where and why the log stops. */
static enum jemput_status batch_note(struct jemput *j, const struct engine_log *log, const struct batch *b, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (!st)
        st = jemput_store_aside_put(j->store, log->ref, b->failed.id, b->why.status, b->why.text, j->env->now_ms(j->env), err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        jemput_store_rollback(j->store);
    return st;
}

/* Where the log goes on from what is registered here: a checkpoint in it may have to bring that first. *there = false: it does not. */
static enum jemput_status log_walk(struct jemput *j, struct engine_ingest *in, struct engine_log *log, bool *there, struct jemput_error *err)
{
    bool adopted = false, unread = false, lacks;
    enum jemput_status st = engine_walk_back(j, in->source, &log->tip, &log->walk, err);

    *there = !st && !log->walk.unknown;
    if (st || *there)
        return st;
    lacks = log->walk.lacks;
    if (in->before)
        st = engine_walk_on(j, in->source, in->before, &log->walk, err);
    if (!st)
        st = engine_adopt(j, in->source, &log->walk, in->handing, in->handing_count, &adopted, &unread, err);
    if (!st && !adopted && !unread && lacks)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "it lacks a segment, and no checkpoint covers that one");
    if (st || adopted)
        jemput_buf_release(&log->walk.oids);
    if (st || !adopted)
        return st;
    in->roster_moved = true;
    st = engine_walk_back(j, in->source, &log->tip, &log->walk, err);
    *there = !st && !log->walk.unknown; /* what the checkpoint does not cover of the generation before comes first */
    return st;
}

static enum jemput_status log_begin(struct jemput *j, struct engine_ingest *in, struct engine_log *log, struct batch *b, struct jemput_error *err)
{
    bool there;
    enum jemput_status st = log_walk(j, in, log, &there, err);

    if (!st && !there) { /* what stands before it may come in another log */
        jemput_buf_release(&log->walk.oids);
        b->verdict = INGEST_WAITS;
        b->failed = log->tip;
        b->lacks = true;
    } else if (!st) {
        log->walked = true;
        log->place = 0;
        log->previous = log->walk.base;
        in->segments_found += engine_walk_count(&log->walk);
    } else if (engine_status_of_log(st)) {
        batch_stop(b, INGEST_STOPPED, &log->tip, err);
        st = JEMPUT_OK;
    }
    return st;
}

static enum jemput_status ingest(struct jemput *j, struct engine_ingest *in, struct engine_log *log, struct batch *b, struct jemput_error *err)
{
    uint32_t merged = 0;
    enum jemput_status st = JEMPUT_OK;

    if (!log->walked)
        st = log_begin(j, in, log, b, err);
    if (!st && log->walked)
        st = batch_read(j, in, log, b, err);
    if (!st && b->count > 0)
        st = batch_merge_or_stop(j, in, b, &merged, err);
    if (st)
        return st;
    if (merged > 0) {
        log->place += merged;
        log->previous = b->ready[merged - 1].segment.hash;
        in->report->segments_fetched += merged;
        in->segments_done += merged;
    }
    if (merged < b->count && b->verdict != INGEST_STOPPED)
        b->verdict = INGEST_MORE;
    if ((b->verdict == INGEST_STOPPED || b->verdict == INGEST_WAITS) && log->walked)
        in->segments_done += engine_walk_count(&log->walk) - log->place; /* nothing more comes of these now */
    in->lacks |= b->lacks;
    if (b->why.status)
        in->why = b->why;
    if ((b->verdict == INGEST_STOPPED || b->verdict == INGEST_WAITS) && b->why.status && !(in->passing && b->lacks))
        st = batch_note(j, log, b, err);
    return st;
}

enum jemput_status engine_ingest(struct jemput *j, struct engine_ingest *in, struct engine_log *log, enum ingest_verdict *verdict,
                                 struct jemput_error *err)
{
    struct batch *b = jemput_alloc_zero(1, sizeof *b); /* too large for a small stack */
    enum jemput_status st;

    if (!b)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a batch");
    st = ingest(j, in, log, b, err);
    if (!st)
        *verdict = b->verdict;
    jemput_arena_release(&b->arena);
    jemput_free(b);
    return st ? jemput_wrap(err, "log %s", log->ref) : JEMPUT_OK;
}
