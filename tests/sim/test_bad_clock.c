/* Clocks that are wrong: 1970, 2038, 2100, before 1970, at the end of 64 bits, and jumping back between any two steps.
 *
 * No write is refused, lost or put before one that it had seen; a log's times never go back; a broken clock does not drag the others along; and what is shown is the
 * same on every device, whatever order the logs come in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"

#define CENTRAL 0
#define YEAR_MS INT64_C(31556952000)
#define Y1970 INT64_C(0)
#define Y2025 INT64_C(1750000000000)
#define Y2038 INT64_C(2147483648000) /* one second after 32 bits of seconds end */
#define Y2100 INT64_C(4102444800000)

static const int64_t clocks[] = { Y1970, 1, Y2025, Y2038 - 1, Y2038, Y2100, -1, -100 * YEAR_MS, INT64_MAX, INT64_MIN, (INT64_C(1) << 48) - 1, INT64_C(1) << 48 };
#define CLOCKS (sizeof clocks / sizeof clocks[0])

/* --- times of a log --- */

struct times {
    char writer[4][33];
    int64_t last[4];
    unsigned count;
};

static int times_see(void *ctx, const struct jemput_segment_info *s)
{
    struct times *t = ctx;
    unsigned i = 0;

    while (i < t->count && strcmp(t->writer[i], s->origin.writer) != 0)
        i++;
    if (i == t->count) {
        assert_true(i < 4);
        strcpy(t->writer[t->count++], s->origin.writer);
        t->last[i] = INT64_MIN;
    }
    if (s->origin.claimed_ms < t->last[i])
        fail_msg("segment %llu claims a time before its predecessor's", (unsigned long long)s->number);
    t->last[i] = s->origin.claimed_ms;
    return 0;
}

/* In each log as this device has it, no segment claims a time before its predecessor's. Gives the newest time of the device's own log. */
static int64_t expect_times_grow(struct fleet *f, unsigned device)
{
    struct times t = { .count = 0 };
    struct jemput_error err;

    assert_int_equal(jemput_log(f->devices[device].jemput, times_see, &t, &err), JEMPUT_OK);
    for (unsigned i = 0; i < t.count; i++)
        if (strcmp(t.writer[i], bad_info(f, device).writer) == 0)
            return t.last[i];
    return 0;
}

static void set_clock(struct fleet *f, unsigned device, int64_t wall_ms)
{
    sim_env_set_wall(&f->devices[device].sim, wall_ms);
}

/* --- any clock --- */

static void work_under_any_clock_is_merged_and_received(void **state)
{
    (void)state;
    for (size_t i = 0; i < CLOCKS; i++) {
        for (unsigned device = 0; device < 3; device++) {
            struct fleet f;

            bad_begin(&f, 100 + i);
            set_clock(&f, device, clocks[i]);
            if (clocks[i] > INT64_MAX - YEAR_MS)
                f.devices[device].sim.wall_ms = INT64_MAX - YEAR_MS; /* the simulation adds to it */
            bad_write(&f, device, "d");
            fleet_sql(&f, device, "UPDATE warga SET rt = '002' WHERE nama = 'd'");
            fleet_reopen(&f, device);
            bad_write(&f, device, "e");
            bad_write(&f, (device + 1) % 3, "f");
            bad_expect_all_received(&f, "abcdef");
            for (unsigned k = 0; k < 3; k++) {
                fleet_expect(&f, k, "SELECT rt FROM warga WHERE nama = 'd'", "002\n");
                expect_times_grow(&f, k);
            }
            bad_end(&f);
        }
    }
}

static void a_broken_clock_does_not_drag_the_others_along(void **state)
{
    struct fleet f;

    (void)state;
    bad_begin(&f, 120);
    set_clock(&f, 1, Y2100);
    bad_write(&f, 1, "d");
    fleet_settle(&f, 0);
    bad_write(&f, CENTRAL, "e");
    bad_write(&f, 2, "f");
    bad_expect_all_received(&f, "abcdef");
    assert_true(expect_times_grow(&f, 1) >= Y2100);
    assert_true(expect_times_grow(&f, CENTRAL) < Y2025 + YEAR_MS);
    assert_true(expect_times_grow(&f, 2) < Y2025 + YEAR_MS);
    set_clock(&f, 1, Y2025); /* somebody sets it right: its own log goes on without going back */
    bad_write(&f, 1, "g");
    bad_expect_all_received(&f, "abcdefg");
    assert_true(expect_times_grow(&f, 1) >= Y2100);
    bad_end(&f);
}

/* --- cause before clock --- */

