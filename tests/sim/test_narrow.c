/* sim/test_narrow.c — a sync over an address asks for the branches that it would read: as few among ten thousand as among ten, and none is missed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "cutting.h"
#include "place.h"
#include "roll.h"

#define DAY_MS (UINT64_C(24) * 60 * 60 * 1000)

/* Logs of devices that nobody here knows, each ending with a commit that is there. */
static void strangers_add(struct place *p, unsigned count)
{
    const char *hub = fleet_hub(&p->f, 0);

    bad_shell("git -C '%s' pack-refs --all && tip=$(git -C '%s' for-each-ref --count=1 --format='%%(objectname)' refs/heads/log) && "
              "awk -v tip=$tip 'BEGIN { for (i = 0; i < %u; i++) printf \"%%s refs/heads/log/eeeeeeee%%024x/0\\n\", tip, i }' >>'%s/packed-refs' && "
              "{ head -1 '%s/packed-refs'; tail -n +2 '%s/packed-refs' | sort -k2; } >'%s/sorted' && mv '%s/sorted' '%s/packed-refs'",
              hub, hub, count, hub, hub, hub, hub, hub, hub);
}

static size_t bytes_of_last(const struct place *p)
{
    return p->git.body_bytes + p->git.answer_bytes;
}

static void nothing_new_costs_the_same_with_ten_branches_and_with_ten_thousand(void **state)
{
    struct place p;
    size_t few;

    (void)state;
    place_open(&p, 3);
    place_people(&p, OFFICER, 0, 3);
    place_settle(&p);
    strangers_add(&p, 10);
    p.git.exchanges = 0;
    place_sync(&p, OFFICER);
    assert_int_equal(p.git.exchanges, 1);
    few = bytes_of_last(&p);
    assert_in_range(few, 1, 600);
    strangers_add(&p, 10000);
    place_sync(&p, OFFICER);
    assert_int_equal(p.git.exchanges, 2);
    assert_int_equal(bytes_of_last(&p), few);
    place_close(&p);
}

static void what_central_accepted_of_others_comes_by_its_branch(void **state)
{
    struct place p;

    (void)state;
    place_open(&p, 4);
    place_settle(&p);
    place_people(&p, 3, 0, 5);
    place_people(&p, 0, 0, 5);
    place_sync(&p, 3);
    place_sync(&p, 0);
    place_sync(&p, CENTRAL);
    place_sync(&p, OFFICER);
    fleet_expect(&p.f, OFFICER, "SELECT count(*) FROM orang", "10\n");
    place_close(&p);
}

/* Another repository under the same address: of this space none of the logs is there, and all is looked at before anything is sent. */
static void a_hub_that_lacks_the_own_log_is_looked_at_whole(void **state)
{
    struct place p;
    struct fleet other;
    struct jemput_sync_report report;
    struct jemput_error err;

    (void)state;
    place_open(&p, 3);
    place_settle(&p);
    bad_shell("mv '%s' '%s.away'", fleet_hub(&p.f, 0), fleet_hub(&p.f, 0));
    fleet_init(&other, 2, CENTRAL, "CREATE TABLE orang(id TEXT PRIMARY KEY) WITHOUT ROWID;SELECT jemput_replicate('orang');", 8);
    bad_shell("cp -a '%s' '%s/hub0.git'", fleet_hub(&other, 0), p.f.folder);
    fleet_release(&other);
    place_people(&p, OFFICER, 0, 1);
    p.git.pushes = 0;
    assert_int_equal(place_try(&p, OFFICER, &report, &err), JEMPUT_DENIED);
    assert_non_null(strstr(err.text, "holds another space"));
    assert_int_equal(p.git.pushes, 0);
    place_close(&p);
}

/* Central goes on from an old copy under a name that nobody can guess, and days later that is still not seen. */
static void central_goes_astray(struct place *p)
{
    struct crash_snapshot *old;

    place_open(p, 3);
    place_settle(p);
    bad_close(&p->f, CENTRAL);
    old = crash_vfs_snapshot(p->f.devices[CENTRAL].vfs);
    bad_open(&p->f, CENTRAL);
    place_people(p, OFFICER, 0, 1);
    place_settle(p);
    bad_close(&p->f, CENTRAL);
    crash_vfs_restore(p->f.devices[CENTRAL].vfs, old);
    crash_snapshot_free(old);
    bad_open(&p->f, CENTRAL);
    place_people(p, OFFICER, 1, 1);
    place_people(p, CENTRAL, 0, 1);
    place_sync(p, OFFICER);
    place_sync(p, CENTRAL);
    place_sync(p, CENTRAL);
    place_sync(p, OFFICER);
    fleet_expect(&p->f, OFFICER, "SELECT count(*) FROM orang", "2\n"); /* the own rows */
    for (unsigned i = 0; i < p->f.count; i++)
        sim_env_advance(&p->f.devices[i].sim, 3 * DAY_MS + 1);
}

