/* act_account.c — POST /api/accounts: new ones, more spaces, switching off, a new PIN, ending a session. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "account.h"
#include "act.h"
#include "govern.h"
#include "newdesk.h"
#include "pins.h"
#include "roles.h"
#include "told.h"

enum { SPACES_AT_ONCE = 64 };

static bool admin(struct request *q)
{
    return (q->roles & ROLE_ADMIN) ? request_renewed(q) : answer_denied(&q->answer);
}

static bool pin_good(struct request *q, const char *pin, const char *account)
{
    const char *en = NULL, *id = pin ? pin_refusal(pin, account, &en) : "PIN belum ditulis.";
    const struct answer_words words = { id ? id : "", en ? en : "There is no PIN.", NULL, NULL, "Pilih PIN lain.", "Choose another PIN." };

    return !id || answer_error(&q->answer, 400, "JEMPUT_MISUSE", &words);
}

static bool trouble_told(struct request *q, const struct trouble *why)
{
    const struct answer_words words = { "Nama akun itu sudah dipakai.",        "There is an account of that name already.",
                                        "Tidak ada yang diubah.",              "Nothing was changed.",
                                        "Pilih nama lain, atau Tambah ruang.", "Choose another name, or add a space to it." };

    return why->kind == TROUBLE_MOVED ? answer_error(&q->answer, 409, "JEMPUT_EXISTS", &words) : answer_trouble(&q->answer, why);
}

/* --- desks --- */

struct made {
    int64_t space;
    bool done, unsent; /* unsent: signed, and it goes by itself */
    struct trouble why;
};

/* The store that joins by it; what it says is sent behind the invitation. */
static bool invited(struct request *q, const struct space *at, const char *account, const uint8_t seed[SEED_BYTES], struct desk *desk,
                    const struct desk_invitation *as, struct made *out)
{
    struct newdesk made;
    struct trouble later;
    bool known = newdesk_make(&made, &q->reader->office, at, account, seed, desk->jemput, as, &out->why) == 0, sent;

    if (known && account_desk_note(request_accounts(), account, at->id, made.writer, &out->why)) {
        newdesk_drop(&made);
        known = false;
    }
    sent = act_end(q, desk);
    if (known) {
        out->unsent = !sent || newdesk_send(&made, at, &later);
        newdesk_close(&made);
    }
    return known;
}

/* Invited in the name of the admin who asks, by that one's desk there. */
static bool desk_one(struct request *q, const struct json_t *item, const char *account, const uint8_t seed[SEED_BYTES], struct made *out)
{
    const char *scope = body_text(item, "scope", SCOPE_BYTES - 1);
    const struct desk_invitation as = { .roles = body_text(item, "roles", -63), .scope = scope ? scope : "" };
    const struct reach_space *space;
    struct act_result away;
    struct space at;
    struct desk *desk;
    char name[24];

    body_number(item, "space", 1, INT32_MAX, &out->space);
    space = reach_find(&q->reach, out->space);
    if (!space || !(space->roles & ROLE_ADMIN) || !as.roles || !roles_valid(as.roles))
        return trouble_set(&out->why, TROUBLE_BROKEN, "not an administrator there, or no such role"), false;
    snprintf(name, sizeof name, "%lld", (long long)out->space);
    if (space_find(&at, &q->reader->office, name, &out->why))
        return false;
    desk = act_begin(q, space, &away);
    if (!desk)
        return trouble_set(&out->why, jemput_status_retryable(away.status) ? TROUBLE_LATER : TROUBLE_BROKEN, "look what others have invited: %s",
                           jemput_status_name(away.status)), false;
    return invited(q, &at, account, seed, desk, &as, out);
}

