/* job.h — threads that work on requests: some that only ask central.db, and some for what writes, syncs, or reads logs. Of each kind an account has
 * at most three at work and sixteen that wait, so that nobody keeps all others from theirs. */
#ifndef JEMPUT_CONSOLE_JOB_H
#define JEMPUT_CONSOLE_JOB_H

#include "route.h"

enum { WHOSE_BYTES = 64 };
struct job {
    struct request request;
    void (*done)(struct job *job); /* from the worker's thread */
    /* job.c's own */
    char whose[WHOSE_BYTES]; /* account; who has not signed in yet: address */
    struct job *next;
};
int jobs_start(const struct console *c, struct trouble *why);
enum job_place { JOB_TAKEN, JOB_FULL, JOB_TOO_MANY }; /* FULL: too much waits already; TOO_MANY: of this account */
enum job_place jobs_add(struct job *job);
void jobs_stop(void); /* what waits is answered by 503; what runs is finished */

#endif
