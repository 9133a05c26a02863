/* Tests of media/jpeg.c and exif.c: places and owners go out of a JPEG and its picture stays byte for byte; whatever is cut or flipped, nothing that was
 * put into a segment that must go comes through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "media/jpeg.h"
#include "support/fault_alloc.h"

enum { BYTES_MAX = 200000 };

struct made { /* a JPEG in the making */
    uint8_t bytes[BYTES_MAX];
    size_t len;
};

static void put(struct made *m, const void *bytes, size_t len)
{
    assert_true(len <= BYTES_MAX - m->len);
    memcpy(m->bytes + m->len, bytes, len);
    m->len += len;
}

static void segment(struct made *m, uint8_t code, const void *body, size_t len)
{
    uint8_t head[4] = { 0xff, code, (uint8_t)((len + 2) >> 8), (uint8_t)(len + 2) };

    put(m, head, 4);
    put(m, body, len);
}

/* EXIF, lowest byte first: orientation 6, a date, a maker with the word SECRET, GPS with it, too. */
static const uint8_t EXIF[] = "Exif\0\0"
                              "II*\0\x08\0\0\0"
                              "\x05\0"
                              "\x0f\x01\x02\0\x07\0\0\0\x4a\0\0\0"
                              "\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"
                              "\x32\x01\x02\0\x14\0\0\0\x52\0\0\0"
                              "\x69\x87\x04\0\x01\0\0\0\x80\0\0\0"
                              "\x25\x88\x04\0\x01\0\0\0\x66\0\0\0"
                              "\0\0\0\0"
                              "SECRET\0\0"
                              "2022:12:31 23:59:59\0"
                              "\x01\0\x1b\0\x07\0\x07\0\0\0\x78\0\0\0\0\0\0\0"
                              "SECRET\0\0"
                              "\x01\0\x03\x90\x02\0\x14\0\0\0\x92\0\0\0\0\0\0\0"
                              "2022:12:30 08:07:06\0";

static const char XMP[] = "http://ns.adobe.com/xap/1.0/\0<x exif:GPSLatitude='SECRET'/>";
static const uint8_t SCAN[] = { 0x11, 0x22, 0xff, 0x00, 0x33, 0xff, 0xd0, 0x44, 0xff, 0xff, 0xd1, 0x55 };

static void jpeg_make(struct made *m)
{
    m->len = 0;
    put(m, "\xff\xd8", 2);
    segment(m, 0xe0, "JFIF\0\1\1\0\0\1\0\1\0\0", 14);
    segment(m, 0xe0, "JFIF\0\1\1\0\0\1\0\1\2\1SECRET", 20); /* with a small picture in it */
    segment(m, 0xe1, EXIF, sizeof EXIF - 1);
    segment(m, 0xe1, XMP, sizeof XMP);
    segment(m, 0xe2, "ICC_PROFILE\0\1\1profile", 21);
    segment(m, 0xe2, "MPF\0SECRET", 10);
    segment(m, 0xed, "Photoshop 3.0\0SECRET", 20);
    segment(m, 0xfe, "SECRET", 6);
    segment(m, 0xee, "Adobe\0\x64\0\0\0\0\1", 12);
    segment(m, 0xdb, "table", 5);
    put(m, "\xff\xff", 2); /* filling before a marker */
    segment(m, 0xc2, "frame", 5);
    segment(m, 0xda, "scan1", 5);
    put(m, SCAN, sizeof SCAN);
    segment(m, 0xc4, "huff", 4); /* a progressive picture goes on */
    segment(m, 0xe5, "SECRET", 6);
    segment(m, 0xda, "scan2", 5);
    put(m, SCAN, sizeof SCAN);
    put(m, "\xff\xd9", 2);
    put(m, "\xff\xd8\xff\xe1 SECRET", 11); /* as phones append */
}

static enum jemput_status take(void *ctx, struct jemput_bytes bytes, struct jemput_error *err)
{
    struct jemput_buf *out = ctx;

    jemput_buf_append_bytes(out, bytes);
    return jemput_buf_check(out, "out", err);
}

static enum jemput_status strip(struct jemput_buf *out, const uint8_t *bytes, size_t len, size_t step, unsigned *removed, struct jemput_error *err)
{
    struct jemput_jpeg j;
    enum jemput_status st = JEMPUT_OK;

    jemput_buf_clear(out);
    jemput_jpeg_init(&j, take, out);
    for (size_t at = 0; !st && at < len; at += step)
        st = jemput_jpeg_add(&j, jemput_bytes_of(bytes + at, step < len - at ? step : len - at), err);
    if (!st)
        st = jemput_jpeg_end(&j, err);
    *removed = j.removed;
    jemput_jpeg_release(&j);
    return st;
}

