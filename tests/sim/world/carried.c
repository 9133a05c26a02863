/* sim/world/carried.c — late writes: nothing that was written to a row which has gone on in another is lost when one device carries it after. */
#include "state.h"

#include <string.h>

#include "check.h"
#include "failure.h"
#include "sometimes.h"
#include "told.h"

bool carries_late(const struct world *w, const struct device *d)
{
    return (int)d->number == (w->base->central < 0 ? 0 : w->base->central);
}

static bool group_same(const struct table *t, uint32_t group, const val *a, const val *b)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (!t->columns[i].is_key && 1u << t->columns[i].group == group && a[i] != b[i])
            return false;
    return true;
}

static bool group_asks(const struct table *t, uint32_t group)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (!t->columns[i].is_key && 1u << t->columns[i].group == group && (t->columns[i].rule == RULE_SUM || t->columns[i].rule == RULE_ONCE))
            return false;
    return true;
}

/* Rows in which this one goes on, as the deletions of the set say: directly, or those in which such ones do. */
static void successors_find(const struct history *h, const struct txnset *set, uint32_t row, bool out[ROWS_MAX])
{
    memset(out, 0, ROWS_MAX * sizeof *out);
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < h->effect_count; i++) {
            const struct effect *e = &h->effects[i];

            if (e->successor == NONE || out[e->successor] || !set_has(set, e->txn) || (e->row != row && !out[e->row]))
                continue;
            more = out[e->successor] = true;
        }
    }
}

/* Has another write of the set said the same: in a row in which this one goes on; or, of an insert, which says nothing new then, in the row
 * itself? */
static bool is_said(const struct history *h, const struct txnset *set, const bool *rows, const struct effect *e, uint32_t group)
{
    const struct table *t = &h->schema->tables[h->rows[e->row].table];

    for (uint32_t i = 0; i < h->effect_count; i++) {
        const struct effect *by = &h->effects[i];

        if (by != e && by->after && by->groups & group && set_has(set, by->txn) && (rows[by->row] || (by->row == e->row && e->op == EFFECT_INSERT)) &&
            group_same(t, group, by->after, e->after))
            return true;
    }
    return false;
}

static bool was_deleted(const struct history *h, const struct txnset *set, const struct effect *e)
{
    for (uint32_t i = h->rows[e->row].first; i != NONE; i = h->effects[i].next)
        if (h->effects[i].op == EFFECT_DELETE && set_has(set, h->effects[i].txn) && history_saw(h, h->effects[i].txn, e->txn))
            return true;
    return false;
}

static void group_check(const struct device *d, const struct effect *deletion, unsigned group, const bool *rows)
{
    const struct history *h = d->history;
    const struct table *t = &h->schema->tables[h->rows[deletion->row].table];
    const struct txnset *set = &h->txns[deletion->txn].seen;
    uint32_t siblings[SIDES_MAX], count = oracle_siblings(h, set, deletion->row, 1u << group, siblings, SIDES_MAX);

    for (uint32_t i = 0; i < count; i++) {
        const struct effect *e = &h->effects[siblings[i]];

        if (was_deleted(h, set, e) || (e->op == EFFECT_INSERT && group_is_null(t, group, e->after)))
            continue;
        if (!is_said(h, set, rows, e, 1u << group))
            failure("device %u: %s: what transaction %u wrote late into the group of column %u is lost by transaction %u", d->number,
                    history_row_print(h, deletion->row), e->txn, group, deletion->txn);
        sometimes(SOMETIMES_CARRIED);
    }
}

void check_carried(const struct world *w, const struct device *d)
{
    static bool rows[ROWS_MAX];
    const struct history *h = &w->history;

    for (uint32_t i = 0; w->united && i < h->effect_count; i++) {
        const struct effect *e = &h->effects[i];
        const struct table *t = &h->schema->tables[h->rows[e->row].table];

        if (h->forgotten[e->row] || !h->txns[e->txn].late || !set_has(&d->knows.merged, e->txn))
            continue;
        if (e->spare_count)
            sometimes(SOMETIMES_CARRIED_OPEN);
        if (e->successor == NONE)
            continue;
        successors_find(h, &h->txns[e->txn].seen, e->row, rows);
        rows[e->successor] = true;
        for (unsigned c = 0; c < t->column_count; c++)
            if (!t->columns[c].is_key && t->columns[c].group == c && group_asks(t, 1u << c) && !group_links(t, c))
                group_check(d, e, c, rows);
    }
}
