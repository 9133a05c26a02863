/* opened.h — stores that are kept open between rounds: opening one costs more than a round over it in which nothing is new. */
#ifndef JEMPUT_CENTRAL_OPENED_H
#define JEMPUT_CENTRAL_OPENED_H

#include "central.h"
#include "shape.h"

#define OPENED_MAX 32 /* stores that are kept open beside those in use */

struct opened { /* a store; of one thread at a time, from opened_take() to opened_give() */
    struct opened *next;
    struct space space;
    struct jemput *jemput;
    struct shapes shapes;       /* under schema_version; 0 = not read yet */
    uint32_t schema_version;
    uint32_t schema_remade;     /* as of struct jemput_feed_reading, when they were read */
    char own_log[33];           /* writer of central's own log, and its newest segment, as the list of devices has them; 0 = not known */
    uint64_t own_segments;
    char hub[1024];             /* where it syncs; "" = not known */
    int64_t hash_due_ms;        /* monotonic: not before then is its state hash computed again */
    int64_t twins_due_ms;       /* monotonic */
    bool twins_stale;           /* persons or households have moved since the last look */
    bool met_hub;               /* a sync went well since it was opened: what a copy lacks that was put in its place has come */
    bool caught_up;             /* and what waited in PostgreSQL when it was opened was looked for in the log */
    bool sent_told;             /* nothing is signed that PostgreSQL does not know to be sent */
    bool listed;                /* its lists were written since it was opened */
    bool shown;                 /* what its list of devices tells of is in central.db */
    int64_t cases_due_ms;       /* monotonic: then what is refused in PostgreSQL is looked at again */
    int64_t told_ms;            /* monotonic: when the space's line was written last */
    int64_t used_ms;
    bool in_use;
};

/* Take a store out, opened if it is not. 0, or -1 and why. To be given back. */
int opened_take(struct opened **out, const struct office *office, const struct space *space, struct trouble *why);
/* Back, for the next round; `drop`: it is closed, because something is wrong with it. */
void opened_give(struct opened *o, bool drop);
/* At the end of the program: all are closed. None is in use. */
void opened_close_all(void);
/* Stop what is under way in every store that is in use, from another thread. */
void opened_cancel_all(void);

#endif
