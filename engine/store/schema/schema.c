/* store/schema/schema.c — how the replicated schema changes: jemput_replicate(), what DDL may do to replicated tables, and schema runs.
 *
 * Functions run DDL inside of the statement that calls them, in a savepoint of their own: SQLite allows that while only SELECTs are active. */
#include "store/schema/schema.h"

#include <string.h>

#include "store/file/layout.h"
#include "store/schema/counter.h"
#include "store/schema/elsewhere.h"
#include "store/schema/former.h"
#include "store/schema/outward.h"
#include "store/schema/steady.h"
#include "store/sql/text.h"
#include "store/trigger/merge.h"

/* --- jemput_replicate() --- */

/* *id = 0: not replicated yet. Replicated with other options is JEMPUT_DENIED. */
static enum jemput_status replicated_find(struct jemput_capture *c, const char *name, const char *options, uint32_t *id, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, c->db, "SELECT id, options = ?2 FROM main.jemput_table WHERE name = ?1", 0, err);
    int rc;

    *id = 0;
    if (st)
        return st;
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 2, options, -1, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        *id = (uint32_t)sqlite3_column_int64(stmt, 0);
        if (!sqlite3_column_int(stmt, 1))
            st = jemput_fail(err, JEMPUT_DENIED, "table '%s' is replicated with other options, which cannot change", name);
    } else if (rc != SQLITE_DONE) {
        st = jemput_sqlite_fail(c->db, rc, err, "look for the table");
    }
    sqlite3_finalize(stmt);
    return st;
}

static enum jemput_status replicated_add(struct jemput_capture *c, const char *name, const char *options, uint32_t *id, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_table shape;
    int64_t highest = 0;
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_number(c->db, "SELECT coalesce(max(id), 0) FROM main.jemput_table", &highest, err);

    *id = (uint32_t)highest + 1;
    if (!st)
        jemput_capture_unload(c, *id); /* a table that had this number until a savepoint took it back */
    if (!st)
        st = jemput_table_read(&shape, c->db, *id, name, options, &arena, err);
    if (!st)
        st = jemput_counters_check(c, &shape, err);
    if (!st)
        st = jemput_sqlite_prepare(&stmt, c->db, "INSERT INTO main.jemput_table(id, name, options) VALUES(?, ?, ?)", 0, err);
    if (!st) {
        sqlite3_bind_int64(stmt, 1, *id);
        sqlite3_bind_text(stmt, 2, shape.name, -1, SQLITE_STATIC); /* as CREATE TABLE writes it */
        sqlite3_bind_text(stmt, 3, options, -1, SQLITE_STATIC);
        if (sqlite3_step(stmt) != SQLITE_DONE)
            st = jemput_sqlite_fail(c->db, sqlite3_errcode(c->db), err, "register the table");
        sqlite3_finalize(stmt);
    }
    jemput_arena_release(&arena);
    return st;
}

/* What makes the same table elsewhere: its CREATE statements, and the call. */
static enum jemput_status replicated_record(struct jemput_capture *c, const char *name, const char *options, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    char *call = sqlite3_mprintf("SELECT jemput_replicate(%Q, %Q);\n", name, options);
    sqlite3_stmt *stmt = NULL;
    enum jemput_status st = call ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a migration");
    int rc = SQLITE_DONE;

    if (!st)
        st = jemput_sqlite_prepare(
            &stmt, c->db,
            "SELECT sql FROM main.sqlite_schema WHERE tbl_name = ?1 COLLATE NOCASE AND sql IS NOT NULL AND substr(name, 1, 7) <> 'jemput_' "
            "ORDER BY type <> 'table', type <> 'index', rowid",
            0, err);
    if (!st)
        sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct jemput_value text;

        jemput_value_from_column(&text, stmt, 0);
        jemput_buf_append_bytes(&sql, text.bytes);
        jemput_buf_append_str(&sql, ";\n");
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(c->db, rc, err, "read the schema");
    sqlite3_finalize(stmt);
    if (!st) {
        jemput_buf_append_str(&sql, call);
        st = jemput_buf_check(&sql, "migration", err);
    }
    if (!st)
        st = jemput_migration_add(c, (const char *)sql.data, sql.len, err);
    sqlite3_free(call);
    jemput_buf_release(&sql);
    return st;
}

