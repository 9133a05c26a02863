/* poolwatch.c — what makes spaces due from outside: a hub in a folder that has moved, and lines that wait in PostgreSQL. A thread each, so that a
 * share or a server that hangs keeps nobody else. */
#include <string.h>
#include <time.h>

#include "due.h"
#include "hubmove.h"
#include "outbox.h"

/* --- hubs in folders --- */

/* Number `at`; its hub is looked at without the mutex: a share that hangs keeps nobody but this thread. */
static void hub_look(unsigned at)
{
    struct due *d = NULL;
    uint64_t signature;
    char hub[sizeof d->hub] = "";

    pthread_mutex_lock(&pool.mutex);
    if (at < pool.count && !pool.all[at]->busy && !pool.all[at]->gone) {
        d = pool.all[at];
        memcpy(hub, d->hub, sizeof hub);
    }
    pthread_mutex_unlock(&pool.mutex);
    if (!hub[0] || hub_is_address(hub))
        return;
    signature = hub_signature(hub);
    pthread_mutex_lock(&pool.mutex);
    if (!atomic_load(&pool.stop) && signature != d->signature && !d->busy && !(d->failures && monotonic_ms() < d->next_ms)) {
        d->signature = signature;
        due_want(d);
        d->moved_ms = d->moved_ms ? d->moved_ms : monotonic_ms();
        pthread_cond_broadcast(&pool.work); /* one alone may be a worker that could not start, and only waits to try again */
    }
    pthread_mutex_unlock(&pool.mutex);
}

void *hubs_main(void *ctx)
{
    const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };

    (void)ctx;
    while (!atomic_load(&pool.stop)) {
        unsigned count;

        pthread_mutex_lock(&pool.mutex);
        count = pool.count;
        pthread_mutex_unlock(&pool.mutex);
        for (unsigned i = 0; i < count && !atomic_load(&pool.stop); i++)
            hub_look(i);
        nanosleep(&tick, NULL);
    }
    return NULL;
}

/* --- lines that wait in PostgreSQL --- */

static void hex_wanted(void *ctx, const char *hex)
{
    (void)ctx;
    pthread_mutex_lock(&pool.mutex);
    for (unsigned i = 0; i < pool.count; i++)
        if (strcmp(pool.all[i]->space.hex, hex) == 0 && !pool.all[i]->failures)
            due_want(pool.all[i]);
    pthread_cond_broadcast(&pool.work);
    pthread_mutex_unlock(&pool.mutex);
}

void *outbox_main(void *ctx)
{
    const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };
    struct office office = *pool.options->office;
    struct target *target = NULL;
    struct trouble why;
    int64_t next = 0, renewed = 0;

    (void)ctx;
    while (!atomic_load(&pool.stop)) {
        if (monotonic_ms() >= next) {
            bool good = target || target_postgres.open(&target, &office, &why) == 0;

            if (good && monotonic_ms() - renewed >= OUTBOX_HOLD_MS) {
                good = outbox_hold(target, &why) == 0;
                renewed = monotonic_ms();
            }
            good = good && outbox_waiting(target, hex_wanted, NULL, &why) == 0;
            next = monotonic_ms() + (good ? 1000 : 10000);
        }
        nanosleep(&tick, NULL);
    }
    target_postgres.close(target);
    return NULL;
}
