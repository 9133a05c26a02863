/* pgmigrate.h — bring the office's PostgreSQL in line with what a space's schema declares: make and add, never drop. */
#ifndef JEMPUT_CENTRAL_PGMIGRATE_H
#define JEMPUT_CENTRAL_PGMIGRATE_H

#include "pg.h"
#include "pgddl.h"

/* In the transaction under way: nobody changes tables (`alone`: nobody writes to them either, but the office) until it ends. */
int pgmigrate_lock(PGconn *db, bool alone, struct trouble *why);
/* Make schema `jemput` and that of the tables, if they are not there. In a transaction of its own. */
int pgmigrate_base(PGconn *db, const struct pg_place *place, struct trouble *why);
/* Is the connected role the one that the tables belong to? Guards that name another are made anew. 0, or -1 and why. */
int pgmigrate_owner(PGconn *db, struct trouble *why);
/* Bring schema `jemput` of an older format to this version's (pgnote.sql). As who owns it. BROKEN: it is of a newer one. */
int pgmigrate_format(PGconn *db, struct trouble *why);
/* Tables, columns, links and indexes that `space` declares and that are not there yet. Inside the batch's transaction, under the lock. Not alone, and
 * there is something to make: *needed, and nothing was done.
 *   BROKEN   a column has another type already, by another space's schema; or has a name that is ours */
int pgmigrate_shapes(PGconn *db, const struct pg_place *place, int space, const struct shape *shapes, unsigned count, bool alone, bool *needed,
                     struct trouble *why);

#endif
