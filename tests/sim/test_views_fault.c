/* Each allocation and each call of the disk fails once while the views of the app's connection are read, from the first opening of their handle on.
 *
 * Each time: no memory, a refusing disk, or the whole result; never half of it, nothing leaks, and the next reading shows all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "fleet.h"
#include "store/object/aside.h"
#include "support/fault_alloc.h"

#define OFFICE 0
#define TABLET 1
#define OTHER 2

static struct fault_alloc memory;
static struct fleet f;
static size_t blocks; /* before there was anything to show */

static const char SCHEMA[] = "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, nama TEXT, hp TEXT);"
                             "CREATE UNIQUE INDEX orang_hp ON orang(hp) WHERE nama IS NOT NULL;"
                             "CREATE TABLE berkas(kk TEXT NOT NULL, nomor INTEGER NOT NULL, isi BLOB, PRIMARY KEY(kk, nomor)) WITHOUT ROWID;"
                             "SELECT jemput_replicate('orang', 'identity=nama'); SELECT jemput_replicate('berkas')";

/* A log that stands stopped, as far as the store can say. */
static void stop_a_log(void)
{
    struct jemput_store *store = f.devices[OFFICE].jemput->store;
    const uint8_t commit[20] = { 1 };
    struct jemput_error err;

    assert_int_equal(jemput_store_begin(store, 0, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_aside_put(store, LOG_REF_PREFIX "00112233445566778899aabbccddeeff/0", commit, JEMPUT_CORRUPT, "no reason", 1, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(store, &err), JEMPUT_OK);
}

/* Something to show in each view. */
static int fleet_begin(void **state)
{
    (void)state;
    fault_alloc_install(&memory);
    fleet_init(&f, 3, OFFICE, SCHEMA, 8); /* what libraries keep for the life of the process */
    fleet_release(&f);
    blocks = memory.live_blocks;
    fleet_init(&f, 3, OFFICE, SCHEMA, 9);
    fleet_sql(&f, OFFICE, "INSERT INTO orang(id) VALUES('a'), ('b')");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "BEGIN; SELECT jemput_note('sebab'); UPDATE orang SET nama = 'A' WHERE id = 'a'; COMMIT");
    fleet_sql(&f, TABLET, "INSERT INTO orang VALUES('c', '1', 'C', '5'); INSERT INTO orang(id, nik) VALUES('e', '2'); UPDATE orang SET nik = '3' WHERE id = 'b'; "
                          "INSERT INTO berkas VALUES('x', 1, x'00')");
    fleet_sql(&f, OTHER, "UPDATE orang SET nama = 'B' WHERE id = 'a'; INSERT INTO orang VALUES('d', '4', 'D', '5'); INSERT INTO orang(id, nik) VALUES('g', '2'); "
                         "UPDATE orang SET hp = '7' WHERE id = 'b'; INSERT INTO berkas VALUES('x', 1, x'01')");
    fleet_settle(&f, 0);
    fleet_sql(&f, OFFICE, "UPDATE orang SET nik = '6' WHERE id = 'a'");
    stop_a_log();
    return 0;
}

struct rows {
    unsigned count;
    uint64_t sum; /* of all cells */
};

static int row_see(void *ctx, int count, char **cells, char **names)
{
    struct rows *rows = ctx;

    (void)names;
    rows->count++;
    for (int i = 0; i < count; i++)
        for (const char *c = cells[i] ? cells[i] : "~"; *c; c++)
            rows->sum = rows->sum * 31 + (unsigned char)*c;
    return 0;
}

static int look(const char *query, struct rows *rows)
{
    *rows = (struct rows){ 0 };
    return sqlite3_exec(f.devices[OFFICE].sql, query, row_see, rows, NULL);
}

/* Back to before the first reading of a view. */
static void look_close(void)
{
    struct jemput *j = f.devices[OFFICE].jemput;

    jemput_close(j->look);
    j->look = NULL;
}

static const char *const queries[] = {
    "SELECT * FROM jemput_conflict",
    "SELECT * FROM jemput_parallel",
    "SELECT * FROM jemput_held",
    "SELECT * FROM jemput_refused",
    "SELECT * FROM jemput_history('orang', 'a')",
    "SELECT * FROM jemput_history('berkas', '[\"x\",1]')",
    "SELECT * FROM jemput_delivery('orang', 'a')",
    "SELECT * FROM jemput_why('orang', 'a')",
};

static bool fail_once(const char *query, const struct rows *whole, bool opening, uint64_t nth)
{
    struct rows rows;
    uint64_t failures;
    int rc;

    if (opening)
        look_close();
    fault_alloc_arm(&memory, nth, false);
    rc = look(query, &rows);
    fault_alloc_disarm(&memory);
    failures = memory.failures;
    if (rc != SQLITE_OK && ((rc & 0xff) != SQLITE_NOMEM || !failures))
        fail_msg("%s, allocation %llu: %d %s", query, (unsigned long long)nth, rc, sqlite3_errmsg(f.devices[OFFICE].sql));
    if (rc == SQLITE_OK && (rows.count != whole->count || rows.sum != whole->sum))
        fail_msg("%s, allocation %llu: %u rows, not %u, and no error", query, (unsigned long long)nth, rows.count, whole->count);
    if (look(query, &rows) != SQLITE_OK || rows.count != whole->count || rows.sum != whole->sum)
        fail_msg("%s, after allocation %llu failed: %s", query, (unsigned long long)nth, sqlite3_errmsg(f.devices[OFFICE].sql));
    return failures > 0;
}

static void each_allocation_that_fails_fails_the_reading_alone(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        struct rows whole;
        uint64_t nth = 0;

        assert_int_equal(look(queries[i], &whole), SQLITE_OK);
        assert_true(whole.count > 0);
        while (fail_once(queries[i], &whole, false, nth))
            nth += fault_step();
        assert_true(nth > 3);
    }
}

