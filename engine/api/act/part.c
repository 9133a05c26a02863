/* api/act/part.c — jemput_part_rows(): a row that went on in another comes back. Two acts: it is deleted anew, without a successor, so that it goes
 * on in none; then it is inserted as it was last, and what had gone along with it comes back.
 *
 * What had gone along is read from the log (past.c). The transactions there carry what they replaced. */
#include "api/act/past.h"
#include "api/act/succeed.h"
#include "api/act/telling.h"

struct parting {
    const struct jemput_merging *order;
    struct telling telling;
    struct jemput *j;
    const struct jemput_table *table;
    struct jemput_bytes key;
    struct jemput_arena arena; /* of the key */
    struct past past;
    struct edits first, second;     /* of the two acts */
};

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for a merge of rows");
}

/* --- what comes back --- */

static enum jemput_status change_row(struct edits *e, const struct jemput_change *change, struct edit **out, struct jemput_error *err)
{
    return edits_row(e, jemput_store_table(e->j->store, change->table), change->key, out, err);
}

/* A row that had gone in this transaction, and has not come back or gone elsewhere since. */
static bool change_is_gone(const struct jemput_change *change, const struct edit *row)
{
    return change->op == JEMPUT_OP_DELETE && change->successor.len && jemput_bytes_equal(change->successor, row->successor);
}

/* The row that goes on in the row of this change, by the same transaction; NULL = none that comes back. */
static enum jemput_status change_giver(struct parting *p, const struct jemput_txn *txn, const struct jemput_change *change, struct edit **out,
                                       struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *out = NULL;
    for (uint32_t i = 0; !st && !*out && i < txn->change_count; i++) {
        const struct jemput_change *c = &txn->changes[i];
        struct edit *row;

        if (c->op != JEMPUT_OP_DELETE || c->table != change->table || !jemput_bytes_equal(c->successor, change->key))
            continue;
        st = change_row(&p->first, c, &row, err);
        if (!st && row->kind == EDIT_DELETE)
            st = change_row(&p->second, c, out, err);
    }
    return st;
}

/* --- the first act: they go on in none, and counts are taken back --- */

static enum jemput_status change_unname(struct parting *p, const struct jemput_change *change, struct jemput_error *err)
{
    struct edit *row;
    enum jemput_status st = change_row(&p->first, change, &row, err);

    if (st || !change_is_gone(change, row))
        return st;
    row->kind = EDIT_DELETE;
    row->goes_on = (struct jemput_bytes){ 0 };
    return edit_may_go(&p->first, row, err); /* it may be there again */
}

static enum jemput_status change_count(struct parting *p, const struct jemput_txn *txn, const struct jemput_change *change, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint16_t i = 0; !st && i < change->cell_count; i++) {
        const struct jemput_cell *cell = &change->cells[i];
        struct edit *giver, *row;

        if (!cell->is_delta || cell->value.integer == 0)
            continue;
        st = change_giver(p, txn, change, &giver, err);
        if (!st && giver)
            st = change_row(&p->first, change, &row, err);
        if (st || !giver || row->kind == EDIT_DELETE)
            continue;
        edit_count(row, cell->column, (int64_t)(0 - (uint64_t)cell->value.integer));
        edit_count(giver, cell->column, cell->value.integer);
    }
    return st;
}

static enum jemput_status txn_unname(struct parting *p, const struct jemput_txn *txn, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < txn->change_count; i++)
        if (txn->changes[i].op == JEMPUT_OP_DELETE)
            st = change_unname(p, &txn->changes[i], err);
    for (uint32_t i = 0; !st && i < txn->change_count; i++)
        if (txn->changes[i].op != JEMPUT_OP_DELETE)
            st = change_count(p, txn, &txn->changes[i], err);
    return st;
}

static enum jemput_status parting_check(struct parting *p, struct jemput_error *err)
{
    struct edit *row, *keep;
    enum jemput_status st = edits_row(&p->first, p->table, p->key, &row, err);

