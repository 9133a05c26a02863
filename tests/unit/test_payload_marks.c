/* unit/test_payload_marks.c — decisions, spares and successors in payloads: they come back, cost little, and nothing where there are none. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "payload_world.h"
#include "support/fault_alloc.h"

/* --- coming back --- */

static void marks_count(const struct work *w, uint32_t *decisions, uint32_t *spares, uint32_t *successors)
{
    for (uint32_t i = 0; i < w->count; i++) {
        for (uint32_t k = 0; k < w->txns[i].change_count; k++) {
            *decisions += w->txns[i].changes[k].op == JEMPUT_OP_DECIDE;
            *spares += w->txns[i].changes[k].spare_count;
            *successors += w->txns[i].changes[k].successor.len > 0;
        }
    }
}

static void random_marks_come_back(void **state)
{
    struct jemput_arena arena = { 0 };
    uint32_t decisions = 0, spares = 0, successors = 0;

    (void)state;
    for (unsigned i = 0; i < 150; i++) {
        struct work w;

        random_seed(i + 1000);
        random_work(&w, &arena);
        marks_count(&w, &decisions, &spares, &successors);
        assert_comes_back(w.txns, w.count, w.runs, w.run_count);
        jemput_arena_clear(&arena);
    }
    assert_true(decisions > 100 && spares > 500 && successors > 100);
    jemput_arena_release(&arena);
}

static void damage_of_marks_is_refused_or_harmless(void **state)
{
    struct jemput_arena arena = { 0 };

    (void)state;
    for (unsigned tried = 0, seed = 2000; tried < 3; seed++) {
        uint32_t decisions = 0, spares = 0, successors = 0;
        struct jemput_buf payload;
        struct work w;

        random_seed(seed);
        random_work(&w, &arena);
        marks_count(&w, &decisions, &spares, &successors);
        if (w.count <= 2 && decisions && spares && successors) {
            payload = payload_of(w.txns, w.count, w.runs, w.run_count);
            assert_damage_is_harmless(jemput_buf_bytes(&payload));
            jemput_buf_release(&payload);
            tried++;
        }
        jemput_arena_clear(&arena);
    }
    jemput_arena_release(&arena);
}

static struct jemput_bytes key_of(struct jemput_value value, struct jemput_arena *arena)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    struct jemput_bytes key;
    struct jemput_error err;

    assert_int_equal(jemput_key_write(&bytes, &value, 1, &err), JEMPUT_OK);
    key = jemput_arena_copy(arena, jemput_buf_bytes(&bytes));
    jemput_buf_release(&bytes);
    return key;
}

static struct jemput_value integer(int64_t v)
{
    return (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = v };
}

static void spares_fill(struct jemput_change *c, uint32_t count, uint8_t writer, struct jemput_arena *arena)
{
    c->spare_count = count;
    c->spares = jemput_arena_array(arena, count, sizeof *c->spares);
    for (uint32_t i = 0; i < count; i++) {
        c->spares[i] = (struct jemput_spare){ .column = i < 2000 ? 3 : 500, .txn = { .stamp = (UINT64_C(1772400000000) << 16) + i } };
        c->spares[i].txn.writer.id[0] = writer;
        c->spares[i].txn.writer.id[15] = (uint8_t)random_under(3);
    }
}

/* Every change of the payload spares as many as it may, each another transaction: more names than two bytes count. One more is not written. */
static void as_many_spares_as_there_may_be_come_back(void **state)
{
    enum { CHANGES = 20 };
    struct jemput_change changes[CHANGES];
    struct jemput_cell cells[2] = { { .column = 3 }, { .column = 500 } };
    struct jemput_txn t = { .stamp = UINT64_C(1772500000000) << 16, .change_count = CHANGES, .changes = changes };
    struct jemput_buf out = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct jemput_error err;

    (void)state;
    for (uint32_t i = 0; i < CHANGES; i++) {
        changes[i] = (struct jemput_change){ .table = i + 1, .op = JEMPUT_OP_UPDATE, .cell_count = 2, .cells = cells };
        changes[i].key = key_of(integer(1), &arena);
        spares_fill(&changes[i], JEMPUT_SPARES_MAX, (uint8_t)i, &arena);
    }
    assert_comes_back(&t, 1, NULL, 0);
    spares_fill(&changes[7], JEMPUT_SPARES_MAX + 1, 7, &arena);
    assert_int_equal(jemput_payload_write(&out, &t, 1, NULL, 0, &err), JEMPUT_CORRUPT);
    jemput_buf_release(&out);
    jemput_arena_release(&arena);
}

