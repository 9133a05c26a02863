/* write.c — local write: one application a transaction, into a store that holds a day's work already, beside raw SQLite in turns. */
#include <stdlib.h>

#include "day.h"
#include "meter.h"
#include "phase.h"
#include "trouble.h"
#include "world.h"

#define HUB "write.git"

struct pair {
    struct side sides[2];
    struct work work;
};

static const char *const side_names[2] = { "jemput", "raw" };

static void pair_open(struct pair *p, const struct bench *b, const char *folder)
{
    char path[FOLDER_PATH_BYTES];

    work_init(&p->work, b->options.seed, 1, WORLD_START_MS);
    folder_path(path, folder, "write.db");
    side_found(&p->sides[0], bench_shape(b), path, world_of(b->options.seed, 0));
    folder_path(path, folder, "write-raw.db");
    side_raw(&p->sides[1], bench_shape(b), path, b->options.seed);
}

static void pair_close(struct pair *p, const char *folder)
{
    char path[FOLDER_PATH_BYTES];

    side_close(&p->sides[0]);
    side_close(&p->sides[1]);
    folder_path(path, folder, "write.db");
    folder_remove(path);
    folder_path(path, folder, "write-raw.db");
    folder_remove(path);
}

static void pair_sql(struct pair *p, const char *sql)
{
    for (unsigned i = 0; i < 2; i++)
        side_sql(&p->sides[i], sql);
}

static void applications_write(struct side *s, const struct application *all, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        world_set(all[i].now_ms);
        side_begin(s);
        side_application(s, &all[i]);
        side_commit(s);
    }
}

/* What is there already when measuring begins. */
static void pair_fill(struct pair *p, unsigned count)
{
    pair_sql(p, "PRAGMA synchronous=OFF");
    while (count) {
        unsigned part = count < 1000 ? count : 1000;
        struct application *all = work_applications(&p->work, part);

        for (unsigned i = 0; i < 2; i++)
            applications_write(&p->sides[i], all, part);
        free(all);
        count -= part;
    }
    pair_sql(p, "PRAGMA wal_checkpoint(TRUNCATE)");
}


/* One block of both sides; whichever comes second may find things warm, so that changes from block to block. */
static void block_write(struct pair *p, unsigned block, unsigned first, bool cpu, double us[2])
{
    struct application *all = work_applications(&p->work, block);

    for (unsigned i = 0; i < 2; i++) {
        unsigned side = (first + i) % 2;
        double start = cpu ? meter_cpu_us() : meter_wall_us();

        applications_write(&p->sides[side], all, block);
        us[side] = (cpu ? meter_cpu_us() : meter_wall_us()) - start;
    }
    free(all);
}

static void blocks_write(struct pair *p, const struct bench *b, bool cpu, const char *figure, struct probe *probe)
{
    unsigned block = b->options.block;
    double us[2];

    for (unsigned i = 0; i < b->options.blocks; i++) {
        block_write(p, block, i % 2, cpu, us);
        for (unsigned side = 0; side < 2; side++)
            probe_add(probe, figure, side_names[side], us[side] / block);
        probe_add(probe, figure, "ratio", us[0] / us[1]);
    }
}

/* What SQLite's own checkpoint writes belongs to what was written before it, and to nothing that comes after. */
static double bytes_settled(struct side *s)
{
    side_sql(s, "PRAGMA wal_checkpoint(TRUNCATE)");
    return (double)meter_bytes_written();
}

/* Bytes of so many transactions and their checkpoints; of jemput's, also with all that is written when they are sealed and sent: the hub's pack, too. */
static void bytes_write(struct pair *p, const struct bench *b, struct probe *probe)
{
    unsigned count = b->options.block * b->options.blocks;
    struct application *all = work_applications(&p->work, count);
    struct jemput_sync_report report;
    double bytes[2], start;

    for (unsigned side = 0; side < 2; side++) {
        start = bytes_settled(&p->sides[side]);
        applications_write(&p->sides[side], all, count);
        bytes[side] = (bytes_settled(&p->sides[side]) - start) / count;
        probe_add(probe, "write_bytes", side_names[side], bytes[side]);
    }
    free(all);
    start = bytes_settled(&p->sides[0]);
    day_sync(&p->sides[0], b, HUB, &report);
    if (!report.segments_sent)
        trouble("nothing was sent");
    probe_add(probe, "sent_bytes", side_names[0], bytes[0] + (bytes_settled(&p->sides[0]) - start) / count);
    probe_add(probe, "sent_bytes", side_names[1], bytes[1]);
}

/* Nothing waits: what is sent from here on was written from here on. */
static void all_send(struct pair *p, const struct bench *b)
{
    char path[FOLDER_PATH_BYTES];
    struct jemput_sync_report report;
    struct jemput_error err;

    day_path(path, b, HUB);
    must(jemput_hub_init(path, NULL, &err), &err, "make hub");
    day_sync(&p->sides[0], b, HUB, &report);
}

static void write_disk(const struct bench *b, unsigned arg, struct probe *probe)
{
    char path[FOLDER_PATH_BYTES];
    struct pair p;

    (void)arg;
    pair_open(&p, b, b->folder);
    pair_fill(&p, bench_applications(b));
    pair_sql(&p, "PRAGMA synchronous=FULL");
    blocks_write(&p, b, false, "write_full", probe);
    pair_sql(&p, "PRAGMA synchronous=NORMAL");
    blocks_write(&p, b, false, "write_normal", probe);
    all_send(&p, b);
    for (unsigned run = 0; run < b->options.runs; run++)
        bytes_write(&p, b, probe);
    pair_close(&p, b->folder);
    day_path(path, b, HUB);
    folder_remove(path);
}

static void write_ram(const struct bench *b, unsigned arg, struct probe *probe)
{
    struct pair p;

    (void)arg;
    pair_open(&p, b, b->ram);
    pair_fill(&p, bench_applications(b));
    pair_sql(&p, "PRAGMA synchronous=FULL");
    blocks_write(&p, b, true, "write_ram", probe);
    pair_close(&p, b->ram);
}

void bench_write(struct bench *b)
{
    if (b->ram[0])
        phase_run(b, "write ram", write_ram, 0, NULL);
    phase_run(b, "write disk", write_disk, 0, NULL);
}