static bool holds(const struct jemput_buf *out, const char *word, size_t len)
{
    for (size_t i = 0; i + len <= out->len; i++)
        if (memcmp(out->data + i, word, len) == 0)
            return true;
    return false;
}

static void places_and_owners_go_and_the_picture_stays(void **state)
{
    static struct made m, wanted;
    struct jemput_buf out = JEMPUT_BUF_INIT(BYTES_MAX);
    struct jemput_error err;
    unsigned removed;

    (void)state;
    jpeg_make(&m);
    assert_int_equal(strip(&out, m.bytes, m.len, m.len, &removed, &err), JEMPUT_OK);
    assert_int_equal(removed, 8);
    wanted.len = 0;
    put(&wanted, "\xff\xd8", 2);
    segment(&wanted, 0xe0, "JFIF\0\1\1\0\0\1\0\1\0\0", 14);
    segment(&wanted, 0xe1,
            "Exif\0\0MM\0*\0\0\0\x08\0\3\1\x12\0\3\0\0\0\1\0\6\0\0\1\x32\0\2\0\0\0\x14\0\0\0\x32\x87\x69\0\4\0\0\0\1\0\0\0\x46\0\0\0\0"
            "2022:12:31 23:59:59\0\0\1\x90\3\0\2\0\0\0\x14\0\0\0\x58\0\0\0\0002022:12:30 08:07:06",
            6 + 50 + 20 + 18 + 20);
    segment(&wanted, 0xe2, "ICC_PROFILE\0\1\1profile", 21);
    segment(&wanted, 0xee, "Adobe\0\x64\0\0\0\0\1", 12);
    segment(&wanted, 0xdb, "table", 5);
    segment(&wanted, 0xc2, "frame", 5);
    segment(&wanted, 0xda, "scan1", 5);
    put(&wanted, "\x11\x22\xff\x00\x33\xff\xd0\x44\xff\xd1\x55", 11);
    segment(&wanted, 0xc4, "huff", 4);
    segment(&wanted, 0xda, "scan2", 5);
    put(&wanted, "\x11\x22\xff\x00\x33\xff\xd0\x44\xff\xd1\x55\xff\xd9", 13);
    assert_int_equal(out.len, wanted.len);
    assert_memory_equal(out.data, wanted.bytes, wanted.len);
    jemput_buf_release(&out);
}

static void a_photo_comes_out_the_same_in_whatever_pieces_it_goes_in(void **state)
{
    static struct made m;
    struct jemput_buf whole = JEMPUT_BUF_INIT(BYTES_MAX), out = JEMPUT_BUF_INIT(BYTES_MAX);
    struct jemput_error err;
    unsigned removed;

    (void)state;
    jpeg_make(&m);
    assert_int_equal(strip(&whole, m.bytes, m.len, m.len, &removed, &err), JEMPUT_OK);
    for (size_t step = 1; step < 40; step++) {
        assert_int_equal(strip(&out, m.bytes, m.len, step, &removed, &err), JEMPUT_OK);
        assert_int_equal(out.len, whole.len);
        assert_memory_equal(out.data, whole.data, whole.len);
    }
    jemput_buf_release(&whole);
    jemput_buf_release(&out);
}

static void what_is_no_jpeg_passes_as_it_is(void **state)
{
    static const struct { const char *bytes; size_t len; } files[] = {
        { "", 0 }, { "\xff", 1 }, { "x", 1 }, { "\xff\xd7 and more", 11 }, { "%PDF-1.4 SECRET \xff\xd8\xff\xe1", 20 }, { "\x89PNG\r\n\x1a\n", 8 },
    };
    struct jemput_buf out = JEMPUT_BUF_INIT(BYTES_MAX);
    struct jemput_error err;
    unsigned removed;

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        for (size_t step = 1; step < 4; step++) {
            assert_int_equal(strip(&out, (const uint8_t *)files[i].bytes, files[i].len, step, &removed, &err), JEMPUT_OK);
            assert_int_equal(out.len, files[i].len);
            if (out.len)
                assert_memory_equal(out.data, files[i].bytes, out.len);
            assert_int_equal(removed, 0);
        }
    jemput_buf_release(&out);
}

static void no_cut_lets_anything_through_that_must_go(void **state)
{
    static struct made m;
    struct jemput_buf out = JEMPUT_BUF_INIT(BYTES_MAX);
    struct jemput_error err;
    unsigned removed, refused = 0;

    (void)state;
    jpeg_make(&m);
    for (size_t len = 0; len < m.len; len++) {
        enum jemput_status st = strip(&out, m.bytes, len, 64, &removed, &err);

        assert_true(st == JEMPUT_OK || st == JEMPUT_CORRUPT);
        assert_false(holds(&out, "SECRE", 5));
        refused += st != JEMPUT_OK;
    }
    assert_true(refused > 300); /* until the first scan begins */
    jemput_buf_release(&out);
}

