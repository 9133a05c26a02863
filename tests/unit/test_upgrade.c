/* Tests of store/file/upgrade.c: a store in an earlier format becomes one in this, whole or not at all. */
#include "change/stamps.h"
#include "store/file/layout.h"
#include "store/internal.h"
#include "store_world.h"
#include "support/fault_alloc.h"

static struct fault_alloc mem; /* of the whole program */

enum { SEGMENTS = 300, EACH = 40 }; /* more pages than one */

/* Of transaction `place` of segment `id`: some in one millisecond, most minutes apart. */
static jemput_stamp stamp_of(int64_t id, unsigned place)
{
    return ((uint64_t)(1750000000000 + id * 100000000 + (int64_t)(place / 3) * 300007) << 16) + place % 3;
}

static struct jemput_bytes stamps_1(struct jemput_buf *buf, int64_t id, unsigned count)
{
    jemput_buf_clear(buf);
    for (unsigned i = 0; i < count; i++)
        jemput_buf_varint(buf, stamp_of(id, i) - (i ? stamp_of(id, i - 1) : 0));
    return jemput_buf_bytes(buf);
}

static void segment_put(sqlite3 *db, int64_t id, unsigned count, struct jemput_bytes stamps)
{
    sqlite3_stmt *stmt;

    assert_int_equal(sqlite3_prepare_v2(db,
                                        "INSERT INTO jemput_segment(id, line, number, hash, previous, control, own, stamp, oid, context, "
                                        "context_whole, frontier, frontier_whole, txn_count, stamps) "
                                        "VALUES(?1, 1, ?1, ?1, x'', 0, 0, 1, x'', 1, 1, 1, 1, ?2, ?3)",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    sqlite3_bind_int64(stmt, 1, id);
    sqlite3_bind_int64(stmt, 2, count);
    sqlite3_bind_blob64(stmt, 3, stamps.len ? (const void *)stamps.data : "", stamps.len, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
    sqlite3_finalize(stmt);
}

/* A store as a version before the first release made it: made once, then put on a new disk each time. */
static void store_make_1(struct store_world *w)
{
    static uint8_t *image;
    static size_t image_bytes;
    const uint8_t *made;

    struct jemput_buf buf = JEMPUT_BUF_INIT(JEMPUT_STAMPS_BYTES_MAX);
    sqlite3 *db;

    if (image) {
        world_init(w);
        crash_vfs_put(w->vfs, "store.db", image, image_bytes);
        return;
    }
    world_new(w, NULL);
    world_close(w);
    assert_int_equal(sqlite3_open_v2("store.db", &db, SQLITE_OPEN_READWRITE, crash_vfs_name(w->vfs)), SQLITE_OK);
    sql_ok(db, "BEGIN");
    for (int64_t id = 1; id <= SEGMENTS; id++)
        segment_put(db, id, id % 7 ? EACH : 0, stamps_1(&buf, id, id % 7 ? EACH : 0)); /* what could not be read yet has none */
    sql_ok(db, "PRAGMA user_version = 1; COMMIT");
    sqlite3_close(db);
    jemput_buf_release(&buf);
    made = crash_vfs_file(w->vfs, "store.db", &image_bytes);
    assert_non_null(made);
    image = malloc(image_bytes);
    assert_non_null(image);
    memcpy(image, made, image_bytes);
}

static enum jemput_status try_open(struct store_world *w, struct jemput_error *err)
{
    *err = (struct jemput_error){ JEMPUT_OK, "" };
    return jemput_store_open(&w->store, &w->sim.env, "store.db", false, &w->hooks, err);
}

/* The store is there, in the format of this program, and says what it said. */
static void assert_upgraded(struct store_world *w)
{
    jemput_stamp stamps[EACH];
    sqlite3_stmt *stmt;
    int64_t rows = 0, due = 0;
    struct jemput_error err;
    sqlite3 *db;

    world_open(w, false);
    db = w->app;
    assert_int_equal(sql_int(db, "PRAGMA user_version"), JEMPUT_FORMAT_VERSION);
    assert_int_equal(jemput_store_number_get(w->store, JEMPUT_FACT_REBUILD_DUE, 0, &due, &err), JEMPUT_OK);
    assert_int_equal(due, 1); /* what rows show may be another thing by the rules of now */
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT id, txn_count, stamps FROM jemput_segment ORDER BY id", -1, &stmt, NULL), SQLITE_OK);
    for (; sqlite3_step(stmt) == SQLITE_ROW; rows++) {
        int64_t id = sqlite3_column_int64(stmt, 0);
        uint32_t count = (uint32_t)sqlite3_column_int64(stmt, 1);

        assert_int_equal(count, id % 7 ? EACH : 0);
        assert_true(jemput_stamps_read(stamps, count, jemput_bytes_of(sqlite3_column_blob(stmt, 2), (size_t)sqlite3_column_bytes(stmt, 2))));
        for (unsigned i = 0; i < count; i++)
            assert_true(stamps[i] == stamp_of(id, i));
    }
    sqlite3_finalize(stmt);
    assert_int_equal(rows, SEGMENTS);
    world_close(w);
}

static void a_store_of_the_first_format_says_the_same_in_this_one(void **state)
{
    struct store_world w;

    (void)state;
    store_make_1(&w);
    assert_upgraded(&w);
    assert_upgraded(&w);
    world_release(&w);
}

/* Can the stamps of this segment be read? */
static bool stamps_are_whole(sqlite3 *db, int64_t id)
{
    jemput_stamp stamps[EACH];
    sqlite3_stmt *stmt;
    bool whole;

    assert_int_equal(sqlite3_prepare_v2(db, "SELECT txn_count, stamps FROM jemput_segment WHERE id = ?", -1, &stmt, NULL), SQLITE_OK);
    sqlite3_bind_int64(stmt, 1, id);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(stmt, 0), EACH);
    whole = jemput_stamps_read(stamps, EACH, jemput_bytes_of(sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1)));
    sqlite3_finalize(stmt);
    return whole;
}

/* The store opens as it did before, and what was damaged is not read as something else now. */
static void stamps_that_are_damaged_stay_so(void **state)
{
    static const char *const damages[] = { "x''", "x'ffff'", "substr(stamps, 1, length(stamps) - 1)", "stamps || x'00'", "zeroblob(40)" };

    (void)state;
    for (unsigned i = 0; i < sizeof damages / sizeof *damages; i++) {
        struct store_world w;
        char sql[128];
        sqlite3 *db;

        store_make_1(&w);
        snprintf(sql, sizeof sql, "UPDATE jemput_segment SET stamps = %s WHERE id = 299", damages[i]);
        assert_int_equal(sqlite3_open_v2("store.db", &db, SQLITE_OPEN_READWRITE, crash_vfs_name(w.vfs)), SQLITE_OK);
        sql_ok(db, sql);
        sqlite3_close(db);
        world_open(&w, false);
        assert_int_equal(sql_int(w.app, "PRAGMA user_version"), JEMPUT_FORMAT_VERSION);
        assert_true(stamps_are_whole(w.app, 299) == (i == 4)); /* forty zeros are forty stamps of 0 */
        assert_true(stamps_are_whole(w.app, 298));
        world_release(&w);
    }
}

static void a_store_that_a_newer_program_made_meanwhile_is_left_alone(void **state)
{
    struct store_world w;
    struct jemput_error err;
    sqlite3 *db;

    (void)state;
    store_make_1(&w);
    assert_int_equal(sqlite3_open_v2("store.db", &db, SQLITE_OPEN_READWRITE, crash_vfs_name(w.vfs)), SQLITE_OK);
    sql_ok(db, "PRAGMA user_version = 99");
    assert_int_equal(try_open(&w, &err), JEMPUT_UPGRADE);
    assert_int_equal(sql_int(db, "PRAGMA user_version"), 99);
    sqlite3_close(db);
    world_release(&w);
}

static void a_power_cut_at_any_write_of_an_upgrade_loses_nothing(void **state)
{
    bool cut = true;
    uint64_t n;

    (void)state;
    for (n = 0; cut && n < 10000; n++) {
        struct store_world w;
        struct jemput_error err;

        store_make_1(&w);
        crash_vfs_cut_at(w.vfs, n);
        if (!try_open(&w, &err))
            world_close(&w);
        cut = crash_vfs_is_cut(w.vfs);
        sim_env_power_cut(&w.sim, n + 1);
        assert_upgraded(&w);
        world_release(&w);
    }
    assert_true(n > 10 && n < 10000);
}

static uint64_t disk_fails(enum crash_fault kind)
{
    bool failed = true;
    uint64_t n;

    for (n = 0; failed && n < 10000; n++) {
        struct store_world w;
        struct jemput_error err;
        enum jemput_status st;

        store_make_1(&w);
        crash_vfs_fail_at(w.vfs, n, kind, false);
        st = try_open(&w, &err);
        failed = crash_vfs_counters(w.vfs)->faults != 0;
        crash_vfs_fail_at(w.vfs, 0, CRASH_FAULT_NONE, false);
        if (st && st != JEMPUT_IO && st != JEMPUT_FULL)
            fail_msg("operation %llu: %s %s", (unsigned long long)n, jemput_status_name(st), err.text);
        if (!st)
            world_close(&w);
        assert_upgraded(&w);
        world_release(&w);
    }
    return n;
}

static void each_operation_of_the_disk_fails_once_in_an_upgrade(void **state)
{
    uint64_t n = disk_fails(CRASH_FAULT_IO);

    (void)state;
    assert_true(n > 30 && n < 10000);
    n = disk_fails(CRASH_FAULT_FULL);
    assert_true(n > 2 && n < 10000); /* the log is written in large pieces */
}

static void each_allocation_of_an_upgrade_fails_once(void **state)
{
    uint64_t n;

    (void)state;
    for (n = 0; n < 100000; n += fault_step()) {
        struct store_world w;
        struct jemput_error err;
        enum jemput_status st;
        uint64_t failures;

        store_make_1(&w);
        fault_alloc_arm(&mem, n, false);
        st = try_open(&w, &err);
        fault_alloc_disarm(&mem);
        failures = mem.failures;
        if (st && st != JEMPUT_NOMEM)
            fail_msg("allocation %llu: %s %s", (unsigned long long)n, jemput_status_name(st), err.text);
        if (!st)
            world_close(&w);
        assert_upgraded(&w);
        world_release(&w);
        if (!failures)
            break;
    }
    assert_true(n > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_of_the_first_format_says_the_same_in_this_one),
        cmocka_unit_test(stamps_that_are_damaged_stay_so),
        cmocka_unit_test(a_store_that_a_newer_program_made_meanwhile_is_left_alone),
        cmocka_unit_test(a_power_cut_at_any_write_of_an_upgrade_loses_nothing),
        cmocka_unit_test(each_operation_of_the_disk_fails_once_in_an_upgrade),
        cmocka_unit_test(each_allocation_of_an_upgrade_fails_once),
    };
    size_t leaks;
    int failed;

    fault_alloc_install(&mem);
    jemput_sqlite_start(); /* before the test's VFS starts SQLite with an allocator of its own */
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    sqlite3_shutdown();
    leaks = fault_alloc_uninstall(&mem);
    return failed || leaks;
}
