/* Rights narrowed for a while (jemput_act_as): COMMIT judges by those of the one for whom is written, and every other device by the device's own. */
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
#include "support/sealed.h"

enum { OFFICE = 0, TABLET = 1, CENTRAL = 2 };

static struct fault_alloc mem; /* of the whole program */

static const char SCHEMA[] =
    "CREATE TABLE permohonan(id TEXT PRIMARY KEY NOT NULL, status TEXT NOT NULL DEFAULT 'DRAF', catatan TEXT, kode_kel TEXT);\n"
    "CREATE TABLE bebas(id TEXT PRIMARY KEY NOT NULL, isi TEXT);\n"
    "SELECT jemput_replicate('permohonan'); SELECT jemput_replicate('bebas');\n"
    "SELECT jemput_policy('permohonan', 'petugas,kelurahan', 'insert; update=status,catatan; steps=status:>DRAF,DRAF>LENGKAP; scope=kode_kel');\n"
    "SELECT jemput_policy('permohonan', 'verifikator', 'update=status; steps=status:LENGKAP>DISETUJUI,LENGKAP>DITOLAK');\n";

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

/* An administrator, a tablet, and a central that writes for people of two offices. */
static void begin(struct fleet *f, uint64_t seed)
{
    fleet_init(f, 2, -1, SCHEMA, seed);
    device_add(f, "pusat,verifikator,kelurahan", "16.74");
    for (unsigned i = 0; i < 3; i++) {
        fleet_sync(f, OFFICE, 0);
        fleet_sync(f, CENTRAL, 0);
    }
    fleet_settle(f, 0);
}

static void act_as(struct fleet *f, const char *roles, const char *scope)
{
    struct jemput_error err;

    if (jemput_act_as(f->devices[CENTRAL].jemput, roles, scope, &err))
        fail_msg("act as %s in %s: %s", roles ? roles : "itself", scope ? scope : "all", err.text);
}

static void act_as_fails(struct fleet *f, const char *roles, const char *scope, enum jemput_status status, const char *says)
{
    struct jemput_error err;

    assert_int_equal(jemput_act_as(f->devices[CENTRAL].jemput, roles, scope, &err), status);
    if (!strstr(err.text, says))
        fail_msg("%s", err.text);
}

static void refused(struct fleet *f, const char *sql, const char *says)
{
    assert_int_equal(fleet_try(f, CENTRAL, sql), SQLITE_AUTH);
    if (!strstr(sqlite3_errmsg(f->devices[CENTRAL].sql), says))
        fail_msg("%s: %s", sql, sqlite3_errmsg(f->devices[CENTRAL].sql));
}

static int refused_count(void *ctx, const struct jemput_refused *refused)
{
    (void)refused;
    ++*(unsigned *)ctx;
    return 0;
}

static void commit_judges_by_the_roles_that_both_have(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 91);
    act_as(&f, "kelurahan", NULL);
    fleet_sql(&f, CENTRAL, "INSERT INTO permohonan(id, kode_kel) VALUES('p', '16.74.99.1001'); UPDATE permohonan SET status = 'LENGKAP'");
    refused(&f, "UPDATE permohonan SET status = 'DISETUJUI'", "kelurahan may not update 'permohonan': column 'status' may not take this step");
    act_as(&f, "admin,verifikator,petugas", ""); /* administrator and officer it is not */
    refused(&f, "INSERT INTO permohonan(id, kode_kel) VALUES('q', '16.74.99.1001')", "verifikator may not insert into");
    refused(&f, "UPDATE permohonan SET catatan = 'x'", "verifikator may not update");
    fleet_sql(&f, CENTRAL, "UPDATE permohonan SET status = 'DISETUJUI'; INSERT INTO bebas VALUES('b', 'bagi semua')");
    act_as(&f, NULL, "16.75"); /* itself again */
    fleet_sql(&f, CENTRAL, "INSERT INTO permohonan(id, kode_kel) VALUES('r', '16.74.98.1001')");
    fleet_expect_all(&f, "SELECT id, status FROM permohonan", "p|DISETUJUI\nr|DRAF\n");
    fleet_release(&f);
}

static void commit_judges_by_the_region_within_its_own(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 92);
    act_as(&f, "kelurahan", "16.74.99");
    fleet_sql(&f, CENTRAL, "INSERT INTO permohonan(id, kode_kel) VALUES('p', '16.74.99.1001')");
    refused(&f, "INSERT INTO permohonan(id, kode_kel) VALUES('q', '16.74.98.1001')", "region");
    act_as_fails(&f, "kelurahan", "16", JEMPUT_DENIED, "region");
    act_as_fails(&f, "kelurahan", "16.75", JEMPUT_DENIED, "region");
    refused(&f, "INSERT INTO permohonan(id, kode_kel) VALUES('q', '16.74.98.1001')", "region"); /* as before */
    act_as(&f, "kelurahan", "");
    fleet_sql(&f, CENTRAL, "INSERT INTO permohonan(id, kode_kel) VALUES('q', '16.74.98.1001')");
    refused(&f, "INSERT INTO permohonan(id, kode_kel) VALUES('r', '16.75.98.1001')", "region");
    fleet_release(&f);
}

