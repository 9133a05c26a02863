/* unit/test_roster_cut.c — cuts in scenes with a known end: revoked, suspended, narrowed; what lies before a head stands, what lies behind it does
 * not, whatever its stamp. Devices that go on otherwise: test_roster_rotate.c; root administrators: test_roster_root.c; random worlds:
 * test_roster_oracle.c. */
#include <stdio.h>
#include <time.h>

#include "roster_world.h"
#include "support/fault_alloc.h"

#define PETUGAS JEMPUT_ROLE_PETUGAS
#define ADMINISTRATOR JEMPUT_ROLE_ADMIN
#define BEHIND "comes after the cut"

/* --- administrators --- */

static void two_administrators_who_were_offline_at_once_both_count(void **state)
{
    struct scene s;
    struct jemput_act *act[6];

    (void)state;
    scene_init(&s);
    act[0] = invite(&s.w, ADMIN, 50, ONCE1, 20, PETUGAS);
    act[1] = invite(&s.w, ADMIN2, 50, ONCE2, 21, PETUGAS);
    act[2] = revoke(&s.w, ADMIN, 51, TABLET, NULL);
    act[3] = revoke(&s.w, ADMIN2, 51, DESK, NULL);
    act[4] = revoke(&s.w, ADMIN2, 52, TABLET, NULL); /* both revoke one */
    act[5] = enrol(&s.w, ADMIN2, 53, ONCE1, STRANGER, 20, PETUGAS);
    scene_fold(&s);
    for (unsigned i = 0; i < 6; i++)
        expect_effect(&s.r, act[i]);
    assert_int_equal(s.r.refused_count, 0);
    assert_int_equal(s.r.cut_count, 3);
    expect_standing(&s.r, &s.w, TABLET, JEMPUT_STANDING_REVOKED);
    expect_standing(&s.r, &s.w, DESK, JEMPUT_STANDING_REVOKED);
    expect_standing(&s.r, &s.w, ADMIN2, JEMPUT_STANDING_ACTIVE);
    jemput_arena_release(&s.arena);
}

static void what_a_revoked_administrator_signed_before_stands_and_nothing_later_does_whatever_its_stamp(void **state)
{
    struct jemput_act *before, *cut, *early, *late, *made;
    struct scene s;

    (void)state;
    scene_init(&s);
    made = enrol(&s.w, ADMIN2, 40, PERSON_COUNT, STRANGER, 9, PETUGAS);
    before = invite(&s.w, ADMIN2, 41, ONCE1, 20, PETUGAS);
    cut = revoke(&s.w, ADMIN, 60, ADMIN2, before);
    early = invite(&s.w, ADMIN2, 42, ONCE2, 21, PETUGAS); /* a thief may write any date */
    late = revoke(&s.w, ADMIN2, 13, TABLET, NULL);
    scene_fold(&s);
    expect_effect(&s.r, cut);
    expect_effect(&s.r, before);
    expect_effect(&s.r, made);
    expect_refused(&s.r, early, BEHIND);
    expect_refused(&s.r, late, BEHIND);
    expect_standing(&s.r, &s.w, ADMIN2, JEMPUT_STANDING_REVOKED);
    expect_standing(&s.r, &s.w, TABLET, JEMPUT_STANDING_ACTIVE);
    assert_int_equal(member_of(&s.r, &s.w, ADMIN2)->roles, 0);
    assert_int_equal(member_of(&s.r, &s.w, ADMIN2)->granted_roles, ADMINISTRATOR);
    assert_true(is_member(&s.r, &s.w, STRANGER));
    assert_int_equal(rights_of(&s, ADMIN2, before).roles, ADMINISTRATOR);
    assert_true(rights_of(&s, ADMIN2, early).is_void);
    assert_int_equal(rights_of(&s, ADMIN2, early).cut->reason, JEMPUT_REVOKE_STOLEN);
    jemput_arena_release(&s.arena);
}

