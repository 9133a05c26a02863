/* act_session.c — signing in and out, and the PIN once more. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "bucket.h"
#include "told.h"

#define SIGN_INS_A_MINUTE 20

bool wait_told(struct request *q, unsigned retry_s)
{
    const struct answer_words words = { "Terlalu banyak percobaan.", "Too many attempts.", NULL, NULL, "Coba lagi nanti.", "Try again later." };

    q->answer.retry_s = retry_s;
    return answer_error(&q->answer, 429, "WAIT", &words);
}

static bool wrong_told(struct request *q)
{
    const struct answer_words words = {
        "Akun atau PIN keliru.", "The account or the PIN is wrong.", NULL, NULL, "Periksa keduanya, lalu coba lagi.", "Check both, then try again."
    };

    return answer_error(&q->answer, 401, "WRONG", &words);
}

/* What was tried is written down, right or wrong: the name only if it is one of ours, since people type PINs into the wrong field. */
static bool try_noted(struct request *q, const char *account, const char *act, const struct session *s, const struct reach *reach)
{
    struct account known;
    struct trouble why;
    struct look look = { .account = account_read(request_accounts(), account, &known) ? account : "?",
                         .act = act,
                         .session = s ? s->short_name : "",
                         .detail = q->address };

    if (reach && reach->count) {
        look.role = reach->of[0].standing.roles;
        look.device = reach->of[0].standing.device;
    }
    return look_write(&look, &why) == 0 || answer_trouble(&q->answer, &why);
}

static bool pin_refused(struct request *q, enum account_answer answer, const char *account, unsigned retry_s, const struct trouble *why)
{
    if (answer == ACCOUNT_WAIT)
        return wait_told(q, retry_s);
    if (answer == ACCOUNT_TROUBLE)
        return answer_trouble(&q->answer, why);
    return try_noted(q, account, "sign-in-wrong", NULL, NULL) && wrong_told(q);
}

/* A desk that waits to be let in is let in by what central has merged since. console.db is told of all: it was away, perhaps, when one was made, or
 * took another key. */
static void desks_refresh(struct desks *desks, const char *account)
{
    struct standing *all = malloc(SPACES_MAX * sizeof *all);
    unsigned count = all ? desks_standings(desks, all, SPACES_MAX) : 0;
    struct jemput_error err;
    struct trouble why;

    for (unsigned i = 0; i < count; i++)
        if (all[i].writer[0] && account_desk_note(request_accounts(), account, all[i].space, all[i].writer, &why))
            fprintf(stderr, "jemput console: %s: %s\n", account, why.text);
    desks_lock(desks);
    for (unsigned i = 0; i < count; i++) {
        struct desk *desk = all[i].admitted ? NULL : desk_find(desks, all[i].space);

        if (desk && desk_sync(desks, desk, &err))
            fprintf(stderr, "jemput console: %s: %s\n", all[i].name, err.text);
    }
    desks_unlock(desks);
    free(all);
}

static bool session_made(struct request *q, const struct account *account, struct desks *desks, const struct reach *reach)
{
    char cookie[SESSION_NAME_BYTES];
    struct session *s = session_begin(account, desks, q->address, cookie);

    if (!s) {
        desks_release(desks);
        return answer_status(&q->answer, JEMPUT_NOMEM);
    }
    if (!try_noted(q, account->name, "sign-in", s, reach) || !session_told(q, s, reach)) {
        session_end(s);
        session_release(s);
        return false;
    }
    cookie_write(q, cookie);
    sodium_memzero(cookie, sizeof cookie);
    session_release(s);
    return true;
}

/* The PIN was right. */
static bool let_in(struct request *q, const struct account *account, const uint8_t seed[SEED_BYTES])
{
    const struct answer_words words = { "Akun ini tidak punya peran di kantor, atau belum diterima pusat.",
                                        "This account has no role at the office, or central has not let it in yet.",
                                        NULL,
                                        NULL,
                                        "Tunggu sebentar, atau mintalah admin dinas.",
                                        "Wait a little, or ask the office's administrator." };
    struct desks *desks = desks_get(&q->reader->office, account->name, seed);
    struct reach reach;
    struct trouble why;
    bool good;

    if (!desks)
        return answer_status(&q->answer, JEMPUT_NOMEM);
    desks_refresh(desks, account->name);
    if (reach_read(&reach, desks, q->reader->office.db, &why)) {
        desks_release(desks);
        return answer_trouble(&q->answer, &why);
    }
    if (reach.roles & (ROLE_KELURAHAN | ROLE_VERIFIKATOR | ROLE_ADMIN | ROLE_KOMINFO)) {
        good = session_made(q, account, desks, &reach);
    } else {
        desks_release(desks);
        good = try_noted(q, account->name, "sign-in-refused", NULL, &reach) && answer_error(&q->answer, 403, "NO_OFFICE_ROLE", &words);
    }
    reach_release(&reach);
    return good;
}

bool act_sign_in(struct request *q)
{
    const char *name = body_text(q->body, "account", 64), *pin = body_text(q->body, "pin", 256);
    uint8_t seed[SEED_BYTES];
    struct account account;
    struct trouble why;
    char place[PLACE_BYTES];
    unsigned retry_s = bucket_take(q->address, 1, SIGN_INS_A_MINUTE, MINUTE_MS);
    enum account_answer answer;
    bool good;

    if (retry_s)
        return wait_told(q, retry_s);
    if (!name || !pin)
        return answer_misuse(&q->answer, "account and pin: texts");
    lockout_place(place, q->address);
    answer = account_open(request_accounts(), &(struct account_try){ .name = name, .place = place }, pin, seed, &retry_s, &why);
    if (answer != ACCOUNT_IN)
        return pin_refused(q, answer, name, retry_s, &why);
    good = account_read(request_accounts(), name, &account) ? let_in(q, &account, seed) : wrong_told(q);
    sodium_memzero(seed, sizeof seed);
    return good;
}

bool act_sign_out(struct request *q)
{
    session_end(q->session);
    cookie_write(q, NULL);
    return answer_done(&q->answer);
}

enum account_answer session_pin(struct request *q, const char *pin, uint8_t seed[SEED_BYTES], unsigned *retry_s, struct trouble *why)
{
    const struct account_try t = { .name = q->session->account, .place = q->session->short_name, .session = true };

    return account_open(request_accounts(), &t, pin, seed, retry_s, why);
}

bool act_renew(struct request *q)
{
    const char *pin = body_text(q->body, "pin", 256);
    uint8_t seed[SEED_BYTES];
    char cookie[SESSION_NAME_BYTES];
    struct trouble why;
    unsigned retry_s;
    enum account_answer answer;

    if (!pin)
        return answer_misuse(&q->answer, "pin: a text");
    answer = session_pin(q, pin, seed, &retry_s, &why);
    sodium_memzero(seed, sizeof seed);
    if (answer != ACCOUNT_IN)
        return pin_refused(q, answer, q->session->account, retry_s, &why);
    if (!try_noted(q, q->session->account, "renew", q->session, &q->reach))
        return false;
    session_renew(q->session, cookie);
    cookie_write(q, cookie);
    sodium_memzero(cookie, sizeof cookie);
    return session_told(q, q->session, &q->reach);
}
