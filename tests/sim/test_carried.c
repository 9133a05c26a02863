/* sim/test_carried.c — what is carried for others never keeps this device's own work back, and stays until it is received. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "stick.h"
#include "support/sealed.h"

#define CENTRAL 1
#define OFFICER 2
#define COURIER 3

static const char SCHEMA[] = "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT); SELECT jemput_replicate('warga');";

static void write_and_seal(struct fleet *f, unsigned device, const char *id)
{
    struct jemput_error err;

    fleet_sql(f, device, "INSERT INTO warga VALUES('%s', 'Uji')", id);
    assert_int_equal(jemput_seal(f->devices[device].jemput, NULL, &err), JEMPUT_OK);
}

static void device_restore(struct fleet *f, unsigned device, struct crash_snapshot *snapshot)
{
    struct fleet_device *d = &f->devices[device];
    struct jemput_error err;

    jemput_close(d->jemput);
    d->jemput = NULL;
    sim_env_use_real_files(&d->sim, NULL);
    if (snapshot)
        crash_vfs_restore(d->vfs, snapshot);
    assert_int_equal(jemput_open_sealed(&d->jemput, d->path, test_secret(), &d->sim.env, &err), JEMPUT_OK);
    d->sql = jemput_app(d->jemput);
    sim_env_use_real_files(&d->sim, jemput_env_posix());
}

static struct crash_snapshot *device_snapshot(struct fleet *f, unsigned device)
{
    struct fleet_device *d = &f->devices[device];
    struct crash_snapshot *out;

    jemput_close(d->jemput);
    d->jemput = NULL;
    sim_env_use_real_files(&d->sim, NULL);
    out = crash_vfs_snapshot(d->vfs);
    device_restore(f, device, NULL);
    return out;
}

/* The disk loses some of what is carried: own work goes out all the same, by hub and by stick. */
static void a_damaged_parcel_keeps_no_own_work_back(void **state)
{
    struct fleet f;
    struct stick s;
    struct jemput_sync_report report;

    (void)state;
    fleet_init(&f, 4, CENTRAL, SCHEMA, 22);
    write_and_seal(&f, OFFICER, "w0");
    stick_empty(&s);
    stick_make(&f, OFFICER, &s, false);
    assert_true(must_take(&f, COURIER, &s).segments_carried > 0);
    sqlite3_set_authorizer(f.devices[COURIER].sql, NULL, NULL);
    fleet_sql(&f, COURIER, "UPDATE jemput_parcel_object SET data = zeroblob(length(data)) WHERE kind = 3"); /* blobs: the commits are whole */
    write_and_seal(&f, COURIER, "own");
    stick_empty(&s);
    assert_true(stick_make(&f, COURIER, &s, false).own > 0);
    report = fleet_sync(&f, COURIER, 0);
    assert_int_equal(report.complete, 1);
    must_take(&f, CENTRAL, &s);
    fleet_expect(&f, CENTRAL, "SELECT id FROM warga", "own\n");
    fleet_release(&f);
}

/* Both copies of a tablet write a segment of one number; central has one of them, and the courier carries the other. */
static void a_receipt_of_one_copy_lets_nothing_go_of_the_other(void **state)
{
    struct fleet f;
    struct stick s;
    struct crash_snapshot *before;

    (void)state;
    fleet_init(&f, 4, CENTRAL, SCHEMA, 23);
    before = device_snapshot(&f, OFFICER);
    write_and_seal(&f, OFFICER, "w0");
    fleet_sync(&f, OFFICER, 0);
    fleet_sync(&f, CENTRAL, 0);
    device_restore(&f, OFFICER, before);
    write_and_seal(&f, OFFICER, "w1");
    stick_empty(&s);
    stick_make(&f, OFFICER, &s, false);
    assert_true(must_take(&f, COURIER, &s).segments_carried > 0);
    stick_empty(&s);
    stick_make(&f, CENTRAL, &s, true); /* the receipt of the first */
    must_take(&f, COURIER, &s);
    fleet_expect(&f, COURIER, "SELECT id FROM warga", "w0\n");
    fleet_expect(&f, COURIER, "SELECT count(*) FROM jemput_parcel WHERE bytes > 0", "1\n");
    stick_empty(&s);
    assert_true(stick_make(&f, COURIER, &s, false).carried > 0);
    must_take(&f, CENTRAL, &s);
    fleet_expect(&f, CENTRAL, "SELECT id FROM warga ORDER BY id", "w0\nw1\n");
    crash_snapshot_free(before);
    fleet_release(&f);
}

