/* sink.c — what has changed, from the engine's threads to one of Java's that waits for it.
 *
 * The engine tells while a thread of Java's is inside a commit, and must not be kept: a sink only notes which tables of which store, and one thread
 * of Java's takes it away. No native thread calls Java. */
#include "binding.h"
#include "org_jemput_Native.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHANGED_APP 1 /* as Native.sinkWait() says */
#define CHANGED_MERGED 2
#define CHANGED_ALL 4

struct change { /* since it was taken away, of one store */
    const struct watch *of; /* NULL: the store is closed, and what it has told is still to be taken away */
    int32_t tag, what, count;
    char **tables;
    struct change *next;
};

struct sink {
    pthread_mutex_t lock;
    pthread_cond_t noted;
    struct change *changes;
    bool closed;
};

static void change_free(struct change *c)
{
    for (int32_t i = 0; i < c->count; i++)
        free(c->tables[i]);
    free(c->tables);
    free(c);
}

static void changes_free(struct change *first)
{
    while (first) {
        struct change *next = first->next;

        change_free(first);
        first = next;
    }
}

/* --- noting; what there is no memory for becomes "any table" --- */

static bool table_note(struct change *c, const char *table)
{
    char **more;

    for (int32_t i = 0; i < c->count; i++)
        if (strcmp(c->tables[i], table) == 0)
            return true;
    more = realloc(c->tables, ((size_t)c->count + 1) * sizeof *more);
    if (!more)
        return false;
    c->tables = more;
    more[c->count] = strdup(table);
    if (!more[c->count])
        return false;
    c->count++;
    return true;
}

/* The store's line, made in advance by observe(): so that noting it can always be done. */
static void changed(void *ctx, const struct jemput_changed *changed)
{
    const struct watch *w = ctx;
    struct change *c;

    pthread_mutex_lock(&w->sink->lock);
    for (c = w->sink->changes; c && c->of != w;)
        c = c->next;
    if (c) {
        c->what |= changed->merged ? CHANGED_MERGED : CHANGED_APP;
        if (changed->all)
            c->what |= CHANGED_ALL;
        for (unsigned i = 0; i < changed->table_count; i++)
            if (!table_note(c, changed->tables[i]))
                c->what |= CHANGED_ALL;
        pthread_cond_signal(&w->sink->noted);
    }
    pthread_mutex_unlock(&w->sink->lock);
}

/* A line for the store's changes; nothing has changed yet. */
static bool line_add(const struct watch *w)
{
    struct change *c = calloc(1, sizeof *c);

    if (!c)
        return false;
    c->of = w;
    c->tag = w->tag;
    pthread_mutex_lock(&w->sink->lock);
    c->next = w->sink->changes;
    w->sink->changes = c;
    pthread_mutex_unlock(&w->sink->lock);
    return true;
}

/* What it has told stays until it is taken away. */
static void line_end(const struct watch *w)
{
    struct change **at, *c;

    pthread_mutex_lock(&w->sink->lock);
    for (at = &w->sink->changes; *at && (*at)->of != w;)
        at = &(*at)->next;
    c = *at;
    if (c && c->what) {
        c->of = NULL;
        c = NULL;
    } else if (c) {
        *at = c->next;
    }
    pthread_mutex_unlock(&w->sink->lock);
    if (c)
        change_free(c);
}

/* --- a store's watch --- */

void watch_end(struct watch *w)
{
    if (!w->handle)
        return;
    line_end(w);
    handle_give(w->handle);
    *w = (struct watch){ 0 };
}

static enum jemput_status watch_begin(struct call *c, jlong handle, jint tag)
{
    struct watch *w = &c->box->watch;

    *w = (struct watch){ .handle = handle, .sink = handle_take(handle, HANDLE_SINK), .tag = tag };
    if (!w->sink) {
        w->handle = 0;
        return error_set(&c->err, JEMPUT_MISUSE, "what changes are told to is closed");
    }
    if (!line_add(w)) {
        handle_give(handle);
        *w = (struct watch){ 0 };
        return error_set(&c->err, JEMPUT_NOMEM, "no memory for changes");
    }
    jemput_observe(c->jemput, changed, w);
    return JEMPUT_OK;
}

JNIEXPORT void JNICALL Java_org_jemput_Native_observe(JNIEnv *env, jclass class_of, jlong store, jlong sink, jint tag)
{
    struct call c;
    enum jemput_status st = JEMPUT_OK;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return;
    jemput_observe(c.jemput, NULL, NULL);
    watch_end(&c.box->watch);
    if (sink)
        st = watch_begin(&c, sink, tag);
    call_end(&c, st);
}

