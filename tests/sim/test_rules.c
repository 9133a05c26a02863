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
    fleet_expect_all(f, query, rows);
    fleet_expect_conflicts(f, NULL, NULL);
    for (unsigned i = 0; i < f->count; i++)
        fleet_verify(f, i);
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
    sim_env_advance(&f.devices[C].sim, 120000);
    fleet_sql(&f, C, "UPDATE berkas SET dicetak = '2025-06-15'"); /* the same as A's, which was the first of all */
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

/* What an insert leaves to a DEFAULT, it writes like anything else. */
static void a_default_counts_as_if_it_had_been_written(void **state)
{
    static const char *const schema =
        "CREATE TABLE posko(id TEXT PRIMARY KEY NOT NULL, stok INTEGER NOT NULL DEFAULT 10, status TEXT DEFAULT 'DRAF', dibuat TEXT DEFAULT "
        "(hex(jemput_id())), ket TEXT);"
        "SELECT jemput_replicate('posko', 'sum=stok;rank=status:DRAF<LENGKAP<TERBIT;once=dibuat');";
    struct fleet f;
    char *first;

    (void)state;
    fleet_init(&f, 4, 0, schema, 22);
    fleet_sql(&f, A, "INSERT INTO posko(id) VALUES('p')");
    first = fleet_rows(&f, A, "SELECT dibuat FROM posko");
    sim_env_advance(&f.devices[B].sim, 60000);
    sim_env_advance(&f.devices[C].sim, 120000);
    fleet_sql(&f, B, "INSERT INTO posko(id, status) VALUES('p', 'LENGKAP')");
    fleet_sql(&f, C, "INSERT INTO posko(id, stok) VALUES('p', 0)");
    fleet_sql(&f, C, "UPDATE posko SET stok = stok - 1");
    expect_everywhere(&f, "SELECT stok, status FROM posko", "19|LENGKAP\n");
    expect_everywhere(&f, "SELECT dibuat FROM posko", first);
    free(first);

    fleet_sql(&f, B, "DELETE FROM posko");
    fleet_sql(&f, B, "INSERT INTO posko(id) VALUES('p')"); /* knowing all: it begins anew, but for its fact */
    fleet_sql(&f, B, "UPDATE posko SET stok = stok + 5");
    expect_everywhere(&f, "SELECT stok, status FROM posko", "15|DRAF\n");
    fleet_release(&f);
}

/* A column that comes later has no rule; its DEFAULT shows in the rows that were there, whoever had made them. */
static void a_column_that_comes_later_leaves_counts_and_facts_alone(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, A, "INSERT INTO blangko VALUES('kia', 5, 0, 'x')");
    fleet_sql(&f, B, "INSERT INTO blangko VALUES('kia', 6, 1, 'x')");
    fleet_sql(&f, CENTRAL, "SELECT jemput_migrate('ALTER TABLE blangko ADD COLUMN jatah INTEGER NOT NULL DEFAULT 7')");
    assert_int_not_equal(fleet_try(&f, CENTRAL, "SELECT jemput_replicate('blangko', 'sum=sisa;sum=rusak;sum=jatah')"), SQLITE_OK);
    fleet_sql(&f, C, "UPDATE blangko SET sisa = sisa - 1");
    expect_everywhere(&f, "SELECT id, sisa, rusak, jatah FROM blangko ORDER BY id", "kia|11|1|7\nktp|99|0|7\n");
    fleet_sql(&f, A, "UPDATE blangko SET jatah = jatah + 1, sisa = sisa + 1 WHERE id = 'kia'");
    fleet_sql(&f, B, "UPDATE blangko SET sisa = sisa + 1 WHERE id = 'kia'");
    expect_everywhere(&f, "SELECT sisa, jatah FROM blangko WHERE id = 'kia'", "13|8\n");
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
        cmocka_unit_test(a_default_counts_as_if_it_had_been_written),
        cmocka_unit_test(a_column_that_comes_later_leaves_counts_and_facts_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
