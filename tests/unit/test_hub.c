/* unit/test_hub.c — a hub in a folder: made, listed, pushed to and read back; hostile, vanishing and failing folders. Stock git's opinion: test_git_judge. */
#define _GNU_SOURCE /* unshare */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <sys/mount.h>
#include <time.h>

#include "repo/internal.h"
#include "base/zip.h"
#include "repo/commit.h"
#include "repo/pack.h"
#include "repo/sha1.h"
#include "repo_world.h"
#include "support/fault_alloc.h"
#include "support/sim_env.h"

#define REF "refs/heads/log/00112233445566778899aabbccddeeff/0"
#define OTHER_REF "refs/heads/log/ffeeddccbbaa99887766554433221100/3"
#define ID1 "1111111111111111111111111111111111111111"
#define ID2 "2222222222222222222222222222222222222222"

/* The real files without flushing: loops would otherwise wait for the disk some ten thousand times. */
static enum jemput_status hasty_status(struct jemput_error *err)
{
    int code = errno;

    return jemput_fail(err, code == EEXIST ? JEMPUT_EXISTS : code == ENOENT || code == ENOTDIR ? JEMPUT_NOTFOUND : JEMPUT_IO, "error %d", code);
}

static enum jemput_status hasty_create(struct jemput_env *env, const char *path, struct jemput_bytes data, unsigned mode, struct jemput_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, (mode_t)mode);
    bool whole;

    (void)env;
    if (fd < 0)
        return hasty_status(err);
    whole = write(fd, data.data, data.len) == (ssize_t)data.len;
    close(fd);
    return whole ? JEMPUT_OK : hasty_status(err);
}

static enum jemput_status hasty_rename(struct jemput_env *env, const char *from, const char *to, struct jemput_error *err)
{
    (void)env;
    return rename(from, to) == 0 ? JEMPUT_OK : hasty_status(err);
}

static enum jemput_status hasty_make_folder(struct jemput_env *env, const char *path, struct jemput_error *err)
{
    char part[512];

    (void)env;
    for (size_t len = 1; len <= strlen(path); len++) {
        if (path[len] != '/' && path[len] != '\0')
            continue;
        snprintf(part, sizeof part, "%.*s", (int)len, path);
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return hasty_status(err);
    }
    return JEMPUT_OK;
}

static struct jemput_env hasty_env(void)
{
    struct jemput_env env = *jemput_env_posix();

    env.create = hasty_create;
    env.rename = hasty_rename;
    env.make_folder = hasty_make_folder;
    return env;
}

static void noise_fill(uint8_t *out, size_t len, uint32_t seed)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
}

static struct jemput_hub *hub_made(struct world *w)
{
    struct jemput_hub *hub = NULL;

    assert_int_equal(jemput_hub_create_folder(w->env, world_path(w, "hub"), &w->err), JEMPUT_OK);
    assert_int_equal(jemput_hub_open_folder(&hub, w->env, world_path(w, "hub"), &w->err), JEMPUT_OK);
    return hub;
}

static enum jemput_status hub_open_at(struct world *w, const char *name)
{
    struct jemput_hub *hub;
    enum jemput_status st = jemput_hub_open_folder(&hub, w->env, world_path(w, name), &w->err);

    assert_true(st == JEMPUT_OK ? hub != NULL : hub == NULL);
    if (st) {
        assert_int_equal(w->err.status, st);
        assert_non_null(strstr(w->err.text, name));
    }
    jemput_hub_close(hub);
    return st;
}

static bool there(struct world *w, const char *name)
{
    struct stat s;

    return lstat(world_path(w, name), &s) == 0;
}

static void make_older(struct world *w, const char *name, long seconds)
{
    struct timespec times[2] = { { .tv_sec = time(NULL) - seconds }, { .tv_sec = time(NULL) - seconds } };

    assert_int_equal(utimensat(AT_FDCWD, world_path(w, name), times, 0), 0);
}

/* --- create and open --- */

static void a_new_hub_opens_and_a_second_creation_changes_nothing(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    assert_int_equal(jemput_hub_create_folder(w.env, world_path(&w, "deep/down/hub"), &w.err), JEMPUT_OK);
    assert_int_equal(hub_open_at(&w, "deep/down/hub"), JEMPUT_OK);
    world_must(&w, "find deep -type f | sort | xargs cat > before; find deep | sort >> before");
    assert_int_equal(jemput_hub_create_folder(w.env, world_path(&w, "deep/down/hub"), &w.err), JEMPUT_OK);
    world_must(&w, "find deep -type f | sort | xargs cat > after; find deep | sort >> after; cmp before after");
    world_close(&w);
}

static void a_creation_never_touches_other_things(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    world_must(&w, "mkdir empty full; echo photo >full/photo; echo x >file; mkdir -p half/objects/pack half/refs; echo x >half/config");
    assert_int_equal(jemput_hub_create_folder(w.env, world_path(&w, "full"), &w.err), JEMPUT_EXISTS);
    assert_int_equal(jemput_hub_create_folder(w.env, world_path(&w, "file"), &w.err), JEMPUT_EXISTS);
    world_must(&w, "test \"$(ls -A full)\" = photo && test \"$(cat file)\" = x");
    assert_int_equal(jemput_hub_create_folder(w.env, world_path(&w, "empty"), &w.err), JEMPUT_OK);
    assert_int_equal(hub_open_at(&w, "empty"), JEMPUT_OK);
    assert_int_equal(jemput_hub_create_folder(w.env, world_path(&w, "half"), &w.err), JEMPUT_OK); /* a creation that was cut goes on */
    assert_int_equal(hub_open_at(&w, "half"), JEMPUT_OK);
    world_close(&w);
}

struct folder_case {
    const char *what, *make;
    enum jemput_status status;
};

static const struct folder_case folder_cases[] = {
    { "missing", "true", JEMPUT_NOTFOUND },
    { "a file", "echo >x", JEMPUT_CORRUPT },
    { "below a file", "echo >x; x=x/y", JEMPUT_CORRUPT },
    { "empty", "mkdir x", JEMPUT_CORRUPT },
    { "no objects", "cp -r hub x; rm -r x/objects", JEMPUT_CORRUPT },
    { "objects a file", "cp -r hub x; rm -r x/objects; echo >x/objects", JEMPUT_CORRUPT },
    { "no refs", "cp -r hub x; rm -r x/refs", JEMPUT_CORRUPT },
    { "no HEAD", "cp -r hub x; rm x/HEAD", JEMPUT_CORRUPT },
    { "empty HEAD", "cp -r hub x; : >x/HEAD", JEMPUT_CORRUPT },
    { "detached HEAD", "cp -r hub x; echo " ID1 " >x/HEAD", JEMPUT_OK },
    { "huge HEAD", "cp -r hub x; head -c 200000 /dev/zero >x/HEAD", JEMPUT_CORRUPT },
    { "no config", "cp -r hub x; rm x/config", JEMPUT_CORRUPT },
    { "work tree's .git", "cp -r hub x; printf '[core]\\n\\tbare = false\\n' >x/config", JEMPUT_CORRUPT },
    { "sha256", "cp -r hub x; printf '[core]\\nrepositoryformatversion=1\\n[extensions]\\n\\tobjectFormat = sha256\\n' >x/config", JEMPUT_CORRUPT },
    { "named sha1", "cp -r hub x; printf '[core]\\nrepositoryformatversion=1\\n[extensions]\\n\\tobjectFormat = sha1\\n' >x/config", JEMPUT_OK },
    { "reftable", "cp -r hub x; printf '[core]\\nrepositoryformatversion=1\\n[Extensions]\\n\\trefStorage=reftable\\n' >x/config", JEMPUT_CORRUPT },
    { "next format", "cp -r hub x; printf '[CORE]\\n\\trepositoryFormatVersion = 2\\n' >x/config", JEMPUT_CORRUPT },
    { "empty config", "cp -r hub x; : >x/config", JEMPUT_OK },
    { "garbage config", "cp -r hub x; printf '\\001\\377[core\\n=\\n[core] x\\nbare\\n===\\n[core]\\n#bare=false\\n; bare = no' >x/config", JEMPUT_OK },
    { "config a folder", "cp -r hub x; rm x/config; mkdir x/config", JEMPUT_IO },
};