static unsigned desks_make(struct request *q, const char *account, const uint8_t seed[SEED_BYTES], struct made *made, bool *any)
{
    size_t count;
    const struct json_t *list = body_list(q->body, "spaces", &count);
    bool unsent = false;
    unsigned n = 0;

    *any = false;
    for (size_t i = 0; i < count && n < SPACES_AT_ONCE; i++) {
        const struct json_t *item = body_at(list, i);

        if (!item)
            continue;
        made[n] = (struct made){ .space = 0 };
        made[n].done = desk_one(q, item, account, seed, &made[n]);
        if (!made[n].done)
            fprintf(stderr, "jemput console: %s: %s\n", account, made[n].why.text);
        unsent |= made[n].unsent;
        *any |= made[n++].done;
    }
    if (unsent) /* its desks stay open for what is unsent, though nobody has signed in */
        desks_release(desks_get(&q->reader->office, account, seed));
    return n;
}

struct made_words { /* of a space where it was done; where it is not sent yet */
    const char *id, *en, *unsent_id, *unsent_en;
};
static const struct made_words invitation_words = {
    "Diundang; masuk setelah pusat menggabung.",
    "Invited; let in once central has merged.",
    "Diundang, tetapi belum dipastikan sampai di hub: dikirim sendiri, jangan dibuat ulang.",
    "Invited, but not known to be at the hub yet: it goes by itself, do not do it again.",
};
static const struct made_words key_words = {
    "Kunci baru ditandatangani; berlaku setelah pusat menggabung.",
    "The new key is signed; it holds once central has merged.",
    "Kunci baru belum dipastikan sampai di hub: dikirim sendiri; selama belum sampai, kunci lama masih berlaku.",
    "The new key is not known to be at the hub yet: it goes by itself; until it is there the old one holds.",
};

static struct made_words failed_words(const struct made *made)
{
    static const struct made_words there = { "Akun ini sudah ada di ruang ini; tidak ada yang diubah.",
                                             "This account is in this space already; nothing was changed.", NULL, NULL };
    static const struct made_words later = { "Hub ruang ini tidak terjangkau, atau servernya sibuk: coba lagi nanti.",
                                             "The hub of this space is not there, or the server is busy: try again later.", NULL, NULL };
    static const struct made_words never = { "Tidak dapat dilakukan di ruang ini.", "It cannot be done in this space.", NULL, NULL };

    return made->why.kind == TROUBLE_MOVED ? there : made->why.kind == TROUBLE_LATER || made->why.kind == TROUBLE_STOPPED ? later : never;
}

static bool made_told(struct request *q, const char *account, const struct made *made, unsigned count, bool done, const struct made_words *words)
{
    struct json *j = &q->answer.json;

    if (!answer_open(&q->answer))
        return false;
    json_object(j, NULL);
    json_text(j, "account", account);
    json_bool(j, "done", done);
    json_array(j, "spaces");
    for (unsigned i = 0; i < count; i++) {
        const struct made_words say = made[i].done ? *words : failed_words(&made[i]);

        json_object(j, NULL);
        json_integer(j, "id", made[i].space);
        json_text(j, "result", made[i].done ? "ok" : "failed");
        json_bool(j, "unsent", made[i].unsent);
        json_text(j, "text_id", made[i].unsent ? say.unsent_id : say.id);
        json_text(j, "text_en", made[i].unsent ? say.unsent_en : say.en);
        json_end_object(j);
    }
    json_end_array(j);
    json_end_object(j);
    return true;
}

static bool add(struct request *q, const char *account)
{
    const char *label = body_text(q->body, "name", -(LABEL_BYTES - 1)), *pin = body_text(q->body, "pin", PIN_BYTES_MAX);
    struct made made[SPACES_AT_ONCE];
    uint8_t seed[SEED_BYTES];
    struct trouble why;
    unsigned count;
    bool any;

    if (!admin(q))
        return false;
    if (!account_name_good(account))
        return answer_mistake(&q->answer, "Nama akun: 2 sampai 32 dari a-z 0-9 . - _, diawali huruf.",
                              "The account's name: 2 to 32 of a-z 0-9 . - _, a letter first.");
    if (!pin_good(q, pin, account))
        return false;
    if (account_add(request_accounts(), &(struct account_new){ account, label ? label : account, true }, pin, seed, &why))
        return trouble_told(q, &why);
    count = desks_make(q, account, seed, made, &any);
    sodium_memzero(seed, sizeof seed);
    if (!any)
        account_drop(request_accounts(), account);
    return made_told(q, account, made, count, any, &invitation_words);
}

