/* Tests of store/dump/dump.c and load.c: what a store has merged, written as items and read into another, is the same state, then and after everything that
 * is merged later; and two stores that have merged the same write the same bytes.
 *
 * The histories hold all that merging knows: concurrent edits, deletions against edits, held rows, parents that come back and rows that go with
 * them, counters, facts, rows that go on in others, forks, edit tokens, and segments whose context comes late. */
#include "dump_world.h"

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

    return many ? strtoull(many, NULL, 10) : getenv("JEMPUT_FAULT_STEP") ? 20 : 60; /* with sanitizers */
}

static void what_is_loaded_is_the_state_and_merges_on_as_if_all_had_been_replayed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= histories(); seed++)
        one_history(seed, false);
}

static void a_forked_history_loads_as_if_replayed(void **state)
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

/* Into a store that has the schema alone, and is put back to that afterwards. */
static enum jemput_status load_and_undo(struct jemput_store *store, struct jemput_bytes items, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_begin(store, 0, err);

    if (!st)
        st = load_try(store, NULL, items, err);
    if (!st)
        st = jemput_store_state_walk(store, stream_drop, NULL, err);
    jemput_store_rollback(store);
    return st;
}

/* Each byte in turn has a bit changed, or is where the items end: that is refused, or gives a store that can be walked; and what was refused leaves
 * nothing behind, so that the right items are taken afterwards. */
static void items_that_were_changed_are_refused_or_harmless(void **state)
{
    unsigned refused = 0, step = getenv("JEMPUT_FAULT_STEP") ? (unsigned)atoi(getenv("JEMPUT_FAULT_STEP")) : 3;

    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct world w;
        struct world_store part;
        struct jemput_error err;
        struct jemput_buf items = some_items(&w, &part, seed);
        struct jemput_store *loaded = scratch(&part);

        WORLD_OK(jemput_store_commit(loaded, &err));
        for (size_t at = 0; at < items.len; at += step) {
            uint8_t bit = (uint8_t)(1u << (at / step) % 8);

            items.data[at] ^= bit;
            refused += load_and_undo(loaded, jemput_buf_bytes(&items), &err) != JEMPUT_OK;
            items.data[at] ^= bit;
            if (load_and_undo(loaded, jemput_bytes_of(items.data, at), &err) == JEMPUT_OK)
                fail_msg("seed %llu: %zu of %zu bytes were taken for all", (unsigned long long)seed, at, items.len);
        }
        WORLD_OK(jemput_store_begin(loaded, 0, &err));
        WORLD_OK(load_try(loaded, NULL, jemput_buf_bytes(&items), &err));
        same_state(part.store, loaded, seed, "after all that was refused,");
        WORLD_OK(jemput_store_commit(loaded, &err));
        jemput_store_close(loaded);
        jemput_buf_release(&items);
        world_close(&part);
        world_release(&w);
    }
    assert_true(refused > 10);
}

/* Packed rows are unpacked before, and whole segments are read by others (checkpoint.md, kinds 13 and 14). */
static void what_others_read_is_no_item_here(void **state)
{
    struct world w;
    struct world_store part;
    struct jemput_error err;
    struct jemput_buf items = some_items(&w, &part, 1);
    struct jemput_store *loaded = scratch(&part);

    (void)state;
    WORLD_OK(jemput_store_commit(loaded, &err));
    assert_int_equal(load_and_undo(loaded, jemput_bytes_str("\x01\x0d"), &err), JEMPUT_CORRUPT);
    assert_non_null(strstr(err.text, "no item of kind 13"));
    assert_int_equal(load_and_undo(loaded, jemput_bytes_str("\x01\x0e"), &err), JEMPUT_CORRUPT);
    assert_non_null(strstr(err.text, "no item of kind 14"));
    jemput_store_close(loaded);
    jemput_buf_release(&items);
    world_close(&part);
    world_release(&w);
}

static void a_table_whose_key_is_said_to_be_another_is_another_table(void **state)
{
    static const char begins[] = "\x04\x01\x08" "keluarga"; /* and then how many columns its key has */
    struct world w;
    struct world_store part;
    struct jemput_error err;
    struct jemput_buf items = some_items(&w, &part, 1);
    struct jemput_store *loaded = scratch(&part);
    uint8_t *keys = NULL;

    (void)state;
    WORLD_OK(jemput_store_commit(loaded, &err));
    for (size_t at = 0; at + sizeof begins < items.len && !keys; at++)
        keys = memcmp(items.data + at, begins, sizeof begins - 1) == 0 ? items.data + at + sizeof begins - 1 : NULL;
    assert_non_null(keys);
    assert_int_equal(*keys, 1);
    *keys = 2;
    assert_int_equal(load_and_undo(loaded, jemput_buf_bytes(&items), &err), JEMPUT_CORRUPT);
    assert_non_null(strstr(err.text, "keluarga"));
    jemput_store_close(loaded);
    jemput_buf_release(&items);
    world_close(&part);
    world_release(&w);
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
        cmocka_unit_test(a_forked_history_loads_as_if_replayed),
        cmocka_unit_test(the_same_segments_give_the_same_bytes_in_any_order),
        cmocka_unit_test(items_that_were_changed_are_refused_or_harmless),
        cmocka_unit_test(what_others_read_is_no_item_here),
        cmocka_unit_test(a_table_whose_key_is_said_to_be_another_is_another_table),
        cmocka_unit_test(loaded_like_another_store_it_has_that_ones_numbers),
    };

    return cmocka_run_group_tests_name("dump", tests, NULL, NULL);
}
