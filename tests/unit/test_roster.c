/* unit/test_roster.c — the fold: who may do what, with a reason for each act without effect. Its independence of order: test_roster_order.c. */
#include "roster_world.h"
#include "support/fault_alloc.h"

/* --- genesis --- */

static void genesis_makes_root_administrators_members(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_roster r;
    struct jemput_writer admin, stranger;
    const struct jemput_member *member;
    struct world w;

    (void)state;
    world_init(&w);
    fold(&r, &w, &arena);
    admin = writer_of(&w, ADMIN, 1);
    stranger = writer_of(&w, ADMIN, 2);
    member = jemput_roster_member(&r, &admin);
    assert_non_null(member);
    assert_int_equal(member->roles, JEMPUT_ROLE_ADMIN);
    assert_int_equal(member->device_number, 1);
    assert_int_equal(member->epoch, 1);
    assert_int_equal(member->scope.len, 0);
    assert_memory_equal(member->public_key, key(&w, ADMIN), 32);
    assert_null(jemput_roster_member(&r, &stranger));
    assert_true(is_member(&r, &w, CENTRAL));
    assert_int_equal(r.member_count, 2);
    assert_int_equal(r.version, 1);
    assert_int_equal(r.schema_version, 1);
    assert_int_equal(r.refused_count, 0);
    assert_memory_equal(&r.space, &w.space, sizeof r.space);
    assert_int_equal(jemput_roster_next_device_number(&r), 3);
    jemput_arena_release(&arena);
}

static void without_genesis_of_the_space_there_is_no_roster(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_roster r;
    struct world w;

    (void)state;
    memset(&r, 0x55, sizeof r);
    world_init(&w);
    assert_int_equal(fold_acts(&r, &w, w.acts, 0, &arena), JEMPUT_CORRUPT);
    invite(&w, ADMIN, 10, ONCE1, 7, JEMPUT_ROLE_PETUGAS);
    assert_int_equal(fold_acts(&r, &w, w.acts + 1, 1, &arena), JEMPUT_CORRUPT);
    w.acts[0].segment.bytes[31] ^= 1; /* hashes to another space */
    assert_int_equal(fold_acts(&r, &w, w.acts, w.count, &arena), JEMPUT_CORRUPT);
    world_init(&w);
    w.acts[0].author = writer_of(&w, ADMIN, 1);
    assert_int_equal(fold_acts(&r, &w, w.acts, w.count, &arena), JEMPUT_CORRUPT);
    world_init(&w);
    w.acts[0].record.kind = JEMPUT_RECORD_UNKNOWN;
    assert_int_equal(fold_acts(&r, &w, w.acts, w.count, &arena), JEMPUT_CORRUPT);
    for (size_t i = 0; i < sizeof r; i++)
        assert_int_equal(((const uint8_t *)&r)[i], 0x55);
    jemput_arena_release(&arena);
}

static void genesis_counts_first_and_once_whatever_its_stamp(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_roster r;
    struct world w;

    (void)state;
    world_init(&w);
    invite(&w, ADMIN, 10, ONCE1, 7, JEMPUT_ROLE_PETUGAS);
    w.acts[w.count] = w.acts[0]; /* the same act, as kept apart from a log and as read from one */
    w.acts[w.count++].stamp = 5;
    w.acts[0].stamp = 99;
    fold(&r, &w, &arena);
    assert_int_equal(r.version, 2);
    assert_int_equal(r.refused_count, 0);
    w.acts[w.count] = w.acts[0]; /* a second genesis record in the genesis segment, and one of a stranger */
    w.acts[w.count].stamp = 50; /* between the two that are one act */
    w.acts[w.count++].place = 1;
    act_add(&w, STRANGER, 1, JEMPUT_RECORD_GENESIS)->record.as.genesis = w.acts[0].record.as.genesis;
    fold(&r, &w, &arena);
    assert_int_equal(r.version, 2);
    assert_int_equal(r.member_count, 2);
    assert_int_equal(r.refused_count, 2);
    assert_string_equal(r.refused[0].reason, "genesis: not the one of this space");
    assert_int_equal(r.refused[0].place, 1);
    assert_string_equal(r.refused[1].reason, "genesis: not the one of this space");
    jemput_arena_release(&arena);
}

