/* env/posix.c — the real world: POSIX clocks, the kernel's randomness, and files that survive a power cut.
 *
 * A file is whole after create() (fsync) and its name is safe after rename() (fsync of the folder): write-then-rename is the pattern. */
#include "env/posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#ifdef JEMPUT_HAS_GETRANDOM
#include <sys/random.h>
#else
#include <sys/syscall.h>
#endif
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

#define READ_CHUNK_BYTES ((size_t)64 * 1024)
#define RANDOM_CHUNK_BYTES ((size_t)256) /* the kernel hands out this much without interruption */
#define FOLDER_MODE 0700                 /* registration data is for its owner alone */

static enum jemput_status status_of_errno(int code)
{
    switch (code) {
    case ENOSPC:
    case EDQUOT:
        return JEMPUT_FULL;
    case EACCES:
    case EPERM:
    case EROFS:
        return JEMPUT_DENIED;
    case ENOENT:
    case ENOTDIR:
        return JEMPUT_NOTFOUND;
    case EEXIST:
        return JEMPUT_EXISTS;
    case ENOMEM:
        return JEMPUT_NOMEM;
    case EBUSY:
    case EAGAIN:
        return JEMPUT_BUSY;
    default:
        return JEMPUT_IO;
    }
}

enum jemput_status jemput_posix_fail(struct jemput_error *err, const char *verb, const char *path)
{
    int code = errno;
    char why[128];

    if (strerror_r(code, why, sizeof why) != 0)
        snprintf(why, sizeof why, "error %d", code);
    return jemput_fail(err, status_of_errno(code), "%s '%s': %s", verb, path, why);
}

