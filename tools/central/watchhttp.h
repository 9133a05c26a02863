/* watchhttp.h — /metrics and /healthz, on loopback alone. */
#ifndef JEMPUT_CENTRAL_WATCHHTTP_H
#define JEMPUT_CENTRAL_WATCHHTTP_H

#include "central.h"

struct watchhttp;

/* Serve on "127.0.0.1:8420". NULL: told why not. */
struct watchhttp *watchhttp_start(const char *host_port, const char *folder);
void watchhttp_stop(struct watchhttp *w); /* NULL is allowed */
/* Is it well? The same as /healthz; `why`: one reason. */
bool watch_healthy(struct office *office, char *why, size_t room);

#endif
