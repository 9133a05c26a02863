/* act_forget.c — POST /api/forget: a row erased everywhere, on a legal basis, and which rows name it; GET /api/forget/SPACE: which devices have
 * erased what was forgotten. */
#include <stdlib.h>
#include <string.h>

#include "act.h"
#include "detail.h"
#include "whys.h"

/* Columns that name a row of that table, by the schema of the desk. */
static const char naming_sql[] = "SELECT m.name, f.\"from\" FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND"
                                 " f.\"table\" = ?1 COLLATE NOCASE AND f.seq = 0 AND m.name NOT LIKE 'jemput%' ORDER BY 1, 2";

static int64_t naming_count(struct sqlite3 *db, const char *table, const char *column, const struct row *row)
{
    char *sql = sqlite3_mprintf("SELECT count(*) FROM \"%w\" WHERE \"%w\" = ?1", table, column);
    struct sqlite3_stmt *stmt = NULL;
    int64_t count = 0;

    if (sql && sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK) {
        datum_bind(stmt, 1, &row->values[0]);
        if (sqlite3_step(stmt) == SQLITE_ROW)
            count = sqlite3_column_int64(stmt, 0);
    }
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
    return count;
}

/* They are held once the row is gone. */
static bool naming_json(struct request *q, struct desk *desk, const struct row *row)
{
    struct sqlite3 *db = jemput_app(desk->jemput);
    struct json *j = &q->answer.json;
    struct sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(db, naming_sql, -1, &stmt, NULL))
        return answer_status(&q->answer, JEMPUT_IO);
    sqlite3_bind_text(stmt, 1, row->tbl, -1, SQLITE_STATIC);
    json_array(j, "named_by");
    while (row->count == 1 && sqlite3_step(stmt) == SQLITE_ROW) {
        int64_t count = naming_count(db, (const char *)sqlite3_column_text(stmt, 0), (const char *)sqlite3_column_text(stmt, 1), row);

        if (count == 0)
            continue;
        json_object(j, NULL);
        json_column(j, "tbl", stmt, 0);
        json_column(j, "column", stmt, 1);
        json_integer(j, "n", count);
        json_end_object(j);
    }
    sqlite3_finalize(stmt);
    json_end_array(j);
    return true;
}

static bool forget_told(struct request *q, struct desk *desk, const struct row *row, const char *basis, bool look)
{
    struct json *j = &q->answer.json;
    struct jemput_error err;
    uint64_t n = 0;

    if (!answer_open(&q->answer))
        return false;
    json_object(j, NULL);
    json_bool(j, "look", look);
    json_text(j, "tbl", row->tbl);
    json_text(j, "key", row->text);
    title_json(q, j, row);
    if (!naming_json(q, desk, row))
        return false;
    if (!look && jemput_forget(desk->jemput, row->tbl, row->values, row->count, basis, &err))
        return answer_engine(&q->answer, &err);
    n = look ? 0 : desk_segments(desk);
    json_number_or_null(j, "segment", n != 0, (int64_t)n);
    json_number_or_null(j, "n", n != 0, (int64_t)n);
    json_end_object(j);
    q->look.count = 1;
    look_note(q, "%s", look ? "look" : "forgotten");
    return true;
}

bool act_forget(struct request *q)
{
    const char *basis = body_reason(q);
    bool look = body_flag(q->body, "look"), good;
    struct act_result why;
    struct desk *desk;
    struct row row;

    if (!basis || (!look && !request_renewed(q)) || !body_row(q, q->body, &row))
        return false;
    look_row(q, row.space, row.tbl, row.text);
    desk = act_begin(q, row.reach, &why);
    if (desk) {
        good = forget_told(q, desk, &row, basis, look);
        if (good && !look)
            act_end(q, desk);
        else
            desks_unlock(q->session->desks);
    } else {
        good = answer_status(&q->answer, why.status);
    }
    row_release(&row);
    return good;
}

/* --- who has erased --- */

static int place_tell(void *ctx, const struct jemput_forget_place *place)
{
    struct json *j = ctx;

    json_object(j, NULL);
    json_integer(j, "device", place->device_number);
    json_text(j, "roles", place->roles);
    json_bool(j, "reads", place->reads);
    json_bool(j, "erased", place->erased);
    json_bool(j, "revoked", place->revoked);
    json_integer(j, "sealed_since", place->sealed_since);
    json_end_object(j);
    return 0;
}

bool ask_forgotten(struct request *q)
{
    const struct reach_space *space = request_space(q, q->parts[0]);
    struct jemput *store = space ? central_store(q, space->standing.space) : NULL;
    struct json *j = &q->answer.json;
    struct jemput_error err;
    enum jemput_status st;

    if (!space)
        return false;
    if (!store || !answer_open(&q->answer))
        return jemput_close(store), answer_status(&q->answer, JEMPUT_IO);
    json_object(j, NULL);
    json_array(j, "items");
    st = jemput_forget_places(store, place_tell, j, &err);
    jemput_close(store);
    if (st)
        return answer_engine(&q->answer, &err);
    json_end_array(j);
    json_end_object(j);
    return true;
}
