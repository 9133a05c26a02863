/* Invitations that are none, damaged, expired, used twice, or of another space.
 *
 * A refused join leaves no file and touches none; a device whose invitation turns out to be no good is told so at its sync, keeps all that it has collected, and is
 * named at central. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "api/roster/device.h"
#include "api/space/admit.h"
#include "roll.h"
#include "support/sealed.h"

#define CENTRAL 0
#define HOUR_MS 3600000

/* A device outside of the fleet, as a fleet of one, so that the helpers can look at it. */
static void newcomer_init(struct fleet *one, const char *name, uint64_t seed)
{
    memset(one, 0, sizeof *one);
    one->count = 1;
    snprintf(one->devices[0].path, sizeof one->devices[0].path, "newcomer.db");
    one->devices[0].vfs = crash_vfs_new(name);
    sim_env_init(&one->devices[0].sim, one->devices[0].vfs, seed);
}

static enum jemput_status newcomer_join(struct fleet *one, const char *invitation, size_t len, struct jemput_error *err)
{
    struct fleet_device *d = &one->devices[0];
    enum jemput_status st;

    sim_env_use_real_files(&d->sim, NULL);
    st = jemput_join_sealed(&d->jemput, d->path, invitation, len, test_secret(), &d->sim.env, err);
    if (st) {
        assert_null(d->jemput);
        return st;
    }
    d->sql = jemput_app(d->jemput);
    sim_env_use_real_files(&d->sim, jemput_env_posix());
    return JEMPUT_OK;
}

static void newcomer_free(struct fleet *one)
{
    jemput_close(one->devices[0].jemput);
    crash_vfs_free(one->devices[0].vfs);
}

/* Hand out an invitation, and let it reach the hub. Owned by the caller: jemput_text_free(). */
static char *invite(struct fleet *f, int64_t valid_ms, size_t *len)
{
    struct jemput_error err;
    char *text;

    if (jemput_invite(f->devices[CENTRAL].jemput, "petugas", "", "", f->devices[CENTRAL].sim.wall_ms + valid_ms, &text, len, &err))
        fail_msg("%s", err.text);
    fleet_sync(f, CENTRAL, 0);
    return text;
}

static bool store_left(struct fleet *one)
{
    static const char *const names[] = { "newcomer.db", "newcomer.db-wal", "newcomer.db-shm" };
    size_t len;

    for (unsigned i = 0; i < 3; i++)
        if (crash_vfs_file(one->devices[0].vfs, names[i], &len))
            return true;
    return false;
}

/* --- the file --- */

static void what_is_no_invitation_is_refused_and_leaves_no_file(void **state)
{
    static const char *const texts[] = { "", "x", "\n", "jemput invitation 1\n", "SQLite format 3", "%PDF-1.4\n%\xff\xff", "{\"hub\": 1}" };
    struct fleet f, one;
    struct jemput_error err;

    (void)state;
    bad_begin(&f, 61);
    newcomer_init(&one, "newcomer", 1);
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bad_expect(newcomer_join(&one, texts[i], strlen(texts[i]), &err), &err, JEMPUT_CORRUPT, "invitation");
        assert_false(store_left(&one));
    }
    newcomer_free(&one);
    bad_end(&f);
}

static void an_invitation_cut_at_any_byte_is_refused_and_leaves_no_file(void **state)
{
    struct fleet f, one;
    struct jemput_error err;
    size_t len;
    char *text;

    (void)state;
    bad_begin(&f, 62);
    text = invite(&f, HOUR_MS, &len);
    newcomer_init(&one, "newcomer", 1);
    for (size_t cut = 0; cut < len; cut++)
        bad_expect(newcomer_join(&one, text, cut, &err), &err, JEMPUT_CORRUPT, "invitation");
    assert_false(store_left(&one));
    assert_int_equal(newcomer_join(&one, text, len, &err), JEMPUT_OK); /* the whole one is good */
    newcomer_free(&one);
    jemput_text_free(text);
    bad_end(&f);
}

