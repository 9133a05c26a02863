/* sim/test_sealed.c — a store that is sealed at rest, from outside: locking and unlocking, the ways in, and a store that is sealed or made plain later.
 * What a thief finds on the disk: test_sealed_disk.c; in memory: test_sealed_memory.c. The fleets of other programs run sealed as well (JEMPUT_TEST_SEALED). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "fleet.h"
#include "store/internal.h"
#include "store/vault/lid.h"
#include "support/sealed.h"
#include "support/spy_vfs.h"

#define PATH "device0.db"

static const char SCHEMA[] = "CREATE TABLE keluarga(id BLOB PRIMARY KEY, kepala TEXT NOT NULL);"
                             "CREATE TABLE orang(id BLOB PRIMARY KEY, keluarga_id BLOB NOT NULL REFERENCES keluarga(id), nik TEXT UNIQUE, nama TEXT, "
                             "catatan TEXT); SELECT jemput_replicate('keluarga'); SELECT jemput_replicate('orang');";
static const struct jemput_secret right_pin = { .pin = "135790" }, wrong_pin = { .pin = "135791" };

/* --- one device --- */

struct one {
    struct crash_vfs *vfs;
    struct sim_env sim;
    struct jemput *j;
    struct jemput_error err;
};

static void one_init(struct one *o, const struct jemput_secret *secret)
{
    const struct jemput_founding founding = { .schema = SCHEMA, .secret = secret };

    o->vfs = crash_vfs_new("one");
    sim_env_init(&o->sim, o->vfs, 77);
    if (jemput_found(&o->j, PATH, &founding, &o->sim.env, &o->err))
        fail_msg("%s", o->err.text);
}

static void one_release(struct one *o)
{
    jemput_close(o->j);
    crash_vfs_free(o->vfs);
}

