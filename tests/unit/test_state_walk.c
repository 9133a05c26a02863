/* Tests of store/state/walk.c: the stream is the document's, byte for byte; it is the same in whatever order segments came; and it is another one as soon
 * as anything that it should cover is. */
#include "base/limits.h"
#include "crypto/crypto.h"
#include "merge_world.h"
#include "store/verdict/refusal.h"
#include "store/state/walk.h"
#include "vectors.h"

static void stream_add(void *ctx, struct jemput_bytes bytes)
{
    jemput_buf_append_bytes(ctx, bytes);
}

static void hash_add(void *ctx, struct jemput_bytes bytes)
{
    jemput_hashing_add(ctx, bytes);
}

static struct jemput_buf walk_bytes(struct world_store *s)
{
    struct jemput_buf stream = JEMPUT_BUF_INIT((size_t)1 << 24);
    struct jemput_error err;

    WORLD_OK(jemput_store_state_walk(s->store, stream_add, &stream, &err));
    WORLD_OK(jemput_buf_check(&stream, "stream", &err));
    return stream;
}

static void walk_hash(struct world_store *s, char hex[65])
{
    struct jemput_hashing hashing;
    uint8_t hash[32];
    struct jemput_error err;

    jemput_hashing_begin(&hashing);
    WORLD_OK(jemput_store_state_walk(s->store, hash_add, &hashing, &err));
    jemput_hashing_end(&hashing, hash);
    jemput_hex_encode(hex, hash, sizeof hash);
}

/* state-hash.md, "Worked example". */
static void make_example(struct world *w)
{
    int base = world_segment(w, 1, -1), second = world_segment(w, 2, -1), third = world_segment(w, 3, -1), fourth = world_segment(w, 4, -1);
    struct jemput_txn *txn = world_txn(w, base, 100);

    world_insert_keluarga(w, txn, "k1", "16", "Jl. Melati");
    world_insert_keluarga(w, txn, "k2", "17", "Jl. Mawar");
    world_insert_orang(w, txn, "p1", "1", "Siti", 30, "k1", NULL);
    for (int i = second; i <= fourth; i++)
        world_merged(w, i, base, false);
    world_update(w, world_txn(w, second, 202), KELUARGA, "k1", K_ALAMAT, "Jl. Kenanga");
    world_delete(w, world_txn(w, second, 204), KELUARGA, "k2");
    world_update(w, world_txn(w, third, 203), KELUARGA, "k1", K_ALAMAT, "Jl. Dahlia");
    world_update(w, world_txn(w, third, 205), KELUARGA, "k2", K_ALAMAT, "Jl. Anggrek");
    world_insert_orang(w, world_txn(w, fourth, 300), "p2", "1", "Sari", 31, "k1", NULL);
}

static void deliver(struct world *w, struct world_store *s, const int *order)
{
    world_open(s, "a", world_schema);
    world_deliver(w, s, order, w->count);
}

/* The two refused transactions of the document. */
static void refuse_two(struct world *w, struct world_store *s)
{
    struct jemput_refused_txn refusal = { .reason = 8, .table = ORANG, .key = world_key(w, "p1"), .column = O_NIK };
    struct jemput_segment segments[4];
    struct jemput_error err;

    WORLD_OK(jemput_store_begin(s->store, 1000, &err));
    for (int i = 0; i < 4; i++)
        WORLD_OK(jemput_store_segment_find(s->store, &w->segments[i].meta.hash, &segments[i], &err));
    refusal.version = (uint64_t)segments[0].id * JEMPUT_SEGMENT_TXNS_MAX;
    WORLD_OK(jemput_store_refusal_put(s->store, &refusal, &err));
    WORLD_OK(jemput_store_adoption_put(s->store, &segments[0].hash, 0, (uint64_t)segments[2].id * JEMPUT_SEGMENT_TXNS_MAX + 1, &err));
    WORLD_OK(jemput_store_adoption_put(s->store, &segments[0].hash, 0, (uint64_t)segments[1].id * JEMPUT_SEGMENT_TXNS_MAX, &err));
    refusal = (struct jemput_refused_txn){ .version = (uint64_t)segments[3].id * JEMPUT_SEGMENT_TXNS_MAX, .reason = 1,
                                           .column = JEMPUT_REFUSAL_NO_COLUMN };
    WORLD_OK(jemput_store_refusal_put(s->store, &refusal, &err));
    WORLD_OK(jemput_store_commit(s->store, &err));
}

