/* sim/test_away_stick.c — a tablet that was away for 400 days, over three generations and their checkpoints, and meets no hub again: its work comes in by a
 * stick, and what it lacks goes back by a stick. Nothing is lost, nothing of it waits for a hub, and both go on afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STICK_BYTES_MAX (256u * 1024)

#include "bad.h"
#include "cutting.h"
#include "stick.h"

#define CENTRAL 0
#define TABLET 1
#define AWAY 2
#define DAY_MS (UINT64_C(24) * 3600 * 1000)

static struct stick s;

/* Three times 133 days: the others write, a checkpoint is made and cut off everywhere, and the hub's keeper lets go of what is older. */
static void time_passes(struct fleet *f)
{
    f->count = 2;
    for (unsigned g = 0; g < 3; g++) {
        for (unsigned i = 0; i < 3; i++)
            sim_env_advance(&f->devices[i].sim, 133 * DAY_MS + (g == 2) * DAY_MS);
        fleet_sql(f, TABLET, "INSERT INTO warga VALUES('%c', '001')", 'd' + g);
        fleet_sql(f, CENTRAL, "INSERT INTO warga VALUES('%c', '001')", 'p' + g);
        cutting_all(f, 0);
        fleet_settle(f, 0);
        (void)cutting_hub_drops_old_generations(f, 0);
    }
    f->count = 3;
}

/* One of the ways in which central may make it. */
enum back { BACK_PLAIN, BACK_FOR, BACK_FULL, BACKS };

static void make_back(struct fleet *f, enum back back)
{
    char writer[33];
    struct jemput_bundle_make_options options = { .writer = { stick_write, &s }, .full = back == BACK_FULL };
    struct jemput_bundle_made made;
    struct jemput_error err;

    snprintf(writer, sizeof writer, "%s", bad_info(f, AWAY).writer);
    options.made_for = back == BACK_FOR ? writer : NULL;
    stick_empty(&s);
    if (jemput_bundle_make(f->devices[CENTRAL].jemput, &options, &made, &err))
        fail_msg("way %d: %s", (int)back, err.text);
    assert_true(made.segments > 0);
    assert_in_range(made.logs, 1, 4); /* not each piece between what was cut off, of which a manifest could not hold those of years */
}

static void expect_away_has(struct fleet *f, const char *names, int back)
{
    struct jemput_info info = bad_info(f, AWAY);
    char hash[65], first[65];
    struct jemput_error err;

    bad_expect_names(f, AWAY, names);
    assert_int_equal(info.logs_stopped, 0);
    if (info.own.on_device + info.own.waiting)
        fail_msg("way %d: %llu and %llu wait", back, (unsigned long long)info.own.on_device, (unsigned long long)info.own.waiting);
    assert_int_equal(jemput_state_hash(f->devices[CENTRAL].jemput, first, &err), JEMPUT_OK);
    assert_int_equal(jemput_state_hash(f->devices[AWAY].jemput, hash, &err), JEMPUT_OK);
    assert_string_equal(hash, first);
    fleet_verify(f, AWAY);
    fleet_verify(f, CENTRAL);
}

static void begin(struct fleet *f, uint64_t seed, bool sealed)
{
    struct jemput_error err;

    bad_begin(f, seed);
    bad_write(f, AWAY, "m");
    if (sealed)
        assert_int_equal(jemput_seal(f->devices[AWAY].jemput, NULL, &err), JEMPUT_OK);
    fleet_sql(f, AWAY, "UPDATE warga SET rt = '009' WHERE nama = 'a'");
    time_passes(f);
}

static void a_tablet_away_for_400_days_comes_in_by_stick_and_gets_the_rest_by_stick(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 2 * BACKS; n++) {
        struct fleet f;

        begin(&f, 691 + n, n % 2);
        stick_empty(&s);
        stick_make(&f, AWAY, &s, false);
        must_take(&f, CENTRAL, &s);
        bad_expect_names(&f, CENTRAL, "abcdefmpqr");
        fleet_expect(&f, CENTRAL, "SELECT rt FROM warga WHERE nama = 'a'", "009\n");
        make_back(&f, (enum back)(n / 2));
        must_take(&f, AWAY, &s);
        expect_away_has(&f, "abcdefmpqr", (int)n / 2);
        bad_write(&f, AWAY, "n"); /* and the next one, in the way of every day */
        stick_empty(&s);
        stick_make(&f, AWAY, &s, false);
        must_take(&f, CENTRAL, &s);
        stick_empty(&s);
        stick_make(&f, CENTRAL, &s, false);
        must_take(&f, AWAY, &s);
        expect_away_has(&f, "abcdefmnpqr", (int)n / 2);
        fleet_release(&f);
    }
}

