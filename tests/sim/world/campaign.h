/* sim/world/campaign.h — many runs, each in a process of its own that begins where the fleet is founded and open: a crash ends one run, and nothing
 * of one is left for the next. */
#ifndef TESTS_SIM_WORLD_CAMPAIGN_H
#define TESTS_SIM_WORLD_CAMPAIGN_H

#include "world.h"

struct outcome {
    bool well;
    char text[4096]; /* what was found */
    unsigned steps, devices;
};

/* One run; world_prepare() has made its fleet. *out is set. */
void campaign_try(const struct options *o, struct outcome *out);
/* Seeds first … last, fleet by fleet. Each that fails is told, made small if so asked, with the line that replays it. Returns how many failed
 * (at most `failures_max`: then it ends). */
unsigned campaign_run(uint64_t first, uint64_t last, const struct options *common, unsigned failures_max, bool small);

/* The options without what the failure does not need. */
void shrink(struct options *o, struct outcome *found);
void options_print(const struct options *o); /* as arguments of the program */

#endif
