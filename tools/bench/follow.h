/* follow.h — a merge that somebody follows by the change feed, and what reading the feed takes beside plain SELECTs of the same rows. */
#ifndef JEMPUT_BENCH_FOLLOW_H
#define JEMPUT_BENCH_FOLLOW_H

#include "day.h"
#include "phase.h"

/* Central's store of that name takes in the hub; its time is given back, what reading takes goes to the probe. */
struct day_time follow_merge(const struct bench *b, const char *store, const char *hub, struct probe *probe);

#endif
