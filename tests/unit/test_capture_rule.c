/* Tests of what capture makes of counters (sum=) and facts (once=): what a record carries, what COMMIT refuses, which values are kept for merging. */
#include "store_world.h"

static const char SCHEMA[] = "CREATE TABLE t(id TEXT PRIMARY KEY, n INTEGER DEFAULT 0, dicetak TEXT, nama TEXT, m);"
                             "CREATE TABLE biasa(id TEXT PRIMARY KEY, a);"
                             "SELECT jemput_replicate('t', 'sum=n; once=dicetak; sum=m; before=m'); SELECT jemput_replicate('biasa');";

static void rule_world(struct store_world *w)
{
    world_new(w, SCHEMA);
    sql_ok(w->app, "INSERT INTO t(id, n, m) VALUES('k', 5, 1); INSERT INTO biasa VALUES('k', 1)");
    assert_pending(w, "I t 'k' n=+5 dicetak=NULL nama=NULL m=+1 | I biasa 'k' a=1");
}

/* SQL gives the records that `wanted` says. */
static void captures(const char *sql, const char *wanted)
{
    struct store_world w;

    rule_world(&w);
    sql_ok(w.app, sql);
    assert_pending(&w, wanted);
    world_release(&w);
}

/* COMMIT refuses, with this text, and nothing of the transaction stays. */
static void refuses(const char *setup, const char *sql, const char *text)
{
    struct store_world w;
    char *before, *after;

    rule_world(&w);
    sql_ok(w.app, setup);
    before = sql_text(w.app, "SELECT group_concat(quote(id) || quote(n) || quote(dicetak) || quote(m)) FROM t");
    assert_int_equal(sqlite3_exec(w.app, sql, NULL, NULL, NULL) & 0xff, SQLITE_AUTH);
    assert_string_equal(sqlite3_errmsg(w.app), text);
    assert_true(sqlite3_get_autocommit(w.app));
    after = sql_text(w.app, "SELECT group_concat(quote(id) || quote(n) || quote(dicetak) || quote(m)) FROM t");
    assert_string_equal(before, after);
    sql_ok(w.app, "INSERT INTO t(id, m) VALUES('masih bisa', 0)");
    free(before);
    free(after);
    world_release(&w);
}

/* --- counters --- */

static void a_counter_carries_what_was_added(void **state)
{
    (void)state;
    captures("UPDATE t SET n = n + 3", "U t 'k' n=+3");
    captures("UPDATE t SET n = n - 8", "U t 'k' n=+-8");
    captures("UPDATE t SET n = 0, nama = 'Ani'", "U t 'k' n=+-5 nama='Ani'");
    captures("UPDATE t SET m = 7", "U t 'k' m=1->+6"); /* option before= gives the whole value */
    captures("UPDATE t SET nama = 'Ani', n = 5", "U t 'k' nama='Ani'");
    captures("INSERT INTO t(id, n, m) VALUES('l', -2, 0)", "I t 'l' n=+-2 dicetak=NULL nama=NULL m=+0");
    captures("INSERT INTO t(id, n, m) VALUES('k', 2, 9) ON CONFLICT DO UPDATE SET n = n + excluded.n", "U t 'k' n=+2");
    captures("REPLACE INTO t(id, n, m) VALUES('k', 7, 1)", "U t 'k' n=+2");
}

static void a_counter_carries_what_the_whole_transaction_added(void **state)
{
    (void)state;
    captures(
        "BEGIN; UPDATE t SET n = n + 1; UPDATE t SET n = n + 1; SAVEPOINT s; UPDATE t SET n = n + 100; ROLLBACK TO s; UPDATE t SET n = n + 1; COMMIT",
        "U t 'k' n=+3");
    captures("BEGIN; UPDATE t SET n = n + 1; UPDATE t SET n = n - 1; COMMIT", "");
    captures("BEGIN; DELETE FROM t; INSERT INTO t(id, n, m) VALUES('k', 2, 1); COMMIT", "U t 'k' n=+-3");
    captures("BEGIN; INSERT INTO t(id, m) VALUES('l', 0); UPDATE t SET n = n + 4; COMMIT", "U t 'k' n=+4; I t 'l' n=+4 dicetak=NULL nama=NULL m=+0");
    captures("BEGIN; UPDATE t SET n = NULL; UPDATE t SET n = 6; COMMIT", "U t 'k' n=+1"); /* what COMMIT finds counts */
}

static void a_counter_goes_round_at_its_ends(void **state)
{
    (void)state;
    captures("UPDATE t SET n = 9223372036854775807; UPDATE t SET n = -9223372036854775808; UPDATE t SET n = 9223372036854775807",
             "U t 'k' n=+9223372036854775802 | U t 'k' n=+1 | U t 'k' n=+-1");
    captures("UPDATE t SET n = -9223372036854775808; UPDATE t SET n = 0", "U t 'k' n=+9223372036854775803 | U t 'k' n=+-9223372036854775808");
}

