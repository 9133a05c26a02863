/* unit/test_change.c — pending records: a transaction comes back exactly, and only a record that writing makes is read. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "support/fault_alloc.h"
#include "txn_random.h"
#include "vectors.h"

static struct jemput_buf record_of(const struct jemput_txn *t)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_TXN_BYTES_MAX);

    jemput_txn_write(&bytes, t);
    assert_int_equal(bytes.failed, JEMPUT_OK);
    return bytes;
}

static void assert_changes_equal(const struct jemput_change *a, const struct jemput_change *b)
{
    assert_int_equal(a->table, b->table);
    assert_int_equal(a->op, b->op);
    assert_true(jemput_bytes_equal(a->key, b->key));
    assert_int_equal(a->cell_count, b->cell_count);
    for (uint16_t i = 0; i < a->cell_count; i++) {
        assert_int_equal(a->cells[i].column, b->cells[i].column);
        assert_int_equal(a->cells[i].is_delta, b->cells[i].is_delta);
        assert_int_equal(a->cells[i].has_before, b->cells[i].has_before);
        assert_true(jemput_value_equal(&a->cells[i].value, &b->cells[i].value));
        if (a->cells[i].has_before)
            assert_true(jemput_value_equal(&a->cells[i].before, &b->cells[i].before));
    }
}

static void assert_txns_equal(const struct jemput_txn *a, const struct jemput_txn *b)
{
    assert_true(a->stamp == b->stamp && a->boot_id == b->boot_id && a->monotonic_ms == b->monotonic_ms);
    assert_true(jemput_bytes_equal(a->note, b->note));
    assert_int_equal(a->change_count, b->change_count);
    for (uint32_t i = 0; i < a->change_count; i++)
        assert_changes_equal(&a->changes[i], &b->changes[i]);
}

static void transaction_comes_back_from_its_record(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_error err;

    (void)state;
    for (unsigned i = 0; i < 1500; i++) {
        struct jemput_txn t = random_txn(&arena, 6), back;
        struct jemput_buf bytes = record_of(&t);

        assert_int_equal(jemput_txn_read(&back, jemput_buf_bytes(&bytes), &arena, &err), JEMPUT_OK);
        assert_txns_equal(&t, &back);
        jemput_buf_release(&bytes);
        jemput_arena_clear(&arena);
    }
    jemput_arena_release(&arena);
}

/* As large as it is, so that a read behind it is seen. */
static enum jemput_status read_exactly(struct jemput_txn *out, const uint8_t *data, size_t len, struct jemput_arena *arena)
{
    uint8_t *exact = malloc(len ? len : 1);
    struct jemput_error err;
    enum jemput_status st;

    memcpy(exact, data, len);
    st = jemput_txn_read(out, jemput_bytes_of(exact, len), arena, &err);
    free(exact);
    return st;
}

static void record_is_cut_short_anywhere_and_refused(void **state)
{
    struct jemput_arena arena = { 0 };

    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        struct jemput_txn t = random_txn(&arena, 4), back = { .stamp = 99 };
        struct jemput_buf bytes = record_of(&t);

        for (size_t len = 0; len < bytes.len; len++) {
            assert_int_equal(read_exactly(&back, bytes.data, len, &arena), JEMPUT_CORRUPT);
            assert_int_equal(back.stamp, 99);
        }
        jemput_buf_u8(&bytes, 0);
        assert_int_equal(read_exactly(&back, bytes.data, bytes.len, &arena), JEMPUT_CORRUPT);
        jemput_buf_release(&bytes);
        jemput_arena_clear(&arena);
    }
    jemput_arena_release(&arena);
}

static void record_with_a_flipped_bit_is_refused_or_canonical(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_error err;

    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        struct jemput_arena read = { 0 };
        struct jemput_txn t = random_txn(&arena, 4), back;
        struct jemput_buf bytes = record_of(&t), again;

        for (size_t bit = 0; bit < bytes.len * 8; bit++) {
            bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (jemput_txn_read(&back, jemput_buf_bytes(&bytes), &read, &err) == JEMPUT_OK) {
                again = record_of(&back);
                assert_true(jemput_bytes_equal(jemput_buf_bytes(&again), jemput_buf_bytes(&bytes)));
                jemput_buf_release(&again);
            }
            bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            jemput_arena_clear(&read);
        }
        jemput_buf_release(&bytes);
        jemput_arena_release(&read);
        jemput_arena_clear(&arena);
    }
    jemput_arena_release(&arena);
}

