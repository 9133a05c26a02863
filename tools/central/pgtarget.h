/* pgtarget.h — the office's PostgreSQL as a target (target.h), and what the way back and the audit need of it. */
#ifndef JEMPUT_CENTRAL_PGTARGET_H
#define JEMPUT_CENTRAL_PGTARGET_H

#include "pgbatch.h"
#include "target.h"

/* A token there is the store's own and, this often, how many whole batches the space has had: behind one the store may be another file, in which the
 * same number means something else (it was computed anew, or put back from a copy and has gone on). */
#define PG_LIFE "1099511627776" /* 2 ^ 40 */

/* The connection, made anew if it was lost. NULL, and why. */
PGconn *pgtarget_connection(struct target *t, struct trouble *why);
const char *pgtarget_schema(const struct target *t); /* of the rows: "adminduk" */
/* The number that the space has there; *id = 0: none yet. */
int pgtarget_space(struct target *t, const struct space *space, int *id, struct trouble *why);
/* How far the space has come there (target.h, mark). Reads only: it holds nothing, and whoever fills the space goes on meanwhile. */
int pgtarget_mark(struct target *t, const struct space *space, struct jemput_feed_mark *mark, uint32_t *schema_version, struct trouble *why);
/* The space is this folder's to fill (pghold.h), or not now: LATER. */
int pgtarget_hold(struct target *t, const struct space *space, struct trouble *why);
int pgtarget_renew(struct target *t, struct trouble *why);
/* A batch of its own inside a transaction that the caller has begun on the connection. Release it; end the transaction by the two calls below. */
int pgtarget_batch(struct target *t, struct pgbatch *out, int space, const struct shapes *shapes, bool compares, struct trouble *why);
int pgtarget_begin(struct target *t, struct trouble *why);
int pgtarget_commit(struct target *t, struct trouble *why);
void pgtarget_rollback(struct target *t);
/* The next batch of the space is a whole one. In a transaction of its own. */
int pgtarget_want_whole(struct target *t, int space, struct trouble *why);

#endif
