/* Tests of media/content.c, header.c and keep.c: the golden vectors, what a reader refuses, and bytes into a store and out again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/crypto.h"
#include "media/header.h"
#include "media/keep.h"
#include "vectors.h"

/* --- golden vectors: "word hex" lines --- */

static struct jemput_buf vector_word(const char *word)
{
    struct jemput_bytes file = vector_load("media-content.txt"), rest = file;
    struct jemput_buf out = JEMPUT_BUF_INIT(1 << 20);
    static char line[1 << 18];

    while (vector_line(&rest, line, sizeof line)) {
        size_t len = strlen(word);

        if (strncmp(line, word, len) != 0 || line[len] != ' ')
            continue;
        assert_true(jemput_buf_reserve(&out, strlen(line + len + 1) / 2 + 1));
        out.len = strlen(line + len + 1) / 2;
        assert_true(jemput_hex_decode(out.data, out.len, jemput_bytes_str(line + len + 1)));
    }
    vector_free(file);
    if (!out.data)
        fail_msg("no line '%s'", word);
    return out;
}

static void expect_bytes(const struct jemput_buf *is, const char *word)
{
    struct jemput_buf should = vector_word(word);

    if (is->len != should.len || memcmp(is->data, should.data, is->len) != 0) {
        for (size_t i = 0; i < is->len; i++)
            printf("%02x", is->data[i]);
        fail_msg("%s is another", word);
    }
    jemput_buf_release(&should);
}

static void the_golden_vector_comes_out_and_is_read_back(void **state)
{
    struct jemput_buf epoch = vector_word("epoch-key"), plain = vector_word("plain");
    struct jemput_buf sealed = JEMPUT_BUF_INIT(4096), list_plain = JEMPUT_BUF_INIT(4096), list_sealed = JEMPUT_BUF_INIT(4096),
                      content_bytes = JEMPUT_BUF_INIT(JEMPUT_MEDIA_CONTENT_BYTES_MAX), message = JEMPUT_BUF_INIT(4096), opened = JEMPUT_BUF_INIT(4096);
    struct jemput_media_entry chunk;
    struct jemput_media_content content = { .chunk_bytes = 65536 }, read;
    struct jemput_media_list list = { .size_bytes = plain.len, .count = 1, .chunks = &chunk };
    struct jemput_media_header header = { .epoch = 1, .number = 1 }, again;
    struct jemput_error err;
    uint8_t media_key[32];

    (void)state;
    jemput_media_key(media_key, epoch.data);
    assert_int_equal(jemput_media_seal(&sealed, &chunk, jemput_buf_bytes(&plain), JEMPUT_MEDIA_CHUNK, media_key, &err), JEMPUT_OK);
    expect_bytes(&sealed, "chunk");
    jemput_media_list_write(&list_plain, &list);
    assert_int_equal(jemput_media_seal(&list_sealed, &content.list, jemput_buf_bytes(&list_plain), JEMPUT_MEDIA_LIST, media_key, &err), JEMPUT_OK);
    expect_bytes(&list_sealed, "list");
    jemput_media_content_write(&content_bytes, &content);
    assert_int_equal(content_bytes.len, 88);
    expect_bytes(&content_bytes, "content");
    assert_int_equal(jemput_media_content_read(&read, jemput_buf_bytes(&content_bytes), &err), JEMPUT_OK);
    assert_memory_equal(&read, &content, sizeof read);
    assert_int_equal(jemput_media_open(&opened, jemput_buf_bytes(&sealed), &chunk, JEMPUT_MEDIA_CHUNK, &err), JEMPUT_OK);
    assert_memory_equal(opened.data, plain.data, plain.len);
    assert_int_equal(jemput_media_open(&opened, jemput_buf_bytes(&sealed), &chunk, JEMPUT_MEDIA_LIST, &err), JEMPUT_CORRUPT);
    chunk.name[0] ^= 1; /* bytes that open, and that are not those of the name */
    assert_int_equal(jemput_media_open(&opened, jemput_buf_bytes(&sealed), &chunk, JEMPUT_MEDIA_CHUNK, &err), JEMPUT_CORRUPT);
    chunk.name[0] ^= 1;
    memset(header.space, 1, sizeof header.space);
    memset(header.writer, 2, sizeof header.writer);
    header.chunk_bytes = (uint32_t)sealed.len;
    memcpy(header.name, chunk.name, sizeof header.name);
    jemput_media_header_write(&message, &header);
    expect_bytes(&message, "message");
    assert_int_equal(jemput_media_header_read(&again, jemput_buf_bytes(&message), &err), JEMPUT_OK);
    assert_memory_equal(&again, &header, sizeof header);
    jemput_buf_release(&epoch);
    jemput_buf_release(&plain);
    jemput_buf_release(&sealed);
    jemput_buf_release(&list_plain);
    jemput_buf_release(&list_sealed);
    jemput_buf_release(&content_bytes);
    jemput_buf_release(&message);
    jemput_buf_release(&opened);
}