/* Rows that the table has already are new to the other replicas: this transaction inserts them. Those of a schema run are everywhere, and are only
 * looked at: a key that none of them could be told by would be in the way for ever. */
static enum jemput_status rows_touch(struct jemput_capture *c, struct jemput_capture_table *t, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    struct jemput_value key[JEMPUT_KEY_COLUMNS_MAX];
    sqlite3_stmt *stmt;
    enum jemput_status st;
    int rc;

    for (uint8_t i = 0; i < t->shape.key_count; i++) {
        jemput_buf_append_str(&sql, i ? ", " : "SELECT ");
        jemput_buf_identifier(&sql, t->shape.columns[t->shape.key_columns[i]].name);
    }
    jemput_buf_append_str(&sql, " FROM main.");
    jemput_buf_identifier(&sql, t->shape.name);
    st = jemput_sqlite_prepare_buf(&stmt, c->db, &sql, 0, err);
    jemput_buf_release(&sql);
    while (!st && (rc = sqlite3_step(stmt)) != SQLITE_DONE) {
        if (rc != SQLITE_ROW) {
            st = jemput_sqlite_fail(c->db, rc, err, "read the rows that are there");
            break;
        }
        for (uint8_t i = 0; i < t->shape.key_count; i++)
            jemput_value_from_column(&key[i], stmt, i);
        jemput_buf_clear(&c->key);
        st = jemput_capture_key_check(t, key, err);
        if (!st && c->captures)
            st = jemput_capture_touch(c, t, key, CAPTURE_INSERTED, err);
        else if (!st)
            st = jemput_key_write(&c->key, key, t->shape.key_count, err);
    }
    sqlite3_finalize(stmt);
    return st ? jemput_wrap(err, "table '%s': rows that are there", t->shape.name) : JEMPUT_OK;
}

/* What a migration from elsewhere finds here is no reason to refuse it: then a trigger does not run for merged rows, and `verify` tells. */
static enum jemput_status triggers_check(struct jemput_capture *c, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    c->internal++;
    if (c->captures || c->first_schema)
        st = jemput_merge_triggers_check(c->db, err);
    c->internal--;
    return st;
}

static enum jemput_status elsewhere_check(struct jemput_capture *c, const char *name, struct jemput_error *err)
{
    sqlite3 *elsewhere = NULL;
    enum jemput_status st = jemput_elsewhere_open(&elsewhere, c->db, err);

    if (!st)
        st = jemput_elsewhere_check(elsewhere, c->db, name, err);
    sqlite3_close(elsewhere);
    return st;
}

static enum jemput_status tables_count(struct jemput_capture *c, uint32_t *out, struct jemput_error *err)
{
    int64_t count = 0;
    enum jemput_status st = jemput_sqlite_number(c->db, "SELECT coalesce(max(id), 0) FROM main.jemput_table", &count, err);

    *out = (uint32_t)count;
    return st;
}

/* Shapes are loaded when they are first needed: for this all are. */
static enum jemput_status counters_settle(struct jemput_capture *c, struct jemput_error *err)
{
    uint32_t count = 0;
    enum jemput_status st = tables_count(c, &count, err);

    for (uint32_t i = 0; !st && i < count; i++)
        if (i >= c->table_count || !c->tables[i])
            st = jemput_capture_load(c, i + 1, err);
    return st ? st : jemput_counters_unlinked(c, err);
}

/* What could never work as it is meant. */
static enum jemput_status declaration_check(struct jemput_capture *c, const struct jemput_table *shape, const struct jemput_declared *declared,
                                            struct jemput_error *err)
{
    enum jemput_status st = jemput_counters_whole(shape, declared, err);

    return st ? st : jemput_checks_steady(c->db, declared, err);
}

static enum jemput_status replicate_new(struct jemput_capture *c, const char *name, const char *options, struct jemput_error *err)
{
    bool own = c->captures && !c->migrating; /* inside jemput_migrate() its text is what is recorded, and what is asked at its end is asked there */
    struct jemput_outwards outwards = JEMPUT_OUTWARDS_INIT;
    uint32_t id = 0;
    enum jemput_status st = own ? jemput_outwards_read(&outwards, c->db, err) : JEMPUT_OK;

