/* Tests of checkpoint/chunk.c: items come out of chunks as they went in, whatever their sizes; chunks that are cut, changed, missing or in another order do
 * not pass; and memory that runs out is told and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "checkpoint/chunk.h"
#include "support/fault_alloc.h"
#include "vectors.h"

enum { CHUNKS = 16, BYTES = 2 << 20 };

struct chunks {
    unsigned count;
    struct jemput_buf of[CHUNKS];
    struct jemput_checkpoint_sum sum;
};

static uint8_t contents[BYTES];

static void contents_make(void)
{
    uint32_t x = 1;

    for (size_t i = 0; i < sizeof contents; i++) {
        x = x * 1664525 + 1013904223;
        contents[i] = (uint8_t)(i % 7 ? x >> 24 : 0);
    }
}

static enum jemput_status chunk_keep(void *ctx, struct jemput_bytes chunk, struct jemput_error *err)
{
    struct chunks *c = ctx;

    assert_true(c->count < CHUNKS);
    c->of[c->count] = (struct jemput_buf)JEMPUT_BUF_INIT(BYTES);
    jemput_buf_append_bytes(&c->of[c->count], chunk);
    return jemput_buf_check(&c->of[c->count++], "chunk", err);
}

static void chunks_release(struct chunks *c)
{
    for (unsigned i = 0; i < c->count; i++)
        jemput_buf_release(&c->of[i]);
}

/* Items of these sizes, one after the other out of `contents`. */
static enum jemput_status chunks_write(struct chunks *c, const size_t *sizes, unsigned count, struct jemput_error *err)
{
    struct jemput_chunker chunker;
    size_t at = 0;
    enum jemput_status st = JEMPUT_OK;

    memset(c, 0, sizeof *c);
    jemput_chunker_init(&chunker, chunk_keep, c);
    for (unsigned i = 0; !st && i < count; at += sizes[i++])
        st = jemput_chunker_item(&chunker, jemput_bytes_of(contents + at, sizes[i]), err);
    if (!st)
        st = jemput_chunker_end(&chunker, &c->sum, err);
    jemput_chunker_release(&chunker);
    return st;
}

struct reading {
    const size_t *sizes;
    unsigned count, at;
    size_t offset;
};

static enum jemput_status item_expect(void *ctx, struct jemput_bytes item, struct jemput_error *err)
{
    struct reading *r = ctx;

    if (r->at == r->count || item.len != r->sizes[r->at] || (item.len && memcmp(item.data, contents + r->offset, item.len) != 0))
        return jemput_fail(err, JEMPUT_CORRUPT, "item %u is another", r->at);
    r->offset += r->sizes[r->at++];
    return JEMPUT_OK;
}

static enum jemput_status chunks_read(const struct chunks *c, const size_t *sizes, unsigned count, struct jemput_error *err)
{
    struct reading reading = { .sizes = sizes, .count = count };
    struct jemput_unchunker u;
    enum jemput_status st = JEMPUT_OK;

    jemput_unchunker_init(&u, item_expect, &reading);
    for (unsigned i = 0; !st && i < c->count; i++)
        st = jemput_unchunker_chunk(&u, jemput_buf_bytes(&c->of[i]), err);
    if (!st)
        st = jemput_unchunker_end(&u, &c->sum, err);
    if (!st && reading.at != count)
        st = jemput_fail(err, JEMPUT_CORRUPT, "%u of %u items", reading.at, count);
    jemput_unchunker_release(&u);
    return st;
}

static const size_t SIZES[] = { 5, 0, 1, 300000, 262144, 262119, 3, 600000, 1 };
#define SIZE_COUNT (sizeof SIZES / sizeof *SIZES)

static void items_come_out_as_they_went_in(void **state)
{
    struct jemput_error err;
    struct chunks c;

    (void)state;
    for (unsigned count = 0; count <= SIZE_COUNT; count++) {
        assert_int_equal(chunks_write(&c, SIZES, count, &err), JEMPUT_OK);
        assert_int_equal(c.count, c.sum.chunks);
        if (chunks_read(&c, SIZES, count, &err))
            fail_msg("%u items: %s", count, err.text);
        chunks_release(&c);
    }
}

/* A stream that fills its last chunk is followed by an empty one, so that the end is seen. */
static void a_stream_of_full_chunks_ends_with_an_empty_one(void **state)
{
    const size_t size = 2 * JEMPUT_CHUNK_BYTES - 20 - 3; /* magic, length */
    struct jemput_error err;
    struct chunks c;

    (void)state;
    assert_int_equal(chunks_write(&c, &size, 1, &err), JEMPUT_OK);
    assert_int_equal(c.sum.bytes, 2 * JEMPUT_CHUNK_BYTES);
    assert_int_equal(c.count, 3);
    assert_int_equal(chunks_read(&c, &size, 1, &err), JEMPUT_OK);
    c.count = 2;
    assert_int_equal(chunks_read(&c, &size, 1, &err), JEMPUT_CORRUPT);
    c.count = 3;
    chunks_release(&c);
}

