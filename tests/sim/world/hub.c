/* sim/world/hub.c — see hub.h. */
#include "hub.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"

/* --- file calls --- */

static struct hub_files *files_of(struct jemput_env *env)
{
    return env->ctx;
}

static struct jemput_env *real(void)
{
    return jemput_env_posix();
}

static enum jemput_status call_begin(struct hub_files *f, bool writes, const char *path, struct jemput_error *err)
{
    bool counted = writes || !f->counts_writes;

    if (!f->cut && (!counted || f->calls++ < f->cut_at))
        return JEMPUT_OK;
    f->cut = true;
    return jemput_fail(err, JEMPUT_IO, "'%s': the hub is gone", path);
}

/* When each file was made, by the clock of the device that made it: the real times of files mean nothing here. */
static struct {
    uint64_t name;
    int64_t ms;
} times[4096];
static unsigned time_count;

static uint64_t path_hash(const char *path)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (; *path; path++)
        h = (h ^ (uint8_t)*path) * 0x100000001b3u;
    return h;
}

static void times_note(const char *path, int64_t ms)
{
    unsigned at = time_count < 4096 ? time_count++ : 4095;

    times[at].name = path_hash(path);
    times[at].ms = ms;
}

static int64_t times_find(const char *path)
{
    uint64_t name = path_hash(path);

    for (unsigned i = time_count; i > 0; i--)
        if (times[i - 1].name == name)
            return times[i - 1].ms;
    return 0;
}

static enum jemput_status hub_stat(struct jemput_env *env, const char *path, struct jemput_file_info *out, struct jemput_error *err)
{
    enum jemput_status st = call_begin(files_of(env), false, path, err);

    if (!st)
        st = real()->stat(real(), path, out, err);
    if (!st)
        out->modified_ms = times_find(path);
    return st;
}

static enum jemput_status hub_read(struct jemput_env *env, const char *path, struct jemput_buf *out, struct jemput_error *err)
{
    enum jemput_status st = call_begin(files_of(env), false, path, err);

    return st ? st : real()->read(real(), path, out, err);
}

/* The call at which the cut comes leaves a file of a part of the bytes, perhaps of all. */
static enum jemput_status hub_create(struct jemput_env *env, const char *path, struct jemput_bytes data, unsigned mode, struct jemput_error *err)
{
    struct hub_files *f = files_of(env);
    bool gone = f->cut;
    struct jemput_bytes part = data;
    struct jemput_error ignored;
    enum jemput_status st = call_begin(f, true, path, err);

    if (!st) {
        st = real()->create(real(), path, data, mode, err);
        if (!st)
            times_note(path, f->now_ms);
        return st;
    }
    part.len = (size_t)(f->seed % (data.len + 1));
    if (!gone && real()->create(real(), path, part, mode, &ignored) == JEMPUT_OK) {
        times_note(path, f->now_ms);
        f->torn = part.len < data.len && part.len > 0;
    }
    return st;
}

static enum jemput_status hub_rename(struct jemput_env *env, const char *from, const char *to, struct jemput_error *err)
{
    enum jemput_status st = call_begin(files_of(env), false, to, err);

    return st ? st : real()->rename(real(), from, to, err);
}

static enum jemput_status hub_remove(struct jemput_env *env, const char *path, struct jemput_error *err)
{
    enum jemput_status st = call_begin(files_of(env), false, path, err);

    return st ? st : real()->remove(real(), path, err);
}

static enum jemput_status hub_make_folder(struct jemput_env *env, const char *path, struct jemput_error *err)
{
    enum jemput_status st = call_begin(files_of(env), false, path, err);

    return st ? st : real()->make_folder(real(), path, err);
}

static enum jemput_status hub_list(struct jemput_env *env, const char *path, jemput_list_fn each, void *each_ctx, struct jemput_error *err)
{
    enum jemput_status st = call_begin(files_of(env), false, path, err);

    return st ? st : real()->list(real(), path, each, each_ctx, err);
}

void hub_files_init(struct hub_files *f)
{
    *f = (struct hub_files){ .cut_at = UINT64_MAX };
    time_count = 0;
    f->env = (struct jemput_env){ .ctx = f,
                                  .stat = hub_stat,
                                  .read = hub_read,
                                  .create = hub_create,
                                  .rename = hub_rename,
                                  .remove = hub_remove,
                                  .make_folder = hub_make_folder,
                                  .list = hub_list };
}

