/* store/schema/table.c — shapes of replicated tables, made from what SQLite declares (declared.h) and from jemput_table; the engine's catalog of
 * them. */
#include <string.h>

#include "base/limits.h"
#include "store/capture/capture.h"
#include "store/schema/group.h"
#include "store/sql/text.h"
#include "store/trigger/merge.h"

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

/* Words of CREATE TABLE that decide: AUTOINCREMENT, WITHOUT ROWID, STRICT. */
static enum jemput_status create_look(struct jemput_table *out, const char *create, struct jemput_error *err)
{
    struct sql_scan s = sql_scan_of(create), body = { 0 };
    struct sql_token t;

    if (sql_find_group(&s))
        sql_skip_group(&s, &body);
    for (t = sql_next(&s); t.kind != SQL_END; t = sql_next(&s)) {
        out->without_rowid = out->without_rowid || sql_is_word(&t, "WITHOUT");
        out->strict = out->strict || sql_is_word(&t, "STRICT");
    }
    for (t = sql_next(&body); t.kind != SQL_END; t = sql_next(&body))
        if (sql_is_word(&t, "AUTOINCREMENT"))
            return jemput_fail(err, JEMPUT_DENIED,
                               "AUTOINCREMENT gives the same number to different rows on different devices: "
                               "use id BLOB PRIMARY KEY NOT NULL DEFAULT (jemput_id())");
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

static enum jemput_status column_make(struct jemput_column *out, bool strict, const struct jemput_declared_column *declared, struct jemput_error *err)
{
    *out = (struct jemput_column){ .name = declared->name, .generated = declared->generated, .affinity = affinity_of(declared->type, strict) };
    if (!jemput_name_is_plain(out->name))
        return jemput_fail(err, JEMPUT_DENIED, "a column's name must be made of letters, digits and _, and have at most %d bytes: rename it",
                           JEMPUT_NAME_BYTES_MAX);
    if (declared->key_place > JEMPUT_KEY_COLUMNS_MAX)
        return jemput_fail(err, JEMPUT_DENIED, "the primary key has more than %d columns: use one jemput_id() and a UNIQUE index",
                           JEMPUT_KEY_COLUMNS_MAX);
    out->key_place = (uint8_t)declared->key_place;
    return JEMPUT_OK;
}

static enum jemput_status table_columns(struct jemput_table *out, const struct jemput_declared *declared, struct jemput_arena *arena,
                                        struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    if (declared->column_count > JEMPUT_COLUMNS_MAX)
        return jemput_fail(err, JEMPUT_DENIED, "it has more than %d columns: split the table", JEMPUT_COLUMNS_MAX);
    out->columns = jemput_arena_array(arena, declared->column_count, sizeof *out->columns);
    if (!out->columns)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for columns");
    for (; !st && out->column_count < declared->column_count; out->column_count++) {
        struct jemput_column *c = &out->columns[out->column_count];

        st = column_make(c, out->strict, &declared->columns[out->column_count], err);
        if (!st && c->key_place) {
            out->key_columns[c->key_place - 1] = out->column_count;
            out->key_count++;
        }
    }
    if (!st && !out->key_count)
        st = jemput_fail(
            err, JEMPUT_DENIED,
            "it has no PRIMARY KEY, and a bare rowid would mix rows of different devices: add id BLOB PRIMARY KEY NOT NULL DEFAULT (jemput_id())");
    return st;
}

/* The index of the primary key; a rowid alias has none. */
static enum jemput_status key_look(const struct jemput_declared *declared, uint8_t key_count, bool *has_index, struct jemput_error *err)
{
    const struct jemput_declared_index *key = jemput_declared_key(declared);

