/* day.c — see day.h. */
#include "day.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meter.h"
#include "trouble.h"
#include "world.h"

#define VISIT_MS_MAX 720000
#define PART 1000 /* applications in memory at once */

void (*day_store_begins)(void), (*day_store_ends)(void);

static struct day_time time_now(void)
{
    if (day_store_begins)
        day_store_begins();
    return (struct day_time){ .wall_us = meter_wall_us(), .cpu_us = meter_cpu_us() };
}

/* Adds what has gone by since `start`. */
static void time_add(struct day_time *t, struct day_time start)
{
    t->wall_us += meter_wall_us() - start.wall_us;
    t->cpu_us += meter_cpu_us() - start.cpu_us;
    if (day_store_ends)
        day_store_ends();
}

/* --- who, where and when --- */

int64_t day_clock(const struct bench *b, enum day_moment moment)
{
    return WORLD_START_MS + (int64_t)moment * bench_applications(b) * VISIT_MS_MAX;
}

void day_path(char out[FOLDER_PATH_BYTES], const struct bench *b, const char *name)
{
    folder_path(out, b->folder, name);
}

void day_tablet_path(char out[FOLDER_PATH_BYTES], const struct bench *b, unsigned tablet)
{
    char name[32];

    snprintf(name, sizeof name, "tablet%u.db", tablet);
    day_path(out, b, name);
}

void day_open_tablet(struct side *s, const struct bench *b, unsigned tablet, enum day_moment moment)
{
    char path[FOLDER_PATH_BYTES];

    day_tablet_path(path, b, tablet);
    world_set(day_clock(b, moment));
    side_open(s, bench_shape(b), path, world_of(b->options.seed, tablet + 1));
}

void day_open_central(struct side *s, const struct bench *b, const char *name, enum day_moment moment)
{
    char path[FOLDER_PATH_BYTES];

    day_path(path, b, name);
    world_set(day_clock(b, moment));
    side_open(s, bench_shape(b), path, world_of(b->options.seed, 0));
}

struct day_time day_sync(struct side *s, const struct bench *b, const char *hub, struct jemput_sync_report *report)
{
    char path[FOLDER_PATH_BYTES];
    struct jemput_sync_options options = { .hub = path };
    struct day_time start, time = { .segments = 0 };
    struct jemput_error err;

    day_path(path, b, hub);
    world_set(world_now() + 1000);
    world_flow();
    start = time_now();
    must(jemput_sync(s->jemput, &options, report, &err), &err, "sync");
    time_add(&time, start);
    world_set(world_now() + 1000);
    if (!report->complete || report->logs_stopped)
        trouble("a sync did not come to its end");
    return time;
}

/* --- households that are there before --- */

unsigned day_shared(const struct bench *b)
{
    unsigned two_in_100 = bench_applications(b) / 50;

    return two_in_100 ? two_in_100 : 1;
}

static void shared_id(const struct bench *b, unsigned number, uint8_t out[SIDE_ID_BYTES])
{
    struct random r;

    random_init(&r, b->options.seed + UINT64_C(0x100000000) + number);
    for (unsigned i = 0; i < SIDE_ID_BYTES; i++)
        out[i] = (uint8_t)(random_next(&r) >> 40);
}

void day_shared_write(struct side *s, const struct bench *b)
{
    unsigned count = day_shared(b) * bench_tablets(b);
    struct application a;
    struct work w;

    work_init(&w, b->options.seed, 0, day_clock(b, DAY_FOUND));
    side_begin(s);
    for (unsigned i = 0; i < count; i++) {
        uint8_t id[SIDE_ID_BYTES];

        work_application(&w, &a);
        shared_id(b, i, id);
        side_household(s, &a, id);
    }
    side_commit(s);
}

/* --- the work of a tablet --- */

static void seal(struct side *s, struct day_time *time)
{
    double start = meter_wall_us();
    struct jemput_error err;
    unsigned segments;

    must(jemput_seal(s->jemput, &segments, &err), &err, "seal");
    time->seal_us += meter_wall_us() - start;
    time->segments += segments;
}

struct day_time day_collect(struct side *s, const struct bench *b, unsigned tablet, bool each)
{
    unsigned left = bench_applications(b);
    struct day_time time = { .segments = 0 };
    struct work w;

    work_init(&w, b->options.seed, tablet + 1, day_clock(b, DAY_COLLECT));
    if (!each)
        side_begin(s);
    while (left) {
        unsigned part = left < PART ? left : PART;
        struct application *all = work_applications(&w, part);
        struct day_time start = time_now();

        for (unsigned i = 0; i < part; i++) {
            world_set(all[i].now_ms);
            if (each)
                side_begin(s);
            if (each || s->jemput)
                side_application(s, &all[i]);
            else
                side_application_in_bulk(s, &all[i]);
            if (each)
                side_commit(s);
        }
        left -= part;
        if (!left && !each)
            side_commit(s);
        time_add(&time, start);
        if (s->jemput)
            seal(s, &time);
        free(all);
    }
    return time;
}

static bool is_edited(unsigned application)
{
    return application % 10 < 3;
}

unsigned day_edits(const struct bench *b)
{
    unsigned count = bench_applications(b), edits = bench_tablets(b) > 1 ? 2 * day_shared(b) : 0;

    for (unsigned i = 0; i < count; i++)
        edits += is_edited(i);
    return edits;
}

struct edit { /* of an application's status, or of a household's address */
    uint8_t id[SIDE_ID_BYTES];
    char address[64]; /* "" = status */
    int64_t now_ms;
};

