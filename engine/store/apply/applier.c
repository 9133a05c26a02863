/* store/apply/applier.c — the statements by which merging reads and writes the app's tables: see applier.h. */
#include "store/apply/applier.h"

#include <string.h>

#include "store/apply/birth.h"
#include "store/constraint/interest.h"
#include "store/constraint/lookup.h"
#include "store/schema/former.h"
#include "store/schema/initial.h"
#include "store/trigger/merge.h"

#define SQL_BYTES_MAX ((size_t)256 * 1024)
#define INSERT_SQL "INSERT OR ABORT INTO "
#define INSERT_MANY_SQL "INSERT OR FAIL INTO "
#define REPLACE_SQL "INSERT OR REPLACE INTO "

/* --- the set --- */

static void applier_finalize(struct jemput_applier *a)
{
    sqlite3_finalize(a->insert);
    sqlite3_finalize(a->insert_many);
    sqlite3_finalize(a->remove);
    sqlite3_finalize(a->select);
    for (unsigned i = 0; i < JEMPUT_MASKED_STATEMENTS; i++)
        sqlite3_finalize(a->masked[i].stmt);
    jemput_constraints_finalize(a);
}

void jemput_appliers_free(struct jemput_appliers *as)
{
    if (!as)
        return;
    for (uint32_t i = 0; i < as->count; i++)
        applier_finalize(&as->of[i]);
    sqlite3_finalize(as->row_new);
    sqlite3_finalize(as->row_get);
    sqlite3_finalize(as->row_put);
    if (as->births)
        jemput_births_release(as->births);
    jemput_free(as->births);
    jemput_interests_free(as->interests);
    jemput_buf_release(&as->scratch);
    jemput_free(as->presence);
    jemput_arena_release(&as->arena);
    jemput_free(as);
}

void jemput_appliers_forget(struct jemput_store *store)
{
    jemput_appliers_free(store->appliers);
    store->appliers = NULL;
}

/* "Determination Of Column Affinity", https://www.sqlite.org/datatype3.html#determination_of_column_affinity, as far as it changes values. */
static enum jemput_keeping keeping_of(const char *type)
{
    if (sqlite3_strlike("%int%", type, 0) == 0)
        return JEMPUT_KEEPS_NO_TEXT;
    if (sqlite3_strlike("%char%", type, 0) == 0 || sqlite3_strlike("%clob%", type, 0) == 0 || sqlite3_strlike("%text%", type, 0) == 0)
        return JEMPUT_KEEPS_NO_NUMBER;
    return !*type || sqlite3_strlike("%blob%", type, 0) == 0 ? JEMPUT_KEEPS_ALL : JEMPUT_KEEPS_NO_TEXT;
}

/* What the key's columns keep. And does the table refuse rows for nothing but what OR FAIL is about? For a value of a wrong type, STRICT tables and
 * rowids do not stop there. */
static void keeping_set(struct jemput_applier *a)
{
    a->stops_midway = !a->table->strict;
    for (uint8_t i = 0; i < a->table->key_count; i++) {
        const char *type = a->declared->columns[a->table->key_columns[i]].type;

        a->key_keeps[i] = keeping_of(type);
        if (sqlite3_stricmp(type, "integer") == 0)
            a->stops_midway = false;
    }
}

static enum jemput_status applier_init(struct jemput_applier *a, const struct jemput_table *table, const struct jemput_declared *declared,
                                       struct jemput_arena *arena, struct jemput_error *err)
{
    a->table = table;
    a->declared = declared;
    a->row = jemput_arena_array(arena, table->column_count, sizeof *a->row);
    a->has = jemput_arena_array(arena, table->column_count, sizeof *a->has);
    a->watched = jemput_arena_array(arena, table->column_count, sizeof *a->watched);
    a->initial = jemput_arena_array(arena, table->column_count, sizeof *a->initial);
    if (!a->row || !a->has || !a->watched || !a->initial)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a table");
    for (uint16_t i = 0; i < table->column_count; i++)
        a->carried_count += table->columns[i].group != JEMPUT_GROUP_NONE;
    keeping_set(a);
    return JEMPUT_OK;
}

