/* test_row_rules.c — merging one row by the rules that a column may have: ranks, facts, counters. Each case is a small history in every order of
 * arrival (row_play.h). Random histories: test_row_random.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "row_memory.h"

/* --- rule RANK --- */

static void highest_stage_shows_whatever_the_stamps_and_is_no_conflict(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 0, { 0 } },
                                         { 1, UPDATE, ONLY(STAGE), 3, { 1 } }, /* SELESAI */
                                         { 2, UPDATE, ONLY(STAGE), 1, { 1 } }, /* 7 */
                                         { 3, UPDATE, ONLY(STAGE), 6, { 1 } } }; /* a blob: no stage */
    struct world w;

    (void)state;
    SCRIPT_RULED(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 1, 1, 1, 2, 1, 1 } });
    jemput_arena_release(&w.arena);
}

static void integer_ranks_as_its_text_and_equal_stages_show_the_later(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 0, { 0 } },
                                         { 1, UPDATE, ONLY(STAGE), 0, { 1 } },   /* DRAF */
                                         { 2, UPDATE, ONLY(STAGE), 2, { 1 } },   /* '7' */
                                         { 3, UPDATE, ONLY(STAGE), 1, { 1 } },   /* 7 */
                                         { 4, UPDATE, ONLY(STAGE), 5, { 1 } } }; /* -7: no stage */
    struct world w;

    (void)state;
    SCRIPT_RULED(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 1, 1, 1, 4, 1, 1 } });
    jemput_arena_release(&w.arena);
}

static void lower_stage_that_had_seen_the_higher_one_shows(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 0, { 0 } },
                                         { 1, UPDATE, ONLY(STAGE), 3, { 1 } },
                                         { 2, UPDATE, ONLY(STAGE), 0, { 1, 1 } } };
    struct world w;

    (void)state;
    SCRIPT_RULED(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 1, 1, 1, 3, 1, 1 } });
    jemput_arena_release(&w.arena);
}

static void living_stage_shows_before_a_deleted_higher_one(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 0, { 0 } },
                                         { 1, UPDATE, ONLY(STAGE), 3, { 1 } },
                                         { 2, DELETE, 0, 0, { 1, 1 } },
                                         { 3, UPDATE, ONLY(STAGE), 0, { 1 } } };
    struct world w;

    (void)state;
    SCRIPT_RULED(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .edit_over_delete = true, .shown = { 1, 1, 1, 4, 1, 1 } });
    jemput_arena_release(&w.arena);
}

/* --- rule ONCE --- */

static void fact_never_reverts(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 2, { 0 } },
                                         { 1, UPDATE, ONLY(PRINTED), 3, { 1 } },     /* another value */
                                         { 2, UPDATE, ONLY(PRINTED), 0, { 1, 1 } },  /* none */
                                         { 3, UPDATE, ONLY(PRINTED), 2, { 1, 1, 1 } } };
    struct world w;

    (void)state;
    SCRIPT_RULED(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 1, 1, 1, 1, 1, 1 } });
    assert_int_equal(w.row.registers[PRINTED].write_count, 3); /* the lowest of each value, and the last write; the clearing one goes */
    jemput_arena_release(&w.arena);
}

static void earlier_fact_that_comes_late_shows(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL & ~ONLY(PRINTED), 0, { 0 } },
                                         { 1, UPDATE, ONLY(PRINTED), 3, { 1 } },
                                         { 2, UPDATE, ONLY(PRINTED), 4, { 1 } },
                                         { 3, UPDATE, ONLY(PRINTED), 3, { 1, 1, 1 } } };
    static const unsigned late[] = { 0, 2, 3, 1 };
    struct world w;

    (void)state;
    SCRIPT_RULED(w, steps);
    world_play(&w, late, 3);
    assert_int_equal(w.view.shown[PRINTED]->version, w.h.acts[2].version);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 1, 1, 1, 1, 2, 1 } });
    jemput_arena_release(&w.arena);
}

static void null_is_no_fact_and_shows_only_while_there_is_none(void **state)
{
    static const struct step none[] = { { 0, INSERT, ALL, 0, { 0 } },
                                        { 1, UPDATE, ONLY(PRINTED), 0, { 1 } },
                                        { 2, UPDATE, ONLY(PRINTED), 0, { 1 } } };
    static const struct step one[] = { { 0, INSERT, ALL, 0, { 0 } },
                                       { 1, UPDATE, ONLY(PRINTED), 0, { 1 } },
                                       { 2, UPDATE, ONLY(PRINTED), 3, { 0 } } };
    struct world w;

    (void)state;
    SCRIPT_RULED(w, none);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 1, 1, 1, 1, 3, 1 } });
    jemput_arena_release(&w.arena);
    SCRIPT_RULED(w, one);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 1, 1, 1, 1, 3, 1 } });
    jemput_arena_release(&w.arena);
}

