/* unit/test_payload.c — payloads: every transaction comes back exactly, damage never does more than be refused, and the bytes stay within budget. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "payload_world.h"
#include "support/fault_alloc.h"

static void random_work_comes_back(void **state)
{
    struct jemput_arena arena = { 0 };

    (void)state;
    for (unsigned i = 0; i < 120; i++) {
        struct work w;

        random_seed(i);
        random_work(&w, &arena);
        assert_comes_back(w.txns, w.count, w.runs, w.run_count);
        jemput_arena_clear(&arena);
    }
    jemput_arena_release(&arena);
}

/* A column of values that suits one coding, with a few that spoil it. */
static struct jemput_value column_value(struct field_work *w, unsigned kind, uint32_t row, int64_t ms)
{
    switch (kind) {
    case 0:
        return field_text(w, "%02u-%06u-%c", 7, row * 3, 'A' + (int)field_below(w, 26));
    case 1:
        return field_text(w, "JL. %s NO.%u  RT %03u", PICK(w, streets), field_below(w, 300), field_below(w, 20));
    case 2:
        return (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = ms - 5 };
    case 3:
        return (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = random_integer() };
    case 4:
        return (struct jemput_value){ .type = JEMPUT_REAL, .real = random_real() };
    case 5:
        return field_text(w, "%04u-%02u-%02u", 1 + field_below(w, 9000), 1 + field_below(w, 12), 1 + field_below(w, 28));
    case 6:
        return field_text(w, "2026-%02u-%02uT%02u:%02u:%02u.%03uZ", 1 + field_below(w, 12), 1 + field_below(w, 28), field_below(w, 24), field_below(w, 60),
                          field_below(w, 60), field_below(w, 1000));
    case 7:
        return field_text(w, "%.*s", (int)field_below(w, 20), "                    ");
    case 8:
        return (struct jemput_value){ .type = JEMPUT_BLOB, .bytes = random_bytes(&w->arena, 40, NULL) };
    case 9:
        return field_text(w, "%s", field_below(w, 2) ? "ya" : "tidak");
    default:
        return field_text(w, "0%u", field_below(w, 10) ? field_below(w, 100000000) : field_below(w, 10));
    }
}

static void columns_of_every_kind_come_back(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 66; round++) {
        struct field_work w;
        struct jemput_txn txns[40];
        uint32_t count = 1 + round % 40;
        unsigned kind = round % 11;

        random_seed(round);
        field_work_init(&w, round);
        for (uint32_t i = 0; i < count; i++) {
            struct jemput_change *c = jemput_arena_array(&w.arena, 1, sizeof *c);

            txns[i] = (struct jemput_txn){ .stamp = (jemput_stamp)(w.now_ms + i * 1000) << 16, .change_count = 1, .changes = c };
            *c = field_insert(&w, 3, field_id(&w), 4);
            field_set(c, 1, column_value(&w, kind, i, w.now_ms + i * 1000));
            field_set(c, 2, column_value(&w, (kind + round / 11) % 11, i, w.now_ms + i * 1000));
            if (random_under(4))
                field_set(c, 3, random_under(30) ? column_value(&w, kind, i, 0) : random_value(&w.arena));
        }
        assert_comes_back(txns, count, &w.run, 1);
        jemput_arena_release(&w.arena);
    }
}

static void dates_at_the_edges_come_back(void **state)
{
    static const char *const edges[] = {
        "0000-01-01", "9999-12-31", "1970-01-01", "1969-12-31", "2000-02-29", "1900-02-28", "1900-03-01", "2024-02-29", "2023-02-29", "2023-02-30", "2023-13-01",
        "2023-00-10", "2023-01-00", "10000-01-01", "2023-1-1", "1969-12-31T23:59:59", "0000-01-01T00:00:00", "9999-12-31T23:59:59", "2026-03-14T24:00:00",
        "2026-03-14T23:60:00", "2026-03-14 08:15", "2026-03-14T08:15:22.123Z", "2026-03-14T08:15:22Z", "-026-03-14", "2026-03-14T08:15:2x", "2026/03/14",
    };
    struct field_work w;

    (void)state;
    field_work_init(&w, 1);
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        struct jemput_txn txns[2];

        for (uint32_t k = 0; k < 2; k++) {
            struct jemput_change *c = jemput_arena_array(&w.arena, 1, sizeof *c);

            txns[k] = (struct jemput_txn){ .stamp = k + 1, .change_count = 1, .changes = c };
            *c = field_insert(&w, 3, field_id(&w), 2);
            field_set(c, 1, field_text(&w, "%s", edges[(i + k) % (sizeof edges / sizeof edges[0])]));
        }
        assert_comes_back(txns, 1, &w.run, 1);
        assert_comes_back(txns, 2, &w.run, 1);
    }
    jemput_arena_release(&w.arena);
}

