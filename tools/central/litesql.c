/* litesql.c — tables of central.db for the tables of a schema: the same columns and affinities, the space in front of the key. No constraint but the
 * key: the engine keeps those. Columns and tables only come; none goes, for another space may be at an older version of the schema. */
#include <stdlib.h>
#include <string.h>

#include "lite.h"

void lite_name(struct buffer *sql, const char *name)
{
    buffer_text(sql, "\"");
    for (; *name; name++)
        buffer_add(sql, *name == '"' ? "\"\"" : name, *name == '"' ? 2 : 1);
    buffer_text(sql, "\"");
}

static const char *type_of(enum affinity affinity)
{
    static const char *const names[] = { [AFFINITY_NONE] = " BLOB", [AFFINITY_TEXT] = " TEXT", [AFFINITY_NUMERIC] = " NUMERIC",
                                         [AFFINITY_INTEGER] = " INTEGER", [AFFINITY_REAL] = " REAL" };

    return names[affinity];
}

static int sql_run(struct sqlite3 *db, struct buffer *sql, struct trouble *why)
{
    int rc = base_run(db, buffer_string(sql), why);

    buffer_release(sql);
    return rc;
}

static void key_write(struct buffer *sql, const struct shape *s, const char *between, bool numbers)
{
    for (unsigned i = 0; i < s->key_count; i++) {
        buffer_text(sql, between);
        lite_name(sql, s->columns[s->key[i]].name);
        if (numbers)
            buffer_format(sql, " = ?%u", i + 2);
    }
}

static int table_create(struct sqlite3 *db, const struct shape *s, struct trouble *why)
{
    struct buffer sql = { 0 };

    buffer_text(&sql, "CREATE TABLE ");
    lite_name(&sql, s->name);
    buffer_text(&sql, "(space INTEGER NOT NULL");
    for (unsigned i = 0; i < s->column_count; i++) {
        buffer_text(&sql, ", ");
        lite_name(&sql, s->columns[i].name);
        buffer_text(&sql, type_of(s->columns[i].affinity));
    }
    buffer_text(&sql, ", PRIMARY KEY(space");
    key_write(&sql, s, ", ", false);
    buffer_text(&sql, ")) WITHOUT ROWID");
    return sql_run(db, &sql, why);
}

static int column_add(struct sqlite3 *db, const struct shape *s, const struct shape_column *c, struct trouble *why)
{
    struct buffer sql = { 0 };

    buffer_text(&sql, "ALTER TABLE ");
    lite_name(&sql, s->name);
    buffer_text(&sql, " ADD COLUMN ");
    lite_name(&sql, c->name);
    buffer_text(&sql, type_of(c->affinity));
    return sql_run(db, &sql, why);
}

/* The key that a table has, as we note it: names by comma. */
static char *key_text(const struct shape *s)
{
    struct buffer out = { 0 };

    for (unsigned i = 0; i < s->key_count; i++) {
        buffer_text(&out, i ? "," : "");
        lite_name(&out, s->columns[s->key[i]].name);
    }
    return out.data;
}

static int table_new(struct sqlite3 *db, const struct shape *s, const char *key, struct trouble *why)
{
    bool ours;

    if (base_do(db, "SELECT 1 FROM sqlite_schema WHERE lower(name) = lower(?1)", why, &ours, NULL, "t", s->name))
        return -1;
    if (ours || shape_column(s, "space") >= 0)
        return trouble_set(why, TROUBLE_BROKEN, "table '%s': %s", s->name, ours ? "central.db has one of that name itself" :
                           "central.db has a column 'space' itself");
    return table_create(db, s, why) || base_do(db, "INSERT INTO table_ VALUES(?1, ?2)", why, NULL, NULL, "tt", s->name, key) ? -1 : 0;
}

