/* sidefile.c — see sidefile.h. */
#define _GNU_SOURCE
#include "sidefile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define WAIT_MS 10000

int sidefile_open(struct sqlite3 **out, const char *path, const char *sql, struct trouble *why)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct sqlite3 *db = NULL;

    *out = NULL;
    if (fd == -1)
        return trouble_set(why, TROUBLE_BROKEN, "%s: %s", path, strerror(errno));
    close(fd);
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
