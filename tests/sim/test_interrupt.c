/* sim/test_interrupt.c — a sync over an address that is cut at any of its bytes, in both directions, or fails in each other way that a link and a
 * hub can, and is then repeated: the same final state, nothing doubled, little sent again, and always a typed report. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "place.h"
#include "sync/sync.h"

#define EXCHANGES_MAX 8
#define SIZES_VARY 4096 /* of twelve rows of random digits, and in how many packs they go; the smallest prefix is 32 KB */

/* A tablet that has something to send and something to fetch, and its hub; both can be put back. */
struct moment {
    struct place p;
    struct crash_snapshot *tablet;
    struct mem_git hub;
    unsigned exchanges, push; /* of a sync that goes well; and which one of them carries the own work */
    size_t up[EXCHANGES_MAX], down[EXCHANGES_MAX], pack_bytes;
    char *rows;
    unsigned refs, objects; /* of the hub, after it */
};

static void moment_back(struct moment *m)
{
    bad_close(&m->p.f, OFFICER);
    crash_vfs_restore(m->p.f.devices[OFFICER].vfs, m->tablet);
    bad_open(&m->p.f, OFFICER);
    mem_git_restore(&m->p.mem, &m->hub);
    m->p.mem.link.fault = GIT_LINK_WELL;
    git_link_count(&m->p.mem.link);
}

/* So many rows that do not shrink, each in a transaction of its own. */
static void large_add(struct moment *m, unsigned device, unsigned count, unsigned bytes)
{
    for (unsigned i = 0; i < count; i++)
        fleet_sql(&m->p.f, device, "INSERT INTO orang SELECT '%u-besar%u', hex(randomblob(%u)), 1", device, i, bytes);
}

static void moment_open(struct moment *m, unsigned own, unsigned others_large)
{
    memset(m, 0, sizeof *m);
    place_open_in_memory(&m->p, 3);
    place_people(&m->p, 0, 0, 1);
    large_add(m, 0, others_large, 20000);
    place_sync(&m->p, 0);
    place_sync(&m->p, CENTRAL);
    place_people(&m->p, OFFICER, 0, own);
    bad_close(&m->p.f, OFFICER);
    m->tablet = crash_vfs_snapshot(m->p.f.devices[OFFICER].vfs);
    bad_open(&m->p.f, OFFICER);
    mem_git_keep(&m->p.mem, &m->hub);
    git_link_count(&m->p.mem.link);
    place_sync(&m->p, OFFICER);
    m->exchanges = m->p.mem.link.exchanges;
    assert_in_range(m->exchanges, 2, EXCHANGES_MAX);
    memcpy(m->up, m->p.mem.link.up, sizeof m->up);
    memcpy(m->down, m->p.mem.link.down, sizeof m->down);
    for (unsigned i = 1; i < m->exchanges; i++)
        m->push = m->up[i] > m->up[m->push] ? i : m->push;
    m->pack_bytes = m->p.mem.link.pack_bytes;
    m->rows = fleet_rows(&m->p.f, OFFICER, "SELECT * FROM orang ORDER BY id");
    m->refs = m->p.mem.ref_count;
    m->objects = m->p.mem.object_count;
}

static void moment_close(struct moment *m)
{
    moment_back(m);
    place_settle(&m->p);
    place_expect_equal(&m->p);
    free(m->rows);
    crash_snapshot_free(m->tablet);
    free(m->hub.objects); /* what they hold is the hub's own */
    free(m->hub.refs);
    place_close(&m->p);
}

/* It goes wrong so, once; then it is repeated. What the first one said. */
static enum jemput_status moment_fail(struct moment *m, enum git_link_fault fault, unsigned at, size_t byte, struct jemput_error *err)
{
    struct jemput_sync_report report;
    struct jemput_info before, after;
    struct jemput_error ignored;
    enum jemput_status st;

