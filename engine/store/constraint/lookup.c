/* store/constraint/lookup.c — who holds what a row claims (UNIQUE). See lookup.h. */
#include "store/constraint/lookup.h"

#include <string.h>

#include "store/capture/capture.h"

#define SQL_BYTES_MAX ((size_t)256 * 1024)

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for rows");
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

/* --- keys --- */

void jemput_keys_select(struct jemput_buf *sql, const struct jemput_table *t)
{
    jemput_buf_append_str(sql, "SELECT ");
    for (uint8_t i = 0; i < t->key_count; i++) {
        jemput_buf_append_str(sql, i ? ", " : "");
        jemput_buf_identifier(sql, t->columns[t->key_columns[i]].name);
    }
    jemput_buf_append_str(sql, " FROM ");
    jemput_buf_identifier(sql, t->name);
}

static enum jemput_status keys_add(struct jemput_keys *out, struct jemput_bytes key, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_bytes *keys = jemput_arena_room(arena, out->keys, out->count, &out->room, sizeof *keys);

    if (!keys)
        return nomem(err);
    out->keys = keys;
    out->keys[out->count] = jemput_arena_copy(arena, key);
    if (!out->keys[out->count].data)
        return nomem(err);
    out->count++;
    return JEMPUT_OK;
}

enum jemput_status jemput_keys_take(struct jemput_store *store, sqlite3_stmt *stmt, const struct jemput_table *t, struct jemput_keys *out,
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

/* --- claims --- */

static void sql_terms(struct jemput_buf *sql, const struct jemput_claim *claim)
{
    jemput_buf_append_str(sql, "SELECT ");
    for (uint16_t i = 0; i < claim->count; i++) {
        jemput_buf_append_str(sql, i ? ", " : "");
        jemput_buf_append_str(sql, claim->terms[i]);
    }
}

static void sql_partial(struct jemput_buf *sql, const struct jemput_claim *claim)
{
    if (claim->where)
        jemput_buf_printf(sql, " AND (%s\n)", claim->where); /* a comment may end it */
}

static enum jemput_status read_prepare(struct jemput_store *store, struct jemput_claim *claim, const struct jemput_table *t, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(SQL_BYTES_MAX);
    enum jemput_status st;

    if (claim->read)
        return JEMPUT_OK;
    sql_terms(&sql, claim);
    jemput_buf_append_str(&sql, " FROM ");
    jemput_buf_identifier(&sql, t->name);
    for (uint8_t i = 0; i < t->key_count; i++) {
        jemput_buf_append_str(&sql, i ? " AND " : " WHERE ");
        jemput_buf_identifier(&sql, t->columns[t->key_columns[i]].name);
        jemput_buf_append_str(&sql, " = ?");
    }
    sql_partial(&sql, claim);
    st = jemput_sqlite_prepare_buf(&claim->read, store->db, &sql, SQLITE_PREPARE_PERSISTENT, err);
    jemput_buf_release(&sql);
    return st;
}

/* What the row of this key, which the table has for now, claims. */
static enum jemput_status claim_ask(struct jemput_store *store, struct jemput_applier *a, struct jemput_claim *claim, const struct jemput_value *row,
                                    struct jemput_value **out, struct jemput_arena *arena, struct jemput_error *err)
{
    const struct jemput_table *t = a->table;
    struct jemput_value *values = jemput_arena_array(arena, claim->count, sizeof *values);
    bool null = false;
    enum jemput_status st = values ? read_prepare(store, claim, t, err) : nomem(err);
    int rc;

    if (st)
        return st;
    for (uint8_t i = 0; i < t->key_count; i++)
        jemput_value_bind(claim->read, i + 1, &row[t->key_columns[i]]);
    rc = sqlite3_step(claim->read);
    for (uint16_t i = 0; !st && rc == SQLITE_ROW && i < claim->count; i++) {
        struct jemput_value v;

        jemput_value_from_column(&v, claim->read, i);
        null = null || v.type == JEMPUT_NULL;
        if (!jemput_value_copy(&values[i], &v, arena))
            st = nomem(err);
    }
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "ask for a row's claims");
    sqlite3_reset(claim->read);
    *out = !st && rc == SQLITE_ROW && !null ? values : NULL;
    return st;
}

static enum jemput_status claims_ask(struct jemput_store *store, struct jemput_applier *a, const struct jemput_value *row, struct jemput_value **out,
                                     struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint16_t i = 0; !st && i < a->claim_count; i++) {
        if (!a->claims[i].columns)
            st = claim_ask(store, a, &a->claims[i], row, &out[i], arena, err);
    }
    return st;
}

/* A row that the table would not have at all (NOT NULL, CHECK) claims nothing. */
static enum jemput_status claims_ask_hidden(struct jemput_store *store, struct jemput_applier *a, const struct jemput_value *row, const uint8_t *has,
                                            struct jemput_value **out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_refusal refusal = { 0 };
    enum jemput_status st = jemput_sqlite_exec(store->db, "SAVEPOINT jemput_look", "look at a row", err);

    if (st)
        return st;
    memcpy(a->row, row, a->table->column_count * sizeof *row);
    memcpy(a->has, has, a->table->column_count);
    st = jemput_shown_replace(store, a, &refusal, err);
    if (!st && !refusal.refused)
        st = claims_ask(store, a, row, out, arena, err);
    if (st)
        sqlite3_exec(store->db, "ROLLBACK TO jemput_look; RELEASE jemput_look", NULL, NULL, NULL); /* the caller rolls back all, at the latest */
    else
        st = jemput_sqlite_exec(store->db, "ROLLBACK TO jemput_look; RELEASE jemput_look", "end a look at a row", err);
    return st;
}

