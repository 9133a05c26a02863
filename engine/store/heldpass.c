/* store/heldpass.c — which rows the tables show, where constraints do not let them show all.
 *
 * By definition: rows in the order of their creation, each taken together with its parents that are not taken yet as a unit (cycles whole), or
 * else held. This is done here for the rows whose fate is open: the held ones, the shown ones that hold what a row among
 * them claims, and the shown children of those. All other shown rows collide with nothing and hang on nothing that may go, so they are taken whatever
 * the order, and the result is that of the pass over everything. It is computed from nothing but the rows, so it does not depend on what came
 * first. */
#include "store/apply.h"

#include <stdlib.h>
#include <string.h>

#include "store/lookup.h"

struct node {
    struct jemput_applier *applier;
    struct jemput_bytes key;
    struct jemput_row row;
    struct jemput_view view;
    struct jemput_value *values; /* by column */
    uint8_t *has;
    bool shown;                  /* the table has it now */
    bool taken, failed, in_unit;
    enum jemput_fault fault;
    const char *reason;          /* why it is held */
    enum jemput_fault noted_fault;
    const char *noted_reason;    /* as jemput_withheld has it; NULL = it has not */
    struct jemput_value **claimed; /* per claim; NULL = it claims nothing */
    struct spot **spots;         /* per claim, likewise */
    struct jemput_link *via;     /* in a unit: the root's link on whose account it came in */
};

struct spot { /* one set of values that only one row may hold, or one key */
    struct spot *next;
    const void *owner;           /* the claim; for keys the applier */
    struct jemput_bytes bytes;
    uint32_t count, room;
    struct node **nodes;
};

struct pass {
    struct jemput_batch *b;
    struct jemput_arena arena;
    struct spot **table;         /* hash table of spots */
    uint32_t table_room, spot_count;
    uint32_t count, room;
    struct node **nodes;         /* as found; sorted by creation afterwards */
    struct node **unit;
    uint32_t unit_count, unit_room;
};

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for held rows");
}

/* Room for one more pointer in a list of the arena. */
static bool list_reserve(struct node ***list, uint32_t count, uint32_t *room, struct jemput_arena *arena)
{
    struct node **grown;

    if (count < *room)
        return true;
    grown = jemput_arena_array(arena, *room ? (size_t)*room * 2 : 4, sizeof(struct node *));
    if (!grown)
        return false;
    if (count)
        memcpy(grown, *list, count * sizeof(struct node *));
    *list = grown;
    *room = *room ? *room * 2 : 4;
    return true;
}

/* --- spots --- */

static uint32_t spot_hash(const void *owner, struct jemput_bytes bytes)
{
    uint64_t hash = 0xcbf29ce484222325u ^ (uint64_t)(uintptr_t)owner;

    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ bytes.data[i]) * 0x100000001b3u;
    return (uint32_t)(hash ^ hash >> 32);
}

static struct spot *spot_find(const struct pass *p, const void *owner, struct jemput_bytes bytes)
{
    struct spot *s = p->table_room ? p->table[spot_hash(owner, bytes) & (p->table_room - 1)] : NULL;

    while (s && (s->owner != owner || !jemput_bytes_equal(s->bytes, bytes)))
        s = s->next;
    return s;
}

static bool spots_grow(struct pass *p)
{
    uint32_t room = p->table_room ? p->table_room * 2 : 64;
    struct spot **table = jemput_arena_array(&p->arena, room, sizeof(struct spot *));

    if (!table)
        return false;
    for (uint32_t i = 0; i < p->table_room; i++) {
        for (struct spot *s = p->table[i], *next; s; s = next) {
            struct spot **place = &table[spot_hash(s->owner, s->bytes) & (room - 1)];

            next = s->next;
            s->next = *place;
            *place = s;
        }
    }
    p->table = table;
    p->table_room = room;
    return true;
}

static enum jemput_status spot_join(struct pass *p, const void *owner, struct jemput_bytes bytes, struct node *node, struct spot **out,
                                    struct jemput_error *err)
{
    struct spot *s = spot_find(p, owner, bytes);

