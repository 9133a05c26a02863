/* sim/world/fill.c — what an app's write says besides its values, as sealing finds it: what it adds to counters, and what it leaves open. */
#include <string.h>

#include "story.h"

/* A counter of a row that is inserted goes on from what its device had merged and its tables knew of, so that it shows what was written; of a row
 * that is forgotten there, from nothing. */
static void effect_deltas(const struct history *h, struct effect *e, const struct txnset *merged)
{
    const struct table *t = &h->schema->tables[h->rows[e->row].table];
    int64_t deltas[COLUMNS_MAX] = { 0 };
    bool any = false;

    for (unsigned c = 0; e->after && c < t->column_count; c++) {
        uint64_t before = 0;

        if (t->columns[c].rule != RULE_SUM)
            continue;
        any = true;
        if (e->before)
            before = (uint64_t)value_of(e->before[c])->integer;
        for (uint32_t i = h->rows[e->row].first; !e->before && !h->forgotten[e->row] && i != NONE; i = h->effects[i].next)
            if (&h->effects[i] != e && set_has(merged, h->effects[i].txn) && !set_has(&h->unshown, h->effects[i].txn) && h->effects[i].deltas)
                before += (uint64_t)h->effects[i].deltas[c];
        deltas[c] = (int64_t)((uint64_t)value_of(e->after[c])->integer - before);
    }
    if (any)
        e->deltas = history_keep(deltas, sizeof deltas);
}

/* Has the group been written since the form was opened: by its own device, or by what was merged? */
static bool form_moved(const struct history *h, const struct effect *e, uint32_t group, const struct txnset *merged, bool own)
{
    const struct txn *txn = &h->txns[e->txn];

    for (uint32_t i = h->rows[e->row].first; i != NONE; i = h->effects[i].next) {
        const struct effect *other = &h->effects[i];

        if (other != e && set_has(merged, other->txn) && !set_has(&h->refused, other->txn) && !set_has(&txn->form, other->txn) &&
            (other->groups & group || !other->after) && (h->txns[other->txn].device == txn->device) == own)
            return true;
    }
    return false;
}

/* The values that a write of identity groups replaces: what the table showed, if the write had seen that; or what the form showed, if the group has
 * moved on elsewhere since that was opened. */
static const val *values_replaced(const struct history *h, const struct effect *e, uint32_t group, const struct txnset *merged)
{
    const struct txn *txn = &h->txns[e->txn];
    bool own = !txn->has_form || form_moved(h, e, group, merged, true) || !form_moved(h, e, group, merged, false);
    uint32_t siblings[WRITES_MAX], shown = NONE, count = oracle_siblings(h, own ? &txn->seen : &txn->form, e->row, group, siblings, WRITES_MAX);

    for (uint32_t i = 0; i < count; i++) {
        if (own && !values_differ(&h->schema->tables[h->rows[e->row].table], group, h->effects[siblings[i]].after, e->before))
            return e->before;
        if (shown == NONE || history_order(h, h->effects[siblings[i]].txn, h->effects[shown].txn) > 0)
            shown = siblings[i];
    }
    return shown == NONE ? e->before : h->effects[shown].after;
}

/* "There it replaces the value that was shown, and names the ones that it leaves open." */
static void effect_spare(const struct history *h, struct effect *e, const struct txnset *merged)
{
    const struct table *t = &h->schema->tables[h->rows[e->row].table];
    struct spare spares[WRITES_MAX];

    for (unsigned c = 0; c < t->column_count; c++) {
        uint32_t group = 1u << t->columns[c].group, siblings[WRITES_MAX], count;
        const val *replaced;

        if (!t->columns[c].identity || !(e->groups & group))
            continue;
        replaced = values_replaced(h, e, group, merged);
        count = oracle_siblings(h, &h->txns[e->txn].seen, e->row, group, siblings, WRITES_MAX);
        for (uint32_t i = 0; i < count; i++)
            if (values_differ(t, group, h->effects[siblings[i]].after, replaced))
                spares[e->spare_count++] = (struct spare){ group, h->effects[siblings[i]].txn };
    }
    if (e->spare_count)
        e->spares = history_keep(spares, e->spare_count * sizeof spares[0]);
}

void oracle_effect_fill(const struct history *h, struct effect *e, const struct txnset *merged)
{
    if (e->op != EFFECT_DELETE)
        effect_deltas(h, e, merged);
    if (e->op == EFFECT_UPDATE && !h->txns[e->txn].decides)
        effect_spare(h, e, merged);
}