static void members_whom_a_revoked_administrator_let_in_behind_the_cut_fall_with_what_they_did(void **state)
{
    struct jemput_act *made, *theirs;
    struct scene s;

    (void)state;
    scene_init(&s);
    made = enrol(&s.w, ADMIN2, 40, PERSON_COUNT, CENTRAL, 2, JEMPUT_ROLE_PUSAT); /* its next epoch */
    made->record.as.enrol.epoch = 2;
    theirs = act_add(&s.w, CENTRAL, 45, JEMPUT_RECORD_GRANT);
    theirs->author = writer_of(&s.w, CENTRAL, 2);
    theirs->record.as.grant.number = 1;
    scene_fold(&s);
    expect_effect(&s.r, made);
    expect_effect(&s.r, theirs);
    assert_int_equal(s.r.former_count, 0);
    revoke(&s.w, ADMIN, 60, ADMIN2, NULL);
    scene_fold(&s);
    expect_refused(&s.r, made, BEHIND);
    assert_int_equal(s.r.former_count, 1); /* and it is remembered that it was one */
    assert_non_null(jemput_roster_former(&s.r, &theirs->author));
    assert_null(jemput_roster_member(&s.r, &theirs->author));
    expect_refused(&s.r, theirs, "neither an administrator nor central");
    jemput_arena_release(&s.arena);
}

/* Else what was written under the one would be read under the other. */
static void the_number_of_a_void_migration_is_not_given_again_and_one_that_was_made_at_the_same_time_has_it(void **state)
{
    struct jemput_act *gone, *next, *late, *same;
    struct scene s;

    (void)state;
    scene_init(&s);
    gone = schema(&s.w, ADMIN2, 40, 2);
    next = schema(&s.w, ADMIN, 50, 3);
    late = schema(&s.w, ADMIN, 70, 2); /* behind it in the order: the number has been passed over */
    scene_fold(&s);
    expect_effect(&s.r, gone);
    assert_int_equal(s.r.schema_version, 3);
    revoke(&s.w, ADMIN, 60, ADMIN2, NULL);
    scene_fold(&s);
    expect_refused(&s.r, gone, BEHIND);
    expect_effect(&s.r, next);
    expect_refused(&s.r, late, "does not follow");
    assert_null(jemput_roster_schema(&s.r, 2));
    assert_non_null(jemput_roster_schema(&s.r, 3));
    assert_int_equal(s.r.schema_version, 3);
    same = schema(&s.w, ADMIN, 45, 2); /* an honest one counts, whatever number a void one has taken */
    scene_fold(&s);
    expect_effect(&s.r, same);
    expect_effect(&s.r, next);
    jemput_arena_release(&s.arena);
}

static void a_revoked_key_is_not_enrolled_again_in_any_epoch(void **state)
{
    struct jemput_act *again, *earlier;
    struct scene s;

    (void)state;
    scene_init(&s);
    revoke(&s.w, ADMIN, 60, TABLET, NULL);
    revoke(&s.w, ADMIN, 80, TABLET, NULL); /* once more, later: the first one counts */
    again = enrol(&s.w, ADMIN, 70, PERSON_COUNT, TABLET, 7, PETUGAS);
    again->record.as.enrol.epoch = 2;
    earlier = enrol(&s.w, ADMIN, 50, PERSON_COUNT, TABLET, 7, PETUGAS); /* before the revocation: a member, but one of a revoked key */
    earlier->record.as.enrol.epoch = 3;
    scene_fold(&s);
    expect_refused(&s.r, again, "enrol: the key was revoked");
    expect_effect(&s.r, earlier);
    for (uint32_t i = 0; i < s.r.member_count; i++)
        if (memcmp(s.r.members[i].public_key, key(&s.w, TABLET), 32) == 0)
            assert_int_equal(s.r.members[i].standing, JEMPUT_STANDING_REVOKED);
    jemput_arena_release(&s.arena);
}

static void only_an_administrator_cuts_and_only_what_is_enrolled(void **state)
{
    struct jemput_act *act[5];
    struct scene s;

    (void)state;
    scene_init(&s);
    act[0] = revoke(&s.w, TABLET, 50, DESK, NULL);
    act[1] = revoke(&s.w, CENTRAL, 51, DESK, NULL);
    act[2] = change(&s.w, STRANGER, 52, DESK, PETUGAS, NULL);
    act[3] = revoke(&s.w, ADMIN, 53, STRANGER, NULL);
    act[4] = change(&s.w, ADMIN, 54, STRANGER, PETUGAS, NULL);
    scene_fold(&s);
    for (unsigned i = 0; i < 5; i++)
        expect_refused(&s.r, act[i], i < 3 ? "the author is not an administrator" : "no device with this key is enrolled");
    assert_int_equal(s.r.cut_count, 0);
    jemput_arena_release(&s.arena);
}

