/* due.c — see due.h: whose turn it is. */
#include "due.h"

static uint64_t last; /* place in the line that was given; under the mutex */

void due_want(struct due *d)
{
    if (d->wanted)
        return;
    d->wanted = true;
    d->wanted_ms = monotonic_ms();
    d->place = ++last;
}

struct due *due_next(struct due *const all[], unsigned count)
{
    struct due *next = NULL;

    for (unsigned i = 0; i < count; i++) {
        struct due *d = all[i];

        if (d->wanted && !d->busy && !d->gone && (!next || d->place < next->place))
            next = d;
    }
    return next;
}