static void only_bare_sha1_repositories_open(void **state)
{
    struct world w;
    char command[512];

    (void)state;
    world_open(&w);
    jemput_hub_close(hub_made(&w));
    for (size_t i = 0; i < sizeof folder_cases / sizeof folder_cases[0]; i++) {
        enum jemput_status st;

        snprintf(command, sizeof command, "rm -rf x; %s", folder_cases[i].make);
        world_must(&w, command);
        st = hub_open_at(&w, "x");
        if (st != folder_cases[i].status)
            printf("folder '%s': %s\n", folder_cases[i].what, w.err.text);
        assert_int_equal(st, folder_cases[i].status);
    }
    world_close(&w);
}

/* --- refs --- */

struct seen {
    char text[4096];
    unsigned count;
    enum jemput_status stop;
};

static enum jemput_status seen_add(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct seen *seen = ctx;
    size_t len = strlen(seen->text);

    snprintf(seen->text + len, sizeof seen->text - len, "%s %.4s\n", name + strlen("refs/heads/log/"), world_hex(oid));
    seen->count++;
    return seen->stop ? jemput_fail(err, seen->stop, "enough") : JEMPUT_OK;
}

static void refs_are_listed_in_order_and_loose_wins(void **state)
{
    struct world w;
    struct jemput_hub *hub;
    struct seen seen = { .count = 0 };
    struct jemput_oid oid;
    unsigned skipped = 77;

    (void)state;
    world_open(&w);
    hub = hub_made(&w);
    assert_int_equal(jemput_hub_refs(hub, "refs/heads/log/", seen_add, &seen, &skipped, &w.err), JEMPUT_OK);
    assert_int_equal(seen.count, 0);
    assert_int_equal(skipped, 0);
    world_must(&w, "cd hub; mkdir -p refs/heads/log/b refs/heads/log/a refs/heads/logbook; echo " ID1 " >refs/heads/log/b/0; printf " ID1 " >refs/heads/log/a/1;"
                   "echo " ID1 " >refs/heads/main; echo " ID1 " >refs/heads/logbook/0; echo " ID1 " >refs/heads/log/b/1.lock;"
                   "printf '# pack-refs with: peeled fully-peeled sorted \\n" ID2 " refs/heads/log/a/0\\n" ID2 " refs/heads/log/b/0\\n^" ID1 "\\n"
                   ID2 " refs/heads/other\\n" ID2 " refs/heads/log/c/0\\n" ID1 " refs/heads/log/c/0' >packed-refs"); /* no git writes a name twice */
    assert_int_equal(jemput_hub_refs(hub, "refs/heads/log/", seen_add, &seen, &skipped, &w.err), JEMPUT_OK);
    assert_string_equal(seen.text, "a/0 2222\na/1 1111\nb/0 1111\nc/0 2222\n");
    assert_int_equal(skipped, 0);
    assert_int_equal(jemput_hub_ref(hub, "refs/heads/log/b/0", &oid, &w.err), JEMPUT_OK);
    assert_string_equal(world_hex(&oid), ID1);
    assert_int_equal(jemput_hub_ref(hub, "refs/heads/log/c/0", &oid, &w.err), JEMPUT_OK);
    assert_string_equal(world_hex(&oid), ID2);
    assert_int_equal(jemput_hub_ref(hub, "refs/heads/log/c/1", &oid, &w.err), JEMPUT_NOTFOUND);
    assert_int_equal(jemput_hub_ref(hub, "refs/heads/log/c", &oid, &w.err), JEMPUT_NOTFOUND);
    assert_int_equal(jemput_hub_ref(hub, "refs/heads/../HEAD", &oid, &w.err), JEMPUT_MISUSE);
    seen = (struct seen){ .stop = JEMPUT_CANCELLED };
    assert_int_equal(jemput_hub_refs(hub, "refs/heads/log/", seen_add, &seen, &skipped, &w.err), JEMPUT_CANCELLED);
    assert_int_equal(seen.count, 1);
    jemput_hub_close(hub);
    world_close(&w);
}

static void odd_refs_are_skipped_and_counted(void **state)
{
    struct world w;
    struct jemput_hub *hub;
    struct seen seen = { .count = 0 };
    unsigned skipped = 0;

    (void)state;
    world_open(&w);
    hub = hub_made(&w);
    world_must(&w, "cd hub/refs/heads; mkdir -p log/good log/x; cd log; echo " ID1 " >good/0; cd x;" /* 16 odd ones: */
                   "echo ref: refs/heads/log/good/0 >symbolic; : >empty; echo " ID1 "00 >long; echo 1111 >short; echo ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCD >upper;"
                   "head -c 5000 /dev/zero >zeros; echo " ID1 " >.hidden; echo " ID1 " >'a b'; echo " ID1 " >'q?'; echo " ID1 " >\"$(printf 'c\\001')\";"
                   "echo " ID1 " >dot.; echo " ID1 " >a..b; echo " ID1 " >\"$(printf 'utf\\303\\251')\"; mkfifo pipe; mkdir -p 1/2/3/4/5/6/7/8/9;"
                   "echo " ID1 " >$(head -c 220 /dev/zero | tr '\\0' n); ln -s nowhere dangling; ln -s ../../../.. loop;"
                   "cd ../../../..; printf '" ID2 " refs/heads/log/../../x\\nnonsense\\n" ID2 " refs/heads/log/y.lock\\n" ID2 " refs/heads/log/ok/9\\n' >packed-refs");
    assert_int_equal(jemput_hub_refs(hub, "refs/heads/log/", seen_add, &seen, &skipped, &w.err), JEMPUT_OK);
    assert_non_null(strstr(seen.text, "good/0 1111\n"));
    assert_non_null(strstr(seen.text, "ok/9 2222\n"));
    assert_null(strstr(seen.text, ".."));
    assert_true(skipped >= 18);
    jemput_hub_close(hub);
    world_close(&w);
}

/* --- push --- */

