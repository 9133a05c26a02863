/* unit/test_office_pgcopy.c — rows in PostgreSQL's binary COPY format, byte for byte as its documentation has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pgcopy.h"

static void is(struct buffer *got, const char *want, size_t len)
{
    assert_int_equal(got->len, len);
    assert_memory_equal(got->data, want, len);
    buffer_release(got);
}
#define IS(got, literal) is(got, literal, sizeof(literal) - 1)

static void a_stream_is_a_head_rows_and_an_end(void **state)
{
    struct buffer out = { 0 };

    (void)state;
    pgcopy_head(&out);
    pgcopy_row(&out, 2);
    pgcopy_int4(&out, 7);
    pgcopy_null(&out);
    pgcopy_end(&out);
    IS(&out, "PGCOPY\n\377\r\n\0" "\0\0\0\0" "\0\0\0\0" "\0\2" "\0\0\0\4" "\0\0\0\7" "\377\377\377\377" "\377\377");
}

static void numbers_stand_with_their_first_byte_first(void **state)
{
    struct buffer out = { 0 };

    (void)state;
    pgcopy_int4(&out, -2);
    pgcopy_int8(&out, INT64_MIN);
    pgcopy_double(&out, -1.5);
    pgcopy_bool(&out, true);
    IS(&out, "\0\0\0\4\377\377\377\376" "\0\0\0\10\200\0\0\0\0\0\0\0" "\0\0\0\10\277\370\0\0\0\0\0\0" "\0\0\0\1\1");
}

static void text_and_jsonb_have_their_length_before_them(void **state)
{
    struct buffer out = { 0 };

    (void)state;
    pgcopy_text(&out, "SITI");
    pgcopy_text(&out, "");
    pgcopy_text(&out, NULL);
    pgcopy_jsonb(&out, "[1]", 3);
    IS(&out, "\0\0\0\4SITI" "\0\0\0\0" "\377\377\377\377" "\0\0\0\4\1[1]");
}

static void a_time_counts_microseconds_from_2000_and_one_that_is_none_is_null(void **state)
{
    static const int64_t none[] = { INT64_MIN, INT64_C(-210866803200000) - 1, INT64_C(9223371331200000), INT64_MAX };
    struct buffer out = { 0 };

    (void)state;
    pgcopy_time(&out, INT64_C(946684800001));
    pgcopy_time(&out, 0);
    IS(&out, "\0\0\0\10\0\0\0\0\0\0\3\350" "\0\0\0\10\377\374\242\376\304\310\40\0");
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        pgcopy_time(&out, none[i]);
        IS(&out, "\377\377\377\377");
    }
    pgcopy_time(&out, INT64_C(-210866803200000)); /* the first one that is */
    assert_int_equal(out.len, 12);
    buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_is_a_head_rows_and_an_end),
        cmocka_unit_test(numbers_stand_with_their_first_byte_first),
        cmocka_unit_test(text_and_jsonb_have_their_length_before_them),
        cmocka_unit_test(a_time_counts_microseconds_from_2000_and_one_that_is_none_is_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
