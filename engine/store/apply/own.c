/* store/apply/own.c — own transactions, just sealed, into the merge state; and bringing the tables in line afterwards. The idea is told in apply.c.
 * */
#include "store/constraint/removed.h"

#include <string.h>

#include "store/apply/birth.h"
#include "store/apply/early.h"

/* The row of SELECT row FROM jemput_before, if the statement gives one; it is reset. */
static enum jemput_status before_take(struct jemput_store *store, sqlite3_stmt *stmt, struct jemput_applier *a, struct jemput_value **out,
                                      struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_bytes bytes = { 0 };
    struct jemput_reader r = { 0 };
    struct jemput_value *row;
    int rc = sqlite3_step(stmt);

    *out = NULL;
    if (rc == SQLITE_ROW)
        bytes = jemput_arena_copy(arena, jemput_bytes_of(sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0)));
    sqlite3_reset(stmt);
    if (rc == SQLITE_DONE)
        return JEMPUT_OK;
    if (rc != SQLITE_ROW)
        return jemput_sqlite_fail(store->db, rc, err, "read values before");
    row = jemput_arena_array(arena, a->table->column_count, sizeof *row);
    if (!row || !bytes.data)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a row");
    r.rest = bytes;
    for (uint16_t i = 0; i < a->table->column_count && r.rest.len; i++) { /* columns that came later stay NULL */
        if (a->table->columns[i].group != JEMPUT_GROUP_NONE)
            jemput_value_read(&r, &row[i]);
    }
    if (r.overrun || r.rest.len)
        return jemput_fail(err, JEMPUT_CORRUPT, "table '%s': the values before a change are damaged", a->table->name);
    *out = row;
    return JEMPUT_OK;
}

enum jemput_status jemput_before_read(struct jemput_store *store, jemput_stamp stamp, struct jemput_applier *a, struct jemput_bytes key,
                                      struct jemput_value **out, struct jemput_arena *arena, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT row FROM jemput_before WHERE stamp = ? AND tbl = ? AND key = ?", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, (int64_t)stamp);
    sqlite3_bind_int64(stmt, 2, a->table->id);
    sqlite3_bind_blob64(stmt, 3, key.data, key.len, SQLITE_STATIC);
    return before_take(store, stmt, a, out, arena, err);
}

/* What a later pending transaction found: the values that this one left. */
static enum jemput_status before_next(struct jemput_store *store, jemput_stamp stamp, struct jemput_applier *a, struct jemput_bytes key,
                                      struct jemput_value **out, struct jemput_arena *arena, struct jemput_error *err)
{
    sqlite3_stmt *stmt =
        jemput_store_statement(store, "SELECT row FROM jemput_before WHERE stamp > ? AND tbl = ? AND key = ? ORDER BY stamp LIMIT 1", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, (int64_t)stamp);
    sqlite3_bind_int64(stmt, 2, a->table->id);
    sqlite3_bind_blob64(stmt, 3, key.data, key.len, SQLITE_STATIC);
    return before_take(store, stmt, a, out, arena, err);
}

static enum jemput_status unsettled_add(struct jemput_store *store, uint32_t table, struct jemput_bytes key, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "INSERT OR IGNORE INTO jemput_unsettled(tbl, key) VALUES(?, ?)", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, table);
    sqlite3_bind_blob64(stmt, 2, key.len ? (const void *)key.data : "", key.len, SQLITE_STATIC);
    return jemput_store_step_done(store, stmt, err);
}

static bool change_writes(const struct jemput_change *change, const struct jemput_applier *a, uint16_t group)
{
    for (uint16_t i = 0; i < change->cell_count; i++) {
        if (a->table->columns[change->cells[i].column].group == group)
            return true;
    }
    return false;
}

static bool group_sums(const struct jemput_table *table, uint16_t group)
{
    return table->columns[table->groups[group].columns[0]].rule == JEMPUT_RULE_SUM;
}

/* Does the table show what merging shows? In the groups that this change wrote the table has its values; in the others, what it had before. */
static bool view_is_shown(const struct jemput_view *view, const struct jemput_applier *a, const struct jemput_change *change, uint64_t version)
{
    for (uint16_t g = 0; g < a->table->group_count; g++) {
        const struct jemput_write *w = view->shown[g];

        if (group_sums(a->table, g)) /* the app added to what it saw, and what it saw was the sum (prepare.c) */
            continue;
        if (w && w->version != version && (!w->in_table || change_writes(change, a, g)))
            return false;
    }
    return view->alive;
}

