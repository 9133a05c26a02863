/* sim/test_address.c — devices that meet at a hub behind an address: smart HTTP, with stock git as the server, whole and cut anywhere. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bad.h"
#include "cutting.h"
#include "place.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

static void devices_meet_at_an_address_as_they_do_in_a_folder(void **state)
{
    struct place p;

    (void)state;
    place_open(&p, 4);
    for (unsigned i = 0; i < 4; i++)
        place_people(&p, i, 0, 30);
    place_settle(&p);
    fleet_expect(&p.f, OFFICER, "SELECT count(*) FROM orang", "120\n");
    place_expect_equal(&p);
    place_close(&p);
}

static void nothing_new_is_one_exchange_of_few_bytes(void **state)
{
    struct place p;

    (void)state;
    place_open(&p, 4);
    place_people(&p, OFFICER, 0, 3);
    place_settle(&p);
    p.git.exchanges = 0;
    place_sync(&p, OFFICER);
    assert_int_equal(p.git.exchanges, 1);
    assert_in_range(p.git.body_bytes + p.git.answer_bytes, 1, 700);
    place_close(&p);
}

static void a_sync_cut_at_any_byte_and_repeated_loses_and_doubles_nothing(void **state)
{
    struct place p;
    struct jemput_sync_report report;
    struct jemput_error err;
    unsigned cuts = 0;

    (void)state;
    place_open(&p, 3);
    place_settle(&p);
    for (long at = 0; at < 4000; at += 97) {
        enum jemput_status st;

        place_people(&p, OFFICER, (unsigned)at, 1);
        place_people(&p, 0, (unsigned)at, 1);
        place_sync(&p, 0);
        place_sync(&p, CENTRAL);
        for (unsigned nth = 0; nth < 3; nth++) { /* the cut is in one exchange only */
            p.git.cut_after = nth;
            p.git.cut_up = at % 2 ? at : -1;
            p.git.cut_down = at % 2 ? -1 : at;
            p.git.starts_early = at % 4 == 1;
            st = place_try(&p, OFFICER, &report, &err);
            assert_true(st == JEMPUT_OK || st == JEMPUT_OFFLINE);
            cuts += st != JEMPUT_OK;
        }
        p.git.cut_up = p.git.cut_down = -1;
        place_sync(&p, OFFICER);
    }
    assert_in_range(cuts, 20, 200);
    place_settle(&p);
    fleet_expect(&p.f, CENTRAL, "SELECT count(*) FROM orang", "84\n");
    place_expect_equal(&p);
    place_close(&p);
}

static void central_sends_what_it_accepted_to_a_hub_that_never_met_the_others(void **state)
{
    struct place p;
    struct jemput_sync_report report;
    struct jemput_error err;

    (void)state;
    place_open(&p, 3);
    place_people(&p, OFFICER, 0, 5);
    place_settle(&p);
    fleet_hub(&p.f, 1);
    for (unsigned i = 0; i < 2; i++)
        if (jemput_sync(p.f.devices[1 - i].jemput, &(struct jemput_sync_options){ .hub = "http://hub/hub1.git" }, &report, &err))
            fail_msg("%s", err.text);
    if (jemput_sync(p.f.devices[CENTRAL].jemput, &(struct jemput_sync_options){ .hub = "http://hub/hub1.git" }, &report, &err))
        fail_msg("%s", err.text);
    place_close(&p);
}

static void without_a_client_an_address_is_refused_with_what_to_do(void **state)
{
    struct place p;
    struct jemput_sync_report report;
    struct jemput_error err;

    (void)state;
    place_open(&p, 3);
    p.f.devices[OFFICER].sim.env.http_open = NULL;
    assert_int_equal(place_try(&p, OFFICER, &report, &err), JEMPUT_MISUSE);
    assert_non_null(strstr(err.text, "jemput/http.h"));
    place_close(&p);
}

