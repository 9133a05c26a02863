/* store/verdict/refusal.c — the list of refused transactions, and who has adopted them. See refusal.h. */
#include "store/verdict/refusal.h"

#include <string.h>

#include "store/file/layout.h"
#include "store/internal.h"
#include "store/schema/policy.h"

/* --- the list --- */

enum jemput_status jemput_store_refusal_drop(struct jemput_store *store, uint64_t version, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "DELETE FROM jemput_refusal WHERE version = ?", err);
    enum jemput_status st;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, (int64_t)version);
    st = jemput_store_step_done(store, stmt, err);
    stmt = st ? NULL : jemput_store_statement(store, "DELETE FROM jemput_refusal_row WHERE version = ?", err);
    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, (int64_t)version);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_store_refusal_put(struct jemput_store *store, const struct jemput_refused_txn *refusal, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_refusal_drop(store, refusal->version, err);
    sqlite3_stmt *stmt =
        st ? NULL : jemput_store_statement(store, "INSERT INTO jemput_refusal(version, reason, tbl, key, col) VALUES(?, ?, ?, ?, ?)", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, (int64_t)refusal->version);
    sqlite3_bind_int64(stmt, 2, refusal->reason);
    sqlite3_bind_int64(stmt, 3, refusal->table);
    sqlite3_bind_blob64(stmt, 4, refusal->key.len ? (const void *)refusal->key.data : "", refusal->key.len, SQLITE_STATIC);
    if (refusal->column != JEMPUT_REFUSAL_NO_COLUMN)
        sqlite3_bind_int64(stmt, 5, refusal->column);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_store_refusal_find(struct jemput_store *store, uint64_t version, bool *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT 1 FROM jemput_refusal WHERE version = ?", err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, (int64_t)version);
    rc = sqlite3_step(stmt);
    *out = rc == SQLITE_ROW;
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "look for a refused transaction");
}

enum jemput_status jemput_store_refusal_next(struct jemput_store *store, uint64_t after, struct jemput_refused_txn *out, struct jemput_arena *arena,
                                             struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        store, "SELECT version, reason, tbl, key, coalesce(col, 65535) FROM jemput_refusal WHERE version > ? ORDER BY version LIMIT 1", err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, (int64_t)after);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        *out = (struct jemput_refused_txn){ .version = (uint64_t)sqlite3_column_int64(stmt, 0), .reason = (unsigned)sqlite3_column_int(stmt, 1),
            .table = (uint32_t)sqlite3_column_int64(stmt, 2), .column = (uint16_t)sqlite3_column_int(stmt, 4) };
        out->key = jemput_arena_copy(arena, jemput_bytes_of(sqlite3_column_blob(stmt, 3), (size_t)sqlite3_column_bytes(stmt, 3)));
        if (!out->key.data)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a refused transaction");
    } else if (rc == SQLITE_DONE) {
        st = jemput_fail(err, JEMPUT_NOTFOUND, "no transaction is refused");
    } else {
        st = jemput_sqlite_fail(store->db, rc, err, "read refused transactions");
    }
    sqlite3_reset(stmt);
    return st;
}

/* --- what waits for a row --- */

enum jemput_status jemput_store_refusal_wait(struct jemput_store *store, uint64_t version, uint32_t table, struct jemput_bytes key,
                                             struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "INSERT INTO jemput_refusal_row(tbl, key, version) VALUES(?, ?, ?)", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, table);
    sqlite3_bind_blob64(stmt, 2, key.len ? (const void *)key.data : "", key.len, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 3, (int64_t)version);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_store_refusals_of(struct jemput_store *store, uint32_t table, struct jemput_bytes key, struct jemput_buf *out,
                                            struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT version FROM jemput_refusal_row WHERE tbl = ? AND key = ?", err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, table);
    sqlite3_bind_blob64(stmt, 2, key.len ? (const void *)key.data : "", key.len, SQLITE_STATIC);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        uint64_t version = (uint64_t)sqlite3_column_int64(stmt, 0);

        jemput_buf_append(out, &version, sizeof version);
    }
    sqlite3_reset(stmt);
    if (rc != SQLITE_DONE)
        return jemput_sqlite_fail(store->db, rc, err, "look for what waits for a row");
    return jemput_buf_check(out, "what waits for a row", err);
}

/* --- adoption --- */

enum jemput_status jemput_store_adoption_put(struct jemput_store *store, const struct jemput_hash *hash, uint32_t place, uint64_t version,
                                             struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "INSERT OR IGNORE INTO jemput_adoption(hash, place, version) VALUES(?, ?, ?)", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, hash->bytes, sizeof hash->bytes, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, place);
    sqlite3_bind_int64(stmt, 3, (int64_t)version);
    return jemput_store_step_done(store, stmt, err);
}