    moment_back(m);
    assert_int_equal(jemput_info_get(m->p.f.devices[OFFICER].jemput, &before, &ignored), JEMPUT_OK);
    m->p.mem.link.fault = fault;
    m->p.mem.link.fault_at = at;
    m->p.mem.link.fault_byte = byte;
    st = place_try(&m->p, OFFICER, &report, err);
    assert_int_equal(report.complete, st == JEMPUT_OK);
    if (fault == GIT_LINK_CUT_UP || fault == GIT_LINK_CUT_DOWN)
        assert_int_equal(m->p.mem.link.exchanges, at + 1); /* a link that is gone is not asked again */
    assert_int_equal(jemput_info_get(m->p.f.devices[OFFICER].jemput, &after, &ignored), JEMPUT_OK);
    assert_true(after.last_sync_ms >= before.last_sync_ms && (st == JEMPUT_OK || after.last_sync_ms == before.last_sync_ms));
    place_sync(&m->p, OFFICER);
    fleet_expect(&m->p.f, OFFICER, "SELECT * FROM orang ORDER BY id", m->rows);
    assert_int_equal(m->p.mem.ref_count, m->refs);
    assert_int_equal(m->p.mem.object_count, m->objects); /* nothing twice: a segment that was made again would be another object */
    assert_in_range(m->p.mem.link.pack_bytes, 0, (at == m->push ? 2 : 1) * m->pack_bytes); /* only what was cut goes once more */
    return st;
}

/* So many places in each exchange; JEMPUT_CUTS=1000000: at each byte, in a quarter of a minute. */
static size_t step_of(size_t bytes)
{
    const char *cuts = getenv("JEMPUT_CUTS");
    size_t most = cuts ? strtoul(cuts, NULL, 10) : 300;

    return most < bytes ? bytes / most + 1 : 1;
}

static void a_sync_cut_while_it_sends_and_repeated_is_as_if_it_was_not(void **state)
{
    struct moment m;
    struct jemput_error err;

    (void)state;
    moment_open(&m, 1, 0);
    for (unsigned i = 0; i < m.exchanges; i++)
        for (size_t byte = 0; byte < m.up[i]; byte += 16 * step_of(m.up[i])) /* the server sees none of it, wherever that is */
            assert_int_equal(moment_fail(&m, GIT_LINK_CUT_UP, i, byte, &err), JEMPUT_OFFLINE);
    moment_close(&m);
}

static void a_sync_cut_anywhere_in_what_it_is_told_and_repeated_is_as_if_it_was_not(void **state)
{
    struct moment m;
    struct jemput_error err;

    (void)state;
    moment_open(&m, 1, 0);
    for (unsigned i = 0; i < m.exchanges; i++)
        for (size_t byte = 0; byte < m.down[i]; byte += step_of(m.down[i]))
            if (moment_fail(&m, GIT_LINK_CUT_DOWN, i, byte, &err) != JEMPUT_OFFLINE)
                fail_msg("exchange %u, byte %zu: %s", i, byte, err.text);
    moment_close(&m);
}

static void what_came_before_a_cut_does_not_come_again(void **state)
{
    struct moment m;
    struct jemput_error err;
    size_t whole;

    (void)state;
    moment_open(&m, 1, 10);
    whole = m.down[m.exchanges - 1];
    assert_true(whole > 100000);
    assert_int_equal(moment_fail(&m, GIT_LINK_CUT_DOWN, m.exchanges - 1, whole - 30, &err), JEMPUT_OFFLINE);
    for (unsigned i = m.exchanges; i < m.p.mem.link.exchanges; i++)
        assert_in_range(m.p.mem.link.down[i], 0, whole / 4);
    moment_close(&m);
}

static void many_prefixes_begin(struct moment *m)
{
    moment_back(m);
    large_add(m, OFFICER, 12, 20000);
    place_sync(&m->p, CENTRAL);
    git_link_count(&m->p.mem.link);
}

