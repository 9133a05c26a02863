/* store/constraint/pass_partial.c — the pass over what a batch may have changed: most batches let in, or keep out, no row that is held, and of these
 * there may be thousands.
 *
 * What becomes of a row depends on the rows that it stands and falls with, and on these alone (pass.h). So the pass over everything and a pass over
 * some rows with all that they stand and fall with give the same. What a batch touched is found by the marks of interest.h, and so is, of each row
 * whose fate is open, what waits for it; a row that is held and comes into the pass in any way is open, too.
 *
 * Not by marks, but each time: rows that came back, or are alive again, for theirs depends on deletions, and rows that SQLite refused for a reason
 * that nobody knows. Where a row is open whose table has a FOREIGN KEY to other columns than a key, or to a table that is not replicated, or is named
 * by such a one, the next pass is over everything. */
#include <string.h>

#include "store/constraint/interest.h"
#include "store/constraint/lookup.h"
#include "store/constraint/pass.h"

#define GROWTH_MAX 4096 /* names that are there twice, before a pass over all rows makes them anew */

/* --- what the batch touched --- */

/* A row that waits, or lends its rank, and is not held: a deleted one cannot come back by itself, but what needs it may come with it. */
static enum jemput_status other_open(struct jemput_pass *p, const struct jemput_row_name *name, struct jemput_error *err)
{
    struct jemput_node *n;
    enum jemput_status st = jemput_node_of(p, name->applier, name->key, &n, err);

    if (st || !n || n->woken)
        return st;
    if (n->alive)
        return jemput_node_open(p, n, err);
    if (!jemput_nodes_reserve(&p->woken, p->woken_count, &p->woken_room, &p->arena))
        return jemput_pass_nomem(err);
    n->woken = true;
    p->woken[p->woken_count++] = n;
    return JEMPUT_OK;
}

static enum jemput_status entry_open(struct jemput_pass *p, const struct jemput_row_name *name, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        p->b->store, "SELECT tbl, key, fault, reason, against_tbl, against_key FROM jemput_withheld WHERE tbl = ? AND key = ?", err);
    struct jemput_withheld entry;
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, name->applier->table->id);
    sqlite3_bind_blob64(stmt, 2, name->key.data, name->key.len, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        st = jemput_withheld_take(p, stmt, &entry, err);
    else if (rc != SQLITE_DONE)
        st = jemput_sqlite_fail(p->b->store->db, rc, err, "look for held row");
    sqlite3_reset(stmt);
    if (st)
        return st;
    return rc == SQLITE_ROW ? jemput_noted_open(p, name, &entry, err) : other_open(p, name, err);
}

/* Once in a pass: what a row waits for is not learnt anew while rows are gathered. */
static enum jemput_status marked_open(struct jemput_pass *p, uint64_t hash, struct jemput_error *err)
{
    const struct jemput_row_name *name;
    enum jemput_status st = JEMPUT_OK;
    uint32_t at = 0;

    if (!jemput_interests_walk(p->b->appliers->interests, hash))
        return JEMPUT_OK;
    while (!st && (name = jemput_interests_next(p->b->appliers->interests, hash, &at)) != NULL) {
        const struct jemput_spot *spot = jemput_spot_of(p, name->applier, name->key);

        if (!spot)
            return jemput_pass_nomem(err);
        if (spot->count && spot->nodes[0]->open)
            continue;
        st = spot->count && spot->nodes[0]->is_noted ? other_open(p, name, err) : entry_open(p, name, err);
    }
    return st;
}

static enum jemput_status claims_open(struct jemput_pass *p, struct jemput_applier *a, const struct jemput_value *row, const uint8_t *has,
                                      struct jemput_error *err)
{
    struct jemput_buf *scratch = &p->b->appliers->scratch;
    struct jemput_value **claimed;
    enum jemput_status st = jemput_claims_read(p->b->store, a, row, has, true, &claimed, &p->b->row, err);

    for (uint16_t c = 0; !st && c < a->claim_count; c++) {
        if (!claimed[c])
            continue;
        jemput_buf_clear(scratch);
        jemput_values_fold(scratch, claimed[c], a->claims[c].collations, a->claims[c].count);
        st = jemput_buf_check(scratch, "claim", err);
        if (!st)
            st = marked_open(p, jemput_mark_claim(p->b->appliers->interests, a->table->id, c, jemput_buf_bytes(scratch)), err);
    }
    return st;
}

