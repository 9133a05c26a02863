/* test_row_spares.c — merging one row some of whose writes spare others: what an ordinary update of an identity group leaves open, what a decision
 * closes, what must be remembered for it. Each case is a small history in every order of arrival (row_play.h). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "row_play.h"

/* Writers 1 and 2 are at odds about a name; 3 writes it anew, shown 2's value only. */
static const struct step at_odds[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                       { 1, UPDATE, ONLY(NAME), 2, { 1 } },
                                       { 2, UPDATE, ONLY(NAME), 3, { 1 } },
                                       { 3, UPDATE, ONLY(NAME), 4, { 1, 1, 1 } } };

static void ordinary_update_leaves_the_hidden_value_of_a_hard_conflict_open(void **state)
{
    const struct jemput_write *writes;
    struct world w;

    (void)state;
    SCRIPT(w, at_odds);
    world_spare(&w, 3, 1);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .conflict = true, .shown = { 4, 1, 1 } });
    assert_int_equal(w.row.registers[NAME].write_count, 3);
    writes = w.row.registers[NAME].writes;
    assert_true(writes[0].values && !writes[1].values && (writes[2].values || writes[2].in_table)); /* open, replaced, shown */
    assert_true(writes[0].spare_count == 0 && writes[1].spare_count == 0 && writes[2].spare_count == 1);
    jemput_arena_release(&w.arena);
}

static void decision_closes_all_values_that_it_had_seen(void **state)
{
    static const struct step decided[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                           { 1, UPDATE, ONLY(NAME), 2, { 1 } },
                                           { 2, UPDATE, ONLY(NAME), 3, { 1 } },
                                           { 3, UPDATE, ONLY(NAME), 4, { 1, 1, 1 } },
                                           { 0, DECIDE, ONLY(NAME), 2, { 0, 1, 1, 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, decided);
    world_spare(&w, 3, 1);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 5, 1, 1 } });
    assert_int_equal(w.row.registers[NAME].write_count, 1);
    jemput_arena_release(&w.arena);
}

static void decision_spares_nothing_whatever_it_names(void **state)
{
    static const struct step decided[] = { { 0, INSERT, PLAIN, 1, { 0 } }, { 1, UPDATE, ONLY(NAME), 2, { 1 } }, { 2, UPDATE, ONLY(NAME), 3, { 1 } },
                                           { 3, DECIDE, ONLY(NAME), 4, { 1, 1, 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, decided);
    world_spare(&w, 3, 1);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 4, 1, 1 } });
    jemput_arena_release(&w.arena);
}

/* 1 wrote a name, 2 replaced it, and 3, who had seen both, says that it spares the first: 2's write must be remembered, or 1's would come alive. */
static void replaced_value_does_not_come_alive_because_a_later_write_spares_it(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                         { 1, UPDATE, ONLY(NAME), 2, { 1 } },
                                         { 2, UPDATE, ONLY(NAME), 3, { 1, 1 } },
                                         { 3, UPDATE, ONLY(NAME), 4, { 1, 1, 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_spare(&w, 3, 1);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .shown = { 4, 1, 1 } });
    assert_int_equal(w.row.registers[NAME].write_count, 2);
    jemput_arena_release(&w.arena);
}

/* 3 spares 1's value, and 4, who had seen all, spares it as well: nothing that 3 replaces would be open without it. */
static void write_that_spares_the_same_covers_the_one_before(void **state)
{
    static const struct step steps[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                         { 1, UPDATE, ONLY(NAME), 2, { 1 } },
                                         { 2, UPDATE, ONLY(NAME), 3, { 1 } },
                                         { 3, UPDATE, ONLY(NAME), 4, { 1, 1, 1 } },
                                         { 4, UPDATE, ONLY(NAME), 3, { 1, 1, 1, 1 } } };
    struct world w;

    (void)state;
    SCRIPT(w, steps);
    world_spare(&w, 3, 1);
    world_spare(&w, 4, 1);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .conflict = true, .shown = { 5, 1, 1 } });
    assert_int_equal(w.row.registers[NAME].write_count, 3); /* 1's, 2's as a shadow, 4's */
    jemput_arena_release(&w.arena);
}

static void spares_that_no_device_makes_are_refused(void **state)
{
    static const struct {
        uint16_t columns[2];
        jemput_stamp stamps[2];
    } bad[] = { { { 1, 1 }, { 5, 5 } }, { { 1, 1 }, { 6, 5 } }, { { 2, 1 }, { 5, 6 } }, { { 1, 6 }, { 5, 6 } },           { { 1, 3 }, { 5, 6 } },
                { { 0, 1 }, { 5, 6 } }, { { 1, 4 }, { 5, 6 } }, { { 1, 5 }, { 5, 6 } }, { { 1, UINT16_MAX }, { 5, 6 } } };
    struct jemput_cell cells[] = { { .column = 1 }, { .column = 2 } };
    struct jemput_causality causality = { 0 };
    struct jemput_arena arena = { 0 };

    (void)state;
    for (unsigned i = 0; i <= sizeof bad / sizeof *bad; i++) {
        bool good = i == sizeof bad / sizeof *bad;
        struct jemput_spare spares[] = { { .column = good ? 1 : bad[i].columns[0], .txn = { .stamp = good ? 5 : bad[i].stamps[0] } },
                                         { .column = good ? 2 : bad[i].columns[1], .txn = { .stamp = good ? 5 : bad[i].stamps[1] } } };
        struct jemput_change change = { .table = 1, .op = UPDATE, .cell_count = 2, .cells = cells, .spare_count = 2, .spares = spares };
        struct jemput_row row = { 0 };
        struct jemput_error err;

        assert_int_equal(jemput_row_merge(&row, &plain, &causality, &change, 7, &arena, &err), good ? JEMPUT_OK : JEMPUT_CORRUPT);
        assert_int_equal(row.registers != NULL, good);
    }
    jemput_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_update_leaves_the_hidden_value_of_a_hard_conflict_open),
        cmocka_unit_test(decision_closes_all_values_that_it_had_seen),
        cmocka_unit_test(decision_spares_nothing_whatever_it_names),
        cmocka_unit_test(replaced_value_does_not_come_alive_because_a_later_write_spares_it),
        cmocka_unit_test(write_that_spares_the_same_covers_the_one_before),
        cmocka_unit_test(spares_that_no_device_makes_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
