/* unit/test_app_error.c — what a SQLite error of the app's own SQL means, as jemput_app_error() says it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jemput/jemput.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "support/crash_vfs.h"
#include "support/sealed.h"
#include "support/sim_env.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define PATH "a.db"

static const char SCHEMA[] = "CREATE TABLE warga(id INTEGER PRIMARY KEY NOT NULL, nama TEXT NOT NULL UNIQUE, umur INTEGER CHECK(umur >= 0), "
                             "ibu INTEGER REFERENCES warga(id)) WITHOUT ROWID; SELECT jemput_replicate('warga');"
                             "CREATE TABLE catatan(i INTEGER PRIMARY KEY, isi TEXT);"
                             "INSERT INTO catatan VALUES(1, 'x')";

struct one {
    struct crash_vfs *vfs;
    struct sim_env sim;
    struct jemput *j;
    struct jemput_error err;
};

static void one_init(struct one *o)
{
    const struct jemput_founding founding = { .schema = SCHEMA, .secret = sealed_secret() };

    *o = (struct one){ .vfs = crash_vfs_new("apperror") };
    sim_env_init(&o->sim, o->vfs, 5);
    if (jemput_found(&o->j, PATH, &founding, &o->sim.env, &o->err))
        fail_msg("%s", o->err.text);
}

static void one_release(struct one *o)
{
    jemput_close(o->j);
    crash_vfs_free(o->vfs);
}

static enum jemput_status sql(struct one *o, const char *text)
{
    return jemput_app_error(o->j, sqlite3_exec(jemput_app(o->j), text, NULL, NULL, NULL), &o->err);
}

static void what_an_app_does_wrong_has_its_code_and_sqlites_text(void **state)
{
    static const struct {
        const char *sql, *text;
        enum jemput_status status;
    } table[] = {
        { "SELECT 1", NULL, JEMPUT_OK },
        { "SELEC 1", "near \"SELEC\": syntax error", JEMPUT_MISUSE },
        { "SELECT * FROM tiada", "no such table: tiada", JEMPUT_MISUSE },
        { "INSERT INTO catatan VALUES('x', 1)", "datatype mismatch", JEMPUT_MISUSE },
        { "SELECT jemput_serial()", "wrong number of arguments", JEMPUT_MISUSE },
        { "INSERT INTO warga VALUES(1, 'Siti', 3, NULL)", NULL, JEMPUT_OK },
        { "INSERT INTO warga VALUES(2, 'Siti', 3, NULL)", "UNIQUE constraint failed: warga.nama", JEMPUT_DENIED },
        { "INSERT INTO warga VALUES(3, NULL, 3, NULL)", "NOT NULL constraint failed: warga.nama", JEMPUT_DENIED },
        { "INSERT INTO warga VALUES(4, 'Budi', -1, NULL)", "CHECK constraint failed", JEMPUT_DENIED },
        { "INSERT INTO warga VALUES(5, 'Tini', 1, 99)", "FOREIGN KEY constraint failed", JEMPUT_DENIED },
        { "DROP TABLE warga", "not authorized", JEMPUT_DENIED },
        { "SELECT * FROM jemput_fact", "prohibited", JEMPUT_DENIED },
        { "PRAGMA query_only=ON; INSERT INTO catatan VALUES(2, 'x')", "attempt to write a readonly database", JEMPUT_DENIED },
        { "PRAGMA query_only=OFF", NULL, JEMPUT_OK },
        { "INSERT INTO catatan VALUES(3, zeroblob(600000000))", "too big", JEMPUT_LIMIT },
        { "INSERT INTO warga VALUES(6, hex(zeroblob(600000)), 1, NULL)", "keep larger things as attachments", JEMPUT_LIMIT },
    };
    struct one o;

    (void)state;
    one_init(&o);
    for (size_t i = 0; i < COUNT(table); i++) {
        if (sql(&o, table[i].sql) != table[i].status)
            fail_msg("%s: %d, %s", table[i].sql, o.err.status, o.err.text);
        if (table[i].status && !strstr(o.err.text, table[i].text))
            fail_msg("%s: '%s' is not in '%s'", table[i].sql, table[i].text, o.err.text);
    }
    one_release(&o);
}

static void another_writer_is_busy_and_no_damage(void **state)
{
    struct jemput *other;
    struct one o;

    (void)state;
    one_init(&o);
    assert_int_equal(jemput_beside(o.j, &other, &o.err), JEMPUT_OK);
    assert_int_equal(sqlite3_exec(jemput_app(other), "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sql(&o, "PRAGMA busy_timeout=0; INSERT INTO catatan VALUES(2, 'x')"), JEMPUT_BUSY);
    jemput_close(other);
    assert_int_equal(sql(&o, "INSERT INTO catatan VALUES(2, 'x')"), JEMPUT_OK);
    one_release(&o);
}

static void a_full_or_failing_disk_is_told_apart(void **state)
{
    struct one o;

    (void)state;
    one_init(&o);
    crash_vfs_fail_at(o.vfs, 0, CRASH_FAULT_FULL, true);
    assert_int_equal(sql(&o, "INSERT INTO catatan VALUES(2, 'x')"), JEMPUT_FULL);
    crash_vfs_fail_at(o.vfs, 0, CRASH_FAULT_IO, true);
    assert_int_equal(sql(&o, "INSERT INTO catatan VALUES(2, 'x')"), JEMPUT_IO);
    crash_vfs_fail_at(o.vfs, 0, CRASH_FAULT_NONE, false);
    assert_int_equal(sql(&o, "INSERT INTO catatan VALUES(2, 'x')"), JEMPUT_OK);
    one_release(&o);
}

/* The app's connection has plain codes: what kind of SQLITE_IOERR it was decides. */
static void a_page_that_is_not_what_was_sealed_is_damage_and_no_failing_disk(void **state)
{
    size_t len;
    const uint8_t *file;
    uint8_t *damaged;
    struct one o;

    (void)state;
    one_init(&o);
    assert_int_equal(sql(&o, "INSERT INTO catatan VALUES(2, hex(zeroblob(100000)))"), JEMPUT_OK);
    jemput_close(o.j);
    file = crash_vfs_file(o.vfs, PATH, &len);
    assert_true(len > 200000);
    damaged = malloc(len);
    memcpy(damaged, file, len);
    damaged[len - 100000] ^= 1;
    crash_vfs_put(o.vfs, PATH, damaged, len);
    free(damaged);
    if (jemput_open_sealed(&o.j, PATH, sealed_secret(), &o.sim.env, &o.err))
        fail_msg("%s", o.err.text);
    assert_int_equal(sqlite3_exec(jemput_app(o.j), "SELECT instr(isi, 'x') FROM catatan", NULL, NULL, NULL), SQLITE_IOERR);
    assert_int_equal(jemput_app_error(o.j, SQLITE_IOERR, &o.err), JEMPUT_CORRUPT);
    one_release(&o);
}

