/* store/constraint/pass.c — the pass itself: in what order units are taken, and how the tables and jemput_withheld follow. What it is: pass.h. */
#include "store/constraint/pass.h"

#include <string.h>

/* --- deciding --- */

/* Does a deleted row name a parent with which it goes along? */
static bool node_goes_along(const struct jemput_pass *p, const struct jemput_node *n)
{
    for (uint16_t l = 0; l < n->applier->link_count; l++) {
        const struct jemput_spot *spot = n->ends[l].spot;

        for (uint32_t i = 0; spot && i < spot->count; i++) {
            if (spot->nodes[i]->taken && jemput_node_follows(p, n, spot->nodes[i]))
                return true;
        }
    }
    return false;
}

/* Try each living (or each deleted) row in its turn; *took: one was taken. */
static enum jemput_status pass_sweep(struct jemput_pass *p, bool alive, bool restoring, bool *took, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *took = false;
    for (uint32_t i = 0; !st && i < p->count; i++) {
        struct jemput_node *n = p->nodes[i];

        if (!n->open || n->taken || n->failed || n->alive != alive || (!alive && !node_goes_along(p, n)))
            continue;
        st = jemput_unit_take(p, n, restoring, err);
        *took = *took || n->taken;
    }
    return st;
}

/* Does the row name, by a FOREIGN KEY declared so, one that is gone? */
static bool node_cascades(const struct jemput_node *n)
{
    for (uint16_t l = 0; l < n->applier->link_count; l++) {
        const struct jemput_node *parent;

        if (n->applier->links[l].orphan != JEMPUT_ORPHAN_CASCADE || jemput_end_is_met(&n->ends[l]))
            continue;
        parent = jemput_end_meant(&n->ends[l]);
        if (parent && (!parent->alive || parent->gone))
            return true;
    }
    return false;
}

static void pass_cascade(struct jemput_pass *p)
{
    bool more = true;

    while (more) {
        more = false;
        for (uint32_t i = 0; i < p->count; i++) {
            struct jemput_node *n = p->nodes[i];

            if (n->open && n->alive && !n->taken && !n->gone && node_cascades(n))
                more = n->gone = true;
        }
    }
}

static enum jemput_status pass_decide(struct jemput_pass *p, struct jemput_error *err)
{
    bool took = true;
    enum jemput_status st;

    for (uint32_t i = 0; i < p->count; i++) {
        struct jemput_node *n = p->nodes[i];

        jemput_node_set_taken(n, !n->open && n->alive);
        n->failed = n->fault == JEMPUT_FAULT_OWN || n->fault == JEMPUT_FAULT_REFUSED;
        n->gone = false;
    }
    st = pass_sweep(p, true, false, &took, err);
    do {
        do {
            if (!st)
                st = pass_sweep(p, true, true, &took, err);
        } while (!st && took);
        if (!st)
            st = pass_sweep(p, false, true, &took, err);
    } while (!st && took);
    pass_cascade(p);
    return jemput_causes_outcome(p->b->store, st, err);
}

/* --- carrying it out --- */

static enum jemput_status node_evict(struct jemput_pass *p, struct jemput_node *n, struct jemput_error *err)
{
    n->shown = false;
    return jemput_shown_remove(p->b->store, n->applier, n->key, err);
}

/* What refuses it is no claim, or of a deleted row that was not tried: the pass is made again without it. */
static enum jemput_status node_admit(struct jemput_pass *p, struct jemput_node *n, bool *again, struct jemput_error *err)
{
    struct jemput_refusal refusal;
    enum jemput_status st = jemput_node_insert(p, n, &refusal, err);

    if (st)
        return st;
    n->shown = !refusal.refused;
    if (n->shown)
        return JEMPUT_OK;
    *again = true;
    n->fault = refusal.own_fault ? JEMPUT_FAULT_OWN : JEMPUT_FAULT_REFUSED;
    n->reason = jemput_arena_str(&p->arena, jemput_bytes_str(refusal.reason));
    return n->reason ? JEMPUT_OK : jemput_pass_nomem(err);
}