/* Of any account, governed or not: that its person wants it is what the PIN says. */
static bool more_spaces(struct request *q, const char *account)
{
    const char *pin = body_text(q->body, "pin", PIN_BYTES_MAX);
    struct made made[SPACES_AT_ONCE];
    uint8_t seed[SEED_BYTES];
    struct trouble why;
    char place[PLACE_BYTES];
    const struct account_try t = { .name = account, .place = place, .by_another = true };
    unsigned count, retry_s;
    enum account_answer answer;
    bool any;

    if (!admin(q))
        return false;
    lockout_place(place, q->address);
    answer = pin ? account_open(request_accounts(), &t, pin, seed, &retry_s, &why) : ACCOUNT_WRONG;
    if (answer == ACCOUNT_WAIT)
        return wait_told(q, retry_s);
    if (answer == ACCOUNT_TROUBLE)
        return answer_trouble(&q->answer, &why);
    if (answer == ACCOUNT_WRONG)
        return answer_mistake(&q->answer, "Akun itu tidak ada, nonaktif, atau PIN-nya keliru.",
                              "There is no such account, it is disabled, or that is not its PIN.");
    count = desks_make(q, account, seed, made, &any);
    sodium_memzero(seed, sizeof seed);
    return made_told(q, account, made, count, any, &invitation_words);
}

/* --- the rest --- */

static bool disable(struct request *q, const char *account, bool off)
{
    struct trouble why;

    if (!admin(q))
        return false;
    if (off && strcmp(account, q->session->account) == 0)
        return answer_mistake(&q->answer, "Akun yang sedang dipakai tidak dapat dinonaktifkan sendiri.",
                              "Nobody switches off the account that is being used.");
    if (!governs(q, account)) /* of other spaces as well: alike to none of that name */
        return answer_not_found(&q->answer);
    if (account_disable(request_accounts(), account, off, &why))
        return answer_not_found(&q->answer);
    if (off)
        sessions_end_account(account);
    return answer_done(&q->answer);
}

/* What strangers got wrong is forgotten: whoever sits at a new place may try at once. */
static bool unlock(struct request *q, const char *account)
{
    struct trouble why;

    if (!admin(q))
        return false;
    if (!governs(q, account))
        return answer_not_found(&q->answer);
    return account_unlock(request_accounts(), account, &why) ? answer_trouble(&q->answer, &why) : answer_done(&q->answer);
}

static bool new_pin(struct request *q)
{
    const char *old = body_text(q->body, "old", PIN_BYTES_MAX), *pin = body_text(q->body, "pin", PIN_BYTES_MAX);
    const struct answer_words words = { "PIN lama keliru.",         "The old PIN is wrong.",    NULL, NULL,
                                        "Periksa, lalu coba lagi.", "Check it, then try again." };
    const struct answer_words same = { "PIN baru sama dengan yang lama.", "The new PIN is the old one.", NULL, NULL,
                                       "Pilih PIN lain.",                 "Choose another PIN." };
    uint8_t seed[SEED_BYTES];
    struct trouble why;
    unsigned retry_s;
    enum account_answer answer;
    int rc;

    if (!pin_good(q, pin, q->session->account))
        return false;
    if (old && strcmp(old, pin) == 0)
        return answer_error(&q->answer, 400, "JEMPUT_MISUSE", &same);
    answer = old ? session_pin(q, old, seed, &retry_s, &why) : ACCOUNT_WRONG;
    if (answer == ACCOUNT_WAIT)
        return wait_told(q, retry_s);
    if (answer == ACCOUNT_TROUBLE)
        return answer_trouble(&q->answer, &why);
    if (answer == ACCOUNT_WRONG)
        return answer_error(&q->answer, 401, "WRONG", &words);
    rc = account_pin_set(request_accounts(), q->session->account, pin, seed, &why);
    sodium_memzero(seed, sizeof seed);
    if (rc)
        return answer_trouble(&q->answer, &why);
    sessions_end_others(q->session);
    return answer_done(&q->answer);
}

