/* secret.c — at rest: locked and unlocked, ways in, sealed anew. Secrets are copied, and the copies wiped. */
#include "binding.h"
#include "org_jemput_Native.h"

/* Statements must have been finished before: JEMPUT_BUSY says so. */
JNIEXPORT void JNICALL Java_org_jemput_Native_lock(JNIEnv *env, jclass class_of, jlong store)
{
    struct call c;

    (void)class_of;
    if (call_begin(&c, env, store, CALL_ALL))
        call_end(&c, jemput_lock(c.jemput, &c.err));
}

JNIEXPORT void JNICALL Java_org_jemput_Native_unlock(JNIEnv *env, jclass class_of, jlong store, jbyteArray pin, jbyteArray key, jbyteArray recovery)
{
    struct secret secret;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_ALL))
        return;
    st = secret_take(env, pin, key, recovery, &secret, &c.err);
    if (!st)
        st = jemput_unlock(c.jemput, secret_given(&secret), &c.err);
    secret_wipe(&secret);
    call_end(&c, st);
}

JNIEXPORT void JNICALL Java_org_jemput_Native_pinSet(JNIEnv *env, jclass class_of, jlong store, jbyteArray pin, jbyteArray key)
{
    struct secret secret;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return;
    st = secret_take(env, pin, key, NULL, &secret, &c.err);
    if (!st)
        st = jemput_pin_set(c.jemput, secret.secret.pin, secret.secret.key, &c.err);
    secret_wipe(&secret);
    call_end(&c, st);
}

JNIEXPORT void JNICALL Java_org_jemput_Native_keySet(JNIEnv *env, jclass class_of, jlong store, jbyteArray key)
{
    struct secret secret;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return;
    st = secret_take(env, NULL, key, NULL, &secret, &c.err);
    if (!st)
        st = jemput_key_set(c.jemput, secret.secret.key, &c.err);
    secret_wipe(&secret);
    call_end(&c, st);
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_recoveryMake(JNIEnv *env, jclass class_of, jlong store)
{
    char code[JEMPUT_RECOVERY_TEXT];
    jbyteArray text;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return NULL;
    st = jemput_recovery_make(c.jemput, code, &c.err);
    call_end(&c, st);
    if (st)
        return NULL;
    text = text_give(env, code);
    memory_wipe(code, sizeof code);
    return text;
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_sealing(JNIEnv *env, jclass class_of, jbyteArray path)
{
    struct call c = call_free(env);
    struct jemput_sealing s;
    struct pack p = { NULL, 0, 0, false };
    struct text file;
    enum jemput_status st = text_need(env, path, &file, "path", &c.err);

    (void)class_of;
    if (!st)
        st = jemput_sealing_get(file.bytes, NULL, &s, &c.err);
    text_release(&file);
    call_end(&c, st);
    if (st)
        return NULL;
    pack_i32(&p, s.sealed);
    pack_i32(&p, s.pin);
    pack_i32(&p, s.pin_needs_key);
    pack_i32(&p, s.key);
    pack_i32(&p, s.recovery);
    pack_i32(&p, (int32_t)s.wrong_pins);
    pack_u64(&p, s.wait_ms);
    return pack_give(env, &p);
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_protect(JNIEnv *env, jclass class_of, jbyteArray path, jbyteArray from_pin, jbyteArray from_key,
                                                            jbyteArray from_recovery, jbyteArray to_pin, jbyteArray to_key, jboolean plain)
{
    struct call c = call_free(env);
    struct secret from, to = { .given = false };
    struct text file = { NULL, 0 };
    char code[JEMPUT_RECOVERY_TEXT] = "";
    jbyteArray text = NULL;
    enum jemput_status st = secret_take(env, from_pin, from_key, from_recovery, &from, &c.err);

    (void)class_of;
    if (!st)
        st = secret_take(env, to_pin, to_key, NULL, &to, &c.err);
    if (!st)
        st = text_need(env, path, &file, "path", &c.err);
    if (!st)
        st = jemput_protect(file.bytes, secret_given(&from), plain ? NULL : &to.secret, plain ? NULL : code, NULL, &c.err);
    secret_wipe(&from);
    secret_wipe(&to);
    text_release(&file);
    call_end(&c, st);
    if (!st && !plain)
        text = text_give(env, code);
    memory_wipe(code, sizeof code);
    return text;
}
