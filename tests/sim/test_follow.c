/* The change feed where devices meet: rows that are held, in conflict, deleted, brought back, forgotten or void, as whoever follows one device has them.
 * Of one device, marks and what fails: unit/test_feed.c. Random fleets: world/shadow.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/feed_copy.h"
#include "fleet.h"

enum { OFFICE = 0, TABLET = 1, OTHER = 2 };

static const char SCHEMA[] = "CREATE TABLE kode(id TEXT PRIMARY KEY NOT NULL, arti TEXT); INSERT INTO kode VALUES('L', 'laki-laki'), ('P', 'perempuan');"
                             "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, alamat TEXT);"
                             "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, nama TEXT, hp TEXT, jk TEXT REFERENCES kode(id),"
                             " kk TEXT REFERENCES keluarga(id));"
                             "SELECT jemput_replicate('kode'); SELECT jemput_replicate('keluarga'); SELECT jemput_replicate('orang', 'identity=nama;parent=kk:hold')";

static struct feed_copy copy, fresh;

/* Everybody knows of a household and two people, and the office is followed. */
static void begin(struct fleet *f, uint64_t seed)
{
    struct jemput_error err;

    fleet_init(f, 3, OFFICE, SCHEMA, seed);
    fleet_sql(f, OFFICE, "INSERT INTO keluarga VALUES('k', 'Jl. Melati'); INSERT INTO orang(id, nik, nama, kk) VALUES('a', '1', 'ANI', 'k'), ('b', '2', 'BUDI', 'k')");
    fleet_settle(f, 0);
    memset(&copy, 0, sizeof copy);
    copy.writes = true;
    if (jemput_feed_begin(f->devices[OFFICE].jemput, &err))
        fail_msg("%s", err.text);
}

/* Read on; the copy is the store, and tells this of rows whose lines begin so. */
static void expect(struct fleet *f, int whole, const char *begins, const char *lines)
{
    struct jemput_error err;
    char found[4096] = "";

    fresh.writes = true;
    if (copy_follow(&copy, f->devices[OFFICE].jemput, &err) || copy_read(&fresh, f->devices[OFFICE].jemput, NULL, &err))
        fail_msg("%s", err.text);
    assert_int_equal(copy.reading.whole, whole);
    for (unsigned i = 0; i < copy.count; i++)
        if (strncmp(copy.rows[i], begins, strlen(begins)) == 0)
            snprintf(found + strlen(found), sizeof found - strlen(found), "%s\n", copy.rows[i]);
    assert_string_equal(found, lines);
    assert_string_equal(copy_text(&copy), copy_text(&fresh));
}

static void values_in_conflict_are_told_with_all_sides_until_somebody_decides(void **state)
{
    const struct jemput_datum key = { .type = JEMPUT_TYPE_TEXT, .data = "a", .len = 1 };
    const char *const column = "nama";
    const struct jemput_datum value = { .type = JEMPUT_TYPE_TEXT, .data = "ANI", .len = 3 };
    const struct jemput_hidden_value hidden[] = { { "nama", { .type = JEMPUT_TYPE_TEXT, .data = "ANNI", .len = 4 } } };
    const struct jemput_choice choice = { .table = "orang", .key = &key, .key_count = 1, .column_count = 1, .columns = &column, .values = &value,
                                          .hidden_count = 1, .hidden = hidden, .reason = "akta" };
    struct jemput_error err;
    struct fleet f;

    (void)state;
    begin(&f, 81);
    fleet_sql(&f, OTHER, "UPDATE orang SET nama = 'ANNI', hp = '09' WHERE id = 'a'");
    sim_env_advance(&f.devices[TABLET].sim, 60000); /* the later one shows */
    fleet_sql(&f, TABLET, "UPDATE orang SET nama = 'ANIE', hp = '08' WHERE id = 'a'");
    fleet_settle(&f, 0);
    expect(&f, 1, "orang a", "orang a: shown a|1|ANIE|08|~|k; insert 1/6, nama 2/2, hp 2/2 !! nama: *ANIE 2/2, ANNI 3/2 ! hp: *08 2/2, 09 3/2\n");
    if (jemput_decide(f.devices[OFFICE].jemput, &choice, &err))
        fail_msg("%s", err.text);
    fleet_sql(&f, TABLET, "UPDATE orang SET hp = '10' WHERE id = 'a'");
    fleet_settle(&f, 0);
    expect(&f, 0, "orang a", "orang a: shown a|1|ANI|10|~|k; insert 1/6, nama 1/8, hp 2/3\n");
    assert_int_equal(copy.told, 1);
    fleet_release(&f);
}

