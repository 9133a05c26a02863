/* store/table.c — shapes of replicated tables, read from SQLite's schema and from jemput_table; the catalog of the engine's connection. */
#include <string.h>

#include "base/limits.h"
#include "store/capture.h"
#include "store/group.h"
#include "store/internal.h"
#include "store/mergetrigger.h"
#include "store/sqltext.h"

/* --- what can be replicated --- */

bool jemput_name_is_plain(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

    return len && !name[len] && len <= JEMPUT_NAME_BYTES_MAX && !(name[0] >= '0' && name[0] <= '9');
}

static enum jemput_status name_check(const char *name, struct jemput_error *err)
{
    if (!jemput_name_is_plain(name))
        return jemput_fail(err, JEMPUT_DENIED,
                           "a name must be made of letters, digits and _, not begin with a digit, and have at most %d bytes: rename it",
                           JEMPUT_NAME_BYTES_MAX);
    if (sqlite3_strnicmp(name, "jemput_", 7) == 0 || sqlite3_strnicmp(name, "sqlite_", 7) == 0)
        return jemput_fail(err, JEMPUT_DENIED, "names beginning with jemput_ or sqlite_ are not the app's: rename the table");
    return JEMPUT_OK;
}

/* The CREATE text and the name as written there, both in the arena. */
static enum jemput_status create_find(struct jemput_table *out, const char **create, sqlite3 *db, const char *name, struct jemput_arena *arena,
                                      struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(
        &stmt, db, "SELECT type = 'table', name, sql FROM main.sqlite_schema WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE", 0, err);
    struct jemput_value text;
    int rc;

    if (st)
        return st;
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_DONE) {
        st = jemput_fail(err, JEMPUT_NOTFOUND, "there is no such table (a TEMP table cannot be replicated)");
    } else if (rc != SQLITE_ROW) {
        st = jemput_sqlite_fail(db, rc, err, "read the schema");
    } else if (!sqlite3_column_int(stmt, 0)) {
        st = jemput_fail(err, JEMPUT_DENIED, "it is a view: replicate the tables below it");
    } else {
        jemput_value_from_column(&text, stmt, 1);
        out->name = jemput_arena_str(arena, text.bytes);
        jemput_value_from_column(&text, stmt, 2);
        *create = jemput_arena_str(arena, text.bytes);
        if (!out->name || !*create)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory");
    }
    sqlite3_finalize(stmt);
    return st;
}

/* What a virtual table keeps its content in is written by its module, and defended from anyone else.
 * (*) While SQLite reads its schema anew (after it ran out of memory) and connects the capturing table of this one on the way, this pragma cannot be
 * answered. The table has been looked at then, when it was replicated. */
static enum jemput_status shadow_look(const struct jemput_table *table, sqlite3 *db, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, db, "SELECT type = 'shadow' FROM pragma_table_list(?1) WHERE schema = 'main'", 0, err);
    int rc;

    if (st)
        return st;
    sqlite3_bind_text(stmt, 1, table->name, -1, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW && sqlite3_column_int(stmt, 0))
        st = jemput_fail(err, JEMPUT_DENIED,
                         "it belongs to a virtual table: replicate an ordinary table and keep the virtual one in step with triggers");
    else if (rc != SQLITE_ROW && rc != SQLITE_DONE && (rc & 0xff) != SQLITE_SCHEMA) /* (*) */
        st = jemput_sqlite_fail(db, rc, err, "read the list of tables");
    sqlite3_finalize(stmt);
    return st;
}

/* Words of CREATE TABLE that decide: VIRTUAL, AUTOINCREMENT, WITHOUT ROWID, STRICT. */
static enum jemput_status create_look(struct jemput_table *out, const char *create, struct jemput_error *err)
{
    struct sql_scan s = sql_scan_of(create), body = { 0 }, piece;
    struct sql_token t;