static void expect_vector(const char *name, bool refused, const int *order)
{
    struct jemput_bytes vector = vector_load(name), rest = vector;
    static uint8_t wanted[VECTOR_BYTES_MAX];
    static char line[VECTOR_BYTES_MAX];
    struct world w;
    struct world_store s;
    struct jemput_buf stream;
    char hex[65];
    size_t len;

    world_init(&w, 1);
    make_example(&w);
    deliver(&w, &s, order);
    if (refused)
        refuse_two(&w, &s);
    stream = walk_bytes(&s);
    assert_true(vector_line(&rest, line, sizeof line));
    assert_int_equal(strncmp(line, "stream ", 7), 0);
    len = vector_hex(wanted, sizeof wanted, line + 7);
    assert_int_equal(stream.len, len);
    assert_memory_equal(stream.data, wanted, len);
    assert_true(vector_line(&rest, line, sizeof line));
    walk_hash(&s, hex);
    assert_string_equal(line + strlen("hash "), hex);
    vector_free(vector);
    jemput_buf_release(&stream);
    world_close(&s);
    world_release(&w);
}

static void the_stream_is_that_of_the_document_and_the_vector(void **state)
{
    const int order[] = { 0, 1, 2, 3 }, other[] = { 0, 3, 2, 1 };

    (void)state;
    expect_vector("state-hash-example.txt", false, order);
    expect_vector("state-hash-refused.txt", true, order);
    expect_vector("state-hash-refused.txt", true, other); /* local numbers, and which adoption came first, are no matter */
}

/* Local numbers differ with the order; the stream does not, nor with merging several segments together. */
static void the_stream_does_not_depend_on_the_order_of_segments(void **state)
{
    int order[WORLD_SEGMENTS_MAX] = { 0, 1, 2, 3 };
    struct jemput_buf first = { 0 };
    struct world w;

    (void)state;
    world_init(&w, 7);
    make_example(&w);
    for (int round = 0; round < 40; round++) {
        struct world_store s;
        struct jemput_buf stream;

        world_open(&s, "a", world_schema);
        if (round % 2)
            world_deliver_together(&w, &s, order, w.count, 1 + round % 4);
        else
            world_deliver(&w, &s, order, w.count);
        stream = walk_bytes(&s);
        if (round == 0)
            first = stream;
        else if (stream.len != first.len || memcmp(stream.data, first.data, first.len) != 0)
            fail_msg("round %d: another stream", round);
        if (round)
            jemput_buf_release(&stream);
        world_close(&s);
        world_shuffle(&w, order);
    }
    jemput_buf_release(&first);
    world_release(&w);
}

/* state-hash.md, "6: refused transaction", word for word: of the segment with local number 4, adopted by that with number 2. */
static void a_refused_transaction_stands_before_the_end(void **state)
{
    int order[] = { 0, 1, 2, 3 };
    const struct jemput_refused_txn refused = { 4 * 4096, 6, 2, jemput_bytes_of("\x03\x02p2", 4), 3 };
    struct jemput_buf before, after, item = JEMPUT_BUF_INIT(4096);
    struct jemput_segment of, by;
    struct jemput_error err;
    struct world_store s;
    struct world w;
    jemput_stamp stamp;

    (void)state;
    world_init(&w, 1);
    make_example(&w);
    deliver(&w, &s, order);
    before = walk_bytes(&s);
    WORLD_OK(jemput_store_begin(s.store, 0, &err));
    WORLD_OK(jemput_store_version_find(s.store, 4 * 4096, &of, &stamp, &err));
    WORLD_OK(jemput_store_version_find(s.store, 2 * 4096 + 1, &by, &stamp, &err));
    WORLD_OK(jemput_store_refusal_put(s.store, &refused, &err));
    WORLD_OK(jemput_store_adoption_put(s.store, &of.hash, 0, 3 * 4096 + 1, &err)); /* a later one */
    WORLD_OK(jemput_store_adoption_put(s.store, &of.hash, 0, 2 * 4096 + 1, &err));
    WORLD_OK(jemput_store_commit(s.store, &err));
    after = walk_bytes(&s);
    jemput_buf_u8(&item, 6);
    jemput_buf_append(&item, of.hash.bytes, 32);
    jemput_buf_append(&item, "\x00\x06\x02\x04\x03\x02p2\x04", 9);
    jemput_buf_u64le(&item, stamp);
    jemput_buf_append(&item, by.writer.id, 16);
    assert_int_equal(after.len, before.len + item.len);
    assert_memory_equal(after.data, before.data, before.len - 1);
    assert_memory_equal(after.data + before.len - 1, item.data, item.len);
    assert_int_equal(after.data[after.len - 1], 0);
    jemput_buf_release(&before);
    jemput_buf_release(&after);
    jemput_buf_release(&item);
    world_close(&s);
    world_release(&w);
}

