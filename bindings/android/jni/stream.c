/* stream.c — streams of Java's, in pieces of 16 KiB through one array. */
#include "stream.h"

bool stream_begin(struct stream *s, JNIEnv *env, jobject target, const char *method, const char *signature)
{
    jclass class_of;

    *s = (struct stream){ .up = upcall_of(env, target) };
    if (!target)
        return true;
    class_of = (*env)->GetObjectClass(env, target);
    s->method = (*env)->GetMethodID(env, class_of, method, signature);
    (*env)->DeleteLocalRef(env, class_of);
    if (s->method)
        s->buffer = (*env)->NewByteArray(env, STREAM_BYTES);
    return !upcall_threw(&s->up);
}

void stream_end(struct stream *s, struct upcall *up)
{
    JNIEnv *env = s->up.env;

    (*env)->DeleteLocalRef(env, s->buffer);
    if (!up->thrown)
        up->thrown = s->up.thrown;
    else if (s->up.thrown)
        (*env)->DeleteGlobalRef(env, s->up.thrown);
    s->up.thrown = NULL;
}

long stream_read(void *stream, void *out, size_t size)
{
    struct stream *s = stream;
    JNIEnv *env = s->up.env;
    jint room = size < STREAM_BYTES ? (jint)size : STREAM_BYTES, got;

    if (s->up.thrown)
        return -1;
    got = (*env)->CallIntMethod(env, s->up.target, s->method, s->buffer, (jint)0, room);
    if (upcall_threw(&s->up))
        return -1;
    if (got < 0)
        return 0;
    if (got > room) /* it says more than it was asked for: `out` ends there */
        return -1;
    (*env)->GetByteArrayRegion(env, s->buffer, 0, got, out);
    return got;
}

enum jemput_status stream_write(void *stream, const void *data, size_t len, struct jemput_error *err)
{
    struct stream *s = stream;
    JNIEnv *env = s->up.env;

    for (size_t at = 0; at < len && !s->up.thrown; at += STREAM_BYTES) {
        jint piece = len - at < STREAM_BYTES ? (jint)(len - at) : STREAM_BYTES;

        (*env)->SetByteArrayRegion(env, s->buffer, 0, piece, (const jbyte *)data + at);
        (*env)->CallVoidMethod(env, s->up.target, s->method, s->buffer, (jint)0, piece);
        upcall_threw(&s->up);
    }
    return s->up.thrown ? error_set(err, JEMPUT_OFFLINE, "the stream of the app failed") : JEMPUT_OK;
}

enum jemput_status stream_read_at(void *stream, uint64_t offset, void *out, size_t len, size_t *got, struct jemput_error *err)
{
    struct stream *s = stream;
    JNIEnv *env = s->up.env;

    for (*got = 0; *got < len && !s->up.thrown;) {
        jint room = len - *got < STREAM_BYTES ? (jint)(len - *got) : STREAM_BYTES, came;

        came = (*env)->CallIntMethod(env, s->up.target, s->method, (jlong)(offset + *got), s->buffer, room);
        if (upcall_threw(&s->up))
            break;
        if (came > room)
            return error_set(err, JEMPUT_MISUSE, "a stream gave %d bytes, and there was room for %d", (int)came, (int)room);
        if (came > 0)
            (*env)->GetByteArrayRegion(env, s->buffer, 0, came, (jbyte *)out + *got);
        *got += came > 0 ? (size_t)came : 0;
        if (came < room) /* fewer only at the end */
            return JEMPUT_OK;
    }
    return s->up.thrown ? error_set(err, JEMPUT_OFFLINE, "the stream of the app failed") : JEMPUT_OK;
}