static void a_counter_holds_an_integer_and_nothing_else(void **state)
{
    static const char *const n[] = { "INSERT INTO t(id, n, m) VALUES('l', NULL, 0)",
                                     "INSERT INTO t(id, n, m) VALUES('l', 'x', 0)",
                                     "INSERT INTO t(id, n, m) VALUES('l', 1.5, 0)",
                                     "UPDATE t SET n = NULL",
                                     "UPDATE t SET n = x'01'",
                                     "UPDATE t SET n = 9e30" };
    static const char *const m[] = { "INSERT INTO t(id) VALUES('l')", "UPDATE t SET m = '1'", "UPDATE t SET m = 1.0",
                                     "BEGIN; UPDATE t SET m = 2; UPDATE t SET m = NULL; COMMIT", "REPLACE INTO t(id, n) VALUES('k', 1)" };

    (void)state;
    for (size_t i = 0; i < sizeof n / sizeof n[0]; i++)
        refuses("SELECT 1", n[i], "jemput: table 't': counter column 'n' must hold an integer");
    for (size_t i = 0; i < sizeof m / sizeof m[0]; i++)
        refuses("SELECT 1", m[i], "jemput: table 't': counter column 'm' must hold an integer");
    captures("UPDATE t SET n = '7', m = 3", "U t 'k' n=+2 m=1->+2"); /* of INTEGER affinity: it is stored as one */
}

/* --- facts --- */

static void a_fact_is_set_once(void **state)
{
    (void)state;
    captures("UPDATE t SET dicetak = '2024-05-01'", "U t 'k' dicetak='2024-05-01'");
    captures("UPDATE t SET dicetak = 'x'; UPDATE t SET dicetak = 'x', nama = 'Ani'", "U t 'k' dicetak='x' | U t 'k' nama='Ani'");
    captures("BEGIN; UPDATE t SET dicetak = 'x'; UPDATE t SET dicetak = 'y'; COMMIT", "U t 'k' dicetak='y'"); /* others see the transaction as one */
    captures("INSERT INTO t(id, dicetak, m) VALUES('l', 'x', 0)", "I t 'l' n=+0 dicetak='x' nama=NULL m=+0");
}

static void a_fact_that_is_set_cannot_change(void **state)
{
    static const char *const changes[] = {
        "UPDATE t SET dicetak = 'y'",
        "UPDATE t SET dicetak = NULL",
        "UPDATE t SET dicetak = x'78'",
        "BEGIN; UPDATE t SET nama = 'Ani'; UPDATE t SET dicetak = 'y'; COMMIT",
        "BEGIN; DELETE FROM t; INSERT INTO t(id, dicetak, m) VALUES('k', 'y', 0); COMMIT",
        "REPLACE INTO t(id, n, m) VALUES('k', 5, 1)",
    };

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        refuses("UPDATE t SET dicetak = 'x'", changes[i], "jemput: table 't': column 'dicetak' is set once and holds a value already");
}

static void a_row_with_a_fact_can_go_and_come_again(void **state)
{
    (void)state;
    captures("UPDATE t SET dicetak = 'x'; DELETE FROM t; INSERT INTO t(id, dicetak, m) VALUES('k', 'y', 1)",
             "U t 'k' dicetak='x' | D t 'k' | I t 'k' n=+0 dicetak='y' nama=NULL m=+1");
    captures("UPDATE t SET dicetak = 'x'; UPDATE t SET id = 'l'; UPDATE t SET nama = 'Ani'",
             "U t 'k' dicetak='x' | D t 'k'; I t 'l' n=+5 dicetak='x' nama=NULL m=+1 | U t 'l' nama='Ani'");
}

static void a_refused_commit_names_the_first_column_and_can_be_mended(void **state)
{
    struct store_world w;

    (void)state;
    rule_world(&w);
    sql_ok(w.app, "BEGIN; UPDATE t SET n = NULL, nama = 'Ani'");
    sql_fails(w.app, "COMMIT", SQLITE_AUTH, "counter column 'n' must hold an integer");
    sql_ok(w.app, "BEGIN; UPDATE t SET n = NULL, nama = 'Ani'; UPDATE t SET n = 6; COMMIT");
    assert_pending(&w, "U t 'k' n=+1 nama='Ani'");
    world_release(&w);
}

/* --- values that merging needs again --- */

static void values_before_are_kept_where_merging_goes_on_from_them(void **state)
{
    struct store_world w;

    (void)state;
    rule_world(&w);
    sql_ok(w.app, "INSERT INTO t(id, m) VALUES('l', 0); INSERT INTO biasa VALUES('l', 1); UPDATE biasa SET a = 2");
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_before"), 0); /* an ordinary table pays nothing */
    sql_ok(w.app, "UPDATE t SET nama = 'Ani' WHERE id = 'k'");
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_before WHERE tbl = 1"), 1);
    assert_sql_text(w.app, "SELECT hex(row) FROM jemput_before",
                    "010A"
                    "00"
                    "00"
                    "0102"); /* n = 5, NULL, NULL, m = 1 */
    sql_ok(w.app, "UPDATE t SET n = n + 1; DELETE FROM biasa WHERE id = 'k'");
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_before WHERE tbl = 1"), 3);
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_before WHERE tbl = 2"), 1);
    sql_ok(w.app, "BEGIN; UPDATE t SET n = n + 1; ROLLBACK");
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_before"), 4);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_carries_what_was_added),
        cmocka_unit_test(a_counter_carries_what_the_whole_transaction_added),
        cmocka_unit_test(a_counter_goes_round_at_its_ends),
        cmocka_unit_test(a_counter_holds_an_integer_and_nothing_else),
        cmocka_unit_test(a_fact_is_set_once),
        cmocka_unit_test(a_fact_that_is_set_cannot_change),
        cmocka_unit_test(a_row_with_a_fact_can_go_and_come_again),
        cmocka_unit_test(a_refused_commit_names_the_first_column_and_can_be_mended),
        cmocka_unit_test(values_before_are_kept_where_merging_goes_on_from_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