static enum jemput_status appliers_load(struct jemput_store *store, struct jemput_appliers *as, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    as->scratch = (struct jemput_buf)JEMPUT_BUF_INIT(JEMPUT_ROW_BYTES_MAX);
    as->open_count = -1;
    as->presence = jemput_alloc_zero(JEMPUT_PRESENCE_SLOTS, sizeof *as->presence);
    as->of = jemput_arena_array(&as->arena, jemput_store_table_count(store), sizeof *as->of);
    as->births = jemput_alloc_zero(1, sizeof *as->births);
    if (!as->of || !as->presence || !as->births)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for tables");
    for (uint32_t id = 1; !st && id <= jemput_store_table_count(store); id++) {
        const struct jemput_table *table = jemput_store_table(store, id);

        if (!table)
            return jemput_fail(err, JEMPUT_CORRUPT, "table %u is not there", (unsigned)id);
        st = applier_init(&as->of[id - 1], table, jemput_store_declared(store, table), &as->arena, err);
        as->count = id;
    }
    for (uint32_t i = 0; !st && i < as->count; i++)
        st = jemput_initial_load(store, &as->of[i], &as->arena, err);
    if (!st)
        st = jemput_formers_load(store, as, err);
    if (!st)
        st = jemput_constraints_load(store, as, err);
    if (!st)
        st = jemput_sqlite_prepare(&as->row_new, store->db, "INSERT INTO jemput_row(tbl, key, version) VALUES(?, ?, ?) ON CONFLICT DO NOTHING",
                                   SQLITE_PREPARE_PERSISTENT, err);
    if (!st)
        st = jemput_sqlite_prepare(&as->row_get, store->db, "SELECT version, state, detail FROM jemput_row WHERE tbl = ? AND key = ?",
                                   SQLITE_PREPARE_PERSISTENT, err);
    if (!st)
        st = jemput_sqlite_prepare(
            &as->row_put, store->db,
            "INSERT INTO jemput_row(tbl, key, version, state, detail) VALUES(?, ?, ?, ?, ?) ON CONFLICT(tbl, key) DO UPDATE SET "
            "version = excluded.version, state = excluded.state, detail = excluded.detail",
            SQLITE_PREPARE_PERSISTENT, err);
    return st;
}

enum jemput_status jemput_appliers_get(struct jemput_store *store, struct jemput_appliers **out, struct jemput_error *err)
{
    struct jemput_appliers *as = store->appliers;
    enum jemput_status st;

    if (!as) {
        as = jemput_alloc_zero(1, sizeof *as);
        if (!as)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for tables");
        st = appliers_load(store, as, err);
        if (st) {
            jemput_appliers_free(as);
            return st;
        }
        store->appliers = as;
    }
    *out = as;
    return JEMPUT_OK;
}

enum jemput_status jemput_applier_of(struct jemput_store *store, uint32_t table, struct jemput_applier **out, struct jemput_error *err)
{
    struct jemput_appliers *as = NULL;
    enum jemput_status st = jemput_appliers_get(store, &as, err);

    if (st)
        return st;
    if (table < 1 || table > as->count)
        return jemput_fail(err, JEMPUT_CORRUPT, "there is no replicated table %u", (unsigned)table);
    *out = &as->of[table - 1];
    return JEMPUT_OK;
}

/* --- a row's values --- */

enum jemput_status jemput_applier_take_key(struct jemput_applier *a, struct jemput_bytes key, struct jemput_error *err)
{
    const struct jemput_table *t = a->table;
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    enum jemput_status st = jemput_key_read(values, t->key_count, key, err);

    if (st)
        return jemput_wrap(err, "table '%s'", t->name);
    memset(a->row, 0, t->column_count * sizeof *a->row);
    memset(a->has, 0, t->column_count);
    for (uint8_t i = 0; i < t->key_count; i++) {
        a->row[t->key_columns[i]] = values[i];
        a->has[t->key_columns[i]] = 1;
    }
    return JEMPUT_OK;
}

enum jemput_status jemput_applier_take_insert(struct jemput_applier *a, const struct jemput_change *insert, struct jemput_error *err)
{
    const struct jemput_table *t = a->table;
    enum jemput_status st = jemput_applier_take_key(a, insert->key, err);

    for (uint16_t i = 0; !st && i < insert->cell_count; i++) {
        const struct jemput_cell *cell = &insert->cells[i];

        if (cell->column >= t->column_count || t->columns[cell->column].group == JEMPUT_GROUP_NONE)
            return jemput_fail(err, JEMPUT_CORRUPT, "table '%s' has no column %u that merges", t->name, (unsigned)cell->column);
        a->row[cell->column] = cell->value;
        a->has[cell->column] = 1;
    }
    return st;
}

/* --- statements --- */

