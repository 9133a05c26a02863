/* A device that has had several keys is revoked or suspended as one: what each of its keys had signed by the cut stands, whatever else they sign does
 * not. A thief takes another key first of all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "roll.h"

enum { OFFICE = 0, TABLET = 1, OTHER = 2 };

/* The tablet has three rows of everybody's. Then it is stolen: a row by its key, another key, a row by that one. All have merged it. */
struct theft {
    struct fleet f;
    char since[24];              /* central's last segment before */
    char old_key[65], after[41]; /* the tablet's last one before */
    uint64_t segments;           /* of the tablet's that stand */
};

static void rotate(struct fleet *f, unsigned device)
{
    struct jemput_error err;

    sim_env_advance(&f->devices[device].sim, 1000);
    if (jemput_rotate(f->devices[device].jemput, &err))
        fail_msg("%s", err.text);
}

struct last_commit {
    char writer[33], commit[41];
};

static int last_see(void *ctx, const struct jemput_segment_info *segment)
{
    struct last_commit *last = ctx;

    if (strcmp(segment->origin.writer, last->writer) == 0)
        memcpy(last->commit, segment->commit, sizeof last->commit);
    return 0;
}

/* Of its last segment, as the office has it. */
static void last_of(struct fleet *f, unsigned device, char commit[41])
{
    struct last_commit last = { .commit = "" };
    struct jemput_error err;

    memcpy(last.writer, bad_info(f, device).writer, sizeof last.writer);
    assert_int_equal(jemput_log(f->devices[OFFICE].jemput, last_see, &last, &err), JEMPUT_OK);
    memcpy(commit, last.commit, sizeof last.commit);
}

static void steal(struct theft *t, uint64_t seed)
{
    struct fleet *f = &t->f;

    memset(t, 0, sizeof *t);
    bad_begin(f, seed);
    snprintf(t->since, sizeof t->since, "%u", (unsigned)roll_segments(f, OFFICE));
    t->segments = roll_segments(f, TABLET);
    memcpy(t->old_key, roll_device(f, OFFICE, 2).key, sizeof t->old_key);
    last_of(f, TABLET, t->after);
    bad_write(f, TABLET, "x");
    fleet_settle(f, 0);
    rotate(f, TABLET);
    bad_write(f, TABLET, "y");
    bad_expect_all_received(f, "abcxy");
}

static void revoke_expect(struct theft *t, struct jemput_device_act act)
{
    struct jemput_device_act_report looked, report;

    act.look = 1;
    looked = roll_act(&t->f, OFFICE, act);
    act.look = 0;
    report = roll_act(&t->f, OFFICE, act);
    assert_memory_equal(&looked, &report, sizeof report);
    assert_int_equal(report.keys, 2);
    assert_int_equal(report.device_number, 2);
    assert_int_equal(report.segments_stay, t->segments);
    assert_int_equal(report.txns_fall, 2);
}

static void others_meet(struct fleet *f)
{
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = f->count; i-- > 0;)
            if (i != TABLET)
                fleet_sync(f, i, 0);
}

static int revoked_see(void *ctx, const struct jemput_device *d)
{
    unsigned *revoked = ctx;

    if (d->device_number == 2) {
        assert_int_equal(d->state, JEMPUT_DEVICE_REVOKED);
        assert_string_equal(d->reason, "stolen");
        assert_string_equal(d->roles, "");
        ++*revoked;
    }
    return 0;
}

/* On these devices nothing of the theft is left, in tables or in the list. */
static void gone_expect(struct fleet *f)
{
    char first[65] = "", hash[65];

    for (unsigned i = 0; i < f->count; i++) {
        struct jemput_error err;
        unsigned revoked = 0;

        if (i == TABLET)
            continue;
        bad_expect_names(f, i, "abc");
        assert_int_equal(jemput_devices(f->devices[i].jemput, revoked_see, &revoked, &err), JEMPUT_OK);
        assert_true(revoked > 0);
        fleet_verify(f, i);
        assert_int_equal(jemput_state_hash(f->devices[i].jemput, hash, &err), JEMPUT_OK);
        if (i == OFFICE)
            memcpy(first, hash, sizeof first);
        assert_string_equal(hash, first);
    }
}

