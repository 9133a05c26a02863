/* night.h — work on a schedule: checkpoint, copy to a safe place, and then cutting off what both cover. */
#ifndef JEMPUT_CENTRAL_NIGHT_H
#define JEMPUT_CENTRAL_NIGHT_H

#include "opened.h"

struct night { /* as the options of `run` say */
    int minute;          /* of the day, local time, from which on it is done */
    const char *backup;  /* folder for copies; NULL = none, and then nothing is cut off */
    bool cut;            /* take what is covered out of the stores, and off hubs in folders */
    long revocation_days; /* a checkpoint stands at a segment so old: what came later can still be revoked */
};

/* Is it due for this space? now: since 1970. */
bool night_due(const struct night *night, struct office *office, const struct space *space, int64_t now);
/* The work of one space, in steps that can be done again. */
int night_run(const struct night *night, struct office *office, struct opened *o, struct trouble *why);

#endif
