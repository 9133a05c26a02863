/* store/schema/policy.c — the SQL function jemput_policy(), and reading back what it kept. See policy.h. */
#include "store/schema/policy.h"

#include <string.h>

#include "store/capture/capture.h"
#include "store/file/layout.h"
#include "store/schema/schema.h"

/* --- reading --- */

static enum jemput_status steps_read(struct jemput_policy_call *call, struct jemput_bytes bytes, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = bytes };
    uint64_t column = 0;

    call->steps = jemput_arena_array(arena, bytes.len, sizeof *call->steps);
    if (!call->steps)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a policy");
    while (r.rest.len && !r.overrun) {
        column += jemput_read_varint(&r);
        call->steps[call->step_count++] = (uint16_t)column;
        if (column > UINT16_MAX)
            r.overrun = true;
    }
    return r.overrun ? jemput_fail(err, JEMPUT_CORRUPT, "table 'jemput_policy' is damaged") : JEMPUT_OK;
}

static enum jemput_status call_read(struct jemput_policy_call *call, sqlite3_stmt *stmt, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_value v;

    call->since = (uint32_t)sqlite3_column_int64(stmt, 1);
    call->table = (uint32_t)sqlite3_column_int64(stmt, 2);
    jemput_value_from_column(&v, stmt, 3);
    call->roles = jemput_arena_copy(arena, v.bytes);
    jemput_value_from_column(&v, stmt, 4);
    call->rules = jemput_arena_copy(arena, v.bytes);
    if (!call->roles.data || (!call->rules.data && v.bytes.len))
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a policy");
    jemput_value_from_column(&v, stmt, 5);
    return steps_read(call, v.bytes, arena, err);
}

enum jemput_status jemput_policy_calls_read(struct jemput_policy_calls *calls, struct sqlite3 *db, struct jemput_error *err)
{
    struct jemput_policy_calls read = { 0 };
    sqlite3_stmt *stmt = NULL;
    int64_t count = 0;
    enum jemput_status st = jemput_sqlite_number(db, "SELECT count(*) FROM main.jemput_policy", &count, err);
    int rc = SQLITE_DONE;

    jemput_arena_release(&calls->arena);
    *calls = (struct jemput_policy_calls){ .serial = -1 };
    read.of = jemput_arena_array(&read.arena, (size_t)count, sizeof *read.of);
    if (!st && !read.of)
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a policy");
    if (!st)
        st = jemput_sqlite_prepare(&stmt, db, "SELECT id, since, tbl, roles, rules, steps FROM main.jemput_policy ORDER BY id", 0, err);
    while (!st && read.count < count && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        read.serial = sqlite3_column_int64(stmt, 0);
        st = call_read(&read.of[read.count++], stmt, &read.arena, err);
    }
    if (!st && rc != SQLITE_DONE && rc != SQLITE_ROW)
        st = jemput_sqlite_fail(db, rc, err, "read the policy");
    sqlite3_finalize(stmt);
    if (st)
        jemput_arena_release(&read.arena);
    else
        *calls = read;
    return st;
}

bool jemput_policy_calls_step(const struct jemput_policy_calls *calls, uint32_t table, uint16_t column)
{
    for (uint32_t i = 0; i < calls->count; i++)
        for (uint16_t k = 0; calls->of[i].table == table && k < calls->of[i].step_count; k++)
            if (calls->of[i].steps[k] == column)
                return true;
    return false;
}

/* --- jemput_policy(table, roles, rules) --- */

/* The table's number and shape; 0 for '*'. */
static enum jemput_status table_named(struct jemput_capture *c, const char *name, uint32_t *id, struct jemput_table *shape,
                                      struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_declared ignored;
    sqlite3_stmt *stmt;
    enum jemput_status st;
    int rc;

    *id = 0;
    if (strcmp(name, "*") == 0)
        return JEMPUT_OK;
    st = jemput_sqlite_prepare(&stmt, c->db, "SELECT id FROM main.jemput_table WHERE name = ?1", 0, err);
    if (st)
        return st;
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *id = (uint32_t)sqlite3_column_int64(stmt, 0);
    else
        st = rc == SQLITE_DONE ? jemput_fail(err, JEMPUT_DENIED, "table '%s' is not replicated: call jemput_replicate() first", name)
                               : jemput_sqlite_fail(c->db, rc, err, "look for the table");
    sqlite3_finalize(stmt);
    return st ? st : jemput_table_find(shape, &ignored, c->db, *id, arena, err);
}

