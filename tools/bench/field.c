/* field.c — the tablets' side of a field day: found the space, collect, seal, send. */
#include <stdio.h>

#include "day.h"
#include "phase.h"
#include "trouble.h"
#include "world.h"

/* --- everybody is enrolled --- */

static void tablet_join(const struct bench *b, struct side *central, unsigned tablet)
{
    char path[FOLDER_PATH_BYTES], *invitation;
    struct jemput_error err;
    struct jemput *j;
    size_t len;

    must(jemput_invite(central->jemput, "petugas", "", "", day_clock(b, DAY_AFTER), &invitation, &len, &err), &err, "invite");
    day_tablet_path(path, b, tablet);
    must(jemput_join_sealed(&j, path, invitation, len, side_secret, world_of(b->options.seed, tablet + 1), &err), &err, "join");
    jemput_text_free(invitation);
    jemput_close(j);
}

static void found(const struct bench *b, unsigned arg, struct probe *probe)
{
    char path[FOLDER_PATH_BYTES];
    struct jemput_sync_report report;
    struct side central, tablet;
    struct jemput_error err;

    (void)arg, (void)probe;
    day_path(path, b, DAY_HUB);
    must(jemput_hub_init(path, NULL, &err), &err, "make hub");
    world_set(day_clock(b, DAY_FOUND));
    day_path(path, b, DAY_CENTRAL);
    side_found(&central, bench_shape(b), path, world_of(b->options.seed, 0));
    for (unsigned t = 0; t < bench_tablets(b); t++)
        tablet_join(b, &central, t);
    day_shared_write(&central, b);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned t = 0; t < bench_tablets(b); t++) {
            day_sync(&central, b, DAY_HUB, &report);
            day_open_tablet(&tablet, b, t, DAY_FOUND);
            day_sync(&tablet, b, DAY_HUB, &report);
            side_close(&tablet);
        }
    day_sync(&central, b, DAY_HUB, &report);
    side_close(&central);
}

/* --- a tablet's day --- */

static void revise(const struct bench *b, unsigned tablet, struct probe *probe)
{
    struct side s;

    (void)probe;
    day_open_tablet(&s, b, tablet, DAY_REVISE);
    side_sql(&s, "PRAGMA synchronous=OFF");
    day_revise(&s, b, tablet, true);
    side_close(&s);
}

static int payload_add(void *ctx, const struct jemput_segment_info *segment)
{
    uint64_t *bytes = ctx;

    if (!segment->control)
        *bytes += segment->payload_bytes;
    return 0;
}

/* Of all data segments that the store knows; central's households are in it before. */
static uint64_t payload_bytes(struct side *s)
{
    struct jemput_error err;
    uint64_t bytes = 0;

    must(jemput_log(s->jemput, payload_add, &bytes, &err), &err, "log");
    return bytes;
}

static void collect(const struct bench *b, unsigned tablet, struct probe *probe)
{
    unsigned count = bench_applications(b);
    struct day_time time;
    uint64_t payload;
    struct side s;

    day_open_tablet(&s, b, tablet, DAY_COLLECT);
    side_sql(&s, "PRAGMA synchronous=OFF");
    payload = payload_bytes(&s);
    time = day_collect(&s, b, tablet, true);
    probe_add(probe, "seal", "jemput", time.seal_us / count);
    probe_add(probe, "seal_payload", "jemput", (double)(payload_bytes(&s) - payload) / count);
    probe_add(probe, "seal_segment", "jemput", (double)count / time.segments);
    side_close(&s);
}

static uint64_t hub_bytes(const struct bench *b, const char *suffix)
{
    char path[FOLDER_PATH_BYTES];

    day_path(path, b, DAY_HUB);
    return folder_bytes(path, suffix);
}