static void one_sql(struct one *o, const char *sql)
{
    if (sqlite3_exec(jemput_app(o->j), sql, NULL, NULL, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(jemput_app(o->j)));
}

static int one_number(struct jemput *j, const char *sql)
{
    sqlite3_stmt *s;
    int n = -1;

    if (sqlite3_prepare_v2(jemput_app(j), sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        n = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return n;
}

static enum jemput_status one_open(struct one *o, const struct jemput_secret *secret)
{
    enum jemput_status st = jemput_open_sealed(&o->j, PATH, secret, &o->sim.env, &o->err);

    if (st)
        assert_null(o->j);
    return st;
}

static void one_close(struct one *o)
{
    jemput_close(o->j);
    o->j = NULL;
}

static struct jemput_sealing one_sealing(struct one *o)
{
    struct jemput_sealing s;

    if (jemput_sealing_get(PATH, &o->sim.env, &s, &o->err))
        fail_msg("%s", o->err.text);
    return s;
}

static void one_verify(struct one *o)
{
    uint64_t problems;

    assert_int_equal(jemput_verify(o->j, NULL, NULL, &problems, &o->err), JEMPUT_OK);
    assert_int_equal(problems, 0);
}

/* --- locking --- */

static void locked_handle_says_so_to_every_call_and_goes_on_after_unlocking(void **state)
{
    struct jemput_info info;
    struct jemput_sync_report report;
    sqlite3_stmt *stmt = NULL;
    uint64_t problems;
    char hash[65];
    struct one o;

    (void)state;
    one_init(&o, sealed_secret());
    one_sql(&o, "INSERT INTO keluarga VALUES(x'01', 'Siti')");
    assert_int_equal(sqlite3_prepare_v2(jemput_app(o.j), "SELECT kepala FROM keluarga", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_int_equal(jemput_lock(o.j, &o.err), JEMPUT_BUSY); /* that statement could still be read */
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    one_sql(&o, "BEGIN; INSERT INTO keluarga VALUES(x'02', 'Budi')"); /* nothing was closed */
    assert_int_equal(jemput_lock(o.j, &o.err), JEMPUT_BUSY); /* that row would be gone */
    one_sql(&o, "COMMIT");
    assert_int_equal(jemput_lock(o.j, &o.err), JEMPUT_OK);
    assert_int_equal(jemput_lock(o.j, &o.err), JEMPUT_OK);
    assert_null(jemput_app(o.j));
    assert_int_equal(jemput_info_get(o.j, &info, &o.err), JEMPUT_LOCKED);
    assert_int_equal(jemput_seal(o.j, NULL, &o.err), JEMPUT_LOCKED);
    assert_int_equal(jemput_sync(o.j, NULL, &report, &o.err), JEMPUT_LOCKED);
    assert_int_equal(jemput_verify(o.j, NULL, NULL, &problems, &o.err), JEMPUT_LOCKED);
    assert_int_equal(jemput_state_hash(o.j, hash, &o.err), JEMPUT_LOCKED);
    assert_int_equal(jemput_pin_set(o.j, "135790", NULL, &o.err), JEMPUT_LOCKED);
    assert_int_equal(jemput_unlock(o.j, NULL, &o.err), JEMPUT_LOCKED);
    assert_int_equal(jemput_unlock(o.j, &right_pin, &o.err), JEMPUT_LOCKED); /* it has no PIN */
    assert_int_equal(jemput_unlock(o.j, sealed_secret(), &o.err), JEMPUT_OK);
    assert_int_equal(jemput_unlock(o.j, NULL, &o.err), JEMPUT_OK);
    assert_int_equal(one_number(o.j, "SELECT count(*) FROM keluarga"), 2);
    one_sql(&o, "INSERT INTO keluarga VALUES(x'03', 'Wayan')");
    one_verify(&o);
    assert_int_equal(jemput_info_get(o.j, &info, &o.err), JEMPUT_OK);
    assert_int_equal(info.sealed, 1);
    one_release(&o);
}

static void plain_store_cannot_be_locked_and_is_not_taken_for_a_sealed_one(void **state)
{
    struct jemput_info info;
    struct one o;

    (void)state;
    one_init(&o, NULL);
    assert_int_equal(jemput_lock(o.j, &o.err), JEMPUT_MISUSE);
    assert_int_equal(jemput_pin_set(o.j, "135790", NULL, &o.err), JEMPUT_MISUSE);
    assert_int_equal(jemput_info_get(o.j, &info, &o.err), JEMPUT_OK);
    assert_int_equal(info.sealed, 0);
    one_close(&o);
    assert_int_equal(one_sealing(&o).sealed, 0);
    assert_int_equal(one_open(&o, sealed_secret()), JEMPUT_DENIED);
    assert_non_null(strstr(o.err.text, "not sealed"));
    assert_int_equal(one_open(&o, NULL), JEMPUT_OK);
    one_release(&o);
}

static void restricted_connection_is_restricted_after_unlocking_too(void **state)
{
    struct one o;

    (void)state;
    one_init(&o, sealed_secret());
    one_sql(&o, "CREATE TABLE catatan(x)");
    jemput_restrict(o.j);
    assert_int_equal(sqlite3_exec(jemput_app(o.j), "DROP TABLE catatan", NULL, NULL, NULL), SQLITE_AUTH);
    assert_int_equal(jemput_lock(o.j, &o.err), JEMPUT_OK);
    assert_int_equal(jemput_unlock(o.j, sealed_secret(), &o.err), JEMPUT_OK);
    assert_int_equal(sqlite3_exec(jemput_app(o.j), "DROP TABLE catatan", NULL, NULL, NULL), SQLITE_AUTH);
    assert_int_equal(jemput_lock(o.j, &o.err), JEMPUT_OK);
    jemput_restrict(o.j);
    assert_int_equal(jemput_unlock(o.j, sealed_secret(), &o.err), JEMPUT_OK);
    assert_int_equal(sqlite3_exec(jemput_app(o.j), "ATTACH 'lain.db' AS l", NULL, NULL, NULL), SQLITE_AUTH);
    one_release(&o);
}

static void missing_or_foreign_file_is_what_it_is_with_a_secret_too(void **state)
{
    struct one o;

    (void)state;
    one_init(&o, sealed_secret());
    one_close(&o);
    assert_int_equal(jemput_open_sealed(&o.j, "none.db", sealed_secret(), &o.sim.env, &o.err), JEMPUT_NOTFOUND);
    crash_vfs_put(o.vfs, "text.db", "neither of the two, and long enough to be told", 40);
    assert_int_equal(jemput_open_sealed(&o.j, "text.db", sealed_secret(), &o.sim.env, &o.err), JEMPUT_CORRUPT);
    assert_int_equal(one_open(&o, NULL), JEMPUT_LOCKED);
    one_release(&o);
}

/* Wherever it ends: it is no store, or damage is told. Nothing is taken for a store that has less in it. */
static void store_that_was_cut_off_is_never_a_smaller_one(void **state)
{
    static uint8_t file[1 << 20];
    const uint8_t *now;
    struct one o;
    size_t len;

    (void)state;
    one_init(&o, sealed_secret());
    one_sql(&o, "INSERT INTO keluarga VALUES(x'01', 'Siti')");
    one_close(&o);
    now = crash_vfs_file(o.vfs, PATH, &len);
    assert_true(len < sizeof file);
    memcpy(file, now, len);
    for (size_t cut = 0; cut < len; cut += cut % 4096 ? 4095 : 1) { /* at each page's end, and a byte behind it */
        uint64_t problems = 0;
        enum jemput_status st;

        crash_vfs_put(o.vfs, PATH, file, cut);
        st = one_open(&o, sealed_secret());
        if (!st)
            st = jemput_verify(o.j, NULL, NULL, &problems, &o.err);
        one_close(&o);
        if (!(st == JEMPUT_CORRUPT || (st == JEMPUT_NOTFOUND && cut == 0) || problems))
            fail_msg("cut at %zu of %zu: %s", cut, len, jemput_status_name(st));
    }
    crash_vfs_put(o.vfs, PATH, file, len);
    assert_int_equal(one_open(&o, sealed_secret()), JEMPUT_OK);
    one_verify(&o);
    one_release(&o);
}

/* Neither a wrong key nor a failing disk: damage. */
static void damaged_byte_is_told_as_damage(void **state)
{
    static uint8_t file[1 << 20];
    const uint8_t *now;
    uint64_t rng = 6;
    unsigned refused = 0, found = 0;
    struct one o;
    size_t len;

    (void)state;
    one_init(&o, sealed_secret());
    one_sql(&o, "INSERT INTO keluarga VALUES(x'01', 'Siti')");
    one_close(&o);
    now = crash_vfs_file(o.vfs, PATH, &len);
    assert_true(len < sizeof file);
    memcpy(file, now, len);
    for (size_t at = 0; at < len; at += at < 64 ? 1 : 1 + crash_rng_next(&rng) % 1500) {
        uint64_t problems = 0;
        enum jemput_status st;

        file[at] ^= 16;
        crash_vfs_put(o.vfs, PATH, file, len);
        file[at] ^= 16;
        st = one_open(&o, sealed_secret());
        if (!st) {
            st = jemput_verify(o.j, NULL, NULL, &problems, &o.err);
            found += st || problems;
        } else {
            refused++;
        }
        if (st && st != JEMPUT_CORRUPT)
            fail_msg("byte %u: %s (%s)", (unsigned)at, o.err.text, jemput_status_name(st));
        if (at < JEMPUT_LID_HEAD_BYTES)
            assert_int_equal(st, JEMPUT_CORRUPT);
        one_close(&o);
    }
    assert_true(refused > 60 && found > 100);
    one_release(&o);
}

/* --- the ways in --- */

static void pin_key_and_recovery_code_open_the_store_and_are_changed(void **state)
{
    const struct jemput_secret new_pin = { .pin = "864209" };
    struct jemput_secret by_code = { 0 };
    char code[JEMPUT_RECOVERY_TEXT], older[JEMPUT_RECOVERY_TEXT];
    struct one o;

    (void)state;
    one_init(&o, &right_pin);
    one_sql(&o, "INSERT INTO keluarga VALUES(x'01', 'Siti')");
    assert_int_equal(jemput_pin_set(o.j, NULL, NULL, &o.err), JEMPUT_MISUSE); /* nothing else opens it */
    assert_int_equal(jemput_key_set(o.j, NULL, &o.err), JEMPUT_OK);
    assert_int_equal(jemput_recovery_make(o.j, older, &o.err), JEMPUT_OK);
    assert_int_equal(jemput_pin_set(o.j, NULL, NULL, &o.err), JEMPUT_MISUSE); /* the code alone is not enough to go on with */
    assert_int_equal(jemput_recovery_make(o.j, code, &o.err), JEMPUT_OK);
    one_close(&o);
    assert_true(one_sealing(&o).pin && !one_sealing(&o).pin_needs_key && !one_sealing(&o).key && one_sealing(&o).recovery);
    assert_int_equal(one_open(&o, &wrong_pin), JEMPUT_DENIED);
    assert_non_null(strstr(o.err.text, "not the PIN"));
    assert_int_equal(one_sealing(&o).wrong_pins, 1);
    by_code.recovery = older;
    assert_int_equal(one_open(&o, &by_code), JEMPUT_DENIED);
    by_code.recovery = "7777-7777";
    assert_int_equal(one_open(&o, &by_code), JEMPUT_MISUSE);
    by_code.recovery = code;
    assert_int_equal(one_open(&o, &by_code), JEMPUT_OK); /* the PIN was forgotten */
    assert_int_equal(jemput_pin_set(o.j, new_pin.pin, NULL, &o.err), JEMPUT_OK);
    assert_int_equal(jemput_lock(o.j, &o.err), JEMPUT_OK);
    assert_int_equal(jemput_unlock(o.j, &right_pin, &o.err), JEMPUT_DENIED);
    assert_int_equal(jemput_unlock(o.j, &new_pin, &o.err), JEMPUT_OK);
    assert_int_equal(one_number(o.j, "SELECT count(*) FROM keluarga"), 1);
    one_release(&o);
}

static void pin_that_needs_the_platforms_key_opens_nowhere_else(void **state)
{
    const struct jemput_secret both = { .pin = "135790", .key = sealed_secret()->key };
    struct one o;

    (void)state;
    one_init(&o, &both);
    one_close(&o);
    assert_true(one_sealing(&o).pin && one_sealing(&o).pin_needs_key && !one_sealing(&o).key);
    assert_int_equal(one_open(&o, &right_pin), JEMPUT_LOCKED);
    assert_int_equal(one_open(&o, sealed_secret()), JEMPUT_LOCKED);
    assert_int_equal(one_open(&o, &both), JEMPUT_OK);
    assert_int_equal(jemput_key_set(o.j, sealed_secret()->key, &o.err), JEMPUT_OK);
    one_close(&o);
    assert_int_equal(one_open(&o, sealed_secret()), JEMPUT_OK);
    assert_int_equal(jemput_pin_set(o.j, NULL, NULL, &o.err), JEMPUT_OK);
    one_release(&o);
}

static void wrong_pins_are_told_how_long_to_wait(void **state)
{
    struct one o;

    (void)state;
    one_init(&o, &right_pin);
    one_close(&o);
    for (int i = 0; i < 5; i++)
        assert_int_equal(one_open(&o, &wrong_pin), JEMPUT_DENIED);
    assert_int_equal(one_sealing(&o).wait_ms, 30000);
    assert_int_equal(one_open(&o, &right_pin), JEMPUT_LOCKED);
    assert_non_null(strstr(o.err.text, "in 30 s"));
    sim_env_advance(&o.sim, 30000);
    assert_int_equal(one_sealing(&o).wait_ms, 0);
    assert_int_equal(one_open(&o, &right_pin), JEMPUT_OK);
    assert_int_equal(one_sealing(&o).wrong_pins, 0);
    one_release(&o);
}

/* --- later --- */

static void store_is_sealed_later_and_made_plain_again(void **state)
{
    struct jemput_secret by_code = { 0 };
    char code[JEMPUT_RECOVERY_TEXT], before[65], after[65];
    struct one o;

    (void)state;
    one_init(&o, NULL);
    one_sql(&o, "INSERT INTO keluarga VALUES(x'01', 'Siti'); INSERT INTO orang VALUES(x'11', x'01', '3174990101800001', 'Siti', NULL);"
                "CREATE VIRTUAL TABLE cari USING fts5(nama, content='orang'); INSERT INTO cari(cari) VALUES('rebuild')");
    assert_int_equal(jemput_state_hash(o.j, before, &o.err), JEMPUT_OK);
    one_sql(&o, "INSERT INTO keluarga VALUES(x'02', 'Budi')"); /* and this is not sealed into a segment yet */
    assert_int_equal(jemput_protect(PATH, NULL, sealed_secret(), code, &o.sim.env, &o.err), JEMPUT_BUSY);
    one_close(&o);
    assert_int_equal(jemput_protect(PATH, NULL, NULL, code, &o.sim.env, &o.err), JEMPUT_MISUSE);
    assert_int_equal(jemput_protect(PATH, NULL, sealed_secret(), code, &o.sim.env, &o.err), JEMPUT_OK);
    assert_int_equal(jemput_protect(PATH, NULL, sealed_secret(), code, &o.sim.env, &o.err), JEMPUT_LOCKED);
    assert_int_equal(one_open(&o, NULL), JEMPUT_LOCKED);
    by_code.recovery = code;
    assert_int_equal(one_open(&o, &by_code), JEMPUT_OK);
    assert_int_equal(one_number(o.j, "SELECT count(*) FROM keluarga"), 2);
    assert_int_equal(one_number(o.j, "SELECT count(*) FROM cari WHERE cari MATCH 'siti'"), 1);
    one_verify(&o);
    one_sql(&o, "INSERT INTO keluarga VALUES(x'03', 'Wayan')");
    one_close(&o);
    assert_int_equal(jemput_protect(PATH, &by_code, &right_pin, NULL, &o.sim.env, &o.err), JEMPUT_OK); /* a new data key: the old code is void */
    assert_int_equal(one_open(&o, &by_code), JEMPUT_LOCKED);
    assert_int_equal(one_open(&o, &right_pin), JEMPUT_OK);
    one_close(&o);
    assert_int_equal(jemput_protect(PATH, &wrong_pin, NULL, NULL, &o.sim.env, &o.err), JEMPUT_DENIED);
    assert_int_equal(jemput_protect(PATH, &right_pin, NULL, NULL, &o.sim.env, &o.err), JEMPUT_OK);
    assert_int_equal(one_open(&o, NULL), JEMPUT_OK);
    assert_int_equal(one_number(o.j, "SELECT count(*) FROM keluarga"), 3);
    one_sql(&o, "DELETE FROM keluarga WHERE id <> x'01'");
    assert_int_equal(jemput_state_hash(o.j, after, &o.err), JEMPUT_OK);
    one_verify(&o);
    one_release(&o);
}

/* The app's own copies, made as of any other database, and files that it makes beside them. */
static void copy_of_the_app_is_sealed_and_opens_by_the_same_pin(void **state)
{
    static const char *const made[] = { "VACUUM INTO 'salinan.db'", "-- arsip\n /* hari ini */ vacuum main INTO 'arsip.db'",
        "VACUUM INTO 'file:uri.db?vacuum=1'" };
    static const char *const names[] = { "salinan.db", "arsip.db", "uri.db" };
    struct jemput *copy;
    struct one o;

    (void)state;
    one_init(&o, &right_pin);
    one_sql(&o, "INSERT INTO keluarga VALUES(x'01', 'Siti Kenari')");
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        one_sql(&o, made[i]);
        assert_int_equal(jemput_open_sealed(&copy, names[i], &right_pin, &o.sim.env, &o.err), JEMPUT_OK);
        assert_int_equal(one_number(copy, "SELECT count(*) FROM keluarga"), 1);
        jemput_close(copy);
        assert_int_equal(sqlite3_exec(jemput_app(o.j), made[i], NULL, NULL, NULL), SQLITE_ERROR); /* it is there already */
    }
    one_sql(&o, "ATTACH 'catatan.db' AS c; CREATE TABLE c.t(x); INSERT INTO c.t VALUES('Budi Kenari'); DETACH c; VACUUM; ATTACH 'catatan.db' AS c");
    assert_int_equal(one_number(o.j, "SELECT count(*) FROM c.t"), 1);
    one_sql(&o, "INSERT INTO keluarga VALUES(x'02', 'Budi')");
    one_verify(&o);
    one_release(&o);
}

static void device_joins_into_a_sealed_store_and_asks_again_in_it(void **state)
{
    struct jemput_error err;
    struct jemput *again;
    struct fleet f;
    char *invitation;
    size_t len;
    struct sim_env sim;
    struct crash_vfs *vfs = crash_vfs_new("joins");

    (void)state;
    fleet_init(&f, 1, 0, SCHEMA, 5);
    sim_env_init(&sim, vfs, 6);
    assert_int_equal(jemput_invite(f.devices[0].jemput, "petugas", "", "", sim.wall_ms + 3600000, &invitation, &len, &err), JEMPUT_OK);
    assert_int_equal(jemput_join_sealed(&again, "tablet.db", invitation, len, sealed_secret(), &sim.env, &err), JEMPUT_OK);
    assert_int_equal(sqlite3_exec(jemput_app(again), "INSERT INTO keluarga VALUES(x'01', 'Siti')", NULL, NULL, NULL), SQLITE_OK);
    jemput_close(again);
    assert_int_equal(jemput_join(&again, "tablet.db", invitation, len, &sim.env, &err), JEMPUT_LOCKED);
    assert_int_equal(jemput_join_sealed(&again, "tablet.db", invitation, len, sealed_secret(), &sim.env, &err), JEMPUT_OK);
    assert_int_equal(one_number(again, "SELECT count(*) FROM keluarga"), 1);
    jemput_close(again);
    jemput_text_free(invitation);
    fleet_release(&f);
    crash_vfs_free(vfs);
}

/* Whoever closes a store last copies its log into it, and then takes the log away: half of it and half of what was there before is no damage. */
static void a_store_that_somebody_closes_while_it_is_opened_is_looked_at_again(void **state)
{
    static const unsigned torn[] = { 0, 1, 2, 3, 1000 }; /* readings of its first page, one after the other */
    struct fleet f;
    struct fleet_device *d = &f.devices[0];
    struct jemput_error err;

    (void)state;
    setenv("JEMPUT_TEST_SEALED", "1", 1);
    fleet_init(&f, 1, 0, SCHEMA, 9);
    spy_vfs_start("spy", crash_vfs_name(d->vfs));
    d->sim.env.sqlite_vfs = "spy";
    for (size_t i = 0; i < sizeof torn / sizeof torn[0]; i++) {
        enum jemput_status st;

        jemput_close(d->jemput);
        spy_vfs_tear(JEMPUT_LID_BYTES, 4096, torn[i]);
        st = jemput_open_sealed(&d->jemput, d->path, sealed_secret(), &d->sim.env, &err);
        assert_int_equal(st, torn[i] <= 3 ? JEMPUT_OK : JEMPUT_CORRUPT); /* for good, it is damaged */
        spy_vfs_tear(0, 0, 0);
        if (st && jemput_open_sealed(&d->jemput, d->path, sealed_secret(), &d->sim.env, &err))
            fail_msg("%s", err.text);
        d->sql = jemput_app(d->jemput);
    }
    fleet_release(&f);
    spy_vfs_stop();
    unsetenv("JEMPUT_TEST_SEALED");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_that_somebody_closes_while_it_is_opened_is_looked_at_again),
        cmocka_unit_test(locked_handle_says_so_to_every_call_and_goes_on_after_unlocking),
        cmocka_unit_test(plain_store_cannot_be_locked_and_is_not_taken_for_a_sealed_one),
        cmocka_unit_test(restricted_connection_is_restricted_after_unlocking_too),
        cmocka_unit_test(missing_or_foreign_file_is_what_it_is_with_a_secret_too),
        cmocka_unit_test(store_that_was_cut_off_is_never_a_smaller_one),
        cmocka_unit_test(damaged_byte_is_told_as_damage),
        cmocka_unit_test(pin_key_and_recovery_code_open_the_store_and_are_changed),
        cmocka_unit_test(pin_that_needs_the_platforms_key_opens_nowhere_else),
        cmocka_unit_test(wrong_pins_are_told_how_long_to_wait),
        cmocka_unit_test(store_is_sealed_later_and_made_plain_again),
        cmocka_unit_test(copy_of_the_app_is_sealed_and_opens_by_the_same_pin),
        cmocka_unit_test(device_joins_into_a_sealed_store_and_asks_again_in_it),
    };

    jemput_sqlite_start(); /* before the simulated disks start SQLite, as in an app */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
