/* When to sync by itself: each rule for itself, and what holds in every sequence of events. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <jemput/watch.h>

#define HOUR_MS (UINT64_C(3600) * 1000)

static uint64_t random_state = 1;

static uint32_t random_any(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 32);
}

static uint32_t random_below(uint32_t n)
{
    return (uint32_t)((uint64_t)random_any() * n >> 32);
}

/* --- each rule --- */

static struct jemput_watch_do step(struct jemput_watch *w, enum jemput_watch_event_kind kind, uint64_t now_ms, int value)
{
    struct jemput_watch_event e = { .kind = kind, .now_ms = now_ms, .wall_ms = (int64_t)now_ms, .random = random_any(), .up = value,
                                    .waiting = value };

    return jemput_watch_step(w, &e);
}

static struct jemput_watch_do done(struct jemput_watch *w, uint64_t now_ms, enum jemput_status status, int waiting, uint32_t wait_s)
{
    struct jemput_watch_event e = { .kind = JEMPUT_WATCH_DONE, .now_ms = now_ms, .wall_ms = (int64_t)now_ms, .random = random_any(), .status = status,
                                    .waiting = waiting, .wait_s = wait_s };

    return jemput_watch_step(w, &e);
}

/* Up since 0, and synced; nothing waits. Gives the time. */
static uint64_t quiet(struct jemput_watch *w)
{
    *w = (struct jemput_watch)JEMPUT_WATCH_INIT;
    assert_int_equal(step(w, JEMPUT_WATCH_LINK, 10, 1).sync, 1);
    assert_int_equal(done(w, 2000, JEMPUT_OK, 0, 0).sync, 0);
    return 2000;
}

static void work_that_waits_goes_as_soon_as_the_link_is_up(void **state)
{
    struct jemput_watch w = JEMPUT_WATCH_INIT;
    struct jemput_watch_do d;

    (void)state;
    d = step(&w, JEMPUT_WATCH_QUEUE, 5, 1);
    assert_int_equal(d.sync, 0);
    assert_int_equal(d.told, JEMPUT_WATCH_WAITING);
    assert_int_equal(d.wake_ms, UINT64_MAX);
    d = step(&w, JEMPUT_WATCH_LINK, HOUR_MS, 1);
    assert_int_equal(d.sync, 1);
    assert_int_equal(d.told, JEMPUT_WATCH_SYNCING);
    d = done(&w, HOUR_MS + 3000, JEMPUT_OK, 0, 0);
    assert_int_equal(d.told, JEMPUT_WATCH_ALL_SENT);
    assert_int_equal(d.changed, 1);
}

static void what_is_written_after_a_sync_goes_together_a_little_later(void **state)
{
    struct jemput_watch w;
    uint64_t now = quiet(&w);
    struct jemput_watch_do d = step(&w, JEMPUT_WATCH_QUEUE, now + 10, 1);

    (void)state;
    assert_int_equal(d.sync, 0);
    assert_in_range(d.wake_ms, now + JEMPUT_WATCH_SETTLE_MS / 2, now + JEMPUT_WATCH_SETTLE_MS);
    assert_int_equal(step(&w, JEMPUT_WATCH_TIME, d.wake_ms, 0).sync, 1);
}

static void without_work_the_hub_is_looked_at_now_and_then_and_rarely_while_saving(void **state)
{
    struct jemput_watch w;
    uint64_t now = quiet(&w);
    struct jemput_watch_do d = step(&w, JEMPUT_WATCH_TIME, now + 1, 0);

    (void)state;
    assert_in_range(d.wake_ms, now + JEMPUT_WATCH_LOOK_MS / 2, now + JEMPUT_WATCH_LOOK_MS);
    assert_int_equal(step(&w, JEMPUT_WATCH_TIME, d.wake_ms - 1, 0).sync, 0);
    assert_int_equal(step(&w, JEMPUT_WATCH_TIME, d.wake_ms, 0).sync, 1);
    w.saving = 1;
    now = d.wake_ms + 1000;
    d = done(&w, now, JEMPUT_OK, 0, 0);
    assert_in_range(d.wake_ms, now + 2 * JEMPUT_WATCH_LOOK_MS, now + 4 * JEMPUT_WATCH_LOOK_MS);
}

