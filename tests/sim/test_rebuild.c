/* jemput_state_hash and jemput_rebuild through the public API: the hash is the same wherever the same was merged; a rebuild of a good store changes
 * nothing; of a damaged one it gives back what the logs say, whatever was damaged, or changes nothing at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"
#include "store_text.h"
#include "support/fault_alloc.h"

#define TABLET_B 2

static const char SCHEMA[] = "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE, alamat TEXT, rt TEXT DEFAULT '000');"
                             "CREATE TABLE orang(id INTEGER NOT NULL, nik TEXT, nama TEXT NOT NULL, umur INTEGER CHECK(umur >= 0),"
                             " keluarga TEXT REFERENCES keluarga(id), panjang GENERATED ALWAYS AS (length(nama)), PRIMARY KEY(id), UNIQUE(nik))"
                             " WITHOUT ROWID;"
                             "SELECT jemput_replicate('keluarga'); SELECT jemput_replicate('orang');";

static struct fault_alloc memory;

static void hash_of(struct fleet *f, unsigned device, char hex[65])
{
    struct jemput_error err;

    if (jemput_state_hash(f->devices[device].jemput, hex, &err))
        fail_msg("device %u: %s", device, err.text);
}

/* A central and two tablets with a history of every kind: plain rows, a conflict, an edit that won over a delete, a deleted row, a row held by UNIQUE. */
static void history(struct fleet *f, uint64_t seed)
{
    fleet_init(f, 3, 0, SCHEMA, seed);
    fleet_sql(f, CENTRAL, "INSERT INTO keluarga VALUES('k1', '1', 'Jl. Melati', '001'), ('k2', '2', 'Jl. Mawar', '002'), ('k3', '3', 'Jl. Anggrek', '003')");
    fleet_sql(f, CENTRAL, "INSERT INTO orang(id, nik, nama, umur, keluarga) VALUES(1, '11', 'Siti', 30, 'k1'), (2, '12', 'Budi', 31, 'k1'), "
                          "(3, NULL, 'Ani', NULL, 'k2'), (4, '14', 'Tono', 4, 'k3')");
    fleet_settle(f, 0);
    fleet_sql(f, TABLET, "UPDATE keluarga SET alamat = 'Jl. Kenanga' WHERE id = 'k1'");
    fleet_sql(f, TABLET, "DELETE FROM orang WHERE id = 3");
    fleet_sql(f, TABLET, "DELETE FROM orang WHERE id = 4");
    fleet_sql(f, TABLET, "INSERT INTO orang(id, nik, nama, umur, keluarga) VALUES(5, '15', 'Sari', 5, 'k2')");
    fleet_sql(f, TABLET_B, "UPDATE keluarga SET alamat = 'Jl. Dahlia' WHERE id = 'k1'");
    fleet_sql(f, TABLET_B, "UPDATE orang SET nama = 'Anik' WHERE id = 3");
    fleet_sql(f, TABLET_B, "INSERT INTO orang(id, nik, nama, umur, keluarga) VALUES(6, '15', 'Sarah', 6, 'k2')");
    fleet_sql(f, TABLET_B, "INSERT INTO orang(id, nik, nama, umur, keluarga) VALUES(7, '17', 'Dewi', 7, 'k2')");
    fleet_settle(f, 0);
}

/* --- the hash --- */

static void devices_that_have_merged_the_same_have_the_same_hash(void **state)
{
    char hex[3][65], again[65];
    struct fleet f;

    (void)state;
    history(&f, 1);
    for (unsigned i = 0; i < 3; i++)
        hash_of(&f, i, hex[i]);
    assert_string_equal(hex[0], hex[1]);
    assert_string_equal(hex[0], hex[2]);
    fleet_sql(&f, TABLET, "UPDATE orang SET umur = 8 WHERE id = 7");
    hash_of(&f, TABLET, again);
    assert_string_not_equal(again, hex[0]);
    fleet_settle(&f, 0);
    hash_of(&f, CENTRAL, hex[0]);
    assert_string_equal(hex[0], again);
    fleet_release(&f);
}

static void the_hash_seals_what_is_pending_and_is_that_of_what_is_sealed(void **state)
{
    struct jemput_info info;
    struct jemput_error err;
    char hex[65], again[65];
    struct fleet f;

    (void)state;
    history(&f, 2);
    fleet_sql(&f, TABLET, "UPDATE orang SET umur = 9 WHERE id = 7");
    hash_of(&f, TABLET, hex);
    assert_int_equal(jemput_info_get(f.devices[TABLET].jemput, &info, &err), JEMPUT_OK);
    assert_int_equal(info.own.on_device, 0);
    hash_of(&f, TABLET, again);
    assert_string_equal(hex, again);
    fleet_release(&f);
}

static void expect_refused(struct fleet *f, unsigned device, const char *sql, const char *text)
{
    if (fleet_try(f, device, sql) == SQLITE_OK || !strstr(sqlite3_errmsg(f->devices[device].sql), text))
        fail_msg("%s: %s", sql, sqlite3_errmsg(f->devices[device].sql));
}

