/* shape.c — see shape.h. */
#include "shape.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "embedded.h"

static bool holds(const char *declared, const char *part)
{
    size_t len = strlen(part);

    for (; *declared; declared++)
        if (sqlite3_strnicmp(declared, part, (int)len) == 0)
            return true;
    return false;
}

enum affinity affinity_of(const char *declared)
{
    if (holds(declared, "INT"))
        return AFFINITY_INTEGER;
    if (holds(declared, "CHAR") || holds(declared, "CLOB") || holds(declared, "TEXT"))
        return AFFINITY_TEXT;
    if (holds(declared, "BLOB") || !declared[0])
        return AFFINITY_NONE;
    if (holds(declared, "REAL") || holds(declared, "FLOA") || holds(declared, "DOUB"))
        return AFFINITY_REAL;
    return AFFINITY_NUMERIC;
}

static char *text_copy(const char *text)
{
    return text ? memory_copy(text, strlen(text)) : NULL;
}

static const char *text_of(sqlite3_stmt *stmt, int column)
{
    return (const char *)sqlite3_column_text(stmt, column);
}

int shape_column(const struct shape *shape, const char *name)
{
    for (unsigned i = 0; i < shape->column_count; i++)
        if (sqlite3_stricmp(shape->columns[i].name, name) == 0)
            return (int)i;
    return -1;
}

const struct shape *shapes_find(const struct shapes *shapes, const char *name)
{
    for (unsigned i = 0; i < shapes->count; i++)
        if (sqlite3_stricmp(shapes->of[i].name, name) == 0)
            return &shapes->of[i];
    return NULL;
}

/* Run SQL with one text bound, and give each row to `each`. */
static int rows_each(sqlite3 *db, const char *sql, const char *bound, void (*each)(struct shape *, sqlite3_stmt *), struct shape *shape,
                     struct trouble *why)
{
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

    if (!rc)
        sqlite3_bind_text(stmt, 1, bound, -1, SQLITE_STATIC);
    while (!rc && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        each(shape, stmt);
        rc = SQLITE_OK;
    }
    if (rc != SQLITE_DONE)
        trouble_sqlite(why, "shape of a table", db);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? 0 : -1;
}

/* --- columns --- */

static void column_row(struct shape *s, sqlite3_stmt *stmt)
{
    struct shape_column *c;

    s->columns = memory_resize(s->columns, s->column_count + 1, sizeof *s->columns);
    c = &s->columns[s->column_count++];
    *c = (struct shape_column){ .name = text_copy(text_of(stmt, 0)), .declared = text_copy(text_of(stmt, 1) ? text_of(stmt, 1) : ""),
        .key_place = (unsigned)sqlite3_column_int(stmt, 4), .default_sql = text_copy(text_of(stmt, 3)), .generated = sqlite3_column_int(stmt, 5) >= 2,
        .binary = true };
    c->affinity = affinity_of(c->declared);
    c->not_null = sqlite3_column_int(stmt, 2) || c->key_place;
    if (c->key_place > s->key_count)
        s->key_count = c->key_place;
}

static void column_finish(struct shape *s, struct shape_column *c, sqlite3 *db, const char *create)
{
    const char *collation = NULL;

    if (!sqlite3_table_column_metadata(db, "main", s->name, c->name, NULL, &collation, NULL, NULL, NULL) && collation)
        c->binary = sqlite3_stricmp(collation, "BINARY") == 0;
    c->comment = comment_of_column(create, c->name);
}

/* "length(id)=16", whatever its blanks, quotes and capitals. */
static bool check_says_id(const char *check, const char *name)
{
    struct buffer plain = { 0 }, wanted = { 0 };
    bool same;

    for (; *check; check++)
        if (!strchr(" \t\r\n\"`[]", *check))
            buffer_add(&plain, check, 1);
    buffer_format(&wanted, "length(%s)=16", name);
    same = sqlite3_stricmp(buffer_string(&plain), buffer_string(&wanted)) == 0;
    buffer_release(&plain);
    buffer_release(&wanted);
    return same;
}

