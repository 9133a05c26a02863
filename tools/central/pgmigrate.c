/* pgmigrate.c — bring PostgreSQL in line with a space's schema. Several workers may be at it, also on several machines: an advisory lock of the
 * transaction keeps who changes tables apart from all who write rows, so that neither waits for a table that the other has while it holds one. */
#include "pgmigrate.h"

#include <stdlib.h>
#include <string.h>

#include "embedded.h"

enum { FORMAT = 3 }; /* of the schema jemput: pgnote.sql */

int pgmigrate_lock(PGconn *db, bool alone, struct trouble *why)
{
    return pg_run(db, alone ? "SELECT pg_advisory_xact_lock(hashtext('jemput ddl'))" : "SELECT pg_advisory_xact_lock_shared(hashtext('jemput ddl'))",
                  why);
}

/* --- schema jemput --- */

static int schema_make(PGconn *db, const struct pg_place *place, struct trouble *why)
{
    struct buffer sql = { 0 };
    int rc;

    buffer_text(&sql, "CREATE SCHEMA IF NOT EXISTS ");
    pg_name(&sql, place->schema);
    rc = pg_run(db, sql.data, why);
    buffer_release(&sql);
    return rc;
}

static bool base_there(PGconn *db)
{
    PGresult *result = PQexec(db, "SELECT to_regclass('jemput.outbox') IS NOT NULL");
    bool there = PQresultStatus(result) == PGRES_TUPLES_OK && strcmp(PQgetvalue(result, 0, 0), "t") == 0;

    PQclear(result);
    return there;
}

static int base_make(PGconn *db, const struct pg_place *place, struct trouble *why)
{
    char number[16];
    const char *const values[] = { number };

    if (base_there(db)) /* somebody else was faster */
        return 0;
    snprintf(number, sizeof number, "%u", place->partitions);
    if (pg_tell(db, "SELECT set_config('jemput.partitions', $1, true)", 1, values, NULL, why) || pg_run(db, embedded_pgbase, why) ||
        pg_run(db, embedded_pgoutbox, why) || pg_run(db, embedded_pgnote, why))
        return -1;
    return 0;
}

int pgmigrate_base(PGconn *db, const struct pg_place *place, struct trouble *why)
{
    if (base_there(db))
        return 0;
    if (pg_run(db, "BEGIN", why) == 0) {
        if (pgmigrate_lock(db, true, why) == 0 && base_make(db, place, why) == 0)
            return pg_run(db, "COMMIT", why);
        PQclear(PQexec(db, "ROLLBACK"));
    }
    return -1;
}

static int format_read(PGconn *db, long *format, struct trouble *why)
{
    PGresult *result = pg_ask(db, "SELECT value FROM jemput.setting WHERE name = 'format'", 0, NULL, why);

    if (!result)
        return -1;
    *format = PQntuples(result) == 1 ? strtol(PQgetvalue(result, 0, 0), NULL, 10) : 0;
    PQclear(result);
    return 0;
}

int pgmigrate_format(PGconn *db, struct trouble *why)
{
    long format;
    int rc;

    if (format_read(db, &format, why))
        return -1;
    if (format > FORMAT)
        return trouble_set(why, TROUBLE_BROKEN, "PostgreSQL: the schema jemput is of format %ld, which this version does not know", format);
    if (format == FORMAT)
        return 0;
    if (pg_run(db, "BEGIN", why))
        return -1;
    rc = pgmigrate_lock(db, true, why) || pg_run(db, embedded_pgnote, why) || pg_run(db, "COMMIT", why) ? -1 : 0;
    if (rc)
        PQclear(PQexec(db, "ROLLBACK"));
    return rc;
}

/* The guards have the projecting role's name in them: a condition that calls nothing costs a batch nothing. Where that is another now (renamed, or
 * put back into another cluster), they are made anew for it. */
static const char owner_sql[] =
    "DO $$ DECLARE t record; was text := quote_literal((SELECT value FROM jemput.setting WHERE name = 'owner' FOR UPDATE)); BEGIN "
    "FOR t IN SELECT tgrelid::regclass AS tbl, pg_get_triggerdef(oid) AS def FROM pg_trigger WHERE tgname = 'jemput_outbox' AND tgparentid = 0 LOOP "
    "EXECUTE 'DROP TRIGGER jemput_outbox ON ' || t.tbl; "
    "EXECUTE replace(t.def, 'SESSION_USER <> ' || was || '::name', 'SESSION_USER <> ' || quote_literal(session_user) || '::name'); "
    "END LOOP; UPDATE jemput.setting SET value = session_user WHERE name = 'owner'; END $$";

