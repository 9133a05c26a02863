/* watching.h — `jemput sync --watch`: syncs by itself, as jemput/watch.h says when. */
#ifndef JEMPUT_CLI_WATCHING_H
#define JEMPUT_CLI_WATCHING_H

#include <jemput/jemput.h>

#include "room.h"

/* Until SIGINT or SIGTERM, which end it cleanly. `room`: with whichever hub is in the room at the time; NULL = with the one that was asked for. The exit
 * code. */
int watching_run(struct jemput *jemput, const struct syncing *asked, struct room *room, const struct jemput_sync_options *options);

#endif
