/* store/constraint/held.c — jemput_withheld: rows that are held (alive, kept whole in jemput_row with all their values, out of the table because a
 * constraint would not have them), and others whose fate depends on other rows. */
#include "store/constraint/interest.h"

#include <string.h>

enum jemput_status jemput_open_count(struct jemput_store *store, int64_t *out, struct jemput_error *err)
{
    struct jemput_appliers *as = store->appliers;
    enum jemput_status st = JEMPUT_OK;

    if (as->open_count < 0)
        st = jemput_store_look(store, "SELECT count(*) FROM jemput_withheld", "count held rows", &as->open_count, err);
    *out = as->open_count;
    return st;
}

/* A statement whose first parameters are the row. NULL = err is set. */
static sqlite3_stmt *row_statement(struct jemput_batch *b, const char *sql, const struct jemput_applier *a, struct jemput_bytes key,
                                   struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(b->store, sql, err);

    if (stmt) {
        sqlite3_bind_int64(stmt, 1, a->table->id);
        sqlite3_bind_blob64(stmt, 2, key.data, key.len, SQLITE_STATIC);
    }
    return stmt;
}

enum jemput_status jemput_withheld_put(struct jemput_batch *b, const struct jemput_applier *a, struct jemput_bytes key,
                                       const struct jemput_withheld *entry, struct jemput_error *err)
{
    sqlite3_stmt *stmt = row_statement(b,
                                       "INSERT INTO jemput_withheld(tbl, key, fault, reason, against_tbl, against_key) VALUES(?, ?, ?, ?, ?, ?) "
                                       "ON CONFLICT(tbl, key) DO UPDATE SET fault = excluded.fault, reason = excluded.reason, "
                                       "against_tbl = excluded.against_tbl, against_key = excluded.against_key",
                                       a, key, err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int(stmt, 3, (int)entry->fault);
    sqlite3_bind_text(stmt, 4, entry->reason, -1, SQLITE_STATIC);
    if (entry->against)
        sqlite3_bind_int64(stmt, 5, entry->against);
    if (entry->against_key.len)
        sqlite3_bind_blob64(stmt, 6, entry->against_key.data, entry->against_key.len, SQLITE_STATIC);
    b->appliers->open_count = -1;
    if (!b->partial && b->appliers->interests)
        b->appliers->interests->whole = false; /* until the pass over everything ends */
    jemput_feed_note(b->store, a->table->id, key);
    return jemput_store_step_done(b->store, stmt, err);
}

enum jemput_status jemput_withheld_drop(struct jemput_batch *b, const struct jemput_applier *a, struct jemput_bytes key, struct jemput_error *err)
{
    sqlite3_stmt *stmt = row_statement(b, "DELETE FROM jemput_withheld WHERE tbl = ? AND key = ?", a, key, err);

    if (!stmt)
        return err->status;
    b->appliers->open_count = -1;
    jemput_feed_note(b->store, a->table->id, key);
    return jemput_store_step_done(b->store, stmt, err);
}

static bool names_have(const struct jemput_row_names *names, const struct jemput_applier *a, struct jemput_bytes key)
{
    for (uint32_t i = 0; i < names->count; i++) {
        if (names->names[i].applier == a && jemput_bytes_equal(names->names[i].key, key))
            return true;
    }
    return false;
}

static enum jemput_status held_has(struct jemput_batch *b, const struct jemput_applier *a, struct jemput_bytes key, bool *out,
                                   struct jemput_error *err)
{
    sqlite3_stmt *stmt = row_statement(b, "SELECT fault FROM jemput_withheld WHERE tbl = ? AND key = ?", a, key, err);
    int rc;

    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    *out = rc == SQLITE_ROW && sqlite3_column_int(stmt, 0) < JEMPUT_FAULT_RESTORED;
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(b->store->db, rc, err, "look for held row");
}

enum jemput_status jemput_hold(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, const struct jemput_row *row,
                               const struct jemput_view *view, enum jemput_fault fault, const char *reason, struct jemput_error *err)
{
    bool held = false;
    enum jemput_status st = held_has(b, a, key, &held, err);

    if (!st && !held) {
        st = jemput_names_add(&b->withheld, &b->arena, a, key, err);
        b->counts.held++;
    }
    if (!st)
        st = jemput_withheld_put(b, a, key, &(struct jemput_withheld){ .fault = fault, .reason = reason }, err);
    return st ? st : jemput_known_write(b->store, a, key, row, view, jemput_view_state(view) | JEMPUT_ROW_HELD, false, err);
}

enum jemput_status jemput_eject(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, struct jemput_row *row,
                                enum jemput_fault fault, const char *reason, struct jemput_error *err)
{
    struct jemput_view view;
    bool found;
    enum jemput_status st = jemput_shown_read(b->store, a, key, &found, &b->row, err);

    if (!st)
        st = jemput_row_fill(row, a->table, a->row, &b->row, err);
    if (!st)
        st = jemput_batch_children(b, a, true, err);
    if (!st)
        st = jemput_shown_remove(b->store, a, key, err);
    if (!st)
        st = jemput_row_show(&view, row, a->table, &b->causality, &b->row, err);
    return st ? st : jemput_hold(b, a, key, row, &view, fault, reason, err);
}

enum jemput_status jemput_open_drop(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, unsigned state,
                                    struct jemput_error *err)
{
    if (!(state & (JEMPUT_ROW_HELD | JEMPUT_ROW_RESTORED | JEMPUT_ROW_CASCADED)))
        return JEMPUT_OK;
    if (state & JEMPUT_ROW_HELD) {
        if (names_have(&b->withheld, a, key))
            b->counts.held--; /* held for a moment only */
        else
            b->counts.admitted++;
    }
    return jemput_withheld_drop(b, a, key, err);
}

/* --- what people see --- */

/* The next row after (table, key) that the statement gives. *done at the end. */
static enum jemput_status held_next(struct jemput_store *store, const char *sql, int64_t *table, struct jemput_buf *key, struct jemput_applier **a,
                                    char **reason, bool *done, struct jemput_arena *arena, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, sql, err);
    enum jemput_status st;

    if (!stmt)
        return err->status;
    st = jemput_row_step(store, stmt, table, key, a, done, err);
    if (!st && !*done) {
        *reason = jemput_arena_str(arena, jemput_bytes_of(sqlite3_column_blob(stmt, 2), (size_t)sqlite3_column_bytes(stmt, 2)));
        if (!*reason)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a reason");
    }
    sqlite3_reset(stmt);
    return st;
}

