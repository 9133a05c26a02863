/* Two rows for one thing become one, and two again: what they had goes along, what others write meanwhile arrives, and all devices agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "support/fault_alloc.h"

static struct fault_alloc memory;

static const char SCHEMA[] =
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nama TEXT NOT NULL, nik TEXT UNIQUE, hp TEXT, alamat TEXT, rt TEXT,"
    " kunjungan INTEGER NOT NULL DEFAULT 0, dicetak TEXT, wali TEXT REFERENCES orang(id));"
    "CREATE TABLE surat(id TEXT PRIMARY KEY NOT NULL, orang_id TEXT REFERENCES orang(id), saksi_id TEXT REFERENCES orang(id),"
    " nik TEXT REFERENCES orang(nik));"
    "CREATE TABLE syarat(surat_id TEXT NOT NULL REFERENCES surat(id), kode TEXT NOT NULL, ket TEXT, lembar INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY(surat_id, kode)) WITHOUT ROWID;"
    "CREATE TABLE foto(surat_id TEXT NOT NULL, kode TEXT NOT NULL, no INTEGER NOT NULL, isi TEXT, PRIMARY KEY(surat_id, kode, no),"
    " FOREIGN KEY(surat_id, kode) REFERENCES syarat(surat_id, kode)) WITHOUT ROWID;"
    "CREATE TABLE lembar(surat_id TEXT NOT NULL REFERENCES surat(id), no INTEGER NOT NULL, asal_surat TEXT, asal_no INTEGER,"
    " PRIMARY KEY(surat_id, no), FOREIGN KEY(asal_surat, asal_no) REFERENCES lembar(surat_id, no)) WITHOUT ROWID;"
    "SELECT jemput_replicate('orang', 'group=alamat,rt;identity=nama;sum=kunjungan;once=dicetak');"
    "SELECT jemput_replicate('lembar', '');"
    "SELECT jemput_replicate('surat', '');"
    "SELECT jemput_replicate('syarat', 'sum=lembar');"
    "SELECT jemput_replicate('foto', '');";

enum { CENTRAL = 0, A = 1, B = 2 };

/* The same with rows that go with their parent, or are held, when that is deleted meanwhile. */
static const char SCHEMA_ORPHANS[] =
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nama TEXT NOT NULL, hp TEXT);"
    "CREATE TABLE surat(id TEXT PRIMARY KEY NOT NULL, orang_id TEXT REFERENCES orang(id), saksi_id TEXT REFERENCES orang(id));"
    "SELECT jemput_replicate('orang');"
    "SELECT jemput_replicate('surat', 'parent=orang_id:cascade;parent=saksi_id:hold');";

/* --- helpers --- */

static int move_print(void *ctx, const struct jemput_move *m)
{
    char *out = ctx, line[256];

    snprintf(line, sizeof line, "%d %s %.*s %s\n", (int)m->kind, m->table, (int)m->key[0].len, (const char *)m->key[0].data,
             m->column ? m->column : "-");
    strcat(out, line);
    return 0;
}

static enum jemput_status try_merge(struct fleet *f, unsigned device, const char *table, const char *keep, const char *gone, int look, char *moves,
                                    struct jemput_error *err)
{
    struct jemput_datum stays = fleet_text(keep), goes = fleet_text(gone);
    struct jemput_merging merging = { .table = table, .key_count = 1, .keep = &stays, .gone = &goes, .reason = "orang yang sama", .look = look };

    sim_env_advance(&f->devices[device].sim, 50);
    return jemput_merge_rows(f->devices[device].jemput, &merging, moves ? move_print : NULL, moves, err);
}

static void merge(struct fleet *f, unsigned device, const char *keep, const char *gone)
{
    struct jemput_error err;

    if (try_merge(f, device, "orang", keep, gone, 0, NULL, &err))
        fail_msg("merge %s %s: %s", keep, gone, err.text);
}

static enum jemput_status try_part(struct fleet *f, unsigned device, const char *table, const char *gone, struct jemput_error *err)
{
    struct jemput_datum goes = fleet_text(gone);
    struct jemput_merging merging = { .table = table, .key_count = 1, .gone = &goes, .reason = "ternyata dua orang" };

    sim_env_advance(&f->devices[device].sim, 50);
    return jemput_part_rows(f->devices[device].jemput, &merging, NULL, NULL, err);
}

static void part(struct fleet *f, unsigned device, const char *gone)
{
    struct jemput_error err;

    if (try_part(f, device, "orang", gone, &err))
        fail_msg("part %s: %s", gone, err.text);
}

static void expect_whole(struct fleet *f)
{
    for (unsigned i = 0; i < f->count; i++) {
        char *held = fleet_held(f, i);

        assert_string_equal(held, "");
        free(held);
        fleet_verify(f, i);
    }
}

