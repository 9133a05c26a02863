/* sim/test_observed.c — jemput_observe() on whole devices: whatever a sync, a bundle's worth of merging, a migration or a rebuild does to the tables is
 * told, as is what the app's own triggers then do; the telling outlives a lock. The app's connection by itself: unit/test_observe.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "support/sealed.h"
#include "unit/random_sql.h"

#define NAMES_MAX 24

static const char MORE[] = "CREATE TABLE catatan(id TEXT PRIMARY KEY NOT NULL, isi TEXT);"
                           "SELECT jemput_replicate('catatan', 'triggers=catat,cari_masuk');";
static const char LOCAL[] = "CREATE TABLE jejak(id TEXT PRIMARY KEY) WITHOUT ROWID; CREATE VIRTUAL TABLE cari USING fts5(isi); CREATE TABLE diam(a);"
                            "CREATE TRIGGER catat AFTER INSERT ON catatan BEGIN INSERT OR IGNORE INTO jejak VALUES(NEW.id); END;"
                            "CREATE TRIGGER cari_masuk AFTER INSERT ON catatan BEGIN INSERT INTO cari VALUES(NEW.isi); END;";
static const char *const tables[] = { "keluarga", "orang", "peran", "nomor", "hitung", "lokal", "catatan", "jejak", "cari" };
enum { TABLES = sizeof tables / sizeof tables[0] };

struct heard { /* since the last look */
    char names[NAMES_MAX][32];
    unsigned count, times, merged;
    bool all;
};

static void hear(void *ctx, const struct jemput_changed *changed)
{
    struct heard *h = ctx;

    h->times++;
    h->merged += changed->merged != 0;
    h->all = h->all || changed->all;
    for (unsigned i = 0; i < changed->table_count; i++) {
        bool known = false;

        for (unsigned k = 0; k < h->count; k++)
            known = known || strcmp(h->names[k], changed->tables[i]) == 0;
        assert_true(h->count < NAMES_MAX);
        if (!known)
            snprintf(h->names[h->count++], sizeof h->names[0], "%s", changed->tables[i]);
    }
}

static bool heard_of(const struct heard *h, const char *table)
{
    for (unsigned i = 0; i < h->count; i++)
        if (strcmp(h->names[i], table) == 0)
            return true;
    return h->all;
}

static void tables_take(struct fleet *f, unsigned device, char *out[TABLES])
{
    for (int t = 0; t < TABLES; t++) {
        char query[128];

        snprintf(query, sizeof query, "SELECT * FROM %s", tables[t]);
        out[t] = fleet_rows(f, device, query);
    }
}

/* Each table that is no longer as it was must have been told; gives how many those were, and frees `before`. */
static unsigned tables_compare(struct fleet *f, unsigned device, char *before[TABLES], const struct heard *h, uint64_t seed)
{
    char *after[TABLES];
    unsigned changed = 0;

    tables_take(f, device, after);
    for (int t = 0; t < TABLES; t++) {
        bool differs = strcmp(before[t], after[t]) != 0;

        changed += differs;
        if (differs && !heard_of(h, tables[t]))
            fail_msg("seed %llu, device %u: table '%s' has changed and was not told", (unsigned long long)seed, device, tables[t]);
        free(before[t]);
        free(after[t]);
    }
    return changed;
}

static void fleet_make(struct fleet *f, unsigned count, uint64_t seed)
{
    char schema[8192];

    snprintf(schema, sizeof schema, "%s%s", RANDOM_SCHEMA, MORE);
    fleet_init(f, count, 0, schema, seed);
    for (unsigned i = 0; i < count; i++) {
        fleet_sql(f, i, "%s", RANDOM_APP);
        fleet_sql(f, i, "%s", LOCAL);
    }
}

