/* store/schema/migration.c — schema changes made here: who may make them, jemput_migrate(), and keeping them until a control segment carries them. */
#include <string.h>

#include "store/file/layout.h"
#include "store/schema/elsewhere.h"
#include "store/schema/schema.h"

/* --- savepoints --- */

enum jemput_status jemput_savepoint_open(struct jemput_capture *c, struct jemput_error *err)
{
    return jemput_sqlite_exec(c->db, "SAVEPOINT jemput_schema", "call it in a SELECT of its own", err);
}

enum jemput_status jemput_savepoint_close(struct jemput_capture *c, enum jemput_status st, struct jemput_error *err)
{
    if (!st)
        st = jemput_sqlite_exec(c->db, "RELEASE jemput_schema", "keep the schema", err);
    if (st && !sqlite3_get_autocommit(c->db))
        sqlite3_exec(c->db, "ROLLBACK TO jemput_schema; RELEASE jemput_schema", NULL, NULL, NULL);
    return st;
}

/* --- migrations made here --- */

enum jemput_status jemput_migration_allowed(const struct jemput_capture *c, struct jemput_error *err)
{
    if (!c->captures)
        return JEMPUT_OK; /* a schema run was allowed by whoever started it */
    if (!c->hooks->may_migrate)
        return jemput_fail(err, JEMPUT_DENIED, "this device may not change the schema: ask an administrator's device");
    return c->hooks->may_migrate(c->hooks->ctx, err);
}

enum jemput_status jemput_migration_add(struct jemput_capture *c, const char *sql, size_t len, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_exec(c->db,
                                               "INSERT INTO main.jemput_fact(name, value) VALUES('" JEMPUT_FACT_SCHEMA_VERSION "', 1) "
                                               "ON CONFLICT(name) DO UPDATE SET value = value + 1",
                                               "count the schema's version", err);

    if (!st)
        st = jemput_sqlite_prepare(&stmt, c->db,
                                   "INSERT INTO main.jemput_migration(version, sql) SELECT value, ?1 FROM main.jemput_fact "
                                   "WHERE name = '" JEMPUT_FACT_SCHEMA_VERSION "'",
                                   0, err);
    if (st)
        return st;
    sqlite3_bind_text64(stmt, 1, sql, len, SQLITE_STATIC, SQLITE_UTF8);
    if (sqlite3_step(stmt) != SQLITE_DONE)
        st = jemput_sqlite_fail(c->db, sqlite3_errcode(c->db), err, "keep the migration");
    sqlite3_finalize(stmt);
    return st;
}

/* --- jemput_migrate() --- */

static enum jemput_status migrate(struct jemput_capture *c, const char *sql, struct jemput_error *err)
{
    bool own = c->captures && !c->migrating; /* one from elsewhere has been looked at there */
    sqlite3 *elsewhere = NULL;
    enum jemput_status st = jemput_migration_allowed(c, err);

    if (!st && c->touch_count)
        st = jemput_fail(err, JEMPUT_MISUSE, "this transaction has changed rows: commit it first");
    if (!st && strlen(sql) > JEMPUT_SCHEMA_BYTES_MAX)
        st = jemput_fail(err, JEMPUT_LIMIT, "a migration has more than %d bytes", JEMPUT_SCHEMA_BYTES_MAX);
    if (!st)
        st = jemput_savepoint_open(c, err);
    if (st)
        return st;
    if (own)
        st = jemput_elsewhere_open(&elsewhere, c->db, err);
    if (!st)
        st = jemput_schema_change(c, sql, own, err);
    if (!st && own)
        st = jemput_elsewhere_check(elsewhere, c->db, NULL, err);
    if (!st && own)
        st = jemput_migration_add(c, sql, strlen(sql), err);
    sqlite3_close(elsewhere);
    return jemput_savepoint_close(c, st, err);
}

void jemput_migrate_function(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    struct jemput_capture *c = sqlite3_user_data(context);
    const char *sql = (const char *)sqlite3_value_text(argv[0]);
    struct jemput_traces traces = jemput_traces_take(c->db);
    struct jemput_error err;
    enum jemput_status st;

    (void)argc;
    c->internal++;
    st = sql ? migrate(c, sql, &err) : jemput_fail(&err, JEMPUT_MISUSE, "the SQL is missing");
    c->internal--;
    jemput_traces_restore(c, traces);
    if (st) {
        jemput_wrap(&err, "jemput_migrate");
        jemput_result_error(context, &err);
    }
}

/* --- migrations to be sent --- */

enum jemput_status jemput_store_migration_next(struct jemput_store *store, struct jemput_arena *arena, struct jemput_bytes *sql, uint32_t *version,
                                               struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT version, sql FROM jemput_migration WHERE NOT sealed ORDER BY version LIMIT 1", err);
    struct jemput_value text;
    struct jemput_bytes copy = { 0 };
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        jemput_value_from_column(&text, stmt, 1);
        copy = jemput_arena_copy(arena, text.bytes);
        if (!copy.data)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a migration");
        else
            *version = (uint32_t)sqlite3_column_int64(stmt, 0);
    } else if (rc != SQLITE_DONE) {
        st = jemput_sqlite_fail(store->db, rc, err, "read migrations");
    }
    sqlite3_reset(stmt);
    if (!st)
        *sql = copy;
    return st;
}

enum jemput_status jemput_store_migration_sealed(struct jemput_store *store, uint32_t version, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "UPDATE jemput_migration SET sealed = 1 WHERE version = ?", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, version);
    jemput_feed_all(store); /* the app's connection ran it, and may have brought rows of the schema's own */
    return jemput_store_step_done(store, stmt, err);
}

/* --- migrations that ran here --- */

enum jemput_status jemput_store_migration_keep(struct jemput_store *store, struct jemput_bytes sql, uint32_t version, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "INSERT OR IGNORE INTO jemput_migration(version, sql, sealed) VALUES(?, ?, 1)", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, version);
    sqlite3_bind_text64(stmt, 2, (const char *)sql.data, sql.len, SQLITE_STATIC, SQLITE_UTF8);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_store_migration_find(struct jemput_store *store, uint32_t version, struct jemput_bytes *sql, struct jemput_arena *arena,
                                               struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT sql FROM jemput_migration WHERE version = ?", err);
    struct jemput_value text;
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, version);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        jemput_value_from_column(&text, stmt, 0);
        *sql = jemput_arena_copy(arena, text.bytes);
        if (!sql->data)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a migration");
    } else if (rc == SQLITE_DONE) {
        st = jemput_fail(err, JEMPUT_NOTFOUND, "no migration to version %u", (unsigned)version);
    } else {
        st = jemput_sqlite_fail(store->db, rc, err, "read migrations");
    }
    sqlite3_reset(stmt);
    return st;
}

enum jemput_status jemput_store_migrations_forget(struct jemput_store *store, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "DELETE FROM jemput_migration WHERE sealed", err);

    return stmt ? jemput_store_step_done(store, stmt, err) : err->status;
}