/* --- other rights --- */

static void a_suspended_device_comes_back_and_what_it_wrote_meanwhile_counts_for_nothing(void **state)
{
    struct jemput_act *before, *meanwhile, *after;
    struct scene s;

    (void)state;
    scene_init(&s);
    before = reader(&s.w, TABLET, 40);
    change(&s.w, ADMIN, 50, TABLET, 0, before);
    scene_fold(&s);
    expect_standing(&s.r, &s.w, TABLET, JEMPUT_STANDING_SUSPENDED);
    meanwhile = reader(&s.w, TABLET, 60);
    scene_fold(&s);
    assert_int_equal(rights_of(&s, TABLET, before).roles, PETUGAS);
    assert_true(jemput_bytes_equal(rights_of(&s, TABLET, before).scope, jemput_bytes_str("16.74")));
    assert_int_equal(rights_of(&s, TABLET, meanwhile).roles, 0);
    assert_false(rights_of(&s, TABLET, meanwhile).is_void);
    change(&s.w, ADMIN, 70, TABLET, PETUGAS, meanwhile);
    after = reader(&s.w, TABLET, 80);
    scene_fold(&s);
    expect_standing(&s.r, &s.w, TABLET, JEMPUT_STANDING_ACTIVE);
    assert_int_equal(rights_of(&s, TABLET, before).roles, PETUGAS);
    assert_int_equal(rights_of(&s, TABLET, meanwhile).roles, 0);
    assert_int_equal(rights_of(&s, TABLET, after).roles, PETUGAS);
    assert_int_equal(s.r.refused_count, 0);
    jemput_arena_release(&s.arena);
}

static void roles_and_scope_are_others_from_behind_the_head_on(void **state)
{
    struct jemput_act *before, *behind;
    struct scene s;

    (void)state;
    scene_init(&s);
    before = reader(&s.w, TABLET, 80); /* stamps say nothing about what a head covers */
    behind = reader(&s.w, TABLET, 40);
    change(&s.w, ADMIN, 60, TABLET, JEMPUT_ROLE_VERIFIKATOR, before);
    scene_fold(&s);
    assert_int_equal(rights_of(&s, TABLET, before).roles, PETUGAS);
    assert_null(rights_of(&s, TABLET, before).cut);
    assert_int_equal(rights_of(&s, TABLET, behind).roles, JEMPUT_ROLE_VERIFIKATOR);
    assert_true(jemput_bytes_equal(rights_of(&s, TABLET, behind).scope, jemput_bytes_str("16.75")));
    assert_int_equal(member_of(&s.r, &s.w, TABLET)->roles, JEMPUT_ROLE_VERIFIKATOR);
    assert_int_equal(member_of(&s.r, &s.w, TABLET)->granted_roles, PETUGAS);
    jemput_arena_release(&s.arena);
}

static void an_administrator_whose_role_is_taken_keeps_what_it_did_up_to_the_head(void **state)
{
    struct jemput_act *before, *behind;
    struct scene s;

    (void)state;
    scene_init(&s);
    before = invite(&s.w, ADMIN2, 40, ONCE1, 20, PETUGAS);
    behind = invite(&s.w, ADMIN2, 41, ONCE2, 21, PETUGAS);
    change(&s.w, ADMIN, 60, ADMIN2, PETUGAS, before);
    scene_fold(&s);
    expect_effect(&s.r, before);
    expect_refused(&s.r, behind, "invite: the author is not an administrator");
    jemput_arena_release(&s.arena);
}

static void of_two_changes_the_last_in_order_counts_however_they_come(void **state)
{
    struct scene s;

    (void)state;
    scene_init(&s);
    change(&s.w, ADMIN, 70, TABLET, JEMPUT_ROLE_KELURAHAN, NULL);
    change(&s.w, ADMIN2, 60, TABLET, JEMPUT_ROLE_VERIFIKATOR, NULL);
    scene_fold(&s);
    assert_int_equal(member_of(&s.r, &s.w, TABLET)->roles, JEMPUT_ROLE_KELURAHAN);
    assert_int_equal(s.r.cut_count, 2);
    jemput_arena_release(&s.arena);
}

