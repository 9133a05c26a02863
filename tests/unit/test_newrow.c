/* Tests of store/apply/new_row.c and entry.c: rows that come many at once end as if each had come alone, and entries are sorted whatever their keys are. */
#include "merge_world.h"

#include "store/apply/apply.h"

enum { LOGS = 24, PERSONS = 10, TOGETHER = 8 };

_Static_assert(PERSONS < JEMPUT_INSERT_MANY && TOGETHER * PERSONS > 2 * JEMPUT_INSERT_MANY,
               "only those of several logs are written many at once");

/* The same tables; an app whose SQLite holds no row to its types (a forged store, say) may have sent ages that are no number. */
static const char strict_schema[] =
    "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE, alamat TEXT) STRICT;"
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, nama TEXT NOT NULL, umur INTEGER CHECK(umur >= 0),"
    " keluarga TEXT REFERENCES keluarga(id), induk TEXT REFERENCES orang(id)) STRICT;"
    "SELECT jemput_replicate('keluarga'); SELECT jemput_replicate('orang');";

static void insert_ageless(struct world *w, struct jemput_txn *txn, const char *key, const char *nik, const char *household)
{
    struct jemput_change *c = world_change(w, txn, ORANG, JEMPUT_OP_INSERT, key);

    world_cell(c, O_NIK, world_text(w, nik));
    world_cell(c, O_NAMA, world_text(w, "BUDI"));
    world_cell(c, O_UMUR, world_text(w, "dua puluh"));
    world_cell(c, O_KELUARGA, world_text(w, household));
    world_cell(c, O_INDUK, world_text(w, NULL));
}

/* Persons of few NIKs, so that some are refused; some too young, some of an age that is no number, some of households that never come, some that two
 * logs insert, some edited or deleted soon. So few in each log that none of its own inserts are written together. */
static void log_make(struct world *w, int at)
{
    struct jemput_txn *txn = world_txn(w, at, (jemput_stamp)(1000 * (at + 1))), *later = world_txn(w, at, (jemput_stamp)(1000 * (at + 1) + 1));
    char key[16], nik[16], household[16];

    snprintf(key, sizeof key, "k%d", at);
    world_insert_keluarga(w, txn, key, key, "JL. MERDEKA");
    for (int i = 0; i < PERSONS; i++) {
        snprintf(key, sizeof key, "p%u-%d", world_random(w, 6) ? (unsigned)at : 0, i);
        snprintf(nik, sizeof nik, "16749%03u", (unsigned)world_random(w, 750));
        snprintf(household, sizeof household, "k%u", (unsigned)world_random(w, LOGS + 1));
        if (world_random(w, 30) == 0)
            insert_ageless(w, txn, key, nik, household);
        else
            world_insert_orang(w, txn, key, nik, "BUDI", world_random(w, 40) ? 20 : -1, household, NULL);
        if (world_random(w, 4) == 0)
            world_update(w, later, ORANG, key, O_NAMA, "BUDI SANTOSO");
        else if (world_random(w, 10) == 0)
            world_delete(w, later, ORANG, key);
    }
}

static void check_together(uint64_t seed, const char *schema)
{
    struct world_store alone, together;
    int order[LOGS];
    char *expected;
    struct world w;

    world_init(&w, seed);
    for (int at = 0; at < LOGS; at++) {
        order[at] = world_segment(&w, (uint8_t)(at + 1), -1);
        log_make(&w, at);
    }
    world_open(&alone, "alone", schema);
    world_deliver(&w, &alone, order, LOGS);
    expected = world_dump(&alone);
    if (schema == strict_schema)
        assert_non_null(strstr(expected, "dua puluh")); /* held, not lost */
    world_open(&together, "together", schema);
    world_deliver_together(&w, &together, order, LOGS, TOGETHER);
    world_expect(&together, expected);
    free(expected);
    world_close(&alone);
    world_close(&together);
    world_release(&w);
}

static void rows_that_come_together_end_as_if_each_log_had_come_alone(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++)
        check_together(seed, world_schema);
}

static void rows_that_a_strict_table_refuses_among_others_are_held_and_the_others_stand(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++)
        check_together(seed, strict_schema);
}

/* --- sorting --- */

static int slow_compare(const struct jemput_entry *a, const struct jemput_entry *b)
{
    int order = a->number < b->number ? -1 : a->number > b->number;

    if (!order)
        order = (a->change->table > b->change->table) - (a->change->table < b->change->table);
    if (!order)
        order = jemput_bytes_compare(a->change->key, b->change->key);
    return order ? order : (a->version > b->version) - (a->version < b->version);
}

/* Numbers that differ in all bits, in the lowest ones, in one bit in two places, or in none. */
static const uint64_t masks[] = { UINT64_MAX, 0xff, UINT64_C(0x8000000000000001), 0 };

static void entries_are_sorted_whatever_their_numbers_are(void **state)
{
    enum { MOST = 3000 };
    static struct jemput_entry entries[MOST], spare[MOST];
    static struct jemput_change changes[5];
    static const uint8_t letters[] = "abcde";
    struct world w;

    (void)state;
    world_init(&w, 1);
    for (unsigned i = 0; i < 5; i++)
        changes[i] = (struct jemput_change){ .table = 1 + i % 2, .key = jemput_bytes_of(letters + i / 2, 1) };
    for (size_t m = 0; m < sizeof masks / sizeof masks[0]; m++)
        for (uint32_t count = 0; count <= MOST; count += count < 300 ? 1 : 300) {
            uint64_t sum = 0, sorted = 0;

            for (uint32_t i = 0; i < count; i++) {
                uint64_t number = (uint64_t)world_random(&w, UINT32_MAX) << 32 | world_random(&w, UINT32_MAX);

                entries[i] = (struct jemput_entry){ number & masks[m], world_random(&w, 1000), &changes[world_random(&w, 5)] };
                sum += entries[i].number * 31 + entries[i].version;
            }
            jemput_entries_sort(entries, spare, count);
            for (uint32_t i = 0; i < count; i++) {
                sorted += entries[i].number * 31 + entries[i].version;
                if (i > 0)
                    assert_true(slow_compare(&entries[i - 1], &entries[i]) <= 0);
            }
            assert_true(sum == sorted);
        }
    world_release(&w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_come_together_end_as_if_each_log_had_come_alone),
        cmocka_unit_test(rows_that_a_strict_table_refuses_among_others_are_held_and_the_others_stand),
        cmocka_unit_test(entries_are_sorted_whatever_their_numbers_are),
    };

    return cmocka_run_group_tests_name("newrow", tests, NULL, NULL);
}
