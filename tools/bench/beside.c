/* beside.c — does the officer wait for a sync? The app reads and saves as it does all day, alone, and then while another thread of the same store
 * takes in what all the others have written: how long each reading and each COMMIT took. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "day.h"
#include "meter.h"
#include "phase.h"
#include "trouble.h"

#define SAMPLES_MAX 400000
#define READS 10          /* for each application that is saved */
#define PAUSE_US 2000     /* then: a person is slower */
#define ALONE_MS_A_BLOCK 200

struct latencies {
    double *ms;
    unsigned count;
};

struct app {
    struct side *side;
    unsigned count; /* of ids */
    uint8_t (*ids)[SIDE_ID_BYTES];
    struct work work;
    atomic_bool over;
    struct latencies reads, saves;
};

static void latency_add(struct latencies *l, double since_us)
{
    if (l->count < SAMPLES_MAX)
        l->ms[l->count++] = (meter_wall_us() - since_us) / 1000;
}

/* A form with its applicant and household, as a list opens it. */
static void app_read(struct app *a, sqlite3_stmt *stmt)
{
    double start = meter_wall_us();

    sqlite3_bind_blob(stmt, 1, a->ids[random_below(&a->work.random, a->count)], SIDE_ID_BYTES, SQLITE_STATIC);
    if (sqlite3_step(stmt) != SQLITE_ROW)
        trouble("an application is not there: %s", sqlite3_errmsg(a->side->db));
    sqlite3_reset(stmt);
    latency_add(&a->reads, start);
}

static void app_save(struct app *a)
{
    struct application application;
    double start;

    work_application(&a->work, &application);
    start = meter_wall_us();
    side_sql(a->side, "BEGIN IMMEDIATE");
    side_application(a->side, &application);
    side_commit(a->side);
    latency_add(&a->saves, start);
}

static void *app_run(void *ctx)
{
    static const char sql[] = "SELECT p.status, o.nama, k.alamat FROM permohonan p JOIN orang o ON o.id = p.pemohon_id "
                              "JOIN keluarga k ON k.id = o.keluarga_id WHERE p.id = ?1";
    const struct timespec pause = { .tv_nsec = PAUSE_US * 1000 };
    struct app *a = ctx;
    sqlite3_stmt *stmt;

    must_sqlite(sqlite3_prepare_v2(a->side->db, sql, -1, &stmt, NULL), a->side->db, sql);
    while (!atomic_load(&a->over)) {
        for (unsigned i = 0; i < READS; i++)
            app_read(a, stmt);
        app_save(a);
        nanosleep(&pause, NULL);
    }
    sqlite3_finalize(stmt);
    return NULL;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void latencies_tell(struct latencies *l, const char *what, const char *side, struct probe *probe)
{
    static const struct {
        const char *name;
        double share;
    } shares[] = { { "p50", 0.5 }, { "p999", 0.999 }, { "most", 1 } };
    char figure[FIGURE_NAME_BYTES];

    qsort(l->ms, l->count, sizeof *l->ms, ascending);
    for (unsigned i = 0; l->count && i < sizeof shares / sizeof shares[0]; i++) {
        unsigned at = (unsigned)((double)l->count * shares[i].share);

        snprintf(figure, sizeof figure, "%s_%s", what, shares[i].name);
        probe_add(probe, figure, side, l->ms[at < l->count ? at : l->count - 1]);
    }
    l->count = 0;
}

static void app_begin(struct app *a, pthread_t *thread)
{
    atomic_store(&a->over, false);
    if (pthread_create(thread, NULL, app_run, a) != 0)
        trouble("start a thread");
}

static void app_end(struct app *a, pthread_t thread, const char *side, struct probe *probe)
{
    atomic_store(&a->over, true);
    pthread_join(thread, NULL);
    latencies_tell(&a->reads, "read", side, probe);
    latencies_tell(&a->saves, "save", side, probe);
}

static void beside(const struct bench *b, unsigned tablet, struct probe *probe)
{
    const unsigned alone_ms = b->options.blocks * ALONE_MS_A_BLOCK;
    const struct timespec alone = { .tv_sec = alone_ms / 1000, .tv_nsec = (long)(alone_ms % 1000) * 1000000 };
    struct app a = { .reads = { .ms = malloc(SAMPLES_MAX * sizeof(double)) }, .saves = { .ms = malloc(SAMPLES_MAX * sizeof(double)) } };
    char path[FOLDER_PATH_BYTES], hub[FOLDER_PATH_BYTES];
    struct jemput_sync_options options = { .hub = hub };
    struct jemput_sync_report report;
    struct jemput_error err;
    pthread_t thread;
    struct side s;

    if (!a.reads.ms || !a.saves.ms)
        trouble("no memory for latencies");
    day_tablet_path(path, b, tablet);
    day_path(hub, b, DAY_HUB);
    side_open(&s, bench_shape(b), path, NULL); /* in the world as it is: two threads ask it for the time */
    a.side = &s;
    a.ids = side_applications(&s, &a.count);
    work_init(&a.work, b->options.seed, 220, day_clock(b, DAY_AFTER));
    app_begin(&a, &thread);
    nanosleep(&alone, NULL);
    app_end(&a, thread, "raw", probe);
    app_begin(&a, &thread);
    must(jemput_sync(s.jemput, &options, &report, &err), &err, "sync");
    app_end(&a, thread, "jemput", probe);
    probe_add(probe, "beside_lock", "jemput", (double)report.lock_ms_max);
    if (bench_tablets(b) > 1 && !report.rows_merged)
        trouble("there was nothing to take in");
    side_close(&s);
    free(a.ids);
    free(a.reads.ms);
    free(a.saves.ms);
}

/* The last tablets: those before have taken everything in already. */
void bench_beside(struct bench *b)
{
    unsigned tablets = bench_tablets(b), taken = b->options.runs < tablets ? b->options.runs : tablets - 1;

    for (unsigned t = tablets; t > taken && tablets - t < b->options.runs; t--)
        phase_run(b, "beside", beside, t - 1, NULL);
}
