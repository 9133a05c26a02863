/* ask_conflict.c — GET /api/conflicts: what was written at once, as a queue and side by side. */
#include "detail.h"

#include <stdlib.h>
#include <string.h>

#include "whys.h"

/* --- the queue --- */

static const char queue_sql[] =
    "SELECT space, tbl, key_url(key), row_title(space, tbl, key), grp, hard, sides, since, kel, -hard, since, space, tbl, key, grp FROM ("
    " SELECT space, tbl, key, grp, max(hard) AS hard, count(*) AS sides, min(since_ms) AS since, row_kel(space, tbl, key) AS kel FROM conflict_"
    "  WHERE (?1 IS NULL OR space = ?1) AND (?2 IS NULL OR tbl = ?2) AND (?3 IS NULL OR hard = ?3) GROUP BY space, tbl, key, grp)"
    " WHERE reach(space, kel) AND (?4 IS NULL OR kel = ?4)"
    " AND (?5 IS NULL OR (-hard, since, space, tbl, key, grp) > (?5, ?6, ?7, ?8, ?9, ?10)) ORDER BY -hard, since, space, tbl, key, grp LIMIT ?11";
enum { PLACE = 9, PLACE_COLUMNS = 6 };

static void conflict_item(struct request *q, struct json *j, struct sqlite3_stmt *stmt)
{
    const char *grp = (const char *)sqlite3_column_text(stmt, 4);

    (void)q;
    json_object(j, NULL);
    json_integer(j, "space", sqlite3_column_int64(stmt, 0));
    json_column(j, "tbl", stmt, 1);
    json_column(j, "key", stmt, 2);
    json_column(j, "title", stmt, 3);
    json_text_or_null(j, "grp", grp && grp[0] ? grp : NULL);
    json_bool(j, "hard", sqlite3_column_int(stmt, 5));
    json_integer(j, "sides", sqlite3_column_int64(stmt, 6));
    json_integer(j, "since_ms", sqlite3_column_int64(stmt, 7));
    json_text(j, "kel", sqlite3_column_text(stmt, 8) ? (const char *)sqlite3_column_text(stmt, 8) : "");
    json_end_object(j);
}

/* How many there are in all, for the same filters. */
static int64_t queue_total(struct request *q, const struct reach_space *space)
{
    struct trouble why;
    struct sqlite3_stmt *stmt;
    int64_t total = -1;

    if (base_prepare(q->reader->office.db, &stmt,
                     "SELECT count(*) FROM (SELECT DISTINCT space, tbl, key, grp, row_kel(space, tbl, key) AS kel FROM conflict_ WHERE (?1 IS NULL "
                     "OR space = ?1)"
                     " AND (?2 IS NULL OR tbl = ?2) AND (?3 IS NULL OR hard = ?3)) WHERE reach(space, kel) AND (?4 IS NULL OR kel = ?4)",
                     &why))
        return -1;
    list_bind(q, stmt, space);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        total = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return total;
}

bool ask_conflicts(struct request *q)
{
    const struct reach_space *space;
    struct list list = { .sql = queue_sql, .place = PLACE, .place_columns = PLACE_COLUMNS, .after_at = 5, .limit_at = 11, .item = conflict_item };

    if (!parameter_space(q, &space) || !list_prepare(q, &list))
        return false;
    list_bind(q, list.stmt, space);
    list.total = queue_total(q, space);
    look_note(q, "conflicts");
    return list_answer(q, &list);
}

/* --- one row --- */

static void side_json(struct request *q, struct json *j, struct sqlite3_stmt *stmt, const struct row *row, const struct whys *whys, struct gloss *g)
{
    const char *grp = (const char *)sqlite3_column_text(stmt, 0), *value = (const char *)sqlite3_column_text(stmt, 5);
    const struct why *w = whys_find(whys, grp, sqlite3_column_int64(stmt, 9), (const char *)sqlite3_column_text(stmt, 10));

    json_object(j, NULL);
    json_integer(j, "side", sqlite3_column_int64(stmt, 1));
    json_bool(j, "shown", sqlite3_column_int(stmt, 2));
    json_bool(j, "deleted", sqlite3_column_int(stmt, 3));
    if (grp && grp[0] && value)
        values_json(j, "value", q->reader, value, row->tbl, g);
    else
        json_null(j, "value");
    json_integer(j, "device", sqlite3_column_int64(stmt, 6));
    json_column(j, "label", stmt, 7);
    json_number_or_null(j, "claimed_ms", sqlite3_column_type(stmt, 8) != SQLITE_NULL, sqlite3_column_int64(stmt, 8));
    json_text_or_null(j, "trust", w ? w->trust : NULL);
    json_number_or_null(j, "not_before_ms", w && w->not_before_ms, w ? w->not_before_ms : 0);
    json_number_or_null(j, "not_after_ms", w && w->not_after_ms, w ? w->not_after_ms : 0);
    json_number_or_null(j, "segment", sqlite3_column_type(stmt, 9) != SQLITE_NULL, sqlite3_column_int64(stmt, 9));
    json_text_or_null(j, "note", w ? w->note : NULL);
    json_end_object(j);
}

