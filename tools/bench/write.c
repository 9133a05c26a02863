/* write.c — local write: one application a transaction, into a store that holds a day's work already, beside raw SQLite in turns. */
#include <stdlib.h>

#include "meter.h"
#include "phase.h"
#include "side.h"
#include "trouble.h"
#include "world.h"

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

struct totals {
    double us[2];
    uint64_t bytes[2];
};

/* One block of both sides; whichever comes second may find things warm, so that changes from block to block. */
static void block_write(struct pair *p, unsigned block, unsigned first, bool cpu, struct totals *out)
{
    struct application *all = work_applications(&p->work, block);

    for (unsigned i = 0; i < 2; i++) {
        unsigned side = (first + i) % 2;
        uint64_t bytes = meter_bytes_written();
        double start = cpu ? meter_cpu_us() : meter_wall_us();

        applications_write(&p->sides[side], all, block);
        out->us[side] = (cpu ? meter_cpu_us() : meter_wall_us()) - start;
        out->bytes[side] += meter_bytes_written() - bytes;
    }
    free(all);
}

static void blocks_write(struct pair *p, const struct bench *b, bool cpu, const char *figure, const char *bytes_figure, struct probe *probe)
{
    unsigned block = b->options.block, blocks = b->options.blocks;
    struct totals t = { .bytes = { 0, 0 } };

    for (unsigned i = 0; i < blocks; i++) {
        block_write(p, block, i % 2, cpu, &t);
        for (unsigned side = 0; side < 2; side++)
            probe_add(probe, figure, side_names[side], t.us[side] / block);
        probe_add(probe, figure, "ratio", t.us[0] / t.us[1]);
    }
    if (!bytes_figure || !t.bytes[1])
        return;
    for (unsigned side = 0; side < 2; side++)
        probe_add(probe, bytes_figure, side_names[side], (double)t.bytes[side] / block / blocks);
    probe_add(probe, bytes_figure, "ratio", (double)t.bytes[0] / (double)t.bytes[1]);
}

static void write_disk(const struct bench *b, unsigned arg, struct probe *probe)
{
    struct pair p;

    (void)arg;
    pair_open(&p, b, b->folder);
    pair_fill(&p, bench_applications(b));
    pair_sql(&p, "PRAGMA synchronous=FULL");
    blocks_write(&p, b, false, "write_full", "write_bytes", probe);
    pair_sql(&p, "PRAGMA synchronous=NORMAL");
    blocks_write(&p, b, false, "write_normal", NULL, probe);
    pair_close(&p, b->folder);
}

static void write_ram(const struct bench *b, unsigned arg, struct probe *probe)
{
    struct pair p;

    (void)arg;
    pair_open(&p, b, b->ram);
    pair_fill(&p, bench_applications(b));
    pair_sql(&p, "PRAGMA synchronous=FULL");
    blocks_write(&p, b, true, "write_ram", NULL, probe);
    pair_close(&p, b->ram);
}

void bench_write(struct bench *b)
{
    if (b->ram[0])
        phase_run(b, "write ram", write_ram, 0, NULL);
    phase_run(b, "write disk", write_disk, 0, NULL);
}