static void an_invitation_with_any_one_bit_flipped_is_refused_and_leaves_no_file(void **state)
{
    struct fleet f, one;
    struct jemput_error err;
    size_t len;
    char *text;

    (void)state;
    bad_begin(&f, 63);
    text = invite(&f, HOUR_MS, &len);
    newcomer_init(&one, "newcomer", 1);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        text[bit / 8] ^= (char)(1 << bit % 8);
        bad_expect(newcomer_join(&one, text, len, &err), &err, JEMPUT_CORRUPT, "");
        text[bit / 8] ^= (char)(1 << bit % 8);
    }
    assert_false(store_left(&one));
    newcomer_free(&one);
    jemput_text_free(text);
    bad_end(&f);
}

static void joining_over_a_file_that_is_there_touches_nothing(void **state)
{
    struct fleet f, one;
    struct jemput_sync_report report;
    struct jemput_error err;
    size_t len, before_len, after_len;
    const unsigned char *now;
    unsigned char *before;
    char *text;

    (void)state;
    bad_begin(&f, 64);
    text = invite(&f, HOUR_MS, &len);
    newcomer_init(&one, "newcomer", 1);
    crash_vfs_put(one.devices[0].vfs, "newcomer.db", "holiday photos", 14);
    bad_expect(newcomer_join(&one, text, len, &err), &err, JEMPUT_EXISTS, "not touched");
    assert_memory_equal(crash_vfs_file(one.devices[0].vfs, "newcomer.db", &after_len), "holiday photos", 14);
    newcomer_free(&one);
    /* A store of this space, let in, with work that is not sent yet. */
    newcomer_init(&one, "newcomer", 2);
    assert_int_equal(newcomer_join(&one, text, len, &err), JEMPUT_OK);
    assert_int_equal(bad_sync(&one, 0, fleet_hub(&f, 0), &report, &err), JEMPUT_OK);
    fleet_sync(&f, CENTRAL, 0);
    assert_int_equal(bad_sync(&one, 0, fleet_hub(&f, 0), &report, &err), JEMPUT_OK);
    fleet_sql(&one, 0, "INSERT INTO warga VALUES('d', '001')");
    bad_close(&one, 0);
    now = crash_vfs_file(one.devices[0].vfs, "newcomer.db", &before_len);
    before = malloc(before_len);
    memcpy(before, now, before_len);
    bad_expect(newcomer_join(&one, text, len, &err), &err, JEMPUT_EXISTS, "not touched");
    assert_memory_equal(crash_vfs_file(one.devices[0].vfs, "newcomer.db", &after_len), before, before_len);
    assert_int_equal(after_len, before_len);
    bad_open(&one, 0);
    bad_expect_names(&one, 0, "abcd");
    free(before);
    newcomer_free(&one);
    jemput_text_free(text);
    bad_end(&f);
}

/* --- its time --- */

static void an_expired_invitation_is_refused_at_the_join(void **state)
{
    struct fleet f, one;
    struct jemput_error err;
    size_t len;
    char *text;

    (void)state;
    bad_begin(&f, 65);
    text = invite(&f, HOUR_MS, &len);
    newcomer_init(&one, "newcomer", 1);
    sim_env_set_wall(&one.devices[0].sim, f.devices[CENTRAL].sim.wall_ms + 2 * HOUR_MS);
    bad_expect(newcomer_join(&one, text, len, &err), &err, JEMPUT_DENIED, "expired");
    assert_non_null(strstr(err.text, "ask for a new one"));
    assert_false(store_left(&one));
    sim_env_set_wall(&one.devices[0].sim, f.devices[CENTRAL].sim.wall_ms);
    assert_int_equal(newcomer_join(&one, text, len, &err), JEMPUT_OK);
    newcomer_free(&one);
    jemput_text_free(text);
    bad_end(&f);
}

