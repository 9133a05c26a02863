/* unit/test_chain.c — chain check: each lie of a segment about itself is found, and called what it is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "log/header.h"

static const uint8_t public_key[32] = { 1, 2, 3 };
static const struct jemput_space space = { { 7, 7 } };
static const struct jemput_hash previous = { { 9, 9, 9 } };

static struct jemput_bytes payload(void)
{
    return jemput_bytes_str("payload as sent");
}

static struct jemput_header sound_header(void)
{
    struct jemput_header h = { .klass = JEMPUT_CLASS_DATA, .space = space, .epoch = 2, .number = 5, .previous = previous,
        .payload_bytes = (uint32_t)payload().len };

    jemput_writer_derive(&h.writer, &space, public_key, h.epoch);
    jemput_hash256(h.payload_hash.bytes, payload(), NULL);
    return h;
}

static enum jemput_status check(const struct jemput_header *h)
{
    struct jemput_error err;

    return jemput_chain_check(h, payload(), &space, public_key, &previous, &err);
}

static void sound_segment_passes(void **state)
{
    struct jemput_header h = sound_header();

    (void)state;
    assert_int_equal(check(&h), JEMPUT_OK);
}

static void segment_of_another_space_is_denied(void **state)
{
    struct jemput_header h = sound_header();

    (void)state;
    h.space.id[31] ^= 1;
    assert_int_equal(check(&h), JEMPUT_DENIED);
}

static void each_single_lie_is_corrupt(void **state)
{
    struct jemput_header lies[6];
    struct jemput_hash other = previous;
    struct jemput_error err;

    (void)state;
    for (size_t i = 0; i < 6; i++)
        lies[i] = sound_header();
    lies[0].epoch++;
    lies[1].writer.id[15] ^= 1;
    lies[2].previous.bytes[31] ^= 0x80;
    lies[3].payload_bytes++;
    lies[4].payload_hash.bytes[0] ^= 1;
    lies[5].number = 0; /* a genesis segment in the middle of a log */
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(check(&lies[i]), JEMPUT_CORRUPT);
    lies[0] = sound_header();
    other.bytes[0] ^= 1;
    assert_int_equal(jemput_chain_check(&lies[0], payload(), &space, public_key, &other, &err), JEMPUT_CORRUPT);
    assert_int_equal(jemput_chain_check(&lies[0], payload(), &space, public_key, NULL, &err), JEMPUT_CORRUPT);
    assert_int_equal(jemput_chain_check(&lies[0], jemput_bytes_str("payload as sent!"), &space, public_key, &previous, &err), JEMPUT_CORRUPT);
    assert_int_equal(jemput_chain_check(&lies[0], jemput_bytes_str("Payload as sent"), &space, public_key, &previous, &err), JEMPUT_CORRUPT);
    assert_int_equal(jemput_chain_payload(&lies[0], payload(), &err), JEMPUT_OK);
    assert_int_equal(jemput_chain_payload(&lies[3], payload(), &err), JEMPUT_CORRUPT);
    assert_int_equal(jemput_chain_payload(&lies[4], payload(), &err), JEMPUT_CORRUPT);
}

static void segment_signed_by_another_key_is_corrupt(void **state)
{
    struct jemput_header h = sound_header();
    uint8_t other_key[32] = { 1, 2, 4 };
    struct jemput_error err;

    (void)state;
    assert_int_equal(jemput_chain_check(&h, payload(), &space, other_key, &previous, &err), JEMPUT_CORRUPT);
}

static void genesis_has_no_predecessor_and_a_payload_of_its_own(void **state)
{
    struct jemput_header h = { .klass = JEMPUT_CLASS_CONTROL, .payload_bytes = (uint32_t)payload().len };
    struct jemput_error err;

    (void)state;
    jemput_hash256(h.payload_hash.bytes, payload(), NULL);
    assert_int_equal(jemput_chain_check(&h, payload(), &space, public_key, NULL, &err), JEMPUT_OK);
    assert_int_equal(jemput_chain_check(&h, payload(), &space, public_key, &previous, &err), JEMPUT_CORRUPT);
    h.payload_hash.bytes[5] ^= 1;
    assert_int_equal(jemput_chain_check(&h, payload(), &space, public_key, NULL, &err), JEMPUT_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_segment_passes),
        cmocka_unit_test(segment_of_another_space_is_denied),
        cmocka_unit_test(each_single_lie_is_corrupt),
        cmocka_unit_test(segment_signed_by_another_key_is_corrupt),
        cmocka_unit_test(genesis_has_no_predecessor_and_a_payload_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
