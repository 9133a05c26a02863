/* unit/test_bytes.c — readers, writers and buffers: what is written reads back, what is cut or not canonical is noted. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/bytes.h"
#include "support/crash_disk.h"
#include "support/fault_alloc.h"

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

static void bytes_compare_as_memory_then_by_length(void **state)
{
    static const struct {
        const char *a, *b;
        int order;
    } rows[] = {
        { "", "", 0 }, { "a", "", 1 }, { "", "a", -1 }, { "a", "b", -1 }, { "ab", "a", 1 }, { "a", "ab", -1 }, { "\xff", "a", 1 }, { "ab", "ab", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct jemput_bytes a = jemput_bytes_str(rows[i].a), b = jemput_bytes_str(rows[i].b);

        assert_int_equal(jemput_bytes_compare(a, b), rows[i].order);
        assert_int_equal(jemput_bytes_equal(a, b), rows[i].order == 0);
    }
    assert_true(jemput_bytes_equal((struct jemput_bytes){ 0 }, jemput_bytes_str("")));
    assert_int_equal(jemput_bytes_compare((struct jemput_bytes){ 0 }, (struct jemput_bytes){ 0 }), 0);
}

static const struct {
    uint64_t value;
    size_t len;
    uint8_t raw[10];
} varints[] = {
    { 0, 1, { 0 } },
    { 1, 1, { 1 } },
    { 127, 1, { 0x7f } },
    { 128, 2, { 0x80, 0x01 } },
    { 300, 2, { 0xac, 0x02 } },
    { 16383, 2, { 0xff, 0x7f } },
    { 16384, 3, { 0x80, 0x80, 0x01 } },
    { UINT32_MAX, 5, { 0xff, 0xff, 0xff, 0xff, 0x0f } },
    { UINT64_C(1) << 63, 10, { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01 } },
    { UINT64_MAX, 10, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 } },
};

static void varints_have_one_form_and_every_cut_is_noted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof varints / sizeof varints[0]; i++) {
        struct jemput_buf b = JEMPUT_BUF_INIT(64);
        struct jemput_reader r;

        jemput_buf_varint(&b, varints[i].value);
        assert_int_equal(b.len, varints[i].len);
        assert_memory_equal(b.data, varints[i].raw, b.len);
        r = (struct jemput_reader){ .rest = jemput_buf_bytes(&b) };
        assert_true(jemput_read_varint(&r) == varints[i].value);
        assert_false(r.overrun);
        assert_int_equal(r.rest.len, 0);
        for (size_t cut = 0; cut < b.len; cut++) {
            r = (struct jemput_reader){ .rest = { b.data, cut } };
            assert_true(jemput_read_varint(&r) == 0);
            assert_true(r.overrun);
        }
        jemput_buf_release(&b);
    }
}

static void longer_forms_of_a_varint_are_refused(void **state)
{
    static const struct {
        size_t len;
        uint8_t raw[12];
    } bad[] = {
        { 2, { 0x80, 0x00 } },
        { 3, { 0xff, 0x80, 0x00 } },
        { 10, { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00 } },
        { 10, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02 } }, /* bit 64 */
        { 11, { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x81, 0x00 } },
        { 12, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct jemput_reader r = { .rest = { bad[i].raw, bad[i].len } };

        assert_true(jemput_read_varint(&r) == 0);
        assert_true(r.overrun);
        assert_int_equal(jemput_read_u8(&r), 0);
    }
}

static void random_integers_read_back(void **state)
{
    uint64_t rng = 1;

    (void)state;
    for (int i = 0; i < 5000; i++) {
        uint64_t v = crash_rng_next(&rng) >> (crash_rng_next(&rng) % 64);
        int64_t signed_v = (int64_t)(v ^ (crash_rng_next(&rng) & 1 ? UINT64_MAX : 0));
        struct jemput_buf b = JEMPUT_BUF_INIT(64);
        struct jemput_reader r;

        if (i == 0)
            signed_v = INT64_MIN;
        if (i == 1)
            signed_v = INT64_MAX;
        jemput_buf_varint(&b, v);
        jemput_buf_zigzag(&b, signed_v);
        jemput_buf_u64le(&b, v);
        r = (struct jemput_reader){ .rest = jemput_buf_bytes(&b) };
        assert_true(jemput_read_varint(&r) == v);
        assert_true(jemput_read_zigzag(&r) == signed_v);
        assert_true(jemput_read_u64le(&r) == v);
        assert_false(r.overrun);
        assert_int_equal(r.rest.len, 0);
        jemput_buf_release(&b);
    }
}

