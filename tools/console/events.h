/* events.h — server-sent events: what moved in central.db, told to whoever looks at the page (api.md, "Events"). */
#ifndef JEMPUT_CONSOLE_EVENTS_H
#define JEMPUT_CONSOLE_EVENTS_H

#include "route.h"

int events_start(const struct console *c, struct trouble *why);
void events_stop(void); /* streams end; before the web server is stopped */
/* Tell everybody who has the page open, now: an audit of a space has ended. Numbers, no names: a page asks for what it may know. */
void events_audit(int64_t job, int64_t space);

#endif
