/* api/verify.c — checking everything: the file, the capture triggers, every signature and chain, and that replaying all logs gives exactly the rows.
 *
 * The replay runs in a second store in memory, through the same merge: what is compared is what the tables hold. */
#include "api/engine.h"

#include <stdio.h>
#include <string.h>

#include "log/payload.h"
#include "store/compare.h"

struct check {
    struct jemput *j;
    struct jemput_store *replay; /* NULL = chains only: something before was wrong */
    jemput_problem_cb each;
    void *ctx;
    uint64_t problems;
    struct jemput_arena arena; /* of one segment */
};

static void check_problem(void *ctx, const char *what)
{
    struct check *c = ctx;

    c->problems++;
    if (c->each)
        c->each(c->ctx, what);
}

static void segment_problem(struct check *c, const struct jemput_segment *segment, const struct jemput_error *why)
{
    char text[JEMPUT_ERROR_TEXT_BYTES + 128], hex[2 * JEMPUT_WRITER_BYTES + 1];

    jemput_hex_encode(hex, segment->writer.id, sizeof segment->writer.id);
    snprintf(text, sizeof text, "segment %llu of log %.8s: %s", (unsigned long long)segment->number, hex, why->text);
    check_problem(c, text);
}

/* Signature, writer, payload, and that it follows its predecessor. */
static enum jemput_status segment_check(struct check *c, const struct jemput_segment *segment, struct engine_segment *read, struct jemput_error *err)
{
    struct jemput_oid oid;
    enum jemput_status st;

    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = engine_segment_read(c->j, jemput_repo_source(c->j->repo), &oid, true, read, &c->arena, err);
    if (!st && !jemput_hash_equal(&read->hash, &segment->hash))
        st = jemput_fail(err, JEMPUT_CORRUPT, "the commit carries another segment than the register says");
    if (!st && !jemput_hash_equal(&read->header.previous, &segment->previous))
        st = jemput_fail(err, JEMPUT_CORRUPT, "it does not follow the segment before it");
    return st;
}

static enum jemput_status replay_register(struct check *c, const struct jemput_segment *segment, const struct engine_segment *read,
                                          const struct jemput_txn *txns, struct jemput_segment *copy, struct jemput_error *err)
{
    bool forked;

    *copy = *segment;
    copy->own = false;
    copy->merged = &read->header.merged;
    copy->under = read->header.has_under ? &read->header.under : NULL;
    copy->stamps = jemput_arena_array(&c->arena, segment->txn_count, sizeof *copy->stamps);
    if (!copy->stamps)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for stamps");
    for (uint32_t i = 0; i < segment->txn_count; i++)
        copy->stamps[i] = txns ? txns[i].stamp : segment->stamp;
    return jemput_store_segment_add(c->replay, copy, &forked, err);
}

static enum jemput_status replay_schema(struct check *c, const struct engine_segment *read, struct jemput_error *err)
{
    struct jemput_record *records;
    uint32_t count;
    int64_t version;
    enum jemput_status st = jemput_records_read(&records, &count, read->commit.payload, &c->arena, err);

    for (uint32_t i = 0; !st && i < count; i++) {
        if (records[i].kind != JEMPUT_RECORD_SCHEMA)
            continue;
        st = jemput_store_number_get(c->replay, "schema version", 1, &version, err);
        if (!st && records[i].as.schema.version == (uint64_t)version + 1 && records[i].as.schema.version <= c->j->roster.schema_version)
            st = jemput_store_schema_run(c->replay, records[i].as.schema.sql, records[i].as.schema.version, err);
    }
    return st;
}

static enum jemput_status replay_segment(struct check *c, const struct jemput_segment *segment, const struct engine_segment *read,
                                         struct jemput_error *err)
{
    struct jemput_merge_counts counts = { 0 };
    struct jemput_segment copy;
    struct jemput_txn *txns = NULL;
    uint32_t count = 0;
    enum jemput_status st = JEMPUT_OK;

    if (!segment->control)
        st = jemput_payload_read(&txns, &count, read->commit.payload, &c->arena, err);
    if (!st)
        st = replay_register(c, segment, read, txns, &copy, err);
    if (!st && !segment->control)
        return jemput_store_apply(c->replay, copy.id, txns, count, &counts, err);
    if (!st)
        st = jemput_store_apply_control(c->replay, copy.id, err);
    return st ? st : replay_schema(c, read, err);
}

static enum jemput_status check_segment(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct check *c = ctx;
    struct engine_segment read;
    enum jemput_status st;

    jemput_arena_clear(&c->arena);
    st = segment_check(c, segment, &read, err);
    if (!st && c->replay)
        st = replay_segment(c, segment, &read, err);
    if (st == JEMPUT_CORRUPT || st == JEMPUT_DENIED || st == JEMPUT_NOTFOUND || st == JEMPUT_LIMIT || st == JEMPUT_UPGRADE) {
        segment_problem(c, segment, err);
        c->replay = NULL;
        return JEMPUT_OK;
    }
    return st;
}

/* A store in memory with this space's first schema. */
static enum jemput_status replay_open(struct check *c, struct jemput_store **replay, struct jemput_error *err)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_record *records;
    uint32_t count;
    enum jemput_status st = jemput_store_open_memory(replay, c->j->env, err);

    if (!st)
        st = jemput_store_fact_get(c->j->store, FACT_GENESIS_PAYLOAD, &payload, err);
    if (!st)
        st = jemput_records_read(&records, &count, jemput_buf_bytes(&payload), &c->arena, err);
    if (!st)
        st = jemput_store_begin(*replay, 0, err);
    if (!st)
        st = jemput_store_schema_run(*replay, records[0].as.genesis.schema, 1, err);
    jemput_buf_release(&payload);
    return st;
}

static enum jemput_status check_logs(struct check *c, struct jemput_error *err)
{
    struct jemput_store *replay = NULL;
    uint64_t differing = 0;
    enum jemput_status st = replay_open(c, &replay, err);

    c->replay = replay;
    if (!st)
        st = jemput_store_segments_each(c->j->store, NULL, 0, check_segment, c, err);
    if (!st && c->replay)
        st = jemput_store_commit(c->replay, err);
    if (!st && c->replay)
        st = jemput_store_compare(c->j->store, c->replay, check_problem, c, &differing, err);
    jemput_store_close(replay);
    return st;
}

enum jemput_status jemput_verify(struct jemput *j, jemput_problem_cb each, void *ctx, uint64_t *problems, struct jemput_error *err)
{
    struct check c = { .j = j, .each = each, .ctx = ctx };
    uint64_t in_file = 0;
    unsigned sealed = 0;
    enum jemput_status st = jemput_store_check(j->store, check_problem, &c, &in_file, err);

    /* What is pending is in the tables and not in a log yet: seal it, so that rows and logs can be compared. */
    if (!st && c.problems == 0)
        st = jemput_seal(j, &sealed, err);
    if (!st)
        st = check_logs(&c, err);
    jemput_arena_release(&c.arena);
    if (st)
        return jemput_wrap(err, "verify");
    *problems = c.problems;
    return JEMPUT_OK;
}
