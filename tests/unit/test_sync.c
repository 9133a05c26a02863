/* The order of a sync, as properties over random worlds that answer each step in random ways. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sync/sync.h"

#define LOGS_MAX 12

struct world {
    struct jemput_sync_world w;
    struct jemput_sync_log logs[LOGS_MAX];
    bool enrolled[LOGS_MAX];  /* will its writer be in the roster once joins are admitted */
    bool joined[LOGS_MAX];    /* its join was found and waits for ADMIT */
    unsigned batches[LOGS_MAX]; /* left before it is read */
};

static uint64_t random_state;

static unsigned random_below(unsigned n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((random_state >> 33) % n);
}

static void world_make(struct world *x, uint64_t seed)
{
    memset(x, 0, sizeof *x);
    random_state = seed;
    x->w.central = random_below(2);
    x->w.admin = random_below(3) == 0;
    x->w.central_known = !x->w.central && random_below(2);
    x->w.own_number = random_below(20);
    x->w.logs = x->logs;
}

static void world_list(struct world *x)
{
    x->w.listed = true;
    x->w.sent_number = x->w.own_number ? random_below((unsigned)x->w.own_number + 1) : 0;
    x->w.log_count = random_below(LOGS_MAX + 1);
    for (unsigned i = 0; i < x->w.log_count; i++) {
        x->logs[i].copy = random_below(10) == 0;
        x->logs[i].authority = random_below(4) == 0;
        x->enrolled[i] = x->logs[i].authority || random_below(3) > 0;
        x->batches[i] = random_below(4);
    }
}

static void world_send(struct world *x)
{
    unsigned luck = random_below(10);

    assert_true(x->w.sent_number < x->w.own_number);
    x->w.send_failed_soft = luck == 0;
    if (luck == 1)
        x->w.send_stopped = true;
    else if (luck > 1)
        x->w.sent_number += 1 + random_below((unsigned)(x->w.own_number - x->w.sent_number));
}

static void world_fetch(struct world *x, unsigned i)
{
    assert_true(i < x->w.log_count);
    assert_int_equal(x->logs[i].state, JEMPUT_LOG_OPEN);
    assert_true(jemput_sync_follows(&x->w, &x->logs[i]));
    if (!x->enrolled[i]) {
        x->logs[i].state = JEMPUT_LOG_WAITS;
        if ((x->w.admin || x->w.central) && random_below(2)) {
            x->joined[i] = true;
            x->w.joins_found++;
        }
        return;
    }
    if (random_below(8) == 0) {
        x->logs[i].state = JEMPUT_LOG_STOPPED;
        return;
    }
    x->w.receipt_due = x->w.receipt_due || x->w.central;
    x->w.keys_due = true;
    x->w.erase_due = random_below(4) == 0;
    x->w.late_due = (x->w.central || x->w.admin) && random_below(3) == 0;
    x->w.rebuild_due = x->w.rebuild_due || random_below(6) == 0;
    if (x->batches[i] == 0)
        x->logs[i].state = JEMPUT_LOG_READ;
    else
        x->batches[i]--;
}

static void world_admit(struct world *x)
{
    assert_true(x->w.admin || x->w.central);
    assert_true(x->w.joins_found > 0);
    for (unsigned i = 0; i < x->w.log_count; i++) {
        if (!x->joined[i])
            continue;
        x->joined[i] = false;
        x->enrolled[i] = true;
        x->logs[i].state = JEMPUT_LOG_OPEN;
    }
    x->w.joins_found = 0;
    x->w.own_number++;
}

