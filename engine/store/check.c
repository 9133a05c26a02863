/* store/check.c — is the store what it should be: the file, the triggers, and rows against merge state and pending transactions. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "store/apply.h"
#include "store/capture.h"

struct checking {
    struct jemput_batch b;
    jemput_problem_fn each;
    void *ctx;
    uint64_t problems;
    struct jemput_row_names pending; /* rows that pending transactions name, sorted */
};

static void JEMPUT_PRINTF(2, 3) report(struct checking *c, const char *fmt, ...)
{
    va_list args;
    char line[512];

    va_start(args, fmt);
    sqlite3_vsnprintf(sizeof line, line, fmt, args);
    va_end(args);
    c->problems++;
    if (c->each)
        c->each(c->ctx, line);
}

/* --- the file --- */

static enum jemput_status check_file(struct checking *c, struct jemput_error *err)
{
    struct jemput_store *store = c->b.store;
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, store->db, "PRAGMA integrity_check", 0, err);
    int rc = SQLITE_DONE;

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(stmt, 0);

        if (!text)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory");
        else if (strcmp(text, "ok") != 0)
            report(c, "file: %s", text);
    }
    if (!st && rc != SQLITE_DONE && (rc & 0xff) != SQLITE_CORRUPT)
        st = jemput_sqlite_fail(store->db, rc, err, "check the file");
    else if (!st && rc != SQLITE_DONE)
        report(c, "file: %s", sqlite3_errmsg(store->db));
    sqlite3_finalize(stmt);
    return st;
}

static enum jemput_status check_triggers(struct checking *c, struct jemput_error *err)
{
    struct jemput_capture *capture = c->b.store->db_capture;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t id = 1; !st && capture && id <= c->b.appliers->count; id++) {
        bool in_place = false;

        st = jemput_capture_load(capture, id, err);
        if (!st)
            st = jemput_triggers_check(c->b.store->db, capture->tables[id - 1], &in_place, err);
        if (!st && !in_place)
            report(c, "table '%s': its capture triggers are missing or changed", c->b.appliers->of[id - 1].table->name);
    }
    return st;
}

/* --- rows --- */

static int name_compare(const void *left, const void *right)
{
    const struct jemput_row_name *a = left, *b = right;

    if (a->applier != b->applier)
        return a->applier->table->id < b->applier->table->id ? -1 : 1;
    return jemput_bytes_compare(a->key, b->key);
}

static bool pending_has(const struct checking *c, struct jemput_applier *a, struct jemput_bytes key)
{
    struct jemput_row_name name = { a, key };

    return c->pending.count && bsearch(&name, c->pending.names, c->pending.count, sizeof name, name_compare);
}

static enum jemput_status pending_load(struct checking *c, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    sqlite3_stmt *stmt = jemput_store_statement(c->b.store, "SELECT record FROM jemput_pending", err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && !st) {
        struct jemput_txn txn;

        jemput_arena_clear(&arena);
        st = jemput_txn_read(&txn, jemput_bytes_of(sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0)), &arena, err);
        if (st == JEMPUT_CORRUPT) {
            report(c, "a pending transaction is damaged");
            st = JEMPUT_OK;
            continue;
        }
        for (uint32_t i = 0; !st && i < txn.change_count; i++) {
            struct jemput_applier *a;

            st = jemput_applier_of(c->b.store, txn.changes[i].table, &a, err);
            if (!st)
                st = jemput_names_add(&c->pending, &c->b.arena, a, txn.changes[i].key, err);
        }
    }
    sqlite3_reset(stmt);
    jemput_arena_release(&arena);
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(c->b.store->db, rc, err, "read pending transactions");
    if (!st && c->pending.count)
        qsort(c->pending.names, c->pending.count, sizeof *c->pending.names, name_compare);
    return st;
}

