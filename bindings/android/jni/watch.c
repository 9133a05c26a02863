/* watch.c — one step of the watch, over arrays of Java's: the structs' fields in their order. */
#include "binding.h"
#include "org_jemput_Native.h"

#include <jemput/watch.h>

enum { WATCH_LONGS = 16, EVENT_LONGS = 9, DO_LONGS = 5 };

static struct jemput_watch watch_of(const jlong v[WATCH_LONGS])
{
    return (struct jemput_watch){ .now_ms = (uint64_t)v[0], .up = v[1] != 0, .saving = v[2] != 0, .waiting = v[3] != 0, .syncing = v[4] != 0,
        .asked = v[5] != 0, .stopped = v[6] != 0, .failures = (uint32_t)v[7], .hopeless = v[8] != 0, .begun_ms = (uint64_t)v[9],
        .not_before_ms = (uint64_t)v[10], .left_alone_ms = (uint64_t)v[11], .look_ms = (uint64_t)v[12], .link_ms = (uint64_t)v[13],
        .last_synced_ms = v[14], .told = (enum jemput_watch_told)v[15] };
}

static void watch_put(const struct jemput_watch *w, jlong v[WATCH_LONGS])
{
    const jlong all[WATCH_LONGS] = { (jlong)w->now_ms, w->up, w->saving, w->waiting, w->syncing, w->asked, w->stopped, w->failures, w->hopeless,
        (jlong)w->begun_ms, (jlong)w->not_before_ms, (jlong)w->left_alone_ms, (jlong)w->look_ms, (jlong)w->link_ms, w->last_synced_ms, w->told };

    for (int i = 0; i < WATCH_LONGS; i++)
        v[i] = all[i];
}

JNIEXPORT void JNICALL Java_org_jemput_Native_watchStep(JNIEnv *env, jclass class_of, jlongArray watch, jlongArray event, jlongArray todo)
{
    jlong w[WATCH_LONGS], e[EVENT_LONGS], out[DO_LONGS];
    struct jemput_watch_event happened;
    struct jemput_watch_do what;
    struct jemput_watch state;

    (void)class_of;
    (*env)->GetLongArrayRegion(env, watch, 0, WATCH_LONGS, w);
    if (!(*env)->ExceptionCheck(env))
        (*env)->GetLongArrayRegion(env, event, 0, EVENT_LONGS, e);
    if ((*env)->ExceptionCheck(env))
        return;
    happened = (struct jemput_watch_event){ .kind = (enum jemput_watch_event_kind)e[0], .now_ms = (uint64_t)e[1], .wall_ms = e[2],
        .random = (uint32_t)e[3], .up = e[4] != 0, .saving = e[5] != 0, .waiting = e[6] != 0, .status = (enum jemput_status)e[7],
        .wait_s = (uint32_t)e[8] };
    state = watch_of(w);
    what = jemput_watch_step(&state, &happened);
    watch_put(&state, w);
    out[0] = what.sync;
    out[1] = what.cancel;
    out[2] = (jlong)what.wake_ms;
    out[3] = what.told;
    out[4] = what.changed;
    (*env)->SetLongArrayRegion(env, watch, 0, WATCH_LONGS, w);
    (*env)->SetLongArrayRegion(env, todo, 0, DO_LONGS, out);
}
