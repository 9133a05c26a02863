/* dump_world.h — random histories that hold all that merging knows, stores that have merged them, and what they hold as items: for the tests of
 * store/dump/dump.c and load.c. */
#ifndef TESTS_DUMP_WORLD_H
#define TESTS_DUMP_WORLD_H

#include "base/limits.h"
#include "merge_world.h"
#include "store/replace/compare.h"
#include "store/dump/dump.h"
#include "store/dump/load.h"
#include "store/state/walk.h"

static const char schema_tables[] =
    "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE, alamat TEXT, bantuan INTEGER NOT NULL DEFAULT 0, dicetak TEXT);"
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, nama TEXT NOT NULL, umur INTEGER CHECK(umur >= 0),"
    " keluarga TEXT REFERENCES keluarga(id), no_kk TEXT REFERENCES keluarga(no_kk));"
    "CREATE TABLE IF NOT EXISTS surat(id TEXT PRIMARY KEY NOT NULL, orang TEXT REFERENCES orang(id), isi TEXT);"
    "CREATE INDEX orang_keluarga ON orang(keluarga); CREATE INDEX orang_kk ON orang(no_kk); CREATE INDEX surat_orang ON surat(orang);"
    "SELECT jemput_replicate('keluarga', 'sum=bantuan; once=dicetak'); SELECT jemput_replicate('orang');"
    "SELECT jemput_replicate('surat', 'parent=orang:cascade');";
static char schema[2048];

/* Every second seed has rows that came with the schema. Births would be taken for theirs where hashes meet all the time (merge_world.h). */
static inline void schema_choose(uint64_t seed)
{
    world_weak_hashes = seed % 2;
    snprintf(schema, sizeof schema, "%s%s", seed % 2 ? "" : "CREATE TABLE surat(id TEXT PRIMARY KEY NOT NULL, orang TEXT REFERENCES orang(id), isi TEXT);"
                                                            "INSERT INTO surat(id, isi) VALUES('s0', 'contoh'), ('s9', 'contoh');",
             schema_tables);
}

enum { SURAT = 3, K_BANTUAN = 3, K_DICETAK = 4, O_KK = 5, S_ORANG = 1, S_ISI = 2 };

/* --- histories --- */

static inline const char *pick(struct world *w, const char *const *of, uint32_t count)
{
    return of[world_random(w, count)];
}

static inline struct jemput_change *change_of(struct world *w, struct jemput_txn *txn, uint32_t table, enum jemput_op op, const char *key)
{
    struct jemput_bytes bytes = world_key(w, key);

    for (uint32_t i = 0; i < txn->change_count; i++) /* at most one change of a row in a transaction */
        if (txn->changes[i].table == table && jemput_bytes_equal(txn->changes[i].key, bytes))
            return NULL;
    return world_change(w, txn, table, op, key);
}

static inline void delta(struct world *w, struct jemput_change *c)
{
    world_cell(c, K_BANTUAN, world_integer((int64_t)world_random(w, 20) - 5));
    c->cells[c->cell_count - 1].is_delta = true;
}

static inline void family_change(struct world *w, struct jemput_txn *txn)
{
    static const char *const keys[] = { "k1", "k2", "k3" }, *const numbers[] = { "16", "17", "18", NULL }, *const dates[] = { "jan", "feb", NULL };
    const char *key = pick(w, keys, 3);
    uint32_t what = world_random(w, 8);
    struct jemput_change *c = change_of(w, txn, KELUARGA, what == 0 ? JEMPUT_OP_DELETE : what < 4 ? JEMPUT_OP_INSERT : JEMPUT_OP_UPDATE, key);

    if (!c)
        return;
    if (what == 0 && world_random(w, 2)) {
        const char *other = pick(w, keys, 3);

        if (strcmp(key, other) != 0)
            c->successor = world_key(w, other);
    } else if (what && what < 4) {
        world_cell(c, K_NO, world_text(w, pick(w, numbers, 4)));
        world_cell(c, K_ALAMAT, world_text(w, pick(w, numbers, 4)));
        delta(w, c);
        world_cell(c, K_DICETAK, world_text(w, pick(w, dates, 3)));
    } else if (what == 4) {
        delta(w, c);
    } else if (what == 5) {
        world_cell(c, K_DICETAK, world_text(w, pick(w, dates, 2)));
    } else if (what) {
        world_cell(c, what == 6 ? K_NO : K_ALAMAT, world_text(w, pick(w, numbers, 4)));
    }
}

