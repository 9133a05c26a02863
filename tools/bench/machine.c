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
