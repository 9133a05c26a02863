/* store/constraint.c — UNIQUE and FOREIGN KEY as merging needs them: read from the schema once, and looked up by prepared statements.
 *
 * A unique index over an expression, or a partial one, is no claim here: SQLite still enforces it, the row that comes second is held, and
 * with that the outcome depends on the order of arrival. */
#include "store/applier.h"

#include <string.h>

#define SQL_BYTES_MAX ((size_t)256 * 1024)
#define COLUMNS_IN_CONSTRAINT_MAX 64
#define TARGETS_OTHER 0x40000000u /* numbers of targets that are no key of a replicated table start here */

/* --- reading the schema --- */

static char *column_text(sqlite3_stmt *stmt, int column, struct jemput_arena *arena)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    return jemput_arena_str(arena, jemput_bytes_str(text ? text : ""));
}

static int column_number(const struct jemput_table *t, const char *name)
{
    for (uint16_t i = 0; i < t->column_count; i++) {
        if (sqlite3_stricmp(t->columns[i].name, name) == 0)
            return i;
    }
    return -1;
}

static enum jemput_status pragma_prepare(struct jemput_store *store, sqlite3_stmt **out, const char *sql, const char *name, struct jemput_error *err)
{
    enum jemput_status st = jemput_sqlite_prepare(out, store->db, sql, 0, err);

    if (!st)
        sqlite3_bind_text(*out, 1, name, -1, SQLITE_STATIC);
    return st;
}

/* One row a constraint's column, or the end. JEMPUT_OK with *more false at the end. */
static enum jemput_status pragma_step(struct jemput_store *store, sqlite3_stmt *stmt, bool *more, struct jemput_error *err)
{
    int rc = sqlite3_step(stmt);

    *more = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "read constraints");
}

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for constraints");
}

struct claim_making {
    uint16_t count;
    uint16_t columns[COLUMNS_IN_CONSTRAINT_MAX];
    const char *collations[COLUMNS_IN_CONSTRAINT_MAX];
};

static enum jemput_status claim_finish(struct jemput_applier *a, const struct claim_making *m, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_claim *claim = &a->claims[a->claim_count];
    struct jemput_buf reason = JEMPUT_BUF_INIT(JEMPUT_REASON_BYTES - 1);

    claim->count = m->count;
    claim->columns = jemput_arena_array(arena, m->count, sizeof *claim->columns);
    claim->collations = jemput_arena_array(arena, m->count, sizeof *claim->collations);
    if (!claim->columns || !claim->collations)
        return nomem(err);
    memcpy(claim->columns, m->columns, m->count * sizeof *claim->columns);
    memcpy(claim->collations, m->collations, m->count * sizeof *claim->collations);
    jemput_buf_append_str(&reason, "UNIQUE ");
    for (uint16_t i = 0; i < m->count; i++) {
        jemput_buf_printf(&reason, "%s%s.%s", i ? ", " : "", a->table->name, a->table->columns[m->columns[i]].name);
        a->watched[m->columns[i]] = true;
    }
    claim->reason = jemput_arena_str(arena, jemput_buf_bytes(&reason)); /* cut at the limit if it must be */
    jemput_buf_release(&reason);
    if (!claim->reason)
        return nomem(err);
    a->claim_count++;
    return JEMPUT_OK;
}

static enum jemput_status claims_load(struct jemput_store *store, struct jemput_applier *a, struct jemput_arena *arena, struct jemput_error *err)
{
    static const char sql[] = "SELECT l.seq, x.cid, x.coll, l.partial, count(*) OVER () FROM pragma_index_list(?1) l, pragma_index_xinfo(l.name) x "
                              "WHERE l.\"unique\" AND l.origin <> 'pk' AND x.key ORDER BY l.seq DESC, x.seqno";
    struct claim_making making = { 0 };
    sqlite3_stmt *stmt;
    int64_t seq = -1;
    bool usable = false, more = true;
    enum jemput_status st = pragma_prepare(store, &stmt, sql, a->table->name, err);

