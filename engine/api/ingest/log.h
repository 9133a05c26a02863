/* api/ingest/log.h — a log from elsewhere: read, verified and merged, a batch at a time. */
#ifndef JEMPUT_API_INGEST_LOG_H
#define JEMPUT_API_INGEST_LOG_H

#include "api/ingest/walk.h"

enum ingest_verdict {
    INGEST_READ,   /* all up to the tip is merged */
    INGEST_MORE,   /* call again */
    INGEST_WAITS,  /* the writer is not enrolled */
    INGEST_STOPPED /* a segment failed a check, and was noted */
};

struct engine_log { /* zeroed but for ref and tip = not begun */
    char ref[LOG_REF_BYTES]; /* what it is called in reports */
    struct jemput_oid tip;
    bool walked;
    bool accepted; /* central has accepted it: registered even if nobody known here has let its writer in; then it is void */
    struct engine_walk walk;
    size_t place; /* commits of the walk that are done */
    struct jemput_hash previous;
};
void engine_log_release(struct engine_log *log);

struct engine_ingest {
    struct jemput_source *source;
    const struct jemput_oid *handing; /* tips of logs in which a key to a checkpoint may be (checkpoint.h) */
    uint32_t handing_count;
    const struct jemput_oid *before; /* where the generation before the log's ends, as the hub shows it; NULL = it shows none */
    struct jemput_sync_report *report;
    bool roster_moved; /* set when control records were added */
    enum jemput_status (*may_go_on)(void *ctx, struct jemput_error *err); /* asked between batches; another status ends the work with it */
    void *ctx;
    uint64_t segments_found, segments_done; /* grow by what the walks found, and by what was merged or given up */
    unsigned depth;          /* logs that are being read because another one's segment names their heads */
    bool passing;            /* it is a bundle, and no hub: what it lacks is no fault of a log, and is not noted there */
    bool lacks;              /* out: a log stops or waits because what comes before it is not here, */
    struct jemput_error why; /* or for this; status JEMPUT_OK = it does not */
};
/* Read, verify and merge the next batch of a log, holding the write lock for a bounded time. Errors are the world's; a bad log is a verdict. */
enum jemput_status engine_ingest(struct jemput *j, struct engine_ingest *in, struct engine_log *log, enum ingest_verdict *verdict,
                                 struct jemput_error *err) JEMPUT_MUST_USE;

#endif
