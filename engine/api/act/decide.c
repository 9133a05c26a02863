/* api/act/decide.c — jemput_decide(): a person closes a conflict, corrects a held row, or drops one. An ordinary signed write that carries its reason
 * and what it replaced, and can itself be replaced by another. */
#include <string.h>

#include "api/act/act.h"
#include "api/look/look.h"

struct deciding {
    const struct jemput_choice *choice;
    const struct jemput_table *table;
    struct jemput_bytes key;
    struct jemput_row_look row;
    struct jemput_store *store;
    bool chosen[JEMPUT_COLUMNS_MAX];     /* by column */
    struct jemput_value *values;         /* by column: those chosen */
    bool *writes;                        /* by group */
    struct jemput_arena *arena;
};

/* --- what is decided --- */

static enum jemput_status column_number(const struct deciding *d, const char *name, uint16_t *out, struct jemput_error *err)
{
    for (uint16_t i = 0; i < d->table->column_count; i++) {
        *out = i;
        if (strcmp(d->table->columns[i].name, name) == 0)
            return JEMPUT_OK;
    }
    return jemput_fail(err, JEMPUT_NOTFOUND, "table '%s' has no column '%s'", d->table->name, name);
}

static enum jemput_status column_choose(struct deciding *d, unsigned index, struct jemput_error *err)
{
    uint16_t column = 0;
    enum jemput_status st = column_number(d, d->choice->columns[index], &column, err);
    const struct jemput_column *c = &d->table->columns[column];

    if (st)
        return st;
    if (c->group == JEMPUT_GROUP_NONE)
        return jemput_fail(err, JEMPUT_MISUSE, "column '%s' is %s: it cannot be decided", c->name, c->key_place ? "of the key" : "generated");
    if (c->rule == JEMPUT_RULE_ONCE && d->row.values[column].type != JEMPUT_NULL)
        return jemput_fail(err, JEMPUT_MISUSE, "column '%s' is set once and holds a value already", c->name);
    if (c->rule == JEMPUT_RULE_SUM && d->choice->values[index].type != JEMPUT_TYPE_INTEGER)
        return jemput_fail(err, JEMPUT_MISUSE, "counter column '%s' must hold an integer", c->name);
    if (d->chosen[column])
        return jemput_fail(err, JEMPUT_MISUSE, "column '%s' is named twice", c->name);
    d->chosen[column] = true;
    d->writes[c->group] = true;
    look_value(&d->values[column], &d->choice->values[index]);
    return jemput_store_value_held(d->store, &d->values[column], c->affinity, d->arena, err);
}

static enum jemput_status columns_choose(struct deciding *d, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    d->writes = jemput_arena_array(d->arena, d->table->group_count, sizeof *d->writes);
    d->values = jemput_arena_array(d->arena, d->table->column_count, sizeof *d->values);
    if (!d->writes || !d->values)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a decision");
    if (d->choice->column_count > d->table->column_count)
        return jemput_fail(err, JEMPUT_MISUSE, "table '%s' has %u columns, %u are named", d->table->name, (unsigned)d->table->column_count,
                           d->choice->column_count);
    for (unsigned i = 0; !st && i < d->choice->column_count; i++)
        st = column_choose(d, i, err);
    for (uint16_t g = 0; !st && g < d->table->group_count && d->choice->column_count == 0; g++) /* "it stays as it is" */
        d->writes[g] = jemput_group_ruled(d->table, g) == JEMPUT_GROUP_NONE;
    return st;
}

static struct jemput_value value_decided(const struct deciding *d, uint16_t column)
{
    return d->chosen[column] ? d->values[column] : d->row.values[column];
}

/* --- nothing is closed unseen --- */

/* Is this value of a column named among the hidden ones? */
static bool hidden_named(const struct deciding *d, uint16_t column, const struct jemput_value *value)
{
    for (unsigned i = 0; i < d->choice->hidden_count; i++) {
        struct jemput_value named;

        look_value(&named, &d->choice->hidden[i].value);
        if (strcmp(d->choice->hidden[i].column, d->table->columns[column].name) == 0 && jemput_value_equal(&named, value))
            return true;
    }
    return false;
}

/* Each value that stands against the decided one, and is not the shown one, must be named. */
static enum jemput_status conflict_check(void *ctx, const struct jemput_row_conflict *conflict, struct jemput_error *err)
{
    struct deciding *d = ctx;

    for (uint32_t i = 0; conflict->group && i < conflict->sibling_count; i++) {
        const struct jemput_sibling *s = &conflict->siblings[i];

        if (s->shown || !s->values || !d->writes[d->table->columns[conflict->group->columns[0]].group])
            continue;
        for (uint16_t k = 0; k < conflict->group->column_count; k++) {
            uint16_t column = conflict->group->columns[k];
            struct jemput_value decided = value_decided(d, column);

            if (jemput_value_equal(&s->values[k], &decided) || jemput_value_equal(&s->values[k], &d->row.values[column]) ||
                hidden_named(d, column, &s->values[k]))
                continue;
            return jemput_fail(err, JEMPUT_DENIED, "column '%s' holds another value, which the decision does not name: look at the conflict again",
                               d->table->columns[column].name);
        }
    }
    return JEMPUT_OK;
}

/* A value that is named but stands nowhere: the person has seen another state than this. */
struct hidden_search {
    const struct deciding *d;
    const struct jemput_hidden_value *hidden;
    bool found;
};

