/* unit/test_beside.c — another handle beside one that is open: by the same key, in nobody's way, and each alone from then on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jemput/jemput.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/internal.h"
#include "support/crash_vfs.h"
#include "support/fault_alloc.h"
#include "support/sealed.h"
#include "support/sim_env.h"

#define PATH "a.db"

static const char SCHEMA[] = "CREATE TABLE warga(nama TEXT PRIMARY KEY NOT NULL, rt TEXT); SELECT jemput_replicate('warga');"
                             "CREATE TABLE catatan(i INTEGER PRIMARY KEY, isi)";

struct pair {
    struct crash_vfs *vfs;
    struct sim_env sim;
    struct jemput *one, *other;
    struct jemput_error err;
};

static void pair_init(struct pair *p, const struct jemput_secret *secret)
{
    const struct jemput_founding founding = { .schema = SCHEMA, .secret = secret };

    *p = (struct pair){ .vfs = crash_vfs_new("beside") };
    sim_env_init(&p->sim, p->vfs, 5);
    if (jemput_found(&p->one, PATH, &founding, &p->sim.env, &p->err))
        fail_msg("%s", p->err.text);
}

static void pair_release(struct pair *p)
{
    jemput_close(p->other);
    jemput_close(p->one);
    crash_vfs_free(p->vfs);
}

static void beside(struct pair *p)
{
    if (jemput_beside(p->one, &p->other, &p->err))
        fail_msg("%s", p->err.text);
}

static int sql(struct jemput *j, const char *text)
{
    return sqlite3_exec(jemput_app(j), text, NULL, NULL, NULL);
}

static int number(struct jemput *j, const char *query)
{
    sqlite3_stmt *s;
    int n = -1;

    if (sqlite3_prepare_v2(jemput_app(j), query, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        n = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return n;
}

static void each_sees_what_the_other_has_committed_and_no_more(void **state)
{
    struct pair p;
    unsigned segments;

    (void)state;
    pair_init(&p, NULL);
    beside(&p);
    assert_int_equal(sql(p.one, "BEGIN; INSERT INTO warga VALUES('Siti', '1')"), SQLITE_OK);
    assert_int_equal(number(p.other, "SELECT count(*) FROM warga"), 0);
    assert_int_equal(sql(p.one, "COMMIT"), SQLITE_OK);
    assert_int_equal(number(p.other, "SELECT count(*) FROM warga"), 1);
    assert_int_equal(sql(p.other, "INSERT INTO warga VALUES('Budi', '2')"), SQLITE_OK);
    assert_int_equal(jemput_seal(p.one, &segments, &p.err), JEMPUT_OK);
    assert_int_equal(segments, 1); /* with both of them: one device, one log */
    assert_int_equal(number(p.other, "SELECT count(*) FROM warga"), 2);
    pair_release(&p);
}

/* The virtual clock tells: whoever waits for a lock makes it go on. */
static void a_writer_is_not_waited_for(void **state)
{
    struct pair p;
    uint64_t before;

    (void)state;
    for (int sealed = 0; sealed < 2; sealed++) {
        pair_init(&p, sealed ? sealed_secret() : NULL);
        assert_int_equal(sql(p.one, "BEGIN IMMEDIATE; INSERT INTO warga VALUES('Siti', '1')"), SQLITE_OK);
        before = p.sim.monotonic_ms;
        beside(&p);
        assert_int_equal(p.sim.monotonic_ms, before);
        assert_int_equal(number(p.other, "SELECT count(*) FROM warga"), 0);
        assert_int_equal(sql(p.one, "COMMIT"), SQLITE_OK);
        pair_release(&p);
    }
}

static void a_handle_beside_goes_on_when_the_first_is_closed(void **state)
{
    struct pair p;
    char hash[65];

    (void)state;
    pair_init(&p, sealed_secret());
    beside(&p);
    jemput_close(p.one);
    p.one = NULL;
    assert_int_equal(sql(p.other, "INSERT INTO warga VALUES('Siti', '1')"), SQLITE_OK);
    assert_int_equal(jemput_state_hash(p.other, hash, &p.err), JEMPUT_OK);
    p.one = p.other;
    beside(&p); /* and has others beside itself */
    assert_int_equal(number(p.other, "SELECT count(*) FROM warga"), 1);
    pair_release(&p);
}