/* Before anything else was made: keys are integers, which borrow nothing. */
static void column_that_begins_with_an_empty_text_comes_back(void **state)
{
    static const char *const texts[] = { "", "SITI AMINAH", "SITI RAHAYU", "", "BUDI AMINAH", "BUDI RAHAYU", "SITI", "AMINAH" };
    enum { COUNT = sizeof texts / sizeof texts[0] };
    struct jemput_txn txns[COUNT];
    struct jemput_change changes[COUNT];
    struct jemput_cell cells[COUNT];
    uint8_t keys[COUNT][2];

    (void)state;
    for (uint32_t i = 0; i < COUNT; i++) {
        keys[i][0] = JEMPUT_INTEGER;
        keys[i][1] = (uint8_t)(2 * i);
        cells[i] = (struct jemput_cell){ .column = 1, .value = { .type = JEMPUT_TEXT, .bytes = jemput_bytes_str(texts[i]) } };
        changes[i] = (struct jemput_change){ .table = 1, .op = JEMPUT_OP_INSERT, .key = { keys[i], 2 }, .cell_count = 1, .cells = &cells[i] };
        txns[i] = (struct jemput_txn){ .stamp = i + 1, .change_count = 1, .changes = &changes[i] };
        assert_comes_back(txns, i + 1, NULL, 0);
    }
    for (uint32_t i = 0; i < COUNT; i++)
        cells[i].value.type = JEMPUT_BLOB;
    assert_comes_back(txns, COUNT, NULL, 0);
}

static void nothing_at_all_comes_back(void **state)
{
    struct jemput_txn txns[3] = { { .stamp = 0 }, { .stamp = 1, .note = { (const uint8_t *)"x\0y", 3 } }, { .stamp = JEMPUT_STAMP_MAX, .boot_id = 1, .monotonic_ms = UINT64_MAX } };

    (void)state;
    assert_comes_back(NULL, 0, NULL, 0);
    assert_comes_back(txns, 1, NULL, 0);
    assert_comes_back(txns, 3, NULL, 0);
}

/* --- size --- */

static void application_costs_less_than_its_budget(void **state)
{
    static const struct {
        uint32_t applications;
        double budget;
    } table[] = { { 50, 45 }, { 375, 30 } }; /* bytes each; 64 is the limit at 1,000 a session, of which the commits take some 4 */
    struct jemput_txn *txns = calloc(375, sizeof *txns);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct field_work w;
        size_t len;

        field_work_init(&w, 4);
        for (uint32_t k = 0; k < table[i].applications; k++)
            txns[k] = field_application(&w);
        len = assert_comes_back(txns, table[i].applications, &w.run, 1);
        if ((double)len / table[i].applications >= table[i].budget)
            fail_msg("%u applications: %.1f bytes each", table[i].applications, (double)len / table[i].applications);
        jemput_arena_release(&w.arena);
    }
    free(txns);
}

static void run_of_ids_is_named_only_where_it_saves_bytes(void **state)
{
    struct field_work w;
    struct jemput_txn one, many[20];
    size_t without, with;

    (void)state;
    field_work_init(&w, 2);
    for (unsigned i = 0; i < 20; i++)
        many[i] = field_application(&w);
    with = assert_comes_back(many, 20, &w.run, 1);
    without = assert_comes_back(many, 20, NULL, 0);
    assert_true(with + 20 * 3 * 14 < without);
    one = many[0];
    one.change_count = 1; /* a household: one id */
    with = assert_comes_back(&one, 1, &w.run, 1);
    without = assert_comes_back(&one, 1, NULL, 0);
    assert_int_equal(with, without);
    jemput_arena_release(&w.arena);
}