/* What a narrowed device may, it may: no verdict anywhere is another. */
static void what_was_written_so_counts_on_every_device(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 93);
    act_as(&f, "kelurahan", "16.74.99.1001");
    fleet_sql(&f, CENTRAL, "BEGIN; SELECT jemput_note('pg kel/siti: lengkap'); INSERT INTO permohonan(id, kode_kel) VALUES('p', '16.74.99.1001'); COMMIT");
    fleet_sql(&f, CENTRAL, "UPDATE permohonan SET status = 'LENGKAP'");
    act_as(&f, "verifikator", NULL);
    fleet_sql(&f, CENTRAL, "UPDATE permohonan SET status = 'DITOLAK'");
    fleet_settle(&f, 0); /* still narrowed: it merges and signs as itself */
    for (unsigned i = 0; i < f.count; i++) {
        struct jemput_rebuild_report report;
        struct jemput_error err;
        unsigned count = 0;

        fleet_expect(&f, i, "SELECT id, status FROM permohonan", "p|DITOLAK\n");
        fleet_verify(&f, i);
        assert_int_equal(jemput_refused_each(f.devices[i].jemput, refused_count, &count, &err), JEMPUT_OK);
        assert_int_equal(count, 0);
        assert_int_equal(jemput_rebuild(f.devices[i].jemput, NULL, &report, &err), JEMPUT_OK);
        assert_int_equal(report.differences, 0);
    }
    fleet_expect(&f, TABLET, "SELECT DISTINCT note FROM jemput_history('permohonan', 'p') WHERE note <> ''", "pg kel/siti: lengkap\n");
    fleet_release(&f);
}

static void what_cannot_be_narrowed_so_is_refused_and_all_is_as_before(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 94);
    act_as(&f, "kelurahan", NULL);
    act_as_fails(&f, "", NULL, JEMPUT_MISUSE, "no such roles");
    act_as_fails(&f, "bupati", NULL, JEMPUT_MISUSE, "no such roles");
    act_as_fails(&f, "kelurahan,kelurahan", NULL, JEMPUT_MISUSE, "no such roles");
    act_as_fails(&f, "kelurahan", "16 74", JEMPUT_MISUSE, "not a region");
    act_as_fails(&f, "admin,petugas", NULL, JEMPUT_DENIED, "none of these roles");
    fleet_sql(&f, CENTRAL, "BEGIN");
    act_as_fails(&f, NULL, NULL, JEMPUT_MISUSE, "transaction open");
    fleet_sql(&f, CENTRAL, "INSERT INTO permohonan(id, kode_kel) VALUES('p', '16.74.99.1001'); COMMIT");
    refused(&f, "DELETE FROM permohonan", "kelurahan may not delete from");
    fleet_release(&f);
    fleet_init(&f, 3, CENTRAL - 1, "CREATE TABLE bebas(id TEXT PRIMARY KEY NOT NULL); SELECT jemput_replicate('bebas')", 95);
    act_as_fails(&f, "petugas", NULL, JEMPUT_MISUSE, "no policy");
    fleet_release(&f);
}

static void only_as_an_administrator_the_schema_changes(void **state)
{
    struct jemput_error err;
    struct fleet f;

    (void)state;
    fleet_init(&f, 1, 0, SCHEMA, 96);
    if (jemput_act_as(f.devices[0].jemput, "pusat", NULL, &err))
        fail_msg("%s", err.text);
    assert_int_equal(fleet_try(&f, 0, "SELECT jemput_migrate('ALTER TABLE bebas ADD COLUMN urut INTEGER')"), SQLITE_AUTH);
    if (jemput_act_as(f.devices[0].jemput, "admin", NULL, &err))
        fail_msg("%s", err.text);
    fleet_sql(&f, 0, "SELECT jemput_migrate('ALTER TABLE bebas ADD COLUMN urut INTEGER')");
    fleet_release(&f);
}

