/* job.c — see job.h. */
#include "job.h"

#include <pthread.h>
#include <string.h>

#define ASKERS 4
#define ACTORS 4
#define WAITING_MAX 64

struct pool {
    pthread_mutex_t mutex;
    pthread_cond_t more;
    struct job *first, **last;
    unsigned waiting, count;
    pthread_t threads[ASKERS > ACTORS ? ASKERS : ACTORS];
    struct reader readers[ASKERS > ACTORS ? ASKERS : ACTORS];
    bool stopping;
};
struct worker {
    struct pool *pool;
    struct reader *reader;
};

static struct pool askers, actors;
static struct worker workers[ASKERS + ACTORS];

static struct job *job_take(struct pool *p, bool *stop)
{
    struct job *job;

    pthread_mutex_lock(&p->mutex);
    while (!p->first && !p->stopping)
        pthread_cond_wait(&p->more, &p->mutex);
    job = p->first;
    *stop = p->stopping;
    if (job) {
        p->first = job->next;
        if (!p->first)
            p->last = &p->first;
        p->waiting--;
    }
    pthread_mutex_unlock(&p->mutex);
    return job;
}

static void *work(void *ctx)
{
    struct worker *w = ctx;
    struct job *job;
    bool stop;

    while ((job = job_take(w->pool, &stop)) != NULL) {
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

bool jobs_add(struct job *job)
{
    struct pool *p = job->request.route->flags & ROUTE_ACT ? &actors : &askers;
    bool room;

    pthread_mutex_lock(&p->mutex);
    room = !p->stopping && p->waiting < WAITING_MAX;
    if (room) {
        job->next = NULL;
        *p->last = job;
        p->last = &job->next;
        p->waiting++;
        pthread_cond_signal(&p->more);
    }
    pthread_mutex_unlock(&p->mutex);
    return room;
}

static int pool_start(struct pool *p, unsigned count, struct worker *w, const struct console *c, struct trouble *why)
{
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->more, NULL);
    p->last = &p->first;
    for (; p->count < count; p->count++) {
        w[p->count] = (struct worker){ p, &p->readers[p->count] };
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
