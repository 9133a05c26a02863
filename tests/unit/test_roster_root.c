/* unit/test_roster_root.c — root administrators in scenes with a known end: who has to sign what concerns administrators, who wins if they turn
 * against each other, and how a place is passed on. Random worlds: test_roster_oracle.c. */
#include "roster_world.h"

#define PETUGAS JEMPUT_ROLE_PETUGAS
#define ADMINISTRATOR JEMPUT_ROLE_ADMIN
#define BEHIND "comes after the cut"

/* Root administrators ADMIN, ADMIN2 and ADMIN3; ADMIN enrolled TABLET (7). */
static void roots_init(struct scene *s, unsigned threshold)
{
    memset(s, 0, sizeof *s);
    world_of_roots(&s->w, threshold);
    enrol(&s->w, ADMIN, 10, PERSON_COUNT, TABLET, 7, PETUGAS);
}

/* DESK is enrolled as an administrator (number 8), signed by two. */
static void desk_enrol(struct scene *s)
{
    approve(&s->w, ADMIN2, 15, enrol(&s->w, ADMIN, 14, PERSON_COUNT, DESK, 8, ADMINISTRATOR));
}

static void a_sole_root_administrator_is_neither_revoked_nor_suspended(void **state)
{
    struct jemput_act *act[3], *still;
    struct scene s;

    (void)state;
    memset(&s, 0, sizeof s);
    world_init(&s.w);
    act[0] = revoke(&s.w, ADMIN, 50, ADMIN, NULL);
    act[1] = change(&s.w, ADMIN, 51, ADMIN, 0, NULL);
    act[2] = change(&s.w, ADMIN, 52, ADMIN, JEMPUT_ROLE_PUSAT, NULL);
    still = invite(&s.w, ADMIN, 53, ONCE1, 20, PETUGAS);
    scene_fold(&s);
    for (unsigned i = 0; i < 3; i++)
        expect_refused(&s.r, act[i], "too few root administrators would be left");
    assert_int_equal(s.r.root_count, 1);
    expect_effect(&s.r, still);
    jemput_arena_release(&s.arena);
}

static void of_two_root_administrators_who_revoke_each_other_the_senior_wins_whatever_the_stamps(void **state)
{
    (void)state;
    for (unsigned junior_first = 0; junior_first < 2; junior_first++) {
        struct jemput_act *senior, *junior;
        struct scene s;

        roots_init(&s, 1);
        senior = revoke(&s.w, ADMIN, 50, ADMIN2, NULL);
        junior = revoke(&s.w, ADMIN2, junior_first ? 40 : 60, ADMIN, NULL);
        scene_fold(&s);
        expect_effect(&s.r, senior);
        expect_refused(&s.r, junior, BEHIND);
        expect_standing(&s.r, &s.w, ADMIN, JEMPUT_STANDING_ACTIVE);
        expect_standing(&s.r, &s.w, ADMIN2, JEMPUT_STANDING_REVOKED);
        assert_int_equal(s.r.root_count, 2);
        jemput_arena_release(&s.arena);
    }
}

static void with_two_of_three_one_stolen_key_moves_no_administrator(void **state)
{
    struct jemput_act *act[5], *plain;
    struct scene s;

    (void)state;
    roots_init(&s, 2);
    desk_enrol(&s);
    act[0] = revoke(&s.w, ADMIN, 50, ADMIN2, NULL);
    act[1] = change(&s.w, ADMIN, 51, TABLET, ADMINISTRATOR, NULL);
    act[2] = enrol(&s.w, ADMIN, 52, PERSON_COUNT, STRANGER, 20, ADMINISTRATOR);
    act[3] = invite(&s.w, ADMIN, 53, ONCE1, 21, ADMINISTRATOR);
    act[4] = revoke(&s.w, ADMIN, 54, DESK, NULL);
    plain = revoke(&s.w, ADMIN, 55, TABLET, NULL);
    scene_fold(&s);
    for (unsigned i = 0; i < 5; i++)
        expect_refused(&s.r, act[i], "waits");
    assert_int_equal(s.r.waiting_count, 5);
    assert_int_equal(s.r.waiting[0].signers, 1);
    assert_memory_equal(s.r.waiting[0].segment.bytes, act[0]->segment.bytes, 32);
    assert_int_equal(s.r.root_count, 3);
    expect_standing(&s.r, &s.w, ADMIN2, JEMPUT_STANDING_ACTIVE);
    expect_effect(&s.r, plain);
    for (unsigned i = 0; i < 5; i++) /* signing once more is no second signature */
        approve(&s.w, ADMIN, (jemput_stamp)(60 + i), act[i]);
    scene_fold(&s);
    assert_int_equal(s.r.waiting_count, 5);
    jemput_arena_release(&s.arena);
}