    if (!st)
        st = jemput_savepoint_open(c, err);
    if (st) {
        jemput_outwards_release(&outwards);
        return st;
    }
    st = replicated_add(c, name, options, &id, err);
    if (!st && own)
        st = jemput_outwards_refuse(&outwards, c->db, NULL, err);
    jemput_outwards_release(&outwards);
    if (!st && own)
        st = elsewhere_check(c, name, err);
    if (!st && own)
        st = replicated_record(c, name, options, err);
    if (!st)
        st = triggers_check(c, err);
    if (!st)
        st = jemput_capture_load(c, id, err);
    if (!st && (c->captures || c->written))
        st = declaration_check(c, &c->tables[id - 1]->shape, &c->tables[id - 1]->declared, err);
    if (!st)
        st = counters_settle(c, err);
    if (!st) {
        c->tables[id - 1]->new_here = true;
        st = jemput_triggers_make(c->db, c->tables[id - 1], err);
    }
    if (!st)
        st = rows_touch(c, c->tables[id - 1], err);
    st = jemput_savepoint_close(c, st, err);
    if (st && id)
        jemput_capture_unload(c, id);
    return st;
}

void jemput_replicate_function(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    struct jemput_capture *c = sqlite3_user_data(context);
    const char *name = (const char *)sqlite3_value_text(argv[0]);
    const char *options = argc > 1 ? (const char *)sqlite3_value_text(argv[1]) : "";
    struct jemput_traces traces = jemput_traces_take(c->db);
    struct jemput_error err;
    uint32_t id = 0;
    enum jemput_status st = JEMPUT_OK;

    if (!name || !options)
        st = jemput_fail(&err, JEMPUT_MISUSE, "table and options must be text");
    c->internal++;
    if (!st)
        st = replicated_find(c, name, options, &id, &err);
    if (!st && !id)
        st = jemput_migration_allowed(c, &err);
    if (!st && !id)
        st = replicate_new(c, name, options, &err);
    c->internal--;
    jemput_traces_restore(c, traces);
    if (st) {
        jemput_wrap(&err, "jemput_replicate");
        jemput_result_error(context, &err);
    }
}

/* --- after DDL: shapes may only have grown --- */

/* Values already written stand in logs and merge state by table, column and group number. */
static enum jemput_status columns_compare(const struct jemput_table *old, const struct jemput_table *new, struct jemput_error *err)
{
    bool same = new->column_count >= old->column_count && new->key_count == old->key_count;

    for (uint16_t i = 0; same && i < old->column_count; i++) {
        const struct jemput_column *a = &old->columns[i], *b = &new->columns[i];

        same = strcmp(a->name, b->name) == 0 && a->generated == b->generated && a->key_place == b->key_place;
    }
    if (same)
        return JEMPUT_OK;
    return jemput_fail(err, JEMPUT_DENIED, "table '%s': columns can be added at the end; those that are there must stay as they are", new->name);
}

static bool tied(const struct jemput_table *t, uint16_t a, uint16_t b)
{
    return t->columns[a].group != JEMPUT_GROUP_NONE && t->columns[a].group == t->columns[b].group;
}

/* Tables with the same columns, as columns_compare says. New columns are tied to none that is there, and so number their groups after them. */
static enum jemput_status groups_compare(const struct jemput_table *old, const char *const *old_why, const struct jemput_table *new,
                                         const char *const *new_why, struct jemput_error *err)
{
    for (uint16_t b = 1; b < new->column_count; b++) {
        for (uint16_t a = 0; a < b && a < old->column_count; a++) {
            bool before = b < old->column_count && tied(old, a, b);

            if (before == tied(new, a, b))
                continue;
            if (before)
                return jemput_fail(err, JEMPUT_DENIED,
                                   "table '%s': columns '%s' and '%s' would merge apart from now on, unlike in what is written already: keep "
                                   "what ties them (%.128s)",
                                   new->name, old->columns[a].name, old->columns[b].name, old_why[b]);
            return jemput_fail(err, JEMPUT_DENIED, "table '%s': columns '%s' and '%s' would merge together from now on (%.128s), unlike in what is "
                               "written already: only new columns can still be tied, to each other",
                               new->name, new->columns[a].name, new->columns[b].name, new_why[b]);
        }
    }
    return JEMPUT_OK;
}

