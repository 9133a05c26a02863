/* repository.c — a hub's repositories: bare ones, NAME.git in one folder, with the settings that their users need and hooks that look at what
 * comes. */
#define _GNU_SOURCE
#include "hub.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_AGE_S 600 /* as the engine has it (repo/hub.h): no push holds one so long */
#define LOCK_DEPTH_MAX 8

static const char cut_setting[] = "receive.shallowUpdate"; /* only where logs may begin behind a checkpoint */
static const char *const settings[][2] = {
    { "http.receivepack", "true" },
    { "uploadpack.allowRefInWant", "true" }, /* a sync with nothing new is one exchange */
    { "receive.fsckObjects", "true" },
    { "receive.denyNonFastForwards", "true" },
    { "receive.denyDeletes", "true" },
    { "receive.unpackLimit", "1000000" }, /* no pack is kept as somebody made it: what is large is sent on without deltas, which no client takes, */
    { "core.bigFileThreshold", "1m" },    /* and no object that was pushed shrinks more than git's own deflate makes it */
    { "receive.autogc", "false" }, /* jemput hub tidy does it, when few are here */
    { "gc.auto", "0" },
    { "core.hooksPath", "hooks" }, /* these, whatever the machine's own settings say */
    { "core.fsync", "committed,reference" }, /* what was acknowledged outlives a power cut */
    { "core.fsyncMethod", "batch" },
    { cut_setting, "true" },
};

bool repository_name(const char *name, size_t len)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    if (len == 0 || len > NAME_MAX_BYTES || name[0] == '.')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!strchr(allowed, name[i]))
            return false;
    return true;
}

bool repository_path(char out[PATH_BYTES], const char *folder, const char *name)
{
    return snprintf(out, PATH_BYTES, "%s/%s.git", folder, name) < PATH_BYTES;
}

bool repository_has_logs(const char *path)
{
    char file[PATH_BYTES], line[512];
    bool found = false;
    struct dirent *e;
    FILE *packed;
    DIR *d = snprintf(file, sizeof file, "%s/refs/heads/log", path) < (int)sizeof file ? opendir(file) : NULL;

    while (d && !found && (e = readdir(d)) != NULL)
        found = e->d_name[0] != '.';
    if (d)
        closedir(d);
    packed = !found && snprintf(file, sizeof file, "%s/packed-refs", path) < (int)sizeof file ? fopen(file, "re") : NULL;
    while (packed && !found && fgets(line, sizeof line, packed))
        found = strstr(line, " refs/heads/log/") != NULL;
    if (packed)
        fclose(packed);
    return found;
}

/* --- what killed processes of git left behind --- */

static time_t locks_before;

static int lock_look(const char *path, const struct stat *st, int type, struct FTW *at)
{
    size_t len = strlen(path);

    (void)at;
    if (type == FTW_F && len > 5 && strcmp(path + len - 5, ".lock") == 0 && st->st_mtime < locks_before)
        unlink(path);
    return 0;
}

int repository_unlock(void *ctx, const char *path)
{
    char file[PATH_BYTES];
    struct stat st;

    (void)ctx;
    locks_before = time(NULL) - LOCK_AGE_S;
    for (unsigned i = 0; i < 2; i++)
        if (snprintf(file, sizeof file, "%s/%s.lock", path, i ? "shallow" : "packed-refs") < (int)sizeof file && stat(file, &st) == 0)
            lock_look(file, &st, FTW_F, NULL);
    if (snprintf(file, sizeof file, "%s/refs", path) < (int)sizeof file)
        nftw(file, lock_look, LOCK_DEPTH_MAX, FTW_PHYS);
    return 0;
}

bool program_path(char out[PATH_BYTES])
{
    ssize_t len = readlink("/proc/self/exe", out, PATH_BYTES - 1);

    if (len <= 0)
        return false;
    out[len] = '\0';
    return true;
}

