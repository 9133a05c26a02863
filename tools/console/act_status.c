/* act_status.c — POST /api/applications: steps of the SOP, and back to the officer with a remark for each field. */
#include <stdlib.h>
#include <string.h>

#include "act.h"

enum { NOTES_MAX = 50 };

struct step {
    struct row row;
    bool readable;
    const char *from, *penerima;
    struct act_result result;
    uint64_t n;
    int64_t space; /* 0 = done */
};

/* A statement with texts for ?1 …, and the key for the last parameter. SQLITE_DONE or what went wrong. */
static int run(struct desk *desk, const char *sql, const struct row *row, int key_at, unsigned count, const char *const *texts)
{
    struct sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(jemput_app(desk->jemput), sql, -1, &stmt, NULL);

    if (rc)
        return rc;
    for (unsigned i = 0; i < count; i++)
        sqlite3_bind_text(stmt, (int)i + 1, texts[i], -1, SQLITE_STATIC);
    row_bind_key(stmt, key_at, row);
    rc = sqlite3_step(stmt);
    sqlite3_finalize(stmt);
    return rc;
}

static int plain(struct desk *desk, const char *sql)
{
    return sqlite3_exec(jemput_app(desk->jemput), sql, NULL, NULL, NULL);
}

static int note(struct desk *desk, const char *reason)
{
    struct sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(jemput_app(desk->jemput), "SELECT jemput_note(?1)", -1, &stmt, NULL);

    if (rc)
        return rc;
    sqlite3_bind_text(stmt, 1, reason, -1, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static struct act_result give_up(struct desk *desk, int rc)
{
    struct act_result r = act_sql(desk, rc);

    if (!sqlite3_get_autocommit(jemput_app(desk->jemput)))
        plain(desk, "ROLLBACK");
    return r;
}

static struct act_result finish(struct desk *desk)
{
    struct jemput_error err;
    int rc = plain(desk, "COMMIT");

    if (rc)
        return give_up(desk, rc);
    return jemput_seal(desk->jemput, NULL, &err) ? act_engine(&err, false) : act_ok();
}

static const char step_sql[] =
    "UPDATE permohonan SET status = ?1, alasan_status = CASE WHEN ?1 IN ('TOLAK', 'KEMBALI', 'DIBATALKAN') THEN ?2 END,"
    " penerima = coalesce(?3, penerima) WHERE id = ?5 AND status = ?4";

/* The step alone counts only from the status that the person saw. */
static struct act_result step_write(struct desk *desk, const struct step *s, const char *to, const char *reason)
{
    const char *const texts[] = { to, reason, s->penerima, s->from };
    int rc = plain(desk, "BEGIN");

    if (rc == SQLITE_OK)
        rc = note(desk, reason);
    if (rc == SQLITE_OK && (rc = run(desk, step_sql, &s->row, 5, 4, texts)) == SQLITE_DONE)
        rc = SQLITE_OK;
    if (rc)
        return give_up(desk, rc);
    if (sqlite3_changes(jemput_app(desk->jemput)) == 0) {
        plain(desk, "ROLLBACK");
        return act_changed();
    }
    return finish(desk);
}

static bool step_read(struct request *q, const struct json_t *item, struct step *s)
{
    const struct reach_space *space = item ? body_space(q, item) : NULL;
    const char *id = item ? body_text(item, "id", 64) : NULL;

    if (!item || !id || !(s->from = body_text(item, "from", -32)))
        return answer_misuse(&q->answer, "items: objects with space, id, from");
    s->penerima = body_text(item, "penerima", 200);
    s->readable = space && row_read(q, &s->row, space, "permohonan", id);
    if (s->readable)
        s->space = s->row.space;
    else
        s->result = (struct act_result){ .kind = ACT_FAILED, .status = JEMPUT_NOTFOUND };
    answer_release(&q->answer);
    return true;
}

static void space_step(struct request *q, struct step *all, size_t count, size_t first, const char *to, const char *reason)
{
    struct act_result why;
    struct desk *desk = act_begin(q, all[first].row.reach, &why);
    int64_t space = all[first].space;

    for (size_t i = first; i < count; i++) {
        if (all[i].space != space)
            continue;
        all[i].result = desk ? step_write(desk, &all[i], to, reason) : why;
        if (all[i].result.kind == ACT_OK)
            all[i].n = desk_segments(desk);
        all[i].space = 0;
    }
    if (desk)
        act_end(q, desk);
}

static bool steps_told(struct request *q, const struct step *all, size_t count, const char *to)
{
    struct json *j = &q->answer.json;

    if (!answer_open(&q->answer))
        return false;
    json_object(j, NULL);
    json_array(j, "items");
    look_note(q, "%s", to);
    for (size_t i = 0; i < count; i++) {
        json_object(j, NULL);
        json_integer(j, "i", (int64_t)i);
        act_members(j, &all[i].result, all[i].n);
        json_end_object(j);
        if (all[i].readable)
            look_note(q, " %s %s", all[i].row.text, all[i].result.kind == ACT_OK ? "ok" : "no");
    }
    json_end_array(j);
    json_end_object(j);
    if (count == 1 && all[0].readable)
        look_row(q, all[0].row.space, all[0].row.tbl, all[0].row.text);
    q->look.count = (int64_t)count;
    return true;
}

bool act_status(struct request *q)
{
    const char *reason = body_reason(q), *to = body_text(q->body, "to", -32);
    const struct json_t *items;
    struct step *all;
    size_t count;
    bool good = true;

    if (!reason)
        return false;
    items = body_list(q->body, "items", &count);
    if (!to || count == 0 || count > ACT_ITEMS_MAX)
        return answer_misuse(&q->answer, "to: a status; items: 1 to 100");
    all = calloc(count, sizeof *all);
    if (!all)
        return answer_status(&q->answer, JEMPUT_NOMEM);
    for (size_t i = 0; i < count && good; i++)
        good = step_read(q, body_at(items, i), &all[i]);
    for (size_t i = 0; i < count && good; i++)
        if (all[i].space)
            space_step(q, all, count, i, to, reason);
    good = good && steps_told(q, all, count, to);
    for (size_t i = 0; i < count; i++)
        if (all[i].readable)
            row_release(&all[i].row);
    free(all);
    return good;
}

/* --- back to the officer --- */

static const char back_sql[] = "UPDATE permohonan SET status = 'KEMBALI', alasan_status = ?1, pemegang = 'petugas' WHERE id = ?3 AND status = ?2";
static const char remark_sql[] = "INSERT INTO catatan(id, permohonan_id, jenis, elemen, isi, oleh, pada)"
                                 " VALUES(jemput_id(), ?4, 'DIKEMBALIKAN', ?1, ?2, ?3, date('now', 'localtime'))";

static int remarks_write(struct request *q, struct desk *desk, const struct row *row, const struct json_t *notes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct json_t *one = body_at(notes, i);
        const char *const texts[] = { body_text(one, "elemen", 64), body_text(one, "isi", -2000), q->session->label };
        int rc = run(desk, remark_sql, row, 4, 3, texts);

        if (rc != SQLITE_DONE)
            return rc;
    }
    return SQLITE_OK;
}

static struct act_result back_write(struct request *q, struct desk *desk, const struct row *row, const char *from, const char *reason)
{
    const char *const texts[] = { reason, from };
    size_t count;
    const struct json_t *notes = body_list(q->body, "notes", &count);
    int rc = plain(desk, "BEGIN");

    if (rc == SQLITE_OK)
        rc = note(desk, reason);
    if (rc == SQLITE_OK && (rc = run(desk, back_sql, row, 3, 2, texts)) == SQLITE_DONE)
        rc = SQLITE_OK;
    if (rc == SQLITE_OK && sqlite3_changes(jemput_app(desk->jemput)) == 0) {
        plain(desk, "ROLLBACK");
        return act_changed();
    }
    if (rc == SQLITE_OK)
        rc = remarks_write(q, desk, row, notes, count);
    return rc ? give_up(desk, rc) : finish(desk);
}

static bool notes_good(struct request *q)
{
    size_t count;
    const struct json_t *notes = body_list(q->body, "notes", &count);

    for (size_t i = 0; i < count; i++) {
        const struct json_t *one = body_at(notes, i);

        if (!one || !body_text(one, "isi", -2000))
            return answer_misuse(&q->answer, "notes: objects of elemen and isi");
    }
    return count <= NOTES_MAX || answer_misuse(&q->answer, "notes: at most 50");
}

bool act_return(struct request *q)
{
    const char *reason = body_reason(q), *id = body_text(q->body, "id", 64), *from = body_text(q->body, "from", -32);
    const struct reach_space *space;
    struct act_result result;
    struct desk *desk;
    struct row row;
    uint64_t n = 0;

    if (!reason || !notes_good(q) || !(space = body_space(q, q->body)))
        return false;
    if (!id || !from)
        return answer_misuse(&q->answer, "id and from: texts");
    if (!row_read(q, &row, space, "permohonan", id))
        return false;
    desk = act_begin(q, space, &result);
    if (desk) {
        result = back_write(q, desk, &row, from, reason);
        n = desk_segments(desk);
        act_end(q, desk);
    }
    look_row(q, row.space, row.tbl, row.text);
    look_note(q, "KEMBALI %s", result.kind == ACT_OK ? "ok" : "no");
    q->look.count = 1;
    row_release(&row);
    return act_told(q, &result, n);
}
