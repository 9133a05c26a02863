/* store/apply/apply.c — merging a segment's transactions into the merge state and the tables.
 *
 * Changes are sorted by table and key, so that trees are written in their order and parents come before children. Two cases are most of all work and
 * touch little: a row that nobody knows is written as it comes, and a write that had seen all there is replaces it. Everything else is: read the
 * row's state, merge, show, and write what differs (merge/row.h). What a constraint refuses is held (held.c).
 *
 * Own transactions: the tables have their rows already, perhaps newer ones still. So only the state is written, in the belief that the table shows
 * this change; the values that it replaced, where someone may need them again (a delete, an edit token), were kept by capture in
 * jemput_before. Where merging shows something else than the app wrote, the state is written with all its values and the row is
 * noted in jemput_unsettled; jemput_store_settle brings the table in line once no own transaction is pending any more. */
#include "store/apply/apply.h"

#include "store/apply/birth.h"
#include "store/apply/early.h"
#include "store/apply/new_row.h"
#include "store/capture/stood.h"
#include "store/causes/frontier.h"
#include "store/constraint/interest.h"
#include "store/constraint/lookup.h"
#include "store/constraint/removed.h"

/* --- the batch --- */

enum jemput_status jemput_names_add(struct jemput_row_names *names, struct jemput_arena *arena, struct jemput_applier *a, struct jemput_bytes key,
                                    struct jemput_error *err)
{
    struct jemput_bytes copy = jemput_arena_copy(arena, key);
    struct jemput_row_name *of = jemput_arena_room(arena, names->names, names->count, &names->room, sizeof *of);

    if (!copy.data || !of)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory to note a row");
    names->names = of;
    names->names[names->count++] = (struct jemput_row_name){ a, copy };
    return JEMPUT_OK;
}

enum jemput_status jemput_batch_begin(struct jemput_batch *b, struct jemput_store *store, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    int64_t version;

    *b = (struct jemput_batch){ .store = store };
    jemput_causes_trim(store);
    if (!store->in_txn) /* begin did it */
        st = jemput_catalog_refresh(store, err);
    if (!st && !store->in_txn)
        st = jemput_causes_refresh(store, err);
    if (!st)
        st = jemput_appliers_get(store, &b->appliers, err);
    if (!st)
        st = jemput_causes_table(store, &b->causality, err);
    if (!st)
        st = jemput_store_look(store, "PRAGMA data_version", "read the data's version", &version, err);
    if (st)
        return st;
    if (version != b->appliers->data_version) { /* the app has committed something since */
        b->appliers->data_version = version;
        b->appliers->open_count = -1;
        if (b->appliers->interests)
            b->appliers->interests->whole = false;
        jemput_presence_forget(b->appliers);
        jemput_births_stale(b->appliers->births);
    }
    return JEMPUT_OK;
}

void jemput_batch_release(struct jemput_batch *b)
{
    jemput_arena_release(&b->arena);
    jemput_arena_release(&b->row);
}

enum jemput_status jemput_batch_children(struct jemput_batch *b, struct jemput_applier *a, bool by_key, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (struct jemput_link *link = a->as_parent; !st && link; link = link->next_of_parent) {
        struct jemput_keys keys = { 0 };

        if (link->target_is_key && !by_key)
            continue;
        st = jemput_link_children(b->store, link, a->row, &keys, &b->arena, err);
        for (uint32_t i = 0; !st && i < keys.count; i++)
            st = jemput_names_add(&b->dangling, &b->arena, link->child, keys.keys[i], err);
    }
    return st;
}

enum jemput_status jemput_batch_parents(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, struct jemput_error *err)
{
    for (uint16_t i = 0; i < a->link_count; i++) {
        bool holds;
        enum jemput_status st = jemput_link_holds(b->store, &a->links[i], a->row, &holds, err);

        if (st)
            return st;
        if (!holds)
            return jemput_names_add(&b->dangling, &b->arena, a, key, err);
    }
    return JEMPUT_OK;
}

/* Is one of the row's parents missing now that all changes are in? */
static enum jemput_status batch_look(struct jemput_batch *b, const struct jemput_row_name *name, struct jemput_error *err)
{
    struct jemput_applier *a = name->applier;
    bool found, holds = true;
    enum jemput_status st;

