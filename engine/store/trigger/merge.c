/* store/trigger/merge.c — triggers of the app that run for merged rows, too. See trigger/merge.h.
 *
 * A copy has a gate in its condition, so that it can be left out of one statement without a change of the schema; the gate also notes which trigger
 * was entered last, so that a failure has a name. */
#include "store/trigger/merge.h"

#include "base/limits.h"
#include "store/trigger/text.h"

#define GATE "jemput_merging"
#define NONE UINT32_MAX

/* --- copies --- */

void jemput_merge_triggers_free(struct jemput_merge_triggers *triggers)
{
    if (triggers)
        jemput_arena_release(&triggers->arena);
    jemput_free(triggers);
}

static void gate_function(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    struct jemput_merge_triggers *triggers = ((struct jemput_store *)sqlite3_user_data(context))->merge_triggers;

    (void)argc;
    if (triggers && !triggers->off)
        triggers->last = (uint32_t)sqlite3_value_int64(argv[0]);
    sqlite3_result_int(context, triggers && !triggers->off);
}

static void scan_append(struct jemput_buf *sql, struct sql_scan text)
{
    jemput_buf_append(sql, text.at, (size_t)(text.end - text.at));
}

static void copy_sql(struct jemput_buf *sql, const struct jemput_trigger_copy *copy, const struct trigger_text *text, uint32_t number)
{
    jemput_buf_append_str(sql, "CREATE TEMP TRIGGER ");
    jemput_buf_identifier(sql, copy->name);
    jemput_buf_u8(sql, ' ');
    scan_append(sql, text->event_text);
    jemput_buf_append_str(sql, " ON main.");
    jemput_buf_identifier(sql, copy->table);
    jemput_buf_printf(sql, " FOR EACH ROW WHEN CASE WHEN " GATE "(%u) THEN (", (unsigned)number);
    if (text->condition.at)
        scan_append(sql, text->condition);
    else
        jemput_buf_u8(sql, '1');
    jemput_buf_append_str(sql, "\n) END BEGIN "); /* a comment may end the condition */
    scan_append(sql, text->body);
}

/* A statement that fires it, whatever columns it names: only prepared, as that is when SQLite reads what is in a trigger. */
static void probe_sql(struct jemput_buf *sql, const struct jemput_table *t, enum trigger_event event)
{
    bool first = true;

    jemput_buf_append_str(sql, event == TRIGGER_INSERT ? "INSERT INTO main." : event == TRIGGER_UPDATE ? "UPDATE main." : "DELETE FROM main.");
    jemput_buf_identifier(sql, t->name);
    if (event == TRIGGER_INSERT)
        jemput_buf_append_str(sql, " DEFAULT VALUES");
    for (uint16_t i = 0; event == TRIGGER_UPDATE && i < t->column_count; i++) {
        if (t->columns[i].generated)
            continue;
        jemput_buf_append_str(sql, first ? " SET " : ", ");
        jemput_buf_identifier(sql, t->columns[i].name);
        jemput_buf_append_str(sql, " = NULL");
        first = false;
    }
}

/* The world's refusals: they say nothing of a trigger. */
static bool is_world(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
    case SQLITE_CANTOPEN:
        return true;
    default:
        return false;
    }
}

/* Run or prepare SQL that can fail because of what a trigger says: that is its fault, and no error. */
static enum jemput_status attempt(struct jemput_store *store, struct jemput_buf *sql, bool run, char *fault, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    enum jemput_status st;
    int rc;

    jemput_buf_u8(sql, 0);
    st = jemput_buf_check(sql, "trigger", err);
    if (st)
        return st;
    rc = sqlite3_prepare_v2(store->db, (const char *)sql->data, -1, &stmt, NULL);
    if (rc == SQLITE_OK && run) {
        sqlite3_step(stmt);
        rc = sqlite3_finalize(stmt);
        stmt = NULL;
    }
    if (rc != SQLITE_OK && is_world(rc))
        st = jemput_sqlite_fail(store->db, rc, err, "copy a trigger");
    else if (rc != SQLITE_OK)
        sqlite3_snprintf(JEMPUT_TRIGGER_FAULT_BYTES, fault, "cannot run when rows are merged: %s", sqlite3_errmsg(store->db));
    sqlite3_finalize(stmt);
    return st;
}

