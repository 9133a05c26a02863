/* env/create.c — files that come into being.
 *
 * A small one, such as the lock of a ref, has no name before it is whole and flushed, where the file system can do that: whoever is killed in between
 * leaves nothing that others would have to wait for. FAT and shares cannot; there a name comes first, and its file is removed if anything fails. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* O_TMPFILE */
#endif
#include "env/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"

#define WHOLE_BYTES_MAX 4096 /* more is written under a name for unfinished files, by whoever cares */

enum jemput_status jemput_posix_write_all(int fd, const char *path, struct jemput_bytes data, struct jemput_error *err)
{
    while (data.len) {
        ssize_t done = write(fd, data.data, data.len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return jemput_posix_fail(err, "write", path);
        data.data += done;
        data.len -= (size_t)done;
    }
    return fsync(fd) == 0 ? JEMPUT_OK : jemput_posix_fail(err, "flush", path);
}

#ifdef O_TMPFILE
static int nameless_open(const char *path, unsigned mode)
{
    char *folder = jemput_posix_folder(path);
    int fd = folder ? open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, (mode_t)mode) : -1;

    jemput_free(folder);
    return fd;
}

/* *done = false: it cannot be done here, and nothing is there. */
static enum jemput_status whole_create(const char *path, struct jemput_bytes data, unsigned mode, bool *done, struct jemput_error *err)
{
    int fd = nameless_open(path, mode);
    char name[32];
    enum jemput_status st;

    *done = fd >= 0;
    if (!*done)
        return JEMPUT_OK;
    st = jemput_posix_write_all(fd, path, data, err);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    if (!st && linkat(AT_FDCWD, name, AT_FDCWD, path, AT_SYMLINK_FOLLOW) != 0) {
        *done = errno == EEXIST; /* else links are not allowed here, or /proc is not there */
        st = *done ? jemput_posix_fail(err, "create", path) : JEMPUT_OK;
    }
    close(fd);
    return st;
}
#else
static enum jemput_status whole_create(const char *path, struct jemput_bytes data, unsigned mode, bool *done, struct jemput_error *err)
{
    (void)path, (void)data, (void)mode, (void)err;
    *done = false;
    return JEMPUT_OK;
}
#endif

static enum jemput_status named_create(const char *path, struct jemput_bytes data, unsigned mode, struct jemput_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    enum jemput_status st;

    if (fd < 0)
        return jemput_posix_fail(err, "create", path);
    st = jemput_posix_write_all(fd, path, data, err);
    if (close(fd) != 0 && !st)
        st = jemput_posix_fail(err, "close", path);
    if (st)
        unlink(path); /* a cut file must not be taken for a whole one */
    return st;
}

enum jemput_status jemput_posix_create(struct jemput_env *env, const char *path, struct jemput_bytes data, unsigned mode, struct jemput_error *err)
{
    bool done = false;
    enum jemput_status st = JEMPUT_OK;

    (void)env;
    if (data.len && data.len <= WHOLE_BYTES_MAX)
        st = whole_create(path, data, mode, &done, err);
    return done ? st : named_create(path, data, mode, err);
}