    jemput_arena_clear(&b->row);
    st = jemput_shown_read(b->store, a, name->key, &found, &b->row, err);
    for (uint16_t i = 0; !st && found && holds && i < a->link_count; i++)
        st = jemput_link_holds(b->store, &a->links[i], a->row, &holds, err);
    return st || holds ? st : jemput_names_add(&b->orphans, &b->arena, a, name->key, err);
}

enum jemput_status jemput_batch_end(struct jemput_batch *b, struct jemput_error *err)
{
    int64_t open;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < b->dangling.count; i++)
        st = batch_look(b, &b->dangling.names[i], err);
    if (!st)
        st = jemput_open_count(b->store, &open, err);
    if (!st && (open || b->orphans.count || b->returned.count))
        st = jemput_pass(b, err);
    return jemput_causes_outcome(b->store, st, err);
}

/* --- the table follows the state --- */

static enum jemput_status follow_update(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, struct jemput_row *row,
                                        const struct jemput_view *view, struct jemput_error *err)
{
    struct jemput_refusal refusal;
    bool watched = false, found;
    enum jemput_status st = jemput_view_take(a, key, view, true, err);

    for (uint16_t i = 0; !st && i < a->table->column_count; i++)
        watched = watched || (a->has[i] && a->watched[i] && !a->table->columns[i].key_place);
    if (!st && watched && a->as_parent) { /* children may name values that this row now gives up */
        st = jemput_shown_read(b->store, a, key, &found, &b->row, err);
        if (!st && found)
            st = jemput_batch_children(b, a, false, err);
        if (!st)
            st = jemput_view_take(a, key, view, true, err);
        jemput_presence_forget(b->appliers);
    }
    if (!st)
        st = jemput_shown_update(b->store, a, &refusal, err);
    if (!st && refusal.refused)
        return jemput_eject(b, a, key, row, refusal.own_fault ? JEMPUT_FAULT_OWN : JEMPUT_FAULT_UNKNOWN, refusal.reason, err);
    if (!st)
        st = jemput_known_write(b->store, a, key, row, view, jemput_view_state(view), true, err);
    return st || !watched || !a->link_count ? st : jemput_names_add(&b->dangling, &b->arena, a, key, err);
}

static enum jemput_status follow_remove(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, struct jemput_row *row,
                                        const struct jemput_view *view, struct jemput_error *err)
{
    bool found = false;
    enum jemput_status st = jemput_shown_read(b->store, a, key, &found, &b->row, err);

    if (!st)
        st = jemput_row_fill(row, a->table, a->row, &b->row, err);
    if (!st && found)
        st = jemput_batch_children(b, a, true, err);
    if (!st)
        st = jemput_shown_remove(b->store, a, key, err);
    return st ? st : jemput_known_write(b->store, a, key, row, view, JEMPUT_ROW_ABSENT, false, err);
}

static enum jemput_status follow_insert(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, struct jemput_row *row,
                                        const struct jemput_view *view, struct jemput_error *err)
{
    struct jemput_refusal refusal;
    enum jemput_status st = jemput_view_take(a, key, view, false, err);

    if (!st)
        st = jemput_shown_insert(b->store, a, &refusal, err);
    if (!st && refusal.refused)
        return jemput_hold(b, a, key, row, view, refusal.own_fault ? JEMPUT_FAULT_OWN : JEMPUT_FAULT_UNKNOWN, refusal.reason, err);
    if (!st)
        st = jemput_batch_parents(b, a, key, err);
    return st ? st : jemput_known_write(b->store, a, key, row, view, jemput_view_state(view), true, err);
}

enum jemput_status jemput_batch_follow(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, struct jemput_known *known,
                                       struct jemput_error *err)
{
    struct jemput_row *row = &known->row;
    bool was_conflict = known->state & JEMPUT_ROW_CONFLICT, found;
    bool out = !known->shown && known->state & (JEMPUT_ROW_HELD | JEMPUT_ROW_CASCADED);
    struct jemput_view view;
    enum jemput_status st = JEMPUT_OK;

