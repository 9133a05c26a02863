/* folder.c — see folder.h. */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "trouble.h"

#define TMPFS_MAGIC_NUMBER 0x01021994
#define COPY_BYTES 65536

void folder_path(char out[FOLDER_PATH_BYTES], const char *folder, const char *name)
{
    int len = snprintf(out, FOLDER_PATH_BYTES, "%s/%s", folder, name);

    if (len < 0 || len >= FOLDER_PATH_BYTES)
        trouble("the path of '%s' is too long", name);
}

void folder_temporary(char out[FOLDER_PATH_BYTES], const char *in)
{
    folder_path(out, in, "jemput-bench-XXXXXX");
    if (!mkdtemp(out))
        trouble("make a folder in '%s': %s", in, strerror(errno));
}

/* Call `each` with the path of every entry of a folder. */
static void entries_each(const char *folder, void (*each)(void *ctx, const char *path, const char *name), void *ctx)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    if (!dir)
        trouble("read folder '%s': %s", folder, strerror(errno));
    while ((entry = readdir(dir)) != NULL) {
        char path[FOLDER_PATH_BYTES];

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        folder_path(path, folder, entry->d_name);
        each(ctx, path, entry->d_name);
    }
    closedir(dir);
}

static bool is_folder(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* --- copy --- */

static void file_copy(const char *from, const char *to)
{
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
    char bytes[COPY_BYTES];
    ssize_t len = 0;

    if (in < 0 || out < 0)
        trouble("copy '%s' to '%s': %s", from, to, strerror(errno));
    while ((len = read(in, bytes, sizeof bytes)) > 0)
        if (write(out, bytes, (size_t)len) != len)
            trouble("write '%s': %s", to, strerror(errno));
    if (len < 0 || fsync(out) || close(out))
        trouble("copy '%s': %s", from, strerror(errno));
    close(in);
}

static void entry_copy(void *to, const char *path, const char *name)
{
    char target[FOLDER_PATH_BYTES];

    folder_path(target, to, name);
    folder_copy(path, target);
}

void folder_copy(const char *from, const char *to)
{
    char target[FOLDER_PATH_BYTES];

    if (!is_folder(from)) {
        file_copy(from, to);
        return;
    }
    if (mkdir(to, 0700))
        trouble("make folder '%s': %s", to, strerror(errno));
    snprintf(target, sizeof target, "%s", to);
    entries_each(from, entry_copy, target);
}

/* --- measure --- */

struct sum {
    const char *suffix;
    uint64_t bytes;
};

uint64_t folder_file_bytes(const char *path)
{
    struct stat info;

    if (stat(path, &info))
        trouble("look at '%s': %s", path, strerror(errno));
    return (uint64_t)info.st_size;
}

static void entry_add(void *ctx, const char *path, const char *name)
{
    struct sum *sum = ctx;
    size_t len = strlen(name), end = strlen(sum->suffix);

    if (is_folder(path))
        sum->bytes += folder_bytes(path, sum->suffix);
    else if (len >= end && strcmp(name + len - end, sum->suffix) == 0)
        sum->bytes += folder_file_bytes(path);
}

uint64_t folder_bytes(const char *path, const char *suffix)
{
    struct sum sum = { .suffix = suffix };

    entries_each(path, entry_add, &sum);
    return sum.bytes;
}

bool folder_in_memory(const char *path)
{
    struct statfs info;

    return statfs(path, &info) == 0 && info.f_type == TMPFS_MAGIC_NUMBER;
}

const char *folder_disk(const char *path)
{
    static const struct {
        long magic;
        const char *name;
    } kinds[] = { { 0xef53, "ext4" }, { 0x58465342, "xfs" }, { 0x9123683e, "btrfs" }, { 0x794c7630, "overlay" }, { 0xf2f52010, "f2fs" },
                  { TMPFS_MAGIC_NUMBER, "tmpfs" } };
    struct statfs info;

    for (unsigned i = 0; statfs(path, &info) == 0 && i < sizeof kinds / sizeof kinds[0]; i++)
        if ((long)info.f_type == kinds[i].magic)
            return kinds[i].name;
    return "unknown file system";
}

/* --- remove --- */

static void entry_remove(void *ctx, const char *path, const char *name)
{
    (void)ctx, (void)name;
    folder_remove(path);
}

void folder_remove(const char *path)
{
    if (is_folder(path))
        entries_each(path, entry_remove, NULL);
    if (remove(path) && errno != ENOENT)
        trouble("remove '%s': %s", path, strerror(errno));
}
