/* test_row.c — merging one row of a table without rules: the cases that have a name, in every order of arrival (row_play.h), what is refused, and
 * running out of memory. Rules: test_row_rules.c. Random histories: test_row_random.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "row_memory.h"

static void three_concurrent_writes_are_three_siblings(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                         { 1, UPDATE, ONLY(NAME), 2, { 1 } },
                                         { 2, UPDATE, ONLY(NAME), 3, { 1 } },
                                         { 3, UPDATE, ONLY(NAME), 4, { 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .conflict = true, .shown = { 4, 1, 1 } });
    assert_int_equal(w.row.registers[0].write_count, 3);
    jemput_arena_release(&w.arena);
}

static void write_that_saw_all_siblings_closes_the_conflict(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                         { 1, UPDATE, ONLY(NAME), 2, { 1 } },
                                         { 2, UPDATE, ONLY(NAME), 3, { 1 } },
                                         { 0, UPDATE, ONLY(NAME), 4, { 0, 1, 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 4, 1, 1 } });
    assert_int_equal(w.row.registers[0].write_count, 1);
    jemput_arena_release(&w.arena);
}

static void late_write_that_a_present_one_had_seen_changes_nothing(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                         { 1, UPDATE, ONLY(NAME), 2, { 1 } },
                                         { 2, UPDATE, ONLY(NAME), 3, { 1, 1 } } };
    static const unsigned late[] = { 0, 2, 1 };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_play(&w, late, 3);
    assert_int_equal(w.row.registers[0].write_count, 1);
    assert_int_equal(w.view.shown[0]->version, w.h.acts[2].version);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 3, 1, 1 } });
    jemput_arena_release(&w.arena);
}

/* Writer 2 had seen 1's write, and 3 had seen 2's but not 1's: 2's stays as a shadow, so that 1's is known as replaced when it comes. */
static void shadow_recognises_a_late_write_that_it_had_replaced(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                         { 1, UPDATE, ONLY(NAME), 2, { 1 } },
                                         { 2, UPDATE, ONLY(NAME), 3, { 1, 1 } },
                                         { 3, UPDATE, ONLY(NAME), 4, { 1, 0, 1 } } };
    static const unsigned late[] = { 0, 2, 3, 1 };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_play(&w, late, 3);
    assert_int_equal(w.row.registers[0].write_count, 2);
    assert_null(w.row.registers[0].writes[0].values); /* the shadow */
    world_merge(&w, 1);
    world_check(&w);
    assert_int_equal(w.row.registers[0].write_count, 2);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 4, 1, 1 } });
    jemput_arena_release(&w.arena);
}

static void late_write_concurrent_with_a_superseded_one_is_a_sibling_of_its_successor(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                         { 1, UPDATE, ONLY(NAME), 2, { 1 } },
                                         { 2, UPDATE, ONLY(NAME), 3, { 1, 1 } },
                                         { 3, UPDATE, ONLY(NAME), 4, { 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .conflict = true, .shown = { 4, 1, 1 } });
    jemput_arena_release(&w.arena);
}

static void edit_wins_over_a_concurrent_delete_and_is_listed(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } }, { 1, DELETE, 0, 0, { 1 } }, { 2, UPDATE, ONLY(NAME), 3, { 1 } } };
    static const unsigned delete_first[] = { 0, 1, 2 }, edit_first[] = { 0, 2, 1 };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_play(&w, delete_first, 3);
    assert_true(w.view.alive && w.view.edit_over_delete && !w.view.conflict);
    world_play(&w, edit_first, 3);
    assert_true(w.view.alive && w.view.edit_over_delete && !w.view.conflict);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .edit_over_delete = true, .shown = { 3, 1, 1 } });
    jemput_arena_release(&w.arena);
}

static void write_that_saw_edit_and_delete_settles_them(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                         { 1, DELETE, 0, 0, { 1 } },
                                         { 2, UPDATE, ONLY(NAME), 3, { 1 } },
                                         { 0, UPDATE, ONLY(NAME), 4, { 0, 1, 1 } } };
    static const struct step again[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                         { 1, DELETE, 0, 0, { 1 } },
                                         { 2, UPDATE, ONLY(NAME), 3, { 1 } },
                                         { 0, DELETE, 0, 0, { 0, 1, 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 4, 1, 1 } });
    jemput_arena_release(&w.arena);
    SCRIPT(w, again);
    world_expect_in_every_order(&w, (struct outcome){ .shown = { 3, 1, 1 } });
    jemput_arena_release(&w.arena);
}

