/* store/file/look.c — a handle that only looks, its moments, and pending transactions as it sees them. See look.h. */
#include "store/file/look.h"

#include "store/internal.h"

enum jemput_status jemput_store_look_begin(struct jemput_store *store, struct jemput_error *err)
{
    enum jemput_status st;

    if (store->looking)
        return jemput_store_look_fail(err);
    JEMPUT_ASSERT(!store->in_txn);
    st = jemput_sqlite_begin(store->db, "BEGIN", "begin to look", err);
    if (st)
        return st;
    store->in_txn = store->looking = true;
    st = jemput_catalog_refresh(store, err); /* the first reading fixes the moment */
    if (!st)
        st = jemput_causes_refresh(store, err);
    if (st)
        jemput_store_look_end(store);
    return st;
}

void jemput_store_look_end(struct jemput_store *store)
{
    if (!sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL); /* nothing was written: what memory cached stands */
    store->in_txn = store->looking = false;
}

enum jemput_status jemput_store_look_fail(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_MISUSE, "a call-back that is told something may not write by the same handle: open another one beside it");
}

static enum jemput_status pending_one(sqlite3_stmt *stmt, jemput_pending_fn each, void *ctx, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_bytes record = jemput_bytes_of(sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0));
    struct jemput_txn txn;
    enum jemput_status st;

    jemput_arena_clear(arena);
    st = jemput_txn_read(&txn, record, arena, err);
    return st ? st : each(ctx, &txn, err);
}

enum jemput_status jemput_store_pending_each(struct jemput_store *store, jemput_pending_fn each, void *ctx, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT record FROM jemput_pending ORDER BY stamp", err);
    struct jemput_arena arena = { 0 };
    enum jemput_status st = stmt ? JEMPUT_OK : err->status;
    int rc = SQLITE_DONE;

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        st = pending_one(stmt, each, ctx, &arena, err);
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "read pending transactions");
    if (stmt)
        sqlite3_reset(stmt);
    jemput_arena_release(&arena);
    return st;
}
