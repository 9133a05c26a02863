/* unit/test_binding_pack.c — messages between C and Java, byte for byte; every cut of a good one; memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pack.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* --- memory: the linker sends pack.c's realloc() here --- */

void *__wrap_realloc(void *at, size_t size);
void *__real_realloc(void *at, size_t size);

static int reallocs_left = -1; /* so many more succeed; -1 = all */

void *__wrap_realloc(void *at, size_t size)
{
    if (reallocs_left == 0)
        return NULL;
    if (reallocs_left > 0)
        reallocs_left--;
    return __real_realloc(at, size);
}

/* --- writing --- */

static void assert_packed(struct pack *p, const void *bytes, size_t len)
{
    assert_false(p->failed);
    assert_int_equal(p->len, len);
    assert_memory_equal(p->data, bytes, len);
    pack_clear(p);
}

#define ASSERT_PACKED(p, text) assert_packed(p, text, sizeof(text) - 1)

static void numbers_are_little_endian_and_without_padding(void **state)
{
    struct pack p = { 0 };

    (void)state;
    pack_u8(&p, 0xfe);
    pack_i32(&p, 0x01020304);
    pack_i32(&p, -2);
    pack_i64(&p, INT64_C(0x0102030405060708));
    pack_i64(&p, INT64_MIN);
    pack_u64(&p, UINT64_MAX);
    ASSERT_PACKED(&p, "\xfe\4\3\2\1\xfe\xff\xff\xff\10\7\6\5\4\3\2\1\0\0\0\0\0\0\0\x80\xff\xff\xff\xff\xff\xff\xff\xff");
    pack_f64(&p, 1.0);
    pack_f64(&p, -0.0);
    ASSERT_PACKED(&p, "\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\x80");
    pack_release(&p);
}

static void null_and_empty_are_two_things(void **state)
{
    struct pack p = { 0 };

    (void)state;
    pack_text(&p, NULL);
    ASSERT_PACKED(&p, "\xff\xff\xff\xff");
    pack_text(&p, "");
    pack_bytes(&p, "", 0);
    ASSERT_PACKED(&p, "\0\0\0\0\0\0\0\0");
    pack_text(&p, "\xc3\xa9");
    pack_bytes(&p, "a\0b", 3);
    ASSERT_PACKED(&p, "\2\0\0\0\xc3\xa9\3\0\0\0a\0b");
    pack_release(&p);
}

static void values_say_their_type_first(void **state)
{
    const struct jemput_datum values[] = { { .type = JEMPUT_TYPE_NULL },
        { .type = JEMPUT_TYPE_INTEGER, .integer = -1 },
        { .type = JEMPUT_TYPE_REAL, .real = 2.0 },
        { .type = JEMPUT_TYPE_TEXT, .data = "x", .len = 1 },
        { .type = JEMPUT_TYPE_BLOB, .data = NULL, .len = 0 },
        { .type = JEMPUT_TYPE_REAL, .real = NAN } };
    struct pack p = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++)
        pack_value(&p, &values[i]);
    ASSERT_PACKED(&p, "\0\1\xff\xff\xff\xff\xff\xff\xff\xff\2\0\0\0\0\0\0\0\x40\3\1\0\0\0x\4\0\0\0\0\0");
    pack_release(&p);
}

static void a_count_is_written_when_it_is_known(void **state)
{
    struct pack p = { 0 };
    size_t place;

    (void)state;
    pack_u8(&p, 7);
    place = pack_i32_later(&p);
    pack_u8(&p, 8);
    pack_i32_at(&p, place, 0x01020304);
    ASSERT_PACKED(&p, "\7\4\3\2\1\10");
    pack_release(&p);
}

static void what_is_larger_than_an_array_can_be_fails_and_stays_failed(void **state)
{
    struct pack p = { 0 };

    (void)state;
    pack_text(&p, "a");
    pack_bytes(&p, "", PACK_BYTES_MAX + 1); /* is not read */
    assert_true(p.failed);
    pack_text(&p, "b");
    assert_true(p.failed);
    assert_true(p.len < 16);
    pack_clear(&p);
    pack_text(&p, "c");
    ASSERT_PACKED(&p, "\1\0\0\0c");
    pack_release(&p);
}

/* --- reading --- */

static void example_pack(struct pack *p)
{
    const struct jemput_datum text = { .type = JEMPUT_TYPE_TEXT, .data = "Siti\0\xf0\x9f\x98\x80", .len = 9 };
    const struct jemput_datum number = { .type = JEMPUT_TYPE_INTEGER, .integer = INT64_MIN + 3 };
    const struct jemput_datum real = { .type = JEMPUT_TYPE_REAL, .real = -1.5 };
    const struct jemput_datum none = { .type = JEMPUT_TYPE_NULL };
    const struct jemput_datum blob = { .type = JEMPUT_TYPE_BLOB, .data = "", .len = 0 };

    pack_value(p, &text);
    pack_value(p, &number);
    pack_value(p, &real);
    pack_value(p, &none);
    pack_value(p, &blob);
    pack_i32(p, -5);
    pack_i64(p, -6);
    pack_u8(p, 200);
    pack_text(p, NULL);
    pack_f64(p, 0.25);
}

