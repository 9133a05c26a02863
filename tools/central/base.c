/* base.c — see base.h. */
#define _GNU_SOURCE
#include "base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "embedded.h"

#define BASE_FORMAT 3
/* For other workers' batches: SQLite gives the lock to whoever asks at the right moment, and of many one may ask in vain for long. */
#define WAIT_MS 120000

int base_run(struct sqlite3 *db, const char *sql, struct trouble *why)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) ? trouble_sqlite(why, "central.db", db) : 0;
}

int base_prepare(struct sqlite3 *db, struct sqlite3_stmt **out, const char *sql, struct trouble *why)
{
    return sqlite3_prepare_v2(db, sql, -1, out, NULL) ? trouble_sqlite(why, "central.db", db) : 0;
}

static void bind_all(struct sqlite3_stmt *stmt, const char *types, va_list args)
{
    for (int at = 1; *types; types++, at++) {
        if (*types == 'i') {
            sqlite3_bind_int64(stmt, at, va_arg(args, int64_t));
        } else if (*types == 't') {
            sqlite3_bind_text(stmt, at, va_arg(args, const char *), -1, SQLITE_TRANSIENT);
        } else {
            const void *data = va_arg(args, const void *);
            size_t len = va_arg(args, size_t);

            if (data)
                sqlite3_bind_blob64(stmt, at, data, len, SQLITE_TRANSIENT);
            else
                sqlite3_bind_null(stmt, at);
        }
    }
}

void base_bind(struct sqlite3_stmt *stmt, const char *types, ...)
{
    va_list args;

    sqlite3_reset(stmt);
    va_start(args, types);
    bind_all(stmt, types, args);
    va_end(args);
}

int base_step(struct sqlite3 *db, struct sqlite3_stmt *stmt, struct trouble *why)
{
    int rc = sqlite3_step(stmt);

    if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
        trouble_sqlite(why, "central.db", db);
        sqlite3_reset(stmt);
        return -1;
    }
    sqlite3_reset(stmt);
    return 0;
}

int base_do(struct sqlite3 *db, const char *sql, struct trouble *why, bool *row, int64_t *number, const char *types, ...)
{
    struct sqlite3_stmt *stmt;
    va_list args;
    int rc;

    if (base_prepare(db, &stmt, sql, why))
        return -1;
    va_start(args, types);
    bind_all(stmt, types, args);
    va_end(args);
    rc = sqlite3_step(stmt);
    if (row)
        *row = rc == SQLITE_ROW;
    if (number)
        *number = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    if (rc != SQLITE_DONE && rc != SQLITE_ROW)
        trouble_sqlite(why, "central.db", db);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : -1;
}

/* A central.db of an earlier format: what it does not hold yet comes with the next round. */
static const char from_1[] =
    "ALTER TABLE device_ ADD COLUMN key_turn INTEGER NOT NULL DEFAULT 0; ALTER TABLE device_ ADD COLUMN version TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE device_ ADD COLUMN store_mib INTEGER NOT NULL DEFAULT -1; ALTER TABLE device_ ADD COLUMN free_mib INTEGER NOT NULL DEFAULT -1;"
    "ALTER TABLE space ADD COLUMN left_ms INTEGER; DELETE FROM list_ WHERE name = 'devices'; PRAGMA user_version = 2";
static const char from_2[] =
    "ALTER TABLE refused_ ADD COLUMN gone INTEGER NOT NULL DEFAULT 0; DELETE FROM list_ WHERE name = 'refused'; PRAGMA user_version = 3";

/* Two programs may find the file empty at once: the second one sees the tables of the first. */
static int tables_make(struct sqlite3 *db, bool make, struct trouble *why)
{
    int64_t format = 0;
    int rc = base_do(db, "PRAGMA user_version", why, NULL, &format, "");

    if (rc || format == BASE_FORMAT)
        return rc;
    if (format > BASE_FORMAT || (format == 0 && !make))
        return trouble_set(why, TROUBLE_BROKEN, "central.db: format %lld is not one that this version knows", (long long)format);
    if (base_run(db, "BEGIN IMMEDIATE", why))
        return -1;
    rc = base_do(db, "PRAGMA user_version", why, NULL, &format, "");
    if (!rc && format == 0)
        rc = base_run(db, embedded_base, why);
    if (!rc && format == 1)
        rc = base_run(db, from_1, why);
    if (!rc && (format == 1 || format == 2))
        rc = base_run(db, from_2, why);
    if (rc)
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return rc ? rc : base_run(db, "COMMIT", why);
}

int base_file_make(const char *path, struct trouble *why)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat st;

    if (fd != -1)
        close(fd);
    else if (errno != EEXIST || lstat(path, &st))
        return trouble_set(why, TROUBLE_BROKEN, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        return trouble_set(why, TROUBLE_BROKEN, "%s: not a plain file", path);
    return 0;
}

int base_open(struct sqlite3 **out, const char *path, bool make, bool reads_only, struct trouble *why)
{
    struct sqlite3 *db = NULL;

    *out = NULL;
    if (make && base_file_make(path, why))
        return -1;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL)) {
        trouble_set(why, TROUBLE_BROKEN, "%s: %s", path, db ? sqlite3_errmsg(db) : "no memory");
        sqlite3_close(db);
        return -1;
    }
    sqlite3_busy_timeout(db, WAIT_MS);
    sqlite3_extended_result_codes(db, 1);
    if (base_run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF; PRAGMA secure_delete = ON;"
                     "PRAGMA trusted_schema = OFF; PRAGMA cache_size = -8192", why) ||
        tables_make(db, make, why) || (reads_only && base_run(db, "PRAGMA query_only = 1", why))) {
        sqlite3_close(db);
        return -1;
    }
    *out = db;
    return 0;
}

void base_close(struct sqlite3 *db)
{
    sqlite3_close(db);
}
