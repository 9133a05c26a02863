/* unit/row_oracle.h — everything that arrived of a history (row_world.h), kept whole, and the definitions of merge/row.h read off it. */
#ifndef TESTS_UNIT_ROW_ORACLE_H
#define TESTS_UNIT_ROW_ORACLE_H

#include "row_world.h"

struct oracle {
    const struct history *h;
    uint32_t arrived;
};

static inline enum jemput_rule group_rule(unsigned group)
{
    return group == STAGE ? JEMPUT_RULE_RANK : group == PRINTED ? JEMPUT_RULE_ONCE : group == COUNT ? JEMPUT_RULE_SUM : JEMPUT_RULE_LATEST;
}

/* --- writes --- */

static inline bool oracle_has(const struct oracle *o, unsigned i, unsigned group)
{
    return (o->arrived >> i & 1) && (o->h->acts[i].groups >> group & 1);
}

static inline bool act_saw(const struct oracle *o, unsigned later, unsigned earlier)
{
    return o->h->acts[later].seen >> earlier & 1;
}

static inline bool act_spares(const struct act *a, unsigned group, const struct jemput_txn_name *name)
{
    for (uint32_t i = 0; i < a->change.spare_count && a->change.op == JEMPUT_OP_UPDATE; i++) {
        if (a->spares[i].column == group_columns[group][0] && jemput_txn_name_compare(&a->spares[i].txn, name) == 0)
            return true;
    }
    return false;
}

/* Had some delete that arrived seen it, and, if it is asked for, all that it had seen? */
static inline bool oracle_gone(const struct oracle *o, unsigned u, bool within)
{
    for (unsigned d = 0; d < o->h->act_count; d++) {
        if ((o->arrived >> d & 1) && o->h->acts[d].change.op == JEMPUT_OP_DELETE && act_saw(o, d, u) &&
            (!within || (o->h->acts[u].seen & ~o->h->acts[d].seen) == 0))
            return true;
    }
    return false;
}

static inline bool act_inserts(const struct oracle *o, unsigned i)
{
    return o->h->acts[i].change.op == JEMPUT_OP_INSERT;
}

/* Both insert the row, by one writer. */
static inline bool acts_insert_again(const struct oracle *o, unsigned r, unsigned u)
{
    return act_inserts(o, r) && act_inserts(o, u) && jemput_writer_compare(&o->h->acts[r].name.writer, &o->h->acts[u].name.writer) == 0;
}

static inline bool oracle_replaces(const struct oracle *o, unsigned r, unsigned u, unsigned group)
{
    return act_saw(o, r, u) && !act_spares(&o->h->acts[r], group, &o->h->acts[u].name) &&
           (!act_inserts(o, r) || acts_insert_again(o, r, u) || oracle_gone(o, u, false));
}

static inline bool oracle_within(const struct oracle *o, unsigned u, unsigned r)
{
    return act_saw(o, r, u) && (o->h->acts[u].seen & ~o->h->acts[r].seen) == 0;
}

static inline bool oracle_covers(const struct oracle *o, unsigned r, unsigned u, unsigned group)
{
    const struct act *a = &o->h->acts[r];

    if (!oracle_within(o, u, r) || !oracle_replaces(o, r, u, group) || (act_inserts(o, r) && !acts_insert_again(o, r, u) && !oracle_gone(o, u, true)))
        return false;
    for (uint32_t i = 0; i < a->change.spare_count; i++) {
        if (act_spares(a, group, &a->spares[i].txn) && !act_spares(&o->h->acts[u], group, &a->spares[i].txn))
            return false;
    }
    return true;
}

static inline struct jemput_value act_value(const struct act *a, uint16_t column)
{
    for (uint16_t i = 0; i < a->change.cell_count; i++) {
        if (a->cells[i].column == column)
            return a->cells[i].value;
    }
    return (struct jemput_value){ .type = JEMPUT_NULL };
}

