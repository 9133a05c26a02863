/* store/file/app_fail.c — what a failed call of SQLite's means when it is the app's own SQL: a constraint that holds is no damage of the file, and a
 * slip in the SQL is the app's. Of the engine's own connection: jemput_sqlite_fail(). */
#include "store/file/app_fail.h"

#include "store/internal.h"

static enum jemput_status app_status(int rc)
{
    if (rc == SQLITE_IOERR_SHORT_READ || rc == SQLITE_IOERR_DATA) /* the file ends before it should, or a page is not what was sealed */
        return JEMPUT_CORRUPT;
    if (rc == SQLITE_IOERR_NOMEM)
        return JEMPUT_NOMEM;
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return JEMPUT_OK;
    case SQLITE_CONSTRAINT:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return JEMPUT_DENIED;
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_MISMATCH:
        return JEMPUT_MISUSE;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_SCHEMA:
        return JEMPUT_BUSY;
    case SQLITE_FULL:
        return JEMPUT_FULL;
    case SQLITE_TOOBIG:
        return JEMPUT_LIMIT;
    case SQLITE_INTERRUPT:
    case SQLITE_ABORT: /* its transaction was rolled back under it */
        return JEMPUT_CANCELLED;
    case SQLITE_NOMEM:
        return JEMPUT_NOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return JEMPUT_CORRUPT;
    default: /* SQLITE_IOERR, SQLITE_CANTOPEN, and what SQLite has never told an app yet */
        return JEMPUT_IO;
    }
}

enum jemput_status jemput_store_app_fail(struct jemput_store *store, int rc, struct jemput_error *err)
{
    bool its_last = (sqlite3_errcode(store->app) & 0xff) == (rc & 0xff);
    enum jemput_status st = app_status(its_last && rc == (rc & 0xff) ? sqlite3_extended_errcode(store->app) : rc);

    return st ? jemput_fail(err, st, "%s", its_last ? sqlite3_errmsg(store->app) : sqlite3_errstr(rc)) : JEMPUT_OK;
}
