/* unit/test_vault_meddled.c — files of a vault that somebody else gets at meanwhile: what he makes is not overwritten, and what he moves does not count. */
#include "vault_world.h"

#include <stdlib.h>

#define RECORD_BYTES (4 + 4096 + 4) /* of a rollback journal */

/* The file was empty when it was attached; then another program, which has no vault, made a database of it. */
static void plain_file_that_came_meanwhile_is_not_overwritten(void **state)
{
    sqlite3 *sealed, *plain;
    int rc;

    (void)state;
    crash_vfs_put(disk, DB, "", 0);
    sealed = db_open("SELECT * FROM sqlite_schema");
    assert_non_null(sealed);
    plain = db_open_on(NULL, DB, "CREATE TABLE t(v); INSERT INTO t VALUES('ada')", &rc);
    assert_non_null(plain);
    assert_int_not_equal(db_exec(sealed, "CREATE TABLE u(v)"), SQLITE_OK);
    assert_int_equal(db_int(sealed, "SELECT count(*) FROM t"), -1);
    sqlite3_close(sealed);
    assert_int_equal(db_int(plain, "SELECT count(*) FROM t WHERE v = 'ada'"), 1);
    assert_true(db_is_sound(plain));
    sqlite3_close(plain);
    assert_int_equal(kind_of_path(&world, DB), JEMPUT_VAULT_PLAIN);
    sealed = db_open("INSERT INTO t VALUES('juga')"); /* and who opens it now takes it for what it is */
    assert_int_equal(db_int(sealed, "SELECT count(*) FROM t"), 2);
    sqlite3_close(sealed);
}

static uint32_t be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* A journal as a killed process leaves it, with at least two pages in it; sealed. */
static void hot_journal_make(void)
{
    sqlite3 *db = db_open("PRAGMA journal_mode=DELETE; CREATE TABLE t(v); CREATE TABLE u(v);"
                          "INSERT INTO t VALUES('siang'), ('sore'); INSERT INTO u VALUES('malam')");
    struct crash_snapshot *left;

    assert_non_null(db);
    assert_int_equal(db_exec(db, "BEGIN; UPDATE t SET v = 'lain'; UPDATE u SET v = 'lain'"), SQLITE_OK);
    assert_int_equal(sqlite3_db_cacheflush(db), SQLITE_OK);
    left = crash_vfs_snapshot(disk); /* all that was written, and nobody who holds a lock */
    crash_vfs_restore(disk, left);
    crash_snapshot_free(left);
    sqlite3_close(db);
}

/* Two records change their page numbers; the checksums of the pages are right as before. */
static void records_swap(void)
{
    size_t len;
    const uint8_t *now = crash_vfs_file(disk, DB "-journal", &len);
    uint8_t *journal, *first, *second, number[4];

    assert_non_null(now);
    journal = malloc(len);
    assert_non_null(journal);
    memcpy(journal, now, len);
    first = journal + be32(journal + 20); /* behind the header, which says how long it is */
    second = first + RECORD_BYTES;
    assert_true((size_t)(second - journal) + RECORD_BYTES <= len);
    assert_true(be32(first) > 1 && be32(second) > 1); /* the first page would be taken for no other */
    memcpy(number, first, sizeof number);
    memcpy(first, second, sizeof number);
    memcpy(second, number, sizeof number);
    crash_vfs_put(disk, DB "-journal", journal, len);
    free(journal);
}

static void page_of_a_journal_counts_for_no_other_page(void **state)
{
    sqlite3 *db;

    (void)state;
    hot_journal_make();
    db = db_open("SELECT 1"); /* as it was left, it is rolled back */
    assert_int_equal(db_int(db, "SELECT count(*) FROM t WHERE v LIKE 's%'"), 2);
    assert_int_equal(db_exec(db, "DROP TABLE t; DROP TABLE u"), SQLITE_OK);
    sqlite3_close(db);
    hot_journal_make();
    records_swap();
    db = db_open("SELECT 1");
    if (db) {
        assert_int_not_equal(db_int(db, "SELECT count(*) FROM t WHERE v = 'malam'"), 1);
        assert_int_not_equal(db_int(db, "SELECT count(*) FROM u WHERE v LIKE 's%'"), 2);
    }
    sqlite3_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(plain_file_that_came_meanwhile_is_not_overwritten, setup, teardown),
        cmocka_unit_test_setup_teardown(page_of_a_journal_counts_for_no_other_page, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
