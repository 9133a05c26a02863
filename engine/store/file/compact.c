/* store/file/compact.c — room that was freed given back, and what stood there overwritten. See compact.h. */
#include "store/file/compact.h"

#include "store/internal.h"

#define PAGES_AT_ONCE "64" /* a quarter of a megabyte: the app waits so long */
#define PAUSE_MS 2         /* then it comes in: it looks each millisecond (file.c) */
#define FREE_PART 16 /* of the file */

enum jemput_status jemput_store_wipe_freed(struct jemput_store *store, bool on, struct jemput_error *err)
{
    return jemput_sqlite_exec(store->db, on ? "PRAGMA secure_delete=ON" : "PRAGMA secure_delete=OFF", "configure", err);
}

enum jemput_status jemput_store_compact_some(struct jemput_store *store, bool *more, struct jemput_error *err)
{
    int64_t before = 0, after = 0;
    enum jemput_status st = jemput_sqlite_number(store->db, "PRAGMA freelist_count", &before, err);

    if (!st && before)
        st = jemput_sqlite_exec(store->db, "PRAGMA incremental_vacuum(" PAGES_AT_ONCE ")", "give room back", err);
    if (!st)
        st = jemput_sqlite_number(store->db, "PRAGMA freelist_count", &after, err);
    *more = !st && after && after < before; /* a file made without auto_vacuum keeps its free pages, and uses them again */
    if (*more)
        sqlite3_sleep(PAUSE_MS);
    return st;
}

enum jemput_status jemput_store_compact_due(struct jemput_store *store, bool *due, struct jemput_error *err)
{
    int64_t free = 0, all = 0, vacuum = 0;
    enum jemput_status st = jemput_store_look(store, "PRAGMA freelist_count", "count free pages", &free, err);

    if (!st)
        st = jemput_store_look(store, "PRAGMA page_count", "count pages", &all, err);
    if (!st)
        st = jemput_store_look(store, "PRAGMA auto_vacuum", "look for a way to give room back", &vacuum, err);
    *due = !st && vacuum && free > all / FREE_PART;
    return st;
}

enum jemput_status jemput_store_size(struct jemput_store *store, uint64_t *bytes, struct jemput_error *err)
{
    int64_t pages = 0, page = 0;
    enum jemput_status st = jemput_store_look(store, "PRAGMA page_count", "count pages", &pages, err);

    if (!st)
        st = jemput_store_look(store, "PRAGMA page_size", "look at a page's size", &page, err);
    *bytes = (uint64_t)pages * (uint64_t)page;
    return st;
}

enum jemput_status jemput_store_renew(struct jemput_store *store, bool *done, struct jemput_error *err)
{
    int rc = sqlite3_exec(store->db, "VACUUM", NULL, NULL, NULL);

    *done = rc == SQLITE_OK;
    return rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED ? JEMPUT_OK
                                                                                       : jemput_sqlite_fail(store->db, rc, err, "rewrite the file");
}

enum jemput_status jemput_store_log_empty(struct jemput_store *store, bool *emptied, struct jemput_error *err)
{
    int rc = sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

    *emptied = rc == SQLITE_OK;
    return rc == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "empty the log");
}
