/* Tests of store/constraint/held.c, constraint.c and lookup.c: a row that a constraint does not let into its table is held, listed, and let in by itself. (What
 * the pass over all rows gives: test_pass.c; rows whose parents were deleted: test_orphan.c.) */
#include "pass_world.h"
#include "store/internal.h"

static const char schema[] =
    "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT, kepala TEXT REFERENCES orang(id), aktif INTEGER);"
    "CREATE UNIQUE INDEX keluarga_no ON keluarga(no_kk) WHERE aktif = 1 /* the one in force */;"
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT, nama TEXT NOT NULL, umur INTEGER CHECK(umur >= 0), keluarga TEXT REFERENCES keluarga,"
    " induk TEXT REFERENCES orang(id), urut INTEGER, UNIQUE(keluarga, urut));"
    "CREATE UNIQUE INDEX orang_nik ON orang(lower(nik) DESC);"
    "SELECT jemput_replicate('keluarga'); SELECT jemput_replicate('orang');";
enum { NO_KK = 1, KEPALA = 2, AKTIF = 3 };
enum { NIK = 1, NAMA = 2, UMUR = 3, KK = 4, INDUK = 5, URUT = 6 };

static struct jemput_value number_or_null(int64_t number)
{
    return number == INT64_MIN ? (struct jemput_value){ .type = JEMPUT_NULL } : world_integer(number);
}

static void family(struct world *w, struct jemput_txn *txn, const char *key, const char *no_kk, const char *kepala, int64_t aktif)
{
    struct jemput_change *c = world_change(w, txn, KELUARGA, JEMPUT_OP_INSERT, key);

    world_cell(c, NO_KK, world_text(w, no_kk));
    world_cell(c, KEPALA, world_text(w, kepala));
    world_cell(c, AKTIF, number_or_null(aktif));
}

static void person(struct world *w, struct jemput_txn *txn, const char *key, const char *nik, const char *nama, int64_t umur, const char *kk,
                   const char *induk, int64_t urut)
{
    struct jemput_change *c = world_change(w, txn, ORANG, JEMPUT_OP_INSERT, key);

    world_cell(c, NIK, world_text(w, nik));
    world_cell(c, NAMA, world_text(w, nama));
    world_cell(c, UMUR, number_or_null(umur));
    world_cell(c, KK, world_text(w, kk));
    world_cell(c, INDUK, world_text(w, induk));
    world_cell(c, URUT, number_or_null(urut));
}

static void update_number(struct world *w, struct jemput_txn *txn, uint32_t table, const char *key, uint16_t column, int64_t number)
{
    world_cell(world_change(w, txn, table, JEMPUT_OP_UPDATE, key), column, number_or_null(number));
}

/* The first `first` segments show and hold `before`, all of them `after`; in whatever order. */
static void expect_turn(struct world *w, int first, const char *before, const char *after)
{
    struct world_store s;
    int order[WORLD_SEGMENTS_MAX];

    for (int i = 0; i < w->count; i++)
        order[i] = i;
    world_open(&s, "turn", schema);
    world_deliver(w, &s, order, first);
    world_expect(&s, before);
    world_deliver(w, &s, order + first, w->count - first);
    world_expect(&s, after);
    world_close(&s);
    for (int round = 0; round < 12; round++) {
        world_shuffle(w, order);
        world_open(&s, "turn", schema);
        for (int i = 0; i < w->count; i++)
            world_deliver(w, &s, &order[i], 1);
        world_expect(&s, after);
        world_close(&s);
    }
}

static void a_row_without_a_needed_value_is_held_until_it_has_one(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 1);
    person(&w, alone(&w, 1, 0, 100), "p1", "A", NULL, 1, NULL, NULL, INT64_MIN);
    world_update(&w, alone(&w, 2, 1, 200), ORANG, "p1", NAMA, "Ani");
    expect_turn(&w, 1, "held orang (NOT NULL orang.nama) p1 A - 1 - - -\n", "orang p1 A Ani 1 - - -\n");
    world_release(&w);
}

static void a_row_that_fails_a_check_is_held_until_it_passes(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 2);
    person(&w, alone(&w, 1, 0, 100), "p1", "A", "Ani", -1, NULL, NULL, INT64_MIN);
    update_number(&w, alone(&w, 2, 1, 200), ORANG, "p1", UMUR, 1);
    expect_turn(&w, 1, "held orang (CHECK umur >= 0) p1 A Ani -1 - - -\n", "orang p1 A Ani 1 - - -\n");
    world_release(&w);
}

