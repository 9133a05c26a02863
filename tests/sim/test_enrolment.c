/* Enrolment, first form: a tablet works from the first minute, asks at its first sync, is let in once, and what it had collected before is merged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/engine.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"
#include "bad.h"
#include "support/sealed.h"

#define HOUR_MS 3600000

static const char SCHEMA[] = "CREATE TABLE warga(nama TEXT PRIMARY KEY NOT NULL, rt TEXT) WITHOUT ROWID; SELECT jemput_replicate('warga');";

/* A fleet whose devices come in one by one: the founder is there. */
static void found(struct fleet *f, const char *roles)
{
    static unsigned spaces; /* each is another one */
    const struct jemput_founding founding = { .schema = SCHEMA, .roles = roles, .secret = test_secret() };
    struct fleet_device *d = &f->devices[0];
    struct jemput_error err;
    char name[32];
    const char *tmp = getenv("TMPDIR");

    memset(f, 0, sizeof *f);
    snprintf(f->folder, sizeof f->folder, "%s/jemput-enrol-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(f->folder));
    snprintf(d->path, sizeof d->path, "office.db");
    snprintf(name, sizeof name, "enrol-space-%u", ++spaces);
    d->vfs = crash_vfs_new(name);
    sim_env_init(&d->sim, d->vfs, 500 + 100 * spaces);
    if (jemput_found(&d->jemput, d->path, &founding, &d->sim.env, &err))
        fail_msg("%s", err.text);
    d->sql = jemput_app(d->jemput);
    sim_env_use_real_files(&d->sim, jemput_env_posix());
    f->count = 1;
}

/* The next device joins, and has met no hub yet; gives its number in the fleet. */
static unsigned join(struct fleet *f, const char *roles)
{
    struct fleet_device *d = &f->devices[f->count];
    struct jemput_error err;
    char name[32], *invitation;
    size_t len;

    if (jemput_invite(f->devices[0].jemput, roles, "", "", f->devices[0].sim.wall_ms + HOUR_MS, &invitation, &len, &err))
        fail_msg("%s", err.text);
    snprintf(d->path, sizeof d->path, "tablet.db");
    snprintf(name, sizeof name, "enrol-%u", f->count);
    d->vfs = crash_vfs_new(name);
    sim_env_init(&d->sim, d->vfs, 500 + f->count);
    if (jemput_join_sealed(&d->jemput, d->path, invitation, len, test_secret(), &d->sim.env, &err))
        fail_msg("%s", err.text);
    jemput_text_free(invitation);
    d->sql = jemput_app(d->jemput);
    sim_env_use_real_files(&d->sim, jemput_env_posix());
    return f->count++;
}

static void a_joined_tablet_works_before_anybody_has_heard_of_it(void **state)
{
    struct fleet f;
    unsigned t;
    char *codes;
    struct jemput_info info;

    (void)state;
    found(&f, NULL);
    t = join(&f, "petugas");
    for (unsigned i = 0; i < 3; i++) {
        bad_write(&f, t, i == 0 ? "b" : i == 1 ? "c" : "d");
        if (i == 1)
            fleet_reopen(&f, t);
        assert_int_equal(jemput_seal(f.devices[t].jemput, NULL, &(struct jemput_error){ .status = JEMPUT_OK }), JEMPUT_OK);
    }
    codes = fleet_rows(&f, t, "SELECT jemput_serial('warga') UNION ALL SELECT jemput_serial('warga')");
    assert_memory_equal(codes, "02-000001-", 10); /* the reserved device number */
    assert_non_null(strstr(codes, "\n02-000002-"));
    free(codes);
    bad_expect_names(&f, t, "bcd");
    info = bad_info(&f, t);
    assert_int_equal(info.admitted, 0);
    assert_int_equal(info.device_number, 2);
    assert_string_equal(info.roles, "");
    assert_int_equal(info.own.waiting, 3);
    fleet_verify(&f, t);
    fleet_release(&f);
}

/* Who admits: an office that is both, an administrator without central, or central by the administrator's invitation. */
static void the_first_sync_delivers_the_request_and_the_next_of_the_office_admits_it_once(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 3; kind++) {
        struct jemput_sync_report report;
        struct fleet f;
        unsigned t, office = 0;
        char *code, *after;

        found(&f, kind == 0 ? "admin,pusat" : "admin");
        if (kind == 2) {
            office = join(&f, "pusat");
            fleet_settle(&f, 0);
            assert_int_equal(bad_info(&f, office).admitted, 1);
        }
        bad_write(&f, 0, "a");
        t = join(&f, "petugas");
        fleet_sync(&f, 0, 0); /* the invitation is known to central */
        bad_write(&f, t, "b");
        code = fleet_rows(&f, t, "SELECT jemput_serial('warga')");
        report = fleet_sync(&f, t, 0);
        assert_true(report.complete);
        assert_true(report.segments_sent >= 2);
        assert_int_equal(bad_info(&f, t).admitted, 0); /* waits: no error */
        assert_int_equal(bad_info(&f, t).own.waiting, 1);
        for (unsigned i = 0; i < 3; i++)
            assert_int_equal(fleet_sync(&f, office, 0).admitted_devices, i == 0);
        bad_expect_names(&f, office, "ab");
        bad_write(&f, t, "c");
        fleet_sync(&f, t, 0);
        assert_int_equal(bad_info(&f, t).admitted, 1);
        assert_string_equal(bad_info(&f, t).roles, "petugas");
        fleet_settle(&f, 0);
        for (unsigned i = 0; i < f.count; i++) {
            bad_expect_names(&f, i, "abc");
            assert_int_equal(bad_info(&f, i).logs_stopped, 0);
            fleet_verify(&f, i);
        }
        after = fleet_rows(&f, t, "SELECT jemput_serial('warga')");
        assert_memory_equal(after, code, 3); /* the same device number; the codes go on */
        assert_string_not_equal(after, code);
        free(code);
        free(after);
        fleet_release(&f);
    }
}