    if (!s) {
        struct spot **place;

        if (p->spot_count >= p->table_room && !spots_grow(p))
            return nomem(err);
        s = jemput_arena_alloc(&p->arena, sizeof *s);
        if (!s)
            return nomem(err);
        s->owner = owner;
        s->bytes = jemput_arena_copy(&p->arena, bytes);
        if (!s->bytes.data)
            return nomem(err);
        place = &p->table[spot_hash(owner, bytes) & (p->table_room - 1)];
        s->next = *place;
        *place = s;
        p->spot_count++;
    }
    if (!list_reserve(&s->nodes, s->count, &s->room, &p->arena))
        return nomem(err);
    s->nodes[s->count++] = node;
    *out = s;
    return JEMPUT_OK;
}

/* --- nodes --- */

static enum jemput_status node_values(struct pass *p, struct node *n, struct jemput_error *err)
{
    struct jemput_applier *a = n->applier;
    uint16_t count = a->table->column_count;
    bool found;
    enum jemput_status st = JEMPUT_OK;

    if (n->shown) {
        st = jemput_shown_read(p->b->store, a, n->key, &found, &p->arena, err);
        if (!st && !found)
            st = jemput_fail(err, JEMPUT_CORRUPT, "table '%s': a row is missing", a->table->name);
        if (!st)
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
    n->spots = jemput_arena_array(&p->arena, (size_t)a->claim_count, sizeof(struct spot *));
    if (!n->values || !n->has || !n->spots)
        return nomem(err);
    memcpy(n->values, a->row, count * sizeof *n->values);
    memcpy(n->has, a->has, count);
    return jemput_claims_read(p->b->store, a, n->values, n->has, n->shown, &n->claimed, &p->arena, err);
}

static enum jemput_status node_claims(struct pass *p, struct node *n, struct jemput_error *err)
{
    struct jemput_buf *scratch = &p->b->appliers->scratch;
    enum jemput_status st = JEMPUT_OK;

    for (uint16_t i = 0; !st && i < n->applier->claim_count; i++) {
        struct jemput_claim *claim = &n->applier->claims[i];

        if (!n->claimed[i])
            continue;
        jemput_buf_clear(scratch);
        jemput_claim_bytes(scratch, claim, n->claimed[i]);
        st = jemput_buf_check(scratch, "claim", err);
        if (!st)
            st = spot_join(p, claim, jemput_buf_bytes(scratch), n, &n->spots[i], err);
    }
    return st;
}

/* Add a row, unless it is in already. */
static enum jemput_status node_add(struct pass *p, struct jemput_applier *a, struct jemput_bytes key, enum jemput_fault fault, const char *reason,
                                   struct jemput_error *err)
{
    struct jemput_known known;
    struct spot *spot;
    struct node *n;
    enum jemput_status st;

