/* sim/forgotten.c — see forgotten.h. */
#include "api/ingest/segment.h"
#include "api/roster/roster.h"
#include "forgotten.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "cutting.h"

static const char SCHEMA[] =
    "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE, alamat TEXT, bantuan INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, nama TEXT NOT NULL, keluarga TEXT REFERENCES keluarga(id));"
    "CREATE TABLE nik(nik TEXT PRIMARY KEY NOT NULL, nama TEXT);"
    "SELECT jemput_replicate('keluarga', 'sum=bantuan'); SELECT jemput_replicate('orang'); SELECT jemput_replicate('nik');";

static const char *const CANARIES[] = { "Kenari Pertama", "Kenari Kedua", "Kenari Ketiga", "9900990000000001" };

static void rows_write(struct fleet *f)
{
    fleet_sql(f, TABLET, "INSERT INTO keluarga VALUES('kx', 'x', 'Jl. X', 0)");
    fleet_sql(f, TABLET, "INSERT INTO orang VALUES('p1', '1', 'Tetap', 'kx'); INSERT INTO orang VALUES('px', '%s', '%s', 'kx')", CANARIES[3],
              CANARIES[0]);
    fleet_settle(f, 0);
    fleet_sql(f, CENTRAL, "UPDATE orang SET nama = '%s' WHERE id = 'px'", CANARIES[1]);
    fleet_settle(f, 0);
}

void forgotten_begin(struct fleet *f, unsigned devices, uint64_t seed)
{
    fleet_init(f, devices, 0, SCHEMA, seed);
    rows_write(f);
}

void forgotten_begin_with_admin(struct fleet *f, uint64_t seed)
{
    fleet_init(f, 3, 1, SCHEMA, seed);
    rows_write(f);
}

void forgotten_forget_in(struct fleet *f, const char *table, const char *key)
{
    const struct jemput_datum datum = fleet_text(key);
    struct jemput_error err;

    if (jemput_forget(f->devices[0].jemput, table, &datum, 1, "UU 27/2022 ps 8, surat 12", &err))
        fail_msg("forget: %s", err.text);
}

void forgotten_forget(struct fleet *f, const char *orang)
{
    forgotten_forget_in(f, "orang", orang);
}

void forgotten_checkpoint(struct fleet *f)
{
    (void)fleet_sync(f, 0, 0);
    (void)cutting_make(f, 0, 0);
    cutting_backed_up(f, 0);
}

bool forgotten_file_has(struct fleet *f, unsigned device, const char *text)
{
    bool found = false;

    for (unsigned i = 0; i < 2; i++) {
        size_t len = 0, text_len = strlen(text);
        const uint8_t *data;
        char name[64];

        snprintf(name, sizeof name, "%s%s", f->devices[device].path, i ? "-wal" : "");
        data = crash_vfs_file(f->devices[device].vfs, name, &len);
        for (size_t at = 0; data && at + text_len <= len; at++)
            found = found || memcmp(data + at, text, text_len) == 0;
    }
    return found;
}

void forgotten_expect_nowhere(struct fleet *f, unsigned device)
{
    fleet_expect(f, device, "SELECT count(*) FROM orang WHERE id = 'px'", "0\n");
    for (unsigned k = 0; k < sizeof CANARIES / sizeof *CANARIES; k++)
        if (forgotten_file_has(f, device, CANARIES[k]))
            fail_msg("device %u still has '%s'", device, CANARIES[k]);
}

struct places {
    unsigned erased, count;
};

static int place_count(void *ctx, const struct jemput_forget_place *place)
{
    struct places *p = ctx;

    p->count++;
    p->erased += place->erased != 0;
    return 0;
}

void forgotten_expect_places(struct fleet *f, unsigned asks, unsigned erased, unsigned count)
{
    struct places p = { 0, 0 };
    struct jemput_error err;

    assert_int_equal(jemput_forget_places(f->devices[asks].jemput, place_count, &p, &err), JEMPUT_OK);
    if (p.erased != erased || p.count != count)
        fail_msg("erased at %u of %u, not at %u of %u", p.erased, p.count, erased, count);
}

static void tell(void *ctx, const char *what)
{
    printf("  %s\n", what);
    ++*(unsigned *)ctx;
}

static void expect_sound(struct fleet *f, unsigned device)
{
    unsigned told = 0;
    struct jemput_rebuild_options options = { .each = tell, .ctx = &told };
    struct jemput_rebuild_report report;
    struct jemput_error err;
    uint64_t problems = 0;

    if (jemput_verify(f->devices[device].jemput, tell, &told, &problems, &err))
        fail_msg("device %u: %s", device, err.text);
    if (jemput_rebuild(f->devices[device].jemput, &options, &report, &err))
        fail_msg("device %u: %s", device, err.text);
    if (problems || told || report.differences)
        fail_msg("device %u: %llu problems, %u differences", device, (unsigned long long)problems, told);
}

void forgotten_expect_one_state(struct fleet *f)
{
    char first[65], hex[65];
    struct jemput_error err;

    fleet_settle(f, 0);
    for (unsigned i = 0; i < f->count; i++) {
        if (jemput_state_hash(f->devices[i].jemput, hex, &err))
            fail_msg("device %u: %s", i, err.text);
        if (!i)
            memcpy(first, hex, sizeof first);
        if (strcmp(first, hex) != 0)
            fail_msg("device %u has another state", i);
        expect_sound(f, i);
    }
}

/* --- what somebody has copied --- */

struct taking {
    struct forgotten_log *log;
    struct jemput *j;
};

static enum jemput_status segment_take(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct taking *t = ctx;
    struct jemput_oid oid;
    enum jemput_status st;

    memcpy(oid.id, segment->commit, sizeof oid.id);
    if (segment->control || !jemput_repo_has(t->j->repo, &oid))
        return JEMPUT_OK;
    assert_true(t->log->count < FORGOTTEN_LOG_MAX);
    st = engine_segment_read(t->j, jemput_repo_source(t->j->repo), &oid, true, &t->log->of[t->log->count], &t->log->arena, err);
    t->log->count += !st;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st; /* a side of a fork whose data was cut off */
}

void forgotten_log_take(struct forgotten_log *log, struct fleet *f, unsigned device)
{
    struct taking t = { log, f->devices[device].jemput };
    struct jemput_error err;

    if (jemput_store_segments_after(t.j->store, 0, segment_take, &t, &err))
        fail_msg("%s", err.text);
    assert_true(log->count > 0);
}

unsigned forgotten_log_readable(struct forgotten_log *log, struct fleet *f, unsigned device)
{
    struct jemput *j = f->devices[device].jemput;
    struct jemput_error err;
    unsigned readable = 0;

    assert_int_equal(jemput_store_begin(j->store, 1000, &err), JEMPUT_OK);
    if (engine_roster_refresh(j, &err) || engine_keyring_open(j, &err)) /* also what any record hands to it */
        fail_msg("%s", err.text);
    for (unsigned i = 0; i < log->count; i++) {
        struct jemput_buf plain = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
        bool unread = false;

        readable += engine_payload_open(j, &log->of[i].header, &log->of[i].commit, &plain, &unread, &err) == JEMPUT_OK && !unread;
        jemput_buf_release(&plain);
    }
    engine_undo(j);
    return readable;
}

void forgotten_log_release(struct forgotten_log *log)
{
    jemput_arena_release(&log->arena);
}
