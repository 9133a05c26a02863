/* unit/test_smart.c — smart HTTP against stock git: list, push and fetch, in version 2 and in the plain forms; what goes wrong on the way. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "smart_world.h"
#include "support/fault_alloc.h"

#define LOG 12

struct names {
    unsigned count;
    char all[1024];
};

static enum jemput_status name_add(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct names *n = ctx;

    (void)err;
    n->count++;
    snprintf(n->all + strlen(n->all), sizeof n->all - strlen(n->all), "%.8s %s\n", world_hex(oid), name);
    return JEMPUT_OK;
}

static enum jemput_status list(struct smart_world *s, const char *prefix, struct names *out)
{
    unsigned skipped = 99;
    enum jemput_status st;

    *out = (struct names){ 0 };
    st = jemput_smart_refs(&s->smart, &prefix, 1, name_add, out, &skipped, &s->w.err);
    if (!st)
        assert_int_equal(skipped, 0);
    return st;
}

/* --- what works --- */

static void a_log_goes_up_in_one_exchange_and_comes_down_in_one(struct smart_world *s)
{
    struct jemput_oid log[LOG], tip;
    uint32_t count;

    world_log(&s->w, log, LOG, world_sign, NULL);
    assert_int_equal(smart_push(s, REF, NULL, log, 5), JEMPUT_OK);
    assert_int_equal(smart_push(s, REF, &log[4], log + 5, LOG - 5), JEMPUT_OK);
    assert_int_equal(s->git.exchanges, 2);
    assert_string_equal(smart_tip(s, REF), world_hex(&log[LOG - 1]));
    world_must(&s->w, "git -C hub fsck --strict --full");
    assert_int_equal(smart_fetch_ref(s, REF, &log[4], &tip, &count), JEMPUT_OK);
    assert_int_equal(s->git.exchanges, 3);
    assert_true(jemput_oid_equal(&tip, &log[LOG - 1]));
    assert_true(landed_have(s, log + 5, LOG - 5));
    assert_false(landed_have(s, log + 4, 1));
    assert_int_equal(count, s->landed_count);
}

static void pushes_and_fetches_take_one_exchange_each(void **state)
{
    struct smart_world s;

    (void)state;
    smart_world_open(&s);
    a_log_goes_up_in_one_exchange_and_comes_down_in_one(&s);
    smart_world_close(&s);
}

static void nothing_new_is_an_empty_pack_and_few_bytes(void **state)
{
    struct smart_world s;
    struct jemput_oid log[LOG], tip;
    uint32_t count;

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, LOG, world_sign, NULL);
    assert_int_equal(smart_push(&s, REF, NULL, log, LOG), JEMPUT_OK);
    assert_int_equal(smart_fetch_ref(&s, REF, &log[LOG - 1], &tip, &count), JEMPUT_OK);
    assert_int_equal(count, 0);
    assert_true(jemput_oid_equal(&tip, &log[LOG - 1]));
    assert_in_range(s.git.body_bytes, 1, 260);
    assert_in_range(s.git.answer_bytes, 1, 200);
    smart_world_close(&s);
}

static void the_list_is_asked_for_by_name_and_says_only_that(void **state)
{
    struct smart_world s;
    struct names names;
    struct jemput_oid log[2];

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, 2, world_sign, NULL);
    assert_int_equal(list(&s, "refs/heads/log/", &names), JEMPUT_OK); /* of an empty repository, too */
    assert_int_equal(names.count, 0);
    assert_int_equal(smart_push(&s, REF, NULL, log, 2), JEMPUT_OK);
    assert_int_equal(smart_push(&s, OTHER_REF, NULL, log, 1), JEMPUT_OK);
    for (unsigned old = 0; old < 2; old++) {
        s.git.old = old;
        assert_int_equal(list(&s, "refs/heads/log/", &names), JEMPUT_OK);
        assert_int_equal(names.count, 2);
        assert_int_equal(list(&s, OTHER_REF, &names), JEMPUT_OK);
        assert_int_equal(names.count, 1);
        assert_non_null(strstr(names.all, OTHER_REF));
        assert_int_equal(s.smart.plain, old);
    }
    smart_world_close(&s);
}

