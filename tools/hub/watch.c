/* watch.c — connections that are too slow to be a tablet on a bad link. libmicrohttpd ends those on which nothing moves; whoever sends a byte
 * now and then (slow loris) would hold a place for ever. So a request's head has to come within the idle time, and a body or an answer has to
 * move 256 bytes a second on the whole, after a first minute: a twentieth of EDGE. */
#include "serve.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define BYTES_A_SECOND 256
#define GRACE_S 60

struct watched {
    struct watched *next, *before;
    int fd;
    enum watch_state state;
    time_t since;
    uint64_t bytes; /* that have moved in this state */
};

static struct watched *all;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static time_t now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

struct watched *watch_add(int fd)
{
    struct watched *w = calloc(1, sizeof *w);

    if (!w)
        return NULL;
    w->fd = fd;
    w->since = now_s();
    pthread_mutex_lock(&mutex);
    w->next = all;
    if (all)
        all->before = w;
    all = w;
    pthread_mutex_unlock(&mutex);
    return w;
}

void watch_remove(struct watched *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&mutex);
    if (w->before)
        w->before->next = w->next;
    else
        all = w->next;
    if (w->next)
        w->next->before = w->before;
    pthread_mutex_unlock(&mutex);
    free(w);
}

void watch_state(struct watched *w, enum watch_state state)
{
    if (!w)
        return;
    pthread_mutex_lock(&mutex);
    w->state = state;
    w->since = now_s();
    w->bytes = 0;
    pthread_mutex_unlock(&mutex);
}

void watch_moved(struct watched *w, size_t bytes)
{
    if (!w)
        return;
    pthread_mutex_lock(&mutex);
    w->bytes += bytes;
    pthread_mutex_unlock(&mutex);
}

static bool too_slow(const struct watched *w, time_t now, long idle_s)
{
    long took = (long)(now - w->since);

    switch (w->state) {
    case WATCH_HEAD:
        return took > idle_s;
    case WATCH_BODY:
    case WATCH_ANSWER:
        return took > GRACE_S && w->bytes < (uint64_t)(took - GRACE_S) * BYTES_A_SECOND;
    case WATCH_WORK:
        break;
    }
    return false;
}

void watch_look(long idle_s)
{
    time_t now = now_s();

    pthread_mutex_lock(&mutex);
    for (struct watched *w = all; w; w = w->next)
        if (too_slow(w, now, idle_s))
            shutdown(w->fd, SHUT_RDWR); /* its owner notices, and takes it off this list before closing it */
    pthread_mutex_unlock(&mutex);
}