/* A flipped bit may make a segment longer or shorter than it is, so that what stands in it is read as another's: then it is no JPEG, or the word is in what a
 * JPEG keeps. What must hold: it ends, in bounds, with one of two answers, and the tables of EXIF give nothing but what they may. */
static void no_flipped_bit_does_harm(void **state)
{
    static struct made m;
    struct jemput_buf out = JEMPUT_BUF_INIT(2 * BYTES_MAX);
    struct jemput_error err;
    unsigned removed;

    (void)state;
    jpeg_make(&m);
    for (size_t bit = 0; bit < 8 * m.len; bit++) {
        enum jemput_status st;

        m.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        st = strip(&out, m.bytes, m.len, m.len, &removed, &err);
        assert_true(st == JEMPUT_OK || st == JEMPUT_CORRUPT);
        assert_true(out.len <= m.len + 20);
        m.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    jemput_buf_release(&out);
}

static void no_exif_whatever_gives_more_than_an_orientation_and_dates(void **state)
{
    uint8_t tiff[sizeof EXIF - 7];
    struct jemput_buf out = JEMPUT_BUF_INIT(BYTES_MAX);

    (void)state;
    for (size_t bit = 0; bit < 8 * sizeof tiff; bit++) {
        memcpy(tiff, EXIF + 6, sizeof tiff);
        tiff[bit / 8] ^= (uint8_t)(1u << bit % 8);
        for (size_t len = 0; len <= sizeof tiff; len += bit < 80 ? 1 : 53) {
            jemput_buf_clear(&out);
            jemput_exif_reduce(&out, jemput_bytes_of(tiff, len));
            assert_true(out.len <= 108);
            for (size_t i = 0; i < out.len; i++) /* "MM", and no letter besides: digits and signs of a date alone */
                assert_true(i < 2 || !((out.data[i] >= 'A' && out.data[i] <= 'Z') && out.data[i] != 'F' && out.data[i] != 'X'));
        }
    }
    jemput_buf_release(&out);
}

static void a_scan_s_bytes_pass_as_they_are_however_many(void **state)
{
    static struct made m;
    struct jemput_buf out = JEMPUT_BUF_INIT(BYTES_MAX);
    struct jemput_error err;
    unsigned removed;
    uint32_t x = 5;

    (void)state;
    m.len = 0;
    put(&m, "\xff\xd8", 2);
    segment(&m, 0xda, "scan", 4);
    for (unsigned i = 0; i < 100000; i++) {
        uint8_t byte = (uint8_t)((x = x * 1664525u + 1013904223u) >> 24);

        put(&m, &byte, 1);
        if (byte == 0xff)
            put(&m, "", 1);
    }
    put(&m, "\xff\xd9", 2);
    assert_int_equal(strip(&out, m.bytes, m.len, 4096, &removed, &err), JEMPUT_OK);
    assert_int_equal(out.len, m.len);
    assert_memory_equal(out.data, m.bytes, m.len);
    assert_int_equal(removed, 0);
    jemput_buf_release(&out);
}

static void memory_that_runs_out_is_told(void **state)
{
    static struct made m;
    struct fault_alloc mem;
    struct jemput_error err;
    unsigned removed;

    (void)state;
    jpeg_make(&m);
    fault_alloc_install(&mem);
    for (uint64_t n = 0;; n++) {
        struct jemput_buf out = JEMPUT_BUF_INIT(BYTES_MAX);
        enum jemput_status st;

        fault_alloc_arm(&mem, n, false);
        st = strip(&out, m.bytes, m.len, 100, &removed, &err);
        fault_alloc_disarm(&mem);
        jemput_buf_release(&out);
        assert_int_equal(mem.live_blocks, 0);
        if (!mem.failures) {
            assert_int_equal(st, JEMPUT_OK);
            break;
        }
        assert_int_equal(st, JEMPUT_NOMEM);
    }
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_and_owners_go_and_the_picture_stays),
        cmocka_unit_test(a_photo_comes_out_the_same_in_whatever_pieces_it_goes_in),
        cmocka_unit_test(what_is_no_jpeg_passes_as_it_is),
        cmocka_unit_test(no_cut_lets_anything_through_that_must_go),
        cmocka_unit_test(no_flipped_bit_does_harm),
        cmocka_unit_test(no_exif_whatever_gives_more_than_an_orientation_and_dates),
        cmocka_unit_test(a_scan_s_bytes_pass_as_they_are_however_many),
        cmocka_unit_test(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
