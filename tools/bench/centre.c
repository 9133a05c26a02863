/* centre.c — central takes in what all tablets have sent, beside a bulk insert of the same rows into raw SQLite, and beside SQLite's session
 * extension, in turns. */
#include <stdio.h>
#include <string.h>

#include "day.h"
#include "follow.h"
#include "meter.h"
#include "phase.h"
#ifdef BENCH_SESSION
#include "session.h"
#endif
#include "trouble.h"
#include "world.h"

#define MANY_ROWS 250000 /* the budget of memory names so many */

static void copy_name(char out[64], const char *what, unsigned run)
{
    snprintf(out, 64, "run%u-%s", run, what);
}

static double merged_rows(const struct bench *b)
{
    return (SHAPE_TABLES * (double)bench_applications(b) + day_edits(b)) * bench_tablets(b);
}

static void speed_add(const struct bench *b, struct probe *probe, const char *side, struct day_time time)
{
    double applications = (double)bench_applications(b) * bench_tablets(b);

    probe_add(probe, "merge", side, time.wall_us / applications);
    probe_add(probe, "merge_cpu", side, time.cpu_us / applications);
    if (strcmp(side, "raw") == 0) {
        probe_add(probe, "extension", side, time.wall_us / applications);
        probe_add(probe, "extension_cpu", side, time.cpu_us / applications);
    } else {
        probe_add(probe, "followed", "raw", time.wall_us / applications);
        probe_add(probe, "followed_cpu", "raw", time.cpu_us / applications);
    }
    probe_add(probe, "merge_rate", side, applications / time.wall_us * 1e6);
    probe_add(probe, "merge_changes", side, merged_rows(b) / time.wall_us * 1e6);
}

static void merge(const struct bench *b, unsigned run, struct probe *probe)
{
    struct jemput_sync_report report;
    char store[64], hub[64];
    struct side s;
    unsigned edited;

    copy_name(store, DAY_CENTRAL, run);
    copy_name(hub, DAY_HUB, run);
    day_open_central(&s, b, store, DAY_MERGE);
    speed_add(b, probe, "jemput", day_sync(&s, b, hub, &report));
    probe_add(probe, "merge_lock", "jemput", (double)report.lock_ms_max);
    probe_add(probe, "merge_rows", "jemput", (double)report.rows_merged);
    day_rows_check(&s, b);
    edited = bench_tablets(b) > 1 ? day_shared(b) * bench_tablets(b) : 0; /* now and then two tablets happen to write the same address */
    if (report.conflicts_new > edited || report.conflicts_new < edited * 9 / 10)
        trouble("%llu conflicts are not those that were made", (unsigned long long)report.conflicts_new);
    side_close(&s);
}

/* The same merge where somebody follows central: beside the merge without, in raw's column. */
static void merge_followed(const struct bench *b, unsigned run, struct probe *probe)
{
    double applications = (double)bench_applications(b) * bench_tablets(b);
    char store[64], hub[64];
    struct day_time time;

    copy_name(store, "followed.db", run);
    copy_name(hub, "followed.git", run);
    time = follow_merge(b, store, hub, probe);
    probe_add(probe, "followed", "jemput", time.wall_us / applications);
    probe_add(probe, "followed_cpu", "jemput", time.cpu_us / applications);
}

/* From where the merge begins. */
static void begin_copy(const struct bench *b, unsigned run, const char *central, const char *hub)
{
    char from[FOLDER_PATH_BYTES], to[FOLDER_PATH_BYTES], name[64];

    day_path(from, b, DAY_CENTRAL);
    copy_name(name, central, run);
    day_path(to, b, name);
    folder_copy(from, to);
    day_path(from, b, DAY_HUB);
    copy_name(name, hub, run);
    day_path(to, b, name);
    folder_copy(from, to);
}

static void begin_remove(const struct bench *b, unsigned run, const char *central, const char *hub)
{
    char path[FOLDER_PATH_BYTES], name[64];

    copy_name(name, central, run);
    day_path(path, b, name);
    folder_remove(path);
    copy_name(name, hub, run);
    day_path(path, b, name);
    folder_remove(path);
}