static void each_allocation_that_fails_while_the_handle_is_opened_leaves_it_closed_or_whole(void **state)
{
    struct rows whole;
    uint64_t nth = 0;

    (void)state;
    assert_int_equal(look(queries[0], &whole), SQLITE_OK);
    while (fail_once(queries[0], &whole, true, nth))
        nth += fault_step();
    assert_true(nth > 100);
}

static void each_disk_call_that_fails_fails_the_reading_alone(void **state)
{
    struct rows whole, rows;
    struct crash_vfs *vfs = f.devices[OFFICE].vfs;
    bool failed = true;

    (void)state;
    assert_int_equal(look(queries[0], &whole), SQLITE_OK);
    for (uint64_t nth = 0; failed; nth++) {
        int rc;

        look_close();
        crash_vfs_fail_at(vfs, nth, CRASH_FAULT_IO, false);
        rc = look(queries[0], &rows);
        failed = crash_vfs_counters(vfs)->faults > 0;
        crash_vfs_fail_at(vfs, UINT64_MAX, CRASH_FAULT_NONE, false);
        if (rc != SQLITE_OK && !failed)
            fail_msg("disk call %llu: %d %s", (unsigned long long)nth, rc, sqlite3_errmsg(f.devices[OFFICE].sql));
        if (rc == SQLITE_OK && (rows.count != whole.count || rows.sum != whole.sum))
            fail_msg("disk call %llu: another result, and no error", (unsigned long long)nth);
        if (look(queries[0], &rows) != SQLITE_OK || rows.count != whole.count || rows.sum != whole.sum)
            fail_msg("after disk call %llu failed: %s", (unsigned long long)nth, sqlite3_errmsg(f.devices[OFFICE].sql));
    }
    fleet_verify(&f, OFFICE);
}

/* The last one. */
static void nothing_stays_in_memory(void **state)
{
    (void)state;
    fleet_release(&f);
    assert_int_equal(memory.live_blocks, blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_that_fails_fails_the_reading_alone),
        cmocka_unit_test(each_allocation_that_fails_while_the_handle_is_opened_leaves_it_closed_or_whole),
        cmocka_unit_test(each_disk_call_that_fails_fails_the_reading_alone),
        cmocka_unit_test(nothing_stays_in_memory),
    };

    return cmocka_run_group_tests(tests, fleet_begin, NULL);
}