static int hook_write(const char *path, const char *name, const char *text, const char *program)
{
    char file[PATH_BYTES], fresh[PATH_BYTES];
    FILE *f;
    int failed;

    if (snprintf(file, sizeof file, "%s/hooks/%s", path, name) >= (int)sizeof file ||
        snprintf(fresh, sizeof fresh, "%s/hooks/%s.%ld", path, name, (long)getpid()) >= (int)sizeof fresh)
        return problem("%s: %s", path, strerror(ENAMETOOLONG));
    f = fopen(fresh, "we");
    if (!f)
        return problem("%s: %s", fresh, strerror(errno));
    fprintf(f, text, program);
    failed = ferror(f) | fflush(f) | fchmod(fileno(f), 0755);
    failed |= fclose(f);
    if (failed || rename(fresh, file)) {
        int why = errno;

        unlink(fresh);
        return problem("%s: %s", file, strerror(why));
    }
    return access(file, X_OK) == 0 ? EXIT_DONE
                                   : problem("%s: %s", file, T("tidak dapat dijalankan di sini (noexec?): git akan melewatinya",
                                                               "cannot be run here (noexec?): git would leave it out"));
}

static int hooks_write(const char *path, const char *program)
{
    char folder[PATH_BYTES];
    int code;

    if (strchr(program, '\''))
        return problem("%s: %s", program, T("jalurnya memuat tanda kutip", "there is a quote in its path"));
    if (snprintf(folder, sizeof folder, "%s/hooks", path) >= (int)sizeof folder || (mkdir(folder, 0755) && errno != EEXIST))
        return problem("%s/hooks: %s", path, strerror(errno));
    code = hook_write(path, "pre-receive", "#!/bin/sh\n# jemput hub: what comes is looked at before it is taken\nexec '%s' pre-receive\n", program);
    return code ? code
                : hook_write(path, "post-receive",
                             "#!/bin/sh\n# jemput hub: who may come has changed\n[ ! -e \"jemput/due-$PPID\" ] || exec '%s' post-receive\n", program);
}

/* Of lines "name=value", the last of a name counts; names are in small letters there. */
static bool setting_is(const char *lines, const char *name, const char *value)
{
    size_t len = strlen(name), value_len = strlen(value);
    bool is = false;

    for (const char *at = lines; *at; at += strcspn(at, "\n"), at += *at == '\n')
        if (strncasecmp(at, name, len) == 0 && at[len] == '=')
            is = strncmp(at + len + 1, value, value_len) == 0 && strcspn(at + len + 1, "\n") == value_len;
    return is;
}

/* A hub of hundreds of repositories starts soon: where all is as it should be, git is asked once. */
int repository_prepare(const char *path, const char *program)
{
    char *const list[] = { "git", "-C", (char *)path, "config", "--local", "--list", NULL };
    char has[8192] = "";

    if (!process_text(list, has, sizeof has))
        has[0] = '\0';
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        char *const set[] = { "git", "-C", (char *)path, "config", "--local", (char *)settings[i][0], (char *)settings[i][1], NULL };

        if (settings[i][0] == cut_setting && !roster_is_begun(path))
            continue;
        if (!setting_is(has, settings[i][0], settings[i][1]) && process_run(set, false) != 0)
            return problem("git config %s: %s", settings[i][0], T("gagal", "failed"));
    }
    return hooks_write(path, program);
}

int repositories_each(const char *folder, int (*each)(void *ctx, const char *path), void *ctx)
{
    DIR *d = opendir(folder);
    struct dirent *e;
    int code = 0;

    if (!d)
        return problem("%s: %s", folder, strerror(errno));
    while (code == 0 && (e = readdir(d)) != NULL) {
        size_t len = strlen(e->d_name);
        char path[PATH_BYTES];

        if (len < 5 || strcmp(e->d_name + len - 4, ".git") != 0 || !repository_name(e->d_name, len - 4))
            continue;
        if (snprintf(path, sizeof path, "%s/%s", folder, e->d_name) < (int)sizeof path)
            code = each(ctx, path);
    }
    closedir(d);
    return code;
}
