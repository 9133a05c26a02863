/* store/constraint/held_since.c — which rows have come to be held: what is held now is walked beside a note of what was held before, in one order. */
#include "store/constraint/interest.h"

#include <string.h>

#define WALK "SELECT tbl, key, reason FROM jemput_withheld WHERE (tbl, key) > (?, ?) AND fault < 4 ORDER BY tbl, key LIMIT 1"

struct walking { /* over the held rows */
    int64_t table;
    struct jemput_buf key;
    struct jemput_arena arena; /* of the reason */
    const char *reason;
    struct jemput_applier *applier;
};

/* *done at the end. */
static enum jemput_status walk_on(struct jemput_store *store, struct walking *w, bool *done, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, WALK, err);
    enum jemput_status st;

    if (!stmt)
        return err->status;
    jemput_arena_clear(&w->arena);
    st = jemput_row_step(store, stmt, &w->table, &w->key, &w->applier, done, err);
    if (!st && !*done) {
        w->reason = jemput_arena_str(&w->arena, jemput_bytes_of(sqlite3_column_blob(stmt, 2), (size_t)sqlite3_column_bytes(stmt, 2)));
        if (!w->reason)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a reason");
    }
    sqlite3_reset(stmt);
    return st;
}

static void walk_release(struct walking *w)
{
    jemput_buf_release(&w->key);
    jemput_arena_release(&w->arena);
}

enum jemput_status jemput_store_held_note(struct jemput_store *store, struct jemput_buf *out, struct jemput_error *err)
{
    struct walking w = { .key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX) };
    bool done = false;
    enum jemput_status st = JEMPUT_OK;

    while (!st && !done) {
        st = walk_on(store, &w, &done, err);
        if (st || done)
            break;
        jemput_buf_varint(out, (uint64_t)w.table);
        jemput_buf_varint(out, w.key.len);
        jemput_buf_append_bytes(out, jemput_buf_bytes(&w.key));
        st = jemput_buf_check(out, "held rows", err);
    }
    walk_release(&w);
    return st;
}

struct noted { /* one that was held before */
    struct jemput_reader rest;
    uint64_t table; /* 0 = there are no more */
    struct jemput_bytes key;
};

static void noted_next(struct noted *n)
{
    uint64_t len;

    n->table = n->rest.rest.len ? jemput_read_varint(&n->rest) : 0;
    len = n->table ? jemput_read_varint(&n->rest) : 0;
    n->key = jemput_read_bytes(&n->rest, (size_t)len);
}

/* Both go up together. */
static bool noted_has(struct noted *n, uint64_t table, struct jemput_bytes key)
{
    while (n->table && (n->table < table || (n->table == table && jemput_bytes_compare(n->key, key) < 0)))
        noted_next(n);
    return n->table == table && jemput_bytes_equal(n->key, key);
}

enum jemput_status jemput_store_held_since(struct jemput_store *store, struct jemput_bytes noted, jemput_held_fn each, void *ctx,
                                           struct jemput_error *err)
{
    struct walking w = { .key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX) };
    struct noted before = { .rest = { .rest = noted } };
    bool done = false;
    enum jemput_status st = JEMPUT_OK;

    noted_next(&before);
    while (!st && !done) {
        st = walk_on(store, &w, &done, err);
        if (!st && !done && !noted_has(&before, (uint64_t)w.table, jemput_buf_bytes(&w.key)))
            st = each(ctx, &(struct jemput_row_held){ .table = w.applier->table, .key = jemput_buf_bytes(&w.key), .reason = w.reason }, err);
    }
    walk_release(&w);
    return st;
}
