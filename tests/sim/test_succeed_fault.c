/* Rows are made one, and two again, whole or not at all: whatever call of the disk or allocation fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "two_rows.h"
#include "support/fault_alloc.h"

static struct fault_alloc memory;

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
        cmocka_unit_test(a_merge_under_a_failing_disk_is_done_whole_or_not_at_all),
        cmocka_unit_test(a_merge_and_its_undoing_are_done_whole_or_not_at_all_when_memory_fails),
        cmocka_unit_test(late_writes_arrive_though_memory_fails_at_each_point_of_a_sync),
    };

    fault_alloc_install(&memory);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
