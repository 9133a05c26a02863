/* Making a checkpoint, cutting off behind it, and beginning with it, disturbed everywhere: the power goes at each write, each call of the disk fails
 * once, it is full at each write, each allocation fails once. Nothing is lost, nothing is signed that is not so, and doing it again ends it in the
 * same state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "cutting.h"
#include "folder.h"
#include "support/fault_alloc.h"

#define CENTRAL 0
#define TABLET 1
#define OTHER 2
#define NEWCOMER 3
#define NAMES "abcdefghijk"

static struct fault_alloc memory;

struct work { /* what is disturbed, and where */
    struct fleet f;
    unsigned device;
    struct crash_snapshot *ready;
    struct folder_state *hub;
    char state[65]; /* what the device has, before and afterwards */
    uint64_t runs;
};

typedef void (*work_prepare)(struct work *w);
typedef enum jemput_status (*work_do)(struct work *w, struct jemput_error *err);
typedef void (*work_check)(struct work *w); /* it was done to its end */

struct kind {
    work_prepare prepare;
    work_do run;
    work_check check;
};

/* --- the history: what is shown, a conflict, a deletion, what came after --- */

static void history_make(struct fleet *f, uint64_t seed)
{
    bad_begin(f, seed);
    for (const char *name = "defg"; *name; name++)
        fleet_sql(f, (unsigned)(*name % 3), "INSERT INTO warga VALUES('%c', '002')", *name);
    fleet_settle(f, 0);
    fleet_sql(f, TABLET, "UPDATE warga SET rt = '003' WHERE nama = 'a'");
    fleet_sql(f, OTHER, "UPDATE warga SET rt = '004' WHERE nama = 'a'");
    fleet_sql(f, OTHER, "INSERT INTO warga VALUES('x', '1'), ('h', '1'), ('i', '1'), ('j', '1'), ('k', '1')");
    fleet_settle(f, 0);
    fleet_sql(f, CENTRAL, "DELETE FROM warga WHERE nama = 'x'");
    fleet_settle(f, 0);
}

static void state_of(struct fleet *f, unsigned device, char hex[65])
{
    struct jemput_error err;

    if (jemput_state_hash(f->devices[device].jemput, hex, &err))
        fail_msg("device %u: %s", device, err.text);
}

static void work_begin(struct work *w, const struct kind *kind, uint64_t seed)
{
    memset(w, 0, sizeof *w);
    history_make(&w->f, seed);
    kind->prepare(w);
    bad_close(&w->f, w->device);
    w->ready = crash_vfs_snapshot(w->f.devices[w->device].vfs);
    w->hub = folder_remember(fleet_hub(&w->f, 0));
}

static void work_restore(struct work *w)
{
    crash_vfs_restore(w->f.devices[w->device].vfs, w->ready);
    folder_restore(w->hub);
    bad_open(&w->f, w->device);
    w->runs++;
}

static void work_end(struct work *w)
{
    crash_snapshot_free(w->ready);
    folder_forget(w->hub);
    bad_open(&w->f, w->device);
    fleet_release(&w->f);
}

/* Whatever happened: what is there is sound; done again it comes to its end, and all is as it always is. */
static void work_finish(struct work *w, const struct kind *kind)
{
    struct jemput_error err = { .status = JEMPUT_OK };
    char state[65];

    fleet_verify(&w->f, w->device);
    if (kind->run(w, &err))
        fail_msg("again: %s", err.text);
    kind->check(w);
    bad_expect_names(&w->f, w->device, NAMES);
    state_of(&w->f, w->device, state);
    assert_string_equal(state, w->state);
    fleet_verify(&w->f, w->device);
}

/* --- disturbances --- */

/* Every so many-th, the more the further; JEMPUT_FAULT_STEP=1 for all of them. */
static uint64_t further(uint64_t n)
{
    const char *step = getenv("JEMPUT_FAULT_STEP");

    return step && strcmp(step, "1") == 0 ? n + 1 : n + 9 + n / 16;
}

static bool expected(enum jemput_status st, enum jemput_status allowed)
{
    return st == JEMPUT_OK || st == allowed || (allowed == JEMPUT_IO && (st == JEMPUT_FULL || st == JEMPUT_BUSY || st == JEMPUT_NOMEM));
}

