/* A column that comes later, and rows that were written before it: whatever comes first, rows or column, at every device, all show the same, and
 * replaying gives the same. A row does not write a column that its writer did not know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"

enum { ADMIN, OLD, NEW, EARLY, LATE }; /* EARLY merges the old rows before the column comes, LATE after it */

static const char SCHEMA[] = "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT, rt TEXT);"
                             "INSERT INTO warga VALUES('lama', 'Pak RT', '001'); SELECT jemput_replicate('warga');";

#define MIGRATE "SELECT jemput_migrate('ALTER TABLE warga ADD COLUMN agama TEXT DEFAULT ''belum''')"

static void print_difference(void *ctx, const char *what)
{
    (void)ctx;
    print_message("%s\n", what);
}

static void expect_same(struct fleet *f)
{
    struct jemput_rebuild_options options = { .each = print_difference };
    char first[65], hex[65];
    struct jemput_rebuild_report report;
    struct jemput_error err;

    for (unsigned i = 0; i < f->count; i++) {
        if (jemput_state_hash(f->devices[i].jemput, hex, &err))
            fail_msg("device %u: %s", i, err.text);
        if (i == 0)
            memcpy(first, hex, sizeof first);
        if (strcmp(first, hex) != 0) {
            char *a = fleet_rows(f, 0, "SELECT * FROM warga ORDER BY id"), *b = fleet_rows(f, i, "SELECT * FROM warga ORDER BY id");
            char *c = fleet_conflicts(f, 0), *d = fleet_conflicts(f, i);

            fail_msg("device %u has another state than device 0:\n%s\n%s\n%s\n%s", i, a, b, c, d);
        }
        fleet_verify(f, i);
        if (jemput_rebuild(f->devices[i].jemput, &options, &report, &err))
            fail_msg("device %u: %s", i, err.text);
        if (report.differences || strcmp(report.state_hash, hex) != 0)
            fail_msg("device %u: a rebuild finds %u differences", i, (unsigned)report.differences);
    }
}

/* Old rows are at hub 1, the column and new rows at hub 0. EARLY comes by hub 1 first, LATE by hub 0. */
static void meet(struct fleet *f)
{
    fleet_sync(f, OLD, 1);
    fleet_sync(f, EARLY, 1);
    fleet_sync(f, ADMIN, 0);
    fleet_sync(f, NEW, 0);
    fleet_sync(f, LATE, 0);
}

static void both_ways(struct fleet *f)
{
    fleet_sync(f, NEW, 0);
    fleet_sync(f, EARLY, 0);
    fleet_sync(f, LATE, 0);
    fleet_sync(f, LATE, 1);
    fleet_settle(f, 1);
    fleet_settle(f, 0);
    expect_same(f);
}

static void start(struct fleet *f, uint64_t seed)
{
    fleet_init(f, 5, -1, SCHEMA, seed);
    for (unsigned i = 0; i < 5; i++)
        fleet_sync(f, i, 1);
    fleet_settle(f, 1);
}

static void one_key_inserted_before_and_after_a_column_came_conflicts_in_no_column_that_the_older_row_did_not_know(void **state)
{
    struct fleet f;

    (void)state;
    start(&f, 1);
    fleet_sql(&f, ADMIN, MIGRATE);
    fleet_sql(&f, OLD, "INSERT INTO warga VALUES('x', 'Siti', '001')");
    sim_env_advance(&f.devices[OLD].sim, 60000); /* its stamp would win */
    fleet_sql(&f, OLD, "INSERT INTO warga VALUES('y', 'Budi', '001')");
    meet(&f);
    fleet_sql(&f, NEW, "INSERT INTO warga VALUES('x', 'Siti', '001', 'Islam'), ('y', 'Budi', '001', 'Hindu')");
    both_ways(&f);
    for (unsigned i = 0; i < f.count; i++) {
        char *conflicts = fleet_conflicts(&f, i);

        fleet_expect(&f, i, "SELECT * FROM warga ORDER BY id", "lama|Pak RT|001|belum\nx|Siti|001|Islam\ny|Budi|001|Hindu\n");
        assert_string_equal(conflicts, "");
        free(conflicts);
    }
    fleet_release(&f);
}