static void the_app_asks_for_the_hash_in_sql_and_is_told_when_there_is_none(void **state)
{
    char hex[65], line[70];
    struct jemput_error err;
    struct fleet f;

    (void)state;
    history(&f, 10);
    hash_of(&f, TABLET, hex);
    snprintf(line, sizeof line, "%s\n", hex);
    fleet_expect(&f, TABLET, "SELECT jemput_state_hash()", line);
    fleet_sql(&f, TABLET, "BEGIN; SELECT jemput_state_hash(); UPDATE orang SET umur = 10 WHERE id = 7");
    expect_refused(&f, TABLET, "SELECT jemput_state_hash()", "jemput_state_hash: the transaction under way has changed rows: commit it");
    fleet_sql(&f, TABLET, "ROLLBACK");
    fleet_expect(&f, TABLET, "SELECT jemput_state_hash()", line);
    fleet_sql(&f, TABLET, "UPDATE orang SET umur = 10 WHERE id = 7");
    expect_refused(&f, TABLET, "SELECT jemput_state_hash()", "jemput_state_hash: something was saved that is not sealed yet");
    expect_refused(&f, CENTRAL, "CREATE TABLE t(a DEFAULT (jemput_state_hash())); INSERT INTO t DEFAULT VALUES", "jemput_state_hash");
    assert_int_equal(jemput_seal(f.devices[TABLET].jemput, NULL, &err), JEMPUT_OK);
    hash_of(&f, TABLET, hex);
    snprintf(line, sizeof line, "%s\n", hex);
    fleet_expect(&f, TABLET, "SELECT jemput_state_hash()", line);
    fleet_release(&f);
}

/* --- rebuilding --- */

struct rebuilding {
    uint64_t steps, cancel_at; /* calls of progress; the last one before it says stop */
    uint64_t last_done[16];
    struct fleet *f;
    const char *sql;           /* run by the app at call sql_at */
    uint64_t sql_at;
    const char *hash;          /* what the app's connection gives at every call; NULL = not asked */
    char told[4096];
};

static int on_progress(void *ctx, const struct jemput_progress *p)
{
    struct rebuilding *r = ctx;

    assert_true(p->phase == JEMPUT_PHASE_REPLAY || p->phase == JEMPUT_PHASE_COMPARE);
    assert_true(p->done <= p->total && p->done >= r->last_done[p->phase]);
    r->last_done[p->phase] = p->done;
    if (r->sql && r->steps == r->sql_at)
        fleet_sql(r->f, TABLET, "%s", r->sql);
    if (r->hash) /* the app's look is not disturbed by what the engine's connection has not committed */
        fleet_expect(r->f, TABLET, "SELECT jemput_state_hash()", r->hash);
    return r->steps++ == r->cancel_at;
}

static void on_difference(void *ctx, const char *what)
{
    struct rebuilding *r = ctx;

    strncat(r->told, what, sizeof r->told - strlen(r->told) - 2);
    strcat(r->told, "\n");
}

static enum jemput_status try_rebuild(struct fleet *f, unsigned device, struct rebuilding *r, struct jemput_rebuild_report *report,
                                      struct jemput_error *err)
{
    struct jemput_rebuild_options options = { .progress = on_progress, .each = on_difference, .ctx = r };

    memset(report, 0, sizeof *report);
    r->f = f;
    r->told[0] = 0;
    return jemput_rebuild(f->devices[device].jemput, &options, report, err);
}

static struct jemput_rebuild_report rebuild(struct fleet *f, unsigned device, struct rebuilding *r)
{
    struct jemput_rebuild_report report;
    struct jemput_error err;

    *r = (struct rebuilding){ .cancel_at = UINT64_MAX, .sql = r->sql, .sql_at = r->sql_at, .hash = r->hash };
    if (try_rebuild(f, device, r, &report, &err))
        fail_msg("device %u: %s", device, err.text);
    return report;
}

static void a_good_store_is_rebuilt_to_the_same_hash_and_not_one_byte_is_changed(void **state)
{
    struct rebuilding r = { 0 };
    struct fleet f;
    char hex[65];

    (void)state;
    history(&f, 3);
    for (unsigned i = 0; i < f.count; i++) {
        struct jemput_rebuild_report report;
        char *before, *after;

        hash_of(&f, i, hex);
        before = store_text(&f, i);
        report = rebuild(&f, i, &r);
        after = store_text(&f, i);
        assert_string_equal(report.state_hash, hex);
        assert_string_equal(r.told, "");
        assert_int_equal(report.differences + report.rows_put + report.rows_removed, 0);
        assert_true(report.segments > 0 && report.segments == r.last_done[JEMPUT_PHASE_REPLAY]);
        assert_string_equal(before, after);
        free(before);
        free(after);
        fleet_verify(&f, i);
    }
    fleet_release(&f);
}

static uint32_t below(uint64_t *rng, uint32_t n)
{
    *rng ^= *rng << 13;
    *rng ^= *rng >> 7;
    *rng ^= *rng << 17;
    return (uint32_t)(*rng >> 11) % n;
}

