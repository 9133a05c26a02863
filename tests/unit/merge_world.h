/* unit/merge_world.h — what the store's merge tests share: a model of logs with made-up hashes, stores that take segments of them in any order, and a
 * complete dump of what a store shows, holds and lists, which must be the same text on every store that has the same segments. */
#ifndef TESTS_UNIT_MERGE_WORLD_H
#define TESTS_UNIT_MERGE_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "change/key.h"
#include "store/store.h"
#include "support/crash_vfs.h"
#include "support/sim_env.h"

enum { WORLD_SEGMENTS_MAX = 256, WORLD_TXNS_MAX = 64, WORLD_CHANGES_MAX = 64, WORLD_CELLS_MAX = 16, WORLD_HEADS_MAX = 32 };

static const char world_schema[] =
    "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE, alamat TEXT);"
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, nama TEXT NOT NULL, umur INTEGER CHECK(umur >= 0),"
    " keluarga TEXT REFERENCES keluarga(id), induk TEXT REFERENCES orang(id));"
    "CREATE INDEX orang_keluarga ON orang(keluarga); CREATE INDEX orang_induk ON orang(induk);"
    "SELECT jemput_replicate('keluarga'); SELECT jemput_replicate('orang');";
enum { KELUARGA = 1, ORANG = 2 };
enum { K_NO = 1, K_ALAMAT = 2, O_NIK = 1, O_NAMA = 2, O_UMUR = 3, O_KELUARGA = 4, O_INDUK = 5 };

struct world_segment {
    struct jemput_segment meta;
    struct jemput_context merged, under;
    bool has_under;
    struct jemput_head heads[2][WORLD_HEADS_MAX];
    int before; /* index of the predecessor; -1 = none */
    struct jemput_txn txns[WORLD_TXNS_MAX];
    jemput_stamp stamps[WORLD_TXNS_MAX];
};

struct world { /* all logs there are */
    struct jemput_arena arena;
    struct world_segment *segments;
    int count;
    uint64_t rng;
};