static void since_a_receipt_nothing_stands_that_any_of_its_keys_has_signed(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen" };
    struct theft t;
    uint64_t before;

    (void)state;
    steal(&t, 1501);
    act.since = t.since;
    before = roll_segments(&t.f, OFFICE);
    revoke_expect(&t, act);
    assert_int_equal(roll_segments(&t.f, OFFICE), before + 1); /* in one: nobody knows half of it */
    others_meet(&t.f);
    gone_expect(&t.f);
    bad_sync(&t.f, TABLET, fleet_hub(&t.f, 0), NULL, NULL);
    bad_write(&t.f, TABLET, "z");
    bad_sync(&t.f, TABLET, fleet_hub(&t.f, 0), NULL, NULL);
    others_meet(&t.f);
    gone_expect(&t.f);
    fleet_release(&t.f);
}

static void after_a_segment_of_an_older_key_its_later_keys_fall_as_a_whole(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen" };
    struct theft t;

    (void)state;
    steal(&t, 1502);
    act.after = t.after;
    revoke_expect(&t, act);
    others_meet(&t.f);
    gone_expect(&t.f);
    fleet_release(&t.f);
}

static void a_second_time_it_is_so_already(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen" };
    struct theft t;
    uint64_t before;

    (void)state;
    steal(&t, 1503);
    act.since = t.since;
    revoke_expect(&t, act);
    before = roll_segments(&t.f, OFFICE);
    roll_refused(&t.f, OFFICE, act, JEMPUT_EXISTS, "already");
    act.since = NULL;
    roll_refused(&t.f, OFFICE, act, JEMPUT_EXISTS, "already");
    act.device = t.old_key;
    roll_refused(&t.f, OFFICE, act, JEMPUT_EXISTS, "already");
    roll_refused(&t.f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2" }, JEMPUT_EXISTS, "revoked");
    assert_int_equal(roll_segments(&t.f, OFFICE), before);
    roll_act(&t.f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_SUCCEED, .device = "2", .other = "3" }); /* the number means one device */
    fleet_release(&t.f);
}

static int void_see(void *ctx, const struct jemput_case *told)
{
    unsigned *open = ctx;

    if (strcmp(told->kind, "revoked") == 0) {
        assert_non_null(strstr(told->what_en, "This device was revoked"));
        *open += told->open ? (unsigned)told->count : 0;
    } else {
        assert_false(told->open);
    }
    return 0;
}

static unsigned void_open(struct fleet *f)
{
    struct jemput_error err;
    unsigned open = 0;

    assert_int_equal(jemput_cases(f->devices[OFFICE].jemput, void_see, &open, &err), JEMPUT_OK);
    return open;
}

static void what_falls_of_each_key_is_listed_and_may_be_adopted(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen" };
    char *commits;
    struct theft t;

    (void)state;
    steal(&t, 1504);
    act.since = t.since;
    revoke_expect(&t, act);
    others_meet(&t.f);
    assert_int_equal(void_open(&t.f), 2);
    commits = fleet_rows(&t.f, OFFICE, "SELECT \"commit\" FROM jemput_refused");
    for (char *commit = strtok(commits, "\n"); commit; commit = strtok(NULL, "\n")) {
        struct jemput_adopting order = { .segment = commit, .reason = "asked the officer" };
        struct jemput_error err;
        uint32_t adopted;

        if (jemput_adopt(t.f.devices[OFFICE].jemput, &order, &adopted, &err))
            fail_msg("%s", err.text);
    }
    free(commits);
    assert_int_equal(void_open(&t.f), 0);
    others_meet(&t.f);
    bad_expect_names(&t.f, OTHER, "abcxy");
    fleet_release(&t.f);
}