/* A tablet and its copy write segments of one number, and each makes a bundle of its own: `first` and `second` rows. */
static void bundles_of_copies(struct fleet *f, struct stick sticks[2], unsigned first, unsigned second)
{
    struct crash_snapshot *before = device_snapshot(f, OFFICER);
    char id[16];

    for (unsigned i = 0; i < 2; i++) {
        for (unsigned k = 0; k < (i ? second : first); k++) {
            snprintf(id, sizeof id, "%c%u", 'a' + i, k);
            write_and_seal(f, OFFICER, id);
        }
        stick_empty(&sticks[i]);
        stick_make(f, OFFICER, &sticks[i], false);
        if (!i)
            device_restore(f, OFFICER, before);
    }
    crash_snapshot_free(before);
}

/* Whichever is longer; once by stick to central, once by a hub. */
static void both_logs_of_a_copied_tablet_that_come_in_two_bundles_are_carried_on(void **state)
{
    static struct stick sticks[2], on;
    static const struct {
        unsigned first, second;
        const char *rows;
    } ways[] = { { 1, 1, "a0\nb0\n" }, { 3, 1, "a0\na1\na2\nb0\n" }, { 1, 3, "a0\nb0\nb1\nb2\n" } };

    (void)state;
    for (unsigned n = 0; n < 2 * sizeof ways / sizeof ways[0]; n++) {
        const char *rows = ways[n / 2].rows;
        struct fleet f;

        fleet_init(&f, 4, CENTRAL, SCHEMA, 30 + n);
        bundles_of_copies(&f, sticks, ways[n / 2].first, ways[n / 2].second);
        for (unsigned i = 0; i < 2; i++) {
            struct jemput_bundle_taken taken = must_take(&f, COURIER, &sticks[i]);

            assert_true(taken.segments_carried >= (i ? ways[n / 2].second : ways[n / 2].first));
            assert_int_equal(taken.logs_refused + taken.logs_lacking, 0);
        }
        for (unsigned i = 0; i < 2; i++) /* again: nothing is new */
            assert_int_equal(must_take(&f, COURIER, &sticks[i]).segments_carried, 0);
        fleet_expect(&f, COURIER, "SELECT count(*) FROM jemput_parcel WHERE bytes > 0", "2\n");
        if (n % 2) {
            stick_empty(&on);
            stick_make(&f, COURIER, &on, false);
            must_take(&f, CENTRAL, &on);
        } else {
            fleet_sync(&f, COURIER, 0);
            fleet_sync(&f, CENTRAL, 0);
        }
        fleet_expect(&f, CENTRAL, "SELECT id FROM warga ORDER BY id", rows);
        fleet_release(&f);
    }
}

