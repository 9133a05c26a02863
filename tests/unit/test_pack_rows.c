/* Tests of checkpoint/pack.c and unpack.c: rows come out as they went in, whatever they are; many make few items, which are small, and of which most stay as they
 * are when little changes; what central packed wrongly is refused; and memory that runs out is told and nothing else. */
#include "rows_world.h"

enum { SEGMENTS = 30, TXNS = 300 }; /* of a day; a transaction makes a household (table 1) and a person in it (table 2) */

static struct jemput_id_run run_of(unsigned segment)
{
    unsigned place = segment / 5 * 5 + segment * 2 % 5; /* they came in another order than they were made */
    struct jemput_id_run run = { .first = 1 + 2 * (uint64_t)TXNS * place, .count = 2 * TXNS };

    memset(run.seed, (int)(0x40 + segment / 5), sizeof run.seed); /* five segments of one opening */
    return run;
}

/* How the day may differ. */
struct day {
    unsigned lacks;    /* a transaction counted from 1 that made no person */
    unsigned gone;     /* one of which nothing is left */
    unsigned other;    /* one whose household has another address */
    unsigned endless;  /* a segment that names a run without end, too */
    bool of_others;    /* and that of all seeds */
    bool no_runs;
};

static void household_add(struct items *items, const struct day *day, unsigned i, uint64_t txn, const struct jemput_value *id)
{
    char address[64];
    struct jemput_value values[3] = { *id, integer((int64_t)i), { 0 } };

    snprintf(address, sizeof address, "%s %u RT %u", day->other == i + 1 ? "Gang Buntu" : "Jl. Melati", i % 97, i % 7);
    values[2] = text(address);
    if (i % 3)
        plain_add(items, 1, txn, values, 3);
    else
        entry_add(items, 1, txn, id, 1, i % 2 ? "written twice" : "", values, 3);
}

static struct items day_items(const struct day *day)
{
    struct items items = items_none();

    for (unsigned s = 0; s < SEGMENTS && !day->no_runs; s++) {
        struct jemput_id_run runs[3] = { run_of(s), { .first = 0, .count = UINT64_MAX }, { .first = 1, .count = UINT64_MAX } };

        if (day->of_others) /* joined, they would be without end, or wrap to one that is empty */
            memcpy(runs[1].seed, runs[0].seed, sizeof runs[1].seed), memcpy(runs[2].seed, runs[0].seed, sizeof runs[2].seed);
        runs_add(&items, s + 1, runs, day->of_others ? 3 : 1 + (day->endless == s + 1));
    }
    table_add(&items, 1, 1, 3);
    table_add(&items, 2, 1, 4);
    for (unsigned i = 0; i < SEGMENTS * TXNS; i++) {
        struct jemput_id_run run = run_of(i / TXNS);
        uint64_t txn = (uint64_t)(i / TXNS + 1) * JEMPUT_SEGMENT_TXNS_MAX + i % TXNS, counter = run.first + 2 * (i % TXNS);
        uint8_t ids[2][16];
        struct jemput_value id[2];
        char name[32];

        for (unsigned k = 0; k < 2; k++) {
            jemput_hash_id(ids[k], run.seed, counter + k);
            id[k] = (struct jemput_value){ .type = JEMPUT_BLOB, .bytes = { ids[k], 16 } };
        }
        if (day->gone == i + 1)
            continue;
        household_add(&items, day, i, txn, &id[0]);
        snprintf(name, sizeof name, "Siti %u", i % 211);
        if (day->lacks != i + 1)
            plain_add(&items, 2, txn, (struct jemput_value[]){ id[1], id[0], text(name), { .type = JEMPUT_NULL } }, 4);
    }
    end_add(&items);
    return items;
}

/* --- tests --- */