static enum jemput_status adoption_next(struct jemput_store *store, const struct jemput_hash *hash, uint32_t place, uint64_t after, uint64_t *version,
                                        struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        store, "SELECT version FROM jemput_adoption WHERE hash = ? AND place = ? AND version > ? ORDER BY version LIMIT 1", err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, hash->bytes, sizeof hash->bytes, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, place);
    sqlite3_bind_int64(stmt, 3, (int64_t)after);
    rc = sqlite3_step(stmt);
    *version = rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "look for an adoption");
}

enum jemput_status jemput_store_adoption_find(struct jemput_store *store, const struct jemput_hash *hash, uint32_t place, uint64_t *version,
                                              struct jemput_error *err)
{
    struct jemput_txn_name first = { 0 };
    uint64_t found = 0;
    enum jemput_status st = JEMPUT_OK;

    *version = 0;
    do {
        struct jemput_segment segment;
        struct jemput_txn_name name = { 0 };

        st = adoption_next(store, hash, place, found, &found, err);
        if (!st && found)
            st = jemput_store_version_find(store, found, &segment, &name.stamp, err);
        if (st || !found)
            break;
        name.writer = segment.writer;
        if (!*version || jemput_txn_name_compare(&name, &first) < 0) {
            first = name;
            *version = found;
        }
    } while (!st);
    return st;
}

enum jemput_status jemput_store_adoption_by(struct jemput_store *store, uint64_t version, struct jemput_hash *hash, uint32_t *place,
                                            struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT hash, place FROM jemput_adoption WHERE version = ?", err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, (int64_t)version);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW && sqlite3_column_bytes(stmt, 0) == (int)sizeof hash->bytes) {
        memcpy(hash->bytes, sqlite3_column_blob(stmt, 0), sizeof hash->bytes);
        *place = (uint32_t)sqlite3_column_int64(stmt, 1);
        sqlite3_reset(stmt);
        return JEMPUT_OK;
    }
    sqlite3_reset(stmt);
    return rc == SQLITE_DONE ? jemput_fail(err, JEMPUT_NOTFOUND, "it adopts nothing") : jemput_sqlite_fail(store->db, rc, err, "read adoptions");
}

/* --- what else judging asks --- */

enum jemput_status jemput_store_policy_calls(struct jemput_store *store, struct jemput_policy_calls *calls, struct jemput_error *err)
{
    int64_t serial = 0;
    enum jemput_status st = jemput_store_look(store, "SELECT " JEMPUT_POLICY_SERIAL_SQL, "look for the policy", &serial, err);

    if (st || serial == calls->serial)
        return st;
    st = jemput_policy_calls_read(calls, store->db, err);
    if (!st)
        calls->serial = serial; /* 0: there are none */
    return st;
}

enum jemput_status jemput_store_schema_seen(struct jemput_store *store, const struct jemput_segment *segment, uint32_t *version,
                                            struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        store, "SELECT k.version FROM jemput_schema_seen k JOIN jemput_segment s ON s.id = k.segment WHERE s.hash = ?", err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, segment->previous.bytes, sizeof segment->previous.bytes, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    *version = rc == SQLITE_ROW ? (uint32_t)sqlite3_column_int64(stmt, 0) : 1;
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "look for a schema version");
}

enum jemput_status jemput_store_schema_seen_put(struct jemput_store *store, int64_t segment_id, uint32_t version, struct jemput_error *err)
{
    sqlite3_stmt *stmt;

    if (version <= 1)
        return JEMPUT_OK;
    stmt = jemput_store_statement(store, "INSERT OR IGNORE INTO jemput_schema_seen(segment, version) VALUES(?, ?)", err);
    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, segment_id);
    sqlite3_bind_int64(stmt, 2, version);
    return jemput_store_step_done(store, stmt, err);
}

/* One that is whole has seen nothing more by what comes; one that is not may have. */
enum jemput_status jemput_store_schema_open(struct jemput_store *store, const struct jemput_hash *coming, struct jemput_buf *out,
                                            struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        store,
        "SELECT s.id, coalesce(k.version, 1) FROM jemput_segment s LEFT JOIN jemput_schema_seen k ON k.segment = s.id WHERE s.heads IS NOT NULL "
        "AND NOT s.control AND EXISTS(SELECT 1 FROM jemput_unresolved WHERE hash = ?)",
        err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, coming->bytes, sizeof coming->bytes, SQLITE_STATIC);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const struct jemput_schema_open open = { sqlite3_column_int64(stmt, 0), (uint32_t)sqlite3_column_int64(stmt, 1) };

        jemput_buf_append(out, &open, sizeof open);
    }
    sqlite3_reset(stmt);
    if (rc != SQLITE_DONE)
        return jemput_sqlite_fail(store->db, rc, err, "look for segments of an older schema");
    return jemput_buf_check(out, "segments of an older schema", err);
}
