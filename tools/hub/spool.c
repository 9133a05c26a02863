/* spool.c — bytes on the way: in memory up to 64 KB, then in a file without a name in the hub's folder, which nothing needs to clean up. What comes
 * leaves as much of the disk free as a push has to. What goes takes nothing for long, and a hub that is full must still give: else nobody could
 * fetch what it holds. */
#define _GNU_SOURCE
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define IN_MEMORY_MAX (64u * 1024)

static int write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t done = write(fd, data, len);

        if (done == -1 && errno != EINTR)
            return errno;
        if (done > 0) {
            data += done;
            len -= (size_t)done;
        }
    }
    return 0;
}

static int move_to_disk(struct spool *s, const char *folder)
{
    int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), failed = 0;
    char piece[16 * 1024];
    ssize_t got = 1;

    if (file == -1)
        return errno;
    if (lseek(s->fd, 0, SEEK_SET) == -1)
        failed = errno;
    while (!failed && got > 0) {
        got = read(s->fd, piece, sizeof piece);
        failed = got == -1 ? errno : write_all(file, piece, (size_t)got);
    }
    if (failed) {
        close(file);
        return failed;
    }
    close(s->fd);
    s->fd = file;
    s->on_disk = true;
    return 0;
}

static bool room_is(const struct serve *serve, uint64_t bytes)
{
    struct statvfs v;

    return statvfs(serve->folder, &v) || (uint64_t)v.f_bavail * v.f_frsize >= bytes;
}

bool disk_has_room(const struct serve *serve, uint64_t bytes)
{
    return room_is(serve, serve->free_bytes_min + bytes);
}

int spool_write(struct spool *s, const struct serve *serve, uint64_t leaves, const void *data, size_t len)
{
    bool large = s->len + len > IN_MEMORY_MAX;
    int failed = large && leaves && !room_is(serve, leaves + len) ? ENOSPC : 0;

    if (!failed && s->fd == -1) {
        s->fd = memfd_create("jemput-hub", MFD_CLOEXEC);
        failed = s->fd == -1 ? errno : 0;
    }
    if (!failed && large && !s->on_disk)
        failed = move_to_disk(s, serve->folder);
    if (!failed)
        failed = write_all(s->fd, data, len);
    if (!failed)
        s->len += len;
    return failed;
}

void spool_release(struct spool *s)
{
    if (s->fd != -1)
        close(s->fd);
    *s = (struct spool)SPOOL_INIT;
}
