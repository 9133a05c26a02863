/* store.c — a store's life: opened, founded, joined, another handle beside, closed; and the acts that are one call each. */
#include "http.h"
#include "org_jemput_Native.h"

#include <stdlib.h>

/* --- the box --- */

/* A thread that takes it twice is told so, instead of waiting for itself. */
static bool lock_init(pthread_mutex_t *lock)
{
    pthread_mutexattr_t kind;
    bool made;

    if (pthread_mutexattr_init(&kind) != 0)
        return false;
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
    made = pthread_mutex_init(lock, &kind) == 0;
    pthread_mutexattr_destroy(&kind);
    return made;
}

static bool box_init(struct box *box)
{
    if (!lock_init(&box->engine))
        return false;
    if (lock_init(&box->app)) {
        if (lock_init(&box->life))
            return true;
        pthread_mutex_destroy(&box->app);
    }
    pthread_mutex_destroy(&box->engine);
    return false;
}

void box_give(struct box *box)
{
    if (atomic_fetch_sub(&box->refs, 1) != 1)
        return;
    pack_wipe(&box->scratch);
    pthread_mutex_destroy(&box->engine);
    pthread_mutex_destroy(&box->app);
    pthread_mutex_destroy(&box->life);
    free(box);
}

/* The handle was closed, and no call uses it; a call on one of its statements may be at its end. */
static void box_end(void *object)
{
    struct box *box = object;
    bool locked = app_lock(box);

    statements_end(box);
    jemput_close(box->jemput);
    box->jemput = NULL;
    app_unlock(box, locked);
    watch_end(&box->watch);
    box_give(box);
}

jlong box_new(JNIEnv *env, struct jemput *jemput)
{
    struct box *box = calloc(1, sizeof *box);
    int64_t handle = 0;

    if (box && !box_init(box)) {
        free(box);
        box = NULL;
    }
    if (box) {
        box->jemput = jemput;
        atomic_init(&box->refs, 1);
        handle = handle_new(HANDLE_STORE, box, box_end);
    }
    if (handle)
        return handle;
    if (box)
        box_give(box);
    jemput_close(jemput);
    error_throw_text(env, JEMPUT_NOMEM, "no memory for a store");
    return 0;
}

/* --- opening --- */

JNIEXPORT jlong JNICALL Java_org_jemput_Native_open(JNIEnv *env, jclass class_of, jbyteArray path, jbyteArray pin, jbyteArray key,
                                                    jbyteArray recovery)
{
    struct call c = call_free(env);
    struct jemput *jemput = NULL;
    struct text file = { NULL, 0 };
    struct secret secret;
    enum jemput_status st = secret_take(env, pin, key, recovery, &secret, &c.err);

    (void)class_of;
    if (!st)
        st = text_need(env, path, &file, "path", &c.err);
    if (!st)
        st = jemput_open_sealed(&jemput, file.bytes, secret_given(&secret), NULL, &c.err);
    secret_wipe(&secret);
    text_release(&file);
    call_end(&c, st);
    return st ? 0 : box_new(env, jemput);
}

JNIEXPORT jlong JNICALL Java_org_jemput_Native_found(JNIEnv *env, jclass class_of, jbyteArray path, jbyteArray schema, jbyteArray roles,
                                                     jbyteArray pin, jbyteArray key)
{
    struct call c = call_free(env);
    struct jemput *jemput = NULL;
    struct text file = { NULL, 0 }, sql = { NULL, 0 }, as = { NULL, 0 };
    struct secret secret;
    enum jemput_status st = secret_take(env, pin, key, NULL, &secret, &c.err);

    (void)class_of;
    if (!st)
        st = text_need(env, path, &file, "path", &c.err);
    if (!st)
        st = text_need(env, schema, &sql, "schema", &c.err);
    if (!st)
        st = text_take(env, roles, &as, "roles", &c.err);
    if (!st) {
        const struct jemput_founding founding = { .schema = sql.bytes, .roles = as.bytes, .secret = secret_given(&secret) };

        st = jemput_found(&jemput, file.bytes, &founding, NULL, &c.err);
    }
    secret_wipe(&secret);
    text_release(&file);
    text_release(&sql);
    text_release(&as);
    call_end(&c, st);
    return st ? 0 : box_new(env, jemput);
}