    while (!st && more) {
        st = pragma_step(store, stmt, &more, err);
        if (!st && more && !a->claims) { /* no more claims than rows */
            a->claims = jemput_arena_array(arena, (size_t)sqlite3_column_int64(stmt, 4), sizeof *a->claims);
            st = a->claims ? JEMPUT_OK : nomem(err);
        }
        if (!st && seq >= 0 && usable && (!more || sqlite3_column_int64(stmt, 0) != seq)) {
            st = claim_finish(a, &making, arena, err);
            usable = false;
        }
        if (!st && more) {
            int cid = sqlite3_column_int(stmt, 1);

            if (sqlite3_column_int64(stmt, 0) != seq) {
                seq = sqlite3_column_int64(stmt, 0);
                making.count = 0;
                usable = sqlite3_column_int(stmt, 3) == 0;
            }
            if (cid < 0 || cid >= a->table->column_count || a->table->columns[cid].generated || making.count == COLUMNS_IN_CONSTRAINT_MAX) {
                usable = false;
                continue;
            }
            making.columns[making.count] = (uint16_t)cid;
            making.collations[making.count] = column_text(stmt, 2, arena);
            if (!making.collations[making.count++])
                st = nomem(err);
        }
    }
    sqlite3_finalize(stmt);
    return st;
}

/* A FOREIGN KEY that names no columns of the parent means its primary key. */
static enum jemput_status link_default_targets(struct jemput_store *store, struct jemput_link *link, struct jemput_arena *arena, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    bool more = true;
    uint16_t at = 0;
    enum jemput_status st = pragma_prepare(store, &stmt, "SELECT name FROM pragma_table_info(?1) WHERE pk ORDER BY pk", link->parent_name, err);

    while (!st && more && at < link->count) {
        st = pragma_step(store, stmt, &more, err);
        if (!st && more) {
            link->targets[at] = column_text(stmt, 0, arena);
            if (!link->targets[at++])
                st = nomem(err);
        }
    }
    sqlite3_finalize(stmt);
    if (!st && at < link->count)
        st = jemput_fail(err, JEMPUT_CORRUPT, "table '%s': FOREIGN KEY to '%s', which has no such key", link->child->table->name, link->parent_name);
    return st;
}

static enum jemput_status link_finish(struct jemput_store *store, struct jemput_appliers *as, struct jemput_link *link, uint32_t *other, struct jemput_error *err)
{
    const struct jemput_table *parent = jemput_store_table_named(store, link->parent_name);
    struct jemput_arena *arena = &as->arena;
    enum jemput_status st = link->targets[0] ? JEMPUT_OK : link_default_targets(store, link, arena, err);
    struct jemput_buf reason = JEMPUT_BUF_INIT(JEMPUT_REASON_BYTES - 1);

    if (st)
        return st;
    jemput_buf_printf(&reason, "FOREIGN KEY %s", link->parent_name);
    link->reason = jemput_arena_str(arena, jemput_buf_bytes(&reason));
    jemput_buf_release(&reason);
    link->target_columns = jemput_arena_array(arena, link->count, sizeof *link->target_columns);
    if (!link->reason || !link->target_columns)
        return nomem(err);
    link->target = TARGETS_OTHER + (*other)++;
    if (!parent)
        return JEMPUT_OK;
    link->parent = &as->of[parent->id - 1];
    link->next_of_parent = link->parent->as_parent;
    link->parent->as_parent = link;
    link->target_is_key = link->count == parent->key_count;
    for (uint16_t i = 0; i < link->count; i++) {
        int column = column_number(parent, link->targets[i]);

        if (column < 0)
            return jemput_fail(err, JEMPUT_CORRUPT, "table '%s' has no column '%s'", parent->name, link->targets[i]);
        link->target_columns[i] = (uint16_t)column;
        link->parent->watched[column] = true;
        link->target_is_key = link->target_is_key && parent->key_columns[i] == column;
    }
    if (link->target_is_key)
        link->target = parent->id;
    return JEMPUT_OK;
}

