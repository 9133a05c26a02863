/* sim/world/pass.c — "rows in the order of their creation stamps, each taken together with its not-yet-taken parents as a unit (cycles whole), or else
 * held." Over all living rows, every time. */
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

static bool claims_meet(const struct oracle *o, const struct oracle_row *a, const struct oracle_row *b)
{
    const struct table *t = table_of(o, a);

    if (table_of(o, b) != t)
        return false;
    for (unsigned i = 0; i < t->unique_count; i++)
        if (a->claims_there[i] && b->claims_there[i] && memcmp(a->claims[i], b->claims[i], sizeof a->claims[i]) == 0)
            return true;
    return false;
}

/* The row that is named: one that is taken or of the unit, else the first that may still be taken. NONE = there is none. */
static uint32_t parent_find(const struct oracle *o, const struct link *l, const val names[KEY_MAX])
{
    uint32_t found = NONE;

    for (uint32_t i = 0; i < o->order_count; i++) {
        const struct oracle_row *r = &o->rows[o->order[i]];

        if (o->history->rows[r->row].table != l->parent || !judge_is_named(l, r->values, names))
            continue;
        if (r->taken || r->in_unit)
            return o->order[i];
        if (found == NONE && !r->failed && !r->own[0])
            found = o->order[i];
    }
    return found;
}

/* Why the unit cannot be taken; NULL = it can. */
static const char *unit_collect(struct oracle *o, uint32_t *unit, uint32_t *count)
{
    for (uint32_t i = 0; i < *count; i++) {
        struct oracle_row *r = &o->rows[unit[i]];
        const struct table *t = table_of(o, r);

        if (r->own[0])
            return r->own;
        if (r->failed)
            return "FOREIGN KEY";
        for (unsigned l = 0; l < t->link_count; l++) {
            val names[KEY_MAX];
            uint32_t parent;

            if (!judge_names(&t->links[l], r->values, names))
                continue;
            parent = parent_find(o, &t->links[l], names);
            if (parent == NONE)
                return "FOREIGN KEY";
            if (!o->rows[parent].taken && !o->rows[parent].in_unit) {
                o->rows[parent].in_unit = true;
                unit[(*count)++] = parent;
            }
        }
    }
    for (uint32_t i = 0; i < *count; i++)
        for (uint32_t k = 0; k < o->order_count; k++) {
            const struct oracle_row *r = &o->rows[o->order[k]];

            if (o->order[k] != unit[i] && (r->taken || r->in_unit) && claims_meet(o, &o->rows[unit[i]], r))
                return i == 0 ? "UNIQUE" : "FOREIGN KEY";
        }
    return NULL;
}

static void unit_take(struct oracle *o, uint32_t root)
{
    static uint32_t unit[ROWS_MAX];
    uint32_t count = 1;
    const char *reason;

    unit[0] = root;
    o->rows[root].in_unit = true;
    reason = unit_collect(o, unit, &count);
    for (uint32_t i = 0; i < count; i++) {
        o->rows[unit[i]].in_unit = false;
        if (!reason)
            o->rows[unit[i]].taken = true;
    }
    if (reason) {
        o->rows[root].failed = true;
        o->rows[root].reason = reason;
    }
}

void pass_run(struct oracle *o)
{
    o->order_count = 0;
    for (uint32_t i = 0; i < o->count; i++) {
        struct oracle_row *r = &o->rows[i];
        const struct table *t = table_of(o, r);

        r->taken = r->failed = r->in_unit = false;
        r->reason = "";
        if (!r->alive)
            continue;
        r->own = judge_own(t, r->values);
        for (unsigned u = 0; u < t->unique_count; u++)
            r->claims_there[u] = judge_claim(t, &t->uniques[u], r->values, r->claims[u]);
        o->order[o->order_count++] = i;
    }
    sorted = o;
    qsort(o->order, o->order_count, sizeof *o->order, row_compare);
    for (uint32_t i = 0; i < o->order_count; i++)
        if (!o->rows[o->order[i]].taken)
            unit_take(o, o->order[i]);
}
