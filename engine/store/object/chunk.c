/* store/object/chunk.c — which chunks of attachments this store has and has sent: their bytes are blobs among git's objects. See media.h. */
#include "store/internal.h"
#include "store/object/media.h"

#include <string.h>

static enum jemput_status chunks_write(struct jemput_store *store, sqlite3_stmt *stmt, const void *bytes, size_t len, struct jemput_error *err)
{
    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, bytes, (int)len, SQLITE_STATIC);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_store_chunk_put(struct jemput_store *store, struct jemput_bytes id, uint64_t place, const struct jemput_chunk *chunk,
                                          struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "INSERT INTO jemput_chunk VALUES(?1, ?2, ?3, ?4, coalesce(nullif(?5, 0), (SELECT min(sent) FROM"
                                                " jemput_chunk WHERE oid = ?3 AND sent AND (sent = 1 OR NOT EXISTS (SELECT 1 FROM jemput_media WHERE"
                                                " id = ?1 AND own))), 0)) ON CONFLICT DO NOTHING",
                                                err);
    enum jemput_status st;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 2, (int64_t)place);
    sqlite3_bind_blob(stmt, 3, chunk->oid, sizeof chunk->oid, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 4, chunk->bytes);
    sqlite3_bind_int(stmt, 5, chunk->sent);
    st = chunks_write(store, stmt, id.data, id.len, err);
    if (st || id.len == 0)
        return st;
    stmt = jemput_store_statement(store, /* where another chunk has this place, it goes on without an attachment */
                                  "DELETE FROM jemput_chunk WHERE id = x'' AND oid = ?1 AND"
                                  " EXISTS (SELECT 1 FROM jemput_chunk k WHERE k.oid = ?1 AND k.id <> x'')", err);
    return chunks_write(store, stmt, chunk->oid, sizeof chunk->oid, err);
}

enum jemput_status jemput_store_chunk_arrived(struct jemput_store *store, uint64_t place, const struct jemput_chunk *chunk, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT 1 FROM jemput_chunk WHERE oid = ? LIMIT 1", err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, chunk->oid, sizeof chunk->oid, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    sqlite3_reset(stmt);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return jemput_sqlite_fail(store->db, rc, err, "read chunks");
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_store_chunk_put(store, jemput_bytes_str(""), place, chunk, err);
}

enum jemput_status jemput_store_chunk_sent(struct jemput_store *store, const uint8_t oid[20], struct jemput_error *err)
{
    return chunks_write(store, jemput_store_statement(store, "UPDATE jemput_chunk SET sent = 1 WHERE oid = ?", err), oid, 20, err);
}

enum jemput_status jemput_store_chunks_sent(struct jemput_store *store, struct jemput_bytes id, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "UPDATE jemput_chunk SET sent = 2 WHERE id = ? AND NOT sent", err);

    return chunks_write(store, stmt, id.data, id.len, err);
}

/* Attachments that were made here; and those that are received and have the chunk. */
#define OWN "id IN (SELECT id FROM jemput_media WHERE own)"
#define CENTRAL_HAS \
    "EXISTS (SELECT 1 FROM jemput_chunk k JOIN jemput_media m ON m.id = k.id WHERE k.oid = jemput_chunk.oid AND m.received_ms IS NOT NULL)"

enum jemput_status jemput_store_chunks_unsent(struct jemput_store *store, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        store, "UPDATE jemput_chunk SET sent = CASE WHEN " OWN " AND NOT " CENTRAL_HAS " THEN 0 ELSE 2 END WHERE sent", err);

    return stmt ? jemput_store_step_done(store, stmt, err) : err->status;
}

enum jemput_status jemput_store_chunks_lost(struct jemput_store *store, struct jemput_bytes id, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "UPDATE jemput_chunk SET sent = 0 WHERE id = ? AND " OWN, err);

    return chunks_write(store, stmt, id.data, id.len, err);
}

enum jemput_status jemput_store_chunks_due(struct jemput_store *store, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "UPDATE jemput_chunk SET sent = 0 WHERE sent = 2 AND " OWN " AND NOT " CENTRAL_HAS, err);

    return stmt ? jemput_store_step_done(store, stmt, err) : err->status;
}

enum jemput_status jemput_store_chunks_next(struct jemput_store *store, bool others, uint64_t bytes_max, jemput_chunk_each_fn each, void *ctx,
                                            struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "SELECT c.oid, c.bytes FROM jemput_chunk c JOIN jemput_media m ON m.id = c.id WHERE NOT c.sent"
                                                " AND (m.own OR ?1) AND m.listed ORDER BY m.urgent DESC, m.bytes, m.made_ms, m.id, c.place",
                                                err);
    struct jemput_chunk chunk = { .sent = JEMPUT_CHUNK_UNSENT };
    uint64_t bytes = 0;
    enum jemput_status st = JEMPUT_OK;
    int rc = SQLITE_DONE;

    if (!stmt)
        return err->status;
    sqlite3_bind_int(stmt, 1, others);
    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (sqlite3_column_bytes(stmt, 0) != sizeof chunk.oid) {
            st = jemput_fail(err, JEMPUT_CORRUPT, "a chunk's object id has no 20 bytes");
            break;
        }
        memcpy(chunk.oid, sqlite3_column_blob(stmt, 0), sizeof chunk.oid);
        chunk.bytes = (uint32_t)sqlite3_column_int64(stmt, 1);
        if (bytes && bytes + chunk.bytes > bytes_max)
            break;
        bytes += chunk.bytes;
        st = each(ctx, &chunk, err);
    }
    if (!st && rc != SQLITE_DONE && rc != SQLITE_ROW)
        st = jemput_sqlite_fail(store->db, rc, err, "read chunks");
    sqlite3_reset(stmt);
    return st;
}

