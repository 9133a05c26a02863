/* trickle.c — small things in a space that is full: nothing to do, one new application, a session of fifty, many small segments. */
#include <stdio.h>

#include "check.h"
#include "day.h"
#include "meter.h"
#include "phase.h"
#include "trouble.h"
#include "world.h"

#define SESSION 50

static unsigned times(const struct bench *b)
{
    return b->options.runs * 8;
}

static void idle(const struct bench *b, const char *figure, const char *bytes_figure, struct side *s, struct probe *probe)
{
    struct jemput_sync_report report;

    day_sync(s, b, DAY_HUB, &report);
    for (unsigned i = 0; i < times(b); i++) {
        double us = day_sync(s, b, DAY_HUB, &report).wall_us;

        if (report.segments_sent || report.segments_fetched)
            trouble("there was something to do");
        probe_add(probe, figure, "jemput", us / 1000);
    }
    probe_add(probe, bytes_figure, "jemput", (double)(report.bytes_sent + report.bytes_fetched));
}

static void idle_tablet(const struct bench *b, unsigned tablet, struct probe *probe)
{
    struct side s;

    day_open_tablet(&s, b, tablet, DAY_AFTER);
    idle(b, "idle", "idle_bytes", &s, probe);
    side_close(&s);
}

static void idle_central(const struct bench *b, unsigned arg, struct probe *probe)
{
    struct side s;

    (void)arg;
    day_open_central(&s, b, DAY_CENTRAL, DAY_AFTER);
    idle(b, "idle_central", "idle_central_bytes", &s, probe);
    side_close(&s);
}

static void work_begin(struct work *w, const struct bench *b, unsigned officer)
{
    work_init(w, b->options.seed, officer, day_clock(b, DAY_AFTER) + WORLD_DAY_MS);
}

static void application_write(struct side *s, struct work *w)
{
    struct application a;

    work_application(w, &a);
    world_set(a.now_ms);
    side_begin(s);
    side_application(s, &a);
    side_commit(s);
}

static void one_new(const struct bench *b, unsigned tablet, struct probe *probe)
{
    struct jemput_sync_report report;
    struct side s;
    struct work w;

    day_open_tablet(&s, b, tablet, DAY_AFTER);
    work_begin(&w, b, 200);
    for (unsigned i = 0; i < times(b); i++) {
        application_write(&s, &w);
        probe_add(probe, "one", "jemput", day_sync(&s, b, DAY_HUB, &report).wall_us / 1000);
        probe_add(probe, "one_bytes", "jemput", (double)report.bytes_sent);
    }
    side_close(&s);
}

/* Sessions of fifty applications, one after the other. */
static void session(const struct bench *b, unsigned tablet, struct probe *probe)
{
    char hub[FOLDER_PATH_BYTES];
    struct jemput_sync_report report;
    struct day_csv csv;
    uint64_t bytes;
    struct side s;
    struct work w;

    day_path(hub, b, DAY_HUB);
    day_open_tablet(&s, b, tablet, DAY_AFTER);
    day_sync(&s, b, DAY_HUB, &report);
    work_begin(&w, b, 201);
    for (unsigned run = 0; run < b->options.runs; run++) {
        for (unsigned i = 0; i < SESSION; i++)
            application_write(&s, &w);
        bytes = folder_bytes(hub, ".pack");
        probe_add(probe, "session", "jemput", day_sync(&s, b, DAY_HUB, &report).wall_us / 1000);
        probe_add(probe, "upload_50", "jemput", (double)(folder_bytes(hub, ".pack") - bytes) / SESSION);
        csv = day_csv(&s, b, SESSION);
        if (csv.xz)
            probe_add(probe, "upload_50", "raw", (double)csv.xz / SESSION);
    }
    side_close(&s);
}

/* Raw: rows of fifty applications into a store that holds as many as the tablet's, in one transaction. */
static void session_raw(const struct bench *b, unsigned arg, struct probe *probe)
{
    char from[FOLDER_PATH_BYTES], path[FOLDER_PATH_BYTES];
    struct side s;
    struct work w;

    (void)arg;
    day_path(from, b, "central-raw.db");
    day_path(path, b, "session-raw.db");
    folder_copy(from, path);
    side_raw_again(&s, bench_shape(b), path, b->options.seed + 201);
    work_begin(&w, b, 201);
    for (unsigned run = 0; run < b->options.runs; run++) {
        struct application of[SESSION];
        double start;

        for (unsigned i = 0; i < SESSION; i++)
            work_application(&w, &of[i]);
        start = meter_wall_us();
        side_begin(&s);
        for (unsigned i = 0; i < SESSION; i++)
            side_application(&s, &of[i]);
        side_commit(&s);
        probe_add(probe, "session", "raw", (meter_wall_us() - start) / 1000);
    }
    side_close(&s);
    folder_remove(path);
}