/* Carry one step out. */
static void world_do(struct world *x, const struct jemput_step *step)
{
    switch (step->kind) {
    case JEMPUT_STEP_SEAL:
        x->w.sealed = true;
        x->w.own_number += random_below(3);
        break;
    case JEMPUT_STEP_LIST:
        world_list(x);
        break;
    case JEMPUT_STEP_SEND:
        world_send(x);
        break;
    case JEMPUT_STEP_FETCH:
        world_fetch(x, step->log);
        break;
    case JEMPUT_STEP_ADMIT:
        world_admit(x);
        break;
    case JEMPUT_STEP_KEYS:
        assert_true(x->w.keys_due);
        for (unsigned i = 0; i < x->w.log_count; i++)
            assert_false(x->logs[i].state == JEMPUT_LOG_OPEN && jemput_sync_follows(&x->w, &x->logs[i]));
        x->w.keys_due = false;
        x->w.receipt_due = x->w.receipt_due || x->w.central;
        x->w.own_number += random_below(2);
        break;
    case JEMPUT_STEP_REBUILD:
        assert_true(x->w.rebuild_due);
        assert_false(x->w.keys_due);
        for (unsigned i = 0; i < x->w.log_count; i++) /* once, by all that could be fetched */
            assert_false(x->logs[i].state == JEMPUT_LOG_OPEN && jemput_sync_follows(&x->w, &x->logs[i]));
        x->w.rebuild_due = false;
        break;
    case JEMPUT_STEP_ERASE:
        assert_true(x->w.erase_due);
        assert_false(x->w.rebuild_due); /* what is left out is known */
        assert_false(x->w.keys_due);    /* the newest key is here */
        for (unsigned i = 0; i < x->w.log_count; i++)
            assert_false(x->logs[i].state == JEMPUT_LOG_OPEN && jemput_sync_follows(&x->w, &x->logs[i]));
        x->w.erase_due = false;
        x->w.own_number += 1 + random_below(2);
        break;
    case JEMPUT_STEP_LATE:
        assert_true(x->w.late_due);
        assert_false(x->w.erase_due);
        assert_false(x->w.rebuild_due); /* what is carried after is what counts */
        assert_false(x->w.keys_due); /* what waited for a key is there */
        for (unsigned i = 0; i < x->w.log_count; i++) /* all that can be known is known */
            assert_false(x->logs[i].state == JEMPUT_LOG_OPEN && jemput_sync_follows(&x->w, &x->logs[i]));
        x->w.late_due = false;
        x->w.own_number += random_below(2);
        break;
    case JEMPUT_STEP_RECEIPT:
        assert_false(x->w.rebuild_due); /* a receipt says what the tables show */
        assert_false(x->w.late_due); /* what is carried after is in the receipt */
        assert_true(x->w.central && x->w.receipt_due);
        x->w.receipt_due = false;
        x->w.own_number++;
        break;
    case JEMPUT_STEP_REFILL:
        assert_false(x->w.refilled);
        assert_true(x->w.send_stopped || x->w.sent_number >= x->w.own_number || x->w.send_failed_soft); /* own work went out before */
        for (unsigned i = 0; i < x->w.log_count; i++)
            assert_false(x->logs[i].state == JEMPUT_LOG_OPEN && jemput_sync_follows(&x->w, &x->logs[i]));
        x->w.refilled = true;
        break;
    case JEMPUT_STEP_DONE:
        break;
    }
}

static void each_world(void (*check)(struct world *, uint64_t seed))
{
    struct world x;

    for (uint64_t seed = 1; seed <= 20000; seed++) {
        world_make(&x, seed);
        check(&x, seed);
    }
}

static void run_ends(struct world *x, uint64_t seed)
{
    struct jemput_sync sync = { 0 };

    (void)seed;
    for (unsigned steps = 0; steps < 500; steps++) {
        struct jemput_step step = jemput_sync_next(&sync, &x->w);
        if (step.kind == JEMPUT_STEP_DONE)
            return;
        world_do(x, &step);
    }
    fail_msg("a sync did not end within 500 steps");
}

static void every_run_ends(void **state)
{
    (void)state;
    each_world(run_ends);
}

static void run_own_first(struct world *x, uint64_t seed)
{
    struct jemput_sync sync = { 0 };
    struct jemput_step step;

    (void)seed;
    do {
        bool unsent = x->w.listed && x->w.sealed && x->w.own_number > x->w.sent_number && !x->w.send_stopped && !x->w.send_failed_soft;
        step = jemput_sync_next(&sync, &x->w);
        if (unsent)
            assert_int_equal(step.kind, JEMPUT_STEP_SEND);
        if (step.kind == JEMPUT_STEP_SEAL) /* nothing is signed before the hub has shown what another copy of this device may have signed */
            assert_true(x->w.listed);
        world_do(x, &step);
    } while (step.kind != JEMPUT_STEP_DONE);
}

static void own_work_goes_out_before_anything_comes_in(void **state)
{
    (void)state;
    each_world(run_own_first);
}

static void run_authority_first(struct world *x, uint64_t seed)
{
    struct jemput_sync sync = { 0 };
    struct jemput_step step;

    (void)seed;
    do {
        step = jemput_sync_next(&sync, &x->w);
        if (step.kind == JEMPUT_STEP_FETCH && !x->logs[step.log].authority)
            for (unsigned i = 0; i < x->w.log_count; i++)
                assert_false(x->logs[i].authority && x->logs[i].state == JEMPUT_LOG_OPEN);
        world_do(x, &step);
    } while (step.kind != JEMPUT_STEP_DONE);
}

static void logs_of_authorities_are_read_before_others(void **state)
{
    (void)state;
    each_world(run_authority_first);
}

static void run_nothing_left(struct world *x, uint64_t seed)
{
    struct jemput_sync sync = { 0 };
    struct jemput_step step;

    (void)seed;
    do {
        step = jemput_sync_next(&sync, &x->w);
        world_do(x, &step);
    } while (step.kind != JEMPUT_STEP_DONE);
    for (unsigned i = 0; i < x->w.log_count; i++)
        if (jemput_sync_follows(&x->w, &x->logs[i]))
            assert_int_not_equal(x->logs[i].state, JEMPUT_LOG_OPEN);
    assert_false(x->w.central && x->w.receipt_due);
    assert_false(x->w.late_due || x->w.keys_due);
    assert_true(x->w.sent_number == x->w.own_number || x->w.send_stopped || x->w.send_failed_soft);
    assert_int_equal(x->w.joins_found, 0);
}

