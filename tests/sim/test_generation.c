/* Logs in their second and third generation: a device that rotates its key, is copied, is put back to an older copy, or is replaced behind a checkpoint
 * and a cut, with hubs whose keepers let old generations go: nothing is lost, no number is signed twice knowingly, and every sync ends complete. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "cutting.h"

#define CENTRAL 0
#define TABLET 1
#define OTHER 2
#define DAY_MS (UINT64_C(24) * 3600 * 1000)

/* --- what must be so afterwards --- */

/* Each with its proof: also behind a cut. */
static int fork_count(void *ctx, const struct jemput_fork *fork)
{
    struct jemput_error err;
    uint64_t number;
    char writer[33];

    assert_true(fork->sides[0].text && fork->sides[1].text);
    if (jemput_fork_check(fork->sides, writer, &number, &err))
        fail_msg("%s", err.text);
    ++*(unsigned *)ctx;
    return 0;
}

static unsigned forks_of(struct fleet *f, unsigned device)
{
    struct jemput_error err;
    unsigned count = 0;

    if (jemput_forks(f->devices[device].jemput, fork_count, &count, &err))
        fail_msg("%s", err.text);
    return count;
}

/* All that was written is everywhere and received, on every device the same state; nobody's log is stopped, no hub is said to have lost anything. */
static void expect_whole(struct fleet *f, unsigned hub, const char *names)
{
    char hash[65], first[65];
    struct jemput_error err;

    for (unsigned round = 0; round < 3; round++)
        fleet_settle(f, hub);
    for (unsigned i = 0; i < f->count; i++) {
        struct jemput_info info = bad_info(f, i);

        bad_expect_names(f, i, names);
        assert_int_equal(info.logs_stopped, 0);
        assert_int_equal(info.own.on_device + info.own.waiting, 0);
        assert_int_equal(info.hub_behind, 0);
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(info.writer, bad_info(f, k).writer);
        if (jemput_state_hash(f->devices[i].jemput, hash, &err))
            fail_msg("device %u: %s", i, err.text);
        if (i == 0)
            memcpy(first, hash, sizeof first);
        assert_string_equal(hash, first);
        fleet_verify(f, i);
    }
}

/* A space whose logs are all in their second generation, the first cut off everywhere: rows a, b, c, then d, e, f. */
static void behind_a_cut(struct fleet *f, uint64_t seed)
{
    bad_begin(f, seed);
    cutting_all(f, 0);
    bad_write(f, CENTRAL, "d");
    bad_write(f, TABLET, "e");
    bad_write(f, OTHER, "f");
    fleet_settle(f, 0);
    for (unsigned i = 0; i < f->count; i++)
        assert_int_equal(cutting_generation_at(f, 0, bad_info(f, i).writer), 1);
}

static void rotate(struct fleet *f, unsigned device)
{
    struct jemput_error err;

    if (jemput_rotate(f->devices[device].jemput, &err))
        fail_msg("rotate: %s", err.text);
}

static void seal(struct fleet *f, unsigned device)
{
    struct jemput_error err;

    if (jemput_seal(f->devices[device].jemput, NULL, &err))
        fail_msg("seal: %s", err.text);
}

/* --- rotation --- */

static void a_device_that_rotates_its_key_in_a_later_generation_goes_on(void **state)
{
    (void)state;
    for (unsigned device = CENTRAL; device <= TABLET; device++) {
        struct fleet f;

        behind_a_cut(&f, 501 + device);
        bad_write(&f, device, "g"); /* goes out in the old log, which is carried then */
        rotate(&f, device);
        bad_write(&f, device, "h");
        expect_whole(&f, 0, "abcdefgh");
        cutting_all(&f, 0); /* the new log moves on, too */
        bad_write(&f, device, "i");
        expect_whole(&f, 0, "abcdefghi");
        assert_int_equal(cutting_generation_at(&f, 0, bad_info(&f, device).writer), 1);
        fleet_release(&f);
    }
}

/* What the old key signed is covered and cut off: a hub that never had it, or has let it go, does not need it. */
static void the_log_of_an_older_key_that_a_checkpoint_covers_is_sent_to_no_hub_again(void **state)
{
    (void)state;
    for (unsigned device = CENTRAL; device <= TABLET; device++) {
        struct fleet f;
        char before[33];

        behind_a_cut(&f, 511 + device);
        memcpy(before, bad_info(&f, device).writer, sizeof before);
        rotate(&f, device);
        bad_write(&f, device, "g");
        cutting_all(&f, 0);
        bad_write(&f, CENTRAL, "h");
        expect_whole(&f, 0, "abcdefgh");
        assert_true(cutting_hub_drops_old_generations(&f, 0) > 0);
        bad_write(&f, device, "i");
        expect_whole(&f, 0, "abcdefghi");
        expect_whole(&f, 1, "abcdefghi"); /* a hub that has nothing of all that */
        bad_write(&f, TABLET, "j");
        expect_whole(&f, 1, "abcdefghij");
        assert_int_equal(cutting_generation_at(&f, 1, before), -1);
        fleet_release(&f);
    }
}

