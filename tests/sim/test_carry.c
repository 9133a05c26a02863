/* sim/test_carry.c — bundles taken by whole devices: each byte flipped and cut, streams that fail, what is handed on to a hub. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "stick.h"
#include "support/sealed.h"

#define ADMIN 0
#define CENTRAL 1
#define OFFICER 2
#define WRITES 3
#if defined(__SANITIZE_ADDRESS__)
#define FLIP_STEP 14
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FLIP_STEP 14
#endif
#endif
#ifndef FLIP_STEP
#define FLIP_STEP 3 /* of files alone each byte is: unit/test_bundle */
#endif

static const char SCHEMA[] = "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT); SELECT jemput_replicate('warga');";

/* An officer writes so often, each in a segment of its own. */
static void officer_writes(struct fleet *f)
{
    struct jemput_error err;

    for (unsigned i = 0; i < WRITES; i++) {
        fleet_sql(f, OFFICER, "INSERT INTO warga VALUES('w%u', 'Uji %u')", i, i);
        assert_int_equal(jemput_seal(f->devices[OFFICER].jemput, NULL, &err), JEMPUT_OK);
    }
}

/* --- damage --- */

struct central { /* as it was before it took anything */
    struct fleet *f;
    struct crash_snapshot *ready;
};

static void central_close(struct fleet *f)
{
    jemput_close(f->devices[CENTRAL].jemput);
    f->devices[CENTRAL].jemput = NULL;
    sim_env_use_real_files(&f->devices[CENTRAL].sim, NULL);
}

static void central_open(struct fleet *f)
{
    struct fleet_device *d = &f->devices[CENTRAL];
    struct jemput_error err;

    assert_int_equal(jemput_open_sealed(&d->jemput, d->path, test_secret(), &d->sim.env, &err), JEMPUT_OK);
    d->sql = jemput_app(d->jemput);
    sim_env_use_real_files(&d->sim, jemput_env_posix());
}

static void central_restore(struct central *c)
{
    central_close(c->f);
    crash_vfs_restore(c->f->devices[CENTRAL].vfs, c->ready);
    central_open(c->f);
}

static unsigned rows_at_central(struct fleet *f)
{
    char *text = fleet_rows(f, CENTRAL, "SELECT id FROM warga ORDER BY id");
    unsigned rows = 0;

    for (const char *at = text; *at; at += 3) { /* those that come first in the log, and no other */
        char id[4];

        snprintf(id, sizeof id, "w%u\n", rows++);
        assert_int_equal(strncmp(at, id, 3), 0);
    }
    free(text);
    return rows;
}

/* What central has after it took the file; JEMPUT_CORRUPT: it is none. */
static unsigned rows_taken(struct central *c, struct stick *s, struct jemput_bundle_taken *taken)
{
    struct jemput_error err;
    enum jemput_status st = stick_take(c->f->devices[CENTRAL].jemput, s, taken, &err);
    unsigned rows = rows_at_central(c->f);

    if (st != JEMPUT_OK && st != JEMPUT_CORRUPT && !taken->logs_lacking)
        fail_msg("take: %s", err.text);
    if (rows)
        central_restore(c);
    return rows;
}

static void each_flipped_byte_costs_its_segment_and_what_goes_on_from_it(void **state)
{
    struct fleet f;
    struct central c = { .f = &f };
    struct stick s;
    struct jemput_bundle_taken taken;
    unsigned before = 0, counts[WRITES + 1] = { 0 }, unnoticed = 0;

    (void)state;
    fleet_init(&f, 3, CENTRAL, SCHEMA, 7);
    officer_writes(&f);
    stick_empty(&s);
    stick_make(&f, OFFICER, &s, false);
    central_close(&f);
    c.ready = crash_vfs_snapshot(f.devices[CENTRAL].vfs);
    central_open(&f);
    for (size_t at = 0; at < s.len; at += FLIP_STEP) {
        unsigned rows;

        s.data[at] ^= (uint8_t)(1u << at % 8);
        rows = rows_taken(&c, &s, &taken);
        s.data[at] ^= (uint8_t)(1u << at % 8);
        counts[rows]++;
        unnoticed += !taken.file.damaged && taken.file.manifest == JEMPUT_MANIFEST_GOOD && !taken.file.segments_lost;
        if (rows == WRITES) /* before or behind them, or a bit that nothing is said by: one that fills a byte up */
            continue;
        if (rows < before) /* segments stand in the order of the log */
            fail_msg("byte %zu costs more than one before it: %u rows, %u before", at, rows, before);
        before = rows;
    }
    for (unsigned rows = 0; rows <= WRITES; rows++)
        assert_in_range(counts[rows], 200 / FLIP_STEP, s.len);
    assert_in_range(unnoticed, 0, 200); /* ids and names in the head, on which nothing depends */
    assert_int_equal(rows_taken(&c, &s, &taken), WRITES);
    assert_int_equal(taken.file.damaged + taken.file.blocks_damaged + taken.logs_refused, 0);
    crash_snapshot_free(c.ready);
    fleet_release(&f);
}

