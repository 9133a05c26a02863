/* batch.h — from a store's feed into the targets: whole, or what has moved since a target's mark. */
#ifndef JEMPUT_CENTRAL_BATCH_H
#define JEMPUT_CENTRAL_BATCH_H

#include <stdatomic.h>

#include "opened.h"
#include "target.h"

#define SLOTS_MAX 2

struct slot { /* a target, as one worker has it */
    const struct target_kind *kind;
    struct target *target; /* NULL = not opened yet */
    struct trouble why;    /* of the last batch; NONE = it went well */
    struct jemput_feed_mark mark; /* where it is now, if `known` */
    bool known;
    uint64_t rows;  /* of the last batch */
    bool moved;     /* the last batch has moved its mark */
    int64_t took_ms;
};

/* Bring every slot to the state of the store, one behind the other in the order that they stand in: who reads central.db waits for no server, and
 * while central.db is locked nobody waits for a server's locks. One that fails (slot.why) is left behind and does not keep the others.
 * *orang_moved: persons or households were among the rows. 0; -1 and why: the store could not be read. */
int batch_run(struct opened *o, struct slot *slots, unsigned count, atomic_bool *stop, bool *orang_moved, struct trouble *why);

#endif
