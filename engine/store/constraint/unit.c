/* store/constraint/unit.c — one row with the parents that must be taken with it; what stands against one that is not taken. See pass.h. */
#include "store/constraint/pass.h"

bool jemput_end_is_met(const struct jemput_end *end)
{
    bool met = !end->names || end->there;

    for (uint32_t i = 0; !met && end->spot && i < end->spot->count; i++)
        met = end->spot->nodes[i]->taken || end->spot->nodes[i]->in_unit;
    return met;
}

bool jemput_node_brings(const struct jemput_pass *p, const struct jemput_node *n, const struct jemput_link *link, const struct jemput_node *deleted)
{
    if (!n->alive)
        return jemput_row_went_with(&deleted->row, &n->row, &p->b->causality);
    return link->orphan == JEMPUT_ORPHAN_RESTORE && jemput_row_wants(&n->row, &deleted->row, &p->b->causality);
}

bool jemput_node_follows(const struct jemput_pass *p, const struct jemput_node *deleted, const struct jemput_node *parent)
{
    const struct jemput_causality *c = &p->b->causality;
    bool follows = jemput_row_went_with(&deleted->row, &parent->row, c);

    for (uint32_t i = jemput_row_delete_next(&deleted->row, 0, c); follows && parent->alive && i < deleted->row.delete_count;
         i = jemput_row_delete_next(&deleted->row, i + 1, c))
        follows = jemput_row_undoes(&parent->row, &parent->view, parent->applier->table, deleted->row.deletes[i], c);
    return follows;
}

/* --- what is taken --- */

void jemput_node_set_taken(struct jemput_node *n, bool taken)
{
    n->taken = taken;
    for (uint16_t c = 0; n->claims && c < n->applier->claim_count; c++) {
        if (n->claims[c] && taken)
            n->claims[c]->holder = n;
        else if (n->claims[c] && n->claims[c]->holder == n)
            n->claims[c]->holder = NULL;
    }
}

static void node_set_in_unit(struct jemput_node *n, bool in_unit)
{
    n->in_unit = in_unit;
    for (uint16_t c = 0; n->claims && c < n->applier->claim_count; c++) {
        if (n->claims[c])
            n->claims[c]->in_unit += in_unit ? 1 : UINT32_MAX;
    }
}

/* --- which rows --- */

static enum jemput_status unit_push(struct jemput_pass *p, struct jemput_node *n, struct jemput_error *err)
{
    if (!jemput_nodes_reserve(&p->unit, p->unit_count, &p->unit_room, &p->arena))
        return jemput_pass_nomem(err);
    node_set_in_unit(n, true);
    p->unit[p->unit_count++] = n;
    return JEMPUT_OK;
}

/* May a deleted row be of the root's unit, where `n` names it? */
static bool deleted_may_come(const struct jemput_pass *p, const struct jemput_node *n, const struct jemput_link *link,
                             const struct jemput_node *deleted)
{
    const struct jemput_node *root = p->unit[0];

    return jemput_node_brings(p, n->alive ? n : root, link, deleted);
}

/* Does a taken row have what it claims? That does not go any more. */
static bool node_is_robbed(const struct jemput_node *n)
{
    for (uint16_t c = 0; c < n->applier->claim_count; c++) {
        if (n->claims[c] && n->claims[c]->holder && n->claims[c]->holder != n)
            return true;
    }
    return false;
}

static bool node_is_at_fault(const struct jemput_node *n)
{
    return n->fault == JEMPUT_FAULT_OWN || n->fault == JEMPUT_FAULT_REFUSED;
}

/* Of the rows that are named, the one that is tried. */
static struct jemput_node *end_candidate(const struct jemput_pass *p, const struct jemput_node *n, const struct jemput_link *link,
                                         const struct jemput_end *end, bool restoring)
{
    struct jemput_node *best = NULL;

    for (uint32_t i = 0; end->spot && i < end->spot->count; i++) {
        struct jemput_node *m = end->spot->nodes[i];

        if (!m->open || node_is_at_fault(m) || node_is_robbed(m) || (!m->alive && !(restoring && deleted_may_come(p, n, link, m))))
            continue;
        if (!best || (m->alive && !best->alive) || (m->alive == best->alive && m->rank < best->rank))
            best = m;
    }
    return best;
}

