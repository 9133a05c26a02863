/* sim/test_sealed_memory.c — what a thief finds in the memory of a process (a core dump, a page that was swapped out) whose store has been locked: no key, and
 * nothing that the engine or SQLite had read for it. */
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
#include "store/keys/epoch.h"
#include "store/internal.h"
#include "support/memory_scan.h"
#include "support/sealed.h"

#define CENTRAL 0
#define TABLET 1
#define CANARY_BYTES 24

static const char SCHEMA[] = "CREATE TABLE keluarga(id BLOB PRIMARY KEY, kepala TEXT NOT NULL); SELECT jemput_replicate('keluarga');"
                             "CREATE TABLE orang(id BLOB PRIMARY KEY, keluarga_id BLOB NOT NULL REFERENCES keluarga(id), nik TEXT UNIQUE, nama TEXT, "
                             "catatan TEXT); SELECT jemput_replicate('orang');";

/* A name that stands nowhere in the program: made letter by letter, and bound, so that no SQL text holds it. */
static void canary_make(char out[CANARY_BYTES + 1], unsigned number)
{
    for (unsigned i = 0; i < CANARY_BYTES; i++)
        out[i] = (char)('a' + (i * 7 + number * 5 + i * i) % 26);
    out[CANARY_BYTES] = 0;
}

static void bound_run(sqlite3 *db, const char *sql, unsigned number)
{
    char canary[CANARY_BYTES + 1];
    sqlite3_stmt *stmt;

    canary_make(canary, number);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    sqlite3_bind_text(stmt, 1, canary, CANARY_BYTES, SQLITE_TRANSIENT);
    memset(canary, 0, sizeof canary);
    assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
    sqlite3_finalize(stmt);
}

/* How many of the people are in memory. */
static unsigned canaries_found(unsigned count)
{
    uint8_t mask[CANARY_BYTES];
    char canary[CANARY_BYTES + 1];
    unsigned found = 0;

    for (unsigned i = 0; i < count; i++) {
        canary_make(canary, i);
        memory_scan_turn(mask, canary, sizeof mask);
        memset(canary, 0, sizeof canary);
        found += memory_scan(mask, sizeof mask) > 0;
    }
    return found;
}

/* Every value, as an app reads it, and no copy is kept. */
static void rows_read(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt;
    unsigned bytes = 0;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    while (sqlite3_step(stmt) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(stmt); i++)
            bytes += sqlite3_column_text(stmt, i) ? (unsigned)sqlite3_column_bytes(stmt, i) : 0;
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    if (bytes == 0)
        fail_msg("%s: nothing", sql);
}

/* Both write about the same rows: conflicts, a held row, a merge, views, the state computed anew, an edit, a sort that fills memory. */
static void everything_happens(struct fleet *f)
{
    static const char *const views[] = { "SELECT * FROM jemput_conflict", "SELECT * FROM jemput_held", "SELECT * FROM jemput_history('orang', x'0200')",
        "SELECT * FROM orang ORDER BY catatan DESC", "SELECT nama || catatan FROM orang GROUP BY nama" };
    struct jemput_rebuild_report rebuilt;
    struct jemput_error err;
    uint64_t problems;

    for (unsigned i = 0; i < 2; i++) {
        fleet_sql(f, i, "INSERT INTO keluarga VALUES(x'01%02x', 'Kartu')", i);
        fleet_sql(f, i, "INSERT INTO orang VALUES(x'03%02x', x'01%02x', 'sama', 'ada', NULL)", i, i); /* one of the two is held */
        bound_run(f->devices[i].sql, i ? "INSERT INTO orang VALUES(x'0201', x'0101', NULL, ?1, randomblob(3000))"
                                       : "INSERT INTO orang VALUES(x'0200', x'0100', NULL, ?1, randomblob(3000))", i);
    }
    fleet_settle(f, 0);
    for (unsigned i = 0; i < 2; i++)
        bound_run(f->devices[i].sql, "UPDATE orang SET nama = ?1 WHERE id = x'0200'", 2 + i);
    fleet_settle(f, 0);
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        rows_read(f->devices[TABLET].sql, views[i]);
    assert_int_equal(jemput_rebuild(f->devices[TABLET].jemput, NULL, &rebuilt, &err), JEMPUT_OK);
    assert_int_equal(jemput_verify(f->devices[TABLET].jemput, NULL, NULL, &problems, &err), JEMPUT_OK);
}

