/* leave.h — a space that is over: it is followed no more, and its rows stay or go. Its line in central.db stays in both cases: its number is that of
 * its entries in looks.db and of accounts' desks, and is nobody else's later. Added again it goes on, from the store, which is never touched here. */
#ifndef JEMPUT_CENTRAL_LEAVE_H
#define JEMPUT_CENTRAL_LEAVE_H

#include "target.h"

/* From now on no round takes it. */
int leave_note(struct office *office, int64_t space, struct trouble *why);
/* All rows of it in central.db: of the schema's tables and of ours, and what the search knows of them. The mark is that of an empty target. *rows: of
 * how many lines of tables. In one transaction. MOVED: it is followed again; nothing was done. */
int leave_lite(struct office *office, int64_t space, int64_t *rows, struct trouble *why);

struct leave_outbox { /* lines of jemput.outbox that nobody but PostgreSQL has */
    int64_t waiting; /* unsigned yet */
    int64_t refused;
};
struct leave_how {
    bool drop;          /* its rows go */
    bool unsigned_too;  /* so do lines of the outbox that wait unsigned */
    void (*between)(void *ctx); /* called between tables */
    void *ctx;
};
/* What waits there now; of a space that PostgreSQL does not know nothing. */
int leave_waiting(struct target *postgres, const struct space *space, struct leave_outbox *out, struct trouble *why);
/* The same in PostgreSQL, where from now on changes of the office's in that space are refused, until it is followed again. Waits for transactions
 * that are at work in it. *out: what waited then; it stays, or goes with the rows. LATER: another folder fills it (pghold.h), or it is not there.
 * BROKEN: something waits that may not go. Failed: nothing was done. */
int leave_postgres(struct target *postgres, const struct space *space, const struct leave_how *how, int64_t *rows, struct leave_outbox *out,
                   struct trouble *why);

#endif
