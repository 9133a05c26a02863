/* act_unite.c — POST /api/twins: two rows that are one, and back again; or two that are two. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "act.h"
#include "detail.h"

struct moves {
    struct request *q;
    struct json *j;
    const struct row *row;
    unsigned count;
};

static const char *kind_word(enum jemput_move_kind kind)
{
    switch (kind) {
    case JEMPUT_MOVE_VALUE:
        return "value";
    case JEMPUT_MOVE_COUNT:
        return "count";
    case JEMPUT_MOVE_REFERENCE:
        return "reference";
    case JEMPUT_MOVE_ROW:
        return "row";
    case JEMPUT_MOVE_HELD:
        return "held";
    default:
        return "left";
    }
}

/* The key as addresses have it, and what people call the row. */
static void move_row_json(struct moves *m, const struct jemput_move *move)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;
    char hex[2 * 64 + 1] = "";

    if (move->key_count == 1 && move->key->type == JEMPUT_TYPE_BLOB && move->key->len <= 64)
        sodium_bin2hex(hex, sizeof hex, move->key->data, move->key->len);
    json_text(m->j, "tbl", move->table);
    json_text(m->j, "key", hex);
    if (move->key_count == 1 && base_prepare(m->q->reader->office.db, &stmt, "SELECT " TITLE_SEEN("?1", "?2", "?3"), &why) == 0) {
        base_bind(stmt, "it", m->row->space, move->table);
        datum_bind(stmt, 3, move->key);
        sqlite3_step(stmt);
        json_column(m->j, "title", stmt, 0);
        sqlite3_finalize(stmt);
    } else {
        json_text(m->j, "title", "");
    }
}

/* What the constraint that the value names means. */
static void held_words_json(struct json *j, const struct jemput_datum *value)
{
    char reason[128];

    snprintf(reason, sizeof reason, "%.*s", (int)value->len, (const char *)value->data);
    json_text(j, "reason_id", hold_words_id(reason));
    json_text(j, "reason_en", hold_words_en(reason));
}

static int move_tell(void *ctx, const struct jemput_move *move)
{
    struct moves *m = ctx;

    m->count++;
    json_object(m->j, NULL);
    json_text(m->j, "kind", kind_word(move->kind));
    move_row_json(m, move);
    json_text_or_null(m->j, "column", move->column);
    if (move->value)
        json_datum(m->j, "value", move->value);
    else
        json_null(m->j, "value");
    if (move->before)
        json_datum(m->j, "before", move->before);
    else
        json_null(m->j, "before");
    if (move->kind == JEMPUT_MOVE_HELD)
        held_words_json(m->j, move->value);
    json_end_object(m->j);
    return 0;
}

static bool result_answer(struct request *q, const struct act_result *r)
{
    const struct answer_words words = { r->text_id ? r->text_id : jemput_status_words(r->status, "id")->what,
                                        r->text_en ? r->text_en : jemput_status_words(r->status, "en")->what,
                                        NULL,
                                        NULL,
                                        NULL,
                                        NULL };

    return answer_error(&q->answer, answer_http_status(r->status), jemput_status_name(r->status), &words);
}

/* Two rows, or one that is to come back: `keep` NULL. */
static bool moves_told(struct request *q, struct desk *desk, const struct row *keep, const struct row *gone, const char *reason, bool look)
{
    const struct jemput_merging merging = {
        .table = gone->tbl, .key_count = gone->count, .keep = keep ? keep->values : NULL, .gone = gone->values, .reason = reason, .look = look
    };
    struct moves m = { .q = q, .j = &q->answer.json, .row = gone };
    struct jemput_error err;
    enum jemput_status st;
    uint64_t n;

    if (!answer_open(&q->answer))
        return false;
    json_object(m.j, NULL);
    json_bool(m.j, "look", look);
    json_array(m.j, "moves");
    st = keep ? jemput_merge_rows(desk->jemput, &merging, move_tell, &m, &err) : jemput_part_rows(desk->jemput, &merging, move_tell, &m, &err);
    if (st) {
        struct act_result r = act_engine(&err, false);

        return result_answer(q, &r);
    }
    n = look ? 0 : desk_segments(desk);
    json_end_array(m.j);
    json_number_or_null(m.j, "segment", n != 0, (int64_t)n);
    json_number_or_null(m.j, "n", n != 0, (int64_t)n);
    json_end_object(m.j);
    q->look.count = m.count;
    look_note(q, "%s%s", look ? "look " : "", keep ? keep->text : "");
    return true;
}

