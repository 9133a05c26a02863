/* Devices as administrators see and change them: rights, suspension, revocation with a cut, replacement; refused before sealing what would have no
 * effect; the same list on every replica. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "bad.h"
#include "roll.h"

enum { OFFICE = 0, TABLET = 1, OTHER = 2 };

static void other_rights_reach_every_device_and_what_was_signed_before_keeps_the_old_ones(void **state)
{
    struct jemput_device_act_report report;
    struct fleet f;

    (void)state;
    bad_begin(&f, 801);
    report = roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "kelurahan", .scope = "16.99" });
    assert_int_equal(report.done, 1);
    assert_int_equal(report.device_number, 2);
    assert_int_equal(report.segments_fall, 0);
    assert_true(report.segments_stay > 0);
    assert_int_equal(report.needed, 0); /* no root act */
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        roll_expect(&f, i, 2, JEMPUT_DEVICE_ACTIVE, "kelurahan", "16.99");
        roll_expect(&f, i, 3, JEMPUT_DEVICE_ACTIVE, "petugas", "");
    }
    assert_string_equal(bad_info(&f, TABLET).roles, "kelurahan");
    assert_string_equal(bad_info(&f, TABLET).scope, "16.99");
    fleet_release(&f);
}

static void a_suspended_device_has_no_rights_until_they_are_given_back(void **state)
{
    struct fleet f;

    (void)state;
    bad_begin(&f, 802);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "none" });
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++)
        roll_expect(&f, i, 2, JEMPUT_DEVICE_SUSPENDED, "", "");
    assert_string_equal(bad_info(&f, TABLET).roles, "");
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2" }); /* what it was let in with */
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++)
        roll_expect(&f, i, 2, JEMPUT_DEVICE_ACTIVE, "petugas", "");
    fleet_release(&f);
}

static void what_is_so_already_is_done_without_a_word_in_the_log(void **state)
{
    struct jemput_device_act_report report;
    struct fleet f;
    uint64_t segments;

    (void)state;
    bad_begin(&f, 803);
    segments = roll_segments(&f, OFFICE);
    report = roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "petugas" });
    assert_int_equal(report.done, 0);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "none" });
    assert_int_equal(roll_segments(&f, OFFICE), segments + 1);
    report = roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "none" });
    assert_int_equal(report.done, 0);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_SUCCEED, .device = "2", .other = "3" });
    report = roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_SUCCEED, .device = "2", .other = "3" });
    assert_int_equal(report.done, 0);
    assert_int_equal(roll_segments(&f, OFFICE), segments + 2);
    fleet_release(&f);
}

static void what_would_have_no_effect_is_refused_and_not_sealed(void **state)
{
    struct fleet f;
    uint64_t office, tablet;

    (void)state;
    bad_begin(&f, 804);
    office = roll_segments(&f, OFFICE);
    tablet = roll_segments(&f, TABLET);
    roll_refused(&f, TABLET, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "3", .roles = "none" }, JEMPUT_DENIED,
                 "not an administrator");
    roll_refused(&f, TABLET, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "3", .roles = "petugas" }, JEMPUT_DENIED,
                 "not an administrator"); /* though it is so already */
    roll_refused(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "9", .roles = "none" }, JEMPUT_NOTFOUND, "'9'");
    roll_refused(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "penguasa" }, JEMPUT_MISUSE, "penguasa");
    roll_refused(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .scope = "a b" }, JEMPUT_MISUSE, "a b");
    roll_refused(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "2" }, JEMPUT_MISUSE, "reason");
    roll_refused(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "1", .reason = "left" }, JEMPUT_DENIED, "too few root");
    roll_refused(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "1", .roles = "pusat" }, JEMPUT_DENIED, "too few root");
    roll_refused(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_SUCCEED, .device = "2", .other = "2" }, JEMPUT_MISUSE, "itself");
    roll_refused(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_SUCCEED, .device = "1", .other = "2" }, JEMPUT_DENIED, "root administrator");
    roll_refused(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_ADMIT, .device = "2" }, JEMPUT_EXISTS, "let in already");
    roll_refused(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_ADMIT, .device = "0000" }, JEMPUT_NOTFOUND, "asks");
    roll_refused(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_APPROVE, .device = "0000" }, JEMPUT_NOTFOUND, "waits");
    roll_refused(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "lost", .after = "99" },
                 JEMPUT_NOTFOUND, "99");
    assert_int_equal(roll_segments(&f, OFFICE), office);
    assert_int_equal(roll_segments(&f, TABLET), tablet);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "lost" });
    roll_refused(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "lost" }, JEMPUT_EXISTS, "already");
    roll_refused(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "petugas" }, JEMPUT_EXISTS, "revoked");
    assert_int_equal(roll_segments(&f, OFFICE), office + 1);
    fleet_release(&f);
}

