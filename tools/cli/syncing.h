/* syncing.h — one sync with a progress line and Ctrl-C, as init and sync need it. */
#ifndef JEMPUT_CLI_SYNCING_H
#define JEMPUT_CLI_SYNCING_H

#include <jemput/jemput.h>

/* jemput_sync() with `hub` (NULL = remembered). Ctrl-C stops it at its next step, as JEMPUT_CANCELLED. */
enum jemput_status syncing_run(struct jemput *jemput, const char *hub, uint64_t deadline_ms, struct jemput_sync_report *report, struct jemput_error *err);

#endif
