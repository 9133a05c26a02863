/* hubmove.c — see hubmove.h. */
#include "hubmove.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "central.h"

#define YOUNG_MS 50

bool hub_is_address(const char *hub)
{
    return strncmp(hub, "https://", 8) == 0 || strncmp(hub, "http://", 7) == 0;
}

static uint64_t mix(uint64_t sum, uint64_t value)
{
    sum = (sum ^ value) * 0x9e3779b97f4a7c15u;
    return sum ^ sum >> 29;
}

/* *newest: of all files so far, in milliseconds since 1970. */
static uint64_t mix_file(uint64_t sum, const struct stat *st, int64_t *newest)
{
    int64_t ms = (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;

    *newest = ms > *newest ? ms : *newest;
    sum = mix(sum, (uint64_t)st->st_mtim.tv_sec * 1000000000u + (uint64_t)st->st_mtim.tv_nsec);
    return mix(mix(sum, (uint64_t)st->st_ino), (uint64_t)st->st_size);
}

static uint64_t mix_name(uint64_t sum, const char *name)
{
    for (; *name; name++)
        sum = mix(sum, (unsigned char)*name);
    return sum;
}

/* The folders inside, each with its time. The order in which they are told does not count. */
static uint64_t folders_signature(const char *path, int64_t *newest)
{
    DIR *dir = opendir(path);
    uint64_t sum = 1;

    if (!dir)
        return 0;
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        struct stat st;

        if (e->d_name[0] != '.' && fstatat(dirfd(dir), e->d_name, &st, 0) == 0)
            sum += mix_file(mix_name(7, e->d_name), &st, newest);
    }
    closedir(dir);
    return sum;
}

uint64_t hub_signature(const char *folder)
{
    static const char *const inside[] = { "packed-refs", "refs/heads/log" };
    char path[PATH_BYTES];
    int64_t newest = 0, now = now_ms();
    uint64_t sum = 1;
    struct stat st;

    snprintf(path, sizeof path, "%s/objects", folder);
    if (stat(path, &st))
        return 0;
    for (unsigned i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, inside[i]);
        sum = stat(path, &st) ? mix(sum, 0) : mix_file(sum, &st, &newest);
    }
    sum = mix(sum, folders_signature(path, &newest));
    /* A file system's clock has steps: what is pushed in the step in which this looks would have the same time. */
    if (now - newest < YOUNG_MS && newest - now < YOUNG_MS)
        sum = mix(sum, (uint64_t)now);
    return sum | 1;
}