static void what_was_changed_on_the_way_does_not_pass(void **state)
{
    const size_t sizes[] = { 40, 300000 };
    struct jemput_error err;
    struct jemput_buf other;
    struct chunks c;

    (void)state;
    assert_int_equal(chunks_write(&c, sizes, 2, &err), JEMPUT_OK);
    assert_int_equal(c.count, 2);
    for (size_t at = 0; at < c.of[1].len; at += at < 64 || at + 64 > c.of[1].len ? 1 : 997)
        for (unsigned bit = 0; bit < 8; bit++) {
            c.of[1].data[at] ^= (uint8_t)(1u << bit);
            if (chunks_read(&c, sizes, 2, &err) == JEMPUT_OK)
                fail_msg("bit %u of byte %zu", bit, at);
            c.of[1].data[at] ^= (uint8_t)(1u << bit);
        }
    other = c.of[0];
    c.of[0] = c.of[1];
    c.of[1] = other;
    assert_int_equal(chunks_read(&c, sizes, 2, &err), JEMPUT_CORRUPT);
    chunks_release(&c);
}

/* Whole chunks, each as it was written: but not those that were signed. */
static void chunks_that_are_not_those_of_the_sum_do_not_pass(void **state)
{
    const size_t sizes[] = { 2 * JEMPUT_CHUNK_BYTES - 20 - 3, 5 };
    struct jemput_checkpoint_sum sum;
    struct jemput_hashing hashing;
    struct jemput_error err;
    struct chunks c;

    (void)state;
    assert_int_equal(chunks_write(&c, sizes, 2, &err), JEMPUT_OK);
    sum = c.sum;
    c.sum.hash[7] ^= 1;
    assert_int_equal(chunks_read(&c, sizes, 2, &err), JEMPUT_CORRUPT);
    c.sum = sum;
    c.sum.bytes++;
    assert_int_equal(chunks_read(&c, sizes, 2, &err), JEMPUT_CORRUPT);
    c.sum = sum;
    c.sum.chunks++;
    assert_int_equal(chunks_read(&c, sizes, 2, &err), JEMPUT_CORRUPT);
    c.count = c.sum.chunks = 2; /* the first two, which hold a whole item, as if they were all: but the last one is full */
    c.sum.bytes = 2 * JEMPUT_CHUNK_BYTES;
    jemput_hashing_begin(&hashing);
    jemput_hashing_add(&hashing, jemput_bytes_str("jemput checkpoint 3\n"));
    jemput_hashing_add(&hashing, jemput_bytes_of("\xe9\xff\x1f", 3));
    jemput_hashing_add(&hashing, jemput_bytes_of(contents, sizes[0]));
    jemput_hashing_end(&hashing, c.sum.hash);
    assert_int_equal(chunks_read(&c, sizes, 1, &err), JEMPUT_CORRUPT);
    c.count = 3;
    chunks_release(&c);
}

static enum jemput_status chunk_drop(void *ctx, struct jemput_bytes chunk, struct jemput_error *err)
{
    (void)ctx, (void)chunk, (void)err;
    return JEMPUT_OK;
}

/* checkpoint.md: what the record says of the stream of the golden items. */
static void the_sum_is_that_of_the_vector(void **state)
{
    struct jemput_bytes vector = vector_load("checkpoint-items.txt"), rest = vector;
    static char line[VECTOR_BYTES_MAX], wanted[VECTOR_BYTES_MAX], hex[65];
    static uint8_t item[VECTOR_BYTES_MAX];
    struct jemput_checkpoint_sum sum;
    struct jemput_chunker chunker;
    struct jemput_error err;

    (void)state;
    jemput_chunker_init(&chunker, chunk_drop, NULL);
    while (vector_line(&rest, line, sizeof line)) {
        if (strncmp(line, "item ", 5) == 0)
            assert_int_equal(jemput_chunker_item(&chunker, jemput_bytes_of(item, vector_hex(item, sizeof item, line + 5)), &err), JEMPUT_OK);
        if (strncmp(line, "stream ", 7) == 0)
            memcpy(wanted, line, strlen(line) + 1);
    }
    assert_int_equal(jemput_chunker_end(&chunker, &sum, &err), JEMPUT_OK);
    jemput_hex_encode(hex, sum.hash, sizeof sum.hash);
    snprintf(line, sizeof line, "stream %llu %s", (unsigned long long)sum.bytes, hex);
    assert_string_equal(line, wanted);
    assert_int_equal(sum.chunks, 1);
    jemput_chunker_release(&chunker);
    vector_free(vector);
}

static void memory_that_runs_out_is_told(void **state)
{
    struct fault_alloc memory;
    struct jemput_error err;
    struct chunks c;
    unsigned failed = 0;

    (void)state;
    fault_alloc_install(&memory);
    for (uint64_t n = 0;; n++) {
        enum jemput_status st;

        fault_alloc_arm(&memory, n, n & 1);
        st = chunks_write(&c, SIZES, SIZE_COUNT, &err);
        if (!st)
            st = chunks_read(&c, SIZES, SIZE_COUNT, &err);
        fault_alloc_disarm(&memory);
        chunks_release(&c);
        if (!memory.failures) {
            assert_int_equal(st, JEMPUT_OK);
            break;
        }
        assert_int_equal(st, JEMPUT_NOMEM);
        failed++;
    }
    assert_int_equal(fault_alloc_uninstall(&memory), 0);
    assert_true(failed > 10);
}

static int begin(void **state)
{
    struct jemput_error err;

    (void)state;
    contents_make();
    return jemput_crypto_init(&err) ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_as_they_went_in),
        cmocka_unit_test(a_stream_of_full_chunks_ends_with_an_empty_one),
        cmocka_unit_test(what_was_changed_on_the_way_does_not_pass),
        cmocka_unit_test(chunks_that_are_not_those_of_the_sum_do_not_pass),
        cmocka_unit_test(the_sum_is_that_of_the_vector),
        cmocka_unit_test(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests_name("chunk", tests, begin, NULL);
}
