/* lockout.h — wrong PINs: after some each further try has to wait, 30 s at first, twice as long each time, an hour at most; a day without one
 * forgets them. Pure.
 *
 * They are counted for the place that tries (a network, or a session that is open already), so that nobody elsewhere can keep an account's own person
 * out; and once more for all places together from which that person has never signed in, so that many places guess no faster than one for long. */
#ifndef JEMPUT_CONSOLE_LOCKOUT_H
#define JEMPUT_CONSOLE_LOCKOUT_H

#include <stdint.h>

enum { LOCKOUT_FREE = 5, LOCKOUT_FREE_STRANGERS = 100, PLACE_BYTES = 64 };

struct lockout {      /* zeroed = nothing was wrong */
    uint32_t wrong;   /* since the last right one */
    int64_t until_ms; /* by the wall clock; 0 = none */
    int64_t at_ms;    /* of the last one */
};

/* The place that an address is of: its network (IPv4 /24, IPv6 /64), since who has one address there has the others. What is no address is its own
 * place. */
void lockout_place(char out[PLACE_BYTES], const char *address);

/* In how many seconds the next try may be made; 0 = now. A clock that was set back lengthens no wait beyond an hour. */
unsigned lockout_wait_s(const struct lockout *l, int64_t now_ms);
/* One more was wrong. free: so many cost no wait. */
void lockout_wrong(struct lockout *l, uint32_t free, int64_t now_ms);

#endif