    sql_next(&s);
    t = sql_next(&s);
    if (sql_is_word(&t, "VIRTUAL"))
        return jemput_fail(err, JEMPUT_DENIED, "it is a virtual table: replicate an ordinary table and keep the virtual one in step with triggers");
    if (sql_find_group(&s))
        sql_skip_group(&s, &body);
    for (t = sql_next(&s); t.kind != SQL_END; t = sql_next(&s)) {
        out->without_rowid = out->without_rowid || sql_is_word(&t, "WITHOUT");
        out->strict = out->strict || sql_is_word(&t, "STRICT");
    }
    while (sql_next_part(&body, ',', &piece)) {
        for (t = sql_next(&piece); t.kind != SQL_END; t = sql_next(&piece))
            if (sql_is_word(&t, "AUTOINCREMENT"))
                return jemput_fail(err, JEMPUT_DENIED,
                                   "AUTOINCREMENT gives the same number to different rows on different devices: "
                                   "use id BLOB PRIMARY KEY NOT NULL DEFAULT (jemput_id())");
    }
    return JEMPUT_OK;
}

/* --- columns and key --- */

/* SQLite's rules of affinity, from the declared type. In a STRICT table the type is one of six, of which ANY converts nothing. */
static enum jemput_affinity affinity_of(const char *type, bool strict)
{
    static const struct {
        const char *part;
        enum jemput_affinity affinity;
    } rules[] = { { "%INT%", JEMPUT_AFFINITY_NUMBER }, { "%CHAR%", JEMPUT_AFFINITY_TEXT }, { "%CLOB%", JEMPUT_AFFINITY_TEXT },
                  { "%TEXT%", JEMPUT_AFFINITY_TEXT },  { "%BLOB%", JEMPUT_AFFINITY_NONE }, { "%REAL%", JEMPUT_AFFINITY_REAL },
                  { "%FLOA%", JEMPUT_AFFINITY_REAL },  { "%DOUB%", JEMPUT_AFFINITY_REAL } };

    if (!*type || (strict && sqlite3_stricmp(type, "ANY") == 0))
        return JEMPUT_AFFINITY_NONE;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (sqlite3_strlike(rules[i].part, type, 0) == 0)
            return rules[i].affinity;
    }
    return JEMPUT_AFFINITY_NUMBER;
}

static enum jemput_status column_read(struct jemput_column *out, bool strict, sqlite3_stmt *row, struct jemput_arena *arena,
                                      struct jemput_error *err)
{
    int hidden = sqlite3_column_int(row, 1), place = sqlite3_column_int(row, 2);
    struct jemput_value name, declared;
    const char *type;

    jemput_value_from_column(&name, row, 0);
    jemput_value_from_column(&declared, row, 4);
    type = jemput_arena_str(arena, declared.bytes);
    *out = (struct jemput_column){ .name = jemput_arena_str(arena, name.bytes), .generated = hidden == 2 || hidden == 3 };
    if (!out->name || !type)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for columns");
    if (!jemput_name_is_plain(out->name))
        return jemput_fail(err, JEMPUT_DENIED, "a column's name must be made of letters, digits and _, and have at most %d bytes: rename it",
                           JEMPUT_NAME_BYTES_MAX);
    if (place > JEMPUT_KEY_COLUMNS_MAX)
        return jemput_fail(err, JEMPUT_DENIED, "the primary key has more than %d columns: use one jemput_id() and a UNIQUE index",
                           JEMPUT_KEY_COLUMNS_MAX);
    out->key_place = (uint8_t)place;
    out->affinity = affinity_of(type, strict);
    return JEMPUT_OK;
}