static void facts_and_counts_are_there_when_the_row_comes_again(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 2, { 0 } }, { 1, DELETE, 0, 0, { 1 } }, { 2, INSERT, ALL, 3, { 1, 1 } } };
    struct world w;

    (void)state;
    SCRIPT_RULED(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 3, 3, 3, 3, 1, 3 } });
    assert_int_equal(w.view.sums[COUNT].integer, 2 + 3);
    jemput_arena_release(&w.arena);
}

/* --- rule SUM --- */

static void additions_of_all_logs_are_totalled_and_nothing_is_in_conflict(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 2, { 0 } },           { 1, INSERT, ALL, 2, { 0 } },
                                         { 0, UPDATE, ONLY(COUNT), 1, { 0, 1 } }, { 1, UPDATE, ONLY(COUNT), 4, { 0 } },
                                         { 2, UPDATE, ONLY(COUNT), 8, { 2, 2 } } };
    struct world w;

    (void)state;
    SCRIPT_RULED(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 2, 2, 2, 2, 1, 5 } });
    assert_int_equal(w.view.sums[COUNT].integer, 2 + 2 + 1 + 4 + 8);
    assert_int_equal(w.row.registers[COUNT].write_count, 3);
    assert_ptr_equal(jemput_view_values(&w.view, &ruled, COUNT), &w.view.sums[COUNT]);
    jemput_arena_release(&w.arena);
}

static void addition_that_comes_again_counts_once(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 2, { 0 } }, { 0, UPDATE, ONLY(COUNT), 1, { 0 } }, { 1, UPDATE, ONLY(COUNT), 4, { 1 } } };
    struct world w;

    (void)state;
    SCRIPT_RULED(w, steps);
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned again = 0; again <= i; again++) {
            world_merge(&w, i);
            world_merge(&w, again);
            world_store(&w, again & 1);
        }
        world_check(&w);
    }
    assert_int_equal(w.view.sums[COUNT].integer, 2 + 1 + 4);
    jemput_arena_release(&w.arena);
}

static void both_branches_of_a_forked_log_count(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 2, { 0 } }, { 0, UPDATE, ONLY(COUNT), 1, { 0 } }, { 1, UPDATE, ONLY(COUNT), 4, { 1 } } };
    struct world w;

    (void)state;
    SCRIPT_RULED(w, steps);
    w.h.writers[1] = 0;
    w.h.acts[2].name = w.h.acts[1].name; /* by the same writer, and at the same time */
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 1, 1, 1, 1, 1, 3 } });
    assert_int_equal(w.view.sums[COUNT].integer, 2 + 1 + 4);
    jemput_arena_release(&w.arena);
}

static void count_goes_round_at_both_ends(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 2, { 0 } }, { 0, UPDATE, ONLY(COUNT), 1, { 0 } }, { 1, UPDATE, ONLY(COUNT), 1, { 1 } } };
    struct world w;

    (void)state;
    SCRIPT_RULED(w, steps);
    w.h.acts[1].cells[0].value.integer = INT64_MAX;
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 1, 1, 1, 1, 1, 3 } });
    assert_int_equal(w.view.sums[COUNT].integer, INT64_MIN + 2);
    w.h.acts[1].cells[0].value.integer = INT64_MIN;
    w.h.acts[2].cells[0].value.integer = INT64_MIN;
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 1, 1, 1, 1, 1, 3 } });
    assert_int_equal(w.view.sums[COUNT].integer, 2);
    jemput_arena_release(&w.arena);
}

static void addition_wins_over_a_concurrent_delete_and_is_listed_until_someone_had_seen_both(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 2, { 0 } },
                                         { 1, DELETE, 0, 0, { 1 } },
                                         { 2, UPDATE, ONLY(COUNT), 1, { 1 } },
                                         { 3, UPDATE, ONLY(NAME), 3, { 1, 1, 1 } } };
    static const unsigned order[] = { 0, 1, 2 };
    struct world w;

    (void)state;
    SCRIPT_RULED(w, steps);
    world_play(&w, order, 3);
    assert_true(w.view.alive && w.view.edit_over_delete);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 4, 1, 1, 1, 1, 3 } });
    jemput_arena_release(&w.arena);
}

