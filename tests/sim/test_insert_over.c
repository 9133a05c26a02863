/* An INSERT whose key is there already, though its writer does not see it in the table: because the row is held, or because the program was changed.
 * It takes nothing away: both are kept and listed, on every device, until somebody decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"

enum { OFFICE = 0, TABLET = 1, OTHER = 2 };

static const char SCHEMA[] =
    "CREATE TABLE permohonan(id TEXT PRIMARY KEY NOT NULL, nomor TEXT UNIQUE, status TEXT NOT NULL DEFAULT 'DRAF', kode_kel TEXT);\n"
    "SELECT jemput_replicate('permohonan');\n"
    "SELECT jemput_policy('permohonan', 'petugas', 'insert; update; delete; steps=status:>DRAF,DRAF>LENGKAP; scope=kode_kel');\n"
    "SELECT jemput_policy('permohonan', 'admin', 'insert; update; delete; steps=status:>DRAF,*>LENGKAP,LENGKAP>TOLAK,DRAF>TOLAK');\n";

static void device_add(struct fleet *f, const char *roles, const char *scope)
{
    struct jemput_error err;
    char *invitation;
    size_t len;

    if (jemput_invite(f->devices[OFFICE].jemput, roles, scope, "", f->devices[OFFICE].sim.wall_ms + 3600000, &invitation, &len, &err))
        fail_msg("%s", err.text);
    fleet_device_add(f, invitation, len);
    jemput_text_free(invitation);
}

/* An office, and a tablet for each of two districts. */
static void begin(struct fleet *f, uint64_t seed)
{
    fleet_init(f, 1, 0, SCHEMA, seed);
    device_add(f, "petugas", "16.74.99");
    device_add(f, "petugas", "16.74.98");
    fleet_settle(f, 0);
}

static void expect_all_equal(struct fleet *f)
{
    char first[65], hex[65];
    struct jemput_error err;

    assert_int_equal(jemput_state_hash(f->devices[0].jemput, first, &err), JEMPUT_OK);
    for (unsigned i = 0; i < f->count; i++) {
        struct jemput_rebuild_report report;

        fleet_verify(f, i);
        assert_int_equal(jemput_state_hash(f->devices[i].jemput, hex, &err), JEMPUT_OK);
        assert_string_equal(hex, first);
        assert_int_equal(jemput_rebuild(f->devices[i].jemput, NULL, &report, &err), JEMPUT_OK);
        assert_int_equal(report.differences, 0);
    }
}

static char *all_conflicts(struct fleet *f)
{
    char *first = fleet_conflicts(f, 0);

    for (unsigned i = 1; i < f->count; i++) {
        char *text = fleet_conflicts(f, i);

        assert_string_equal(text, first);
        free(text);
    }
    return first;
}

static void a_held_row_is_not_lost_to_an_insert_of_its_key(void **state)
{
    struct fleet f;
    char *text;

    (void)state;
    begin(&f, 811);
    fleet_sql(&f, OTHER, "INSERT INTO permohonan VALUES('a', '474', 'DRAF', '16.74.98.1001')");
    fleet_sql(&f, TABLET, "INSERT INTO permohonan VALUES('b', '474', 'DRAF', '16.74.99.1001')"); /* the same number: held */
    fleet_settle(&f, 0);
    fleet_expect(&f, OTHER, "SELECT count(*) FROM jemput_held WHERE key = 'b' OR json_extract(row, '$.id') = 'b'", "1\n");
    fleet_sql(&f, OTHER, "INSERT INTO permohonan VALUES('b', '475', 'DRAF', '16.74.98.1002')");
    fleet_settle(&f, 0);
    text = all_conflicts(&f);
    if (!strstr(text, "16.74.99.1001") || !strstr(text, "16.74.98.1002") || !strstr(text, "474") || !strstr(text, "475"))
        fail_msg("both are listed:\n%s", text);
    free(text);
    expect_all_equal(&f);
    fleet_release(&f);
}

/* What a program may do that was changed: its triggers do not run, so the row goes from its table without a word in its log. Its own store is not in
 * order then, until it is computed anew from the log. */
static void a_row_takes_no_insert_in_its_place_that_had_seen_it(void **state)
{
    struct jemput_rebuild_report report;
    struct jemput_error err;
    struct fleet f;
    char *text;

    (void)state;
    begin(&f, 812);
    fleet_sql(&f, TABLET, "INSERT INTO permohonan VALUES('p1', '474', 'DRAF', '16.74.99.1001')");
    fleet_settle(&f, 0);
    fleet_sql(&f, OFFICE, "UPDATE permohonan SET status = 'TOLAK'");
    fleet_settle(&f, 0);
    sqlite3_db_config(f.devices[OTHER].sql, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    fleet_sql(&f, OTHER, "DELETE FROM permohonan");
    sqlite3_db_config(f.devices[OTHER].sql, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL);
    fleet_sql(&f, OTHER, "INSERT INTO permohonan VALUES('p1', '474', 'DRAF', '16.74.98.1002')");
    fleet_settle(&f, 0);
    assert_int_equal(jemput_rebuild(f.devices[OTHER].jemput, NULL, &report, &err), JEMPUT_OK);
    text = all_conflicts(&f);
    if (!strstr(text, "TOLAK") || !strstr(text, "16.74.99.1001"))
        fail_msg("what was there is listed:\n%s", text);
    free(text);
    expect_all_equal(&f);
    fleet_release(&f);
}

static void a_row_that_was_deleted_is_made_anew_without_a_word(void **state)
{
    struct fleet f;
    char *text;

    (void)state;
    begin(&f, 813);
    fleet_sql(&f, TABLET, "INSERT INTO permohonan VALUES('p1', '474', 'DRAF', '16.74.99.1001')");
    fleet_settle(&f, 0);
    for (unsigned round = 0; round < 4; round++) {
        fleet_sql(&f, TABLET, "DELETE FROM permohonan");
        if (round % 2)
            fleet_settle(&f, 0);
        fleet_sql(&f, TABLET, "INSERT INTO permohonan VALUES('p1', '476', 'DRAF', '16.74.99.1002')");
        fleet_settle(&f, 0);
    }
    text = all_conflicts(&f);
    assert_string_equal(text, "");
    free(text);
    fleet_expect_all(&f, "SELECT * FROM permohonan", "p1|476|DRAF|16.74.99.1002\n");
    expect_all_equal(&f);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_held_row_is_not_lost_to_an_insert_of_its_key),
        cmocka_unit_test(a_row_takes_no_insert_in_its_place_that_had_seen_it),
        cmocka_unit_test(a_row_that_was_deleted_is_made_anew_without_a_word),
    };

    return cmocka_run_group_tests_name("insert over", tests, NULL, NULL);
}
