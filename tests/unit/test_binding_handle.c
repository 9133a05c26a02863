/* unit/test_binding_handle.c — handles that Java holds: one that is gone is noticed, whatever was put in its place, and memory is freed by the last who
 * uses it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "handle.h"

struct thing {
    int ended;
};

static void thing_end(void *object)
{
    ((struct thing *)object)->ended++;
}

static int64_t taken_and_given(int64_t handle, enum handle_kind kind, const void *expected)
{
    void *object = handle_take(handle, kind);

    assert_ptr_equal(object, expected);
    if (object)
        handle_give(handle);
    return handle;
}

static void handle_gives_its_object_until_it_is_ended(void **state)
{
    struct thing t = { 0 };
    int64_t h = handle_new(HANDLE_STORE, &t, thing_end);

    (void)state;
    assert_true(h > 0);
    assert_int_equal(handle_count(), 1);
    taken_and_given(h, HANDLE_STORE, &t);
    assert_true(handle_end(h, HANDLE_STORE));
    assert_int_equal(t.ended, 1);
    assert_int_equal(handle_count(), 0);
    taken_and_given(h, HANDLE_STORE, NULL);
    assert_false(handle_end(h, HANDLE_STORE)); /* closed twice */
    assert_int_equal(t.ended, 1);
}

static void handle_of_another_kind_is_none(void **state)
{
    struct thing t = { 0 };
    int64_t h = handle_new(HANDLE_STATEMENT, &t, thing_end);

    (void)state;
    for (int kind = 0; kind < 256; kind++) {
        if (kind != HANDLE_STATEMENT) {
            taken_and_given(h, (enum handle_kind)kind, NULL);
            assert_false(handle_end(h, (enum handle_kind)kind));
            taken_and_given((h & (INT64_MAX >> 7)) | (int64_t)((uint64_t)kind << 56), (enum handle_kind)kind, NULL);
        }
    }
    taken_and_given(h, HANDLE_STATEMENT, &t);
    assert_true(handle_end(h, HANDLE_STATEMENT));
}

static void a_number_that_was_never_given_out_is_none(void **state)
{
    struct thing t = { 0 };
    int64_t h = handle_new(HANDLE_SINK, &t, NULL);
    uint64_t rng = 88172645463325252u;

    (void)state;
    taken_and_given(0, HANDLE_SINK, NULL);
    taken_and_given(-1, HANDLE_SINK, NULL);
    taken_and_given(INT64_MAX, HANDLE_SINK, NULL);
    taken_and_given(INT64_MIN, HANDLE_SINK, NULL);
    for (int bit = 0; bit < 64; bit++) /* each bit of a good one */
        taken_and_given((int64_t)((uint64_t)h ^ UINT64_C(1) << bit), HANDLE_SINK, NULL);
    for (int i = 0; i < 10000; i++) {
        rng ^= rng << 13;
        rng ^= rng >> 7;
        rng ^= rng << 17;
        if ((int64_t)rng != h)
            taken_and_given((int64_t)rng, HANDLE_SINK, NULL);
    }
    assert_true(handle_end(h, HANDLE_SINK));
}

static void what_takes_the_place_of_an_ended_one_has_another_number(void **state)
{
    static int64_t seen[3000];
    struct thing t = { 0 };

    (void)state;
    for (int i = 0; i < 3000; i++) {
        seen[i] = handle_new(HANDLE_STORE, &t, thing_end);
        taken_and_given(seen[i], HANDLE_STORE, &t);
        assert_true(handle_end(seen[i], HANDLE_STORE));
    }
    for (int i = 0; i < 3000; i++)
        for (int k = 0; k < i; k++)
            if (seen[i] == seen[k])
                fail_msg("%d and %d are the same", i, k);
    assert_int_equal((seen[2999] ^ seen[0]) >> 32, 0); /* one slot did for all of them */
    for (int i = 0; i < 3000; i++)
        taken_and_given(seen[i], HANDLE_STORE, NULL);
    assert_int_equal(t.ended, 3000);
}

static void the_last_who_uses_it_frees_it(void **state)
{
    struct thing t = { 0 };
    int64_t h = handle_new(HANDLE_STORE, &t, thing_end);

    (void)state;
    assert_ptr_equal(handle_take(h, HANDLE_STORE), &t);
    assert_ptr_equal(handle_take(h, HANDLE_STORE), &t);
    assert_true(handle_end(h, HANDLE_STORE));
    assert_int_equal(t.ended, 0);
    taken_and_given(h, HANDLE_STORE, NULL); /* for others it is gone at once */
    handle_give(h);
    assert_int_equal(t.ended, 0);
    assert_int_equal(handle_count(), 1);
    handle_give(h);
    assert_int_equal(t.ended, 1);
    assert_int_equal(handle_count(), 0);
}

/* What an `end` does in turn: a statement gives up its store. */
static int64_t inner;

static void outer_end(void *object)
{
    thing_end(object);
    assert_true(handle_end(inner, HANDLE_STORE));
    handle_end(handle_new(HANDLE_SINK, object, NULL), HANDLE_SINK);
}