/* Three segments of the tablet's; a look says what a cut would do, and does nothing. */
static void a_revocation_says_how_much_stands_and_falls_before_it_is_made(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen", .look = 1 };
    struct jemput_device_act_report all, none, some;
    struct fleet f;
    char after[24];
    uint64_t first;

    (void)state;
    bad_begin(&f, 805);
    first = roll_segments(&f, TABLET);
    for (unsigned i = 0; i < 3; i++) {
        bad_write(&f, TABLET, i == 0 ? "d" : i == 1 ? "e" : "f");
        assert_int_equal(jemput_seal(f.devices[TABLET].jemput, NULL, &(struct jemput_error){ .status = JEMPUT_OK }), JEMPUT_OK);
    }
    fleet_settle(&f, 0);
    all = roll_act(&f, OFFICE, act);
    assert_int_equal(all.segments_fall, 0);
    assert_int_equal(all.segments_stay, roll_segments(&f, TABLET));
    act.after = "0";
    none = roll_act(&f, OFFICE, act);
    assert_int_equal(none.segments_stay, 0);
    assert_int_equal(none.segments_fall, all.segments_stay);
    assert_int_equal(none.txns_fall, all.txns_stay);
    snprintf(after, sizeof after, "%u", (unsigned)first + 1);
    act.after = after;
    some = roll_act(&f, OFFICE, act);
    assert_int_equal(some.segments_stay, first + 1);
    assert_int_equal(some.segments_stay + some.segments_fall, all.segments_stay);
    assert_int_equal(some.txns_fall, 2);
    for (unsigned i = 0; i < f.count; i++)
        roll_expect(&f, i, 2, JEMPUT_DEVICE_ACTIVE, "petugas", "");
    fleet_release(&f);
}

static void a_revocation_with_a_cut_stands_on_every_replica_and_a_deeper_one_may_follow(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen" };
    struct fleet f;
    struct roll_device d;

    (void)state;
    bad_begin(&f, 806);
    bad_write(&f, TABLET, "d");
    fleet_settle(&f, 0);
    roll_act(&f, OFFICE, act);
    act.after = "1";
    assert_true(roll_act(&f, OFFICE, act).segments_fall > 0); /* more of it falls: it is another revocation */
    roll_refused(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_SUCCEED, .device = "9", .other = "3" }, JEMPUT_NOTFOUND, "'9'");
    fleet_sync(&f, OFFICE, 0);
    fleet_sync(&f, OTHER, 0);
    for (unsigned i = 0; i < f.count; i += OTHER) {
        d = roll_device(&f, i, 2);
        assert_int_equal(d.state, JEMPUT_DEVICE_REVOKED);
        assert_string_equal(d.reason, "stolen");
        assert_string_equal(d.roles, "");
    }
    fleet_release(&f);
}