static void random_write(struct fleet *f, unsigned device, uint64_t *rng)
{
    unsigned a = below(rng, 6), b = below(rng, 6), c = below(rng, 6);
    char sql[300];

    switch (below(rng, 8)) {
    case 0:
    case 1:
        snprintf(sql, sizeof sql, "INSERT OR IGNORE INTO orang(id, nik, nama, keluarga) VALUES(%u, %u, 'n%u', 'k%u')", a, b, c, c);
        break;
    case 2:
        snprintf(sql, sizeof sql, "INSERT OR IGNORE INTO keluarga(id, no_kk) VALUES('k%u', %u)", a, b);
        break;
    case 3:
        snprintf(sql, sizeof sql, "UPDATE orang SET nik = %u, nama = 'm%u' WHERE id = %u", a, b, c);
        break;
    case 4:
        snprintf(sql, sizeof sql, "UPDATE keluarga SET alamat = 'j%u', no_kk = %u WHERE id = 'k%u'", a, b, c);
        break;
    case 5:
        snprintf(sql, sizeof sql, "DELETE FROM orang WHERE id = %u", a);
        break;
    case 6:
        snprintf(sql, sizeof sql, "DELETE FROM keluarga WHERE id = 'k%u'", a);
        break;
    default:
        snprintf(sql, sizeof sql, "BEGIN; UPDATE orang SET keluarga = NULL WHERE keluarga = 'k%u'; DELETE FROM keluarga WHERE id = 'k%u'; COMMIT", a, a);
    }
    if (fleet_try(f, device, sql) != SQLITE_OK) /* a constraint may refuse it */
        fleet_try(f, device, "ROLLBACK");
}

/* With one central that merges many segments together, and tablets that merge them one by one; or without a central, in any order. */
static void a_good_store_of_any_history_has_no_difference(void **state)
{
    char hex[65], first[65];

    (void)state;
    for (uint64_t seed = 1; seed <= (getenv("JEMPUT_FAULT_STEP") ? 4 : 10); seed++) { /* with sanitizers */
        uint64_t rng = seed * 0x9E3779B97F4A7C15u;
        struct rebuilding r = { 0 };
        struct fleet f;

        fleet_init(&f, 4, seed % 2 ? 0 : -1, SCHEMA, 300 + seed);
        for (unsigned step = 0; step < 70; step++) {
            unsigned device = below(&rng, 4);

            for (unsigned i = below(&rng, 6); i > 0; i--)
                random_write(&f, device, &rng);
            if (below(&rng, 2))
                fleet_sync(&f, device, below(&rng, 2));
        }
        for (unsigned i = 0; i < 3; i++) {
            fleet_settle(&f, 0);
            fleet_settle(&f, 1);
        }
        for (unsigned i = 0; i < f.count; i++) {
            struct jemput_rebuild_report report;

            hash_of(&f, i, hex);
            if (i == 0)
                memcpy(first, hex, sizeof first);
            if (strcmp(first, hex) != 0)
                fail_msg("seed %u: device %u has another state than device 0", (unsigned)seed, i);
            report = rebuild(&f, i, &r);
            if (report.differences || strcmp(report.state_hash, hex) != 0)
                fail_msg("seed %u, device %u: %s", (unsigned)seed, i, r.told);
        }
        fleet_release(&f);
    }
}

/* One transaction gives the number of a row that goes to one whose key comes before: merging it, the replay meets the new row first. */
static void a_row_that_takes_over_the_number_of_one_that_goes_is_no_difference(void **state)
{
    struct rebuilding r = { 0 };
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 41);
    fleet_sql(&f, TABLET, "INSERT INTO orang(id, nik, nama) VALUES(2, '11', 'Siti')");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "BEGIN; DELETE FROM orang; INSERT INTO orang(id, nik, nama) VALUES(1, '11', 'Siti'); COMMIT");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        assert_int_equal(rebuild(&f, i, &r).differences, 0);
        assert_string_equal(r.told, "");
        fleet_verify(&f, i);
    }
    fleet_release(&f);
}

/* A form that was opened before the row came deletes it: that had not seen it, so it comes back when the form is sealed. */
static void a_row_that_pending_work_had_not_seen_and_deleted_is_no_difference(void **state)
{
    struct rebuilding r = { 0 };
    struct fleet f;
    char *token;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 42);
    token = fleet_rows(&f, TABLET, "SELECT jemput_token()");
    fleet_sql(&f, TABLET_B, "INSERT INTO orang(id, nik, nama) VALUES(1, '11', 'Siti')");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "BEGIN; SELECT jemput_under(%d); DELETE FROM orang; COMMIT", atoi(token));
    free(token);
    assert_int_equal(rebuild(&f, TABLET, &r).differences, 0);
    assert_string_equal(r.told, "");
    fleet_expect(&f, TABLET, "SELECT id FROM orang", "1\n");
    fleet_verify(&f, TABLET);
    fleet_release(&f);
}

/* --- damage --- */

struct damage {
    const char *sql;
    const char *told; /* part of what is told */
};

