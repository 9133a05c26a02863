/* Tests of change/stamps.c: the stamps of a segment's transactions as bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "change/stamps.h"

static struct jemput_bytes written(struct jemput_buf *buf, const jemput_stamp *stamps, uint32_t count)
{
    jemput_buf_clear(buf);
    jemput_stamps_write(buf, stamps, count);
    assert_int_equal(buf->failed, JEMPUT_OK);
    return jemput_buf_bytes(buf);
}

static void assert_kept(const jemput_stamp *stamps, uint32_t count)
{
    struct jemput_buf buf = JEMPUT_BUF_INIT(JEMPUT_STAMPS_BYTES_MAX);
    jemput_stamp *read = calloc(count + 1u, sizeof *read);

    assert_non_null(read);
    assert_true(jemput_stamps_read(read, count, written(&buf, stamps, count)));
    assert_memory_equal(read, stamps, count * sizeof *read);
    free(read);
    jemput_buf_release(&buf);
}

static void stamps_are_read_as_they_were_written(void **state)
{
    static jemput_stamp stamps[JEMPUT_SEGMENT_TXNS_MAX];
    const jemput_stamp edges[] = { 0, 1, UINT16_MAX, UINT16_MAX + 1ull, JEMPUT_STAMP_MAX - UINT16_MAX, JEMPUT_STAMP_MAX, JEMPUT_STAMP_MAX };

    (void)state;
    assert_kept(edges, 0);
    assert_kept(edges, sizeof edges / sizeof *edges);
    for (unsigned seed = 1; seed <= 200; seed++) {
        uint64_t random = seed * 0x9e3779b97f4a7c15u;
        jemput_stamp stamp = 0;

        for (uint32_t i = 0; i < JEMPUT_SEGMENT_TXNS_MAX; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            stamp += random >> (20 + (random >> 40) % 40) & (JEMPUT_STAMP_MAX >> 13); /* 4,096 of these stay below the highest */
            if (random >> 33 & 1)
                stamp = (stamp >> 16) << 16 > (i ? stamps[i - 1] : 0) ? (stamp >> 16) << 16 : stamp;
            stamps[i] = stamp;
        }
        assert_kept(stamps, JEMPUT_SEGMENT_TXNS_MAX);
    }
}

/* What officers write minutes apart takes three bytes each. */
static void the_first_of_its_millisecond_takes_no_counter(void **state)
{
    const jemput_stamp stamps[] = { 1750000000000ull << 16, 1750000300000ull << 16, (1750000300000ull << 16) + 1, 1750000600000ull << 16 };
    struct jemput_buf buf = JEMPUT_BUF_INIT(JEMPUT_STAMPS_BYTES_MAX);

    (void)state;
    assert_int_equal(written(&buf, stamps, 4).len, 6 + 3 + 2 + 3);
    jemput_buf_release(&buf);
}

static bool reads(const char *bytes, size_t len, uint32_t count)
{
    jemput_stamp read[8];

    return jemput_stamps_read(read, count, jemput_bytes_of(bytes, len));
}

static void what_is_no_stamp_is_refused(void **state)
{
    (void)state;
    assert_true(reads("\x02\x03\x05\x01\x06", 5, 3));
    assert_false(reads("\x02\x03\x05\x01\x06", 5, 2));              /* more than there are */
    assert_false(reads("\x02\x03\x05\x01\x06", 5, 4));              /* fewer */
    assert_false(reads("\x02\x03\x05\x01\x04", 5, 3));              /* it goes back */
    assert_false(reads("\x03\x00", 2, 1));                          /* a counter that should not be there */
    assert_false(reads("\x03\x80\x80\x04", 4, 1));                  /* a counter of 17 bits */
    assert_false(reads("\x82\x00", 2, 1));                          /* a longer form than need be */
    assert_true(reads("\xfe\xff\xff\xff\xff\xff\x3f", 7, 1));       /* the last millisecond */
    assert_false(reads("\x80\x80\x80\x80\x80\x80\x40", 7, 1));      /* the one after it */
    assert_false(reads("\xfe\xff\xff\xff\xff\xff\x3f\x02", 8, 2));
    assert_false(reads("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, 1));
}

/* Cut anywhere, or with any byte changed, they are refused or read as stamps that do not go back. */
static void damaged_bytes_never_make_stamps_that_go_back(void **state)
{
    const jemput_stamp stamps[] = { 5, 1ull << 20, (1ull << 20) + 3, 1ull << 40, JEMPUT_STAMP_MAX };
    struct jemput_buf buf = JEMPUT_BUF_INIT(JEMPUT_STAMPS_BYTES_MAX);
    struct jemput_bytes whole = written(&buf, stamps, 5);
    jemput_stamp read[5];

    (void)state;
    for (size_t len = 0; len < whole.len; len++)
        assert_false(jemput_stamps_read(read, 5, jemput_bytes_of(whole.data, len)));
    for (size_t at = 0; at < whole.len; at++)
        for (unsigned by = 1; by < 256; by++) {
            buf.data[at] ^= (uint8_t)by;
            if (jemput_stamps_read(read, 5, whole))
                for (unsigned i = 0; i < 5; i++)
                    assert_true(read[i] <= JEMPUT_STAMP_MAX && (!i || read[i - 1] <= read[i]));
            buf.data[at] ^= (uint8_t)by;
        }
    jemput_buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stamps_are_read_as_they_were_written),
        cmocka_unit_test(the_first_of_its_millisecond_takes_no_counter),
        cmocka_unit_test(what_is_no_stamp_is_refused),
        cmocka_unit_test(damaged_bytes_never_make_stamps_that_go_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
