/* act.c — see act.h. */
#include "act.h"

#include <string.h>

struct act_result act_ok(void)
{
    return (struct act_result){ .kind = ACT_OK, .text_id = "Ditandatangani; menunggu pusat.", .text_en = "Signed; central is awaited." };
}

struct act_result act_changed(void)
{
    return (struct act_result){ .kind = ACT_CHANGED,
                                .status = JEMPUT_DENIED,
                                .text_id = "Sudah berubah sejak Anda melihatnya. Lihat lagi.",
                                .text_en = "It has changed since you looked. Look again." };
}

struct act_result act_engine(const struct jemput_error *err, bool seen)
{
    struct act_result r = { .kind = err->status == JEMPUT_DENIED ? ACT_DENIED : ACT_FAILED, .status = err->status };

    if (seen && (err->status == JEMPUT_DENIED || err->status == JEMPUT_NOTFOUND) && !strstr(err->text, "policy") && !strstr(err->text, "role"))
        return act_changed();
    if (err->status == JEMPUT_DENIED) {
        r.text_id = "Peran Anda tidak boleh melakukan ini.";
        r.text_en = "Your role may not do this.";
        snprintf(r.detail, sizeof r.detail, "%.200s", err->text);
    }
    return r;
}

/* The engine's refusal of a COMMIT stands on the connection. */
struct act_result act_sql(struct desk *desk, int rc)
{
    struct jemput_error err;
    enum jemput_status st = jemput_app_error(desk->jemput, rc, &err);
    struct act_result r = { .kind = st == JEMPUT_DENIED ? ACT_DENIED : ACT_FAILED, .status = st ? st : JEMPUT_IO };

    if (st == JEMPUT_DENIED) {
        r.text_id = "Aturan atau isian lain tidak mengizinkannya.";
        r.text_en = "The rules, or another value, do not allow it.";
        snprintf(r.detail, sizeof r.detail, "%.200s", err.text);
    }
    return r;
}

struct desk *act_begin(struct request *q, const struct reach_space *space, struct act_result *why)
{
    struct jemput_error err;
    struct desk *desk;

    desks_lock(q->session->desks);
    desk = desk_find(q->session->desks, space->standing.space);
    if (!desk)
        *why = (struct act_result){ .kind = ACT_FAILED, .status = JEMPUT_NOTFOUND };
    else if (desk_sync(q->session->desks, desk, &err))
        *why = act_engine(&err, false);
    else
        return desk;
    desks_unlock(q->session->desks);
    return NULL;
}

bool act_end(struct request *q, struct desk *desk)
{
    struct jemput_error err;
    bool sent;

    if (desk_sync(q->session->desks, desk, &err))
        fprintf(stderr, "jemput console: %s: %s: %s\n", desk->standing.name, jemput_status_name(err.status), err.text);
    sent = !desk->standing.unsent; /* the lock is held: nobody else writes it */
    reader_poke(q->reader, desk->standing.space);
    desks_unlock(q->session->desks);
    return sent;
}

void act_members(struct json *j, const struct act_result *r, uint64_t n)
{
    static const char *const kinds[] = { "ok", "changed", "denied", "failed" };
    char text[600];

    json_text(j, "result", kinds[r->kind]);
    json_text_or_null(j, "code", r->kind == ACT_OK ? NULL : jemput_status_name(r->status));
    json_text(j, "text_id", r->text_id ? r->text_id : jemput_status_words(r->status, "id")->what);
    snprintf(text, sizeof text, "%s%s%s", r->text_en ? r->text_en : jemput_status_words(r->status, "en")->what, r->detail[0] ? " " : "", r->detail);
    json_text(j, "text_en", text);
    json_number_or_null(j, "segment", r->kind == ACT_OK && n, (int64_t)n);
    json_number_or_null(j, "n", r->kind == ACT_OK && n, (int64_t)n);
}

bool act_told(struct request *q, const struct act_result *r, uint64_t n)
{
    struct json *j = &q->answer.json;

    if (!answer_open(&q->answer))
        return false;
    json_object(j, NULL);
    json_array(j, "items");
    json_object(j, NULL);
    json_integer(j, "i", 0);
    act_members(j, r, n);
    json_end_object(j);
    json_end_array(j);
    json_end_object(j);
    return true;
}

bool body_row(struct request *q, const struct json_t *body, struct row *out)
{
    const struct reach_space *space = body_space(q, body);
    const char *tbl = body_text(body, "tbl", 79), *key = body_text(body, "key", ROW_TEXT_BYTES - 1);

    if (!space)
        return false;
    return tbl && key ? row_read(q, out, space, tbl, key) : answer_misuse(&q->answer, "tbl and key: texts");
}
