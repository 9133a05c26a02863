/* api/ingest.c — a log from elsewhere: verified and merged forward, in batches that hold the store's lock for a bounded time.
 *
 * Everything that can be checked without the lock is read and checked before it is taken. A segment that fails a check stops its log: it is
 * noted with its reason and never touches the tables; what came before it stays merged, and other logs go on. Central's segments name the
 * heads it had accepted as further parents: those logs are read first, so that one branch reaches everything. */
#include "api/engine.h"

#include <string.h>

#include "api/judge.h"
#include "api/resume.h"
#include "base/limits.h"
#include "change/fits.h"
#include "checkpoint/chunk.h"
#include "log/payload.h"
#include "store/aside.h"
#include "store/epoch.h"

#define BATCH_SEGMENTS_MAX 64
#define BATCH_BYTES_FIRST ((size_t)1024 * 1024) /* while nothing is known of this machine's speed */
#define BATCH_BYTES_LEAST ((size_t)64 * 1024)

/* One segment, verified and decoded, ready to be merged. */
struct ready {
    struct engine_segment segment;
    struct jemput_txn *txns;
    uint32_t txn_count;
    struct jemput_record *records;
    uint32_t record_count;
    bool unread;      /* the key to it is not known here */
    bool has_genesis; /* the root administrator's log goes on from the genesis commit, which is not kept here yet */
    struct engine_segment genesis;
};

struct batch {
    struct ready ready[BATCH_SEGMENTS_MAX];
    uint32_t count;
    struct jemput_arena arena;
    enum ingest_verdict verdict; /* of what comes after the batch */
    struct jemput_oid failed;    /* if STOPPED or WAITS: where, and why in `why`; no text = an inner log's affair, already noted */
    struct jemput_error why;
};

void engine_log_release(struct engine_log *log)
{
    jemput_buf_release(&log->walk.oids);
    log->walked = false;
}

/* Is it the log that is at fault, and not the world? What is not found is missing in the hub's copy of the log. */
static bool status_of_log(enum jemput_status st)
{
    return st == JEMPUT_CORRUPT || st == JEMPUT_DENIED || st == JEMPUT_LIMIT || st == JEMPUT_UPGRADE || st == JEMPUT_NOTFOUND;
}

static enum jemput_status ready_decode(struct jemput *j, struct ready *r, struct jemput_arena *arena, struct jemput_error *err)
{
    const struct jemput_header *h = &r->segment.header;

    if (h->klass == JEMPUT_CLASS_CONTROL && h->key_epoch != 0)
        return jemput_fail(err, JEMPUT_UPGRADE, "the records are sealed under key epoch %u", (unsigned)h->key_epoch);
    if (h->klass == JEMPUT_CLASS_CONTROL && h->codec == 0)
        return jemput_records_read(&r->records, &r->record_count, r->segment.commit.payload, arena, err);
    if (h->klass == JEMPUT_CLASS_DATA && (h->codec == 1 || h->codec == JEMPUT_CHUNK_CODEC))
        return engine_txns_read(j, h, &r->segment.commit, &r->txns, &r->txn_count, &r->unread, arena, err);
    return jemput_fail(err, JEMPUT_UPGRADE, "codec %u is not known here", (unsigned)h->codec);
}

/* A segment of this schema version that holds what its table cannot was never written by jemput_replicate's rules. */
static bool change_fits(struct jemput *j, const struct jemput_change *c)
{
    const struct jemput_table *table =
        c->table >= 1 && c->table <= jemput_store_table_count(j->store) ? jemput_store_table(j->store, c->table) : NULL;

    return table && jemput_change_fits(c, table);
}

enum jemput_status engine_txns_check(struct jemput *j, const struct jemput_header *header, const struct jemput_txn *txns, uint32_t count,
                                     struct jemput_error *err)
{
    if (header->schema_version > j->roster.schema_version)
        return jemput_fail(err, JEMPUT_UPGRADE, "written under schema version %u, here is %u", (unsigned)header->schema_version,
                           (unsigned)j->roster.schema_version);
    for (uint32_t t = 0; t < count; t++) {
        if (t > 0 && txns[t].stamp <= txns[t - 1].stamp)
            return jemput_fail(err, JEMPUT_CORRUPT, "transaction %u does not come after the one before it", (unsigned)t);
        for (uint32_t c = 0; c < txns[t].change_count; c++)
            if (!change_fits(j, &txns[t].changes[c]))
                return jemput_fail(err, JEMPUT_CORRUPT,
                                   "transaction %u: the schema has no such table %u, or not this key, such a column, or such a value in it",
                                   (unsigned)t, (unsigned)txns[t].changes[c].table);
    }
    return JEMPUT_OK;
}

