/* unit/test_crash_vfs.c — the simulated disk under raw SQLite: it must lose what may be lost, and nothing else.
 *
 * A harness that cannot see a loss proves nothing, so configurations known to lose acknowledged commits (synchronous=NORMAL, a disk that lies
 * about syncs) must be caught here. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/crash_vfs.h"

#define DB "folder/store.db"
#define COMMITS_MAX 6

static struct crash_vfs *disk;

static int setup(void **state)
{
    (void)state;
    disk = crash_vfs_new("crash");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    crash_vfs_free(disk);
    return 0;
}

static sqlite3 *db_open(const char *pragmas)
{
    sqlite3 *db = NULL;

    if (sqlite3_open_v2(DB, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "crash") != SQLITE_OK ||
        sqlite3_exec(db, pragmas, NULL, NULL, NULL) != SQLITE_OK) {
        sqlite3_close(db);
        return NULL;
    }
    return db;
}

static int db_int(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int value = -1;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
        value = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    return value;
}

static bool db_is_sound(sqlite3 *db)
{
    sqlite3_stmt *stmt = NULL;
    bool sound = sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW &&
                 strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") == 0;

    sqlite3_finalize(stmt);
    return sound;
}

static void db_prepare(const char *pragmas)
{
    sqlite3 *db = db_open(pragmas);

    assert_non_null(db);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB); CREATE INDEX t_v ON t(v)", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Commits of different sizes, a checkpoint now and then, until done or the power goes. Returns how many were acknowledged. */