static void invite_two(struct fleet *f)
{
    for (unsigned i = 0; i < 2; i++) {
        char *invitation;
        size_t len;
        struct jemput_error err;

        if (jemput_invite(f->devices[ADMIN].jemput, "petugas", "", "", f->devices[ADMIN].sim.wall_ms + 3600000, &invitation, &len, &err))
            fail_msg("%s", err.text);
        jemput_text_free(invitation);
    }
}

static void a_log_in_which_records_columns_and_rows_take_turns_is_taken_in_one_sync(void **state)
{
    struct jemput_sync_report report;
    struct fleet f;

    (void)state;
    start(&f, 9);
    for (unsigned i = 1; i <= 3; i++) {
        invite_two(&f);
        fleet_sql(&f, ADMIN, "SELECT jemput_migrate('ALTER TABLE warga ADD COLUMN k%u TEXT')", i);
        fleet_sql(&f, ADMIN, "INSERT INTO warga(id, nama, k%u) VALUES('n%u', 'Siti', 'ya')", i, i);
        assert_int_equal(jemput_seal(f.devices[ADMIN].jemput, NULL, &(struct jemput_error){ .status = JEMPUT_OK }), JEMPUT_OK);
    }
    fleet_sync(&f, ADMIN, 0);
    report = fleet_sync(&f, LATE, 0);
    assert_int_equal(report.logs_stopped, 0);
    fleet_expect(&f, LATE, "SELECT id, k1, k2, k3 FROM warga WHERE nama = 'Siti' ORDER BY id", "n1|ya|~|~\nn2|~|ya|~\nn3|~|~|ya\n");
    fleet_settle(&f, 0);
    expect_same(&f);
    fleet_release(&f);
}

static void two_devices_that_fill_the_new_column_of_an_old_row_conflict_and_the_row_s_insert_is_no_side(void **state)
{
    struct fleet f;

    (void)state;
    start(&f, 2);
    fleet_sql(&f, OLD, "INSERT INTO warga VALUES('x', 'Siti', '001')");
    fleet_settle(&f, 1);
    fleet_sql(&f, ADMIN, MIGRATE);
    fleet_settle(&f, 0);
    fleet_sql(&f, NEW, "UPDATE warga SET agama = 'Islam' WHERE id IN ('x', 'lama')");
    fleet_sql(&f, EARLY, "UPDATE warga SET agama = 'Hindu' WHERE id IN ('x', 'lama')");
    fleet_sql(&f, LATE, "DELETE FROM warga WHERE id IN ('x', 'lama')");
    fleet_settle(&f, 0);
    expect_same(&f);
    fleet_expect(&f, ADMIN, "SELECT count(*) FROM warga WHERE agama IN ('Islam', 'Hindu')", "2\n");
    fleet_release(&f);
}

static void what_was_saved_before_a_column_came_and_sealed_after_it_does_not_write_it(void **state)
{
    struct fleet f;

    (void)state;
    start(&f, 3);
    fleet_sql(&f, ADMIN, "INSERT INTO warga VALUES('x', 'Siti', '001'), ('z', 'Dewi', '002')"); /* pending while the column comes */
    fleet_sql(&f, ADMIN, MIGRATE);
    fleet_sql(&f, ADMIN, "INSERT INTO warga(id, nama) VALUES('y', 'Budi')");
    fleet_settle(&f, 0);
    fleet_sql(&f, NEW, "UPDATE warga SET agama = 'Islam' WHERE id IN ('x', 'y')");
    fleet_sql(&f, ADMIN, "DELETE FROM warga WHERE id = 'z'; UPDATE warga SET nama = 'Siti A' WHERE id = 'x'");
    both_ways(&f);
    fleet_expect(&f, LATE, "SELECT id, nama, agama FROM warga ORDER BY id", "lama|Pak RT|belum\nx|Siti A|Islam\ny|Budi|Islam\n");
    fleet_release(&f);
}