static void failures_are_tried_again_later_and_later_up_to_a_bound(void **state)
{
    struct jemput_watch w;
    uint64_t now = quiet(&w), most = JEMPUT_WATCH_RETRY_MS;

    (void)state;
    step(&w, JEMPUT_WATCH_QUEUE, now += JEMPUT_WATCH_SETTLE_MS, 1);
    for (unsigned i = 0; i < 20; i++) {
        struct jemput_watch_do d = done(&w, now += 100, JEMPUT_OFFLINE, 1, 0);

        assert_int_equal(d.told, JEMPUT_WATCH_WAITING);
        assert_in_range(d.wake_ms, now + most / 2, now + most);
        now = d.wake_ms;
        assert_int_equal(step(&w, JEMPUT_WATCH_TIME, now, 0).sync, 1);
        most = 2 * most < JEMPUT_WATCH_RETRY_MS_MAX ? 2 * most : JEMPUT_WATCH_RETRY_MS_MAX;
    }
}

static void what_will_not_mend_by_itself_is_tried_rarely_and_at_once_if_a_person_asks(void **state)
{
    static const enum jemput_status hopeless[] = { JEMPUT_MISUSE, JEMPUT_LIMIT, JEMPUT_CORRUPT, JEMPUT_DENIED, JEMPUT_NOTFOUND, JEMPUT_EXISTS,
        JEMPUT_UPGRADE, JEMPUT_LOCKED };
    struct jemput_watch w;

    (void)state;
    for (unsigned i = 0; i < sizeof hopeless / sizeof hopeless[0]; i++) {
        uint64_t now = quiet(&w);
        struct jemput_watch_do d;

        step(&w, JEMPUT_WATCH_QUEUE, now += JEMPUT_WATCH_SETTLE_MS, 1);
        d = done(&w, now += 100, hopeless[i], 1, 0);
        assert_in_range(d.wake_ms, now + JEMPUT_WATCH_HOPELESS_MS / 2, now + JEMPUT_WATCH_HOPELESS_MS);
        assert_int_equal(step(&w, JEMPUT_WATCH_LINK, now += 2000, 1).sync, 0);
        assert_int_equal(step(&w, JEMPUT_WATCH_ASKED, now, 0).sync, 1);
    }
}

static void a_hub_that_wants_to_be_left_alone_is_left_alone_whoever_asks(void **state)
{
    struct jemput_watch w;
    uint64_t now = quiet(&w);
    struct jemput_watch_do d;

    (void)state;
    step(&w, JEMPUT_WATCH_QUEUE, now += JEMPUT_WATCH_SETTLE_MS, 1);
    d = done(&w, now, JEMPUT_BUSY, 1, 120);
    assert_true(d.wake_ms >= now + 120000);
    assert_int_equal(step(&w, JEMPUT_WATCH_ASKED, now + 5000, 0).sync, 0);
    assert_int_equal(step(&w, JEMPUT_WATCH_LINK, now + 119999, 1).sync, 0);
    d = step(&w, JEMPUT_WATCH_TIME, now + 120000, 0);
    assert_in_range(d.wake_ms, now + 120000, now + 190000);
    assert_int_equal(step(&w, JEMPUT_WATCH_TIME, d.wake_ms, 0).sync, 1);
}

static void a_link_that_comes_cuts_a_pause_short_but_not_each_time_it_flaps(void **state)
{
    struct jemput_watch w;
    uint64_t now = quiet(&w);
    struct jemput_watch_do d;
    unsigned syncs = 0;

    (void)state;
    step(&w, JEMPUT_WATCH_QUEUE, now += JEMPUT_WATCH_SETTLE_MS, 1);
    for (unsigned i = 0; i < 12; i++) {
        d = done(&w, now, JEMPUT_OFFLINE, 1, 0);
        now = d.wake_ms;
        step(&w, JEMPUT_WATCH_TIME, now, 0);
    }
    done(&w, now, JEMPUT_OFFLINE, 1, 0);
    for (uint64_t end = now + 10 * 60000; now < end; now += 500) { /* ten minutes of a link that comes and goes each second */
        d = step(&w, JEMPUT_WATCH_LINK, now, (int)(now / 500 % 2));
        if (d.sync) {
            syncs++;
            done(&w, now + 100, JEMPUT_OFFLINE, 1, 0);
        }
    }
    assert_in_range(syncs, 8, 14);
}