static void a_days_rows_come_out_as_they_went_in_and_take_few_bytes(void **state)
{
    struct items items = day_items(&(struct day){ 0 }), made = assert_come_back(&items);

    (void)state;
    assert_true(items.count > 2 * SEGMENTS * TXNS);
    assert_true(made.count < SEGMENTS + 2 + 1 + SEGMENTS);
    assert_int_equal(items_of_kind(&made, JEMPUT_DUMP_PLAIN) + items_of_kind(&made, JEMPUT_DUMP_ENTRY), 0);
    if (made.bytes.len * 12 > items.bytes.len)
        fail_msg("%zu bytes of %zu", made.bytes.len, items.bytes.len);
    items_release(&made);
    items_release(&items);
}

static void no_item_holds_more_than_a_reader_has_room_for(void **state)
{
    struct items items = day_items(&(struct day){ 0 }), made = packed(&items);
    struct jemput_reader r = { .rest = jemput_buf_bytes(&made.bytes) };
    unsigned seen = 0;

    (void)state;
    while (r.rest.len) {
        struct jemput_reader in = { .rest = jemput_read_sized(&r) };
        struct jemput_arena arena = { 0 };
        struct jemput_txn *txns;
        struct jemput_error err;
        uint32_t count, rows = 0;

        if (jemput_read_u8(&in) != JEMPUT_DUMP_ROWS)
            continue;
        assert_int_equal(jemput_payload_read(&txns, &count, jemput_read_sized(&in), &arena, &err), JEMPUT_OK);
        for (uint32_t i = 0; i < count; i++)
            rows += txns[i].change_count;
        assert_true(count <= JEMPUT_ITEM_TXNS_MAX && rows <= JEMPUT_ITEM_ROWS_MAX);
        jemput_arena_release(&arena);
        seen++;
    }
    assert_true(seen >= SEGMENTS * TXNS / JEMPUT_ITEM_TXNS_MAX);
    items_release(&made);
    items_release(&items);
}

static void ids_take_their_bytes_only_where_no_run_is_told(void **state)
{
    struct items with = day_items(&(struct day){ 0 }), without = day_items(&(struct day){ .no_runs = true });
    struct items small = packed(&with), large = assert_come_back(&without);

    (void)state;
    assert_true(large.bytes.len > small.bytes.len + (size_t)SEGMENTS * TXNS * 2 * 16);
    items_release(&small);
    items_release(&large);
    items_release(&with);
    items_release(&without);
}

/* Bytes of 500 persons, with or without their births beside their NIK. */
static size_t persons_bytes(bool births)
{
    struct items items = items_none(), made;
    uint32_t x = 1;
    size_t bytes;

    table_add(&items, 1, 1, 2 + births);
    for (unsigned i = 0; i < 500; i++) {
        char nik[40], birth[40];
        unsigned year, month, day;

        x = x * 1664525 + 1013904223;
        year = 1945 + (x >> 8) % 80;
        month = 1 + (x >> 16) % 12;
        day = 1 + (x >> 24) % 28;
        snprintf(nik, sizeof nik, "321799%02u%02u%02u%04u", day + (i % 2 ? 40 : 0), month, year % 100, i + 1);
        snprintf(birth, sizeof birth, "%u-%02u-%02u", year, month, day);
        plain_add(&items, 1, 4096 + i, (struct jemput_value[]){ integer(i), text(nik), text(birth) }, 2 + births);
    }
    end_add(&items);
    made = assert_come_back(&items);
    bytes = made.bytes.len;
    items_release(&made);
    items_release(&items);
    return bytes;
}

static void births_that_stand_in_a_nik_take_no_bytes_of_their_own_though_no_stamp_tells_the_century(void **state)
{
    (void)state;
    assert_true(persons_bytes(true) < persons_bytes(false) + 32);
}

static void a_run_that_is_said_to_be_endless_takes_no_id_from_the_others(void **state)
{
    struct items fair = day_items(&(struct day){ 0 }), unfair = day_items(&(struct day){ .endless = 3 });
    struct items small = packed(&fair), made = assert_come_back(&unfair);

    (void)state;
    assert_true(made.bytes.len < small.bytes.len + 64);
    items_release(&small);
    items_release(&made);
    items_release(&fair);
    items_release(&unfair);
}