static void deleted_row_keeps_its_last_values_and_they_come_back_with_an_edit(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 11, { 0 } }, { 1, DELETE, 0, 0, { 1 } }, { 2, UPDATE, ONLY(STATUS), 14, { 1 } } };
    static const unsigned order[] = { 0, 1, 2 };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_play(&w, order, 2);
    assert_false(w.view.alive || w.view.conflict || w.view.edit_over_delete);
    assert_true(jemput_value_equal(&w.view.shown[1]->values[1], &pool[11]));
    world_merge(&w, 2);
    world_check(&w);
    assert_true(w.view.alive);
    assert_true(jemput_value_equal(&w.view.shown[0]->values[0], &pool[11]));
    assert_true(jemput_value_equal(&w.view.shown[2]->values[0], &pool[14]));
    jemput_arena_release(&w.arena);
}

static void insert_after_a_delete_brings_the_row_back_without_listing(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } }, { 1, DELETE, 0, 0, { 1 } }, { 2, INSERT, PLAIN, 3, { 1, 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 3, 3, 3 } });
    assert_int_equal(w.row.created, w.h.acts[0].version);
    jemput_arena_release(&w.arena);
}

/* Writer 2 had seen the row and the change to it, and inserts it all the same: its table did not have it, or it was changed to do so. */
static void insert_over_a_row_that_its_writer_had_seen_replaces_nothing_and_is_listed(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } }, { 1, UPDATE, ONLY(STATUS), 2, { 1 } }, { 2, INSERT, PLAIN, 3, { 1, 1 } } };
    static const struct step decided[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                           { 1, UPDATE, ONLY(STATUS), 2, { 1 } },
                                           { 2, INSERT, PLAIN, 3, { 1, 1 } },
                                           { 1, DECIDE, PLAIN, 4, { 1, 0, 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .conflict = true, .shown = { 3, 3, 3 } });
    for (unsigned g = 0; g < PLAIN_GROUPS; g++) {
        assert_true(w.view.group_conflict[g]);
        assert_int_equal(w.row.registers[g].write_count, 2);
    }
    jemput_arena_release(&w.arena);
    SCRIPT(w, decided);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 4, 4, 4 } });
    jemput_arena_release(&w.arena);
}

static void what_was_inserted_over_a_row_replaces_it_once_that_is_deleted(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } }, { 2, INSERT, PLAIN, 3, { 1 } }, { 1, DELETE, 0, 0, { 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .edit_over_delete = true, .shown = { 2, 2, 2 } });
    assert_int_equal(w.row.registers[0].write_count, 1);
    jemput_arena_release(&w.arena);
}

static void row_that_one_writer_inserts_again_and_again_over_what_is_there_stays_small(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } },    { 1, INSERT, PLAIN, 2, { 1 } },    { 1, INSERT, PLAIN, 3, { 1 } },
                                         { 1, UPDATE, ONLY(NAME), 4, { 1 } }, { 1, INSERT, PLAIN, 5, { 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .conflict = true, .shown = { 5, 5, 5 } });
    assert_int_equal(w.row.registers[BIRTH].write_count, 2); /* the other writer's, and his last */
    jemput_arena_release(&w.arena);
}

static void row_that_is_deleted_and_inserted_again_and_again_stays_small(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } },  { 0, DELETE, 0, 0, { 0 } },      { 1, INSERT, PLAIN, 2, { 2 } },
                                         { 1, DELETE, 0, 0, { 2 } },      { 0, INSERT, PLAIN, 3, { 0, 2 } }, { 0, DELETE, 0, 0, { 0, 2 } },
                                         { 0, INSERT, PLAIN, 4, { 0, 2 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 7, 7, 7 } });
    for (unsigned g = 0; g < PLAIN_GROUPS; g++)
        assert_int_equal(w.row.registers[g].write_count, 1);
    assert_int_equal(w.row.delete_count, 1);
    jemput_arena_release(&w.arena);
}

