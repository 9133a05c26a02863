/* unit/test_env.c — the real world: clocks, randomness and files, in a folder of its own below the working folder.
 *
 * read, write, fsync and getrandom are defined here in the C library's place, so that what is flushed can be seen and what the kernel refuses
 * once a year can be had at once. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* O_TMPFILE */
#endif
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "env/env.h"
#include "support/fault_alloc.h"

static struct fault_alloc mem;
static struct jemput_env *env;
static char root[64];

/* What the next system calls answer; all zero = the truth. */
static struct {
    int interruptions; /* so many calls end with EINTR first */
    int write_errno, fsync_errno, read_errno, random_errno;
    bool piecemeal; /* at most 7 bytes a call */
} kernel;

static struct {
    int count;
    struct stat last; /* what was flushed last; perhaps it had no name yet */
} flushed;

static bool kernel_interrupts(void)
{
    if (kernel.interruptions == 0)
        return false;
    kernel.interruptions--;
    errno = EINTR;
    return true;
}

static size_t kernel_piece(size_t len)
{
    return kernel.piecemeal && len > 7 ? 7 : len;
}

static bool kernel_refuses(int code)
{
    errno = code;
    return code != 0;
}

ssize_t read(int fd, void *out, size_t len)
{
    if (kernel_interrupts() || kernel_refuses(kernel.read_errno))
        return -1;
    return syscall(SYS_read, fd, out, kernel_piece(len));
}

ssize_t write(int fd, const void *data, size_t len)
{
    if (kernel_interrupts() || kernel_refuses(kernel.write_errno))
        return -1;
    return syscall(SYS_write, fd, data, kernel_piece(len));
}

ssize_t getrandom(void *out, size_t len, unsigned flags)
{
    if (kernel_interrupts() || kernel_refuses(kernel.random_errno))
        return -1;
    return syscall(SYS_getrandom, out, kernel_piece(len), flags);
}

int fsync(int fd)
{
    assert_int_equal(fstat(fd, &flushed.last), 0);
    flushed.count++;
    return kernel_refuses(kernel.fsync_errno) ? -1 : (int)syscall(SYS_fsync, fd);
}

static bool flushed_was(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 && found.st_ino == flushed.last.st_ino && found.st_dev == flushed.last.st_dev;
}

static int open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

static int open_files_before;

static const char *at(const char *name)
{
    static char paths[4][256];
    static unsigned turn;
    char *path = paths[turn++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", root, name);
    return path;
}

static int setup(void **state)
{
    (void)state;
    fault_alloc_install(&mem);
    env = jemput_env_posix();
    memset(&kernel, 0, sizeof kernel);
    memset(&flushed, 0, sizeof flushed);
    open_files_before = open_files();
    strcpy(root, "env-test-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static void tree_remove(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        char inner[600];

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (unlink(inner) != 0)
            tree_remove(inner);
    }
    if (dir)
        closedir(dir);
    rmdir(path);
}

static int teardown(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof kernel);
    tree_remove(root);
    if (open_files() != open_files_before)
        return -1;
    return fault_alloc_uninstall(&mem) == 0 ? 0 : -1;
}

static enum jemput_status create_text(const char *path, const char *text)
{
    struct jemput_error err;

    return env->create(env, path, jemput_bytes_str(text), 0600, &err);
}

static void clocks_run_forward(void **state)
{
    int64_t wall = env->now_ms(env);
    uint64_t before = env->monotonic_ms(env);

    (void)state;
    assert_true(wall > INT64_C(1600000000000));
    usleep(3000);
    assert_true(env->monotonic_ms(env) > before);
    assert_true(env->boot_id(env) == env->boot_id(env));
}

