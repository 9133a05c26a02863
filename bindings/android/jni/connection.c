/* connection.c — the app's connection beside its statements: scripts, what a query reads, interrupting. */
#include "statement.h"
#include "org_jemput_Native.h"

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
