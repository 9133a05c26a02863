/* store/compare.c — comparing what two stores hold. See compare.h. */
#include "store/compare.h"

#include <string.h>

#include "base/limits.h"
#include "store/check.h"

struct comparison {
    struct jemput_store *a, *b;
    struct jemput_tally tally;
    struct jemput_buf key; /* scratch */
};

struct list { /* how to tell of two sorted lists */
    const char *table;
    int keys;   /* so many leading columns are the key */
    bool keyed; /* and it is the app's */
    const char *only_a, *only_b, *differs;
};

/* The row that `stmt` stands on; its key is named if it is random ids. */
static enum jemput_status problem(struct comparison *c, const struct list *l, const char *what, sqlite3_stmt *stmt, uint64_t place,
                                  struct jemput_error *err)
{
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    enum jemput_status st = JEMPUT_OK;

    jemput_buf_clear(&c->key);
    for (int i = 0; l->keyed && i < l->keys; i++)
        jemput_value_from_column(&values[i], stmt, i);
    if (l->keyed)
        st = jemput_key_write(&c->key, values, (unsigned)l->keys, err);
    if (st == JEMPUT_DENIED || st == JEMPUT_LIMIT) /* no key at all */
        st = JEMPUT_OK;
    return st ? st : jemput_tally_add(&c->tally, l->table, what, jemput_buf_bytes(&c->key), place, err);
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

/* Two sorted lists in step: what stands in one only, and what differs. */
static enum jemput_status lists_compare(struct comparison *c, sqlite3_stmt *a, sqlite3_stmt *b, const struct list *l, struct jemput_error *err)
{
    uint64_t place = 0;
    bool in_a, in_b = false;
    enum jemput_status st = step(a, &in_a, err);

    if (!st)
        st = step(b, &in_b, err);
    while (!st && (in_a || in_b)) {
        int order = !in_b ? -1 : !in_a ? 1 : values_compare(a, b, 0, l->keys);
        const char *what = order < 0 ? l->only_a : order > 0 ? l->only_b : NULL;

        place++;
        if (order == 0 && values_compare(a, b, l->keys, sqlite3_column_count(a)) != 0)
            what = l->differs;
        if (what)
            st = problem(c, l, what, order <= 0 ? a : b, place, err);
        if (!st && order <= 0)
            st = step(a, &in_a, err);
        if (!st && order >= 0)
            st = step(b, &in_b, err);
    }
    return st;
}

static enum jemput_status table_compare(struct comparison *c, const struct jemput_table *table, struct jemput_error *err)
{
    struct list list = { table->name, table->key_count, true, "a row is here and not in the logs", "a row is in the logs and not here",
                         "a row is here with other values than in the logs" };
    sqlite3_stmt *a = NULL, *b = NULL;
    enum jemput_status st = rows_prepare(&a, c->a, table, err);

    if (!st)
        st = rows_prepare(&b, c->b, table, err);
    if (!st)
        st = lists_compare(c, a, b, &list, err);
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    return st;
}

static enum jemput_status list_compare(struct comparison *c, const char *sql, const struct list *list, struct jemput_error *err)
{
    sqlite3_stmt *a = NULL, *b = NULL;
    enum jemput_status st = jemput_sqlite_prepare(&a, c->a->db, sql, 0, err);

    if (!st)
        st = jemput_sqlite_prepare(&b, c->b->db, sql, 0, err);
    if (!st)
        st = lists_compare(c, a, b, list, err);
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    return st;
}

/* Conflicts, held rows and tombstones: the state of each row that has one. */
static enum jemput_status states_compare(struct comparison *c, struct jemput_error *err)
{
    static const struct list list = { "jemput_row", 2, false, "a row has a conflict, is held or deleted here and not in the logs",
                                      "a row has a conflict, is held or deleted in the logs and not here",
                                      "a row's conflict or deletion is another in the logs" };

    return list_compare(c, "SELECT tbl, key, state FROM jemput_row WHERE state IS NOT NULL ORDER BY tbl, key", &list, err);
}

/* What each segment had seen. Both stores have registered the segments in one order, so that lines have the same numbers. */
static enum jemput_status contexts_compare(struct comparison *c, struct jemput_error *err)
{
    static const struct list list = { "jemput_segment", 1, false, "a segment is here and not in the logs", "a segment is in the logs and not here",
                                      "what a segment had seen is another in the logs" };

    return list_compare(c,
                        "SELECT s.hash, s.number, s.line, s.context_whole, s.frontier_whole, c.lines, f.lines FROM jemput_segment s "
                        "LEFT JOIN jemput_context c ON c.id = s.context LEFT JOIN jemput_context f ON f.id = s.frontier ORDER BY s.hash",
                        &list, err);
}

enum jemput_status jemput_store_compare(struct jemput_store *a, struct jemput_store *b, jemput_problem_fn each, void *ctx, uint64_t *problems,
                                        struct jemput_error *err)
{
    struct comparison c = { .a = a, .b = b, .key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX) };
    enum jemput_status st = jemput_catalog_refresh(a, err);

    if (!st)
        st = jemput_catalog_refresh(b, err);
    for (uint32_t id = 1; !st && id <= jemput_store_table_count(a); id++) {
        const struct jemput_table *table = jemput_store_table(a, id);

        if (!jemput_store_table(b, id))
            st = jemput_tally_add(&c.tally, table->name, "it cannot be compared: the logs do not have the table", (struct jemput_bytes){ 0 }, 0, err);
        else
            st = table_compare(&c, table, err);
    }
    if (!st)
        st = states_compare(&c, err);
    if (!st)
        st = contexts_compare(&c, err);
    if (!st)
        *problems = jemput_tally_tell(&c.tally, each, ctx);
    jemput_buf_release(&c.key);
    jemput_tally_release(&c.tally);
    return st;
}