static inline void person_change(struct world *w, struct jemput_txn *txn)
{
    static const char *const keys[] = { "p1", "p2", "p3", "p4" }, *const niks[] = { "n1", "n2", "n3", NULL }, *const names[] = { "Ani", "Budi", "Citra" },
                      *const families[] = { "k1", "k2", "k3", NULL }, *const numbers[] = { "16", "17", NULL };
    uint32_t what = world_random(w, 8);
    struct jemput_change *c =
        change_of(w, txn, ORANG, what == 0 ? JEMPUT_OP_DELETE : what < 4 ? JEMPUT_OP_INSERT : JEMPUT_OP_UPDATE, pick(w, keys, 4));

    if (!c)
        return;
    if (what && what < 4) {
        world_cell(c, O_NIK, world_text(w, pick(w, niks, 4)));
        world_cell(c, O_NAMA, world_text(w, world_random(w, 12) ? pick(w, names, 3) : NULL));
        world_cell(c, O_UMUR, world_integer((int64_t)world_random(w, 12) - 1));
        world_cell(c, O_KELUARGA, world_text(w, pick(w, families, 4)));
        world_cell(c, O_KK, world_text(w, pick(w, numbers, 3)));
    } else if (what) {
        uint16_t column = (uint16_t)(what == 4 ? O_NIK : what == 5 ? O_NAMA : what == 6 ? O_KELUARGA : O_KK);

        world_cell(c, column, world_text(w, what == 4 ? pick(w, niks, 4) : what == 5 ? pick(w, names, 3) : what == 6 ? pick(w, families, 4)
                                                                                                              : pick(w, numbers, 3)));
    }
}

static inline void letter_change(struct world *w, struct jemput_txn *txn)
{
    static const char *const keys[] = { "s0", "s1", "s2", "s3" }, *const people[] = { "p1", "p2", "p3", NULL };
    const char *key = pick(w, keys, 4);
    uint32_t what = strcmp(key, "s0") == 0 ? 5 : world_random(w, 6); /* nobody deletes what came with the schema */
    struct jemput_change *c =
        change_of(w, txn, SURAT, what == 0 ? JEMPUT_OP_DELETE : what < 4 ? JEMPUT_OP_INSERT : JEMPUT_OP_UPDATE, key);

    if (c && what && what < 4)
        world_cell(c, S_ORANG, world_text(w, pick(w, people, 4)));
    if (c && what)
        world_cell(c, S_ISI, world_text(w, pick(w, people, 4)));
}

/* A household goes with its people and their letters, as a cascade does. */
static inline void cascade(struct world *w, struct jemput_txn *txn)
{
    if (!change_of(w, txn, KELUARGA, JEMPUT_OP_DELETE, "k1"))
        return;
    (void)change_of(w, txn, ORANG, JEMPUT_OP_DELETE, "p1");
    (void)change_of(w, txn, ORANG, JEMPUT_OP_DELETE, "p2");
    (void)change_of(w, txn, SURAT, JEMPUT_OP_DELETE, "s1");
}

static inline void any_change(struct world *w, struct jemput_txn *txn)
{
    uint32_t which = world_random(w, 9);

    if (which == 0)
        cascade(w, txn);
    else if (which < 4)
        family_change(w, txn);
    else if (which < 7)
        person_change(w, txn);
    else
        letter_change(w, txn);
}

static inline void any_history(struct world *w, int segment_count, uint8_t writer_count, bool forks)
{
    int last[8];

    for (uint8_t i = 0; i < writer_count; i++)
        last[i] = -1;
    for (int i = 0; i < segment_count; i++) {
        uint8_t writer = (uint8_t)world_random(w, writer_count);
        int before = last[writer], at;
        jemput_stamp clock;

        if (forks && before >= 0 && w->segments[before].before >= 0 && world_random(w, 8) == 0)
            before = w->segments[before].before;
        at = world_segment(w, (uint8_t)(writer + 1), before);
        last[writer] = at;
        for (int k = 0; k < at; k++)
            if (world_random(w, 4) == 0 && w->segments[at].merged.count < WORLD_HEADS_MAX)
                world_merged(w, at, k, world_random(w, 3) == 0);
        if (world_random(w, 6) == 0)
            world_under(w, at, at ? (int)world_random(w, (uint32_t)at) : -1, world_random(w, 2) == 0);
        clock = before >= 0 ? w->segments[before].stamps[w->segments[before].meta.txn_count - 1] : 0;
        for (uint32_t t = world_random(w, 3) + 1; t > 0; t--) {
            struct jemput_txn *txn = world_txn(w, at, clock += 1 + world_random(w, 20));

            for (uint32_t c = world_random(w, 4) + 1; c > 0; c--)
                any_change(w, txn);
        }
    }
}

