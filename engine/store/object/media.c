/* store/object/media.c — attachments' rows, read with what this store knows of them, and written on the app's connection. See media.h. */
#include "store/object/media.h"

#include <string.h>

#include "base/limits.h"
#include "change/key.h"
#include "store/internal.h"

const struct jemput_table *jemput_store_media_table(struct jemput_store *store)
{
    for (uint32_t i = 1; i <= jemput_store_table_count(store); i++)
        if (jemput_store_table(store, i)->attachments)
            return jemput_store_table(store, i);
    return NULL;
}

/* --- reading --- */

static const char *filter_sql(const struct jemput_media_ask *ask)
{
    switch (ask->filter) {
    case JEMPUT_MEDIA_ALL:
        return " WHERE 1";
    case JEMPUT_MEDIA_OF_OWNER:
        return " WHERE a.owner_table = ?1 COLLATE NOCASE AND a.owner_key = ?2";
    case JEMPUT_MEDIA_ONE:
        return " WHERE a.id = ?3";
    case JEMPUT_MEDIA_TWINS:
        return " WHERE a.content = ?4";
    case JEMPUT_MEDIA_LACKING:
        return ask->asked ? " WHERE m.asked AND NOT m.whole" : " WHERE coalesce(m.whole, 0) = 0";
    case JEMPUT_MEDIA_UNSIGNED:
        return " WHERE m.whole AND (a.received IS NULL OR m.receipt IS NOT a.received)";
    case JEMPUT_MEDIA_NOTED:
        return " WHERE m.receipt IS NOT NULL";
    case JEMPUT_MEDIA_RECEIVED:
        break;
    }
    return " WHERE m.id IS NOT NULL AND (a.received IS NOT NULL OR m.receipt IS NOT NULL)";
}

static struct jemput_bytes bytes_of(sqlite3_stmt *stmt, int column)
{
    struct jemput_value v;

    jemput_value_from_column(&v, stmt, column);
    return v.type == JEMPUT_TEXT || v.type == JEMPUT_BLOB ? v.bytes : (struct jemput_bytes){ 0 };
}

static int64_t number_or_none(sqlite3_stmt *stmt, int column)
{
    return sqlite3_column_type(stmt, column) == SQLITE_INTEGER ? sqlite3_column_int64(stmt, column) : -1;
}

static void row_read(struct jemput_media_row *out, sqlite3_stmt *stmt)
{
    *out = (struct jemput_media_row){ .id = bytes_of(stmt, 0), .owner_table = bytes_of(stmt, 1), .owner_key = bytes_of(stmt, 2),
        .kind = bytes_of(stmt, 3), .mime = bytes_of(stmt, 4), .content = bytes_of(stmt, 6), .received = bytes_of(stmt, 8) };
    out->size_bytes = sqlite3_column_int64(stmt, 5);
    out->urgent = sqlite3_column_int(stmt, 7) != 0;
    out->known = sqlite3_column_type(stmt, 9) != SQLITE_NULL;
    out->own = sqlite3_column_int(stmt, 9) != 0;
    out->asked = sqlite3_column_int(stmt, 10) != 0;
    out->whole = sqlite3_column_int(stmt, 11) != 0;
    out->made_ms = sqlite3_column_int64(stmt, 12);
    out->received_ms = number_or_none(stmt, 13);
    out->central_ms = number_or_none(stmt, 14);
    out->here = (uint32_t)sqlite3_column_int64(stmt, 15);
    out->sent = (uint32_t)sqlite3_column_int64(stmt, 16);
    out->receipt_noted = out->received.len && sqlite3_column_int(stmt, 17) != 0;
    out->noted = bytes_of(stmt, 18);
}

static enum jemput_status each_prepare(struct jemput_store *store, const struct jemput_media_ask *ask, const struct jemput_table *table,
                                       sqlite3_stmt **stmt, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    enum jemput_status st;

    jemput_buf_append_str(&sql, "SELECT a.id, a.owner_table, a.owner_key, a.kind, a.mime, a.size, a.content, a.urgent, a.received, m.own, m.asked,"
                                " m.whole, m.made_ms, m.received_ms, m.central_ms, (SELECT count(*) FROM jemput_chunk c WHERE c.id = a.id AND"
                                " EXISTS (SELECT 1 FROM jemput_object o WHERE o.oid = c.oid)),"
                                " (SELECT count(*) FROM jemput_chunk c WHERE c.id = a.id AND c.sent), m.receipt IS a.received, m.receipt FROM main.");
    jemput_buf_identifier(&sql, table->name);
    jemput_buf_append_str(&sql, " a LEFT JOIN jemput_media m ON m.id = a.id");
    jemput_buf_append_str(&sql, filter_sql(ask));
    jemput_buf_append_str(&sql, " ORDER BY a.owner_table, a.owner_key, a.id");
    st = jemput_sqlite_prepare_buf(stmt, store->db, &sql, 0, err);
    jemput_buf_release(&sql);
    if (st)
        return st;
    sqlite3_bind_text(*stmt, 1, (const char *)ask->owner_table.data, (int)ask->owner_table.len, SQLITE_STATIC);
    sqlite3_bind_blob(*stmt, 2, ask->owner_key.data, (int)ask->owner_key.len, SQLITE_STATIC);
    sqlite3_bind_blob(*stmt, 3, ask->id.data, (int)ask->id.len, SQLITE_STATIC);
    sqlite3_bind_blob(*stmt, 4, ask->content.data, (int)ask->content.len, SQLITE_STATIC);
    return JEMPUT_OK;
}

