/* room.h — a sync with the hub of the room: each that says it is of this space is tried, until one proves it and the sync is through. */
#ifndef JEMPUT_CLI_ROOM_H
#define JEMPUT_CLI_ROOM_H

#include <jemput/jemput.h>

#include "lan.h"
#include "syncing.h"

struct room { /* zeroed = not looked around yet */
    struct lan_hubs hubs;
    bool avahi;         /* there is one to ask */
    char hub[sizeof((struct lan_hub *)0)->url]; /* tried last; what was said of it is not said again */
};

/* jemput_sync(), or something that does it. */
typedef enum jemput_status (*room_sync_fn)(struct jemput *jemput, const struct jemput_sync_options *options, struct jemput_sync_report *report,
                                           struct jemput_error *err);
/* JEMPUT_OFFLINE, too: there is no such hub here now. `asked`: but for the hub. */
enum jemput_status room_sync(struct room *room, struct jemput *jemput, const struct jemput_sync_options *asked, room_sync_fn sync,
                             struct jemput_sync_report *report, struct jemput_error *err);
/* As syncing_failed(), of that. */
int room_failed(const struct room *room, const struct syncing *asked, const struct jemput_sync_report *report, const struct jemput_error *err);

#endif
