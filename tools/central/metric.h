/* metric.h — counters of this process, and all of it as text for Prometheus. No personal data: spaces by name, numbers. */
#ifndef JEMPUT_CENTRAL_METRIC_H
#define JEMPUT_CENTRAL_METRIC_H

#include "buffer.h"
#include "central.h"

/* Counted from any thread. `kind`: "later", "broken". Times in milliseconds. */
void metric_error(const char *space, const char *kind);
void metric_sync(const char *space, int64_t took_ms, bool good);
void metric_outbox(const char *space, uint64_t done, uint64_t refused);
/* How many lines the round has left, and whether it failed. The longest time for which it has failed without a break, of all spaces; 0 = of none. */
void metric_outbox_waits(const char *space, uint64_t lines, bool stands);
int64_t metric_outbox_stands_ms(void);
void metric_batch(const char *space, const char *target, uint64_t rows, int64_t took_ms);
/* From the moment that the hub had it until central.db had it. */
void metric_visible(const char *space, int64_t ms);

/* Everything, in Prometheus' text format 0.0.4: counters from here, states from central.db. `office` is open for reading. */
void metric_write(struct buffer *out, struct office *office);
void metric_release(void);

#endif
