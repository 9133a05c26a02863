/* unit/test_alloc.c — the way to memory, arenas, and the fault allocator that all other tests lean on. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/alloc.h"
#include "support/crash_disk.h"
#include "support/fault_alloc.h"
#include "support/memory_scan.h"

static struct fault_alloc mem;

static int setup(void **state)
{
    (void)state;
    fault_alloc_install(&mem);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return fault_alloc_uninstall(&mem) == 0 ? 0 : -1;
}

static void null_means_out_of_memory_and_nothing_else(void **state)
{
    void *zero = jemput_alloc(0);
    void *zeros = jemput_alloc_zero(0, 8);

    (void)state;
    assert_non_null(zero);
    assert_non_null(zeros);
    assert_null(jemput_alloc(SIZE_MAX));
    assert_null(jemput_alloc((size_t)PTRDIFF_MAX + 1));
    assert_null(jemput_alloc_zero(SIZE_MAX / 2, 3));
    jemput_free(zero);
    jemput_free(zeros);
    jemput_free(NULL);
}

static void the_default_is_the_c_library(void **state)
{
    uint8_t *p, *zeros;

    (void)state;
    jemput_allocator_set(NULL, &mem);
    p = jemput_realloc(NULL, 100);
    memset(p, 7, 100);
    p = jemput_realloc(p, 5000);
    assert_int_equal(p[99], 7);
    jemput_free(p);
    zeros = jemput_alloc_zero(100, 3);
    assert_non_null(zeros);
    for (int i = 0; i < 300; i++)
        assert_int_equal(zeros[i], 0);
    assert_null(jemput_realloc(zeros, 0));
    assert_null(jemput_realloc(NULL, 0));
    assert_int_equal(mem.calls, 0);
    jemput_allocator_set(NULL, NULL);
}

static void zeroed_memory_is_zero(void **state)
{
    uint8_t *p = jemput_alloc_zero(50, 4);

    (void)state;
    for (int i = 0; i < 200; i++)
        assert_int_equal(p[i], 0);
    jemput_free(p);
    fault_alloc_arm(&mem, 0, false);
    assert_null(jemput_alloc_zero(50, 4));
    fault_alloc_disarm(&mem);
}

static void realloc_keeps_contents_and_failure_keeps_the_block(void **state)
{
    char *p = jemput_strdup("halo");
    char *q;

    (void)state;
    q = jemput_realloc(p, 4000);
    assert_string_equal(q, "halo");
    fault_alloc_arm(&mem, 0, false);
    assert_null(jemput_realloc(q, 8000));
    assert_null(jemput_realloc(q, SIZE_MAX));
    fault_alloc_disarm(&mem);
    assert_string_equal(q, "halo");
    assert_null(jemput_realloc(q, 0));
}

static void fault_allocator_counts_live_bytes_and_the_peak(void **state)
{
    void *a = jemput_alloc(100), *b = jemput_alloc(50);

    (void)state;
    assert_int_equal(mem.live_blocks, 2);
    assert_int_equal(mem.live_bytes, 150);
    a = jemput_realloc(a, 300);
    assert_int_equal(mem.live_bytes, 350);
    jemput_free(a);
    assert_int_equal(mem.live_bytes, 50);
    assert_int_equal(mem.peak_bytes, 350);
    fault_alloc_peak_reset(&mem);
    assert_int_equal(mem.peak_bytes, 50);
    assert_int_equal(mem.calls, 3);
    jemput_free(b);
}

static void fault_allocator_fails_once_or_for_good(void **state)
{
    void *p[4];

    (void)state;
    for (int sticky = 0; sticky < 2; sticky++) {
        fault_alloc_arm(&mem, 1, sticky);
        for (int i = 0; i < 4; i++)
            p[i] = jemput_alloc(8);
        fault_alloc_disarm(&mem);
        assert_non_null(p[0]);
        assert_null(p[1]);
        assert_int_equal(p[2] == NULL, sticky);
        assert_int_equal(p[3] == NULL, sticky);
        assert_int_equal(mem.failures, sticky ? 3 : 1);
        for (int i = 0; i < 4; i++)
            jemput_free(p[i]);
    }
}

static void arena_pieces_are_zeroed_aligned_and_apart(void **state)
{
    struct jemput_arena a = { 0 };
    uint64_t rng = 1;

    (void)state;
    for (int round = 0; round < 3; round++) {
        static struct {
            uint8_t *data;
            size_t len;
        } pieces[800];
        size_t count = sizeof pieces / sizeof pieces[0];

        for (size_t i = 0; i < count; i++) {
            size_t len = crash_rng_next(&rng) % 40 == 0 ? crash_rng_next(&rng) % 20000 : crash_rng_next(&rng) % 90;

            pieces[i].data = jemput_arena_alloc(&a, len);
            pieces[i].len = len;
            assert_non_null(pieces[i].data);
            assert_int_equal((uintptr_t)pieces[i].data % _Alignof(max_align_t), 0);
            for (size_t k = 0; k < len; k++)
                assert_int_equal(pieces[i].data[k], 0);
            memset(pieces[i].data, (int)(i & 0xff) | 1, len);
        }
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < pieces[i].len; k++)
                assert_int_equal(pieces[i].data[k], (i & 0xff) | 1);
        jemput_arena_clear(&a);
        assert_int_equal(mem.live_blocks, 1);
    }
    jemput_arena_release(&a);
    assert_int_equal(mem.live_blocks, 0);
    jemput_arena_release(&a);
    jemput_arena_clear(&a);
}

static void arena_copies_are_exact_and_impossible_sizes_fail(void **state)
{
    struct jemput_arena a = { 0 };
    struct jemput_bytes copy = jemput_arena_copy(&a, jemput_bytes_str("halo"));

    (void)state;
    assert_true(jemput_bytes_equal(copy, jemput_bytes_str("halo")));
    assert_string_equal(jemput_arena_str(&a, jemput_bytes_of("halo", 2)), "ha");
    assert_string_equal(jemput_arena_str(&a, (struct jemput_bytes){ 0 }), "");
    assert_non_null(jemput_arena_copy(&a, (struct jemput_bytes){ 0 }).data);
    assert_ptr_not_equal(jemput_arena_alloc(&a, 0), jemput_arena_alloc(&a, 0));
    assert_null(jemput_arena_array(&a, SIZE_MAX / 4, 8));
    assert_non_null(jemput_arena_array(&a, 10, 8));
    assert_non_null(jemput_arena_array(&a, 10, 0));
    assert_null(jemput_arena_alloc(&a, SIZE_MAX));
    assert_null(jemput_arena_str(&a, (struct jemput_bytes){ copy.data, SIZE_MAX }));
    jemput_arena_release(&a);
}

static void arena_survives_every_missing_allocation(void **state)
{
    (void)state;
    for (uint64_t n = 0;; n++) {
        struct jemput_arena a = { 0 };
        int missing = 0;

        fault_alloc_arm(&mem, n, false);
        for (size_t i = 0; i < 300; i++)
            missing += jemput_arena_alloc(&a, i * 7) == NULL;
        fault_alloc_disarm(&mem);
        assert_int_equal(missing, mem.failures);
        assert_non_null(jemput_arena_alloc(&a, 64));
        jemput_arena_release(&a);
        assert_int_equal(mem.live_blocks, 0);
        if (!mem.failures)
            break;
    }
}

static void a_large_piece_does_not_waste_the_rest_of_a_block(void **state)
{
    struct jemput_arena a = { 0 };
    uint8_t *first = jemput_arena_alloc(&a, 16);

    (void)state;
    assert_non_null(jemput_arena_alloc(&a, 100000));
    assert_ptr_equal(jemput_arena_alloc(&a, 16), first + 16);
    assert_true(a.total_bytes >= 100000 + 32);
    assert_int_equal(mem.live_blocks, 2);
    jemput_arena_release(&a);
}

static void a_cleared_arena_fills_its_block_again(void **state)
{
    struct jemput_arena a = { 0 };
    void *first = jemput_arena_alloc(&a, 16);
    size_t total = a.total_bytes;

    (void)state;
    jemput_arena_clear(&a);
    assert_ptr_equal(jemput_arena_alloc(&a, 16), first);
    assert_int_equal(a.total_bytes, total);
    jemput_arena_release(&a);
}

static void an_arena_of_many_small_pieces_has_few_blocks(void **state)
{
    struct jemput_arena a = { 0 };

    (void)state;
    for (int i = 0; i < 65536; i++)
        assert_non_null(jemput_arena_alloc(&a, 16));
    assert_true(mem.live_blocks < 16);
    assert_true(a.total_bytes <= 2 * 65536 * 16);
    jemput_arena_release(&a);
}

static void a_list_that_grows_keeps_its_items_and_stays_as_it_is_where_memory_fails(void **state)
{
    struct jemput_arena a = { 0 };
    uint32_t *list = NULL, count = 0, room = 0;

    (void)state;
    while (count < 1000) {
        uint32_t room_before = room, *grown;

        fault_alloc_arm(&mem, 0, true); /* an arena's block may have room for it all the same */
        grown = jemput_arena_room(&a, list, count, &room, sizeof *list);
        fault_alloc_disarm(&mem);
        assert_true(grown || (count == room_before && room == room_before));
        if (!grown)
            grown = jemput_arena_room(&a, list, count, &room, sizeof *list);
        assert_non_null(grown);
        assert_true(room > count && (grown == list || room >= 2 * room_before));
        for (uint32_t i = count; grown != list && i < room; i++)
            assert_int_equal(grown[i], 0);
        list = grown;
        list[count] = count * 3;
        count++;
        for (uint32_t i = 0; i < count; i++)
            assert_int_equal(list[i], i * 3);
    }
    room = count = UINT32_MAX / 2 + 1; /* twice that is none */
    assert_null(jemput_arena_room(&a, list, count, &room, sizeof *list));
    assert_int_equal(room, count);
    jemput_arena_release(&a);
}