/* Without a central each takes what a hub has. */
static void the_order_in_which_work_and_revocation_arrive_is_all_the_same(void **state)
{
    static const char SCHEMA[] = "CREATE TABLE warga(nama TEXT PRIMARY KEY NOT NULL, rt TEXT) WITHOUT ROWID; SELECT jemput_replicate('warga');";
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen" };
    struct fleet f;
    char after[41];

    (void)state;
    fleet_init(&f, 5, -1, SCHEMA, 1505);
    for (unsigned i = 0; i < 3; i++)
        bad_write(&f, i, i == 0 ? "a" : i == 1 ? "b" : "c");
    fleet_settle(&f, 0);
    last_of(&f, TABLET, after);
    act.after = after;
    bad_write(&f, TABLET, "x");
    fleet_sync(&f, TABLET, 1);
    rotate(&f, TABLET);
    bad_write(&f, TABLET, "y");
    fleet_sync(&f, TABLET, 2);
    fleet_sync(&f, OTHER, 1);
    fleet_sync(&f, OTHER, 2);
    bad_expect_names(&f, OTHER, "abcxy");
    fleet_sync(&f, OFFICE, 1); /* it knows the old key's last work, and of no new key */
    assert_int_equal(roll_act(&f, OFFICE, act).keys, 1);
    fleet_sync(&f, OFFICE, 0);
    fleet_sync(&f, 3, 0); /* the revocation, then the new key, then the old one's work */
    fleet_sync(&f, 3, 2);
    fleet_sync(&f, 3, 1);
    fleet_sync(&f, 4, 2); /* the new key first */
    fleet_sync(&f, 4, 0);
    fleet_sync(&f, OTHER, 0);
    for (unsigned hub = 0; hub < 3; hub++)
        for (unsigned i = 0; i < f.count; i++)
            if (i != TABLET)
                fleet_sync(&f, i, hub);
    gone_expect(&f);
    fleet_release(&f);
}

/* The officer has taken another key while she had the tablet: that, and what she did with it, had a receipt. */
static void an_honest_change_of_keys_before_the_cut_stands(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen" };
    struct jemput_device_act_report report;
    struct fleet f;
    char since[24], after[41];
    uint64_t stay;

    (void)state;
    bad_begin(&f, 1506);
    stay = roll_segments(&f, TABLET) + 1; /* the rotation ends the log */
    rotate(&f, TABLET);
    fleet_settle(&f, 0);
    act.look = 1;
    act.after = "1"; /* it names no head */
    assert_int_equal(roll_act(&f, OFFICE, act).segments_stay, stay + 1);
    bad_write(&f, TABLET, "d");
    fleet_settle(&f, 0);
    last_of(&f, TABLET, after);
    stay += roll_segments(&f, TABLET);
    snprintf(since, sizeof since, "%u", (unsigned)roll_segments(&f, OFFICE));
    rotate(&f, TABLET);
    bad_write(&f, TABLET, "x");
    fleet_settle(&f, 0);
    act.after = after;
    act.look = 1;
    report = roll_act(&f, OFFICE, act);
    assert_int_equal(report.segments_stay, stay); /* what the older key signed, too */
    assert_int_equal(report.txns_fall, 1);
    act.after = NULL;
    act.look = 0;
    act.since = since;
    report = roll_act(&f, OFFICE, act);
    assert_int_equal(report.keys, 2); /* nothing falls of the first one */
    assert_int_equal(report.txns_fall, 1);
    assert_int_equal(report.txns_stay, 2);
    others_meet(&f);
    for (unsigned i = 0; i < f.count; i += OTHER) {
        bad_expect_names(&f, i, "abcd");
        roll_expect(&f, i, 2, JEMPUT_DEVICE_REVOKED, "", "");
    }
    fleet_release(&f);
}

/* A tablet writes d and is put back, so that it goes on in another log; the copy that is given has the earlier one. */
static unsigned put_back(struct fleet *f)
{
    struct crash_snapshot *before;
    unsigned copy;

    bad_close(f, TABLET);
    before = crash_vfs_snapshot(f->devices[TABLET].vfs);
    bad_open(f, TABLET);
    bad_write(f, TABLET, "d");
    fleet_settle(f, 0);
    copy = fleet_clone(f, TABLET);
    bad_close(f, TABLET);
    crash_vfs_restore(f->devices[TABLET].vfs, before);
    crash_snapshot_free(before);
    bad_open(f, TABLET);
    for (unsigned i = 0; i < 3; i++) {
        bad_sync(f, TABLET, fleet_hub(f, 0), NULL, NULL);
        fleet_sync(f, OFFICE, 0);
    }
    return copy;
}