/* --- the sink --- */

static void sink_end(void *object)
{
    struct sink *sink = object;

    changes_free(sink->changes);
    pthread_cond_destroy(&sink->noted);
    pthread_mutex_destroy(&sink->lock);
    free(sink);
}

/* By the monotonic clock: setting a tablet's time must not wake or hang anybody. */
static bool sink_init(struct sink *sink)
{
    pthread_condattr_t kind;
    bool made;

    if (pthread_mutex_init(&sink->lock, NULL) != 0)
        return false;
    made = pthread_condattr_init(&kind) == 0;
    if (made) {
        pthread_condattr_setclock(&kind, CLOCK_MONOTONIC);
        made = pthread_cond_init(&sink->noted, &kind) == 0;
        pthread_condattr_destroy(&kind);
    }
    if (!made)
        pthread_mutex_destroy(&sink->lock);
    return made;
}

JNIEXPORT jlong JNICALL Java_org_jemput_Native_sinkNew(JNIEnv *env, jclass class_of)
{
    struct sink *sink = calloc(1, sizeof *sink);
    int64_t handle = 0;

    (void)class_of;
    if (sink && !sink_init(sink)) {
        free(sink);
        sink = NULL;
    }
    if (sink)
        handle = handle_new(HANDLE_SINK, sink, sink_end);
    if (sink && !handle)
        sink_end(sink);
    if (!handle)
        error_throw_text(env, JEMPUT_NOMEM, "no memory for changes");
    return handle;
}

static struct timespec after_ms(jint ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000L;
    if (t.tv_nsec >= 1000000000L) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000L;
    }
    return t;
}

static bool has_changes(const struct sink *sink)
{
    const struct change *c = sink->changes;

    while (c && !c->what)
        c = c->next;
    return c != NULL;
}

/* What has changed, taken away: the lines of open stores stay, empty. */
static void changes_take(struct sink *sink, struct pack *p)
{
    size_t count_at = pack_i32_later(p);
    int32_t count = 0;

    for (struct change **at = &sink->changes, *c; (c = *at) != NULL;) {
        if (c->what) {
            pack_i32(p, c->tag);
            pack_i32(p, c->what);
            pack_i32(p, c->count);
            count++;
        }
        for (int32_t i = 0; i < c->count; i++) {
            pack_text(p, c->tables[i]);
            free(c->tables[i]);
        }
        c->count = c->what = 0;
        if (c->of) {
            at = &c->next;
        } else {
            *at = c->next;
            change_free(c);
        }
    }
    pack_i32_at(p, count_at, count);
}

/* What was taken could not be given: any table of any store may have changed, and is told of at the next turn. */
static void changes_again(struct sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    for (struct change *c = sink->changes; c; c = c->next)
        c->what |= CHANGED_APP | CHANGED_MERGED | CHANGED_ALL;
    pthread_mutex_unlock(&sink->lock);
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_sinkWait(JNIEnv *env, jclass class_of, jlong handle, jint ms)
{
    struct sink *sink = handle_take(handle, HANDLE_SINK);
    struct timespec until = after_ms(ms < 0 ? 0 : ms);
    struct pack p = { NULL, 0, 0, false };
    jbyteArray told = NULL;
    bool some;

    (void)class_of;
    if (!sink)
        return NULL;
    pthread_mutex_lock(&sink->lock);
    while (!sink->closed && !has_changes(sink) && pthread_cond_timedwait(&sink->noted, &sink->lock, &until) != ETIMEDOUT)
        ;
    some = !sink->closed && has_changes(sink);
    if (some)
        changes_take(sink, &p);
    pthread_mutex_unlock(&sink->lock);
    if (some) {
        told = pack_give(env, &p);
        if (!told)
            changes_again(sink);
    }
    handle_give(handle);
    return told;
}

JNIEXPORT void JNICALL Java_org_jemput_Native_sinkClose(JNIEnv *env, jclass class_of, jlong handle)
{
    struct sink *sink = handle_take(handle, HANDLE_SINK);

    (void)env;
    (void)class_of;
    if (!sink)
        return;
    pthread_mutex_lock(&sink->lock);
    sink->closed = true;
    pthread_cond_broadcast(&sink->noted);
    pthread_mutex_unlock(&sink->lock);
    handle_end(handle, HANDLE_SINK);
    handle_give(handle);
}
