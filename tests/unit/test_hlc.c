/* unit/test_hlc.c — stamps under clocks that jump: the properties hold over random schedules, not only over good days. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "clock/hlc.h"
#include "support/crash_disk.h"

#define DEVICES 5
#define AHEAD_MS INT64_C(86400000)
#define NOW_MS INT64_C(1750000000000)
#define STAMP_MS_MAX ((int64_t)(JEMPUT_STAMP_MAX >> 16))

static const int64_t odd_times[] = {
    INT64_MIN, -1, 0, 1, /* before and at 1970 */
    INT64_C(2147483647000), INT64_C(2147483648000), /* 2038 */
    INT64_C(253402300799999), /* the end of the year 9999: no stamp holds it */
    STAMP_MS_MAX - 1, STAMP_MS_MAX, STAMP_MS_MAX + 1, INT64_MAX,
};

static int64_t wild_wall(uint64_t *rng, int64_t now)
{
    switch (crash_rng_next(rng) % 6) {
    case 0:
        return odd_times[crash_rng_next(rng) % 7]; /* those that leave room for more stamps */
    case 1:
        return now - (int64_t)(crash_rng_next(rng) % 4000000000);
    case 2:
        return now + (int64_t)(crash_rng_next(rng) % 4000000000);
    default:
        return now + (int64_t)(crash_rng_next(rng) % 3);
    }
}

static void stamp_takes_the_wall_time_where_it_can(void **state)
{
    struct jemput_hlc c = { 0 };
    jemput_stamp s = jemput_hlc_tick(&c, NOW_MS);

    (void)state;
    assert_true(jemput_stamp_ms(s) == NOW_MS);
    assert_int_equal(jemput_stamp_counter(s), 0);
    s = jemput_hlc_tick(&c, NOW_MS);
    assert_true(jemput_stamp_ms(s) == NOW_MS);
    assert_int_equal(jemput_stamp_counter(s), 1);
    s = jemput_hlc_tick(&c, NOW_MS + 1);
    assert_true(jemput_stamp_ms(s) == NOW_MS + 1);
    assert_int_equal(jemput_stamp_counter(s), 0);
}

static void stamp_grows_when_wall_clock_steps_back(void **state)
{
    struct jemput_hlc c = { 0 };
    jemput_stamp before = jemput_hlc_tick(&c, NOW_MS);

    (void)state;
    assert_true(jemput_hlc_tick(&c, NOW_MS - 1000000) == before + 1);
    assert_true(jemput_hlc_tick(&c, 0) == before + 2);
    assert_true(jemput_hlc_tick(&c, INT64_MIN) == before + 3);
}

static void a_full_counter_runs_on_into_the_next_millisecond(void **state)
{
    struct jemput_hlc c = { 0 };
    jemput_stamp last = 0;

    (void)state;
    for (int i = 0; i < 70000; i++) {
        jemput_stamp s = jemput_hlc_tick(&c, NOW_MS);

        assert_true(s > last);
        last = s;
    }
    assert_true(jemput_stamp_ms(last) == NOW_MS + 1);
    assert_true(jemput_hlc_tick(&c, NOW_MS + 1) == last + 1);
}

static void a_time_that_no_stamp_holds_costs_one_stamp(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof odd_times / sizeof odd_times[0]; i++) {
        struct jemput_hlc c = { 0 };
        jemput_stamp first = jemput_hlc_tick(&c, odd_times[i]);

        assert_true(first > 0 && first <= JEMPUT_STAMP_MAX);
        if (odd_times[i] > STAMP_MS_MAX || odd_times[i] <= 0) {
            assert_true(first == 1);
            assert_true(jemput_stamp_ms(jemput_hlc_tick(&c, NOW_MS)) == NOW_MS); /* a repaired clock counts again */
        } else {
            assert_true(jemput_stamp_ms(first) == odd_times[i]);
        }
    }
}

static void zero_is_said_only_when_no_stamp_is_left(void **state)
{
    struct jemput_hlc c = { .last = JEMPUT_STAMP_MAX - 1 };

    (void)state;
    assert_true(jemput_hlc_tick(&c, 5) == JEMPUT_STAMP_MAX);
    assert_true(jemput_hlc_tick(&c, NOW_MS) == 0);
    assert_true(c.last == JEMPUT_STAMP_MAX);
    assert_true((int64_t)JEMPUT_STAMP_MAX > 0); /* fits SQLite's integers */
}

static void a_seen_stamp_is_passed_by_the_next_own_one(void **state)
{
    struct jemput_hlc c = { 0 };
    jemput_stamp seen = (jemput_stamp)(NOW_MS + 5000) << 16 | 7;

    (void)state;
    assert_true(jemput_hlc_see(&c, seen, NOW_MS, AHEAD_MS));
    assert_true(jemput_hlc_tick(&c, NOW_MS) == seen + 1);
    assert_true(jemput_hlc_see(&c, seen - 100, NOW_MS, AHEAD_MS));
    assert_true(c.last == seen + 1);
}

