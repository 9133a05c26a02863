/* sidefile.c — see sidefile.h. */
#include "sidefile.h"

#define WAIT_MS 10000

int sidefile_open(struct sqlite3 **out, const char *path, const char *sql, struct trouble *why)
{
    struct sqlite3 *db = NULL;

    *out = NULL;
    if (base_file_make(path, why))
        return -1;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL)) {
        trouble_set(why, TROUBLE_BROKEN, "%s: %s", path, db ? sqlite3_errmsg(db) : "no memory");
        sqlite3_close(db);
        return -1;
    }
    sqlite3_busy_timeout(db, WAIT_MS);
    if (base_run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON", why) ||
        base_run(db, sql, why)) {
        sqlite3_close(db);
        return -1;
    }
    *out = db;
    return 0;
}
