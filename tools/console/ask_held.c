/* ask_held.c — GET /api/held: rows that a constraint keeps out of their tables. */
#include <stdlib.h>
#include <string.h>

#include "detail.h"

/* What stands in the way of a row may be another kelurahan's. */
#define AGAINST_TITLE "CASE WHEN against_tbl IS NULL THEN NULL ELSE " TITLE_SEEN("space", "against_tbl", "against_key") " END"

static const char held_sql[] =
    "SELECT space, tbl, key_url(key), title, reason, against_tbl, against_url, against_title, since_ms, device, label, kel, since_ms, space, tbl, "
    "key FROM ("
    " SELECT *, row_kel(space, tbl, key) AS kel, coalesce(json_extract(row, '$.kode_tanda_terima') || coalesce(' · ' || json_extract(row, "
    "'$.layanan'), ''),"
    " json_extract(row, '$.nama'), json_extract(row, '$.nama_kepala'), '') AS title, key_url(against_key) AS against_url,"
    " " AGAINST_TITLE " AS against_title FROM held_"
    "  WHERE (?1 IS NULL OR space = ?1) AND (?2 IS NULL OR tbl = ?2))"
    " WHERE reach(space, kel) AND (?4 IS NULL OR kel = ?4) AND (?5 IS NULL OR (since_ms, space, tbl, key) > (?5, ?6, ?7, ?8))"
    " ORDER BY since_ms, space, tbl, key LIMIT ?9";
enum { PLACE = 12, PLACE_COLUMNS = 4 };

static void item_members(struct json *j, struct sqlite3_stmt *stmt)
{
    const char *reason = (const char *)sqlite3_column_text(stmt, 4);

    json_integer(j, "space", sqlite3_column_int64(stmt, 0));
    json_column(j, "tbl", stmt, 1);
    json_column(j, "key", stmt, 2);
    json_column(j, "title", stmt, 3);
    json_text(j, "reason", reason);
    json_text(j, "reason_id", hold_words_id(reason));
    json_text(j, "reason_en", hold_words_en(reason));
    if (sqlite3_column_type(stmt, 5) == SQLITE_NULL || sqlite3_column_type(stmt, 6) == SQLITE_NULL) {
        json_null(j, "against");
    } else {
        json_object(j, "against");
        json_column(j, "tbl", stmt, 5);
        json_column(j, "key", stmt, 6);
        json_column(j, "title", stmt, 7);
        json_end_object(j);
    }
    json_integer(j, "since_ms", sqlite3_column_int64(stmt, 8));
    json_integer(j, "device", sqlite3_column_int64(stmt, 9));
    json_column(j, "label", stmt, 10);
    json_text(j, "kel", sqlite3_column_text(stmt, 11) ? (const char *)sqlite3_column_text(stmt, 11) : "");
}

static void held_item(struct request *q, struct json *j, struct sqlite3_stmt *stmt)
{
    (void)q;
    json_object(j, NULL);
    item_members(j, stmt);
    json_end_object(j);
}

bool ask_held(struct request *q)
{
    const struct reach_space *space;
    struct list list = {
        .sql = held_sql, .place = PLACE, .place_columns = PLACE_COLUMNS, .after_at = 5, .limit_at = 9, .item = held_item, .total = -1
    };

    if (!parameter_space(q, &space) || !list_prepare(q, &list))
        return false;
    list_bind(q, list.stmt, space);
    look_note(q, "held");
    return list_answer(q, &list);
}

/* What stands in its way, as far as the account may see it. */
static bool against_json(struct request *q, struct json *j, const struct row *row, struct sqlite3_stmt *held, struct gloss *g)
{
    const char *tbl = (const char *)sqlite3_column_text(held, 5), *key = (const char *)sqlite3_column_text(held, 6);
    struct sqlite3_stmt *stmt = NULL;
    struct row other;
    struct answer kept = q->answer;

    q->answer = (struct answer){ 0 }; /* a refusal of the other row is no refusal of this one */
    if (tbl && key && row_read(q, &other, row->reach, tbl, key)) {
        stmt = row_select(q, &other);
        row_release(&other);
    }
    answer_release(&q->answer);
    q->answer = kept;
    if (stmt) {
        row_json(j, "against_row", stmt, tbl, g);
        look_note(q, " against %s %s", tbl, key);
        q->look.count++;
    } else {
        json_null(j, "against_row");
    }
    sqlite3_finalize(stmt);
    return true;
}