/* What central's receipt covers stands: the cut is where central was at that segment of its own. */
static void a_cut_since_a_receipt_keeps_what_that_receipt_covers(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "leaked", .look = 1 };
    struct fleet f;
    char since[24];
    uint64_t before;

    (void)state;
    bad_begin(&f, 807);
    before = roll_segments(&f, TABLET);
    snprintf(since, sizeof since, "%u", (unsigned)roll_segments(&f, OFFICE));
    bad_write(&f, TABLET, "d");
    fleet_settle(&f, 0);
    act.since = since;
    assert_int_equal(roll_act(&f, OFFICE, act).segments_stay, before);
    assert_int_equal(roll_act(&f, OFFICE, act).txns_fall, 1);
    snprintf(since, sizeof since, "%u", (unsigned)roll_segments(&f, OFFICE));
    assert_int_equal(roll_act(&f, OFFICE, act).segments_fall, 0);
    act.since = "999";
    roll_refused(&f, OFFICE, act, JEMPUT_NOTFOUND, "999");
    fleet_release(&f);
}

static int commit_see(void *ctx, const struct jemput_segment_info *segment)
{
    char *wanted = ctx; /* the writer; out: the commit of its second segment */

    if (segment->number != 2 || strcmp(segment->origin.writer, wanted) != 0)
        return 0;
    memcpy(wanted, segment->commit, 41);
    return 1;
}

/* A tablet that was put back to an older copy has two logs: a cut in the later one keeps of the earlier one what it had merged, a cut in the earlier
 * one ends the later one. */
static void a_cut_respects_the_order_of_a_device_s_lives(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "leaked", .look = 1 };
    struct jemput_device_act_report report;
    struct crash_snapshot *copy;
    struct jemput_error err;
    char first[65] = "", second[33], last[24];
    uint64_t earlier, all;
    struct fleet f;

    (void)state;
    bad_begin(&f, 813);
    memcpy(first, bad_info(&f, TABLET).writer, 33);
    bad_close(&f, TABLET);
    copy = crash_vfs_snapshot(f.devices[TABLET].vfs);
    bad_open(&f, TABLET);
    bad_write(&f, TABLET, "d");
    fleet_settle(&f, 0);
    bad_close(&f, TABLET);
    crash_vfs_restore(f.devices[TABLET].vfs, copy);
    crash_snapshot_free(copy);
    bad_open(&f, TABLET);
    earlier = roll_device(&f, OFFICE, 2).segments;
    for (unsigned i = 0; i < 3; i++) {
        bad_sync(&f, TABLET, fleet_hub(&f, 0), NULL, NULL);
        fleet_sync(&f, OFFICE, 0);
    }
    bad_write(&f, TABLET, "e");
    fleet_settle(&f, 0);
    memcpy(second, bad_info(&f, TABLET).writer, sizeof second);
    assert_string_not_equal(first, second); /* it goes on as another writer */
    all = roll_device(&f, OFFICE, 2).segments;
    assert_true(all > earlier + 1);
    act.after = "1"; /* of the later log, which has not merged d yet */
    report = roll_act(&f, OFFICE, act);
    assert_int_equal(report.segments_stay, earlier);
    assert_int_equal(report.segments_fall, all - earlier);
    snprintf(last, sizeof last, "%u", (unsigned)(all - earlier));
    act.after = last;
    report = roll_act(&f, OFFICE, act);
    assert_int_equal(report.segments_stay, all);
    assert_int_equal(report.segments_fall, 0);
    assert_int_equal(jemput_log(f.devices[OFFICE].jemput, commit_see, first, &err), JEMPUT_OK);
    act.after = first;
    report = roll_act(&f, OFFICE, act);
    assert_int_equal(report.segments_stay, 2);
    assert_int_equal(report.segments_fall, all - 2);
    fleet_release(&f);
}

static void a_device_is_meant_by_its_number_or_by_how_its_key_begins(void **state)
{
    struct fleet f;
    struct roll_device d;
    char text[65];

    (void)state;
    bad_begin(&f, 808);
    d = roll_device(&f, OFFICE, 2);
    for (unsigned digits = 1; digits <= 64; digits++) {
        snprintf(text, sizeof text, "%.*s", (int)digits, d.key);
        if (digits < 4)
            continue;
        assert_int_equal(roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = text }).device_number, 2);
    }
    assert_int_equal(roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = d.writer }).device_number, 2);
    text[60] = text[60] == '0' ? '1' : '0';
    roll_refused(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = text }, JEMPUT_NOTFOUND, "no device");
    fleet_release(&f);
}