/* A tablet whose sync fails is at the hub with a thousand others: no two of ten should come back in one tenth of a second too often. */
static void devices_that_failed_together_do_not_come_back_together(void **state)
{
    unsigned slots[40] = { 0 };

    (void)state;
    for (unsigned i = 0; i < 4000; i++) {
        struct jemput_watch w;
        uint64_t now = quiet(&w);
        struct jemput_watch_do d;

        step(&w, JEMPUT_WATCH_QUEUE, now += JEMPUT_WATCH_SETTLE_MS, 1);
        d = done(&w, now, JEMPUT_BUSY, 1, 60);
        slots[(d.wake_ms - now - 60000) * 40 / 35001]++;
    }
    for (unsigned i = 20; i < 40; i++)
        assert_in_range(slots[i], 100, 320);
}

static void after_stop_nothing_begins_and_what_runs_is_cancelled(void **state)
{
    struct jemput_watch w = JEMPUT_WATCH_INIT;
    struct jemput_watch_do d;

    (void)state;
    assert_int_equal(step(&w, JEMPUT_WATCH_LINK, 10, 1).sync, 1);
    d = step(&w, JEMPUT_WATCH_STOP, 20, 0);
    assert_int_equal(d.cancel, 1);
    assert_int_equal(d.wake_ms, UINT64_MAX);
    d = done(&w, 30, JEMPUT_CANCELLED, 1, 0);
    assert_int_equal(d.cancel, 0);
    assert_int_equal(step(&w, JEMPUT_WATCH_ASKED, HOUR_MS, 0).sync, 0);
    assert_int_equal(step(&w, JEMPUT_WATCH_QUEUE, 9 * HOUR_MS, 1).sync, 0);
}

/* --- what always holds --- */

struct life {
    struct jemput_watch w;
    uint64_t now, began, wake;
    int64_t wall, synced;
    int syncing, up, waiting, stopped;
    unsigned syncs;
};

static struct jemput_watch_event any_event(struct life *l)
{
    struct jemput_watch_event e = { .random = random_any() };

    e.kind = (enum jemput_watch_event_kind)(1 + random_below(l->stopped || random_below(400) ? 5 : 6));
    if (e.kind == JEMPUT_WATCH_DONE && !l->syncing && random_below(4))
        e.kind = JEMPUT_WATCH_TIME;
    switch (random_below(5)) {
    case 0:
        break;
    case 1:
        l->now += random_below(50);
        break;
    case 2:
        l->now += random_below(20000);
        break;
    case 3:
        l->now += random_below(2 * HOUR_MS);
        break;
    case 4:
        if (l->wake != UINT64_MAX && l->wake > l->now)
            l->now = l->wake;
        break;
    }
    l->wall += (int64_t)random_below(100000) - 40000;
    e.now_ms = random_below(20) ? l->now : random_below(2) ? 0 : l->now / 2; /* a clock that goes back */
    e.wall_ms = l->wall;
    e.up = random_below(3) > 0;
    e.saving = random_below(5) == 0;
    e.waiting = random_below(2);
    e.status = (enum jemput_status)(random_below(2) ? JEMPUT_OK : random_below(JEMPUT_UNTRUSTED + 1));
    e.wait_s = random_below(6) ? 0 : random_below(2) ? random_below(600) : random_any();
    return e;
}

static void life_step(struct life *l)
{
    struct jemput_watch_event e = any_event(l);
    struct jemput_watch_do d = jemput_watch_step(&l->w, &e);

    if (e.kind == JEMPUT_WATCH_DONE)
        l->syncing = 0;
    l->stopped |= e.kind == JEMPUT_WATCH_STOP;
    if (d.sync) {
        assert_false(l->syncing); /* never two at once */
        assert_false(l->stopped);
        assert_true(l->syncs == 0 || l->w.now_ms >= l->began + JEMPUT_WATCH_GAP_MS);
        l->began = l->w.now_ms;
        l->syncing = 1;
        l->syncs++;
    }
    assert_int_equal(l->w.syncing, l->syncing);
    assert_int_equal(d.cancel, l->stopped && l->syncing);
    assert_int_equal(d.told, l->syncing ? JEMPUT_WATCH_SYNCING : l->w.waiting ? JEMPUT_WATCH_WAITING : JEMPUT_WATCH_ALL_SENT);
    assert_true(d.sync || d.wake_ms > l->w.now_ms);
    assert_true(l->w.last_synced_ms >= l->synced); /* monotone */
    l->synced = l->w.last_synced_ms;
    l->wake = d.wake_ms;
}