static void credentials_are_remembered_with_the_hub_that_took_them(void **state)
{
    struct place p;
    struct jemput_sync_report report;
    struct jemput_error err;
    struct jemput_sync_options options = { .hub = "https://hub/hub0.git", .hub_user = "petugas", .hub_secret = "rahasia" };

    (void)state;
    place_open(&p, 3);
    p.git.status = 401;
    assert_int_equal(jemput_sync(p.f.devices[OFFICER].jemput, &options, &report, &err), JEMPUT_DENIED);
    assert_string_equal(p.git.last_authorization, "Basic cGV0dWdhczpyYWhhc2lh");
    options.hub_secret = options.hub_user = NULL;
    assert_int_equal(jemput_sync(p.f.devices[OFFICER].jemput, &options, &report, &err), JEMPUT_OK);
    assert_string_equal(p.git.last_authorization, ""); /* they did not get in */
    options.hub_secret = "token";
    assert_int_equal(jemput_sync(p.f.devices[OFFICER].jemput, &options, &report, &err), JEMPUT_OK);
    options.hub_secret = NULL;
    assert_int_equal(jemput_sync(p.f.devices[OFFICER].jemput, NULL, &report, &err), JEMPUT_OK);
    assert_string_equal(p.git.last_authorization, "Bearer token");
    options.hub = "https://elsewhere/hub0.git";
    assert_int_equal(jemput_sync(p.f.devices[OFFICER].jemput, &options, &report, &err), JEMPUT_OK);
    assert_string_equal(p.git.last_authorization, ""); /* another hub is not told */
    options.hub = NULL;
    assert_int_equal(jemput_sync(p.f.devices[OFFICER].jemput, &options, &report, &err), JEMPUT_OK);
    assert_string_equal(p.git.last_authorization, ""); /* nor later, now that it is the one remembered */
    place_close(&p);
}

static void credentials_never_go_in_the_clear(void **state)
{
    static const char *const clear[] = { "http://hub/hub0.git", "http://127.0.0.1.example/hub0.git", "http://localhost.example:80/hub0.git",
        "http://10.0.0.1/hub0.git", "http://[::1].example/hub0.git", "http://[::2]/hub0.git" };
    static const char *const here_only[] = { "http://localhost/hub0.git", "http://127.0.0.1:8080/hub0.git", "http://[::1]:8080/hub0.git",
        "https://hub/hub0.git" };
    struct place p;
    struct jemput_sync_report report;
    struct jemput_error err;
    struct jemput_sync_options options = { .hub_user = "petugas", .hub_secret = "rahasia" };

    (void)state;
    place_open(&p, 3);
    for (unsigned i = 0; i < sizeof clear / sizeof clear[0]; i++) {
        options.hub = clear[i];
        assert_int_equal(jemput_sync(p.f.devices[OFFICER].jemput, &options, &report, &err), JEMPUT_UNTRUSTED);
        assert_non_null(strstr(err.text, "https://"));
        assert_null(strstr(err.text, "rahasia"));
    }
    assert_int_equal(p.git.exchanges, 0);
    for (unsigned i = 0; i < sizeof here_only / sizeof here_only[0]; i++) {
        options.hub = here_only[i];
        if (jemput_sync(p.f.devices[OFFICER].jemput, &options, &report, &err))
            fail_msg("%s: %s", options.hub, err.text);
        assert_string_equal(p.git.last_authorization, "Basic cGV0dWdhczpyYWhhc2lh");
    }
    place_close(&p);
}

static void a_user_with_too_long_a_name_is_refused_and_the_password_does_not_go_as_a_token(void **state)
{
    char user[1100];
    struct place p;
    struct jemput_sync_report report;
    struct jemput_error err;
    struct jemput_sync_options options = { .hub = "https://hub/hub0.git", .hub_user = user, .hub_secret = "rahasia" };

    (void)state;
    memset(user, 'a', sizeof user);
    user[sizeof user - 1] = '\0';
    place_open(&p, 3);
    assert_int_equal(jemput_sync(p.f.devices[OFFICER].jemput, &options, &report, &err), JEMPUT_LIMIT);
    assert_int_equal(p.git.exchanges, 0);
    place_close(&p);
}