    if (spot_find(p, a, key))
        return JEMPUT_OK;
    n = jemput_arena_alloc(&p->arena, sizeof *n);
    if (!n || !list_reserve(&p->nodes, p->count, &p->room, &p->arena))
        return nomem(err);
    n->applier = a;
    st = spot_join(p, a, key, n, &spot, err);
    if (st)
        return st;
    n->key = spot->bytes;
    n->fault = fault == JEMPUT_FAULT_REFUSED ? JEMPUT_FAULT_UNKNOWN : fault;
    n->reason = n->noted_reason = reason;
    n->noted_fault = fault;
    st = jemput_known_read(p->b->store, a, n->key, true, &known, &p->arena, err);
    if (st)
        return st;
    n->row = known.row;
    n->shown = known.shown;
    st = node_values(p, n, err);
    if (!st)
        st = node_claims(p, n, err);
    if (!st)
        p->nodes[p->count++] = n;
    return st;
}

static enum jemput_status pass_load_held(struct pass *p, struct jemput_error *err)
{
    struct jemput_row_names names = { 0 };
    sqlite3_stmt *stmt = jemput_store_statement(p->b->store, "SELECT tbl, key, own_fault, reason FROM jemput_withheld", err);
    struct held {
        enum jemput_fault fault;
        char *reason;
    } *held = NULL;
    uint32_t held_room = 0;
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && !st) {
        struct jemput_applier *a;
        struct held *grown = held;

        if (names.count == held_room) {
            held_room = held_room ? held_room * 2 : 16;
            grown = jemput_arena_array(&p->arena, held_room, sizeof *grown);
            if (grown && held)
                memcpy(grown, held, names.count * sizeof *held);
            held = grown;
        }
        if (!held) {
            st = nomem(err);
            break;
        }
        held[names.count].fault = (enum jemput_fault)sqlite3_column_int(stmt, 2);
        held[names.count].reason = jemput_arena_str(&p->arena, jemput_bytes_of(sqlite3_column_blob(stmt, 3), (size_t)sqlite3_column_bytes(stmt, 3)));
        if (!held[names.count].reason)
            st = nomem(err);
        if (!st)
            st = jemput_applier_of(p->b->store, (uint32_t)sqlite3_column_int64(stmt, 0), &a, err);
        if (!st)
            st = jemput_names_add(&names, &p->arena, a, jemput_bytes_of(sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1)), err);
    }
    sqlite3_reset(stmt);
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(p->b->store->db, rc, err, "read held rows");
    for (uint32_t i = 0; !st && i < names.count; i++)
        st = node_add(p, names.names[i].applier, names.names[i].key, held[i].fault, held[i].reason, err);
    return st;
}

/* "The shown ones that hold what a row among them claims, and the shown children of those." The list grows under the loop. */
static enum jemput_status pass_close(struct pass *p, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < p->count; i++) {
        struct node *n = p->nodes[i];

        for (uint16_t c = 0; !st && !n->shown && c < n->applier->claim_count; c++) {
            struct jemput_keys keys = { 0 };

            if (!n->spots[c])
                continue;
            st = jemput_claim_find(p->b->store, n->applier, &n->applier->claims[c], n->claimed[c], &keys, &p->arena, err);
            for (uint32_t k = 0; !st && k < keys.count; k++)
                st = node_add(p, n->applier, keys.keys[k], JEMPUT_FAULT_OTHER, NULL, err);
        }
        for (struct jemput_link *link = n->applier->as_parent; !st && n->shown && link; link = link->next_of_parent) {
            struct jemput_keys keys = { 0 };

            st = jemput_link_children(p->b->store, link, n->values, &keys, &p->arena, err);
            for (uint32_t k = 0; !st && k < keys.count; k++)
                st = node_add(p, link->child, keys.keys[k], JEMPUT_FAULT_OTHER, NULL, err);
        }
    }
    return st;
}

static enum jemput_status node_insert(struct pass *p, struct node *n, struct jemput_refusal *refusal, struct jemput_error *err)
{
    struct jemput_applier *a = n->applier;

    memcpy(a->row, n->values, a->table->column_count * sizeof *n->values);
    memcpy(a->has, n->has, a->table->column_count);
    return jemput_shown_insert(p->b->store, a, refusal, err);
}

/* NOT NULL and CHECK are asked of SQLite itself, which looks at them before it looks at other rows. */
static enum jemput_status node_try(struct pass *p, struct node *n, struct jemput_error *err)
{
    struct jemput_refusal refusal;
    enum jemput_status st = node_insert(p, n, &refusal, err);

    if (st)
        return st;
    n->fault = refusal.refused && refusal.own_fault ? JEMPUT_FAULT_OWN : JEMPUT_FAULT_OTHER;
    if (n->fault == JEMPUT_FAULT_OWN) {
        n->reason = jemput_arena_str(&p->arena, jemput_bytes_str(refusal.reason));
        return n->reason ? JEMPUT_OK : nomem(err);
    }
    return refusal.refused ? JEMPUT_OK : jemput_shown_remove(p->b->store, n->applier, n->key, err);
}

