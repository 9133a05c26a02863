/* api/seal/seal.c — sealing: pending transactions and control records become signed segments of the own log.
 *
 * Runs inside one store transaction: the segment's objects, its register entry, the merge state of its rows, the ref, and the removal from the
 * pending table are durable together or not at all. */
#include "api/facts.h"
#include "api/judge/judge.h"
#include "api/seal/draft.h"
#include "api/seal/encode.h"

#include <string.h>

#include "api/fork/resume.h"
#include "api/roster/device.h"
#include "api/roster/roster.h"
#include "api/seal/evidence.h"
#include "api/seal/seal.h"
#include "api/sync/compare.h"
#include "store/causes/own_writer.h"
#include "store/feed/feed.h"

_Static_assert((int)JEMPUT_RECORDS_MAX <= (int)JEMPUT_SEGMENT_TXNS_MAX, "each record of a control segment has a version");

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
    if (!st && engine_has_role(j, JEMPUT_ROLE_PUSAT))
        st = jemput_store_number_put(j->store, FACT_SAID_MS, engine_now(j), err);
    return st ? st : jemput_store_apply_control(j->store, id, err);
}

enum jemput_status seal_news(struct jemput *j, int64_t context, unsigned *count, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    enum jemput_status st = JEMPUT_OK;

    while (!st) {
        struct draft d = { 0 };
        struct news news;

        jemput_arena_clear(&arena);
        st = draft_news(j, context, &news, &arena, err);
        if (st || news.heads.count <= JEMPUT_ANNOUNCED_HEADS_TARGET)
            break;
        d.header.merged = (struct jemput_context){ JEMPUT_ANNOUNCED_HEADS_TARGET, news.heads.heads };
        st = seal_control(j, &d, 0, &arena, err);
        ++*count;
    }
    jemput_arena_release(&arena);
    return st;
}

/* What the rights at this segment do not allow any more is refused: the tables lose it when they are computed anew. */
static enum jemput_status own_merge(struct jemput *j, const struct draft *d, const struct jemput_pending *pending, struct jemput_arena *arena,
                                    struct jemput_error *err)
{
    struct jemput_segment segment;
    struct judging judging = { .j = j, .store = j->store, .segment = &segment, .schema_version = d->header.schema_version, .own = true };
    const struct jemput_txn *txns = NULL;
    enum jemput_status st = jemput_store_own_last(j->store, &j->writer, &segment, err);

    if (!st)
        st = engine_judge(&judging, pending->txns, pending->txn_count, &txns, arena, err);
    if (!st && txns != pending->txns) /* what does not count shows until then */
        jemput_store_feed_txns(j->store, pending->txns, pending->txn_count);
    return st ? st : jemput_store_apply_own(j->store, segment.id, txns, pending->txn_count, err);
}

/* One data segment from the oldest pending transactions, if there are any: *work. *more = others wait behind them. */
static enum jemput_status seal_data(struct jemput *j, const struct encoded *ahead, bool *work, bool *more, unsigned *count,
                                    struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct stamp_list stamps = { 0 };
    struct jemput_pending pending;
    struct draft d = { 0 };
    int64_t id;
    enum jemput_status st = pending_encode(j, ahead, &pending, &payload, arena, err);

    *more = false;
    if (st || pending.txn_count == 0)
        goto done;
    *work = true;
    *more = pending.more && (!ahead || (jemput_stamp)pending.last_seq < ahead->until);
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
        st = own_merge(j, &d, &pending, arena, err);
    ++*count;
done:
    jemput_buf_release(&payload);
    return st;
}

static enum jemput_status seal_records(struct jemput *j, const struct jemput_record *records, uint32_t count, const struct state_look *look,
                                       struct jemput_error *err)
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
    if (!st && count == 0)
        st = engine_state_say(j, look, &d.header, err);
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

        st = seal_records(j, count ? records + done : NULL, part, NULL, err);
        done += part;
    } while (!st && done < count);
    return st;
}

enum jemput_status engine_seal_receipt(struct jemput *j, const struct state_look *look, struct jemput_error *err)
{
    return seal_records(j, NULL, 0, look, err);
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
        if (!st)
            st = engine_regions_follow(j, j->store, err);
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
    enum jemput_status st = jemput_store_own_last(j->store, &j->writer, &last, err);