static void counter_takes_integers_only_and_nothing_else_takes_deltas(void **state)
{
    static const struct {
        uint16_t column;
        bool is_delta;
        unsigned value; /* of the pool */
        const struct jemput_table *table;
        enum jemput_status st;
    } cases[] = { { 10, true, 2, &ruled, JEMPUT_OK },       { 10, false, 2, &ruled, JEMPUT_OK },      { 10, true, 0, &ruled, JEMPUT_CORRUPT },
                  { 10, false, 0, &ruled, JEMPUT_CORRUPT }, { 10, true, 7, &ruled, JEMPUT_CORRUPT },  { 10, false, 10, &ruled, JEMPUT_CORRUPT },
                  { 10, true, 14, &ruled, JEMPUT_CORRUPT }, { 5, true, 2, &ruled, JEMPUT_CORRUPT },   { 9, true, 2, &ruled, JEMPUT_CORRUPT },
                  { 5, true, 2, &plain, JEMPUT_CORRUPT },   { 5, false, 2, &plain, JEMPUT_OK } };
    static const struct step steps[] = { { 0, INSERT, ALL, 2, { 0 } } };
    struct jemput_causality causality;
    struct world w;

    (void)state;
    SCRIPT_RULED(w, steps);
    causality = history_causality(&w.h);
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jemput_cell cell = { .column = cases[i].column, .is_delta = cases[i].is_delta, .value = pool[cases[i].value] };
        struct jemput_change change = { .table = 1, .op = i & 1 ? UPDATE : INSERT, .cell_count = 1, .cells = &cell };
        struct jemput_row row = { 0 };
        struct jemput_error err;

        assert_int_equal(jemput_row_merge(&row, cases[i].table, &causality, &change, 100, &w.arena, &err), cases[i].st);
        assert_int_equal(row.registers != NULL, cases[i].st == JEMPUT_OK);
        if (cases[i].st && cases[i].column == 10)
            assert_string_equal(err.text, "merge row: a counter's delta is not an integer");
    }
    jemput_arena_release(&w.arena);
}

static void count_that_the_table_has_is_taken_over_if_it_is_an_integer(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 7, { 0 } }, { 1, UPDATE, ONLY(COUNT), 2, { 1 } } };
    struct jemput_error err;
    struct world w;

    (void)state;
    SCRIPT_RULED(w, steps);
    for (unsigned v = 0; v < POOL; v++) {
        bool integer = pool[v].type == JEMPUT_INTEGER;

        world_restart(&w);
        assert_int_equal(jemput_row_uniform(&w.row, &ruled, w.h.acts[0].version, &w.arena, &err), JEMPUT_OK);
        w.table_row[10] = pool[v];
        assert_int_equal(jemput_row_fill(&w.row, &ruled, w.table_row, &w.arena, &err), integer ? JEMPUT_OK : JEMPUT_CORRUPT);
        assert_int_equal(w.row.registers[COUNT].writes[0].values != NULL, integer);
        assert_int_equal(w.row.registers[COUNT].writes[0].in_table, !integer); /* the state holds it from now on */
    }
    world_restart(&w);
    w.h.acts[0].cells[8].value.integer = 7;
    world_begin_in_table(&w, 0);
    world_merge(&w, 1);
    world_check(&w);
    assert_int_equal(w.view.sums[COUNT].integer, 9);
    jemput_arena_release(&w.arena);
}

/* A state that is damaged may be marked as that of a row which the table does not have. */
static void values_that_are_nowhere_are_missed_and_not_made_up(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 2, { 0 } }, { 1, UPDATE, ONLY(NAME), 2, { 1 } }, { 1, UPDATE, ONLY(PRINTED), 3, { 0 } } };
    struct jemput_causality causality;
    struct jemput_view view;
    struct jemput_error err;
    struct world w;

    (void)state;
    SCRIPT_RULED(w, steps);
    causality = history_causality(&w.h);
    assert_int_equal(jemput_row_uniform(&w.row, &ruled, w.h.acts[0].version, &w.arena, &err), JEMPUT_OK);
    for (unsigned i = 1; i < 3; i++)
        assert_int_equal(jemput_row_merge(&w.row, &ruled, &causality, &w.h.acts[i].change, w.h.acts[i].version, &w.arena, &err), JEMPUT_CORRUPT);
    assert_int_equal(w.row.registers[NAME].writes[0].version, w.h.acts[0].version);
    assert_int_equal(jemput_row_show(&view, &w.row, &ruled, &causality, &w.arena, &err), JEMPUT_CORRUPT);
    w.table_row[group_columns[COUNT][0]] = pool[2];
    world_fill(&w);
    assert_int_equal(jemput_row_merge(&w.row, &ruled, &causality, &w.h.acts[2].change, w.h.acts[2].version, &w.arena, &err), JEMPUT_OK);
    jemput_arena_release(&w.arena);
}

