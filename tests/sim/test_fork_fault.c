/* The sync in which a copied tablet goes on as a new writer, disturbed everywhere: at each write the power goes, each allocation fails once. Nothing is
 * lost, nothing is doubled, and the next sync ends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "folder.h"
#include "support/fault_alloc.h"

#define CENTRAL 0
#define TABLET 1

static struct fault_alloc memory;

struct meeting { /* a copy that has sealed a number, and has pending work; the hub has another copy's log */
    struct fleet f;
    unsigned copy;
    struct crash_snapshot *ready;
    struct folder_state *hub;
    char before[33];
};

static void meeting_init(struct meeting *m)
{
    struct jemput_error err;

    bad_begin(&m->f, 401);
    memcpy(m->before, bad_info(&m->f, TABLET).writer, sizeof m->before);
    m->copy = fleet_clone(&m->f, TABLET);
    bad_write(&m->f, TABLET, "k");
    fleet_sync(&m->f, TABLET, 0);
    fleet_sync(&m->f, CENTRAL, 0);
    bad_write(&m->f, m->copy, "l");
    assert_int_equal(jemput_seal(m->f.devices[m->copy].jemput, NULL, &err), JEMPUT_OK);
    bad_write(&m->f, m->copy, "m");
    bad_close(&m->f, m->copy);
    m->ready = crash_vfs_snapshot(m->f.devices[m->copy].vfs);
    m->hub = folder_remember(fleet_hub(&m->f, 0));
}

static void meeting_release(struct meeting *m)
{
    crash_snapshot_free(m->ready);
    folder_forget(m->hub);
    bad_open(&m->f, m->copy);
    fleet_release(&m->f);
}

static void meeting_restore(struct meeting *m)
{
    crash_vfs_restore(m->f.devices[m->copy].vfs, m->ready);
    folder_restore(m->hub);
    bad_open(&m->f, m->copy);
}

static int forks_count(void *ctx, const struct jemput_fork *fork)
{
    (void)fork;
    ++*(unsigned *)ctx;
    return 0;
}

/* Whatever happened: a sync ends it, with one new writer, both branches, and a store that is what its logs say. */
static void meeting_check(struct meeting *m)
{
    struct jemput_sync_report report;
    struct jemput_error err;
    unsigned forks = 0;

    bad_expect(bad_sync(&m->f, m->copy, fleet_hub(&m->f, 0), &report, &err), &err, JEMPUT_OK, "");
    bad_expect_names(&m->f, m->copy, "abcklm");
    assert_string_not_equal(bad_info(&m->f, m->copy).writer, m->before);
    assert_int_equal(bad_info(&m->f, m->copy).own.on_device, 0);
    assert_int_equal(bad_info(&m->f, m->copy).conflicts, 0);
    assert_int_equal(jemput_forks(m->f.devices[m->copy].jemput, forks_count, &forks, &err), JEMPUT_OK);
    assert_int_equal(forks, 1);
    fleet_verify(&m->f, m->copy);
    /* one writer that went on, however often it was begun: the roster has one more member of this key than before */
    bad_shell("test $(git -C '%s' for-each-ref refs/heads/log | wc -l) = 5", fleet_hub(&m->f, 0));
}

static void no_power_cut_while_it_goes_on_loses_or_doubles_anything(void **state)
{
    struct meeting m;
    uint64_t n = 0;
    bool cut = true;

    (void)state;
    meeting_init(&m);
    for (; cut; n++) {
        struct fleet_device *d = &m.f.devices[m.copy];

        meeting_restore(&m);
        crash_vfs_cut_at(d->vfs, n);
        (void)!bad_sync(&m.f, m.copy, fleet_hub(&m.f, 0), NULL, NULL);
        bad_close(&m.f, m.copy);
        cut = crash_vfs_is_cut(d->vfs);
        if (cut)
            sim_env_power_cut(&d->sim, n + 1);
        crash_vfs_cut_at(d->vfs, UINT64_MAX);
        bad_open(&m.f, m.copy);
        meeting_check(&m);
        bad_close(&m.f, m.copy);
    }
    assert_true(n > 20);
    meeting_release(&m);
}

static void no_allocation_that_fails_while_it_goes_on_loses_or_doubles_anything(void **state)
{
    struct meeting m;
    bool failed = true;

    (void)state;
    meeting_init(&m);
    for (uint64_t n = 0; failed; n += 1 + n / 60) { /* all of the first ones, then some of the many that encode and merge */
        struct jemput_error err;
        enum jemput_status st;

        meeting_restore(&m);
        fault_alloc_arm(&memory, n, false);
        st = bad_sync(&m.f, m.copy, fleet_hub(&m.f, 0), NULL, &err);
        fault_alloc_disarm(&memory);
        failed = memory.failures > 0;
        assert_true(st == JEMPUT_OK || st == JEMPUT_NOMEM);
        meeting_check(&m); /* with the same handle, too: what it had in memory of a transaction that was rolled back is put back */
        bad_close(&m.f, m.copy);
    }
    meeting_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_power_cut_while_it_goes_on_loses_or_doubles_anything),
        cmocka_unit_test(no_allocation_that_fails_while_it_goes_on_loses_or_doubles_anything),
    };

    fault_alloc_install(&memory);
    return cmocka_run_group_tests_name("fork fault", tests, NULL, NULL);
}
