/* sim/world/rights.h — what officers may write: jemput_policy() calls of a random schema, and the oracle's own reading of them. Administrators and
 * central may write everything. */
#ifndef TESTS_SIM_WORLD_RIGHTS_H
#define TESTS_SIM_WORLD_RIGHTS_H

#include "device.h"

/* Choose them for the tables, behind what else the schema has, and add the calls to its SQL. */
void rights_make(struct schema *s, struct rng *rng);
/* May an officer make this change? `columns`: how many the table has where it was made. */
bool rights_allow(const struct table *t, unsigned columns, enum effect_op op, uint32_t groups, const val *after);
/* May the device have written all that the transaction wrote? */
bool rights_allow_txn(const struct device *d, uint32_t txn);

/* A device whose store believes that it is an administrator's: nothing is refused where it writes. */
void rights_forge(struct device *d, bool begin);

#endif