struct secrets { /* of the tablet, each byte turned */
    uint8_t data_key[32], signing_seed[32], reading_key[32], epoch_key[32];
};

static void secrets_note(struct secrets *s, struct jemput *j)
{
    struct jemput_reading_pair pair;
    struct jemput_error err;
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    uint32_t number;

    memory_scan_turn(s->data_key, jemput_store_key(j->store), 32);
    memory_scan_turn(s->signing_seed, j->key.secret_key, 32);
    assert_int_equal(engine_reading_pair(j, &pair, &err), JEMPUT_OK);
    memory_scan_turn(s->reading_key, pair.secret_key, 32);
    jemput_wipe(&pair, sizeof pair);
    assert_int_equal(engine_epoch_current(j, &number, key, &err), JEMPUT_OK);
    memory_scan_turn(s->epoch_key, key, 32);
    jemput_wipe(key, sizeof key);
}

/* Central's store goes away whole, so that what is found is the tablet's. */
static void locked_process_holds_no_key_and_no_resident(void **state)
{
    static struct secrets s;
    struct jemput_error err;
    struct fleet f;

    (void)state;
    fleet_init(&f, 2, CENTRAL, SCHEMA, 91);
    everything_happens(&f);
    secrets_note(&s, f.devices[TABLET].jemput);
    if (memory_scan(s.data_key, 32) < 0)
        skip();
    assert_true(memory_scan(s.data_key, 32) > 0 && memory_scan(s.signing_seed, 32) > 0); /* open: the eyes see */
    rows_read(f.devices[TABLET].sql, "SELECT * FROM orang");
    assert_true(canaries_found(4) >= 3); /* the fourth may be shown by nobody */
    assert_int_equal(jemput_lock(f.devices[CENTRAL].jemput, &err), JEMPUT_OK);
    assert_int_equal(jemput_lock(f.devices[TABLET].jemput, &err), JEMPUT_OK);
    assert_int_equal(memory_scan(s.data_key, 32), 0);
    assert_int_equal(memory_scan(s.signing_seed, 32), 0);
    assert_int_equal(memory_scan(s.reading_key, 32), 0);
    assert_int_equal(memory_scan(s.epoch_key, 32), 0);
    assert_int_equal(canaries_found(4), 0);
    fleet_release(&f);
}

/* A backup keeps SQLite's connection alive, and nobody can see it: it gets no more pages, and the key is gone all the same. */
static void unfinished_backup_keeps_no_key_and_reads_no_more(void **state)
{
    static struct secrets s;
    sqlite3_backup *backup;
    struct jemput_error err;
    struct fleet f;
    sqlite3 *to;

    (void)state;
    fleet_init(&f, 1, CENTRAL, SCHEMA, 92);
    fleet_sql(&f, 0, "INSERT INTO keluarga VALUES(x'01', hex(randomblob(30000)))");
    secrets_note(&s, f.devices[0].jemput);
    if (memory_scan(s.data_key, 32) < 0)
        skip();
    assert_int_equal(sqlite3_open(":memory:", &to), SQLITE_OK);
    backup = sqlite3_backup_init(to, "main", f.devices[0].sql, "main");
    assert_non_null(backup);
    assert_int_equal(sqlite3_backup_step(backup, 1), SQLITE_OK);
    assert_int_equal(jemput_lock(f.devices[0].jemput, &err), JEMPUT_OK);
    assert_int_equal(memory_scan(s.data_key, 32), 0);
    assert_int_equal(sqlite3_backup_step(backup, -1) & 0xff, SQLITE_IOERR);
    sqlite3_backup_finish(backup);
    sqlite3_close(to);
    assert_int_equal(jemput_unlock(f.devices[0].jemput, sealed_secret(), &err), JEMPUT_OK);
    f.devices[0].sql = jemput_app(f.devices[0].jemput);
    fleet_expect(&f, 0, "SELECT count(*) FROM keluarga", "1\n");
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(locked_process_holds_no_key_and_no_resident),
        cmocka_unit_test(unfinished_backup_keeps_no_key_and_reads_no_more),
    };

    jemput_sqlite_start(); /* before the simulated disks start SQLite, as in an app */
    setenv("JEMPUT_TEST_SEALED", "1", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