static void a_stamp_too_far_ahead_is_reported_and_not_adopted(void **state)
{
    static const struct {
        int64_t seen_ms, wall_ms, ahead_ms;
        bool adopted;
    } rows[] = {
        { NOW_MS + AHEAD_MS, NOW_MS, AHEAD_MS, true },
        { NOW_MS + AHEAD_MS + 1, NOW_MS, AHEAD_MS, false },
        { NOW_MS, NOW_MS, 0, true },
        { NOW_MS + 1, NOW_MS, 0, false },
        { NOW_MS + 1, NOW_MS, -5, false },
        { NOW_MS, NOW_MS, INT64_MIN, true },
        { NOW_MS, INT64_MIN, AHEAD_MS, false },
        { NOW_MS, INT64_MAX, AHEAD_MS, true },
        { NOW_MS, INT64_MAX, INT64_MAX, true },
        { NOW_MS, 0, INT64_MAX, true },
        { 5, INT64_MIN, INT64_MAX, false },
        { 5, -4, 9, true },
        { 5, -5, 9, false },
        { 5, 5, -1, true },
        { 5, 4, -1, false },
        { STAMP_MS_MAX, INT64_MAX, INT64_MAX, true },
        { STAMP_MS_MAX + 1, INT64_MAX, INT64_MAX, false },
        { (int64_t)(UINT64_MAX >> 16), INT64_MAX, INT64_MAX, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct jemput_hlc c = { .last = 3 };
        jemput_stamp seen = (jemput_stamp)rows[i].seen_ms << 16;

        assert_int_equal(jemput_hlc_see(&c, seen, rows[i].wall_ms, rows[i].ahead_ms), rows[i].adopted);
        assert_true(c.last == (rows[i].adopted ? seen : 3));
    }
}

static void a_stamp_that_would_leave_none_is_not_adopted(void **state)
{
    struct jemput_hlc c = { 0 };

    (void)state;
    assert_false(jemput_hlc_see(&c, JEMPUT_STAMP_MAX, INT64_MAX, INT64_MAX));
    assert_false(jemput_hlc_see(&c, UINT64_MAX, INT64_MAX, INT64_MAX));
    assert_true(jemput_hlc_see(&c, JEMPUT_STAMP_MAX - 1, INT64_MAX, INT64_MAX));
    assert_true(jemput_hlc_tick(&c, 0) == JEMPUT_STAMP_MAX);
}

/* Devices with wild clocks tick and hear of each other at random: own stamps only grow, and all that was adopted is passed. */
static void cause_sorts_before_effect_over_random_schedules(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct jemput_hlc clocks[DEVICES] = { 0 };
        jemput_stamp own[DEVICES] = { 0 }, heard[DEVICES] = { 0 };
        uint64_t rng = seed;
        int64_t now = NOW_MS;

        for (int step = 0; step < 500; step++) {
            size_t at = crash_rng_next(&rng) % DEVICES;
            size_t from = crash_rng_next(&rng) % DEVICES;
            int64_t wall = wild_wall(&rng, now);

            now += (int64_t)(crash_rng_next(&rng) % 50);
            if (crash_rng_next(&rng) & 1) {
                jemput_stamp s = jemput_hlc_tick(&clocks[at], wall);

                assert_true(s > own[at] && s > heard[at] && s <= JEMPUT_STAMP_MAX);
                assert_true(wall <= 0 || wall > STAMP_MS_MAX || jemput_stamp_ms(s) >= wall);
                own[at] = s;
            } else if (jemput_hlc_see(&clocks[at], own[from], wall, AHEAD_MS)) {
                heard[at] = own[from] > heard[at] ? own[from] : heard[at];
            } else {
                assert_true(own[from] > own[at] && own[from] > heard[at]);
                assert_true(jemput_stamp_ms(own[from]) - AHEAD_MS > wall);
            }
        }
    }
}

/* One device in the year 5000 cannot pull the others along: those with good clocks stay within the bound. */
static void a_broken_clock_does_not_drag_the_fleet(void **state)
{
    struct jemput_hlc clocks[DEVICES] = { 0 };
    uint64_t rng = 42;
    int64_t now = NOW_MS;
    int reported = 0;

    (void)state;
    for (int step = 0; step < 20000; step++) {
        size_t at = crash_rng_next(&rng) % DEVICES;
        size_t from = crash_rng_next(&rng) % DEVICES;
        int64_t wall = at == 0 ? INT64_C(95617584000000) : now;

        now += (int64_t)(crash_rng_next(&rng) % 1000);
        jemput_hlc_tick(&clocks[at], wall);
        reported += !jemput_hlc_see(&clocks[at], clocks[from].last, wall, AHEAD_MS);
        if (at != 0)
            assert_true(jemput_stamp_ms(clocks[at].last) <= now + AHEAD_MS);
    }
    assert_true(reported > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stamp_takes_the_wall_time_where_it_can),
        cmocka_unit_test(stamp_grows_when_wall_clock_steps_back),
        cmocka_unit_test(a_full_counter_runs_on_into_the_next_millisecond),
        cmocka_unit_test(a_time_that_no_stamp_holds_costs_one_stamp),
        cmocka_unit_test(zero_is_said_only_when_no_stamp_is_left),
        cmocka_unit_test(a_seen_stamp_is_passed_by_the_next_own_one),
        cmocka_unit_test(a_stamp_too_far_ahead_is_reported_and_not_adopted),
        cmocka_unit_test(a_stamp_that_would_leave_none_is_not_adopted),
        cmocka_unit_test(cause_sorts_before_effect_over_random_schedules),
        cmocka_unit_test(a_broken_clock_does_not_drag_the_fleet),
    };

    return cmocka_run_group_tests_name("hlc", tests, NULL, NULL);
}