static void a_server_without_version_2_is_asked_in_the_plain_form(void **state)
{
    struct smart_world s;
    struct names names;
    struct jemput_oid log[LOG], tip;
    uint32_t count;

    (void)state;
    smart_world_open(&s);
    s.git.old = true;
    world_log(&s.w, log, LOG, world_sign, NULL);
    assert_int_equal(smart_push(&s, REF, NULL, log, LOG), JEMPUT_OK);
    assert_int_equal(list(&s, "refs/heads/", &names), JEMPUT_OK);
    assert_true(s.smart.plain);
    assert_int_equal(smart_fetch_ref(&s, REF, NULL, &tip, &count), JEMPUT_NOTFOUND); /* by name: not in that form */
    assert_int_equal(smart_fetch_oid(&s, &log[LOG - 1], &log[6], &count), JEMPUT_OK);
    assert_true(landed_have(&s, log + 7, LOG - 7));
    assert_false(landed_have(&s, log, 7));
    landed_clear(&s);
    assert_int_equal(smart_fetch_oid(&s, &log[LOG - 1], NULL, &count), JEMPUT_OK);
    assert_true(landed_have(&s, log, LOG));
    smart_world_close(&s);
}

/* Nobody has the first two commits any more. */
static void a_log_without_its_beginning_is_taken_where_that_is_allowed_and_read_in_both_forms(void **state)
{
    struct smart_world s;
    struct names names;
    struct jemput_oid log[LOG];
    uint32_t count;

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, LOG, world_sign, NULL);
    assert_int_equal(smart_push(&s, REF, NULL, log + 2, LOG - 2), JEMPUT_DENIED);
    assert_int_equal(smart_push_from(&s, REF, NULL, log + 2, LOG - 2, log + 2), JEMPUT_DENIED);
    assert_non_null(strstr(s.w.err.text, "shallow update"));
    assert_string_equal(smart_tip(&s, REF), "");
    world_must(&s.w, "git -C hub config receive.shallowUpdate true");
    assert_int_equal(smart_push(&s, REF, NULL, log + 2, LOG - 2), JEMPUT_DENIED);
    assert_int_equal(smart_push_from(&s, REF, NULL, log + 2, LOG - 2, log + 2), JEMPUT_OK);
    world_must(&s.w, "git -C hub fsck --strict --full && git -C hub gc -q --prune=now");
    for (unsigned old = 0; old < 2; old++) {
        s.git.old = old;
        assert_int_equal(list(&s, "refs/heads/log/", &names), JEMPUT_OK);
        assert_int_equal(names.count, 1);
        assert_int_equal(smart_fetch_oid(&s, &log[LOG - 1], NULL, &count), JEMPUT_OK);
        assert_true(landed_have(&s, log + 2, LOG - 2));
        assert_false(landed_have(&s, log, 1));
        landed_clear(&s);
    }
    smart_world_close(&s);
}

static void a_server_that_takes_no_names_says_so_and_is_asked_by_id(void **state)
{
    struct smart_world s;
    struct jemput_oid log[LOG], tip;
    uint32_t count;

    (void)state;
    smart_world_open(&s);
    world_must(&s.w, "git -C hub config uploadpack.allowRefInWant false");
    world_log(&s.w, log, LOG, world_sign, NULL);
    assert_int_equal(smart_push(&s, REF, NULL, log, LOG), JEMPUT_OK);
    assert_int_equal(smart_fetch_ref(&s, REF, NULL, &tip, &count), JEMPUT_NOTFOUND);
    assert_true(s.smart.nameless);
    assert_int_equal(smart_fetch_oid(&s, &log[LOG - 1], &log[2], &count), JEMPUT_OK);
    assert_true(landed_have(&s, log + 3, LOG - 3));
    smart_world_close(&s);
}

static void a_branch_that_is_not_there_is_not_found(void **state)
{
    struct smart_world s;
    struct jemput_oid log[1], tip, nowhere = { { 7 } };
    uint32_t count;

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, 1, world_sign, NULL);
    assert_int_equal(smart_push(&s, REF, NULL, log, 1), JEMPUT_OK);
    assert_int_equal(smart_fetch_ref(&s, OTHER_REF, NULL, &tip, &count), JEMPUT_NOTFOUND);
    assert_int_equal(smart_fetch_oid(&s, &nowhere, NULL, &count), JEMPUT_NOTFOUND);
    assert_false(s.smart.nameless);
    smart_world_close(&s);
}

