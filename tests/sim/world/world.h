/* sim/world/world.h — one run: what a seed does, step by step, and what must be true at its end. */
#ifndef TESTS_SIM_WORLD_WORLD_H
#define TESTS_SIM_WORLD_WORLD_H

#include <stdbool.h>
#include <stdint.h>

enum { STEPS_MAX = 400 };

struct options {
    uint64_t seed;
    unsigned steps;            /* only the first ones; STEPS_MAX = as many as the seed has */
    bool skip[STEPS_MAX];      /* these are left out */
    unsigned without;          /* bits of enum fault_kind */
    unsigned devices;          /* steps of later devices are left out */
    unsigned features;         /* of the schema */
    uint64_t open[8];    /* seeds that are known to fail: not run, and said so */
    unsigned open_count;
};

enum { FLEET_SEEDS = 32 };     /* so many seeds share one founded fleet */

/* Found the fleet of a seed and open its devices. Then any number of copies of this process (fork) may each make one run. */
void world_prepare(uint64_t seed, unsigned features);
/* True = all was well; else failure_text(). Once in a process. */
bool world_run(const struct options *o);
unsigned world_steps(void);    /* how many steps the run has, or had */
unsigned world_devices(void);

#endif
