/* store/file/fact.c — named small values: what a store knows of itself. */
#include <string.h>

#include "base/zip.h"
#include "store/file/layout.h"
#include "store/internal.h"

#define PACK_LEVEL 9 /* written once */

enum jemput_status jemput_store_fact_get(struct jemput_store *store, const char *name, struct jemput_buf *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT value FROM jemput_fact WHERE name = ?", err);
    enum jemput_status st = JEMPUT_OK;
    struct jemput_value value;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        jemput_value_from_column(&value, stmt, 0);
        if (value.type == JEMPUT_BLOB) {
            jemput_buf_append_bytes(out, value.bytes);
            st = jemput_buf_check(out, name, err);
        } else {
            st = jemput_fail(err, JEMPUT_CORRUPT, "fact '%s' is not bytes", name);
        }
    } else if (rc == SQLITE_DONE) {
        st = jemput_fail(err, JEMPUT_NOTFOUND, "no fact '%s'", name);
    } else {
        st = jemput_sqlite_fail(store->db, rc, err, "read a fact");
    }
    sqlite3_reset(stmt);
    return st;
}

static enum jemput_status fact_put(struct jemput_store *store, const char *name, const struct jemput_value *value, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        store, "INSERT INTO jemput_fact(name, value) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value", err);

    if (!stmt)
        return err->status;
    store->own_end_known = store->own_end_known && strcmp(name, JEMPUT_FACT_WRITER) != 0;
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    jemput_value_bind(stmt, 2, value);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_store_fact_put(struct jemput_store *store, const char *name, struct jemput_bytes value, struct jemput_error *err)
{
    struct jemput_value v = { .type = JEMPUT_BLOB, .bytes = value };

    return fact_put(store, name, &v, err);
}

/* What nothing packs gets a little longer: five bytes for each 16 KiB at least. */
static size_t packed_max(size_t len)
{
    return len + len / 1024 + 1024;
}

enum jemput_status jemput_store_fact_pack(struct jemput_store *store, const char *name, struct jemput_bytes value, struct jemput_error *err)
{
    struct jemput_buf packed = JEMPUT_BUF_INIT(packed_max(value.len));
    enum jemput_status st = jemput_zip_deflate(&packed, value, PACK_LEVEL, (struct jemput_bytes){ 0 }, err);

    if (!st)
        st = jemput_store_fact_put(store, name, jemput_buf_bytes(&packed), err);
    jemput_buf_release(&packed);
    return st;
}

enum jemput_status jemput_store_fact_unpack(struct jemput_store *store, const char *name, struct jemput_buf *out, struct jemput_error *err)
{
    struct jemput_buf packed = JEMPUT_BUF_INIT(packed_max(out->max));
    enum jemput_status st = jemput_store_fact_get(store, name, &packed, err);

    if (!st) {
        st = jemput_zip_inflate(out, jemput_buf_bytes(&packed), out->max - out->len, 0, (struct jemput_bytes){ 0 }, err);
        if (st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT)
            st = jemput_fail(err, JEMPUT_CORRUPT, "fact '%s' is damaged, or of a development version, which had it unpacked", name);
    }
    jemput_buf_release(&packed);
    return st;
}

enum jemput_status jemput_store_number_get(struct jemput_store *store, const char *name, int64_t otherwise, int64_t *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT value FROM jemput_fact WHERE name = ?", err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_DONE)
        *out = otherwise;
    else if (rc != SQLITE_ROW)
        st = jemput_sqlite_fail(store->db, rc, err, "read a fact");
    else if (sqlite3_column_type(stmt, 0) != SQLITE_INTEGER)
        st = jemput_fail(err, JEMPUT_CORRUPT, "fact '%s' is not a number", name);
    else
        *out = sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    return st;
}

enum jemput_status jemput_store_number_put(struct jemput_store *store, const char *name, int64_t value, struct jemput_error *err)
{
    struct jemput_value v = { .type = JEMPUT_INTEGER, .integer = value };

    return fact_put(store, name, &v, err);
}
