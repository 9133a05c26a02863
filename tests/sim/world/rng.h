/* sim/world/rng.h — the one source of chance: all that a seed does comes out of this.
 *
 * Each step of a run draws from numbers of its own (rng_of), so that a step that is left out changes nothing of the others. */
#ifndef TESTS_SIM_WORLD_RNG_H
#define TESTS_SIM_WORLD_RNG_H

#include <stdbool.h>

#include "support/crash_disk.h"

struct rng {
    uint64_t state;
};

static inline struct rng rng_of(uint64_t seed, uint64_t stream)
{
    struct rng r = { seed * UINT64_C(0x9e3779b97f4a7c15) + stream * UINT64_C(0xd1b54a32d192ed03) };

    crash_rng_next(&r.state);
    return r;
}

static inline unsigned rng_below(struct rng *r, unsigned below)
{
    return below ? (unsigned)((crash_rng_next(&r->state) >> 11) % below) : 0;
}

static inline bool rng_one_in(struct rng *r, unsigned n)
{
    return rng_below(r, n) == 0;
}

/* 0 … most, small numbers as often as large ones. */
static inline unsigned rng_log(struct rng *r, unsigned most)
{
    unsigned bits = 0;

    while (most >> bits)
        bits++;
    bits = rng_below(r, bits + 1);
    return rng_below(r, (bits ? 1u << bits : 1u) > most ? most + 1 : 1u << bits);
}

/* One of several numbers; */
static inline unsigned rng_weighted(struct rng *r, const unsigned *weights, unsigned count)
{
    unsigned total = 0, at;

    for (unsigned i = 0; i < count; i++)
        total += weights[i];
    at = rng_below(r, total);
    for (unsigned i = 0; i < count; i++) {
        if (at < weights[i])
            return i;
        at -= weights[i];
    }
    return count - 1;
}

#endif
