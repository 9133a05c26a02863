/* Power cuts at every write, sync and deletion of writing, sealing, and syncing with merging; also during the recovery from a cut.
 *
 * After each cut the store is opened again and must satisfy: every acknowledged COMMIT is there and at most the one in flight besides; replaying the logs gives
 * exactly the rows (jemput_verify); a sync that was cut is finished by the next one, and loses and doubles nothing.
 * The work runs once for each operation at which the power goes; then many fates of what was not safe are tried. Each outcome that differs from all before it
 * is recovered from; what is recovered is checked if it differs from all before it. JEMPUT_CUTS sets how many cuts in all (default 6,000: each operation of
 * each work twelve to forty-five times). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "scene.h"
#include "support/crash_wreck.h"

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

struct cutting {
    struct scene s;
    scene_work work;
    void (*check)(struct scene *, unsigned);
    uint64_t seed;
    uint64_t recovered, checked; /* outcomes that differed, and what they were recovered to */
};

/* The power goes at the op-th operation of the work: what is on the disk then, and what was acknowledged. NULL = the work ended before. */
static struct crash_wreck *work_until(struct cutting *c, uint64_t op, unsigned *acked)
{
    struct fleet_device *d = &c->s.f.devices[CENTRAL];
    struct crash_wreck *wreck;
    struct jemput_error err;

    scene_restore(&c->s);
    if (scene_open(&c->s, &err))
        fail_msg("the store does not open before the cut: %s", err.text);
    crash_vfs_cut_at(d->vfs, op);
    *acked = c->work(&c->s, &err);
    if (err.status && !crash_vfs_is_cut(d->vfs))
        fail_msg("without a cut: %s", err.text);
    scene_close(&c->s);
    wreck = crash_vfs_is_cut(d->vfs) ? crash_wreck_new(crash_vfs_disk(d->vfs)) : NULL;
    sim_env_power_cut(&d->sim, op); /* open handles are dead */
    return wreck;
}

/* All pages as the store sees them, its log included. */
static bool is_first(struct cutting *c, struct crash_wreck *wreck)
{
    sqlite3_int64 len = 0;
    unsigned char *pages = sqlite3_serialize(c->s.f.devices[CENTRAL].sql, "main", &len, 0);
    bool first;

    assert_non_null(pages);
    first = crash_wreck_first(wreck, pages, (size_t)len);
    sqlite3_free(pages);
    return first;
}

static void outcome_check(struct cutting *c, struct crash_wreck *wreck, const struct crash_snapshot *left, const struct folder_state *hub, unsigned acked)
{
    struct fleet_device *d = &c->s.f.devices[CENTRAL];

    crash_vfs_restore(d->vfs, left);
    sim_env_reboot(&d->sim);
    recover(&c->s, c->seed);
    c->recovered++;
    if (is_first(c, wreck)) {
        folder_restore(hub);
        c->check(&c->s, acked);
        c->checked++;
    }
    scene_close(&c->s);
}

/* Returns false if the work ended before the cut. */
static bool cut_at(struct cutting *c, uint64_t op, uint64_t seeds)
{
    unsigned acked;
    struct crash_wreck *wreck = work_until(c, op, &acked);
    struct folder_state *hub;

    if (!wreck)
        return false;
    hub = folder_remember(fleet_hub(&c->s.f, 0));
    for (uint64_t i = 0; i < seeds; i++, c->seed++) {
        bool is_new;
        struct crash_snapshot *left = crash_wreck_outcome(wreck, c->seed, &is_new);

        if (is_new)
            outcome_check(c, wreck, left, hub, acked);
        crash_snapshot_free(left);
    }
    folder_forget(hub);
    crash_wreck_free(wreck);
    return true;
}

/* How many operations the work has, at each of which the power may go. */
static uint64_t ops_count(struct cutting *c)
{
    struct fleet_device *d = &c->s.f.devices[CENTRAL];
    struct jemput_error err;
    uint64_t before;

    scene_restore(&c->s);
    if (scene_open(&c->s, &err))
        fail_msg("the store does not open: %s", err.text);
    before = crash_vfs_counters(d->vfs)->change_ops;
    (void)c->work(&c->s, &err);
    scene_close(&c->s);
    return crash_vfs_counters(d->vfs)->change_ops - before;
}

static void cut_everywhere(scene_work work, void (*check)(struct scene *, unsigned), uint64_t cuts)
{
    struct cutting c = { .work = work, .check = check, .seed = 1 };
    uint64_t ops, op = 0, seeds;

    scene_init(&c.s);
    ops = ops_count(&c);
    seeds = (cuts + ops - 1) / (ops ? ops : 1);
    while (cut_at(&c, op, seeds))
        op++;
    print_message("%llu operations, %llu cuts, %llu outcomes, %llu states\n", (unsigned long long)op, (unsigned long long)(op * seeds),
                  (unsigned long long)c.recovered, (unsigned long long)c.checked);
    if (op == 0)
        fail_msg("the work has no operation at which the power could go");
    scene_release(&c.s);
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