static void in_any_sequence_of_events_syncs_never_overlap_nor_hurry_and_last_synced_never_goes_back(void **state)
{
    unsigned syncs = 0;

    (void)state;
    for (unsigned seed = 1; seed <= 400; seed++) {
        struct life l = { .now = seed, .wake = UINT64_MAX };

        random_state = seed;
        for (unsigned i = 0; i < 1500; i++)
            life_step(&l);
        syncs += l.syncs;
    }
    assert_true(syncs > 20000);
}

/* After whatever has happened, while the link is up and the hub answers: what waits is sent, within an hour of doing just what is told. */
static void whatever_happened_work_goes_when_the_link_is_up(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 400; seed++) {
        struct life l = { .now = seed, .wake = UINT64_MAX, .stopped = 1 /* that event is left out */ };
        struct jemput_watch_do d;
        uint64_t limit, now;

        random_state = seed;
        for (unsigned i = 0; i < seed; i++) {
            struct jemput_watch_event e = any_event(&l);

            if (e.wait_s > 600)
                e.wait_s = 600;
            l.syncing = jemput_watch_step(&l.w, &e).sync || (l.syncing && e.kind != JEMPUT_WATCH_DONE);
        }
        assert_int_equal(l.w.stopped, 0);
        now = l.w.now_ms;
        while (l.w.syncing) /* asked for again meanwhile, it begins again */
            done(&l.w, now += JEMPUT_WATCH_GAP_MS, JEMPUT_OFFLINE, 1, 0);
        d = step(&l.w, JEMPUT_WATCH_QUEUE, now, 1);
        if (!d.sync)
            d = step(&l.w, JEMPUT_WATCH_LINK, now, 1);
        limit = now + JEMPUT_WATCH_HOPELESS_MS + 1000 * 1000;
        for (unsigned i = 0; !d.sync && i < 10; i++) {
            assert_true(d.wake_ms <= limit);
            now = d.wake_ms;
            d = step(&l.w, JEMPUT_WATCH_TIME, now, 0);
        }
        assert_int_equal(d.sync, 1);
        assert_int_equal(done(&l.w, now + 1000, JEMPUT_OK, 0, 0).told, JEMPUT_WATCH_ALL_SENT);
    }
}

/* A day without any answer: the radio is not kept awake. */
static void a_day_of_failures_is_a_bounded_number_of_attempts(void **state)
{
    struct jemput_watch w = JEMPUT_WATCH_INIT;
    struct jemput_watch_do d = step(&w, JEMPUT_WATCH_LINK, 1, 1);
    uint64_t now = 1;
    unsigned syncs = 0;

    (void)state;
    while (now < 24 * HOUR_MS) {
        if (d.sync) {
            syncs++;
            d = done(&w, now += 1000, JEMPUT_OFFLINE, 1, 0);
        } else {
            d = step(&w, JEMPUT_WATCH_TIME, now = d.wake_ms, 0);
        }
    }
    assert_in_range(syncs, 96, 220);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_that_waits_goes_as_soon_as_the_link_is_up),
        cmocka_unit_test(what_is_written_after_a_sync_goes_together_a_little_later),
        cmocka_unit_test(without_work_the_hub_is_looked_at_now_and_then_and_rarely_while_saving),
        cmocka_unit_test(failures_are_tried_again_later_and_later_up_to_a_bound),
        cmocka_unit_test(what_will_not_mend_by_itself_is_tried_rarely_and_at_once_if_a_person_asks),
        cmocka_unit_test(a_hub_that_wants_to_be_left_alone_is_left_alone_whoever_asks),
        cmocka_unit_test(a_link_that_comes_cuts_a_pause_short_but_not_each_time_it_flaps),
        cmocka_unit_test(devices_that_failed_together_do_not_come_back_together),
        cmocka_unit_test(after_stop_nothing_begins_and_what_runs_is_cancelled),
        cmocka_unit_test(in_any_sequence_of_events_syncs_never_overlap_nor_hurry_and_last_synced_never_goes_back),
        cmocka_unit_test(whatever_happened_work_goes_when_the_link_is_up),
        cmocka_unit_test(a_day_of_failures_is_a_bounded_number_of_attempts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