static int db_work(sqlite3 *db, uint64_t *rng)
{
    int acked = 0;

    for (int i = 0; i < COMMITS_MAX; i++) {
        char sql[128];

        snprintf(sql, sizeof sql, "INSERT INTO t(v) VALUES(randomblob(%d))", 1 + (int)(crash_rng_next(rng) % 6000));
        if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
            break;
        acked++;
        if (crash_rng_next(rng) % 4 == 0 && sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL) != SQLITE_OK)
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
    uint64_t rng = seed;
    int rows = 0;

    crash_vfs_set_lying(disk, false);
    db_prepare(pragmas);
    ready = crash_vfs_snapshot(disk);
    if (strstr(pragmas, "/*lying*/"))
        crash_vfs_set_lying(disk, true);
    for (int i = 0; i < cycles; i++) {
        sqlite3 *db;
        int acked = 0, found;

        if (i % 16 == 0) {
            crash_vfs_restore(disk, ready);
            rows = 0;
        }
        crash_vfs_cut_at(disk, crash_rng_next(&rng) % 40);
        db = db_open(pragmas);
        if (db)
            acked = db_work(db, &rng);
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

#define WAL_FULL "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
#define WAL_NORMAL "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"

static void wal_with_full_sync_loses_no_acknowledged_commit(void **state)
{
    struct verdict seen = run_cuts(WAL_FULL, 4000, 1);

    (void)state;
    assert_true(seen.cuts > 2000);
    assert_int_equal(seen.losses, 0);
    assert_int_equal(seen.damages, 0);
    assert_int_equal(seen.extra, 0);
    assert_true(crash_vfs_counters(disk)->lost > 500);
    assert_true(crash_vfs_counters(disk)->torn > 500);
}

static void wal_with_full_sync_holds_without_powersafe_overwrite(void **state)
{
    struct verdict seen;

    (void)state;
    crash_vfs_set_powersafe(disk, false);
    seen = run_cuts(WAL_FULL, 1000, 2);
    assert_int_equal(seen.losses + seen.damages + seen.extra, 0);
}

static void rollback_journal_with_extra_sync_loses_no_acknowledged_commit(void **state)
{
    struct verdict seen = run_cuts("PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA;", 1500, 3);

    (void)state;
    assert_true(seen.cuts > 500);
    assert_int_equal(seen.losses + seen.damages + seen.extra, 0);
}

static void wal_with_normal_sync_is_seen_to_lose_but_stays_sound(void **state)
{
    struct verdict seen = run_cuts(WAL_NORMAL, 1000, 4);

    (void)state;
    assert_true(seen.losses > 100);
    assert_int_equal(seen.damages, 0);
}

static void journal_deleted_without_folder_sync_is_seen_to_come_back(void **state)
{
    struct verdict seen = run_cuts("PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;", 1500, 5);

    (void)state;
    assert_true(seen.losses > 0); /* the commit was acknowledged, then the journal's deletion was lost: rolled back */
    assert_int_equal(seen.damages, 0);
}

static void lying_disk_is_seen_to_lose_and_to_damage(void **state)
{
    struct verdict seen = run_cuts(WAL_FULL "/*lying*/", 1500, 6);

    (void)state;
    assert_true(seen.losses > 50);
    assert_true(seen.damages > 5);
}

static void same_seed_gives_the_same_disk(void **state)
{
    uint8_t *first = NULL;
    size_t first_len = 0;

    (void)state;
    crash_vfs_make_default(disk, 7);
    for (int round = 0; round < 2; round++) {
        struct verdict seen;
        const uint8_t *data;
        size_t len;

        if (round == 1) {
            crash_vfs_free(disk);
            disk = crash_vfs_new("crash");
        }
        crash_vfs_make_default(disk, 7);
        seen = run_cuts(WAL_NORMAL, 31, 8);
        assert_true(seen.cuts > 0);
        db_prepare("DROP TABLE t;" WAL_NORMAL);
        data = crash_vfs_file(disk, DB, &len);
        assert_non_null(data);
        if (round == 0) {
            first = malloc(len);
            memcpy(first, data, first_len = len);
        } else {
            assert_int_equal(len, first_len);
            assert_memory_equal(data, first, len);
        }
    }
    free(first);
}

static void every_operation_may_fail_once_or_for_good(void **state)
{
    static const enum crash_fault kinds[] = { CRASH_FAULT_IO, CRASH_FAULT_FULL };
    struct crash_snapshot *ready;

    (void)state;
    db_prepare(WAL_FULL);
    ready = crash_vfs_snapshot(disk);
    for (int pass = 0; pass < 4; pass++) {
        uint64_t n;
        bool through = false;

        for (n = 0; !through; n++) {
            sqlite3 *db;
            uint64_t rng = 9;
            int acked = 0, found;

            assert_true(n < 2000);
            crash_vfs_restore(disk, ready);
            crash_vfs_fail_at(disk, n, kinds[pass & 1], pass & 2);
            db = db_open(WAL_FULL);
            if (db)
                acked = db_work(db, &rng);
            sqlite3_close(db);
            through = crash_vfs_counters(disk)->faults == 0;
            crash_vfs_fail_at(disk, 0, CRASH_FAULT_NONE, false);

            db = db_open(WAL_FULL);
            assert_non_null(db);
            found = db_int(db, "SELECT count(*) FROM t");
            assert_true(found >= acked && found <= acked + 1);
            assert_true(db_is_sound(db));
            sqlite3_close(db);
        }
        assert_true(n > 10);
    }
    crash_snapshot_free(ready);
}

static void full_disk_says_full(void **state)
{
    sqlite3 *db;

    (void)state;
    db_prepare(WAL_FULL);
    db = db_open(WAL_FULL);
    crash_vfs_fail_at(disk, 0, CRASH_FAULT_FULL, true);
    assert_int_equal(sqlite3_exec(db, "INSERT INTO t(v) VALUES(1)", NULL, NULL, NULL), SQLITE_FULL);
    crash_vfs_fail_at(disk, 0, CRASH_FAULT_NONE, false);
    assert_int_equal(sqlite3_exec(db, "INSERT INTO t(v) VALUES(1)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void wal_reader_sees_its_snapshot_beside_a_writer(void **state)
{
    sqlite3 *reader, *writer;

    (void)state;
    db_prepare(WAL_FULL);
    reader = db_open(WAL_FULL);
    writer = db_open(WAL_FULL);
    assert_int_equal(sqlite3_exec(reader, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(db_int(reader, "SELECT count(*) FROM t"), 0);
    assert_int_equal(sqlite3_exec(writer, "INSERT INTO t(v) VALUES(1)", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(db_int(reader, "SELECT count(*) FROM t"), 0);
    assert_int_equal(sqlite3_exec(reader, "INSERT INTO t(v) VALUES(2)", NULL, NULL, NULL), SQLITE_BUSY); /* its snapshot is old */
    assert_int_equal(sqlite3_exec(reader, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(db_int(reader, "SELECT count(*) FROM t"), 1);

    assert_int_equal(sqlite3_exec(writer, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(reader, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_BUSY);
    assert_int_equal(sqlite3_exec(writer, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(reader, "BEGIN IMMEDIATE; COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(reader);
    sqlite3_close(writer);
}

static void wal_checkpoint_waits_for_a_reader(void **state)
{
    sqlite3 *reader, *writer;
    int frames, done;

    (void)state;
    db_prepare(WAL_FULL);
    reader = db_open(WAL_FULL);
    writer = db_open(WAL_FULL);
    assert_int_equal(sqlite3_exec(writer, "INSERT INTO t(v) VALUES(1)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_exec(reader, "BEGIN", NULL, NULL, NULL);
    db_int(reader, "SELECT count(*) FROM t");
    assert_int_equal(sqlite3_wal_checkpoint_v2(writer, NULL, SQLITE_CHECKPOINT_TRUNCATE, &frames, &done), SQLITE_BUSY);
    sqlite3_exec(reader, "COMMIT", NULL, NULL, NULL);
    assert_int_equal(sqlite3_wal_checkpoint_v2(writer, NULL, SQLITE_CHECKPOINT_TRUNCATE, &frames, &done), SQLITE_OK);
    sqlite3_close(reader);
    sqlite3_close(writer);
}

static void rollback_locks_exclude_each_other(void **state)
{
    sqlite3 *reader, *writer;

    (void)state;
    db_prepare("PRAGMA journal_mode=DELETE");
    reader = db_open("");
    writer = db_open("");
    sqlite3_exec(reader, "BEGIN", NULL, NULL, NULL);
    assert_int_equal(db_int(reader, "SELECT count(*) FROM t"), 0);
    assert_int_equal(sqlite3_exec(writer, "INSERT INTO t(v) VALUES(1)", NULL, NULL, NULL), SQLITE_BUSY); /* needs EXCLUSIVE */
    sqlite3_exec(reader, "COMMIT", NULL, NULL, NULL);
    assert_int_equal(sqlite3_exec(writer, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(db_int(reader, "SELECT count(*) FROM t"), 0); /* RESERVED lets readers in */
    assert_int_equal(sqlite3_exec(reader, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_BUSY);
    sqlite3_exec(writer, "COMMIT; BEGIN EXCLUSIVE", NULL, NULL, NULL);
    assert_int_equal(db_int(reader, "SELECT count(*) FROM t"), -1);
    sqlite3_exec(writer, "COMMIT", NULL, NULL, NULL);
    sqlite3_close(reader);
    sqlite3_close(writer);
}

static void handles_are_dead_after_a_power_cut(void **state)
{
    sqlite3 *db, *next;

    (void)state;
    db_prepare(WAL_FULL);
    db = db_open(WAL_FULL);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE; INSERT INTO t(v) VALUES(1)", NULL, NULL, NULL), SQLITE_OK);
    crash_vfs_power_cut(disk, 10);
    assert_int_not_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    next = db_open(WAL_FULL); /* the dead one's locks are gone with it */
    assert_int_equal(sqlite3_exec(next, "INSERT INTO t(v) VALUES(2)", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(db_int(next, "SELECT count(*) FROM t"), 1);
    sqlite3_close(db);
    assert_int_equal(sqlite3_exec(next, "INSERT INTO t(v) VALUES(3)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(next);
}

static void counters_name_what_was_written(void **state)
{
    sqlite3 *db;

    (void)state;
    db_prepare(WAL_FULL);
    db = db_open(WAL_FULL);
    sqlite3_exec(db, "INSERT INTO t(v) VALUES(1)", NULL, NULL, NULL); /* starts the WAL: its header comes with the first frame */
    crash_vfs_counters_reset(disk);
    sqlite3_exec(db, "INSERT INTO t(v) VALUES(1)", NULL, NULL, NULL);
    assert_int_equal(crash_vfs_counters(disk)->ops[CRASH_OP_SYNC], 1);
    assert_int_equal(crash_vfs_counters(disk)->written_bytes, 2 * (24 + 4096)); /* the table's page and the index's */
    sqlite3_close(db);
}

static void exported_file_is_a_real_database(void **state)
{
    char path[] = "crash-vfs-XXXXXX";
    int fd = mkstemp(path);
    sqlite3 *db = NULL;

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    db_prepare(WAL_FULL);
    assert_false(crash_vfs_export(disk, "folder/none", path));
    assert_true(crash_vfs_export(disk, DB, path));
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
    assert_int_equal(db_int(db, "SELECT count(*) FROM t"), 0);
    sqlite3_close(db);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(wal_with_full_sync_loses_no_acknowledged_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(wal_with_full_sync_holds_without_powersafe_overwrite, setup, teardown),
        cmocka_unit_test_setup_teardown(rollback_journal_with_extra_sync_loses_no_acknowledged_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(wal_with_normal_sync_is_seen_to_lose_but_stays_sound, setup, teardown),
        cmocka_unit_test_setup_teardown(journal_deleted_without_folder_sync_is_seen_to_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(lying_disk_is_seen_to_lose_and_to_damage, setup, teardown),
        cmocka_unit_test_setup_teardown(same_seed_gives_the_same_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(every_operation_may_fail_once_or_for_good, setup, teardown),
        cmocka_unit_test_setup_teardown(full_disk_says_full, setup, teardown),
        cmocka_unit_test_setup_teardown(wal_reader_sees_its_snapshot_beside_a_writer, setup, teardown),
        cmocka_unit_test_setup_teardown(wal_checkpoint_waits_for_a_reader, setup, teardown),
        cmocka_unit_test_setup_teardown(rollback_locks_exclude_each_other, setup, teardown),
        cmocka_unit_test_setup_teardown(handles_are_dead_after_a_power_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(counters_name_what_was_written, setup, teardown),
        cmocka_unit_test_setup_teardown(exported_file_is_a_real_database, setup, teardown),
    };

    return cmocka_run_group_tests_name("crash_vfs", tests, NULL, NULL);
}