    *has_index = key != NULL;
    for (uint8_t i = 0; key && i < key_count; i++)
        if (sqlite3_stricmp(key->collations[i], "BINARY") != 0)
            return jemput_fail(
                err, JEMPUT_DENIED,
                "a column of the primary key has a COLLATE other than BINARY: rows that are one here may be two elsewhere; remove it from the key");
    return JEMPUT_OK;
}

/* A parent is looked up by these columns as by a key. */
static enum jemput_status links_look(const struct jemput_declared *declared, struct jemput_error *err)
{
    for (uint32_t i = 0; i < declared->link_count; i++)
        if (declared->links[i].count > JEMPUT_KEY_COLUMNS_MAX)
            return jemput_fail(err, JEMPUT_DENIED, "a FOREIGN KEY has more than %d columns: refer to one jemput_id()", JEMPUT_KEY_COLUMNS_MAX);
    return JEMPUT_OK;
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
static enum jemput_status facts_look(const struct jemput_table *out, const struct jemput_declared *declared, struct jemput_error *err)
{
    for (uint16_t i = 0; i < out->column_count; i++) {
        const char *text = out->columns[i].rule == JEMPUT_RULE_ONCE ? declared->columns[i].otherwise : NULL;

        if (text && default_is_fixed(text))
            return jemput_fail(err, JEMPUT_DENIED,
                               "option once: column '%s' has DEFAULT %s, which would be every row's fact from the start: leave the DEFAULT out",
                               out->columns[i].name, text);
    }
    return JEMPUT_OK;
}

static enum jemput_status shape_make(struct jemput_table *out, const struct jemput_declared *declared, const char *options, const char ***why,
                                     struct jemput_arena *arena, struct jemput_error *err)
{
    bool has_key_index = false, key_app = false;
    enum jemput_status st = create_look(out, declared->create, err);

    if (!st)
        st = table_columns(out, declared, arena, err);
    if (!st)
        st = key_look(declared, out->key_count, &has_key_index, err);
    if (!st)
        st = links_look(declared, err);
    if (!st)
        st = jemput_table_group(out, declared, options, &key_app, why, arena, err);
    if (!st && out->merges_values)
        st = facts_look(out, declared, err);
    if (!st && !has_key_index && !key_app)
        st = jemput_fail(err, JEMPUT_DENIED,
                         "INTEGER PRIMARY KEY is numbered by each device for itself: use id BLOB PRIMARY KEY NOT NULL DEFAULT (jemput_id()), "
                         "or option key=app if the app supplies every key");
    if (!st && has_key_index && key_app)
        st = jemput_fail(err, JEMPUT_DENIED, "option key: key=app is for INTEGER PRIMARY KEY only: leave it out");
    return st;
}

/* Of tables whose numbers are set in `s`, and their names in what is declared of them. */
static enum jemput_status shapes_make(struct jemput_shapes *s, const char *const *options, sqlite3 *db, struct jemput_arena *arena,
                                      struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < s->count; i++)
        if (name_check(s->declared[i].name, err))
            st = jemput_wrap(err, "table '%s'", s->declared[i].name);
    if (!st)
        st = jemput_declared_read(s->declared, s->count, db, arena, err);
    for (uint32_t i = 0; !st && i < s->count; i++) {
        struct jemput_table table = { .id = s->tables[i].id, .name = s->declared[i].name };

        if (shape_make(&table, &s->declared[i], options[i], &s->why[i], arena, err))
            st = jemput_wrap(err, "table '%s'", table.name);
        s->tables[i] = table;
    }
    return st;
}

enum jemput_status jemput_table_read(struct jemput_table *out, sqlite3 *db, uint32_t id, const char *name, const char *options,
                                     struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_declared declared = { .name = name };
    const char **ignored;
    struct jemput_shapes one = { 1, out, &declared, &ignored };
    enum jemput_status st;

    *out = (struct jemput_table){ .id = id };
    st = shapes_make(&one, &options, db, arena, err);
    if (st)
        return st;
    st = shadow_look(out, db, err);
    return st ? jemput_wrap(err, "table '%s'", name) : JEMPUT_OK;
}

/* A row of jemput_table: name, options. */
static enum jemput_status row_take(sqlite3_stmt *row, const char **name, const char **options, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_value value;

    jemput_value_from_column(&value, row, 0);
    *name = jemput_arena_str(arena, value.bytes);
    jemput_value_from_column(&value, row, 1);
    *options = jemput_arena_str(arena, value.bytes);
    return *name && *options ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory");
}

enum jemput_status jemput_table_find(struct jemput_table *out, struct jemput_declared *declared, sqlite3 *db, uint32_t id,
                                     struct jemput_arena *arena, struct jemput_error *err)
{
    const char **ignored, *options;
    struct jemput_shapes one = { 1, out, declared, &ignored };
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, db, "SELECT name, options FROM main.jemput_table WHERE id = ?", 0, err);
    int rc;

    if (st)
        return st;
    *out = (struct jemput_table){ .id = id };
    sqlite3_bind_int64(stmt, 1, id);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        st = row_take(stmt, &declared->name, &options, arena, err);
    else
        st = rc == SQLITE_DONE ? jemput_fail(err, JEMPUT_NOTFOUND, "no replicated table has number %u", (unsigned)id)
                               : jemput_sqlite_fail(db, rc, err, "read a table's options");
    sqlite3_finalize(stmt);
    return st ? st : shapes_make(&one, &options, db, arena, err);
}