static enum jemput_status push(struct world *w, struct jemput_hub *hub, const struct jemput_oid *expected, const struct jemput_oid *log, unsigned count,
                               uint64_t *bytes)
{
    return jemput_hub_push(hub, w->repo, REF, expected, log, count, bytes, &w->err);
}

static void assert_pushed(struct world *w, struct jemput_hub *hub, const struct jemput_oid *log, unsigned count)
{
    struct jemput_oid tip;

    assert_int_equal(jemput_hub_ref(hub, REF, &tip, &w->err), JEMPUT_OK);
    assert_memory_equal(&tip, &log[count - 1], sizeof tip);
    for (unsigned i = 0; i < count; i++) {
        struct jemput_commit there_is, ours;

        assert_int_equal(jemput_source_commit(jemput_hub_source(hub), &log[i], true, &there_is, &w->arena, &w->err), JEMPUT_OK);
        assert_int_equal(jemput_source_commit(jemput_repo_source(w->repo), &log[i], true, &ours, &w->arena, &w->err), JEMPUT_OK);
        assert_true(jemput_bytes_equal(there_is.payload, ours.payload));
        assert_true(jemput_bytes_equal(there_is.signed_text, ours.signed_text));
    }
    jemput_arena_clear(&w->arena);
}

static void what_is_pushed_is_read_back(void **state)
{
    struct world w;
    struct jemput_hub *hub;
    struct jemput_oid log[20];
    struct jemput_commit c;
    uint64_t bytes = 0;

    (void)state;
    world_open(&w);
    hub = hub_made(&w);
    world_log(&w, log, 20, world_sign, NULL);
    assert_int_equal(jemput_source_commit(jemput_hub_source(hub), &log[0], true, &c, &w.arena, &w.err), JEMPUT_NOTFOUND);
    assert_int_equal(push(&w, hub, NULL, log, 7, &bytes), JEMPUT_OK);
    assert_true(bytes > 7 * 200);
    assert_pushed(&w, hub, log, 7);
    assert_int_equal(push(&w, hub, &log[6], log + 7, 13, &bytes), JEMPUT_OK);
    assert_pushed(&w, hub, log, 20);
    world_must(&w, "test -z \"$(find hub -name 'tmp_*' -o -name '*.lock')\" && test $(ls hub/objects/pack | wc -l) = 4");
    jemput_hub_close(hub);
    world_close(&w);
}

/* More packs than libgit2 may keep open at once. */
static void a_hub_of_many_small_pushes_is_read_back(void **state)
{
    static struct jemput_oid log[150];
    struct jemput_env hasty = hasty_env();
    struct world w;
    struct jemput_hub *hub;
    uint64_t bytes;

    (void)state;
    world_open(&w);
    w.env = &hasty;
    hub = hub_made(&w);
    world_log(&w, log, 150, world_sign, NULL);
    for (unsigned i = 0; i < 150; i++)
        assert_int_equal(push(&w, hub, i ? &log[i - 1] : NULL, log + i, 1, &bytes), JEMPUT_OK);
    assert_pushed(&w, hub, log, 150);
    jemput_hub_close(hub);
    assert_int_equal(jemput_hub_open_folder(&hub, w.env, world_path(&w, "hub"), &w.err), JEMPUT_OK);
    assert_pushed(&w, hub, log, 150);
    jemput_hub_close(hub);
    world_close(&w);
}

static void a_push_that_was_done_before_is_done(void **state)
{
    struct world w;
    struct jemput_hub *hub;
    struct jemput_oid log[3];
    uint64_t bytes = 99;

    (void)state;
    world_open(&w);
    hub = hub_made(&w);
    world_log(&w, log, 3, world_sign, NULL);
    assert_int_equal(push(&w, hub, NULL, log, 3, &bytes), JEMPUT_OK);
    assert_int_equal(push(&w, hub, NULL, log, 3, &bytes), JEMPUT_OK);
    assert_int_equal(bytes, 0);
    assert_int_equal(push(&w, hub, &log[1], log + 2, 1, &bytes), JEMPUT_OK);
    assert_int_equal(bytes, 0);
    world_must(&w, "test $(ls hub/objects/pack | wc -l) = 2");
    jemput_hub_close(hub);
    world_close(&w);
}

static void a_ref_that_moved_is_left_alone(void **state)
{
    struct world w;
    struct jemput_hub *hub;
    struct jemput_oid log[4], other;
    uint64_t bytes = 99;

    (void)state;
    world_open(&w);
    hub = hub_made(&w);
    world_log(&w, log, 4, world_sign, NULL);
    other = world_commit(&w, &log[0], "fork\n", "x");
    assert_int_equal(push(&w, hub, NULL, log, 2, &bytes), JEMPUT_OK);
    world_must(&w, "find hub | sort >before");
    assert_int_equal(push(&w, hub, NULL, log, 3, &bytes), JEMPUT_BUSY);
    assert_int_equal(push(&w, hub, &log[0], &other, 1, &bytes), JEMPUT_BUSY);
    assert_int_equal(push(&w, hub, &log[2], log + 3, 1, &bytes), JEMPUT_BUSY);
    world_must(&w, "find hub | sort >after; cmp before after");
    assert_pushed(&w, hub, log, 2);
    jemput_hub_close(hub);
    world_close(&w);
}

static void what_is_not_kept_here_is_not_pushed(void **state)
{
    struct world w;
    struct jemput_hub *hub;
    struct jemput_oid log[2];
    uint64_t bytes;

    (void)state;
    world_open(&w);
    hub = hub_made(&w);
    world_log(&w, log, 1, world_sign, NULL);
    log[1] = world_oid(ID1);
    assert_int_equal(push(&w, hub, NULL, log, 2, &bytes), JEMPUT_NOTFOUND);
    world_must(&w, "test -z \"$(ls hub/objects/pack)\" && ! test -e hub/refs/heads/log");
    jemput_hub_close(hub);
    world_close(&w);
}

static void a_push_of_nothing_or_to_a_bad_ref_is_misuse(void **state)
{
    struct world w;
    struct jemput_hub *hub;
    struct jemput_oid log[3];
    uint64_t bytes;

    (void)state;
    world_open(&w);
    hub = hub_made(&w);
    world_log(&w, log, 3, world_sign, NULL);
    assert_int_equal(push(&w, hub, NULL, log, 0, &bytes), JEMPUT_MISUSE);
    assert_int_equal(jemput_hub_push(hub, w.repo, "refs/tags/x", NULL, log, 1, &bytes, &w.err), JEMPUT_MISUSE);
    assert_int_equal(jemput_hub_push(hub, w.repo, "refs/heads/x/../y", NULL, log, 1, &bytes, &w.err), JEMPUT_MISUSE);
    assert_int_equal(jemput_hub_push(hub, w.repo, "refs/heads/x.lock", NULL, log, 1, &bytes, &w.err), JEMPUT_MISUSE);
    assert_false(there(&w, "hub/refs/heads/log"));
    jemput_hub_close(hub);
    world_close(&w);
}

