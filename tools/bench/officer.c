/* officer.c — jemput-bench-officer: does the officer wait for a sync? The app saves as it does all day, alone, and then while another thread of the
 * same store takes in what the others have written; how long each COMMIT took, and the longest that the sync kept it from writing. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jemput/jemput.h>
#include <sqlite3.h>

#include "trouble.h"

#define CHANGES_A_TXN 10
#define SAVES_MAX 200000
#define PAUSE_US 3000 /* between two saves: a person is slower */

static const char schema[] = "CREATE TABLE orang(id TEXT PRIMARY KEY, nama TEXT, alamat TEXT, rt INTEGER) WITHOUT ROWID;"
                             "SELECT jemput_replicate('orang');";

static void sql(struct jemput *j, const char *text)
{
    char *why = NULL;

    if (sqlite3_exec(jemput_app(j), text, NULL, NULL, &why) != SQLITE_OK)
        trouble("%s: %s", text, why ? why : "?");
}

static struct jemput_sync_report sync_with(struct jemput *j, const char *hub)
{
    struct jemput_sync_report report;
    struct jemput_error err;

    must(jemput_sync(j, &(struct jemput_sync_options){ .hub = hub }, &report, &err), &err, "sync");
    return report;
}

/* --- the app --- */

struct app {
    struct jemput *jemput;
    unsigned first;     /* number of its first row */
    atomic_bool over;
    unsigned count;
    double *ms;         /* of each COMMIT, BEGIN included */
};

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void *app_run(void *ctx)
{
    struct app *a = ctx;
    const struct timespec pause = { .tv_nsec = PAUSE_US * 1000 };

    while (!atomic_load(&a->over) && a->count < SAVES_MAX) {
        char text[256];
        double start = now_ms();

        snprintf(text, sizeof text, "BEGIN IMMEDIATE; INSERT INTO orang VALUES('sini-%u', 'Warga %u', 'Jl. Melati No. %u', %u); COMMIT",
                 a->first + a->count, a->count, a->count % 90, a->count % 9);
        sql(a->jemput, text);
        a->ms[a->count++] = now_ms() - start;
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double share(const struct app *a, double of)
{
    unsigned at = (unsigned)((double)a->count * of);

    return a->count ? a->ms[at < a->count ? at : a->count - 1] : 0;
}

static void app_tell(struct app *a, const char *when)
{
    qsort(a->ms, a->count, sizeof *a->ms, ascending);
    printf("%-10s %8u %9.2f %9.2f %9.2f %9.2f\n", when, a->count, share(a, 0.5), share(a, 0.99), share(a, 0.999), share(a, 1));
}

/* --- the others' work --- */

static void others_write(struct jemput *j, unsigned changes)
{
    sql(j, "PRAGMA synchronous=OFF");
    for (unsigned i = 0; i < changes; i += CHANGES_A_TXN) {
        char text[400];

        snprintf(text, sizeof text,
                 "WITH RECURSIVE n(i) AS (VALUES(%u) UNION ALL SELECT i + 1 FROM n WHERE i < %u) INSERT INTO orang SELECT "
                 "printf('lain-%%016x', i * 2654435761 %% 4294967296), 'Warga ' || i, 'Jl. Kenanga No. ' || i %% 90, i %% 9 FROM n",
                 i, i + CHANGES_A_TXN - 1);
        sql(j, text);
    }
}

static void space_make(const char *folder, struct jemput **office, struct jemput **tablet, char hub[512])
{
    char path[512], *invitation;
    struct jemput_error err;
    size_t len;

    snprintf(hub, 512, "%s/hub.git", folder);
    must(jemput_hub_init(hub, NULL, &err), &err, "make hub");
    snprintf(path, sizeof path, "%s/office.db", folder);
    must(jemput_init(office, path, schema, NULL, NULL, &err), &err, "found");
    must(jemput_invite(*office, "petugas", "", hub, INT64_C(4000000000000), &invitation, &len, &err), &err, "invite");
    sync_with(*office, hub);
    snprintf(path, sizeof path, "%s/tablet.db", folder);
    must(jemput_join(tablet, path, invitation, len, NULL, &err), &err, "join");
    jemput_text_free(invitation);
    for (unsigned i = 0; i < 2; i++) {
        sync_with(*tablet, hub);
        sync_with(*office, hub);
    }
    sync_with(*tablet, hub);
}

static void app_begin(struct app *a, struct jemput *j, unsigned first, pthread_t *thread)
{
    a->jemput = j;
    a->first = first;
    a->ms = malloc(SAVES_MAX * sizeof *a->ms);
    if (!a->ms || pthread_create(thread, NULL, app_run, a) != 0)
        trouble("no memory");
}

static void app_end(struct app *a, pthread_t thread, const char *when)
{
    atomic_store(&a->over, true);
    pthread_join(thread, NULL);
    app_tell(a, when);
    free(a->ms);
}

int main(int argc, char **argv)
{
    struct jemput *office, *tablet;
    struct jemput_sync_report report;
    struct app alone = { .count = 0 }, beside = { .count = 0 };
    const struct timespec alone_for = { .tv_sec = 2 };
    char folder[256], hub[512], command[300];
    unsigned changes = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100000;
    pthread_t thread;
    double start;

    if (argc > 3 || changes == 0) {
        fputs("Usage: jemput-bench-officer [CHANGES [FOLDER]]\n"
              "How long a COMMIT of the app takes, alone and while a sync merges so many changes.\n", stderr);
        return 1;
    }
    snprintf(folder, sizeof folder, "%s/jemput-officer-XXXXXX", argc > 2 ? argv[2] : "/var/tmp");
    if (!mkdtemp(folder))
        trouble("no folder '%s'", folder);
    space_make(folder, &office, &tablet, hub);
    others_write(office, changes);
    sync_with(office, hub);
    printf("%-10s %8s %9s %9s %9s %9s\n", "ms", "saves", "p50", "p99", "p99.9", "most");
    app_begin(&alone, tablet, 0, &thread);
    nanosleep(&alone_for, NULL);
    app_end(&alone, thread, "alone");
    app_begin(&beside, tablet, SAVES_MAX, &thread);
    start = now_ms();
    report = sync_with(tablet, hub);
    start = now_ms() - start;
    app_end(&beside, thread, "in a sync");
    printf("sync: %llu rows merged in %.1f s; longest write lock of a batch %llu ms\n", (unsigned long long)report.rows_merged, start / 1e3,
           (unsigned long long)report.lock_ms_max);
    jemput_close(tablet);
    jemput_close(office);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return report.rows_merged >= changes && system(command) == 0 ? 0 : 1;
}