/* Central's stick comes first: the tablet takes it on top of work that nobody has seen, and sends that back. */
static void what_it_has_not_sent_yet_stands_beside_all_that_it_is_brought(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 699, true);
    make_back(&f, BACK_FULL);
    must_take(&f, AWAY, &s);
    bad_expect_names(&f, AWAY, "abcdefmpqr");
    fleet_expect(&f, AWAY, "SELECT rt FROM warga WHERE nama = 'a'", "009\n");
    stick_empty(&s);
    stick_make(&f, AWAY, &s, false);
    must_take(&f, CENTRAL, &s);
    stick_empty(&s);
    stick_make(&f, CENTRAL, &s, false);
    must_take(&f, AWAY, &s);
    expect_away_has(&f, "abcdefmpqr", BACK_FULL);
    fleet_release(&f);
}

/* A colleague who has cut off all that the tablet goes on from carries its stick to the hub, and the tablet itself comes to a hub in the end. */
static void a_colleague_carries_its_work_to_the_hub_over_all_those_generations(void **state)
{
    struct fleet f;
    struct jemput_bundle_taken taken;
    struct jemput_error err;

    (void)state;
    begin(&f, 700, false);
    stick_empty(&s);
    stick_make(&f, AWAY, &s, false);
    assert_int_equal(stick_take(f.devices[TABLET].jemput, &s, &taken, &err), JEMPUT_OK);
    fleet_sync(&f, TABLET, 0);
    fleet_sync(&f, CENTRAL, 0);
    bad_expect_names(&f, CENTRAL, "abcdefmpqr");
    make_back(&f, BACK_PLAIN);
    must_take(&f, AWAY, &s);
    expect_away_has(&f, "abcdefmpqr", BACK_PLAIN);
    bad_write(&f, AWAY, "n");
    for (unsigned round = 0; round < 3; round++)
        fleet_settle(&f, 0);
    expect_away_has(&f, "abcdefmnpqr", BACK_PLAIN);
    fleet_release(&f);
}

/* An administrator wrote while central made its checkpoint, so its log goes on in the generation that is cut off: what comes of it by stick goes on from
 * what only the checkpoint, in central's log, brings. Whichever of the two is read first. */
static void a_log_that_goes_on_behind_a_cut_is_read_with_the_checkpoint_of_another_log(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        enum { ADMIN, OFFICE, LEFT = 3, ALL };
        struct jemput_bundle_make_options options = { .writer = { stick_write, &s }, .full = 1 };
        struct jemput_bundle_taken taken;
        struct jemput_bundle_made made;
        struct jemput_error err;
        struct fleet f;

        fleet_init(&f, ALL, OFFICE, "CREATE TABLE warga(nama TEXT PRIMARY KEY NOT NULL, rt TEXT); SELECT jemput_replicate('warga');", seed);
        f.count = LEFT;
        fleet_sql(&f, ADMIN, "INSERT INTO warga VALUES('x', '1')");
        fleet_settle(&f, 0);
        fleet_sql(&f, ADMIN, "INSERT INTO warga VALUES('y', '1')");
        assert_int_equal(jemput_seal(f.devices[ADMIN].jemput, NULL, &err), JEMPUT_OK);
        (void)cutting_make(&f, OFFICE, 0);
        cutting_backed_up(&f, OFFICE);
        fleet_settle(&f, 0);
        assert_true(cutting_cut(&f, OFFICE).segments > 0);
        f.count = ALL;
        stick_empty(&s);
        assert_int_equal(jemput_bundle_make(f.devices[OFFICE].jemput, &options, &made, &err), JEMPUT_OK);
        taken = must_take(&f, LEFT, &s);
        assert_int_equal(taken.sync.logs_stopped, 0);
        fleet_expect(&f, LEFT, "SELECT nama FROM warga ORDER BY nama", "x\ny\n");
        fleet_verify(&f, LEFT);
        fleet_release(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tablet_away_for_400_days_comes_in_by_stick_and_gets_the_rest_by_stick),
        cmocka_unit_test(what_it_has_not_sent_yet_stands_beside_all_that_it_is_brought),
        cmocka_unit_test(a_log_that_goes_on_behind_a_cut_is_read_with_the_checkpoint_of_another_log),
        cmocka_unit_test(a_colleague_carries_its_work_to_the_hub_over_all_those_generations),
    };

    return cmocka_run_group_tests_name("away, by stick", tests, NULL, NULL);
}