static uint64_t tablet_segments(struct fleet *f)
{
    fleet_sync(f, TABLET, 0);
    fleet_settle(f, 0);
    return roll_segments(f, TABLET);
}

static void a_device_tells_its_version_its_store_and_what_room_it_has_with_its_work_and_only_when_they_have_moved_far(void **state)
{
    const uint64_t mib = UINT64_C(1) << 20;
    uint64_t *room, before;
    struct roll_device d;
    struct fleet f;

    (void)state;
    bad_begin(&f, 811);
    room = &f.devices[TABLET].sim.free_bytes;
    fleet_settle(&f, 0);
    d = roll_device(&f, OFFICE, 2); /* beside its request to be let in */
    assert_int_equal(d.free_mib, 8192);
    assert_true(d.store_mib >= 0 && d.store_mib < 16);
    assert_string_equal(d.version, jemput_version());
    assert_true(roll_device(&f, OFFICE, 1).store_mib >= 0); /* the founder's, too */
    before = tablet_segments(&f);
    *room = 4097 * mib; /* not half */
    bad_write(&f, TABLET, "k");
    assert_int_equal(tablet_segments(&f), before + 1);
    *room = 4096 * mib;
    assert_int_equal(tablet_segments(&f), before + 1); /* no work, no word */
    bad_write(&f, TABLET, "l");
    assert_int_equal(tablet_segments(&f), before + 3);
    assert_int_equal(roll_device(&f, OFFICE, 2).free_mib, 4096);
    bad_write(&f, TABLET, "m"); /* told once */
    assert_int_equal(tablet_segments(&f), before + 4);
    before += 4;
    for (unsigned i = 0; i < 6; i++) { /* to and fro: the office knows the worse */
        *room = (i % 2 ? 4096 : 8192) * mib;
        bad_write(&f, TABLET, (const char *[]){ "q", "r", "s", "t", "u", "v" }[i]);
        assert_int_equal(tablet_segments(&f), ++before);
    }
    assert_int_equal(roll_device(&f, OFFICE, 2).free_mib, 4096);
    *room = 16384 * mib; /* somebody has made room */
    bad_write(&f, TABLET, "n");
    before += 2;
    assert_int_equal(tablet_segments(&f), before);
    assert_int_equal(roll_device(&f, OFFICE, 2).free_mib, 16384);
    *room = 40 * mib;
    bad_write(&f, TABLET, "o");
    assert_int_equal(tablet_segments(&f), before + 2);
    *room = 0; /* less than 64 MiB more or less: its app says that the disk is full */
    bad_write(&f, TABLET, "p");
    assert_int_equal(tablet_segments(&f), before + 3);
    assert_int_equal(roll_device(&f, OFFICE, 2).free_mib, 40);
    fleet_release(&f);
}

static void what_a_revoked_device_says_of_itself_it_says_once_too(void **state)
{
    struct jemput_error err;
    uint64_t before;
    struct fleet f;

    (void)state;
    bad_begin(&f, 813);
    fleet_settle(&f, 0);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "lost" });
    fleet_settle(&f, 0);
    f.devices[TABLET].sim.free_bytes /= 4;
    before = roll_segments(&f, TABLET) + 1; /* what it has to say; it counts nowhere any more */
    for (unsigned i = 0; i < 3; i++) {
        bad_write(&f, TABLET, (const char *[]){ "k", "l", "m" }[i]);
        assert_int_equal(jemput_seal(f.devices[TABLET].jemput, NULL, &err), JEMPUT_OK);
        assert_int_equal(roll_segments(&f, TABLET), ++before);
    }
    fleet_release(&f);
}