static void the_boot_has_a_number(void **state)
{
    uint64_t boot = env->boot_id(env);

    (void)state;
    kernel.interruptions = 1;
    assert_true(env->boot_id(env) == boot);
    if (access("/proc/sys/kernel/random/boot_id", R_OK) == 0) {
        assert_true(boot != 0);
        assert_true(boot != UINT64_C(14695981039346656037)); /* nothing was hashed */
        kernel.read_errno = EIO;
        assert_true(env->boot_id(env) == 0);
    } else {
        assert_true(boot == 0);
    }
}

static void check_random(void)
{
    static const size_t lengths[] = { 0, 1, 32, 255, 256, 257, 5000 };
    static uint8_t seen[5001];

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t len = lengths[i];
        uint8_t touched[5001] = { 0 };

        for (int round = 0; round < 12; round++) {
            memset(seen, 0, sizeof seen);
            env->random(env, seen, len);
            for (size_t k = 0; k < len; k++)
                touched[k] |= seen[k];
            assert_int_equal(seen[len], 0);
        }
        for (size_t k = 0; k < len; k++)
            assert_int_not_equal(touched[k], 0);
    }
}

static void randomness_fills_every_byte_however_the_kernel_gives_it(void **state)
{
    (void)state;
    check_random();
    kernel.interruptions = 5;
    check_random();
    assert_int_equal(kernel.interruptions, 0);
    kernel.piecemeal = true;
    check_random();
    kernel.random_errno = ENOSYS; /* an old kernel: from the device, still in pieces */
    check_random();
}

static void a_created_file_reads_back(void **state)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(1 << 20);
    struct jemput_file_info info;
    struct jemput_error err;
    struct stat s;
    static uint8_t big[200000];

    (void)state;
    env->random(env, big, sizeof big);
    assert_int_equal(env->create(env, at("big"), jemput_bytes_of(big, sizeof big), 0640, &err), JEMPUT_OK);
    assert_int_equal(stat(at("big"), &s), 0);
    assert_int_equal(s.st_mode & 0137, 0); /* nothing beyond what was asked for */
    jemput_buf_append_str(&out, "#");
    assert_int_equal(env->read(env, at("big"), &out, &err), JEMPUT_OK);
    assert_int_equal(out.len, sizeof big + 1);
    assert_memory_equal(out.data + 1, big, sizeof big);
    assert_int_equal(env->stat(env, at("big"), &info, &err), JEMPUT_OK);
    assert_int_equal(info.kind, JEMPUT_FILE_REGULAR);
    assert_int_equal(info.size_bytes, sizeof big);
    assert_true(llabs(info.modified_ms - env->now_ms(env)) < 60000);

    assert_int_equal(create_text(at("empty"), ""), JEMPUT_OK);
    jemput_buf_clear(&out);
    assert_int_equal(env->read(env, at("empty"), &out, &err), JEMPUT_OK);
    assert_int_equal(out.len, 0);
    jemput_buf_release(&out);
}

static void a_buffer_of_exactly_the_size_is_enough(void **state)
{
    struct jemput_buf exact = JEMPUT_BUF_INIT(4), less = JEMPUT_BUF_INIT(3);
    struct jemput_error err;

    (void)state;
    assert_int_equal(create_text(at("four"), "1234"), JEMPUT_OK);
    assert_int_equal(env->read(env, at("four"), &exact, &err), JEMPUT_OK);
    assert_int_equal(env->read(env, at("four"), &less, &err), JEMPUT_LIMIT);
    assert_non_null(strstr(err.text, "more than 3"));
    assert_int_equal(less.len, 0);
    assert_int_equal(less.failed, JEMPUT_OK);
    jemput_buf_release(&exact);
    jemput_buf_release(&less);
}

static void interrupted_and_partial_calls_are_carried_through(void **state)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(100);
    struct jemput_error err;

    (void)state;
    kernel.piecemeal = true;
    kernel.interruptions = 2;
    assert_int_equal(create_text(at("a"), "a text of more than seven bytes"), JEMPUT_OK);
    kernel.interruptions = 2;
    assert_int_equal(env->read(env, at("a"), &out, &err), JEMPUT_OK);
    assert_int_equal(kernel.interruptions, 0);
    assert_true(jemput_bytes_equal(jemput_buf_bytes(&out), jemput_bytes_str("a text of more than seven bytes")));
    jemput_buf_release(&out);
}