static void fresh_locks_are_busy_and_stale_ones_are_removed(void **state)
{
    static const char other[] = "1234567890123456789012345678901234567890\n";
    struct world w;
    struct jemput_hub *hub;
    struct jemput_oid log[4];
    uint64_t bytes;

    (void)state;
    world_open(&w);
    hub = hub_made(&w);
    world_log(&w, log, 4, world_sign, NULL);
    assert_int_equal(push(&w, hub, NULL, log, 1, &bytes), JEMPUT_OK);
    world_file(&w, "hub/" REF ".lock", other, sizeof other - 1);
    make_older(&w, "hub/" REF ".lock", 9 * 60);
    assert_int_equal(push(&w, hub, &log[0], log + 1, 1, &bytes), JEMPUT_BUSY);
    assert_true(there(&w, "hub/" REF ".lock"));
    assert_pushed(&w, hub, log, 1);
    make_older(&w, "hub/" REF ".lock", 11 * 60);
    assert_int_equal(push(&w, hub, &log[0], log + 1, 1, &bytes), JEMPUT_OK);
    assert_pushed(&w, hub, log, 2);
    world_file(&w, "hub/" REF ".lock", "", 0);
    make_older(&w, "hub/" REF ".lock", -3600); /* left by a tablet whose clock ran ahead */
    assert_int_equal(push(&w, hub, &log[1], log + 2, 1, &bytes), JEMPUT_OK);
    assert_pushed(&w, hub, log, 3);
    assert_false(there(&w, "hub/" REF ".lock"));
    world_file(&w, "hub/" REF ".lock", "", 0); /* it is about to be filled, or nobody will */
    assert_int_equal(push(&w, hub, &log[2], log + 3, 1, &bytes), JEMPUT_BUSY);
    make_older(&w, "hub/" REF ".lock", 31);
    assert_int_equal(push(&w, hub, &log[2], log + 3, 1, &bytes), JEMPUT_OK);
    assert_pushed(&w, hub, log, 4);
    jemput_hub_close(hub);
    world_close(&w);
}

/* Nobody has the first two commits any more: stock git is told so, else it would take the hub for a damaged one. */
static void a_log_without_its_beginning_is_whole_for_stock_git(void **state)
{
    struct world w;
    struct jemput_hub *hub;
    struct jemput_oid log[6];
    uint64_t bytes;

    (void)state;
    world_open(&w);
    hub = hub_made(&w);
    world_log(&w, log, 6, world_sign, NULL);
    world_file(&w, "hub/shallow.lock", "", 0); /* somebody else is at it */
    assert_int_equal(push(&w, hub, NULL, log + 2, 2, &bytes), JEMPUT_BUSY);
    assert_false(there(&w, "hub/shallow") || there(&w, "hub/" REF));
    make_older(&w, "hub/shallow.lock", 31);
    assert_int_equal(push(&w, hub, NULL, log + 2, 2, &bytes), JEMPUT_OK);
    assert_int_equal(push(&w, hub, &log[3], log + 4, 2, &bytes), JEMPUT_OK);
    assert_int_equal(jemput_hub_push(hub, w.repo, REF "/x", NULL, log + 2, 1, &bytes, &w.err), JEMPUT_CORRUPT); /* below a ref is no ref */
    assert_int_equal(jemput_hub_push(hub, w.repo, REF "x", NULL, log + 2, 1, &bytes, &w.err), JEMPUT_OK);
    world_must(&w, "test $(wc -l <hub/shallow) = 1 && ! test -e hub/shallow.lock && git -C hub fsck --strict --full && git -C hub gc -q --prune=now");
    assert_pushed(&w, hub, log + 2, 4);
    jemput_hub_close(hub);
    world_close(&w);
}

static void write_lock(struct world *w, const struct jemput_oid *oid)
{
    char text[2 * JEMPUT_OID_BYTES + 2];

    jemput_oid_hex(text, oid);
    text[2 * JEMPUT_OID_BYTES] = '\n';
    world_file(w, "hub/" REF ".lock", text, sizeof text - 1);
}

static void a_fresh_lock_that_a_killed_push_of_the_same_commits_left_is_taken_over(void **state)
{
    struct world w;
    struct jemput_hub *hub;
    struct jemput_oid log[4];
    uint64_t bytes;

    (void)state;
    world_open(&w);
    hub = hub_made(&w);
    world_log(&w, log, 4, world_sign, NULL);
    assert_int_equal(push(&w, hub, NULL, log, 1, &bytes), JEMPUT_OK);
    for (unsigned other = 0; other < 4; other += 3) {
        write_lock(&w, &log[other]);
        assert_int_equal(push(&w, hub, &log[0], log + 1, 2, &bytes), JEMPUT_BUSY);
        assert_true(there(&w, "hub/" REF ".lock"));
        assert_pushed(&w, hub, log, 1);
    }
    write_lock(&w, &log[1]); /* a shorter stretch was cut */
    assert_int_equal(push(&w, hub, &log[0], log + 1, 2, &bytes), JEMPUT_OK);
    assert_pushed(&w, hub, log, 3);
    write_lock(&w, &log[3]);
    assert_int_equal(push(&w, hub, &log[2], log + 3, 1, &bytes), JEMPUT_OK);
    assert_pushed(&w, hub, log, 4);
    assert_false(there(&w, "hub/" REF ".lock"));
    jemput_hub_close(hub);
    world_close(&w);
}

static void leftovers_of_killed_pushes_are_swept(void **state)
{
    static const char *const names[] = { "tmp_jemput_0123456789abcdef", "pack_git2_0a1b2c3d", "tmp_pack_XyZ", "pack-" ID1 ".pack" };
    struct world w;
    struct jemput_hub *hub;
    struct jemput_oid log[2];
    char path[256];
    uint64_t bytes;

    (void)state;
    world_open(&w);
    hub = hub_made(&w);
    world_log(&w, log, 2, world_sign, NULL);
    for (unsigned age = 0; age < 2; age++) {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            snprintf(path, sizeof path, "hub/objects/pack/%s", names[i]);
            world_file(&w, path, "half", 4);
            make_older(&w, path, age ? 3600 : 60);
        }
        assert_int_equal(push(&w, hub, age ? &log[0] : NULL, log + age, 1, &bytes), JEMPUT_OK);
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            snprintf(path, sizeof path, "hub/objects/pack/%s", names[i]);
            assert_int_equal(there(&w, path), !(age && i < 2)); /* what is not ours, or fresh, stays */
        }
    }
    jemput_hub_close(hub);
    world_close(&w);
}

static void a_ref_file_cut_by_a_power_failure_is_healed(void **state)
{
    struct world w;
    struct jemput_hub *hub;
    struct jemput_oid log[2], oid;
    uint64_t bytes;

    (void)state;
    world_open(&w);
    hub = hub_made(&w);
    world_log(&w, log, 2, world_sign, NULL);
    assert_int_equal(push(&w, hub, NULL, log, 1, &bytes), JEMPUT_OK);
    world_file(&w, "hub/" REF, "", 0);
    assert_int_equal(jemput_hub_ref(hub, REF, &oid, &w.err), JEMPUT_NOTFOUND);
    assert_int_equal(push(&w, hub, NULL, log, 2, &bytes), JEMPUT_OK);
    assert_pushed(&w, hub, log, 2);
    jemput_hub_close(hub);
    world_close(&w);
}

