/* unit/test_key.c — row keys: one row, one key, on every device. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "txn_random.h"
#include "vectors.h"

static struct jemput_value real(double v)
{
    return (struct jemput_value){ .type = JEMPUT_REAL, .real = v };
}

static struct jemput_value integer(int64_t v)
{
    return (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = v };
}

static void key_splits_into_the_values_that_made_it(void **state)
{
    struct jemput_arena arena = { 0 };

    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        struct jemput_buf again = JEMPUT_BUF_INIT(65536);
        unsigned count = 1 + random_under(4);
        struct jemput_bytes key = random_key(&arena, count);
        struct jemput_value values[16];
        struct jemput_error err;

        assert_int_equal(jemput_key_count(key), count);
        assert_int_equal(jemput_key_read(values, count, key, &err), JEMPUT_OK);
        assert_int_equal(jemput_key_write(&again, values, count, &err), JEMPUT_OK);
        assert_true(jemput_bytes_equal(jemput_buf_bytes(&again), key));
        assert_int_equal(jemput_key_read(values, count + 1, key, &err), JEMPUT_CORRUPT);
        if (count > 1)
            assert_int_equal(jemput_key_read(values, count - 1, key, &err), JEMPUT_CORRUPT);
        jemput_buf_release(&again);
        jemput_arena_clear(&arena);
    }
    jemput_arena_release(&arena);
}

static void integer_and_equal_real_are_one_key(void **state)
{
    static const struct {
        double real;
        int64_t integer;
        bool one;
    } table[] = {
        { 1.0, 1, true }, { -0.0, 0, true }, { 0.0, 0, true }, { -3.0, -3, true }, { 9007199254740992.0, INT64_C(9007199254740992), true },
        { -9007199254740992.0, INT64_C(-9007199254740992), true }, { 9007199254740994.0, INT64_C(9007199254740994), false }, { 0.5, 0, false },
        { 1e300, INT64_MAX, false }, { -1e300, INT64_MIN, false }, { 4.9406564584124654e-324, 0, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct jemput_buf a = JEMPUT_BUF_INIT(100), b = JEMPUT_BUF_INIT(100);
        struct jemput_value x = real(table[i].real), y = integer(table[i].integer);
        struct jemput_error err;

        assert_int_equal(jemput_key_write(&a, &x, 1, &err), JEMPUT_OK);
        assert_int_equal(jemput_key_write(&b, &y, 1, &err), JEMPUT_OK);
        assert_int_equal(jemput_bytes_equal(jemput_buf_bytes(&a), jemput_buf_bytes(&b)), table[i].one);
        jemput_buf_release(&a);
        jemput_buf_release(&b);
    }
}

static void key_that_may_not_be_leaves_no_bytes(void **state)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(65536);
    uint8_t long_text[JEMPUT_KEY_BYTES_MAX] = { 0 };
    struct jemput_value values[17] = { { .type = JEMPUT_TEXT, .bytes = { long_text, sizeof long_text } } };
    struct jemput_error err;

    (void)state;
    jemput_buf_append_str(&out, "before");
    assert_int_equal(jemput_key_write(&out, values, 1, &err), JEMPUT_LIMIT);
    assert_int_equal(out.len, 6);
    values[0].bytes.len -= 3;
    assert_int_equal(jemput_key_write(&out, values, 1, &err), JEMPUT_OK);
    assert_int_equal(out.len, 6 + JEMPUT_KEY_BYTES_MAX);
    out.len = 6;
    for (unsigned i = 0; i < 17; i++)
        values[i] = integer(i);
    values[2] = (struct jemput_value){ .type = JEMPUT_NULL };
    assert_int_equal(jemput_key_write(&out, values, 3, &err), JEMPUT_DENIED);
    assert_int_equal(jemput_key_write(&out, values, 17, &err), JEMPUT_LIMIT);
    assert_int_equal(out.len, 6);
    out.max = 8;
    out.cap = 8; /* a buffer that is full, in the middle of the key */
    assert_int_equal(jemput_key_write(&out, values, 2, &err), JEMPUT_LIMIT);
    assert_int_equal(out.len, 6);
    jemput_buf_release(&out);
}