static void record_that_no_writer_makes_is_refused(void **state)
{
    static const struct {
        const char *what;
        const char *hex; /* of the changes */
    } bad[] = {
        { "two runs of NULL that are one", "01" "0101" "020102" "02" "0000" "0000" },
        { "table 0", "01" "0001" "020102" "00" },
        { "operation 4", "01" "0104" "020102" "00" },
        { "an empty key", "01" "0101" "00" "00" },
        { "a delete with cells", "01" "0103" "020102" "01" "0000" },
        { "changes out of order", "02" "0102" "020102" "00" "0101" "020102" "00" },
        { "one row twice", "02" "0103" "020102" "00" "0101" "020102" "00" },
        { "a run of NULLs longer than the cells", "01" "0101" "020102" "01" "0001" },
        { "column 512", "01" "0101" "020102" "01" "e1f90300" },
        { "a near gap in the far form", "01" "0101" "020102" "01" "e08000" "00" },
        { "cell type 5", "01" "0101" "020102" "01" "05" "00" },
        { "more changes than bytes", "ffffffff0f" },
    };
    static const char *const good[] = { "01" "0101" "020102" "02" "0001", "01" "0103" "020102" "00", "02" "0101" "020102" "00" "0102" "020104" "00",
                                        "01" "0101" "020102" "01" "e1f80300" };
    struct jemput_arena arena = { 0 };
    uint8_t bytes[100] = { 0 };
    struct jemput_txn t;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t len = 18 + vector_hex(bytes + 18, sizeof bytes - 18, bad[i].hex); /* stamp, boot, monotonic time 0, no note */

        if (read_exactly(&t, bytes, len, &arena) != JEMPUT_CORRUPT)
            fail_msg("%s was read", bad[i].what);
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) { /* close relatives that are well */
        size_t len = 18 + vector_hex(bytes + 18, sizeof bytes - 18, good[i]);

        if (read_exactly(&t, bytes, len, &arena) != JEMPUT_OK)
            fail_msg("good %zu was refused", i);
    }
    jemput_arena_release(&arena);
}

static void run_of_empty_cells_is_two_bytes(void **state)
{
    struct jemput_cell cells[38] = { 0 };
    uint8_t key[] = { 1, 2 };
    struct jemput_change c = { .table = 7, .op = JEMPUT_OP_INSERT, .key = { key, 2 }, .cell_count = 38, .cells = cells };
    struct jemput_txn t = { .change_count = 1, .changes = &c };
    struct jemput_buf bytes;

    (void)state;
    for (uint16_t i = 0; i < 38; i++)
        cells[i].column = (uint16_t)(i + 1);
    bytes = record_of(&t);
    assert_int_equal(bytes.len, 8 + 8 + 1 + 1 + 1 + 1 + 1 + 3 + 1 + 2);
    jemput_buf_release(&bytes);
}

static void weight_counts_cells_and_long_values(void **state)
{
    struct jemput_cell cells[2] = { { .column = 1 }, { .column = 2 } };
    uint8_t text[640] = { 0 }, key[] = { 1, 2 };
    struct jemput_change c = { .table = 7, .op = JEMPUT_OP_UPDATE, .key = { key, 2 }, .cell_count = 2, .cells = cells };
    struct jemput_txn t = { .change_count = 1, .changes = &c };

    (void)state;
    assert_int_equal(jemput_txn_weight(&t), 3);
    cells[0].value = (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = { text, sizeof text } };
    assert_int_equal(jemput_txn_weight(&t), 13);
    cells[1].has_before = true;
    cells[1].before = cells[0].value;
    assert_int_equal(jemput_txn_weight(&t), 23);
}

