/* The policy of a schema at write time: who may do what is said at COMMIT, on every device alike, from its first minute on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "fleet.h"

enum { OFFICE = 0, TABLET = 1, CHECKER = 2 };

static const char SCHEMA[] =
    "CREATE TABLE permohonan(id TEXT PRIMARY KEY NOT NULL, status TEXT NOT NULL DEFAULT 'DRAF', catatan TEXT, kode_kel TEXT);\n"
    "CREATE TABLE catatan(id TEXT PRIMARY KEY NOT NULL, isi TEXT);\n"
    "SELECT jemput_replicate('permohonan'); SELECT jemput_replicate('catatan');\n"
    "SELECT jemput_policy('permohonan', 'petugas,kelurahan', 'insert; update=status,catatan; steps=status:>DRAF,DRAF>LENGKAP; scope=kode_kel');\n"
    "SELECT jemput_policy('permohonan', 'verifikator', 'update=status; steps=status:LENGKAP>DISETUJUI,LENGKAP>DITOLAK');\n";

static void expect_refused(struct fleet *f, unsigned device, const char *sql, const char *says)
{
    assert_int_equal(fleet_try(f, device, sql), SQLITE_AUTH);
    if (!strstr(sqlite3_errmsg(f->devices[device].sql), says))
        fail_msg("device %u: %s: %s", device, sql, sqlite3_errmsg(f->devices[device].sql));
}

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

/* An office that is administrator and central, a tablet, and a device of the one who approves. */
static void begin(struct fleet *f, uint64_t seed)
{
    fleet_init(f, 2, 0, SCHEMA, seed);
    device_add(f, "verifikator", "");
    for (unsigned i = 0; i < 3; i++)
        fleet_sync(f, i % 2 ? CHECKER : OFFICE, 0);
    fleet_settle(f, 0);
}

static void only_the_one_who_may_approve_approves(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 71);
    fleet_sql(&f, TABLET, "INSERT INTO permohonan(id, kode_kel) VALUES('p1', '16.74.99.1001')");
    fleet_sql(&f, TABLET, "UPDATE permohonan SET status = 'LENGKAP', catatan = 'siap'");
    expect_refused(&f, TABLET, "UPDATE permohonan SET status = 'DISETUJUI'", "petugas may not update 'permohonan': column 'status' may not take this step");
    expect_refused(&f, TABLET, "DELETE FROM permohonan", "may not delete from");
    expect_refused(&f, TABLET, "INSERT INTO permohonan VALUES('p2', 'DISETUJUI', NULL, NULL)", "step");
    fleet_expect(&f, TABLET, "SELECT id, status, catatan FROM permohonan", "p1|LENGKAP|siap\n"); /* what was refused left nothing */
    fleet_settle(&f, 0);
    expect_refused(&f, OFFICE, "UPDATE permohonan SET status = 'DISETUJUI'", "admin,pusat may not update"); /* not even an administrator */
    expect_refused(&f, CHECKER, "UPDATE permohonan SET catatan = 'x'", "not column 'catatan'");
    fleet_sql(&f, CHECKER, "UPDATE permohonan SET status = 'DISETUJUI'");
    expect_refused(&f, CHECKER, "UPDATE permohonan SET status = 'DITOLAK'", "step");
    fleet_sql(&f, TABLET, "INSERT INTO catatan VALUES('c1', 'bebas')"); /* a table that no call names is open */
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        struct jemput_rebuild_report report;
        struct jemput_error err;

        fleet_expect(&f, i, "SELECT id, status FROM permohonan", "p1|DISETUJUI\n");
        fleet_verify(&f, i);
        assert_int_equal(jemput_rebuild(f.devices[i].jemput, NULL, &report, &err), JEMPUT_OK);
        assert_int_equal(report.differences, 0);
    }
    fleet_release(&f);
}

static void a_device_is_bound_by_its_invitation_before_it_is_let_in_and_by_the_roster_after(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 72);
    device_add(&f, "kelurahan", "16.74.99");
    for (unsigned round = 0; round < 3; round++) {
        char sql[128];

        snprintf(sql, sizeof sql, "INSERT INTO permohonan(id, kode_kel) VALUES('x%u', '16.74.98.1001')", round);
        expect_refused(&f, 3, sql, "the region in 'kode_kel' is not this device's");
        fleet_sql(&f, 3, "INSERT INTO permohonan(id, kode_kel) VALUES('k%u', '16.74.99.1001')", round);
        expect_refused(&f, 3, "UPDATE permohonan SET status = 'DISETUJUI' WHERE id = 'k0'", "kelurahan may not");
        if (round == 0)
            fleet_sync(&f, 3, 0); /* asks */
        else
            fleet_settle(&f, 0);
        if (round == 1)
            fleet_reopen(&f, 3);
    }
    fleet_expect(&f, OFFICE, "SELECT count(*) FROM permohonan", "3\n");
    fleet_release(&f);
}

