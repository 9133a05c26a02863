/* peer.c — another engine on the same work, by a program that somebody else has written: README.md, "Peers", is the contract. Nothing of theirs is
 * here: the work is written out as lines of JSON, the program is called, timed, and asked how it went. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "day.h"
#include "phase.h"
#include "trouble.h"
#include "world.h"

#define FOLDER "peer" /* below the folder of this size */
#define ANSWER_BYTES 4096

static void work_path(char out[FOLDER_PATH_BYTES], const struct bench *b, const char *name)
{
    char below[64];

    snprintf(below, sizeof below, FOLDER "/%s", name);
    day_path(out, b, below);
}

static FILE *work_file(const struct bench *b, const char *name)
{
    char path[FOLDER_PATH_BYTES];
    FILE *out;

    work_path(path, b, name);
    out = fopen(path, "w");
    if (!out)
        trouble("write '%s': %s", path, strerror(errno));
    return out;
}

/* --- the work, written out --- */

static void schema_write(struct side *s, const struct bench *b)
{
    FILE *out = work_file(b, "schema.sql");
    sqlite3_stmt *stmt;

    must_sqlite(sqlite3_prepare_v2(s->db,
                                   "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND type IN ('table', 'index') ORDER BY type DESC, rowid", -1,
                                   &stmt, NULL),
                s->db, "schema");
    while (sqlite3_step(stmt) == SQLITE_ROW)
        fprintf(out, "%s;\n", (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    fclose(out);
}

/* A tablet's day goes into a raw file, which is of no further use. */
static void tablet_write(const struct bench *b, unsigned tablet, struct probe *probe)
{
    char path[FOLDER_PATH_BYTES], name[32];
    struct side s;

    (void)probe;
    work_path(path, b, "scratch.db");
    side_raw(&s, bench_shape(b), path, b->options.seed + tablet + 1);
    side_sql(&s, "PRAGMA synchronous=OFF");
    if (tablet == 0) {
        schema_write(&s, b);
        s.record = work_file(b, "shared.jsonl");
    }
    day_shared_write(&s, b);
    if (s.record)
        fclose(s.record);
    snprintf(name, sizeof name, "tablet-%u.jsonl", tablet);
    s.record = work_file(b, name);
    day_collect(&s, b, tablet, true);
    day_revise(&s, b, tablet, true);
    fclose(s.record);
    side_close(&s);
    folder_remove(path);
}

/* --- the program --- */

struct answer {
    char json[ANSWER_BYTES];
    double memory_mb;
};

static void peer_call(const struct bench *b, const char *what, const char *tablet, struct answer *out)
{
    char folder[FOLDER_PATH_BYTES];
    struct rusage usage;
    int ends[2], status;
    size_t len = 0;
    ssize_t got;
    pid_t child;

    day_path(folder, b, FOLDER);
    if (pipe(ends) || (child = fork()) < 0)
        trouble("start '%s': %s", b->peer, strerror(errno));
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execlp(b->peer, b->peer, what, folder, tablet, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    while (len < ANSWER_BYTES - 1 && (got = read(ends[0], out->json + len, ANSWER_BYTES - 1 - len)) > 0)
        len += (size_t)got;
    out->json[len] = '\0';
    close(ends[0]);
    if (wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        trouble("the peer '%s' did not end well at '%s'", b->peer, what);
    out->memory_mb = (double)usage.ru_maxrss / 1024;
}

/* NAN = it does not say. */
static double answer_number(const struct answer *a, const char *path)
{
    sqlite3_stmt *stmt;
    double value = NAN;
    sqlite3 *db;

    must_sqlite(sqlite3_open(":memory:", &db), db, "read a peer's answer");
    must_sqlite(sqlite3_prepare_v2(db, "SELECT CASE WHEN json_valid(?1) THEN json_extract(?1, ?2) ELSE 'no JSON' END", -1, &stmt, NULL), db,
                "read a peer's answer");
    sqlite3_bind_text(stmt, 1, a->json, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 2, path, -1, SQLITE_STATIC);
    must_sqlite(sqlite3_step(stmt), db, "read a peer's answer");
    if (sqlite3_column_type(stmt, 0) == SQLITE_TEXT)
        trouble("the peer's answer is no line of JSON: %.200s", a->json);
    if (sqlite3_column_type(stmt, 0) != SQLITE_NULL)
        value = sqlite3_column_double(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return value;
}

static double answer_needed(const struct answer *a, const char *path, const char *what)
{
    double value = answer_number(a, path);

    if (isnan(value))
        trouble("the peer's answer to '%s' lacks %s: %.200s", what, path, a->json);
    return value;
}

/* A figure of the peer's stands in jemput's column, raw SQLite's of the same work beside it. */
static void peer_add(struct bench *b, const char *figure, double value, const char *raw_figure)
{
    struct range raw = raw_figure ? figures_range(&b->figures[b->at], raw_figure, "raw") : (struct range){ .samples = 0 };
    char name[FIGURE_NAME_BYTES];

    if (isnan(value))
        return;
    snprintf(name, sizeof name, "%s.jemput", figure);
    figures_add(&b->figures[b->at], name, value);
    snprintf(name, sizeof name, "%s.raw", figure);
    if (raw.samples)
        figures_add(&b->figures[b->at], name, raw.median);
}

static void rows_check(const struct bench *b, const struct answer *size)
{
    unsigned applications = bench_applications(b) * bench_tablets(b);

    for (unsigned t = 0; t < SHAPE_TABLES; t++) {
        const char *table = bench_shape(b)->tables[t].name;
        unsigned expected = applications + (t == 0 ? day_shared(b) * bench_tablets(b) : 0);
        char path[64];

        snprintf(path, sizeof path, "$.rows.%s", table);
        if (answer_needed(size, path, "size") != expected)
            trouble("the peer's central has %g rows in %s instead of %u", answer_number(size, path), table, expected);
    }
}

/* One run of the whole day. */
static void peer_day(struct bench *b)
{
    double applications = bench_applications(b);
    struct answer answer;
    char tablet[16];

    peer_call(b, "prepare", NULL, &answer);
    for (unsigned t = 0; t < bench_tablets(b); t++) {
        snprintf(tablet, sizeof tablet, "%u", t);
        peer_call(b, "write", tablet, &answer);
        peer_add(b, "peer_write", answer_needed(&answer, "$.seconds", "write") * 1e6 / (applications + day_edits(b)), NULL);
        peer_call(b, "sync", tablet, &answer);
        peer_add(b, "peer_upload", answer_needed(&answer, "$.bytes", "sync") / applications, NULL);
        peer_add(b, "peer_trips", answer_number(&answer, "$.round_trips"), NULL);
    }
    peer_call(b, "merge", NULL, &answer);
    peer_add(b, "peer_merge", answer_needed(&answer, "$.seconds", "merge") * 1e6 / (applications * bench_tablets(b)), "merge");
    peer_add(b, "peer_memory", answer.memory_mb, NULL);
    peer_call(b, "size", NULL, &answer);
    rows_check(b, &answer);
    peer_add(b, "peer_tablet", answer_needed(&answer, "$.tablet", "size") / 1e6, "store_tablet");
    peer_add(b, "peer_central", answer_needed(&answer, "$.central", "size") / 1e6, "store_central");
}

void bench_peer(struct bench *b)
{
    char path[FOLDER_PATH_BYTES];

    if (!b->peer)
        return;
    day_path(path, b, FOLDER);
    for (unsigned run = 0; run < b->options.runs; run++) {
        if (mkdir(path, 0700))
            trouble("make folder '%s'", path);
        for (unsigned t = 0; t < bench_tablets(b); t++)
            phase_run(b, "peer work", tablet_write, t, NULL);
        peer_day(b);
        folder_remove(path);
    }
}