enum jemput_status jemput_store_chunks_each(struct jemput_store *store, bool all, jemput_chunk_of_fn each, void *ctx, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "SELECT m.id, m.bytes, c.oid, c.bytes FROM jemput_chunk c JOIN jemput_media m ON m.id = c.id WHERE"
                                                " m.listed AND (?1 OR m.received_ms IS NULL) AND"
                                                " EXISTS (SELECT 1 FROM jemput_object o WHERE o.oid = c.oid)"
                                                " ORDER BY m.urgent DESC, m.bytes, m.made_ms, m.id, c.place",
                                                err);
    enum jemput_status st = JEMPUT_OK;
    int rc = SQLITE_DONE;

    if (!stmt)
        return err->status;
    sqlite3_bind_int(stmt, 1, all);
    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct jemput_bytes id = { sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0) };
        struct jemput_chunk chunk = { .bytes = (uint32_t)sqlite3_column_int64(stmt, 3) };

        if (id.len != JEMPUT_MEDIA_ID_BYTES || sqlite3_column_bytes(stmt, 2) != sizeof chunk.oid) {
            st = jemput_fail(err, JEMPUT_CORRUPT, "the note of a chunk has another form");
            break;
        }
        memcpy(chunk.oid, sqlite3_column_blob(stmt, 2), sizeof chunk.oid);
        st = each(ctx, id, (uint64_t)sqlite3_column_int64(stmt, 1), &chunk, err);
    }
    if (!st && rc != SQLITE_DONE && rc != SQLITE_ROW)
        st = jemput_sqlite_fail(store->db, rc, err, "read chunks");
    sqlite3_reset(stmt);
    return st;
}

enum jemput_status jemput_store_chunk_counts(struct jemput_store *store, bool others, struct jemput_chunk_counts *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "SELECT count(*), coalesce(sum(c.bytes), 0), (SELECT count(*) FROM jemput_media WHERE own AND"
                                                " listed AND received_ms IS NULL) FROM jemput_chunk c JOIN jemput_media m ON m.id = c.id"
                                                " WHERE NOT c.sent AND (m.own OR ?1) AND m.listed",
                                                err);
    enum jemput_status st = JEMPUT_OK;

    if (!stmt)
        return err->status;
    sqlite3_bind_int(stmt, 1, others);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        *out = (struct jemput_chunk_counts){ (uint64_t)sqlite3_column_int64(stmt, 0), (uint64_t)sqlite3_column_int64(stmt, 1),
                                             (uint64_t)sqlite3_column_int64(stmt, 2) };
    else
        st = jemput_sqlite_fail(store->db, sqlite3_errcode(store->db), err, "count chunks");
    sqlite3_reset(stmt);
    return st;
}

/* --- letting go --- */

static enum jemput_status drop_count(struct jemput_store *store, struct jemput_bytes id, uint64_t *bytes, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "SELECT coalesce(sum(length(o.data)), 0) FROM jemput_object o WHERE o.oid IN (SELECT oid FROM"
                                                " jemput_chunk WHERE id = ?1) AND NOT EXISTS (SELECT 1 FROM jemput_chunk k WHERE k.oid = o.oid AND"
                                                " k.id <> ?1)",
                                                err);
    enum jemput_status st = JEMPUT_OK;

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, id.data, (int)id.len, SQLITE_STATIC);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        *bytes += (uint64_t)sqlite3_column_int64(stmt, 0);
    else
        st = jemput_sqlite_fail(store->db, sqlite3_errcode(store->db), err, "read chunks");
    sqlite3_reset(stmt);
    return st;
}

enum jemput_status jemput_store_chunks_drop(struct jemput_store *store, struct jemput_bytes id, bool forget, uint64_t *bytes,
                                            struct jemput_error *err)
{
    enum jemput_status st = drop_count(store, id, bytes, err);

    if (!st)
        st = chunks_write(store,
                          jemput_store_statement(store,
                                                 "DELETE FROM jemput_object WHERE oid IN (SELECT oid FROM jemput_chunk WHERE id = ?1) AND NOT EXISTS"
                                                 " (SELECT 1 FROM jemput_chunk k WHERE k.oid = jemput_object.oid AND k.id <> ?1)",
                                                 err),
                          id.data, id.len, err);
    if (!st)
        st = chunks_write(store, jemput_store_statement(store, "DELETE FROM jemput_chunk WHERE id = ?", err), id.data, id.len, err);
    if (!st && forget)
        st = chunks_write(store, jemput_store_statement(store, "DELETE FROM jemput_media WHERE id = ?", err), id.data, id.len, err);
    return st;
}