static void a_shown_row_whose_update_fails_a_check_is_held_whole(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 3);
    person(&w, alone(&w, 1, 0, 100), "p1", "A", "Ani", 1, NULL, NULL, 3);
    update_number(&w, alone(&w, 2, 1, 200), ORANG, "p1", UMUR, -1);
    expect_turn(&w, 1, "orang p1 A Ani 1 - - 3\n", "held orang (CHECK umur >= 0) p1 A Ani -1 - - 3\n");
    world_release(&w);
}

static void of_two_rows_with_one_number_the_later_made_is_held_until_the_first_gives_it_up(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 4);
    person(&w, alone(&w, 1, 0, 100), "p1", "A", "Ani", 1, NULL, NULL, INT64_MIN);
    person(&w, alone(&w, 2, 0, 90), "p2", "a", "Budi", 2, NULL, NULL, INT64_MIN); /* by an index over an expression */
    world_update(&w, alone(&w, 3, 2, 200), ORANG, "p2", NIK, "B");
    expect_turn(&w, 2,
                "orang p2 a Budi 2 - - -\n"
                "held orang (UNIQUE index 'orang_nik') p1 A Ani 1 - - -\n",
                "orang p1 A Ani 1 - - -\n"
                "orang p2 B Budi 2 - - -\n");
    world_release(&w);
}

static void columns_that_are_unique_together_are_one_claim(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 5);
    family(&w, alone(&w, 1, 0, 10), "k1", NULL, NULL, INT64_MIN);
    person(&w, alone(&w, 2, 1, 100), "p1", NULL, "Ani", 1, "k1", NULL, 1);
    person(&w, alone(&w, 3, 1, 110), "p2", NULL, "Budi", 1, "k1", NULL, 1);
    person(&w, alone(&w, 4, 1, 120), "p3", NULL, "Citra", 1, "k1", NULL, 2);
    person(&w, alone(&w, 5, 1, 130), "p4", NULL, "Dewi", 1, NULL, NULL, 1); /* a NULL collides with nothing */
    world_delete(&w, alone(&w, 6, 5, 200), ORANG, "p1");
    expect_turn(&w, 5,
                "keluarga k1 - - -\n"
                "orang p1 - Ani 1 k1 - 1\n"
                "orang p3 - Citra 1 k1 - 2\n"
                "orang p4 - Dewi 1 - - 1\n"
                "held orang (UNIQUE orang.keluarga, orang.urut) p2 - Budi 1 k1 - 1\n",
                "keluarga k1 - - -\n"
                "orang p2 - Budi 1 k1 - 1\n"
                "orang p3 - Citra 1 k1 - 2\n"
                "orang p4 - Dewi 1 - - 1\n");
    world_release(&w);
}

static void a_partial_index_holds_only_rows_that_are_in_it(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 6);
    family(&w, alone(&w, 1, 0, 100), "k1", "16", NULL, 1);
    family(&w, alone(&w, 2, 0, 110), "k2", "16", NULL, 0);
    family(&w, alone(&w, 3, 0, 90), "k3", "16", NULL, 1);
    update_number(&w, alone(&w, 4, 3, 200), KELUARGA, "k3", AKTIF, 0);
    expect_turn(&w, 3,
                "keluarga k2 16 - 0\n"
                "keluarga k3 16 - 1\n"
                "held keluarga (UNIQUE keluarga.no_kk) k1 16 - 1\n",
                "keluarga k1 16 - 1\n"
                "keluarga k2 16 - 0\n"
                "keluarga k3 16 - 0\n");
    world_release(&w);
}

static void a_child_waits_for_its_parent(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 7);
    person(&w, alone(&w, 1, 0, 100), "p1", NULL, "Ani", 1, "k1", NULL, INT64_MIN);
    person(&w, alone(&w, 2, 0, 110), "p2", NULL, "Budi", 1, NULL, "p1", INT64_MIN); /* a child of the child */
    family(&w, alone(&w, 3, 0, 900), "k1", NULL, NULL, INT64_MIN);
    expect_turn(&w, 2,
                "held orang (FOREIGN KEY keluarga) p1 - Ani 1 k1 - -\n"
                "held orang (FOREIGN KEY orang) p2 - Budi 1 - p1 -\n",
                "keluarga k1 - - -\n"
                "orang p1 - Ani 1 k1 - -\n"
                "orang p2 - Budi 1 - p1 -\n");
    world_release(&w);
}

