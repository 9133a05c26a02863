/* Store files that are none, of something else, newer, cut or damaged: opening says so, and changes no byte of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bad.h"

static const char SCHEMA[] = "CREATE TABLE warga(nama TEXT PRIMARY KEY NOT NULL, rt TEXT) WITHOUT ROWID; SELECT jemput_replicate('warga');";

struct place {
    char folder[256], path[300];
};

static void begin(struct place *p)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(p->folder, sizeof p->folder, "%s/jemput-store-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(p->folder));
    snprintf(p->path, sizeof p->path, "%s/store.db", p->folder);
}

static void end(struct place *p)
{
    bad_shell("rm -r '%s'", p->folder);
}

static void store_make(struct place *p, unsigned rows)
{
    struct jemput *j;
    struct jemput_error err;

    assert_int_equal(jemput_init(&j, p->path, SCHEMA, NULL, NULL, &err), JEMPUT_OK);
    for (unsigned i = 0; i < rows; i++) {
        char sql[128];

        snprintf(sql, sizeof sql, "INSERT INTO warga VALUES('warga %06u', hex(randomblob(100)))", i);
        assert_int_equal(sqlite3_exec(jemput_app(j), sql, NULL, NULL, NULL), SQLITE_OK);
        if (i == rows / 2)
            assert_int_equal(jemput_seal(j, NULL, &err), JEMPUT_OK);
    }
    jemput_close(j);
}

static void expect_refused(struct place *p, enum jemput_status status, const char *word)
{
    struct jemput_error err = { .status = JEMPUT_OK };
    struct jemput *j = (struct jemput *)p;
    enum jemput_status st = jemput_open(&j, p->path, NULL, &err);

    bad_expect(st, &err, status, word);
    assert_null(j);
}

static void a_missing_store_is_not_replaced_by_an_empty_one(void **state)
{
    struct place p;
    struct stat s;

    (void)state;
    begin(&p);
    expect_refused(&p, JEMPUT_NOTFOUND, "store.db");
    assert_int_equal(stat(p.path, &s), -1);
    end(&p);
}

static void a_file_that_is_something_else_is_refused_and_not_touched(void **state)
{
    static const char *const makes[] = {
        ": > store.db",
        "printf x > store.db",
        "head -c 100 /dev/zero > store.db",
        "head -c 5000 /dev/zero > store.db",
        "head -c 5000 /dev/urandom > store.db",
        "printf '%%PDF-1.4 and so on' > store.db",
        "printf 'SQLite format 3\\0' > store.db",
        "printf 'SQLite format 3\\0' > store.db; head -c 5000 /dev/zero >> store.db",
        "python3 -c 'import sqlite3; c = sqlite3.connect(\"store.db\"); c.execute(\"CREATE TABLE warga(nama)\"); c.commit()'",
        "python3 -c 'import sqlite3; c = sqlite3.connect(\"store.db\"); c.execute(\"PRAGMA journal_mode=WAL\"); c.execute(\"CREATE TABLE x(y)\"); c.commit()'",
        "python3 -c 'import sqlite3; c = sqlite3.connect(\"store.db\"); c.execute(\"PRAGMA encoding=\\\"UTF-16\\\"\"); c.execute(\"CREATE TABLE x(y)\"); c.commit()'",
    };

    (void)state;
    for (size_t i = 0; i < sizeof makes / sizeof makes[0]; i++) {
        struct place p;
        unsigned char *before, *after;
        size_t before_len, after_len;

        begin(&p);
        bad_shell("cd '%s' && { %s; }", p.folder, makes[i]);
        before = bad_file_read(p.path, &before_len);
        for (unsigned k = 0; k < 2; k++)
            expect_refused(&p, JEMPUT_CORRUPT, "store");
        after = bad_file_read(p.path, &after_len);
        assert_int_equal(after_len, before_len);
        assert_true(before_len == 0 || memcmp(after, before, before_len) == 0);
        free(before);
        free(after);
        end(&p);
    }
}

static void a_folder_in_a_stores_place_is_refused(void **state)
{
    struct jemput_error err;
    struct jemput *j;
    struct place p;

    (void)state;
    begin(&p);
    bad_shell("mkdir '%s'", p.path);
    assert_int_not_equal(jemput_open(&j, p.path, NULL, &err), JEMPUT_OK);
    assert_null(j);
    assert_non_null(strstr(err.text, "store.db"));
    end(&p);
}

/* Change four bytes at a place that SQLite's header gives to the application. */
static void mark_put(struct place *p, size_t at, unsigned value)
{
    size_t len;
    unsigned char *data = bad_file_read(p->path, &len);

    data[at] = (unsigned char)(value >> 24);
    data[at + 1] = (unsigned char)(value >> 16);
    data[at + 2] = (unsigned char)(value >> 8);
    data[at + 3] = (unsigned char)value;
    bad_file_write(p->path, data, len);
    free(data);
}

