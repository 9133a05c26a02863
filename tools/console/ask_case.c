/* ask_case.c — GET /api/audit/cases and /api/audit/refused: what a person should know of, and what was not taken. */
#include <string.h>

#include "list.h"
#include "row.h"
#include "waits.h"

static const char cases_sql[] =
    "SELECT space, kind, about, label, since_ms, count, open, what_id, what_en, safe_id, safe_en, todo_id, todo_en, -open, -since_ms, space, kind, "
    "about, n FROM case_ c"
    " WHERE (?1 IS NULL OR space = ?1) AND " CASE_REACHED " AND (?2 IS NULL OR (-open, -since_ms, space, kind, about, n) > (?2, ?3, ?4, ?5, ?6, ?7))"
    " ORDER BY -open, -since_ms, space, kind, about, n LIMIT ?8";

static void case_item(struct request *q, struct json *j, struct sqlite3_stmt *stmt)
{
    static const char *const texts[] = { "what_id", "what_en", "safe_id", "safe_en", "todo_id", "todo_en" };

    (void)q;
    json_object(j, NULL);
    json_integer(j, "space", sqlite3_column_int64(stmt, 0));
    json_column(j, "kind", stmt, 1);
    json_column(j, "about", stmt, 2);
    json_column(j, "label", stmt, 3);
    json_number_or_null(j, "since_ms", sqlite3_column_int64(stmt, 4) != 0, sqlite3_column_int64(stmt, 4));
    json_integer(j, "count", sqlite3_column_int64(stmt, 5));
    json_bool(j, "open", sqlite3_column_int(stmt, 6));
    for (int i = 0; i < 6; i++)
        json_column(j, texts[i], stmt, 7 + i);
    json_end_object(j);
}

bool ask_cases(struct request *q)
{
    const struct reach_space *space;
    struct list list = { .sql = cases_sql, .place = 13, .place_columns = 6, .after_at = 2, .limit_at = 8, .item = case_item, .total = -1 };

    if (!parameter_space(q, &space) || !list_prepare(q, &list))
        return false;
    if (space)
        sqlite3_bind_int64(list.stmt, 1, space->standing.space);
    return list_answer(q, &list);
}

static const char refused_sql[] =
    "SELECT r.space, r.device, coalesce(d.label, ''), r.segment, r.place, r.commit_hex, r.why_id, r.why_en, r.claimed_ms, r.tbl, key_url(r.key), "
    "r.col, r.adopted, r.key IS NULL OR reach(r.space, row_kel(r.space, r.tbl, r.key)), r.gone, r.space, r.n"
    " FROM refused_ r LEFT JOIN device_ d ON d.space = r.space AND d.number = r.device WHERE (?1 IS NULL OR r.space = ?1) AND " REFUSED_REACHED
    " AND (?2 IS NULL OR (r.space, r.n) > (?2, ?3)) GROUP BY r.space, r.n ORDER BY r.space, r.n LIMIT ?4";

static void refused_item(struct request *q, struct json *j, struct sqlite3_stmt *stmt)
{
    const struct reach_space *at = reach_find(&q->reach, sqlite3_column_int64(stmt, 0));
    bool rows = at && (at->roles & (ROLE_VERIFIKATOR | ROLE_ADMIN)) && sqlite3_column_int(stmt, 13);

    json_object(j, NULL);
    json_integer(j, "space", sqlite3_column_int64(stmt, 0));
    json_text(j, "kind", "transaksi");
    json_integer(j, "device", sqlite3_column_int64(stmt, 1));
    json_column(j, "label", stmt, 2);
    json_integer(j, "segment", sqlite3_column_int64(stmt, 3));
    json_integer(j, "place", sqlite3_column_int64(stmt, 4));
    json_column(j, "commit", stmt, 5);
    json_column(j, "reason", stmt, 6);
    json_column(j, "detail", stmt, 7);
    json_integer(j, "since_ms", sqlite3_column_int64(stmt, 8));
    json_text_or_null(j, "tbl", rows ? (const char *)sqlite3_column_text(stmt, 9) : NULL);
    json_text_or_null(j, "key", rows ? (const char *)sqlite3_column_text(stmt, 10) : NULL);
    json_text_or_null(j, "col", rows ? (const char *)sqlite3_column_text(stmt, 11) : NULL);
    json_bool(j, "adopted", sqlite3_column_int(stmt, 12));
    json_bool(j, "gone", sqlite3_column_int(stmt, 14));
    json_end_object(j);
}

bool ask_refused(struct request *q)
{
    const struct reach_space *space;
    struct list list = { .sql = refused_sql, .place = 15, .place_columns = 2, .after_at = 2, .limit_at = 4, .item = refused_item, .total = -1 };

    if (!parameter_space(q, &space) || !list_prepare(q, &list))
        return false;
    if (space)
        sqlite3_bind_int64(list.stmt, 1, space->standing.space);
    look_note(q, "refused");
    return list_answer(q, &list);
}
