/* unit/row_play.h — a world that merges one arrival of a history (row_world.h) after the other, as a store does, and is compared with the oracle
 * (row_oracle.h) after each; and small histories written by hand, played in every order. */
#ifndef TESTS_UNIT_ROW_PLAY_H
#define TESTS_UNIT_ROW_PLAY_H

#include "row_oracle.h"

struct world {
    struct history h;
    struct jemput_arena arena;
    struct jemput_row row;
    struct jemput_view view;
    struct jemput_value table_row[COLUMNS]; /* what the table would hold */
    struct oracle oracle;
    unsigned checks;
};

static inline void world_restart(struct world *w)
{
    w->row = (struct jemput_row){ 0 };
    w->oracle = (struct oracle){ .h = &w->h };
    jemput_arena_clear(&w->arena);
}

/* --- merging, as a store does --- */

static inline void world_fill(struct world *w)
{
    struct jemput_error err;

    assert_int_equal(jemput_row_fill(&w->row, w->h.table, w->table_row, &w->arena, &err), JEMPUT_OK);
}

static inline void world_show(struct world *w)
{
    struct jemput_causality causality = history_causality(&w->h);
    struct jemput_error err;

    if (jemput_row_wants_table(&w->row) || w->h.table->merges_values)
        world_fill(w);
    assert_int_equal(jemput_row_show(&w->view, &w->row, w->h.table, &causality, &w->arena, &err), JEMPUT_OK);
}

static inline void world_merge(struct world *w, unsigned index)
{
    struct jemput_causality causality = history_causality(&w->h);
    const struct act *a = &w->h.acts[index];
    struct jemput_error err;

    if (w->h.table->merges_values)
        world_fill(w);
    assert_int_equal(jemput_row_merge(&w->row, w->h.table, &causality, &a->change, a->version, &w->arena, &err), JEMPUT_OK);
    w->oracle.arrived |= UINT32_C(1) << index;
}

static inline void world_prune(struct world *w)
{
    struct jemput_causality causality = history_causality(&w->h);

    if (w->h.table->merges_values)
        world_fill(w);
    jemput_row_prune(&w->row, w->h.table, &causality);
}

/* The insert comes first, and nothing is kept of it but its version: its values are in the table. */
static inline void world_begin_in_table(struct world *w, unsigned index)
{
    const struct act *a = &w->h.acts[index];
    struct jemput_error err;

    for (uint16_t c = 0; c < w->h.table->column_count; c++)
        w->table_row[c] = act_value(a, c);
    assert_int_equal(jemput_row_uniform(&w->row, w->h.table, a->version, &w->arena, &err), JEMPUT_OK);
    w->oracle.arrived |= UINT32_C(1) << index;
}

static inline void world_to_table(struct world *w)
{
    for (unsigned g = 0; g < w->h.table->group_count; g++) {
        const struct jemput_write *shown = w->view.shown[g];
        const struct jemput_value *values = shown ? jemput_view_values(&w->view, w->h.table, (uint16_t)g) : NULL;

        for (unsigned k = 0; k < groups[g].column_count; k++) {
            if (!shown || values)
                w->table_row[group_columns[g][k]] = shown ? values[k] : pool[0];
        }
    }
}

/* What a store does between two changes: the row goes to the table (unless it is dead, or held), the state to bytes, and both are read again. */
static inline void world_store(struct world *w, bool held)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(65536);
    struct jemput_bytes bytes;
    struct jemput_error err;
    bool in_table;

    world_show(w);
    in_table = w->view.alive && !held;
    if (in_table)
        world_to_table(w);
    else
        world_fill(w);
    jemput_row_write(&out, &w->row, w->h.table, &w->view, in_table);
    assert_int_equal(out.failed, JEMPUT_OK);
    bytes = jemput_arena_copy(&w->arena, jemput_buf_bytes(&out));
    jemput_buf_release(&out);
    for (uint16_t c = 0; c < COLUMNS && !in_table; c++)
        w->table_row[c] = pool[14]; /* nothing that would be missed */
    if (bytes.len == 0)
        assert_int_equal(jemput_row_uniform(&w->row, w->h.table, w->row.created, &w->arena, &err), JEMPUT_OK);
    else
        assert_int_equal(jemput_row_read(&w->row, bytes, w->h.table, &w->arena, &err), JEMPUT_OK);
}

/* --- comparing --- */