/* --- the pass --- */

static _Thread_local const struct jemput_causality *sort_causality; /* qsort has no context argument */

static int node_compare(const void *left, const void *right)
{
    const struct node *a = *(struct node *const *)left, *b = *(struct node *const *)right;
    int order = a->row.created == b->row.created ? 0 : sort_causality->order(sort_causality->ctx, a->row.created, b->row.created);

    if (order)
        return order;
    if (a->applier != b->applier)
        return a->applier->table->id < b->applier->table->id ? -1 : 1;
    return jemput_bytes_compare(a->key, b->key);
}

/* The node that a link of `n` leads to, if it is one; *absent: there is no such row. */
static enum jemput_status link_follow(struct pass *p, const struct node *n, struct jemput_link *link, struct node **out, bool *absent,
                                      struct jemput_error *err)
{
    struct jemput_buf *scratch = &p->b->appliers->scratch;
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    struct spot *spot;
    bool holds;
    enum jemput_status st;

    *out = NULL;
    *absent = false;
    for (uint16_t i = 0; i < link->count && i < JEMPUT_KEY_COLUMNS_MAX; i++) {
        values[i] = n->values[link->columns[i]];
        if (values[i].type == JEMPUT_NULL)
            return JEMPUT_OK;
    }
    if (link->parent && link->target_is_key) {
        jemput_buf_clear(scratch);
        st = jemput_key_write(scratch, values, link->count, err);
        if (st && st != JEMPUT_LIMIT)
            return st;
        spot = st ? NULL : spot_find(p, link->parent, jemput_buf_bytes(scratch));
        *out = spot ? spot->nodes[0] : NULL;
    }
    for (uint32_t i = 0; link->parent && !link->target_is_key && !*out && i < p->count; i++) {
        bool same = p->nodes[i]->applier == link->parent;

        for (uint16_t k = 0; same && k < link->count; k++)
            same = jemput_value_equal(&values[k], &p->nodes[i]->values[link->target_columns[k]]);
        if (same)
            *out = p->nodes[i];
    }
    if (*out)
        return JEMPUT_OK;
    st = jemput_link_holds(p->b->store, link, n->values, &holds, err);
    *absent = !holds;
    return st;
}

static enum jemput_status unit_push(struct pass *p, struct node *n, struct jemput_link *via, struct jemput_error *err)
{
    if (!list_reserve(&p->unit, p->unit_count, &p->unit_room, &p->arena))
        return nomem(err);
    n->in_unit = true;
    n->via = via;
    p->unit[p->unit_count++] = n;
    return JEMPUT_OK;
}

/* The claim of `n` that a taken row or one of the unit has; NULL = none. */
static const struct jemput_claim *node_collision(const struct node *n)
{
    for (uint16_t c = 0; c < n->applier->claim_count; c++) {
        for (uint32_t i = 0; n->spots[c] && i < n->spots[c]->count; i++) {
            const struct node *other = n->spots[c]->nodes[i];

            if (other != n && (other->taken || other->in_unit))
                return &n->applier->claims[c];
        }
    }
    return NULL;
}

/* Collect the root and its parents that are not taken yet; *reason = why they cannot be taken together, NULL = they can. */
static enum jemput_status unit_collect(struct pass *p, struct node *root, const char **reason, struct jemput_error *err)
{
    enum jemput_status st = unit_push(p, root, NULL, err);

    *reason = NULL;
    for (uint32_t i = 0; !st && !*reason && i < p->unit_count; i++) {
        struct node *n = p->unit[i];

        if (n->fault == JEMPUT_FAULT_OWN || n->fault == JEMPUT_FAULT_REFUSED || n->failed) {
            *reason = n == root ? n->reason : n->via->reason;
            break;
        }
        for (uint16_t l = 0; !st && !*reason && l < n->applier->link_count; l++) {
            struct jemput_link *link = &n->applier->links[l];
            struct node *parent;
            bool absent;

            st = link_follow(p, n, link, &parent, &absent, err);
            if (!st && absent)
                *reason = n == root ? link->reason : n->via->reason;
            else if (!st && parent && !parent->taken && !parent->in_unit)
                st = unit_push(p, parent, n == root ? link : n->via, err);
        }
    }
    for (uint32_t i = 0; !st && !*reason && i < p->unit_count; i++) {
        const struct node *n = p->unit[i];
        const struct jemput_claim *claim = node_collision(n);

        if (claim)
            *reason = n == root ? claim->reason : n->via->reason;
    }
    return st;
}