static void locking_the_one_leaves_the_other_open(void **state)
{
    struct pair p;
    unsigned segments;

    (void)state;
    pair_init(&p, sealed_secret());
    beside(&p);
    assert_int_equal(jemput_lock(p.one, &p.err), JEMPUT_OK);
    assert_int_equal(sql(p.other, "INSERT INTO warga VALUES('Siti', '1')"), SQLITE_OK);
    assert_int_equal(jemput_lock(p.other, &p.err), JEMPUT_OK);
    assert_int_equal(jemput_seal(p.other, &segments, &p.err), JEMPUT_LOCKED);
    assert_int_equal(jemput_unlock(p.other, sealed_secret(), &p.err), JEMPUT_OK);
    assert_int_equal(number(p.other, "SELECT count(*) FROM warga"), 1);
    pair_release(&p);
}

static void nothing_is_opened_beside_a_locked_one(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p, sealed_secret());
    assert_int_equal(jemput_lock(p.one, &p.err), JEMPUT_OK);
    p.other = p.one; /* must be overwritten */
    assert_int_equal(jemput_beside(p.one, &p.other, &p.err), JEMPUT_LOCKED);
    assert_null(p.other);
    pair_release(&p);
}

/* The new PIN is asked for by jemput_unlock(), although the handle never saw it set. */
static void ways_in_that_were_changed_by_the_one_hold_for_the_other(void **state)
{
    static const unsigned char key[JEMPUT_SECRET_KEY] = { 1, 2 };
    const struct jemput_secret renewed = { .key = key };
    struct pair p;

    (void)state;
    pair_init(&p, sealed_secret());
    beside(&p);
    assert_int_equal(jemput_key_set(p.one, key, &p.err), JEMPUT_OK);
    assert_int_equal(jemput_lock(p.other, &p.err), JEMPUT_OK);
    assert_int_equal(jemput_unlock(p.other, sealed_secret(), &p.err), JEMPUT_DENIED);
    assert_int_equal(jemput_unlock(p.other, &renewed, &p.err), JEMPUT_OK);
    pair_release(&p);
}

static void a_handle_beside_is_restricted_if_the_first_is(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p, NULL);
    beside(&p);
    assert_int_equal(sql(p.other, "CREATE TABLE a(x)"), SQLITE_OK);
    jemput_restrict(p.one);
    assert_int_equal(sql(p.other, "CREATE TABLE b(x)"), SQLITE_OK); /* what comes later is the first one's alone */
    jemput_close(p.other);
    beside(&p);
    assert_int_equal(sql(p.other, "CREATE TABLE c(x)"), SQLITE_AUTH);
    assert_int_equal(sql(p.other, "INSERT INTO warga VALUES('Siti', '1')"), SQLITE_OK);
    pair_release(&p);
}

/* Readers: each its own snapshot, while the first one writes. */
static void every_one_has_a_snapshot_of_its_own(void **state)
{
    struct jemput *readers[4];
    struct pair p;

    (void)state;
    pair_init(&p, NULL);
    for (int i = 0; i < 4; i++) {
        char insert[64];

        assert_int_equal(jemput_beside(p.one, &readers[i], &p.err), JEMPUT_OK);
        assert_int_equal(sql(readers[i], "BEGIN"), SQLITE_OK);
        assert_int_equal(number(readers[i], "SELECT count(*) FROM warga"), i);
        snprintf(insert, sizeof insert, "INSERT INTO warga VALUES('%d', '1')", i);
        assert_int_equal(sql(p.one, insert), SQLITE_OK);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(number(readers[i], "SELECT count(*) FROM warga"), i);
        jemput_close(readers[i]);
    }
    pair_release(&p);
}

/* --- threads: real files, real time --- */

struct meeting {
    struct jemput *one;
    int opened, told;
};

static void *open_beside(void *ctx)
{
    struct meeting *m = ctx;
    struct jemput_error err;
    struct jemput_info info;
    struct jemput *other;

    if (jemput_beside(m->one, &other, &err) == JEMPUT_OK) {
        m->opened += number(other, "SELECT count(*) FROM warga") == 1 && jemput_info_get(other, &info, &err) == JEMPUT_OK;
        jemput_close(other);
    }
    return NULL;
}

/* The thread that syncs is inside jemput_sync() for as long as this lasts. */
static int progress(void *ctx, const struct jemput_progress *at)
{
    struct meeting *m = ctx;
    pthread_t thread;

    (void)at;
    m->told++;
    assert_int_equal(pthread_create(&thread, NULL, open_beside, m), 0);
    pthread_join(thread, NULL);
    return 0;
}