static enum jemput_status call_keep(struct jemput_capture *c, uint32_t table, const char *roles, const char *rules, const uint16_t *steps,
                                    uint16_t step_count, struct jemput_error *err)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(4 * (size_t)UINT16_MAX);
    sqlite3_stmt *stmt = NULL;
    enum jemput_status st;

    for (uint16_t i = 0; i < step_count; i++)
        jemput_buf_varint(&bytes, i ? (uint64_t)(steps[i] - steps[i - 1]) : steps[i]);
    st = jemput_buf_check(&bytes, "policy", err);
    if (!st)
        st = jemput_sqlite_prepare(&stmt, c->db,
                                   "INSERT INTO main.jemput_policy(since, tbl, roles, rules, steps) VALUES(1 + coalesce((SELECT value FROM "
                                   "main.jemput_fact WHERE name = '" JEMPUT_FACT_SCHEMA_VERSION "'), 0), ?1, ?2, ?3, ?4)",
                                   0, err);
    if (!st) {
        sqlite3_bind_int64(stmt, 1, table);
        sqlite3_bind_text(stmt, 2, roles, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 3, rules, -1, SQLITE_STATIC);
        sqlite3_bind_blob64(stmt, 4, bytes.len ? (const void *)bytes.data : "", bytes.len, SQLITE_STATIC);
        if (sqlite3_step(stmt) != SQLITE_DONE)
            st = jemput_sqlite_fail(c->db, sqlite3_errcode(c->db), err, "keep the policy");
    }
    sqlite3_finalize(stmt);
    jemput_buf_release(&bytes);
    return st;
}

static enum jemput_status policy(struct jemput_capture *c, const char *name, const char *roles, const char *rules, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_table shape = { 0 };
    uint16_t *steps = NULL, step_count = 0;
    uint32_t id = 0;
    enum jemput_status st = JEMPUT_OK;

    if (!c->migrating)
        st = jemput_fail(err, JEMPUT_MISUSE, "declare it in the space's schema, or in jemput_migrate()");
    if (!st)
        st = table_named(c, name, &id, &shape, &arena, err);
    if (!st) {
        steps = jemput_arena_array(&arena, shape.column_count, sizeof *steps);
        st = steps ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a policy");
    }
    if (!st && c->hooks->policy_check)
        st = c->hooks->policy_check(c->hooks->ctx, id ? &shape : NULL, jemput_bytes_str(roles), jemput_bytes_str(rules), steps, &step_count, err);
    if (!st)
        st = call_keep(c, id, roles, rules, steps, step_count, err);
    c->known = false; /* the next COMMIT reads it */
    c->policy.serial = -1;
    jemput_arena_release(&arena);
    return st;
}

void jemput_policy_function(struct sqlite3_context *context, int argc, struct sqlite3_value **argv)
{
    struct jemput_capture *c = sqlite3_user_data(context);
    const char *name = (const char *)sqlite3_value_text(argv[0]), *roles = (const char *)sqlite3_value_text(argv[1]);
    const char *rules = (const char *)sqlite3_value_text(argv[2]);
    struct jemput_traces traces = jemput_traces_take(c->db);
    struct jemput_error err;
    enum jemput_status st;

    (void)argc;
    c->internal++;
    st = name && roles && rules ? policy(c, name, roles, rules, &err) : jemput_fail(&err, JEMPUT_MISUSE, "table, roles and rules must be text");
    c->internal--;
    jemput_traces_restore(c, traces);
    if (st) {
        jemput_wrap(&err, "jemput_policy");
        jemput_result_error(context, &err);
    }
}
