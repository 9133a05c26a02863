/* store/sql/function.c — the SQL functions jemput_id, jemput_serial, jemput_note, jemput_token, jemput_under and jemput_state_hash, and registering
 * what else there is. */
#include <string.h>

#include "store/capture/capture.h"
#include "store/causes/causes.h"
#include "store/file/layout.h"
#include "store/sql/serial.h"

void jemput_result_error(sqlite3_context *context, const struct jemput_error *err)
{
    if (err->status == JEMPUT_NOMEM) {
        sqlite3_result_error_nomem(context);
        return;
    }
    sqlite3_result_error(context, err->text, -1);
    sqlite3_result_error_code(context, jemput_sqlite_code(err->status));
}

static enum jemput_status app_only(const struct jemput_capture *c, const char *function, struct jemput_error *err)
{
    if (c->captures)
        return JEMPUT_OK;
    return jemput_fail(err, JEMPUT_MISUSE, "%s: what a schema does must be the same on every device", function);
}

/* --- jemput_id() --- */

static void id_function(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    struct jemput_capture *c = sqlite3_user_data(context);
    struct jemput_error err;
    uint8_t id[16];

    (void)argc, (void)argv;
    if (!c->hooks->make_id)
        jemput_fail(&err, JEMPUT_MISUSE, "jemput_id: this store makes no ids");
    else if (!app_only(c, "jemput_id", &err)) {
        if (!c->seeded)
            c->env->random(c->env, c->seed, sizeof c->seed);
        c->seeded = true;
        c->hooks->make_id(id, c->seed, c->id_next++);
        sqlite3_result_blob(context, id, sizeof id, SQLITE_TRANSIENT);
        return;
    }
    jemput_result_error(context, &err);
}

/* --- jemput_serial(table) --- */

/* First column of a statement's one row; the statement is reset. */
static enum jemput_status one_number(struct jemput_capture *c, sqlite3_stmt *stmt, bool *found, int64_t *out, struct jemput_error *err)
{
    int rc, end;

    c->internal++; /* SQLite prepares the statement anew where the schema has moved, and asks the authorizer again */
    rc = sqlite3_step(stmt);
    c->internal--;
    *found = rc == SQLITE_ROW;
    if (*found)
        *out = sqlite3_column_int64(stmt, 0);
    end = sqlite3_reset(stmt); /* an INSERT outside of a transaction commits here */
    if (rc == SQLITE_ROW || rc == SQLITE_DONE)
        rc = end;
    return rc == SQLITE_OK ? JEMPUT_OK : jemput_sqlite_fail(c->db, rc, err, "read a number");
}

static enum jemput_status device_number(struct jemput_capture *c, int64_t *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    bool found = false;
    enum jemput_status st =
        jemput_capture_statement(c, CAPTURE_DEVICE, "SELECT value FROM main.jemput_fact WHERE name = '" JEMPUT_FACT_DEVICE_NUMBER "'", &stmt, err);

    if (!st)
        st = one_number(c, stmt, &found, out, err);
    if (!st && (!found || *out < 1))
        st = jemput_fail(err, JEMPUT_DENIED, "this device has no number yet");
    return st;
}

static enum jemput_status serial_next(struct jemput_capture *c, const char *table, int64_t *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    bool found = false;
    enum jemput_status st = jemput_capture_statement(c, CAPTURE_SERIAL,
                                                     "INSERT INTO main.jemput_serial(tbl, last) VALUES(?1, 1) "
                                                     "ON CONFLICT(tbl) DO UPDATE SET last = last + 1 RETURNING last",
                                                     &stmt, err);

    if (st)
        return st;
    sqlite3_bind_text(stmt, 1, table, -1, SQLITE_TRANSIENT);
    return one_number(c, stmt, &found, out, err);
}

