/* resend.c — see resend.h. One thread, which looks once a second. */
#include "resend.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "desk.h"

static pthread_t thread;
static bool running;
static atomic_bool stopping;

static void *resend(void *nothing)
{
    const struct timespec a_while = { .tv_sec = 1 };
    struct desks *d;

    (void)nothing;
    while (!stopping) {
        while (!stopping && (d = desks_due(monotonic_ms())) != NULL) {
            desks_send(d, monotonic_ms());
            desks_release(d);
        }
        nanosleep(&a_while, NULL);
    }
    return NULL;
}

int resend_start(struct trouble *why)
{
    if (pthread_create(&thread, NULL, resend, NULL))
        return trouble_set(why, TROUBLE_LATER, "no thread can be made");
    running = true;
    return 0;
}

void resend_stop(void)
{
    stopping = true;
    if (running)
        pthread_join(thread, NULL);
    running = false;
}
