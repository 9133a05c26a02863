/* api/act/merge.c — jemput_merge_rows(): two rows for one thing become one. Two acts: counters of the rows that go are taken down; then all else at
 * once, so that whoever sees the row go sees all that goes along. */
#include "api/act/succeed.h"
#include "api/act/telling.h"

struct merging {
    const struct jemput_merging *order;
    struct telling telling;
    struct succession plan;
    struct edits counts;
};

/* --- may it be done? --- */

static enum jemput_status conflicts_check(struct succession *plan, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < plan->count; i++)
        st = edit_may_go(&plan->edits, plan->pairs[i].gone, err);
    return st;
}

static enum jemput_status rows_check(struct succession *plan, const struct jemput_table *table, struct jemput_bytes keep, struct jemput_bytes gone,
                                     struct jemput_error *err)
{
    struct edit *stays, *goes;
    enum jemput_status st = edits_row(&plan->edits, table, keep, &stays, err);

    if (!st)
        st = edits_row(&plan->edits, table, gone, &goes, err);
    if (st)
        return st;
    if (stays == goes)
        return jemput_fail(err, JEMPUT_MISUSE, "the row that stays and the one that goes are the same");
    if (!stays->there || !goes->there)
        return jemput_fail(err, JEMPUT_NOTFOUND, "table '%s': the row that %s is not there%s", table->name, stays->there ? "goes" : "stays",
                           (stays->there ? goes : stays)->successor.len ? ": it goes on in another" : "");
    return JEMPUT_OK;
}

/* --- the plan --- */

static enum jemput_status merging_plan(struct merging *m, struct jemput *j, struct act *act, struct jemput_error *err)
{
    const struct jemput_merging *order = m->order;
    const struct jemput_table *table;
    struct jemput_bytes keep, gone;
    enum jemput_status st = act_table(j, order->table, &table, err);

    if (!st)
        st = act_key(j, act, table, order->keep, order->key_count, &keep, err);
    if (!st)
        st = act_key(j, act, table, order->gone, order->key_count, &gone, err);
    if (!st)
        st = rows_check(&m->plan, table, keep, gone, err);
    if (!st)
        st = succession_pair(&m->plan, table, gone, keep, 0, err);
    if (!st)
        st = succession_follow(&m->plan, err);
    return st ? st : conflicts_check(&m->plan, err);
}

/* --- what is told --- */

static enum jemput_status pair_tell(struct merging *m, const struct pair *p, struct jemput_error *err)
{
    const struct jemput_table *t = p->gone->table;
    enum jemput_status st = JEMPUT_OK;

    if (p->depth)
        st = telling_row(&m->telling, p->gone, p->keep->key, err);
    for (uint16_t c = 0; !st && p->keep->there && c < t->column_count; c++) {
        const struct jemput_value *theirs = &p->gone->values[c], *own = &p->keep->before[c];

        if (t->columns[c].group == JEMPUT_GROUP_NONE)
            continue;
        if (t->columns[c].rule == JEMPUT_RULE_SUM) {
            if (p->keep->deltas[c])
                st = telling_count(&m->telling, p->keep, c, p->keep->deltas[c], err);
        } else if (p->keep->writes[t->columns[c].group] && !jemput_value_equal(&p->keep->values[c], own)) {
            st = telling_cell(&m->telling, JEMPUT_MOVE_VALUE, p->keep, c, &p->keep->values[c], NULL, err);
        } else if (theirs->type != JEMPUT_NULL && !jemput_value_equal(theirs, &p->keep->values[c])) {
            st = telling_cell(&m->telling, JEMPUT_MOVE_LEFT, p->keep, c, theirs, own, err);
        }
    }
    return st;
}

static bool plan_has_row(const struct succession *plan, const struct edit *row)
{
    for (uint32_t i = 0; i < plan->count; i++)
        if (plan->pairs[i].gone == row || plan->pairs[i].keep == row)
            return true;
    return false;
}

static enum jemput_status merging_tell(struct merging *m, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < m->plan.count; i++)
        st = pair_tell(m, &m->plan.pairs[i], err);
    for (uint32_t i = 0; !st && i < m->plan.edits.count; i++)
        if (m->plan.edits.of[i]->kind == EDIT_UPDATE && !plan_has_row(&m->plan, m->plan.edits.of[i]))
            st = telling_references(&m->telling, m->plan.edits.of[i], err);
    return st;
}

/* --- the acts --- */

static enum jemput_status compose_counts(void *ctx, struct jemput *j, struct act *act, struct jemput_error *err)
{
    struct merging *m = ctx;
    enum jemput_status st = act_reason(act, m->order->reason, err);

    if (!st)
        st = telling_begin(&m->telling, j, err);
    if (!st)
        st = merging_plan(m, j, act, err);
    if (!st)
        st = succession_count(&m->plan, &m->counts, err);
    if (!st)
        st = merging_tell(m, err);
    return st ? st : edits_write(&m->counts, act, err);
}

static enum jemput_status compose_rows(void *ctx, struct jemput *j, struct act *act, struct jemput_error *err)
{
    struct merging *m = ctx;
    enum jemput_status st = act_reason(act, m->order->reason, err);

    (void)j;
    return st ? st : edits_write(&m->plan.edits, act, err);
}

/* Nothing more is done: what has come of it is told, and a look is taken back. */
static enum jemput_status compose_told(void *ctx, struct jemput *j, struct act *act, struct jemput_error *err)
{
    struct merging *m = ctx;
    enum jemput_status st = telling_held(&m->telling, j, err);

    (void)act;
    return !st && m->order->look ? jemput_fail(err, JEMPUT_CANCELLED, "it was a look") : st;
}

enum jemput_status jemput_merge_rows(struct jemput *j, const struct jemput_merging *merging, jemput_move_cb each, void *ctx, struct jemput_error *err)
{
    const act_compose composes[] = { compose_counts, compose_rows, compose_told };
    struct merging m = { .order = merging, .telling = TELLING_INIT(each, ctx) };
    enum jemput_status st = engine_awake(j, err);

    if (st)
        return st;
    act_alone(j);
    succession_begin(&m.plan, j);
    m.plan.fills = true;
    edits_begin(&m.counts, j);
    st = act_do(j, composes, sizeof composes / sizeof *composes, &m, err);
    succession_release(&m.plan);
    edits_release(&m.counts);
    telling_release(&m.telling);
    return st && st != JEMPUT_CANCELLED ? jemput_wrap(err, "merge rows") : JEMPUT_OK;
}
