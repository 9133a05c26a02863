/* api/seal.c — sealing: pending transactions and control records become signed segments of the own log.
 *
 * Runs inside one store transaction: the segment's objects, its register entry, the merge state of its rows, the ref, and the removal from the
 * pending table are durable together or not at all. */
#include "api/engine.h"

#include <string.h>

#include "log/payload.h"

_Static_assert(JEMPUT_RECORDS_MAX <= JEMPUT_SEGMENT_TXNS_MAX, "each record of a control segment has a version");

/* What one segment is made of, before it is signed. */
struct draft {
    struct jemput_header header;
    struct jemput_bytes payload;
    struct jemput_oid *parents; /* further ones: accepted heads */
    unsigned parent_count;
    int64_t announced; /* context that the log's frontier says once this segment is there; 0 = what comes of `merged` */
};

struct stamp_list { /* of the segment's transactions; of a control segment's records, each the segment's own */
    jemput_stamp *stamps;
    uint32_t count;
};

enum jemput_status engine_sign(void *engine, struct jemput_bytes text, struct jemput_buf *armor, struct jemput_error *err)
{
    struct jemput *j = engine;

    jemput_sshsig_sign(armor, text, &j->key);
    return jemput_buf_check(armor, "signature", err);
}

/* The place in the chain: number, previous hash; and the parent commit if there is one. */
static enum jemput_status draft_chain(struct jemput *j, struct draft *d, struct jemput_oid *parent, bool *has_parent, struct jemput_error *err)
{
    struct jemput_segment last;
    struct jemput_buf commit = JEMPUT_BUF_INIT(JEMPUT_OID_BYTES);
    enum jemput_status st = jemput_store_segment_last(j->store, &j->writer, &last, err);

    if (st && st != JEMPUT_NOTFOUND)
        return st;
    d->header.number = st ? 1 : last.number + 1;
    if (st)
        memcpy(d->header.previous.bytes, j->space.id, sizeof d->header.previous.bytes);
    else
        d->header.previous = last.hash;
    st = jemput_store_fact_get(j->store, FACT_OWN_COMMIT, &commit, err);
    *has_parent = st == JEMPUT_OK && commit.len == JEMPUT_OID_BYTES;
    if (*has_parent)
        memcpy(parent->id, commit.data, sizeof parent->id);
    jemput_buf_release(&commit);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status draft_fill(struct jemput *j, struct draft *d, enum jemput_class klass, uint32_t codec, struct jemput_error *err)
{
    struct jemput_header *h = &d->header;
    enum jemput_status st = jemput_store_stamp_next(j->store, &h->stamp, err);

    if (st)
        return st;
    if (d->payload.len > JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "a segment of %zu bytes is too large", d->payload.len);
    if (h->merged.count > JEMPUT_CONTEXT_HEADS_MAX || h->under.count > JEMPUT_CONTEXT_HEADS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "a header cannot name %u heads", (unsigned)(h->merged.count + h->under.count));
    h->klass = klass;
    h->space = j->space;
    h->writer = j->writer;
    h->epoch = j->epoch;
    h->roster_version = j->roster.version;
    h->policy_version = 1;
    h->schema_version = j->roster.schema_version;
    h->codec = codec;
    h->payload_bytes = (uint32_t)d->payload.len;
    jemput_hash256(h->payload_hash.bytes, d->payload, NULL);
    return JEMPUT_OK;
}

/* Write, sign and register the segment; *id is its local number. */
static enum jemput_status draft_commit(struct jemput *j, struct draft *d, struct stamp_list stamps, struct jemput_arena *arena, int64_t *id,
                                       struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX);
    struct jemput_commit_new commit = { 0 };
    struct jemput_segment segment = { 0 };
    struct jemput_oid parent, oid, *parents;
    char ref[LOG_REF_BYTES];
    bool has_parent, forked;
    enum jemput_status st = draft_chain(j, d, &parent, &has_parent, err);

    if (st)
        goto done;
    jemput_header_write(&text, &d->header);
    st = jemput_buf_check(&text, "segment header", err);
    if (st)
        goto done;
    parents = jemput_arena_array(arena, d->parent_count + 1, sizeof *parents);
    if (!parents) {
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a segment's parents");
        goto done;
    }
    if (has_parent)
        parents[commit.parent_count++] = parent;
    for (unsigned i = 0; i < d->parent_count; i++)
        parents[commit.parent_count++] = d->parents[i];
    commit.parents = parents;
    commit.message = jemput_buf_bytes(&text);
    commit.payload = d->payload;
    commit.time_s = jemput_stamp_ms(d->header.stamp) / 1000;
    st = jemput_repo_commit_write(j->repo, &commit, engine_sign, j, &oid, err);
    if (st)
        goto done;

