/* A device takes another key: its log, receipts and number go on, whatever was not sent yet is sent, and no cut or failure leaves half of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "roll.h"
#include "support/fault_alloc.h"
#include "support/sealed.h"

enum { OFFICE = 0, TABLET = 1, OTHER = 2 };

static void rotate(struct fleet *f, unsigned device)
{
    struct jemput_error err;

    sim_env_advance(&f->devices[device].sim, 1000);
    if (jemput_rotate(f->devices[device].jemput, &err))
        fail_msg("%s", err.text);
}

static void expect_no_conflict(struct fleet *f)
{
    for (unsigned i = 0; i < f->count; i++)
        assert_int_equal(bad_info(f, i).conflicts, 0);
}

static void a_device_with_a_new_key_goes_on_where_the_old_one_was(void **state)
{
    struct jemput_info before, after;
    struct fleet f;
    char *code;

    (void)state;
    bad_begin(&f, 821);
    code = fleet_rows(&f, TABLET, "SELECT jemput_serial('warga')");
    bad_write(&f, TABLET, "d");
    before = bad_info(&f, TABLET);
    rotate(&f, TABLET);
    after = bad_info(&f, TABLET);
    assert_string_not_equal(before.writer, after.writer);
    assert_int_equal(after.admitted, 1);
    assert_string_equal(after.roles, "petugas");
    assert_int_equal(after.device_number, before.device_number);
    assert_int_equal(after.own.waiting, 1); /* sealed by the old key, not sent */
    assert_int_equal(after.own.received, before.own.received);
    bad_write(&f, TABLET, "e");
    fleet_sql(&f, TABLET, "UPDATE warga SET rt = '9' WHERE nama = 'd'"); /* of its own row, which the old key wrote */
    bad_expect_all_received(&f, "abcde");
    expect_no_conflict(&f);
    after = bad_info(&f, TABLET);
    assert_int_equal(after.own.waiting, 0);
    assert_int_equal(after.own.received, before.own.received + 3);
    for (unsigned i = 0; i < f.count; i++) {
        fleet_expect(&f, i, "SELECT rt FROM warga WHERE nama = 'd'", "9\n");
        roll_expect(&f, i, 2, JEMPUT_DEVICE_ACTIVE, "petugas", "");
        assert_string_equal(roll_device(&f, i, 2).writer, after.writer);
    }
    assert_int_equal(roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2" }).device_number, 2); /* not the old key */
    free(code);
    fleet_release(&f);
}

static void the_new_key_is_there_after_the_app_has_started_again_and_may_be_changed_again(void **state)
{
    struct jemput_info one, two;
    struct fleet f;

    (void)state;
    bad_begin(&f, 822);
    for (unsigned i = 0; i < 3; i++) {
        rotate(&f, TABLET);
        one = bad_info(&f, TABLET);
        fleet_reopen(&f, TABLET);
        two = bad_info(&f, TABLET);
        assert_string_equal(one.writer, two.writer);
        bad_write(&f, TABLET, i == 0 ? "d" : i == 1 ? "e" : "f");
        if (i == 1)
            fleet_settle(&f, 0);
    }
    bad_expect_all_received(&f, "abcdef");
    expect_no_conflict(&f);
    fleet_release(&f);
}

/* Central's receipts go on, and the founder's log, which begins with the genesis segment, still reaches an empty hub. */
static void central_and_founder_takes_another_key_and_is_central_still(void **state)
{
    struct fleet f;

    (void)state;
    bad_begin(&f, 823);
    bad_write(&f, TABLET, "d");
    fleet_sync(&f, TABLET, 0);
    rotate(&f, OFFICE);
    bad_write(&f, OFFICE, "e");
    bad_expect_all_received(&f, "abcde");
    for (unsigned i = 0; i < f.count; i++)
        assert_int_equal(roll_device(&f, i, 1).root, 1); /* the place of the root administrator goes along */
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "3", .scope = "16.99" });
    fleet_settle(&f, 0);
    roll_expect(&f, OTHER, 3, JEMPUT_DEVICE_ACTIVE, "petugas", "16.99");
    bad_write(&f, OTHER, "f");
    fleet_settle(&f, 1); /* a hub that has nothing yet */
    fleet_settle(&f, 1);
    bad_expect_names(&f, TABLET, "abcdef");
    assert_int_equal(bad_info(&f, OTHER).own.waiting, 0);
    fleet_release(&f);
}

