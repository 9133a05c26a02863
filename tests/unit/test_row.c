/* test_row.c — merging one row: every arrival order, duplicate and round trip of random histories against a naive oracle
 * (row_world.h), the cases that have a name, and running out of memory. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "row_world.h"
#include "../support/fault_alloc.h"

static void random_order(unsigned *order, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        order[i] = i;
    for (unsigned i = count; i-- > 1;) {
        unsigned j = random_below(i + 1), keep = order[i];

        order[i] = order[j];
        order[j] = keep;
    }
}

/* --- properties --- */

static void any_order_gives_what_the_oracle_says(void **state)
{
    struct world w = { 0 };

    (void)state;
    random_state = UINT64_C(0x9e3779b97f4a7c15);
    for (unsigned n = 0; n < 3000; n++) {
        history_random(&w.h);
        for (unsigned arrangement = 0; arrangement < 6; arrangement++) {
            unsigned order[ACTS_MAX];

            world_restart(&w);
            random_order(order, w.h.act_count);
            for (unsigned i = 0; i < w.h.act_count; i++) {
                world_merge(&w, order[i]);
                if (random_below(4) == 0)
                    world_merge(&w, order[random_below(i + 1)]); /* again */
                if (arrangement & 1 && random_below(3) == 0)
                    world_store(&w, random_below(4) == 0);
                world_check(&w);
            }
        }
    }
    jemput_arena_release(&w.arena);
    assert_true(w.checks >= 100000);
}

static void causality_that_learns_later_gives_the_same_after_pruning(void **state)
{
    struct world w = { 0 };

    (void)state;
    random_state = 88172645463325252u;
    for (unsigned n = 0; n < 12000; n++) {
        struct jemput_causality causality = history_causality(&w.h);
        unsigned order[ACTS_MAX], learns_at;

        if (n % 3 == 0)
            history_random(&w.h);
        world_restart(&w);
        w.h.learned = false;
        random_order(order, w.h.act_count);
        learns_at = random_below(w.h.act_count + 1);
        for (unsigned i = 0; i < w.h.act_count; i++) {
            if (i == learns_at) {
                w.h.learned = true;
                jemput_row_prune(&w.row, &table, &causality);
                world_check(&w);
            }
            world_merge(&w, order[i]);
            if (random_below(3) == 0)
                world_store(&w, random_below(4) == 0);
        }
        w.h.learned = true;
        jemput_row_prune(&w.row, &table, &causality);
        world_check(&w);
    }
    jemput_arena_release(&w.arena);
}

/* --- named cases: small histories in every arrival order --- */

struct step {
    unsigned writer;
    enum jemput_op op;
    unsigned groups;            /* set of groups */
    unsigned value;             /* of the pool, for each of their columns */
    unsigned seen[WRITERS_MAX]; /* how far each other log */
};

static void world_script(struct world *w, const struct step *steps, unsigned count)
{
    *w = (struct world){ .h = { .writer_count = WRITERS_MAX, .learned = true } };
    for (unsigned i = 0; i < count; i++) {
        struct act *a = history_start_act(&w->h, steps[i].writer, steps[i].op);

        for (unsigned k = 0; k < WRITERS_MAX; k++) {
            if (k != steps[i].writer)
                a->seen_number[k] = steps[i].seen[k];
        }
        act_resolve_seen(&w->h, a);
        for (uint16_t c = 0; c < COLUMNS && steps[i].op != JEMPUT_OP_DELETE; c++) {
            if (columns[c].group != JEMPUT_GROUP_NONE && (steps[i].groups >> columns[c].group & 1))
                act_add_cell(a, c, &pool[steps[i].value]);
        }
        w->h.act_count++;
    }
    world_restart(w);
}

/* Merge in the given order, each step checked against the oracle. */
static void world_play(struct world *w, const unsigned *order, unsigned count)
{
    world_restart(w);
    for (unsigned i = 0; i < count; i++) {
        world_merge(w, order[i]);
        world_check(w);
        world_store(w, false);
        world_check(w);
    }
}

static bool order_next(unsigned *order, unsigned count)
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

struct outcome {
    bool alive, conflict, edit_over_delete;
    unsigned shown[GROUPS]; /* step + 1; 0 = none */
};