static struct jemput_txn one_cell_txn(struct jemput_change *c, struct jemput_cell *cell, const struct jemput_value *v)
{
    static const uint8_t key[] = { 1, 2 };

    *cell = (struct jemput_cell){ .column = 1, .value = *v };
    *c = (struct jemput_change){ .table = 1, .op = JEMPUT_OP_INSERT, .key = { key, 2 }, .cell_count = 1, .cells = cell };
    return (struct jemput_txn){ .stamp = 1, .change_count = 1, .changes = c };
}

static void large_values_come_back_whatever_they_compress_to(void **state)
{
    uint8_t *bytes = calloc(1, JEMPUT_VALUE_BYTES_MAX);
    struct jemput_value v = { .type = JEMPUT_TEXT, .bytes = { bytes, JEMPUT_VALUE_BYTES_MAX } };
    struct jemput_change c;
    struct jemput_cell cell;
    struct jemput_txn t = one_cell_txn(&c, &cell, &v);

    (void)state;
    assert_true(assert_comes_back(&t, 1, NULL, 0) >= JEMPUT_VALUE_BYTES_MAX / JEMPUT_SEGMENT_RATIO_MAX); /* padded: zlib alone would pass the ratio */
    for (size_t i = 0; i < 300000; i++)
        bytes[i] = (uint8_t)random_next();
    cell.value = (struct jemput_value){ .type = JEMPUT_BLOB, .bytes = { bytes, 300000 } };
    assert_true(assert_comes_back(&t, 1, NULL, 0) < 300200);
    free(bytes);
}

static void many_empty_cells_come_back(void **state)
{
    enum { ROWS = 1500, COLUMNS = 300 };
    struct jemput_change *changes = calloc(ROWS, sizeof *changes);
    struct jemput_cell *cells = calloc(COLUMNS, sizeof *cells);
    uint8_t (*keys)[4] = calloc(ROWS, sizeof *keys);
    struct jemput_txn t = { .stamp = 1, .change_count = ROWS, .changes = changes };

    (void)state;
    for (uint16_t i = 0; i < COLUMNS; i++)
        cells[i].column = i;
    for (uint32_t i = 0; i < ROWS; i++) {
        keys[i][0] = JEMPUT_BLOB;
        keys[i][1] = 2;
        keys[i][2] = (uint8_t)(i >> 8);
        keys[i][3] = (uint8_t)i;
        changes[i] = (struct jemput_change){ .table = 1, .op = JEMPUT_OP_INSERT, .key = { keys[i], 4 }, .cell_count = COLUMNS, .cells = cells };
    }
    assert_true(assert_comes_back(&t, 1, NULL, 0) > ROWS * COLUMNS / 20); /* padded to carry the weight */
    free(changes);
    free(cells);
    free(keys);
}

/* --- refusals --- */

static void more_than_a_segment_may_hold_is_refused(void **state)
{
    struct jemput_txn *txns = calloc(JEMPUT_SEGMENT_TXNS_MAX + 1, sizeof *txns);
    struct jemput_buf out = JEMPUT_BUF_INIT(100);
    uint8_t note[JEMPUT_NOTE_BYTES_MAX + 1] = { 0 };
    struct jemput_error err;

    (void)state;
    for (uint32_t i = 0; i <= JEMPUT_SEGMENT_TXNS_MAX; i++)
        txns[i].stamp = i + 1;
    assert_int_equal(jemput_payload_write(&out, txns, JEMPUT_SEGMENT_TXNS_MAX + 1, NULL, 0, &err), JEMPUT_LIMIT);
    assert_comes_back(txns, JEMPUT_SEGMENT_TXNS_MAX, NULL, 0);
    txns[0].note = jemput_bytes_of(note, sizeof note);
    assert_int_equal(jemput_payload_write(&out, txns, 1, NULL, 0, &err), JEMPUT_LIMIT);
    assert_int_equal(out.len, 0);
    free(txns);
    jemput_buf_release(&out);
}

