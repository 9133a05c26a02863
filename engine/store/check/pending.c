/* store/check/pending.c — pending transactions against themselves and the tables. See check.h.
 *
 * Merging may change rows that a pending transaction wrote, and it moves the frontier. So the tables are held against those transactions alone that
 * were written under the present frontier: the newest change of a row, column by column, is what the table must show. */
#include "store/check/check.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    struct jemput_store *store;
    struct jemput_pending_rows *rows;
    struct jemput_tally *tally;
    size_t room;
    int64_t frontier;
    uint64_t place;
};

static enum jemput_status found(struct reading *r, const char *what, struct jemput_error *err)
{
    return jemput_tally_add(r->tally, "jemput_pending", what, (struct jemput_bytes){ 0 }, r->place, err);
}

static enum jemput_status rows_reserve(struct reading *r, size_t more, struct jemput_error *err)
{
    struct jemput_pending_row *grown;
    size_t room = r->room ? r->room : 64;

    while (room < r->rows->count + more)
        room *= 2;
    if (room == r->room)
        return JEMPUT_OK;
    grown = jemput_arena_array(&r->rows->arena, room, sizeof *grown);
    if (!grown)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for pending transactions");
    if (r->rows->count)
        memcpy(grown, r->rows->rows, r->rows->count * sizeof *grown);
    r->rows->rows = grown;
    r->room = room;
    return JEMPUT_OK;
}

static enum jemput_status txn_take(struct reading *r, const struct jemput_txn *txn, bool current, struct jemput_error *err)
{
    enum jemput_status st = rows_reserve(r, txn->change_count, err);

    for (uint32_t i = 0; !st && i < txn->change_count; i++) {
        struct jemput_applier *a;
        struct jemput_value key[JEMPUT_KEY_COLUMNS_MAX];

        st = jemput_applier_of(r->store, txn->changes[i].table, &a, err);
        if (!st)
            st = jemput_key_read(key, a->table->key_count, txn->changes[i].key, err);
        if (st == JEMPUT_CORRUPT) {
            st = found(r, "a pending transaction names a table or key that cannot be", err);
            continue;
        }
        if (!st)
            r->rows->rows[r->rows->count++] = (struct jemput_pending_row){ a, &txn->changes[i], txn->stamp, current };
    }
    return st;
}

/* One row of SELECT stamp, context, changes, record, run IS NULL OR EXISTS(its run). */
static enum jemput_status pending_take(struct reading *r, sqlite3_stmt *stmt, struct jemput_error *err)
{
    struct jemput_bytes stored = { sqlite3_column_blob(stmt, 3), (size_t)sqlite3_column_bytes(stmt, 3) };
    struct jemput_bytes record = jemput_arena_copy(&r->rows->arena, stored);
    int64_t context = sqlite3_column_int64(stmt, 1);
    const struct jemput_map *map;
    struct jemput_txn txn;
    enum jemput_status st;

    r->place++;
    if (!record.data)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for pending transactions");
    st = jemput_txn_read(&txn, record, &r->rows->arena, err);
    if (st == JEMPUT_CORRUPT)
        return found(r, "a pending transaction is damaged", err);
    if (!st && txn.stamp != (jemput_stamp)sqlite3_column_int64(stmt, 0))
        st = found(r, "a pending transaction has another stamp inside", err);
    if (!st && txn.change_count != sqlite3_column_int64(stmt, 2))
        st = found(r, "a pending transaction has another number of changes inside", err);
    if (!st && !sqlite3_column_int(stmt, 4))
        st = found(r, "the run of ids of a pending transaction is missing", err);
    if (st)
        return st;
    st = jemput_causes_context(r->store, context, &map, err);
    if (st == JEMPUT_NOTFOUND || st == JEMPUT_CORRUPT)
        st = found(r, "the context of a pending transaction is missing or damaged", err);
    return st ? st : txn_take(r, &txn, context == r->frontier, err);
}

