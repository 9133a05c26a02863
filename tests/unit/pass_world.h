/* unit/pass_world.h — what the tests of the pass share (engine/store/constraint/pass.h): a dump of what it decides, and segments that each have a writer of
 * their own, delivered in two parts, or one by one in any order. */
#ifndef TESTS_UNIT_PASS_WORLD_H
#define TESTS_UNIT_PASS_WORLD_H

#include "base/limits.h"
#include "merge_world.h"

/* A segment of one transaction by a writer of its own, which has seen the segments before `seen`. */
static inline struct jemput_txn *alone(struct world *w, uint8_t writer, int seen, jemput_stamp stamp)
{
    int at = world_segment(w, writer, -1);

    for (int i = 0; i < seen; i++)
        world_merged(w, at, i, false);
    return world_txn(w, at, stamp);
}

static uint64_t pass_seed; /* of the history at hand; 0 = it is none */

static inline void pass_dump_key(struct jemput_buf *out, struct jemput_bytes key)
{
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    unsigned count = jemput_key_count(key);
    struct jemput_error err;

    WORLD_OK(jemput_key_read(values, count, key, &err));
    for (unsigned i = 0; i < count; i++) {
        jemput_buf_append_str(out, i ? "/" : "");
        dump_value(out, &values[i]);
    }
}

static inline struct jemput_bytes pass_blob(sqlite3_stmt *stmt, int column)
{
    return jemput_bytes_of(sqlite3_column_blob(stmt, column), (size_t)sqlite3_column_bytes(stmt, column));
}

static inline void pass_dump_table(struct jemput_buf *out, sqlite3 *db, const struct jemput_table *t)
{
    char sql[256];
    sqlite3_stmt *stmt;

    snprintf(sql, sizeof sql, "SELECT * FROM \"%s\" ORDER BY 1, 2", t->name);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        jemput_buf_append_str(out, t->name);
        for (int i = 0; i < sqlite3_column_count(stmt); i++)
            jemput_buf_printf(out, " %s", sqlite3_column_type(stmt, i) == SQLITE_NULL ? "-" : (const char *)sqlite3_column_text(stmt, i));
        jemput_buf_append_str(out, "\n");
    }
    sqlite3_finalize(stmt);
}

