/* sim/test_sealed_disk.c — what a thief finds on the disk of a sealed store: in no byte that ever reached it a name or a NIK. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "support/spy_vfs.h"

#define CANARIES 50

static const char SCHEMA[] = "CREATE TABLE keluarga(id BLOB PRIMARY KEY, kepala TEXT NOT NULL);"
                             "CREATE TABLE orang(id BLOB PRIMARY KEY, keluarga_id BLOB NOT NULL REFERENCES keluarga(id), nik TEXT UNIQUE, nama TEXT, "
                             "catatan TEXT); SELECT jemput_replicate('keluarga'); SELECT jemput_replicate('orang');";

static char canaries[CANARIES][40];

static void canaries_make(void)
{
    static const char *const names[] = { "Siti Kenari", "Budi Kenari", "Wayan Kenari", "Ketut Kenari", "Ujang Kenari" };

    for (int i = 0; i < CANARIES; i++) {
        if (i % 2)
            snprintf(canaries[i], sizeof canaries[i], "%s-%02d", names[i / 2 % 5], i);
        else
            snprintf(canaries[i], sizeof canaries[i], "3174990101800%03d", i);
        spy_vfs_watch(canaries[i]);
    }
}

static int disk_hits(struct crash_vfs *vfs)
{
    int hits = 0;

    for (struct crash_node *n = crash_vfs_disk(vfs)->nodes; n; n = n->next)
        for (int i = 0; n->linked && i < CANARIES; i++)
            hits += spy_has(n->now.data, n->now.len, canaries[i]);
    return hits;
}

static int ignore_difference(void *ctx, const struct jemput_difference *d)
{
    (void)ctx;
    (void)d;
    return 0;
}

static void rows_write(struct fleet *f, unsigned device)
{
    char id[33], sql[1024];

    for (int i = 0; i + 1 < CANARIES; i += 2) {
        snprintf(id, sizeof id, "%032x", 1000 * device + (unsigned)i);
        snprintf(sql, sizeof sql, "BEGIN; INSERT INTO keluarga VALUES(x'%s', '%s'); INSERT INTO orang VALUES(x'%s', x'%s', '%s', '%s', hex(randomblob(3000))); COMMIT",
                 id, canaries[i + 1], id, id, canaries[i], canaries[i + 1]);
        fleet_sql(f, device, "%s", sql);
    }
}

/* Everything that makes SQLite write: forms, conflicts, held rows, a sync, a trial of one, the state computed anew, sorts and temporary tables that memory
 * has no room for, statements that fail half way. The people are the same on both devices, so that NIKs collide. */
static void everything_happens(struct fleet *f)
{
    struct jemput_sync_options options;
    struct jemput_rebuild_report rebuilt;
    struct jemput_error err;
    char hash[65];

    for (unsigned d = 0; d < 2; d++) {
        fleet_sql(f, d, "PRAGMA temp_store=FILE; PRAGMA cache_size=4; PRAGMA temp.cache_size=4");
        rows_write(f, d);
        fleet_sql(f, d, "CREATE TEMP TABLE salin AS SELECT a.nama || b.nik AS x, a.catatan AS y FROM orang a, orang b");
        fleet_sql(f, d, "CREATE INDEX temp.salin_x ON salin(x)");
        fleet_sql(f, d, "SELECT count(*) FROM (SELECT x, y FROM temp.salin ORDER BY y, x)");
        assert_int_not_equal(fleet_try(f, d, "UPDATE orang SET nama = nama || '!', nik = '3174990101800000'"), SQLITE_OK);
        fleet_sql(f, d, "BEGIN; UPDATE orang SET nama = nama || '?'; SAVEPOINT s; UPDATE orang SET nama = nama || '!'; ROLLBACK TO s; COMMIT");
        fleet_sql(f, d, "SELECT * FROM jemput_held; SELECT * FROM jemput_conflict; SELECT * FROM jemput_parallel");
    }
    options = (struct jemput_sync_options){ .hub = fleet_hub(f, 0) };
    fleet_sync(f, 1, 0);
    if (jemput_diff(f->devices[0].jemput, &options, ignore_difference, NULL, NULL, &err))
        fail_msg("diff: %s", err.text);
    fleet_settle(f, 0);
    for (unsigned d = 0; d < 2; d++) {
        fleet_verify(f, d);
        if (jemput_rebuild(f->devices[d].jemput, NULL, &rebuilt, &err) || jemput_state_hash(f->devices[d].jemput, hash, &err))
            fail_msg("rebuild: %s", err.text);
        fleet_sql(f, d, "VACUUM");
        fleet_sql(f, d, "VACUUM INTO 'file:salinan.db?vacuum=1'");
    }
}

/* By the bytes of each write that ever reached the disk, temporary files included, and by the files that lie there. */
static void no_byte_on_the_disk_shows_a_name_or_a_nik(void **state)
{
    (void)state;
    sqlite3_soft_heap_limit64(400000); /* scratch stores have a large cache: what it has no room for goes to files */
    for (int sealed = 0; sealed < 2; sealed++) {
        struct fleet f;

        if (sealed)
            setenv("JEMPUT_TEST_SEALED", "1", 1);
        fleet_init(&f, 2, 0, SCHEMA, 8);
        spy_vfs_start("spy", crash_vfs_name(f.devices[0].vfs));
        canaries_make();
        f.devices[0].sim.env.sqlite_vfs = "spy"; /* between the vault and the disk */
        fleet_reopen(&f, 0);
        everything_happens(&f);
        assert_true(spy_vfs_writes(SQLITE_OPEN_MAIN_DB) > 0 && spy_vfs_writes(SQLITE_OPEN_WAL) > 0);
        assert_true(spy_vfs_writes(SQLITE_OPEN_TEMP_DB) > 0);
        if (sealed) {
            assert_string_equal(spy_vfs_first_hit(), "");
            assert_int_equal(disk_hits(f.devices[0].vfs) + disk_hits(f.devices[1].vfs), 0);
        } else { /* the eyes see */
            assert_true(spy_vfs_hits() >= CANARIES);
            assert_true(disk_hits(f.devices[0].vfs) >= CANARIES && disk_hits(f.devices[1].vfs) >= CANARIES);
        }
        fleet_release(&f);
        spy_vfs_stop();
        unsetenv("JEMPUT_TEST_SEALED");
    }
    sqlite3_soft_heap_limit64(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_byte_on_the_disk_shows_a_name_or_a_nik),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
