/* upcall.c — calls back to Java: items and progress, and what Java throws in them. */
#include "binding.h"

#define FRAME_REFERENCES 16

struct upcall upcall_of(JNIEnv *env, jobject target)
{
    return (struct upcall){ .env = env, .target = target };
}

bool upcall_threw(struct upcall *u)
{
    JNIEnv *env = u->env;
    jthrowable thrown = (*env)->ExceptionOccurred(env);

    if (!thrown)
        return false;
    (*env)->ExceptionClear(env);
    if (!u->thrown)
        u->thrown = (*env)->NewGlobalRef(env, thrown);
    (*env)->DeleteLocalRef(env, thrown);
    return true;
}

bool upcall_frame(struct upcall *u)
{
    if ((*u->env)->PushLocalFrame(u->env, FRAME_REFERENCES) == 0)
        return true;
    upcall_threw(u);
    return false;
}

void upcall_frame_end(struct upcall *u)
{
    (*u->env)->PopLocalFrame(u->env, NULL);
}

int upcall_item(struct upcall *u, int kind, const struct pack *message)
{
    JNIEnv *env = u->env;
    jboolean more = JNI_FALSE;
    jbyteArray array;

    if (u->thrown)
        return 1;
    if (!u->target)
        return 0;
    if (!upcall_frame(u))
        return 1;
    if (message->failed)
        error_throw_text(env, JEMPUT_NOMEM, "no memory for what is to be told");
    array = message->failed ? NULL : bytes_give(env, message->data ? (const void *)message->data : "", message->len);
    if (array)
        more = (*env)->CallBooleanMethod(env, u->target, binding.upcall_item, (jint)kind, array);
    if (upcall_threw(u))
        more = JNI_FALSE;
    upcall_frame_end(u);
    return !more;
}

bool upcall_rethrow(struct upcall *u)
{
    JNIEnv *env = u->env;
    jthrowable thrown = u->thrown, ours;

    if (!thrown)
        return false;
    u->thrown = NULL;
    if ((*env)->IsInstanceOf(env, thrown, binding.io_exception)) {
        error_throw_text(env, JEMPUT_IO, "a stream of the app failed");
        ours = (*env)->ExceptionOccurred(env);
        (*env)->ExceptionClear(env);
        (*env)->DeleteLocalRef(env, (*env)->CallObjectMethod(env, ours, binding.init_cause, thrown));
        if (!(*env)->ExceptionCheck(env))
            (*env)->Throw(env, ours);
        (*env)->DeleteLocalRef(env, ours);
    } else {
        (*env)->Throw(env, thrown);
    }
    (*env)->DeleteGlobalRef(env, thrown);
    return true;
}