static void the_list_says_which_key_a_devices_newest_work_is_sealed_under(void **state)
{
    struct fleet f;

    (void)state;
    bad_begin(&f, 812);
    bad_write(&f, TABLET, "k");
    fleet_sync(&f, TABLET, 0);
    fleet_settle(&f, 0);
    assert_int_equal(roll_device(&f, OFFICE, 2).key_turn, 1);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "3", .reason = "lost" });
    fleet_settle(&f, 0);
    assert_int_equal(roll_device(&f, OFFICE, 2).key_turn, 1); /* it knows the new one, and has sealed nothing since */
    bad_write(&f, TABLET, "l");
    fleet_sync(&f, TABLET, 0);
    fleet_settle(&f, 0);
    assert_int_equal(roll_device(&f, OFFICE, 2).key_turn, 2);
    fleet_release(&f);
}

static void the_list_says_when_a_device_was_heard_of_and_what_of_it_central_has(void **state)
{
    struct roll_device d;
    struct fleet f;

    (void)state;
    bad_begin(&f, 809);
    bad_write(&f, TABLET, "d");
    d = roll_device(&f, TABLET, 2);
    assert_int_equal(d.self, 1);
    assert_int_equal(d.unsent, 1); /* not even sealed */
    fleet_sync(&f, TABLET, 0);
    assert_int_equal(roll_device(&f, TABLET, 2).unsent, 1);
    fleet_settle(&f, 0);
    d = roll_device(&f, TABLET, 2);
    assert_int_equal(d.unsent, 0);
    assert_int_equal(d.last_seen_ms, d.last_receipt_ms);
    assert_true(d.last_seen_ms > 0);
    assert_int_equal(d.segments, roll_segments(&f, TABLET));
    assert_int_equal(d.schema_version, 1);
    assert_int_equal(d.clock_doubtful, 0);
    assert_string_equal(d.label, "tablet 02");
    assert_int_equal(roll_device(&f, OFFICE, 1).root, 1);
    f.devices[TABLET].sim.wall_ms += INT64_C(3) * 24 * 3600 * 1000;
    bad_write(&f, TABLET, "e");
    fleet_sync(&f, TABLET, 0);
    fleet_sync(&f, OFFICE, 0);
    assert_int_equal(roll_device(&f, OFFICE, 2).clock_doubtful, 1);
    assert_int_equal(roll_device(&f, OFFICE, 3).clock_doubtful, 0);
    fleet_release(&f);
}

static void another_device_carries_on_for_one_that_was_lost(void **state)
{
    struct fleet f;

    (void)state;
    bad_begin(&f, 810);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "lost" });
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_SUCCEED, .device = "2", .other = "3" });
    fleet_sync(&f, OFFICE, 0);
    fleet_sync(&f, OTHER, 0);
    for (unsigned i = 0; i < f.count; i += OTHER)
        assert_int_equal(roll_device(&f, i, 3).carries_on_for, 2);
    roll_refused(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_SUCCEED, .device = "1", .other = "3" }, JEMPUT_DENIED, "carries on");
    fleet_release(&f);
}

/* Each acts while the other is away, one of them on the other's newcomer: both count, in one order, on every device. */
static void acts_of_two_administrators_who_do_not_know_of_each_other_both_count(void **state)
{
    struct fleet f;
    unsigned second;

    (void)state;
    bad_begin(&f, 811);
    second = roll_join(&f, OFFICE, "admin");
    fleet_settle(&f, 0);
    fleet_settle(&f, 0);
    roll_expect(&f, OFFICE, 4, JEMPUT_DEVICE_ACTIVE, "admin", "");
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .scope = "16.99" });
    roll_act(&f, second, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "3", .roles = "kelurahan" });
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "3", .scope = "16.98" }); /* both of device 3 */
    fleet_sync(&f, second, 0);
    fleet_settle(&f, 0);
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        roll_expect(&f, i, 2, JEMPUT_DEVICE_ACTIVE, "petugas", "16.99");
        assert_string_equal(roll_device(&f, i, 3).roles, roll_device(&f, OFFICE, 3).roles);
        assert_string_equal(roll_device(&f, i, 3).scope, roll_device(&f, OFFICE, 3).scope);
        assert_int_equal(bad_info(&f, i).roster_version, bad_info(&f, OFFICE).roster_version);
    }
    /* a revocation by one, of what the other has just given rights to */
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "3", .roles = "petugas" });
    roll_act(&f, second, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "3", .reason = "left" });
    fleet_sync(&f, second, 0);
    for (unsigned i = 0; i < 2; i++) {
        fleet_sync(&f, OFFICE, 0);
        fleet_sync(&f, TABLET, 0);
        fleet_sync(&f, second, 0);
    }
    roll_expect(&f, OFFICE, 3, JEMPUT_DEVICE_REVOKED, "", "");
    roll_expect(&f, TABLET, 3, JEMPUT_DEVICE_REVOKED, "", "");
    roll_expect(&f, second, 3, JEMPUT_DEVICE_REVOKED, "", "");
    fleet_release(&f);
}

