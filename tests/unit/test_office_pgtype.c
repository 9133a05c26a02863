/* unit/test_office_pgtype.c — columns and values as PostgreSQL has them: every kind of value in every kind of column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "pgtype.h"

static struct jemput_datum text(const char *data, size_t len)
{
    return (struct jemput_datum){ .type = JEMPUT_TYPE_TEXT, .data = data, .len = len };
}

static struct jemput_datum blob(const char *data, size_t len)
{
    return (struct jemput_datum){ .type = JEMPUT_TYPE_BLOB, .data = data, .len = len };
}

#define TEXT(literal) text(literal, sizeof(literal) - 1)
#define BLOB(literal) blob(literal, sizeof(literal) - 1)
#define INTEGER(n) ((struct jemput_datum){ .type = JEMPUT_TYPE_INTEGER, .integer = n })
#define REAL(n) ((struct jemput_datum){ .type = JEMPUT_TYPE_REAL, .real = n })
#define ID "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"

static void a_columns_type_follows_its_affinity(void **state)
{
    static const struct {
        enum affinity affinity;
        char *declared;
        bool id16;
        const char *want;
    } cases[] = {
        { AFFINITY_TEXT, "TEXT", false, "text" }, { AFFINITY_INTEGER, "INT", false, "bigint" }, { AFFINITY_REAL, "DOUBLE", false, "double precision" },
        { AFFINITY_NUMERIC, "DATE", false, "text" }, { AFFINITY_NONE, "BLOB", true, "uuid" }, { AFFINITY_NONE, "BLOB", false, "bytea" },
        { AFFINITY_NONE, "", false, "text" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct shape_column column = { .affinity = cases[i].affinity, .declared = cases[i].declared, .id16 = cases[i].id16 };

        assert_string_equal(pg_type_name(pg_type_of(&column)), cases[i].want);
    }
}

struct example {
    enum pg_type type;
    struct jemput_datum value;
    bool fits;
    const char *field; /* without its length, where it may be changed; NULL = null */
    size_t field_len;
    const char *json;
};
#define FIELD(literal) literal, sizeof(literal) - 1