static void a_file_is_flushed_before_create_returns_and_its_folder_after_rename(void **state)
{
    struct jemput_error err;
    char here[80];

    (void)state;
    assert_int_equal(create_text(at("a"), "x"), JEMPUT_OK);
    assert_int_equal(flushed.count, 1);
    assert_true(flushed_was(at("a")));
    assert_int_equal(env->make_folder(env, at("one/two//three/"), &err), JEMPUT_OK);
    assert_int_equal(flushed.count, 4);
    assert_true(flushed_was(at("one/two")));
    assert_int_equal(env->make_folder(env, at("one/two/three"), &err), JEMPUT_OK);
    assert_int_equal(flushed.count, 4);
    assert_int_equal(env->rename(env, at("a"), at("one/two//b"), &err), JEMPUT_OK);
    assert_int_equal(flushed.count, 5);
    assert_true(flushed_was(at("one/two")));

    assert_int_equal(env->make_folder(env, at("folder"), &err), JEMPUT_OK);
    assert_int_equal(env->rename(env, at("folder"), at("one/folder//"), &err), JEMPUT_OK);
    assert_true(flushed_was(at("one")));

    snprintf(here, sizeof here, "%s.moved", root);
    assert_int_equal(env->rename(env, at("one/two/b"), here, &err), JEMPUT_OK);
    assert_true(flushed_was("."));
    assert_int_equal(env->remove(env, here, &err), JEMPUT_OK);
    assert_int_equal(env->rename(env, "/b-that-is-not-there", "/b-that-is-not-there-either", &err), JEMPUT_NOTFOUND); /* whose folder is "/" */
}

static void what_the_kernel_refuses_has_its_code_and_leaves_no_file(void **state)
{
    static const struct {
        int code;
        enum jemput_status status;
    } rows[] = {
        { ENOSPC, JEMPUT_FULL }, { EDQUOT, JEMPUT_FULL },    { EIO, JEMPUT_IO },      { EROFS, JEMPUT_DENIED }, { EPERM, JEMPUT_DENIED },
        { ENOMEM, JEMPUT_NOMEM }, { EBUSY, JEMPUT_BUSY },    { EAGAIN, JEMPUT_BUSY }, { EACCES, JEMPUT_DENIED }, { 9999, JEMPUT_IO },
    };
    struct jemput_buf out = JEMPUT_BUF_INIT(100);
    struct jemput_file_info info;
    struct jemput_error err;

    (void)state;
    assert_int_equal(create_text(at("old"), "x"), JEMPUT_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        kernel.write_errno = rows[i].code;
        assert_int_equal(create_text(at("new"), "x"), rows[i].status);
        assert_int_equal(env->stat(env, at("new"), &info, &err), JEMPUT_NOTFOUND);
        kernel.write_errno = 0;
        kernel.fsync_errno = rows[i].code;
        assert_int_equal(create_text(at("new"), "x"), rows[i].status);
        assert_int_equal(env->stat(env, at("new"), &info, &err), JEMPUT_NOTFOUND);
        assert_int_equal(env->rename(env, at("old"), at("old"), &err), rows[i].status);
        kernel.fsync_errno = 0;
        kernel.read_errno = rows[i].code;
        assert_int_equal(env->read(env, at("old"), &out, &err), rows[i].status);
        assert_non_null(strstr(err.text, "old"));
        kernel.read_errno = 0;
    }
    assert_true(strstr(err.text, "9999") || strstr(err.text, strerror(9999))); /* musl has words for it, which do not name the number */
    jemput_buf_release(&out);
}

