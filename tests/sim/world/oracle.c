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

/* The column whose rule decides for a group; COLUMNS_MAX = none. */
static unsigned group_ruled(const struct table *t, uint32_t group)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (!t->columns[i].is_key && 1u << t->columns[i].group == group && t->columns[i].rule != RULE_LATEST)
            return i;
    return COLUMNS_MAX;
}

static bool effect_spares(const struct history *h, uint32_t by, uint32_t group, uint32_t write)
{
    const struct effect *e = &h->effects[by];

    for (uint32_t i = 0; i < e->spare_count; i++)
        if (e->spares[i].group == group && h->txns[e->spares[i].txn].stamp == h->txns[h->effects[write].txn].stamp &&
            h->txns[e->spares[i].txn].device == h->txns[h->effects[write].txn].device)
            return true;
    return false;
}

/* A sibling: a write of the group that no other write of the group replaces: has seen, and does not spare. Counters have none but the last of each
 * writer. */
static bool story_is_sibling(const struct story *s, uint32_t write, uint32_t group)
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
        if (sum ? h->txns[h->effects[by].txn].device == h->txns[h->effects[write].txn].device : !effect_spares(h, by, group, write))
            return false;
    }
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

/* Where a value stands in the ranks, from 1; 0 = not in them. */
static unsigned rank_of(const struct column *c, val v)
{
    for (unsigned i = 0; i < c->rank_count; i++)
        if (v && v == value_text(c->ranks[i]))
            return i + 1;
    return 0;
}

/* Does `a` show rather than `b`? */
static bool shows_before(const struct story *s, const struct table *t, unsigned ruled, uint32_t a, uint32_t b)
{
    const struct effect *x = &s->h->effects[a], *y = &s->h->effects[b];

    if (ruled != COLUMNS_MAX && t->columns[ruled].rule == RULE_RANK) {
        unsigned p = rank_of(&t->columns[ruled], x->after[ruled]), q = rank_of(&t->columns[ruled], y->after[ruled]);

        if (p != q)
            return p > q;
    }
    return history_order(s->h, x->txn, y->txn) > 0;
}

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

    for (uint32_t i = 0; i < s->write_count; i++)
        if (s->h->effects[s->writes[i]].groups & group)
            sum += (uint64_t)s->h->effects[s->writes[i]].deltas[column];
    return value_integer((int64_t)sum);
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

/* Is it kept in the row: a sibling of one of its groups, of counters the last of its writer? */
static bool story_keeps(const struct story *s, uint32_t write)
{
    for (uint32_t groups = s->h->effects[write].groups; groups; groups &= groups - 1)
        if (story_is_sibling(s, write, groups & -groups))
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

/* A counter of a row that is inserted goes on from what its device had merged, so that it shows what was written. */
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
        for (uint32_t i = h->rows[e->row].first; !e->before && i != NONE; i = h->effects[i].next)
            if (&h->effects[i] != e && set_has(merged, h->effects[i].txn) && h->effects[i].deltas)
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

        if (other != e && set_has(merged, other->txn) && !set_has(&txn->form, other->txn) && (other->groups & group || !other->after) &&
            (h->txns[other->txn].device == txn->device) == own)
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

/* --- deleted rows --- */

bool oracle_is_shown(const struct oracle_row *r)
{
    return (r->alive || r->deleted) && r->taken;
}

bool oracle_is_held(const struct oracle_row *r)
{
    return r->alive && !r->taken && !r->gone;
}

/* A write that neither this delete nor one of its own row's had seen. */
static bool story_was_written(const struct story *s, uint32_t delete)
{
    for (uint32_t i = 0; i < s->write_count; i++)
        if (!effect_saw(s->h, delete, s->writes[i]) && !story_is_deleted(s, s->writes[i]))
            return true;
    return false;
}

bool oracle_wants(const struct oracle *o, const struct oracle_row *row, const struct oracle_row *deleted)
{
    static struct story mine, theirs;
    bool any = false;

    story_read(&mine, o->history, o->set, row->row);
    story_read(&theirs, o->history, o->set, deleted->row);
    for (uint32_t i = 0; i < theirs.delete_count; i++) {
        if (!story_in_force(&theirs, theirs.deletes[i]))
            continue;
        any = true;
        if (!story_was_written(&mine, theirs.deletes[i]))
            return false;
    }
    return any;
}

static bool story_deleted_by(const struct story *s, uint32_t txn)
{
    for (uint32_t i = 0; i < s->delete_count; i++)
        if (s->h->effects[s->deletes[i]].txn == txn)
            return story_in_force(s, s->deletes[i]);
    return false;
}

bool oracle_went_with(const struct oracle *o, const struct oracle_row *deleted, const struct oracle_row *with)
{
    static struct story mine, theirs;
    bool any = false;

    story_read(&mine, o->history, o->set, deleted->row);
    story_read(&theirs, o->history, o->set, with->row);
    for (uint32_t i = 0; i < mine.delete_count; i++) {
        if (!story_in_force(&mine, mine.deletes[i]))
            continue;
        any = true;
        if (!story_deleted_by(&theirs, o->history->effects[mine.deletes[i]].txn))
            return false;
    }
    return any;
}

/* Does the row show a value that was not written in the knowledge of the deletion by `txn`? */
static bool row_undoes(const struct oracle *o, const struct story *s, const struct oracle_row *r, uint32_t txn)
{
    const struct table *t = &o->history->schema->tables[o->history->rows[r->row].table];
    uint32_t groups = table_groups(t);

    for (unsigned g = 0; g < 32; g++) {
        uint32_t siblings[WRITES_MAX], shown = NONE, count;
        unsigned ruled = group_ruled(t, 1u << g);
        bool living;

        if (!(groups & 1u << g) || (ruled != COLUMNS_MAX && t->columns[ruled].rule != RULE_RANK))
            continue;
        count = story_class(s, 1u << g, siblings, &living);
        for (uint32_t i = 0; i < count; i++)
            if (shown == NONE || shows_before(s, t, ruled, siblings[i], shown))
                shown = siblings[i];
        if (shown != NONE && !history_saw(o->history, o->history->effects[shown].txn, txn))
            return true;
    }
    return false;
}

bool oracle_undone(const struct oracle *o, const struct oracle_row *deleted, const struct oracle_row *parent)
{
    static struct story mine, theirs;

    story_read(&mine, o->history, o->set, deleted->row);
    story_read(&theirs, o->history, o->set, parent->row);
    for (uint32_t i = 0; i < mine.delete_count; i++) {
        uint32_t txn = o->history->effects[mine.deletes[i]].txn;

        if (story_in_force(&mine, mine.deletes[i]) && !(story_deleted_by(&theirs, txn) && row_undoes(o, &theirs, parent, txn)))
            return false;
    }
    return true;
}
