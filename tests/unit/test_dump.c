/* Tests of store/dump.c and load.c: what a store has merged, written as items and read into another, is the same state, then and after everything that
 * is merged later; and two stores that have merged the same write the same bytes.
 *
 * The histories hold all that merging knows: concurrent edits, deletions against edits, held rows, parents that come back and rows that go with
 * them, counters, facts, rows that go on in others, forks, edit tokens, and segments whose context comes late. */
#include "base/limits.h"
#include "merge_world.h"
#include "store/compare.h"
#include "store/dump.h"
#include "store/load.h"
#include "store/statewalk.h"

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
static void schema_choose(uint64_t seed)
{
    world_weak_hashes = seed % 2;
    snprintf(schema, sizeof schema, "%s%s", seed % 2 ? "" : "CREATE TABLE surat(id TEXT PRIMARY KEY NOT NULL, orang TEXT REFERENCES orang(id), isi TEXT);"
                                                            "INSERT INTO surat(id, isi) VALUES('s0', 'contoh'), ('s9', 'contoh');",
             schema_tables);
}

enum { SURAT = 3, K_BANTUAN = 3, K_DICETAK = 4, O_KK = 5, S_ORANG = 1, S_ISI = 2 };

/* --- histories --- */

static const char *pick(struct world *w, const char *const *of, uint32_t count)
{
    return of[world_random(w, count)];
}

static struct jemput_change *change_of(struct world *w, struct jemput_txn *txn, uint32_t table, enum jemput_op op, const char *key)
{
    struct jemput_bytes bytes = world_key(w, key);

    for (uint32_t i = 0; i < txn->change_count; i++) /* at most one change of a row in a transaction */
        if (txn->changes[i].table == table && jemput_bytes_equal(txn->changes[i].key, bytes))
            return NULL;
    return world_change(w, txn, table, op, key);
}

static void delta(struct world *w, struct jemput_change *c)
{
    world_cell(c, K_BANTUAN, world_integer((int64_t)world_random(w, 20) - 5));
    c->cells[c->cell_count - 1].is_delta = true;
}

static void family_change(struct world *w, struct jemput_txn *txn)
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

static void person_change(struct world *w, struct jemput_txn *txn)
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

static void letter_change(struct world *w, struct jemput_txn *txn)
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
static void cascade(struct world *w, struct jemput_txn *txn)
{
    if (!change_of(w, txn, KELUARGA, JEMPUT_OP_DELETE, "k1"))
        return;
    (void)change_of(w, txn, ORANG, JEMPUT_OP_DELETE, "p1");
    (void)change_of(w, txn, ORANG, JEMPUT_OP_DELETE, "p2");
    (void)change_of(w, txn, SURAT, JEMPUT_OP_DELETE, "s1");
}

static void any_change(struct world *w, struct jemput_txn *txn)
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

static void any_history(struct world *w, int segment_count, uint8_t writer_count, bool forks)
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

static enum jemput_status item_add(void *ctx, struct jemput_bytes item, struct jemput_error *err)
{
    jemput_buf_sized(ctx, item);
    return jemput_buf_check(ctx, "items", err);
}

static enum jemput_status dump_try(struct jemput_store *store, struct jemput_buf *out, struct jemput_error *err)
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

static struct jemput_buf dump_bytes(struct jemput_store *store, bool begin)
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

static enum jemput_status load_try(struct jemput_store *store, struct jemput_store *like, struct jemput_bytes items, struct jemput_error *err)
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
static struct jemput_store *scratch(struct world_store *of)
{
    struct jemput_store *store;
    struct jemput_error err;

    WORLD_OK(jemput_store_open_scratch(&store, of->store, false, &err));
    WORLD_OK(jemput_store_begin(store, 0, &err));
    WORLD_OK(jemput_store_schema_run(store, jemput_bytes_str(schema), 1, &err));
    return store;
}

static void stream_add(void *ctx, struct jemput_bytes bytes)
{
    jemput_buf_append_bytes(ctx, bytes);
}

static void stream_drop(void *ctx, struct jemput_bytes bytes)
{
    (void)ctx;
    (void)bytes;
}

static void same_state(struct jemput_store *a, struct jemput_store *b, uint64_t seed, const char *when)
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