/* What one of them writes later goes to its own log's parcel, and not to the other's. */
static void what_a_copy_writes_later_joins_its_own_parcel(void **state)
{
    static struct stick sticks[2], on;
    struct fleet f;

    (void)state;
    fleet_init(&f, 4, CENTRAL, SCHEMA, 40);
    bundles_of_copies(&f, sticks, 1, 1);
    must_take(&f, COURIER, &sticks[0]);
    must_take(&f, COURIER, &sticks[1]);
    write_and_seal(&f, OFFICER, "b1");
    stick_empty(&on);
    stick_make(&f, OFFICER, &on, false);
    assert_int_equal(must_take(&f, COURIER, &on).segments_carried, 1);
    assert_int_equal(must_take(&f, COURIER, &sticks[1]).segments_carried, 0); /* the older one of it */
    fleet_expect(&f, COURIER, "SELECT count(*) FROM jemput_parcel WHERE bytes > 0", "2\n");
    stick_empty(&on);
    stick_make(&f, COURIER, &on, false);
    must_take(&f, CENTRAL, &on);
    fleet_expect(&f, CENTRAL, "SELECT id FROM warga ORDER BY id", "a0\nb0\nb1\n");
    stick_empty(&on);
    stick_make(&f, CENTRAL, &on, false);
    must_take(&f, COURIER, &on); /* the receipts of both */
    fleet_expect(&f, COURIER, "SELECT count(*) FROM jemput_parcel WHERE bytes > 0", "0\n");
    fleet_release(&f);
}

static void what_a_hub_has_more_of_is_carried_no_longer(void **state)
{
    struct fleet f;
    struct stick s;

    (void)state;
    fleet_init(&f, 4, -1, SCHEMA, 24); /* without a central there are no receipts either */
    write_and_seal(&f, OFFICER, "w0");
    stick_empty(&s);
    stick_make(&f, OFFICER, &s, true);
    must_take(&f, COURIER, &s);
    fleet_expect(&f, COURIER, "SELECT count(*) FROM jemput_parcel WHERE writer IN (SELECT writer FROM jemput_line)", "1\n");
    write_and_seal(&f, OFFICER, "w1");
    fleet_sync(&f, OFFICER, 0);
    fleet_sync(&f, COURIER, 0);
    fleet_expect(&f, COURIER, "SELECT count(*) FROM jemput_parcel", "0\n");
    fleet_release(&f);
}

static void hub_do(struct fleet *f, const char *command, const char *ref)
{
    char text[600];

    snprintf(text, sizeof text, "cd '%s' && d=$(dirname '%s') && %s", fleet_hub(f, 0), ref, command);
    assert_int_equal(system(text), 0);
}

static void what_a_hub_has_refused_is_not_sent_to_it_again_before_the_next_day(void **state)
{
    struct fleet f;
    struct stick s;
    char *ref;

    (void)state;
    fleet_init(&f, 4, CENTRAL, SCHEMA, 25);
    write_and_seal(&f, OFFICER, "w0");
    stick_empty(&s);
    stick_make(&f, OFFICER, &s, false);
    must_take(&f, COURIER, &s);
    ref = fleet_rows(&f, COURIER, "SELECT ref FROM jemput_parcel");
    ref[strcspn(ref, "\n")] = 0;
    hub_do(&f, "mv $d kept && echo x > $d", ref); /* no branch of that writer's can be written */
    assert_int_equal(fleet_sync(&f, COURIER, 0).complete, 1);
    hub_do(&f, "rm $d && mv kept $d", ref);
    fleet_sync(&f, COURIER, 0);
    fleet_expect(&f, COURIER, "SELECT count(*) FROM jemput_parcel", "1\n");
    sim_env_advance(&f.devices[COURIER].sim, UINT64_C(25) * 3600 * 1000);
    fleet_sync(&f, COURIER, 0);
    fleet_expect(&f, COURIER, "SELECT count(*) FROM jemput_parcel", "0\n");
    fleet_sync(&f, CENTRAL, 0);
    fleet_expect(&f, CENTRAL, "SELECT id FROM warga", "w0\n");
    free(ref);
    fleet_release(&f);
}

