/* watching.h — `jemput sync --watch`: syncs by itself, as jemput/watch.h says when. */
#ifndef JEMPUT_CLI_WATCHING_H
#define JEMPUT_CLI_WATCHING_H

#include <jemput/jemput.h>

#include "syncing.h"

/* Until SIGINT or SIGTERM, which end it cleanly. The exit code. */
int watching_run(struct jemput *jemput, const struct syncing *asked, const struct jemput_sync_options *options);

#endif
