/* Sync as the officer sees it: progress that only grows and ends at its total, deadlines, cancelling at every step, two syncs of one store, an app in the middle of
 * a transaction, and a second sync that changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "bad.h"
#include "base/alloc.h"
#include "folder.h"
#include "store/internal.h"
#include "support/sealed.h"

#define CENTRAL 0
#define TABLET 1
#define OTHER 2

/* Work in both directions: tablets' segments in the hub that central has not read, central's own that it has not sent. */
static const char *begin(struct fleet *f)
{
    static char hub[300];

    bad_begin(f, 81);
    for (unsigned i = 0; i < 6; i++) {
        fleet_sql(f, TABLET, "UPDATE warga SET rt = '%03u' WHERE nama = 'b'", i);
        assert_int_equal(jemput_seal(f->devices[TABLET].jemput, NULL, &(struct jemput_error){ .status = JEMPUT_OK }), JEMPUT_OK);
    }
    bad_write(f, TABLET, "d");
    bad_write(f, OTHER, "e");
    fleet_sync(f, TABLET, 0);
    fleet_sync(f, OTHER, 0);
    bad_write(f, CENTRAL, "f");
    snprintf(hub, sizeof hub, "%s", fleet_hub(f, 0));
    return hub;
}

/* --- progress --- */

struct watch {
    struct jemput_progress last[6]; /* by phase */
    unsigned calls;
    uint64_t bytes;
};

static int watch_see(void *ctx, const struct jemput_progress *p)
{
    struct watch *w = ctx;

    assert_true(p->phase >= JEMPUT_PHASE_SEAL && p->phase <= JEMPUT_PHASE_RECEIPT);
    assert_true(p->done <= p->total);
    assert_true(p->done >= w->last[p->phase].done);
    assert_true(p->total >= w->last[p->phase].total);
    assert_true(p->bytes >= w->bytes);
    w->bytes = p->bytes;
    w->last[p->phase] = *p;
    w->calls++;
    return 0;
}

static struct jemput_sync_report sync_watched(struct fleet *f, unsigned device, const char *hub, struct watch *w)
{
    struct jemput_sync_report report;
    struct jemput_error err;

    memset(w, 0, sizeof *w);
    if (jemput_sync(f->devices[device].jemput, &(struct jemput_sync_options){ .hub = hub, .progress = watch_see, .ctx = w }, &report, &err))
        fail_msg("%s", err.text);
    for (unsigned p = 1; p < 6; p++)
        assert_int_equal(w->last[p].done, w->last[p].total);
    assert_int_equal(w->last[JEMPUT_PHASE_SEND].done, report.segments_sent);
    assert_int_equal(w->last[JEMPUT_PHASE_MERGE].done, report.segments_fetched);
    assert_int_equal(w->bytes, report.bytes_sent + report.bytes_fetched);
    assert_int_equal(report.complete, 1);
    return report;
}

static void progress_only_grows_and_ends_at_its_total(void **state)
{
    struct jemput_sync_report report;
    struct watch w;
    struct fleet f;
    const char *hub = begin(&f);

    (void)state;
    report = sync_watched(&f, CENTRAL, hub, &w);
    assert_int_equal(w.last[JEMPUT_PHASE_SEAL].done, 1);
    assert_int_equal(report.segments_fetched, 8);
    assert_int_equal(report.segments_sent, 2); /* the row, and the receipt */
    report = sync_watched(&f, TABLET, hub, &w);
    assert_true(report.segments_fetched >= 3);
    assert_true(w.bytes > 0);
    sync_watched(&f, OTHER, hub, &w);
    bad_expect_all_received(&f, "abcdef");
    bad_end(&f);
}