    segment = (struct jemput_segment){ .writer = j->writer, .number = d->header.number, .previous = d->header.previous,
        .control = d->header.klass == JEMPUT_CLASS_CONTROL, .stamp = d->header.stamp, .txn_count = stamps.count, .stamps = stamps.stamps,
        .merged = &d->header.merged, .under = d->header.has_under ? &d->header.under : NULL, .own = true };
    jemput_header_hash(&segment.hash, commit.message);
    memcpy(segment.commit, oid.id, sizeof segment.commit);
    st = jemput_store_segment_add(j->store, &segment, &forked, err);
    if (!st)
        st = jemput_store_fact_put(j->store, FACT_OWN_COMMIT, jemput_bytes_of(oid.id, sizeof oid.id), err);
    if (!st)
        st = jemput_store_number_put(j->store, FACT_ANNOUNCED, d->announced ? d->announced : segment.frontier, err);
    engine_log_ref(ref, &j->writer, d->header.generation);
    if (!st)
        st = jemput_store_ref_put(j->store, ref, oid.id, err);
    *id = segment.id;
done:
    jemput_buf_release(&text);
    return st ? jemput_wrap(err, "seal segment %llu", (unsigned long long)d->header.number) : JEMPUT_OK;
}

/* What a context holds beyond what the log has said so far. */
struct news {
    int64_t announced;           /* what the log says so far */
    bool behind;                 /* the log says more than the context holds: there is no news in it */
    struct jemput_context heads; /* ascending */
};

/* The writer whose one branch reaches what it accepted; NULL = none but this device. */
static const struct jemput_writer *through_central(const struct jemput *j)
{
    const struct jemput_member *central = engine_central(j);

    return central && jemput_writer_compare(&central->writer, &j->writer) != 0 ? &central->writer : NULL;
}

static enum jemput_status news_of(struct jemput *j, int64_t context, struct news *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_context more;
    enum jemput_status st = jemput_store_number_get(j->store, FACT_ANNOUNCED, JEMPUT_CONTEXT_EMPTY, &out->announced, err);

    out->behind = false;
    out->heads = (struct jemput_context){ 0 };
    if (st || context == out->announced)
        return st;
    st = jemput_store_context_heads(j->store, context, out->announced, NULL, &more, arena, err);
    out->behind = !st && more.count > 0;
    return st || out->behind ? st : jemput_store_context_heads(j->store, out->announced, context, through_central(j), &out->heads, arena, err);
}

/* The newest own segment whose frontier lies within `context`. JEMPUT_NOTFOUND. */
static enum jemput_status under_base(struct jemput *j, int64_t context, struct jemput_segment *out, struct jemput_arena *arena,
                                     struct jemput_error *err)
{
    enum jemput_status st = jemput_store_segment_last(j->store, &j->writer, out, err);

    while (!st) {
        struct jemput_context more;

        st = jemput_store_context_heads(j->store, context, out->frontier, NULL, &more, arena, err);
        if (st || more.count == 0)
            return st;
        st = jemput_store_segment_find(j->store, &out->previous, out, err);
    }
    return st;
}

/* Name the context that the transactions were written under. One of too many heads is told as what an own segment had merged, and what came then. */
static enum jemput_status draft_under(struct jemput *j, struct draft *d, int64_t context, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_context *under = &d->header.under, more;
    struct jemput_segment base;
    enum jemput_status st = jemput_store_context_heads(j->store, JEMPUT_CONTEXT_EMPTY, context, through_central(j), under, arena, err);

    d->header.has_under = true;
    if (st || under->count <= JEMPUT_ANNOUNCED_HEADS_MAX)
        return st;
    st = under_base(j, context, &base, arena, err);
    if (!st)
        st = jemput_store_context_heads(j->store, base.frontier, context, through_central(j), &more, arena, err);
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    under->count = more.count + 1;
    under->heads = jemput_arena_array(arena, under->count, sizeof *under->heads);
    if (!under->heads)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for heads");
    under->heads[0] = (struct jemput_head){ .writer = j->writer, .number = base.number, .hash = base.hash, .through = true };
    if (more.count)
        memcpy(under->heads + 1, more.heads, more.count * sizeof *more.heads);
    jemput_context_normalise(under);
    return JEMPUT_OK;
}

