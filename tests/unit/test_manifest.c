/* unit/test_manifest.c — a bundle's manifest: the golden vector, and that there is one text for each. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "log/manifest.h"
#include "vectors.h"

static enum jemput_status manifest_read(struct jemput_manifest *m, const void *data, size_t len, struct jemput_arena *arena)
{
    struct jemput_error err;

    jemput_arena_clear(arena);
    return jemput_manifest_read(m, jemput_bytes_of(data, len), arena, &err);
}

static bool writes_back(const struct jemput_manifest *m, const void *data, size_t len)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(SIZE_MAX);
    bool same;

    jemput_manifest_write(&out, m);
    same = jemput_bytes_equal(jemput_buf_bytes(&out), jemput_bytes_of(data, len));
    jemput_buf_release(&out);
    return same;
}

static void the_golden_manifest_reads_and_writes_back(void **state)
{
    struct jemput_bytes text = vector_load("bundle-manifest.txt");
    struct jemput_arena arena = { 0 };
    struct jemput_manifest m;

    (void)state;
    assert_true(jemput_manifest_is(text));
    assert_int_equal(manifest_read(&m, text.data, text.len, &arena), JEMPUT_OK);
    assert_int_equal(m.log_count, 3);
    assert_int_equal(m.epoch, 2);
    assert_int_equal(m.made_ms, 1750000000123);
    assert_true(m.has_for && m.has_since);
    assert_int_equal(m.since.number, 12);
    assert_int_equal(m.logs[0].last, 0);
    assert_int_equal(m.pack_at, 512);
    assert_int_equal(m.block_count, 3);
    assert_true(writes_back(&m, text.data, text.len));
    m.has_for = m.has_since = false;
    m.log_count = 0;
    assert_false(writes_back(&m, text.data, text.len));
    jemput_arena_release(&arena);
    vector_free(text);
}

static void with_attachments_it_is_of_format_2_and_says_how_many_chunks(void **state)
{
    static const char *const others[] = { "chunks 0 200413\n", "chunks 5\n", "chunks 05 200413\n", "chunks 5 200413\nchunks 5 200413\n", "" };
    struct jemput_bytes text = vector_load("bundle-manifest-2.txt");
    const char *line = strstr((const char *)text.data, "chunks 5 200413\n");
    struct jemput_arena arena = { 0 };
    struct jemput_manifest m;

    (void)state;
    assert_non_null(line);
    assert_int_equal(manifest_read(&m, text.data, text.len, &arena), JEMPUT_OK);
    assert_int_equal(m.chunk_count, 5);
    assert_int_equal(m.chunk_bytes, 200413);
    assert_int_equal(m.log_count, 3);
    assert_true(writes_back(&m, text.data, text.len));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char changed[4096];
        int len = snprintf(changed, sizeof changed, "%.*s%s%.*s", (int)(line - (const char *)text.data), (const char *)text.data, others[i],
                           (int)(text.len - (size_t)(line + 16 - (const char *)text.data)), line + 16);

        assert_int_equal(manifest_read(&m, changed, (size_t)len, &arena), JEMPUT_CORRUPT);
    }
    for (size_t len = 0; len < text.len; len++)
        assert_int_equal(manifest_read(&m, text.data, len, &arena), JEMPUT_CORRUPT);
    jemput_arena_release(&arena);
    vector_free(text);
}

static void logs_are_sorted_as_the_text_wants_them(void **state)
{
    struct jemput_bytes text = vector_load("bundle-manifest.txt");
    struct jemput_arena arena = { 0 };
    struct jemput_manifest m;
    struct jemput_manifest_log first;

    (void)state;
    assert_int_equal(manifest_read(&m, text.data, text.len, &arena), JEMPUT_OK);
    first = m.logs[0];
    m.logs[0] = m.logs[2];
    m.logs[2] = first;
    assert_false(writes_back(&m, text.data, text.len));
    jemput_manifest_sort(&m);
    assert_true(writes_back(&m, text.data, text.len));
    jemput_arena_release(&arena);
    vector_free(text);
}

static void so_many_logs_are_in_a_manifest_at_most(void **state)
{
    struct jemput_bytes text = vector_load("bundle-manifest.txt");
    struct jemput_arena arena = { 0 }, again = { 0 };
    struct jemput_manifest m, back;
    struct jemput_manifest_log *logs;

    (void)state;
    assert_int_equal(manifest_read(&m, text.data, text.len, &arena), JEMPUT_OK);
    logs = jemput_arena_array(&arena, JEMPUT_MANIFEST_LOGS_MAX + 1, sizeof *logs);
    for (uint32_t i = 0; i <= JEMPUT_MANIFEST_LOGS_MAX; i++) {
        logs[i] = m.logs[0];
        logs[i].writer.id[0] = (uint8_t)(i >> 8);
        logs[i].writer.id[1] = (uint8_t)i;
    }
    m.logs = logs;
    for (uint32_t above = 0; above < 2; above++) {
        struct jemput_buf out = JEMPUT_BUF_INIT(SIZE_MAX);

        m.log_count = JEMPUT_MANIFEST_LOGS_MAX + above;
        jemput_manifest_write(&out, &m);
        assert_int_equal(manifest_read(&back, out.data, out.len, &again), above ? JEMPUT_CORRUPT : JEMPUT_OK);
        jemput_buf_release(&out);
    }
    jemput_arena_release(&again);
    jemput_arena_release(&arena);
    vector_free(text);
}

static void logs_in_another_order_or_twice_are_refused(void **state)
{
    struct jemput_bytes text = vector_load("bundle-manifest.txt");
    struct jemput_buf out = JEMPUT_BUF_INIT(SIZE_MAX);
    struct jemput_arena arena = { 0 }, other = { 0 };
    struct jemput_manifest m, again;
    struct jemput_manifest_log first;

    (void)state;
    assert_int_equal(manifest_read(&m, text.data, text.len, &arena), JEMPUT_OK);
    first = m.logs[0];
    m.logs[0] = m.logs[1];
    m.logs[1] = first;
    jemput_manifest_write(&out, &m);
    assert_int_equal(manifest_read(&again, out.data, out.len, &other), JEMPUT_CORRUPT);
    m.logs[0] = first;
    jemput_buf_clear(&out);
    jemput_manifest_write(&out, &m);
    assert_int_equal(manifest_read(&again, out.data, out.len, &other), JEMPUT_CORRUPT);
    jemput_buf_release(&out);
    jemput_arena_release(&arena);
    jemput_arena_release(&other);
    vector_free(text);
}

static void each_beginning_of_it_is_none(void **state)
{
    struct jemput_bytes text = vector_load("bundle-manifest.txt");
    struct jemput_arena arena = { 0 };
    struct jemput_manifest m;

    (void)state;
    for (size_t len = 0; len < text.len; len++)
        assert_int_equal(manifest_read(&m, text.data, len, &arena), JEMPUT_CORRUPT);
    jemput_arena_release(&arena);
    vector_free(text);
}

static void each_flipped_bit_is_refused_or_says_something_else_in_its_one_form(void **state)
{
    struct jemput_bytes text = vector_load("bundle-manifest.txt");
    struct jemput_arena arena = { 0 };
    struct jemput_manifest m;
    uint8_t *data = (uint8_t *)text.data;
    unsigned refused = 0;

    (void)state;
    for (size_t bit = 0; bit < 8 * text.len; bit++) {
        enum jemput_status st;

        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        st = manifest_read(&m, data, text.len, &arena);
        assert_true(st == JEMPUT_OK || st == JEMPUT_CORRUPT || st == JEMPUT_UPGRADE);
        if (!st)
            assert_true(writes_back(&m, data, text.len));
        refused += st != JEMPUT_OK;
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_in_range(refused, 4 * text.len, 8 * text.len);
    jemput_arena_release(&arena);
    vector_free(text);
}

static void a_line_too_many_a_blank_at_an_end_and_a_newer_format_are_told(void **state)
{
    static const struct {
        const char *from, *to;
        enum jemput_status status;
    } forms[] = {
        { "jemput bundle 1\n", "jemput bundle 3\n", JEMPUT_UPGRADE }, { "jemput bundle 1\n", "jemput bundle 2\n", JEMPUT_CORRUPT },
        { "jemput bundle 1\n", "jemput bundle 0\n", JEMPUT_CORRUPT }, { "pack 512", "chunks 5 200413\npack 512", JEMPUT_CORRUPT }, { "made 1750000000123\n", "made 01750000000123\n", JEMPUT_CORRUPT },
        { "made 1750000000123\n", "made 1750000000123 \n", JEMPUT_CORRUPT }, { "pack 512 131172\n", "pack 512 131172 \n", JEMPUT_CORRUPT },
        { "pack 512 131172\n", "pack 512 131073\n", JEMPUT_OK }, { "pack 512 131172\n", "pack 512 131072\n", JEMPUT_CORRUPT },
        { "blocks 65536 3 ", "blocks 65537 3 ", JEMPUT_CORRUPT }, { "blocks 65536 3 ", "\nblocks 65536 3 ", JEMPUT_CORRUPT },
    };
    struct jemput_bytes text = vector_load("bundle-manifest.txt");
    struct jemput_arena arena = { 0 };
    struct jemput_manifest m;

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char changed[4096], whole[4096];
        char *place;

        snprintf(whole, sizeof whole, "%.*s", (int)text.len, (const char *)text.data);
        place = strstr(whole, forms[i].from);
        assert_non_null(place);
        snprintf(changed, sizeof changed, "%.*s%s%s", (int)(place - whole), whole, forms[i].to, place + strlen(forms[i].from));
        assert_int_equal(manifest_read(&m, changed, strlen(changed), &arena), forms[i].status);
    }
    jemput_arena_release(&arena);
    vector_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_golden_manifest_reads_and_writes_back), cmocka_unit_test(with_attachments_it_is_of_format_2_and_says_how_many_chunks), cmocka_unit_test(logs_are_sorted_as_the_text_wants_them), cmocka_unit_test(so_many_logs_are_in_a_manifest_at_most),
        cmocka_unit_test(logs_in_another_order_or_twice_are_refused), cmocka_unit_test(each_beginning_of_it_is_none), cmocka_unit_test(each_flipped_bit_is_refused_or_says_something_else_in_its_one_form),
        cmocka_unit_test(a_line_too_many_a_blank_at_an_end_and_a_newer_format_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
