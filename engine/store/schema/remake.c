/* store/schema/remake.c — the replicated schema of a store made anew. See remake.h. */
#include "store/schema/remake.h"

#include <string.h>

#include "base/limits.h"
#include "store/file/layout.h"
#include "store/internal.h"

struct object { /* of sqlite_schema */
    const char *type, *name, *sql;
};

struct objects {
    struct object *of;
    uint32_t count;
};

struct remaking {
    struct jemput_store *store, *now;
    struct objects was, is;
    struct jemput_arena arena;
};

/* --- what the two schemas are made of --- */

static const char *text_copy(struct jemput_arena *arena, sqlite3_stmt *stmt, int column)
{
    const unsigned char *text = sqlite3_column_text(stmt, column);

    return (const char *)jemput_arena_copy(arena, jemput_bytes_of(text ? (const char *)text : "", (size_t)sqlite3_column_bytes(stmt, column) + 1))
        .data;
}

/* Tables come before what is made on them. */
#define OBJECTS_OF "FROM main.sqlite_schema WHERE sql IS NOT NULL AND NOT (type <> 'trigger' AND substr(tbl_name, 1, 7) = 'jemput_')"

static enum jemput_status objects_read(struct objects *out, struct jemput_store *store, struct jemput_arena *arena, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int64_t count = 0;
    enum jemput_status st = jemput_sqlite_number(store->db, "SELECT count(*) " OBJECTS_OF, &count, err);
    int rc = SQLITE_DONE;

    out->of = jemput_arena_array(arena, (size_t)count, sizeof *out->of);
    if (!st && !out->of)
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory for the schema");
    if (!st)
        st = jemput_sqlite_prepare(&stmt, store->db,
                                   "SELECT type, name, sql " OBJECTS_OF " ORDER BY type <> 'table', type <> 'index', type <> 'view', rowid", 0, err);
    while (!st && out->count < count && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct object *o = &out->of[out->count++];

        *o = (struct object){ text_copy(arena, stmt, 0), text_copy(arena, stmt, 1), text_copy(arena, stmt, 2) };
        if (!o->type || !o->name || !o->sql)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for the schema");
    }
    if (!st && rc != SQLITE_ROW && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "read the schema");
    sqlite3_finalize(stmt);
    return st;
}

static bool object_in(const struct objects *all, const struct object *o)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (strcmp(all->of[i].type, o->type) == 0 && sqlite3_stricmp(all->of[i].name, o->name) == 0 && strcmp(all->of[i].sql, o->sql) == 0)
            return true;
    return false;
}

/* --- what goes, and what comes --- */

static const char *drop_words(const char *type)
{
    return strcmp(type, "table") == 0 ? "DROP TABLE IF EXISTS main."
           : strcmp(type, "index") == 0 ? "DROP INDEX IF EXISTS main."
           : strcmp(type, "view") == 0 ? "DROP VIEW IF EXISTS main." : "DROP TRIGGER IF EXISTS main.";
}

static enum jemput_status object_drop(struct remaking *r, const struct object *o, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(4096);
    const char *words = drop_words(o->type);
    enum jemput_status st;

    jemput_buf_append_str(&sql, words);
    jemput_buf_identifier(&sql, o->name);
    st = jemput_sqlite_exec_buf(r->store->db, &sql, "drop what is not in force", err);
    jemput_buf_release(&sql);
    return st;
}

/* Also what went with its table. */
static enum jemput_status object_make(struct remaking *r, const struct object *o, bool *made, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    enum jemput_status st =
        jemput_sqlite_prepare(&stmt, r->store->db, "SELECT 1 FROM main.sqlite_schema WHERE type = ?1 AND name = ?2 COLLATE NOCASE", 0, err);
    int rc = SQLITE_ROW;

    *made = false;
    if (!st) {
        sqlite3_bind_text(stmt, 1, o->type, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 2, o->name, -1, SQLITE_STATIC);
        rc = sqlite3_step(stmt);
    }
    sqlite3_finalize(stmt);
    if (st || rc == SQLITE_ROW)
        return st;
    st = jemput_sqlite_exec(r->store->db, o->sql, "make what is in force", err);
    *made = !st;
    return st;
}

/* --- rows from the other store --- */

