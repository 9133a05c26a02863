/* The items of schema/formats/checkpoint.md as they stand in the golden vector: unpacked they are just what a store that has merged its worked example writes,
 * and from these alone another store holds the same. tests/formats/checkpoint.py reads the same file. */
#include "checkpoint/pack.h"
#include "dump_world.h"
#include "store/verdict/refusal.h"
#include "vectors.h"

/* checkpoint.md, "Worked example": that of state-hash.md, and what else there may be. */
static void make_example(struct world *w)
{
    int base = world_segment(w, 1, -1), second = world_segment(w, 2, -1), third = world_segment(w, 3, -1), fork, late, later;
    struct jemput_txn *txn = world_txn(w, base, 100);

    world_insert_keluarga(w, txn, "k1", "16", "Jl. Melati");
    world_insert_keluarga(w, txn, "k2", "17", "Jl. Mawar");
    world_insert_orang(w, txn, "p1", "1", "Siti", 30, "k1", NULL);
    world_merged(w, second, base, false);
    world_merged(w, third, base, false);
    world_update(w, world_txn(w, second, 202), KELUARGA, "k1", K_ALAMAT, "Jl. Kenanga");
    world_delete(w, world_txn(w, second, 204), KELUARGA, "k2");
    world_update(w, world_txn(w, third, 203), KELUARGA, "k1", K_ALAMAT, "Jl. Dahlia");
    world_update(w, world_txn(w, third, 205), KELUARGA, "k2", K_ALAMAT, "Jl. Anggrek");
    fork = world_segment(w, 2, -1); /* another copy of writer 02 */
    world_insert_orang(w, world_txn(w, fork, 300), "p2", "1", "Sari", 31, "k1", NULL);
    late = world_segment(w, 4, -1); /* has seen what is not there */
    later = world_segment(w, 5, -1);
    world_txn(w, later, 50);
    world_merged(w, late, later, false);
    world_insert_keluarga(w, world_txn(w, late, 310), "k3", NULL, NULL);
}

static void verdicts_add(struct world *w, struct world_store *s)
{
    struct jemput_refused_txn refusal = { .reason = 9, .table = ORANG, .key = world_key(w, "p1"), .column = O_NIK };
    struct jemput_segment of, by;
    struct jemput_error err;
    bool news;

    WORLD_OK(jemput_store_begin(s->store, 1000, &err));
    WORLD_OK(jemput_store_segment_find(s->store, &w->segments[1].meta.hash, &of, &err));
    WORLD_OK(jemput_store_segment_find(s->store, &w->segments[2].meta.hash, &by, &err));
    refusal.version = (uint64_t)of.id * JEMPUT_SEGMENT_TXNS_MAX + 1;
    WORLD_OK(jemput_store_refusal_put(s->store, &refusal, &err));
    WORLD_OK(jemput_store_refusal_wait(s->store, refusal.version, ORANG, refusal.key, &err));
    WORLD_OK(jemput_store_region_add(s->store, ORANG, refusal.key, O_NIK, jemput_bytes_str("16.99"), &news, &err));
    WORLD_OK(jemput_store_adoption_put(s->store, &of.hash, 1, (uint64_t)by.id * JEMPUT_SEGMENT_TXNS_MAX, &err));
    WORLD_OK(jemput_store_commit(s->store, &err));
}

/* The vector's items, each sized. */
static struct jemput_buf vector_items(void)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(VECTOR_BYTES_MAX);
    struct jemput_bytes vector = vector_load("checkpoint-items.txt"), rest = vector;
    static char line[VECTOR_BYTES_MAX];
    static uint8_t item[VECTOR_BYTES_MAX];

    while (vector_line(&rest, line, sizeof line))
        if (strncmp(line, "item ", 5) == 0)
            jemput_buf_sized(&out, jemput_bytes_of(item, vector_hex(item, sizeof item, line + 5)));
    vector_free(vector);
    return out;
}

/* As a dump writes them. */
static struct jemput_buf unpacked(struct jemput_bytes items)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(VECTOR_BYTES_MAX);
    struct jemput_reader r = { .rest = items };
    struct jemput_unpacker unpacker;
    struct jemput_error err;

    jemput_unpacker_init(&unpacker, item_add, &out);
    while (r.rest.len)
        WORLD_OK(jemput_unpacker_item(&unpacker, jemput_read_sized(&r), &err));
    jemput_unpacker_release(&unpacker);
    return out;
}

