/* unit/test_value.c — values: equality by type and bits, a total order, and bytes that come back exactly or not at all. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "support/fault_alloc.h"
#include "txn_random.h"

#define ROUNDS 3000

static void value_comes_back_from_its_bytes(void **state)
{
    struct jemput_arena arena = { 0 };

    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct jemput_buf bytes = JEMPUT_BUF_INIT(4096);
        struct jemput_value v = random_value(&arena), back;
        struct jemput_reader r;

        jemput_value_write(&bytes, &v);
        r = (struct jemput_reader){ .rest = jemput_buf_bytes(&bytes) };
        jemput_value_read(&r, &back);
        assert_false(r.overrun);
        assert_int_equal(r.rest.len, 0);
        assert_true(jemput_value_equal(&v, &back));
        assert_int_equal(jemput_value_compare(&v, &back), 0);
        jemput_buf_release(&bytes);
        jemput_arena_clear(&arena);
    }
    jemput_arena_release(&arena);
}

static void value_is_cut_short_anywhere_and_refused(void **state)
{
    struct jemput_arena arena = { 0 };

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        struct jemput_buf bytes = JEMPUT_BUF_INIT(4096);
        struct jemput_value v = random_value(&arena), back;

        jemput_value_write(&bytes, &v);
        for (size_t len = 0; len < bytes.len; len++) {
            uint8_t *exact = malloc(len ? len : 1); /* as large as it is, so that a read behind it is seen */
            struct jemput_reader r = { .rest = jemput_bytes_of(exact, len) };

            memcpy(exact, bytes.data, len);
            jemput_value_read(&r, &back);
            assert_true(r.overrun);
            assert_int_equal(back.type, JEMPUT_NULL);
            free(exact);
        }
        jemput_buf_release(&bytes);
    }
    jemput_arena_release(&arena);
}

static void value_with_a_flipped_bit_is_refused_or_canonical(void **state)
{
    struct jemput_arena arena = { 0 };

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        struct jemput_buf bytes = JEMPUT_BUF_INIT(4096), again = JEMPUT_BUF_INIT(4096);
        struct jemput_value v = random_value(&arena), back;

        jemput_value_write(&bytes, &v);
        for (size_t bit = 0; bit < bytes.len * 8; bit++) {
            struct jemput_reader r;

            bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            r = (struct jemput_reader){ .rest = jemput_buf_bytes(&bytes) };
            jemput_value_read(&r, &back);
            if (!r.overrun) {
                jemput_buf_clear(&again);
                jemput_value_write(&again, &back);
                assert_int_equal(again.len + r.rest.len, bytes.len);
                assert_memory_equal(again.data, bytes.data, again.len);
            }
            bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        jemput_buf_release(&bytes);
        jemput_buf_release(&again);
    }
    jemput_arena_release(&arena);
}

static void value_that_cannot_be_is_refused(void **state)
{
    static const struct {
        const char *what;
        uint8_t bytes[12];
        size_t len;
    } bad[] = {
        { "unknown type", { 5 }, 1 },
        { "NaN", { 2, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f }, 9 },
        { "negative NaN", { 2, 1, 0, 0, 0, 0, 0, 0xf0, 0xff }, 9 },
        { "padded integer", { 1, 0x80, 0 }, 3 },
        { "padded length", { 3, 0x81, 0, 'a' }, 4 },
        { "length of 2^63", { 4, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1 }, 11 },
        { "nothing", { 0 }, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct jemput_reader r = { .rest = jemput_bytes_of(bad[i].bytes, bad[i].len) };
        struct jemput_value v;

        jemput_value_read(&r, &v);
        if (!r.overrun)
            fail_msg("%s was read", bad[i].what);
    }
}

static void value_above_the_limit_is_refused(void **state)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_VALUE_BYTES_MAX + 100);
    uint8_t *long_text = calloc(1, JEMPUT_VALUE_BYTES_MAX + 1);
    struct jemput_value v = { .type = JEMPUT_TEXT, .bytes = { long_text, JEMPUT_VALUE_BYTES_MAX } }, back;
    struct jemput_reader r;

    (void)state;
    jemput_value_write(&bytes, &v);
    r = (struct jemput_reader){ .rest = jemput_buf_bytes(&bytes) };
    jemput_value_read(&r, &back);
    assert_false(r.overrun);
    v.bytes.len++;
    jemput_buf_clear(&bytes);
    jemput_value_write(&bytes, &v);
    r = (struct jemput_reader){ .rest = jemput_buf_bytes(&bytes) };
    jemput_value_read(&r, &back);
    assert_true(r.overrun);
    free(long_text);
    jemput_buf_release(&bytes);
}

