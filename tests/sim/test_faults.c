/* Every allocation, every call of the disk and every call of the file system fails once, in turn, in writing, sealing, and syncing with merging.
 *
 * Each time: an allowed code, no crash, no leak (counted; and the sanitizers look on), and the store is still good: what was acknowledged is there, replaying the
 * logs gives the rows, and the same work succeeds afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "scene.h"
#include "support/fault_alloc.h"

static struct fault_alloc memory;

struct disturbance {
    void (*arm)(struct scene *s, uint64_t nth);
    uint64_t (*disarm)(struct scene *s); /* gives how many failures there were */
    const enum jemput_status *allowed;   /* ends with JEMPUT_OK */
};

static bool allowed(const struct disturbance *d, enum jemput_status st)
{
    for (const enum jemput_status *a = d->allowed; *a; a++)
        if (*a == st)
            return true;
    return st == JEMPUT_OK;
}

static bool disturb_once(struct scene *s, const struct disturbance *d, scene_work work, void (*check)(struct scene *, unsigned), uint64_t nth)
{
    struct jemput_error err;
    uint64_t failures;
    unsigned acked;

    scene_restore(s);
    if (scene_open(s, &err))
        fail_msg("open: %s", err.text);
    d->arm(s, nth);
    acked = work(s, &err);
    failures = d->disarm(s);
    if (!allowed(d, err.status))
        fail_msg("failure %llu: %s: %s", (unsigned long long)nth, jemput_status_name(err.status), err.text);
    check(s, acked); /* on the same handle: it must still work */
    scene_close(s);
    return failures > 0;
}

static void disturb_everywhere(const struct disturbance *d, scene_work work, void (*check)(struct scene *, unsigned), uint64_t first)
{
    struct scene s;
    uint64_t nth = first;

    scene_init(&s);
    while (disturb_once(&s, d, work, check, nth))
        nth += fault_step();
    if (nth == first)
        fail_msg("the work has nothing that could fail");
    scene_release(&s);
}

/* --- memory --- */

static void memory_arm(struct scene *s, uint64_t nth)
{
    (void)s;
    fault_alloc_arm(&memory, nth, false);
}

static uint64_t memory_disarm(struct scene *s)
{
    (void)s;
    fault_alloc_disarm(&memory);
    return memory.failures;
}

static const enum jemput_status memory_codes[] = { JEMPUT_NOMEM, JEMPUT_OK };
static const struct disturbance memory_fails = { memory_arm, memory_disarm, memory_codes };

static void a_failed_allocation_while_writing_loses_nothing(void **state)
{
    (void)state;
    disturb_everywhere(&memory_fails, scene_write, scene_check_rows, 0);
}

static void a_failed_allocation_while_sealing_loses_nothing(void **state)
{
    (void)state;
    disturb_everywhere(&memory_fails, scene_seal, scene_check_rows, 0);
}

static void a_failed_allocation_while_syncing_loses_nothing(void **state)
{
    (void)state;
    disturb_everywhere(&memory_fails, scene_sync, scene_check_sync, 0);
}

/* --- the disk --- */

static void disk_arm(struct scene *s, uint64_t nth)
{
    crash_vfs_fail_at(s->f.devices[CENTRAL].vfs, nth, CRASH_FAULT_IO, false);
}

static void full_arm(struct scene *s, uint64_t nth)
{
    crash_vfs_fail_at(s->f.devices[CENTRAL].vfs, nth, CRASH_FAULT_FULL, false);
}

static uint64_t disk_disarm(struct scene *s)
{
    uint64_t failures = crash_vfs_counters(s->f.devices[CENTRAL].vfs)->faults;

    crash_vfs_fail_at(s->f.devices[CENTRAL].vfs, UINT64_MAX, CRASH_FAULT_NONE, false);
    return failures;
}

static const enum jemput_status disk_codes[] = { JEMPUT_IO, JEMPUT_FULL, JEMPUT_BUSY, JEMPUT_NOMEM, JEMPUT_OK };
static const struct disturbance disk_fails = { disk_arm, disk_disarm, disk_codes };
static const enum jemput_status full_codes[] = { JEMPUT_FULL, JEMPUT_IO, JEMPUT_OK };
static const struct disturbance disk_full = { full_arm, disk_disarm, full_codes };

static void a_failed_disk_call_while_writing_loses_nothing(void **state)
{
    (void)state;
    disturb_everywhere(&disk_fails, scene_write, scene_check_rows, 0);
}

static void a_failed_disk_call_while_sealing_loses_nothing(void **state)
{
    (void)state;
    disturb_everywhere(&disk_fails, scene_seal, scene_check_rows, 0);
}

static void a_failed_disk_call_while_syncing_loses_nothing(void **state)
{
    (void)state;
    disturb_everywhere(&disk_fails, scene_sync, scene_check_sync, 0);
}

static void a_full_disk_while_writing_loses_nothing(void **state)
{
    (void)state;
    disturb_everywhere(&disk_full, scene_write, scene_check_rows, 0);
}

static void a_full_disk_while_syncing_loses_nothing(void **state)
{
    (void)state;
    disturb_everywhere(&disk_full, scene_sync, scene_check_sync, 0);
}

/* --- the hub's file system --- */

static void hub_arm(struct scene *s, uint64_t nth)
{
    sim_env_fail_at(&s->f.devices[CENTRAL].sim, nth, JEMPUT_IO, false);
}

static uint64_t hub_disarm(struct scene *s)
{
    uint64_t failures = s->f.devices[CENTRAL].sim.failures;

    sim_env_fail_at(&s->f.devices[CENTRAL].sim, UINT64_MAX, JEMPUT_IO, false);
    return failures;
}

static const enum jemput_status hub_codes[] = { JEMPUT_IO, JEMPUT_OFFLINE, JEMPUT_OK };
static const struct disturbance hub_fails = { hub_arm, hub_disarm, hub_codes };

static void a_failed_file_call_at_the_hub_loses_nothing(void **state)
{
    (void)state;
    disturb_everywhere(&hub_fails, scene_sync, scene_check_sync, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_allocation_while_writing_loses_nothing),
        cmocka_unit_test(a_failed_allocation_while_sealing_loses_nothing),
        cmocka_unit_test(a_failed_allocation_while_syncing_loses_nothing),
        cmocka_unit_test(a_failed_disk_call_while_writing_loses_nothing),
        cmocka_unit_test(a_failed_disk_call_while_sealing_loses_nothing),
        cmocka_unit_test(a_failed_disk_call_while_syncing_loses_nothing),
        cmocka_unit_test(a_full_disk_while_writing_loses_nothing),
        cmocka_unit_test(a_full_disk_while_syncing_loses_nothing),
        cmocka_unit_test(a_failed_file_call_at_the_hub_loses_nothing),
    };

    fault_alloc_install(&memory);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