/* A device that was refused joins once more, by a new invitation: it keeps what it has, is let in, and all of it is merged. */
static void ask_again(struct fleet *f, struct fleet *one, const char *names)
{
    struct fleet_device *d = &one->devices[0];
    struct jemput_sync_report report;
    struct jemput_error err;
    uint32_t number = bad_info(one, 0).device_number;
    size_t len;
    char *text = invite(f, HOUR_MS, &len);

    bad_close(one, 0);
    for (unsigned i = 0; i < 2; i++) { /* pressed twice: the second time changes nothing */
        assert_int_equal(newcomer_join(one, text, len, &err), JEMPUT_OK);
        assert_true(bad_info(one, 0).device_number > number);
        bad_close(one, 0);
    }
    bad_open(one, 0);
    jemput_text_free(text);
    fleet_sync(f, CENTRAL, 0); /* the invitation is known there */
    assert_int_equal(bad_sync(one, 0, fleet_hub(f, 0), &report, &err), JEMPUT_OK);
    assert_int_equal(fleet_sync(f, CENTRAL, 0).admitted_devices, 1);
    assert_int_equal(bad_sync(one, 0, fleet_hub(f, 0), &report, &err), JEMPUT_OK);
    assert_int_equal(bad_info(one, 0).admitted, 1);
    assert_int_equal(bad_info(one, 0).own.waiting, 0);
    bad_expect_names(f, CENTRAL, names);
    bad_expect_names(one, 0, names);
    assert_int_equal(bad_info(f, CENTRAL).logs_stopped, 0);
    fleet_verify(f, CENTRAL);
    fleet_verify(one, 0);
    assert_non_null(d->jemput);
}

static void one_that_expires_between_join_and_first_sync_is_told_on_both_sides_and_the_rows_stay(void **state)
{
    struct fleet f, one;
    struct jemput_sync_report report;
    struct jemput_error err;
    size_t len;
    char *text;

    (void)state;
    bad_begin(&f, 66);
    text = invite(&f, HOUR_MS, &len);
    newcomer_init(&one, "newcomer", 1);
    assert_int_equal(newcomer_join(&one, text, len, &err), JEMPUT_OK);
    jemput_text_free(text);
    fleet_sql(&one, 0, "INSERT INTO warga VALUES('d', '001')");
    sim_env_advance(&one.devices[0].sim, 2 * HOUR_MS);
    for (unsigned i = 0; i < 3; i++)
        sim_env_advance(&f.devices[i].sim, 2 * HOUR_MS);
    for (unsigned i = 0; i < 2; i++) {
        bad_expect(bad_sync(&one, 0, fleet_hub(&f, 0), &report, &err), &err, JEMPUT_DENIED, "expired");
        assert_non_null(strstr(err.text, "kept"));
        assert_int_equal(report.complete, 1);
        assert_int_equal(bad_info(&one, 0).admitted, 0);
        assert_int_equal(bad_info(&one, 0).own.received, 0);
        fleet_expect(&one, 0, "SELECT count(*) FROM warga WHERE nama = 'd'", "1\n");
        fleet_sync(&f, CENTRAL, 0);
        bad_expect_aside(&f, CENTRAL, JEMPUT_DENIED, "expired");
        bad_expect_names(&f, CENTRAL, "abc");
    }
    ask_again(&f, &one, "abcd");
    newcomer_free(&one);
    bad_end(&f);
}

/* --- its use --- */

static void an_invitation_used_by_two_devices_admits_one_and_tells_the_other(void **state)
{
    struct fleet f, one, two;
    struct jemput_sync_report report;
    struct jemput_error err;
    size_t len;
    char *text;

    (void)state;
    bad_begin(&f, 67);
    text = invite(&f, HOUR_MS, &len);
    newcomer_init(&one, "newcomer-1", 1);
    newcomer_init(&two, "newcomer-2", 2);
    assert_int_equal(newcomer_join(&one, text, len, &err), JEMPUT_OK);
    assert_int_equal(newcomer_join(&two, text, len, &err), JEMPUT_OK);
    jemput_text_free(text);
    fleet_sql(&one, 0, "INSERT INTO warga VALUES('d', '001')");
    fleet_sql(&two, 0, "INSERT INTO warga VALUES('x', '001')");
    assert_int_equal(bad_sync(&one, 0, fleet_hub(&f, 0), &report, &err), JEMPUT_OK);
    assert_int_equal(bad_info(&one, 0).admitted, 0); /* waits, and that is no error */
    assert_int_equal(fleet_sync(&f, CENTRAL, 0).admitted_devices, 1);
    bad_expect_names(&f, CENTRAL, "abcd");
    assert_int_equal(bad_sync(&one, 0, fleet_hub(&f, 0), &report, &err), JEMPUT_OK);
    assert_int_equal(bad_info(&one, 0).admitted, 1);
    assert_int_equal(bad_info(&one, 0).own.received, 1);

    for (unsigned i = 0; i < 2; i++) {
        bad_expect(bad_sync(&two, 0, fleet_hub(&f, 0), &report, &err), &err, JEMPUT_DENIED, "another device has used");
        assert_non_null(strstr(err.text, "ask for a new one"));
        assert_int_equal(report.complete, 1);
        assert_int_equal(bad_info(&two, 0).admitted, 0);
        fleet_expect(&two, 0, "SELECT nama FROM warga WHERE nama = 'x'", "x\n");
        report = fleet_sync(&f, CENTRAL, 0);
        assert_int_equal(report.admitted_devices, 0);
        assert_int_equal(report.logs_stopped, 1);
        bad_expect_aside(&f, CENTRAL, JEMPUT_DENIED, "another device has used its invitation");
        bad_expect_names(&f, CENTRAL, "abcd");
    }
    ask_again(&f, &two, "abcdx");
    newcomer_free(&one);
    newcomer_free(&two);
    bad_end(&f);
}

