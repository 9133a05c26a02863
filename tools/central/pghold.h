/* pghold.h — of two centrals with a folder each, which have the same space and the same PostgreSQL, one fills it: else each would write the space
 * whole after the other, for ever, and take the same changes of the office's. The other stays back, says why, and takes over when that one is silent.
 *
 * A line of jemput.setting a space: folder.HEX, "UNTIL HOST:FOLDER (ID)". Several processes on one folder are one (lease.h tells them apart). */
#ifndef JEMPUT_CENTRAL_PGHOLD_H
#define JEMPUT_CENTRAL_PGHOLD_H

#include "pg.h"

enum { PGHOLD_S = 60, PGHOLD_ONCE_S = 3600 /* of a run by cron */, PGHOLD_NAME_BYTES = PATH_BYTES };

void pghold_name(char out[PGHOLD_NAME_BYTES], const struct office *office);
/* This folder's from now on, or still; never for less long than it was (an audit that mends, between two runs by cron). LATER: another's. */
int pghold_take(PGconn *db, const struct office *office, const struct space *space, struct trouble *why);
/* All that this folder holds. */
int pghold_renew(PGconn *db, const struct office *office, struct trouble *why);

#endif
