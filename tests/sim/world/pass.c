/* sim/world/pass.c — the pass as engine/store/constraint/pass.h tells it in words, over all rows, every time from the start. */
#include "pass.h"

#include <stdlib.h>
#include <string.h>

#include "judge.h"

static const struct oracle *sorted; /* qsort has no context argument */

static const struct table *table_of(const struct oracle *o, const struct oracle_row *r)
{
    return &o->history->schema->tables[o->history->rows[r->row].table];
}

static int row_compare(const void *left, const void *right)
{
    const struct oracle_row *a = &sorted->rows[*(const uint32_t *)left], *b = &sorted->rows[*(const uint32_t *)right];
    const struct history_row *x = &sorted->history->rows[a->row], *y = &sorted->history->rows[b->row];
    int order = a->created == b->created ? 0 : history_order(sorted->history, a->created, b->created);

    if (order)
        return order;
    if (x->table != y->table)
        return x->table < y->table ? -1 : 1;
    order = memcmp(x->bytes, y->bytes, x->len < y->len ? x->len : y->len);
    return order ? order : x->len < y->len ? -1 : x->len > y->len;
}

/* --- UNIQUE --- */

static bool claims_meet(const struct oracle *o, const struct oracle_row *a, const struct oracle_row *b)
{
    const struct table *t = table_of(o, a);

    if (a == b || table_of(o, b) != t)
        return false;
    for (unsigned i = 0; i < t->unique_count; i++)
        if (a->claims_there[i] && b->claims_there[i] && memcmp(a->claims[i], b->claims[i], sizeof a->claims[i]) == 0)
            return true;
    return false;
}

static bool claims_are_free(const struct oracle *o, const struct oracle_row *r)
{
    for (uint32_t i = 0; i < o->order_count; i++) {
        const struct oracle_row *other = &o->rows[o->order[i]];

        if ((other->taken || other->in_unit) && claims_meet(o, r, other))
            return false;
    }
    return true;
}

/* --- parents --- */

static bool is_named(const struct oracle *o, const struct link *l, const struct oracle_row *r, const val names[KEY_MAX])
{
    return o->history->rows[r->row].table == l->parent && judge_is_named(l, r->values, names);
}

static bool parent_is_there(const struct oracle *o, const struct link *l, const val names[KEY_MAX])
{
    for (uint32_t i = 0; i < o->order_count; i++) {
        const struct oracle_row *r = &o->rows[o->order[i]];

        if ((r->taken || r->in_unit) && is_named(o, l, r, names))
            return true;
    }
    return false;
}

/* May the deleted row be of the root's unit, where `n` names it by `l`? */
static bool may_come(const struct oracle *o, const struct oracle_row *root, const struct oracle_row *n, const struct link *l,
                     const struct oracle_row *deleted)
{
    const struct oracle_row *by = n->alive ? n : root;

    return by->alive ? l->orphan == ORPHAN_RESTORE && oracle_wants(o, by, deleted) : oracle_went_with(o, deleted, by);
}

static bool still_possible(const struct oracle *o, const struct oracle_row *r)
{
    bool in_unit = r->in_unit, possible = !r->own[0];

    for (uint32_t i = 0; i < o->order_count && possible && !in_unit; i++)
        possible = !(o->rows[o->order[i]].taken && claims_meet(o, r, &o->rows[o->order[i]]));
    return possible;
}

/* Of those that may still be taken: a living one before a deleted one, the first made before the others. */
static uint32_t parent_choose(const struct oracle *o, const struct oracle_row *root, const struct oracle_row *n, const struct link *l,
                              const val names[KEY_MAX], bool restoring)
{
    uint32_t best = NONE;

    for (uint32_t i = 0; i < o->order_count; i++) {
        const struct oracle_row *r = &o->rows[o->order[i]];

        if (!is_named(o, l, r, names) || !still_possible(o, r) || (!r->alive && !(restoring && may_come(o, root, n, l, r))))
            continue;
        if (best == NONE || (r->alive && !o->rows[best].alive))
            best = o->order[i];
    }
    return best;
}

/* --- units --- */

static bool unit_fits(const struct oracle *o, const uint32_t *unit, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct oracle_row *r = &o->rows[unit[i]];
        const struct table *t = table_of(o, r);

        if (r->own[0] || !claims_are_free(o, r))
            return false;
        for (unsigned l = 0; l < t->link_count; l++) {
            val names[KEY_MAX];

            if (judge_names(&t->links[l], r->values, names) && !parent_is_there(o, &t->links[l], names))
                return false;
        }
    }
    return true;
}

