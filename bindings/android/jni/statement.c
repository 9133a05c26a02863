/* statement.c — SQL on the app's connection: statements prepared, told of, and ended. Their values and rows: step.c. */
#include "statement.h"
#include "org_jemput_Native.h"

#include <stdlib.h>
#include <string.h>

/* --- life --- */

static void statement_drop(struct statement *s)
{
    sqlite3_finalize(s->stmt);
    s->stmt = NULL;
    *s->at = s->next;
    if (s->next)
        s->next->at = s->at;
}

/* Their handles, too: Java may have forgotten them with the store. */
void statements_end(struct box *box)
{
    while (box->statements) {
        struct statement *s = box->statements;

        statement_drop(s);
        handle_end(s->handle, HANDLE_STATEMENT);
    }
}

/* The handle was ended, and no call uses it. */
static void statement_end(void *object)
{
    struct statement *s = object;
    bool locked = app_lock(s->box);

    if (s->stmt)
        statement_drop(s);
    app_unlock(s->box, locked);
    box_give(s->box);
    free(s);
}

int prepared_count(const struct statement *s)
{
    return sqlite3_stmt_status(s->stmt, SQLITE_STMTSTATUS_REPREPARE, 0);
}

static void shape_note(struct statement *s)
{
    s->columns = sqlite3_column_count(s->stmt);
    s->prepared = prepared_count(s);
}

/* 0: no memory. */
static jlong statement_new(struct box *box, sqlite3_stmt *stmt)
{
    struct statement *s = calloc(1, sizeof *s);
    int64_t handle = 0;

    if (s) {
        *s = (struct statement){ .box = box, .stmt = stmt, .next = box->statements, .at = &box->statements };
        shape_note(s);
        handle = handle_new(HANDLE_STATEMENT, s, statement_end);
    }
    if (!handle) {
        free(s);
        return 0;
    }
    s->handle = handle;
    if (s->next)
        s->next->at = &s->next;
    box->statements = s;
    atomic_fetch_add(&box->refs, 1);
    return handle;
}

/* --- calls --- */

enum jemput_status app_status(struct call *c, int rc)
{
    sqlite3 *db = jemput_app(c->jemput);

    c->sqlite = db && rc == (sqlite3_errcode(db) & 0xff) ? sqlite3_extended_errcode(db) : rc;
    return jemput_app_error(c->jemput, rc, &c->err);
}

bool statement_begin(struct call *c, struct statement **out, JNIEnv *env, jlong handle)
{
    struct statement *s = handle_take(handle, HANDLE_STATEMENT);

    *c = (struct call){ .env = env, .handle = handle, .takes = CALL_APP };
    if (!s) {
        error_throw_text(env, JEMPUT_MISUSE, "the statement is closed");
        return false;
    }
    if (pthread_mutex_lock(&s->box->app) != 0) {
        handle_give(handle);
        error_throw_text(env, JEMPUT_MISUSE, "this thread is inside another call on the same store: what is called back must not use it");
        return false;
    }
    if (!s->stmt) {
        pthread_mutex_unlock(&s->box->app);
        handle_give(handle);
        error_throw_text(env, JEMPUT_MISUSE, "the store is closed");
        return false;
    }
    c->box = s->box;
    c->jemput = s->box->jemput;
    *out = s;
    return true;
}

/* --- prepared --- */

static bool is_blank(const char *sql)
{
    return sql[strspn(sql, " \t\r\n\f;")] == '\0';
}

/* One statement, and nothing behind it but blanks and comments. */
static enum jemput_status prepare(struct call *c, const struct text *sql, int flags, sqlite3_stmt **out)
{
    sqlite3 *db = jemput_app(c->jemput);
    sqlite3_stmt *more = NULL;
    const unsigned keep = flags & org_jemput_Native_PREPARE_KEEP ? SQLITE_PREPARE_PERSISTENT : 0;
    const char *tail = "";
    int rc;

