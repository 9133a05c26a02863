/* tidy.c — `jemput hub tidy`: fewer files and bytes, while the hub serves. Stock git does it; what nobody can reach goes after two days, so that
 * a push under way keeps what it has brought. */
#include "hub.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 8

struct tidy {
    const char *expire;
    int code;
};

/* What it takes on the disk. */
static void folder_add(int at, const char *name, unsigned depth, struct folder_size *out)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd == -1 ? NULL : fdopendir(fd);
    struct dirent *e;
    struct stat st;

    if (!d) {
        if (fd != -1)
            close(fd);
        return;
    }
    while ((e = readdir(d)) != NULL) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW))
            continue;
        out->bytes += (uint64_t)st.st_blocks * 512;
        out->files += S_ISREG(st.st_mode);
        if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
            folder_add(fd, e->d_name, depth + 1, out);
    }
    closedir(d);
}

void folder_measure(const char *path, struct folder_size *out)
{
    *out = (struct folder_size){ 0 };
    folder_add(AT_FDCWD, path, 0, out);
}

static int git(const char *path, const char *const words[])
{
    char *argv[16] = { "git", "-c", "safe.directory=*", "-C", (char *)path };
    unsigned n = 5;

    while (*words && n < 15)
        argv[n++] = (char *)*words++;
    argv[n] = NULL;
    return process_run(argv, true);
}

/* Behind a commit that it names git takes nothing for reachable, whatever branches hold of it. */
static bool begins_later(const char *path)
{
    char file[PATH_BYTES];

    return snprintf(file, sizeof file, "%s/shallow", path) >= (int)sizeof file || access(file, F_OK) == 0;
}

/* Sealed payloads have nothing in common: no search for deltas. A hub that was begun behind a checkpoint has commits whose parents are elsewhere,
 * which git will not walk: there loose objects go into a pack, and nothing goes away. */
static int tidy_one(void *ctx, const char *path)
{
    struct tidy *t = ctx;
    const char *const refs[] = { "pack-refs", "--all", NULL };
    char unpack[64], prune[64];
    const char *const whole[] = { "repack", "-A", "-d", "-l", "-q", "-n", "--window=0", unpack, NULL };
    const char *const loose[] = { "repack", "-d", "-l", "-q", "-n", "--window=0", NULL };
    const char *const away[] = { "prune", prune, NULL };
    struct folder_size before, after;
    bool cut;

    snprintf(unpack, sizeof unpack, "--unpack-unreachable=%s", t->expire);
    snprintf(prune, sizeof prune, "--expire=%s", t->expire);
    folder_measure(path, &before);
    if (repository_unlock(NULL, path) || roster_renew(path) || git(path, refs) != 0)
        return t->code = problem("%s: %s", path, T("gagal dirapikan; tidak ada yang hilang", "could not be tidied; nothing is lost")), 0;
    cut = begins_later(path) || git(path, whole) != 0;
    if (cut ? git(path, loose) != 0 : git(path, away) != 0)
        return t->code = problem("%s: %s", path, T("gagal dirapikan; tidak ada yang hilang", "could not be tidied; nothing is lost")), 0;
    folder_measure(path, &after);
    printf(T("%s: %" PRIu64 " berkas, %" PRIu64 " KB -> %" PRIu64 " berkas, %" PRIu64 " KB%s\n",
             "%s: %" PRIu64 " files, %" PRIu64 " KB -> %" PRIu64 " files, %" PRIu64 " KB%s\n"),
           path, before.files, before.bytes / 1024, after.files, after.bytes / 1024,
           cut ? T(" (berawal dari rangkuman: hanya dipadatkan)", " (begins after a checkpoint: packed only)") : "");
    return 0;
}

static int tidy_run(const struct hub_command *self, int argc, char **argv)
{
    struct tidy t = { .expire = "2.days.ago" };
    const struct option_spec specs[] = {
        { "expire", "TIME", &t.expire, NULL, "yang tak terjangkau dihapus bila lebih tua dari ini (2.days.ago)",
          "delete unreachable objects older than this (2.days.ago)" },
    };
    int code;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 1, 1, &code))
        return code;
    code = repositories_each(argv[0], tidy_one, &t);
    return code ? code : t.code;
}

const struct hub_command command_tidy = {
    .name = "tidy",
    .operands = "FOLDER [--expire TIME]",
    .summary_id = "Padatkan repositori, juga selagi hub melayani; laporkan ukurannya sebelum dan sesudah.",
    .summary_en = "Pack the repositories, also while the hub serves; show their sizes before and after.",
    .example = "jemput hub tidy /srv/jemput",
    .run = tidy_run,
};