/* Known here by its hash; its objects will be kept, so that this device can hand that log on. */
static enum jemput_status ready_genesis(struct jemput *j, struct jemput_source *source, struct ready *r, struct jemput_arena *arena,
                                        struct jemput_error *err)
{
    const struct jemput_commit *first = &r->segment.commit;

    if (r->segment.header.number != 1 || first->parent_count == 0 || jemput_repo_has(j->repo, &first->parents[0]))
        return JEMPUT_OK;
    r->has_genesis = true;
    return engine_segment_read(j, source, &first->parents[0], true, &r->genesis, arena, err);
}

static enum jemput_status ready_read(struct jemput *j, struct jemput_source *source, const struct jemput_oid *oid, const struct jemput_hash *previous,
                                     struct ready *r, bool *enrolled, struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st;

    memset(r, 0, sizeof *r);
    *enrolled = true;
    st = engine_segment_read(j, source, oid, true, &r->segment, arena, err);
    if (!st)
        st = jemput_chain_check(&r->segment.header, r->segment.commit.payload, &j->space, r->segment.public_key, previous, err);
    if (!st && !jemput_roster_member(&j->roster, &r->segment.header.writer) && !engine_resumes(j, &r->segment, arena)) {
        *enrolled = false;
        return jemput_fail(err, JEMPUT_DENIED, "the writer is not enrolled");
    }
    if (!st)
        st = ready_decode(j, r, arena, err);
    if (!st)
        st = engine_txns_check(j, &r->segment.header, r->txns, r->txn_count, err);
    if (!st)
        st = ready_genesis(j, source, r, arena, err);
    if (st && r->segment.header.number == 0) /* it could not even be read */
        return jemput_wrap(err, "commit %02x%02x%02x%02x", oid->id[0], oid->id[1], oid->id[2], oid->id[3]);
    return st ? jemput_wrap(err, "segment %llu", (unsigned long long)r->segment.header.number) : JEMPUT_OK;
}

/* Read a whole log that central has accepted. Depth is one: only central's segments have further parents that are followed. */
static enum jemput_status accepted_read(struct jemput *j, struct engine_ingest *in, const struct jemput_oid *tip, const char *ref,
                                        enum ingest_verdict *verdict, struct jemput_error *err)
{
    struct engine_log log = { .tip = *tip };
    enum jemput_status st = JEMPUT_OK;

    memcpy(log.ref, ref, sizeof log.ref);
    *verdict = INGEST_MORE;
    while (!st && *verdict == INGEST_MORE) {
        st = in->may_go_on ? in->may_go_on(in->ctx, err) : JEMPUT_OK;
        if (!st)
            st = engine_ingest(j, in, &log, verdict, err);
    }
    engine_log_release(&log);
    return st;
}

/* Parents of a segment that are heads which central had accepted: the last ones, one for each head that the header names. The first is its
 * predecessor. */
static unsigned accepted_count(const struct jemput *j, const struct engine_segment *s)
{
    const struct jemput_member *author = jemput_roster_member(&j->roster, &s->header.writer);
    uint32_t heads = s->header.merged.count;

    return author && (author->roles & JEMPUT_ROLE_PUSAT) && s->commit.parent_count > heads ? heads : 0;
}

/* The heads that central had accepted come before its segment that says so. They stand in no order of causes: one whose writer goes on from another
 * head's waits for that, so the others are read all the same; as they have moved the roster, the log is asked again. */
static enum jemput_status accepted_first(struct jemput *j, struct engine_ingest *in, const struct engine_log *log, const struct engine_segment *s,
                                         enum ingest_verdict *verdict, struct jemput_error *err)
{
    unsigned heads = accepted_count(j, s);
    enum ingest_verdict one = INGEST_READ;
    enum jemput_status st = JEMPUT_OK;

    *verdict = INGEST_READ;
    for (unsigned i = s->commit.parent_count - heads; !st && *verdict != INGEST_STOPPED && i < s->commit.parent_count; i++) {
        st = accepted_read(j, in, &s->commit.parents[i], log->ref, &one, err);
        *verdict = one == INGEST_READ ? *verdict : one;
    }
    return st;
}

static void batch_stop(struct batch *b, enum ingest_verdict verdict, const struct jemput_oid *oid, const struct jemput_error *why)
{
    b->verdict = verdict;
    b->failed = *oid;
    b->why = *why;
    if (why->status == JEMPUT_NOTFOUND)
        (void)jemput_fail(&b->why, JEMPUT_CORRUPT, "the hub's copy of this log is not whole: %s", why->text);
}

