/* session.c — the same rows merged by SQLite's session extension in its fastest use: the changesets of all tablets in one changegroup, applied at
 * once.
 *
 * It stands here for its speed alone: what two tablets wrote to one row is folded in the order in which the changesets happen to come, nothing is
 * signed or checked, and no history remains. The reading of the changesets counts, as it does for jemput; making them does not. */
#define SQLITE_ENABLE_SESSION /* sqlite3.h hides the calls behind these; here alone */
#define SQLITE_ENABLE_PREUPDATE_HOOK
#include "session.h"

#include <stdio.h>
#include <stdlib.h>

#include "day.h"
#include "meter.h"
#include "phase.h"
#include "trouble.h"

static void changeset_path(char out[FOLDER_PATH_BYTES], const struct bench *b, unsigned tablet)
{
    char name[32];

    snprintf(name, sizeof name, "tablet%u.changeset", tablet);
    day_path(out, b, name);
}

static void changeset_save(const char *path, sqlite3_session *session)
{
    FILE *out = fopen(path, "wb");
    void *bytes;
    int len, rc = sqlite3session_changeset(session, &len, &bytes);

    if (rc != SQLITE_OK || !out || fwrite(bytes, 1, (size_t)len, out) != (size_t)len || fclose(out))
        trouble("write '%s'", path);
    sqlite3_free(bytes);
}

/* A tablet's day, recorded. */
static void record(const struct bench *b, unsigned tablet, struct probe *probe)
{
    char path[FOLDER_PATH_BYTES], changeset[FOLDER_PATH_BYTES];
    sqlite3_session *session;
    struct side s;

    (void)probe;
    day_path(path, b, "session-tablet.db");
    side_raw(&s, bench_shape(b), path, b->options.seed + tablet + 1);
    day_shared_write(&s, b);
    must_sqlite(sqlite3session_create(s.db, "main", &session), s.db, "record");
    must_sqlite(sqlite3session_attach(session, NULL), s.db, "record all tables");
    day_collect(&s, b, tablet, false);
    day_revise(&s, b, tablet, false);
    changeset_path(changeset, b, tablet);
    changeset_save(changeset, session);
    sqlite3session_delete(session);
    side_close(&s);
    folder_remove(path);
}

static void *changeset_load(const char *path, int *len)
{
    FILE *in = fopen(path, "rb");
    uint64_t size = folder_file_bytes(path);
    void *bytes = malloc(size ? size : 1);

    if (!in || !bytes || fread(bytes, 1, size, in) != size)
        trouble("read '%s'", path);
    fclose(in);
    *len = (int)size;
    return bytes;
}

/* The last one wins. */
static int conflict(void *ctx, int kind, sqlite3_changeset_iter *change)
{
    (void)ctx, (void)change;
    return kind == SQLITE_CHANGESET_DATA || kind == SQLITE_CHANGESET_CONFLICT ? SQLITE_CHANGESET_REPLACE : SQLITE_CHANGESET_OMIT;
}

static void apply(struct side *s, const struct bench *b)
{
    sqlite3_changegroup *group;
    void *bytes;
    int len;

    must_sqlite(sqlite3changegroup_new(&group), s->db, "make a changegroup");
    for (unsigned t = 0; t < bench_tablets(b); t++) {
        char path[FOLDER_PATH_BYTES];

        changeset_path(path, b, t);
        bytes = changeset_load(path, &len);
        must_sqlite(sqlite3changegroup_add(group, len, bytes), s->db, "add a changeset");
        free(bytes);
    }
    must_sqlite(sqlite3changegroup_output(group, &len, &bytes), s->db, "fold the changesets");
    sqlite3changegroup_delete(group);
    must_sqlite(sqlite3changeset_apply(s->db, len, bytes, NULL, conflict, NULL), s->db, "apply a changeset");
    sqlite3_free(bytes);
}

static void merge(const struct bench *b, unsigned run, struct probe *probe)
{
    double applications = (double)bench_applications(b) * bench_tablets(b), wall, cpu;
    char path[FOLDER_PATH_BYTES];
    struct side s;

    (void)run;
    day_path(path, b, "session.db");
    side_raw(&s, bench_shape(b), path, b->options.seed);
    day_shared_write(&s, b);
    wall = meter_wall_us();
    cpu = meter_cpu_us();
    apply(&s, b);
    probe_add(probe, "extension_cpu", "jemput", (meter_cpu_us() - cpu) / applications);
    probe_add(probe, "extension", "jemput", (meter_wall_us() - wall) / applications);
    day_rows_check(&s, b);
    side_close(&s);
    folder_remove(path);
}

void session_record(struct bench *b)
{
    for (unsigned t = 0; t < bench_tablets(b); t++)
        phase_run(b, "session record", record, t, NULL);
}

void session_merge(struct bench *b, unsigned run)
{
    phase_run(b, "session merge", merge, run, "extension_memory");
}

void session_forget(struct bench *b)
{
    char path[FOLDER_PATH_BYTES];

    for (unsigned t = 0; t < bench_tablets(b); t++) {
        changeset_path(path, b, t);
        folder_remove(path);
    }
}
