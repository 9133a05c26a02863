/* whole.c — the store as a whole: checked, computed anew from its logs, freed of old data. */
#include "org_jemput_Native.h"
#include "told.h"

struct sentences { /* of what does not hold; behind their number */
    struct pack pack;
    size_t count_at;
    int32_t count;
    struct upcall *up;
};

static struct sentences sentences_of(struct upcall *up)
{
    struct sentences s = { .up = up };

    s.count_at = pack_i32_later(&s.pack);
    return s;
}

static void sentence_add(void *ctx, const char *text)
{
    struct sentences *s = ctx;

    pack_text(&s->pack, text);
    s->count++;
}

static int finding_add(void *ctx, const struct jemput_finding *finding)
{
    sentence_add(ctx, finding->what);
    return 0;
}

static int progress_pass(void *ctx, const struct jemput_progress *progress)
{
    struct sentences *s = ctx;

    return progress_tell(s->up, progress);
}

/* Nothing, if Java threw or is to be thrown at. */
static jbyteArray sentences_give(struct call *c, struct sentences *s, enum jemput_status st)
{
    JNIEnv *env = c->env;

    pack_i32_at(&s->pack, s->count_at, s->count);
    call_end(c, st);
    if (!(*env)->ExceptionCheck(env))
        return pack_give(env, &s->pack);
    pack_release(&s->pack);
    return NULL;
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_verify(JNIEnv *env, jclass class_of, jlong store, jobject up)
{
    struct upcall u = upcall_of(env, up);
    struct jemput_audit audit;
    struct sentences s;
    struct call c;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return NULL;
    c.up = &u;
    s = sentences_of(&u);
    const struct jemput_audit_options options = { .each = finding_add, .progress = up ? progress_pass : NULL, .ctx = &s };

    return sentences_give(&c, &s, jemput_audit(c.jemput, &options, &audit, &c.err));
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_rebuild(JNIEnv *env, jclass class_of, jlong store, jobject up)
{
    struct upcall u = upcall_of(env, up);
    struct jemput_rebuild_report report;
    struct sentences s;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_ENGINE))
        return NULL;
    c.up = &u;
    s = sentences_of(&u);
    const struct jemput_rebuild_options options = { .progress = up ? progress_pass : NULL, .each = sentence_add, .ctx = &s };

    st = jemput_rebuild(c.jemput, &options, &report, &c.err);
    if (!st)
        told_rebuilt(&s.pack, &report);
    return sentences_give(&c, &s, st);
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_cut(JNIEnv *env, jclass class_of, jlong store)
{
    struct pack p = { NULL, 0, 0, false };
    struct jemput_cut_report report;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return NULL;
    st = jemput_checkpoint_cut(c.jemput, &report, &c.err);
    call_end(&c, st);
    if (st)
        return NULL;
    told_cut(&p, &report);
    return pack_give(env, &p);
}