static int row_compare(const void *left, const void *right)
{
    const struct jemput_pending_row *a = left, *b = right;
    int order;

    if (a->applier != b->applier)
        return a->applier->table->id < b->applier->table->id ? -1 : 1;
    order = jemput_bytes_compare(a->change->key, b->change->key);
    return order ? order : a->stamp < b->stamp ? -1 : a->stamp > b->stamp;
}

enum jemput_status jemput_pending_rows_read(struct jemput_store *store, struct jemput_pending_rows *out, struct jemput_tally *t,
                                            struct jemput_error *err)
{
    struct reading r = { .store = store, .rows = out, .tally = t };
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_store_frontier(store, &r.frontier, err);
    int rc = SQLITE_DONE;

    if (!st)
        st = jemput_sqlite_prepare(&stmt, store->db,
                                   "SELECT stamp, context, changes, record, run IS NULL OR EXISTS(SELECT 1 FROM jemput_id_run WHERE id = run) "
                                   "FROM jemput_pending ORDER BY stamp",
                                   0, err);
    if (st)
        return st;
    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        st = pending_take(&r, stmt, err);
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "read pending transactions");
    sqlite3_finalize(stmt);
    if (!st && out->count)
        qsort(out->rows, out->count, sizeof *out->rows, row_compare);
    return st;
}

static int name_compare(const void *left, const void *right)
{
    const struct jemput_row_name *name = left;
    const struct jemput_pending_row *row = right;

    if (name->applier != row->applier)
        return name->applier->table->id < row->applier->table->id ? -1 : 1;
    return jemput_bytes_compare(name->key, row->change->key);
}

bool jemput_pending_rows_have(const struct jemput_pending_rows *rows, const struct jemput_applier *a, struct jemput_bytes key)
{
    struct jemput_row_name name = { (struct jemput_applier *)a, key };

    return rows->count && bsearch(&name, rows->rows, rows->count, sizeof *rows->rows, name_compare);
}

/* --- against the tables --- */

/* Of the changes of one row, oldest first, does the newest that writes a column say what the table holds? The row is in a->row. A counter's deltas
 * say only how it moved. */
static bool values_match(const struct jemput_pending_row *rows, size_t count, const struct jemput_applier *a)
{
    for (uint16_t column = 0; column < a->table->column_count; column++) {
        const struct jemput_cell *cell = NULL;

        for (size_t i = count; i > 0 && !cell && rows[i - 1].current && rows[i - 1].change->op != JEMPUT_OP_DELETE; i--) {
            for (uint16_t k = 0; k < rows[i - 1].change->cell_count; k++)
                cell = rows[i - 1].change->cells[k].column == column ? &rows[i - 1].change->cells[k] : cell;
        }
        if (cell && !cell->is_delta && !jemput_value_equal(&cell->value, &a->row[column]))
            return false;
    }
    return true;
}

enum jemput_status jemput_check_pending(struct jemput_store *store, const struct jemput_pending_rows *rows, struct jemput_tally *t,
                                        struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    enum jemput_status st = JEMPUT_OK;

    for (size_t i = 0, count; !st && i < rows->count; i += count) {
        const struct jemput_pending_row *first = &rows->rows[i], *newest;
        bool there;

        count = 1;
        while (i + count < rows->count && first[count].applier == first->applier && jemput_bytes_equal(first[count].change->key, first->change->key))
            count++;
        newest = &first[count - 1];
        if (!newest->current)
            continue;
        jemput_arena_clear(&arena);
        st = jemput_shown_read(store, first->applier, first->change->key, &there, &arena, err);
        if (!st && (there == (newest->change->op == JEMPUT_OP_DELETE) || (there && !values_match(first, count, first->applier))))
            st = jemput_tally_add(t, first->applier->table->name, "a row is not what a pending transaction made of it", first->change->key, 0, err);
    }
    jemput_arena_release(&arena);
    return st;
}

void jemput_pending_rows_release(struct jemput_pending_rows *rows)
{
    jemput_arena_release(&rows->arena);
    *rows = (struct jemput_pending_rows){ 0 };
}
