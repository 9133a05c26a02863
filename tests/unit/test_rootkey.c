/* unit/test_rootkey.c — root keys' files: golden files (made by another implementation), every cut, flipped bit or false line refused, and failures of
 * memory. Golden vectors: see unit/vectors.h (JEMPUT_VECTORS). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "identity/rootkey.h"
#include "support/fault_alloc.h"
#include "vectors.h"

static const struct jemput_pin_cost SMALL = { 3, 64 };

static void seed_init(uint8_t seed[32], uint8_t salt[16])
{
    memset(seed, 0x66, 32);
    for (uint8_t i = 0; i < 16; i++)
        salt[i] = i;
}

static void expect_text(const char *pin, const char *vector)
{
    struct jemput_bytes golden = vector_load(vector);
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_ROOT_KEY_BYTES_MAX);
    uint8_t seed[32], salt[16], opened[32];
    struct jemput_root_key key;
    struct jemput_error err;

    seed_init(seed, salt);
    assert_int_equal(jemput_root_key_make(&key, seed, jemput_bytes_str(pin), salt, &SMALL, &err), JEMPUT_OK);
    jemput_root_key_write(&text, &key);
    assert_true(jemput_bytes_equal(jemput_buf_bytes(&text), golden));
    assert_int_equal(jemput_root_key_read(&key, golden, &err), JEMPUT_OK);
    assert_int_equal(jemput_root_key_open(&key, jemput_bytes_str(pin), opened, &err), JEMPUT_OK);
    assert_memory_equal(opened, seed, sizeof seed);
    jemput_buf_release(&text);
    vector_free(golden);
}

static void root_keys_are_written_as_in_the_vectors(void **state)
{
    (void)state;
    expect_text("rahasia-1", "root-key-pin.txt");
    expect_text("", "root-key-plain.txt");
}

static void a_file_cut_or_with_any_bit_flipped_is_refused_and_nothing_is_given(void **state)
{
    static const char *const names[] = { "root-key-pin.txt", "root-key-plain.txt" };
    struct jemput_root_key key, untouched;
    struct jemput_error err;

    (void)state;
    memset(&untouched, 0x55, sizeof untouched);
    for (unsigned n = 0; n < 2; n++) {
        struct jemput_bytes golden = vector_load(names[n]);
        uint8_t text[JEMPUT_ROOT_KEY_BYTES_MAX];

        for (size_t cut = 0; cut < golden.len; cut++) {
            key = untouched;
            assert_int_equal(jemput_root_key_read(&key, jemput_bytes_of(golden.data, cut), &err), JEMPUT_CORRUPT);
            assert_memory_equal(&key, &untouched, sizeof key);
        }
        memcpy(text, golden.data, golden.len);
        for (size_t bit = 0; bit < 8 * golden.len; bit++) {
            text[bit / 8] ^= (uint8_t)(1u << bit % 8);
            key = untouched;
            assert_int_equal(jemput_root_key_read(&key, jemput_bytes_of(text, golden.len), &err), JEMPUT_CORRUPT);
            assert_memory_equal(&key, &untouched, sizeof key);
            text[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        vector_free(golden);
    }
}

/* With a checksum that fits. */
static enum jemput_status read_lines(const char *lines, struct jemput_root_key *key)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(2 * JEMPUT_ROOT_KEY_BYTES_MAX);
    uint8_t checksum[32];
    struct jemput_error err;
    enum jemput_status st;

    jemput_buf_append_str(&text, lines);
    jemput_hash256(checksum, jemput_buf_bytes(&text), NULL);
    jemput_buf_append_str(&text, "checksum ");
    jemput_buf_hex(&text, jemput_bytes_of(checksum, sizeof checksum));
    jemput_buf_u8(&text, '\n');
    st = jemput_root_key_read(key, jemput_buf_bytes(&text), &err);
    jemput_buf_release(&text);
    return st;
}

#define WARNINGS                                                                                                                                     \
    "Rahasia: kunci induk. Simpan terpisah dari semua perangkat, dan buat satu salinan di tempat lain.\n"                                            \
    "Secret: a root administrator's key. Keep it apart from all devices, and one copy of it elsewhere.\n"
#define HEX32 "6666666666666666666666666666666666666666666666666666666666666666"
#define SEALED HEX32 HEX32 "6666666666666666"
#define SALT "000102030405060708090a0b0c0d0e0f"