static void sql_columns(struct jemput_buf *sql, const struct jemput_table *t, const uint8_t *mask, const char *between, const char *after)
{
    bool first = true;

    for (uint16_t i = 0; i < t->column_count; i++) {
        if (mask ? !mask[i] : t->columns[i].generated)
            continue;
        if (!first)
            jemput_buf_append_str(sql, between);
        first = false;
        jemput_buf_identifier(sql, t->columns[i].name);
        jemput_buf_append_str(sql, after);
    }
}

static void sql_where_key(struct jemput_buf *sql, const struct jemput_table *t)
{
    for (uint8_t i = 0; i < t->key_count; i++) {
        jemput_buf_append_str(sql, i ? " AND " : " WHERE ");
        jemput_buf_identifier(sql, t->columns[t->key_columns[i]].name);
        jemput_buf_append_str(sql, " = ?");
    }
}

static void sql_row(struct jemput_buf *sql, const struct jemput_table *t, const uint8_t *mask)
{
    bool first = true;

    for (uint16_t i = 0; i < t->column_count; i++) {
        if (mask ? !mask[i] : t->columns[i].generated)
            continue;
        jemput_buf_append_str(sql, first ? "(?" : ", ?");
        first = false;
    }
    jemput_buf_append_str(sql, ")");
}

static void sql_insert(struct jemput_buf *sql, const struct jemput_table *t, const uint8_t *mask, const char *verb)
{
    jemput_buf_append_str(sql, verb);
    jemput_buf_identifier(sql, t->name);
    jemput_buf_append_str(sql, "(");
    sql_columns(sql, t, mask, ", ", "");
    jemput_buf_append_str(sql, ") VALUES");
    sql_row(sql, t, mask);
}

static void sql_update(struct jemput_buf *sql, const struct jemput_table *t, const uint8_t *mask)
{
    jemput_buf_append_str(sql, "UPDATE OR ABORT ");
    jemput_buf_identifier(sql, t->name);
    jemput_buf_append_str(sql, " SET ");
    sql_columns(sql, t, mask, ", ", " = ?");
    sql_where_key(sql, t);
}

static enum jemput_status statement_make(struct jemput_store *store, sqlite3_stmt **out, struct jemput_buf *sql, struct jemput_error *err)
{
    enum jemput_status st = jemput_sqlite_prepare_buf(out, store->db, sql, SQLITE_PREPARE_PERSISTENT, err);

    jemput_buf_release(sql);
    return st;
}

/* A statement over the columns in a->has: kept, as the same sets of columns come again and again. */
static enum jemput_status applier_masked(struct jemput_store *store, struct jemput_applier *a, enum jemput_verb verb, sqlite3_stmt **out,
                                         struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(SQL_BYTES_MAX);
    struct jemput_masked *m;
    enum jemput_status st;

    for (unsigned i = 0; i < JEMPUT_MASKED_STATEMENTS; i++) {
        m = &a->masked[i];
        if (m->stmt && m->verb == verb && memcmp(m->mask, a->has, a->table->column_count) == 0) {
            *out = m->stmt;
            return JEMPUT_OK;
        }
    }
    m = &a->masked[a->masked_next++ % JEMPUT_MASKED_STATEMENTS];
    sqlite3_finalize(m->stmt);
    m->stmt = NULL;
    if (!m->mask)
        m->mask = jemput_arena_array(&store->appliers->arena, a->table->column_count, sizeof *m->mask);
    if (!m->mask)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a statement");
    memcpy(m->mask, a->has, a->table->column_count);
    m->verb = verb;
    if (verb == JEMPUT_VERB_UPDATE)
        sql_update(&sql, a->table, a->has);
    else
        sql_insert(&sql, a->table, a->has, verb == JEMPUT_VERB_INSERT ? INSERT_SQL : REPLACE_SQL);
    st = statement_make(store, &m->stmt, &sql, err);
    *out = m->stmt;
    return st;
}

/* --- writing --- */

/* "CHECK constraint failed: umur >= 0" → "CHECK umur >= 0". SQLite names constraints, columns and expressions there, never values. */
static void refusal_take(struct jemput_refusal *r, sqlite3 *db)
{
    static const char middle[] = " constraint failed: ";
    const char *text = sqlite3_errmsg(db);
    const char *at = strstr(text, middle);
    int code = sqlite3_extended_errcode(db);

    r->refused = true;
    r->key_taken = code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID;
    r->own_fault = code != SQLITE_CONSTRAINT_UNIQUE && !r->key_taken;
    if (at)
        sqlite3_snprintf(sizeof r->reason, r->reason, "%.*s %s", (int)(at - text), text, at + sizeof middle - 1);
    else
        sqlite3_snprintf(sizeof r->reason, r->reason, "%s", text);
}