static void serial_function(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    struct jemput_capture *c = sqlite3_user_data(context);
    const char *table = (const char *)sqlite3_value_text(argv[0]);
    struct jemput_traces traces = jemput_traces_take(c->db);
    struct jemput_error err;
    int64_t device = 0, number = 0;
    char text[JEMPUT_SERIAL_TEXT_BYTES];
    enum jemput_status st = app_only(c, "jemput_serial", &err);

    (void)argc;
    if (!st && (!table || !*table || strlen(table) > JEMPUT_NAME_BYTES_MAX))
        st = jemput_fail(&err, JEMPUT_MISUSE, "the table's name is missing");
    c->internal++;
    if (!st)
        st = device_number(c, &device, &err);
    if (!st)
        st = serial_next(c, table, &number, &err);
    c->internal--;
    jemput_traces_restore(c, traces);
    if (st) {
        jemput_wrap(&err, "jemput_serial");
        jemput_result_error(context, &err);
        return;
    }
    jemput_serial_write(text, (uint64_t)device, (uint64_t)number);
    sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

/* --- what is said of the transaction under way --- */

static enum jemput_status in_transaction(struct jemput_capture *c, const char *function, struct jemput_error *err)
{
    enum jemput_status st = app_only(c, function, err);

    if (!st && sqlite3_get_autocommit(c->db))
        st = jemput_fail(err, JEMPUT_MISUSE, "%s: call it between BEGIN and COMMIT: it concerns one transaction", function);
    return st ? st : jemput_capture_enlist(c, err);
}

static void note_function(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    struct jemput_capture *c = sqlite3_user_data(context);
    const unsigned char *text = sqlite3_value_text(argv[0]);
    size_t len = (size_t)sqlite3_value_bytes(argv[0]);
    struct jemput_error err;
    enum jemput_status st = JEMPUT_OK;

    (void)argc;
    if (!text && sqlite3_value_type(argv[0]) != SQLITE_NULL)
        st = jemput_fail(&err, JEMPUT_NOMEM, "jemput_note: no memory");
    else if (len > JEMPUT_NOTE_BYTES_MAX)
        st = jemput_fail(&err, JEMPUT_LIMIT, "jemput_note: %zu bytes are more than %d", len, JEMPUT_NOTE_BYTES_MAX);
    if (!st)
        st = in_transaction(c, "jemput_note", &err);
    if (st) {
        jemput_result_error(context, &err);
        return;
    }
    if (len)
        memcpy(c->note, text, len);
    c->note_len = len;
    sqlite3_result_value(context, argv[0]);
}

static void token_function(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    struct jemput_capture *c = sqlite3_user_data(context);
    struct jemput_error err;
    sqlite3_stmt *stmt;
    bool found = false;
    int64_t token = JEMPUT_CONTEXT_EMPTY;
    enum jemput_status st =
        jemput_capture_statement(c, CAPTURE_FRONTIER, "SELECT value FROM main.jemput_fact WHERE name = '" JEMPUT_FACT_FRONTIER "'", &stmt, &err);

    (void)argc, (void)argv;
    if (!st)
        st = one_number(c, stmt, &found, &token, &err);
    if (st)
        jemput_result_error(context, &err);
    else
        sqlite3_result_int64(context, token);
}

static enum jemput_status context_check(struct jemput_capture *c, int64_t token, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    bool found = token == JEMPUT_CONTEXT_EMPTY;
    int64_t ignored;
    enum jemput_status st = JEMPUT_OK;

    if (!found)
        st = jemput_capture_statement(c, CAPTURE_CONTEXT, "SELECT 1 FROM main.jemput_context WHERE id = ?", &stmt, err);
    if (!found && !st) {
        sqlite3_bind_int64(stmt, 1, token);
        st = one_number(c, stmt, &found, &ignored, err);
    }
    if (!st && !found)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "jemput_under: no jemput_token() has given %lld here", (long long)token);
    return st;
}

static void under_function(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    struct jemput_capture *c = sqlite3_user_data(context);
    int64_t token = sqlite3_value_int64(argv[0]);
    struct jemput_error err;
    enum jemput_status st = in_transaction(c, "jemput_under", &err);

    (void)argc;
    if (!st)
        st = context_check(c, token, &err);
    if (st) {
        jemput_result_error(context, &err);
        return;
    }
    c->under = token;
    sqlite3_result_value(context, argv[0]);
}

/* --- jemput_state_hash() --- */

static void state_hash_function(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    struct jemput_capture *c = sqlite3_user_data(context);
    struct jemput_error err;
    char hex[65];
    enum jemput_status st = app_only(c, "jemput_state_hash", &err);

    (void)argc, (void)argv;
    if (!st && (!c->hooks->state_hash || c->stopped))
        st = jemput_fail(&err, JEMPUT_MISUSE, "no hash can be made here");
    if (!st && c->touch_count)
        st = jemput_fail(&err, JEMPUT_BUSY, "the transaction under way has changed rows: commit it, then seal or sync");
    if (!st)
        st = c->hooks->state_hash(c->hooks->ctx, hex, &err);
    if (st) {
        jemput_wrap(&err, "jemput_state_hash");
        jemput_result_error(context, &err);
        return;
    }
    sqlite3_result_text(context, hex, -1, SQLITE_TRANSIENT);
}

/* --- jemput_replaces(), for our own triggers --- */

static void replaces_function(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const struct jemput_capture *c = sqlite3_user_data(context);

    (void)argc, (void)argv;
    sqlite3_result_int(context, c->replacing);
}

/* --- registering --- */

enum jemput_status jemput_functions_register(struct jemput_capture *c, struct jemput_error *err)
{
    static const struct {
        const char *name;
        int args, flags;
        void (*call)(sqlite3_context *, int, sqlite3_value **);
    } functions[] = {
        /* a schema's DEFAULT clauses and triggers may use the first two, and our triggers the third, even where the schema is not trusted */
        { "jemput_id", 0, SQLITE_INNOCUOUS, id_function },
        { "jemput_serial", 1, SQLITE_INNOCUOUS, serial_function },
        { "jemput_replaces", 0, SQLITE_INNOCUOUS, replaces_function },
        { "jemput_note", 1, 0, note_function },
        { "jemput_token", 0, 0, token_function },
        { "jemput_state_hash", 0, SQLITE_DIRECTONLY, state_hash_function },
        { "jemput_under", 1, SQLITE_DIRECTONLY, under_function },
        { "jemput_replicate", 1, SQLITE_DIRECTONLY, jemput_replicate_function },
        { "jemput_replicate", 2, SQLITE_DIRECTONLY, jemput_replicate_function },
        { "jemput_policy", 3, SQLITE_DIRECTONLY, jemput_policy_function },
        { "jemput_migrate", 1, SQLITE_DIRECTONLY, jemput_migrate_function },
    };

    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        int rc = sqlite3_create_function_v2(c->db, functions[i].name, functions[i].args, SQLITE_UTF8 | functions[i].flags, c, functions[i].call, NULL,
                                            NULL, NULL);

        if (rc != SQLITE_OK)
            return jemput_sqlite_fail(c->db, rc, err, "register functions");
    }
    return c->captures ? jemput_groups_register(c, err) : JEMPUT_OK;
}
