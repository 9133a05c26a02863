/* pgleave.c — the rows of a space that is over leave PostgreSQL. See leave.h. */
#include "leave.h"

#include <stdlib.h>

#include "pg.h"
#include "pgtarget.h"

/* Tables with a column "space", partitions apart: those of the schema first, then ours. */
static const char tables_sql[] =
    "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid "
    "WHERE n.nspname IN ('jemput', $1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attname = 'space' AND NOT a.attisdropped "
    "ORDER BY n.nspname = 'jemput', c.relname";

static int table_empty(PGconn *db, const char *schema, const char *name, const char *space, int64_t *rows, struct trouble *why)
{
    const char *const values[] = { space };
    struct buffer sql = { 0 };
    long gone = 0;
    int rc;

    buffer_text(&sql, "DELETE FROM ");
    pg_name_in(&sql, schema, name);
    buffer_text(&sql, " WHERE space = $1::integer");
    rc = pg_tell(db, sql.data, 1, values, &gone, why);
    buffer_release(&sql);
    *rows += gone;
    return rc;
}

static int tables_empty(PGconn *db, const struct space *space, const char *schema, const char *id, int64_t *rows, struct trouble *why)
{
    const char *const schemas[] = { schema }, *const values[] = { space->hex };
    PGresult *tables = pg_ask(db, tables_sql, 1, schemas, why);
    int rc = tables ? pg_run(db, "SET CONSTRAINTS ALL DEFERRED", why) : -1;

    for (int i = 0; !rc && i < PQntuples(tables); i++)
        rc = table_empty(db, PQgetvalue(tables, i, 0), PQgetvalue(tables, i, 1), id, rows, why);
    PQclear(tables);
    return rc ? rc : pg_tell(db, "UPDATE jemput.space SET feed_number = 0, feed_id = decode(repeat('00', 16), 'hex'), schema_version = 0, "
                             "token = NULL, state_hash = NULL, whole_wanted = true WHERE hex = $1", 1, values, NULL, why);
}

int leave_postgres(struct target *postgres, const struct space *space, int64_t *rows, struct trouble *why)
{
    char text[16];
    int id, rc;

    *rows = 0;
    if (pgtarget_space(postgres, space, &id, why))
        return -1;
    if (!id)
        return 0;
    snprintf(text, sizeof text, "%d", id);
    if (pgtarget_hold(postgres, space, why) || pgtarget_begin(postgres, why))
        return -1;
    rc = tables_empty(pgtarget_connection(postgres, why), space, pgtarget_schema(postgres), text, rows, why);
    if (!rc)
        return pgtarget_commit(postgres, why);
    pgtarget_rollback(postgres);
    return rc;
}