static enum jemput_status links_load(struct jemput_store *store, struct jemput_appliers *as, struct jemput_applier *a, uint32_t *other, struct jemput_error *err)
{
    static const char sql[] = "SELECT id, \"table\", \"from\", \"to\", count(*) OVER (PARTITION BY id), count(*) OVER () FROM pragma_foreign_key_list(?1) "
                              "ORDER BY id DESC, seq";
    struct jemput_arena *arena = &as->arena;
    struct jemput_link *link = NULL;
    sqlite3_stmt *stmt;
    int64_t id = -1;
    bool more = true;
    enum jemput_status st = pragma_prepare(store, &stmt, sql, a->table->name, err);

    while (!st && more) {
        int column;

        st = pragma_step(store, stmt, &more, err);
        if (st || !more)
            break;
        if (!a->links)
            a->links = jemput_arena_array(arena, (size_t)sqlite3_column_int64(stmt, 5), sizeof *a->links);
        if (!a->links) {
            st = nomem(err);
            break;
        }
        if (sqlite3_column_int64(stmt, 0) != id) {
            id = sqlite3_column_int64(stmt, 0);
            link = &a->links[a->link_count++];
            link->child = a;
            link->parent_name = column_text(stmt, 1, arena);
            link->columns = jemput_arena_array(arena, (size_t)sqlite3_column_int64(stmt, 4), sizeof *link->columns);
            link->targets = jemput_arena_array(arena, (size_t)sqlite3_column_int64(stmt, 4), sizeof *link->targets);
            if (!link->parent_name || !link->columns || !link->targets)
                st = nomem(err);
        }
        column = column_number(a->table, (const char *)sqlite3_column_text(stmt, 2));
        if (!st && column < 0)
            st = jemput_fail(err, JEMPUT_CORRUPT, "table '%s': a FOREIGN KEY of no column", a->table->name);
        if (st)
            break;
        link->columns[link->count] = (uint16_t)column;
        link->targets[link->count] = sqlite3_column_type(stmt, 3) == SQLITE_NULL ? NULL : column_text(stmt, 3, arena);
        a->watched[column] = true;
        link->count++;
    }
    sqlite3_finalize(stmt);
    for (uint16_t i = 0; !st && i < a->link_count; i++)
        st = link_finish(store, as, &a->links[i], other, err);
    return st;
}

enum jemput_status jemput_constraints_load(struct jemput_store *store, struct jemput_appliers *as, struct jemput_error *err)
{
    uint32_t other = 0;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < as->count; i++) {
        st = claims_load(store, &as->of[i], &as->arena, err);
        if (!st)
            st = links_load(store, as, &as->of[i], &other, err);
    }
    return st;
}

void jemput_constraints_finalize(struct jemput_applier *a)
{
    for (uint16_t i = 0; i < a->claim_count; i++)
        sqlite3_finalize(a->claims[i].find);
    for (uint16_t i = 0; i < a->link_count; i++) {
        sqlite3_finalize(a->links[i].exists);
        sqlite3_finalize(a->links[i].children);
    }
}

/* --- looking up --- */

static void sql_keys_where(struct jemput_buf *sql, const struct jemput_table *t, const uint16_t *columns, uint16_t count)
{
    jemput_buf_append_str(sql, "SELECT ");
    for (uint8_t i = 0; i < t->key_count; i++) {
        jemput_buf_append_str(sql, i ? ", " : "");
        jemput_buf_identifier(sql, t->columns[t->key_columns[i]].name);
    }
    jemput_buf_append_str(sql, " FROM ");
    jemput_buf_identifier(sql, t->name);
    for (uint16_t i = 0; i < count; i++) {
        jemput_buf_append_str(sql, i ? " AND " : " WHERE ");
        jemput_buf_identifier(sql, t->columns[columns[i]].name);
        jemput_buf_append_str(sql, " = ?");
    }
}