/* Anyone can make such a file: devices that nobody has let in, a new one each time. */
static void logs_of_nobody_never_take_the_room_of_work(void **state)
{
    struct fleet f;
    struct stick s;
    struct jemput_bundle_taken taken;
    struct jemput_error err;
    char *invitation;
    size_t len;
    unsigned refused = 0;

    (void)state;
    fleet_init(&f, 4, CENTRAL, SCHEMA, 26);
    assert_int_equal(jemput_invite(f.devices[0].jemput, "petugas", "", "", f.devices[0].sim.wall_ms + 3600000, &invitation, &len, &err),
                     JEMPUT_OK);
    for (unsigned n = 0; n < 67; n++) {
        const struct jemput_bundle_make_options options = { .writer = { stick_write, &s }, .full = true };
        struct jemput_bundle_made made;
        struct jemput *j;
        char path[32];

        snprintf(path, sizeof path, "nobody%u.db", n);
        sim_env_use_real_files(&f.devices[OFFICER].sim, NULL);
        assert_int_equal(jemput_join_sealed(&j, path, invitation, len, test_secret(), &f.devices[OFFICER].sim.env, &err), JEMPUT_OK);
        stick_empty(&s);
        assert_int_equal(jemput_bundle_make(j, &options, &made, &err), JEMPUT_OK);
        jemput_close(j);
        sim_env_use_real_files(&f.devices[OFFICER].sim, jemput_env_posix());
        taken = must_take(&f, COURIER, &s);
        refused += taken.logs_refused > 0;
    }
    assert_int_equal(refused, 3);
    fleet_expect(&f, COURIER, "SELECT count(*) FROM jemput_parcel", "64\n");
    write_and_seal(&f, OFFICER, "w0");
    stick_empty(&s);
    stick_make(&f, OFFICER, &s, false);
    assert_true(must_take(&f, COURIER, &s).segments_carried > 0);
    jemput_text_free(invitation);
    fleet_release(&f);
}

/* Central's log names the officer's as accepted, and the hub to which the courier hands it on has met neither. Whichever byte was lost on the way:
 * what comes there is whole, or does not come. */
static void a_bundle_that_lost_a_byte_never_makes_a_hub_that_others_cannot_read(void **state)
{
    enum { PLACES = 48 };
    struct fleet f;
    struct stick s;
    struct crash_snapshot *courier, *founder;
    unsigned lacked = 0, handed_on = 0;

    (void)state;
    fleet_init(&f, 4, CENTRAL, SCHEMA, 27);
    write_and_seal(&f, OFFICER, "w0");
    fleet_sync(&f, OFFICER, 0);
    fleet_sync(&f, CENTRAL, 0);
    stick_empty(&s);
    stick_make(&f, CENTRAL, &s, true);
    courier = device_snapshot(&f, COURIER);
    founder = device_snapshot(&f, 0);
    for (unsigned n = 0; n < PLACES; n++) {
        struct jemput_bundle_taken taken;
        struct jemput_error err;
        size_t place = s.len * n / PLACES;

        device_restore(&f, COURIER, courier);
        device_restore(&f, 0, founder);
        s.data[place] ^= 1;
        (void)stick_take(f.devices[COURIER].jemput, &s, &taken, &err);
        s.data[place] ^= 1;
        lacked += taken.logs_lacking > 0;
        handed_on += fleet_sync(&f, COURIER, 1 + n).segments_sent > 0;
        assert_int_equal(fleet_sync(&f, 0, 1 + n).logs_stopped, 0);
    }
    assert_true(lacked > 0);
    assert_true(handed_on > 0);
    crash_snapshot_free(courier);
    crash_snapshot_free(founder);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_damaged_parcel_keeps_no_own_work_back),
        cmocka_unit_test(a_receipt_of_one_copy_lets_nothing_go_of_the_other),
        cmocka_unit_test(both_logs_of_a_copied_tablet_that_come_in_two_bundles_are_carried_on),
        cmocka_unit_test(what_a_copy_writes_later_joins_its_own_parcel),
        cmocka_unit_test(what_a_hub_has_more_of_is_carried_no_longer),
        cmocka_unit_test(what_a_hub_has_refused_is_not_sent_to_it_again_before_the_next_day),
        cmocka_unit_test(a_bundle_that_lost_a_byte_never_makes_a_hub_that_others_cannot_read),
        cmocka_unit_test(logs_of_nobody_never_take_the_room_of_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
