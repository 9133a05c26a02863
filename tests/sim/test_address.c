/* sim/test_address.c — devices that meet at a hub behind an address: smart HTTP, with stock git as the server, whole and cut anywhere. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "support/git_http.h"

#define ADDRESS "http://hub/hub0.git"
#define CENTRAL 1
#define OFFICER 2
static const char schema[] = "CREATE TABLE orang(id TEXT PRIMARY KEY, nama TEXT, rt INTEGER) WITHOUT ROWID;SELECT jemput_replicate('orang');";

struct place {
    struct fleet f;
    struct git_http git; /* faults of the next exchange, and what was seen */
    struct jemput_http lent; /* given out, and closed, any number of times */
    unsigned opened;
};

static struct place *here;

static enum jemput_status lent_exchange(struct jemput_http *http, const struct jemput_http_request *request, struct jemput_http_answer *answer,
                                        struct jemput_error *err)
{
    (void)http;
    return here->git.http.exchange(&here->git.http, request, answer, err);
}

static void lent_close(struct jemput_http *http)
{
    (void)http;
    here->opened--;
}

static enum jemput_status lent_open(struct jemput_env *env, struct jemput_http **out, struct jemput_error *err)
{
    (void)env, (void)err;
    here->opened++;
    *out = &here->lent;
    return JEMPUT_OK;
}

static void place_open(struct place *p, unsigned devices)
{
    here = p;
    fleet_init(&p->f, devices, CENTRAL, schema, 7);
    git_http_open(&p->git, p->f.folder);
    p->lent = (struct jemput_http){ .exchange = lent_exchange, .close = lent_close };
    p->opened = 0;
    for (unsigned i = 0; i < devices; i++)
        p->f.devices[i].sim.env.http_open = lent_open;
}

static void place_close(struct place *p)
{
    assert_int_equal(p->opened, 0);
    fleet_release(&p->f);
}

static enum jemput_status try_sync(struct place *p, unsigned device, struct jemput_sync_report *report, struct jemput_error *err)
{
    return jemput_sync(p->f.devices[device].jemput, &(struct jemput_sync_options){ .hub = ADDRESS }, report, err);
}

static struct jemput_sync_report sync_there(struct place *p, unsigned device)
{
    struct jemput_sync_report report;
    struct jemput_error err;

    if (try_sync(p, device, &report, &err))
        fail_msg("device %u: %s (%s)", device, err.text, jemput_status_name(err.status));
    assert_int_equal(report.complete, 1);
    return report;
}

static void settle_there(struct place *p)
{
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < p->f.count; i++)
            sync_there(p, i);
}

static void people_add(struct place *p, unsigned device, unsigned from, unsigned count)
{
    for (unsigned i = from; i < from + count; i++)
        fleet_sql(&p->f, device, "INSERT INTO orang VALUES('%u-%u', 'Warga %u', %u)", device, i, i, i % 9);
}

static void expect_equal(struct place *p)
{
    char *rows = fleet_rows(&p->f, 0, "SELECT * FROM orang ORDER BY id");

    for (unsigned i = 1; i < p->f.count; i++)
        fleet_expect(&p->f, i, "SELECT * FROM orang ORDER BY id", rows);
    for (unsigned i = 0; i < p->f.count; i++)
        fleet_verify(&p->f, i);
    free(rows);
}

static void devices_meet_at_an_address_as_they_do_in_a_folder(void **state)
{
    struct place p;

    (void)state;
    place_open(&p, 4);
    for (unsigned i = 0; i < 4; i++)
        people_add(&p, i, 0, 30);
    settle_there(&p);
    fleet_expect(&p.f, OFFICER, "SELECT count(*) FROM orang", "120\n");
    expect_equal(&p);
    place_close(&p);
}

static void nothing_new_is_one_exchange_of_few_bytes(void **state)
{
    struct place p;

    (void)state;
    place_open(&p, 4);
    people_add(&p, OFFICER, 0, 3);
    settle_there(&p);
    p.git.exchanges = 0;
    sync_there(&p, OFFICER);
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
    settle_there(&p);
    for (long at = 0; at < 4000; at += 97) {
        enum jemput_status st;

        people_add(&p, OFFICER, (unsigned)at, 1);
        people_add(&p, 0, (unsigned)at, 1);
        sync_there(&p, 0);
        sync_there(&p, CENTRAL);
        for (unsigned nth = 0; nth < 3; nth++) { /* the cut is in one exchange only */
            p.git.cut_after = nth;
            p.git.cut_up = at % 2 ? at : -1;
            p.git.cut_down = at % 2 ? -1 : at;
            p.git.starts_early = at % 4 == 1;
            st = try_sync(&p, OFFICER, &report, &err);
            assert_true(st == JEMPUT_OK || st == JEMPUT_OFFLINE);
            cuts += st != JEMPUT_OK;
        }
        p.git.cut_up = p.git.cut_down = -1;
        sync_there(&p, OFFICER);
    }
    assert_in_range(cuts, 20, 200);
    settle_there(&p);
    fleet_expect(&p.f, CENTRAL, "SELECT count(*) FROM orang", "84\n");
    expect_equal(&p);
    place_close(&p);
}

static void central_sends_what_it_accepted_to_a_hub_that_never_met_the_others(void **state)
{
    struct place p;
    struct jemput_sync_report report;
    struct jemput_error err;

    (void)state;
    place_open(&p, 3);
    people_add(&p, OFFICER, 0, 5);
    settle_there(&p);
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
    assert_int_equal(try_sync(&p, OFFICER, &report, &err), JEMPUT_MISUSE);
    assert_non_null(strstr(err.text, "jemput/http.h"));
    place_close(&p);
}

static void credentials_are_remembered_with_the_hub_that_took_them(void **state)
{
    struct place p;
    struct jemput_sync_report report;
    struct jemput_error err;
    struct jemput_sync_options options = { .hub = ADDRESS, .hub_user = "petugas", .hub_secret = "rahasia" };

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
    options.hub = "http://elsewhere/hub0.git";
    assert_int_equal(jemput_sync(p.f.devices[OFFICER].jemput, &options, &report, &err), JEMPUT_OK);
    assert_string_equal(p.git.last_authorization, ""); /* another hub is not told */
    options.hub = NULL;
    assert_int_equal(jemput_sync(p.f.devices[OFFICER].jemput, &options, &report, &err), JEMPUT_OK);
    assert_string_equal(p.git.last_authorization, ""); /* nor later, now that it is the one remembered */
    place_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_meet_at_an_address_as_they_do_in_a_folder),
        cmocka_unit_test(nothing_new_is_one_exchange_of_few_bytes),
        cmocka_unit_test(a_sync_cut_at_any_byte_and_repeated_loses_and_doubles_nothing),
        cmocka_unit_test(central_sends_what_it_accepted_to_a_hub_that_never_met_the_others),
        cmocka_unit_test(without_a_client_an_address_is_refused_with_what_to_do),
        cmocka_unit_test(credentials_are_remembered_with_the_hub_that_took_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