static void a_long_log_goes_out_in_prefixes_that_progress_shows(void **state)
{
    struct watch w;
    struct fleet f;
    const char *hub = begin(&f);

    (void)state;
    for (unsigned i = 0; i < 12; i++) { /* random text does not compress: more than one prefix of 32 KB */
        fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('z%u', hex(randomblob(20000)))", i);
        assert_int_equal(jemput_seal(f.devices[TABLET].jemput, NULL, &(struct jemput_error){ .status = JEMPUT_OK }), JEMPUT_OK);
    }
    assert_int_equal(sync_watched(&f, TABLET, hub, &w).segments_sent, 12);
    assert_true(w.calls > 8);
    fleet_sql(&f, TABLET, "DELETE FROM warga WHERE nama LIKE 'z%%'");
    bad_expect_all_received(&f, "abcdef");
    bad_end(&f);
}

static void a_second_sync_changes_no_byte_of_the_hub(void **state)
{
    struct fleet f;
    const char *hub = begin(&f);
    uint64_t sum;

    (void)state;
    fleet_settle(&f, 0);
    sum = bad_folder_sum(hub);
    for (unsigned i = 0; i < 6; i++) {
        struct jemput_sync_report report;
        struct jemput_error err;

        assert_int_equal(bad_sync(&f, i % 3, hub, &report, &err), JEMPUT_OK);
        assert_int_equal(report.complete, 1);
        assert_int_equal(report.segments_sent + report.segments_fetched + report.bytes_sent + report.bytes_fetched, 0);
        assert_int_equal(report.txns_merged + report.rows_merged + report.conflicts_new + report.held_new + report.logs_stopped, 0);
        assert_true(bad_folder_sum(hub) == sum);
    }
    bad_expect_all_received(&f, "abcdef");
    bad_end(&f);
}

/* --- time and cancelling --- */

struct stop {
    struct fleet *f;
    unsigned device, at, calls;
    bool by_time, by_call; /* a deadline passes; or jemput_cancel() as from another thread; else the callback says so */
};

static int stop_at(void *ctx, const struct jemput_progress *p)
{
    struct stop *s = ctx;

    (void)p;
    if (s->calls++ != s->at)
        return 0;
    if (s->by_time)
        sim_env_advance(&s->f->devices[s->device].sim, 60000);
    if (s->by_call)
        jemput_cancel(s->f->devices[s->device].jemput);
    return !s->by_time && !s->by_call;
}

static void stopped_at_every_step(bool by_time, bool by_call)
{
    struct fleet f;
    const char *hub = begin(&f);
    struct folder_state *good = folder_remember(hub);
    struct crash_snapshot *disk;
    struct stop stop = { .f = &f, .device = CENTRAL, .by_time = by_time, .by_call = by_call };
    unsigned cancelled = 0;

    bad_close(&f, CENTRAL);
    disk = crash_vfs_snapshot(f.devices[CENTRAL].vfs);
    bad_open(&f, CENTRAL);
    for (;; stop.at++) {
        struct jemput_sync_options options = { .hub = hub, .progress = stop_at, .ctx = &stop, .deadline_ms = by_time ? 30000 : 0 };
        struct jemput_sync_report report;
        struct jemput_error err;
        enum jemput_status st;

        stop.calls = 0;
        st = jemput_sync(f.devices[CENTRAL].jemput, &options, &report, &err);
        if (st) {
            bad_expect(st, &err, JEMPUT_CANCELLED, by_time ? "deadline" : "cancelled");
            assert_non_null(strstr(err.text, "kept"));
            assert_int_equal(report.complete, 0);
            cancelled++;
        }
        fleet_expect(&f, CENTRAL, "SELECT count(*) FROM warga WHERE nama IN ('a', 'b', 'c', 'f')", "4\n");
        fleet_verify(&f, CENTRAL);
        if (stop.at % 2)
            fleet_reopen(&f, CENTRAL); /* the app was killed after it */
        bad_expect_sync(&f, CENTRAL, hub, JEMPUT_OK, "");
        bad_expect_names(&f, CENTRAL, "abcdef");
        fleet_expect(&f, CENTRAL, "SELECT rt FROM warga WHERE nama = 'b'", "005\n");
        if (stop.calls <= stop.at)
            break;
        folder_restore(good);
        bad_close(&f, CENTRAL);
        crash_vfs_restore(f.devices[CENTRAL].vfs, disk);
        bad_open(&f, CENTRAL);
    }
    assert_true(cancelled > 6);
    crash_snapshot_free(disk);
    folder_forget(good);
    bad_expect_all_received(&f, "abcdef");
    bad_end(&f);
}