static void every_power_cut(const struct kind *kind, uint64_t seed)
{
    struct work w;
    bool cut = true;

    work_begin(&w, kind, seed);
    for (uint64_t n = seed % 3; cut; n = further(n)) {
        struct fleet_device *d = &w.f.devices[w.device];
        struct jemput_error err;

        work_restore(&w);
        crash_vfs_cut_at(d->vfs, n);
        (void)!kind->run(&w, &err);
        bad_close(&w.f, w.device);
        cut = crash_vfs_is_cut(d->vfs);
        if (cut)
            sim_env_power_cut(&d->sim, n + 1);
        crash_vfs_cut_at(d->vfs, UINT64_MAX);
        bad_open(&w.f, w.device);
        work_finish(&w, kind);
        bad_close(&w.f, w.device);
    }
    assert_true(w.runs > 3);
    work_end(&w);
}

static void every_disk_fault(const struct kind *kind, uint64_t seed, enum crash_fault fault)
{
    struct work w;
    bool failed = true;

    work_begin(&w, kind, seed);
    for (uint64_t n = fault == CRASH_FAULT_FULL ? 0 : seed % 3; failed; n = further(n)) { /* a transaction is one write */
        struct fleet_device *d = &w.f.devices[w.device];
        struct jemput_error err;
        enum jemput_status st;

        work_restore(&w);
        crash_vfs_counters_reset(d->vfs);
        crash_vfs_fail_at(d->vfs, n, fault, false);
        st = kind->run(&w, &err);
        failed = crash_vfs_counters(d->vfs)->faults > 0;
        crash_vfs_fail_at(d->vfs, 0, CRASH_FAULT_NONE, false);
        if (!expected(st, JEMPUT_IO))
            fail_msg("call %llu: %s: %s", (unsigned long long)n, jemput_status_name(st), err.text);
        work_finish(&w, kind); /* with the same handle */
        bad_close(&w.f, w.device);
    }
    assert_true(w.runs > (fault == CRASH_FAULT_FULL ? 1 : 3));
    work_end(&w);
}

static void every_allocation(const struct kind *kind, uint64_t seed)
{
    struct work w;
    bool failed = true;

    work_begin(&w, kind, seed);
    for (uint64_t n = seed % 3; failed; n = further(n)) {
        struct jemput_error err;
        enum jemput_status st;

        work_restore(&w);
        fault_alloc_arm(&memory, n, false);
        st = kind->run(&w, &err);
        fault_alloc_disarm(&memory);
        failed = memory.failures > 0;
        if (!expected(st, JEMPUT_NOMEM))
            fail_msg("allocation %llu: %s: %s", (unsigned long long)n, jemput_status_name(st), err.text);
        work_finish(&w, kind);
        bad_close(&w.f, w.device);
    }
    assert_true(w.runs > 3);
    work_end(&w);
}

/* --- making --- */

static void make_prepare(struct work *w)
{
    w->device = CENTRAL;
    state_of(&w->f, CENTRAL, w->state);
}

static enum jemput_status make_do(struct work *w, struct jemput_error *err)
{
    struct jemput_checkpoint_report report;
    enum jemput_status st = jemput_checkpoint_make(w->f.devices[CENTRAL].jemput, 0, &report, err);

    if (!st)
        assert_string_equal(report.state_hash, w->state); /* never another, whatever failed */
    return st ? st : jemput_checkpoint_backed_up(w->f.devices[CENTRAL].jemput, err);
}

/* The device itself finds the signed state to be its own, and cuts off what it covers. */
static void make_check(struct work *w)
{
    assert_true(cutting_cut(&w->f, CENTRAL).segments > 0);
}

static const struct kind making = { make_prepare, make_do, make_check };

/* --- cutting off --- */

static void cut_prepare(struct work *w)
{
    (void)cutting_make(&w->f, CENTRAL, 0);
    cutting_backed_up(&w->f, CENTRAL);
    fleet_settle(&w->f, 0);
    w->device = TABLET;
    state_of(&w->f, TABLET, w->state);
}