static void children_are_held_when_their_parent_goes_and_come_back_with_it(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 8);
    family(&w, alone(&w, 1, 0, 10), "k1", NULL, NULL, INT64_MIN);
    person(&w, alone(&w, 2, 1, 100), "p1", NULL, "Ani", 1, "k1", NULL, INT64_MIN);
    person(&w, alone(&w, 3, 2, 110), "p2", NULL, "Budi", 1, NULL, "p1", INT64_MIN);
    world_delete(&w, alone(&w, 4, 3, 200), KELUARGA, "k1");
    family(&w, alone(&w, 5, 4, 300), "k1", "16", NULL, INT64_MIN);
    expect_turn(&w, 4,
                "held orang (FOREIGN KEY keluarga) p1 - Ani 1 k1 - -\n"
                "held orang (FOREIGN KEY orang) p2 - Budi 1 - p1 -\n",
                "keluarga k1 16 - -\n"
                "orang p1 - Ani 1 k1 - -\n"
                "orang p2 - Budi 1 - p1 -\n");
    world_release(&w);
}

static void a_row_may_be_its_own_parent(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 9);
    person(&w, alone(&w, 1, 0, 100), "p1", NULL, NULL, 1, NULL, "p1", INT64_MIN);
    world_update(&w, alone(&w, 2, 1, 200), ORANG, "p1", NAMA, "Ani");
    expect_turn(&w, 1, "held orang (NOT NULL orang.nama) p1 - - 1 - p1 -\n", "orang p1 - Ani 1 - p1 -\n");
    world_release(&w);
}

static void a_cycle_over_two_tables_is_let_in_whole(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 10);
    family(&w, alone(&w, 1, 0, 100), "k1", NULL, "p1", INT64_MIN);
    person(&w, alone(&w, 2, 0, 900), "p1", "A", NULL, 1, "k1", NULL, INT64_MIN);
    world_update(&w, alone(&w, 3, 2, 950), ORANG, "p1", NAMA, "Ani");
    expect_turn(&w, 2,
                "held keluarga (FOREIGN KEY orang) k1 - p1 -\n"
                "held orang (NOT NULL orang.nama) p1 A - 1 k1 - -\n",
                "keluarga k1 - p1 -\n"
                "orang p1 A Ani 1 k1 - -\n");
    world_release(&w);
}

/* The family is older than p2, and takes its head, which is younger, in with it: so p2 is the one that stays out. */
static void a_parent_comes_in_at_the_rank_of_its_child(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 11);
    person(&w, alone(&w, 1, 0, 500), "p2", "A", "Budi", 1, NULL, NULL, INT64_MIN);
    family(&w, alone(&w, 2, 0, 100), "k1", NULL, "p1", INT64_MIN);
    person(&w, alone(&w, 3, 0, 900), "p1", "A", "Ani", 1, NULL, NULL, INT64_MIN);
    expect_turn(&w, 2,
                "orang p2 A Budi 1 - - -\n"
                "held keluarga (FOREIGN KEY orang) k1 - p1 -\n",
                "keluarga k1 - p1 -\n"
                "orang p1 A Ani 1 - - -\n"
                "held orang (UNIQUE index 'orang_nik') p2 A Budi 1 - - -\n");
    world_release(&w);
}

static void a_held_row_goes_on_merging(void **state)
{
    struct world w;
    int first;

    (void)state;
    world_init(&w, 12);
    person(&w, alone(&w, 1, 0, 100), "p1", "A", NULL, 1, NULL, NULL, INT64_MIN);
    update_number(&w, alone(&w, 2, 1, 200), ORANG, "p1", URUT, 7);
    update_number(&w, alone(&w, 3, 1, 210), ORANG, "p1", URUT, 8);
    first = w.count;
    world_update(&w, alone(&w, 4, first, 300), ORANG, "p1", NAMA, "Ani");
    expect_turn(&w, first,
                "held orang (NOT NULL orang.nama) p1 A - 1 - - 8\n"
                "conflict orang p1 keluarga\n" /* UNIQUE(keluarga, urut) makes the two one */
                "  02 200 hidden - 7\n"
                "  03 210 shown - 8\n",
                "orang p1 A Ani 1 - - 8\n"
                "conflict orang p1 keluarga\n"
                "  02 200 hidden - 7\n"
                "  03 210 shown - 8\n");
    world_release(&w);
}

static void a_held_row_can_be_deleted_and_is_held_no_more(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 13);
    person(&w, alone(&w, 1, 0, 100), "p1", "A", NULL, 1, NULL, NULL, INT64_MIN);
    world_delete(&w, alone(&w, 2, 1, 200), ORANG, "p1");
    expect_turn(&w, 1, "held orang (NOT NULL orang.nama) p1 A - 1 - - -\n", "");
    world_release(&w);
}

