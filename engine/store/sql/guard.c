/* store/sql/guard.c — SQLite's authorizer: keeps the app's SQL away from our tables, and replicated tables from DDL outside of jemput_migrate().
 *
 * It guards against mistakes (an app may set an authorizer of its own instead); `verify` finds what got past it. */
#include <string.h>

#include "store/capture/capture.h"
#include "store/internal.h"
#include "store/vault/vault.h"

static bool is_ours(const char *name)
{
    return name && sqlite3_strnicmp(name, "jemput_", 7) == 0;
}

/* VACUUM fills a copy of the whole file, which it attaches under a name of its own. */
static bool is_vacuum(const char *database)
{
    return database && sqlite3_strnicmp(database, "vacuum_", 7) == 0;
}

/* SQLite's schema is asked, not c->tables: another connection may have replicated the table a moment ago. */
static bool is_replicated(const struct jemput_capture *c, const char *database, const char *name)
{
    char capture[sizeof JEMPUT_CAPTURE_PREFIX + JEMPUT_NAME_BYTES_MAX];

    if (!name || strlen(name) > JEMPUT_NAME_BYTES_MAX || (database && sqlite3_stricmp(database, "main") != 0))
        return false;
    sqlite3_snprintf(sizeof capture, capture, "%s%s", JEMPUT_CAPTURE_PREFIX, name);
    return sqlite3_table_column_metadata(c->db, "main", capture, NULL, NULL, NULL, NULL, NULL, NULL) != SQLITE_ERROR;
}

/* Rows: ours are written by us alone (statements of ours, or our triggers); a migration changes no rows, so that it is the same everywhere. */
static bool may_write(const struct jemput_capture *c, const char *database, const char *table, const char *by)
{
    if (is_ours(table))
        return is_ours(by);
    return !(c->migrating && c->captures && is_replicated(c, database, table));
}

/* Marks of the file, and what would let the app write what no other device may show. Reading them is free; ALTER TABLE ADD COLUMN … CHECK asks for a
 * quick_check of the table by itself. */
static bool may_set_pragma(const struct jemput_capture *c, const char *pragma, const char *value)
{
    if (value && c->moved.each && sqlite3_stricmp(pragma, "wal_autocheckpoint") == 0) /* it would put SQLite's hook in the place of ours */
        return false;
    return !value || sqlite3_stricmp(pragma, "quick_check") == 0 ||
           (!c->migrating && sqlite3_stricmp(pragma, "user_version") && sqlite3_stricmp(pragma, "application_id") &&
            sqlite3_stricmp(pragma, "schema_version") && sqlite3_stricmp(pragma, "ignore_check_constraints"));
}

/* Tables that hold the device's keys, and SQLite's table of raw pages, in which they lie as well. Nothing that an app is for reads them, and SQL that
 * somebody smuggled in should not, either. */
static bool is_secret(const char *table)
{
    static const char *const secret[] = { "jemput_fact", "jemput_epoch", "sqlite_dbpage" };

    for (size_t i = 0; table && i < sizeof secret / sizeof secret[0]; i++)
        if (sqlite3_stricmp(table, secret[i]) == 0)
            return true;
    return false;
}

/* What a connection may not do that was left to somebody whose SQL is not the app's own: change the schema, reach other files, change how SQLite
 * works. */
static bool is_withheld(int action, const char *value, const char *function)
{
    static const char *const makers[] = { "jemput_migrate", "jemput_replicate", "jemput_policy", "load_extension", "fts3_tokenizer" };
    bool withheld = false;

    switch (action) {
    case SQLITE_READ:
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
        return false;
    case SQLITE_PRAGMA:
        return value != NULL;
    case SQLITE_FUNCTION:
        for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
            withheld = withheld || sqlite3_stricmp(function, makers[i]) == 0;
        return withheld;
    default:
        return true;
    }
}