static void order_of_values_is_total_and_agrees_with_equality(void **state)
{
    struct jemput_arena arena = { 0 };

    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct jemput_value a = random_value(&arena), b = random_value(&arena), c = random_value(&arena);
        int ab = jemput_value_compare(&a, &b), bc = jemput_value_compare(&b, &c);

        assert_int_equal(ab, -jemput_value_compare(&b, &a));
        assert_int_equal(ab == 0, jemput_value_equal(&a, &b));
        if (ab <= 0 && bc <= 0)
            assert_true(jemput_value_compare(&a, &c) <= 0);
        if (a.type == JEMPUT_REAL && b.type == JEMPUT_REAL && a.real < b.real)
            assert_true(ab < 0);
        if (a.type == JEMPUT_INTEGER && b.type == JEMPUT_INTEGER && a.integer < b.integer)
            assert_true(ab < 0);
    }
    jemput_arena_release(&arena);
}

static void likes_that_are_not_equal_differ(void **state)
{
    struct jemput_value one = { .type = JEMPUT_INTEGER, .integer = 1 }, one_real = { .type = JEMPUT_REAL, .real = 1.0 };
    struct jemput_value zero = { .type = JEMPUT_REAL, .real = 0.0 }, minus_zero = { .type = JEMPUT_REAL, .real = -0.0 };
    struct jemput_value text = { .type = JEMPUT_TEXT, .bytes = { (const uint8_t *)"a\0b", 3 } }, blob = { .type = JEMPUT_BLOB, .bytes = text.bytes };
    struct jemput_value shorter = { .type = JEMPUT_TEXT, .bytes = { (const uint8_t *)"a", 1 } }, null = { .type = JEMPUT_NULL };

    (void)state;
    assert_false(jemput_value_equal(&one, &one_real));
    assert_false(jemput_value_equal(&zero, &minus_zero));
    assert_true(jemput_value_compare(&minus_zero, &zero) < 0);
    assert_false(jemput_value_equal(&text, &blob));
    assert_false(jemput_value_equal(&text, &shorter));
    assert_true(jemput_value_equal(&null, &null));
}

static void copy_without_memory_leaves_its_target_alone(void **state)
{
    struct jemput_value text = { .type = JEMPUT_TEXT, .bytes = { (const uint8_t *)"NUR\0AINI", 8 } };
    struct fault_alloc mem;

    (void)state;
    fault_alloc_install(&mem);
    for (uint64_t n = 0;; n++) {
        struct jemput_value out = { .type = JEMPUT_INTEGER, .integer = 7 };
        struct jemput_arena arena = { 0 };
        bool copied;

        fault_alloc_arm(&mem, n, false);
        copied = jemput_value_copy(&out, &text, &arena);
        fault_alloc_disarm(&mem);
        assert_int_equal(copied, mem.failures == 0);
        if (copied)
            assert_true(jemput_value_equal(&out, &text) && out.bytes.data != text.bytes.data);
        else
            assert_true(out.type == JEMPUT_INTEGER && out.integer == 7);
        jemput_arena_release(&arena);
        if (!mem.failures)
            break;
    }
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(value_comes_back_from_its_bytes),
        cmocka_unit_test(value_is_cut_short_anywhere_and_refused),
        cmocka_unit_test(value_with_a_flipped_bit_is_refused_or_canonical),
        cmocka_unit_test(value_that_cannot_be_is_refused),
        cmocka_unit_test(value_above_the_limit_is_refused),
        cmocka_unit_test(order_of_values_is_total_and_agrees_with_equality),
        cmocka_unit_test(likes_that_are_not_equal_differ),
        cmocka_unit_test(copy_without_memory_leaves_its_target_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