static void a_table_that_is_all_key_takes_no_columns_and_the_refusal_says_what_to_do(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 2, 0, "CREATE TABLE anggota(a TEXT NOT NULL, b TEXT NOT NULL, PRIMARY KEY(a, b)) WITHOUT ROWID; SELECT jemput_replicate('anggota')", 4);
    fleet_sql(&f, 1, "INSERT INTO anggota VALUES('k1', 'p1')");
    assert_int_not_equal(fleet_try(&f, 0, "SELECT jemput_migrate('ALTER TABLE anggota ADD COLUMN sejak TEXT')"), SQLITE_OK);
    assert_non_null(strstr(sqlite3_errmsg(f.devices[0].sql), "table 'anggota' has nothing but its key: columns cannot be added to it; make another table"));
    fleet_settle(&f, 0);
    fleet_expect(&f, 0, "SELECT * FROM anggota", "k1|p1\n");
    fleet_release(&f);
}

/* --- any history --- */

static uint32_t below(uint64_t *rng, uint32_t n)
{
    *rng ^= *rng << 13;
    *rng ^= *rng >> 7;
    *rng ^= *rng << 17;
    return (uint32_t)(*rng >> 11) % n;
}

static void write_something(struct fleet *f, unsigned device, uint64_t *rng)
{
    char sql[300], *columns = fleet_rows(f, device, "SELECT count(*) - 3 FROM pragma_table_info('warga')");
    unsigned more = (unsigned)atoi(columns), id = below(rng, 5), n = below(rng, 4);

    free(columns);
    switch (below(rng, 5)) {
    case 0:
        snprintf(sql, sizeof sql, "INSERT OR IGNORE INTO warga(id, nama) VALUES('r%u', 'n%u')", id, n);
        break;
    case 1:
        snprintf(sql, sizeof sql, "UPDATE warga SET nama = 'n%u', rt = '%u' WHERE id = 'r%u'", n, n, id);
        break;
    case 2:
        snprintf(sql, sizeof sql, "DELETE FROM warga WHERE id = 'r%u'", id);
        break;
    case 3:
        snprintf(sql, sizeof sql, more ? "UPDATE warga SET c%u = 'v%u' WHERE id = 'r%u'" : "UPDATE warga SET rt = '%u%u' WHERE id = 'r%u'",
                 more ? below(rng, more) : 0, n, id);
        break;
    default:
        snprintf(sql, sizeof sql, more ? "INSERT OR REPLACE INTO warga(id, c%u) VALUES('r%u', 'v%u')" : "INSERT OR REPLACE INTO warga(rt, id) VALUES('%u', 'r%u')",
                 more ? below(rng, more) : n, id, n);
    }
    fleet_try(f, device, sql);
}

static void columns_may_come_at_any_moment(void **state)
{
    unsigned conflicts = 0, seeds = getenv("JEMPUT_FAULT_STEP") ? 4 : 12; /* with sanitizers */

    (void)state;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        uint64_t rng = seed * 0x9E3779B97F4A7C15u;
        unsigned columns = 0;
        struct fleet f;
        char *text;

        fleet_init(&f, 4, -1, SCHEMA, 50 + seed);
        for (unsigned step = 0; step < 60; step++) {
            unsigned device = below(&rng, 4);

            if (device == 0 && columns < 4 && below(&rng, 3) == 0)
                fleet_sql(&f, ADMIN, "SELECT jemput_migrate('ALTER TABLE warga ADD COLUMN c%u TEXT DEFAULT ''v%u''')", columns, columns % 3), columns++;
            for (unsigned i = below(&rng, 4); i > 0; i--)
                write_something(&f, device, &rng);
            if (below(&rng, 2))
                fleet_sync(&f, device, below(&rng, 2));
        }
        for (unsigned i = 0; i < 3; i++) {
            fleet_settle(&f, 0);
            fleet_settle(&f, 1);
        }
        expect_same(&f);
        text = fleet_conflicts(&f, 0);
        conflicts += *text != 0;
        free(text);
        fleet_release(&f);
    }
    assert_true(conflicts > seeds / 3);
}