enum jemput_status jemput_store_media_each(struct jemput_store *store, const struct jemput_media_ask *ask, jemput_media_fn each, void *ctx,
                                           struct jemput_error *err)
{
    const struct jemput_table *table = jemput_store_media_table(store);
    sqlite3_stmt *stmt = NULL;
    enum jemput_status st = table ? each_prepare(store, ask, table, &stmt, err) : JEMPUT_OK;
    int rc = SQLITE_DONE;

    while (!st && stmt && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct jemput_media_row row;

        row_read(&row, stmt);
        st = each(ctx, &row, err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "read attachments");
    sqlite3_finalize(stmt);
    return st;
}

/* --- on the app's connection --- */

enum jemput_status jemput_store_media_owner(struct jemput_store *store, const struct jemput_table *table, struct jemput_bytes key, bool *there,
                                            struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    sqlite3_stmt *stmt = NULL;
    enum jemput_status st = jemput_key_read(values, table->key_count, key, err);
    int rc;

    if (st)
        return st;
    jemput_buf_append_str(&sql, "SELECT 1 FROM main.");
    jemput_buf_identifier(&sql, table->name);
    for (uint8_t i = 0; i < table->key_count; i++) {
        jemput_buf_append_str(&sql, i ? " AND " : " WHERE ");
        jemput_buf_identifier(&sql, table->columns[table->key_columns[i]].name);
        jemput_buf_append_str(&sql, " = ?");
    }
    st = jemput_sqlite_prepare_buf(&stmt, store->db, &sql, 0, err); /* read by the app's, its open transaction could not write any more */
    jemput_buf_release(&sql);
    for (uint8_t i = 0; !st && i < table->key_count; i++)
        jemput_value_bind(stmt, i + 1, &values[i]);
    rc = st ? SQLITE_DONE : sqlite3_step(stmt);
    *there = rc == SQLITE_ROW;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "look for the row");
    sqlite3_finalize(stmt);
    return st;
}

enum jemput_status jemput_store_media_id(struct jemput_store *store, uint8_t id[JEMPUT_MEDIA_ID_BYTES], struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, store->app, "SELECT jemput_id()", 0, err);

    if (st)
        return st;
    if (sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_bytes(stmt, 0) == JEMPUT_MEDIA_ID_BYTES)
        memcpy(id, sqlite3_column_blob(stmt, 0), JEMPUT_MEDIA_ID_BYTES);
    else
        st = jemput_sqlite_fail(store->app, sqlite3_errcode(store->app), err, "make an id");
    sqlite3_finalize(stmt);
    return st;
}

static void insert_bind(sqlite3_stmt *stmt, const struct jemput_media_row *row)
{
    sqlite3_bind_blob(stmt, 1, row->id.data, (int)row->id.len, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 2, (const char *)row->owner_table.data, (int)row->owner_table.len, SQLITE_STATIC);
    sqlite3_bind_blob(stmt, 3, row->owner_key.data, (int)row->owner_key.len, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 4, (const char *)row->kind.data, (int)row->kind.len, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 5, (const char *)row->mime.data, (int)row->mime.len, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 6, row->size_bytes);
    sqlite3_bind_blob(stmt, 7, row->content.data, (int)row->content.len, SQLITE_STATIC);
    if (row->urgent) /* else NULL: most are not, and NULL costs nothing in the log */
        sqlite3_bind_int(stmt, 8, 1);
}

enum jemput_status jemput_store_media_insert(struct jemput_store *store, const struct jemput_media_row *row, struct jemput_error *err)
{
    const struct jemput_table *table = jemput_store_media_table(store);
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    sqlite3_stmt *stmt = NULL;
    enum jemput_status st;
    int rc;