static void edit_run(struct side *s, const struct edit *e, bool each)
{
    world_set(e->now_ms);
    if (each)
        side_begin(s);
    if (e->address[0])
        side_address(s, e->id, e->address);
    else
        side_status(s, e->id, "LENGKAP");
    if (each)
        side_commit(s);
}

/* The applications of this tablet are the newest that the store has. */
static struct edit *edits_make(struct side *s, const struct bench *b, unsigned tablet)
{
    unsigned count, own = bench_applications(b), made = 0;
    uint8_t (*ids)[SIDE_ID_BYTES] = side_applications(s, &count);
    struct edit *edits = calloc(day_edits(b), sizeof *edits);
    struct work w;

    if (!edits || count < own)
        trouble("no memory for edits, or not all applications are there");
    work_init(&w, b->options.seed, 100 + tablet, day_clock(b, DAY_REVISE));
    for (unsigned i = 0; i < own; i++)
        if (is_edited(i))
            memcpy(edits[made++].id, ids[count - own + i], SIDE_ID_BYTES);
    for (unsigned i = 0; bench_tablets(b) > 1 && i < 2 * day_shared(b); i++) {
        unsigned neighbour = i < day_shared(b) ? tablet : (tablet + 1) % bench_tablets(b);

        shared_id(b, neighbour * day_shared(b) + i % day_shared(b), edits[made].id);
        work_address(&w, edits[made].address, sizeof edits[made].address);
        made++;
    }
    for (unsigned i = 0; i < made; i++) {
        work_pause(&w);
        edits[i].now_ms = w.now_ms;
    }
    free(ids);
    return edits;
}

struct day_time day_revise(struct side *s, const struct bench *b, unsigned tablet, bool each)
{
    struct edit *edits = edits_make(s, b, tablet);
    unsigned count = day_edits(b);
    struct day_time start = time_now(), time = { .segments = 0 };

    if (!each)
        side_begin(s);
    for (unsigned i = 0; i < count; i++)
        edit_run(s, &edits[i], each);
    if (!each)
        side_commit(s);
    time_add(&time, start);
    free(edits);
    return time;
}

void day_rows_check(struct side *s, const struct bench *b)
{
    unsigned applications = bench_applications(b) * bench_tablets(b);
    unsigned expected[SHAPE_TABLES] = { applications + day_shared(b) * bench_tablets(b), applications, applications };

    for (unsigned t = 0; t < SHAPE_TABLES; t++) {
        char sql[128];
        sqlite3_stmt *stmt;

        snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", s->shape->tables[t].name);
        must_sqlite(sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL), s->db, sql);
        must_sqlite(sqlite3_step(stmt), s->db, sql);
        if ((unsigned)sqlite3_column_int(stmt, 0) != expected[t])
            trouble("%s holds %d rows instead of %u", s->shape->tables[t].name, sqlite3_column_int(stmt, 0), expected[t]);
        sqlite3_finalize(stmt);
    }
}

/* --- the same rows as CSV --- */

static void csv_rows(struct side *s, const struct shape_table *table, unsigned count, FILE *out)
{
    sqlite3_str *sql = sqlite3_str_new(s->db);
    sqlite3_stmt *stmt;
    char *text;

    sqlite3_str_appendall(sql, "SELECT ");
    for (unsigned i = 0; i < table->column_count; i++)
        sqlite3_str_appendf(sql, "%s\"%w\"", i ? ", " : "", table->columns[i].name);
    sqlite3_str_appendf(sql, " FROM (SELECT * FROM \"%w\" ORDER BY rowid DESC LIMIT %u) ORDER BY rowid", table->name, count);
    text = sqlite3_str_finish(sql);
    must_sqlite(sqlite3_prepare_v2(s->db, text, -1, &stmt, NULL), s->db, text);
    sqlite3_free(text);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        for (unsigned i = 0; i < table->column_count; i++) {
            const unsigned char *bytes = sqlite3_column_blob(stmt, (int)i);
            int len = sqlite3_column_bytes(stmt, (int)i);

            for (int k = 0; k < len; k++)
                fprintf(out, table->columns[i].field < FIELD_IDS ? "%02x" : "%c", bytes[k]);
            fputc(i + 1 < table->column_count ? ',' : '\n', out);
        }
    sqlite3_finalize(stmt);
}

/* Bytes of a file through a program; 0 = it is not there. */
static uint64_t through(const char *path, const char *program, const char *options)
{
    char command[FOLDER_PATH_BYTES + 128];
    unsigned long long bytes = 0;
    FILE *pipe;

    snprintf(command, sizeof command, "command -v %s >/dev/null && %s %s -c <'%s' | wc -c", program, program, options, path);
    pipe = popen(command, "r");
    if (pipe && fscanf(pipe, "%llu", &bytes) != 1)
        bytes = 0;
    if (pipe)
        pclose(pipe);
    return bytes;
}

#define GZIP_FRAME_BYTES 18

struct day_csv day_csv(struct side *s, const struct bench *b, unsigned count)
{
    char path[FOLDER_PATH_BYTES];
    struct day_csv bytes;
    FILE *csv;

    day_path(path, b, "rows.csv");
    csv = fopen(path, "w");
    if (!csv)
        trouble("write '%s'", path);
    for (unsigned t = 0; t < SHAPE_TABLES; t++)
        csv_rows(s, &s->shape->tables[t], count, csv);
    fclose(csv);
    bytes = (struct day_csv){ through(path, "gzip", "-9 -n"), through(path, "zstd", "-19 -q"), through(path, "xz", "-9") };
    if (bytes.zlib)
        bytes.zlib -= GZIP_FRAME_BYTES;
    folder_remove(path);
    return bytes;
}