/* --- copies --- */

static void copies_of_a_device_in_a_later_generation_go_on_each_by_itself(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 4; k++) { /* whichever comes first; sealed before it looked, or not */
        struct fleet f;
        unsigned both[2] = { TABLET };

        behind_a_cut(&f, 521 + k);
        both[1] = fleet_clone(&f, TABLET);
        bad_write(&f, both[0], "g");
        bad_write(&f, both[1], "h");
        for (unsigned i = 0; i < 2; i++) {
            if (k & 1)
                seal(&f, both[i]);
            bad_write(&f, both[i], i ? "l" : "k"); /* so that the two that have one number are not the last of their branches */
            if (k & 1)
                seal(&f, both[i]);
        }
        fleet_sync(&f, both[k >> 1], 0);
        fleet_sync(&f, both[!(k >> 1)], 0);
        expect_whole(&f, 0, "abcdefghkl");
        assert_int_equal(forks_of(&f, CENTRAL), k & 1);
        cutting_all(&f, 0);
        bad_write(&f, both[0], "i");
        bad_write(&f, both[1], "j");
        expect_whole(&f, 0, "abcdefghijkl");
        expect_whole(&f, 1, "abcdefghijkl");
        assert_int_equal(forks_of(&f, CENTRAL), k & 1); /* the two signed headers outlive the cut */
        assert_int_equal(forks_of(&f, OTHER), k & 1);
        fleet_release(&f);
    }
}

/* The copy was made in the first generation, and knows nothing of the second, in which its original works. */
static void a_copy_from_the_first_generation_meets_its_original_in_the_second(void **state)
{
    (void)state;
    for (unsigned sealed = 0; sealed < 2; sealed++)
        for (unsigned dropped = 0; dropped < 2; dropped++) {
            struct fleet f;
            unsigned copy;

            bad_begin(&f, 531 + 2 * sealed + dropped);
            copy = fleet_clone(&f, TABLET);
            f.count--;
            cutting_all(&f, 0);
            bad_write(&f, TABLET, "d");
            bad_write(&f, CENTRAL, "e");
            fleet_settle(&f, 0);
            if (dropped)
                assert_true(cutting_hub_drops_old_generations(&f, 0) > 0);
            f.count++;
            bad_write(&f, copy, "g");
            if (sealed)
                seal(&f, copy);
            fleet_sync(&f, copy, 0);
            assert_string_not_equal(bad_info(&f, copy).writer, bad_info(&f, TABLET).writer);
            expect_whole(&f, 0, "abcdeg");
            assert_int_equal(forks_of(&f, CENTRAL), sealed);
            bad_write(&f, TABLET, "h");
            bad_write(&f, copy, "i");
            expect_whole(&f, 0, "abcdeghi");
            fleet_release(&f);
        }
}

/* --- older copies --- */

static struct crash_snapshot *copy_keep(struct fleet *f, unsigned device)
{
    struct crash_snapshot *copy;

    bad_close(f, device);
    copy = crash_vfs_snapshot(f->devices[device].vfs);
    bad_open(f, device);
    return copy;
}

static void copy_put_back(struct fleet *f, unsigned device, struct crash_snapshot *copy)
{
    bad_close(f, device);
    crash_vfs_restore(f->devices[device].vfs, copy);
    bad_open(f, device);
    crash_snapshot_free(copy);
}

