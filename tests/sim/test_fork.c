/* A tablet that was copied, or put back to an older copy, and what is used of it: nothing is lost, everybody has all branches, each copy goes on as a
 * writer of its own by itself, nobody else is disturbed, and whoever asks gets a proof. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/fork/resume.h"
#include "bad.h"

#define CENTRAL 0
#define TABLET 1
#define OTHER 2

/* --- what must be so afterwards --- */

struct forks {
    unsigned count, resumed;
};

static int forks_see(void *ctx, const struct jemput_fork *fork)
{
    struct forks *forks = ctx;
    char writer[33];
    uint64_t number;
    struct jemput_error err;

    forks->count++;
    forks->resumed += fork->resumed != 0;
    if (jemput_fork_check(fork->sides, writer, &number, &err))
        fail_msg("%s", err.text);
    assert_string_equal(writer, fork->writer);
    assert_int_equal(number, fork->number);
    assert_string_not_equal(fork->sides[0].segment, fork->sides[1].segment);
    return 0;
}

static int case_see(void *ctx, const struct jemput_case *told)
{
    unsigned *count = ctx;

    if (strcmp(told->kind, "forked") == 0) {
        ++*count;
        assert_false(told->open); /* each copy has gone on */
        assert_true(strlen(told->about) == 32 && told->since_ms > 0 && strstr(told->safe_en, "Yes") && strstr(told->todo_id, "fork-proof"));
    }
    return 0;
}

static void expect_forks(struct fleet *f, unsigned device, unsigned count)
{
    struct forks forks = { 0 };
    struct jemput_error err;

    if (jemput_forks(f->devices[device].jemput, forks_see, &forks, &err))
        fail_msg("%s", err.text);
    if (forks.count != count)
        fail_msg("device %u knows of %u forks, not %u", device, forks.count, count);
    assert_int_equal(forks.resumed, count);
    forks.count = 0;
    assert_int_equal(jemput_cases(f->devices[device].jemput, case_see, &forks.count, &err), JEMPUT_OK);
    assert_int_equal(forks.count, count);
}

/* All that was written is everywhere and received, on every device the same state; nobody's log is stopped; each writes under a name of its own. */
static void expect_whole(struct fleet *f, const char *names, unsigned forks)
{
    char hash[65], first[65];
    struct jemput_error err;

    for (unsigned round = 0; round < 3; round++)
        fleet_settle(f, 0);
    for (unsigned i = 0; i < f->count; i++) {
        struct jemput_info info = bad_info(f, i);

        bad_expect_names(f, i, names);
        assert_int_equal(info.logs_stopped, 0);
        assert_int_equal(info.conflicts, 0);
        assert_int_equal(info.own.on_device + info.own.waiting, 0);
        assert_int_equal(info.hub_behind, 0);
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(info.writer, bad_info(f, k).writer);
        expect_forks(f, i, forks);
        if (jemput_state_hash(f->devices[i].jemput, hash, &err))
            fail_msg("%s", err.text);
        if (i == 0)
            memcpy(first, hash, sizeof first);
        assert_string_equal(hash, first);
        fleet_verify(f, i);
    }
}

static void write_each(struct fleet *f, const unsigned *devices, unsigned count, const char *letters)
{
    for (unsigned i = 0; i < count; i++) {
        char name[2] = { letters[i], '\0' };

        bad_write(f, devices[i], name);
    }
}

/* Before any of them looks at a hub, as a tablet does whose officer decides a conflict: it signs a number without knowing of the others. */
static void seal_each(struct fleet *f, const unsigned *devices, unsigned count)
{
    struct jemput_error err;

    for (unsigned i = 0; i < count; i++)
        assert_int_equal(jemput_seal(f->devices[devices[i]].jemput, NULL, &err), JEMPUT_OK);
}

struct copied {
    unsigned count, open;
};

static int copied_see(void *ctx, const struct jemput_case *told)
{
    struct copied *seen = ctx;

    if (strcmp(told->kind, "copied") == 0) {
        seen->count++;
        seen->open += told->open;
        assert_true(strlen(told->about) == 32 && told->since_ms > 0 && strstr(told->todo_en, "Find the copy"));
    }
    return 0;
}

