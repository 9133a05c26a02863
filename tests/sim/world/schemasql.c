/* sim/world/schemasql.c — a schema as SQL: what the founder gives to jemput_init(). */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "failure.h"
#include "schema.h"

void schema_append(char *out, size_t size, const char *fmt, ...)
{
    size_t len = strlen(out);
    va_list args;

    va_start(args, fmt);
    if (vsnprintf(out + len, size - len, fmt, args) >= (int)(size - len))
        failure("the schema is too long");
    va_end(args);
}

static void sql_test(struct schema *s, const struct table *t, const struct test *test)
{
    const char *a = t->columns[test->a].name, *b = t->columns[test->b].name;

    switch (test->kind) {
    case TEST_NONE:
        break;
    case TEST_THERE:
        schema_append(s->sql, sizeof s->sql, "%s IS NOT NULL", a);
        break;
    case TEST_LEAST:
        schema_append(s->sql, sizeof s->sql, "%s >= %d", a, test->n);
        break;
    case TEST_LENGTH:
        schema_append(s->sql, sizeof s->sql, "length(%s) <= %d", a, test->n);
        break;
    case TEST_ORDER:
        schema_append(s->sql, sizeof s->sql, "%s <= %s", a, b);
        break;
    case TEST_BOTH:
        schema_append(s->sql, sizeof s->sql, "(%s IS NULL) = (%s IS NULL)", a, b);
        break;
    }
}

static bool unique_is_plain(const struct unique *u)
{
    return u->where.kind == TEST_NONE && !u->terms[0].lower;
}

static void sql_columns(struct schema *s, const struct table *t, const unsigned *columns, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        schema_append(s->sql, sizeof s->sql, "%s%s", i ? ", " : "", t->columns[columns[i]].name);
}

static void sql_link(struct schema *s, const struct table *t, const struct link *l)
{
    static const char *const actions[] = { "NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT" };
    const struct table *parent = &s->tables[l->parent];

    schema_append(s->sql, sizeof s->sql, ", FOREIGN KEY(");
    sql_columns(s, t, l->columns, l->count);
    schema_append(s->sql, sizeof s->sql, ") REFERENCES %s(", parent->name);
    sql_columns(s, parent, l->targets, l->count);
    schema_append(s->sql, sizeof s->sql, ") ON DELETE %s ON UPDATE %s%s", actions[l->on_delete], actions[l->on_update],
           l->deferred ? " DEFERRABLE INITIALLY DEFERRED" : "");
}

static void sql_table(struct schema *s, const struct table *t)
{
    static const char *const types[] = { " INTEGER", " TEXT", " BLOB", " REAL", "" };
    bool rowid = t->key_count == 1 && t->columns[t->key[0]].type == TYPE_INTEGER && !t->without_rowid;

    schema_append(s->sql, sizeof s->sql, "CREATE TABLE %s(", t->name);
    for (unsigned i = 0; i < t->column_count; i++)
        schema_append(s->sql, sizeof s->sql, "%s%s%s%s%s", i ? ", " : "", t->columns[i].name, types[t->columns[i].type],
               rowid && t->columns[i].is_key ? " PRIMARY KEY"
               : t->columns[i].not_null      ? " NOT NULL"
                                             : "",
               t->columns[i].nocase ? " COLLATE NOCASE" : "");
    if (!rowid) {
        schema_append(s->sql, sizeof s->sql, ", PRIMARY KEY(");
        sql_columns(s, t, t->key, t->key_count);
        schema_append(s->sql, sizeof s->sql, ")");
    }
    for (unsigned i = 0; i < t->unique_count; i++)
        if (unique_is_plain(&t->uniques[i]))
            schema_append(s->sql, sizeof s->sql, ", UNIQUE(%s%s%s)", t->columns[t->uniques[i].terms[0].column].name,
                   t->uniques[i].term_count > 1 ? ", " : "", t->uniques[i].term_count > 1 ? t->columns[t->uniques[i].terms[1].column].name : "");
    for (unsigned i = 0; i < t->check_count; i++) {
        schema_append(s->sql, sizeof s->sql, ", CHECK(");
        sql_test(s, t, &t->checks[i]);
        schema_append(s->sql, sizeof s->sql, ")");
    }
    for (unsigned i = 0; i < t->link_count; i++)
        sql_link(s, t, &t->links[i]);
    schema_append(s->sql, sizeof s->sql, ")%s;\n", t->without_rowid ? " WITHOUT ROWID" : "");
}

static void sql_indexes(struct schema *s, const struct table *t)
{
    for (unsigned i = 0; i < t->unique_count; i++) {
        const struct unique *u = &t->uniques[i];

        if (unique_is_plain(u))
            continue;
        schema_append(s->sql, sizeof s->sql, "CREATE UNIQUE INDEX %s_u%u ON %s(", t->name, i, t->name);
        for (unsigned k = 0; k < u->term_count; k++)
            schema_append(s->sql, sizeof s->sql, "%s%s%s%s", k ? ", " : "", u->terms[k].lower ? "lower(" : "", t->columns[u->terms[k].column].name,
                   u->terms[k].lower ? ")" : "");
        schema_append(s->sql, sizeof s->sql, ")%s", u->where.kind == TEST_NONE ? "" : " WHERE ");
        sql_test(s, t, &u->where);
        schema_append(s->sql, sizeof s->sql, ";\n");
    }
}

void schema_sql(struct schema *s)
{
    for (unsigned i = 0; i < s->table_count; i++) {
        sql_table(s, &s->tables[i]);
        sql_indexes(s, &s->tables[i]);
    }
    for (unsigned i = 0; i < s->table_count; i++)
        schema_append(s->sql, sizeof s->sql, "SELECT jemput_replicate('%s', '%s');\n", s->tables[i].name, s->tables[i].options);
}
