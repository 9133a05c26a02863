/* store/constraint/gather.c — the rows of the pass: those whose fate is open, and what they stand and fall with. Which, and why no others: pass.h. */
#include "store/constraint/pass.h"

#include <stdlib.h>
#include <string.h>

#include "store/constraint/lookup.h"
#include "store/constraint/removed.h"

enum jemput_status jemput_node_open(struct jemput_pass *p, struct jemput_node *n, struct jemput_error *err)
{
    if (n->open)
        return JEMPUT_OK;
    if (!jemput_nodes_reserve(&p->todo, p->todo_count, &p->todo_room, &p->arena))
        return jemput_pass_nomem(err);
    n->open = true;
    p->todo[p->todo_count++] = n;
    return JEMPUT_OK;
}

/* --- where it leads --- */

/* Deleted rows that may be what the end names. */
static enum jemput_status end_deleted(struct jemput_pass *p, struct jemput_link *link, struct jemput_end *end, bool found, struct jemput_error *err)
{
    struct jemput_row_names names = { 0 };
    struct jemput_node *parent;
    enum jemput_status st;

    if (link->target_is_key)
        return found ? JEMPUT_OK : jemput_node_of(p, link->parent, end->spot->bytes, &parent, err);
    st = jemput_departed_find(p->b, link, end->spot->bytes, &names, &p->arena, err);
    for (uint32_t i = 0; !st && i < names.count; i++)
        st = jemput_node_of(p, link->parent, names.names[i].key, &parent, err);
    return st;
}

static enum jemput_status end_fill(struct jemput_pass *p, struct jemput_node *n, struct jemput_link *link, struct jemput_end *end,
                                   struct jemput_error *err)
{
    struct jemput_buf *scratch = &p->b->appliers->scratch;
    struct jemput_node *parent;
    enum jemput_status st;

    if (!link->parent) {
        st = jemput_link_holds(p->b->store, link, n->values, &end->there, err);
        end->names = !end->there;
        return st;
    }
    jemput_buf_clear(scratch);
    st = jemput_link_names(scratch, p->b->store, link, n->values, err);
    end->names = scratch->len || st == JEMPUT_LIMIT;
    if (st || !end->names)
        return st == JEMPUT_LIMIT ? JEMPUT_OK : st;
    end->spot = jemput_spot_of(p, link->target_is_key ? (const void *)link->parent : link, jemput_buf_bytes(scratch));
    if (!end->spot)
        return jemput_pass_nomem(err);
    st = jemput_link_parent(p->b->store, link, n->values, &end->there, &end->key, &p->arena, err);
    if (!st)
        st = end_deleted(p, link, end, end->there, err);
    if (!st && end->there && !n->alive) /* its deletion may be undone */
        st = jemput_node_of(p, link->parent, end->key, &parent, err);
    for (uint32_t i = 0; !st && i < end->spot->count; i++) {
        parent = end->spot->nodes[i];
        if (!parent->alive && (!n->alive || jemput_node_brings(p, n, link, parent)))
            st = jemput_node_open(p, parent, err);
    }
    return st;
}

static enum jemput_status node_ends(struct jemput_pass *p, struct jemput_node *n, struct jemput_error *err)
{
    struct jemput_applier *a = n->applier;
    enum jemput_status st = JEMPUT_OK;

    n->ends = jemput_arena_array(&p->arena, a->link_count, sizeof *n->ends);
    if (!n->ends)
        return jemput_pass_nomem(err);
    for (uint16_t i = 0; !st && i < a->link_count; i++)
        st = end_fill(p, n, &a->links[i], &n->ends[i], err);
    return st;
}

/* --- what it stands and falls with --- */

/* The shown rows that have what it claims. They yield only to a living one. */
static enum jemput_status node_holders(struct jemput_pass *p, struct jemput_node *n, struct jemput_error *err)
{
    struct jemput_applier *a = n->applier;
    enum jemput_status st = JEMPUT_OK;

    for (uint16_t c = 0; !st && c < a->claim_count; c++) {
        struct jemput_keys keys = { 0 };

        if (!n->claims[c])
            continue;
        st = jemput_claim_find(p->b->store, a, &a->claims[c], n->claimed[c], &keys, &p->arena, err);
        for (uint32_t k = 0; !st && k < keys.count; k++) {
            struct jemput_node *holder;

            st = jemput_node_of(p, a, keys.keys[k], &holder, err);
            if (!st && holder && n->alive)
                st = jemput_node_open(p, holder, err);
        }
    }
    return st;
}

static enum jemput_status node_children(struct jemput_pass *p, struct jemput_node *n, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (struct jemput_link *link = n->applier->as_parent; !st && link; link = link->next_of_parent) {
        struct jemput_keys keys = { 0 };

        st = jemput_link_children(p->b->store, link, n->values, &keys, &p->arena, err);
        for (uint32_t k = 0; !st && k < keys.count; k++) {
            struct jemput_node *child;

            st = jemput_node_of(p, link->child, keys.keys[k], &child, err);
            if (!st && child)
                st = jemput_node_open(p, child, err);
        }
    }
    return st;
}

