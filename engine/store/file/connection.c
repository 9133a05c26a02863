/* store/file/connection.c — what a connection needs besides the virtual tables: its own statements, its traces, taking part in transactions. */
#include "store/capture/capture.h"
#include "store/sql/eponymous.h"

/* Triggers that plain SQLite has dropped are made anew, so that nothing more goes past them; `verify` finds what did. */
static enum jemput_status table_start(struct jemput_capture *c, uint32_t id, struct jemput_error *err)
{
    bool in_place = false;
    enum jemput_status st = jemput_capture_load(c, id, err);

    if (!st)
        st = jemput_triggers_check(c->db, c->tables[id - 1], &in_place, err);
    if (st || in_place)
        return st;
    st = jemput_sqlite_exec(c->db, "BEGIN IMMEDIATE", "begin", err);
    if (!st)
        st = jemput_triggers_make(c->db, c->tables[id - 1], err);
    if (!st)
        st = jemput_sqlite_exec(c->db, "COMMIT", "commit", err);
    if (st && !sqlite3_get_autocommit(c->db))
        sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
    return st;
}

/* A table that somebody dropped or changed behind our back is damage of the file, whatever reading it says. */
enum jemput_status jemput_capture_look(struct jemput_capture *c, struct jemput_error *err)
{
    int64_t count = 0;
    enum jemput_status st = jemput_sqlite_number(c->db, "SELECT coalesce(max(id), 0) FROM jemput_table", &count, err);

    for (uint32_t id = 1; !st && id <= (uint32_t)count; id++)
        st = table_start(c, id, err);
    if (st == JEMPUT_NOTFOUND || st == JEMPUT_DENIED)
        st = err->status = JEMPUT_CORRUPT;
    return st;
}

enum jemput_status jemput_capture_start(struct jemput_capture **out, sqlite3 *db, struct jemput_env *env, const struct jemput_store_hooks *hooks,
                                        bool captures, struct jemput_error *err)
{
    struct jemput_capture *c = NULL;
    enum jemput_status st = jemput_capture_register(&c, db, err);

    if (st)
        return st;
    *out = c;
    c->env = env;
    c->hooks = hooks;
    c->captures = captures;
    c->boot_id = env->boot_id(env); /* may read a file; no connection outlives its boot */
    st = jemput_functions_register(c, err);
    for (unsigned i = 0; !st && captures && i < hooks->look_count; i++)
        st = jemput_eponymous_register(c, &hooks->looks[i], hooks->ctx, err);
    return st;
}

void jemput_capture_guard(struct jemput_capture *c)
{
    sqlite3_set_authorizer(c->db, jemput_guard, c);
}

void jemput_capture_stop(struct jemput_capture *capture)
{
    static const struct jemput_store_hooks none;

    if (!capture)
        return;
    capture->stopped = true;
    capture->hooks = &none; /* they go with the store */
    jemput_moved_release(&capture->moved);
    jemput_capture_end_statements(capture);
}

bool jemput_capture_owns(const struct jemput_capture *c, const sqlite3_stmt *stmt)
{
    for (unsigned i = 0; i < CAPTURE_STATEMENTS; i++)
        if (c->statements[i] == stmt)
            return true;
    for (uint32_t i = 0; i < c->table_count; i++) {
        const struct jemput_capture_table *t = c->tables[i];

        for (uint16_t k = 0; t && k < t->unique_count; k++)
            if (t->uniques[k].find == stmt)
                return true;
        if (t && t->read == stmt)
            return true;
    }
    return false;
}

enum jemput_status jemput_capture_statement(struct jemput_capture *c, enum jemput_capture_statement which, const char *sql, sqlite3_stmt **out,
                                            struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    if (c->statements[which]) {
        sqlite3_reset(c->statements[which]);
        sqlite3_clear_bindings(c->statements[which]);
    } else {
        c->internal++;
        st = jemput_sqlite_prepare(&c->statements[which], c->db, sql, SQLITE_PREPARE_PERSISTENT, err);
        c->internal--;
    }
    *out = c->statements[which];
    return st;
}

/* --- traces --- */

struct jemput_traces jemput_traces_take(sqlite3 *db)
{
    return (struct jemput_traces){ sqlite3_last_insert_rowid(db), sqlite3_changes64(db) };
}

/* A statement of the app that is being run sets the count itself when it ends. */
static bool writer_is_running(sqlite3 *db)
{
    for (sqlite3_stmt *s = sqlite3_next_stmt(db, NULL); s; s = sqlite3_next_stmt(db, s))
        if (sqlite3_stmt_busy(s) && !sqlite3_stmt_readonly(s))
            return true;
    return false;
}

/* There is no call to set changes(): a statement must change so many rows. One row of a temporary table is written over and over. Failing here is
 * no reason to fail a COMMIT: then changes() says 1. */
static void changes_make(struct jemput_capture *c, sqlite3_int64 changes)
{
    struct jemput_error ignored;
    sqlite3_stmt *stmt;

    c->internal++;
    if (!sqlite3_exec(c->db,
                      "CREATE TEMP TABLE IF NOT EXISTS jemput_changes(i INTEGER PRIMARY KEY); INSERT OR IGNORE INTO temp.jemput_changes VALUES(1)",
                      NULL, NULL, NULL) &&
        !jemput_capture_statement(c, CAPTURE_CHANGES,
                                  "WITH RECURSIVE n(i) AS (SELECT 1 WHERE ?1 > 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) "
                                  "INSERT INTO temp.jemput_changes(i) SELECT 1 FROM n WHERE true ON CONFLICT(i) DO UPDATE SET i = 1",
                                  &stmt, &ignored)) {
        sqlite3_bind_int64(stmt, 1, changes);
        sqlite3_step(stmt);
        sqlite3_reset(stmt);
    }
    c->internal--;
}

void jemput_traces_restore(struct jemput_capture *c, struct jemput_traces traces)
{
    if (sqlite3_changes64(c->db) != traces.changes && !writer_is_running(c->db))
        changes_make(c, traces.changes);
    if (sqlite3_last_insert_rowid(c->db) != traces.rowid)
        sqlite3_set_last_insert_rowid(c->db, traces.rowid);
}

/* --- taking part --- */

enum jemput_status jemput_capture_enlist(struct jemput_capture *c, struct jemput_error *err)
{
    struct jemput_traces traces = jemput_traces_take(c->db);
    sqlite3_stmt *stmt = NULL;
    enum jemput_status st;
    int rc = SQLITE_OK;

    c->internal++;
    st = jemput_sqlite_exec(c->db, "CREATE VIRTUAL TABLE IF NOT EXISTS temp.jemput_transaction USING \"" JEMPUT_CAPTURE_MODULE "\"(0)",
                            "take part in the transaction", err);
    if (!st)
        st = jemput_capture_statement(c, CAPTURE_ENLIST, "INSERT INTO temp.jemput_transaction(op) VALUES(0)", &stmt, err);
    if (!st) {
        rc = sqlite3_step(stmt);
        sqlite3_reset(stmt);
    }
    if (rc != SQLITE_OK && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(c->db, rc, err, "take part in the transaction");
    c->internal--;
    jemput_traces_restore(c, traces);
    return st;
}
