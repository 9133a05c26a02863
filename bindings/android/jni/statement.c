/* statement.c — SQL on the app's connection: statements prepared, bound, stepped, their rows packed. A call of a statement holds its store's `app`. */
#include "binding.h"
#include "org_jemput_Native.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct statement {
    struct box *box; /* a reference */
    sqlite3_stmt *stmt; /* NULL: the store was closed */
    struct statement *next, **at; /* in the box's list, while stmt is there */
    int columns, prepared; /* as shape() has told; how often it had been prepared anew by then */
    bool row_waits;  /* it was stepped to a row that did not fit into the last window */
};

/* --- life --- */

static void statement_drop(struct statement *s)
{
    sqlite3_finalize(s->stmt);
    s->stmt = NULL;
    *s->at = s->next;
    if (s->next)
        s->next->at = s->at;
}

void statements_end(struct box *box)
{
    while (box->statements)
        statement_drop(box->statements);
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

/* SQLite prepares a statement anew by itself when the schema has changed: then its columns may be others than Java was told. */
static int prepared_count(const struct statement *s)
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
    if (s->next)
        s->next->at = &s->next;
    box->statements = s;
    atomic_fetch_add(&box->refs, 1);
    return handle;
}

/* --- calls --- */

/* What a call of SQLite's on the app's connection came to. */
static enum jemput_status app_status(struct call *c, int rc)
{
    sqlite3 *db = jemput_app(c->jemput);

    c->sqlite = db && rc == (sqlite3_errcode(db) & 0xff) ? sqlite3_extended_errcode(db) : rc;
    return jemput_app_error(c->jemput, rc, &c->err);
}

/* Like call_begin(), of a statement. A handle's own kind of being gone is told: MISUSE either way. */
static bool statement_begin(struct call *c, struct statement **out, JNIEnv *env, jlong handle)
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

/* --- bound --- */

static int bind_one(sqlite3_stmt *stmt, int place, const struct jemput_datum *v, sqlite3_destructor_type keeps)
{
    switch (v->type) {
    case JEMPUT_TYPE_INTEGER:
        return sqlite3_bind_int64(stmt, place, v->integer);
    case JEMPUT_TYPE_REAL:
        return sqlite3_bind_double(stmt, place, v->real);
    case JEMPUT_TYPE_TEXT:
        return sqlite3_bind_text64(stmt, place, v->data, v->len, keeps, SQLITE_UTF8);
    case JEMPUT_TYPE_BLOB:
        return sqlite3_bind_blob64(stmt, place, v->data, v->len, keeps);
    default:
        return sqlite3_bind_null(stmt, place);
    }
}

/* Packed values, the first for parameter `from`. `keeps`: SQLITE_STATIC if they outlive what is bound. *count: how many there were. */
static enum jemput_status bind_all(struct call *c, struct statement *s, int from, const struct text *values, sqlite3_destructor_type keeps, int *count)
{
    struct unpack u = unpack_of(values->bytes, values->len);
    struct jemput_datum v;
    int rc = SQLITE_OK;

    for (*count = 0; rc == SQLITE_OK && !unpack_is_at_end(&u); ++*count) {
        unpack_value(&u, &v);
        if (u.overrun)
            return error_set(&c->err, JEMPUT_MISUSE, "value %d is no value", *count + 1);
        rc = bind_one(s->stmt, from + *count, &v, keeps);
    }
    return rc == SQLITE_OK ? JEMPUT_OK : app_status(c, rc);
}

JNIEXPORT void JNICALL Java_org_jemput_Native_bind(JNIEnv *env, jclass class_of, jlong statement, jint from, jbyteArray values)
{
    struct statement *s;
    struct text packed;
    struct call c;
    int count;
    enum jemput_status st;

    (void)class_of;
    if (!statement_begin(&c, &s, env, statement))
        return;
    st = bytes_take(env, values, &packed, &c.err);
    if (!st && !values)
        sqlite3_clear_bindings(s->stmt);
    else if (!st)
        st = bind_all(&c, s, from, &packed, SQLITE_TRANSIENT, &count);
    text_wipe(&packed);
    call_end(&c, st);
}