/* --- the ordinary way --- */

static void invited_device_is_enrolled_by_central(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_writer tablet;
    const struct jemput_member *member;
    struct jemput_roster r;
    struct jemput_act *join;
    struct world w;

    (void)state;
    world_init(&w);
    invite(&w, ADMIN, 10, ONCE1, 7, JEMPUT_ROLE_PETUGAS);
    fold(&r, &w, &arena);
    assert_false(jemput_roster_invite(&r, key(&w, ONCE1))->used);
    assert_null(jemput_roster_invite(&r, key(&w, ONCE2)));
    assert_int_equal(jemput_roster_next_device_number(&r), 8);

    join = act_add(&w, TABLET, 20, JEMPUT_RECORD_JOIN);
    memcpy(join->record.as.join.invite_key, key(&w, ONCE1), 32);
    memcpy(join->record.as.join.public_key, key(&w, TABLET), 32);
    fold(&r, &w, &arena);
    assert_int_equal(r.version, 2); /* a join alone changes nothing, and is nothing wrong */
    assert_int_equal(r.refused_count, 0);
    assert_false(is_member(&r, &w, TABLET));

    enrol(&w, CENTRAL, 30, ONCE1, TABLET, 7, JEMPUT_ROLE_PETUGAS);
    fold(&r, &w, &arena);
    tablet = writer_of(&w, TABLET, 1);
    member = jemput_roster_member(&r, &tablet);
    assert_non_null(member);
    assert_int_equal(member->device_number, 7);
    assert_int_equal(member->roles, JEMPUT_ROLE_PETUGAS);
    assert_true(jemput_bytes_equal(member->scope, jemput_bytes_str("16.74")));
    assert_int_equal(r.version, 3);
    assert_int_equal(r.refused_count, 0);
    assert_true(jemput_roster_invite(&r, key(&w, ONCE1))->used);
    assert_int_equal(jemput_roster_next_device_number(&r), 8);
    jemput_arena_release(&arena);
}

static void rights_count_from_their_place_in_the_order(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_roster r;
    struct world w;

    (void)state;
    world_init(&w);
    enrol(&w, ADMIN, 20, PERSON_COUNT, ADMIN2, 3, JEMPUT_ROLE_ADMIN);
    invite(&w, ADMIN2, 10, ONCE1, 7, JEMPUT_ROLE_PETUGAS); /* before it was an administrator */
    invite(&w, ADMIN2, 30, ONCE2, 7, JEMPUT_ROLE_PETUGAS); /* after */
    fold(&r, &w, &arena);
    assert_null(jemput_roster_invite(&r, key(&w, ONCE1)));
    assert_non_null(jemput_roster_invite(&r, key(&w, ONCE2)));
    assert_int_equal(r.refused_count, 1);
    assert_string_equal(r.refused[0].reason, "invite: the author is not an administrator");
    assert_int_equal(r.version, 3);
    jemput_arena_release(&arena);
}

