/* machine.c — see machine.h. */
#include "machine.h"

#include <jemput/jemput.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "folder.h"

/* The value of "name : value" in a file of /proc. */
static void proc_value(char out[MACHINE_TEXT_BYTES], const char *path, const char *name)
{
    FILE *in = fopen(path, "r");
    char line[512], *colon;

    snprintf(out, MACHINE_TEXT_BYTES, "unknown");
    while (in && fgets(line, sizeof line, in)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, name, strlen(name)) == 0 && (colon = strchr(line, ':')) != NULL) {
            snprintf(out, MACHINE_TEXT_BYTES, "%.*s", MACHINE_TEXT_BYTES - 1, colon + 2);
            break;
        }
    }
    if (in)
        fclose(in);
}

/* Programs that figures are measured with, and how to ask for one. */
static void missing_look(char out[MACHINE_TEXT_BYTES])
{
    static const char *const programs[][2] = { { "gzip", "command -v gzip >/dev/null" }, { "zstd", "command -v zstd >/dev/null" },
        { "xz", "command -v xz >/dev/null" }, { "git with http-backend", "test -x \"$(git --exec-path 2>/dev/null)/git-http-backend\"" } };

    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
        if (system(programs[i][1]) != 0)
            snprintf(out + strlen(out), MACHINE_TEXT_BYTES - strlen(out), "%s%s", out[0] ? ", " : "", programs[i][0]);
}

void machine_look(struct machine *m, const char *folder)
{
    time_t now = time(NULL);
    struct utsname name;
    double load = 0;
    struct tm tm;

    memset(m, 0, sizeof *m);
    proc_value(m->processor, "/proc/cpuinfo", "model name");
    if (uname(&name) == 0)
        snprintf(m->system, sizeof m->system, "%.40s %.60s", name.sysname, name.release);
    snprintf(m->disk, sizeof m->disk, "%s", folder_in_memory(folder) ? "RAM disk" : folder_disk(folder));
    snprintf(m->jemput, sizeof m->jemput, "%s", jemput_version());
    snprintf(m->compiler, sizeof m->compiler, "%s", BENCH_COMPILER);
    snprintf(m->sqlite, sizeof m->sqlite, "%s", sqlite3_libversion());
    snprintf(m->libraries, sizeof m->libraries, "%s", BENCH_LIBRARIES);
    missing_look(m->missing);
    m->cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    gmtime_r(&now, &tm);
    strftime(m->when, sizeof m->when, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (getloadavg(&load, 1) == 1)
        m->load_before = load;
}

void machine_look_again(struct machine *m)
{
    double load = 0;

    if (getloadavg(&load, 1) == 1)
        m->load_after = load;
}
