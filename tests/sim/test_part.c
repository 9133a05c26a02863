/* Two rows that were made one are two again: what still stands as it was given comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "two_rows.h"

/* --- two again --- */

static void undoing_gives_back_what_still_stands_and_leaves_what_was_written_since(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    merge(&f, CENTRAL, "p1", "p2");
    fleet_expect_all(&f, PERSONS, MERGED);
    part(&f, CENTRAL, "p2");
    fleet_expect_all(&f, "SELECT id, nama, nik, hp, alamat, rt, kunjungan, wali FROM orang ORDER BY id",
                      "p1|Siti|~|0811|~|~|3|~\np2|Sitti|1674990101000001|0899|Jl. A|001|4|~\np3|Anak|~|~|~|~|0|p2\n");
    fleet_expect_all(&f, "SELECT id, dicetak FROM orang ORDER BY id", "p1|2025-01-02\np2|2025-01-02\np3|~\n"); /* facts stay */
    fleet_expect_all(&f, "SELECT * FROM surat ORDER BY id", "s1|p1|p3|~\ns2|p2|p2|1674990101000001\n");
    fleet_expect_conflicts(&f, NULL, NULL);
    expect_whole(&f);
    fleet_sql(&f, A, "UPDATE orang SET hp = '0866' WHERE id = 'p2'"); /* it goes on in none any more */
    fleet_expect_all(&f, "SELECT id, hp FROM orang ORDER BY id", "p1|0811\np2|0866\np3|~\n");
    expect_rest(&f);

    merge(&f, A, "p1", "p2"); /* and once more */
    fleet_settle(&f, 0);
    fleet_sql(&f, B, "UPDATE orang SET alamat = 'Jl. Z' WHERE id = 'p1'");
    fleet_sql(&f, B, "UPDATE surat SET orang_id = 'p3' WHERE id = 's2'");
    fleet_settle(&f, 0);
    part(&f, B, "p2");
    fleet_expect_all(&f, "SELECT id, nik, alamat, rt, kunjungan, wali FROM orang ORDER BY id",
                      "p1|~|Jl. Z|~|3|~\np2|1674990101000001|Jl. A|001|4|~\np3|~|~|~|0|p2\n");
    fleet_expect_all(&f, "SELECT * FROM surat ORDER BY id", "s1|p1|p3|~\ns2|p3|p2|1674990101000001\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

static void undoing_gives_back_what_came_late(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    merge(&f, CENTRAL, "p1", "p2");
    fleet_sql(&f, A, "UPDATE orang SET hp = '0866', kunjungan = kunjungan + 1 WHERE id = 'p2'");
    fleet_sql(&f, A, "INSERT INTO surat(id, orang_id) VALUES('s3', 'p2')");
    fleet_settle(&f, 0);
    part(&f, CENTRAL, "p2");
    fleet_expect_all(&f, "SELECT id, hp, kunjungan FROM orang ORDER BY id", "p1|0811|3\np2|0866|5\np3|~|0\n");
    fleet_expect_all(&f, "SELECT id, orang_id FROM surat ORDER BY id", "s1|p1\ns2|p2\ns3|p2\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

/* Of three rows that are one by now, one is a row again: what was carried after from the other stays, though both wrote at the same time. */
static void undoing_leaves_what_came_late_to_a_row_that_stays_one(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, CENTRAL, "UPDATE orang SET wali = NULL");
    fleet_sql(&f, CENTRAL, "INSERT INTO orang(id, nama, hp) VALUES('p4', 'Siti', '0811')");
    fleet_settle(&f, 0);
    merge(&f, CENTRAL, "p1", "p2");
    merge(&f, CENTRAL, "p1", "p4");
    fleet_sql(&f, A, "UPDATE orang SET hp = '0866' WHERE id = 'p2'");
    fleet_sql(&f, A, "UPDATE orang SET wali = 'p3' WHERE id = 'p4'");
    fleet_settle(&f, 0);
    fleet_expect_all(&f, "SELECT id, hp, wali FROM orang ORDER BY id", "p1|0866|p3\np3|~|~\n");
    part(&f, CENTRAL, "p2");
    fleet_expect_all(&f, "SELECT id, hp, wali FROM orang ORDER BY id", "p1|0811|p3\np2|0866|~\np3|~|~\n");
    expect_whole(&f);
    expect_rest(&f);
    part(&f, CENTRAL, "p4");
    fleet_expect_all(&f, "SELECT id, hp, wali FROM orang ORDER BY id", "p1|0811|~\np2|0866|~\np3|~|~\np4|0811|p3\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

/* A letter's requirement, and its copies: written to, and made, by somebody who had not heard that the letter went on in another. */
static void undoing_gives_back_what_came_late_to_rows_that_went_along(void **state)
{
    struct fleet f;
    struct jemput_error err;

    (void)state;
    begin(&f);
    fleet_sql(&f, CENTRAL, "INSERT INTO syarat VALUES('s1', 'KK', 'fotokopi', 0), ('s2', 'KK', 'fotokopi', 1)");
    fleet_settle(&f, 0);
    assert_int_equal(try_merge(&f, CENTRAL, "surat", "s1", "s2", 0, NULL, &err), JEMPUT_OK);
    fleet_sql(&f, A, "UPDATE syarat SET ket = 'asli', lembar = lembar + 2 WHERE surat_id = 's2'");
    fleet_sql(&f, A, "INSERT INTO syarat VALUES('s2', 'AKTA', 'asli', 1)");
    fleet_settle(&f, 0);
    fleet_expect_all(&f, "SELECT * FROM syarat ORDER BY 1, 2", "s1|AKTA|asli|1\ns1|KK|asli|3\n");
    assert_int_equal(try_part(&f, CENTRAL, "surat", "s2", &err), JEMPUT_OK);
    fleet_expect_all(&f, "SELECT * FROM syarat ORDER BY 1, 2", "s1|KK|fotokopi|0\ns2|AKTA|asli|1\ns2|KK|asli|3\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

/* What was carried after of another merge, before, is no part of this one, though it wrote to the row that stays. */
static void undoing_leaves_what_another_merge_carried_into_the_row_that_stays(void **state)
{
    struct fleet f;
    struct jemput_error err;

    (void)state;
    begin(&f);
    merge(&f, CENTRAL, "p1", "p2");
    fleet_sql(&f, A, "UPDATE surat SET saksi_id = 'p2' WHERE id = 's1'");
    fleet_settle(&f, 0);
    fleet_expect_all(&f, "SELECT id, saksi_id FROM surat ORDER BY id", "s1|p1\ns2|p1\n");
    assert_int_equal(try_merge(&f, CENTRAL, "surat", "s1", "s2", 0, NULL, &err), JEMPUT_OK);
    assert_int_equal(try_part(&f, CENTRAL, "surat", "s2", &err), JEMPUT_OK);
    fleet_expect(&f, CENTRAL, "SELECT id, saksi_id FROM surat ORDER BY id", "s1|p1\ns2|p1\n"); /* a sync would carry it after once more */
    fleet_expect_all(&f, "SELECT id, saksi_id FROM surat ORDER BY id", "s1|p1\ns2|p1\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

/* What came late to a row that goes on in a row that goes on itself is written to the end of the chain. */
static void undoing_leaves_what_came_late_along_a_chain(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, CENTRAL, "UPDATE orang SET wali = NULL");
    fleet_sql(&f, CENTRAL, "INSERT INTO orang(id, nama) VALUES('p4', 'Siti')");
    fleet_settle(&f, 0);
    merge(&f, CENTRAL, "p2", "p3");
    merge(&f, CENTRAL, "p1", "p2");
    merge(&f, CENTRAL, "p1", "p4");
    fleet_sql(&f, A, "UPDATE orang SET hp = '0866' WHERE id = 'p3'");
    fleet_sql(&f, A, "UPDATE orang SET alamat = 'Jl. X' WHERE id = 'p4'");
    fleet_settle(&f, 0);
    fleet_expect_all(&f, "SELECT id, hp, alamat FROM orang ORDER BY id", "p1|0866|Jl. X\n");
    part(&f, CENTRAL, "p4");
    fleet_expect(&f, CENTRAL, "SELECT id, hp, alamat FROM orang ORDER BY id", "p1|0866|Jl. A\np4|~|Jl. X\n");
    expect_whole(&f);
    fleet_settle(&f, 0);
    expect_rest(&f);
    fleet_release(&f);
}

static void undoing_leaves_what_came_late_from_many_at_once_to_a_row_that_stays_one(void **state)
{
    struct fleet f;
    char *conflicts;

    (void)state;
    fleet_init(&f, 8, 0, SCHEMA, 37);
    fleet_sql(&f, CENTRAL, "INSERT INTO orang(id, nama) VALUES('p1', 'Siti'), ('p2', 'Siti'), ('p4', 'Siti')");
    fleet_settle(&f, 0);
    merge(&f, CENTRAL, "p1", "p2");
    merge(&f, CENTRAL, "p1", "p4");
    for (unsigned i = 1; i < f.count; i++)
        fleet_sql(&f, i, "UPDATE orang SET hp = '081%u' WHERE id = 'p2'", i);
    fleet_sql(&f, A, "UPDATE orang SET alamat = 'Jl. X' WHERE id = 'p4'");
    for (unsigned i = 1; i < f.count; i++)
        fleet_sync(&f, i, 0);
    fleet_sync(&f, CENTRAL, 0);
    part(&f, CENTRAL, "p4");
    fleet_expect(&f, CENTRAL, "SELECT id, alamat FROM orang ORDER BY id", "p1|~\np4|Jl. X\n");
    conflicts = fleet_conflicts(&f, CENTRAL);
    for (unsigned i = 1; i < f.count; i++) {
        char hp[24];

        snprintf(hp, sizeof hp, " 081%u", i);
        assert_non_null(strstr(conflicts, hp));
    }
    free(conflicts);
    expect_whole(&f);
    fleet_settle(&f, 0);
    expect_rest(&f);
    fleet_release(&f);
}

static void merges_are_undone_the_last_one_first(void **state)
{
    struct fleet f;
    struct jemput_error err;

    (void)state;
    begin(&f);
    fleet_sql(&f, CENTRAL, "UPDATE orang SET wali = NULL");
    merge(&f, CENTRAL, "p1", "p2");
    merge(&f, CENTRAL, "p3", "p1");
    assert_int_equal(try_part(&f, CENTRAL, "orang", "p2", &err), JEMPUT_MISUSE);
    part(&f, CENTRAL, "p1");
    part(&f, CENTRAL, "p2");
    fleet_expect_all(&f, "SELECT id, nik, kunjungan FROM orang ORDER BY id", "p1|~|3\np2|1674990101000001|4\np3|~|0\n");
    fleet_expect_all(&f, "SELECT * FROM surat ORDER BY id", "s1|p1|p3|~\ns2|p2|p2|1674990101000001\n");
    expect_whole(&f);
    fleet_release(&f);
}

static void two_rows_that_two_people_made_one_are_two_again_as_they_were(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    merge(&f, A, "p1", "p2");
    merge(&f, B, "p1", "p2");
    fleet_expect_all(&f, PERSONS, MERGED);
    part(&f, CENTRAL, "p2");
    fleet_expect_all(&f, "SELECT id, nama, nik, hp, alamat, rt, kunjungan, wali FROM orang ORDER BY id",
                     "p1|Siti|~|0811|~|~|3|~\np2|Sitti|1674990101000001|0899|Jl. A|001|4|~\np3|Anak|~|~|~|~|0|p2\n");
    fleet_expect_all(&f, "SELECT * FROM surat ORDER BY id", "s1|p1|p3|~\ns2|p2|p2|1674990101000001\n");
    fleet_expect_conflicts(&f, NULL, NULL);
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

/* A child that went along is there again by what two officers wrote, who do not agree: parting its parent would close that. */
static void what_went_along_and_is_in_open_conflict_by_now_is_decided_first(void **state)
{
    static const char schema[] =
        "CREATE TABLE surat(id TEXT PRIMARY KEY NOT NULL);"
        "CREATE TABLE syarat(surat_id TEXT NOT NULL REFERENCES surat(id), kode TEXT NOT NULL, ket TEXT, PRIMARY KEY(surat_id, kode)) WITHOUT ROWID;"
        "SELECT jemput_replicate('surat', '');"
        "SELECT jemput_replicate('syarat', 'identity=ket');";
    struct fleet f;
    struct jemput_error err;

    (void)state;
    fleet_init(&f, 4, -1, schema, 42);
    fleet_sql(&f, CENTRAL, "INSERT INTO surat VALUES('s1'), ('s2')");
    fleet_sql(&f, CENTRAL, "INSERT INTO syarat VALUES('s2', 'KK', 'ada')");
    fleet_settle(&f, 0);
    assert_int_equal(try_merge(&f, A, "surat", "s1", "s2", 0, NULL, &err), JEMPUT_OK);
    fleet_sql(&f, B, "UPDATE syarat SET ket = 'hilang'");
    fleet_sql(&f, 3, "UPDATE syarat SET ket = 'menyusul'");
    fleet_sync(&f, B, 1);
    fleet_sync(&f, 3, 1);
    fleet_sync(&f, A, 1);
    assert_int_equal(try_part(&f, A, "surat", "s2", &err), JEMPUT_DENIED);
    fleet_expect_all(&f, "SELECT surat_id, kode FROM syarat", "s1|KK\n"); /* nothing was done: it is carried after */
    fleet_expect_conflicts(&f, "hilang", "menyusul");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undoing_gives_back_what_still_stands_and_leaves_what_was_written_since),
        cmocka_unit_test(undoing_gives_back_what_came_late),
        cmocka_unit_test(undoing_leaves_what_came_late_to_a_row_that_stays_one),
        cmocka_unit_test(undoing_gives_back_what_came_late_to_rows_that_went_along),
        cmocka_unit_test(undoing_leaves_what_another_merge_carried_into_the_row_that_stays),
        cmocka_unit_test(undoing_leaves_what_came_late_along_a_chain),
        cmocka_unit_test(undoing_leaves_what_came_late_from_many_at_once_to_a_row_that_stays_one),
        cmocka_unit_test(merges_are_undone_the_last_one_first),
        cmocka_unit_test(two_rows_that_two_people_made_one_are_two_again_as_they_were),
        cmocka_unit_test(what_went_along_and_is_in_open_conflict_by_now_is_decided_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