static int64_t posix_now_ms(struct jemput_env *env)
{
    struct timespec t;

    (void)env;
    JEMPUT_ASSERT(clock_gettime(CLOCK_REALTIME, &t) == 0);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint64_t posix_monotonic_ms(struct jemput_env *env)
{
    struct timespec t;

    (void)env;
#ifdef CLOCK_BOOTTIME /* counts on while a tablet sleeps in a bag */
    if (clock_gettime(CLOCK_BOOTTIME, &t) == 0)
        return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
#endif
    JEMPUT_ASSERT(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static ssize_t read_retry(int fd, void *out, size_t len)
{
    ssize_t got;

    do
        got = read(fd, out, len);
    while (got < 0 && errno == EINTR);
    return got;
}

static uint64_t posix_boot_id(struct jemput_env *env)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a: the id is random already, it only has to get shorter */
    uint8_t text[64];
    ssize_t len;
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

    (void)env;
    if (fd < 0)
        return 0;
    len = read_retry(fd, text, sizeof text);
    close(fd);
    if (len <= 0)
        return 0;
    for (ssize_t i = 0; i < len; i++)
        hash = (hash ^ text[i]) * UINT64_C(1099511628211);
    return hash ? hash : 1;
}

static void random_from_device(uint8_t *out, size_t len)
{
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

    JEMPUT_ASSERT(fd >= 0); /* without randomness there are no keys: going on would be worse than stopping */
    while (len) {
        ssize_t got = read_retry(fd, out, len);

        JEMPUT_ASSERT(got > 0);
        out += got;
        len -= (size_t)got;
    }
    close(fd);
}

/* Android's C library has the call from API 28 on, its kernels from long before. */
static ssize_t random_from_kernel(void *out, size_t len)
{
#if defined(JEMPUT_HAS_GETRANDOM)
    return getrandom(out, len, 0);
#elif defined(SYS_getrandom)
    return (ssize_t)syscall(SYS_getrandom, out, len, 0);
#else
    (void)out, (void)len;
    errno = ENOSYS;
    return -1;
#endif
}

static void posix_random(struct jemput_env *env, void *out, size_t len)
{
    uint8_t *at = out;

    (void)env;
    while (len) {
        ssize_t got = random_from_kernel(at, len < RANDOM_CHUNK_BYTES ? len : RANDOM_CHUNK_BYTES);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) { /* kernels before 3.17, as on the oldest tablets */
            random_from_device(at, len);
            return;
        }
        at += got;
        len -= (size_t)got;
    }
}

static enum jemput_status posix_stat(struct jemput_env *env, const char *path, struct jemput_file_info *out, struct jemput_error *err)
{
    struct stat s;

    (void)env;
    if (stat(path, &s) != 0)
        return jemput_posix_fail(err, "look up", path);
    out->kind = S_ISREG(s.st_mode) ? JEMPUT_FILE_REGULAR : S_ISDIR(s.st_mode) ? JEMPUT_FILE_FOLDER : JEMPUT_FILE_OTHER;
    out->size_bytes = S_ISREG(s.st_mode) ? (uint64_t)s.st_size : 0;
    out->modified_ms = (int64_t)s.st_mtim.tv_sec * 1000 + s.st_mtim.tv_nsec / 1000000;
    return JEMPUT_OK;
}

static enum jemput_status file_read_all(int fd, const char *path, struct jemput_buf *out, struct jemput_error *err)
{
    for (;;) {
        size_t room = out->max > out->len ? out->max - out->len : 0;
        uint8_t probe; /* a file exactly as long as allowed has to end here */
        ssize_t got;

        if (room > READ_CHUNK_BYTES)
            room = READ_CHUNK_BYTES;
        if (room && !jemput_buf_reserve(out, room))
            return jemput_buf_check(out, path, err);
        got = room ? read_retry(fd, out->data + out->len, room) : read_retry(fd, &probe, 1);
        if (got < 0)
            return jemput_posix_fail(err, "read", path);
        if (got == 0)
            return JEMPUT_OK;
        if (!room)
            return jemput_fail(err, JEMPUT_LIMIT, "read '%s': more than %zu bytes", path, out->max);
        out->len += (size_t)got;
    }
}

static enum jemput_status file_read_part(int fd, const char *path, uint64_t offset, void *out, size_t len, size_t *got, struct jemput_error *err)
{
    *got = 0;
    while (*got < len) {
        ssize_t n = pread(fd, (uint8_t *)out + *got, len - *got, (off_t)(offset + *got));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return jemput_posix_fail(err, "read", path);
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return JEMPUT_OK;
}

static enum jemput_status posix_read_part(struct jemput_env *env, const char *path, uint64_t offset, void *out, size_t len, size_t *got,
                                          struct jemput_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum jemput_status st;

    (void)env;
    if (fd < 0)
        return jemput_posix_fail(err, "open", path);
    st = offset > INT64_MAX - len ? jemput_fail(err, JEMPUT_LIMIT, "read '%s': too far", path) : file_read_part(fd, path, offset, out, len, got, err);
    close(fd);
    return st;
}

static enum jemput_status posix_read(struct jemput_env *env, const char *path, struct jemput_buf *out, struct jemput_error *err)
{
    size_t len_before = out->len;
    enum jemput_status st = jemput_buf_check(out, path, err);
    struct stat s;
    int fd;

    (void)env;
    if (st)
        return st;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* non-blocking: a pipe in a file's place must not hang us */
    if (fd < 0)
        return jemput_posix_fail(err, "open", path);
    if (fstat(fd, &s) != 0)
        st = jemput_posix_fail(err, "look up", path);
    else if (!S_ISREG(s.st_mode))
        st = jemput_fail(err, JEMPUT_IO, "read '%s': not a file", path);
    else
        st = file_read_all(fd, path, out, err);
    close(fd);
    if (st) {
        out->len = len_before;
        out->failed = JEMPUT_OK;
    }
    return st;
}

static enum jemput_status posix_append(struct jemput_env *env, const char *path, struct jemput_bytes data, struct jemput_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    enum jemput_status st;

    (void)env;
    if (fd < 0)
        return jemput_posix_fail(err, "open", path);
    st = jemput_posix_write_all(fd, path, data, err);
    if (close(fd) != 0 && !st)
        st = jemput_posix_fail(err, "close", path);
    return st;
}

char *jemput_posix_folder(const char *path)
{
    size_t len = strlen(path);
    char *folder;

    while (len > 1 && path[len - 1] == '/')
        len--;
    while (len > 0 && path[len - 1] != '/')
        len--;
    if (len == 0)
        return jemput_strdup(".");
    while (len > 1 && path[len - 1] == '/')
        len--;
    folder = jemput_alloc(len + 1);
    if (!folder)
        return NULL;
    memcpy(folder, path, len);
    folder[len] = '\0';
    return folder;
}

/* Make the names in `folder` durable. */
static enum jemput_status folder_sync(const char *folder, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return jemput_posix_fail(err, "open folder", folder);
    if (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP) /* file systems such as FAT on a USB stick cannot */
        st = jemput_posix_fail(err, "flush folder", folder);
    close(fd);
    return st;
}

static enum jemput_status posix_rename(struct jemput_env *env, const char *from, const char *to, struct jemput_error *err)
{
    char *folder = jemput_posix_folder(to); /* before the rename, so that missing memory changes nothing */
    enum jemput_status st;

    (void)env;
    if (!folder)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a path");
    st = rename(from, to) == 0 ? folder_sync(folder, err) : jemput_posix_fail(err, "rename to", to);
    jemput_free(folder);
    return st;
}

static enum jemput_status posix_remove(struct jemput_env *env, const char *path, struct jemput_error *err)
{
    (void)env;
    return remove(path) == 0 ? JEMPUT_OK : jemput_posix_fail(err, "remove", path);
}

static enum jemput_status folder_check(const char *path, struct jemput_error *err)
{
    struct stat s;

    if (stat(path, &s) != 0)
        return jemput_posix_fail(err, "look up", path);
    return S_ISDIR(s.st_mode) ? JEMPUT_OK : jemput_fail(err, JEMPUT_EXISTS, "make folder '%s': a file is there", path);
}

static enum jemput_status folder_make_one(const char *path, struct jemput_error *err)
{
    char *folder = jemput_posix_folder(path);
    enum jemput_status st;

    if (!folder)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a path");
    if (mkdir(path, FOLDER_MODE) == 0)
        st = folder_sync(folder, err);
    else
        st = errno == EEXIST ? folder_check(path, err) : jemput_posix_fail(err, "make folder", path);
    jemput_free(folder);
    return st;
}

static enum jemput_status posix_make_folder(struct jemput_env *env, const char *path, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    char *part;
    size_t len = strlen(path);
    struct stat s;

    (void)env;
    if (stat(path, &s) == 0 && S_ISDIR(s.st_mode)) /* parents may be out of bounds though the folder itself is there */
        return JEMPUT_OK;
    part = jemput_strdup(path);
    if (!part)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a path");
    for (size_t i = 1; i < len && !st; i++) {
        if (part[i] != '/' || part[i - 1] == '/')
            continue;
        part[i] = '\0';
        if (stat(part, &s) != 0 || !S_ISDIR(s.st_mode))
            st = folder_make_one(part, err);
        part[i] = '/';
    }
    if (!st)
        st = folder_make_one(path, err);
    jemput_free(part);
    return st;
}

static enum jemput_status posix_list(struct jemput_env *env, const char *path, jemput_list_fn each, void *each_ctx, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    DIR *dir = opendir(path);

    (void)env;
    if (!dir)
        return jemput_posix_fail(err, "open folder", path);
    while (!st) {
        struct dirent *entry;

        errno = 0;
        entry = readdir(dir);
        if (!entry && errno)
            st = jemput_posix_fail(err, "list", path);
        if (!entry)
            break;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            st = each(each_ctx, entry->d_name, err);
    }
    closedir(dir);
    return st;
}

static enum jemput_status posix_room(struct jemput_env *env, const char *path, uint64_t *free_bytes, struct jemput_error *err)
{
    struct statvfs v;

    (void)env;
    if (statvfs(path, &v))
        return jemput_posix_fail(err, "look for room at", path);
    *free_bytes = (uint64_t)v.f_bavail * v.f_frsize;
    return JEMPUT_OK;
}

struct jemput_env *jemput_env_posix(void)
{
    static struct jemput_env env = {
        .now_ms = posix_now_ms,
        .monotonic_ms = posix_monotonic_ms,
        .boot_id = posix_boot_id,
        .random = posix_random,
        .stat = posix_stat,
        .read = posix_read,
        .read_part = posix_read_part,
        .create = jemput_posix_create,
        .append = posix_append,
        .rename = posix_rename,
        .remove = posix_remove,
        .make_folder = posix_make_folder,
        .list = posix_list,
        .room = posix_room,
    };

    return &env;
}