static void item_print(struct jemput_bytes item)
{
    for (size_t i = 0; i < item.len; i++)
        printf(item.data[i] >= ' ' && item.data[i] < 127 ? "%c" : "<%02x>", item.data[i]);
    printf("\n");
}

/* Both are in a transaction. */
static void same_bytes(struct jemput_store *a, struct jemput_store *b, uint64_t seed, const char *when)
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

static void apply(struct world *w, struct jemput_store *store, const int *order, int count)
{
    struct world_store s = { .store = store };
    struct jemput_error err;

    for (int i = 0; i < count; i++)
        WORLD_OK(world_try(w, &s, order[i], &err));
}

/* --- tests --- */

static void one_history(uint64_t seed, bool forks)
{
    struct world w;
    struct world_store whole, part;
    struct jemput_store *loaded;
    struct jemput_error err;
    struct jemput_buf items;
    uint64_t problems = 0;
    int order[WORLD_SEGMENTS_MAX], first;

    schema_choose(seed);
    world_init(&w, seed);
    any_history(&w, 4 + (int)(seed % 17), 2 + (uint8_t)(seed % 4), forks);
    world_shuffle(&w, order);
    first = (int)world_random(&w, (uint32_t)w.count + 1);
    world_open(&part, "part", schema);
    world_deliver(&w, &part, order, first);
    items = dump_bytes(part.store, true);
    loaded = scratch(&part);
    if (load_try(loaded, NULL, jemput_buf_bytes(&items), &err))
        fail_msg("seed %llu: %s", (unsigned long long)seed, err.text);
    same_state(part.store, loaded, seed, "as it was loaded,");
    WORLD_OK(jemput_store_begin(part.store, 1000, &err));
    same_bytes(part.store, loaded, seed, "as it was loaded,");
    WORLD_OK(jemput_store_commit(part.store, &err));

    world_open(&whole, "whole", schema);
    world_deliver(&w, &whole, order, w.count);
    apply(&w, loaded, order + first, w.count - first);
    same_state(whole.store, loaded, seed, "when the rest has come,");
    WORLD_OK(jemput_store_begin(whole.store, 1000, &err));
    same_bytes(whole.store, loaded, seed, "when the rest has come,");
    WORLD_OK(jemput_store_commit(whole.store, &err));
    WORLD_OK(jemput_store_commit(loaded, &err));
    WORLD_OK(jemput_store_check(loaded, NULL, NULL, &problems, &err));
    if (problems)
        fail_msg("seed %llu: %llu problems", (unsigned long long)seed, (unsigned long long)problems);
    jemput_buf_release(&items);
    jemput_store_close(loaded);
    world_close(&whole);
    world_close(&part);
    world_release(&w);
}

static uint64_t histories(void)
{
    const char *many = getenv("JEMPUT_TEST_HISTORIES");

    return many ? strtoull(many, NULL, 10) : 60;
}

static void what_is_loaded_is_the_state_and_merges_on_as_if_all_had_been_replayed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= histories(); seed++)
        one_history(seed, false);
}

static void the_same_with_forks(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= histories(); seed++)
        one_history(seed, true);
}

static void the_same_segments_give_the_same_bytes_in_any_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= histories() / 2; seed++) {
        struct world w;
        struct world_store a, b;
        struct jemput_error err;
        int order[WORLD_SEGMENTS_MAX];

        schema_choose(seed);
        world_init(&w, seed);
        any_history(&w, 4 + (int)(seed % 17), 2 + (uint8_t)(seed % 4), false);
        world_open(&a, "a", schema);
        world_open(&b, "b", schema);
        world_shuffle(&w, order);
        world_deliver(&w, &a, order, w.count);
        world_shuffle(&w, order);
        world_deliver_together(&w, &b, order, w.count, 1 + (int)(seed % WORLD_STRETCH_MAX));
        WORLD_OK(jemput_store_begin(a.store, 1000, &err));
        WORLD_OK(jemput_store_begin(b.store, 1000, &err));
        same_bytes(a.store, b.store, seed, "in two orders,");
        WORLD_OK(jemput_store_commit(a.store, &err));
        WORLD_OK(jemput_store_commit(b.store, &err));
        world_close(&a);
        world_close(&b);
        world_release(&w);
    }
}

/* --- what is not as it was written --- */

static struct jemput_buf some_items(struct world *w, struct world_store *part, uint64_t seed)
{
    int order[WORLD_SEGMENTS_MAX];