static void bytes_that_are_no_key_are_refused(void **state)
{
    static const struct {
        uint8_t bytes[20];
        size_t len;
    } bad[] = {
        { { 0 }, 0 },                                   /* nothing */
        { { 0 }, 1 },                                   /* NULL */
        { { 2, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f }, 9 },     /* 1.0, which is written as 1 */
        { { 2, 0, 0, 0, 0, 0, 0, 0, 0x80 }, 9 },        /* -0.0 */
        { { 1, 2, 0 }, 3 },                             /* a NULL behind */
        { { 1, 2, 9 }, 3 },                             /* an unknown type behind */
        { { 3, 5, 'a' }, 3 },                           /* cut */
    };
    struct jemput_value v;
    struct jemput_error err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct jemput_bytes key = jemput_bytes_of(bad[i].bytes, bad[i].len);

        assert_int_equal(jemput_key_count(key), 0);
        assert_int_equal(jemput_key_read(&v, 1, key, &err), JEMPUT_CORRUPT);
    }
}

static void damaged_key_is_refused_or_canonical(void **state)
{
    struct jemput_arena arena = { 0 };

    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        struct jemput_bytes key = random_key(&arena, 1 + random_under(3));

        for (size_t bit = 0; bit < key.len * 8; bit++) {
            struct jemput_bytes damaged = jemput_arena_copy(&arena, key);
            struct jemput_buf again = JEMPUT_BUF_INIT(65536);
            uint8_t *data = jemput_arena_alloc(&arena, key.len);
            struct jemput_value values[16];
            struct jemput_error err;
            unsigned count;

            memcpy(data, key.data, key.len);
            data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            damaged.data = data;
            count = jemput_key_count(damaged);
            if (count) {
                assert_int_equal(jemput_key_read(values, count, damaged, &err), JEMPUT_OK);
                assert_int_equal(jemput_key_write(&again, values, count, &err), JEMPUT_OK);
                assert_true(jemput_bytes_equal(jemput_buf_bytes(&again), damaged));
            }
            jemput_buf_release(&again);
        }
        for (size_t len = 0; len < key.len; len++)
            assert_true(jemput_key_count(jemput_bytes_of(key.data, len)) < jemput_key_count(key));
        jemput_arena_clear(&arena);
    }
    jemput_arena_release(&arena);
}

/* Lines: key in hex, then each value as i:<decimal>, r:<bits in hex>, t:<hex> or b:<hex>. */
static struct jemput_value vector_value(const char *word, struct jemput_arena *arena)
{
    uint8_t *bytes = jemput_arena_alloc(arena, strlen(word));
    uint64_t bits;
    struct jemput_value v;

    if (word[0] == 'i')
        return integer(strtoll(word + 2, NULL, 10));
    if (word[0] == 'r') {
        bits = strtoull(word + 2, NULL, 16);
        v.type = JEMPUT_REAL;
        memcpy(&v.real, &bits, sizeof bits);
        return v;
    }
    v.type = word[0] == 't' ? JEMPUT_TEXT : JEMPUT_BLOB;
    v.bytes = jemput_bytes_of(bytes, vector_hex(bytes, strlen(word), word + 2));
    return v;
}

static void golden_keys_stay_as_they_are(void **state)
{
    struct jemput_bytes file = vector_load("key-values.txt"), rest = file;
    struct jemput_arena arena = { 0 };
    char line[1000];
    unsigned lines = 0;

    (void)state;
    for (; vector_line(&rest, line, sizeof line); lines++) {
        struct jemput_buf key = JEMPUT_BUF_INIT(4096);
        char *hex = strtok(line, " "), *word;
        struct jemput_value values[16];
        uint8_t expected[500];
        size_t expected_len = vector_hex(expected, sizeof expected, hex);
        unsigned count = 0;
        struct jemput_error err;

        while ((word = strtok(NULL, " ")))
            values[count++] = vector_value(word, &arena);
        assert_int_equal(jemput_key_write(&key, values, count, &err), JEMPUT_OK);
        assert_true(jemput_bytes_equal(jemput_buf_bytes(&key), jemput_bytes_of(expected, expected_len)));
        assert_int_equal(jemput_key_count(jemput_bytes_of(expected, expected_len)), count);
        jemput_buf_release(&key);
    }
    assert_true(lines >= 8);
    jemput_arena_release(&arena);
    vector_free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_splits_into_the_values_that_made_it),
        cmocka_unit_test(integer_and_equal_real_are_one_key),
        cmocka_unit_test(key_that_may_not_be_leaves_no_bytes),
        cmocka_unit_test(bytes_that_are_no_key_are_refused),
        cmocka_unit_test(damaged_key_is_refused_or_canonical),
        cmocka_unit_test(golden_keys_stay_as_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
