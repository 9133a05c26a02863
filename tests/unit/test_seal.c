/* unit/test_seal.c — sealing, boxes and PINs: golden vectors (made by another implementation), and what must not open. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/crypto.h"
#include "crypto/seal.h"
#include "vectors.h"

enum { FIELD = 1024, TEXT_MAX = 4096 };

static const uint8_t KEY[32] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
static const struct jemput_bytes BESIDE = { (const uint8_t *)"kepala", 6 };
static const struct jemput_bytes PLAIN = { (const uint8_t *)"Siti Contoh, 16.74.99", 21 };

static size_t field_hex(uint8_t *out, size_t max, const char *text)
{
    return strcmp(text, "-") == 0 ? 0 : vector_hex(out, max, text);
}

static struct jemput_buf sealed_example(void)
{
    struct jemput_buf sealed = JEMPUT_BUF_INIT(TEXT_MAX);

    jemput_seal_make(&sealed, PLAIN, BESIDE, KEY);
    assert_int_equal(sealed.failed, JEMPUT_OK);
    return sealed;
}

static enum jemput_status opened(struct jemput_bytes sealed, struct jemput_bytes beside, const uint8_t *key)
{
    struct jemput_buf plain = JEMPUT_BUF_INIT(TEXT_MAX);
    struct jemput_error err;
    enum jemput_status st = jemput_seal_open(&plain, sealed, beside, key, &err);

    assert_int_equal(plain.len, st ? 0 : PLAIN.len);
    jemput_buf_release(&plain);
    return st;
}

static void sealed_texts_are_those_of_the_vectors_and_open(void **state)
{
    static char line[4 * FIELD], key_hex[80], beside_hex[FIELD], plain_hex[FIELD], sealed_hex[FIELD];
    struct jemput_bytes file = vector_load("sealing-seal.txt"), rest = file;
    unsigned count = 0;

    (void)state;
    for (; vector_line(&rest, line, sizeof line); count++) {
        static uint8_t key[32], beside[FIELD / 2], plain[FIELD / 2], want[FIELD / 2];
        struct jemput_buf is = JEMPUT_BUF_INIT(TEXT_MAX), back = JEMPUT_BUF_INIT(TEXT_MAX);
        struct jemput_bytes p, b;
        struct jemput_error err;
        size_t want_len;

        assert_int_equal(sscanf(line, "%79s %1023s %1023s %1023s", key_hex, beside_hex, plain_hex, sealed_hex), 4);
        assert_int_equal(field_hex(key, sizeof key, key_hex), 32);
        b = jemput_bytes_of(beside, field_hex(beside, sizeof beside, beside_hex));
        p = jemput_bytes_of(plain, field_hex(plain, sizeof plain, plain_hex));
        want_len = field_hex(want, sizeof want, sealed_hex);
        jemput_seal_make(&is, p, b, key);
        assert_int_equal(is.failed, JEMPUT_OK);
        assert_int_equal(is.len, want_len);
        assert_memory_equal(is.data, want, want_len);
        assert_int_equal(jemput_seal_open(&back, jemput_buf_bytes(&is), b, key, &err), JEMPUT_OK);
        assert_true(jemput_bytes_equal(jemput_buf_bytes(&back), p));
        jemput_buf_release(&is);
        jemput_buf_release(&back);
    }
    assert_int_equal(count, 8);
    vector_free(file);
}

static void no_flipped_bit_and_no_cut_of_a_sealed_text_opens(void **state)
{
    struct jemput_buf sealed = sealed_example();

    (void)state;
    for (size_t bit = 0; bit < 8 * sealed.len; bit++) {
        sealed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(opened(jemput_buf_bytes(&sealed), BESIDE, KEY), JEMPUT_DENIED);
        sealed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t len = 0; len < sealed.len; len++)
        assert_int_equal(opened(jemput_bytes_of(sealed.data, len), BESIDE, KEY), len < JEMPUT_SEAL_OVERHEAD_BYTES ? JEMPUT_CORRUPT : JEMPUT_DENIED);
    assert_int_equal(opened(jemput_buf_bytes(&sealed), BESIDE, KEY), JEMPUT_OK);
    jemput_buf_release(&sealed);
}

static void a_sealed_text_opens_beside_its_own_bytes_and_with_its_own_key_only(void **state)
{
    struct jemput_buf sealed = sealed_example();
    uint8_t key[32];

    (void)state;
    assert_int_equal(opened(jemput_buf_bytes(&sealed), jemput_bytes_str("kepalb"), KEY), JEMPUT_DENIED);
    assert_int_equal(opened(jemput_buf_bytes(&sealed), (struct jemput_bytes){ 0 }, KEY), JEMPUT_DENIED);
    for (unsigned bit = 0; bit < 256; bit++) {
        memcpy(key, KEY, sizeof key);
        key[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(opened(jemput_buf_bytes(&sealed), BESIDE, key), JEMPUT_DENIED);
    }
    jemput_buf_release(&sealed);
}

/* Two copies of one store that go on differently seal under one key: no nonce may come twice with another text. */
static void another_text_or_other_bytes_beside_it_give_another_nonce(void **state)
{
    struct jemput_buf a = sealed_example(), b = JEMPUT_BUF_INIT(TEXT_MAX), c = JEMPUT_BUF_INIT(TEXT_MAX), again = sealed_example();

    (void)state;
    jemput_seal_make(&b, jemput_bytes_str("Siti Contoh, 16.74.98"), BESIDE, KEY);
    jemput_seal_make(&c, PLAIN, jemput_bytes_str("kepalb"), KEY);
    assert_memory_not_equal(a.data, b.data, JEMPUT_SEAL_NONCE_BYTES);
    assert_memory_not_equal(a.data, c.data, JEMPUT_SEAL_NONCE_BYTES);
    assert_memory_equal(a.data, again.data, a.len);
    jemput_buf_release(&a);
    jemput_buf_release(&b);
    jemput_buf_release(&c);
    jemput_buf_release(&again);
}

