/* unit/test_vault_cut.c — power cuts below a vault: it must lose what SQLite alone may lose, and nothing else.
 *
 * The loops are those of test_crash_vfs.c. What is known to lose commits (synchronous=NORMAL, a disk that lies) must be caught here as well, or a loop
 * that sees no loss proves nothing. JEMPUT_VAULT_CUTS: so many per cent of the cycles; 100 takes minutes, without it it is 20. */
#include "vault_world.h"

#include <stdlib.h>

#define COMMITS_MAX 6
#define WAL_FULL "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
#define WAL_NORMAL "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
#define WAL_SPILL WAL_FULL "PRAGMA cache_size=4;"

static int share(int cycles)
{
    const char *percent = getenv("JEMPUT_VAULT_CUTS");

    return cycles * (percent ? atoi(percent) : 20) / 100;
}

static void db_prepare(const char *pragmas)
{
    sqlite3 *db = db_open(pragmas);

    assert_non_null(db);
    assert_int_equal(db_exec(db, "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v BLOB); CREATE INDEX IF NOT EXISTS t_v ON t(v);"
                             "CREATE TABLE IF NOT EXISTS u(id INTEGER PRIMARY KEY, v BLOB); DELETE FROM t"),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Pages written, rolled back and written again within one transaction: with a small cache they are rewritten in the log. */
static bool db_churn(sqlite3 *db, uint64_t *rng)
{
    char sql[256];

    snprintf(sql, sizeof sql,
             "SAVEPOINT s; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) REPLACE INTO u SELECT i, randomblob(%d) FROM n;"
             "UPDATE u SET v = randomblob(600) WHERE id %% 2; %s; RELEASE s",
             300 + (int)(crash_rng_next(rng) % 500), crash_rng_next(rng) % 3 ? "UPDATE u SET v = zeroblob(500)" : "ROLLBACK TO s");
    return db_exec(db, sql) == SQLITE_OK;
}

/* Commits of different sizes, a checkpoint now and then, until done or the power goes. Returns how many were acknowledged. */
static int db_work(sqlite3 *db, uint64_t *rng, bool churn)
{
    int acked = 0;

    for (int i = 0; i < COMMITS_MAX; i++) {
        char sql[128];

        snprintf(sql, sizeof sql, "INSERT INTO t(v) VALUES(randomblob(%d))", 1 + (int)(crash_rng_next(rng) % 6000));
        if (db_exec(db, "BEGIN") != SQLITE_OK || (churn && !db_churn(db, rng)) || db_exec(db, sql) != SQLITE_OK || db_exec(db, "COMMIT") != SQLITE_OK)
            break;
        acked++;
        if (crash_rng_next(rng) % 4 == 0 && db_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)") != SQLITE_OK)
            break;
    }
    return acked;
}

struct verdict {
    int cuts, losses, damages, extra;
};

/* Cut, recover (sometimes through a second cut), compare; the database is used on from cut to cut and set back now and then. */
static struct verdict run_cuts(const char *pragmas, int cycles, uint64_t seed)
{
    struct verdict seen = { 0 };
    struct crash_snapshot *ready;
    bool churn = strstr(pragmas, "cache_size") != NULL;
    uint64_t rng = seed;
    int64_t rows = 0;

    world_rng = seed;
    crash_vfs_set_lying(disk, false);
    db_prepare(pragmas);
    ready = crash_vfs_snapshot(disk);
    if (strstr(pragmas, "/*lying*/"))
        crash_vfs_set_lying(disk, true);
    for (int i = 0; i < share(cycles); i++) {
        sqlite3 *db;
        int acked = 0;
        int64_t found;

        if (i % 16 == 0) {
            crash_vfs_restore(disk, ready);
            rows = 0;
        }
        crash_vfs_cut_at(disk, crash_rng_next(&rng) % (churn ? 160 : 40));
        db = db_open(pragmas);
        if (db)
            acked = db_work(db, &rng, churn);
        seen.cuts += crash_vfs_is_cut(disk);
        if (crash_rng_next(&rng) & 1) { /* a process that ends before the power does, or one that goes with it */
            sqlite3_close(db);
            db = NULL;
        }
        crash_vfs_power_cut(disk, crash_rng_next(&rng));
        sqlite3_close(db);
        if (crash_rng_next(&rng) % 4 == 0) { /* the power goes again while SQLite recovers */
            crash_vfs_cut_at(disk, crash_rng_next(&rng) % 4);
            db = db_open(pragmas);
            db_int(db, "SELECT count(*) FROM t");
            sqlite3_close(db);
            crash_vfs_power_cut(disk, crash_rng_next(&rng));
        }

        db = db_open(pragmas);
        found = db ? db_int(db, "SELECT count(*) FROM t") : -1;
        if (found < 0 || !db_is_sound(db)) {
            seen.damages++;
            i |= 15; /* start afresh */
        } else if (found < rows + acked) {
            seen.losses++;
        } else if (found > rows + acked + 1) {
            seen.extra++;
        }
        rows = found;
        sqlite3_close(db);
    }
    crash_vfs_restore(disk, ready);
    crash_snapshot_free(ready);
    return seen;
}

static void assert_nothing_lost(struct verdict seen, int cuts)
{
    print_message("cuts %d, losses %d, damages %d, extra %d\n", seen.cuts, seen.losses, seen.damages, seen.extra);
    assert_true(seen.cuts > share(cuts));
    assert_int_equal(seen.losses, 0);
    assert_int_equal(seen.damages, 0);
    assert_int_equal(seen.extra, 0);
}

static void wal_with_full_sync_loses_no_acknowledged_commit(void **state)
{
    (void)state;
    assert_nothing_lost(run_cuts(WAL_FULL, 4000, 1), 2000);
    assert_true(crash_vfs_counters(disk)->lost > (uint64_t)share(500));
    assert_true(crash_vfs_counters(disk)->torn > (uint64_t)share(500));
}

static void wal_whose_frames_are_rewritten_loses_no_acknowledged_commit(void **state)
{
    (void)state;
    assert_nothing_lost(run_cuts(WAL_SPILL, 1500, 5), 500);
}

static void wal_with_full_sync_holds_without_powersafe_overwrite(void **state)
{
    (void)state;
    crash_vfs_set_powersafe(disk, false);
    assert_nothing_lost(run_cuts(WAL_FULL, 2000, 2), 1000);
    assert_nothing_lost(run_cuts(WAL_SPILL, 500, 6), 100);
}

static void rollback_journal_with_extra_sync_loses_no_acknowledged_commit(void **state)
{
    (void)state;
    assert_nothing_lost(run_cuts("PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA;", 1500, 3), 500);
    crash_vfs_set_powersafe(disk, false);
    assert_nothing_lost(run_cuts("PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA; PRAGMA cache_size=4;", 500, 7), 100);
}

static void wal_with_normal_sync_is_seen_to_lose_but_stays_sound(void **state)
{
    struct verdict seen = run_cuts(WAL_NORMAL, 1000, 4);

    (void)state;
    assert_true(seen.losses > share(100));
    assert_int_equal(seen.damages, 0);
}

static void lying_disk_is_seen_to_damage(void **state)
{
    struct verdict seen = run_cuts(WAL_FULL "/*lying*/", 1000, 8);

    (void)state;
    assert_true(seen.losses + seen.damages > share(100));
}

/* Without synchronous there is no sync after which a rewritten frame could still be put down: it must be there when COMMIT returns. */
static void killed_process_loses_nothing_that_it_committed(void **state)
{
    uint64_t rng = 9;

    (void)state;
    for (int round = 0; round < share(400); round++) {
        sqlite3 *db = db_open("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=4; CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v);"
                              "CREATE TABLE IF NOT EXISTS u(id INTEGER PRIMARY KEY, v)");
        struct crash_snapshot *left;
        int64_t rows = db_int(db, "SELECT count(*) FROM t");

        rows += db_work(db, &rng, true);
        left = crash_vfs_snapshot(disk); /* all that was written, and nobody who could write more */
        crash_vfs_restore(disk, left);
        crash_snapshot_free(left);
        sqlite3_close(db);
        db = db_open("");
        assert_int_equal(db_int(db, "SELECT count(*) FROM t"), rows);
        assert_true(db_is_sound(db));
        sqlite3_close(db);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(wal_with_full_sync_loses_no_acknowledged_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(wal_whose_frames_are_rewritten_loses_no_acknowledged_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(wal_with_full_sync_holds_without_powersafe_overwrite, setup, teardown),
        cmocka_unit_test_setup_teardown(rollback_journal_with_extra_sync_loses_no_acknowledged_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(wal_with_normal_sync_is_seen_to_lose_but_stays_sound, setup, teardown),
        cmocka_unit_test_setup_teardown(lying_disk_is_seen_to_damage, setup, teardown),
        cmocka_unit_test_setup_teardown(killed_process_loses_nothing_that_it_committed, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
