/* events.h — server-sent events: what moved in central.db, told to whoever looks at the page (api.md, "Events"). */
#ifndef JEMPUT_CONSOLE_EVENTS_H
#define JEMPUT_CONSOLE_EVENTS_H

#include "route.h"

struct MHD_Connection;
struct MHD_Response;

int events_start(const struct console *c, struct trouble *why);
void events_stop(void); /* streams end; before the web server is stopped */
/* The answer of a stream: it takes over the session. NULL: no memory, or too many: *of_one: of this session or account. */
struct MHD_Response *events_answer(struct MHD_Connection *c, struct session *session, bool *of_one);
/* Tell everybody of an account's space, now: an audit has ended. */
void events_audit(int64_t job, int64_t space);

#endif
