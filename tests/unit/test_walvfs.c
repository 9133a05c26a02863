/* unit/test_walvfs.c — one write a COMMIT: what a transaction leaves in the log is what SQLite alone would have left, whoever else writes, whatever fails,
 * and wherever the power goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>

#include "store/vfs/wal.h"
#include "support/crash_vfs.h"

#define DB "folder/store.db"
#define ROWS_A_TXN 40

static struct crash_vfs *disk;
static struct jemput_wal_vfs *layer;
static struct jemput_env world; /* the real one, but for its disk */

static int setup(void **state)
{
    struct jemput_error err;

    (void)state;
    world = *jemput_env_posix();
    world.sqlite_vfs = "crash";
    disk = crash_vfs_new("crash");
    assert_int_equal(jemput_wal_vfs_open(&layer, &world, &err), JEMPUT_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    jemput_wal_vfs_close(layer);
    crash_vfs_free(disk);
    return 0;
}

static int run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int64_t n = -1;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
        n = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return n;
}

/* NULL: the power has gone meanwhile. */
static sqlite3 *db_try(const char *pragmas)
{
    sqlite3 *db = NULL;

    if (sqlite3_open_v2(DB, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, jemput_wal_vfs_name(layer)) == SQLITE_OK &&
        run(db, pragmas) == SQLITE_OK && run(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL") == SQLITE_OK)
        return db;
    sqlite3_close(db);
    return NULL;
}

static sqlite3 *db_open(const char *pragmas)
{
    sqlite3 *db = db_try(pragmas);

    assert_non_null(db);
    assert_int_equal(run(db, "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, txn INTEGER, v BLOB); CREATE INDEX IF NOT EXISTS t_v ON t(v)"),
                     SQLITE_OK);
    return db;
}

static bool txn(sqlite3 *db, int number_of_it, unsigned rows, const char *end)
{
    char sql[256];

    snprintf(sql, sizeof sql,
             "BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %u) INSERT INTO t(txn, v) SELECT %d, randomblob(700) FROM n;"
             "UPDATE t SET v = randomblob(500) WHERE txn = %d",
             rows, number_of_it, number_of_it);
    return run(db, sql) == SQLITE_OK && run(db, end) == SQLITE_OK;
}

static void assert_whole(sqlite3 *db)
{
    assert_int_equal(number(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM (SELECT 1 FROM t GROUP BY txn HAVING count(*) <> 40)"), 0); /* ROWS_A_TXN */
}

static void a_commit_is_one_write(void **state)
{
    sqlite3 *db = db_open("PRAGMA page_size=4096");

    (void)state;
    assert_true(txn(db, 1, 4, "COMMIT"));
    crash_vfs_counters_reset(disk);
    assert_true(txn(db, 2, 4, "COMMIT"));
    assert_int_equal(crash_vfs_counters(disk)->ops[CRASH_OP_WRITE], 1);
    assert_int_equal(crash_vfs_counters(disk)->ops[CRASH_OP_SYNC], 1);
    assert_true(crash_vfs_counters(disk)->written_bytes >= 3 * 4120);
    assert_int_equal(crash_vfs_counters(disk)->written_bytes % 4120, 0);
    sqlite3_close(db);
}

/* Each rollback leaves frames that were kept back, and the next transaction is another connection's, in the same place of the log. */
static void what_was_rolled_back_never_comes_to_lie_over_another_connections_work(void **state)
{
    sqlite3 *a = db_open("PRAGMA cache_size=8"), *b = db_open("");
    char shape[64];

    (void)state;
    assert_int_equal(run(a, "PRAGMA synchronous=NORMAL"), SQLITE_OK); /* no sync after its commits */
    for (unsigned i = 0; i < 20; i++) { /* so many rows, so many frames are kept back in the end */
        assert_true(txn(a, 1000, 1 + i, "ROLLBACK"));
        assert_true(txn(b, 2 * (int)i, ROWS_A_TXN, "COMMIT"));
        assert_true(txn(a, 2 * (int)i + 1, ROWS_A_TXN, "COMMIT"));
        snprintf(shape, sizeof shape, "SELECT count(*) = %u FROM t", (2 * i + 2) * ROWS_A_TXN);
        assert_int_equal(number(b, shape), 1);
        assert_int_equal(number(a, shape), 1);
    }
    sqlite3_close(a);
    sqlite3_close(b);
    a = db_open("");
    assert_int_equal(number(a, "SELECT count(*) FROM t"), 40 * ROWS_A_TXN);
    assert_whole(a);
    sqlite3_close(a);
}

static void another_connection_sees_a_commit_that_was_not_synced(void **state)
{
    sqlite3 *a = db_open(""), *b = db_open("");

    (void)state;
    assert_int_equal(run(a, "PRAGMA synchronous=NORMAL"), SQLITE_OK);
    assert_true(txn(a, 1, ROWS_A_TXN, "COMMIT"));
    assert_whole(b);
    assert_int_equal(number(b, "SELECT count(*) FROM t"), ROWS_A_TXN);
    sqlite3_close(a);
    sqlite3_close(b);
}

/* Pages that are written twice in a transaction make SQLite go back over the headers behind them when it commits, without a sync after that. */
static void a_process_that_dies_loses_nothing_that_was_committed(void **state)
{
    struct crash_snapshot *left;
    sqlite3 *db;

    (void)state;
    for (int i = 0; i < 12; i++) {
        db = db_open("PRAGMA cache_size=4");
        assert_int_equal(number(db, "SELECT count(*) FROM t"), i * ROWS_A_TXN);
        assert_int_equal(run(db, "PRAGMA synchronous=NORMAL"), SQLITE_OK);
        assert_true(txn(db, i, ROWS_A_TXN, "UPDATE t SET v = randomblob(300); UPDATE t SET v = randomblob(200); COMMIT"));
        left = crash_vfs_snapshot(disk);
        crash_vfs_restore(disk, left); /* its handles are dead, what it wrote is there */
        sqlite3_close(db);
        crash_snapshot_free(left);
    }
    db = db_open("");
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 12 * ROWS_A_TXN);
    assert_whole(db);
    sqlite3_close(db);
}

static void savepoints_that_are_rolled_back_leave_what_sqlite_leaves(void **state)
{
    sqlite3 *db = db_open("PRAGMA cache_size=4");

    (void)state;
    for (int i = 0; i < 8; i++) {
        assert_int_equal(run(db, "BEGIN; SAVEPOINT s"), SQLITE_OK);
        assert_int_equal(run(db, "INSERT INTO t(txn, v) SELECT -1, randomblob(900) FROM sqlite_schema, (VALUES(1), (2), (3), (4), (5), (6), (7))"), SQLITE_OK);
        assert_int_equal(run(db, "ROLLBACK TO s; RELEASE s; COMMIT"), SQLITE_OK);
        assert_int_equal(run(db, "BEGIN; UPDATE t SET v = randomblob(600)"), SQLITE_OK);
        assert_int_equal(run(db, "SAVEPOINT s; DELETE FROM t; ROLLBACK TO s; COMMIT"), SQLITE_OK);
        assert_true(txn(db, i, ROWS_A_TXN, "COMMIT"));
    }
    sqlite3_close(db);
    db = db_open("");
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 8 * ROWS_A_TXN);
    assert_whole(db);
    sqlite3_close(db);
}

static void a_log_of_other_pages_is_passed_on(void **state)
{
    sqlite3 *db = db_open("PRAGMA page_size=1024");

    (void)state;
    assert_int_equal(number(db, "SELECT page_size FROM pragma_page_size"), 1024);
    assert_true(txn(db, 1, ROWS_A_TXN, "COMMIT"));
    sqlite3_close(db);
    db = db_open("");
    assert_whole(db);
    sqlite3_close(db);
}

static void a_write_that_fails_fails_the_commit_and_loses_no_other(void **state)
{
    sqlite3 *db = db_open("PRAGMA cache_size=8");
    uint64_t at;

    (void)state;
    assert_true(txn(db, 1, ROWS_A_TXN, "COMMIT"));
    for (at = 0;; at++) {
        bool done;

        crash_vfs_fail_at(disk, at, CRASH_FAULT_FULL, false);
        done = txn(db, 2, ROWS_A_TXN, "COMMIT");
        crash_vfs_fail_at(disk, 0, CRASH_FAULT_NONE, false);
        if (done)
            break;
        if (!sqlite3_get_autocommit(db))
            assert_int_equal(run(db, "ROLLBACK"), SQLITE_OK);
        assert_int_equal(number(db, "SELECT count(*) FROM t WHERE txn = 2"), 0);
    }
    assert_true(at > 2);
    assert_whole(db);
    sqlite3_close(db);
}

#define PREPARE                                                                                                                                        \
    "DROP INDEX t_v; CREATE TRIGGER t_updated BEFORE UPDATE ON t WHEN NEW.txn < 0 BEGIN SELECT RAISE(ABORT, 'no'); END;"                            \
    "CREATE TABLE other AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) SELECT randomblob(3000) AS v FROM n"
#define INSERT_AND_LOOK_AWAY /* then none of the new pages is in memory, and the last ones are in no file yet */                                       \
    "DELETE FROM t; BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO t(txn, v) SELECT 1, "            \
    "randomblob(700) FROM n; SELECT sum(length(v)) FROM other"

/* SQLITE_FULL takes back a statement that has a journal of its own; what the transaction did before it is committed whole, frames kept back and all. */
static void a_full_disk_that_takes_back_one_statement_leaves_those_before_it(void **state)
{
    sqlite3 *db = db_open("PRAGMA cache_size=8");
    unsigned went_on = 0;
    bool failed = true;

    (void)state;
    assert_int_equal(run(db, PREPARE), SQLITE_OK);
    for (uint64_t at = 0; failed; at++) {
        assert_int_equal(run(db, INSERT_AND_LOOK_AWAY), SQLITE_OK);
        crash_vfs_fail_at(disk, at, CRASH_FAULT_FULL, false);
        failed = run(db, "UPDATE t SET v = randomblob(600)") != SQLITE_OK;
        crash_vfs_fail_at(disk, 0, CRASH_FAULT_NONE, false);
        if (sqlite3_get_autocommit(db))
            continue;
        assert_int_equal(run(db, "COMMIT"), SQLITE_OK);
        went_on += failed;
        assert_int_equal(number(db, "SELECT count(*) FROM t"), ROWS_A_TXN);
        assert_whole(db);
    }
    assert_true(went_on > 0);
    sqlite3_close(db);
}

static void the_power_may_go_at_any_write(void **state)
{
    struct crash_snapshot *ready;
    bool cut = true;

    (void)state;
    sqlite3_close(db_open(""));
    ready = crash_vfs_snapshot(disk);
    for (uint64_t at = 0; cut; at++) {
        sqlite3 *db;
        int acked = 0;
        int64_t there;

        crash_vfs_restore(disk, ready);
        crash_vfs_cut_at(disk, at);
        db = db_try("PRAGMA cache_size=4");
        while (db && acked < 3 && (acked % 2 == 0 || txn(db, 1000, 9, "ROLLBACK")) && txn(db, acked, ROWS_A_TXN, "COMMIT"))
            acked++;
        cut = crash_vfs_is_cut(disk);
        crash_vfs_power_cut(disk, at);
        sqlite3_close(db);
        db = db_open("");
        there = number(db, "SELECT count(DISTINCT txn) FROM t");
        assert_true(there == acked || there == acked + 1);
        assert_whole(db);
        sqlite3_close(db);
    }
    crash_snapshot_free(ready);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_commit_is_one_write, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_rolled_back_never_comes_to_lie_over_another_connections_work, setup, teardown),
        cmocka_unit_test_setup_teardown(another_connection_sees_a_commit_that_was_not_synced, setup, teardown),
        cmocka_unit_test_setup_teardown(a_process_that_dies_loses_nothing_that_was_committed, setup, teardown),
        cmocka_unit_test_setup_teardown(savepoints_that_are_rolled_back_leave_what_sqlite_leaves, setup, teardown),
        cmocka_unit_test_setup_teardown(a_log_of_other_pages_is_passed_on, setup, teardown),
        cmocka_unit_test_setup_teardown(a_write_that_fails_fails_the_commit_and_loses_no_other, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_that_takes_back_one_statement_leaves_those_before_it, setup, teardown),
        cmocka_unit_test_setup_teardown(the_power_may_go_at_any_write, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