static void a_run_without_end_of_another_s_seed_takes_no_id_from_its_owner(void **state)
{
    struct items fair = day_items(&(struct day){ 0 }), unfair = day_items(&(struct day){ .of_others = true });
    struct items small = packed(&fair), made = assert_come_back(&unfair);
    size_t told = unfair.bytes.len - fair.bytes.len; /* they stand in the items of runs themselves */

    (void)state;
    if (made.bytes.len > small.bytes.len + told + 64)
        fail_msg("%zu bytes, not %zu and %zu", made.bytes.len, small.bytes.len, told);
    items_release(&small);
    items_release(&made);
    items_release(&fair);
    items_release(&unfair);
}

enum { FULL_SEGMENTS = JEMPUT_RUN_BOOK_BYTES_MAX / (JEMPUT_ID_RUNS_MAX * 34) + 1 }; /* what they tell is more than a writer keeps */

/* Bytes of the rows of one segment, whose ids are of a run that it names, where so many segments tell of theirs. */
static size_t rows_bytes_of(unsigned segment)
{
    struct jemput_id_run runs[JEMPUT_ID_RUNS_MAX];
    struct items items = items_none(), made;
    size_t bytes;

    for (unsigned i = 0; i < JEMPUT_ID_RUNS_MAX; i++) {
        runs[i] = (struct jemput_id_run){ .first = 1, .count = 100 };
        memset(runs[i].seed, (int)i, sizeof runs[i].seed);
    }
    for (unsigned s = 1; s <= FULL_SEGMENTS; s++)
        runs_add(&items, s, runs, JEMPUT_ID_RUNS_MAX);
    table_add(&items, 1, 1, 1);
    for (unsigned i = 1; i <= 100; i++) {
        uint8_t id[16];

        jemput_hash_id(id, runs[JEMPUT_ID_RUNS_MAX - 1].seed, i);
        plain_add(&items, 1, (uint64_t)segment * JEMPUT_SEGMENT_TXNS_MAX + i, &(struct jemput_value){ .type = JEMPUT_BLOB, .bytes = { id, 16 } }, 1);
    }
    end_add(&items);
    made = assert_come_back(&items);
    bytes = items_at(&made, FULL_SEGMENTS + 1).len;
    items_release(&made);
    items_release(&items);
    return bytes;
}

static void runs_for_which_there_is_no_room_are_not_used_and_stop_nothing(void **state)
{
    size_t first = rows_bytes_of(1), last = rows_bytes_of(FULL_SEGMENTS);

    (void)state;
    if (first > 400 || last < 100 * 16)
        fail_msg("%zu bytes, and %zu", first, last);
}

static void runs_that_are_none_are_left_out_and_stop_nothing(void **state)
{
    const struct jemput_id_run bad[] = { { .first = 5, .count = 0 }, { .first = 2, .count = UINT64_MAX } };

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct items items = items_none(), made;
        struct jemput_buf half = JEMPUT_BUF_INIT(16);

        if (i < 2)
            runs_add(&items, 1, &bad[i], 1);
        else
            jemput_buf_append(&half, "\x0f\1\2", 3); /* the beginning of one */
        if (i == 2)
            item_end(&items, &half);
        table_add(&items, 1, 1, 1);
        plain_add(&items, 1, 4096, (struct jemput_value[]){ text("a") }, 1);
        end_add(&items);
        made = assert_come_back(&items);
        assert_int_equal(items_of_kind(&made, JEMPUT_DUMP_ROWS), 1);
        items_release(&made);
        items_release(&items);
    }
}

/* How many of a's items b does not have. */
static unsigned items_lost(const struct items *a, const struct items *b)
{
    unsigned lost = 0;

    for (unsigned i = 0; i < a->count; i++) {
        bool found = false;

        for (unsigned k = 0; k < b->count && !found; k++)
            found = jemput_bytes_equal(items_at(a, i), items_at(b, k));
        lost += !found;
    }
    return lost;
}

