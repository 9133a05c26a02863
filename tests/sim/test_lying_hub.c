/* Hubs that were put back, frozen, or show each device something else, and a centre that does not show what it was sent: nobody gives up what was seen, a
 * hub gets back what it lost, people are told, and no work stops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "store_text.h"

#define CENTRAL 0
#define TABLET 1
#define OTHER 2
#define DAY_MS (INT64_C(24) * 3600 * 1000)

static int case_see(void *ctx, const struct jemput_case *told)
{
    snprintf((char *)ctx + strlen(ctx), 100 - strlen(ctx), "%s ", told->kind);
    return 0;
}

/* The kinds of a device's cases, each with a blank behind it. */
static void expect_cases(struct fleet *f, unsigned device, const char *kinds)
{
    struct jemput_error err;
    char seen[100] = "";

    assert_int_equal(jemput_cases(f->devices[device].jemput, case_see, seen, &err), JEMPUT_OK);
    assert_string_equal(seen, kinds);
}

/* --- a hub put back --- */

static void hub_keep(struct fleet *f, unsigned point)
{
    bad_shell("cp -a '%s' '%s/point%u'", fleet_hub(f, 0), f->folder, point);
}

static void hub_put_back(struct fleet *f, unsigned point)
{
    const char *hub = fleet_hub(f, 0);

    bad_shell("rm -rf '%s' && cp -a '%s/point%u' '%s'", hub, f->folder, point, hub);
}

/* Fifteen syncs of three devices that each write before it; gives the number of points at which the hub was kept. */
static unsigned history_make(struct fleet *f, char names[64])
{
    unsigned points = 0;

    snprintf(names, 64, "abc");
    for (unsigned round = 0; round < 5; round++)
        for (unsigned i = 0; i < 3; i++) {
            char name[2] = { (char)('d' + 3 * round + i), '\0' };

            hub_keep(f, points++);
            bad_write(f, (i + 1) % 3, name);
            strcat(names, name);
            fleet_sync(f, (i + 1) % 3, 0);
        }
    fleet_settle(f, 0);
    fleet_settle(f, 0);
    return points;
}

/* Every segment that the device knows is reachable on the hub. */
static int reachable_see(void *ctx, const struct jemput_segment_info *s)
{
    bad_shell("grep -q %s '%s/reachable'", s->commit, ((struct fleet *)ctx)->folder);
    return 0;
}

static void expect_hub_whole(struct fleet *f, unsigned device)
{
    struct jemput_error err;

    bad_shell("git -C '%s' rev-list --all > '%s/reachable'", fleet_hub(f, 0), f->folder);
    assert_int_equal(jemput_log(f->devices[device].jemput, reachable_see, f, &err), JEMPUT_OK);
}

static void a_hub_put_back_to_any_earlier_point_gets_back_what_it_lost(void **state)
{
    struct fleet f;
    char names[64];
    unsigned points;

    (void)state;
    bad_begin(&f, 301);
    points = history_make(&f, names);
    for (unsigned p = 0; p < points; p++) {
        struct jemput_sync_report reports[3];
        uint64_t behind = 0;

        hub_put_back(&f, p);
        for (unsigned i = 0; i < 3; i++) {
            reports[i] = fleet_sync(&f, (i + p) % 3, 0);
            behind += reports[i].logs_behind;
            bad_expect_names(&f, (i + p) % 3, names); /* nobody gives up anything */
            assert_int_equal(bad_info(&f, (i + p) % 3).own.waiting, 0);
        }
        assert_true(behind > 0); /* and it is told */
        expect_hub_whole(&f, 0);
        fleet_settle(&f, 0);
        for (unsigned i = 0; i < 3; i++) {
            struct jemput_info info = bad_info(&f, i);

            assert_int_equal(info.logs_stopped, 0);
            assert_int_equal(fleet_sync(&f, i, 0).logs_behind, 0); /* once */
        }
    }
    bad_end(&f);
}

