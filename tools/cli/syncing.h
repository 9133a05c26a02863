/* syncing.h — one sync with a progress line and Ctrl-C, as init and sync need it; and these two for other calls that take long. */
#ifndef JEMPUT_CLI_SYNCING_H
#define JEMPUT_CLI_SYNCING_H

#include <signal.h>
#include <stdbool.h>

#include <jemput/jemput.h>

struct syncing { /* what was asked for; borrowed */
    const char *store;
    const char *hub; /* folder, from the root */
    bool hub_given;  /* by the user now; else remembered */
};

/* jemput_sync() with these options, progress apart. Ctrl-C stops it at its next step, as JEMPUT_CANCELLED. A hub that asks to be left alone for a short
 * while is left alone, half a minute in all, and asked again; that is said. */
enum jemput_status syncing_run(struct jemput *jemput, const struct jemput_sync_options *asked, struct jemput_sync_report *report,
                               struct jemput_error *err);
/* Between these Ctrl-C makes syncing_progress() ask the engine to stop; it also shows the progress line. */
void syncing_begin(struct sigaction *before);
void syncing_end(const struct sigaction *before);
int syncing_progress(void *ctx, const struct jemput_progress *progress);
/* Report why it failed, in an officer's words where an officer can meet the cause. The exit code. */
int syncing_failed(const struct syncing *asked, const struct jemput_sync_report *report, const struct jemput_error *err);

#endif
