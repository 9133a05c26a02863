/* http.c — struct jemput_http over HttpBridge: one exchange is one call of Java's, which calls back for the body's bytes, with the answer's, and to
 * ask whether it is to end. All on the thread that syncs; the handle of an exchange is of no use after it. */
#include "http.h"
#include "org_jemput_Native.h"

#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES 16384

struct exchange {
    const struct jemput_http_request *request;
    unsigned part; /* of the body, and how far into it */
    size_t part_offset;
    enum jemput_status taken; /* what `take` said */
    struct jemput_error err;
};

/* --- to Java --- */

static jobjectArray headers_give(JNIEnv *env, const struct jemput_http_request *request)
{
    jclass bytes = (*env)->FindClass(env, "[B");
    jobjectArray array = bytes ? (*env)->NewObjectArray(env, (jsize)request->header_count, bytes, NULL) : NULL;

    for (unsigned i = 0; array && i < request->header_count; i++) {
        jbyteArray header = text_give(env, request->headers[i]);

        if (!header)
            return NULL;
        (*env)->SetObjectArrayElement(env, array, (jsize)i, header);
        (*env)->DeleteLocalRef(env, header);
    }
    return array;
}

static jlong body_bytes(const struct jemput_http_request *request)
{
    size_t bytes = 0;

    for (unsigned i = 0; i < request->body_count; i++)
        bytes += request->body[i].len;
    return (jlong)bytes;
}

/* NULL: an exception is pending. */
static jbyteArray java_exchange(JNIEnv *env, jobject bridge, jlong call, const struct jemput_http_request *request)
{
    jclass class_of = (*env)->GetObjectClass(env, bridge);
    jmethodID method = (*env)->GetMethodID(env, class_of, "exchange", "(J[B[[BZJJJJ)[B");
    jbyteArray url = method ? text_give(env, request->url) : NULL;
    jobjectArray headers = url ? headers_give(env, request) : NULL;

    if (!headers)
        return NULL;
    return (*env)->CallObjectMethod(env, bridge, method, call, url, headers, (jboolean)(request->post != 0), body_bytes(request),
                                    (jlong)request->deadline_ms, (jlong)request->stall_ms, (jlong)request->answer_ms);
}

/* --- and back --- */

static void field_copy(char *out, size_t room, const char *text, size_t len)
{
    if (!text || len >= room)
        len = 0;
    if (len)
        memcpy(out, text, len);
    out[len] = '\0';
}

static enum jemput_status outcome_read(const struct text *message, struct jemput_http_answer *answer, struct jemput_error *err)
{
    struct unpack u = unpack_of(message->bytes, message->len);
    int32_t status = unpack_i32(&u);
    size_t len;
    const char *text = unpack_bytes(&u, &len);

    error_set(err, (enum jemput_status)status, "%.*s", (int)(text ? len : 0), text ? text : "");
    answer->status = (unsigned)unpack_i32(&u);
    text = unpack_bytes(&u, &len);
    field_copy(answer->content_type, sizeof answer->content_type, text, len);
    text = unpack_bytes(&u, &len);
    field_copy(answer->location, sizeof answer->location, text, len);
    answer->retry_after_s = (uint32_t)unpack_i32(&u);
    text = unpack_bytes(&u, &len);
    field_copy(answer->authenticate, sizeof answer->authenticate, text, len);
    answer->bytes_sent = (uint64_t)unpack_i64(&u);
    answer->bytes_received = (uint64_t)unpack_i64(&u);
    if (u.overrun || !unpack_is_at_end(&u) || status < JEMPUT_OK || status > JEMPUT_UNTRUSTED)
        return error_set(err, JEMPUT_MISUSE, "the HTTP client of the app gave no outcome");
    return (enum jemput_status)status;
}

static enum jemput_status exchange_run(struct bridge *b, struct exchange *x, struct jemput_http_answer *answer, struct jemput_error *err)
{
    JNIEnv *env = b->up.env;
    int64_t call = handle_new(HANDLE_CALL, x, NULL);
    jbyteArray message = NULL;
    struct text outcome = { NULL, 0 };
    enum jemput_status st = JEMPUT_OK;

    if (!call)
        return error_set(err, JEMPUT_NOMEM, "no memory for an exchange");
    message = java_exchange(env, b->up.target, call, x->request);
    handle_end_alone(call, HANDLE_CALL);
    if (upcall_threw(&b->up))
        return error_set(err, JEMPUT_CANCELLED, "the HTTP client threw");
    if (message)
        st = bytes_take(env, message, &outcome, err);
    if (!st)
        st = outcome_read(&outcome, answer, err);
    text_release(&outcome);
    if (!x->taken)
        return st;
    *err = x->err;
    return x->taken;
}

