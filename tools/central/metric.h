/* metric.h — counters of this process, and all of it as text for Prometheus. No personal data: spaces by name, numbers. */
#ifndef JEMPUT_CENTRAL_METRIC_H
#define JEMPUT_CENTRAL_METRIC_H

#include "buffer.h"
#include "central.h"

/* Counted from any thread. `kind`: "later", "broken". Times in milliseconds. */
void metric_error(const char *space, const char *kind);
void metric_sync(const char *space, int64_t took_ms, bool good);
void metric_outbox(const char *space, uint64_t done, uint64_t refused);
void metric_batch(const char *space, const char *target, uint64_t rows, int64_t took_ms);
/* From the moment that the hub had it until central.db had it. */
void metric_visible(const char *space, int64_t ms);

/* Everything, in Prometheus' text format 0.0.4: counters from here, states from central.db. `office` is open for reading. */
void metric_write(struct buffer *out, struct office *office);
void metric_release(void);

#endif