/* `unborn`: only if the row lacks nothing but its insert. */
static enum jemput_status held_tell(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, const char *reason, bool unborn,
                                    jemput_held_fn each, void *ctx, struct jemput_error *err)
{
    struct jemput_row_held held = { .table = a->table, .key = key, .reason = reason, .values = a->row };
    struct jemput_known known;
    struct jemput_view view;
    enum jemput_status st = jemput_known_read(b->store, a, key, false, &known, &b->row, err);

    if (!st)
        st = jemput_row_show(&view, &known.row, a->table, &b->causality, &b->row, err);
    st = jemput_causes_outcome(b->store, st, err);
    if (!st && unborn && !view.incomplete)
        return JEMPUT_OK;
    if (!st)
        st = jemput_view_take(a, key, &view, false, err);
    return st ? st : each(ctx, &held, err);
}

static enum jemput_status rows_each(struct jemput_store *store, const char *sql, bool unborn, jemput_held_fn each, void *ctx,
                                    struct jemput_error *err)
{
    struct jemput_buf key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    struct jemput_batch b;
    int64_t table = 0;
    bool done = false;
    enum jemput_status st = jemput_batch_begin(&b, store, err);

    while (!st && !done) {
        struct jemput_applier *a;
        char *reason;

        jemput_arena_clear(&b.row);
        st = held_next(store, sql, &table, &key, &a, &reason, &done, &b.row, err);
        if (!st && !done)
            st = held_tell(&b, a, jemput_buf_bytes(&key), reason, unborn, each, ctx, err);
    }
    jemput_buf_release(&key);
    jemput_batch_release(&b);
    return st;
}

/* The constraint's words, or "INSERT" of a row that may never have been made; empty: it is neither. */
static enum jemput_status reason_find(struct jemput_store *store, const struct jemput_table *table, struct jemput_bytes key,
                                      char out[JEMPUT_REASON_BYTES], struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "SELECT reason FROM jemput_withheld WHERE tbl = ?1 AND key = ?2 AND fault < 4 UNION ALL "
                                                "SELECT 'INSERT' FROM jemput_row WHERE tbl = ?1 AND key = ?2 AND version = 0 AND state & 4 LIMIT 1",
                                                err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, table->id);
    sqlite3_bind_blob64(stmt, 2, key.data, key.len, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    sqlite3_snprintf(JEMPUT_REASON_BYTES, out, "%s", rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : "");
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "look for held row");
}

enum jemput_status jemput_store_held_of(struct jemput_store *store, const struct jemput_table *table, struct jemput_bytes key, jemput_held_fn each,
                                        void *ctx, struct jemput_error *err)
{
    struct jemput_batch b = { 0 };
    struct jemput_applier *a;
    char reason[JEMPUT_REASON_BYTES];
    enum jemput_status st = reason_find(store, table, key, reason, err);

    if (st || !*reason)
        return st;
    st = jemput_batch_begin(&b, store, err);
    if (!st)
        st = jemput_applier_of(store, table->id, &a, err);
    if (!st)
        st = held_tell(&b, a, key, reason, strcmp(reason, "INSERT") == 0, each, ctx, err);
    jemput_batch_release(&b);
    return st;
}

enum jemput_status jemput_store_held_each(struct jemput_store *store, jemput_held_fn each, void *ctx, struct jemput_error *err)
{
    return rows_each(store, "SELECT tbl, key, reason FROM jemput_withheld WHERE (tbl, key) > (?, ?) AND fault < 4 ORDER BY tbl, key LIMIT 1", false,
                     each, ctx, err);
}

enum jemput_status jemput_store_unborn_each(struct jemput_store *store, jemput_held_fn each, void *ctx, struct jemput_error *err)
{
    return rows_each(store,
                     "SELECT tbl, key, 'INSERT' FROM jemput_row WHERE (tbl, key) > (?, ?) AND version = 0 AND state & 4 ORDER BY tbl, key LIMIT 1",
                     true, each, ctx, err);
}
