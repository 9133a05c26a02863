/* sim/world/rights.h — what officers may write: jemput_policy() calls of a random schema, and the oracle's own reading of them. Administrators and
 * central may write everything, but for steps of a status. */
#ifndef TESTS_SIM_WORLD_RIGHTS_H
#define TESTS_SIM_WORLD_RIGHTS_H

#include "device.h"

/* Choose them for the tables, behind what else the schema has, and add the calls to its SQL. */
void rights_make(struct schema *s, struct rng *rng);

/* Roles, as the policy asks for them. */
enum right_role { RIGHT_OFFICER = 1, RIGHT_OTHER = 2 /* of which no call says anything */, RIGHT_OFFICE = 4 /* administrator, central */ };
struct may {
    unsigned roles; /* 0 = it may write nothing */
    const char *scope;
};
struct may rights_of_device(const struct history *h, unsigned device); /* as it was let in */

/* May a device of these rights make this change? `columns`: how many the table has where it was made. Whether the row itself lies in the region is
 * asked apart: `within` is the answer. */
bool rights_allow(const struct table *t, const struct may *may, unsigned columns, const struct effect *e, bool within);
/* Are rows of the table bound to regions for such a device? Then: does a value of the region's column lie in its own? */
bool rights_bind(const struct table *t, const struct may *may);
bool rights_within(const struct may *may, val region);

/* May the device have committed all that the transaction wrote? A row's region is the one that the device showed before. */
bool rights_allow_txn(const struct device *d, uint32_t txn);

/* A device whose store believes that it is an administrator's: nothing is refused where it writes. */
void rights_forge(struct device *d, bool begin);

#endif