static void first_enrol_on_an_invite_counts_by_stamp_then_hash_then_place(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        struct jemput_arena arena = { 0 };
        struct jemput_act *late, *early;
        struct jemput_roster r;
        struct world w;

        world_init(&w);
        invite(&w, ADMIN, 10, ONCE1, 7, JEMPUT_ROLE_PETUGAS);
        late = enrol(&w, CENTRAL, 31, ONCE1, TABLET, 7, JEMPUT_ROLE_PETUGAS);
        early = enrol(&w, CENTRAL, 30, ONCE1, DESK, 7, JEMPUT_ROLE_PETUGAS);
        if (round > 0) {
            late->stamp = 30;
            late->segment.bytes[0] = 200;
        }
        if (round > 1) {
            early->segment = late->segment;
            early->place = 3;
            late->place = 4;
        }
        fold(&r, &w, &arena);
        assert_true(is_member(&r, &w, DESK));
        assert_false(is_member(&r, &w, TABLET));
        assert_int_equal(r.refused_count, 1);
        assert_memory_equal(r.refused[0].segment.bytes, late->segment.bytes, 32);
        assert_int_equal(r.refused[0].place, late->place);
        assert_string_equal(r.refused[0].reason, "enrol: the invite has been used");
        jemput_arena_release(&arena);
    }
}

/* --- one act too many: each row is judged after ADMIN invited ONCE1 (number 7) and ONCE2 (8), and CENTRAL enrolled TABLET on ONCE1 --- */

static void try_invite(struct world *w) { invite(w, ADMIN, 100, ONCE3, 9, JEMPUT_ROLE_PETUGAS); }
static void try_central_invites(struct world *w) { invite(w, CENTRAL, 100, ONCE3, 9, JEMPUT_ROLE_PETUGAS); }
static void try_tablet_invites(struct world *w) { invite(w, TABLET, 100, ONCE3, 9, JEMPUT_ROLE_PETUGAS); }
static void try_stranger_invites(struct world *w) { invite(w, STRANGER, 100, ONCE3, 9, JEMPUT_ROLE_PETUGAS); }
static void try_same_key(struct world *w) { invite(w, ADMIN, 100, ONCE2, 9, JEMPUT_ROLE_PETUGAS); }
static void try_used_key(struct world *w) { invite(w, ADMIN, 100, ONCE1, 9, JEMPUT_ROLE_PETUGAS); }
static void try_reserved_number(struct world *w) { invite(w, ADMIN, 100, ONCE3, 8, JEMPUT_ROLE_PETUGAS); }
static void try_used_number(struct world *w) { invite(w, ADMIN, 100, ONCE3, 7, JEMPUT_ROLE_PETUGAS); }
static void try_root_number(struct world *w) { invite(w, ADMIN, 100, ONCE3, 1, JEMPUT_ROLE_PETUGAS); }
static void try_zero_key(struct world *w) { memset(invite(w, ADMIN, 100, ONCE3, 9, JEMPUT_ROLE_PETUGAS)->record.as.invite.public_key, 0, 32); }
static void try_forged_author(struct world *w) { memcpy(invite(w, ADMIN, 100, ONCE3, 9, JEMPUT_ROLE_PETUGAS)->author_key, key(w, STRANGER), 32); }
static void try_other_epoch(struct world *w) { invite(w, ADMIN, 100, ONCE3, 9, JEMPUT_ROLE_PETUGAS)->author = writer_of(w, ADMIN, 2); }
static void try_central_enrols(struct world *w) { enrol(w, CENTRAL, 100, ONCE2, DESK, 8, JEMPUT_ROLE_KELURAHAN); }
static void try_used_invite(struct world *w) { enrol(w, CENTRAL, 100, ONCE1, DESK, 7, JEMPUT_ROLE_PETUGAS); }
static void try_admin_used_invite(struct world *w) { enrol(w, ADMIN, 100, ONCE1, DESK, 9, JEMPUT_ROLE_PETUGAS); }
static void try_no_invite(struct world *w) { enrol(w, CENTRAL, 100, ONCE3, DESK, 9, JEMPUT_ROLE_PETUGAS); }
static void try_none_invite(struct world *w) { enrol(w, CENTRAL, 100, PERSON_COUNT, DESK, 9, JEMPUT_ROLE_PETUGAS); }
static void try_more_roles(struct world *w) { enrol(w, CENTRAL, 100, ONCE2, DESK, 8, JEMPUT_ROLE_KELURAHAN | JEMPUT_ROLE_ADMIN); }
static void try_other_number(struct world *w) { enrol(w, CENTRAL, 100, ONCE2, DESK, 9, JEMPUT_ROLE_KELURAHAN); }
static void try_wider_scope(struct world *w) { enrol(w, CENTRAL, 100, ONCE2, DESK, 8, JEMPUT_ROLE_KELURAHAN)->record.as.enrol.scope = WHOLE; }
static void try_tablet_enrols(struct world *w) { enrol(w, TABLET, 100, ONCE2, DESK, 8, JEMPUT_ROLE_KELURAHAN); }
static void try_stranger_enrols(struct world *w) { enrol(w, STRANGER, 100, ONCE2, STRANGER, 8, JEMPUT_ROLE_KELURAHAN); }
static void try_member_again(struct world *w) { enrol(w, CENTRAL, 100, ONCE2, TABLET, 8, JEMPUT_ROLE_KELURAHAN); }
static void try_admin_member_again(struct world *w) { enrol(w, ADMIN, 100, PERSON_COUNT, CENTRAL, 2, JEMPUT_ROLE_ADMIN); }
static void try_admin_enrols(struct world *w) { enrol(w, ADMIN, 100, PERSON_COUNT, DESK, 9, JEMPUT_ROLE_ADMIN); }
static void try_admin_overrides(struct world *w) { enrol(w, ADMIN, 100, ONCE2, DESK, 8, JEMPUT_ROLE_PETUGAS); }
static void try_admin_takes_number(struct world *w) { enrol(w, ADMIN, 100, PERSON_COUNT, DESK, 8, JEMPUT_ROLE_PETUGAS); }
static void try_admin_takes_member_number(struct world *w) { enrol(w, ADMIN, 100, PERSON_COUNT, DESK, 7, JEMPUT_ROLE_PETUGAS); }
static void try_next_epoch(struct world *w) { enrol(w, ADMIN, 100, PERSON_COUNT, TABLET, 7, JEMPUT_ROLE_PETUGAS)->record.as.enrol.epoch = 2; }
static void try_schema(struct world *w) { schema(w, ADMIN, 100, 2); }
static void try_schema_skips(struct world *w) { schema(w, ADMIN, 100, 3); }
static void try_schema_again(struct world *w) { schema(w, ADMIN, 100, 1); }
static void try_central_schema(struct world *w) { schema(w, CENTRAL, 100, 2); }
static void try_unknown(struct world *w) { unknown(w, ADMIN, 100); }
static void try_stranger_unknown(struct world *w) { unknown(w, STRANGER, 100); }