static void who_had_seen_a_write_replaces_it_whatever_the_clocks_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < CLOCKS; i++) {
        for (size_t k = 0; k < CLOCKS; k++) {
            struct fleet f;
            char *conflicts;

            if (i != 5 && k != 5 && i != 0 && k != 0)
                continue; /* each with 1970 and with 2100 */
            if (clocks[i] > INT64_MAX - YEAR_MS || clocks[k] > INT64_MAX - YEAR_MS)
                continue;
            bad_begin(&f, 200 + i);
            set_clock(&f, 1, clocks[i]);
            fleet_sql(&f, 1, "UPDATE warga SET rt = '111' WHERE nama = 'a'");
            fleet_settle(&f, 0);
            set_clock(&f, 2, clocks[k]);
            fleet_expect(&f, 2, "SELECT rt FROM warga WHERE nama = 'a'", "111\n");
            fleet_sql(&f, 2, "UPDATE warga SET rt = '222' WHERE nama = 'a'");
            bad_expect_all_received(&f, "abc");
            for (unsigned d = 0; d < 3; d++)
                fleet_expect(&f, d, "SELECT rt FROM warga WHERE nama = 'a'", "222\n");
            conflicts = fleet_conflicts(&f, CENTRAL);
            assert_string_equal(conflicts, "");
            free(conflicts);
            fleet_release(&f);
        }
    }
}

/* --- a conflict is shown alike everywhere --- */

static char *shown_after(int64_t first, int64_t second, bool first_comes_first)
{
    struct fleet f;
    char *shown, *conflicts;

    bad_begin(&f, 300); /* the same seed: the same keys and segments */
    set_clock(&f, 1, first);
    set_clock(&f, 2, second);
    fleet_sql(&f, 1, "UPDATE warga SET rt = '111' WHERE nama = 'a'");
    fleet_sql(&f, 2, "UPDATE warga SET rt = '222' WHERE nama = 'a'");
    fleet_sync(&f, first_comes_first ? 1 : 2, 0);
    fleet_sync(&f, CENTRAL, 0);
    fleet_sync(&f, first_comes_first ? 2 : 1, 0);
    fleet_settle(&f, 0);
    shown = fleet_rows(&f, CENTRAL, "SELECT rt FROM warga WHERE nama = 'a'");
    conflicts = fleet_conflicts(&f, CENTRAL);
    assert_non_null(strstr(conflicts, "111"));
    assert_non_null(strstr(conflicts, "222"));
    for (unsigned i = 1; i < 3; i++) {
        char *c = fleet_conflicts(&f, i);

        fleet_expect(&f, i, "SELECT rt FROM warga WHERE nama = 'a'", shown);
        assert_string_equal(c, conflicts);
        free(c);
    }
    free(conflicts);
    bad_end(&f);
    return shown;
}

static void a_conflict_between_wrong_clocks_is_shown_alike_in_any_order(void **state)
{
    static const int64_t pairs[][2] = { { Y1970, Y2025 }, { Y1970, Y2038 }, { Y2038, Y2100 }, { Y2100, Y2025 }, { Y2100, Y2100 }, { -YEAR_MS, Y1970 } };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char *one = shown_after(pairs[i][0], pairs[i][1], true), *other = shown_after(pairs[i][0], pairs[i][1], false);

        assert_string_equal(one, other);
        if (pairs[i][0] >= Y2025 && pairs[i][1] > pairs[i][0])
            assert_string_equal(one, "222\n"); /* the later stamp */
        if (pairs[i][0] > pairs[i][1])
            assert_string_equal(one, "111\n");
        free(one);
        free(other);
    }
}

/* --- jumps --- */

static void a_clock_that_jumps_back_between_any_two_steps_changes_no_order(void **state)
{
    (void)state;
    for (unsigned jump = 0; jump < 6; jump++) {
        struct jemput_error err;
        struct fleet f;
        int64_t before, sync_before;

        bad_begin(&f, 400 + jump);
        for (unsigned step = 0; step < 6; step++) {
            if (step == jump)
                set_clock(&f, 1, f.devices[1].sim.wall_ms - (step % 2 ? YEAR_MS : 1000));
            before = expect_times_grow(&f, 1);
            switch (step) {
            case 0:
                bad_write(&f, 1, "d");
                break;
            case 1:
                fleet_sql(&f, 1, "UPDATE warga SET rt = '002' WHERE nama = 'd'");
                break;
            case 2:
                assert_int_equal(jemput_seal(f.devices[1].jemput, NULL, &err), JEMPUT_OK);
                break;
            case 3:
                fleet_sql(&f, 1, "UPDATE warga SET rt = '003' WHERE nama = 'd'");
                break;
            default:
                sync_before = bad_info(&f, 1).last_sync_ms;
                fleet_sync(&f, 1, 0);
                fleet_sync(&f, CENTRAL, 0);
                assert_true(bad_info(&f, 1).last_sync_ms >= sync_before); /* "last sync" never goes back */
            }
            assert_true(expect_times_grow(&f, 1) >= before);
        }
        bad_expect_all_received(&f, "abcd");
        for (unsigned i = 0; i < 3; i++) {
            char *conflicts = fleet_conflicts(&f, i);

            fleet_expect(&f, i, "SELECT rt FROM warga WHERE nama = 'd'", "003\n");
            assert_string_equal(conflicts, "");
            expect_times_grow(&f, i);
            free(conflicts);
        }
        bad_end(&f);
    }
}

struct steps {
    int64_t last;
    unsigned count;
};

static int edits_see(void *ctx, const struct jemput_edit *e)
{
    struct steps *s = ctx;

    assert_true(e->origin.claimed_ms >= s->last);
    s->last = e->origin.claimed_ms;
    s->count++;
    return 0;
}