/* --- what goes along with it --- */

static enum jemput_status child_names(struct jemput_pass *p, struct jemput_link *link, const struct jemput_node *child,
                                      const struct jemput_node *parent, bool *out, struct jemput_error *err)
{
    struct jemput_buf *scratch = &p->b->appliers->scratch;
    size_t len;
    enum jemput_status st;

    jemput_buf_clear(scratch);
    st = jemput_link_target_bytes(scratch, link, parent->values, err);
    len = scratch->len;
    if (!st && len)
        st = jemput_link_names(scratch, p->b->store, link, child->values, err);
    if (st == JEMPUT_LIMIT)
        st = JEMPUT_OK;
    *out = !st && len && scratch->len == 2 * len && memcmp(scratch->data, scratch->data + len, len) == 0;
    return st;
}

/* The deleted rows that one delete took along, and that name this row by the link. */
static enum jemput_status delete_brings(struct jemput_pass *p, struct jemput_node *n, uint64_t version, struct jemput_link *link,
                                        struct jemput_error *err)
{
    struct jemput_row_names names = { 0 };
    enum jemput_status st = jemput_removed_find(p->b, version, link->child, &names, &p->arena, err);

    n->brings = n->brings || names.count;
    for (uint32_t i = 0; !st && i < names.count; i++) {
        struct jemput_node *child;
        bool named = false;

        st = jemput_node_of(p, link->child, names.names[i].key, &child, err);
        if (!st && child && !child->alive && !child->open && jemput_node_follows(p, child, n))
            st = child_names(p, link, child, n, &named, err);
        if (!st && named)
            st = jemput_node_open(p, child, err);
    }
    return st;
}

static enum jemput_status node_bring(struct jemput_pass *p, struct jemput_node *n, struct jemput_error *err)
{
    const struct jemput_causality *c = &p->b->causality;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = jemput_row_delete_next(&n->row, 0, c); !st && i < n->row.delete_count; i = jemput_row_delete_next(&n->row, i + 1, c)) {
        uint64_t version = n->row.deletes[i];

        if (n->alive && !jemput_row_undoes(&n->row, &n->view, n->applier->table, version, c))
            continue;
        for (struct jemput_link *link = n->applier->as_parent; !st && link; link = link->next_of_parent)
            st = delete_brings(p, n, version, link, err);
    }
    return st;
}

/* Must NOT NULL and CHECK be asked of SQLite beforehand? Of a deleted row only if it may be one of several that are named: else it is enough to see
 * whether SQLite takes it when it comes back. */
static bool node_wants_trial(const struct jemput_node *n)
{
    bool one_of_several = false;

    for (const struct jemput_link *link = n->applier->as_parent; link; link = link->next_of_parent)
        one_of_several = one_of_several || !link->target_is_key;
    return !n->shown && (n->alive ? n->fault == JEMPUT_FAULT_UNKNOWN : one_of_several);
}

static enum jemput_status node_expand(struct jemput_pass *p, struct jemput_node *n, struct jemput_error *err)
{
    enum jemput_status st = node_wants_trial(n) ? jemput_node_try(p, n, err) : JEMPUT_OK;
    bool hopeless = n->fault == JEMPUT_FAULT_OWN;

    if (!st)
        st = node_ends(p, n, err);
    if (!st)
        st = jemput_node_claim(p, n, err);
    if (!st && !n->shown && !hopeless)
        st = node_holders(p, n, err);
    if (!st && n->shown)
        st = node_children(p, n, err);
    if (!st && !hopeless)
        st = node_bring(p, n, err);
    return st || !p->b->partial ? st : jemput_node_waited_for(p, n, err);
}

/* --- where it begins --- */

enum jemput_status jemput_withheld_take(struct jemput_pass *p, sqlite3_stmt *stmt, struct jemput_withheld *entry, struct jemput_error *err)
{
    *entry = (struct jemput_withheld){ .fault = (enum jemput_fault)sqlite3_column_int(stmt, 2), .against = (uint32_t)sqlite3_column_int64(stmt, 4) };
    entry->reason = jemput_arena_str(&p->arena, jemput_bytes_of(sqlite3_column_blob(stmt, 3), (size_t)sqlite3_column_bytes(stmt, 3)));
    entry->against_key = jemput_arena_copy(&p->arena, jemput_bytes_of(sqlite3_column_blob(stmt, 5), (size_t)sqlite3_column_bytes(stmt, 5)));
    return entry->reason && entry->against_key.data ? JEMPUT_OK : jemput_pass_nomem(err);
}

enum jemput_status jemput_noted_open(struct jemput_pass *p, const struct jemput_row_name *name, const struct jemput_withheld *entry,
                                     struct jemput_error *err)
{
    struct jemput_node *n;
    enum jemput_status st = jemput_node_of(p, name->applier, name->key, &n, err);