/* true: all of it was there, and was what was packed. */
static bool example_read(const void *data, size_t len)
{
    struct unpack u = unpack_of(data, len);
    struct jemput_datum v[5];
    size_t none;
    bool same;

    for (int i = 0; i < 5; i++)
        unpack_value(&u, &v[i]);
    same = v[0].type == JEMPUT_TYPE_TEXT && v[0].len == 9 && memcmp(v[0].data, "Siti\0\xf0\x9f\x98\x80", 9) == 0;
    same = same && v[1].type == JEMPUT_TYPE_INTEGER && v[1].integer == INT64_MIN + 3;
    same = same && v[2].type == JEMPUT_TYPE_REAL && v[2].real == -1.5;
    same = same && v[3].type == JEMPUT_TYPE_NULL;
    same = same && v[4].type == JEMPUT_TYPE_BLOB && v[4].len == 0 && v[4].data;
    same = unpack_i32(&u) == -5 && same;
    same = unpack_i64(&u) == -6 && same;
    same = unpack_u8(&u) == 200 && same;
    same = !unpack_bytes(&u, &none) && none == 0 && same;
    same = unpack_f64(&u) == 0.25 && same;
    return same && !u.overrun && unpack_is_at_end(&u);
}

/* Each cut lies in memory of its own, so that sanitizers see a read past its end. */
static void every_cut_of_a_message_is_noticed(void **state)
{
    struct pack p = { 0 };

    (void)state;
    example_pack(&p);
    assert_false(p.failed);
    assert_true(example_read(p.data, p.len));
    for (size_t len = 0; len < p.len; len++) {
        unsigned char *cut = malloc(len + !len);

        memcpy(cut, p.data, len);
        assert_false(example_read(len ? cut : NULL, len));
        free(cut);
    }
    pack_release(&p);
}

static void every_flipped_bit_is_read_within_its_bounds(void **state)
{
    struct pack p = { 0 };
    unsigned same = 0;

    (void)state;
    example_pack(&p);
    for (size_t bit = 0; bit < 8 * p.len; bit++) {
        unsigned char *copy = malloc(p.len);

        memcpy(copy, p.data, p.len);
        copy[bit / 8] ^= (unsigned char)(1u << bit % 8);
        same += example_read(copy, p.len);
        free(copy);
    }
    assert_int_equal(same, 0);
    pack_release(&p);
}

static void what_is_no_value_is_an_overrun_and_reads_as_nothing(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } table[] = {
        { "\5", 1 },                            /* no such type */
        { "\xff\0\0\0\0", 5 },
        { "\3\xff\xff\xff\xff", 5 },            /* a text that is NULL */
        { "\4\xff\xff\xff\xff", 5 },
        { "\3\xfe\xff\xff\xff", 5 },            /* a length below that */
        { "\3\0\0\0\x80", 5 },
        { "\3\xff\xff\xff\x7f" "abc", 8 },      /* longer than all */
        { "\1\0\0\0\0\0\0\0", 8 },
        { "\2\0\0\0\0\0\0\0", 8 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct unpack u = unpack_of(table[i].bytes, table[i].len);
        struct jemput_datum v = { .type = JEMPUT_TYPE_BLOB, .data = "x", .len = 1 };

        unpack_value(&u, &v);
        if (!u.overrun || v.type != JEMPUT_TYPE_NULL || v.data || v.len)
            fail_msg("%zu: overrun %d, type %d", i, u.overrun, v.type);
        assert_int_equal(unpack_i32(&u), 0); /* and it stays one */
        assert_true(u.overrun);
    }
}

static void every_allocation_may_fail_and_nothing_is_lost(void **state)
{
    struct pack p = { 0 };
    int n;

    (void)state;
    for (n = 0;; n++) {
        reallocs_left = n;
        for (int i = 0; i < 2000; i++)
            pack_text(&p, "0123456789");
        pack_i32_at(&p, 0, 10);
        reallocs_left = -1;
        if (!p.failed)
            break;
        assert_true(p.len <= p.cap);
        pack_release(&p);
    }
    assert_int_equal(n, 8); /* 256 bytes, then twice as many each time, to 32,768 */
    assert_int_equal(p.len, 2000 * 14);
    for (size_t i = 0; i < p.len; i += 14)
        assert_memory_equal(p.data + i, "\12\0\0\0" "0123456789", 14);
    pack_wipe(&p);
    assert_null(p.data);
    assert_int_equal(p.cap, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_little_endian_and_without_padding),
        cmocka_unit_test(null_and_empty_are_two_things),
        cmocka_unit_test(values_say_their_type_first),
        cmocka_unit_test(a_count_is_written_when_it_is_known),
        cmocka_unit_test(what_is_larger_than_an_array_can_be_fails_and_stays_failed),
        cmocka_unit_test(every_cut_of_a_message_is_noticed),
        cmocka_unit_test(every_flipped_bit_is_read_within_its_bounds),
        cmocka_unit_test(what_is_no_value_is_an_overrun_and_reads_as_nothing),
        cmocka_unit_test(every_allocation_may_fail_and_nothing_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