static void checks_read(struct shape *s, const char *create)
{
    char *check;

    while ((check = check_of(create, s->check_count)) != NULL) {
        s->checks = memory_resize(s->checks, s->check_count + 1, sizeof *s->checks);
        s->checks[s->check_count++] = check;
        for (unsigned i = 0; i < s->column_count; i++)
            if (s->columns[i].affinity == AFFINITY_NONE && s->columns[i].declared[0] && check_says_id(check, s->columns[i].name))
                s->columns[i].id16 = true;
    }
}

/* --- links: one row a column, ascending by link --- */

static void link_row(struct shape *s, sqlite3_stmt *stmt)
{
    struct shape_link *l;
    int column = shape_column(s, text_of(stmt, 2));

    if (sqlite3_column_int(stmt, 0) == 0) { /* seq */
        s->links = memory_resize(s->links, s->link_count + 1, sizeof *s->links);
        s->links[s->link_count++] = (struct shape_link){ .parent = text_copy(text_of(stmt, 1)) };
    }
    if (!s->link_count || column < 0)
        return;
    l = &s->links[s->link_count - 1];
    l->columns = memory_resize(l->columns, l->column_count + 1, sizeof *l->columns);
    l->parent_columns = memory_resize(l->parent_columns, l->column_count + 1, sizeof *l->parent_columns);
    l->columns[l->column_count] = (unsigned)column;
    l->parent_columns[l->column_count++] = text_copy(text_of(stmt, 3)); /* NULL: the parent's key, filled in below */
}

/* Once all tables are read: what the parent is, and which columns are ids because what they link to is. True: something became an id. */
static bool link_finish(struct shapes *all, struct shape *s, struct shape_link *l)
{
    const struct shape *parent = shapes_find(all, l->parent);
    bool moved = false;

    if (!parent)
        return false;
    free(l->parent);
    l->parent = text_copy(parent->name);
    l->to_key = l->column_count == parent->key_count;
    for (unsigned i = 0; i < l->column_count; i++) {
        int at;

        if (!l->parent_columns[i] && i < parent->key_count)
            l->parent_columns[i] = text_copy(parent->columns[parent->key[i]].name);
        at = l->parent_columns[i] ? shape_column(parent, l->parent_columns[i]) : -1;
        l->to_key = l->to_key && at >= 0 && parent->columns[at].key_place;
        if (at >= 0 && parent->columns[at].id16 && !s->columns[l->columns[i]].id16 && s->columns[l->columns[i]].affinity == AFFINITY_NONE)
            moved = s->columns[l->columns[i]].id16 = true;
    }
    return moved;
}

static void links_finish(struct shapes *all)
{
    bool moved = true;

    for (unsigned turns = 0; moved && turns <= all->count; turns++) {
        moved = false;
        for (unsigned i = 0; i < all->count; i++)
            for (unsigned k = 0; k < all->of[i].link_count; k++)
                moved |= link_finish(all, &all->of[i], &all->of[i].links[k]);
    }
}

/* --- indexes: one row an indexed column, ascending by index --- */

static void index_row(struct shape *s, sqlite3_stmt *stmt)
{
    const char *name = text_of(stmt, 0), *collation = text_of(stmt, 6);
    struct shape_index *x = s->index_count ? &s->indexes[s->index_count - 1] : NULL;
    int column = sqlite3_column_int(stmt, 3) >= 0 && text_of(stmt, 4) ? shape_column(s, text_of(stmt, 4)) : -1;

    if (!x || strcmp(x->name, name) != 0) {
        s->indexes = memory_resize(s->indexes, s->index_count + 1, sizeof *s->indexes);
        x = &s->indexes[s->index_count++];
        *x = (struct shape_index){ .name = text_copy(name), .unique = sqlite3_column_int(stmt, 1), .plain = !sqlite3_column_int(stmt, 2),
            .words = text_copy(text_of(stmt, 7)) };
    }
    if (column < 0 || sqlite3_stricmp(collation ? collation : "", "BINARY") != 0)
        x->plain = false;
    if (column < 0)
        return;
    x->columns = memory_resize(x->columns, x->column_count + 1, sizeof *x->columns);
    x->descending = memory_resize(x->descending, x->column_count + 1, sizeof *x->descending);
    x->columns[x->column_count] = (unsigned)column;
    x->descending[x->column_count++] = sqlite3_column_int(stmt, 5);
}

