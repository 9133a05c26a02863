/* Forms that are saved after something came in: what was on the form is replaced, what the officer never saw stays open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"

static const char SCHEMA[] = "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT, ket TEXT); SELECT jemput_replicate('orang', 'identity=nik');";

enum { CENTRAL = 0, A = 1, B = 2, C = 3 };

/* The values that stand against each other on every device, with * behind the one that shows. */
static void expect_open(struct fleet *f, const char *values)
{
    for (unsigned d = 0; d < f->count; d++) {
        char *text = fleet_conflicts(f, d), is[64] = "";
        const char *at = strchr(text, ':');

        for (at = at ? strchr(at, ' ') : NULL; at; at = strchr(at + 1, ' '))
            snprintf(is + strlen(is), sizeof is - strlen(is), "%s%.*s", is[0] ? "|" : "", (int)strcspn(at + 1, "@"), at + 1);
        assert_string_equal(is, values);
        free(text);
    }
}

/* Two NIKs stand against each other: '9902', which shows, and '9901'. All devices know it. */
static void begin(struct fleet *f)
{
    fleet_init(f, 4, 0, SCHEMA, 47);
    fleet_sql(f, CENTRAL, "INSERT INTO orang VALUES('o1', '9900', NULL)");
    fleet_settle(f, 0);
    fleet_sql(f, A, "UPDATE orang SET nik = '9901'");
    sim_env_advance(&f->devices[B].sim, 60000);
    fleet_sql(f, B, "UPDATE orang SET nik = '9902'");
    fleet_settle(f, 0);
    fleet_expect_all(f, "SELECT nik FROM orang", "9902\n");
    expect_open(f, "9901|9902*");
    for (unsigned i = 0; i < f->count; i++)
        sim_env_advance(&f->devices[i].sim, 120000);
}

static void save_under(struct fleet *f, unsigned device, const char *token, const char *nik)
{
    fleet_sql(f, device, "BEGIN; SELECT jemput_under(%d); UPDATE orang SET nik = '%s'; COMMIT", atoi(token), nik);
}

static void a_value_that_the_form_did_not_show_stays_open_though_the_one_it_showed_was_replaced_elsewhere(void **state)
{
    struct fleet f;
    char *token;

    (void)state;
    begin(&f);
    token = fleet_rows(&f, C, "SELECT jemput_token()"); /* C's form shows 9902 */
    fleet_sql(&f, B, "UPDATE orang SET nik = '9903'");  /* B corrects that; 9901 stays open */
    fleet_sync(&f, B, 0);
    fleet_sync(&f, CENTRAL, 0);
    fleet_sync(&f, C, 0);
    sim_env_advance(&f.devices[C].sim, 60000);
    save_under(&f, C, token, "9904");
    fleet_expect_all(&f, "SELECT nik FROM orang", "9904\n");
    expect_open(&f, "9901|9903|9904*");
    for (unsigned i = 0; i < f.count; i++)
        fleet_verify(&f, i);
    free(token);
    fleet_release(&f);
}

static void a_second_save_of_one_device_replaces_its_first_and_nothing_else(void **state)
{
    struct fleet f;
    char *token;

    (void)state;
    begin(&f);
    token = fleet_rows(&f, C, "SELECT jemput_token()");
    save_under(&f, C, token, "9903");
    fleet_sql(&f, B, "UPDATE orang SET ket = 'lain'");
    fleet_settle(&f, 0);
    save_under(&f, C, token, "9904"); /* the same form, still open */
    fleet_expect_all(&f, "SELECT nik, ket FROM orang", "9904|lain\n");
    expect_open(&f, "9901|9904*");
    free(token);
    fleet_release(&f);
}

/* C opens a form that shows 9900; A's 9901 comes in; C saves 9904 under the form's token. */
static void save_over_news(struct fleet *f, uint64_t seed)
{
    char *token;

    fleet_init(f, 4, 0, SCHEMA, seed);
    fleet_sql(f, CENTRAL, "INSERT INTO orang VALUES('o1', '9900', NULL)");
    fleet_settle(f, 0);
    token = fleet_rows(f, C, "SELECT jemput_token()");
    fleet_sql(f, A, "UPDATE orang SET nik = '9901'");
    fleet_sync(f, A, 0);
    fleet_sync(f, CENTRAL, 0);
    fleet_sync(f, C, 0);
    sim_env_advance(&f->devices[C].sim, 60000);
    save_under(f, C, token, "9904");
    free(token);
}