    if (st || !n)
        return st;
    n->is_noted = true;
    n->noted = *entry;
    if (entry->fault == JEMPUT_FAULT_RETURNED)
        return n->alive ? node_bring(p, n, err) : JEMPUT_OK;
    if (entry->fault == JEMPUT_FAULT_OWN) {
        n->fault = JEMPUT_FAULT_OWN;
        n->reason = entry->reason;
    } else if (n->alive && entry->fault != JEMPUT_FAULT_OTHER) {
        n->fault = JEMPUT_FAULT_UNKNOWN;
    }
    return jemput_node_open(p, n, err);
}

static enum jemput_status gather_noted(struct jemput_pass *p, struct jemput_error *err)
{
    struct jemput_row_names names = { 0 };
    struct jemput_withheld *entries = NULL;
    uint32_t room = 0;
    sqlite3_stmt *stmt = jemput_store_statement(p->b->store, "SELECT tbl, key, fault, reason, against_tbl, against_key FROM jemput_withheld", err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && !st) {
        struct jemput_applier *a;

        entries = jemput_arena_room(&p->arena, entries, names.count, &room, sizeof *entries);
        st = entries ? jemput_withheld_take(p, stmt, &entries[names.count], err) : jemput_pass_nomem(err);
        if (!st)
            st = jemput_applier_of(p->b->store, (uint32_t)sqlite3_column_int64(stmt, 0), &a, err);
        if (!st)
            st = jemput_names_add(&names, &p->arena, a, jemput_bytes_of(sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1)), err);
    }
    sqlite3_reset(stmt);
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(p->b->store->db, rc, err, "read held rows");
    for (uint32_t i = 0; !st && i < names.count; i++)
        st = jemput_noted_open(p, &names.names[i], &entries[i], err);
    return st;
}

static enum jemput_status gather_batch(struct jemput_pass *p, struct jemput_error *err)
{
    const struct jemput_batch *b = p->b;
    struct jemput_node *n;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < b->orphans.count; i++) {
        st = jemput_node_of(p, b->orphans.names[i].applier, b->orphans.names[i].key, &n, err);
        if (!st && n)
            st = jemput_node_open(p, n, err);
    }
    for (uint32_t i = 0; !st && i < b->returned.count; i++) {
        st = jemput_node_of(p, b->returned.names[i].applier, b->returned.names[i].key, &n, err);
        if (!st && n && n->alive)
            st = node_bring(p, n, err);
    }
    for (uint32_t i = 0; !st && i < b->withheld.count; i++) {
        st = jemput_node_of(p, b->withheld.names[i].applier, b->withheld.names[i].key, &n, err);
        if (!st && n)
            n->fresh = true;
    }
    return st;
}

/* --- in order --- */

static _Thread_local const struct jemput_causality *sort_causality; /* qsort has no context argument */

static int node_compare(const void *left, const void *right)
{
    const struct jemput_node *a = *(struct jemput_node *const *)left, *b = *(struct jemput_node *const *)right;
    int order = a->row.created == b->row.created ? 0 : sort_causality->order(sort_causality->ctx, a->row.created, b->row.created);

    if (order)
        return order;
    if (a->applier != b->applier)
        return a->applier->table->id < b->applier->table->id ? -1 : 1;
    return jemput_bytes_compare(a->key, b->key);
}

/* A parent that is open is no longer simply there. */
static enum jemput_status ends_conclude(struct jemput_pass *p, struct jemput_node *n, struct jemput_error *err)
{
    for (uint16_t i = 0; n->open && i < n->applier->link_count; i++) {
        struct jemput_end *end = &n->ends[i];
        struct jemput_spot *spot;

        if (!end->spot || !end->there)
            continue;
        spot = jemput_spot_of(p, n->applier->links[i].parent, end->key);
        if (!spot)
            return jemput_pass_nomem(err);
        end->there = !(spot->count && spot->nodes[0]->open);
    }
    return JEMPUT_OK;
}

enum jemput_status jemput_pass_gather(struct jemput_pass *p, struct jemput_error *err)
{
    bool partial = p->b->partial;
    enum jemput_status st = partial ? jemput_pass_touched(p, err) : gather_noted(p, err);

    if (!st)
        st = gather_batch(p, err);
    while (!st && (p->todo_done < p->todo_count || (partial && jemput_pass_sees_more(p)))) {
        if (partial && jemput_pass_sees_more(p))
            st = jemput_pass_see_more(p, err);
        else
            st = node_expand(p, p->todo[p->todo_done++], err);
    }
    for (uint32_t i = 0; !st && i < p->count; i++)
        st = ends_conclude(p, p->nodes[i], err);
    sort_causality = &p->b->causality;
    if (!st && p->count)
        qsort(p->nodes, p->count, sizeof *p->nodes, node_compare);
    for (uint32_t i = 0; !st && i < p->count; i++)
        p->nodes[i]->rank = i;
    return st;
}