static enum jemput_status columns_read(struct jemput_table *out, sqlite3_stmt *stmt, sqlite3 *db, struct jemput_arena *arena,
                                       struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    int rc;

    while (!st && (rc = sqlite3_step(stmt)) != SQLITE_DONE) {
        struct jemput_column *c;

        if (rc != SQLITE_ROW)
            return jemput_sqlite_fail(db, rc, err, "read columns");
        if (!out->columns) {
            if (sqlite3_column_int(stmt, 3) > JEMPUT_COLUMNS_MAX)
                return jemput_fail(err, JEMPUT_DENIED, "it has more than %d columns: split the table", JEMPUT_COLUMNS_MAX);
            out->columns = jemput_arena_array(arena, (size_t)sqlite3_column_int(stmt, 3), sizeof *out->columns);
            if (!out->columns)
                return jemput_fail(err, JEMPUT_NOMEM, "no memory for columns");
        }
        c = &out->columns[out->column_count];
        st = column_read(c, out->strict, stmt, arena, err);
        if (!st && c->key_place) {
            out->key_columns[c->key_place - 1] = out->column_count;
            out->key_count++;
        }
        out->column_count++;
    }
    return st;
}

/* The index of the primary key; a rowid alias has none. */
static enum jemput_status key_look(struct jemput_table *out, sqlite3 *db, bool *has_index, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, db,
                                                  "SELECT x.coll = 'BINARY' COLLATE NOCASE FROM pragma_index_list(?1, 'main') AS l, "
                                                  "pragma_index_xinfo(l.name, 'main') AS x WHERE l.origin = 'pk' AND x.key AND x.seqno < ?2",
                                                  0, err);
    int rc;

    if (st)
        return st;
    sqlite3_bind_text(stmt, 1, out->name, -1, SQLITE_STATIC);
    sqlite3_bind_int(stmt, 2, out->key_count);
    *has_index = false;
    while (!st && (rc = sqlite3_step(stmt)) != SQLITE_DONE) {
        *has_index = true;
        if (rc != SQLITE_ROW)
            st = jemput_sqlite_fail(db, rc, err, "read the primary key");
        else if (!sqlite3_column_int(stmt, 0))
            st = jemput_fail(
                err, JEMPUT_DENIED,
                "a column of the primary key has a COLLATE other than BINARY: rows that are one here may be two elsewhere; remove it from the key");
    }
    sqlite3_finalize(stmt);
    return st;
}

/* A parent is looked up by these columns as by a key. */
static enum jemput_status links_look(const struct jemput_table *out, sqlite3 *db, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, db, "SELECT coalesce(max(seq), 0) + 1 FROM pragma_foreign_key_list(?1, 'main')", 0, err);
    int rc;

    if (st)
        return st;
    sqlite3_bind_text(stmt, 1, out->name, -1, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW)
        st = jemput_sqlite_fail(db, rc, err, "read foreign keys");
    else if (sqlite3_column_int(stmt, 0) > JEMPUT_KEY_COLUMNS_MAX)
        st = jemput_fail(err, JEMPUT_DENIED, "a FOREIGN KEY has more than %d columns: refer to one jemput_id()", JEMPUT_KEY_COLUMNS_MAX);
    sqlite3_finalize(stmt);
    return st;
}

static enum jemput_status table_columns(struct jemput_table *out, sqlite3 *db, struct jemput_arena *arena, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st =
        jemput_sqlite_prepare(&stmt, db, "SELECT name, hidden, pk, count(*) OVER (), type FROM pragma_table_xinfo(?1, 'main') ORDER BY cid", 0, err);

    if (st)
        return st;
    sqlite3_bind_text(stmt, 1, out->name, -1, SQLITE_STATIC);
    st = columns_read(out, stmt, db, arena, err);
    sqlite3_finalize(stmt);
    if (!st && !out->key_count)
        st = jemput_fail(
            err, JEMPUT_DENIED,
            "it has no PRIMARY KEY, and a bare rowid would mix rows of different devices: add id BLOB PRIMARY KEY NOT NULL DEFAULT (jemput_id())");
    return st;
}

/* A number or a text, which every row has that says nothing else. What is computed (the time, an id) is a fact like any other. */
static bool default_is_fixed(const char *text)
{
    struct sql_scan rest = sql_scan_of(text);
    struct sql_token t = sql_next(&rest);

    if (sql_is_sign(&t, '-') || sql_is_sign(&t, '+'))
        t = sql_next(&rest);
    if (sql_next(&rest).kind != SQL_END)
        return false;
    return t.kind == SQL_NUMBER || t.kind == SQL_STRING || t.kind == SQL_QUOTED || sql_is_word(&t, "TRUE") || sql_is_word(&t, "FALSE");
}

