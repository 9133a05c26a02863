/* store/constraint/own_orphan.c — own transactions that left a row without its parent: SQLite does not check foreign keys where the app has turned
 * that off, and misses one now and then (actions in a circle, between columns of different types). Other replicas hold such a row; so must this one.
 * */
#include "store/apply/apply.h"

#include "store/constraint/lookup.h"

static bool change_names(const struct jemput_applier *a, const struct jemput_change *change)
{
    bool names = a->link_count && change->op == JEMPUT_OP_INSERT;

    for (uint16_t l = 0; l < a->link_count; l++) {
        for (uint16_t i = 0; i < a->links[l].count; i++) {
            for (uint16_t c = 0; !names && c < change->cell_count; c++)
                names = change->cells[c].column == a->links[l].columns[i];
        }
    }
    return names;
}

/* The row that the app wrote, as the table has it now. */
static enum jemput_status child_look(struct jemput_batch *b, struct jemput_applier *a, const struct jemput_change *change, struct jemput_error *err)
{
    bool there = true, holds = true;
    enum jemput_status st;

    if (!change_names(a, change))
        return JEMPUT_OK;
    if (change->op == JEMPUT_OP_INSERT && change->cell_count == a->carried_count)
        st = jemput_applier_take_insert(a, change, err);
    else
        st = jemput_shown_read(b->store, a, change->key, &there, &b->row, err);
    for (uint16_t i = 0; !st && there && holds && i < a->link_count; i++)
        st = jemput_link_holds(b->store, &a->links[i], a->row, &holds, err);
    return st || holds ? st : jemput_names_add(&b->dangling, &b->arena, a, change->key, err);
}

/* What the row held that the app has deleted: in a->row. *gone false: it is there again. */
static enum jemput_status deleted_read(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, bool *gone,
                                       struct jemput_error *err)
{
    struct jemput_known known;
    struct jemput_view view;
    enum jemput_status st = jemput_known_read(b->store, a, key, true, &known, &b->row, err);

    *gone = !st && !known.shown;
    if (*gone)
        st = jemput_row_show(&view, &known.row, a->table, &b->causality, &b->row, err);
    if (*gone && !st)
        st = jemput_view_take(a, key, &view, false, err);
    return st;
}

/* Rows that name `row` by this link, though there is no such parent any more. */
static enum jemput_status naming_note(struct jemput_batch *b, struct jemput_link *link, const struct jemput_value *row, struct jemput_error *err)
{
    struct jemput_keys keys = { 0 };
    enum jemput_status st = jemput_link_naming(b->store, link, row, &keys, &b->row, err);

    for (uint32_t i = 0; !st && i < keys.count; i++)
        st = jemput_names_add(&b->dangling, &b->arena, link->child, keys.keys[i], err);
    return st;
}

static enum jemput_status children_look(struct jemput_batch *b, struct jemput_applier *a, const struct jemput_change *change,
                                        struct jemput_error *err)
{
    bool gone = false;
    enum jemput_status st = a->as_parent ? deleted_read(b, a, change->key, &gone, err) : JEMPUT_OK;

    for (struct jemput_link *link = a->as_parent; !st && gone && link; link = link->next_of_parent)
        st = naming_note(b, link, a->row, err);
    return st;
}

static bool change_moves_target(const struct jemput_link *link, const struct jemput_change *change)
{
    for (uint16_t i = 0; i < link->count; i++)
        for (uint16_t c = 0; c < change->cell_count; c++)
            if (change->cells[c].column == link->target_columns[i])
                return true;
    return false;
}

/* The row has other values now, as its change says; children may name those that it had, which capture has kept. */
static enum jemput_status namers_look(struct jemput_batch *b, struct jemput_applier *a, const struct jemput_change *change, jemput_stamp stamp,
                                      struct jemput_error *err)
{
    struct jemput_value *before = NULL, key[JEMPUT_KEY_COLUMNS_MAX];
    bool moves = false;
    enum jemput_status st = JEMPUT_OK;

    for (struct jemput_link *link = a->as_parent; link; link = link->next_of_parent)
        moves = moves || change_moves_target(link, change);
    if (moves)
        st = jemput_before_read(b->store, stamp, a, change->key, &before, &b->row, err);
    if (!st && before) /* a later change may have deleted the row since: its key alone is sure to be known */
        st = jemput_key_read(key, a->table->key_count, change->key, err);
    for (uint16_t i = 0; !st && before && i < a->table->column_count; i++)
        if (a->table->columns[i].key_place)
            before[i] = key[a->table->columns[i].key_place - 1];
    for (struct jemput_link *link = a->as_parent; !st && before && link; link = link->next_of_parent)
        if (change_moves_target(link, change))
            st = naming_note(b, link, before, err);
    return st;
}

enum jemput_status jemput_own_orphans(struct jemput_batch *b, const struct jemput_change *change, jemput_stamp stamp, struct jemput_error *err)
{
    struct jemput_applier *a;
    enum jemput_status st = jemput_applier_of(b->store, change->table, &a, err);

    jemput_arena_clear(&b->row);
    if (st)
        return st;
    if (change->op == JEMPUT_OP_DELETE)
        return children_look(b, a, change, err);
    st = change->op == JEMPUT_OP_INSERT ? JEMPUT_OK : namers_look(b, a, change, stamp, err);
    return st ? st : child_look(b, a, change, err);
}