static enum jemput_status claim_of_row(struct jemput_value **out, const struct jemput_claim *claim, const struct jemput_value *row,
                                       struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_value *values = jemput_arena_array(arena, claim->count, sizeof *values);
    bool null = false;

    if (!values)
        return nomem(err);
    for (uint16_t i = 0; i < claim->count; i++) {
        values[i] = row[claim->columns[i]];
        null = null || values[i].type == JEMPUT_NULL;
    }
    *out = null ? NULL : values;
    return JEMPUT_OK;
}

enum jemput_status jemput_claims_read(struct jemput_store *store, struct jemput_applier *a, const struct jemput_value *row, const uint8_t *has,
                                      bool shown, struct jemput_value ***out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_value **claimed = jemput_arena_array(arena, a->claim_count, sizeof *claimed);
    enum jemput_status st = claimed ? JEMPUT_OK : nomem(err);

    for (uint16_t i = 0; !st && i < a->claim_count; i++) {
        if (a->claims[i].columns)
            st = claim_of_row(&claimed[i], &a->claims[i], row, arena, err);
    }
    if (!st && a->asks)
        st = shown ? claims_ask(store, a, row, claimed, arena, err) : claims_ask_hidden(store, a, row, has, claimed, arena, err);
    if (!st)
        *out = claimed;
    return st;
}

/* SELECT key FROM table WHERE column = ? …, or term COLLATE c = ? … AND (where of a partial index, so that the index can be used) */
static enum jemput_status find_prepare(struct jemput_store *store, struct jemput_claim *claim, const struct jemput_table *t,
                                       struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(SQL_BYTES_MAX);
    enum jemput_status st;

    if (claim->find)
        return JEMPUT_OK;
    jemput_keys_select(&sql, t);
    for (uint16_t i = 0; i < claim->count; i++) {
        jemput_buf_append_str(&sql, i ? " AND " : " WHERE ");
        if (claim->columns)
            jemput_buf_identifier(&sql, t->columns[claim->columns[i]].name);
        else
            jemput_buf_append_str(&sql, claim->terms[i]);
        jemput_buf_append_str(&sql, " COLLATE ");
        jemput_buf_identifier(&sql, claim->collations[i]);
        jemput_buf_append_str(&sql, " = ?");
    }
    sql_partial(&sql, claim);
    st = jemput_sqlite_prepare_buf(&claim->find, store->db, &sql, SQLITE_PREPARE_PERSISTENT, err);
    jemput_buf_release(&sql);
    return st;
}

enum jemput_status jemput_claim_find(struct jemput_store *store, struct jemput_applier *a, struct jemput_claim *claim,
                                     const struct jemput_value *claimed, struct jemput_keys *out, struct jemput_arena *arena,
                                     struct jemput_error *err)
{
    enum jemput_status st = find_prepare(store, claim, a->table, err);

    if (st)
        return st;
    for (uint16_t i = 0; i < claim->count; i++)
        jemput_value_bind(claim->find, i + 1, &claimed[i]);
    return jemput_keys_take(store, claim->find, a->table, out, arena, err);
}

/* NOCASE compares up to the first NUL, then by the length (sqlite3_strnicmp); so what is behind a NUL does not count, and how much it is does. */
static void text_write_folded(struct jemput_buf *out, struct jemput_bytes text, const char *collation)
{
    bool fold = sqlite3_stricmp(collation, "NOCASE") == 0;

    if (sqlite3_stricmp(collation, "RTRIM") == 0) {
        while (text.len && text.data[text.len - 1] == ' ')
            text.len--;
    }
    jemput_buf_u8(out, JEMPUT_TEXT);
    jemput_buf_varint(out, text.len);
    if (fold && text.len && memchr(text.data, 0, text.len))
        text.len = (size_t)((const uint8_t *)memchr(text.data, 0, text.len) - text.data) + 1;
    for (size_t i = 0; i < text.len; i++)
        jemput_buf_u8(out, fold && text.data[i] >= 'A' && text.data[i] <= 'Z' ? (uint8_t)(text.data[i] + 32) : text.data[i]);
}

void jemput_values_fold(struct jemput_buf *out, const struct jemput_value *values, const char *const *collations, uint16_t count)
{
    for (uint16_t i = 0; i < count; i++) {
        struct jemput_value v = values[i];

        /* SQLite finds 1 and 1.0 equal. */
        if (v.type == JEMPUT_REAL && v.real >= -9223372036854775808.0 && v.real < 9223372036854775808.0 && v.real == (double)(int64_t)v.real)
            v = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = (int64_t)v.real };
        if (v.type == JEMPUT_TEXT)
            text_write_folded(out, v.bytes, collations[i]);
        else
            jemput_value_write(out, &v);
    }
}