static struct jemput_buf items_wanted(void)
{
    struct jemput_buf vector = vector_items(), out = unpacked(jemput_buf_bytes(&vector));

    jemput_buf_release(&vector);
    return out;
}

/* As a checkpoint has them. */
static struct jemput_buf packed(struct jemput_bytes items)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(VECTOR_BYTES_MAX);
    struct jemput_reader r = { .rest = items };
    struct jemput_packer packer;
    struct jemput_error err;

    jemput_packer_init(&packer, item_add, &out);
    while (r.rest.len)
        WORLD_OK(jemput_packer_item(&packer, jemput_read_sized(&r), &err));
    jemput_packer_release(&packer);
    return out;
}

/* Two runs of the first segment of writer 02. */
static enum jemput_status runs_tell(void *ctx, int64_t segment, struct jemput_bytes *runs, struct jemput_error *err)
{
    static uint8_t of[2 * 34];

    (void)err;
    memset(of, 0xa1, 32);
    memset(of + 34, 0xa2, 32);
    of[32] = 7, of[33] = 12;
    of[66] = 1, of[67] = 3;
    *runs = jemput_bytes_of(of, segment == *(int64_t *)ctx ? sizeof of : 0);
    return JEMPUT_OK;
}

static struct jemput_buf example_dump(struct world *w, struct world_store *s)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(VECTOR_BYTES_MAX);
    struct jemput_segment of;
    struct jemput_dumping *d;
    struct jemput_error err;

    WORLD_OK(jemput_store_begin(s->store, 1000, &err));
    WORLD_OK(jemput_store_segment_find(s->store, &w->segments[1].meta.hash, &of, &err));
    WORLD_OK(jemput_dump_begin(&d, s->store, item_add, &out, &err));
    jemput_dump_runs(d, runs_tell, &of.id);
    WORLD_OK(jemput_dump_register(d, &err));
    WORLD_OK(jemput_dump_state(d, &err));
    jemput_dump_free(d);
    WORLD_OK(jemput_store_commit(s->store, &err));
    return out;
}

static void items_print(struct jemput_bytes items)
{
    struct jemput_reader r = { .rest = items };

    while (r.rest.len) {
        struct jemput_bytes item = jemput_read_sized(&r);

        printf("item ");
        for (size_t i = 0; i < item.len; i++)
            printf("%02x", item.data[i]);
        printf("\n");
    }
}

/* Packed they are the vector's, kind by kind (what zlib makes of rows is its own affair), and unpacked what they were. */
static void expect_packed(struct jemput_bytes items, struct jemput_bytes vector)
{
    struct jemput_buf made = packed(items), back = unpacked(jemput_buf_bytes(&made));
    struct jemput_reader a = { .rest = jemput_buf_bytes(&made) }, b = { .rest = vector };

    assert_true(jemput_bytes_equal(jemput_buf_bytes(&back), items));
    while (a.rest.len && b.rest.len)
        assert_int_equal(jemput_read_sized(&a).data[0], jemput_read_sized(&b).data[0]);
    assert_true(a.rest.len == 0 && b.rest.len == 0);
    jemput_buf_release(&made);
    jemput_buf_release(&back);
}

static void expect_items(const int *order)
{
    struct jemput_buf vector = vector_items(), wanted = items_wanted(), items;
    struct jemput_store *loaded;
    struct jemput_error err;
    struct world w;
    struct world_store s;

    snprintf(schema, sizeof schema, "%s", world_schema);
    world_init(&w, 1);
    make_example(&w);
    world_open(&s, "a", schema);
    world_deliver(&w, &s, order, 5); /* all but the last */
    verdicts_add(&w, &s);
    items = example_dump(&w, &s);
    if (!jemput_bytes_equal(jemput_buf_bytes(&items), jemput_buf_bytes(&wanted))) {
        struct jemput_buf made = packed(jemput_buf_bytes(&items));

        items_print(jemput_buf_bytes(&made));
        fail_msg("these are not the items of checkpoint-items.txt");
    }
    expect_packed(jemput_buf_bytes(&items), jemput_buf_bytes(&vector));
    loaded = scratch(&s);
    WORLD_OK(load_try(loaded, NULL, jemput_buf_bytes(&wanted), &err));
    same_state(s.store, loaded, 0, "from the vector");
    WORLD_OK(jemput_store_commit(loaded, &err));
    jemput_store_close(loaded);
    jemput_buf_release(&items);
    jemput_buf_release(&wanted);
    jemput_buf_release(&vector);
    world_close(&s);
    world_release(&w);
}