static int copies_see(void *ctx, const struct jemput_device *d)
{
    unsigned *most = ctx;

    *most = d->copies > *most ? d->copies : *most;
    return 0;
}

static int places_see(void *ctx, const struct jemput_forget_place *place)
{
    unsigned *count = ctx;

    *count += place->device_number == 2; /* the tablet's */
    return 0;
}

/* On central: copies that were used beside each other, and whether they are still. */
static void expect_copies(struct fleet *f, unsigned copies, bool still)
{
    struct copied seen = { 0 };
    unsigned most = 0, places = 0;
    struct jemput_audit audit;
    struct jemput_error err;

    assert_int_equal(jemput_cases(f->devices[CENTRAL].jemput, copied_see, &seen, &err), JEMPUT_OK);
    assert_int_equal(jemput_devices(f->devices[CENTRAL].jemput, copies_see, &most, &err), JEMPUT_OK);
    assert_int_equal(jemput_forget_places(f->devices[CENTRAL].jemput, places_see, &places, &err), JEMPUT_OK);
    assert_int_equal(seen.count, copies - 1);
    assert_int_equal(seen.open, still ? copies - 1 : 0);
    assert_int_equal(most, still ? copies : 1);
    assert_int_equal(places, copies); /* each must say for itself that nothing is left there */
    assert_int_equal(jemput_audit(f->devices[CENTRAL].jemput, NULL, &audit, &err), JEMPUT_OK);
    assert_int_equal(audit.devices, f->count - 1); /* a copy is no device of its own, whatever logs it has */
}

/* --- copies --- */

/* Everybody but this one, who is switched off. */
static void settle_without(struct fleet *f, unsigned off)
{
    for (unsigned i = 0; i < 2 * f->count; i++)
        if (i % f->count != off)
            fleet_sync(f, i % f->count, 0);
}

/* `gone`: which of the two is used no more in the end: the first, or the copy. */
static void copy_looks_first(unsigned gone)
{
    struct fleet f;
    unsigned both[2] = { TABLET };

    bad_begin(&f, 231 + 10 * gone);
    both[1] = fleet_clone(&f, TABLET);
    bad_write(&f, TABLET, "k");
    fleet_sync(&f, TABLET, 0);
    fleet_sync(&f, both[1], 0); /* sees what it has not written, and goes on as another: no number is signed twice */
    write_each(&f, both, 2, "lm");
    for (unsigned round = 0; round < 2; round++)
        fleet_settle(&f, 0);
    write_each(&f, both, 2, "no");
    expect_whole(&f, "abcklmno", 0);
    expect_copies(&f, 2, true);
    for (unsigned i = 0; i < f.count; i++)
        f.devices[i].sim.wall_ms += INT64_C(20) * 24 * 3600 * 1000;
    bad_write(&f, both[gone == 0], gone ? "p" : "q"); /* whichever was found is used no more, and the other one works on */
    settle_without(&f, both[gone]);
    expect_copies(&f, 2, false);
    fleet_release(&f);
}

static void a_copy_that_looks_before_it_writes_is_told_as_long_as_both_go_on(void **state)
{
    (void)state;
    copy_looks_first(0);
    copy_looks_first(1);
}

static void a_tablet_that_was_put_back_is_no_copy(void **state)
{
    static const char letters[] = "klmnop";
    struct fleet f;
    unsigned back;

    (void)state;
    bad_begin(&f, 232);
    back = fleet_clone(&f, TABLET);
    for (unsigned i = 0; letters[i]; i++) { /* of the two only one at a time, and from then on the one that was put back */
        char name[2] = { letters[i], '\0' };

        bad_write(&f, i < 3 ? TABLET : back, name);
        settle_without(&f, i < 3 ? back : TABLET);
    }
    bad_expect_names(&f, CENTRAL, "abcklmnop");
    expect_copies(&f, 1, false);
    fleet_release(&f);
}