/* Give all writes that are in the table their values: as they were before this change, else before a later one that is pending too and did not see
 * what it replaces, or took the row out of the table; else as they are now. */
static enum jemput_status own_fill(struct jemput_batch *b, struct jemput_applier *a, const struct jemput_change *change, jemput_stamp stamp,
                                   struct jemput_row *row, const struct jemput_value *before, struct jemput_error *err)
{
    struct jemput_value *later = NULL;
    bool found;
    enum jemput_status st = JEMPUT_OK;

    if (before)
        return jemput_row_fill(row, a->table, before, &b->row, err);
    st = before_next(b->store, stamp, a, change->key, &later, &b->row, err);
    if (!st && !later)
        st = jemput_shown_read(b->store, a, change->key, &found, &b->row, err);
    return st ? st : jemput_row_fill(row, a->table, later ? later : a->row, &b->row, err);
}

static enum jemput_status own_conclude(struct jemput_batch *b, struct jemput_applier *a, const struct jemput_change *change, uint64_t version,
                                       jemput_stamp stamp, struct jemput_known *known, const struct jemput_value *before, struct jemput_error *err)
{
    struct jemput_row *row = &known->row;
    struct jemput_view view;
    enum jemput_status st = jemput_row_show(&view, row, a->table, &b->causality, &b->row, err);

    st = jemput_causes_outcome(b->store, st, err);
    if (!st && !(change->op == JEMPUT_OP_DELETE && view.alive))
        st = jemput_open_drop(b, a, change->key, known->state, err);
    if (!st && change->op != JEMPUT_OP_DELETE && row->delete_count) /* what was deleted with it may come back */
        st = unsettled_add(b->store, a->table->id, change->key, err);
    if (st)
        return st;
    if (change->op != JEMPUT_OP_DELETE && view_is_shown(&view, a, change, version))
        return jemput_known_write(b->store, a, change->key, row, &view, jemput_view_state(&view), true, err);
    st = own_fill(b, a, change, stamp, row, before, err);
    if (!st && (change->op != JEMPUT_OP_DELETE || view.alive))
        st = unsettled_add(b->store, a->table->id, change->key, err);
    if (st)
        return st;
    if (change->op != JEMPUT_OP_DELETE)
        return jemput_known_write(b->store, a, change->key, row, &view, jemput_view_state(&view), false, err);
    if (view.alive) /* a concurrent edit wins over the delete: the row comes back */
        return jemput_hold(b, a, change->key, row, &view, JEMPUT_FAULT_UNKNOWN, "", err);
    return jemput_known_write(b->store, a, change->key, row, &view, JEMPUT_ROW_ABSENT, false, err);
}

static enum jemput_status own_apply(struct jemput_batch *b, const struct jemput_change *change, uint64_t version, jemput_stamp stamp,
                                    struct jemput_error *err)
{
    struct jemput_applier *a;
    struct jemput_known known;
    struct jemput_value *before;
    bool hidden = true;
    enum jemput_status st = jemput_applier_of(b->store, change->table, &a, err);

    jemput_arena_clear(&b->row);
    if (!st && change->op == JEMPUT_OP_INSERT && change->cell_count == a->carried_count && !a->table->merges_values)
        st = jemput_birth_may_be_hidden(b->store, a, change->key, &hidden, err);
    if (!st && !hidden)
        return jemput_birth_note(b->store, a, change, version, err);
    if (st)
        return st;
    st = jemput_known_read(b->store, a, change->key, change->op != JEMPUT_OP_INSERT, &known, &b->row, err);
    if (!st && (!known.known || known.born) && change->op == JEMPUT_OP_INSERT)
        known = (struct jemput_known){ 0 }; /* the row that the table has is this one, and the birth another row's */
    if (!st)
        st = jemput_before_read(b->store, stamp, a, change->key, &before, &b->row, err);
    if (!st && (before || (a->table->merges_values && known.shown)))
        st = own_fill(b, a, change, stamp, &known.row, before, err);
    if (!st)
        st = jemput_row_merge(&known.row, a->table, &b->causality, change, version, &b->row, err);
    if (!st && jemput_row_wants_table(&known.row))
        st = own_fill(b, a, change, stamp, &known.row, before, err);
    return st ? st : own_conclude(b, a, change, version, stamp, &known, before, err);
}

