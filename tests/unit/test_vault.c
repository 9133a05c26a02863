/* unit/test_vault.c — what a vault hides, refuses and notices, over the disk that fails on demand. Power cuts: test_vault_cut.c. */
#include "vault_world.h"

#include "support/fault_alloc.h"
#include "support/spy_vfs.h"

#define CANARIES 50
#define LID_BYTES JEMPUT_LID_BYTES
#define PAGE_BYTES 4096
#define WAL "PRAGMA journal_mode=WAL;"

static char canaries[CANARIES][32];

static void canaries_make(void)
{
    static const char *const names[] = { "Siti Kenari", "Budi Kenari", "Wayan Kenari", "Ketut Kenari", "Ujang Kenari" };

    for (int i = 0; i < CANARIES; i++)
        snprintf(canaries[i], sizeof canaries[i], i % 2 ? "%s-%02d" : "3174%.0s990101800%03d", names[i / 2 % 5], i);
    for (int i = 0; i < CANARIES; i++)
        spy_vfs_watch(canaries[i]);
}

/* Rows with canaries in every place that SQLite may put them: table, index, a sort and a temporary table that spill, a statement journal, a rollback. */
static void canaries_write(sqlite3 *db)
{
    assert_int_equal(db_exec(db, "PRAGMA temp_store=FILE; PRAGMA cache_size=4; PRAGMA temp.cache_size=4;"
                                 "CREATE TABLE orang(id INTEGER PRIMARY KEY, nama TEXT, isi BLOB); CREATE INDEX orang_nama ON orang(nama)"), SQLITE_OK);
    for (int i = 0; i < CANARIES; i++) {
        char sql[256];

        snprintf(sql, sizeof sql, "INSERT INTO orang(nama, isi) VALUES('%.31s', zeroblob(5000))", canaries[i]);
        assert_int_equal(db_exec(db, sql), SQLITE_OK);
    }
    assert_int_equal(db_exec(db, "CREATE TEMP TABLE salin AS SELECT a.nama || b.nama AS nama FROM orang a, orang b;"
                                 "CREATE INDEX temp.salin_nama ON salin(nama);"
                                 "BEGIN; UPDATE temp.salin SET nama = nama || 'x'; ROLLBACK;"
                                 "PRAGMA wal_checkpoint;"
                                 "BEGIN; INSERT INTO orang(nama) VALUES('a'); UPDATE OR FAIL orang SET nama = nama || '!', isi = zeroblob(6000);"
                                 "SAVEPOINT s; UPDATE orang SET nama = nama || '?'; ROLLBACK TO s; COMMIT"), SQLITE_OK);
    assert_true(db_int(db, "SELECT count(*) FROM (SELECT nama || isi || hex(randomblob(400)) AS n FROM orang, temp.salin LIMIT 9000) ORDER BY n") != 0);
    assert_int_equal(db_int(db, "SELECT length(group_concat(n)) > 0 FROM (SELECT a.nama || hex(zeroblob(300)) AS n FROM temp.salin a ORDER BY 1)"), 1);
}

static void no_byte_that_was_ever_written_shows_a_canary(void **state)
{
    const char *const modes[] = { WAL, "PRAGMA journal_mode=DELETE;", "PRAGMA journal_mode=PERSIST;" };

    (void)state;
    spy_vfs_start("spy", "crash");
    for (size_t m = 0; m < 2 * sizeof modes / sizeof *modes; m++) {
        struct jemput_vault *v = vault_on("spy", right_key);
        char path[32];
        sqlite3 *db;
        int rc;

        spy_vfs_forget();
        canaries_make();
        snprintf(path, sizeof path, "canary%d", (int)m);
        if (m % 2) { /* the spy has eyes */
            sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "spy");
            assert_int_equal(db_exec(db, modes[m / 2]), SQLITE_OK);
        } else {
            db = db_open_on(v, path, modes[m / 2], &rc);
        }
        assert_non_null(db);
        canaries_write(db);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        assert_true(spy_vfs_writes(SQLITE_OPEN_MAIN_DB) > 0);
        assert_true(spy_vfs_writes(m < 2 ? SQLITE_OPEN_WAL : SQLITE_OPEN_MAIN_JOURNAL) > 0);
        assert_true(spy_vfs_writes(SQLITE_OPEN_TEMP_DB) > 0);
        assert_true(spy_vfs_writes(SQLITE_OPEN_TEMP_JOURNAL) + spy_vfs_writes(SQLITE_OPEN_SUBJOURNAL) > 0);
        if (m % 2)
            assert_true(spy_vfs_hits() >= CANARIES);
        else
            assert_string_equal(spy_vfs_first_hit(), "");
        jemput_vault_close(v);
    }
    spy_vfs_stop();
}