static void with_two_of_three_two_are_enough(void **state)
{
    struct jemput_act *cut, *own, *late;
    struct scene s;

    (void)state;
    roots_init(&s, 2);
    own = invite(&s.w, ADMIN, 45, ONCE1, 20, PETUGAS);
    cut = revoke(&s.w, ADMIN3, 50, ADMIN, own);
    approve(&s.w, ADMIN2, 60, cut);
    late = invite(&s.w, ADMIN, 46, ONCE2, 21, PETUGAS);
    scene_fold(&s);
    expect_effect(&s.r, cut);
    expect_effect(&s.r, own);
    expect_refused(&s.r, late, BEHIND);
    assert_int_equal(s.r.waiting_count, 0);
    assert_int_equal(s.r.root_count, 2);
    jemput_arena_release(&s.arena);
}

static void no_two_of_three_revoke_a_second_one_where_two_have_to_be_left(void **state)
{
    struct jemput_act *second;
    struct scene s;

    (void)state;
    roots_init(&s, 2);
    approve(&s.w, ADMIN2, 60, revoke(&s.w, ADMIN3, 50, ADMIN, NULL));
    second = revoke(&s.w, ADMIN2, 70, ADMIN3, NULL);
    approve(&s.w, ADMIN3, 80, second);
    scene_fold(&s);
    expect_refused(&s.r, second, "too few root administrators would be left");
    assert_int_equal(s.r.root_count, 2);
    jemput_arena_release(&s.arena);
}

static void an_approval_may_stand_before_its_act(void **state)
{
    struct jemput_act *act;
    struct scene s;

    (void)state;
    roots_init(&s, 2);
    act = enrol(&s.w, ADMIN, 50, PERSON_COUNT, DESK, 8, ADMINISTRATOR);
    approve(&s.w, ADMIN2, 40, act);
    scene_fold(&s);
    expect_effect(&s.r, act);
    expect_standing(&s.r, &s.w, DESK, JEMPUT_STANDING_ACTIVE);
    jemput_arena_release(&s.arena);
}

static void whoever_signs_the_same_record_approves_it_and_nothing_is_left_waiting(void **state)
{
    struct jemput_act *one, *other, *enrolment, *same;
    struct scene s;

    (void)state;
    roots_init(&s, 2);
    one = revoke(&s.w, ADMIN, 50, ADMIN2, NULL);
    other = revoke(&s.w, ADMIN3, 60, ADMIN2, NULL);
    enrolment = enrol(&s.w, ADMIN, 70, PERSON_COUNT, DESK, 8, ADMINISTRATOR);
    same = enrol(&s.w, ADMIN3, 80, PERSON_COUNT, DESK, 8, ADMINISTRATOR);
    scene_fold(&s);
    expect_effect(&s.r, one);
    expect_effect(&s.r, other);
    expect_effect(&s.r, enrolment);
    expect_effect(&s.r, same);
    assert_int_equal(s.r.cut_count, 1);
    assert_int_equal(s.r.waiting_count, 0);
    jemput_arena_release(&s.arena);
}