/* Two that were known before either was let in: nobody but a person can say whose the invitation is. The administrator lets in one by its key, then
 * the other one under a number of its own; what both have collected is merged. */
static void of_two_devices_that_ask_by_one_invitation_neither_is_admitted_until_a_person_decides(void **state)
{
    struct fleet f, many[2];
    struct jemput_sync_report report;
    struct jemput_error err;
    struct roll_device asks;
    struct jemput_device_act_report done;
    char keys[2][65];
    char *text, *codes;
    size_t len;

    (void)state;
    bad_begin(&f, 68);
    text = invite(&f, HOUR_MS, &len);
    for (unsigned i = 0; i < 2; i++) {
        newcomer_init(&many[i], i ? "newcomer-2" : "newcomer-1", 1 + i);
        assert_int_equal(newcomer_join(&many[i], text, len, &err), JEMPUT_OK);
        fleet_sql(&many[i], 0, "INSERT INTO warga VALUES('%s', '001')", i ? "x" : "d");
        assert_int_equal(bad_sync(&many[i], 0, fleet_hub(&f, 0), &report, &err), JEMPUT_OK);
        jemput_hex_encode(keys[i], many[i].devices[0].jemput->key.public_key, 32);
    }
    jemput_text_free(text);
    for (unsigned i = 0; i < 3; i++) {
        report = fleet_sync(&f, CENTRAL, 0);
        assert_int_equal(report.admitted_devices, 0);
        assert_int_equal(report.logs_stopped, 2);
        bad_expect_aside(&f, CENTRAL, JEMPUT_DENIED, "neither is let in");
        for (unsigned k = 0; k < 2; k++) {
            assert_int_equal(bad_sync(&many[k], 0, fleet_hub(&f, 0), &report, &err), JEMPUT_OK);
            assert_int_equal(bad_info(&many[k], 0).admitted, 0);
            asks = roll_asks(&f, CENTRAL, keys[k]);
            assert_int_equal(asks.found, 1);
            assert_string_equal(asks.roles, "petugas");
            assert_non_null(strstr(asks.why, "by the same invitation"));
        }
    }
    bad_expect_names(&f, CENTRAL, "abc");

    done = roll_act(&f, CENTRAL, (struct jemput_device_act){ .kind = JEMPUT_ACT_ADMIT, .device = keys[0] });
    assert_int_equal(done.device_number, 4); /* the one that the invitation has reserved */
    assert_int_equal(roll_asks(&f, CENTRAL, keys[0]).found, 0);
    assert_non_null(strstr(roll_asks(&f, CENTRAL, keys[1]).why, "has used its invitation"));
    assert_int_equal(fleet_sync(&f, CENTRAL, 0).admitted_devices, 0);
    bad_sync(&many[0], 0, fleet_hub(&f, 0), NULL, NULL);
    assert_int_equal(bad_info(&many[0], 0).admitted, 1);
    bad_expect(bad_sync(&many[1], 0, fleet_hub(&f, 0), &report, &err), &err, JEMPUT_DENIED, "another device has used");

    codes = fleet_rows(&many[1], 0, "SELECT jemput_serial('warga')");
    assert_memory_equal(codes, "04-", 3); /* the other one has it, too: it gets another from here on */
    free(codes);
    done = roll_act(&f, CENTRAL, (struct jemput_device_act){ .kind = JEMPUT_ACT_ADMIT, .device = keys[1], .roles = "kelurahan" });
    assert_int_equal(done.device_number, 5);
    for (unsigned i = 0; i < 2; i++) {
        fleet_sync(&f, CENTRAL, 0);
        for (unsigned k = 0; k < 2; k++)
            bad_sync(&many[k], 0, fleet_hub(&f, 0), NULL, NULL);
    }
    bad_expect_names(&f, CENTRAL, "abcdx");
    assert_int_equal(bad_info(&f, CENTRAL).logs_stopped, 0);
    assert_int_equal(bad_info(&many[1], 0).admitted, 1);
    assert_string_equal(bad_info(&many[1], 0).roles, "kelurahan");
    assert_int_equal(bad_info(&many[1], 0).device_number, 5);
    codes = fleet_rows(&many[1], 0, "SELECT jemput_serial('warga')");
    assert_memory_equal(codes, "05-", 3);
    free(codes);
    assert_int_equal(roll_asks(&f, CENTRAL, "").found, 0);
    for (unsigned i = 0; i < 2; i++)
        newcomer_free(&many[i]);
    bad_end(&f);
}