static void random_run(uint64_t seed, unsigned syncs, unsigned *changed, unsigned *merged)
{
    struct fleet f;
    struct heard h[3] = { { .count = 0 } };
    struct random_tally tally = { 0, 0, 0 };
    uint64_t rng = seed;

    fleet_make(&f, 3, seed);
    for (unsigned i = 0; i < 3; i++)
        jemput_observe(f.devices[i].jemput, hear, &h[i]);
    for (unsigned i = 0; i < syncs; i++) {
        unsigned device = (unsigned)random_pick(&rng, 3);
        char *before[TABLES];

        for (unsigned k = 0; k < 12; k++) {
            unsigned at = (unsigned)random_pick(&rng, 3);

            random_sql_step(f.devices[at].sql, &rng, &tally);
        }
        for (unsigned k = 0; k < 3; k++)
            if (!sqlite3_get_autocommit(f.devices[k].sql))
                fleet_sql(&f, k, "ROLLBACK");
        if (random_pick(&rng, 3) == 0)
            fleet_sql(&f, (device + 1) % 3, "INSERT INTO catatan VALUES(hex(jemput_id()), 'x')");
        tables_take(&f, device, before);
        h[device] = (struct heard){ .count = 0 };
        fleet_sync(&f, device, 0);
        assert_int_equal(h[device].times, h[device].merged);
        *merged += h[device].merged;
        *changed += tables_compare(&f, device, before, &h[device], seed);
    }
    fleet_release(&f);
}

static void whatever_a_sync_has_changed_is_told(void **state)
{
    unsigned changed = 0, merged = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        random_run(seed, 40, &changed, &merged);
    assert_in_range(changed, 150, 2000);
    assert_in_range(merged, 160, 4000);
}

static void a_sync_tells_what_it_has_merged_and_what_the_apps_triggers_then_wrote_and_nothing_else(void **state)
{
    static const char *const wanted[] = { "catatan", "jejak", "cari" };
    struct fleet f;
    struct heard h = { .count = 0 };

    (void)state;
    fleet_make(&f, 2, 7);
    fleet_sql(&f, 0, "INSERT INTO catatan VALUES('a', 'x')");
    fleet_sync(&f, 0, 0);
    jemput_observe(f.devices[1].jemput, hear, &h);
    fleet_sync(&f, 1, 0);
    for (int i = 0; i < 3; i++)
        assert_true(heard_of(&h, wanted[i]));
    assert_false(h.all || heard_of(&h, "keluarga") || heard_of(&h, "orang") || heard_of(&h, "hitung"));

    fleet_sql(&f, 0, "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 16) INSERT INTO keluarga(id) SELECT 'a' || n FROM i");
    fleet_sync(&f, 0, 0);
    h = (struct heard){ .count = 0 };
    fleet_sync(&f, 1, 0);
    assert_int_equal(h.count, 1);
    assert_string_equal(h.names[0], "keluarga");
    h = (struct heard){ .count = 0 };
    fleet_sync(&f, 1, 0);
    assert_int_equal(h.count, 0);
    fleet_release(&f);
}

static void a_migration_that_comes_in_tells_all(void **state)
{
    struct fleet f;
    struct heard h = { .count = 0 };

    (void)state;
    fleet_make(&f, 2, 8);
    fleet_sql(&f, 0, "SELECT jemput_migrate('ALTER TABLE catatan ADD COLUMN warna TEXT DEFAULT ''merah''')");
    fleet_sync(&f, 0, 0);
    jemput_observe(f.devices[1].jemput, hear, &h);
    fleet_sync(&f, 1, 0);
    assert_true(h.all);
    fleet_expect(&f, 1, "SELECT count(*) FROM pragma_table_info('catatan')", "3\n");
    fleet_release(&f);
}