/* --- size --- */

static void runs_of(struct jemput_bytes body, struct jemput_bytes codes, struct jemput_source *s, struct jemput_arena *arena)
{
    struct jemput_txn *txns;
    uint64_t count;

    *s = (struct jemput_source){ .body = { .rest = body }, .arena = arena, .scratch = arena };
    jemput_range_reader_init(&s->codes, codes);
    count = jemput_read_varint(&s->body);
    txns = jemput_arena_array(arena, count, sizeof *txns);
    jemput_times_read(s, txns, (uint32_t)count);
    jemput_id_runs_read(s);
    assert_true(jemput_source_ok(s));
}

static void assert_written_no_longer(struct jemput_bytes golden, const struct jemput_txn *txns, uint32_t count)
{
    struct streams before = streams_of(golden), after;
    struct jemput_arena arena = { 0 };
    struct jemput_source s;
    struct jemput_buf again;

    runs_of(jemput_buf_bytes(&before.body), jemput_buf_bytes(&before.codes), &s, &arena);
    again = payload_of(txns, count, s.runs, s.run_count);
    after = streams_of(jemput_buf_bytes(&again));
    assert_true(after.body.len + after.codes.len <= before.body.len + before.codes.len);
    streams_release(&before);
    streams_release(&after);
    jemput_buf_release(&again);
    jemput_arena_release(&arena);
}

/* The streams are looked at, not the payload as sent, which depends on the zlib that packs it. */
static void ordinary_work_takes_no_byte_more_than_in_golden_payloads(void **state)
{
    static const char *const names[] = { "payload-example.txt", "payload-field.txt", "payload-kinds.txt" };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        golden_file_is_read(names[i], assert_written_no_longer);
}

/* Of twenty transactions, ten correct a NIK; one of these leaves values open. */
static void spare_costs_its_writer_once_and_some_bytes_more(void **state)
{
    struct field_work w;
    struct jemput_txn txns[20];
    struct jemput_spare spares[2] = { { .column = 2, .txn = { .stamp = UINT64_C(1772400000000) << 16 | 3 } } };
    size_t none, one, two;

    (void)state;
    field_work_init(&w, 3);
    for (unsigned i = 0; i < 20; i++) {
        struct jemput_change *person;

        txns[i] = field_application(&w);
        if (i % 2)
            continue;
        person = &txns[i].changes[1];
        *person = (struct jemput_change){ .table = 7, .op = JEMPUT_OP_UPDATE, .key = person->key, .cell_count = 1, .cells = &person->cells[1] };
        txns[i].changes = person;
        txns[i].change_count = 1;
    }
    for (unsigned i = 0; i < sizeof spares[0].txn.writer.id; i++)
        spares[0].txn.writer.id[i] = (uint8_t)random_next();
    spares[1] = spares[0];
    spares[1].txn.stamp += UINT64_C(90000) << 16;
    txns[14].changes->spares = spares;
    none = assert_comes_back(txns, 20, &w.run, 1);
    txns[14].changes->spare_count = 1;
    one = assert_comes_back(txns, 20, &w.run, 1);
    txns[14].changes->spare_count = 2;
    two = assert_comes_back(txns, 20, &w.run, 1);
    if (one > none + 30 || two > one + 6)
        fail_msg("no spare %zu bytes, one %zu, two %zu", none, one, two);
    jemput_arena_release(&w.arena);
}