/* --- diff --- */

static int difference_count(void *ctx, const struct jemput_difference *d)
{
    ++*(unsigned *)ctx;
    assert_int_equal(d->kind, JEMPUT_DIFFERENCE_INSERT);
    return 0;
}

static void a_difference_from_an_address_is_what_the_next_sync_brings(void **state)
{
    const struct jemput_sync_options options = { .hub = ADDRESS };
    struct place p;
    struct jemput_sync_report report;
    struct jemput_error err;
    unsigned told = 0;

    (void)state;
    place_open(&p, 3);
    place_settle(&p);
    place_people(&p, OFFICER, 0, 2);
    place_people(&p, 0, 0, 5);
    place_sync(&p, 0);
    place_sync(&p, CENTRAL);
    p.git.pushes = 0;
    if (jemput_diff(p.f.devices[OFFICER].jemput, &options, difference_count, &told, &report, &err))
        fail_msg("%s", err.text);
    assert_int_equal(told, 5);
    assert_int_equal(p.git.pushes, 0);
    fleet_expect(&p.f, OFFICER, "SELECT count(*) FROM orang", "2\n");
    place_sync(&p, OFFICER);
    fleet_expect(&p.f, OFFICER, "SELECT count(*) FROM orang", "7\n");
    told = 0;
    if (jemput_diff(p.f.devices[OFFICER].jemput, &options, difference_count, &told, &report, &err))
        fail_msg("%s", err.text);
    assert_int_equal(told, 0);
    place_close(&p);
}

static struct jemput *cancels;

/* A hub that says nothing: all that can be done is to ask whether it is to go on. */
static enum jemput_status silent_exchange(struct jemput_http *http, const struct jemput_http_request *request, struct jemput_http_answer *answer,
                                          struct jemput_error *err)
{
    (void)http, (void)answer;
    assert_int_equal(request->cancelled(request->cancelled_ctx), 0);
    jemput_cancel(cancels);
    assert_int_not_equal(request->cancelled(request->cancelled_ctx), 0);
    err->status = JEMPUT_CANCELLED;
    strcpy(err->text, "cancelled");
    return JEMPUT_CANCELLED;
}

static void a_wait_for_the_network_ends_at_the_first_look_after_a_cancel(void **state)
{
    const struct jemput_sync_options options = { .hub = ADDRESS };
    struct place p;
    struct jemput_sync_report report;
    struct jemput_error err;

    (void)state;
    place_open(&p, 3);
    p.lent.exchange = silent_exchange;
    cancels = p.f.devices[OFFICER].jemput;
    assert_int_equal(place_try(&p, OFFICER, &report, &err), JEMPUT_CANCELLED);
    assert_int_equal(jemput_diff(cancels, &options, difference_count, NULL, &report, &err), JEMPUT_CANCELLED);
    place_close(&p);
}

/* --- short invitations --- */

