/* store/ownorphan.c — own transactions that left a row without its parent: SQLite does not check foreign keys where the app has turned that off, and
 * misses one now and then (actions in a circle, between columns of different types). Other replicas hold such a row; so must this one. */
#include "store/apply.h"

#include "store/lookup.h"

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

static enum jemput_status children_look(struct jemput_batch *b, struct jemput_applier *a, const struct jemput_change *change,
                                        struct jemput_error *err)
{
    bool gone = false;
    enum jemput_status st = a->as_parent ? deleted_read(b, a, change->key, &gone, err) : JEMPUT_OK;

    for (struct jemput_link *link = a->as_parent; !st && gone && link; link = link->next_of_parent) {
        struct jemput_keys keys = { 0 };

        st = jemput_link_naming(b->store, link, a->row, &keys, &b->row, err);
        for (uint32_t i = 0; !st && i < keys.count; i++)
            st = jemput_names_add(&b->dangling, &b->arena, link->child, keys.keys[i], err);
    }
    return st;
}

enum jemput_status jemput_own_orphans(struct jemput_batch *b, const struct jemput_change *change, struct jemput_error *err)
{
    struct jemput_applier *a;
    enum jemput_status st = jemput_applier_of(b->store, change->table, &a, err);

    jemput_arena_clear(&b->row);
    if (st)
        return st;
    return change->op == JEMPUT_OP_DELETE ? children_look(b, a, change, err) : child_look(b, a, change, err);
}
