/* pgrole.h — roles of PostgreSQL that the office's systems may be: none that is, or can become, the role that projects, or that may write the outbox
 * itself or the map of roles (pg_write_all_data, CREATEROLE, a grant …). What such a one changes is perhaps not noted, and it can write lines of the
 * outbox in another's name. */
#ifndef JEMPUT_CENTRAL_PGROLE_H
#define JEMPUT_CENTRAL_PGROLE_H

#include "pg.h"

/* May `role` be an office's? 0, or -1 and why. */
int pgrole_check(PGconn *db, const char *role, struct trouble *why);
/* Are all that are mapped, or were granted the tables, still such? Rights may have been given since. 0, or -1 and why. */
int pgrole_check_all(PGconn *db, struct trouble *why);

#endif