/* Rows of a state: "word table key". */
static inline void pass_dump_state(struct jemput_buf *out, struct world_store *s, const char *word, int bit)
{
    sqlite3_stmt *stmt;

    assert_int_equal(sqlite3_prepare_v2(jemput_store_app(s->store),
                                        "SELECT t.name, r.key FROM jemput_row r JOIN jemput_table t ON t.id = r.tbl WHERE r.state & ? ORDER BY 1, 2",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    sqlite3_bind_int(stmt, 1, bit);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        jemput_buf_printf(out, "%s %s ", word, (const char *)sqlite3_column_text(stmt, 0));
        pass_dump_key(out, pass_blob(stmt, 1));
        jemput_buf_append_str(out, "\n");
    }
    sqlite3_finalize(stmt);
}

struct pass_telling {
    struct jemput_buf *out;
    sqlite3 *db;
    uint64_t count;
};

static inline enum jemput_status pass_count_held(void *ctx, const struct jemput_row_held *h, struct jemput_error *err)
{
    struct pass_telling *telling = ctx;

    (void)h, (void)err;
    telling->count++;
    return JEMPUT_OK;
}

static inline enum jemput_status pass_tell_held(void *ctx, const struct jemput_row_held *h, struct jemput_error *err)
{
    struct pass_telling *t = ctx;
    sqlite3_stmt *stmt;

    (void)err;
    t->count++;
    jemput_buf_printf(t->out, "held %s (%s", h->table->name, h->reason);
    assert_int_equal(sqlite3_prepare_v2(t->db,
                                        "SELECT (SELECT name FROM jemput_table WHERE id = against_tbl), against_key FROM jemput_withheld "
                                        "WHERE tbl = ? AND key = ?",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    sqlite3_bind_int64(stmt, 1, h->table->id);
    sqlite3_bind_blob64(stmt, 2, h->key.data, h->key.len, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    if (sqlite3_column_type(stmt, 0) != SQLITE_NULL)
        jemput_buf_printf(t->out, ": %s ", (const char *)sqlite3_column_text(stmt, 0));
    if (sqlite3_column_type(stmt, 1) != SQLITE_NULL)
        pass_dump_key(t->out, pass_blob(stmt, 1));
    sqlite3_finalize(stmt);
    jemput_buf_append_str(t->out, ")");
    for (uint16_t i = 0; i < h->table->column_count; i++) {
        jemput_buf_append_str(t->out, " ");
        dump_value(t->out, &h->values[i]);
    }
    jemput_buf_append_str(t->out, "\n");
    return JEMPUT_OK;
}

/* Tables, held rows with what stands against them, rows that came back and that are gone; owned by the caller: free(). Fails unless the store is
 * what it should be: SQLite's own checks of all constraints, ours, and the counts. */
static inline char *pass_dump(struct world_store *s)
{
    struct jemput_buf out = JEMPUT_BUF_INIT((size_t)4 << 20);
    sqlite3 *db = jemput_store_app(s->store);
    struct pass_telling telling = { &out, db, 0 };
    struct jemput_store_counts counts;
    struct jemput_error err;
    uint64_t problems, lines = 0;
    sqlite3_stmt *stmt;
    char *text;

    for (uint32_t id = 1; id <= jemput_store_table_count(s->store); id++)
        pass_dump_table(&out, db, jemput_store_table(s->store, id));
    for (size_t i = 0; i < out.len; i++)
        lines += out.data[i] == '\n';
    WORLD_OK(jemput_store_held_each(s->store, pass_tell_held, &telling, &err));
    pass_dump_state(&out, s, "restored", 16);
    pass_dump_state(&out, s, "gone", 64);
    jemput_buf_u8(&out, 0);
    text = strdup((const char *)out.data);
    jemput_buf_release(&out);

    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA foreign_key_check", -1, &stmt, NULL), SQLITE_OK);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        fail_msg("seed %llu: a row of table '%s' has no parent:\n%s", (unsigned long long)pass_seed, (const char *)sqlite3_column_text(stmt, 0),
                 text);
    sqlite3_finalize(stmt);
    WORLD_OK(jemput_store_check(s->store, NULL, NULL, &problems, &err));
    if (problems)
        fail_msg("seed %llu: %llu problems in\n%s", (unsigned long long)pass_seed, (unsigned long long)problems, text);
    WORLD_OK(jemput_store_unborn_each(s->store, pass_count_held, &telling, &err)); /* they count as held, and their tables say nothing of them */
    WORLD_OK(jemput_store_counts(s->store, &counts, &err));
    assert_int_equal(counts.held, telling.count);
    assert_int_equal(counts.rows, lines);
    return text;
}

static inline void pass_expect(struct world_store *s, const char *expected, const char *when)
{
    char *dump = pass_dump(s);

    if (strcmp(dump, expected) != 0)
        fail_msg("%s, expected:\n%s\nfound:\n%s", when, expected, dump);
    free(dump);
}

/* The first `first` segments make `before`, all of them `after`; in whatever order they come one by one. */
static inline void pass_turn(struct world *w, const char *schema, int first, const char *before, const char *after)
{
    struct world_store s;
    int order[WORLD_SEGMENTS_MAX];

    for (int i = 0; i < w->count; i++)
        order[i] = i;
    world_open(&s, "turn", schema);
    world_deliver(w, &s, order, first);
    pass_expect(&s, before, "at first");
    world_deliver(w, &s, order + first, w->count - first);
    pass_expect(&s, after, "at last");
    world_close(&s);
    for (int round = 0; round < 12; round++) {
        world_shuffle(w, order);
        world_open(&s, "turn", schema);
        for (int i = 0; i < w->count; i++)
            world_deliver(w, &s, &order[i], 1);
        pass_expect(&s, after, "in another order");
        world_close(&s);
    }
}

#endif