/* Twenty applications, in each a row of theirs deleted that is no id of this device. */
static void applications_with_deletes(struct field_work *w, struct jemput_txn *txns, struct jemput_change **deletes)
{
    for (unsigned i = 0; i < 20; i++) {
        struct jemput_change *c = jemput_arena_array(&w->arena, 4, sizeof *c);
        uint8_t id[16];

        for (unsigned k = 0; k < sizeof id; k++)
            id[k] = (uint8_t)random_next();
        txns[i] = field_application(w);
        memcpy(c, txns[i].changes, 3 * sizeof *c);
        deletes[i] = &c[3];
        c[3] = (struct jemput_change){ .table = 12, .op = JEMPUT_OP_DELETE,
            .key = key_of((struct jemput_value){ .type = JEMPUT_BLOB, .bytes = { id, sizeof id } }, &w->arena) };
        txns[i].changes = c;
        txns[i].change_count = 4;
    }
}

/* Of this device's ids, or a key that the same transaction has anyway: neither travels once more. */
static void successor_of_a_known_id_costs_a_few_bytes(void **state)
{
    struct field_work w;
    struct jemput_txn txns[20];
    struct jemput_change *deletes[20];
    size_t without, copied, of_run;

    (void)state;
    field_work_init(&w, 5);
    applications_with_deletes(&w, txns, deletes);
    without = assert_comes_back(txns, 20, &w.run, 1);
    for (unsigned i = 0; i < 20; i++)
        deletes[i]->successor = txns[i].changes[2].key;
    copied = assert_comes_back(txns, 20, &w.run, 1);
    for (unsigned i = 0; i < 20; i++)
        deletes[i]->successor = key_of(field_id(&w), &w.arena);
    of_run = assert_comes_back(txns, 20, &w.run, 1);
    if (copied > without + 16 || of_run > without + 40)
        fail_msg("without successors %zu bytes, copied ones %zu, of the run %zu", without, copied, of_run);
    jemput_arena_release(&w.arena);
}

/* --- refusals --- */

static void change_that_is_not_sound_is_not_written(void **state)
{
    static const uint8_t one[] = { 1, 2 }, two[] = { 1, 4 }, pair[] = { 1, 2, 1, 4 };
    struct jemput_cell cell = { .column = 5 };
    struct jemput_spare good[] = { { 5, { .stamp = 1 } }, { 5, { .stamp = 2 } } }, twice[] = { { 5, { .stamp = 1 } }, { 5, { .stamp = 1 } } },
                        near[] = { { 4, { .stamp = 1 } } }, far[] = { { 6, { .stamp = 1 } } },
                        late[] = { { 5, { .stamp = JEMPUT_STAMP_MAX + 1 } } };
    const struct {
        enum jemput_op op;
        uint16_t cell_count;
        uint32_t spare_count;
        struct jemput_spare *spares;
        struct jemput_bytes successor;
        enum jemput_status st;
    } table[] = {
        { JEMPUT_OP_UPDATE, 1, 2, good, { 0 }, JEMPUT_OK },
        { JEMPUT_OP_UPDATE, 1, 1, far, { 0 }, JEMPUT_CORRUPT },
        { JEMPUT_OP_UPDATE, 1, 1, near, { 0 }, JEMPUT_CORRUPT },
        { JEMPUT_OP_UPDATE, 1, 1, late, { 0 }, JEMPUT_CORRUPT },
        { JEMPUT_OP_UPDATE, 1, 2, twice, { 0 }, JEMPUT_CORRUPT },
        { JEMPUT_OP_UPDATE, 0, 1, good, { 0 }, JEMPUT_CORRUPT },
        { JEMPUT_OP_UPDATE, 1, 0, NULL, { two, 2 }, JEMPUT_CORRUPT },
        { JEMPUT_OP_INSERT, 1, 1, good, { 0 }, JEMPUT_CORRUPT },
        { JEMPUT_OP_DECIDE, 1, 1, good, { 0 }, JEMPUT_CORRUPT },
        { JEMPUT_OP_DECIDE, 1, 0, NULL, { 0 }, JEMPUT_OK },
        { JEMPUT_OP_DECIDE, 0, 0, NULL, { 0 }, JEMPUT_CORRUPT },
        { JEMPUT_OP_DELETE, 1, 0, NULL, { 0 }, JEMPUT_CORRUPT },
        { JEMPUT_OP_DELETE, 0, 0, NULL, { two, 2 }, JEMPUT_OK },
        { JEMPUT_OP_DELETE, 0, 0, NULL, { one, 2 }, JEMPUT_CORRUPT },
        { JEMPUT_OP_DELETE, 0, 0, NULL, { two, 1 }, JEMPUT_CORRUPT },
        { JEMPUT_OP_DELETE, 0, 0, NULL, { pair, 4 }, JEMPUT_CORRUPT },
        { (enum jemput_op)0, 1, 0, NULL, { 0 }, JEMPUT_CORRUPT },
        { (enum jemput_op)5, 1, 0, NULL, { 0 }, JEMPUT_CORRUPT },
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct jemput_change c = { .table = 1, .op = table[i].op, .key = { one, 2 }, .cell_count = table[i].cell_count, .cells = &cell,
            .spare_count = table[i].spare_count, .spares = table[i].spares, .successor = table[i].successor };
        struct jemput_txn t = { .stamp = 1, .change_count = 1, .changes = &c };
        struct jemput_buf out = JEMPUT_BUF_INIT(1000);
        struct jemput_error err;

        if (jemput_payload_write(&out, &t, 1, NULL, 0, &err) != table[i].st)
            fail_msg("change %zu: %s", i, err.text);
        jemput_buf_release(&out);
    }
}

