/* route.c — who may ask what: the table, and what is done around each route. */
#include "route.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "cache.h"

#define K ROLE_KELURAHAN
#define V ROLE_VERIFIKATOR
#define A ROLE_ADMIN
#define I ROLE_KOMINFO

const struct route routes[] = {
    { "POST", "/api/sign-in", act_sign_in, 0, ROUTE_OPEN | ROUTE_ACT, NULL }, /* writes down itself: right ones, wrong ones */
    { "POST", "/api/sign-out", act_sign_out, 0, ROUTE_ANYONE, "sign-out" },
    { "GET", "/api/session", ask_session, 0, ROUTE_ANYONE, NULL },
    { "POST", "/api/session/renew", act_renew, 0, ROUTE_ANYONE | ROUTE_ACT, NULL },
    { "GET", "/api/events", ask_events, K | V | A | I, ROUTE_STILL, NULL },
    { "GET", "/api/codes", ask_codes, K | V | A | I, 0, NULL },
    { "GET", "/api/today", ask_today, K | V | A | I, 0, NULL },
    { "GET", "/api/conflicts", ask_conflicts, K | V | A, ROUTE_PERSON, "list" },
    { "GET", "/api/conflicts/{}/{}/{}", ask_conflict, K | V | A, ROUTE_PERSON, "row" },
    { "POST", "/api/decisions", act_decide, K | V | A, ROUTE_ACT | ROUTE_PERSON, "decision" },
    { "GET", "/api/decisions/{}/{}/{}", ask_decision, K | V | A, ROUTE_ACT | ROUTE_PERSON, "row" },
    { "POST", "/api/decisions/undo", act_undo, K | V | A, ROUTE_ACT | ROUTE_PERSON, "decision" },
    { "GET", "/api/held", ask_held, K | V | A, ROUTE_PERSON, "list" },
    { "GET", "/api/held/{}/{}/{}", ask_held_row, K | V | A, ROUTE_PERSON, "row" },
    { "GET", "/api/twins", ask_twins, K | V | A, ROUTE_PERSON, "list" },
    { "GET", "/api/twins/{}/{}/{}/{}", ask_twin, K | V | A, ROUTE_PERSON, "row" },
    { "POST", "/api/twins/unite", act_unite, V | A, ROUTE_ACT | ROUTE_PERSON, "unite" },
    { "POST", "/api/twins/part", act_part, V | A, ROUTE_ACT | ROUTE_PERSON, "part" },
    { "POST", "/api/twins/two", act_two, K | V | A, ROUTE_ACT | ROUTE_PERSON, "decision" },
    { "GET", "/api/applications", ask_applications, K | V | A, ROUTE_PERSON, "search" },
    { "GET", "/api/applications/{}/{}", ask_application, K | V | A, ROUTE_PERSON, "row" },
    { "GET", "/api/applications/{}/{}/history", ask_history, K | V | A, ROUTE_ACT | ROUTE_PERSON, "history" },
    { "GET", "/api/photos/{}/{}", ask_photo, K | V | A, ROUTE_ACT | ROUTE_PERSON, "photo" },
    { "POST", "/api/applications/status", act_status, K | V | A, ROUTE_ACT | ROUTE_PERSON, "status" },
    { "POST", "/api/applications/return", act_return, K | V | A, ROUTE_ACT | ROUTE_PERSON, "status" },
    { "POST", "/api/forget", act_forget, A, ROUTE_ACT | ROUTE_PERSON, "forget" },
    { "GET", "/api/forget/{}", ask_forgotten, A, ROUTE_ACT, NULL },
    { "GET", "/api/devices", ask_devices, K | V | A | I, 0, NULL },
    { "GET", "/api/devices/{}/{}/cuts", ask_cuts, A, ROUTE_ACT, NULL },
    { "POST", "/api/devices/invite", act_invite, A, ROUTE_ACT, "device" },
    { "POST", "/api/devices/act", act_device, A, ROUTE_ACT, "device" },
    { "GET", "/api/regions", ask_regions, K | V | A | I, ROUTE_KEPT, NULL },
    { "GET", "/api/regions/{}", ask_region, K | V | A | I, ROUTE_KEPT, NULL },
    { "GET", "/api/recap", ask_recap, K | V | A | I, ROUTE_KEPT, NULL },
    { "GET", "/api/export/{}", act_export, K | V | A | I, ROUTE_ACT | ROUTE_TOKEN, "export" }, /* and by what it is: act_export.c */
    { "POST", "/api/import", act_import, A | V, ROUTE_ACT | ROUTE_PERSON | ROUTE_CSV, "import" },
    { "GET", "/api/audit/states", ask_states, A | V | I, 0, NULL },
    { "GET", "/api/audit/forks", ask_forks, A | V | I, ROUTE_ACT, NULL },
    { "GET", "/api/audit/cases", ask_cases, K | V | A | I, 0, NULL },
    { "GET", "/api/audit/refused", ask_refused, A | V | I, 0, "list" },
    { "GET", "/api/audit/looks", ask_looks, A, ROUTE_ACT | ROUTE_PERSON, "looks" },
    { "GET", "/api/audit/segment/{}/{}", ask_segment, A | V | I, ROUTE_ACT, "segment" },
    { "POST", "/api/audit/run", act_audit, A | V | I, ROUTE_ACT, "audit" },
    { "GET", "/api/audit/run/{}", ask_run, A | V | I, 0, NULL },
    { "GET", "/api/accounts", ask_accounts, K | V | A | I, 0, NULL },
    { "POST", "/api/accounts", act_account, K | V | A | I, ROUTE_ACT, "account" },
};
const size_t route_count = sizeof routes / sizeof routes[0];

