/* sim/world/beside.h — what the app does while a sync is under way: it is another connection to the same file. */
#ifndef TESTS_SIM_WORLD_BESIDE_H
#define TESTS_SIM_WORLD_BESIDE_H

#include "state.h"

enum beside_kind {
    BESIDE_NOTHING,
    BESIDE_COMMITS, /* it commits transactions between two steps of the sync */
    BESIDE_HOLDS,   /* it begins a transaction that writes, and commits it when the sync has ended */
    BESIDE_READS    /* it begins to read, and reads on when the sync has ended */
};

struct beside {
    enum beside_kind kind;
    struct world *w;
    struct device *d;
    struct rng rng;
    struct fault *fault; /* of the sync; its progress is told, too */
    unsigned at;         /* the how manieth call of progress */
    bool begun;
    struct writing *held;
};

void beside_choose(struct beside *b, struct world *w, struct device *d, struct rng *rng, struct fault *fault);
int beside_progress(void *beside, const struct jemput_progress *progress); /* for struct jemput_sync_options */
/* The sync has ended. */
void beside_end(struct beside *b);

#endif