static void same_key_inserted_on_two_devices_merges_group_by_group(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } }, { 1, INSERT, PLAIN, 2, { 0 } }, { 0, UPDATE, ONLY(BIRTH), 3, { 0, 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .conflict = true, .shown = { 2, 3, 2 } });
    assert_true(w.view.group_conflict[0] && !w.view.group_conflict[1] && w.view.group_conflict[2]);
    jemput_arena_release(&w.arena);
}

static void equal_values_are_no_conflict(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                         { 1, UPDATE, ONLY(NAME), 13, { 1 } },
                                         { 2, UPDATE, ONLY(NAME), 13, { 1 } },
                                         { 3, UPDATE, ONLY(BIRTH), 4, { 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 3, 4, 1 } });
    assert_int_equal(w.row.registers[0].write_count, 2);
    jemput_arena_release(&w.arena);
}

static void row_is_incomplete_until_its_insert_comes(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } }, { 1, UPDATE, ONLY(NAME), 2, { 1 } } };
    static const unsigned order[] = { 1, 0 };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_play(&w, order, 1);
    assert_true(w.view.incomplete && !w.view.alive);
    world_play(&w, order, 2);
    assert_true(!w.view.incomplete && w.view.alive);
    jemput_arena_release(&w.arena);
}

static void insert_of_an_older_schema_leaves_unknown_groups_and_nulls_missing_columns(void **state)
{
    struct jemput_cell cells[] = { { .column = 1, .value = pool[2] }, { .column = 5, .value = pool[3] } };
    struct jemput_change change = { .table = 1, .op = INSERT, .cell_count = 2, .cells = cells };
    struct jemput_causality causality = { 0 };
    struct jemput_arena arena = { 0 };
    struct jemput_row row = { 0 };
    struct jemput_error err;

    (void)state;
    assert_int_equal(jemput_row_merge(&row, &plain, &causality, &change, 7, &arena, &err), JEMPUT_OK);
    assert_int_equal(row.registers[0].write_count, 1);
    assert_true(jemput_value_equal(&row.registers[0].writes[0].values[0], &pool[2]));
    assert_int_equal(row.registers[0].writes[0].values[1].type, JEMPUT_NULL);
    assert_int_equal(row.registers[1].write_count, 0);
    assert_int_equal(row.registers[2].write_count, 1);
    jemput_arena_release(&arena);
}

