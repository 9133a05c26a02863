/* jemput/verify.h — is this store what its signed logs say? Checking, hashing, recomputing. */
#ifndef JEMPUT_VERIFY_H
#define JEMPUT_VERIFY_H

#include <jemput/sync.h>

enum jemput_audit_part {       /* what is looked at */
    JEMPUT_AUDIT_FILE = 1,     /* the store's file, its capture triggers, and that what it keeps agrees with itself. Of a hub: its branches */
    JEMPUT_AUDIT_LOGS = 2,     /* each segment: signature, writer, hashes, predecessor, what it had seen; the genesis segment */
    JEMPUT_AUDIT_ROSTER = 3,   /* who is enrolled, and what this device holds itself to */
    JEMPUT_AUDIT_KEYS = 4,     /* the keys to sealed data that were handed to this device */
    JEMPUT_AUDIT_STATE = 5,    /* rows, conflicts, held rows, refused transactions, and the state hash, against what the segments give */
    JEMPUT_AUDIT_CENTRAL = 6   /* the state that central signed last, against what the segments give there */
};
struct jemput_finding { /* something that does not hold; borrowed for the call */
    enum jemput_audit_part part;
    const char *what; /* one sentence that names the place; English, for who is to mend it; no personal data */
    const char *what_id, *what_en; /* the same for people, by its part: what happened */
    const char *safe_id, *safe_en; /* is the data safe? */
    const char *todo_id, *todo_en; /* what to do */
};
typedef int (*jemput_finding_cb)(void *ctx, const struct jemput_finding *finding); /* non-zero: no more are told; they are counted all the same */

struct jemput_audit_options {
    int deep; /* 1 = JEMPUT_AUDIT_CENTRAL, too: takes as long again. Not of a hub */
    jemput_finding_cb each; /* may be NULL */
    int (*progress)(void *ctx, const struct jemput_progress *progress); /* JEMPUT_PHASE_REPLAY; may be NULL; non-zero cancels. Not of a hub */
    void *ctx;
};
struct jemput_audit { /* what was looked at, and what came of it */
    uint64_t findings;             /* 0 = all of it holds */
    char space[65];                /* hex */
    uint64_t logs, logs_forked;    /* writers; of those, with more than one branch */
    uint64_t logs_strange;         /* of a hub: of nobody who is enrolled: they ask to be let in, or do not count */
    uint64_t segments, control;    /* checked; of those, of members, schema and receipts */
    uint64_t unread;               /* sealed, with no key to them here: their transactions could not be judged */
    uint64_t cut_off;              /* not here any more: the checkpoint that stands for them was checked in their place */
    uint64_t txns, refused, voided;/* transactions read; of those, that count nowhere by the policy; because their device was revoked. Of a hub:
                                    * voided alone, in segments */
    uint64_t seen_missing;         /* of a hub: segments that others had seen, by what they signed, and that are not there. It may be behind */
    uint64_t records, records_idle, records_waiting; /* of the roster; without effect; that wait for signatures */
    uint32_t devices, devices_suspended, devices_revoked; /* enrolled: also those that are suspended, revoked or rotated */
    uint32_t roster_version, schema_version;
    uint32_t epochs, epochs_readable; /* of keys to sealed data; of which this device has a key */
    uint64_t rows, conflicts, held;
    char state_hash[65];           /* of what the store holds; "" = not looked at */
    char logs_hash[65];            /* of what its segments give; "" = could not be computed, or not looked at */
    int central;                   /* 1 = central's state is what the segments give; 2 = it is another; 0 = it could not be compared: */
    const char *central_why;       /* why not; English, static; NULL = it was */
    uint64_t central_number;       /* central's segment that says it */
};
/* Check everything: the file, the capture triggers, each signature and chain, the genesis segment, roster and keys, each decision of the policy, and
 * that replaying all logs, from the checkpoint where there is one, in a store for the moment gives exactly the rows and the state hash. What is
 * pending is sealed first. May take long; others may go on writing but for the last part, in which what they wrote meanwhile is looked at, and tables
 * are compared: a second or so for 100,000 rows. jemput_cancel() stops it, at the next segment.
 *   options   NULL = none    out   filled on JEMPUT_OK
 *   JEMPUT_CANCELLED   stopped: of what it would have found nothing is known
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM: it could not be finished. What is wrong in the store is a finding, not an error. */
JEMPUT_API enum jemput_status jemput_audit(struct jemput *jemput, const struct jemput_audit_options *options, struct jemput_audit *out,
                                           struct jemput_error *err) JEMPUT_CHECKED;
/* The same of a hub's folder, or of a bundle's file, with neither store nor keys: each branch, each segment's signature, hashes, predecessor and
 * place, what it had seen, and the roster by the control records; at a hub its branches of attachments, too. What is sealed cannot be judged:
 * out->unread. Nothing is written.
 *   JEMPUT_NOTFOUND no folder   JEMPUT_CORRUPT no git repository   JEMPUT_LIMIT too large   JEMPUT_OFFLINE it went away   JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_audit_hub(const char *path, struct jemput_env *env, const struct jemput_audit_options *options,
                                               struct jemput_audit *out, struct jemput_error *err) JEMPUT_CHECKED;
/* Text of an allowed_signers file, as jemput_signers() gives it, from a hub's folder alone: the keys that its control records enrol, from the genesis
 * segment on. Who wants to trust it compares the space with what an administrator says. *out owned by the caller: jemput_text_free().
 *   JEMPUT_CORRUPT also: there is no genesis segment that says who is enrolled    else as jemput_audit_hub() */
