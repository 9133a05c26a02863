/* ground.c — see ground.h. */
#include "ground.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "day.h"
#include "phase.h"
#include "trouble.h"
#include "world.h"

static const struct {
    const char *name, *shape;
    unsigned tablets, applications;
} grounds[GROUNDS] = {
    [GROUND_PLAIN] = { "plain", "reference", 1, 600 },
    [GROUND_CONTESTED] = { "contested", "reference", 2, 300 },
    [GROUND_ADMINDUK] = { "adminduk", "adminduk", 1, 200 },
    [GROUND_SMALL] = { "small", "reference", 1, 50 },
};

struct bench ground_bench(const char *folder, enum ground g)
{
    struct bench b = { .options = { .block = 1, .blocks = 1, .runs = 1, .seed = 1 },
                       .sizes = { { grounds[g].name, shape_named(grounds[g].shape), grounds[g].tablets, grounds[g].applications } } };

    folder_path(b.folder, folder, grounds[g].name);
    return b;
}

static void copy(const struct bench *b, const char *from_name, const char *to_name)
{
    char from[FOLDER_PATH_BYTES], to[FOLDER_PATH_BYTES];

    day_path(from, b, from_name);
    day_path(to, b, to_name);
    folder_copy(from, to);
}

static void work_more(struct side *s, const struct bench *b, unsigned officer, unsigned count, bool seals)
{
    struct jemput_error err;
    struct application a;
    struct work w;

    work_init(&w, b->options.seed, officer, day_clock(b, DAY_AFTER) + WORLD_DAY_MS);
    for (unsigned i = 0; i < count; i++) {
        work_application(&w, &a);
        world_set(a.now_ms);
        side_begin(s);
        side_application(s, &a);
        side_commit(s);
        if (seals)
            must(jemput_seal(s->jemput, NULL, &err), &err, "seal");
    }
}

/* --- phases: one opens stores in a process of its own --- */

static void central_merge(const struct bench *b, unsigned arg, struct probe *probe)
{
    struct jemput_sync_report report;
    struct side s;

    (void)arg, (void)probe;
    day_open_central(&s, b, GROUND_MERGED, DAY_MERGE);
    day_sync(&s, b, GROUND_MERGED_HUB, &report);
    day_rows_check(&s, b);
    side_close(&s);
}

static void tablet_take_over(const struct bench *b, unsigned arg, struct probe *probe)
{
    struct jemput_sync_report report;
    struct side s;

    (void)arg, (void)probe;
    day_open_central(&s, b, GROUND_TABLET, DAY_AFTER);
    day_sync(&s, b, GROUND_MERGED_HUB, &report);
    side_close(&s);
}

static int row_pass(void *ctx, const struct jemput_feed_row *row)
{
    (void)ctx, (void)row;
    return 0;
}

static void mark_save(const struct bench *b, const struct jemput_feed_mark *mark)
{
    char path[FOLDER_PATH_BYTES];
    FILE *out;

    day_path(path, b, GROUND_MARK);
    out = fopen(path, "wb");
    if (!out || fwrite(mark, sizeof *mark, 1, out) != 1 || fclose(out))
        trouble("write '%s'", path);
}

struct jemput_feed_mark ground_mark(const struct bench *b)
{
    char path[FOLDER_PATH_BYTES];
    struct jemput_feed_mark mark;
    FILE *in;

    day_path(path, b, GROUND_MARK);
    in = fopen(path, "rb");
    if (!in || fread(&mark, sizeof mark, 1, in) != 1)
        trouble("read '%s'", path);
    fclose(in);
    return mark;
}

static void central_followed(const struct bench *b, unsigned arg, struct probe *probe)
{
    struct jemput_feed_reading reading;
    struct jemput_sync_report report;
    struct jemput_error err;
    struct side s;

    (void)arg, (void)probe;
    day_open_central(&s, b, GROUND_FOLLOWED, DAY_MERGE);
    must(jemput_feed_begin(s.jemput, &err), &err, "begin the change feed");
    must(jemput_feed_read(s.jemput, NULL, row_pass, NULL, &reading, &err), &err, "read the change feed");
    mark_save(b, &reading.till);
    day_sync(&s, b, "followed.git", &report);
    side_close(&s);
}

static void tablet_unsealed(const struct bench *b, unsigned arg, struct probe *probe)
{
    struct side s;

    (void)arg, (void)probe;
    day_open_central(&s, b, GROUND_UNSEALED, DAY_AFTER);
    work_more(&s, b, 50, GROUND_PENDING, false);
    side_close(&s);
}

static void segments(const struct bench *b, unsigned arg, struct probe *probe)
{
    struct jemput_sync_report report;
    struct side s;

    (void)arg, (void)probe;
    day_open_tablet(&s, b, 0, DAY_AFTER);
    work_more(&s, b, 51, GROUND_SEGMENTS, true);
    day_sync(&s, b, DAY_HUB, &report);
    side_close(&s);
}

static void write_stores(const struct bench *b, unsigned arg, struct probe *probe)
{
    static const char *const names[2] = { GROUND_WRITE, GROUND_WRITE_RAW };
    char path[FOLDER_PATH_BYTES];
    struct side s;

    (void)arg, (void)probe;
    for (unsigned raw = 0; raw < 2; raw++) {
        day_path(path, b, names[raw]);
        if (raw)
            side_raw(&s, bench_shape(b), path, b->options.seed);
        else
            side_found(&s, bench_shape(b), path, world_of(b->options.seed, 0));
        side_sql(&s, "PRAGMA synchronous=OFF");
        work_more(&s, b, 52, GROUND_FILLED, false);
        side_sql(&s, "PRAGMA wal_checkpoint(TRUNCATE)");
        side_close(&s);
    }
}

/* --- all of it --- */

static void plain_make(struct bench *b)
{
    copy(b, DAY_CENTRAL, GROUND_MERGED);
    copy(b, DAY_HUB, GROUND_MERGED_HUB);
    copy(b, DAY_CENTRAL, GROUND_FOLLOWED);
    copy(b, DAY_HUB, "followed.git");
    copy(b, "tablet0.db", GROUND_TABLET);
    copy(b, "tablet0.db", GROUND_UNSEALED);
    phase_run(b, "merge", central_merge, 0, NULL);
    phase_run(b, "take over", tablet_take_over, 0, NULL);
    phase_run(b, "followed", central_followed, 0, NULL);
    phase_run(b, "unsealed", tablet_unsealed, 0, NULL);
}

static void small_make(struct bench *b)
{
    phase_run(b, "segments", segments, 0, NULL);
    copy(b, DAY_CENTRAL, GROUND_MERGED);
    copy(b, DAY_HUB, GROUND_MERGED_HUB);
}

void ground_make(const char *folder)
{
    for (enum ground g = 0; g < GROUNDS; g++) {
        struct bench b = ground_bench(folder, g);

        if (mkdir(b.folder, 0700))
            trouble("make folder '%s'", b.folder);
        bench_field(&b);
        if (g == GROUND_PLAIN || g == GROUND_ADMINDUK)
            phase_run(&b, "write stores", write_stores, 0, NULL);
        if (g == GROUND_PLAIN)
            plain_make(&b);
        if (g == GROUND_SMALL)
            small_make(&b);
        figures_release(&b.figures[0]);
    }
}