/* It was written before the column came; what the table would show of it is told, and comes back with it. */
static void a_row_that_is_held_or_deleted_has_what_a_later_column_begins_with(void **state)
{
    struct jemput_datum key = { .type = JEMPUT_TYPE_TEXT, .data = "p2", .len = 2 };
    struct jemput_choice choice = { .table = "orang", .key = &key, .key_count = 1, .restore = 1, .reason = "keliru dihapus" };
    struct jemput_error err;
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, 0, "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE); SELECT jemput_replicate('orang');", 77);
    fleet_sql(&f, 1, "INSERT INTO orang VALUES('p1', '11')");
    sim_env_advance(&f.devices[2].sim, 60000);
    fleet_sql(&f, 2, "INSERT INTO orang VALUES('p2', '11')");
    fleet_settle(&f, 0);
    fleet_sql(&f, 0, "SELECT jemput_migrate('ALTER TABLE orang ADD COLUMN agama TEXT NOT NULL DEFAULT ''belum''')");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        char *held = fleet_held(&f, i);

        assert_string_equal(held, "orang [UNIQUE orang.nik] p2 11 belum\n");
        free(held);
    }
    fleet_sql(&f, 1, "DELETE FROM orang WHERE id = 'p1'");
    fleet_settle(&f, 0);
    fleet_sql(&f, 1, "DELETE FROM orang WHERE id = 'p2'");
    fleet_settle(&f, 0);
    if (jemput_decide(f.devices[2].jemput, &choice, &err))
        fail_msg("%s", err.text);
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        fleet_expect(&f, i, "SELECT * FROM orang", "p2|11|belum\n");
        fleet_verify(&f, i);
    }
    fleet_release(&f);
}

static void a_device_that_joins_after_a_column_came_works_is_verified_and_rebuilt_before_and_after_its_first_sync(void **state)
{
    enum { NEWCOMER = 3 };
    struct jemput_error err;
    struct fleet f;
    char *invitation;
    size_t len;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 78);
    fleet_sql(&f, ADMIN, MIGRATE);
    fleet_sql(&f, ADMIN, "SELECT jemput_migrate('CREATE TABLE alamat(id TEXT PRIMARY KEY NOT NULL, jalan TEXT); SELECT jemput_replicate(''alamat'')')");
    fleet_settle(&f, 0);
    if (jemput_invite(f.devices[ADMIN].jemput, "petugas", "", "", f.devices[ADMIN].sim.wall_ms + 3600000, &invitation, &len, &err))
        fail_msg("%s", err.text);
    fleet_device_add(&f, invitation, len);
    jemput_text_free(invitation);
    for (unsigned round = 0; round < 2; round++) {
        struct jemput_rebuild_report report;

        fleet_sql(&f, NEWCOMER, "INSERT INTO warga VALUES('n%u', 'Siti', '001', 'Hindu')", round);
        fleet_sql(&f, NEWCOMER, "INSERT INTO alamat VALUES('n%u', 'Jl. Soka')", round);
        if (jemput_seal(f.devices[NEWCOMER].jemput, NULL, &err))
            fail_msg("%s", err.text);
        fleet_verify(&f, NEWCOMER);
        if (jemput_rebuild(f.devices[NEWCOMER].jemput, NULL, &report, &err))
            fail_msg("%s", err.text);
        assert_int_equal(report.differences, 0);
        fleet_sync(&f, NEWCOMER, 0);
        fleet_settle(&f, 0);
        expect_same(&f);
    }
    for (unsigned i = 0; i < f.count; i++) {
        struct jemput_info info;

        fleet_expect(&f, i, "SELECT * FROM warga ORDER BY id", "lama|Pak RT|001|belum\nn0|Siti|001|Hindu\nn1|Siti|001|Hindu\n");
        fleet_expect(&f, i, "SELECT count(*) FROM alamat", "2\n");
        assert_int_equal(jemput_info_get(f.devices[i].jemput, &info, &err), JEMPUT_OK);
        assert_int_equal(info.schema_version, 3);
        assert_int_equal(info.logs_stopped, 0);
    }
    fleet_release(&f);
}

