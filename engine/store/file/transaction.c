/* store/file/transaction.c — transactions of the engine's connection, and its cached statements. */
#include "store/file/layout.h"
#include "store/file/look.h"
#include "store/internal.h"

#include <string.h>

static void statements_reset(struct jemput_store *store)
{
    for (unsigned i = 0; i < JEMPUT_STATEMENTS_MAX; i++)
        sqlite3_reset(store->statements[i].stmt);
}

void jemput_store_heed(struct jemput_store *store, int (*stop)(void *ctx), void *ctx)
{
    store->stop = stop;
    store->stop_ctx = ctx;
}

enum jemput_status jemput_store_may_go_on(const struct jemput_store *store, struct jemput_error *err)
{
    return store->stop && store->stop(store->stop_ctx) ? jemput_fail(err, JEMPUT_CANCELLED, "cancelled; what was done so far is kept") : JEMPUT_OK;
}

/* --- waiting for others --- */

#define LOOK_MS_MAX 25 /* between two looks */
#define GIVE_WAY_MS 3  /* the app looks each millisecond (file.c) */

struct waiting {
    struct jemput_store *store;
    sqlite3_vfs *vfs;
    unsigned waited_ms, most_ms;
    bool stopped;
};

/* Called by SQLite while another connection writes; 0 = no more. */
static int wait_on(void *ctx, int times)
{
    struct waiting *w = ctx;
    unsigned ms = times < LOOK_MS_MAX ? (unsigned)times + 1 : LOOK_MS_MAX;

    w->stopped = w->store->stop && w->store->stop(w->store->stop_ctx);
    if (w->stopped || w->waited_ms >= w->most_ms)
        return 0;
    w->vfs->xSleep(w->vfs, (int)ms * 1000);
    w->waited_ms += ms;
    return 1;
}

/* What others may have moved since the last transaction. */
static enum jemput_status begun_look(struct jemput_store *store, struct jemput_error *err)
{
    enum jemput_status st = jemput_catalog_refresh(store, err);

    if (!st)
        st = jemput_causes_refresh(store, err);
    if (!st)
        st = jemput_feed_look(store, err);
    if (st)
        jemput_store_rollback(store);
    return st;
}

enum jemput_status jemput_store_begin(struct jemput_store *store, unsigned wait_ms, struct jemput_error *err)
{
    struct waiting w = { .store = store, .vfs = sqlite3_vfs_find(store->vfs), .most_ms = wait_ms };
    enum jemput_status st;

    if (store->looking)
        return jemput_store_look_fail(err);
    JEMPUT_ASSERT(!store->in_txn);
    sqlite3_busy_handler(store->db, wait_on, &w);
    st = jemput_sqlite_begin(store->db, "BEGIN IMMEDIATE", "begin", err);
    sqlite3_busy_timeout(store->db, JEMPUT_BUSY_WAIT_MS);
    if (st == JEMPUT_BUSY && w.stopped)
        return jemput_fail(err, JEMPUT_CANCELLED, "cancelled; what was done so far is kept");
    if (st)
        return st;
    store->in_txn = true;
    store->own_end_known = false;
    store->locked_ms = store->unlocked_ms = store->env->monotonic_ms(store->env);
    return begun_look(store, err);
}

/* A failed read may have made SQLite roll back, and whoever asked may have kept that to itself (jemput_repo_has() takes an error for no): nothing
 * more must be written then, since each statement would be a transaction of its own. */
static enum jemput_status transaction_check(const struct jemput_store *store, struct jemput_error *err)
{
    int rc = sqlite3_extended_errcode(store->db);

    if (!store->in_txn || !sqlite3_get_autocommit(store->db))
        return JEMPUT_OK;
    return jemput_sqlite_fail(NULL, rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_IOERR : rc, err, "go on after a rollback");
}

/* --- a transaction that begins by reading --- */

enum jemput_status jemput_store_begin_reading(struct jemput_store *store, struct jemput_error *err)
{
    enum jemput_status st;

    if (store->looking)
        return jemput_store_look_fail(err);
    JEMPUT_ASSERT(!store->in_txn);
    st = jemput_sqlite_begin(store->db, "BEGIN", "begin", err);
    if (st)
        return st;
    store->in_txn = store->reading = true;
    store->own_end_known = false;
    return begun_look(store, err); /* reads: from here on the file stays as it is now */
}

enum jemput_status jemput_store_take_lock(struct jemput_store *store, unsigned wait_ms, struct jemput_error *err)
{
    struct waiting w = { .store = store, .vfs = sqlite3_vfs_find(store->vfs), .most_ms = wait_ms };
    sqlite3_stmt *stmt = jemput_store_statement(store, "DELETE FROM main.jemput_fact WHERE name IS NULL", err); /* writes nothing */
    int rc;

    JEMPUT_ASSERT(store->in_txn && store->reading);
    if (!stmt)
        return err->status;
    for (int times = 0;; times++) { /* SQLite asks nobody whether to wait, once something was read */
        rc = sqlite3_step(stmt);
        sqlite3_reset(stmt);
        if (rc != SQLITE_BUSY || !wait_on(&w, times))
            break;
    }
    if (w.stopped)
        return jemput_fail(err, JEMPUT_CANCELLED, "cancelled; what was done so far is kept");
    if (rc != SQLITE_DONE)
        return jemput_sqlite_fail(store->db, rc, err, "take the lock");
    store->reading = false;
    store->locked_ms = store->unlocked_ms = store->env->monotonic_ms(store->env);
    return JEMPUT_OK;
}

enum jemput_status jemput_store_end_reading(struct jemput_store *store, struct jemput_error *err)
{
    enum jemput_status st = transaction_check(store, err);

