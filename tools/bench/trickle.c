/* trickle.c — small things in a space that is full: nothing to do, one new application, a session of fifty, many small segments. */
#include <stdio.h>

#include "day.h"
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

static void session(const struct bench *b, unsigned tablet, struct probe *probe)
{
    char hub[FOLDER_PATH_BYTES];
    struct jemput_sync_report report;
    uint64_t bytes;
    struct side s;
    struct work w;

    day_path(hub, b, DAY_HUB);
    day_open_tablet(&s, b, tablet, DAY_AFTER);
    day_sync(&s, b, DAY_HUB, &report);
    work_begin(&w, b, 201);
    for (unsigned i = 0; i < SESSION; i++)
        application_write(&s, &w);
    bytes = folder_bytes(hub, ".pack");
    probe_add(probe, "session", "jemput", day_sync(&s, b, DAY_HUB, &report).wall_us / 1000);
    probe_add(probe, "upload_50", "jemput", (double)(folder_bytes(hub, ".pack") - bytes) / SESSION);
    bytes = day_csv_xz(&s, b, SESSION);
    if (bytes)
        probe_add(probe, "upload_50", "raw", (double)bytes / SESSION);
    side_close(&s);
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

void bench_trickle(struct bench *b)
{
    phase_run(b, "idle central", idle_central, 0, NULL);
    phase_run(b, "idle tablet", idle_tablet, 0, NULL);
    phase_run(b, "one new", one_new, 0, NULL);
    phase_run(b, "session", session, 0, NULL);
    phase_run(b, "central sync", central_sync, 0, NULL);
    phase_run(b, "segments make", segments_make, 0, NULL);
    phase_run(b, "central sync", central_sync, 1, NULL);
}
