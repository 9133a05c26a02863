/* project.c — what it takes to bring central's rows into central.db, and into PostgreSQL where one was given: jemput-central as a program, beside a
 * turn of it that finds nothing to do. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "day.h"
#include "phase.h"
#include "meter.h"
#include "trouble.h"

#define OFFICE "office"

/* Run jemput-central, quietly; what it says of trouble is passed on. Its processor time. */
static double central_run(const struct bench *b, const char *const *arguments, double *wall_us)
{
    const char *argv[12] = { "jemput-central" };
    struct rusage usage;
    double start = meter_wall_us();
    int status;
    pid_t child;

    for (unsigned i = 0; arguments[i]; i++)
        argv[i + 1] = arguments[i];
    child = fork();
    if (child < 0)
        trouble("start jemput-central: %s", strerror(errno));
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);

        dup2(nowhere, STDOUT_FILENO);
        execv(b->central, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    if (wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        trouble("'%s %s' did not go well", b->central, arguments[0]);
    *wall_us = meter_wall_us() - start;
    return ((double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec) * 1e6 + (double)usage.ru_utime.tv_usec + (double)usage.ru_stime.tv_usec;
}

/* A turn that brings all rows over, and one that finds nothing to do. */
static void turns(const struct bench *b, const char *office, const char *figure, double rows, struct probe *probe)
{
    const char *const once[] = { "run", office, "--once", NULL };
    double wall, idle_wall, cpu = central_run(b, once, &wall), idle_cpu = central_run(b, once, &idle_wall);
    char name[FIGURE_NAME_BYTES];

    probe_add(probe, figure, "jemput", (wall - idle_wall) / rows);
    snprintf(name, sizeof name, "%s_cpu", figure);
    probe_add(probe, name, "jemput", (cpu - idle_cpu) / rows);
}

static void project(const struct bench *b, unsigned postgres, struct probe *probe)
{
    double rows = SHAPE_TABLES * (double)bench_applications(b) * bench_tablets(b) + day_shared(b) * bench_tablets(b), wall;
    char office[FOLDER_PATH_BYTES], store[FOLDER_PATH_BYTES], hub[FOLDER_PATH_BYTES], central[FOLDER_PATH_BYTES + 16];
    const char *const init[] = { "init", office, postgres ? "--postgres" : NULL, b->postgres, NULL };
    const char *const add[] = { "add", office, "bench", "--store", store, "--hub", hub, NULL };

    day_path(office, b, OFFICE);
    day_path(store, b, "project.db");
    day_path(hub, b, "project.git");
    central_run(b, init, &wall);
    central_run(b, add, &wall);
    turns(b, office, postgres ? "project_postgres" : "project", rows, probe);
    if (postgres)
        return;
    snprintf(central, sizeof central, "%s/central.db", office);
    probe_add(probe, "store_projected", "jemput", (double)folder_file_bytes(central) / 1e6);
}

static void copies_make(const struct bench *b)
{
    static const char *const names[2][2] = { { DAY_CENTRAL, "project.db" }, { DAY_HUB, "project.git" } };
    char from[FOLDER_PATH_BYTES], to[FOLDER_PATH_BYTES];

    for (unsigned i = 0; i < 2; i++) {
        day_path(from, b, names[i][0]);
        day_path(to, b, names[i][1]);
        folder_copy(from, to);
    }
}

static void copies_remove(const struct bench *b)
{
    static const char *const names[] = { "project.db", "project.git", OFFICE };
    char path[FOLDER_PATH_BYTES];

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        day_path(path, b, names[i]);
        folder_remove(path);
    }
}

void bench_project(struct bench *b)
{
    if (!b->central || side_secret) /* jemput-central would want the key of a sealed store */
        return;
    for (unsigned postgres = 0; postgres < (b->postgres ? 2 : 1); postgres++) {
        unsigned runs = postgres ? 1 : b->options.runs;

        for (unsigned run = 0; run < runs; run++) {
            copies_make(b);
            phase_run(b, "project", project, postgres, NULL);
            copies_remove(b);
        }
    }
}