static void deltas_of_a_repacked_hub_are_taken(void **state)
{
    struct smart_world s;
    struct jemput_oid log[60], tip;
    uint32_t count;

    (void)state;
    smart_world_open(&s);
    for (unsigned i = 0; i < 60; i++) {
        char message[4096];
        int len = snprintf(message, sizeof message, "segment %u\n", i);

        for (unsigned k = 0; k < 60; k++)
            len += snprintf(message + len, sizeof message - (size_t)len, "line %u of a header that hardly changes\n", k);
        log[i] = world_commit_by(&s.w, i ? &log[i - 1] : NULL, i ? 1 : 0, message, jemput_bytes_of(message, (size_t)len), world_sign, NULL);
    }
    assert_int_equal(smart_push(&s, REF, NULL, log, 60), JEMPUT_OK);
    world_must(&s.w, "git -C hub repack -adfq --depth=20 && git verify-pack -v hub/objects/pack/*.idx | grep -q 'chain length'");
    assert_int_equal(smart_fetch_ref(&s, REF, NULL, &tip, &count), JEMPUT_OK);
    assert_true(landed_have(&s, log, 60));
    smart_world_close(&s);
}

/* --- what goes wrong --- */

static void a_push_from_a_wrong_tip_changes_nothing(void **state)
{
    struct smart_world s;
    struct jemput_oid log[4];

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, 4, world_sign, NULL);
    assert_int_equal(smart_push(&s, REF, NULL, log, 2), JEMPUT_OK);
    assert_int_equal(smart_push(&s, REF, &log[0], log + 2, 2), JEMPUT_EXISTS);
    assert_int_equal(smart_push(&s, REF, NULL, log, 4), JEMPUT_EXISTS);
    assert_string_equal(smart_tip(&s, REF), world_hex(&log[1]));
    assert_int_equal(smart_push(&s, REF, &log[1], log + 2, 2), JEMPUT_OK);
    smart_world_close(&s);
}

static void a_hub_that_refuses_says_why(void **state)
{
    struct smart_world s;
    struct jemput_oid log[1];

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, 1, world_sign, NULL);
    world_must(&s.w, "printf '#!/bin/sh\\nexit 1\\n' > hub/hooks/pre-receive && chmod +x hub/hooks/pre-receive");
    assert_int_equal(smart_push(&s, REF, NULL, log, 1), JEMPUT_DENIED);
    assert_non_null(strstr(s.w.err.text, "pre-receive hook declined"));
    world_must(&s.w, "rm hub/hooks/pre-receive && git -C hub config receive.maxInputSize 10");
    assert_int_equal(smart_push(&s, REF, NULL, log, 1), JEMPUT_DENIED);
    assert_string_equal(smart_tip(&s, REF), "");
    smart_world_close(&s);
}

static void each_status_of_http_has_its_meaning(void **state)
{
    static const struct {
        unsigned http;
        enum jemput_status status;
    } expected[] = {
        { 401, JEMPUT_DENIED }, { 403, JEMPUT_DENIED }, { 404, JEMPUT_NOTFOUND }, { 410, JEMPUT_NOTFOUND }, { 413, JEMPUT_LIMIT },
        { 429, JEMPUT_BUSY }, { 503, JEMPUT_BUSY }, { 507, JEMPUT_FULL }, { 500, JEMPUT_OFFLINE }, { 502, JEMPUT_OFFLINE }, { 302, JEMPUT_OFFLINE },
        { 200, JEMPUT_OFFLINE },
    };
    struct smart_world s;
    struct jemput_oid log[1], tip;
    uint32_t count;

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, 1, world_sign, NULL);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        s.git.status = expected[i].http;
        s.git.type = "text/html";
        s.git.page = "<html>Selamat datang! Masuk untuk memakai jaringan ini.</html>";
        assert_int_equal(smart_push(&s, REF, NULL, log, 1), expected[i].status);
        s.git.status = expected[i].http;
        assert_int_equal(smart_fetch_ref(&s, REF, NULL, &tip, &count), expected[i].status);
        assert_int_equal(count, 0);
        assert_false(s.smart.nameless);
    }
    assert_non_null(strstr(s.w.err.text, "sign in"));
    smart_world_close(&s);
}

