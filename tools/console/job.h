/* job.h — threads that work on requests: some that only ask central.db, and some for what writes, syncs, or reads logs. */
#ifndef JEMPUT_CONSOLE_JOB_H
#define JEMPUT_CONSOLE_JOB_H

#include "route.h"

struct job {
    struct request request;
    void (*done)(struct job *job); /* from the worker's thread */
    struct job *next;
};
int jobs_start(const struct console *c, struct trouble *why);
/* false = too much waits already. */
bool jobs_add(struct job *job);
void jobs_stop(void); /* what waits is answered by 503; what runs is finished */

#endif