/* --- stores --- */

static inline enum jemput_status item_add(void *ctx, struct jemput_bytes item, struct jemput_error *err)
{
    jemput_buf_sized(ctx, item);
    return jemput_buf_check(ctx, "items", err);
}

static inline enum jemput_status dump_try(struct jemput_store *store, struct jemput_buf *out, struct jemput_error *err)
{
    struct jemput_dumping *d;
    enum jemput_status st = jemput_dump_begin(&d, store, item_add, out, err);

    if (!st)
        st = jemput_dump_register(d, err);
    if (!st)
        st = jemput_dump_state(d, err);
    jemput_dump_free(d);
    return st;
}

static inline struct jemput_buf dump_bytes(struct jemput_store *store, bool begin)
{
    struct jemput_buf out = JEMPUT_BUF_INIT((size_t)1 << 24);
    struct jemput_error err;

    if (begin)
        WORLD_OK(jemput_store_begin(store, 1000, &err));
    WORLD_OK(dump_try(store, &out, &err));
    if (begin)
        WORLD_OK(jemput_store_commit(store, &err));
    return out;
}

static inline enum jemput_status load_try(struct jemput_store *store, struct jemput_store *like, struct jemput_bytes items, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = items };
    struct jemput_loading *l;
    enum jemput_status st = jemput_load_begin(&l, store, like, true, err);

    while (!st && r.rest.len && !r.overrun)
        st = jemput_load_item(l, jemput_read_sized(&r), err);
    if (!st)
        st = jemput_load_end(l, err);
    jemput_load_free(l);
    return st;
}

/* A scratch store with the schema alone, in a transaction. */
static inline struct jemput_store *scratch(struct world_store *of)
{
    struct jemput_store *store;
    struct jemput_error err;

    WORLD_OK(jemput_store_open_scratch(&store, of->store, false, &err));
    WORLD_OK(jemput_store_begin(store, 0, &err));
    WORLD_OK(jemput_store_schema_run(store, jemput_bytes_str(schema), 1, &err));
    return store;
}

static inline void stream_add(void *ctx, struct jemput_bytes bytes)
{
    jemput_buf_append_bytes(ctx, bytes);
}

static inline void stream_drop(void *ctx, struct jemput_bytes bytes)
{
    (void)ctx;
    (void)bytes;
}

static inline void same_state(struct jemput_store *a, struct jemput_store *b, uint64_t seed, const char *when)
{
    struct jemput_buf left = JEMPUT_BUF_INIT((size_t)1 << 24), right = JEMPUT_BUF_INIT((size_t)1 << 24);
    struct jemput_error err;

    WORLD_OK(jemput_store_state_walk(a, stream_add, &left, &err));
    WORLD_OK(jemput_store_state_walk(b, stream_add, &right, &err));
    if (!jemput_bytes_equal(jemput_buf_bytes(&left), jemput_buf_bytes(&right)))
        fail_msg("seed %llu: %s the state is another", (unsigned long long)seed, when);
    jemput_buf_release(&left);
    jemput_buf_release(&right);
}

static inline void item_print(struct jemput_bytes item)
{
    for (size_t i = 0; i < item.len; i++)
        printf(item.data[i] >= ' ' && item.data[i] < 127 ? "%c" : "<%02x>", item.data[i]);
    printf("\n");
}

/* Both are in a transaction. */
static inline void same_bytes(struct jemput_store *a, struct jemput_store *b, uint64_t seed, const char *when)
{
    struct jemput_buf left = dump_bytes(a, false), right = dump_bytes(b, false);
    struct jemput_reader l = { .rest = jemput_buf_bytes(&left) }, r = { .rest = jemput_buf_bytes(&right) };

    while (l.rest.len || r.rest.len) {
        struct jemput_bytes x = jemput_read_sized(&l), y = jemput_read_sized(&r);

        if (jemput_bytes_equal(x, y))
            continue;
        item_print(x);
        item_print(y);
        fail_msg("seed %llu: %s the bytes are others", (unsigned long long)seed, when);
    }
    jemput_buf_release(&left);
    jemput_buf_release(&right);
}

static inline void apply(struct world *w, struct jemput_store *store, const int *order, int count)
{
    struct world_store s = { .store = store };
    struct jemput_error err;

    for (int i = 0; i < count; i++)
        WORLD_OK(world_try(w, &s, order[i], &err));
}

#endif
