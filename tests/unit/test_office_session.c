/* unit/test_office_session.c — sessions end by themselves, wrong PINs wait, scopes cover, hosts are ours: with a clock that the test sets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guard.h"
#include "lockout.h"
#include "pins.h"

#define MINUTE INT64_C(60000)

static int64_t now = 5 * MINUTE;

static int64_t clock_set(void)
{
    return now;
}

static const struct account account = { .name = "siti.rahmah", .label = "Siti Rahmah" };

static void begin(char cookie[SESSION_NAME_BYTES])
{
    struct session *s = session_begin(&account, NULL, "10.0.0.1", cookie);

    assert_non_null(s);
    session_release(s);
}

static bool lives(const char *cookie, bool asked)
{
    struct session *s = session_find(cookie, asked);

    session_release(s);
    return s != NULL;
}

static void a_session_ends_after_fifteen_minutes_without_a_request(void **state)
{
    char cookie[SESSION_NAME_BYTES];

    (void)state;
    begin(cookie);
    for (int i = 0; i < 3; i++) {
        now += 15 * MINUTE;
        assert_true(lives(cookie, true));
    }
    now += 10 * MINUTE;
    assert_true(lives(cookie, false)); /* events are no request of the person's */
    now += 6 * MINUTE;
    assert_false(lives(cookie, true));
}

static void a_session_ends_after_eight_hours_whatever_is_asked(void **state)
{
    char cookie[SESSION_NAME_BYTES];

    (void)state;
    begin(cookie);
    for (int i = 0; i < 48; i++) {
        now += 10 * MINUTE;
        assert_true(lives(cookie, true));
    }
    now += MINUTE;
    assert_false(lives(cookie, true));
}

static void a_renewed_session_has_another_name_and_its_pin_is_fresh_for_five_minutes(void **state)
{
    char first[SESSION_NAME_BYTES], second[SESSION_NAME_BYTES], token[SESSION_NAME_BYTES];
    struct session *s;

    (void)state;
    begin(first);
    now += 6 * MINUTE;
    s = session_find(first, true);
    assert_int_equal(session_renewed_ms(s), 0);
    strcpy(token, s->token);
    session_renew(s, second);
    assert_true(session_renewed_ms(s) > 0);
    assert_false(lives(first, true));
    assert_true(lives(second, true));
    assert_false(session_token_good(s, token));
    assert_true(session_token_good(s, s->token));
    assert_false(session_token_good(s, ""));
    now += 5 * MINUTE + 1;
    assert_int_equal(session_renewed_ms(s), 0);
    session_release(s);
    sessions_end_account("siti.rahmah");
    assert_false(lives(second, true));
}

static void an_account_has_three_sessions_and_the_oldest_gives_way(void **state)
{
    char cookies[5][SESSION_NAME_BYTES];
    struct session_told told[8];

    (void)state;
    for (int i = 0; i < 5; i++) {
        begin(cookies[i]);
        now += 1;
    }
    for (int i = 0; i < 5; i++)
        assert_int_equal(lives(cookies[i], true), i >= 2);
    assert_int_equal(sessions_of("siti.rahmah", told, 8), 3);
    assert_false(session_end_named(told[0].short_name, "orang.lain"));
    assert_true(session_end_named(told[0].short_name, "siti.rahmah"));
    assert_int_equal(sessions_of("siti.rahmah", told, 8), 2);
    sessions_end_all();
}

static void wrong_pins_wait_longer_each_time_up_to_an_hour(void **state)
{
    static const unsigned waits[] = { 0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600 };
    struct lockout l = { 0 };
    int64_t at = 1000000;

    (void)state;
    for (unsigned i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        lockout_wrong(&l, LOCKOUT_FREE, at);
        assert_int_equal(lockout_wait_s(&l, at), waits[i]);
        at += waits[i] * INT64_C(1000);
        assert_int_equal(lockout_wait_s(&l, at), 0);
    }
    assert_int_equal(lockout_wait_s(&l, INT64_MIN / 2), 3600); /* the clock was set back */
    l.wrong = UINT32_MAX;
    lockout_wrong(&l, LOCKOUT_FREE, at);
    assert_int_equal(lockout_wait_s(&l, at), 3600);
    at += 24 * 60 * MINUTE + 1;
    lockout_wrong(&l, LOCKOUT_FREE, at); /* a day later it is the first one */
    assert_int_equal(l.wrong, 1);
    for (unsigned i = 1; i < LOCKOUT_FREE_STRANGERS - 1; i++)
        lockout_wrong(&l, LOCKOUT_FREE_STRANGERS, at);
    assert_int_equal(lockout_wait_s(&l, at), 0);
    lockout_wrong(&l, LOCKOUT_FREE_STRANGERS, at);
    assert_int_equal(lockout_wait_s(&l, at), 30);
}

