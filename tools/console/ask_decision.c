/* ask_decision.c — GET /api/decisions/SPACE/TBL/KEY: the last decision on a row, and what taking it back would do. Out of central's store. */
#include <stdlib.h>
#include <string.h>

#include "detail.h"
#include "undo.h"
#include "whys.h"

static const char *way_word(const struct undo *undo)
{
    switch (undo->way) {
    case UNDO_SET:
        return undo->sets.count ? "set" : "none";
    case UNDO_RESTORE:
        return "restore";
    case UNDO_DROP:
        return "drop";
    case UNDO_MERGED:
        return "merged";
    case UNDO_NONE:
        break;
    }
    return "none";
}

static void label_json(struct request *q, struct json *j, const struct row *row, const char *writer)
{
    struct sqlite3_stmt *stmt = NULL;
    struct trouble why;

    if (base_prepare(q->reader->office.db, &stmt, "SELECT label FROM device_ WHERE space = ?1 AND writer = ?2", &why) == 0)
        base_bind(stmt, "it", row->space, writer);
    if (stmt && sqlite3_step(stmt) == SQLITE_ROW)
        json_column(j, "label", stmt, 0);
    else
        json_text(j, "label", "");
    sqlite3_finalize(stmt);
}

/* What the row would have again. What it has now, the page has from the row itself. */
static void back_json(struct json *j, const struct undo *undo)
{
    json_array(j, "columns");
    for (unsigned i = 0; undo->way == UNDO_SET && i < undo->sets.count; i++) {
        json_object(j, NULL);
        json_text(j, "column", undo->sets.of[i].column);
        json_datum(j, "value", &undo->sets.of[i].value);
        json_end_object(j);
    }
    json_end_array(j);
}

static bool decision_told(struct request *q, const struct row *row, const struct undo *undo)
{
    struct json *j = &q->answer.json;
    struct sqlite3_stmt *stmt;
    struct gloss g = { 0 };

    if (!answer_open(&q->answer))
        return false;
    json_object(j, NULL);
    json_integer(j, "space", row->space);
    json_text(j, "tbl", row->tbl);
    json_text(j, "key", row->text);
    title_json(q, j, row);
    json_text(j, "way", way_word(undo));
    json_integer(j, "device", undo->by.device_number);
    label_json(q, j, row, undo->by.writer);
    json_integer(j, "claimed_ms", undo->by.claimed_ms);
    json_text(j, "reason", undo->note);
    json_integer(j, "later", undo->later);
    back_json(j, undo);
    stmt = row_select(q, row);
    if (stmt)
        row_json(j, "row", stmt, row->tbl, &g);
    else
        json_null(j, "row");
    sqlite3_finalize(stmt);
    gloss_json(&g, j, q->reader, row->space);
    json_text(j, "seen", undo->seen);
    json_end_object(j);
    look_row(q, row->space, row->tbl, row->text);
    q->look.count = 1;
    look_note(q, "decision");
    return true;
}

bool ask_decision(struct request *q)
{
    const struct reach_space *space = request_space(q, q->parts[0]);
    struct undo *undo;
    struct jemput *store;
    struct row row;
    bool good;

    if (!space || !row_read(q, &row, space, q->parts[1], q->parts[2]))
        return false;
    undo = calloc(1, sizeof *undo);
    store = undo ? central_store(q, row.space) : NULL;
    good = store && undo_read(undo, store, row.tbl, row.values, row.count) < 0;
    good = good ? decision_told(q, &row, undo) : answer_status(&q->answer, undo ? JEMPUT_IO : JEMPUT_NOMEM);
    if (undo)
        undo_release(undo);
    free(undo);
    jemput_close(store);
    row_release(&row);
    return good;
}
