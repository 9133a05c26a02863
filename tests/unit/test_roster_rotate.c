/* unit/test_roster_rotate.c — devices that go on otherwise, in scenes with a known end: under another key, as a new writer, or on another tablet. */
#include "roster_world.h"

#define PETUGAS JEMPUT_ROLE_PETUGAS
#define ADMINISTRATOR JEMPUT_ROLE_ADMIN
#define BEHIND "comes after the cut"

/* --- another key --- */

static void a_device_goes_on_under_its_new_key_and_the_old_one_signs_no_more(void **state)
{
    struct jemput_act *before, *turn, *old, *new;
    struct scene s;

    (void)state;
    scene_init(&s);
    before = invite(&s.w, ADMIN2, 40, ONCE1, 20, PETUGAS);
    turn = rotate(&s.w, ADMIN2, 50, NEW1);
    old = invite(&s.w, ADMIN2, 60, ONCE2, 21, PETUGAS);
    new = invite(&s.w, NEW1, 60, ONCE3, 22, PETUGAS);
    scene_fold(&s);
    expect_effect(&s.r, before);
    expect_effect(&s.r, turn);
    expect_refused(&s.r, old, BEHIND);
    expect_effect(&s.r, new);
    expect_standing(&s.r, &s.w, ADMIN2, JEMPUT_STANDING_ROTATED);
    expect_standing(&s.r, &s.w, NEW1, JEMPUT_STANDING_ACTIVE);
    assert_int_equal(member_of(&s.r, &s.w, NEW1)->roles, ADMINISTRATOR);
    assert_int_equal(member_of(&s.r, &s.w, NEW1)->device_number, 3);
    assert_true(jemput_bytes_equal(member_of(&s.r, &s.w, NEW1)->scope, jemput_bytes_str("16.74")));
    assert_false(rights_of(&s, ADMIN2, turn).is_void);
    jemput_arena_release(&s.arena);
}

static void a_rotation_is_refused_without_the_new_keys_signature_or_to_a_key_that_is_enrolled_or_by_another(void **state)
{
    struct jemput_act *unsigned_one, *enrolled, *others;
    struct scene s;

    (void)state;
    scene_init(&s);
    unsigned_one = rotate(&s.w, TABLET, 50, NEW1);
    unsigned_one->record.as.rotate.signature[0] ^= 1;
    enrolled = rotate(&s.w, TABLET, 51, DESK);
    others = rotate(&s.w, TABLET, 52, NEW2);
    others->author = writer_of(&s.w, DESK, 1);
    memcpy(others->author_key, key(&s.w, DESK), 32);
    scene_fold(&s);
    expect_refused(&s.r, unsigned_one, "rotate: the new key has not signed it");
    expect_refused(&s.r, enrolled, "rotate: the new key is a device's already");
    expect_refused(&s.r, others, "rotate: the author is not the device whose key it is");
    expect_standing(&s.r, &s.w, TABLET, JEMPUT_STANDING_ACTIVE);
    jemput_arena_release(&s.arena);
}

static void an_old_key_revoked_behind_its_rotation_leaves_the_new_key_and_before_it_takes_that_along(void **state)
{
    (void)state;
    for (unsigned before = 0; before < 2; before++) {
        struct jemput_act *last, *turn, *new;
        struct scene s;

        scene_init(&s);
        last = invite(&s.w, ADMIN2, 40, ONCE1, 20, PETUGAS);
        turn = rotate(&s.w, ADMIN2, 50, NEW1);
        new = invite(&s.w, NEW1, 60, ONCE3, 22, PETUGAS);
        revoke(&s.w, ADMIN, 70, ADMIN2, before ? last : turn);
        scene_fold(&s);
        expect_effect(&s.r, last);
        expect_standing(&s.r, &s.w, ADMIN2, JEMPUT_STANDING_REVOKED);
        if (before) { /* whoever signed the rotation was no longer the device */
            expect_refused(&s.r, turn, BEHIND);
            expect_refused(&s.r, new, "invite: the author is not an administrator");
            assert_false(is_member(&s.r, &s.w, NEW1));
        } else {
            expect_effect(&s.r, turn);
            expect_effect(&s.r, new);
            expect_standing(&s.r, &s.w, NEW1, JEMPUT_STANDING_ACTIVE);
        }
        jemput_arena_release(&s.arena);
    }
}