/* Bring the log's frontier up to `context` if that is ahead of what the log says; else name `context` as what the transactions were written under. */
static enum jemput_status draft_context(struct jemput *j, struct draft *d, int64_t context, struct jemput_arena *arena, struct jemput_error *err)
{
    struct news news;
    enum jemput_status st = news_of(j, context, &news, arena, err);

    if (!st && news.behind)
        st = draft_under(j, d, context, arena, err);
    d->announced = news.behind ? news.announced : context;
    d->header.merged = news.heads;
    return st;
}

static struct jemput_id_run *runs_of(const struct jemput_pending *pending, struct jemput_arena *arena)
{
    struct jemput_id_run *runs = jemput_arena_array(arena, pending->run_count, sizeof *runs);

    for (uint32_t i = 0; runs && i < pending->run_count; i++) {
        memcpy(runs[i].seed, pending->runs[i].seed, sizeof runs[i].seed);
        runs[i].first = pending->runs[i].first;
        runs[i].count = pending->runs[i].count;
    }
    return runs;
}

/* Read the oldest pending transactions and encode them, taking fewer until the payload meets its target or one transaction is left. */
static enum jemput_status pending_encode(struct jemput *j, struct jemput_pending *pending, struct jemput_buf *payload, struct jemput_arena *arena,
                                         struct jemput_error *err)
{
    size_t target = 12 * (size_t)JEMPUT_SEGMENT_PAYLOAD_BYTES_TARGET; /* records deflate to about a tenth */

    for (;;) {
        struct jemput_id_run *runs;
        enum jemput_status st;

        jemput_buf_clear(payload);
        jemput_arena_clear(arena);
        st = jemput_store_pending_read(j->store, target, pending, arena, err);
        if (st || pending->txn_count == 0)
            return st;
        runs = runs_of(pending, arena);
        if (!runs)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for id runs");
        st = jemput_payload_write(payload, pending->txns, pending->txn_count, runs, pending->run_count, err);
        if (pending->txn_count == 1 || (st && st != JEMPUT_LIMIT) || (!st && payload->len <= JEMPUT_SEGMENT_PAYLOAD_BYTES_TARGET))
            return st;
        if (st) /* together they are more than a payload may hold; each by itself is not */
            target /= 2;
        else
            target = (size_t)((double)target * 0.95 * JEMPUT_SEGMENT_PAYLOAD_BYTES_TARGET / (double)payload->len);
        if (target < 1)
            target = 1;
    }
}

/* What is signed stays for ever, so it is read once as its readers will: a codec that is wrong must show here, where the transactions are still
 * pending. */
static enum jemput_status payload_reads_back(const struct jemput_pending *pending, struct jemput_bytes payload, struct jemput_error *err)
{
    struct jemput_buf wrote = JEMPUT_BUF_INIT(JEMPUT_TXN_BYTES_MAX), read = JEMPUT_BUF_INIT(JEMPUT_TXN_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct jemput_txn *txns;
    uint32_t count;
    enum jemput_status st = jemput_payload_read(&txns, &count, payload, &arena, err);

    if (!st && count != pending->txn_count)
        st = jemput_fail(err, JEMPUT_CORRUPT, "%u transactions read back, %u written", count, pending->txn_count);
    for (uint32_t i = 0; !st && i < count; i++) {
        jemput_buf_clear(&wrote);
        jemput_buf_clear(&read);
        jemput_txn_write(&wrote, &pending->txns[i]);
        jemput_txn_write(&read, &txns[i]);
        st = jemput_buf_check(&wrote, "transaction", err);
        if (!st)
            st = jemput_buf_check(&read, "transaction", err);
        if (!st && (wrote.len != read.len || memcmp(wrote.data, read.data, wrote.len) != 0))
            st = jemput_fail(err, JEMPUT_CORRUPT, "transaction %u reads back differently", i);
    }
    jemput_arena_release(&arena);
    jemput_buf_release(&wrote);
    jemput_buf_release(&read);
    return st && st != JEMPUT_NOMEM
               ? jemput_wrap(err, "a new segment cannot be read as written; it was not signed, and its transactions stay pending")
               : st;
}

/* Commits of the heads that were merged: central's further parents, so that its one branch reaches everything it accepted. */
static enum jemput_status draft_accepted(struct jemput *j, struct draft *d, struct jemput_arena *arena, struct jemput_error *err)
{
    const struct jemput_context *merged = &d->header.merged;

