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

static int tables_empty(PGconn *db, const struct space *space, const char *schema, const char *id, const struct leave_how *how, int64_t *rows,
                        struct trouble *why)
{
    const char *const schemas[] = { schema }, *const values[] = { space->hex };
    PGresult *tables = pg_ask(db, tables_sql, 1, schemas, why);
    int rc = tables ? pg_run(db, "SET CONSTRAINTS ALL DEFERRED", why) : -1;

    for (int i = 0; !rc && i < PQntuples(tables); i++) {
        rc = table_empty(db, PQgetvalue(tables, i, 0), PQgetvalue(tables, i, 1), id, rows, why);
        how->between(how->ctx);
    }
    PQclear(tables);
    return rc ? rc : pg_tell(db, "UPDATE jemput.space SET feed_number = 0, feed_id = decode(repeat('00', 16), 'hex'), schema_version = 0, "
                             "token = NULL, state_hash = NULL, whole_wanted = true WHERE hex = $1", 1, values, NULL, why);
}

static int waiting_read(PGconn *db, const char *id, struct leave_outbox *out, struct trouble *why)
{
    const char *const values[] = { id };
    PGresult *result = pg_ask(db, "SELECT count(*) FILTER(WHERE state = 'menunggu'), count(*) FILTER(WHERE state = 'ditolak') FROM jemput.outbox "
                                  "WHERE space = $1::integer AND state IN ('menunggu', 'ditolak')", 1, values, why);

    if (!result)
        return -1;
    *out = (struct leave_outbox){ strtoll(PQgetvalue(result, 0, 0), NULL, 10), strtoll(PQgetvalue(result, 0, 1), NULL, 10) };
    PQclear(result);
    return 0;
}

enum { ID_BYTES = 16 };

/* "" = PostgreSQL does not know the space. */
static int id_read(struct target *postgres, const struct space *space, char text[ID_BYTES], struct trouble *why)
{
    int id;

    if (pgtarget_space(postgres, space, &id, why))
        return -1;
    snprintf(text, ID_BYTES, "%d", id);
    text[0] = id ? text[0] : '\0';
    return 0;
}

int leave_waiting(struct target *postgres, const struct space *space, struct leave_outbox *out, struct trouble *why)
{
    char id[ID_BYTES];

    *out = (struct leave_outbox){ 0 };
    if (id_read(postgres, space, id, why))
        return -1;
    return id[0] ? waiting_read(pgtarget_connection(postgres, why), id, out, why) : 0;
}

/* Behind the lock no trigger of the office's is at work in the space; each later one sees that it has left, or that it cannot tell (pgnote.sql). */
static int leave_do(struct target *postgres, const struct space *space, const char *id, const struct leave_how *how, int64_t *rows,
                    struct leave_outbox *out, struct trouble *why)
{
    PGconn *db = pgtarget_connection(postgres, why);
    const char *const values[] = { id };

    if (pg_tell(db, "SELECT pg_advisory_xact_lock(hashtext('jemput leave'), $1::integer)", 1, values, NULL, why) ||
        pg_tell(db, "UPDATE jemput.space SET left_at = coalesce(left_at, clock_timestamp()) WHERE id = $1::integer", 1, values, NULL, why) ||
        pg_tell(db, "UPDATE jemput.column_ SET declared = declared WHERE space = $1::integer", 1, values, NULL, why) ||
        waiting_read(db, id, out, why))
        return -1;
    if (!how->drop)
        return 0;
    if (out->waiting && !how->unsigned_too)
        return trouble_set(why, TROUBLE_BROKEN, "PostgreSQL: %lld changes of the office's wait unsigned: jemput central add, run, or "
                           "--unsigned drop", (long long)out->waiting);
    return tables_empty(db, space, pgtarget_schema(postgres), id, how, rows, why);
}

int leave_postgres(struct target *postgres, const struct space *space, const struct leave_how *how, int64_t *rows, struct leave_outbox *out,
                   struct trouble *why)
{
    char id[ID_BYTES];

    *rows = 0;
    *out = (struct leave_outbox){ 0 };
    if (id_read(postgres, space, id, why))
        return -1;
    if (!id[0])
        return 0;
    if (pgtarget_hold(postgres, space, why) || pgtarget_begin(postgres, why))
        return -1;
    if (leave_do(postgres, space, id, how, rows, out, why) == 0)
        return pgtarget_commit(postgres, why);
    pgtarget_rollback(postgres);
    return -1;
}