static bool two_rows(struct request *q, struct row *keep, struct row *gone, bool both)
{
    const struct reach_space *space = body_space(q, q->body);
    const char *tbl = body_text(q->body, "tbl", 79), *a = both ? body_text(q->body, "keep", 200) : "", *b = body_text(q->body, "gone", 200);

    if (!space)
        return false;
    if (!a || !b)
        return answer_misuse(&q->answer, "keep and gone: keys");
    if (both && !row_read(q, keep, space, tbl ? tbl : "orang", a))
        return false;
    if (row_read(q, gone, space, tbl ? tbl : "orang", b))
        return true;
    if (both)
        row_release(keep);
    return false;
}

/* A row that goes on in another is in its table no more: its region is that of the other, which is not asked for; so only of the whole space. */
static bool gone_row(struct request *q, struct row *gone)
{
    return two_rows(q, NULL, gone, false);
}

static bool rows_move(struct request *q, const struct row *keep, const struct row *gone)
{
    const char *reason = body_reason(q);
    bool look = body_flag(q->body, "look"), good;
    struct act_result why;
    struct desk *desk;

    if (!reason)
        return false;
    desk = act_begin(q, gone->reach, &why);
    if (!desk)
        return result_answer(q, &why);
    look_row(q, gone->space, gone->tbl, gone->text);
    good = moves_told(q, desk, keep, gone, reason, look);
    if (good && !look)
        act_end(q, desk);
    else
        desks_unlock(q->session->desks);
    return good;
}

bool act_unite(struct request *q)
{
    struct row keep, gone;
    bool good;

    if (!two_rows(q, &keep, &gone, true))
        return false;
    good = rows_move(q, &keep, &gone);
    row_release(&keep);
    row_release(&gone);
    return good;
}

bool act_part(struct request *q)
{
    struct row gone;
    bool good;

    if (!gone_row(q, &gone))
        return false;
    good = rows_move(q, NULL, &gone);
    row_release(&gone);
    return good;
}

/* --- two that are two --- */

static const char two_sql[] =
    "INSERT INTO putusan_ganda(orang_a, orang_b, putusan, alasan, oleh, pada) VALUES(min(?1, ?2), max(?1, ?2), 'BEDA', ?3, ?4, date('now', "
    "'localtime'))"
    " ON CONFLICT(orang_a, orang_b) DO UPDATE SET putusan = excluded.putusan, alasan = excluded.alasan, oleh = excluded.oleh, pada = excluded.pada";

static struct act_result two_write(struct request *q, struct desk *desk, const struct row *a, const struct row *b, const char *reason)
{
    struct sqlite3 *db = jemput_app(desk->jemput);
    struct sqlite3_stmt *stmt;
    struct jemput_error err;
    int rc = sqlite3_prepare_v2(db, two_sql, -1, &stmt, NULL);

    if (rc)
        return act_sql(desk, rc);
    row_bind_key(stmt, 1, a);
    row_bind_key(stmt, 2, b);
    sqlite3_bind_text(stmt, 3, reason, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 4, q->session->label, -1, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    sqlite3_finalize(stmt);
    if (rc != SQLITE_DONE)
        return act_sql(desk, rc);
    return jemput_seal(desk->jemput, NULL, &err) ? act_engine(&err, false) : act_ok();
}

bool act_two(struct request *q)
{
    const struct reach_space *space = body_space(q, q->body);
    const char *a_key = body_text(q->body, "a", 64), *b_key = body_text(q->body, "b", 64), *reason;
    struct act_result result;
    struct desk *desk;
    struct row a, b;
    uint64_t n = 0;

    if (!space || !(reason = body_reason(q)))
        return false;
    if (!a_key || !b_key || strcmp(a_key, b_key) == 0)
        return answer_misuse(&q->answer, "a and b: two keys");
    if (!row_read(q, &a, space, "orang", a_key))
        return false;
    if (!row_read(q, &b, space, "orang", b_key))
        return row_release(&a), false;
    desk = act_begin(q, space, &result);
    if (desk) {
        result = two_write(q, desk, &a, &b, reason);
        n = desk_segments(desk);
        act_end(q, desk);
    }
    look_row(q, a.space, "orang", a.text);
    look_note(q, "two %s", b.text);
    q->look.count = 2;
    row_release(&a);
    row_release(&b);
    return act_told(q, &result, n);
}
