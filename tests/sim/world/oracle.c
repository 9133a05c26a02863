/* sim/world/oracle.c — one row by its definition. The pass over rows that constraints keep out: pass.c. */
#include "oracle.h"

#include <string.h>

#include "failure.h"
#include "judge.h"
#include "pass.h"

enum { WRITES_MAX = 1024 }; /* of one row */

/* The effects on one row that are in the set. */
struct story {
    const struct history *h;
    uint32_t write_count, delete_count, insert_count;
    uint32_t writes[WRITES_MAX], deletes[WRITES_MAX], inserts[WRITES_MAX];
};

static void story_read(struct story *s, const struct history *h, const struct txnset *set, uint32_t row)
{
    s->h = h;
    s->write_count = s->delete_count = s->insert_count = 0;
    for (uint32_t i = h->rows[row].first; i != NONE; i = h->effects[i].next) {
        if (!set_has(set, h->effects[i].txn))
            continue;
        if (s->write_count == WRITES_MAX || s->delete_count == WRITES_MAX)
            failure("more than %d writes of one row", WRITES_MAX);
        if (h->effects[i].op == EFFECT_DELETE)
            s->deletes[s->delete_count++] = i;
        else
            s->writes[s->write_count++] = i;
        if (h->effects[i].op == EFFECT_INSERT)
            s->inserts[s->insert_count++] = i;
    }
}

static bool effect_saw(const struct history *h, uint32_t later, uint32_t earlier)
{
    return history_saw(h, h->effects[later].txn, h->effects[earlier].txn);
}

/* A sibling: a write of the group that no other write of the group has seen. */
static bool story_is_sibling(const struct story *s, uint32_t write, uint32_t group)
{
    if (!(s->h->effects[write].groups & group))
        return false;
    for (uint32_t i = 0; i < s->write_count; i++)
        if (s->h->effects[s->writes[i]].groups & group && effect_saw(s->h, s->writes[i], write))
            return false;
    return true;
}

static bool story_is_deleted(const struct story *s, uint32_t write)
{
    for (uint32_t i = 0; i < s->delete_count; i++)
        if (effect_saw(s->h, s->deletes[i], write))
            return true;
    return false;
}

/* A delete that no other delete had seen. */
static bool story_in_force(const struct story *s, uint32_t del)
{
    for (uint32_t i = 0; i < s->delete_count; i++)
        if (effect_saw(s->h, s->deletes[i], del))
            return false;
    return true;
}

/* Siblings that no delete had seen; if there are none, all. *living says which. */
static uint32_t story_class(const struct story *s, uint32_t group, uint32_t *out, bool *living)
{
    uint32_t count = 0, kept = 0;

    for (uint32_t i = 0; i < s->write_count; i++)
        if (story_is_sibling(s, s->writes[i], group))
            out[count++] = s->writes[i];
    for (uint32_t i = 0; i < count; i++)
        if (!story_is_deleted(s, out[i]))
            kept++;
    *living = kept > 0;
    if (!kept)
        return count;
    kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (!story_is_deleted(s, out[i]))
            out[kept++] = out[i];
    return kept;
}

static bool values_differ(const struct table *t, uint32_t group, const val *a, const val *b)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (!t->columns[i].is_key && 1u << t->columns[i].group == group && a[i] != b[i])
            return true;
    return false;
}

static void row_group(struct oracle_row *r, const struct story *s, const struct table *t, uint32_t group)
{
    uint32_t siblings[WRITES_MAX], shown = NONE;
    bool living, differ = false;
    uint32_t count = story_class(s, group, siblings, &living);

    for (uint32_t i = 0; i < count; i++) {
        differ = differ || values_differ(t, group, s->h->effects[siblings[i]].after, s->h->effects[siblings[0]].after);
        if (shown == NONE || history_order(s->h, s->h->effects[siblings[i]].txn, s->h->effects[shown].txn) > 0)
            shown = siblings[i];
        for (uint32_t k = 0; living && k < s->delete_count; k++)
            r->revived = r->revived || (story_in_force(s, s->deletes[k]) && !effect_saw(s->h, siblings[i], s->deletes[k]));
    }
    r->alive = r->alive || living;
    if (differ)
        r->conflicts |= group;
    if (count > r->sides)
        r->sides = count;
    for (unsigned i = 0; shown != NONE && i < t->column_count; i++)
        if (!t->columns[i].is_key && 1u << t->columns[i].group == group)
            r->values[i] = s->h->effects[shown].after[i];
}

static uint32_t table_groups(const struct table *t)
{
    uint32_t groups = 0;

    for (unsigned i = 0; i < t->column_count; i++)
        if (!t->columns[i].is_key)
            groups |= 1u << t->columns[i].group;
    return groups ? groups : 1u << 31;
}

static void row_compute(struct oracle_row *r, const struct history *h, const struct story *s, uint32_t row)
{
    const struct history_row *of = &h->rows[row];
    const struct table *t = &h->schema->tables[of->table];
    uint32_t groups = table_groups(t);

    memset(r, 0, sizeof *r);
    r->row = row;
    r->created = NONE;
    for (unsigned i = 0; i < t->key_count; i++)
        r->values[t->key[i]] = of->key[i];
    for (unsigned g = 0; g < 32; g++)
        if (groups & 1u << g)
            row_group(r, s, t, 1u << g);
    for (uint32_t i = 0; i < s->insert_count; i++)
        if (r->created == NONE || history_order(h, h->effects[s->inserts[i]].txn, r->created) < 0)
            r->created = h->effects[s->inserts[i]].txn;
    r->alive = r->alive && r->created != NONE;
    if (!r->alive)
        r->conflicts = 0, r->revived = false;
}

void oracle_compute(struct oracle *o, const struct history *h, const struct txnset *set)
{
    static struct story story;

    o->history = h;
    o->set = set;
    o->count = 0;
    for (uint32_t row = 0; row < h->row_count; row++) {
        story_read(&story, h, set, row);
        o->of_row[row] = NONE;
        if (!story.write_count && !story.delete_count)
            continue;
        row_compute(&o->rows[o->count], h, &story, row);
        o->of_row[row] = o->count++;
    }
    pass_run(o);
}

uint32_t oracle_siblings(const struct history *h, const struct txnset *set, uint32_t row, uint32_t group, uint32_t *out, uint32_t room)
{
    static struct story story;
    uint32_t siblings[WRITES_MAX];
    bool living;
    uint32_t count;

    story_read(&story, h, set, row);
    count = story_class(&story, group, siblings, &living);
    if (count > room)
        count = room;
    memcpy(out, siblings, count * sizeof *siblings);
    return count;
}