static void fixed_integers_have_their_byte_order(void **state)
{
    static const uint8_t want[] = { 0xab, 1, 2, 3, 4, 8, 7, 6, 5, 4, 3, 2, 1 };
    struct jemput_buf b = JEMPUT_BUF_INIT(64);

    (void)state;
    jemput_buf_u8(&b, 0xab);
    jemput_buf_u32be(&b, 0x01020304);
    jemput_buf_u64le(&b, UINT64_C(0x0102030405060708));
    assert_int_equal(b.len, sizeof want);
    assert_memory_equal(b.data, want, sizeof want);
    jemput_buf_release(&b);
}

static void a_read_past_the_end_gives_zeros_from_then_on(void **state)
{
    static const uint8_t in[] = { 1, 2, 3, 4, 5 };
    uint8_t out[8] = { 9, 9, 9, 9, 9, 9, 9, 9 };
    static const uint8_t zeros[8];
    struct jemput_reader r = { .rest = { in, sizeof in } };

    (void)state;
    assert_int_equal(jemput_read_u8(&r), 1);
    jemput_read_raw(&r, out, sizeof out);
    assert_memory_equal(out, zeros, sizeof out);
    assert_true(r.overrun);
    assert_int_equal(jemput_read_u8(&r), 0); /* though four bytes were left */
    assert_int_equal(jemput_read_bytes(&r, 0).len, 0);
    assert_null(jemput_read_bytes(&r, 1).data);
}

static void sized_bytes_are_borrowed_from_the_input_and_bounded(void **state)
{
    struct jemput_buf b = JEMPUT_BUF_INIT(1024);
    struct jemput_reader r;
    struct jemput_bytes got;

    (void)state;
    jemput_buf_sized(&b, jemput_bytes_str("halo"));
    jemput_buf_sized(&b, (struct jemput_bytes){ 0 });
    r = (struct jemput_reader){ .rest = jemput_buf_bytes(&b) };
    got = jemput_read_sized(&r);
    assert_ptr_equal(got.data, b.data + 1);
    assert_int_equal(got.len, 4);
    assert_int_equal(jemput_read_sized(&r).len, 0);
    assert_false(r.overrun);

    jemput_buf_clear(&b);
    jemput_buf_varint(&b, UINT64_MAX); /* a length that no input has */
    jemput_buf_append_str(&b, "x");
    r = (struct jemput_reader){ .rest = jemput_buf_bytes(&b) };
    assert_int_equal(jemput_read_sized(&r).len, 0);
    assert_true(r.overrun);
    jemput_buf_release(&b);
}

static void an_empty_reader_reads_nothing_and_only_that(void **state)
{
    struct jemput_reader r = { 0 };

    (void)state;
    assert_int_equal(jemput_read_bytes(&r, 0).len, 0);
    jemput_read_raw(&r, NULL, 0);
    assert_false(r.overrun);
    assert_int_equal(jemput_read_u8(&r), 0);
    assert_true(r.overrun);
}

static void a_buffer_grows_to_its_limit_and_not_a_byte_further(void **state)
{
    struct jemput_error err;

    (void)state;
    for (size_t max = 0; max < 300; max += 7) {
        struct jemput_buf b = JEMPUT_BUF_INIT(max);

        for (size_t i = 0; i < max; i++)
            jemput_buf_u8(&b, (uint8_t)i);
        assert_int_equal(b.len, max);
        assert_true(b.cap <= max);
        assert_int_equal(jemput_buf_check(&b, "list", &err), JEMPUT_OK);
        jemput_buf_u8(&b, 0);
        assert_int_equal(jemput_buf_check(&b, "list", &err), JEMPUT_LIMIT);
        assert_non_null(strstr(err.text, "list"));
        jemput_buf_append(&b, NULL, 0);
        assert_int_equal(b.len, max);
        jemput_buf_clear(&b);
        assert_int_equal(jemput_buf_check(&b, "list", &err), JEMPUT_OK);
        assert_int_equal(jemput_buf_reserve(&b, SIZE_MAX), 0);
        jemput_buf_release(&b);
        assert_int_equal(b.max, max);
    }
}

static void a_buffer_grows_by_doubling(void **state)
{
    struct jemput_buf b = JEMPUT_BUF_INIT(1 << 20);

    (void)state;
    jemput_buf_u8(&b, 1);
    assert_int_equal(b.cap, 64);
    for (int i = 0; i < 100000; i++)
        jemput_buf_u8(&b, 1);
    assert_int_equal(b.cap, 1 << 17);
    assert_true(mem.calls < 15);
    assert_true(jemput_buf_reserve(&b, 500000));
    assert_int_equal(b.cap, 600001); /* more than twice: exactly what is needed */
    assert_true(jemput_buf_reserve(&b, b.cap - b.len));
    assert_true(jemput_buf_reserve(&b, b.cap - b.len + 1));
    assert_int_equal(b.cap, 1 << 20);
    jemput_buf_release(&b);
}