static void a_held_row_is_told_with_what_stands_against_it_until_that_gives_way(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 82);
    fleet_sql(&f, TABLET, "INSERT INTO orang(id, nik, nama) VALUES('c', '3', 'CITRA')");
    fleet_sql(&f, OTHER, "INSERT INTO orang(id, nik, nama) VALUES('d', '3', 'DEWI')");
    fleet_sql(&f, TABLET, "INSERT INTO orang(id, kk) VALUES('e', 'k')");
    fleet_sql(&f, OTHER, "UPDATE orang SET kk = NULL; DELETE FROM keluarga");
    fleet_settle(&f, 0);
    expect(&f, 1, "orang ", "orang a: shown a|1|ANI|~|~|~; insert 1/6, kk 3/2\n"
                            "orang b: shown b|2|BUDI|~|~|~; insert 1/6, kk 3/2\n"
                            "orang c: shown c|3|CITRA|~|~|~; insert 2/2\n"
                            "orang d: held d|3|DEWI|~|~|~ UNIQUE orang.nik, orang c; insert 3/2\n"
                            "orang e: held e|~|~|~|~|k FOREIGN KEY keluarga, keluarga k; insert 2/2\n");
    fleet_sql(&f, TABLET, "UPDATE orang SET nik = '4' WHERE id = 'c'; INSERT INTO keluarga VALUES('k', 'Jl. Mawar')");
    fleet_settle(&f, 0);
    expect(&f, 0, "orang ", "orang a: shown a|1|ANI|~|~|~; insert 1/6, kk 3/2\n"
                            "orang b: shown b|2|BUDI|~|~|~; insert 1/6, kk 3/2\n"
                            "orang c: shown c|4|CITRA|~|~|~; insert 2/2, nik 2/3\n"
                            "orang d: shown d|3|DEWI|~|~|~; insert 3/2\n"
                            "orang e: shown e|~|~|~|~|k; insert 2/2\n");
    assert_int_equal(copy.told, 4);
    fleet_release(&f);
}

/* A delete that had not seen the row does not take it; until it is sealed, the table is without it. */
static void what_stands_against_a_held_row_is_told_anew_when_a_delete_did_not_take_it(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 89);
    fleet_sql(&f, TABLET, "INSERT INTO orang(id, nik, nama) VALUES('c', '3', 'CITRA')");
    fleet_sql(&f, OTHER, "INSERT INTO orang(id, nik, nama) VALUES('d', '3', 'DEWI')");
    fleet_settle(&f, 0);
    fleet_sql(&f, OFFICE, "BEGIN; SELECT jemput_under(1); DELETE FROM orang WHERE id = 'c'; COMMIT");
    expect(&f, 1, "orang d", "orang d: held d|3|DEWI|~|~|~ UNIQUE orang.nik; insert 3/2\n");
    fleet_settle(&f, 0);
    expect(&f, 0, "orang d", "orang d: held d|3|DEWI|~|~|~ UNIQUE orang.nik, orang c; insert 3/2\n");
    fleet_release(&f);
}

