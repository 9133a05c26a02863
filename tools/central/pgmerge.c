/* pgmerge.c — from staging into a table: what is gone goes, what is new or other is written, and what is equal is left alone, so that a change of
 * the office's that comes back signed writes nothing a second time. */
#include "pgbatch.h"

static void key_columns(struct buffer *sql, const struct shape *shape, const char *alias)
{
    for (unsigned i = 0; i < shape->key_count; i++) {
        buffer_text(sql, alias);
        pg_name(sql, shape->columns[shape->key[i]].name);
    }
}

void pgmerge_keys(struct buffer *sql, const struct shape *shape)
{
    for (unsigned i = 0; i < shape->key_count; i++) {
        const char *name = shape->columns[shape->key[i]].name;

        buffer_text(sql, i ? " AND t." : "t.");
        pg_name(sql, name);
        buffer_text(sql, " = s.");
        pg_name(sql, name);
    }
}

void pgmerge_key_json(struct buffer *sql, const struct shape *shape, const char *alias)
{
    buffer_text(sql, shape->key_count == 1 ? "to_jsonb(" : "jsonb_build_array(");
    for (unsigned i = 0; i < shape->key_count; i++) {
        if (i)
            buffer_text(sql, ", ");
        buffer_text(sql, alias);
        pg_name(sql, shape->columns[shape->key[i]].name);
    }
    buffer_text(sql, ")");
}

/* DELETE of what was told to be gone; of a whole batch, of what was not told to be shown. */
static void delete_add(struct buffer *sql, const struct pgbatch *b, const struct pgstage *stage)
{
    buffer_text(sql, "DELETE FROM ");
    pg_name_in(sql, b->place->schema, stage->shape->name);
    buffer_text(sql, " t");
    if (!b->whole) {
        buffer_text(sql, " USING ");
        pgddl_stage_name(sql, stage->shape);
        buffer_text(sql, " s");
    }
    buffer_format(sql, " WHERE t.\"space\" = %d AND ", b->space);
    if (b->whole && !stage->made) {
        buffer_text(sql, "true;\n");
        return;
    }
    if (b->whole) {
        buffer_text(sql, "NOT EXISTS(SELECT FROM ");
        pgddl_stage_name(sql, stage->shape);
        buffer_text(sql, " s WHERE s.\"told \" = 'S' AND ");
    } else
        buffer_text(sql, "s.\"told \" <> 'S' AND ");
    pgmerge_keys(sql, stage->shape);
    buffer_text(sql, b->whole ? ");\n" : ";\n");
}

static void columns_add(struct buffer *sql, const struct shape *shape, const char *before, bool without_key)
{
    bool first = true;

    for (unsigned i = 0; i < shape->column_count; i++) {
        if (without_key && shape->columns[i].key_place)
            continue;
        if (!first)
            buffer_text(sql, ", ");
        buffer_text(sql, before);
        pg_name(sql, shape->columns[i].name);
        first = false;
    }
}

static void update_add(struct buffer *sql, const struct shape *shape)
{
    if (shape->key_count == shape->column_count) {
        buffer_text(sql, " DO NOTHING;\n");
        return;
    }
    buffer_text(sql, " DO UPDATE SET (");
    columns_add(sql, shape, "", true);
    buffer_text(sql, ") = ROW(");
    columns_add(sql, shape, "excluded.", true);
    buffer_text(sql, ") WHERE ROW(");
    columns_add(sql, shape, "t.", true);
    buffer_text(sql, ") IS DISTINCT FROM ROW(");
    columns_add(sql, shape, "excluded.", true);
    buffer_text(sql, ");\n");
}

static void upsert_add(struct buffer *sql, const struct pgbatch *b, const struct pgstage *stage)
{
    buffer_text(sql, "INSERT INTO ");
    pg_name_in(sql, b->place->schema, stage->shape->name);
    buffer_text(sql, " AS t(\"space\", ");
    columns_add(sql, stage->shape, "", false);
    buffer_text(sql, ") SELECT \"space\", ");
    columns_add(sql, stage->shape, "", false);
    buffer_text(sql, " FROM ");
    pgddl_stage_name(sql, stage->shape);
    buffer_text(sql, " WHERE \"told \" = 'S' ON CONFLICT(\"space\"");
    key_columns(sql, stage->shape, ", ");
    buffer_text(sql, ")");
    update_add(sql, stage->shape);
}

/* Of a whole batch: values in the outbox of rows that are not there any more (pgside.c has the same for rows that are told). */
static void outbox_add(struct buffer *sql, const struct pgbatch *b, const struct shape *shape)
{
    buffer_format(sql, "UPDATE jemput.outbox o SET new = NULL, old = NULL WHERE o.space = %d AND o.state IN ('diteruskan', 'ditolak') "
                       "AND NOT (o.op = 'I' AND o.state = 'ditolak') AND coalesce(o.new, o.old) IS NOT NULL AND o.tbl = ", b->space);
    pg_string(sql, shape->name);
    buffer_text(sql, " AND NOT EXISTS(SELECT FROM ");
    pg_name_in(sql, b->place->schema, shape->name);
    buffer_format(sql, " t WHERE t.\"space\" = %d AND ", b->space);
    pgmerge_key_json(sql, shape, "t.");
    buffer_text(sql, " = o.key);\n");
}

int pgmerge(struct pgbatch *b, const struct pgstage *stage, struct trouble *why)
{
    struct buffer sql = { 0 };
    int rc;

    delete_add(&sql, b, stage);
    if (stage->made)
        upsert_add(&sql, b, stage);
    if (b->whole)
        outbox_add(&sql, b, stage->shape);
    rc = pg_run(b->db, sql.data, why);
    buffer_release(&sql);
    return rc;
}
