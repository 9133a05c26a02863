/* test_row_rules.c — merging one row by the rules that a table may have: writes that spare others, ranks, facts, counters, successors of deletes. Each
 * case is a small history in every order of arrival (row_play.h). Random histories: test_row_random.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "row_memory.h"

static int64_t shown_count(const struct world *w)
{
    const struct jemput_value *sum = jemput_view_values(&w->view, w->h.table, COUNT);

    assert_int_equal(sum->type, JEMPUT_INTEGER);
    return sum->integer;
}

/* --- spares: identity groups --- */

/* Writers 1 and 2 are at odds about a name; 3 writes the name anew without deciding, so the value that it was not shown stays open. */
static const struct step at_odds[] = { { 0, INSERT, PLAIN, 1, { 0 } },
                                       { 1, UPDATE, ONLY(NAME), 2, { 1 } },
                                       { 2, UPDATE, ONLY(NAME), 3, { 1 } },
                                       { 3, UPDATE, ONLY(NAME), 4, { 1, 1, 1 } } };

static void ordinary_update_leaves_the_hidden_value_of_a_hard_conflict_open(void **state)
{
    struct world w;

    (void)state;
    SCRIPT(w, at_odds);
    world_spare(&w, 3, 1);
    world_expect_in_every_order(&w, (struct outcome){ .alive = true, .conflict = true, .shown = { 4, 1, 1 } });
    assert_int_equal(w.row.registers[NAME].write_count, 3); /* the one that was shown is a shadow now */
    assert_int_equal(w.row.registers[NAME].writes[2].spare_count, 0);
    assert_int_equal(w.row.registers[NAME].writes[3 - 1].version, w.h.acts[3].version - 0);
    jemput_arena_release(&w.arena);
}
