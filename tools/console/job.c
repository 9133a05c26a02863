/* job.c — see job.h. */
#include "job.h"

#include <pthread.h>
#include <string.h>

#define ASKERS 4
#define ACTORS 4
#define WAITING_MAX 64
#define WAITING_OF_ONE 16
#define AT_WORK_OF_ONE 3 /* one thread is left for others */
#define THREADS_MAX (ASKERS > ACTORS ? ASKERS : ACTORS)

struct pool {
    pthread_mutex_t mutex;
    pthread_cond_t more;
    struct job *first, **last;
    char at_work[THREADS_MAX][WHOSE_BYTES]; /* by thread, whose job; "" = it waits */
    unsigned waiting, count;
    pthread_t threads[THREADS_MAX];
    struct reader readers[THREADS_MAX];
    bool stopping;
};
struct worker {
    struct pool *pool;
    char *at_work; /* of the pool's, this thread's */
    struct reader *reader;
};

static struct pool askers, actors;
static struct worker workers[ASKERS + ACTORS];

static bool may_work(const struct pool *p, const struct job *job)
{
    unsigned same = 0;

    for (unsigned i = 0; i < THREADS_MAX; i++)
        same += strcmp(p->at_work[i], job->whose) == 0;
    return same < AT_WORK_OF_ONE || p->stopping;
}

/* The first whose account has not enough at work. */
static struct job *job_find(struct pool *p)
{
    for (struct job **at = &p->first; *at; at = &(*at)->next) {
        struct job *job = *at;

        if (!may_work(p, job))
            continue;
        *at = job->next;
        if (p->last == &job->next)
            p->last = at;
        p->waiting--;
        return job;
    }
    return NULL;
}

static struct job *job_take(struct worker *w, bool *stop)
{
    struct pool *p = w->pool;
    struct job *job;

    pthread_mutex_lock(&p->mutex);
    w->at_work[0] = '\0';
    pthread_cond_broadcast(&p->more); /* what had to wait for that one */
    while (!(job = job_find(p)) && !p->stopping)
        pthread_cond_wait(&p->more, &p->mutex);
    *stop = p->stopping;
    if (job)
        memcpy(w->at_work, job->whose, WHOSE_BYTES);
    pthread_mutex_unlock(&p->mutex);
    return job;
}

static void *work(void *ctx)
{
    struct worker *w = ctx;
    struct job *job;
    bool stop;

    while ((job = job_take(w, &stop)) != NULL) {
        if (stop) {
            answer_status(&job->request.answer, JEMPUT_BUSY);
            answer_close(&job->request.answer);
        } else {
            route_run(&job->request, w->reader);
        }
        job->done(job);
    }
    return NULL;
}

static void whose_find(struct job *job)
{
    struct session *s = job->request.cookie[0] ? session_find(job->request.cookie, false) : NULL;

    snprintf(job->whose, sizeof job->whose, "%s", s ? s->account : job->request.address[0] ? job->request.address : "-");
    session_release(s);
}

enum job_place jobs_add(struct job *job)
{
    struct pool *p = job->request.route->flags & ROUTE_ACT ? &actors : &askers;
    enum job_place place = JOB_TAKEN;
    unsigned same = 0;

    whose_find(job);
    pthread_mutex_lock(&p->mutex);
    for (const struct job *j = p->first; j; j = j->next)
        same += strcmp(j->whose, job->whose) == 0;
    if (same >= WAITING_OF_ONE)
        place = JOB_TOO_MANY;
    else if (p->stopping || p->waiting >= WAITING_MAX)
        place = JOB_FULL;
    if (place == JOB_TAKEN) {
        job->next = NULL;
        *p->last = job;
        p->last = &job->next;
        p->waiting++;
        pthread_cond_signal(&p->more);
    }
    pthread_mutex_unlock(&p->mutex);
    return place;
}

static int pool_start(struct pool *p, unsigned count, struct worker *w, const struct console *c, struct trouble *why)
{
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->more, NULL);
    p->last = &p->first;
    for (; p->count < count; p->count++) {
        w[p->count] = (struct worker){ p, p->at_work[p->count], &p->readers[p->count] };
        if (reader_open(&p->readers[p->count], c, why))
            return -1;
        if (pthread_create(&p->threads[p->count], NULL, work, &w[p->count])) {
            reader_close(&p->readers[p->count]);
            return trouble_set(why, TROUBLE_LATER, "no thread can be made");
        }
    }
    return 0;
}

int jobs_start(const struct console *c, struct trouble *why)
{
    return pool_start(&askers, ASKERS, workers, c, why) || pool_start(&actors, ACTORS, workers + ASKERS, c, why) ? -1 : 0;
}

static void pool_stop(struct pool *p)
{
    if (!p->last)
        return;
    pthread_mutex_lock(&p->mutex);
    p->stopping = true;
    pthread_cond_broadcast(&p->more);
    pthread_mutex_unlock(&p->mutex);
    for (unsigned i = 0; i < p->count; i++) {
        pthread_join(p->threads[i], NULL);
        reader_close(&p->readers[i]);
    }
    p->count = 0;
}

void jobs_stop(void)
{
    pool_stop(&askers);
    pool_stop(&actors);
}
