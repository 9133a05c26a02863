/* unit/test_office_aggregate.c — what is published of small cells gives none of them away: attackers of another make than the code's try. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "aggregate.h"

enum { ROWS = 5, SMALL = 3, MANY = 10000, FEW = 2000 };

static uint32_t seed = 20221205;

static uint32_t random_below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

/* Small counts are the rule, zeros are frequent. */
static void table_random(struct aggregate *a, unsigned most)
{
    unsigned rows = 1 + random_below(most), columns = 1 + random_below(most);

    assert_true(aggregate_init(a, rows, columns));
    for (unsigned r = 0; r < rows; r++)
        for (unsigned c = 0; c < columns; c++)
            *aggregate_at(a, r, c) = random_below(3) == 0 ? 0 : random_below(random_below(2) ? 7 : 40);
    aggregate_total(a);
    aggregate_suppress(a);
}

static bool is_small(const struct aggregate *a, unsigned r, unsigned c)
{
    return *aggregate_at(a, r, c) > 0 && *aggregate_at(a, r, c) < AGGREGATE_LEAST;
}

static void no_small_cell_and_no_small_total_is_published(void **state)
{
    (void)state;
    for (int i = 0; i < MANY; i++) {
        struct aggregate a;

        table_random(&a, ROWS);
        for (unsigned r = 0; r <= a.rows; r++)
            for (unsigned c = 0; c <= a.columns; c++) {
                if (is_small(&a, r, c))
                    assert_true(aggregate_hidden(&a, r, c));
                if (*aggregate_at(&a, r, c) == 0)
                    assert_false(aggregate_hidden(&a, r, c)); /* a zero is nobody */
            }
        aggregate_release(&a);
    }
}

/* --- an attacker who narrows what each cell may be by the sums of its row and column, again and again --- */

struct ranges {
    int64_t low[(ROWS + 1) * (ROWS + 1)], high[(ROWS + 1) * (ROWS + 1)];
};
#define AT(a, r, c) ((r) * ((a)->columns + 1) + (c))

static bool narrow(int64_t *low, int64_t *high, int64_t at_least, int64_t at_most)
{
    bool moved = false;

    if (at_least > *low) {
        *low = at_least;
        moved = true;
    }
    if (at_most < *high) {
        *high = at_most;
        moved = true;
    }
    return moved;
}

/* A line is its cells, and their sum as its last: cells - sum = 0. */
static bool line_narrow(struct ranges *g, const unsigned *cells, unsigned count)
{
    bool moved = false;

    for (unsigned i = 0; i < count; i++) {
        int64_t low = 0, high = 0; /* of all others, with their signs */

        for (unsigned k = 0; k < count; k++) {
            if (k == i)
                continue;
            low += k == count - 1 ? -g->high[cells[k]] : g->low[cells[k]];
            high += k == count - 1 ? -g->low[cells[k]] : g->high[cells[k]];
        }
        if (i == count - 1)
            moved |= narrow(&g->low[cells[i]], &g->high[cells[i]], low, high);
        else
            moved |= narrow(&g->low[cells[i]], &g->high[cells[i]], -high, -low);
    }
    return moved;
}

static void attack(const struct aggregate *a, struct ranges *g)
{
    unsigned cells[ROWS + 1];
    bool moved = true;

    for (unsigned r = 0; r <= a->rows; r++)
        for (unsigned c = 0; c <= a->columns; c++) {
            bool hidden = aggregate_hidden(a, r, c);

            g->low[AT(a, r, c)] = hidden ? 1 : *aggregate_at(a, r, c);
            g->high[AT(a, r, c)] = hidden ? 100000 : *aggregate_at(a, r, c);
        }
    for (int round = 0; moved && round < 200; round++) {
        moved = false;
        for (unsigned r = 0; r <= a->rows; r++) {
            for (unsigned c = 0; c <= a->columns; c++)
                cells[c] = AT(a, r, c);
            moved |= line_narrow(g, cells, a->columns + 1);
        }
        for (unsigned c = 0; c <= a->columns; c++) {
            for (unsigned r = 0; r <= a->rows; r++)
                cells[r] = AT(a, r, c);
            moved |= line_narrow(g, cells, a->rows + 1);
        }
    }
}