static void a_cloned_tablet_and_its_original_both_go_on_and_nothing_is_lost(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 2; first++) { /* whichever comes to the hub first */
        struct fleet f;
        unsigned both[2] = { TABLET };
        char before[33];

        bad_begin(&f, 201 + first);
        memcpy(before, bad_info(&f, TABLET).writer, sizeof before);
        both[1] = fleet_clone(&f, TABLET);
        write_each(&f, both, 2, "kl");
        seal_each(&f, both, 2);
        fleet_sync(&f, both[first], 0);
        fleet_sync(&f, both[!first], 0);
        assert_string_not_equal(bad_info(&f, both[!first]).writer, before); /* it found its number taken, and went on by itself */
        write_each(&f, both, 2, "mn");
        expect_whole(&f, "abcklmn", 1);
        write_each(&f, both, 2, "op");
        expect_whole(&f, "abcklmnop", 1); /* and there it ends */
        for (unsigned i = 0; i < 2; i++) /* 'b', before there were two, and three of its own: what it wrote as another is its work, too */
            assert_int_equal(bad_info(&f, both[i]).own.received, 4);
        fleet_expect(&f, both[1], "SELECT state, own FROM jemput_delivery('warga', 'l')", "diterima pusat|1\n");
        fleet_expect(&f, both[1], "SELECT state, own FROM jemput_delivery('warga', 'n')", "diterima pusat|1\n");
        fleet_release(&f);
    }
}

static void three_copies_and_their_original_go_on_each_by_itself(void **state)
{
    struct fleet f;
    unsigned all[4] = { TABLET };

    (void)state;
    bad_begin(&f, 203);
    for (unsigned i = 1; i < 4; i++)
        all[i] = fleet_clone(&f, TABLET);
    write_each(&f, all, 4, "klmn");
    seal_each(&f, all, 4);
    for (unsigned i = 0; i < 4; i++)
        fleet_sync(&f, all[3 - i], 0);
    write_each(&f, all, 4, "opqr");
    expect_whole(&f, "abcklmnopqr", 3);
    fleet_release(&f);
}

/* The copies' random numbers are the same: so are their new writers, and the same happens once more. */
static void same_random(struct jemput_env *env, void *out, size_t len)
{
    (void)env;
    memset(out, 0, len);
}

static void same_epochs(uint64_t seed)
{
    struct fleet f;
    unsigned all[3] = { TABLET };
    void (*real[3])(struct jemput_env *, void *, size_t);

    bad_begin(&f, seed);
    all[1] = fleet_clone(&f, TABLET);
    all[2] = fleet_clone(&f, TABLET);
    for (unsigned i = 0; i < 3; i++) {
        real[i] = f.devices[all[i]].sim.env.random;
        f.devices[all[i]].sim.env.random = same_random;
    }
    write_each(&f, all, 3, "klm");
    for (unsigned i = 0; i < 3; i++)
        fleet_sync(&f, all[i], 0);
    fleet_sync(&f, CENTRAL, 0);
    for (unsigned i = 0; i < 3; i++)
        fleet_sync(&f, all[i], 0);
    for (unsigned i = 0; i < 3; i++)
        f.devices[all[i]].sim.env.random = real[i];
    write_each(&f, all, 3, "nop");
    for (unsigned round = 0; round < 3; round++)
        fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        bad_expect_names(&f, i, "abcklmnop");
        assert_int_equal(bad_info(&f, i).logs_stopped, 0);
        assert_int_equal(bad_info(&f, i).own.on_device + bad_info(&f, i).own.waiting, 0);
        fleet_verify(&f, i);
    }
    fleet_release(&f);
}

/* In several fleets: in which order central's segments name the new writers, some of which go on from others, is a matter of their ids. */
static void copies_that_take_the_same_new_epoch_take_other_ones_in_turn(void **state)
{
    (void)state;
    for (uint64_t seed = 220; seed < 228; seed++)
        same_epochs(seed);
}

static void copies_meet_through_another_hub_alone(void **state)
{
    struct fleet f;
    unsigned both[2] = { TABLET };

    (void)state;
    bad_begin(&f, 205);
    both[1] = fleet_clone(&f, TABLET);
    write_each(&f, both, 2, "kl");
    fleet_sync(&f, both[0], 1);
    fleet_sync(&f, both[1], 2);
    fleet_sync(&f, CENTRAL, 1);
    fleet_sync(&f, CENTRAL, 2);
    fleet_sync(&f, CENTRAL, 0);
    expect_whole(&f, "abckl", 1);
    fleet_release(&f);
}