#define WORLD_OK(call)                                                                                                                     \
    do {                                                                                                                                   \
        enum jemput_status world_st = (call);                                                                                              \
        if (world_st)                                                                                                                      \
            fail_msg("%s: %s: %s", #call, jemput_status_name(world_st), err.text);                                                         \
    } while (0)

static inline void world_init(struct world *w, uint64_t seed)
{
    *w = (struct world){ .rng = seed * 0x9E3779B97F4A7C15u + 1 };
    w->segments = calloc(WORLD_SEGMENTS_MAX, sizeof *w->segments);
    assert_non_null(w->segments);
}

static inline void world_release(struct world *w)
{
    jemput_arena_release(&w->arena);
    free(w->segments);
}

static inline uint32_t world_random(struct world *w, uint32_t below)
{
    w->rng ^= w->rng << 13;
    w->rng ^= w->rng >> 7;
    w->rng ^= w->rng << 17;
    return (uint32_t)((w->rng >> 11) % below);
}

static inline struct jemput_value world_text(struct world *w, const char *text)
{
    struct jemput_value v = { .type = JEMPUT_NULL };

    if (text) {
        v.type = JEMPUT_TEXT;
        v.bytes = jemput_arena_copy(&w->arena, jemput_bytes_str(text));
    }
    return v;
}

static inline struct jemput_value world_integer(int64_t integer)
{
    return (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = integer };
}

/* --- making logs --- */

/* A new segment of `writer` after segment `before` (-1 = its first). */
static inline int world_segment(struct world *w, uint8_t writer, int before)
{
    int at = w->count++;
    struct world_segment *s = &w->segments[at];

    assert_true(at < WORLD_SEGMENTS_MAX);
    memset(s, 0, sizeof *s);
    s->before = before;
    memset(s->meta.writer.id, writer, sizeof s->meta.writer.id);
    s->meta.number = before < 0 ? 1 : w->segments[before].meta.number + 1;
    if (before >= 0)
        s->meta.previous = w->segments[before].meta.hash;
    memset(s->meta.hash.bytes, 0x55, sizeof s->meta.hash.bytes);
    s->meta.hash.bytes[0] = (uint8_t)(at * 37 + 11); /* hashes are in no order that means anything */
    s->meta.hash.bytes[1] = (uint8_t)at;
    s->merged.heads = s->heads[0];
    s->under.heads = s->heads[1];
    return at;
}

static inline void world_head(struct world *w, struct jemput_context *to, int of, bool through)
{
    const struct world_segment *s = &w->segments[of];

    assert_true(to->count < WORLD_HEADS_MAX);
    to->heads[to->count++] = (struct jemput_head){ .writer = s->meta.writer, .number = s->meta.number, .hash = s->meta.hash, .through = through };
}

static inline void world_merged(struct world *w, int at, int of, bool through)
{
    world_head(w, &w->segments[at].merged, of, through);
}

static inline void world_under(struct world *w, int at, int of, bool through)
{
    w->segments[at].has_under = true;
    if (of >= 0)
        world_head(w, &w->segments[at].under, of, through);
}

static inline struct jemput_txn *world_txn(struct world *w, int at, jemput_stamp stamp)
{
    struct world_segment *s = &w->segments[at];
    struct jemput_txn *txn = &s->txns[s->meta.txn_count];

    assert_true(s->meta.txn_count < WORLD_TXNS_MAX);
    s->stamps[s->meta.txn_count++] = stamp;
    txn->stamp = stamp;
    txn->changes = jemput_arena_array(&w->arena, WORLD_CHANGES_MAX, sizeof *txn->changes);
    return txn;
}

static inline struct jemput_bytes world_key(struct world *w, const char *key)
{
    struct jemput_buf buf = JEMPUT_BUF_INIT(256);
    struct jemput_value id = world_text(w, key);
    struct jemput_bytes bytes;
    struct jemput_error err;

    WORLD_OK(jemput_key_write(&buf, &id, 1, &err));
    bytes = jemput_arena_copy(&w->arena, jemput_buf_bytes(&buf));
    jemput_buf_release(&buf);
    return bytes;
}

static inline struct jemput_change *world_change(struct world *w, struct jemput_txn *txn, uint32_t table, enum jemput_op op, const char *key)
{
    struct jemput_change *c = &txn->changes[txn->change_count++];

    assert_true(txn->change_count <= WORLD_CHANGES_MAX);
    *c = (struct jemput_change){ .table = table, .op = op, .key = world_key(w, key) };
    c->cells = jemput_arena_array(&w->arena, WORLD_CELLS_MAX, sizeof *c->cells);
    return c;
}

static inline void world_cell(struct jemput_change *c, uint16_t column, struct jemput_value value)
{
    c->cells[c->cell_count++] = (struct jemput_cell){ .column = column, .value = value };
}

static inline void world_insert_keluarga(struct world *w, struct jemput_txn *txn, const char *key, const char *no_kk, const char *alamat)
{
    struct jemput_change *c = world_change(w, txn, KELUARGA, JEMPUT_OP_INSERT, key);

    world_cell(c, K_NO, world_text(w, no_kk));
    world_cell(c, K_ALAMAT, world_text(w, alamat));
}

static inline void world_insert_orang(struct world *w, struct jemput_txn *txn, const char *key, const char *nik, const char *nama, int64_t umur,
                                      const char *keluarga, const char *induk)
{
    struct jemput_change *c = world_change(w, txn, ORANG, JEMPUT_OP_INSERT, key);

    world_cell(c, O_NIK, world_text(w, nik));
    world_cell(c, O_NAMA, world_text(w, nama));
    world_cell(c, O_UMUR, world_integer(umur));
    world_cell(c, O_KELUARGA, world_text(w, keluarga));
    world_cell(c, O_INDUK, world_text(w, induk));
}

static inline void world_update(struct world *w, struct jemput_txn *txn, uint32_t table, const char *key, uint16_t column, const char *text)
{
    world_cell(world_change(w, txn, table, JEMPUT_OP_UPDATE, key), column, world_text(w, text));
}

static inline void world_delete(struct world *w, struct jemput_txn *txn, uint32_t table, const char *key)
{
    world_change(w, txn, table, JEMPUT_OP_DELETE, key);
}

/* --- stores --- */

struct world_store {
    struct crash_vfs *vfs;
    struct sim_env sim;
    struct jemput_store *store;
    struct jemput_merge_counts counts;
};

static inline void world_make_id(uint8_t out[16], const uint8_t seed[32], uint64_t counter)
{
    memcpy(out, seed, 8);
    memcpy(out + 8, &counter, 8);
}

/* Of three values: rows meet in their hash all the time, which must make no difference to what is shown (store/apply/birth.h). */
static inline uint64_t world_weak_hash(const uint8_t key[16], struct jemput_bytes in)
{
    uint64_t sum = key[0] & 1u;

    for (size_t i = 0; i < in.len; i++)
        sum += in.data[i];
    return (1 + sum % 3) << 16; /* the upper bits are the id */
}

/* Every second store has the weak hash; a test that looks into the file says false. */
static bool world_weak_hashes = true;

/* Each store has a disk of its own: `name` tells them apart. */
static inline void world_open(struct world_store *s, const char *name, const char *schema)
{
    static unsigned opened;
    struct jemput_store_hooks hooks = { .make_id = world_make_id, .short_hash = world_weak_hashes && ++opened % 2 ? world_weak_hash : NULL };
    struct jemput_error err;

    memset(s, 0, sizeof *s);
    s->vfs = crash_vfs_new(name);
    sim_env_init(&s->sim, s->vfs, 1);
    WORLD_OK(jemput_store_open(&s->store, &s->sim.env, "a.db", true, &hooks, &err));
    WORLD_OK(jemput_store_ready(s->store, &err));
    WORLD_OK(jemput_store_begin(s->store, 1000, &err));
    WORLD_OK(jemput_store_schema_run(s->store, jemput_bytes_str(schema), 1, &err));
    WORLD_OK(jemput_store_commit(s->store, &err));
}

static inline void world_close(struct world_store *s)
{
    jemput_store_close(s->store);
    crash_vfs_free(s->vfs);
}

static inline enum jemput_status world_add(struct world *w, struct world_store *s, int at, int64_t *id, bool *forked, struct jemput_error *err)
{
    struct world_segment *from = &w->segments[at];
    struct jemput_segment segment = from->meta;
    enum jemput_status st;

    segment.stamps = from->stamps;
    segment.stamp = from->meta.txn_count ? from->stamps[from->meta.txn_count - 1] : 1;
    jemput_context_normalise(&from->merged);
    jemput_context_normalise(&from->under);
    segment.merged = &from->merged;
    segment.under = from->has_under ? &from->under : NULL;
    st = jemput_store_segment_add(s->store, &segment, forked, err);
    *id = segment.id;
    return st;
}

/* Register and merge one segment, inside a transaction of the caller. */
static inline enum jemput_status world_try(struct world *w, struct world_store *s, int at, struct jemput_error *err)
{
    int64_t id;
    bool forked;
    enum jemput_status st = world_add(w, s, at, &id, &forked, err);

    return st ? st : jemput_store_apply(s->store, id, w->segments[at].txns, w->segments[at].meta.txn_count, &s->counts, err);
}

/* The segments in this order, in one transaction. */
static inline void world_deliver(struct world *w, struct world_store *s, const int *order, int count)
{
    struct jemput_error err;

    WORLD_OK(jemput_store_begin(s->store, 1000, &err));
    for (int i = 0; i < count; i++)
        WORLD_OK(world_try(w, s, order[i], &err));
    WORLD_OK(jemput_store_commit(s->store, &err));
}

#define WORLD_STRETCH_MAX 8

/* The same, but `stretch` segments after another are registered first and then merged together, as a centre does. */
static inline void world_deliver_together(struct world *w, struct world_store *s, const int *order, int count, int stretch)
{
    struct jemput_apply together[WORLD_STRETCH_MAX];
    struct jemput_error err;
    bool forked;

    assert_in_range(stretch, 1, WORLD_STRETCH_MAX);
    WORLD_OK(jemput_store_begin(s->store, 1000, &err));
    for (int i = 0; i < count; i += stretch) {
        uint32_t n = 0;

        for (int k = i; k < count && k < i + stretch; k++, n++) {
            together[n] = (struct jemput_apply){ .txns = w->segments[order[k]].txns, .count = w->segments[order[k]].meta.txn_count };
            WORLD_OK(world_add(w, s, order[k], &together[n].segment_id, &forked, &err));
        }
        WORLD_OK(jemput_store_apply_all(s->store, together, n, &s->counts, &err));
    }
    WORLD_OK(jemput_store_commit(s->store, &err));
}

/* A random order in which each predecessor comes first, and nothing else is promised. */
static inline void world_shuffle(struct world *w, int *order)
{
    bool *out = calloc((size_t)w->count + 1, sizeof *out);

    assert_non_null(out);
    for (int done = 0; done < w->count;) {
        int at = (int)world_random(w, (uint32_t)w->count);

        if (out[at] || (w->segments[at].before >= 0 && !out[w->segments[at].before]))
            continue;
        out[at] = true;
        order[done++] = at;
    }
    free(out);
}

/* --- dumps --- */

static inline void dump_value(struct jemput_buf *out, const struct jemput_value *v)
{
    if (v->type == JEMPUT_NULL)
        jemput_buf_append_str(out, "-");
    else if (v->type == JEMPUT_INTEGER)
        jemput_buf_printf(out, "%lld", (long long)v->integer);
    else if (v->type == JEMPUT_REAL)
        jemput_buf_printf(out, "%g", v->real);
    else
        jemput_buf_append_bytes(out, v->bytes);
}

static inline int dump_line_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static inline void dump_key(struct jemput_buf *out, struct jemput_bytes key)
{
    struct jemput_value id = { .type = JEMPUT_NULL };
    struct jemput_error err;

    WORLD_OK(jemput_key_read(&id, 1, key, &err));
    dump_value(out, &id);
}

static inline enum jemput_status dump_conflict(void *ctx, const struct jemput_row_conflict *c, struct jemput_error *err)
{
    struct jemput_buf *out = ctx;
    char *lines[64];

    (void)err;
    assert_true(c->sibling_count < 64);
    jemput_buf_printf(out, "conflict %s ", c->table->name);
    dump_key(out, c->key);
    jemput_buf_printf(out, " %s%s\n", c->group ? c->table->columns[c->group->columns[0]].name : "delete", c->identity ? " identity" : "");
    for (uint32_t i = 0; i < c->sibling_count; i++) {
        const struct jemput_sibling *s = &c->siblings[i];
        struct jemput_buf line = JEMPUT_BUF_INIT(4096);

        jemput_buf_printf(&line, "  %02x %llu %s", s->writer.id[0], (unsigned long long)s->stamp, s->shown ? "shown" : "hidden");
        for (uint16_t k = 0; c->group && k < c->group->column_count; k++) {
            jemput_buf_append_str(&line, " ");
            dump_value(&line, &s->values[k]);
        }
        jemput_buf_u8(&line, 0);
        lines[i] = (char *)line.data;
    }
    qsort(lines, c->sibling_count, sizeof lines[0], dump_line_compare); /* siblings are a set */
    for (uint32_t i = 0; i < c->sibling_count; i++) {
        jemput_buf_printf(out, "%s\n", lines[i]);
        jemput_free(lines[i]);
    }
    return JEMPUT_OK;
}

static inline enum jemput_status dump_held(void *ctx, const struct jemput_row_held *h, struct jemput_error *err)
{
    struct jemput_buf *out = ctx;

    (void)err;
    jemput_buf_printf(out, "held %s (%s)", h->table->name, h->reason);
    for (uint16_t i = 0; i < h->table->column_count; i++) {
        jemput_buf_append_str(out, " ");
        dump_value(out, &h->values[i]);
    }
    jemput_buf_append_str(out, "\n");
    return JEMPUT_OK;
}

static inline void dump_table(struct jemput_buf *out, sqlite3 *db, const struct jemput_table *t)
{
    char sql[256];
    sqlite3_stmt *stmt;

    snprintf(sql, sizeof sql, "SELECT * FROM \"%s\" ORDER BY id", t->name);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        jemput_buf_append_str(out, t->name);
        for (int i = 0; i < sqlite3_column_count(stmt); i++)
            jemput_buf_printf(out, " %s", sqlite3_column_type(stmt, i) == SQLITE_NULL ? "-" : (const char *)sqlite3_column_text(stmt, i));
        jemput_buf_append_str(out, "\n");
    }
    sqlite3_finalize(stmt);
}

