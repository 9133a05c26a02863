/* http.h — HTTP for the console. */
#ifndef JEMPUT_CONSOLE_HTTP_H
#define JEMPUT_CONSOLE_HTTP_H

#include "console.h"

struct MHD_Daemon;
/* Listen and serve. NULL, told on stderr. */
struct MHD_Daemon *http_start(const struct console *c);
/* Nobody new comes in; what was answered is still sent, if it goes fast. After jobs_stop() and events_stop(). */
void http_stop(struct MHD_Daemon *daemon);

#endif