/* Central is away: a tablet gives the hub back its own log, and central's branch with all that it reaches. */
static void one_tablet_alone_gives_a_hub_back_all_that_it_holds(void **state)
{
    struct fleet f;
    char names[64];
    unsigned points;

    (void)state;
    bad_begin(&f, 302);
    points = history_make(&f, names);
    for (unsigned p = 0; p < points; p += 3) {
        hub_put_back(&f, p);
        assert_true(fleet_sync(&f, TABLET, 0).logs_behind > 0);
        expect_hub_whole(&f, TABLET);
    }
    fleet_settle(&f, 0);
    bad_end(&f);
}

static void that_a_hub_was_put_back_is_remembered_for_people(void **state)
{
    struct fleet f;
    int64_t when;

    (void)state;
    bad_begin(&f, 303);
    assert_int_equal(bad_info(&f, TABLET).hub_behind, 0);
    hub_keep(&f, 0);
    bad_write(&f, TABLET, "d");
    fleet_settle(&f, 0);
    hub_put_back(&f, 0);
    fleet_sync(&f, TABLET, 0);
    when = bad_info(&f, TABLET).hub_behind_ms;
    assert_true(when > 0);
    assert_int_equal(bad_info(&f, TABLET).hub_behind, 2); /* its own log, and central's */
    expect_cases(&f, TABLET, "hub ");
    fleet_settle(&f, 0);
    assert_true(bad_info(&f, TABLET).hub_behind_ms == when);
    sim_env_advance(&f.devices[TABLET].sim, 15 * DAY_MS);
    expect_cases(&f, TABLET, "stale "); /* that the hub was put back is over; but nobody has heard of central since */
    bad_end(&f);
}

static void another_hub_that_knows_less_is_no_hub_that_was_put_back(void **state)
{
    struct fleet f;

    (void)state;
    bad_begin(&f, 304);
    bad_write(&f, TABLET, "d");
    fleet_settle(&f, 0);
    assert_int_equal(fleet_sync(&f, TABLET, 1).logs_behind, 0);
    assert_int_equal(fleet_sync(&f, OTHER, 1).logs_behind, 0);
    assert_int_equal(bad_info(&f, TABLET).hub_behind, 0);
    bad_end(&f);
}

/* --- a hub that stands still --- */

static void a_frozen_hub_stops_no_work_and_its_age_is_seen(void **state)
{
    struct fleet f;
    int64_t receipt;

    (void)state;
    bad_begin(&f, 305);
    receipt = bad_info(&f, TABLET).last_receipt_ms;
    hub_keep(&f, 0);
    for (unsigned day = 0; day < 16; day++) {
        char name[2] = { (char)('d' + day), '\0' };

        for (unsigned i = 0; i < 3; i++)
            sim_env_advance(&f.devices[i].sim, DAY_MS);
        bad_write(&f, TABLET, name);
        fleet_sync(&f, CENTRAL, 0);
        hub_put_back(&f, 0); /* the tablet is always shown the same */
        fleet_sync(&f, TABLET, 0);
        assert_int_equal(bad_info(&f, TABLET).own.waiting, day + 1);
        assert_int_equal(bad_info(&f, TABLET).last_receipt_ms, receipt);
    }
    assert_true(f.devices[TABLET].sim.wall_ms - bad_info(&f, TABLET).last_receipt_ms > 14 * DAY_MS);
    expect_cases(&f, TABLET, "hub stale ");
    fleet_settle(&f, 0);
    bad_expect_names(&f, OTHER, "abcdefghijklmnopqrs");
    assert_true(f.devices[TABLET].sim.wall_ms - bad_info(&f, TABLET).last_receipt_ms < DAY_MS);
    bad_end(&f);
}