static enum jemput_status unit_collect(struct jemput_pass *p, struct jemput_node *root, bool restoring, struct jemput_error *err)
{
    enum jemput_status st;

    p->unit_count = 0;
    st = unit_push(p, root, err);
    for (uint32_t i = 0; !st && i < p->unit_count; i++) {
        struct jemput_node *n = p->unit[i];

        for (uint16_t l = 0; !st && l < n->applier->link_count; l++) {
            struct jemput_node *parent =
                jemput_end_is_met(&n->ends[l]) ? NULL : end_candidate(p, n, &n->applier->links[l], &n->ends[l], restoring);

            if (parent)
                st = unit_push(p, parent, err);
        }
    }
    return st;
}

/* --- whether they can be taken --- */

/* Is there nothing left that could ever be what the end names? */
static bool end_is_hopeless(const struct jemput_end *end)
{
    for (uint32_t i = 0; end->spot && i < end->spot->count; i++) {
        if (end->spot->nodes[i]->open && !end->spot->nodes[i]->failed)
            return false;
    }
    return true;
}

/* One of the unit: are its parents there, and is what it claims free? If never, it is marked as failed. */
static bool node_fits(struct jemput_node *n)
{
    bool fits = true;

    for (uint16_t l = 0; l < n->applier->link_count; l++) {
        if (jemput_end_is_met(&n->ends[l]))
            continue;
        fits = false;
        n->failed = n->failed || end_is_hopeless(&n->ends[l]);
    }
    for (uint16_t c = 0; c < n->applier->claim_count; c++)
        fits = fits && !(n->claims[c] && n->claims[c]->in_unit > 1);
    n->failed = n->failed || node_is_robbed(n);
    return fits && !n->failed;
}

enum jemput_status jemput_unit_take(struct jemput_pass *p, struct jemput_node *root, bool restoring, struct jemput_error *err)
{
    bool fits = true;
    enum jemput_status st = unit_collect(p, root, restoring, err);

    for (uint32_t i = 0; i < p->unit_count; i++)
        fits = node_fits(p->unit[i]) && fits;
    for (uint32_t i = 0; i < p->unit_count; i++) {
        node_set_in_unit(p->unit[i], false);
        jemput_node_set_taken(p->unit[i], !st && fits);
    }
    return st;
}

/* --- why not --- */

const struct jemput_node *jemput_end_meant(const struct jemput_end *end)
{
    const struct jemput_node *best = NULL;

    for (uint32_t i = 0; end->spot && i < end->spot->count; i++) {
        const struct jemput_node *m = end->spot->nodes[i];

        if (!best || (m->alive && !best->alive) || (m->alive == best->alive && m->rank < best->rank))
            best = m;
    }
    return best;
}

/* The missing parent: by the key that names it, else the row that is meant. */
static void explain_link(const struct jemput_link *link, const struct jemput_end *end, struct jemput_withheld *out)
{
    const struct jemput_node *meant = jemput_end_meant(end);

    out->reason = link->reason;
    out->against = link->parent ? link->parent->table->id : 0;
    if (link->parent && link->target_is_key && end->spot)
        out->against_key = end->spot->bytes;
    else if (meant)
        out->against_key = meant->key;
}

void jemput_node_explain(const struct jemput_node *n, struct jemput_withheld *out)
{
    *out = (struct jemput_withheld){ .fault = n->gone ? JEMPUT_FAULT_CASCADED : n->fault, .reason = n->reason };
    if (node_is_at_fault(n) && !n->gone)
        return;
    for (uint16_t l = 0; l < n->applier->link_count; l++) {
        const struct jemput_link *link = &n->applier->links[l];

        if (!jemput_end_is_met(&n->ends[l]) && (!n->gone || link->orphan == JEMPUT_ORPHAN_CASCADE)) {
            explain_link(link, &n->ends[l], out);
            return;
        }
    }
    for (uint16_t c = 0; c < n->applier->claim_count; c++) {
        const struct jemput_node *holder = n->claims[c] ? n->claims[c]->holder : NULL;

        if (holder) {
            out->reason = n->applier->claims[c].reason;
            out->against = n->applier->table->id;
            out->against_key = holder->key;
            return;
        }
    }
}