/* Read and verify the next segment of the log into the batch. b->verdict moves from MORE when nothing can follow. A segment with accepted heads
 * begins a batch: what it follows is merged before the logs that it names are. */
static enum jemput_status batch_add(struct jemput *j, struct engine_ingest *in, const struct engine_log *log, struct batch *b,
                                    struct jemput_error *err)
{
    struct ready *r = &b->ready[b->count];
    const struct jemput_hash *previous = b->count ? &b->ready[b->count - 1].segment.hash : &log->previous;
    struct jemput_oid oid;
    bool enrolled;
    enum ingest_verdict inner;
    enum jemput_status st;

    engine_walk_oid(&log->walk, log->place + b->count, &oid);
    st = ready_read(j, in->source, &oid, previous, r, &enrolled, &b->arena, err);
    if (status_of_log(st)) {
        batch_stop(b, enrolled ? INGEST_STOPPED : INGEST_WAITS, &oid, err);
        return JEMPUT_OK;
    }
    if (!st && b->count > 0 && accepted_count(j, &r->segment) > 0)
        return JEMPUT_OK;
    if (!st)
        st = accepted_first(j, in, log, &r->segment, &inner, err);
    if (st)
        return st;
    if (inner != INGEST_READ) {
        b->verdict = inner;
        return JEMPUT_OK;
    }
    in->report->bytes_fetched += r->segment.commit.payload.len + r->segment.commit.signed_text.len + r->segment.commit.signature.len;
    b->count++;
    return JEMPUT_OK;
}

/* How much a batch may be: what the last ones have shown to take no longer than JEMPUT_BATCH_MS. A centre, where nobody stands at a door and waits,
 * takes as much as memory allows: in a large store, where a batch meets most pages of an index, half of it would take nearly as long. */
static size_t batch_bytes(const struct jemput *j)
{
    if (engine_has_role(j, JEMPUT_ROLE_PUSAT))
        return JEMPUT_BATCH_BYTES_MAX;
    return j->batch_bytes ? j->batch_bytes : BATCH_BYTES_FIRST;
}

/* Is there room for one more segment, of the size that those before have? */
static bool batch_has_room(const struct jemput *j, const struct batch *b)
{
    return b->count == 0 || (b->count < BATCH_SEGMENTS_MAX && b->arena.total_bytes + b->arena.total_bytes / b->count <= batch_bytes(j));
}

/* The batch's first segments kept others from writing for so long. */
static void batch_pace(struct jemput *j, const struct batch *b, uint32_t merged, uint64_t ms)
{
    size_t bytes = b->arena.total_bytes / b->count * merged, most = batch_bytes(j);
    uint64_t fits = (uint64_t)bytes * JEMPUT_BATCH_MS / (ms ? ms : 1);

    if (ms > JEMPUT_BATCH_MS)
        most = fits < BATCH_BYTES_LEAST ? BATCH_BYTES_LEAST : (size_t)fits;
    else if (fits > most)
        most = fits < 4 * (uint64_t)most ? (size_t)fits : 4 * most;
    j->batch_bytes = most < JEMPUT_BATCH_BYTES_MAX ? most : JEMPUT_BATCH_BYTES_MAX;
}

static enum jemput_status batch_read(struct jemput *j, struct engine_ingest *in, const struct engine_log *log, struct batch *b,
                                     struct jemput_error *err)
{
    size_t left = engine_walk_count(&log->walk) - log->place;
    enum jemput_status st = JEMPUT_OK;

    b->verdict = INGEST_MORE;
    while (!st && b->verdict == INGEST_MORE && b->count < left && batch_has_room(j, b)) {
        uint32_t before = b->count;

        st = batch_add(j, in, log, b, err);
        if (b->count == before || b->ready[before].record_count > 0)
            break; /* with records the roster may move: what follows is read under the new one */
    }
    if (!st && b->verdict == INGEST_MORE && b->count == left)
        b->verdict = INGEST_READ;
    return st;
}

/* Control records moved the roster; if a schema migration took effect by it, run that here. */
static enum jemput_status schema_follow(struct jemput *j, const struct ready *r, struct jemput_error *err)
{
    uint32_t done = j->roster.schema_version;
    int64_t here = 1; /* an invitation brings the migrations that there were when it was made */
    enum jemput_status st = jemput_store_number_get(j->store, "schema version", 1, &here, err);