static void merging_counts_what_it_holds_and_lets_in(void **state)
{
    struct world w;
    struct world_store s;
    struct jemput_store_counts counts;
    struct jemput_error err;
    const int order[] = { 0, 1, 2 };

    (void)state;
    world_init(&w, 14);
    person(&w, alone(&w, 1, 0, 100), "p1", "A", NULL, 1, NULL, NULL, INT64_MIN);
    person(&w, alone(&w, 2, 0, 110), "p2", "B", "Budi", 1, NULL, "p1", INT64_MIN);
    world_update(&w, alone(&w, 3, 2, 300), ORANG, "p1", NAMA, "Ani");
    world_open(&s, "counts", schema);
    world_deliver(&w, &s, order, 2);
    WORLD_OK(jemput_store_counts(s.store, &counts, &err));
    assert_int_equal(s.counts.held, 2);
    assert_int_equal(s.counts.admitted, 0);
    assert_int_equal(counts.held, 2);
    assert_int_equal(counts.rows, 0);
    world_deliver(&w, &s, order + 2, 1);
    WORLD_OK(jemput_store_counts(s.store, &counts, &err));
    assert_int_equal(s.counts.held, 2);
    assert_int_equal(s.counts.admitted, 2);
    assert_int_equal(counts.held, 0);
    assert_int_equal(counts.rows, 2);
    world_close(&s);
    world_release(&w);
}

/* 1 and 1.0 are equal for SQLite, also where only one of them is exact as the other's type. */
static void numbers_that_are_equal_for_sqlite_are_one_claim(void **state)
{
    static const char plain[] = "CREATE TABLE t(id TEXT PRIMARY KEY NOT NULL, n UNIQUE); SELECT jemput_replicate('t');";
    const int64_t big = (int64_t)1 << 60;
    struct jemput_value same[3] = { world_integer(big), { .type = JEMPUT_REAL, .real = (double)big }, world_integer(big + 1) };
    struct world w;

    (void)state;
    world_init(&w, 15);
    for (int i = 0; i < 3; i++) {
        const char key[2] = { (char)('a' + i), 0 };

        world_cell(world_change(&w, alone(&w, (uint8_t)(i + 1), 0, 100 + (jemput_stamp)i), 1, JEMPUT_OP_INSERT, key), 1, same[i]);
    }
    for (int round = 0; round < 6; round++) {
        struct world_store s;
        int order[3];

        world_shuffle(&w, order);
        world_open(&s, "numbers", plain);
        for (int i = 0; i < 3; i++)
            world_deliver(&w, &s, &order[i], 1);
        world_expect(&s, "t a 1152921504606846976\nt c 1152921504606846977\nheld t (UNIQUE t.n) b 1.15292e+18\n");
        world_close(&s);
    }
    world_release(&w);
}

/* SQLite compares by NOCASE up to the first NUL, and then by the length: of two such names there is one, whoever comes first. */
static void names_that_differ_behind_a_nul_alone_are_one_claim_without_case(void **state)
{
    static const char *const names[] = { "a\0b", "A\0c", "a\0bc" };
    static const char expected[] = "nama x a\nnama z a\nheld nama (UNIQUE nama.nama: nama x) y A";
    struct world w;

    (void)state;
    world_init(&w, 17);
    for (uint8_t i = 0; i < 3; i++) {
        char key[] = { (char)('x' + i), 0 };
        struct jemput_change *c = world_change(&w, alone(&w, (uint8_t)(1 + i), 0, 100 + i), 1, JEMPUT_OP_INSERT, key);

        world_cell(c, 1, (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_bytes_of(names[i], i == 2 ? 4 : 3) });
    }
    pass_turn(&w, "CREATE TABLE nama(id TEXT PRIMARY KEY NOT NULL, nama TEXT COLLATE NOCASE UNIQUE); SELECT jemput_replicate('nama');", 3, expected, expected); /* the dump ends at a NUL */
    world_release(&w);
}

static int steps_count(void *ctx)
{
    ++*(uint64_t *)ctx;
    return 0;
}

/* Segments of one family each are merged, with so many persons held who name a family that is not there: how much SQLite does for the last one. With
 * `mother`, they name one that is there, and a mother who is not; then the last one brings another child of that family. */