/* A hub that shows an older end of the administrator's log, each in turn, to a tablet that has seen the newest. */
static void an_older_roster_alone_changes_nothing(void **state)
{
    struct jemput_oid tips[8];
    unsigned count = 0;
    uint32_t version;
    struct fleet f;

    (void)state;
    bad_begin(&f, 812);
    for (unsigned i = 0; i < 5; i++) {
        roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = i % 2 ? "petugas" : "none" });
        fleet_sync(&f, OFFICE, 0);
        tips[count++] = roll_tip(&f, OFFICE, 0);
    }
    fleet_sync(&f, TABLET, 0);
    version = bad_info(&f, TABLET).roster_version;
    roll_expect(&f, TABLET, 2, JEMPUT_DEVICE_SUSPENDED, "", "");
    for (unsigned i = 0; i + 1 < count; i++) {
        roll_tip_put(&f, OFFICE, 0, &tips[i]);
        bad_sync(&f, TABLET, fleet_hub(&f, 0), NULL, NULL);
        assert_int_equal(bad_info(&f, TABLET).roster_version, version);
        roll_expect(&f, TABLET, 2, JEMPUT_DEVICE_SUSPENDED, "", "");
    }
    roll_tip_put(&f, OFFICE, 0, &tips[count - 1]);
    fleet_sync(&f, TABLET, 0);
    assert_int_equal(bad_info(&f, TABLET).logs_stopped, 0);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_rights_reach_every_device_and_what_was_signed_before_keeps_the_old_ones),
        cmocka_unit_test(a_suspended_device_has_no_rights_until_they_are_given_back),
        cmocka_unit_test(what_is_so_already_is_done_without_a_word_in_the_log),
        cmocka_unit_test(what_would_have_no_effect_is_refused_and_not_sealed),
        cmocka_unit_test(a_revocation_says_how_much_stands_and_falls_before_it_is_made),
        cmocka_unit_test(a_revocation_with_a_cut_stands_on_every_replica_and_a_deeper_one_may_follow),
        cmocka_unit_test(a_cut_since_a_receipt_keeps_what_that_receipt_covers),
        cmocka_unit_test(a_cut_respects_the_order_of_a_device_s_lives),
        cmocka_unit_test(a_device_is_meant_by_its_number_or_by_how_its_key_begins),
        cmocka_unit_test(a_device_tells_its_version_its_store_and_what_room_it_has_with_its_work_and_only_when_they_have_moved_far),
        cmocka_unit_test(what_a_revoked_device_says_of_itself_it_says_once_too),
        cmocka_unit_test(the_list_says_which_key_a_devices_newest_work_is_sealed_under),
        cmocka_unit_test(the_list_says_when_a_device_was_heard_of_and_what_of_it_central_has),
        cmocka_unit_test(another_device_carries_on_for_one_that_was_lost),
        cmocka_unit_test(acts_of_two_administrators_who_do_not_know_of_each_other_both_count),
        cmocka_unit_test(an_older_roster_alone_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