static enum jemput_status exchange(struct jemput_http *http, const struct jemput_http_request *request, struct jemput_http_answer *answer,
                                   struct jemput_error *err)
{
    struct bridge *b = (struct bridge *)(void *)http; /* its first member */
    struct exchange x = { .request = request };
    enum jemput_status st;

    if (b->up.thrown || !upcall_frame(&b->up))
        return error_set(err, JEMPUT_CANCELLED, "the HTTP client threw");
    st = exchange_run(b, &x, answer, err);
    upcall_frame_end(&b->up);
    return st;
}

static void bridge_close(struct jemput_http *http)
{
    (void)http; /* it is the caller's: bridge_end() */
}

void bridge_init(struct bridge *b, JNIEnv *env, jobject target)
{
    *b = (struct bridge){ .http = { .exchange = exchange, .close = bridge_close }, .up = upcall_of(env, target) };
}

struct jemput_http *bridge_http(struct bridge *b)
{
    return b->up.target ? &b->http : NULL;
}

void bridge_end(struct bridge *b, struct upcall *up)
{
    JNIEnv *env = b->up.env;

    if (b->up.target && upcall_frame(&b->up)) {
        jmethodID method = (*env)->GetMethodID(env, (*env)->GetObjectClass(env, b->up.target), "close", "()V");

        if (method)
            (*env)->CallVoidMethod(env, b->up.target, method);
        upcall_threw(&b->up);
        upcall_frame_end(&b->up);
    }
    if (!up->thrown)
        up->thrown = b->up.thrown;
    else if (b->up.thrown)
        (*env)->DeleteGlobalRef(env, b->up.thrown);
    b->up.thrown = NULL;
}

/* --- what Java calls meanwhile --- */

/* NULL: an exception is pending. */
static struct exchange *exchange_take(JNIEnv *env, jlong call)
{
    struct exchange *x = handle_take(call, HANDLE_CALL);

    if (!x)
        error_throw_text(env, JEMPUT_MISUSE, "the exchange is over");
    return x;
}

JNIEXPORT jint JNICALL Java_org_jemput_Native_httpBody(JNIEnv *env, jclass class_of, jlong call, jbyteArray out, jint length)
{
    struct exchange *x = exchange_take(env, call);
    jint done = 0;

    (void)class_of;
    while (x && done < length && x->part < x->request->body_count) {
        struct jemput_http_part part = x->request->body[x->part];
        size_t bytes = part.len - x->part_offset;

        if (bytes > (size_t)(length - done))
            bytes = (size_t)(length - done);
        (*env)->SetByteArrayRegion(env, out, done, (jsize)bytes, (const jbyte *)part.data + x->part_offset);
        if ((*env)->ExceptionCheck(env))
            break;
        done += (jint)bytes;
        x->part_offset += bytes;
        if (x->part_offset == part.len) {
            x->part++;
            x->part_offset = 0;
        }
    }
    if (x)
        handle_give(call);
    return done;
}

JNIEXPORT void JNICALL Java_org_jemput_Native_httpRewind(JNIEnv *env, jclass class_of, jlong call)
{
    struct exchange *x = exchange_take(env, call);

    (void)class_of;
    if (!x)
        return;
    x->part = 0;
    x->part_offset = 0;
    handle_give(call);
}

JNIEXPORT jint JNICALL Java_org_jemput_Native_httpTake(JNIEnv *env, jclass class_of, jlong call, jbyteArray data, jint length)
{
    struct exchange *x = exchange_take(env, call);
    unsigned char piece[PIECE_BYTES];
    jint status;

    (void)class_of;
    if (!x)
        return JEMPUT_MISUSE;
    for (jint at = 0; at < length && !x->taken; at += PIECE_BYTES) {
        jint bytes = length - at < PIECE_BYTES ? length - at : PIECE_BYTES;

        (*env)->GetByteArrayRegion(env, data, at, bytes, (jbyte *)piece);
        if ((*env)->ExceptionCheck(env))
            break;
        x->taken = x->request->take(x->request->take_ctx, piece, (size_t)bytes, &x->err);
    }
    status = (jint)x->taken;
    handle_give(call);
    return status;
}

JNIEXPORT jboolean JNICALL Java_org_jemput_Native_httpCancelled(JNIEnv *env, jclass class_of, jlong call)
{
    struct exchange *x = exchange_take(env, call);
    jboolean is;

    (void)class_of;
    if (!x)
        return JNI_TRUE;
    is = x->request->cancelled && x->request->cancelled(x->request->cancelled_ctx) ? JNI_TRUE : JNI_FALSE;
    handle_give(call);
    return is;
}
