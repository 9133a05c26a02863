/* store/object/object.c — git objects and refs as rows: what is below repo/.
 *
 * An object is kept as a zlib stream where that is smaller: `size` tells the two apart, as a stream is kept only if it is shorter than what it
 * holds. */
#include "store/internal.h"

#include <string.h>

#include "base/zip.h"

#define ZIP_LEVEL 6
#define ZIP_BYTES_MIN 64 /* below, zlib's own bytes eat what it saves */
#define ZIP_PROBE_BYTES 1024
#define ZIP_TEXT_BYTES ZIP_BYTES_MIN
#define ZIP_MATCH_BYTES_MAX 258 /* with room for one more at its end, zlib goes through a stream in its fast loop */

/* Commits and control records begin as plain text. What is sealed or packed does not: so many bytes of it without one above 127 do not come about. */
static bool begins_as_text(struct jemput_bytes data)
{
    for (size_t i = 0; i < ZIP_TEXT_BYTES; i++)
        if (data.data[i] > 127)
            return false;
    return true;
}

/* Most objects by far, in bytes, are payloads: they are packed already, and zlib would work on them for nothing. A piece from the front tells. */
static enum jemput_status zip_pays(struct jemput_bytes data, bool *out, struct jemput_error *err)
{
    struct jemput_buf probe = JEMPUT_BUF_INIT(ZIP_PROBE_BYTES * 7 / 8);
    enum jemput_status st = JEMPUT_OK;

    *out = data.len >= ZIP_BYTES_MIN && begins_as_text(data);
    if (*out && data.len > 4 * ZIP_PROBE_BYTES) {
        st = jemput_zip_deflate(&probe, jemput_bytes_of(data.data, ZIP_PROBE_BYTES), ZIP_LEVEL, (struct jemput_bytes){ 0 }, err);
        *out = st != JEMPUT_LIMIT;
    }
    jemput_buf_release(&probe);
    return st == JEMPUT_LIMIT ? JEMPUT_OK : st;
}

enum jemput_status jemput_store_object_put(struct jemput_store *store, const uint8_t oid[20], int kind, struct jemput_bytes data,
                                           struct jemput_error *err)
{
    struct jemput_buf zipped = JEMPUT_BUF_INIT(data.len ? data.len - 1 : 0); /* longer is of no use */
    sqlite3_stmt *stmt;
    struct jemput_bytes kept = data;
    bool zip;
    enum jemput_status st = zip_pays(data, &zip, err);

    if (!st && zip) {
        st = jemput_zip_deflate(&zipped, data, ZIP_LEVEL, (struct jemput_bytes){ 0 }, err);
        if (!st)
            kept = jemput_buf_bytes(&zipped);
        if (st == JEMPUT_LIMIT)
            st = JEMPUT_OK;
    }
    if (!st) {
        stmt = jemput_store_statement(store, "INSERT INTO jemput_object(oid, kind, size, data) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING", err);
        if (stmt) {
            sqlite3_bind_blob(stmt, 1, oid, 20, SQLITE_STATIC);
            sqlite3_bind_int(stmt, 2, kind);
            sqlite3_bind_int64(stmt, 3, (sqlite3_int64)data.len);
            sqlite3_bind_blob64(stmt, 4, kept.len ? (const void *)kept.data : "", kept.len, SQLITE_STATIC);
            st = jemput_store_step_done(store, stmt, err);
        } else {
            st = err->status;
        }
    }
    jemput_buf_release(&zipped);
    return st ? jemput_wrap(err, "put object") : JEMPUT_OK;
}

static enum jemput_status object_read(sqlite3_stmt *stmt, size_t size, struct jemput_buf *out, struct jemput_error *err)
{
    struct jemput_bytes kept = { sqlite3_column_blob(stmt, 2), (size_t)sqlite3_column_bytes(stmt, 2) };
    size_t before = out->len;
    enum jemput_status st = JEMPUT_OK;

    if (size > out->max || before > out->max - size)
        return jemput_fail(err, JEMPUT_LIMIT, "%zu bytes are too many", size);
    if (kept.len >= size)
        jemput_buf_append_bytes(out, kept);
    else
        st = jemput_zip_inflate(out, kept, size + ZIP_MATCH_BYTES_MAX, 0, (struct jemput_bytes){ 0 }, err);
    if (!st)
        st = jemput_buf_check(out, "object", err);
    if ((!st && out->len - before != size) || st == JEMPUT_LIMIT)
        st = jemput_fail(err, JEMPUT_CORRUPT, "it has not the size that it says");
    if (st)
        out->len = before;
    return st;
}

enum jemput_status jemput_store_object_get(struct jemput_store *store, const uint8_t oid[20], int *kind, size_t *size_bytes, struct jemput_buf *out,
                                           struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT kind, size, data FROM jemput_object WHERE oid = ?", err);
    enum jemput_status st = JEMPUT_OK;
    int rc, found_kind = 0;
    size_t size = 0;

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, oid, 20, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        found_kind = sqlite3_column_int(stmt, 0);
        size = (size_t)sqlite3_column_int64(stmt, 1);
        if (sqlite3_column_type(stmt, 1) != SQLITE_INTEGER || sqlite3_column_int64(stmt, 1) < 0)
            st = jemput_fail(err, JEMPUT_CORRUPT, "it has no size");
        else if (out)
            st = object_read(stmt, size, out, err);
    } else if (rc == SQLITE_DONE) {
        st = jemput_fail(err, JEMPUT_NOTFOUND, "no such object");
    } else {
        st = jemput_sqlite_fail(store->db, rc, err, "read");
    }
    sqlite3_reset(stmt);
    if (st)
        return jemput_wrap(err, "get object");
    if (kind)
        *kind = found_kind;
    if (size_bytes)
        *size_bytes = size;
    return JEMPUT_OK;
}

enum jemput_status jemput_store_ref_put(struct jemput_store *store, const char *name, const uint8_t oid[20], struct jemput_error *err)
{
    sqlite3_stmt *stmt =
        jemput_store_statement(store, "INSERT INTO jemput_ref(name, oid) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET oid = excluded.oid", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_blob(stmt, 2, oid, 20, SQLITE_STATIC);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_store_ref_get(struct jemput_store *store, const char *name, uint8_t oid[20], struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT oid FROM jemput_ref WHERE name = ?", err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW && sqlite3_column_bytes(stmt, 0) == 20)
        memcpy(oid, sqlite3_column_blob(stmt, 0), 20);
    else if (rc == SQLITE_ROW)
        st = jemput_fail(err, JEMPUT_CORRUPT, "a ref's object id has no 20 bytes");
    else if (rc == SQLITE_DONE)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "no such ref");
    else
        st = jemput_sqlite_fail(store->db, rc, err, "read ref");
    sqlite3_reset(stmt);
    return st;
}

enum jemput_status jemput_store_object_drop(struct jemput_store *store, const uint8_t oid[20], uint64_t *bytes, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT length(data) FROM jemput_object WHERE oid = ?", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, oid, 20, SQLITE_STATIC);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        *bytes += (uint64_t)sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    stmt = jemput_store_statement(store, "DELETE FROM jemput_object WHERE oid = ?", err);
    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, oid, 20, SQLITE_STATIC);
    return jemput_store_step_done(store, stmt, err);
}
