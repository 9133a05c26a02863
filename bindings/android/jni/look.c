/* look.c — what people see: the store's state, and lists, each item told to Java as it comes. */
#include "key.h"
#include "org_jemput_Native.h"
#include "told.h"

enum { LIST_CONFLICTS = 1, LIST_HELD = 2, LIST_REFUSED = 3, LIST_CASES = 4, LIST_DEVICES = 5 }; /* as in Native */

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_info(JNIEnv *env, jclass class_of, jlong store)
{
    struct jemput_info info;
    struct pack p = { NULL, 0, 0, false };
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return NULL;
    st = jemput_info_get(c.jemput, &info, &c.err);
    call_end(&c, st);
    if (st)
        return NULL;
    told_info(&p, &info);
    return pack_give(env, &p);
}

static int tell(struct upcall *u, struct pack *p)
{
    int stop = upcall_item(u, UPCALL_ITEM, p);

    pack_release(p);
    return stop;
}

static int conflict_tell(void *ctx, const struct jemput_conflict *conflict)
{
    struct pack p = { NULL, 0, 0, false };

    told_conflict(&p, conflict);
    return tell(ctx, &p);
}

static int held_tell(void *ctx, const struct jemput_held_row *row)
{
    struct pack p = { NULL, 0, 0, false };

    told_held(&p, row);
    return tell(ctx, &p);
}

static int refused_tell(void *ctx, const struct jemput_refused *refused)
{
    struct pack p = { NULL, 0, 0, false };

    told_refused(&p, refused);
    return tell(ctx, &p);
}

static int case_tell(void *ctx, const struct jemput_case *told)
{
    struct pack p = { NULL, 0, 0, false };

    told_case(&p, told);
    return tell(ctx, &p);
}

static int device_tell(void *ctx, const struct jemput_device *device)
{
    struct pack p = { NULL, 0, 0, false };

    told_device(&p, device);
    return tell(ctx, &p);
}

static int edit_tell(void *ctx, const struct jemput_edit *edit)
{
    struct pack p = { NULL, 0, 0, false };

    told_edit(&p, edit);
    return tell(ctx, &p);
}

static enum jemput_status list(struct call *c, int what, struct upcall *u)
{
    switch (what) {
    case LIST_CONFLICTS:
        return jemput_conflicts(c->jemput, conflict_tell, u, &c->err);
    case LIST_HELD:
        return jemput_held_rows(c->jemput, held_tell, u, &c->err);
    case LIST_REFUSED:
        return jemput_refused_each(c->jemput, refused_tell, u, &c->err);
    case LIST_CASES:
        return jemput_cases(c->jemput, case_tell, u, &c->err);
    case LIST_DEVICES:
        return jemput_devices(c->jemput, device_tell, u, &c->err);
    default:
        return error_set(&c->err, JEMPUT_MISUSE, "there is no list %d", what);
    }
}

JNIEXPORT void JNICALL Java_org_jemput_Native_list(JNIEnv *env, jclass class_of, jlong store, jint what, jobject up)
{
    struct upcall u = upcall_of(env, up);
    struct call c;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return;
    c.up = &u;
    call_end(&c, list(&c, what, &u));
}

JNIEXPORT void JNICALL Java_org_jemput_Native_history(JNIEnv *env, jclass class_of, jlong store, jbyteArray table, jbyteArray key, jobject up)
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
    if (!st && !row.table.bytes)
        st = error_set(&c.err, JEMPUT_MISUSE, "a history is of a row");
    if (!st)
        st = jemput_history(c.jemput, row.table.bytes, row.values, row.count, edit_tell, &u, &c.err);
    key_release(&row);
    call_end(&c, st);
}
