/* Power cuts at every write, sync and deletion of writing, sealing, and syncing with merging; also during the recovery from a cut.
 *
 * After each cut the store is opened again and must satisfy: every acknowledged COMMIT is there and at most the one in flight besides; replaying the logs gives
 * exactly the rows (jemput_verify); a sync that was cut is finished by the next one, and loses and doubles nothing.
 * JEMPUT_CUTS sets how many cuts in all (default 6,000, about two minutes). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "scene.h"

static uint64_t cuts_wanted(void)
{
    const char *n = getenv("JEMPUT_CUTS");

    return n ? strtoull(n, NULL, 10) : 6000;
}

/* Open after a power cut; now and then the power goes again while that is recovered from. */
static void recover(struct scene *s, uint64_t seed)
{
    struct fleet_device *d = &s->f.devices[CENTRAL];
    struct jemput_error err;

    for (unsigned again = 0; again < 2 && seed % 5 == 0; again++) {
        crash_vfs_cut_at(d->vfs, (seed / 5 + again) % 8);
        if (scene_open(s, &err) && !crash_vfs_is_cut(d->vfs))
            fail_msg("open: %s", err.text);
        scene_close(s);
        sim_env_power_cut(&d->sim, seed + again + 1);
    }
    crash_vfs_cut_at(d->vfs, UINT64_MAX);
    if (scene_open(s, &err))
        fail_msg("the store does not open after the cut: %s", err.text);
}

/* Returns false if the work ended before the cut. */
static bool cut_once(struct scene *s, scene_work work, void (*check)(struct scene *, unsigned), uint64_t op, uint64_t seed)
{
    struct fleet_device *d = &s->f.devices[CENTRAL];
    struct jemput_error err;
    unsigned acked;
    bool cut;

    scene_restore(s);
    if (scene_open(s, &err))
        fail_msg("the store does not open before the cut: %s", err.text);
    crash_vfs_cut_at(d->vfs, op);
    acked = work(s, &err);
    cut = crash_vfs_is_cut(d->vfs);
    if (err.status && !cut)
        fail_msg("without a cut: %s", err.text);
    scene_close(s);
    sim_env_power_cut(&d->sim, seed);
    recover(s, seed);
    check(s, acked);
    scene_close(s);
    return cut;
}

static void cut_everywhere(scene_work work, void (*check)(struct scene *, unsigned), uint64_t cuts)
{
    struct scene s;
    uint64_t done = 0, seed = 1;

    scene_init(&s);
    while (done < cuts) {
        uint64_t op = 0;

        for (; done < cuts && cut_once(&s, work, check, op, seed); op++, seed++)
            done++;
        if (op == 0)
            fail_msg("the work has no operation at which the power could go");
        seed += 7;
    }
    scene_release(&s);
}

static void writing_keeps_every_acknowledged_commit_through_any_power_cut(void **state)
{
    (void)state;
    cut_everywhere(scene_write, scene_check_rows, cuts_wanted() / 2);
}

static void sealing_loses_nothing_through_any_power_cut(void **state)
{
    (void)state;
    cut_everywhere(scene_seal, scene_check_rows, cuts_wanted() / 4);
}

static void a_sync_cut_anywhere_is_finished_by_the_next_one_and_doubles_nothing(void **state)
{
    (void)state;
    cut_everywhere(scene_sync, scene_check_sync, cuts_wanted() / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writing_keeps_every_acknowledged_commit_through_any_power_cut),
        cmocka_unit_test(sealing_loses_nothing_through_any_power_cut),
        cmocka_unit_test(a_sync_cut_anywhere_is_finished_by_the_next_one_and_doubles_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
