/* store/file/compact.c — room that was freed given back, and what stood there overwritten. See compact.h. */
#include "store/file/compact.h"

#include <stdatomic.h>

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

/* --- writing the file anew, where it keeps nobody from writing for long --- */

#define GIVE_WAY_AFTER_MS 50 /* as a merge batch does */
#define LONG_WAIT_MS 120000  /* somebody may wait for a lock that this same thread holds */
#define TRY_PAUSE_MS 10      /* whoever waits looks each 5 ms at least */
#define OPS_MAX 1000         /* of SQLite's machine, between two looks: far below a millisecond */

/* Of this process: other processes' connections cannot be asked. */
static atomic_uint apps_waiting, long_locks;

bool jemput_app_waits(unsigned waited_ms)
{
    static _Thread_local unsigned excused_ms; /* of this wait: until then a long lock was held */

    excused_ms = waited_ms == 0 ? 0 : atomic_load(&long_locks) ? waited_ms : excused_ms;
    if (waited_ms >= LONG_WAIT_MS || waited_ms - excused_ms >= JEMPUT_BUSY_WAIT_MS)
        return false;
    if (waited_ms >= GIVE_WAY_AFTER_MS)
        atomic_fetch_add(&apps_waiting, 1);
    return true;
}

void jemput_store_long_lock(bool begins)
{
    if (begins)
        atomic_fetch_add(&long_locks, 1);
    else
        atomic_fetch_sub(&long_locks, 1);
}

void jemput_app_waited(unsigned waited_ms)
{
    if (waited_ms >= GIVE_WAY_AFTER_MS)
        atomic_fetch_sub(&apps_waiting, 1);
}

struct renewing {
    int (*act)(sqlite3 *db);
    const char *what;
    unsigned wait_ms; /* for others */
    unsigned tries;   /* then the app has much to do now, and another sync does it */
};
struct renewal {
    struct jemput_store *store;
    const struct renewing *of;
    uint64_t since_ms; /* nobody else had the lock then */
    unsigned waited_ms;
    bool stopped;
};

static int renewal_waits(void *ctx, int times)
{
    struct renewal *r = ctx;

    (void)times;
    r->stopped = r->store->stop && r->store->stop(r->store->stop_ctx);
    if (r->stopped || r->waited_ms >= r->of->wait_ms)
        return 0;
    sqlite3_sleep(PAUSE_MS);
    r->waited_ms += PAUSE_MS;
    r->since_ms = r->store->env->monotonic_ms(r->store->env);
    return 1;
}

static int renewal_ends(void *ctx)
{
    struct renewal *r = ctx;

    r->stopped = r->store->stop && r->store->stop(r->store->stop_ctx);
    return r->stopped || atomic_load(&apps_waiting) > 0;
}

/* One try. What it does is given up at once where somebody has waited for long enough. */
static int renewal_try(struct renewal *r)
{
    struct jemput_store *store = r->store;
    int rc;

    r->since_ms = store->env->monotonic_ms(store->env);
    r->waited_ms = 0;
    sqlite3_busy_handler(store->db, renewal_waits, r);
    sqlite3_progress_handler(store->db, OPS_MAX, renewal_ends, r);
    jemput_store_long_lock(true);
    rc = r->of->act(store->db) & 0xff;
    jemput_store_long_lock(false);
    sqlite3_progress_handler(store->db, 0, NULL, NULL);
    sqlite3_busy_timeout(store->db, JEMPUT_BUSY_WAIT_MS);
    jemput_store_lock_took(store, store->env->monotonic_ms(store->env) - r->since_ms);
    return rc;
}

static bool gave_way(int rc)
{
    return rc == SQLITE_BUSY || rc == SQLITE_LOCKED || rc == SQLITE_INTERRUPT;
}

static enum jemput_status renewal_do(struct jemput_store *store, const struct renewing *of, bool *done, struct jemput_error *err)
{
    struct renewal r = { .store = store, .of = of };
    int rc = SQLITE_BUSY;

    for (unsigned i = 0; i < of->tries && gave_way(rc); i++) {
        if (i)
            sqlite3_sleep(TRY_PAUSE_MS);
        rc = renewal_try(&r);
        if (r.stopped)
            return jemput_fail(err, JEMPUT_CANCELLED, "cancelled; what was done so far is kept");
    }
    *done = rc == SQLITE_OK;
    return *done || gave_way(rc) ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, of->what);
}

static int file_renew(sqlite3 *db)
{
    return sqlite3_exec(db, "VACUUM", NULL, NULL, NULL);
}

enum jemput_status jemput_store_renew(struct jemput_store *store, bool *done, struct jemput_error *err)
{
    const struct renewing renewing = { .act = file_renew, .what = "rewrite the file", .wait_ms = JEMPUT_BUSY_WAIT_MS, .tries = 3 };

    return renewal_do(store, &renewing, done, err);
}

static int log_truncate(sqlite3 *db)
{
    return sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

/* Who waits for readers to end holds the lock meanwhile. */
enum jemput_status jemput_store_log_empty(struct jemput_store *store, bool *emptied, struct jemput_error *err)
{
    const struct renewing emptying = { .act = log_truncate, .what = "empty the log", .wait_ms = GIVE_WAY_AFTER_MS / 2, .tries = 20 };

    sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL); /* what that leaves, the next does under the lock */
    return renewal_do(store, &emptying, emptied, err);
}
