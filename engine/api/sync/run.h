/* api/sync/run.h — one run of jemput_sync: what it holds, and its steps, each in a file of its own. */
#ifndef JEMPUT_API_SYNC_RUN_H
#define JEMPUT_API_SYNC_RUN_H

#include "api/engine.h"
#include "api/ingest/log.h"
#include "api/space/admit.h"
#include "api/sync/http.h"
#include "api/sync/token.h"
#include "sync/sync.h"

struct run_fate { /* what came of a bundle's log */
    uint64_t fresh;  /* segments that were merged */
    bool lacks;      /* what it goes on from is not here */
    enum jemput_status status; /* why it stopped, or waits; JEMPUT_OK = it did not */
    char why[240];
};

struct hub_log {
    struct run_fate *fate; /* of a bundle's; NULL = it was not read in this run */
    struct engine_log log;
    struct jemput_writer writer;
    uint32_t generation;
    struct engine_asking asking; /* `found` = to be admitted in this run */
    bool told;  /* among the report's logs_stopped */
    bool handing; /* it waits, and may hand this device the key to a checkpoint */
    bool brought; /* what it holds has been asked for, */
    bool part;    /* and only its beginning came: its writer was not let in */
    bool looked;  /* and that was looked at before */
    bool resumes; /* it says that a device which was let in goes on as its writer */
    bool asked; /* its request was answered in this run: whatever came of it, it is not asked again */
};

#define RUN_PREFIXES_MAX 32
#define RUN_PREFIX_BYTES 32 /* "refs/heads/log/", 8 hexadecimal digits of a writer, NUL */

struct run_oids { /* owned by whoever holds it */
    struct jemput_oid *of;
    unsigned count, cap;
};

struct run {
    struct jemput *j;
    struct jemput *of;              /* a trial's: the handle whose credentials and environment are used; NULL = j */
    struct jemput_hub *hub;
    struct engine_signer signer;    /* for hubs that ask for a token */
    struct engine_lent lent;        /* the client that the options bring */
    const struct jemput_sync_options *options;
    struct jemput_sync_report *report;
    uint64_t start_ms;
    struct jemput_sync sync;
    struct jemput_sync_world world;
    struct hub_log *logs;           /* world.log_count of them, beside world.logs */
    struct jemput_sync_log *states; /* what world.logs points to */
    uint32_t cap;
    struct jemput_arena arena;      /* enrols, formers */
    struct jemput_writer writer;    /* as which the hub was listed */
    uint32_t former_count;
    struct jemput_writer *formers;  /* the writers that this device was */
    uint32_t generation;            /* of the own log, and the number of its first segment */
    uint64_t generation_first;
    struct jemput_oid hub_tip;      /* of the own log on the hub */
    bool hub_has_own;
    struct run_oids accepted;       /* heads of other logs that went out with this store's, in this run */
    struct run_oids carried;        /* where it has put branches of other logs, in this run */
    bool goes_beyond;               /* the hub shows the own log in a later generation than that, too, */
    struct jemput_oid beyond;       /* with this tip */
    struct jemput_error send_error; /* why the own log could not be sent; status OK = it could */
    const struct engine_ingest *ingest; /* under way; NULL = none */
    bool remembered; /* it is the hub that this device synced with last */
    uint64_t listed_number; /* newest own segment that the hub had when it was listed */
    bool trial;     /* nothing goes to the hub */
    bool bundle;    /* there is no hub: what is read is a bundle */
    bool brought;   /* what branches hold has been asked for */
    uint64_t roster_seen; /* j->roster_loads when it was looked which logs are an authority's; 0 = not since they were listed */
    bool keys_done; /* nothing was fetched since it was looked which keys are due */
    bool erase_done; /* it was tried in this run */
    bool late_done; /* nothing was fetched since late writes were carried after */
    uint64_t segments_sealed, segments_found, segments_done; /* found and done: of other logs */
    bool whole; /* this hub is to be asked for all of its branches */
    bool named, named_news; /* it was asked for what is new on branches by their names, and there was something */
    unsigned prefix_count; /* the hub was asked for branches below these only; 0 = for all */
    char prefixes[RUN_PREFIXES_MAX][RUN_PREFIX_BYTES];
};