static void a_place_is_the_network_of_an_address(void **state)
{
    static const char *const cases[][2] = { { "10.1.2.3", "10.1.2.0/24" },      { "10.1.2.255", "10.1.2.0/24" },
                                            { "2001:db8:1:2:3::4", "2001:db8:1:2::/64" }, { "::1", "::/64" },
                                            { "", "-" },                        { "bukan alamat", "bukan alamat" } };
    char place[PLACE_BYTES];

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lockout_place(place, cases[i][0]);
        assert_string_equal(place, cases[i][1]);
    }
}

static void pins_that_are_tried_first_are_refused(void **state)
{
    static const char *const bad[] = { "",         "1234567",   "12345678", "87654321",  "90123456",  "11111111",      "abcdefgh",
                                       "12121212", "abcabcabc", "password", "PassWord1", "bismillah", "xsiti.rahmahx", "SITI.RAHMAH9" };
    const char *en;

    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_non_null(pin_refusal(bad[i], "siti.rahmah", &en));
        assert_non_null(en);
    }
    assert_null(pin_refusal("sapi merah 41", "siti.rahmah", &en));
    assert_null(pin_refusal("kuda biru lari", "siti.rahmah", &en));
}

static void a_scope_covers_what_lies_in_it_and_what_nobody_wrote_down_only_if_it_is_whole(void **state)
{
    (void)state;
    assert_true(scope_covers("16.74", "16.74") && scope_covers("16.74", "16.74.05.1003") && scope_covers("", NULL) && scope_covers("", "16.72"));
    assert_false(scope_covers("16.74", "16.7") || scope_covers("16.74", "16.741") || scope_covers("16.74", "") || scope_covers("16.74", NULL));
    assert_int_equal(roles_of("admin,pusat"), ROLE_ADMIN | ROLE_PUSAT);
    assert_int_equal(roles_of("administrator,,kominfo"), ROLE_KOMINFO);
}

static void only_our_own_names_and_pages_are_let_in(void **state)
{
    const struct console c = { .listen = "127.0.0.1:8421", .address = "https://kantor.example" };

    (void)state;
    assert_true(guard_host(&c, "kantor.example") && guard_host(&c, "KANTOR.example") && guard_host(&c, "127.0.0.1:8421") &&
                guard_host(&c, "localhost:8421"));
    assert_false(guard_host(&c, NULL) || guard_host(&c, "") || guard_host(&c, "kantor.example:80") || guard_host(&c, "127.0.0.1") ||
                 guard_host(&c, "x.kantor.example"));
    assert_true(guard_origin(&c, "https://kantor.example", "same-origin") && guard_origin(&c, "http://127.0.0.1:8421", NULL) &&
                guard_origin(&c, NULL, "same-origin"));
    assert_false(guard_origin(&c, NULL, NULL) || guard_origin(&c, "null", NULL) || guard_origin(&c, "http://kantor.example", NULL));
    assert_false(guard_origin(&c, "https://kantor.example", "same-site") || guard_origin(&c, "https://kantor.example.lain.example", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_ends_after_fifteen_minutes_without_a_request),
        cmocka_unit_test(a_session_ends_after_eight_hours_whatever_is_asked),
        cmocka_unit_test(a_renewed_session_has_another_name_and_its_pin_is_fresh_for_five_minutes),
        cmocka_unit_test(an_account_has_three_sessions_and_the_oldest_gives_way),
        cmocka_unit_test(wrong_pins_wait_longer_each_time_up_to_an_hour),
        cmocka_unit_test(a_place_is_the_network_of_an_address),
        cmocka_unit_test(pins_that_are_tried_first_are_refused),
        cmocka_unit_test(a_scope_covers_what_lies_in_it_and_what_nobody_wrote_down_only_if_it_is_whole),
        cmocka_unit_test(only_our_own_names_and_pages_are_let_in),
    };

    session_clock = clock_set;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