static const struct {
    const char *name;
    void (*act)(struct world *);
    const char *reason; /* NULL = took effect */
} TRIES[] = {
    { "invite", try_invite, NULL },
    { "central enrols on an invite", try_central_enrols, NULL },
    { "admin enrols without invite", try_admin_enrols, NULL },
    { "admin gives other roles than the invite", try_admin_overrides, NULL },
    { "next epoch keeps its number", try_next_epoch, NULL },
    { "schema", try_schema, NULL },
    { "central invites", try_central_invites, "invite: the author is not an administrator" },
    { "tablet invites", try_tablet_invites, "invite: the author is not an administrator" },
    { "stranger invites", try_stranger_invites, "invite: the author is not an administrator" },
    { "admin's other epoch invites", try_other_epoch, "invite: the author is not an administrator" },
    { "forged author", try_forged_author, "the segment is not signed with its author's key" },
    { "same one-time key", try_same_key, "invite: the one-time key is that of another invite" },
    { "used one-time key", try_used_key, "invite: the one-time key is that of another invite" },
    { "zero one-time key", try_zero_key, "invite: the one-time key is all zero" },
    { "reserved number", try_reserved_number, "invite: the device number is taken" },
    { "used number", try_used_number, "invite: the device number is taken" },
    { "root's number", try_root_number, "invite: the device number is taken" },
    { "used invite", try_used_invite, "enrol: the invite has been used" },
    { "used invite, by admin", try_admin_used_invite, "enrol: the invite has been used" },
    { "no such invite", try_no_invite, "enrol: central has no invite for it" },
    { "no invite", try_none_invite, "enrol: central has no invite for it" },
    { "more roles", try_more_roles, "it concerns administrators, and its author is not a root administrator" },
    { "other number", try_other_number, "enrol: roles, scope or device number are not those of the invite" },
    { "wider scope", try_wider_scope, "enrol: roles, scope or device number are not those of the invite" },
    { "tablet enrols", try_tablet_enrols, "enrol: the author is neither an administrator nor central" },
    { "stranger enrols itself", try_stranger_enrols, "enrol: the author is neither an administrator nor central" },
    { "member again", try_member_again, "enrol: the writer is a member already" },
    { "member again, by admin", try_admin_member_again, "enrol: the writer is a member already" },
    { "number of an open invite", try_admin_takes_number, "enrol: the device number is taken" },
    { "number of a member", try_admin_takes_member_number, "enrol: the device number is taken" },
    { "schema skips", try_schema_skips, "schema: the version does not follow the one in force" },
    { "schema again", try_schema_again, "schema: the version does not follow the one in force" },
    { "central's schema", try_central_schema, "schema: the author is not an administrator" },
    { "unknown kind", try_unknown, "unknown kind of record: a newer version of jemput knows it" },
    { "stranger's unknown kind", try_stranger_unknown, "unknown kind of record, and the author is not an administrator" },
};

