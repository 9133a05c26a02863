/* sim/world/cut.h — what an administrator's cut through a device must leave of it: told before the act, from what each of the device's segments had
 * seen of the others; and looked for in the acts after it. */
#ifndef TESTS_SIM_WORLD_CUT_H
#define TESTS_SIM_WORLD_CUT_H

#include "device.h"

/* Is it a segment that `by` knows, in a log of that number that counts there? `commit` in hex. */
bool cut_may_be(const struct device *by, uint32_t number, const char *commit);
/* Any segment at which a cut may be, by chance; false = there is none. */
bool cut_choose(const struct device *by, uint32_t number, struct rng *rng, char commit[41]);
/* What counts of that number, as `by` knows it, and whether it stands: up to the segment `after`, or all (NULL). */
void cut_tell(const struct device *by, uint32_t number, const char *after);
/* `act` was done by `by`: what was told to stand does as it did, all else counts nowhere, or with the new rights; and so does all that comes. */
void cut_check(const struct device *by, const struct jemput_device_act *act);

#endif