static void a_short_invitation_is_made_whole_from_an_address_without_the_past_of_its_logs(void **state)
{
    struct place p;
    struct jemput_error err;
    char *whole = NULL, *brief = NULL;
    size_t whole_len = 0, brief_len = 0;

    (void)state;
    place_open(&p, 3);
    fleet_sql(&p.f, 0, "INSERT INTO orang SELECT 'besar', hex(randomblob(200000)), 1");
    place_sync(&p, 0);
    fleet_sql(&p.f, 0, "SELECT jemput_migrate('ALTER TABLE orang ADD COLUMN rw INTEGER')");
    place_settle(&p);
    if (jemput_invite(p.f.devices[0].jemput, "petugas", "", ADDRESS, p.f.devices[0].sim.wall_ms + DAY_MS, &whole, &whole_len, &err) ||
        jemput_invite_short(p.f.devices[0].jemput, whole, whole_len, &brief, &brief_len, &err))
        fail_msg("%s", err.text);
    place_settle(&p);
    p.git.exchanges = 0;
    fleet_device_add(&p.f, brief, brief_len);
    assert_int_equal(p.git.exchanges, 2);
    assert_in_range(p.git.answer_bytes, 1, 20000);
    place_settle(&p);
    fleet_sql(&p.f, 3, "INSERT INTO orang VALUES('baru', 'Warga', 1, 2)");
    place_settle(&p);
    fleet_expect(&p.f, CENTRAL, "SELECT count(*), count(rw) FROM orang", "2|1\n");
    jemput_text_free(whole);
    jemput_text_free(brief);
    place_close(&p);
}

/* The end of the log under the former key is refused, the new one taken: that is no sync that went well. */
static void a_log_that_the_hub_refuses_is_told_though_the_own_one_gets_through(void **state)
{
    struct jemput_sync_report report;
    struct jemput_error err;
    struct place p;
    char hook[600], command[2048];

    (void)state;
    place_open(&p, 3);
    place_settle(&p);
    place_people(&p, OFFICER, 0, 1);
    assert_int_equal(jemput_rotate(p.f.devices[OFFICER].jemput, &err), JEMPUT_OK);
    place_people(&p, OFFICER, 1, 1);
    snprintf(hook, sizeof hook, "%s/hooks/pre-receive", fleet_hub(&p.f, 0));
    snprintf(command, sizeof command, "mkdir -p '%s/hooks' && printf '#!/bin/sh\\nread old rest\\ncase $old in *[!0]*) exit 1;; esac\\n' >'%s' && "
                                      "chmod +x '%s'", fleet_hub(&p.f, 0), hook, hook);
    assert_int_equal(system(command), 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(place_try(&p, OFFICER, &report, &err), JEMPUT_DENIED);
        assert_int_equal(report.complete, 0);
    }
    assert_int_equal(remove(hook), 0);
    place_settle(&p);
    place_expect_equal(&p);
    place_close(&p);
}

/* Rows of the officer and of a copy of its tablet, both of which sign one number; then each once more. What the checkpoint covers is cut off everywhere:
 * all but what came last, or a window of 30 days. */
static void place_cut(struct place *p, bool windowed)
{
    unsigned both[2] = { OFFICER };
    struct jemput_error err;

    for (unsigned i = 0; i < 6; i++) {
        place_people(p, i % 3, 100 + i, 1);
        place_settle(p);
    }
    both[1] = fleet_clone(&p->f, OFFICER);
    p->f.devices[both[1]].sim.env.http_open = p->f.http_open;
    for (unsigned i = 0; i < 2; i++) {
        place_people(p, both[i], 10 * i, 1);
        assert_int_equal(jemput_seal(p->f.devices[both[i]].jemput, NULL, &err), JEMPUT_OK);
    }
    place_settle(p);
    for (unsigned i = 0; windowed && i < p->f.count; i++)
        sim_env_advance(&p->f.devices[i].sim, 40 * (uint64_t)DAY_MS);
    for (unsigned i = 0; i < 2; i++) {
        place_people(p, both[i], 20 + 10 * i, 1);
        place_sync(p, both[i]);
    }
    if (windowed)
        place_settle(p);
    (void)cutting_make(&p->f, CENTRAL, windowed ? 30 * DAY_MS : 0);
    cutting_backed_up(&p->f, CENTRAL);
    place_settle(p);
    for (unsigned i = 0; i < p->f.count; i++)
        assert_true(cutting_cut(&p->f, i).segments > 0);
}

