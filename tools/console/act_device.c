/* act_device.c — POST /api/devices: invite, change, suspend, revoke with a cut, replace, admit, approve; each can be looked at first. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "act.h"
#include "qr.h"
#include "roles.h"

enum { DAYS_MAX = 30, DAYS = 7 };
#define DAY_MS INT64_C(86400000)

static bool failed(struct request *q, const struct act_result *r)
{
    const struct answer_words words = { r->text_id ? r->text_id : jemput_status_words(r->status, "id")->what,
                                        r->text_en ? r->text_en : jemput_status_words(r->status, "en")->what,
                                        NULL,
                                        NULL,
                                        NULL,
                                        NULL };

    return answer_error(&q->answer, answer_http_status(r->status), jemput_status_name(r->status), &words);
}

/* --- an invitation --- */

struct invited {
    const char *roles, *scope;
    int64_t expires_ms;
    char *text, *brief;
    size_t text_len, brief_len;
};

static void svg_json(struct json *j, const char *text)
{
    char *svg = NULL;
    size_t len;
    FILE *out = text ? open_memstream(&svg, &len) : NULL;
    bool drawn = out && qr_draw(out, "qr.svg", text);

    if (out)
        fclose(out);
    json_text_or_null(j, "svg", drawn ? svg : NULL);
    if (svg)
        sodium_memzero(svg, len);
    free(svg);
}

static bool invited_told(struct request *q, const struct reach_space *space, const struct invited *i, uint64_t n)
{
    struct json *j = &q->answer.json;

    if (!answer_open(&q->answer))
        return false;
    json_object(j, NULL);
    json_integer(j, "space", space->standing.space);
    json_text(j, "roles", i->roles);
    json_text(j, "scope", i->scope);
    json_integer(j, "expires_ms", i->expires_ms);
    json_text_of(j, "text", i->text, i->text_len);
    json_text_or_null(j, "short", i->brief);
    svg_json(j, i->brief);
    json_null(j, "device");
    json_number_or_null(j, "segment", n != 0, (int64_t)n);
    json_number_or_null(j, "n", n != 0, (int64_t)n);
    json_end_object(j);
    look_row(q, space->standing.space, "", "");
    look_note(q, "invite %s %s", i->roles, i->scope);
    return true;
}

static void invited_release(struct invited *i)
{
    if (i->text)
        sodium_memzero(i->text, i->text_len);
    if (i->brief)
        sodium_memzero(i->brief, i->brief_len);
    jemput_text_free(i->text);
    jemput_text_free(i->brief);
}

/* The short form wants a hub that the device can reach: what this desk syncs with, unless it is a folder here. */
static bool invite_do(struct request *q, const struct reach_space *space, struct desk *desk, struct invited *i)
{
    struct jemput_info info;
    struct jemput_error err;
    struct act_result r;

    if (jemput_info_get(desk->jemput, &info, &err) ||
        jemput_invite(desk->jemput, i->roles, i->scope, info.hub, i->expires_ms, &i->text, &i->text_len, &err)) {
        r = act_engine(&err, false);
        return failed(q, &r);
    }
    if (jemput_sync(desk->jemput, &(struct jemput_sync_options){ .hub = desk->hub[0] ? desk->hub : NULL, .deadline_ms = DESK_SYNC_MS },
                    &(struct jemput_sync_report){ 0 }, &err)) {
        r = act_engine(&err, false);
        return failed(q, &r); /* nobody can join by what no hub has heard of */
    }
    if (jemput_invite_short(desk->jemput, i->text, i->text_len, &i->brief, &i->brief_len, &err))
        i->brief = NULL; /* the file is enough */
    return invited_told(q, space, i, desk_segments(desk));
}

bool act_invite(struct request *q)
{
    const struct reach_space *space = body_space(q, q->body);
    struct invited i = { .roles = body_text(q->body, "roles", -63), .scope = body_text(q->body, "scope", SCOPE_BYTES - 1) };
    struct act_result why;
    struct desk *desk;
    int64_t days;
    bool good;

    if (!space)
        return false;
    if (!body_number(q->body, "days", 1, DAYS_MAX, &days))
        days = DAYS;
    if (!i.roles || !roles_valid(i.roles))
        return answer_misuse(&q->answer, "roles: " ROLES_ALL);
    if (!i.scope)
        i.scope = "";
    if (i.scope[strspn(i.scope, "0123456789.")])
        return answer_misuse(&q->answer, "scope: the beginning of a region's code");
    if (!request_renewed(q)) /* who joins by it has the whole of what its scope gives */
        return false;
    i.expires_ms = now_ms() + days * DAY_MS;
    desk = act_begin(q, space, &why);
    if (!desk)
        return failed(q, &why);
    good = invite_do(q, space, desk, &i);
    invited_release(&i);
    act_end(q, desk);
    return good;
}