    schema_choose(seed);
    world_init(w, seed);
    any_history(w, 12, 3, true);
    for (int i = 0; i < w->count; i++)
        order[i] = i;
    world_open(part, "part", schema);
    world_deliver(w, part, order, w->count - 2);
    return dump_bytes(part->store, true);
}

/* Each byte in turn has a bit changed, or is where the items end: that is refused, or gives a store that can be walked. */
static void items_that_were_changed_are_refused_or_harmless(void **state)
{
    unsigned refused = 0, step = getenv("JEMPUT_FAULT_STEP") ? (unsigned)atoi(getenv("JEMPUT_FAULT_STEP")) : 3;

    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct world w;
        struct world_store part;
        struct jemput_error err;
        struct jemput_buf items = some_items(&w, &part, seed);

        for (size_t at = 0; at < items.len; at += step) {
            struct jemput_store *loaded = scratch(&part);
            struct jemput_bytes cut = { items.data, at };
            uint8_t bit = (uint8_t)(1u << (at / step) % 8);
            enum jemput_status st;

            items.data[at] ^= bit;
            st = load_try(loaded, NULL, jemput_buf_bytes(&items), &err);
            items.data[at] ^= bit;
            if (!st)
                st = jemput_store_state_walk(loaded, stream_drop, NULL, &err);
            refused += st != JEMPUT_OK;
            jemput_store_close(loaded);
            loaded = scratch(&part);
            if (load_try(loaded, NULL, cut, &err) == JEMPUT_OK)
                fail_msg("seed %llu: %zu of %zu bytes were taken for all", (unsigned long long)seed, at, items.len);
            jemput_store_close(loaded);
        }
        jemput_buf_release(&items);
        world_close(&part);
        world_release(&w);
    }
    assert_true(refused > 10);
}

/* A copy of a register: what is loaded gets the numbers that the other store has, so that the rest can be merged under its numbers, too. */
static void loaded_like_another_store_it_has_that_ones_numbers(void **state)
{
    (void)state;
    for (uint64_t seed = 2; seed <= 40; seed += 2) {
        struct world w;
        struct world_store part, whole;
        struct jemput_store *loaded;
        struct jemput_error err;
        struct jemput_buf items = some_items(&w, &part, seed);
        uint64_t differing = 0;
        int order[WORLD_SEGMENTS_MAX];
        bool forked;

        world_open(&whole, "whole", schema);
        world_shuffle(&w, order);
        world_deliver(&w, &whole, order, w.count);
        loaded = scratch(&whole);
        if (load_try(loaded, whole.store, jemput_buf_bytes(&items), &err))
            fail_msg("seed %llu: %s", (unsigned long long)seed, err.text);
        for (int i = 0; i < w.count; i++) {
            struct world_segment *from = &w.segments[order[i]];
            struct jemput_segment segment = from->meta, there;

            if (jemput_store_segment_find(loaded, &from->meta.hash, &there, &err) == JEMPUT_OK)
                continue;
            segment.stamps = from->stamps;
            segment.stamp = from->stamps[from->meta.txn_count - 1];
            segment.merged = &from->merged;
            segment.under = from->has_under ? &from->under : NULL;
            WORLD_OK(jemput_store_segment_add_like(loaded, &segment, whole.store, &forked, &err));
            WORLD_OK(jemput_store_apply(loaded, segment.id, from->txns, from->meta.txn_count, &whole.counts, &err));
        }
        WORLD_OK(jemput_store_commit(loaded, &err));
        WORLD_OK(jemput_store_compare(whole.store, loaded, NULL, NULL, &differing, &err));
        if (differing)
            fail_msg("seed %llu: %llu differences", (unsigned long long)seed, (unsigned long long)differing);
        jemput_store_close(loaded);
        jemput_buf_release(&items);
        world_close(&whole);
        world_close(&part);
        world_release(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_loaded_is_the_state_and_merges_on_as_if_all_had_been_replayed),
        cmocka_unit_test(the_same_with_forks),
        cmocka_unit_test(the_same_segments_give_the_same_bytes_in_any_order),
        cmocka_unit_test(items_that_were_changed_are_refused_or_harmless),
        cmocka_unit_test(loaded_like_another_store_it_has_that_ones_numbers),
    };

    return cmocka_run_group_tests_name("dump", tests, NULL, NULL);
}