    if (!db)
        return error_set(&c->err, JEMPUT_LOCKED, "the store is locked");
    rc = sqlite3_prepare_v3(db, sql->bytes, (int)(sql->len + 1), keep, out, &tail);
    if (rc != SQLITE_OK)
        return app_status(c, rc);
    if (!*out)
        return error_set(&c->err, JEMPUT_MISUSE, "there is no statement in the SQL");
    if (!is_blank(tail) && (sqlite3_prepare_v3(db, tail, -1, 0, &more, NULL) != SQLITE_OK || more)) {
        sqlite3_finalize(more);
        return error_set(&c->err, JEMPUT_MISUSE, "there is more than one statement in the SQL: script() runs several");
    }
    if ((flags & org_jemput_Native_PREPARE_READS) && !sqlite3_stmt_readonly(*out))
        return error_set(&c->err, JEMPUT_MISUSE, "a query may not write: use write() or exec()");
    /* BEGIN and SAVEPOINT count as read only: the reader would keep its moment for everybody after this one, and the log could not be cut. */
    if ((flags & org_jemput_Native_PREPARE_READS) && sqlite3_column_count(*out) == 0)
        return error_set(&c->err, JEMPUT_MISUSE, "a query gives rows, and this gives none: write() and savepoint() begin and end transactions");
    return JEMPUT_OK;
}

JNIEXPORT jlong JNICALL Java_org_jemput_Native_prepare(JNIEnv *env, jclass class_of, jlong store, jbyteArray sql, jint flags)
{
    sqlite3_stmt *stmt = NULL;
    struct text text;
    jlong handle = 0;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_APP))
        return 0;
    st = text_need(env, sql, &text, "SQL", &c.err);
    if (!st)
        st = prepare(&c, &text, flags, &stmt);
    if (!st) {
        handle = statement_new(c.box, stmt);
        if (!handle)
            st = error_set(&c.err, JEMPUT_NOMEM, "no memory for a statement");
    }
    if (st)
        sqlite3_finalize(stmt);
    text_release(&text);
    call_end(&c, st);
    return handle;
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_shape(JNIEnv *env, jclass class_of, jlong statement)
{
    struct pack p = { NULL, 0, 0, false };
    struct statement *s;
    struct call c;

    (void)class_of;
    if (!statement_begin(&c, &s, env, statement))
        return NULL;
    shape_note(s);
    pack_i32(&p, sqlite3_stmt_readonly(s->stmt) != 0);
    pack_i32(&p, sqlite3_bind_parameter_count(s->stmt));
    pack_i32(&p, s->columns);
    for (int i = 0; i < s->columns; i++) {
        const char *name = sqlite3_column_name(s->stmt, i);

        p.failed = p.failed || !name;
        pack_text(&p, name);
    }
    call_end(&c, JEMPUT_OK);
    return pack_give(env, &p);
}

JNIEXPORT jint JNICALL Java_org_jemput_Native_parameter(JNIEnv *env, jclass class_of, jlong statement, jbyteArray name)
{
    struct statement *s;
    struct text text;
    struct call c;
    int place = 0;
    enum jemput_status st;

    (void)class_of;
    if (!statement_begin(&c, &s, env, statement))
        return 0;
    st = text_need(env, name, &text, "name of a parameter", &c.err);
    if (!st)
        place = sqlite3_bind_parameter_index(s->stmt, text.bytes);
    text_release(&text);
    call_end(&c, st);
    return place;
}

/* --- ended --- */

JNIEXPORT void JNICALL Java_org_jemput_Native_reset(JNIEnv *env, jclass class_of, jlong statement)
{
    struct statement *s = handle_take(statement, HANDLE_STATEMENT);
    bool locked;

    (void)env;
    (void)class_of;
    if (!s)
        return;
    locked = app_lock(s->box);
    if (s->stmt)
        sqlite3_reset(s->stmt);
    s->row_waits = false;
    app_unlock(s->box, locked);
    handle_give(statement);
}

JNIEXPORT void JNICALL Java_org_jemput_Native_finish(JNIEnv *env, jclass class_of, jlong statement)
{
    (void)env;
    (void)class_of;
    handle_end(statement, HANDLE_STATEMENT);
}