static void what_changes_in_one_place_leaves_the_items_of_all_others_as_they_are(void **state)
{
    struct items day = day_items(&(struct day){ 0 }), before = packed(&day);
    const struct day others[] = { { .other = 1000 }, { .other = 8000 }, { .lacks = 1000 }, { .lacks = 8000 }, { .gone = 1000 }, { .gone = 8000 } };

    (void)state;
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
        struct items changed = day_items(&others[i]), after = packed(&changed);

        assert_int_equal(items_lost(&before, &after), 1);
        items_release(&changed);
        items_release(&after);
    }
    items_release(&before);
    items_release(&day);
}

static void what_cannot_be_packed_goes_through_as_it_is(void **state)
{
    static char large[JEMPUT_DUMP_ROW_BYTES];
    const struct jemput_value real = { .type = JEMPUT_REAL, .real = 1 }, none = { .type = JEMPUT_NULL };
    struct items items = items_none(), made;

    (void)state;
    memset(large, 'a', sizeof large - 1);
    table_add(&items, 1, 1, 2);
    plain_add(&items, 1, 4097, (struct jemput_value[]){ integer(9), text(large) }, 2);
    plain_add(&items, 1, 4097, (struct jemput_value[]){ real, none }, 2); /* a key says 1 for 1.0 */
    plain_add(&items, 1, 4097, (struct jemput_value[]){ none, none }, 2);
    entry_add(&items, 1, 0, &(struct jemput_value){ .type = JEMPUT_INTEGER, .integer = 2 }, 0, "x", (struct jemput_value[]){ integer(2), none }, 2);
    entry_add(&items, 1, 4097, &(struct jemput_value){ .type = JEMPUT_INTEGER, .integer = 3 }, 0, "x", (struct jemput_value[]){ text("3"), none }, 2);
    entry_add(&items, 1, 4097, &(struct jemput_value){ .type = JEMPUT_INTEGER, .integer = 4 }, 2, "x", NULL, 0);
    end_add(&items);
    made = assert_come_back(&items);
    assert_true(jemput_bytes_equal(jemput_buf_bytes(&made.bytes), jemput_buf_bytes(&items.bytes)));
    items_release(&made);
    items_release(&items);
}

/* Rows that do not ascend, a table that is all key, one transaction with more rows than an item holds, values of all types. */
static void rows_of_all_sorts_come_back(void **state)
{
    static const uint8_t bytes[] = { 0, 1, 2 };
    const struct jemput_value blob = { .type = JEMPUT_BLOB, .bytes = { bytes, sizeof bytes } }, real = { .type = JEMPUT_REAL, .real = -0.5 };
    struct items items = items_none(), made;

    (void)state;
    table_add(&items, 1, 2, 2);
    table_add(&items, 2, 1, 3);
    for (int64_t i = 0; i < JEMPUT_ITEM_ROWS_MAX + 10; i++)
        plain_add(&items, 1, 1, (struct jemput_value[]){ integer(i), text("k") }, 2);
    plain_add(&items, 2, 1, (struct jemput_value[]){ blob, real, { .type = JEMPUT_NULL } }, 3);
    plain_add(&items, 2, 9000, (struct jemput_value[]){ real, blob, text("") }, 3);
    plain_add(&items, 2, 8000, (struct jemput_value[]){ text(""), integer(INT64_MIN), blob }, 3);
    plain_add(&items, 1, 8000, (struct jemput_value[]){ text("a"), real }, 2);
    entry_add(&items, 2, JEMPUT_STAMP_MAX, &blob, 8, "", (struct jemput_value[]){ blob, blob, blob }, 3);
    end_add(&items);
    made = assert_come_back(&items);
    assert_int_equal(items_of_kind(&made, JEMPUT_DUMP_PLAIN) + items_of_kind(&made, JEMPUT_DUMP_ENTRY), 0);
    items_release(&made);
    items_release(&items);
}

/* --- what is not as it should be --- */

static struct items some_items(void)
{
    struct items items = items_none();
    struct jemput_id_run runs[2] = { { .first = 1, .count = 2 }, { .first = 9, .count = 1 } };

