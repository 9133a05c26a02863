/* random.h — repeatable randomness (xorshift64*, Vigna 2016). */
#ifndef JEMPUT_BENCH_RANDOM_H
#define JEMPUT_BENCH_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *r)
{
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    return r->state * UINT64_C(0x2545f4914f6cdd1d);
}

static inline void random_init(struct random *r, uint64_t seed)
{
    r->state = seed * 2 + 1;
    for (unsigned i = 0; i < 16; i++)
        random_next(r);
}

static inline unsigned random_below(struct random *r, unsigned bound)
{
    return (unsigned)((random_next(r) >> 33) % bound);
}

#endif