static enum jemput_status before_drop(struct jemput_store *store, jemput_stamp last, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "DELETE FROM jemput_before WHERE stamp <= ?", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, (int64_t)last);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_store_apply_own(struct jemput_store *store, int64_t segment_id, const struct jemput_txn *txns, uint32_t count,
                                          struct jemput_error *err)
{
    const struct jemput_apply segment = { .segment_id = segment_id, .txns = txns, .count = count };
    struct jemput_batch b;
    struct jemput_entry *entries = NULL;
    size_t entry_count = 0;
    int64_t open = 0;
    enum jemput_status st = jemput_batch_begin(&b, store, err);

    if (!st)
        st = jemput_entries_make(&entries, &entry_count, &b, &segment, 1, err);
    if (!st)
        st = jemput_removed_note(&b, &segment, 1, err);
    if (!st)
        st = jemput_early_note(store, &segment, 1, err);
    for (size_t i = 0; !st && i < entry_count; i++)
        st = own_apply(&b, entries[i].change, entries[i].version, txns[entries[i].version % JEMPUT_VERSION_PLACES].stamp, err);
    for (size_t i = 0; !st && i < entry_count; i++)
        st = jemput_own_orphans(&b, entries[i].change, txns[entries[i].version % JEMPUT_VERSION_PLACES].stamp, err);
    for (uint32_t i = 0; !st && i < b.dangling.count; i++)
        st = unsettled_add(store, b.dangling.names[i].applier->table->id, b.dangling.names[i].key, err);
    if (!st)
        st = jemput_births_flush(store, err);
    if (!st && count)
        st = before_drop(store, txns[count - 1].stamp, err);
    if (!st)
        st = jemput_open_count(store, &open, err);
    if (!st && open) /* what the app wrote may let a held row in, or fill its place */
        st = unsettled_add(store, 0, (struct jemput_bytes){ 0 }, err);
    st = jemput_causes_outcome(store, st, err);
    jemput_batch_release(&b);
    return st;
}

/* --- settling --- */

static enum jemput_status settle_wanted(struct jemput_store *store, bool *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        store, "SELECT EXISTS(SELECT 1 FROM jemput_unsettled) AND NOT EXISTS(SELECT 1 FROM jemput_pending)", err);
    int rc;

    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    *out = rc == SQLITE_ROW && sqlite3_column_int(stmt, 0);
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "look for unsettled rows");
}

static enum jemput_status unsettled_next(struct jemput_batch *b, struct jemput_row_names *name, bool *none, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(b->store,
                                                "DELETE FROM jemput_unsettled WHERE (tbl, key) = (SELECT tbl, key FROM jemput_unsettled LIMIT 1) "
                                                "RETURNING tbl, key",
                                                err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    name->count = 0;
    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    *none = rc == SQLITE_DONE;
    if (rc == SQLITE_ROW && sqlite3_column_int64(stmt, 0) > 0) {
        struct jemput_applier *a;

        st = jemput_applier_of(b->store, (uint32_t)sqlite3_column_int64(stmt, 0), &a, err);
        if (!st)
            st = jemput_names_add(name, &b->arena, a, jemput_bytes_of(sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1)), err);
    }
    if (rc == SQLITE_ROW)
        rc = sqlite3_step(stmt);
    sqlite3_reset(stmt);
    return st || rc == SQLITE_DONE ? st : jemput_sqlite_fail(b->store->db, rc, err, "read unsettled rows");
}

enum jemput_status jemput_store_settle(struct jemput_store *store, struct jemput_error *err)
{
    struct jemput_batch b;
    struct jemput_row_names name = { 0 };
    bool wanted = false, none = false;
    enum jemput_status st = settle_wanted(store, &wanted, err);

    if (st || !wanted)
        return st;
    st = jemput_batch_begin(&b, store, err);
    while (!st && !none) {
        struct jemput_known known;

        st = unsettled_next(&b, &name, &none, err);
        if (st || !name.count)
            continue;
        jemput_arena_clear(&b.row);
        st = jemput_known_read(store, name.names[0].applier, name.names[0].key, false, &known, &b.row, err);
        if (!st)
            st = jemput_batch_follow(&b, name.names[0].applier, name.names[0].key, &known, err);
        if (!st && name.names[0].applier->link_count)
            st = jemput_names_add(&b.dangling, &b.arena, name.names[0].applier, name.names[0].key, err);
    }
    if (!st)
        st = jemput_batch_end(&b, err);
    jemput_batch_release(&b);
    return st;
}