/* Where nobody writes for weeks, central still says that it is there: else age would tell nothing. */
static void a_central_with_no_news_signs_now_and_then_that_it_is_there(void **state)
{
    struct fleet f;
    unsigned sent = 0;

    (void)state;
    bad_begin(&f, 306);
    for (unsigned day = 0; day < 30; day++) {
        for (unsigned i = 0; i < 3; i++)
            sim_env_advance(&f.devices[i].sim, DAY_MS);
        sent += (unsigned)fleet_sync(&f, CENTRAL, 0).segments_sent;
        fleet_sync(&f, TABLET, 0);
        assert_true(f.devices[TABLET].sim.wall_ms - bad_info(&f, TABLET).last_receipt_ms < 14 * DAY_MS);
    }
    assert_in_range(sent, 3, 5);
    bad_end(&f);
}

/* --- two histories --- */

static int forks_count(void *ctx, const struct jemput_fork *fork)
{
    (void)fork;
    ++*(unsigned *)ctx;
    return 0;
}

static unsigned forks_of(struct fleet *f, unsigned device)
{
    struct jemput_error err;
    unsigned count = 0;

    assert_int_equal(jemput_forks(f->devices[device].jemput, forks_count, &count, &err), JEMPUT_OK);
    return count;
}

static void two_histories_of_central_are_found_when_two_tablets_meet_at_a_third_hub(void **state)
{
    struct jemput_error err;
    struct fleet f;
    unsigned liar;

    (void)state;
    bad_begin(&f, 307);
    liar = fleet_clone(&f, CENTRAL);
    bad_write(&f, CENTRAL, "k"); /* what one half is told */
    bad_write(&f, liar, "l");    /* and the other */
    assert_int_equal(jemput_seal(f.devices[CENTRAL].jemput, NULL, &err), JEMPUT_OK);
    assert_int_equal(jemput_seal(f.devices[liar].jemput, NULL, &err), JEMPUT_OK);
    fleet_sync(&f, CENTRAL, 1);
    fleet_sync(&f, liar, 2);
    fleet_sync(&f, TABLET, 1);
    fleet_sync(&f, OTHER, 2);
    bad_expect_names(&f, TABLET, "abck");
    bad_expect_names(&f, OTHER, "abcl");
    assert_int_equal(forks_of(&f, TABLET) + forks_of(&f, OTHER), 0);
    for (unsigned i = 0; i < 2; i++) { /* each there and back once: a stick between two tablets */
        fleet_sync(&f, TABLET, 3);
        fleet_sync(&f, OTHER, 3);
    }
    fleet_sync(&f, TABLET, 3);
    assert_int_equal(forks_of(&f, TABLET), 1);
    assert_int_equal(forks_of(&f, OTHER), 1);
    bad_expect_names(&f, TABLET, "abckl"); /* and both have both */
    bad_expect_names(&f, OTHER, "abckl");
    bad_end(&f);
}

/* --- states --- */

static struct jemput_sync_report sync_pair(struct fleet *f, unsigned device)
{
    fleet_sync(f, device, 0);
    fleet_sync(f, CENTRAL, 0);
    return fleet_sync(f, device, 0);
}

