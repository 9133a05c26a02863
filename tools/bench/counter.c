/* counter.c — see counter.h. Instrumentation is switched on and off, not collection: the latter is a matter of each thread for itself, and the
 * engine may have threads. */
#include "counter.h"

#include <valgrind/callgrind.h>

void counter_begin(void)
{
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
}

void counter_pause(void)
{
    CALLGRIND_STOP_INSTRUMENTATION;
}

void counter_resume(void)
{
    CALLGRIND_START_INSTRUMENTATION;
}

void counter_end(const char *name)
{
    CALLGRIND_STOP_INSTRUMENTATION;
    CALLGRIND_DUMP_STATS_AT(name);
}
