/* unit/store_world.h — a store in memory for tests: simulated time and disk, hooks that count, and SQL in one line. */
#ifndef TESTS_UNIT_STORE_WORLD_H
#define TESTS_UNIT_STORE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "change/key.h"
#include "store/schema/policy.h"
#include "store/store.h"
#include "support/crash_vfs.h"
#include "support/sim_env.h"

struct store_world {
    struct crash_vfs *vfs;
    struct sim_env sim;
    struct jemput_store_hooks hooks;
    struct jemput_store *store;
    sqlite3 *app;
    enum jemput_status migrate_answer; /* of may_migrate */
    enum jemput_status write_answer;   /* of may_write */
    unsigned writes_asked;
};

/* Not crypto's: any function that gives each (seed, counter) another id will do here. */
static inline void world_make_id(uint8_t out[16], const uint8_t seed[32], uint64_t counter)
{
    memcpy(out, seed, 16);
    for (unsigned i = 0; i < 8; i++)
        out[15 - i] = (uint8_t)(out[15 - i] ^ (counter >> (8 * i)));
}

static inline enum jemput_status world_may_migrate(void *ctx, struct jemput_error *err)
{
    struct store_world *w = ctx;

    return w->migrate_answer ? jemput_fail(err, w->migrate_answer, "only an administrator") : JEMPUT_OK;
}

static inline enum jemput_status world_may_write(void *ctx, const struct jemput_ask *ask, struct jemput_error *err)
{
    struct store_world *w = ctx;

    w->writes_asked++;
    return w->write_answer ? jemput_fail(err, w->write_answer, "policy: not into table '%s'", ask->table->name) : JEMPUT_OK;
}

static inline void world_init(struct store_world *w)
{
    *w = (struct store_world){ 0 };
    w->vfs = crash_vfs_new("world");
    sim_env_init(&w->sim, w->vfs, 1);
    w->hooks = (struct jemput_store_hooks){ .ctx = w, .make_id = world_make_id, .may_write = world_may_write, .may_migrate = world_may_migrate };
}

static inline void world_open(struct store_world *w, bool create)
{
    struct jemput_error err;

    if (jemput_store_open(&w->store, &w->sim.env, "store.db", create, &w->hooks, &err) || jemput_store_ready(w->store, &err))
        fail_msg("open: %s", err.text);
    w->app = jemput_store_app(w->store);
}

static inline void world_close(struct store_world *w)
{
    jemput_store_close(w->store);
    w->store = NULL;
    w->app = NULL;
}

static inline void world_release(struct store_world *w)
{
    world_close(w);
    crash_vfs_free(w->vfs);
}

/* Run schema SQL as enrolment does. */
static inline void world_schema(struct store_world *w, const char *sql)
{
    struct jemput_error err;
    enum jemput_status st = jemput_store_begin(w->store, 0, &err);

    if (!st)
        st = jemput_store_schema_run(w->store, jemput_bytes_str(sql), 1, &err);
    if (!st)
        st = jemput_store_commit(w->store, &err);
    if (st)
        fail_msg("schema: %s", err.text);
}

static inline void world_new(struct store_world *w, const char *schema)
{
    world_init(w);
    world_open(w, true);
    if (schema)
        world_schema(w, schema);
}

/* SQL on the app's connection: must succeed. */
static inline void sql_ok(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL))
        fail_msg("%s\n  %s", sql, sqlite3_errmsg(db));
}

/* Must fail, with `code` and a text that holds `part`. */
static inline void sql_fails(sqlite3 *db, const char *sql, int code, const char *part)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

    if ((rc & 0xff) != code || !strstr(sqlite3_errmsg(db), part))
        fail_msg("%s\n  gives %d '%s' instead of %d '%s'", sql, rc, sqlite3_errmsg(db), code, part);
}

static inline int64_t sql_int(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int64_t value;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) || sqlite3_step(stmt) != SQLITE_ROW)
        fail_msg("%s\n  %s", sql, sqlite3_errmsg(db));
    value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return value;
}