/* It had all of the first generation, so nothing there tells it that it was further once. */
static void a_device_put_back_to_the_end_of_an_older_generation_signs_no_number_twice(void **state)
{
    (void)state;
    for (unsigned device = CENTRAL; device <= TABLET; device++)
        for (unsigned generations = 1; generations <= 2; generations++)
            for (unsigned dropped = 0; dropped < 2; dropped++) {
                struct crash_snapshot *copy;
                struct fleet f;
                char before[33];

                bad_begin(&f, 541 + 8 * device + 2 * generations + dropped);
                memcpy(before, bad_info(&f, device).writer, sizeof before);
                copy = copy_keep(&f, device);
                for (unsigned g = 0; g < generations; g++) {
                    cutting_all(&f, 0);
                    bad_write(&f, device, g ? "e" : "d");
                    fleet_settle(&f, 0);
                }
                if (dropped)
                    assert_true(cutting_hub_drops_old_generations(&f, 0) > 0);
                copy_put_back(&f, device, copy);
                bad_write(&f, device, "g"); /* not sealed: it looks first */
                fleet_sync(&f, device, 0);
                assert_string_not_equal(bad_info(&f, device).writer, before);
                expect_whole(&f, 0, generations == 1 ? "abcdg" : "abcdeg");
                for (unsigned i = 0; i < f.count; i++)
                    assert_int_equal(forks_of(&f, i), 0);
                bad_write(&f, device, "h");
                expect_whole(&f, 0, generations == 1 ? "abcdgh" : "abcdegh");
                fleet_release(&f);
            }
}

/* --- a hub that is put back --- */

/* Rows a to e, and f and g where the checkpoint stands behind a window of 30 days; all cut off what it covers; then h, of central's. */
static void cut_off(struct fleet *f, bool windowed)
{
    bad_write(f, TABLET, "d");
    bad_write(f, CENTRAL, "e");
    fleet_settle(f, 0);
    if (windowed) {
        for (unsigned i = 0; i < f->count; i++)
            sim_env_advance(&f->devices[i].sim, 40 * DAY_MS);
        bad_write(f, OTHER, "f");
        bad_write(f, TABLET, "g");
        fleet_settle(f, 0);
    }
    (void)cutting_make(f, CENTRAL, windowed ? 30 * (int64_t)DAY_MS : 0);
    cutting_backed_up(f, CENTRAL);
    fleet_settle(f, 0);
    for (unsigned i = 0; i < f->count; i++)
        (void)cutting_cut(f, i);
    bad_write(f, CENTRAL, "h");
}

/* Somebody joins, writes i, and in the end all have all. */
static void newcomer_expect(struct fleet *f, unsigned hub, bool windowed)
{
    fleet_newcomer(f, CENTRAL);
    bad_write(f, f->count - 1, "i");
    for (unsigned round = 0; round < 3; round++)
        fleet_settle(f, hub);
    for (unsigned i = 0; i < f->count; i++) {
        bad_expect_names(f, i, windowed ? "abcdefghi" : "abcdehi");
        assert_int_equal(bad_info(f, i).logs_stopped, 0);
        assert_int_equal(bad_info(f, i).own.on_device + bad_info(f, i).own.waiting, 0);
    }
}

/* What the hub lost of the time before the checkpoint nobody has any more, and nobody needs. At the end of central's log, or behind a window. */
static void a_hub_put_back_to_before_a_cut_is_of_use_again(void **state)
{
    (void)state;
    for (unsigned windowed = 0; windowed < 2; windowed++) {
        struct fleet f;

        bad_begin(&f, 581 + windowed);
        bad_shell("cp -a '%s' '%s/before'", fleet_hub(&f, 0), f.folder);
        cut_off(&f, windowed);
        fleet_settle(&f, 0);
        bad_shell("rm -rf '%s' && cp -a '%s/before' '%s'", fleet_hub(&f, 0), f.folder, fleet_hub(&f, 0));
        assert_true(fleet_sync(&f, OTHER, 0).logs_behind > 0); /* it is told, and goes on */
        fleet_settle(&f, 0);
        assert_int_equal(fleet_sync(&f, OTHER, 0).logs_behind, 0); /* once */
        newcomer_expect(&f, 0, windowed);
        bad_end(&f);
    }
}

/* Whoever serves the folder with stock git one day serves it whole. (In version 2, git 2.39 stumbles over its own answer where a hub takes wants by
 * name and says where its history begins.) */
static void stock_git_takes(struct fleet *f, unsigned hub)
{
    bad_shell("cd '%s' && git fsck --strict --full --no-dangling 2>/dev/null && git gc -q --prune=now && "
              "git -c protocol.version=0 clone -q --mirror \"file://$PWD\" '%s/mirror'", fleet_hub(f, hub), f->folder);
}

/* Of a log that the checkpoint covers in part the new hub has the end alone. The keys to central's checkpoint come to a newcomer in central's next
 * generation, which goes on from the one that holds it. */
