/* call.c — one call of Java's on a store: what it takes of it, and what comes of it. */
#include "binding.h"

#include <errno.h>

static void give(struct box *box, unsigned takes)
{
    if (takes & CALL_LIFE)
        pthread_mutex_unlock(&box->life);
    if (takes & CALL_APP)
        pthread_mutex_unlock(&box->app);
    if (takes & CALL_ENGINE)
        pthread_mutex_unlock(&box->engine);
}

/* All of it, or nothing: then this very thread is inside a call on the same store, in an upcall. */
static bool take(struct box *box, unsigned takes)
{
    if ((takes & CALL_ENGINE) && pthread_mutex_lock(&box->engine) == EDEADLK)
        return false;
    if ((takes & CALL_APP) && pthread_mutex_lock(&box->app) == EDEADLK) {
        give(box, takes & CALL_ENGINE);
        return false;
    }
    if ((takes & CALL_LIFE) && pthread_mutex_lock(&box->life) == EDEADLK) {
        give(box, takes & CALL_WHOLE);
        return false;
    }
    return true;
}

bool app_lock(struct box *box)
{
    return pthread_mutex_lock(&box->app) == 0;
}

void app_unlock(struct box *box, bool locked)
{
    if (locked)
        pthread_mutex_unlock(&box->app);
}

bool call_begin(struct call *c, JNIEnv *env, jlong store, unsigned takes)
{
    *c = (struct call){ .env = env, .handle = store, .takes = takes };
    c->box = handle_take(store, HANDLE_STORE);
    if (!c->box) {
        error_throw_text(env, JEMPUT_MISUSE, "the store is closed");
        return false;
    }
    if (!take(c->box, takes)) {
        handle_give(store);
        error_throw_text(env, JEMPUT_MISUSE, "this thread is inside another call on the same store: what is called back must not use it");
        return false;
    }
    c->jemput = c->box->jemput;
    return true;
}

struct call call_free(JNIEnv *env)
{
    return (struct call){ .env = env };
}

void call_end(struct call *c, enum jemput_status st)
{
    if (c->box) {
        give(c->box, c->takes);
        handle_give(c->handle);
    }
    if (c->up && upcall_rethrow(c->up))
        return;
    if (st)
        error_throw(c->env, &c->err, c->sqlite);
}
