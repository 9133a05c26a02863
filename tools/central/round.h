/* round.h — one round over one space: take in what its hub has, and bring the targets to the state of the store. Each step can be cut off and done
 * again; a failed one does not keep the others. */
#ifndef JEMPUT_CENTRAL_ROUND_H
#define JEMPUT_CENTRAL_ROUND_H

#include <stdatomic.h>

#include "batch.h"
#include "night.h"

struct running { /* of the whole program */
    const struct night *night; /* NULL = no night work */
    atomic_bool *stop;
    bool traces; /* tell each step on stderr */
};
struct worker { /* of one thread */
    struct office office;
    struct slot slots[SLOTS_MAX];
    unsigned slot_count;
    const struct running *running;
};
struct round_report {
    bool skipped;     /* another program has the space */
    bool moved;       /* something came, went out or was projected */
    uint32_t retry_s; /* the hub wants to be left alone so long */
    char hub[1024];   /* where it syncs */
    uint64_t signature; /* of a hub in a folder, before it was read; 0 = not there, or an address */
    int64_t visible_ms; /* monotonic: when central.db had what came; 0 = it did not move */
    struct trouble behind; /* LATER: attachments did not come, or PostgreSQL is not there, and central.db goes on without; else NONE */
};

/* Open the worker's connections. PostgreSQL that is not there is no failure: it is tried again. */
int worker_open(struct worker *w, const struct office *office, const struct running *running, struct trouble *why);
void worker_close(struct worker *w);
/* 0; -1 and why: a step failed. The space's line says so, too. */
int round_run(struct worker *w, const struct space *space, struct round_report *report, struct trouble *why);

#endif