static void an_older_record_replayed_changes_nothing_and_the_same_words_signed_anew_do(void **state)
{
    struct jemput_act *first, *again;
    struct scene s;
    uint32_t version;

    (void)state;
    scene_init(&s);
    first = change(&s.w, ADMIN, 50, TABLET, 0, NULL);
    change(&s.w, ADMIN, 60, TABLET, PETUGAS, NULL);
    scene_fold(&s);
    version = s.r.version;
    s.w.acts[s.w.count++] = *first;
    scene_fold(&s);
    assert_int_equal(s.r.version, version);
    expect_standing(&s.r, &s.w, TABLET, JEMPUT_STANDING_ACTIVE);
    again = change(&s.w, ADMIN, 70, TABLET, 0, NULL);
    scene_fold(&s);
    expect_effect(&s.r, again);
    expect_standing(&s.r, &s.w, TABLET, JEMPUT_STANDING_SUSPENDED);
    jemput_arena_release(&s.arena);
}

/* --- means --- */

static void no_memory_is_an_error_and_no_leak(void **state)
{
    struct fault_alloc mem;
    static struct world w;
    uint64_t failures = 0;

    (void)state;
    world_of_roots(&w, 2);
    approve(&w, ADMIN2, 20, enrol(&w, ADMIN, 10, PERSON_COUNT, DESK, 9, ADMINISTRATOR));
    rotate(&w, DESK, 30, NEW1);
    approve(&w, ADMIN3, 50, revoke(&w, ADMIN2, 40, DESK, NULL));
    fault_alloc_install(&mem);
    for (uint64_t n = 0;; n++, failures++) {
        struct jemput_arena arena = { 0 };
        struct jemput_roster r = { .version = 77 };
        enum jemput_status st;

        fault_alloc_arm(&mem, n, false);
        st = fold_acts(&r, &w, w.acts, w.count, &arena);
        fault_alloc_disarm(&mem);
        assert_int_equal(st, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
        assert_int_equal(r.version, mem.failures ? 77 : 5);
        jemput_arena_release(&arena);
        assert_int_equal(mem.live_blocks, 0);
        if (!mem.failures)
            break;
    }
    fault_alloc_uninstall(&mem);
    assert_true(failures > 3); /* hashes of root acts need memory, too */
}

/* --- cost --- */

/* 9,000 tablets, in no order of their keys, let in on invites; 500 of them go on as new writers, sign what they may not, and are revoked. */
#define TABLETS 9000
#define REVOKED 500
#define MANY (1 + 2 * TABLETS + 4 * REVOKED)

struct many {
    struct world w;
    struct jemput_act acts[MANY];
    struct jemput_head heads[REVOKED];
    uint32_t count;
};

/* Two different bytes before the number, so that keys that come one after the other are far apart. */
static void key_make(uint8_t out[32], uint8_t kind, uint32_t i)
{
    memset(out, 0, 32);
    out[0] = (uint8_t)(i * 149);
    out[1] = (uint8_t)(i * 37 >> 3);
    memcpy(out + 2, &i, sizeof i);
    out[31] = kind;
}

static struct jemput_act *many_add(struct many *m, const uint8_t author[32], uint32_t epoch, uint64_t number, enum jemput_record_kind kind)
{
    struct jemput_act *act = &m->acts[m->count];

    *act = (struct jemput_act){ .record.kind = kind, .stamp = m->count, .number = number };
    jemput_writer_derive(&act->author, &m->w.space, author, epoch);
    memcpy(act->author_key, author, 32);
    key_make(act->segment.bytes, 9, m->count++);
    return act;
}

static void many_let_in(struct many *m, uint32_t i)
{
    struct jemput_act *invited = many_add(m, key(&m->w, ADMIN), 1, m->count, JEMPUT_RECORD_INVITE), *let_in;

    invited->record.as.invite = (struct jemput_invite){ .roles = PETUGAS, .device_number = 10 + i };
    key_make(invited->record.as.invite.public_key, 1, i);
    let_in = many_add(m, key(&m->w, ADMIN), 1, m->count, JEMPUT_RECORD_ENROL);
    let_in->record.as.enrol = (struct jemput_enrol){ .epoch = 1, .device_number = 10 + i, .roles = PETUGAS };
    key_make(let_in->record.as.enrol.invite_key, 1, i);
    key_make(let_in->record.as.enrol.public_key, 2, i);
}

static void many_revoke(struct many *m, uint32_t i)
{
    struct jemput_act *go_on, *cut;
    uint8_t device[32];

    key_make(device, 2, i);
    go_on = many_add(m, device, 2, 1, JEMPUT_RECORD_RESUME);
    jemput_writer_derive(&go_on->record.as.resume.old, &m->w.space, device, 1);
    go_on->record.as.resume.epoch = 2;
    m->heads[i] = head_of(go_on); /* what it did up to there stands */
    many_add(m, device, 2, 2, JEMPUT_RECORD_READER);
    many_add(m, device, 2, 3, JEMPUT_RECORD_SCHEMA);
    cut = many_add(m, key(&m->w, ADMIN), 1, m->count, JEMPUT_RECORD_REVOKE);
    cut->record.as.revoke = (struct jemput_revocation){ .reason = JEMPUT_REVOKE_LOST, .heads = { 1, &m->heads[i] } };
    memcpy(cut->record.as.revoke.public_key, device, 32);
}

/* Were they taken one by one, each would cost a pass over all acts: minutes. */
static void many_revocations_of_plain_tablets_are_taken_at_once(void **state)
{
    static struct many m;
    struct jemput_arena arena = { 0 };
    struct jemput_roster r;
    struct jemput_error err;
    clock_t start;
    double seconds;

    (void)state;
    world_init(&m.w);
    m.acts[m.count++] = m.w.acts[0];
    for (uint32_t i = 0; i < TABLETS; i++)
        many_let_in(&m, i);
    for (uint32_t i = 0; i < REVOKED; i++)
        many_revoke(&m, i);
    assert_int_equal(m.count, MANY);
    start = clock();
    assert_int_equal(jemput_roster_fold(&r, &m.w.space, m.acts, m.count, &jemput_ancestry_linear, &arena, &err), JEMPUT_OK);
    seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    printf("%d acts, %d revocations: %.3f s\n", MANY, REVOKED, seconds);
    assert_int_equal(r.cut_count, REVOKED);
    assert_int_equal(r.refused_count, 2 * REVOKED);
    assert_int_equal(r.member_count, 2 + TABLETS + REVOKED);
    assert_true(seconds < 2); /* a twentieth of that as a rule */
    jemput_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_administrators_who_were_offline_at_once_both_count),
        cmocka_unit_test(what_a_revoked_administrator_signed_before_stands_and_nothing_later_does_whatever_its_stamp),
        cmocka_unit_test(members_whom_a_revoked_administrator_let_in_behind_the_cut_fall_with_what_they_did),
        cmocka_unit_test(the_number_of_a_void_migration_is_not_given_again_and_one_that_was_made_at_the_same_time_has_it),
        cmocka_unit_test(a_revoked_key_is_not_enrolled_again_in_any_epoch),
        cmocka_unit_test(only_an_administrator_cuts_and_only_what_is_enrolled),
        cmocka_unit_test(a_suspended_device_comes_back_and_what_it_wrote_meanwhile_counts_for_nothing),
        cmocka_unit_test(roles_and_scope_are_others_from_behind_the_head_on),
        cmocka_unit_test(an_administrator_whose_role_is_taken_keeps_what_it_did_up_to_the_head),
        cmocka_unit_test(of_two_changes_the_last_in_order_counts_however_they_come),
        cmocka_unit_test(an_older_record_replayed_changes_nothing_and_the_same_words_signed_anew_do),
        cmocka_unit_test(no_memory_is_an_error_and_no_leak),
        cmocka_unit_test(many_revocations_of_plain_tablets_are_taken_at_once),
    };

    return cmocka_run_group_tests_name("roster cuts", tests, NULL, NULL);
}