/* --- run --- */

static enum jemput_status run(struct call *c, struct statement *s, int64_t *changed)
{
    sqlite3 *db = jemput_app(c->jemput);
    int64_t before = sqlite3_total_changes64(db);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    do
        rc = sqlite3_step(s->stmt);
    while (rc == SQLITE_ROW);
    if (rc != SQLITE_DONE)
        st = app_status(c, rc);
    else if (!sqlite3_stmt_readonly(s->stmt) && sqlite3_total_changes64(db) != before) /* else the count is of a statement before */
        *changed = sqlite3_changes64(db);
    sqlite3_reset(s->stmt);
    return st;
}

JNIEXPORT jlong JNICALL Java_org_jemput_Native_run(JNIEnv *env, jclass class_of, jlong statement, jbyteArray values)
{
    int64_t changed = 0;
    struct statement *s;
    struct text packed;
    struct call c;
    int count = 0;
    enum jemput_status st;

    (void)class_of;
    if (!statement_begin(&c, &s, env, statement))
        return 0;
    sqlite3_reset(s->stmt);
    s->row_waits = false;
    st = bytes_take(env, values, &packed, &c.err);
    if (!st && values)
        st = bind_all(&c, s, 1, &packed, SQLITE_STATIC, &count);
    if (!st && values && count != sqlite3_bind_parameter_count(s->stmt))
        st = error_set(&c.err, JEMPUT_MISUSE, "the statement has %d parameters, and got %d values", sqlite3_bind_parameter_count(s->stmt), count);
    if (!st)
        st = run(&c, s, &changed);
    if (values) /* they go now */
        sqlite3_clear_bindings(s->stmt);
    text_wipe(&packed);
    call_end(&c, st);
    return changed;
}

/* --- rows --- */

/* One call into the statement, each of which takes a mutex; then the value is read by itself: `app` keeps all others away. false: no memory, which
 * SQLite says by no pointer where there are bytes. */
static bool column_read(sqlite3_stmt *stmt, int column, struct jemput_datum *out)
{
    sqlite3_value *value = sqlite3_column_value(stmt, column);
    int type = sqlite3_value_type(value);

    *out = (struct jemput_datum){ .type = JEMPUT_TYPE_NULL };
    if (type == SQLITE_INTEGER) {
        *out = (struct jemput_datum){ .type = JEMPUT_TYPE_INTEGER, .integer = sqlite3_value_int64(value) };
    } else if (type == SQLITE_FLOAT) {
        *out = (struct jemput_datum){ .type = JEMPUT_TYPE_REAL, .real = sqlite3_value_double(value) };
    } else if (type != SQLITE_NULL) {
        out->type = type == SQLITE_TEXT ? JEMPUT_TYPE_TEXT : JEMPUT_TYPE_BLOB;
        out->data = sqlite3_value_blob(value); /* text, too: as it is in the file, well-formed or not */
        out->len = (size_t)sqlite3_value_bytes(value);
        return out->data || out->len == 0;
    }
    return true;
}

static void row_pack(struct statement *s, struct pack *p)
{
    struct jemput_datum v;

    for (int i = 0; i < s->columns; i++) {
        p->failed = p->failed || !column_read(s->stmt, i, &v);
        pack_value(p, &v);
    }
}

/* Rows until the window is full; what is given to Java in *result. */
static enum jemput_status window(struct call *c, struct statement *s, struct pack *p, size_t room, int rows_max, jint *result)
{
    int rows = 0, rc = SQLITE_ROW;

