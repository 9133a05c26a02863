/* sim/test_restrict.c — SQL that somebody hands in on a restricted connection (`jemput sql` of who is no administrator), trying to get out: to the
 * device's keys, to the schema, to other files, to code. It reads and writes rows, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/engine.h"
#include "fleet.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* What the app has besides its replicated table: a table of its own, a view and a trigger over one of ours, a full-text index. */
static const char SCHEMA[] = "CREATE TABLE warga(id BLOB PRIMARY KEY, nama TEXT); SELECT jemput_replicate('warga');";
static const char LOCAL[] = "CREATE TABLE catatan(a, b); CREATE TABLE fakta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
                            "CREATE VIEW kunci AS SELECT * FROM jemput_fact;"
                            "CREATE VIRTUAL TABLE cari USING fts5(nama); CREATE TRIGGER lihat AFTER INSERT ON catatan WHEN NEW.a = 'kunci' BEGIN "
                            "INSERT INTO catatan SELECT 1, 1; END";

static struct fleet f;

static int setup(void **state)
{
    (void)state;
    fleet_init(&f, 1, 0, SCHEMA, 7);
    fleet_sql(&f, 0, "%s", LOCAL);
    fleet_sql(&f, 0, "INSERT INTO warga VALUES(x'01', 'Siti')");
    jemput_restrict(f.devices[0].jemput);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fleet_verify(&f, 0);
    fleet_release(&f);
    return 0;
}

/* --- what it may --- */

static void rows_are_read_and_written(void **state)
{
    static const char *const fine[] = { "SELECT * FROM warga", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT * FROM n",
        "INSERT INTO warga VALUES(x'02', 'Budi'); UPDATE warga SET nama = 'Budi S' WHERE id = x'02'; DELETE FROM warga WHERE id = x'02'",
        "BEGIN; SAVEPOINT a; INSERT INTO catatan VALUES(1, 2); ROLLBACK TO a; COMMIT", "SELECT jemput_id(), jemput_serial('S'), jemput_token()",
        "SELECT * FROM jemput_held; SELECT * FROM jemput_conflict; SELECT * FROM jemput_history('warga', x'01')", "SELECT * FROM cari WHERE cari MATCH 'siti'",
        "INSERT INTO cari VALUES('Siti')", "SELECT sql FROM sqlite_schema", "EXPLAIN QUERY PLAN SELECT * FROM warga", "PRAGMA foreign_keys", "PRAGMA user_version",
        "SELECT json_object('a', 1), date('now'), group_concat(nama) FROM warga" };

    (void)state;
    for (size_t i = 0; i < COUNT(fine); i++)
        if (fleet_try(&f, 0, fine[i]))
            fail_msg("%s: %s", fine[i], sqlite3_errmsg(f.devices[0].sql));
}

/* --- what it may not --- */

