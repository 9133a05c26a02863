/* unit/test_crypto.c — hashes, keys and plain signatures: golden vectors (made by another implementation), and signatures that have to be refused.
 * Golden vectors: see unit/vectors.h (JEMPUT_VECTORS). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/crypto.h"
#include "vectors.h"

#define FIELD 1024

static const char *const CONTEXT = "contoh";

/* L, the order of the base point, little-endian. */
static const uint8_t GROUP_ORDER[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                         0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10 };

static void hashes_are_those_of_the_vectors(void **state)
{
    struct jemput_bytes file = vector_load("identity-hash.txt"), rest = file;
    char line[FIELD], what[16], key_hex[80], in_hex[FIELD], out_hex[80];
    unsigned count = 0;

    (void)state;
    for (; vector_line(&rest, line, sizeof line); count++) {
        uint8_t key[32], in[FIELD / 2], want[32], is[32];
        size_t key_len, in_len, want_len;

        assert_int_equal(sscanf(line, "%15s %79s %1023s %79s", what, key_hex, in_hex, out_hex), 4);
        key_len = vector_hex(key, sizeof key, key_hex);
        in_len = vector_hex(in, sizeof in, in_hex);
        want_len = vector_hex(want, sizeof want, out_hex);
        if (strcmp(what, "hash256") == 0) {
            jemput_hash256(is, jemput_bytes_of(in, in_len), key_len ? key : NULL);
            assert_int_equal(want_len, 32);
        } else {
            struct jemput_reader r = { .rest = { in, in_len } };
            jemput_hash_id(is, key, jemput_read_u64le(&r));
            assert_int_equal(want_len, 16);
        }
        assert_memory_equal(is, want, want_len);
    }
    assert_int_equal(count, 12);
    vector_free(file);
}

static void ids_of_a_kept_key_do_not_hang_on_those_before(void **state)
{
    static const uint64_t counters[] = { 0, 1, 0, 255, 256, UINT64_MAX, 1, UINT64_C(0x0123456789abcdef) };
    uint8_t key[32], is[16], want[16];
    struct jemput_hashing h;

    (void)state;
    for (unsigned k = 0; k < 8; k++) {
        memset(key, (int)(k * 37), sizeof key);
        jemput_hash_id_begin(&h, key);
        for (unsigned i = 0; i < sizeof counters / sizeof counters[0]; i++) {
            jemput_hash_id_of(is, &h, counters[i]);
            jemput_hash_id(want, key, counters[i]);
            assert_memory_equal(is, want, sizeof want);
        }
    }
}

static void hash_of_nothing_needs_no_pointer(void **state)
{
    uint8_t a[32], b[32];

    (void)state;
    jemput_hash256(a, (struct jemput_bytes){ 0 }, NULL);
    jemput_hash256(b, jemput_bytes_str(""), NULL);
    assert_memory_equal(a, b, 32);
}

static void signatures_are_those_of_the_vectors(void **state)
{
    struct jemput_bytes file = vector_load("identity-sign.txt"), rest = file;
    char line[2 * FIELD], seed_hex[80], key_hex[80], context[80], message_hex[FIELD], signature_hex[160];
    unsigned count = 0;

    (void)state;
    for (; vector_line(&rest, line, sizeof line); count++) {
        uint8_t seed[32], public_key[32], message[FIELD / 2], want[64], is[64];
        struct jemput_keypair key;
        size_t len;

        assert_int_equal(sscanf(line, "%79s %79s %79s %1023s %159s", seed_hex, key_hex, context, message_hex, signature_hex), 5);
        vector_hex(seed, sizeof seed, seed_hex);
        vector_hex(public_key, sizeof public_key, key_hex);
        len = vector_hex(message, sizeof message, message_hex);
        vector_hex(want, sizeof want, signature_hex);
        jemput_keypair_from_seed(&key, seed);
        assert_memory_equal(key.public_key, public_key, 32);
        assert_memory_equal(key.secret_key, seed, 32);
        jemput_sign(is, context, jemput_bytes_of(message, len), &key);
        assert_memory_equal(is, want, 64);
        assert_true(jemput_sign_verify(want, context, jemput_bytes_of(message, len), public_key));
    }
    assert_int_equal(count, 6);
    vector_free(file);
}

struct signed_example {
    struct jemput_keypair key;
    uint8_t message[20];
    uint8_t signature[64];
};

static struct jemput_bytes example_message(const struct signed_example *e)
{
    return jemput_bytes_of(e->message, sizeof e->message);
}

static struct signed_example example(uint8_t seed_byte)
{
    struct signed_example e;
    uint8_t seed[32];

    memset(seed, seed_byte, sizeof seed);
    memset(e.message, 0x5a, sizeof e.message);
    jemput_keypair_from_seed(&e.key, seed);
    jemput_sign(e.signature, CONTEXT, example_message(&e), &e.key);
    return e;
}