static void a_central_that_fell_silent_is_looked_for_under_all_names(void **state)
{
    struct place p;

    (void)state;
    central_goes_astray(&p);
    place_sync(&p, OFFICER);
    fleet_expect(&p.f, OFFICER, "SELECT count(*) FROM orang", "3\n");
    place_settle(&p);
    place_expect_equal(&p);
    place_close(&p);
}

/* On a bad link each look at all may be cut behind the list. */
/* Its log hands out the key to the checkpoint that a newcomer begins with, and only central's older log, which waits for it, says whose that is. */
static void the_log_of_a_central_that_has_taken_another_key_is_asked_for_by_who_waits_for_it(void **state)
{
    struct jemput_error err;
    unsigned newcomer;
    struct place p;

    (void)state;
    place_open_under(&p, 3, 0);
    (void)cutting_make(&p.f, 0, 0);
    cutting_backed_up(&p.f, 0);
    place_settle(&p);
    for (unsigned i = 0; i < 3; i++) {
        (void)cutting_cut(&p.f, i);
        place_people(&p, i, i, 1);
    }
    place_settle(&p);
    assert_true(cutting_hub_drops_old_generations(&p.f, 0) > 0);
    newcomer = roll_join(&p.f, 0, "petugas");
    for (unsigned round = 0; round < 3; round++) /* it has listed all */
        place_sync(&p, newcomer);
    assert_int_equal(jemput_rotate(p.f.devices[0].jemput, &err), JEMPUT_OK);
    for (unsigned round = 0; round < 3; round++)
        place_settle(&p);
    fleet_expect(&p.f, newcomer, "SELECT count(*) FROM orang", "3\n");
    place_close(&p);
}

static void a_look_at_all_branches_that_was_cut_before_they_were_read_does_not_count(void **state)
{
    struct place p;
    struct jemput_sync_report report;
    struct jemput_error err;

    (void)state;
    central_goes_astray(&p);
    p.git.cut_after = 1;
    p.git.cut_down = 10;
    assert_int_equal(place_try(&p, OFFICER, &report, &err), JEMPUT_OFFLINE);
    p.git.cut_down = -1;
    place_sync(&p, OFFICER);
    fleet_expect(&p.f, OFFICER, "SELECT count(*) FROM orang", "3\n");
    place_close(&p);
}

/* --- in memory: how the list was asked for --- */

static size_t list_asked(struct place *p, unsigned device, const char *hub)
{
    struct jemput_sync_report report;
    struct jemput_error err;

    git_link_count(&p->mem.link);
    if (jemput_sync(p->f.devices[device].jemput, &(struct jemput_sync_options){ .hub = hub }, &report, &err) && err.status != JEMPUT_OFFLINE)
        fail_msg("%s", err.text);
    return p->mem.link.up[0];
}

static void another_hub_whose_list_was_not_read_is_listed_whole_again(void **state)
{
    static const char other[] = "http://hub/other.git";
    struct place p;
    size_t narrow, whole;

    (void)state;
    place_open_in_memory(&p, 3);
    narrow = list_asked(&p, OFFICER, ADDRESS);
    place_people(&p, 0, 0, 1);
    place_sync(&p, 0);
    place_sync(&p, CENTRAL);
    p.mem.link.fault = GIT_LINK_CUT_DOWN;
    p.mem.link.fault_at = 1;
    p.mem.link.fault_byte = 10;
    whole = list_asked(&p, OFFICER, other);
    assert_true(whole < narrow);
    assert_int_equal(list_asked(&p, OFFICER, other), whole);
    assert_int_equal(list_asked(&p, OFFICER, other), narrow);
    place_close(&p);
}