static inline bool acts_agree(const struct act *a, const struct act *b, unsigned group)
{
    for (unsigned k = 0; k < groups[group].column_count; k++) {
        struct jemput_value x = act_value(a, group_columns[group][k]), y = act_value(b, group_columns[group][k]);

        if (!jemput_value_equal(&x, &y))
            return false;
    }
    return true;
}

/* Rule SUM: the line's last write. */
static inline bool oracle_entry(const struct oracle *o, unsigned i)
{
    for (unsigned j = 0; j < o->h->act_count; j++) {
        if (oracle_has(o, j, COUNT) && o->h->acts[j].line == o->h->acts[i].line && o->h->acts[j].number > o->h->acts[i].number)
            return false;
    }
    return oracle_has(o, i, COUNT);
}

static inline int64_t oracle_line_sum(const struct oracle *o, unsigned line)
{
    uint64_t sum = 0;

    for (unsigned j = 0; j < o->h->act_count; j++) {
        if (oracle_has(o, j, COUNT) && o->h->acts[j].line == line)
            sum += (uint64_t)act_value(&o->h->acts[j], group_columns[COUNT][0]).integer;
    }
    return (int64_t)sum;
}

/* Rule ONCE: the lowest carrier of its value. */
static inline bool oracle_lowest(const struct oracle *o, unsigned i)
{
    const struct act *a = &o->h->acts[i];

    for (unsigned j = 0; j < o->h->act_count; j++) {
        if (oracle_has(o, j, PRINTED) && acts_agree(a, &o->h->acts[j], PRINTED) && o->h->acts[j].rank < a->rank)
            return false;
    }
    return oracle_has(o, i, PRINTED) && act_value(a, group_columns[PRINTED][0]).type != JEMPUT_NULL;
}

/* Of all that arrived, kept or not. */
static inline bool oracle_sibling(const struct oracle *o, unsigned i, unsigned group)
{
    if (group_rule(group) == JEMPUT_RULE_SUM)
        return oracle_entry(o, i);
    for (unsigned j = 0; j < o->h->act_count; j++) {
        if (oracle_has(o, j, group) && oracle_replaces(o, j, i, group))
            return false;
    }
    return oracle_has(o, i, group);
}

static inline bool oracle_kept(const struct oracle *o, unsigned i, unsigned group)
{
    if (group_rule(group) == JEMPUT_RULE_SUM)
        return oracle_entry(o, i);
    if (group_rule(group) == JEMPUT_RULE_ONCE && oracle_lowest(o, i))
        return true;
    for (unsigned j = 0; j < o->h->act_count; j++) {
        if (oracle_has(o, j, group) && oracle_covers(o, j, i, group))
            return false;
    }
    return oracle_has(o, i, group);
}

static inline bool oracle_with_values(const struct oracle *o, unsigned i, unsigned group)
{
    return oracle_sibling(o, i, group) || (group_rule(group) == JEMPUT_RULE_ONCE && oracle_lowest(o, i));
}

/* --- deletes --- */

static inline bool oracle_is_delete(const struct oracle *o, unsigned i)
{
    return (o->arrived >> i & 1) && o->h->acts[i].change.op == JEMPUT_OP_DELETE;
}

static inline bool oracle_deleted(const struct oracle *o, unsigned i)
{
    return oracle_gone(o, i, false);
}

static inline bool oracle_delete_kept(const struct oracle *o, unsigned i)
{
    for (unsigned d = 0; d < o->h->act_count; d++) {
        if (oracle_is_delete(o, d) && oracle_within(o, i, d))
            return false;
    }
    return oracle_is_delete(o, i);
}

/* --- what shows --- */

struct expectation {
    uint64_t created;
    bool alive, incomplete, edit_over_delete, conflict, parallel;
    const struct act *shown[GROUPS];
    bool group_conflict[GROUPS];
    struct jemput_value sum;
};

