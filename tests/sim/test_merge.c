/* Merging through real sealed segments, real hubs and the public API: named cases, and a property over random histories.
 *
 * There is no central in the named cases: devices read each other's logs at the hub that they meet at, so that who has seen what is chosen freely. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"

static const char SCHEMA[] = "CREATE TABLE warga(id INTEGER NOT NULL, nama TEXT, rt TEXT, PRIMARY KEY(id)) WITHOUT ROWID;"
                             "SELECT jemput_replicate('warga');";

static void expect_conflicts(struct fleet *f, unsigned device, unsigned count)
{
    char *text = fleet_conflicts(f, device);
    unsigned lines = 0;

    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    if (lines != count)
        fail_msg("device %u: expected %u conflicts, got %u:\n%s", device, count, lines, text);
    free(text);
}

static void begin(struct fleet *f, unsigned count)
{
    fleet_init(f, count, -1, SCHEMA, 7);
    fleet_sql(f, 0, "INSERT INTO warga VALUES(1, 'Siti', '001')");
    fleet_settle(f, 0);
    for (unsigned i = 0; i < count; i++)
        fleet_expect(f, i, "SELECT * FROM warga", "1|Siti|001\n");
}

static void end(struct fleet *f)
{
    for (unsigned i = 0; i < f->count; i++)
        fleet_verify(f, i);
    fleet_release(f);
}

static void three_concurrent_writes_become_three_siblings_and_the_latest_is_shown(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 4);
    fleet_sql(&f, 1, "UPDATE warga SET nama = 'Siti A' WHERE id = 1");
    fleet_sql(&f, 2, "UPDATE warga SET nama = 'Siti B' WHERE id = 1");
    sim_env_advance(&f.devices[3].sim, 60000);
    fleet_sql(&f, 3, "UPDATE warga SET nama = 'Siti C' WHERE id = 1");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 4; i++) {
        char *c = fleet_conflicts(&f, i);
        fleet_expect(&f, i, "SELECT nama FROM warga", "Siti C\n");
        expect_conflicts(&f, i, 1);
        assert_non_null(strstr(c, "Siti A@"));
        assert_non_null(strstr(c, "Siti B@"));
        assert_non_null(strstr(c, "Siti C*@"));
        free(c);
    }
    /* Somebody writes having seen all three: decided, everywhere. */
    fleet_sql(&f, 1, "UPDATE warga SET nama = 'Siti Aminah' WHERE id = 1");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 4; i++) {
        fleet_expect(&f, i, "SELECT nama FROM warga", "Siti Aminah\n");
        expect_conflicts(&f, i, 0);
    }
    end(&f);
}

static void different_columns_of_one_row_never_conflict(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 3);
    fleet_sql(&f, 1, "UPDATE warga SET nama = 'Siti Aminah' WHERE id = 1");
    fleet_sql(&f, 2, "UPDATE warga SET rt = '002' WHERE id = 1");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 3; i++) {
        fleet_expect(&f, i, "SELECT * FROM warga", "1|Siti Aminah|002\n");
        expect_conflicts(&f, i, 0);
    }
    end(&f);
}

static void equal_values_are_no_conflict(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 3);
    fleet_sql(&f, 1, "UPDATE warga SET rt = '002' WHERE id = 1");
    fleet_sql(&f, 2, "UPDATE warga SET rt = '002' WHERE id = 1");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 3; i++)
        expect_conflicts(&f, i, 0);
    end(&f);
}

static void a_late_write_that_the_present_one_had_seen_changes_nothing(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 4);
    sim_env_advance(&f.devices[1].sim, 3600000); /* its clock is ahead: causality decides, not the stamp */
    fleet_sql(&f, 1, "UPDATE warga SET nama = 'lama' WHERE id = 1");
    fleet_sync(&f, 1, 1);
    fleet_sync(&f, 2, 1);
    fleet_sql(&f, 2, "UPDATE warga SET nama = 'baru' WHERE id = 1");
    fleet_sync(&f, 2, 2);
    fleet_sync(&f, 3, 2); /* sees 'baru' without ever having met 'lama' */
    fleet_expect(&f, 3, "SELECT nama FROM warga", "baru\n");
    fleet_sync(&f, 1, 2);
    fleet_sync(&f, 3, 2); /* now 'lama' arrives */
    fleet_expect(&f, 3, "SELECT nama FROM warga", "baru\n");
    expect_conflicts(&f, 3, 0);
    fleet_settle(&f, 0);
    end(&f);
}