static enum jemput_status copy_drop(struct jemput_store *store, const char *name, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    enum jemput_status st;

    jemput_buf_append_str(&sql, "DROP TRIGGER temp.");
    jemput_buf_identifier(&sql, name);
    st = jemput_sqlite_exec_buf(store->db, &sql, "drop the copy of a trigger", err);
    jemput_buf_release(&sql);
    return st;
}

static enum jemput_status copy_make(struct jemput_store *store, struct jemput_trigger_copy *copy, uint32_t number, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(2 * JEMPUT_SCHEMA_BYTES_MAX);
    struct trigger_text text;
    enum jemput_status st = JEMPUT_OK;

    if (!trigger_text_read(&text, copy->create))
        st = jemput_fail(err, JEMPUT_CORRUPT, "a trigger has no text that can be read");
    if (!st) {
        copy_sql(&sql, copy, &text, number);
        st = attempt(store, &sql, true, copy->fault, err);
    }
    if (!st && !copy->fault[0]) {
        jemput_buf_clear(&sql);
        probe_sql(&sql, jemput_store_table_named(store, copy->table), text.event);
        st = attempt(store, &sql, false, copy->fault, err);
        if (!st && copy->fault[0])
            st = copy_drop(store, copy->name, err);
    }
    jemput_buf_release(&sql);
    return st;
}

static enum jemput_status copies_drop(struct jemput_store *store, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_value name;
    sqlite3_stmt *stmt;
    enum jemput_status st = JEMPUT_OK;
    int rc = SQLITE_ROW;

    while (!st && rc == SQLITE_ROW) { /* each anew: a statement that is being read stands in the way of DROP */
        const char *copy = NULL;

        st = jemput_sqlite_prepare(&stmt, store->db, "SELECT name FROM temp.sqlite_schema WHERE type = 'trigger' LIMIT 1", 0, err);
        if (st)
            break;
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW) {
            jemput_value_from_column(&name, stmt, 0);
            copy = jemput_arena_str(&arena, name.bytes);
            if (!copy)
                st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a trigger");
        } else if (rc != SQLITE_DONE) {
            st = jemput_sqlite_fail(store->db, rc, err, "read copies of triggers");
        }
        sqlite3_finalize(stmt);
        if (!st && copy)
            st = copy_drop(store, copy, err);
    }
    jemput_arena_release(&arena);
    return st;
}

/* The declared triggers that are there, and what is wrong with them. */
static enum jemput_status copies_read(struct jemput_store *store, struct jemput_merge_triggers *triggers, uint32_t declared, struct jemput_error *err)
{
    struct jemput_trigger_look look = { 0 };
    enum jemput_status st = jemput_trigger_look_prepare(&look, store->db, err);

    triggers->copies = jemput_arena_array(&triggers->arena, declared, sizeof *triggers->copies);
    if (!st && !triggers->copies)
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory for triggers");
    for (uint32_t id = 1; !st && id <= jemput_store_table_count(store); id++) {
        const struct jemput_table *t = jemput_store_table(store, id);

        for (uint16_t i = 0; !st && i < t->trigger_count; i++) {
            struct jemput_trigger_copy *copy = &triggers->copies[triggers->count];

            copy->table = jemput_arena_str(&triggers->arena, jemput_bytes_str(t->name));
            copy->name = jemput_arena_str(&triggers->arena, jemput_bytes_str(t->triggers[i]));
            if (!copy->table || !copy->name)
                st = jemput_fail(err, JEMPUT_NOMEM, "no memory for triggers");
            else
                st = jemput_trigger_look(&look, t, copy->name, &copy->create, copy->fault, &triggers->arena, err);
            triggers->count += copy->create != NULL;
        }
    }
    jemput_trigger_look_release(&look);
    return st;
}

static uint32_t declared_count(struct jemput_store *store)
{
    uint32_t count = 0;

    for (uint32_t id = 1; id <= jemput_store_table_count(store); id++)
        count += jemput_store_table(store, id)->trigger_count;
    return count;
}

static enum jemput_status copies_make(struct jemput_store *store, struct jemput_merge_triggers *triggers, struct jemput_error *err)
{
    enum jemput_status st = copies_read(store, triggers, declared_count(store), err);

    if (!st)
        st = copies_drop(store, err);
    for (uint32_t i = 0; !st && i < triggers->count; i++)
        if (!triggers->copies[i].fault[0])
            st = copy_make(store, &triggers->copies[i], i, err);
    return st;
}