static const struct damage damages[] = {
    { "UPDATE orang SET nama = 'Diubah' WHERE id = 1", "'orang': a row is here with other values than in the logs" },
    { "UPDATE orang SET umur = 7.5 WHERE id = 7", "'orang': a row is here with other values than in the logs" },
    { "DELETE FROM orang WHERE id = 2", "'orang': a row is in the logs and not here" },
    { "INSERT INTO orang(id, nik, nama) VALUES(99, '99', 'Hantu')", "'orang': a row is here and not in the logs" },
    { "INSERT INTO orang(id, nama) VALUES(1.5, 'Setengah')", "'orang': a row is here and not in the logs" },
    { "DELETE FROM keluarga; DELETE FROM orang", "'keluarga': a row is in the logs and not here (3 times" },
    /* the values of two rows are swapped: each is in the other's way */
    { "UPDATE orang SET nik = NULL WHERE id = 1; UPDATE orang SET nik = '11' WHERE id = 2; UPDATE orang SET nik = '12' WHERE id = 1",
      "'orang': a row is here with other values than in the logs (2 times" },
    /* what is held takes the place of what is shown */
    { "UPDATE orang SET id = 11 - id, nama = CASE id WHEN 5 THEN 'Sarah' ELSE 'Sari' END, umur = 11 - id WHERE nik = '15'", "'orang': a row is" },
    { "UPDATE keluarga SET alamat = CASE alamat WHEN 'Jl. Kenanga' THEN 'Jl. Dahlia' ELSE 'Jl. Kenanga' END WHERE id = 'k1'",
      "'keluarga': a row is here with other values" },
    { "UPDATE jemput_row SET detail = NULL, state = NULL WHERE state = 1", "'jemput_row': a row's conflict or deletion is another in the logs" },
    { "UPDATE jemput_row SET state = 4 WHERE state = 1", "'jemput_row': a row's conflict or deletion is another in the logs" },
    { "UPDATE jemput_row SET detail = substr(detail, 1, length(detail) - 1) WHERE state IS NOT NULL", "'jemput_row': an entry is another" },
    { "DELETE FROM jemput_row", "'jemput_row': an entry that the logs give is missing" },
    { "DELETE FROM jemput_row WHERE state IS NULL", "'jemput_row': an entry that the logs give is missing" },
    { "UPDATE jemput_row SET version = version + 1 WHERE state IS NULL", "'jemput_row': an entry is another than the logs give" },
    { "INSERT INTO jemput_row(tbl, key, version) VALUES(1, x'030131', 4096)", "'jemput_row': an entry is here that the logs do not give" },
    { "INSERT INTO jemput_row(tbl, key, version) VALUES(77, x'00', 0)", "'jemput_row': an entry is here that the logs do not give" },
    { "DELETE FROM jemput_birth", "the merge state of a row is another than the logs give" },
    { "UPDATE jemput_birth SET births = x'80'", "the merge state of a row is another than the logs give" },
    { "UPDATE jemput_birth SET id = id + 1", "the merge state of a row is another than the logs give" },
    { "DELETE FROM jemput_fact WHERE name = 'birth key'", "the merge state of a row is another than the logs give" },
    { "DELETE FROM jemput_withheld", "'jemput_withheld': an entry that the logs give is missing" },
    { "UPDATE jemput_withheld SET reason = 'CHECK apa'", "'jemput_withheld': an entry is another than the logs give" },
    { "UPDATE jemput_line SET fork_of = 1, fork_number = 1 WHERE id > 1", "'jemput_line': an entry is another than the logs give" },
    { "UPDATE jemput_context SET lines = lines || x'7f01'", "'jemput_segment': what a segment had seen is another" },
    { "DELETE FROM jemput_context", "'jemput_segment': what a segment had seen is another" },
    { "UPDATE jemput_segment SET context = 1, frontier = 1", "'jemput_segment': what a segment had seen is another" },
    { "UPDATE jemput_segment SET frontier_whole = 0, heads = x'00'", "'jemput_segment': what a segment had seen is another" },
    { "INSERT INTO jemput_unresolved(hash, segment) VALUES(zeroblob(32), 1)", "'jemput_unresolved': an entry is here that the logs do not give" },
};

static void expect_repaired(struct fleet *f, unsigned device, const char *hash, const struct damage *d)
{
    struct rebuilding r = { 0 };
    struct jemput_rebuild_report report = rebuild(f, device, &r);

    if (strcmp(report.state_hash, hash) != 0)
        fail_msg("another hash after: %s", d->sql);
    if (!strstr(r.told, d->told) || report.differences == 0)
        fail_msg("%s\n  told: %s  not: %s", d->sql, r.told, d->told);
    fleet_verify(f, device);
}

static uint64_t problems_of(struct fleet *f, unsigned device)
{
    struct jemput_error err;
    uint64_t problems = 0;

    if (jemput_verify(f->devices[device].jemput, NULL, NULL, &problems, &err))
        fail_msg("verify: %s", err.text);
    return problems;
}

static void whatever_is_damaged_comes_back_as_the_logs_say_and_the_difference_is_told(void **state)
{
    struct crash_snapshot *good;
    struct fleet_device *d;
    struct fleet f;
    char hash[65];

    (void)state;
    history(&f, 4);
    d = &f.devices[TABLET];
    hash_of(&f, TABLET, hash);
    jemput_close(d->jemput);
    d->jemput = NULL;
    good = crash_vfs_snapshot(d->vfs);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        crash_vfs_restore(d->vfs, good);
        store_damage(&f, TABLET, damages[i].sql);
        if (problems_of(&f, TABLET) == 0)
            fail_msg("verify does not find: %s", damages[i].sql);
        expect_repaired(&f, TABLET, hash, &damages[i]);
        jemput_close(d->jemput);
        d->jemput = NULL;
    }
    crash_snapshot_free(good);
    fleet_reopen(&f, TABLET);
    fleet_release(&f);
}