/* A thief goes on in the log that the tablet has left behind: it lies before the segment's, and the segment had not seen what he signed. */
static void after_a_segment_nothing_stands_that_a_copy_signed_in_an_earlier_log(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen" };
    struct jemput_device_act_report report;
    struct fleet f;
    char after[41];
    unsigned copy;

    (void)state;
    bad_begin(&f, 1516);
    copy = put_back(&f);
    bad_write(&f, TABLET, "e");
    bad_sync(&f, TABLET, fleet_hub(&f, 0), NULL, NULL);
    fleet_sync(&f, OFFICE, 0);
    last_of(&f, TABLET, after);
    bad_write(&f, copy, "x");
    bad_sync(&f, copy, fleet_hub(&f, 0), NULL, NULL);
    fleet_sync(&f, OFFICE, 0);
    bad_expect_names(&f, OFFICE, "abcdex");
    act.after = after;
    report = roll_act(&f, OFFICE, act);
    assert_int_equal(report.txns_fall, 1);
    assert_int_equal(report.txns_stay, 3); /* b, d, e */
    fleet_sync(&f, OFFICE, 0);
    fleet_sync(&f, OTHER, 0);
    bad_expect_names(&f, OFFICE, "abcde");
    bad_expect_names(&f, OTHER, "abcde");
    fleet_release(&f);
}

/* A rotation ends the log that holds it and later ones. A tablet that was put back has an earlier one, and a copy of it may go on there. */
static void no_log_of_an_older_key_stays_open(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen" };
    struct fleet f;
    unsigned copy;

    (void)state;
    bad_begin(&f, 1507);
    copy = put_back(&f);
    rotate(&f, TABLET);
    bad_write(&f, TABLET, "e");
    bad_sync(&f, TABLET, fleet_hub(&f, 0), NULL, NULL);
    fleet_sync(&f, OFFICE, 0);
    assert_int_equal(roll_act(&f, OFFICE, act).keys, 2); /* the number means one device, and all its logs */
    fleet_sync(&f, OFFICE, 0);
    bad_write(&f, copy, "x");
    bad_sync(&f, copy, fleet_hub(&f, 0), NULL, NULL);
    fleet_sync(&f, OFFICE, 0);
    bad_expect_names(&f, OFFICE, "abcde");
    fleet_expect(&f, OFFICE, "SELECT count(*) FROM jemput_refused", "1\n"); /* it has come, and is void */
    roll_refused(&f, OFFICE, act, JEMPUT_EXISTS, "already");
    fleet_release(&f);
}

static void a_suspension_reaches_as_far_back_and_rights_come_back_to_the_key_that_holds(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "none" };
    struct theft t;

    (void)state;
    steal(&t, 1508);
    act.since = t.since;
    revoke_expect(&t, act);
    assert_int_equal(roll_act(&t.f, OFFICE, act).done, 0); /* it is so already */
    others_meet(&t.f);
    roll_expect(&t.f, OTHER, 2, JEMPUT_DEVICE_SUSPENDED, "", "");
    act = (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2" };
    assert_int_equal(roll_act(&t.f, OFFICE, act).done, 1);
    fleet_settle(&t.f, 0);
    for (unsigned i = 0; i < t.f.count; i++)
        roll_expect(&t.f, i, 2, JEMPUT_DEVICE_ACTIVE, "petugas", "");
    bad_write(&t.f, TABLET, "z");
    fleet_settle(&t.f, 0);
    assert_int_equal(bad_info(&t.f, TABLET).own.waiting, 0);
    fleet_release(&t.f);
}

/* Who means one key says so: the older one alone falls, and with it what it let in. */
static void a_key_that_was_given_up_is_meant_by_its_own_name_alone(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .reason = "stolen" };
    struct jemput_device_act_report looked, report;
    struct theft t;

    (void)state;
    steal(&t, 1509);
    act.device = t.old_key;
    roll_refused(&t.f, OFFICE, act, JEMPUT_EXISTS, "given up"); /* all that is known of it stands: the new key, too */
    roll_expect(&t.f, OFFICE, 2, JEMPUT_DEVICE_ACTIVE, "petugas", "");
    act.after = t.after;
    act.look = 1;
    looked = roll_act(&t.f, OFFICE, act);
    act.look = 0;
    report = roll_act(&t.f, OFFICE, act);
    assert_memory_equal(&looked, &report, sizeof report);
    assert_int_equal(report.keys, 1);
    assert_int_equal(report.txns_fall, 2); /* what the newer key signed, too */
    others_meet(&t.f);
    gone_expect(&t.f);
    assert_int_equal(void_open(&t.f), 2); /* the newer key was revoked with it: nobody is told to invite the thief again */
    fleet_release(&t.f);
}