/* The second one comes days later, from another hub: the office remembers the first, which had to wait because nobody knew of its invitation's maker. */
static void a_second_claim_is_noticed_though_the_first_came_days_before(void **state)
{
    struct fleet f, many[2];
    struct jemput_sync_report report;
    struct jemput_error err;
    char *text;
    size_t len;

    (void)state;
    bad_begin(&f, 69);
    text = invite(&f, INT64_C(200) * HOUR_MS, &len);
    for (unsigned i = 0; i < 2; i++) {
        newcomer_init(&many[i], i ? "newcomer-2" : "newcomer-1", 1 + i);
        assert_int_equal(newcomer_join(&many[i], text, len, &err), JEMPUT_OK);
        assert_int_equal(bad_sync(&many[i], 0, fleet_hub(&f, i), &report, &err), JEMPUT_OK);
    }
    jemput_text_free(text);
    assert_int_equal(fleet_sync(&f, CENTRAL, 0).admitted_devices, 1); /* it was alone */
    f.devices[CENTRAL].sim.wall_ms += INT64_C(72) * HOUR_MS;
    report = fleet_sync(&f, CENTRAL, 1);
    assert_int_equal(report.admitted_devices, 0);
    bad_expect_aside(&f, CENTRAL, JEMPUT_DENIED, "another device has used its invitation");
    assert_non_null(strstr(roll_asks(&f, CENTRAL, "").why, "has used its invitation"));
    for (unsigned i = 0; i < 2; i++)
        newcomer_free(&many[i]);
    fleet_release(&f);
}

/* Requests as they would be noted, without devices that make them: `invitation` and `device` name the one-time key and the one that asks. */
static void claim_note(struct fleet *f, unsigned invitation, unsigned device)
{
    struct jemput_join join = { .epoch = 1, .device_number = 9 };
    struct jemput_error err;
    bool rival;

    memcpy(join.invite_key, &invitation, sizeof invitation);
    memcpy(join.public_key, &device, sizeof device);
    assert_int_equal(engine_claim_note(f->devices[CENTRAL].jemput, &join, &rival, &err), JEMPUT_OK);
}

/* Of those noted, and of those by this invitation. */
static unsigned claims_count(struct fleet *f, unsigned invitation, unsigned *by_it)
{
    struct jemput_arena arena = { 0 };
    struct jemput_error err;
    struct claim *claims;
    uint32_t count;

    assert_int_equal(claims_read(f->devices[CENTRAL].jemput, &claims, &count, &arena, &err), JEMPUT_OK);
    *by_it = 0;
    for (uint32_t i = 0; i < count; i++)
        *by_it += memcmp(claims[i].join.invite_key, &invitation, sizeof invitation) == 0;
    jemput_arena_release(&arena);
    return count;
}

