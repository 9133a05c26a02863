/* why.c — reading the views (schema/views.md) for one row. */
#include "why.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "text.h"

struct reading {
    struct why *why;
    sqlite3 *db;
    const char *table, *column;
    sqlite3_value *key; /* as the views take it */
};

/* --- small things --- */

static char *text_keep(sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    return text ? memory_copy(text, (size_t)sqlite3_column_bytes(stmt, column)) : NULL;
}

bool why_names(const char *columns, const char *column)
{
    size_t len = strlen(column);

    for (const char *at = columns; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (sqlite3_strnicmp(at, column, (int)len) == 0 && (at[len] == ',' || at[len] == '\0'))
            return true;
    return false;
}

static bool wanted(const struct reading *r, const char *columns)
{
    return !r->column || (columns && why_names(columns, r->column));
}

/* Each row of a query, of which ?1 is the table, ?2 the key. false: what failed has been reported with *code. */
static bool query(const struct reading *r, const char *sql, void (*each)(const struct reading *r, sqlite3_stmt *stmt), int *code)
{
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(r->db, sql, -1, &stmt, NULL);

    if (rc == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, r->table, -1, SQLITE_STATIC);
        sqlite3_bind_value(stmt, 2, r->key);
        while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
            each(r, stmt);
    }
    if (rc != SQLITE_DONE)
        *code = failure_sql(r->db, "why");
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE;
}

/* --- each view --- */

static struct why_write *write_add(struct why_writes *writes)
{
    writes->of = memory_resize(writes->of, writes->count + 1, sizeof *writes->of);
    writes->of[writes->count] = (struct why_write){ 0 };
    return &writes->of[writes->count++];
}

static struct why_group *group_add(struct why *why, char *columns)
{
    why->groups = memory_resize(why->groups, why->group_count + 1, sizeof *why->groups);
    why->groups[why->group_count] = (struct why_group){ .columns = columns };
    return &why->groups[why->group_count++];
}

