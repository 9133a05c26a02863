/* unit/test_context.c — contexts: sets of heads with one order and one form. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "change/context.h"
#include "support/fault_alloc.h"
#include "txn_random.h"

static struct jemput_head random_head(void)
{
    struct jemput_head h = { .number = random_under(3) ? random_under(4) : random_next() >> 1, .through = random_under(2) };

    h.writer.id[random_under(2) * 15] = (uint8_t)random_under(3); /* so that equal ones are common */
    h.hash.bytes[random_under(2) * 31] = (uint8_t)random_under(3);
    return h;
}

static struct jemput_context random_context(struct jemput_arena *arena, uint32_t max)
{
    struct jemput_context c = { .count = random_under(max + 1) };

    c.heads = jemput_arena_array(arena, c.count, sizeof *c.heads);
    for (uint32_t i = 0; i < c.count; i++)
        c.heads[i] = random_head();
    return c;
}

static bool context_has(const struct jemput_context *c, const struct jemput_head *h)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (jemput_head_compare(&c->heads[i], h) == 0)
            return true;
    return false;
}

static void normalised_context_is_the_same_set_in_order(void **state)
{
    struct jemput_arena arena = { 0 };

    (void)state;
    for (unsigned i = 0; i < 500; i++) {
        struct jemput_context c = random_context(&arena, 40), before = { .count = c.count };

        before.heads = jemput_arena_array(&arena, c.count, sizeof *c.heads);
        memcpy(before.heads, c.heads, c.count * sizeof *c.heads);
        jemput_context_normalise(&c);
        for (uint32_t k = 1; k < c.count; k++)
            assert_true(jemput_head_compare(&c.heads[k - 1], &c.heads[k]) < 0);
        for (uint32_t k = 0; k < before.count; k++)
            assert_true(context_has(&c, &before.heads[k]));
        for (uint32_t k = 0; k < c.count; k++)
            assert_true(context_has(&before, &c.heads[k]));
    }
    jemput_arena_release(&arena);
}

static void order_of_heads_is_writer_number_hash_through(void **state)
{
    struct jemput_head a = { .number = 1 }, b = a;

    (void)state;
    assert_int_equal(jemput_head_compare(&a, &b), 0);
    b.through = true;
    assert_int_equal(jemput_head_compare(&a, &b), -1);
    a.hash.bytes[31] = 1;
    assert_int_equal(jemput_head_compare(&a, &b), 1);
    b.number = 2;
    assert_int_equal(jemput_head_compare(&a, &b), -1);
    a.writer.id[15] = 1;
    assert_int_equal(jemput_head_compare(&a, &b), 1);
    assert_int_equal(jemput_writer_compare(&b.writer, &a.writer), -1);
    assert_false(jemput_hash_equal(&a.hash, &b.hash));
}

static struct jemput_buf context_bytes(const struct jemput_context *c)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(1 << 20);

    jemput_context_write(&bytes, c);
    assert_int_equal(bytes.failed, JEMPUT_OK);
    return bytes;
}

static void context_comes_back_from_its_bytes(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_error err;

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        struct jemput_context c = random_context(&arena, 12), back;
        struct jemput_buf bytes;
        struct jemput_reader r;

        jemput_context_normalise(&c);
        bytes = context_bytes(&c);
        r = (struct jemput_reader){ .rest = jemput_buf_bytes(&bytes) };
        assert_int_equal(jemput_context_read(&back, &r, &arena, &err), JEMPUT_OK);
        assert_int_equal(r.rest.len, 0);
        assert_int_equal(back.count, c.count);
        for (uint32_t k = 0; k < c.count; k++)
            assert_int_equal(jemput_head_compare(&back.heads[k], &c.heads[k]), 0);
        jemput_buf_release(&bytes);
    }
    jemput_arena_release(&arena);
}

