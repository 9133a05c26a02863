/* sim/world/check.h — what must be true of a device, at every step and at the end. Each ends the run with what is wrong. */
#ifndef TESTS_SIM_WORLD_CHECK_H
#define TESTS_SIM_WORLD_CHECK_H

#include "device.h"
#include "oracle.h"

/* Every SQL constraint is true of the tables as they were last seen. */
void check_constraints(const struct device *d);
/* The same asked of SQLite, and that its file is whole. */
void check_sqlite(const struct device *d);
/* Tables, held rows and conflicts are what the oracle says of the transactions that the device has merged; `o` is filled. Nothing may be pending. */
void check_state(const struct device *d, struct oracle *o);
/* No write is lost: each shows, or was replaced by one that had seen it, or is told as a side of a conflict or in a held row.
 * (`o`, of check_state, says which rows the schema's rules took along with a parent, or brought back for a child.) */
void check_no_loss(const struct device *d, const struct oracle *o);
void check_verify(const struct device *d);
void check_hash(const struct device *d, char hex[65]); /* jemput_state_hash() */
/* What is computed anew is what was there, to the last entry of the merge state, with the same hash. `sealed`: nothing is pending meanwhile. */
void check_rebuild(const struct device *d, bool sealed);
/* Is every segment's context known whole here? Until it is, causality may have more to learn, and check_state cannot be asked. */
bool check_is_whole(const struct device *d);

#endif
