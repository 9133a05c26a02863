/* api/view/key.c — keys in views: one value for one column, a JSON array for several (schema/views.md, "Keys"). */
#include "api/view/view.h"

#include "api/view/json.h"
#include "change/key.h"

enum jemput_status view_key(struct jemput_value *out, const struct jemput_table *table, struct jemput_bytes key, struct jemput_arena *arena,
                            struct jemput_error *err)
{
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    struct jemput_buf text = JEMPUT_BUF_INIT(8 * JEMPUT_KEY_BYTES_MAX); /* a byte may become six characters */
    enum jemput_status st = jemput_key_read(values, table->key_count, key, err);

    *out = view_null();
    if (st)
        return st;
    if (table->key_count == 1)
        return jemput_value_copy(out, values, arena) ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a key");
    for (unsigned i = 0; i < table->key_count; i++) {
        jemput_buf_u8(&text, i ? ',' : '[');
        view_json_write(&text, &values[i]);
    }
    jemput_buf_u8(&text, ']');
    return view_taken(out, &text, arena, err);
}

static enum jemput_status key_parse(const struct jemput_table *table, const struct jemput_value *key, struct jemput_value *out,
                                    struct jemput_arena *arena, struct jemput_error *err)
{
    bool nomem = false;

    if (table->key_count == 1) {
        out[0] = *key;
        return JEMPUT_OK;
    }
    if (key->type == JEMPUT_TEXT && view_json_array(out, table->key_count, key->bytes, arena, &nomem))
        return JEMPUT_OK;
    if (nomem)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a key");
    return jemput_fail(err, JEMPUT_MISUSE, "the key of table %s has %u columns: write json_array(…) of them in the key's order, a BLOB as \"x'0f…'\"",
                       table->name, (unsigned)table->key_count);
}

enum jemput_status view_row_named(struct view *v, const struct jemput_value *values, const struct jemput_table **table, struct jemput_bytes *key,
                                  struct jemput_error *err)
{
    struct jemput_value parts[JEMPUT_KEY_COLUMNS_MAX];
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    char *name = values[0].type == JEMPUT_TEXT ? jemput_arena_str(&v->keep, values[0].bytes) : NULL;
    enum jemput_status st;

    if (values[0].type != JEMPUT_TEXT)
        return jemput_fail(err, JEMPUT_MISUSE, "the first value is the name of a table, as text");
    if (!name)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a name");
    *table = jemput_store_table_named(v->j->store, name);
    if (!*table)
        return jemput_fail(err, JEMPUT_NOTFOUND, "there is no replicated table '%s'", name);
    st = key_parse(*table, &values[1], parts, &v->keep, err);
    if (!st)
        st = jemput_key_write(&bytes, parts, (*table)->key_count, err);
    if (!st)
        st = jemput_buf_check(&bytes, "key", err);
    if (!st) {
        *key = jemput_arena_copy(&v->keep, jemput_buf_bytes(&bytes));
        if (!key->data)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a key");
    }
    jemput_buf_release(&bytes);
    return st;
}

/* SQL takes 5 and 5.0 for equal, keys do not: such a value is looked for among all. */
static bool is_plain(const struct jemput_value *value, const struct jemput_table *table)
{
    if (value->type == JEMPUT_INTEGER)
        return table->columns[table->key_columns[0]].affinity == JEMPUT_AFFINITY_NUMBER;
    return value->type == JEMPUT_TEXT || value->type == JEMPUT_BLOB;
}

enum jemput_status view_row_asked(struct view *v, const struct jemput_value *values, const struct jemput_table **table, struct jemput_bytes *key,
                                  struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_NOTFOUND;

    if (values)
        st = view_row_named(v, values, table, key, err);
    if (st || !is_plain(&values[1], *table))
        *table = NULL;
    return st == JEMPUT_NOMEM ? st : JEMPUT_OK;
}
