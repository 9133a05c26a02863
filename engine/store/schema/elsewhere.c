/* store/schema/elsewhere.c — what a migration makes, made once more where the app's own functions are not. See elsewhere.h. */
#include "store/schema/elsewhere.h"

#define SEEN "jemput_seen" /* texts that were there before */

static void nothing(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    (void)argc, (void)argv;
    sqlite3_result_null(context);
}

/* CREATE texts of tables and indexes, tables first: type = 'table', name, its table's, text. */
static enum jemput_status creates_prepare(sqlite3_stmt **out, sqlite3 *db, struct jemput_error *err)
{
    return jemput_sqlite_prepare(out, db,
                                 "SELECT type = 'table', name, tbl_name, sql FROM main.sqlite_schema WHERE type IN ('table', 'index') AND sql IS NOT "
                                 "NULL ORDER BY type DESC, rowid",
                                 0, err);
}

static const char *column_text(sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    return text ? text : "";
}

static bool is_apps(const char *table)
{
    return sqlite3_strnicmp(table, "jemput_", 7) != 0 && sqlite3_strnicmp(table, "sqlite_", 7) != 0;
}

enum jemput_status jemput_elsewhere_open(sqlite3 **out, sqlite3 *db, struct jemput_error *err)
{
    sqlite3_stmt *creates = NULL, *note = NULL;
    enum jemput_status st = JEMPUT_OK;
    int rc = sqlite3_open_v2(":memory:", out, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXRESCODE, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_create_function(*out, "jemput_id", 0, SQLITE_UTF8 | SQLITE_INNOCUOUS, NULL, nothing, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_create_function(*out, "jemput_serial", 1, SQLITE_UTF8 | SQLITE_INNOCUOUS, NULL, nothing, NULL, NULL);
    if (rc != SQLITE_OK)
        return jemput_sqlite_fail(*out, rc, err, "open a database in memory");
    st = jemput_sqlite_exec(*out, "CREATE TABLE " SEEN "(sql TEXT)", "note the schema", err);
    if (!st)
        st = jemput_sqlite_prepare(&note, *out, "INSERT INTO " SEEN " VALUES(?)", 0, err);
    if (!st)
        st = creates_prepare(&creates, db, err);
    while (!st && (rc = sqlite3_step(creates)) == SQLITE_ROW) {
        sqlite3_bind_text(note, 1, column_text(creates, 3), -1, SQLITE_TRANSIENT);
        if (sqlite3_step(note) != SQLITE_DONE)
            st = jemput_sqlite_fail(*out, sqlite3_errcode(*out), err, "note the schema");
        sqlite3_reset(note);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(db, rc, err, "read the schema");
    sqlite3_finalize(creates);
    sqlite3_finalize(note);
    return st;
}

static enum jemput_status is_there(sqlite3 *elsewhere, const char *sql, const char *text, bool *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, elsewhere, sql, 0, err);
    int rc;

    if (st)
        return st;
    sqlite3_bind_text(stmt, 1, text, -1, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    *out = rc == SQLITE_ROW;
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(elsewhere, rc, err, "look for a table");
}

/* Once: what a virtual table keeps its content in comes with it. */
static enum jemput_status make(sqlite3 *elsewhere, const char *name, const char *sql, struct jemput_error *err)
{
    bool there = false;
    enum jemput_status st = is_there(elsewhere, "SELECT 1 FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE", name, &there, err);
    int rc;

    if (st || there)
        return st;
    rc = sqlite3_exec(elsewhere, sql, NULL, NULL, NULL);
    if ((rc & 0xff) == SQLITE_ERROR)
        return jemput_fail(err, JEMPUT_DENIED, "no other device could make '%s': %s", name, sqlite3_errmsg(elsewhere));
    return rc == SQLITE_OK ? JEMPUT_OK : jemput_sqlite_fail(elsewhere, rc, err, "try a migration");
}

/* The table of an index, whether it is news or not. */
static enum jemput_status make_table(sqlite3 *elsewhere, sqlite3 *db, const char *name, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, db, "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?1", 0, err);
    int rc;

    if (st)
        return st;
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        st = make(elsewhere, name, column_text(stmt, 0), err);
    else if (rc != SQLITE_DONE)
        st = jemput_sqlite_fail(db, rc, err, "read the schema");
    sqlite3_finalize(stmt);
    return st;
}

enum jemput_status jemput_elsewhere_check(sqlite3 *elsewhere, sqlite3 *db, const char *table, struct jemput_error *err)
{
    sqlite3_stmt *creates = NULL;
    enum jemput_status st = creates_prepare(&creates, db, err);
    int rc = SQLITE_DONE;

    while (!st && (rc = sqlite3_step(creates)) == SQLITE_ROW) {
        const char *name = column_text(creates, 1), *of = column_text(creates, 2), *sql = column_text(creates, 3);
        bool wanted = is_apps(of), old = false;

        if (wanted && table)
            wanted = sqlite3_stricmp(of, table) == 0;
        else if (wanted)
            st = is_there(elsewhere, "SELECT 1 FROM " SEEN " WHERE sql = ?1", sql, &old, err);
        if (!st && wanted && !old && !sqlite3_column_int(creates, 0))
            st = make_table(elsewhere, db, of, err);
        if (!st && wanted && !old)
            st = make(elsewhere, name, sql, err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(db, rc, err, "read the schema");
    sqlite3_finalize(creates);
    return st;
}
