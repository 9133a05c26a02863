/* audit.h — do the tables of central.db and of PostgreSQL hold what the signed logs give? Each row that somebody changed outside the way is named.
 *
 * The store itself is checked first (jemput_audit). Then all its rows are read (jemput_feed_read) and put beside the target's tables, at one moment
 * of the target; what has moved in the store since the mark that the target stands at is left out: it is on its way. */
#ifndef JEMPUT_CENTRAL_AUDIT_H
#define JEMPUT_CENTRAL_AUDIT_H

#include <jemput/jemput.h>

#include "buffer.h"
#include "central.h"
#include "shape.h"
#include "target.h"

struct audit_difference { /* borrowed for the call */
    const char *target, *table;
    const char *key;     /* JSON, as that target has it */
    const char *kind;    /* "beda" (other values), "lebih" (a row too many), "kurang" (a row is missing) */
    const char *columns; /* of "beda": comma separated */
    const char *values;  /* the same with both values; NULL = not asked for */
    bool waiting;        /* PostgreSQL: the office changed it, and its turn has not come yet */
};
struct audit {
    const struct space *space;
    struct jemput *jemput;
    struct shapes shapes;
    bool with_values;
    void (*each)(void *ctx, const struct audit_difference *difference);
    void *ctx;
    uint64_t differences, waiting; /* counted; waiting ones are not among the first */
};

void audit_tell(struct audit *a, const struct audit_difference *difference);
/* Read everything, then what has moved since `mark`; `put` and `excuse` get the rows. LATER: the target is not there yet (mark 0). MOVED: the store
 * does not know the mark (any more: central has gone on meanwhile). */
struct audit_reading {
    int (*put)(void *ctx, const struct jemput_feed_row *row, struct trouble *why);
    int (*excuse)(void *ctx, const struct jemput_feed_row *row, struct trouble *why);
    void *ctx;
};
int audit_read(struct audit *a, const struct jemput_feed_mark *mark, const struct audit_reading *reading, struct trouble *why);
/* The second half alone. */
int audit_moved(struct audit *a, const struct jemput_feed_mark *mark, const struct audit_reading *reading, struct trouble *why);

/* Central forgets a mark when it has gone on: a turn that ends with MOVED has told nothing yet, and begins anew, a few times. */
int audit_turns(struct audit *a, int (*turn)(struct audit *a, void *ctx, struct trouble *why), void *ctx, struct trouble *why);

/* How far central.db follows the store; `schema`: the name that it has on the connection. */
struct sqlite3;
int audit_mark(struct sqlite3 *db, const char *schema, int64_t space, struct jemput_feed_mark *mark, struct trouble *why);

int audit_beside(struct audit *a, struct office *office, struct trouble *why); /* auditside.c: part of the next one */
int audit_lite(struct audit *a, struct office *office, struct trouble *why);
int audit_postgres(struct audit *a, struct target *postgres, struct trouble *why);

#endif
