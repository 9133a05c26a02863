/* syncing.c — running jemput_sync() for a person who watches. */
#include "syncing.h"

#include <signal.h>

#include "terminal.h"
#include "text.h"

static volatile sig_atomic_t interrupted;

static void syncing_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static int syncing_progress(void *ctx, const struct jemput_progress *progress)
{
    const char *label = "";

    (void)ctx;
    switch (progress->phase) {
    case JEMPUT_PHASE_SEAL:
        label = T("segel", "seal");
        break;
    case JEMPUT_PHASE_SEND:
        label = T("kirim", "send");
        break;
    case JEMPUT_PHASE_FETCH:
        label = T("ambil", "fetch");
        break;
    case JEMPUT_PHASE_MERGE:
        label = T("gabung", "merge");
        break;
    case JEMPUT_PHASE_RECEIPT:
        label = T("tanda terima", "receipts");
        break;
    }
    progress_show(label, progress->done, progress->total);
    return interrupted;
}

enum jemput_status syncing_run(struct jemput *jemput, const char *hub, uint64_t deadline_ms, struct jemput_sync_report *report, struct jemput_error *err)
{
    struct jemput_sync_options options = { .hub = hub, .deadline_ms = deadline_ms, .progress = syncing_progress };
    struct sigaction action = { .sa_handler = syncing_interrupt }, before;
    enum jemput_status st;

    interrupted = 0;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &before);
    *report = (struct jemput_sync_report){ 0 };
    st = jemput_sync(jemput, &options, report, err);
    sigaction(SIGINT, &before, NULL);
    progress_end();
    return st;
}
