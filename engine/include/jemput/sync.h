/* jemput/sync.h — seal, send, fetch, merge; hubs. */
#ifndef JEMPUT_SYNC_H
#define JEMPUT_SYNC_H

#include <jemput/base.h>

struct jemput_http; /* http.h */

/* Make an empty hub: a bare git repository in the folder `path` (missing folders are made). One that is there already is JEMPUT_OK and left as it is.
 *   JEMPUT_EXISTS something else is there   JEMPUT_IO JEMPUT_DENIED JEMPUT_FULL JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_hub_init(const char *path, struct jemput_env *env, struct jemput_error *err) JEMPUT_CHECKED;

/* Turn pending transactions into signed segments now, one at a time: the app waits for one alone. Needs no network. jemput_sync() does it, too.
 *   segments   how many were made; may be NULL    JEMPUT_IO JEMPUT_FULL JEMPUT_BUSY JEMPUT_NOMEM: nothing is lost, call again
 *   JEMPUT_LIMIT   the clock has come to its end. What a COMMIT accepted is never too large: a transaction of more than 8 MiB is refused there
 *   JEMPUT_CORRUPT the store is damaged: jemput_verify() */
JEMPUT_API enum jemput_status jemput_seal(struct jemput *jemput, unsigned *segments, struct jemput_error *err) JEMPUT_CHECKED;

enum jemput_phase {
    JEMPUT_PHASE_SEAL = 1,
    JEMPUT_PHASE_SEND = 2,
    JEMPUT_PHASE_FETCH = 3,
    JEMPUT_PHASE_MERGE = 4,
    JEMPUT_PHASE_RECEIPT = 5,
    JEMPUT_PHASE_REPLAY = 6,  /* jemput_rebuild(), jemput_audit(): segments checked and merged again */
    JEMPUT_PHASE_COMPARE = 7, /* tables and kinds of merge state compared, and put in place */
};

struct jemput_progress {
    enum jemput_phase phase;
    uint64_t done, total; /* segments of this phase, or tables; total grows as more is found; neither shrinks; at its good end done = total */
    uint64_t bytes;       /* sent and fetched so far, in all phases */
};

struct jemput_sync_options {
    const char *hub;      /* folder of a bare git repository, or its address ("https://…", see jemput/http.h); NULL = the one remembered from the
                           * invitation or the last sync */
    const char *hub_secret; /* what an address asks for: a password, or a token; NULL = the one remembered with the hub. Remembered, in the store,
                             * after a sync that got in */
    const char *hub_user;   /* with a password; NULL = hub_secret is a token */
    uint64_t deadline_ms; /* longest time from the start; 0 = no limit */
    int (*progress)(void *ctx, const struct jemput_progress *progress); /* may be NULL; non-zero cancels */
    void *ctx;
    struct jemput_http *http; /* the client for an address, in this call; it stays the caller's, and is not closed. NULL = jemput_http_use()'s */
    int hub_in_room;      /* 1 = `hub` was found in the room, by whatever said that it is there: it has to show a log of this space before anything
                           * is sent (an empty one is refused, too), and is not remembered */
};

struct jemput_sync_report {
    uint64_t segments_sent, segments_fetched, bytes_sent, bytes_fetched;
    uint64_t segments_unread;          /* of those fetched: kept unread, because this device has not the key to them, or to one before them */
    uint64_t txns_merged, rows_merged; /* of other devices */
    uint64_t conflicts_new;            /* rows that came into conflict on the way, edits against deletes apart; afterwards: jemput_info_get() */
    uint64_t held_new;                 /* times that a row came to be held on the way; likewise */
    uint64_t admitted_devices;         /* newly let in, as the roster here has it */
    uint64_t lock_ms_max;              /* the longest that it kept others from writing, by the monotonic clock, whatever it did then */
    uint64_t logs_behind;              /* logs of which the hub had less than this device had seen there: it was put back to an older copy, or keeps
                                        * something back. Nothing was given up for that, and the hub was given what it lacked */
    int states_compared;               /* 1 = central's state was compared with this store's: this device has merged just what central had */
    int states_differ;                 /* 1 = and it is another: jemput_state_difference() */
    uint64_t logs_stopped;             /* logs with a segment that failed a check and was kept aside: jemput_aside_each() */
    uint32_t retry_after_s;            /* with JEMPUT_BUSY, also of attachments: the hub has too much to do, and wants so long a rest; 0 = not said */
    uint64_t attachment_chunks_sent, attachment_bytes_sent, attachment_chunks_fetched; /* jemput/media.h */
    uint64_t attachments_fetched;      /* that are whole here now and were not before */
    uint64_t attachments_waiting;      /* added here and without central's receipt; or asked for here, and not come */
    enum jemput_status attachment_status; /* why attachments did not get through; text is not touched by that. JEMPUT_CANCELLED: the run was
                                        * cancelled, or its time was over, when the text was out already */
    char attachment_text[JEMPUT_ERROR_TEXT_BYTES];        /* the same in words; "" = nothing stood in the way */
    int complete;                      /* 1 = both directions were finished; nothing is left to do until something new is written */
};

/* Send the own log, fetch, verify, merge, and (at central) seal receipts and send them; then attachments. Own work goes out before anything comes in.
 * Safe to call at any moment, to kill at any point, and to start again: nothing is lost or doubled.
 *   report   filled with what was reached even if the call fails; never NULL
 *   JEMPUT_MISUSE no hub was named and this store knows none; the address or its credentials are malformed; an address, and no HTTP client
 *   JEMPUT_OFFLINE the remembered hub is not there now, the link was cut, or something else answered: a network's sign-in page, an error (5xx)
 *   JEMPUT_UNTRUSTED the way to the hub is not safe; nothing was sent there: its certificate is not valid, it redirects to another host, or a
 *                 secret would go in the clear
 *   JEMPUT_NOTFOUND the hub named is not there
 *   JEMPUT_DENIED the hub is read-only, or refuses the credentials or what was pushed; or another copy of this store wrote there and this device was
 *                 not let in yet; or it holds another space (nothing was sent); or all is done, and this device will not be let in: another has
 *                 used its invitation, or it has expired
 *   JEMPUT_LIMIT the hub does not take even one segment (413); its name or the credentials are too long; it holds too many branches
 *   JEMPUT_CORRUPT the hub is not a repository, or damaged; or this store is damaged: jemput_verify()
 *   JEMPUT_CANCELLED cancelled, or the deadline passed
 *   JEMPUT_BUSY the hub has too much to do: not before report->retry_after_s; or another process has the store
 *   JEMPUT_FULL here or at the hub   JEMPUT_IO JEMPUT_NOMEM
 * A damaged or forged log of another device never fails the call: it is stopped, kept aside, and reported. */
JEMPUT_API enum jemput_status jemput_sync(struct jemput *jemput, const struct jemput_sync_options *options, struct jemput_sync_report *report,
                                          struct jemput_error *err) JEMPUT_CHECKED;
/* Make a running jemput_sync(), jemput_bundle_make(), jemput_bundle_take(), jemput_diff(), jemput_audit(), jemput_verify() or jemput_rebuild() of
 * another thread stop at its next step (soon: steps are small). */
JEMPUT_API void jemput_cancel(struct jemput *jemput);
#endif