static void many_tablets_ask_before_the_office_syncs_and_all_get_in(void **state)
{
    struct fleet f;
    char *numbers;

    (void)state;
    found(&f, NULL);
    for (unsigned i = 0; i < 5; i++) {
        char name[2] = { (char)('b' + i), 0 };

        bad_write(&f, join(&f, "petugas"), name);
    }
    for (unsigned i = 1; i < f.count; i++)
        fleet_sync(&f, i, 0);
    assert_int_equal(fleet_sync(&f, 0, 0).admitted_devices, 5);
    bad_expect_names(&f, 0, "bcdef");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        bad_expect_names(&f, i, "bcdef");
        assert_int_equal(bad_info(&f, i).admitted, 1);
        assert_int_equal(bad_info(&f, i).device_number, i + 1);
        fleet_verify(&f, i);
    }
    numbers = fleet_rows(&f, 3, "SELECT jemput_serial('warga')");
    assert_memory_equal(numbers, "04-", 3);
    free(numbers);
    fleet_release(&f);
}

static void a_request_that_comes_before_its_invitation_waits_for_it(void **state)
{
    struct fleet f;
    unsigned office, t;

    (void)state;
    found(&f, "admin");
    office = join(&f, "pusat");
    fleet_settle(&f, 0);
    t = join(&f, "petugas"); /* the administrator's machine stays offline */
    bad_write(&f, t, "b");
    for (unsigned i = 0; i < 2; i++) {
        fleet_sync(&f, t, 0);
        assert_int_equal(fleet_sync(&f, office, 0).admitted_devices, 0);
        bad_expect_aside(&f, office, JEMPUT_DENIED, "not enrolled");
        assert_int_equal(bad_info(&f, t).admitted, 0);
    }
    fleet_settle(&f, 0);
    assert_int_equal(bad_info(&f, t).admitted, 1);
    assert_int_equal(bad_info(&f, office).logs_stopped, 0);
    bad_expect_names(&f, office, "b");
    fleet_release(&f);
}

/* The administrator's disk was put back to a copy from before, and no hub had the invitation yet. */
static void a_tablet_whose_invitation_was_lost_waits_with_its_work_until_another_lets_it_in(void **state)
{
    struct crash_snapshot *copy;
    struct jemput_error err;
    struct fleet f;
    char *invitation;
    size_t len;
    unsigned office, t;

    (void)state;
    found(&f, "admin");
    office = join(&f, "pusat");
    fleet_settle(&f, 0);
    bad_close(&f, 0);
    copy = crash_vfs_snapshot(f.devices[0].vfs);
    bad_open(&f, 0);
    t = join(&f, "petugas");
    bad_close(&f, 0);
    crash_vfs_restore(f.devices[0].vfs, copy);
    crash_snapshot_free(copy);
    bad_open(&f, 0);
    bad_write(&f, t, "b");
    fleet_settle(&f, 0);
    assert_int_equal(bad_info(&f, t).admitted, 0);
    bad_expect_names(&f, t, "b");
    bad_expect_names(&f, office, "");
    assert_int_equal(jemput_invite(f.devices[0].jemput, "petugas", "", "", f.devices[0].sim.wall_ms + HOUR_MS, &invitation, &len, &err), JEMPUT_OK);
    bad_close(&f, t);
    sim_env_use_real_files(&f.devices[t].sim, NULL);
    if (jemput_join_sealed(&f.devices[t].jemput, f.devices[t].path, invitation, len, test_secret(), &f.devices[t].sim.env, &err))
        fail_msg("%s", err.text);
    jemput_text_free(invitation);
    f.devices[t].sql = jemput_app(f.devices[t].jemput);
    sim_env_use_real_files(&f.devices[t].sim, jemput_env_posix());
    fleet_settle(&f, 0);
    fleet_settle(&f, 0);
    assert_int_equal(bad_info(&f, t).admitted, 1);
    bad_expect_names(&f, office, "b");
    bad_expect_names(&f, 0, "b");
    fleet_release(&f);
}

