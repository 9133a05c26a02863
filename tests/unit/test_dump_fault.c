/* Tests of store/dump/dump.c and load.c where memory runs out, once, at each possible moment: that is told as what it is, nothing that was written or loaded
 * halfway is taken for all, nothing leaks, and afterwards the same is written and loaded as ever. */
#include "dump_world.h"
#include "store/causes/causes.h"
#include "store/verdict/refusal.h"
#include "support/fault_alloc.h"

static struct fault_alloc mem;

/* Transactions that were refused, one of them adopted twice, and what they wait for. */
static void verdicts_add(struct world *w, struct world_store *s)
{
    const struct jemput_bytes key = world_key(w, "p1");
    struct jemput_segment segment;
    struct jemput_error err;
    bool news;

    WORLD_OK(jemput_store_begin(s->store, 1000, &err));
    for (unsigned i = 0; i < 3; i++) {
        struct jemput_refused_txn refusal = { .reason = 8, .table = ORANG, .key = key, .column = O_NIK };

        WORLD_OK(jemput_store_segment_find(s->store, &w->segments[i].meta.hash, &segment, &err));
        refusal.version = (uint64_t)segment.id * JEMPUT_SEGMENT_TXNS_MAX;
        if (i)
            WORLD_OK(jemput_store_adoption_put(s->store, &w->segments[0].meta.hash, 0, refusal.version, &err));
        WORLD_OK(jemput_store_refusal_put(s->store, &refusal, &err));
        WORLD_OK(jemput_store_refusal_wait(s->store, refusal.version, ORANG, key, &err));
    }
    WORLD_OK(jemput_store_region_add(s->store, ORANG, key, O_NIK, jemput_bytes_str("16.99"), &news, &err));
    WORLD_OK(jemput_store_commit(s->store, &err));
}

static void some_store(struct world *w, struct world_store *s, uint64_t seed)
{
    int order[WORLD_SEGMENTS_MAX];

    schema_choose(seed);
    world_init(w, seed);
    any_history(w, 10, 3, true);
    for (int i = 0; i < w->count; i++)
        order[i] = i;
    world_open(s, "part", schema);
    world_deliver(w, s, order, w->count);
    verdicts_add(w, s);
}

static void a_dump_that_runs_out_of_memory_says_so_and_is_no_dump(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct world w;
        struct world_store s;
        struct jemput_buf whole;
        struct jemput_error err;
        uint64_t n;

        some_store(&w, &s, seed);
        whole = dump_bytes(s.store, true);
        for (n = 0;; n++) {
            struct jemput_buf out = JEMPUT_BUF_INIT((size_t)1 << 24);
            enum jemput_status st;

            WORLD_OK(jemput_store_begin(s.store, 1000, &err));
            jemput_causes_forget(s.store); /* nothing is remembered of the last time */
            fault_alloc_arm(&mem, n, false);
            st = dump_try(s.store, &out, &err);
            fault_alloc_disarm(&mem);
            jemput_store_rollback(s.store);
            if (!st && !jemput_bytes_equal(jemput_buf_bytes(&out), jemput_buf_bytes(&whole)))
                fail_msg("seed %llu, allocation %llu: other items", (unsigned long long)seed, (unsigned long long)n);
            if (st && st != JEMPUT_NOMEM)
                fail_msg("seed %llu, allocation %llu: %s: %s", (unsigned long long)seed, (unsigned long long)n, jemput_status_name(st), err.text);
            jemput_buf_release(&out);
            if (!mem.failures)
                break;
        }
        assert_true(n > 20);
        jemput_buf_release(&whole);
        world_close(&s);
        world_release(&w);
    }
}

static void a_load_that_runs_out_of_memory_says_so_and_leaves_nothing_behind(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct world w;
        struct world_store s;
        struct jemput_store *loaded;
        struct jemput_buf items;
        struct jemput_error err;
        uint64_t n = 0;
        bool failed = true;

        some_store(&w, &s, seed);
        items = dump_bytes(s.store, true);
        loaded = scratch(&s);
        WORLD_OK(jemput_store_commit(loaded, &err));
        for (; failed; n += 1 + n / 200) {
            enum jemput_status st;

            WORLD_OK(jemput_store_begin(loaded, 0, &err));
            fault_alloc_arm(&mem, n, false);
            st = load_try(loaded, NULL, jemput_buf_bytes(&items), &err);
            fault_alloc_disarm(&mem);
            failed = mem.failures > 0;
            if (st && st != JEMPUT_NOMEM)
                fail_msg("seed %llu, allocation %llu: %s: %s", (unsigned long long)seed, (unsigned long long)n, jemput_status_name(st), err.text);
            if (!st) /* an allocation that could be done without */
                same_state(s.store, loaded, seed, "as it was loaded,");
            jemput_store_rollback(loaded);
        }
        assert_true(n > 20);
        jemput_store_close(loaded);
        jemput_buf_release(&items);
        world_close(&s);
        world_release(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dump_that_runs_out_of_memory_says_so_and_is_no_dump),
        cmocka_unit_test(a_load_that_runs_out_of_memory_says_so_and_leaves_nothing_behind),
    };
    int failed;

    fault_alloc_install(&mem);
    failed = cmocka_run_group_tests_name("dump fault", tests, NULL, NULL);
    return failed ? failed : fault_alloc_uninstall(&mem) != 0;
}
