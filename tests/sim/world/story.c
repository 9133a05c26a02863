/* sim/world/story.c — see story.h. */
#include "story.h"

#include <string.h>

#include "failure.h"

void story_read(struct story *s, const struct history *h, const struct txnset *set, uint32_t row)
{
    s->h = h;
    s->write_count = s->delete_count = s->insert_count = 0;
    for (uint32_t i = h->rows[row].first; i != NONE; i = h->effects[i].next) {
        if (h->forgotten[row] || !set_has(set, h->effects[i].txn) || set_has(&h->refused, h->effects[i].txn))
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

bool effect_saw(const struct history *h, uint32_t later, uint32_t earlier)
{
    return history_saw(h, h->effects[later].txn, h->effects[earlier].txn);
}

/* The column whose rule decides for a group; COLUMNS_MAX = none. */
unsigned group_ruled(const struct table *t, uint32_t group)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (!t->columns[i].is_key && 1u << t->columns[i].group == group && t->columns[i].rule != RULE_LATEST)
            return i;
    return COLUMNS_MAX;
}

/* Writes of a device and of its copy share a name, while both go by one writer. */
static bool names_equal(const struct txn *a, const struct txn *b)
{
    return a == b || (a->stamp == b->stamp && a->device == b->device && memcmp(a->writer, b->writer, sizeof a->writer) == 0);
}

static bool effect_spares(const struct history *h, uint32_t by, uint32_t group, uint32_t write)
{
    const struct effect *e = &h->effects[by];

    for (uint32_t i = 0; i < e->spare_count; i++)
        if (e->spares[i].group == group && names_equal(&h->txns[e->spares[i].txn], &h->txns[h->effects[write].txn]))
            return true;
    return false;
}

/* Both insert the row, by one writer. */
static bool effects_insert_again(const struct history *h, uint32_t by, uint32_t write)
{
    const struct effect *a = &h->effects[by], *b = &h->effects[write];

    return a->op == EFFECT_INSERT && b->op == EFFECT_INSERT && memcmp(h->txns[a->txn].writer, h->txns[b->txn].writer, sizeof h->txns[a->txn].writer) == 0;
}

/* Whoever inserts a row has seen nothing of it but what was deleted, and what he inserted himself: it is not in its table. */
static bool effect_replaces(const struct story *s, uint32_t by, uint32_t group, uint32_t write)
{
    return !effect_spares(s->h, by, group, write) &&
           (s->h->effects[by].op != EFFECT_INSERT || effects_insert_again(s->h, by, write) || story_is_deleted(s, write));
}

/* A sibling: a write of the group that no other write of the group replaces: has seen, and does not spare. Counters have none but the last of each
 * writer. */
bool story_is_sibling(const struct story *s, uint32_t write, uint32_t group)
{
    const struct history *h = s->h;
    const struct table *t = &h->schema->tables[h->rows[h->effects[write].row].table];
    unsigned ruled = group_ruled(t, group);
    bool sum = ruled != COLUMNS_MAX && t->columns[ruled].rule == RULE_SUM;

    if (!(h->effects[write].groups & group))
        return false;
    for (uint32_t i = 0; i < s->write_count; i++) {
        uint32_t by = s->writes[i];

        if (!(h->effects[by].groups & group) || !effect_saw(h, by, write))
            continue;
        if (sum ? h->txns[h->effects[by].txn].device == h->txns[h->effects[write].txn].device : effect_replaces(s, by, group, write))
            return false;
    }
    return true;
}

/* Had it seen that, and all that it had seen? */
static bool effect_saw_whole(const struct history *h, uint32_t later, uint32_t earlier)
{
    const struct txnset *seen = &h->txns[h->effects[earlier].txn].seen, *later_seen = &h->txns[h->effects[later].txn].seen;

    for (unsigned i = 0; i < TXNS_MAX / 64; i++)
        if (seen->bits[i] & ~later_seen->bits[i])
            return false;
    return effect_saw(h, later, earlier);
}

static bool story_is_deleted_whole(const struct story *s, uint32_t write)
{
    for (uint32_t i = 0; i < s->delete_count; i++)
        if (effect_saw_whole(s->h, s->deletes[i], write))
            return true;
    return false;
}

/* Whatever `write` replaces, `by` replaces. */
static bool effect_covers(const struct story *s, uint32_t by, uint32_t group, uint32_t write)
{
    const struct effect *e = &s->h->effects[by];

    if (!(e->groups & group) || !effect_saw_whole(s->h, by, write) || effect_spares(s->h, by, group, write))
        return false;
    if (e->op == EFFECT_INSERT && !effects_insert_again(s->h, by, write) && !story_is_deleted_whole(s, write))
        return false;
    for (uint32_t i = 0; i < s->write_count; i++)
        if (effect_spares(s->h, by, group, s->writes[i]) && !effect_spares(s->h, write, group, s->writes[i]))
            return false;
    return true;
}

/* Of the writes that carry its fact, is it the first? */
static bool story_is_first(const struct story *s, uint32_t write, uint32_t group, unsigned column)
{
    const struct effect *e = &s->h->effects[write];

    if (!e->after[column])
        return false;
    for (uint32_t i = 0; i < s->write_count; i++) {
        const struct effect *other = &s->h->effects[s->writes[i]];

        if (other->groups & group && other->after[column] == e->after[column] && history_order(s->h, other->txn, e->txn) < 0)
            return false;
    }
    return true;
}

bool story_is_kept(const struct story *s, uint32_t write, uint32_t group)
{
    const struct table *t = &s->h->schema->tables[s->h->rows[s->h->effects[write].row].table];
    unsigned ruled = group_ruled(t, group);

    if (!(s->h->effects[write].groups & group))
        return false;
    if (ruled != COLUMNS_MAX && t->columns[ruled].rule == RULE_SUM)
        return story_is_sibling(s, write, group);
    if (ruled != COLUMNS_MAX && t->columns[ruled].rule == RULE_ONCE && story_is_first(s, write, group, ruled))
        return true;
    for (uint32_t i = 0; i < s->write_count; i++)
        if (s->writes[i] != write && effect_covers(s, s->writes[i], group, write))
            return false;
    return true;
}

bool story_is_deleted(const struct story *s, uint32_t write)
{
    for (uint32_t i = 0; i < s->delete_count; i++)
        if (effect_saw(s->h, s->deletes[i], write))
            return true;
    return false;
}

/* A delete that no other delete had seen. */
bool story_in_force(const struct story *s, uint32_t del)
{
    for (uint32_t i = 0; i < s->delete_count; i++)
        if (effect_saw(s->h, s->deletes[i], del))
            return false;
    return true;
}

/* Siblings that no delete had seen; if there are none, all. *living says which. */
uint32_t story_class(const struct story *s, uint32_t group, uint32_t *out, bool *living)
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

bool values_differ(const struct table *t, uint32_t group, const val *a, const val *b)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (!t->columns[i].is_key && 1u << t->columns[i].group == group && a[i] != b[i])
            return true;
    return false;
}

/* Where a value stands in the ranks, from 1; 0 = not in them. */
static unsigned rank_of(const struct column *c, val v)
{
    for (unsigned i = 0; i < c->rank_count; i++)
        if (v && v == value_text(c->ranks[i]))
            return i + 1;
    return 0;
}

/* Does `a` show rather than `b`? */
bool shows_before(const struct story *s, const struct table *t, unsigned ruled, uint32_t a, uint32_t b)
{
    const struct effect *x = &s->h->effects[a], *y = &s->h->effects[b];

    if (ruled != COLUMNS_MAX && t->columns[ruled].rule == RULE_RANK) {
        unsigned p = rank_of(&t->columns[ruled], x->after[ruled]), q = rank_of(&t->columns[ruled], y->after[ruled]);

        if (p != q)
            return p > q;
    }
    return history_order(s->h, x->txn, y->txn) > 0;
}

uint32_t table_groups(const struct table *t)
{
    uint32_t groups = 0;

    for (unsigned i = 0; i < t->column_count; i++)
        if (!t->columns[i].is_key)
            groups |= 1u << t->columns[i].group;
    return groups ? groups : 1u << 31;
}
