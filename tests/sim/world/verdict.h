/* sim/world/verdict.h — which of the transactions that a device has count nowhere: those of a key behind its revocation, those beyond what their
 * device might at that segment, those that name an older schema version than their device had. As the device knows it: by the acts that it has,
 * and by all that it has of the rows. */
#ifndef TESTS_SIM_WORLD_VERDICT_H
#define TESTS_SIM_WORLD_VERDICT_H

#include "rights.h"

/* Look at the history as the device knows it: refused, and forgotten. */
void verdict_view(const struct device *d);
bool verdict_forgotten(const struct device *d, uint32_t row);
/* Set d->knows.refused anew. If that changes what counts of what had been merged before, the tables do not show it yet: d->knows.refused_shows. */
void verdict_compute(struct device *d);
/* The state has been computed anew: the tables show what counts. */
void verdict_settled(struct device *d);
/* What the device may write now, as it knows it. */
struct may verdict_own(const struct device *d);
/* Is it let in, as it knows it? One that is not holds itself to what it knew last. */
bool verdict_is_member(const struct device *d);
/* May the device make this change by an act, which is judged as if it were merged? */
bool verdict_allows(const struct device *d, const struct table *t, unsigned columns, const struct effect *e);
/* And all that this transaction of its own did, of which the rows as they were before need not be known whole? */
bool verdict_allows_txn(const struct device *d, uint32_t txn);
/* Every refused transaction is told as such, by the store it lies in, and no other is; each revoked or refused device is a case. */
void verdict_check_told(const struct device *d);

#endif
