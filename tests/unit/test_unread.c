/* unit/test_unread.c — store/keys/epoch.c and unread.c: keys by number and maker, and which registered segments may be read, in which order. */
#include "merge_world.h"
#include "store/causes/causes.h"
#include "store/keys/epoch.h"

#define EMPTY "CREATE TABLE t(id TEXT PRIMARY KEY NOT NULL); SELECT jemput_replicate('t');"
#define SPACE 1048577u

struct bench {
    struct world w;
    struct world_store s;
};

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof *b);

    assert_non_null(b);
    world_init(&b->w, 1);
    world_open(&b->s, "unread", EMPTY);
    *state = b;
    return 0;
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    world_close(&b->s);
    world_release(&b->w);
    free(b);
    return 0;
}

static void begin(struct bench *b)
{
    struct jemput_error err;

    WORLD_OK(jemput_store_begin(b->s.store, 0, &err));
}

static void commit(struct bench *b)
{
    struct jemput_error err;

    WORLD_OK(jemput_store_commit(b->s.store, &err));
}

static void put(struct bench *b, uint32_t number, const struct jemput_writer *maker, uint8_t byte)
{
    struct jemput_error err;
    uint8_t key[JEMPUT_STORE_EPOCH_KEY_BYTES];

    memset(key, byte, sizeof key);
    begin(b);
    WORLD_OK(jemput_store_epoch_put(b->s.store, number, maker, key, &err));
    commit(b);
}

/* The first byte of the key; -1 = there is none. */
static int get(struct bench *b, uint32_t number, const struct jemput_writer *maker, uint32_t index)
{
    struct jemput_error err;
    uint8_t key[JEMPUT_STORE_EPOCH_KEY_BYTES];
    enum jemput_status st = jemput_store_epoch_get(b->s.store, number, maker, index, key, &err);

    assert_true(st == JEMPUT_OK || st == JEMPUT_NOTFOUND);
    return st ? -1 : key[0];
}

/* Register a segment unread, under this epoch. */
static int64_t add(struct bench *b, int at, uint32_t epoch)
{
    struct jemput_error err;
    uint32_t count = b->w.segments[at].meta.txn_count;
    bool forked;
    int64_t id;

    begin(b);
    b->w.segments[at].meta.txn_count = 0;
    WORLD_OK(world_add(&b->w, &b->s, at, &id, &forked, &err));
    b->w.segments[at].meta.txn_count = count;
    WORLD_OK(jemput_store_unread_put(b->s.store, id, epoch, &err));
    commit(b);
    return id;
}

static int make(struct bench *b, uint8_t writer, int before, jemput_stamp stamp)
{
    int at = world_segment(&b->w, writer, before);

    world_txn(&b->w, at, stamp);
    return at;
}

/* 0 = none. */
static int64_t next(struct bench *b, int64_t after)
{
    struct jemput_segment s = { .id = 0 };
    struct jemput_error err;
    enum jemput_status st = jemput_store_unread_next(b->s.store, after, &s, &err);

    assert_true(st == JEMPUT_OK || st == JEMPUT_NOTFOUND);
    assert_true(st == JEMPUT_NOTFOUND || s.unread);
    return st ? 0 : s.id;
}

static uint64_t count(struct bench *b)
{
    struct jemput_error err;
    uint64_t n;

    WORLD_OK(jemput_store_unread_count(b->s.store, &n, &err));
    return n;
}

static void read_it(struct bench *b, int64_t id, const jemput_stamp *stamps, uint32_t stamp_count)
{
    struct jemput_error err;

    begin(b);
    WORLD_OK(jemput_store_unread_read(b->s.store, id, stamps, stamp_count, &err));
    commit(b);
}

/* --- keys --- */

static void keys_are_found_by_number_and_maker_alone(void **state)
{
    struct bench *b = *state;
    struct jemput_writer one = { { 1 } }, two = { { 2 } };
    struct jemput_error err;
    uint32_t number = 0;

    put(b, SPACE, NULL, 7);
    put(b, SPACE, NULL, 7); /* again: no second one */
    put(b, SPACE, NULL, 5); /* another copy of the store made the number twice */
    put(b, SPACE + 9, NULL, 8);
    put(b, 4, &one, 1);
    put(b, 4, &two, 2);
    assert_int_equal(get(b, SPACE, NULL, 0), 5);
    assert_int_equal(get(b, SPACE, NULL, 1), 7);
    assert_int_equal(get(b, SPACE, NULL, 2), -1);
    assert_int_equal(get(b, SPACE + 1, NULL, 0), -1);
    assert_int_equal(get(b, SPACE, &one, 0), -1);
    assert_int_equal(get(b, 4, &one, 0), 1);
    assert_int_equal(get(b, 4, &two, 0), 2);
    assert_int_equal(get(b, 4, NULL, 0), -1);
    WORLD_OK(jemput_store_epoch_next(b->s.store, 0, &number, &err));
    assert_int_equal(number, SPACE);
    WORLD_OK(jemput_store_epoch_next(b->s.store, number, &number, &err));
    assert_int_equal(number, SPACE + 9);
    assert_int_equal(jemput_store_epoch_next(b->s.store, number, &number, &err), JEMPUT_NOTFOUND);
    WORLD_OK(jemput_store_epoch_made(b->s.store, &two, 0, &number, &err));
    assert_int_equal(number, 4);
    assert_int_equal(jemput_store_epoch_made(b->s.store, &two, 4, &number, &err), JEMPUT_NOTFOUND);
}

