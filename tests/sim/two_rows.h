/* sim/two_rows.h — persons with letters, for the tests of two rows that become one: jemput_merge_rows() and jemput_part_rows(). */
#ifndef TESTS_SIM_TWO_ROWS_H
#define TESTS_SIM_TWO_ROWS_H

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"

static const char SCHEMA[] =
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nama TEXT NOT NULL, nik TEXT UNIQUE, hp TEXT, alamat TEXT, rt TEXT,"
    " kunjungan INTEGER NOT NULL DEFAULT 0, dicetak TEXT, wali TEXT REFERENCES orang(id));"
    "CREATE TABLE surat(id TEXT PRIMARY KEY NOT NULL, orang_id TEXT REFERENCES orang(id), saksi_id TEXT REFERENCES orang(id),"
    " nik TEXT REFERENCES orang(nik));"
    "CREATE TABLE syarat(surat_id TEXT NOT NULL REFERENCES surat(id), kode TEXT NOT NULL, ket TEXT, lembar INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY(surat_id, kode)) WITHOUT ROWID;"
    "CREATE TABLE foto(surat_id TEXT NOT NULL, kode TEXT NOT NULL, no INTEGER NOT NULL, isi TEXT, PRIMARY KEY(surat_id, kode, no),"
    " FOREIGN KEY(surat_id, kode) REFERENCES syarat(surat_id, kode)) WITHOUT ROWID;"
    "CREATE TABLE lembar(surat_id TEXT NOT NULL REFERENCES surat(id), no INTEGER NOT NULL, asal_surat TEXT, asal_no INTEGER,"
    " PRIMARY KEY(surat_id, no), FOREIGN KEY(asal_surat, asal_no) REFERENCES lembar(surat_id, no)) WITHOUT ROWID;"
    "SELECT jemput_replicate('orang', 'group=alamat,rt;identity=nama;sum=kunjungan;once=dicetak');"
    "SELECT jemput_replicate('lembar', '');"
    "SELECT jemput_replicate('surat', '');"
    "SELECT jemput_replicate('syarat', 'sum=lembar');"
    "SELECT jemput_replicate('foto', '');";

enum { CENTRAL = 0, A = 1, B = 2 };

static inline int move_print(void *ctx, const struct jemput_move *m)
{
    char *out = ctx, line[256];

    snprintf(line, sizeof line, "%d %s %.*s %s\n", (int)m->kind, m->table, (int)m->key[0].len, (const char *)m->key[0].data,
             m->column ? m->column : "-");
    strcat(out, line);
    return 0;
}

static inline enum jemput_status try_merge(struct fleet *f, unsigned device, const char *table, const char *keep, const char *gone, int look,
                                           char *moves, struct jemput_error *err)
{
    struct jemput_datum stays = fleet_text(keep), goes = fleet_text(gone);
    struct jemput_merging merging = { .table = table, .key_count = 1, .keep = &stays, .gone = &goes, .reason = "orang yang sama", .look = look };

    sim_env_advance(&f->devices[device].sim, 50);
    return jemput_merge_rows(f->devices[device].jemput, &merging, moves ? move_print : NULL, moves, err);
}

static inline void merge(struct fleet *f, unsigned device, const char *keep, const char *gone)
{
    struct jemput_error err;

    if (try_merge(f, device, "orang", keep, gone, 0, NULL, &err))
        fail_msg("merge %s %s: %s", keep, gone, err.text);
}

static inline enum jemput_status try_part(struct fleet *f, unsigned device, const char *table, const char *gone, struct jemput_error *err)
{
    struct jemput_datum goes = fleet_text(gone);
    struct jemput_merging merging = { .table = table, .key_count = 1, .gone = &goes, .reason = "ternyata dua orang" };

    sim_env_advance(&f->devices[device].sim, 50);
    return jemput_part_rows(f->devices[device].jemput, &merging, NULL, NULL, err);
}

static inline void part(struct fleet *f, unsigned device, const char *gone)
{
    struct jemput_error err;

    if (try_part(f, device, "orang", gone, &err))
        fail_msg("part %s: %s", gone, err.text);
}

static inline void expect_whole(struct fleet *f)
{
    for (unsigned i = 0; i < f->count; i++) {
        char *held = fleet_held(f, i);

        assert_string_equal(held, "");
        free(held);
        fleet_verify(f, i);
    }
}

/* Nothing moves any more. */
static inline void expect_rest(struct fleet *f)
{
    for (unsigned i = 0; i < f->count; i++) {
        struct jemput_sync_report r = fleet_sync(f, i, 0);

        assert_int_equal(r.segments_sent + r.segments_fetched, 0);
    }
}

/* p1 and p2 are one person; each has letters, one with requirements and pictures. */
static inline void begin(struct fleet *f)
{
    fleet_init(f, 3, 0, SCHEMA, 31);
    fleet_sql(f, CENTRAL, "INSERT INTO orang VALUES('p1', 'Siti', NULL, '0811', NULL, NULL, 3, NULL, NULL)");
    fleet_sql(f, CENTRAL, "INSERT INTO orang VALUES('p2', 'Sitti', '1674990101000001', '0899', 'Jl. A', '001', 4, '2025-01-02', NULL)");
    fleet_sql(f, CENTRAL, "INSERT INTO orang VALUES('p3', 'Anak', NULL, NULL, NULL, NULL, 0, NULL, 'p2')");
    fleet_sql(f, CENTRAL, "INSERT INTO surat VALUES('s1', 'p1', 'p3', NULL)");
    fleet_sql(f, CENTRAL, "INSERT INTO surat VALUES('s2', 'p2', 'p2', '1674990101000001')");
    fleet_settle(f, 0);
}

#define MERGED "p1|Siti|1674990101000001|0811|Jl. A|001|7|2025-01-02|~\np3|Anak|~|~|~|~|0|~|p1\n"
#define APART "p1|Siti|~|0811|~|~|3|~|~\np2|Sitti|1674990101000001|0899|Jl. A|001|4|2025-01-02|~\np3|Anak|~|~|~|~|0|~|p2\n"
#define PERSONS "SELECT * FROM orang ORDER BY id"

#endif
