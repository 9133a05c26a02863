/* store/verdict/region.c — which regions a row has ever had, in columns that a policy calls scope. See refusal.h; table: schema/formats/store.md,
 * "jemput_region". */
#include "base/limits.h"
#include "change/key.h"
#include "store/replace/in_step.h"
#include "store/verdict/refusal.h"

enum jemput_status jemput_store_region_add(struct jemput_store *store, uint32_t table, struct jemput_bytes key, uint16_t column,
                                           struct jemput_bytes region, bool *news, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "INSERT OR IGNORE INTO jemput_region(tbl, key, col, region) VALUES(?, ?, ?, ?)", err);
    enum jemput_status st;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, table);
    sqlite3_bind_blob64(stmt, 2, key.len ? (const void *)key.data : "", key.len, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 3, column);
    sqlite3_bind_blob64(stmt, 4, region.len ? (const void *)region.data : "", region.len, SQLITE_STATIC);
    st = jemput_store_step_done(store, stmt, err);
    if (!st && sqlite3_changes(store->db))
        *news = true;
    return st;
}

enum jemput_status jemput_store_regions_of(struct jemput_store *store, uint32_t table, struct jemput_bytes key, uint16_t column,
                                           bool (*each)(void *ctx, struct jemput_bytes region), void *ctx, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT region FROM jemput_region WHERE tbl = ? AND key = ? AND col = ?", err);
    bool more = true;
    int rc = SQLITE_DONE;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, table);
    sqlite3_bind_blob64(stmt, 2, key.len ? (const void *)key.data : "", key.len, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 3, column);
    while (more && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        more = each(ctx, jemput_bytes_of(sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0)));
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "read a row's regions");
}

static enum jemput_status row_fill(struct jemput_store *store, const struct jemput_table *t, uint16_t column, int at, sqlite3_stmt *rows,
                                   struct jemput_buf *key, struct jemput_error *err)
{
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX], region;
    bool news;
    enum jemput_status st;

    jemput_value_from_column(&region, rows, at);
    if (region.type != JEMPUT_TEXT)
        return JEMPUT_OK;
    for (int i = 0; i < t->key_count; i++)
        jemput_value_from_column(&values[i], rows, i);
    jemput_buf_clear(key);
    st = jemput_key_write(key, values, t->key_count, err);
    if (st == JEMPUT_DENIED || st == JEMPUT_LIMIT)
        return JEMPUT_OK; /* no key that a log could carry */
    return st ? st : jemput_store_region_add(store, t->id, jemput_buf_bytes(key), column, region.bytes, &news, err);
}

enum jemput_status jemput_store_regions_fill(struct jemput_store *store, uint32_t table, uint16_t column, struct jemput_error *err)
{
    const struct jemput_table *t = jemput_store_table(store, table);
    struct jemput_buf key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    uint16_t columns[JEMPUT_COLUMNS_MAX], count, at = 0;
    sqlite3_stmt *rows = NULL;
    enum jemput_status st;
    int rc = SQLITE_DONE;

    if (!t || column >= t->column_count)
        return JEMPUT_OK; /* of a later version of the schema */
    count = jemput_rows_columns(t, columns);
    while (at < count && columns[at] != column)
        at++;
    if (at == count)
        return JEMPUT_OK;
    st = jemput_rows_prepare(&rows, store, t, NULL, err);
    while (!st && (rc = sqlite3_step(rows)) == SQLITE_ROW)
        st = row_fill(store, t, column, at, rows, &key, err);
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "read regions");
    sqlite3_finalize(rows);
    jemput_buf_release(&key);
    return st;
}
