/* Tests of store/causes/segment.c, context.c and causes.c: the register of segments, lines and contexts, and what it answers about who had seen what. */
#include "merge_world.h"
#include "base/limits.h"
#include "store/causes/causes.h"

#define EMPTY "CREATE TABLE t(id TEXT PRIMARY KEY NOT NULL); SELECT jemput_replicate('t');"

struct bench {
    struct world w;
    struct world_store s;
};

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof *b);

    assert_non_null(b);
    world_init(&b->w, 1);
    world_open(&b->s, "bench", EMPTY);
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

/* Register one segment in a transaction of its own, and move the frontier over it. */
static int64_t add(struct bench *b, int at, bool *forked)
{
    struct jemput_error err;
    bool fork = false;
    int64_t id;

    WORLD_OK(jemput_store_begin(b->s.store, 0, &err));
    WORLD_OK(world_add(&b->w, &b->s, at, &id, &fork, &err));
    WORLD_OK(jemput_store_apply_control(b->s.store, id, &err));
    WORLD_OK(jemput_store_commit(b->s.store, &err));
    if (forked)
        *forked = fork;
    return id;
}

static enum jemput_status add_fails(struct bench *b, int at)
{
    struct jemput_error err;
    int64_t id;
    bool forked;
    enum jemput_status st;

    WORLD_OK(jemput_store_begin(b->s.store, 0, &err));
    st = world_add(&b->w, &b->s, at, &id, &forked, &err);
    jemput_store_rollback(b->s.store);
    return st;
}

static int make(struct bench *b, uint8_t writer, int before, jemput_stamp stamp)
{
    int at = world_segment(&b->w, writer, before);

    world_txn(&b->w, at, stamp);
    return at;
}

/* --- the register --- */

static void a_segment_is_found_as_it_was_added(void **state)
{
    struct bench *b = *state;
    struct jemput_segment found;
    struct jemput_error err;
    int first = make(b, 1, -1, 100), at = make(b, 1, first, 200);
    struct world_segment *s = &b->w.segments[at];
    jemput_stamp stamp;
    int64_t id;

    world_txn(&b->w, at, 210);
    s->meta.control = true;
    s->meta.own = true;
    memset(s->meta.commit, 0xc5, sizeof s->meta.commit);
    assert_int_equal(add(b, first, NULL), 1);
    id = add(b, at, NULL);
    assert_int_equal(id, 2);
    WORLD_OK(jemput_store_segment_find(b->s.store, &s->meta.hash, &found, &err));
    assert_int_equal(found.id, id);
    assert_memory_equal(&found.writer, &s->meta.writer, sizeof found.writer);
    assert_int_equal(found.number, 2);
    assert_memory_equal(&found.hash, &s->meta.hash, sizeof found.hash);
    assert_memory_equal(&found.previous, &b->w.segments[first].meta.hash, sizeof found.previous);
    assert_true(found.control && found.own);
    assert_int_equal(found.stamp, 210);
    assert_memory_equal(found.commit, s->meta.commit, sizeof found.commit);
    assert_int_equal(found.txn_count, 2);
    for (unsigned place = 0; place < 3; place++) {
        enum jemput_status st = jemput_store_version_find(b->s.store, (uint64_t)id * JEMPUT_VERSION_PLACES + place, &found, &stamp, &err);

        assert_int_equal(st, place < 2 ? JEMPUT_OK : JEMPUT_NOTFOUND);
        if (!st)
            assert_true(found.number == 2 && stamp == 200 + 10 * place);
    }
    assert_int_equal(jemput_store_version_find(b->s.store, 3 * JEMPUT_VERSION_PLACES, &found, &stamp, &err), JEMPUT_NOTFOUND);
    s->meta.hash.bytes[31] ^= 1;
    assert_int_equal(jemput_store_segment_find(b->s.store, &s->meta.hash, &found, &err), JEMPUT_NOTFOUND);
}

