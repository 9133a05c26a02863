/* store/dump/verdict.c — what judging left behind, as items: refused transactions, what they wait for, regions of rows, adoptions. See dump.h. */
#include <stdlib.h>

#include "store/causes/causes.h"
#include "store/dump/dumping.h"

static struct jemput_bytes blob_of(sqlite3_stmt *stmt, int column)
{
    return jemput_bytes_of(sqlite3_column_blob(stmt, column), (size_t)sqlite3_column_bytes(stmt, column));
}

uint64_t jemput_dump_version(const struct jemput_dumping *d, uint64_t version)
{
    uint64_t segment = version / JEMPUT_VERSION_PLACES;

    if (version == 1) /* came with the schema */
        return version;
    if (segment < 1 || segment > (uint64_t)d->segment_max || !d->segment_numbers[segment - 1])
        return 0;
    return d->segment_numbers[segment - 1] * (uint64_t)JEMPUT_VERSION_PLACES + version % JEMPUT_VERSION_PLACES;
}

enum jemput_status jemput_dump_by_segment(struct jemput_dumping *d, sqlite3_stmt *stmt, void (*each)(struct jemput_dumping *d, sqlite3_stmt *stmt),
                                          struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < d->segment_count; i++) {
        int rc = SQLITE_DONE;

        sqlite3_bind_int64(stmt, 1, d->segments[i] * JEMPUT_VERSION_PLACES);
        sqlite3_bind_int64(stmt, 2, (d->segments[i] + 1) * JEMPUT_VERSION_PLACES);
        while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
            each(d, stmt);
            st = jemput_dump_item_end(d, err);
        }
        if (!st && rc != SQLITE_DONE)
            st = jemput_sqlite_fail(d->store->db, rc, err, "read what belongs to a segment");
        sqlite3_reset(stmt);
    }
    return st;
}

static void refusal_put(struct jemput_dumping *d, sqlite3_stmt *stmt)
{
    jemput_buf_u8(&d->item, JEMPUT_DUMP_REFUSAL);
    jemput_buf_varint(&d->item, jemput_dump_version(d, (uint64_t)sqlite3_column_int64(stmt, 0)));
    jemput_buf_varint(&d->item, (uint64_t)sqlite3_column_int64(stmt, 1));
    jemput_buf_varint(&d->item, (uint64_t)sqlite3_column_int64(stmt, 2));
    jemput_buf_sized(&d->item, blob_of(stmt, 3));
    jemput_buf_varint(&d->item, sqlite3_column_type(stmt, 4) == SQLITE_NULL ? 0 : (uint64_t)sqlite3_column_int64(stmt, 4) + 1);
}

static void waiting_put(struct jemput_dumping *d, sqlite3_stmt *stmt)
{
    jemput_buf_u8(&d->item, JEMPUT_DUMP_WAITING);
    jemput_buf_varint(&d->item, jemput_dump_version(d, (uint64_t)sqlite3_column_int64(stmt, 0)));
    jemput_buf_varint(&d->item, (uint64_t)sqlite3_column_int64(stmt, 1));
    jemput_buf_sized(&d->item, blob_of(stmt, 2));
}

static enum jemput_status regions_dump(struct jemput_dumping *d, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = SQLITE_DONE;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, d->store->db,
                                                  "SELECT tbl, key, col, region FROM jemput_region ORDER BY tbl, key, col, region", 0, err);

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        jemput_buf_u8(&d->item, JEMPUT_DUMP_REGION);
        jemput_buf_varint(&d->item, (uint64_t)sqlite3_column_int64(stmt, 0));
        jemput_buf_sized(&d->item, blob_of(stmt, 1));
        jemput_buf_varint(&d->item, (uint64_t)sqlite3_column_int64(stmt, 2));
        jemput_buf_sized(&d->item, blob_of(stmt, 3));
        st = jemput_dump_item_end(d, err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(d->store->db, rc, err, "read regions");
    sqlite3_finalize(stmt);
    return st;
}

