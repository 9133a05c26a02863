/* unit/test_zip.c — deflate and inflate under hostile input: cut, flipped, bombs, foreign dictionaries, no memory. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/alloc.h"
#include "base/zip.h"
#include "support/crash_disk.h"
#include "support/fault_alloc.h"

#define BIG ((size_t)1 << 20)

static struct fault_alloc mem;
static const struct jemput_bytes no_dictionary = { 0 };
static const char dictionary_text[] = "permohonan keluarga kelurahan alamat nama lengkap tanggal lahir";

static int setup(void **state)
{
    (void)state;
    fault_alloc_install(&mem);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return fault_alloc_uninstall(&mem) == 0 ? 0 : -1;
}

static struct jemput_bytes dictionary(void)
{
    return jemput_bytes_str(dictionary_text);
}

static void sample(struct jemput_buf *out, uint64_t seed, size_t len)
{
    static const char *const words[] = { "nama lengkap ", "alamat ", "kelurahan ", "permohonan ", "1674991708850001 ", "\0\xff", "tanggal lahir " };
    uint64_t rng = seed;

    while (out->len < len) {
        const char *word = words[crash_rng_next(&rng) % 7];

        jemput_buf_append(out, word, word[0] ? strlen(word) : 2);
        if (crash_rng_next(&rng) % 3 == 0)
            jemput_buf_u8(out, (uint8_t)crash_rng_next(&rng));
    }
    out->len = len;
}

static void any_length_and_level_comes_back(void **state)
{
    static const size_t lengths[] = { 0, 1, 2, 100, 16383, 16384, 16385, 32768, 40000, 200000 };
    struct jemput_error err;

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        for (int level = 1; level <= 9; level += 4) {
            for (int with = 0; with < 2; with++) {
                struct jemput_buf in = JEMPUT_BUF_INIT(BIG), packed = JEMPUT_BUF_INIT(BIG), out = JEMPUT_BUF_INIT(BIG);
                struct jemput_bytes dict = with ? dictionary() : no_dictionary;

                sample(&in, i, lengths[i]);
                jemput_buf_append_str(&packed, "#");
                jemput_buf_append_str(&out, "#");
                assert_int_equal(jemput_zip_deflate(&packed, jemput_buf_bytes(&in), level, dict, &err), JEMPUT_OK);
                assert_int_equal(packed.data[0], '#');
                assert_int_equal(jemput_zip_inflate(&out, jemput_bytes_of(packed.data + 1, packed.len - 1), lengths[i], 0, dict, &err), JEMPUT_OK);
                assert_int_equal(out.len, in.len + 1);
                assert_int_equal(out.data[0], '#');
                assert_true(in.len == 0 || memcmp(out.data + 1, in.data, in.len) == 0);
                jemput_buf_release(&in);
                jemput_buf_release(&packed);
                jemput_buf_release(&out);
            }
        }
    }
}

static void a_dictionary_saves_bytes(void **state)
{
    struct jemput_buf plain = JEMPUT_BUF_INIT(BIG), with = JEMPUT_BUF_INIT(BIG);
    struct jemput_error err;

    (void)state;
    assert_int_equal(jemput_zip_deflate(&plain, dictionary(), 9, no_dictionary, &err), JEMPUT_OK);
    assert_int_equal(jemput_zip_deflate(&with, dictionary(), 9, dictionary(), &err), JEMPUT_OK);
    assert_true(with.len < plain.len / 2);
    jemput_buf_release(&plain);
    jemput_buf_release(&with);
}

/* A damaged stream is refused, or (a padding bit) means the same bytes; nothing in between. */
static void check_damaged(struct jemput_bytes damaged, struct jemput_bytes want, struct jemput_bytes dict)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(BIG);
    struct jemput_error err = { 0 };
    enum jemput_status st;

    jemput_buf_append_str(&out, "kept");
    st = jemput_zip_inflate(&out, damaged, want.len, 0, dict, &err);
    if (st == JEMPUT_OK) {
        assert_int_equal(out.len, 4 + want.len);
        assert_memory_equal(out.data + 4, want.data, want.len);
    } else {
        assert_true(st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT);
        assert_int_equal(err.status, st);
        assert_int_equal(out.len, 4);
        assert_int_equal(out.failed, JEMPUT_OK);
    }
    jemput_buf_release(&out);
}

/* A copy in a block of exactly its size, so that a read past the end is seen. */
static uint8_t *exact_copy(struct jemput_bytes bytes, size_t len)
{
    uint8_t *copy = jemput_alloc(len);

    assert_non_null(copy);
    memcpy(copy, bytes.data, len);
    return copy;
}