static const char *const forbidden[] = {
    /* the device's keys, by any road */
    "SELECT * FROM jemput_fact", "SELECT count(*) FROM jemput_fact", "SELECT rowid FROM jemput_epoch", "SELECT value FROM main.JEMPUT_FACT", "SELECT * FROM kunci",
    "SELECT 1 FROM warga WHERE EXISTS(SELECT 1 FROM jemput_fact WHERE name = 'secret seed')", "SELECT * FROM catatan JOIN jemput_fact ON 1",
    "INSERT INTO fakta SELECT * FROM jemput_fact", "INSERT INTO catatan SELECT name, value FROM jemput_fact", "INSERT INTO catatan SELECT * FROM kunci",
    "UPDATE catatan SET a = (SELECT value FROM jemput_fact LIMIT 1)", "UPDATE catatan SET a = value FROM jemput_fact",
    "DELETE FROM catatan WHERE a IN (SELECT value FROM jemput_epoch)", "INSERT INTO catatan VALUES(1, 2) RETURNING (SELECT value FROM jemput_fact LIMIT 1)",
    "WITH x AS (SELECT * FROM jemput_fact) SELECT * FROM x", "WITH jemput_x AS (SELECT * FROM jemput_fact) SELECT * FROM jemput_x",
    "SELECT * FROM warga ORDER BY (SELECT value FROM jemput_fact LIMIT 1)", "SELECT data FROM sqlite_dbpage", "SELECT * FROM sqlite_dbpage('main')",
    "EXPLAIN SELECT * FROM jemput_fact", "SELECT sum(length(value)) OVER () FROM jemput_fact",
    /* what is written down of others' work */
    "DELETE FROM jemput_segment", "UPDATE jemput_fact SET value = 1", "INSERT INTO jemput_pending DEFAULT VALUES", "REPLACE INTO jemput_fact VALUES('epoch', 9)",
    "INSERT INTO jemput_capture_warga VALUES(1, 1)", "WITH jemput_x AS (SELECT 1) DELETE FROM jemput_segment",
    /* the schema */
    "CREATE TABLE t(x)", "CREATE TEMP TABLE t(x)", "CREATE VIEW v AS SELECT 1", "CREATE TEMP VIEW warga AS SELECT 1",
    "CREATE TRIGGER t AFTER INSERT ON warga BEGIN SELECT 1; END",
    "CREATE TEMP TRIGGER t AFTER INSERT ON warga BEGIN DELETE FROM warga; END",
    "CREATE TEMP TRIGGER jemput_t AFTER INSERT ON catatan BEGIN DELETE FROM jemput_segment; END",
    "CREATE INDEX i ON warga(nama)", "DROP TABLE catatan", "DROP TABLE warga", "DROP VIEW kunci", "DROP TRIGGER lihat", "ALTER TABLE catatan RENAME TO t",
    "ALTER TABLE warga ADD COLUMN x", "ALTER TABLE catatan DROP COLUMN b", "CREATE VIRTUAL TABLE t USING fts5(x)", "CREATE VIRTUAL TABLE temp.t USING dbstat",
    "CREATE TABLE t AS SELECT * FROM warga", "REINDEX", "ANALYZE", "UPDATE sqlite_schema SET sql = ''", "INSERT INTO sqlite_schema VALUES(1, 1, 1, 1, 1)",
    "DELETE FROM sqlite_stat1", "UPDATE sqlite_sequence SET seq = 1", "SELECT jemput_migrate('CREATE TABLE t(x)')", "SELECT jemput_replicate('catatan')",
    "SELECT jemput_policy('warga', 'petugas', 'insert')", "INSERT INTO cari_data VALUES(1, 1)", "UPDATE cari_config SET v = 9",
    /* how SQLite works */
    "PRAGMA writable_schema = ON", "PRAGMA writable_schema(1)", "PRAGMA foreign_keys = OFF", "PRAGMA ignore_check_constraints = 1", "PRAGMA user_version = 3",
    "PRAGMA journal_mode = DELETE", "PRAGMA journal_mode = OFF", "PRAGMA locking_mode = EXCLUSIVE", "PRAGMA temp_store_directory = '/'", "PRAGMA trusted_schema = 1",
    "PRAGMA recursive_triggers = 0", "PRAGMA schema_version = 1", "PRAGMA application_id = 1", "PRAGMA cell_size_check = OFF", "PRAGMA synchronous = OFF",
    /* other files, and code */
    "ATTACH 'lain.db' AS l", "ATTACH ':memory:' AS m", "ATTACH '' AS vacuum_x", "DETACH main", "VACUUM", "VACUUM INTO 'lain.db'",
    "VACUUM main INTO 'file:lain.db?vacuum=1'",
    "SELECT load_extension('x')", "SELECT load_extension('x', 'y')", "SELECT fts3_tokenizer('simple')", "SELECT fts3_tokenizer('simple', x'00')",
    "SELECT readfile('/etc/passwd')", "SELECT writefile('x', 'y')", "SELECT edit('x')", "CREATE VIRTUAL TABLE temp.t USING csv(filename='/etc/passwd')",
};

/* Each by itself, inside of a transaction, and below what may be written. */
static void restricted_sql_cannot_reach_other_files_settings_or_code(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(forbidden); i++) {
        char sql[512];

        if (fleet_try(&f, 0, forbidden[i]) == SQLITE_OK)
            fail_msg("%s: done", forbidden[i]);
        snprintf(sql, sizeof sql, "BEGIN; INSERT INTO catatan VALUES(1, 1); %s", forbidden[i]);
        if (fleet_try(&f, 0, sql) == SQLITE_OK)
            fail_msg("%s: done in a transaction", forbidden[i]);
        fleet_sql(&f, 0, "ROLLBACK");
    }
    fleet_expect(&f, 0, "SELECT count(*) FROM catatan UNION ALL SELECT count(*) FROM fakta", "0\n0\n");
    fleet_expect(&f, 0, "SELECT count(*) FROM sqlite_temp_schema", "0\n");
    fleet_expect(&f, 0, "SELECT id, nama FROM warga", "01|Siti\n");
}