/* The gate goes with the first of them. */
static enum jemput_status triggers_new(struct jemput_store *store, struct jemput_error *err)
{
    struct jemput_merge_triggers *triggers = jemput_alloc_zero(1, sizeof *triggers);
    int rc = SQLITE_OK;

    if (!triggers)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for triggers");
    if (!store->merge_triggers)
        rc = sqlite3_create_function_v2(store->db, GATE, 1, SQLITE_UTF8 | SQLITE_INNOCUOUS, store, gate_function, NULL, NULL, NULL);
    if (rc != SQLITE_OK) {
        jemput_free(triggers);
        return jemput_sqlite_fail(store->db, rc, err, "register a function");
    }
    triggers->schema_version = -1; /* until all are made */
    triggers->last = NONE;
    jemput_merge_triggers_free(store->merge_triggers);
    store->merge_triggers = triggers;
    return JEMPUT_OK;
}

enum jemput_status jemput_merge_triggers_refresh(struct jemput_store *store, struct jemput_error *err)
{
    int64_t schema_version = 0, temp_version = 0;
    enum jemput_status st;

    if (!store->app || (!store->merge_triggers && !declared_count(store)))
        return JEMPUT_OK; /* a replay has nothing of the app's own to keep in step */
    st = jemput_store_look(store, "PRAGMA main.schema_version", "read the schema's version", &schema_version, err);
    if (!st)
        st = jemput_store_look(store, "PRAGMA temp.schema_version", "read the schema's version", &temp_version, err);
    if (st ||
        (store->merge_triggers && store->merge_triggers->schema_version == schema_version && store->merge_triggers->temp_version == temp_version))
        return st;
    st = triggers_new(store, err);
    if (!st)
        st = copies_make(store, store->merge_triggers, err);
    if (!st)
        st = jemput_store_look(store, "PRAGMA temp.schema_version", "read the schema's version", &store->merge_triggers->temp_version, err);
    if (st)
        return jemput_wrap(err, "triggers for merged rows");
    store->merge_triggers->schema_version = schema_version;
    return JEMPUT_OK;
}

/* SQLite names tables, columns and expressions when a constraint fails, never values; what an app raises, or a module says, may hold anything. */
static void reason_take(char *reason, sqlite3 *db, int rc)
{
    if ((rc & 0xff) == SQLITE_CONSTRAINT && rc != SQLITE_CONSTRAINT_TRIGGER && rc != SQLITE_CONSTRAINT_VTAB)
        sqlite3_snprintf(JEMPUT_TRIGGER_FAULT_BYTES, reason, "%s", sqlite3_errmsg(db));
    else
        sqlite3_snprintf(JEMPUT_TRIGGER_FAULT_BYTES, reason, "%s", rc == SQLITE_CONSTRAINT_TRIGGER ? "RAISE" : sqlite3_errstr(rc));
}

/* --- writing a row --- */

/* The statement has failed, and SQLite has taken back what it did: once more, with the gates shut. */
static int step_without(struct jemput_store *store, sqlite3_stmt *stmt, int failure)
{
    struct jemput_merge_triggers *triggers = store->merge_triggers;
    char reason[JEMPUT_TRIGGER_FAULT_BYTES];
    struct jemput_error err;
    int rc;

    reason_take(reason, store->db, failure);
    sqlite3_reset(stmt);
    triggers->off = true;
    rc = sqlite3_step(stmt);
    triggers->off = false;
    if (rc == SQLITE_DONE && triggers->last < triggers->count &&
        jemput_trigger_failed(store, &triggers->copies[triggers->last], reason, &err))
        rc = err.status == JEMPUT_NOMEM ? SQLITE_NOMEM : SQLITE_ERROR;
    return rc;
}

int jemput_merge_step(struct jemput_store *store, const struct jemput_table *table, sqlite3_stmt *stmt)
{
    int rc;

    if (!table->trigger_count || !store->merge_triggers)
        return sqlite3_step(stmt);
    store->merge_triggers->last = NONE;
    store->moved.local = true;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_DONE || is_world(rc) || sqlite3_get_autocommit(store->db)) /* in the last two cases the caller's transaction ends */
        return rc;
    return step_without(store, stmt, rc);
}

int jemput_merge_try(struct jemput_store *store, const struct jemput_table *table, sqlite3_stmt *stmt)
{
    int rc;

    if (!table->trigger_count || !store->merge_triggers)
        return sqlite3_step(stmt);
    store->merge_triggers->off = true;
    rc = sqlite3_step(stmt);
    store->merge_triggers->off = false;
    return rc;
}
