/* phase.c — see phase.h. */
#include "phase.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trouble.h"
#include "world.h"

void probe_add(struct probe *p, const char *figure, const char *side, double value)
{
    struct sample sample = { .value = value };

    snprintf(sample.name, sizeof sample.name, "%s.%s", figure, side);
    if (write(p->out, &sample, sizeof sample) != (ssize_t)sizeof sample)
        trouble("hand over a figure: %s", strerror(errno));
}

static void samples_take(struct bench *b, int in)
{
    struct sample sample;
    ssize_t len;

    while ((len = read(in, &sample, sizeof sample)) == (ssize_t)sizeof sample)
        figures_add(&b->figures[b->at], sample.name, sample.value);
    if (len != 0)
        trouble("take over a figure: %s", len < 0 ? strerror(errno) : "it is cut");
}

void phase_run(struct bench *b, const char *name, phase_fn run, unsigned arg, const char *memory)
{
    struct rusage usage;
    int ends[2], status;
    char figure[FIGURE_NAME_BYTES];
    pid_t child;

    fflush(NULL);
    world_branch();
    if (pipe(ends) || (child = fork()) < 0)
        trouble("start a phase: %s", strerror(errno));
    if (child == 0) {
        struct probe probe = { .out = ends[1] };

        close(ends[0]);
        signal(SIGINT, SIG_DFL);
        prctl(PR_SET_NAME, name);
        run(b, arg, &probe);
        _exit(0);
    }
    close(ends[1]);
    samples_take(b, ends[0]);
    close(ends[0]);
    if (wait4(child, &status, 0, &usage) != child)
        trouble("end a phase: %s", strerror(errno));
    if (WIFSIGNALED(status))
        trouble("'%s' ended by signal %d", name, WTERMSIG(status));
    if (WEXITSTATUS(status))
        exit(1); /* it has said why */
    if (!memory)
        return;
    snprintf(figure, sizeof figure, "%s.jemput", memory);
    figures_add(&b->figures[b->at], figure, (double)usage.ru_maxrss / 1024);
}