/* --- acts --- */

static bool kind_read(const char *text, enum jemput_device_act_kind *out)
{
    static const char *const words[] = { "change", "revoke", "succeed", "admit", "approve" };

    for (int i = 0; text && i < 5; i++)
        if (strcmp(words[i], text) == 0) {
            *out = (enum jemput_device_act_kind)(JEMPUT_ACT_CHANGE + i);
            return true;
        }
    return false;
}

static bool report_told(struct request *q, const struct reach_space *space, const char *kind, bool look, const struct jemput_device_act_report *r,
                        uint64_t n)
{
    struct json *j = &q->answer.json;

    if (!answer_open(&q->answer))
        return false;
    json_object(j, NULL);
    json_integer(j, "space", space->standing.space);
    json_text(j, "kind", kind);
    json_bool(j, "look", look);
    json_text(j, "key", r->key);
    json_integer(j, "device", r->device_number);
    json_number_or_null(j, "other", r->other_number != 0, r->other_number);
    json_bool(j, "done", r->done);
    json_integer(j, "signers", r->signers);
    json_integer(j, "needed", r->needed);
    json_count(j, "segments_stay", r->segments_stay);
    json_count(j, "segments_fall", r->segments_fall);
    json_count(j, "txns_stay", r->txns_stay);
    json_count(j, "txns_fall", r->txns_fall);
    json_number_or_null(j, "segment", n != 0, (int64_t)n);
    json_number_or_null(j, "n", n != 0, (int64_t)n);
    json_end_object(j);
    return true;
}

/* All but suspending, which only takes away for a while, and may be urgent. */
static bool wants_renewal(const struct jemput_device_act *act)
{
    return act->kind != JEMPUT_ACT_CHANGE || !act->roles || strcmp(act->roles, "none") != 0 || act->scope || act->after || act->since;
}

static bool act_read(struct request *q, struct jemput_device_act *act, char words[4][64])
{
    if (!kind_read(body_text(q->body, "kind", 16), &act->kind))
        return answer_misuse(&q->answer, "kind: change, revoke, succeed, admit or approve");
    act->device = body_word(q->body, "device", words[0]);
    act->other = body_word(q->body, "other", words[1]);
    act->roles = body_text(q->body, "roles", -63);
    act->scope = body_text(q->body, "scope", SCOPE_BYTES - 1);
    act->reason = body_text(q->body, "reason", -64);
    act->after = body_word(q->body, "after", words[2]);
    act->since = body_word(q->body, "since", words[3]);
    act->look = body_flag(q->body, "look");
    return act->device || answer_misuse(&q->answer, "device: its number or key");
}

bool act_device(struct request *q)
{
    const struct reach_space *space = body_space(q, q->body);
    struct jemput_device_act act = { 0 };
    char words[4][64];
    struct jemput_device_act_report report;
    struct jemput_error err;
    struct act_result r;
    struct desk *desk;
    uint64_t n = 0;
    bool good;

    if (!space || !act_read(q, &act, words) || (!act.look && wants_renewal(&act) && !request_renewed(q)))
        return false;
    desk = act_begin(q, space, &r);
    if (!desk)
        return failed(q, &r);
    if (jemput_device_act(desk->jemput, &act, &report, &err)) {
        r = act_engine(&err, false);
        good = failed(q, &r);
    } else {
        n = act.look ? 0 : desk_segments(desk);
        good = report_told(q, space, body_text(q->body, "kind", 16), act.look, &report, n);
    }
    if (act.look)
        desks_unlock(q->session->desks);
    else
        act_end(q, desk);
    look_row(q, space->standing.space, "", act.device);
    look_note(q, "%s%s%s%s", act.look ? "look " : "", body_text(q->body, "kind", 16),
              act.after   ? " after "
              : act.since ? " since "
                          : "",
              act.after   ? act.after
              : act.since ? act.since
                          : "");
    q->look.reason = act.reason;
    return good;
}
