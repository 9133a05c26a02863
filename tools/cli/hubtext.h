/* hubtext.h — why a hub behind an address could not be synced with. */
#ifndef JEMPUT_CLI_HUBTEXT_H
#define JEMPUT_CLI_HUBTEXT_H

#include <jemput/error.h>

/* Says it, and gives the exit code; -1 = the hub is not why, and nothing was said. */
int hub_failed(const char *hub, const struct jemput_error *err);

#endif