static enum jemput_status find_prepare(struct jemput_store *store, sqlite3_stmt **find, const struct jemput_table *t, const uint16_t *columns, uint16_t count,
                                       struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(SQL_BYTES_MAX);
    enum jemput_status st = JEMPUT_OK;

    if (*find)
        return JEMPUT_OK;
    sql_keys_where(&sql, t, columns, count);
    st = jemput_sqlite_prepare_buf(find, store->db, &sql, SQLITE_PREPARE_PERSISTENT, err);
    jemput_buf_release(&sql);
    return st;
}

static enum jemput_status keys_add(struct jemput_keys *out, struct jemput_bytes key, struct jemput_arena *arena, struct jemput_error *err)
{
    if (out->count == out->room) {
        uint32_t room = out->room ? out->room * 2 : 8;
        struct jemput_bytes *keys = jemput_arena_array(arena, room, sizeof *keys);

        if (!keys)
            return nomem(err);
        if (out->count)
            memcpy(keys, out->keys, out->count * sizeof *keys);
        out->keys = keys;
        out->room = room;
    }
    out->keys[out->count] = jemput_arena_copy(arena, key);
    if (!out->keys[out->count].data)
        return nomem(err);
    out->count++;
    return JEMPUT_OK;
}

/* Take all rows of a statement that gives key columns. */
static enum jemput_status keys_take(struct jemput_store *store, sqlite3_stmt *stmt, const struct jemput_table *t, struct jemput_keys *out,
                                    struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf *scratch = &store->appliers->scratch;
    enum jemput_status st = JEMPUT_OK;
    int rc;

    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && !st) {
        struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];

        for (uint8_t i = 0; i < t->key_count; i++)
            jemput_value_from_column(&values[i], stmt, i);
        jemput_buf_clear(scratch);
        st = jemput_key_write(scratch, values, t->key_count, err);
        if (!st)
            st = jemput_buf_check(scratch, "key", err);
        if (!st)
            st = keys_add(out, jemput_buf_bytes(scratch), arena, err);
    }
    sqlite3_reset(stmt);
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "look up rows");
    return st;
}

enum jemput_status jemput_claim_find(struct jemput_store *store, struct jemput_applier *a, struct jemput_claim *claim, const struct jemput_value *row,
                                     struct jemput_keys *out, struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = find_prepare(store, &claim->find, a->table, claim->columns, claim->count, err);

    if (st)
        return st;
    for (uint16_t i = 0; i < claim->count; i++) {
        if (row[claim->columns[i]].type == JEMPUT_NULL)
            return JEMPUT_OK;
        jemput_value_bind(claim->find, i + 1, &row[claim->columns[i]]);
    }
    return keys_take(store, claim->find, a->table, out, arena, err);
}

static void text_write_folded(struct jemput_buf *out, struct jemput_bytes text, const char *collation)
{
    bool fold = sqlite3_stricmp(collation, "NOCASE") == 0;

    if (sqlite3_stricmp(collation, "RTRIM") == 0) {
        while (text.len && text.data[text.len - 1] == ' ')
            text.len--;
    }
    jemput_buf_u8(out, JEMPUT_TEXT);
    jemput_buf_varint(out, text.len);
    for (size_t i = 0; i < text.len; i++)
        jemput_buf_u8(out, fold && text.data[i] >= 'A' && text.data[i] <= 'Z' ? (uint8_t)(text.data[i] + 32) : text.data[i]);
}

bool jemput_claim_bytes(struct jemput_buf *out, const struct jemput_claim *claim, const struct jemput_value *row)
{
    for (uint16_t i = 0; i < claim->count; i++) {
        struct jemput_value v = row[claim->columns[i]];

        if (v.type == JEMPUT_NULL)
            return false;
        /* SQLite finds 1 and 1.0 equal, as change/key.h does. */
        if (v.type == JEMPUT_REAL && v.real >= -9007199254740992.0 && v.real <= 9007199254740992.0 && v.real == (double)(int64_t)v.real)
            v = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = (int64_t)v.real };
        if (v.type == JEMPUT_TEXT)
            text_write_folded(out, v.bytes, claim->collations[i]);
        else
            jemput_value_write(out, &v);
    }
    return true;
}

