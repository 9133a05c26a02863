/* store/apply/early.c — rows that were written by segments which came before a segment that they name. See early.h. */
#include "store/apply/early.h"

#include <stdlib.h>

/* --- noting them --- */

enum jemput_status jemput_early_put(struct jemput_store *store, int64_t segment, uint32_t table, struct jemput_bytes key, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "INSERT OR IGNORE INTO jemput_early(segment, tbl, key) VALUES(?, ?, ?)", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, segment);
    sqlite3_bind_int64(stmt, 2, table);
    sqlite3_bind_blob64(stmt, 3, key.data, key.len, SQLITE_STATIC);
    return jemput_store_step_done(store, stmt, err);
}

static enum jemput_status segment_note(struct jemput_store *store, const struct jemput_apply *segment, struct jemput_error *err)
{
    const struct jemput_cause *cause;
    enum jemput_status st = jemput_causes_segment(store, segment->segment_id, &cause, err);

    if (st || cause->context_whole)
        return st;
    for (uint32_t t = 0; t < segment->count; t++)
        for (uint32_t i = 0; !st && i < segment->txns[t].change_count; i++)
            st = jemput_early_put(store, segment->segment_id, segment->txns[t].changes[i].table, segment->txns[t].changes[i].key, err);
    return st;
}

enum jemput_status jemput_early_note(struct jemput_store *store, const struct jemput_apply *segments, uint32_t count, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < count; i++)
        st = segment_note(store, &segments[i], err);
    return st;
}

static enum jemput_status segment_drop(struct jemput_store *store, int64_t segment, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "DELETE FROM jemput_early WHERE segment = ?", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, segment);
    return jemput_store_step_done(store, stmt, err);
}

/* --- judging them again --- */

/* All rows of a segment go to b->judged, those of them with more than one write to `many` as well: nothing else can show otherwise. */
static enum jemput_status segment_rows(struct jemput_batch *b, int64_t segment, struct jemput_row_names *many, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(b->store,
                                                "SELECT e.tbl, e.key, r.detail IS NOT NULL FROM jemput_early e LEFT JOIN jemput_row r "
                                                "ON r.tbl = e.tbl AND r.key = e.key WHERE e.segment = ?",
                                                err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, segment);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && !st) {
        struct jemput_bytes key = jemput_bytes_of(sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1));
        struct jemput_applier *a;

        st = jemput_applier_of(b->store, (uint32_t)sqlite3_column_int64(stmt, 0), &a, err);
        if (!st)
            st = jemput_names_add(&b->judged, &b->arena, a, key, err);
        if (!st && sqlite3_column_int(stmt, 2))
            st = jemput_names_add(many, &b->arena, a, key, err);
    }
    sqlite3_reset(stmt);
    return st || rc == SQLITE_DONE ? st : jemput_sqlite_fail(b->store->db, rc, err, "read rows to judge");
}

static int name_compare(const void *left, const void *right)
{
    const struct jemput_row_name *a = left, *b = right;

    if (a->applier != b->applier)
        return a->applier->table->id < b->applier->table->id ? -1 : 1;
    return jemput_bytes_compare(a->key, b->key);
}

/* Trees are written in their order, and a row that several segments wrote is judged once. */
static void names_sort(struct jemput_row_names *names)
{
    uint32_t kept = 0;

    if (names->count)
        qsort(names->names, names->count, sizeof *names->names, name_compare);
    for (uint32_t i = 0; i < names->count; i++)
        if (i == 0 || name_compare(&names->names[i], &names->names[kept - 1]) != 0)
            names->names[kept++] = names->names[i];
    names->count = kept;
}

static enum jemput_status whole_drop(struct jemput_store *store, const int64_t *segments, size_t count, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (size_t i = 0; !st && i < count; i++) {
        const struct jemput_cause *cause;

        st = jemput_causes_segment(store, segments[i], &cause, err);
        if (!st && cause->context_whole)
            st = segment_drop(store, segments[i], err);
    }
    return st;
}

enum jemput_status jemput_early_judge(struct jemput_store *store, const int64_t *segments, size_t count, struct jemput_error *err)
{
    struct jemput_batch b = { 0 };
    struct jemput_row_names many = { 0 };
    enum jemput_status st = count ? jemput_batch_begin(&b, store, err) : JEMPUT_OK;

    if (!st && count)
        st = jemput_batch_touches(&b, NULL, 0, err);
    for (size_t i = 0; !st && i < count; i++)
        st = segment_rows(&b, segments[i], &many, err);
    names_sort(&many);
    for (uint32_t i = 0; !st && i < many.count; i++)
        st = jemput_batch_judge(&b, many.names[i].applier, many.names[i].key, err);
    if (!st && b.judged.count)
        st = jemput_batch_end(&b, err);
    if (!st)
        st = whole_drop(store, segments, count, err);
    jemput_batch_release(&b);
    return st;
}