static int interrupt(void *db)
{
    sqlite3_interrupt(db);
    return 0;
}

static void what_was_interrupted_was_cancelled(void **state)
{
    struct one o;

    (void)state;
    one_init(&o);
    sqlite3_progress_handler(jemput_app(o.j), 10, interrupt, jemput_app(o.j));
    assert_int_equal(sql(&o, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"), JEMPUT_CANCELLED);
    sqlite3_progress_handler(jemput_app(o.j), 0, NULL, NULL);
    one_release(&o);
}

/* Codes alone: the connection's last error is another. */
static void every_code_of_sqlites_means_something(void **state)
{
    static const struct {
        int rc;
        enum jemput_status status;
    } table[] = {
        { SQLITE_OK, JEMPUT_OK },
        { SQLITE_ROW, JEMPUT_OK },
        { SQLITE_DONE, JEMPUT_OK },
        { SQLITE_ERROR, JEMPUT_MISUSE },
        { SQLITE_MISUSE, JEMPUT_MISUSE },
        { SQLITE_RANGE, JEMPUT_MISUSE },
        { SQLITE_MISMATCH, JEMPUT_MISUSE },
        { SQLITE_CONSTRAINT_TRIGGER, JEMPUT_DENIED },
        { SQLITE_AUTH, JEMPUT_DENIED },
        { SQLITE_PERM, JEMPUT_DENIED },
        { SQLITE_READONLY_DBMOVED, JEMPUT_DENIED },
        { SQLITE_BUSY_SNAPSHOT, JEMPUT_BUSY },
        { SQLITE_LOCKED, JEMPUT_BUSY },
        { SQLITE_PROTOCOL, JEMPUT_BUSY },
        { SQLITE_SCHEMA, JEMPUT_BUSY },
        { SQLITE_FULL, JEMPUT_FULL },
        { SQLITE_TOOBIG, JEMPUT_LIMIT },
        { SQLITE_INTERRUPT, JEMPUT_CANCELLED },
        { SQLITE_ABORT_ROLLBACK, JEMPUT_CANCELLED },
        { SQLITE_NOMEM, JEMPUT_NOMEM },
        { SQLITE_IOERR_NOMEM, JEMPUT_NOMEM },
        { SQLITE_IOERR_FSYNC, JEMPUT_IO },
        { SQLITE_CANTOPEN, JEMPUT_IO },
        { SQLITE_IOERR_SHORT_READ, JEMPUT_CORRUPT },
        { SQLITE_IOERR_DATA, JEMPUT_CORRUPT },
        { SQLITE_CORRUPT_VTAB, JEMPUT_CORRUPT },
        { SQLITE_NOTADB, JEMPUT_CORRUPT },
        { SQLITE_INTERNAL, JEMPUT_IO },
        { 99, JEMPUT_IO },
    };
    struct one o;

    (void)state;
    one_init(&o);
    for (size_t i = 0; i < COUNT(table); i++) {
        sqlite3_exec(jemput_app(o.j), "SELECT 1", NULL, NULL, NULL);
        if (jemput_app_error(o.j, table[i].rc, &o.err) != table[i].status)
            fail_msg("%d: %d, %s", table[i].rc, o.err.status, o.err.text);
        assert_true(table[i].status == JEMPUT_OK || o.err.text[0]);
    }
    one_release(&o);
}

static void a_locked_store_has_no_connection_to_ask(void **state)
{
    struct one o;

    (void)state;
    one_init(&o);
    assert_int_equal(jemput_lock(o.j, &o.err), JEMPUT_OK);
    assert_int_equal(jemput_app_error(o.j, SQLITE_ERROR, &o.err), JEMPUT_LOCKED);
    one_release(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_app_does_wrong_has_its_code_and_sqlites_text),
        cmocka_unit_test(another_writer_is_busy_and_no_damage),
        cmocka_unit_test(a_full_or_failing_disk_is_told_apart),
        cmocka_unit_test(a_page_that_is_not_what_was_sealed_is_damage_and_no_failing_disk),
        cmocka_unit_test(what_was_interrupted_was_cancelled),
        cmocka_unit_test(every_code_of_sqlites_means_something),
        cmocka_unit_test(a_locked_store_has_no_connection_to_ask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
