/* Tests of store/apply/birth_block.c: births are found again in whatever batches they came, blocks fit their page, and damage is noticed. */
#include "store_world.h"

#include "store/apply/birth_block.h"

enum { BIRTHS = 4000, SEEDS = 30, BATCH = 700, BYTES_MOST = 960 };

struct model {
    struct store_world w;
    uint64_t state;
    uint32_t count;
    uint64_t ids[BIRTHS], versions[BIRTHS];
};

static uint64_t next(struct model *m, uint64_t below)
{
    m->state = m->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (m->state >> 16 ^ m->state << 40) % below;
}

static void must(enum jemput_status st, const struct jemput_error *err)
{
    if (st)
        fail_msg("%s", err->text);
}

static struct model *model_new(uint64_t seed)
{
    struct model *m = calloc(1, sizeof *m);
    struct jemput_appliers *appliers;
    struct jemput_error err;

    assert_non_null(m);
    m->state = seed;
    world_init(&m->w);
    world_open(&m->w, true);
    must(jemput_store_begin(m->w.store, 0, &err), &err);
    must(jemput_appliers_get(m->w.store, &appliers, &err), &err);
    return m;
}

static void model_free(struct model *m)
{
    world_release(&m->w);
    free(m);
}

static uint64_t version_of(const struct model *m, uint64_t id)
{
    for (uint32_t i = 0; i < m->count; i++)
        if (m->ids[i] == id)
            return m->versions[i];
    return 0;
}

static int entry_order(const void *left, const void *right)
{
    const struct jemput_entry *a = left, *b = right;

    return a->number < b->number ? -1 : a->number > b->number;
}

/* Ids lie anywhere, or close together. */
static void batch_put(struct model *m, uint32_t size)
{
    struct jemput_entry births[BATCH];
    struct jemput_error err;
    uint32_t count = 0;

    while (count < size && m->count < BIRTHS) {
        uint64_t id = 1 + (next(m, 3) ? next(m, (UINT64_C(1) << JEMPUT_BIRTH_ID_BITS) - 1) : next(m, 5000));

        if (version_of(m, id))
            continue;
        births[count] = (struct jemput_entry){ .number = id, .version = 1 + next(m, UINT64_C(1) << next(m, 60)) };
        m->ids[m->count] = id;
        m->versions[m->count++] = births[count++].version;
    }
    qsort(births, count, sizeof *births, entry_order);
    must(jemput_birth_blocks_put(m->w.store, births, count, &err), &err);
}

static sqlite3_stmt *blocks_read(struct model *m)
{
    sqlite3_stmt *stmt;

    assert_int_equal(sqlite3_prepare_v2(m->w.store->db, "SELECT id, births FROM jemput_birth ORDER BY id", -1, &stmt, NULL), SQLITE_OK);
    return stmt;
}

/* What lies in the file is what the format says, and all that was put in. Returns how many blocks. */
static unsigned expect_blocks(struct model *m)
{
    sqlite3_stmt *stmt = blocks_read(m);
    uint64_t least = 0;
    uint32_t count = 0;
    unsigned blocks = 0;

    for (; sqlite3_step(stmt) == SQLITE_ROW; blocks++) {
        struct jemput_birth_block b;
        uint64_t first = (uint64_t)sqlite3_column_int64(stmt, 0);

        assert_true(blocks ? first >= least : first == 0);
        assert_true(sqlite3_column_bytes(stmt, 1) <= BYTES_MOST);
        jemput_birth_block_open(&b, first, jemput_bytes_of(sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1)));
        while (jemput_birth_block_next(&b)) {
            assert_true(b.id >= least);
            least = b.id + 1;
            count++;
            assert_true(b.version == version_of(m, b.id));
        }
        assert_false(b.damaged);
    }
    sqlite3_finalize(stmt);
    assert_int_equal(count, m->count);
    return blocks;
}

/* All once more: the same versions take their ids again. */
static void all_put(struct model *m)
{
    struct jemput_entry births[BIRTHS];
    struct jemput_error err;

    for (uint32_t i = 0; i < m->count; i++)
        births[i] = (struct jemput_entry){ .number = m->ids[i], .version = m->versions[i] };
    qsort(births, m->count, sizeof *births, entry_order);
    must(jemput_birth_blocks_put(m->w.store, births, m->count, &err), &err);
}

static void births_are_found_again_in_whatever_batches_they_came(void **state)
{
    unsigned most = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct model *m = model_new(seed);
        struct jemput_error err;
        uint64_t version;
        unsigned blocks;

        for (uint32_t size = 1 + (uint32_t)next(m, BATCH), wanted = (uint32_t)next(m, BIRTHS); m->count < wanted; size = 1 + (uint32_t)next(m, BATCH))
            batch_put(m, size);
        blocks = expect_blocks(m);
        most = blocks > most ? blocks : most;
        all_put(m);
        (void)expect_blocks(m);
        for (uint32_t i = 0; i < m->count; i++) {
            must(jemput_birth_blocks_find(m->w.store, m->ids[i], &version, &err), &err);
            assert_true(version == m->versions[i]);
            must(jemput_birth_blocks_find(m->w.store, m->ids[i] + 1, &version, &err), &err);
            assert_true(version == version_of(m, m->ids[i] + 1));
        }
        model_free(m);
    }
    assert_true(most > 10);
}