/* A parent whose fate is open comes in at the rank of its first child: a row that waits for the parent's place may have to wait longer. */
static enum jemput_status parents_open(struct jemput_pass *p, struct jemput_applier *a, const struct jemput_value *row, struct jemput_error *err)
{
    struct jemput_buf *scratch = &p->b->appliers->scratch;
    enum jemput_status st = JEMPUT_OK;

    for (uint16_t l = 0; !st && l < a->link_count; l++) {
        if (!a->links[l].parent || !a->links[l].target_is_key)
            continue;
        jemput_buf_clear(scratch);
        st = jemput_link_names(scratch, p->b->store, &a->links[l], row, err);
        if (!st && scratch->len)
            st = marked_open(p, jemput_mark_open(p->b->appliers->interests, a->links[l].parent->table->id, jemput_buf_bytes(scratch)), err);
        if (st == JEMPUT_LIMIT)
            st = JEMPUT_OK;
    }
    return st;
}

/* What the row in the table claims and names now; what it gave up is found by its key. */
static enum jemput_status row_open(struct jemput_pass *p, struct jemput_applier *a, struct jemput_bytes key, struct jemput_error *err)
{
    struct jemput_arena *arena = &p->b->row;
    struct jemput_value *row;
    uint8_t *has;
    bool found = false;
    enum jemput_status st;

    jemput_arena_clear(arena);
    st = marked_open(p, jemput_mark_key(p->b->appliers->interests, a->table->id, key), err);
    if (!st && (a->claim_count || a->link_count))
        st = jemput_shown_read(p->b->store, a, key, &found, arena, err);
    if (st || !found)
        return st;
    row = jemput_arena_array(arena, a->table->column_count, sizeof *row);
    has = jemput_arena_array(arena, a->table->column_count, sizeof *has);
    if (!row || !has)
        return jemput_pass_nomem(err);
    memcpy(row, a->row, a->table->column_count * sizeof *row); /* a->row is anybody's */
    memcpy(has, a->has, a->table->column_count);
    st = parents_open(p, a, row, err);
    return st || !a->claim_count ? st : claims_open(p, a, row, has, err);
}

static enum jemput_status change_open(struct jemput_pass *p, const struct jemput_change *change, struct jemput_error *err)
{
    struct jemput_applier *a;
    enum jemput_status st = jemput_applier_of(p->b->store, change->table, &a, err);

    return st ? st : row_open(p, a, change->key, err);
}

enum jemput_status jemput_pass_touched(struct jemput_pass *p, struct jemput_error *err)
{
    const struct jemput_batch *b = p->b;
    enum jemput_status st;

    jemput_interests_pass(b->appliers->interests);
    st = marked_open(p, JEMPUT_MARK_ALWAYS, err);
    for (uint32_t s = 0; s < b->touched_count; s++)
        for (uint32_t t = 0; t < b->touched[s].count; t++)
            for (uint32_t i = 0; !st && i < b->touched[s].txns[t].change_count; i++)
                st = change_open(p, &b->touched[s].txns[t].changes[i], err);
    for (uint32_t i = 0; !st && i < b->judged.count; i++)
        st = row_open(p, b->judged.names[i].applier, b->judged.names[i].key, err);
    return st;
}

/* --- what stands and falls with it --- */

enum jemput_status jemput_node_waited_for(struct jemput_pass *p, const struct jemput_node *n, struct jemput_error *err)
{
    const struct jemput_applier *a = n->applier;
    enum jemput_status st = marked_open(p, jemput_mark_key(p->b->appliers->interests, a->table->id, n->key), err);

    for (uint16_t c = 0; !st && c < a->claim_count; c++)
        if (n->claims[c])
            st = marked_open(p, jemput_mark_claim(p->b->appliers->interests, a->table->id, c, n->claims[c]->bytes), err);
    return st;
}

/* Open the row if it is held, came back, or is gone. */
static enum jemput_status node_noted(struct jemput_pass *p, const struct jemput_node *n, struct jemput_error *err)
{
    const struct jemput_row_name name = { n->applier, n->key };

    if (n->is_noted || !(n->state & (JEMPUT_ROW_HELD | JEMPUT_ROW_RESTORED | JEMPUT_ROW_CASCADED)))
        return JEMPUT_OK;
    return entry_open(p, &name, err);
}