static void store_make(const char *sql)
{
    sqlite3 *db = db_open(WAL "CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB);"
                              "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) INSERT INTO t SELECT i, randomblob(900) FROM n");

    assert_non_null(db);
    assert_int_equal(db_exec(db, sql), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void wrong_key_and_no_key_are_told_apart_from_damage(void **state)
{
    struct jemput_vault *other = vault_on("crash", wrong_key);
    size_t len;
    int rc;

    (void)state;
    assert_int_equal(kind_of_path(&world, DB), JEMPUT_VAULT_EMPTY);
    store_make("");
    assert_int_equal(kind_of_path(&world, DB), JEMPUT_VAULT_SEALED);
    assert_null(db_open_on(other, DB, "", &rc));
    assert_int_equal(rc, SQLITE_AUTH);
    assert_null(db_open_on(NULL, DB, "SELECT * FROM sqlite_schema", &rc));
    assert_int_equal(rc, SQLITE_NOTADB);
    crash_vfs_put(disk, "junk", "neither SQLite nor a vault: this is just text", 45);
    assert_int_equal(kind_of_path(&world, "junk"), JEMPUT_VAULT_OTHER);
    assert_null(db_open_on(vault, "junk", "", &rc));
    assert_int_equal(rc, SQLITE_NOTADB);
    assert_non_null(crash_vfs_file(disk, DB, &len));
    assert_true(len > LID_BYTES + 10 * PAGE_BYTES);
    jemput_vault_close(other);
}

/* --- damage --- */

/* SQLITE_OK: all rows and the whole file are as they were made; SQLITE_MISMATCH: they read well, and are others. Else the first error. */
static int store_read(void)
{
    int rc;
    sqlite3 *db = db_open_on(vault, DB, "", &rc);

    if (!db)
        return rc;
    sqlite3_extended_result_codes(db, 1);
    rc = db_exec(db, "SELECT sum(length(hex(v))) FROM t");
    if (rc == SQLITE_OK && (db_int(db, "SELECT sum(length(hex(v))) FROM t") != 60 * 1800 || !db_is_sound(db)))
        rc = SQLITE_MISMATCH;
    sqlite3_close(db);
    return rc;
}

/* Each byte of the file but the ways in of the lid is covered: what is in page n, and that it is page n. */
static void every_changed_byte_and_every_moved_page_is_noticed(void **state)
{
    static uint8_t file[1 << 20];
    const uint8_t *now;
    uint64_t rng = 1;
    size_t len;

    (void)state;
    store_make("");
    assert_int_equal(store_read(), SQLITE_OK);
    now = crash_vfs_file(disk, DB, &len);
    assert_true(len < sizeof file);
    memcpy(file, now, len);
    for (size_t at = 0; at < len; at += 1 + crash_rng_next(&rng) % 97) {
        uint8_t bit = (uint8_t)(1 << crash_rng_next(&rng) % 8);

        if (at >= JEMPUT_LID_HEAD_BYTES && at < LID_BYTES)
            continue;
        file[at] ^= bit;
        crash_vfs_put(disk, DB, file, len);
        assert_int_not_equal(store_read(), SQLITE_OK);
        file[at] ^= bit;
    }
    for (size_t page = 2; LID_BYTES + (page + 1) * PAGE_BYTES <= len; page++) {
        uint8_t keep[PAGE_BYTES];

        memcpy(keep, file + LID_BYTES + page * PAGE_BYTES, PAGE_BYTES);
        memcpy(file + LID_BYTES + page * PAGE_BYTES, file + LID_BYTES + (page - 1) * PAGE_BYTES, PAGE_BYTES);
        crash_vfs_put(disk, DB, file, len);
        assert_int_equal(store_read(), SQLITE_IOERR_DATA); /* the tag says so: what a page holds is not even looked at */
        memcpy(file + LID_BYTES + page * PAGE_BYTES, keep, PAGE_BYTES);
    }
    crash_vfs_put(disk, DB, file, len);
    assert_int_equal(store_read(), SQLITE_OK);
}

static void changed_byte_in_the_log_ends_it_there(void **state)
{
    static uint8_t log[1 << 20];
    const char *name = DB "-wal";
    struct crash_snapshot *left;
    const uint8_t *now;
    uint64_t rng = 2;
    sqlite3 *db = db_open(WAL "PRAGMA wal_autocheckpoint=0; CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
    int64_t most = 0, least = 20, rows;
    size_t len;
    int rc;

    (void)state;
    for (int i = 0; i < 20; i++)
        assert_int_equal(db_exec(db, "INSERT INTO t(v) VALUES(randomblob(3000))"), SQLITE_OK);
    left = crash_vfs_snapshot(disk);
    crash_vfs_restore(disk, left);
    sqlite3_close(db);
    now = crash_vfs_file(disk, name, &len);
    assert_true(len < sizeof log);
    memcpy(log, now, len);
    for (size_t at = 32; at < len; at += 1 + crash_rng_next(&rng) % 997) {
        crash_vfs_restore(disk, left);
        log[at] ^= 4;
        crash_vfs_put(disk, name, log, len);
        log[at] ^= 4;
        db = db_open_on(vault, DB, "", &rc);
        assert_non_null(db);
        assert_true(db_int(db, "SELECT count(*) FROM sqlite_schema") >= 0); /* what was committed before the byte */
        rows = at < 4 * (24 + PAGE_BYTES) ? 0 : db_int(db, "SELECT count(*) FROM t"); /* the table itself is in the first frames */
        assert_true(rows >= 0 && rows < 20);
        most = rows > most ? rows : most;
        least = rows < least ? rows : least;
        assert_true(db_is_sound(db));
        sqlite3_close(db);
    }
    assert_true(least < 2 && most > 15);
    crash_snapshot_free(left);
}

/* --- beside the store --- */

static void copies_that_sqlite_makes_are_sealed_and_whole(void **state)
{
    sqlite3 *db, *scratch = NULL;
    sqlite3_backup *backup;
    int rc;

    (void)state;
    store_make("");
    db = db_open("");
    assert_int_equal(db_exec(db, "VACUUM INTO 'file:copy?vacuum=1'; VACUUM"), SQLITE_OK);
    assert_int_equal(kind_of_path(&world, "copy"), JEMPUT_VAULT_SEALED);
    assert_int_equal(sqlite3_open_v2("", &scratch, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, jemput_vault_name(vault)), SQLITE_OK);
    db_exec(scratch, "PRAGMA cache_size=4");
    backup = sqlite3_backup_init(scratch, "main", db, "main");
    assert_int_equal(sqlite3_backup_step(backup, -1), SQLITE_DONE);
    assert_int_equal(sqlite3_backup_finish(backup), SQLITE_OK);
    assert_int_equal(db_int(scratch, "SELECT sum(length(v)) FROM t"), 60 * 900);
    assert_int_equal(db_exec(scratch, "UPDATE t SET v = zeroblob(5000); DELETE FROM t WHERE id % 3"), SQLITE_OK);
    assert_true(db_is_sound(scratch));
    sqlite3_close(scratch);
    assert_true(db_is_sound(db));
    sqlite3_close(db);
    db = db_open_on(vault, "copy", "", &rc);
    assert_int_equal(db_int(db, "SELECT sum(length(v)) FROM t"), 60 * 900);
    sqlite3_close(db);
}

static void plain_file_is_attached_as_it_is_and_converted_whole(void **state)
{
    int reserved = JEMPUT_VAULT_RESERVED_BYTES, rc;
    sqlite3 *db = db_open_on(NULL, "plain", WAL "CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES(7, 'tujuh')", &rc);
    char sql[128];

    (void)state;
    assert_int_equal(kind_of_path(&world, "plain"), JEMPUT_VAULT_PLAIN);
    snprintf(sql, sizeof sql, "VACUUM INTO 'file:turned?vacuum=1&vfs=%s'", jemput_vault_name(vault));
    assert_int_equal(db_exec(db, sql), SQLITE_IOERR); /* no room in its pages */
    assert_int_equal(sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved), SQLITE_OK);
    crash_vfs_put(disk, "turned", "", 0);
    assert_int_equal(db_exec(db, sql), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(kind_of_path(&world, "turned"), JEMPUT_VAULT_SEALED);
    db = db_open_on(vault, "turned", "ATTACH 'plain' AS p", &rc);
    assert_int_equal(db_int(db, "SELECT count(*) FROM t JOIN p.t AS q USING(id, v)"), 1);
    assert_int_equal(db_exec(db, "INSERT INTO p.t VALUES(8, 'delapan'); BEGIN; INSERT INTO t VALUES(8, 'x'); INSERT INTO p.t VALUES(9, 'y'); COMMIT"), SQLITE_OK);
    assert_int_equal(db_exec(db, "ATTACH 'new' AS n; CREATE TABLE n.t(x); INSERT INTO n.t SELECT v FROM t"), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(kind_of_path(&world, "new"), JEMPUT_VAULT_SEALED);
    assert_int_equal(kind_of_path(&world, "plain"), JEMPUT_VAULT_PLAIN);
    db = db_open_on(NULL, "plain", "", &rc);
    assert_int_equal(db_int(db, "SELECT count(*) FROM t"), 3);
    sqlite3_close(db);
}

/* --- temporary files against a model --- */

static void temporary_file_reads_what_was_written(void **state)
{
    static uint8_t model[80000], got[20000], data[20000];
    sqlite3_vfs *vfs = sqlite3_vfs_find(jemput_vault_name(vault));
    union {
        sqlite3_file file;
        uint8_t room[4096];
    } f;
    uint64_t rng = 3;
    int64_t size = 0;

    (void)state;
    assert_int_equal(vfs->xOpen(vfs, NULL, &f.file, SQLITE_OPEN_TEMP_DB | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_DELETEONCLOSE, NULL), SQLITE_OK);
    for (int i = 0; i < 20000; i++) {
        int64_t at = (int64_t)(crash_rng_next(&rng) % 60000);
        int len = 1 + (int)(crash_rng_next(&rng) % (i % 3 ? 40 : 20000));

        if (i % 50 == 49) {
            int64_t to = (int64_t)(crash_rng_next(&rng) % 60000);

            assert_int_equal(f.file.pMethods->xTruncate(&f.file, to), SQLITE_OK);
            if (to < size) {
                memset(model + to, 0, (size_t)(size - to));
                size = to;
            }
        } else if (i % 2) {
            for (int k = 0; k < len; k++)
                data[k] = (uint8_t)crash_rng_next(&rng);
            assert_int_equal(f.file.pMethods->xWrite(&f.file, data, len, at), SQLITE_OK);
            memcpy(model + at, data, (size_t)len);
            size = at + len > size ? at + len : size;
        } else {
            assert_int_equal(f.file.pMethods->xRead(&f.file, got, len, at), at + len > size ? SQLITE_IOERR_SHORT_READ : SQLITE_OK);
            assert_memory_equal(got, model + at, (size_t)len);
        }
    }
    f.file.pMethods->xClose(&f.file);
}

/* --- faults --- */

static void any_operation_or_allocation_may_fail_once(void **state)
{
    struct crash_snapshot *ready;

    (void)state;
    store_make("");
    ready = crash_vfs_snapshot(disk);
    for (uint64_t n = 0;; n++) {
        uint64_t faults;
        int64_t rows;
        bool done = false;
        sqlite3 *db;

        crash_vfs_restore(disk, ready);
        crash_vfs_fail_at(disk, n, n % 2 ? CRASH_FAULT_IO : CRASH_FAULT_FULL, false);
        db = db_open("PRAGMA cache_size=4; PRAGMA temp_store=FILE");
        if (db)
            done = db_exec(db, "BEGIN; UPDATE t SET v = randomblob(1200); SAVEPOINT s; UPDATE t SET v = randomblob(1300); ROLLBACK TO s;"
                               "INSERT INTO t SELECT id + 100, v FROM t ORDER BY v; COMMIT") == SQLITE_OK;
        faults = crash_vfs_counters(disk)->faults;
        crash_vfs_fail_at(disk, 0, CRASH_FAULT_NONE, false);
        sqlite3_close(db);
        db = db_open("");
        rows = db_int(db, "SELECT count(*) FROM t");
        if (!(rows == 120 || (rows == 60 && !done)) || !db_is_sound(db))
            print_message("n %d rows %d done %d\n", (int)n, (int)rows, done);
        assert_true(rows == 120 || (rows == 60 && !done));
        assert_true(db_is_sound(db));
        sqlite3_close(db);
        if (!faults && n > 1000)
            break;
        crash_vfs_counters_reset(disk);
    }
    crash_snapshot_free(ready);
}

static void vault_opens_whole_or_not_at_all(void **state)
{
    struct fault_alloc mem;
    struct jemput_error err;

    (void)state;
    fault_alloc_install(&mem);
    for (uint64_t n = 0;; n++) {
        struct jemput_vault *v = NULL;
        sqlite3 *db = NULL;
        int rc = SQLITE_NOMEM;

        world.sqlite_vfs = "crash";
        fault_alloc_arm(&mem, n, false);
        if (jemput_vault_open(&v, &world, right_key, NULL, &err) == JEMPUT_OK)
            db = db_open_on(v, "memory", WAL "CREATE TABLE IF NOT EXISTS t(x); INSERT INTO t VALUES(1)", &rc);
        fault_alloc_disarm(&mem);
        sqlite3_close(db);
        jemput_vault_close(v);
        assert_int_equal(mem.live_blocks, 0);
        if (!mem.failures)
            break;
        assert_true(db || rc == SQLITE_NOMEM || rc == SQLITE_CANTOPEN || rc == SQLITE_IOERR);
    }
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
}

static void vault_lives_as_long_as_a_statement_that_was_left(void **state)
{
    sqlite3_stmt *left = NULL;
    sqlite3 *db;

    (void)state;
    store_make("");
    db = db_open("");
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT v FROM t", -1, &left, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(left), SQLITE_ROW);
    sqlite3_close_v2(db);
    jemput_vault_close(vault);
    vault = NULL;
    assert_int_equal(sqlite3_step(left), SQLITE_ROW);
    assert_int_equal(sqlite3_finalize(left), SQLITE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_byte_that_was_ever_written_shows_a_canary, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_key_and_no_key_are_told_apart_from_damage, setup, teardown),
        cmocka_unit_test_setup_teardown(every_changed_byte_and_every_moved_page_is_noticed, setup, teardown),
        cmocka_unit_test_setup_teardown(changed_byte_in_the_log_ends_it_there, setup, teardown),
        cmocka_unit_test_setup_teardown(copies_that_sqlite_makes_are_sealed_and_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(plain_file_is_attached_as_it_is_and_converted_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(temporary_file_reads_what_was_written, setup, teardown),
        cmocka_unit_test_setup_teardown(any_operation_or_allocation_may_fail_once, setup, teardown),
        cmocka_unit_test_setup_teardown(vault_opens_whole_or_not_at_all, setup, teardown),
        cmocka_unit_test_setup_teardown(vault_lives_as_long_as_a_statement_that_was_left, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
