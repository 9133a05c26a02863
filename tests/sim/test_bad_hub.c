/* Hubs that are not there, are something else, refuse, run full, go away in the middle, are locked or rolled back.
 *
 * Each time: the exact code, a text that names the cause, an advice that says what is safe, no row lost; and once the cause is repaired, the next syncs
 * bring everything everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bad.h"
#include "folder.h"
#include "forge.h"

#define TABLET 1
#define OTHER 2

/* A tablet has something to send, and there is something for it to fetch. */
static const char *begin(struct fleet *f)
{
    static char hub[300];

    bad_begin(f, 11);
    bad_write(f, OTHER, "d");
    fleet_sync(f, OTHER, 0);
    fleet_sync(f, 0, 0);
    bad_write(f, TABLET, "e");
    snprintf(hub, sizeof hub, "%s", fleet_hub(f, 0));
    return hub;
}

static void end(struct fleet *f)
{
    fleet_expect(f, TABLET, "SELECT count(*) FROM warga WHERE nama IN ('a', 'b', 'c', 'e')", "4\n"); /* before anything is repaired */
    bad_expect_all_received(f, "abcde");
    bad_end(f);
}

/* --- something else stands there --- */

static void a_missing_folder_is_told_and_not_made(void **state)
{
    struct fleet f;
    struct stat s;

    (void)state;
    begin(&f);
    bad_expect_sync(&f, TABLET, bad_path(f.folder, "nowhere.git"), JEMPUT_NOTFOUND, "nowhere.git");
    assert_int_equal(stat(bad_path(f.folder, "nowhere.git"), &s), -1);
    assert_int_equal(bad_info(&f, TABLET).own.on_device + bad_info(&f, TABLET).own.waiting, 1);
    end(&f);
}

static void a_remembered_hub_that_is_away_is_offline_and_comes_back(void **state)
{
    struct jemput_sync_options options = { .hub = NULL };
    struct jemput_sync_report report;
    struct jemput_error err;
    struct fleet f;
    const char *hub;

    (void)state;
    hub = begin(&f);
    bad_shell("mv '%s' '%s.away'", hub, hub);
    bad_expect(jemput_sync(f.devices[TABLET].jemput, &options, &report, &err), &err, JEMPUT_OFFLINE, "hub0.git");
    assert_true(jemput_status_retryable(err.status));
    bad_shell("mv '%s.away' '%s'", hub, hub);
    assert_int_equal(jemput_sync(f.devices[TABLET].jemput, &options, &report, &err), JEMPUT_OK);
    end(&f);
}

static void what_is_no_hub_is_refused_and_not_touched(void **state)
{
    static const struct {
        const char *make, *path, *word;
    } bad[] = {
        { "mkdir empty", "empty", "no git repository" },
        { "echo hello > file", "file", "not a folder" },
        { "mkdir photos && echo x > photos/a.jpg", "photos", "no git repository" },
        { "git init -q work", "work", "no git repository" },
        { "git init -q work2", "work2/.git", "no bare git repository" },
        { "git init -q --bare --object-format=sha256 sha256.git", "sha256.git", "another format" },
        { "git init -q --bare cut.git && rm cut.git/HEAD", "cut.git", "HEAD" },
        { "git init -q --bare cut2.git && rm cut2.git/config", "cut2.git", "config" },
        { "git init -q --bare cut3.git && : > cut3.git/HEAD", "cut3.git", "HEAD" },
        { "git init -q --bare cut4.git && rm -r cut4.git/objects", "cut4.git", "objects" },
        { "git init -q --bare cut5.git && rm -r cut5.git/refs", "cut5.git", "refs" },
    };
    struct fleet f;

    (void)state;
    begin(&f);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint64_t before;

        bad_shell("cd '%s' && %s", f.folder, bad[i].make);
        before = bad_folder_sum(f.folder);
        bad_expect_sync(&f, TABLET, bad_path(f.folder, "%s", bad[i].path), JEMPUT_CORRUPT, bad[i].word);
        assert_true(bad_folder_sum(f.folder) == before);
    }
    end(&f);
}

static void an_ordinary_git_repository_that_is_bare_serves_and_its_other_branches_stay(void **state)
{
    struct fleet f;
    const char *hub;

    (void)state;
    begin(&f);
    bad_shell("cd '%s' && git init -q w && cd w && git -c user.name=x -c user.email=x@example.org commit -q --allow-empty -m x && git branch log/x &&"
              " git clone -q --bare . ../other.git",
              f.folder);
    hub = bad_path(f.folder, "other.git");
    for (unsigned i = 0; i < 6; i++)
        bad_expect_sync(&f, i % 3, hub, JEMPUT_OK, "");
    for (unsigned i = 0; i < 3; i++)
        bad_expect_names(&f, i, "abcde");
    bad_shell("cd '%s' && git fsck --strict 2>/dev/null && git rev-parse -q --verify refs/heads/log/x >/dev/null", hub);
    end(&f);
}