static bool is_allowed(const struct jemput_capture *c, int action, const char *a, const char *b, const char *database, const char *by)
{
    if (c->restricted && is_withheld(action, b, b))
        return false;
    switch (action) {
    case SQLITE_READ:
        return !is_secret(a);
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
        return may_write(c, database, a, by);
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_CREATE_TEMP_TRIGGER:
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_VIEW:
    case SQLITE_CREATE_TEMP_VIEW:
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_DROP_TRIGGER:
    case SQLITE_DROP_VIEW:
    case SQLITE_CREATE_VTABLE:
    case SQLITE_DROP_VTABLE:
        return !is_ours(a);
    case SQLITE_CREATE_INDEX:
    case SQLITE_DROP_INDEX:
        return !is_ours(a) && !is_ours(b) && (c->migrating || !is_replicated(c, database, b));
    case SQLITE_DROP_TABLE:
        return !is_ours(a) && !is_replicated(c, database, a);
    case SQLITE_ALTER_TABLE:
        return !is_ours(b) && (c->migrating || !is_replicated(c, a, b)); /* a: the database */
    case SQLITE_PRAGMA:
        return may_set_pragma(c, a, b);
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
        return !c->migrating;
    default:
        return true;
    }
}

/* --- VACUUM INTO a sealed store --- */

/* What stands before a statement's first word. */
static const char *blank_skip(const char *at)
{
    for (;;) {
        const char *end = strncmp(at, "--", 2) == 0 ? strchr(at, '\n') : strncmp(at, "/*", 2) == 0 ? strstr(at + 2, "*/") : NULL;

        if (end)
            at = end + (*at == '/' ? 2 : 1);
        else if (*at && strchr(" \t\r\n\f", *at))
            at++;
        else
            return at;
    }
}

/* VACUUM attaches its new file by a statement of its own, while it runs itself. */
static bool vacuum_runs(sqlite3 *db)
{
    for (sqlite3_stmt *s = sqlite3_next_stmt(db, NULL); s; s = sqlite3_next_stmt(db, s))
        if (sqlite3_stmt_busy(s) && sqlite3_strnicmp(blank_skip(sqlite3_sql(s)), "VACUUM", 6) == 0)
            return true;
    return false;
}

/* --- what a statement reads and writes, for moved.h --- */

static bool is_drop(int action)
{
    return action == SQLITE_DROP_TABLE || action == SQLITE_DROP_TEMP_TABLE || action == SQLITE_DROP_VTABLE || action == SQLITE_DROP_VIEW ||
           action == SQLITE_DROP_TEMP_VIEW;
}

static bool changes_schema(int action)
{
    return is_drop(action) || action == SQLITE_CREATE_TABLE || action == SQLITE_CREATE_VIEW || action == SQLITE_CREATE_VTABLE ||
           action == SQLITE_ALTER_TABLE;
}

/* SQLITE_IGNORE for a DELETE: it goes on, row by row, so that the update hook tells of it. But it is asked the same about the rows of a table that
 * is dropped, and there it means to leave the table. */
static int watch(struct jemput_capture *c, int action, const char *a, const char *b, const char *database)
{
    bool dropping = c->dropping, writes = action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE;
    const char *table = action == SQLITE_ALTER_TABLE ? b : a;

    c->dropping = is_drop(action);
    if (c->reads && action == SQLITE_READ && !c->internal && (!database || sqlite3_stricmp(database, "temp") != 0))
        jemput_moved_read(c->reads, a);
    if (!c->moved.each || !table || is_ours(table))
        return SQLITE_OK;
    if (changes_schema(action))
        jemput_moved_all(&c->moved);
    if (!writes || c->internal || !database || sqlite3_stricmp(database, "main") != 0 || sqlite3_strnicmp(table, "sqlite_", 7) == 0)
        return SQLITE_OK;
    jemput_moved_written(&c->moved, table);
    return action == SQLITE_DELETE && !dropping ? SQLITE_IGNORE : SQLITE_OK;
}

int jemput_guard(void *capture, int action, const char *a, const char *b, const char *database, const char *by)
{
    struct jemput_capture *c = capture;

    c->trigger_new = c->trigger_new || (action == SQLITE_CREATE_TRIGGER && !c->internal);
    c->nested = c->nested || (action == SQLITE_INSERT && by && !is_ours(by));
    if (action == SQLITE_ATTACH)
        jemput_vault_copy_next(c->db, vacuum_runs(c->db));
    return c->internal || is_vacuum(database) || is_allowed(c, action, a, b, database, by) ? watch(c, action, a, b, database) : SQLITE_DENY;
}

void jemput_store_restrict(struct jemput_store *store)
{
    store->app_capture->restricted = true;
}