/* Else whoever has one key could sign again what others once approved. */
static void signatures_are_used_up_by_the_act_that_they_complete(void **state)
{
    struct jemput_act *grant, *again;
    struct scene s;

    (void)state;
    roots_init(&s, 2);
    grant = change(&s.w, ADMIN, 50, TABLET, ADMINISTRATOR, NULL);
    approve(&s.w, ADMIN2, 51, grant);
    approve(&s.w, ADMIN3, 52, grant); /* one more than needed is no stock either */
    approve(&s.w, ADMIN3, 61, change(&s.w, ADMIN2, 60, TABLET, PETUGAS, NULL));
    again = change(&s.w, ADMIN, 70, TABLET, ADMINISTRATOR, NULL);
    scene_fold(&s);
    expect_effect(&s.r, grant);
    expect_refused(&s.r, again, "waits");
    assert_int_equal(s.r.waiting[0].signers, 1);
    assert_int_equal(member_of(&s.r, &s.w, TABLET)->roles, PETUGAS);
    approve(&s.w, ADMIN2, 80, again);
    scene_fold(&s);
    expect_effect(&s.r, again);
    assert_int_equal(member_of(&s.r, &s.w, TABLET)->roles, ADMINISTRATOR);
    jemput_arena_release(&s.arena);
}

static void what_a_revoked_root_administrator_approved_behind_the_cut_does_not_count(void **state)
{
    struct jemput_act *grant, *nod;
    struct scene s;

    (void)state;
    roots_init(&s, 2);
    grant = enrol(&s.w, ADMIN, 50, PERSON_COUNT, DESK, 8, ADMINISTRATOR);
    nod = approve(&s.w, ADMIN3, 51, grant);
    scene_fold(&s);
    expect_effect(&s.r, grant);
    approve(&s.w, ADMIN2, 61, revoke(&s.w, ADMIN, 60, ADMIN3, NULL));
    scene_fold(&s);
    expect_refused(&s.r, nod, BEHIND);
    expect_refused(&s.r, grant, "waits");
    assert_false(is_member(&s.r, &s.w, DESK));
    jemput_arena_release(&s.arena);
}

static void only_root_administrators_sign_what_concerns_administrators(void **state)
{
    struct jemput_act *act[3], *nod;
    struct scene s;

    (void)state;
    roots_init(&s, 1);
    desk_enrol(&s);
    act[0] = enrol(&s.w, DESK, 50, PERSON_COUNT, STRANGER, 20, ADMINISTRATOR);
    act[1] = revoke(&s.w, DESK, 51, ADMIN, NULL);
    act[2] = change(&s.w, DESK, 52, DESK, PETUGAS, NULL);
    nod = approve(&s.w, DESK, 53, act[1]);
    scene_fold(&s);
    for (unsigned i = 0; i < 3; i++)
        expect_refused(&s.r, act[i], "its author is not a root administrator");
    expect_refused(&s.r, nod, "approve: the author is not a root administrator");
    jemput_arena_release(&s.arena);
}

static void central_enrols_an_administrator_whom_an_approved_invite_promises(void **state)
{
    struct jemput_act *act, *more;
    struct scene s;

    (void)state;
    roots_init(&s, 2);
    approve(&s.w, ADMIN2, 51, invite(&s.w, ADMIN, 50, ONCE1, 20, ADMINISTRATOR));
    act = enrol(&s.w, CENTRAL, 60, ONCE1, DESK, 20, ADMINISTRATOR);
    more = enrol(&s.w, CENTRAL, 59, ONCE1, STRANGER, 20, ADMINISTRATOR | JEMPUT_ROLE_PUSAT);
    scene_fold(&s);
    expect_effect(&s.r, act);
    expect_refused(&s.r, more, "its author is not a root administrator");
    jemput_arena_release(&s.arena);
}

static void a_cut_whose_author_a_more_senior_one_voids_falls(void **state)
{
    struct jemput_act *senior, *junior, *plain;
    struct scene s;

    (void)state;
    roots_init(&s, 1);
    enrol(&s.w, ADMIN, 20, PERSON_COUNT, DESK, 8, ADMINISTRATOR);
    junior = revoke(&s.w, ADMIN3, 30, DESK, NULL);
    plain = revoke(&s.w, ADMIN3, 31, TABLET, NULL);
    senior = revoke(&s.w, ADMIN2, 90, ADMIN3, NULL);
    scene_fold(&s);
    expect_effect(&s.r, senior);
    expect_refused(&s.r, junior, BEHIND);
    expect_refused(&s.r, plain, BEHIND);
    expect_standing(&s.r, &s.w, DESK, JEMPUT_STANDING_ACTIVE);
    expect_standing(&s.r, &s.w, TABLET, JEMPUT_STANDING_ACTIVE);
    assert_int_equal(s.r.cut_count, 1);
    jemput_arena_release(&s.arena);
}