    if (!table)
        return jemput_fail(err, JEMPUT_NOTFOUND, "the schema has no table with option attachments=");
    jemput_buf_append_str(&sql, "INSERT INTO main.");
    jemput_buf_identifier(&sql, table->name);
    jemput_buf_append_str(&sql, "(id, owner_table, owner_key, kind, mime, size, content, urgent) VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
    st = jemput_sqlite_prepare_buf(&stmt, store->app, &sql, 0, err);
    jemput_buf_release(&sql);
    if (st)
        return st;
    insert_bind(stmt, row);
    rc = sqlite3_step(stmt);
    if (rc != SQLITE_DONE) {
        st = jemput_sqlite_fail(store->app, rc, err, "add an attachment's row");
        if ((rc & 0xff) == SQLITE_CONSTRAINT)
            st = err->status = JEMPUT_DENIED;
    }
    sqlite3_finalize(stmt);
    return st;
}

/* --- what is noted beside them --- */

static enum jemput_status noted_set(struct jemput_store *store, sqlite3_stmt *stmt, struct jemput_bytes id, int64_t value, struct jemput_error *err)
{
    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, id.data, (int)id.len, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, value);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_store_media_note(struct jemput_store *store, const struct jemput_media_row *row, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        store,
        "INSERT INTO jemput_media VALUES(?, ?, 0, 0, ?, ?, ?, 0, NULL, NULL, NULL) ON CONFLICT(id) DO UPDATE SET bytes = excluded.bytes WHERE own",
        err);

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, row->id.data, (int)row->id.len, SQLITE_STATIC);
    sqlite3_bind_int(stmt, 2, row->own);
    sqlite3_bind_int(stmt, 3, row->urgent);
    sqlite3_bind_int64(stmt, 4, row->size_bytes);
    sqlite3_bind_int64(stmt, 5, row->made_ms);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_store_media_ask(struct jemput_store *store, struct jemput_bytes id, bool asked, struct jemput_error *err)
{
    return noted_set(store, jemput_store_statement(store, "UPDATE jemput_media SET asked = ?2 WHERE id = ?1", err), id, asked, err);
}

enum jemput_status jemput_store_media_whole(struct jemput_store *store, struct jemput_bytes id, bool whole, struct jemput_error *err)
{
    return noted_set(store, jemput_store_statement(store, "UPDATE jemput_media SET whole = ?2 WHERE id = ?1", err), id, whole, err);
}

enum jemput_status jemput_store_media_received(struct jemput_store *store, struct jemput_bytes id, struct jemput_bytes receipt, int64_t now_ms,
                                               int64_t central_ms, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "UPDATE jemput_media SET received_ms = coalesce(received_ms, ?2), central_ms = coalesce(central_ms,"
                                                " ?3), receipt = ?4 WHERE id = ?1",
                                                err);

    if (stmt) {
        sqlite3_bind_int64(stmt, 3, central_ms);
        sqlite3_bind_blob(stmt, 4, receipt.data, (int)receipt.len, SQLITE_STATIC);
    }
    return noted_set(store, stmt, id, now_ms, err);
}

enum jemput_status jemput_store_media_fell(struct jemput_store *store, struct jemput_bytes id, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        store, "UPDATE jemput_media SET received_ms = NULL, central_ms = NULL, receipt = NULL WHERE id = ?1", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, id.data, (int)id.len, SQLITE_STATIC);
    return jemput_store_step_done(store, stmt, err);
}

/* A statement about the notes and the table of rows; `?` is bound to `number`. */
static enum jemput_status table_prepare(struct jemput_store *store, const char *head, const char *tail, int64_t number, sqlite3_stmt **stmt,
                                        struct jemput_error *err)
{
    const struct jemput_table *table = jemput_store_media_table(store);
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    enum jemput_status st;

    *stmt = NULL;
    if (!table)
        return JEMPUT_OK;
    jemput_buf_append_str(&sql, head);
    jemput_buf_identifier(&sql, table->name);
    jemput_buf_append_str(&sql, tail);
    st = jemput_sqlite_prepare_buf(stmt, store->db, &sql, 0, err);
    jemput_buf_release(&sql);
    if (!st)
        sqlite3_bind_int64(*stmt, 1, number);
    return st;
}

enum jemput_status jemput_store_media_list(struct jemput_store *store, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = table_prepare(store, "UPDATE jemput_media SET listed = 1 WHERE NOT listed AND id IN (SELECT id FROM main.", ")", 0, &stmt,
                                          err);
    int rc = stmt ? sqlite3_step(stmt) : SQLITE_DONE;

    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "list attachments");
    sqlite3_finalize(stmt);
    return st;
}

enum jemput_status jemput_store_media_lost(struct jemput_store *store, int64_t before_ms, struct jemput_buf *ids, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = table_prepare(store, "SELECT id FROM jemput_media WHERE (listed OR made_ms < ?1) AND length(id) = 16 AND id NOT IN"
                                                 " (SELECT id FROM main.", ")", before_ms, &stmt, err);
    int rc = SQLITE_DONE;

    while (!st && stmt && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        jemput_buf_append(ids, sqlite3_column_blob(stmt, 0), JEMPUT_MEDIA_ID_BYTES);
        st = jemput_buf_check(ids, "attachments", err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "look for attachments that are gone");
    sqlite3_finalize(stmt);
    return st;
}

enum jemput_status jemput_store_media_made_since(struct jemput_store *store, int64_t since_ms, int64_t *bytes, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT coalesce(sum(bytes), 0) FROM jemput_media WHERE own AND made_ms >= ?", err);
    enum jemput_status st = JEMPUT_OK;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, since_ms);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        *bytes = sqlite3_column_int64(stmt, 0);
    else
        st = jemput_sqlite_fail(store->db, sqlite3_errcode(store->db), err, "read attachments");
    sqlite3_reset(stmt);
    return st;
}