static void a_store_of_a_newer_version_asks_for_an_upgrade_and_of_no_version_is_none(void **state)
{
    struct place p;

    (void)state;
    begin(&p);
    store_make(&p, 3);
    mark_put(&p, 60, 1000); /* user_version */
    expect_refused(&p, JEMPUT_UPGRADE, "newer");
    mark_put(&p, 60, 0);
    expect_refused(&p, JEMPUT_CORRUPT, "format version");
    mark_put(&p, 60, 1);
    mark_put(&p, 68, 7); /* application_id */
    expect_refused(&p, JEMPUT_CORRUPT, "not a jemput store");
    end(&p);
}

/* --- damage --- */

static void problem_count(void *ctx, const char *what)
{
    (void)what;
    ++*(unsigned *)ctx;
}

/* Opens, and then everything that an app does; each answer must be one that is allowed, and verify must not be content with a damage that matters. Gives whether
 * the damage was noticed. */
static bool damaged_use(struct place *p, size_t at)
{
    struct jemput_error err;
    struct jemput_info info;
    struct jemput *j;
    uint64_t problems = 0;
    unsigned told = 0;
    enum jemput_status st = jemput_open(&j, p->path, NULL, &err);
    bool noticed;

    if (st) {
        if (st != JEMPUT_CORRUPT && st != JEMPUT_UPGRADE && st != JEMPUT_IO && st != JEMPUT_NOTFOUND)
            fail_msg("byte %zu: open: %s: %s", at, jemput_status_name(st), err.text);
        return true;
    }
    st = jemput_verify(j, problem_count, &told, &problems, &err);
    noticed = st != JEMPUT_OK || problems > 0;
    assert_true(st || problems == told);
    if (jemput_info_get(j, &info, &err) || jemput_seal(j, NULL, &err) || sqlite3_exec(jemput_app(j), "SELECT * FROM warga", NULL, NULL, NULL))
        noticed = true;
    jemput_close(j);
    return noticed;
}

static void a_store_cut_or_with_bytes_changed_is_noticed_and_never_crashes(void **state)
{
    struct place p;
    unsigned char *good;
    size_t len;
    unsigned noticed = 0, tried = 0;

    (void)state;
    begin(&p);
    store_make(&p, 120);
    good = bad_file_read(p.path, &len);
    for (size_t cut = 0; cut < len; cut += 1531) {
        bad_shell("rm -f '%s'*", p.path);
        bad_file_write(p.path, good, cut);
        if (!damaged_use(&p, cut))
            fail_msg("a store cut at %zu of %zu was taken for a whole one", cut, len);
    }
    for (size_t at = 0; at < len; at += 499) {
        unlink(bad_path(p.folder, "store.db-wal"));
        unlink(bad_path(p.folder, "store.db-shm"));
        good[at] ^= (unsigned char)(1 << at % 8);
        bad_file_write(p.path, good, len);
        good[at] ^= (unsigned char)(1 << at % 8);
        noticed += damaged_use(&p, at);
        tried++;
    }
    if (noticed < tried / 6) /* much of a file is free space, and near-empty tables */
        fail_msg("%u of %u changes were noticed", noticed, tried);
    unlink(bad_path(p.folder, "store.db-wal"));
    unlink(bad_path(p.folder, "store.db-shm"));
    bad_file_write(p.path, good, len);
    assert_false(damaged_use(&p, 0));
    free(good);
    end(&p);
}