/* Written out for the values of `steps_of_stage`, not computed as the engine does. */
static inline int act_stage(const struct act *a)
{
    static const int places[STAGE_VALUES] = { 1, 2, 2, 3, 0, 0, 0, 0, 0 };
    struct jemput_value v = act_value(a, 8);

    for (unsigned i = 0; i < STAGE_VALUES; i++) {
        if (jemput_value_equal(&v, &steps_of_stage[i]))
            return places[i];
    }
    fail_msg("a value that no stage has");
    return 0;
}

static inline bool act_above(const struct act *a, const struct act *b, unsigned group)
{
    if (group_rule(group) == JEMPUT_RULE_RANK && act_stage(a) != act_stage(b))
        return act_stage(a) > act_stage(b);
    return a->rank > b->rank;
}

static inline void oracle_fact(const struct oracle *o, struct expectation *e)
{
    const struct act *lowest = NULL;

    for (unsigned i = 0; i < o->h->act_count; i++) {
        const struct act *a = &o->h->acts[i];

        if (oracle_has(o, i, PRINTED) && act_value(a, group_columns[PRINTED][0]).type != JEMPUT_NULL && (!lowest || a->rank < lowest->rank))
            lowest = a;
    }
    if (lowest)
        e->shown[PRINTED] = lowest;
}

static inline void oracle_counter(const struct oracle *o, struct expectation *e)
{
    uint64_t sum = 0;

    e->shown[COUNT] = NULL;
    for (unsigned i = 0; i < o->h->act_count; i++) {
        const struct act *a = &o->h->acts[i];

        if (!oracle_has(o, i, COUNT))
            continue;
        sum += (uint64_t)act_value(a, group_columns[COUNT][0]).integer;
        if (oracle_entry(o, i) && (!e->shown[COUNT] || a->rank > e->shown[COUNT]->rank))
            e->shown[COUNT] = a;
    }
    if (e->shown[COUNT])
        e->sum = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = (int64_t)sum };
}

static inline void oracle_group(const struct oracle *o, unsigned group, bool *living, struct expectation *e)
{
    const struct history *h = o->h;
    unsigned candidates[ACTS_MAX], count = 0;

    for (int round = 0; round < 2 && count == 0; round++) { /* those no delete had seen, or else all */
        for (unsigned i = 0; i < h->act_count; i++) {
            if (oracle_sibling(o, i, group) && (!oracle_deleted(o, i) || round == 1))
                candidates[count++] = i;
        }
        *living = *living || (round == 0 && count > 0);
    }
    for (unsigned i = 0; i < count; i++) {
        const struct act *a = &h->acts[candidates[i]];

        if (!e->shown[group] || act_above(a, e->shown[group], group))
            e->shown[group] = a;
        for (unsigned j = 0; j < i && group_rule(group) == JEMPUT_RULE_LATEST; j++)
            e->group_conflict[group] = e->group_conflict[group] || !acts_agree(a, &h->acts[candidates[j]], group);
    }
    if (group_rule(group) == JEMPUT_RULE_ONCE)
        oracle_fact(o, e);
    if (group_rule(group) == JEMPUT_RULE_SUM)
        oracle_counter(o, e);
}

/* Had a kept write seen both? */
static inline bool oracle_settled(const struct oracle *o, unsigned i, unsigned d)
{
    for (unsigned g = 0; g < o->h->table->group_count; g++) {
        for (unsigned j = 0; j < o->h->act_count; j++) {
            if (oracle_kept(o, j, g) && act_saw(o, j, i) && act_saw(o, j, d))
                return true;
        }
    }
    return false;
}

static inline bool oracle_edit_over_delete(const struct oracle *o)
{
    for (unsigned g = 0; g < o->h->table->group_count; g++) {
        for (unsigned i = 0; i < o->h->act_count; i++) {
            if (!oracle_sibling(o, i, g) || oracle_deleted(o, i))
                continue;
            for (unsigned d = 0; d < o->h->act_count; d++) {
                if (oracle_is_delete(o, d) && !oracle_deleted(o, d) && !act_saw(o, i, d) &&
                    !(group_rule(g) == JEMPUT_RULE_SUM && oracle_settled(o, i, d)))
                    return true;
            }
        }
    }
    return false;
}

