/* store/compare.c — comparing what two stores hold. See compare.h. */
#include "store/compare.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "store/internal.h"

struct comparison {
    struct jemput_store *a, *b;
    jemput_problem_fn each;
    void *ctx;
    uint64_t problems;
};

/* Personal data stays out of reports: a row is named by where it stands in its table. */
static void problem(struct comparison *c, const char *table, const char *what, int64_t place)
{
    char text[256];

    snprintf(text, sizeof text, "table %s: row %lld in key order %s", table, (long long)place, what);
    c->problems++;
    if (c->each)
        c->each(c->ctx, text);
}

static void names_append(struct jemput_buf *sql, const struct jemput_table *table, bool key_only)
{
    bool first = true;

    for (uint16_t i = 0; i < (key_only ? table->key_count : table->column_count); i++) {
        const struct jemput_column *column = &table->columns[key_only ? table->key_columns[i] : i];
        if (column->generated)
            continue;
        if (!first)
            jemput_buf_append_str(sql, ", ");
        jemput_buf_identifier(sql, column->name);
        first = false;
    }
}

/* All rows in key order: the same order in both, since keys collate as bytes. */
static enum jemput_status rows_prepare(sqlite3_stmt **out, struct jemput_store *store, const struct jemput_table *table, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    enum jemput_status st;

    jemput_buf_append_str(&sql, "SELECT ");
    names_append(&sql, table, true);
    jemput_buf_append_str(&sql, ", ");
    names_append(&sql, table, false);
    jemput_buf_append_str(&sql, " FROM ");
    jemput_buf_identifier(&sql, table->name);
    jemput_buf_append_str(&sql, " ORDER BY ");
    names_append(&sql, table, true);
    st = jemput_sqlite_prepare_buf(out, store->db, &sql, 0, err);
    jemput_buf_release(&sql);
    return st;
}

static int values_compare(sqlite3_stmt *a, sqlite3_stmt *b, int from, int to)
{
    int order = 0;

    for (int i = from; order == 0 && i < to; i++) {
        struct jemput_value x, y;
        jemput_value_from_column(&x, a, i);
        jemput_value_from_column(&y, b, i);
        order = jemput_value_compare(&x, &y);
    }
    return order;
}

static enum jemput_status step(sqlite3_stmt *stmt, bool *row, struct jemput_error *err)
{
    int rc = sqlite3_step(stmt);

    *row = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(sqlite3_db_handle(stmt), rc, err, "compare rows");
}

/* Two sorted lists in step: what stands in one only, and what differs. `keys` leading columns are the key. */
static enum jemput_status lists_compare(struct comparison *c, sqlite3_stmt *a, sqlite3_stmt *b, int keys, const char *name, struct jemput_error *err)
{
    int64_t place = 0;
    bool in_a, in_b;
    enum jemput_status st = step(a, &in_a, err);

    if (!st)
        st = step(b, &in_b, err);
    while (!st && (in_a || in_b)) {
        int order = !in_b ? -1 : !in_a ? 1 : values_compare(a, b, 0, keys);

        place++;
        if (order < 0)
            problem(c, name, "is here and not in the logs", place);
        else if (order > 0)
            problem(c, name, "is in the logs and not here", place);
        else if (values_compare(a, b, keys, sqlite3_column_count(a)) != 0)
            problem(c, name, "is here with other values than in the logs", place);
        if (order <= 0)
            st = step(a, &in_a, err);
        if (!st && order >= 0)
            st = step(b, &in_b, err);
    }
    return st;
}

static enum jemput_status table_compare(struct comparison *c, const struct jemput_table *table, struct jemput_error *err)
{
    sqlite3_stmt *a = NULL, *b = NULL;
    enum jemput_status st = rows_prepare(&a, c->a, table, err);

    if (!st)
        st = rows_prepare(&b, c->b, table, err);
    if (!st)
        st = lists_compare(c, a, b, table->key_count, table->name, err);
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    return st;
}

/* Conflicts, held rows and tombstones: the state of each row that has one. */
static enum jemput_status states_compare(struct comparison *c, struct jemput_error *err)
{
    static const char sql[] = "SELECT tbl, key, state FROM jemput_row WHERE state IS NOT NULL ORDER BY tbl, key";
    sqlite3_stmt *a = NULL, *b = NULL;
    enum jemput_status st = jemput_sqlite_prepare(&a, c->a->db, sql, 0, err);

    if (!st)
        st = jemput_sqlite_prepare(&b, c->b->db, sql, 0, err);
    if (!st)
        st = lists_compare(c, a, b, 2, "jemput_row", err);
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    return st;
}

enum jemput_status jemput_store_compare(struct jemput_store *a, struct jemput_store *b, jemput_problem_fn each, void *ctx, uint64_t *problems,
                                        struct jemput_error *err)
{
    struct comparison c = { .a = a, .b = b, .each = each, .ctx = ctx };
    enum jemput_status st = jemput_catalog_refresh(a, err);

    if (!st)
        st = jemput_catalog_refresh(b, err);
    for (uint32_t id = 1; !st && id <= jemput_store_table_count(a); id++) {
        if (!jemput_store_table(b, id))
            problem(&c, jemput_store_table(a, id)->name, "cannot be compared: the logs do not have the table", 0);
        else
            st = table_compare(&c, jemput_store_table(a, id), err);
    }
    if (!st)
        st = states_compare(&c, err);
    if (!st)
        *problems = c.problems;
    return st;
}