/* What concerns an administrator's key is taken first: the newer key, which is none, is then one that was never let in. */
static void a_key_that_falls_with_an_older_one_needs_no_record_of_its_own(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen" };
    const struct jemput_roster *roster;
    struct fleet f;
    char after[41];

    (void)state;
    bad_begin(&f, 1511);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "admin,petugas" });
    fleet_settle(&f, 0);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "petugas" });
    fleet_settle(&f, 0);
    last_of(&f, TABLET, after);
    rotate(&f, TABLET);
    bad_write(&f, TABLET, "x");
    bad_expect_all_received(&f, "abcx");
    act.after = after;
    assert_int_equal(roll_act(&f, OFFICE, act).keys, 1);
    others_meet(&f);
    gone_expect(&f);
    roster = &f.devices[OTHER].jemput->roster;
    for (uint32_t i = 0; i < roster->refused_count; i++) /* the thief's, all of them */
        assert_string_equal(roster->refused[i].reason, jemput_act_is_void);
    fleet_release(&f);
}

/* Its first key was an administrator's once: what is done to that, only a root administrator may do. */
static void an_act_that_is_refused_for_one_of_several_keys_names_it(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen", .after = "0" };
    char old_key[65];
    struct fleet f;

    (void)state;
    bad_begin(&f, 1514);
    for (unsigned i = 0; i < 3; i++) {
        const char *roles = i < 2 ? "admin,petugas" : "petugas";

        roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = i ? "2" : "3", .roles = roles });
        fleet_settle(&f, 0);
    }
    memcpy(old_key, roll_device(&f, OFFICE, 2).key, sizeof old_key);
    rotate(&f, TABLET);
    bad_write(&f, TABLET, "x");
    fleet_settle(&f, 0);
    roll_refused(&f, OTHER, act, JEMPUT_DENIED, "not a root administrator");
    roll_refused(&f, OTHER, act, JEMPUT_DENIED, old_key);
    fleet_release(&f);
}

/* The thief has begun a key epoch by a key that fell with the older one: what others have sealed under it is read. */
static void what_was_sealed_under_a_thiefs_epoch_is_read_by_who_comes_later(void **state)
{
    static const char SCHEMA[] = "CREATE TABLE warga(nama TEXT PRIMARY KEY NOT NULL, rt TEXT) WITHOUT ROWID; SELECT jemput_replicate('warga');";
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .reason = "stolen" };
    char old_key[65], after[41];
    uint32_t epoch;
    struct fleet f;

    (void)state;
    fleet_init(&f, 5, -1, SCHEMA, 1515);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "admin,petugas" });
    bad_write(&f, OTHER, "a");
    fleet_settle(&f, 0);
    fleet_settle(&f, 0);
    memcpy(old_key, roll_device(&f, OFFICE, 2).key, sizeof old_key);
    last_of(&f, TABLET, after);
    rotate(&f, TABLET);
    epoch = roll_epoch(&f, TABLET);
    roll_act(&f, TABLET, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "5", .reason = "left" });
    assert_true(roll_epoch(&f, TABLET) > epoch);
    fleet_sync(&f, TABLET, 0);
    fleet_sync(&f, OTHER, 0);
    assert_int_equal(roll_epoch(&f, OTHER), roll_epoch(&f, TABLET));
    bad_write(&f, OTHER, "k");
    fleet_sync(&f, OTHER, 0);
    act.device = old_key;
    act.after = after;
    roll_act(&f, OFFICE, act); /* it has not heard of the other key */
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = OFFICE; i <= 3; i += 3) { /* and then all at once */
            fleet_sync(&f, i, 0);
            fleet_expect(&f, i, "SELECT nama FROM warga ORDER BY 1", "a\nk\n");
            assert_int_equal(bad_info(&f, i).segments_unread, 0);
        }
    fleet_release(&f);
}

static void the_next_key_to_read_by_goes_to_none_of_its_keys(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen" };
    struct theft t;

    (void)state;
    steal(&t, 1510);
    act.since = t.since;
    revoke_expect(&t, act);
    bad_write(&t.f, OFFICE, "s");
    others_meet(&t.f);
    for (unsigned i = 0; i < 2; i++)
        bad_sync(&t.f, TABLET, fleet_hub(&t.f, 0), NULL, NULL);
    fleet_expect(&t.f, OTHER, "SELECT count(*) FROM warga WHERE nama = 's'", "1\n");
    fleet_expect(&t.f, TABLET, "SELECT count(*) FROM warga WHERE nama = 's'", "0\n");
    assert_true(bad_info(&t.f, TABLET).segments_unread > 0); /* it has come, and does not open */
    fleet_release(&t.f);
}

