/* ask_twin.c — GET /api/twins: rows that may be one person, or one household. */
#include <string.h>

#include "detail.h"
#include "reasons.h"

static const char twins_sql[] =
    "SELECT t.space, t.tbl, key_url(t.a), row_title(t.space, t.tbl, t.a), t.kel_a, key_url(t.b), row_title(t.space, t.tbl, t.b), t.kel_b, t.score, "
    "t.reasons,"
    " EXISTS(SELECT 1 FROM held_ h WHERE h.space = t.space AND h.tbl = t.tbl AND h.key = t.a), EXISTS(SELECT 1 FROM held_ h WHERE h.space = t.space "
    "AND h.tbl = t.tbl AND h.key = t.b),"
    " mask(coalesce(oa.nik, ka.no_kk)), coalesce(oa.tanggal_lahir, ''), mask(coalesce(ob.nik, kb.no_kk)), coalesce(ob.tanggal_lahir, ''),"
    " -t.score, t.space, t.tbl, t.a, t.b FROM"
    " (SELECT *, row_kel(space, tbl, a) AS kel_a, row_kel(space, tbl, b) AS kel_b FROM twin_ WHERE (?1 IS NULL OR space = ?1) AND (?2 IS NULL OR tbl "
    "= ?2) AND score >= ?3) t"
    " LEFT JOIN orang oa ON t.tbl = 'orang' AND oa.space = t.space AND oa.id = t.a LEFT JOIN orang ob ON t.tbl = 'orang' AND ob.space = t.space AND "
    "ob.id = t.b"
    " LEFT JOIN keluarga ka ON t.tbl = 'keluarga' AND ka.space = t.space AND ka.id = t.a"
    " LEFT JOIN keluarga kb ON t.tbl = 'keluarga' AND kb.space = t.space AND kb.id = t.b"
    " WHERE reach(t.space, t.kel_a) AND reach(t.space, t.kel_b)"
    " AND NOT EXISTS(SELECT 1 FROM putusan_ganda g WHERE g.space = t.space AND ((g.orang_a = t.a AND g.orang_b = t.b) OR (g.orang_a = t.b AND "
    "g.orang_b = t.a)))"
    " AND (?4 IS NULL OR (-t.score, t.space, t.tbl, t.a, t.b) > (?4, ?5, ?6, ?7, ?8))"
    " AND (?10 IS NULL OR t.a = ?10) AND (?11 IS NULL OR t.b = ?11)"
    " ORDER BY -t.score, t.space, t.tbl, t.a, t.b LIMIT ?9";
enum { PLACE = 16, PLACE_COLUMNS = 5 };

static void one_json(struct json *j, const char *name, struct sqlite3_stmt *stmt, int at, int held, int number)
{
    const char *kel = (const char *)sqlite3_column_text(stmt, at + 2);

    json_object(j, name);
    json_column(j, "key", stmt, at);
    json_column(j, "title", stmt, at + 1);
    json_column(j, "number_masked", stmt, number);
    json_column(j, "born", stmt, number + 1);
    json_text(j, "kel", kel ? kel : "");
    json_bool(j, "held", sqlite3_column_int(stmt, held));
    json_end_object(j);
}

static void item_members(struct json *j, struct sqlite3_stmt *stmt)
{
    json_integer(j, "space", sqlite3_column_int64(stmt, 0));
    json_column(j, "tbl", stmt, 1);
    one_json(j, "a", stmt, 2, 10, 12);
    one_json(j, "b", stmt, 5, 11, 14);
    json_integer(j, "score", sqlite3_column_int64(stmt, 8));
    reasons_json(j, "reasons", (const char *)sqlite3_column_text(stmt, 9));
}

static void twin_item(struct request *q, struct json *j, struct sqlite3_stmt *stmt)
{
    (void)q;
    json_object(j, NULL);
    item_members(j, stmt);
    json_end_object(j);
}

bool ask_twins(struct request *q)
{
    const struct reach_space *space;
    struct list list = {
        .sql = twins_sql, .place = PLACE, .place_columns = PLACE_COLUMNS, .after_at = 4, .limit_at = 9, .item = twin_item, .total = -1
    };
    int64_t min;

    if (!parameter_space(q, &space) || !parameter_number(q, "min", 0, 100, 0, &min) || !list_prepare(q, &list))
        return false;
    list_bind(q, list.stmt, space);
    sqlite3_bind_int64(list.stmt, 3, min);
    look_note(q, "twins");
    return list_answer(q, &list);
}

/* --- two rows --- */

static void applications_count(struct request *q, struct json *j, const char *name, const struct row *row)
{
    struct trouble why;
    struct sqlite3_stmt *stmt;
    int64_t count = 0;

    if (base_prepare(
            q->reader->office.db, &stmt,
            "SELECT count(*) FROM permohonan WHERE space = ?1 AND ((?2 = 'orang' AND pemohon_id = ?3) OR (?2 = 'keluarga' AND keluarga_id = ?3))",
            &why) == 0) {
        base_bind(stmt, "it", row->space, row->tbl);
        row_bind_key(stmt, 3, row);
        if (sqlite3_step(stmt) == SQLITE_ROW)
            count = sqlite3_column_int64(stmt, 0);
        sqlite3_finalize(stmt);
    }
    json_integer(j, name, count);
}

static void whole_json(struct request *q, struct json *j, const char *name, const struct row *row, struct gloss *g)
{
    struct sqlite3_stmt *stmt = row_select(q, row);

    if (stmt)
        row_json(j, name, stmt, row->tbl, g);
    else
        json_null(j, name);
    sqlite3_finalize(stmt);
}

static bool twin_told(struct request *q, const struct row *a, const struct row *b, struct sqlite3_stmt *stmt)
{
    struct json *j = &q->answer.json;
    struct gloss g = { 0 };

    if (!answer_open(&q->answer))
        return false;
    json_object(j, NULL);
    item_members(j, stmt);
    whole_json(q, j, "row_a", a, &g);
    whole_json(q, j, "row_b", b, &g);
    gloss_json(&g, j, q->reader, a->space);
    applications_count(q, j, "applications_a", a);
    applications_count(q, j, "applications_b", b);
    json_end_object(j);
    look_row(q, a->space, a->tbl, a->text);
    q->look.count = 2;
    look_note(q, "twin %s", b->text);
    return true;
}

bool ask_twin(struct request *q)
{
    const struct reach_space *space = request_space(q, q->parts[0]);
    struct sqlite3_stmt *stmt = NULL;
    struct trouble why;
    struct row a, b;
    bool good;

    if (!space || !row_read(q, &a, space, q->parts[1], q->parts[2]))
        return false;
    if (!row_read(q, &b, space, q->parts[1], q->parts[3]))
        return row_release(&a), false;
    if (base_prepare(q->reader->office.db, &stmt, twins_sql, &why)) {
        good = answer_trouble(&q->answer, &why);
    } else {
        base_bind(stmt, "iti", a.space, a.tbl, (int64_t)0);
        sqlite3_bind_int(stmt, 9, 1);
        row_bind_key(stmt, 10, &a);
        row_bind_key(stmt, 11, &b);
        good = sqlite3_step(stmt) == SQLITE_ROW ? twin_told(q, &a, &b, stmt) : answer_not_found(&q->answer);
        sqlite3_finalize(stmt);
    }
    row_release(&a);
    row_release(&b);
    return good;
}