/* Nothing moves any more. */
static void expect_rest(struct fleet *f)
{
    for (unsigned i = 0; i < f->count; i++) {
        struct jemput_sync_report r = fleet_sync(f, i, 0);

        assert_int_equal(r.segments_sent + r.segments_fetched, 0);
    }
}

/* p1 and p2 are one person; each has letters, one with requirements and pictures. */
static void begin(struct fleet *f)
{
    fleet_init(f, 3, 0, SCHEMA, 31);
    fleet_sql(f, CENTRAL, "INSERT INTO orang VALUES('p1', 'Siti', NULL, '0811', NULL, NULL, 3, NULL, NULL)");
    fleet_sql(f, CENTRAL, "INSERT INTO orang VALUES('p2', 'Sitti', '1674990101000001', '0899', 'Jl. A', '001', 4, '2025-01-02', NULL)");
    fleet_sql(f, CENTRAL, "INSERT INTO orang VALUES('p3', 'Anak', NULL, NULL, NULL, NULL, 0, NULL, 'p2')");
    fleet_sql(f, CENTRAL, "INSERT INTO surat VALUES('s1', 'p1', 'p3', NULL)");
    fleet_sql(f, CENTRAL, "INSERT INTO surat VALUES('s2', 'p2', 'p2', '1674990101000001')");
    fleet_settle(f, 0);
}

#define MERGED "p1|Siti|1674990101000001|0811|Jl. A|001|7|2025-01-02|~\np3|Anak|~|~|~|~|0|~|p1\n"
#define APART "p1|Siti|~|0811|~|~|3|~|~\np2|Sitti|1674990101000001|0899|Jl. A|001|4|2025-01-02|~\np3|Anak|~|~|~|~|0|~|p2\n"
#define PERSONS "SELECT * FROM orang ORDER BY id"

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
    fleet_expect_all(&f, "SELECT id, hp, kunjungan FROM orang ORDER BY id", "p1|0866|3\np2|0866|5\np3|~|0\n");
    fleet_expect_all(&f, "SELECT id, orang_id FROM surat ORDER BY id", "s1|p1\ns2|p2\ns3|p2\n");
    expect_whole(&f);
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

static void a_merge_under_a_failing_disk_is_done_whole_or_not_at_all(void **state)
{
    struct fleet f;
    struct crash_snapshot *ready;
    struct fleet_device *d = &f.devices[CENTRAL];
    unsigned failed = 0, done = 0;

    (void)state;
    begin(&f);
    jemput_close(d->jemput);
    d->jemput = NULL;
    ready = crash_vfs_snapshot(d->vfs);
    for (uint64_t n = 0; !done && n < 20000; n++) {
        struct jemput_error err;
        enum jemput_status st;

        crash_vfs_restore(d->vfs, ready);
        fleet_reopen(&f, CENTRAL);
        crash_vfs_fail_at(d->vfs, n, CRASH_FAULT_IO, false);
        st = try_merge(&f, CENTRAL, "orang", "p1", "p2", 0, NULL, &err);
        done = crash_vfs_counters(d->vfs)->faults == 0;
        crash_vfs_fail_at(d->vfs, 0, CRASH_FAULT_NONE, false);
        fleet_reopen(&f, CENTRAL);
        fleet_expect(&f, CENTRAL, PERSONS, st ? APART : MERGED);
        failed += st != JEMPUT_OK;
        if (!done)
            crash_vfs_counters_reset(d->vfs);
        jemput_close(d->jemput);
        d->jemput = NULL;
        sim_env_use_real_files(&d->sim, NULL);
    }
    assert_true(done);
    assert_true(failed > 10);
    crash_snapshot_free(ready);
    fleet_release(&f);
}

/* Each allocation fails once: the call is done whole, or not at all and can be made again. */
static void each_allocation(struct fleet *f, enum jemput_status (*call)(struct fleet *f, struct jemput_error *err), const char *before,
                            const char *after)
{
    for (uint64_t nth = 0;; nth++) {
        struct jemput_error err;
        enum jemput_status st;

        fault_alloc_arm(&memory, nth, false);
        st = call(f, &err);
        fault_alloc_disarm(&memory);
        if (st && (st != JEMPUT_NOMEM || !memory.failures))
            fail_msg("allocation %llu: %s", (unsigned long long)nth, err.text);
        fleet_expect(f, CENTRAL, "SELECT * FROM orang ORDER BY id", st ? before : after);
        if (!st)
            break;
    }
    fleet_verify(f, CENTRAL);
}

static enum jemput_status merge_once(struct fleet *f, struct jemput_error *err)
{
    return try_merge(f, CENTRAL, "orang", "p1", "p2", 0, NULL, err);
}

