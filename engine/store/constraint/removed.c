/* store/constraint/removed.c — jemput_removed: which rows a transaction deleted together with a row of a parent table. If the parent comes back,
 * they may, too, and nothing but this finds them without looking at every deleted row. */
#include "store/constraint/removed.h"

enum jemput_status jemput_names_take(struct jemput_store *store, sqlite3_stmt *stmt, struct jemput_applier *a, struct jemput_row_names *out,
                                     struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    int rc;

    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && !st)
        st = jemput_names_add(out, arena, a, jemput_bytes_of(sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0)), err);
    sqlite3_reset(stmt);
    return st || rc == SQLITE_DONE ? st : jemput_sqlite_fail(store->db, rc, err, "read rows");
}

static enum jemput_status row_note(struct jemput_batch *b, uint64_t version, const struct jemput_change *change, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(b->store, "INSERT OR IGNORE INTO jemput_removed(version, tbl, key) VALUES(?, ?, ?)", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, (int64_t)version);
    sqlite3_bind_int64(stmt, 2, change->table);
    sqlite3_bind_blob64(stmt, 3, change->key.data, change->key.len, SQLITE_STATIC);
    return jemput_store_step_done(b->store, stmt, err);
}

/* Did the transaction delete a row of a parent table, other than this one? deleted: by table id - 1, how many rows it deleted. */
static bool parent_went(const struct jemput_applier *a, const uint32_t *deleted)
{
    for (uint16_t i = 0; i < a->link_count; i++) {
        const struct jemput_applier *parent = a->links[i].parent;

        if (parent && deleted[parent->table->id - 1] > (parent == a))
            return true;
    }
    return false;
}

static enum jemput_status txn_note(struct jemput_batch *b, const struct jemput_txn *txn, uint64_t version, struct jemput_error *err)
{
    uint32_t *deleted = NULL, count = 0;
    struct jemput_applier *a;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; i < txn->change_count; i++)
        count += txn->changes[i].op == JEMPUT_OP_DELETE;
    if (count < 2)
        return JEMPUT_OK;
    jemput_arena_clear(&b->row);
    deleted = jemput_arena_array(&b->row, b->appliers->count, sizeof *deleted);
    if (!deleted)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for deleted rows");
    for (uint32_t i = 0; !st && i < txn->change_count; i++) {
        if (txn->changes[i].op != JEMPUT_OP_DELETE)
            continue;
        st = jemput_applier_of(b->store, txn->changes[i].table, &a, err);
        if (!st)
            deleted[a->table->id - 1]++;
    }
    for (uint32_t i = 0; !st && i < txn->change_count; i++) {
        if (txn->changes[i].op != JEMPUT_OP_DELETE)
            continue;
        st = jemput_applier_of(b->store, txn->changes[i].table, &a, err);
        if (!st && parent_went(a, deleted))
            st = row_note(b, version, &txn->changes[i], err);
    }
    return st;
}

enum jemput_status jemput_removed_note(struct jemput_batch *b, const struct jemput_apply *segments, uint32_t segment_count, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t s = 0; !st && s < segment_count; s++) {
        for (uint32_t i = 0; !st && i < segments[s].count; i++)
            st = txn_note(b, &segments[s].txns[i], (uint64_t)segments[s].segment_id * JEMPUT_VERSION_PLACES + i, err);
    }
    return st;
}

enum jemput_status jemput_removed_find(struct jemput_batch *b, uint64_t version, struct jemput_applier *a, struct jemput_row_names *out,
                                       struct jemput_arena *arena, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(b->store, "SELECT key FROM jemput_removed WHERE version = ? AND tbl = ?", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, (int64_t)version);
    sqlite3_bind_int64(stmt, 2, a->table->id);
    return jemput_names_take(b->store, stmt, a, out, arena, err);
}