static void a_late_write_concurrent_with_a_superseded_one_becomes_a_sibling_of_its_successor(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 4);
    fleet_sql(&f, 1, "UPDATE warga SET nama = 'terlambat' WHERE id = 1"); /* stays on the tablet for now */
    fleet_sql(&f, 2, "UPDATE warga SET nama = 'pertama' WHERE id = 1");
    fleet_sync(&f, 2, 2);
    fleet_sync(&f, 3, 2);
    fleet_sql(&f, 3, "UPDATE warga SET nama = 'kedua' WHERE id = 1"); /* saw 'pertama' */
    fleet_sync(&f, 3, 2);
    fleet_sync(&f, 1, 2);
    for (unsigned i = 0; i < 2; i++)
        fleet_settle(&f, 0);
    for (unsigned i = 0; i < 4; i++) {
        char *c = fleet_conflicts(&f, i);
        fleet_expect(&f, i, "SELECT nama FROM warga", "kedua\n");
        expect_conflicts(&f, i, 1);
        assert_non_null(strstr(c, "terlambat@"));
        assert_null(strstr(c, "pertama"));
        free(c);
    }
    end(&f);
}

static void a_late_write_that_only_a_superseded_one_had_seen_changes_nothing(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 5);
    fleet_sql(&f, 1, "UPDATE warga SET nama = 'x' WHERE id = 1");
    fleet_sync(&f, 1, 1);
    fleet_sync(&f, 2, 1);
    fleet_sql(&f, 2, "UPDATE warga SET nama = 't' WHERE id = 1"); /* saw x */
    fleet_sync(&f, 2, 2);
    fleet_sync(&f, 3, 2);
    fleet_sql(&f, 3, "UPDATE warga SET nama = 'z' WHERE id = 1"); /* saw t, never met x */
    fleet_sync(&f, 3, 3);
    fleet_sync(&f, 2, 3);
    fleet_sync(&f, 4, 3);
    fleet_expect(&f, 4, "SELECT nama FROM warga", "z\n");
    fleet_sync(&f, 1, 3);
    fleet_sync(&f, 4, 3); /* x arrives: t had replaced it, and z replaced t */
    fleet_expect(&f, 4, "SELECT nama FROM warga", "z\n");
    expect_conflicts(&f, 4, 0);
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 5; i++)
        expect_conflicts(&f, i, 0);
    end(&f);
}

static void a_form_saved_after_a_merge_under_its_edit_token_is_concurrent_with_what_came_in_between(void **state)
{
    struct fleet f;
    char *token;

    (void)state;
    begin(&f, 3);
    token = fleet_rows(&f, 1, "SELECT jemput_token()"); /* the officer opens the form */
    token[strcspn(token, "\n")] = 0;
    fleet_sql(&f, 2, "UPDATE warga SET nama = 'dari kantor' WHERE id = 1");
    fleet_sync(&f, 2, 0);
    fleet_sync(&f, 1, 0); /* it arrives while the form is open */
    fleet_sql(&f, 1, "BEGIN; SELECT jemput_under(%s); UPDATE warga SET nama = 'dari formulir' WHERE id = 1; COMMIT", token);
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 3; i++) {
        char *c = fleet_conflicts(&f, i);
        expect_conflicts(&f, i, 1);
        assert_non_null(strstr(c, "dari kantor"));
        assert_non_null(strstr(c, "dari formulir"));
        free(c);
    }
    free(token);
    end(&f);
}

static void the_same_save_without_a_token_replaces_what_came_in(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 3);
    fleet_sql(&f, 2, "UPDATE warga SET nama = 'dari kantor' WHERE id = 1");
    fleet_sync(&f, 2, 0);
    fleet_sync(&f, 1, 0);
    fleet_sql(&f, 1, "UPDATE warga SET nama = 'dari formulir' WHERE id = 1");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 3; i++) {
        fleet_expect(&f, i, "SELECT nama FROM warga", "dari formulir\n");
        expect_conflicts(&f, i, 0);
    }
    end(&f);
}

static void an_edit_wins_over_a_concurrent_delete_and_is_listed(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 3);
    fleet_sql(&f, 1, "DELETE FROM warga WHERE id = 1");
    fleet_sql(&f, 2, "UPDATE warga SET rt = '009' WHERE id = 1");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 3; i++) {
        char *c = fleet_conflicts(&f, i);
        fleet_expect(&f, i, "SELECT * FROM warga", "1|Siti|009\n");
        assert_non_null(strstr(c, "edit/delete"));
        free(c);
    }
    end(&f);
}