/* A tablet and its copy have both sent, and central has merged both sides: a receipt covers them alike. */
static void since_a_receipt_both_sides_of_a_fork_stand_that_it_covers(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen" };
    struct jemput_device_act_report report;
    struct jemput_error err;
    struct fleet f;
    unsigned copy;
    char since[24];

    (void)state;
    bad_begin(&f, 1512);
    copy = fleet_clone(&f, TABLET);
    bad_write(&f, TABLET, "d");
    bad_write(&f, copy, "e");
    assert_int_equal(jemput_seal(f.devices[TABLET].jemput, NULL, &err), JEMPUT_OK);
    assert_int_equal(jemput_seal(f.devices[copy].jemput, NULL, &err), JEMPUT_OK);
    for (unsigned round = 0; round < 4; round++)
        for (unsigned i = f.count; i-- > 0;)
            bad_sync(&f, i, fleet_hub(&f, 0), NULL, NULL);
    bad_expect_names(&f, OFFICE, "abcde");
    snprintf(since, sizeof since, "%u", (unsigned)roll_segments(&f, OFFICE));
    bad_write(&f, copy, "x");
    bad_sync(&f, copy, fleet_hub(&f, 0), NULL, NULL);
    fleet_sync(&f, OFFICE, 0);
    act.since = since;
    report = roll_act(&f, OFFICE, act);
    assert_int_equal(report.txns_fall, 1);
    fleet_sync(&f, OFFICE, 0);
    fleet_sync(&f, OTHER, 0);
    bad_expect_names(&f, OFFICE, "abcde");
    bad_expect_names(&f, OTHER, "abcde");
    fleet_release(&f);
}

static bool is_digits(const char *commit, size_t count)
{
    return strspn(commit, "0123456789") >= count;
}

/* Fifteen of a hundred commits begin with four decimal digits. */
static void a_commit_that_begins_with_digits_is_one_and_no_number(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen", .look = 1 };
    char after[41] = "", name[8];
    struct fleet f;

    (void)state;
    bad_begin(&f, 1513);
    for (unsigned i = 0; !is_digits(after, 4) && i < 100; i++) {
        snprintf(name, sizeof name, "n%u", i);
        fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('%s', '1')", name);
        bad_sync(&f, TABLET, fleet_hub(&f, 0), NULL, NULL);
        fleet_sync(&f, OFFICE, 0);
        last_of(&f, TABLET, after);
    }
    assert_true(is_digits(after, 4));
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('x', '1')");
    bad_sync(&f, TABLET, fleet_hub(&f, 0), NULL, NULL);
    fleet_sync(&f, OFFICE, 0);
    after[4] = '\0';
    act.after = after;
    assert_int_equal(roll_act(&f, OFFICE, act).txns_fall, 1);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(since_a_receipt_nothing_stands_that_any_of_its_keys_has_signed),
        cmocka_unit_test(after_a_segment_of_an_older_key_its_later_keys_fall_as_a_whole),
        cmocka_unit_test(a_second_time_it_is_so_already),
        cmocka_unit_test(what_falls_of_each_key_is_listed_and_may_be_adopted),
        cmocka_unit_test(the_order_in_which_work_and_revocation_arrive_is_all_the_same),
        cmocka_unit_test(an_honest_change_of_keys_before_the_cut_stands),
        cmocka_unit_test(after_a_segment_nothing_stands_that_a_copy_signed_in_an_earlier_log),
        cmocka_unit_test(no_log_of_an_older_key_stays_open),
        cmocka_unit_test(a_suspension_reaches_as_far_back_and_rights_come_back_to_the_key_that_holds),
        cmocka_unit_test(a_key_that_was_given_up_is_meant_by_its_own_name_alone),
        cmocka_unit_test(a_key_that_falls_with_an_older_one_needs_no_record_of_its_own),
        cmocka_unit_test(an_act_that_is_refused_for_one_of_several_keys_names_it),
        cmocka_unit_test(what_was_sealed_under_a_thiefs_epoch_is_read_by_who_comes_later),
        cmocka_unit_test(the_next_key_to_read_by_goes_to_none_of_its_keys),
        cmocka_unit_test(since_a_receipt_both_sides_of_a_fork_stand_that_it_covers),
        cmocka_unit_test(a_commit_that_begins_with_digits_is_one_and_no_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
