/* api/act/past.c — what was done when a row went on in another: see past.h.
 *
 * A late write is carried after by transactions of one device, one behind the other: those that give the row that stays the values, then the one
 * that deletes the row that goes, and moves references. Only the last says which row that was; so what one without a deletion carried belongs to the
 * next deletion that the same device made, carrying after, in favour of the row that stays. */
#include "api/act/past.h"

#include "api/act/late.h"
#include "api/view/view.h"

void past_release(struct past *p)
{
    jemput_arena_release(&p->arena);
    *p = (struct past){ 0 };
}

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for a merge of rows");
}

/* --- transactions, copied --- */

static enum jemput_status txn_copy(struct past *p, const struct jemput_txn *txn, struct jemput_txn **out, struct jemput_error *err)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_TXN_BYTES_MAX);
    struct jemput_bytes copy = { 0 };
    enum jemput_status st;

    jemput_txn_write(&bytes, txn);
    st = jemput_buf_check(&bytes, "transaction", err);
    if (!st) {
        copy = jemput_arena_copy(&p->arena, jemput_buf_bytes(&bytes));
        *out = jemput_arena_alloc(&p->arena, sizeof **out);
        st = copy.data && *out ? jemput_txn_read(*out, copy, &p->arena, err) : nomem(err);
    }
    jemput_buf_release(&bytes);
    return st;
}

static enum jemput_status txn_add(struct past *p, const struct engine_row_edit *edit, struct jemput_error *err)
{
    struct past_txn *txns = jemput_arena_room(&p->arena, p->txns, p->count, &p->room, sizeof *txns);
    struct jemput_txn *txn = NULL;
    enum jemput_status st;

    if (!txns)
        return nomem(err);
    p->txns = txns;
    st = txn_copy(p, edit->txn, &txn, err);
    if (!st)
        p->txns[p->count++] = (struct past_txn){ txn, txn, *edit->writer };
    return st;
}

/* --- the row itself --- */

/* Each deletion of the row. One without a successor ends what was before it. */
static enum jemput_status deletion_see(void *ctx, const struct engine_row_edit *edit, struct jemput_error *err)
{
    struct past *p = ctx;

    if (edit->change->op != JEMPUT_OP_DELETE)
        return JEMPUT_OK;
    if (edit->change->successor.len)
        return txn_add(p, edit, err);
    p->count = 0;
    p->since = edit->txn->stamp;
    return JEMPUT_OK;
}

/* --- what was carried after --- */

static bool names(const struct jemput_change *c, uint32_t table, struct jemput_bytes successor)
{
    return c->op == JEMPUT_OP_DELETE && c->table == table && c->successor.len && jemput_bytes_equal(c->successor, successor);
}

/* Did a row go on in the one of this key, when the row itself went? `gone`: only that one; its data is NULL = any. */
static bool went_along(const struct past *p, uint32_t table, struct jemput_bytes keep, struct jemput_bytes gone)
{
    for (uint32_t t = 0; t < p->own_count; t++)
        for (uint32_t i = 0; i < p->txns[t].txn->change_count; i++) {
            const struct jemput_change *c = &p->txns[t].txn->changes[i];

            if (names(c, table, keep) && (!gone.data || jemput_bytes_equal(c->key, gone)))
                return true;
        }
    return false;
}

/* The transaction's deletion in favour of a row that stays; NULL = it has none. `key` NULL: any of the rows in which something went on. */
static const struct jemput_change *txn_deletion(const struct past *p, const struct jemput_txn *txn, uint32_t table, const struct jemput_bytes *key)
{
    for (uint32_t i = 0; i < txn->change_count; i++) {
        const struct jemput_change *c = &txn->changes[i];

        if (c->op == JEMPUT_OP_DELETE && c->successor.len &&
            (key ? names(c, table, *key) : went_along(p, c->table, c->successor, (struct jemput_bytes){ 0 })))
            return c;
    }
    return NULL;
}

static const struct jemput_change *txn_gift(const struct past *p, const struct jemput_txn *txn)
{
    for (uint32_t i = 0; i < txn->change_count; i++)
        if (txn->changes[i].op != JEMPUT_OP_DELETE && went_along(p, txn->changes[i].table, txn->changes[i].key, (struct jemput_bytes){ 0 }))
            return &txn->changes[i];
    return NULL;
}