static bool path_fits(const char *pattern, const char *path)
{
    while (*pattern && *path) {
        if (pattern[0] == '{') {
            size_t len = strcspn(path, "/");

            if (len == 0)
                return false;
            pattern += 2;
            path += len;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *pattern == '\0' && *path == '\0';
}

const struct route *route_find(const char *method, const char *path, bool *other_method)
{
    *other_method = false;
    for (size_t i = 0; i < route_count; i++) {
        if (!path_fits(routes[i].path, path))
            continue;
        if (strcmp(routes[i].method, method) == 0)
            return &routes[i];
        *other_method = true;
    }
    return NULL;
}

/* --- parameters --- */

const char *parameter(const struct request *q, const char *name)
{
    for (unsigned i = 0; i < q->parameter_count; i++)
        if (strcmp(q->parameters[i].name, name) == 0 && q->parameters[i].value[0])
            return q->parameters[i].value;
    return NULL;
}

int64_t parameter_limit(const struct request *q)
{
    const char *text = parameter(q, "limit");
    long limit;

    return text && number_read(text, 1, 100, &limit) ? limit : 50;
}

bool parameter_number(struct request *q, const char *name, int64_t min, int64_t max, int64_t none, int64_t *out)
{
    const char *text = parameter(q, name);
    long number = none;

    if (text && !number_read(text, min, max, &number))
        return answer_misuse(&q->answer, "a parameter is no number that may be there");
    *out = number;
    return true;
}

const struct reach_space *request_space(struct request *q, const char *text)
{
    const struct reach_space *s = text ? reach_named(&q->reach, text) : NULL;

    if (!s)
        answer_not_found(&q->answer);
    return s;
}

bool parameter_space(struct request *q, const struct reach_space **out)
{
    const char *text = parameter(q, "space");

    *out = text ? request_space(q, text) : NULL;
    return !text || *out;
}

const struct reach_space *body_space(struct request *q, const struct json_t *body)
{
    int64_t id;
    const struct reach_space *s = body_number(body, "space", 1, INT32_MAX, &id) ? reach_find(&q->reach, id) : NULL;

    if (!s)
        answer_not_found(&q->answer);
    return s;
}

const char *body_reason(struct request *q)
{
    const char *reason = body_text(q->body, "reason", -1024);

    if (!reason) {
        const struct answer_words words = {
            "Alasannya belum ditulis.", "There is no reason: 1 to 1024 bytes.", NULL, NULL, "Tulis alasannya.", "Write why."
        };

        answer_error(&q->answer, 400, "JEMPUT_MISUSE", &words);
    }
    q->look.reason = reason;
    return reason;
}

/* --- what is written down --- */

void look_row(struct request *q, int64_t space, const char *tbl, const char *key)
{
    q->look.space = space;
    snprintf(q->look_tbl, sizeof q->look_tbl, "%s", tbl);
    snprintf(q->look_key, sizeof q->look_key, "%s", key ? key : "");
}

void look_note(struct request *q, const char *format, ...)
{
    size_t len = strlen(q->look_detail);
    va_list args;

    if (len + 1 >= sizeof q->look_detail)
        return;
    va_start(args, format);
    vsnprintf(q->look_detail + len, sizeof q->look_detail - len, format, args);
    va_end(args);
}

/* Which of the account's devices and roles it was: of the row's space, or the first. */
static void look_who(struct request *q)
{
    const struct reach_space *s = reach_find(&q->reach, q->look.space);

    if (!s && q->reach.count)
        s = &q->reach.of[0];
    snprintf(q->look_role, sizeof q->look_role, "%s", s ? s->standing.roles : "");
    q->look.device = s ? s->standing.device : 0;
    q->look.role = q->look_role;
    q->look.account = q->session->account;
    q->look.session = q->session->short_name;
    q->look.tbl = q->look_tbl;
    q->look.key = q->look_key;
    q->look.detail = q->look_detail;
}

static bool looked(struct request *q, const char *act)
{
    struct trouble why;

    look_who(q);
    q->look.act = act;
    return look_write(&q->look, &why) == 0 || answer_trouble(&q->answer, &why);
}

/* An act whose traces must not depend on how it ends: what changes something, here or in a space. */
static bool writes(const struct request *q)
{
    return q->route->look && (q->route->flags & ROUTE_ACT) && strcmp(q->route->method, "POST") == 0;
}

/* No entry, no act. */
static bool asked(struct request *q)
{
    bool good;

    look_asked(q);
    good = looked(q, q->route->look);
    q->look = (struct look){ 0 };
    q->look_tbl[0] = q->look_key[0] = q->look_detail[0] = '\0';
    return good;
}

static bool unnoted(struct request *q)
{
    const struct answer_words words = { "Permintaan ini sudah dikerjakan, tetapi hasilnya tidak dapat dicatat.",
                                        "This request was carried out, but its result could not be written down.",
                                        "Yang sudah ditandatangani tetap berlaku.",
                                        "What was signed stands.",
                                        "Jangan diulang: lihat dulu keadaannya, dan beri tahu administrator server.",
                                        "Do not repeat it: look how things stand first, and tell the server's administrator." };

    return answer_error(&q->answer, 500, "UNNOTED", &words);
}

/* What came of it, behind what the route noted. A refusal's own answer stands, whether it could be written down or not. */
static bool result_noted(struct request *q, bool good)
{
    struct answer kept = q->answer;
    bool noted;

    look_note(q, "%sanswered %u", q->look_detail[0] ? ": " : "", q->answer.status);
    q->answer = (struct answer){ 0 };
    noted = looked(q, q->route->look);
    answer_release(&q->answer);
    q->answer = kept;
    if (!noted)
        fprintf(stderr, "jemput console: %s %s: the result could not be written down\n", q->session->account, q->route->path);
    return good && (noted || unnoted(q));
}

/* Of persons, and not there or not for this account, which is told alike: that somebody tried is written down. */
static void not_found_noted(struct request *q)
{
    q->look = (struct look){ 0 };
    q->look_tbl[0] = q->look_key[0] = q->look_detail[0] = '\0';
    look_note(q, "404 %s", q->route->path);
    for (unsigned i = 0; i < q->part_count; i++)
        look_note(q, " %.160s", q->parts[i]);
    looked(q, "refused");
}

/* --- around a route --- */

static bool signed_out(struct request *q)
{
    const struct answer_words words = { "Anda belum masuk, atau sesi Anda sudah berakhir.",
                                        "You are not signed in, or your session has ended.",
                                        NULL,
                                        NULL,
                                        "Masuk lagi.",
                                        "Sign in again." };

    return answer_error(&q->answer, 401, "SIGNED_OUT", &words);
}

static bool no_token(struct request *q)
{
    const struct answer_words words = { "Permintaan ini tidak datang dari halaman konsol.",
                                        "This request does not come from the console's page.",
                                        NULL,
                                        NULL,
                                        "Muat ulang halaman.",
                                        "Load the page again." };

    return answer_error(&q->answer, 403, "TOKEN", &words);
}

/* A tab that one person left open, in a browser where another has signed in since: what it asks is not theirs. */
static bool other_account(struct request *q)
{
    const struct answer_words words = { "Akun lain sudah masuk di peramban ini.",
                                        "Another account has signed in in this browser.",
                                        "Tidak ada yang dikerjakan.",
                                        "Nothing was done.",
                                        "Masuk lagi dengan akun Anda.",
                                        "Sign in again with your own account." };

    return answer_error(&q->answer, 409, "OTHER_ACCOUNT", &words);
}

bool request_renewed(struct request *q)
{
    const struct answer_words words = { "Masukkan PIN sekali lagi untuk melanjutkan.",
                                        "Enter your PIN once more to go on.",
                                        "Belum ada yang diubah.",
                                        "Nothing has been changed yet.",
                                        "Masukkan PIN.",
                                        "Enter the PIN." };

    return session_renewed_ms(q->session) || answer_error(&q->answer, 403, "RENEW", &words);
}

bool request_refused(struct request *q)
{
    look_note(q, "%s%s %s", q->look_detail[0] ? ": " : "", q->route->method, q->route->path);
    return looked(q, "refused") && answer_denied(&q->answer);
}

static bool needs_token(const struct request *q)
{
    return strcmp(q->route->method, "GET") != 0 || (q->route->flags & ROUTE_TOKEN);
}

bool request_sender(struct request *q)
{
    q->session = q->cookie[0] ? session_find(q->cookie, !(q->route->flags & ROUTE_STILL)) : NULL;
    if (!q->session)
        return signed_out(q);
    if (q->made_for[0] && strcmp(q->made_for, q->session->account) != 0)
        return other_account(q);
    return !needs_token(q) || session_token_good(q->session, q->token) || no_token(q);
}

/* Whoever chose the PIN could decide in this person's name: before it is their own they can choose one, and leave. */
static bool with_old_pin(const struct request *q)
{
    static const char *const paths[] = { "/api/session", "/api/session/renew", "/api/sign-out" };
    const char *act = q->body ? body_text(q->body, "act", 32) : NULL;
    bool may = strcmp(q->route->path, "/api/accounts") == 0 && act && strcmp(act, "pin") == 0;

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        may |= strcmp(q->route->path, paths[i]) == 0;
    return may;
}

static bool new_pin(struct request *q)
{
    const struct answer_words words = { "PIN Anda dipilihkan orang lain.", "Somebody else has chosen your PIN.",
                                        "Tidak ada yang dikerjakan.",      "Nothing was done.",
                                        "Ganti dulu PIN itu.",             "Change that PIN first." };

    return answer_error(&q->answer, 403, "NEW_PIN", &words);
}

/* Who is it, and may they? */
static bool admitted(struct request *q)
{
    struct trouble why;
    bool active = false;

    if (!request_sender(q))
        return false;
    if (account_active(request_accounts(), q->session->account, &active, &q->new_pin, &why))
        return answer_trouble(&q->answer, &why);
    if (!active) { /* disabled since, by whatever program */
        session_end(q->session);
        return signed_out(q);
    }
    if (q->new_pin && !with_old_pin(q))
        return new_pin(q);
    if (reach_read(&q->reach, q->session->desks, q->reader->office.db, &why))
        return answer_trouble(&q->answer, &why);
    q->roles = q->reach.roles;
    if (!(q->roles & (K | V | A | I))) { /* revoked since, or nobody of the office */
        session_end(q->session);
        return signed_out(q);
    }
    if (q->route->flags & ROUTE_ANYONE)
        return true;
    reach_narrow(&q->reach, q->route->roles);
    if (q->reach.count == 0)
        return (q->route->flags & ROUTE_PERSON) || writes(q) ? request_refused(q) : answer_denied(&q->answer);
    return true;
}

static bool body_good(struct request *q)
{
    if (strcmp(q->route->method, "GET") == 0 || (q->route->flags & ROUTE_CSV))
        return true;
    q->body = body_read(q->data ? q->data : "", q->len);
    return q->body || answer_misuse(&q->answer, "the body is no JSON object");
}

/* The route itself; or what it answered before, if nothing has moved since. */
static bool worked(struct request *q)
{
    uint8_t key[CACHE_KEY_BYTES];
    bool keeps = (q->route->flags & ROUTE_KEPT) && cache_key(q, key);

    if (keeps && cache_answer(q, key))
        return true;
    if (!q->route->run(q))
        return false;
    if (q->reader->broken_off)
        return answer_status(&q->answer, JEMPUT_BUSY);
    answer_close(&q->answer);
    if (keeps)
        cache_keep(q, key);
    return true;
}

void route_run(struct request *q, struct reader *reader)
{
    bool good;

    q->reader = reader;
    q->look = (struct look){ 0 };
    good = body_good(q) && ((q->route->flags & ROUTE_OPEN) || admitted(q)) && (!writes(q) || asked(q));
    if (good) {
        reader_begin(reader, &q->reach, !(q->route->flags & ROUTE_ACT));
        good = worked(q);
        reader_end(reader);
        answer_close(&q->answer);
        if (writes(q))
            result_noted(q, good);
        else if (good && q->route->look)
            looked(q, q->route->look);
        else if (q->answer.status == 404 && (q->route->flags & ROUTE_PERSON))
            not_found_noted(q);
    }
    answer_close(&q->answer);
    reach_release(&q->reach);
    body_release(q->body);
    q->body = NULL;
}
