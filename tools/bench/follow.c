/* follow.c — see follow.h. */
#include "follow.h"

#include <stdlib.h>
#include <string.h>

#include "meter.h"
#include "trouble.h"

struct told { /* a row that was told */
    unsigned table; /* of the shape */
    uint8_t id[SIDE_ID_BYTES];
};

struct reading {
    const struct shape *shape;
    struct told *of;
    unsigned count, room; /* room 0 = they are only counted */
};

static unsigned table_of(const struct shape *shape, const char *name)
{
    for (unsigned t = 0; t < SHAPE_TABLES; t++)
        if (strcmp(shape->tables[t].name, name) == 0)
            return t;
    trouble("the feed tells of a table '%s'", name);
}

static int row_told(void *ctx, const struct jemput_feed_row *row)
{
    struct reading *r = ctx;

    if (r->count < r->room) {
        r->of[r->count].table = table_of(r->shape, row->table);
        memcpy(r->of[r->count].id, row->key[0].data, SIDE_ID_BYTES);
    }
    r->count++;
    return 0;
}

/* What it takes for a row. */
static double feed_us(const struct side *s, const struct jemput_feed_mark *since, struct reading *r, struct jemput_feed_reading *out)
{
    struct jemput_error err;
    double wall = meter_wall_us();

    must(jemput_feed_read(s->jemput, since, row_told, r, out, &err), &err, "read the change feed");
    return (meter_wall_us() - wall) / r->count;
}

/* --- raw: the same rows --- */

static unsigned rows_step(sqlite3_stmt *stmt)
{
    unsigned rows = 0;

    for (; sqlite3_step(stmt) == SQLITE_ROW; rows++)
        for (int i = 0; i < sqlite3_column_count(stmt); i++)
            (void)sqlite3_column_blob(stmt, i);
    sqlite3_reset(stmt);
    return rows;
}

static void selects_prepare(const struct side *s, const char *rest, sqlite3_stmt *out[SHAPE_TABLES])
{
    for (unsigned t = 0; t < SHAPE_TABLES; t++) {
        char *sql = sqlite3_mprintf("SELECT * FROM \"%w\" %s", s->shape->tables[t].name, rest);

        must_sqlite(sqlite3_prepare_v2(s->db, sql, -1, &out[t], NULL), s->db, "prepare to read");
        sqlite3_free(sql);
    }
}

static void selects_finalize(sqlite3_stmt *selects[SHAPE_TABLES])
{
    for (unsigned t = 0; t < SHAPE_TABLES; t++)
        sqlite3_finalize(selects[t]);
}

static void told_select(const struct side *s, const struct reading *r, struct probe *probe)
{
    sqlite3_stmt *selects[SHAPE_TABLES];
    unsigned rows = 0;
    double wall;

    selects_prepare(s, "WHERE id = ?1", selects);
    wall = meter_wall_us();
    for (unsigned i = 0; i < r->count; i++) {
        sqlite3_bind_blob(selects[r->of[i].table], 1, r->of[i].id, SIDE_ID_BYTES, SQLITE_STATIC);
        rows += rows_step(selects[r->of[i].table]);
    }
    probe_add(probe, "follow", "raw", (meter_wall_us() - wall) / r->count);
    if (rows != r->count)
        trouble("%u rows were told, %u are there", r->count, rows);
    selects_finalize(selects);
}

static void all_select(const struct side *s, struct probe *probe)
{
    sqlite3_stmt *selects[SHAPE_TABLES];
    unsigned rows = 0;
    double wall;

    selects_prepare(s, "ORDER BY id", selects);
    wall = meter_wall_us();
    for (unsigned t = 0; t < SHAPE_TABLES; t++)
        rows += rows_step(selects[t]);
    probe_add(probe, "follow_whole", "raw", (meter_wall_us() - wall) / rows);
    selects_finalize(selects);
}

/* --- both --- */

static void read_on(const struct side *s, const struct jemput_feed_mark *since, unsigned rows, struct probe *probe)
{
    struct jemput_feed_reading reading;
    struct reading moved = { .shape = s->shape, .of = calloc(rows, sizeof *moved.of), .room = rows }, whole = { .room = 0 };

    if (!moved.of)
        trouble("no memory for %u rows", rows);
    probe_add(probe, "follow", "jemput", feed_us(s, since, &moved, &reading));
    if (reading.whole || moved.count > rows)
        trouble("the change feed does not know its mark");
    told_select(s, &moved, probe);
    probe_add(probe, "follow_whole", "jemput", feed_us(s, NULL, &whole, &reading));
    all_select(s, probe);
    free(moved.of);
}

struct day_time follow_merge(const struct bench *b, const char *store, const char *hub, struct probe *probe)
{
    struct jemput_feed_reading before;
    struct reading begun = { .room = 0 };
    struct jemput_sync_report report;
    struct jemput_error err;
    struct day_time time;
    struct side s;

    day_open_central(&s, b, store, DAY_MERGE);
    must(jemput_feed_begin(s.jemput, &err), &err, "begin the change feed");
    must(jemput_feed_read(s.jemput, NULL, row_told, &begun, &before, &err), &err, "read the change feed");
    time = day_sync(&s, b, hub, &report);
    read_on(&s, &before.till, (SHAPE_TABLES * bench_applications(b) + day_edits(b)) * bench_tablets(b) + begun.count, probe);
    day_rows_check(&s, b);
    side_close(&s);
    return time;
}