static void a_file_that_was_cut_gives_what_is_whole_and_another_copy_the_rest(void **state)
{
    struct fleet f;
    struct central c = { .f = &f };
    struct stick s, cut;
    struct jemput_bundle_taken taken;
    unsigned most = 0;

    (void)state;
    fleet_init(&f, 3, CENTRAL, SCHEMA, 8);
    officer_writes(&f);
    stick_empty(&s);
    stick_make(&f, OFFICER, &s, false);
    central_close(&f);
    c.ready = crash_vfs_snapshot(f.devices[CENTRAL].vfs);
    central_open(&f);
    for (size_t len = 0; len < s.len; len += 13) {
        unsigned rows;

        cut = s;
        cut.len = len;
        rows = rows_taken(&c, &cut, &taken);
        assert_in_range(rows, most, WRITES);
        most = rows;
    }
    assert_int_equal(most, WRITES);
    for (size_t len = 0; len <= s.len; len += s.len / 4) { /* one after the other */
        struct jemput_error err;

        cut = s;
        cut.len = len;
        (void)stick_take(f.devices[CENTRAL].jemput, &cut, &taken, &err);
    }
    must_take(&f, CENTRAL, &s);
    assert_int_equal(rows_at_central(&f), WRITES);
    fleet_verify(&f, CENTRAL);
    crash_snapshot_free(c.ready);
    fleet_release(&f);
}

/* --- streams --- */

static void a_stick_that_is_full_or_pulled_out_is_told_and_nothing_is_lost(void **state)
{
    struct fleet f;
    struct stick s;
    const struct jemput_bundle_make_options options = { .writer = { stick_write, &s } };
    struct jemput_bundle_made made;
    struct jemput_bundle_taken taken;
    struct jemput_error err;
    size_t whole;

    (void)state;
    fleet_init(&f, 3, CENTRAL, SCHEMA, 9);
    officer_writes(&f);
    stick_empty(&s);
    stick_make(&f, OFFICER, &s, false);
    whole = s.len;
    for (size_t room = 0; room < whole; room += whole / 7) {
        stick_empty(&s);
        s.room = room;
        assert_int_equal(jemput_bundle_make(f.devices[OFFICER].jemput, &options, &made, &err), JEMPUT_FULL);
    }
    stick_empty(&s);
    stick_make(&f, OFFICER, &s, false);
    for (s.gone = 0; s.gone < whole; s.gone += whole / 7)
        assert_int_equal(stick_take(f.devices[CENTRAL].jemput, &s, &taken, &err), JEMPUT_OFFLINE);
    s.gone = STICK_BYTES_MAX;
    taken = must_take(&f, CENTRAL, &s);
    assert_int_equal(taken.sync.txns_merged, WRITES);
    assert_int_equal(rows_at_central(&f), WRITES);
    fleet_release(&f);
}

static int cancel(void *ctx, const struct jemput_progress *progress)
{
    unsigned *left = ctx;

    (void)progress;
    return *left == 0 || --*left == 0;
}

static void a_cancelled_call_can_be_made_again(void **state)
{
    struct fleet f;
    struct stick s;
    struct jemput_bundle_made made;
    struct jemput_bundle_taken taken;
    struct jemput_error err;
    unsigned cancelled = 0;

    (void)state;
    fleet_init(&f, 3, CENTRAL, SCHEMA, 10);
    officer_writes(&f);
    for (unsigned after = 1; after < 8; after++) {
        unsigned left = after;
        const struct jemput_bundle_make_options options = { .writer = { stick_write, &s }, .progress = cancel, .ctx = &left };

        stick_empty(&s);
        cancelled += jemput_bundle_make(f.devices[OFFICER].jemput, &options, &made, &err) == JEMPUT_CANCELLED;
    }
    assert_int_equal(cancelled, 7);
    stick_empty(&s);
    stick_make(&f, OFFICER, &s, false);
    for (unsigned after = 1; after < 12; after++) {
        unsigned left = after;
        const struct jemput_bundle_take_options options = { .reader = { stick_read, &s }, .progress = cancel, .ctx = &left };

        cancelled += jemput_bundle_take(f.devices[CENTRAL].jemput, &options, &taken, &err) == JEMPUT_CANCELLED;
    }
    assert_in_range(cancelled, 9, 18);
    must_take(&f, CENTRAL, &s);
    assert_int_equal(rows_at_central(&f), WRITES);
    fleet_verify(&f, CENTRAL);
    fleet_release(&f);
}

/* --- handing on --- */

struct cancelling {
    struct stick *stick;
    struct jemput *jemput;
    unsigned reads, at; /* cancelled while so many were read before */
};

static enum jemput_status cancelling_read(void *ctx, uint64_t offset, void *out, size_t len, size_t *got, struct jemput_error *err)
{
    struct cancelling *c = ctx;

    if (c->reads++ == c->at)
        jemput_cancel(c->jemput);
    return stick_read(c->stick, offset, out, len, got, err);
}

