/* step.c — a statement run: values in, rows out, a window of them at once. */
#include "statement.h"
#include "org_jemput_Native.h"

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
static enum jemput_status bind_all(struct call *c, struct statement *s, int from, const struct text *values, sqlite3_destructor_type keeps,
                                   int *count)
{
    struct unpack u = unpack_of(values->bytes, values->len);
    struct jemput_datum v;
    int rc = SQLITE_OK;

    for (*count = 0; rc == SQLITE_OK && !unpack_is_at_end(&u); ++*count) {
        unpack_value(&u, &v);
        if (u.overrun)
            return error_set(&c->err, JEMPUT_MISUSE, "value %d is malformed", *count + 1);
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