    if (st == JEMPUT_NOTFOUND)
        st = JEMPUT_OK;
    if (!st)
        st = jemput_store_segments_since(j->store, last.id, &newest, &records, err);
    if (st || newest - last.id <= JEMPUT_ANNOUNCED_HEADS_TARGET) /* fewer segments have come than that: so have heads */
        return st;
    st = jemput_store_frontier(j->store, &frontier, err);
    return st ? st : seal_news(j, frontier, count, err);
}

/* All of it; or, with `ahead`, at most one segment of data, and the rest of it is for other transactions: *more. *work: data was sealed, in these
 * together. */
static enum jemput_status seal_some(struct jemput *j, const struct encoded *ahead, bool *work, bool *more, unsigned *count, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    enum jemput_status st = engine_resume(j, err);

    if (!st)
        st = seal_migrations(j, count, &arena, err);
    do {
        if (!st)
            st = seal_data(j, ahead, work, more, count, &arena, err);
    } while (!st && !ahead && *more);
    if (!st && *work && !*more)
        st = engine_report_seal(j, count, err);
    if (!st && !*more)
        st = seal_old_news(j, count, err);
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status engine_seal_pending(struct jemput *j, unsigned *count, struct jemput_error *err)
{
    bool work = false, more;

    return seal_some(j, NULL, &work, &more, count, err);
}

/* Other centres' receipts are no news, or two would answer each other for ever. */
static enum jemput_status receipt_news(struct jemput *j, int64_t announced, int64_t frontier, bool *due, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_writer *centres = jemput_arena_array(&arena, j->roster.member_count, sizeof *centres);
    struct jemput_formers others = { .of = centres };
    enum jemput_status st = centres ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for the roster");

    for (uint32_t i = 0; !st && i < j->roster.member_count; i++) {
        const struct jemput_member *m = &j->roster.members[i];

        if ((m->roles & JEMPUT_ROLE_PUSAT) && jemput_writer_compare(&m->writer, &j->writer) != 0)
            centres[others.count++] = m->writer;
    }
    if (!st && others.count)
        st = jemput_store_news_there(j->store, announced, frontier, &others, due, err);
    jemput_arena_release(&arena);
    return st;
}

/* Without news central still says from time to time that it is there: so that a quiet space can be told from a hub that shows old things for ever. By
 * this device's own clock alone, however wrong that is: stamps do not follow any clock, and a receipt must end it. */
static enum jemput_status receipt_old(struct jemput *j, bool *due, struct jemput_error *err)
{
    int64_t said = 0, age;
    enum jemput_status st = engine_has_role(j, JEMPUT_ROLE_PUSAT) ? jemput_store_number_get(j->store, FACT_SAID_MS, 0, &said, err) : JEMPUT_OK;

    age = engine_now(j) - said;
    *due = !st && said && (age > ENGINE_RECEIPT_MS_MAX || age < -ENGINE_RECEIPT_MS_MAX);
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
    if (!st && *due && engine_has_role(j, JEMPUT_ROLE_PUSAT))
        st = receipt_news(j, announced, frontier, due, err);
    return st || *due ? st : receipt_old(j, due, err);
}

/* In a transaction of its own; what takes long was done before it. */
static enum jemput_status seal_part(struct jemput *j, const struct encoded *ahead, bool *work, bool *more, unsigned *count, struct jemput_error *err)
{
    unsigned sealed = 0;
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (st)
        return st;
    st = engine_roster_refresh(j, err);
    if (!st)
        st = seal_some(j, ahead, work, more, &sealed, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    else
        *count += sealed;
    return st;
}

enum jemput_status engine_seal_parts(struct jemput *j, engine_go_on_fn go_on, void *ctx, unsigned *count, struct jemput_error *err)
{
    struct encoded ahead = ENCODED_INIT;
    bool work = false, more = true;
    enum jemput_status st = jemput_store_pending_newest(j->store, &ahead.until, err);

    while (!st && more) {
        encode_ahead(j, &ahead);
        st = seal_part(j, &ahead, &work, &more, count, err);
        if (!st && more) {
            jemput_store_give_way(j->store);
            st = go_on ? go_on(ctx, *count, err) : JEMPUT_OK;
        }
    }
    encoded_release(&ahead);
    return st && st != JEMPUT_CANCELLED ? jemput_wrap(err, "seal") : st;
}

enum jemput_status jemput_seal(struct jemput *j, unsigned *segments, struct jemput_error *err)
{
    unsigned count = 0;
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = engine_seal_parts(j, NULL, NULL, &count, err);
    if (!st && segments)
        *segments = count;
    return st;
}