/* A fork: `turn` stands beside the segments 2 and 3 of the log, and behind segment 1. */
struct fork { struct jemput_hash turn; };

static bool fork_covers(void *ctx, const struct jemput_head *head, const struct jemput_head *at)
{
    const struct fork *f = ctx;
    bool of_turn = jemput_hash_equal(&at->hash, &f->turn), to_turn = jemput_hash_equal(&head->hash, &f->turn);

    return at->number <= head->number && (of_turn == to_turn || (to_turn && at->number < 2));
}

static void a_rotation_that_a_thief_signed_in_a_fork_ends_nothing_once_the_fork_is_revoked(void **state)
{
    struct jemput_error err;
    struct jemput_act *turn, *first, *last;
    struct fork f;
    struct jemput_ancestry ancestry = { fork_covers, &f };
    struct scene s;

    (void)state;
    scene_init(&s);
    first = reader(&s.w, TABLET, 40);
    reader(&s.w, TABLET, 61);
    last = reader(&s.w, TABLET, 62);
    turn = rotate(&s.w, TABLET, 50, NEW1);
    turn->number = 2;
    f.turn = turn->segment;
    assert_int_equal(jemput_roster_fold(&s.r, &s.w.space, s.w.acts, s.w.count, &ancestry, &s.arena, &err), JEMPUT_OK);
    expect_effect(&s.r, turn);
    expect_effect(&s.r, first);
    expect_refused(&s.r, last, BEHIND);
    revoke(&s.w, ADMIN, 70, TABLET, last);
    jemput_arena_clear(&s.arena);
    assert_int_equal(jemput_roster_fold(&s.r, &s.w.space, s.w.acts, s.w.count, &ancestry, &s.arena, &err), JEMPUT_OK);
    expect_refused(&s.r, turn, BEHIND);
    assert_int_equal(s.r.cut_count, 2); /* the rotation was taken, and is void */
    expect_effect(&s.r, first);
    expect_effect(&s.r, last);
    assert_false(is_member(&s.r, &s.w, NEW1));
    jemput_arena_release(&s.arena);
}

static void of_two_rotations_of_a_copied_key_the_first_counts(void **state)
{
    struct jemput_act *first, *second;
    struct scene s;

    (void)state;
    scene_init(&s);
    second = rotate(&s.w, TABLET, 60, NEW2);
    first = rotate(&s.w, TABLET, 50, NEW1);
    first->number = second->number = 1; /* in two branches of one log, of which linear ancestry sees one */
    second->number = 2;
    scene_fold(&s);
    expect_effect(&s.r, first);
    expect_refused(&s.r, second, BEHIND);
    expect_standing(&s.r, &s.w, NEW1, JEMPUT_STANDING_ACTIVE);
    assert_false(is_member(&s.r, &s.w, NEW2));
    jemput_arena_release(&s.arena);
}

static void a_rotated_device_takes_narrowed_rights_along(void **state)
{
    struct jemput_act *last;
    struct scene s;

    (void)state;
    scene_init(&s);
    last = reader(&s.w, TABLET, 40);
    rotate(&s.w, TABLET, 45, NEW1);
    change(&s.w, ADMIN, 60, TABLET, 0, last); /* by somebody who had not heard of the rotation */
    scene_fold(&s);
    expect_standing(&s.r, &s.w, NEW1, JEMPUT_STANDING_SUSPENDED);
    jemput_arena_release(&s.arena);
}

