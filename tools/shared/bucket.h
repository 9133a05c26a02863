/* bucket.h — how often somebody may: so many requests a minute or bytes a day. */
#ifndef JEMPUT_SHARED_BUCKET_H
#define JEMPUT_SHARED_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#define MINUTE_MS INT64_C(60000)
#define DAY_MS INT64_C(86400000)

/* Before the first of these. false: there are no random numbers. */
bool buckets_begin(void);
/* May whoever this names (a device's key; an address, and the name it gives) have so many more now, of those that there are in `span_ms`? 0, or in so many seconds. */
unsigned bucket_take(const char *who, uint64_t count, uint64_t of, int64_t span_ms);
unsigned bucket_wait(const char *who, uint64_t count, uint64_t of, int64_t span_ms); /* the same, and nothing is taken */
void bucket_give(const char *who, uint64_t count, uint64_t of, int64_t span_ms); /* what was taken, and need not have been, back */

#endif