static void an_invitation_made_by_a_second_handle_admits_at_the_first_ones_sync(void **state)
{
    struct jemput_error err;
    struct jemput *second;
    struct fleet f;
    unsigned t;
    struct jemput *first;

    (void)state;
    found(&f, NULL);
    fleet_sync(&f, 0, 0);
    sim_env_use_real_files(&f.devices[0].sim, NULL);
    assert_int_equal(jemput_open_sealed(&second, f.devices[0].path, test_secret(), &f.devices[0].sim.env, &err), JEMPUT_OK);
    sim_env_use_real_files(&f.devices[0].sim, jemput_env_posix());
    first = f.devices[0].jemput;
    f.devices[0].jemput = second; /* who invites */
    t = join(&f, "petugas");
    f.devices[0].jemput = first; /* who syncs, and was open all the time */
    jemput_close(second);
    bad_write(&f, t, "b");
    fleet_sync(&f, t, 0);
    assert_int_equal(fleet_sync(&f, 0, 0).admitted_devices, 1);
    bad_expect_names(&f, 0, "b");
    t = join(&f, "petugas"); /* its device number is another one */
    assert_int_equal(bad_info(&f, t).device_number, 3);
    fleet_settle(&f, 0);
    fleet_release(&f);
}

/* Whoever knows a central reads its log and the administrators' only: what was noted of others before is nobody's concern any more. */
static void a_log_that_waits_is_no_complaint_once_the_device_knows_a_central_that_reads_it(void **state)
{
    struct fleet f;
    unsigned early, late, central;

    (void)state;
    found(&f, "admin");
    early = join(&f, "petugas");
    fleet_settle(&f, 0);
    late = join(&f, "petugas");
    bad_write(&f, late, "b");
    fleet_sync(&f, late, 1); /* a hub that the administrator does not visit */
    fleet_sync(&f, early, 1); /* no central yet: it reads every log, and cannot read this one */
    assert_int_equal(bad_info(&f, early).logs_stopped, 1);
    central = join(&f, "pusat");
    fleet_sync(&f, central, 0);
    fleet_sync(&f, 0, 0);
    fleet_sync(&f, central, 0);
    fleet_sync(&f, central, 1); /* lets that one in */
    fleet_sync(&f, early, 0);
    fleet_settle(&f, 1);
    fleet_settle(&f, 1);
    for (unsigned i = 0; i < f.count; i++) {
        assert_int_equal(bad_info(&f, i).admitted, 1);
        assert_int_equal(bad_info(&f, i).logs_stopped, 0);
        bad_expect_names(&f, i, "b");
    }
    assert_int_equal(bad_info(&f, central).own.waiting, 0);
    fleet_release(&f);
}

static void the_founders_first_sync_brings_the_space_to_an_empty_hub(void **state)
{
    struct jemput_sync_report report;
    struct jemput_error err;
    struct fleet f, other;

    (void)state;
    found(&f, "admin"); /* without a central there is nothing to say yet */
    report = fleet_sync(&f, 0, 0);
    assert_true(report.complete);
    assert_true(report.bytes_sent > 0);
    found(&other, "admin");
    assert_int_equal(bad_sync(&other, 0, fleet_hub(&f, 0), &report, &err), JEMPUT_DENIED); /* the hub is taken */
    assert_non_null(strstr(err.text, "another space"));
    assert_int_equal(fleet_sync(&f, 0, 0).bytes_sent, 0);
    join(&f, "pusat");
    fleet_settle(&f, 0);
    assert_int_equal(bad_info(&f, 1).admitted, 1);
    fleet_release(&other);
    fleet_release(&f);
}

/* --- files --- */

static void expect_private(const char *folder, const char *name)
{
    struct stat s;

    if (stat(bad_path(folder, "%s", name), &s))
        fail_msg("there is no %s", name);
    if ((s.st_mode & 0777) != 0600)
        fail_msg("%s has mode %o", name, (unsigned)(s.st_mode & 0777));
}

