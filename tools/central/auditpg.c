/* auditpg.c — PostgreSQL's tables beside what the signed logs give: the rows go into staging tables as in a batch, and the server compares. */
#include "audit.h"

#include <stdlib.h>
#include <string.h>

#include "pgtarget.h"

/* --- the statement for a table --- */

static void key_json_add(struct buffer *sql, const struct shape *shape)
{
    buffer_text(sql, shape->key_count == 1 ? "to_jsonb(" : "jsonb_build_array(");
    for (unsigned i = 0; i < shape->key_count; i++) {
        const char *name = shape->columns[shape->key[i]].name;

        buffer_text(sql, i ? ", coalesce(t." : "coalesce(t.");
        pg_name(sql, name);
        buffer_text(sql, ", s.");
        pg_name(sql, name);
        buffer_text(sql, ")");
    }
    buffer_text(sql, ")");
}

/* For each column that differs its name, or its name and both values; joined. */
static void columns_add(struct buffer *sql, const struct shape *shape, bool values)
{
    buffer_text(sql, "array_to_string(ARRAY["); /* NULLs are left out */
    for (unsigned i = 0; i < shape->column_count; i++) {
        const char *name = shape->columns[i].name;

        buffer_text(sql, i ? ", CASE WHEN t." : "CASE WHEN t.");
        pg_name(sql, name);
        buffer_text(sql, " IS DISTINCT FROM s.");
        pg_name(sql, name);
        buffer_text(sql, " THEN ");
        pg_string(sql, name);
        if (values) {
            buffer_text(sql, " || ' di tabel ' || coalesce(to_jsonb(t.");
            pg_name(sql, name);
            buffer_text(sql, ")::text, 'null') || ', menurut log ' || coalesce(to_jsonb(s.");
            pg_name(sql, name);
            buffer_text(sql, ")::text, 'null')");
        }
        buffer_text(sql, " END");
    }
    buffer_text(sql, values ? "]::text[], '; ')" : "]::text[], ',')");
}

static void list_add(struct buffer *sql, const struct shape *shape, const char *alias)
{
    for (unsigned i = 0; i < shape->column_count; i++) {
        buffer_text(sql, i ? ", " : "");
        buffer_text(sql, alias);
        pg_name(sql, shape->columns[i].name);
    }
}

static void compare_make(struct buffer *sql, const struct pgbatch *b, const struct shape *shape, bool values)
{
    struct buffer key = { 0 };

    key_json_add(&key, shape);
    buffer_text(sql, "SELECT ");
    buffer_add(sql, key.data, key.len);
    buffer_text(sql, "::text, CASE WHEN t.\"space\" IS NULL THEN 'kurang' WHEN s.\"space\" IS NULL THEN 'lebih' ELSE 'beda' END, ");
    columns_add(sql, shape, false);
    buffer_text(sql, ", ");
    if (values)
        columns_add(sql, shape, true);
    else
        buffer_text(sql, "NULL");
    buffer_format(sql, ", EXISTS(SELECT FROM jemput.outbox o WHERE o.space = %d AND o.state = 'menunggu' AND o.tbl = ", b->space);
    pg_string(sql, shape->name);
    buffer_text(sql, " AND o.key = ");
    buffer_add(sql, key.data, key.len);
    buffer_text(sql, ") FROM (SELECT * FROM ");
    pg_name_in(sql, b->place->schema, shape->name);
    buffer_format(sql, " WHERE \"space\" = %d) t FULL JOIN (SELECT * FROM ", b->space);
    pgddl_stage_name(sql, shape);
    buffer_text(sql, " WHERE \"told \" = 'S') s ON ");
    pgmerge_keys(sql, shape);
    buffer_text(sql, " WHERE (t.\"space\" IS NULL OR s.\"space\" IS NULL OR ROW(");
    list_add(sql, shape, "t.");
    buffer_text(sql, ") IS DISTINCT FROM ROW(");
    list_add(sql, shape, "s.");
    buffer_text(sql, ")) AND NOT EXISTS(SELECT FROM ");
    pgddl_stage_name(sql, shape);
    buffer_text(sql, " x WHERE x.\"told \" = 'X'");
    for (unsigned i = 0; i < shape->key_count; i++) {
        const char *name = shape->columns[shape->key[i]].name;

        buffer_text(sql, " AND x.");
        pg_name(sql, name);
        buffer_text(sql, " = coalesce(t.");
        pg_name(sql, name);
        buffer_text(sql, ", s.");
        pg_name(sql, name);
        buffer_text(sql, ")");
    }
    buffer_text(sql, ") ORDER BY 1");
    buffer_release(&key);
}