static void who_joins_at_a_new_hub_begins_with_the_checkpoint(void **state)
{
    (void)state;
    for (unsigned windowed = 0; windowed < 2; windowed++) {
        struct fleet f;

        bad_begin(&f, 585 + windowed);
        cut_off(&f, windowed);
        for (unsigned round = 0; round < 3; round++)
            fleet_settle(&f, 1);
        newcomer_expect(&f, 1, windowed);
        stock_git_takes(&f, 1);
        bad_end(&f);
    }
}

/* The keys to the checkpoint are handed out in the log of central's new key, and whose that is, central's old log says, which waits for them. */
static void who_joins_after_central_has_taken_another_key_begins_with_the_checkpoint(void **state)
{
    (void)state;
    for (unsigned times = 1; times <= 2; times++) {
        struct fleet f;

        bad_begin(&f, 590 + times);
        cut_off(&f, false);
        for (unsigned round = 0; round < 3; round++)
            fleet_settle(&f, 1);
        for (unsigned i = 0; i < times; i++) {
            rotate(&f, CENTRAL);
            fleet_settle(&f, 1);
        }
        newcomer_expect(&f, 1, false);
        bad_end(&f);
    }
}

/* Of a fork's sides what was signed stays, for it proves the fork; the data goes. A new hub gets what came later, and nothing that is not whole. */
static void behind_a_cut_a_new_hub_gets_of_a_fork_what_is_whole(void **state)
{
    struct fleet f;
    unsigned copy;

    (void)state;
    bad_begin(&f, 588);
    copy = fleet_clone(&f, TABLET);
    for (unsigned i = 0; i < 2; i++) {
        bad_write(&f, i ? copy : TABLET, i ? "x" : "y");
        seal(&f, i ? copy : TABLET);
    }
    fleet_settle(&f, 0);
    bad_write(&f, TABLET, "z");
    bad_write(&f, copy, "w");
    fleet_settle(&f, 0);
    cut_off(&f, true);
    bad_write(&f, TABLET, "q");
    for (unsigned round = 0; round < 3; round++)
        fleet_settle(&f, 1);
    assert_int_equal(forks_of(&f, TABLET), 1);
    stock_git_takes(&f, 1);
    for (unsigned i = 0; i < f.count; i++) {
        bad_expect_names(&f, i, "abcdefghqwxyz");
        assert_int_equal(bad_info(&f, i).own.on_device + bad_info(&f, i).own.waiting, 0);
    }
    bad_end(&f);
}

/* The checkpoint stands within central's first generation, of which the hub gets back no more than what is not covered: from there on it is read. */
static void who_was_away_reads_the_end_of_a_log_from_the_checkpoint_in_it(void **state)
{
    struct fleet f;

    (void)state;
    bad_begin(&f, 591);
    bad_shell("cp -a '%s' '%s/before'", fleet_hub(&f, 0), f.folder);
    bad_write(&f, OTHER, "o"); /* and is away from here on */
    f.count = 2;
    bad_write(&f, TABLET, "d");
    bad_write(&f, CENTRAL, "e");
    fleet_settle(&f, 0);
    bad_write(&f, TABLET, "f");
    bad_write(&f, CENTRAL, "g");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 3; i++)
        sim_env_advance(&f.devices[i].sim, 40 * DAY_MS);
    bad_write(&f, TABLET, "h");
    fleet_settle(&f, 0);
    (void)cutting_make(&f, CENTRAL, 30 * (int64_t)DAY_MS);
    cutting_backed_up(&f, CENTRAL);
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 2; i++)
        (void)cutting_cut(&f, i);
    bad_write(&f, CENTRAL, "i");
    fleet_settle(&f, 0);
    bad_shell("rm -rf '%s' && cp -a '%s/before' '%s'", fleet_hub(&f, 0), f.folder, fleet_hub(&f, 0));
    fleet_sync(&f, TABLET, 0); /* gives it central's newest generation: so central finds its own log there */
    fleet_settle(&f, 0);
    f.count = 3;
    for (unsigned round = 0; round < 3; round++)
        fleet_settle(&f, 0);
    for (unsigned i = 0; i < 3; i++) {
        bad_expect_names(&f, i, "abcdefghio");
        assert_int_equal(bad_info(&f, i).logs_stopped, 0);
    }
    bad_end(&f);
}

/* --- a device that is replaced --- */