static void a_plain_administrators_cut_falls_with_it_though_it_stands_first(void **state)
{
    struct jemput_act *plain;
    struct scene s;

    (void)state;
    roots_init(&s, 1);
    enrol(&s.w, ADMIN, 20, PERSON_COUNT, DESK, 8, ADMINISTRATOR);
    plain = revoke(&s.w, DESK, 30, TABLET, NULL);
    scene_fold(&s);
    expect_effect(&s.r, plain);
    revoke(&s.w, ADMIN3, 90, DESK, NULL);
    scene_fold(&s);
    expect_refused(&s.r, plain, BEHIND);
    expect_standing(&s.r, &s.w, TABLET, JEMPUT_STANDING_ACTIVE);
    jemput_arena_release(&s.arena);
}

/* --- passing a place on --- */

static void a_root_administrators_new_key_has_its_place_and_the_old_one_may_be_revoked(void **state)
{
    struct jemput_act *act, *last;
    struct scene s;

    (void)state;
    memset(&s, 0, sizeof s);
    world_init(&s.w); /* one root administrator */
    last = rotate(&s.w, ADMIN, 50, NEW1);
    act = revoke(&s.w, NEW1, 60, ADMIN, last);
    scene_fold(&s);
    expect_effect(&s.r, act);
    expect_standing(&s.r, &s.w, ADMIN, JEMPUT_STANDING_REVOKED);
    assert_int_equal(member_of(&s.r, &s.w, NEW1)->root, 1);
    assert_int_equal(s.r.root_count, 1);
    act = revoke(&s.w, NEW1, 70, NEW1, NULL);
    scene_fold(&s);
    expect_refused(&s.r, act, "too few root administrators would be left");
    jemput_arena_release(&s.arena);
}

static void the_place_of_a_revoked_root_administrator_passes_to_the_device_that_carries_on(void **state)
{
    struct jemput_act *link, *strike, *junior;
    struct scene s;

    (void)state;
    roots_init(&s, 2);
    desk_enrol(&s);
    approve(&s.w, ADMIN3, 51, revoke(&s.w, ADMIN2, 50, ADMIN, &s.w.acts[2])); /* its enrolments stand */
    link = succeed(&s.w, ADMIN2, 60, ADMIN, DESK);
    scene_fold(&s);
    expect_refused(&s.r, link, "waits");
    assert_int_equal(s.r.root_count, 2);
    approve(&s.w, ADMIN3, 61, link);
    strike = revoke(&s.w, DESK, 80, ADMIN3, &s.w.acts[s.w.count - 1]); /* the new first one, and it is senior to both others */
    approve(&s.w, ADMIN2, 81, strike);
    junior = revoke(&s.w, ADMIN3, 70, DESK, NULL);
    approve(&s.w, ADMIN3, 71, junior);
    scene_fold(&s);
    expect_effect(&s.r, link);
    expect_effect(&s.r, strike);
    expect_refused(&s.r, junior, BEHIND);
    assert_int_equal(member_of(&s.r, &s.w, DESK)->root, 1);
    assert_memory_equal(member_of(&s.r, &s.w, DESK)->succeeds, key(&s.w, ADMIN), 32);
    assert_int_equal(s.r.root_count, 2);
    jemput_arena_release(&s.arena);
}

