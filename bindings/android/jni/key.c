/* key.c — a row, as Java names it. */
#include "key.h"

#include <stdlib.h>
#include <string.h>

enum jemput_status values_take(struct unpack *u, struct jemput_datum **values, unsigned *count, struct jemput_error *err)
{
    int32_t claimed = unpack_i32(u);

    *values = NULL;
    *count = 0;
    if (u->overrun || claimed < 0 || claimed > u->end - u->rest)
        return error_set(err, JEMPUT_MISUSE, "there are no %d values", (int)claimed);
    *values = calloc((size_t)claimed + 1, sizeof **values);
    if (!*values)
        return error_set(err, JEMPUT_NOMEM, "no memory for %d values", (int)claimed);
    for (int32_t i = 0; i < claimed; i++)
        unpack_value(u, &(*values)[i]);
    *count = (unsigned)claimed;
    return u->overrun ? error_set(err, JEMPUT_MISUSE, "a value is malformed") : JEMPUT_OK;
}

enum jemput_status copy_take(struct unpack *u, char **out, const char *what, struct jemput_error *err)
{
    size_t len;
    const void *data = unpack_bytes(u, &len);

    if (!data || memchr(data, '\0', len))
        return error_set(err, JEMPUT_MISUSE, "a decision has a row, columns by their names, and a reason: there is no %s", what);
    *out = malloc(len + 1);
    if (!*out)
        return error_set(err, JEMPUT_NOMEM, "no memory for a %s", what);
    memcpy(*out, data, len);
    (*out)[len] = '\0';
    return JEMPUT_OK;
}

enum jemput_status key_take(JNIEnv *env, jbyteArray table, jbyteArray packed, struct key *out, struct jemput_error *err)
{
    struct unpack u;
    enum jemput_status st;

    *out = (struct key){ .count = 0 };
    st = text_take(env, table, &out->table, "table", err);
    if (!st)
        st = bytes_take(env, packed, &out->packed, err);
    if (st || !packed)
        return st;
    u = unpack_of(out->packed.bytes, out->packed.len);
    return values_take(&u, &out->values, &out->count, err);
}

void key_release(struct key *k)
{
    free(k->values);
    text_wipe(&k->packed);
    text_release(&k->table);
    *k = (struct key){ .count = 0 };
}