/* What stepping a statement gave. */
static enum jemput_status shown_end(struct jemput_store *store, sqlite3_stmt *stmt, int rc, struct jemput_refusal *refusal, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    refusal->refused = false;
    if ((rc & 0xff) == SQLITE_CONSTRAINT || rc == SQLITE_MISMATCH)
        refusal_take(refusal, store->db);
    else if (rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "write row");
    sqlite3_reset(stmt);
    return st;
}

static void applier_bind(sqlite3_stmt *stmt, const struct jemput_applier *a, const uint8_t *mask, int *place)
{
    for (uint16_t i = 0; i < a->table->column_count; i++) {
        if (mask ? mask[i] : !a->table->columns[i].generated)
            jemput_value_bind(stmt, (*place)++, &a->row[i]);
    }
}

static enum jemput_status insert_prepare(struct jemput_store *store, struct jemput_applier *a, sqlite3_stmt **out, struct jemput_error *err)
{
    const struct jemput_table *t = a->table;
    struct jemput_buf sql = JEMPUT_BUF_INIT(SQL_BYTES_MAX);
    uint32_t count = 0;
    int place = 1;
    enum jemput_status st = JEMPUT_OK;

    for (uint16_t i = 0; i < t->column_count; i++)
        count += a->has[i];
    if (count == (uint32_t)a->carried_count + t->key_count) {
        if (!a->insert) {
            sql_insert(&sql, t, NULL, INSERT_SQL);
            st = statement_make(store, &a->insert, &sql, err);
        }
        *out = a->insert;
    } else {
        st = applier_masked(store, a, JEMPUT_VERB_INSERT, out, err);
    }
    if (!st)
        applier_bind(*out, a, a->has, &place);
    return st;
}

enum jemput_status jemput_shown_insert(struct jemput_store *store, struct jemput_applier *a, struct jemput_refusal *refusal, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = insert_prepare(store, a, &stmt, err);

    jemput_moved_note(&store->moved, a->table->name);
    return st ? st : shown_end(store, stmt, jemput_merge_step(store, a->table, stmt), refusal, err);
}

enum jemput_status jemput_shown_insert_bind(struct jemput_store *store, struct jemput_applier *a, unsigned place, struct jemput_error *err)
{
    const struct jemput_table *t = a->table;
    struct jemput_buf sql = JEMPUT_BUF_INIT(SQL_BYTES_MAX);
    int at = 1 + (int)place * (a->carried_count + t->key_count);
    enum jemput_status st = JEMPUT_OK;

    if (!a->insert_many) {
        sql_insert(&sql, t, NULL, a->stops_midway ? INSERT_MANY_SQL : INSERT_SQL);
        for (unsigned i = 1; i < JEMPUT_INSERT_MANY; i++) {
            jemput_buf_append_str(&sql, ", ");
            sql_row(&sql, t, NULL);
        }
        st = statement_make(store, &a->insert_many, &sql, err);
    }
    if (!st)
        applier_bind(a->insert_many, a, NULL, &at);
    return st;
}

/* OR ABORT, of several rows, would copy each page before it is changed, in case that one of them is refused. */
enum jemput_status jemput_shown_insert_many(struct jemput_store *store, struct jemput_applier *a, unsigned *taken, struct jemput_error *err)
{
    struct jemput_refusal refusal;
    enum jemput_status st;

    jemput_moved_note(&store->moved, a->table->name);
    st = shown_end(store, a->insert_many, jemput_merge_try(store, a->table, a->insert_many), &refusal, err);
    *taken = refusal.refused ? (unsigned)sqlite3_changes64(store->db) : JEMPUT_INSERT_MANY;
    return st;
}

enum jemput_status jemput_shown_replace(struct jemput_store *store, struct jemput_applier *a, struct jemput_refusal *refusal,
                                        struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    int place = 1;
    enum jemput_status st = applier_masked(store, a, JEMPUT_VERB_REPLACE, &stmt, err);

    if (st)
        return st;
    applier_bind(stmt, a, a->has, &place);
    return shown_end(store, stmt, jemput_merge_try(store, a->table, stmt), refusal, err);
}

enum jemput_status jemput_shown_update(struct jemput_store *store, struct jemput_applier *a, struct jemput_refusal *refusal, struct jemput_error *err)
{
    const struct jemput_table *t = a->table;
    sqlite3_stmt *stmt;
    bool any = false;
    int place = 1;
    enum jemput_status st;

