/* The promise of jemput.h: while one thread is inside jemput_sync() or jemput_seal(), another writes on the app's connection, may be refused a migration, and may cancel.
 *
 * Real threads, real files, real time: run under -Db_sanitize=thread as well to see that no memory is shared by accident. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jemput/jemput.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/engine.h"
#include "store/file/compact.h"
#include "store/internal.h"

#define WRITES 400

static const char SCHEMA[] = "CREATE TABLE warga(nama TEXT PRIMARY KEY NOT NULL, rt TEXT); SELECT jemput_replicate('warga');";

struct world {
    char folder[256], hub[400];
    struct jemput *office, *tablet;
};

static char *path_of(struct world *w, const char *name)
{
    static char path[400];

    snprintf(path, sizeof path, "%s/%s", w->folder, name);
    return path;
}

static void begin(struct world *w)
{
    const char *tmp = getenv("TMPDIR");
    struct jemput_error err;
    char *invitation;
    size_t len;

    snprintf(w->folder, sizeof w->folder, "%s/jemput-threads-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(w->folder));
    snprintf(w->hub, sizeof w->hub, "%s", path_of(w, "hub.git"));
    assert_int_equal(jemput_hub_init(w->hub, NULL, &err), JEMPUT_OK);
    assert_int_equal(jemput_init(&w->office, path_of(w, "office.db"), SCHEMA, NULL, NULL, &err), JEMPUT_OK);
    assert_int_equal(jemput_invite(w->office, "petugas", "", w->hub, INT64_C(4000000000000), &invitation, &len, &err), JEMPUT_OK);
    assert_int_equal(jemput_join(&w->tablet, path_of(w, "tablet.db"), invitation, len, NULL, &err), JEMPUT_OK);
    jemput_text_free(invitation);
}

static void end(struct world *w)
{
    char command[400];

    jemput_close(w->tablet);
    jemput_close(w->office);
    snprintf(command, sizeof command, "rm -rf '%s'", w->folder);
    assert_int_equal(system(command), 0);
}

static enum jemput_status sync_one(struct world *w, struct jemput *j)
{
    struct jemput_sync_options options = { .hub = w->hub };
    struct jemput_sync_report report;
    struct jemput_error err;

    return jemput_sync(j, &options, &report, &err);
}

struct writer {
    struct jemput *jemput;
    atomic_bool done;
    unsigned written;
};

/* The app: saves, looks, tries what it may not do, and presses cancel now and then. */
static void *write_all(void *ctx)
{
    struct writer *w = ctx;
    sqlite3 *db = jemput_app(w->jemput);
    char sql[200];

    sqlite3_busy_timeout(db, 20000);
    for (unsigned i = 0; i < WRITES; i++) {
        snprintf(sql, sizeof sql, "BEGIN IMMEDIATE; INSERT INTO warga VALUES('warga %u', jemput_serial('warga')); UPDATE warga SET rt = '%03u' WHERE nama = 'warga %u'; COMMIT",
                 i, i % 100, i / 2);
        if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
            w->written++;
        else
            sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        if (i % 50 == 7 && sqlite3_exec(db, "SELECT jemput_migrate('CREATE TABLE nakal(a TEXT PRIMARY KEY NOT NULL)')", NULL, NULL, NULL) == SQLITE_OK)
            abort(); /* a tablet may not */
        if (i % 60 == 31)
            jemput_cancel(w->jemput);
    }
    atomic_store(&w->done, true);
    return NULL;
}