static void a_row_written_behind_the_engines_back_is_noticed_and_a_plain_connection_cannot_write(void **state)
{
    struct jemput_error err;
    struct jemput *j;
    struct jemput_info before, info;
    struct place p;
    uint64_t problems = 0;
    unsigned told = 0;

    (void)state;
    begin(&p);
    store_make(&p, 3);
    assert_int_equal(jemput_open(&j, p.path, NULL, &err), JEMPUT_OK);
    assert_int_equal(jemput_info_get(j, &before, &err), JEMPUT_OK);
    jemput_close(j);
    bad_shell("cd '%s' && python3 -c 'import sqlite3\nc = sqlite3.connect(\"store.db\")\nassert c.execute(\"SELECT count(*) FROM warga\").fetchone()[0] == 3\n"
              "try:\n    c.execute(\"DELETE FROM warga\")\nexcept sqlite3.OperationalError as e:\n    assert \"jemput\" in str(e)\nelse:\n    raise SystemExit(1)'",
              p.folder);
    bad_shell("cd '%s' && python3 -c 'import sqlite3\nc = sqlite3.connect(\"store.db\")\n"
              "for (t,) in c.execute(\"SELECT name FROM sqlite_master WHERE type = \\\"trigger\\\"\").fetchall(): c.execute(\"DROP TRIGGER \" + t)\n"
              "c.execute(\"INSERT INTO warga VALUES(1, 2)\")\nc.commit()'",
              p.folder);
    assert_int_equal(jemput_open(&j, p.path, NULL, &err), JEMPUT_OK);
    assert_int_equal(jemput_verify(j, problem_count, &told, &problems, &err), JEMPUT_OK);
    assert_int_equal(problems, 1); /* the row; the triggers were put back when the store was opened */
    assert_int_equal(sqlite3_exec(jemput_app(j), "INSERT INTO warga VALUES('captured', '001')", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(jemput_info_get(j, &info, &err), JEMPUT_OK);
    assert_int_equal(info.own.on_device + info.own.waiting + info.own.received, before.own.on_device + before.own.waiting + before.own.received + 1);
    jemput_close(j);
    end(&p);
}

/* What cannot be merged here for a reason of its own stops that log, with the reason; the device's own work goes out, and the log goes on when the reason is gone. */
static void a_local_table_in_the_way_of_a_migration_stops_that_log_and_not_the_sync(void **state)
{
    struct jemput_sync_report report;
    struct jemput_error err;
    struct fleet f;

    (void)state;
    bad_begin(&f, 61);
    fleet_sql(&f, 1, "CREATE TABLE cache(a TEXT PRIMARY KEY, b TEXT)");
    fleet_sql(&f, 0, "SELECT jemput_migrate('CREATE TABLE cache(a TEXT PRIMARY KEY NOT NULL, b TEXT); SELECT jemput_replicate(''cache'')')");
    fleet_sql(&f, 0, "INSERT INTO cache VALUES('x', 'y')");
    fleet_sync(&f, 0, 0);
    bad_write(&f, 1, "d");
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(bad_sync(&f, 1, fleet_hub(&f, 0), &report, &err), JEMPUT_OK);
        assert_int_equal(report.logs_stopped, 1);
        assert_int_equal(report.txns_merged, 0);
        bad_expect_aside(&f, 1, JEMPUT_EXISTS, "cache");
    }
    fleet_sync(&f, 0, 0);
    bad_expect_names(&f, 0, "abcd");
    fleet_sql(&f, 1, "DROP TABLE cache");
    bad_expect_all_received(&f, "abcd");
    fleet_expect(&f, 1, "SELECT b FROM cache", "y\n");
    assert_int_equal(bad_info(&f, 1).logs_stopped, 0);
    bad_end(&f);
}

/* No signature of it is checked again when a store is opened: its bytes are compared with the hash by which it was registered. */
static void a_control_record_with_other_bytes_than_were_registered_is_told(void **state)
{
    struct place p;

    (void)state;
    begin(&p);
    store_make(&p, 3);
    bad_shell("cd '%s' && python3 -c 'import sqlite3\nc = sqlite3.connect(\"store.db\")\n"
              "c.execute(\"UPDATE jemput_object SET data = zeroblob(size) WHERE kind = 3\")\nc.commit()'",
              p.folder);
    expect_refused(&p, JEMPUT_CORRUPT, "payload");
    end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_store_is_not_replaced_by_an_empty_one),
        cmocka_unit_test(a_file_that_is_something_else_is_refused_and_not_touched),
        cmocka_unit_test(a_folder_in_a_stores_place_is_refused),
        cmocka_unit_test(a_store_of_a_newer_version_asks_for_an_upgrade_and_of_no_version_is_none),
        cmocka_unit_test(a_store_cut_or_with_bytes_changed_is_noticed_and_never_crashes),
        cmocka_unit_test(a_control_record_with_other_bytes_than_were_registered_is_told),
        cmocka_unit_test(a_row_written_behind_the_engines_back_is_noticed_and_a_plain_connection_cannot_write),
        cmocka_unit_test(a_local_table_in_the_way_of_a_migration_stops_that_log_and_not_the_sync),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