static enum jemput_status rows_take(struct jemput_shapes *s, const char **options, sqlite3 *db, struct jemput_arena *arena, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, db, "SELECT name, options, id FROM main.jemput_table ORDER BY id", 0, err);
    uint32_t i = 0;

    if (st)
        return st;
    for (; !st && i < s->count && sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_int64(stmt, 2) == i + 1; i++) {
        s->tables[i].id = i + 1;
        st = row_take(stmt, &s->declared[i].name, &options[i], arena, err);
    }
    if (!st && i < s->count) {
        int rc = sqlite3_errcode(db);

        st = rc == SQLITE_ROW || rc == SQLITE_DONE ? jemput_fail(err, JEMPUT_CORRUPT, "replicated tables are not numbered from 1 on")
                                                   : jemput_sqlite_fail(db, rc, err, "read replicated tables");
    }
    sqlite3_finalize(stmt);
    return st;
}

enum jemput_status jemput_shapes_read(struct jemput_shapes *out, sqlite3 *db, struct jemput_arena *arena, struct jemput_error *err)
{
    const char **options;
    int64_t count = 0;
    enum jemput_status st = jemput_sqlite_number(db, "SELECT count(*) FROM main.jemput_table", &count, err);

    if (st)
        return st;
    out->count = (uint32_t)count;
    out->tables = jemput_arena_array(arena, out->count, sizeof *out->tables);
    out->declared = jemput_arena_array(arena, out->count, sizeof *out->declared);
    out->why = jemput_arena_array(arena, out->count, sizeof *out->why);
    options = jemput_arena_array(arena, out->count, sizeof *options);
    if (!out->tables || !out->declared || !out->why || !options)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u tables", (unsigned)out->count);
    st = rows_take(out, options, db, arena, err);
    return st ? st : shapes_make(out, options, db, arena, err);
}

/* --- the catalog --- */

struct jemput_catalog {
    struct jemput_arena arena;
    struct jemput_shapes shapes;
    int64_t schema_version; /* SQLite's cookie when it was read */
    bool stale;
};

static enum jemput_status version_read(struct jemput_store *store, int64_t *version, struct jemput_error *err)
{
    return jemput_store_look(store, "PRAGMA schema_version", "read the schema's version", version, err);
}

static enum jemput_status catalog_renew(struct jemput_store *store, struct jemput_error *err)
{
    struct jemput_catalog *c = jemput_alloc_zero(1, sizeof *c);
    enum jemput_status st;

    if (!c)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for the catalog");
    st = version_read(store, &c->schema_version, err);
    if (!st)
        st = jemput_shapes_read(&c->shapes, store->db, &c->arena, err);
    if (st) {
        jemput_catalog_free(c);
        return jemput_wrap(err, "read the catalog");
    }
    jemput_appliers_forget(store);
    jemput_catalog_free(store->catalog);
    store->catalog = c;
    return JEMPUT_OK;
}

enum jemput_status jemput_catalog_refresh(struct jemput_store *store, struct jemput_error *err)
{
    bool alone = sqlite3_get_autocommit(store->db);
    int64_t version;
    enum jemput_status st = version_read(store, &version, err);

    if (st)
        return st;
    if (store->catalog && !store->catalog->stale && store->catalog->schema_version == version)
        return jemput_merge_triggers_refresh(store, err);
    if (alone) /* all is asked of one moment */
        jemput_store_readings_begin(store);
    st = catalog_renew(store, err);
    if (alone)
        jemput_store_readings_end(store);
    return st ? st : jemput_merge_triggers_refresh(store, err);
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
    return id >= 1 && id <= store->catalog->shapes.count ? &store->catalog->shapes.tables[id - 1] : NULL;
}

const struct jemput_declared *jemput_store_declared(struct jemput_store *store, const struct jemput_table *table)
{
    return &store->catalog->shapes.declared[table->id - 1];
}

const struct jemput_table *jemput_store_table_named(struct jemput_store *store, const char *name)
{
    JEMPUT_ASSERT(store->catalog);
    for (uint32_t i = 0; i < store->catalog->shapes.count; i++)
        if (sqlite3_stricmp(store->catalog->shapes.tables[i].name, name) == 0)
            return &store->catalog->shapes.tables[i];
    return NULL;
}

uint32_t jemput_store_table_count(struct jemput_store *store)
{
    JEMPUT_ASSERT(store->catalog);
    return store->catalog->shapes.count;
}