/* --- an older copy --- */

static struct crash_snapshot *copy_keep(struct fleet *f, unsigned device)
{
    struct crash_snapshot *copy;

    bad_close(f, device);
    copy = crash_vfs_snapshot(f->devices[device].vfs);
    bad_open(f, device);
    return copy;
}

static void copy_put_back(struct fleet *f, unsigned device, struct crash_snapshot *copy)
{
    bad_close(f, device);
    crash_vfs_restore(f->devices[device].vfs, copy);
    bad_open(f, device);
    crash_snapshot_free(copy);
}

static int last_number_see(void *ctx, const struct jemput_segment_info *s)
{
    struct jemput_segment_info *last = ctx;

    if (strcmp(s->origin.writer, last->origin.writer) == 0 && s->number > last->number)
        last->number = s->number;
    return 0;
}

static uint64_t last_number(struct fleet *f, unsigned device, const char *writer)
{
    struct jemput_segment_info last = { .number = 0 };
    struct jemput_error err;

    memcpy(last.origin.writer, writer, sizeof last.origin.writer);
    assert_int_equal(jemput_log(f->devices[device].jemput, last_number_see, &last, &err), JEMPUT_OK);
    return last.number;
}

static void a_tablet_put_back_to_an_older_copy_gets_its_work_back_and_signs_no_number_twice(void **state)
{
    struct crash_snapshot *copy;
    struct fleet f;
    char before[33];
    uint64_t number;

    (void)state;
    bad_begin(&f, 206);
    memcpy(before, bad_info(&f, TABLET).writer, sizeof before);
    copy = copy_keep(&f, TABLET);
    bad_write(&f, TABLET, "k");
    fleet_settle(&f, 0);
    number = last_number(&f, CENTRAL, before);
    copy_put_back(&f, TABLET, copy);
    bad_write(&f, TABLET, "l"); /* not sealed: it looks first */
    fleet_sync(&f, TABLET, 0);
    assert_string_not_equal(bad_info(&f, TABLET).writer, before);
    bad_expect_names(&f, TABLET, "abckl");
    expect_whole(&f, "abckl", 0); /* no number was signed twice: there is no fork */
    assert_int_equal(last_number(&f, CENTRAL, before), number);
    fleet_release(&f);
}

/* Central has not seen it yet: it comes from the hub, at the first sync. */
static void what_it_had_sent_comes_back_before_anybody_has_merged_it(void **state)
{
    struct crash_snapshot *copy;
    struct fleet f;

    (void)state;
    bad_begin(&f, 215);
    copy = copy_keep(&f, TABLET);
    bad_write(&f, TABLET, "k");
    fleet_sync(&f, TABLET, 0);
    copy_put_back(&f, TABLET, copy);
    fleet_sync(&f, TABLET, 0);
    bad_expect_names(&f, TABLET, "abck");
    expect_whole(&f, "abck", 0);
    fleet_release(&f);
}

static void one_that_sealed_before_it_looked_keeps_both_branches(void **state)
{
    struct crash_snapshot *copy;
    struct jemput_error err;
    struct fleet f;

    (void)state;
    bad_begin(&f, 207);
    copy = copy_keep(&f, TABLET);
    bad_write(&f, TABLET, "k");
    fleet_settle(&f, 0);
    copy_put_back(&f, TABLET, copy);
    bad_write(&f, TABLET, "l");
    assert_int_equal(jemput_seal(f.devices[TABLET].jemput, NULL, &err), JEMPUT_OK);
    expect_whole(&f, "abckl", 1);
    fleet_release(&f);
}