/* --- what may be read --- */

static void a_segment_may_be_read_once_its_key_is_there_and_the_one_before_it_is_merged(void **state)
{
    struct bench *b = *state;
    int first = make(b, 1, -1, 100), second = make(b, 1, first, 200), third = make(b, 1, second, 300), other = make(b, 2, -1, 100);
    int64_t ids[4] = { add(b, first, SPACE), add(b, second, SPACE + 1), add(b, third, 0), add(b, other, SPACE + 1) };
    jemput_stamp stamps[2] = { 100, 150 };
    struct jemput_segment found;
    struct jemput_error err;
    jemput_stamp stamp;

    assert_int_equal(count(b), 4);
    assert_int_equal(next(b, 0), 0);
    put(b, SPACE + 1, NULL, 1);
    assert_int_equal(next(b, 0), ids[3]); /* the second waits for the first */
    put(b, SPACE, NULL, 1);
    assert_int_equal(next(b, 0), ids[0]);
    assert_int_equal(next(b, ids[0]), ids[3]);
    read_it(b, ids[0], stamps, 2);
    assert_int_equal(next(b, 0), ids[1]);
    WORLD_OK(jemput_store_version_find(b->s.store, (uint64_t)ids[0] * JEMPUT_VERSION_PLACES + 1, &found, &stamp, &err));
    assert_true(stamp == 150 && found.txn_count == 2 && !found.unread);
    read_it(b, ids[1], stamps, 1);
    assert_int_equal(next(b, 0), ids[2]); /* it needs no key */
    read_it(b, ids[2], NULL, 0);
    read_it(b, ids[3], stamps, 1);
    assert_int_equal(next(b, 0), 0);
    assert_int_equal(count(b), 0);
}

static void a_makers_own_key_opens_that_makers_segments_alone(void **state)
{
    struct bench *b = *state;
    int mine = make(b, 1, -1, 100), theirs = make(b, 2, -1, 100);
    int64_t id = add(b, mine, 4);

    add(b, theirs, 4);
    put(b, 4, NULL, 1);
    assert_int_equal(next(b, 0), 0);
    put(b, 4, &b->w.segments[mine].meta.writer, 1);
    assert_int_equal(next(b, 0), id);
    assert_int_equal(next(b, id), 0);
}

/* Of the stamps themselves: what cannot be is refused, and nothing is changed by it. */
static void stamps_that_go_back_are_refused_and_the_segment_stays_unread(void **state)
{
    struct bench *b = *state;
    int64_t id = add(b, make(b, 1, -1, 100), SPACE);
    jemput_stamp back[2] = { 200, 100 }, beyond[1] = { JEMPUT_STAMP_MAX + 1 };
    struct jemput_error err;

    begin(b);
    assert_int_equal(jemput_store_unread_read(b->s.store, id, back, 2, &err), JEMPUT_CORRUPT);
    assert_int_equal(jemput_store_unread_read(b->s.store, id, beyond, 1, &err), JEMPUT_CORRUPT);
    commit(b);
    assert_int_equal(count(b), 1);
}

/* Two handles on one file: the other had it in its memory without transactions. */
static void another_handle_learns_that_a_segment_was_read(void **state)
{
    struct bench *b = *state;
    int64_t id = add(b, make(b, 1, -1, 100), SPACE);
    jemput_stamp stamps[1] = { 100 };
    const struct jemput_cause *cause;
    struct jemput_store_hooks hooks = { .make_id = world_make_id };
    struct jemput_store *other;
    struct jemput_error err;

    WORLD_OK(jemput_store_open(&other, &b->s.sim.env, "a.db", false, &hooks, &err));
    WORLD_OK(jemput_store_begin(other, 0, &err));
    WORLD_OK(jemput_causes_segment(other, id, &cause, &err));
    assert_int_equal(cause->txn_count, 0);
    jemput_store_rollback(other);
    WORLD_OK(jemput_store_begin(other, 0, &err));
    WORLD_OK(jemput_causes_segment(other, id, &cause, &err));
    WORLD_OK(jemput_store_commit(other, &err));
    read_it(b, id, stamps, 1);
    WORLD_OK(jemput_store_begin(other, 0, &err));
    WORLD_OK(jemput_causes_segment(other, id, &cause, &err));
    assert_int_equal(cause->txn_count, 1);
    jemput_store_rollback(other);
    jemput_store_close(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys_are_found_by_number_and_maker_alone),
        TEST(a_segment_may_be_read_once_its_key_is_there_and_the_one_before_it_is_merged),
        TEST(a_makers_own_key_opens_that_makers_segments_alone),
        TEST(stamps_that_go_back_are_refused_and_the_segment_stays_unread),
        TEST(another_handle_learns_that_a_segment_was_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
