/* clock/hlc.h — hybrid logical clock: stamps that order writes made on different devices.
 *
 * A stamp is 48 bits of milliseconds since 1970 and a 16-bit counter for writes within one millisecond, in one uint64_t,
 * so stamps compare as integers. On one device stamps only grow, and a device that has seen a stamp makes only larger ones, so
 * cause sorts before effect even where a device's own clock runs slow. Never trusted as a time. Pure: wall time is passed in.
 * After Kulkarni and others, "Logical Physical Clocks", 2014. */
#ifndef JEMPUT_CLOCK_HLC_H
#define JEMPUT_CLOCK_HLC_H

#include <stdbool.h>
#include <stdint.h>

typedef uint64_t jemput_stamp; /* milliseconds << 16 | counter; 0 = none */

#define JEMPUT_STAMP_MAX (UINT64_MAX >> 1) /* fits SQLite's signed 64-bit integer: milliseconds up to the year 6429 */

struct jemput_hlc {
    jemput_stamp last; /* highest made or seen */
};

/* Make the next stamp. wall_ms: claimed wall time (negative or absurd values are allowed: 1970, 2038, year 9999). A time that no stamp
 * can hold is ignored: stamps then grow by one from the last. Returns 0 only when the space above `last` is used up (JEMPUT_STAMP_MAX reached). */
jemput_stamp jemput_hlc_tick(struct jemput_hlc *c, int64_t wall_ms);

/* Take note of a stamp of another device. One of at most wall_ms + ahead_max_ms is adopted; one beyond (or one that would leave no stamp to
 * make) is NOT: a broken clock must not drag the fleet's clocks with it. Then false is returned, so that it can be reported. A stamp that is not
 * above `last` changes nothing and returns true. ahead_max_ms below 0 counts as 0. */
bool jemput_hlc_see(struct jemput_hlc *c, jemput_stamp seen, int64_t wall_ms, int64_t ahead_max_ms);

static inline int64_t jemput_stamp_ms(jemput_stamp s) { return (int64_t)(s >> 16); }
static inline uint16_t jemput_stamp_counter(jemput_stamp s) { return (uint16_t)s; }

#endif