static void successors_of_concurrent_deletes_are_kept_and_go_with_them(void **state)
{
    static const struct step apart[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                         { 1, DELETE, 0, 0, { 1 } },
                                         { 2, DELETE, 0, 0, { 1 } },
                                         { 3, DELETE, 0, 0, { 1 } } };
    static const struct step covered[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                           { 1, DELETE, 0, 0, { 1 } },
                                           { 2, DELETE, 0, 0, { 1 } },
                                           { 3, DELETE, 0, 0, { 1, 1, 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, apart);
    w.h.acts[1].change.successor = keys[1];
    w.h.acts[3].change.successor = keys[2];
    world_expect_in_every_order(&w, (struct outcome){ .shown = { 1, 1, 1 } });
    assert_int_equal(w.row.delete_count, 3);
    jemput_arena_release(&w.arena);
    SCRIPT(w, covered);
    w.h.acts[1].change.successor = keys[1];
    world_expect_in_every_order(&w, (struct outcome){ .shown = { 1, 1, 1 } });
    assert_int_equal(w.row.delete_count, 1);
    jemput_arena_release(&w.arena);
}

static void writes_to_two_groups_that_had_not_seen_each_other_are_parallel_without_conflict(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                         { 1, UPDATE, ONLY(NAME), 2, { 1 } },
                                         { 2, UPDATE, ONLY(BIRTH), 3, { 1 } },
                                         { 1, UPDATE, ONLY(STATUS), 3, { 1, 0, 1 } } };
    static const bool parallel[] = { false, false, true, true }; /* the last had seen both, yet they stand side by side */
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    for (unsigned i = 0; i < 4; i++) {
        struct jemput_causality causality = history_causality(&w.h);

        world_merge(&w, i);
        world_check(&w);
        assert_false(w.view.conflict);
        assert_int_equal(jemput_row_is_parallel(&w.row, &plain, &causality), parallel[i]);
    }
    jemput_arena_release(&w.arena);
}

static void row_of_a_table_without_groups_lives_and_dies(void **state)
{
    static struct jemput_column key[] = { { .name = "a", .key_place = 1, .group = JEMPUT_GROUP_NONE } };
    static const struct jemput_table link = { .id = 2, .name = "kaitan", .column_count = 1, .columns = key, .key_count = 1 };
    static const struct step steps[] = { { 0, INSERT, 0, 0, { 0 } }, { 1, DELETE, 0, 0, { 1 } } };
    struct jemput_row row = { 0 };
    struct jemput_view view;
    struct jemput_causality causality;
    struct jemput_error err;
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    causality = history_causality(&w.h);
    for (unsigned i = 0; i < 2; i++) {
        const struct act *a = &w.h.acts[i];

        assert_int_equal(jemput_row_merge(&row, &link, &causality, &a->change, a->version, &w.arena, &err), JEMPUT_OK);
        assert_int_equal(jemput_row_show(&view, &row, &link, &causality, &w.arena, &err), JEMPUT_OK);
        assert_int_equal(view.alive, i == 0);
    }
    assert_int_equal(jemput_row_uniform(&row, &link, 100, &w.arena, &err), JEMPUT_OK);
    assert_int_equal(jemput_row_show(&view, &row, &link, &causality, &w.arena, &err), JEMPUT_OK);
    assert_true(view.alive);
    jemput_arena_release(&w.arena);
}

static void table_row_is_wanted_only_where_its_values_are_needed(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                         { 1, UPDATE, ONLY(NAME), 2, { 1 } },
                                         { 2, UPDATE, ONLY(NAME), 3, { 1 } },
                                         { 1, DELETE, 0, 0, { 1 } } };
    static const struct {
        unsigned acts[2], count;
        bool wanted;
    } cases[] = { { { 1 }, 1, false }, { { 1, 2 }, 2, false }, { { 3 }, 1, true }, { { 1, 3 }, 2, true } };
    struct jemput_causality causality;
    struct jemput_error err;
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    causality = history_causality(&w.h);
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        world_restart(&w);
        assert_int_equal(jemput_row_uniform(&w.row, &plain, w.h.acts[0].version, &w.arena, &err), JEMPUT_OK);
        for (unsigned k = 0; k < cases[i].count; k++)
            world_merge(&w, cases[i].acts[k]);
        assert_int_equal(jemput_row_wants_table(&w.row), cases[i].wanted);
        assert_int_equal(jemput_row_fill(&w.row, &plain, w.table_row, &w.arena, &err), JEMPUT_OK);
        assert_false(jemput_row_wants_table(&w.row));
    }
    world_restart(&w);
    assert_int_equal(jemput_row_uniform(&w.row, &plain, w.h.acts[1].version, &w.arena, &err), JEMPUT_OK);
    assert_int_equal(jemput_row_merge(&w.row, &plain, &causality, &w.h.acts[2].change, w.h.acts[2].version, &w.arena, &err), JEMPUT_OK);
    assert_true(jemput_row_wants_table(&w.row)); /* to be compared with the sibling */
    jemput_arena_release(&w.arena);
}

static void cell_outside_the_shape_is_refused_and_changes_nothing(void **state)
{
    static const uint16_t bad[][2] = { { 0, 1 }, { 1, 4 }, { 1, PLAIN_COLUMNS }, { 1, UINT16_MAX }, { 2, 2 }, { 3, 1 } };
    struct jemput_causality causality = { 0 };
    struct jemput_arena arena = { 0 };
    struct jemput_error err;

    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct jemput_cell cells[] = { { .column = bad[i][0] }, { .column = bad[i][1] } };
        struct jemput_change change = { .table = 1, .op = UPDATE, .cell_count = 2, .cells = cells };
        struct jemput_row row = { 0 };

        assert_int_equal(jemput_row_merge(&row, &plain, &causality, &change, 7, &arena, &err), JEMPUT_CORRUPT);
        assert_null(row.registers);
        change.op = (enum jemput_op)4;
        assert_int_equal(jemput_row_merge(&row, &plain, &causality, &change, 7, &arena, &err), JEMPUT_CORRUPT);
    }
    jemput_arena_release(&arena);
}