static bool unit_take(struct oracle *o, uint32_t root, bool restoring)
{
    static uint32_t unit[ROWS_MAX];
    uint32_t count = 1;
    bool fits;

    unit[0] = root;
    o->rows[root].in_unit = true;
    for (uint32_t i = 0; i < count; i++) {
        const struct table *t = table_of(o, &o->rows[unit[i]]);

        for (unsigned l = 0; l < t->link_count; l++) {
            val names[KEY_MAX];
            uint32_t parent;

            if (!judge_names(&t->links[l], o->rows[unit[i]].values, names) || parent_is_there(o, &t->links[l], names))
                continue;
            parent = parent_choose(o, &o->rows[root], &o->rows[unit[i]], &t->links[l], names, restoring);
            if (parent != NONE) {
                o->rows[parent].in_unit = true;
                unit[count++] = parent;
            }
        }
    }
    fits = unit_fits(o, unit, count);
    for (uint32_t i = 0; i < count; i++) {
        o->rows[unit[i]].in_unit = false;
        o->rows[unit[i]].taken = fits;
    }
    return fits;
}

/* --- the pass --- */

/* 1 and 2: living rows that are not taken, in their order. */
static bool sweep_living(struct oracle *o, bool restoring)
{
    bool took = false;

    for (uint32_t i = 0; i < o->order_count; i++)
        if (o->rows[o->order[i]].alive && !o->rows[o->order[i]].taken)
            took = unit_take(o, o->order[i], restoring) || took;
    return took;
}

/* Does a deleted row name a taken one with which it goes along? */
static bool goes_along(const struct oracle *o, const struct oracle_row *r)
{
    const struct table *t = table_of(o, r);

    for (unsigned l = 0; l < t->link_count; l++) {
        val names[KEY_MAX];

        if (!judge_names(&t->links[l], r->values, names))
            continue;
        for (uint32_t i = 0; i < o->order_count; i++) {
            const struct oracle_row *parent = &o->rows[o->order[i]];

            if (parent->taken && is_named(o, &t->links[l], parent, names) && oracle_went_with(o, r, parent) &&
                (!parent->alive || oracle_undone(o, r, parent)))
                return true;
        }
    }
    return false;
}

/* 3 */
static bool sweep_deleted(struct oracle *o)
{
    bool took = false;

    for (uint32_t i = 0; i < o->order_count; i++)
        if (o->rows[o->order[i]].deleted && !o->rows[o->order[i]].taken && goes_along(o, &o->rows[o->order[i]]))
            took = unit_take(o, o->order[i], true) || took;
    return took;
}

/* The row that is meant, of those that are not taken. */
static const struct oracle_row *parent_meant(const struct oracle *o, const struct link *l, const val names[KEY_MAX])
{
    const struct oracle_row *best = NULL;

    for (uint32_t i = 0; i < o->order_count; i++) {
        const struct oracle_row *r = &o->rows[o->order[i]];

        if (is_named(o, l, r, names) && (!best || (r->alive && !best->alive)))
            best = r;
    }
    return best;
}

static bool row_cascades(const struct oracle *o, const struct oracle_row *r)
{
    const struct table *t = table_of(o, r);

    for (unsigned l = 0; l < t->link_count; l++) {
        const struct oracle_row *parent;
        val names[KEY_MAX];

        if (t->links[l].orphan != ORPHAN_CASCADE || !judge_names(&t->links[l], r->values, names) || parent_is_there(o, &t->links[l], names))
            continue;
        parent = parent_meant(o, &t->links[l], names);
        if (parent && (!parent->alive || parent->gone))
            return true;
    }
    return false;
}

static void sweep_cascades(struct oracle *o)
{
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < o->order_count; i++) {
            struct oracle_row *r = &o->rows[o->order[i]];

            if (r->alive && !r->taken && !r->gone && row_cascades(o, r))
                more = r->gone = true;
        }
    }
}

static const char *row_reason(const struct oracle *o, const struct oracle_row *r)
{
    const struct table *t = table_of(o, r);

    if (r->own[0])
        return r->own;
    for (unsigned l = 0; l < t->link_count; l++) {
        val names[KEY_MAX];

        if (judge_names(&t->links[l], r->values, names) && !parent_is_there(o, &t->links[l], names))
            return "FOREIGN KEY";
    }
    return "UNIQUE";
}

static void pass_begin(struct oracle *o)
{
    o->order_count = 0;
    for (uint32_t i = 0; i < o->count; i++) {
        struct oracle_row *r = &o->rows[i];
        const struct table *t = table_of(o, r);

        r->taken = r->in_unit = r->gone = false;
        r->own = r->reason = "";
        if (!r->alive && !r->deleted)
            continue;
        r->own = judge_own(t, r->values);
        for (unsigned u = 0; u < t->unique_count; u++)
            r->claims_there[u] = judge_claim(t, &t->uniques[u], r->values, r->claims[u]);
        o->order[o->order_count++] = i;
    }
    sorted = o;
    qsort(o->order, o->order_count, sizeof *o->order, row_compare);
}

void pass_run(struct oracle *o)
{
    bool more = true;

    pass_begin(o);
    sweep_living(o, false);
    while (more) {
        while (sweep_living(o, true))
            continue;
        more = sweep_deleted(o);
    }
    sweep_cascades(o);
    for (uint32_t i = 0; i < o->order_count; i++)
        if (oracle_is_held(&o->rows[o->order[i]]))
            o->rows[o->order[i]].reason = row_reason(o, &o->rows[o->order[i]]);
}