static void each_value_is_written_as_it_is_or_as_the_nearest_and_told(void **state)
{
    const struct example examples[] = {
        { PG_TEXT, TEXT("Siti \xc3\xa9"), true, FIELD("Siti \xc3\xa9"), "\"Siti \xc3\xa9\"" },
        { PG_TEXT, TEXT("a\"b\\\n\1"), true, FIELD("a\"b\\\n\1"), "\"a\\\"b\\\\\\u000a\\u0001\"" },
        { PG_TEXT, TEXT("a\0b"), false, FIELD("a\xef\xbf\xbd" "b"), "{\"text\":\"610062\"}" },
        { PG_TEXT, TEXT("a\xff"), false, FIELD("a\xef\xbf\xbd"), "{\"text\":\"61ff\"}" },
        { PG_TEXT, TEXT("\xed\xa0\x80"), false, FIELD("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"), "{\"text\":\"eda080\"}" },
        { PG_TEXT, BLOB("ab"), false, FIELD("ab"), "{\"blob\":\"6162\"}" },
        { PG_TEXT, INTEGER(5), false, FIELD("5"), "5" },
        { PG_NUMBER, INTEGER(-7), true, FIELD("-7"), "\"-7\"" },
        { PG_NUMBER, REAL(0.1), true, FIELD("0.1"), "\"0.1\"" },
        { PG_NUMBER, TEXT("2023-01-05"), true, FIELD("2023-01-05"), "\"2023-01-05\"" },
        { PG_BIGINT, INTEGER(INT64_MIN), true, FIELD("\200\0\0\0\0\0\0\0"), "-9223372036854775808" },
        { PG_BIGINT, TEXT("dua"), false, NULL, 0, "\"dua\"" },
        { PG_BIGINT, REAL(1.5), false, NULL, 0, "1.5" },
        { PG_DOUBLE, REAL(-1.5), true, FIELD("\277\370\0\0\0\0\0\0"), "-1.5" },
        { PG_DOUBLE, REAL(INFINITY), true, FIELD("\177\360\0\0\0\0\0\0"), "\"Infinity\"" },
        { PG_DOUBLE, TEXT("x"), false, NULL, 0, "\"x\"" },
        { PG_BYTEA, BLOB("\0\377"), true, FIELD("\0\377"), "\"\\\\x00ff\"" },
        { PG_BYTEA, TEXT("ab"), false, FIELD("ab"), "\"ab\"" },
        { PG_UUID, BLOB(ID), true, FIELD(ID), "\"00112233-4455-6677-8899-aabbccddeeff\"" },
        { PG_UUID, TEXT("0123456789abcdef"), false, NULL, 0, "\"0123456789abcdef\"" }, /* 16 long, too: the schema's CHECK lets it in */
        { PG_UUID, BLOB("\1"), false, NULL, 0, "{\"blob\":\"01\"}" },
        { PG_UUID, { .type = JEMPUT_TYPE_NULL }, true, NULL, 0, "null" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const struct example *e = &examples[i];
        struct buffer out = { 0 }, json = { 0 };

        assert_int_equal(pg_value_fits(e->type, &e->value), e->fits);
        assert_int_equal(pg_value_put(&out, e->type, false, &e->value), e->fits);
        assert_int_equal(out.len, e->field ? 4 + e->field_len : 4);
        if (e->field)
            assert_memory_equal(out.data + 4, e->field, e->field_len);
        else
            assert_memory_equal(out.data, "\377\377\377\377", 4);
        pg_value_json(&json, e->type, &e->value);
        assert_string_equal(json.data, e->json);
        buffer_release(&out);
        buffer_release(&json);
    }
}

static void where_rows_are_found_by_it_a_misfit_is_null_and_nothing_near(void **state)
{
    static const enum pg_type types[] = { PG_TEXT, PG_NUMBER, PG_BIGINT, PG_DOUBLE, PG_BYTEA, PG_UUID };
    const struct jemput_datum values[] = { TEXT("a\0b"), TEXT("\xff"), BLOB("xyz"), INTEGER(1), REAL(2.5), TEXT("SITI"), BLOB(ID) };
    unsigned misfits = 0;

    (void)state;
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++)
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
            struct buffer out = { 0 };

            if (!pg_value_put(&out, types[t], true, &values[i])) {
                assert_int_equal(out.len, 4);
                assert_memory_equal(out.data, "\377\377\377\377", 4);
                misfits++;
            }
            buffer_release(&out);
        }
    assert_int_equal(misfits, 6 + 4 + 6 + 6 + 5 + 6);
}

static void a_key_of_several_columns_is_an_array_in_key_order(void **state)
{
    struct shape_column columns[] = { { .affinity = AFFINITY_TEXT, .declared = "TEXT" }, { .affinity = AFFINITY_INTEGER, .declared = "INTEGER" },
                                      { .affinity = AFFINITY_NONE, .declared = "BLOB", .id16 = true } };
    unsigned two[] = { 1, 0 }, one[] = { 2 };
    const struct shape several = { .columns = columns, .key = two, .key_count = 2 }, single = { .columns = columns, .key = one, .key_count = 1 };
    const struct jemput_datum key[] = { INTEGER(2), TEXT("x'y") }, id[] = { BLOB(ID) };
    struct buffer json = { 0 };

    (void)state;
    pg_key_json(&json, &several, key, 2);
    assert_string_equal(json.data, "[2,\"x'y\"]");
    json.len = 0;
    pg_key_json(&json, &single, id, 1);
    assert_string_equal(json.data, "\"00112233-4455-6677-8899-aabbccddeeff\"");
    buffer_release(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_columns_type_follows_its_affinity),
        cmocka_unit_test(each_value_is_written_as_it_is_or_as_the_nearest_and_told),
        cmocka_unit_test(where_rows_are_found_by_it_a_misfit_is_null_and_nothing_near),
        cmocka_unit_test(a_key_of_several_columns_is_an_array_in_key_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
