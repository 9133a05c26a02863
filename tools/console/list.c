/* list.c — see list.h. */
#include "list.h"

#include <stdlib.h>

#include "row.h"

bool list_prepare(struct request *q, struct list *list)
{
    struct trouble why;

    if (base_prepare(q->reader->office.db, &list->stmt, list->sql, &why))
        return answer_trouble(&q->answer, &why);
    if (list->limit_at)
        sqlite3_bind_int64(list->stmt, list->limit_at, parameter_limit(q) + 1);
    if (!list->after_at || page_after(q, list->stmt, list->after_at, list->place_columns))
        return true;
    sqlite3_finalize(list->stmt);
    list->stmt = NULL;
    return false;
}

bool list_members(struct request *q, struct json *j, struct list *list)
{
    struct trouble why;
    int64_t limit = list->limit_at ? parameter_limit(q) : INT64_MAX, shown = 0;
    char *here = NULL;
    bool more = false;
    int rc;

    json_array(j, "items");
    while ((rc = sqlite3_step(list->stmt)) == SQLITE_ROW) {
        if (shown == limit) {
            more = true;
            break;
        }
        list->item(q, j, list->stmt);
        if (++shown == limit)
            here = page_here(list->stmt, list->place, list->place_columns);
    }
    json_end_array(j);
    page_end(j, more, here, list->total);
    free(here);
    if (rc != SQLITE_DONE && rc != SQLITE_ROW)
        trouble_sqlite(&why, "list", q->reader->office.db);
    sqlite3_finalize(list->stmt);
    list->stmt = NULL;
    q->look.count = shown;
    return rc == SQLITE_DONE || rc == SQLITE_ROW || answer_trouble(&q->answer, &why);
}

bool list_answer(struct request *q, struct list *list)
{
    struct json *j = &q->answer.json;

    if (!answer_open(&q->answer)) {
        sqlite3_finalize(list->stmt);
        return false;
    }
    json_object(j, NULL);
    if (!list_members(q, j, list))
        return false;
    json_end_object(j);
    return true;
}
