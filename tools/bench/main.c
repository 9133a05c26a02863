/* main.c — jemput-bench: what jemput costs beside raw SQLite on the same work, and whether that is within the budgets of the design. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "option.h"
#include "report.h"
#include "trouble.h"
#include "world.h"

#define EXIT_WORSE 3

static void say(const char *what)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%s", what);
}

/* A size's work has a folder of its own, so that the next finds none of it. */
static void size_measure(struct bench *b, const struct asked *a)
{
    folder_temporary(b->folder, a->folder);
    if (a->write) {
        say("local write ...");
        bench_write(b);
    }
    if (a->field) {
        say("tablets collect ...");
        bench_field(b);
        say("central merges ...");
        bench_centre(b);
        say("reads and writes during a sync ...");
        bench_beside(b);
        say("round trips ...");
        bench_trips(b);
        bench_git(b);
        say("projection ...");
        bench_project(b);
        say("small things ...");
        bench_trickle(b);
        say("photos ...");
        bench_photos(b);
    }
    if (a->others) {
        say("the peer ...");
        bench_peer(b);
    }
    say("");
    if (a->keep)
        fprintf(stderr, "kept: %s\n", b->folder);
    else
        folder_remove(b->folder);
}

/* Where the temporary folders are; removed whatever happens. The children leave by _exit() or fail before us. */
static struct {
    const struct bench *bench;
    pid_t owner;
    bool keep;
} mess;

static void mess_remove(void)
{
    if (getpid() != mess.owner)
        return;
    if (mess.bench->ram[0])
        folder_remove(mess.bench->ram);
    if (!mess.keep && mess.bench->folder[0])
        folder_remove(mess.bench->folder);
}

static void measure(struct bench *b, struct machine *m, const struct asked *a)
{
    mess.bench = b;
    mess.owner = getpid();
    mess.keep = a->keep;
    atexit(mess_remove);
    world_git_start();
    signal(SIGINT, SIG_IGN); /* it ends the phase that runs; then we clean up */
    machine_look(m, a->folder);
    if (a->write && access(a->ram_folder, W_OK) == 0)
        folder_temporary(b->ram, a->ram_folder);
    for (b->at = 0; b->at < SIZES_MAX; b->at++)
        if (b->measured[b->at])
            size_measure(b, a);
    machine_look_again(m);
}

static void file_write(const struct bench *b, const struct machine *m, const char *path, void (*write)(const struct bench *, const struct machine *,
                                                                                                       FILE *))
{
    FILE *out = path ? fopen(path, "w") : stdout;

    if (!out)
        trouble("write '%s': %s", path, strerror(errno));
    write(b, m, out);
    if (path ? fclose(out) : fflush(out))
        trouble("write '%s': %s", path ? path : "the figures", strerror(errno));
}

static void save(const struct bench *b, const struct machine *m, const char *folder)
{
    static const struct {
        const char *name;
        void (*write)(const struct bench *, const struct machine *, FILE *);
    } files[] = { { "run.json", report_json }, { "run.svg", report_plot }, { "run.txt", report_table } };
    char path[FOLDER_PATH_BYTES];

    if (mkdir(folder, 0777) && errno != EEXIST)
        trouble("--save: make '%s': %s", folder, strerror(errno));
    for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++) {
        folder_path(path, folder, files[i].name);
        file_write(b, m, path, files[i].write);
    }
}

/* How many figures have become worse. */
static unsigned compare(const struct bench *b, const struct machine *m, const char *path, FILE *out)
{
    static struct bench before;
    struct machine before_machine;
    unsigned worse;

    memcpy(before.sizes, b->sizes, sizeof before.sizes);
    report_load(&before, &before_machine, path);
    worse = report_compare(&before, &before_machine, b, m, out);
    for (unsigned at = 0; at < SIZES_MAX; at++)
        figures_release(&before.figures[at]);
    return worse;
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct machine m;
    struct asked a;
    unsigned worse = 0;

    ask(&a, &b, argc, argv);
    if (a.from_file)
        report_load(&b, &m, a.from_file);
    else
        measure(&b, &m, &a);
    if (a.note[0])
        snprintf(m.note, sizeof m.note, "%s", a.note);
    if (!a.json || a.json_file)
        file_write(&b, &m, NULL, report_table);
    if (a.json)
        file_write(&b, &m, a.json_file, report_json);
    if (a.plot_file)
        file_write(&b, &m, a.plot_file, report_plot);
    if (a.save_folder)
        save(&b, &m, a.save_folder);
    if (a.compare_file)
        worse = compare(&b, &m, a.compare_file, a.json && !a.json_file ? stderr : stdout);
    for (unsigned at = 0; at < SIZES_MAX; at++)
        figures_release(&b.figures[at]);
    return worse ? EXIT_WORSE : 0;
}
