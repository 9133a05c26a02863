/* The rules of columns through real logs: counters add up, facts stay, ranks go forward; whatever order it comes in, and on every device alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"

static const char SCHEMA[] =
    "CREATE TABLE blangko(id TEXT PRIMARY KEY NOT NULL, sisa INTEGER NOT NULL DEFAULT 0, rusak INTEGER NOT NULL DEFAULT 0, ket TEXT);"
    "CREATE TABLE berkas(id TEXT PRIMARY KEY NOT NULL, status TEXT, dicetak TEXT, ket TEXT);"
    "SELECT jemput_replicate('blangko', 'sum=sisa;sum=rusak');"
    "SELECT jemput_replicate('berkas', 'rank=status:DRAF<LENGKAP<TERBIT;once=dicetak');";

enum { CENTRAL = 0, A = 1, B = 2, C = 3 };

static void expect_everywhere(struct fleet *f, const char *query, const char *rows)
{
    fleet_settle(f, 0);
    for (unsigned i = 0; i < f->count; i++) {
        char *c = fleet_conflicts(f, i);

        fleet_expect(f, i, query, rows);
        assert_string_equal(c, "");
        free(c);
        fleet_verify(f, i);
    }
}

static void begin(struct fleet *f)
{
    fleet_init(f, 4, 0, SCHEMA, 21);
    fleet_sql(f, CENTRAL, "INSERT INTO blangko VALUES('ktp', 100, 0, NULL)");
    fleet_sql(f, CENTRAL, "INSERT INTO berkas VALUES('b1', 'DRAF', NULL, NULL)");
    fleet_settle(f, 0);
}

static void a_counter_is_the_sum_of_what_everybody_added(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    for (unsigned round = 0; round < 3; round++) {
        fleet_sql(&f, A, "UPDATE blangko SET sisa = sisa - 7, rusak = rusak + 1");
        fleet_sql(&f, A, "UPDATE blangko SET sisa = sisa - 1");
        fleet_sql(&f, B, "UPDATE blangko SET sisa = sisa - 2, ket = 'dari B'");
        fleet_sql(&f, CENTRAL, "UPDATE blangko SET sisa = sisa + 20");
        if (round == 1)
            fleet_sync(&f, A, 0);
        fleet_sql(&f, A, "UPDATE blangko SET sisa = sisa - 1");
        fleet_settle(&f, 0);
    }
    expect_everywhere(&f, "SELECT sisa, rusak, ket FROM blangko", "127|3|dari B\n");
    fleet_release(&f);
}

static void a_row_that_two_devices_make_with_one_key_has_both_counts(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, A, "INSERT INTO blangko VALUES('kia', 5, 0, 'x')");
    fleet_sql(&f, B, "INSERT INTO blangko VALUES('kia', 6, 1, 'x')");
    expect_everywhere(&f, "SELECT sisa, rusak FROM blangko WHERE id = 'kia'", "11|1\n");
    fleet_release(&f);
}

static void a_row_that_is_deleted_and_made_again_has_the_count_that_its_maker_wrote(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, A, "DELETE FROM blangko");
    fleet_sql(&f, A, "INSERT INTO blangko VALUES('ktp', 30, 0, 'baru')"); /* both are sealed together */
    expect_everywhere(&f, "SELECT sisa, ket FROM blangko", "30|baru\n");
    fleet_sql(&f, A, "DELETE FROM blangko");
    fleet_sync(&f, A, 0);
    fleet_sql(&f, B, "UPDATE blangko SET sisa = sisa + 4"); /* had not seen the deletion: the row lives on */
    fleet_settle(&f, 0);
    fleet_sql(&f, B, "DELETE FROM blangko");
    expect_everywhere(&f, "SELECT sisa FROM blangko", "");
    fleet_sql(&f, A, "INSERT INTO blangko VALUES('ktp', 8, 0, 'lagi')");
    fleet_sql(&f, A, "UPDATE blangko SET sisa = sisa + 1");
    expect_everywhere(&f, "SELECT sisa, ket FROM blangko", "9|lagi\n");
    fleet_release(&f);
}

static void a_fact_is_set_once_and_never_reverts(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, A, "UPDATE berkas SET dicetak = '2025-06-15'");
    sim_env_advance(&f.devices[B].sim, 60000);
    fleet_sql(&f, B, "UPDATE berkas SET dicetak = '2025-06-16', ket = 'dua kali'");
    expect_everywhere(&f, "SELECT dicetak, ket FROM berkas", "2025-06-15|dua kali\n");
    assert_int_not_equal(fleet_try(&f, B, "UPDATE berkas SET dicetak = NULL"), SQLITE_OK);
    assert_int_not_equal(fleet_try(&f, B, "UPDATE berkas SET dicetak = '2025-06-17'"), SQLITE_OK);
    fleet_sql(&f, B, "DELETE FROM berkas");
    fleet_sql(&f, B, "INSERT INTO berkas VALUES('b1', 'DRAF', NULL, 'lagi')");
    expect_everywhere(&f, "SELECT status, dicetak, ket FROM berkas", "DRAF|2025-06-15|lagi\n");
    fleet_release(&f);
}

static void of_two_states_at_once_the_one_that_is_further_shows_without_a_conflict(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, A, "UPDATE berkas SET status = 'TERBIT'");
    sim_env_advance(&f.devices[B].sim, 60000);
    fleet_sql(&f, B, "UPDATE berkas SET status = 'LENGKAP'");
    expect_everywhere(&f, "SELECT status FROM berkas", "TERBIT\n");
    fleet_sql(&f, C, "UPDATE berkas SET status = 'DRAF'"); /* knowing both: a correction */
    expect_everywhere(&f, "SELECT status FROM berkas", "DRAF\n");
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_is_the_sum_of_what_everybody_added),
        cmocka_unit_test(a_row_that_two_devices_make_with_one_key_has_both_counts),
        cmocka_unit_test(a_row_that_is_deleted_and_made_again_has_the_count_that_its_maker_wrote),
        cmocka_unit_test(a_fact_is_set_once_and_never_reverts),
        cmocka_unit_test(of_two_states_at_once_the_one_that_is_further_shows_without_a_conflict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