static struct day_time tablet_raw(struct side *s, const struct bench *b, unsigned tablet)
{
    struct day_time collected = day_collect(s, b, tablet, false), revised = day_revise(s, b, tablet, false);

    return (struct day_time){ .wall_us = collected.wall_us + revised.wall_us, .cpu_us = collected.cpu_us + revised.cpu_us };
}

/* All tablets' rows into a new store; *others_us: without the first tablet's. */
static struct day_time insert_raw(struct side *s, const struct bench *b, const char *name, const char *pragma, double *others_us)
{
    char path[FOLDER_PATH_BYTES];
    struct day_time time = { .segments = 0 }, part;

    *others_us = 0;
    day_path(path, b, name);
    side_raw(s, bench_shape(b), path, b->options.seed);
    side_sql(s, pragma);
    day_shared_write(s, b);
    for (unsigned t = 0; t < bench_tablets(b); t++) {
        part = tablet_raw(s, b, t);
        time.wall_us += part.wall_us;
        time.cpu_us += part.cpu_us;
        *others_us += t ? part.wall_us : 0;
    }
    return time;
}

static void merge_raw(const struct bench *b, unsigned run, struct probe *probe)
{
    double others = (double)bench_applications(b) * (bench_tablets(b) - 1), us;
    char name[64];
    struct side s;

    copy_name(name, "raw.db", run);
    speed_add(b, probe, "raw", insert_raw(&s, b, name, "", &us));
    if (others > 0)
        probe_add(probe, "take_over", "raw", us / others);
    day_rows_check(&s, b);
    side_close(&s);
}

/* As central does it for a checkpoint: into a store beside its own, which nobody needs after a power cut and which has a larger cache. */
static void remake_raw(const struct bench *b, unsigned arg, struct probe *probe)
{
    double applications = (double)bench_applications(b) * bench_tablets(b), others_us, us;
    struct side s;

    (void)arg;
    us = insert_raw(&s, b, "remade-raw.db", "PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-16384", &others_us).wall_us;
    probe_add(probe, "checkpoint", "raw", us / applications);
    probe_add(probe, "cut", "raw", us / applications);
    side_close(&s);
}

static void run_paths(char out[3][FOLDER_PATH_BYTES], const struct bench *b, unsigned run)
{
    static const char *const what[3] = { DAY_CENTRAL, DAY_HUB, "raw.db" };
    char name[64];

    for (unsigned i = 0; i < 3; i++) {
        copy_name(name, what[i], run);
        day_path(out[i], b, name);
    }
}

/* What the last run left is where things go on from. */
static void runs_keep_last(struct bench *b)
{
    char paths[3][FOLDER_PATH_BYTES], path[FOLDER_PATH_BYTES];
    static const char *const what[3] = { DAY_CENTRAL, DAY_HUB, "central-raw.db" };

    for (unsigned run = 0; run < b->options.runs; run++) {
        run_paths(paths, b, run);
        for (unsigned i = 0; i < 3; i++) {
            day_path(path, b, what[i]);
            if (run + 1 < b->options.runs) {
                folder_remove(paths[i]);
                continue;
            }
            folder_remove(path);
            if (rename(paths[i], path))
                trouble("rename '%s'", paths[i]);
        }
    }
}

static void size_add(struct bench *b, const char *figure, const char *name)
{
    char path[FOLDER_PATH_BYTES];

    day_path(path, b, name);
    figures_add(&b->figures[b->at], figure, (double)folder_file_bytes(path) / 1e6);
}

/* A tablet takes over what central has accepted. */
static void take_over(const struct bench *b, unsigned tablet, struct probe *probe)
{
    double others = (double)bench_applications(b) * (bench_tablets(b) - 1);
    struct jemput_sync_report report;
    struct side s;
    double us;

    day_open_tablet(&s, b, tablet, DAY_AFTER);
    us = day_sync(&s, b, DAY_HUB, &report).wall_us;
    if (others > 0)
        probe_add(probe, "take_over", "jemput", us / others);
    day_rows_check(&s, b);
    side_close(&s);
}