JEMPUT_API enum jemput_status jemput_hub_signers(const char *path, struct jemput_env *env, char **out, size_t *out_len,
                                                 struct jemput_error *err) JEMPUT_CHECKED;
/* The words of a part for people, as findings carry them. part and what are the caller's. JEMPUT_MISUSE: no part. */
JEMPUT_API enum jemput_status jemput_finding_words(struct jemput_finding *finding, struct jemput_error *err) JEMPUT_CHECKED;

/* jemput_audit() in short.
 *   each      called for each finding with its sentence; may be NULL       problems   how many were found    Errors as jemput_audit() */
typedef void (*jemput_problem_cb)(void *ctx, const char *what);
JEMPUT_API enum jemput_status jemput_verify(struct jemput *jemput, jemput_problem_cb each, void *ctx, uint64_t *problems,
                                            struct jemput_error *err) JEMPUT_CHECKED;

/* One hash over all that was merged here, as 64 hexadecimal digits: what the replicated tables show, conflicts with all their values, held rows.
 * Devices that have merged the same have the same one (schema/formats/state-hash.md). Seals what is pending first, as jemput_seal() does; on the
 * app's connection `SELECT jemput_state_hash()` gives the same without sealing, and refuses while something is not sealed. Reads all rows. Of a
 * device that could not read all that it knows (segments_unread in jemput_info) it is of the rest, and not to be compared with others'.
 *   JEMPUT_BUSY the app commits again and again   JEMPUT_CORRUPT the store is damaged: jemput_verify()   JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_state_hash(struct jemput *jemput, char hex[65], struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_state_difference { /* this store and central have merged the same, and do not show the same */
    char writer[33], commit[41]; /* hex: central's signed segment that says so */
    uint64_t number;
    char theirs[65], ours[65]; /* hex: state hashes, central's and this store's */
    int64_t seen_ms;           /* by this device's clock */
};
/* What the last comparison found, as jemput_sync() makes it: central signs its state, and who has merged just that compares. jemput_verify() tells
 * whether this store is what its logs say; if it is, central is not. It goes by itself once a comparison finds both the same.
 *   found   1 = there is one, and `out` was filled     JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_state_difference(struct jemput *jemput, struct jemput_state_difference *out, int *found,
                                                      struct jemput_error *err) JEMPUT_CHECKED;
/* The same of a checkpoint: central signed another state with it than the segments that it covers give here. jemput_checkpoint_cut() found it, and
 * cut nothing off; it goes by itself once one proves right. */
JEMPUT_API enum jemput_status jemput_checkpoint_difference(struct jemput *jemput, struct jemput_state_difference *out, int *found,
                                                           struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_receipt_fall { /* central has signed that it has less of this device's log than it had signed before */
    char writer[33];           /* hex: central's, of the segment that says less */
    char commit_before[41], commit_now[41]; /* hex: the two signed segments: both are kept, and anyone can check them */
    uint64_t number_before, number_now;     /* of the newest own segment that each covers */
    int64_t seen_ms;           /* by this device's clock */
    int settled;               /* 1 = it has that much again, or the device goes on as another writer */
};
/* The last time that this happened: central was restored from an older copy, or does not keep its word. What it does not cover any more waits for
 * its receipt again, and is sent again.   *found: 1 = it did, and `out` was filled     JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_receipt_fall(struct jemput *jemput, struct jemput_receipt_fall *out, int *found,
                                                  struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_rebuild_options {
    int (*progress)(void *ctx, const struct jemput_progress *progress); /* may be NULL; non-zero cancels */
    jemput_problem_cb each; /* what differed, in one sentence a table and kind, as jemput_verify() says it; may be NULL */
    void *ctx;
};

struct jemput_rebuild_report {
    uint64_t segments;               /* that were checked and merged again */
    uint64_t differences;            /* sentences told to `each`; 0 = everything was as it should be */
    uint64_t rows_put, rows_removed; /* of the replicated tables; one with wrong values is both */
    char state_hash[65];             /* afterwards */
};

/* Recompute everything that was merged from the signed segments, and put that in the place of what the tables and the merge state hold: the
 * answer to a damaged store. In one transaction: cancelled, cut off or failed at whatever point, nothing has changed, but that pending work may be
 * sealed, and that in a store which is just beginning from a checkpoint some of its rows may be there. Logs, pending work (sealed then), this
 * device's keys, and tables that are not replicated stay as they are; of the app's triggers those run that merging runs.
 * jemput_cancel() stops it. Other threads may use the app's connection meanwhile; their writes wait while what differs is put in place. Where they
 * save something in a store in which nothing was due to be computed anew, or again and again, they wait while all is compared, too: about a second
 * for 100,000 rows. Needs room for the tables and the merge state once more: 16 MiB in memory, the rest in SQLite's
 * temporary folder (SQLITE_TMPDIR, TMPDIR), and where rows differ, what they take in the store's file.
 *   options   NULL = none       report   filled on JEMPUT_OK
 *   JEMPUT_CORRUPT JEMPUT_DENIED JEMPUT_NOTFOUND JEMPUT_UPGRADE JEMPUT_LIMIT a segment is damaged or missing, so that the logs do not give the
 *   whole state:
 *   nothing was changed   JEMPUT_CANCELLED JEMPUT_BUSY JEMPUT_FULL JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_rebuild(struct jemput *jemput, const struct jemput_rebuild_options *options,
                                             struct jemput_rebuild_report *report, struct jemput_error *err) JEMPUT_CHECKED;
#endif