static void a_file_system_that_cannot_flush_folders_is_good_enough(void **state)
{
    static const int codes[] = { EINVAL, ENOTSUP };
    struct jemput_error err;

    (void)state;
    assert_int_equal(create_text(at("a"), "x"), JEMPUT_OK);
    for (int i = 0; i < 2; i++) {
        kernel.fsync_errno = codes[i];
        assert_int_equal(env->rename(env, at("a"), at("a"), &err), JEMPUT_OK);
    }
}

static void what_is_appended_stands_behind_what_was_there_and_is_flushed(void **state)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(64);
    struct jemput_error err;

    (void)state;
    assert_int_equal(env->append(env, at("part"), jemput_bytes_str("satu "), &err), JEMPUT_OK);
    assert_int_equal(env->append(env, at("part"), jemput_bytes_str("dua"), &err), JEMPUT_OK);
    assert_true(flushed_was(at("part")));
    assert_int_equal(env->read(env, at("part"), &text, &err), JEMPUT_OK);
    assert_true(jemput_bytes_equal(jemput_buf_bytes(&text), jemput_bytes_str("satu dua")));
    assert_int_equal(env->append(env, at("none/part"), jemput_bytes_str("x"), &err), JEMPUT_NOTFOUND);
    jemput_buf_release(&text);
}

static void nothing_is_overwritten_by_create(void **state)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(100);
    struct jemput_error err;

    (void)state;
    assert_int_equal(create_text(at("a"), "old"), JEMPUT_OK);
    assert_int_equal(create_text(at("a"), "new"), JEMPUT_EXISTS);
    assert_int_equal(env->read(env, at("a"), &out, &err), JEMPUT_OK);
    assert_memory_equal(out.data, "old", 3);
    jemput_buf_release(&out);
}

static void rename_replaces_and_remove_removes(void **state)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(100);
    struct jemput_file_info info;
    struct jemput_error err;

    (void)state;
    assert_int_equal(create_text(at("a"), "one"), JEMPUT_OK);
    assert_int_equal(create_text(at("b"), "two"), JEMPUT_OK);
    assert_int_equal(env->rename(env, at("a"), at("b"), &err), JEMPUT_OK);
    assert_int_equal(env->stat(env, at("a"), &info, &err), JEMPUT_NOTFOUND);
    assert_int_equal(env->read(env, at("b"), &out, &err), JEMPUT_OK);
    assert_memory_equal(out.data, "one", 3);
    assert_int_equal(env->remove(env, at("b"), &err), JEMPUT_OK);
    assert_int_equal(env->remove(env, at("b"), &err), JEMPUT_NOTFOUND);
    assert_int_equal(env->rename(env, at("b"), at("c"), &err), JEMPUT_NOTFOUND);
    jemput_buf_release(&out);
}

static void folders_come_with_parents_and_twice_is_fine(void **state)
{
    static const char *const spellings[] = { "x/y/z", "x/y/z/", "x//y///w", "./p", "x" };
    struct jemput_file_info info;
    struct jemput_error err;

    (void)state;
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        for (int twice = 0; twice < 2; twice++)
            assert_int_equal(env->make_folder(env, at(spellings[i]), &err), JEMPUT_OK);
        assert_int_equal(env->stat(env, at(spellings[i]), &info, &err), JEMPUT_OK);
        assert_int_equal(info.kind, JEMPUT_FILE_FOLDER);
    }
    assert_int_equal(create_text(at("file"), ""), JEMPUT_OK);
    assert_int_equal(env->make_folder(env, at("file"), &err), JEMPUT_EXISTS);
    assert_int_equal(env->make_folder(env, at("file/below"), &err), JEMPUT_EXISTS);
    assert_int_equal(env->make_folder(env, "/", &err), JEMPUT_OK);
    assert_int_equal(env->make_folder(env, ".", &err), JEMPUT_OK);
    assert_int_equal(env->make_folder(env, "", &err), JEMPUT_NOTFOUND);
    assert_int_equal(env->remove(env, at("x"), &err), JEMPUT_IO); /* not empty */
    assert_int_equal(env->remove(env, at("x/y/z"), &err), JEMPUT_OK);
}