static void a_hub_is_not_remembered_when_it_was_none(void **state)
{
    struct fleet f;
    const char *hub = begin(&f);

    (void)state;
    bad_expect_sync(&f, TABLET, hub, JEMPUT_OK, "");
    bad_expect_sync(&f, TABLET, bad_path(f.folder, "nowhere.git"), JEMPUT_NOTFOUND, "nowhere");
    assert_string_equal(bad_info(&f, TABLET).hub, hub);
    bad_expect_sync(&f, TABLET, NULL, JEMPUT_OK, "");
    end(&f);
}

/* --- the world refuses --- */

static enum jemput_status refuse_status;

static enum jemput_status refuse_create(struct jemput_env *env, const char *path, struct jemput_bytes data, unsigned mode, struct jemput_error *err)
{
    (void)env, (void)data, (void)mode;
    return jemput_fail(err, refuse_status, "create '%s': refused", path);
}

static enum jemput_status refuse_rename(struct jemput_env *env, const char *from, const char *to, struct jemput_error *err)
{
    (void)env, (void)from;
    return jemput_fail(err, refuse_status, "rename '%s': refused", to);
}

static enum jemput_status refuse_path(struct jemput_env *env, const char *path, struct jemput_error *err)
{
    (void)env;
    return jemput_fail(err, refuse_status, "'%s': refused", path);
}

/* A stick with its write lock on, or a full one; gives what to put back. */
static struct jemput_env writes_refuse(struct fleet *f, unsigned device, enum jemput_status status)
{
    struct jemput_env *env = &f->devices[device].sim.env, before = *env;

    refuse_status = status;
    env->create = refuse_create;
    env->make_folder = refuse_path;
    env->rename = status == JEMPUT_DENIED ? refuse_rename : before.rename;
    env->remove = status == JEMPUT_DENIED ? refuse_path : before.remove;
    return before;
}

static void a_hub_that_refuses_writing_is_told_and_what_it_has_is_still_fetched(void **state)
{
    static const enum jemput_status refusals[] = { JEMPUT_DENIED, JEMPUT_FULL };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct fleet f;
        struct jemput_env before;
        const char *hub = begin(&f);
        uint64_t sum = bad_folder_sum(hub);

        before = writes_refuse(&f, TABLET, refusals[i]);
        bad_expect_sync(&f, TABLET, hub, refusals[i], "refused");
        bad_expect_names(&f, TABLET, "abcde");
        assert_int_equal(bad_info(&f, TABLET).own.waiting, 1);
        assert_true(bad_folder_sum(hub) == sum);
        f.devices[TABLET].sim.env = before;
        fleet_reopen(&f, TABLET);
        bad_expect_names(&f, TABLET, "abcde");
        end(&f);
    }
}

static void central_on_a_hub_that_refuses_writing_merges_and_gives_its_receipt_later(void **state)
{
    struct fleet f;
    struct jemput_env before;
    const char *hub = begin(&f);

    (void)state;
    fleet_sync(&f, TABLET, 0);
    before = writes_refuse(&f, 0, JEMPUT_FULL);
    bad_expect_sync(&f, 0, hub, JEMPUT_FULL, "refused");
    bad_expect_names(&f, 0, "abcde");
    f.devices[0].sim.env = before;
    fleet_sync(&f, TABLET, 0);
    assert_int_equal(bad_info(&f, TABLET).own.waiting, 1);
    end(&f);
}

struct pull_out {
    const char *hub, *away;
    unsigned at, calls;
};

static int pull_out_at(void *ctx, const struct jemput_progress *p)
{
    struct pull_out *pull = ctx;

    (void)p;
    if (pull->calls++ == pull->at)
        assert_int_equal(rename(pull->hub, pull->away), 0);
    return 0;
}

static void a_hub_that_goes_away_before_any_step_is_offline_and_the_next_sync_ends_it(void **state)
{
    struct pull_out pull = { .at = 0 };

    (void)state;
    for (bool reached = true; reached; pull.at++) {
        struct jemput_sync_report report;
        struct jemput_error err = { .status = JEMPUT_OK };
        struct fleet f;
        enum jemput_status st;
        unsigned device = pull.at % 2 ? TABLET : 0;

        pull.hub = begin(&f);
        pull.away = bad_path(f.folder, "away");
        if (device == 0)
            fleet_sync(&f, TABLET, 0);
        pull.calls = 0;
        st = jemput_sync(f.devices[device].jemput, &(struct jemput_sync_options){ .hub = pull.hub, .progress = pull_out_at, .ctx = &pull }, &report, &err);
        reached = pull.calls > pull.at;
        if (st) {
            bad_expect(st, &err, JEMPUT_OFFLINE, "went away");
            assert_true(jemput_status_retryable(st));
        }
        if (reached)
            assert_int_equal(rename(pull.away, pull.hub), 0);
        end(&f);
    }
    assert_true(pull.at > 4);
}