static void a_sync_cancelled_by_the_callback_at_any_step_is_ended_by_the_next(void **state)
{
    (void)state;
    stopped_at_every_step(false, false);
}

static void a_sync_cancelled_by_another_thread_at_any_step_is_ended_by_the_next(void **state)
{
    (void)state;
    stopped_at_every_step(false, true);
}

static void a_sync_whose_deadline_passes_at_any_step_is_ended_by_the_next(void **state)
{
    (void)state;
    stopped_at_every_step(true, false);
}

static void a_deadline_that_has_passed_at_the_first_step_seals_and_sends_nothing(void **state)
{
    struct jemput_sync_report report;
    struct jemput_error err;
    struct fleet f;
    const char *hub = begin(&f);
    struct stop stop = { .f = &f, .device = CENTRAL, .by_time = true };
    uint64_t sum = bad_folder_sum(hub);

    (void)state;
    bad_expect(jemput_sync(f.devices[CENTRAL].jemput,
                           &(struct jemput_sync_options){ .hub = hub, .deadline_ms = 1, .progress = stop_at, .ctx = &stop }, &report, &err),
               &err, JEMPUT_CANCELLED, "deadline");
    assert_true(bad_folder_sum(hub) == sum);
    bad_expect_names(&f, CENTRAL, "abcf");
    bad_expect_all_received(&f, "abcdef");
    bad_end(&f);
}

static void a_cancel_before_the_sync_does_not_stop_it(void **state)
{
    struct fleet f;
    const char *hub = begin(&f);

    (void)state;
    jemput_cancel(f.devices[CENTRAL].jemput); /* the one that it was meant for has ended */
    bad_expect_sync(&f, CENTRAL, hub, JEMPUT_OK, "");
    bad_expect_all_received(&f, "abcdef");
    bad_end(&f);
}

/* --- much to seal --- */

enum { MUCH = 6 };

/* So much that each row is a segment. */
static void write_much(struct fleet *f)
{
    for (unsigned i = 0; i < MUCH; i++)
        fleet_sql(f, TABLET, "INSERT INTO warga VALUES('z%u', hex(randomblob(40000)))", i);
}

static int commit_see(void *count)
{
    ++*(unsigned *)count;
    return 0;
}

static void much_work_is_sealed_in_transactions_of_one_segment(void **state)
{
    unsigned commits = 0, segments = 0;
    struct jemput_error err;
    struct fleet f;

    (void)state;
    begin(&f);
    write_much(&f);
    sqlite3_commit_hook(f.devices[TABLET].jemput->store->db, commit_see, &commits);
    assert_int_equal(jemput_seal(f.devices[TABLET].jemput, &segments, &err), JEMPUT_OK);
    sqlite3_commit_hook(f.devices[TABLET].jemput->store->db, NULL, NULL);
    assert_int_equal(segments, MUCH);
    assert_int_equal(commits, MUCH);
    bad_end(&f);
}

struct deflating {
    const struct jemput_store *store;
    unsigned count, locked;
};

/* The allocator: a payload's deflate, and nothing else that sealing does here, takes a window of 32 KB twice over. */
static void *deflate_watch(void *ctx, void *ptr, size_t size)
{
    struct deflating *d = ctx;

    if (!ptr && size == 2 * 32768) {
        d->count++;
        d->locked += d->store->in_txn;
    }
    if (size)
        return realloc(ptr, size);
    free(ptr);
    return NULL;
}

/* Which is nearly all that sealing costs. */
static void payloads_are_made_while_the_app_can_write(void **state)
{
    struct deflating d = { .count = 0 };
    unsigned segments = 0;
    struct jemput_error err;
    enum jemput_status st;
    struct fleet f;

    (void)state;
    begin(&f);
    write_much(&f);
    d.store = f.devices[TABLET].jemput->store;
    jemput_allocator_set(deflate_watch, &d);
    st = jemput_seal(f.devices[TABLET].jemput, &segments, &err);
    jemput_allocator_set(NULL, NULL);
    assert_int_equal(st, JEMPUT_OK);
    assert_true(d.count >= segments);
    assert_int_equal(d.locked, 0);
    bad_end(&f);
}