static char *rows_of(struct jemput *j)
{
    sqlite3_stmt *stmt;
    char *text;

    assert_int_equal(sqlite3_prepare_v2(jemput_app(j), "SELECT count(*) || group_concat(nama || rt) FROM (SELECT * FROM warga ORDER BY nama)", -1, &stmt, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    text = strdup((const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    return text;
}

static void the_app_writes_while_another_thread_syncs_and_nothing_is_lost(void **state)
{
    struct writer writer = { .written = 0 };
    struct jemput_error err;
    struct world w;
    pthread_t thread;
    uint64_t problems;
    char *here, *there;

    (void)state;
    begin(&w);
    writer.jemput = w.tablet;
    assert_int_equal(pthread_create(&thread, NULL, write_all, &writer), 0);
    while (!atomic_load(&writer.done)) {
        enum jemput_status st = sync_one(&w, w.tablet);

        if (st != JEMPUT_OK && st != JEMPUT_CANCELLED && st != JEMPUT_BUSY)
            fail_msg("sync: %s", jemput_status_name(st));
        st = jemput_seal(w.tablet, NULL, &err);
        if (st != JEMPUT_OK && st != JEMPUT_BUSY)
            fail_msg("seal: %s", err.text);
        assert_int_equal(sync_one(&w, w.office), JEMPUT_OK); /* a handle of this thread alone */
    }
    pthread_join(thread, NULL);
    assert_int_equal(writer.written, WRITES);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(sync_one(&w, w.tablet), JEMPUT_OK);
        assert_int_equal(sync_one(&w, w.office), JEMPUT_OK);
    }
    here = rows_of(w.tablet);
    there = rows_of(w.office);
    assert_string_equal(here, there);
    assert_int_equal(atoi(here), WRITES);
    assert_int_equal(jemput_verify(w.tablet, NULL, NULL, &problems, &err), JEMPUT_OK);
    assert_int_equal(problems, 0);
    free(here);
    free(there);
    end(&w);
}

/* --- a day's work is sealed --- */

#define MUCH 4000

static void *write_meanwhile(void *ctx)
{
    struct writer *w = ctx;
    char sql[100];

    for (unsigned i = 0; !atomic_load(&w->done); i++) {
        snprintf(sql, sizeof sql, "INSERT INTO warga VALUES('sewaktu %u', '001')", i);
        if (sqlite3_exec(jemput_app(w->jemput), sql, NULL, NULL, NULL))
            abort();
        w->written++;
        usleep(500);
    }
    return NULL;
}

/* It waits for one segment at a time, not for all of it: then not even one of its transactions would come through. */
static void the_app_writes_while_a_day_s_work_is_sealed(void **state)
{
    struct writer writer = { .written = 0 };
    struct jemput_error err;
    struct world w;
    pthread_t thread;
    unsigned segments;
    char sql[100];

    (void)state;
    begin(&w);
    assert_int_equal(sync_one(&w, w.tablet), JEMPUT_OK);
    for (unsigned i = 0; i < MUCH; i++) {
        snprintf(sql, sizeof sql, "INSERT INTO warga VALUES('warga %u', jemput_serial('warga') || hex(randomblob(60)))", i);
        assert_int_equal(sqlite3_exec(jemput_app(w.tablet), sql, NULL, NULL, NULL), SQLITE_OK);
    }
    writer.jemput = w.tablet;
    assert_int_equal(pthread_create(&thread, NULL, write_meanwhile, &writer), 0);
    assert_int_equal(jemput_seal(w.tablet, &segments, &err), JEMPUT_OK);
    atomic_store(&writer.done, true);
    pthread_join(thread, NULL);
    assert_true(segments > 10);
    assert_true(writer.written > segments / 2);
    end(&w);
}

/* --- cancelling --- */

struct canceller {
    struct jemput *jemput;
    struct timespec at;
};

static void *cancel_soon(void *ctx)
{
    struct canceller *c = ctx;

    usleep(100000);
    clock_gettime(CLOCK_MONOTONIC, &c->at);
    jemput_cancel(c->jemput);
    return NULL;
}

/* Milliseconds. */
static long cancel_took(struct world *w)
{
    struct canceller c = { .jemput = w->tablet };
    struct timespec now;
    pthread_t thread;
    enum jemput_status st;

    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &c), 0);
    st = sync_one(w, w->tablet);
    clock_gettime(CLOCK_MONOTONIC, &now);
    pthread_join(thread, NULL);
    assert_int_equal(st, JEMPUT_CANCELLED);
    return (now.tv_sec - c.at.tv_sec) * 1000 + (now.tv_nsec - c.at.tv_nsec) / 1000000;
}

/* It would wait for five seconds. By itself it ends within a fiftieth of one; the machine may be busy, but hardly four times. */
static void a_cancel_ends_within_200_ms_a_sync_that_waits_for_the_app_to_end_its_transaction(void **state)
{
    struct world w;
    long least = 1000;

    (void)state;
    begin(&w);
    assert_int_equal(sync_one(&w, w.tablet), JEMPUT_OK);
    assert_int_equal(sqlite3_exec(jemput_app(w.tablet), "BEGIN IMMEDIATE; INSERT INTO warga VALUES('a', '001')", NULL, NULL, NULL), SQLITE_OK);
    for (unsigned tries = 0; tries < 4 && least >= 200; tries++) {
        long ms = cancel_took(&w);

        least = ms < least ? ms : least;
    }
    assert_in_range(least, 0, 199);
    assert_int_equal(sqlite3_exec(jemput_app(w.tablet), "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sync_one(&w, w.tablet), JEMPUT_OK);
    end(&w);
}

/* --- views --- */

#define ROUNDS 25

static void write_round(struct jemput *j, unsigned round, const char *who)
{
    char sql[400];

    snprintf(sql, sizeof sql, "BEGIN IMMEDIATE; INSERT OR IGNORE INTO warga VALUES('warga %u', '001'); UPDATE warga SET rt = '%s %u' WHERE nama IN ('warga %u', 'warga 0'); COMMIT", round, who, round,
             round / 2);
    if (sqlite3_exec(jemput_app(j), sql, NULL, NULL, NULL))
        abort();
}

/* Every reading is of one moment: a conflict has two sides and shows one, whatever is being merged. */
static void *look_all(void *ctx)
{
    static const char *const queries[] = {
        "SELECT count(*) FROM (SELECT 1 FROM jemput_conflict GROUP BY tbl, key, grp HAVING count(*) <> 2 OR sum(shown) <> 1 OR count(DISTINCT value) <> 2)",
        "SELECT count(*) FROM jemput_parallel WHERE tbl <> 'warga' OR label IS NULL OR trust IS NULL",
        "SELECT count(*) FROM jemput_held",
        "SELECT count(*) FROM jemput_refused",
        "SELECT count(*) > 0 FROM jemput_history('warga', 'warga 0') WHERE signature NOT IN ('sah', 'belum disegel')",
        "SELECT count(*) FROM (SELECT sum(newest) AS n FROM jemput_delivery('warga', 'warga 1') HAVING n > 1)",
        "SELECT count(*) FROM jemput_why('warga', 'warga 2') WHERE rule <> 'latest'",
    };
    struct writer *w = ctx;
    sqlite3 *db = jemput_app(w->jemput);

    sqlite3_busy_timeout(db, 20000);
    for (unsigned i = 0; !atomic_load(&w->done); i++) {
        write_round(w->jemput, i % ROUNDS, "kantor");
        for (unsigned q = 0; q < sizeof queries / sizeof queries[0]; q++) {
            sqlite3_stmt *stmt;

            if (sqlite3_prepare_v2(db, queries[q], -1, &stmt, NULL) != SQLITE_OK || sqlite3_step(stmt) != SQLITE_ROW || sqlite3_column_int64(stmt, 0) != 0) {
                print_error("%s: %s\n", queries[q], sqlite3_errmsg(db));
                w->written = UINT32_MAX; /* the test fails */
                atomic_store(&w->done, true);
            }
            sqlite3_finalize(stmt);
            w->written += w->written != UINT32_MAX;
        }
    }
    return NULL;
}

static void the_app_reads_views_while_another_thread_syncs(void **state)
{
    struct writer reader = { .written = 0 };
    struct world w;
    pthread_t thread;

    (void)state;
    begin(&w);
    assert_int_equal(sync_one(&w, w.tablet), JEMPUT_OK);
    assert_int_equal(sync_one(&w, w.office), JEMPUT_OK);
    reader.jemput = w.office;
    assert_int_equal(pthread_create(&thread, NULL, look_all, &reader), 0);
    for (unsigned round = 0; round < ROUNDS && !atomic_load(&reader.done); round++) {
        write_round(w.tablet, round, "tablet");
        assert_int_equal(sync_one(&w, w.tablet), JEMPUT_OK);
        assert_int_equal(sync_one(&w, w.office), JEMPUT_OK);
    }
    atomic_store(&reader.done, true);
    pthread_join(thread, NULL);
    assert_int_not_equal(reader.written, UINT32_MAX);
    assert_true(reader.written >= 7);
    end(&w);
}

/* While the file is written anew, which holds the lock, the app saves: it gives way, and begins again when the app has saved. */
struct renewing {
    struct jemput *jemput;
    pthread_t app;
    atomic_bool saved;
    unsigned looks, looks_after; /* looks of the renewal; and of them those after the app had saved */
    bool impatient;              /* an app that had waited for a minute would have been refused */
    int rc;
};

static void *save_one(void *ctx)
{
    struct renewing *r = ctx;

    r->rc = sqlite3_exec(jemput_app(r->jemput), "INSERT INTO warga(nama) VALUES('di tengah')", NULL, NULL, NULL);
    atomic_store(&r->saved, true);
    return NULL;
}

#define MINUTE_MS 60000

static int renewal_look(void *ctx)
{
    struct renewing *r = ctx;

    if (r->looks++ == 0) {
        assert_int_equal(pthread_create(&r->app, NULL, save_one, r), 0);
        usleep(200000); /* so long it waits, and longer than it should */
    }
    r->looks_after += atomic_load(&r->saved);
    if (r->looks_after && jemput_app_waits(MINUTE_MS))
        jemput_app_waited(MINUTE_MS);
    else
        r->impatient |= r->looks_after > 0;
    return 0;
}

static void the_app_saves_while_the_file_is_written_anew(void **state)
{
    static const char fill[] = "CREATE TABLE konsep(isi); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                               " INSERT INTO konsep SELECT zeroblob(1000) FROM n";
    struct world w;
    struct renewing r = { .looks = 0 };
    struct jemput_error err;
    bool done = false;

    (void)state;
    begin(&w);
    assert_int_equal(sqlite3_exec(jemput_app(w.office), fill, NULL, NULL, NULL), SQLITE_OK);
    r.jemput = w.office;
    jemput_store_heed(w.office->store, renewal_look, &r);
    assert_int_equal(jemput_store_renew(w.office->store, &done, &err), JEMPUT_OK);
    jemput_store_heed(w.office->store, NULL, NULL);
    assert_true(r.looks > 0);
    assert_int_equal(pthread_join(r.app, NULL), 0);
    assert_int_equal(r.rc, SQLITE_OK);
    assert_true(done);
    assert_true(r.looks_after > 0);
    assert_false(r.impatient);
    assert_true(jemput_app_waits(0)); /* another wait begins: of a merge that holds the lock for as long it is told */
    assert_false(jemput_app_waits(MINUTE_MS));
    assert_true(jemput_store_lock_longest(w.office->store) >= 200);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_app_writes_while_another_thread_syncs_and_nothing_is_lost),
        cmocka_unit_test(the_app_writes_while_a_day_s_work_is_sealed),
        cmocka_unit_test(a_cancel_ends_within_200_ms_a_sync_that_waits_for_the_app_to_end_its_transaction),
        cmocka_unit_test(the_app_reads_views_while_another_thread_syncs),
        cmocka_unit_test(the_app_saves_while_the_file_is_written_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