    d->parents = jemput_arena_array(arena, merged->count, sizeof *d->parents);
    if (!d->parents)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for accepted heads");
    for (uint32_t i = 0; i < merged->count; i++) {
        struct jemput_segment head;
        enum jemput_status st = jemput_store_segment_find(j->store, &merged->heads[i].hash, &head, err);
        if (st)
            return jemput_wrap(err, "accepted head");
        memcpy(d->parents[d->parent_count++].id, head.commit, JEMPUT_OID_BYTES);
    }
    return JEMPUT_OK;
}

/* One control segment of a draft that has its payload and context. */
static enum jemput_status seal_control(struct jemput *j, struct draft *d, uint32_t record_count, struct jemput_arena *arena, struct jemput_error *err)
{
    struct stamp_list stamps = { .count = record_count };
    int64_t id;
    enum jemput_status st = JEMPUT_OK;

    if (engine_has_role(j, JEMPUT_ROLE_PUSAT))
        st = draft_accepted(j, d, arena, err);
    if (!st)
        st = draft_fill(j, d, JEMPUT_CLASS_CONTROL, 0, err);
    if (st)
        return st;
    stamps.stamps = jemput_arena_array(arena, record_count, sizeof *stamps.stamps);
    if (!stamps.stamps)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for stamps");
    for (uint32_t i = 0; i < record_count; i++)
        stamps.stamps[i] = d->header.stamp;
    st = draft_commit(j, d, stamps, arena, &id, err);
    return st ? st : jemput_store_apply_control(j->store, id, err);
}

/* A merge of more heads than one header names is told in several segments: this seals all but the last, which the caller does. */
static enum jemput_status seal_news(struct jemput *j, int64_t context, unsigned *count, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    enum jemput_status st = JEMPUT_OK;

    while (!st) {
        struct draft d = { 0 };
        struct news news;

        jemput_arena_clear(&arena);
        st = news_of(j, context, &news, &arena, err);
        if (st || news.heads.count <= JEMPUT_ANNOUNCED_HEADS_MAX)
            break;
        d.header.merged = (struct jemput_context){ JEMPUT_ANNOUNCED_HEADS_MAX, news.heads.heads };
        st = seal_control(j, &d, 0, &arena, err);
        ++*count;
    }
    jemput_arena_release(&arena);
    return st;
}

/* One data segment from the oldest pending transactions. *more = false: nothing is pending. */
static enum jemput_status seal_data(struct jemput *j, bool *more, unsigned *count, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct stamp_list stamps = { 0 };
    struct jemput_pending pending;
    struct draft d = { 0 };
    int64_t id;
    enum jemput_status st = pending_encode(j, &pending, &payload, arena, err);

    *more = !st && pending.txn_count > 0;
    if (*more)
        st = payload_reads_back(&pending, jemput_buf_bytes(&payload), err);
    if (st || !*more)
        goto done;
    stamps.count = pending.txn_count;
    stamps.stamps = jemput_arena_array(arena, stamps.count, sizeof *stamps.stamps);
    if (!stamps.stamps) {
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory for stamps");
        goto done;
    }
    for (uint32_t i = 0; i < stamps.count; i++)
        stamps.stamps[i] = pending.txns[i].stamp;
    d.payload = jemput_buf_bytes(&payload);
    st = seal_news(j, pending.context, count, err);
    if (!st)
        st = draft_context(j, &d, pending.context, arena, err);
    if (!st && engine_has_role(j, JEMPUT_ROLE_PUSAT)) /* a merge that no receipt has told yet is told here */
        st = draft_accepted(j, &d, arena, err);
    if (!st)
        st = draft_fill(j, &d, JEMPUT_CLASS_DATA, 1, err);
    if (!st)
        st = draft_commit(j, &d, stamps, arena, &id, err);
    if (!st)
        st = jemput_store_pending_sealed(j->store, pending.last_seq, err);
    if (!st)
        st = jemput_store_apply_own(j->store, id, pending.txns, pending.txn_count, err);
    ++*count;
done:
    jemput_buf_release(&payload);
    return st;
}

static enum jemput_status seal_records(struct jemput *j, const struct jemput_record *records, uint32_t count, struct jemput_error *err)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct draft d = { 0 };
    unsigned sealed = 0;
    int64_t frontier;
    enum jemput_status st;

