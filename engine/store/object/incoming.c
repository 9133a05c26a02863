/* store/object/incoming.c — git objects on their way, in a table of their own: nothing in it counts as had. */
#include "store/object/incoming.h"

#include "store/internal.h"

enum jemput_status jemput_store_incoming_put(struct jemput_store *store, const uint8_t oid[20], int kind, struct jemput_bytes data,
                                             struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "INSERT INTO jemput_incoming(oid, kind, data) VALUES(?, ?, ?) ON CONFLICT DO NOTHING", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, oid, 20, SQLITE_STATIC);
    sqlite3_bind_int(stmt, 2, kind);
    sqlite3_bind_blob64(stmt, 3, data.len ? (const void *)data.data : "", data.len, SQLITE_STATIC);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_store_incoming_get(struct jemput_store *store, const uint8_t oid[20], int *kind, struct jemput_buf *out,
                                             struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT kind, data FROM jemput_incoming WHERE oid = ?", err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, oid, 20, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        *kind = sqlite3_column_int(stmt, 0);
        if (out)
            jemput_buf_append(out, sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1));
        if (out)
            st = jemput_buf_check(out, "object", err);
    } else {
        st = rc == SQLITE_DONE ? jemput_fail(err, JEMPUT_NOTFOUND, "no such object") : jemput_sqlite_fail(store->db, rc, err, "read");
    }
    sqlite3_reset(stmt);
    return st;
}

enum jemput_status jemput_store_incoming_drop(struct jemput_store *store, const uint8_t oid[20], struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "DELETE FROM jemput_incoming WHERE oid = ?", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, oid, 20, SQLITE_STATIC);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_store_incoming_clear(struct jemput_store *store, struct jemput_error *err)
{
    return jemput_sqlite_exec(store->db, "DELETE FROM jemput_incoming", "forget incoming objects", err);
}

enum jemput_status jemput_store_incoming_bytes(struct jemput_store *store, int64_t *bytes, struct jemput_error *err)
{
    return jemput_sqlite_number(store->db, "SELECT coalesce(sum(length(data)), 0) FROM jemput_incoming", bytes, err);
}
