/* unit/test_sim_env.c — the simulated world keeps env.h's promises, and breaks where and when it is told to. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "support/crash_vfs.h"
#include "support/fault_alloc.h"
#include "support/sim_env.h"

static struct fault_alloc mem;
static struct crash_vfs *vfs;
static struct sim_env sim;
static struct jemput_env *env;
static struct jemput_error err;

static int setup(void **state)
{
    (void)state;
    fault_alloc_install(&mem);
    vfs = crash_vfs_new("sim");
    sim_env_init(&sim, vfs, 1);
    env = &sim.env;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    crash_vfs_free(vfs);
    return fault_alloc_uninstall(&mem) == 0 ? 0 : -1;
}

static enum jemput_status create_text(const char *path, const char *text)
{
    return env->create(env, path, jemput_bytes_str(text), 0600, &err);
}

static bool file_is(const char *path, const char *text)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(1000);
    bool same = env->read(env, path, &out, &err) == JEMPUT_OK && jemput_bytes_equal(jemput_buf_bytes(&out), jemput_bytes_str(text));

    jemput_buf_release(&out);
    return same;
}

static enum jemput_file_kind kind_of(const char *path)
{
    struct jemput_file_info info;

    return env->stat(env, path, &info, &err) ? JEMPUT_FILE_NONE : info.kind;
}

static void time_moves_only_when_told(void **state)
{
    int64_t wall = env->now_ms(env);
    uint64_t start = env->monotonic_ms(env), boot = env->boot_id(env);

    (void)state;
    assert_true(env->now_ms(env) == wall);
    sim_env_advance(&sim, 1500);
    assert_true(env->now_ms(env) == wall + 1500);
    assert_true(env->monotonic_ms(env) == start + 1500);
    sim_env_set_wall(&sim, -5);
    assert_true(env->now_ms(env) == -5);
    assert_true(env->monotonic_ms(env) == start + 1500);
    assert_true(env->boot_id(env) == boot);
    sim_env_reboot(&sim);
    assert_true(env->boot_id(env) != boot && env->boot_id(env) != 0);
    assert_true(env->monotonic_ms(env) == start);
}

static void sqlite_tells_the_same_time(void **state)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;

    (void)state;
    sim_env_set_wall(&sim, INT64_C(2147483648000));
    assert_int_equal(sqlite3_open_v2("x.db", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, env->sqlite_vfs), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT datetime('now')", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "2038-01-19 03:14:08");
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static void randomness_repeats_from_its_seed(void **state)
{
    uint8_t a[40], b[40], c[40];
    struct sim_env other;

    (void)state;
    env->random(env, a, sizeof a);
    env->random(env, b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    sim_env_init(&other, vfs, 1);
    other.env.random(&other.env, c, sizeof c);
    assert_memory_equal(a, c, sizeof a);
}

static void files_keep_the_promises_of_the_real_ones(void **state)
{
    struct jemput_buf small = JEMPUT_BUF_INIT(2);

    (void)state;
    assert_int_equal(create_text("d/a", "x"), JEMPUT_NOTFOUND);
    assert_int_equal(env->make_folder(env, "d/e/f", &err), JEMPUT_OK);
    assert_int_equal(env->make_folder(env, "d//e/", &err), JEMPUT_OK);
    assert_int_equal(create_text("./d//a", "one"), JEMPUT_OK);
    assert_int_equal(create_text("d/a", "two"), JEMPUT_EXISTS);
    assert_int_equal(create_text("d/e", "two"), JEMPUT_EXISTS);
    assert_true(file_is("d/a", "one"));
    assert_int_equal(env->read(env, "d/a", &small, &err), JEMPUT_LIMIT);
    assert_int_equal(small.len, 0);
    assert_int_equal(env->read(env, "d/none", &small, &err), JEMPUT_NOTFOUND);
    assert_int_equal(env->read(env, "d", &small, &err), JEMPUT_IO);
    assert_int_equal(env->make_folder(env, "d/a", &err), JEMPUT_EXISTS);
    assert_int_equal(env->make_folder(env, "d/a/b", &err), JEMPUT_EXISTS);
    assert_int_equal(kind_of("d/a"), JEMPUT_FILE_REGULAR);
    assert_int_equal(kind_of("d/e/f"), JEMPUT_FILE_FOLDER);
    assert_int_equal(kind_of("d/none"), JEMPUT_FILE_NONE);

    assert_int_equal(create_text("d/b", "two"), JEMPUT_OK);
    assert_int_equal(env->rename(env, "d/a", "d/b", &err), JEMPUT_OK);
    assert_true(file_is("d/b", "one"));
    assert_int_equal(kind_of("d/a"), JEMPUT_FILE_NONE);
    assert_int_equal(env->rename(env, "d/a", "d/b", &err), JEMPUT_NOTFOUND);
    assert_int_equal(env->rename(env, "d/b", "none/b", &err), JEMPUT_NOTFOUND);
    assert_int_equal(env->remove(env, "d/e", &err), JEMPUT_IO);
    assert_int_equal(env->remove(env, "d/e/f", &err), JEMPUT_OK);
    assert_int_equal(env->remove(env, "d/b", &err), JEMPUT_OK);
    assert_int_equal(env->remove(env, "d/b", &err), JEMPUT_NOTFOUND);
    jemput_buf_release(&small);
}

struct listing {
    int count, stop_after;
    char names[200];
};

static enum jemput_status list_each(void *ctx, const char *name, struct jemput_error *why)
{
    struct listing *l = ctx;

    strcat(strcat(l->names, name), ";");
    return ++l->count == l->stop_after ? jemput_fail(why, JEMPUT_CANCELLED, "enough") : JEMPUT_OK;
}

static void a_listing_names_each_entry_once(void **state)
{
    struct listing all = { 0 }, top = { 0 }, some = { .stop_after = 1 };

    (void)state;
    assert_int_equal(env->make_folder(env, "d/e", &err), JEMPUT_OK);
    assert_int_equal(create_text("d/e/1", ""), JEMPUT_OK);
    assert_int_equal(create_text("d/e/2", ""), JEMPUT_OK);
    assert_int_equal(create_text("d/f", ""), JEMPUT_OK);
    assert_int_equal(create_text("dd", ""), JEMPUT_OK);
    assert_int_equal(env->list(env, "d/", list_each, &all, &err), JEMPUT_OK);
    assert_int_equal(all.count, 2);
    assert_non_null(strstr(all.names, "e;"));
    assert_non_null(strstr(all.names, "f;"));
    assert_int_equal(env->list(env, ".", list_each, &top, &err), JEMPUT_OK);
    assert_int_equal(top.count, 2);
    assert_int_equal(env->list(env, "d", list_each, &some, &err), JEMPUT_CANCELLED);
    assert_int_equal(some.count, 1);
    assert_int_equal(env->list(env, "none", list_each, &all, &err), JEMPUT_NOTFOUND);
}

/* Write, then rename: whatever happens, the name holds the old bytes or the new ones, and after OK the new ones. */
static void write_then_rename_is_atomic_over_power_cuts(void **state)
{
    int olds = 0, news = 0, leftovers = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        enum jemput_status st = JEMPUT_OK;

        crash_disk_put(crash_vfs_disk(vfs), "name", "old", 3);
        crash_vfs_cut_at(vfs, seed % 4);
        if (env->stat(env, "new", &(struct jemput_file_info){ 0 }, &err) == JEMPUT_OK)
            st = env->remove(env, "new", &err);
        if (!st)
            st = create_text("new", "new");
        if (!st)
            st = env->rename(env, "new", "name", &err);
        sim_env_power_cut(&sim, seed);
        assert_true(file_is("name", "new") || (st != JEMPUT_OK && file_is("name", "old")));
        olds += file_is("name", "old");
        news += file_is("name", "new");
        leftovers += kind_of("new") == JEMPUT_FILE_REGULAR;
    }
    assert_true(olds > 100 && news > 100 && leftovers > 100);
}