/* Everything that people can see of a store; owned by the caller: free(). Also checks that no row is without its parent. */
static inline char *world_dump(struct world_store *s)
{
    struct jemput_buf out = JEMPUT_BUF_INIT((size_t)4 << 20);
    sqlite3 *db = jemput_store_app(s->store);
    sqlite3_stmt *stmt;
    struct jemput_error err;
    char *text;

    for (uint32_t id = 1; id <= jemput_store_table_count(s->store); id++)
        dump_table(&out, db, jemput_store_table(s->store, id));
    WORLD_OK(jemput_store_held_each(s->store, dump_held, &out, &err));
    WORLD_OK(jemput_store_conflicts_each(s->store, dump_conflict, &out, &err));
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA foreign_key_check", -1, &stmt, NULL), SQLITE_OK);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        fail_msg("a row of table '%s' has no parent:\n%.*s", (const char *)sqlite3_column_text(stmt, 0), (int)out.len, (const char *)out.data);
    sqlite3_finalize(stmt);
    jemput_buf_u8(&out, 0);
    text = strdup((const char *)out.data);
    jemput_buf_release(&out);
    return text;
}

static inline void world_expect(struct world_store *s, const char *expected)
{
    char *dump = world_dump(s);

    if (strcmp(dump, expected) != 0)
        fail_msg("expected:\n%s\nfound:\n%s", expected, dump);
    free(dump);
}

/* The same segments as they were made, and in `rounds` random orders, give `expected`. */
static inline void world_expect_always(struct world *w, const char *expected, int rounds)
{
    int order[WORLD_SEGMENTS_MAX];

    for (int i = 0; i < w->count; i++)
        order[i] = i;
    for (int round = 0; round <= rounds; round++) {
        struct world_store s;

        world_open(&s, "any", world_schema);
        world_deliver(w, &s, order, w->count);
        world_expect(&s, expected);
        world_close(&s);
        world_shuffle(w, order);
    }
}

#endif
