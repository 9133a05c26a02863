/* pgddl.c — tables of a schema as PostgreSQL has them. */
#include "pgddl.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "pg.h"

/* --- which column is what --- */

static bool among(unsigned column, const unsigned *columns, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (columns[i] == column)
            return true;
    return false;
}

bool pgddl_exact(const struct shape *shape, unsigned column)
{
    bool found = shape->columns[column].key_place > 0;

    for (unsigned i = 0; !found && i < shape->link_count; i++)
        found = among(column, shape->links[i].columns, shape->links[i].column_count);
    for (unsigned i = 0; !found && i < shape->index_count; i++)
        found = shape->indexes[i].unique && shape->indexes[i].plain && among(column, shape->indexes[i].columns, shape->indexes[i].column_count);
    return found;
}

bool pgddl_indexed(const struct shape *shape, unsigned column)
{
    bool found = pgddl_exact(shape, column);

    for (unsigned i = 0; !found && i < shape->index_count; i++)
        found = among(column, shape->indexes[i].columns, shape->indexes[i].column_count);
    return found;
}

/* Where a misfit would be NULL, the engine alone keeps NOT NULL. */
bool pgddl_not_null(const struct shape *shape, unsigned column)
{
    const struct shape_column *c = &shape->columns[column];
    enum pg_type type = pg_type_of(c);
    bool near = (type == PG_TEXT || type == PG_NUMBER || type == PG_BYTEA) && !pgddl_exact(shape, column);

    return c->key_place > 0 || (c->not_null && !c->generated && near);
}

/* --- CREATE TABLE --- */

static bool digits(const char *text, bool fraction)
{
    size_t sign = strspn(text, "+-"), whole = strspn(text + sign, "0123456789");
    const char *rest = text + sign + whole;

    if (sign > 1 || whole == 0 || whole > 18)
        return false;
    if (fraction && *rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    return *rest == '\0';
}

/* One string literal and nothing behind it. */
static bool is_string(const char *text)
{
    size_t i = 1;

    if (text[0] != '\'')
        return false;
    while (text[i] && (text[i] != '\'' || text[i + 1] == '\''))
        i += text[i] == '\'' ? 2 : 1;
    return text[i] == '\'' && text[i + 1] == '\0';
}

/* A literal that the type takes; others (calls, CURRENT_TIMESTAMP) are dropped: the office gives the value. */
static bool default_add(struct buffer *sql, enum pg_type type, const char *value)
{
    bool text = type == PG_TEXT || type == PG_NUMBER;

    if ((type == PG_BIGINT && digits(value, false)) || (type == PG_DOUBLE && digits(value, true)) || (text && is_string(value))) {
        buffer_text(sql, " DEFAULT ");
        buffer_text(sql, value);
    } else if (text && digits(value, true)) {
        buffer_text(sql, " DEFAULT ");
        pg_string(sql, value);
    } else
        return false;
    return true;
}

static void type_add(struct buffer *sql, const struct shape_column *c)
{
    enum pg_type type = pg_type_of(c);

    pg_name(sql, c->name);
    buffer_format(sql, " %s", pg_type_name(type));
    if (c->key_place && (type == PG_TEXT || type == PG_NUMBER))
        buffer_text(sql, " COLLATE \"C\"");
}

void pgddl_column(struct buffer *sql, const struct shape *shape, unsigned column, bool added)
{
    const struct shape_column *c = &shape->columns[column];
    enum pg_type type = pg_type_of(c);
    bool has_default = false;

    type_add(sql, c);
    if (c->default_sql)
        has_default = default_add(sql, type, c->default_sql);
    else if (type == PG_UUID && c->key_place && shape->key_count == 1)
        buffer_text(sql, " DEFAULT gen_random_uuid()");
    if (pgddl_not_null(shape, column) && (!added || has_default))
        buffer_text(sql, " NOT NULL");
}

static void names_add(struct buffer *sql, const struct shape *shape, const unsigned *columns, unsigned count)
{
    buffer_text(sql, "(\"space\"");
    for (unsigned i = 0; i < count; i++) {
        buffer_text(sql, ", ");
        pg_name(sql, shape->columns[columns[i]].name);
    }
    buffer_text(sql, ")");
}

void pgddl_table(struct buffer *sql, const struct pg_place *place, const struct shape *shape)
{
    buffer_text(sql, "CREATE TABLE ");
    pg_name_in(sql, place->schema, shape->name);
    buffer_text(sql, "(\"space\" integer NOT NULL");
    for (unsigned i = 0; i < shape->column_count; i++) {
        buffer_text(sql, ",\n  ");
        pgddl_column(sql, shape, i, false);
    }
    buffer_text(sql, ",\n  PRIMARY KEY");
    names_add(sql, shape, shape->key, shape->key_count);
    buffer_text(sql, place->partitions ? ") PARTITION BY HASH(\"space\");\n" : ");\n");
    for (unsigned i = 0; i < place->partitions; i++) {
        char suffix[16];

        snprintf(suffix, sizeof suffix, "p%u", i);
        buffer_text(sql, "CREATE TABLE ");
        pg_name(sql, place->schema);
        buffer_text(sql, ".");
        pg_name_of(sql, shape->name, suffix, NULL);
        buffer_text(sql, " PARTITION OF ");
        pg_name_in(sql, place->schema, shape->name);
        buffer_format(sql, " FOR VALUES WITH (MODULUS %u, REMAINDER %u);\n", place->partitions, i);
    }
}

/* --- links --- */

static const struct shape *find(const struct shape *all, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++)
        if (strcasecmp(all[i].name, name) == 0)
            return &all[i];
    return NULL;
}