static int table_compare(struct audit *a, struct pgbatch *b, const struct shape *shape, struct trouble *why)
{
    struct buffer sql = { 0 };
    PGresult *result;

    compare_make(&sql, b, shape, a->with_values);
    result = pg_ask(b->db, sql.data, 0, NULL, why);
    buffer_release(&sql);
    if (!result)
        return -1;
    for (int i = 0; i < PQntuples(result); i++) {
        bool other = strcmp(PQgetvalue(result, i, 1), "beda") == 0;
        const struct audit_difference difference = {
            .target = "postgresql", .table = shape->name, .key = PQgetvalue(result, i, 0), .kind = PQgetvalue(result, i, 1),
            .columns = other ? PQgetvalue(result, i, 2) : "", .values = other && a->with_values ? PQgetvalue(result, i, 3) : NULL,
            .waiting = *PQgetvalue(result, i, 4) == 't',
        };

        audit_tell(a, &difference);
    }
    PQclear(result);
    return 0;
}

/* --- the whole --- */

static int row_put(void *ctx, const struct jemput_feed_row *row, struct trouble *why)
{
    return pgbatch_row(ctx, row, why);
}

static int row_excuse(void *ctx, const struct jemput_feed_row *row, struct trouble *why)
{
    return pgbatch_excuse(ctx, row, why);
}

static void side_tell(void *ctx, const char *side, const char *tbl, const char *key)
{
    struct audit *a = ctx;
    struct buffer name = { 0 };
    struct audit_difference difference = { .target = "postgresql", .key = key, .kind = "beda", .columns = "" };

    buffer_format(&name, "jemput.%s %s", side, tbl);
    difference.table = name.data;
    audit_tell(a, &difference);
    buffer_release(&name);
}

static int compare(struct audit *a, struct target *postgres, struct pgbatch *b, struct trouble *why)
{
    const struct audit_reading reading = { row_put, row_excuse, b };
    struct jemput_feed_mark mark;
    uint32_t version;
    int rc;

    if (pgtarget_mark(postgres, a->space, &mark, &version, why) || audit_read(a, &mark, &reading, why) || pgbatch_end(b, why))
        return -1;
    rc = 0;
    for (unsigned i = 0; !rc && i < a->shapes.count; i++)
        rc = table_compare(a, b, &a->shapes.of[i], why);
    return rc ? rc : pgside_compare(b, side_tell, a, why);
}

static int turn(struct audit *a, void *ctx, struct trouble *why)
{
    struct target *postgres = ctx;
    struct pgbatch b = { .db = NULL };
    int id, rc;

    if (pgtarget_space(postgres, a->space, &id, why) || pgtarget_begin(postgres, why))
        return -1;
    rc = pg_run(pgtarget_connection(postgres, why), "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", why);
    if (!rc)
        rc = pgtarget_batch(postgres, &b, id, &a->shapes, true, why);
    if (!rc)
        rc = compare(a, postgres, &b, why);
    pgbatch_release(&b);
    pgtarget_rollback(postgres);
    return rc;
}

int audit_postgres(struct audit *a, struct target *postgres, struct trouble *why)
{
    return audit_turns(a, turn, postgres, why);
}
