/* api/state/replay.c — the state of this store's logs computed anew. See replay.h. */
#include "api/schema/schema.h"
#include "api/state/replay.h"

#include <string.h>

#include "api/checkpoint/checkpoint.h"
#include "api/facts.h"
#include "api/forget/forget.h"
#include "api/ingest/segment.h"
#include "api/state/state_hash.h"
#include "base/limits.h"
#include "checkpoint/pack.h"
#include "store/apply/erase.h"
#include "store/dump/dump.h"
#include "store/dump/load.h"
#include "store/replace/compare.h"

static enum jemput_status base_load(struct engine_replay *r, struct jemput_error *err)
{
    struct engine_checkpoint base;
    enum jemput_status st = engine_checkpoint_base(r->j, &base, err);

    if (st == JEMPUT_NOTFOUND)
        return JEMPUT_OK;
    return st ? st : engine_replay_load(r, &base, err);
}

enum jemput_status engine_replay_begin(struct engine_replay *r, struct jemput *j, struct jemput_error *err)
{
    return engine_replay_begin_noting(r, j, NULL, err);
}

/* With the space's first schema, whatever was cut off here. */
static enum jemput_status replay_open(struct engine_replay *r, struct jemput *j, struct engine_run_book *runs, struct jemput_error *err)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_record *records;
    uint32_t count;
    enum jemput_status st;

    *r = (struct engine_replay){ .j = j, .runs = runs };
    st = jemput_store_open_scratch(&r->store, j->store, false, err);
    if (!st)
        st = jemput_store_fact_unpack(j->store, FACT_GENESIS_PAYLOAD, &payload, err);
    if (!st)
        st = jemput_records_read(&records, &count, jemput_buf_bytes(&payload), &r->arena, err);
    if (!st)
        st = jemput_store_begin(r->store, 0, err);
    if (!st)
        st = jemput_store_schema_rerun(r->store, records[0].as.genesis.schema, 1, err);
    if (!st)
        st = engine_regions_follow(j, r->store, err);
    jemput_buf_release(&payload);
    return st;
}

enum jemput_status engine_replay_begin_noting(struct engine_replay *r, struct jemput *j, struct engine_run_book *runs, struct jemput_error *err)
{
    enum jemput_status st = replay_open(r, j, runs, err);

    return st ? st : base_load(r, err);
}

void engine_replay_release(struct engine_replay *r)
{
    jemput_store_close(r->store);
    jemput_arena_release(&r->arena);
}

/* --- a beginning that is a checkpoint --- */

static enum jemput_status item_load(void *loading, struct jemput_bytes item, struct jemput_error *err)
{
    if (item.len && item.data[0] == JEMPUT_DUMP_CONTROL_SEGMENT)
        return JEMPUT_OK; /* it is here */
    return jemput_load_item(loading, item, err);
}

/* Central signed the hash of what the tables show: what was loaded must be that. */
static enum jemput_status state_check(struct engine_replay *r, const struct engine_checkpoint *c, struct jemput_error *err)
{
    char hex[65], signed_hex[65];
    enum jemput_status st = engine_state_hash(r->store, hex, err);

    jemput_hex_encode(signed_hex, c->record.state, sizeof c->record.state);
    if (!st && strcmp(hex, signed_hex) != 0)
        st = jemput_fail(err, JEMPUT_CORRUPT, "what the checkpoint holds is not the state that it names");
    return st;
}

/* Its items into the tables; rows that have been forgotten since go out again, when the state was found to be the one that central signed. */
static enum jemput_status items_load(struct engine_replay *r, const struct engine_checkpoint *c, struct engine_forgotten_rows *rows,
                                     struct jemput_error *err)
{
    struct jemput_loading *loading = NULL;
    enum jemput_status st = jemput_load_begin(&loading, r->store, r->j->store, true, err);

    if (!st && r->j->forgets.count) {
        st = engine_marks_take(&rows->marks, r->j, err);
        jemput_load_watch(loading, engine_forgotten_row, rows);
    }
    if (!st && r->runs)
        jemput_load_runs(loading, engine_run_book_note, r->runs);
    if (!st)
        st = engine_checkpoint_items(r->j, c, item_load, loading, err);
    if (!st)
        st = jemput_load_end(loading, err);
    jemput_load_free(loading);
    if (!st)
        st = state_check(r, c, err);
    return st ? st : jemput_store_rows_erase(r->store, rows->tables, rows->keys, rows->count, err);
}