static void a_delete_that_had_seen_the_edit_deletes(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 3);
    fleet_sql(&f, 2, "UPDATE warga SET rt = '009' WHERE id = 1");
    fleet_settle(&f, 0);
    fleet_sql(&f, 1, "DELETE FROM warga WHERE id = 1");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 3; i++) {
        fleet_expect(&f, i, "SELECT * FROM warga", "");
        expect_conflicts(&f, i, 0);
    }
    end(&f);
}

static void the_same_key_inserted_on_two_devices_becomes_one_row(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 3);
    fleet_sql(&f, 1, "INSERT INTO warga VALUES(2, 'Budi', '001')");
    fleet_sql(&f, 2, "INSERT INTO warga VALUES(2, 'Budi', '003')");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 3; i++) {
        fleet_expect(&f, i, "SELECT count(*) FROM warga WHERE id = 2", "1\n");
        expect_conflicts(&f, i, 1); /* the RT; the names are equal */
    }
    end(&f);
}

/* --- random histories --- */

static uint64_t rng_state;

static unsigned below(unsigned n)
{
    rng_state = rng_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((rng_state >> 33) % n);
}

static void random_write(struct fleet *f, unsigned d)
{
    unsigned id = below(6);

    switch (below(6)) {
    case 0:
        fleet_sql(f, d, "INSERT OR REPLACE INTO warga VALUES(%u, 'n%u', '%03u')", id, below(100), below(5));
        break;
    case 1:
        fleet_sql(f, d, "DELETE FROM warga WHERE id = %u", id);
        break;
    case 2:
        fleet_sql(f, d, "UPDATE warga SET rt = '%03u' WHERE id = %u", below(5), id);
        break;
    case 3:
        fleet_sql(f, d, "INSERT INTO warga VALUES(%u, 'n%u', NULL) ON CONFLICT DO UPDATE SET nama = excluded.nama", id, below(100));
        break;
    case 4: {
        char *token = fleet_rows(f, d, "SELECT jemput_token()");
        token[strcspn(token, "\n")] = 0;
        if (below(2))
            fleet_sync(f, d, below(3));
        fleet_sql(f, d, "BEGIN; SELECT jemput_under(%s); UPDATE warga SET nama = 'f%u' WHERE id = %u; COMMIT", token, below(100), id);
        free(token);
        break;
    }
    default:
        fleet_sql(f, d, "UPDATE warga SET nama = 'n%u', rt = NULL WHERE id = %u", below(100), id);
    }
}

static void same_everywhere(struct fleet *f, uint64_t seed)
{
    char *rows = fleet_rows(f, 0, "SELECT * FROM warga ORDER BY id"), *conflicts = fleet_conflicts(f, 0), *held = fleet_held(f, 0);

    for (unsigned i = 1; i < f->count; i++) {
        char *r = fleet_rows(f, i, "SELECT * FROM warga ORDER BY id"), *c = fleet_conflicts(f, i), *h = fleet_held(f, i);
        if (strcmp(r, rows) != 0 || strcmp(c, conflicts) != 0 || strcmp(h, held) != 0) {
            fprintf(stderr, "device %u:\n%s%s%s--- device 0:\n%s%s%s", i, r, c, h, rows, conflicts, held);
            fail_msg("seed %llu: device %u differs from device 0", (unsigned long long)seed, i);
        }
        free(r);
        free(c);
        free(h);
    }
    free(rows);
    free(conflicts);
    free(held);
}

static void random_history(uint64_t seed)
{
    struct fleet f;
    unsigned count = 2 + (unsigned)(seed % 4);

    rng_state = seed * 77;
    fleet_init(&f, count, (int)(seed % 3) - 1, SCHEMA, seed);
    for (unsigned step = 0; step < 60; step++) {
        unsigned d = below(count);
        if (below(4) == 0)
            fleet_sync(&f, d, below(3));
        else
            random_write(&f, d);
        if (below(20) == 0)
            sim_env_set_wall(&f.devices[d].sim, (int64_t)below(2000000000) * 2000); /* any clock, from 1970 to 2096 */
    }
    for (unsigned hub = 0; hub < 3; hub++)
        fleet_settle(&f, hub);
    fleet_settle(&f, 0);
    same_everywhere(&f, seed);
    for (unsigned i = 0; i < count; i++)
        fleet_verify(&f, i);
    fleet_release(&f);
}

static void random_histories_of_two_to_five_writers_end_equal_on_every_device(void **state)
{
    const char *runs = getenv("JEMPUT_SIM_RUNS");
    unsigned n = runs ? (unsigned)atoi(runs) : 60;

    (void)state;
    for (uint64_t seed = 1; seed <= n; seed++)
        random_history(seed);
}