/* Central's branch alone brings the lost work back: the hub that the tablet meets has none of its logs. */
static void what_comes_back_through_central_tells_it_too(void **state)
{
    struct crash_snapshot *copy;
    struct fleet f;
    char before[33];

    (void)state;
    bad_begin(&f, 208);
    memcpy(before, bad_info(&f, TABLET).writer, sizeof before);
    copy = copy_keep(&f, TABLET);
    bad_write(&f, TABLET, "k");
    fleet_settle(&f, 0);
    copy_put_back(&f, TABLET, copy);
    bad_write(&f, TABLET, "l");
    fleet_sync(&f, CENTRAL, 1);
    fleet_sync(&f, TABLET, 1);
    assert_string_not_equal(bad_info(&f, TABLET).writer, before);
    fleet_sync(&f, CENTRAL, 1);
    expect_whole(&f, "abckl", 1);
    fleet_release(&f);
}

static void a_central_put_back_to_an_older_copy_goes_on_and_all_follow_it(void **state)
{
    struct crash_snapshot *copy;
    struct fleet f;
    char before[33];

    (void)state;
    bad_begin(&f, 209);
    memcpy(before, bad_info(&f, CENTRAL).writer, sizeof before);
    copy = copy_keep(&f, CENTRAL);
    bad_write(&f, TABLET, "k");
    bad_write(&f, CENTRAL, "o");
    fleet_settle(&f, 0);
    copy_put_back(&f, CENTRAL, copy);
    bad_write(&f, OTHER, "l");
    fleet_sync(&f, OTHER, 0);
    bad_write(&f, CENTRAL, "p");
    fleet_sync(&f, CENTRAL, 0);
    assert_string_not_equal(bad_info(&f, CENTRAL).writer, before);
    expect_whole(&f, "abcklop", 0);
    bad_write(&f, TABLET, "q");
    expect_whole(&f, "abcklopq", 0);
    fleet_release(&f);
}

static void two_copies_of_central_both_work_and_all_is_received(void **state)
{
    struct fleet f;
    unsigned both[2] = { CENTRAL };

    (void)state;
    bad_begin(&f, 210);
    both[1] = fleet_clone(&f, CENTRAL);
    write_each(&f, both, 2, "kl");
    seal_each(&f, both, 2);
    bad_write(&f, TABLET, "m");
    fleet_sync(&f, TABLET, 0);
    fleet_sync(&f, both[1], 0);
    fleet_sync(&f, both[0], 0);
    bad_write(&f, OTHER, "n");
    expect_whole(&f, "abcklmn", 1);
    fleet_release(&f);
}

/* Central and its hub were put back together: what tablets say that they have merged tells central that it was further once. */
static void a_central_whose_hub_was_put_back_with_it_learns_from_tablets_that_it_was_further(void **state)
{
    struct crash_snapshot *copy;
    struct fleet f;
    char before[33], hub[300];

    (void)state;
    bad_begin(&f, 211);
    memcpy(before, bad_info(&f, CENTRAL).writer, sizeof before);
    snprintf(hub, sizeof hub, "%s", fleet_hub(&f, 0));
    copy = copy_keep(&f, CENTRAL);
    bad_shell("cp -a '%s' '%s.bak'", hub, hub);
    bad_write(&f, TABLET, "k");
    bad_write(&f, CENTRAL, "o"); /* this is lost: only tablets have it */
    fleet_settle(&f, 0);
    bad_write(&f, TABLET, "l");
    fleet_sync(&f, TABLET, 0); /* its log names what central had */
    copy_put_back(&f, CENTRAL, copy);
    bad_shell("rm -rf '%s' && cp -a '%s.bak' '%s'", hub, hub, hub);
    fleet_sync(&f, TABLET, 0);
    fleet_sync(&f, CENTRAL, 0);
    assert_string_not_equal(bad_info(&f, CENTRAL).writer, before);
    fleet_settle(&f, 0);
    bad_expect_names(&f, CENTRAL, "abcklo");
    fleet_release(&f);
}

