/* gitpush.c — what stock git sends for the same work: the very objects that jemput made, and the same rows as JSON files, a commit for each
 * segment. Its connection is a pipe here, so every byte of it is counted; over HTTP its heads come on top. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "day.h"
#include "phase.h"
#include "trouble.h"

#define SEGMENT 1000 /* applications in a file: as many as in a segment of jemput's */
#define COMMAND_BYTES 8192

/* Run a script for sh, and read the one number that it prints. */
__attribute__((format(printf, 1, 2))) static double shell(const char *fmt, ...)
{
    char script[COMMAND_BYTES];
    double number = 0;
    FILE *pipe;
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(script, sizeof script, fmt, args);
    va_end(args);
    if (len < 0 || len >= COMMAND_BYTES)
        trouble("a script is too long");
    pipe = popen(script, "r");
    if (!pipe || fscanf(pipe, "%lf", &number) != 1 || pclose(pipe) != 0)
        trouble("stock git did not do as asked");
    return number;
}

/* All that a push says and hears, in two files; the packets' directions in a third. Prints the bytes. */
#define PUSH \
    "set -e; cd '%s'; rm -rf push.up push.down push.trace push.rp push.git; export HOME=\"$PWD\" GIT_CONFIG_NOSYSTEM=1 LC_ALL=C\n" \
    "printf '#!/bin/sh\\ntee -a \"%%s/push.up\" | git-receive-pack \"$@\" | tee -a \"%%s/push.down\"\\n' \"$PWD\" \"$PWD\" >push.rp\n" \
    "chmod +x push.rp\n" \
    "git init -q --bare push.git; PATH=\"$(git --exec-path):$PATH\"; export PATH\n" \
    "GIT_TRACE_PACKET=\"$PWD/push.trace\" git -C %s push -q --receive-pack=\"$PWD/push.rp\" \"$PWD/push.git\" '%s' >/dev/null 2>&1\n" \
    "cat push.up push.down | wc -c"
/* How often the one who pushes waits for the other side: each turn from speaking to listening, and the greeting. */
#define TURNS "grep -o 'push[<>]' '%s/push.trace' | uniq | grep -c '<'"

static void push_objects(const struct bench *b, unsigned arg, struct probe *probe)
{
    double applications = (double)bench_applications(b) * bench_tablets(b);
    char hub[FOLDER_PATH_BYTES];

    (void)arg;
    day_path(hub, b, DAY_HUB);
    probe_add(probe, "git_objects", "jemput", (double)folder_bytes(hub, ".pack") / applications);
    probe_add(probe, "git_objects", "raw", shell(PUSH, b->folder, DAY_HUB, "refs/heads/log/*:refs/heads/log/*") / applications);
    probe_add(probe, "trips_up", "raw", shell(TURNS, b->folder));
}

static void rows_write(struct side *s, const struct shape_table *table, unsigned from, FILE *out)
{
    sqlite3_str *sql = sqlite3_str_new(s->db);
    sqlite3_stmt *stmt;
    char *text;

    sqlite3_str_appendf(sql, "SELECT json_object('table', %Q", table->name);
    for (unsigned i = 0; i < table->column_count; i++)
        sqlite3_str_appendf(sql, ", %Q, iif(typeof(\"%w\") = 'blob', lower(hex(\"%w\")), \"%w\")", table->columns[i].name, table->columns[i].name,
                            table->columns[i].name, table->columns[i].name);
    sqlite3_str_appendf(sql, ") FROM (SELECT * FROM \"%w\" ORDER BY rowid LIMIT %u OFFSET %u)", table->name, SEGMENT, from);
    text = sqlite3_str_finish(sql);
    must_sqlite(sqlite3_prepare_v2(s->db, text, -1, &stmt, NULL), s->db, text);
    sqlite3_free(text);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        fprintf(out, "%s\n", (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
}

static void segment_commit(struct side *s, const struct bench *b, unsigned number)
{
    char path[FOLDER_PATH_BYTES], name[32];
    FILE *out;

    snprintf(name, sizeof name, "json/%06u.json", number);
    day_path(path, b, name);
    out = fopen(path, "w");
    if (!out)
        trouble("write '%s'", path);
    for (unsigned t = 0; t < SHAPE_TABLES; t++)
        rows_write(s, &s->shape->tables[t], number * SEGMENT, out);
    if (fclose(out))
        trouble("write '%s'", path);
    shell("set -e; cd '%s/json'; HOME=\"$PWD\"; export HOME; git add -A; git -c user.name=x -c user.email=x@x commit -q -m %u; echo 0", b->folder,
          number);
}

/* A tablet's day, without what was there before. */
static void push_json(const struct bench *b, unsigned arg, struct probe *probe)
{
    unsigned count = bench_applications(b);
    char path[FOLDER_PATH_BYTES];
    struct side s;

    (void)arg;
    shell("set -e; mkdir '%s/json'; cd '%s/json'; HOME=\"$PWD\" git init -q -b main; echo 0", b->folder, b->folder);
    day_path(path, b, "json.db");
    side_raw(&s, bench_shape(b), path, b->options.seed);
    day_collect(&s, b, 0, false);
    for (unsigned from = 0; from < count; from += SEGMENT)
        segment_commit(&s, b, from / SEGMENT);
    side_close(&s);
    probe_add(probe, "git_json", "raw", shell(PUSH, b->folder, "json", "main") / count);
}

void bench_git(struct bench *b)
{
    static const char *const left[] = { "json", "json.db", "push.git", "push.up", "push.down", "push.trace", "push.rp" };
    char path[FOLDER_PATH_BYTES];

    if (system("command -v git >/dev/null") != 0)
        return;
    phase_run(b, "git objects", push_objects, 0, NULL);
    phase_run(b, "git json", push_json, 0, NULL);
    for (unsigned i = 0; i < sizeof left / sizeof left[0]; i++) {
        day_path(path, b, left[i]);
        folder_remove(path);
    }
}