static void a_run_that_ends_has_left_nothing_undone(void **state)
{
    (void)state;
    each_world(run_nothing_left);
}

static void a_tablet_that_knows_central_reads_authorities_only(void **state)
{
    struct jemput_sync_log other = { .own = false }, authority = { .authority = true };
    struct jemput_sync_world w = { .central_known = true };

    (void)state;
    assert_false(jemput_sync_follows(&w, &other));
    assert_true(jemput_sync_follows(&w, &authority));
    w.central_known = false;
    assert_true(jemput_sync_follows(&w, &other));
    w.central_known = true;
    w.admin = true;
    assert_true(jemput_sync_follows(&w, &other));
    authority.own = true;
    assert_false(jemput_sync_follows(&w, &authority));
}

/* Bytes a second that a link carries; how large the prefixes come to be. */
static uint32_t prefix_on(uint64_t rate, uint64_t latency_ms)
{
    struct jemput_sync sync = { 0 };
    struct jemput_sync_world w = { .sealed = true, .listed = true, .own_number = 100 };
    uint32_t before = JEMPUT_PREFIX_BYTES_MIN;

    for (unsigned i = 0; i < 30; i++) {
        struct jemput_step step = jemput_sync_next(&sync, &w);

        assert_int_equal(step.kind, JEMPUT_STEP_SEND);
        assert_in_range(step.bytes_max, JEMPUT_PREFIX_BYTES_MIN, JEMPUT_PREFIX_BYTES_MAX);
        assert_true(step.bytes_max <= 2 * before);
        before = step.bytes_max;
        if (i == 0)
            assert_int_equal(before, JEMPUT_PREFIX_BYTES_MIN);
        jemput_sync_sent(&sync, before, latency_ms + 1000 * (uint64_t)before / rate);
        w.sent_number++;
    }
    return before;
}

static void prefixes_start_small_and_grow_to_what_the_link_carries_in_a_few_seconds(void **state)
{
    (void)state;
    assert_int_equal(prefix_on(1000, 600), JEMPUT_PREFIX_BYTES_MIN);
    assert_in_range(prefix_on(5000, 600), JEMPUT_PREFIX_BYTES_MIN, 40000); /* EDGE */
    assert_in_range(prefix_on(30000, 100), 200 * 1024, 30000 * JEMPUT_PREFIX_MS / 1000);
    assert_int_equal(prefix_on(1000000, 1), JEMPUT_PREFIX_BYTES_MAX);
}

static void a_link_that_gets_worse_is_given_less_and_a_short_send_says_nothing_of_its_width(void **state)
{
    struct jemput_sync sync = { 0 };

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        jemput_sync_sent(&sync, jemput_sync_prefix(&sync), 10);
    assert_int_equal(jemput_sync_prefix(&sync), JEMPUT_PREFIX_BYTES_MAX);
    jemput_sync_sent(&sync, 500, 900);
    assert_int_equal(jemput_sync_prefix(&sync), JEMPUT_PREFIX_BYTES_MAX);
    jemput_sync_sent(&sync, JEMPUT_PREFIX_BYTES_MAX, 150000);
    assert_in_range(jemput_sync_prefix(&sync), JEMPUT_PREFIX_BYTES_MIN, 48 * 1024);
    jemput_sync_sent(&sync, UINT64_MAX, 1);
    jemput_sync_sent(&sync, 0, UINT64_MAX);
    assert_in_range(jemput_sync_prefix(&sync), JEMPUT_PREFIX_BYTES_MIN, JEMPUT_PREFIX_BYTES_MAX);
}

static void a_prefix_that_is_refused_as_too_large_is_halved_and_does_not_grow_again(void **state)
{
    struct jemput_sync sync = { 0 };
    unsigned refused = 0;

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        jemput_sync_sent(&sync, jemput_sync_prefix(&sync), 0);
    assert_int_equal(jemput_sync_prefix(&sync), 16 * JEMPUT_PREFIX_BYTES_MIN);
    assert_true(jemput_sync_too_large(&sync));
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(jemput_sync_prefix(&sync), 8 * JEMPUT_PREFIX_BYTES_MIN);
        jemput_sync_sent(&sync, jemput_sync_prefix(&sync), 0);
    }
    while (jemput_sync_too_large(&sync))
        refused++;
    assert_int_equal(refused, 6); /* 128, 64, 32, 16, 8, 4 KB */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_run_ends),
        cmocka_unit_test(own_work_goes_out_before_anything_comes_in),
        cmocka_unit_test(logs_of_authorities_are_read_before_others),
        cmocka_unit_test(a_run_that_ends_has_left_nothing_undone),
        cmocka_unit_test(a_tablet_that_knows_central_reads_authorities_only),
        cmocka_unit_test(prefixes_start_small_and_grow_to_what_the_link_carries_in_a_few_seconds),
        cmocka_unit_test(a_link_that_gets_worse_is_given_less_and_a_short_send_says_nothing_of_its_width),
        cmocka_unit_test(a_prefix_that_is_refused_as_too_large_is_halved_and_does_not_grow_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
