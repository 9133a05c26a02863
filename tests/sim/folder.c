/* sim/folder.c — see folder.h. */
#include "folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
    char *path;
    char *data;
    size_t len;
    struct timespec changed;
};

struct folder_state {
    char *path;
    struct file *files;
    size_t count;
};

static void stop(const char *what, const char *path)
{
    fprintf(stderr, "folder: %s '%s'\n", what, path);
    abort();
}

static void file_remember(struct folder_state *s, const char *path, const struct stat *st)
{
    struct file *f;
    FILE *in = fopen(path, "rb");

    s->files = realloc(s->files, (s->count + 1) * sizeof *s->files);
    if (!s->files || !in)
        stop("cannot read", path);
    f = &s->files[s->count++];
    f->path = strdup(path);
    f->len = (size_t)st->st_size;
    f->data = malloc(f->len + 1);
    f->changed = st->st_mtim;
    if (fread(f->data, 1, f->len, in) != f->len)
        stop("cannot read", path);
    fclose(in);
}

static void walk(const char *path, void (*each)(void *ctx, const char *path, const struct stat *st), void *ctx)
{
    DIR *dir = opendir(path);
    struct dirent *e;

    if (!dir)
        stop("cannot open", path);
    while ((e = readdir(dir))) {
        char name[2048];
        struct stat st;

        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        if (lstat(name, &st))
            continue;
        if (S_ISDIR(st.st_mode))
            walk(name, each, ctx);
        else
            each(ctx, name, &st);
    }
    closedir(dir);
}

static void remember_one(void *ctx, const char *path, const struct stat *st)
{
    file_remember(ctx, path, st);
}

struct folder_state *folder_remember(const char *path)
{
    struct folder_state *s = calloc(1, sizeof *s);

    s->path = strdup(path);
    walk(path, remember_one, s);
    return s;
}

static const struct file *file_find(const struct folder_state *s, const char *path)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->files[i].path, path) == 0)
            return &s->files[i];
    return NULL;
}

static void restore_one(void *ctx, const char *path, const struct stat *st)
{
    (void)st;
    if (!file_find(ctx, path))
        unlink(path);
}

static void file_restore(const struct file *f)
{
    struct stat st;
    FILE *out;

    if (!lstat(f->path, &st) && (size_t)st.st_size == f->len && st.st_mtim.tv_sec == f->changed.tv_sec && st.st_mtim.tv_nsec == f->changed.tv_nsec)
        return;
    unlink(f->path);
    out = fopen(f->path, "wb");
    if (!out || fwrite(f->data, 1, f->len, out) != f->len || fclose(out))
        stop("cannot write", f->path);
}

void folder_restore(const struct folder_state *s)
{
    walk(s->path, restore_one, (void *)s);
    for (size_t i = 0; i < s->count; i++)
        file_restore(&s->files[i]);
}

void folder_forget(struct folder_state *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->files[i].path);
        free(s->files[i].data);
    }
    free(s->files);
    free(s->path);
    free(s);
}
