/* store/trigger/look.c — what a trigger that is declared by triggers= may do. See trigger/merge.h. */
#include "store/trigger/merge.h"

#include "store/schema/declared.h"
#include "store/trigger/text.h"

enum jemput_status jemput_trigger_look_prepare(struct jemput_trigger_look *look, sqlite3 *db, struct jemput_error *err)
{
    enum jemput_status st = jemput_sqlite_prepare(
        &look->trigger, db, "SELECT tbl_name, sql FROM main.sqlite_schema WHERE type = 'trigger' AND name = ? COLLATE NOCASE", 0, err);

    if (!st)
        st = jemput_sqlite_prepare(&look->target, db,
                                   "SELECT EXISTS(SELECT 1 FROM main.jemput_table WHERE name = ?1), "
                                   "(SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE)",
                                   0, err);
    return st;
}

void jemput_trigger_look_release(struct jemput_trigger_look *look)
{
    sqlite3_finalize(look->trigger);
    sqlite3_finalize(look->target);
}

/* What is wrong with writing a table; `fault` empty = nothing. */
static enum jemput_status target_look(struct jemput_trigger_look *look, struct jemput_bytes name, char *fault, struct jemput_error *err)
{
    sqlite3 *db = sqlite3_db_handle(look->target);
    const char *create;
    int rc;

    sqlite3_bind_text64(look->target, 1, (const char *)name.data, name.len, SQLITE_STATIC, SQLITE_UTF8);
    rc = sqlite3_step(look->target);
    if (rc == SQLITE_ROW) {
        create = (const char *)sqlite3_column_text(look->target, 1);
        if (sqlite3_column_int(look->target, 0))
            sqlite3_snprintf(JEMPUT_TRIGGER_FAULT_BYTES, fault,
                             "writes table '%.*s', which is replicated; it may write what each device keeps for itself", (int)name.len, name.data);
        else if (name.len >= 7 && sqlite3_strnicmp((const char *)name.data, "jemput_", 7) == 0)
            sqlite3_snprintf(JEMPUT_TRIGGER_FAULT_BYTES, fault, "writes '%.*s', which is not the app's", (int)name.len, name.data);
        else if (create && table_text_undoes_more(create))
            sqlite3_snprintf(JEMPUT_TRIGGER_FAULT_BYTES, fault,
                             "writes table '%.*s', which has ON CONFLICT ROLLBACK or FAIL: that could undo a merge", (int)name.len, name.data);
    }
    sqlite3_reset(look->target);
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_sqlite_fail(db, rc, err, "look at what a trigger writes");
}

/* What is wrong with a trigger's text. */
static enum jemput_status text_look(struct jemput_trigger_look *look, const char *create, char *fault, struct jemput_error *err)
{
    struct trigger_text text;
    struct sql_token table, conflict;
    enum jemput_status st = JEMPUT_OK;

    fault[0] = '\0';
    if (!trigger_text_read(&text, create))
        return jemput_fail(err, JEMPUT_CORRUPT, "a trigger has no text that can be read");
    while (!st && !fault[0] && trigger_text_next_write(&text.body, &table, &conflict)) {
        if (sql_is_word(&conflict, "ROLLBACK") || sql_is_word(&conflict, "FAIL"))
            sqlite3_snprintf(JEMPUT_TRIGGER_FAULT_BYTES, fault, "has OR ROLLBACK or OR FAIL: that could undo a merge");
        else
            st = target_look(look, sql_unquoted(&table), fault, err);
    }
    if (!st && !fault[0] && trigger_text_raises_otherwise(create))
        sqlite3_snprintf(JEMPUT_TRIGGER_FAULT_BYTES, fault, "has a RAISE other than ABORT: that could undo a merge");
    return st;
}

enum jemput_status jemput_trigger_look(struct jemput_trigger_look *look, const struct jemput_table *t, const char *name, const char **create,
                                       char *fault, struct jemput_arena *arena, struct jemput_error *err)
{
    sqlite3 *db = sqlite3_db_handle(look->trigger);
    enum jemput_status st = JEMPUT_OK;
    struct jemput_value text;
    int rc;

    *create = NULL;
    fault[0] = '\0';
    sqlite3_bind_text(look->trigger, 1, name, -1, SQLITE_STATIC);
    rc = sqlite3_step(look->trigger);
    if (rc == SQLITE_ROW) {
        const char *of = (const char *)sqlite3_column_text(look->trigger, 0);

        jemput_value_from_column(&text, look->trigger, 1);
        *create = jemput_arena_str(arena, text.bytes);
        if (!of || !*create)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a trigger");
        else if (sqlite3_stricmp(of, t->name) != 0)
            sqlite3_snprintf(JEMPUT_TRIGGER_FAULT_BYTES, fault, "is one of table '%s'", of);
    } else if (rc != SQLITE_DONE) {
        st = jemput_sqlite_fail(db, rc, err, "read triggers");
    }
    sqlite3_reset(look->trigger);
    return st || !*create || fault[0] ? st : text_look(look, *create, fault, err);
}

static enum jemput_status table_check(struct jemput_trigger_look *look, const struct jemput_table *t, struct jemput_arena *arena,
                                      struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    char fault[JEMPUT_TRIGGER_FAULT_BYTES];
    const char *create;

    for (uint16_t i = 0; !st && i < t->trigger_count; i++) {
        st = jemput_trigger_look(look, t, t->triggers[i], &create, fault, arena, err);
        if (!st && fault[0])
            st = jemput_fail(err, JEMPUT_DENIED, "table '%s': option triggers: '%s' %s", t->name, t->triggers[i], fault);
    }
    return st;
}

enum jemput_status jemput_merge_triggers_check(sqlite3 *db, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_trigger_look look = { 0 };
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, db, "SELECT id FROM main.jemput_table WHERE options LIKE '%triggers%' ORDER BY id", 0, err);
    int rc = SQLITE_DONE;

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct jemput_declared ignored;
        struct jemput_table shape;

        if (!look.trigger)
            st = jemput_trigger_look_prepare(&look, db, err);
        jemput_arena_clear(&arena);
        if (!st)
            st = jemput_table_find(&shape, &ignored, db, (uint32_t)sqlite3_column_int64(stmt, 0), &arena, err);
        if (!st)
            st = table_check(&look, &shape, &arena, err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(db, rc, err, "read replicated tables");
    sqlite3_finalize(stmt);
    jemput_trigger_look_release(&look);
    jemput_arena_release(&arena);
    return st;
}