static void ending_one_may_end_and_make_others(void **state)
{
    struct thing of_inner = { 0 }, of_outer = { 0 };
    int64_t outer = handle_new(HANDLE_STATEMENT, &of_outer, outer_end);

    (void)state;
    inner = handle_new(HANDLE_STORE, &of_inner, thing_end);
    assert_true(handle_end(outer, HANDLE_STATEMENT));
    assert_int_equal(of_outer.ended, 1);
    assert_int_equal(of_inner.ended, 1);
    assert_int_equal(handle_count(), 0);
}

static void many_live_beside_each_other(void **state)
{
    enum { MANY = 20000 };
    static struct thing things[MANY];
    static int64_t handles[MANY];

    (void)state;
    for (int i = 0; i < MANY; i++)
        handles[i] = handle_new(HANDLE_STATEMENT, &things[i], thing_end);
    assert_int_equal(handle_count(), MANY);
    for (int i = 0; i < MANY; i += 2)
        assert_true(handle_end(handles[i], HANDLE_STATEMENT));
    for (int i = 0; i < MANY; i++)
        taken_and_given(handles[i], HANDLE_STATEMENT, i % 2 ? &things[i] : NULL);
    for (int i = 1; i < MANY; i += 2)
        assert_true(handle_end(handles[i], HANDLE_STATEMENT));
    for (int i = 0; i < MANY; i++)
        assert_int_equal(things[i].ended, 1);
    assert_int_equal(handle_count(), 0);
}

/* --- threads --- */

#define THREADS 4
#define SHARED 8
#define TURNS 20000

struct shared {
    atomic_int alive; /* 1 until it is ended */
    atomic_int users;
};

static _Atomic int64_t shared_handles[SHARED];
static atomic_int wrong, ends;

static void shared_end(void *object)
{
    struct shared *s = object;

    if (atomic_load(&s->users) != 0 || atomic_exchange(&s->alive, 0) != 1)
        atomic_fetch_add(&wrong, 1);
    atomic_fetch_add(&ends, 1);
    free(s);
}

static int64_t shared_new(void)
{
    struct shared *s = malloc(sizeof *s);

    atomic_init(&s->alive, 1);
    atomic_init(&s->users, 0);
    return handle_new(HANDLE_STORE, s, shared_end);
}

static void *player(void *seed)
{
    uint32_t rng = (uint32_t)(uintptr_t)seed;

    for (int i = 0; i < TURNS; i++) {
        unsigned place = (rng = rng * 1664525 + 1013904223) >> 16 & (SHARED - 1);
        int64_t h = atomic_load(&shared_handles[place]);
        struct shared *s = handle_take(h, HANDLE_STORE);

        if (s) {
            atomic_fetch_add(&s->users, 1);
            if (atomic_load(&s->alive) != 1)
                atomic_fetch_add(&wrong, 1);
            if (rng >> 28 == 0) { /* ended by one who uses it */
                int64_t next = shared_new(), there = h;

                if (atomic_compare_exchange_strong(&shared_handles[place], &there, next))
                    handle_end(h, HANDLE_STORE);
                else
                    handle_end(next, HANDLE_STORE);
            }
            atomic_fetch_sub(&s->users, 1);
            handle_give(h);
        }
    }
    return NULL;
}

static void threads_that_end_and_use_the_same_ones_never_meet_a_freed_one(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < SHARED; i++)
        atomic_store(&shared_handles[i], shared_new());
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, player, (void *)(i + 1)), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < SHARED; i++)
        assert_true(handle_end(shared_handles[i], HANDLE_STORE));
    assert_int_equal(wrong, 0);
    assert_true(ends > 1000);
    assert_int_equal(handle_count(), 0);
}

struct slow {
    int64_t handle;
    atomic_int taken, given;
};

static void *slow_user(void *ctx)
{
    struct slow *s = ctx;

    if (!handle_take(s->handle, HANDLE_CALL))
        return NULL;
    atomic_store(&s->taken, 1);
    while (handle_take(s->handle, HANDLE_CALL)) /* until it is ended */
        handle_give(s->handle);
    atomic_store(&s->given, 1);
    handle_give(s->handle);
    return NULL;
}

static void what_lives_on_a_stack_is_waited_for(void **state)
{
    pthread_t thread;
    struct slow s = { 0 };

    (void)state;
    s.handle = handle_new(HANDLE_CALL, &s, NULL);
    assert_int_equal(pthread_create(&thread, NULL, slow_user, &s), 0);
    while (!atomic_load(&s.taken))
        ;
    assert_true(handle_end_alone(s.handle, HANDLE_CALL));
    assert_int_equal(atomic_load(&s.given), 1);
    pthread_join(thread, NULL);
    assert_false(handle_end_alone(s.handle, HANDLE_CALL));
    assert_int_equal(handle_count(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handle_gives_its_object_until_it_is_ended),
        cmocka_unit_test(handle_of_another_kind_is_none),
        cmocka_unit_test(a_number_that_was_never_given_out_is_none),
        cmocka_unit_test(what_takes_the_place_of_an_ended_one_has_another_number),
        cmocka_unit_test(the_last_who_uses_it_frees_it),
        cmocka_unit_test(ending_one_may_end_and_make_others),
        cmocka_unit_test(many_live_beside_each_other),
        cmocka_unit_test(threads_that_end_and_use_the_same_ones_never_meet_a_freed_one),
        cmocka_unit_test(what_lives_on_a_stack_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