static bool same_columns(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static void state_see(const struct reading *r, sqlite3_stmt *stmt)
{
    struct why *why = r->why;
    char *columns = text_keep(stmt, 0);
    bool deleted = sqlite3_column_int(stmt, 3);
    struct why_group *group = why->group_count ? &why->groups[why->group_count - 1] : NULL;
    struct why_write *w;

    if (!why->state)
        why->state = text_keep(stmt, 1);
    if (!deleted && !wanted(r, columns)) {
        free(columns);
        return;
    }
    if (!deleted && (!group || !same_columns(group->columns, columns))) {
        group = group_add(why, columns);
        group->rule = text_keep(stmt, 2);
        group->conflict = sqlite3_column_int(stmt, 4);
    } else {
        free(columns);
    }
    w = write_add(deleted ? &why->deletes : &group->writes);
    w->shown = sqlite3_column_int(stmt, 5);
    w->gone = sqlite3_column_int(stmt, 6);
    w->parallel = sqlite3_column_int(stmt, 7);
    w->value = sqlite3_value_dup(sqlite3_column_value(stmt, 8));
    w->writer = text_keep(stmt, 9);
    w->label = text_keep(stmt, 10);
    w->claimed_ms = sqlite3_column_int64(stmt, 11);
    w->trust = text_keep(stmt, 12);
    w->segment = sqlite3_column_int64(stmt, 13);
}

static void conflict_see(const struct reading *r, sqlite3_stmt *stmt)
{
    const char *columns = (const char *)sqlite3_column_text(stmt, 0);

    for (size_t i = 0; columns && i < r->why->group_count; i++) {
        struct why_group *group = &r->why->groups[i];

        if (group->base || !group->columns || strcmp(group->columns, columns) != 0)
            continue;
        group->base = sqlite3_value_dup(sqlite3_column_value(stmt, 1));
        group->base_known = sqlite3_column_int(stmt, 2);
        group->hard = sqlite3_column_int(stmt, 3);
    }
}

static void pending_see(const struct reading *r, sqlite3_stmt *stmt)
{
    struct why *why = r->why;
    char *column = text_keep(stmt, 0);
    struct why_write *w;

    if (r->column && column && sqlite3_stricmp(column, r->column) != 0) {
        free(column);
        return;
    }
    why->pending_columns = memory_resize(why->pending_columns, why->pending.count + 1, sizeof *why->pending_columns);
    why->pending_columns[why->pending.count] = column;
    w = write_add(&why->pending);
    w->value = sqlite3_value_dup(sqlite3_column_value(stmt, 1));
    w->claimed_ms = sqlite3_column_int64(stmt, 2);
    w->note = text_keep(stmt, 3);
    w->label = text_keep(stmt, 4);
    w->writer = text_keep(stmt, 5);
    w->trust = text_keep(stmt, 6);
}

static void held_see(const struct reading *r, sqlite3_stmt *stmt)
{
    r->why->held = text_keep(stmt, 0);
    r->why->against_table = text_keep(stmt, 1);
    r->why->against_key = sqlite3_value_dup(sqlite3_column_value(stmt, 2));
}

static void delivery_see(const struct reading *r, sqlite3_stmt *stmt)
{
    struct why *why = r->why;

    why->deliveries = memory_resize(why->deliveries, why->delivery_count + 1, sizeof *why->deliveries);
    why->deliveries[why->delivery_count++] = (struct why_delivery){ .state = text_keep(stmt, 0),
                                                                    .label = text_keep(stmt, 1),
                                                                    .claimed_ms = sqlite3_column_int64(stmt, 2),
                                                                    .newest = sqlite3_column_int(stmt, 3),
                                                                    .own = sqlite3_column_int(stmt, 4) };
}

/* --- words for columns that merge together --- */

/* A BLOB is the text x'0f…' there, and a text that looks so has t' in front. */
static void member_write(struct buffer *out, const char *text)
{
    size_t len = text ? strlen(text) : 0;

    if (!text)
        buffer_text(out, T("(kosong)", "(empty)"));
    else if (len >= 3 && strncmp(text, "x'", 2) == 0)
        buffer_add(out, text + 2, len - 3);
    else
        buffer_text(out, strncmp(text, "t'", 2) == 0 ? text + 2 : text);
}

/* One column of a JSON object, for people: "rt = 004". */
static void member_say(const struct reading *r, struct buffer *out, sqlite3_value *object, const char *column)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(r->db, "SELECT json_extract(?1, '$.' || ?2)", -1, &stmt, NULL) == SQLITE_OK) {
        sqlite3_bind_value(stmt, 1, object);
        sqlite3_bind_text(stmt, 2, column, -1, SQLITE_STATIC);
        if (sqlite3_step(stmt) == SQLITE_ROW) {
            const char *text = (const char *)sqlite3_column_text(stmt, 0);

            buffer_format(out, "%s%s = ", out->len ? ", " : "", column);
            member_write(out, text);
        }
    }
    sqlite3_finalize(stmt);
}

static bool member_differs(const struct reading *r, const struct why_group *g, const char *column)
{
    bool differs = false;

    for (size_t i = 1; i < g->writes.count && !differs; i++) {
        struct buffer first = { 0 }, other = { 0 };

        member_say(r, &first, g->writes.of[0].value, column);
        member_say(r, &other, g->writes.of[i].value, column);
        differs = strcmp(buffer_string(&first), buffer_string(&other)) != 0;
        buffer_release(&first);
        buffer_release(&other);
    }
    return differs;
}

/* The columns in which the writes differ; all of them if they differ in none; the one that was asked for. */
static char *columns_worth_saying(const struct reading *r, const struct why_group *g)
{
    struct buffer worth = { 0 }, name = { 0 };
    char *columns;

    for (const char *at = g->columns; *at; at += strcspn(at, ","), at += *at == ',') {
        name.len = 0;
        buffer_add(&name, at, strcspn(at, ","));
        if (r->column ? sqlite3_stricmp(r->column, name.data) == 0 : member_differs(r, g, name.data))
            buffer_format(&worth, "%s%s", worth.len ? "," : "", name.data);
    }
    columns = worth.len ? memory_copy(worth.data, worth.len) : memory_copy(g->columns, strlen(g->columns));
    buffer_release(&name);
    buffer_release(&worth);
    return columns;
}

static char *object_words(const struct reading *r, const char *columns, sqlite3_value *object)
{
    struct buffer words = { 0 }, name = { 0 };
    char *text;

    for (const char *at = columns; *at; at += strcspn(at, ","), at += *at == ',') {
        name.len = 0;
        buffer_add(&name, at, strcspn(at, ","));
        member_say(r, &words, object, name.data);
    }
    text = memory_copy(buffer_string(&words), words.len);
    buffer_release(&name);
    buffer_release(&words);
    return text;
}