static void each_act_takes_effect_or_is_listed_with_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof TRIES / sizeof TRIES[0]; i++) {
        struct jemput_arena arena = { 0 };
        struct jemput_roster before, after;
        struct world w;

        world_with_tablet(&w);
        fold(&before, &w, &arena);
        assert_int_equal(before.version, 4);
        assert_int_equal(before.refused_count, 0);
        TRIES[i].act(&w);
        fold(&after, &w, &arena);
        if (!TRIES[i].reason) {
            if (after.version != 5 || after.refused_count != 0)
                fail_msg("%s: %s", TRIES[i].name, after.refused_count ? after.refused[0].reason : "without effect");
        } else {
            if (after.version != 4 || after.refused_count != 1)
                fail_msg("%s: took effect", TRIES[i].name);
            if (strcmp(after.refused[0].reason, TRIES[i].reason) != 0)
                fail_msg("%s: %s", TRIES[i].name, after.refused[0].reason);
            assert_memory_equal(after.refused[0].segment.bytes, w.acts[w.count - 1].segment.bytes, 32);
            assert_int_equal(after.member_count, before.member_count);
            assert_int_equal(after.invite_count, before.invite_count);
            assert_int_equal(after.schema_version, 1);
        }
        assert_int_equal(after.unknown_count, TRIES[i].act == try_unknown);
        jemput_arena_release(&arena);
    }
}

static const char *refusal_listed(const struct jemput_roster *r, const struct jemput_hash *segment, uint32_t place)
{
    for (uint32_t i = 0; i < r->refused_count; i++)
        if (r->refused[i].place == place && jemput_hash_equal(&r->refused[i].segment, segment))
            return r->refused[i].reason;
    return NULL;
}

