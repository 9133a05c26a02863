/* Two rows for one thing become one: what they had goes along, and all devices agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "two_rows.h"

/* --- making one of two --- */

static void the_row_that_stays_gets_what_it_lacks_and_all_references(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    merge(&f, CENTRAL, "p1", "p2");
    fleet_expect(&f, CENTRAL, PERSONS, MERGED);
    fleet_expect_all(&f, PERSONS, MERGED);
    fleet_expect_all(&f, "SELECT * FROM surat ORDER BY id", "s1|p1|p3|~\ns2|p1|p1|1674990101000001\n");
    fleet_expect_conflicts(&f, NULL, NULL);
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

static void a_look_tells_what_would_be_done_and_does_nothing(void **state)
{
    struct fleet f;
    struct jemput_error err;
    char moves[4096] = "";

    (void)state;
    begin(&f);
    fleet_sql(&f, CENTRAL, "UPDATE orang SET hp = '0812' WHERE id = 'p1'"); /* pending */
    assert_int_equal(try_merge(&f, CENTRAL, "orang", "p1", "p2", 1, moves, &err), JEMPUT_OK);
    assert_string_equal(moves, "5 orang p1 nama\n1 orang p1 nik\n5 orang p1 hp\n1 orang p1 alamat\n1 orang p1 rt\n2 orang p1 kunjungan\n"
                               "1 orang p1 dicetak\n3 surat s2 orang_id\n3 surat s2 saksi_id\n3 orang p3 wali\n");
    fleet_expect(&f, CENTRAL, "SELECT hp FROM orang WHERE id = 'p1'", "0812\n");
    fleet_expect(&f, CENTRAL, "SELECT count(*) FROM jemput_pending", "1\n");
    fleet_expect_all(&f, "SELECT id, nik FROM orang ORDER BY id", "p1|~\np2|1674990101000001\np3|~\n");
    fleet_release(&f);
}

static void rows_that_are_keyed_by_the_one_that_goes_go_on_under_the_one_that_stays(void **state)
{
    struct fleet f;
    struct jemput_error err;

    (void)state;
    begin(&f);
    fleet_sql(&f, CENTRAL, "INSERT INTO syarat VALUES('s1', 'KK', NULL, 1), ('s2', 'KK', 'ada', 2), ('s2', 'KTP', 'menyusul', 5)");
    fleet_sql(&f, CENTRAL, "INSERT INTO foto VALUES('s1', 'KK', 1, 'lama'), ('s2', 'KK', 1, 'baru'),"
              " ('s2', 'KK', 2, 'dua'), ('s2', 'KTP', 1, 'ktp')");
    fleet_settle(&f, 0);
    assert_int_equal(try_merge(&f, CENTRAL, "surat", "s1", "s2", 0, NULL, &err), JEMPUT_OK);
    fleet_expect_all(&f, "SELECT * FROM syarat", "s1|KK|ada|3\ns1|KTP|menyusul|5\n");
    fleet_expect_all(&f, "SELECT * FROM foto", "s1|KK|1|lama\ns1|KK|2|dua\ns1|KTP|1|ktp\n");
    expect_whole(&f);
    assert_int_equal(try_part(&f, CENTRAL, "surat", "s2", &err), JEMPUT_OK);
    fleet_expect_all(&f, "SELECT * FROM syarat", "s1|KK|~|1\ns2|KK|ada|2\ns2|KTP|menyusul|5\n");
    fleet_expect_all(&f, "SELECT * FROM foto", "s1|KK|1|lama\ns2|KK|1|baru\ns2|KK|2|dua\ns2|KTP|1|ktp\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

/* SQLite takes '2' for 2 and 'aB' for 'Ab' where the parent's column says so. */
static void a_reference_that_names_the_row_in_other_words_goes_along(void **state)
{
    static const char schema[] =
        "CREATE TABLE orang(id INTEGER PRIMARY KEY NOT NULL, nama TEXT NOT NULL, kode TEXT COLLATE NOCASE UNIQUE);"
        "CREATE TABLE surat(id TEXT PRIMARY KEY NOT NULL, orang_id TEXT REFERENCES orang(id), kode TEXT REFERENCES orang(kode));"
        "SELECT jemput_replicate('orang', 'key=app');"
        "SELECT jemput_replicate('surat', '');";
    struct fleet f;
    struct jemput_error err;

    (void)state;
    fleet_init(&f, 3, 0, schema, 33);
    fleet_sql(&f, CENTRAL, "INSERT INTO orang VALUES(1, 'Siti', 'X'), (2, 'Sitti', 'Ab')");
    fleet_sql(&f, CENTRAL, "INSERT INTO surat VALUES('s1', '2', NULL), ('s2', NULL, 'aB')");
    fleet_settle(&f, 0);
    if (try_merge(&f, CENTRAL, "orang", "1", "2", 0, NULL, &err))
        fail_msg("%s", err.text);
    fleet_expect_all(&f, "SELECT id FROM orang", "1\n");
    fleet_expect_all(&f, "SELECT * FROM surat ORDER BY id", "s1|1|~\ns2|~|X\n");
    expect_whole(&f);
    if (try_part(&f, CENTRAL, "orang", "2", &err))
        fail_msg("%s", err.text);
    fleet_expect_all(&f, "SELECT id, kode FROM orang ORDER BY id", "1|X\n2|Ab\n");
    fleet_expect_all(&f, "SELECT * FROM surat ORDER BY id", "s1|2|~\ns2|~|aB\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

static void rows_that_go_along_and_name_each_other_still_do(void **state)
{
    static const char pages[] = "SELECT surat_id, no, asal_surat, asal_no FROM lembar";
    struct fleet f;
    struct jemput_error err;

    (void)state;
    begin(&f);
    fleet_sql(&f, CENTRAL, "INSERT INTO lembar VALUES('s2', 1, NULL, NULL), ('s2', 2, 's2', 1), ('s2', 3, 's2', 2), ('s1', 4, 's2', 3)");
    fleet_settle(&f, 0);
    assert_int_equal(try_merge(&f, CENTRAL, "surat", "s1", "s2", 0, NULL, &err), JEMPUT_OK);
    fleet_expect_all(&f, pages, "s1|1|~|~\ns1|2|s1|1\ns1|3|s1|2\ns1|4|s1|3\n");
    expect_whole(&f);
    fleet_sql(&f, A, "UPDATE lembar SET asal_surat = NULL, asal_no = NULL WHERE no = 3"); /* what was made so is another by now: it stays */
    fleet_settle(&f, 0);
    assert_int_equal(try_part(&f, CENTRAL, "surat", "s2", &err), JEMPUT_OK);
    fleet_expect_all(&f, pages, "s1|3|~|~\ns1|4|s2|3\ns2|1|~|~\ns2|2|s2|1\ns2|3|s2|2\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

static void what_cannot_be_made_one_is_refused_and_nothing_is_done(void **state)
{
    struct fleet f;
    struct jemput_error err;
    struct jemput_datum key = fleet_text("p1"), other = fleet_text("p2");
    struct jemput_choice back = { .table = "orang", .key = &other, .key_count = 1, .restore = 1, .reason = "kembali" };
    struct jemput_merging without_reason = { .table = "orang", .key_count = 1, .keep = &key, .gone = &other, .reason = "" };

    (void)state;
    begin(&f);
    assert_int_equal(try_merge(&f, CENTRAL, "orang", "p1", "p1", 0, NULL, &err), JEMPUT_MISUSE);
    assert_int_equal(try_merge(&f, CENTRAL, "orang", "p1", "p9", 0, NULL, &err), JEMPUT_NOTFOUND);
    assert_int_equal(try_merge(&f, CENTRAL, "orang", "p9", "p1", 0, NULL, &err), JEMPUT_NOTFOUND);
    assert_int_equal(try_merge(&f, CENTRAL, "orangs", "p1", "p2", 0, NULL, &err), JEMPUT_NOTFOUND);
    assert_int_equal(try_merge(&f, CENTRAL, "orang", "p3", "p2", 0, NULL, &err), JEMPUT_MISUSE); /* p3 would be its own guardian */
    assert_non_null(strstr(err.text, "wali"));
    assert_int_equal(jemput_merge_rows(f.devices[CENTRAL].jemput, &without_reason, NULL, NULL, &err), JEMPUT_MISUSE);
    assert_int_equal(try_part(&f, CENTRAL, "orang", "p1", &err), JEMPUT_MISUSE);
    assert_int_equal(try_part(&f, CENTRAL, "orang", "p9", &err), JEMPUT_NOTFOUND);
    merge(&f, CENTRAL, "p1", "p2");
    assert_int_equal(jemput_decide(f.devices[CENTRAL].jemput, &back, &err), JEMPUT_MISUSE); /* it would be carried after p1 at once */
    assert_int_equal(try_merge(&f, CENTRAL, "orang", "p1", "p2", 0, NULL, &err), JEMPUT_NOTFOUND);
    part(&f, CENTRAL, "p2");
    fleet_sql(&f, CENTRAL, "UPDATE surat SET nik = NULL, saksi_id = NULL, orang_id = NULL"); /* named by a value that the other has not */
    fleet_sql(&f, CENTRAL, "UPDATE orang SET nik = '1674990101000003', wali = NULL WHERE id = 'p3'");
    fleet_expect_all(&f, "SELECT count(*) FROM orang", "3\n");
    fleet_sql(&f, A, "UPDATE orang SET nama = 'Siti A' WHERE id = 'p2'");
    fleet_sql(&f, B, "UPDATE orang SET nama = 'Siti B' WHERE id = 'p2'");
    fleet_settle(&f, 0);
    assert_int_equal(try_merge(&f, CENTRAL, "orang", "p1", "p2", 0, NULL, &err), JEMPUT_DENIED);
    fleet_expect_all(&f, "SELECT count(*) FROM orang", "3\n");
    fleet_expect_conflicts(&f, "Siti A", "Siti B");
    fleet_release(&f);
}

static void a_held_row_may_be_the_one_that_stays(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 32);
    fleet_sql(&f, A, "INSERT INTO orang(id, nama, nik) VALUES('p1', 'Siti', '1674990101000001')");
    fleet_sql(&f, A, "INSERT INTO surat(id, orang_id) VALUES('s1', 'p1')");
    sim_env_advance(&f.devices[B].sim, 60000);
    fleet_sql(&f, B, "INSERT INTO orang(id, nama, nik, hp) VALUES('p2', 'Siti', '1674990101000001', '0812')");
    fleet_sql(&f, B, "INSERT INTO surat(id, orang_id) VALUES('s2', 'p2')");
    fleet_expect_all(&f, "SELECT id FROM orang", "p1\n"); /* p2 and its letter are held */
    merge(&f, CENTRAL, "p2", "p1");
    fleet_expect_all(&f, "SELECT id, nik, hp FROM orang", "p2|1674990101000001|0812\n");
    fleet_expect_all(&f, "SELECT id, orang_id FROM surat ORDER BY id", "s1|p2\ns2|p2\n");
    expect_whole(&f);
    fleet_release(&f);
}

static void a_held_row_may_be_the_one_that_goes_and_its_held_children_come_in(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 33);
    fleet_sql(&f, A, "INSERT INTO orang(id, nama, nik) VALUES('p1', 'Siti', '1674990101000001')");
    sim_env_advance(&f.devices[B].sim, 60000);
    fleet_sql(&f, B, "INSERT INTO orang(id, nama, nik, hp) VALUES('p2', 'Siti', '1674990101000001', '0812')");
    fleet_sql(&f, B, "INSERT INTO surat(id, orang_id) VALUES('s2', 'p2')");
    fleet_settle(&f, 0);
    merge(&f, CENTRAL, "p1", "p2");
    fleet_expect_all(&f, "SELECT id, nik, hp FROM orang", "p1|1674990101000001|0812\n");
    fleet_expect_all(&f, "SELECT id, orang_id FROM surat ORDER BY id", "s2|p1\n");
    expect_whole(&f);
    fleet_release(&f);
}

/* The office has deleted the family with its person while a tablet wrote another one, who came from it: family and person came back on that one's account.
 * She goes on in the person, who would be gone with the family, and who is there for her own sake now. */
static void a_row_that_is_there_on_the_account_of_the_one_that_goes_stays_with_those_that_it_would_go_with(void **state)
{
    static const char schema[] =
        "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, rt TEXT);"
        "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, keluarga TEXT REFERENCES keluarga(id) ON DELETE CASCADE,"
        " asal TEXT REFERENCES keluarga(id) ON DELETE SET NULL);"
        "SELECT jemput_replicate('keluarga'); SELECT jemput_replicate('orang', 'parent=keluarga:cascade');";
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, 0, schema, 38);
    fleet_sql(&f, A, "INSERT INTO keluarga VALUES('k1', '001'), ('k2', '002')");
    fleet_sql(&f, A, "INSERT INTO orang VALUES('p1', 'k1', 'k2')");
    fleet_settle(&f, 0);
    fleet_sql(&f, CENTRAL, "DELETE FROM keluarga WHERE id = 'k1'");
    fleet_sql(&f, A, "INSERT INTO orang VALUES('p2', NULL, 'k1')");
    fleet_expect_all(&f, "SELECT id, keluarga FROM orang ORDER BY id", "p1|k1\np2|~\n");
    merge(&f, CENTRAL, "p1", "p2");
    fleet_expect_all(&f, "SELECT id, keluarga FROM orang", "p1|k1\n");
    fleet_expect_all(&f, "SELECT id, rt FROM keluarga ORDER BY id", "k1|001\nk2|002\n");
    expect_whole(&f);
    fleet_release(&f);
}

/* p3 is held, since p2 has its NIK. What names that NIK names p2. */
static void what_names_a_value_that_another_row_shows_stays_with_that_when_a_held_row_goes(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 35);
    fleet_sql(&f, CENTRAL, "INSERT INTO orang(id, nama, nik) VALUES('p1', 'Siti', '1674990101000002')");
    fleet_settle(&f, 0);
    fleet_sql(&f, A, "INSERT INTO orang(id, nama, nik) VALUES('p2', 'Budi', '1674990101000001')");
    sim_env_advance(&f.devices[B].sim, 60000);
    fleet_sql(&f, B, "INSERT INTO orang(id, nama, nik) VALUES('p3', 'Sitti', '1674990101000001')");
    fleet_sql(&f, B, "INSERT INTO surat VALUES('s1', 'p3', NULL, '1674990101000001')");
    fleet_expect_all(&f, "SELECT id FROM orang ORDER BY id", "p1\np2\n");
    merge(&f, CENTRAL, "p1", "p3");
    fleet_expect_all(&f, "SELECT * FROM surat", "s1|p1|~|1674990101000001\n");
    fleet_expect_all(&f, "SELECT id, nik FROM orang ORDER BY id", "p1|1674990101000002\np2|1674990101000001\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

/* The same, and the row that stays has no NIK: it does not take the one that is p2's, which would be put out of the table by it. */
static void a_value_that_a_third_row_shows_is_not_taken_over(void **state)
{
    struct fleet f;
    struct jemput_error err;
    char moves[4096] = "";

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 36);
    fleet_sql(&f, CENTRAL, "INSERT INTO orang(id, nama) VALUES('p1', 'Siti')");
    fleet_settle(&f, 0);
    fleet_sql(&f, A, "INSERT INTO orang(id, nama, nik) VALUES('p2', 'Budi', '1674990101000001')");
    sim_env_advance(&f.devices[B].sim, 60000);
    fleet_sql(&f, B, "INSERT INTO orang(id, nama, nik, hp) VALUES('p3', 'Sitti', '1674990101000001', '0899')");
    fleet_settle(&f, 0);
    assert_int_equal(try_merge(&f, CENTRAL, "orang", "p1", "p3", 0, moves, &err), JEMPUT_OK);
    assert_string_equal(moves, "5 orang p1 nama\n5 orang p1 nik\n1 orang p1 hp\n"); /* it is told that it stays in the history */
    fleet_expect_all(&f, "SELECT id, nik, hp FROM orang ORDER BY id", "p1|~|0899\np2|1674990101000001|~\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

static void a_conflict_about_whom_a_child_names_stays_open(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, A, "UPDATE surat SET orang_id = 'p3' WHERE id = 's1'");
    sim_env_advance(&f.devices[B].sim, 60000);
    fleet_sql(&f, B, "UPDATE surat SET orang_id = 'p2' WHERE id = 's1'");
    fleet_expect_all(&f, "SELECT orang_id FROM surat WHERE id = 's1'", "p2\n");
    merge(&f, CENTRAL, "p1", "p2");
    fleet_expect_all(&f, "SELECT orang_id FROM surat WHERE id = 's1'", "p1\n");
    fleet_expect_conflicts(&f, "surat s1 orang_id: p1*@", " p3@");
    expect_whole(&f);
    fleet_release(&f);
}

static void a_row_that_names_itself_leaves_the_one_that_stays_without_and_what_is_made_anew_names_itself_again(void **state)
{
    char moves[2048] = "";
    struct jemput_error err;
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, CENTRAL, "UPDATE orang SET wali = 'p2' WHERE id = 'p2'"); /* its own guardian */
    assert_int_equal(try_merge(&f, CENTRAL, "orang", "p1", "p2", 0, moves, &err), JEMPUT_OK);
    assert_non_null(strstr(moves, "5 orang p1 wali\n"));
    fleet_expect_all(&f, "SELECT id, wali FROM orang ORDER BY id", "p1|~\np3|p1\n");
    fleet_sql(&f, CENTRAL, "INSERT INTO lembar VALUES('s2', 1, 's2', 1), ('s2', 2, 's2', 1)");
    assert_int_equal(try_merge(&f, CENTRAL, "surat", "s1", "s2", 0, NULL, &err), JEMPUT_OK);
    fleet_expect_all(&f, "SELECT * FROM lembar ORDER BY no", "s1|1|s1|1\ns1|2|s1|1\n");
    fleet_expect_conflicts(&f, NULL, NULL);
    expect_whole(&f);
    fleet_release(&f);
}

/* --- the history --- */

struct seen {
    unsigned edits;
    char last_op, successor[16], note[64];
};

static int edit_see(void *ctx, const struct jemput_edit *edit)
{
    struct seen *seen = ctx;

    seen->edits++;
    seen->last_op = edit->op;
    snprintf(seen->note, sizeof seen->note, "%s", edit->note);
    seen->successor[0] = '\0';
    if (edit->successor_count)
        snprintf(seen->successor, sizeof seen->successor, "%.*s", (int)edit->successor[0].len, (const char *)edit->successor[0].data);
    return 0;
}

static void the_history_tells_where_the_row_goes_on_and_why(void **state)
{
    struct fleet f;
    struct jemput_datum key = fleet_text("p2");
    struct jemput_error err;

    (void)state;
    begin(&f);
    merge(&f, CENTRAL, "p1", "p2");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        struct seen seen = { 0 };

        assert_int_equal(jemput_history(f.devices[i].jemput, "orang", &key, 1, edit_see, &seen, &err), JEMPUT_OK);
        assert_int_equal(seen.edits, 3); /* made, counted down, deleted */
        assert_int_equal(seen.last_op, 'D');
        assert_string_equal(seen.successor, "p1");
        assert_string_equal(seen.note, "orang yang sama");
    }
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_row_that_stays_gets_what_it_lacks_and_all_references),
        cmocka_unit_test(a_look_tells_what_would_be_done_and_does_nothing),
        cmocka_unit_test(rows_that_are_keyed_by_the_one_that_goes_go_on_under_the_one_that_stays),
        cmocka_unit_test(a_reference_that_names_the_row_in_other_words_goes_along),
        cmocka_unit_test(rows_that_go_along_and_name_each_other_still_do),
        cmocka_unit_test(what_cannot_be_made_one_is_refused_and_nothing_is_done),
        cmocka_unit_test(a_held_row_may_be_the_one_that_stays),
        cmocka_unit_test(a_held_row_may_be_the_one_that_goes_and_its_held_children_come_in),
        cmocka_unit_test(a_row_that_is_there_on_the_account_of_the_one_that_goes_stays_with_those_that_it_would_go_with),
        cmocka_unit_test(what_names_a_value_that_another_row_shows_stays_with_that_when_a_held_row_goes),
        cmocka_unit_test(a_value_that_a_third_row_shows_is_not_taken_over),
        cmocka_unit_test(a_conflict_about_whom_a_child_names_stays_open),
        cmocka_unit_test(a_row_that_names_itself_leaves_the_one_that_stays_without_and_what_is_made_anew_names_itself_again),
        cmocka_unit_test(the_history_tells_where_the_row_goes_on_and_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