/* Whoever has one invitation asks by it as often as he likes: it stays known that others have asked by theirs. */
static void the_list_of_who_asks_has_500_and_of_one_invitation_8(void **state)
{
    struct fleet f;
    unsigned by_it;

    (void)state;
    bad_begin(&f, 73);
    claim_note(&f, 1, 1);
    for (unsigned i = 0; i < 20; i++)
        claim_note(&f, 2, 100 + i);
    assert_int_equal(claims_count(&f, 2, &by_it), 9);
    assert_int_equal(by_it, 8);
    for (unsigned i = 9; i < 500; i++)
        claim_note(&f, 1000 + i, 1000 + i);
    assert_int_equal(claims_count(&f, 1, &by_it), 500);
    assert_int_equal(by_it, 1);
    claim_note(&f, 3, 3);
    assert_int_equal(claims_count(&f, 1, &by_it), 500);
    assert_int_equal(by_it, 0); /* the oldest */
    bad_end(&f);
}

/* Where there is a central, an administrator's own device lists who asks, too, and may let one in; it never does so by itself. */
static void an_administrator_beside_central_sees_who_asks_and_admits_by_key_alone(void **state)
{
    struct fleet f, one;
    struct jemput_error err;
    struct roll_device asks;
    unsigned admin;
    size_t len;
    char *text;

    (void)state;
    bad_begin(&f, 70);
    admin = roll_join(&f, CENTRAL, "admin");
    fleet_settle(&f, 0);
    fleet_settle(&f, 0);
    text = invite(&f, HOUR_MS, &len);
    newcomer_init(&one, "newcomer", 1);
    assert_int_equal(newcomer_join(&one, text, len, &err), JEMPUT_OK);
    jemput_text_free(text);
    fleet_sql(&one, 0, "INSERT INTO warga VALUES('d', '001')");
    assert_int_equal(bad_sync(&one, 0, fleet_hub(&f, 0), NULL, NULL), JEMPUT_OK);
    assert_int_equal(fleet_sync(&f, admin, 0).admitted_devices, 0);
    asks = roll_asks(&f, admin, "");
    assert_int_equal(asks.found, 1);
    assert_non_null(strstr(asks.why, "when the office syncs"));
    roll_act(&f, admin, (struct jemput_device_act){ .kind = JEMPUT_ACT_ADMIT, .device = asks.key });
    roll_refused(&f, admin, (struct jemput_device_act){ .kind = JEMPUT_ACT_ADMIT, .device = asks.key }, JEMPUT_EXISTS, "let in already");
    for (unsigned i = 0; i < 3; i++) {
        fleet_sync(&f, admin, 0);
        fleet_sync(&f, CENTRAL, 0);
        bad_sync(&one, 0, fleet_hub(&f, 0), NULL, NULL);
    }
    assert_int_equal(bad_info(&one, 0).admitted, 1);
    bad_expect_names(&f, CENTRAL, "abcd");
    newcomer_free(&one);
    fleet_release(&f);
}

/* --- its space --- */

static void the_hub_of_another_space_is_refused_and_gets_nothing(void **state)
{
    struct fleet f, g;
    char hub[300];

    (void)state;
    bad_begin(&f, 69);
    bad_begin(&g, 70);
    snprintf(hub, sizeof hub, "%s", fleet_hub(&f, 0));
    for (unsigned i = 0; i < 3; i++) {
        uint64_t sum = bad_folder_sum(hub);

        bad_write(&g, i, i == 0 ? "d" : i == 1 ? "e" : "f");
        bad_expect_sync(&g, i, hub, JEMPUT_DENIED, "another space");
        bad_expect_sync(&g, i, hub, JEMPUT_DENIED, "nothing was sent");
        assert_true(bad_folder_sum(hub) == sum);
        assert_string_equal(bad_info(&g, i).hub, fleet_hub(&g, 0)); /* the right one is still remembered */
    }
    bad_expect_all_received(&g, "abcdef");
    bad_end(&g);
    bad_end(&f);
}