/* Central did not know of it yet when it began the key epoch. */
static void what_was_handed_to_the_old_key_before_anybody_knew_of_the_change_is_read_still(void **state)
{
    struct fleet f;

    (void)state;
    bad_begin(&f, 827);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "3", .reason = "lost" });
    bad_write(&f, OFFICE, "d");
    fleet_sync(&f, OFFICE, 0);
    rotate(&f, TABLET);
    rotate(&f, TABLET);
    fleet_sync(&f, TABLET, 0);
    bad_expect_names(&f, TABLET, "abcd");
    fleet_release(&f);
}

static void what_the_old_key_signs_behind_its_end_is_nothing(void **state)
{
    struct crash_snapshot *before;
    struct fleet f;

    (void)state;
    bad_begin(&f, 824);
    bad_close(&f, TABLET);
    before = crash_vfs_snapshot(f.devices[TABLET].vfs);
    bad_open(&f, TABLET);
    rotate(&f, TABLET);
    fleet_settle(&f, 0);
    bad_close(&f, TABLET); /* a thief's copy, from before */
    crash_vfs_restore(f.devices[TABLET].vfs, before);
    bad_open(&f, TABLET);
    assert_int_equal(jemput_device_act(f.devices[TABLET].jemput,
                                       &(struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "3", .roles = "none" },
                                       &(struct jemput_device_act_report){ .done = 0 }, &(struct jemput_error){ .status = JEMPUT_OK }),
                     JEMPUT_DENIED);
    bad_sync(&f, TABLET, fleet_hub(&f, 0), NULL, NULL);
    roll_expect(&f, OFFICE, 2, JEMPUT_DEVICE_ACTIVE, "petugas", ""); /* the new key */
    crash_snapshot_free(before);
    fleet_release(&f);
}

static void a_copy_from_before_the_key_was_changed_does_not_read_what_is_written_after(void **state)
{
    struct crash_snapshot *before;
    struct fleet f;

    (void)state;
    bad_begin(&f, 826);
    bad_close(&f, TABLET);
    before = crash_vfs_snapshot(f.devices[TABLET].vfs);
    bad_open(&f, TABLET);
    rotate(&f, TABLET);
    fleet_settle(&f, 0);
    bad_write(&f, OTHER, "x");
    fleet_settle(&f, 0);
    fleet_expect(&f, TABLET, "SELECT count(*) FROM warga WHERE nama = 'x'", "1\n");
    bad_close(&f, TABLET); /* a thief's copy */
    crash_vfs_restore(f.devices[TABLET].vfs, before);
    bad_open(&f, TABLET);
    bad_sync(&f, TABLET, fleet_hub(&f, 0), NULL, NULL);
    fleet_expect(&f, TABLET, "SELECT count(*) FROM warga WHERE nama = 'x'", "0\n");
    assert_true(bad_info(&f, TABLET).segments_unread > 0);
    crash_snapshot_free(before);
    fleet_release(&f);
}

/* A tablet that was put back goes on in another log; a rotation ends that one. A copy, which is given, has the earlier one. */
static unsigned put_back_and_rotated(struct fleet *f)
{
    struct crash_snapshot *before;
    unsigned copy;

    bad_close(f, TABLET);
    before = crash_vfs_snapshot(f->devices[TABLET].vfs);
    bad_open(f, TABLET);
    bad_write(f, TABLET, "d");
    fleet_settle(f, 0);
    copy = fleet_clone(f, TABLET);
    bad_close(f, TABLET);
    crash_vfs_restore(f->devices[TABLET].vfs, before);
    crash_snapshot_free(before);
    bad_open(f, TABLET);
    for (unsigned i = 0; i < 3; i++) {
        bad_sync(f, TABLET, fleet_hub(f, 0), NULL, NULL);
        fleet_sync(f, OFFICE, 0);
    }
    rotate(f, TABLET);
    for (unsigned i = 0; i < 3; i++) {
        bad_sync(f, TABLET, fleet_hub(f, 0), NULL, NULL);
        fleet_sync(f, OTHER, 0);
        fleet_sync(f, OFFICE, 0);
    }
    return copy;
}