static void world_expect_in_every_order(struct world *w, struct outcome outcome)
{
    unsigned order[ACTS_MAX];

    for (unsigned i = 0; i < w->h.act_count; i++)
        order[i] = i;
    do {
        world_play(w, order, w->h.act_count);
        assert_int_equal(w->view.alive, outcome.alive);
        assert_int_equal(w->view.conflict, outcome.conflict);
        assert_int_equal(w->view.edit_over_delete, outcome.edit_over_delete);
        for (unsigned g = 0; g < GROUPS; g++)
            assert_int_equal(w->view.shown[g] ? w->view.shown[g]->version : 0, outcome.shown[g] ? w->h.acts[outcome.shown[g] - 1].version : 0);
    } while (order_next(order, w->h.act_count));
}

#define ALL 7u
#define INSERT JEMPUT_OP_INSERT
#define UPDATE JEMPUT_OP_UPDATE
#define DELETE JEMPUT_OP_DELETE
#define SCRIPT(w, steps) world_script(&(w), steps, sizeof(steps) / sizeof *(steps))

static void three_concurrent_writes_are_three_siblings(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 1, { 0 } },
                                         { 1, UPDATE, 1, 2, { 1 } },
                                         { 2, UPDATE, 1, 3, { 1 } },
                                         { 3, UPDATE, 1, 4, { 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .conflict = true, .shown = { 4, 1, 1 } });
    assert_int_equal(w.row.registers[0].write_count, 3);
    jemput_arena_release(&w.arena);
}

static void write_that_saw_all_siblings_closes_the_conflict(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 1, { 0 } },
                                         { 1, UPDATE, 1, 2, { 1 } },
                                         { 2, UPDATE, 1, 3, { 1 } },
                                         { 0, UPDATE, 1, 4, { 0, 1, 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 4, 1, 1 } });
    assert_int_equal(w.row.registers[0].write_count, 1);
    jemput_arena_release(&w.arena);
}

static void late_write_that_a_present_one_had_seen_changes_nothing(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 1, { 0 } }, { 1, UPDATE, 1, 2, { 1 } }, { 2, UPDATE, 1, 3, { 1, 1 } } };
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
    static const struct step steps[] = { { 0, INSERT, ALL, 1, { 0 } },
                                         { 1, UPDATE, 1, 2, { 1 } },
                                         { 2, UPDATE, 1, 3, { 1, 1 } },
                                         { 3, UPDATE, 1, 4, { 1, 0, 1 } } };
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
    static const struct step steps[] = { { 0, INSERT, ALL, 1, { 0 } },
                                         { 1, UPDATE, 1, 2, { 1 } },
                                         { 2, UPDATE, 1, 3, { 1, 1 } },
                                         { 3, UPDATE, 1, 4, { 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .conflict = true, .shown = { 4, 1, 1 } });
    jemput_arena_release(&w.arena);
}

static void edit_wins_over_a_concurrent_delete_and_is_listed(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 1, { 0 } }, { 1, DELETE, 0, 0, { 1 } }, { 2, UPDATE, 1, 3, { 1 } } };
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
    static const struct step steps[] = { { 0, INSERT, ALL, 1, { 0 } },
                                         { 1, DELETE, 0, 0, { 1 } },
                                         { 2, UPDATE, 1, 3, { 1 } },
                                         { 0, UPDATE, 1, 4, { 0, 1, 1 } } };
    static const struct step again[] = { { 0, INSERT, ALL, 1, { 0 } },
                                         { 1, DELETE, 0, 0, { 1 } },
                                         { 2, UPDATE, 1, 3, { 1 } },
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
    static const struct step steps[] = { { 0, INSERT, ALL, 11, { 0 } }, { 1, DELETE, 0, 0, { 1 } }, { 2, UPDATE, 4, 14, { 1 } } };
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
    static const struct step steps[] = { { 0, INSERT, ALL, 1, { 0 } }, { 1, DELETE, 0, 0, { 1 } }, { 2, INSERT, ALL, 3, { 1, 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 3, 3, 3 } });
    assert_int_equal(w.row.created, w.h.acts[0].version);
    jemput_arena_release(&w.arena);
}

static void same_key_inserted_on_two_devices_merges_group_by_group(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 1, { 0 } }, { 1, INSERT, ALL, 2, { 0 } }, { 0, UPDATE, 2, 3, { 0, 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .conflict = true, .shown = { 2, 3, 2 } });
    assert_true(w.view.group_conflict[0] && !w.view.group_conflict[1] && w.view.group_conflict[2]);
    jemput_arena_release(&w.arena);
}