    while (rows < rows_max) {
        size_t whole = p->len;

        rc = s->row_waits ? SQLITE_ROW : sqlite3_step(s->stmt);
        if (sqlite3_column_count(s->stmt) != s->columns) /* also if there are no rows: their names are told */
            return error_set(&c->err, JEMPUT_BUSY, "the table has got other columns meanwhile: ask again");
        if (rc != SQLITE_ROW)
            break;
        s->row_waits = true;
        row_pack(s, p);
        if (p->failed)
            return error_set(&c->err, JEMPUT_NOMEM, "no memory for a row");
        if (p->len > room) {
            *result = rows ? rows : -(jint)p->len;
            p->len = whole;
            return JEMPUT_OK;
        }
        s->row_waits = false;
        rows++;
    }
    *result = rc == SQLITE_DONE ? rows | org_jemput_Native_WINDOW_END : rows;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : app_status(c, rc);
}

JNIEXPORT jint JNICALL Java_org_jemput_Native_window(JNIEnv *env, jclass class_of, jlong statement, jbyteArray out, jint rows_max)
{
    struct statement *s;
    struct pack *p;
    struct call c;
    jint result = 0;
    enum jemput_status st;

    (void)class_of;
    if (!statement_begin(&c, &s, env, statement))
        return 0;
    p = &c.box->scratch;
    pack_clear(p);
    st = window(&c, s, p, (size_t)(*env)->GetArrayLength(env, out), rows_max, &result);
    if (!st && p->len)
        (*env)->SetByteArrayRegion(env, out, 0, (jsize)p->len, (const jbyte *)p->data);
    if (st || (result > 0 && (result & org_jemput_Native_WINDOW_END))) { /* a snapshot is let go as soon as it can be */
        sqlite3_reset(s->stmt);
        s->row_waits = false;
    }
    call_end(&c, st);
    return result;
}

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

/* --- the connection --- */

JNIEXPORT void JNICALL Java_org_jemput_Native_script(JNIEnv *env, jclass class_of, jlong store, jbyteArray sql)
{
    struct text text;
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_APP))
        return;
    st = text_need(env, sql, &text, "SQL", &c.err);
    if (!st && !jemput_app(c.jemput))
        st = error_set(&c.err, JEMPUT_LOCKED, "the store is locked");
    if (!st)
        st = app_status(&c, sqlite3_exec(jemput_app(c.jemput), text.bytes, NULL, NULL, NULL));
    text_release(&text);
    call_end(&c, st);
}

JNIEXPORT jboolean JNICALL Java_org_jemput_Native_inTransaction(JNIEnv *env, jclass class_of, jlong store)
{
    sqlite3 *db;
    struct call c;
    bool is;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_APP))
        return JNI_FALSE;
    db = jemput_app(c.jemput);
    is = db && !sqlite3_get_autocommit(db);
    call_end(&c, JEMPUT_OK);
    return is;
}

JNIEXPORT void JNICALL Java_org_jemput_Native_interrupt(JNIEnv *env, jclass class_of, jlong store)
{
    struct call c;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_LIFE))
        return;
    if (jemput_app(c.jemput))
        sqlite3_interrupt(jemput_app(c.jemput));
    call_end(&c, JEMPUT_OK);
}

struct tables {
    struct pack pack;
    int32_t count;
};

static int table_tell(void *ctx, const char *table)
{
    struct tables *t = ctx;

    pack_text(&t->pack, table);
    t->count++;
    return 0;
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_tablesRead(JNIEnv *env, jclass class_of, jlong store, jbyteArray sql)
{
    struct tables t = { .count = 0 };
    size_t count_at = pack_i32_later(&t.pack);
    struct text text = { NULL, 0 };
    struct call c;
    enum jemput_status st;

    (void)class_of;
    if (!call_begin(&c, env, store, CALL_APP)) {
        pack_release(&t.pack);
        return NULL;
    }
    st = text_need(env, sql, &text, "SQL", &c.err);
    if (!st)
        st = jemput_tables_read(c.jemput, text.bytes, table_tell, &t, &c.err);
    pack_i32_at(&t.pack, count_at, t.count);
    text_release(&text);
    call_end(&c, st);
    if (!st)
        return pack_give(env, &t.pack);
    pack_release(&t.pack);
    return NULL;
}