static void damaged_context_is_refused_or_canonical(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_error err;

    (void)state;
    for (unsigned i = 0; i < 30; i++) {
        struct jemput_context c = random_context(&arena, 6), back = { .count = 99 };
        struct jemput_buf bytes, again;

        jemput_context_normalise(&c);
        bytes = context_bytes(&c);
        for (size_t len = 0; len < bytes.len; len++) {
            struct jemput_reader r = { .rest = jemput_bytes_of(bytes.data, len) };

            assert_int_equal(jemput_context_read(&back, &r, &arena, &err), JEMPUT_CORRUPT);
            assert_int_equal(back.count, 99);
        }
        for (size_t bit = 0; bit < bytes.len * 8; bit++) {
            struct jemput_reader r;

            bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            r = (struct jemput_reader){ .rest = jemput_buf_bytes(&bytes) };
            if (jemput_context_read(&back, &r, &arena, &err) == JEMPUT_OK) {
                again = context_bytes(&back);
                assert_int_equal(again.len + r.rest.len, bytes.len);
                assert_memory_equal(again.data, bytes.data, again.len);
                jemput_buf_release(&again);
            }
            bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        jemput_buf_release(&bytes);
    }
    jemput_arena_release(&arena);
}

static void heads_out_of_order_or_too_many_are_refused(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_head heads[2] = { { .number = 1 }, { .number = 2 } };
    struct jemput_context c = { 2, heads }, back;
    struct jemput_buf bytes = context_bytes(&c), many = JEMPUT_BUF_INIT(1 << 20);
    struct jemput_reader r = { .rest = jemput_buf_bytes(&bytes) };
    struct jemput_error err;

    (void)state;
    bytes.data[1 + 16] = 2 << 1; /* both heads with number 2 */
    assert_int_equal(jemput_context_read(&back, &r, &arena, &err), JEMPUT_CORRUPT);
    jemput_buf_varint(&many, JEMPUT_CONTEXT_HEADS_MAX + 1);
    for (unsigned i = 0; i <= JEMPUT_CONTEXT_HEADS_MAX; i++) {
        struct jemput_head h = { .number = i };

        jemput_buf_append(&many, h.writer.id, 16);
        jemput_buf_varint(&many, h.number << 1);
        jemput_buf_append(&many, h.hash.bytes, 32);
    }
    r = (struct jemput_reader){ .rest = jemput_buf_bytes(&many) };
    assert_int_equal(jemput_context_read(&back, &r, &arena, &err), JEMPUT_CORRUPT);
    jemput_buf_release(&bytes);
    jemput_buf_release(&many);
    jemput_arena_release(&arena);
}

static void reading_without_memory_says_so_and_leaks_nothing(void **state)
{
    struct jemput_head heads[2] = { { .number = 1 }, { .number = 2, .through = true } };
    struct jemput_context c = { 2, heads };
    struct fault_alloc mem;

    (void)state;
    fault_alloc_install(&mem);
    for (uint64_t n = 0;; n++) {
        struct jemput_buf bytes = context_bytes(&c);
        struct jemput_reader r = { .rest = jemput_buf_bytes(&bytes) };
        struct jemput_context back = { .count = 99 };
        struct jemput_arena arena = { 0 };
        struct jemput_error err;
        enum jemput_status st;

        fault_alloc_arm(&mem, n, false);
        st = jemput_context_read(&back, &r, &arena, &err);
        fault_alloc_disarm(&mem);
        assert_int_equal(st, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
        assert_int_equal(back.count, mem.failures ? 99 : 2);
        jemput_arena_release(&arena);
        jemput_buf_release(&bytes);
        if (!mem.failures)
            break;
    }
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalised_context_is_the_same_set_in_order),
        cmocka_unit_test(order_of_heads_is_writer_number_hash_through),
        cmocka_unit_test(context_comes_back_from_its_bytes),
        cmocka_unit_test(damaged_context_is_refused_or_canonical),
        cmocka_unit_test(heads_out_of_order_or_too_many_are_refused),
        cmocka_unit_test(reading_without_memory_says_so_and_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