static void the_first_failure_of_a_buffer_stays(void **state)
{
    struct jemput_buf b = JEMPUT_BUF_INIT(1000);
    struct jemput_error err;

    (void)state;
    jemput_buf_append_str(&b, "ab");
    fault_alloc_arm(&mem, 0, false);
    jemput_buf_append(&b, (uint8_t[200]){ 0 }, 200);
    fault_alloc_disarm(&mem);
    assert_int_equal(jemput_buf_check(&b, "x", &err), JEMPUT_NOMEM);
    jemput_buf_append_str(&b, "cd");
    jemput_buf_varint(&b, 1);
    jemput_buf_printf(&b, "%d", 1);
    jemput_buf_hex(&b, jemput_bytes_str("z"));
    assert_int_equal(b.len, 2);
    jemput_buf_release(&b);
    assert_int_equal(b.failed, JEMPUT_OK);
}

static void printf_fits_exactly_and_survives_missing_memory(void **state)
{
    char text[700];

    (void)state;
    memset(text, 'a', sizeof text);
    for (size_t len = 0; len < sizeof text; len += 64) {
        struct jemput_buf b = JEMPUT_BUF_INIT(len);
        struct jemput_error err;

        text[len] = '\0';
        jemput_buf_printf(&b, "%s", text);
        assert_int_equal(jemput_buf_check(&b, "x", &err), JEMPUT_OK);
        assert_int_equal(b.len, len);
        assert_true(len == 0 || memcmp(b.data, text, len) == 0);
        jemput_buf_release(&b);
        for (uint64_t n = 0;; n++) {
            fault_alloc_arm(&mem, n, false);
            jemput_buf_printf(&b, "%s", text);
            fault_alloc_disarm(&mem);
            assert_int_equal(b.failed, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
            jemput_buf_release(&b);
            if (!mem.failures)
                break;
        }
        text[len] = 'a';
    }
}

static void hex_has_one_spelling(void **state)
{
    static const uint8_t raw[] = { 0x09, 0x1f, 0xab, 0xff };
    static const char *const bad[] = { "091fabf", "091fabff0", "091FABFF", "091fabfg", "", "0x1fabff", "091fab f" };
    struct jemput_buf b = JEMPUT_BUF_INIT(8);
    uint8_t out[4] = { 7, 7, 7, 7 };
    char text[9];

    (void)state;
    jemput_hex_encode(text, raw, 4);
    assert_string_equal(text, "091fabff");
    jemput_buf_hex(&b, jemput_bytes_of(raw, 4));
    assert_memory_equal(b.data, text, 8);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(jemput_hex_decode(out, 4, jemput_bytes_str(bad[i])));
        assert_int_equal(out[0], 7);
    }
    for (size_t len = 0; len < 8; len++)
        assert_false(jemput_hex_decode(out, 4, jemput_bytes_of(text, len)));
    assert_true(jemput_hex_decode(out, 4, jemput_bytes_str(text)));
    assert_memory_equal(out, raw, 4);
    jemput_buf_release(&b);
}

static void sixteen_bytes_are_hex_digits_and_no_other_in_no_place(void **state)
{
    static const char digits[] = "0123456789abcdef";

    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        const char *digit = byte ? strchr(digits, (int)byte) : NULL;

        for (size_t place = 0; place < 4; place++) {
            char text[5] = "5555";
            uint8_t out[2] = { 7, 7 };

            text[place] = (char)byte;
            assert_int_equal(jemput_hex_decode(out, 2, jemput_bytes_of(text, 4)), digit != NULL);
            if (!digit)
                assert_int_equal(out[place / 2], 7);
            else
                assert_int_equal(out[place / 2] >> (place % 2 ? 0 : 4) & 15, digit - digits);
        }
    }
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(bytes_compare_as_memory_then_by_length),
        T(varints_have_one_form_and_every_cut_is_noted),
        T(longer_forms_of_a_varint_are_refused),
        T(random_integers_read_back),
        T(fixed_integers_have_their_byte_order),
        T(a_read_past_the_end_gives_zeros_from_then_on),
        T(sized_bytes_are_borrowed_from_the_input_and_bounded),
        T(an_empty_reader_reads_nothing_and_only_that),
        T(a_buffer_grows_to_its_limit_and_not_a_byte_further),
        T(a_buffer_grows_by_doubling),
        T(the_first_failure_of_a_buffer_stays),
        T(printf_fits_exactly_and_survives_missing_memory),
        T(hex_has_one_spelling),
        T(sixteen_bytes_are_hex_digits_and_no_other_in_no_place),
    };

    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
