/* outboxlarge.c — what the outbox is asked without its lines being read: which spaces wait; and which transactions are too large to be read, for all
 * of one stands in memory, and in one COMMIT of the store. */
#include <stdlib.h>

#include "outbox.h"

#define LINES_MOST "10000"
#define BYTES_MOST "33554432" /* of values, as JSON */

#define LARGE_SQL \
    "WITH large AS (SELECT xact, count(*) AS lines FROM jemput.outbox WHERE space = $1::integer AND state = 'menunggu' GROUP BY xact " \
    "HAVING count(*) > " LINES_MOST " OR sum(coalesce(octet_length(new::text), 0) + coalesce(octet_length(old::text), 0)) > " BYTES_MOST "), " \
    "whole AS (UPDATE jemput.space SET whole_wanted = true WHERE id = $1::integer AND EXISTS(SELECT FROM large)), " \
    "told AS (UPDATE jemput.outbox o SET state = 'ditolak', done_at = clock_timestamp(), why = 'transaksi terlalu besar: ' || l.lines || " \
    "' baris; paling banyak " LINES_MOST " baris atau 32 MiB, bagi menjadi beberapa' FROM large l " \
    "WHERE o.space = $1::integer AND o.xact = l.xact AND o.state = 'menunggu') SELECT count(*) FROM large"

int outbox_large(struct target *postgres, int space, uint64_t *refused, struct trouble *why)
{
    PGconn *db = pgtarget_connection(postgres, why);
    char id[16];
    const char *const values[] = { id };
    PGresult *result;

    snprintf(id, sizeof id, "%d", space);
    result = db ? pg_ask(db, LARGE_SQL, 1, values, why) : NULL;
    if (!result)
        return -1;
    *refused += strtoull(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return 0;
}

int outbox_hold(struct target *postgres, struct trouble *why)
{
    return pgtarget_renew(postgres, why);
}

int outbox_waiting(struct target *postgres, void (*each)(void *ctx, const char *hex), void *ctx, struct trouble *why)
{
    PGconn *db = pgtarget_connection(postgres, why);
    PGresult *result = db ? pg_ask(db, "SELECT hex FROM jemput.space s WHERE EXISTS(SELECT FROM jemput.outbox o WHERE o.space = s.id "
                                       "AND o.state = 'menunggu')", 0, NULL, why) : NULL;

    if (!result)
        return -1;
    for (int i = 0; i < PQntuples(result); i++)
        each(ctx, PQgetvalue(result, i, 0));
    PQclear(result);
    return 0;
}