/* "An insert that carries no cell at all writes the first register": where that is a counter, nothing is added. */
static void insert_without_cells_adds_nothing_to_a_counter(void **state)
{
    static uint16_t only[] = { 1 };
    static struct jemput_group group[] = { { .column_count = 1, .columns = only } };
    static struct jemput_column two[] = { { .name = "a", .key_place = 1, .group = JEMPUT_GROUP_NONE }, { .name = "n", .rule = JEMPUT_RULE_SUM } };
    static const struct jemput_table tally = { .id = 3, .name = "hitung", .column_count = 2, .columns = two, .key_count = 1, .group_count = 1,
                                               .groups = group, .merges_values = true };
    static const struct step steps[] = { { 0, INSERT, 0, 0, { 0 } } };
    struct jemput_causality causality;
    struct jemput_row row = { 0 };
    struct jemput_view view;
    struct jemput_error err;
    struct world w;

    (void)state;
    SCRIPT_RULED(w, steps);
    causality = history_causality(&w.h);
    assert_int_equal(jemput_row_show(&view, &row, &tally, &causality, &w.arena, &err), JEMPUT_OK);
    assert_int_equal(view.sums[0].type, JEMPUT_NULL); /* no entry: the column's default shows */
    assert_int_equal(jemput_row_merge(&row, &tally, &causality, &w.h.acts[0].change, w.h.acts[0].version, &w.arena, &err), JEMPUT_OK);
    assert_int_equal(jemput_row_show(&view, &row, &tally, &causality, &w.arena, &err), JEMPUT_OK);
    assert_true(view.alive && view.sums[0].type == JEMPUT_INTEGER && view.sums[0].integer == 0);
    jemput_arena_release(&w.arena);
}

/* --- out of memory --- */

static void row_with_every_rule_survives_running_out_of_memory_anywhere(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 1, { 0 } },       { 1, UPDATE, ALL, 2, { 1 } },          { 2, UPDATE, ALL, 3, { 1 } },
                                         { 3, DELETE, 0, 0, { 1 } },         { 1, DELETE, 0, 0, { 1 } },            { 4, INSERT, ALL, 4, { 1 } },
                                         { 0, UPDATE, ALL, 5, { 0, 1, 1 } }, { 4, DELETE, 0, 0, { 1, 0, 0, 1, 1 } } };
    struct world w;

    (void)state;
    SCRIPT_RULED(w, steps);
    world_spare(&w, 6, 1);
    w.h.acts[4].change.successor = keys[1];
    assert_true(world_fails_at_every_allocation(&w) > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(highest_stage_shows_whatever_the_stamps_and_is_no_conflict),
        cmocka_unit_test(integer_ranks_as_its_text_and_equal_stages_show_the_later),
        cmocka_unit_test(lower_stage_that_had_seen_the_higher_one_shows),
        cmocka_unit_test(living_stage_shows_before_a_deleted_higher_one),
        cmocka_unit_test(fact_never_reverts),
        cmocka_unit_test(earlier_fact_that_comes_late_shows),
        cmocka_unit_test(null_is_no_fact_and_shows_only_while_there_is_none),
        cmocka_unit_test(facts_and_counts_are_there_when_the_row_comes_again),
        cmocka_unit_test(additions_of_all_logs_are_totalled_and_nothing_is_in_conflict),
        cmocka_unit_test(addition_that_comes_again_counts_once),
        cmocka_unit_test(both_branches_of_a_forked_log_count),
        cmocka_unit_test(count_goes_round_at_both_ends),
        cmocka_unit_test(addition_wins_over_a_concurrent_delete_and_is_listed_until_someone_had_seen_both),
        cmocka_unit_test(counter_takes_integers_only_and_nothing_else_takes_deltas),
        cmocka_unit_test(count_that_the_table_has_is_taken_over_if_it_is_an_integer),
        cmocka_unit_test(values_that_are_nowhere_are_missed_and_not_made_up),
        cmocka_unit_test(insert_without_cells_adds_nothing_to_a_counter),
        cmocka_unit_test(row_with_every_rule_survives_running_out_of_memory_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