    if (st)
        return st;
    if (!row->known)
        return jemput_fail(err, JEMPUT_NOTFOUND, "table '%s' has no such row", p->table->name);
    if (!row->successor.len)
        return jemput_fail(err, JEMPUT_MISUSE, "the row goes on in no other: there is nothing to undo");
    row->kind = EDIT_DELETE; /* whatever the log still tells */
    st = edits_row(&p->first, p->table, row->successor, &keep, err);
    if (!st && !keep->there && keep->successor.len)
        st = jemput_fail(err, JEMPUT_MISUSE, "the row in which it goes on has gone on in another since: undo that first");
    return st ? st : edit_may_go(&p->first, row, err);
}

static enum jemput_status compose_unname(void *ctx, struct jemput *j, struct act *act, struct jemput_error *err)
{
    struct parting *p = ctx;
    enum jemput_status st = act_reason(act, p->order->reason, err);

    if (!st)
        st = telling_begin(&p->telling, j, err);
    if (!st)
        st = act_table(j, p->order->table, &p->table, err);
    if (!st)
        st = act_key(j, act, p->table, p->order->gone, p->order->key_count, &p->key, err);
    if (!st) {
        p->key = jemput_arena_copy(&p->arena, p->key); /* outlives the act */
        st = p->key.data ? parting_check(p, err) : nomem(err);
    }
    if (!st)
        st = past_read(&p->past, j, p->table, p->key, err);
    for (uint32_t i = 0; !st && i < p->past.count; i++)
        if (p->past.txns[i].goes == p->past.txns[i].txn)
            st = txn_unname(p, p->past.txns[i].txn, err);
    return st ? st : edits_write(&p->first, act, err);
}

/* --- the second act: they come back --- */

static enum jemput_status row_restore(struct parting *p, struct edit *row, struct jemput_error *err)
{
    if (row->kind == EDIT_INSERT)
        return JEMPUT_OK;
    row->kind = EDIT_INSERT;
    if (row->table == p->table && jemput_bytes_equal(row->key, p->key))
        return JEMPUT_OK; /* that is known */
    return telling_row(&p->telling, row, (struct jemput_bytes){ 0 }, err);
}

/* What a column was given goes back where it still stands. */
static void cell_revert(struct edit *row, const struct jemput_cell *cell)
{
    if (cell->is_delta || !cell->has_before || row->table->columns[cell->column].rule == JEMPUT_RULE_ONCE)
        return;
    if (jemput_value_equal(&cell->value, &row->values[cell->column]) && !jemput_value_equal(&cell->value, &cell->before))
        edit_set(row, cell->column, &cell->before);
}

static enum jemput_status change_revert(struct parting *p, const struct past_txn *past, const struct jemput_change *change, struct jemput_error *err)
{
    struct edit *row, *first, *giver = NULL;
    enum jemput_status st = change_row(&p->second, change, &row, err);

    if (!st)
        st = change_row(&p->first, change, &first, err);
    if (!st && past->goes != past->txn)
        st = change_giver(p, past->goes, change, &giver, err);
    if (st || (past->goes != past->txn && !giver))
        return st;
    if (change->op == JEMPUT_OP_DELETE)
        return first->kind == EDIT_DELETE ? row_restore(p, row, err) : JEMPUT_OK;
    for (uint16_t i = 0; change->op == JEMPUT_OP_UPDATE && row->there && i < change->cell_count; i++)
        cell_revert(row, &change->cells[i]);
    return JEMPUT_OK;
}

/* Does anything but what comes back name the row? */
static enum jemput_status row_is_named(struct parting *p, const struct edit *row, bool *out, struct jemput_error *err)
{
    struct jemput_referrers referrers = { 0 };
    enum jemput_status st = jemput_store_referrers(p->j->store, row->table, row->before, &referrers, &p->second.arena, err);

    *out = false;
    for (uint32_t i = 0; !st && !*out && i < referrers.count; i++) {
        const struct jemput_reference *references;
        struct edit *child;
        uint16_t count = 0;

        st = edits_row(&p->second, referrers.of[i].table, referrers.of[i].key, &child, err);
        if (!st)
            st = jemput_store_references(p->j->store, child->table, &references, &count, &p->second.arena, err);
        for (uint16_t k = 0; !st && !*out && child->kind != EDIT_DELETE && k < count; k++)
            st = reference_names(&p->second, &references[k], child->values, row, out, err);
    }
    return st;
}