/* As when the stick is slow, or made so that it never comes to an end. */
static void a_cancel_while_the_stick_is_read_ends_that_at_once(void **state)
{
    static struct stick s;
    struct cancelling c = { .stick = &s };
    const struct jemput_bundle_take_options options = { .reader = { cancelling_read, &c } };
    enum jemput_status st = JEMPUT_CANCELLED;
    struct jemput_bundle_taken taken;
    struct jemput_error err;
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, CENTRAL, SCHEMA, 43);
    officer_writes(&f);
    stick_empty(&s);
    stick_make(&f, OFFICER, &s, true);
    c.jemput = f.devices[CENTRAL].jemput;
    for (c.at = 0; st == JEMPUT_CANCELLED; c.at++) {
        c.reads = 0;
        st = jemput_bundle_take(c.jemput, &options, &taken, &err);
        if (st == JEMPUT_CANCELLED)
            assert_int_equal(c.reads, c.at + 1);
        else if (st || c.reads > c.at)
            fail_msg("cancelled at reading %u of %u: %s (%s)", c.at, c.reads, jemput_status_name(st), st ? err.text : "");
    }
    assert_true(c.at > 4);
    fleet_expect(&f, CENTRAL, "SELECT count(*) FROM warga", "3\n");
    fleet_release(&f);
}

/* Each third byte looks as if an object began there: not all of them are tried. */
static void a_stick_made_to_be_tried_place_by_place_comes_to_an_end(void **state)
{
    static const uint8_t begins[] = { 0x35, 0x78, 0x9c };
    static struct stick s;
    struct jemput_bundle_taken taken;
    struct jemput_error err;
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, CENTRAL, SCHEMA, 44);
    stick_empty(&s);
    for (s.len = 0; s.len < STICK_BYTES_MAX; s.len++)
        s.data[s.len] = begins[s.len % 3];
    assert_int_equal(stick_take(f.devices[CENTRAL].jemput, &s, &taken, &err), JEMPUT_CORRUPT);
    assert_in_range(s.reads, 1000, 6000);
    fleet_release(&f);
}

static void what_was_taken_for_others_goes_to_the_hub_at_the_next_sync(void **state)
{
    struct fleet f;
    struct stick s;

    (void)state;
    fleet_init(&f, 4, -1, SCHEMA, 11); /* a team without a central, whose devices read each other */
    officer_writes(&f);
    stick_empty(&s);
    stick_make(&f, OFFICER, &s, true);
    must_take(&f, 3, &s);
    fleet_expect(&f, 3, "SELECT count(*) FROM warga", "3\n");
    fleet_sync(&f, 3, 0);
    fleet_sync(&f, ADMIN, 0); /* the officer has not been there */
    fleet_expect(&f, ADMIN, "SELECT count(*) FROM warga", "3\n");
    fleet_sync(&f, OFFICER, 0);
    fleet_verify(&f, ADMIN);
    fleet_release(&f);
}

static void a_bundle_that_lacks_what_comes_before_is_kept_until_that_comes(void **state)
{
    struct fleet f;
    struct stick first, second;
    struct jemput_bundle_taken taken;
    struct jemput_error err;
    struct crash_snapshot *ready;

    (void)state;
    fleet_init(&f, 3, CENTRAL, SCHEMA, 12);
    central_close(&f);
    ready = crash_vfs_snapshot(f.devices[CENTRAL].vfs);
    central_open(&f);
    officer_writes(&f);
    stick_empty(&first);
    stick_make(&f, OFFICER, &first, false);
    must_take(&f, CENTRAL, &first);
    stick_empty(&second);
    stick_make(&f, CENTRAL, &second, false);
    must_take(&f, OFFICER, &second); /* a receipt */
    fleet_sql(&f, OFFICER, "INSERT INTO warga VALUES('w3', 'Uji')");
    stick_empty(&second);
    stick_make(&f, OFFICER, &second, false);
    central_close(&f);
    crash_vfs_restore(f.devices[CENTRAL].vfs, ready); /* central was put back to before the first */
    central_open(&f);
    assert_int_equal(stick_take(f.devices[CENTRAL].jemput, &second, &taken, &err), JEMPUT_NOTFOUND);
    assert_int_equal(taken.logs_lacking, 1);
    assert_int_equal(rows_at_central(&f), 0);
    fleet_verify(&f, CENTRAL);
    must_take(&f, CENTRAL, &first); /* and both are there */
    assert_int_equal(rows_at_central(&f), 4);
    fleet_verify(&f, CENTRAL);
    crash_snapshot_free(ready);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_flipped_byte_costs_its_segment_and_what_goes_on_from_it),
        cmocka_unit_test(a_file_that_was_cut_gives_what_is_whole_and_another_copy_the_rest),
        cmocka_unit_test(a_stick_that_is_full_or_pulled_out_is_told_and_nothing_is_lost), cmocka_unit_test(a_cancelled_call_can_be_made_again),
        cmocka_unit_test(a_cancel_while_the_stick_is_read_ends_that_at_once),
        cmocka_unit_test(a_stick_made_to_be_tried_place_by_place_comes_to_an_end),
        cmocka_unit_test(what_was_taken_for_others_goes_to_the_hub_at_the_next_sync),
        cmocka_unit_test(a_bundle_that_lacks_what_comes_before_is_kept_until_that_comes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