static void where_the_clock_stands_still_all_branches_are_looked_at_now_and_then(void **state)
{
    struct place p;
    size_t narrow;
    unsigned whole = 0;

    (void)state;
    place_open_in_memory(&p, 3);
    narrow = list_asked(&p, OFFICER, ADDRESS);
    for (unsigned i = 0; i < 1010; i++)
        whole += list_asked(&p, OFFICER, ADDRESS) < narrow;
    assert_int_equal(whole, 2);
    place_close(&p);
}

static size_t asked_of_one(unsigned devices)
{
    struct place p;
    size_t bytes;

    place_open_in_memory(&p, devices);
    place_people(&p, OFFICER, 0, 1);
    place_sync(&p, OFFICER);
    list_asked(&p, CENTRAL, ADDRESS);
    bytes = p.mem.link.up[1];
    place_close(&p);
    return bytes;
}

static void a_centre_tells_the_hub_nothing_of_logs_that_have_not_moved(void **state)
{
    (void)state;
    assert_int_equal(asked_of_one(8), asked_of_one(3));
}

static void while_central_is_silent_all_branches_are_looked_at_once_a_day(void **state)
{
    struct place p;
    unsigned whole = 0;

    (void)state;
    place_open(&p, 3);
    place_settle(&p);
    strangers_add(&p, 1000);
    for (unsigned hour = 0; hour < 10 * 24; hour += 6) {
        sim_env_advance(&p.f.devices[OFFICER].sim, 6 * DAY_MS / 24);
        place_sync(&p, OFFICER);
        whole += bytes_of_last(&p) > 50000;
    }
    assert_in_range(whole, 2, 3); /* from half of the eighth day on */
    place_close(&p);
}

/* --- asked by their names --- */

static uint64_t received(struct place *p, unsigned device)
{
    struct jemput_info info;
    struct jemput_error err;

    if (jemput_info_get(p->f.devices[device].jemput, &info, &err))
        fail_msg("%s", err.text);
    return info.own.received;
}

static unsigned exchanges_of(struct place *p, unsigned device)
{
    p->git.exchanges = 0;
    place_sync(p, device);
    return p->git.exchanges;
}

/* An officer with work that is sent, and has no receipt yet. */
static void waiting_open(struct place *p)
{
    place_open(p, 3);
    place_settle(p);
    place_people(p, OFFICER, 0, 2);
    assert_int_equal(exchanges_of(p, OFFICER), 2); /* the list, the push */
    assert_int_equal(received(p, OFFICER), 0);
}

static void what_central_has_answered_comes_with_the_first_question(void **state)
{
    struct place p;

    (void)state;
    waiting_open(&p);
    place_people(&p, 0, 0, 3);
    place_sync(&p, 0);
    place_sync(&p, CENTRAL);
    assert_int_equal(exchanges_of(&p, OFFICER), 1);
    assert_int_equal(received(&p, OFFICER), 2);
    fleet_expect(&p.f, OFFICER, "SELECT count(*) FROM orang", "5\n");
    place_settle(&p);
    place_expect_equal(&p);
    place_close(&p);
}

/* Central's receipts say the same but for their signed headers: git does not send again what a commit before had, and the tablet does not ask for it. */
static void each_receipt_costs_one_exchange_whatever_the_ones_before_have_brought(void **state)
{
    struct place p;

    (void)state;
    place_open(&p, 3);
    place_settle(&p);
    for (unsigned i = 0; i < 5; i++) {
        place_people(&p, OFFICER, i, 1);
        assert_int_equal(exchanges_of(&p, OFFICER), 2);
        place_sync(&p, CENTRAL);
        assert_int_equal(exchanges_of(&p, OFFICER), 1);
        assert_int_equal(received(&p, OFFICER), i + 1);
    }
    place_close(&p);
}

static void own_work_goes_out_before_anything_is_asked_for(void **state)
{
    struct place p;

    (void)state;
    waiting_open(&p);
    place_sync(&p, CENTRAL);
    place_people(&p, OFFICER, 2, 1);
    assert_int_equal(exchanges_of(&p, OFFICER), 3); /* where the branches end, the push, what is new */
    assert_int_equal(received(&p, OFFICER), 2);
    place_close(&p);
}

