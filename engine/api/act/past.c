/* api/act/past.c — what was done when a row went on in another: see past.h.
 *
 * A late write is carried after by transactions of one device, one behind the other: those that give the row that stays the values, then the one
 * that deletes the row that goes, and moves references. Only the last says which row that was; so what one without a deletion carried belongs to the
 * next one of that device, carrying after, that has deletions. */
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
        p->txns[p->count++] = (struct past_txn){ txn, txn, *edit->writer, false };
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

/* Did a row go on in the one of this key, when the row itself went? `gone`: only that one; its data is NULL = any. */
static bool went_along(const struct past *p, uint32_t table, struct jemput_bytes keep, struct jemput_bytes gone)
{
    for (uint32_t t = 0; t < p->own_count; t++)
        for (uint32_t i = 0; i < p->txns[t].txn->change_count; i++) {
            const struct jemput_change *c = &p->txns[t].txn->changes[i];

            if (c->op == JEMPUT_OP_DELETE && c->table == table && c->successor.len && jemput_bytes_equal(c->successor, keep) &&
                (!gone.data || jemput_bytes_equal(c->key, gone)))
                return true;
        }
    return false;
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

/* Does it write to a row in which something went on? */
static bool txn_gives(const struct past *p, const struct jemput_txn *txn)
{
    bool gives = false;

    for (uint32_t i = 0; i < txn->change_count; i++)
        gives = gives || went_along(p, txn->changes[i].table, txn->changes[i].key, (struct jemput_bytes){ 0 });
    return gives;
}

/* Does a row go again in it that went along? */
static bool txn_goes_along(const struct past *p, const struct jemput_txn *txn)
{
    bool goes = false;

    for (uint32_t i = 0; i < txn->change_count; i++) {
        const struct jemput_change *c = &txn->changes[i];

        goes = goes || (c->op == JEMPUT_OP_DELETE && c->successor.len && went_along(p, c->table, c->successor, c->key));
    }
    return goes;
}

/* The copy of one that deleted the row itself; NULL = it did not. */
static const struct jemput_txn *txn_own(const struct past *p, const struct engine_row_edit *edit)
{
    for (uint32_t t = 0; t < p->own_count; t++)
        if (p->txns[t].txn->stamp == edit->txn->stamp && jemput_writer_compare(&p->txns[t].writer, edit->writer) == 0)
            return p->txns[t].txn;
    return NULL;
}

static enum jemput_status gift_add(struct past *p, const struct engine_row_edit *edit, struct jemput_error *err)
{
    enum jemput_status st = txn_add(p, edit, err);

    if (!st) {
        p->txns[p->count - 1].goes = NULL;
        p->txns[p->count - 1].open = true;
    }
    return st;
}

/* What the device has carried since it last came to an end was of the rows that go here; `end` NULL: of none that went along. */
static void gifts_end(struct past *p, const struct jemput_writer *writer, const struct jemput_txn *end)
{
    for (uint32_t t = p->own_count; t < p->count; t++)
        if (p->txns[t].open && jemput_writer_compare(&p->txns[t].writer, writer) == 0) {
            p->txns[t].goes = end;
            p->txns[t].open = false;
        }
}

/* Each transaction that carried something after; those of one device come in their order. */
static enum jemput_status carried_see(void *ctx, const struct engine_row_edit *edit, struct jemput_error *err)
{
    struct past *p = ctx;
    const struct jemput_txn *end = txn_own(p, edit);
    enum jemput_status st = JEMPUT_OK;

    if (edit->txn->stamp <= p->since || !txn_carries(edit->txn))
        return JEMPUT_OK;
    if (!txn_ends(edit->txn))
        return txn_gives(p, edit->txn) ? gift_add(p, edit, err) : JEMPUT_OK;
    if (!end && txn_goes_along(p, edit->txn)) {
        st = txn_add(p, edit, err);
        end = st ? NULL : p->txns[p->count - 1].txn;
    }
    if (!st)
        gifts_end(p, edit->writer, end);
    return st;
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

    st = engine_row_edits(j, NULL, table, key, deletion_see, out, err);
    out->own_count = out->count;
    if (!st && out->own_count)
        st = engine_txns_told(j, carried_see, out, err);
    if (!st)
        txns_sort(out);
    return st;
}