static void key_that_is_not_canonical_is_refused(void **state)
{
    struct jemput_value null = { .type = JEMPUT_NULL };
    struct jemput_change c;
    struct jemput_cell cell;
    struct jemput_txn t = one_cell_txn(&c, &cell, &null);
    struct jemput_buf out = JEMPUT_BUF_INIT(100);
    static const uint8_t key[] = { 1, 0x82, 0 };
    struct jemput_error err;

    (void)state;
    c.key = jemput_bytes_of(key, sizeof key);
    assert_int_equal(jemput_payload_write(&out, &t, 1, NULL, 0, &err), JEMPUT_CORRUPT);
    assert_int_equal(out.len, 0);
    jemput_buf_release(&out);
}

/* SQLite's integers could not hold it, and a merge must find that out before it begins. */
static void stamp_that_no_clock_makes_is_refused_both_ways(void **state)
{
    struct jemput_txn t = { .stamp = JEMPUT_STAMP_MAX };
    struct jemput_buf body = JEMPUT_BUF_INIT(100), codes = JEMPUT_BUF_INIT(100);
    struct jemput_sink sink = { .body = &body };
    struct jemput_arena arena = { 0 };
    struct jemput_txn *back;
    uint32_t count;
    struct jemput_error err;

    (void)state;
    for (unsigned above = 0; above < 2; above++, t.stamp++) {
        jemput_buf_clear(&codes);
        jemput_buf_clear(&body);
        jemput_buf_varint(&body, 1);
        jemput_range_writer_init(&sink.codes, &codes);
        jemput_times_write(&sink, &t, 1);
        jemput_range_writer_finish(&sink.codes);
        jemput_buf_append(&body, "\0\0", 2); /* no runs, no shapes */
        assert_int_equal(jemput_streams_read(&back, &count, NULL, jemput_buf_bytes(&body), jemput_buf_bytes(&codes), 1, &arena, &err), above ? JEMPUT_CORRUPT : JEMPUT_OK);
    }
    t.stamp = JEMPUT_STAMP_MAX + 1;
    jemput_buf_clear(&codes);
    assert_int_equal(jemput_payload_write(&codes, &t, 1, NULL, 0, &err), JEMPUT_CORRUPT);
    jemput_buf_release(&body);
    jemput_buf_release(&codes);
    jemput_arena_release(&arena);
}

static void damage_in_either_stream_is_refused_or_harmless(void **state)
{
    struct jemput_arena arena = { 0 };
    struct field_work w;
    struct jemput_txn few[2];
    struct jemput_buf payload;

    (void)state;
    field_work_init(&w, 9);
    for (unsigned i = 0; i < 2; i++)
        few[i] = field_application(&w);
    payload = payload_of(few, 2, &w.run, 1);
    assert_damage_is_harmless(jemput_buf_bytes(&payload));
    jemput_buf_release(&payload);
    for (unsigned i = 0; i < 4; i++) {
        struct work random;

        random_seed(i + 100);
        do
            random_work(&random, &arena);
        while (random.count < 1 || random.count > 3);
        payload = payload_of(random.txns, random.count, random.runs, random.run_count);
        assert_damage_is_harmless(jemput_buf_bytes(&payload));
        jemput_buf_release(&payload);
        jemput_arena_clear(&arena);
    }
    jemput_arena_release(&arena);
    jemput_arena_release(&w.arena);
}

static void damage_in_the_payload_as_sent_is_refused_or_harmless(void **state)
{
    struct field_work w;
    struct jemput_txn few[2];
    struct jemput_buf payload;
    struct jemput_arena arena = { 0 };
    struct jemput_txn *back = NULL;
    uint32_t count = 99;
    struct jemput_error err;

    (void)state;
    field_work_init(&w, 10);
    for (unsigned i = 0; i < 2; i++)
        few[i] = field_application(&w);
    payload = payload_of(few, 2, &w.run, 1);
    for (size_t bit = 0; bit < payload.len * 8; bit++) {
        payload.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (jemput_payload_read(&back, &count, jemput_buf_bytes(&payload), &arena, &err) == JEMPUT_OK) { /* a flip in the codes, which the header's hash guards alone */
            assert_comes_back(back, count, NULL, 0);
            back = NULL;
            count = 99;
        }
        assert_true(!back && count == 99);
        payload.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        jemput_arena_clear(&arena);
    }
    for (size_t len = 0; len < payload.len; len++) {
        uint8_t *exact = malloc(len ? len : 1);

        memcpy(exact, payload.data, len);
        if (jemput_payload_read(&back, &count, jemput_bytes_of(exact, len), &arena, &err) == JEMPUT_OK)
            assert_comes_back(back, count, NULL, 0);
        free(exact);
        jemput_arena_clear(&arena);
    }
    jemput_arena_release(&arena);
    jemput_buf_release(&payload);
    jemput_arena_release(&w.arena);
}

