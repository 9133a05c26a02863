/* leave.h — a space that is over: it is followed no more, and its rows stay or go. Its line in central.db stays in both cases: its number is that of
 * its entries in looks.db and of accounts' desks, and is nobody else's later. Added again it goes on, from the store, which is never touched here. */
#ifndef JEMPUT_CENTRAL_LEAVE_H
#define JEMPUT_CENTRAL_LEAVE_H

#include "target.h"

/* From now on no round takes it. */
int leave_note(struct office *office, int64_t space, struct trouble *why);
/* All rows of it in central.db: of the schema's tables and of ours, and what the search knows of them. The mark is that of an empty target. *rows: of
 * how many lines of tables. In one transaction. */
int leave_lite(struct office *office, int64_t space, int64_t *rows, struct trouble *why);
/* The same in PostgreSQL. LATER: another folder fills it (pghold.h), or it is not there. */
int leave_postgres(struct target *postgres, const struct space *space, int64_t *rows, struct trouble *why);

#endif