static bool txn_carries(const struct jemput_txn *txn)
{
    return jemput_bytes_equal(txn->note, jemput_bytes_of(LATE_NOTE, sizeof LATE_NOTE - 1));
}

/* Is it the last of those that carried something after? */
static bool txn_ends(const struct jemput_txn *txn)
{
    bool ends = false;

    for (uint32_t i = 0; i < txn->change_count; i++)
        ends = ends || (txn->changes[i].op == JEMPUT_OP_DELETE && txn->changes[i].successor.len);
    return ends;
}

static bool txn_deletes_itself(const struct past *p, const struct jemput_txn *txn)
{
    for (uint32_t i = 0; i < txn->change_count; i++)
        if (txn->changes[i].op == JEMPUT_OP_DELETE && txn->changes[i].table == p->table->id && jemput_bytes_equal(txn->changes[i].key, p->key))
            return true;
    return false;
}

/* What was carried after into one of the rows that stay, from whichever row. */
static enum jemput_status carried_see(void *ctx, const struct engine_row_edit *edit, struct jemput_error *err)
{
    struct past *p = ctx;
    const struct jemput_txn *txn = edit->txn;

    if (txn->stamp <= p->since || !txn_carries(txn) || txn_deletes_itself(p, txn))
        return JEMPUT_OK;
    return txn_deletion(p, txn, 0, NULL) || (!txn_ends(txn) && txn_gift(p, txn)) ? txn_add(p, edit, err) : JEMPUT_OK;
}

/* What ended the carrying of which this is a part: the next deletion in favour of the row that `gift` is written to. */
static const struct jemput_txn *next_deletion(const struct past *p, const struct past_txn *carried, const struct jemput_change *gift)
{
    const struct jemput_txn *next = NULL;

    for (uint32_t t = 0; t < p->count; t++) {
        const struct past_txn *other = &p->txns[t];

        if (txn_carries(other->txn) && jemput_writer_compare(&other->writer, &carried->writer) == 0 && other->txn->stamp > carried->txn->stamp &&
            (!next || other->txn->stamp < next->stamp) && txn_deletion(p, other->txn, gift->table, &gift->key))
            next = other->txn;
    }
    return next;
}

/* Which transaction says whose values these were; NULL = they were of rows that did not go along. */
static const struct jemput_txn *carried_goes(const struct past *p, const struct past_txn *carried)
{
    const struct jemput_change *gift = txn_gift(p, carried->txn), *deletion = txn_deletion(p, carried->txn, 0, NULL);
    const struct jemput_txn *goes = deletion ? carried->txn : next_deletion(p, carried, gift);

    if (!deletion && goes)
        deletion = txn_deletion(p, goes, gift->table, &gift->key);
    return deletion && went_along(p, deletion->table, deletion->successor, deletion->key) ? goes : NULL;
}

static void txns_sort(struct past *p)
{
    uint32_t kept = 0;

    for (uint32_t t = 0; t < p->count; t++) {
        struct past_txn txn = p->txns[t];
        uint32_t at = kept;

        if (!txn.goes)
            continue;
        for (; at > 0 && p->txns[at - 1].txn->stamp > txn.txn->stamp; at--)
            p->txns[at] = p->txns[at - 1];
        p->txns[at] = txn;
        kept++;
    }
    p->count = kept;
}

enum jemput_status past_read(struct past *out, struct jemput *j, const struct jemput_table *table, struct jemput_bytes key, struct jemput_error *err)
{
    enum jemput_status st;

    out->table = table;
    out->key = key;
    st = engine_row_edits(j, NULL, table, key, deletion_see, out, err);
    out->own_count = out->count;
    if (!st && out->own_count)
        st = engine_txns_told(j, carried_see, out, err);
    for (uint32_t t = out->own_count; !st && t < out->count; t++)
        out->txns[t].goes = carried_goes(out, &out->txns[t]);
    if (!st)
        txns_sort(out);
    return st;
}