static void the_items_are_those_of_the_vector_and_hold_all(void **state)
{
    const int order[] = { 0, 1, 2, 3, 4 }, other[] = { 4, 1, 2, 0, 3 };

    (void)state;
    expect_items(order);
    expect_items(other);
}

/* --- id runs --- */

struct told { /* an item of runs: `count` runs of these two numbers */
    uint8_t segment;
    unsigned count;
    uint64_t first, ids;
    size_t lacks; /* so many bytes of its end */
};

static void told_add(struct jemput_buf *out, const struct told *told)
{
    static const uint8_t seed[32] = { 7 };
    struct jemput_buf item = JEMPUT_BUF_INIT(1 << 16);

    jemput_buf_u8(&item, JEMPUT_DUMP_RUNS);
    jemput_buf_varint(&item, told->segment);
    for (unsigned i = 0; i < told->count; i++) {
        jemput_buf_append(&item, seed, sizeof seed);
        jemput_buf_varint(&item, told->first);
        jemput_buf_varint(&item, told->ids);
    }
    jemput_buf_sized(out, jemput_bytes_of(item.data, item.len - told->lacks));
    jemput_buf_release(&item);
}

/* The vector's items with these two in place of the runs that it tells. */
static enum jemput_status told_load(struct world_store *s, const struct told told[2])
{
    struct jemput_buf wanted = items_wanted(), items = JEMPUT_BUF_INIT(VECTOR_BYTES_MAX);
    struct jemput_reader r = { .rest = jemput_buf_bytes(&wanted) };
    struct jemput_store *loaded = scratch(s);
    struct jemput_error err;
    enum jemput_status st;

    while (r.rest.len) {
        struct jemput_bytes item = jemput_read_sized(&r);

        if (item.data[0] != JEMPUT_DUMP_RUNS)
            jemput_buf_sized(&items, item);
        for (unsigned i = 0; i < 2 && item.data[0] == JEMPUT_DUMP_RUNS; i++)
            told_add(&items, &told[i]);
    }
    st = load_try(loaded, NULL, jemput_buf_bytes(&items), &err);
    assert_true(!st || strstr(err.text, "a segment's id runs is damaged"));
    jemput_store_rollback(loaded);
    jemput_store_close(loaded);
    jemput_buf_release(&wanted);
    jemput_buf_release(&items);
    return st;
}

static void runs_that_no_payload_may_name_are_refused(void **state)
{
    const struct told good = { 1, 1, 5, 3, 0 };
    const struct {
        struct told told;
        enum jemput_status st;
    } cases[] = {
        { { 2, 1, 5, 3, 0 }, JEMPUT_OK },
        { { 2, 256, 5, 3, 0 }, JEMPUT_OK },
        { { 2, 1, UINT64_MAX, 1, 0 }, JEMPUT_OK },
        { { 2, 1, 0, UINT64_MAX, 0 }, JEMPUT_OK },
        { { 2, 257, 5, 3, 0 }, JEMPUT_CORRUPT },
        { { 2, 0, 5, 3, 0 }, JEMPUT_CORRUPT },
        { { 2, 1, 5, 0, 0 }, JEMPUT_CORRUPT },
        { { 2, 2, 5, 3, 1 }, JEMPUT_CORRUPT },
        { { 2, 1, UINT64_MAX, 2, 0 }, JEMPUT_CORRUPT },
        { { 2, 1, 2, UINT64_MAX, 0 }, JEMPUT_CORRUPT },
        { { 1, 1, 5, 3, 0 }, JEMPUT_CORRUPT },  /* once more */
        { { 0, 1, 5, 3, 0 }, JEMPUT_CORRUPT },
        { { 99, 1, 5, 3, 0 }, JEMPUT_CORRUPT }, /* no such segment */
    };
    struct world w;
    struct world_store s;

    (void)state;
    snprintf(schema, sizeof schema, "%s", world_schema);
    world_init(&w, 1);
    world_open(&s, "a", schema);
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
        if (told_load(&s, (const struct told[]){ good, cases[i].told }) != cases[i].st)
            fail_msg("case %u", i);
    assert_int_equal(told_load(&s, (const struct told[]){ { 2, 1, 5, 3, 0 }, good }), JEMPUT_CORRUPT); /* not ascending */
    world_close(&s);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_items_are_those_of_the_vector_and_hold_all),
        cmocka_unit_test(runs_that_no_payload_may_name_are_refused),
    };

    return cmocka_run_group_tests_name("dump format", tests, NULL, NULL);
}