static void columns_json(struct json *j, const char *grp)
{
    char name[128];

    json_array(j, "columns");
    while (grp && *grp) {
        size_t len = strcspn(grp, ",");

        snprintf(name, sizeof name, "%.*s", (int)len, grp);
        json_text(j, NULL, name);
        grp += len + (grp[len] == ',');
    }
    json_end_array(j);
}

static void base_json(struct request *q, struct json *j, const struct row *row, const char *grp, const struct whys *whys, struct gloss *g)
{
    const struct why *w = whys_find(whys, grp, -1, NULL);

    if (w && w->base_known && w->base && grp[0])
        values_json(j, "base", q->reader, w->base, row->tbl, g);
    else
        json_null(j, "base");
    json_bool(j, "base_known", w && w->base_known);
}

static bool groups_json(struct request *q, struct json *j, const struct row *row, const struct whys *whys, struct gloss *g, int64_t *sides)
{
    static const char sql[] = "SELECT grp, side, shown, deleted, hard, value, device, label, claimed_ms, segment, lower(hex(writer)) FROM conflict_"
                              " WHERE space = ?1 AND tbl = ?2 AND key = ?3 ORDER BY grp, side";
    struct sqlite3_stmt *stmt;
    struct trouble why;
    char *grp = NULL;

    if (base_prepare(q->reader->office.db, &stmt, sql, &why))
        return answer_trouble(&q->answer, &why);
    base_bind(stmt, "it", row->space, row->tbl);
    row_bind_key(stmt, 3, row);
    json_array(j, "groups");
    for (*sides = 0; sqlite3_step(stmt) == SQLITE_ROW; ++*sides) {
        const char *now = (const char *)sqlite3_column_text(stmt, 0);

        if (!grp || strcmp(grp, now) != 0) {
            if (grp) {
                json_end_array(j);
                json_end_object(j);
            }
            free(grp);
            grp = memory_copy(now, strlen(now));
            json_object(j, NULL);
            columns_json(j, grp);
            json_bool(j, "hard", sqlite3_column_int(stmt, 4));
            base_json(q, j, row, grp, whys, g);
            json_array(j, "sides");
        }
        side_json(q, j, stmt, row, whys, g);
    }
    if (grp) {
        json_end_array(j);
        json_end_object(j);
    }
    json_end_array(j);
    free(grp);
    sqlite3_finalize(stmt);
    return true;
}

static bool conflict_told(struct request *q, const struct row *row, const struct whys *whys)
{
    struct json *j = &q->answer.json;
    struct gloss g = { 0 };
    struct sqlite3_stmt *stmt;
    char seen[SEEN_BYTES];
    int64_t sides;

    if (!answer_open(&q->answer))
        return false;
    json_object(j, NULL);
    json_integer(j, "space", row->space);
    json_text(j, "tbl", row->tbl);
    json_text(j, "key", row->text);
    title_json(q, j, row);
    json_text(j, "kel", row->kel);
    held_reason_json(q, j, row);
    stmt = row_select(q, row);
    if (stmt)
        row_json(j, "row", stmt, row->tbl, &g);
    else
        json_null(j, "row");
    sqlite3_finalize(stmt);
    if (!groups_json(q, j, row, whys, &g, &sides))
        return false;
    photos_json(q, j, row);
    gloss_json(&g, j, q->reader, row->space);
    if (!applications_json(q, j, row))
        return false;
    row_seen(q, row, seen);
    json_text(j, "seen", seen);
    json_end_object(j);
    if (sides == 0)
        return answer_not_found(&q->answer);
    look_row(q, row->space, row->tbl, row->text);
    q->look.count = 1;
    look_note(q, "conflict");
    return true;
}

bool ask_conflict(struct request *q)
{
    const struct reach_space *space = request_space(q, q->parts[0]);
    struct whys whys = { 0 };
    struct row row;
    bool good;

    if (!space || !row_read(q, &row, space, q->parts[1], q->parts[2]))
        return false;
    whys_read(&whys, q, &row, parameter(q, "more") != NULL);
    good = conflict_told(q, &row, &whys);
    whys_release(&whys);
    row_release(&row);
    return good;
}
