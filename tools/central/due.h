/* due.h — which spaces are due: what pool.c, whose threads do the rounds, and poolwatch.c, whose threads look what has moved, share. */
#ifndef JEMPUT_CENTRAL_DUE_H
#define JEMPUT_CENTRAL_DUE_H

#include <pthread.h>

#include "pool.h"

#define TICK_MS 500

struct due { /* a space, and when its next round is */
    struct space space;
    char hub[1024];     /* "" = not known before its first round */
    uint64_t signature; /* of a hub in a folder, as it was before the last round */
    int64_t next_ms;    /* monotonic: not later; while it fails: not earlier */
    int64_t moved_ms;   /* monotonic: when something was seen to have come; 0 = nothing */
    int64_t poke;
    int64_t failing_ms; /* monotonic: since then; 0 = the last round went well */
    unsigned failures, rounds;
    bool wanted, busy, gone, behind, let_go; /* let_go: of one that is gone; its lease was given back */
    int64_t wanted_ms;  /* monotonic: of one that is wanted, since then */
    uint64_t place;     /* and where it stands in the line of those that are */
    _Atomic int64_t beat_ms; /* monotonic: when something moved last in the round under way */
};

/* due.c. Have its turn come, if it is not wanted yet. */
void due_want(struct due *d);
/* The one whose turn it is: wanted longest of those that nobody works on. With more work than workers each has its turn before any has two.
 * NULL: none. */
struct due *due_next(struct due *const all[], unsigned count);

/* All under the mutex, but options, running and stop. */
struct pool {
    const struct pool_options *options;
    struct running running;
    atomic_bool stop;
    pthread_mutex_t mutex;
    pthread_cond_t work; /* something is due */
    struct due **all;
    unsigned count;
    unsigned workers_failed;
};
extern struct pool pool;

/* Threads, until pool.stop: hubs in folders; lines that wait in PostgreSQL. */
void *hubs_main(void *ctx);
void *outbox_main(void *ctx);

#endif