/* No hub has its lost log: what a tablet's segments name is all that tells it. */
static void a_central_put_back_learns_from_what_tablets_name_alone_and_gets_it_back_from_them(void **state)
{
    struct crash_snapshot *copy;
    struct fleet f;
    char before[33];

    (void)state;
    bad_begin(&f, 214);
    memcpy(before, bad_info(&f, CENTRAL).writer, sizeof before);
    copy = copy_keep(&f, CENTRAL);
    bad_write(&f, CENTRAL, "o");
    fleet_settle(&f, 0);
    bad_write(&f, TABLET, "l"); /* having seen that */
    copy_put_back(&f, CENTRAL, copy);
    fleet_sync(&f, TABLET, 1);
    fleet_sync(&f, CENTRAL, 1);
    assert_string_not_equal(bad_info(&f, CENTRAL).writer, before);
    bad_write(&f, CENTRAL, "p");
    fleet_sync(&f, TABLET, 1); /* which now knows this hub, and gives it what it lacks */
    fleet_sync(&f, CENTRAL, 1);
    bad_expect_names(&f, CENTRAL, "abclop");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        bad_expect_names(&f, i, "abclop");
        expect_forks(&f, i, 0);
    }
    bad_end(&f);
}

/* --- causes --- */

static void what_it_wrote_before_it_went_on_it_has_seen(void **state)
{
    struct fleet f;
    unsigned copy;

    (void)state;
    bad_begin(&f, 212);
    copy = fleet_clone(&f, TABLET);
    fleet_sql(&f, copy, "INSERT INTO warga VALUES('x', '001')");
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('k', '001')");
    fleet_sync(&f, TABLET, 0);
    assert_int_equal(sqlite3_exec(f.devices[copy].sql, "UPDATE warga SET rt = '002' WHERE nama = 'x'", NULL, NULL, NULL), SQLITE_OK);
    fleet_sync(&f, copy, 0); /* goes on as another writer, with this pending */
    fleet_sql(&f, copy, "UPDATE warga SET rt = '003' WHERE nama = 'x'");
    fleet_sync(&f, copy, 0);
    fleet_sql(&f, TABLET, "UPDATE warga SET rt = '004' WHERE nama = 'k'");
    expect_whole(&f, "abckx", 0);
    fleet_expect_all(&f, "SELECT nama, rt FROM warga WHERE nama IN ('k', 'x') ORDER BY nama", "k|004\nx|003\n");
    fleet_release(&f);
}

static void a_form_that_was_open_meanwhile_has_seen_what_was_sealed_here_and_no_more(void **state)
{
    struct jemput_error err;
    struct fleet f;
    unsigned copy;
    char *token;

    (void)state;
    bad_begin(&f, 213);
    copy = fleet_clone(&f, TABLET);
    token = fleet_rows(&f, copy, "SELECT jemput_token()");
    fleet_sql(&f, copy, "UPDATE warga SET rt = '002' WHERE nama = 'a'");
    assert_int_equal(jemput_seal(f.devices[copy].jemput, NULL, &err), JEMPUT_OK);
    fleet_sql(&f, TABLET, "UPDATE warga SET rt = '007' WHERE nama = 'b'");
    fleet_sync(&f, TABLET, 0);
    fleet_sync(&f, copy, 0);
    fleet_sql(&f, copy, "BEGIN; SELECT jemput_under(%s); UPDATE warga SET rt = '003' WHERE nama IN ('a', 'b'); COMMIT", token);
    for (unsigned round = 0; round < 3; round++)
        fleet_settle(&f, 0);
    fleet_expect_all(&f, "SELECT rt FROM warga WHERE nama = 'a'", "003\n");
    for (unsigned i = 0; i < f.count; i++)
        assert_int_equal(bad_info(&f, i).conflicts, 1); /* 'b', which the other copy had changed */
    free(token);
    fleet_release(&f);
}

/* --- a stranger's name --- */

#define NAMES 12

struct names {
    struct jemput j; /* its space and roster alone */
    struct jemput_member members[4];
    struct engine_candidate of[NAMES];
    bool wanted[NAMES];
    uint32_t count;
};

static void member_add(struct names *n, uint8_t key, uint32_t epoch, unsigned roles)
{
    struct jemput_member *m = &n->members[n->j.roster.member_count++];

    *m = (struct jemput_member){ .epoch = epoch, .roles = roles, .standing = JEMPUT_STANDING_ACTIVE };
    memset(m->public_key, key, sizeof m->public_key);
    jemput_writer_derive(&m->writer, &n->j.space, m->public_key, epoch);
}