enum jemput_status engine_replay_load(struct engine_replay *r, const struct engine_checkpoint *c, struct jemput_error *err)
{
    struct engine_forgotten_rows rows = { .count = 0 };
    enum jemput_status st = engine_schema_reach(r->j, r->store, c->record.schema_version, err);

    if (!st)
        st = items_load(r, c, &rows, err);
    engine_marks_release(&rows.marks);
    jemput_arena_release(&rows.arena);
    if (!st)
        r->base_at = c->at.id;
    return st ? jemput_wrap(err, "load checkpoint %llu", (unsigned long long)c->segment.number) : JEMPUT_OK;
}

enum jemput_status engine_checkpoint_try(struct jemput *j, const struct engine_checkpoint *c, struct jemput_error *err)
{
    struct engine_replay r;
    enum jemput_status st = replay_open(&r, j, NULL, err);

    if (!st)
        st = engine_replay_load(&r, c, err);
    engine_replay_release(&r);
    return st;
}

enum jemput_status engine_replay_covers(struct engine_replay *r, const struct jemput_segment *segment, bool *out, struct jemput_error *err)
{
    *out = r->base_at == segment->id;
    return *out || !r->base_at ? JEMPUT_OK : jemput_store_segment_saw(r->j->store, r->base_at, segment->id, out, err);
}

/* --- reading --- */

/* The register's entry is made from the header: is it still what that says? */
static enum jemput_status entry_check(const struct jemput_segment *segment, const struct engine_segment *read, struct jemput_error *err)
{
    const struct jemput_header *h = &read->header;

    if (!jemput_hash_equal(&read->hash, &segment->hash))
        return jemput_fail(err, JEMPUT_CORRUPT, "the commit carries another segment than the register says");
    if (!jemput_hash_equal(&h->previous, &segment->previous))
        return jemput_fail(err, JEMPUT_CORRUPT, "it does not follow the segment before it");
    if (h->number != segment->number || jemput_writer_compare(&h->writer, &segment->writer) != 0 || h->stamp != segment->stamp ||
        (h->klass == JEMPUT_CLASS_CONTROL) != segment->control)
        return jemput_fail(err, JEMPUT_CORRUPT, "the register says another writer, number, time or class than the segment");
    return JEMPUT_OK;
}

enum jemput_status engine_replay_read(struct engine_replay *r, const struct jemput_segment *segment, struct engine_segment *read,
                                      struct jemput_error *err)
{
    struct jemput_oid oid;
    bool covered;
    enum jemput_status st = engine_replay_covers(r, segment, &covered, err);

    jemput_arena_clear(&r->arena);
    memset(read, 0, sizeof *read);
    if (st || (covered && (!segment->control || segment->txn_count == 0))) /* it may never have come here */
        return st;
    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = engine_segment_read(r->j, jemput_repo_source(r->j->repo), &oid, true, read, &r->arena, err);
    return st ? st : entry_check(segment, read, err);
}

/* --- merging --- */

/* What a payload holds: transactions, or records. */
struct contents {
    struct jemput_txn *txns;
    uint32_t txn_count;
    struct jemput_record *records;
    uint32_t record_count;
    struct jemput_id_runs runs;
};

static enum jemput_status runs_note(struct engine_replay *r, const struct jemput_segment *segment, const struct jemput_id_runs *runs,
                                    struct jemput_error *err)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    enum jemput_status st;

    jemput_pack_runs_write(&bytes, runs);
    st = jemput_buf_check(&bytes, "id runs", err);
    if (!st)
        st = engine_run_book_note(r->runs, segment->id, jemput_buf_bytes(&bytes), err);
    jemput_buf_release(&bytes);
    return st;
}

static enum jemput_status contents_read(struct engine_replay *r, const struct jemput_segment *segment, const struct engine_segment *read,
                                        struct contents *out, struct jemput_error *err)
{
    uint32_t count;
    bool unread = false;
    enum jemput_status st;