static void another_thread_opens_beside_during_a_sync(void **state)
{
    const char *tmp = getenv("TMPDIR");
    char folder[256], path[300], hub[300], command[300];
    struct jemput_sync_report report;
    struct jemput_error err;
    struct meeting m = { 0 };
    struct jemput_sync_options options = { .hub = hub, .progress = progress, .ctx = &m };

    (void)state;
    snprintf(folder, sizeof folder, "%s/jemput-beside-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.db", folder);
    snprintf(hub, sizeof hub, "%s/hub.git", folder);
    assert_int_equal(jemput_hub_init(hub, NULL, &err), JEMPUT_OK);
    assert_int_equal(jemput_init(&m.one, path, SCHEMA, NULL, NULL, &err), JEMPUT_OK);
    assert_int_equal(sql(m.one, "INSERT INTO warga VALUES('Siti', '1')"), SQLITE_OK);
    assert_int_equal(jemput_sync(m.one, &options, &report, &err), JEMPUT_OK);
    assert_true(m.told > 0);
    assert_int_equal(m.opened, m.told);
    jemput_close(m.one);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

/* --- faults --- */

static struct fault_alloc memory;

static void every_allocation_may_fail_while_it_is_opened(void **state)
{
    uint64_t nth, step;
    struct pair p;

    (void)state;
    for (int sealed = 0; sealed < 2; sealed++) {
        step = sealed ? 11 : fault_step(); /* it differs by the key alone */
        pair_init(&p, sealed ? sealed_secret() : NULL);
        assert_int_equal(sql(p.one, "INSERT INTO warga VALUES('Siti', '1')"), SQLITE_OK);
        for (nth = 0;; nth += step) {
            size_t blocks = memory.live_blocks;
            enum jemput_status st;

            fault_alloc_arm(&memory, nth, false);
            st = jemput_beside(p.one, &p.other, &p.err);
            fault_alloc_disarm(&memory);
            if (st) {
                assert_int_equal(st, JEMPUT_NOMEM);
                assert_null(p.other);
                assert_int_equal(memory.live_blocks, blocks);
            } else {
                assert_int_equal(number(p.other, "SELECT count(*) FROM warga"), 1);
                jemput_close(p.other);
                p.other = NULL;
            }
            if (!memory.failures)
                break;
        }
        print_message("opening beside allocates %llu times\n", (unsigned long long)memory.calls);
        assert_true(nth > 1000);
        pair_release(&p);
    }
}

/* Ending what only looked needs memory, too: it may be what fails. */
static void memory_that_runs_out_while_it_looks_leaves_the_handle_as_it_was(void **state)
{
    struct jemput_info info;
    unsigned failed = 0, segments;
    struct pair p;

    (void)state;
    pair_init(&p, NULL);
    assert_int_equal(sql(p.one, "INSERT INTO warga VALUES('Siti', '1')"), SQLITE_OK);
    for (uint64_t nth = 0; nth == 0 || memory.failures; nth++) {
        enum jemput_status st;

        fault_alloc_arm(&memory, nth, false);
        st = jemput_info_get(p.one, &info, &p.err);
        fault_alloc_disarm(&memory);
        assert_true(st == JEMPUT_OK || st == JEMPUT_NOMEM);
        failed += st == JEMPUT_NOMEM;
        if (jemput_info_get(p.one, &info, &p.err) || jemput_seal(p.one, &segments, &p.err))
            fail_msg("after allocation %llu: %s", (unsigned long long)nth, p.err.text);
    }
    assert_true(failed > 0);
    pair_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sees_what_the_other_has_committed_and_no_more),
        cmocka_unit_test(a_writer_is_not_waited_for),
        cmocka_unit_test(a_handle_beside_goes_on_when_the_first_is_closed),
        cmocka_unit_test(locking_the_one_leaves_the_other_open),
        cmocka_unit_test(nothing_is_opened_beside_a_locked_one),
        cmocka_unit_test(ways_in_that_were_changed_by_the_one_hold_for_the_other),
        cmocka_unit_test(a_handle_beside_is_restricted_if_the_first_is),
        cmocka_unit_test(every_one_has_a_snapshot_of_its_own),
        cmocka_unit_test(another_thread_opens_beside_during_a_sync),
        cmocka_unit_test(every_allocation_may_fail_while_it_is_opened),
        cmocka_unit_test(memory_that_runs_out_while_it_looks_leaves_the_handle_as_it_was),
    };
    struct pair p;
    size_t blocks;
    int failed;

    fault_alloc_install(&memory); /* of one thread at a time: the two of the sync wait for each other */
    jemput_sqlite_start();        /* before the test's VFS starts SQLite with an allocator of its own */
    pair_init(&p, NULL);
    pair_release(&p);
    blocks = memory.live_blocks; /* libraries keep them for the life of the process */
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed ? failed : memory.live_blocks != blocks;
}