static void a_sign_in_page_that_claims_to_be_git_is_no_hub(void **state)
{
    struct smart_world s;
    struct jemput_oid tip;
    uint32_t count;

    (void)state;
    smart_world_open(&s);
    s.git.status = 200;
    s.git.type = "application/x-git-upload-pack-result";
    s.git.page = "<html>";
    assert_int_equal(smart_fetch_ref(&s, REF, NULL, &tip, &count), JEMPUT_OFFLINE);
    smart_world_close(&s);
}

static void a_redirection_is_followed_within_the_host_only(void **state)
{
    struct smart_world s;
    struct jemput_oid log[1];

    (void)state;
    smart_world_open(&s);
    jemput_smart_close(&s.smart);
    assert_int_equal(jemput_smart_open(&s.smart, &s.git.http, "https://hub/old/", "Authorization: Bearer rahasia", &s.w.err), JEMPUT_OK);
    world_log(&s.w, log, 1, world_sign, NULL);
    s.git.status = 301;
    s.git.location = "https://elsewhere/hub/git-receive-pack";
    assert_int_equal(smart_push(&s, REF, NULL, log, 1), JEMPUT_UNTRUSTED);
    assert_int_equal(s.git.exchanges, 1);
    s.git.status = 301;
    s.git.location = "https://hub.elsewhere/hub/git-receive-pack";
    assert_int_equal(smart_push(&s, REF, NULL, log, 1), JEMPUT_UNTRUSTED);
    s.git.status = 301;
    s.git.location = "https://hub:x@elsewhere/hub/git-receive-pack";
    assert_int_equal(smart_push(&s, REF, NULL, log, 1), JEMPUT_UNTRUSTED);
    s.git.status = 301;
    s.git.location = "https://hub/sign-in";
    assert_int_equal(smart_push(&s, REF, NULL, log, 1), JEMPUT_UNTRUSTED);
    s.git.status = 301;
    s.git.location = "https://hub/hub/git-receive-pack";
    assert_int_equal(smart_push(&s, REF, NULL, log, 1), JEMPUT_OK);
    assert_string_equal(s.git.last_url, "https://hub/hub/git-receive-pack");
    assert_string_equal(s.git.last_authorization, "Bearer rahasia");
    smart_world_close(&s);
}

static void a_redirection_to_another_number_of_ipv6_is_to_another_host(void **state)
{
    struct smart_world s;
    struct jemput_oid log[1];

    (void)state;
    smart_world_open(&s);
    jemput_smart_close(&s.smart);
    assert_int_equal(jemput_smart_open(&s.smart, &s.git.http, "http://[fe80::1%25wlan0]:8418/hub", NULL, &s.w.err), JEMPUT_OK);
    world_log(&s.w, log, 1, world_sign, NULL);
    s.git.status = 301;
    s.git.location = "http://[fe80::2%25wlan0]:8418/hub/git-receive-pack";
    assert_int_equal(smart_push(&s, REF, NULL, log, 1), JEMPUT_UNTRUSTED);
    assert_int_equal(s.git.exchanges, 1);
    s.git.status = 301;
    s.git.location = "http://[fe80::1%25wlan0]:x@elsewhere/hub/git-receive-pack";
    assert_int_equal(smart_push(&s, REF, NULL, log, 1), JEMPUT_UNTRUSTED);
    s.git.status = 301;
    s.git.location = "http://[fe80::1%25wlan0]elsewhere/hub/git-receive-pack";
    assert_int_equal(smart_push(&s, REF, NULL, log, 1), JEMPUT_UNTRUSTED);
    s.git.status = 301;
    s.git.location = "http://[fe80::1%25wlan0]:8419/hub/git-receive-pack";
    assert_int_equal(smart_push(&s, REF, NULL, log, 1), JEMPUT_OK);
    smart_world_close(&s);
}

struct signing {
    unsigned asked, signed_count;
    int64_t now_s;
    char url[128];
};

static enum jemput_status signing_sign(void *ctx, const char *url, int64_t now_s, char **line, struct jemput_error *err)
{
    struct signing *signing = ctx;

    signing->signed_count++;
    signing->now_s = now_s;
    snprintf(signing->url, sizeof signing->url, "%s", url);
    *line = jemput_strdup("Authorization: Jemput tanda");
    return *line ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory");
}

