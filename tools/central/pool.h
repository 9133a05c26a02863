/* pool.h — the rounds of all spaces: when each is due, and threads that do them. */
#ifndef JEMPUT_CENTRAL_POOL_H
#define JEMPUT_CENTRAL_POOL_H

#include "round.h"

struct pool_options {
    const struct office *office; /* settings, key */
    unsigned workers;
    int64_t poll_ms; /* between two looks at a hub behind an address */
    bool once;       /* each space until nothing moves, ten rounds at most; then it is over */
    const struct night *night;
    bool traces;
};

struct pool_health {
    unsigned spaces, failing; /* failing: for more than 15 minutes */
    unsigned down;            /* workers that could not start: they try again */
    unsigned stuck;           /* rounds in which nothing has moved for five minutes */
    unsigned waiting;         /* spaces whose turn has not come for five minutes: there are too few workers */
};

/* Until SIGTERM or SIGINT, which the caller has blocked, or with `once` until all is done. `tick`: called twice a second. The exit code. */
int pool_run(const struct pool_options *options, void (*tick)(void));
/* From any thread, while it runs. */
void pool_health(struct pool_health *out);
bool pool_copies(void); /* does the night make copies? */

#endif
