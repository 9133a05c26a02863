/* process.c — running stock git, and reading a line of what it says. */
#define _GNU_SOURCE
#include "hub.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int process_wait(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int process_start(char *const argv[], int out, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    int rc;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (out >= 0)
        posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    rc = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

pid_t process_begin(char *const argv[])
{
    pid_t pid;

    return process_start(argv, -1, &pid) ? 0 : pid;
}

int process_run(char *const argv[], bool quiet)
{
    int out = quiet ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
    pid_t pid;
    int rc = process_start(argv, out, &pid);

    if (out >= 0)
        close(out);
    return rc ? -1 : process_wait(pid);
}

bool process_text(char *const argv[], char *out, size_t room)
{
    int ends[2];
    pid_t pid;
    size_t len = 0;
    ssize_t got = 1;
    char rest[512];

    if (pipe2(ends, O_CLOEXEC))
        return false;
    if (process_start(argv, ends[1], &pid)) {
        close(ends[0]);
        close(ends[1]);
        return false;
    }
    close(ends[1]);
    while (got > 0) {
        got = len + 1 < room ? read(ends[0], out + len, room - 1 - len) : read(ends[0], rest, sizeof rest);
        if (got > 0 && len + 1 < room)
            len += (size_t)got;
        else if (got == -1 && errno == EINTR)
            got = 1;
    }
    close(ends[0]);
    out[len] = '\0';
    return process_wait(pid) == 0 && out[0];
}

bool process_line(char *const argv[], char *out, size_t room)
{
    bool good = process_text(argv, out, room);

    out[strcspn(out, "\n")] = '\0';
    return good && out[0];
}