static void every_flipped_bit_is_refused(void **state)
{
    struct signed_example e = example(1);

    (void)state;
    assert_true(jemput_sign_verify(e.signature, CONTEXT, example_message(&e), e.key.public_key));
    for (unsigned bit = 0; bit < 8 * 64; bit++) {
        e.signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(jemput_sign_verify(e.signature, CONTEXT, example_message(&e), e.key.public_key));
        e.signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (unsigned bit = 0; bit < 8 * 32; bit++) {
        e.key.public_key[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(jemput_sign_verify(e.signature, CONTEXT, example_message(&e), e.key.public_key));
        e.key.public_key[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (unsigned bit = 0; bit < 8 * sizeof e.message; bit++) {
        e.message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(jemput_sign_verify(e.signature, CONTEXT, example_message(&e), e.key.public_key));
        e.message[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(jemput_sign_verify(e.signature, CONTEXT, example_message(&e), e.key.public_key));
}

static void context_is_part_of_what_is_signed(void **state)
{
    static const char *const others[] = { "", "contoh2", "conto", "Contoh" };
    struct signed_example e = example(2);
    uint8_t moved[21];

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(jemput_sign_verify(e.signature, others[i], example_message(&e), e.key.public_key));
    moved[0] = 'h'; /* the last letter of the context cannot become the first of the message: a zero byte stands between */
    memcpy(moved + 1, e.message, sizeof e.message);
    assert_false(jemput_sign_verify(e.signature, "conto", jemput_bytes_of(moved, sizeof moved), e.key.public_key));
}

/* S and S + k*L are one number to the curve; only the smallest may count, or one signature would have many forms. */
static void scalar_plus_group_order_is_refused(void **state)
{
    (void)state;
    for (uint8_t seed = 1; seed <= 50; seed++) {
        struct signed_example e = example(seed);

        for (unsigned times = 1; times < 15; times++) {
            unsigned carry = 0;

            for (unsigned i = 0; i < 32; i++) {
                carry += e.signature[32 + i] + GROUP_ORDER[i];
                e.signature[32 + i] = (uint8_t)carry;
                carry >>= 8;
            }
            if (carry)
                break; /* does not fit 256 bits any more */
            assert_false(jemput_sign_verify(e.signature, CONTEXT, example_message(&e), e.key.public_key));
        }
    }
}

/* Points of order 1, 2, 4 and 8, and their forms that are not canonical. */
static const char *const SMALL_ORDER[] = {
    "0000000000000000000000000000000000000000000000000000000000000000", "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000", "0100000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};
#define SMALL_ORDER_COUNT (sizeof SMALL_ORDER / sizeof SMALL_ORDER[0])

/* With S = 0 and R = A of order 1, the plain equation holds for every message: such a key would "have signed" everything. For the other orders it
 * holds for one message in 2, 4 or 8, so many messages are tried. */
static void small_order_keys_sign_nothing(void **state)
{
    (void)state;
    for (size_t a = 0; a < SMALL_ORDER_COUNT; a++) {
        for (size_t r = 0; r < SMALL_ORDER_COUNT; r++) {
            uint8_t key[32], signature[64] = { 0 };

            vector_hex(key, sizeof key, SMALL_ORDER[a]);
            vector_hex(signature, 32, SMALL_ORDER[r]);
            for (uint8_t message = 0; message < 16; message++)
                assert_false(jemput_sign_verify(signature, CONTEXT, jemput_bytes_of(&message, 1), key));
        }
    }
}

static void small_order_r_is_refused(void **state)
{
    struct signed_example e = example(3);

    (void)state;
    for (size_t r = 0; r < SMALL_ORDER_COUNT; r++) {
        vector_hex(e.signature, 32, SMALL_ORDER[r]);
        assert_false(jemput_sign_verify(e.signature, CONTEXT, example_message(&e), e.key.public_key));
    }
}

static void message_above_the_limit_does_not_verify(void **state)
{
    static uint8_t large[JEMPUT_SIGN_BYTES_MAX + 1];
    struct signed_example e = example(4);
    size_t most = JEMPUT_SIGN_BYTES_MAX - strlen(CONTEXT) - 1;
    char context[JEMPUT_SIGN_BYTES_MAX + 1];

    (void)state;
    jemput_sign(e.signature, CONTEXT, jemput_bytes_of(large, most), &e.key);
    assert_true(jemput_sign_verify(e.signature, CONTEXT, jemput_bytes_of(large, most), e.key.public_key));
    assert_false(jemput_sign_verify(e.signature, CONTEXT, jemput_bytes_of(large, most + 1), e.key.public_key));
    memset(context, 'c', sizeof context);
    context[JEMPUT_SIGN_BYTES_MAX] = '\0';
    assert_false(jemput_sign_verify(e.signature, context, (struct jemput_bytes){ 0 }, e.key.public_key));
}

static void wiping_leaves_zeros(void **state)
{
    struct signed_example e = example(5), none;

    (void)state;
    memset(&none, 0, sizeof none);
    jemput_wipe(&e.key, sizeof e.key);
    assert_memory_equal(&e.key, &none.key, sizeof e.key);
}

static void starting_twice_is_allowed(void **state)
{
    struct jemput_error err;

    (void)state;
    assert_int_equal(jemput_crypto_init(&err), JEMPUT_OK);
    assert_int_equal(jemput_crypto_init(&err), JEMPUT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starting_twice_is_allowed),
        cmocka_unit_test(hashes_are_those_of_the_vectors),
        cmocka_unit_test(ids_of_a_kept_key_do_not_hang_on_those_before),
        cmocka_unit_test(hash_of_nothing_needs_no_pointer),
        cmocka_unit_test(signatures_are_those_of_the_vectors),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(context_is_part_of_what_is_signed),
        cmocka_unit_test(scalar_plus_group_order_is_refused),
        cmocka_unit_test(small_order_keys_sign_nothing),
        cmocka_unit_test(small_order_r_is_refused),
        cmocka_unit_test(message_above_the_limit_does_not_verify),
        cmocka_unit_test(wiping_leaves_zeros),
    };

    return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