static void what_was_alone_on_the_form_is_replaced_though_another_value_came_in_meanwhile(void **state)
{
    struct fleet f;

    (void)state;
    save_over_news(&f, 48);
    fleet_expect_all(&f, "SELECT nik FROM orang", "9904\n");
    expect_open(&f, "9901|9904*");
    fleet_release(&f);
}

static void a_correction_right_behind_the_form_leaves_open_what_the_form_left_open(void **state)
{
    struct fleet f;

    (void)state;
    save_over_news(&f, 49);
    fleet_sql(&f, C, "UPDATE orang SET nik = '9905'"); /* before anything is sealed: nobody knows yet that there is a conflict */
    fleet_expect_all(&f, "SELECT nik FROM orang", "9905\n");
    expect_open(&f, "9901|9905*");
    for (unsigned i = 0; i < f.count; i++)
        fleet_verify(&f, i);
    fleet_release(&f);
}

/* The form is saved behind an ordinary edit of another column, and both are sealed at once: what stood in the table in between is what the edit
 * left, and not what the form put there. */
static void a_form_right_behind_an_edit_leaves_the_values_that_the_edit_left(void **state)
{
    struct fleet f;
    char *token;

    (void)state;
    fleet_init(&f, 4, 0,
               "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, status TEXT, ket TEXT); SELECT jemput_replicate('orang', 'rank=status:a<b');", 51);
    fleet_sql(&f, CENTRAL, "INSERT INTO orang VALUES('o1', NULL, NULL)");
    fleet_settle(&f, 0);
    token = fleet_rows(&f, C, "SELECT jemput_token()");
    fleet_sql(&f, A, "UPDATE orang SET status = 'a'");
    fleet_sql(&f, B, "UPDATE orang SET status = 'b'");
    fleet_settle(&f, 0);
    fleet_sql(&f, C, "UPDATE orang SET ket = 'lain'");
    fleet_sql(&f, C, "BEGIN; SELECT jemput_under(%d); UPDATE orang SET status = 'c'; COMMIT", atoi(token)); /* no rank: it shows nowhere */
    fleet_expect_all(&f, "SELECT status, ket FROM orang", "b|lain\n");
    for (unsigned i = 0; i < f.count; i++)
        fleet_verify(&f, i);
    free(token);
    fleet_release(&f);
}

/* A deletes the person whose NIKs stand against each other, and B, who does not know, files a paper for it: the person comes back. */
static void begin_back(struct fleet *f)
{
    fleet_init(f, 4, 0,
               "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT, ket TEXT); CREATE TABLE berkas(id TEXT PRIMARY KEY NOT NULL, "
               "orang TEXT REFERENCES orang(id)); SELECT jemput_replicate('orang', 'identity=nik'); SELECT jemput_replicate('berkas');",
               50);
    fleet_sql(f, CENTRAL, "INSERT INTO orang VALUES('o1', '9900', NULL)");
    fleet_settle(f, 0);
    fleet_sql(f, A, "UPDATE orang SET nik = '9901'");
    sim_env_advance(&f->devices[B].sim, 60000);
    fleet_sql(f, B, "UPDATE orang SET nik = '9902'");
    fleet_settle(f, 0);
    fleet_sql(f, A, "DELETE FROM orang");
    fleet_sql(f, B, "INSERT INTO berkas VALUES('b1', 'o1')");
    fleet_settle(f, 0);
    for (unsigned i = 0; i < f->count; i++)
        sim_env_advance(&f->devices[i].sim, 120000);
    fleet_expect_all(f, "SELECT nik FROM orang", "9902\n");
}

static void a_number_that_a_row_which_came_back_does_not_show_is_not_closed_by_correcting_the_shown_one(void **state)
{
    struct fleet f;

    (void)state;
    begin_back(&f);
    fleet_sql(&f, C, "UPDATE orang SET nik = '9904'");
    fleet_settle(&f, 0);
    expect_open(&f, ""); /* who deleted 9901 had seen it */
    fleet_sql(&f, A, "DELETE FROM berkas; DELETE FROM orang");
    fleet_sql(&f, B, "INSERT INTO berkas VALUES('b2', 'o1')"); /* and again nobody meant to delete this person */
    fleet_settle(&f, 0);
    fleet_sql(&f, C, "UPDATE orang SET ket = 'lain'");
    fleet_expect_all(&f, "SELECT nik FROM orang", "9904\n");
    expect_open(&f, "9901|9904*");
    fleet_release(&f);
}