static void a_file_in_the_way_of_a_ref_is_told(void **state)
{
    struct world w;
    struct jemput_hub *hub;
    struct jemput_oid log[1];
    uint64_t bytes;

    (void)state;
    world_open(&w);
    hub = hub_made(&w);
    world_log(&w, log, 1, world_sign, NULL);
    world_must(&w, "mkdir hub/refs/heads/log; echo " ID1 " >hub/refs/heads/log/00112233445566778899aabbccddeeff");
    assert_int_equal(push(&w, hub, NULL, log, 1, &bytes), JEMPUT_CORRUPT);
    world_must(&w, "rm -r hub/refs/heads/log; mkdir -p hub/" REF "/x"); /* a folder where the ref's file belongs */
    assert_int_not_equal(push(&w, hub, NULL, log, 1, &bytes), JEMPUT_OK);
    assert_false(there(&w, "hub/" REF ".lock"));
    jemput_hub_close(hub);
    world_close(&w);
}

/* --- the folder goes away, is read-only, is full --- */

static void a_vanished_folder_is_offline(void **state)
{
    struct world w;
    struct jemput_hub *hub;
    struct jemput_oid log[3], oid;
    struct jemput_commit c;
    struct seen seen = { .count = 0 };
    unsigned skipped;
    uint64_t bytes;

    (void)state;
    world_open(&w);
    hub = hub_made(&w);
    world_log(&w, log, 3, world_sign, NULL);
    assert_int_equal(push(&w, hub, NULL, log, 2, &bytes), JEMPUT_OK);
    world_must(&w, "mv hub elsewhere");
    assert_int_equal(jemput_hub_refs(hub, "refs/heads/log/", seen_add, &seen, &skipped, &w.err), JEMPUT_OFFLINE);
    assert_int_equal(jemput_hub_ref(hub, REF, &oid, &w.err), JEMPUT_OFFLINE);
    assert_int_equal(push(&w, hub, &log[1], log + 2, 1, &bytes), JEMPUT_OFFLINE);
    assert_int_equal(push(&w, hub, NULL, log, 3, &bytes), JEMPUT_OFFLINE);
    assert_int_equal(jemput_source_commit(jemput_hub_source(hub), &log[2], true, &c, &w.arena, &w.err), JEMPUT_OFFLINE);
    assert_false(there(&w, "hub")); /* an empty mount point must not be filled */
    world_must(&w, "mv elsewhere hub");
    assert_int_equal(push(&w, hub, &log[1], log + 2, 1, &bytes), JEMPUT_OK);
    assert_pushed(&w, hub, log, 3);
    jemput_hub_close(hub);
    world_close(&w);
}

/* Root may write anywhere, so a mount says no: one that is read-only, and one that is nearly full. Where mounting is not allowed either, an env that
 * answers as such a folder would has to do. */
static void a_read_only_folder_is_denied_and_still_read(void **state)
{
    struct world w;
    struct jemput_hub *hub;
    struct sim_env sim;
    struct jemput_oid log[2];
    uint64_t bytes;
    bool mounted;

    (void)state;
    world_open(&w);
    sim_env_init(&sim, NULL, 1);
    sim_env_use_real_files(&sim, w.env);
    jemput_hub_close(hub_made(&w));
    assert_int_equal(jemput_hub_open_folder(&hub, &sim.env, world_path(&w, "hub"), &w.err), JEMPUT_OK);
    world_log(&w, log, 2, world_sign, NULL);
    assert_int_equal(push(&w, hub, NULL, log, 1, &bytes), JEMPUT_OK);
    mounted = mount(world_path(&w, "hub"), world_path(&w, "hub"), NULL, MS_BIND, NULL) == 0 &&
              mount(NULL, world_path(&w, "hub"), NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) == 0;
    if (!mounted) {
        print_message("no mount: the env says no instead\n");
        sim_env_fail_at(&sim, 5, JEMPUT_DENIED, true); /* the ref is read, the pack folder listed; then writing begins */
    }
    assert_int_equal(push(&w, hub, &log[0], log + 1, 1, &bytes), JEMPUT_DENIED);
    sim_env_fail_at(&sim, UINT64_MAX, JEMPUT_OK, false);
    assert_pushed(&w, hub, log, 1);
    umount2(world_path(&w, "hub"), MNT_DETACH);
    assert_int_equal(push(&w, hub, &log[0], log + 1, 1, &bytes), JEMPUT_OK);
    jemput_hub_close(hub);
    world_close(&w);
}

static void a_full_folder_is_full_and_left_clean(void **state)
{
    static uint8_t noise[200 * 1024];
    struct world w;
    struct jemput_hub *hub;
    struct jemput_oid small, large;
    uint64_t bytes;

    (void)state;
    noise_fill(noise, sizeof noise, 1);
    world_open(&w);
    world_must(&w, "mkdir hub");
    if (mount("tmpfs", world_path(&w, "hub"), "tmpfs", 0, "size=96k") != 0) {
        world_close(&w);
        print_message("no mount: not tested here; pushes_fail_cleanly_wherever_the_env_fails covers JEMPUT_FULL\n");
        skip();
    }
    hub = hub_made(&w);
    small = world_commit(&w, NULL, "small\n", "x");
    large = world_commit_by(&w, &small, 1, "large\n", jemput_bytes_of(noise, sizeof noise), world_sign, NULL);
    assert_int_equal(push(&w, hub, NULL, &small, 1, &bytes), JEMPUT_OK);
    assert_int_equal(push(&w, hub, &small, &large, 1, &bytes), JEMPUT_FULL);
    assert_pushed(&w, hub, &small, 1);
    world_must(&w, "test $(ls hub/objects/pack | wc -l) = 2 && test -z \"$(find hub -name '*.lock')\"");
    jemput_hub_close(hub);
    assert_int_equal(umount2(world_path(&w, "hub"), MNT_DETACH), 0);
    world_close(&w);
}

/* --- hostile objects --- */