    *out = (struct contents){ 0 };
    if (segment->control)
        st = jemput_records_read(&out->records, &out->record_count, read->commit.payload, &r->arena, err);
    else if (segment->unread)
        st = JEMPUT_OK; /* it is as it came: the key to it, or to one before it, is not known here */
    else
        st = engine_txns_read_runs(r->j, &read->header, &read->commit, &out->txns, &out->txn_count, &out->runs, &unread, &r->arena, err);
    if (!st && unread)
        st = jemput_fail(err, JEMPUT_CORRUPT, "the key of epoch %u, by which it was read, is not here", (unsigned)read->header.key_epoch);
    count = out->txn_count + out->record_count;
    if (!st && count != segment->txn_count)
        st = jemput_fail(err, JEMPUT_CORRUPT, "the register says %u transactions, the segment has %u", (unsigned)segment->txn_count, (unsigned)count);
    return st;
}

static enum jemput_status segment_register(struct engine_replay *r, const struct jemput_segment *segment, const struct engine_segment *read,
                                           const struct contents *contents, struct jemput_error *err)
{
    struct jemput_segment copy = *segment;
    bool forked;
    enum jemput_status st;

    copy.own = false; /* merged like all others: here no table has its rows yet */
    copy.merged = &read->header.merged;
    copy.under = read->header.has_under ? &read->header.under : NULL;
    copy.stamps = jemput_arena_array(&r->arena, segment->txn_count, sizeof *copy.stamps);
    if (!copy.stamps)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for stamps");
    for (uint32_t i = 0; i < segment->txn_count; i++)
        copy.stamps[i] = contents->txns ? contents->txns[i].stamp : segment->stamp;
    st = r->base_at || r->gaps ? jemput_store_segment_add_like(r->store, &copy, r->j->store, &forked, err)
                               : jemput_store_segment_add(r->store, &copy, &forked, err);
    if (!st && copy.id != segment->id)
        st = jemput_fail(err, JEMPUT_CORRUPT, "it has number %lld in the register, and is number %lld of what is there", (long long)segment->id,
                         (long long)copy.id);
    return st ? st : engine_schema_seen(r->store, segment, read->header.schema_version, err);
}

/* The migrations in force that this segment holds. */
static enum jemput_status schema_follow(struct engine_replay *r, const struct jemput_segment *segment, struct jemput_error *err)
{
    const struct jemput_roster *roster = &r->j->roster;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < roster->schema_count; i++)
        if (roster->schemas[i].in_force && jemput_hash_equal(&roster->schemas[i].segment, &segment->hash))
            st = engine_schema_reach(r->j, r->store, roster->schemas[i].version, err);
    return st;
}

enum jemput_status engine_replay_merge(struct engine_replay *r, const struct jemput_segment *segment, const struct engine_segment *read,
                                       struct jemput_error *err)
{
    struct judging judging = { .j = r->j, .store = r->store, .segment = segment, .schema_version = read->header.schema_version };
    struct jemput_merge_counts counts = { 0 };
    const struct jemput_txn *txns = NULL;
    struct contents contents;
    bool covered;
    enum jemput_status st = engine_replay_covers(r, segment, &covered, err);

    if (!st && covered)
        r->last = segment->id;
    if (st || covered)
        return st;
    st = contents_read(r, segment, read, &contents, err);
    if (!st)
        st = engine_schema_reach(r->j, r->store, read->header.schema_version, err);
    if (!st)
        st = segment_register(r, segment, read, &contents, err);
    if (!st && segment->control && !segment->unread)
        st = jemput_store_apply_control(r->store, segment->id, err);
    else if (!st && !segment->unread)
        st = engine_judge(&judging, contents.txns, contents.txn_count, &txns, &r->arena, err);
    if (!st && !segment->control && !segment->unread)
        st = jemput_store_apply(r->store, segment->id, txns, contents.txn_count, &counts, err);
    if (!st)
        st = engine_judge_again(&judging, err);
    if (!st)
        st = schema_follow(r, segment, err);
    if (!st && r->runs)
        st = runs_note(r, segment, &contents.runs, err);
    if (!st)
        r->last = segment->id;
    return st;
}

enum jemput_status engine_replay_one(struct engine_replay *r, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct engine_segment read;
    enum jemput_status st = engine_replay_read(r, segment, &read, err);

    return st ? st : engine_replay_merge(r, segment, &read, err);
}

bool engine_replay_of_log(const struct jemput_segment *segment, struct jemput_error *err)
{
    char hex[2 * JEMPUT_WRITER_BYTES + 1];
    enum jemput_status st = err->status;

    jemput_hex_encode(hex, segment->writer.id, sizeof segment->writer.id);
    (void)jemput_wrap(err, "segment %llu of log %.8s", (unsigned long long)segment->number, hex);
    return engine_status_of_log(st);
}
