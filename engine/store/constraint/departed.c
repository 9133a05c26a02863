/* store/constraint/departed.c — jemput_departed: an index of deleted rows by the columns that a FOREIGN KEY names, where those are not the primary
 * key.
 *
 * It is made when it is first asked for (the entry without a row says so), and kept up from then on. Entries are never taken out: what a row last
 * held may change when a late write comes, and then the old entry leads to a row that no longer fits, which whoever asks sees. */
#include "store/constraint/lookup.h"
#include "store/constraint/removed.h"

/* Which columns: varint count, varint numbers. What they held follows (lookup.h). */
static void columns_write(struct jemput_buf *out, const struct jemput_link *link)
{
    jemput_buf_varint(out, link->count);
    for (uint16_t i = 0; i < link->count; i++)
        jemput_buf_varint(out, link->target_columns[i]);
}

static enum jemput_status entry_put(struct jemput_store *store, const struct jemput_applier *a, struct jemput_bytes named, struct jemput_bytes key,
                                    struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "INSERT OR IGNORE INTO jemput_departed(tbl, named, key) VALUES(?, ?, ?)", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, a->table->id);
    sqlite3_bind_blob64(stmt, 2, named.data, named.len, SQLITE_STATIC);
    sqlite3_bind_blob64(stmt, 3, key.len ? (const void *)key.data : "", key.len, SQLITE_STATIC);
    return jemput_store_step_done(store, stmt, err);
}

/* Is there an index over the link's target columns? */
static enum jemput_status index_has(struct jemput_store *store, const struct jemput_link *link, struct jemput_bytes columns, bool *out,
                                    struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT 1 FROM jemput_departed WHERE tbl = ? AND named = ? AND key = x''", err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, link->parent->table->id);
    sqlite3_bind_blob64(stmt, 2, columns.data, columns.len, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    *out = rc == SQLITE_ROW;
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "look for deleted rows");
}

/* One row, whose last values are in a->row. `named` begins with the columns. */
static enum jemput_status row_enter(struct jemput_store *store, const struct jemput_link *link, struct jemput_bytes key, struct jemput_buf *named,
                                    struct jemput_error *err)
{
    size_t columns = named->len;
    enum jemput_status st = jemput_link_target_bytes(named, link, link->parent->row, err);

    if (!st && named->len > columns)
        st = entry_put(store, link->parent, jemput_buf_bytes(named), key, err);
    named->len = columns;
    return st;
}

enum jemput_status jemput_departed_note(struct jemput_store *store, struct jemput_applier *a, struct jemput_bytes key, const struct jemput_view *view,
                                        struct jemput_error *err)
{
    struct jemput_buf named = JEMPUT_BUF_INIT(JEMPUT_ROW_BYTES_MAX);
    enum jemput_status st = JEMPUT_OK;

    for (const struct jemput_link *link = a->as_parent; !st && link; link = link->next_of_parent) {
        bool has;

        if (link->target_is_key)
            continue;
        jemput_buf_clear(&named);
        columns_write(&named, link);
        st = jemput_buf_check(&named, "columns", err);
        if (!st)
            st = index_has(store, link, jemput_buf_bytes(&named), &has, err);
        if (st || !has)
            continue;
        st = jemput_view_take(a, key, view, false, err);
        if (!st)
            st = row_enter(store, link, key, &named, err);
    }
    jemput_buf_release(&named);
    return st;
}

/* All deleted rows of the table. */
static enum jemput_status index_fill(struct jemput_batch *b, const struct jemput_link *link, struct jemput_buf *named, struct jemput_error *err)
{
    struct jemput_applier *a = link->parent;
    sqlite3_stmt *stmt =
        jemput_store_statement(b->store, "SELECT key FROM jemput_row WHERE tbl = ? AND state IS NOT NULL AND state & 4 AND version", err);
    struct jemput_row_names deleted = { 0 };
    struct jemput_arena names = { 0 }, row = { 0 };
    enum jemput_status st;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, a->table->id);
    st = jemput_names_take(b->store, stmt, a, &deleted, &names, err);
    for (uint32_t i = 0; !st && i < deleted.count; i++) {
        struct jemput_known known;
        struct jemput_view view;

        jemput_arena_clear(&row);
        st = jemput_known_read(b->store, a, deleted.names[i].key, false, &known, &row, err);
        if (!st)
            st = jemput_row_show(&view, &known.row, a->table, &b->causality, &row, err);
        if (!st)
            st = jemput_view_take(a, deleted.names[i].key, &view, false, err);
        if (!st)
            st = row_enter(b->store, link, deleted.names[i].key, named, err);
    }
    jemput_arena_release(&names);
    jemput_arena_release(&row);
    return st ? st : entry_put(b->store, a, jemput_buf_bytes(named), (struct jemput_bytes){ 0 }, err);
}

enum jemput_status jemput_departed_find(struct jemput_batch *b, struct jemput_link *link, struct jemput_bytes named, struct jemput_row_names *out,
                                        struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf entry = JEMPUT_BUF_INIT(JEMPUT_ROW_BYTES_MAX);
    sqlite3_stmt *stmt;
    bool has;
    enum jemput_status st;

    columns_write(&entry, link);
    st = jemput_buf_check(&entry, "columns", err);
    if (!st)
        st = index_has(b->store, link, jemput_buf_bytes(&entry), &has, err);
    if (!st && !has)
        st = index_fill(b, link, &entry, err);
    jemput_buf_append_bytes(&entry, named);
    if (!st)
        st = jemput_buf_check(&entry, "FOREIGN KEY", err);
    stmt = st ? NULL : jemput_store_statement(b->store, "SELECT key FROM jemput_departed WHERE tbl = ? AND named = ?", err);
    if (!st && !stmt)
        st = err->status;
    if (!st) {
        sqlite3_bind_int64(stmt, 1, link->parent->table->id);
        sqlite3_bind_blob64(stmt, 2, entry.data, entry.len, SQLITE_STATIC);
        st = jemput_names_take(b->store, stmt, link->parent, out, arena, err);
    }
    jemput_buf_release(&entry);
    return st;
}