struct listing {
    int count, stop_after;
    char names[400];
};

static enum jemput_status list_each(void *ctx, const char *name, struct jemput_error *err)
{
    struct listing *l = ctx;

    strcat(strcat(l->names, name), ";");
    if (++l->count == l->stop_after)
        return jemput_fail(err, JEMPUT_CANCELLED, "enough");
    return JEMPUT_OK;
}

static void a_listing_names_all_and_can_be_stopped(void **state)
{
    struct listing all = { 0 }, some = { .stop_after = 2 };
    struct jemput_error err;

    (void)state;
    assert_int_equal(create_text(at("a"), ""), JEMPUT_OK);
    assert_int_equal(create_text(at(".hidden"), ""), JEMPUT_OK);
    assert_int_equal(env->make_folder(env, at("c/d"), &err), JEMPUT_OK);
    assert_int_equal(env->list(env, root, list_each, &all, &err), JEMPUT_OK);
    assert_int_equal(all.count, 3);
    assert_non_null(strstr(all.names, ".hidden;"));
    assert_null(strstr(all.names, "d;"));
    assert_int_equal(env->list(env, root, list_each, &some, &err), JEMPUT_CANCELLED);
    assert_int_equal(some.count, 2);
    assert_int_equal(env->list(env, at("none"), list_each, &all, &err), JEMPUT_NOTFOUND);
}

static void every_refusal_has_its_code(void **state)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(100);
    struct jemput_file_info info;
    struct jemput_error err;

    (void)state;
    assert_int_equal(create_text(at("file"), "x"), JEMPUT_OK);
    assert_int_equal(env->read(env, at("none"), &out, &err), JEMPUT_NOTFOUND);
    assert_non_null(strstr(err.text, "none"));
    assert_int_equal(env->read(env, at("file/none"), &out, &err), JEMPUT_NOTFOUND);
    assert_int_equal(env->read(env, root, &out, &err), JEMPUT_IO);
    assert_int_equal(env->stat(env, at("none"), &info, &err), JEMPUT_NOTFOUND);
    assert_int_equal(create_text(at("none/file"), "x"), JEMPUT_NOTFOUND);
    assert_int_equal(mkfifo(at("pipe"), 0600), 0);
    assert_int_equal(env->read(env, at("pipe"), &out, &err), JEMPUT_IO); /* and does not hang */
    assert_int_equal(env->stat(env, at("pipe"), &info, &err), JEMPUT_OK);
    assert_int_equal(info.kind, JEMPUT_FILE_OTHER);
    assert_int_equal(out.len, 0);
    jemput_buf_release(&out);
}

/* Runs `check` in a child that may break its own process; its return value is the number of the failed step, 0 = good. */
static void in_a_child(int (*check)(void))
{
    pid_t child = fork();
    int how = 0;

    if (child == 0)
        _exit(check());
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
}

static int check_cut_file(void)
{
    struct rlimit limit = { 1000, 1000 };
    static uint8_t data[5000];
    struct jemput_file_info info;
    struct jemput_error err;

    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    if (env->create(env, at("big"), jemput_bytes_of(data, sizeof data), 0600, &err) != JEMPUT_IO)
        return 2;
    return env->stat(env, at("big"), &info, &err) == JEMPUT_NOTFOUND ? 0 : 3;
}

static void a_file_that_cannot_be_written_whole_is_removed(void **state)
{
    (void)state;
    in_a_child(check_cut_file);
}

