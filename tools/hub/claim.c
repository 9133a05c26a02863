/* claim.c — who has pushed by an invitation, and how much. A key is made up in no time, so it is the invitation that quotas go by, until a key has
 * claimed it with a push that was good; and so many keys may, as central lists (README.md). Two that claim one wait for a person, and each has a share
 * of its own: neither keeps the other one's request out.
 *
 * NAME.git/jemput/claims/<invitation>/<key>: bytes of its log, of its attachments, and of records, that the hub has taken. They go with the
 * invitation. */
#include "hub.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jemput/hub.h>

#define KEYS_MAX 8
#define BYTES_MAX (UINT64_C(32) << 20) /* of a log, and as much of attachments */
#define CONTROL_BYTES_MAX (UINT64_C(256) << 10) /* a request takes half a kilobyte; the hub reads all of them for its list of devices */

static bool claim_place(char out[PATH_BYTES], const char *repository, const char *invite, const char *key)
{
    return snprintf(out, PATH_BYTES, "%s/jemput/claims%s%s%s%s", repository, invite ? "/" : "", invite ? invite : "", key ? "/" : "",
                    key ? key : "") < PATH_BYTES;
}

bool claim_is(const char *repository, const char *invite, const char *key)
{
    char path[PATH_BYTES];

    return claim_place(path, repository, invite, key) && access(path, F_OK) == 0;
}

static unsigned keys_count(const char *folder)
{
    DIR *d = opendir(folder);
    struct dirent *e;
    unsigned count = 0;

    while (d && (e = readdir(d)) != NULL)
        count += e->d_name[0] != '.';
    if (d)
        closedir(d);
    return count;
}

static enum claim_answer claim_write(const char *path, const struct claim_bytes *c)
{
    FILE *f;
    int failed;

    if (c->log > BYTES_MAX || c->media > BYTES_MAX || c->control > CONTROL_BYTES_MAX)
        return CLAIM_TOO_MUCH;
    f = fopen(path, "we");
    if (!f)
        return CLAIM_FAILED;
    failed = fprintf(f, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", c->log, c->media, c->control) < 0;
    failed |= fflush(f) | fsync(fileno(f)) | fclose(f);
    return failed ? CLAIM_FAILED : CLAIM_TAKEN;
}

/* The invitation's folder is locked. */
static enum claim_answer claim_of(const char *folder, const char *path, const struct claim_bytes *more)
{
    struct claim_bytes c = { 0 };
    FILE *f = fopen(path, "re");

    if (!f && errno != ENOENT)
        return CLAIM_FAILED;
    if (!f && keys_count(folder) >= KEYS_MAX)
        return CLAIM_TOO_MANY;
    if (f && fscanf(f, "%" SCNu64 " %" SCNu64 " %" SCNu64, &c.log, &c.media, &c.control) != 3)
        c = (struct claim_bytes){ 0 }; /* a power cut left it empty */
    if (f)
        fclose(f);
    c.log += more->log;
    c.media += more->media;
    c.control += more->control;
    return claim_write(path, &c);
}

enum claim_answer claim_take(const char *repository, const char *invite, const char *key, const struct claim_bytes *more)
{
    char all[PATH_BYTES], folder[PATH_BYTES], path[PATH_BYTES];
    enum claim_answer answer = CLAIM_FAILED;
    int lock;

    if (!claim_place(all, repository, NULL, NULL) || !claim_place(folder, repository, invite, NULL) || !claim_place(path, repository, invite, key) ||
        (mkdir(all, 0755) && errno != EEXIST) || (mkdir(folder, 0755) && errno != EEXIST))
        return CLAIM_FAILED;
    lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock != -1 && flock(lock, LOCK_EX) == 0)
        answer = claim_of(folder, path, more);
    if (lock != -1)
        close(lock);
    return answer;
}

/* --- what is over --- */

static void folder_remove(const char *folder)
{
    DIR *d = opendir(folder);
    struct dirent *e;

    while (d && (e = readdir(d)) != NULL)
        if (e->d_name[0] != '.')
            unlinkat(dirfd(d), e->d_name, 0);
    if (d)
        closedir(d);
    rmdir(folder);
}

static bool invite_open(const struct roster *r, const char *name)
{
    const struct roster_entry *e;
    uint8_t key[32];

    for (size_t i = 0; i < sizeof key; i++) {
        unsigned byte;

        if (sscanf(name + 2 * i, "%2x", &byte) != 1)
            return false;
        key[i] = (uint8_t)byte;
    }
    e = roster_find(r, key);
    return e && e->standing == JEMPUT_HUB_INVITED && (int64_t)time(NULL) * 1000 <= e->expires_ms;
}

void claims_tidy(const char *repository)
{
    char all[PATH_BYTES], folder[PATH_BYTES];
    DIR *d = claim_place(all, repository, NULL, NULL) ? opendir(all) : NULL;
    struct roster r;
    struct dirent *e;

    if (!d)
        return;
    if (roster_read(&r, repository) == 0) {
        while ((e = readdir(d)) != NULL)
            if (strlen(e->d_name) == 64 && !invite_open(&r, e->d_name) && claim_place(folder, repository, e->d_name, NULL))
                folder_remove(folder);
        roster_release(&r);
    }
    closedir(d);
}