struct sealing {
    struct fleet *f;
    unsigned calls, stop_at;
};

/* Between any two segments the app can write. */
static int write_between(void *ctx, const struct jemput_progress *p)
{
    struct sealing *s = ctx;

    if (p->phase != JEMPUT_PHASE_SEAL)
        return 0;
    fleet_sql(s->f, TABLET, "INSERT INTO warga VALUES('y%u-%u', '')", s->stop_at, s->calls);
    return s->calls++ == s->stop_at;
}

static void much_work_that_is_cancelled_between_two_segments_goes_on_there(void **state)
{
    (void)state;
    for (unsigned stop_at = 1; stop_at < MUCH; stop_at += 2) {
        struct sealing s = { .stop_at = stop_at };
        struct jemput_sync_report report;
        struct jemput_info info;
        struct jemput_error err;
        struct fleet f;
        const char *hub = begin(&f);

        s.f = &f;
        write_much(&f);
        bad_expect(jemput_sync(f.devices[TABLET].jemput, &(struct jemput_sync_options){ .hub = hub, .progress = write_between, .ctx = &s }, &report, &err),
                   &err, JEMPUT_CANCELLED, "cancelled");
        assert_int_equal(jemput_info_get(f.devices[TABLET].jemput, &info, &err), JEMPUT_OK);
        assert_int_equal(info.own.on_device, MUCH - stop_at + s.calls); /* the first call came before the first segment */
        s.stop_at = UINT32_MAX;
        assert_int_equal(jemput_sync(f.devices[TABLET].jemput, &(struct jemput_sync_options){ .hub = hub, .progress = write_between, .ctx = &s }, &report, &err),
                         JEMPUT_OK);
        assert_true(s.calls > MUCH - stop_at);
        fleet_sql(&f, TABLET, "DELETE FROM warga WHERE nama LIKE 'y%%' OR nama LIKE 'z%%'");
        bad_expect_all_received(&f, "abcdef");
        bad_end(&f);
    }
}

/* --- two at once --- */

struct second {
    struct jemput *jemput;
    const char *hub;
    unsigned at, calls;
};

static int sync_second(void *ctx, const struct jemput_progress *p)
{
    struct second *s = ctx;
    struct jemput_sync_report report;
    struct jemput_error err;

    (void)p;
    if (s->calls++ != s->at)
        return 0;
    if (jemput_sync(s->jemput, &(struct jemput_sync_options){ .hub = s->hub }, &report, &err))
        fail_msg("the second sync, at step %u of the first: %s", s->at, err.text);
    assert_int_equal(report.complete, 1);
    return 0;
}

static void a_sync_of_the_same_store_at_any_step_of_another_leaves_both_complete(void **state)
{
    struct second second = { .at = 0 };

    (void)state;
    do {
        struct fleet f;
        struct jemput_sync_report report;
        struct jemput_error err;
        unsigned device = second.at % 2 ? TABLET : CENTRAL;

        second.hub = begin(&f);
        second.calls = 0;
        if (device == TABLET) {
            bad_expect_sync(&f, CENTRAL, second.hub, JEMPUT_OK, "");
            fleet_sql(&f, TABLET, "UPDATE warga SET rt = '077' WHERE nama = 'd'");
        }
        sim_env_use_real_files(&f.devices[device].sim, NULL);
        assert_int_equal(jemput_open_sealed(&second.jemput, f.devices[device].path, test_secret(), &f.devices[device].sim.env, &err), JEMPUT_OK);
        sim_env_use_real_files(&f.devices[device].sim, jemput_env_posix());
        if (jemput_sync(f.devices[device].jemput, &(struct jemput_sync_options){ .hub = second.hub, .progress = sync_second, .ctx = &second }, &report, &err))
            fail_msg("the first sync, at step %u: %s", second.at, err.text);
        assert_int_equal(report.complete, 1);
        jemput_close(second.jemput);
        bad_expect_all_received(&f, "abcdef");
        bad_shell("git --git-dir='%s' fsck --strict >/dev/null 2>&1", second.hub);
        bad_end(&f);
        second.at++;
    } while (second.calls >= second.at);
    assert_true(second.at > 6);
}