/* --- what it covers --- */

static void damage(struct world_store *s, const char *sql)
{
    const char *path = "a.db";
    sqlite3 *db;

    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, crash_vfs_name(s->vfs)), SQLITE_OK);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

static const char *const differences[] = {
    "UPDATE keluarga SET alamat = 'Jl. Dahlie' WHERE id = 'k1'",
    "UPDATE keluarga SET alamat = CAST(alamat AS BLOB) WHERE id = 'k2'",
    "UPDATE orang SET umur = NULL",
    "DELETE FROM orang",
    "INSERT INTO keluarga VALUES('k3', NULL, NULL)",
    "UPDATE jemput_withheld SET reason = 'UNIQUE orang.id'",
    "UPDATE jemput_row SET state = NULL WHERE state = 8",
    "UPDATE jemput_row SET state = 9 WHERE state = 8",
    "UPDATE jemput_segment SET stamps = x'01ca0101cd01' WHERE number = 1 AND txn_count = 2", /* 202, 204 and 203, 205 -> 202, 205 */
    "UPDATE jemput_line SET writer = zeroblob(16) WHERE id = 2",
};

static void whatever_it_should_cover_changes_it(void **state)
{
    int order[] = { 0, 1, 2, 3 };
    struct world w;

    (void)state;
    world_init(&w, 1);
    make_example(&w);
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        struct jemput_store_hooks hooks = { .make_id = world_make_id };
        struct jemput_error err;
        struct world_store s;
        char before[65], after[65];

        deliver(&w, &s, order);
        walk_hash(&s, before);
        damage(&s, differences[i]);
        jemput_store_close(s.store);
        WORLD_OK(jemput_store_open(&s.store, &s.sim.env, "a.db", false, &hooks, &err));
        walk_hash(&s, after);
        if (strcmp(before, after) == 0)
            fail_msg("the same hash after: %s", differences[i]);
        world_close(&s);
    }
    world_release(&w);
}

static const char *const no_differences[] = {
    "UPDATE jemput_row SET detail = NULL WHERE state = 4", /* a deleted row's last values */
    "INSERT INTO jemput_context(id, lines) VALUES(77, x'0105')",
    "INSERT INTO jemput_fact VALUES('elsewhere', 1)",
    "CREATE TABLE catatan(a); INSERT INTO catatan VALUES(1)",
    "VACUUM",
};

static void what_is_local_does_not(void **state)
{
    int order[] = { 0, 1, 2, 3, 4 }, last;
    struct world w;

    (void)state;
    world_init(&w, 1);
    make_example(&w);
    last = world_segment(&w, 4, 3);
    world_delete(&w, world_txn(&w, last, 400), ORANG, "p1");
    for (size_t i = 0; i < sizeof no_differences / sizeof no_differences[0]; i++) {
        struct world_store s;
        char before[65], after[65];

        deliver(&w, &s, order);
        walk_hash(&s, before);
        damage(&s, no_differences[i]);
        walk_hash(&s, after);
        if (strcmp(before, after) != 0)
            fail_msg("another hash after: %s", no_differences[i]);
        world_close(&s);
    }
    world_release(&w);
}

/* --- what is not sealed --- */

static void nothing_is_walked_while_something_is_not_sealed(void **state)
{
    static const char *const unsealed[] = {
        "INSERT INTO jemput_pending(stamp, context, changes, record) VALUES(1, 1, 1, x'00')",
        "INSERT INTO jemput_migration(version, sql) VALUES(2, 'SELECT 1')",
        "INSERT INTO jemput_unsettled(tbl, key) VALUES(0, x'')",
    };
    int order[] = { 0, 1, 2, 3 };
    struct world w;

    (void)state;
    world_init(&w, 1);
    make_example(&w);
    for (size_t i = 0; i < sizeof unsealed / sizeof unsealed[0]; i++) {
        struct jemput_buf stream = JEMPUT_BUF_INIT(1 << 20);
        struct jemput_error err;
        struct world_store s;

        deliver(&w, &s, order);
        damage(&s, unsealed[i]);
        assert_int_equal(jemput_store_state_walk(s.store, stream_add, &stream, &err), JEMPUT_BUSY);
        assert_int_equal(stream.len, 0);
        world_close(&s);
    }
    world_release(&w);
}