/* --- opening a store, and the file of raw SQLite with the same rows, as far as the first rows: what opening leaves to the first user counts --- */

static void first_use(sqlite3 *db)
{
    must_sqlite(sqlite3_exec(db, "SELECT 1 FROM permohonan LIMIT 1", NULL, NULL, NULL), db, "read the first row");
}

static double open_jemput(const struct bench *b)
{
    char path[FOLDER_PATH_BYTES];
    struct jemput_error err;
    struct jemput *j;
    double start;

    day_path(path, b, DAY_CENTRAL);
    start = meter_wall_us();
    must(jemput_open_sealed(&j, path, side_secret, world_of(b->options.seed, 0), &err), &err, "open");
    first_use(jemput_app(j));
    start = meter_wall_us() - start;
    jemput_close(j);
    return start;
}

static double open_raw(const struct bench *b)
{
    char path[FOLDER_PATH_BYTES];
    double start = meter_wall_us();
    sqlite3 *db;

    day_path(path, b, "central-raw.db");
    must_sqlite(sqlite3_open(path, &db), db, path);
    first_use(db);
    start = meter_wall_us() - start;
    sqlite3_close(db);
    return start;
}

static void openings(const struct bench *b, unsigned arg, struct probe *probe)
{
    (void)arg;
    world_set(day_clock(b, DAY_AFTER));
    for (unsigned i = 0; i < b->options.runs * 2; i++) {
        probe_add(probe, "open", "jemput", open_jemput(b) / 1000);
        probe_add(probe, "open", "raw", open_raw(b) / 1000);
    }
}

/* --- segments as small as they come: what a signature costs --- */

static unsigned segments(const struct bench *b)
{
    return b->options.block * 4;
}

static void segments_make(const struct bench *b, unsigned tablet, struct probe *probe)
{
    struct jemput_sync_report report;
    struct jemput_error err;
    struct side s;
    struct work w;

    (void)probe;
    day_open_tablet(&s, b, tablet, DAY_AFTER);
    side_sql(&s, "PRAGMA synchronous=OFF");
    work_begin(&w, b, 202);
    for (unsigned i = 0; i < segments(b); i++) {
        application_write(&s, &w);
        must(jemput_seal(s.jemput, NULL, &err), &err, "seal");
    }
    day_sync(&s, b, DAY_HUB, &report);
    side_close(&s);
}

static void central_sync(const struct bench *b, unsigned timed, struct probe *probe)
{
    struct jemput_sync_report report;
    struct side s;
    struct day_time time;

    day_open_central(&s, b, DAY_CENTRAL, DAY_AFTER);
    time = day_sync(&s, b, DAY_HUB, &report);
    if (timed)
        probe_add(probe, "segments", "jemput", (double)report.segments_fetched / time.cpu_us * 1e6);
    side_close(&s);
}

/* What a segment of one application costs to be checked, and not merged; beside it the signature alone. */
static void checks(const struct bench *b, unsigned arg, struct probe *probe)
{
    struct check c;
    struct side s;

    (void)arg;
    day_open_central(&s, b, DAY_CENTRAL, DAY_AFTER);
    check_open(&c, &s);
    for (unsigned i = 0; i < b->options.runs * 2; i++) {
        double start = meter_cpu_us(), end;

        check_segments(&c);
        end = meter_cpu_us();
        probe_add(probe, "check", "jemput", c.count / (end - start) * 1e6);
        start = meter_cpu_us();
        check_signatures(c.count);
        probe_add(probe, "check", "raw", c.count / (meter_cpu_us() - start) * 1e6);
        start = meter_cpu_us();
        check_sign(c.count);
        end = meter_cpu_us();
        probe_add(probe, "sign", "jemput", (end - start) / c.count);
        check_sign_alone(c.count);
        probe_add(probe, "sign", "raw", (meter_cpu_us() - end) / c.count);
    }
    check_close(&c);
    side_close(&s);
}

void bench_trickle(struct bench *b)
{
    phase_run(b, "openings", openings, 0, NULL);
    phase_run(b, "idle central", idle_central, 0, NULL);
    phase_run(b, "idle tablet", idle_tablet, 0, NULL);
    phase_run(b, "one new", one_new, 0, NULL);
    phase_run(b, "session", session, 0, NULL);
    phase_run(b, "session raw", session_raw, 0, NULL);
    phase_run(b, "central sync", central_sync, 0, NULL);
    phase_run(b, "segments make", segments_make, 0, NULL);
    phase_run(b, "central sync", central_sync, 1, NULL);
    phase_run(b, "checks", checks, 0, NULL);
}