/* A row that was made in the place of one that comes back goes, if it is as it was made. */
static enum jemput_status change_unmake(struct parting *p, const struct jemput_txn *txn, const struct jemput_change *change, struct jemput_error *err)
{
    struct edit *row, *giver;
    bool named = true;
    enum jemput_status st = change_row(&p->second, change, &row, err);

    if (!st)
        st = change_giver(p, txn, change, &giver, err);
    if (st || !giver || !row->there || row->kind != EDIT_NONE)
        return st;
    for (uint16_t i = 0; i < change->cell_count; i++)
        if (!change->cells[i].is_delta && !jemput_value_equal(&change->cells[i].value, &row->before[change->cells[i].column]))
            return JEMPUT_OK;
    st = row_is_named(p, row, &named, err);
    if (!st && !named)
        row->kind = EDIT_DELETE;
    return st;
}

/* Children of children first: they were made last. */
static enum jemput_status txn_unmake(struct parting *p, const struct past_txn *past, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (unsigned depth = 0; !st && depth <= SUCCEED_DEPTH_MAX; depth++)
        for (uint32_t i = 0; !st && i < past->txn->change_count; i++)
            if (past->txn->changes[i].op == JEMPUT_OP_INSERT)
                st = change_unmake(p, past->goes, &past->txn->changes[i], err);
    return st;
}

static enum jemput_status parting_tell(struct parting *p, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < p->second.count; i++)
        if (p->second.of[i]->kind == EDIT_UPDATE)
            st = telling_references(&p->telling, p->second.of[i], err);
    return st;
}

static enum jemput_status compose_back(void *ctx, struct jemput *j, struct act *act, struct jemput_error *err)
{
    struct parting *p = ctx;
    struct edit *row;
    enum jemput_status st = act_reason(act, p->order->reason, err);

    (void)j;
    if (!st)
        st = edits_row(&p->second, p->table, p->key, &row, err);
    if (!st)
        st = row_restore(p, row, err);
    for (uint32_t t = p->past.count; !st && t > 0; t--) /* what was done last is undone first */
        for (uint32_t i = 0; !st && i < p->past.txns[t - 1].txn->change_count; i++)
            st = change_revert(p, &p->past.txns[t - 1], &p->past.txns[t - 1].txn->changes[i], err);
    for (uint32_t t = p->past.count; !st && t > 0; t--)
        st = txn_unmake(p, &p->past.txns[t - 1], err);
    if (!st)
        st = parting_tell(p, err);
    return st ? st : edits_write(&p->second, act, err);
}

/* Nothing more is done: what has come of it is told, and a look is taken back. */
static enum jemput_status compose_told(void *ctx, struct jemput *j, struct act *act, struct jemput_error *err)
{
    struct parting *p = ctx;
    enum jemput_status st = telling_held(&p->telling, j, err);

    (void)act;
    return !st && p->order->look ? jemput_fail(err, JEMPUT_CANCELLED, "it was a look") : st;
}

enum jemput_status jemput_part_rows(struct jemput *j, const struct jemput_merging *merging, jemput_move_cb each, void *ctx, struct jemput_error *err)
{
    const act_compose composes[] = { compose_unname, compose_back, compose_told };
    struct parting p = { .order = merging, .j = j, .telling = TELLING_INIT(each, ctx) };
    enum jemput_status st = engine_awake(j, err);

    if (st)
        return st;
    act_alone(j);
    edits_begin(&p.first, j);
    edits_begin(&p.second, j);
    st = act_do(j, composes, sizeof composes / sizeof *composes, &p, err);
    edits_release(&p.first);
    edits_release(&p.second);
    past_release(&p.past);
    jemput_arena_release(&p.arena);
    telling_release(&p.telling);
    return st && st != JEMPUT_CANCELLED ? jemput_wrap(err, "part rows") : JEMPUT_OK;
}