/* Each row that merging says is shown must be there, one that is not shown must not; unless the app has changed that since. */
static enum jemput_status check_states(struct checking *c, struct jemput_error *err)
{
    struct jemput_store *store = c->b.store;
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, store->db,
                                                  "SELECT r.tbl, r.key, coalesce(r.state, 0), h.key IS NOT NULL FROM jemput_row r LEFT JOIN jemput_held h "
                                                  "ON h.tbl = r.tbl AND h.key = r.key",
                                                  0, err);
    int rc = SQLITE_DONE;

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct jemput_bytes key = { sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1) };
        unsigned state = (unsigned)sqlite3_column_int(stmt, 2);
        bool shown = !(state & (JEMPUT_ROW_HELD | JEMPUT_ROW_ABSENT)), found = false;
        struct jemput_applier *a;

        jemput_arena_clear(&c->b.row);
        st = jemput_applier_of(store, (uint32_t)sqlite3_column_int64(stmt, 0), &a, err);
        if (!st)
            st = jemput_shown_read(store, a, key, &found, &c->b.row, err);
        if (st)
            break;
        if ((state & JEMPUT_ROW_HELD) != 0 && !sqlite3_column_int(stmt, 3))
            report(c, "table '%s': a held row has no reason", a->table->name);
        if (found != shown && !pending_has(c, a, key))
            report(c, found ? "table '%s': a row is there that merging does not show" : "table '%s': a row that merging shows is missing", a->table->name);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "read row states");
    sqlite3_finalize(stmt);
    return st;
}

static enum jemput_status keys_statement(sqlite3_stmt **out, struct jemput_store *store, const struct jemput_table *t, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT((size_t)64 * 1024);
    enum jemput_status st;

    jemput_buf_append_str(&sql, "SELECT ");
    for (uint8_t i = 0; i < t->key_count; i++) {
        jemput_buf_append_str(&sql, i ? ", " : "");
        jemput_buf_identifier(&sql, t->columns[t->key_columns[i]].name);
    }
    jemput_buf_append_str(&sql, " FROM main.");
    jemput_buf_identifier(&sql, t->name);
    st = jemput_sqlite_prepare_buf(out, store->db, &sql, 0, err);
    jemput_buf_release(&sql);
    return st;
}

/* Each row's key must be one that a log can carry. Rows that no log knows came with the schema, or were written behind capture's back: replaying
 * the logs (compare.h) tells the two apart. */
static enum jemput_status check_table(struct checking *c, struct jemput_applier *a, struct jemput_error *err)
{
    struct jemput_buf key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    sqlite3_stmt *stmt;
    enum jemput_status st = keys_statement(&stmt, c->b.store, a->table, err);
    int rc = SQLITE_DONE;

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        for (uint8_t i = 0; i < a->table->key_count; i++)
            jemput_value_from_column(&values[i], stmt, i);
        jemput_buf_clear(&key);
        st = jemput_key_write(&key, values, a->table->key_count, err);
        if (st == JEMPUT_DENIED) { /* a NULL: capture refuses it */
            report(c, "table '%s': a row has a NULL in its key", a->table->name);
            st = JEMPUT_OK;
            continue;
        }
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(c->b.store->db, rc, err, "read keys");
    sqlite3_finalize(stmt);
    jemput_buf_release(&key);
    return st;
}

enum jemput_status jemput_store_check(struct jemput_store *store, jemput_problem_fn each, void *ctx, uint64_t *problems, struct jemput_error *err)
{
    struct checking c = { .each = each, .ctx = ctx };
    enum jemput_status st = jemput_catalog_refresh(store, err);

    if (!st)
        st = jemput_batch_begin(&c.b, store, err);
    if (!st)
        st = check_file(&c, err);
    if (!st)
        st = check_triggers(&c, err);
    if (!st)
        st = pending_load(&c, err);
    if (!st)
        st = check_states(&c, err);
    for (uint32_t i = 0; !st && i < c.b.appliers->count; i++)
        st = check_table(&c, &c.b.appliers->of[i], err);
    jemput_batch_release(&c.b);
    if (st)
        return st;
    *problems = c.problems;
    return JEMPUT_OK;
}