JNIEXPORT jlong JNICALL Java_org_jemput_Native_join(JNIEnv *env, jclass class_of, jbyteArray path, jbyteArray invitation, jbyteArray hub,
                                                    jbyteArray pin, jbyteArray key, jbyteArray recovery, jobject http)
{
    struct call c = call_free(env);
    struct upcall up = upcall_of(env, NULL);
    struct jemput *jemput = NULL;
    struct bridge bridge;
    struct text file = { NULL, 0 }, text = { NULL, 0 }, at = { NULL, 0 };
    struct secret secret;
    enum jemput_status st = secret_take(env, pin, key, recovery, &secret, &c.err);

    (void)class_of;
    c.up = &up;
    bridge_init(&bridge, env, http);
    if (!st)
        st = text_need(env, path, &file, "path", &c.err);
    if (!st)
        st = text_need(env, invitation, &text, "invitation", &c.err);
    if (!st)
        st = text_take(env, hub, &at, "hub", &c.err);
    if (!st) {
        const struct jemput_joining joining = { .invitation = text.bytes, .invitation_len = text.len, .hub = at.bytes,
            .secret = secret_given(&secret), .http = bridge_http(&bridge) };

        st = jemput_join_with(&jemput, file.bytes, &joining, NULL, &c.err);
    }
    bridge_end(&bridge, &up);
    secret_wipe(&secret);
    text_wipe(&text);
    text_release(&file);
    text_release(&at);
    if (up.thrown) { /* whatever was made of it: Java has not got it */
        jemput_close(jemput);
        jemput = NULL;
    }
    call_end(&c, st);
    return jemput ? box_new(env, jemput) : 0;
}

JNIEXPORT jlong JNICALL Java_org_jemput_Native_beside(JNIEnv *env, jclass class_of, jlong store)
{
    struct jemput *beside = NULL;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_LIFE))
        return 0;
    st = jemput_beside(c.jemput, &beside, &c.err);
    call_end(&c, st);
    return st ? 0 : box_new(env, beside);
}

/* Calls that are inside go on to their end, and the last one closes it. */
JNIEXPORT void JNICALL Java_org_jemput_Native_close(JNIEnv *env, jclass class_of, jlong store)
{
    (void)env;
    (void)class_of;
    handle_end(store, HANDLE_STORE);
}

/* --- acts --- */

JNIEXPORT void JNICALL Java_org_jemput_Native_restrict(JNIEnv *env, jclass class_of, jlong store)
{
    struct call c;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_ALL))
        return;
    jemput_restrict(c.jemput);
    call_end(&c, JEMPUT_OK);
}

JNIEXPORT void JNICALL Java_org_jemput_Native_actAs(JNIEnv *env, jclass class_of, jlong store, jbyteArray roles, jbyteArray scope)
{
    struct text as = { NULL, 0 }, where = { NULL, 0 };
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return;
    st = text_take(env, roles, &as, "roles", &c.err);
    if (!st)
        st = text_take(env, scope, &where, "scope", &c.err);
    if (!st)
        st = jemput_act_as(c.jemput, as.bytes, where.bytes, &c.err);
    text_release(&as);
    text_release(&where);
    call_end(&c, st);
}

JNIEXPORT jint JNICALL Java_org_jemput_Native_seal(JNIEnv *env, jclass class_of, jlong store)
{
    unsigned segments = 0;
    struct call c;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return 0;
    call_end(&c, jemput_seal(c.jemput, &segments, &c.err));
    return (jint)segments;
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_stateHash(JNIEnv *env, jclass class_of, jlong store)
{
    char hex[65];
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return NULL;
    st = jemput_state_hash(c.jemput, hex, &c.err);
    call_end(&c, st);
    return st ? NULL : text_give(env, hex);
}

/* An invitation is a secret until it is used. */
static jbyteArray secret_text_give(JNIEnv *env, char *text, size_t len)
{
    jbyteArray array = bytes_give(env, text, len);

    if (text)
        memory_wipe(text, len);
    jemput_text_free(text);
    return array;
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_invite(JNIEnv *env, jclass class_of, jlong store, jbyteArray roles, jbyteArray scope,
                                                           jbyteArray hub, jlong expires)
{
    struct text as = { NULL, 0 }, where = { NULL, 0 }, at = { NULL, 0 };
    char *out = NULL;
    size_t len = 0;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return NULL;
    st = text_need(env, roles, &as, "roles", &c.err);
    if (!st)
        st = text_take(env, scope, &where, "scope", &c.err);
    if (!st)
        st = text_take(env, hub, &at, "hub", &c.err);
    if (!st)
        st = jemput_invite(c.jemput, as.bytes, where.bytes ? where.bytes : "", at.bytes ? at.bytes : "", expires, &out, &len, &c.err);
    text_release(&as);
    text_release(&where);
    text_release(&at);
    call_end(&c, st);
    return st ? NULL : secret_text_give(env, out, len);
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_inviteShort(JNIEnv *env, jclass class_of, jlong store, jbyteArray invitation)
{
    struct text whole = { NULL, 0 };
    char *out = NULL;
    size_t len = 0;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return NULL;
    st = text_need(env, invitation, &whole, "invitation", &c.err);
    if (!st)
        st = jemput_invite_short(c.jemput, whole.bytes, whole.len, &out, &len, &c.err);
    text_wipe(&whole);
    call_end(&c, st);
    return st ? NULL : secret_text_give(env, out, len);
}

JNIEXPORT void JNICALL Java_org_jemput_Native_hubInit(JNIEnv *env, jclass class_of, jbyteArray path)
{
    struct call c = call_free(env);
    struct text folder;
    enum jemput_status st = text_need(env, path, &folder, "folder", &c.err);

    (void)class_of;
    if (!st)
        st = jemput_hub_init(folder.bytes, NULL, &c.err);
    text_release(&folder);
    call_end(&c, st);
}