void hub_cut_at(struct hub_files *f, uint64_t call, bool of_writes, uint64_t seed)
{
    f->calls = 0;
    f->counts_writes = of_writes;
    f->cut_at = call;
    f->seed = seed;
    f->cut = f->torn = false;
}

void hub_cut_end(struct hub_files *f)
{
    f->cut_at = UINT64_MAX;
    f->cut = false;
}

/* --- folders --- */

static char folder[300];
static pid_t folder_owner;

static void folder_remove(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    char name[1024];

    while (dir && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (unlink(name))
            folder_remove(name);
    }
    if (dir)
        closedir(dir);
    rmdir(path);
}

static void folder_end(void)
{
    if (folder[0] && folder_owner == getpid())
        folder_remove(folder);
}

const char *hub_path(unsigned hub)
{
    static char paths[HUBS_MAX][340];
    const char *tmp = getenv("TMPDIR");

    if (!tmp)
        tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    if (!folder[0]) {
        snprintf(folder, sizeof folder, "%.250s/jemput-world-XXXXXX", tmp);
        if (!mkdtemp(folder))
            failure("no temporary folder in %s", tmp);
        folder_owner = getpid();
        atexit(folder_end);
        for (unsigned i = 0; i < HUBS_MAX; i++)
            snprintf(paths[i], sizeof paths[i], "%s/hub%u.git", folder, i);
    }
    return paths[hub];
}

/* --- copies --- */

static char *file_read(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    struct stat s;
    char *data;

    if (!f || fstat(fileno(f), &s))
        failure("cannot read %s", path);
    data = malloc((size_t)s.st_size + 1);
    if (!data || fread(data, 1, (size_t)s.st_size, f) != (size_t)s.st_size)
        failure("cannot read %s", path);
    fclose(f);
    *len = (size_t)s.st_size;
    return data;
}

/* Returns whether it is a folder. */
static bool copy_add(struct hub_copy *c, const char *root, const char *name)
{
    char path[1536];
    struct stat s;
    struct hub_entry *e = calloc(1, sizeof *e);

    snprintf(path, sizeof path, "%s/%s", root, name);
    if (!e || stat(path, &s))
        failure("cannot look at %s", path);
    e->name = strdup(name);
    e->is_folder = S_ISDIR(s.st_mode);
    if (!e->is_folder)
        e->data = file_read(path, &e->len);
    *c->end = e;
    c->end = &e->next;
    return e->is_folder;
}

static void copy_folder(struct hub_copy *c, const char *root, const char *below)
{
    char path[1024], name[1024];
    struct dirent *entry;
    DIR *dir;

    snprintf(path, sizeof path, "%s/%s", root, below);
    dir = opendir(path);
    while (dir && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(name, sizeof name, "%.500s%s%s", below, below[0] ? "/" : "", entry->d_name);
        if (copy_add(c, root, name))
            copy_folder(c, root, name);
    }
    if (dir)
        closedir(dir);
}

struct hub_copy *hub_remember(unsigned hub)
{
    struct hub_copy *c = calloc(1, sizeof *c);

    if (!c)
        abort();
    c->end = &c->first;
    copy_folder(c, hub_path(hub), "");
    return c;
}

void hub_put(const struct hub_copy *copy, unsigned hub)
{
    char path[1024];

    folder_remove(hub_path(hub));
    if (!copy)
        return;
    mkdir(hub_path(hub), 0755);
    for (const struct hub_entry *e = copy->first; e; e = e->next) {
        FILE *f;

        snprintf(path, sizeof path, "%s/%s", hub_path(hub), e->name);
        if (e->is_folder) {
            if (mkdir(path, 0755))
                failure("cannot make %s", path);
            continue;
        }
        f = fopen(path, "wb");
        if (!f || fwrite(e->data, 1, e->len, f) != e->len || fclose(f))
            failure("cannot write %s", path);
    }
}

void hub_entry_free(struct hub_entry *e)
{
    free(e->name);
    free(e->data);
    free(e);
}

void hub_forget(struct hub_copy *copy)
{
    struct hub_entry *next;

    for (struct hub_entry *e = copy ? copy->first : NULL; e; e = next) {
        next = e->next;
        hub_entry_free(e);
    }
    free(copy);
}
