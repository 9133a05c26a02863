/* sim/world/acts.h — what administrators and devices have signed about each other: the records in control segments that say who may do what, read
 * once, from the store that sealed them. What they come to is told by the fold (fold.h). */
#ifndef TESTS_SIM_WORLD_ACTS_H
#define TESTS_SIM_WORLD_ACTS_H

#include "device.h"
#include "identity/roster.h"

enum { ACTS_KEPT_MAX = 120 };

struct acts {
    uint32_t count;
    struct {
        struct jemput_act act;
        uint32_t segment; /* NONE = genesis */
    } of[ACTS_KEPT_MAX];
};

void acts_clear(void);
const struct acts *acts_all(void);
void acts_genesis(const struct device *founder);
/* The records of a control segment that the device has. Their place in the order of acts: the stamp, but behind all that the device had seen
 * (control.md, "Order"), whatever clocks say. */
void acts_take(struct device *d, uint32_t segment);
/* Does the device know of a change, a revocation, or a rotation: of anything that gives rights other than those with which one was let in? Or that a
 * second administrator has invited, who may have given a number that the founder gives, too? */
bool acts_cut(const struct device *d);
/* Of a data segment that the device has just sealed: the schema version that its header names, and the newest in force that the device had. */
void acts_schema(const struct device *d, uint32_t segment);

#endif