static void send(const struct bench *b, unsigned tablet, struct probe *probe)
{
    uint64_t packs = hub_bytes(b, ".pack"), all = hub_bytes(b, "");
    unsigned count = bench_applications(b);
    struct jemput_sync_report report;
    struct side s;

    day_open_tablet(&s, b, tablet, DAY_SEND);
    probe_add(probe, "send", "jemput", day_sync(&s, b, DAY_HUB, &report).wall_us / count);
    probe_add(probe, "upload", "jemput", (double)(hub_bytes(b, ".pack") - packs) / count);
    probe_add(probe, "upload_folder", "jemput", (double)(hub_bytes(b, "") - all) / count);
    side_close(&s);
}

static void send_edits(const struct bench *b, unsigned tablet, struct probe *probe)
{
    uint64_t packs = hub_bytes(b, ".pack");
    struct jemput_sync_report report;
    struct side s;

    day_open_tablet(&s, b, tablet, DAY_SEND_EDITS);
    day_sync(&s, b, DAY_HUB, &report);
    probe_add(probe, "upload_edit", "jemput", (double)(hub_bytes(b, ".pack") - packs) / day_edits(b));
    side_close(&s);
}

/* The same rows as CSV, through what compresses anything. */
static void csv(const struct bench *b, unsigned tablet, struct probe *probe)
{
    unsigned count = bench_applications(b);
    struct day_csv bytes;
    struct side s;

    day_open_tablet(&s, b, tablet, DAY_SEND);
    bytes = day_csv(&s, b, count);
    if (bytes.xz) {
        probe_add(probe, "upload", "raw", (double)bytes.xz / count);
        probe_add(probe, "csv_xz", "raw", (double)bytes.xz / count);
    }
    if (bytes.zstd)
        probe_add(probe, "csv_zstd", "raw", (double)bytes.zstd / count);
    if (bytes.zlib)
        probe_add(probe, "csv_zlib", "raw", (double)bytes.zlib / count);
    side_close(&s);
}

/* Pages of the file that are free: what was pending, and will be used again. */
static double free_mb(const struct bench *b, unsigned tablet)
{
    sqlite3_stmt *stmt;
    struct side s;
    double mb;

    day_open_tablet(&s, b, tablet, DAY_SEND_EDITS);
    must_sqlite(sqlite3_prepare_v2(s.db, "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size", -1, &stmt, NULL), s.db,
                "free pages");
    must_sqlite(sqlite3_step(stmt), s.db, "free pages");
    mb = sqlite3_column_double(stmt, 0) / 1e6;
    sqlite3_finalize(stmt);
    side_close(&s);
    return mb;
}

/* The rows of a tablet in a raw file. */
static void raw_tablet(const struct bench *b, unsigned tablet, struct probe *probe)
{
    char path[FOLDER_PATH_BYTES];
    struct side s;

    day_path(path, b, "tablet-raw.db");
    side_raw(&s, bench_shape(b), path, b->options.seed + tablet);
    day_shared_write(&s, b);
    day_collect(&s, b, tablet, false);
    day_revise(&s, b, tablet, false);
    side_close(&s);
    probe_add(probe, "store_tablet", "raw", (double)folder_file_bytes(path) / 1e6);
    folder_remove(path);
    day_tablet_path(path, b, tablet);
    probe_add(probe, "store_tablet", "jemput", (double)folder_file_bytes(path) / 1e6);
    probe_add(probe, "store_free", "jemput", free_mb(b, tablet));
}

void bench_field(struct bench *b)
{
    phase_run(b, "found", found, 0, NULL);
    for (unsigned t = 0; t < bench_tablets(b); t++) {
        phase_run(b, "collect", collect, t, "seal_memory");
        phase_run(b, "send", send, t, "send_memory");
        if (t == 0)
            phase_run(b, "csv", csv, t, NULL);
        phase_run(b, "revise", revise, t, NULL);
        phase_run(b, "send edits", send_edits, t, NULL);
    }
    phase_run(b, "raw tablet", raw_tablet, 0, NULL);
}
