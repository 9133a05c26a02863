/* store/object/parcel.c — the register of what is carried for others, and its objects. See parcel.h; tables: schema/formats/store.md. */
#include "store/object/parcel.h"

#include <stdio.h>
#include <string.h>

#include "store/internal.h"

enum jemput_status jemput_store_parcel_put(struct jemput_store *store, const struct jemput_parcel *p, struct jemput_error *err)
{
    sqlite3_stmt *s = jemput_store_statement(store,
        "INSERT INTO jemput_parcel(ref, oid, writer, first, last, bytes, taken_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) "
        "ON CONFLICT(ref) DO UPDATE SET oid = excluded.oid, writer = excluded.writer, first = excluded.first, last = excluded.last, "
        "bytes = excluded.bytes, taken_ms = excluded.taken_ms", err);

    if (!s)
        return err->status;
    sqlite3_bind_text(s, 1, p->ref, -1, SQLITE_STATIC);
    sqlite3_bind_blob(s, 2, p->commit, sizeof p->commit, SQLITE_STATIC);
    sqlite3_bind_blob(s, 3, p->writer.id, sizeof p->writer.id, SQLITE_STATIC);
    sqlite3_bind_int64(s, 4, (int64_t)p->first);
    sqlite3_bind_int64(s, 5, (int64_t)p->last);
    sqlite3_bind_int64(s, 6, p->bytes);
    sqlite3_bind_int64(s, 7, p->taken_ms);
    return jemput_store_step_done(store, s, err);
}

enum jemput_status jemput_store_parcel_object_put(struct jemput_store *store, const char *ref, const uint8_t oid[20], int kind,
                                                  struct jemput_bytes data, struct jemput_error *err)
{
    sqlite3_stmt *s = jemput_store_statement(store,
        "INSERT INTO jemput_parcel_object(oid, ref, kind, data) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING", err);

    if (!s)
        return err->status;
    sqlite3_bind_blob(s, 1, oid, 20, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, ref, -1, SQLITE_STATIC);
    sqlite3_bind_int(s, 3, kind);
    sqlite3_bind_blob64(s, 4, data.len ? (const void *)data.data : "", data.len, SQLITE_STATIC);
    return jemput_store_step_done(store, s, err);
}

static enum jemput_status drop_from(struct jemput_store *store, const char *sql, const char *ref, struct jemput_error *err)
{
    sqlite3_stmt *s = jemput_store_statement(store, sql, err);

    if (!s)
        return err->status;
    sqlite3_bind_text(s, 1, ref, -1, SQLITE_STATIC);
    return jemput_store_step_done(store, s, err);
}

enum jemput_status jemput_store_parcel_drop(struct jemput_store *store, const char *ref, struct jemput_error *err)
{
    enum jemput_status st = drop_from(store, "DELETE FROM jemput_parcel_object WHERE ref = ?1", ref, err);

    return st ? st : drop_from(store, "DELETE FROM jemput_parcel WHERE ref = ?1", ref, err);
}

static void parcel_of(sqlite3_stmt *s, struct jemput_parcel *p)
{
    memset(p, 0, sizeof *p);
    snprintf(p->ref, sizeof p->ref, "%s", (const char *)sqlite3_column_text(s, 0));
    if (sqlite3_column_bytes(s, 1) == (int)sizeof p->commit)
        memcpy(p->commit, sqlite3_column_blob(s, 1), sizeof p->commit);
    if (sqlite3_column_bytes(s, 2) == (int)sizeof p->writer.id)
        memcpy(p->writer.id, sqlite3_column_blob(s, 2), sizeof p->writer.id);
    p->first = (uint64_t)sqlite3_column_int64(s, 3);
    p->last = (uint64_t)sqlite3_column_int64(s, 4);
    p->bytes = sqlite3_column_int64(s, 5);
    p->taken_ms = sqlite3_column_int64(s, 6);
}

enum jemput_status jemput_store_parcels(struct jemput_store *store, struct jemput_parcel **out, uint32_t *count, struct jemput_arena *arena,
                                        struct jemput_error *err)
{
    int64_t room = 0;
    enum jemput_status st = jemput_sqlite_number(store->db, "SELECT count(*) FROM jemput_parcel", &room, err);
    sqlite3_stmt *s;
    int rc = SQLITE_DONE;

    *count = 0;
    if (st)
        return st;
    *out = jemput_arena_array(arena, (size_t)room, sizeof **out);
    if (!*out)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %lld parcels", (long long)room);
    s = jemput_store_statement(store, "SELECT ref, oid, writer, first, last, bytes, taken_ms FROM jemput_parcel ORDER BY ref", err);
    if (!s)
        return err->status;
    while (*count < room && (rc = sqlite3_step(s)) == SQLITE_ROW)
        parcel_of(s, &(*out)[(*count)++]);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "parcels");
    sqlite3_reset(s);
    return st;
}

enum jemput_status jemput_store_parcel_object_get(struct jemput_store *store, const uint8_t oid[20], int *kind, size_t *size, struct jemput_buf *out,
                                                  struct jemput_error *err)
{
    sqlite3_stmt *s = jemput_store_statement(store, "SELECT kind, length(data), data FROM jemput_parcel_object WHERE oid = ?", err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!s)
        return err->status;
    sqlite3_bind_blob(s, 1, oid, 20, SQLITE_STATIC);
    rc = sqlite3_step(s);
    if (rc == SQLITE_ROW) {
        *kind = sqlite3_column_int(s, 0);
        *size = (size_t)sqlite3_column_int64(s, 1);
        if (out)
            jemput_buf_append(out, sqlite3_column_blob(s, 2), (size_t)sqlite3_column_bytes(s, 2));
        if (out)
            st = jemput_buf_check(out, "object", err);
    } else {
        st = rc == SQLITE_DONE ? jemput_fail(err, JEMPUT_NOTFOUND, "no such object") : jemput_sqlite_fail(store->db, rc, err, "read");
    }
    sqlite3_reset(s);
    return st;
}

enum jemput_status jemput_store_parcel_bytes(struct jemput_store *store, int64_t *bytes, struct jemput_error *err)
{
    return jemput_sqlite_number(store->db, "SELECT coalesce(sum(bytes), 0) FROM jemput_parcel", bytes, err);
}
