/* outboxtidy.c — what PostgreSQL need not keep for ever: values of persons in lines that were passed on long ago, those lines, and old batches. */
#include "outbox.h"

#include "pgtarget.h"

#define SETTLED "WHERE space = $1::integer AND state = 'diteruskan' AND done_at < now() - interval "

/* Whole batches stay: they are counted (pgtarget.h, PG_LIFE). A line is needed as long as its mark in the store's own table (MARK_DAYS). */
int outbox_tidy(struct target *postgres, const struct space *space, struct trouble *why)
{
    static const char *const sqls[] = {
        "UPDATE jemput.outbox SET new = NULL, old = NULL " SETTLED "'90 days' AND (new IS NOT NULL OR old IS NOT NULL)",
        "DELETE FROM jemput.outbox " SETTLED "'400 days'",
        "DELETE FROM jemput.batch WHERE space = $1::integer AND NOT whole AND at < now() - interval '30 days'",
    };
    PGconn *db = pgtarget_connection(postgres, why);
    char number[16];
    const char *const values[] = { number };
    int id, rc = db ? pgtarget_space(postgres, space, &id, why) : -1;

    if (!rc)
        snprintf(number, sizeof number, "%d", id);
    for (size_t i = 0; !rc && i < sizeof sqls / sizeof sqls[0]; i++)
        rc = pg_tell(db, sqls[i], 1, values, NULL, why);
    return rc;
}