static int version_order(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* By whom the transaction that a row of `stmt` names was adopted, in numbers that mean the same everywhere; ascending. */
static enum jemput_status adopters_find(struct jemput_dumping *d, sqlite3_stmt *stmt, struct jemput_buf *versions, struct jemput_error *err)
{
    sqlite3_stmt *each = jemput_store_statement(d->store, "SELECT version FROM jemput_adoption WHERE hash = ? AND place = ?", err);
    struct jemput_bytes hash = blob_of(stmt, 0);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!each)
        return err->status;
    jemput_buf_clear(versions);
    sqlite3_bind_blob64(each, 1, hash.data, hash.len, SQLITE_STATIC);
    sqlite3_bind_int64(each, 2, sqlite3_column_int64(stmt, 1));
    while ((rc = sqlite3_step(each)) == SQLITE_ROW) {
        uint64_t version = jemput_dump_version(d, (uint64_t)sqlite3_column_int64(each, 0));

        jemput_buf_append(versions, &version, sizeof version);
    }
    if (rc != SQLITE_DONE)
        st = jemput_sqlite_fail(d->store->db, rc, err, "read adoptions");
    sqlite3_reset(each);
    if (!st)
        st = jemput_buf_check(versions, "adoptions", err);
    if (!st)
        qsort(versions->data, versions->len / sizeof(uint64_t), sizeof(uint64_t), version_order);
    return st;
}

/* Those of one transaction together: mostly there is one. */
static enum jemput_status adoption_dump(struct jemput_dumping *d, sqlite3_stmt *stmt, struct jemput_buf *versions, struct jemput_error *err)
{
    enum jemput_status st = adopters_find(d, stmt, versions, err);

    for (size_t i = 0; !st && i < versions->len / sizeof(uint64_t); i++) {
        jemput_buf_u8(&d->item, JEMPUT_DUMP_ADOPTION);
        jemput_buf_append_bytes(&d->item, blob_of(stmt, 0));
        jemput_buf_varint(&d->item, (uint64_t)sqlite3_column_int64(stmt, 1));
        jemput_buf_varint(&d->item, ((const uint64_t *)(const void *)versions->data)[i]);
        st = jemput_dump_item_end(d, err);
    }
    return st;
}

static enum jemput_status adoptions_dump(struct jemput_dumping *d, struct jemput_error *err)
{
    struct jemput_buf versions = JEMPUT_BUF_INIT(1024 * 1024);
    sqlite3_stmt *stmt = NULL;
    int rc = SQLITE_DONE;
    enum jemput_status st = jemput_sqlite_prepare(
        &stmt, d->store->db, "SELECT DISTINCT hash, place FROM jemput_adoption ORDER BY hash, place", 0, err);

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        st = adoption_dump(d, stmt, &versions, err);
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(d->store->db, rc, err, "read adoptions");
    sqlite3_finalize(stmt);
    jemput_buf_release(&versions);
    return st;
}

static enum jemput_status refusals_dump(struct jemput_dumping *d, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int64_t any = 0;
    enum jemput_status st = jemput_store_look(d->store, "SELECT EXISTS(SELECT 1 FROM jemput_refusal)", "look for refusals", &any, err);

    if (st || !any)
        return st;
    st = jemput_sqlite_prepare(
        &stmt, d->store->db, "SELECT version, reason, tbl, key, col FROM jemput_refusal WHERE version >= ? AND version < ? ORDER BY version", 0, err);
    if (!st)
        st = jemput_dump_by_segment(d, stmt, refusal_put, err);
    sqlite3_finalize(stmt);
    return st;
}

static enum jemput_status waiting_dump(struct jemput_dumping *d, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int64_t any = 0;
    enum jemput_status st = jemput_store_look(d->store, "SELECT EXISTS(SELECT 1 FROM jemput_refusal_row)", "look for refusals", &any, err);

    if (st || !any)
        return st;
    st = jemput_sqlite_prepare(&stmt, d->store->db,
                               "SELECT version, tbl, key FROM jemput_refusal_row WHERE version >= ? AND version < ? ORDER BY version, tbl, key", 0,
                               err);
    if (!st)
        st = jemput_dump_by_segment(d, stmt, waiting_put, err);
    sqlite3_finalize(stmt);
    return st;
}

enum jemput_status jemput_dump_verdicts(struct jemput_dumping *d, struct jemput_error *err)
{
    enum jemput_status st = refusals_dump(d, err);

    if (!st)
        st = waiting_dump(d, err);
    if (!st)
        st = regions_dump(d, err);
    return st ? st : adoptions_dump(d, err);
}
