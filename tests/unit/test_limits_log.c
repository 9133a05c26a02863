/* unit/test_limits_log.c — payloads at their limits: what a short one may unfold to, and how many runs of ids it names. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/zip.h"
#include "log/codec.h"

struct jemput_bytes jemput_dictionary(void); /* log/dictionary.c */

#define FREE_BYTES (64 * 1024) /* so much a payload of any length may unfold to */

/* --- inflation --- */

/* How a payload of `payload_bytes` (0 = as short as it can be) is taken whose body is `body_bytes` zeros: one that is small enough is read, and found
 * to be no body. */
static enum jemput_status body_try(size_t body_bytes, size_t payload_bytes)
{
    struct jemput_buf sent = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX), payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    uint8_t *body = calloc(1, body_bytes);
    struct jemput_arena arena = { 0 };
    struct jemput_txn *txns;
    struct jemput_error err;
    uint32_t count;
    enum jemput_status st;

    assert_int_equal(jemput_zip_deflate(&sent, jemput_bytes_of(body, body_bytes), 9, jemput_dictionary(), &err), JEMPUT_OK);
    jemput_buf_varint(&payload, 0); /* no padding */
    jemput_buf_sized(&payload, jemput_buf_bytes(&sent));
    assert_true(!payload_bytes || payload.len <= payload_bytes);
    while (payload.len < payload_bytes) /* the codes: all of it, as far as the reader knows */
        jemput_buf_u8(&payload, 0);
    assert_int_equal(payload.failed, JEMPUT_OK);
    st = jemput_payload_read(&txns, &count, jemput_buf_bytes(&payload), &arena, &err);
    jemput_arena_release(&arena);
    jemput_buf_release(&payload);
    jemput_buf_release(&sent);
    free(body);
    return st;
}

static void a_payload_unfolds_to_so_many_times_its_length_at_most(void **state)
{
    (void)state;
    for (size_t len = 400; len < 6000; len += 800) {
        size_t most = len * JEMPUT_SEGMENT_RATIO_MAX;

        assert_int_equal(body_try(most, len), JEMPUT_CORRUPT);
        assert_int_equal(body_try(most + 1, len), JEMPUT_LIMIT);
    }
}

static void the_shortest_payload_unfolds_to_64_KiB(void **state)
{
    (void)state;
    assert_int_equal(body_try(FREE_BYTES, 0), JEMPUT_CORRUPT);
    assert_int_equal(body_try(FREE_BYTES + 1, 0), JEMPUT_LIMIT);
}

static void no_payload_unfolds_to_more_than_64_MiB(void **state)
{
    size_t len = JEMPUT_SEGMENT_BODY_BYTES_MAX / JEMPUT_SEGMENT_RATIO_MAX + 1000; /* by its length it might */

    (void)state;
    assert_int_equal(body_try(JEMPUT_SEGMENT_BODY_BYTES_MAX, len), JEMPUT_CORRUPT);
    assert_int_equal(body_try((size_t)JEMPUT_SEGMENT_BODY_BYTES_MAX + 1, len), JEMPUT_LIMIT);
}

static void a_payload_has_16_MiB_at_most(void **state)
{
    uint8_t *bytes = calloc(1, JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX + 1);

    (void)state;
    for (unsigned over = 0; over < 2; over++) {
        struct jemput_arena arena = { 0 };
        struct jemput_txn *txns;
        struct jemput_error err;
        uint32_t count;

        assert_int_equal(jemput_payload_read(&txns, &count, jemput_bytes_of(bytes, JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX + over), &arena, &err),
                         over ? JEMPUT_LIMIT : JEMPUT_CORRUPT);
        jemput_arena_release(&arena);
    }
    free(bytes);
}

/* Rows that say nothing: each weighs two, and takes hardly a byte. */
static void a_payload_unfolds_to_so_much_weight_at_most(void **state)
{
    enum { EACH = JEMPUT_TXN_WEIGHT_MAX / 2, TXNS = JEMPUT_PAYLOAD_WEIGHT_MAX / JEMPUT_TXN_WEIGHT_MAX + 1 };
    struct jemput_change *changes = calloc(EACH, sizeof *changes);
    struct jemput_txn txns[TXNS] = { 0 };
    uint8_t (*keys)[11] = calloc(EACH, sizeof *keys);

    (void)state;
    for (uint32_t i = 0; i < EACH; i++) {
        snprintf((char *)keys[i], sizeof keys[i], "\x03\x08%08x", (unsigned)i);
        changes[i] = (struct jemput_change){ .table = 1, .op = JEMPUT_OP_DELETE, .key = jemput_bytes_of(keys[i], 10) };
    }
    for (uint32_t t = 0; t < TXNS; t++)
        txns[t] = (struct jemput_txn){ .stamp = 1000 + t, .changes = changes, .change_count = t + 1 < TXNS ? EACH : 1 };
    assert_int_equal(jemput_txn_weight(&txns[0]), JEMPUT_TXN_WEIGHT_MAX);
    for (uint32_t count = TXNS - 1; count <= TXNS; count++) {
        struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
        struct jemput_arena arena = { 0 };
        struct jemput_txn *back;
        struct jemput_error err;
        uint32_t read;

        assert_int_equal(jemput_payload_write(&payload, txns, count, NULL, 0, &err), count < TXNS ? JEMPUT_OK : JEMPUT_LIMIT);
        if (count < TXNS)
            assert_int_equal(jemput_payload_read(&back, &read, jemput_buf_bytes(&payload), &arena, &err), JEMPUT_OK);
        jemput_arena_release(&arena);
        jemput_buf_release(&payload);
    }
    free(keys);
    free(changes);
}