static void expect_text(const char *after, char *got, const char *wanted)
{
    if (strcmp(got, wanted) != 0)
        fail_msg("after %s\n%s  instead of\n%s", after, got, wanted);
    free(got);
}

/* The app went on working on a damaged store: its work is sealed, and is as good as if nothing had been. */
static void work_that_is_pending_on_a_damaged_store_is_kept(void **state)
{
    static const char *const work =
        "UPDATE orang SET umur = 32 WHERE id = 1; UPDATE keluarga SET rt = '009' WHERE id = 'k1'; DELETE FROM orang WHERE id = 7;"
        "INSERT INTO orang(id, nik, nama, keluarga) VALUES(8, '18', 'Rini', 'k1'); UPDATE keluarga SET no_kk = '22' WHERE id = 'k2'";
    static const char all_rows[] = "SELECT * FROM keluarga UNION ALL SELECT id, nik, nama, umur || keluarga FROM orang ORDER BY 1";
    struct rebuilding r = { 0 };
    struct crash_snapshot *good;
    struct fleet_device *d;
    struct fleet f;
    char *rows, *conflicts, *held;

    (void)state;
    history(&f, 5);
    d = &f.devices[TABLET];
    jemput_close(d->jemput);
    d->jemput = NULL;
    good = crash_vfs_snapshot(d->vfs);
    fleet_reopen(&f, TABLET);
    fleet_sql(&f, TABLET, "%s", work);
    rebuild(&f, TABLET, &r);
    rows = fleet_rows(&f, TABLET, all_rows);
    conflicts = fleet_conflicts(&f, TABLET);
    held = fleet_held(&f, TABLET);
    assert_true(strlen(conflicts) > 0 && strlen(held) > 0);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        if (strstr(damages[i].sql, "DELETE FROM orang") || strstr(damages[i].sql, "11 - id")) /* the work would be another on that */
            continue;
        jemput_close(d->jemput);
        d->jemput = NULL;
        crash_vfs_restore(d->vfs, good);
        store_damage(&f, TABLET, damages[i].sql);
        fleet_sql(&f, TABLET, "%s", work);
        rebuild(&f, TABLET, &r);
        expect_text(damages[i].sql, fleet_rows(&f, TABLET, all_rows), rows);
        if (!strstr(damages[i].sql, "jemput_context")) /* what was pending may count as having seen nothing: then it conflicts with all */
            expect_text(damages[i].sql, fleet_conflicts(&f, TABLET), conflicts);
        expect_text(damages[i].sql, fleet_held(&f, TABLET), held);
        fleet_verify(&f, TABLET);
    }
    free(rows);
    free(conflicts);
    free(held);
    fleet_settle(&f, 0);
    crash_snapshot_free(good);
    fleet_release(&f);
}

/* What a form had seen when it was opened cannot be read any more: then it has seen nothing, so that it may conflict, but hides nothing. */
static void a_form_whose_context_is_lost_is_sealed_as_having_seen_nothing(void **state)
{
    struct rebuilding r = { 0 };
    struct fleet f;
    char *token, *conflicts, sql[200];

    (void)state;
    history(&f, 12);
    token = fleet_rows(&f, TABLET, "SELECT jemput_token()");
    fleet_sql(&f, CENTRAL, "UPDATE orang SET nama = 'Dewi Sri' WHERE id = 7");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "BEGIN; SELECT jemput_under(%s); UPDATE orang SET nama = 'Dewi A' WHERE id = 7; UPDATE keluarga SET rt = '8' WHERE id = 'k3'; COMMIT", token);
    snprintf(sql, sizeof sql, "DELETE FROM jemput_context WHERE id = %s", token);
    store_damage(&f, TABLET, sql);
    rebuild(&f, TABLET, &r);
    fleet_verify(&f, TABLET);
    fleet_settle(&f, 0);
    conflicts = fleet_conflicts(&f, CENTRAL);
    assert_non_null(strstr(conflicts, "orang 7 nama"));
    assert_non_null(strstr(conflicts, "keluarga k3 rt")); /* against the insert */
    free(conflicts);
    free(token);
    fleet_release(&f);
}

/* --- damaged logs --- */

static const struct {
    const char *sql;
    enum jemput_status status;
    const char *text;
} log_damages[] = {
    { "UPDATE jemput_object SET data = zeroblob(length(data)) WHERE oid = (SELECT oid FROM jemput_segment WHERE NOT control ORDER BY id LIMIT 1)",
      JEMPUT_CORRUPT, "segment" },
    { "DELETE FROM jemput_object WHERE oid = (SELECT oid FROM jemput_segment WHERE NOT control ORDER BY id DESC LIMIT 1)", JEMPUT_NOTFOUND, "segment" },
    { "UPDATE jemput_segment SET number = number + 1 WHERE id = (SELECT max(id) FROM jemput_segment WHERE NOT control)", JEMPUT_CORRUPT,
      "the register says another writer, number, time or class" },
    { "UPDATE jemput_segment SET stamp = stamp + 1 WHERE id = (SELECT max(id) FROM jemput_segment WHERE NOT control)", JEMPUT_CORRUPT,
      "the register says another writer, number, time or class" },
    { "UPDATE jemput_segment SET txn_count = txn_count + 1 WHERE id = (SELECT max(id) FROM jemput_segment WHERE NOT control)", JEMPUT_CORRUPT,
      "the register says 5 transactions, the segment has 4" },
    { "UPDATE jemput_line SET writer = zeroblob(16) WHERE id = 3", JEMPUT_CORRUPT, "the register says another writer" },
    { "DELETE FROM jemput_segment WHERE id = (SELECT min(id) FROM jemput_segment WHERE NOT control)", JEMPUT_CORRUPT, "segment" },
    { "UPDATE jemput_segment SET id = 1000 WHERE id = (SELECT max(id) FROM jemput_segment)", JEMPUT_CORRUPT, "it has number 1000 in the register" },
};

