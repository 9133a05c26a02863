/* lockout.c — see lockout.h. */
#include "lockout.h"

#define FREE_TRIES 5
#define FIRST_MS 30000
#define MOST_MS 3600000

unsigned lockout_wait_s(const struct lockout *l, int64_t now_ms)
{
    int64_t left = l->until_ms - now_ms;

    if (left <= 0)
        return 0;
    return (unsigned)(((left < MOST_MS ? left : MOST_MS) + 999) / 1000);
}

void lockout_wrong(struct lockout *l, int64_t now_ms)
{
    int64_t wait = FIRST_MS;

    if (l->wrong < UINT32_MAX)
        l->wrong++;
    if (l->wrong < FREE_TRIES)
        return;
    for (uint32_t more = l->wrong - FREE_TRIES; more > 0 && wait < MOST_MS; more--)
        wait *= 2;
    l->until_ms = now_ms + (wait < MOST_MS ? wait : MOST_MS);
}
