/* whys.c — see whys.h. */
#include "whys.h"

#include <stdlib.h>
#include <string.h>

static char *copy(struct sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    return text ? memory_copy(text, strlen(text)) : NULL;
}

struct jemput *central_store(struct request *q, int64_t space)
{
    struct jemput *store = NULL;
    struct space at;
    struct trouble why;
    char name[24];

    snprintf(name, sizeof name, "%lld", (long long)space);
    if (space_find(&at, &q->reader->office, name, &why) || space_handle(&store, &q->reader->office, &at, &why)) {
        fprintf(stderr, "jemput console: %s\n", why.text);
        return NULL;
    }
    return store;
}

/* The view gives a value of one column as it is: here it becomes the object that conflict_ has. */
#define BASE_SQL                                                                                                                                     \
    "CASE WHEN instr(grp, ',') THEN base WHEN typeof(base) = 'blob' THEN json_object(grp, 'x''' || lower(hex(base)) || '''')"                        \
    " WHEN typeof(base) = 'text' AND substr(base, 2, 1) = '''' AND substr(base, 1, 1) IN ('x', 't') THEN json_object(grp, 't''' || base)"            \
    " ELSE json_object(grp, base) END"

static const char brief_sql[] =
    "SELECT coalesce(grp, ''), writer, segment, trust, not_before_ms, not_after_ms FROM jemput_conflict WHERE tbl = ?1 AND key = ?2";
static const char more_sql[] = "SELECT coalesce(grp, ''), writer, segment, trust, not_before_ms, not_after_ms, note, base_known, " BASE_SQL
                               " FROM jemput_conflict WHERE tbl = ?1 AND key = ?2";

void whys_read(struct whys *out, struct request *q, const struct row *row, bool more)
{
    struct jemput *store = central_store(q, row->space);
    struct sqlite3_stmt *stmt;

    if (!store)
        return;
    if (sqlite3_prepare_v2(jemput_app(store), more ? more_sql : brief_sql, -1, &stmt, NULL) == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, row->tbl, -1, SQLITE_STATIC);
        row_bind_key(stmt, 2, row);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            out->of = memory_resize(out->of, out->count + 1, sizeof *out->of);
            out->of[out->count++] = (struct why){ .grp = copy(stmt, 0),
                                                  .writer = copy(stmt, 1),
                                                  .segment = sqlite3_column_int64(stmt, 2),
                                                  .trust = copy(stmt, 3),
                                                  .not_before_ms = sqlite3_column_int64(stmt, 4),
                                                  .not_after_ms = sqlite3_column_int64(stmt, 5),
                                                  .note = more ? copy(stmt, 6) : NULL,
                                                  .base_known = more && sqlite3_column_int(stmt, 7),
                                                  .base = more ? copy(stmt, 8) : NULL };
        }
        sqlite3_finalize(stmt);
    }
    jemput_close(store);
}

void whys_release(struct whys *w)
{
    for (unsigned i = 0; i < w->count; i++) {
        free(w->of[i].grp);
        free(w->of[i].writer);
        free(w->of[i].trust);
        free(w->of[i].note);
        free(w->of[i].base);
    }
    free(w->of);
    *w = (struct whys){ 0 };
}

const struct why *whys_find(const struct whys *w, const char *grp, int64_t segment, const char *writer)
{
    for (unsigned i = 0; i < w->count; i++) {
        const struct why *it = &w->of[i];

        if (strcmp(it->grp, grp) == 0 && (segment < 0 || (it->segment == segment && it->writer && writer && strcmp(it->writer, writer) == 0)))
            return it;
    }
    return NULL;
}
