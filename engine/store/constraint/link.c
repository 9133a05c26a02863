/* store/constraint/link.c — whether what a row points to is there (FOREIGN KEY), and what points to a row. See lookup.h.
 *
 * SQLite compares a child's value with the parent's by the parent's rules: the collation of its column, and the value as that column would hold it.
 * So do these. */
#include "store/constraint/lookup.h"

#include <string.h>

#include "store/sql/affinity.h"

#define SQL_BYTES_MAX ((size_t)256 * 1024)

/* SELECT key FROM parent WHERE target = ? …: a bound value has no affinity of its own, so the column's is applied. */
static enum jemput_status exists_prepare(struct jemput_store *store, struct jemput_link *link, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(SQL_BYTES_MAX);
    enum jemput_status st;

    if (link->exists)
        return JEMPUT_OK;
    if (link->parent) {
        jemput_keys_select(&sql, link->parent->table);
    } else {
        jemput_buf_append_str(&sql, "SELECT 1 FROM ");
        jemput_buf_identifier(&sql, link->parent_name);
    }
    for (uint16_t i = 0; i < link->count; i++) {
        jemput_buf_append_str(&sql, i ? " AND " : " WHERE ");
        jemput_buf_identifier(&sql, link->targets[i]);
        jemput_buf_append_str(&sql, " = ?");
    }
    jemput_buf_append_str(&sql, " LIMIT 1");
    st = jemput_sqlite_prepare_buf(&link->exists, store->db, &sql, SQLITE_PREPARE_PERSISTENT, err);
    jemput_buf_release(&sql);
    return st;
}

/* The values of the row's link; false: one is NULL, so that it names no parent (MATCH SIMPLE). */
static bool link_values(const struct jemput_link *link, const struct jemput_value *row, const struct jemput_value **out)
{
    for (uint16_t i = 0; i < link->count; i++) {
        out[i] = &row[link->columns[i]];
        if (out[i]->type == JEMPUT_NULL)
            return false;
    }
    return true;
}

static enum jemput_status link_count_check(const struct jemput_link *link, struct jemput_error *err)
{
    return link->count > JEMPUT_KEY_COLUMNS_MAX ? jemput_fail(err, JEMPUT_LIMIT, "a FOREIGN KEY of %u columns", (unsigned)link->count) : JEMPUT_OK;
}

enum jemput_status jemput_link_holds(struct jemput_store *store, struct jemput_link *link, const struct jemput_value *row, bool *out,
                                     struct jemput_error *err)
{
    struct jemput_appliers *as = store->appliers;
    const struct jemput_value *named[JEMPUT_KEY_COLUMNS_MAX];
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    struct jemput_bytes key;
    enum jemput_status st = link_count_check(link, err);
    int rc;

    *out = true;
    jemput_buf_clear(&as->scratch);
    if (st || !link_values(link, row, named))
        return st;
    for (uint16_t i = 0; i < link->count; i++)
        values[i] = *named[i];
    st = jemput_key_write(&as->scratch, values, link->count, err);
    if (st == JEMPUT_LIMIT) /* no key is so long */
        jemput_buf_clear(&as->scratch);
    else if (st)
        return st;
    key = jemput_buf_bytes(&as->scratch);
    if (key.len && jemput_presence_knows(as, link->target, key))
        return JEMPUT_OK;
    st = exists_prepare(store, link, err);
    if (st)
        return st;
    for (uint16_t i = 0; i < link->count; i++)
        jemput_value_bind(link->exists, i + 1, &values[i]);
    rc = sqlite3_step(link->exists);
    *out = rc == SQLITE_ROW;
    sqlite3_reset(link->exists);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return jemput_sqlite_fail(store->db, rc, err, "look up a parent");
    if (*out && key.len)
        jemput_presence_note(as, link->target, key);
    return JEMPUT_OK;
}

enum jemput_status jemput_link_parent(struct jemput_store *store, struct jemput_link *link, const struct jemput_value *row, bool *found,
                                      struct jemput_bytes *key, struct jemput_arena *arena, struct jemput_error *err)
{
    const struct jemput_value *named[JEMPUT_KEY_COLUMNS_MAX];
    struct jemput_keys keys = { 0 };
    enum jemput_status st = link_count_check(link, err);

    *found = false;
    if (st || !link_values(link, row, named))
        return st;
    st = exists_prepare(store, link, err);
    for (uint16_t i = 0; !st && i < link->count; i++)
        jemput_value_bind(link->exists, i + 1, named[i]);
    if (!st)
        st = jemput_keys_take(store, link->exists, link->parent->table, &keys, arena, err);
    *found = !st && keys.count > 0;
    if (*found)
        *key = keys.keys[0];
    return st;
}

/* SELECT c.key FROM parent p CROSS JOIN child c WHERE p.key = ? … AND p.target = c.column …: compared column by column, SQLite takes the parent's
 * collation, and finds whatever the parent's affinity finds (perhaps more, where the two differ: each is looked at again). */
static enum jemput_status children_prepare(struct jemput_store *store, struct jemput_link *link, struct jemput_error *err)
{
    const struct jemput_table *parent = link->parent->table, *child = link->child->table;
    struct jemput_buf sql = JEMPUT_BUF_INIT(SQL_BYTES_MAX);
    enum jemput_status st;