    if (known->shown && (a->table->merges_values || jemput_row_wants_table(row))) {
        st = jemput_shown_read(b->store, a, key, &found, &b->row, err);
        if (!st)
            st = jemput_row_fill(row, a->table, a->row, &b->row, err);
    }
    if (!st)
        st = jemput_row_show(&view, row, a->table, &b->causality, &b->row, err);
    st = jemput_causes_outcome(b->store, st, err);
    if (st)
        return st;
    b->counts.conflicts += view.conflict && !was_conflict;
    if (view.alive && row->delete_count)
        st = jemput_names_add(&b->returned, &b->arena, a, key, err);
    if (!st && !(view.alive && out))
        st = jemput_open_drop(b, a, key, known->state, err);
    if (st)
        return st;
    if (known->shown)
        return view.alive ? follow_update(b, a, key, row, &view, err) : follow_remove(b, a, key, row, &view, err);
    if (view.alive && out)
        return jemput_hold(b, a, key, row, &view, JEMPUT_FAULT_UNKNOWN, "", err);
    if (view.alive)
        return follow_insert(b, a, key, row, &view, err);
    return jemput_known_write(b->store, a, key, row, &view, JEMPUT_ROW_ABSENT, false, err);
}

/* Counters and facts are merged with what is there, so the values must be at hand. */
static enum jemput_status batch_fill(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, struct jemput_known *known,
                                     struct jemput_error *err)
{
    bool found;
    enum jemput_status st;

    if (!a->table->merges_values || !known->shown)
        return JEMPUT_OK;
    st = jemput_shown_read(b->store, a, key, &found, &b->row, err);
    return st ? st : jemput_row_fill(&known->row, a->table, a->row, &b->row, err);
}

static enum jemput_status batch_merge(struct jemput_batch *b, struct jemput_applier *a, const struct jemput_change *change, uint64_t version,
                                      struct jemput_known *known, struct jemput_error *err)
{
    enum jemput_status st = batch_fill(b, a, change->key, known, err);

    if (!st)
        st = jemput_row_merge(&known->row, a->table, &b->causality, change, version, &b->row, err);
    return st ? st : jemput_batch_follow(b, a, change->key, known, err);
}

enum jemput_status jemput_batch_judge(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, struct jemput_error *err)
{
    struct jemput_known known;
    enum jemput_status st;

    jemput_arena_clear(&b->row);
    st = jemput_known_read(b->store, a, key, false, &known, &b->row, err);
    if (!st)
        st = batch_fill(b, a, key, &known, err);
    if (st)
        return st;
    jemput_row_prune(&known.row, a->table, &b->causality);
    return jemput_batch_follow(b, a, key, &known, err);
}

/* --- changes of other logs --- */

enum jemput_status jemput_change_merge(struct jemput_batch *b, struct jemput_applier *a, const struct jemput_entry *entry, struct jemput_error *err)
{
    struct jemput_known known;
    enum jemput_status st;

    jemput_arena_clear(&b->row);
    st = jemput_known_read(b->store, a, entry->change->key, false, &known, &b->row, err);
    if (!st)
        st = jemput_stood_note(b, a, entry->change->key, &known, err);
    return st ? st : batch_merge(b, a, entry->change, entry->version, &known, err);
}

/* All changes of one row, in the order of their versions. *done false: it is no new row, and nothing was done. */
static enum jemput_status row_apply(struct jemput_batch *b, const struct jemput_entry *entries, size_t count, bool *done, struct jemput_error *err)
{
    struct jemput_applier *a;
    enum jemput_status st = jemput_applier_of(b->store, entries[0].change->table, &a, err);

    b->counts.rows += count;
    if (st)
        return st;
    return count == 1 ? jemput_newrow_insert(b, a, entries, done, err) : jemput_newrow_merge(b, a, entries, count, done, err);
}

/* Changes of rows that are known, when all new rows are written. */
static enum jemput_status known_apply(struct jemput_batch *b, const struct jemput_entry *entries, size_t count, struct jemput_error *err)
{
    enum jemput_status st = jemput_newrows_flush(b, err);

    for (size_t i = 0; !st && i < count; i++) {
        struct jemput_applier *a;

        st = jemput_applier_of(b->store, entries[i].change->table, &a, err);
        if (!st)
            st = jemput_change_merge(b, a, &entries[i], err);
    }
    return st;
}

