/* unit/test_sealed.c — sealed payloads: golden vectors (made by another implementation), and that one opens in its own place alone. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "log/sealed.h"
#include "support/fault_alloc.h"
#include "vectors.h"

enum { PLAIN_BYTES = 200, EPOCH = 1048577 };

struct example {
    struct jemput_bytes text; /* of the vector's header */
    struct jemput_arena arena;
    struct jemput_header header;
    uint8_t key[32], plain[PLAIN_BYTES], sealed[PLAIN_BYTES + JEMPUT_SEAL_OVERHEAD_BYTES];
};

static void example_init(struct example *e)
{
    static char line[2000], key[80], plain[500], sealed[600];
    struct jemput_bytes file = vector_load("sealing-payload.txt"), rest = file;
    struct jemput_error err;

    memset(e, 0, sizeof *e);
    e->text = vector_load("header-data.txt");
    assert_int_equal(jemput_header_read(&e->header, e->text, &e->arena, &err), JEMPUT_OK);
    e->header.key_epoch = EPOCH;
    assert_true(vector_line(&rest, line, sizeof line));
    assert_int_equal(sscanf(line, "%79s %499s %599s", key, plain, sealed), 3);
    assert_int_equal(vector_hex(e->key, sizeof e->key, key), sizeof e->key);
    assert_int_equal(vector_hex(e->plain, sizeof e->plain, plain), sizeof e->plain);
    assert_int_equal(vector_hex(e->sealed, sizeof e->sealed, sealed), sizeof e->sealed);
    vector_free(file);
}

static void example_release(struct example *e)
{
    jemput_arena_release(&e->arena);
    vector_free(e->text);
}

static enum jemput_status opened(const struct example *e, struct jemput_bytes text, struct jemput_bytes sealed, const uint8_t *key)
{
    struct jemput_buf plain = JEMPUT_BUF_INIT(PLAIN_BYTES + 1);
    struct jemput_error err;
    enum jemput_status st = jemput_payload_open(&plain, text, sealed, key, &err);

    if (st)
        assert_int_equal(plain.len, 0);
    else
        assert_memory_equal(plain.data, e->plain, sizeof e->plain);
    jemput_buf_release(&plain);
    return st;
}

static struct jemput_buf header_text(const struct jemput_header *h)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX);

    jemput_header_write(&text, h);
    assert_int_equal(text.failed, JEMPUT_OK);
    return text;
}

static void a_payload_is_sealed_as_in_the_vector_and_its_header_says_length_and_hash(void **state)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(1000), text;
    struct jemput_error err;
    struct example e;
    uint8_t hash[32];

    (void)state;
    example_init(&e);
    jemput_buf_append_str(&out, "before");
    assert_int_equal(jemput_payload_seal(&out, &e.header, jemput_bytes_of(e.plain, sizeof e.plain), e.key, &err), JEMPUT_OK);
    assert_int_equal(out.len, 6 + sizeof e.sealed);
    assert_memory_equal(out.data + 6, e.sealed, sizeof e.sealed);
    assert_int_equal(e.header.payload_bytes, sizeof e.sealed);
    jemput_hash256(hash, jemput_bytes_of(e.sealed, sizeof e.sealed), NULL);
    assert_memory_equal(e.header.payload_hash.bytes, hash, sizeof hash);
    text = header_text(&e.header);
    assert_int_equal(opened(&e, jemput_buf_bytes(&text), jemput_bytes_of(e.sealed, sizeof e.sealed), e.key), JEMPUT_OK);
    jemput_buf_release(&text);
    jemput_buf_release(&out);
    example_release(&e);
}

