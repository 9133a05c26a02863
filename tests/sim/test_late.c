/* What others write to a row that has gone on in another reaches that one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "two_rows.h"

/* The same with rows that go with their parent, or are held, when that is deleted meanwhile. */
static const char SCHEMA_ORPHANS[] =
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nama TEXT NOT NULL, hp TEXT);"
    "CREATE TABLE surat(id TEXT PRIMARY KEY NOT NULL, orang_id TEXT REFERENCES orang(id), saksi_id TEXT REFERENCES orang(id));"
    "SELECT jemput_replicate('orang');"
    "SELECT jemput_replicate('surat', 'parent=orang_id:cascade;parent=saksi_id:hold');";

/* --- late writes --- */

static void a_late_write_to_the_row_that_is_gone_reaches_the_one_that_stays(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    merge(&f, CENTRAL, "p1", "p2");
    fleet_sql(&f, A, "UPDATE orang SET alamat = 'Jl. B', kunjungan = kunjungan + 2 WHERE id = 'p2'");
    fleet_sql(&f, A, "INSERT INTO surat(id, orang_id) VALUES('s3', 'p2')");
    fleet_sync(&f, A, 0);
    fleet_sql(&f, A, "UPDATE orang SET rt = '009' WHERE id = 'p2'"); /* it is still there for A, which has heard of the merge by now */
    fleet_expect_all(&f, "SELECT id, nama, hp, alamat, rt, kunjungan FROM orang ORDER BY id", "p1|Siti|0811|Jl. B|009|9\np3|Anak|~|~|~|0\n");
    fleet_expect_all(&f, "SELECT id, orang_id FROM surat ORDER BY id", "s1|p1\ns2|p1\ns3|p1\n");
    fleet_expect_conflicts(&f, "orang p1 alamat,rt: Jl. A,001@", "Jl. B,009*@"); /* filled in by the merge, which A had not seen */
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

/* Each month somebody finds that last month's row is another's: for years. */
static void a_late_write_goes_to_the_end_of_however_long_a_chain(void **state)
{
    enum { LINKS = 70 };
    struct fleet f;

    (void)state;
    begin(&f);
    for (int i = 0; i <= LINKS; i++) {
        char sql[100];

        snprintf(sql, sizeof sql, "INSERT INTO orang(id, nama) VALUES('q%d', 'Budi')", i);
        fleet_sql(&f, CENTRAL, "%s", sql);
    }
    fleet_settle(&f, 0);
    for (int i = 0; i < LINKS; i++) {
        char keep[16], gone[16];

        snprintf(keep, sizeof keep, "q%d", i + 1);
        snprintf(gone, sizeof gone, "q%d", i);
        merge(&f, CENTRAL, keep, gone);
    }
    fleet_sql(&f, A, "UPDATE orang SET hp = '0866' WHERE id = 'q0'");
    fleet_expect_all(&f, "SELECT id, hp FROM orang WHERE id GLOB 'q*'", "q70|0866\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

static void a_late_write_is_a_conflict_where_both_have_changed_and_none_where_only_one_has(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, CENTRAL, "UPDATE orang SET hp = '0855' WHERE id = 'p1'");
    merge(&f, CENTRAL, "p1", "p2");
    fleet_sql(&f, A, "UPDATE orang SET hp = '0866', nama = 'Sitti Aminah' WHERE id = 'p2'");
    fleet_expect_all(&f, "SELECT id, hp, nama FROM orang ORDER BY id", "p1|0866|Sitti Aminah\np3|~|Anak\n");
    fleet_expect_conflicts(&f, "orang p1 hp: 0855@", "0866*@");           /* A had not seen 0855 */
    fleet_expect_conflicts(&f, "orang p1 nama: Siti@", "Sitti Aminah*@"); /* of identity: a person decides, whatever A had seen */
    fleet_sql(&f, B, "UPDATE orang SET hp = '0877' WHERE id = 'p1'");
    fleet_expect_all(&f, "SELECT hp FROM orang WHERE id = 'p1'", "0877\n");
    expect_whole(&f);
    fleet_release(&f);
    begin(&f);
    merge(&f, CENTRAL, "p1", "p2");
    fleet_sql(&f, A, "UPDATE orang SET hp = '0866' WHERE id = 'p2'"); /* A had seen what p1 has */
    fleet_expect_all(&f, "SELECT hp FROM orang WHERE id = 'p1'", "0866\n");
    fleet_expect_conflicts(&f, NULL, NULL);
    expect_whole(&f);
    fleet_release(&f);
}

static void two_late_writes_at_once_are_both_kept(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    merge(&f, CENTRAL, "p1", "p2");
    fleet_sql(&f, A, "UPDATE orang SET alamat = 'Jl. B' WHERE id = 'p2'");
    fleet_sql(&f, B, "UPDATE orang SET alamat = 'Jl. C' WHERE id = 'p2'");
    fleet_sync(&f, A, 0);
    fleet_sync(&f, B, 0);
    fleet_expect_all(&f, "SELECT id FROM orang ORDER BY id", "p1\np3\n");
    fleet_expect_conflicts(&f, "Jl. A,001", "Jl. B,001");
    fleet_expect_conflicts(&f, "Jl. B,001", "Jl. C,001");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

static void however_many_write_at_once_to_a_row_that_is_gone_all_of_it_is_kept(void **state)
{
    struct fleet f;
    char *conflicts;

    (void)state;
    fleet_init(&f, 8, 0, SCHEMA, 37);
    fleet_sql(&f, CENTRAL, "INSERT INTO orang(id, nama) VALUES('p1', 'Siti'), ('p2', 'Sitti')");
    fleet_settle(&f, 0);
    merge(&f, CENTRAL, "p1", "p2");
    for (unsigned i = 1; i < f.count; i++)
        fleet_sql(&f, i, "UPDATE orang SET hp = '081%u', nama = 'Siti %u' WHERE id = 'p2'", i, i);
    for (unsigned i = 1; i < f.count; i++)
        fleet_sync(&f, i, 0);
    fleet_sync(&f, CENTRAL, 0);
    fleet_expect_all(&f, "SELECT id FROM orang", "p1\n");
    conflicts = fleet_conflicts(&f, A);
    for (unsigned i = 1; i < f.count; i++) {
        char hp[24], nama[24];

        snprintf(hp, sizeof hp, " 081%u", i);
        snprintf(nama, sizeof nama, " Siti %u", i);
        assert_non_null(strstr(conflicts, hp));
        assert_non_null(strstr(conflicts, nama));
    }
    assert_non_null(strstr(conflicts, " Siti@"));
    free(conflicts);
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

static void a_row_that_is_inserted_again_brings_only_what_is_news(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    merge(&f, CENTRAL, "p1", "p2");
    fleet_settle(&f, 0);
    fleet_sql(&f, A, "UPDATE orang SET alamat = NULL, rt = NULL, nama = 'Siti Aminah' WHERE id = 'p1'");
    fleet_settle(&f, 0);
    fleet_sql(&f, B, "INSERT INTO orang VALUES('p2', 'Sitti', NULL, '0899', 'Jl. A', '001', 0, '2025-01-02', NULL)"); /* a file imported once more */
    fleet_expect_all(&f, "SELECT id, nama, nik, hp, alamat, rt, kunjungan FROM orang ORDER BY id",
                      "p1|Siti Aminah|1674990101000001|0811|~|~|7\np3|Anak|~|~|~|~|0\n");
    fleet_expect_conflicts(&f, NULL, NULL);
    fleet_sql(&f, A, "INSERT INTO orang(id, nama, hp, alamat, rt) VALUES('p2', 'Sitti', NULL, 'Jl. Baru', '001')");
    fleet_expect_all(&f, "SELECT id, nama, nik, hp, alamat, rt FROM orang ORDER BY id",
                      "p1|Siti Aminah|1674990101000001|0811|Jl. Baru|001\np3|Anak|~|~|~|~\n");
    fleet_expect_conflicts(&f, "orang p1 alamat,rt: Jl. Baru,001*@", "~,~@");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

struct receipt_steps { /* how often a sync asks whether it may go on, once all is fetched */
    unsigned count, stop_at; /* 0 = it always may */
};

static int receipt_step(void *ctx, const struct jemput_progress *p)
{
    struct receipt_steps *s = ctx;

    return p->phase == JEMPUT_PHASE_RECEIPT && ++s->count == s->stop_at;
}

static void rows_made_again(struct fleet *f, int rows)
{
    begin(f);
    for (int i = 0; i < rows; i++) {
        char keep[16], gone[16];

        snprintf(keep, sizeof keep, "k%d", i);
        snprintf(gone, sizeof gone, "g%d", i);
        fleet_sql(f, CENTRAL, "INSERT INTO orang(id, nama, hp) VALUES('%s', 'Budi', '1'), ('%s', 'Budi', '2')", keep, gone);
        merge(f, CENTRAL, keep, gone);
    }
    fleet_settle(f, 0);
    for (int i = 0; i < rows; i++)
        fleet_sql(f, A, "INSERT INTO orang(id, nama, hp) VALUES('g%d', 'Budi', '%d')", i, i % 2 + 2); /* '2' is what it said before */
    fleet_sync(f, A, 0);
}

static unsigned steps_to_carry(int rows)
{
    struct receipt_steps steps = { 0 };
    struct jemput_sync_options options = { .progress = receipt_step, .ctx = &steps };
    struct jemput_sync_report report;
    struct jemput_error err;
    struct fleet f;

    rows_made_again(&f, rows);
    options.hub = fleet_hub(&f, 0);
    assert_int_equal(jemput_sync(f.devices[CENTRAL].jemput, &options, &report, &err), JEMPUT_OK);
    fleet_expect(&f, CENTRAL, "SELECT count(*) FROM orang WHERE id GLOB 'g*'", "0\n");
    fleet_release(&f);
    return steps.count;
}

static void what_many_rows_have_said_before_is_read_from_the_logs_once(void **state)
{
    unsigned few = steps_to_carry(4), many = steps_to_carry(8);

    (void)state;
    assert_true(few > 4);
    if (many > 2 * few)
        fail_msg("4 rows take %u steps, and 8 take %u", few, many);
}

static void a_sync_that_carries_late_writes_after_may_be_stopped_between_any_two_rows(void **state)
{
    unsigned last = steps_to_carry(4);

    (void)state;
    for (unsigned at = 2; at < last; at += 3) {
        struct receipt_steps steps = { .stop_at = at };
        struct jemput_sync_options options = { .progress = receipt_step, .ctx = &steps };
        struct jemput_sync_report report;
        struct jemput_error err;
        struct fleet f;

        rows_made_again(&f, 4);
        options.hub = fleet_hub(&f, 0);
        assert_int_equal(jemput_sync(f.devices[CENTRAL].jemput, &options, &report, &err), JEMPUT_CANCELLED);
        fleet_expect_all(&f, "SELECT id, hp FROM orang WHERE id GLOB '[gk]*' ORDER BY id", "k0|1\nk1|3\nk2|1\nk3|3\n");
        expect_whole(&f);
        fleet_release(&f);
    }
}

static void late_children_of_a_row_with_children_of_its_own_arrive(void **state)
{
    struct fleet f;
    struct jemput_error err;

    (void)state;
    begin(&f);
    fleet_sql(&f, CENTRAL, "INSERT INTO syarat VALUES('s1', 'KK', 'ada', 1), ('s2', 'KK', 'ada', 2)");
    fleet_settle(&f, 0);
    assert_int_equal(try_merge(&f, CENTRAL, "surat", "s1", "s2", 0, NULL, &err), JEMPUT_OK);
    fleet_sql(&f, A, "UPDATE syarat SET ket = 'hilang', lembar = lembar + 1 WHERE surat_id = 's2'");
    fleet_sql(&f, A, "INSERT INTO syarat VALUES('s2', 'KTP', 'ada', 1)");
    fleet_sql(&f, A, "INSERT INTO foto VALUES('s2', 'KK', 1, 'kk'), ('s2', 'KTP', 1, 'ktp')");
    fleet_sql(&f, B, "INSERT INTO syarat VALUES('s2', 'KTP', 'menyusul', 2)");
    fleet_expect_all(&f, "SELECT id FROM surat ORDER BY id", "s1\n");
    fleet_expect_all(&f, "SELECT surat_id, kode, lembar FROM syarat", "s1|KK|4\ns1|KTP|3\n");
    fleet_expect_all(&f, "SELECT * FROM foto", "s1|KK|1|kk\ns1|KTP|1|ktp\n");
    fleet_expect_all(&f, "SELECT ket FROM syarat WHERE kode = 'KK'", "hilang\n");
    fleet_expect_conflicts(&f, "syarat s1 KTP ket: ada", "menyusul");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

static void late_writes_follow_a_chain_of_merges(void **state)
{
    struct fleet f;
    struct jemput_error err;

    (void)state;
    begin(&f);
    fleet_sql(&f, CENTRAL, "UPDATE orang SET wali = NULL");
    fleet_settle(&f, 0);
    merge(&f, CENTRAL, "p1", "p2");
    merge(&f, CENTRAL, "p3", "p1");
    fleet_sql(&f, A, "UPDATE orang SET hp = '0866' WHERE id = 'p2'");
    fleet_sql(&f, B, "INSERT INTO surat(id, orang_id) VALUES('s3', 'p1')");
    fleet_expect_all(&f, "SELECT id, nama, hp FROM orang", "p3|Anak|0866\n");
    fleet_expect_all(&f, "SELECT id, orang_id FROM surat ORDER BY id", "s1|p3\ns2|p3\ns3|p3\n");
    expect_whole(&f);
    expect_rest(&f);
    assert_int_equal(try_part(&f, CENTRAL, "orang", "p2", &err), JEMPUT_MISUSE); /* it goes on in p1 still, though its late writes went further */
    fleet_release(&f);
}

static void where_the_row_that_stays_is_gone_a_late_write_keeps_its_row(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    merge(&f, CENTRAL, "p1", "p2");
    fleet_sql(&f, CENTRAL, "UPDATE surat SET orang_id = NULL, saksi_id = NULL, nik = NULL");
    fleet_sql(&f, CENTRAL, "UPDATE orang SET wali = NULL");
    fleet_sql(&f, CENTRAL, "DELETE FROM orang WHERE id = 'p1'");
    fleet_sql(&f, A, "UPDATE orang SET hp = '0866' WHERE id = 'p2'");
    fleet_expect_all(&f, "SELECT id, nama, hp FROM orang ORDER BY id", "p2|Sitti|0866\np3|Anak|~\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

static void two_rows_that_went_on_in_each_other_are_one_row_in_the_end(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 34);
    fleet_sql(&f, CENTRAL, "INSERT INTO orang(id, nama) VALUES('p1', 'Siti'), ('p2', 'Sitti')");
    fleet_settle(&f, 0);
    merge(&f, A, "p1", "p2");
    merge(&f, B, "p2", "p1");
    fleet_expect_all(&f, "SELECT id, nama FROM orang", "p1|Siti\n");
    fleet_expect_conflicts(&f, NULL, NULL);
    expect_whole(&f);
    fleet_sql(&f, A, "INSERT INTO surat(id, orang_id) VALUES('s1', 'p1')");
    fleet_expect_all(&f, "SELECT orang_id FROM surat", "p1\n");
    expect_rest(&f);
    fleet_release(&f);
    begin(&f); /* the same of rows that are written to by it, so that neither is gone */
    fleet_sql(&f, CENTRAL, "UPDATE orang SET wali = NULL");
    fleet_settle(&f, 0);
    merge(&f, A, "p1", "p2");
    merge(&f, B, "p2", "p1");
    fleet_expect_all(&f, "SELECT count(*) FROM orang WHERE id IN ('p1', 'p2')", "1\n");
    fleet_expect_all(&f, "SELECT count(*) FROM surat JOIN orang ON orang.id = orang_id", "2\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

/* Without a central each log comes by itself: that a row has gone on in another is heard before the row is. */
static void a_merge_of_a_row_that_has_not_come_waits_for_it(void **state)
{
    struct fleet f;
    char *held;

    (void)state;
    fleet_init(&f, 3, -1, SCHEMA, 38);
    fleet_sql(&f, CENTRAL, "INSERT INTO orang(id, nama) VALUES('p1', 'Siti')");
    fleet_settle(&f, 0);
    fleet_sql(&f, A, "INSERT INTO orang(id, nama, hp) VALUES('p2', 'Sitti', '0899')");
    fleet_sync(&f, A, 0);
    fleet_sync(&f, B, 0);
    merge(&f, B, "p1", "p2");
    fleet_sql(&f, A, "UPDATE orang SET hp = '0866' WHERE id = 'p2'"); /* late */
    fleet_sync(&f, B, 1);
    fleet_sync(&f, CENTRAL, 1);
    fleet_expect(&f, CENTRAL, "SELECT id, hp FROM orang", "p1|0899\n");
    held = fleet_held(&f, CENTRAL);
    assert_string_equal(held, "");
    free(held);
    fleet_expect_all(&f, "SELECT id, hp FROM orang", "p1|0866\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

/* The same, and the rows went on in each other: that can be told only when both have come. */
static void a_circle_of_rows_that_have_not_come_is_opened_when_they_have(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 4, -1, SCHEMA, 39);
    fleet_sql(&f, A, "INSERT INTO orang(id, nama) VALUES('p1', 'Siti'), ('p2', 'Sitti')");
    for (unsigned i = A; i < f.count; i++)
        fleet_sync(&f, i, 0);
    merge(&f, B, "p1", "p2");
    merge(&f, 3, "p2", "p1");
    fleet_sync(&f, B, 1);
    fleet_sync(&f, 3, 1);
    fleet_sync(&f, CENTRAL, 1);
    fleet_expect(&f, CENTRAL, "SELECT id FROM orang", "");
    fleet_expect_all(&f, "SELECT count(*) FROM orang", "1\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

/* As many rows go on in others as before, and still they are others. */
static void a_circle_is_found_whatever_was_merged_and_parted_before(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 40);
    fleet_sql(&f, CENTRAL, "INSERT INTO orang(id, nama) VALUES('p1', 'Siti'), ('p2', 'Sitti'), ('p3', 'Budi'), ('p4', 'Budhi')");
    merge(&f, CENTRAL, "p1", "p2");
    merge(&f, CENTRAL, "p3", "p4");
    fleet_settle(&f, 0);
    part(&f, CENTRAL, "p2");
    part(&f, CENTRAL, "p4");
    fleet_settle(&f, 0);
    merge(&f, A, "p1", "p2");
    merge(&f, B, "p2", "p1");
    fleet_expect_all(&f, "SELECT id FROM orang ORDER BY id", "p1\np3\np4\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

static void two_people_who_make_the_same_two_rows_one_count_once(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    merge(&f, A, "p1", "p2");
    merge(&f, B, "p1", "p2");
    fleet_expect_all(&f, PERSONS, MERGED);
    fleet_expect_all(&f, "SELECT * FROM surat ORDER BY id", "s1|p1|p3|~\ns2|p1|p1|1674990101000001\n");
    fleet_expect_conflicts(&f, NULL, NULL);
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

static void without_a_central_the_first_administrator_carries_late_writes_after(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, -1, SCHEMA, 35);
    fleet_sql(&f, CENTRAL, "INSERT INTO orang(id, nama, hp) VALUES('p1', 'Siti', '0811'), ('p2', 'Sitti', '0899')");
    fleet_settle(&f, 0);
    merge(&f, A, "p1", "p2");
    fleet_sql(&f, B, "UPDATE orang SET hp = '0866' WHERE id = 'p2'");
    fleet_expect_all(&f, "SELECT id, hp FROM orang", "p1|0866\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

static void late_children_arrive_whatever_is_declared_of_orphans(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA_ORPHANS, 36);
    fleet_sql(&f, CENTRAL, "INSERT INTO orang(id, nama) VALUES('p1', 'Siti'), ('p2', 'Sitti')");
    fleet_settle(&f, 0);
    merge(&f, CENTRAL, "p1", "p2");
    fleet_sql(&f, A, "INSERT INTO surat VALUES('s1', 'p2', NULL)");
    fleet_sql(&f, A, "INSERT INTO surat VALUES('s2', NULL, 'p2')");
    fleet_sql(&f, B, "INSERT INTO surat VALUES('s3', 'p2', 'p2')");
    fleet_expect_all(&f, "SELECT * FROM surat ORDER BY id", "s1|p1|~\ns2|~|p1\ns3|p1|p1\n");
    fleet_expect_all(&f, "SELECT id FROM orang", "p1\n");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

static void a_late_child_that_went_with_its_parent_brings_what_it_says_to_the_one_that_is_there(void **state)
{
    static const char schema[] =
        "CREATE TABLE surat(id TEXT PRIMARY KEY NOT NULL, judul TEXT);"
        "CREATE TABLE syarat(surat_id TEXT NOT NULL REFERENCES surat(id), kode TEXT NOT NULL, ket TEXT, lembar INTEGER NOT NULL DEFAULT 0,"
        " PRIMARY KEY(surat_id, kode)) WITHOUT ROWID;"
        "SELECT jemput_replicate('surat');"
        "SELECT jemput_replicate('syarat', 'sum=lembar;parent=surat_id:cascade');";
    struct fleet f;
    struct jemput_error err;

    (void)state;
    fleet_init(&f, 3, 0, schema, 41);
    fleet_sql(&f, CENTRAL, "INSERT INTO surat VALUES('s1', 'satu'), ('s2', 'dua')");
    fleet_sql(&f, CENTRAL, "INSERT INTO syarat VALUES('s1', 'KK', 'ada', 1)");
    fleet_settle(&f, 0);
    assert_int_equal(try_merge(&f, CENTRAL, "surat", "s1", "s2", 0, NULL, &err), JEMPUT_OK);
    fleet_sql(&f, A, "INSERT INTO syarat VALUES('s2', 'KK', 'hilang', 2)");
    fleet_sql(&f, B, "INSERT INTO syarat VALUES('s2', 'KTP', 'menyusul', 4)");
    fleet_expect_all(&f, "SELECT surat_id, kode, lembar FROM syarat", "s1|KK|3\ns1|KTP|4\n");
    fleet_expect_conflicts(&f, "ket: ada", "hilang");
    expect_whole(&f);
    expect_rest(&f);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_write_to_the_row_that_is_gone_reaches_the_one_that_stays),
        cmocka_unit_test(a_late_write_goes_to_the_end_of_however_long_a_chain),
        cmocka_unit_test(a_late_write_is_a_conflict_where_both_have_changed_and_none_where_only_one_has),
        cmocka_unit_test(two_late_writes_at_once_are_both_kept),
        cmocka_unit_test(however_many_write_at_once_to_a_row_that_is_gone_all_of_it_is_kept),
        cmocka_unit_test(a_row_that_is_inserted_again_brings_only_what_is_news),
        cmocka_unit_test(what_many_rows_have_said_before_is_read_from_the_logs_once),
        cmocka_unit_test(a_sync_that_carries_late_writes_after_may_be_stopped_between_any_two_rows),
        cmocka_unit_test(late_children_of_a_row_with_children_of_its_own_arrive),
        cmocka_unit_test(late_writes_follow_a_chain_of_merges),
        cmocka_unit_test(where_the_row_that_stays_is_gone_a_late_write_keeps_its_row),
        cmocka_unit_test(two_rows_that_went_on_in_each_other_are_one_row_in_the_end),
        cmocka_unit_test(a_merge_of_a_row_that_has_not_come_waits_for_it),
        cmocka_unit_test(a_circle_of_rows_that_have_not_come_is_opened_when_they_have),
        cmocka_unit_test(a_circle_is_found_whatever_was_merged_and_parted_before),
        cmocka_unit_test(two_people_who_make_the_same_two_rows_one_count_once),
        cmocka_unit_test(without_a_central_the_first_administrator_carries_late_writes_after),
        cmocka_unit_test(late_children_arrive_whatever_is_declared_of_orphans),
        cmocka_unit_test(a_late_child_that_went_with_its_parent_brings_what_it_says_to_the_one_that_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
