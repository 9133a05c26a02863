/* store/keys/epoch.c — keys of key epochs. See epoch.h; table: schema/formats/store.md, "jemput_epoch". */
#include "store/keys/epoch.h"

#include <string.h>

#include "store/internal.h"

/* The space's epochs have no maker in the table. */
static void maker_bind(sqlite3_stmt *stmt, int place, const struct jemput_writer *maker)
{
    if (maker)
        sqlite3_bind_blob(stmt, place, maker->id, JEMPUT_WRITER_BYTES, SQLITE_STATIC);
    else
        sqlite3_bind_zeroblob(stmt, place, 0);
}

enum jemput_status jemput_store_epoch_put(struct jemput_store *store, uint32_t number, const struct jemput_writer *maker,
                                          const uint8_t key[JEMPUT_STORE_EPOCH_KEY_BYTES], struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "INSERT OR IGNORE INTO jemput_epoch(number, maker, key) VALUES(?, ?, ?)", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, number);
    maker_bind(stmt, 2, maker);
    sqlite3_bind_blob(stmt, 3, key, JEMPUT_STORE_EPOCH_KEY_BYTES, SQLITE_STATIC);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_store_epoch_get(struct jemput_store *store, uint32_t number, const struct jemput_writer *maker, uint32_t index,
                                          uint8_t key[JEMPUT_STORE_EPOCH_KEY_BYTES], struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        store, "SELECT key FROM jemput_epoch WHERE number = ? AND maker = ? ORDER BY key LIMIT 1 OFFSET ?", err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, number);
    maker_bind(stmt, 2, maker);
    sqlite3_bind_int64(stmt, 3, index);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_DONE)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "no key of epoch %u", (unsigned)number);
    else if (rc != SQLITE_ROW)
        st = jemput_sqlite_fail(store->db, rc, err, "read the key of an epoch");
    else if (sqlite3_column_bytes(stmt, 0) != JEMPUT_STORE_EPOCH_KEY_BYTES)
        st = jemput_fail(err, JEMPUT_CORRUPT, "the key of epoch %u is damaged", (unsigned)number);
    else
        memcpy(key, sqlite3_column_blob(stmt, 0), JEMPUT_STORE_EPOCH_KEY_BYTES);
    sqlite3_reset(stmt);
    return st;
}

static enum jemput_status number_find(struct jemput_store *store, const struct jemput_writer *maker, uint32_t after, uint32_t *number,
                                      struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        store, "SELECT number FROM jemput_epoch WHERE number > ? AND maker = ? ORDER BY number LIMIT 1", err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, after);
    maker_bind(stmt, 2, maker);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *number = (uint32_t)sqlite3_column_int64(stmt, 0);
    else if (rc == SQLITE_DONE)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "no further epoch");
    else
        st = jemput_sqlite_fail(store->db, rc, err, "look for epochs");
    sqlite3_reset(stmt);
    return st;
}

enum jemput_status jemput_store_epoch_next(struct jemput_store *store, uint32_t after, uint32_t *number, struct jemput_error *err)
{
    return number_find(store, NULL, after, number, err);
}

enum jemput_status jemput_store_epoch_made(struct jemput_store *store, const struct jemput_writer *maker, uint32_t after, uint32_t *number,
                                           struct jemput_error *err)
{
    return number_find(store, maker, after, number, err);
}

enum jemput_status jemput_store_epoch_drop(struct jemput_store *store, uint32_t number, const struct jemput_writer *maker, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "DELETE FROM jemput_epoch WHERE number = ? AND maker = ?", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, number);
    maker_bind(stmt, 2, maker);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_store_epochs_each(struct jemput_store *store, jemput_epoch_fn each, void *ctx, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT DISTINCT number, maker FROM jemput_epoch ORDER BY number, maker", err);
    enum jemput_status st = JEMPUT_OK;
    int rc = SQLITE_DONE;

    if (!stmt)
        return err->status;
    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct jemput_writer maker;
        int len = sqlite3_column_bytes(stmt, 1);

        if (len == JEMPUT_WRITER_BYTES)
            memcpy(maker.id, sqlite3_column_blob(stmt, 1), JEMPUT_WRITER_BYTES);
        st = len && len != JEMPUT_WRITER_BYTES ? jemput_fail(err, JEMPUT_CORRUPT, "the maker of an epoch is damaged")
                                               : each(ctx, (uint32_t)sqlite3_column_int64(stmt, 0), len ? &maker : NULL, err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "look at the epochs");
    sqlite3_reset(stmt);
    return st;
}