/* --- the app in the middle of something --- */

static void a_sync_while_the_app_holds_a_write_transaction_is_busy_and_loses_nothing(void **state)
{
    struct jemput_sync_report report;
    struct jemput_error err;
    struct fleet f;
    const char *hub = begin(&f);

    (void)state;
    fleet_sql(&f, CENTRAL, "BEGIN IMMEDIATE");
    fleet_sql(&f, CENTRAL, "INSERT INTO warga VALUES('g', '001')");
    bad_expect(bad_sync(&f, CENTRAL, hub, &report, &err), &err, JEMPUT_BUSY, "");
    assert_true(jemput_status_retryable(JEMPUT_BUSY));
    bad_expect_names(&f, CENTRAL, "abcfg"); /* as the app sees it inside */
    fleet_sql(&f, CENTRAL, "COMMIT");
    bad_expect_sync(&f, CENTRAL, hub, JEMPUT_OK, "");
    bad_expect_all_received(&f, "abcdefg");
    bad_end(&f);
}

struct app {
    struct fleet *f;
    unsigned at, calls;
    bool held;
};

static int app_writes(void *ctx, const struct jemput_progress *p)
{
    struct app *app = ctx;

    (void)p;
    if (app->calls++ == app->at) {
        fleet_sql(app->f, CENTRAL, "BEGIN IMMEDIATE; INSERT INTO warga VALUES('g', '001')");
        app->held = true;
    }
    return 0;
}

static void an_app_that_begins_to_write_at_any_step_of_a_sync_loses_nothing(void **state)
{
    struct app app = { .at = 0 };

    (void)state;
    do {
        struct fleet f;
        struct jemput_sync_report report;
        struct jemput_error err = { .status = JEMPUT_OK };
        const char *hub = begin(&f);
        enum jemput_status st;

        app.f = &f;
        app.calls = 0;
        app.held = false;
        st = jemput_sync(f.devices[CENTRAL].jemput, &(struct jemput_sync_options){ .hub = hub, .progress = app_writes, .ctx = &app }, &report, &err);
        if (st)
            bad_expect(st, &err, JEMPUT_BUSY, "");
        if (app.held) {
            fleet_sql(&f, CENTRAL, "COMMIT");
            bad_expect_all_received(&f, "abcdefg");
        }
        bad_end(&f);
        app.at++;
    } while (app.held);
    assert_true(app.at > 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(progress_only_grows_and_ends_at_its_total),
        cmocka_unit_test(a_long_log_goes_out_in_prefixes_that_progress_shows),
        cmocka_unit_test(a_second_sync_changes_no_byte_of_the_hub),
        cmocka_unit_test(a_sync_cancelled_by_the_callback_at_any_step_is_ended_by_the_next),
        cmocka_unit_test(a_sync_cancelled_by_another_thread_at_any_step_is_ended_by_the_next),
        cmocka_unit_test(a_sync_whose_deadline_passes_at_any_step_is_ended_by_the_next),
        cmocka_unit_test(a_deadline_that_has_passed_at_the_first_step_seals_and_sends_nothing),
        cmocka_unit_test(a_cancel_before_the_sync_does_not_stop_it),
        cmocka_unit_test(much_work_is_sealed_in_transactions_of_one_segment),
        cmocka_unit_test(payloads_are_made_while_the_app_can_write),
        cmocka_unit_test(much_work_that_is_cancelled_between_two_segments_goes_on_there),
        cmocka_unit_test(a_sync_of_the_same_store_at_any_step_of_another_leaves_both_complete),
        cmocka_unit_test(a_sync_while_the_app_holds_a_write_transaction_is_busy_and_loses_nothing),
        cmocka_unit_test(an_app_that_begins_to_write_at_any_step_of_a_sync_loses_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