static void of_many_prefixes_only_the_one_that_was_cut_is_sent_again(void **state)
{
    struct jemput_sync_report report;
    struct moment m;
    struct jemput_error err;
    size_t whole;

    (void)state;
    moment_open(&m, 0, 0);
    many_prefixes_begin(&m);
    place_sync(&m.p, OFFICER);
    whole = m.p.mem.link.pack_bytes;
    many_prefixes_begin(&m);
    m.p.mem.link.fault = GIT_LINK_CUT_UP;
    m.p.mem.link.fault_at = 3;
    m.p.mem.link.fault_byte = 1000;
    assert_int_equal(place_try(&m.p, OFFICER, &report, &err), JEMPUT_OFFLINE);
    assert_true(report.segments_sent > 0);
    place_sync(&m.p, OFFICER);
    assert_in_range(m.p.mem.link.pack_bytes, whole, whole + 1000 + SIZES_VARY); /* what arrived of it before the cut, and no prefix twice */
    place_settle(&m.p);
    place_expect_equal(&m.p);
    moment_close(&m);
}

static const struct {
    enum git_link_fault fault;
    size_t byte;
    enum jemput_status status;
    const char *words;
} failures[] = {
    { GIT_LINK_DIES, 0, JEMPUT_OFFLINE, "reset" },
    { GIT_LINK_SILENT, 0, JEMPUT_OFFLINE, "Empty reply" },
    { GIT_LINK_PORTAL, 0, JEMPUT_OFFLINE, "sign in" },
    { GIT_LINK_UNPROVEN, 0, JEMPUT_UNTRUSTED, "does not prove" },
    { GIT_LINK_NO_NAME, 0, JEMPUT_OFFLINE, "resolve host" },
    { GIT_LINK_STALLED, 0, JEMPUT_OFFLINE, "nothing moved" },
    { GIT_LINK_STATUS, 401, JEMPUT_DENIED, "credentials" },
    { GIT_LINK_STATUS, 404, JEMPUT_NOTFOUND, "no such repository" },
    { GIT_LINK_STATUS, 502, JEMPUT_OFFLINE, "502" },
    { GIT_LINK_STATUS, 507, JEMPUT_FULL, "no space left" },
};

static void each_failure_of_link_or_hub_has_its_type_and_words_and_costs_nothing(void **state)
{
    struct moment m;
    struct jemput_error err;

    (void)state;
    moment_open(&m, 1, 0);
    for (unsigned f = 0; f < sizeof failures / sizeof failures[0]; f++)
        for (unsigned i = 0; i < m.exchanges; i++) {
            enum jemput_status st = moment_fail(&m, failures[f].fault, i, failures[f].byte, &err);

            if (st != failures[f].status || !strstr(err.text, failures[f].words))
                fail_msg("failure %u of exchange %u: %s (%s)", f, i, jemput_status_name(st), err.text);
            assert_true(strstr(jemput_status_advice(st, "en"), "data") || strstr(jemput_status_advice(st, "en"), "safe"));
        }
    moment_close(&m);
}

/* What the hub has is fetched nevertheless, and the own work waits. */
static void a_hub_that_takes_nothing_still_gives(void **state)
{
    static const enum git_link_fault refusals[] = { GIT_LINK_READ_ONLY, GIT_LINK_UNPACK_FAILS };
    struct moment m;
    struct jemput_sync_report report;
    struct jemput_info info;
    struct jemput_error err;

    (void)state;
    moment_open(&m, 1, 0);
    for (unsigned i = 0; i < 2; i++) {
        moment_back(&m);
        m.p.mem.link.fault = refusals[i];
        m.p.mem.link.fault_at = 1;
        assert_int_equal(place_try(&m.p, OFFICER, &report, &err), JEMPUT_DENIED);
        fleet_expect(&m.p.f, OFFICER, "SELECT * FROM orang ORDER BY id", m.rows);
        assert_int_equal(jemput_info_get(m.p.f.devices[OFFICER].jemput, &info, &err), JEMPUT_OK);
        assert_true(info.own.waiting > 0);
        place_sync(&m.p, OFFICER);
    }
    moment_close(&m);
}

