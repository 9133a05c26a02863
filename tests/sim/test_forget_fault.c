/* Forgetting where power or memory fails in the midst of it: keys go once and for all, or not at all, and no work goes with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "folder.h"
#include "forgotten.h"
#include "roll.h"
#include "support/fault_alloc.h"

static struct fault_alloc memory;

struct disk {
    struct fleet f;
    struct forgotten_log old;
    struct crash_snapshot *ready; /* of the tablet, which has work that was never sent; the hub has all that central says */
    struct crash_snapshot *central; /* which has erased */
    struct folder_state *hub;
};

static void disk_begin(struct disk *s, uint64_t seed)
{
    struct jemput_error err;

    memset(s, 0, sizeof *s);
    forgotten_begin(&s->f, 2, seed);
    forgotten_log_take(&s->old, &s->f, TABLET);
    fleet_sql(&s->f, TABLET, "INSERT INTO orang VALUES('b1', NULL, 'Disegel', NULL)");
    assert_int_equal(jemput_seal(s->f.devices[TABLET].jemput, NULL, &err), JEMPUT_OK);
    fleet_sql(&s->f, TABLET, "INSERT INTO orang VALUES('b2', NULL, 'Belum', NULL)");
    forgotten_forget(&s->f, "px");
    forgotten_checkpoint(&s->f);
    (void)fleet_sync(&s->f, CENTRAL, 0);
    bad_close(&s->f, TABLET);
    bad_close(&s->f, CENTRAL);
    s->ready = crash_vfs_snapshot(s->f.devices[TABLET].vfs);
    s->central = crash_vfs_snapshot(s->f.devices[CENTRAL].vfs);
    s->hub = folder_remember(fleet_hub(&s->f, 0));
}

static void disk_restore(struct disk *s)
{
    crash_vfs_restore(s->f.devices[TABLET].vfs, s->ready);
    folder_restore(s->hub);
    bad_open(&s->f, TABLET);
}

static void disk_end(struct disk *s)
{
    crash_snapshot_free(s->ready);
    crash_snapshot_free(s->central);
    folder_forget(s->hub);
    forgotten_log_release(&s->old);
    bad_open(&s->f, TABLET);
    bad_open(&s->f, CENTRAL);
    fleet_release(&s->f);
}

/* The next sync ends it; central, which has no key to that work but what the tablet hands it, has it all. */
static void disk_check(struct disk *s, bool with_central)
{
    (void)fleet_sync(&s->f, TABLET, 0);
    fleet_expect(&s->f, TABLET, "SELECT count(*) FROM orang WHERE id IN ('p1', 'b1', 'b2')", "3\n");
    forgotten_expect_nowhere(&s->f, TABLET);
    assert_int_equal(forgotten_log_readable(&s->old, &s->f, TABLET), 0);
    fleet_verify(&s->f, TABLET);
    if (!with_central)
        return;
    crash_vfs_restore(s->f.devices[CENTRAL].vfs, s->central);
    bad_open(&s->f, CENTRAL);
    (void)fleet_sync(&s->f, CENTRAL, 0);
    fleet_expect(&s->f, CENTRAL, "SELECT count(*) FROM orang WHERE id IN ('p1', 'b1', 'b2')", "3\n");
    forgotten_expect_places(&s->f, CENTRAL, 2, 2);
    bad_close(&s->f, CENTRAL);
}

static void a_power_cut_takes_the_keys_or_leaves_them_and_no_work_with_them(void **state)
{
    struct disk s;
    unsigned cuts = 0, keys_left = 0, keys_gone = 0;
    bool more = true;

    (void)state;
    disk_begin(&s, 51);
    for (uint64_t at = 0; more; at += 5) {
        struct fleet_device *d = &s.f.devices[TABLET];
        struct jemput_error err;

        disk_restore(&s);
        crash_vfs_cut_at(d->vfs, at);
        (void)bad_sync(&s.f, TABLET, fleet_hub(&s.f, 0), NULL, &err);
        more = crash_vfs_is_cut(d->vfs);
        bad_close(&s.f, TABLET);
        sim_env_power_cut(&d->sim, at + 1);
        bad_open(&s.f, TABLET);
        keys_left += more && forgotten_log_readable(&s.old, &s.f, TABLET) > 0;
        keys_gone += more && forgotten_log_readable(&s.old, &s.f, TABLET) == 0;
        disk_check(&s, cuts % 8 == 0);
        bad_close(&s.f, TABLET);
        cuts++;
    }
    print_message("%u power cuts: %u with the old keys, %u without\n", cuts, keys_left, keys_gone);
    assert_true(keys_left > 5 && keys_gone > 2);
    disk_end(&s);
}

static void an_allocation_that_fails_takes_the_keys_or_leaves_them_and_no_work_with_them(void **state)
{
    struct disk s;
    unsigned failed = 0;
    bool more = true;

    (void)state;
    disk_begin(&s, 52);
    for (uint64_t nth = 0; more; nth += 1 + nth / 12) {
        struct jemput_error err;
        enum jemput_status st;

        disk_restore(&s);
        fault_alloc_arm(&memory, nth, false);
        st = bad_sync(&s.f, TABLET, fleet_hub(&s.f, 0), NULL, &err);
        fault_alloc_disarm(&memory);
        more = memory.failures > 0;
        if (st && st != JEMPUT_NOMEM && st != JEMPUT_IO)
            fail_msg("allocation %llu: %d %s", (unsigned long long)nth, (int)st, err.text);
        failed += st != JEMPUT_OK;
        disk_check(&s, nth % 16 == 0);
        bad_close(&s.f, TABLET);
    }
    print_message("%u failed allocations\n", failed);
    assert_true(failed > 30);
    disk_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_power_cut_takes_the_keys_or_leaves_them_and_no_work_with_them),
        cmocka_unit_test(an_allocation_that_fails_takes_the_keys_or_leaves_them_and_no_work_with_them),
    };

    fault_alloc_install(&memory);
    return cmocka_run_group_tests_name("forget fault", tests, NULL, NULL);
}