static void no_changed_bit_and_no_cut_of_what_is_read_passes_for_another_value(void **state)
{
    struct jemput_buf content = vector_word("content"), message = vector_word("message"), sealed = vector_word("chunk");
    struct jemput_media_content was, read;
    struct jemput_media_header header, first;
    struct jemput_error err;

    (void)state;
    assert_int_equal(jemput_media_content_read(&was, jemput_buf_bytes(&content), &err), JEMPUT_OK);
    assert_int_equal(jemput_media_header_read(&first, jemput_buf_bytes(&message), &err), JEMPUT_OK);
    for (size_t len = 0; len < content.len; len++)
        assert_int_equal(jemput_media_content_read(&read, jemput_bytes_of(content.data, len), &err), JEMPUT_CORRUPT);
    for (size_t len = 0; len < message.len; len++)
        assert_int_equal(jemput_media_header_read(&header, jemput_bytes_of(message.data, len), &err), JEMPUT_CORRUPT);
    for (size_t bit = 0; bit < 8 * content.len; bit++) {
        content.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (jemput_media_content_read(&read, jemput_buf_bytes(&content), &err) == JEMPUT_OK)
            assert_memory_not_equal(&read, &was, sizeof read);
        content.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < 8 * message.len; bit++) {
        message.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (jemput_media_header_read(&header, jemput_buf_bytes(&message), &err) == JEMPUT_OK)
            assert_memory_not_equal(&header, &first, sizeof header);
        message.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    content.data[0] = 2;
    assert_int_equal(jemput_media_content_read(&read, jemput_buf_bytes(&content), &err), JEMPUT_UPGRADE);
    for (size_t bit = 0; bit < 8 * sealed.len; bit += 5) { /* the name says that it is another */
        struct jemput_buf out = JEMPUT_BUF_INIT(4096);

        sealed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(jemput_media_open(&out, jemput_buf_bytes(&sealed), &was.list, JEMPUT_MEDIA_CHUNK, &err), JEMPUT_CORRUPT);
        sealed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        jemput_buf_release(&out);
    }
    jemput_buf_release(&content);
    jemput_buf_release(&message);
    jemput_buf_release(&sealed);
}

static void a_list_has_as_many_chunks_as_its_size_and_nothing_behind_them(void **state)
{
    static struct jemput_media_entry entries[4];
    struct jemput_media_list list = { .count = 3, .chunks = entries }, read;
    struct jemput_arena arena = { 0 };
    struct jemput_error err;

    (void)state;
    for (uint64_t size = 0; size < 5 * UINT64_C(65536); size += 16384 - (size % 7 == 0)) {
        struct jemput_buf bytes = JEMPUT_BUF_INIT(4096);
        enum jemput_status st;

        list.size_bytes = size;
        jemput_media_list_write(&bytes, &list);
        st = jemput_media_list_read(&read, jemput_buf_bytes(&bytes), 65536, &arena, &err);
        assert_int_equal(st, size > 2 * 65536 && size <= 3 * 65536 ? JEMPUT_OK : JEMPUT_CORRUPT);
        jemput_buf_u8(&bytes, 0);
        assert_int_equal(jemput_media_list_read(&read, jemput_buf_bytes(&bytes), 65536, &arena, &err), JEMPUT_CORRUPT);
        jemput_buf_release(&bytes);
    }
    list.size_bytes = UINT64_MAX;
    {
        struct jemput_buf bytes = JEMPUT_BUF_INIT(4096);

        jemput_media_list_write(&bytes, &list);
        assert_int_equal(jemput_media_list_read(&read, jemput_buf_bytes(&bytes), 65536, &arena, &err), JEMPUT_CORRUPT);
        jemput_buf_release(&bytes);
    }
    jemput_arena_release(&arena);
}

static void a_list_has_so_many_chunks_and_a_chunk_so_many_bytes_at_most(void **state)
{
    static struct jemput_media_entry chunks[JEMPUT_MEDIA_CHUNKS_MAX + 1];
    struct jemput_arena arena = { 0 };
    struct jemput_error err;

    (void)state;
    for (uint32_t above = 0; above < 2; above++) {
        struct jemput_buf list = JEMPUT_BUF_INIT(SIZE_MAX), content = JEMPUT_BUF_INIT(JEMPUT_MEDIA_CONTENT_BYTES_MAX);
        struct jemput_media_list of = { .count = JEMPUT_MEDIA_CHUNKS_MAX + above, .chunks = chunks }, back;
        const struct jemput_media_content said = { .chunk_bytes = JEMPUT_MEDIA_CHUNK_BYTES_MAX };
        struct jemput_media_content read;

        of.size_bytes = (uint64_t)of.count * JEMPUT_MEDIA_CHUNK_BYTES_MAX;
        jemput_media_list_write(&list, &of);
        assert_int_equal(jemput_media_list_read(&back, jemput_buf_bytes(&list), JEMPUT_MEDIA_CHUNK_BYTES_MAX, &arena, &err),
                         above ? JEMPUT_CORRUPT : JEMPUT_OK);
        jemput_media_content_write(&content, &said);
        content.data[3] = (uint8_t)(content.data[3] << above); /* the highest part of that number */
        assert_int_equal(jemput_media_content_read(&read, jemput_buf_bytes(&content), &err), above ? JEMPUT_CORRUPT : JEMPUT_OK);
        jemput_buf_release(&content);
        jemput_buf_release(&list);
    }
    jemput_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_golden_vector_comes_out_and_is_read_back),
        cmocka_unit_test(no_changed_bit_and_no_cut_of_what_is_read_passes_for_another_value),
        cmocka_unit_test(a_list_has_so_many_chunks_and_a_chunk_so_many_bytes_at_most),
        cmocka_unit_test(a_list_has_as_many_chunks_as_its_size_and_nothing_behind_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
