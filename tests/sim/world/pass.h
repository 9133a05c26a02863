/* sim/world/pass.h — which living rows the tables can show: the one greedy pass over all of them (engine/store/constraint/pass.h). */
#ifndef TESTS_SIM_WORLD_PASS_H
#define TESTS_SIM_WORLD_PASS_H

#include "oracle.h"

/* Sets taken, and reason of what is not. */
void pass_run(struct oracle *o);

#endif