static void a_copy_of_an_earlier_log_of_the_old_key_signs_on_and_reads_nothing_that_is_written_after(void **state)
{
    struct fleet f;
    unsigned copy;

    (void)state;
    bad_begin(&f, 830);
    copy = put_back_and_rotated(&f);
    bad_write(&f, OTHER, "x");
    fleet_sync(&f, OTHER, 0);
    fleet_sync(&f, OFFICE, 0);
    bad_sync(&f, TABLET, fleet_hub(&f, 0), NULL, NULL);
    fleet_expect(&f, TABLET, "SELECT count(*) FROM warga WHERE nama = 'x'", "1\n");
    bad_write(&f, copy, "y");
    for (unsigned i = 0; i < 3; i++) {
        bad_sync(&f, copy, fleet_hub(&f, 0), NULL, NULL);
        fleet_sync(&f, OFFICE, 0);
    }
    fleet_expect(&f, copy, "SELECT count(*) FROM warga WHERE nama = 'x'", "0\n");
    assert_true(bad_info(&f, copy).segments_unread > 0);
    bad_expect_names(&f, OFFICE, "abcdxy");
    fleet_release(&f);
}

struct seen {
    const char *kind;
    unsigned count;
    char label[40], about[80], what[400];
};

static int case_see(void *ctx, const struct jemput_case *told)
{
    struct seen *seen = ctx;

    if (strcmp(told->kind, seen->kind) != 0 || !told->open)
        return 0;
    seen->count++;
    snprintf(seen->label, sizeof seen->label, "%s", told->label);
    snprintf(seen->about, sizeof seen->about, "%s", told->about);
    snprintf(seen->what, sizeof seen->what, "%s", told->what_en);
    return 0;
}

static struct seen cases_see(struct fleet *f, unsigned device, const char *kind)
{
    struct seen seen = { .kind = kind };
    struct jemput_error err;

    if (jemput_cases(f->devices[device].jemput, case_see, &seen, &err))
        fail_msg("%s", err.text);
    return seen;
}

static void an_old_key_that_a_copy_can_sign_with_is_a_case_until_it_is_revoked(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .reason = "leaked" };
    struct seen seen;
    struct fleet f;
    char old_key[65];
    unsigned copy;

    (void)state;
    bad_begin(&f, 831);
    memcpy(old_key, roll_device(&f, OFFICE, 2).key, sizeof old_key);
    copy = put_back_and_rotated(&f);
    bad_write(&f, copy, "y");
    for (unsigned i = 0; i < 2; i++) {
        bad_sync(&f, copy, fleet_hub(&f, 0), NULL, NULL);
        fleet_sync(&f, OFFICE, 0);
    }
    seen = cases_see(&f, OFFICE, "old-key");
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.label, "tablet 02");
    assert_string_equal(seen.about, old_key);
    act.device = seen.about;
    roll_act(&f, OFFICE, act);
    assert_int_equal(cases_see(&f, OFFICE, "old-key").count, 0);
    fleet_sync(&f, OFFICE, 0);
    bad_write(&f, copy, "z");
    bad_write(&f, TABLET, "e");
    for (unsigned i = 0; i < 2; i++) {
        bad_sync(&f, copy, fleet_hub(&f, 0), NULL, NULL);
        bad_sync(&f, TABLET, fleet_hub(&f, 0), NULL, NULL);
        fleet_sync(&f, OFFICE, 0);
    }
    bad_expect_names(&f, OFFICE, "abcdey"); /* the new key counts, and of the old one what had come */
    assert_int_equal(cases_see(&f, OFFICE, "revoked").count, 1);
    fleet_release(&f);
}