    refusal->refused = false;
    for (uint8_t i = 0; i < t->key_count; i++)
        a->has[t->key_columns[i]] = 0;
    for (uint16_t i = 0; i < t->column_count; i++)
        any = any || a->has[i];
    if (!any)
        return JEMPUT_OK;
    st = applier_masked(store, a, JEMPUT_VERB_UPDATE, &stmt, err);
    if (st)
        return st;
    applier_bind(stmt, a, a->has, &place);
    for (uint8_t i = 0; i < t->key_count; i++)
        jemput_value_bind(stmt, place++, &a->row[t->key_columns[i]]);
    jemput_moved_note(&store->moved, t->name);
    return shown_end(store, stmt, jemput_merge_step(store, t, stmt), refusal, err);
}

static enum jemput_status key_bind(sqlite3_stmt *stmt, const struct jemput_table *t, struct jemput_bytes key, struct jemput_error *err)
{
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    enum jemput_status st = jemput_key_read(values, t->key_count, key, err);

    for (uint8_t i = 0; !st && i < t->key_count; i++)
        jemput_value_bind(stmt, i + 1, &values[i]);
    return st;
}

static enum jemput_status remove_prepare(struct jemput_store *store, struct jemput_applier *a, struct jemput_bytes key, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(SQL_BYTES_MAX);
    enum jemput_status st = JEMPUT_OK;

    if (!a->remove) {
        jemput_buf_append_str(&sql, "DELETE FROM ");
        jemput_buf_identifier(&sql, a->table->name);
        sql_where_key(&sql, a->table);
        st = statement_make(store, &a->remove, &sql, err);
    }
    return st ? st : key_bind(a->remove, a->table, key, err);
}

static enum jemput_status remove_end(struct jemput_store *store, struct jemput_applier *a, int rc, struct jemput_error *err)
{
    enum jemput_status st = rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "remove row");

    sqlite3_reset(a->remove);
    return st;
}

enum jemput_status jemput_shown_remove(struct jemput_store *store, struct jemput_applier *a, struct jemput_bytes key, struct jemput_error *err)
{
    enum jemput_status st = remove_prepare(store, a, key, err);

    jemput_moved_note(&store->moved, a->table->name);
    if (!st)
        st = remove_end(store, a, jemput_merge_step(store, a->table, a->remove), err);
    if (a->as_parent)
        jemput_presence_forget(store->appliers);
    return st;
}

enum jemput_status jemput_shown_try(struct jemput_store *store, struct jemput_applier *a, struct jemput_bytes key, struct jemput_refusal *refusal,
                                    struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = insert_prepare(store, a, &stmt, err);

    if (!st)
        st = shown_end(store, stmt, jemput_merge_try(store, a->table, stmt), refusal, err);
    if (st || refusal->refused)
        return st;
    st = remove_prepare(store, a, key, err);
    return st ? st : remove_end(store, a, jemput_merge_try(store, a->table, a->remove), err);
}

enum jemput_status jemput_shown_read(struct jemput_store *store, struct jemput_applier *a, struct jemput_bytes key, bool *found,
                                     struct jemput_arena *arena, struct jemput_error *err)
{
    const struct jemput_table *t = a->table;
    struct jemput_buf sql = JEMPUT_BUF_INIT(SQL_BYTES_MAX);
    enum jemput_status st = JEMPUT_OK;
    int rc, at = 0;

    if (!a->select) {
        jemput_buf_append_str(&sql, "SELECT ");
        sql_columns(&sql, t, NULL, ", ", "");
        jemput_buf_append_str(&sql, " FROM ");
        jemput_buf_identifier(&sql, t->name);
        sql_where_key(&sql, t);
        st = statement_make(store, &a->select, &sql, err);
    }
    if (!st)
        st = key_bind(a->select, t, key, err);
    if (st)
        return st;
    memset(a->row, 0, t->column_count * sizeof *a->row);
    memset(a->has, 0, t->column_count);
    rc = sqlite3_step(a->select);
    *found = rc == SQLITE_ROW;
    for (uint16_t i = 0; *found && !st && i < t->column_count; i++) {
        struct jemput_value v;

        if (t->columns[i].generated)
            continue;
        jemput_value_from_column(&v, a->select, at++);
        if (!jemput_value_copy(&a->row[i], &v, arena))
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a row");
        a->has[i] = 1;
    }
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "read row");
    sqlite3_reset(a->select);
    return st;
}