static void garbage_beside_good_packs_does_no_harm(void **state)
{
    static const size_t sizes[] = { 0, 1, 7, 1031, 1032, 5000 };
    struct world w;
    struct jemput_hub *hub;
    struct jemput_oid log[3];
    uint8_t noise[5000];
    char name[128];
    uint64_t bytes;

    (void)state;
    world_open(&w);
    hub = hub_made(&w);
    world_log(&w, log, 3, world_sign, NULL);
    assert_int_equal(push(&w, hub, NULL, log, 3, &bytes), JEMPUT_OK);
    jemput_hub_close(hub);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        noise_fill(noise, sizeof noise, (uint32_t)i);
        snprintf(name, sizeof name, "hub/objects/pack/pack-%zu" ID1 ".idx", i);
        world_file(&w, name, noise, sizes[i]);
        snprintf(name, sizeof name, "hub/objects/pack/pack-%zu" ID1 ".pack", i);
        world_file(&w, name, noise, sizes[i]);
    }
    world_file(&w, "hub/objects/pack/pack-ee.idx", noise, 3000);
    world_file(&w, "hub/objects/pack/multi-pack-index", noise, 2000);
    world_must(&w, "cd hub/objects; mkdir pack/pack-ff.idx pack/pack-ff.pack 11; echo /nowhere >info/alternates");
    assert_int_equal(jemput_hub_open_folder(&hub, w.env, world_path(&w, "hub"), &w.err), JEMPUT_OK);
    assert_pushed(&w, hub, log, 3);
    for (uint32_t seed = 0; seed < 300; seed++) { /* as a loose object */
        struct jemput_oid garbage = world_oid(ID1);
        struct jemput_commit c;
        enum jemput_status st;

        noise_fill(noise, sizeof noise, seed);
        if (seed % 3 == 0)
            memcpy(noise, "\x78\x9c", 2); /* as zlib begins */
        world_file(&w, "hub/objects/11/11111111111111111111111111111111111111", noise, seed * 3);
        st = jemput_source_commit(jemput_hub_source(hub), &garbage, true, &c, &w.arena, &w.err);
        if (st != JEMPUT_CORRUPT && st != JEMPUT_LIMIT)
            printf("seed %u: %d %s\n", (unsigned)seed, (int)st, w.err.text);
        assert_true(st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT);
    }
    jemput_hub_close(hub);
    world_close(&w);
}

static enum jemput_status read_all(struct world *w, const struct jemput_oid *log, unsigned count)
{
    struct jemput_hub *hub;
    enum jemput_status st = jemput_hub_open_folder(&hub, w->env, world_path(w, "hub"), &w->err);

    for (unsigned i = 0; i < count && !st; i++) {
        struct jemput_commit c;

        st = jemput_source_commit(jemput_hub_source(hub), &log[i], true, &c, &w->arena, &w->err);
    }
    jemput_arena_clear(&w->arena);
    jemput_hub_close(hub);
    return st;
}

/* Bend `count` bits of a file spread over it, or cut it, and read the log each time: an error or the very same objects, never another outcome. */
static void bend(struct world *w, const char *name, const struct jemput_oid *log, unsigned log_count, bool cut)
{
    struct jemput_buf file = JEMPUT_BUF_INIT(1 << 20);
    unsigned bad = 0, steps = 160;

    assert_int_equal(w->env->read(w->env, world_path(w, name), &file, &w->err), JEMPUT_OK);
    for (unsigned i = 0; i < steps; i++) {
        size_t at = file.len * i / steps;
        enum jemput_status st;

        assert_int_equal(unlink(world_path(w, name)), 0);
        file.data[at] ^= cut ? 0 : (uint8_t)(1u << i % 8);
        world_file(w, name, file.data, cut ? at : file.len);
        file.data[at] ^= cut ? 0 : (uint8_t)(1u << i % 8);
        st = read_all(w, log, log_count);
        if (st && st != JEMPUT_CORRUPT && st != JEMPUT_NOTFOUND && st != JEMPUT_IO && st != JEMPUT_LIMIT)
            printf("%s byte %zu: %d %s\n", name, at, (int)st, w->err.text);
        assert_true(!st || st == JEMPUT_CORRUPT || st == JEMPUT_NOTFOUND || st == JEMPUT_IO || st == JEMPUT_LIMIT);
        bad += st != JEMPUT_OK;
    }
    assert_true(bad > steps / 2);
    unlink(world_path(w, name));
    world_file(w, name, file.data, file.len);
    jemput_buf_release(&file);
    assert_int_equal(read_all(w, log, log_count), JEMPUT_OK);
}

static void bent_and_cut_packs_are_errors(void **state)
{
    struct world w;
    struct jemput_oid log[4];
    struct jemput_hub *hub;
    uint64_t bytes;

    (void)state;
    world_open(&w);
    hub = hub_made(&w);
    world_log(&w, log, 4, world_sign, NULL);
    assert_int_equal(push(&w, hub, NULL, log, 4, &bytes), JEMPUT_OK);
    jemput_hub_close(hub);
    world_must(&w, "cd hub/objects/pack; mv *.pack pack-" ID1 ".pack; mv *.idx pack-" ID1 ".idx");
    bend(&w, "hub/objects/pack/pack-" ID1 ".pack", log, 4, false);
    bend(&w, "hub/objects/pack/pack-" ID1 ".pack", log, 4, true);
    bend(&w, "hub/objects/pack/pack-" ID1 ".idx", log, 4, true);
    world_close(&w);
}

static void loose_plant(struct world *w, const struct jemput_oid *oid, const void *file, size_t len)
{
    char name[96];

    snprintf(name, sizeof name, "hub/objects/%.2s", world_hex(oid));
    mkdir(world_path(w, name), 0755);
    snprintf(name, sizeof name, "hub/objects/%.2s/%s", world_hex(oid), world_hex(oid) + 2);
    world_file(w, name, file, len);
}

/* An object as a loose file, such as git would write it. */
static struct jemput_buf loose_object(struct world *w, const char *kind, struct jemput_bytes contents, struct jemput_oid *oid)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(1 << 20), file = JEMPUT_BUF_INIT(1 << 20);

    jemput_buf_printf(&text, "%s %zu", kind, contents.len);
    jemput_buf_u8(&text, 0);
    jemput_buf_append_bytes(&text, contents);
    jemput_sha1(oid->id, jemput_buf_bytes(&text));
    assert_int_equal(jemput_zip_deflate(&file, jemput_buf_bytes(&text), 6, (struct jemput_bytes){ 0 }, &w->err), JEMPUT_OK);
    jemput_buf_release(&text);
    loose_plant(w, oid, file.data, file.len);
    return file;
}

/* Does the segment still read as it did? If not, the error names the object that is damaged. */
static bool reads_or_names(struct world *w, struct jemput_source *source, const struct jemput_oid *commit, const struct jemput_oid *damaged)
{
    struct jemput_commit c;
    enum jemput_status st = jemput_source_commit(source, commit, true, &c, &w->arena, &w->err);

    jemput_arena_clear(&w->arena);
    if (st && ((st != JEMPUT_CORRUPT && st != JEMPUT_LIMIT) || !strstr(w->err.text, world_hex(damaged))))
        fail_msg("status %d: %s", (int)st, w->err.text);
    return st == JEMPUT_OK;
}

static void assert_damage_is_named(struct world *w, struct jemput_source *source, const struct jemput_oid *commit, const struct jemput_oid *oid,
                                   struct jemput_buf *file)
{
    unsigned overlooked = 0;