    JEMPUT_ASSERT(store->in_txn && store->reading);
    if (!st)
        st = jemput_sqlite_exec(store->db, "COMMIT", "end reading", err);
    if (!st)
        store->in_txn = store->reading = store->own_end_known = false;
    return st;
}

/* --- its end --- */

/* What opening has found out, for the next one: opening itself writes nothing. */
static enum jemput_status triggers_note(struct jemput_store *store, struct jemput_error *err)
{
    if (store->triggers_seen == store->triggers_noted)
        return JEMPUT_OK;
    return jemput_store_number_put(store, JEMPUT_FACT_TRIGGERS_SEEN, store->triggers_seen, err);
}

enum jemput_status jemput_store_commit(struct jemput_store *store, struct jemput_error *err)
{
    enum jemput_status st;

    JEMPUT_ASSERT(store->in_txn);
    st = jemput_store_settle(store, err);
    if (!st)
        st = triggers_note(store, err);
    if (!st)
        st = jemput_feed_put(store, err);
    if (!st)
        st = transaction_check(store, err);
    if (!st)
        st = jemput_sqlite_exec(store->db, "COMMIT", "commit", err);
    if (!st) {
        store->in_txn = store->own_end_known = false;
        jemput_store_lock_took(store, jemput_store_lock_ms(store));
        store->triggers_noted = store->triggers_seen;
        jemput_feed_forget(store);
    }
    return st;
}

void jemput_store_give_way(struct jemput_store *store)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(store->vfs);

    vfs->xSleep(vfs, GIVE_WAY_MS * 1000);
}

bool jemput_store_writing(const struct jemput_store *store)
{
    return store->in_txn;
}

bool jemput_store_has_lock(const struct jemput_store *store)
{
    return store->in_txn && !store->reading;
}

uint64_t jemput_store_lock_ms(const struct jemput_store *store)
{
    return store->unlocked_ms - store->locked_ms;
}

void jemput_store_lock_watch(struct jemput_store *store)
{
    store->lock_longest_ms = 0;
}

void jemput_store_lock_took(struct jemput_store *store, uint64_t ms)
{
    store->lock_longest_ms = ms > store->lock_longest_ms ? ms : store->lock_longest_ms;
}

uint64_t jemput_store_lock_longest(const struct jemput_store *store)
{
    return store->lock_longest_ms;
}

void jemput_store_rollback(struct jemput_store *store)
{
    struct jemput_error ignored;

    if (store->looking) /* there is nothing to take back, and somebody reads on */
        return;
    statements_reset(store);
    if (!sqlite3_get_autocommit(store->db)) /* SQLite may have rolled back by itself */
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    if (store->in_txn && !store->reading)
        jemput_store_lock_took(store, store->env->monotonic_ms(store->env) - store->locked_ms);
    store->in_txn = store->reading = store->own_end_known = false;
    jemput_moved_forget(&store->moved);
    jemput_feed_forget(store);
    jemput_causes_forget(store);
    jemput_appliers_forget(store);
    if (jemput_catalog_refresh(store, &ignored)) /* tried again by the next begin, which says why it cannot */
        jemput_catalog_stale(store->catalog);
}

/* --- readings --- */

void jemput_store_readings_begin(struct jemput_store *store)
{
    if (sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "BEGIN", NULL, NULL, NULL);
}

void jemput_store_readings_end(struct jemput_store *store)
{
    if (!store->in_txn && !sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
}

/* --- cached statements --- */

static unsigned statement_slot(const char *sql)
{
    return (unsigned)(((uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15)) >> 55);
}

_Static_assert(JEMPUT_STATEMENTS_MAX == 512, "statement_slot gives 9 bits");

sqlite3_stmt *jemput_store_statement(struct jemput_store *store, const char *sql, struct jemput_error *err)
{
    unsigned i = statement_slot(sql);
    sqlite3_stmt *stmt;

    if (transaction_check(store, err))
        return NULL;
    while (store->statements[i].sql && store->statements[i].sql != sql)
        i = (i + 1) % JEMPUT_STATEMENTS_MAX;
    stmt = store->statements[i].stmt;
    if (stmt) {
        sqlite3_reset(stmt);
        sqlite3_clear_bindings(stmt);
        return stmt;
    }
    JEMPUT_ASSERT(store->statement_count < JEMPUT_STATEMENTS_MAX / 2); /* literals of this room: their number is fixed */
    if (jemput_sqlite_prepare(&stmt, store->db, sql, SQLITE_PREPARE_PERSISTENT, err))
        return NULL;
    store->statements[i] = (struct jemput_statement_slot){ sql, stmt };
    store->statement_count++;
    return stmt;
}

enum jemput_status jemput_store_step_done(struct jemput_store *store, sqlite3_stmt *stmt, struct jemput_error *err)
{
    int rc = sqlite3_step(stmt);
    enum jemput_status st = JEMPUT_OK;

    if (rc != SQLITE_DONE && rc != SQLITE_ROW)
        st = jemput_sqlite_fail(store->db, rc, err, "write");
    sqlite3_reset(stmt);
    return st;
}

enum jemput_status jemput_store_look(struct jemput_store *store, const char *sql, const char *what, int64_t *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, sql, err);
    int rc;

    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, what);
}

void jemput_store_statements_end(struct jemput_store *store)
{
    for (unsigned i = 0; i < JEMPUT_STATEMENTS_MAX; i++)
        sqlite3_finalize(store->statements[i].stmt);
    memset(store->statements, 0, sizeof store->statements);
    store->statement_count = 0;
}