static void a_damaged_log_stops_it_before_anything_is_changed(void **state)
{
    struct crash_snapshot *good;
    struct fleet_device *d;
    struct fleet f;

    (void)state;
    history(&f, 6);
    d = &f.devices[TABLET];
    jemput_close(d->jemput);
    d->jemput = NULL;
    good = crash_vfs_snapshot(d->vfs);
    for (size_t i = 0; i < sizeof log_damages / sizeof log_damages[0]; i++) {
        struct rebuilding r = { .cancel_at = UINT64_MAX };
        struct jemput_rebuild_report report;
        struct jemput_error err = { .status = JEMPUT_OK };
        enum jemput_status st;
        char *before, *after;

        crash_vfs_restore(d->vfs, good);
        store_damage(&f, TABLET, log_damages[i].sql);
        store_damage(&f, TABLET, "UPDATE orang SET nama = 'Diubah' WHERE id = 1");
        before = store_text(&f, TABLET);
        st = try_rebuild(&f, TABLET, &r, &report, &err);
        after = store_text(&f, TABLET);
        if (st != log_damages[i].status || !strstr(err.text, log_damages[i].text) || !strstr(err.text, "nothing was changed"))
            fail_msg("%s\n  gives %s: %s", log_damages[i].sql, jemput_status_name(st), err.text);
        assert_string_equal(before, after);
        free(before);
        free(after);
        jemput_close(d->jemput);
        d->jemput = NULL;
    }
    crash_vfs_restore(d->vfs, good);
    crash_snapshot_free(good);
    fleet_reopen(&f, TABLET);
    fleet_release(&f);
}

/* --- stopping --- */

static void cancelled_at_any_step_it_has_changed_nothing(void **state)
{
    struct fleet f;
    char hash[65];
    char *before;
    uint64_t at = 0;

    (void)state;
    history(&f, 7);
    hash_of(&f, TABLET, hash);
    store_damage(&f, TABLET, "UPDATE orang SET nama = 'Diubah'; DELETE FROM jemput_row; DELETE FROM keluarga");
    before = store_text(&f, TABLET);
    for (;; at++) {
        struct rebuilding r = { .cancel_at = at };
        struct jemput_rebuild_report report;
        struct jemput_error err;
        enum jemput_status st = try_rebuild(&f, TABLET, &r, &report, &err);
        char *after;

        if (!st)
            break;
        assert_int_equal(st, JEMPUT_CANCELLED);
        after = store_text(&f, TABLET);
        assert_string_equal(before, after);
        free(after);
    }
    assert_true(at > 10);
    free(before);
    fleet_verify(&f, TABLET);
    fleet_release(&f);
}

/* Central of the reference scene, whose tables and merge state are damaged, with work pending; the store as text: free(). */
static char *damaged_scene(struct scene *s)
{
    char *before;

    scene_init(s);
    fleet_reopen(&s->f, CENTRAL);
    store_damage(&s->f, CENTRAL, "UPDATE keluarga SET rt = 'rusak'; DELETE FROM orang WHERE nik LIKE '%1'; DELETE FROM jemput_birth");
    before = store_text(&s->f, CENTRAL);
    scene_close(s);
    crash_snapshot_free(s->ready);
    s->ready = crash_vfs_snapshot(s->f.devices[CENTRAL].vfs);
    return before;
}

static enum jemput_status scene_rebuild(struct scene *s, struct jemput_error *err)
{
    struct jemput_rebuild_report report;

    return jemput_rebuild(s->f.devices[CENTRAL].jemput, NULL, &report, err);
}

/* Whole, or as before to the last byte: then the next rebuild makes it whole. */
static void expect_whole(struct scene *s, const char *before)
{
    struct jemput_error err;
    char *now = store_text(&s->f, CENTRAL);

    if (problems_of(&s->f, CENTRAL) > 0) {
        assert_string_equal(now, before);
        if (scene_rebuild(s, &err))
            fail_msg("rebuild afterwards: %s", err.text);
        fleet_verify(&s->f, CENTRAL);
    }
    free(now);
    fleet_expect(&s->f, CENTRAL, "SELECT count(*), count(nullif(rt, 'rusak')), (SELECT count(*) FROM orang) FROM keluarga", "3|3|4\n");
}