/* Is every member of a JSON object null? */
static bool object_empty(const struct reading *r, sqlite3_value *object)
{
    sqlite3_stmt *stmt;
    bool empty = false;

    if (sqlite3_prepare_v2(r->db, "SELECT NOT EXISTS(SELECT 1 FROM json_each(?1) WHERE type<>'null')", -1, &stmt, NULL) == SQLITE_OK) {
        sqlite3_bind_value(stmt, 1, object);
        empty = sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_int(stmt, 0);
    }
    sqlite3_finalize(stmt);
    return empty;
}

static bool group_empty(const struct reading *r, const struct why_group *g)
{
    bool single = !g->columns || !strchr(g->columns, ',');

    for (size_t i = 0; i < g->writes.count; i++)
        if (single ? sqlite3_value_type(g->writes.of[i].value) != SQLITE_NULL : !object_empty(r, g->writes.of[i].value))
            return false;
    return true;
}

static void words_make(const struct reading *r)
{
    for (size_t i = 0; i < r->why->group_count; i++) {
        struct why_group *g = &r->why->groups[i];
        char *worth;

        g->empty = group_empty(r, g);
        if (!g->columns || !strchr(g->columns, ','))
            continue;
        worth = columns_worth_saying(r, g);
        for (size_t k = 0; k < g->writes.count; k++)
            g->writes.of[k].words = object_words(r, worth, g->writes.of[k].value);
        if (g->base_known)
            g->base_words = object_words(r, worth, g->base);
        free(worth);
    }
}

int why_read(struct why *out, sqlite3 *db, const char *table, const struct row_key *key, const char *column)
{
    struct reading r = { .why = out, .db = db, .table = table, .column = column };
    int code = -1;
    bool good;

    r.key = row_key_value(db, key->values, key->count);
    good = r.key;
    if (!good)
        code = failure_sql(db, "why");
    good = good && query(&r,
                         "SELECT grp, state, rule, deleted, conflict, shown, gone, parallel, value, writer, label, claimed_ms, trust, segment "
                         "FROM jemput_why(?1, ?2)",
                         state_see, &code);
    good =
        good && query(&r, "SELECT grp, base, base_known, hard FROM jemput_conflict WHERE tbl = ?1 COLLATE NOCASE AND key = ?2", conflict_see, &code);
    good = good && query(&r, "SELECT col, new, at, note, label, writer, trust FROM jemput_history(?1, ?2) WHERE segment IS NULL", pending_see, &code);
    good = good && query(&r, "SELECT reason, against_tbl, against_key FROM jemput_held WHERE tbl = ?1 COLLATE NOCASE AND key = ?2", held_see, &code);
    good = good && query(&r, "SELECT state, label, claimed_ms, newest, own FROM jemput_delivery(?1, ?2)", delivery_see, &code);
    if (good)
        words_make(&r);
    sqlite3_value_free(r.key);
    return code;
}

/* --- release --- */

static void writes_release(struct why_writes *writes)
{
    for (size_t i = 0; i < writes->count; i++) {
        sqlite3_value_free(writes->of[i].value);
        free(writes->of[i].writer);
        free(writes->of[i].label);
        free(writes->of[i].trust);
        free(writes->of[i].note);
        free(writes->of[i].words);
    }
    free(writes->of);
}

void why_release(struct why *why)
{
    for (size_t i = 0; i < why->group_count; i++) {
        free(why->groups[i].columns);
        free(why->groups[i].rule);
        sqlite3_value_free(why->groups[i].base);
        free(why->groups[i].base_words);
        writes_release(&why->groups[i].writes);
    }
    free(why->groups);
    for (size_t i = 0; i < why->pending.count; i++)
        free(why->pending_columns[i]);
    free(why->pending_columns);
    for (size_t i = 0; i < why->delivery_count; i++) {
        free(why->deliveries[i].state);
        free(why->deliveries[i].label);
    }
    free(why->deliveries);
    writes_release(&why->deletes);
    writes_release(&why->pending);
    free(why->state);
    free(why->held);
    free(why->against_table);
    sqlite3_value_free(why->against_key);
    *why = (struct why){ 0 };
}