static void an_unsafe_name_may_be_lost_and_a_removal_may_come_back(void **state)
{
    int lost = 0, back = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        crash_disk_put(crash_vfs_disk(vfs), "old", "x", 1);
        assert_int_equal(env->remove(env, "old", &err), JEMPUT_OK);
        assert_int_equal(create_text("new", "x"), JEMPUT_OK);
        sim_env_power_cut(&sim, seed);
        lost += kind_of("new") == JEMPUT_FILE_NONE;
        back += kind_of("old") == JEMPUT_FILE_REGULAR;
        if (kind_of("new"))
            assert_int_equal(env->remove(env, "new", &err), JEMPUT_OK);
        assert_int_equal(env->make_folder(env, "sync", &err), JEMPUT_OK);
    }
    assert_true(lost > 20 && lost < 180);
    assert_true(back > 20 && back < 180);
}

static enum jemput_status do_each_call(void)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(100);
    struct jemput_file_info info;
    struct listing all = { 0 };
    enum jemput_status st = env->make_folder(env, "d", &err);

    if (!st)
        st = create_text("d/a", "x");
    if (!st)
        st = env->stat(env, "d/a", &info, &err);
    if (!st)
        st = env->read(env, "d/a", &out, &err);
    if (!st)
        st = env->list(env, "d", list_each, &all, &err);
    if (!st)
        st = env->rename(env, "d/a", "d/b", &err);
    if (!st)
        st = env->remove(env, "d/b", &err);
    jemput_buf_release(&out);
    return st;
}