static void a_row_of_the_schema_that_comes_back_for_a_child_is_told_as_that(void **state)
{
    struct jemput_error err;
    struct fleet f;
    char *conflicts;

    (void)state;
    begin(&f, 83);
    fleet_sql(&f, TABLET, "UPDATE orang SET jk = 'P' WHERE id = 'a'");
    fleet_sql(&f, OTHER, "DELETE FROM kode WHERE id = 'P'");
    fleet_settle(&f, 0);
    expect(&f, 1, "kode P", "kode P: shown P|perempuan; insert schema !: gone 3/2, * schema\n");
    conflicts = fleet_conflicts(&f, OFFICE); /* and the list of all conflicts is told */
    assert_non_null(strstr(conflicts, "kode"));
    free(conflicts);
    fleet_sql(&f, TABLET, "UPDATE orang SET jk = NULL");
    fleet_settle(&f, 0);
    expect(&f, 0, "kode P", "");
    if (jemput_verify(f.devices[OFFICE].jemput, NULL, NULL, &(uint64_t){ 0 }, &err))
        fail_msg("%s", err.text);
    fleet_release(&f);
}

static void an_edit_that_wins_over_a_delete_and_a_row_without_its_insert_are_told(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 84);
    fleet_sql(&f, TABLET, "DELETE FROM orang WHERE id = 'a'");
    fleet_sql(&f, OTHER, "UPDATE orang SET hp = '08' WHERE id = 'a'");
    fleet_settle(&f, 0);
    expect(&f, 1, "orang a", "orang a: shown a|1|ANI|08|~|k; insert 1/6, hp 3/2 !: gone 2/2, * 3/2\n");
    fleet_sql(&f, OTHER, "DELETE FROM orang WHERE id = 'a'");
    fleet_settle(&f, 0);
    expect(&f, 0, "orang a", "");
    fleet_release(&f);
}

static void a_forgotten_row_is_gone_and_named_nowhere(void **state)
{
    const struct jemput_datum key = { .type = JEMPUT_TYPE_TEXT, .data = "a", .len = 1 };
    struct jemput_error err;
    struct fleet f;

    (void)state;
    begin(&f, 85);
    expect(&f, 1, "orang a", "orang a: shown a|1|ANI|~|~|k; insert 1/6\n");
    if (jemput_forget(f.devices[OFFICE].jemput, "orang", &key, 1, "UU 27/2022", &err))
        fail_msg("%s", err.text);
    expect(&f, 1, "orang a", ""); /* the tables were computed anew */
    fleet_sql(&f, TABLET, "UPDATE orang SET hp = '08' WHERE id = 'a'"); /* it has not heard of it */
    fleet_settle(&f, 0);
    expect(&f, 0, "orang a", "");
    if (jemput_feed_done(f.devices[OFFICE].jemput, &copy.reading.till, &err))
        fail_msg("%s", err.text);
    fleet_expect(&f, OFFICE, "SELECT count(*), sum(length(rows)) FROM jemput_feed", "1|0\n");
    fleet_release(&f);
}

static void what_a_revocation_makes_void_is_read_anew(void **state)
{
    const struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen", .after = "1" };
    struct jemput_device_act_report report;
    struct jemput_error err;
    struct fleet f;

    (void)state;
    begin(&f, 86);
    fleet_sql(&f, TABLET, "INSERT INTO orang(id, nama) VALUES('x', 'PALSU'); UPDATE orang SET nama = 'PALSU' WHERE id = 'a'");
    fleet_settle(&f, 0);
    expect(&f, 1, "orang x", "orang x: shown x|~|PALSU|~|~|~; insert 2/2\n");
    if (jemput_device_act(f.devices[OFFICE].jemput, &act, &report, &err))
        fail_msg("%s", err.text);
    fleet_sync(&f, OFFICE, 0);
    expect(&f, 1, "orang x", "");
    assert_non_null(strstr(copy_text(&copy), "orang a: shown a|1|ANI|~|~|k; insert 1/6\n"));
    fleet_release(&f);
}

