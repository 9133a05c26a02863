/* store/keys/unread.c — segments that are registered and not merged, because the key to them, or to one before them, is not known here. See epoch.h;
 * table: schema/formats/store.md, "jemput_unread". */
#include <string.h>

#include "change/stamps.h"
#include "store/causes/causes.h"
#include "store/file/layout.h"
#include "store/keys/epoch.h"

enum jemput_status jemput_store_unread_put(struct jemput_store *store, int64_t segment_id, uint32_t key_epoch, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "INSERT INTO jemput_unread(segment, epoch) VALUES(?, ?)", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, segment_id);
    sqlite3_bind_int64(stmt, 2, key_epoch);
    return jemput_store_step_done(store, stmt, err);
}

/* A maker's own epoch is known by its number and by whose segment it is. */
enum jemput_status jemput_store_unread_next(struct jemput_store *store, int64_t after, struct jemput_segment *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
        "SELECT s.hash FROM jemput_unread u JOIN jemput_segment s ON s.id = u.segment JOIN jemput_line l ON l.id = s.line WHERE u.segment > ?1 "
        "AND (u.epoch = 0 OR EXISTS(SELECT 1 FROM jemput_epoch e WHERE e.number = u.epoch AND e.maker = CASE WHEN u.epoch < 1048576 THEN l.writer "
        "ELSE x'' END)) AND NOT EXISTS(SELECT 1 FROM jemput_segment p JOIN jemput_unread w ON w.segment = p.id WHERE p.hash = s.previous) "
        "ORDER BY u.segment LIMIT 1", err);
    struct jemput_hash hash;
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, after);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_DONE)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "nothing that waits can be read");
    else if (rc != SQLITE_ROW)
        st = jemput_sqlite_fail(store->db, rc, err, "look for what waits for a key");
    else if (sqlite3_column_bytes(stmt, 0) != JEMPUT_HASH_BYTES)
        st = jemput_fail(err, JEMPUT_CORRUPT, "the entry of a segment that waits for a key is damaged");
    else
        memcpy(hash.bytes, sqlite3_column_blob(stmt, 0), JEMPUT_HASH_BYTES);
    sqlite3_reset(stmt);
    return st ? st : jemput_store_segment_find(store, &hash, out, err);
}

static enum jemput_status stamps_put(struct jemput_store *store, int64_t segment_id, const jemput_stamp *stamps, uint32_t count,
                                     struct jemput_error *err)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_STAMPS_BYTES_MAX);
    sqlite3_stmt *stmt;
    enum jemput_status st;

    jemput_stamps_write(&bytes, stamps, count);
    st = jemput_buf_check(&bytes, "stamps", err);
    stmt = st ? NULL : jemput_store_statement(store, "UPDATE jemput_segment SET txn_count = ?2, stamps = ?3 WHERE id = ?1", err);
    if (!st && !stmt)
        st = err->status;
    if (!st) {
        sqlite3_bind_int64(stmt, 1, segment_id);
        sqlite3_bind_int64(stmt, 2, count);
        sqlite3_bind_blob64(stmt, 3, bytes.len ? (const void *)bytes.data : "", bytes.len, SQLITE_STATIC);
        st = jemput_store_step_done(store, stmt, err);
    }
    jemput_buf_release(&bytes);
    return st;
}

/* Causes in memory, this store's and those of other handles (JEMPUT_FACT_READ_LATE), may have it without transactions. */
static enum jemput_status causes_stale(struct jemput_store *store, struct jemput_error *err)
{
    int64_t times;
    enum jemput_status st = jemput_store_number_get(store, JEMPUT_FACT_READ_LATE, 0, &times, err);

    jemput_causes_forget(store);
    return st ? st : jemput_store_number_put(store, JEMPUT_FACT_READ_LATE, times + 1, err);
}

enum jemput_status jemput_store_unread_read(struct jemput_store *store, int64_t segment_id, const jemput_stamp *stamps, uint32_t count,
                                            struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "DELETE FROM jemput_unread WHERE segment = ?", err);
    enum jemput_status st = count <= JEMPUT_SEGMENT_TXNS_MAX ? JEMPUT_OK : jemput_fail(err, JEMPUT_LIMIT, "too many transactions");

    if (st || !stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, segment_id);
    for (uint32_t i = 0; !st && i < count; i++)
        if (stamps[i] > JEMPUT_STAMP_MAX || (i && stamps[i] < stamps[i - 1]))
            st = jemput_fail(err, JEMPUT_CORRUPT, "the stamps within a segment go back");
    if (!st)
        st = jemput_store_step_done(store, stmt, err);
    if (!st && count)
        st = stamps_put(store, segment_id, stamps, count, err);
    return st || !count ? st : causes_stale(store, err);
}

enum jemput_status jemput_store_unread_under(struct jemput_store *store, const struct jemput_hash *segment, uint32_t key_epoch,
                                             struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        store, "UPDATE jemput_unread SET epoch = ?2 WHERE epoch NOT IN (0, ?2) AND segment = (SELECT id FROM jemput_segment WHERE hash = ?1)", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, segment->bytes, JEMPUT_HASH_BYTES, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, key_epoch);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_store_unread_count(struct jemput_store *store, uint64_t *count, struct jemput_error *err)
{
    int64_t n = 0;
    enum jemput_status st = jemput_store_look(store, "SELECT count(*) FROM jemput_unread", "count what waits for a key", &n, err);

    *count = (uint64_t)n;
    return st;
}

enum jemput_status jemput_store_unread_commit(struct jemput_store *store, const uint8_t commit[20], bool *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        store, "SELECT 1 FROM jemput_unread u JOIN jemput_segment s ON s.id = u.segment WHERE s.oid = ? LIMIT 1", err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, commit, 20, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    sqlite3_reset(stmt);
    *out = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "look for what waits for a key");
}