/* First column as text; the caller frees it. */
static inline char *sql_text(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    const char *text;
    char *copy;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) || sqlite3_step(stmt) != SQLITE_ROW)
        fail_msg("%s\n  %s", sql, sqlite3_errmsg(db));
    text = (const char *)sqlite3_column_text(stmt, 0);
    copy = strdup(text ? text : "NULL");
    sqlite3_finalize(stmt);
    return copy;
}

static inline void assert_sql_text(sqlite3 *db, const char *sql, const char *wanted)
{
    char *text = sql_text(db, sql);

    assert_string_equal(text, wanted);
    free(text);
}

/* All pending transactions as one line: "I t 'k' a=1 b='x'; U …| next transaction". For reading in tests. */
static inline void pending_value(struct jemput_buf *out, const struct jemput_value *v)
{
    switch (v->type) {
    case JEMPUT_INTEGER:
        jemput_buf_printf(out, "%lld", (long long)v->integer);
        break;
    case JEMPUT_REAL:
        jemput_buf_printf(out, "%.17g", v->real);
        break;
    case JEMPUT_TEXT:
        jemput_buf_printf(out, "'%.*s'", (int)v->bytes.len, (const char *)v->bytes.data);
        break;
    case JEMPUT_BLOB:
        jemput_buf_append_str(out, "x");
        jemput_buf_hex(out, v->bytes);
        break;
    default:
        jemput_buf_append_str(out, "NULL");
    }
}

static inline void pending_change(struct jemput_buf *out, struct jemput_store *store, const struct jemput_change *change)
{
    const struct jemput_table *t = jemput_store_table(store, change->table);
    struct jemput_value key[16];
    struct jemput_error err;

    assert_non_null(t);
    assert_int_equal(jemput_key_read(key, t->key_count, change->key, &err), JEMPUT_OK);
    jemput_buf_printf(out, "%c %s", " IUDK"[change->op], t->name);
    for (unsigned i = 0; i < t->key_count; i++) {
        jemput_buf_append_str(out, " ");
        pending_value(out, &key[i]);
    }
    for (unsigned i = 0; i < change->cell_count; i++) {
        jemput_buf_printf(out, " %s=", t->columns[change->cells[i].column].name);
        if (change->cells[i].has_before) {
            pending_value(out, &change->cells[i].before);
            jemput_buf_append_str(out, "->");
        }
        if (change->cells[i].is_delta)
            jemput_buf_append_str(out, "+");
        pending_value(out, &change->cells[i].value);
    }
}

/* Read and drop what is pending; fails unless it reads like `wanted`. */
static inline void assert_pending(struct store_world *w, const char *wanted)
{
    struct jemput_arena arena = { 0 };
    struct jemput_buf text = JEMPUT_BUF_INIT(1 << 20);
    struct jemput_error err;
    struct jemput_pending p = { .more = true };

    assert_int_equal(jemput_store_begin(w->store, 0, &err), JEMPUT_OK);
    while (p.more) {
        if (jemput_store_pending_read(w->store, 1 << 20, &p, &arena, &err))
            fail_msg("pending: %s", err.text);
        for (uint32_t i = 0; i < p.txn_count; i++) {
            if (text.len)
                jemput_buf_append_str(&text, " | ");
            for (uint32_t k = 0; k < p.txns[i].change_count; k++) {
                if (k)
                    jemput_buf_append_str(&text, "; ");
                pending_change(&text, w->store, &p.txns[i].changes[k]);
            }
        }
        if (p.txn_count)
            assert_int_equal(jemput_store_pending_sealed(w->store, p.last_seq, &err), JEMPUT_OK);
    }
    assert_int_equal(jemput_store_commit(w->store, &err), JEMPUT_OK);
    jemput_buf_u8(&text, 0);
    assert_string_equal((const char *)text.data, wanted);
    jemput_buf_release(&text);
    jemput_arena_release(&arena);
}

#endif