static void name_add(struct names *n, uint8_t key, uint32_t epoch, bool wanted)
{
    uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES];

    memset(public_key, key, sizeof public_key);
    n->of[n->count] = (struct engine_candidate){ .at = n->count, .may_be = !wanted };
    jemput_writer_derive(&n->of[n->count].writer, &n->j.space, public_key, epoch);
    n->wanted[n->count++] = wanted;
}

/* Of logs whose writers nobody has heard of, those are read before others that an administrator's device, or central, may have gone on as. */
static void a_stranger_s_log_is_known_as_one_that_an_authority_may_have_gone_on_in(void **state)
{
    static struct names n;

    (void)state;
    memset(n.j.space.id, 0x5a, sizeof n.j.space.id);
    n.j.roster.members = n.members;
    member_add(&n, 0x11, 1, JEMPUT_ROLE_ADMIN);
    member_add(&n, 0x11, 9000, JEMPUT_ROLE_ADMIN); /* it has gone on: from the first one nobody does any more */
    member_add(&n, 0x22, 7, JEMPUT_ROLE_PUSAT);
    member_add(&n, 0x33, 1, JEMPUT_ROLE_PETUGAS);
    name_add(&n, 0x11, 2, false);
    name_add(&n, 0x11, 9000, false); /* itself */
    name_add(&n, 0x11, 9001, true);
    name_add(&n, 0x11, 9001, true); /* its log has two branches, and more beside it */
    name_add(&n, 0x11, 9000 + RESUME_EPOCHS, true);
    name_add(&n, 0x11, 9001 + RESUME_EPOCHS, false);
    name_add(&n, 0x22, 8, true);
    name_add(&n, 0x22, 8, true);
    name_add(&n, 0x22, 8, true);
    name_add(&n, 0x22, 6, false);
    name_add(&n, 0x33, 2, false);
    name_add(&n, 0x44, 2, false);
    for (uint32_t count = 0; count <= NAMES; count++) {
        engine_resume_candidates(&n.j, n.of, count);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(n.of[i].may_be, n.wanted[n.of[i].at]);
            assert_true(i == 0 || jemput_writer_compare(&n.of[i - 1].writer, &n.of[i].writer) <= 0);
        }
    }
    n.members[1].epoch = UINT32_MAX; /* there is none after it */
    engine_resume_candidates(&n.j, n.of, NAMES);
    for (uint32_t i = 0; i < NAMES; i++)
        assert_int_equal(n.of[i].may_be, n.of[i].at >= 6 && n.of[i].at <= 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_that_looks_before_it_writes_is_told_as_long_as_both_go_on),
        cmocka_unit_test(a_tablet_that_was_put_back_is_no_copy),
        cmocka_unit_test(a_cloned_tablet_and_its_original_both_go_on_and_nothing_is_lost),
        cmocka_unit_test(three_copies_and_their_original_go_on_each_by_itself),
        cmocka_unit_test(copies_that_take_the_same_new_epoch_take_other_ones_in_turn),
        cmocka_unit_test(copies_meet_through_another_hub_alone),
        cmocka_unit_test(a_tablet_put_back_to_an_older_copy_gets_its_work_back_and_signs_no_number_twice),
        cmocka_unit_test(what_it_had_sent_comes_back_before_anybody_has_merged_it),
        cmocka_unit_test(one_that_sealed_before_it_looked_keeps_both_branches),
        cmocka_unit_test(what_comes_back_through_central_tells_it_too),
        cmocka_unit_test(a_central_put_back_to_an_older_copy_goes_on_and_all_follow_it),
        cmocka_unit_test(two_copies_of_central_both_work_and_all_is_received),
        cmocka_unit_test(a_central_whose_hub_was_put_back_with_it_learns_from_tablets_that_it_was_further),
        cmocka_unit_test(a_central_put_back_learns_from_what_tablets_name_alone_and_gets_it_back_from_them),
        cmocka_unit_test(what_it_wrote_before_it_went_on_it_has_seen),
        cmocka_unit_test(a_form_that_was_open_meanwhile_has_seen_what_was_sealed_here_and_no_more),
        cmocka_unit_test(a_stranger_s_log_is_known_as_one_that_an_authority_may_have_gone_on_in),
    };

    return cmocka_run_group_tests_name("fork", tests, NULL, NULL);
}