static inline bool oracle_parallel(const struct oracle *o)
{
    uint32_t siblings = 0;

    for (unsigned i = 0; i < o->h->act_count; i++) {
        for (unsigned g = 0; g < o->h->table->group_count; g++)
            siblings |= (uint32_t)oracle_sibling(o, i, g) << i;
        for (unsigned j = 0; j < i; j++) {
            if ((siblings >> i & 1) && (siblings >> j & 1) && !act_saw(o, i, j) && !act_saw(o, j, i))
                return true;
        }
    }
    return false;
}

static inline struct expectation oracle_expect(const struct oracle *o)
{
    struct expectation e = { 0 };
    const struct act *created = NULL;
    bool living = false;

    for (unsigned i = 0; i < o->h->act_count; i++) {
        const struct act *a = &o->h->acts[i];

        if ((o->arrived >> i & 1) && a->change.op == JEMPUT_OP_INSERT && (!created || a->rank < created->rank))
            created = a;
    }
    for (unsigned g = 0; g < o->h->table->group_count; g++)
        oracle_group(o, g, &living, &e);
    e.created = created ? created->version : 0;
    e.alive = living && created;
    e.incomplete = living && !created;
    e.edit_over_delete = e.alive && oracle_edit_over_delete(o);
    e.parallel = oracle_parallel(o);
    for (unsigned g = 0; g < GROUPS; g++) {
        e.group_conflict[g] = e.group_conflict[g] && e.alive;
        e.conflict = e.conflict || e.group_conflict[g];
    }
    return e;
}

/* --- a device that spares --- */

/* As sealing does for an identity group: of the siblings that the transaction had seen, the one that was shown is replaced and the others stay. */
static inline void act_spare_as_a_device(const struct history *h, struct act *a, unsigned group)
{
    struct oracle o = { .h = h, .arrived = a->seen };
    struct expectation e = { 0 };
    bool living = false;
    unsigned spared = 0;

    oracle_group(&o, group, &living, &e);
    for (unsigned i = 0; i < h->act_count; i++) {
        bool open = oracle_sibling(&o, i, group) && (!living || !oracle_deleted(&o, i));

        if (open && &h->acts[i] != e.shown[group] && spared++ < SPARES_LIMIT)
            act_add_spare(a, group, &h->acts[i].name);
    }
}

static inline void act_spare(const struct history *h, struct act *a)
{
    for (unsigned g = 0; g < GROUPS; g++) {
        if (!h->spares || !(a->groups >> g & 1) || a->change.op == JEMPUT_OP_INSERT)
            continue;
        if (g == NAME && random_below(4))
            act_spare_as_a_device(h, a, g);
        else if (random_below(4) == 0)
            act_spare_at_random(h, a, g);
    }
}

static inline void history_random_act(struct history *h)
{
    struct act *a = history_start_act(h, random_below(h->line_count), random_op(h->act_count == 0));
    unsigned every = (1U << h->table->group_count) - 1;

    act_see_at_random(h, a);
    if (a->change.op == JEMPUT_OP_DELETE)
        a->change.successor = keys[random_below(sizeof keys / sizeof *keys)];
    else if (a->change.op == JEMPUT_OP_INSERT)
        act_fill_random(h, a, every, random_below(4) == 0);
    else
        act_fill_random(h, a, 1 + random_below(every), random_below(8) == 0);
    act_spare(h, a);
    h->act_count++;
}

static inline void history_random(struct history *h, const struct jemput_table *table, bool counts)
{
    unsigned count = 2 + random_below(ACTS_MAX - 1);

    history_begin(h, table, counts);
    for (unsigned i = 0; i < count; i++)
        history_random_act(h);
    history_shuffle_versions(h);
}

#endif
