/* target.h — what a place must do into which the rows of spaces are copied: central.db always (lite.c), PostgreSQL beside it when asked (pgtarget.c).
 *
 * A batch is all that the feed of one store tells in one reading (jemput/feed.h), and one transaction of the target: rows, what is kept beside them,
 * and the mark, so that a crash of either side at any point leaves the one state or the other. batch.c calls open once for a worker, then for each
 * space in turn: mark; begin, row…, commit (or rollback). One thread at a time uses a target. */
#ifndef JEMPUT_CENTRAL_TARGET_H
#define JEMPUT_CENTRAL_TARGET_H

#include <jemput/jemput.h>

#include "central.h"
#include "shape.h"

struct target; /* each kind's own */

struct target_begin {
    const struct shape *shapes; /* of every replicated table, in the schema's order; under reading->schema_version */
    unsigned shape_count;
    struct jemput_feed_mark since;             /* that mark() gave; it must still be so under the target's lock: else TROUBLE_MOVED */
    const struct jemput_feed_reading *reading; /* whole: rows that are not told are gone; till: the mark that commit() writes */
};

struct target_end { /* of a batch; borrowed for the call */
    uint64_t rows;            /* that were told */
    const char *state_hash;   /* at that moment; NULL = something waited unsealed, or it has moved since */
    uint64_t central_segment; /* number of the last segment of central's own log then; 0 = unknown */
    const char *central_commit; /* its git commit, hex; "" = unknown */
};

struct target_kind {
    const char *name; /* "central.db", "postgresql" */
    /* Connect. May be tried again later. *out is to be closed. 0, or -1 and why. All of these likewise. */
    int (*open)(struct target **out, struct office *office, struct trouble *why);
    /* How far it is with that space; zeroed = nothing is there yet. schema_version: that its rows were written under. */
    int (*mark)(struct target *t, const struct space *space, struct jemput_feed_mark *mark, uint32_t *schema_version, struct trouble *why);
    /* Begin a transaction, lock the space's mark, and bring the tables in line with the shapes. Failed: nothing is open any more. */
    int (*begin)(struct target *t, const struct space *space, const struct target_begin *begin, struct trouble *why);
    /* A row as the store has it now. Borrowed for the call. After a failure: rollback(). */
    int (*row)(struct target *t, const struct jemput_feed_row *row, struct trouble *why);
    /* Write the mark and COMMIT. Failed: nothing is open any more; TROUBLE_LATER may also mean that nobody knows whether it was committed: mark()
     * tells. */
    int (*commit)(struct target *t, const struct target_end *end, struct trouble *why);
    void (*rollback)(struct target *t);
    void (*close)(struct target *t); /* NULL is allowed */
};

extern const struct target_kind target_lite, target_postgres;

#endif