#define SECRET_BYTES 200
#define SECRET_HEAD 60 /* is not looked for: a freed block's first bytes are the C library's */

static uint8_t secret_byte(size_t i)
{
    return (uint8_t)(i * 37 + i / 7 + 11);
}

/* With the process's own allocator, as in an app. */
static void secret_that_was_freed_or_moved_is_nowhere(void **state)
{
    static const struct { size_t size; int left; } moves[] = { { SECRET_BYTES, 1 }, { 100000, 1 }, { SECRET_HEAD, 0 } };
    uint8_t mask[SECRET_BYTES - SECRET_HEAD];

    (void)state;
    for (size_t i = 0; i < sizeof mask; i++)
        mask[i] = (uint8_t)~secret_byte(SECRET_HEAD + i);
    if (memory_scan(mask, sizeof mask) < 0)
        skip();
    jemput_alloc_secret(true);
    for (size_t how = 0; how < sizeof moves / sizeof *moves; how++) {
        uint8_t *block = jemput_alloc(SECRET_BYTES);
        void *beside = jemput_alloc(SECRET_BYTES); /* so that it cannot grow where it is */

        assert_true(block && beside);
        for (size_t i = 0; i < SECRET_BYTES; i++)
            block[i] = secret_byte(i);
        block = jemput_realloc(block, moves[how].size);
        assert_non_null(block);
        assert_int_equal(memory_scan(mask, sizeof mask), moves[how].left);
        assert_int_equal(block[SECRET_HEAD - 1], secret_byte(SECRET_HEAD - 1));
        jemput_free(block);
        assert_int_equal(memory_scan(mask, sizeof mask), 0);
        jemput_free(beside);
    }
    jemput_alloc_secret(false);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(null_means_out_of_memory_and_nothing_else),
        T(the_default_is_the_c_library),
        T(zeroed_memory_is_zero),
        T(realloc_keeps_contents_and_failure_keeps_the_block),
        T(fault_allocator_counts_live_bytes_and_the_peak),
        T(fault_allocator_fails_once_or_for_good),
        T(arena_pieces_are_zeroed_aligned_and_apart),
        T(arena_copies_are_exact_and_impossible_sizes_fail),
        T(arena_survives_every_missing_allocation),
        T(a_large_piece_does_not_waste_the_rest_of_a_block),
        T(a_cleared_arena_fills_its_block_again),
        T(an_arena_of_many_small_pieces_has_few_blocks),
        T(a_list_that_grows_keeps_its_items_and_stays_as_it_is_where_memory_fails),
        cmocka_unit_test(secret_that_was_freed_or_moved_is_nowhere),
    };

    return cmocka_run_group_tests_name("alloc", tests, NULL, NULL);
}
