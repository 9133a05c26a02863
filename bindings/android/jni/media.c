/* media.c — attachments: added from a stream of Java's, listed, read by places. */
#include "key.h"
#include "org_jemput_Native.h"
#include "stream.h"
#include "told.h"

#include <stdlib.h>
#include <string.h>

#define ATTACH_URGENT 1 /* as in Native */
#define ATTACH_KEEP_LOCATION 2
#define PART_BYTES_MAX (256u << 10)

static enum jemput_status id_take(JNIEnv *env, jbyteArray from, uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES], struct jemput_error *err)
{
    if (!from || (*env)->GetArrayLength(env, from) != JEMPUT_ATTACHMENT_ID_BYTES)
        return error_set(err, JEMPUT_MISUSE, "an attachment's id has %d bytes", JEMPUT_ATTACHMENT_ID_BYTES);
    (*env)->GetByteArrayRegion(env, from, 0, JEMPUT_ATTACHMENT_ID_BYTES, (jbyte *)id);
    return JEMPUT_OK;
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_attach(JNIEnv *env, jclass class_of, jlong store, jbyteArray table, jbyteArray key,
                                                           jbyteArray kind, jbyteArray mime, jobject in, jint flags)
{
    struct upcall u = upcall_of(env, NULL);
    struct text what = { NULL, 0 }, type = { NULL, 0 };
    uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES + 1]; /* and what became of the place in it */
    struct jemput_attached told;
    struct stream stream;
    struct key row;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return NULL;
    c.up = &u;
    st = key_take(env, table, key, &row, &c.err);
    if (!stream_begin(&stream, env, in, "read", "([BII)I"))
        st = JEMPUT_NOMEM;
    if (!st)
        st = text_take(env, kind, &what, "kind", &c.err);
    if (!st)
        st = text_take(env, mime, &type, "mime", &c.err);
    if (!st && (!in || !row.table.bytes))
        st = error_set(&c.err, JEMPUT_MISUSE, "an attachment is bytes of a row");
    if (!st) {
        const struct jemput_attaching attaching = { .table = row.table.bytes, .key = row.values, .key_count = row.count, .kind = what.bytes,
            .mime = type.bytes, .read = stream_read, .ctx = &stream, .keep_location = (flags & ATTACH_KEEP_LOCATION) != 0,
            .urgent = (flags & ATTACH_URGENT) != 0 };

        st = jemput_attach(c.jemput, &attaching, id, &told, &c.err);
        id[JEMPUT_ATTACHMENT_ID_BYTES] = st ? 0 : (uint8_t)told.location;
    }
    stream_end(&stream, &u);
    key_release(&row);
    text_release(&what);
    text_release(&type);
    call_end(&c, st);
    return st || (*env)->ExceptionCheck(env) ? NULL : bytes_give(env, id, sizeof id);
}

static int attachment_tell(void *ctx, const struct jemput_attachment *attachment)
{
    struct upcall *u = ctx;
    struct pack p = { NULL, 0, 0, false };
    int stop;

    told_attachment(&p, attachment);
    stop = upcall_item(u, UPCALL_ITEM, &p);
    pack_release(&p);
    return stop;
}

JNIEXPORT void JNICALL Java_org_jemput_Native_attachments(JNIEnv *env, jclass class_of, jlong store, jbyteArray table, jbyteArray key, jobject up)
{
    struct upcall u = upcall_of(env, up);
    struct key row;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return;
    c.up = &u;
    st = key_take(env, table, key, &row, &c.err);
    if (!st)
        st = jemput_attachments(c.jemput, row.table.bytes, row.values, row.count, attachment_tell, &u, &c.err);
    key_release(&row);
    call_end(&c, st);
}

JNIEXPORT jint JNICALL Java_org_jemput_Native_attachmentPart(JNIEnv *env, jclass class_of, jlong store, jbyteArray attachment, jlong at,
                                                             jbyteArray out, jint length)
{
    size_t room = length < 0 ? 0 : (size_t)length < PART_BYTES_MAX ? (size_t)length : PART_BYTES_MAX, got = 0;
    uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES];
    unsigned char *part;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return 0;
    part = malloc(room + 1);
    st = part ? id_take(env, attachment, id, &c.err) : error_set(&c.err, JEMPUT_NOMEM, "no memory for %zu bytes", room);
    if (!st && at < 0)
        st = error_set(&c.err, JEMPUT_MISUSE, "there is nothing before the beginning");
    if (!st)
        st = jemput_attachment_part(c.jemput, id, (uint64_t)at, part, room, &got, &c.err);
    if (!st && got)
        (*env)->SetByteArrayRegion(env, out, 0, (jsize)got, (const jbyte *)part);
    if (part)
        memory_wipe(part, room);
    free(part);
    call_end(&c, st);
    return (jint)got;
}

typedef enum jemput_status (*of_attachment)(struct jemput *jemput, const uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES], struct jemput_error *err);

static void call_of(JNIEnv *env, jlong store, jbyteArray attachment, of_attachment what)
{
    uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES];
    struct call c;
    enum jemput_status st;

    if (!call_begin(&c, env, store, CALL_WHOLE))
        return;
    st = id_take(env, attachment, id, &c.err);
    if (!st)
        st = what(c.jemput, id, &c.err);
    call_end(&c, st);
}

JNIEXPORT void JNICALL Java_org_jemput_Native_attachmentAsk(JNIEnv *env, jclass class_of, jlong store, jbyteArray attachment)
{
    (void)class_of;
    call_of(env, store, attachment, jemput_attachment_ask);
}

JNIEXPORT void JNICALL Java_org_jemput_Native_attachmentRemove(JNIEnv *env, jclass class_of, jlong store, jbyteArray attachment)
{
    (void)class_of;
    call_of(env, store, attachment, jemput_attachment_remove);
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_purge(JNIEnv *env, jclass class_of, jlong store, jint days)
{
    struct jemput_purge_report report;
    struct pack p = { NULL, 0, 0, false };
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return NULL;
    st = days < 0 ? error_set(&c.err, JEMPUT_MISUSE, "days are not below 0") : JEMPUT_OK;
    if (!st)
        st = jemput_attachments_purge(c.jemput, (unsigned)days, &report, &c.err);
    call_end(&c, st);
    if (st)
        return NULL;
    pack_u64(&p, report.attachments);
    pack_u64(&p, report.bytes);
    pack_u64(&p, report.kept);
    pack_u64(&p, report.not_backed_up);
    return pack_give(env, &p);
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_attachmentCount(JNIEnv *env, jclass class_of, jlong store)
{
    struct jemput_attachment_counts counts;
    struct pack p = { NULL, 0, 0, false };
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return NULL;
    st = jemput_attachment_count(c.jemput, &counts, &c.err);
    call_end(&c, st);
    if (st)
        return NULL;
    pack_u64(&p, counts.unsent);
    pack_u64(&p, counts.partly);
    pack_u64(&p, counts.received);
    pack_u64(&p, counts.asked);
    pack_u64(&p, counts.here);
    pack_u64(&p, counts.bytes_here);
    return pack_give(env, &p);
}
