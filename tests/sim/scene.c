/* sim/scene.c — see scene.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"
#include "support/sealed.h"

static const char SCHEMA[] = "CREATE TABLE keluarga(id BLOB PRIMARY KEY, nama TEXT NOT NULL, rt TEXT);"
                             "CREATE TABLE orang(id BLOB PRIMARY KEY, keluarga_id BLOB NOT NULL REFERENCES keluarga(id), nik TEXT, UNIQUE(nik));"
                             "SELECT jemput_replicate('keluarga'); SELECT jemput_replicate('orang');";

#define WRITES 4

static int64_t count_rows(struct fleet *f)
{
    char *text = fleet_rows(f, CENTRAL, "SELECT count(*) FROM keluarga");
    int64_t n = atoll(text);

    free(text);
    return n;
}

static int write_one(struct fleet *f, unsigned device, unsigned n)
{
    char sql[400];

    snprintf(sql, sizeof sql,
             "BEGIN; INSERT INTO keluarga VALUES(x'%08x%08x%08x%08x', 'keluarga %u', '001');"
             "INSERT INTO orang VALUES(jemput_id(), x'%08x%08x%08x%08x', '1674991708%06u'); COMMIT",
             device, n, n, n, n, device, n, n, n, device * 1000 + n);
    if (fleet_try(f, device, sql) == SQLITE_OK)
        return 1;
    fleet_try(f, device, "ROLLBACK");
    return 0;
}

void scene_close(struct scene *s)
{
    jemput_close(s->f.devices[CENTRAL].jemput);
    s->f.devices[CENTRAL].jemput = NULL;
    sim_env_use_real_files(&s->f.devices[CENTRAL].sim, NULL);
}

enum jemput_status scene_open(struct scene *s, struct jemput_error *err)
{
    struct fleet_device *d = &s->f.devices[CENTRAL];
    enum jemput_status st = jemput_open_sealed(&d->jemput, d->path, test_secret(), &d->sim.env, err);

    if (st)
        return st;
    d->sql = jemput_app(d->jemput);
    sim_env_use_real_files(&d->sim, jemput_env_posix());
    return JEMPUT_OK;
}

/* Central has rows of its own, sealed and pending; the hub has a tablet's log that central has not merged, with an edit that conflicts and a person that
 * collides on the NIK. */
void scene_init(struct scene *s)
{
    memset(s, 0, sizeof *s);
    fleet_init(&s->f, 2, 0, SCHEMA, 3);
    for (unsigned i = 0; i < 3; i++)
        write_one(&s->f, CENTRAL, i);
    fleet_settle(&s->f, 0);
    fleet_sql(&s->f, TABLET, "UPDATE keluarga SET rt = '007' WHERE nama = 'keluarga 1'");
    fleet_sql(&s->f, CENTRAL, "UPDATE keluarga SET rt = '008' WHERE nama = 'keluarga 1'");
    for (unsigned i = 10; i < 13; i++)
        write_one(&s->f, TABLET, i);
    fleet_sql(&s->f, TABLET, "INSERT INTO orang SELECT jemput_id(), id, '1674990101000099' FROM keluarga LIMIT 1");
    fleet_sql(&s->f, CENTRAL, "INSERT INTO orang SELECT jemput_id(), id, '1674990101000099' FROM keluarga LIMIT 1");
    fleet_sql(&s->f, TABLET, "DELETE FROM orang WHERE nik LIKE '%%000002'");
    fleet_sync(&s->f, TABLET, 0);
    s->rows_before = count_rows(&s->f);
    scene_close(s);
    s->ready = crash_vfs_snapshot(s->f.devices[CENTRAL].vfs);
    s->hub = folder_remember(fleet_hub(&s->f, 0));
}

void scene_release(struct scene *s)
{
    crash_snapshot_free(s->ready);
    folder_forget(s->hub);
    free(s->final_rows);
    fleet_release(&s->f);
}

void scene_restore(struct scene *s)
{
    crash_vfs_restore(s->f.devices[CENTRAL].vfs, s->ready);
    folder_restore(s->hub);
}

static char *final_rows(struct scene *s)
{
    char *a = fleet_rows(&s->f, CENTRAL, "SELECT * FROM keluarga ORDER BY id"), *b = fleet_rows(&s->f, CENTRAL, "SELECT nik, keluarga_id FROM orang ORDER BY nik"),
         *c = fleet_conflicts(&s->f, CENTRAL), *h = fleet_held(&s->f, CENTRAL);
    size_t len = strlen(a) + strlen(b) + strlen(c) + strlen(h) + 1;
    char *all = malloc(len);

    snprintf(all, len, "%s%s%s%s", a, b, c, h);
    free(a);
    free(b);
    free(c);
    free(h);
    return all;
}

static enum jemput_status sync_central(struct scene *s, struct jemput_sync_report *report, struct jemput_error *err)
{
    struct jemput_sync_options options = { .hub = fleet_hub(&s->f, 0) };

    return jemput_sync(s->f.devices[CENTRAL].jemput, &options, report, err);
}

unsigned scene_write(struct scene *s, struct jemput_error *err)
{
    unsigned acked = 0;

    err->status = JEMPUT_OK;
    for (unsigned i = 0; i < WRITES; i++)
        acked += (unsigned)write_one(&s->f, CENTRAL, 100 + i);
    return acked;
}

unsigned scene_seal(struct scene *s, struct jemput_error *err)
{
    err->status = JEMPUT_OK;
    if (jemput_seal(s->f.devices[CENTRAL].jemput, NULL, err) == JEMPUT_OK)
        err->status = JEMPUT_OK;
    return 0;
}

unsigned scene_sync(struct scene *s, struct jemput_error *err)
{
    struct jemput_sync_report report;

    err->status = JEMPUT_OK;
    if (sync_central(s, &report, err) == JEMPUT_OK)
        err->status = JEMPUT_OK;
    return 0;
}

void scene_check_rows(struct scene *s, unsigned acked)
{
    int64_t rows = count_rows(&s->f), least = s->rows_before + acked, most = least + 1;

    if (rows < least || rows > most)
        fail_msg("%lld rows after the cut; acknowledged were %lld", (long long)rows, (long long)least);
    fleet_verify(&s->f, CENTRAL);
}

void scene_check_sync(struct scene *s, unsigned acked)
{
    struct jemput_sync_report report;
    struct jemput_error err;
    char *rows;

    (void)acked;
    fleet_verify(&s->f, CENTRAL);
    if (sync_central(s, &report, &err) || !report.complete)
        fail_msg("the sync after the cut: %s", err.text);
    rows = final_rows(s);
    if (!s->final_rows)
        s->final_rows = strdup(rows);
    if (strcmp(rows, s->final_rows) != 0)
        fail_msg("the sync after the cut ends with\n%s\nand not with\n%s", rows, s->final_rows);
    free(rows);
    fleet_verify(&s->f, CENTRAL);
}

