/* bundlefiles.c — the bundles that a command line names. See bundlefiles.h. */
#include "bundlefiles.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jemput/jemput.h>

#include "buffer.h"
#include "failure.h"

static const char ending[] = ".bundle";

static void file_add(struct bundle_files *files, const char *path)
{
    struct jemput_bundle_info info;
    struct jemput_error ignored;

    files->of = memory_resize(files->of, files->count + 1, sizeof *files->of);
    files->of[files->count] = (struct bundle_file){ .path = memory_copy(path, strlen(path)) };
    if (jemput_bundle_show(path, NULL, NULL, NULL, NULL, &info, &ignored) == JEMPUT_OK)
        files->of[files->count].made_ms = info.made_ms;
    files->count++;
}

static bool folder_add(struct bundle_files *files, const char *path, int *code)
{
    DIR *folder = opendir(path);
    struct dirent *entry;

    if (!folder) {
        *code = failure_file(path, errno);
        return false;
    }
    while ((entry = readdir(folder))) {
        size_t len = strlen(entry->d_name);
        struct buffer file = { 0 };

        if (len < sizeof ending || entry->d_name[0] == '.' || strcmp(entry->d_name + len - (sizeof ending - 1), ending) != 0)
            continue;
        buffer_format(&file, "%s/%s", path, entry->d_name);
        file_add(files, buffer_string(&file));
        buffer_release(&file);
    }
    closedir(folder);
    return true;
}

bool bundle_files_add(struct bundle_files *files, const char *path, int *code)
{
    struct stat about;

    if (stat(path, &about) != 0) {
        *code = failure_file(path, errno);
        return false;
    }
    if (S_ISDIR(about.st_mode))
        return folder_add(files, path, code);
    file_add(files, path);
    return true;
}

static int file_order(const void *a, const void *b)
{
    const struct bundle_file *x = a, *y = b;

    if (x->made_ms != y->made_ms)
        return x->made_ms < y->made_ms ? -1 : 1;
    return strcmp(x->path, y->path);
}

void bundle_files_sort(struct bundle_files *files)
{
    if (files->count)
        qsort(files->of, files->count, sizeof *files->of, file_order);
}

void bundle_files_release(struct bundle_files *files)
{
    for (unsigned i = 0; i < files->count; i++)
        free(files->of[i].path);
    free(files->of);
    *files = (struct bundle_files){ 0 };
}