static void only_the_one_form_is_taken(void **state)
{
    static const struct {
        const char *lines;
        enum jemput_status status;
    } cases[] = {
        { "jemput root key 1\n" WARNINGS "key " HEX32 "\npin none\nseed " HEX32 "\n", JEMPUT_OK },
        { "jemput root key 2\n" WARNINGS "anything\n", JEMPUT_UPGRADE },
        { "jemput root key 1\nkey " HEX32 "\npin none\nseed " HEX32 "\n", JEMPUT_CORRUPT },
        { "jemput root key 1\n" WARNINGS "key " HEX32 "\npin none\nseed " HEX32 "\nmore x\n", JEMPUT_CORRUPT },
        { "jemput root key 1\n" WARNINGS "key " HEX32 "\npin scrypt\nseed " HEX32 "\n", JEMPUT_CORRUPT },
        { "jemput root key 1\n" WARNINGS "key " HEX32 "\npin argon2id\npasses 3\nmemory 64\nsalt " SALT "\nsealed " SEALED "\n", JEMPUT_OK },
        { "jemput root key 1\n" WARNINGS "key " HEX32 "\npin argon2id\npasses 17\nmemory 64\nsalt " SALT "\nsealed " SEALED "\n", JEMPUT_CORRUPT },
        { "jemput root key 1\n" WARNINGS "key " HEX32 "\npin argon2id\npasses 3\nmemory 1048577\nsalt " SALT "\nsealed " SEALED "\n", JEMPUT_CORRUPT },
        { "jemput root key 1\n" WARNINGS "key " HEX32 "\npin argon2id\npasses 03\nmemory 64\nsalt " SALT "\nsealed " SEALED "\n", JEMPUT_CORRUPT },
        { "jemput root key 1\n" WARNINGS "key " HEX32 "\npin argon2id\npasses 3\nmemory 64\nsalt " SALT "\nseed " HEX32 "\n", JEMPUT_CORRUPT },
    };
    struct jemput_root_key key;

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (read_lines(cases[i].lines, &key) != cases[i].status)
            fail_msg("case %u", i);
}

static void another_pin_or_another_key_s_seed_does_not_open(void **state)
{
    struct jemput_bytes golden = vector_load("root-key-pin.txt");
    uint8_t seed[32], untouched[32];
    struct jemput_root_key key;
    struct jemput_error err;

    (void)state;
    memset(untouched, 0x55, sizeof untouched);
    memcpy(seed, untouched, sizeof seed);
    assert_int_equal(jemput_root_key_read(&key, golden, &err), JEMPUT_OK);
    assert_int_equal(jemput_root_key_open(&key, jemput_bytes_str("rahasia-2"), seed, &err), JEMPUT_DENIED);
    assert_int_equal(jemput_root_key_open(&key, jemput_bytes_str(""), seed, &err), JEMPUT_DENIED);
    key.public_key[0] ^= 1; /* what is sealed belongs to its public key */
    assert_int_equal(jemput_root_key_open(&key, jemput_bytes_str("rahasia-1"), seed, &err), JEMPUT_DENIED);
    vector_free(golden);
    golden = vector_load("root-key-plain.txt");
    assert_int_equal(jemput_root_key_read(&key, golden, &err), JEMPUT_OK);
    key.seed[0] ^= 1;
    assert_int_equal(jemput_root_key_open(&key, jemput_bytes_str(""), seed, &err), JEMPUT_CORRUPT);
    assert_memory_equal(seed, untouched, sizeof seed);
    vector_free(golden);
}

static void without_memory_nothing_is_given_and_nothing_leaks(void **state)
{
    uint8_t seed[32], salt[16];
    struct fault_alloc memory;
    uint64_t failures;

    (void)state;
    seed_init(seed, salt);
    fault_alloc_install(&memory);
    for (uint64_t nth = 0;; nth++) {
        struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_ROOT_KEY_BYTES_MAX);
        struct jemput_root_key key;
        struct jemput_error err;
        uint8_t opened[32];
        enum jemput_status st;

        fault_alloc_arm(&memory, nth, false);
        st = jemput_root_key_make(&key, seed, jemput_bytes_str("rahasia-1"), salt, &SMALL, &err);
        if (!st) {
            jemput_root_key_write(&text, &key);
            st = jemput_buf_check(&text, "root key", &err);
        }
        if (!st)
            st = jemput_root_key_open(&key, jemput_bytes_str("rahasia-1"), opened, &err);
        fault_alloc_disarm(&memory);
        failures = memory.failures;
        assert_int_equal(st, failures ? JEMPUT_NOMEM : JEMPUT_OK);
        jemput_buf_release(&text);
        if (!failures)
            break;
    }
    assert_int_equal(fault_alloc_uninstall(&memory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_keys_are_written_as_in_the_vectors),
        cmocka_unit_test(a_file_cut_or_with_any_bit_flipped_is_refused_and_nothing_is_given),
        cmocka_unit_test(only_the_one_form_is_taken),
        cmocka_unit_test(another_pin_or_another_key_s_seed_does_not_open),
        cmocka_unit_test(without_memory_nothing_is_given_and_nothing_leaks),
    };
    struct jemput_error err;

    return jemput_crypto_init(&err) ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
