/* sync/media.h — the order of a sync's second half: attachments. Pure, as sync.h is.
 *
 *   look                 notes follow the rows
 *   send                 own chunks, in prefixes of the size that the log's would have now (jemput_sync_prefix); none as long as anything of the own
 *                        log is not at the hub
 *   list, take           at central: what the branches of the others have that is new
 *   get                  by name: what somebody asked for here; at central what its row came late for
 *   receipt              central signs for what it has whole; its log goes out once more
 * It begins when the first half is over and its end is noted: whatever fails here, that stands. */
#ifndef JEMPUT_SYNC_MEDIA_H
#define JEMPUT_SYNC_MEDIA_H

#include <stdbool.h>
#include <stdint.h>

enum jemput_media_step_kind {
    JEMPUT_MEDIA_STEP_LOOK = 1,
    JEMPUT_MEDIA_STEP_SEND,
    JEMPUT_MEDIA_STEP_LIST,
    JEMPUT_MEDIA_STEP_TAKE,
    JEMPUT_MEDIA_STEP_GET,
    JEMPUT_MEDIA_STEP_RECEIPT,
    JEMPUT_MEDIA_STEP_DONE
};

struct jemput_media_world { /* kept up to date by the caller */
    bool looked;
    bool text_sent;        /* the hub has all of the own log */
    bool central;          /* this device is */
    uint64_t unsent;       /* own chunks that the hub has not got */
    bool send_stopped;     /* it takes none, in this run */
    bool send_failed_soft; /* the last send moved nothing */
    bool fetch_stopped;    /* text found no room here: so nothing else comes, either */
    uint64_t wanted;       /* attachments that are to be had here, are not, and were not asked of the hub in this run */
    bool listed;
    uint32_t open;         /* branches that have more */
    bool receipt_due;      /* central has something whole that it has not signed for */
};

#define JEMPUT_MEDIA_RETRIES_MAX 3

struct jemput_media_sync { /* zeroed = at the start */
    uint32_t retries; /* sends in a row that moved nothing */
};

enum jemput_media_step_kind jemput_media_next(struct jemput_media_sync *sync, const struct jemput_media_world *world);

#endif