/* Who connects is who the tables belong to, and who the guards let pass: what central writes is never taken for the office's. */
int pgmigrate_owner(PGconn *db, struct trouble *why)
{
    PGresult *result = pg_ask(db, "SELECT pg_get_userbyid(relowner) = session_user, "
                                  "session_user = (SELECT value FROM jemput.setting WHERE name = 'owner'), pg_get_userbyid(relowner) "
                                  "FROM pg_class WHERE oid = 'jemput.space'::regclass", 0, NULL, why);
    int rc = 0;

    if (!result)
        return -1;
    if (*PQgetvalue(result, 0, 0) != 't')
        rc = trouble_set(why, TROUBLE_BROKEN, "PostgreSQL: the tables belong to role %s: connect as that", PQgetvalue(result, 0, 2));
    else if (*PQgetvalue(result, 0, 1) != 't' && pg_run(db, "BEGIN", why) == 0) {
        rc = pgmigrate_lock(db, true, why) || pg_run(db, owner_sql, why) || pg_run(db, "COMMIT", why) ? -1 : 0;
        if (rc)
            PQclear(PQexec(db, "ROLLBACK"));
    } else if (*PQgetvalue(result, 0, 1) != 't')
        rc = -1;
    PQclear(result);
    return rc;
}

/* --- what is there --- */

struct catalogue {
    PGresult *columns; /* table, column, type, 't' = a row has to give a value */
    PGresult *names;   /* of indexes and constraints */
};

static int catalogue_read(struct catalogue *out, PGconn *db, const char *schema, struct trouble *why)
{
    const char *const values[] = { schema };

    out->names = NULL;
    out->columns = pg_ask(db, "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull AND NOT a.atthasdef "
                              "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid "
                              "WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
                              "AND a.attnum > 0 AND NOT a.attisdropped", 1, values, why);
    if (out->columns)
        out->names = pg_ask(db, "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 "
                                "AND c.relkind IN ('i', 'I') UNION SELECT k.conname FROM pg_constraint k "
                                "JOIN pg_namespace n ON n.oid = k.connamespace WHERE n.nspname = $1",
                            1, values, why);
    return out->names ? 0 : -1;
}

static void catalogue_release(struct catalogue *c)
{
    PQclear(c->columns);
    PQclear(c->names);
}

/* Its type; NULL = there is none. column NULL: any column of the table. */
static const char *type_there(const struct catalogue *c, const char *table, const char *column)
{
    char t[PG_NAME_BYTES], n[PG_NAME_BYTES];

    pg_name_plain(t, table);
    pg_name_plain(n, column ? column : "");
    for (int i = 0; i < PQntuples(c->columns); i++)
        if (strcmp(PQgetvalue(c->columns, i, 0), t) == 0 && (!column || strcmp(PQgetvalue(c->columns, i, 1), n) == 0))
            return PQgetvalue(c->columns, i, 2);
    return NULL;
}

static bool name_there(void *ctx, const char *name)
{
    const struct catalogue *c = ctx;

    for (int i = 0; i < PQntuples(c->names); i++)
        if (strcmp(PQgetvalue(c->names, i, 0), name) == 0)
            return true;
    return false;
}

/* --- what is missing --- */

struct missing {
    struct buffer sql; /* tables and columns first, then what lies between them */
    const struct pg_place *place;
    const struct shape *shapes;
    unsigned count;
    struct catalogue have;
};

static int columns_check(const struct missing *m, const struct shape *shape, struct trouble *why)
{
    for (unsigned i = 0; i < shape->column_count; i++) {
        const struct shape_column *c = &shape->columns[i];
        const char *type = type_there(&m->have, shape->name, c->name), *wanted = pg_type_name(pg_type_of(c));

        if (strcmp(c->name, "space") == 0)
            return trouble_set(why, TROUBLE_BROKEN, "PostgreSQL: table %s has a column called space, as ours is", shape->name);
        if (type && strcmp(type, wanted) != 0)
            return trouble_set(why, TROUBLE_BROKEN, "PostgreSQL: %s.%s is %s there and would be %s: this space needs a --schema of its own",
                               shape->name, c->name, type, wanted);
    }
    return 0;
}

static void columns_add(struct missing *m, const struct shape *shape)
{
    struct buffer *sql = &m->sql;

    for (unsigned i = 0; i < shape->column_count; i++)
        if (!type_there(&m->have, shape->name, shape->columns[i].name)) {
            buffer_text(sql, "ALTER TABLE ");
            pg_name_in(sql, m->place->schema, shape->name);
            buffer_text(sql, " ADD COLUMN ");
            pgddl_column(sql, shape, i, true);
            buffer_text(sql, ";\n");
        }
}