static bool held_told(struct request *q, const struct row *row, struct sqlite3_stmt *stmt)
{
    struct json *j = &q->answer.json;
    struct gloss g = { 0 };
    char seen[SEEN_BYTES];

    if (!answer_open(&q->answer))
        return false;
    look_note(q, "held");
    q->look.count = 1;
    json_object(j, NULL);
    item_members(j, stmt);
    values_json(j, "row", q->reader, (const char *)sqlite3_column_text(stmt, 12), row->tbl, &g);
    against_json(q, j, row, stmt, &g);
    gloss_json(&g, j, q->reader, row->space);
    row_seen(q, row, seen);
    json_text(j, "seen", seen);
    json_end_object(j);
    look_row(q, row->space, row->tbl, row->text);
    return true;
}

/* The columns that item_members() tells; and the row. */
#define HELD_SELECT                                                                                                                                  \
    "SELECT space, tbl, key_url(key), coalesce(json_extract(row, '$.kode_tanda_terima') || coalesce(' · ' || json_extract(row, '$.layanan'), ''),"   \
    " json_extract(row, '$.nama'), json_extract(row, '$.nama_kepala'), ''), reason, against_tbl, key_url(against_key), " AGAINST_TITLE               \
    ", since_ms, device, label, row_kel(space, tbl, key), row FROM held_ h WHERE "
static const char held_row_sql[] = HELD_SELECT "space = ?1 AND tbl = ?2 AND key = ?3";

bool ask_held_row(struct request *q)
{
    const struct reach_space *space = request_space(q, q->parts[0]);
    struct sqlite3_stmt *stmt = NULL;
    struct trouble why;
    struct row row;
    bool good;

    if (!space || !row_read(q, &row, space, q->parts[1], q->parts[2]))
        return false;
    if (base_prepare(q->reader->office.db, &stmt, held_row_sql, &why)) {
        row_release(&row);
        return answer_trouble(&q->answer, &why);
    }
    base_bind(stmt, "it", row.space, row.tbl);
    row_bind_key(stmt, 3, &row);
    good = sqlite3_step(stmt) == SQLITE_ROW ? held_told(q, &row, stmt) : answer_not_found(&q->answer);
    sqlite3_finalize(stmt);
    row_release(&row);
    return good;
}

/* --- what a search finds of applications that are held: they are in no list of applications --- */

#define OF_APPLICATIONS(which) HELD_SELECT "tbl = 'permohonan' AND reach(space, row_kel(space, tbl, key)) AND " which " ORDER BY since_ms LIMIT 20"
/* Of persons, in the table or held themselves. */
#define APPLICANT(which) "json_extract(row, '$.pemohon_id') IN (SELECT 'x''' || lower(hex(i)) || '''' FROM (" which " LIMIT 2000))"
static const char *const found_sql[] = {
    [HELD_BY_CODE] = OF_APPLICATIONS("json_extract(row, '$.kode_tanda_terima') >= ?1 AND json_extract(row, '$.kode_tanda_terima') < ?1 || '~'"),
    [HELD_BY_NUMBER] = OF_APPLICATIONS(APPLICANT(
        "SELECT id AS i FROM orang o WHERE o.nik >= ?1 AND o.nik < ?1 || ':' UNION ALL SELECT key FROM held_ w WHERE w.tbl = 'orang' AND "
        "json_extract(w.row, '$.nik') >= ?1 AND json_extract(w.row, '$.nik') < ?1 || ':'")),
    [HELD_BY_NAME] = OF_APPLICATIONS(APPLICANT("SELECT f.key AS i FROM search_ s CROSS JOIN search_of f ON f.rowid_ = s.rowid AND f.tbl = 'orang' "
                                               "WHERE search_ MATCH ?1")),
};

bool held_found_json(struct request *q, struct json *j, enum held_by by, const char *text)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;

    json_array(j, "held");
    if (reader_has(q->reader, "orang")) {
        if (base_prepare(q->reader->office.db, &stmt, found_sql[by], &why))
            return answer_trouble(&q->answer, &why);
        base_bind(stmt, "t", text);
        while (sqlite3_step(stmt) == SQLITE_ROW)
            held_item(q, j, stmt);
        sqlite3_finalize(stmt);
    }
    json_end_array(j);
    return true;
}