static void a_segment_added_twice_keeps_its_id(void **state)
{
    struct bench *b = *state;
    struct jemput_error err;
    int at = make(b, 1, -1, 100);
    int64_t first = add(b, at, NULL), second = 0;
    bool forked;

    add(b, make(b, 2, -1, 100), NULL);
    WORLD_OK(jemput_store_begin(b->s.store, 0, &err));
    assert_int_equal(world_add(&b->w, &b->s, at, &second, &forked, &err), JEMPUT_EXISTS);
    jemput_store_rollback(b->s.store);
    assert_int_equal(first, second);
}

static void a_segment_needs_its_predecessor(void **state)
{
    struct bench *b = *state;
    int first = make(b, 1, -1, 100), other = make(b, 2, -1, 100), second = make(b, 1, first, 200), third = make(b, 1, second, 300);
    struct world_segment *s = &b->w.segments[second];

    assert_int_equal(add_fails(b, second), JEMPUT_CORRUPT); /* its predecessor is not here */
    add(b, first, NULL);
    add(b, other, NULL);
    assert_int_equal(add_fails(b, third), JEMPUT_CORRUPT);
    s->meta.number = 3; /* leaves one out */
    assert_int_equal(add_fails(b, second), JEMPUT_CORRUPT);
    s->meta.number = 2;
    s->meta.previous = b->w.segments[other].meta.hash; /* of another writer */
    assert_int_equal(add_fails(b, second), JEMPUT_CORRUPT);
    s->meta.previous = b->w.segments[first].meta.hash;
    add(b, second, NULL);
    add(b, third, NULL);
}

static void a_segment_beyond_the_limits_is_refused(void **state)
{
    struct bench *b = *state;
    struct jemput_error err;
    int at = make(b, 1, -1, 100);
    struct world_segment *s = &b->w.segments[at];
    jemput_stamp *many = calloc(JEMPUT_SEGMENT_TXNS_MAX + 1, sizeof *many);
    struct jemput_segment full = { 0 };
    struct jemput_context heads = { 0 };
    struct jemput_segment found;
    jemput_stamp stamp;
    bool forked;

    assert_non_null(many);
    world_txn(&b->w, at, 99); /* goes back */
    assert_int_equal(add_fails(b, at), JEMPUT_CORRUPT);
    s->stamps[1] = 100; /* equal is allowed */
    s->meta.number = (uint64_t)INT64_MAX + 1;
    assert_int_equal(add_fails(b, at), JEMPUT_CORRUPT);
    s->meta.number = 1;
    s->stamps[1] = JEMPUT_STAMP_MAX + 1;
    assert_int_equal(add_fails(b, at), JEMPUT_CORRUPT);
    s->stamps[1] = JEMPUT_STAMP_MAX;
    add(b, at, NULL);

    /* As many transactions and heads as there may be. */
    for (uint32_t i = 0; i <= JEMPUT_SEGMENT_TXNS_MAX; i++)
        many[i] = JEMPUT_STAMP_MAX - JEMPUT_SEGMENT_TXNS_MAX + i;
    full.number = 1;
    memset(&full.writer, 9, sizeof full.writer);
    memset(&full.hash, 9, sizeof full.hash);
    full.stamps = many;
    full.txn_count = JEMPUT_SEGMENT_TXNS_MAX + 1;
    heads.heads = calloc(JEMPUT_CONTEXT_HEADS_MAX, sizeof *heads.heads);
    assert_non_null(heads.heads);
    for (heads.count = 0; heads.count < JEMPUT_CONTEXT_HEADS_MAX; heads.count++) {
        struct jemput_head *head = &heads.heads[heads.count];

        memset(&head->writer, 0xf0, sizeof head->writer);
        head->writer.id[0] = (uint8_t)(heads.count >> 8);
        head->writer.id[1] = (uint8_t)heads.count;
        head->number = UINT64_MAX >> 1;
        memset(&head->hash, 0xf1, sizeof head->hash);
        head->hash.bytes[0] = (uint8_t)(heads.count >> 8);
        head->hash.bytes[1] = (uint8_t)heads.count;
    }
    full.merged = &heads;
    full.under = &heads;
    WORLD_OK(jemput_store_begin(b->s.store, 0, &err));
    assert_int_equal(jemput_store_segment_add(b->s.store, &full, &forked, &err), JEMPUT_CORRUPT);
    full.txn_count--;
    WORLD_OK(jemput_store_segment_add(b->s.store, &full, &forked, &err));
    WORLD_OK(jemput_store_commit(b->s.store, &err));
    for (uint32_t i = 0; i < JEMPUT_SEGMENT_TXNS_MAX; i += 1365) {
        WORLD_OK(jemput_store_version_find(b->s.store, (uint64_t)full.id * JEMPUT_VERSION_PLACES + i, &found, &stamp, &err));
        assert_int_equal(stamp, many[i]);
    }
    free(heads.heads);
    free(many);
}