static const char columns_sql[] = "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid";
static const char links_sql[] = "SELECT seq, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1) ORDER BY id DESC, seq";
static const char indexes_sql[] =
    "SELECT l.name, l.\"unique\", l.partial, x.cid, x.name, x.\"desc\", x.coll, "
    "(SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = l.name) "
    "FROM pragma_index_list(?1) l, pragma_index_xinfo(l.name) x WHERE l.origin <> 'pk' AND x.key ORDER BY l.seq DESC, x.seqno";
static const char create_sql[] = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1";

static void create_row(struct shape *s, sqlite3_stmt *stmt)
{
    s->comment = text_copy(text_of(stmt, 0)); /* for the moment */
}

static int shape_read(struct shape *s, sqlite3 *db, struct trouble *why)
{
    char *create;

    if (rows_each(db, columns_sql, s->name, column_row, s, why) || rows_each(db, links_sql, s->name, link_row, s, why) ||
        rows_each(db, indexes_sql, s->name, index_row, s, why) || rows_each(db, create_sql, s->name, create_row, s, why))
        return -1;
    create = s->comment;
    s->comment = NULL;
    s->key = memory_resize(NULL, s->key_count + 1, sizeof *s->key);
    for (unsigned i = 0; i < s->column_count; i++) {
        if (create)
            column_finish(s, &s->columns[i], db, create);
        if (s->columns[i].key_place)
            s->key[s->columns[i].key_place - 1] = i;
    }
    if (create) {
        checks_read(s, create);
        s->comment = comment_of_table(embedded_schema, create);
    }
    free(create);
    return 0;
}

static int table_each(void *ctx, const char *name, const char *options)
{
    struct shapes *all = ctx;

    all->of = memory_resize(all->of, all->count + 1, sizeof *all->of);
    all->of[all->count++] = (struct shape){ .name = text_copy(name), .options = text_copy(options ? options : "") };
    return 0;
}

int shapes_read(struct shapes *out, struct jemput *jemput, struct trouble *why)
{
    struct jemput_error err;
    sqlite3 *db = jemput_app(jemput);

    *out = (struct shapes){ 0 };
    if (!db)
        return trouble_set(why, TROUBLE_BROKEN, "the store is locked");
    if (jemput_tables(jemput, table_each, out, &err))
        return trouble_engine(why, "tables", &err);
    for (unsigned i = 0; i < out->count; i++)
        if (shape_read(&out->of[i], db, why))
            return -1;
    links_finish(out);
    return 0;
}

static void shape_release(struct shape *s)
{
    for (unsigned i = 0; i < s->column_count; i++) {
        free(s->columns[i].name);
        free(s->columns[i].declared);
        free(s->columns[i].default_sql);
        free(s->columns[i].comment);
    }
    for (unsigned i = 0; i < s->link_count; i++) {
        for (unsigned k = 0; k < s->links[i].column_count; k++)
            free(s->links[i].parent_columns[k]);
        free(s->links[i].parent_columns);
        free(s->links[i].columns);
        free(s->links[i].parent);
    }
    for (unsigned i = 0; i < s->index_count; i++) {
        free(s->indexes[i].name);
        free(s->indexes[i].columns);
        free(s->indexes[i].descending);
        free(s->indexes[i].words);
    }
    for (unsigned i = 0; i < s->check_count; i++)
        free(s->checks[i]);
    free(s->columns);
    free(s->links);
    free(s->indexes);
    free(s->checks);
    free(s->key);
    free(s->name);
    free(s->options);
    free(s->comment);
}

void shapes_release(struct shapes *shapes)
{
    for (unsigned i = 0; i < shapes->count; i++)
        shape_release(&shapes->of[i]);
    free(shapes->of);
    *shapes = (struct shapes){ 0 };
}