static void reading_without_memory_says_so_and_leaks_nothing(void **state)
{
    struct jemput_arena random = { 0 };
    struct fault_alloc mem;

    (void)state;
    fault_alloc_install(&mem);
    for (uint64_t n = 0;; n++) {
        struct jemput_txn t, back = { .stamp = 99 };
        struct jemput_arena arena = { 0 };
        struct jemput_buf bytes;
        struct jemput_error err;
        enum jemput_status st;

        random_seed(5);
        t = random_txn(&random, 40);
        t.stamp = 1;
        bytes = record_of(&t);
        fault_alloc_arm(&mem, n, false);
        st = jemput_txn_read(&back, jemput_buf_bytes(&bytes), &arena, &err);
        fault_alloc_disarm(&mem);
        assert_int_equal(st, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
        assert_int_equal(back.stamp, mem.failures ? 99 : 1);
        jemput_arena_release(&arena);
        jemput_arena_release(&random);
        jemput_buf_release(&bytes);
        if (!mem.failures)
            break;
        assert_true(n < 100);
    }
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
}

/* The transaction of the worked example in schema/formats/pending.md. */
static void golden_record_stays_as_it_is(void **state)
{
    struct jemput_cell orang[] = {
        { .column = 1, .value = { .type = JEMPUT_NULL } },
        { .column = 2, .value = { .type = JEMPUT_NULL } },
        { .column = 3, .value = { .type = JEMPUT_TEXT, .bytes = { (const uint8_t *)"SITI", 4 } } },
        { .column = 12, .value = { .type = JEMPUT_REAL, .real = 0.5 } },
    };
    struct jemput_cell permohonan[] = {
        { .column = 4, .has_before = true, .value = { .type = JEMPUT_TEXT, .bytes = { (const uint8_t *)"LENGKAP", 7 } },
          .before = { .type = JEMPUT_TEXT, .bytes = { (const uint8_t *)"DRAF", 4 } } },
        { .column = 5, .is_delta = true, .value = { .type = JEMPUT_INTEGER, .integer = -3 } },
    };
    uint8_t key7[] = { 4, 2, 0xab, 0xcd }, key9[] = { 1, 84 }, key9_deleted[] = { 1, 86 };
    struct jemput_change changes[] = {
        { .table = 7, .op = JEMPUT_OP_INSERT, .key = { key7, 4 }, .cell_count = 4, .cells = orang },
        { .table = 9, .op = JEMPUT_OP_UPDATE, .key = { key9, 2 }, .cell_count = 2, .cells = permohonan },
        { .table = 9, .op = JEMPUT_OP_DELETE, .key = { key9_deleted, 2 } },
    };
    struct jemput_txn t = { .stamp = UINT64_C(1772500000000) << 16 | 1, .boot_id = 0x1122334455667788, .monotonic_ms = 300,
        .note = { (const uint8_t *)"salah ketik", 11 }, .change_count = 3, .changes = changes }, back;
    struct jemput_bytes file = vector_load("pending-example.txt"), rest = file;
    struct jemput_arena arena = { 0 };
    struct jemput_buf bytes = record_of(&t);
    char line[1000];
    uint8_t golden[500];
    struct jemput_bytes record = { .data = golden };
    struct jemput_error err;

    (void)state;
    assert_true(vector_line(&rest, line, sizeof line));
    record.len = vector_hex(golden, sizeof golden, line);
    assert_true(jemput_bytes_equal(record, jemput_buf_bytes(&bytes)));
    assert_int_equal(jemput_txn_read(&back, record, &arena, &err), JEMPUT_OK);
    assert_txns_equal(&t, &back);
    jemput_buf_release(&bytes);
    jemput_arena_release(&arena);
    vector_free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transaction_comes_back_from_its_record),
        cmocka_unit_test(record_is_cut_short_anywhere_and_refused),
        cmocka_unit_test(record_with_a_flipped_bit_is_refused_or_canonical),
        cmocka_unit_test(record_that_no_writer_makes_is_refused),
        cmocka_unit_test(run_of_empty_cells_is_two_bytes),
        cmocka_unit_test(weight_counts_cells_and_long_values),
        cmocka_unit_test(reading_without_memory_says_so_and_leaks_nothing),
        cmocka_unit_test(golden_record_stays_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
