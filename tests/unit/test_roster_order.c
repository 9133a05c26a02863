/* unit/test_roster_order.c — the fold is a function of the set of acts: whatever the order, and however often an act comes. */
#include "roster_world.h"

/* All that a roster says, as text. */
static void roster_print(struct jemput_buf *out, const struct jemput_roster *r)
{
    *out = (struct jemput_buf)JEMPUT_BUF_INIT(1 << 20);
    jemput_buf_printf(out, "%u %u %u\n", r->version, r->schema_version, r->unknown_count);
    jemput_buf_hex(out, jemput_bytes_of(r->space.id, 32));
    for (uint32_t i = 0; i < r->member_count; i++) {
        jemput_buf_hex(out, jemput_bytes_of(r->members[i].writer.id, 16));
        jemput_buf_hex(out, jemput_bytes_of(r->members[i].public_key, 32));
        jemput_buf_printf(out, " %u %u %u ", r->members[i].epoch, r->members[i].device_number, r->members[i].roles);
        jemput_buf_append_bytes(out, r->members[i].scope);
        jemput_buf_u8(out, '\n');
    }
    for (uint32_t i = 0; i < r->invite_count; i++) {
        jemput_buf_hex(out, jemput_bytes_of(r->invites[i].invite.public_key, 32));
        jemput_buf_printf(out, " %u %u %d\n", r->invites[i].invite.device_number, r->invites[i].invite.roles, r->invites[i].used);
    }
    for (uint32_t i = 0; i < r->refused_count; i++) {
        jemput_buf_hex(out, jemput_bytes_of(r->refused[i].segment.bytes, 32));
        jemput_buf_printf(out, " %u %s\n", r->refused[i].place, r->refused[i].reason);
    }
    assert_int_equal(out->failed, JEMPUT_OK);
}

static void expect_same(const struct world *w, const struct jemput_act *acts, uint32_t count, struct jemput_bytes want)
{
    struct jemput_arena arena = { 0 };
    struct jemput_roster roster;
    struct jemput_buf text;

    assert_int_equal(fold_acts(&roster, w, acts, count, &arena), JEMPUT_OK);
    roster_print(&text, &roster);
    assert_true(jemput_bytes_equal(jemput_buf_bytes(&text), want));
    jemput_buf_release(&text);
    jemput_arena_release(&arena);
}

static void permute(struct world *w, uint32_t from, struct jemput_bytes want, unsigned *runs)
{
    if (from + 1 == w->count) {
        expect_same(w, w->acts, w->count, want);
        (*runs)++;
        return;
    }
    for (uint32_t i = from; i < w->count; i++) {
        struct jemput_act kept = w->acts[from];

        w->acts[from] = w->acts[i];
        w->acts[i] = kept;
        permute(w, from + 1, want, runs);
        kept = w->acts[from];
        w->acts[from] = w->acts[i];
        w->acts[i] = kept;
    }
}

static void every_order_of_a_small_set_gives_one_roster(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_roster r;
    struct jemput_buf want;
    struct world w;
    unsigned runs = 0;

    (void)state;
    world_with_tablet(&w); /* 4 acts, and 3 that contend */
    enrol(&w, ADMIN, 30, ONCE2, DESK, 8, JEMPUT_ROLE_PETUGAS);
    enrol(&w, CENTRAL, 30, ONCE2, STRANGER, 8, JEMPUT_ROLE_KELURAHAN);
    enrol(&w, CENTRAL, 31, ONCE1, STRANGER, 7, JEMPUT_ROLE_PETUGAS);
    fold(&r, &w, &arena);
    assert_int_equal(r.version, 5);
    assert_int_equal(r.refused_count, 2);
    roster_print(&want, &r);
    permute(&w, 0, jemput_buf_bytes(&want), &runs);
    assert_int_equal(runs, 5040);
    jemput_buf_release(&want);
    jemput_arena_release(&arena);
}

static uint32_t random_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 32);
}

static enum person any(uint64_t *seed, enum person first, enum person last)
{
    return (enum person)((unsigned)first + random_next(seed) % ((unsigned)last - (unsigned)first + 1));
}

