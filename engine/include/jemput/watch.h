/* jemput/watch.h — when to sync by itself: what happens goes in, what is to be done comes out. Pure: it owns no thread, timer, socket or clock, so
 * that a program on Linux, a job on a tablet and a test drive the same one.
 *
 * Not an event but a state starts a sync: there is work that the hub has not got, and the link is up. Without work the hub is looked at now and then,
 * and more rarely while the device saves its battery. What fails is tried again later and later, each device at another moment; what no repetition
 * will mend is tried again rarely; a person who asks is obeyed at once, unless the hub wants to be left alone.
 *
 *   struct jemput_watch w = JEMPUT_WATCH_INIT;
 *   for (;;) {
 *       do_it = jemput_watch_step(&w, &event);
 *       …begin a sync in the background if do_it.sync, say what do_it.told says, wait for the next event or until do_it.wake_ms…
 *   } */
#ifndef JEMPUT_WATCH_H
#define JEMPUT_WATCH_H

#include <stdint.h>

#include <jemput/error.h>

enum jemput_watch_event_kind {
    JEMPUT_WATCH_TIME = 1, /* the moment that was asked for, or any other */
    JEMPUT_WATCH_LINK = 2, /* `up` and `saving` say how it is now; told also when the device has come to another network */
    JEMPUT_WATCH_QUEUE = 3, /* `waiting` says whether there is work that the hub has not got; told after each change of it, or more often */
    JEMPUT_WATCH_ASKED = 4, /* a person wants a sync now */
    JEMPUT_WATCH_DONE = 5, /* the sync that was begun has ended: `status`, `wait_s`, `waiting` */
    JEMPUT_WATCH_STOP = 6  /* nothing is begun any more */
};

struct jemput_watch_event {
    enum jemput_watch_event_kind kind;
    uint64_t now_ms;  /* by a clock that goes on while the device sleeps; one that goes back stands still here */
    int64_t wall_ms;  /* milliseconds since 1970, as the device believes; for last_synced_ms alone */
    uint32_t random;  /* another one each time: so that a thousand devices do not come back in one second */
    int up, saving, waiting;
    enum jemput_status status;
    uint32_t wait_s;  /* what the hub asked for: jemput_sync_report.retry_after_s */
};

enum jemput_watch_told { /* the three states, for people */
    JEMPUT_WATCH_ALL_SENT = 1, /* nothing waits */
    JEMPUT_WATCH_WAITING = 2,  /* work waits for a signal, or for the next attempt */
    JEMPUT_WATCH_SYNCING = 3
};

struct jemput_watch { /* the caller's, and no one's else to change; may be read */
    uint64_t now_ms;
    int up, saving, waiting, syncing, asked, stopped;
    uint32_t failures;      /* in a row */
    int hopeless;           /* the last failure will not go away by itself */
    uint64_t begun_ms;      /* the last sync */
    uint64_t not_before_ms; /* the next one, if nobody asks */
    uint64_t left_alone_ms; /* nor if somebody does */
    uint64_t look_ms;       /* when the hub is looked at though nothing waits */
    uint64_t link_ms;       /* when a link that came last cut a pause short */
    int64_t last_synced_ms; /* wall time of the last sync that went well; never goes back; 0 = none */
    enum jemput_watch_told told;
};
#define JEMPUT_WATCH_INIT { 0 }

struct jemput_watch_do {
    int sync;         /* begin one now, and tell of its end by JEMPUT_WATCH_DONE */
    int cancel;       /* end the one that runs: jemput_cancel() */
    uint64_t wake_ms; /* come back then at the latest; UINT64_MAX = by an event only */
    enum jemput_watch_told told;
    int changed;      /* `told` is another one than before */
};

/* One step. Never begins a sync while one runs, nor more often than JEMPUT_WATCH_GAP_MS apart. */
JEMPUT_API struct jemput_watch_do jemput_watch_step(struct jemput_watch *watch, const struct jemput_watch_event *event);

#define JEMPUT_WATCH_GAP_MS 1000           /* between the beginnings of two syncs, whoever asks */
#define JEMPUT_WATCH_SETTLE_MS 15000       /* after one that went well: what is written meanwhile goes together, and the radio rests */
#define JEMPUT_WATCH_RETRY_MS 5000         /* after a failure: at most so long, doubled with each further one, */
#define JEMPUT_WATCH_RETRY_MS_MAX 900000   /* up to this */
#define JEMPUT_WATCH_HOPELESS_MS 3600000   /* at most, after a failure that will not go away by itself */
#define JEMPUT_WATCH_LINK_MS 60000         /* a link that has come cuts a pause short at most once in so long */
#define JEMPUT_WATCH_LOOK_MS 1800000       /* without work: at most so long apart; four times that while saving */

#endif