static void signing_asked(void *ctx)
{
    ((struct signing *)ctx)->asked++;
}

static void a_token_is_signed_when_the_hub_asks_for_the_time_that_it_says_and_then_kept(void **state)
{
    struct smart_world s;
    struct signing signing = { 0 };
    struct jemput_smart_signer signer = { .sign = signing_sign, .asked = signing_asked, .ctx = &signing };
    struct jemput_oid log[2];

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, 2, world_sign, NULL);
    s.smart.signer = &signer;
    s.git.status = 401;
    s.git.authenticate = "Jemput now=1769400000";
    assert_int_equal(smart_push(&s, REF, NULL, log, 1), JEMPUT_OK);
    assert_int_equal(s.git.exchanges, 2);
    assert_int_equal(signing.asked, 1);
    assert_int_equal(signing.now_s, 1769400000);
    assert_string_equal(s.git.last_authorization, "Jemput tanda");
    assert_int_equal(smart_push(&s, REF, &log[0], log + 1, 1), JEMPUT_OK);
    assert_int_equal(s.git.exchanges, 3);
    assert_int_equal(signing.signed_count, 1);
    s.git.status = 401;
    s.git.authenticate = "Basic realm=x"; /* none of ours: credentials are wanted, and nothing is signed */
    assert_int_equal(smart_push(&s, REF, &log[0], log + 1, 1), JEMPUT_DENIED);
    assert_int_equal(signing.signed_count, 1);
    smart_world_close(&s);
}

static void a_hub_that_is_known_to_ask_gets_its_token_unasked(void **state)
{
    struct smart_world s;
    struct signing signing = { 0 };
    struct jemput_smart_signer signer = { .up_front = true, .sign = signing_sign, .asked = signing_asked, .ctx = &signing };
    struct jemput_oid log[1];

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, 1, world_sign, NULL);
    s.smart.signer = &signer;
    assert_int_equal(smart_push(&s, REF, NULL, log, 1), JEMPUT_OK);
    assert_int_equal(s.git.exchanges, 1);
    assert_int_equal(signing.now_s, -1);
    assert_int_equal(signing.asked, 0);
    assert_string_equal(s.git.last_authorization, "Jemput tanda");
    smart_world_close(&s);
}

static void a_hub_s_own_check_says_why_it_refuses(void **state)
{
    struct smart_world s;
    struct jemput_oid log[1];

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, 1, world_sign, NULL);
    world_must(&s.w, "mkdir -p hub/hooks && printf '#!/bin/sh\\necho bukan cabang sendiri >&2\\nexit 1\\n' > hub/hooks/pre-receive && chmod +x hub/hooks/pre-receive");
    assert_int_equal(smart_push(&s, REF, NULL, log, 1), JEMPUT_DENIED);
    assert_non_null(strstr(s.w.err.text, "bukan cabang sendiri"));
    smart_world_close(&s);
}

static void an_address_is_checked_when_it_is_given(void **state)
{
    static const char *const bad[] = { "", "hub", "ftp://hub/x", "https://", "https://petugas:rahasia@hub/x", "https://hub/x?y", "https://hub/a b" };
    struct smart_world s;
    struct jemput_smart smart;

    (void)state;
    smart_world_open(&s);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(jemput_smart_open(&smart, &s.git.http, bad[i], NULL, &s.w.err), JEMPUT_MISUSE);
    assert_int_equal(jemput_smart_open(&smart, &s.git.http, "https://hub/x", "Authorization: a\r\nHost: b", &s.w.err), JEMPUT_MISUSE);
    smart_world_close(&s);
}

/* --- cut anywhere, damaged anywhere, no memory anywhere --- */