static enum jemput_status columns_list(struct jemput_store *from, const char *table, struct jemput_buf *sql, unsigned *count,
                                       struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, from->db, "SELECT name FROM pragma_table_info(?1, 'main')", 0, err);
    int rc = SQLITE_DONE;

    if (!st)
        sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
    for (*count = 0; !st && (rc = sqlite3_step(stmt)) == SQLITE_ROW; ++*count) {
        if (*count)
            jemput_buf_append_str(sql, ", ");
        jemput_buf_identifier(sql, (const char *)sqlite3_column_text(stmt, 0));
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(from->db, rc, err, "read a table's columns");
    sqlite3_finalize(stmt);
    return st;
}

static enum jemput_status copy_prepare(struct remaking *r, const char *table, sqlite3_stmt **read, sqlite3_stmt **put, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    unsigned count;
    enum jemput_status st;

    jemput_buf_append_str(&sql, "SELECT ");
    st = columns_list(r->now, table, &sql, &count, err);
    jemput_buf_append_str(&sql, " FROM main.");
    jemput_buf_identifier(&sql, table);
    if (!st)
        st = jemput_sqlite_prepare_buf(read, r->now->db, &sql, 0, err);
    jemput_buf_clear(&sql);
    jemput_buf_append_str(&sql, "INSERT INTO main.");
    jemput_buf_identifier(&sql, table);
    jemput_buf_append_str(&sql, "(");
    if (!st)
        st = columns_list(r->now, table, &sql, &count, err);
    jemput_buf_append_str(&sql, ") VALUES(?");
    for (unsigned i = 1; i < count; i++)
        jemput_buf_append_str(&sql, ", ?");
    jemput_buf_append_str(&sql, ")");
    if (!st)
        st = jemput_sqlite_prepare_buf(put, r->store->db, &sql, 0, err);
    jemput_buf_release(&sql);
    return st;
}

static enum jemput_status rows_copy(struct remaking *r, const char *table, struct jemput_error *err)
{
    sqlite3_stmt *read = NULL, *put = NULL;
    enum jemput_status st = copy_prepare(r, table, &read, &put, err);
    int rc = SQLITE_DONE;

    while (!st && (rc = sqlite3_step(read)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(read); i++)
            sqlite3_bind_value(put, i + 1, sqlite3_column_value(read, i));
        if (sqlite3_step(put) != SQLITE_DONE)
            st = jemput_sqlite_fail(r->store->db, sqlite3_errcode(r->store->db), err, "write what the schema brings");
        sqlite3_reset(put);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(r->now->db, rc, err, "read what the schema brings");
    sqlite3_finalize(read);
    sqlite3_finalize(put);
    return st;
}

/* --- our own tables about it --- */

static enum jemput_status catalog_copy(struct remaking *r, struct jemput_error *err)
{
    int64_t times = 0;
    enum jemput_status st = jemput_sqlite_exec(
        r->store->db, "DELETE FROM main.jemput_table; DELETE FROM main.jemput_former; DELETE FROM main.jemput_policy", "forget the tables", err);

    if (!st)
        st = rows_copy(r, "jemput_table", err);
    if (!st)
        st = rows_copy(r, "jemput_policy", err);
    if (!st)
        st = jemput_store_number_get(r->store, JEMPUT_FACT_REMADE, 0, &times, err);
    return st ? st : jemput_store_number_put(r->store, JEMPUT_FACT_REMADE, times + 1, err);
}

static enum jemput_status remake(struct remaking *r, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = r->was.count; !st && i > 0; i--)
        if (!object_in(&r->is, &r->was.of[i - 1]))
            st = object_drop(r, &r->was.of[i - 1], err);
    for (uint32_t i = 0; !st && i < r->is.count; i++) {
        bool made;

        st = object_make(r, &r->is.of[i], &made, err);
        if (!st && made && strcmp(r->is.of[i].type, "table") == 0)
            st = rows_copy(r, r->is.of[i].name, err);
    }
    if (!st)
        st = catalog_copy(r, err);
    return st;
}

enum jemput_status jemput_store_remake(struct jemput_store *store, struct jemput_store *was, struct jemput_store *now, struct jemput_error *err)
{
    struct remaking r = { .store = store, .now = now };
    enum jemput_status st = objects_read(&r.was, was, &r.arena, err);

    JEMPUT_ASSERT(store->in_txn);
    jemput_moved_all(&store->moved);
    jemput_feed_all(store);
    if (!st)
        st = objects_read(&r.is, now, &r.arena, err);
    if (!st)
        st = remake(&r, err);
    jemput_arena_release(&r.arena);
    if (!st) {
        jemput_catalog_stale(store->catalog);
        st = jemput_catalog_refresh(store, err);
    }
    return st;
}
