/* cmd_hub.c — `jemput hub`: starts jemput-hub, a program of its own, so that a tablet's program needs no web server. */
#include "cmd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "text.h"

#define PATH_BYTES 4096

/* Beside this program, or else where the shell would look. It says more of itself: jemput hub --help. */
static int cmd_hub(struct cli *cli, int argc, char **argv)
{
    static char name[] = "jemput-hub";
    char path[PATH_BYTES];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - sizeof name);
    char *slash;

    (void)argc;
    (void)cli;
    path[len > 0 ? len : 0] = '\0';
    slash = strrchr(path, '/');
    if (setenv("LC_ALL", strcmp(text_language(), "en") == 0 ? "en_US.UTF-8" : "id_ID.UTF-8", 1))
        return failure_file(name, errno);
    argv[0] = name;
    if (slash) {
        memcpy(slash + 1, name, sizeof name);
        execv(path, argv);
    }
    execvp(name, argv);
    return failure_file(name, errno);
}

const struct command command_hub = {
    .name = "hub",
    .operands = "serve|add|config|tidy …",
    .summary_id = "Jalankan hub: server untuk tablet (jemput hub --help).",
    .summary_en = "Run a hub: a server for tablets (jemput hub --help).",
    .example = "jemput hub serve /srv/jemput",
    .run = cmd_hub,
};