/* The table that a link can be a FOREIGN KEY to; NULL: none, and the engine alone keeps it. */
static const struct shape *parent_of(const struct shape *shape, const struct shape_link *link, const struct shape *all, unsigned count)
{
    const struct shape *parent = link->to_key ? find(all, count, link->parent) : NULL;

    for (unsigned i = 0; parent && i < link->column_count; i++)
        if (pg_type_of(&shape->columns[link->columns[i]]) != pg_type_of(&parent->columns[parent->key[i]]))
            parent = NULL;
    return parent;
}

/* "table_column_column" and a suffix. */
static void made_name(struct buffer *name, const struct shape *shape, const unsigned *columns, unsigned count, const char *suffix)
{
    buffer_text(name, shape->name);
    for (unsigned i = 0; i < count; i++)
        buffer_format(name, "_%s", shape->columns[columns[i]].name);
    buffer_text(name, suffix);
}

static bool there(const struct pgddl_old *old, const struct buffer *name)
{
    char plain[PG_NAME_BYTES];

    pg_name_plain(plain, name->data);
    return old && old->exists(old->ctx, plain);
}

/* A constraint that is new: rows of other spaces stand against it in no case where one of its columns is NULL in them all. */
static bool harmless(const struct pgddl_old *old, const struct shape *shape, const unsigned *columns, unsigned count)
{
    bool fresh = !old;

    for (unsigned i = 0; !fresh && i < count; i++)
        fresh = !old->was_there[columns[i]] && !shape->columns[columns[i]].default_sql;
    return fresh;
}

static bool begins_with(const struct shape *shape, const unsigned *columns, unsigned count)
{
    bool found = shape->key_count >= count && memcmp(shape->key, columns, count * sizeof *columns) == 0;

    for (unsigned i = 0; !found && i < shape->index_count; i++)
        found = shape->indexes[i].plain && shape->indexes[i].column_count >= count && shape->indexes[i].column_count <= PG_INDEXED_COLUMNS_MAX &&
                memcmp(shape->indexes[i].columns, columns, count * sizeof *columns) == 0;
    return found;
}

static void alter(struct buffer *sql, const struct pg_place *place, const struct shape *shape, const char *name, const char *what,
                  const unsigned *columns, unsigned count)
{
    buffer_text(sql, "ALTER TABLE ");
    pg_name_in(sql, place->schema, shape->name);
    buffer_text(sql, " ADD CONSTRAINT ");
    pg_name(sql, name);
    buffer_text(sql, what);
    names_add(sql, shape, columns, count);
}

static void index_on(struct buffer *sql, const struct pg_place *place, const struct shape *shape, const char *name, const unsigned *columns,
                     unsigned count)
{
    buffer_text(sql, "CREATE INDEX ");
    pg_name(sql, name);
    buffer_text(sql, " ON ");
    pg_name_in(sql, place->schema, shape->name);
    names_add(sql, shape, columns, count);
    buffer_text(sql, ";\n");
}

static void link_add(struct buffer *sql, const struct pg_place *place, const struct shape *shape, const struct shape_link *link,
                     const struct shape *parent, const struct pgddl_old *old)
{
    struct buffer name = { 0 }, index = { 0 };

    made_name(&name, shape, link->columns, link->column_count, "");
    made_name(&index, shape, link->columns, link->column_count, "_link");
    if (!there(old, &name) && harmless(old, shape, link->columns, link->column_count)) {
        alter(sql, place, shape, name.data, " FOREIGN KEY", link->columns, link->column_count);
        buffer_text(sql, " REFERENCES ");
        pg_name_in(sql, place->schema, parent->name);
        names_add(sql, parent, parent->key, parent->key_count);
        buffer_text(sql, " DEFERRABLE INITIALLY DEFERRED;\n");
    }
    if (!begins_with(shape, link->columns, link->column_count) && !there(old, &index)) /* else each check of the parent reads the whole table */
        index_on(sql, place, shape, index.data, link->columns, link->column_count);
    buffer_release(&name);
    buffer_release(&index);
}

void pgddl_links(struct buffer *sql, const struct pg_place *place, const struct shape *shape, const struct shape *all, unsigned count,
                 const struct pgddl_old *old)
{
    for (unsigned i = 0; i < shape->link_count; i++) {
        const struct shape *parent = parent_of(shape, &shape->links[i], all, count);

        if (parent)
            link_add(sql, place, shape, &shape->links[i], parent, old);
    }
}

/* --- indexes --- */