/* The copy may be an honest officer's, put back from a backup: what was collected there must not go under. */
static void of_two_copies_that_both_take_another_key_the_later_ones_work_is_a_case_and_can_be_adopted(void **state)
{
    struct jemput_adopting order = { .reason = "asked the officer" };
    struct jemput_error err;
    struct seen seen;
    struct fleet f;
    uint32_t adopted;
    unsigned copy;
    char *commit;

    (void)state;
    bad_begin(&f, 829);
    copy = fleet_clone(&f, TABLET);
    rotate(&f, TABLET);
    fleet_sync(&f, TABLET, 0);
    sim_env_advance(&f.devices[copy].sim, 60000); /* it is the later one by its stamp, and not as hashes fall */
    rotate(&f, copy);
    bad_write(&f, copy, "x");
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < f.count; i++)
            bad_sync(&f, i, fleet_hub(&f, 0), NULL, NULL);
    bad_expect_names(&f, OFFICE, "abc");
    seen = cases_see(&f, OFFICE, "revoked");
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.label, "tablet 02?");
    assert_string_equal(seen.about, bad_info(&f, copy).writer);
    assert_non_null(strstr(seen.what, "there may be a copy of it"));
    assert_int_equal(cases_see(&f, OFFICE, "unadmitted").count, 0);
    order.segment = commit = fleet_rows(&f, OFFICE, "SELECT \"commit\" FROM jemput_refused");
    commit[strcspn(commit, "\n")] = '\0';
    if (jemput_adopt(f.devices[OFFICE].jemput, &order, &adopted, &err))
        fail_msg("%s", err.text);
    assert_int_equal(adopted, 1);
    bad_expect_names(&f, OFFICE, "abcx");
    assert_int_equal(cases_see(&f, OFFICE, "revoked").count, 0);
    free(commit);
    fleet_release(&f);
}

static void a_device_that_was_not_let_in_has_no_key_to_change(void **state)
{
    struct jemput_error err;
    struct fleet f;
    unsigned t;

    (void)state;
    bad_begin(&f, 825);
    t = roll_join(&f, OFFICE, "petugas");
    assert_int_equal(jemput_rotate(f.devices[t].jemput, &err), JEMPUT_DENIED);
    assert_non_null(strstr(err.text, "let in"));
    fleet_settle(&f, 0);
    fleet_settle(&f, 0);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "4", .reason = "left" });
    fleet_sync(&f, OFFICE, 0);
    bad_sync(&f, t, fleet_hub(&f, 0), NULL, NULL);
    assert_int_equal(jemput_rotate(f.devices[t].jemput, &err), JEMPUT_DENIED);
    fleet_release(&f);
}