static void a_push_cut_at_any_byte_and_repeated_ends_the_same(void **state)
{
    struct smart_world s;
    struct jemput_oid log[3];
    size_t up = 0, down = 0;
    unsigned early = 0;

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, 3, world_sign, NULL);
    assert_int_equal(smart_push(&s, REF, NULL, log, 3), JEMPUT_OK);
    up = s.git.body_bytes;
    down = s.git.answer_bytes;
    for (size_t at = 0; at < up + down; at += (at < up ? 41 : 1) * fault_step()) {
        enum jemput_status st;

        world_must(&s.w, "rm -rf hub/refs/heads/log");
        s.git.cut_up = at < up ? (long)at : -1;
        s.git.starts_early = early++ % 2;
        s.git.cut_down = at < up ? -1 : (long)(at - up);
        assert_int_equal(smart_push(&s, REF, NULL, log, 3), JEMPUT_OFFLINE);
        st = smart_push(&s, REF, NULL, log, 3); /* the answer may have got lost: then the branch is there, and where we want it */
        assert_true(st == JEMPUT_OK || (st == JEMPUT_EXISTS && at >= up));
        assert_string_equal(smart_tip(&s, REF), world_hex(&log[2]));
    }
    smart_world_close(&s);
}

struct told {
    char text[128];
    unsigned lines;
};

static enum jemput_status told_add(void *ctx, enum jemput_pkt kind, struct jemput_bytes line, struct jemput_error *err)
{
    struct told *told = ctx;

    (void)err;
    told->lines++;
    if (kind != JEMPUT_PKT_LINE)
        strcat(told->text, "|");
    else if (line.data[0] == JEMPUT_PKT_BAND_DATA)
        strncat(told->text, (const char *)line.data + 1, line.len - 1);
    else
        strncat(told->text, (const char *)line.data, line.len);
    return JEMPUT_OK;
}

static void a_band_of_data_is_told_as_it_comes_and_text_when_it_is_whole(void **state)
{
    static const char answer[] = "000cpackfile" "0009\1pack" "0005\1" "0007\2xy" "0007\1ed" "0000";

    (void)state;
    for (size_t cut = 0; cut < sizeof answer; cut++) {
        struct jemput_pkt_reader reader = JEMPUT_PKT_READER_INIT;
        struct jemput_error err;
        struct told told = { .lines = 0 };
        size_t end = sizeof answer - 1;

        assert_int_equal(jemput_pkt_feed(&reader, jemput_bytes_of(answer, cut), told_add, &told, &err), JEMPUT_OK);
        assert_int_equal(strlen(told.text), cut < 12 ? 0 : cut < 17 ? 8 : cut < 21 ? 8 + cut - 17 : cut < 33 ? 12 : cut < 38 ? 15 : cut < 40 ? cut - 23
                                            : cut < 44 ? 17 : 18);
        if (cut < end)
            assert_int_equal(jemput_pkt_feed(&reader, jemput_bytes_of(answer + cut, end - cut), told_add, &told, &err), JEMPUT_OK);
        assert_string_equal(told.text, "packfilepack\2xyed|");
        assert_true(jemput_pkt_between(&reader));
        jemput_pkt_release(&reader);
    }
}

/* Git sends its pack in one to four packets, as its processes happen to run; each has five bytes of its own. So what came of an answer cut 21
 * bytes earlier came of this one too; of one cut 7 bytes earlier not always. */
static void a_fetch_cut_at_any_byte_brings_what_had_come(void **state)
{
    struct smart_world s;
    struct jemput_oid log[4], tip;
    uint32_t count, earlier[3] = { 0 };
    unsigned step = 0;

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, 4, world_sign, NULL);
    assert_int_equal(smart_push(&s, REF, NULL, log, 4), JEMPUT_OK);
    assert_int_equal(smart_fetch_ref(&s, REF, NULL, &tip, &count), JEMPUT_OK);
    for (size_t short_of = s.git.answer_bytes; short_of > 0; short_of -= short_of > 7 ? 7 : short_of, step = (step + 1) % 3) {
        landed_clear(&s);
        s.git.cut_end = short_of;
        assert_int_equal(smart_fetch_ref(&s, REF, NULL, &tip, &count), JEMPUT_OFFLINE);
        assert_int_equal(count, s.landed_count);
        assert_in_range(count, earlier[step], 12);
        earlier[step] = count > earlier[(step + 2) % 3] ? count : earlier[(step + 2) % 3];
    }
    assert_int_equal(count, 12); /* before the checksum at the end, all is there */
    smart_world_close(&s);
}

