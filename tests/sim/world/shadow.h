/* sim/world/shadow.h — somebody who follows one device by its change feed alone, and must at any time have what the device shows, holds and lists.
 *
 * In one seed of four a device is followed: central, or any. Its shadow keeps each row as the feed told it last. What it comes to is compared with a
 * whole reading at the same moment, which is compared in turn with the tables, the held rows and the conflicts as the device tells them. */
#ifndef TESTS_SIM_WORLD_SHADOW_H
#define TESTS_SIM_WORLD_SHADOW_H

#include "state.h"

/* Once in a run: from here on the device of this seed is followed, if one is. */
void shadow_begin(struct world *w);
/* Read on and compare. The device is at rest: no call of its handle is under way. Of others: nothing. */
void shadow_see(struct device *d);

#endif
