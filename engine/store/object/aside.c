/* store/object/aside.c — the register of stopped logs. See aside.h; table: schema/formats/store.md, "jemput_aside". */
#include "store/object/aside.h"

#include <string.h>

#include "store/internal.h"

enum jemput_status jemput_store_aside_put(struct jemput_store *store, const char *ref, const uint8_t commit[20], enum jemput_status status,
                                          const char *reason, int64_t seen_ms, struct jemput_error *err)
{
    sqlite3_stmt *s = jemput_store_statement(store,
        "INSERT INTO jemput_aside(ref, oid, status, reason, seen_ms) VALUES(?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT(ref) DO UPDATE SET seen_ms = CASE WHEN oid = excluded.oid AND status = excluded.status THEN seen_ms ELSE excluded.seen_ms END, "
        "oid = excluded.oid, status = excluded.status, reason = excluded.reason", err);

    if (!s)
        return err->status;
    sqlite3_bind_text(s, 1, ref, -1, SQLITE_STATIC);
    sqlite3_bind_blob(s, 2, commit, 20, SQLITE_STATIC);
    sqlite3_bind_int(s, 3, (int)status);
    sqlite3_bind_text(s, 4, reason, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 5, seen_ms);
    return jemput_store_step_done(store, s, err);
}

enum jemput_status jemput_store_aside_clear(struct jemput_store *store, const char *ref, struct jemput_error *err)
{
    sqlite3_stmt *s = jemput_store_statement(store, "DELETE FROM jemput_aside WHERE ref = ?1", err);

    if (!s)
        return err->status;
    sqlite3_bind_text(s, 1, ref, -1, SQLITE_STATIC);
    return jemput_store_step_done(store, s, err);
}

enum jemput_status jemput_store_asides_each(struct jemput_store *store, jemput_store_aside_fn each, void *ctx, struct jemput_error *err)
{
    sqlite3_stmt *s = jemput_store_statement(store, "SELECT ref, oid, status, reason, seen_ms FROM jemput_aside ORDER BY ref", err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!s)
        return err->status;
    while (!st && (rc = sqlite3_step(s)) != SQLITE_DONE) {
        uint8_t commit[20] = { 0 };

        if (rc != SQLITE_ROW) {
            st = jemput_sqlite_fail(store->db, rc, err, "stopped logs");
            break;
        }
        if (sqlite3_column_bytes(s, 1) == (int)sizeof commit)
            memcpy(commit, sqlite3_column_blob(s, 1), sizeof commit);
        st = each(ctx, (const char *)sqlite3_column_text(s, 0), commit, (enum jemput_status)sqlite3_column_int(s, 2),
                  (const char *)sqlite3_column_text(s, 3), sqlite3_column_int64(s, 4), err);
    }
    sqlite3_reset(s);
    return st;
}