static void an_answer_with_any_bit_wrong_lands_nothing_under_a_wrong_name(void **state)
{
    struct smart_world s;
    struct jemput_oid log[2], tip;
    uint32_t count;
    unsigned failed = 0, tried = 0;

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, 2, world_sign, NULL);
    assert_int_equal(smart_push(&s, REF, NULL, log, 2), JEMPUT_OK);
    assert_int_equal(smart_fetch_ref(&s, REF, NULL, &tip, &count), JEMPUT_OK);
    for (size_t bit = 0, whole = 8 * s.git.answer_bytes; bit < whole; bit += 11 * fault_step()) {
        enum jemput_status st;

        landed_clear(&s);
        s.git.flip_down = (long)bit;
        st = smart_fetch_ref(&s, REF, NULL, &tip, &count);
        tried++;
        failed += st != JEMPUT_OK;
        for (struct landed *l = s.landed; l; l = l->next) {
            struct jemput_oid oid;

            assert_int_equal(jemput_oid_of(&oid, l->kind, jemput_buf_bytes(&l->bytes), &s.w.err), JEMPUT_OK);
            assert_true(jemput_oid_equal(&oid, &l->oid));
        }
    }
    assert_in_range(failed, tried * 9 / 10, tried); /* a bit of the tip's id, or of an unused field, can pass */
    smart_world_close(&s);
}

static void each_allocation_may_fail_once(void **state)
{
    struct smart_world s;
    struct fault_alloc mem;
    struct jemput_oid log[3], tip;
    struct names names;
    uint32_t count;
    enum jemput_status st = JEMPUT_NOMEM;

    (void)state;
    fault_alloc_install(&mem);
    smart_world_open(&s);
    world_log(&s.w, log, 3, world_sign, NULL);
    assert_int_equal(smart_push(&s, REF, NULL, log, 3), JEMPUT_OK);
    for (uint64_t n = 0; st; n += fault_step()) {
        landed_clear(&s);
        world_must(&s.w, "rm -rf hub/" OTHER_REF);
        fault_alloc_arm(&mem, n, false);
        st = list(&s, "refs/heads/", &names);
        if (!st)
            st = smart_fetch_ref(&s, REF, NULL, &tip, &count);
        if (!st)
            st = smart_push(&s, OTHER_REF, NULL, log, 3);
        fault_alloc_disarm(&mem);
        assert_int_equal(st, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
        assert_false(s.smart.plain || s.smart.nameless);
        assert_in_range(n, 0, 600);
    }
    smart_world_close(&s);
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pushes_and_fetches_take_one_exchange_each),
        cmocka_unit_test(nothing_new_is_an_empty_pack_and_few_bytes),
        cmocka_unit_test(the_list_is_asked_for_by_name_and_says_only_that),
        cmocka_unit_test(a_server_without_version_2_is_asked_in_the_plain_form),
        cmocka_unit_test(a_log_without_its_beginning_is_taken_where_that_is_allowed_and_read_in_both_forms),
        cmocka_unit_test(a_server_that_takes_no_names_says_so_and_is_asked_by_id),
        cmocka_unit_test(a_branch_that_is_not_there_is_not_found),
        cmocka_unit_test(deltas_of_a_repacked_hub_are_taken),
        cmocka_unit_test(a_push_from_a_wrong_tip_changes_nothing),
        cmocka_unit_test(a_hub_that_refuses_says_why),
        cmocka_unit_test(each_status_of_http_has_its_meaning),
        cmocka_unit_test(a_sign_in_page_that_claims_to_be_git_is_no_hub),
        cmocka_unit_test(a_redirection_is_followed_within_the_host_only),
        cmocka_unit_test(a_redirection_to_another_number_of_ipv6_is_to_another_host),
        cmocka_unit_test(a_token_is_signed_when_the_hub_asks_for_the_time_that_it_says_and_then_kept),
        cmocka_unit_test(a_hub_that_is_known_to_ask_gets_its_token_unasked),
        cmocka_unit_test(a_hub_s_own_check_says_why_it_refuses),
        cmocka_unit_test(an_address_is_checked_when_it_is_given),
        cmocka_unit_test(a_push_cut_at_any_byte_and_repeated_ends_the_same),
        cmocka_unit_test(a_band_of_data_is_told_as_it_comes_and_text_when_it_is_whole),
        cmocka_unit_test(a_fetch_cut_at_any_byte_brings_what_had_come),
        cmocka_unit_test(an_answer_with_any_bit_wrong_lands_nothing_under_a_wrong_name),
        cmocka_unit_test(each_allocation_may_fail_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