static void damaged_state_is_refused_by_show(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } }, { 1, UPDATE, ONLY(NAME), 2, { 1 } } };
    struct jemput_causality causality;
    struct jemput_error err;
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    causality = history_causality(&w.h);
    world_merge(&w, 0);
    w.row.registers[0].writes[0].values = NULL; /* a sibling said to be a shadow */
    assert_int_equal(jemput_row_show(&w.view, &w.row, &plain, &causality, &w.arena, &err), JEMPUT_CORRUPT);

    world_restart(&w);
    w.h.acts[0].seen_number[1] = 1; /* each had seen the other */
    world_merge(&w, 0);
    w.row.registers[0].write_count = 2;
    w.row.registers[0].writes = (struct jemput_write[]){ w.row.registers[0].writes[0], { .version = w.h.acts[1].version } };
    assert_int_equal(jemput_row_show(&w.view, &w.row, &plain, &causality, &w.arena, &err), JEMPUT_CORRUPT);
    jemput_arena_release(&w.arena);
}

/* --- out of memory --- */

static void row_survives_running_out_of_memory_anywhere(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } },        { 1, UPDATE, ONLY(NAME), 2, { 1 } }, { 2, UPDATE, PLAIN, 3, { 1 } },
                                         { 3, DELETE, 0, 0, { 1 } },          { 1, DELETE, 0, 0, { 1 } }, { 4, INSERT, PLAIN, 4, { 1 } },
                                         { 0, UPDATE, PLAIN, 5, { 0, 1, 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    assert_true(world_fails_at_every_allocation(&w) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_concurrent_writes_are_three_siblings),
        cmocka_unit_test(write_that_saw_all_siblings_closes_the_conflict),
        cmocka_unit_test(late_write_that_a_present_one_had_seen_changes_nothing),
        cmocka_unit_test(shadow_recognises_a_late_write_that_it_had_replaced),
        cmocka_unit_test(late_write_concurrent_with_a_superseded_one_is_a_sibling_of_its_successor),
        cmocka_unit_test(edit_wins_over_a_concurrent_delete_and_is_listed),
        cmocka_unit_test(write_that_saw_edit_and_delete_settles_them),
        cmocka_unit_test(deleted_row_keeps_its_last_values_and_they_come_back_with_an_edit),
        cmocka_unit_test(insert_after_a_delete_brings_the_row_back_without_listing),
        cmocka_unit_test(insert_over_a_row_that_its_writer_had_seen_replaces_nothing_and_is_listed),
        cmocka_unit_test(what_was_inserted_over_a_row_replaces_it_once_that_is_deleted),
        cmocka_unit_test(row_that_one_writer_inserts_again_and_again_over_what_is_there_stays_small),
        cmocka_unit_test(row_that_is_deleted_and_inserted_again_and_again_stays_small),
        cmocka_unit_test(same_key_inserted_on_two_devices_merges_group_by_group),
        cmocka_unit_test(equal_values_are_no_conflict),
        cmocka_unit_test(row_is_incomplete_until_its_insert_comes),
        cmocka_unit_test(insert_of_an_older_schema_leaves_unknown_groups_and_nulls_missing_columns),
        cmocka_unit_test(successors_of_concurrent_deletes_are_kept_and_go_with_them),
        cmocka_unit_test(writes_to_two_groups_that_had_not_seen_each_other_are_parallel_without_conflict),
        cmocka_unit_test(row_of_a_table_without_groups_lives_and_dies),
        cmocka_unit_test(table_row_is_wanted_only_where_its_values_are_needed),
        cmocka_unit_test(cell_outside_the_shape_is_refused_and_changes_nothing),
        cmocka_unit_test(damaged_state_is_refused_by_show),
        cmocka_unit_test(row_survives_running_out_of_memory_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