bool jemput_pass_sees_more(const struct jemput_pass *p)
{
    return p->noted_count < p->count || p->woken_done < p->woken_count;
}

enum jemput_status jemput_pass_see_more(struct jemput_pass *p, struct jemput_error *err)
{
    const struct jemput_node *n;

    if (p->noted_count < p->count)
        return node_noted(p, p->nodes[p->noted_count++], err);
    n = p->woken[p->woken_done++];
    return marked_open(p, jemput_mark_key(p->b->appliers->interests, n->applier->table->id, n->key), err);
}

/* --- what it waits for --- */

static bool table_is_plain(const struct jemput_applier *a)
{
    bool plain = true;

    for (uint16_t l = 0; l < a->link_count; l++)
        plain = plain && a->links[l].parent && a->links[l].target_is_key;
    for (const struct jemput_link *link = a->as_parent; link; link = link->next_of_parent)
        plain = plain && link->target_is_key;
    return plain;
}

static bool node_mark(struct jemput_interests *i, const struct jemput_node *n)
{
    const struct jemput_applier *a = n->applier;
    bool marked = jemput_interests_mark(i, jemput_mark_key(i, a->table->id, n->key)) &&
                  jemput_interests_mark(i, jemput_mark_open(i, a->table->id, n->key));

    for (uint16_t l = 0; marked && l < a->link_count; l++)
        if (n->ends[l].spot)
            marked = jemput_interests_mark(i, jemput_mark_key(i, a->links[l].parent->table->id, n->ends[l].spot->bytes));
    for (uint16_t c = 0; marked && c < a->claim_count; c++) {
        if (!n->claims[c])
            continue;
        marked = jemput_interests_mark(i, jemput_mark_claim(i, a->table->id, c, n->claims[c]->bytes));
        if (marked && n->claims[c]->holder)
            marked = jemput_interests_mark(i, jemput_mark_key(i, a->table->id, n->claims[c]->holder->key));
    }
    return marked;
}

static bool name_it(struct jemput_interests *i, const struct jemput_node *n)
{
    const struct jemput_row_name *last = i->names.count ? &i->names.names[i->names.count - 1] : NULL;
    struct jemput_error err;

    if (last && last->applier == n->applier && jemput_bytes_equal(last->key, n->key))
        return true;
    return jemput_names_add(&i->names, &i->arena, n->applier, n->key, &err) == JEMPUT_OK;
}

/* Its parents whose fate is open, too: they may have come in at its rank. */
static bool node_mark_parents(struct jemput_interests *i, const struct jemput_node *n)
{
    bool marked = true;

    for (uint16_t l = 0; l < n->applier->link_count; l++) {
        const struct jemput_spot *spot = n->ends[l].spot;

        for (uint32_t k = 0; marked && spot && k < spot->count; k++)
            if (spot->nodes[k]->open)
                marked = name_it(i, spot->nodes[k]) && jemput_interests_mark(i, jemput_mark_key(i, n->applier->table->id, n->key));
    }
    return marked;
}

void jemput_node_remember(struct jemput_pass *p, const struct jemput_node *n, const struct jemput_withheld *entry)
{
    struct jemput_interests *i = p->b->appliers->interests;
    bool known = i && !p->forgets;

    if (known && n->open)
        known = table_is_plain(n->applier) && node_mark_parents(i, n) && name_it(i, n) && node_mark(i, n);
    if (known && entry && (!n->alive || entry->fault == JEMPUT_FAULT_REFUSED || entry->fault == JEMPUT_FAULT_RETURNED))
        known = name_it(i, n) && jemput_interests_mark(i, JEMPUT_MARK_ALWAYS);
    p->forgets = !known; /* the next pass is over everything again */
}

void jemput_pass_remember_begin(struct jemput_pass *p)
{
    struct jemput_appliers *as = p->b->appliers;

    if (!as->interests)
        as->interests = jemput_interests_new(p->b->store);
    if (as->interests && !p->b->partial)
        jemput_interests_clear(as->interests);
}

void jemput_pass_remember_end(struct jemput_pass *p)
{
    struct jemput_interests *i = p->b->appliers->interests;

    if (!i)
        return;
    if (!p->b->partial)
        i->whole_count = i->names.count;
    i->whole = !p->forgets && i->names.count <= 2 * i->whole_count + GROWTH_MAX;
}