/* Of a fork what was signed is kept, for it proves the fork, and its data goes; of central's log a generation's end alone is not covered. */
static void behind_a_cut_a_new_hub_of_stock_git_takes_what_is_left_of_a_fork_and_of_a_generation(void **state)
{
    (void)state;
    for (unsigned windowed = 0; windowed < 2; windowed++) {
        struct jemput_sync_report report;
        struct jemput_error err;
        struct place p;

        place_open(&p, 3);
        place_cut(&p, windowed);
        (void)fleet_hub(&p.f, 1);
        for (unsigned round = 0; round < 3; round++)
            for (unsigned i = 0; i < p.f.count; i++) {
                if (jemput_sync(p.f.devices[i].jemput, &(struct jemput_sync_options){ .hub = "http://hub/hub1.git" }, &report, &err))
                    fail_msg("device %u: %s", i, err.text);
                assert_int_equal(report.complete, 1);
            }
        place_expect_equal(&p);
        place_close(&p);
    }
}

/* The end of an older generation goes out in several pushes, each of which rests on what the others had written by then. A folder is asked each time what
 * it has. */
static void what_central_had_accepted_goes_to_a_new_hub_once_however_many_pushes_it_takes(void **state)
{
    static const unsigned both[] = { OFFICER, CENTRAL };
    static const char *const addresses[] = { NULL, "http://hub/hub2.git" };
    uint64_t bytes[2];
    struct place p;

    (void)state;
    place_open(&p, 3);
    place_people(&p, OFFICER, 100, 3);
    place_settle(&p);
    for (unsigned i = 0; i < p.f.count; i++)
        sim_env_advance(&p.f.devices[i].sim, 40 * (uint64_t)DAY_MS);
    for (unsigned i = 0; i < 12; i++) {
        fleet_sql(&p.f, both[i % 2], "INSERT INTO orang VALUES('%u', hex(randomblob(12000)), 1)", i);
        place_settle(&p);
    }
    (void)cutting_make(&p.f, CENTRAL, 30 * DAY_MS);
    cutting_backed_up(&p.f, CENTRAL);
    place_settle(&p);
    assert_true(cutting_cut(&p.f, CENTRAL).segments > 0);
    for (unsigned i = 0; i < 2; i++) {
        struct jemput_sync_report report;
        struct jemput_error err;
        const char *folder = fleet_hub(&p.f, 1 + i);

        if (jemput_sync(p.f.devices[CENTRAL].jemput, &(struct jemput_sync_options){ .hub = addresses[i] ? addresses[i] : folder }, &report, &err))
            fail_msg("%s", err.text);
        bytes[i] = report.bytes_sent;
    }
    assert_in_range(bytes[1], bytes[0] / 2, bytes[0] + bytes[0] / 10);
    place_close(&p);
}

/* Two write in turn, and an officer gives two new hubs what they lack of that: one in a folder, one at an address. */
static void passed_on(const unsigned writers[2], unsigned rows, uint64_t bytes[2])
{
    struct place p;

    place_open(&p, 4);
    for (unsigned i = 0; i < rows; i++) {
        fleet_sql(&p.f, writers[i % 2], "INSERT INTO orang VALUES('%u', hex(randomblob(12000)), 1)", i);
        if (i % 2)
            place_settle(&p);
    }
    place_people(&p, OFFICER, 0, 1);
    for (unsigned i = 0; i < 4; i++) {
        const char *folder = fleet_hub(&p.f, 1 + i / 2);
        struct jemput_sync_options options = { .hub = i < 2 ? folder : "http://hub/hub2.git" };
        struct jemput_sync_report report;
        struct jemput_error err;

        if (jemput_sync(p.f.devices[OFFICER].jemput, &options, &report, &err))
            fail_msg("%s", err.text);
        bytes[i / 2] += report.bytes_sent;
    }
    place_close(&p);
}