/* Merged together, the two changes of the older row leave the younger one where it is; replayed one by one, they hold it for a moment. */
static void a_row_that_is_held_for_a_moment_after_a_column_came_is_as_plain_as_before(void **state)
{
    struct jemput_rebuild_report report;
    struct jemput_error err;
    struct fleet f;

    (void)state;
    fleet_init(&f, 2, 0, "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE); SELECT jemput_replicate('orang');", 79);
    fleet_sql(&f, 1, "INSERT INTO orang VALUES('p1', '11')");
    assert_int_equal(jemput_seal(f.devices[1].jemput, NULL, &err), JEMPUT_OK);
    sim_env_advance(&f.devices[0].sim, 60000);
    fleet_sql(&f, 0, "INSERT INTO orang VALUES('p2', '11')");
    fleet_sync(&f, 0, 0);
    fleet_sql(&f, 1, "UPDATE orang SET nik = '12'");
    fleet_sync(&f, 1, 0);
    fleet_sql(&f, 0, "SELECT jemput_migrate('ALTER TABLE orang ADD COLUMN agama TEXT DEFAULT ''belum''')");
    fleet_sync(&f, 0, 0);
    fleet_expect(&f, 0, "SELECT * FROM orang ORDER BY id", "p1|12|belum\np2|11|belum\n");
    assert_int_equal(jemput_rebuild(f.devices[0].jemput, &(struct jemput_rebuild_options){ .each = print_difference }, &report, &err), JEMPUT_OK);
    assert_int_equal(report.differences, 0);
    fleet_release(&f);
}

/* --- what stands in a schema's way --- */

static int aside_take(void *ctx, const struct jemput_aside *aside)
{
    char *out = ctx;

    snprintf(out, 400, "%s: %s", jemput_status_name(aside->status), aside->reason);
    return 1;
}

static void a_new_table_s_name_that_a_device_uses_itself_is_told_so_and_the_log_goes_on_once_that_is_renamed(void **state)
{
    struct jemput_error err;
    char why[400] = "";
    struct fleet f;

    (void)state;
    fleet_init(&f, 2, 0, SCHEMA, 80);
    fleet_sql(&f, 1, "CREATE TABLE rumah(catatan TEXT); INSERT INTO rumah VALUES('hanya di sini')");
    fleet_sql(&f, 0, "SELECT jemput_migrate('CREATE TABLE rumah(id TEXT PRIMARY KEY NOT NULL, alamat TEXT); SELECT jemput_replicate(''rumah'')')");
    fleet_sql(&f, 0, "INSERT INTO rumah VALUES('r1', 'Jl. Melati')");
    fleet_settle(&f, 0);
    assert_int_equal(jemput_aside_each(f.devices[1].jemput, aside_take, why, &err), JEMPUT_OK);
    assert_non_null(strstr(why, "JEMPUT_EXISTS"));
    assert_non_null(strstr(why, "this device has one of its own by that name: rename or drop it, and sync again"));
    assert_non_null(strstr(why, "table rumah already exists"));
    fleet_expect(&f, 1, "SELECT reason LIKE 'nama tabel skema baru sudah dipakai di perangkat ini%' FROM jemput_refused", "1\n");
    fleet_expect(&f, 1, "SELECT * FROM rumah", "hanya di sini\n");
    fleet_sql(&f, 1, "ALTER TABLE rumah RENAME TO rumah_lama");
    fleet_settle(&f, 0);
    fleet_expect(&f, 1, "SELECT * FROM rumah", "r1|Jl. Melati\n");
    fleet_expect(&f, 1, "SELECT count(*) FROM jemput_refused", "0\n");
    fleet_verify(&f, 1);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_key_inserted_before_and_after_a_column_came_conflicts_in_no_column_that_the_older_row_did_not_know),
        cmocka_unit_test(a_log_in_which_records_columns_and_rows_take_turns_is_taken_in_one_sync),
        cmocka_unit_test(two_devices_that_fill_the_new_column_of_an_old_row_conflict_and_the_row_s_insert_is_no_side),
        cmocka_unit_test(what_was_saved_before_a_column_came_and_sealed_after_it_does_not_write_it),
        cmocka_unit_test(a_table_that_is_all_key_takes_no_columns_and_the_refusal_says_what_to_do),
        cmocka_unit_test(a_row_that_is_held_or_deleted_has_what_a_later_column_begins_with),
        cmocka_unit_test(a_device_that_joins_after_a_column_came_works_is_verified_and_rebuilt_before_and_after_its_first_sync),
        cmocka_unit_test(a_row_that_is_held_for_a_moment_after_a_column_came_is_as_plain_as_before),
        cmocka_unit_test(a_new_table_s_name_that_a_device_uses_itself_is_told_so_and_the_log_goes_on_once_that_is_renamed),
        cmocka_unit_test(columns_may_come_at_any_moment),
    };

    return cmocka_run_group_tests_name("migration", tests, NULL, NULL);
}