/* A row of a table without groups belongs to a write that writes nothing: with a column there it would count as having written that. */
static enum jemput_status table_grows(struct jemput_capture *c, const struct jemput_table *before, struct jemput_error *err)
{
    if (before->group_count == 0)
        return jemput_fail(err, JEMPUT_DENIED, "table '%s' has nothing but its key: columns cannot be added to it; make another table",
                           before->name);
    return jemput_former_note(c->db, before, err);
}

/* Table number i + 1. */
static enum jemput_status table_compare(struct jemput_capture *c, uint32_t i, const struct jemput_shapes *before, const struct jemput_shapes *now,
                                        struct jemput_error *err)
{
    const struct jemput_table *old = &before->tables[i], *new = &now->tables[i];
    enum jemput_status st = columns_compare(old, new, err);

    if (!st)
        st = groups_compare(old, before->why[i], new, now->why[i], err);
    return !st && new->group_count > old->group_count ? table_grows(c, old, err) : st;
}

/* What is loaded already under the same text is as it was. */
static enum jemput_status table_settle(struct jemput_capture *c, const struct jemput_table *now, const struct jemput_declared *declared,
                                       struct jemput_error *err)
{
    const struct jemput_capture_table *loaded = now->id <= c->table_count ? c->tables[now->id - 1] : NULL;
    bool same = loaded && jemput_declared_same(&loaded->declared, declared);
    enum jemput_status st = same ? JEMPUT_OK : jemput_capture_load(c, now->id, err);

    return st ? st : jemput_triggers_make(c->db, c->tables[now->id - 1], err);
}

/* What stood in the log before is left: its space lives with it. */
static enum jemput_status steady_stays(struct jemput_capture *c, const struct jemput_declared *before, const struct jemput_declared *now,
                                       struct jemput_error *err)
{
    struct jemput_error ignored;

    if (jemput_declared_same(before, now) || jemput_checks_steady(c->db, before, &ignored))
        return JEMPUT_OK;
    return jemput_checks_steady(c->db, now, err);
}

static enum jemput_status tables_settle(struct jemput_capture *c, const struct jemput_shapes *before, bool written, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_shapes now = { 0 };
    enum jemput_status st;

    c->internal++;
    st = jemput_shapes_read(&now, c->db, &arena, err);
    if (st == JEMPUT_NOTFOUND)
        st = jemput_fail(err, JEMPUT_DENIED, "a replicated table was dropped or renamed: keep it, and stop using it");
    for (uint32_t i = 0; !st && i < now.count; i++) {
        if (i < before->count)
            st = table_compare(c, i, before, &now, err);
        if (!st && i < before->count && written)
            st = steady_stays(c, &before->declared[i], &now.declared[i], err);
        if (!st)
            st = table_settle(c, &now.tables[i], &now.declared[i], err);
    }
    if (!st)
        st = jemput_counters_unlinked(c, err);
    c->internal--;
    jemput_arena_release(&arena);
    return st;
}

/* --- running SQL of others --- */

static unsigned line_of(const char *sql, const char *at)
{
    unsigned line = 1;

    for (; sql < at; sql++)
        line += *sql == '\n';
    return line;
}

/* Statement by statement, so that an error can say where. The authorizer is on: `internal` is 0 here. */
static enum jemput_status sql_run(struct jemput_capture *c, const char *sql, struct jemput_error *err)
{
    const char *rest = sql;
    enum jemput_status st = JEMPUT_OK;