static void whoever_adds_and_subtracts_finds_no_small_cell(void **state)
{
    (void)state;
    for (int i = 0; i < MANY; i++) {
        struct aggregate a;
        struct ranges g;

        table_random(&a, ROWS);
        attack(&a, &g);
        for (unsigned r = 0; r <= a.rows; r++)
            for (unsigned c = 0; c <= a.columns; c++)
                if (is_small(&a, r, c))
                    assert_true(g.low[AT(&a, r, c)] < g.high[AT(&a, r, c)]);
        aggregate_release(&a);
    }
}

/* --- an attacker who tries every table that differs by one somewhere --- */

struct trying {
    const struct aggregate *a;
    int delta[(SMALL + 1) * (SMALL + 1)];
    unsigned target;
};

static int sign_of(const struct aggregate *a, unsigned r, unsigned c)
{
    return (r == a->rows) != (c == a->columns) ? -1 : 1;
}

static bool try_from(struct trying *t, unsigned at)
{
    const struct aggregate *a = t->a;
    unsigned width = a->columns + 1, r = at / width, c = at % width;

    if (at == (a->rows + 1) * width) {
        for (c = 0; c < width; c++) {
            int sum = 0;

            for (r = 0; r <= a->rows; r++)
                sum += sign_of(a, r, c) * t->delta[r * width + c];
            if (sum)
                return false;
        }
        return t->delta[t->target] != 0;
    }
    if (c == 0 && r > 0) { /* the row above is full */
        int sum = 0;

        for (unsigned k = 0; k < width; k++)
            sum += sign_of(a, r - 1, k) * t->delta[(r - 1) * width + k];
        if (sum)
            return false;
    }
    for (int d = -1; d <= 1; d++) {
        if (d && (!aggregate_hidden(a, r, c) || *aggregate_at(a, r, c) + d < 1))
            continue;
        t->delta[at] = d;
        if (try_from(t, at + 1))
            return true;
    }
    return false;
}

static void each_small_cell_has_another_table_that_fits_all_that_is_published(void **state)
{
    (void)state;
    for (int i = 0; i < FEW; i++) {
        struct aggregate a;

        table_random(&a, SMALL);
        for (unsigned r = 0; r <= a.rows; r++)
            for (unsigned c = 0; c <= a.columns; c++) {
                struct trying t = { .a = &a, .target = AT(&a, r, c) };

                if (!aggregate_hidden(&a, r, c))
                    continue;
                assert_int_equal(try_from(&t, 0), aggregate_ambiguous(&a, r, c));
                if (is_small(&a, r, c))
                    assert_true(aggregate_ambiguous(&a, r, c));
            }
        aggregate_release(&a);
    }
}

static void a_table_without_small_cells_is_published_whole(void **state)
{
    struct aggregate a;

    (void)state;
    assert_true(aggregate_init(&a, 2, 2));
    memcpy(a.counts, (const int64_t[]){ 5, 0, 0, 12, 9, 0, 0, 0, 0 }, 9 * sizeof *a.counts);
    aggregate_total(&a);
    assert_int_equal(*aggregate_at(&a, 2, 2), 26);
    assert_int_equal(aggregate_suppress(&a), 0);
    aggregate_release(&a);
}

static void the_month_of_one_kelurahan_hides_its_two_threes_and_their_totals(void **state)
{
    struct aggregate a;

    (void)state;
    assert_true(aggregate_init(&a, 1, 4));
    memcpy(a.counts, (const int64_t[]){ 13, 5, 3, 3 }, 4 * sizeof *a.counts);
    aggregate_total(&a);
    aggregate_suppress(&a);
    assert_true(aggregate_hidden(&a, 0, 2) && aggregate_hidden(&a, 0, 3) && aggregate_hidden(&a, 1, 2) && aggregate_hidden(&a, 1, 3));
    assert_false(aggregate_hidden(&a, 0, 0) || aggregate_hidden(&a, 0, 1) || aggregate_hidden(&a, 0, 4) || aggregate_hidden(&a, 1, 4));
    aggregate_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_small_cell_and_no_small_total_is_published),
        cmocka_unit_test(whoever_adds_and_subtracts_finds_no_small_cell),
        cmocka_unit_test(each_small_cell_has_another_table_that_fits_all_that_is_published),
        cmocka_unit_test(a_table_without_small_cells_is_published_whole),
        cmocka_unit_test(the_month_of_one_kelurahan_hides_its_two_threes_and_their_totals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
