/* api/ingest/ingest.h — a log from elsewhere on its way into the store: what the files of this folder share. */
#ifndef JEMPUT_API_INGEST_INGEST_H
#define JEMPUT_API_INGEST_INGEST_H

#include "api/engine.h"
#include "api/ingest/log.h"
#include "api/ingest/segment.h"

#define BATCH_SEGMENTS_MAX 64
/* A log whose heads a segment of central's names, which is read for another one, and so on: so many within each other. In a space whose centrals have
 * followed each other a newcomer meets as many of them; whoever forges a longer chain with central's key stops that log, and takes no more memory. */
#define INGEST_DEPTH_MAX 128

/* One segment, verified and decoded, ready to be merged. */
struct ready {
    struct engine_segment segment;
    struct jemput_txn *txns;
    uint32_t txn_count;
    struct jemput_record *records;
    uint32_t record_count;
    size_t work;      /* what merging it takes, in bytes of new rows */
    bool unread;      /* the key to it is not known here */
    bool has_genesis; /* the root administrator's log goes on from the genesis commit, which is not kept here yet */
    struct engine_segment genesis;
};

struct batch {
    struct ready ready[BATCH_SEGMENTS_MAX];
    uint32_t count;
    size_t work; /* of them together */
    uint64_t roster_ms; /* that the roster took, once they were merged: it grows with all records there are, and not with the batch */
    struct jemput_arena arena;
    enum ingest_verdict verdict; /* of what comes after the batch */
    struct jemput_oid failed;    /* if STOPPED or WAITS: where, and why in `why`; no text = an inner log's affair, already noted */
    struct jemput_error why;
    bool lacks;                  /* what comes before is not there */
};

/* --- ingest/segment.c --- */

/* As engine_segment_read(), of a commit's text and its payload as they are; both must live as long as the arena. */
enum jemput_status engine_segment_parse(struct jemput *j, struct jemput_bytes text, struct jemput_bytes payload, struct engine_segment *out,
                                        struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- ingest/read.c: outside the lock --- */

/* Read a segment, and check all that can be checked of it. *enrolled = false: nobody known here has let its writer in; `accepted`: that is no
 * matter. */
enum jemput_status ingest_read(struct jemput *j, struct jemput_source *source, const struct jemput_oid *oid, const struct jemput_hash *previous,
                               struct ready *r, bool accepted, bool *enrolled, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- ingest/merge.c: under the lock --- */

/* Merge the batch, or as many segments of it as there is time for; what the app has pending is sealed first, under the same lock, because what it
 * wrote had not seen what is merged now. On failure nothing is merged; *of_log says that a segment is at fault, and not this device's own work or
 * the world. */
enum jemput_status ingest_merge(struct jemput *j, struct engine_ingest *in, struct batch *b, uint32_t *merged, bool *of_log,
                                struct jemput_error *err) JEMPUT_MUST_USE;

#endif