static void a_hub_with_a_small_limit_gets_smaller_prefixes(void **state)
{
    struct moment m;

    (void)state;
    moment_open(&m, 0, 0);
    moment_back(&m);
    m.p.mem.link.body_max = 60000;
    large_add(&m, OFFICER, 20, 9000);
    place_sync(&m.p, OFFICER);
    assert_true(m.p.mem.link.exchanges > 5);
    place_settle(&m.p);
    place_expect_equal(&m.p);
    m.p.mem.link.body_max = 0; /* what this hub is put back to lacks more than fits */
    moment_close(&m);
}

static void a_hub_that_takes_not_even_one_segment_is_told_of_and_still_gives(void **state)
{
    struct moment m;
    struct jemput_sync_report report;
    struct jemput_error err;

    (void)state;
    moment_open(&m, 1, 0);
    moment_back(&m);
    m.p.mem.link.body_max = 500;
    assert_int_equal(place_try(&m.p, OFFICER, &report, &err), JEMPUT_LIMIT);
    assert_non_null(strstr(err.text, "413"));
    assert_int_equal(m.p.mem.link.exchanges, 3); /* the list, what is too large, once, and what the hub gives */
    fleet_expect(&m.p.f, OFFICER, "SELECT * FROM orang ORDER BY id", m.rows);
    m.p.mem.link.body_max = 0;
    moment_close(&m);
}

/* Of central's log the hub has nothing any more, and takes little at once. The tablet's is there, and goes on behind what central has accepted of it:
 * that central knows once it has read it. */
static void a_hub_that_lost_a_log_gets_it_back_in_pieces_that_it_takes(void **state)
{
    struct moment m;
    struct jemput_info central;
    struct jemput_sync_report report;
    struct jemput_error err;

    (void)state;
    moment_open(&m, 1, 0);
    moment_back(&m);
    large_add(&m, OFFICER, 12, 9000);
    place_sync(&m.p, OFFICER);
    place_people(&m.p, CENTRAL, 0, 3);
    place_sync(&m.p, CENTRAL);
    place_people(&m.p, OFFICER, 100, 1);
    place_sync(&m.p, OFFICER);
    assert_int_equal(jemput_info_get(m.p.f.devices[CENTRAL].jemput, &central, &err), JEMPUT_OK);
    mem_git_lose(&m.p.mem, central.writer);
    m.p.mem.link.body_max = 60000;
    if (place_try(&m.p, CENTRAL, &report, &err))
        assert_int_equal(err.status, JEMPUT_LIMIT);
    place_sync(&m.p, CENTRAL);
    place_settle(&m.p);
    place_expect_equal(&m.p);
    m.p.mem.link.body_max = 0;
    moment_close(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sync_cut_while_it_sends_and_repeated_is_as_if_it_was_not),
        cmocka_unit_test(a_sync_cut_anywhere_in_what_it_is_told_and_repeated_is_as_if_it_was_not),
        cmocka_unit_test(what_came_before_a_cut_does_not_come_again),
        cmocka_unit_test(of_many_prefixes_only_the_one_that_was_cut_is_sent_again),
        cmocka_unit_test(each_failure_of_link_or_hub_has_its_type_and_words_and_costs_nothing),
        cmocka_unit_test(a_hub_that_takes_nothing_still_gives),
        cmocka_unit_test(a_hub_with_a_small_limit_gets_smaller_prefixes),
        cmocka_unit_test(a_hub_that_takes_not_even_one_segment_is_told_of_and_still_gives),
        cmocka_unit_test(a_hub_that_lost_a_log_gets_it_back_in_pieces_that_it_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
