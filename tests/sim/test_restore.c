/* Central and its hub lost, and put back to one backup: what the lost branch had received is waited for again, sent again, and received again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"

#define CENTRAL 0
#define TABLET 1
#define OTHER 2

static void expect_own(struct fleet *f, unsigned device, uint64_t waiting, uint64_t received)
{
    struct jemput_info info = bad_info(f, device);

    assert_int_equal(info.own.on_device, 0);
    assert_int_equal(info.own.waiting, waiting);
    assert_int_equal(info.own.received, received);
}

struct hub_backup {
    struct fleet *f;
    struct crash_snapshot *central;
    char hub[300];
};

static void backup_make(struct hub_backup *b, struct fleet *f)
{
    b->f = f;
    snprintf(b->hub, sizeof b->hub, "%s", fleet_hub(f, 0));
    bad_close(f, CENTRAL);
    b->central = crash_vfs_snapshot(f->devices[CENTRAL].vfs);
    bad_open(f, CENTRAL);
    bad_shell("cp -a '%s' '%s.bak'", b->hub, b->hub);
}

static void backup_restore(struct hub_backup *b)
{
    bad_close(b->f, CENTRAL);
    crash_vfs_restore(b->f->devices[CENTRAL].vfs, b->central);
    bad_open(b->f, CENTRAL);
    bad_shell("rm -rf '%s' && cp -a '%s.bak' '%s'", b->hub, b->hub, b->hub);
}

/* Is the shown value of this tablet's row told to be received, in its history? */
struct receipts {
    unsigned edits, received;
};

static int receipts_see(void *ctx, const struct jemput_edit *edit)
{
    struct receipts *r = ctx;

    r->edits++;
    r->received += edit->origin.receipt;
    return 0;
}

static void expect_history(struct fleet *f, unsigned device, const char *name, bool received)
{
    struct jemput_datum key = { .type = JEMPUT_TYPE_TEXT, .data = (const uint8_t *)name, .len = strlen(name) };
    struct receipts r = { 0 };
    struct jemput_error err;

    if (jemput_history(f->devices[device].jemput, "warga", &key, 1, receipts_see, &r, &err))
        fail_msg("history: %s", err.text);
    assert_int_equal(r.edits, 1);
    assert_int_equal(r.received, received);
}

struct told_fall {
    unsigned count, open;
};

static int fall_see(void *ctx, const struct jemput_case *told)
{
    struct told_fall *t = ctx;

    if (strcmp(told->kind, "receipt") != 0)
        return 0;
    t->count++;
    t->open += told->open != 0;
    assert_true(strlen(told->about) == 40 && told->count == 1 && told->since_ms > 0);
    return 0;
}

/* Is it told that central has signed less than before, with both of its statements? */
static void expect_fall(struct fleet *f, unsigned device, bool fell, bool open)
{
    struct told_fall t = { 0 };
    struct jemput_receipt_fall fall;
    struct jemput_error err;
    int found;

    assert_int_equal(jemput_cases(f->devices[device].jemput, fall_see, &t, &err), JEMPUT_OK);
    assert_int_equal(t.count, fell);
    assert_int_equal(t.open, open);
    assert_int_equal(jemput_receipt_fall(f->devices[device].jemput, &fall, &found, &err), JEMPUT_OK);
    assert_int_equal(found, fell);
    if (!fell)
        return;
    assert_string_not_equal(fall.commit_before, fall.commit_now);
    assert_int_equal(fall.number_before, fall.number_now + 1);
    assert_int_equal(fall.settled, !open);
    bad_shell("git -C '%s' cat-file -e %s", fleet_hub(f, 0), fall.commit_now);
}

static void what_only_a_lost_branch_of_central_received_waits_again(void **state)
{
    struct hub_backup b;
    struct fleet f;

    (void)state;
    bad_begin(&f, 91);
    bad_write(&f, TABLET, "k");
    fleet_settle(&f, 0);
    backup_make(&b, &f);
    bad_write(&f, TABLET, "l");
    fleet_settle(&f, 0);
    expect_own(&f, TABLET, 0, 3);
    expect_history(&f, TABLET, "l", true);
    expect_fall(&f, TABLET, false, false);

    backup_restore(&b);
    bad_write(&f, CENTRAL, "o");
    fleet_sync(&f, CENTRAL, 0); /* its log branches off here */
    fleet_sync(&f, TABLET, 0);  /* sends again; central has not looked yet */
    expect_own(&f, TABLET, 1, 2);
    expect_history(&f, TABLET, "l", false);
    expect_history(&f, TABLET, "k", true);
    expect_fall(&f, TABLET, true, true);
    expect_fall(&f, OTHER, false, false);

    bad_write(&f, TABLET, "m");
    fleet_sync(&f, TABLET, 0);
    expect_own(&f, TABLET, 2, 2);
    fleet_sync(&f, CENTRAL, 0);
    fleet_sync(&f, TABLET, 0);
    expect_own(&f, TABLET, 0, 4);
    expect_history(&f, TABLET, "l", true);
    expect_fall(&f, TABLET, true, false); /* for the record */
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++)
        bad_expect_names(&f, i, "abcklmo");
    crash_snapshot_free(b.central);
    bad_end(&f);
}