static inline void world_check_values(const struct world *w, const struct jemput_write *write, const struct act *a, unsigned group)
{
    for (unsigned k = 0; k < groups[group].column_count; k++) {
        uint16_t column = group_columns[group][k];
        const struct jemput_value *got = write->values ? &write->values[k] : &w->table_row[column];
        struct jemput_value wanted = act_value(a, column);

        if (group_rule(group) == JEMPUT_RULE_SUM)
            wanted = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = oracle_line_sum(&w->oracle, a->line) };
        assert_true(write->values || write->in_table);
        assert_true(jemput_value_equal(got, &wanted));
    }
}

static inline void world_check_spares(const struct jemput_write *write, const struct act *a, unsigned group)
{
    uint32_t expected = 0;

    for (uint32_t i = 0; i < a->change.spare_count; i++)
        expected += group_rule(group) != JEMPUT_RULE_SUM && a->spares[i].column == group_columns[group][0] && act_spares(a, group, &a->spares[i].txn);
    assert_int_equal(write->spare_count, expected);
    for (uint32_t i = 0; i < write->spare_count; i++) {
        assert_true(act_spares(a, group, &write->spares[i]));
        assert_true(i == 0 || jemput_txn_name_compare(&write->spares[i - 1], &write->spares[i]) < 0);
    }
}

static inline void world_check_register(const struct world *w, unsigned group)
{
    static const struct jemput_register none = { 0 };
    const struct jemput_register *r = group < jemput_row_registers(&w->row) ? &w->row.registers[group] : &none;
    uint32_t expected = 0;

    for (uint32_t i = 0; i < r->write_count; i++) {
        unsigned index = history_index(&w->h, r->writes[i].version);

        assert_true(i == 0 || r->writes[i - 1].version < r->writes[i].version);
        assert_true(oracle_kept(&w->oracle, index, group));
        world_check_spares(&r->writes[i], &w->h.acts[index], group);
        if (oracle_with_values(&w->oracle, index, group))
            world_check_values(w, &r->writes[i], &w->h.acts[index], group);
        else
            assert_true(!r->writes[i].values && !r->writes[i].in_table);
    }
    for (unsigned i = 0; i < w->h.act_count; i++)
        expected += oracle_kept(&w->oracle, i, group);
    assert_int_equal(r->write_count, expected);
}

static inline void world_check_deletes(const struct world *w)
{
    uint32_t expected = 0;

    for (uint32_t i = 0; i < w->row.delete_count; i++) {
        unsigned index = history_index(&w->h, w->row.deletes[i]);
        struct jemput_bytes successor = w->row.successors ? w->row.successors[i] : keys[0];

        assert_true(i == 0 || w->row.deletes[i - 1] < w->row.deletes[i]);
        assert_true(oracle_delete_kept(&w->oracle, index));
        assert_true(jemput_bytes_equal(successor, w->h.acts[index].change.successor));
    }
    for (unsigned i = 0; i < w->h.act_count; i++)
        expected += oracle_delete_kept(&w->oracle, i);
    assert_int_equal(w->row.delete_count, expected);
}

static inline void world_check_shown(const struct world *w, const struct expectation *e)
{
    for (unsigned g = 0; g < w->h.table->group_count; g++) {
        assert_int_equal(w->view.shown[g] ? w->view.shown[g]->version : 0, e->shown[g] ? e->shown[g]->version : 0);
        assert_int_equal(w->view.group_conflict[g], e->group_conflict[g]);
        if (group_rule(g) == JEMPUT_RULE_SUM)
            assert_true(jemput_value_equal(&w->view.sums[g], &e->sum));
        else if (e->shown[g])
            assert_ptr_equal(jemput_view_values(&w->view, w->h.table, (uint16_t)g), w->view.shown[g]->values);
    }
}

static inline void world_check(struct world *w)
{
    struct jemput_causality causality = history_causality(&w->h);
    struct expectation e = oracle_expect(&w->oracle);

    w->checks++;
    world_show(w);
    for (unsigned g = 0; g < w->h.table->group_count; g++)
        world_check_register(w, g);
    world_check_deletes(w);
    world_check_shown(w, &e);
    assert_int_equal(w->row.created, e.created);
    assert_int_equal(w->view.alive, e.alive);
    assert_int_equal(w->view.incomplete, e.incomplete);
    assert_int_equal(w->view.conflict, e.conflict);
    assert_int_equal(w->view.edit_over_delete, e.edit_over_delete);
    assert_int_equal(jemput_row_is_parallel(&w->row, w->h.table, &causality), e.parallel);
}

/* --- small histories --- */

struct step {
    unsigned line;
    enum jemput_op op;
    unsigned groups;          /* set of groups */
    unsigned value;           /* for each of their columns: of `pool`, of `steps_of_stage`, or what is counted */
    unsigned seen[LINES_MAX]; /* how far each other line */
};