static uint64_t work_beside(int held, const char *mother, struct world_store *s, struct world *w)
{
    uint64_t tens = 0;
    int order[] = { 0, 1, 2, 3 };

    world_weak_hashes = false; /* what meets in its hash is looked at */
    world_init(w, 16);
    for (int made = 0, at = world_segment(w, 1, -1); made < held;) {
        struct jemput_txn *txn = world_txn(w, at, (jemput_stamp)(100 + made));

        for (int i = 0; i < 50 && made < held; i++, made++) {
            char key[16];

            snprintf(key, sizeof key, "p%d", made);
            person(w, txn, key, key, "Ani", 1, mother ? "k4" : made % 2 ? "k1" : "k2", mother, made);
        }
    }
    for (int n = 0; n < 3; n++)
        if (n == 1 && mother)
            person(w, alone(w, 21, 0, 5001), "anak", "anak", "Budi", 1, "k4", NULL, 9999);
        else
            family(w, alone(w, (uint8_t)(20 + n), 0, 5000 + n), n == 2 ? "k1" : n ? "k3" : "k4", NULL, NULL, 1);
    world_open(s, "beside", schema);
    world_deliver(w, s, order, 2); /* the pass over everything, from which on it is known what they wait for */
    sqlite3_progress_handler(s->store->db, 10, steps_count, &tens);
    world_deliver(w, s, order + 2, 1);
    sqlite3_progress_handler(s->store->db, 0, NULL, NULL);
    return tens;
}

static void a_batch_looks_at_the_held_rows_that_it_may_let_in_and_at_no_others(void **state)
{
    struct world w;
    struct world_store s;
    struct jemput_store_counts counts;
    struct jemput_error err;
    int last = 3;
    uint64_t few = work_beside(2, NULL, &s, &w), many;

    (void)state;
    world_close(&s);
    world_release(&w);
    many = work_beside(2000, NULL, &s, &w);
    if (many > few + few / 4)
        fail_msg("beside 2,000 held rows a batch of one row takes %llu steps of SQLite, beside 2 it takes %llu", (unsigned long long)many * 10,
                 (unsigned long long)few * 10);
    WORLD_OK(jemput_store_counts(s.store, &counts, &err));
    assert_int_equal(counts.held, 2000);
    world_deliver(&w, &s, &last, 1);
    WORLD_OK(jemput_store_counts(s.store, &counts, &err));
    assert_int_equal(counts.held, 1000);
    world_close(&s);
    world_release(&w);
}

/* As thousands of applications name one service. */
static void a_batch_looks_at_no_held_row_that_only_names_the_same_parent(void **state)
{
    struct world w;
    struct world_store s;
    uint64_t few, many;

    (void)state;
    few = work_beside(2, "ibu", &s, &w);
    world_close(&s);
    world_release(&w);
    many = work_beside(2000, "ibu", &s, &w);
    if (many > few + few / 4)
        fail_msg("beside 2,000 held rows a child of the same family takes %llu steps of SQLite, beside 2 it takes %llu", (unsigned long long)many * 10,
                 (unsigned long long)few * 10);
    world_close(&s);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_without_a_needed_value_is_held_until_it_has_one),
        cmocka_unit_test(a_row_that_fails_a_check_is_held_until_it_passes),
        cmocka_unit_test(a_shown_row_whose_update_fails_a_check_is_held_whole),
        cmocka_unit_test(of_two_rows_with_one_number_the_later_made_is_held_until_the_first_gives_it_up),
        cmocka_unit_test(columns_that_are_unique_together_are_one_claim),
        cmocka_unit_test(a_partial_index_holds_only_rows_that_are_in_it),
        cmocka_unit_test(a_child_waits_for_its_parent),
        cmocka_unit_test(children_are_held_when_their_parent_goes_and_come_back_with_it),
        cmocka_unit_test(a_row_may_be_its_own_parent),
        cmocka_unit_test(a_cycle_over_two_tables_is_let_in_whole),
        cmocka_unit_test(a_parent_comes_in_at_the_rank_of_its_child),
        cmocka_unit_test(a_held_row_goes_on_merging),
        cmocka_unit_test(a_held_row_can_be_deleted_and_is_held_no_more),
        cmocka_unit_test(merging_counts_what_it_holds_and_lets_in),
        cmocka_unit_test(numbers_that_are_equal_for_sqlite_are_one_claim),
        cmocka_unit_test(a_batch_looks_at_the_held_rows_that_it_may_let_in_and_at_no_others),
        cmocka_unit_test(a_batch_looks_at_no_held_row_that_only_names_the_same_parent),
        cmocka_unit_test(names_that_differ_behind_a_nul_alone_are_one_claim_without_case),
    };

    return cmocka_run_group_tests_name("held", tests, NULL, NULL);
}
