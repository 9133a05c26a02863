/* api/judge/again.c — transactions that were refused for a region, judged again when more is known of their rows. See judge.h. */
#include <stdlib.h>
#include <string.h>

#include "api/forget/forget.h"
#include "api/ingest/segment.h"
#include "api/roster/roster.h"
#include "api/schema/schema.h"

#define WAITING_BYTES_MAX ((size_t)256 * 1024 * 1024)

struct again {
    struct jemput *j;
    struct jemput_store *store;
    struct grown grown;        /* what this lets in lets in more */
    struct jemput_arena rows;  /* of those */
    struct jemput_arena arena; /* of one segment */
    /* of that segment */
    struct jemput_segment segment;
    struct jemput_rights rights;
    uint32_t schema_version, count;
    const struct jemput_txn *txns;
    struct jemput_txn *let; /* let: those that count now, with their changes */
    uint32_t letting;
};

enum jemput_status engine_judge_awaited(const struct judging *judging, bool *out, struct jemput_error *err)
{
    const struct grown *grown = &judging->grown;
    struct jemput_buf versions = JEMPUT_BUF_INIT(WAITING_BYTES_MAX);
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && versions.len == 0 && i < grown->count; i++)
        st = jemput_store_refusals_of(judging->store, grown->rows[i].table, grown->rows[i].key, &versions, err);
    *out = versions.len > 0;
    jemput_buf_release(&versions);
    return st;
}

static int version_compare(const void *a, const void *b)
{
    uint64_t x, y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y ? -1 : x > y;
}

/* All that waits for the rows that have grown, ascending, each once; the list of rows is empty then. */
static enum jemput_status waiting_read(struct again *a, struct jemput_buf *versions, struct jemput_error *err)
{
    size_t count, kept = 0;
    enum jemput_status st = JEMPUT_OK;

    jemput_buf_clear(versions);
    for (uint32_t i = 0; !st && i < a->grown.count; i++)
        st = jemput_store_refusals_of(a->store, a->grown.rows[i].table, a->grown.rows[i].key, versions, err);
    a->grown = (struct grown){ .arena = &a->rows };
    jemput_arena_clear(&a->rows);
    count = versions->len / sizeof(uint64_t);
    if (count)
        qsort(versions->data, count, sizeof(uint64_t), version_compare);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || version_compare(versions->data + i * sizeof(uint64_t), versions->data + (i - 1) * sizeof(uint64_t)) != 0)
            memmove(versions->data + kept++ * sizeof(uint64_t), versions->data + i * sizeof(uint64_t), sizeof(uint64_t));
    versions->len = kept * sizeof(uint64_t);
    return st;
}

/* The segment's transactions, from the log. */
static enum jemput_status txns_read(struct again *a, struct jemput_error *err)
{
    struct engine_segment read;
    struct jemput_oid oid;
    struct jemput_txn *read_txns = NULL;
    bool any = false;
    bool unread = false;
    enum jemput_status st;

    memcpy(oid.id, a->segment.commit, sizeof oid.id);
    st = engine_segment_read(a->j, jemput_repo_source(a->j->repo), &oid, true, &read, &a->arena, err);
    if (!st)
        st = engine_txns_read(a->j, &read.header, &read.commit, &read_txns, &a->count, &unread, &a->arena, err);
    if (!st && unread)
        st = jemput_fail(err, JEMPUT_CORRUPT, "a segment that was read cannot be read any more");
    if (!st)
        st = engine_forgotten_drop(a->j, read_txns, a->count, &a->txns, &any, &a->arena, err);
    if (st)
        return st;
    a->schema_version = read.header.schema_version;
    a->let = jemput_arena_array(&a->arena, a->count, sizeof *a->let);
    if (!a->let)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for transactions");
    for (uint32_t i = 0; i < a->count; i++) {
        a->let[i] = a->txns[i];
        a->let[i].change_count = 0;
    }
    return JEMPUT_OK;
}

static enum jemput_status txn_again(struct again *a, uint64_t version, struct jemput_error *err)
{
    struct judging q = { .j = a->j, .store = a->store, .segment = &a->segment, .schema_version = a->schema_version };
    uint32_t at = (uint32_t)(version % JEMPUT_SEGMENT_TXNS_MAX);
    struct judged judged;
    struct jemput_txn txn;
    bool fits; /* it did when it was judged first */
    enum jemput_status st;

    if (at >= a->count)
        return jemput_fail(err, JEMPUT_CORRUPT, "a refused transaction is not in its segment");
    st = engine_schema_fits(&q, &a->txns[at], &txn, &fits, &a->arena, err);
    if (!st)
        st = judge_txn(a->j, a->store, &a->rights, a->schema_version, &txn, &judged, err);
    if (!st && judged.reason)
        return judged_refuse(a->j, a->store, &a->rights, a->schema_version, version, &txn, &judged, err);
    if (!st)
        st = jemput_store_refusal_drop(a->store, version, err);
    if (!st)
        st = judged_let(a->j, a->store, &a->rights, version, &txn, &a->grown, err);
    a->let[at] = txn;
    a->letting++;
    return st;
}

/* Judge some of a segment's transactions, and merge those that count now. */
static enum jemput_status segment_again(struct again *a, const uint8_t *versions, size_t some, struct jemput_error *err)
{
    struct jemput_merge_counts counts = { 0 };
    uint64_t version;
    jemput_stamp stamp;
    enum jemput_status st;

    jemput_arena_clear(&a->arena);
    a->letting = 0;
    memcpy(&version, versions, sizeof version);
    st = jemput_store_version_find(a->store, version, &a->segment, &stamp, err);
    if (!st)
        st = engine_rights_at(a->j, &a->j->roster, &a->segment, &a->rights, &a->arena, err);
    if (!st)
        st = txns_read(a, err);
    for (size_t k = 0; !st && k < some; k++) {
        memcpy(&version, versions + k * sizeof version, sizeof version);
        st = txn_again(a, version, err);
    }
    return st || !a->letting
               ? st
               : jemput_store_apply_all(a->store, &(struct jemput_apply){ a->segment.id, a->let, a->count, .let_in = true }, 1, &counts, err);
}

static enum jemput_status versions_again(struct again *a, const struct jemput_buf *versions, struct jemput_error *err)
{
    size_t count = versions->len / sizeof(uint64_t), of_segment;
    enum jemput_status st = JEMPUT_OK;

    for (size_t at = 0; !st && at < count; at += of_segment) {
        uint64_t first, next;

        memcpy(&first, versions->data + at * sizeof first, sizeof first);
        for (of_segment = 1; at + of_segment < count; of_segment++) {
            memcpy(&next, versions->data + (at + of_segment) * sizeof next, sizeof next);
            if (next / JEMPUT_SEGMENT_TXNS_MAX != first / JEMPUT_SEGMENT_TXNS_MAX)
                break;
        }
        st = segment_again(a, versions->data + at * sizeof first, of_segment, err);
    }
    return st;
}

enum jemput_status engine_judge_again(const struct judging *judging, struct jemput_error *err)
{
    struct jemput_buf versions = JEMPUT_BUF_INIT(WAITING_BYTES_MAX);
    struct again a = { .j = judging->j, .store = judging->store, .grown = judging->grown };
    enum jemput_status st = waiting_read(&a, &versions, err);

    while (!st && versions.len) {
        st = versions_again(&a, &versions, err);
        if (!st)
            st = waiting_read(&a, &versions, err);
    }
    jemput_buf_release(&versions);
    jemput_arena_release(&a.arena);
    jemput_arena_release(&a.rows);
    return st;
}