static void a_store_that_shows_something_else_is_found_at_the_next_sync_and_mended(void **state)
{
    struct jemput_rebuild_report rebuilt;
    struct jemput_state_difference d;
    struct jemput_sync_report report;
    struct jemput_error err;
    struct fleet f;
    char ours[65];
    int found;

    (void)state;
    bad_begin(&f, 308);
    bad_write(&f, TABLET, "d");
    report = sync_pair(&f, TABLET);
    assert_true(report.states_compared && !report.states_differ);
    report = fleet_sync(&f, TABLET, 0);
    assert_false(report.states_compared); /* once is enough */

    store_damage(&f, TABLET, "UPDATE warga SET rt = '999' WHERE nama = 'a'");
    bad_write(&f, OTHER, "e");
    fleet_sync(&f, OTHER, 0);
    report = sync_pair(&f, TABLET);
    assert_true(report.states_compared && report.states_differ);
    assert_int_equal(jemput_state_difference(f.devices[TABLET].jemput, &d, &found, &err), JEMPUT_OK);
    assert_int_equal(found, 1);
    assert_string_not_equal(d.theirs, d.ours);
    assert_string_equal(d.writer, bad_info(&f, CENTRAL).writer);
    assert_int_equal(jemput_state_hash(f.devices[TABLET].jemput, ours, &err), JEMPUT_OK);
    assert_string_equal(ours, d.ours);
    assert_int_equal(jemput_state_hash(f.devices[CENTRAL].jemput, ours, &err), JEMPUT_OK);
    assert_string_equal(ours, d.theirs); /* what central has signed is what it has */
    bad_expect_names(&f, TABLET, "abcde"); /* nothing stops */
    expect_cases(&f, TABLET, "state ");
    expect_cases(&f, OTHER, "");
    assert_int_equal(jemput_state_difference(f.devices[OTHER].jemput, &d, &found, &err), JEMPUT_OK);
    assert_int_equal(found, 0);

    assert_int_equal(jemput_rebuild(f.devices[TABLET].jemput, NULL, &rebuilt, &err), JEMPUT_OK);
    bad_write(&f, TABLET, "f");
    report = sync_pair(&f, TABLET);
    assert_true(report.states_compared && !report.states_differ);
    assert_int_equal(jemput_state_difference(f.devices[TABLET].jemput, &d, &found, &err), JEMPUT_OK);
    assert_int_equal(found, 0);
    bad_end(&f);
}

static void a_centre_that_shows_something_else_than_its_logs_say_is_found_by_every_tablet(void **state)
{
    struct jemput_state_difference d;
    struct jemput_sync_report report;
    struct jemput_error err;
    struct fleet f;
    int found;

    (void)state;
    bad_begin(&f, 309);
    store_damage(&f, CENTRAL, "UPDATE warga SET rt = '999' WHERE nama = 'b'"); /* its own database, by hand */
    bad_write(&f, OTHER, "d");
    fleet_sync(&f, OTHER, 0);
    fleet_sync(&f, CENTRAL, 0);
    for (unsigned i = TABLET; i <= OTHER; i++) {
        report = fleet_sync(&f, i, 0);
        assert_true(report.states_compared && report.states_differ);
        assert_int_equal(jemput_state_difference(f.devices[i].jemput, &d, &found, &err), JEMPUT_OK);
        assert_int_equal(found, 1);
        fleet_verify(&f, i); /* it is not this one that is wrong */
    }
    fleet_release(&f);
}

/* Whoever has more than central had, or less, compares nothing: no false alarm. */
static void what_is_not_the_same_is_not_compared(void **state)
{
    struct jemput_sync_report report;
    struct fleet f;

    (void)state;
    bad_begin(&f, 310);
    bad_write(&f, OTHER, "d");
    fleet_sync(&f, OTHER, 0);
    fleet_sync(&f, CENTRAL, 0);
    bad_write(&f, TABLET, "e"); /* central did not have this */
    report = fleet_sync(&f, TABLET, 0);
    assert_false(report.states_compared);
    report = fleet_sync(&f, OTHER, 0);
    assert_true(report.states_compared && !report.states_differ);
    bad_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hub_put_back_to_any_earlier_point_gets_back_what_it_lost),
        cmocka_unit_test(one_tablet_alone_gives_a_hub_back_all_that_it_holds),
        cmocka_unit_test(that_a_hub_was_put_back_is_remembered_for_people),
        cmocka_unit_test(another_hub_that_knows_less_is_no_hub_that_was_put_back),
        cmocka_unit_test(a_frozen_hub_stops_no_work_and_its_age_is_seen),
        cmocka_unit_test(a_central_with_no_news_signs_now_and_then_that_it_is_there),
        cmocka_unit_test(two_histories_of_central_are_found_when_two_tablets_meet_at_a_third_hub),
        cmocka_unit_test(a_store_that_shows_something_else_is_found_at_the_next_sync_and_mended),
        cmocka_unit_test(a_centre_that_shows_something_else_than_its_logs_say_is_found_by_every_tablet),
        cmocka_unit_test(what_is_not_the_same_is_not_compared),
    };

    return cmocka_run_group_tests_name("lying hub", tests, NULL, NULL);
}