static void a_place_passes_only_from_a_revoked_key_to_an_administrator_that_has_none(void **state)
{
    struct jemput_act *early, *to_tablet, *to_root;
    struct scene s;

    (void)state;
    roots_init(&s, 1);
    desk_enrol(&s);
    early = succeed(&s.w, ADMIN2, 40, ADMIN3, DESK); /* was not revoked */
    revoke(&s.w, ADMIN2, 50, ADMIN, &s.w.acts[2]);
    to_tablet = succeed(&s.w, ADMIN2, 60, ADMIN, TABLET);
    to_root = succeed(&s.w, ADMIN2, 61, ADMIN, ADMIN3);
    scene_fold(&s);
    expect_refused(&s.r, early, "the place of a root administrator goes to");
    expect_refused(&s.r, to_tablet, "the place of a root administrator goes to");
    expect_refused(&s.r, to_root, "the place of a root administrator goes to");
    assert_int_equal(s.r.root_count, 2);
    jemput_arena_release(&s.arena);
}

static void a_root_administrator_who_carries_on_for_a_tablet_keeps_its_place(void **state)
{
    struct jemput_act *link;
    struct scene s;

    (void)state;
    roots_init(&s, 1);
    desk_enrol(&s);
    link = succeed(&s.w, DESK, 50, TABLET, ADMIN); /* any administrator may say so */
    scene_fold(&s);
    expect_effect(&s.r, link);
    assert_int_equal(member_of(&s.r, &s.w, ADMIN)->root, 1);
    assert_int_equal(s.r.root_count, 3);
    jemput_arena_release(&s.arena);
}

/* A further epoch that was enrolled has no place of its own, but the key remains a root administrator's. */
static void a_key_with_one_root_writer_is_a_root_administrators_in_all_its_epochs(void **state)
{
    (void)state;
    for (uint32_t epoch = 2; epoch < 10; epoch++) { /* so that its writer comes before and after the first one's */
        struct jemput_act *cut, *link;
        struct scene s;

        memset(&s, 0, sizeof s);
        world_init(&s.w);
        enrol(&s.w, ADMIN, 20, PERSON_COUNT, ADMIN, 1, PETUGAS)->record.as.enrol.epoch = epoch;
        enrol(&s.w, ADMIN, 21, PERSON_COUNT, DESK, 8, ADMINISTRATOR);
        cut = revoke(&s.w, ADMIN, 50, ADMIN, NULL);
        link = succeed(&s.w, DESK, 51, ADMIN, DESK);
        scene_fold(&s);
        expect_refused(&s.r, cut, "too few root administrators would be left");
        expect_refused(&s.r, link, "its author is not a root administrator");
        jemput_arena_release(&s.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sole_root_administrator_is_neither_revoked_nor_suspended),
        cmocka_unit_test(of_two_root_administrators_who_revoke_each_other_the_senior_wins_whatever_the_stamps),
        cmocka_unit_test(with_two_of_three_one_stolen_key_moves_no_administrator),
        cmocka_unit_test(with_two_of_three_two_are_enough),
        cmocka_unit_test(no_two_of_three_revoke_a_second_one_where_two_have_to_be_left),
        cmocka_unit_test(an_approval_may_stand_before_its_act),
        cmocka_unit_test(whoever_signs_the_same_record_approves_it_and_nothing_is_left_waiting),
        cmocka_unit_test(signatures_are_used_up_by_the_act_that_they_complete),
        cmocka_unit_test(what_a_revoked_root_administrator_approved_behind_the_cut_does_not_count),
        cmocka_unit_test(only_root_administrators_sign_what_concerns_administrators),
        cmocka_unit_test(central_enrols_an_administrator_whom_an_approved_invite_promises),
        cmocka_unit_test(a_cut_whose_author_a_more_senior_one_voids_falls),
        cmocka_unit_test(a_plain_administrators_cut_falls_with_it_though_it_stands_first),
        cmocka_unit_test(a_root_administrators_new_key_has_its_place_and_the_old_one_may_be_revoked),
        cmocka_unit_test(the_place_of_a_revoked_root_administrator_passes_to_the_device_that_carries_on),
        cmocka_unit_test(a_place_passes_only_from_a_revoked_key_to_an_administrator_that_has_none),
        cmocka_unit_test(a_root_administrator_who_carries_on_for_a_tablet_keeps_its_place),
        cmocka_unit_test(a_key_with_one_root_writer_is_a_root_administrators_in_all_its_epochs),
    };

    return cmocka_run_group_tests_name("roster roots", tests, NULL, NULL);
}
