/* bundle.c — bundles to and from streams of Java's, or files. */
#include "org_jemput_Native.h"
#include "stream.h"
#include "told.h"

static int log_tell(void *ctx, const struct jemput_bundle_log *log)
{
    struct upcall *u = ctx;
    struct pack p = { NULL, 0, 0, false };
    int stop;

    told_bundle_log(&p, log);
    stop = upcall_item(u, UPCALL_ITEM, &p);
    pack_release(&p);
    return stop;
}

static jbyteArray outcome_give(JNIEnv *env, struct pack *out)
{
    if (!(*env)->ExceptionCheck(env))
        return pack_give(env, out);
    pack_release(out);
    return NULL;
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_bundleMake(JNIEnv *env, jclass class_of, jlong store, jbyteArray path, jobject to, jboolean full,
                                                               jbyteArray made_for, jlong attachment_bytes, jobject up)
{
    struct text file = { NULL, 0 }, whom = { NULL, 0 };
    struct upcall u = upcall_of(env, up);
    struct jemput_bundle_made made = { 0 };
    struct pack out = { NULL, 0, 0, false };
    struct stream stream;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_ENGINE))
        return NULL;
    c.up = &u;
    st = stream_begin(&stream, env, to, "write", "([BII)V") ? JEMPUT_OK : JEMPUT_NOMEM;
    if (!st)
        st = text_take(env, path, &file, "path", &c.err);
    if (!st)
        st = text_take(env, made_for, &whom, "device", &c.err);
    if (!st) {
        const struct jemput_bundle_make_options options = { .path = file.bytes, .writer = { to ? stream_write : NULL, &stream }, .full = full,
            .made_for = whom.bytes, .attachments = attachment_bytes >= 0,
            .attachment_bytes_max = attachment_bytes > 0 ? (uint64_t)attachment_bytes : 0, .progress = up ? progress_tell : NULL, .ctx = &u };

        st = jemput_bundle_make(c.jemput, &options, &made, &c.err);
    }
    stream_end(&stream, &u);
    text_release(&file);
    text_release(&whom);
    told_bundle_made(&out, &made);
    call_end(&c, st);
    return outcome_give(env, &out);
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_bundleTake(JNIEnv *env, jclass class_of, jlong store, jbyteArray path, jobject from, jobject up)
{
    struct text file = { NULL, 0 };
    struct upcall u = upcall_of(env, up);
    struct pack out = { NULL, 0, 0, false };
    struct stream stream;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_ENGINE))
        return NULL;
    c.up = &u;
    st = stream_begin(&stream, env, from, "read", "(J[BI)I") ? JEMPUT_OK : JEMPUT_NOMEM;
    if (!st)
        st = text_take(env, path, &file, "path", &c.err);
    if (!st) {
        const struct jemput_bundle_take_options options = { .path = file.bytes, .reader = { from ? stream_read_at : NULL, &stream },
            .each = up ? log_tell : NULL, .progress = up ? progress_tell : NULL, .ctx = &u };
        struct jemput_bundle_taken taken;

        told_outcome(&out, jemput_bundle_take(c.jemput, &options, &taken, &c.err), &c.err);
        told_bundle_taken(&out, &taken);
    }
    stream_end(&stream, &u);
    text_release(&file);
    call_end(&c, st);
    return outcome_give(env, &out);
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_bundleShow(JNIEnv *env, jclass class_of, jbyteArray path, jobject from, jobject up)
{
    struct text file = { NULL, 0 };
    struct upcall u = upcall_of(env, up);
    struct jemput_bundle_info info = { .bytes = 0 };
    struct pack out = { NULL, 0, 0, false };
    struct call c = call_free(env);
    struct stream stream;
    enum jemput_status st;

    (void)class_of;
    c.up = &u;
    st = stream_begin(&stream, env, from, "read", "(J[BI)I") ? JEMPUT_OK : JEMPUT_NOMEM;
    if (!st)
        st = text_take(env, path, &file, "path", &c.err);
    if (!st) {
        const struct jemput_bundle_reader reader = { from ? stream_read_at : NULL, &stream };

        st = jemput_bundle_show(file.bytes, &reader, NULL, up ? log_tell : NULL, &u, &info, &c.err);
    }
    stream_end(&stream, &u);
    text_release(&file);
    told_bundle_info(&out, &info);
    call_end(&c, st);
    return outcome_give(env, &out);
}