/* Acts of all kinds by everyone, with few numbers, keys and stamps, so that they get in each other's way. */
static void world_random(struct world *w, uint64_t *seed, uint32_t count)
{
    world_init(w);
    while (w->count < count) {
        enum person author = random_next(seed) % 4 ? any(seed, ADMIN, CENTRAL) : any(seed, TABLET, ADMIN2);
        jemput_stamp stamp = random_next(seed) % 20;
        unsigned roles = 1u << random_next(seed) % 6;
        uint32_t number = 1 + random_next(seed) % 8;
        struct jemput_act *act;

        switch (random_next(seed) % 6) {
        case 0:
        case 1:
            invite(w, author, stamp, any(seed, ONCE1, ONCE3), number, roles);
            break;
        case 2:
        case 3:
            act = enrol(w, author, stamp, any(seed, ONCE1, PERSON_COUNT), any(seed, ADMIN, ADMIN2), number, roles);
            act->record.as.enrol.epoch = 1 + random_next(seed) % 2;
            break;
        case 4:
            schema(w, author, stamp, 1 + random_next(seed) % 4);
            break;
        default:
            unknown(w, author, stamp)->place = random_next(seed) % 3;
        }
    }
}

static void expect_sane(const struct jemput_roster *r, const struct world *w)
{
    assert_int_equal(r->version + r->refused_count, w->count); /* nothing is dropped; there are no joins here */
    for (uint32_t i = 0; i < r->member_count; i++) {
        const struct jemput_member *m = &r->members[i];
        struct jemput_writer writer;

        jemput_writer_derive(&writer, &r->space, m->public_key, m->epoch);
        assert_int_equal(jemput_writer_compare(&writer, &m->writer), 0);
        assert_ptr_equal(jemput_roster_member(r, &m->writer), m);
        if (i)
            assert_true(jemput_writer_compare(&r->members[i - 1].writer, &m->writer) < 0);
        for (uint32_t other = 0; other < i; other++)
            if (r->members[other].device_number == m->device_number)
                assert_memory_equal(r->members[other].public_key, m->public_key, 32); /* a number is one device's, in all its epochs */
        assert_true(m->device_number < jemput_roster_next_device_number(r));
    }
    for (uint32_t i = 0; i < r->invite_count; i++) {
        assert_ptr_equal(jemput_roster_invite(r, r->invites[i].invite.public_key), &r->invites[i]);
        if (i)
            assert_true(memcmp(r->invites[i - 1].invite.public_key, r->invites[i].invite.public_key, 32) < 0);
    }
}

static void any_order_with_duplicates_of_a_large_set_gives_one_roster(void **state)
{
    uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
    unsigned with_effect = 0;

    (void)state;
    for (unsigned round = 0; round < 60; round++) {
        struct jemput_act mixed[2 * ACTS_MAX];
        struct jemput_arena arena = { 0 };
        struct jemput_roster r;
        struct jemput_buf want;
        struct world w;

        world_random(&w, &seed, 20 + random_next(&seed) % 80);
        fold(&r, &w, &arena);
        expect_sane(&r, &w);
        with_effect += r.version;
        roster_print(&want, &r);
        for (unsigned shuffle = 0; shuffle < 10; shuffle++) {
            uint32_t count = w.count;

            memcpy(mixed, w.acts, count * sizeof *mixed);
            while (count < w.count + w.count / 2)
                mixed[count++] = w.acts[random_next(&seed) % w.count];
            for (uint32_t i = count; i > 1; i--) {
                uint32_t other = random_next(&seed) % i;
                struct jemput_act kept = mixed[i - 1];

                mixed[i - 1] = mixed[other];
                mixed[other] = kept;
            }
            expect_same(&w, mixed, count, jemput_buf_bytes(&want));
        }
        jemput_buf_release(&want);
        jemput_arena_release(&arena);
    }
    assert_true(with_effect > 60 * 5); /* the worlds are not made of refusals alone */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_of_a_small_set_gives_one_roster),
        cmocka_unit_test(any_order_with_duplicates_of_a_large_set_gives_one_roster),
    };

    return cmocka_run_group_tests_name("roster order", tests, NULL, NULL);
}