    for (size_t bit = 0; bit < file->len * 8; bit++) {
        file->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        loose_plant(w, oid, file->data, file->len);
        overlooked += reads_or_names(w, source, commit, oid);
        file->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(overlooked <= 8); /* the level that zlib notes in its second byte */
    for (size_t cut = 0; cut < file->len; cut++) {
        loose_plant(w, oid, file->data, cut);
        if (reads_or_names(w, source, commit, oid))
            assert_true(cut >= file->len - 6);
    }
    loose_plant(w, oid, file->data, file->len);
    assert_true(reads_or_names(w, source, commit, oid));
}

static void every_flip_and_cut_of_a_loose_object_is_refused_by_name(void **state)
{
    struct world w;
    struct jemput_hub *hub;
    struct jemput_oid commit, oids[3];
    struct jemput_commit c;
    struct jemput_buf files[3], text = JEMPUT_BUF_INIT(1 << 16);
    uint8_t tree[JEMPUT_TREE_TEXT_BYTES];

    (void)state;
    world_open(&w);
    hub = hub_made(&w);
    commit = world_commit(&w, NULL, "a segment\n", "a payload that is not very long");
    assert_int_equal(jemput_source_commit(jemput_repo_source(w.repo), &commit, true, &c, &w.arena, &w.err), JEMPUT_OK);
    files[0] = loose_object(&w, "blob", c.payload, &oids[0]);
    jemput_tree_text_write(tree, &oids[0]);
    files[1] = loose_object(&w, "tree", jemput_bytes_of(tree, sizeof tree), &oids[1]);
    jemput_commit_text_write(&text, &oids[1], &c);
    files[2] = loose_object(&w, "commit", jemput_buf_bytes(&text), &oids[2]);
    assert_memory_equal(&oids[2], &commit, sizeof commit);
    for (unsigned i = 0; i < 3; i++) {
        assert_damage_is_named(&w, jemput_hub_source(hub), &commit, &oids[i], &files[i]);
        jemput_buf_release(&files[i]);
    }
    jemput_buf_release(&text);
    jemput_hub_close(hub);
    world_close(&w);
}

/* A pack of one object whose bytes we choose, under whatever name. */
static void plant_pack(struct world *w, const struct jemput_oid *ids, const struct jemput_bytes *objects, uint32_t count)
{
    struct jemput_buf pack = JEMPUT_BUF_INIT(1 << 26), index = JEMPUT_BUF_INIT(1 << 20);
    uint32_t offsets[4];
    uint8_t zeros[20] = { 0 };

    jemput_buf_append(&pack, "PACK\0\0\0\2", 8);
    jemput_buf_u32be(&pack, count);
    for (uint32_t i = 0; i < count; i++) {
        offsets[i] = (uint32_t)pack.len;
        jemput_buf_append_bytes(&pack, objects[i]);
    }
    jemput_buf_append(&pack, zeros, 20);
    jemput_buf_append(&index, "\377tOc\0\0\0\2", 8);
    for (unsigned first = 0; first < 256; first++) {
        uint32_t below = 0;

        while (below < count && ids[below].id[0] <= first)
            below++;
        jemput_buf_u32be(&index, below);
    }
    for (uint32_t i = 0; i < count; i++)
        jemput_buf_append(&index, ids[i].id, 20);
    for (uint32_t i = 0; i < count; i++)
        jemput_buf_u32be(&index, 0);
    for (uint32_t i = 0; i < count; i++)
        jemput_buf_u32be(&index, offsets[i]);
    jemput_buf_append(&index, zeros, 20);
    jemput_buf_append(&index, zeros, 20);
    world_file(w, "hub/objects/pack/pack-" ID2 ".pack", pack.data, pack.len);
    world_file(w, "hub/objects/pack/pack-" ID2 ".idx", index.data, index.len);
    jemput_buf_release(&pack);
    jemput_buf_release(&index);
}

static void delta_chains_in_a_circle_end(void **state)
{
    static const uint8_t empty_zlib[] = { 0x78, 0x9c, 3, 0, 0, 0, 0, 1 };
    struct world w;
    struct jemput_oid ids[2] = { { { 0x11 } }, { { 0x22 } } };
    struct jemput_buf objects[2] = { JEMPUT_BUF_INIT(100), JEMPUT_BUF_INIT(100) };
    struct jemput_bytes bytes[2];
    enum jemput_status st;

    (void)state;
    world_open(&w);
    jemput_hub_close(hub_made(&w));
    for (unsigned i = 0; i < 2; i++) { /* each is a delta against the other */
        jemput_buf_u8(&objects[i], 7 << 4 | 5);
        jemput_buf_append(&objects[i], ids[1 - i].id, 20);
        jemput_buf_append(&objects[i], empty_zlib, sizeof empty_zlib);
        bytes[i] = jemput_buf_bytes(&objects[i]);
    }
    plant_pack(&w, ids, bytes, 2);
    st = read_all(&w, ids, 1);
    assert_true(st == JEMPUT_LIMIT || st == JEMPUT_CORRUPT);
    jemput_buf_release(&objects[0]);
    jemput_buf_release(&objects[1]);
    world_close(&w);
}

/* A blob that inflates to a gigabyte, and a delta that claims to: refused without taking the memory. */
static void bombs_take_no_memory(void **state)
{
    struct fault_alloc *mem = *state;
    struct world w;
    struct jemput_oid ids[2] = { { { 0x11 } }, { { 0x22 } } };
    struct jemput_buf zeros = JEMPUT_BUF_INIT(1 << 26), object = JEMPUT_BUF_INIT(1 << 26), delta = JEMPUT_BUF_INIT(1 << 10);
    struct jemput_bytes bytes[2];
    size_t live;

    world_open(&w);
    jemput_hub_close(hub_made(&w));
    jemput_buf_append(&object, "\xb0\x80\x80\x80\x20", 5); /* a blob of 2^30 bytes */
    assert_true(jemput_buf_reserve(&zeros, 1 << 25));
    memset(zeros.data, 0, 1 << 25);
    zeros.len = 1 << 25;
    assert_int_equal(jemput_zip_deflate(&object, jemput_buf_bytes(&zeros), 9, (struct jemput_bytes){ 0 }, &w.err), JEMPUT_OK);
    object.data[0] = 0x90; /* a commit that large */
    jemput_buf_append(&delta, "\x7a", 1);
    jemput_buf_append(&delta, ids[0].id, 20);
    assert_int_equal(jemput_zip_deflate(&delta, jemput_bytes_of("\x80\x80\x80\x80\x04\x80\x80\x80\x80\x04", 10), 9, (struct jemput_bytes){ 0 }, &w.err), JEMPUT_OK);
    bytes[0] = jemput_buf_bytes(&object);
    bytes[1] = jemput_buf_bytes(&delta);
    plant_pack(&w, ids, bytes, 2);
    jemput_buf_release(&zeros);
    live = mem->live_bytes;
    fault_alloc_peak_reset(mem);
    assert_int_equal(read_all(&w, ids, 1), JEMPUT_LIMIT);
    assert_int_equal(read_all(&w, ids + 1, 1), JEMPUT_LIMIT);
    assert_true(mem->peak_bytes < live + 8 * 1024 * 1024);
    jemput_buf_release(&object);
    jemput_buf_release(&delta);
    world_close(&w);
}

/* --- faults --- */

static int entry_remove(const char *path, const struct stat *s, int kind, struct FTW *place)
{
    (void)s;
    (void)kind;
    (void)place;
    return remove(path);
}

static void hub_remove(struct world *w)
{
    assert_int_equal(nftw(world_path(w, "hub"), entry_remove, 16, FTW_DEPTH | FTW_PHYS) != 0 && there(w, "hub"), 0);
}

static enum jemput_status round_trip(struct world *w, struct jemput_env *env, const struct jemput_oid *log, unsigned count)
{
    struct jemput_hub *hub;
    struct seen seen = { .count = 0 };
    struct jemput_commit c;
    unsigned skipped;
    uint64_t bytes;
    enum jemput_status st = jemput_hub_create_folder(env, world_path(w, "hub"), &w->err);