static void a_device_that_takes_the_place_of_another_begins_behind_the_cut(void **state)
{
    const struct jemput_device_act succeed = { .kind = JEMPUT_ACT_SUCCEED, .device = "2", .other = "4" };
    struct jemput_device_act revoke = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "lost" };
    struct jemput_device_act_report report;
    struct jemput_error err;
    struct fleet f;

    (void)state;
    behind_a_cut(&f, 561);
    bad_write(&f, TABLET, "g"); /* lies in its second generation when it is lost */
    fleet_settle(&f, 0);
    cutting_hub_drops_old_generations(&f, 0);
    fleet_newcomer(&f, CENTRAL);
    bad_write(&f, 3, "h"); /* before it is let in */
    expect_whole(&f, 0, "abcdefgh");
    if (jemput_device_act(f.devices[CENTRAL].jemput, &succeed, &report, &err) || jemput_device_act(f.devices[CENTRAL].jemput, &revoke, &report, &err))
        fail_msg("%s", err.text);
    assert_int_equal(report.txns_fall, 0);
    for (unsigned round = 0; round < 2; round++) /* the lost one does not sync any more */
        for (unsigned i = 0; i < f.count; i++)
            if (i != TABLET)
                fleet_sync(&f, i, 0);
    for (unsigned i = 0; i < f.count; i++) {
        bad_expect_names(&f, i, "abcdefgh");
        fleet_verify(&f, i);
    }
    (void)cutting_make(&f, CENTRAL, 0);
    cutting_backed_up(&f, CENTRAL);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < f.count; i++)
            if (i != TABLET)
                fleet_sync(&f, i, 0);
    (void)cutting_cut(&f, 3);
    bad_write(&f, 3, "i");
    fleet_sync(&f, 3, 0);
    fleet_sync(&f, CENTRAL, 0);
    fleet_sync(&f, 3, 0);
    bad_expect_names(&f, CENTRAL, "abcdefghi");
    fleet_verify(&f, 3);
    assert_int_equal(bad_info(&f, 3).own.waiting, 0);
    fleet_release(&f);
}

/* --- away for 400 days --- */

/* Three checkpoints pass, each cut off everywhere, and the hub's keeper lets go of what is older; the tablet that was away has work of its own. */
static void a_tablet_away_for_400_days_across_three_generations_loses_nothing(void **state)
{
    (void)state;
    for (unsigned sealed = 0; sealed < 2; sealed++) {
        struct fleet f;

        bad_begin(&f, 571 + sealed);
        bad_write(&f, OTHER, "m");
        if (sealed)
            seal(&f, OTHER);
        fleet_sql(&f, OTHER, "UPDATE warga SET rt = '009' WHERE nama = 'a'");
        f.count = 2;
        for (unsigned g = 0; g < 3; g++) {
            for (unsigned i = 0; i < 3; i++)
                sim_env_advance(&f.devices[i].sim, 133 * DAY_MS);
            fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('%c', '001')", 'd' + g);
            fleet_sql(&f, CENTRAL, "INSERT INTO warga VALUES('%c', '001')", 'p' + g);
            cutting_all(&f, 0);
            fleet_settle(&f, 0);
            (void)cutting_hub_drops_old_generations(&f, 0);
        }
        f.count = 3;
        fleet_sync(&f, OTHER, 0);
        expect_whole(&f, 0, "abcdefmpqr");
        fleet_expect_all(&f, "SELECT rt FROM warga WHERE nama = 'a'", "009\n");
        bad_write(&f, OTHER, "n");
        cutting_all(&f, 0);
        expect_whole(&f, 0, "abcdefmnpqr");
        fleet_release(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_that_rotates_its_key_in_a_later_generation_goes_on),
        cmocka_unit_test(the_log_of_an_older_key_that_a_checkpoint_covers_is_sent_to_no_hub_again),
        cmocka_unit_test(copies_of_a_device_in_a_later_generation_go_on_each_by_itself),
        cmocka_unit_test(a_copy_from_the_first_generation_meets_its_original_in_the_second),
        cmocka_unit_test(a_device_put_back_to_the_end_of_an_older_generation_signs_no_number_twice),
        cmocka_unit_test(a_hub_put_back_to_before_a_cut_is_of_use_again),
        cmocka_unit_test(who_joins_at_a_new_hub_begins_with_the_checkpoint),
        cmocka_unit_test(who_joins_after_central_has_taken_another_key_begins_with_the_checkpoint),
        cmocka_unit_test(behind_a_cut_a_new_hub_gets_of_a_fork_what_is_whole),
        cmocka_unit_test(who_was_away_reads_the_end_of_a_log_from_the_checkpoint_in_it),
        cmocka_unit_test(a_device_that_takes_the_place_of_another_begins_behind_the_cut),
        cmocka_unit_test(a_tablet_away_for_400_days_across_three_generations_loses_nothing),
    };

    return cmocka_run_group_tests_name("generation", tests, NULL, NULL);
}
