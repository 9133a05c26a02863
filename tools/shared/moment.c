/* moment.c — times as text, and the zone that they are told in. A time that no calendar holds is shown as its number. */
#define _GNU_SOURCE
#include "moment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void moment_local(char out[MOMENT_BYTES], int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;

    if (ms == 0)
        snprintf(out, MOMENT_BYTES, "-");
    else if (!localtime_r(&seconds, &tm) || strftime(out, MOMENT_BYTES, "%Y-%m-%d %H:%M:%S", &tm) == 0)
        snprintf(out, MOMENT_BYTES, "%" PRId64 " ms", ms);
}

void moment_utc(char out[MOMENT_BYTES], int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;

    if (!gmtime_r(&seconds, &tm) || strftime(out, MOMENT_BYTES, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        snprintf(out, MOMENT_BYTES, "%" PRId64 " ms", ms);
}

void moment_zone(void)
{
    time_t now = time(NULL);
    struct tm here;

    tzset();
    localtime_r(&now, &here);
    if (!getenv("TZ") && here.tm_gmtoff == 0)
        setenv("TZ", "WIB-7", 1);
    tzset();
}
