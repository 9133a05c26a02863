/* sim/cutting.h — what the tests of checkpoints and generations ask of a fleet: make one, sign that it is backed up, cut off; and a hub's keeper who
 * lets old generations go. A call that fails unexpectedly fails the test. */
#ifndef TESTS_SIM_CUTTING_H
#define TESTS_SIM_CUTTING_H

#include "fleet.h"

struct jemput_checkpoint_report cutting_make(struct fleet *f, unsigned central, int64_t min_age_ms);
void cutting_backed_up(struct fleet *f, unsigned central);
struct jemput_cut_report cutting_cut(struct fleet *f, unsigned device);
/* All of it: the fleet settles at the hub, central (device 0) signs, all hear of it, and all cut off. */
void cutting_all(struct fleet *f, unsigned hub);

/* What schema/formats/checkpoint.md lets a hub's keeper do, with stock git: refs of generations whose writer has moved on go, and what nothing names
 * any more. Gives how many refs went. */
unsigned cutting_hub_drops_old_generations(struct fleet *f, unsigned hub);
/* The generation of a device's own log that a hub has the newest of; -1 = none. */
int cutting_generation_at(struct fleet *f, unsigned hub, const char *writer);

#endif