/* The lock of a ref, which others would wait for. */
static void whoever_is_killed_while_a_small_file_is_made_leaves_none(void **state)
{
    struct rlimit limit = { 0, 0 };
    struct jemput_file_info info;
    struct jemput_error err;
    int how = 0, nameless = open(root, O_TMPFILE | O_WRONLY, 0600);
    pid_t child;

    (void)state;
    if (nameless < 0)
        skip(); /* this file system gives every file a name */
    close(nameless);
    child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_DFL);
        if (setrlimit(RLIMIT_CORE, &limit) == 0 && setrlimit(RLIMIT_FSIZE, &limit) == 0)
            how = (int)create_text(at("ref.lock"), "x"); /* ends here, as it is about to write */
        _exit(how);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how));
    assert_int_equal(env->stat(env, at("ref.lock"), &info, &err), JEMPUT_NOTFOUND);
    assert_int_equal(create_text(at("ref.lock"), "x"), JEMPUT_OK);
    assert_int_equal(create_text(at("ref.lock"), "y"), JEMPUT_EXISTS);
}

static int check_denied(void)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(100);
    struct jemput_error err;

    if (chmod(root, 0555) != 0 || (geteuid() == 0 && setuid(65534) != 0)) /* root may do everything */
        return 1;
    if (create_text(at("new"), "x") != JEMPUT_DENIED)
        return 2;
    if (env->read(env, at("secret"), &out, &err) != JEMPUT_DENIED)
        return 3;
    if (env->rename(env, at("secret"), at("other"), &err) != JEMPUT_DENIED || env->remove(env, at("secret"), &err) != JEMPUT_DENIED)
        return 4;
    return env->make_folder(env, at("folder"), &err) == JEMPUT_DENIED ? 0 : 5;
}

static void missing_permission_is_denied(void **state)
{
    struct jemput_error err;

    (void)state;
    assert_int_equal(env->create(env, at("secret"), jemput_bytes_str("x"), 0000, &err), JEMPUT_OK);
    in_a_child(check_denied);
    assert_int_equal(chmod(root, 0755), 0);
}

static void missing_memory_is_said_and_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_int_equal(create_text(at("a"), "some text"), JEMPUT_OK);
    for (int call = 0; call < 3; call++) {
        for (uint64_t n = 0;; n++) {
            struct jemput_buf out = JEMPUT_BUF_INIT(100);
            struct jemput_error err;
            enum jemput_status st;

            fault_alloc_arm(&mem, n, false);
            st = call == 0   ? env->read(env, at("a"), &out, &err)
                 : call == 1 ? env->make_folder(env, at("f/g"), &err)
                             : env->rename(env, at("f/g"), at("f/h"), &err);
            fault_alloc_disarm(&mem);
            assert_int_equal(st, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
            assert_true(st == JEMPUT_OK || (out.len == 0 && out.failed == JEMPUT_OK));
            jemput_buf_release(&out);
            assert_int_equal(mem.live_blocks, 0);
            if (!mem.failures)
                break;
        }
    }
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(clocks_run_forward),
        T(the_boot_has_a_number),
        T(randomness_fills_every_byte_however_the_kernel_gives_it),
        T(interrupted_and_partial_calls_are_carried_through),
        T(a_file_is_flushed_before_create_returns_and_its_folder_after_rename),
        T(what_the_kernel_refuses_has_its_code_and_leaves_no_file),
        T(a_file_system_that_cannot_flush_folders_is_good_enough),
        T(a_created_file_reads_back),
        T(a_buffer_of_exactly_the_size_is_enough),
        T(what_is_appended_stands_behind_what_was_there_and_is_flushed),
        T(nothing_is_overwritten_by_create),
        T(rename_replaces_and_remove_removes),
        T(folders_come_with_parents_and_twice_is_fine),
        T(a_listing_names_all_and_can_be_stopped),
        T(every_refusal_has_its_code),
        T(a_file_that_cannot_be_written_whole_is_removed),
        T(whoever_is_killed_while_a_small_file_is_made_leaves_none),
        T(missing_permission_is_denied),
        T(missing_memory_is_said_and_leaves_nothing_behind),
    };

    return cmocka_run_group_tests_name("env", tests, NULL, NULL);
}