/* A column that is set once, and set already by every insert, would never be set. */
static enum jemput_status facts_look(const struct jemput_table *out, sqlite3 *db, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, db, "SELECT dflt_value FROM pragma_table_xinfo(?1, 'main') ORDER BY cid", 0, err);
    int rc;

    if (st)
        return st;
    sqlite3_bind_text(stmt, 1, out->name, -1, SQLITE_STATIC);
    for (uint16_t i = 0; !st && i < out->column_count; i++) {
        const char *text;

        rc = sqlite3_step(stmt);
        if (rc != SQLITE_ROW)
            st = jemput_sqlite_fail(db, rc, err, "read defaults");
        else if (out->columns[i].rule == JEMPUT_RULE_ONCE && (text = (const char *)sqlite3_column_text(stmt, 0)) && default_is_fixed(text))
            st = jemput_fail(err, JEMPUT_DENIED, "option once: column '%s' has DEFAULT %s, which would be every row's fact from the start: leave the "
                             "DEFAULT out", out->columns[i].name, text);
    }
    sqlite3_finalize(stmt);
    return st;
}

static enum jemput_status table_read(struct jemput_table *out, const char ***why, sqlite3 *db, uint32_t id, const char *name, const char *options,
                                     struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_table table = { .id = id };
    const char *create = NULL;
    bool has_key_index = false, key_app = false;
    enum jemput_status st = name_check(name, err);

    if (!st)
        st = create_find(&table, &create, db, name, arena, err);
    if (!st)
        st = create_look(&table, create, err);
    if (!st)
        st = table_columns(&table, db, arena, err);
    if (!st)
        st = key_look(&table, db, &has_key_index, err);
    if (!st)
        st = links_look(&table, db, err);
    if (!st)
        st = jemput_table_group(&table, db, create, options, &key_app, why, arena, err);
    if (!st && table.merges_values)
        st = facts_look(&table, db, err);
    if (!st && !has_key_index && !key_app)
        st = jemput_fail(err, JEMPUT_DENIED,
                         "INTEGER PRIMARY KEY is numbered by each device for itself: use id BLOB PRIMARY KEY NOT NULL DEFAULT (jemput_id()), "
                         "or option key=app if the app supplies every key");
    if (!st && has_key_index && key_app)
        st = jemput_fail(err, JEMPUT_DENIED, "option key: key=app is for INTEGER PRIMARY KEY only: leave it out");
    if (!st)
        *out = table;
    return st ? jemput_wrap(err, "table '%s'", name) : JEMPUT_OK;
}

enum jemput_status jemput_table_read(struct jemput_table *out, sqlite3 *db, uint32_t id, const char *name, const char *options,
                                     struct jemput_arena *arena, struct jemput_error *err)
{
    const char **ignored;
    enum jemput_status st = table_read(out, &ignored, db, id, name, options, arena, err);

    if (st)
        return st;
    st = shadow_look(out, db, err);
    return st ? jemput_wrap(err, "table '%s'", name) : JEMPUT_OK;
}

enum jemput_status jemput_table_explain(struct jemput_table *out, const char ***why, sqlite3 *db, uint32_t id, struct jemput_arena *arena,
                                        struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, db, "SELECT name, options FROM main.jemput_table WHERE id = ?", 0, err);
    struct jemput_value value;
    char *name = NULL, *options = NULL;
    int rc;

    if (st)
        return st;
    sqlite3_bind_int64(stmt, 1, id);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        jemput_value_from_column(&value, stmt, 0);
        name = jemput_arena_str(arena, value.bytes);
        jemput_value_from_column(&value, stmt, 1);
        options = jemput_arena_str(arena, value.bytes);
        if (!name || !options)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory");
    } else {
        st = rc == SQLITE_DONE ? jemput_fail(err, JEMPUT_NOTFOUND, "no replicated table has number %u", (unsigned)id)
                               : jemput_sqlite_fail(db, rc, err, "read a table's options");
    }
    sqlite3_finalize(stmt);
    return st ? st : table_read(out, why, db, id, name, options, arena, err);
}