static void sealed_data_opens_with_no_other_key_and_not_with_a_bit_changed_or_a_byte_less(void **state)
{
    struct jemput_buf text;
    struct example e;

    (void)state;
    example_init(&e);
    text = header_text(&e.header);
    for (size_t bit = 0; bit < 8 * sizeof e.key; bit++) {
        e.key[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(opened(&e, jemput_buf_bytes(&text), jemput_bytes_of(e.sealed, sizeof e.sealed), e.key), JEMPUT_DENIED);
        e.key[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < 8 * sizeof e.sealed; bit++) {
        e.sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(opened(&e, jemput_buf_bytes(&text), jemput_bytes_of(e.sealed, sizeof e.sealed), e.key), JEMPUT_DENIED);
        e.sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t len = 0; len < sizeof e.sealed; len++)
        assert_int_equal(opened(&e, jemput_buf_bytes(&text), jemput_bytes_of(e.sealed, len), e.key),
                         len < JEMPUT_SEAL_OVERHEAD_BYTES ? JEMPUT_CORRUPT : JEMPUT_DENIED);
    jemput_buf_release(&text);
    example_release(&e);
}

/* Each byte of the header's text but for its last line is sealed beside it. The last line is of what was sealed, and bound by its hash. */
static void sealed_data_opens_under_no_other_header(void **state)
{
    struct jemput_buf text;
    struct example e;
    size_t last_line;

    (void)state;
    example_init(&e);
    text = header_text(&e.header);
    for (last_line = text.len - 1; text.data[last_line - 1] != '\n'; last_line--)
        continue;
    assert_memory_equal(text.data + last_line, "payload ", 8);
    for (size_t at = 0; at < text.len - 1; at++) {
        enum jemput_status st;

        if (text.data[at] == '\n')
            continue; /* that would be other lines, which no header has */
        text.data[at] ^= 1;
        st = opened(&e, jemput_buf_bytes(&text), jemput_bytes_of(e.sealed, sizeof e.sealed), e.key);
        assert_int_equal(st, at < last_line ? JEMPUT_DENIED : JEMPUT_OK);
        text.data[at] ^= 1;
    }
    jemput_buf_release(&text);
    example_release(&e);
}

static void what_could_not_be_sent_is_not_sealed(void **state)
{
    static uint8_t large[JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX - JEMPUT_SEAL_OVERHEAD_BYTES + 1];
    struct jemput_buf out = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_error err;
    struct example e;

    (void)state;
    example_init(&e);
    assert_int_equal(jemput_payload_seal(&out, &e.header, jemput_bytes_of(large, sizeof large), e.key, &err), JEMPUT_LIMIT);
    assert_int_equal(out.len, 0);
    assert_int_equal(jemput_payload_seal(&out, &e.header, jemput_bytes_of(large, sizeof large - 1), e.key, &err), JEMPUT_OK);
    assert_int_equal(e.header.payload_bytes, JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    jemput_buf_release(&out);
    example_release(&e);
}

static void no_memory_is_an_error_and_no_leak(void **state)
{
    struct fault_alloc mem;
    struct example e;
    bool through = false;

    (void)state;
    example_init(&e);
    fault_alloc_install(&mem);
    for (uint64_t n = 0; !through; n++) {
        struct jemput_buf out = JEMPUT_BUF_INIT(1000);
        struct jemput_error err;
        enum jemput_status st;

        fault_alloc_arm(&mem, n, false);
        st = jemput_payload_seal(&out, &e.header, jemput_bytes_of(e.plain, sizeof e.plain), e.key, &err);
        fault_alloc_disarm(&mem);
        through = mem.failures == 0;
        assert_int_equal(st, through ? JEMPUT_OK : JEMPUT_NOMEM);
        assert_true(st == JEMPUT_OK || out.len == 0);
        jemput_buf_release(&out);
        assert_int_equal(mem.live_blocks, 0);
        assert_true(n < 50 && (n > 0 || !through));
    }
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
    example_release(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payload_is_sealed_as_in_the_vector_and_its_header_says_length_and_hash),
        cmocka_unit_test(sealed_data_opens_with_no_other_key_and_not_with_a_bit_changed_or_a_byte_less),
        cmocka_unit_test(sealed_data_opens_under_no_other_header),
        cmocka_unit_test(what_could_not_be_sent_is_not_sealed),
        cmocka_unit_test(no_memory_is_an_error_and_no_leak),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