static void equal_values_are_no_conflict(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 1, { 0 } },
                                         { 1, UPDATE, 1, 13, { 1 } },
                                         { 2, UPDATE, 1, 13, { 1 } },
                                         { 3, UPDATE, 2, 4, { 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 3, 4, 1 } });
    assert_int_equal(w.row.registers[0].write_count, 2);
    jemput_arena_release(&w.arena);
}

static void row_is_incomplete_until_its_insert_comes(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 1, { 0 } }, { 1, UPDATE, 1, 2, { 1 } } };
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
    assert_int_equal(jemput_row_merge(&row, &table, &causality, &change, 7, &arena, &err), JEMPUT_OK);
    assert_int_equal(row.registers[0].write_count, 1);
    assert_true(jemput_value_equal(&row.registers[0].writes[0].values[0], &pool[2]));
    assert_int_equal(row.registers[0].writes[0].values[1].type, JEMPUT_NULL);
    assert_int_equal(row.registers[1].write_count, 0);
    assert_int_equal(row.registers[2].write_count, 1);
    jemput_arena_release(&arena);
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
    static const struct step steps[] = { { 0, INSERT, ALL, 1, { 0 } },
                                         { 1, UPDATE, 1, 2, { 1 } },
                                         { 2, UPDATE, 1, 3, { 1 } },
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
        assert_int_equal(jemput_row_uniform(&w.row, &table, w.h.acts[0].version, &w.arena, &err), JEMPUT_OK);
        for (unsigned k = 0; k < cases[i].count; k++)
            world_merge(&w, cases[i].acts[k]);
        assert_int_equal(jemput_row_wants_table(&w.row), cases[i].wanted);
        assert_int_equal(jemput_row_fill(&w.row, &table, w.table_row, &w.arena, &err), JEMPUT_OK);
        assert_false(jemput_row_wants_table(&w.row));
    }
    world_restart(&w);
    assert_int_equal(jemput_row_uniform(&w.row, &table, w.h.acts[1].version, &w.arena, &err), JEMPUT_OK);
    assert_int_equal(jemput_row_merge(&w.row, &table, &causality, &w.h.acts[2].change, w.h.acts[2].version, &w.arena, &err), JEMPUT_OK);
    assert_true(jemput_row_wants_table(&w.row)); /* to be compared with the sibling */
    jemput_arena_release(&w.arena);
}

static void cell_outside_the_shape_is_refused_and_changes_nothing(void **state)
{
    static const uint16_t bad[][2] = { { 0, 1 }, { 1, 4 }, { 1, COLUMNS }, { 1, UINT16_MAX }, { 2, 2 }, { 3, 1 } };
    struct jemput_causality causality = { 0 };
    struct jemput_arena arena = { 0 };
    struct jemput_error err;

    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct jemput_cell cells[] = { { .column = bad[i][0] }, { .column = bad[i][1] } };
        struct jemput_change change = { .table = 1, .op = UPDATE, .cell_count = 2, .cells = cells };
        struct jemput_row row = { 0 };

        assert_int_equal(jemput_row_merge(&row, &table, &causality, &change, 7, &arena, &err), JEMPUT_CORRUPT);
        assert_null(row.registers);
        change.op = (enum jemput_op)4;
        assert_int_equal(jemput_row_merge(&row, &table, &causality, &change, 7, &arena, &err), JEMPUT_CORRUPT);
    }
    jemput_arena_release(&arena);
}

static void damaged_state_is_refused_by_show(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 1, { 0 } }, { 1, UPDATE, 1, 2, { 1 } } };
    struct jemput_causality causality;
    struct jemput_error err;
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    causality = history_causality(&w.h);
    world_merge(&w, 0);
    w.row.registers[0].writes[0].values = NULL; /* a sibling said to be a shadow */
    assert_int_equal(jemput_row_show(&w.view, &w.row, &table, &causality, &w.arena, &err), JEMPUT_CORRUPT);

    world_restart(&w);
    w.h.acts[0].seen_number[1] = 1; /* each had seen the other */
    world_merge(&w, 0);
    w.row.registers[0].write_count = 2;
    w.row.registers[0].writes = (struct jemput_write[]){ w.row.registers[0].writes[0], { .version = w.h.acts[1].version } };
    assert_int_equal(jemput_row_show(&w.view, &w.row, &table, &causality, &w.arena, &err), JEMPUT_CORRUPT);
    jemput_arena_release(&w.arena);
}

/* --- out of memory --- */