/* SQLite's own vocabulary grows from version to version: what a table or a function of it shows is looked at, whatever it is called. */
static void no_table_or_function_of_sqlite_shows_a_key(void **state)
{
    struct jemput *j = f.devices[0].jemput;
    char sql[200];
    unsigned tables = 0;
    sqlite3_stmt *names;

    (void)state;
    assert_int_equal(sqlite3_prepare_v2(f.devices[0].sql, "SELECT name FROM pragma_module_list", -1, &names, NULL), SQLITE_OK);
    while (sqlite3_step(names) == SQLITE_ROW) {
        sqlite3_stmt *rows;
        const char *name = (const char *)sqlite3_column_text(names, 0);

        snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"", name);
        if (sqlite3_prepare_v2(f.devices[0].sql, sql, -1, &rows, NULL))
            continue;
        tables++;
        while (sqlite3_step(rows) == SQLITE_ROW)
            for (int i = 0; i < sqlite3_column_count(rows); i++) {
                struct jemput_bytes value = jemput_bytes_of(sqlite3_column_blob(rows, i), (size_t)sqlite3_column_bytes(rows, i));

                for (size_t at = 0; at + 32 <= value.len; at++)
                    if (memcmp(value.data + at, j->key.secret_key, 32) == 0)
                        fail_msg("%s shows the device's key", name);
            }
        sqlite3_finalize(rows);
    }
    sqlite3_finalize(names);
    assert_true(tables > 5);
}

/* SQLite's table of raw pages, where it has been built with it: here one that bears its name. */
static int pages_connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out, char **text)
{
    int rc = sqlite3_declare_vtab(db, "CREATE TABLE x(pgno INTEGER PRIMARY KEY, data BLOB, schema HIDDEN)");

    (void)aux;
    (void)argc;
    (void)argv;
    (void)text;
    *out = rc == SQLITE_OK ? sqlite3_malloc(sizeof **out) : NULL;
    if (*out)
        memset(*out, 0, sizeof **out);
    return rc;
}

static int pages_disconnect(sqlite3_vtab *vtab)
{
    sqlite3_free(vtab);
    return SQLITE_OK;
}

static int pages_plan(sqlite3_vtab *vtab, sqlite3_index_info *info)
{
    (void)vtab;
    (void)info;
    return SQLITE_OK;
}

static void raw_pages_are_not_read_by_anybody(void **state)
{
    static const sqlite3_module pages = { .xConnect = pages_connect, .xDisconnect = pages_disconnect, .xBestIndex = pages_plan };
    sqlite3_stmt *stmt;

    (void)state;
    assert_int_equal(sqlite3_create_module(f.devices[0].sql, "sqlite_dbpage", &pages, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(f.devices[0].sql, "SELECT data FROM sqlite_dbpage", -1, &stmt, NULL), SQLITE_AUTH);
    fleet_reopen(&f, 0); /* no longer restricted */
    assert_int_equal(sqlite3_create_module(f.devices[0].sql, "sqlite_dbpage", &pages, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(f.devices[0].sql, "SELECT count(*) FROM sqlite_dbpage", -1, &stmt, NULL), SQLITE_AUTH);
    assert_int_equal(sqlite3_prepare_v2(f.devices[0].sql, "SELECT count(*) FROM jemput_fact", -1, &stmt, NULL), SQLITE_AUTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_are_read_and_written, setup, teardown),
        cmocka_unit_test_setup_teardown(restricted_sql_cannot_reach_other_files_settings_or_code, setup, teardown),
        cmocka_unit_test_setup_teardown(raw_pages_are_not_read_by_anybody, setup, teardown),
        cmocka_unit_test_setup_teardown(no_table_or_function_of_sqlite_shows_a_key, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