/* A second handle of the store, open all the time, must not sign with the key that ended. */
static void another_handle_of_the_store_takes_the_new_key_before_it_signs(void **state)
{
    struct jemput_error err;
    struct jemput *second;
    struct jemput_info info;
    struct fleet f;

    (void)state;
    bad_begin(&f, 826);
    sim_env_use_real_files(&f.devices[TABLET].sim, NULL);
    assert_int_equal(jemput_open_sealed(&second, f.devices[TABLET].path, test_secret(), &f.devices[TABLET].sim.env, &err), JEMPUT_OK);
    sim_env_use_real_files(&f.devices[TABLET].sim, jemput_env_posix());
    rotate(&f, TABLET);
    assert_int_equal(sqlite3_exec(jemput_app(second), "INSERT INTO warga VALUES('d', '1')", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(jemput_seal(second, NULL, &err), JEMPUT_OK);
    assert_int_equal(jemput_info_get(second, &info, &err), JEMPUT_OK);
    assert_string_equal(info.writer, bad_info(&f, TABLET).writer);
    jemput_close(second);
    fleet_settle(&f, 0);
    fleet_expect(&f, OFFICE, "SELECT count(*) FROM warga WHERE nama = 'd'", "1\n");
    fleet_verify(&f, OFFICE);
    fleet_release(&f);
}

/* --- cut off anywhere --- */

struct cut_scene {
    struct fleet f;
    struct crash_snapshot *ready;
    char old[33];
};

static void scene_begin(struct cut_scene *s, uint64_t seed)
{
    bad_begin(&s->f, seed);
    bad_write(&s->f, TABLET, "d");
    memcpy(s->old, bad_info(&s->f, TABLET).writer, sizeof s->old);
    bad_close(&s->f, TABLET);
    s->ready = crash_vfs_snapshot(s->f.devices[TABLET].vfs);
}

/* The old key or the new one, and the store works with it. */
static void scene_check(struct cut_scene *s, bool done)
{
    struct jemput_info info = bad_info(&s->f, TABLET);
    struct jemput_error err;

    assert_int_equal(info.admitted, 1);
    assert_int_equal(info.own.on_device + info.own.waiting, 1);
    if (done)
        assert_string_not_equal(info.writer, s->old);
    fleet_sql(&s->f, TABLET, "INSERT INTO warga VALUES('e', '1')");
    if (jemput_seal(s->f.devices[TABLET].jemput, NULL, &err))
        fail_msg("%s", err.text);
    fleet_verify(&s->f, TABLET);
    roll_expect(&s->f, TABLET, 2, JEMPUT_DEVICE_ACTIVE, "petugas", "");
}

static void a_power_cut_at_any_write_leaves_the_old_key_or_the_new_one(void **state)
{
    struct cut_scene s;
    unsigned kept = 0, changed = 0;

    (void)state;
    scene_begin(&s, 827);
    for (uint64_t op = 0;; op++) {
        struct fleet_device *d = &s.f.devices[TABLET];
        struct jemput_error err;
        enum jemput_status st;
        bool cut;

        crash_vfs_restore(d->vfs, s.ready);
        bad_open(&s.f, TABLET);
        crash_vfs_cut_at(d->vfs, op);
        st = jemput_rotate(d->jemput, &err);
        cut = crash_vfs_is_cut(d->vfs);
        if (st && !cut)
            fail_msg("without a cut: %s", err.text);
        bad_close(&s.f, TABLET);
        sim_env_power_cut(&d->sim, op + 1);
        crash_vfs_cut_at(d->vfs, UINT64_MAX);
        bad_open(&s.f, TABLET);
        strcmp(bad_info(&s.f, TABLET).writer, s.old) == 0 ? kept++ : changed++;
        scene_check(&s, st == JEMPUT_OK);
        bad_close(&s.f, TABLET);
        if (!cut)
            break;
    }
    assert_true(kept > 0 && changed > 0);
    bad_open(&s.f, TABLET);
    crash_snapshot_free(s.ready);
    fleet_release(&s.f);
}

static void without_memory_at_any_point_the_handle_keeps_the_old_key_and_goes_on(void **state)
{
    const char *step = getenv("JEMPUT_FAULT_STEP");
    struct fault_alloc memory;
    struct cut_scene s;

    (void)state;
    scene_begin(&s, 828);
    for (uint64_t nth = 0;; nth += step && atoi(step) > 0 ? (uint64_t)atoi(step) : 1) {
        struct fleet_device *d = &s.f.devices[TABLET];
        struct jemput_error err;
        enum jemput_status st;
        uint64_t failures;

        crash_vfs_restore(d->vfs, s.ready);
        fault_alloc_install(&memory);
        bad_open(&s.f, TABLET);
        fault_alloc_arm(&memory, nth, false);
        st = jemput_rotate(d->jemput, &err);
        fault_alloc_disarm(&memory);
        failures = memory.failures;
        if (st && st != JEMPUT_NOMEM)
            fail_msg("allocation %llu: %s", (unsigned long long)nth, err.text);
        if (st)
            assert_string_equal(bad_info(&s.f, TABLET).writer, s.old);
        scene_check(&s, st == JEMPUT_OK);
        bad_close(&s.f, TABLET);
        assert_int_equal(fault_alloc_uninstall(&memory), 0);
        if (failures == 0)
            break;
    }
    bad_open(&s.f, TABLET);
    crash_snapshot_free(s.ready);
    fleet_release(&s.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_with_a_new_key_goes_on_where_the_old_one_was),
        cmocka_unit_test(the_new_key_is_there_after_the_app_has_started_again_and_may_be_changed_again),
        cmocka_unit_test(central_and_founder_takes_another_key_and_is_central_still),
        cmocka_unit_test(what_was_handed_to_the_old_key_before_anybody_knew_of_the_change_is_read_still),
        cmocka_unit_test(what_the_old_key_signs_behind_its_end_is_nothing),
        cmocka_unit_test(a_copy_from_before_the_key_was_changed_does_not_read_what_is_written_after),
        cmocka_unit_test(a_copy_of_an_earlier_log_of_the_old_key_signs_on_and_reads_nothing_that_is_written_after),
        cmocka_unit_test(an_old_key_that_a_copy_can_sign_with_is_a_case_until_it_is_revoked),
        cmocka_unit_test(of_two_copies_that_both_take_another_key_the_later_ones_work_is_a_case_and_can_be_adopted),
        cmocka_unit_test(a_device_that_was_not_let_in_has_no_key_to_change),
        cmocka_unit_test(another_handle_of_the_store_takes_the_new_key_before_it_signs),
        cmocka_unit_test(a_power_cut_at_any_write_leaves_the_old_key_or_the_new_one),
        cmocka_unit_test(without_memory_at_any_point_the_handle_keeps_the_old_key_and_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