static void a_buffer_without_room_says_so_and_keeps_what_it_had(void **state)
{
    struct jemput_buf sealed = sealed_example(), small = JEMPUT_BUF_INIT(PLAIN.len + JEMPUT_SEAL_OVERHEAD_BYTES), tiny = JEMPUT_BUF_INIT(8);
    struct jemput_error err;

    (void)state;
    jemput_buf_u8(&small, 7);
    jemput_seal_make(&small, PLAIN, BESIDE, KEY);
    assert_int_equal(small.failed, JEMPUT_LIMIT);
    assert_int_equal(small.len, 1);
    assert_int_equal(jemput_seal_open(&tiny, jemput_buf_bytes(&sealed), BESIDE, KEY, &err), JEMPUT_LIMIT);
    assert_int_equal(tiny.len, 0);
    jemput_buf_release(&sealed);
    jemput_buf_release(&small);
    jemput_buf_release(&tiny);
}

static void boxes_are_those_of_the_vectors_and_open_for_their_reader_only(void **state)
{
    static char line[2 * FIELD], seed_hex[80], public_hex[80], once_hex[80], key_hex[80], box_hex[200];
    struct jemput_bytes file = vector_load("sealing-box.txt"), rest = file;
    unsigned count = 0;

    (void)state;
    for (; vector_line(&rest, line, sizeof line); count++) {
        uint8_t seed[32], public_key[32], once[32], key[32], want[JEMPUT_BOX_BYTES], is[JEMPUT_BOX_BYTES], back[32];
        struct jemput_reading_pair reader, other;

        assert_int_equal(sscanf(line, "%79s %79s %79s %79s %199s", seed_hex, public_hex, once_hex, key_hex, box_hex), 5);
        vector_hex(seed, sizeof seed, seed_hex);
        vector_hex(public_key, sizeof public_key, public_hex);
        vector_hex(once, sizeof once, once_hex);
        vector_hex(key, sizeof key, key_hex);
        assert_int_equal(vector_hex(want, sizeof want, box_hex), JEMPUT_BOX_BYTES);
        jemput_reading_pair_from_seed(&reader, seed);
        jemput_reading_pair_from_seed(&other, once);
        assert_memory_equal(reader.public_key, public_key, 32);
        assert_true(jemput_box(is, key, public_key, once));
        assert_memory_equal(is, want, sizeof want);
        assert_true(jemput_box_open(back, is, &reader));
        assert_memory_equal(back, key, 32);
        assert_false(jemput_box_open(back, is, &other));
        for (unsigned bit = 0; bit < 8 * JEMPUT_BOX_BYTES; bit++) {
            is[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_false(jemput_box_open(back, is, &reader));
            is[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    assert_int_equal(count, 4);
    vector_free(file);
}

static void no_box_is_made_for_a_reading_key_of_small_order(void **state)
{
    static const uint8_t small[2][32] = { { 0 }, { 1 } };
    uint8_t box[JEMPUT_BOX_BYTES];

    (void)state;
    assert_false(jemput_box(box, KEY, small[0], KEY));
    assert_false(jemput_box(box, KEY, small[1], KEY));
}

static const struct jemput_pin_cost LITTLE = { 1, 64 }, MOST = { 8, 4096 };
static const uint8_t SALT[JEMPUT_PIN_SALT_BYTES] = { 9, 8, 7 };

static void a_pin_gives_one_key_and_another_pin_or_salt_or_cost_another(void **state)
{
    const struct jemput_pin_cost more = { 2, 64 }, larger = { 1, 72 };
    uint8_t key[32], again[32], other[32], salt[JEMPUT_PIN_SALT_BYTES] = { 9, 8, 6 };
    struct jemput_error err;

    (void)state;
    assert_int_equal(jemput_pin_key(key, jemput_bytes_str("204815"), SALT, &LITTLE, &MOST, &err), JEMPUT_OK);
    assert_int_equal(jemput_pin_key(again, jemput_bytes_str("204815"), SALT, &LITTLE, &MOST, &err), JEMPUT_OK);
    assert_memory_equal(key, again, 32);
    assert_int_equal(jemput_pin_key(other, jemput_bytes_str("204816"), SALT, &LITTLE, &MOST, &err), JEMPUT_OK);
    assert_memory_not_equal(key, other, 32);
    assert_int_equal(jemput_pin_key(other, jemput_bytes_str("204815"), salt, &LITTLE, &MOST, &err), JEMPUT_OK);
    assert_memory_not_equal(key, other, 32);
    assert_int_equal(jemput_pin_key(other, jemput_bytes_str("204815"), SALT, &more, &MOST, &err), JEMPUT_OK);
    assert_memory_not_equal(key, other, 32);
    assert_int_equal(jemput_pin_key(other, jemput_bytes_str("204815"), SALT, &larger, &MOST, &err), JEMPUT_OK);
    assert_memory_not_equal(key, other, 32);
}

/* Made with libargon2: 2 passes over 256 KiB, one lane, 32 bytes out. */
static void a_key_from_a_pin_is_what_another_argon2_gives(void **state)
{
    static const char want_hex[] = "658c96f4d8f28a3a8b0fd2b93fc1557898724f8817e90e849ed3c0d9eb7ecace";
    const struct jemput_pin_cost cost = { 2, 256 };
    uint8_t key[32], want[32];
    struct jemput_error err;

    (void)state;
    vector_hex(want, sizeof want, want_hex);
    assert_int_equal(jemput_pin_key(key, jemput_bytes_str("204815"), (const uint8_t *)"garam16byte-yaaa", &cost, &MOST, &err), JEMPUT_OK);
    assert_memory_equal(key, want, 32);
}

static void a_cost_that_a_file_asks_for_is_bounded_on_both_sides(void **state)
{
    const struct jemput_pin_cost bad[] = { { 9, 64 }, { 1, 4097 }, { 0, 64 }, { 1, 7 }, { UINT32_MAX, UINT32_MAX }, { 0, 0 } };
    uint8_t key[32];
    struct jemput_error err;

    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(jemput_pin_key(key, jemput_bytes_str("204815"), SALT, &bad[i], &MOST, &err), JEMPUT_LIMIT);
    assert_int_equal(jemput_pin_key(key, jemput_bytes_str("204815"), SALT, &MOST, &MOST, &err), JEMPUT_OK);
}

static int crypto_start(void **state)
{
    struct jemput_error err;

    (void)state;
    return jemput_crypto_init(&err);
}

static void a_single_key_opens_its_text_and_no_other(void **state)
{
    struct jemput_buf one = sealed_example(), other = JEMPUT_BUF_INIT(TEXT_MAX), plain = JEMPUT_BUF_INIT(TEXT_MAX);
    uint8_t single[32], changed[32];
    struct jemput_error err;

    (void)state;
    jemput_seal_make(&other, jemput_bytes_str("Siti Contoh, 16.74.98"), BESIDE, KEY);
    assert_int_equal(jemput_seal_single(single, jemput_buf_bytes(&one), KEY, &err), JEMPUT_OK);
    assert_int_equal(jemput_seal_open_single(&plain, jemput_buf_bytes(&one), BESIDE, single, &err), JEMPUT_OK);
    assert_true(jemput_bytes_equal(jemput_buf_bytes(&plain), PLAIN));
    jemput_buf_clear(&plain);
    assert_int_equal(jemput_seal_open_single(&plain, jemput_buf_bytes(&other), BESIDE, single, &err), JEMPUT_DENIED);
    assert_int_equal(jemput_seal_open_single(&plain, jemput_buf_bytes(&one), jemput_bytes_str("other"), single, &err), JEMPUT_DENIED);
    assert_int_equal(opened(jemput_buf_bytes(&one), BESIDE, single), JEMPUT_DENIED); /* it is not the key that it comes from */
    for (unsigned bit = 0; bit < 256; bit++) {
        memcpy(changed, single, sizeof changed);
        changed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(jemput_seal_open_single(&plain, jemput_buf_bytes(&one), BESIDE, changed, &err), JEMPUT_DENIED);
    }
    for (size_t len = 0; len < one.len; len++) {
        enum jemput_status st = jemput_seal_open_single(&plain, jemput_bytes_of(one.data, len), BESIDE, single, &err);

        assert_int_equal(st, len < JEMPUT_SEAL_OVERHEAD_BYTES ? JEMPUT_CORRUPT : JEMPUT_DENIED);
    }
    assert_int_equal(jemput_seal_single(changed, jemput_bytes_of(one.data, JEMPUT_SEAL_OVERHEAD_BYTES - 1), KEY, &err), JEMPUT_CORRUPT);
    assert_int_equal(plain.len, 0);
    jemput_buf_release(&one);
    jemput_buf_release(&other);
    jemput_buf_release(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_key_opens_its_text_and_no_other),
        cmocka_unit_test(sealed_texts_are_those_of_the_vectors_and_open),
        cmocka_unit_test(no_flipped_bit_and_no_cut_of_a_sealed_text_opens),
        cmocka_unit_test(a_sealed_text_opens_beside_its_own_bytes_and_with_its_own_key_only),
        cmocka_unit_test(another_text_or_other_bytes_beside_it_give_another_nonce),
        cmocka_unit_test(a_buffer_without_room_says_so_and_keeps_what_it_had),
        cmocka_unit_test(boxes_are_those_of_the_vectors_and_open_for_their_reader_only),
        cmocka_unit_test(no_box_is_made_for_a_reading_key_of_small_order),
        cmocka_unit_test(a_pin_gives_one_key_and_another_pin_or_salt_or_cost_another),
        cmocka_unit_test(a_key_from_a_pin_is_what_another_argon2_gives),
        cmocka_unit_test(a_cost_that_a_file_asks_for_is_bounded_on_both_sides),
    };
    return cmocka_run_group_tests(tests, crypto_start, NULL);
}