    for (uint32_t i = 0; i < count; i++)
        jemput_record_write(&payload, &records[i]);
    st = jemput_buf_check(&payload, "control records", err);
    d.payload = jemput_buf_bytes(&payload);
    if (!st)
        st = jemput_store_frontier(j->store, &frontier, err);
    if (!st)
        st = seal_news(j, frontier, &sealed, err);
    if (!st)
        st = draft_context(j, &d, frontier, &arena, err);
    if (!st)
        st = seal_control(j, &d, count, &arena, err);
    jemput_arena_release(&arena);
    jemput_buf_release(&payload);
    return st;
}

enum jemput_status engine_seal_control(struct jemput *j, const struct jemput_record *records, uint32_t count, struct jemput_error *err)
{
    uint32_t done = 0;
    enum jemput_status st = JEMPUT_OK;

    do { /* one segment, or as many as the records need */
        uint32_t part = count - done < JEMPUT_RECORDS_MAX ? count - done : JEMPUT_RECORDS_MAX;

        st = seal_records(j, count ? records + done : NULL, part, err);
        done += part;
    } while (!st && done < count);
    return st;
}

/* Migrations that the app made here: each a schema record in a control segment of its own, before the rows that need it. */
static enum jemput_status seal_migrations(struct jemput *j, unsigned *count, struct jemput_arena *arena, struct jemput_error *err)
{
    for (;;) {
        struct jemput_record record = { .kind = JEMPUT_RECORD_SCHEMA };
        enum jemput_status st = jemput_store_migration_next(j->store, arena, &record.as.schema.sql, &record.as.schema.version, err);

        if (st || record.as.schema.sql.len == 0)
            return st;
        st = engine_seal_control(j, &record, 1, err);
        if (!st)
            st = jemput_store_migration_sealed(j->store, record.as.schema.version, err);
        if (!st)
            st = engine_roster_load(j, err);
        if (st)
            return jemput_wrap(err, "schema version %u", (unsigned)record.as.schema.version);
        ++*count;
    }
}

/* Much may be merged before this device writes. It is told in time, so that what is left, and what a form was opened under, fits one header. */
static enum jemput_status seal_old_news(struct jemput *j, unsigned *count, struct jemput_error *err)
{
    struct jemput_segment last = { .id = 0 };
    int64_t newest, frontier;
    bool records;
    enum jemput_status st = jemput_store_segment_last(j->store, &j->writer, &last, err);

    if (st == JEMPUT_NOTFOUND)
        st = JEMPUT_OK;
    if (!st)
        st = jemput_store_segments_since(j->store, last.id, &newest, &records, err);
    if (st || newest - last.id <= JEMPUT_ANNOUNCED_HEADS_MAX) /* fewer segments have come than that: so have heads */
        return st;
    st = jemput_store_frontier(j->store, &frontier, err);
    return st ? st : seal_news(j, frontier, count, err);
}

enum jemput_status engine_seal_pending(struct jemput *j, unsigned *count, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    bool more = true;
    enum jemput_status st = seal_migrations(j, count, &arena, err);

    while (!st && more)
        st = seal_data(j, &more, count, &arena, err);
    if (!st)
        st = seal_old_news(j, count, err);
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status engine_receipt_due(struct jemput *j, bool *due, struct jemput_error *err)
{
    int64_t announced, frontier;
    enum jemput_status st = jemput_store_number_get(j->store, FACT_ANNOUNCED, JEMPUT_CONTEXT_EMPTY, &announced, err);

    if (!st)
        st = jemput_store_frontier(j->store, &frontier, err);
    if (!st)
        *due = announced != frontier;
    return st;
}

enum jemput_status jemput_seal(struct jemput *j, unsigned *segments, struct jemput_error *err)
{
    unsigned count = 0;
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (st)
        return jemput_wrap(err, "seal");
    st = engine_roster_refresh(j, err);
    if (!st)
        st = engine_seal_pending(j, &count, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st) {
        engine_undo(j);
        return jemput_wrap(err, "seal");
    }
    if (segments)
        *segments = count;
    return JEMPUT_OK;
}