/* --- central's history ends: a checkpoint, and what it covers cut off --- */

static void cut(const struct bench *b, unsigned arg, struct probe *probe)
{
    double applications = (double)bench_applications(b) * bench_tablets(b), start;
    struct jemput_checkpoint_report made;
    struct jemput_sync_report report;
    struct jemput_cut_report went;
    struct jemput_error err;
    struct side s;

    (void)arg;
    day_open_central(&s, b, "cut.db", DAY_AFTER);
    start = meter_wall_us();
    must(jemput_checkpoint_make(s.jemput, 0, &made, &err), &err, "make a checkpoint");
    probe_add(probe, "checkpoint", "jemput", (meter_wall_us() - start) / applications);
    day_sync(&s, b, "cut.git", &report);
    must(jemput_checkpoint_backed_up(s.jemput, &err), &err, "say that it is backed up");
    start = meter_wall_us();
    must(jemput_checkpoint_cut(s.jemput, &went, &err), &err, "cut off");
    probe_add(probe, "cut", "jemput", (meter_wall_us() - start) / applications);
    day_sync(&s, b, "cut.git", &report); /* as a service does: what is given back is given back at a sync */
    day_rows_check(&s, b);
    side_close(&s);
}

static void copy(const struct bench *b, const char *from_name, const char *to_name)
{
    char from[FOLDER_PATH_BYTES], to[FOLDER_PATH_BYTES];

    day_path(from, b, from_name);
    day_path(to, b, to_name);
    folder_copy(from, to);
}

static void forget(const struct bench *b, const char *name)
{
    char path[FOLDER_PATH_BYTES];

    day_path(path, b, name);
    folder_remove(path);
}

static void bench_cut(struct bench *b)
{
    copy(b, DAY_CENTRAL, "cut.db");
    copy(b, DAY_HUB, "cut.git");
    phase_run(b, "remake raw", remake_raw, 0, NULL);
    phase_run(b, "cut", cut, 0, "checkpoint_memory");
    size_add(b, "store_cut.jemput", "cut.db");
    size_add(b, "store_cut.raw", "central-raw.db");
    forget(b, "cut.db");
    forget(b, "cut.git");
    forget(b, "remade-raw.db");
}

/* Whatever comes first may find the disk and the processor in another state than what follows, so raw SQLite comes first in every second run. */
static void run_all(struct bench *b, unsigned run)
{
    begin_copy(b, run, DAY_CENTRAL, DAY_HUB);
    begin_copy(b, run, "followed.db", "followed.git");
    if (run % 2)
        phase_run(b, "merge raw", merge_raw, run, NULL);
    phase_run(b, "merge", merge, run, merged_rows(b) < MANY_ROWS ? "merge_memory" : "merge_memory_many");
    phase_run(b, "merge followed", merge_followed, run, NULL);
    if (run % 2 == 0)
        phase_run(b, "merge raw", merge_raw, run, NULL);
    begin_remove(b, run, "followed.db", "followed.git");
#ifdef BENCH_SESSION
    session_merge(b, run);
#endif
}

void bench_centre(struct bench *b)
{
#ifdef BENCH_SESSION
    session_record(b);
#endif
    for (unsigned run = 0; run < b->options.runs; run++)
        run_all(b, run);
#ifdef BENCH_SESSION
    session_forget(b);
#endif
    runs_keep_last(b);
    size_add(b, "store_central.jemput", DAY_CENTRAL);
    size_add(b, "store_central.raw", "central-raw.db");
    bench_cut(b);
    for (unsigned t = 0; t < b->options.runs && t + 1 < bench_tablets(b); t++)
        phase_run(b, "take over", take_over, t, "take_over_memory");
    size_add(b, "store_whole.jemput", "tablet0.db");
    size_add(b, "store_whole.raw", "central-raw.db");
}
