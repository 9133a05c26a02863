/* sync.c — a sync, and its cancelling. How far it got is told also if it failed: so that comes as a message, and only what Java threw, or a wrong
 * argument, as an exception. */
#include "http.h"
#include "org_jemput_Native.h"
#include "told.h"

int progress_tell(void *ctx, const struct jemput_progress *progress)
{
    struct upcall *u = ctx;
    struct pack p = { NULL, 0, 0, false };
    int stop;

    told_progress(&p, progress);
    stop = upcall_item(u, UPCALL_PROGRESS, &p);
    pack_release(&p);
    return stop;
}

/* The outcome, packed; nothing if an argument is wrong or Java threw: call_end() says so. */
static enum jemput_status run(struct call *c, struct jemput_sync_options *options, struct bridge *bridge, struct pack *out)
{
    struct jemput_sync_report report;
    enum jemput_status st;

    options->progress = c->up->target ? progress_tell : NULL;
    options->ctx = c->up;
    options->http = bridge_http(bridge);
    st = jemput_sync(c->jemput, options, &report, &c->err);
    told_outcome(out, st, &c->err);
    told_report(out, &report);
    return out->failed ? error_set(&c->err, JEMPUT_NOMEM, "no memory for the report") : JEMPUT_OK;
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_sync(JNIEnv *env, jclass class_of, jlong store, jbyteArray hub, jbyteArray user,
                                                         jbyteArray secret, jlong deadline_ms, jboolean in_room, jobject http, jobject up)
{
    struct text at = { NULL, 0 }, who = { NULL, 0 }, word = { NULL, 0 };
    struct upcall u = upcall_of(env, up);
    struct pack out = { NULL, 0, 0, false };
    struct bridge bridge;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_ENGINE))
        return NULL;
    c.up = &u;
    bridge_init(&bridge, env, http);
    st = text_take(env, hub, &at, "hub", &c.err);
    if (!st)
        st = text_take(env, user, &who, "user", &c.err);
    if (!st)
        st = text_take(env, secret, &word, "secret", &c.err);
    if (!st) {
        struct jemput_sync_options options = { .hub = at.bytes, .hub_user = who.bytes, .hub_secret = word.bytes,
            .deadline_ms = deadline_ms > 0 ? (uint64_t)deadline_ms : 0, .hub_in_room = in_room };

        st = run(&c, &options, &bridge, &out);
    }
    bridge_end(&bridge, &u);
    text_release(&at);
    text_release(&who);
    text_wipe(&word);
    call_end(&c, st);
    if (!(*env)->ExceptionCheck(env))
        return pack_give(env, &out);
    pack_release(&out);
    return NULL;
}

JNIEXPORT void JNICALL Java_org_jemput_Native_cancel(JNIEnv *env, jclass class_of, jlong store)
{
    struct call c;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_LIFE))
        return;
    jemput_cancel(c.jemput);
    call_end(&c, JEMPUT_OK);
}