/* --- a new epoch --- */

static void a_device_that_met_its_copy_goes_on_as_a_new_writer_with_the_same_rights(void **state)
{
    struct jemput_act *go_on, *again, *strange, *backwards;
    const struct jemput_member *m;
    struct jemput_writer second;
    struct scene s;

    (void)state;
    scene_init(&s);
    go_on = resume(&s.w, TABLET, 50, 1, 2);
    again = resume(&s.w, TABLET, 55, 1, 2); /* the copy does the same: it is the same writer, so a fork of that one */
    strange = resume(&s.w, STRANGER, 56, 1, 2);
    strange->record.as.resume.old = writer_of(&s.w, TABLET, 1); /* whose place it would like */
    backwards = resume(&s.w, TABLET, 57, 2, 3);
    backwards->record.as.resume.epoch = 2;
    backwards->record.as.resume.old = writer_of(&s.w, TABLET, 2);
    scene_fold(&s);
    expect_effect(&s.r, go_on);
    expect_refused(&s.r, again, "resume: the writer is a member already");
    expect_refused(&s.r, strange, "resume: there is no such device");
    expect_refused(&s.r, backwards, "resume: there is no such device");
    second = writer_of(&s.w, TABLET, 2);
    m = jemput_roster_member(&s.r, &second);
    assert_non_null(m);
    assert_int_equal(m->epoch, 2);
    assert_int_equal(m->device_number, 7);
    assert_int_equal(m->roles, PETUGAS);
    assert_int_equal(m->standing, JEMPUT_STANDING_ACTIVE);
    jemput_arena_release(&s.arena);
}

static void a_resumption_is_judged_by_the_heads_of_the_revocation_and_by_who_signs(void **state)
{
    (void)state;
    for (unsigned covered = 0; covered < 2; covered++) {
        struct jemput_writer second;
        struct jemput_act *go_on, *forged;
        struct scene s;

        scene_init(&s);
        go_on = resume(&s.w, TABLET, 50, 1, 2);
        forged = resume(&s.w, DESK, 51, 1, 2);
        forged->author = writer_of(&s.w, DESK, 3);
        revoke(&s.w, ADMIN, 70, TABLET, covered ? go_on : NULL);
        scene_fold(&s);
        second = writer_of(&s.w, TABLET, 2);
        if (covered)
            expect_effect(&s.r, go_on);
        else
            expect_refused(&s.r, go_on, BEHIND);
        assert_int_equal(jemput_roster_member(&s.r, &second) != NULL, covered);
        expect_refused(&s.r, forged, "resume: it is not the new writer's own");
        jemput_arena_release(&s.arena);
    }
}

/* It went on as a new writer twice before it took another key: what made it what it is lies in logs of earlier epochs, which that does not end; nor does it
 * end the copy's. What goes on in a later one is ended, whoever of them does it. */
static void a_device_that_has_gone_on_twice_takes_another_key(void **state)
{
    struct jemput_act *first, *second, *copy, *turn, *later;
    struct jemput_writer of_copy, of_later;
    struct scene s;

    (void)state;
    scene_init(&s);
    first = resume(&s.w, TABLET, 50, 1, 2);
    copy = resume(&s.w, TABLET, 51, 1, 3);
    second = resume(&s.w, TABLET, 52, 2, 4);
    turn = rotate(&s.w, TABLET, 60, NEW1);
    turn->author = writer_of(&s.w, TABLET, 4);
    later = resume(&s.w, TABLET, 70, 1, 9);
    scene_fold(&s);
    expect_effect(&s.r, first);
    expect_effect(&s.r, copy);
    expect_effect(&s.r, second);
    expect_effect(&s.r, turn);
    expect_refused(&s.r, later, BEHIND);
    expect_standing(&s.r, &s.w, NEW1, JEMPUT_STANDING_ACTIVE);
    of_copy = writer_of(&s.w, TABLET, 3);
    of_later = writer_of(&s.w, TABLET, 9);
    assert_non_null(jemput_roster_member(&s.r, &of_copy));
    assert_null(jemput_roster_member(&s.r, &of_later));
    jemput_arena_release(&s.arena);
}