static void a_clock_that_jumps_before_each_write_keeps_their_order(void **state)
{
    struct jemput_datum key = { .type = JEMPUT_TYPE_TEXT, .data = "a", .len = 1 };
    struct steps steps = { .count = 0 };
    struct jemput_error err;
    struct fleet f;

    (void)state;
    bad_begin(&f, 500);
    for (unsigned i = 0; i < 40; i++) {
        set_clock(&f, 1, i % 3 == 0 ? Y2038 : i % 3 == 1 ? Y1970 : Y2025 + (int64_t)i);
        fleet_sql(&f, 1, "UPDATE warga SET rt = '%03u' WHERE nama = 'a'", i);
        if (i % 7 == 0)
            fleet_sync(&f, 1, 0);
    }
    bad_expect_all_received(&f, "abc");
    for (unsigned i = 0; i < 3; i++)
        fleet_expect(&f, i, "SELECT rt FROM warga WHERE nama = 'a'", "039\n");
    assert_int_equal(jemput_history(f.devices[2].jemput, "warga", &key, 1, edits_see, &steps, &err), JEMPUT_OK);
    assert_int_equal(steps.count, 41);
    bad_end(&f);
}

/* --- enrolment --- */

/* An invitation made under one clock, and used under another that is far off. */
static void enrol_between(int64_t admin_ms, int64_t central_ms)
{
    struct fleet f;
    struct jemput_error err;
    struct jemput_sync_report report;
    char *invitation;
    size_t len;

    fleet_init(&f, 2, 1, "CREATE TABLE warga(nama TEXT PRIMARY KEY NOT NULL, rt TEXT) WITHOUT ROWID; SELECT jemput_replicate('warga');", 700);
    fleet_settle(&f, 0);
    set_clock(&f, 0, admin_ms);
    set_clock(&f, 1, central_ms);
    assert_int_equal(jemput_invite(f.devices[0].jemput, "petugas", "", "", Y2100 + YEAR_MS, &invitation, &len, &err), JEMPUT_OK);
    fleet_device_add(&f, invitation, len);
    jemput_text_free(invitation);
    bad_write(&f, 2, "d");
    fleet_sync(&f, 0, 0);
    fleet_sync(&f, 2, 0);
    report = fleet_sync(&f, 1, 0); /* it ends */
    assert_int_equal(report.admitted_devices, 1);
    fleet_sync(&f, 2, 0);
    assert_int_equal(bad_info(&f, 2).admitted, 1);
    bad_expect_names(&f, 1, "d");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 3; i++)
        fleet_verify(&f, i);
    fleet_release(&f);
}

static void a_device_is_let_in_whatever_the_clocks_of_who_invites_and_who_admits(void **state)
{
    static const int64_t pairs[][2] = { { Y2025, Y1970 }, { Y2038, Y2025 }, { Y2025 + 10 * YEAR_MS / 365, Y2025 }, { Y2100, Y1970 }, { Y1970, Y2100 } };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        enrol_between(pairs[i][0], pairs[i][1]);
}

/* --- the report --- */

static void a_wrong_clock_is_reported_where_signed_times_prove_it(void **state)
{
    struct jemput_info info;
    struct fleet f;

    (void)state;
    bad_begin(&f, 600);
    assert_int_equal(bad_info(&f, 1).clock_error_ms, 0);
    set_clock(&f, 1, Y1970);
    assert_true(bad_info(&f, 1).clock_error_ms < -50 * YEAR_MS);
    set_clock(&f, 1, Y2038);
    assert_int_equal(bad_info(&f, 1).clock_error_ms, 0); /* nothing signed says so yet */
    bad_write(&f, 1, "d");
    fleet_settle(&f, 0);
    info = bad_info(&f, 1);
    assert_true(info.clock_error_ms > 10 * YEAR_MS);
    assert_int_equal(info.own.waiting, 0); /* and nothing is lost */
    assert_int_equal(info.logs_ahead, 0);
    assert_int_equal(bad_info(&f, CENTRAL).clock_error_ms, 0);
    assert_int_equal(bad_info(&f, CENTRAL).logs_ahead, 1);
    set_clock(&f, 1, f.devices[CENTRAL].sim.wall_ms);
    assert_int_equal(bad_info(&f, 1).clock_error_ms, 0); /* somebody put it right */
    bad_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_under_any_clock_is_merged_and_received),
        cmocka_unit_test(a_broken_clock_does_not_drag_the_others_along),
        cmocka_unit_test(who_had_seen_a_write_replaces_it_whatever_the_clocks_say),
        cmocka_unit_test(a_conflict_between_wrong_clocks_is_shown_alike_in_any_order),
        cmocka_unit_test(a_clock_that_jumps_back_between_any_two_steps_changes_no_order),
        cmocka_unit_test(a_clock_that_jumps_before_each_write_keeps_their_order),
        cmocka_unit_test(a_device_is_let_in_whatever_the_clocks_of_who_invites_and_who_admits),
        cmocka_unit_test(a_wrong_clock_is_reported_where_signed_times_prove_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