/* Columns that this space does not have, and that another's rows must: the engine alone keeps that from now on. */
static void others_loosen(struct missing *m, const struct shape *shape)
{
    char table[PG_NAME_BYTES], plain[PG_NAME_BYTES];

    pg_name_plain(table, shape->name);
    for (int i = 0; i < PQntuples(m->have.columns); i++) {
        const char *name = PQgetvalue(m->have.columns, i, 1);
        bool own = strcmp(name, "space") == 0 || strcmp(PQgetvalue(m->have.columns, i, 0), table) != 0 || *PQgetvalue(m->have.columns, i, 3) != 't';

        for (unsigned c = 0; !own && c < shape->column_count; c++) {
            pg_name_plain(plain, shape->columns[c].name);
            own = strcmp(name, plain) == 0;
        }
        if (own)
            continue;
        buffer_text(&m->sql, "ALTER TABLE ");
        pg_name_in(&m->sql, m->place->schema, shape->name);
        buffer_text(&m->sql, " ALTER COLUMN ");
        pg_name(&m->sql, name);
        buffer_text(&m->sql, " DROP NOT NULL;\n");
    }
}

static void between_add(struct missing *m, const struct shape *shape)
{
    bool *was_there = memory_resize(NULL, shape->column_count, sizeof *was_there), fresh = false;
    bool table_there = type_there(&m->have, shape->name, NULL) != NULL;
    struct pgddl_old old = { was_there, name_there, &m->have };

    for (unsigned i = 0; i < shape->column_count; i++) {
        was_there[i] = type_there(&m->have, shape->name, shape->columns[i].name) != NULL;
        fresh = fresh || !was_there[i];
    }
    pgddl_links(&m->sql, m->place, shape, m->shapes, m->count, table_there ? &old : NULL);
    pgddl_indexes(&m->sql, m->place, shape, table_there ? &old : NULL);
    if (fresh)
        pgddl_comments(&m->sql, m->place, shape, m->shapes, m->count);
    if (!table_there)
        pgddl_triggers(&m->sql, m->place, shape);
    free(was_there);
}

static int missing_find(struct missing *m, struct trouble *why)
{
    for (unsigned i = 0; i < m->count; i++) {
        if (columns_check(m, &m->shapes[i], why))
            return -1;
        if (!type_there(&m->have, m->shapes[i].name, NULL))
            pgddl_table(&m->sql, m->place, &m->shapes[i]);
        else {
            columns_add(m, &m->shapes[i]);
            others_loosen(m, &m->shapes[i]);
        }
    }
    for (unsigned i = 0; i < m->count; i++)
        between_add(m, &m->shapes[i]);
    return 0;
}

/* jemput.column_: what this space declares. */
static int column_lines(PGconn *db, int space, const struct shape *shapes, unsigned count, struct trouble *why)
{
    struct buffer sql = { 0 };
    int rc;

    buffer_format(&sql, "DELETE FROM jemput.column_ WHERE space = %d;\nINSERT INTO jemput.column_ VALUES", space);
    for (unsigned t = 0; t < count; t++)
        for (unsigned i = 0; i < shapes[t].column_count; i++) {
            const struct shape_column *c = &shapes[t].columns[i];
            const char *const words[] = { shapes[t].name, c->name, c->declared, pg_type_name(pg_type_of(c)) };

            buffer_format(&sql, t || i ? ",\n(%d" : "\n(%d", space);
            for (unsigned w = 0; w < sizeof words / sizeof words[0]; w++) {
                buffer_text(&sql, ", ");
                pg_string(&sql, words[w]);
            }
            buffer_format(&sql, ", %u)", i + 1);
        }
    rc = count ? pg_run(db, sql.data, why) : 0;
    buffer_release(&sql);
    return rc;
}

int pgmigrate_shapes(PGconn *db, const struct pg_place *place, int space, const struct shape *shapes, unsigned count, bool alone, bool *needed,
                     struct trouble *why)
{
    struct missing m = { .place = place, .shapes = shapes, .count = count };
    int rc = catalogue_read(&m.have, db, place->schema, why);

    if (!rc)
        rc = missing_find(&m, why);
    *needed = !rc && m.sql.len && !alone;
    if (!rc && m.sql.len && alone)
        rc = schema_make(db, place, why) || pg_run(db, m.sql.data, why) ? -1 : 0;
    if (!rc && !*needed)
        rc = column_lines(db, space, shapes, count, why);
    catalogue_release(&m.have);
    buffer_release(&m.sql);
    return rc;
}