/* What was pending stood in pages of its own. */
static void room_that_a_days_work_leaves_free_is_given_back_at_the_end_of_a_sync(void **state)
{
    static const char much[] = "SELECT freelist_count * 16 > page_count FROM pragma_freelist_count, pragma_page_count";
    struct jemput_error err;
    struct fleet f;

    (void)state;
    begin(&f, 2);
    for (unsigned i = 0; i < 100; i++)
        fleet_sql(&f, 0, "INSERT INTO warga VALUES(%u, printf('%%.1000c', 'x'), '001')", i + 2);
    fleet_sql(&f, 0, "DELETE FROM warga WHERE id > 1");
    if (jemput_seal(f.devices[0].jemput, NULL, &err))
        fail_msg("seal: %s", err.text);
    fleet_expect(&f, 0, much, "1\n");
    fleet_sync(&f, 0, 0);
    fleet_expect(&f, 0, much, "0\n");
    fleet_expect(&f, 0, "PRAGMA integrity_check", "ok\n");
    end(&f);
}

/* Also where that parent is deleted before it is sealed: what it was called in between, or before, is nobody's name any more. */
static void a_row_whose_parent_got_another_value_with_foreign_keys_off_is_held_here_as_everywhere(void **state)
{
    static const char schema[] = "CREATE TABLE rt(id TEXT PRIMARY KEY NOT NULL, nomor TEXT UNIQUE);"
                                 "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT, rt TEXT REFERENCES rt(nomor));"
                                 "SELECT jemput_replicate('rt'); SELECT jemput_replicate('warga', 'parent=rt:hold')";

    (void)state;
    for (unsigned deleted = 0; deleted < 2; deleted++) {
        struct fleet f;

        fleet_init(&f, 3, 0, schema, 61);
        fleet_sql(&f, 1, "INSERT INTO rt VALUES('r1', '001'), ('r2', '002')");
        fleet_sql(&f, 1, "INSERT INTO warga VALUES('w1', 'Siti', '001'), ('w2', 'Budi', '002')");
        fleet_settle(&f, 0);
        fleet_sql(&f, 1, "PRAGMA foreign_keys = OFF");
        fleet_sql(&f, 1, "UPDATE rt SET nomor = '003' WHERE id = 'r1'");
        if (deleted)
            fleet_sql(&f, 1, "DELETE FROM rt WHERE id = 'r1'");
        fleet_settle(&f, 0);
        for (unsigned i = 0; i < f.count; i++) {
            char *held = fleet_held(&f, i);

            fleet_expect(&f, i, "SELECT id FROM warga", "w2\n");
            assert_string_equal(held, "warga [FOREIGN KEY rt] w1 Siti 001\n");
            fleet_verify(&f, i);
            free(held);
        }
        fleet_sql(&f, 1, deleted ? "INSERT INTO rt VALUES('r3', '001')" : "UPDATE rt SET nomor = '001' WHERE id = 'r1'");
        fleet_settle(&f, 0);
        for (unsigned i = 0; i < f.count; i++)
            fleet_expect(&f, i, "SELECT id FROM warga", "w1\nw2\n");
        fleet_release(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_whose_parent_got_another_value_with_foreign_keys_off_is_held_here_as_everywhere),
        cmocka_unit_test(room_that_a_days_work_leaves_free_is_given_back_at_the_end_of_a_sync),
        cmocka_unit_test(three_concurrent_writes_become_three_siblings_and_the_latest_is_shown),
        cmocka_unit_test(different_columns_of_one_row_never_conflict),
        cmocka_unit_test(equal_values_are_no_conflict),
        cmocka_unit_test(a_late_write_that_the_present_one_had_seen_changes_nothing),
        cmocka_unit_test(a_late_write_concurrent_with_a_superseded_one_becomes_a_sibling_of_its_successor),
        cmocka_unit_test(a_late_write_that_only_a_superseded_one_had_seen_changes_nothing),
        cmocka_unit_test(a_form_saved_after_a_merge_under_its_edit_token_is_concurrent_with_what_came_in_between),
        cmocka_unit_test(the_same_save_without_a_token_replaces_what_came_in),
        cmocka_unit_test(an_edit_wins_over_a_concurrent_delete_and_is_listed),
        cmocka_unit_test(a_delete_that_had_seen_the_edit_deletes),
        cmocka_unit_test(the_same_key_inserted_on_two_devices_becomes_one_row),
        cmocka_unit_test(random_histories_of_two_to_five_writers_end_equal_on_every_device),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
