/* Tests of store/apply/early.c: what segments wrote that came before one that they name is judged again when that comes, and nothing else is. (That it is
 * judged rightly in any order, with rows held and restored: test_pass.c; after loading, test_dump.c.) */
#include "pass_world.h"
#include "store/apply/erase.h"
#include "store/internal.h"

static int64_t ask(struct world_store *s, const char *sql)
{
    sqlite3_stmt *stmt;
    int64_t answer;

    assert_int_equal(sqlite3_prepare_v2(jemput_store_app(s->store), sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    answer = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return answer;
}

static int steps_count(void *ctx)
{
    ++*(uint64_t *)ctx;
    return 0;
}

static const char *key_of(char key[16], int number)
{
    snprintf(key, 16, "k%d", number);
    return key;
}

enum { FIRST, BASE_COUNT = 3 }; /* one makes families, two edit each of them at once */

/* So many families, each in conflict; and persons as many who are held, since all want one number. */
static void crowd(struct world *w, int families)
{
    char key[16];

    for (uint8_t writer = 1; writer <= BASE_COUNT; writer++) {
        int at = world_segment(w, writer, -1), made = 0;

        if (at != FIRST)
            world_merged(w, at, FIRST, false);
        while (made < families) {
            struct jemput_txn *txn = world_txn(w, at, (jemput_stamp)(writer * 100 + made));

            for (int i = 0; i < 25 && made < families; i++, made++) {
                if (at != FIRST)
                    world_update(w, txn, KELUARGA, key_of(key, made), K_ALAMAT, at == 1 ? "utara" : "selatan");
                else
                    world_insert_keluarga(w, txn, key_of(key, made), NULL, NULL);
                if (at == FIRST)
                    world_insert_orang(w, txn, key, "satu", "Ani", 1, NULL, NULL);
            }
        }
    }
}

/* How much SQLite does when a segment comes that another has named: this one has seen it, and wrote one row after it. */
static uint64_t work_among(int families)
{
    struct world w;
    struct world_store s;
    uint64_t tens = 0;
    int order[] = { 0, 1, 2 }, missing, early, warm;

    world_weak_hashes = false; /* what meets in its hash is looked at */
    world_init(&w, 16);
    crowd(&w, families);
    world_open(&s, "crowd", world_schema);
    world_deliver(&w, &s, order, BASE_COUNT);
    missing = world_segment(&w, 20, -1);
    early = world_segment(&w, 21, -1);
    warm = world_segment(&w, 22, -1);
    world_merged(&w, missing, FIRST, false);
    world_update(&w, world_txn(&w, missing, 5000), KELUARGA, "k0", K_ALAMAT, "barat");
    world_merged(&w, early, missing, true);
    world_update(&w, world_txn(&w, early, 5001), KELUARGA, "k0", K_ALAMAT, "timur");
    world_insert_keluarga(&w, world_txn(&w, warm, 5002), "baru", NULL, NULL);
    world_deliver(&w, &s, &early, 1);
    world_deliver(&w, &s, &warm, 1); /* from here on it is known what held rows wait for */
    sqlite3_progress_handler(s.store->db, 10, steps_count, &tens);
    world_deliver(&w, &s, &missing, 1);
    sqlite3_progress_handler(s.store->db, 0, NULL, NULL);
    assert_int_equal(ask(&s, "SELECT alamat = 'timur' FROM keluarga WHERE id = 'k0'"), 1);
    assert_int_equal(ask(&s, "SELECT count(*) FROM jemput_withheld"), families - 1);
    world_close(&s);
    world_release(&w);
    return tens;
}

static void a_segment_that_was_waited_for_costs_as_much_among_a_thousand_conflicts_as_among_four(void **state)
{
    uint64_t few = work_among(4), many = work_among(1000);

    (void)state;
    if (many > few + few / 4)
        fail_msg("among 1,000 conflicts a segment that was waited for takes %llu steps of SQLite, among 4 it takes %llu",
                 (unsigned long long)many * 10, (unsigned long long)few * 10);
}

/* The same where a log of so many segments waits for one that was lost, and will wait for ever. */
static uint64_t work_beside(int waiting)
{
    struct world w;
    struct world_store s;
    uint64_t tens = 0;
    int lost, missing, early, at = -1;

    world_weak_hashes = false;
    world_init(&w, 16);
    crowd(&w, 4);
    world_open(&s, "beside", world_schema);
    world_deliver(&w, &s, (int[]){ 0, 1, 2 }, BASE_COUNT);
    lost = world_segment(&w, 20, -1);
    for (int i = 0; i < waiting; i++) {
        at = world_segment(&w, 21, at);
        if (i == 0)
            world_merged(&w, at, lost, true);
        world_update(&w, world_txn(&w, at, (jemput_stamp)(4000 + i)), KELUARGA, "k1", K_ALAMAT, "barat");
        world_deliver(&w, &s, &at, 1);
    }
    missing = world_segment(&w, 22, -1);
    early = world_segment(&w, 23, -1);
    world_merged(&w, missing, FIRST, false);
    world_merged(&w, early, missing, true);
    world_update(&w, world_txn(&w, missing, 5000), KELUARGA, "k0", K_ALAMAT, "barat");
    world_update(&w, world_txn(&w, early, 5001), KELUARGA, "k0", K_ALAMAT, "timur");
    world_deliver(&w, &s, &early, 1);
    sqlite3_progress_handler(s.store->db, 10, steps_count, &tens);
    world_deliver(&w, &s, &missing, 1);
    sqlite3_progress_handler(s.store->db, 0, NULL, NULL);
    assert_int_equal(ask(&s, "SELECT alamat = 'timur' FROM keluarga WHERE id = 'k0'"), 1);
    assert_int_equal(ask(&s, "SELECT count(*) FROM jemput_segment WHERE NOT frontier_whole"), waiting);
    world_close(&s);
    world_release(&w);
    return tens;
}

static void a_segment_that_comes_wakes_those_that_name_it_and_not_all_that_wait(void **state)
{
    uint64_t few = work_beside(4), many = work_beside(50);

    (void)state;
    if (many > few + few / 4)
        fail_msg("beside 50 segments that wait for another one it takes %llu steps of SQLite, beside 4 it takes %llu", (unsigned long long)many * 10,
                 (unsigned long long)few * 10);
}

/* Those that had seen one of them through another; not those that came when all was there. */
static void what_early_segments_wrote_is_noted_until_all_that_they_name_has_come(void **state)
{
    struct world w;
    struct world_store s;
    int base, one, two, early, next, own, whole;

    (void)state;
    world_init(&w, 1);
    world_open(&s, "noted", world_schema);
    base = world_segment(&w, 1, -1);
    for (int i = 0; i < 6; i++)
        world_insert_keluarga(&w, world_txn(&w, base, 10 + (jemput_stamp)i), (const char *[]){ "a", "b", "c", "d", "e", "f" }[i], NULL, NULL);
    one = world_segment(&w, 2, -1);
    two = world_segment(&w, 3, -1);
    early = world_segment(&w, 4, -1);
    next = world_segment(&w, 4, early);
    own = world_segment(&w, 5, -1);
    whole = world_segment(&w, 6, -1);
    for (int at = one; at <= whole; at++)
        world_merged(&w, at, base, false);
    world_merged(&w, early, one, true);
    world_merged(&w, early, two, true);
    world_merged(&w, own, early, true);
    for (int at = one; at <= whole; at++)
        world_update(&w, world_txn(&w, at, (jemput_stamp)(100 - at)), KELUARGA, at == next ? "b" : at == own ? "c" : "a", K_ALAMAT,
                     (const char *[]){ "1", "2", "3", "4", "5", "6" }[at - one]);
    world_deliver(&w, &s, (int[]){ base, early, next, own, whole }, 5);
    assert_int_equal(ask(&s, "SELECT count(*) FROM jemput_early"), 3);
    assert_int_equal(ask(&s, "SELECT count(DISTINCT segment) FROM jemput_early"), 3);
    world_deliver(&w, &s, &one, 1);
    assert_int_equal(ask(&s, "SELECT count(*) FROM jemput_early"), 3);
    assert_int_equal(ask(&s, "SELECT alamat FROM keluarga WHERE id = 'a'"), 3); /* the edit of `one` has the highest stamp, and was seen */
    world_deliver(&w, &s, &two, 1);
    assert_int_equal(ask(&s, "SELECT count(*) FROM jemput_early"), 0);
    assert_int_equal(ask(&s, "SELECT alamat FROM keluarga WHERE id = 'a'"), 3);
    free(pass_dump(&s));
    world_close(&s);
    world_release(&w);
}

static void a_forgotten_row_is_noted_no_more(void **state)
{
    struct world w;
    struct world_store s;
    struct jemput_error err;
    const uint32_t table = KELUARGA;
    struct jemput_bytes key;
    int missing, early;

    (void)state;
    world_init(&w, 1);
    world_open(&s, "forgotten", world_schema);
    missing = world_segment(&w, 2, -1);
    early = world_segment(&w, 3, -1);
    world_merged(&w, early, missing, true);
    world_insert_keluarga(&w, world_txn(&w, early, 10), "a", NULL, NULL);
    world_insert_keluarga(&w, world_txn(&w, early, 11), "b", NULL, NULL);
    world_deliver(&w, &s, &early, 1);
    assert_int_equal(ask(&s, "SELECT count(*) FROM jemput_early"), 2);
    key = world_key(&w, "a");
    WORLD_OK(jemput_store_begin(s.store, 1000, &err));
    WORLD_OK(jemput_store_rows_erase(s.store, &table, &key, 1, &err));
    WORLD_OK(jemput_store_commit(s.store, &err));
    assert_int_equal(ask(&s, "SELECT count(*) FROM jemput_early"), 1);
    world_deliver(&w, &s, &missing, 1);
    assert_int_equal(ask(&s, "SELECT count(*) FROM jemput_early"), 0);
    assert_int_equal(ask(&s, "SELECT count(*) FROM keluarga"), 1);
    world_close(&s);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_segment_that_was_waited_for_costs_as_much_among_a_thousand_conflicts_as_among_four),
        cmocka_unit_test(a_segment_that_comes_wakes_those_that_name_it_and_not_all_that_wait),
        cmocka_unit_test(what_early_segments_wrote_is_noted_until_all_that_they_name_has_come),
        cmocka_unit_test(a_forgotten_row_is_noted_no_more),
    };

    return cmocka_run_group_tests_name("early", tests, NULL, NULL);
}