static void a_second_segment_of_one_number_starts_a_forked_line(void **state)
{
    struct bench *b = *state;
    struct jemput_error err;
    struct jemput_segment last;
    struct jemput_context heads;
    struct jemput_arena arena = { 0 };
    int first = make(b, 1, -1, 100), second = make(b, 1, first, 200), clone = make(b, 1, first, 210), third = make(b, 1, clone, 300),
        root = make(b, 1, -1, 50);
    bool forked;

    add(b, first, &forked);
    assert_false(forked);
    add(b, second, &forked);
    assert_false(forked);
    add(b, clone, &forked);
    assert_true(forked);
    add(b, third, &forked);
    assert_false(forked);
    add(b, root, &forked); /* another first segment is a fork as well */
    assert_true(forked);
    WORLD_OK(jemput_store_segment_last(b->s.store, &b->w.segments[first].meta.writer, &last, &err));
    assert_memory_equal(&last.hash, &b->w.segments[second].meta.hash, sizeof last.hash); /* of the main line */
    WORLD_OK(jemput_store_heads(b->s.store, &heads, &arena, &err));
    assert_int_equal(heads.count, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_true(jemput_hash_equal(&heads.heads[i].hash, &b->w.segments[second].meta.hash) ||
                    jemput_hash_equal(&heads.heads[i].hash, &b->w.segments[third].meta.hash) ||
                    jemput_hash_equal(&heads.heads[i].hash, &b->w.segments[root].meta.hash));
    memset(&last.writer, 0xee, sizeof last.writer);
    assert_int_equal(jemput_store_segment_last(b->s.store, &last.writer, &last, &err), JEMPUT_NOTFOUND);
    jemput_arena_release(&arena);
}

struct walk {
    struct bench *b;
    char seen[64];
    int stop_after, add_at;
};

static enum jemput_status walk_step(void *ctx, const struct jemput_segment *segment, struct jemput_error *why)
{
    struct walk *walk = ctx;
    size_t len = strlen(walk->seen);

    snprintf(walk->seen + len, sizeof walk->seen - len, "%x.%llu ", segment->writer.id[0], (unsigned long long)segment->number);
    if (walk->add_at >= 0)
        add(walk->b, walk->add_at, NULL);
    walk->add_at = -1;
    return --walk->stop_after ? JEMPUT_OK : jemput_fail(why, JEMPUT_DENIED, "enough");
}

static void segments_are_walked_in_their_order_here(void **state)
{
    struct bench *b = *state;
    struct jemput_error err;
    int a1 = make(b, 1, -1, 100), a2 = make(b, 1, a1, 200), b1 = make(b, 2, -1, 300), a3 = make(b, 1, a2, 400);
    struct walk walk = { .b = b, .stop_after = -1, .add_at = -1 };

    add(b, a1, NULL);
    add(b, b1, NULL);
    add(b, a2, NULL);
    WORLD_OK(jemput_store_segments_each(b->s.store, NULL, 0, walk_step, &walk, &err));
    assert_string_equal(walk.seen, "1.1 2.1 1.2 ");
    walk = (struct walk){ .b = b, .stop_after = -1, .add_at = a3 };
    WORLD_OK(jemput_store_segments_each(b->s.store, &b->w.segments[a1].meta.writer, 2, walk_step, &walk, &err)); /* one more is added under it */
    assert_string_equal(walk.seen, "1.2 1.3 ");
    walk = (struct walk){ .b = b, .stop_after = 2, .add_at = -1 };
    assert_int_equal(jemput_store_segments_each(b->s.store, NULL, 1, walk_step, &walk, &err), JEMPUT_DENIED);
    assert_string_equal(walk.seen, "1.1 2.1 ");
    walk = (struct walk){ .b = b, .stop_after = -1, .add_at = -1 };
    WORLD_OK(jemput_store_segments_each(b->s.store, NULL, UINT64_MAX, walk_step, &walk, &err));
    assert_string_equal(walk.seen, "");
}

static void control_segments_with_records_are_walked_alone(void **state)
{
    struct bench *b = *state;
    struct jemput_error err;
    int data = make(b, 1, -1, 100), empty = world_segment(&b->w, 1, data), records = make(b, 1, empty, 300), more = make(b, 2, -1, 400);
    struct walk walk = { .b = b, .stop_after = -1, .add_at = -1 };

    b->w.segments[empty].meta.control = b->w.segments[records].meta.control = b->w.segments[more].meta.control = true;
    add(b, data, NULL);
    add(b, empty, NULL);
    WORLD_OK(jemput_store_records_after(b->s.store, 0, walk_step, &walk, &err));
    assert_string_equal(walk.seen, "");
    add(b, records, NULL);
    walk.add_at = more;
    WORLD_OK(jemput_store_records_after(b->s.store, 0, walk_step, &walk, &err));
    assert_string_equal(walk.seen, "1.3 2.1 ");
}

static uint64_t after(struct bench *b, int at)
{
    struct jemput_segment segment, out;
    struct jemput_error err;

    WORLD_OK(jemput_store_segment_find(b->s.store, &b->w.segments[at].meta.hash, &segment, &err));
    WORLD_OK(jemput_store_segment_after(b->s.store, &segment, &out, &err));
    return out.stamp;
}

static void what_goes_on_from_a_segment_is_sure_only_behind_the_last_fork(void **state)
{
    struct bench *b = *state;
    int first = make(b, 1, -1, 100), second = make(b, 1, first, 200), third = make(b, 1, second, 300), last = make(b, 1, third, 400);
    int branch = make(b, 1, second, 500), end = make(b, 1, branch, 600), other = make(b, 2, -1, 700);

    add(b, first, NULL);
    add(b, second, NULL);
    add(b, third, NULL);
    add(b, last, NULL);
    add(b, other, NULL);
    assert_int_equal(after(b, first), 400);
    add(b, branch, NULL);
    add(b, end, NULL);
    assert_int_equal(after(b, first), 100);
    assert_int_equal(after(b, second), 200);
    assert_int_equal(after(b, third), 400);
    assert_int_equal(after(b, branch), 600);
    assert_int_equal(after(b, other), 700);
}

/* --- contexts --- */

static int64_t ask(struct bench *b, const char *sql)
{
    sqlite3_stmt *stmt;
    int64_t answer;

    assert_int_equal(sqlite3_prepare_v2(jemput_store_app(b->s.store), sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    answer = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return answer;
}

/* Memory holds the lines while their segments come, new ones and more of old ones, one writer after the other. */
static void heads_are_right_while_any_number_of_lines_grows(void **state)
{
    enum { LINES = 120 };
    struct bench *b = *state;
    struct jemput_arena arena = { 0 };
    struct jemput_context heads;
    struct jemput_error err;
    int first[LINES];
    int64_t frontier;

    for (int i = 0; i < 2 * LINES; i++) {
        int line = i % LINES, at = make(b, (uint8_t)(line + 1), i < LINES ? -1 : first[line], (jemput_stamp)(100 + i));

        if (i < LINES)
            first[line] = at;
        add(b, at, NULL);
        WORLD_OK(jemput_store_frontier(b->s.store, &frontier, &err));
        WORLD_OK(jemput_store_context_heads(b->s.store, JEMPUT_CONTEXT_EMPTY, frontier, NULL, &heads, &arena, &err));
        assert_int_equal(heads.count, i < LINES ? i + 1 : LINES);
        for (uint32_t k = 0; k < heads.count; k++)
            assert_int_equal(heads.heads[k].number, i >= LINES && k <= (uint32_t)line ? 2 : 1);
        jemput_arena_clear(&arena);
    }
    jemput_arena_release(&arena);
}

static void equal_contexts_have_one_number(void **state)
{
    struct bench *b = *state;
    int base = make(b, 1, -1, 100), at;

    add(b, base, NULL);
    for (uint8_t writer = 2; writer < 8; writer++) {
        at = make(b, writer, -1, 200);
        world_merged(&b->w, at, base, false);
        add(b, at, NULL);
        add(b, make(b, writer, at, 300), NULL); /* a log's own past needs no place in it */
    }
    assert_int_equal(ask(b, "SELECT count(DISTINCT context) FROM jemput_segment WHERE id > 1"), 1);
    assert_int_equal(ask(b, "SELECT count(DISTINCT frontier) FROM jemput_segment WHERE id > 1"), 1);
    assert_int_equal(ask(b, "SELECT context FROM jemput_segment WHERE id = 1"), JEMPUT_CONTEXT_EMPTY);
    assert_int_equal(ask(b, "SELECT count(*) - count(DISTINCT lines) FROM jemput_context"), 0);
}

/* Segments wait for a head as long as it has not come, those that build on them too; then all are whole, and nothing is left of the waiting. */
static void heads_that_have_not_come_are_waited_for(void **state)
{
    struct bench *b = *state;
    int base = make(b, 1, -1, 100), missing = make(b, 2, -1, 200), waits = make(b, 3, -1, 300), next = make(b, 3, waits, 310),
        through = make(b, 4, -1, 400);

    world_merged(&b->w, missing, base, false);
    world_merged(&b->w, waits, missing, true);
    world_under(&b->w, next, missing, false);
    world_merged(&b->w, through, next, true);
    add(b, base, NULL);
    add(b, waits, NULL);
    add(b, next, NULL);
    add(b, through, NULL);
    assert_int_equal(ask(b, "SELECT count(*) FROM jemput_segment WHERE heads IS NOT NULL AND NOT frontier_whole"), 3);
    assert_int_equal(ask(b, "SELECT count(*) FROM jemput_segment WHERE NOT context_whole"), 3);
    assert_int_equal(ask(b, "SELECT count(*) FROM jemput_unresolved"), 3); /* of two it is the missing one, of the third the second */
    assert_int_equal(ask(b, "SELECT count(*) FROM jemput_unresolved u JOIN jemput_segment s ON s.hash = u.hash WHERE NOT s.frontier_whole"), 1);
    add(b, missing, NULL);
    assert_int_equal(ask(b, "SELECT count(*) FROM jemput_segment WHERE heads IS NOT NULL OR NOT frontier_whole OR NOT context_whole"), 0);
    assert_int_equal(ask(b, "SELECT count(*) FROM jemput_unresolved"), 0);
}

static bool heads_have(const struct jemput_context *heads, const struct world_segment *s, bool through)
{
    for (uint32_t i = 0; i < heads->count; i++) {
        if (jemput_hash_equal(&heads->heads[i].hash, &s->meta.hash) && heads->heads[i].number == s->meta.number &&
            heads->heads[i].through == through && memcmp(&heads->heads[i].writer, &s->meta.writer, sizeof s->meta.writer) == 0)
            return true;
    }
    return false;
}

/* As a centre merges: several logs' segments are registered, and then applied as one batch. */
static void the_frontier_covers_all_that_is_merged_together(void **state)
{
    struct bench *b = *state;
    struct jemput_error err;
    int order[WORLD_STRETCH_MAX];

    for (int i = 0; i < WORLD_STRETCH_MAX; i++) /* two segments of each of four logs */
        order[i] = make(b, (uint8_t)(1 + i % 4), i < 4 ? -1 : i - 4, 100 + (jemput_stamp)i);
    for (int count = 1; count <= WORLD_STRETCH_MAX; count++) {
        struct jemput_arena arena = { 0 };
        struct jemput_context heads;
        struct world_store s;
        int64_t now;

        world_open(&s, "together", EMPTY);
        world_deliver_together(&b->w, &s, order, count, count);
        WORLD_OK(jemput_store_frontier(s.store, &now, &err));
        WORLD_OK(jemput_store_context_heads(s.store, JEMPUT_CONTEXT_EMPTY, now, NULL, &heads, &arena, &err));
        assert_int_equal(heads.count, count < 4 ? count : 4);
        for (int i = count < 4 ? 0 : count - 4; i < count; i++) /* the newest of each log */
            assert_true(heads_have(&heads, &b->w.segments[order[i]], false));
        jemput_arena_release(&arena);
        world_close(&s);
    }
}

static void the_frontier_is_named_by_heads(void **state)
{
    struct bench *b = *state;
    struct jemput_error err;
    struct jemput_arena arena = { 0 };
    struct jemput_context heads;
    int a = make(b, 1, -1, 100), c = make(b, 2, -1, 110), centre = make(b, 9, -1, 200), own, d;
    int64_t before, now, later;
    uint64_t number = 77;

    world_merged(&b->w, centre, a, false);
    world_merged(&b->w, centre, c, false);
    WORLD_OK(jemput_store_frontier(b->s.store, &before, &err));
    assert_int_equal(before, JEMPUT_CONTEXT_EMPTY);
    add(b, a, NULL);
    add(b, c, NULL);
    add(b, centre, NULL);
    WORLD_OK(jemput_store_frontier(b->s.store, &now, &err));
    WORLD_OK(jemput_store_context_heads(b->s.store, 0, now, NULL, &heads, &arena, &err));
    assert_int_equal(heads.count, 3);
    assert_true(heads_have(&heads, &b->w.segments[a], false) && heads_have(&heads, &b->w.segments[c], false) &&
                heads_have(&heads, &b->w.segments[centre], false));
    WORLD_OK(jemput_store_context_heads(b->s.store, 0, now, &b->w.segments[centre].meta.writer, &heads, &arena, &err));
    assert_int_equal(heads.count, 1); /* the centre's head stands for what it covers */
    assert_true(heads_have(&heads, &b->w.segments[centre], true));
    WORLD_OK(jemput_store_context_heads(b->s.store, now, now, &b->w.segments[centre].meta.writer, &heads, &arena, &err));
    assert_int_equal(heads.count, 0);

    own = make(b, 7, -1, 300);
    b->w.segments[own].meta.own = true;
    add(b, own, NULL);
    WORLD_OK(jemput_store_frontier(b->s.store, &later, &err));
    assert_int_equal(later, now); /* sealing does not move it */
    d = make(b, 1, a, 400);
    add(b, d, NULL);
    WORLD_OK(jemput_store_frontier(b->s.store, &later, &err));
    assert_int_not_equal(later, now);
    WORLD_OK(jemput_store_context_heads(b->s.store, now, later, NULL, &heads, &arena, &err));
    assert_int_equal(heads.count, 1);
    assert_true(heads_have(&heads, &b->w.segments[d], false));

    WORLD_OK(jemput_store_frontier_covers(b->s.store, 3, &b->w.segments[a].meta.writer, &number, &err)); /* the centre's receipt */
    assert_int_equal(number, 1);
    WORLD_OK(jemput_store_frontier_covers(b->s.store, 1, &b->w.segments[c].meta.writer, &number, &err));
    assert_int_equal(number, 0);
    WORLD_OK(jemput_store_frontier_covers(b->s.store, 5, &b->w.segments[a].meta.writer, &number, &err)); /* its own log up to itself */
    assert_int_equal(number, 2);
    memset(&b->w.segments[own].meta.writer, 0xdd, sizeof b->w.segments[own].meta.writer);
    WORLD_OK(jemput_store_frontier_covers(b->s.store, 3, &b->w.segments[own].meta.writer, &number, &err)); /* nobody's */
    assert_int_equal(number, 0);
    jemput_arena_release(&arena);
}

/* --- maps --- */

static void a_map_is_written_in_one_form_and_read_back(void **state)
{
    struct bench *b = *state;
    struct jemput_arena arena = { 0 };
    struct jemput_map map = { 0 }, other = { 0 }, read;
    struct jemput_buf bytes = JEMPUT_BUF_INIT(4096);
    struct jemput_error err;
    uint64_t model[40] = { 0 };

    for (int i = 0; i < 500; i++) {
        int64_t line = 1 + world_random(&b->w, 39);
        uint64_t number = world_random(&b->w, 300);
        struct jemput_map *to = i % 2 ? &map : &other;

        WORLD_OK(jemput_map_raise(to, line, number, &arena, &err));
        model[line] = model[line] > number ? model[line] : number;
    }
    WORLD_OK(jemput_map_join(&map, &other, &arena, &err));
    for (int line = 0; line < 40; line++)
        assert_int_equal(jemput_map_get(&map, line), model[line]);
    jemput_map_write(&bytes, &map);
    WORLD_OK(jemput_map_read(&read, jemput_buf_bytes(&bytes), &arena, &err));
    assert_int_equal(read.count, map.count);
    assert_memory_equal(read.seen, map.seen, map.count * sizeof *map.seen);
    for (size_t len = 0; len < bytes.len; len++) { /* cut: an entry less, or damaged */
        enum jemput_status st = jemput_map_read(&read, jemput_bytes_of(bytes.data, len), &arena, &err);

        assert_true(st == JEMPUT_CORRUPT || (!st && read.count < map.count));
    }
    assert_int_equal(jemput_map_read(&read, jemput_bytes_of((const uint8_t *)"\0\1", 2), &arena, &err), JEMPUT_CORRUPT); /* lines ascend */
    /* nothing seen has no entry */
    assert_int_equal(jemput_map_read(&read, jemput_bytes_of((const uint8_t *)"\1\0", 2), &arena, &err), JEMPUT_CORRUPT);
    jemput_buf_release(&bytes);
    jemput_arena_release(&arena);
}

/* --- who had seen what, against sets of segments --- */

enum { SEEN_MAX = 24 };

struct model { /* [of segment][is segment] */
    bool chain[SEEN_MAX][SEEN_MAX], frontier[SEEN_MAX][SEEN_MAX], context[SEEN_MAX][SEEN_MAX];
};

static void set_join(bool *to, const bool *from)
{
    for (int i = 0; i < SEEN_MAX; i++)
        to[i] = to[i] || from[i];
}

static void model_head(struct model *m, bool *to, int of, bool through)
{
    set_join(to, m->chain[of]);
    if (through)
        set_join(to, m->frontier[of]);
}

static bool model_saw(const struct model *m, int later, int earlier)
{
    return later != earlier && (m->chain[later][earlier] || m->context[later][earlier]);
}

static bool model_within(const struct model *m, int earlier, int later)
{
    bool within = model_saw(m, later, earlier);

    for (int i = 0; i < SEEN_MAX; i++)
        within = within && (!m->context[earlier][i] || model_saw(m, later, i));
    return within;
}

static void model_make(struct model *m, struct world *w, int count)
{
    int last[4] = { -1, -1, -1, -1 };

    for (int i = 0; i < count; i++) {
        uint8_t writer = (uint8_t)world_random(w, 4);
        int before = last[writer], at;

        if (before >= 0 && w->segments[before].before >= 0 && world_random(w, 6) == 0)
            before = w->segments[before].before; /* a fork */
        at = world_segment(w, (uint8_t)(writer + 1), before);
        world_txn(w, at, 10 + (jemput_stamp)world_random(w, 50));
        last[writer] = at;
        m->chain[at][at] = true;
        if (before >= 0) {
            set_join(m->chain[at], m->chain[before]);
            set_join(m->frontier[at], m->frontier[before]);
        }
        for (int k = 0; k < at; k++) {
            bool through = world_random(w, 2);

            if (world_random(w, 4))
                continue;
            world_merged(w, at, k, through);
            model_head(m, m->frontier[at], k, through);
        }
        set_join(m->context[at], m->frontier[at]);
        if (at && world_random(w, 4) == 0) {
            int k = (int)world_random(w, (uint32_t)at);
            bool through = world_random(w, 2);

            world_under(w, at, k, through);
            memset(m->context[at], 0, sizeof m->context[at]);
            model_head(m, m->context[at], k, through);
        }
    }
}

static void relations_are_those_of_sets_of_segments(void **state)
{
    uint64_t related = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 120; seed++) {
        struct bench b;
        struct model m;
        struct jemput_causality causality;
        struct jemput_error err;
        int order[SEEN_MAX];
        int64_t ids[SEEN_MAX];

        memset(&m, 0, sizeof m);
        world_init(&b.w, seed);
        model_make(&m, &b.w, 3 + (int)(seed % (SEEN_MAX - 3)));
        world_shuffle(&b.w, order);
        world_open(&b.s, "bench", EMPTY);
        for (int i = 0; i < b.w.count; i++)
            ids[order[i]] = add(&b, order[i], NULL);
        WORLD_OK(jemput_causes_table(b.s.store, &causality, &err));
        for (int i = 0; i < b.w.count; i++) {
            for (int k = 0; k < b.w.count; k++) {
                uint64_t vi = (uint64_t)ids[i] * JEMPUT_VERSION_PLACES, vk = (uint64_t)ids[k] * JEMPUT_VERSION_PLACES;
                bool saw = causality.saw(causality.ctx, vi, vk), within = causality.within(causality.ctx, vk, vi);
                int one = causality.order(causality.ctx, vi, vk), other = causality.order(causality.ctx, vk, vi);

                if (saw != model_saw(&m, i, k) || within != model_within(&m, k, i))
                    fail_msg("seed %llu: segments %d and %d: saw %d, within %d", (unsigned long long)seed, i, k, saw, within);
                assert_true(i == k ? one == 0 : (one < 0) != (other < 0) && one != 0);
                related += saw;
            }
        }
        WORLD_OK(jemput_causes_outcome(b.s.store, JEMPUT_OK, &err));
        assert_int_equal(ask(&b, "SELECT count(*) FROM jemput_segment WHERE heads IS NOT NULL"), 0);
        world_close(&b.s);
        world_release(&b.w);
    }
    assert_true(related > 1000);
}

#define T(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_segment_is_found_as_it_was_added),
        T(a_segment_added_twice_keeps_its_id),
        T(a_segment_needs_its_predecessor),
        T(a_segment_beyond_the_limits_is_refused),
        T(a_second_segment_of_one_number_starts_a_forked_line),
        T(segments_are_walked_in_their_order_here),
        T(control_segments_with_records_are_walked_alone),
        T(what_goes_on_from_a_segment_is_sure_only_behind_the_last_fork),
        T(heads_are_right_while_any_number_of_lines_grows),
        T(equal_contexts_have_one_number),
        T(heads_that_have_not_come_are_waited_for),
        T(the_frontier_is_named_by_heads),
        T(the_frontier_covers_all_that_is_merged_together),
        T(a_map_is_written_in_one_form_and_read_back),
        cmocka_unit_test(relations_are_those_of_sets_of_segments),
    };

    return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
