/* merge.c — two rows for one thing are made one, or parted again, by Java's message. */
#include "key.h"
#include "org_jemput_Native.h"
#include "told.h"

#include <stdlib.h>

struct order {
    char *table, *reason;
    struct jemput_datum *keep, *gone;
    unsigned keep_count, gone_count;
    int look, part;
};

static void order_release(struct order *o)
{
    free(o->table);
    free(o->reason);
    free(o->keep);
    free(o->gone);
}

/* table, keep (counted; of a parting none), gone (counted), i32 look, i32 part, reason */
static enum jemput_status order_take(const struct text *message, struct order *out, struct jemput_error *err)
{
    struct unpack u = unpack_of(message->bytes, message->len);
    enum jemput_status st = copy_take(&u, &out->table, "table", err);

    if (!st)
        st = values_take(&u, &out->keep, &out->keep_count, err);
    if (!st)
        st = values_take(&u, &out->gone, &out->gone_count, err);
    if (st)
        return st;
    out->look = unpack_i32(&u);
    out->part = unpack_i32(&u);
    st = copy_take(&u, &out->reason, "reason", err);
    if (!st && (u.overrun || !unpack_is_at_end(&u)))
        st = error_set(err, JEMPUT_MISUSE, "an order is cut, or goes on");
    if (!st && !out->part && out->keep_count != out->gone_count)
        st = error_set(err, JEMPUT_MISUSE, "both rows are of one table, so their keys have as many values");
    return st;
}

static int move_tell(void *ctx, const struct jemput_move *move)
{
    struct upcall *u = ctx;
    struct pack p = { NULL, 0, 0, false };
    int stop;

    told_move(&p, move);
    stop = upcall_item(u, UPCALL_ITEM, &p);
    pack_release(&p);
    return stop;
}

JNIEXPORT void JNICALL Java_org_jemput_Native_mergeRows(JNIEnv *env, jclass class_of, jlong store, jbyteArray message, jobject up)
{
    struct upcall u = upcall_of(env, up);
    struct order made = { .table = NULL };
    struct text packed;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return;
    c.up = &u;
    st = bytes_take(env, message, &packed, &c.err);
    if (!st)
        st = order_take(&packed, &made, &c.err);
    if (!st) {
        const struct jemput_merging merging = { .table = made.table, .key_count = made.gone_count, .keep = made.part ? NULL : made.keep,
            .gone = made.gone, .reason = made.reason, .look = made.look };

        st = made.part ? jemput_part_rows(c.jemput, &merging, move_tell, &u, &c.err) : jemput_merge_rows(c.jemput, &merging, move_tell, &u, &c.err);
    }
    order_release(&made);
    text_wipe(&packed);
    call_end(&c, st);
}