static void every_cut_and_every_flipped_bit_is_harmless(void **state)
{
    (void)state;
    for (int with = 0; with < 2; with++) {
        struct jemput_buf in = JEMPUT_BUF_INIT(BIG), packed = JEMPUT_BUF_INIT(BIG), out = JEMPUT_BUF_INIT(BIG);
        struct jemput_bytes dict = with ? dictionary() : no_dictionary;
        struct jemput_error err;

        sample(&in, 5, 1500);
        assert_int_equal(jemput_zip_deflate(&packed, jemput_buf_bytes(&in), 6, dict, &err), JEMPUT_OK);
        for (size_t len = 0; len < packed.len; len++) {
            uint8_t *cut = exact_copy(jemput_buf_bytes(&packed), len);

            assert_int_equal(jemput_zip_inflate(&out, jemput_bytes_of(cut, len), BIG, 0, dict, &err), JEMPUT_CORRUPT);
            assert_int_equal(out.len, 0);
            jemput_free(cut);
        }
        for (size_t bit = 0; bit < packed.len * 8; bit++) {
            uint8_t *flipped = exact_copy(jemput_buf_bytes(&packed), packed.len);

            flipped[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            check_damaged(jemput_bytes_of(flipped, packed.len), jemput_buf_bytes(&in), dict);
            jemput_free(flipped);
        }
        for (int extra = 0; extra < 256; extra++) {
            struct jemput_buf longer = JEMPUT_BUF_INIT(BIG);

            jemput_buf_append_bytes(&longer, jemput_buf_bytes(&packed));
            jemput_buf_u8(&longer, (uint8_t)extra);
            assert_int_equal(jemput_zip_inflate(&out, jemput_buf_bytes(&longer), BIG, 0, dict, &err), JEMPUT_CORRUPT);
            assert_non_null(strstr(err.text, "after the stream"));
            jemput_buf_release(&longer);
        }
        jemput_buf_release(&in);
        jemput_buf_release(&packed);
        jemput_buf_release(&out);
    }
}

static void random_bytes_are_refused(void **state)
{
    uint64_t rng = 3;
    struct jemput_error err;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        uint8_t noise[64] = { 0x78, 0x9c };
        struct jemput_buf out = JEMPUT_BUF_INIT(4096);

        for (size_t k = i & 1 ? 2 : 0; k < sizeof noise; k++)
            noise[k] = (uint8_t)crash_rng_next(&rng);
        assert_int_not_equal(jemput_zip_inflate(&out, jemput_bytes_of(noise, sizeof noise), 4096, 0, no_dictionary, &err), JEMPUT_OK);
        assert_int_equal(out.len, 0);
        jemput_buf_release(&out);
    }
}

static void another_dictionary_is_refused(void **state)
{
    struct jemput_buf packed = JEMPUT_BUF_INIT(BIG), out = JEMPUT_BUF_INIT(BIG);
    struct jemput_error err;

    (void)state;
    assert_int_equal(jemput_zip_deflate(&packed, dictionary(), 9, dictionary(), &err), JEMPUT_OK);
    assert_int_equal(jemput_zip_inflate(&out, jemput_buf_bytes(&packed), BIG, 0, no_dictionary, &err), JEMPUT_CORRUPT);
    assert_non_null(strstr(err.text, "dictionary"));
    assert_int_equal(jemput_zip_inflate(&out, jemput_buf_bytes(&packed), BIG, 0, jemput_bytes_str("lain"), &err), JEMPUT_CORRUPT);
    assert_non_null(strstr(err.text, "dictionary"));
    assert_int_equal(out.len, 0);
    jemput_buf_release(&packed);
    jemput_buf_release(&out);
}

static void pack_zeros(struct jemput_buf *packed, size_t len)
{
    uint8_t *zeros = jemput_alloc_zero(len, 1);
    struct jemput_error err;

    assert_non_null(zeros);
    assert_int_equal(jemput_zip_deflate(packed, jemput_bytes_of(zeros, len), 9, no_dictionary, &err), JEMPUT_OK);
    jemput_free(zeros);
}

static void a_bomb_stops_at_the_first_byte_above(void **state)
{
    struct jemput_buf packed = JEMPUT_BUF_INIT(BIG), out = JEMPUT_BUF_INIT(64 * BIG);
    struct jemput_error err;

    (void)state;
    pack_zeros(&packed, 8 * BIG);
    fault_alloc_peak_reset(&mem);
    assert_int_equal(jemput_zip_inflate(&out, jemput_buf_bytes(&packed), 100000, 0, no_dictionary, &err), JEMPUT_LIMIT);
    assert_int_equal(out.len, 0);
    assert_true(out.cap <= 200000);
    assert_int_equal(jemput_zip_inflate(&out, jemput_buf_bytes(&packed), 8 * BIG - 1, 0, no_dictionary, &err), JEMPUT_LIMIT);
    assert_int_equal(jemput_zip_inflate(&out, jemput_buf_bytes(&packed), 8 * BIG, 0, no_dictionary, &err), JEMPUT_OK);
    assert_int_equal(out.len, 8 * BIG);
    jemput_buf_release(&out);

    fault_alloc_peak_reset(&mem);
    assert_int_equal(jemput_zip_inflate(&out, jemput_buf_bytes(&packed), 64 * BIG, 200, no_dictionary, &err), JEMPUT_LIMIT);
    assert_true(mem.peak_bytes < packed.cap + 200 * packed.len * 2 + 100000);
    jemput_buf_release(&packed);
    jemput_buf_release(&out);
}