static void a_birth_goes_where_it_is_of_that_version_and_no_other_with_it(void **state)
{
    struct jemput_error err;

    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct model *m = model_new(seed);
        uint64_t version;
        int64_t left;

        while (m->count < 1000)
            batch_put(m, 100);
        for (uint32_t i = 0; i < m->count; i++) {
            must(jemput_birth_blocks_drop(m->w.store, m->ids[i], m->versions[i] + 1, &err), &err);
            if (i % 3 == 0)
                must(jemput_birth_blocks_drop(m->w.store, m->ids[i], m->versions[i], &err), &err);
        }
        for (uint32_t i = 0; i < m->count; i++) {
            must(jemput_birth_blocks_find(m->w.store, m->ids[i], &version, &err), &err);
            assert_int_equal(version, i % 3 ? m->versions[i] : 0);
        }
        for (uint32_t i = 0; i < m->count; i++)
            must(jemput_birth_blocks_drop(m->w.store, m->ids[i], m->versions[i], &err), &err);
        must(jemput_store_look(m->w.store, "SELECT count(*) FROM jemput_birth WHERE length(births) > 1", "count births", &left, &err), &err);
        assert_int_equal(left, 0);
        model_free(m);
    }
}

static void of_two_rows_of_one_id_the_second_gets_an_entry_with_its_key(void **state)
{
    struct model *m = model_new(1);
    const struct jemput_change change = { .table = 7, .key = jemput_bytes_str("first") }, other = { .table = 7, .key = jemput_bytes_str("second") };
    const struct jemput_entry births[] = { { 5, 100, &change }, { 5, 101, &other }, { 6, 102, &change } };
    struct jemput_error err;
    uint64_t version;
    int64_t entries;

    (void)state;
    must(jemput_birth_blocks_put(m->w.store, births, 3, &err), &err);
    must(jemput_birth_blocks_put(m->w.store, births, 3, &err), &err); /* known already: the same versions share their ids */
    must(jemput_birth_blocks_put(m->w.store, &(struct jemput_entry){ 6, 103, &other }, 1, &err), &err);
    must(jemput_birth_blocks_find(m->w.store, 5, &version, &err), &err);
    assert_int_equal(version, 100);
    must(jemput_birth_blocks_find(m->w.store, 6, &version, &err), &err);
    assert_int_equal(version, 102);
    must(jemput_store_look(m->w.store, "SELECT version * 10 + (SELECT count(*) FROM jemput_row) FROM jemput_row WHERE key = CAST('second' AS BLOB)", "look",
                           &entries, &err), &err);
    assert_int_equal(entries, 1011);
    model_free(m);
}

static uint32_t damaged_read(const uint8_t *bytes, size_t len, bool *damaged)
{
    struct jemput_birth_block b;
    uint32_t count = 0;
    uint64_t least = 0;

    for (jemput_birth_block_open(&b, 0, jemput_bytes_of(bytes, len)); jemput_birth_block_next(&b); count++) {
        assert_true(b.id >= least && b.id >> JEMPUT_BIRTH_ID_BITS == 0);
        least = b.id;
    }
    *damaged = b.damaged;
    return count;
}

static void a_block_that_is_cut_or_altered_is_read_up_to_there_at_most(void **state)
{
    struct model *m = model_new(3);
    sqlite3_stmt *stmt;
    uint8_t bytes[BYTES_MOST], *cut;
    uint32_t whole, cuts = 0;
    bool damaged;
    size_t len;

    (void)state;
    batch_put(m, 60);
    stmt = blocks_read(m);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    len = (size_t)sqlite3_column_bytes(stmt, 1);
    memcpy(bytes, sqlite3_column_blob(stmt, 1), len);
    sqlite3_finalize(stmt);
    whole = damaged_read(bytes, len, &damaged);
    assert_true(whole == 60 && !damaged);
    for (size_t at = 0; at < len; at++) {
        cut = malloc(at ? at : 1); /* so that a sanitizer sees one byte too much */
        memcpy(cut, bytes, at);
        assert_true(damaged_read(cut, at, &damaged) < whole);
        cuts += !damaged;
        free(cut);
    }
    assert_int_equal(cuts, whole + 1); /* behind each birth but the last, behind the width, and nothing at all */
    for (size_t bit = 0; bit < 8 * len; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        (void)damaged_read(bytes, len, &damaged);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    model_free(m);
}

static void a_damaged_block_is_no_block_to_write_to(void **state)
{
    struct model *m = model_new(4);
    struct jemput_error err;
    uint64_t version;

    (void)state;
    must(jemput_birth_blocks_put(m->w.store, &(struct jemput_entry){ 9, 100, NULL }, 1, &err), &err);
    assert_int_equal(sqlite3_exec(m->w.store->db, "UPDATE jemput_birth SET births = births || x'80'", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(jemput_birth_blocks_find(m->w.store, 9, &version, &err), JEMPUT_CORRUPT);
    assert_int_equal(jemput_birth_blocks_put(m->w.store, &(struct jemput_entry){ 10, 101, NULL }, 1, &err), JEMPUT_CORRUPT);
    model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(births_are_found_again_in_whatever_batches_they_came),
        cmocka_unit_test(a_birth_goes_where_it_is_of_that_version_and_no_other_with_it),
        cmocka_unit_test(of_two_rows_of_one_id_the_second_gets_an_entry_with_its_key),
        cmocka_unit_test(a_block_that_is_cut_or_altered_is_read_up_to_there_at_most),
        cmocka_unit_test(a_damaged_block_is_no_block_to_write_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