static void whoever_has_asked_by_names_in_vain_lists_the_next_time(void **state)
{
    struct place p;
    size_t named, listed;

    (void)state;
    waiting_open(&p);
    assert_int_equal(exchanges_of(&p, OFFICER), 1);
    named = bytes_of_last(&p);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(exchanges_of(&p, OFFICER), 1);
        listed = bytes_of_last(&p);
        assert_in_range(named, listed + 1, listed + 350);
    }
    place_sync(&p, CENTRAL);
    assert_int_equal(exchanges_of(&p, OFFICER), 2);
    assert_int_equal(received(&p, OFFICER), 2);
    place_close(&p);
}

/* Central goes on in another branch, and of the one that is asked for nothing more comes. */
static void a_branch_that_is_new_is_found_by_the_sync_after(void **state)
{
    struct jemput_checkpoint_report report;
    struct jemput_error err;
    struct place p;

    (void)state;
    place_open(&p, 3);
    place_settle(&p);
    assert_int_equal(jemput_checkpoint_make(p.f.devices[CENTRAL].jemput, 0, &report, &err), JEMPUT_OK);
    place_people(&p, OFFICER, 0, 2);
    place_sync(&p, OFFICER);
    place_sync(&p, CENTRAL);
    place_sync(&p, OFFICER);
    place_sync(&p, OFFICER);
    assert_int_equal(received(&p, OFFICER), 2);
    place_settle(&p);
    place_expect_equal(&p);
    place_close(&p);
}

static void a_hub_that_takes_no_names_is_asked_by_them_once(void **state)
{
    struct place p;

    (void)state;
    waiting_open(&p);
    bad_shell("git -C '%s' config uploadpack.allowRefInWant false", fleet_hub(&p.f, 0));
    place_sync(&p, CENTRAL);
    assert_int_equal(exchanges_of(&p, OFFICER), 3);
    assert_int_equal(received(&p, OFFICER), 2);
    place_people(&p, OFFICER, 2, 1);
    place_sync(&p, OFFICER);
    place_sync(&p, CENTRAL);
    assert_int_equal(exchanges_of(&p, OFFICER), 2);
    assert_int_equal(received(&p, OFFICER), 3);
    place_close(&p);
}

/* Of a transfer that was cut the rest is asked for, and no more. */
static void what_came_of_an_answer_that_was_cut_is_not_sent_again(void **state)
{
    struct jemput_sync_report report;
    struct jemput_error err;
    struct place p;
    size_t whole;

    (void)state;
    waiting_open(&p);
    place_people(&p, 0, 0, 40);
    place_sync(&p, 0);
    place_sync(&p, CENTRAL);
    p.git.cut_end = 200;
    assert_int_equal(place_try(&p, OFFICER, &report, &err), JEMPUT_OFFLINE);
    whole = p.git.answer_bytes;
    assert_int_equal(exchanges_of(&p, OFFICER), 2);
    assert_true(p.git.answer_bytes < whole / 2);
    assert_int_equal(received(&p, OFFICER), 2);
    place_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_new_costs_the_same_with_ten_branches_and_with_ten_thousand),
        cmocka_unit_test(what_central_accepted_of_others_comes_by_its_branch),
        cmocka_unit_test(a_hub_that_lacks_the_own_log_is_looked_at_whole),
        cmocka_unit_test(a_central_that_fell_silent_is_looked_for_under_all_names),
        cmocka_unit_test(while_central_is_silent_all_branches_are_looked_at_once_a_day),
        cmocka_unit_test(the_log_of_a_central_that_has_taken_another_key_is_asked_for_by_who_waits_for_it),
        cmocka_unit_test(a_look_at_all_branches_that_was_cut_before_they_were_read_does_not_count),
        cmocka_unit_test(another_hub_whose_list_was_not_read_is_listed_whole_again),
        cmocka_unit_test(where_the_clock_stands_still_all_branches_are_looked_at_now_and_then),
        cmocka_unit_test(a_centre_tells_the_hub_nothing_of_logs_that_have_not_moved),
        cmocka_unit_test(what_central_has_answered_comes_with_the_first_question),
        cmocka_unit_test(each_receipt_costs_one_exchange_whatever_the_ones_before_have_brought),
        cmocka_unit_test(own_work_goes_out_before_anything_is_asked_for),
        cmocka_unit_test(whoever_has_asked_by_names_in_vain_lists_the_next_time),
        cmocka_unit_test(a_branch_that_is_new_is_found_by_the_sync_after),
        cmocka_unit_test(a_hub_that_takes_no_names_is_asked_by_them_once),
        cmocka_unit_test(what_came_of_an_answer_that_was_cut_is_not_sent_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