static int commit_see(void *ctx, const struct jemput_feed_row *r)
{
    assert_int_equal(r->write_count, 2);
    assert_string_equal(r->writes[1].columns, "hp");
    snprintf(ctx, 64, "%s|%s|%d\n", r->writes[1].commit, r->writes[1].origin.roles, r->writes[1].origin.receipt);
    return 0;
}

static void who_wrote_is_told_with_the_commit_that_git_knows(void **state)
{
    const struct jemput_datum key = { .type = JEMPUT_TYPE_TEXT, .data = "a", .len = 1 };
    char commit[64] = "";
    struct jemput_error err;
    struct fleet f;

    (void)state;
    begin(&f, 87);
    fleet_sql(&f, TABLET, "UPDATE orang SET hp = '08' WHERE id = 'a'");
    fleet_settle(&f, 0);
    if (jemput_feed_row(f.devices[OFFICE].jemput, "orang", &key, 1, commit_see, commit, &err))
        fail_msg("%s", err.text);
    fleet_expect(&f, TABLET, "SELECT lower(hex(oid)) || '|petugas|1' FROM jemput_segment WHERE own AND NOT control", commit);
    fleet_release(&f);
}

/* Two administrators add a column at once: on one of their devices the tables are made anew, under a version that it has already. */
static void tables_of_another_migration_are_told_by_how_often_they_were_made_anew(void **state)
{
    const struct jemput_device_act act = { .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "admin,petugas" };
    static struct feed_copy of[2];
    struct jemput_device_act_report report;
    struct jemput_error err;
    unsigned remade = 0;
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, -1, SCHEMA, 88);
    if (jemput_device_act(f.devices[OFFICE].jemput, &act, &report, &err))
        fail_msg("%s", err.text);
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 2; i++) {
        fleet_sql(&f, i, "SELECT jemput_migrate('ALTER TABLE orang ADD COLUMN kolom%u TEXT DEFAULT ''%u''')", i, i);
        fleet_sql(&f, i, "INSERT INTO orang(id) VALUES('o%u')", i);
        if (jemput_feed_begin(f.devices[i].jemput, &err) || copy_follow(&of[i], f.devices[i].jemput, &err))
            fail_msg("%s", err.text);
        assert_int_equal(of[i].reading.schema_version, 2);
        assert_int_equal(of[i].reading.schema_remade, 0);
    }
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 2; i++) {
        fresh.writes = false;
        if (copy_follow(&of[i], f.devices[i].jemput, &err) || copy_read(&fresh, f.devices[i].jemput, NULL, &err))
            fail_msg("%s", err.text);
        assert_int_equal(of[i].reading.schema_version, 2);
        assert_true(of[i].reading.whole || !of[i].reading.schema_remade);
        remade += of[i].reading.schema_remade;
        assert_string_equal(copy_text(&of[i]), copy_text(&fresh));
    }
    assert_int_equal(remade, 1);
    assert_string_equal(copy_text(&of[0]), copy_text(&of[1]));
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_in_conflict_are_told_with_all_sides_until_somebody_decides),
        cmocka_unit_test(a_held_row_is_told_with_what_stands_against_it_until_that_gives_way),
        cmocka_unit_test(what_stands_against_a_held_row_is_told_anew_when_a_delete_did_not_take_it),
        cmocka_unit_test(a_row_of_the_schema_that_comes_back_for_a_child_is_told_as_that),
        cmocka_unit_test(an_edit_that_wins_over_a_delete_and_a_row_without_its_insert_are_told),
        cmocka_unit_test(a_forgotten_row_is_gone_and_named_nowhere),
        cmocka_unit_test(what_a_revocation_makes_void_is_read_anew),
        cmocka_unit_test(who_wrote_is_told_with_the_commit_that_git_knows),
        cmocka_unit_test(tables_of_another_migration_are_told_by_how_often_they_were_made_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