static void a_power_cut_at_any_moment_leaves_it_as_before_or_whole(void **state)
{
    struct fleet_device *d;
    struct jemput_error err;
    struct scene s;
    uint64_t op = 0;
    bool cut = true;
    char *before;

    (void)state;
    before = damaged_scene(&s);
    d = &s.f.devices[CENTRAL];
    for (; cut; op++) {
        scene_restore(&s);
        if (scene_open(&s, &err))
            fail_msg("open: %s", err.text);
        crash_vfs_cut_at(d->vfs, op);
        if (scene_rebuild(&s, &err) && !crash_vfs_is_cut(d->vfs))
            fail_msg("without a cut: %s", err.text);
        cut = crash_vfs_is_cut(d->vfs);
        scene_close(&s);
        sim_env_power_cut(&d->sim, op + 1);
        if (scene_open(&s, &err))
            fail_msg("the store does not open after the cut: %s", err.text);
        expect_whole(&s, before);
        scene_close(&s);
    }
    assert_true(op > 10);
    free(before);
    scene_release(&s);
}

static void an_allocation_that_fails_changes_nothing_or_all(void **state)
{
    const char *step = getenv("JEMPUT_FAULT_STEP");
    struct jemput_error err;
    struct scene s;
    uint64_t nth = 0;
    size_t live = 0;
    bool failed = true;
    char *before;

    (void)state;
    before = damaged_scene(&s);
    for (; failed; nth += step && atoi(step) > 0 ? (unsigned)atoi(step) : 1) {
        enum jemput_status st;

        scene_restore(&s);
        if (scene_open(&s, &err))
            fail_msg("open: %s", err.text);
        fault_alloc_arm(&memory, nth, false);
        st = scene_rebuild(&s, &err);
        fault_alloc_disarm(&memory);
        failed = memory.failures > 0;
        if (st && st != JEMPUT_NOMEM)
            fail_msg("allocation %llu: %s", (unsigned long long)nth, err.text);
        expect_whole(&s, before);
        scene_close(&s);
        if (live && memory.live_blocks != live)
            fail_msg("allocation %llu: %zu blocks were not freed", (unsigned long long)nth, memory.live_blocks - live);
        live = memory.live_blocks;
    }
    assert_true(nth > 100);
    free(before);
    scene_release(&s);
}

/* --- beside the app --- */

static void the_app_sees_the_rows_and_nothing_of_its_own_is_touched(void **state)
{
    struct rebuilding r = { 0 };
    struct jemput_info info;
    struct jemput_error err;
    struct fleet f;
    sqlite3_stmt *stmt;

    (void)state;
    history(&f, 8);
    fleet_sql(&f, TABLET, "CREATE TABLE catatan(id INTEGER PRIMARY KEY, orang INTEGER REFERENCES orang(id) ON DELETE CASCADE, isi TEXT);"
                          "INSERT INTO catatan VALUES(1, 1, 'penting'), (2, 2, 'juga'); CREATE TABLE jejak(apa TEXT);"
                          "CREATE TRIGGER jejak_orang AFTER UPDATE ON orang BEGIN INSERT INTO jejak VALUES('diubah'); END;"
                          "CREATE TRIGGER jejak_hapus AFTER DELETE ON orang BEGIN INSERT INTO jejak VALUES('dihapus'); END");
    store_damage(&f, TABLET, "UPDATE orang SET nama = 'Diubah' WHERE id IN (1, 2)");
    fleet_expect(&f, TABLET, "SELECT nama FROM orang WHERE id = 1", "Diubah\n");
    assert_int_equal(sqlite3_prepare_v2(f.devices[TABLET].sql, "SELECT nama FROM orang WHERE id = 1", -1, &stmt, NULL), SQLITE_OK);
    rebuild(&f, TABLET, &r);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW); /* a statement that was prepared before */
    assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "Siti");
    sqlite3_finalize(stmt);
    fleet_expect(&f, TABLET, "SELECT * FROM catatan", "1|1|penting\n2|2|juga\n");
    fleet_expect(&f, TABLET, "SELECT * FROM jejak", "");
    assert_int_equal(jemput_info_get(f.devices[TABLET].jemput, &info, &err), JEMPUT_OK);
    assert_int_equal(info.pending_changes, 0); /* nothing was captured */
    fleet_verify(&f, TABLET);
    fleet_release(&f);
}

/* What merging runs, putting rows in place runs, too: it keeps in step what the device has for itself. */
static void triggers_that_are_declared_run_for_rows_that_are_put_in_place(void **state)
{
    struct rebuilding r = { 0 };
    struct fleet f;

    (void)state;
    fleet_init(&f, 2, 0, "CREATE TABLE catat(id TEXT PRIMARY KEY NOT NULL, isi TEXT); SELECT jemput_replicate('catat', 'triggers=masuk,keluar')", 13);
    fleet_sql(&f, TABLET, "CREATE TABLE jejak(apa TEXT);"
                          "CREATE TRIGGER masuk AFTER INSERT ON catat BEGIN INSERT INTO jejak VALUES('+' || NEW.isi); END;"
                          "CREATE TRIGGER keluar AFTER DELETE ON catat BEGIN INSERT INTO jejak VALUES('-' || OLD.isi); END;"
                          "CREATE TRIGGER lain AFTER DELETE ON catat BEGIN INSERT INTO jejak VALUES('lain'); END");
    fleet_sql(&f, CENTRAL, "INSERT INTO catat VALUES('a', 'satu'), ('b', 'dua')");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "DELETE FROM jejak");
    store_damage(&f, TABLET, "UPDATE catat SET isi = 'salah' WHERE id = 'a'; DELETE FROM catat WHERE id = 'b'; INSERT INTO catat VALUES('c', 'hantu')");
    rebuild(&f, TABLET, &r);
    fleet_expect(&f, TABLET, "SELECT * FROM catat", "a|satu\nb|dua\n");
    fleet_expect(&f, TABLET, "SELECT * FROM jejak ORDER BY 1", "+dua\n+satu\n-hantu\n-salah\n");
    fleet_verify(&f, TABLET);
    fleet_release(&f);
}