#define PLAIN 7u
#define ALL 63u
#define ONLY(group) (1u << (group))
#define INSERT JEMPUT_OP_INSERT
#define UPDATE JEMPUT_OP_UPDATE
#define DELETE JEMPUT_OP_DELETE
#define DECIDE JEMPUT_OP_DECIDE
#define SCRIPT(w, steps) world_script(&(w), &plain, steps, sizeof(steps) / sizeof *(steps))
#define SCRIPT_RULED(w, steps) world_script(&(w), &ruled, steps, sizeof(steps) / sizeof *(steps))

static inline struct jemput_value step_value(const struct step *s, uint16_t column)
{
    if (columns[column].rule == JEMPUT_RULE_SUM)
        return (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = s->value };
    return columns[column].rule == JEMPUT_RULE_RANK ? steps_of_stage[s->value] : pool[s->value];
}

/* Later steps have later stamps. */
static inline void world_script(struct world *w, const struct jemput_table *table, const struct step *steps, unsigned count)
{
    *w = (struct world){ .h = { .table = table, .counts = table->merges_values, .line_count = LINES_MAX, .learned = true } };
    for (unsigned i = 0; i < ACTS_MAX; i++)
        w->h.ranks[i] = (int)i * 2;
    for (unsigned i = 0; i < LINES_MAX; i++)
        w->h.writers[i] = i;
    for (unsigned i = 0; i < count; i++) {
        struct act *a = history_start_act(&w->h, steps[i].line, steps[i].op);

        for (unsigned k = 0; k < LINES_MAX; k++) {
            if (k != steps[i].line)
                a->seen_number[k] = steps[i].seen[k];
        }
        act_resolve_seen(&w->h, a);
        for (uint16_t c = 0; c < table->column_count && steps[i].op != JEMPUT_OP_DELETE; c++) {
            struct jemput_value value = step_value(&steps[i], c);

            if (columns[c].group != JEMPUT_GROUP_NONE && (steps[i].groups >> columns[c].group & 1))
                act_add_cell(a, c, &value);
        }
        w->h.act_count++;
    }
    world_restart(w);
}

/* Step `step` leaves the write of NAME open that step `spared` made. */
static inline void world_spare(struct world *w, unsigned step, unsigned spared)
{
    act_add_spare(&w->h.acts[step], NAME, &w->h.acts[spared].name);
    w->h.spares = true;
}

/* Merge in the given order, each step checked against the oracle. */
static inline void world_play(struct world *w, const unsigned *order, unsigned count)
{
    world_restart(w);
    for (unsigned i = 0; i < count; i++) {
        world_merge(w, order[i]);
        world_check(w);
        world_store(w, false);
        world_check(w);
    }
}

static inline bool order_next(unsigned *order, unsigned count)
{
    unsigned i = count - 1, j = count - 1, low;

    while (i > 0 && order[i - 1] > order[i])
        i--;
    if (i == 0)
        return false;
    while (order[j] < order[i - 1])
        j--;
    low = order[i - 1];
    order[i - 1] = order[j];
    order[j] = low;
    for (j = count - 1; i < j; i++, j--) {
        low = order[i];
        order[i] = order[j];
        order[j] = low;
    }
    return true;
}

/* A counted line's acts come as they were made. */
static inline bool order_happens(const struct history *h, const unsigned *order)
{
    for (unsigned i = 0; h->counts && i < h->act_count; i++) {
        for (unsigned j = 0; j < i; j++) {
            if (h->acts[order[i]].line == h->acts[order[j]].line && order[j] > order[i])
                return false;
        }
    }
    return true;
}

struct outcome {
    bool alive, conflict, edit_over_delete;
    unsigned shown[GROUPS]; /* step + 1; 0 = none */
};

static inline void world_expect_in_every_order(struct world *w, struct outcome outcome)
{
    unsigned order[ACTS_MAX];

    for (unsigned i = 0; i < w->h.act_count; i++)
        order[i] = i;
    do {
        if (!order_happens(&w->h, order))
            continue;
        world_play(w, order, w->h.act_count);
        assert_int_equal(w->view.alive, outcome.alive);
        assert_int_equal(w->view.conflict, outcome.conflict);
        assert_int_equal(w->view.edit_over_delete, outcome.edit_over_delete);
        for (unsigned g = 0; g < w->h.table->group_count; g++)
            assert_int_equal(w->view.shown[g] ? w->view.shown[g]->version : 0, outcome.shown[g] ? w->h.acts[outcome.shown[g] - 1].version : 0);
    } while (order_next(order, w->h.act_count));
}

#endif