/* An arena asks for memory in large pieces: with `room` bytes left of its first one, each place of an allocation comes to be the one that fails. */
static void arena_leave_room(struct jemput_arena *arena, size_t room)
{
    do {
        assert_non_null(jemput_arena_alloc(arena, 1));
    } while (arena->total_bytes - arena->used_bytes > room);
}

static enum jemput_status play_without_memory(struct world *w, struct jemput_arena *arena)
{
    struct jemput_causality causality = history_causality(&w->h);
    struct jemput_row row = { 0 };
    struct jemput_view view = { 0 };
    struct jemput_error err;
    enum jemput_status st = jemput_row_uniform(&row, &table, w->h.acts[0].version, arena, &err);

    if (st)
        assert_null(row.registers);
    for (unsigned i = 1; i < w->h.act_count && !st; i++) {
        struct jemput_row before = row;
        struct jemput_register registers[GROUPS];

        memcpy(registers, row.registers, sizeof registers);
        st = jemput_row_merge(&row, &table, &causality, &w->h.acts[i].change, w->h.acts[i].version, arena, &err);
        if (st) {
            assert_memory_equal(&before, &row, sizeof before);
            assert_memory_equal(registers, row.registers, sizeof registers);
        }
    }
    if (!st)
        st = jemput_row_fill(&row, &table, w->table_row, arena, &err);
    if (!st) {
        st = jemput_row_show(&view, &row, &table, &causality, arena, &err);
        assert_true((st == JEMPUT_OK) == (view.shown != NULL));
    }
    return st;
}

static void row_survives_running_out_of_memory_anywhere(void **state)
{
    static const struct step steps[] = { { 0, INSERT, ALL, 1, { 0 } },        { 1, UPDATE, 1, 2, { 1 } }, { 2, UPDATE, ALL, 3, { 1 } },
                                         { 3, DELETE, 0, 0, { 1 } },          { 1, DELETE, 0, 0, { 1 } }, { 4, INSERT, ALL, 4, { 1 } },
                                         { 0, UPDATE, ALL, 5, { 0, 1, 1 } } };
    struct fault_alloc mem;
    struct world w;
    unsigned failures = 0;

    (void)state;
    SCRIPT(w, steps);
    fault_alloc_install(&mem);
    for (size_t room = 0;; room += 16) {
        struct jemput_arena arena = { 0 };
        enum jemput_status st;

        arena_leave_room(&arena, room);
        fault_alloc_arm(&mem, 0, true);
        st = play_without_memory(&w, &arena);
        fault_alloc_disarm(&mem);
        assert_int_equal(st, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
        jemput_arena_release(&arena);
        assert_int_equal(mem.live_blocks, 0);
        if (!mem.failures)
            break;
        failures++;
    }
    assert_true(failures > 20);
    fault_alloc_uninstall(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_gives_what_the_oracle_says),
        cmocka_unit_test(causality_that_learns_later_gives_the_same_after_pruning),
        cmocka_unit_test(three_concurrent_writes_are_three_siblings),
        cmocka_unit_test(write_that_saw_all_siblings_closes_the_conflict),
        cmocka_unit_test(late_write_that_a_present_one_had_seen_changes_nothing),
        cmocka_unit_test(shadow_recognises_a_late_write_that_it_had_replaced),
        cmocka_unit_test(late_write_concurrent_with_a_superseded_one_is_a_sibling_of_its_successor),
        cmocka_unit_test(edit_wins_over_a_concurrent_delete_and_is_listed),
        cmocka_unit_test(write_that_saw_edit_and_delete_settles_them),
        cmocka_unit_test(deleted_row_keeps_its_last_values_and_they_come_back_with_an_edit),
        cmocka_unit_test(insert_after_a_delete_brings_the_row_back_without_listing),
        cmocka_unit_test(same_key_inserted_on_two_devices_merges_group_by_group),
        cmocka_unit_test(equal_values_are_no_conflict),
        cmocka_unit_test(row_is_incomplete_until_its_insert_comes),
        cmocka_unit_test(insert_of_an_older_schema_leaves_unknown_groups_and_nulls_missing_columns),
        cmocka_unit_test(row_of_a_table_without_groups_lives_and_dies),
        cmocka_unit_test(table_row_is_wanted_only_where_its_values_are_needed),
        cmocka_unit_test(cell_outside_the_shape_is_refused_and_changes_nothing),
        cmocka_unit_test(damaged_state_is_refused_by_show),
        cmocka_unit_test(row_survives_running_out_of_memory_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
