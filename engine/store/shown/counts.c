/* store/shown/counts.c — how much there is: rows of the replicated tables, rows for people to look at, held rows. */
#include "store/internal.h"

#define SQL_BYTES_MAX 256

static enum jemput_status table_count(struct jemput_store *store, const struct jemput_table *table, uint64_t *rows, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(SQL_BYTES_MAX);
    sqlite3_stmt *stmt = NULL;
    enum jemput_status st;
    int rc;

    jemput_buf_append_str(&sql, "SELECT count(*) FROM ");
    jemput_buf_identifier(&sql, table->name);
    st = jemput_sqlite_prepare_buf(&stmt, store->db, &sql, 0, err);
    jemput_buf_release(&sql);
    if (st)
        return st;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *rows += (uint64_t)sqlite3_column_int64(stmt, 0);
    else
        st = jemput_sqlite_fail(store->db, rc, err, "count rows");
    sqlite3_finalize(stmt);
    return st;
}

static enum jemput_status unborn_see(void *ctx, const struct jemput_row_held *held, struct jemput_error *err)
{
    uint64_t *count = ctx;

    (void)held, (void)err;
    ++*count;
    return JEMPUT_OK;
}

/* Rows that were written to and never made: looked for one by one only where there may be some. */
static enum jemput_status unborn_count(struct jemput_store *store, uint64_t *count, struct jemput_error *err)
{
    int64_t any = 0;
    enum jemput_status st = jemput_store_look(store,
                                              "SELECT EXISTS(SELECT 1 FROM jemput_row WHERE state IS NOT NULL AND state & 4 AND version = 0)",
                                              "look for rows that were never made", &any, err);

    return st || !any ? st : jemput_store_unborn_each(store, unborn_see, count, err);
}

enum jemput_status jemput_store_counts(struct jemput_store *store, struct jemput_store_counts *out, struct jemput_error *err)
{
    static const char sql[] = "SELECT (SELECT count(*) FROM jemput_row WHERE state IS NOT NULL AND state & 25), "
                              "(SELECT count(*) FROM jemput_withheld WHERE fault < 4)";
    sqlite3_stmt *stmt = jemput_store_statement(store, sql, err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *out = (struct jemput_store_counts){ .conflicts = (uint64_t)sqlite3_column_int64(stmt, 0), .held = (uint64_t)sqlite3_column_int64(stmt, 1) };
    sqlite3_reset(stmt);
    if (rc != SQLITE_ROW)
        return jemput_sqlite_fail(store->db, rc, err, "count rows");
    st = unborn_count(store, &out->held, err);
    for (uint32_t id = 1; !st && id <= jemput_store_table_count(store); id++)
        st = table_count(store, jemput_store_table(store, id), &out->rows, err);
    return st;
}
