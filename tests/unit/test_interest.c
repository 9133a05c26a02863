/* Tests of store/constraint/interest.c: keys that somebody has chosen so that a hash without a key would have them meet do not meet here. */
#include "merge_world.h"
#include "store/constraint/interest.h"
#include "store/internal.h"

enum { HOSTILE = 2048, BUCKETS = 4096, CHAIN_MAX = 16, TABLE = 1 };

/* As a peer can compute it: 64 bits of FNV-1a, folded. */
static uint64_t fnv(uint64_t owner, const char *text, size_t len)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ owner;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}

static uint64_t keyed(const uint8_t key[16], struct jemput_bytes in)
{
    uint64_t hash, part;

    memcpy(&hash, key, sizeof hash);
    for (size_t i = 0; i < in.len; i++) {
        part = hash ^ in.data[i];
        part *= UINT64_C(0xff51afd7ed558ccd);
        hash = part ^ part >> 29;
    }
    memcpy(&part, key + 8, sizeof part);
    hash = (hash ^ part) * UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ hash >> 32;
}

static unsigned longest_chain(const struct jemput_interests *i)
{
    unsigned longest = 0;

    for (uint32_t b = 0; b < i->bucket_room; b++) {
        unsigned length = 0;

        for (uint32_t at = i->buckets[b]; at; at = i->marks[at - 1].next)
            length++;
        longest = length > longest ? length : longest;
    }
    return longest;
}

static void keys_that_were_chosen_to_meet_are_spread_all_the_same(void **state)
{
    const struct jemput_store_hooks hooks = { .make_id = world_make_id, .short_hash = keyed };
    struct jemput_store *store;
    struct jemput_appliers *appliers;
    struct jemput_interests *interests;
    struct crash_vfs *vfs = crash_vfs_new("interest");
    struct sim_env sim;
    struct jemput_error err;
    unsigned found = 0;

    (void)state;
    sim_env_init(&sim, vfs, 1);
    WORLD_OK(jemput_store_open(&store, &sim.env, "a.db", true, &hooks, &err));
    WORLD_OK(jemput_store_ready(store, &err));
    WORLD_OK(jemput_appliers_get(store, &appliers, &err));
    interests = jemput_interests_new(store);
    assert_non_null(interests);
    interests->names.count = 1;
    for (unsigned n = 0; found < HOSTILE; n++) {
        char text[16];
        size_t len = (size_t)snprintf(text, sizeof text, "%u", n);

        if (fnv((uint64_t)TABLE << 32, text, len) % BUCKETS)
            continue;
        found++;
        assert_true(jemput_interests_mark(interests, jemput_mark_key(interests, TABLE, jemput_bytes_of(text, len))));
    }
    if (longest_chain(interests) > CHAIN_MAX)
        fail_msg("of %u keys %u lie in one bucket", found, longest_chain(interests));
    jemput_interests_free(interests);
    jemput_store_close(store);
    crash_vfs_free(vfs);
}

/* After all is forgotten marks are made as before: what waits is found by them. */
static void marks_stay_the_same_when_all_is_begun_anew(void **state)
{
    struct world_store s;
    struct jemput_appliers *appliers;
    struct jemput_interests *interests;
    struct jemput_error err;
    uint64_t mark;

    (void)state;
    world_weak_hashes = false;
    world_open(&s, "anew", world_schema);
    WORLD_OK(jemput_appliers_get(s.store, &appliers, &err));
    interests = jemput_interests_new(s.store);
    assert_non_null(interests);
    mark = jemput_mark_claim(interests, TABLE, 1, jemput_bytes_str("satu"));
    assert_true(mark != jemput_mark_claim(interests, TABLE, 2, jemput_bytes_str("satu")) && mark != jemput_mark_key(interests, TABLE, jemput_bytes_str("satu")));
    jemput_interests_clear(interests);
    assert_true(mark == jemput_mark_claim(interests, TABLE, 1, jemput_bytes_str("satu")));
    jemput_interests_free(interests);
    world_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_were_chosen_to_meet_are_spread_all_the_same),
        cmocka_unit_test(marks_stay_the_same_when_all_is_begun_anew),
    };

    return cmocka_run_group_tests_name("interest", tests, NULL, NULL);
}
