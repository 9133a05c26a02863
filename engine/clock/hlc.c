/* clock/hlc.c — hybrid logical clock. A stamp is one integer, so the two rules of the paper are one maximum and one addition. */
#include "clock/hlc.h"

#define STAMP_MS_MAX ((int64_t)(JEMPUT_STAMP_MAX >> 16))

jemput_stamp jemput_hlc_tick(struct jemput_hlc *c, int64_t wall_ms)
{
    jemput_stamp wall = 0;

    if (c->last >= JEMPUT_STAMP_MAX)
        return 0;
    /* A time that no stamp can hold says nothing. Taking the largest instead would leave 65,535 stamps for the rest of this device's life. */
    if (wall_ms > 0 && wall_ms <= STAMP_MS_MAX)
        wall = (jemput_stamp)wall_ms << 16;

    /* A full counter runs on into the next millisecond: the sum is still the next larger stamp. */
    c->last = wall > c->last ? wall : c->last + 1;
    return c->last;
}

bool jemput_hlc_see(struct jemput_hlc *c, jemput_stamp seen, int64_t wall_ms, int64_t ahead_max_ms)
{
    int64_t seen_ms = jemput_stamp_ms(seen);

    if (seen <= c->last)
        return true;
    if (seen >= JEMPUT_STAMP_MAX) /* adopting it would leave no stamp to make */
        return false;
    if (ahead_max_ms < 0)
        ahead_max_ms = 0;
    if (wall_ms < seen_ms - ahead_max_ms) /* 47 bits minus a positive number: cannot overflow, wall + ahead could */
        return false;
    c->last = seen;
    return true;
}