struct run_carried { /* a log that this store sends besides its own */
    struct jemput_writer writer;
    char ref[LOG_REF_BYTES];
    int64_t end; /* of its segments those up to this one, by local number; 0 = all */
    bool others; /* it is a root key's, or central's: its segments are not this store's own */
    bool needless; /* what was cut off here cannot be sent, and need not be: no error */
    bool cut_off;  /* so it was */
    bool hub_has;
    struct jemput_oid hub_tip;
    uint64_t sent, last; /* segment numbers: that the hub has, that are here */
    uint32_t generation; /* of the last one; of a log of which no hub needs anything: 0 */
};

#define RUN_HUB_BYTES_MAX sizeof(((struct jemput_info *)0)->hub)

/* --- loop.c --- */

/* The hub that was given, or the one remembered (NULL), with a NUL. JEMPUT_MISUSE: there is none. */
enum jemput_status run_hub_name(struct jemput *j, const char *given, struct jemput_buf *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* What it means that a hub could not be opened. */
enum jemput_status run_hub_status(enum jemput_status st, const struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;
/* --- sync/hub_open.c --- */

/* A folder, or an address: see jemput_sync_options. */
enum jemput_status run_hub_open(struct run *r, const char *hub, struct jemput_error *err) JEMPUT_MUST_USE;
/* Remember what was given to be let in there. Inside a transaction. */
enum jemput_status run_credentials_put(struct run *r, const char *hub, struct jemput_error *err) JEMPUT_MUST_USE;
/* Forget what has come and belongs to nothing. Outside a transaction. */
enum jemput_status run_incoming_clear(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- bring.c: what is read of a hub behind an address comes in one exchange. Of a folder these do nothing, or ask it --- */

/* Everything behind the branches that are to be read, this one among them. What the hub cannot give of a log, or nobody takes, stops that log. */
enum jemput_status run_bring(struct run *r, uint32_t log, struct jemput_error *err) JEMPUT_MUST_USE;
/* Has nobody let its writer in, as far as is known here? */
bool run_is_stranger(const struct run *r, uint32_t log);
bool run_branch_reaches(const struct run *r); /* may the own branch on the hub lead to other logs? */
/* Does the hub have that commit of a log? */
enum jemput_status run_hub_has(struct run *r, const struct jemput_oid *oid, bool *has, struct jemput_error *err) JEMPUT_MUST_USE;
/* At the end of a run: forget what has come, if all of it was read. */
enum jemput_status run_bring_end(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- loop.c, again --- */

/* All steps, until there is none. The hub is open. */
enum jemput_status run_loop(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;
void run_release(struct run *r); /* and closes the hub */
/* JEMPUT_CANCELLED: it was cancelled, or its time has passed. */
enum jemput_status run_is_over(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;
int run_is_stopped(void *run); /* the same, for those who wait: for the network, or for others who write */
/* Tell the progress, and ask whether the run may take another step: JEMPUT_CANCELLED. */
enum jemput_status run_may_go_on(struct run *r, enum jemput_step_kind kind, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- each a file of its own --- */

/* --- narrow.c: which of the hub's branches a sync asks for --- */

/* Asks for them, into `each`. */
enum jemput_status run_list_ask(struct run *r, jemput_ref_fn each, struct jemput_error *err) JEMPUT_MUST_USE;
/* Has the roster come to know an authority since whose branch was not asked for? */
bool run_list_outgrown(const struct run *r);
/* Inside a transaction, at the run's end. */
enum jemput_status run_list_note(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- named.c: what is new on some branches, where something is likely to be --- */

/* As run_list_ask(), and what is new comes with it. JEMPUT_NOTFOUND: they are to be listed. */
enum jemput_status run_named_ask(struct run *r, jemput_ref_fn each, struct jemput_error *err);
/* Inside a transaction, at the run's end. */
enum jemput_status run_named_note(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;

bool run_was(const struct run *r, const struct jemput_writer *writer); /* list.c: is this device that writer, or was it? */
enum jemput_status run_list(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;                     /* list.c */
/* How much of the own log the hub has: its tip is a commit of ours, or somebody else wrote there under our name. */
enum jemput_status run_list_own(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;
/* Forget complaints about logs that this device does not read any more, or has whole, and about segments that have come some other way since. Inside
 * a transaction; the hub's logs are listed. */
enum jemput_status run_complaints_end(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status run_send(struct run *r, uint32_t bytes_max, struct jemput_error *err) JEMPUT_MUST_USE; /* send.c */
enum jemput_status run_send_carried(struct run *r, struct run_carried *carried, struct jemput_error *err) JEMPUT_MUST_USE;
/* Where the own log, finished, of a writer that this device was goes on this hub: c's writer is set, all else is filled in. Nothing is to be sent if
 * c->sent is c->last then. */
enum jemput_status run_branch(struct run *r, struct run_carried *c, const struct jemput_segment *last, struct jemput_error *err) JEMPUT_MUST_USE;
/* The ref of the generation that ends with `last`: c's writer is set, ref and generation are filled in. *needed = false: a checkpoint covers all of
 * it, and stands for it here. branch.c */
enum jemput_status run_log_ref(struct run *r, struct run_carried *c, const struct jemput_segment *last, bool *needed,
                               struct jemput_error *err) JEMPUT_MUST_USE;
/* The hub has nothing of that generation: c->sent is the number before the first segment that it needs. */
enum jemput_status run_log_rest(struct run *r, const struct jemput_segment *last, struct run_carried *c, struct jemput_error *err) JEMPUT_MUST_USE;
/* Does the hub list a ref, and where does it stand? */
bool run_listed(const struct run *r, const char *ref, struct jemput_oid *tip);
/* The hub has been listed: send what it lacks of carried logs. */
enum jemput_status run_carry(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE; /* carry.c */
/* All is fetched: does the hub lack what was seen of the logs that all follow? Then it gets that. refill.c */
enum jemput_status run_refill(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;
/* Of a log that is in this generation: of earlier ones, too, the hub gets back what no checkpoint covers. *behind grows by those that it lacked.
 *   others   segments that this store has not sealed as its own, too */
enum jemput_status run_generations(struct run *r, const struct jemput_writer *writer, uint32_t generation, bool others, uint64_t *behind,
                                   struct jemput_error *err) JEMPUT_MUST_USE;
/* What the hub had, and whether it was less than before. Inside a transaction, at the run's end. */
enum jemput_status run_hub_note(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;
/* The own segment of this number on the chain that the own log goes on (send.c). JEMPUT_NOTFOUND. */
enum jemput_status run_own_segment(struct run *r, uint64_t number, struct jemput_segment *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Does the writer's log go on from the genesis commit? */
enum jemput_status run_log_genesis(struct jemput *j, const struct jemput_writer *writer, bool *goes_on, struct jemput_oid *genesis,
                                   struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status run_fetch(struct run *r, uint32_t log, struct jemput_error *err) JEMPUT_MUST_USE;      /* fetch.c */
/* It cannot be read further in this run, for what *err says, which is kept beside it for the administrator. */
enum jemput_status run_log_stop(struct run *r, uint32_t log, struct jemput_error *err) JEMPUT_MUST_USE;
/* After all else: hand on what came for others in bundles. parcel.c */
enum jemput_status run_relay(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;
/* Note where central's log ends on this hub, as far as it was read. Inside a transaction, at the run's end. */
enum jemput_status run_shown_note(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;
/* The state computed anew, because verdicts have changed (rebuild.c). */
enum jemput_status run_rebuild(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status run_admit(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;
/* Seal one control segment, whatever is pending before it. */
enum jemput_status run_control(struct run *r, const struct jemput_record *records, uint32_t count, struct jemput_error *err) JEMPUT_MUST_USE;
/* The same without records, but with the state's hash, which is made before the lock is taken. */
enum jemput_status run_receipt(struct run *r, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
