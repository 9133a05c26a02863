/* store/apply/new_row.c — rows that nobody knew: most of all work, so it is done with few statements.
 *
 * An insert of all columns is written as it comes. The table itself says whether it has the row already; that a row is known and not shown,
 * birth.h says. Such inserts wait for each other and are written several in one statement. If one of them is refused, it and those behind it are
 * tried alone, and what the table does not take is merged as any other change.
 *
 * Where an insert comes together with later changes of its row, these are merged first and the row is written once. */
#include "store/apply/new_row.h"

#include "store/apply/birth.h"
#include "store/constraint/lookup.h"

#define MANY_VALUES_MAX 1024 /* of one statement; tables of more columns are written row by row */

/* Is it an insert that can be written as it comes, of a row that may be new? */
static enum jemput_status is_plain(struct jemput_batch *b, const struct jemput_applier *a, const struct jemput_change *change, bool *out,
                                   struct jemput_error *err)
{
    bool hidden = true;
    enum jemput_status st = JEMPUT_OK;

    *out = false;
    if (change->op != JEMPUT_OP_INSERT || change->cell_count != a->carried_count || a->table->merges_values)
        return JEMPUT_OK;
    st = jemput_birth_may_be_hidden(b->store, a, change->key, &hidden, err);
    *out = !st && !hidden;
    return st;
}

/* The table has taken the row in a->row. */
static enum jemput_status row_taken(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, struct jemput_error *err)
{
    if (a->as_parent)
        jemput_presence_note(b->appliers, a->table->id, key);
    return a->link_count ? jemput_batch_parents(b, a, key, err) : JEMPUT_OK;
}

static enum jemput_status row_write(struct jemput_batch *b, struct jemput_applier *a, const struct jemput_entry *entry, struct jemput_error *err)
{
    struct jemput_refusal refusal;
    enum jemput_status st = jemput_applier_take_insert(a, entry->change, err);

    if (!st)
        st = jemput_shown_insert(b->store, a, &refusal, err);
    if (!st && refusal.refused)
        return jemput_change_merge(b, a, entry, err);
    if (!st)
        st = jemput_birth_note(b->store, a, entry->change, entry->version, err);
    return st ? st : row_taken(b, a, entry->change->key, err);
}

static enum jemput_status rows_write(struct jemput_batch *b, struct jemput_applier *a, const struct jemput_entry *of, unsigned *taken,
                                     struct jemput_error *err)
{
    enum jemput_status st = jemput_shown_insert_many(b->store, a, taken, err);

    for (unsigned i = 0; !st && i < *taken; i++) {
        st = jemput_birth_note(b->store, a, of[i].change, of[i].version, err);
        if (!st && a->link_count)
            st = jemput_applier_take_insert(a, of[i].change, err);
        if (!st)
            st = row_taken(b, a, of[i].change->key, err);
    }
    return st;
}

enum jemput_status jemput_newrows_flush(struct jemput_batch *b, struct jemput_error *err)
{
    struct jemput_newrows *rows = &b->new_rows;
    unsigned count = rows->count, taken = 0;
    enum jemput_status st = JEMPUT_OK;

    rows->count = 0;
    if (count == JEMPUT_INSERT_MANY)
        st = rows_write(b, rows->applier, rows->of, &taken, err);
    for (unsigned i = taken; !st && i < count; i++) {
        jemput_arena_clear(&b->row);
        st = row_write(b, rows->applier, &rows->of[i], err);
    }
    return st;
}

enum jemput_status jemput_newrow_insert(struct jemput_batch *b, struct jemput_applier *a, const struct jemput_entry *entry, bool *done,
                                        struct jemput_error *err)
{
    struct jemput_newrows *rows = &b->new_rows;
    enum jemput_status st = is_plain(b, a, entry->change, done, err);

    if (st || !*done)
        return st;
    if (rows->count && rows->applier != a)
        st = jemput_newrows_flush(b, err);
    if (!st && (a->table->trigger_count || a->table->column_count > MANY_VALUES_MAX / JEMPUT_INSERT_MANY))
        return row_write(b, a, entry, err);
    if (!st)
        st = jemput_applier_take_insert(a, entry->change, err);
    if (!st)
        st = jemput_shown_insert_bind(b->store, a, rows->count, err);
    if (st)
        return st;
    rows->applier = a;
    rows->of[rows->count++] = *entry;
    return rows->count == JEMPUT_INSERT_MANY ? jemput_newrows_flush(b, err) : JEMPUT_OK;
}

enum jemput_status jemput_newrow_merge(struct jemput_batch *b, struct jemput_applier *a, const struct jemput_entry *entries, size_t count, bool *done,
                                       struct jemput_error *err)
{
    struct jemput_bytes key = entries[0].change->key;
    struct jemput_row row = { 0 };
    struct jemput_refusal refusal;
    struct jemput_view view;
    enum jemput_status st = is_plain(b, a, entries[0].change, done, err);

    if (st || !*done)
        return st;
    *done = false;
    jemput_arena_clear(&b->row);
    for (size_t i = 0; !st && i < count; i++)
        st = jemput_row_merge(&row, a->table, &b->causality, entries[i].change, entries[i].version, &b->row, err);
    if (!st)
        st = jemput_row_show(&view, &row, a->table, &b->causality, &b->row, err);
    st = jemput_causes_outcome(b->store, st, err);
    if (st || !view.alive || row.delete_count)
        return st;
    st = jemput_view_take(a, key, &view, false, err);
    if (!st)
        st = jemput_shown_insert(b->store, a, &refusal, err);
    if (st || refusal.refused)
        return st;
    *done = true;
    b->counts.conflicts += view.conflict;
    st = row_taken(b, a, key, err);
    return st ? st : jemput_known_write(b->store, a, key, &row, &view, jemput_view_state(&view), true, err);
}
