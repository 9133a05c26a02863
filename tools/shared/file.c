/* file.c — files. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "text.h"

bool file_read(struct buffer *out, const char *path, size_t bytes_max, int *code)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    char chunk[65536];
    size_t n = 0;
    bool ok = file != NULL;

    *code = EXIT_OK;
    while (ok && (n = fread(chunk, 1, sizeof chunk, file)) > 0) {
        if (out->len + n > bytes_max) {
            struct jemput_error err = { .status = JEMPUT_LIMIT };

            snprintf(err.text, sizeof err.text, T("%s: lebih dari %zu bita", "%s: more than %zu bytes"), path, bytes_max);
            *code = failure_status(&err);
            break;
        }
        buffer_add(out, chunk, n);
    }
    if (!*code && (!ok || ferror(file)))
        *code = failure_file(path, errno ? errno : EIO);
    if (file && file != stdin)
        fclose(file);
    return *code == EXIT_OK;
}

FILE *file_new(const char *path, int *code)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "wb");

    if (!file)
        *code = failure_file(path, errno);
    if (!file && fd >= 0)
        close(fd);
    return file;
}

int file_finish(FILE *file, const char *path)
{
    int error_number = 0;

    if (fflush(file) != 0 || ferror(file) || fsync(fileno(file)) != 0)
        error_number = errno ? errno : EIO;
    if (fclose(file) != 0 && error_number == 0)
        error_number = errno;
    if (error_number == 0)
        return EXIT_OK;
    unlink(path);
    return failure_file(path, error_number);
}

void file_drop(FILE *file, const char *path)
{
    fclose(file);
    unlink(path);
}