static void the_ratio_counts_only_above_64_kib(void **state)
{
    struct jemput_buf packed = JEMPUT_BUF_INIT(BIG), out = JEMPUT_BUF_INIT(BIG);
    struct jemput_error err;

    (void)state;
    pack_zeros(&packed, 65536);
    assert_true(packed.len * 200 < 65536);
    assert_int_equal(jemput_zip_inflate(&out, jemput_buf_bytes(&packed), BIG, 200, no_dictionary, &err), JEMPUT_OK);
    jemput_buf_clear(&packed);
    jemput_buf_clear(&out);
    pack_zeros(&packed, 65537);
    assert_int_equal(jemput_zip_inflate(&out, jemput_buf_bytes(&packed), BIG, 200, no_dictionary, &err), JEMPUT_LIMIT);
    assert_int_equal(jemput_zip_inflate(&out, jemput_buf_bytes(&packed), BIG, 2000, no_dictionary, &err), JEMPUT_OK);
    jemput_buf_release(&packed);
    jemput_buf_release(&out);
}

static void the_buffers_own_limit_holds_too(void **state)
{
    struct jemput_buf packed = JEMPUT_BUF_INIT(BIG), out = JEMPUT_BUF_INIT(999), tiny = JEMPUT_BUF_INIT(10), in = JEMPUT_BUF_INIT(BIG);
    struct jemput_error err;

    (void)state;
    sample(&in, 1, 1000);
    assert_int_equal(jemput_zip_deflate(&tiny, jemput_buf_bytes(&in), 6, no_dictionary, &err), JEMPUT_LIMIT);
    assert_int_equal(tiny.len, 0);
    assert_int_equal(jemput_zip_deflate(&packed, jemput_buf_bytes(&in), 6, no_dictionary, &err), JEMPUT_OK);
    assert_int_equal(jemput_zip_inflate(&out, jemput_buf_bytes(&packed), BIG, 0, no_dictionary, &err), JEMPUT_LIMIT);
    assert_int_equal(out.len, 0);
    out.max = 1000;
    assert_int_equal(jemput_zip_inflate(&out, jemput_buf_bytes(&packed), BIG, 0, no_dictionary, &err), JEMPUT_OK);
    jemput_buf_release(&in);
    jemput_buf_release(&packed);
    jemput_buf_release(&tiny);
    jemput_buf_release(&out);
}

static void missing_memory_is_said_and_leaves_nothing_behind(void **state)
{
    struct jemput_buf in = JEMPUT_BUF_INIT(BIG), packed = JEMPUT_BUF_INIT(BIG);
    struct jemput_error err;
    size_t blocks;

    (void)state;
    sample(&in, 2, 50000);
    assert_int_equal(jemput_zip_deflate(&packed, jemput_buf_bytes(&in), 6, dictionary(), &err), JEMPUT_OK);
    blocks = mem.live_blocks;
    for (int way = 0; way < 2; way++) {
        for (uint64_t n = 0;; n++) {
            struct jemput_buf out = JEMPUT_BUF_INIT(BIG);
            enum jemput_status st;

            fault_alloc_arm(&mem, n, n & 1);
            st = way ? jemput_zip_inflate(&out, jemput_buf_bytes(&packed), BIG, 0, dictionary(), &err)
                     : jemput_zip_deflate(&out, jemput_buf_bytes(&in), 6, dictionary(), &err);
            fault_alloc_disarm(&mem);
            assert_int_equal(st, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
            assert_int_equal(out.len, st ? 0 : way ? in.len : packed.len);
            jemput_buf_release(&out);
            assert_int_equal(mem.live_blocks, blocks);
            if (!mem.failures) {
                assert_true(n >= 3); /* zlib's own memory comes from here too */
                break;
            }
        }
    }
    jemput_buf_release(&in);
    jemput_buf_release(&packed);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(any_length_and_level_comes_back),
        T(a_dictionary_saves_bytes),
        T(every_cut_and_every_flipped_bit_is_harmless),
        T(random_bytes_are_refused),
        T(another_dictionary_is_refused),
        T(a_bomb_stops_at_the_first_byte_above),
        T(the_ratio_counts_only_above_64_kib),
        T(the_buffers_own_limit_holds_too),
        T(missing_memory_is_said_and_leaves_nothing_behind),
    };

    return cmocka_run_group_tests_name("zip", tests, NULL, NULL);
}
