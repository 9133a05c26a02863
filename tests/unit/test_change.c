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
    assert_true(jemput_bytes_equal(a->successor, b->successor));
    assert_int_equal(a->spare_count, b->spare_count);
    for (uint32_t i = 0; i < a->spare_count; i++) {
        assert_int_equal(a->spares[i].column, b->spares[i].column);
        assert_int_equal(jemput_txn_name_compare(&a->spares[i].txn, &b->spares[i].txn), 0);
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

/* Changes in hex: how many, then table, operation, key, cells, marks. */
#define ONE "0100000000000000"        /* stamps */
#define TWO "0200000000000000"
#define LAST "ffffffffffffff7f"
#define TOO_LATE "0000000000000080"
#define A "aa000000000000000000000000000000" /* writers */
#define B "bb000000000000000000000000000000"

static void record_that_no_writer_makes_is_refused(void **state)
{
    static const struct {
        const char *what;
        const char *hex; /* of the changes */
    } bad[] = {
        { "two runs of NULL that are one", "01" "0101" "020102" "02" "0000" "0000" },
        { "table 0", "01" "0001" "020102" "00" },
        { "operation 0", "01" "0100" "020102" "00" },
        { "operation 5", "01" "0105" "020102" "01" "0000" },
        { "operation 18", "01" "0112" "020102" "01" "0000" },
        { "a decision without cells", "01" "0104" "020102" "00" },
        { "an insert with a mark", "01" "0109" "020102" "01" "0000" "01" "00" ONE A },
        { "an insert with a successor", "01" "0109" "020102" "00" "020104" },
        { "a decision with a mark", "01" "010c" "020102" "01" "0000" "01" "00" ONE A },
        { "a marked update without spares", "01" "010a" "020102" "01" "0000" "00" },
        { "a spare that is cut", "01" "010a" "020102" "01" "0000" "01" "00" ONE },
        { "more spares than bytes", "01" "010a" "020102" "01" "0000" "02" "00" ONE A },
        { "more spares than memory", "01" "010a" "020102" "01" "0000" "ffffffffffffffff01" "00" ONE A },
        { "a spare of a column without a cell", "01" "010a" "020102" "01" "0000" "01" "01" ONE A },
        { "a spare of a column between the cells", "01" "010a" "020102" "02" "0000" "2000" "01" "01" ONE A },
        { "a spare of an update without cells", "01" "010a" "020102" "00" "01" "00" ONE A },
        { "a spare of column 512", "01" "010a" "020102" "01" "0000" "01" "8004" ONE A },
        { "a spare of a column beyond 16 bits", "01" "010a" "020102" "01" "0000" "01" "808004" ONE A },
        { "a spare of a column beyond 64 bits", "01" "010a" "020102" "01" "0000" "02" "00" ONE A "ffffffffffffffffff01" ONE A },
        { "a spare of a stamp that no clock makes", "01" "010a" "020102" "01" "0000" "01" "00" TOO_LATE A },
        { "one spare twice", "01" "010a" "020102" "01" "0000" "02" "00" ONE A "00" ONE A },
        { "spares whose writers descend", "01" "010a" "020102" "01" "0000" "02" "00" ONE B "00" ONE A },
        { "spares whose stamps descend", "01" "010a" "020102" "01" "0000" "02" "00" TWO A "00" ONE B },
        { "a marked delete without a successor", "01" "010b" "020102" "00" "00" },
        { "a delete whose successor is cut", "01" "010b" "020102" "00" "0201" },
        { "a delete whose successor is itself", "01" "010b" "020102" "00" "020102" },
        { "a delete whose successor has two key values", "01" "010b" "020102" "00" "0401020104" },
        { "a delete whose successor is not canonical", "01" "010b" "020102" "00" "03018200" },
        { "a delete whose successor is NULL", "01" "010b" "020102" "00" "0100" },
        { "a delete with spares", "01" "010b" "020102" "00" "01" "00" ONE A },
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
                                        "01" "0101" "020102" "01" "e1f80300",
                                        "01" "0102" "020102" "00",
                                        "01" "0104" "020102" "01" "0000",
                                        "01" "0101" "020102" "01" "1102", /* an insert that counts */
                                        "01" "010a" "020102" "01" "0000" "01" "00" LAST A,
                                        "01" "010a" "020102" "02" "0001" "03" "00" ONE A "00" ONE B "01" ONE A,
                                        "01" "010a" "020102" "02" "0001" "02" "01" ONE A "00" TWO A,
                                        "01" "010a" "020102" "02" "0000" "2000" "01" "02" ONE A,
                                        "01" "010b" "020102" "00" "020104" };
    struct jemput_arena arena = { 0 };
    uint8_t bytes[200] = { 0 };
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

static struct jemput_txn update_with_spares(struct jemput_change *c, struct jemput_cell *cell, uint32_t spare_count, struct jemput_arena *arena)
{
    static const uint8_t key[] = { 1, 2 };

    *cell = (struct jemput_cell){ .column = 511 };
    *c = (struct jemput_change){ .table = 7, .op = JEMPUT_OP_UPDATE, .key = { key, 2 }, .cell_count = 1, .cells = cell, .spare_count = spare_count };
    c->spares = jemput_arena_array(arena, spare_count, sizeof *c->spares);
    for (uint32_t i = 0; i < spare_count; i++)
        c->spares[i] = (struct jemput_spare){ .column = 511, .txn = { .stamp = i } };
    return (struct jemput_txn){ .change_count = 1, .changes = c };
}

static void one_spare_more_than_a_change_may_have_is_refused(void **state)
{
    static const uint8_t one_more[1 + 8 + JEMPUT_WRITER_BYTES] = { 0, 0xff, 0xff }; /* the same column, a later stamp */
    struct jemput_arena arena = { 0 };
    struct jemput_change c;
    struct jemput_cell cell;
    struct jemput_txn t = update_with_spares(&c, &cell, JEMPUT_SPARES_MAX, &arena), back;
    struct jemput_buf bytes = record_of(&t);
    size_t count_at = bytes.len - JEMPUT_SPARES_MAX * sizeof one_more - 1 - 2; /* the first gap takes two bytes, and so does the count */
    struct jemput_error err;

    (void)state;
    assert_int_equal(jemput_txn_read(&back, jemput_buf_bytes(&bytes), &arena, &err), JEMPUT_OK);
    assert_txns_equal(&t, &back);
    assert_int_equal(bytes.data[count_at], 0x80);
    bytes.data[count_at]++;
    jemput_buf_append(&bytes, one_more, sizeof one_more);
    assert_int_equal(read_exactly(&back, bytes.data, bytes.len, &arena), JEMPUT_CORRUPT);
    jemput_buf_release(&bytes);
    jemput_arena_release(&arena);
}

/* 2044 changes of 512 cells each weigh 1048572; one more of three cells is what a transaction may still have, one of four is not. */
static void record_of_the_last_weight_is_read_and_one_more_refused(void **state)
{
    enum { FULL = JEMPUT_TXN_WEIGHT_MAX / (1 + JEMPUT_COLUMNS_MAX), LEFT = JEMPUT_TXN_WEIGHT_MAX - FULL * (1 + JEMPUT_COLUMNS_MAX) };
    struct jemput_cell *cells = calloc(JEMPUT_COLUMNS_MAX, sizeof *cells);
    struct jemput_change *changes = calloc(FULL + 1, sizeof *changes);
    uint8_t key[] = { 1, 2 };
    struct jemput_txn t = { .change_count = FULL + 1, .changes = changes }, back;
    struct jemput_arena arena = { 0 };

    (void)state;
    for (uint16_t i = 0; i < JEMPUT_COLUMNS_MAX; i++)
        cells[i].column = i;
    for (uint32_t i = 0; i <= FULL; i++)
        changes[i] =
            (struct jemput_change){ .table = i + 1, .op = JEMPUT_OP_UPDATE, .key = { key, 2 }, .cell_count = JEMPUT_COLUMNS_MAX, .cells = cells };
    for (uint16_t above = 0; above < 2; above++) {
        struct jemput_buf bytes;

        changes[FULL].cell_count = (uint16_t)(LEFT - 1 + above);
        assert_int_equal(jemput_txn_weight(&t), JEMPUT_TXN_WEIGHT_MAX + above);
        bytes = record_of(&t);
        assert_int_equal(read_exactly(&back, bytes.data, bytes.len, &arena), above ? JEMPUT_CORRUPT : JEMPUT_OK);
        jemput_buf_release(&bytes);
        jemput_arena_clear(&arena);
    }
    jemput_arena_release(&arena);
    free(changes);
    free(cells);
}

static void spares_are_sorted_and_each_kept_once(void **state)
{
    const struct jemput_txn_name early = { 1, { { 9 } } }, late = { 2, { { 1 } } }, late_too = { 2, { { 2 } } };
    struct jemput_spare spares[] = { { 4, late }, { 2, late_too }, { 4, early }, { 2, late }, { 4, late }, { 2, late_too } },
                        wanted[] = { { 2, late }, { 2, late_too }, { 4, early }, { 4, late } };

    (void)state;
    assert_int_equal(jemput_spares_normalise(spares, 6), 4);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(spares[i].column, wanted[i].column);
        assert_int_equal(jemput_txn_name_compare(&spares[i].txn, &wanted[i].txn), 0);
    }
    assert_int_equal(jemput_spares_normalise(NULL, 0), 0);
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

static void weight_counts_spares_and_successors(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_change c;
    struct jemput_cell cell;
    struct jemput_txn t = update_with_spares(&c, &cell, 40, &arena);
    uint8_t successor[24] = { JEMPUT_BLOB, 22 };

    (void)state;
    assert_int_equal(jemput_txn_weight(&t), 2 + 40);
    c = (struct jemput_change){ .table = 7, .op = JEMPUT_OP_DELETE, .key = c.key, .successor = { successor, sizeof successor } };
    assert_int_equal(jemput_txn_weight(&t), 1 + 1 + 3);
    c.successor.len--;
    assert_int_equal(jemput_txn_weight(&t), 1 + 1 + 2);
    jemput_arena_release(&arena);
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

static void assert_golden(const char *name, const struct jemput_txn *t)
{
    struct jemput_bytes file = vector_load(name), rest = file;
    struct jemput_arena arena = { 0 };
    struct jemput_buf bytes = record_of(t);
    struct jemput_txn back;
    char line[1000];
    uint8_t golden[500];
    struct jemput_bytes record = { .data = golden };
    struct jemput_error err;

    assert_true(vector_line(&rest, line, sizeof line));
    record.len = vector_hex(golden, sizeof golden, line);
    assert_true(jemput_bytes_equal(record, jemput_buf_bytes(&bytes)));
    assert_int_equal(jemput_txn_read(&back, record, &arena, &err), JEMPUT_OK);
    assert_txns_equal(t, &back);
    jemput_buf_release(&bytes);
    jemput_arena_release(&arena);
    vector_free(file);
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
        .note = { (const uint8_t *)"salah ketik", 11 }, .change_count = 3, .changes = changes };

    (void)state;
    assert_golden("pending-example.txt", &t);
}

/* And of the one with marks. */
static void golden_record_of_marks_stays_as_it_is(void **state)
{
    struct jemput_cell decided[] = { { .column = 2, .value = { .type = JEMPUT_TEXT, .bytes = jemput_bytes_str("1674994107900002") } } };
    struct jemput_cell updated[] = {
        { .column = 2, .value = { .type = JEMPUT_TEXT, .bytes = jemput_bytes_str("1674990101850003") } },
        { .column = 4, .value = { .type = JEMPUT_TEXT, .bytes = jemput_bytes_str("SITI AMINAH") } },
    };
    struct jemput_cell counted[] = { { .column = 5, .is_delta = true, .value = { .type = JEMPUT_INTEGER, .integer = 2 } } };
    const struct jemput_txn_name first = { UINT64_C(1772500000000) << 16 | 1, { { 0x0a, 0x11 } } },
                                 second = { UINT64_C(1772500060000) << 16, { { 0x0b, 0x22 } } };
    struct jemput_spare spares[] = { { 2, first }, { 2, second }, { 4, first } };
    uint8_t key42[] = { 1, 84 }, key43[] = { 1, 86 }, key44[] = { 1, 88 };
    struct jemput_change changes[] = {
        { .table = 7, .op = JEMPUT_OP_DECIDE, .key = { key42, 2 }, .cell_count = 1, .cells = decided },
        { .table = 7, .op = JEMPUT_OP_UPDATE, .key = { key43, 2 }, .cell_count = 2, .cells = updated, .spare_count = 3, .spares = spares },
        { .table = 9, .op = JEMPUT_OP_INSERT, .key = { key42, 2 }, .cell_count = 1, .cells = counted },
        { .table = 9, .op = JEMPUT_OP_DELETE, .key = { key43, 2 }, .successor = { key44, 2 } },
    };
    struct jemput_txn t = { .stamp = UINT64_C(1772503600000) << 16, .boot_id = 0x1122334455667788, .monotonic_ms = 300,
        .note = jemput_bytes_str("sesuai KTP-el"), .change_count = 4, .changes = changes };

    (void)state;
    assert_golden("pending-marks.txt", &t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transaction_comes_back_from_its_record),
        cmocka_unit_test(record_is_cut_short_anywhere_and_refused),
        cmocka_unit_test(record_with_a_flipped_bit_is_refused_or_canonical),
        cmocka_unit_test(record_that_no_writer_makes_is_refused),
        cmocka_unit_test(spares_are_sorted_and_each_kept_once),
        cmocka_unit_test(one_spare_more_than_a_change_may_have_is_refused),
        cmocka_unit_test(record_of_the_last_weight_is_read_and_one_more_refused),
        cmocka_unit_test(run_of_empty_cells_is_two_bytes),
        cmocka_unit_test(weight_counts_cells_and_long_values),
        cmocka_unit_test(weight_counts_spares_and_successors),
        cmocka_unit_test(reading_without_memory_says_so_and_leaks_nothing),
        cmocka_unit_test(golden_record_stays_as_it_is),
        cmocka_unit_test(golden_record_of_marks_stays_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