static int table_complete(struct sqlite3 *db, const struct shape *s, struct trouble *why)
{
    for (unsigned i = 0; i < s->column_count; i++) {
        bool there;

        if (base_do(db, "SELECT 1 FROM pragma_table_info(?1) WHERE lower(name) = lower(?2)", why, &there, NULL, "tt", s->name, s->columns[i].name) ||
            (!there && column_add(db, s, &s->columns[i], why)))
            return -1;
    }
    return 0;
}

static int table_bring(struct sqlite3 *db, const struct shape *s, struct trouble *why)
{
    char *key = key_text(s);
    bool there, same = false;
    int rc = base_do(db, "SELECT 1 FROM table_ WHERE name = ?1", why, &there, NULL, "t", s->name);

    if (!rc && there)
        rc = base_do(db, "SELECT 1 FROM table_ WHERE name = ?1 AND shape = ?2", why, &same, NULL, "tt", s->name, key);
    if (!rc && there && !same)
        rc = trouble_set(why, TROUBLE_BROKEN, "table '%s' has another key in another space", s->name);
    if (!rc)
        rc = there ? table_complete(db, s, why) : table_new(db, s, key, why);
    free(key);
    return rc;
}

int lite_tables(struct sqlite3 *db, const struct shape *shapes, unsigned count, struct trouble *why)
{
    for (unsigned i = 0; i < count; i++)
        if (table_bring(db, &shapes[i], why))
            return -1;
    return 0;
}

int lite_upsert(struct sqlite3 *db, struct sqlite3_stmt **out, const struct shape *s, struct trouble *why)
{
    struct buffer sql = { 0 };
    int rc;

    buffer_text(&sql, "INSERT OR REPLACE INTO ");
    lite_name(&sql, s->name);
    buffer_text(&sql, "(space");
    for (unsigned i = 0; i < s->column_count; i++) {
        buffer_text(&sql, ", ");
        lite_name(&sql, s->columns[i].name);
    }
    buffer_text(&sql, ") VALUES(?1");
    for (unsigned i = 0; i < s->column_count; i++)
        buffer_format(&sql, ", ?%u", i + 2);
    buffer_text(&sql, ")");
    rc = base_prepare(db, out, buffer_string(&sql), why);
    buffer_release(&sql);
    return rc;
}

int lite_delete(struct sqlite3 *db, struct sqlite3_stmt **out, const struct shape *s, struct trouble *why)
{
    struct buffer sql = { 0 };
    int rc;

    buffer_text(&sql, "DELETE FROM ");
    lite_name(&sql, s->name);
    buffer_text(&sql, " WHERE space = ?1");
    key_write(&sql, s, " AND ", true);
    rc = base_prepare(db, out, buffer_string(&sql), why);
    buffer_release(&sql);
    return rc;
}

static int table_clear(struct sqlite3 *db, const char *name, int64_t space, struct trouble *why)
{
    struct buffer sql = { 0 };
    int rc;

    buffer_text(&sql, "DELETE FROM ");
    lite_name(&sql, name);
    buffer_text(&sql, " WHERE space = ?1");
    rc = base_do(db, buffer_string(&sql), why, NULL, NULL, "i", space);
    buffer_release(&sql);
    return rc;
}

int lite_clear(struct sqlite3 *db, int64_t space, struct trouble *why)
{
    static const char *const beside[] = { "row_", "cell_", "conflict_", "held_" };
    struct sqlite3_stmt *stmt;
    int rc = SQLITE_DONE;

    for (unsigned i = 0; i < sizeof beside / sizeof beside[0]; i++)
        if (table_clear(db, beside[i], space, why))
            return -1;
    if (base_prepare(db, &stmt, "SELECT name FROM table_", why))
        return -1;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        if (table_clear(db, (const char *)sqlite3_column_text(stmt, 0), space, why))
            break;
    if (rc != SQLITE_DONE && rc != SQLITE_ROW)
        trouble_sqlite(why, "central.db", db);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? 0 : -1;
}