static enum jemput_status unit_take(struct pass *p, struct node *root, struct jemput_error *err)
{
    const char *reason;
    enum jemput_status st;

    p->unit_count = 0;
    st = unit_collect(p, root, &reason, err);
    for (uint32_t i = 0; i < p->unit_count; i++) {
        p->unit[i]->in_unit = false;
        p->unit[i]->taken = p->unit[i]->taken || (!st && !reason);
    }
    if (!st && reason) {
        root->failed = true;
        root->reason = reason;
    }
    return st;
}

/* --- carrying it out --- */

static enum jemput_status node_evict(struct pass *p, struct node *n, struct jemput_error *err)
{
    enum jemput_status st = jemput_shown_remove(p->b->store, n->applier, n->key, err);

    n->shown = false;
    n->noted_reason = NULL;
    return st;
}

static enum jemput_status node_admit(struct pass *p, struct node *n, bool *again, struct jemput_error *err)
{
    struct jemput_refusal refusal;
    enum jemput_status st = node_insert(p, n, &refusal, err);

    if (st)
        return st;
    if (refusal.refused) { /* by an index that is no claim: the pass is made again without this row */
        *again = true;
        n->fault = JEMPUT_FAULT_REFUSED;
        n->reason = jemput_arena_str(&p->arena, jemput_bytes_str(refusal.reason));
        return n->reason ? JEMPUT_OK : nomem(err);
    }
    n->shown = true;
    st = jemput_held_drop(p->b, n->applier, n->key, err);
    return st ? st : jemput_known_write(p->b->store, n->applier, n->key, &n->row, &n->view, jemput_view_state(&n->view), true, err);
}

static enum jemput_status pass_decide(struct pass *p, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; i < p->count; i++)
        p->nodes[i]->taken = p->nodes[i]->failed = false;
    for (uint32_t i = 0; !st && i < p->count; i++) {
        if (!p->nodes[i]->taken)
            st = unit_take(p, p->nodes[i], err);
    }
    return st ? st : jemput_causes_check(p->b->store, err);
}

static enum jemput_status pass_carry_out(struct pass *p, bool *again, struct jemput_error *err)
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

enum jemput_status jemput_held_pass(struct jemput_batch *b, struct jemput_error *err)
{
    struct pass p = { .b = b };
    bool again = true;
    enum jemput_status st = pass_load_held(&p, err);

    if (!st)
        st = pass_close(&p, err);
    for (uint32_t i = 0; !st && i < p.count; i++) {
        if (!p.nodes[i]->shown && p.nodes[i]->fault == JEMPUT_FAULT_UNKNOWN)
            st = node_try(&p, p.nodes[i], err);
    }
    sort_causality = &b->causality;
    if (!st && p.count)
        qsort(p.nodes, p.count, sizeof *p.nodes, node_compare);
    while (!st && again) { /* each round refuses one more row at least, or is the last */
        st = pass_decide(&p, err);
        if (!st)
            st = pass_carry_out(&p, &again, err);
    }
    for (uint32_t i = 0; !st && i < p.count; i++) { /* the reasons as they are now */
        struct node *n = p.nodes[i];

        if (!n->shown && (!n->noted_reason || n->noted_fault != n->fault || strcmp(n->noted_reason, n->reason) != 0))
            st = jemput_hold(b, n->applier, n->key, &n->row, &n->view, n->fault, n->reason, err);
    }
    jemput_arena_release(&p.arena);
    return st;
}