    if (!st)
        st = engine_roster_load(j, err);
    if (!st)
        st = engine_rights_follow(j, err);
    if (!st)
        st = engine_keyring_open(j, err);
    for (uint32_t i = 0; !st && i < r->record_count; i++) {
        const struct jemput_record *record = &r->records[i];
        if (record->kind != JEMPUT_RECORD_SCHEMA || record->as.schema.version != done + 1 || j->roster.schema_version <= done)
            continue;
        if ((int64_t)record->as.schema.version > here)
            st = jemput_store_schema_run(j->store, record->as.schema.sql, record->as.schema.version, err);
        if (!st)
            st = engine_regions_follow(j, j->store, err);
        done++;
    }
    return st;
}

/* What this device cannot read, and all that follows such a segment in its log, is registered and waits: see unread.c. */
static enum jemput_status ready_waits(struct jemput *j, const struct ready *r, bool *waits, struct jemput_error *err)
{
    struct jemput_segment before;
    enum jemput_status st;

    *waits = r->unread;
    if (*waits || r->segment.header.number <= 1)
        return JEMPUT_OK;
    st = jemput_store_segment_find(j->store, &r->segment.header.previous, &before, err);
    *waits = !st && before.unread;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* Data in the clear, of a writer who had seen that this space has keys, was not written by any device of ours. */
static enum jemput_status ready_sealed(struct jemput *j, const struct ready *r, int64_t id, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    if (r->segment.header.klass != JEMPUT_CLASS_DATA || r->segment.header.key_epoch != 0)
        return JEMPUT_OK;
    for (uint32_t i = 0; !st && i < j->keyring.epoch_count; i++) {
        struct jemput_segment of;
        bool saw = false;

        if (!j->keyring.epochs[i].counts)
            continue;
        st = jemput_store_segment_find(j->store, &j->keyring.epochs[i].act->segment, &of, err);
        if (!st)
            st = jemput_store_segment_saw(j->store, id, of.id, &saw, err);
        if (!st && saw)
            st = jemput_fail(err, JEMPUT_DENIED, "its data is not sealed, though its writer knew of a key");
    }
    return st;
}

static enum jemput_status ready_register(struct jemput *j, const struct ready *r, bool waits, struct jemput_segment *segment, bool *known,
                                         struct jemput_arena *arena, struct jemput_error *err)
{
    const struct jemput_header *h = &r->segment.header;
    bool control = h->klass == JEMPUT_CLASS_CONTROL, forked;
    enum jemput_status st;

    *segment = (struct jemput_segment){ .writer = h->writer, .number = h->number, .hash = r->segment.hash, .previous = h->previous,
        .control = control, .stamp = h->stamp, .txn_count = control ? r->record_count : waits ? 0 : r->txn_count, .merged = &h->merged,
        .under = h->has_under ? &h->under : NULL };
    segment->stamps = jemput_arena_array(arena, segment->txn_count, sizeof *segment->stamps);
    if (!segment->stamps)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for stamps");
    for (uint32_t i = 0; i < segment->txn_count; i++)
        segment->stamps[i] = control ? h->stamp : r->txns[i].stamp;
    memcpy(segment->commit, r->segment.commit.oid.id, sizeof segment->commit);
    st = jemput_repo_commit_keep(j->repo, &r->segment.commit, err);
    if (!st)
        st = engine_copy_heads(j, &h->merged, err);
    if (!st && h->has_under)
        st = engine_copy_heads(j, &h->under, err);
    if (!st)
        st = jemput_store_segment_add(j->store, segment, &forked, err);
    *known = st == JEMPUT_EXISTS;
    return *known ? JEMPUT_OK : st ? st : engine_schema_seen(j->store, segment, h->schema_version, err);
}

struct stretch { /* segments that are registered, and are to be merged together */
    struct jemput_apply of[BATCH_SEGMENTS_MAX];
    uint32_t count;
};

static enum jemput_status stretch_merge(struct jemput *j, struct engine_ingest *in, struct stretch *s, struct jemput_error *err)
{
    struct jemput_merge_counts counts = { 0 };
    enum jemput_status st = s->count ? jemput_store_apply_all(j->store, s->of, s->count, &counts, err) : JEMPUT_OK;

    s->count = 0;
    in->report->txns_merged += counts.txns;
    in->report->rows_merged += counts.rows;
    in->report->conflicts_new += counts.conflicts;
    in->report->held_new += counts.held;
    return st;
}

static enum jemput_status stretch_add(struct jemput *j, struct stretch *s, const struct jemput_segment *segment, const struct ready *r,
                                      struct jemput_arena *arena, struct jemput_error *err)
{
    const struct judging judging = { .j = j, .store = j->store, .segment = segment, .schema_version = r->segment.header.schema_version };
    struct jemput_apply *apply = &s->of[s->count];
    enum jemput_status st;