static void stores_hold_keys_and_are_readable_by_their_owner_only(void **state)
{
    static const char *const names[] = { "office.db", "office.db-wal", "office.db-shm", "tablet.db", "tablet.db-wal", "tablet.db-shm" };
    char folder[256];
    const char *tmp = getenv("TMPDIR");
    struct jemput *office, *tablet;
    struct jemput_error err;
    char *invitation;
    size_t len;
    mode_t mask = umask(0); /* the most careless user */

    (void)state;
    snprintf(folder, sizeof folder, "%s/jemput-mode-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(jemput_init(&office, bad_path(folder, "office.db"), SCHEMA, NULL, NULL, &err), JEMPUT_OK);
    assert_int_equal(jemput_invite(office, "petugas", "", "", INT64_C(4000000000000), &invitation, &len, &err), JEMPUT_OK);
    assert_int_equal(jemput_join(&tablet, bad_path(folder, "tablet.db"), invitation, len, NULL, &err), JEMPUT_OK);
    assert_int_equal(sqlite3_exec(jemput_app(office), "INSERT INTO warga VALUES('a', '1')", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(jemput_app(tablet), "INSERT INTO warga VALUES('b', '1')", NULL, NULL, NULL), SQLITE_OK);
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        expect_private(folder, names[i]);
    jemput_text_free(invitation);
    jemput_close(tablet);
    jemput_close(office);
    expect_private(folder, "office.db");
    expect_private(folder, "tablet.db");
    assert_int_equal(jemput_open(&office, bad_path(folder, "office.db"), NULL, &err), JEMPUT_OK);
    for (unsigned i = 0; i < 3; i++)
        expect_private(folder, names[i]);
    jemput_close(office);
    umask(mask);
    bad_shell("rm -r '%s'", folder);
}

/* Records of a transaction that is rolled back are forgotten, also where another handle has given their segment's number to another segment meanwhile. */
static void an_act_that_is_rolled_back_is_out_of_the_roster_and_stays_out(void **state)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_INVITE, .as.invite = { .public_key = { 7 }, .roles = JEMPUT_ROLE_PETUGAS, .device_number = 77 } };
    struct jemput *j, *other;
    struct jemput_error err;
    struct fleet f;
    char *invitation;
    size_t len;

    (void)state;
    found(&f, "admin,pusat");
    j = f.devices[0].jemput;
    assert_int_equal(jemput_store_begin(j->store, 0, &err), JEMPUT_OK);
    assert_int_equal(engine_seal_control(j, &record, 1, &err), JEMPUT_OK);
    assert_int_equal(engine_roster_load(j, &err), JEMPUT_OK);
    assert_int_equal(j->roster.invite_count, 1);
    jemput_store_rollback(j->store);
    sim_env_use_real_files(&f.devices[0].sim, NULL);
    assert_int_equal(jemput_open_sealed(&other, f.devices[0].path, test_secret(), &f.devices[0].sim.env, &err), JEMPUT_OK);
    assert_int_equal(jemput_invite(other, "petugas", "", "", f.devices[0].sim.wall_ms + HOUR_MS, &invitation, &len, &err), JEMPUT_OK);
    jemput_text_free(invitation);
    jemput_close(other);
    engine_undo(j);
    assert_int_equal(engine_roster_refresh(j, &err), JEMPUT_OK);
    assert_int_equal(j->roster.invite_count, 1);
    assert_int_not_equal(j->roster.invites[0].invite.device_number, 77);
    assert_int_equal(j->acts.count, 5); /* genesis, the founder's reading key, the first key epoch, what the device says of itself, the invite */
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_joined_tablet_works_before_anybody_has_heard_of_it),
        cmocka_unit_test(the_first_sync_delivers_the_request_and_the_next_of_the_office_admits_it_once),
        cmocka_unit_test(many_tablets_ask_before_the_office_syncs_and_all_get_in),
        cmocka_unit_test(a_request_that_comes_before_its_invitation_waits_for_it),
        cmocka_unit_test(a_tablet_whose_invitation_was_lost_waits_with_its_work_until_another_lets_it_in),
        cmocka_unit_test(an_invitation_made_by_a_second_handle_admits_at_the_first_ones_sync),
        cmocka_unit_test(an_act_that_is_rolled_back_is_out_of_the_roster_and_stays_out),
        cmocka_unit_test(a_log_that_waits_is_no_complaint_once_the_device_knows_a_central_that_reads_it),
        cmocka_unit_test(the_founders_first_sync_brings_the_space_to_an_empty_hub),
        cmocka_unit_test(stores_hold_keys_and_are_readable_by_their_owner_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