static void a_region_that_the_device_has_lost_meanwhile_allows_nothing(void **state)
{
    const struct jemput_device_act act = { .kind = JEMPUT_ACT_CHANGE, .device = "3", .roles = "pusat,kelurahan", .scope = "16.75" };
    struct jemput_device_act_report report;
    struct jemput_error err;
    struct fleet f;

    (void)state;
    begin(&f, 97);
    act_as(&f, "kelurahan,verifikator", "16.74.99");
    fleet_sql(&f, CENTRAL, "INSERT INTO permohonan(id, kode_kel) VALUES('p', '16.74.99.1001')");
    if (jemput_device_act(f.devices[OFFICE].jemput, &act, &report, &err))
        fail_msg("%s", err.text);
    fleet_settle(&f, 0);
    refused(&f, "INSERT INTO permohonan(id, kode_kel) VALUES('q', '16.74.99.1001')", "a device without a role may not");
    refused(&f, "INSERT INTO permohonan(id, kode_kel) VALUES('q', '16.75.99.1001')", "a device without a role may not");
    act_as(&f, "kelurahan,verifikator", NULL);
    fleet_sql(&f, CENTRAL, "INSERT INTO permohonan(id, kode_kel) VALUES('q', '16.75.99.1001')");
    fleet_release(&f);
}

static void narrowed_rights_outlive_the_lock_and_hold_for_a_handle_beside(void **state)
{
    const struct jemput_founding founding = { .schema = SCHEMA, .secret = sealed_secret() };
    struct crash_vfs *vfs = crash_vfs_new("actas");
    struct jemput *j, *beside;
    struct jemput_error err;
    struct sim_env sim;

    (void)state;
    sim_env_init(&sim, vfs, 98);
    assert_int_equal(jemput_found(&j, "a.db", &founding, &sim.env, &err), JEMPUT_OK);
    assert_int_equal(jemput_act_as(j, "pusat", NULL, &err), JEMPUT_OK);
    assert_int_equal(jemput_beside(j, &beside, &err), JEMPUT_OK);
    assert_int_equal(sqlite3_exec(jemput_app(beside), "INSERT INTO permohonan(id) VALUES('p')", NULL, NULL, NULL) & 0xff, SQLITE_AUTH);
    assert_non_null(strstr(sqlite3_errmsg(jemput_app(beside)), "policy: pusat may not"));
    jemput_close(beside);
    assert_int_equal(jemput_lock(j, &err), JEMPUT_OK);
    assert_int_equal(jemput_act_as(j, "admin", NULL, &err), JEMPUT_LOCKED);
    assert_int_equal(jemput_unlock(j, sealed_secret(), &err), JEMPUT_OK);
    assert_int_equal(sqlite3_exec(jemput_app(j), "INSERT INTO permohonan(id) VALUES('p')", NULL, NULL, NULL) & 0xff, SQLITE_AUTH);
    assert_non_null(strstr(sqlite3_errmsg(jemput_app(j)), "policy: pusat may not"));
    jemput_close(j);
    crash_vfs_free(vfs);
}

static void each_allocation_that_fails_leaves_the_rights_as_they_were(void **state)
{
    struct fleet f;
    bool failed = true;

    (void)state;
    begin(&f, 99);
    for (uint64_t n = 0; failed; n += fault_step()) {
        struct jemput_error err;
        enum jemput_status st;

        act_as(&f, "kelurahan", "16.74.99");
        fault_alloc_arm(&mem, n, false);
        st = jemput_act_as(f.devices[CENTRAL].jemput, "verifikator", NULL, &err);
        fault_alloc_disarm(&mem);
        failed = mem.failures > 0;
        if (st && (st != JEMPUT_NOMEM || !failed))
            fail_msg("allocation %llu: %s", (unsigned long long)n, err.text);
        refused(&f, "DELETE FROM permohonan WHERE id = 'tiada'; INSERT INTO permohonan(id, kode_kel) VALUES('p', '16.74.98.1001')",
                st ? "region" : "verifikator may not insert");
    }
    fleet_release(&f);
}

static int memory_begin(void **state)
{
    (void)state;
    fault_alloc_install(&mem);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commit_judges_by_the_roles_that_both_have),
        cmocka_unit_test(commit_judges_by_the_region_within_its_own),
        cmocka_unit_test(what_was_written_so_counts_on_every_device),
        cmocka_unit_test(what_cannot_be_narrowed_so_is_refused_and_all_is_as_before),
        cmocka_unit_test(only_as_an_administrator_the_schema_changes),
        cmocka_unit_test(a_region_that_the_device_has_lost_meanwhile_allows_nothing),
        cmocka_unit_test(narrowed_rights_outlive_the_lock_and_hold_for_a_handle_beside),
        cmocka_unit_test(each_allocation_that_fails_leaves_the_rights_as_they_were),
    };

    return cmocka_run_group_tests(tests, memory_begin, NULL);
}
