/* decide.c — what a person decided about a row, from Java's message. */
#include "key.h"
#include "org_jemput_Native.h"

#include <stdlib.h>

struct pairs { /* columns and values; the names are copies, with a NUL behind them */
    char **names;
    struct jemput_datum *values;
    unsigned count;
};

static void pairs_release(struct pairs *p)
{
    for (unsigned i = 0; i < p->count; i++)
        free(p->names[i]);
    free(p->names);
    free(p->values);
}

static enum jemput_status pairs_take(struct unpack *u, struct pairs *out, struct jemput_error *err)
{
    int32_t count = unpack_i32(u);
    enum jemput_status st = JEMPUT_OK;

    if (u->overrun || count < 0 || count > u->end - u->rest)
        return error_set(err, JEMPUT_MISUSE, "there are no %d columns", (int)count);
    out->names = calloc((size_t)count + 1, sizeof *out->names);
    out->values = calloc((size_t)count + 1, sizeof *out->values);
    if (!out->names || !out->values)
        return error_set(err, JEMPUT_NOMEM, "no memory for %d columns", (int)count);
    for (int32_t i = 0; !st && i < count; i++) {
        st = copy_take(u, &out->names[i], "column", err);
        out->count++;
        unpack_value(u, &out->values[i]);
        if (!st && u->overrun)
            st = error_set(err, JEMPUT_MISUSE, "a value is malformed");
    }
    return st;
}

struct choice {
    char *table, *reason;
    struct jemput_datum *key;
    unsigned key_count;
    struct pairs set, hide;
    struct jemput_hidden_value *hidden;
    int remove, restore;
};

static void choice_release(struct choice *c)
{
    free(c->table);
    free(c->reason);
    free(c->key);
    free(c->hidden);
    pairs_release(&c->set);
    pairs_release(&c->hide);
}

static enum jemput_status choice_take(const struct text *message, struct choice *out, struct jemput_error *err)
{
    struct unpack u = unpack_of(message->bytes, message->len);
    enum jemput_status st = copy_take(&u, &out->table, "table", err);

    if (!st)
        st = values_take(&u, &out->key, &out->key_count, err);
    if (!st)
        st = pairs_take(&u, &out->set, err);
    if (!st)
        st = pairs_take(&u, &out->hide, err);
    if (st)
        return st;
    out->remove = unpack_i32(&u);
    out->restore = unpack_i32(&u);
    st = copy_take(&u, &out->reason, "reason", err);
    if (st)
        return st;
    if (u.overrun || !unpack_is_at_end(&u))
        return error_set(err, JEMPUT_MISUSE, "a decision is cut, or goes on");
    out->hidden = calloc((size_t)out->hide.count + 1, sizeof *out->hidden);
    if (!out->hidden)
        return error_set(err, JEMPUT_NOMEM, "no memory for %u values", out->hide.count);
    for (unsigned i = 0; i < out->hide.count; i++)
        out->hidden[i] = (struct jemput_hidden_value){ .column = out->hide.names[i], .value = out->hide.values[i] };
    return JEMPUT_OK;
}

JNIEXPORT void JNICALL Java_org_jemput_Native_decide(JNIEnv *env, jclass class_of, jlong store, jbyteArray message)
{
    struct choice made = { .table = NULL };
    struct text packed;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_WHOLE))
        return;
    st = bytes_take(env, message, &packed, &c.err);
    if (!st)
        st = choice_take(&packed, &made, &c.err);
    if (!st) {
        const struct jemput_choice choice = { .table = made.table, .key = made.key, .key_count = made.key_count, .column_count = made.set.count,
            .columns = (const char *const *)made.set.names, .values = made.set.values, .hidden_count = made.hide.count, .hidden = made.hidden,
            .remove = made.remove, .restore = made.restore, .reason = made.reason };

        st = jemput_decide(c.jemput, &choice, &c.err);
    }
    choice_release(&made);
    text_wipe(&packed);
    call_end(&c, st);
}