void pgddl_indexes(struct buffer *sql, const struct pg_place *place, const struct shape *shape, const struct pgddl_old *old)
{
    for (unsigned i = 0; i < shape->index_count; i++) {
        const struct shape_index *index = &shape->indexes[i];
        struct buffer name = { 0 };

        if (index->column_count == 0 || index->column_count > PG_INDEXED_COLUMNS_MAX)
            continue;
        if (index->words)
            buffer_text(&name, index->name);
        else
            made_name(&name, shape, index->columns, index->column_count, "_key");
        if (!there(old, &name) && index->unique && index->plain && harmless(old, shape, index->columns, index->column_count)) {
            alter(sql, place, shape, name.data, " UNIQUE", index->columns, index->column_count);
            buffer_text(sql, " DEFERRABLE INITIALLY DEFERRED;\n");
        } else if (!there(old, &name))
            index_on(sql, place, shape, name.data, index->columns, index->column_count);
        buffer_release(&name);
    }
}

/* --- comments --- */

static void comment_on(struct buffer *sql, const char *kind, const struct pg_place *place, const char *name, const char *column, const char *words)
{
    buffer_text(sql, "COMMENT ON ");
    buffer_text(sql, kind);
    buffer_text(sql, " ");
    pg_name_in(sql, place->schema, name);
    if (column) {
        buffer_text(sql, ".");
        pg_name(sql, column);
    }
    buffer_text(sql, " IS ");
    pg_string(sql, words);
    buffer_text(sql, ";\n");
}

static void line_add(struct buffer *words, const char *before, const char *text, const char *after)
{
    if (words->len)
        buffer_text(words, "\n");
    buffer_text(words, before);
    buffer_text(words, text);
    buffer_text(words, after);
}

/* What the schema says before the table, and what PostgreSQL does not keep. */
static void table_words(struct buffer *words, const struct shape *shape, const struct shape *all, unsigned count)
{
    if (shape->comment)
        line_add(words, "", shape->comment, "");
    for (unsigned i = 0; i < shape->check_count; i++)
        line_add(words, "kept by jemput: CHECK(", shape->checks[i], ")");
    for (unsigned i = 0; i < shape->link_count; i++)
        if (!parent_of(shape, &shape->links[i], all, count))
            line_add(words, "kept by jemput: FOREIGN KEY ", shape->links[i].parent, "");
    for (unsigned i = 0; i < shape->index_count; i++)
        if (shape->indexes[i].unique && !shape->indexes[i].plain && shape->indexes[i].words)
            line_add(words, "kept by jemput: ", shape->indexes[i].words, "");
}

void pgddl_comments(struct buffer *sql, const struct pg_place *place, const struct shape *shape, const struct shape *all, unsigned count)
{
    struct buffer words = { 0 };

    table_words(&words, shape, all, count);
    if (words.len)
        comment_on(sql, "TABLE", place, shape->name, NULL, words.data);
    buffer_release(&words);
    for (unsigned i = 0; i < shape->column_count; i++)
        if (shape->columns[i].comment)
            comment_on(sql, "COLUMN", place, shape->name, shape->columns[i].name, shape->columns[i].comment);
}

/* --- triggers --- */

void pgddl_triggers(struct buffer *sql, const struct pg_place *place, const struct shape *shape)
{
    buffer_text(sql, "CREATE TRIGGER jemput_outbox AFTER INSERT OR UPDATE OR DELETE ON ");
    pg_name_in(sql, place->schema, shape->name);
    buffer_text(sql, " FOR EACH ROW WHEN (session_user <> ");
    pg_string(sql, place->owner);
    buffer_text(sql, ") EXECUTE FUNCTION jemput.outbox_note(");
    pg_string(sql, shape->name);
    for (unsigned i = 0; i < shape->key_count; i++) {
        buffer_text(sql, ", ");
        pg_string(sql, shape->columns[shape->key[i]].name);
    }
    buffer_text(sql, ");\nCREATE TRIGGER jemput_stay BEFORE UPDATE OF \"space\" ON ");
    pg_name_in(sql, place->schema, shape->name);
    buffer_text(sql, " FOR EACH ROW WHEN (OLD.\"space\" <> NEW.\"space\") EXECUTE FUNCTION jemput.no_move();\n");
    buffer_text(sql, "CREATE TRIGGER jemput_truncate BEFORE TRUNCATE ON ");
    pg_name_in(sql, place->schema, shape->name);
    buffer_text(sql, " EXECUTE FUNCTION jemput.no_truncate();\n");
}

/* --- staging --- */

void pgddl_stage_name(struct buffer *sql, const struct shape *shape)
{
    buffer_text(sql, "pg_temp.");
    pg_name_of(sql, "s", shape->name, NULL);
}

void pgddl_stage(struct buffer *sql, const struct shape *shape)
{
    buffer_text(sql, "CREATE TEMP TABLE ");
    pg_name_of(sql, "s", shape->name, NULL);
    buffer_text(sql, "(\"space\" integer, \"told \" \"char\""); /* a blank at its end: no column of a schema is called so */
    for (unsigned i = 0; i < shape->column_count; i++) {
        buffer_text(sql, ", ");
        type_add(sql, &shape->columns[i]);
    }
    buffer_text(sql, ") ON COMMIT DELETE ROWS;\n");
}