static void hostile_heads_of_marks_get_their_exact_code(void **state)
{
    static const struct {
        const char *what, *shapes; /* how many, and all that follows; one transaction is before them */
        enum jemput_status st;
        const char *why;
    } table[] = {
        { "a decision", "01" "04" "01" "01" "04" "01" "010102" "010102", JEMPUT_OK, "" },
        { "a decision without cells", "01" "04" "01" "00" "01" "010102", JEMPUT_CORRUPT, "no such table" },
        { "a marked decision", "01" "04" "21" "01" "04" "01" "010102" "010102" "0101", JEMPUT_CORRUPT, "no such table" },
        { "a marked insert", "01" "05" "21" "01" "04" "01" "010102" "010102" "0101", JEMPUT_CORRUPT, "no such table" },
        { "an unknown mark", "01" "06" "41" "01" "04" "01" "010102" "010102", JEMPUT_CORRUPT, "no such table" },
        { "a mark of no key", "01" "06" "20" "01" "04" "01" "010102" "010102", JEMPUT_CORRUPT, "no such table" },
        { "a decision before an update", "02" "0401010401" "0601010401" "010102" "010102" "010104" "010102", JEMPUT_CORRUPT, "ascend" },
        { "a decision behind an update", "02" "0601010401" "0401010401" "010102" "010102" "010104" "010102", JEMPUT_OK, "" },
        { "shapes alike but for their mark", "02" "07" "01" "00" "01" "07" "21" "00" "01" "010102" "010104" "010106", JEMPUT_CORRUPT, "ascend" },
        { "a successor", "01" "07" "21" "00" "01" "010102" "010104", JEMPUT_OK, "" },
        { "a marked delete without a successor", "01" "07" "21" "00" "01" "010102" "00", JEMPUT_OK, "" },
        { "a row that is its own successor", "01" "07" "21" "00" "01" "010102" "010102", JEMPUT_CORRUPT, "own successor" },
        { "a successor whose second half is NULL", "01" "07" "22" "00" "01" "010102" "010102" "010104" "00", JEMPUT_CORRUPT, "NULL" },
        { "a successor whose first half is NULL", "01" "07" "22" "00" "01" "010102" "010102" "00" "010104", JEMPUT_CORRUPT, "NULL" },
        { "a column of the successor missing", "01" "07" "21" "00" "01" "010102", JEMPUT_CORRUPT, "cut" },
        { "a marked update without its spares", "01" "06" "21" "01" "04" "01" "010102" "010102", JEMPUT_CORRUPT, "no writers" },
        { "spares of an unmarked update", "01" "06" "01" "01" "04" "01" "010102" "010102" "0101", JEMPUT_CORRUPT, "bytes follow" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint8_t body[100] = { 1, 0 }, codes[2] = { 0 };
        size_t len = 2 + vector_hex(body + 2, sizeof body - 2, table[i].shapes);
        struct jemput_error err = { 0 };
        enum jemput_status st = read_damaged(jemput_bytes_of(body, len), jemput_bytes_of(codes, body[2]), &err); /* a byte for each shape's rows */

        if (st != table[i].st || !strstr(err.text, table[i].why))
            fail_msg("%s: status %d, %s", table[i].what, st, err.text);
    }
}

#define STAMP_MS 1000 /* of the transaction */
#define MS_MAX ((int64_t)(JEMPUT_STAMP_MAX >> 16))

struct forged { /* spares of one update of columns 1 and 4, as a hostile writer tells them */
    const char *what;
    uint8_t writers[2]; /* first byte of each */
    unsigned writer_count;
    struct {
        int64_t ms;
        uint64_t counter;
        unsigned writer;
    } names[2];
    uint64_t name_count;
    uint64_t count;
    struct {
        unsigned v, among;
    } choices[7]; /* the last among 0 */
    enum jemput_status st;
    const char *why;
};

static enum jemput_status forged_read(const struct forged *f, struct jemput_error *err)
{
    static const uint8_t columns[] = { 1, 1, 2, 1, 1, 2, 1, 1, 2 }; /* key 1, and 1 in both cells */
    struct jemput_buf body = JEMPUT_BUF_INIT(1000), codes = JEMPUT_BUF_INIT(1000);
    struct jemput_sink sink = { .body = &body };
    struct jemput_number_model step = { 0 }, ms = { 0 }, counter = { 0 }, count = { 0 };
    struct jemput_txn txn = { .stamp = (jemput_stamp)STAMP_MS << 16 };
    enum jemput_status st;

    jemput_range_writer_init(&sink.codes, &codes);
    jemput_buf_varint(&body, 1);
    jemput_times_write(&sink, &txn, 1);
    jemput_buf_append(&body, "\0\1\6\41\2\4\10\1", 8); /* no runs; one shape: table 1, update, one key value, marked, columns 1 and 4, one change */
    jemput_range_write_number(&sink.codes, &step, 0);
    jemput_buf_append(&body, columns, sizeof columns);
    jemput_buf_varint(&body, f->writer_count);
    jemput_buf_varint(&body, f->name_count);
    for (unsigned i = 0; i < f->writer_count; i++) {
        uint8_t id[JEMPUT_WRITER_BYTES] = { f->writers[i] };

        jemput_range_write_raw(&sink.codes, jemput_bytes_of(id, sizeof id));
    }
    for (unsigned i = 0; i < f->name_count && i < 2; i++) {
        jemput_range_write_number(&sink.codes, &ms, jemput_zigzag(f->names[i].ms));
        jemput_range_write_number(&sink.codes, &counter, f->names[i].counter);
        if (f->writer_count)
            jemput_range_write_even(&sink.codes, f->names[i].writer, f->writer_count);
    }
    jemput_range_write_number(&sink.codes, &count, f->count);
    for (unsigned i = 0; f->choices[i].among; i++)
        jemput_range_write_even(&sink.codes, f->choices[i].v, f->choices[i].among);
    jemput_range_writer_finish(&sink.codes);
    st = read_damaged(jemput_buf_bytes(&body), jemput_buf_bytes(&codes), err);
    jemput_buf_release(&body);
    jemput_buf_release(&codes);
    return st;
}

static void hostile_spares_get_their_exact_code(void **state)
{
    static const struct forged table[] = {
        { "two of column 1, one of column 4", { 1, 2 }, 2, { { 0, 0, 0 }, { 0, 0, 1 } }, 2, 3,
          { { 0, 2 }, { 0, 2 }, { 0, 2 }, { 0, 1 }, { 1, 2 }, { 1, 2 } }, JEMPUT_OK, "" },
        { "none of them", { 1 }, 1, { { 0, 0, 0 } }, 1, 0, { { 0 } }, JEMPUT_OK, "" },
        { "no writers", { 0 }, 0, { { 0, 0, 0 } }, 0, 0, { { 0 } }, JEMPUT_CORRUPT, "no writers" },
        { "no writers of a name", { 0 }, 0, { { 0, 0, 0 } }, 1, 0, { { 0 } }, JEMPUT_CORRUPT, "no writers" },
        { "more writers than names", { 1, 2 }, 2, { { 0, 0, 0 } }, 1, 0, { { 0 } }, JEMPUT_CORRUPT, "more than names" },
        { "one writer twice", { 1, 1 }, 2, { { 0, 0, 0 }, { 0, 0, 1 } }, 2, 0, { { 0 } }, JEMPUT_CORRUPT, "writers do not ascend" },
        { "writers that descend", { 2, 1 }, 2, { { 0, 0, 0 }, { 0, 0, 1 } }, 2, 0, { { 0 } }, JEMPUT_CORRUPT, "writers do not ascend" },
        { "one name twice", { 1 }, 1, { { 5, 7, 0 }, { 0, 7, 0 } }, 2, 0, { { 0 } }, JEMPUT_CORRUPT, "names do not ascend" },
        { "names whose writers descend", { 1, 2 }, 2, { { 5, 7, 1 }, { 0, 7, 0 } }, 2, 0, { { 0 } }, JEMPUT_CORRUPT, "names do not ascend" },
        { "names whose counters descend", { 1 }, 1, { { 5, 7, 0 }, { 0, 6, 0 } }, 2, 0, { { 0 } }, JEMPUT_CORRUPT, "names do not ascend" },
        { "names whose times descend", { 1 }, 1, { { 5, 7, 0 }, { -1, 8, 0 } }, 2, 0, { { 0 } }, JEMPUT_CORRUPT, "names do not ascend" },
        { "the first time", { 1 }, 1, { { -STAMP_MS, 0, 0 } }, 1, 1, { { 0, 2 }, { 0, 1 } }, JEMPUT_OK, "" },
        { "a time before the first", { 1 }, 1, { { -STAMP_MS - 1, 0, 0 } }, 1, 1, { { 0, 2 }, { 0, 1 } }, JEMPUT_CORRUPT, "too large" },
        { "the last time", { 1 }, 1, { { MS_MAX - STAMP_MS, 65535, 0 } }, 1, 1, { { 0, 2 }, { 0, 1 } }, JEMPUT_OK, "" },
        { "a time behind the last", { 1 }, 1, { { MS_MAX - STAMP_MS + 1, 0, 0 } }, 1, 1, { { 0, 2 }, { 0, 1 } }, JEMPUT_CORRUPT, "too large" },
        { "a counter of 17 bits", { 1 }, 1, { { 0, 65536, 0 } }, 1, 1, { { 0, 2 }, { 0, 1 } }, JEMPUT_CORRUPT, "too large" },
        { "more names than the bytes may stand for", { 1 }, 1, { { 0, 0, 0 } }, 70000, 0, { { 0 } }, JEMPUT_LIMIT, "too many names" },
        { "one spare too many", { 1 }, 1, { { 0, 0, 0 } }, 1, JEMPUT_SPARES_MAX + 1, { { 0 } }, JEMPUT_CORRUPT, "too many of one change" },
        { "more spares than names", { 1 }, 1, { { 0, 0, 0 } }, 1, 2, { { 0, 2 }, { 0, 1 }, { 0, 2 } }, JEMPUT_CORRUPT, "more than there are" },
        { "one name in both columns", { 1 }, 1, { { 0, 0, 0 } }, 1, 2, { { 0, 2 }, { 0, 1 }, { 1, 2 }, { 0, 1 } }, JEMPUT_OK, "" },
        { "more spares than cells and names", { 1 }, 1, { { 0, 0, 0 } }, 1, 3, { { 0, 2 }, { 0, 1 }, { 1, 2 }, { 0, 1 } },
          JEMPUT_CORRUPT, "more than there are" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct jemput_error err = { 0 };
        enum jemput_status st = forged_read(&table[i], &err);

        if (st != table[i].st || !strstr(err.text, table[i].why))
            fail_msg("%s: status %d, %s", table[i].what, st, err.text);
    }
}

/* What a payload may unfold to counts spares and successors, too. */
static void marks_have_their_weight(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_cell cell = { .column = 1 };
    struct jemput_spare spares[100];
    uint8_t *text = jemput_arena_alloc(&arena, 4000);
    struct jemput_change changes[2] = {
        { .table = 1, .op = JEMPUT_OP_UPDATE, .cell_count = 1, .cells = &cell, .spare_count = 100, .spares = spares },
        { .table = 2, .op = JEMPUT_OP_DELETE },
    };
    struct jemput_txn t = { .stamp = 1, .change_count = 2, .changes = changes };

    (void)state;
    changes[0].key = changes[1].key = key_of(integer(1), &arena);
    changes[1].successor = key_of((struct jemput_value){ .type = JEMPUT_TEXT, .bytes = { text, 4000 } }, &arena);
    for (uint32_t i = 0; i < 100; i++)
        spares[i] = (struct jemput_spare){ 1, { .stamp = i } };
    for (uint32_t count = 1; count <= 2; count++) {
        uint64_t weight;
        struct jemput_buf payload;
        struct streams s;

        t.change_count = count;
        weight = jemput_txn_weight(&t);
        assert_int_equal(weight, count == 1 ? 2 + 100 : 2 + 100 + 2 + 4003 / 8);
        payload = payload_of(&t, 1, NULL, 0);
        s = streams_of(jemput_buf_bytes(&payload));
        for (uint64_t max = weight - 102; max <= weight; max++) {
            struct jemput_txn *back;
            uint32_t back_count;
            struct jemput_error err;

            assert_int_equal(jemput_streams_read(&back, &back_count, NULL, jemput_buf_bytes(&s.body), jemput_buf_bytes(&s.codes), max, &arena, &err),
                             max < weight ? JEMPUT_LIMIT : JEMPUT_OK);
        }
        streams_release(&s);
        jemput_buf_release(&payload);
    }
    jemput_arena_release(&arena);
}

/* A few bytes say "as the change before" for many spares: what they would take is not laid out before their weight is seen. */
static void spares_above_the_weight_take_no_memory(void **state)
{
    enum { CHANGES = 500, NAMES = 60 };
    struct jemput_arena arena = { 0 };
    struct jemput_cell cells[2] = { { .column = 3 } };
    struct jemput_change *changes = jemput_arena_array(&arena, CHANGES, sizeof *changes);
    struct jemput_txn t = { .stamp = 1, .change_count = CHANGES, .changes = changes }, *back;
    struct jemput_arena read = { 0 };
    struct jemput_buf payload;
    struct jemput_error err;
    struct streams s;
    uint32_t count;

    (void)state;
    for (uint32_t i = 0; i < CHANGES; i++) {
        changes[i] = (struct jemput_change){ .table = 1, .op = JEMPUT_OP_UPDATE, .cell_count = 1, .cells = cells };
        changes[i].key = key_of(integer(i < 250 ? -1 - (int64_t)i : i), &arena);
        spares_fill(&changes[i], NAMES, 0, &arena);
        for (uint32_t k = 0; k < NAMES; k++)
            changes[i].spares[k].txn.writer.id[15] = 1;
    }
    qsort(changes, CHANGES, sizeof *changes, random_change_compare);
    payload = payload_of(&t, 1, NULL, 0);
    s = streams_of(jemput_buf_bytes(&payload));
    assert_int_equal(jemput_streams_read(&back, &count, NULL, jemput_buf_bytes(&s.body), jemput_buf_bytes(&s.codes), 2 * CHANGES + NAMES, &read, &err),
                     JEMPUT_LIMIT);
    assert_true(read.total_bytes < (size_t)CHANGES * NAMES * sizeof(struct jemput_spare) / 2);
    streams_release(&s);
    jemput_buf_release(&payload);
    jemput_arena_release(&read);
    jemput_arena_release(&arena);
}

/* --- memory --- */

/* One call of either kind; false = it got through without meeting the nth allocation. */
static bool fault_once(struct fault_alloc *mem, const struct work *w, uint64_t n, bool writing)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct jemput_txn *back = NULL;
    uint32_t count = 99;
    struct jemput_error err;
    enum jemput_status st;

    if (writing)
        fault_alloc_arm(mem, n, false);
    st = jemput_payload_write(&payload, w->txns, w->count, NULL, 0, &err);
    if (!writing) {
        fault_alloc_arm(mem, n, false);
        st = jemput_payload_read(&back, &count, jemput_buf_bytes(&payload), &arena, &err);
    }
    fault_alloc_disarm(mem);
    assert_int_equal(st, mem->failures ? JEMPUT_NOMEM : JEMPUT_OK);
    if (!writing)
        assert_int_equal(count, mem->failures ? 99 : w->count);
    jemput_buf_release(&payload);
    jemput_arena_release(&arena);
    return mem->failures;
}

/* Large enough that names and spares take blocks of memory of their own. */
static void marks_without_memory_say_so_and_leak_nothing(void **state)
{
    enum { NAMES = 900 };
    struct fault_alloc mem;
    struct jemput_arena arena = { 0 };
    struct jemput_cell cell = { .column = 1 };
    struct jemput_spare *spares;
    struct jemput_change changes[2] = { { .table = 1, .op = JEMPUT_OP_UPDATE, .cell_count = 1, .cells = &cell },
                                        { .table = 2, .op = JEMPUT_OP_DELETE } };
    struct work w = { .txns = { { .stamp = 1, .change_count = 2, .changes = changes } }, .count = 1 };

    (void)state;
    fault_alloc_install(&mem);
    spares = jemput_arena_array(&arena, NAMES, sizeof *spares);
    for (uint32_t i = 0; i < NAMES; i++)
        spares[i] = (struct jemput_spare){ 1, { .stamp = i, .writer = { { (uint8_t)i, (uint8_t)(i >> 8) } } } };
    changes[0].key = changes[1].key = key_of(integer(1), &arena);
    changes[0].spare_count = NAMES;
    changes[0].spares = spares;
    changes[1].successor = key_of(integer(2), &arena);
    for (unsigned writing = 0; writing < 2; writing++)
        for (uint64_t n = 0; fault_once(&mem, &w, n, writing); n++)
            assert_true(n < 1000);
    jemput_arena_release(&arena);
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
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
        cmocka_unit_test(random_marks_come_back),
        cmocka_unit_test(damage_of_marks_is_refused_or_harmless),
        cmocka_unit_test(as_many_spares_as_there_may_be_come_back),
        cmocka_unit_test(ordinary_work_takes_no_byte_more_than_in_golden_payloads),
        cmocka_unit_test(spare_costs_its_writer_once_and_some_bytes_more),
        cmocka_unit_test(successor_of_a_known_id_costs_a_few_bytes),
        cmocka_unit_test(change_that_is_not_sound_is_not_written),
        cmocka_unit_test(hostile_heads_of_marks_get_their_exact_code),
        cmocka_unit_test(hostile_spares_get_their_exact_code),
        cmocka_unit_test(marks_have_their_weight),
        cmocka_unit_test(spares_above_the_weight_take_no_memory),
        cmocka_unit_test(marks_without_memory_say_so_and_leak_nothing),
    };

    return cmocka_run_group_tests(tests, crypto_up, NULL);
}
