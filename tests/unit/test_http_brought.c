/* unit/test_http_brought.c — a call that brings its own client for HTTP: it alone is asked, and it is not closed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jemput/jemput.h>

#include "base/status.h"
#include "support/crash_vfs.h"
#include "support/sim_env.h"

#define HUB "https://hub.example/ruang"

struct client {
    struct jemput_http http; /* first */
    unsigned exchanges, closes;
};

static enum jemput_status exchange(struct jemput_http *http, const struct jemput_http_request *request, struct jemput_http_answer *answer,
                                   struct jemput_error *err)
{
    struct client *c = (struct client *)http;

    (void)answer;
    c->exchanges++;
    assert_memory_equal(request->url, HUB, sizeof HUB - 1);
    return jemput_fail(err, JEMPUT_OFFLINE, "there is no such hub");
}

static void closed(struct jemput_http *http)
{
    ((struct client *)http)->closes++;
}

static const struct client fresh = { .http = { .exchange = exchange, .close = closed } };

/* The program's, which counts how often it was opened. */
static unsigned opened;
static struct client programs;

static enum jemput_status program_open(void *ctx, struct jemput_http **out, struct jemput_error *err)
{
    (void)ctx;
    (void)err;
    opened++;
    programs = fresh;
    *out = &programs.http;
    return JEMPUT_OK;
}

struct office {
    struct crash_vfs *vfs;
    struct sim_env sim;
    struct jemput *j;
    struct jemput_error err;
};

/* Of the simulation and its disk, with the real one's client. */
static enum jemput_status env_open(struct jemput_env *env, struct jemput_http **out, struct jemput_error *err)
{
    (void)env;
    return program_open(NULL, out, err);
}

static void office_init(struct office *o)
{
    *o = (struct office){ .vfs = crash_vfs_new("brought") };
    sim_env_init(&o->sim, o->vfs, 5);
    o->sim.env.http_open = env_open;
    opened = 0;
    if (jemput_init(&o->j, "a.db", "", NULL, &o->sim.env, &o->err))
        fail_msg("%s", o->err.text);
}

static void office_release(struct office *o)
{
    jemput_close(o->j);
    crash_vfs_free(o->vfs);
}

static void sync_asks_the_client_that_it_was_given_and_leaves_it_open(void **state)
{
    struct client mine = fresh;
    struct jemput_sync_options options = { .hub = HUB, .http = &mine.http };
    struct jemput_sync_report report;
    struct office o;

    (void)state;
    office_init(&o);
    assert_int_equal(jemput_sync(o.j, &options, &report, &o.err), JEMPUT_OFFLINE);
    assert_int_equal(mine.exchanges, 1);
    assert_int_equal(mine.closes, 0);
    assert_int_equal(opened, 0);
    options.http = NULL;
    assert_int_equal(jemput_sync(o.j, &options, &report, &o.err), JEMPUT_OFFLINE);
    assert_int_equal(mine.exchanges, 1);
    assert_int_equal(opened, 1);
    assert_int_equal(programs.closes, 1);
    office_release(&o);
}

static void a_look_at_what_a_sync_would_change_does_so_too(void **state)
{
    struct client mine = fresh;
    struct jemput_sync_options options = { .hub = HUB, .http = &mine.http };
    struct office o;

    (void)state;
    office_init(&o);
    assert_int_equal(jemput_diff(o.j, &options, NULL, NULL, NULL, &o.err), JEMPUT_OFFLINE);
    assert_int_equal(mine.exchanges, 1);
    assert_int_equal(mine.closes, 0);
    assert_int_equal(opened, 0);
    office_release(&o);
}

static void joining_by_a_short_invitation_asks_it(void **state)
{
    struct client mine = fresh;
    struct jemput *tablet = NULL;
    char *invitation, *line;
    size_t len, line_len;
    struct office o;

    (void)state;
    office_init(&o);
    assert_int_equal(jemput_invite(o.j, "petugas", "", HUB, INT64_C(4000000000000), &invitation, &len, &o.err), JEMPUT_OK);
    if (jemput_invite_short(o.j, invitation, len, &line, &line_len, &o.err))
        fail_msg("%s", o.err.text);
    for (int brought = 0; brought < 2; brought++) {
        const struct jemput_joining joining = { .invitation = line, .invitation_len = line_len, .http = brought ? &mine.http : NULL };

        assert_int_equal(jemput_join_with(&tablet, "b.db", &joining, &o.sim.env, &o.err), JEMPUT_OFFLINE);
        assert_null(tablet);
        assert_int_equal(opened, 1); /* without, and no more */
        assert_int_equal(programs.closes, 1);
    }
    assert_int_equal(mine.exchanges, 1);
    assert_int_equal(mine.closes, 0);
    jemput_text_free(line);
    jemput_text_free(invitation);
    office_release(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sync_asks_the_client_that_it_was_given_and_leaves_it_open),
        cmocka_unit_test(a_look_at_what_a_sync_would_change_does_so_too),
        cmocka_unit_test(joining_by_a_short_invitation_asks_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