/* --- leftovers of others --- */

static void a_lock_of_a_killed_process_is_taken_away_once_it_is_old(void **state)
{
    struct fleet f;
    const char *hub = begin(&f), *lock = bad_path(hub, "%s.lock", bad_ref(&f, TABLET));
    struct stat s;

    (void)state;
    bad_file_write(lock, "1234567890123456789012345678901234567890\n", 41);
    bad_expect_sync(&f, TABLET, hub, JEMPUT_BUSY, "locked");
    assert_int_equal(stat(lock, &s), 0);
    bad_expect_names(&f, TABLET, "abcde"); /* fetching went on */
    assert_int_equal(bad_info(&f, TABLET).own.waiting, 1);
    bad_shell("touch -d '20 minutes ago' '%s'", lock);
    bad_expect_sync(&f, TABLET, hub, JEMPUT_OK, "");
    assert_int_equal(stat(lock, &s), -1);
    end(&f);
}

/* A stick that was pulled out keeps the name of a lock, and nothing in it: FAT writes the bytes later. */
static void an_empty_lock_keeps_nobody_waiting_for_longer_than_half_a_minute(void **state)
{
    struct fleet f;
    const char *hub = begin(&f), *lock = bad_path(hub, "%s.lock", bad_ref(&f, TABLET));
    struct stat s;

    (void)state;
    bad_file_write(lock, "", 0);
    bad_expect_sync(&f, TABLET, hub, JEMPUT_BUSY, "locked");
    bad_shell("touch -d '1 minute ago' '%s'", lock);
    bad_expect_sync(&f, TABLET, hub, JEMPUT_OK, "");
    assert_int_equal(stat(lock, &s), -1);
    end(&f);
}

static void half_written_packs_of_a_killed_process_are_harmless_and_swept(void **state)
{
    struct fleet f;
    const char *hub = begin(&f), *old = bad_path(hub, "objects/pack/tmp_jemput_0123456789abcdef"), *pack = bad_path(hub, "objects/pack/pack-11.pack");
    struct stat s;

    (void)state;
    bad_file_write(old, "PACK", 4);
    bad_file_write(pack, "PACK", 4); /* without its index: git does not see it */
    bad_shell("touch -d '20 minutes ago' '%s'", old);
    bad_expect_sync(&f, TABLET, hub, JEMPUT_OK, "");
    assert_int_equal(stat(old, &s), -1);
    end(&f);
}

/* --- refs that moved --- */

static void a_hub_that_was_rolled_back_gets_what_it_lost_again(void **state)
{
    struct fleet f;
    const char *hub = begin(&f);
    struct folder_state *yesterday;
    char *rows;

    (void)state;
    yesterday = folder_remember(hub);
    for (unsigned i = 0; i < 3; i++) {
        bad_write(&f, TABLET, i == 0 ? "f" : i == 1 ? "g" : "h");
        bad_write(&f, 0, i == 0 ? "i" : i == 1 ? "j" : "k");
        fleet_settle(&f, 0);
    }
    rows = fleet_rows(&f, 0, "SELECT * FROM warga");
    folder_restore(yesterday);
    folder_forget(yesterday);
    for (unsigned i = 0; i < 3; i++)
        bad_expect_sync(&f, i, hub, JEMPUT_OK, "");
    fleet_expect(&f, 0, "SELECT * FROM warga", rows);
    assert_int_equal(bad_info(&f, TABLET).own.waiting, 0); /* a receipt once given counts */
    bad_write(&f, TABLET, "l");
    bad_expect_all_received(&f, "abcdefghijkl");
    bad_shell("git --git-dir='%s' fsck --strict 2>/dev/null", hub);
    free(rows);
    bad_end(&f);
}

static void one_ref_that_was_set_back_or_deleted_comes_again(void **state)
{
    (void)state;
    for (unsigned what = 0; what < 6; what++) { /* of each device: back, away */
        struct fleet f;
        const char *hub = begin(&f), *ref = bad_ref(&f, what / 2);
        struct jemput_oid before = forge_tip(hub, ref);

        bad_write(&f, what / 2, "f");
        fleet_settle(&f, 0);
        if (what % 2)
            unlink(bad_path(hub, "%s", ref));
        else
            forge_ref(hub, ref, &before);
        for (unsigned i = 0; i < 3; i++)
            bad_expect_sync(&f, i, hub, JEMPUT_OK, "");
        assert_memory_not_equal(forge_tip(hub, ref).id, before.id, sizeof before.id);
        bad_expect_all_received(&f, "abcdef");
        bad_end(&f);
    }
}

