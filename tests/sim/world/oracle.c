/* sim/world/oracle.c — one row by its definition. Its story: story.h; deleted rows: deleted.c; rows that constraints keep
 * out: pass.c. */
#include "oracle.h"

#include <string.h>

#include "judge.h"
#include "pass.h"
#include "story.h"

/* A fact: of all that was ever written, the lowest value that is not NULL. NONE = none. */
static uint32_t story_fact(const struct story *s, unsigned column, uint32_t group)
{
    uint32_t first = NONE;

    for (uint32_t i = 0; i < s->write_count; i++) {
        const struct effect *e = &s->h->effects[s->writes[i]];

        if (e->groups & group && e->after[column] && (first == NONE || history_order(s->h, e->txn, s->h->effects[first].txn) < 0))
            first = s->writes[i];
    }
    return first;
}

static val story_sum(const struct story *s, unsigned column, uint32_t group)
{
    uint64_t sum = 0;
    bool written = false;

    for (uint32_t i = 0; i < s->write_count; i++)
        if (s->h->effects[s->writes[i]].groups & group) {
            sum += (uint64_t)s->h->effects[s->writes[i]].deltas[column];
            written = true;
        }
    return written ? value_integer((int64_t)sum) : 0; /* NULL: of a row that was never made */
}

static void row_values(struct oracle_row *r, const struct story *s, const struct table *t, uint32_t group, uint32_t shown)
{
    unsigned ruled = group_ruled(t, group);

    if (ruled != COLUMNS_MAX && t->columns[ruled].rule == RULE_SUM) {
        r->values[ruled] = story_sum(s, ruled, group);
        return;
    }
    if (ruled != COLUMNS_MAX && t->columns[ruled].rule == RULE_ONCE && story_fact(s, ruled, group) != NONE)
        shown = story_fact(s, ruled, group);
    for (unsigned i = 0; i < t->column_count; i++)
        if (!t->columns[i].is_key && 1u << t->columns[i].group == group)
            r->values[i] = shown == NONE ? t->columns[i].initial : s->h->effects[shown].after[i];
}

/* Is it kept in the row, in one of its groups? */
static bool story_keeps(const struct story *s, uint32_t write)
{
    for (uint32_t groups = s->h->effects[write].groups; groups; groups &= groups - 1)
        if (story_is_kept(s, write, groups & -groups))
            return true;
    return false;
}

/* What was added stays for ever; that it won over a delete is told until a write that the row keeps had seen both. */
static bool story_settles(const struct story *s, uint32_t addition, uint32_t del)
{
    for (uint32_t i = 0; i < s->write_count; i++)
        if (effect_saw(s->h, s->writes[i], addition) && effect_saw(s->h, s->writes[i], del) && story_keeps(s, s->writes[i]))
            return true;
    return false;
}

static void row_group(struct oracle_row *r, const struct story *s, const struct table *t, uint32_t group)
{
    uint32_t siblings[WRITES_MAX], shown = NONE;
    unsigned ruled = group_ruled(t, group);
    bool living, differ = false, sum = ruled != COLUMNS_MAX && t->columns[ruled].rule == RULE_SUM;
    uint32_t count = story_class(s, group, siblings, &living);

    for (uint32_t i = 0; i < count; i++) {
        differ = differ || values_differ(t, group, s->h->effects[siblings[i]].after, s->h->effects[siblings[0]].after);
        if (shown == NONE || shows_before(s, t, ruled, siblings[i], shown))
            shown = siblings[i];
        for (uint32_t k = 0; living && k < s->delete_count; k++)
            r->revived = r->revived || (story_in_force(s, s->deletes[k]) && !effect_saw(s->h, siblings[i], s->deletes[k]) &&
                                        !(sum && story_settles(s, siblings[i], s->deletes[k])));
    }
    r->alive = r->alive || living;
    if (differ && ruled == COLUMNS_MAX)
        r->conflicts |= group;
    if (count > r->sides && ruled == COLUMNS_MAX)
        r->sides = count;
    row_values(r, s, t, group, shown);
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
    r->unborn = r->alive && r->created == NONE;
    r->alive = r->alive && r->created != NONE;
    r->deleted = !r->alive && r->created != NONE;
    if (!r->alive) {
        r->conflicts = 0;
        r->revived = false;
    }
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

bool oracle_is_shown(const struct oracle_row *r)
{
    return (r->alive || r->deleted) && r->taken;
}

bool oracle_is_held(const struct oracle_row *r)
{
    return r->alive && !r->taken && !r->gone;
}
