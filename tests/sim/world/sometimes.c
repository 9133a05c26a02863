/* sim/world/sometimes.c — see sometimes.h. */
#include "sometimes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct sometimes_table *counts;
static bool in_this_seed[SOMETIMES_COUNT];

static const struct {
    const char *text;
    uint64_t seeds;
} states[] = {
#define X(name, text, seeds) { text, seeds },
    SOMETIMES_LIST(X)
#undef X
};

/* A run must be so many times larger than the seeds that a state takes on average before it must have met it. */
enum { SAFETY = 4 };

void sometimes_use(struct sometimes_table *table)
{
    counts = table;
}

struct sometimes_table *sometimes_table(void)
{
    return counts;
}

void sometimes(enum sometimes what)
{
    counts->of[what]++;
    in_this_seed[what] = true;
}

void sometimes_seed_end(void)
{
    counts->seeds++;
    for (unsigned i = 0; i < SOMETIMES_COUNT; i++)
        counts->in_seeds[i] += in_this_seed[i];
    memset(in_this_seed, 0, sizeof in_this_seed);
}

const char *sometimes_text(enum sometimes what)
{
    return states[what].text;
}

void sometimes_print(const struct sometimes_table *t)
{
    printf("%" PRIu64 " seeds, %" PRIu64 " steps, %" PRIu64 " transactions, %" PRIu64 " rows, %" PRIu64 " segments, %" PRIu64 " syncs, %" PRIu64
           " faults\n",
           t->seeds, t->steps, t->txns, t->rows, t->segments, t->syncs, t->faults);
    for (unsigned i = 0; i < SOMETIMES_COUNT; i++)
        printf("%10" PRIu64 " times in %7" PRIu64 " seeds: %s\n", t->of[i], t->in_seeds[i], states[i].text);
}

unsigned sometimes_missing(const struct sometimes_table *t, bool print)
{
    unsigned missing = 0;

    for (unsigned i = 0; i < SOMETIMES_COUNT; i++) {
        if (t->of[i] || !states[i].seeds || t->seeds < SAFETY * states[i].seeds)
            continue;
        if (print)
            printf("never in %" PRIu64 " seeds: %s\n", t->seeds, states[i].text);
        missing++;
    }
    return missing;
}