static void logs_of_another_space_in_this_hub_are_stopped_and_the_others_go_on(void **state)
{
    struct fleet f, g;
    char hub[300];

    (void)state;
    bad_begin(&f, 73);
    bad_begin(&g, 74);
    bad_write(&f, 1, "d");
    fleet_sync(&f, 1, 0);
    snprintf(hub, sizeof hub, "%s", fleet_hub(&f, 0));
    bad_shell("cd '%s' && cp -r . '%s'", fleet_hub(&g, 0), hub);
    for (unsigned i = 0; i < 3; i++) {
        bad_expect_sync(&f, CENTRAL, hub, JEMPUT_OK, "");
        bad_expect_aside(&f, CENTRAL, JEMPUT_DENIED, "another space");
        assert_int_equal(bad_info(&f, CENTRAL).logs_stopped, 3);
        bad_expect_names(&f, CENTRAL, "abcd");
        bad_expect_sync(&f, 1 + i % 2, hub, JEMPUT_OK, "");
        bad_expect_names(&f, 1 + i % 2, "abcd");
    }
    bad_end(&g);
    bad_end(&f);
}

static void a_newcomer_with_an_invitation_to_another_space_is_not_admitted_here(void **state)
{
    struct fleet f, g, one;
    struct jemput_sync_report report;
    struct jemput_error err;
    size_t len;
    char *text;

    (void)state;
    bad_begin(&f, 71);
    bad_begin(&g, 72);
    text = invite(&g, HOUR_MS, &len);
    newcomer_init(&one, "newcomer", 1);
    assert_int_equal(newcomer_join(&one, text, len, &err), JEMPUT_OK);
    jemput_text_free(text);
    fleet_sql(&one, 0, "INSERT INTO warga VALUES('d', '001')");
    bad_expect_sync(&one, 0, fleet_hub(&f, 0), JEMPUT_DENIED, "another space");
    assert_int_equal(fleet_sync(&f, CENTRAL, 0).admitted_devices, 0);
    bad_expect_names(&f, CENTRAL, "abc");
    bad_expect_names(&one, 0, "d");
    /* At its own hub it gets in, with all that it has. */
    assert_int_equal(bad_sync(&one, 0, fleet_hub(&g, 0), &report, &err), JEMPUT_OK);
    assert_int_equal(fleet_sync(&g, CENTRAL, 0).admitted_devices, 1);
    assert_int_equal(bad_sync(&one, 0, fleet_hub(&g, 0), &report, &err), JEMPUT_OK);
    assert_int_equal(bad_info(&one, 0).admitted, 1);
    bad_expect_names(&g, CENTRAL, "abcd");
    bad_expect_names(&one, 0, "abcd");
    fleet_verify(&one, 0);
    newcomer_free(&one);
    bad_end(&g);
    bad_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_invitation_is_refused_and_leaves_no_file),
        cmocka_unit_test(an_invitation_cut_at_any_byte_is_refused_and_leaves_no_file),
        cmocka_unit_test(an_invitation_with_any_one_bit_flipped_is_refused_and_leaves_no_file),
        cmocka_unit_test(joining_over_a_file_that_is_there_touches_nothing),
        cmocka_unit_test(an_expired_invitation_is_refused_at_the_join),
        cmocka_unit_test(one_that_expires_between_join_and_first_sync_is_told_on_both_sides_and_the_rows_stay),
        cmocka_unit_test(an_invitation_used_by_two_devices_admits_one_and_tells_the_other),
        cmocka_unit_test(of_two_devices_that_ask_by_one_invitation_neither_is_admitted_until_a_person_decides),
        cmocka_unit_test(a_second_claim_is_noticed_though_the_first_came_days_before),
        cmocka_unit_test(the_list_of_who_asks_has_500_and_of_one_invitation_8),
        cmocka_unit_test(an_administrator_beside_central_sees_who_asks_and_admits_by_key_alone),
        cmocka_unit_test(the_hub_of_another_space_is_refused_and_gets_nothing),
        cmocka_unit_test(logs_of_another_space_in_this_hub_are_stopped_and_the_others_go_on),
        cmocka_unit_test(a_newcomer_with_an_invitation_to_another_space_is_not_admitted_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
