/* What a cut takes the ground from: devices that an administrator let in whose acts are void now, and logs whose cut names a branch that comes late.
 * Nobody else is held up, all end with one state, and an administrator can let them in again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/judge/judge.h"
#include "roll.h"

enum { OFFICE, CENTRAL, SECOND, TABLET, OTHER, COUNT };

static const char SCHEMA[] = "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT); SELECT jemput_replicate('warga');";

static void expect_same(struct fleet *f, unsigned from, const char *rows)
{
    char first[65], hex[65];
    struct jemput_error err;
    int64_t due;

    for (unsigned i = from; i < f->count; i++) {
        fleet_expect(f, i, "SELECT * FROM warga ORDER BY id", rows);
        assert_int_equal(engine_rebuild_due(f->devices[i].jemput, &due, &err), JEMPUT_OK);
        assert_int_equal(due, 0);
        if (jemput_state_hash(f->devices[i].jemput, hex, &err))
            fail_msg("device %u: %s", i, err.text);
        if (i == from)
            memcpy(first, hex, sizeof first);
        assert_string_equal(hex, first);
        fleet_verify(f, i);
    }
}

struct cases {
    const char *kind;
    unsigned count, open;
    char about[80];
};

static int case_see(void *ctx, const struct jemput_case *told)
{
    struct cases *c = ctx;

    if (strcmp(told->kind, c->kind) == 0) {
        c->count++;
        c->open += told->open != 0;
        snprintf(c->about, sizeof c->about, "%s", told->about);
    }
    return 0;
}

static struct cases cases_of(struct fleet *f, unsigned device, const char *kind)
{
    struct cases c = { .kind = kind };
    struct jemput_error err;

    if (jemput_cases(f->devices[device].jemput, case_see, &c, &err))
        fail_msg("%s", err.text);
    return c;
}

/* SECOND is an administrator, who lets a fifth device in; TABLET knows that and has its work. */
static unsigned adrift(struct fleet *f, uint64_t seed, char after[24])
{
    unsigned joined;

    fleet_init(f, COUNT, 1, SCHEMA, seed);
    roll_act(f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "3", .roles = "admin,petugas" });
    fleet_settle(f, 0);
    snprintf(after, 24, "%u", (unsigned)roll_segments(f, SECOND));
    joined = roll_join(f, SECOND, "petugas");
    fleet_sync(f, SECOND, 0);
    fleet_sync(f, joined, 0);
    fleet_sync(f, CENTRAL, 0);
    fleet_sync(f, joined, 0);
    fleet_sql(f, joined, "INSERT INTO warga VALUES('d', 'D')");
    fleet_sync(f, joined, 0);
    fleet_sync(f, CENTRAL, 0);
    fleet_sync(f, TABLET, 0);
    fleet_expect(f, TABLET, "SELECT * FROM warga", "d|D\n");
    fleet_sql(f, TABLET, "UPDATE warga SET nama = 'D2'");
    fleet_sql(f, TABLET, "INSERT INTO warga VALUES('t', 'T')");
    return joined;
}

static void who_was_let_in_by_an_act_that_is_void_holds_up_nobody_and_can_be_let_in_again(void **state)
{
    struct fleet f;
    struct cases c;
    char after[24];
    unsigned joined;

    (void)state;
    joined = adrift(&f, 981, after);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "3", .reason = "stolen", .after = after });
    fleet_sql(&f, OFFICE, "INSERT INTO warga VALUES('k', 'K')");
    fleet_sync(&f, OFFICE, 0);
    fleet_sync(&f, CENTRAL, 0);
    fleet_sync(&f, OTHER, 0); /* has never heard of the fifth */
    fleet_expect(&f, OTHER, "SELECT * FROM warga ORDER BY id", "k|K\n");
    fleet_sql(&f, OTHER, "INSERT INTO warga VALUES('o', 'O')");
    fleet_settle(&f, 0);
    fleet_expect(&f, OFFICE, "SELECT id FROM warga ORDER BY id", "k\no\nt\n");
    fleet_expect(&f, OTHER, "SELECT id FROM warga ORDER BY id", "k\no\nt\n");
    fleet_expect(&f, OTHER, "SELECT tbl, key, reason, json_extract(row, '$.nama') FROM jemput_held", "warga|d|INSERT|D2\n");
    fleet_expect(&f, joined, "SELECT count(*) FROM warga WHERE id = 'd'", "0\n"); /* at home, too */
    c = cases_of(&f, OFFICE, "unadmitted");
    assert_int_equal(c.count, 1);
    assert_int_equal(c.open, 1);
    assert_int_equal(cases_of(&f, OFFICE, "stopped").count, 0);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_ADMIT, .device = c.about });
    fleet_settle(&f, 0);
    assert_int_equal(cases_of(&f, OFFICE, "unadmitted").count, 0);
    fleet_sql(&f, joined, "INSERT INTO warga VALUES('e', 'E')");
    fleet_settle(&f, 0);
    expect_same(&f, TABLET, "d|D2\ne|E\nk|K\no|O\nt|T\n");
    fleet_expect(&f, OTHER, "SELECT count(*) FROM jemput_held", "0\n");
    fleet_release(&f);
}