/* Decoded changes lie as their transactions wrote them, and are taken in the order of their keys: what comes soon is fetched while others are
 * merged. */
static void entries_fetch(const struct jemput_entry *entries, size_t count)
{
    if (count > 8)
        __builtin_prefetch(entries[8].change);
    if (count > 4) {
        const char *cells = (const char *)entries[4].change->cells;

        for (size_t at = 0; at < entries[4].change->cell_count * sizeof(struct jemput_cell) && at < 512; at += 64)
            __builtin_prefetch(cells + at);
    }
}

/* New rows first, which are written many at once; the others are moved to the beginning of the list meanwhile, in their order. */
static enum jemput_status entries_apply(struct jemput_batch *b, struct jemput_entry *entries, size_t count, struct jemput_error *err)
{
    size_t known = 0;
    enum jemput_status st = JEMPUT_OK;

    for (size_t at = 0, of_row; !st && at < count; at += of_row) {
        const struct jemput_change *change = entries[at].change;
        bool done = false;

        entries_fetch(entries + at, count - at);
        for (of_row = 1; at + of_row < count && entries[at + of_row].number == entries[at].number; of_row++)
            if (entries[at + of_row].change->table != change->table || !jemput_bytes_equal(entries[at + of_row].change->key, change->key))
                break;
        st = row_apply(b, entries + at, of_row, &done, err);
        for (size_t i = 0; !done && i < of_row; i++)
            entries[known++] = entries[at + i];
    }
    return st ? st : known_apply(b, entries, known, err);
}

enum jemput_status jemput_batch_touches(struct jemput_batch *b, const struct jemput_apply *segments, uint32_t count, struct jemput_error *err)
{
    int64_t unsettled = 1;
    enum jemput_status st = JEMPUT_OK;

    if (b->appliers->interests && b->appliers->interests->whole)
        st = jemput_store_look(b->store, "SELECT EXISTS(SELECT 1 FROM jemput_unsettled)", "look for unsettled rows", &unsettled, err);
    b->partial = !st && !unsettled;
    b->touched = segments;
    b->touched_count = count;
    return st;
}

enum jemput_status jemput_store_apply_all(struct jemput_store *store, const struct jemput_apply *segments, uint32_t segment_count,
                                          struct jemput_merge_counts *counts, struct jemput_error *err)
{
    struct jemput_batch b = { 0 };
    struct jemput_entry *entries = NULL;
    size_t entry_count = 0;
    enum jemput_status st = jemput_store_settle(store, err);

    if (!st)
        st = jemput_batch_begin(&b, store, err);
    JEMPUT_ASSERT(segment_count == 1 || !segments[0].let_in);
    b.causality.let_in = segments[0].let_in;
    if (!st)
        st = jemput_batch_touches(&b, segments, segment_count, err);
    if (!st)
        st = jemput_entries_make(&entries, &entry_count, &b, segments, segment_count, err);
    if (!st)
        st = jemput_removed_note(&b, segments, segment_count, err);
    if (!st)
        st = jemput_early_note(store, segments, segment_count, err);
    if (!st)
        st = entries_apply(&b, entries, entry_count, err);
    if (!st)
        st = jemput_births_flush(store, err);
    if (!st)
        st = jemput_batch_end(&b, err);
    for (uint32_t s = 0; !st && s < segment_count; s++)
        st = jemput_frontier_move(store, segments[s].segment_id, err);
    if (!st) {
        for (uint32_t s = 0; s < segment_count; s++)
            counts->txns += segments[s].count;
        counts->rows += b.counts.rows;
        counts->conflicts += b.counts.conflicts;
        counts->held += b.counts.held;
        counts->admitted += b.counts.admitted;
    }
    jemput_batch_release(&b);
    return st;
}

enum jemput_status jemput_store_apply(struct jemput_store *store, int64_t segment_id, const struct jemput_txn *txns, uint32_t count,
                                      struct jemput_merge_counts *counts, struct jemput_error *err)
{
    return jemput_store_apply_all(store, &(struct jemput_apply){ .segment_id = segment_id, .txns = txns, .count = count }, 1, counts, err);
}

enum jemput_status jemput_store_apply_control(struct jemput_store *store, int64_t segment_id, struct jemput_error *err)
{
    return jemput_frontier_move(store, segment_id, err);
}