static enum jemput_status pass_carry_out(struct jemput_pass *p, bool *again, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *again = false;
    for (uint32_t i = 0; !st && i < p->count; i++) {
        if (p->nodes[i]->shown && !p->nodes[i]->taken)
            st = node_evict(p, p->nodes[i], err);
    }
    for (uint32_t i = 0; !st && i < p->count; i++) {
        if (!p->nodes[i]->shown && p->nodes[i]->taken)
            st = node_admit(p, p->nodes[i], again, err);
    }
    return st;
}

/* --- writing it down --- */

static unsigned node_state(const struct jemput_node *n)
{
    if (n->alive && n->gone)
        return JEMPUT_ROW_ABSENT | JEMPUT_ROW_CASCADED;
    if (n->alive)
        return jemput_view_state(&n->view) | (n->taken ? 0u : (unsigned)JEMPUT_ROW_HELD);
    return n->taken ? JEMPUT_ROW_RESTORED : JEMPUT_ROW_ABSENT;
}

/* What jemput_withheld is to have; false = nothing. */
static bool node_entry(const struct jemput_node *n, struct jemput_withheld *out)
{
    if (n->alive && !n->taken) {
        jemput_node_explain(n, out);
        return true;
    }
    *out = (struct jemput_withheld){ .fault = n->alive ? JEMPUT_FAULT_RETURNED : JEMPUT_FAULT_RESTORED, .reason = "" };
    return n->taken && (!n->alive || n->brings);
}

static bool entries_equal(const struct jemput_withheld *a, const struct jemput_withheld *b)
{
    return a->fault == b->fault && strcmp(a->reason, b->reason) == 0 && a->against == b->against &&
           jemput_bytes_equal(a->against_key, b->against_key);
}

static void node_count(struct jemput_pass *p, const struct jemput_node *n, bool held)
{
    bool was_held = n->is_noted && n->noted.fault < JEMPUT_FAULT_RESTORED;

    if (held && !was_held)
        p->b->counts.held++;
    else if (!held && n->fresh)
        p->b->counts.held--; /* held for a moment only */
    else if (!held && was_held && n->shown)
        p->b->counts.admitted++;
}

static enum jemput_status node_note(struct jemput_pass *p, struct jemput_node *n, struct jemput_error *err)
{
    unsigned state = node_state(n);
    struct jemput_withheld entry;
    bool has_entry = node_entry(n, &entry);
    enum jemput_status st = JEMPUT_OK;

    jemput_node_remember(p, n, has_entry ? &entry : NULL);
    node_count(p, n, has_entry && entry.fault < JEMPUT_FAULT_RESTORED);
    if (n->open && ((state | jemput_succeeded_state(&n->row)) != n->state || n->shown != n->was_shown))
        st = jemput_known_write(p->b->store, n->applier, n->key, &n->row, &n->view, state, n->shown, err);
    if (st)
        return st;
    if (has_entry && !(n->is_noted && entries_equal(&entry, &n->noted)))
        return jemput_withheld_put(p->b, n->applier, n->key, &entry, err);
    if (has_entry) /* whoever follows may have been told while a row that stands against it was deleted, and not sealed yet */
        jemput_feed_note(p->b->store, n->applier->table->id, n->key);
    return n->is_noted && !has_entry ? jemput_withheld_drop(p->b, n->applier, n->key, err) : JEMPUT_OK;
}

enum jemput_status jemput_pass(struct jemput_batch *b, struct jemput_error *err)
{
    struct jemput_pass p = { .b = b };
    bool again = true;
    enum jemput_status st = jemput_pass_gather(&p, err);

    while (!st && again) { /* each round finds one more row at least that cannot be taken, or is the last */
        st = pass_decide(&p, err);
        if (!st)
            st = pass_carry_out(&p, &again, err);
    }
    jemput_pass_remember_begin(&p);
    for (uint32_t i = 0; !st && i < p.count; i++)
        st = node_note(&p, p.nodes[i], err);
    if (!st)
        jemput_pass_remember_end(&p);
    jemput_arena_release(&p.arena);
    return st;
}