/* The cut names the copy's branch; the tablet's own has numbers below it, and counts until that branch is seen to be another. */
static void a_cut_is_judged_again_when_the_branch_that_it_names_comes(void **state)
{
    static const char *const orders[] = { "102", "120", "012", "021", "201", "210" }; /* OTHER's ways to the hubs */

    (void)state;
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct fleet f;
        unsigned copy;
        char key[65];

        fleet_init(&f, COUNT, -1, SCHEMA, 990 + i);
        copy = fleet_clone(&f, TABLET);
        fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('a', 'A')");
        fleet_sync(&f, TABLET, 1);
        fleet_sql(&f, copy, "INSERT INTO warga VALUES('b', 'B')");
        fleet_sync(&f, copy, 2);
        fleet_sql(&f, copy, "INSERT INTO warga VALUES('c', 'C')");
        fleet_sync(&f, copy, 2);
        fleet_sync(&f, OFFICE, 2);
        snprintf(key, sizeof key, "%s", roll_device(&f, OFFICE, TABLET + 1).key);
        roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = key, .reason = "stolen" });
        fleet_sync(&f, OFFICE, 0);
        for (const char *hub = orders[i]; *hub; hub++)
            fleet_sync(&f, OTHER, (unsigned)(*hub - '0'));
        fleet_expect(&f, OTHER, "SELECT * FROM warga ORDER BY id", "b|B\nc|C\n");
        fleet_release(&f);
    }
}

/* Two administrators invite while neither has heard of the other. */
static void of_two_invitations_with_one_number_the_second_waits_for_a_person_and_gets_a_new_one(void **state)
{
    struct fleet f;
    unsigned first, second, orders[2][2];

    (void)state;
    for (unsigned turn = 0; turn < 2; turn++) {
        struct cases c;

        fleet_init(&f, 3, 1, SCHEMA, 1010 + turn);
        roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "3", .roles = "admin,petugas" });
        fleet_settle(&f, 0);
        sim_env_advance(&f.devices[OFFICE].sim, 1000);
        first = roll_join(&f, OFFICE, "petugas");
        sim_env_advance(&f.devices[SECOND].sim, 60000);
        second = roll_join(&f, SECOND, "petugas,kelurahan");
        orders[0][0] = orders[1][1] = first;
        orders[0][1] = orders[1][0] = second;
        fleet_sql(&f, first, "INSERT INTO warga VALUES('a', 'A')");
        fleet_sql(&f, second, "INSERT INTO warga VALUES('b', 'B')");
        fleet_sync(&f, turn ? SECOND : OFFICE, 0);
        fleet_sync(&f, turn ? OFFICE : SECOND, 0);
        for (unsigned i = 0; i < 2; i++)
            fleet_sync(&f, orders[turn][i], 0);
        fleet_settle(&f, 0);
        fleet_expect(&f, OFFICE, "SELECT id FROM warga", "a\n");
        c = cases_of(&f, OFFICE, "asks");
        assert_int_equal(c.count, 1);
        assert_int_equal(cases_of(&f, OFFICE, "stopped").count, 0);
        assert_string_equal(roll_asks(&f, OFFICE, "").why, "its device number went to another invitation, made at the same time");
        roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_ADMIT, .device = c.about });
        fleet_settle(&f, 0);
        roll_expect(&f, OFFICE, 4, JEMPUT_DEVICE_ACTIVE, "petugas", "");
        roll_expect(&f, OFFICE, 5, JEMPUT_DEVICE_ACTIVE, "petugas,kelurahan", "");
        assert_int_equal(cases_of(&f, OFFICE, "asks").count, 0);
        expect_same(&f, OFFICE, "a|A\nb|B\n");
        fleet_release(&f);
    }
}

/* The administrator knows of the request before central has met the device. */
static void a_request_that_central_lets_in_by_itself_is_no_case(void **state)
{
    struct fleet f;
    unsigned joined;

    (void)state;
    fleet_init(&f, 3, 1, SCHEMA, 1020);
    joined = roll_join(&f, OFFICE, "petugas");
    fleet_sync(&f, joined, 0);
    fleet_sync(&f, OFFICE, 0);
    assert_int_equal(roll_asks(&f, OFFICE, "").found, 1);
    assert_int_equal(cases_of(&f, OFFICE, "asks").count, 0);
    assert_int_equal(cases_of(&f, OFFICE, "stopped").count, 0);
    sim_env_advance(&f.devices[OFFICE].sim, INT64_C(25) * 3600000); /* its invitation expires: now it waits for a person */
    assert_int_equal(cases_of(&f, OFFICE, "asks").count, 1);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_let_in_by_an_act_that_is_void_holds_up_nobody_and_can_be_let_in_again),
        cmocka_unit_test(a_cut_is_judged_again_when_the_branch_that_it_names_comes),
        cmocka_unit_test(of_two_invitations_with_one_number_the_second_waits_for_a_person_and_gets_a_new_one),
        cmocka_unit_test(a_request_that_central_lets_in_by_itself_is_no_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