static enum jemput_status hidden_look(void *ctx, const struct jemput_row_conflict *conflict, struct jemput_error *err)
{
    struct hidden_search *search = ctx;
    struct jemput_value named;

    (void)err;
    look_value(&named, &search->hidden->value);
    for (uint32_t i = 0; conflict->group && i < conflict->sibling_count; i++)
        for (uint16_t k = 0; conflict->siblings[i].values && k < conflict->group->column_count; k++)
            if (strcmp(conflict->table->columns[conflict->group->columns[k]].name, search->hidden->column) == 0 &&
                jemput_value_equal(&conflict->siblings[i].values[k], &named))
                search->found = true;
    return JEMPUT_OK;
}

static enum jemput_status hidden_check(struct jemput *j, struct deciding *d, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (unsigned i = 0; !st && i < d->choice->hidden_count; i++) {
        struct hidden_search search = { d, &d->choice->hidden[i], false };

        st = jemput_store_conflicts_of(j->store, d->table, d->key, hidden_look, &search, err);
        if (!st && !search.found)
            st = jemput_fail(err, JEMPUT_NOTFOUND, "column '%s' holds no such hidden value: look at the conflict again", d->choice->hidden[i].column);
    }
    return st ? st : jemput_store_conflicts_of(j->store, d->table, d->key, conflict_check, d, err);
}

/* --- the change --- */

static void cell_fill(const struct deciding *d, uint16_t column, struct jemput_change *change)
{
    struct jemput_cell *cell = &change->cells[change->cell_count++];

    *cell = (struct jemput_cell){ .column = column, .value = value_decided(d, column) };
    if (d->table->columns[column].rule == JEMPUT_RULE_SUM) {
        cell->is_delta = true;
        cell->value.integer = (int64_t)((uint64_t)cell->value.integer - (uint64_t)d->row.values[column].integer);
        return;
    }
    cell->has_before = true;
    cell->before = d->row.values[column];
}

static enum jemput_status decide_write(struct jemput *j, struct deciding *d, struct act *act, struct jemput_error *err)
{
    struct jemput_change *change;
    enum jemput_status st = columns_choose(d, err);

    if (!st)
        st = hidden_check(j, d, err);
    if (!st)
        st = act_change(act, d->table, JEMPUT_OP_DECIDE, d->key, &change, err);
    for (uint16_t i = 0; !st && i < d->table->column_count; i++)
        if (d->table->columns[i].group != JEMPUT_GROUP_NONE && d->writes[d->table->columns[i].group])
            cell_fill(d, i, change);
    if (!st && !change->cell_count)
        st = jemput_fail(err, JEMPUT_MISUSE, "table '%s' has no columns to decide", d->table->name);
    return st;
}

static enum jemput_status decide_remove(struct deciding *d, struct act *act, struct jemput_error *err)
{
    struct jemput_change *change;

    if (d->choice->column_count || d->choice->hidden_count)
        return jemput_fail(err, JEMPUT_MISUSE, "a row that is dropped gets no values");
    if (d->row.shown)
        return jemput_fail(err, JEMPUT_MISUSE, "the row is in its table: DELETE it there");
    return act_change(act, d->table, JEMPUT_OP_DELETE, d->key, &change, err);
}

/* The row as it was last, counters apart: they have gone on. */
static enum jemput_status decide_restore(struct deciding *d, struct act *act, struct jemput_error *err)
{
    struct jemput_change *change;
    enum jemput_status st;

    if (d->choice->column_count || d->choice->hidden_count)
        return jemput_fail(err, JEMPUT_MISUSE, "a row that comes back has the values that it had");
    if (d->row.shown || d->row.held)
        return jemput_fail(err, JEMPUT_MISUSE, "the row is there");
    if (d->row.successor.len) /* else it would be carried after that one at once (late.c) */
        return jemput_fail(err, JEMPUT_MISUSE, "the row goes on in another, by a merge of rows: undo that");
    st = act_change(act, d->table, JEMPUT_OP_INSERT, d->key, &change, err);
    if (!st)
        act_insert_cells(change, d->table, d->row.values);
    return st;
}

static enum jemput_status decide(void *ctx, struct jemput *j, struct act *act, struct jemput_error *err)
{
    const struct jemput_choice *choice = ctx;
    struct deciding d = { .choice = choice, .store = j->store, .arena = &act->arena };
    enum jemput_status st = act_table(j, choice->table, &d.table, err);

    if (!st)
        st = act_key(j, act, d.table, choice->key, choice->key_count, &d.key, err);
    if (!st)
        st = act_reason(act, choice->reason, err);
    if (!st)
        st = jemput_store_row_look(j->store, d.table, d.key, &d.row, &act->arena, err);
    if (st)
        return st;
    if (choice->restore)
        return decide_restore(&d, act, err);
    if (!d.row.shown && !d.row.held)
        return jemput_fail(err, JEMPUT_NOTFOUND, "the row is deleted");
    return choice->remove ? decide_remove(&d, act, err) : decide_write(j, &d, act, err);
}

enum jemput_status jemput_decide(struct jemput *j, const struct jemput_choice *choice, struct jemput_error *err)
{
    const act_compose compose = decide;
    enum jemput_status st = engine_awake(j, err);

    if (st)
        return st;
    act_alone(j);
    st = act_do(j, &compose, 1, (void *)choice, err);
    return st ? jemput_wrap(err, "decide") : JEMPUT_OK;
}
