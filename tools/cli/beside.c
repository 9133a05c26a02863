/* beside.c — see beside.h. */
#include "beside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "text.h"

#define PATH_BYTES 4096
#define NAME_BYTES 64

int beside_start(const char *name, char **argv)
{
    char path[PATH_BYTES], program[NAME_BYTES];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - sizeof program - 1);
    char *slash;

    snprintf(program, sizeof program, "%s", name);
    path[len > 0 ? len : 0] = '\0';
    slash = strrchr(path, '/');
    if (setenv("LC_ALL", strcmp(text_language(), "en") == 0 ? "en_US.UTF-8" : "id_ID.UTF-8", 1))
        return failure_file(name, errno);
    argv[0] = program;
    if (slash) {
        strcpy(slash + 1, program);
        execv(path, argv);
    }
    execvp(program, argv);
    return failure_file(name, errno);
}