/* A new signing key in one space: the old one signs that it takes over, and ends. The desk's log goes on as another writer. */
static bool rotate_one(struct request *q, const struct reach_space *space, struct made *out)
{
    struct act_result away;
    struct desk *desk = act_begin(q, space, &away);
    struct jemput_error err = { .status = JEMPUT_OFFLINE };
    struct jemput_info info;
    struct trouble later;
    bool good;

    if (!desk)
        return trouble_set(&out->why, jemput_status_retryable(away.status) ? TROUBLE_LATER : TROUBLE_BROKEN, "look what central has merged: %s",
                           jemput_status_name(away.status)), false;
    good = jemput_rotate(desk->jemput, &err) == JEMPUT_OK;
    if (!good)
        trouble_engine(&out->why, "rotate", &err);
    else if (jemput_info_get(desk->jemput, &info, &err) || account_desk_note(request_accounts(), q->session->account, desk->standing.space,
                                                                            info.writer, &later))
        fprintf(stderr, "jemput console: %s: console.db hears of the new key at the next sign-in\n", q->session->account);
    out->unsent = !act_end(q, desk) && good;
    return good;
}

/* Whoever copied the key file and the desks while another PIN held can open that copy for ever; what they sign with it counts no more behind this. */
static bool rotate(struct request *q)
{
    struct made made[SPACES_AT_ONCE];
    unsigned count = 0;
    bool all = true;

    if (!request_renewed(q))
        return false;
    for (unsigned i = 0; i < q->reach.count && count < SPACES_AT_ONCE; i++) {
        made[count] = (struct made){ .space = q->reach.of[i].standing.space };
        made[count].done = rotate_one(q, &q->reach.of[i], &made[count]);
        if (!made[count].done)
            fprintf(stderr, "jemput console: %s: %s\n", q->session->account, made[count].why.text);
        all &= made[count++].done;
    }
    return made_told(q, q->session->account, made, count, all, &key_words);
}

static bool session_over(struct request *q)
{
    const char *name = body_text(q->body, "session", -8);
    char account[ACCOUNT_BYTES];

    if (!name || !session_account(name, account) || (strcmp(account, q->session->account) != 0 && !governs(q, account)) ||
        !session_end_named(name, account))
        return answer_not_found(&q->answer);
    return answer_done(&q->answer);
}

bool act_account(struct request *q)
{
    const char *act = body_text(q->body, "act", 32), *account = body_text(q->body, "account", ACCOUNT_BYTES - 1);

    if (!act)
        return answer_misuse(&q->answer, "act: a text");
    look_note(q, "%s %s", act, account ? account : q->session->account);
    if (strcmp(act, "pin") == 0)
        return new_pin(q);
    if (strcmp(act, "rotate") == 0)
        return rotate(q);
    if (strcmp(act, "end-session") == 0)
        return session_over(q);
    if (!account)
        return answer_misuse(&q->answer, "account: its name");
    if (strcmp(act, "add") == 0)
        return add(q, account);
    if (strcmp(act, "space") == 0)
        return more_spaces(q, account);
    if (strcmp(act, "disable") == 0 || strcmp(act, "enable") == 0)
        return disable(q, account, act[0] == 'd');
    if (strcmp(act, "unlock") == 0)
        return unlock(q, account);
    return answer_misuse(&q->answer, "act: add, space, disable, enable, unlock, pin, rotate or end-session");
}