    runs_add(&items, 1, runs, 2);
    runs_add(&items, 2, &runs[1], 1);
    table_add(&items, 1, 1, 2);
    plain_add(&items, 1, 4096, (struct jemput_value[]){ text("a"), integer(1) }, 2);
    entry_add(&items, 1, 4096, &(struct jemput_value){ .type = JEMPUT_TEXT, .bytes = { (const uint8_t *)"b", 1 } }, 1, "xy",
              (struct jemput_value[]){ text("b"), integer(2) }, 2);
    plain_add(&items, 1, 4097, (struct jemput_value[]){ text("c"), integer(3) }, 2);
    end_add(&items);
    return items;
}

/* An item of rows out of these parts, behind the table's. */
static enum jemput_status rows_try(const struct jemput_txn *txns, uint32_t count, const char *states, size_t states_len)
{
    struct items items = items_none(), out;
    struct jemput_buf item = JEMPUT_BUF_INIT(1 << 16), payload = JEMPUT_BUF_INIT(1 << 16);
    struct jemput_error err;
    enum jemput_status st;

    table_add(&items, 1, 1, 2);
    assert_int_equal(jemput_payload_write(&payload, txns, count, NULL, 0, &err), JEMPUT_OK);
    jemput_buf_u8(&item, JEMPUT_DUMP_ROWS);
    jemput_buf_sized(&item, jemput_buf_bytes(&payload));
    jemput_buf_append(&item, states, states_len);
    item_end(&items, &item);
    st = unpack_try(&out, &items, &err);
    jemput_buf_release(&payload);
    items_release(&items);
    items_release(&out);
    return st;
}
#define ROWS_TRY(txn, states) rows_try(&(txn), 1, states, sizeof states - 1)

static void rows_that_are_not_what_they_should_be_are_refused(void **state)
{
    struct jemput_cell cells[2] = { { .column = 1, .value = { .type = JEMPUT_NULL } }, { .column = 2, .value = { .type = JEMPUT_NULL } } };
    struct jemput_change change[2] = { { .table = 1, .op = JEMPUT_OP_INSERT, .key = { (const uint8_t *)"\x03\x01" "a", 3 }, .cell_count = 1, .cells = cells } };
    struct jemput_txn txn = { .stamp = 4096, .change_count = 1, .changes = change };

    (void)state;
    assert_int_equal(ROWS_TRY(txn, ""), JEMPUT_OK);
    assert_int_equal(ROWS_TRY(txn, "\0\1\2xy"), JEMPUT_OK);
    txn.boot_id = 1;
    assert_int_equal(ROWS_TRY(txn, ""), JEMPUT_CORRUPT);
    txn.boot_id = 0;
    txn.note = jemput_bytes_str("n");
    assert_int_equal(ROWS_TRY(txn, ""), JEMPUT_CORRUPT);
    txn.note = (struct jemput_bytes){ 0 };
    assert_int_equal(ROWS_TRY(txn, "\0\1\2x"), JEMPUT_CORRUPT);        /* cut */
    assert_int_equal(ROWS_TRY(txn, "\1\1\2xy"), JEMPUT_CORRUPT);       /* of no row */
    assert_int_equal(ROWS_TRY(txn, "\0\1\2xy\0\1\2xy"), JEMPUT_CORRUPT); /* two of one row */
    change[1] = change[0];
    change[1].key = (struct jemput_bytes){ (const uint8_t *)"\x03\x01" "b", 3 };
    txn.change_count = 2;
    assert_int_equal(ROWS_TRY(txn, "\0\1\2xy\1\1\2xy"), JEMPUT_OK);
    assert_int_equal(ROWS_TRY(txn, "\0\1\2xy\0\1\2xy"), JEMPUT_CORRUPT);
    txn.change_count = 1;
    change[0].table = 2;
    assert_int_equal(ROWS_TRY(txn, ""), JEMPUT_CORRUPT); /* no such table */
    change[0].table = 1;
    change[0].op = JEMPUT_OP_UPDATE;
    assert_int_equal(ROWS_TRY(txn, ""), JEMPUT_CORRUPT);
    change[0].op = JEMPUT_OP_INSERT;
    cells[0].column = 2;
    assert_int_equal(ROWS_TRY(txn, ""), JEMPUT_CORRUPT); /* no such column */
    cells[0].column = 1;
    cells[0].value = integer(1);
    cells[0].is_delta = true;
    assert_int_equal(ROWS_TRY(txn, ""), JEMPUT_CORRUPT);
    cells[0].is_delta = false;
    change[0].cell_count = 2;
    assert_int_equal(ROWS_TRY(txn, ""), JEMPUT_CORRUPT); /* a value too many */
    change[0].cell_count = 0;
    assert_int_equal(ROWS_TRY(txn, ""), JEMPUT_CORRUPT); /* too few */
    change[0].cell_count = 1;
    change[0].key = (struct jemput_bytes){ (const uint8_t *)"\x03\x01" "a\x03\x01" "b", 6 };
    assert_int_equal(ROWS_TRY(txn, ""), JEMPUT_CORRUPT); /* a key of two */
}

