/* saved.c — reads what json.c has written: see report.h. SQLite reads JSON, and it is here already. */
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "trouble.h"

static sqlite3_stmt *query(sqlite3 *db, const char *sql, const char *json)
{
    sqlite3_stmt *stmt;

    must_sqlite(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), db, "read a saved run");
    sqlite3_bind_text(stmt, 1, json, -1, SQLITE_STATIC);
    return stmt;
}

static void text_take(char out[MACHINE_TEXT_BYTES], sqlite3_stmt *stmt, int column)
{
    const unsigned char *text = sqlite3_column_text(stmt, column);

    snprintf(out, MACHINE_TEXT_BYTES, "%s", text ? (const char *)text : "unknown");
}

static void machine_load(struct machine *m, sqlite3 *db, const char *json)
{
    sqlite3_stmt *stmt = query(db,
                               "SELECT j->>'$.machine.processor', j->>'$.machine.system', j->>'$.machine.disk', j->>'$.version', j->>'$.compiler', "
                               "j->>'$.sqlite', j->>'$.libraries', j->>'$.when', j->>'$.machine.load_before', j->>'$.machine.load_after', "
                               "j->>'$.machine.cores', coalesce(j->>'$.missing', ''), "
                               "coalesce(j->>'$.note', '') FROM (SELECT ?1 AS j)",
                               json);
    char *const texts[] = { m->processor, m->system, m->disk, m->jemput, m->compiler, m->sqlite, m->libraries, m->when };

    must_sqlite(sqlite3_step(stmt), db, "read a saved run's machine");
    for (int i = 0; i < (int)(sizeof texts / sizeof texts[0]); i++)
        text_take(texts[i], stmt, i);
    m->load_before = sqlite3_column_double(stmt, 8);
    m->load_after = sqlite3_column_double(stmt, 9);
    m->cores = (unsigned)sqlite3_column_int(stmt, 10);
    text_take(m->missing, stmt, 11);
    text_take(m->note, stmt, 12);
    sqlite3_finalize(stmt);
}

static int size_named(const struct bench *b, const char *name)
{
    for (int at = 0; at < SIZES_MAX; at++)
        if (name && strcmp(b->sizes[at].name, name) == 0)
            return at;
    return -1;
}

static void sizes_load(struct bench *b, sqlite3 *db, const char *json)
{
    sqlite3_stmt *stmt = query(db,
                               "SELECT value->>'$.size', value->>'$.work', value->>'$.tablets', value->>'$.applications', ?1->>'$.seed', "
                               "?1->>'$.runs', ?1->>'$.photos', ?1->>'$.sealed' FROM json_each(?1, '$.sizes')",
                               json);
    int rc;

    memset(b->measured, 0, sizeof b->measured);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        int at = size_named(b, (const char *)sqlite3_column_text(stmt, 0));
        const char *work = (const char *)sqlite3_column_text(stmt, 1);

        if (at < 0 || !work || !shape_named(work))
            trouble("a saved run has a size that is not known here");
        b->measured[at] = true;
        b->sizes[at].shape = shape_named(work);
        b->sizes[at].tablets = (unsigned)sqlite3_column_int(stmt, 2);
        b->sizes[at].applications = (unsigned)sqlite3_column_int(stmt, 3);
        b->options.seed = (uint64_t)sqlite3_column_int64(stmt, 4);
        b->options.runs = (unsigned)sqlite3_column_int(stmt, 5);
        b->options.photos = (unsigned)sqlite3_column_int(stmt, 6);
        b->options.sealed = sqlite3_column_int(stmt, 7) != 0;
    }
    must_sqlite(rc, db, "read a saved run's sizes");
    sqlite3_finalize(stmt);
    if (!b->measured[SIZE_SMALL])
        trouble("a saved run has no small size");
}

/* The least, the median and the most stand for all samples; one that was alone stays so. */
static void range_load(struct figures *f, const char *figure, const char *side, sqlite3_stmt *stmt, int column, int samples)
{
    char name[FIGURE_NAME_BYTES];

    if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
        return;
    snprintf(name, sizeof name, "%s.%s", figure, side);
    figures_add(f, name, sqlite3_column_double(stmt, column));
    if (samples < 2)
        return;
    figures_add(f, name, sqlite3_column_double(stmt, column + 1));
    figures_add(f, name, sqlite3_column_double(stmt, column + 2));
}

static void figures_load(struct bench *b, sqlite3 *db, const char *json)
{
    sqlite3_stmt *stmt = query(db,
                               "SELECT f.value->>'$.figure', s.value->>'$.size', s.value->>'$.jemput', s.value->>'$.jemput_min', "
                               "s.value->>'$.jemput_max', s.value->>'$.raw', s.value->>'$.raw_min', s.value->>'$.raw_max', s.value->>'$.ratio', "
                               "s.value->>'$.ratio_min', s.value->>'$.ratio_max', s.value->>'$.samples' "
                               "FROM json_each(?1, '$.figures') f, json_each(f.value, '$.sizes') s",
                               json);
    int rc;

    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        static const char *const sides[3] = { "jemput", "raw", "ratio" };
        const char *figure = (const char *)sqlite3_column_text(stmt, 0);
        int at = size_named(b, (const char *)sqlite3_column_text(stmt, 1));

        if (!figure || at < 0)
            trouble("a saved run has a figure without a name or size");
        for (int side = 0; side < 3; side++)
            range_load(&b->figures[at], figure, sides[side], stmt, 2 + 3 * side, sqlite3_column_int(stmt, 11));
    }
    must_sqlite(rc, db, "read a saved run's figures");
    sqlite3_finalize(stmt);
}

static char *file_text(const char *path)
{
    uint64_t size = folder_file_bytes(path);
    FILE *in = fopen(path, "rb");
    char *text = malloc(size + 1);

    if (!in || !text || fread(text, 1, size, in) != size)
        trouble("read '%s'", path);
    fclose(in);
    text[size] = '\0';
    return text;
}

void report_load(struct bench *b, struct machine *m, const char *path)
{
    char *json = file_text(path);
    sqlite3_stmt *stmt;
    sqlite3 *db;
    int valid;

    must_sqlite(sqlite3_open(":memory:", &db), db, "read a saved run");
    stmt = query(db, "SELECT CASE WHEN json_valid(?1) THEN json_type(?1, '$.figures') = 'array' END", json);
    must_sqlite(sqlite3_step(stmt), db, path);
    valid = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    if (!valid)
        trouble("'%s' is no run that --json has saved", path);
    machine_load(m, db, json);
    sizes_load(b, db, json);
    figures_load(b, db, json);
    sqlite3_close(db);
    free(json);
}