/* Acts of many segments, several of one segment, those with and those without effect. */
static void why_an_act_has_no_effect_is_found_by_its_place(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_roster r;
    struct world w;
    unsigned refused = 0;

    (void)state;
    world_with_tablet(&w);
    for (uint32_t i = 0; i < 60; i++) {
        struct jemput_act *act = i % 3 ? invite(&w, TABLET, 100 + i, ONCE3, 20 + i, JEMPUT_ROLE_PETUGAS) : schema(&w, ADMIN, 100 + i, 2 + i / 6);

        act->place = i % 5;
        if (i % 5)
            act->segment = w.acts[w.count - 2].segment;
    }
    fold(&r, &w, &arena);
    for (uint32_t i = 0; i < w.count; i++)
        for (uint32_t place = 0; place < 6; place++) {
            const char *listed = refusal_listed(&r, &w.acts[i].segment, place);

            assert_ptr_equal(jemput_roster_refusal(&r, &w.acts[i].segment, place), listed);
            refused += listed && place == w.acts[i].place;
        }
    assert_int_equal(refused, r.refused_count);
    assert_in_range(r.refused_count, 40, 59);
    jemput_arena_release(&arena);
}

static void schema_versions_follow_each_other(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_roster r;
    struct world w;

    (void)state;
    world_init(&w);
    schema(&w, ADMIN, 10, 2);
    schema(&w, ADMIN, 20, 3);
    schema(&w, ADMIN, 20, 3); /* the same number again: the higher hash is listed */
    schema(&w, ADMIN, 30, 4);
    fold(&r, &w, &arena);
    assert_int_equal(r.schema_version, 4);
    assert_int_equal(r.version, 4);
    assert_int_equal(r.refused_count, 1);
    assert_int_equal(r.refused[0].segment.bytes[0], 3);
    jemput_arena_release(&arena);
}

static void no_device_number_is_given_after_the_last(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_roster r;
    struct world w;

    (void)state;
    world_init(&w);
    invite(&w, ADMIN, 10, ONCE1, JEMPUT_DEVICE_NUMBER_MAX - 1, JEMPUT_ROLE_PETUGAS);
    fold(&r, &w, &arena);
    assert_int_equal(jemput_roster_next_device_number(&r), JEMPUT_DEVICE_NUMBER_MAX);
    invite(&w, ADMIN, 11, ONCE2, JEMPUT_DEVICE_NUMBER_MAX, JEMPUT_ROLE_PETUGAS);
    fold(&r, &w, &arena);
    assert_int_equal(jemput_roster_next_device_number(&r), 0);
    jemput_arena_release(&arena);
}

static void no_memory_is_an_error_and_no_leak(void **state)
{
    struct fault_alloc mem;
    struct world w;

    (void)state;
    world_with_tablet(&w);
    fault_alloc_install(&mem);
    for (uint64_t n = 0;; n++) {
        struct jemput_arena arena = { 0 };
        struct jemput_roster r = { .version = 77 };
        enum jemput_status st;

        fault_alloc_arm(&mem, n, false);
        st = fold_acts(&r, &w, w.acts, w.count, &arena);
        fault_alloc_disarm(&mem);
        assert_int_equal(st, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
        assert_int_equal(r.version, mem.failures ? 77 : 4);
        jemput_arena_release(&arena);
        assert_int_equal(mem.live_blocks, 0);
        if (!mem.failures)
            break;
    }
    fault_alloc_uninstall(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(genesis_makes_root_administrators_members),
        cmocka_unit_test(without_genesis_of_the_space_there_is_no_roster),
        cmocka_unit_test(genesis_counts_first_and_once_whatever_its_stamp),
        cmocka_unit_test(invited_device_is_enrolled_by_central),
        cmocka_unit_test(rights_count_from_their_place_in_the_order),
        cmocka_unit_test(first_enrol_on_an_invite_counts_by_stamp_then_hash_then_place),
        cmocka_unit_test(each_act_takes_effect_or_is_listed_with_its_reason),
        cmocka_unit_test(why_an_act_has_no_effect_is_found_by_its_place),
        cmocka_unit_test(schema_versions_follow_each_other),
        cmocka_unit_test(no_device_number_is_given_after_the_last),
        cmocka_unit_test(no_memory_is_an_error_and_no_leak),
    };

    return cmocka_run_group_tests_name("roster", tests, NULL, NULL);
}