static void hostile_streams_get_their_exact_code(void **state)
{
    static const struct {
        const char *what, *body, *codes;
        enum jemput_status st;
        const char *why;
    } table[] = { /* a transaction's own codes take five bytes, of which a writer leaves out four zeros */
        { "nothing at all", "00" "00" "00", "-", JEMPUT_OK, "" },
        { "no body", "-", "-", JEMPUT_CORRUPT, "cut" },
        { "4097 transactions", "8120" "00" "00", "-", JEMPUT_LIMIT, "too many transactions" },
        { "257 id runs", "00" "8102" "00", "-", JEMPUT_CORRUPT, "too many" },
        { "more shapes than bytes", "00" "00" "ffff03", "-", JEMPUT_CORRUPT, "more shapes than bytes" },
        { "bytes behind", "00" "00" "00" "00", "-", JEMPUT_CORRUPT, "bytes follow" },
        { "codes behind", "00" "00" "00", "0000000001", JEMPUT_CORRUPT, "bytes follow" },
        { "one row, key 1", "01" "00" "01" "05" "01" "00" "01" "01" "0102", "00", JEMPUT_OK, "" },
        { "one row without its codes", "01" "00" "01" "05" "01" "00" "01" "01" "0102", "-", JEMPUT_CORRUPT, "codes are cut" },
        { "a NULL key", "01" "00" "01" "05" "01" "00" "01" "00", "00", JEMPUT_CORRUPT, "NULL" },
        { "an unknown coding", "01" "00" "01" "05" "01" "00" "01" "1f" "0102", "00", JEMPUT_UPGRADE, "no such coding" },
        { "a reserved bit of a column", "01" "00" "01" "05" "01" "00" "01" "81" "0102", "00", JEMPUT_UPGRADE, "no such coding" },
        { "a copy of itself", "01" "00" "01" "05" "01" "00" "01" "20" "000000", "00", JEMPUT_CORRUPT, "not there yet" },
        { "an unknown copy", "01" "00" "01" "05" "01" "00" "01" "20" "00" "00" "65", "00", JEMPUT_UPGRADE, "no such copy" },
        { "table 0", "01" "00" "01" "01" "01" "00" "01" "01" "0102", "00", JEMPUT_CORRUPT, "no such table" },
        { "operation 0", "01" "00" "01" "04" "01" "00" "01" "01" "0102", "00", JEMPUT_CORRUPT, "no such table" },
        { "no key", "01" "00" "01" "05" "00" "00" "01" "01" "0102", "00", JEMPUT_CORRUPT, "no such table" },
        { "17 key columns", "01" "00" "01" "05" "11" "00" "01" "01" "0102", "00", JEMPUT_CORRUPT, "no such table" },
        { "no changes", "01" "00" "01" "05" "01" "00" "00" "01" "0102", "00", JEMPUT_CORRUPT, "no changes" },
        { "too many changes", "01" "00" "01" "05" "01" "00" "80808004" "01" "0102", "00", JEMPUT_LIMIT, "too many for so few" },
        { "one row twice", "01" "00" "01" "05" "01" "00" "02" "01" "0102", "00", JEMPUT_CORRUPT, "two changes of one row" },
        { "a delete with cells", "01" "00" "01" "07" "01" "01" "04" "01" "01" "0102" "00", "00", JEMPUT_CORRUPT, "no such table" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint8_t body[100], codes[100];
        size_t body_len = vector_hex(body, sizeof body, table[i].body), codes_len = vector_hex(codes, sizeof codes, table[i].codes);
        struct jemput_error err = { 0 };
        enum jemput_status st = read_damaged(jemput_bytes_of(body, body_len), jemput_bytes_of(codes, codes_len), &err);

        if (st != table[i].st || !strstr(err.text, table[i].why))
            fail_msg("%s: status %d, %s", table[i].what, st, err.text);
    }
}

/* A column's one value stands for every row, so a short body could mean more text than a disk holds. */
static void one_large_value_for_many_rows_is_refused(void **state)
{
    enum { ROWS = 60000, TEXT_BYTES = 60000 };
    struct jemput_buf body = JEMPUT_BUF_INIT(1 << 20), sent = JEMPUT_BUF_INIT(1 << 20), payload = JEMPUT_BUF_INIT(1 << 20);
    struct jemput_arena arena = { 0 };
    struct jemput_txn txn = { .stamp = 1 }, *back;
    struct jemput_value text = { .type = JEMPUT_TEXT, .bytes = jemput_bytes_of(jemput_arena_alloc(&arena, TEXT_BYTES), TEXT_BYTES) };
    struct jemput_sink sink = { .body = &body };
    struct jemput_buf codes = JEMPUT_BUF_INIT(1 << 20);
    struct jemput_number_model step = { 0 };
    struct jemput_error err;
    uint32_t count;

    (void)state;
    jemput_range_writer_init(&sink.codes, &codes);
    jemput_buf_varint(&body, 1);
    jemput_times_write(&sink, &txn, 1);
    jemput_buf_varint(&body, 0); /* id runs */
    jemput_buf_varint(&body, 1); /* one shape: table 1, insert, one key value, column 1 */
    jemput_buf_varint(&body, 1 << 2 | JEMPUT_OP_INSERT);
    jemput_buf_varint(&body, 1);
    jemput_buf_varint(&body, 1);
    jemput_buf_varint(&body, 1 << 2);
    jemput_buf_varint(&body, ROWS);
    for (unsigned i = 0; i < ROWS; i++)
        jemput_range_write_number(&sink.codes, &step, 0);
    jemput_buf_append(&body, "\5\0\2\0\2", 5); /* key: integers, base 0, by step: 0, 1, 2, ... */
    for (unsigned i = 1; i < ROWS; i++)
        jemput_range_write_number(&sink.codes, i == 1 ? memset(&step, 0, sizeof step) : &step, 0);
    jemput_buf_u8(&body, 1); /* constant */
    jemput_value_write(&body, &text);
    jemput_range_writer_finish(&sink.codes);
    assert_int_equal(jemput_zip_deflate(&sent, jemput_buf_bytes(&body), 9, jemput_dictionary(), &err), JEMPUT_OK);
    jemput_buf_varint(&payload, 10000);
    for (unsigned i = 0; i < 10000; i++)
        jemput_buf_u8(&payload, 0);
    jemput_buf_sized(&payload, jemput_buf_bytes(&sent));
    jemput_buf_append_bytes(&payload, jemput_buf_bytes(&codes));
    assert_int_equal(jemput_payload_read(&back, &count, jemput_buf_bytes(&payload), &arena, &err), JEMPUT_LIMIT);
    assert_non_null(strstr(err.text, "more text"));
    jemput_buf_release(&body);
    jemput_buf_release(&sent);
    jemput_buf_release(&codes);
    jemput_buf_release(&payload);
    jemput_arena_release(&arena);
}

static void short_payload_cannot_unfold_to_much(void **state)
{
    struct jemput_buf body = JEMPUT_BUF_INIT(1 << 22), sent = JEMPUT_BUF_INIT(1 << 22), payload = JEMPUT_BUF_INIT(1 << 22);
    struct jemput_arena arena = { 0 };
    struct jemput_txn *back;
    uint32_t count;
    struct jemput_error err;

    (void)state;
    for (unsigned i = 0; i < 2000000; i++)
        jemput_buf_u8(&body, 0);
    assert_int_equal(jemput_zip_deflate(&sent, jemput_buf_bytes(&body), 9, jemput_dictionary(), &err), JEMPUT_OK);
    jemput_buf_u8(&payload, 0);
    jemput_buf_sized(&payload, jemput_buf_bytes(&sent));
    assert_int_equal(jemput_payload_read(&back, &count, jemput_buf_bytes(&payload), &arena, &err), JEMPUT_LIMIT);
    assert_true(arena.total_bytes < 1 << 20);
    jemput_buf_release(&body);
    jemput_buf_release(&sent);
    jemput_buf_release(&payload);
    jemput_arena_release(&arena);
}

/* --- memory --- */

static void writing_and_reading_without_memory_say_so_and_leak_nothing(void **state)
{
    struct jemput_arena random = { 0 };
    struct fault_alloc mem;
    struct work w;
    bool writing = true;

    (void)state;
    fault_alloc_install(&mem);
    for (uint64_t n = 0;; n++) {
        struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
        struct jemput_arena arena = { 0 };
        struct jemput_txn *back = NULL;
        uint32_t count = 99;
        struct jemput_error err;
        enum jemput_status st;

        random_seed(21);
        random_work(&w, &random);
        jemput_buf_u8(&payload, 77);
        if (writing)
            fault_alloc_arm(&mem, n, false);
        st = jemput_payload_write(&payload, w.txns, w.count, w.runs, w.run_count, &err);
        if (writing)
            fault_alloc_disarm(&mem);
        assert_int_equal(st, writing && mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
        if (st)
            assert_int_equal(payload.len, 1);
        if (!writing) {
            fault_alloc_arm(&mem, n, false);
            st = jemput_payload_read(&back, &count, jemput_bytes_of(payload.data + 1, payload.len - 1), &arena, &err);
            fault_alloc_disarm(&mem);
            assert_int_equal(st, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
            assert_int_equal(count, mem.failures ? 99 : w.count);
        }
        jemput_buf_release(&payload);
        jemput_arena_release(&arena);
        jemput_arena_release(&random);
        if (!mem.failures && !writing)
            break;
        if (!mem.failures) {
            writing = false;
            n = UINT64_MAX;
        }
    }
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
}

/* --- golden --- */

static void golden_payload_is_read_as_ever(void **state)
{
    static const char *const names[] = { "payload-example.txt", "payload-field.txt", "payload-kinds.txt", "payload-codings.txt", "payload-marks.txt" };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        golden_file_is_read(names[i], NULL);
}

static void dictionary_is_the_one_that_the_format_names(void **state)
{
    struct jemput_bytes vector = vector_load("dictionary-1.txt");
    uint8_t hash[32];
    char hex[65];

    (void)state;
    assert_true(jemput_bytes_equal(vector, jemput_dictionary()));
    vector_free(vector);
    jemput_hash256(hash, jemput_dictionary(), NULL);
    jemput_hex_encode(hex, hash, sizeof hash);
    assert_string_equal(hex, "789608ef142a790a5d06c1c935cd3fd6227c2a10eb63906d91e3cdeb8803d372");
}

static int crypto_up(void **state)
{
    struct jemput_error err;

    (void)state;
    return jemput_crypto_init(&err) ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_work_comes_back),
        cmocka_unit_test(columns_of_every_kind_come_back),
        cmocka_unit_test(dates_at_the_edges_come_back),
        cmocka_unit_test(column_that_begins_with_an_empty_text_comes_back),
        cmocka_unit_test(nothing_at_all_comes_back),
        cmocka_unit_test(application_costs_less_than_its_budget),
        cmocka_unit_test(run_of_ids_is_named_only_where_it_saves_bytes),
        cmocka_unit_test(large_values_come_back_whatever_they_compress_to),
        cmocka_unit_test(many_empty_cells_come_back),
        cmocka_unit_test(more_than_a_segment_may_hold_is_refused),
        cmocka_unit_test(key_that_is_not_canonical_is_refused),
        cmocka_unit_test(stamp_that_no_clock_makes_is_refused_both_ways),
        cmocka_unit_test(damage_in_either_stream_is_refused_or_harmless),
        cmocka_unit_test(damage_in_the_payload_as_sent_is_refused_or_harmless),
        cmocka_unit_test(hostile_streams_get_their_exact_code),
        cmocka_unit_test(one_large_value_for_many_rows_is_refused),
        cmocka_unit_test(short_payload_cannot_unfold_to_much),
        cmocka_unit_test(writing_and_reading_without_memory_say_so_and_leak_nothing),
        cmocka_unit_test(golden_payload_is_read_as_ever),
        cmocka_unit_test(dictionary_is_the_one_that_the_format_names),
    };

    return cmocka_run_group_tests(tests, crypto_up, NULL);
}