/* The form was opened before the other row came, which is held and so seems not to be there. */
static void a_correction_right_behind_a_row_that_was_saved_over_a_held_one_leaves_that_open(void **state)
{
    static const char schema[] = "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT, kode TEXT UNIQUE); "
                                 "SELECT jemput_replicate('orang', 'identity=nik');";
    struct fleet f;
    char *token;

    (void)state;
    fleet_init(&f, 4, 0, schema, 48);
    fleet_sql(&f, C, "INSERT INTO orang VALUES('o2', '9909', 'x')");
    token = fleet_rows(&f, C, "SELECT jemput_token()");
    sim_env_advance(&f.devices[A].sim, 60000);
    fleet_sql(&f, A, "INSERT INTO orang VALUES('o1', '9901', 'x')");
    fleet_sync(&f, A, 0);
    fleet_sync(&f, CENTRAL, 0);
    fleet_sync(&f, C, 0);
    fleet_expect(&f, C, "SELECT count(*) FROM jemput_held", "1\n");
    for (unsigned i = 0; i < f.count; i++)
        sim_env_advance(&f.devices[i].sim, 120000);
    fleet_sql(&f, C, "BEGIN; SELECT jemput_under(%d); INSERT INTO orang VALUES('o1', '9902', 'y'); COMMIT", atoi(token));
    fleet_sql(&f, C, "UPDATE orang SET nik = '9903' WHERE id = 'o1'");
    fleet_settle(&f, 0);
    fleet_expect_all(&f, "SELECT value, shown FROM jemput_conflict WHERE grp = 'nik' ORDER BY value", "9901|0\n9903|1\n");
    free(token);
    fleet_release(&f);
}

/* C deletes the person, whose two numbers it has seen, while B, who has seen neither, gives her a third: she stays, with that one, and the two are
 * hidden. C's form is older than all this; what it did not show is open still, which is seen when all three are deleted alike and an edit brings her
 * back. */
static void a_value_that_a_deletion_hides_is_left_open_by_a_form_that_did_not_show_it(void **state)
{
    static const unsigned two[] = { A, C, CENTRAL, A, C };
    struct fleet f;
    char *token;

    (void)state;
    fleet_init(&f, 4, 0, SCHEMA, 48);
    fleet_sql(&f, CENTRAL, "INSERT INTO orang VALUES('o1', '9900', NULL)");
    fleet_settle(&f, 0);
    fleet_sql(&f, A, "UPDATE orang SET nik = '9901'");
    sim_env_advance(&f.devices[C].sim, 60000);
    fleet_sql(&f, C, "UPDATE orang SET nik = '9902'");
    for (unsigned i = 0; i < sizeof two / sizeof *two; i++)
        fleet_sync(&f, two[i], 0);
    token = fleet_rows(&f, C, "SELECT jemput_token()"); /* C's form shows 9902, and not 9901 */
    fleet_sql(&f, C, "DELETE FROM orang");
    fleet_sql(&f, B, "UPDATE orang SET nik = '9903'");
    fleet_expect_all(&f, "SELECT nik FROM orang", "9903\n");
    sim_env_advance(&f.devices[C].sim, 60000);
    save_under(&f, C, token, "9904");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++)
        sim_env_advance(&f.devices[i].sim, 120000);
    fleet_sql(&f, A, "DELETE FROM orang");
    fleet_sql(&f, B, "UPDATE orang SET ket = 'lain'");
    fleet_expect_all(&f, "SELECT nik, ket FROM orang", "9904|lain\n");
    for (unsigned i = 0; i < f.count; i++) {
        fleet_expect(&f, i, "SELECT value FROM jemput_conflict WHERE grp = 'nik' ORDER BY value", "9901\n9903\n9904\n");
        fleet_verify(&f, i);
    }
    free(token);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_that_the_form_did_not_show_stays_open_though_the_one_it_showed_was_replaced_elsewhere),
        cmocka_unit_test(a_second_save_of_one_device_replaces_its_first_and_nothing_else),
        cmocka_unit_test(what_was_alone_on_the_form_is_replaced_though_another_value_came_in_meanwhile),
        cmocka_unit_test(a_correction_right_behind_the_form_leaves_open_what_the_form_left_open),
        cmocka_unit_test(a_form_right_behind_an_edit_leaves_the_values_that_the_edit_left),
        cmocka_unit_test(a_correction_right_behind_a_row_that_was_saved_over_a_held_one_leaves_that_open),
        cmocka_unit_test(a_number_that_a_row_which_came_back_does_not_show_is_not_closed_by_correcting_the_shown_one),
        cmocka_unit_test(a_value_that_a_deletion_hides_is_left_open_by_a_form_that_did_not_show_it),
    };

    return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
