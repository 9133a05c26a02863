/* store/constraint/node.c — one row as the pass sees it: its state, its values, what it claims. See pass.h. */
#include "store/constraint/pass.h"

#include <string.h>

#include "store/constraint/lookup.h"

/* The values, of the table or as they would be shown. *there false: the table should have the row, and lacks it. */
static enum jemput_status node_values(struct jemput_pass *p, struct jemput_node *n, bool *there, struct jemput_error *err)
{
    struct jemput_applier *a = n->applier;
    uint16_t count = a->table->column_count;
    enum jemput_status st = JEMPUT_OK;

    *there = true;
    if (n->shown) {
        st = jemput_shown_read(p->b->store, a, n->key, there, &p->arena, err);
        if (st || !*there)
            return st;
        st = jemput_row_fill(&n->row, a->table, a->row, &p->arena, err);
    }
    if (!st)
        st = jemput_row_show(&n->view, &n->row, a->table, &p->b->causality, &p->arena, err);
    if (!st && !n->shown)
        st = jemput_view_take(a, n->key, &n->view, false, err);
    if (st)
        return st;
    n->values = jemput_arena_array(&p->arena, count, sizeof *n->values);
    n->has = jemput_arena_array(&p->arena, count, sizeof *n->has);
    if (!n->values || !n->has)
        return jemput_pass_nomem(err);
    memcpy(n->values, a->row, count * sizeof *n->values);
    memcpy(n->has, a->has, count);
    n->alive = n->view.alive;
    return JEMPUT_OK;
}

/* Where FOREIGN KEYs find it that name other columns than its key. */
static enum jemput_status node_targets(struct jemput_pass *p, struct jemput_node *n, struct jemput_error *err)
{
    struct jemput_buf *scratch = &p->b->appliers->scratch;
    enum jemput_status st = JEMPUT_OK;

    for (const struct jemput_link *link = n->applier->as_parent; !st && link; link = link->next_of_parent) {
        struct jemput_spot *spot;

        if (link->target_is_key)
            continue;
        jemput_buf_clear(scratch);
        st = jemput_link_target_bytes(scratch, link, n->values, err);
        if (st || !scratch->len)
            continue;
        spot = jemput_spot_of(p, link, jemput_buf_bytes(scratch));
        if (!spot || !jemput_spot_join(p, spot, n))
            st = jemput_pass_nomem(err);
    }
    return st;
}

enum jemput_status jemput_node_of(struct jemput_pass *p, struct jemput_applier *a, struct jemput_bytes key, struct jemput_node **out,
                                  struct jemput_error *err)
{
    struct jemput_spot *spot = jemput_spot_of(p, a, key);
    struct jemput_node *n = NULL;
    struct jemput_known known;
    bool there;
    enum jemput_status st;

    *out = NULL;
    if (spot && spot->count)
        *out = spot->nodes[0];
    if (spot && (spot->count || spot->absent))
        return JEMPUT_OK;
    if (spot)
        n = jemput_arena_alloc(&p->arena, sizeof *n);
    if (!n)
        return jemput_pass_nomem(err);
    n->applier = a;
    n->key = spot->bytes;
    n->reason = "";
    st = jemput_known_read(p->b->store, a, n->key, true, &known, &p->arena, err);
    if (st)
        return st;
    n->row = known.row;
    n->state = known.state;
    n->shown = n->was_shown = known.shown;
    st = node_values(p, n, &there, err);
    spot->absent = !st && (!there || (!n->alive && !n->row.created));
    if (st || spot->absent)
        return st;
    st = node_targets(p, n, err);
    if (!st && n->alive)
        st = jemput_node_claim(p, n, err);
    if (st)
        return st;
    if (!jemput_nodes_reserve(&p->nodes, p->count, &p->room, &p->arena) || !jemput_spot_join(p, spot, n))
        return jemput_pass_nomem(err);
    p->nodes[p->count++] = n;
    *out = n;
    return JEMPUT_OK;
}

enum jemput_status jemput_node_claim(struct jemput_pass *p, struct jemput_node *n, struct jemput_error *err)
{
    struct jemput_applier *a = n->applier;
    struct jemput_buf *scratch = &p->b->appliers->scratch;
    enum jemput_status st = JEMPUT_OK;

    if (n->claims)
        return JEMPUT_OK;
    n->claims = jemput_arena_array(&p->arena, a->claim_count, sizeof *n->claims);
    if (!n->claims)
        return jemput_pass_nomem(err);
    st = jemput_claims_read(p->b->store, a, n->values, n->has, n->shown, &n->claimed, &p->arena, err);
    for (uint16_t i = 0; !st && i < a->claim_count; i++) {
        if (!n->claimed[i])
            continue;
        jemput_buf_clear(scratch);
        jemput_values_fold(scratch, n->claimed[i], a->claims[i].collations, a->claims[i].count);
        st = jemput_buf_check(scratch, "claim", err);
        if (!st)
            n->claims[i] = jemput_spot_of(p, &a->claims[i], jemput_buf_bytes(scratch));
        if (!st && (!n->claims[i] || !jemput_spot_join(p, n->claims[i], n)))
            st = jemput_pass_nomem(err);
    }
    return st;
}

static void node_take(struct jemput_node *n)
{
    memcpy(n->applier->row, n->values, n->applier->table->column_count * sizeof *n->values);
    memcpy(n->applier->has, n->has, n->applier->table->column_count);
}

enum jemput_status jemput_node_insert(struct jemput_pass *p, struct jemput_node *n, struct jemput_refusal *refusal, struct jemput_error *err)
{
    node_take(n);
    return jemput_shown_insert(p->b->store, n->applier, refusal, err);
}

/* SQLite looks at NOT NULL and CHECK before it looks at other rows. */
enum jemput_status jemput_node_try(struct jemput_pass *p, struct jemput_node *n, struct jemput_error *err)
{
    struct jemput_refusal refusal;
    enum jemput_status st;

    node_take(n);
    st = jemput_shown_try(p->b->store, n->applier, n->key, &refusal, err);
    if (st)
        return st;
    n->fault = refusal.refused && refusal.own_fault ? JEMPUT_FAULT_OWN : JEMPUT_FAULT_OTHER;
    if (n->fault != JEMPUT_FAULT_OWN)
        return JEMPUT_OK;
    n->reason = jemput_arena_str(&p->arena, jemput_bytes_str(refusal.reason));
    return n->reason ? JEMPUT_OK : jemput_pass_nomem(err);
}
