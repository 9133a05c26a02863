/* ask_session.c — GET /api/session: who is signed in, and what the page shows them. */
#include <string.h>

#include "told.h"

void cookie_write(struct request *q, const char *value)
{
    bool https = strncmp(q->console->address, "https://", 8) == 0;

    snprintf(q->answer.cookie, sizeof q->answer.cookie, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", https ? "__Host-jemput" : "jemput",
             value ? value : "", https ? "; Secure" : "", value ? "" : "; Max-Age=0");
}

static void may_json(struct json *j, unsigned roles)
{
    unsigned office = ROLES_OFFICE;

    json_object(j, "may");
    json_bool(j, "persons", roles & office);
    json_bool(j, "decide", roles & office);
    json_bool(j, "devices", roles & ROLE_ADMIN);
    json_bool(j, "approve", roles & ROLE_VERIFIKATOR);
    json_bool(j, "export", roles & office);
    json_bool(j, "accounts", roles & ROLE_ADMIN);
    json_bool(j, "operate", roles & (ROLE_ADMIN | ROLE_KOMINFO));
    json_bool(j, "looks", roles & ROLE_ADMIN);
    json_end_object(j);
}

bool session_told(struct request *q, const struct session *s, const struct reach *all)
{
    struct json *j = &q->answer.json;
    char token[SESSION_NAME_BYTES];
    bool active = false, new_pin = false;
    struct trouble why;

    if (account_active(request_accounts(), s->account, &active, &new_pin, &why))
        return answer_trouble(&q->answer, &why);
    if (!answer_open(&q->answer))
        return false;
    json_object(j, NULL);
    json_text(j, "account", s->account);
    json_text(j, "name", s->label);
    session_token(s, token);
    json_text(j, "token", token);
    json_text(j, "language", "id");
    json_array(j, "spaces");
    for (unsigned i = 0; i < all->count; i++) {
        const struct standing *at = &all->of[i].standing;

        json_object(j, NULL);
        json_integer(j, "id", at->space);
        json_text(j, "name", at->name);
        json_text(j, "roles", at->roles);
        json_text(j, "scope", at->scope);
        json_bool(j, "unsent", at->unsent);
        json_end_object(j);
    }
    json_end_array(j);
    may_json(j, all->roles);
    json_bool(j, "new_pin", active && new_pin);
    json_integer(j, "idle_s", SESSION_IDLE_S);
    json_integer(j, "warn_s", SESSION_WARN_S);
    json_integer(j, "now_ms", now_ms());
    json_integer(j, "ends_ms", session_ends_ms(s));
    json_integer(j, "renewed_until_ms", session_renewed_ms(s));
    json_end_object(j);
    return true;
}

bool ask_session(struct request *q)
{
    return session_told(q, q->session, &q->reach);
}
