/* api/replay.c — the state of this store's logs computed anew. See replay.h. */
#include "api/replay.h"

#include <string.h>

#include "log/payload.h"
#include "store/compare.h"

enum jemput_status engine_replay_begin(struct engine_replay *r, struct jemput *j, struct jemput_error *err)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_record *records;
    uint32_t count;
    enum jemput_status st;

    *r = (struct engine_replay){ .j = j };
    st = jemput_store_open_scratch(&r->store, j->store, false, err);
    if (!st)
        st = jemput_store_fact_get(j->store, FACT_GENESIS_PAYLOAD, &payload, err);
    if (!st)
        st = jemput_records_read(&records, &count, jemput_buf_bytes(&payload), &r->arena, err);
    if (!st)
        st = jemput_store_begin(r->store, 0, err);
    if (!st)
        st = jemput_store_schema_run(r->store, records[0].as.genesis.schema, 1, err);
    jemput_buf_release(&payload);
    return st;
}

void engine_replay_release(struct engine_replay *r)
{
    jemput_store_close(r->store);
    jemput_arena_release(&r->arena);
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
    enum jemput_status st;

    jemput_arena_clear(&r->arena);
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
};

static enum jemput_status contents_read(struct engine_replay *r, const struct jemput_segment *segment, const struct engine_segment *read,
                                        struct contents *out, struct jemput_error *err)
{
    uint32_t count;
    enum jemput_status st;

    *out = (struct contents){ 0 };
    if (segment->control)
        st = jemput_records_read(&out->records, &out->record_count, read->commit.payload, &r->arena, err);
    else
        st = jemput_payload_read(&out->txns, &out->txn_count, read->commit.payload, &r->arena, err);
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
    st = jemput_store_segment_add(r->store, &copy, &forked, err);
    if (!st && copy.id != segment->id)
        st = jemput_fail(err, JEMPUT_CORRUPT, "it has number %lld in the register, and is number %lld of what stands there", (long long)segment->id,
                         (long long)copy.id);
    return st;
}

static enum jemput_status schema_follow(struct engine_replay *r, const struct contents *contents, struct jemput_error *err)
{
    int64_t version;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < contents->record_count; i++) {
        const struct jemput_record *record = &contents->records[i];

        if (record->kind != JEMPUT_RECORD_SCHEMA)
            continue;
        st = jemput_store_number_get(r->store, "schema version", 1, &version, err);
        if (!st && record->as.schema.version == (uint64_t)version + 1 && record->as.schema.version <= r->j->roster.schema_version)
            st = jemput_store_schema_run(r->store, record->as.schema.sql, record->as.schema.version, err);
    }
    return st;
}

/* Migrations that came with the invitation were here before the control records that tell of them. */
static enum jemput_status schema_reach(struct engine_replay *r, uint32_t version, struct jemput_error *err)
{
    int64_t here;
    enum jemput_status st = jemput_store_number_get(r->store, "schema version", 1, &here, err);

    while (!st && here < version) {
        struct jemput_bytes sql;

        st = jemput_store_migration_find(r->j->store, (uint32_t)here + 1, &sql, &r->arena, err);
        if (st)
            return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
        st = jemput_store_schema_run(r->store, sql, (uint32_t)++here, err);
    }
    return st;
}

enum jemput_status engine_replay_merge(struct engine_replay *r, const struct jemput_segment *segment, const struct engine_segment *read,
                                       struct jemput_error *err)
{
    struct jemput_merge_counts counts = { 0 };
    struct contents contents;
    enum jemput_status st = contents_read(r, segment, read, &contents, err);

    if (!st)
        st = schema_reach(r, read->header.schema_version, err);
    if (!st)
        st = segment_register(r, segment, read, &contents, err);
    if (!st && segment->control)
        st = jemput_store_apply_control(r->store, segment->id, err);
    else if (!st)
        st = jemput_store_apply(r->store, segment->id, contents.txns, contents.txn_count, &counts, err);
    if (!st)
        st = schema_follow(r, &contents, err);
    if (!st)
        r->last = segment->id;
    return st;
}

bool engine_replay_of_log(const struct jemput_segment *segment, struct jemput_error *err)
{
    char hex[2 * JEMPUT_WRITER_BYTES + 1];
    enum jemput_status st = err->status;

    jemput_hex_encode(hex, segment->writer.id, sizeof segment->writer.id);
    (void)jemput_wrap(err, "segment %llu of log %.8s", (unsigned long long)segment->number, hex);
    return st == JEMPUT_CORRUPT || st == JEMPUT_DENIED || st == JEMPUT_NOTFOUND || st == JEMPUT_LIMIT || st == JEMPUT_UPGRADE;
}