static enum jemput_status part_once(struct fleet *f, struct jemput_error *err)
{
    return try_part(f, CENTRAL, "orang", "p2", err);
}

static void a_merge_and_its_undoing_are_done_whole_or_not_at_all_when_memory_fails(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    each_allocation(&f, merge_once, APART, MERGED);
    each_allocation(&f, part_once, MERGED, "p1|Siti|~|0811|~|~|3|2025-01-02|~\np2|Sitti|1674990101000001|0899|Jl. A|001|4|2025-01-02|~\n"
                                           "p3|Anak|~|~|~|~|0|~|p2\n");
    fleet_release(&f);
}

static void late_writes_arrive_though_memory_fails_at_each_point_of_a_sync(void **state)
{
    struct fleet f;
    bool failed = true;

    (void)state;
    begin(&f);
    merge(&f, CENTRAL, "p1", "p2");
    fleet_sync(&f, CENTRAL, 0);
    fleet_sql(&f, A, "UPDATE orang SET hp = '0866', alamat = 'Jl. B', kunjungan = 5 WHERE id = 'p2'");
    fleet_sql(&f, A, "INSERT INTO surat(id, orang_id) VALUES('s3', 'p2')");
    fleet_sync(&f, A, 0);
    for (uint64_t nth = 0; failed; nth++) {
        struct jemput_sync_options options = { .hub = fleet_hub(&f, 0) };
        struct jemput_sync_report report;
        struct jemput_error err;
        enum jemput_status st;

        fault_alloc_arm(&memory, nth, false);
        st = jemput_sync(f.devices[CENTRAL].jemput, &options, &report, &err);
        fault_alloc_disarm(&memory);
        failed = memory.failures > 0;
        if (st && (st != JEMPUT_NOMEM || !failed))
            fail_msg("allocation %llu: %s", (unsigned long long)nth, err.text);
    }
    fleet_expect_all(&f, "SELECT id, hp, alamat, kunjungan FROM orang ORDER BY id", "p1|0866|Jl. B|8\np3|~|~|0\n");
    fleet_expect_all(&f, "SELECT id, orang_id FROM surat ORDER BY id", "s1|p1\ns2|p1\ns3|p1\n");
    fleet_expect_conflicts(&f, "Jl. A,001", "Jl. B,001");
    expect_whole(&f);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_row_that_stays_gets_what_it_lacks_and_all_references),
        cmocka_unit_test(a_look_tells_what_would_be_done_and_does_nothing),
        cmocka_unit_test(rows_that_are_keyed_by_the_one_that_goes_go_on_under_the_one_that_stays),
        cmocka_unit_test(rows_that_go_along_and_name_each_other_still_do),
        cmocka_unit_test(what_cannot_be_made_one_is_refused_and_nothing_is_done),
        cmocka_unit_test(a_held_row_may_be_the_one_that_stays),
        cmocka_unit_test(a_held_row_may_be_the_one_that_goes_and_its_held_children_come_in),
        cmocka_unit_test(a_conflict_about_whom_a_child_names_stays_open),
        cmocka_unit_test(a_late_write_to_the_row_that_is_gone_reaches_the_one_that_stays),
        cmocka_unit_test(a_late_write_is_a_conflict_where_both_have_changed_and_none_where_only_one_has),
        cmocka_unit_test(two_late_writes_at_once_are_both_kept),
        cmocka_unit_test(however_many_write_at_once_to_a_row_that_is_gone_all_of_it_is_kept),
        cmocka_unit_test(a_row_that_is_inserted_again_brings_only_what_is_news),
        cmocka_unit_test(late_children_of_a_row_with_children_of_its_own_arrive),
        cmocka_unit_test(late_writes_follow_a_chain_of_merges),
        cmocka_unit_test(where_the_row_that_stays_is_gone_a_late_write_keeps_its_row),
        cmocka_unit_test(two_rows_that_went_on_in_each_other_are_one_row_in_the_end),
        cmocka_unit_test(without_a_central_the_first_administrator_carries_late_writes_after),
        cmocka_unit_test(late_children_arrive_whatever_is_declared_of_orphans),
        cmocka_unit_test(undoing_gives_back_what_still_stands_and_leaves_what_was_written_since),
        cmocka_unit_test(undoing_gives_back_what_came_late),
        cmocka_unit_test(merges_are_undone_the_last_one_first),
        cmocka_unit_test(the_history_tells_where_the_row_goes_on_and_why),
        cmocka_unit_test(a_merge_under_a_failing_disk_is_done_whole_or_not_at_all),
        cmocka_unit_test(a_merge_and_its_undoing_are_done_whole_or_not_at_all_when_memory_fails),
        cmocka_unit_test(late_writes_arrive_though_memory_fails_at_each_point_of_a_sync),
    };

    fault_alloc_install(&memory);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
