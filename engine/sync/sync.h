/* sync/sync.h — the order of a sync: given what is known of the own log and the hub, which step comes next. Pure: owns no file, socket or clock.
 *
 * The caller (api/) carries a step out, notes what came of it in the world below, and asks again, until JEMPUT_STEP_DONE. The order:
 *   list, seal, send    nothing is signed before it was looked whether another copy of this device has used the numbers; then the officer's own
 *                       work gets out before anything comes in, in prefixes that grow while the link is good
 *   fetch               logs of administrators and of central first, since the roster that lets the others in stands there
 *   admit               an administrator or central lets in the devices whose join requests were found, then their logs are fetched
 *   keys                who is let in gets the keys that it lacks, who is not let in hands out its own; what waited for a key is read
 *   rebuild             where what counts has changed by what was fetched, the state follows
 *   erase               what a backed-up checkpoint lets go is erased, where rows were forgotten
 *   late                what was written to rows that have gone on in others is carried after (by central; without one, by an administrator)
 *   receipt, send       central seals what it has merged, and sends that
 *   refill              what the hub lacks of logs that all follow, though this device has seen it
 * A device that knows a central and is neither that nor an administrator fetches central's and the administrators' logs only: central's branch
 * reaches all that it accepted.
 *
 * Exchanges with a hub behind an address, and bytes both ways with HTTP's heads (tests/http/table.py: 10 branches or 10,000, plain HTTP, no token):
 *   nothing new        1    0.8 kB   where the branches end: ls-refs, for the few that are read (api/sync/narrow.c)
 *   a batch up         2    1.5 kB and the pack: the list, the push. The push alone would do, at the tip that is remembered, but the numbers that it
 *                           takes have to be free before they are signed: a tablet put back to an older copy would fork its own log
 *   central's answer   1    1.8 kB with the receipt: by names, what is new comes with where they end (want-ref, api/sync/named.c); listed
 *                           first, it is 2 and 2.4 kB. If there is none, it costs 0.3 kB more than the list: so it is asked once after each push
 *   both               3    own work goes out before it is asked what else there is; git's answer to a push tells nothing of other branches
 * A hub that takes no wants by name (stock git without uploadpack.allowRefInWant; `jemput hub` and folders made by us set it) is asked by them once,
 * and listed from then on; one that knows no version 2 gets version 0's forms (repo/smart.h).
 *
 * Every step makes progress or closes its log for this run, so a run ends; a run may stop after any step and start
 * again. */
#ifndef JEMPUT_SYNC_SYNC_H
#define JEMPUT_SYNC_SYNC_H

#include <stdbool.h>
#include <stdint.h>

enum jemput_step_kind {
    JEMPUT_STEP_SEAL = 1, /* pending transactions become segments */
    JEMPUT_STEP_LIST,     /* read the hub's refs and set the logs */
    JEMPUT_STEP_SEND,     /* push the next prefix of the own log, of at most bytes_max of payload (at least one segment) */
    JEMPUT_STEP_FETCH,    /* read, verify and merge the next batch of log `log` */
    JEMPUT_STEP_ADMIT,    /* enrol the joins that were found */
    JEMPUT_STEP_KEYS,     /* hand out keys that are due, and read what waited for one */
    JEMPUT_STEP_REBUILD,  /* compute the state anew: what counts has changed */
    JEMPUT_STEP_ERASE,    /* what holds forgotten rows goes from this store, and the keys to it */
    JEMPUT_STEP_LATE,     /* carry late writes after */
    JEMPUT_STEP_RECEIPT,  /* seal what has been merged */
    JEMPUT_STEP_REFILL,   /* give the hub back what it has lost of the logs that all follow */
    JEMPUT_STEP_DONE
};

/* How far the caller is with one log on the hub. */
enum jemput_log_state {
    JEMPUT_LOG_OPEN = 0, /* has more than we know */
    JEMPUT_LOG_READ,     /* all that the hub has is known here */
    JEMPUT_LOG_WAITS,    /* its writer is not enrolled; read on after the roster moved */
    JEMPUT_LOG_STOPPED   /* a segment failed a check: closed for this run */
};

struct jemput_sync_log {
    bool own;
    bool copy;      /* this device's, written by another copy of it */
    bool authority; /* its writer is an administrator or central, by the roster as known now */
    enum jemput_log_state state;
};

/* Kept up to date by the caller. */
struct jemput_sync_world {
    bool sealed, listed;
    bool central, admin;     /* roles of this device */
    bool central_known;      /* another device is central, by the roster as known now */
    uint64_t own_number;     /* newest own segment */
    uint64_t sent_number;    /* newest own segment that the hub has */
    bool genesis_due;        /* the hub lacks the founder's log, which begins with the genesis segment: it is sent though nothing follows it yet */
    bool send_stopped;       /* the hub refuses the own log (read-only, or another copy of this device wrote it) */
    bool send_failed_soft;   /* the last send moved nothing: somebody else held the ref */
    uint32_t joins_found;    /* join requests that can be admitted and are not yet */
    bool keys_due;           /* it was not looked since something was fetched which keys are due */
    bool rebuild_due;        /* the roster has moved so that verdicts of merged segments change; not true again before something more was fetched */
    bool erase_due;          /* rows were forgotten, and may be erased here now; not true again in this run once it was tried */
    bool late_due;           /* there may be late writes, and this device carries them after; not true again before something more was fetched */
    bool receipt_due;        /* central: merged or admitted something that no own segment says */
    bool refilled;
    uint32_t log_count;
    const struct jemput_sync_log *logs;
};

struct jemput_step {
    enum jemput_step_kind kind;
    uint32_t log;        /* JEMPUT_STEP_FETCH */
    uint32_t bytes_max;  /* JEMPUT_STEP_SEND */
};

/* A cut costs what the prefix was. So the first is small, and the next is what the link has been seen to carry in PREFIX_MS, at most twice the one
 * before, and below what stock web servers take in one request (1 MB) where nobody has said a limit. A hub that refuses a prefix as too large is
 * given half of it, and not more again in this run. */
#define JEMPUT_PREFIX_BYTES_MIN (32u * 1024)
#define JEMPUT_PREFIX_BYTES_MAX (768u * 1024)
#define JEMPUT_PREFIX_BYTES_LEAST (4u * 1024) /* of one that was refused: then the hub takes nothing */
#define JEMPUT_PREFIX_MS 8000
#define JEMPUT_SEND_RETRIES_MAX 5

/* Zeroed = at the start. */
struct jemput_sync {
    uint32_t prefix_bytes; /* of the next send; 0 = the first */
    uint32_t ceiling;      /* above it the hub has refused; 0 = it has not */
    uint32_t send_retries; /* soft failures in a row */
};

/* How much the next prefix may hold. */
uint32_t jemput_sync_prefix(const struct jemput_sync *sync);
/* So many bytes got through in so long, of the own log or of another one that is sent. */
void jemput_sync_sent(struct jemput_sync *sync, uint64_t bytes, uint64_t ms);
/* The hub says that they are too many at once. false = fewer cannot be sent. */
bool jemput_sync_too_large(struct jemput_sync *sync);

struct jemput_step jemput_sync_next(struct jemput_sync *sync, const struct jemput_sync_world *world);

/* Does this device read that log from the hub at all? */
bool jemput_sync_follows(const struct jemput_sync_world *world, const struct jemput_sync_log *log);

#endif