static void rows_are_in_the_order_of_their_values_whatever_their_types(void **state)
{
    static const char schema[] = "CREATE TABLE apa(id BLOB PRIMARY KEY NOT NULL, isi) WITHOUT ROWID;"
                                 "INSERT INTO apa VALUES('b', 1.5), (x'61', NULL), (10, 'x'), (9.5, x'00'), (-3, -9223372036854775807), ('a', 1), "
                                 "(1e300, 0.0), ('B', 2); SELECT jemput_replicate('apa')";
    /* -3, 9.5, 10, 1e300, 'B', 'a', 'b', x'61' */
    static const uint8_t wanted[] = {
        2, 1, 5,                                             1, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
        2, 2, 0, 0, 0, 0, 0, 0, 0x23, 0x40,                  4, 1, 0,
        2, 1, 20,                                            3, 1, 'x',
        2, 2, 0x9c, 0x75, 0, 0x88, 0x3c, 0xe4, 0x37, 0x7e,   2, 0, 0, 0, 0, 0, 0, 0, 0,
        2, 3, 1, 'B',                                        1, 4,
        2, 3, 1, 'a',                                        1, 2,
        2, 3, 1, 'b',                                        2, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f,
        2, 4, 1, 0x61,                                       0,
        0,
    };
    struct world_store s;
    struct jemput_buf stream;

    (void)state;
    world_open(&s, "a", schema);
    stream = walk_bytes(&s);
    assert_true(stream.len > sizeof wanted);
    assert_memory_equal(stream.data + stream.len - sizeof wanted, wanted, sizeof wanted);
    jemput_buf_release(&stream);
    world_close(&s);
}

struct writing { /* an app that saves something at each piece of the stream */
    struct world_store *s;
    unsigned saved;
};

static void save_one(void *ctx, struct jemput_bytes bytes)
{
    struct writing *w = ctx;

    (void)bytes;
    w->saved += sqlite3_exec(jemput_store_app(w->s->store), "CREATE TABLE IF NOT EXISTS lain(a); INSERT INTO lain VALUES(1)", NULL, NULL, NULL) ==
                SQLITE_OK;
}

static void others_write_while_it_is_walked_and_that_can_be_told(void **state)
{
    static const int order[] = { 0, 1, 2, 3 };
    struct writing writing = { .saved = 0 };
    struct jemput_buf before, after;
    struct jemput_error err;
    struct world_store s;
    int64_t versions[3];
    struct world w;

    (void)state;
    world_init(&w, 1);
    make_example(&w);
    deliver(&w, &s, order);
    writing.s = &s;
    before = walk_bytes(&s);
    WORLD_OK(jemput_store_others_version(s.store, &versions[0], &err));
    after = walk_bytes(&s);
    WORLD_OK(jemput_store_others_version(s.store, &versions[1], &err));
    assert_true(versions[0] == versions[1]);
    WORLD_OK(jemput_store_state_walk(s.store, save_one, &writing, &err));
    assert_true(writing.saved > 10);
    WORLD_OK(jemput_store_others_version(s.store, &versions[2], &err));
    assert_true(versions[1] != versions[2]);
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.data, after.data, before.len);
    jemput_buf_release(&before);
    jemput_buf_release(&after);
    world_close(&s);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stream_is_that_of_the_document_and_the_vector),
        cmocka_unit_test(the_stream_does_not_depend_on_the_order_of_segments),
        cmocka_unit_test(a_refused_transaction_stands_before_the_end),
        cmocka_unit_test(whatever_it_should_cover_changes_it),
        cmocka_unit_test(what_is_local_does_not),
        cmocka_unit_test(nothing_is_walked_while_something_is_not_sealed),
        cmocka_unit_test(rows_are_in_the_order_of_their_values_whatever_their_types),
        cmocka_unit_test(others_write_while_it_is_walked_and_that_can_be_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
