/* api/run.h — one run of jemput_sync: what it holds, and its steps, each in a file of its own. */
#ifndef JEMPUT_API_RUN_H
#define JEMPUT_API_RUN_H

#include "api/engine.h"
#include "sync/sync.h"

struct hub_log {
    struct engine_log log;
    struct jemput_writer writer;
    bool join_found, refused;
    bool asked; /* its request was answered in this run: whatever came of it, it is not asked again */
    struct jemput_enrol enrol;
};

struct run {
    struct jemput *j;
    struct jemput_hub *hub;
    const struct jemput_sync_options *options;
    struct jemput_sync_report *report;
    uint64_t start_ms;
    struct jemput_sync sync;
    struct jemput_sync_world world;
    struct hub_log *logs;           /* world.log_count of them, beside world.logs */
    struct jemput_sync_log *states; /* what world.logs points to */
    uint32_t cap;
    struct jemput_arena arena;      /* enrols */
    struct jemput_oid hub_tip;      /* of the own log on the hub */
    bool hub_has_own;
    struct jemput_error send_error; /* why the own log could not be sent; status OK = it could */
    const struct engine_ingest *ingest; /* under way; NULL = none */
    bool late_done; /* nothing was fetched since late writes were carried after */
    uint64_t segments_sealed, segments_found, segments_done; /* found and done: of other logs */
};

#define RUN_HUB_BYTES_MAX sizeof(((struct jemput_info *)0)->hub)

/* --- loop.c --- */

/* The hub that was given, or the one remembered (NULL), with a NUL. JEMPUT_MISUSE: there is none. */
enum jemput_status run_hub_name(struct jemput *j, const char *given, struct jemput_buf *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* What it means that a hub could not be opened. */
enum jemput_status run_hub_status(enum jemput_status st, const struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;
/* All steps, until there is none. The hub is open. */
enum jemput_status run_loop(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;
void run_release(struct run *r); /* and closes the hub */
/* Tell the progress, and ask whether the run may take another step: JEMPUT_CANCELLED. */
enum jemput_status run_may_go_on(struct run *r, enum jemput_step_kind kind, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- each a file of its own --- */

enum jemput_status run_list(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;                     /* list.c */
/* How much of the own log the hub has: its tip is a commit of ours, or somebody else wrote there under our name. */
enum jemput_status run_list_own(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;
/* Forget complaints about logs that this device does not read any more, or has whole. Inside a transaction; the hub's logs are listed. */
enum jemput_status run_complaints_end(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status run_send(struct run *r, uint32_t bytes_max, struct jemput_error *err) JEMPUT_MUST_USE; /* send.c */
enum jemput_status run_fetch(struct run *r, uint32_t log, struct jemput_error *err) JEMPUT_MUST_USE;      /* fetch.c */
enum jemput_status run_admit(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;
/* Seal one control segment, whatever is pending before it. */
enum jemput_status run_control(struct run *r, const struct jemput_record *records, uint32_t count, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