static enum jemput_status link_exists_prepare(struct jemput_store *store, struct jemput_link *link, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(SQL_BYTES_MAX);
    enum jemput_status st;

    if (link->exists)
        return JEMPUT_OK;
    jemput_buf_append_str(&sql, "SELECT 1 FROM ");
    jemput_buf_identifier(&sql, link->parent_name);
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

enum jemput_status jemput_link_holds(struct jemput_store *store, struct jemput_link *link, const struct jemput_value *row, bool *out, struct jemput_error *err)
{
    struct jemput_appliers *as = store->appliers;
    struct jemput_value values[COLUMNS_IN_CONSTRAINT_MAX];
    struct jemput_bytes key;
    enum jemput_status st;
    int rc;

    *out = true;
    jemput_buf_clear(&as->scratch);
    if (link->count > JEMPUT_KEY_COLUMNS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "a FOREIGN KEY of %u columns", (unsigned)link->count);
    for (uint16_t i = 0; i < link->count; i++) {
        values[i] = row[link->columns[i]];
        if (values[i].type == JEMPUT_NULL) /* MATCH SIMPLE: no parent is named */
            return JEMPUT_OK;
    }
    st = jemput_key_write(&as->scratch, values, link->count, err);
    if (st == JEMPUT_LIMIT) /* no key is so long */
        jemput_buf_clear(&as->scratch);
    else if (st)
        return st;
    key = jemput_buf_bytes(&as->scratch);
    if (key.len && jemput_presence_knows(as, link->target, key))
        return JEMPUT_OK;
    st = link_exists_prepare(store, link, err);
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

enum jemput_status jemput_link_children(struct jemput_store *store, struct jemput_link *link, const struct jemput_value *row, struct jemput_keys *out,
                                        struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = find_prepare(store, &link->children, link->child->table, link->columns, link->count, err);

    if (st)
        return st;
    for (uint16_t i = 0; i < link->count; i++) {
        if (row[link->target_columns[i]].type == JEMPUT_NULL)
            return JEMPUT_OK;
        jemput_value_bind(link->children, i + 1, &row[link->target_columns[i]]);
    }
    return keys_take(store, link->children, link->child->table, out, arena, err);
}

/* --- presence --- */

static struct jemput_presence *presence_slot(const struct jemput_appliers *as, uint32_t target, struct jemput_bytes key)
{
    uint64_t hash = 0xcbf29ce484222325u ^ target;

    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ key.data[i]) * 0x100000001b3u;
    return &as->presence[(hash ^ hash >> 32) % JEMPUT_PRESENCE_SLOTS];
}

void jemput_presence_note(struct jemput_appliers *as, uint32_t target, struct jemput_bytes key)
{
    struct jemput_presence *p;

    if (!key.len || key.len > JEMPUT_PRESENCE_BYTES)
        return;
    p = presence_slot(as, target, key);
    p->target = target;
    p->len = (uint8_t)key.len;
    memcpy(p->bytes, key.data, key.len);
}

bool jemput_presence_knows(const struct jemput_appliers *as, uint32_t target, struct jemput_bytes key)
{
    const struct jemput_presence *p;

    if (!key.len || key.len > JEMPUT_PRESENCE_BYTES)
        return false;
    p = presence_slot(as, target, key);
    return p->target == target && p->len == key.len && memcmp(p->bytes, key.data, key.len) == 0;
}

void jemput_presence_forget(struct jemput_appliers *as)
{
    memset(as->presence, 0, JEMPUT_PRESENCE_SLOTS * sizeof *as->presence);
}
