/* opened.c — see opened.h. */
#include "opened.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>

#include <jemput/jemput.h>

#include "buffer.h"

static struct opened *all;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void opened_end(struct opened *o)
{
    jemput_close(o->jemput);
    shapes_release(&o->shapes);
    free(o);
}

/* Under the mutex: take one off the list. */
static void unlink_it(struct opened *o)
{
    for (struct opened **at = &all; *at; at = &(*at)->next)
        if (*at == o) {
            *at = o->next;
            return;
        }
}

/* Under the mutex: the one that nobody has used longest, if there are too many; off the list. */
static struct opened *too_many(void)
{
    struct opened *oldest = NULL;
    unsigned idle = 0;

    for (struct opened *o = all; o; o = o->next) {
        idle += !o->in_use;
        if (!o->in_use && (!oldest || o->used_ms < oldest->used_ms))
            oldest = o;
    }
    if (idle <= OPENED_MAX)
        return NULL;
    unlink_it(oldest);
    return oldest;
}

int opened_take(struct opened **out, const struct office *office, const struct space *space, struct trouble *why)
{
    struct opened *o;
    struct jemput_error err;

    pthread_mutex_lock(&mutex);
    for (o = all; o && (o->space.id != space->id || o->in_use); o = o->next)
        ;
    if (o)
        o->in_use = true;
    pthread_mutex_unlock(&mutex);
    if (o) {
        o->space = *space;
        *out = o;
        return 0;
    }
    o = memory_resize(NULL, 1, sizeof *o);
    *o = (struct opened){ .space = *space, .in_use = true };
    if (space_handle(&o->jemput, office, space, why)) {
        free(o);
        return -1;
    }
    if (jemput_feed_begin(o->jemput, &err)) {
        opened_end(o);
        return trouble_engine(why, "feed", &err);
    }
    sqlite3_exec(jemput_app(o->jemput), "PRAGMA cache_size = -512", NULL, NULL, NULL);
    pthread_mutex_lock(&mutex);
    o->next = all;
    all = o;
    pthread_mutex_unlock(&mutex);
    *out = o;
    return 0;
}

void opened_give(struct opened *o, bool drop)
{
    struct opened *end;

    pthread_mutex_lock(&mutex);
    o->in_use = false;
    o->used_ms = monotonic_ms();
    if (drop)
        unlink_it(o);
    end = drop ? o : too_many();
    pthread_mutex_unlock(&mutex);
    if (end)
        opened_end(end);
}

void opened_close_all(void)
{
    while (all) {
        struct opened *o = all;

        all = o->next;
        opened_end(o);
    }
}

void opened_cancel_all(void)
{
    pthread_mutex_lock(&mutex);
    for (struct opened *o = all; o; o = o->next)
        if (o->in_use)
            jemput_cancel(o->jemput);
    pthread_mutex_unlock(&mutex);
}
