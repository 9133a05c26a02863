/* Tests of merge/restore.c: when a deleted row comes back, on whose account, and with whom. Versions are numbers; what each had seen is a set of
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "merge/restore.h"

#define SET(version) (1u << (version))

/* By version. */
static const unsigned *seen;

static bool saw(void *ctx, uint64_t later, uint64_t earlier)
{
    (void)ctx;
    return seen[later] & SET(earlier);
}

static const struct jemput_causality causality = { .saw = saw };

enum { PLAIN, FACT, GROUPS };
static uint16_t group_columns[GROUPS][1] = { { 1 }, { 2 } };
static struct jemput_group groups[GROUPS] = { { 1, group_columns[PLAIN] }, { 1, group_columns[FACT] } };
static struct jemput_column columns[] = { { .name = "id", .key_place = 1, .group = JEMPUT_GROUP_NONE },
                                          { .name = "nama", .group = PLAIN },
                                          { .name = "cetak", .group = FACT, .rule = JEMPUT_RULE_ONCE } };
static const struct jemput_table table = { .id = 1, .name = "orang", .column_count = 3, .columns = columns, .key_count = 1, .group_count = GROUPS,
                                           .groups = groups, .merges_values = true };

/* A row with one write in each group (0 = none) and deletes (0 ends them). */
struct made {
    struct jemput_row row;
    struct jemput_register registers[GROUPS];
    struct jemput_write writes[GROUPS];
    uint64_t deletes[4];
    struct jemput_bytes successors[4];
    const struct jemput_write *shown[GROUPS];
    struct jemput_view view;
};

static void make(struct made *m, uint64_t plain, uint64_t fact, uint64_t first, uint64_t second)
{
    *m = (struct made){ .deletes = { first, second } };
    m->writes[PLAIN].version = plain;
    m->writes[FACT].version = fact;
    m->row = (struct jemput_row){ .created = 1, .group_count = GROUPS, .registers = m->registers, .deletes = m->deletes };
    m->view.shown = m->shown;
    for (int g = 0; g < GROUPS; g++) {
        m->registers[g] = (struct jemput_register){ .write_count = m->writes[g].version != 0, .writes = &m->writes[g] };
        m->shown[g] = m->writes[g].version ? &m->writes[g] : NULL;
    }
    m->row.delete_count = (first != 0) + (second != 0);
}

/* 1 made both, 2 deleted the parent having seen that, 3 wrote the child at the same time, 4 deleted the parent knowing of 3. */
static const unsigned plot[] = { [2] = SET(1), [3] = SET(1), [4] = SET(1) | SET(3), [5] = SET(1) | SET(2) | SET(3) };

static void a_row_wants_what_was_deleted_while_it_was_written(void **state)
{
    struct made child, parent;

    (void)state;
    seen = plot;
    make(&child, 3, 1, 0, 0);
    make(&parent, 1, 0, 2, 0);
    assert_true(jemput_row_wants(&child.row, &parent.row, &causality));
    make(&child, 1, 1, 0, 0); /* nothing of it was new */
    assert_false(jemput_row_wants(&child.row, &parent.row, &causality));
    make(&child, 3, 0, 5, 0); /* it was deleted since */
    assert_false(jemput_row_wants(&child.row, &parent.row, &causality));
}

static void one_delete_that_knew_of_it_is_enough(void **state)
{
    struct made child, parent;

    (void)state;
    seen = plot;
    make(&child, 3, 0, 0, 0);
    make(&parent, 1, 0, 4, 0);
    assert_false(jemput_row_wants(&child.row, &parent.row, &causality));
    make(&parent, 1, 0, 2, 4);
    assert_false(jemput_row_wants(&child.row, &parent.row, &causality));
    make(&parent, 1, 0, 2, 5); /* 5 had seen 2, which is in force no more */
    assert_false(jemput_row_wants(&child.row, &parent.row, &causality));
    make(&parent, 1, 0, 0, 0); /* not deleted at all */
    assert_false(jemput_row_wants(&child.row, &parent.row, &causality));
}

static void a_delete_that_another_had_seen_is_not_in_force(void **state)
{
    struct made parent;

    (void)state;
    seen = plot;
    make(&parent, 1, 0, 2, 5);
    assert_int_equal(jemput_row_delete_next(&parent.row, 0, &causality), 1);
    assert_int_equal(jemput_row_delete_next(&parent.row, 2, &causality), 2);
    make(&parent, 1, 0, 2, 4);
    assert_int_equal(jemput_row_delete_next(&parent.row, 0, &causality), 0);
    assert_int_equal(jemput_row_delete_next(&parent.row, 1, &causality), 1);
}

static void rows_went_together_if_the_same_transactions_deleted_them(void **state)
{
    struct made child, parent;

    (void)state;
    seen = plot;
    make(&child, 1, 0, 2, 0);
    make(&parent, 1, 0, 2, 4);
    assert_true(jemput_row_went_with(&child.row, &parent.row, &causality));
    assert_false(jemput_row_went_with(&parent.row, &child.row, &causality));
    make(&parent, 1, 0, 2, 5); /* the delete that it has in common is in force no more */
    assert_false(jemput_row_went_with(&child.row, &parent.row, &causality));
    make(&child, 1, 0, 0, 0);
    assert_false(jemput_row_went_with(&child.row, &parent.row, &causality));
}

static void a_row_in_whose_place_another_goes_on_went_with_nobody(void **state)
{
    struct made child, parent;

    (void)state;
    seen = plot;
    make(&child, 1, 0, 2, 0);
    make(&parent, 1, 0, 2, 0);
    child.row.successors = child.successors;
    assert_true(jemput_row_went_with(&child.row, &parent.row, &causality));
    child.successors[0] = jemput_bytes_str("x");
    assert_false(jemput_row_went_with(&child.row, &parent.row, &causality));
}

static void a_delete_is_undone_while_something_shows_that_did_not_know_of_it(void **state)
{
    struct made row;

    (void)state;
    seen = plot;
    make(&row, 1, 0, 2, 0); /* what was there before comes back */
    assert_true(jemput_row_undoes(&row.row, &row.view, &table, 2, &causality));
    make(&row, 3, 0, 2, 0); /* an edit at the same time */
    assert_true(jemput_row_undoes(&row.row, &row.view, &table, 2, &causality));
    make(&row, 5, 0, 2, 0); /* made anew */
    assert_false(jemput_row_undoes(&row.row, &row.view, &table, 2, &causality));
    make(&row, 5, 1, 2, 0); /* a fact is there again, whoever makes the row */
    assert_false(jemput_row_undoes(&row.row, &row.view, &table, 2, &causality));
    make(&row, 1, 0, 2, 5); /* no longer in force */
    assert_false(jemput_row_undoes(&row.row, &row.view, &table, 2, &causality));
    assert_false(jemput_row_undoes(&row.row, &row.view, &table, 4, &causality));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_wants_what_was_deleted_while_it_was_written),
        cmocka_unit_test(one_delete_that_knew_of_it_is_enough),
        cmocka_unit_test(a_delete_that_another_had_seen_is_not_in_force),
        cmocka_unit_test(rows_went_together_if_the_same_transactions_deleted_them),
        cmocka_unit_test(a_row_in_whose_place_another_goes_on_went_with_nobody),
        cmocka_unit_test(a_delete_is_undone_while_something_shows_that_did_not_know_of_it),
    };

    return cmocka_run_group_tests_name("row_restore", tests, NULL, NULL);
}