static void a_hub_that_lags_behind_takes_no_receipt_back(void **state)
{
    struct hub_backup b;
    struct fleet f;

    (void)state;
    bad_begin(&f, 92);
    bad_write(&f, TABLET, "e");
    fleet_settle(&f, 0);
    fleet_settle(&f, 1);
    bad_write(&f, TABLET, "h");
    fleet_settle(&f, 0); /* the other hub lags behind from here on */
    expect_own(&f, TABLET, 0, 3);
    fleet_sync(&f, TABLET, 1);
    expect_own(&f, TABLET, 0, 3);
    expect_history(&f, TABLET, "h", true);

    backup_make(&b, &f); /* and after a restoration, one that knows neither branch does not bring the lost one back */
    bad_write(&f, TABLET, "l");
    fleet_settle(&f, 0);
    backup_restore(&b);
    bad_write(&f, CENTRAL, "o");
    fleet_sync(&f, CENTRAL, 0);
    fleet_sync(&f, TABLET, 0);
    expect_own(&f, TABLET, 1, 3);
    fleet_sync(&f, TABLET, 1);
    assert_true(bad_info(&f, TABLET).own.received <= 3);
    fleet_settle(&f, 0);
    expect_own(&f, TABLET, 0, 4);
    crash_snapshot_free(b.central);
    bad_end(&f);
}

/* A tablet that wrote 'k', which all received, and was put back to a copy from before. */
static void put_back_begin(struct fleet *f, uint64_t seed)
{
    struct crash_snapshot *copy;

    bad_begin(f, seed);
    bad_close(f, TABLET);
    copy = crash_vfs_snapshot(f->devices[TABLET].vfs);
    bad_open(f, TABLET);
    bad_write(f, TABLET, "k");
    fleet_settle(f, 0);
    bad_close(f, TABLET);
    crash_vfs_restore(f->devices[TABLET].vfs, copy);
    bad_open(f, TABLET);
    crash_snapshot_free(copy);
}

/* The copy sent nothing of its own before it came back: then its later log also comes back to it, through central. */
static void a_tablet_put_back_to_an_older_copy_has_its_later_work_back_after_one_sync_and_overwrites_nothing(void **state)
{
    struct jemput_error err;
    struct fleet f;
    char before[33];

    (void)state;
    put_back_begin(&f, 93);
    memcpy(before, bad_info(&f, TABLET).writer, sizeof before);
    for (unsigned i = 0; i < 3; i++) {
        if (i == 1)
            bad_write(&f, TABLET, "l");
        bad_expect(bad_sync(&f, TABLET, fleet_hub(&f, 0), NULL, &err), &err, JEMPUT_OK, "");
        assert_string_not_equal(bad_info(&f, TABLET).writer, before);
        bad_expect_names(&f, TABLET, i ? "abckl" : "abck");
        fleet_sync(&f, CENTRAL, 0);
        bad_expect_names(&f, CENTRAL, i ? "abckl" : "abck");
        assert_int_equal(bad_info(&f, CENTRAL).logs_stopped, 0);
    }
    fleet_settle(&f, 0);
    expect_own(&f, TABLET, 0, 2); /* 'b' and 'l'; 'k' it has not written as what it is now */
    bad_end(&f);
}

static void what_a_tablet_put_back_to_an_older_copy_takes_to_another_hub_is_a_log_that_can_be_read(void **state)
{
    struct fleet f;

    (void)state;
    put_back_begin(&f, 94);
    bad_write(&f, TABLET, "l");
    fleet_sync(&f, TABLET, 1); /* a hub that has not seen what the copy went on with */
    fleet_sync(&f, CENTRAL, 1);
    assert_int_equal(bad_info(&f, CENTRAL).logs_stopped, 0);
    bad_expect_names(&f, CENTRAL, "abckl");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++)
        bad_expect_names(&f, i, "abckl");
    bad_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_only_a_lost_branch_of_central_received_waits_again),
        cmocka_unit_test(a_hub_that_lags_behind_takes_no_receipt_back),
        cmocka_unit_test(a_tablet_put_back_to_an_older_copy_has_its_later_work_back_after_one_sync_and_overwrites_nothing),
        cmocka_unit_test(what_a_tablet_put_back_to_an_older_copy_takes_to_another_hub_is_a_log_that_can_be_read),
    };

    return cmocka_run_group_tests_name("restore", tests, NULL, NULL);
}
