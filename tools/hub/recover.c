/* recover.c — lists of devices that are due although their push is over (it was killed, or the disk was full) are made by a process beside the hub, in
 * the time that git has for a request: however long it takes to read what somebody has pushed, the hub serves on, and ends when it is told to. */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "serve.h"

#define RECOVER_S 20 /* soon: it may be what shuts out a stolen tablet */

static pid_t beside; /* 0 = none runs */
static time_t begun;

static int repository_due(void *ctx, const char *path)
{
    (void)ctx;
    return roster_is_owed(path);
}

static void beside_look(long work_s)
{
    if (waitpid(beside, NULL, WNOHANG) != 0)
        beside = 0;
    else if (time(NULL) - begun > work_s)
        kill(beside, SIGKILL); /* tried again */
}

void recover_look(const struct serve *s, unsigned seconds)
{
    char program[PATH_BYTES];
    char *const argv[] = { program, "recover", (char *)s->folder, NULL };

    if (beside) {
        beside_look(s->work_s);
    } else if (seconds % RECOVER_S == 0 && repositories_each(s->folder, repository_due, NULL) && program_path(program)) {
        begun = time(NULL);
        beside = process_begin(argv);
    }
}

void recover_end(void)
{
    if (!beside)
        return;
    kill(beside, SIGKILL);
    waitpid(beside, NULL, 0);
    beside = 0;
}

/* --- the process --- */

static int repository_recover(void *ctx, const char *path)
{
    (void)ctx;
    (void)roster_recover(path); /* told; and tried again */
    return EXIT_DONE;
}

static int recover_run(const struct hub_command *self, int argc, char **argv)
{
    int code;

    if (!option_read(self, NULL, 0, &argc, argv, 1, 1, &code))
        return code;
    return repositories_each(argv[0], repository_recover, NULL);
}

const struct hub_command command_recover = {
    .name = "recover",
    .operands = "FOLDER",
    .summary_id = "Buat daftar perangkat yang tertunda (dipanggil oleh serve).",
    .summary_en = "Make the lists of devices that are due (called by serve).",
    .example = "jemput hub recover /srv/jemput",
    .run = recover_run,
    .inner = true,
};