enum jemput_status jemput_table_find(struct jemput_table *out, sqlite3 *db, uint32_t id, struct jemput_arena *arena, struct jemput_error *err)
{
    const char **ignored;

    return jemput_table_explain(out, &ignored, db, id, arena, err);
}

/* --- the catalog --- */

struct jemput_catalog {
    struct jemput_arena arena;
    uint32_t count;
    struct jemput_table *tables; /* by id - 1 */
    int64_t schema_version;      /* SQLite's cookie when it was read */
    bool stale;
};

static enum jemput_status catalog_read(struct jemput_catalog *c, sqlite3 *db, struct jemput_error *err)
{
    int64_t count = 0, highest = 0;
    enum jemput_status st = jemput_sqlite_number(db, "SELECT count(*) FROM jemput_table", &count, err);

    if (!st)
        st = jemput_sqlite_number(db, "SELECT coalesce(max(id), 0) FROM jemput_table", &highest, err);
    if (!st && (count != highest || count > INT32_MAX))
        st = jemput_fail(err, JEMPUT_CORRUPT, "replicated tables are not numbered from 1 on");
    if (st)
        return st;
    c->tables = jemput_arena_array(&c->arena, (size_t)count, sizeof *c->tables);
    if (!c->tables)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %lld tables", (long long)count);
    for (; !st && c->count < (uint32_t)count; c->count++)
        st = jemput_table_find(&c->tables[c->count], db, c->count + 1, &c->arena, err);
    return st;
}

enum jemput_status jemput_catalog_refresh(struct jemput_store *store, struct jemput_error *err)
{
    struct jemput_catalog *c;
    int64_t version;
    enum jemput_status st = jemput_store_look(store, "PRAGMA schema_version", "read the schema's version", &version, err);

    if (st)
        return st;
    if (store->catalog && !store->catalog->stale && store->catalog->schema_version == version)
        return jemput_merge_triggers_refresh(store, err);
    c = jemput_alloc_zero(1, sizeof *c);
    if (!c)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for the catalog");
    c->schema_version = version;
    st = catalog_read(c, store->db, err);
    if (st) {
        jemput_catalog_free(c);
        return jemput_wrap(err, "read the catalog");
    }
    jemput_appliers_forget(store);
    jemput_catalog_free(store->catalog);
    store->catalog = c;
    return jemput_merge_triggers_refresh(store, err);
}

enum jemput_status jemput_store_ready(struct jemput_store *store, struct jemput_error *err)
{
    return store->catalog ? JEMPUT_OK : jemput_catalog_refresh(store, err);
}

void jemput_catalog_stale(struct jemput_catalog *catalog)
{
    if (catalog)
        catalog->stale = true;
}

void jemput_catalog_free(struct jemput_catalog *catalog)
{
    if (catalog)
        jemput_arena_release(&catalog->arena);
    jemput_free(catalog);
}

const struct jemput_table *jemput_store_table(struct jemput_store *store, uint32_t id)
{
    JEMPUT_ASSERT(store->catalog);
    return id >= 1 && id <= store->catalog->count ? &store->catalog->tables[id - 1] : NULL;
}

const struct jemput_table *jemput_store_table_named(struct jemput_store *store, const char *name)
{
    JEMPUT_ASSERT(store->catalog);
    for (uint32_t i = 0; i < store->catalog->count; i++)
        if (sqlite3_stricmp(store->catalog->tables[i].name, name) == 0)
            return &store->catalog->tables[i];
    return NULL;
}

uint32_t jemput_store_table_count(struct jemput_store *store)
{
    JEMPUT_ASSERT(store->catalog);
    return store->catalog->count;
}
