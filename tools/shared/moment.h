/* moment.h — milliseconds since 1970 as text. */
#ifndef JEMPUT_SHARED_MOMENT_H
#define JEMPUT_SHARED_MOMENT_H

#include <stdint.h>

enum { MOMENT_BYTES = 40 };

/* "2022-12-05 14:03:00" where this machine is; "-" for 0. */
void moment_local(char out[MOMENT_BYTES], int64_t ms);
/* "2022-12-05T07:03:00Z". */
void moment_utc(char out[MOMENT_BYTES], int64_t ms);

/* Dates are the office's. A machine whose clock is set to UTC is taken to be one in western Indonesia; TZ says otherwise. Before any thread begins. */
void moment_zone(void);

#endif