    *apply = (struct jemput_apply){ .segment_id = segment->id, .count = r->txn_count };
    st = engine_judge(&judging, r->txns, r->txn_count, &apply->txns, arena, err);
    s->count += !st;
    return st;
}

/* Register one segment, and put what it changes at the end of the stretch; the store's transaction is open. */
static enum jemput_status ready_merge(struct jemput *j, struct engine_ingest *in, const struct ready *r, struct stretch *stretch,
                                      struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_segment segment;
    bool known = false, waits = false;
    enum jemput_status st = r->has_genesis ? jemput_repo_commit_keep(j->repo, &r->genesis.commit, err) : JEMPUT_OK;

    if (!st)
        st = ready_waits(j, r, &waits, err);
    if (!st)
        st = ready_register(j, r, waits, &segment, &known, arena, err);
    if (st || known)
        return st;
    st = jemput_store_stamp_see(j->store, segment.stamp, err);
    if (!st)
        st = ready_sealed(j, r, segment.id, err);
    if (!st && waits)
        st = jemput_store_unread_put(j->store, segment.id, r->segment.header.key_epoch, err);
    in->report->segments_unread += waits;
    if (!st && !segment.control && !waits)
        st = stretch_add(j, stretch, &segment, r, arena, err);
    if (!st && segment.control)
        st = stretch_merge(j, in, stretch, err);
    if (!st && segment.control && !waits)
        st = jemput_store_apply_control(j->store, segment.id, err);
    if (!st && r->record_count > 0) {
        in->roster_moved = true;
        st = schema_follow(j, r, err);
    }
    return st ? jemput_wrap(err, "merge segment %llu", (unsigned long long)segment.number) : JEMPUT_OK;
}

/* Merge the batch, or as many segments of it as there is time for; what the app has pending is sealed first, under the same lock, because what it
 * wrote had not seen what is merged now. On failure nothing is merged; *of_log says that a segment is at fault, and not this device's own work or
 * the world. */
static enum jemput_status batch_merge(struct jemput *j, struct engine_ingest *in, struct batch *b, uint32_t *merged, bool *of_log,
                                      struct jemput_error *err)
{
    struct stretch stretch = { .count = 0 };
    struct jemput_sync_report before = *in->report;
    unsigned sealed = 0;
    uint32_t done = 0;
    uint64_t start;
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    *of_log = false;
    if (st)
        return st;
    start = j->env->monotonic_ms(j->env);
    st = engine_roster_refresh(j, err);
    if (!st)
        st = engine_seal_pending(j, &sealed, err);
    *of_log = !st;
    while (!st && done < b->count && (done == 0 || j->env->monotonic_ms(j->env) - start < JEMPUT_BATCH_MS))
        st = ready_merge(j, in, &b->ready[done++], &stretch, &b->arena, err);
    if (!st)
        st = stretch_merge(j, in, &stretch, err);
    *of_log &= st == JEMPUT_CORRUPT || st == JEMPUT_DENIED || st == JEMPUT_LIMIT || st == JEMPUT_UPGRADE || st == JEMPUT_EXISTS;
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st) {
        engine_undo(j);
        *in->report = before;
        return st;
    }
    batch_pace(j, b, done, jemput_store_lock_ms(j->store));
    if (jemput_store_lock_ms(j->store) > in->report->lock_ms_max)
        in->report->lock_ms_max = jemput_store_lock_ms(j->store);
    *merged = done;
    return JEMPUT_OK;
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

static enum jemput_status log_begin(struct jemput *j, struct engine_ingest *in, struct engine_log *log, struct batch *b, struct jemput_error *err)
{
    bool adopted = true;
    enum jemput_status st = engine_walk_back(j, in->source, &log->tip, &log->walk, err);

    if (!st && log->walk.unknown) {
        st = engine_adopt(j, in->source, &log->walk, &adopted, err);
        in->roster_moved |= !st && adopted;
    }
    if (!st && !adopted) { /* what stands before it may come in another log */
        jemput_buf_release(&log->walk.oids);
        b->verdict = INGEST_WAITS;
        b->failed = log->tip;
    } else if (!st) {
        log->walked = true;
        log->place = 0;
        log->previous = log->walk.base;
        in->segments_found += engine_walk_count(&log->walk);
    } else if (status_of_log(st)) {
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
    if ((b->verdict == INGEST_STOPPED || b->verdict == INGEST_WAITS) && b->why.status)
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