    if (link->children)
        return JEMPUT_OK;
    for (uint8_t i = 0; i < child->key_count; i++) {
        jemput_buf_append_str(&sql, i ? ", c." : "SELECT c.");
        jemput_buf_identifier(&sql, child->columns[child->key_columns[i]].name);
    }
    jemput_buf_append_str(&sql, " FROM ");
    jemput_buf_identifier(&sql, parent->name);
    jemput_buf_append_str(&sql, " AS p CROSS JOIN ");
    jemput_buf_identifier(&sql, child->name);
    jemput_buf_append_str(&sql, " AS c");
    for (uint8_t i = 0; i < parent->key_count; i++) {
        jemput_buf_append_str(&sql, i ? " AND p." : " WHERE p.");
        jemput_buf_identifier(&sql, parent->columns[parent->key_columns[i]].name);
        jemput_buf_append_str(&sql, " = ?");
    }
    for (uint16_t i = 0; i < link->count; i++) {
        jemput_buf_append_str(&sql, " AND p.");
        jemput_buf_identifier(&sql, parent->columns[link->target_columns[i]].name);
        jemput_buf_append_str(&sql, " = c.");
        jemput_buf_identifier(&sql, child->columns[link->columns[i]].name);
    }
    st = jemput_sqlite_prepare_buf(&link->children, store->db, &sql, SQLITE_PREPARE_PERSISTENT, err);
    jemput_buf_release(&sql);
    return st;
}

enum jemput_status jemput_link_children(struct jemput_store *store, struct jemput_link *link, const struct jemput_value *row, struct jemput_keys *out,
                                        struct jemput_arena *arena, struct jemput_error *err)
{
    const struct jemput_table *parent = link->parent->table;
    enum jemput_status st = children_prepare(store, link, err);

    if (st)
        return st;
    for (uint8_t i = 0; i < parent->key_count; i++)
        jemput_value_bind(link->children, i + 1, &row[parent->key_columns[i]]);
    return jemput_keys_take(store, link->children, link->child->table, out, arena, err);
}

/* SELECT key FROM child WHERE column COLLATE the parent's = ? … */
static enum jemput_status naming_prepare(struct jemput_store *store, struct jemput_link *link, struct jemput_error *err)
{
    const struct jemput_table *child = link->child->table;
    struct jemput_buf sql = JEMPUT_BUF_INIT(SQL_BYTES_MAX);
    enum jemput_status st;

    if (link->naming)
        return JEMPUT_OK;
    jemput_keys_select(&sql, child);
    for (uint16_t i = 0; i < link->count; i++) {
        jemput_buf_append_str(&sql, i ? " AND " : " WHERE ");
        jemput_buf_identifier(&sql, child->columns[link->columns[i]].name);
        jemput_buf_append_str(&sql, " COLLATE ");
        jemput_buf_identifier(&sql, link->collations[i]);
        jemput_buf_append_str(&sql, " = ?");
    }
    st = jemput_sqlite_prepare_buf(&link->naming, store->db, &sql, SQLITE_PREPARE_PERSISTENT, err);
    jemput_buf_release(&sql);
    return st;
}

enum jemput_status jemput_link_naming(struct jemput_store *store, struct jemput_link *link, const struct jemput_value *row, struct jemput_keys *out,
                                      struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = naming_prepare(store, link, err);

    if (st)
        return st;
    for (uint16_t i = 0; i < link->count; i++)
        jemput_value_bind(link->naming, i + 1, &row[link->target_columns[i]]);
    return jemput_keys_take(store, link->naming, link->child->table, out, arena, err);
}

/* --- as bytes --- */

static enum jemput_status values_write(struct jemput_buf *out, const struct jemput_link *link, const struct jemput_value *values,
                                       struct jemput_error *err)
{
    if (link->target_is_key)
        return jemput_key_write(out, values, link->count, err);
    jemput_values_fold(out, values, link->collations, link->count);
    return jemput_buf_check(out, "FOREIGN KEY", err);
}

enum jemput_status jemput_link_names(struct jemput_buf *out, struct jemput_store *store, struct jemput_link *link, const struct jemput_value *row,
                                     struct jemput_error *err)
{
    const struct jemput_value *named[JEMPUT_KEY_COLUMNS_MAX];
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    sqlite3_value *owned[JEMPUT_KEY_COLUMNS_MAX] = { NULL };
    enum jemput_status st = link_count_check(link, err);

    if (st || !link_values(link, row, named))
        return st;
    for (uint16_t i = 0; !st && i < link->count; i++) {
        values[i] = *named[i];
        st = jemput_value_convert(store, &values[i], link->affinities[i], &owned[i], err);
    }
    if (!st)
        st = values_write(out, link, values, err);
    for (uint16_t i = 0; i < link->count; i++)
        sqlite3_value_free(owned[i]);
    return st;
}

enum jemput_status jemput_link_target_bytes(struct jemput_buf *out, const struct jemput_link *link, const struct jemput_value *parent,
                                            struct jemput_error *err)
{
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    enum jemput_status st = link_count_check(link, err);

    for (uint16_t i = 0; !st && i < link->count; i++) {
        values[i] = parent[link->target_columns[i]];
        if (values[i].type == JEMPUT_NULL) /* nobody can name it */
            return JEMPUT_OK;
    }
    return st ? st : values_write(out, link, values, err);
}