static void tables_that_are_not_the_next_are_refused(void **state)
{
    const unsigned bad[][3] = { { 2, 1, 2 }, { 1, 0, 2 }, { 1, 17, 20 }, { 1, 3, 2 }, { 1, 1, JEMPUT_COLUMNS_MAX + 1 } };

    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct items items = items_none(), out;
        struct jemput_error err;

        table_add(&items, bad[i][0], bad[i][1], bad[i][2]);
        assert_int_equal(unpack_try(&out, &items, &err), JEMPUT_CORRUPT);
        items_release(&out);
        assert_int_equal(pack_try(&out, &items, &err), JEMPUT_CORRUPT);
        items_release(&out);
        items_release(&items);
    }
}

static void memory_that_runs_out_is_told(void **state)
{
    struct items items = some_items(), made, back;
    struct fault_alloc memory;
    struct jemput_error err;
    unsigned failed = 0;

    (void)state;
    fault_alloc_install(&memory);
    for (uint64_t n = 0;; n++) {
        enum jemput_status st;

        back = items_none();
        fault_alloc_arm(&memory, n, n & 1);
        st = pack_try(&made, &items, &err);
        if (!st)
            st = unpack_try(&back, &made, &err);
        fault_alloc_disarm(&memory);
        if (!st)
            assert_true(jemput_bytes_equal(jemput_buf_bytes(&back.bytes), jemput_buf_bytes(&items.bytes)));
        items_release(&made);
        items_release(&back);
        if (!memory.failures)
            break;
        assert_true(st == JEMPUT_NOMEM || st == JEMPUT_OK); /* OK: what one does without, such as a larger table of ids */
        failed += st == JEMPUT_NOMEM;
    }
    assert_int_equal(fault_alloc_uninstall(&memory), 0);
    assert_true(failed > 20);
    jemput_buf_release(&items.bytes);
}

static int begin(void **state)
{
    struct jemput_error err;

    (void)state;
    return jemput_crypto_init(&err) ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_days_rows_come_out_as_they_went_in_and_take_few_bytes),
        cmocka_unit_test(no_item_holds_more_than_a_reader_has_room_for),
        cmocka_unit_test(ids_take_their_bytes_only_where_no_run_is_told),
        cmocka_unit_test(births_that_stand_in_a_nik_take_no_bytes_of_their_own_though_no_stamp_tells_the_century),
        cmocka_unit_test(a_run_that_is_said_to_be_endless_takes_no_id_from_the_others),
        cmocka_unit_test(a_run_without_end_of_another_s_seed_takes_no_id_from_its_owner),
        cmocka_unit_test(runs_for_which_there_is_no_room_are_not_used_and_stop_nothing),
        cmocka_unit_test(runs_that_are_none_are_left_out_and_stop_nothing),
        cmocka_unit_test(what_changes_in_one_place_leaves_the_items_of_all_others_as_they_are),
        cmocka_unit_test(what_cannot_be_packed_goes_through_as_it_is),
        cmocka_unit_test(rows_of_all_sorts_come_back),
        cmocka_unit_test(rows_that_are_not_what_they_should_be_are_refused),
        cmocka_unit_test(tables_that_are_not_the_next_are_refused),
        cmocka_unit_test(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests_name("pack rows", tests, begin, NULL);
}