/* --- carrying on --- */

static void a_new_tablet_carries_on_for_a_lost_one_and_for_no_second(void **state)
{
    struct jemput_act *link, *second, *unknown_key, *by_tablet, *of_rotated;
    struct scene s;

    (void)state;
    scene_init(&s);
    link = succeed(&s.w, ADMIN2, 50, TABLET, DESK);
    second = succeed(&s.w, ADMIN2, 51, ADMIN2, DESK);
    unknown_key = succeed(&s.w, ADMIN2, 52, STRANGER, CENTRAL);
    by_tablet = succeed(&s.w, TABLET, 53, TABLET, CENTRAL);
    rotate(&s.w, DESK, 54, NEW1); /* it is still the same device */
    of_rotated = succeed(&s.w, ADMIN2, 55, ADMIN2, NEW1);
    scene_fold(&s);
    expect_effect(&s.r, link);
    expect_refused(&s.r, second, "succeed: the new device carries on for another");
    expect_refused(&s.r, unknown_key, "succeed: one of the two is not enrolled");
    expect_refused(&s.r, by_tablet, "succeed: the author is not an administrator");
    expect_refused(&s.r, of_rotated, "succeed: the new device carries on for another");
    assert_memory_equal(member_of(&s.r, &s.w, DESK)->succeeds, key(&s.w, TABLET), 32);
    assert_memory_equal(member_of(&s.r, &s.w, NEW1)->succeeds, key(&s.w, TABLET), 32);
    assert_int_equal(member_of(&s.r, &s.w, NEW1)->roles, PETUGAS);
    jemput_arena_release(&s.arena);
}

static void a_member_is_found_by_its_key_and_nobody_by_a_strangers(void **state)
{
    static const enum person members[] = { ADMIN, ADMIN2, TABLET, DESK };
    struct scene s;

    (void)state;
    scene_init(&s);
    scene_fold(&s);
    for (unsigned i = 0; i < sizeof members / sizeof *members; i++) {
        const struct jemput_member *found = jemput_roster_member_of_key(&s.r, key(&s.w, members[i]));

        assert_non_null(found);
        assert_memory_equal(found->public_key, key(&s.w, members[i]), 32);
    }
    assert_null(jemput_roster_member_of_key(&s.r, key(&s.w, STRANGER)));
    jemput_arena_release(&s.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_is_found_by_its_key_and_nobody_by_a_strangers),
        cmocka_unit_test(a_device_goes_on_under_its_new_key_and_the_old_one_signs_no_more),
        cmocka_unit_test(a_rotation_is_refused_without_the_new_keys_signature_or_to_a_key_that_is_enrolled_or_by_another),
        cmocka_unit_test(an_old_key_revoked_behind_its_rotation_leaves_the_new_key_and_before_it_takes_that_along),
        cmocka_unit_test(a_rotation_that_a_thief_signed_in_a_fork_ends_nothing_once_the_fork_is_revoked),
        cmocka_unit_test(of_two_rotations_of_a_copied_key_the_first_counts),
        cmocka_unit_test(a_rotated_device_takes_narrowed_rights_along),
        cmocka_unit_test(a_device_that_met_its_copy_goes_on_as_a_new_writer_with_the_same_rights),
        cmocka_unit_test(a_device_that_has_gone_on_twice_takes_another_key),
        cmocka_unit_test(a_resumption_is_judged_by_the_heads_of_the_revocation_and_by_who_signs),
        cmocka_unit_test(a_new_tablet_carries_on_for_a_lost_one_and_for_no_second),
    };

    return cmocka_run_group_tests_name("roster, devices that go on", tests, NULL, NULL);
}
