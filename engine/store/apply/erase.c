/* store/apply/erase.c — rows that are to be as if they had never been. See erase.h. */
#include "store/apply/erase.h"

#include "store/apply/apply.h"
#include "store/apply/birth.h"
#include "store/constraint/lookup.h"

static enum jemput_status entries_erase(struct jemput_store *store, sqlite3_stmt *stmt, uint32_t table, struct jemput_bytes key,
                                        struct jemput_error *err)
{
    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, table);
    sqlite3_bind_blob64(stmt, 2, key.len ? (const void *)key.data : "", key.len, SQLITE_STATIC);
    return jemput_store_step_done(store, stmt, err);
}

/* All that names a row by table and key. */
static enum jemput_status beside_erase(struct jemput_store *store, uint32_t table, struct jemput_bytes key, struct jemput_error *err)
{
    enum jemput_status st =
        entries_erase(store, jemput_store_statement(store, "DELETE FROM jemput_row WHERE tbl = ? AND key = ?", err), table, key, err);

    if (!st)
        st = entries_erase(store, jemput_store_statement(store, "DELETE FROM jemput_removed WHERE tbl = ? AND key = ?", err), table, key, err);
    if (!st)
        st = entries_erase(store, jemput_store_statement(store, "DELETE FROM jemput_early WHERE tbl = ? AND key = ?", err), table, key, err);
    if (!st)
        st = entries_erase(store, jemput_store_statement(store, "DELETE FROM jemput_refusal WHERE tbl = ? AND key = ?", err), table, key, err);
    if (!st)
        st = entries_erase(store, jemput_store_statement(store, "DELETE FROM jemput_refusal_row WHERE tbl = ? AND key = ?", err), table, key, err);
    if (!st)
        st = entries_erase(store, jemput_store_statement(store, "DELETE FROM jemput_region WHERE tbl = ? AND key = ?", err), table, key, err);
    if (!st)
        st = entries_erase(store, jemput_store_statement(store, "DELETE FROM jemput_departed WHERE tbl = ? AND key = ?", err), table, key, err);
    if (!st)
        st = entries_erase(store, jemput_store_statement(store, "DELETE FROM jemput_stood WHERE tbl = ? AND key = ?", err), table, key, err);
    if (!st)
        st = entries_erase(store, jemput_store_statement(store, "DELETE FROM jemput_before WHERE tbl = ? AND key = ?", err), table, key, err);
    if (!st)
        st = entries_erase(store, jemput_store_statement(store, "DELETE FROM jemput_unsettled WHERE tbl = ? AND key = ?", err), table, key, err);
    return st;
}

/* Its children are looked at when all are out. */
static enum jemput_status row_erase(struct jemput_batch *b, uint32_t table, struct jemput_bytes key, struct jemput_error *err)
{
    struct jemput_applier *a;
    struct jemput_known known;
    bool found = false;
    enum jemput_status st = jemput_applier_of(b->store, table, &a, err);

    jemput_arena_clear(&b->row);
    if (!st)
        st = jemput_known_read(b->store, a, key, false, &known, &b->row, err);
    if (!st)
        st = jemput_shown_read(b->store, a, key, &found, &b->row, err);
    if (!st && found) {
        st = jemput_batch_children(b, a, true, err);
        if (!st)
            st = jemput_shown_remove(b->store, a, key, err);
    }
    if (!st && known.known)
        st = jemput_open_drop(b, a, key, known.state, err);
    if (!st && known.known)
        st = jemput_birth_drop(b->store, a, key, known.row.created, err);
    return st ? st : beside_erase(b->store, table, key, err);
}

enum jemput_status jemput_store_rows_erase(struct jemput_store *store, const uint32_t *tables, const struct jemput_bytes *keys, uint32_t count,
                                           struct jemput_error *err)
{
    struct jemput_batch b = { 0 };
    enum jemput_status st = count ? jemput_batch_begin(&b, store, err) : JEMPUT_OK;

    for (uint32_t i = 0; !st && i < count; i++)
        st = row_erase(&b, tables[i], keys[i], err);
    if (!st && count) {
        jemput_presence_forget(b.appliers);
        st = jemput_batch_end(&b, err);
    }
    jemput_batch_release(&b);
    return st;
}