static void while_it_runs_the_app_still_sees_what_was_there_before(void **state)
{
    struct rebuilding r = { 0 };
    struct fleet f;
    char hex[65], *damaged;

    (void)state;
    history(&f, 11);
    hash_of(&f, TABLET, hex);
    store_damage(&f, TABLET, "UPDATE orang SET nama = 'Diubah'; DELETE FROM jemput_row WHERE tbl = 1; DELETE FROM keluarga");
    damaged = fleet_rows(&f, TABLET, "SELECT jemput_state_hash()");
    assert_int_not_equal(strncmp(damaged, hex, 64), 0);
    r.hash = damaged;
    assert_string_equal(rebuild(&f, TABLET, &r).state_hash, hex);
    free(damaged);
    fleet_release(&f);
}

/* While it computes, and while it compares; the step that the app has not come to is the end. */
static void what_the_app_saves_while_it_runs_is_kept(void **state)
{
    bool saved = true;
    uint64_t at;

    (void)state;
    for (at = 0; saved; at += 4) {
        struct rebuilding r = { .sql = "INSERT INTO keluarga VALUES('baru', '77', 'Jl. Baru', '7'); DELETE FROM orang WHERE id = 7", .sql_at = at };
        struct fleet f;

        history(&f, 9);
        store_damage(&f, TABLET, "UPDATE orang SET nama = 'Diubah'");
        rebuild(&f, TABLET, &r);
        saved = r.steps > at;
        if (saved)
            fleet_expect(&f, TABLET, "SELECT rt, (SELECT count(*) FROM orang WHERE id = 7) FROM keluarga WHERE id = 'baru'", "7|0\n");
        fleet_verify(&f, TABLET);
        fleet_settle(&f, 0);
        fleet_expect(&f, CENTRAL, "SELECT count(*) FROM keluarga WHERE rt = '7'", saved ? "1\n" : "0\n");
        fleet_release(&f);
    }
    assert_true(at > 20);
}

static void a_migration_that_is_not_sealed_yet_stays_and_its_column_keeps_what_it_has(void **state)
{
    struct rebuilding r = { 0 };
    struct fleet f;

    (void)state;
    history(&f, 12);
    fleet_sql(&f, CENTRAL, "SELECT jemput_migrate('ALTER TABLE keluarga ADD COLUMN telepon TEXT')");
    assert_int_equal(rebuild(&f, CENTRAL, &r).rows_put, 0);
    fleet_expect(&f, CENTRAL, "SELECT count(*), count(telepon) FROM keluarga", "3|0\n");
    fleet_verify(&f, CENTRAL);
    fleet_settle(&f, 0);
    fleet_expect(&f, TABLET, "SELECT count(*), count(telepon) FROM keluarga", "3|0\n");
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_that_have_merged_the_same_have_the_same_hash),
        cmocka_unit_test(the_hash_seals_what_is_pending_and_is_that_of_what_is_sealed),
        cmocka_unit_test(the_app_asks_for_the_hash_in_sql_and_is_told_when_there_is_none),
        cmocka_unit_test(a_good_store_is_rebuilt_to_the_same_hash_and_not_one_byte_is_changed),
        cmocka_unit_test(a_good_store_of_any_history_has_no_difference),
        cmocka_unit_test(a_row_that_takes_over_the_number_of_one_that_goes_is_no_difference),
        cmocka_unit_test(a_row_that_pending_work_had_not_seen_and_deleted_is_no_difference),
        cmocka_unit_test(whatever_is_damaged_comes_back_as_the_logs_say_and_the_difference_is_told),
        cmocka_unit_test(work_that_is_pending_on_a_damaged_store_is_kept),
        cmocka_unit_test(a_form_whose_context_is_lost_is_sealed_as_having_seen_nothing),
        cmocka_unit_test(a_damaged_log_stops_it_before_anything_is_changed),
        cmocka_unit_test(cancelled_at_any_step_it_has_changed_nothing),
        cmocka_unit_test(a_power_cut_at_any_moment_leaves_it_as_before_or_whole),
        cmocka_unit_test(an_allocation_that_fails_changes_nothing_or_all),
        cmocka_unit_test(the_app_sees_the_rows_and_nothing_of_its_own_is_touched),
        cmocka_unit_test(triggers_that_are_declared_run_for_rows_that_are_put_in_place),
        cmocka_unit_test(while_it_runs_the_app_still_sees_what_was_there_before),
        cmocka_unit_test(what_the_app_saves_while_it_runs_is_kept),
        cmocka_unit_test(a_migration_that_is_not_sealed_yet_stays_and_its_column_keeps_what_it_has),
    };

    fault_alloc_install(&memory);
    return cmocka_run_group_tests_name("rebuild", tests, NULL, NULL);
}