/* Somebody has written past every trigger, and rebuilding puts that right. */
static void a_rebuild_tells_what_it_puts_right(void **state)
{
    struct jemput_rebuild_report report;
    struct jemput_error err;
    struct fleet f;
    struct heard h = { .count = 0 };
    sqlite3_blob *blob;

    (void)state;
    fleet_make(&f, 2, 9);
    fleet_sql(&f, 1, "INSERT INTO catatan VALUES('a', 'x'); INSERT INTO hitung(id) VALUES('a')");
    fleet_settle(&f, 0);
    assert_int_equal(sqlite3_blob_open(f.devices[1].sql, "main", "catatan", "isi", 1, 1, &blob), SQLITE_OK);
    assert_int_equal(sqlite3_blob_write(blob, "y", 1, 0), SQLITE_OK);
    assert_int_equal(sqlite3_blob_close(blob), SQLITE_OK);
    fleet_expect(&f, 1, "SELECT isi FROM catatan", "y\n");
    jemput_observe(f.devices[1].jemput, hear, &h);
    assert_int_equal(jemput_rebuild(f.devices[1].jemput, &(struct jemput_rebuild_options){ 0 }, &report, &err), JEMPUT_OK);
    fleet_expect(&f, 1, "SELECT isi FROM catatan", "x\n");
    assert_true(heard_of(&h, "catatan"));
    assert_false(heard_of(&h, "hitung"));
    fleet_release(&f);
}

static void the_telling_outlives_lock_and_unlock(void **state)
{
    const struct jemput_founding founding = { .schema = "CREATE TABLE t(id TEXT PRIMARY KEY NOT NULL); SELECT jemput_replicate('t');",
                                              .secret = sealed_secret() };
    struct crash_vfs *vfs = crash_vfs_new("observed");
    struct heard h = { .count = 0 };
    struct jemput_error err;
    struct sim_env sim;
    struct jemput *j;

    (void)state;
    sim_env_init(&sim, vfs, 1);
    assert_int_equal(jemput_found(&j, "a.db", &founding, &sim.env, &err), JEMPUT_OK);
    jemput_observe(j, hear, &h);
    assert_int_equal(jemput_lock(j, &err), JEMPUT_OK);
    assert_int_equal(jemput_unlock(j, sealed_secret(), &err), JEMPUT_OK);
    assert_int_equal(sqlite3_exec(jemput_app(j), "INSERT INTO t VALUES('a')", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(h.times, 1);
    assert_true(heard_of(&h, "t"));
    assert_int_equal(jemput_lock(j, &err), JEMPUT_OK);
    jemput_observe(j, NULL, NULL); /* a locked one may be told so, too */
    assert_int_equal(jemput_unlock(j, sealed_secret(), &err), JEMPUT_OK);
    assert_int_equal(sqlite3_exec(jemput_app(j), "INSERT INTO t VALUES('b')", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(h.times, 1);
    jemput_close(j);
    crash_vfs_free(vfs);
}

static int name_keep(void *ctx, const char *table)
{
    snprintf(ctx, 64, "%s", table);
    return 0;
}

static void what_a_statement_reads_may_be_a_view_of_ours(void **state)
{
    struct jemput_error err;
    struct fleet f;
    char name[64] = "";

    (void)state;
    fleet_make(&f, 1, 10);
    assert_int_equal(jemput_tables_read(f.devices[0].jemput, "SELECT count(*) FROM jemput_conflict", name_keep, name, &err), JEMPUT_OK);
    assert_string_equal(name, "jemput_conflict");
    assert_int_equal(jemput_tables_read(f.devices[0].jemput, "SELECT state FROM jemput_delivery('catatan', '[\"a\"]')", name_keep, name, &err),
                     JEMPUT_OK);
    assert_string_equal(name, "jemput_delivery");
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_a_sync_has_changed_is_told),
        cmocka_unit_test(a_sync_tells_what_it_has_merged_and_what_the_apps_triggers_then_wrote_and_nothing_else),
        cmocka_unit_test(a_migration_that_comes_in_tells_all),
        cmocka_unit_test(a_rebuild_tells_what_it_puts_right),
        cmocka_unit_test(the_telling_outlives_lock_and_unlock),
        cmocka_unit_test(what_a_statement_reads_may_be_a_view_of_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