static void each_file_call_can_be_made_to_fail(void **state)
{
    struct crash_snapshot *start = crash_vfs_snapshot(vfs);

    (void)state;
    for (uint64_t n = 0; n < 8; n++) {
        crash_vfs_restore(vfs, start);
        sim_env_fail_at(&sim, n, JEMPUT_DENIED, true);
        assert_int_equal(do_each_call(), n < 7 ? JEMPUT_DENIED : JEMPUT_OK);
        assert_int_equal(sim.failures, n < 7);
    }
    sim_env_fail_at(&sim, UINT64_MAX, JEMPUT_OK, false);
    crash_snapshot_free(start);
}

static void disk_faults_reach_file_calls_too(void **state)
{
    struct crash_snapshot *start = crash_vfs_snapshot(vfs);
    uint64_t n = 0;

    (void)state;
    do {
        enum jemput_status st;

        crash_vfs_restore(vfs, start);
        crash_vfs_fail_at(vfs, n++, CRASH_FAULT_IO, false);
        st = do_each_call();
        assert_int_equal(st, crash_vfs_counters(vfs)->faults ? JEMPUT_IO : JEMPUT_OK);
    } while (crash_vfs_counters(vfs)->faults);
    assert_true(n > 8);
    crash_vfs_restore(vfs, start);
    crash_vfs_fail_at(vfs, 0, CRASH_FAULT_FULL, false);
    assert_int_equal(create_text("a", "text"), JEMPUT_FULL);
    assert_int_equal(kind_of("a"), JEMPUT_FILE_NONE);
    crash_snapshot_free(start);
}

static void databases_are_files_among_the_others(void **state)
{
    sqlite3 *db = NULL;

    (void)state;
    assert_int_equal(env->make_folder(env, "d", &err), JEMPUT_OK);
    assert_int_equal(sqlite3_open_v2("d/x.db", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, env->sqlite_vfs), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE t(a)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(kind_of("d/x.db"), JEMPUT_FILE_REGULAR);
    assert_int_equal(env->rename(env, "d/x.db", "d/y.db", &err), JEMPUT_OK);
    assert_int_equal(sqlite3_open_v2("d/x.db", &db, SQLITE_OPEN_READWRITE, env->sqlite_vfs), SQLITE_CANTOPEN);
    sqlite3_close(db);
    assert_int_equal(sqlite3_open_v2("d/y.db", &db, SQLITE_OPEN_READWRITE, env->sqlite_vfs), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "INSERT INTO t VALUES(1)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void file_calls_can_go_through_to_the_real_world(void **state)
{
    struct jemput_env *real = jemput_env_posix();

    (void)state;
    sim_env_use_real_files(&sim, real);
    assert_int_equal(create_text("sim-env-real.txt", "x"), JEMPUT_OK);
    assert_true(file_is("sim-env-real.txt", "x"));
    sim_env_fail_at(&sim, 0, JEMPUT_FULL, false);
    assert_int_equal(env->remove(env, "sim-env-real.txt", &err), JEMPUT_FULL);
    assert_int_equal(env->remove(env, "sim-env-real.txt", &err), JEMPUT_OK);
    sim_env_use_real_files(&sim, NULL);
    assert_int_equal(kind_of("sim-env-real.txt"), JEMPUT_FILE_NONE);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(time_moves_only_when_told),
        T(sqlite_tells_the_same_time),
        T(randomness_repeats_from_its_seed),
        T(files_keep_the_promises_of_the_real_ones),
        T(a_listing_names_each_entry_once),
        T(write_then_rename_is_atomic_over_power_cuts),
        T(an_unsafe_name_may_be_lost_and_a_removal_may_come_back),
        T(each_file_call_can_be_made_to_fail),
        T(disk_faults_reach_file_calls_too),
        T(databases_are_files_among_the_others),
        T(file_calls_can_go_through_to_the_real_world),
    };

    return cmocka_run_group_tests_name("sim_env", tests, NULL, NULL);
}