/* Whoever repairs a hub may set a bad ref back to what everybody had read of it: then nothing is wrong with that log any more. */
static void a_log_that_was_set_back_to_what_was_read_of_it_is_not_stopped_any_more(void **state)
{
    const struct jemput_oid nowhere = { { 0x16, 0x74 } };
    struct jemput_oid good;
    struct fleet f;
    const char *hub;

    (void)state;
    hub = begin(&f);
    good = forge_tip(hub, bad_ref(&f, OTHER));
    forge_ref(hub, bad_ref(&f, OTHER), &nowhere);
    bad_expect_sync(&f, 0, hub, JEMPUT_OK, "");
    assert_int_equal(bad_info(&f, 0).logs_stopped, 1);
    forge_ref(hub, bad_ref(&f, OTHER), &good);
    bad_expect_sync(&f, 0, hub, JEMPUT_OK, "");
    assert_int_equal(bad_info(&f, 0).logs_stopped, 0);
    end(&f);
}

static void a_ref_that_is_garbage_counts_as_not_there_and_heals(void **state)
{
    static const char *const texts[] = { "", "0", "ref: refs/heads/main\n", "0000000000000000000000000000000000000000", "zzzz\n" };
    struct fleet f;
    const char *hub = begin(&f);

    (void)state;
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (i == 3)
            continue; /* a well-formed id of nothing: below */
        bad_file_write(bad_path(hub, "%s", bad_ref(&f, TABLET)), texts[i], strlen(texts[i]));
        bad_expect_sync(&f, OTHER, hub, JEMPUT_OK, "");
        bad_expect_sync(&f, TABLET, hub, JEMPUT_OK, "");
        (void)forge_tip(hub, bad_ref(&f, TABLET)); /* an id again */
    }
    end(&f);
}

static void an_own_ref_that_points_to_somebody_elses_segment_is_told_and_not_taken_for_sent(void **state)
{
    struct fleet f;
    const char *hub = begin(&f), *own = bad_ref(&f, TABLET);
    struct jemput_oid real, central = forge_tip(hub, bad_ref(&f, 0));

    (void)state;
    fleet_sync(&f, TABLET, 0); /* central's segment is known to the tablet, with a higher number than its own has */
    fleet_sql(&f, TABLET, "UPDATE warga SET rt = '002' WHERE nama = 'e'");
    real = forge_tip(hub, own);
    forge_ref(hub, own, &central);
    bad_expect_sync(&f, TABLET, hub, JEMPUT_DENIED, "Nothing was overwritten");
    assert_int_equal(bad_info(&f, TABLET).own.waiting, 2);
    forge_ref(hub, own, &(struct jemput_oid){ { 1 } });
    bad_expect_sync(&f, TABLET, hub, JEMPUT_DENIED, "Nothing was overwritten");
    forge_ref(hub, own, &real);
    bad_expect_sync(&f, TABLET, hub, JEMPUT_OK, "");
    bad_expect_all_received(&f, "abcde");
    fleet_expect(&f, 0, "SELECT rt FROM warga WHERE nama = 'e'", "002\n");
    bad_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_folder_is_told_and_not_made),
        cmocka_unit_test(a_remembered_hub_that_is_away_is_offline_and_comes_back),
        cmocka_unit_test(what_is_no_hub_is_refused_and_not_touched),
        cmocka_unit_test(an_ordinary_git_repository_that_is_bare_serves_and_its_other_branches_stay),
        cmocka_unit_test(a_hub_is_not_remembered_when_it_was_none),
        cmocka_unit_test(a_hub_that_refuses_writing_is_told_and_what_it_has_is_still_fetched),
        cmocka_unit_test(central_on_a_hub_that_refuses_writing_merges_and_gives_its_receipt_later),
        cmocka_unit_test(a_hub_that_goes_away_before_any_step_is_offline_and_the_next_sync_ends_it),
        cmocka_unit_test(a_lock_of_a_killed_process_is_taken_away_once_it_is_old),
        cmocka_unit_test(an_empty_lock_keeps_nobody_waiting_for_longer_than_half_a_minute),
        cmocka_unit_test(half_written_packs_of_a_killed_process_are_harmless_and_swept),
        cmocka_unit_test(a_hub_that_was_rolled_back_gets_what_it_lost_again),
        cmocka_unit_test(one_ref_that_was_set_back_or_deleted_comes_again),
        cmocka_unit_test(a_log_that_was_set_back_to_what_was_read_of_it_is_not_stopped_any_more),
        cmocka_unit_test(a_ref_that_is_garbage_counts_as_not_there_and_heals),
        cmocka_unit_test(an_own_ref_that_points_to_somebody_elses_segment_is_told_and_not_taken_for_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
