/* lockout.h — wrong PINs: after five in a row each further try has to wait, 30 s at first, twice as long each time, an hour at most. Pure. */
#ifndef JEMPUT_CONSOLE_LOCKOUT_H
#define JEMPUT_CONSOLE_LOCKOUT_H

#include <stdint.h>

struct lockout {      /* zeroed = nothing was wrong */
    uint32_t wrong;   /* since the last right one */
    int64_t until_ms; /* by the wall clock; 0 = none */
};

/* In how many seconds the next try may be made; 0 = now. A clock that was set back lengthens no wait beyond an hour. */
unsigned lockout_wait_s(const struct lockout *l, int64_t now_ms);
void lockout_wrong(struct lockout *l, int64_t now_ms);

#endif