static enum jemput_status cut_do(struct work *w, struct jemput_error *err)
{
    struct jemput_cut_report report;

    return jemput_checkpoint_cut(w->f.devices[TABLET].jemput, &report, err);
}

static void cut_check(struct work *w)
{
    struct jemput_rebuild_report report;
    struct jemput_error err;

    assert_int_equal(cutting_cut(&w->f, TABLET).segments, 0); /* nothing is left of it */
    if (jemput_rebuild(w->f.devices[TABLET].jemput, NULL, &report, &err))
        fail_msg("%s", err.text);
    assert_int_equal(report.differences, 0);
}

static const struct kind cutting = { cut_prepare, cut_do, cut_check };

/* --- beginning with it: a newcomer that has been let in, at a hub that has nothing older --- */

static void begin_prepare(struct work *w)
{
    struct fleet *f = &w->f;

    cutting_all(f, 0);
    fleet_sql(f, CENTRAL, "UPDATE warga SET rt = '007' WHERE nama = 'b'");
    fleet_settle(f, 0);
    state_of(f, CENTRAL, w->state);
    fleet_newcomer(f, CENTRAL);
    w->device = NEWCOMER;
    fleet_sync(f, NEWCOMER, 0); /* asks */
    fleet_sync(f, CENTRAL, 0);  /* lets it in */
    cutting_hub_drops_old_generations(f, 0);
}

static enum jemput_status begin_do(struct work *w, struct jemput_error *err)
{
    return bad_sync(&w->f, NEWCOMER, fleet_hub(&w->f, 0), NULL, err);
}

static void begin_check(struct work *w)
{
    assert_int_equal(bad_info(&w->f, NEWCOMER).logs_stopped, 0);
    assert_int_equal(bad_info(&w->f, NEWCOMER).conflicts, 1);
}

static const struct kind beginning = { begin_prepare, begin_do, begin_check };

/* --- tests --- */

static void making_one_survives_every_power_cut(void **state)
{
    (void)state;
    every_power_cut(&making, 601);
}

static void making_one_survives_every_fault_of_the_disk(void **state)
{
    (void)state;
    every_disk_fault(&making, 602, CRASH_FAULT_IO);
    every_disk_fault(&making, 603, CRASH_FAULT_FULL);
}

static void making_one_survives_every_failing_allocation(void **state)
{
    (void)state;
    every_allocation(&making, 604);
}

static void cutting_off_survives_every_power_cut(void **state)
{
    (void)state;
    every_power_cut(&cutting, 611);
}

static void cutting_off_survives_every_fault_of_the_disk(void **state)
{
    (void)state;
    every_disk_fault(&cutting, 612, CRASH_FAULT_IO);
    every_disk_fault(&cutting, 613, CRASH_FAULT_FULL);
}

static void cutting_off_survives_every_failing_allocation(void **state)
{
    (void)state;
    every_allocation(&cutting, 614);
}

static void beginning_with_one_survives_every_power_cut(void **state)
{
    (void)state;
    every_power_cut(&beginning, 621);
}

static void beginning_with_one_survives_every_fault_of_the_disk(void **state)
{
    (void)state;
    every_disk_fault(&beginning, 622, CRASH_FAULT_IO);
    every_disk_fault(&beginning, 623, CRASH_FAULT_FULL);
}

static void beginning_with_one_survives_every_failing_allocation(void **state)
{
    (void)state;
    every_allocation(&beginning, 624);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(making_one_survives_every_power_cut),
        cmocka_unit_test(making_one_survives_every_fault_of_the_disk),
        cmocka_unit_test(making_one_survives_every_failing_allocation),
        cmocka_unit_test(cutting_off_survives_every_power_cut),
        cmocka_unit_test(cutting_off_survives_every_fault_of_the_disk),
        cmocka_unit_test(cutting_off_survives_every_failing_allocation),
        cmocka_unit_test(beginning_with_one_survives_every_power_cut),
        cmocka_unit_test(beginning_with_one_survives_every_fault_of_the_disk),
        cmocka_unit_test(beginning_with_one_survives_every_failing_allocation),
    };

    fault_alloc_install(&memory);
    return cmocka_run_group_tests_name("checkpoint fault", tests, NULL, NULL);
}