/* A log that all follow goes there by itself, and another one with what central accepts of it: the hub has either then, though it has not said so. */
static void what_an_officer_passes_on_goes_to_a_new_hub_once_however_many_pushes_it_takes(void **state)
{
    static const struct {
        unsigned writers[2], rows;
    } scenes[] = { { { 0, CENTRAL }, 12 }, { { CENTRAL, 3 }, 20 } };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        uint64_t bytes[2] = { 0 };

        passed_on(scenes[i].writers, scenes[i].rows, bytes);
        assert_true(bytes[0] > 100000);
        assert_in_range(bytes[1], bytes[0] / 2, bytes[0] + bytes[0] / 10);
    }
}

/* An officer's commits do not name what the device has seen: what central had accepted is not on a hub because the officer's log is. */
static void an_officer_brings_a_new_hub_all_that_a_newcomer_reads_there(void **state)
{
    static const unsigned turns[] = { OFFICER, OFFICER, 4 }; /* what it lacks of others' logs goes to the hub that was met last */
    struct jemput_sync_report report;
    struct jemput_info info;
    struct jemput_error err;
    struct place p;
    char shallow[512];

    (void)state;
    place_open(&p, 4);
    place_people(&p, 3, 0, 3);
    place_settle(&p);
    place_people(&p, OFFICER, 0, 2);
    snprintf(shallow, sizeof shallow, "%s/shallow", fleet_hub(&p.f, 1));
    fleet_newcomer(&p.f, 0);
    for (unsigned i = 0; i < 3; i++)
        if (jemput_sync(p.f.devices[turns[i]].jemput, &(struct jemput_sync_options){ .hub = "http://hub/hub1.git" }, &report, &err))
            fail_msg("device %u: %s", turns[i], err.text);
    assert_true(report.segments_fetched > 6);
    bad_shell("test $(git -C '%s' for-each-ref refs/heads/log | wc -l) = 4", fleet_hub(&p.f, 1)); /* of founder, central, officer, newcomer */
    assert_int_not_equal(access(shallow, F_OK), 0); /* git was not told that history begins in the middle */
    assert_int_equal(jemput_info_get(p.f.devices[4].jemput, &info, &err), JEMPUT_OK);
    assert_int_equal(info.logs_stopped, 0);
    place_settle(&p);
    place_expect_equal(&p);
    place_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_meet_at_an_address_as_they_do_in_a_folder),
        cmocka_unit_test(nothing_new_is_one_exchange_of_few_bytes),
        cmocka_unit_test(a_sync_cut_at_any_byte_and_repeated_loses_and_doubles_nothing),
        cmocka_unit_test(a_log_that_the_hub_refuses_is_told_though_the_own_one_gets_through),
        cmocka_unit_test(central_sends_what_it_accepted_to_a_hub_that_never_met_the_others),
        cmocka_unit_test(without_a_client_an_address_is_refused_with_what_to_do),
        cmocka_unit_test(credentials_are_remembered_with_the_hub_that_took_them),
        cmocka_unit_test(credentials_never_go_in_the_clear),
        cmocka_unit_test(a_user_with_too_long_a_name_is_refused_and_the_password_does_not_go_as_a_token),
        cmocka_unit_test(a_difference_from_an_address_is_what_the_next_sync_brings),
        cmocka_unit_test(a_wait_for_the_network_ends_at_the_first_look_after_a_cancel),
        cmocka_unit_test(a_short_invitation_is_made_whole_from_an_address_without_the_past_of_its_logs),
        cmocka_unit_test(behind_a_cut_a_new_hub_of_stock_git_takes_what_is_left_of_a_fork_and_of_a_generation),
        cmocka_unit_test(what_central_had_accepted_goes_to_a_new_hub_once_however_many_pushes_it_takes),
        cmocka_unit_test(what_an_officer_passes_on_goes_to_a_new_hub_once_however_many_pushes_it_takes),
        cmocka_unit_test(an_officer_brings_a_new_hub_all_that_a_newcomer_reads_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
