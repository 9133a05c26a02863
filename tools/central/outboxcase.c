/* outboxcase.c — what was refused of the office's changes, as cases of central.db: so that the console and `jemput central status` name it. */
#include <stdlib.h>

#include "base.h"
#include "outbox.h"

#define CASE_DAYS "30" /* so long is a refusal told */
#define CASES_SQL \
    "SELECT role, tbl, why, count(*), (extract(epoch FROM min(at)) * 1000)::bigint FROM jemput.outbox WHERE space = $1::integer " \
    "AND state = 'ditolak' AND done_at > now() - interval '" CASE_DAYS " days' GROUP BY role, tbl, why ORDER BY role, tbl, why LIMIT 1000"

#define CASE_SQL \
    "INSERT INTO case_(space, kind, about, n, label, since_ms, count, open, what_id, what_en, safe_id, safe_en, todo_id, todo_en) " \
    "VALUES(?1, 'outbox', ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, 'Data di log tetap seperti semula.', 'The data in the logs is as it was.', " \
    "'Lihat jemput.outbox; perbaiki haknya (jemput central roles) atau ulangi di sana.', " \
    "'Look into jemput.outbox; mend the rights (jemput central roles), or do it anew there.')"

static int case_write(struct office *office, const struct space *space, const PGresult *lines, int at, struct trouble *why)
{
    struct buffer about = { 0 }, what_id = { 0 }, what_en = { 0 };
    const char *role = PQgetvalue(lines, at, 0), *table = PQgetvalue(lines, at, 1), *reason = PQgetvalue(lines, at, 2);
    int rc;

    buffer_format(&about, "%s/%s", role, table);
    buffer_format(&what_id, "Perubahan tabel %s dari PostgreSQL oleh %s ditolak: %s.", table, role, reason);
    buffer_format(&what_en, "A change of table %s in PostgreSQL by %s was refused: %s.", table, role, reason);
    rc = base_do(office->db, CASE_SQL, why, NULL, NULL, "ititiitt", space->id, about.data, (int64_t)at + 1, role,
                 strtoll(PQgetvalue(lines, at, 4), NULL, 10), strtoll(PQgetvalue(lines, at, 3), NULL, 10), what_id.data, what_en.data);
    buffer_release(&about);
    buffer_release(&what_id);
    buffer_release(&what_en);
    return rc;
}

static int cases_write(struct office *office, const struct space *space, const PGresult *lines, struct trouble *why)
{
    int rc = base_run(office->db, "BEGIN IMMEDIATE", why);

    if (rc)
        return -1;
    rc = base_do(office->db, "DELETE FROM case_ WHERE space = ?1 AND kind = 'outbox'", why, NULL, NULL, "i", space->id);
    for (int i = 0; !rc && i < PQntuples(lines); i++)
        rc = case_write(office, space, lines, i, why);
    if (!rc)
        rc = base_run(office->db, "COMMIT", why);
    if (rc)
        sqlite3_exec(office->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

int outbox_cases(struct target *postgres, struct office *office, const struct space *space, struct trouble *why)
{
    char number[16];
    const char *const values[] = { number };
    PGconn *db = pgtarget_connection(postgres, why);
    PGresult *lines;
    int id, rc;

    if (!db || pgtarget_space(postgres, space, &id, why))
        return -1;
    snprintf(number, sizeof number, "%d", id);
    lines = pg_ask(pgtarget_connection(postgres, why), CASES_SQL, 1, values, why);
    if (!lines)
        return -1;
    rc = cases_write(office, space, lines, why);
    PQclear(lines);
    return rc;
}