    if (st)
        return st;
    st = jemput_hub_open_folder(&hub, env, world_path(w, "hub"), &w->err);
    if (!st)
        st = jemput_hub_push(hub, w->repo, REF "x", NULL, log + 1, 1, &bytes, &w->err); /* without its beginning */
    if (!st)
        st = jemput_hub_push(hub, w->repo, REF, NULL, log, 1, &bytes, &w->err);
    if (!st)
        st = jemput_hub_push(hub, w->repo, REF, log, log + 1, count - 1, &bytes, &w->err);
    if (!st)
        st = jemput_hub_refs(hub, "refs/heads/log/", seen_add, &seen, &skipped, &w->err);
    if (!st)
        st = jemput_source_commit(jemput_hub_source(hub), &log[count - 1], true, &c, &w->arena, &w->err);
    jemput_hub_close(hub);
    return st;
}

static void no_memory_anywhere_is_survived(void **state)
{
    struct fault_alloc *mem = *state;
    struct jemput_env hasty = hasty_env();
    struct world w;
    struct jemput_oid log[3];
    enum jemput_status st;

    world_open(&w);
    w.env = &hasty;
    world_log(&w, log, 3, world_sign, NULL);
    assert_int_equal(round_trip(&w, w.env, log, 3), JEMPUT_OK);
    for (uint64_t n = 0, failures = 1; failures; n++) {
        size_t live;

        hub_remove(&w);
        jemput_arena_release(&w.arena);
        live = mem->live_blocks;
        fault_alloc_arm(mem, n, n % 2);
        st = round_trip(&w, w.env, log, 3);
        fault_alloc_disarm(mem);
        failures = mem->failures;
        if (st && st != JEMPUT_NOMEM)
            printf("allocation %u: %s\n", (unsigned)n, w.err.text);
        assert_true(st == JEMPUT_OK || st == JEMPUT_NOMEM);
        jemput_arena_release(&w.arena);
        assert_int_equal(mem->live_blocks, live);
    }
    world_close(&w);
}

static void pushes_fail_cleanly_wherever_the_env_fails(void **state)
{
    static const enum jemput_status kinds[] = { JEMPUT_IO, JEMPUT_FULL, JEMPUT_DENIED, JEMPUT_NOMEM, JEMPUT_NOTFOUND };
    static const size_t kind_count = sizeof kinds / sizeof kinds[0];
    struct jemput_env hasty = hasty_env();
    struct world w;
    struct sim_env sim;
    struct jemput_oid log[3];

    (void)state;
    world_open(&w);
    w.env = &hasty;
    world_log(&w, log, 3, world_sign, NULL);
    sim_env_init(&sim, NULL, 1);
    sim_env_use_real_files(&sim, w.env);
    for (size_t k = 0; k < kind_count; k++) {
        for (uint64_t n = k ? k - 1 : 0, failures = 1; failures; n += k ? kind_count - 1 : 1) { /* the first kind everywhere, the others in turn */
            enum jemput_status st;

            hub_remove(&w);
            sim_env_fail_at(&sim, n, kinds[k], k % 2);
            st = round_trip(&w, &sim.env, log, 3);
            failures = sim.failures;
            sim_env_fail_at(&sim, UINT64_MAX, JEMPUT_OK, false);
            if (st && st != kinds[k] && st != JEMPUT_OFFLINE && st != JEMPUT_CORRUPT && st != JEMPUT_BUSY)
                printf("call %u: %d not %d: %s\n", (unsigned)n, (int)st, (int)kinds[k], w.err.text);
            assert_true(!st || st == kinds[k] || st == JEMPUT_OFFLINE || ((st == JEMPUT_CORRUPT || st == JEMPUT_BUSY) && kinds[k] == JEMPUT_NOTFOUND));
            st = round_trip(&w, w.env, log, 3); /* whatever was left: the next attempt gets through, or finds the work done */
            if (st && st != JEMPUT_BUSY)
                printf("after call %u: %s\n", (unsigned)n, w.err.text);
            assert_true(!st || st == JEMPUT_BUSY);
            world_must(&w, "for p in hub/objects/pack/*.idx; do test -e ${p%.idx}.pack; done");
        }
    }
    world_close(&w);
}

static int faults_start(void **state)
{
    static struct fault_alloc mem;
    struct jemput_error err;

    /* Mounts of these tests are seen by nobody else, and are gone with this process; where that is not allowed, mounting is not either. */
    if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return -1;
    fault_alloc_install(&mem);
    assert_int_equal(jemput_git_ready(&err), JEMPUT_OK);
    *state = &mem;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_hub_opens_and_a_second_creation_changes_nothing),
        cmocka_unit_test(a_creation_never_touches_other_things),
        cmocka_unit_test(only_bare_sha1_repositories_open),
        cmocka_unit_test(refs_are_listed_in_order_and_loose_wins),
        cmocka_unit_test(odd_refs_are_skipped_and_counted),
        cmocka_unit_test(what_is_pushed_is_read_back),
        cmocka_unit_test(a_hub_of_many_small_pushes_is_read_back),
        cmocka_unit_test(a_push_that_was_done_before_is_done),
        cmocka_unit_test(a_ref_that_moved_is_left_alone),
        cmocka_unit_test(what_is_not_kept_here_is_not_pushed),
        cmocka_unit_test(a_push_of_nothing_or_to_a_bad_ref_is_misuse),
        cmocka_unit_test(fresh_locks_are_busy_and_stale_ones_are_removed),
        cmocka_unit_test(a_log_without_its_beginning_is_whole_for_stock_git),
        cmocka_unit_test(a_fresh_lock_that_a_killed_push_of_the_same_commits_left_is_taken_over),
        cmocka_unit_test(leftovers_of_killed_pushes_are_swept),
        cmocka_unit_test(a_ref_file_cut_by_a_power_failure_is_healed),
        cmocka_unit_test(a_file_in_the_way_of_a_ref_is_told),
        cmocka_unit_test(a_vanished_folder_is_offline),
        cmocka_unit_test(a_read_only_folder_is_denied_and_still_read),
        cmocka_unit_test(a_full_folder_is_full_and_left_clean),
        cmocka_unit_test(garbage_beside_good_packs_does_no_harm),
        cmocka_unit_test(bent_and_cut_packs_are_errors),
        cmocka_unit_test(every_flip_and_cut_of_a_loose_object_is_refused_by_name),
        cmocka_unit_test(delta_chains_in_a_circle_end),
        cmocka_unit_test(bombs_take_no_memory),
        cmocka_unit_test(no_memory_anywhere_is_survived),
        cmocka_unit_test(pushes_fail_cleanly_wherever_the_env_fails),
    };

    return cmocka_run_group_tests_name("hub", tests, faults_start, NULL);
}