static void a_policy_that_comes_later_binds_every_device_from_its_next_sync_on(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 73);
    fleet_sql(&f, TABLET, "INSERT INTO catatan VALUES('c1', 'a')");
    fleet_sql(&f, OFFICE, "SELECT jemput_migrate('SELECT jemput_policy(''catatan'', ''petugas'', ''insert'')')");
    fleet_sql(&f, TABLET, "UPDATE catatan SET isi = 'b'"); /* it does not know yet */
    fleet_settle(&f, 0);
    expect_refused(&f, TABLET, "UPDATE catatan SET isi = 'c'", "petugas may not update 'catatan'");
    expect_refused(&f, OFFICE, "INSERT INTO catatan VALUES('c2', 'a')", "may not insert into 'catatan'"); /* named now, for others */
    fleet_sql(&f, TABLET, "INSERT INTO catatan VALUES('c3', 'a')");
    fleet_sql(&f, OFFICE, "SELECT jemput_migrate('SELECT jemput_policy(''catatan'', ''petugas,admin'', ''insert; update; delete'')')");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "UPDATE catatan SET isi = 'c' WHERE id = 'c1'");
    fleet_sql(&f, OFFICE, "DELETE FROM catatan WHERE id = 'c3'");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        fleet_expect(&f, i, "SELECT * FROM catatan", "c1|c\n");
        fleet_verify(&f, i);
    }
    fleet_release(&f);
}

static void a_migration_that_is_taken_back_leaves_no_policy(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 74);
    fleet_sql(&f, OFFICE, "BEGIN; SELECT jemput_migrate('SELECT jemput_policy(''catatan'', ''petugas'', ''insert'')'); ROLLBACK");
    fleet_sql(&f, OFFICE, "INSERT INTO catatan VALUES('c1', 'a')");
    fleet_sql(&f, OFFICE, "BEGIN; SELECT jemput_migrate('SELECT jemput_policy(''catatan'', ''petugas'', ''insert'')'); COMMIT");
    expect_refused(&f, OFFICE, "INSERT INTO catatan VALUES('c2', 'a')", "may not insert");
    fleet_release(&f);
}

static void what_contradicts_the_schema_is_refused_when_that_is_loaded_with_the_line(void **state)
{
    static const struct {
        const char *call, *says;
    } bad[] = {
        { "SELECT jemput_policy('orang', 'petugas', 'insert')", "table 'orang' is not replicated" },
        { "SELECT jemput_policy('t', 'lurah', 'insert')", "no roles in 'lurah'" },
        { "SELECT jemput_policy('t', 'petugas', 'update=warna')", "no column 'warna'" },
        { "SELECT jemput_policy('t', 'petugas', 'steps=a:X')", "FROM>TO" },
        { "SELECT jemput_policy('t', 'petugas', NULL)", "must be text" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct crash_vfs *vfs = crash_vfs_new("policy");
        struct sim_env sim;
        struct jemput_error err;
        struct jemput *j;
        char schema[512];

        sim_env_init(&sim, vfs, 1);
        snprintf(schema, sizeof schema, "CREATE TABLE t(id TEXT PRIMARY KEY NOT NULL, a TEXT);\nSELECT jemput_replicate('t');\n\n%s;", bad[i].call);
        assert_int_equal(jemput_init(&j, "toko.db", schema, NULL, &sim.env, &err), JEMPUT_CORRUPT);
        if (!strstr(err.text, bad[i].says) || !strstr(err.text, "line 4"))
            fail_msg("%s: %s", bad[i].call, err.text);
        crash_vfs_free(vfs);
    }
}

static void outside_of_a_schema_and_a_migration_nobody_declares_a_policy(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 75);
    assert_int_not_equal(fleet_try(&f, OFFICE, "SELECT jemput_policy('catatan', 'petugas', 'insert')"), SQLITE_OK);
    assert_non_null(strstr(sqlite3_errmsg(f.devices[OFFICE].sql), "in the space's schema, or in jemput_migrate()"));
    assert_int_not_equal(fleet_try(&f, TABLET, "SELECT jemput_migrate('SELECT jemput_policy(''catatan'', ''petugas'', ''insert'')')"), SQLITE_OK);
    assert_int_not_equal(fleet_try(&f, TABLET, "DELETE FROM jemput_policy"), SQLITE_OK);
    assert_int_not_equal(fleet_try(&f, TABLET, "UPDATE jemput_fact SET value = 63 WHERE name = 'roles'"), SQLITE_OK);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_one_who_may_approve_approves),
        cmocka_unit_test(a_device_is_bound_by_its_invitation_before_it_is_let_in_and_by_the_roster_after),
        cmocka_unit_test(a_policy_that_comes_later_binds_every_device_from_its_next_sync_on),
        cmocka_unit_test(a_migration_that_is_taken_back_leaves_no_policy),
        cmocka_unit_test(what_contradicts_the_schema_is_refused_when_that_is_loaded_with_the_line),
        cmocka_unit_test(outside_of_a_schema_and_a_migration_nobody_declares_a_policy),
    };

    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