/* --- runs of ids --- */

static struct jemput_source runs_read(struct jemput_buf *body, struct jemput_buf *codes, struct jemput_arena *arena, uint32_t count)
{
    struct jemput_source s = { .arena = arena };
    struct jemput_range_writer w;
    uint8_t seed[32] = { 0 };

    jemput_range_writer_init(&w, codes);
    jemput_buf_varint(body, count);
    for (uint32_t i = 0; i < count; i++) {
        jemput_range_write_raw(&w, jemput_bytes_of(seed, sizeof seed));
        jemput_buf_varint(body, 0);
        jemput_buf_varint(body, 1);
    }
    jemput_range_writer_finish(&w);
    s.body.rest = jemput_buf_bytes(body);
    jemput_range_reader_init(&s.codes, jemput_buf_bytes(codes));
    jemput_id_runs_read(&s);
    return s;
}

static void so_many_runs_of_ids_are_read_at_most(void **state)
{
    (void)state;
    for (unsigned over = 0; over < 2; over++) {
        struct jemput_buf body = JEMPUT_BUF_INIT(1 << 20), codes = JEMPUT_BUF_INIT(1 << 20);
        struct jemput_arena arena = { 0 };
        struct jemput_source s = runs_read(&body, &codes, &arena, JEMPUT_ID_RUNS_MAX + over);

        assert_int_equal(s.failed, over ? JEMPUT_CORRUPT : JEMPUT_OK);
        assert_int_equal(s.run_count, over ? 0 : JEMPUT_ID_RUNS_MAX);
        jemput_arena_release(&arena);
        jemput_buf_release(&body);
        jemput_buf_release(&codes);
    }
}

/* So many rows, each with an id of a run of its own: the payload's length, read back exactly. */
static size_t payload_of_runs(uint32_t count)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_id_run *runs = calloc(count, sizeof *runs);
    struct jemput_change *changes = calloc(count, sizeof *changes), *read;
    struct jemput_cell *cells = calloc(count, sizeof *cells);
    uint8_t (*ids)[16] = calloc(count, 16), (*keys)[4] = calloc(count, 4);
    struct jemput_txn txn = { .stamp = 1, .change_count = count, .changes = changes }, *again;
    struct jemput_arena arena = { 0 };
    struct jemput_error err;
    uint32_t read_count;
    size_t len;

    for (uint32_t i = 0; i < count; i++) {
        runs[i].seed[0] = (uint8_t)i;
        runs[i].seed[1] = (uint8_t)(i >> 8);
        runs[i].count = 1;
        jemput_hash_id(ids[i], runs[i].seed, 0);
        keys[i][0] = 3; /* a text of two bytes */
        keys[i][1] = 2;
        keys[i][2] = (uint8_t)('!' + i / 64);
        keys[i][3] = (uint8_t)('!' + i % 64);
        cells[i] = (struct jemput_cell){ .column = 1, .value = { .type = JEMPUT_BLOB, .bytes = { ids[i], 16 } } };
        changes[i] = (struct jemput_change){ .table = 1, .op = JEMPUT_OP_INSERT, .key = { keys[i], 4 }, .cell_count = 1, .cells = &cells[i] };
    }
    assert_int_equal(jemput_payload_write(&out, &txn, 1, runs, count, &err), JEMPUT_OK);
    assert_int_equal(jemput_payload_read(&again, &read_count, jemput_buf_bytes(&out), &arena, &err), JEMPUT_OK);
    assert_int_equal(again[0].change_count, count);
    read = again[0].changes;
    for (uint32_t i = 0; i < count; i++)
        assert_memory_equal(read[i].cells[0].value.bytes.data, ids[i], 16);
    len = out.len;
    jemput_arena_release(&arena);
    jemput_buf_release(&out);
    free(runs);
    free(changes);
    free(cells);
    free(ids);
    free(keys);
    return len;
}

/* A run that one id uses costs more than the id as it is: only how many there are matters here. */
static void ids_of_more_runs_than_a_payload_names_come_back_too(void **state)
{
    (void)state;
    for (uint32_t count = JEMPUT_ID_RUNS_MAX - 1; count <= JEMPUT_ID_RUNS_MAX + 1; count++)
        assert_true(payload_of_runs(count) > (size_t)count * 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payload_unfolds_to_so_many_times_its_length_at_most),
        cmocka_unit_test(the_shortest_payload_unfolds_to_64_KiB),
        cmocka_unit_test(no_payload_unfolds_to_more_than_64_MiB),
        cmocka_unit_test(a_payload_has_16_MiB_at_most),
        cmocka_unit_test(a_payload_unfolds_to_so_much_weight_at_most),
        cmocka_unit_test(so_many_runs_of_ids_are_read_at_most),
        cmocka_unit_test(ids_of_more_runs_than_a_payload_names_come_back_too),
    };

    return cmocka_run_group_tests_name("limits of payloads", tests, NULL, NULL);
}
