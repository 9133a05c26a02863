/* unit/test_ed25519.c — bare Ed25519 signatures against the vectors of Project Wycheproof and of ed25519-speccheck, and points that no key or R may be.
 * Golden vectors: see unit/vectors.h (JEMPUT_VECTORS). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/ed25519.h"
#include "vectors.h"

#define MESSAGE_MAX 1024
#define SIGNATURE_MAX 128

struct case_ {
    unsigned number;
    bool valid;
    char kind[32];
    uint8_t key[32], message[MESSAGE_MAX], signature[SIGNATURE_MAX];
    size_t message_len, signature_len;
};

static bool case_next(struct case_ *c, struct jemput_bytes *rest)
{
    static char line[2 * (MESSAGE_MAX + SIGNATURE_MAX) + 256], message[2 * MESSAGE_MAX + 2];
    char answer[16], key[80], signature[2 * SIGNATURE_MAX + 2];

    if (!vector_line(rest, line, sizeof line))
        return false;
    assert_int_equal(sscanf(line, "%u %15s %31s %79s %2048s %256s", &c->number, answer, c->kind, key, message, signature), 6);
    c->valid = strcmp(answer, "valid") == 0;
    assert_true(c->valid || strcmp(answer, "invalid") == 0);
    assert_int_equal(vector_hex(c->key, sizeof c->key, key), 32);
    c->message_len = vector_hex(c->message, sizeof c->message, message);
    c->signature_len = vector_hex(c->signature, sizeof c->signature, signature);
    return true;
}

static bool case_holds(const struct case_ *c)
{
    return jemput_ed25519_verify(c->signature, jemput_bytes_of(c->message, c->message_len), c->key);
}

/* A signature of another length cannot be handed over at all: those twelve are counted only. */
static void every_vector_is_answered_as_it_says(void **state)
{
    struct jemput_bytes file = vector_load("identity-ed25519.txt"), rest = file;
    unsigned valid = 0, invalid = 0, other_length = 0;
    struct case_ c;

    (void)state;
    while (case_next(&c, &rest)) {
        if (c.signature_len != JEMPUT_SIGNATURE_BYTES) {
            assert_false(c.valid);
            other_length++;
            continue;
        }
        if (case_holds(&c) != c.valid)
            fail_msg("vector %u (%s) is %s", c.number, c.kind, c.valid ? "valid, and was refused" : "invalid, and was taken");
        *(c.valid ? &valid : &invalid) += 1;
    }
    assert_int_equal(valid, 88 + 1);
    assert_int_equal(invalid, 51 + 11);
    assert_int_equal(other_length, 12);
    vector_free(file);
}

static void every_flipped_bit_of_a_valid_vector_is_refused(void **state)
{
    struct jemput_bytes file = vector_load("identity-ed25519.txt"), rest = file;
    unsigned count = 0;
    struct case_ c;

    (void)state;
    while (case_next(&c, &rest)) {
        uint8_t *const parts[] = { c.signature, c.key, c.message };
        const size_t lens[] = { 64, 32, c.message_len < 32 ? c.message_len : 32 };

        if (!c.valid || c.number % 8 != 0)
            continue;
        for (unsigned part = 0; part < 3; part++) {
            for (size_t bit = 0; bit < 8 * lens[part]; bit++, count++) {
                parts[part][bit / 8] ^= (uint8_t)(1u << bit % 8);
                assert_false(case_holds(&c));
                parts[part][bit / 8] ^= (uint8_t)(1u << bit % 8);
            }
        }
        assert_true(case_holds(&c));
    }
    assert_true(count > 5000);
    vector_free(file);
}

/* y = p … p + 18 with either sign: the forms of a point that are above the field, all that 255 bits have room for. */
static void keys_and_r_above_the_field_are_refused(void **state)
{
    struct jemput_bytes message = jemput_bytes_str("contoh");
    struct jemput_keypair key;
    uint8_t seed[32] = { 7 }, good[64], high[32];

    (void)state;
    jemput_keypair_from_seed(&key, seed);
    jemput_sign(good, "", message, &key);
    for (unsigned sign = 0; sign < 2; sign++) {
        for (unsigned above = 0; above < 19; above++) {
            uint8_t signature[64] = { 0 };

            memset(high, 0xff, sizeof high);
            high[0] = (uint8_t)(0xed + above);
            high[31] = sign ? 0xff : 0x7f;
            memcpy(signature, good, 64);
            assert_false(jemput_ed25519_verify(signature, message, high));
            memcpy(signature, high, 32);
            assert_false(jemput_ed25519_verify(signature, message, key.public_key));
            memset(signature, 0, 64); /* S = 0, R = A: holds for what a small order makes it hold */
            memcpy(signature, high, 32);
            for (uint8_t text = 0; text < 16; text++)
                assert_false(jemput_ed25519_verify(signature, jemput_bytes_of(&text, 1), high));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_is_answered_as_it_says),
        cmocka_unit_test(every_flipped_bit_of_a_valid_vector_is_refused),
        cmocka_unit_test(keys_and_r_above_the_field_are_refused),
    };

    return cmocka_run_group_tests_name("ed25519", tests, NULL, NULL);
}