    while (!st && *rest) {
        struct sql_scan look = sql_scan_of(rest);
        struct sql_token first = sql_peek(&look);
        sqlite3_stmt *stmt = NULL;
        int rc = sqlite3_prepare_v2(c->db, rest, -1, &stmt, &rest);

        if (rc == SQLITE_OK && stmt) {
            do
                rc = sqlite3_step(stmt);
            while (rc == SQLITE_ROW);
            rc = sqlite3_finalize(stmt);
        }
        if (rc != SQLITE_OK)
            st = jemput_sqlite_fail(c->db, rc, err, "SQL");
        else if (sql_is_word(&first, "CREATE"))
            st = triggers_check(c, err);
        if (st)
            jemput_wrap(err, "line %u", line_of(sql, first.text));
    }
    return st;
}

enum jemput_status jemput_schema_change(struct jemput_capture *c, const char *sql, bool written, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_shapes before = { 0 };
    struct jemput_outwards outwards = JEMPUT_OUTWARDS_INIT;
    unsigned internal = c->internal;
    bool migrating = c->migrating, was_written = c->written;
    enum jemput_status st;

    c->internal++;
    st = jemput_shapes_read(&before, c->db, &arena, err);
    if (!st)
        st = jemput_outwards_read(&outwards, c->db, err);
    c->internal = 0;
    c->migrating = true;
    c->written = written;
    if (!st)
        st = sql_run(c, sql, err);
    c->migrating = migrating;
    c->written = was_written;
    c->internal = internal;
    if (!st)
        st = tables_settle(c, &before, written, err);
    c->internal++;
    if (!st && written)
        st = jemput_outwards_refuse(&outwards, c->db, sql, err);
    c->internal--;
    jemput_outwards_release(&outwards);
    jemput_arena_release(&arena);
    return st;
}

/* --- schema runs, on the engine's connection --- */

/* SQL that is refused is outside data that is wrong; the world's refusals stay what they are. */
static enum jemput_status run_status(enum jemput_status st)
{
    bool of_sql = st == JEMPUT_DENIED || st == JEMPUT_MISUSE || st == JEMPUT_NOTFOUND || st == JEMPUT_EXISTS;

    return of_sql ? JEMPUT_CORRUPT : st;
}

/* SQLite says that there is something of that name already. The schema's is the same everywhere, and was run elsewhere: so it is of this device
 * alone. */
static bool run_meets_own(uint32_t version, const struct jemput_error *err)
{
    return version > 1 && (strstr(err->text, "already exists") || strstr(err->text, "there is already"));
}

static enum jemput_status schema_run(struct jemput_store *store, struct jemput_bytes sql, uint32_t version, bool written, struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX + 1);
    enum jemput_status st;

    JEMPUT_ASSERT(store->in_txn);
    jemput_buf_append_bytes(&text, sql);
    jemput_buf_u8(&text, 0);
    st = jemput_buf_check(&text, "schema", err);
    if (!st && strlen((const char *)text.data) != sql.len)
        st = jemput_fail(err, JEMPUT_CORRUPT, "schema: there is a NUL in the SQL");
    if (!st) {
        store->db_capture->first_schema = version == 1;
        sqlite3_set_authorizer(store->db, jemput_guard, store->db_capture);
        st = jemput_schema_change(store->db_capture, (const char *)text.data, written, err);
        sqlite3_set_authorizer(store->db, NULL, NULL);
        jemput_moved_all(&store->moved);
        jemput_feed_all(store);
        if (st) {
            bool own = run_meets_own(version, err);

            err->status = own ? JEMPUT_EXISTS : run_status(st);
            jemput_wrap(err, own ? "this device has one of its own by that name: rename or drop it, and sync again: schema" : "schema");
        }
    }
    jemput_buf_release(&text);
    if (!st)
        st = jemput_store_number_put(store, JEMPUT_FACT_SCHEMA_VERSION, version, err);
    if (!st)
        st = jemput_catalog_refresh(store, err);
    return st ? err->status : JEMPUT_OK;
}

enum jemput_status jemput_store_schema_run(struct jemput_store *store, struct jemput_bytes sql, uint32_t version, struct jemput_error *err)
{
    return schema_run(store, sql, version, true, err);
}

enum jemput_status jemput_store_schema_rerun(struct jemput_store *store, struct jemput_bytes sql, uint32_t version, struct jemput_error *err)
{
    return schema_run(store, sql, version, false, err);
}
