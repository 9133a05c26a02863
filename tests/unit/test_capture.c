/* Tests of store/capture/capture.c, record.c and victims.c: exactly what a COMMIT made durable is captured, as one transaction; what was
 * rolled back leaves no trace. */
#include "store/internal.h"
#include "store_world.h"
#include "support/fault_alloc.h"
#include "random_sql.h"

static struct fault_alloc mem; /* of the whole program */

static const char SCHEMA[] = "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE, jumlah INTEGER NOT NULL DEFAULT 0);"
                             "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, nama TEXT DEFAULT 'tanpa nama', umur INTEGER "
                             "CHECK(umur < 150),"
                             " keluarga TEXT REFERENCES keluarga(id) ON DELETE CASCADE ON UPDATE CASCADE,"
                             " besar TEXT AS (upper(nama)) STORED, panjang AS (length(nama)));"
                             "CREATE TABLE peran(orang TEXT NOT NULL REFERENCES orang(id) ON DELETE CASCADE, n INTEGER, ket TEXT, PRIMARY "
                             "KEY(orang, n)) WITHOUT ROWID;"
                             "CREATE TABLE nilai(id INTEGER PRIMARY KEY, v, w);"
                             "SELECT jemput_replicate('keluarga'); SELECT jemput_replicate('orang'); SELECT jemput_replicate('peran');"
                             "SELECT jemput_replicate('nilai', 'key=app');";

static void pending_forget(struct store_world *w)
{
    struct jemput_error err;

    assert_int_equal(jemput_store_begin(w->store, 0, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_pending_sealed(w->store, INT64_MAX, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(w->store, &err), JEMPUT_OK);
}

/* SQL after `setup`, whose own transactions are forgotten, leaves exactly what `wanted` says. */
static void captures(const char *setup, const char *sql, const char *wanted)
{
    struct store_world w;

    world_new(&w, SCHEMA);
    if (setup)
        sql_ok(w.app, setup);
    pending_forget(&w);
    sql_ok(w.app, sql);
    assert_true(sqlite3_get_autocommit(w.app));
    assert_pending(&w, wanted);
    world_release(&w);
}

#define TWO "INSERT INTO orang(id, nik, nama) VALUES('a', '1', 'Ani'), ('b', '2', 'Budi')"

/* --- INSERT --- */

static void an_insert_carries_defaults_and_leaves_out_generated_columns(void **state)
{
    (void)state;
    captures(NULL, "INSERT INTO orang(id) VALUES('a')", "I orang 'a' nik=NULL nama='tanpa nama' umur=NULL keluarga=NULL");
    captures("INSERT INTO orang(id) VALUES('a')", "UPDATE orang SET nama = 'Ani'", "U orang 'a' nama='Ani'");
}

static void values_are_captured_as_the_column_stores_them(void **state)
{
    (void)state;
    captures(NULL, "INSERT INTO keluarga VALUES(5, 7, '3')", "I keluarga '5' no_kk='7' jumlah=3");
    captures(NULL, "INSERT INTO orang(id, umur) VALUES(x'4142', 3.0)", "I orang x4142 nik=NULL nama='tanpa nama' umur=3 keluarga=NULL");
    captures(NULL, "INSERT INTO nilai VALUES('7', '7', 7.0)", "I nilai 7 v='7' w=7");
}

static void every_kind_of_value_is_captured_bit_by_bit(void **state)
{
    (void)state;
    captures(NULL, "INSERT INTO nilai VALUES(1, 9223372036854775807, -9223372036854775808)",
             "I nilai 1 v=9223372036854775807 w=-9223372036854775808");
    captures(NULL, "INSERT INTO nilai VALUES(1, 9e999, -9e999)", "I nilai 1 v=inf w=-inf");
    captures(NULL, "INSERT INTO nilai VALUES(1, 0.1, -0.0)", "I nilai 1 v=0.10000000000000001 w=-0");
    captures("INSERT INTO nilai VALUES(1, 0.0, 1)", "UPDATE nilai SET v = -0.0, w = 1.0", "U nilai 1 v=-0 w=1");
    captures(NULL, "INSERT INTO nilai VALUES(1, 9e999 - 9e999, NULL)", "I nilai 1 v=NULL w=NULL"); /* SQLite has no NaN */
    captures(NULL, "INSERT INTO nilai VALUES(1, '', x'')", "I nilai 1 v='' w=x");
    captures(NULL, "INSERT INTO nilai VALUES(1, x'00ff00', zeroblob(3))", "I nilai 1 v=x00ff00 w=x000000");
    captures("INSERT INTO nilai VALUES(1, 'a', x'61')", "UPDATE nilai SET v = x'61', w = 'a'", "U nilai 1 v=x61 w='a'");
    captures("INSERT INTO nilai VALUES(1, 1, 1.5)", "UPDATE nilai SET v = '1', w = 1.5", "U nilai 1 v='1'");
    captures("INSERT INTO nilai VALUES(1, NULL, 1)", "UPDATE nilai SET v = NULL, w = NULL", "U nilai 1 w=NULL");
}

static void text_with_nuls_is_captured_whole(void **state)
{
    static const char TEXT[] = "a\0b";
    struct jemput_arena arena = { 0 };
    struct jemput_pending p;
    struct jemput_error err;
    struct store_world w;
    sqlite3_stmt *stmt;

    (void)state;
    world_new(&w, SCHEMA);
    assert_int_equal(sqlite3_prepare_v2(w.app, "INSERT INTO orang(id, nama) VALUES(?1, ?1)", -1, &stmt, NULL), SQLITE_OK);
    sqlite3_bind_text(stmt, 1, TEXT, sizeof TEXT, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
    sqlite3_finalize(stmt);
    assert_int_equal(jemput_store_pending_read(w.store, 1, &p, &arena, &err), JEMPUT_OK);
    assert_int_equal(p.txn_count, 1);
    assert_int_equal(p.txns[0].changes[0].key.len, 2 + sizeof TEXT);
    assert_memory_equal(p.txns[0].changes[0].key.data + 2, TEXT, sizeof TEXT);
    assert_int_equal(p.txns[0].changes[0].cells[1].value.type, JEMPUT_TEXT);
    assert_int_equal(p.txns[0].changes[0].cells[1].value.bytes.len, sizeof TEXT);
    assert_memory_equal(p.txns[0].changes[0].cells[1].value.bytes.data, TEXT, sizeof TEXT);
    jemput_arena_release(&arena);
    world_release(&w);
}

static void insert_or_ignore_captures_what_went_in(void **state)
{
    (void)state;
    captures(TWO, "INSERT OR IGNORE INTO orang(id, nik) VALUES('a', '9'), ('c', '3'), ('d', '2'), ('e', NULL)",
             "I orang 'c' nik='3' nama='tanpa nama' umur=NULL keluarga=NULL; I orang 'e' nik=NULL nama='tanpa nama' umur=NULL keluarga=NULL");
    captures(TWO, "INSERT OR IGNORE INTO orang(id, umur) VALUES('c', 200)", "");
    captures(TWO, "UPDATE OR IGNORE orang SET nik = '1'", "");
}

static void replace_captures_the_rows_that_it_removes(void **state)
{
    (void)state;
    captures(TWO, "REPLACE INTO orang(id, nik, nama) VALUES('a', '1', 'Ani')", "");
    captures(TWO, "REPLACE INTO orang(id, nik) VALUES('a', '1')", "U orang 'a' nama='tanpa nama'");
    captures(TWO, "REPLACE INTO orang(id, nik, nama) VALUES('a', '2', 'Ani')", "U orang 'a' nik='2'; D orang 'b'");
    captures(TWO, "INSERT OR REPLACE INTO orang(id, nik, nama) VALUES('c', '1', 'Cici')",
             "D orang 'a'; I orang 'c' nik='1' nama='Cici' umur=NULL keluarga=NULL");
    captures(TWO, "UPDATE OR REPLACE orang SET nik = '2' WHERE id = 'a'", "U orang 'a' nik='2'; D orang 'b'");
    captures(TWO, "UPDATE OR REPLACE orang SET id = 'b' WHERE id = 'a'", "D orang 'a'; U orang 'b' nik='1' nama='Ani'");
    captures(TWO "; INSERT INTO peran VALUES('a', 1, 'x')", "REPLACE INTO peran VALUES('a', 1, 'y')", "U peran 'a' 1 ket='y'");
    captures(TWO, "PRAGMA recursive_triggers = ON; REPLACE INTO orang(id, nik, nama) VALUES('a', '2', 'Ani')", "U orang 'a' nik='2'; D orang 'b'");
    captures("INSERT INTO keluarga VALUES('k', '1', 5)", "UPDATE OR REPLACE keluarga SET jumlah = NULL", "U keluarga 'k' jumlah=0");
    captures(TWO "; INSERT INTO peran VALUES('b', 1, 'x')", "REPLACE INTO orang(id, nik, nama) VALUES('a', '2', 'Ani')",
             "U orang 'a' nik='2'; D orang 'b'; D peran 'b' 1"); /* the cascade of the row that was replaced */
}

static void an_upsert_captures_what_it_did(void **state)
{
    (void)state;
    captures(TWO, "INSERT INTO orang(id, nama) VALUES('a', 'x'), ('c', 'y') ON CONFLICT(id) DO UPDATE SET umur = 5",
             "U orang 'a' umur=5; I orang 'c' nik=NULL nama='y' umur=NULL keluarga=NULL");
    captures(TWO, "INSERT INTO orang(id, nik) VALUES('c', '1') ON CONFLICT(nik) DO UPDATE SET nama = excluded.id", "U orang 'a' nama='c'");
    captures(TWO, "INSERT INTO orang(id, nik) VALUES('c', '1') ON CONFLICT DO NOTHING", "");
    captures(TWO, "INSERT INTO orang(id) VALUES('a') ON CONFLICT(id) DO UPDATE SET id = 'z' WHERE 0", "");
    captures(TWO, "INSERT INTO orang(id) VALUES('a') ON CONFLICT(id) DO UPDATE SET id = 'z'",
             "D orang 'a'; I orang 'z' nik='1' nama='Ani' umur=NULL keluarga=NULL");
    captures(TWO, "INSERT INTO orang(id, nik) VALUES('q', '2') ON CONFLICT(id) DO NOTHING ON CONFLICT(nik) DO UPDATE SET umur = 9",
             "U orang 'b' umur=9");
}

/* --- UPDATE, DELETE --- */

static void an_update_of_the_key_is_a_delete_and_an_insert(void **state)
{
    (void)state;
    captures(TWO, "UPDATE orang SET id = 'c' WHERE id = 'a'", "D orang 'a'; I orang 'c' nik='1' nama='Ani' umur=NULL keluarga=NULL");
    captures(TWO, "UPDATE orang SET id = id || 'x'",
             "D orang 'a'; D orang 'b'; I orang 'ax' nik='1' nama='Ani' umur=NULL keluarga=NULL; I orang 'bx' nik='2' nama='Budi' umur=NULL "
             "keluarga=NULL");
    captures(TWO, "BEGIN; UPDATE orang SET id = 'c' WHERE id = 'a'; UPDATE orang SET id = 'a' WHERE id = 'b'; UPDATE orang SET id = 'b' WHERE id "
             "= 'c'; COMMIT",
             "U orang 'a' nik='2' nama='Budi'; U orang 'b' nik='1' nama='Ani'");
    captures(TWO, "BEGIN; UPDATE orang SET id = 'c' WHERE id = 'a'; UPDATE orang SET id = 'a' WHERE id = 'c'; COMMIT", "");
    captures("INSERT INTO nilai VALUES(1, 2, 3)", "UPDATE nilai SET rowid = 9", "D nilai 1; I nilai 9 v=2 w=3");
    captures("INSERT INTO nilai VALUES(1, 2, 3)", "UPDATE nilai SET id = '1', v = v", "");
    captures(TWO "; INSERT INTO peran VALUES('a', 1, 'x')", "UPDATE peran SET orang = 'b', n = 2", "D peran 'a' 1; I peran 'b' 2 ket='x'");
}

static void update_from_and_insert_select_are_captured(void **state)
{
    (void)state;
    captures(TWO, "UPDATE orang SET umur = x.n FROM (SELECT 'a' AS i, 5 AS n UNION SELECT 'b', 6) AS x WHERE x.i = orang.id",
             "U orang 'a' umur=5; U orang 'b' umur=6");
    captures(TWO, "INSERT INTO keluarga SELECT id, nik, 1 FROM orang", "I keluarga 'a' no_kk='1' jumlah=1; I keluarga 'b' no_kk='2' jumlah=1");
    captures("CREATE TABLE salinan(id, v, w); INSERT INTO salinan VALUES(1, 2, 3)", "INSERT INTO nilai SELECT * FROM salinan", "I nilai 1 v=2 w=3");
    captures(TWO, "WITH x(i) AS (SELECT 'a') DELETE FROM orang WHERE id IN (SELECT i FROM x)", "D orang 'a'");
    captures("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) INSERT INTO nilai SELECT i, i, i FROM n",
             "DELETE FROM nilai WHERE id > 1", "D nilai 2; D nilai 3");
}

static void delete_without_where_captures_every_row(void **state)
{
    (void)state;
    captures(TWO "; INSERT INTO peran VALUES('a', 1, 'x')", "DELETE FROM orang", "D orang 'a'; D orang 'b'; D peran 'a' 1");
    captures("INSERT INTO nilai VALUES(1, 2, 3), (2, 3, 4)", "DELETE FROM nilai", "D nilai 1; D nilai 2");
    captures("INSERT INTO nilai VALUES(1, 2, 3), (2, 3, 4)", "BEGIN; DELETE FROM nilai; INSERT INTO nilai VALUES(2, 3, 5); COMMIT",
             "D nilai 1; U nilai 2 w=5");
    captures("INSERT INTO nilai VALUES(1, 2, 3)", "BEGIN; DELETE FROM nilai; INSERT INTO nilai VALUES(1, 2, 3); COMMIT", "");
}

static void foreign_key_actions_are_captured(void **state)
{
    (void)state;
    captures("INSERT INTO keluarga VALUES('k', '1', 0); INSERT INTO orang(id, keluarga) VALUES('a', 'k'); INSERT INTO peran VALUES('a', 1, 'x')",
             "DELETE FROM keluarga", "D keluarga 'k'; D orang 'a'; D peran 'a' 1");
    captures("INSERT INTO keluarga VALUES('k', '1', 0); INSERT INTO orang(id, keluarga) VALUES('a', 'k')", "UPDATE keluarga SET id = 'l'",
             "D keluarga 'k'; I keluarga 'l' no_kk='1' jumlah=0; U orang 'a' keluarga='l'");
}

static void returning_gives_its_rows_and_is_captured(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, SCHEMA);
    assert_sql_text(w.app, "INSERT INTO orang(id, nama) VALUES('a', 'Ani') RETURNING besar || panjang", "ANI3");
    assert_sql_text(w.app, "UPDATE orang SET nama = 'Budi' RETURNING besar", "BUDI");
    assert_sql_text(w.app, "DELETE FROM orang RETURNING nama", "Budi");
    assert_pending(&w, "I orang 'a' nik=NULL nama='Ani' umur=NULL keluarga=NULL | U orang 'a' nama='Budi' | D orang 'a'");
    world_release(&w);
}

static void changes_and_last_insert_rowid_stay_the_apps(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, SCHEMA);
    sql_ok(w.app, TWO);
    assert_int_equal(sqlite3_changes(w.app), 2);
    assert_int_equal(sqlite3_last_insert_rowid(w.app), 2);
    sql_ok(w.app, "INSERT INTO nilai VALUES(77, 1, 1)");
    assert_int_equal(sqlite3_changes(w.app), 1);
    assert_int_equal(sqlite3_last_insert_rowid(w.app), 77);
    sql_ok(w.app, "UPDATE orang SET umur = 1");
    assert_int_equal(sqlite3_changes(w.app), 2);
    sql_ok(w.app, "BEGIN; UPDATE orang SET umur = 2; UPDATE nilai SET v = 2; UPDATE orang SET umur = 3; COMMIT");
    assert_int_equal(sqlite3_changes(w.app), 2);
    assert_int_equal(sqlite3_last_insert_rowid(w.app), 77);
    sql_ok(w.app, "DELETE FROM orang");
    assert_int_equal(sqlite3_changes(w.app), 2);
    sql_ok(w.app, "DELETE FROM orang");
    assert_int_equal(sqlite3_changes(w.app), 0);
    assert_int_equal(sql_int(w.app, "SELECT changes() + last_insert_rowid()"), 77);
    world_release(&w);
}

/* --- the app's triggers --- */

static void what_the_apps_triggers_do_is_captured(void **state)
{
    static const char SUM[] = "CREATE TRIGGER tambah AFTER INSERT ON orang BEGIN UPDATE keluarga SET jumlah = jumlah + 1 WHERE id = NEW.keluarga; "
    "END;"
                              "INSERT INTO keluarga(id) VALUES('k')";

    (void)state;
    captures(SUM, "INSERT INTO orang(id, keluarga) VALUES('a', 'k'), ('b', 'k')",
             "U keluarga 'k' jumlah=2; I orang 'a' nik=NULL nama='tanpa nama' umur=NULL keluarga='k'; I orang 'b' nik=NULL nama='tanpa nama' "
             "umur=NULL keluarga='k'");
    captures("CREATE TRIGGER rapi AFTER INSERT ON orang BEGIN UPDATE orang SET nama = trim(nama) WHERE id = NEW.id; END",
             "INSERT INTO orang(id, nama) VALUES('a', ' Ani ')",
             "I orang 'a' nik=NULL nama='Ani' umur=NULL keluarga=NULL");
    captures("CREATE TRIGGER gusur BEFORE INSERT ON orang BEGIN DELETE FROM orang WHERE id = NEW.id; END; " TWO,
             "INSERT INTO orang(id, nama) VALUES('a', 'Lain')",
             "U orang 'a' nik=NULL nama='Lain'");
    captures("CREATE TRIGGER hilang AFTER INSERT ON orang BEGIN DELETE FROM orang WHERE id = NEW.id; END", "INSERT INTO orang(id) VALUES('a')", "");
    captures("CREATE TRIGGER lewati BEFORE INSERT ON orang WHEN NEW.id = 'b' BEGIN SELECT RAISE(IGNORE); END", TWO,
             "I orang 'a' nik='1' nama='Ani' umur=NULL keluarga=NULL");
    captures("CREATE VIEW lihat AS SELECT id FROM orang; CREATE TRIGGER lihat_masuk INSTEAD OF INSERT ON lihat BEGIN INSERT INTO orang(id) "
             "VALUES(NEW.id); END",
             "INSERT INTO lihat VALUES('a')", "I orang 'a' nik=NULL nama='tanpa nama' umur=NULL keluarga=NULL");
    captures("CREATE TRIGGER ganti AFTER UPDATE ON orang BEGIN REPLACE INTO nilai(id, v) VALUES(1, NEW.nama); END; INSERT INTO nilai VALUES(1, 0, "
             "5); " TWO,
             "UPDATE orang SET nama = 'X' WHERE id = 'a'", "U orang 'a' nama='X'; U nilai 1 v='X' w=NULL");
    captures("CREATE TABLE biasa(a); CREATE TRIGGER tulis AFTER INSERT ON biasa BEGIN INSERT INTO nilai VALUES(NEW.a, 1, 2); END",
             "INSERT INTO biasa VALUES(4)",
             "I nilai 4 v=1 w=2");
    captures("CREATE TEMP TRIGGER sementara AFTER INSERT ON nilai BEGIN UPDATE nilai SET v = 8 WHERE id = NEW.id; END",
             "INSERT INTO nilai VALUES(4, 1, 2)",
             "I nilai 4 v=8 w=2");
}

/* What such a trigger inserts is gone, or another, when the statement that fired it goes on: also where the row was there before, and looks the same.
 * SQLite runs first the trigger that came last, and a migration makes ours anew. */
static void what_a_trigger_inserts_before_its_row_is_removed_or_replaced_is_captured_as_it_ends(void **state)
{
#define NEWER "SELECT jemput_migrate('ALTER TABLE nilai ADD COLUMN x'), jemput_migrate('ALTER TABLE orang ADD COLUMN x')"
    static const char ANEW[] = "CREATE TRIGGER baru BEFORE DELETE ON nilai BEGIN INSERT OR REPLACE INTO nilai(id) VALUES(7); END;"
                               "INSERT INTO nilai(id) VALUES(7);" NEWER;
    static const char CHANGED[] = "CREATE TRIGGER baru BEFORE UPDATE OF w ON nilai WHEN NEW.w = 1 BEGIN INSERT OR REPLACE INTO nilai(id, v) "
                                  "VALUES(7, 3); END; INSERT INTO nilai(id, v) VALUES(7, 2);" NEWER;
    static const char RIVAL[] = "CREATE TRIGGER saing BEFORE INSERT ON orang WHEN NEW.id = 'x' BEGIN INSERT INTO orang(id, nik) VALUES('y', '5'); END;"
                                NEWER;
#undef NEWER

    (void)state;
    captures(ANEW, "DELETE FROM nilai WHERE id = 7", "D nilai 7");
    captures(ANEW, "BEGIN; UPDATE nilai SET v = 1; DELETE FROM nilai; COMMIT", "D nilai 7");
    captures(CHANGED, "UPDATE nilai SET w = 1", "U nilai 7 v=3 w=1");
    captures(RIVAL, "INSERT OR REPLACE INTO orang(id, nik) VALUES('x', '5')", "I orang 'x' nik='5' nama='tanpa nama' umur=NULL keluarga=NULL x=NULL");
}

/* --- transactions --- */

static void one_commit_is_one_transaction(void **state)
{
    (void)state;
    captures(NULL, "BEGIN; INSERT INTO nilai VALUES(2, 1, 1); INSERT INTO nilai VALUES(1, 1, 1); UPDATE nilai SET v = 2; DELETE FROM nilai WHERE "
             "id = 2;"
                   "INSERT INTO keluarga(id) VALUES('k'); COMMIT; UPDATE nilai SET v = 3; UPDATE nilai SET w = 3",
             "I keluarga 'k' no_kk=NULL jumlah=0; I nilai 1 v=2 w=1 | U nilai 1 v=3 | U nilai 1 w=3");
}

static void a_transaction_that_changes_nothing_leaves_no_record(void **state)
{
    (void)state;
    captures(TWO, "BEGIN; UPDATE orang SET umur = 5; UPDATE orang SET umur = NULL; COMMIT", "");
    captures(TWO, "BEGIN; INSERT INTO orang(id) VALUES('c'); DELETE FROM orang WHERE id = 'c'; COMMIT", "");
    captures(TWO, "UPDATE orang SET nama = nama; DELETE FROM orang WHERE 0; BEGIN; COMMIT; SELECT 1", "");
}

static void what_was_rolled_back_leaves_no_trace(void **state)
{
    (void)state;
    captures(TWO, "BEGIN; UPDATE orang SET umur = 5; DELETE FROM orang WHERE id = 'a'; INSERT INTO nilai VALUES(1, 2, 3); ROLLBACK", "");
    captures(TWO, "BEGIN; UPDATE orang SET umur = 5; ROLLBACK; UPDATE orang SET umur = 6 WHERE id = 'a'", "U orang 'a' umur=6");
    captures(TWO, "BEGIN; DELETE FROM orang; ROLLBACK; BEGIN; UPDATE orang SET nama = 'x' WHERE id = 'b'; COMMIT", "U orang 'b' nama='x'");
    captures(NULL, "BEGIN; INSERT INTO nilai VALUES(1, 1, 1); ROLLBACK; INSERT INTO nilai VALUES(2, 2, 2)",
             "I nilai 2 v=2 w=2"); /* the first of its connection */
}

static void savepoints_are_followed(void **state)
{
    (void)state;
    captures(TWO, "BEGIN; UPDATE orang SET umur = 1; SAVEPOINT s; UPDATE orang SET umur = 2; DELETE FROM orang WHERE id = 'b'; ROLLBACK TO s; COMMIT",
             "U orang 'a' umur=1; U orang 'b' umur=1");
    captures(TWO, "SAVEPOINT s; UPDATE orang SET umur = 2 WHERE id = 'a'; SAVEPOINT t; DELETE FROM orang; RELEASE t; ROLLBACK TO s; RELEASE s", "");
    captures(TWO, "SAVEPOINT s; INSERT INTO nilai VALUES(1, 1, 1); ROLLBACK TO s; INSERT INTO nilai VALUES(1, 2, 2); RELEASE s", "I nilai 1 v=2 w=2");
    captures(TWO, "BEGIN; SAVEPOINT s; INSERT INTO nilai VALUES(1, 1, 1); ROLLBACK TO s; UPDATE nilai SET v = 5; COMMIT", "");
    captures(TWO, "BEGIN; INSERT INTO nilai VALUES(1, 1, 1); SAVEPOINT s; UPDATE nilai SET v = 2; ROLLBACK TO s; RELEASE s; COMMIT",
             "I nilai 1 v=1 w=1");
    captures(TWO, "BEGIN; INSERT INTO nilai VALUES(1, 1, 1); SAVEPOINT s; DELETE FROM nilai; INSERT INTO nilai VALUES(1, 3, 3); ROLLBACK TO s; "
             "COMMIT",
             "I nilai 1 v=1 w=1");
    captures(TWO, "BEGIN; SAVEPOINT s; SAVEPOINT s; UPDATE orang SET umur = 2 WHERE id = 'a'; RELEASE s; ROLLBACK TO s; UPDATE orang SET umur = 3 "
             "WHERE id = 'b'; COMMIT",
             "U orang 'b' umur=3");
}

static void a_statement_that_fails_half_way_is_captured_as_sqlite_leaves_it(void **state)
{
    static const char *const kinds[] = { "ABORT", "FAIL", "ROLLBACK" };
    static const char *const wanted[] = { "I nilai 9 v=9 w=9", "I nilai 1 v=1 w=1; I nilai 2 v=1 w=1; I nilai 9 v=9 w=9", "" };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct store_world w;
        char sql[128];

        world_new(&w, SCHEMA);
        snprintf(sql, sizeof sql, "INSERT OR %s INTO nilai SELECT value, 1, 1 FROM json_each('[1,2,1,3]')", kinds[i]);
        sql_ok(w.app, "BEGIN; INSERT INTO nilai VALUES(9, 9, 9)");
        sql_fails(w.app, sql, SQLITE_CONSTRAINT, "UNIQUE constraint failed: nilai.id");
        if (i < 2)
            sql_ok(w.app, "COMMIT");
        assert_true(sqlite3_get_autocommit(w.app));
        assert_pending(&w, wanted[i]);
        world_release(&w);
    }
}

static void a_trigger_that_raises_takes_its_statement_back(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, SCHEMA);
    sql_ok(w.app, "CREATE TRIGGER awas AFTER INSERT ON orang WHEN NEW.id = 'b' BEGIN INSERT INTO nilai VALUES(1, 1, 1); SELECT RAISE(ABORT, "
           "'jangan'); END");
    sql_fails(w.app, TWO, SQLITE_CONSTRAINT, "jangan");
    assert_pending(&w, "");
    sql_ok(w.app, "BEGIN; INSERT INTO nilai VALUES(2, 2, 2)");
    sql_fails(w.app, TWO, SQLITE_CONSTRAINT, "jangan");
    sql_ok(w.app, "COMMIT");
    assert_pending(&w, "I nilai 2 v=2 w=2");
    world_release(&w);
}

static void a_commit_that_fails_can_be_mended_and_is_captured_once(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, SCHEMA);
    sql_ok(w.app, "BEGIN; PRAGMA defer_foreign_keys = ON; INSERT INTO orang(id, keluarga) VALUES('a', 'k')");
    sql_fails(w.app, "COMMIT", SQLITE_CONSTRAINT, "FOREIGN KEY constraint failed");
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_pending"), 0);
    sql_fails(w.app, "COMMIT", SQLITE_CONSTRAINT, "FOREIGN KEY constraint failed");
    sql_ok(w.app, "INSERT INTO keluarga(id) VALUES('k'); COMMIT");
    assert_pending(&w, "I keluarga 'k' no_kk=NULL jumlah=0; I orang 'a' nik=NULL nama='tanpa nama' umur=NULL keluarga='k'");
    sql_ok(w.app, "BEGIN; PRAGMA defer_foreign_keys = ON; UPDATE orang SET keluarga = 'z'");
    sql_fails(w.app, "COMMIT", SQLITE_CONSTRAINT, "FOREIGN KEY constraint failed");
    sql_ok(w.app, "ROLLBACK; UPDATE orang SET umur = 3");
    assert_pending(&w, "U orang 'a' umur=3");
    world_release(&w);
}

/* SQLite rolls back what a COMMIT could not keep, unless it was only busy. */
static void a_policy_refuses_the_commit_and_nothing_of_it_stays(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, SCHEMA);
    w.write_answer = JEMPUT_DENIED;
    sql_ok(w.app, "INSERT INTO nilai VALUES(9, 9, 9)"); /* a schema without a policy asks nobody */
    sql_ok(w.app, "DELETE FROM nilai");
    pending_forget(&w);
    sql_ok(w.app, "SELECT jemput_migrate('SELECT jemput_policy(''nilai'', ''petugas'', ''insert'')')");
    sql_ok(w.app, "BEGIN; INSERT INTO nilai VALUES(1, 1, 1)");
    sql_fails(w.app, "COMMIT", SQLITE_AUTH, "policy: not into table 'nilai'");
    assert_true(sqlite3_get_autocommit(w.app));
    sql_fails(w.app, "INSERT INTO nilai VALUES(3, 3, 3)", SQLITE_AUTH, "policy: not into table 'nilai'");
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM nilai"), 0);
    assert_pending(&w, "");
    w.write_answer = JEMPUT_OK;
    sql_ok(w.app, "INSERT INTO nilai VALUES(2, 2, 2)");
    assert_pending(&w, "I nilai 2 v=2 w=2");
    assert_int_equal(w.writes_asked, 3);
    world_release(&w);
}

/* The record is written before SQLite finds that it cannot commit: an attached file is being read. The transaction stays open. */
static void a_commit_that_was_busy_can_be_tried_again_and_is_captured_once(void **state)
{
    struct store_world w;
    sqlite3 *other;
    sqlite3_stmt *reading;

    (void)state;
    world_new(&w, SCHEMA);
    sql_ok(w.app, "ATTACH 'lain.db' AS lain; CREATE TABLE lain.x(a); INSERT INTO lain.x VALUES(1), (2)");
    assert_int_equal(sqlite3_open_v2("lain.db", &other, SQLITE_OPEN_READWRITE, crash_vfs_name(w.vfs)), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(other, "SELECT a FROM x", -1, &reading, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(reading), SQLITE_ROW);
    sqlite3_busy_timeout(w.app, 0);
    sql_ok(w.app, "BEGIN; INSERT INTO nilai VALUES(1, 1, 1); INSERT INTO nilai VALUES(jemput_token() + 1, 1, 1); INSERT INTO keluarga(id) "
           "VALUES(jemput_id());"
                  "DELETE FROM keluarga; SAVEPOINT s; UPDATE lain.x SET a = 5");
    sql_fails(w.app, "COMMIT", SQLITE_BUSY, "database is locked");
    sql_fails(w.app, "COMMIT", SQLITE_BUSY, "database is locked");
    assert_false(sqlite3_get_autocommit(w.app));
    sql_ok(w.app, "UPDATE nilai SET v = 7 WHERE id = 1; ROLLBACK TO s; INSERT INTO nilai VALUES(9, 9, 9); UPDATE lain.x SET a = 6");
    sql_fails(w.app, "COMMIT", SQLITE_BUSY, "database is locked");
    sql_ok(w.app, "UPDATE nilai SET v = 8 WHERE id = 9");
    sqlite3_finalize(reading);
    sql_ok(w.app, "COMMIT");
    assert_pending(&w, "I nilai 1 v=1 w=1; I nilai 2 v=1 w=1; I nilai 9 v=8 w=9");
    assert_int_equal(sqlite3_prepare_v2(other, "SELECT a FROM x", -1, &reading, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(reading), SQLITE_ROW);
    sql_ok(w.app, "BEGIN; DELETE FROM nilai WHERE id = 1; DELETE FROM lain.x");
    sql_fails(w.app, "COMMIT", SQLITE_BUSY, "database is locked");
    sql_ok(w.app, "ROLLBACK; DELETE FROM nilai WHERE id = 2");
    assert_pending(&w, "D nilai 2");
    sqlite3_finalize(reading);
    sqlite3_close(other);
    world_release(&w);
}

static void a_commit_while_a_select_is_open_is_captured(void **state)
{
    struct store_world w;
    sqlite3_stmt *stmt;

    (void)state;
    world_new(&w, SCHEMA);
    sql_ok(w.app, TWO);
    assert_int_equal(sqlite3_prepare_v2(w.app, "SELECT id FROM orang", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    sql_ok(w.app, "UPDATE orang SET umur = 4 WHERE id = 'b'");
    sql_ok(w.app, "BEGIN; UPDATE orang SET umur = 5 WHERE id = 'a'; COMMIT");
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    sqlite3_finalize(stmt);
    assert_pending(&w, "I orang 'a' nik='1' nama='Ani' umur=NULL keluarga=NULL; I orang 'b' nik='2' nama='Budi' umur=NULL keluarga=NULL | U orang "
                   "'b' umur=4 | "
                       "U orang 'a' umur=5");
    world_release(&w);
}

static void stamps_grow_whatever_the_clock_does(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_pending p;
    struct jemput_store *second;
    struct jemput_error err;
    struct store_world w;

    (void)state;
    world_new(&w, SCHEMA);
    assert_int_equal(jemput_store_open(&second, &w.sim.env, "store.db", false, &w.hooks, &err), JEMPUT_OK);
    for (int i = 0; i < 40; i++) {
        char sql[64];

        snprintf(sql, sizeof sql, "INSERT INTO nilai VALUES(%d, 1, 1)", i + 1);
        sim_env_set_wall(&w.sim, i % 3 ? 1000 : INT64_C(2500000000000) - i); /* 1970 and 2049, back and forth */
        sql_ok(i % 2 ? w.app : jemput_store_app(second), sql);
    }
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_pending"), 40); /* stamp is the key: none was written over */
    assert_int_equal(jemput_store_pending_read(w.store, 1 << 20, &p, &arena, &err), JEMPUT_OK);
    for (uint32_t i = 0; i < p.txn_count; i++)
        assert_int_equal(p.txns[i].changes[0].key.data[1], (i + 1) * 2); /* in the order of the commits: the key's zigzag */
    jemput_arena_release(&arena);
    jemput_store_close(second);
    world_release(&w);
}

/* --- what is not captured, and what is refused --- */

static void attached_and_temporary_tables_are_not_captured(void **state)
{
    (void)state;
    captures(NULL, "CREATE TEMP TABLE orang(id TEXT PRIMARY KEY, x); INSERT INTO temp.orang VALUES('a', 1); INSERT INTO orang VALUES('b', 2);"
                   "ATTACH ':memory:' AS lain; CREATE TABLE lain.nilai(id INTEGER PRIMARY KEY, v, w); INSERT INTO lain.nilai VALUES(1, 2, 3); "
                   "DELETE FROM lain.nilai;"
                   "INSERT INTO main.nilai VALUES(1, 2, 3); CREATE TABLE biasa(a); INSERT INTO biasa VALUES(1)",
             "I nilai 1 v=2 w=3");
}

static void keys_that_nobody_gave_are_refused(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, "CREATE TABLE t(id TEXT PRIMARY KEY, a); CREATE TABLE d(id TEXT PRIMARY KEY NOT NULL DEFAULT 'x', a); CREATE TABLE n(id INTEGER "
              "PRIMARY KEY, a);"
                  "SELECT jemput_replicate('t'); SELECT jemput_replicate('d'); SELECT jemput_replicate('n', 'key=app')");
    sql_fails(w.app, "INSERT INTO t(a) VALUES(1)", SQLITE_AUTH,
              "table 't': a row has a NULL in its primary key, so no other device could tell it from the next: give the key");
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM t"), 0);
    sql_ok(w.app, "BEGIN; INSERT INTO t VALUES('k', 1); UPDATE t SET id = NULL");
    sql_fails(w.app, "COMMIT", SQLITE_AUTH, "table 't': a row has a NULL in its primary key");
    sql_ok(w.app, "BEGIN; INSERT INTO t VALUES('k', 1); UPDATE t SET id = NULL; UPDATE t SET id = 'l'; COMMIT");
    assert_pending(&w, "I t 'l' a=1");
    sql_fails(w.app, "INSERT INTO n(a) VALUES(1)", SQLITE_AUTH, "table 'n' has key=app: the app must give the key (other than -1)");
    sql_fails(w.app, "INSERT INTO n VALUES(NULL, 1)", SQLITE_AUTH, "table 'n' has key=app: the app must give the key (other than -1)");
    sql_fails(w.app, "INSERT INTO n VALUES(-1, 1)", SQLITE_AUTH, "table 'n' has key=app: the app must give the key (other than -1)");
    sql_fails(w.app, "REPLACE INTO d VALUES(NULL, 1)", SQLITE_AUTH, "table 'd': REPLACE with a NULL in the primary key: leave the column out, or "
              "give the key");
    sql_ok(w.app, "INSERT INTO d(a) VALUES(2)");
    assert_pending(&w, "I d 'x' a=2");
    world_release(&w);
}

/* In a key 1.0 is 1: elsewhere the row would show 1, and whatever is computed from it would differ. */
static void a_key_that_other_devices_would_show_in_another_way_is_refused(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, "CREATE TABLE t(j, k BLOB, a, PRIMARY KEY(j, k)) WITHOUT ROWID; CREATE TABLE r(id DOUBLE PRIMARY KEY); CREATE TABLE n(id ANY "
                  "PRIMARY KEY);"
                  "SELECT jemput_replicate('t'); SELECT jemput_replicate('r'); SELECT jemput_replicate('n')");
    sql_fails(w.app, "INSERT INTO t VALUES('x', 1.0, 1)", SQLITE_AUTH, "table 't': the key's column 'k' cannot hold 1.0: write the INTEGER 1");
    sql_fails(w.app, "INSERT INTO t VALUES(-0.0, 'x', 1)", SQLITE_AUTH, "table 't': the key's column 'j' cannot hold -0.0: write the INTEGER 0");
    sql_fails(w.app, "INSERT INTO t VALUES(9007199254740992.0, 'x', 1)", SQLITE_AUTH, "write the INTEGER 9007199254740992");
    sql_ok(w.app, "INSERT INTO t VALUES(1, 1.5, 1); INSERT INTO r VALUES(1), (2.0); INSERT INTO n VALUES(3.0)");
    sql_fails(w.app, "UPDATE t SET j = 1.0", SQLITE_AUTH, "table 't': the key's column 'j' cannot hold 1.0: write the INTEGER 1");
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM t WHERE typeof(j) = 'integer'"), 1);
    assert_pending(&w, "I t 1 1.5 a=1 | I r 1; I r 2 | I n 3");
    world_release(&w);
}

static void a_key_that_is_too_long_is_refused(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, SCHEMA);
    sql_ok(w.app, "INSERT INTO keluarga(id) VALUES(hex(zeroblob(2046)))"); /* 4092 bytes, and 4 in front */
    sql_fails(w.app, "INSERT INTO keluarga(id) VALUES(hex(zeroblob(2049)))", SQLITE_TOOBIG, "");
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_pending"), 1);
    world_release(&w);
}

static void large_values_are_captured_up_to_the_limit(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_pending p;
    struct jemput_error err;
    struct store_world w;

    (void)state;
    world_new(&w, SCHEMA);
    sql_ok(w.app, "INSERT INTO nilai VALUES(1, zeroblob(1048576), hex(zeroblob(524288)))");
    assert_int_equal(jemput_store_pending_read(w.store, 1, &p, &arena, &err), JEMPUT_OK);
    assert_int_equal(p.txns[0].changes[0].cells[0].value.bytes.len, 1048576);
    assert_int_equal(p.txns[0].changes[0].cells[1].value.bytes.len, 1048576);
    assert_int_equal(p.txns[0].changes[0].cells[1].value.bytes.data[1048575], '0');
    jemput_arena_release(&arena);
    sql_fails(w.app, "INSERT INTO nilai VALUES(2, 1, zeroblob(1048577))", SQLITE_TOOBIG,
              "column 'w' of table 'nilai': 1048577 bytes are more than 1048576; keep larger things as attachments");
    sql_fails(w.app, "UPDATE nilai SET v = zeroblob(1048577)", SQLITE_TOOBIG, "column 'v' of table 'nilai'");
    sql_ok(w.app, "BEGIN");
    for (int i = 2; i < 10; i++) {
        char sql[96];

        snprintf(sql, sizeof sql, "INSERT INTO nilai VALUES(%d, zeroblob(1048576), 0)", i);
        sql_ok(w.app, sql);
    }
    sql_fails(w.app, "COMMIT", SQLITE_TOOBIG, 
              "the transaction is too large (8 changes; at most 8388608 bytes, and 1048576 cells): commit in smaller parts, "
              "and keep photos and other files as attachments");
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM nilai"), 1);
    assert_int_equal(sql_int(w.app, "SELECT sum(changes) FROM jemput_pending"), 1);
    world_release(&w);
}

/* --- edit tokens --- */

static void frontier_move(struct store_world *w, uint8_t writer)
{
    static const struct jemput_context none;
    struct jemput_segment s = { .number = 1, .control = true, .stamp = 100, .merged = &none };
    struct jemput_error err;
    bool forked;

    memset(s.writer.id, writer, sizeof s.writer.id);
    memset(s.hash.bytes, writer, sizeof s.hash.bytes);
    assert_int_equal(jemput_store_begin(w->store, 0, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_segment_add(w->store, &s, &forked, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_apply_control(w->store, s.id, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(w->store, &err), JEMPUT_OK);
}

static void an_edit_token_says_under_what_a_transaction_was_written(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_pending p;
    struct jemput_error err;
    struct store_world w;
    int64_t before, after;
    char sql[128];

    (void)state;
    world_new(&w, SCHEMA);
    frontier_move(&w, 1);
    before = sql_int(w.app, "SELECT jemput_token()");
    sql_ok(w.app, "INSERT INTO nilai VALUES(1, 1, 1)");
    frontier_move(&w, 2);
    after = sql_int(w.app, "SELECT jemput_token()");
    assert_int_not_equal(before, after);
    sql_ok(w.app, "INSERT INTO nilai VALUES(2, 1, 1)");
    snprintf(sql, sizeof sql, "BEGIN; SELECT jemput_under(%lld); INSERT INTO nilai VALUES(3, 1, 1); COMMIT", (long long)before);
    sql_ok(w.app, sql);
    sql_ok(w.app, "INSERT INTO nilai VALUES(4, 1, 1)"); /* it was said of that transaction only */
    snprintf(sql, sizeof sql, "BEGIN; SELECT jemput_under(%lld); INSERT INTO nilai VALUES(5, 1, 1); ROLLBACK", (long long)before);
    sql_ok(w.app, sql);
    sql_ok(w.app, "INSERT INTO nilai VALUES(6, 1, 1)");
    snprintf(sql, sizeof sql, "BEGIN; UPDATE nilai SET v = 2 WHERE id = 1; SELECT jemput_under(%lld); COMMIT",
             (long long)before); /* before COMMIT is soon enough */
    sql_ok(w.app, sql);
    snprintf(sql, sizeof sql, "%lld,%lld,%lld,%lld,%lld,%lld", (long long)before, (long long)after, (long long)before, (long long)after,
             (long long)after, (long long)before);
    assert_sql_text(w.app, "SELECT group_concat(context) FROM (SELECT context FROM jemput_pending ORDER BY stamp)", sql);
    assert_int_equal(jemput_store_pending_read(w.store, 1 << 20, &p, &arena, &err), JEMPUT_OK);
    assert_int_equal(p.txn_count, 1); /* one context to a segment */
    assert_int_equal(p.context, before);
    assert_true(p.more);
    jemput_arena_release(&arena);
    sql_fails(w.app, "BEGIN; SELECT jemput_under(987654)", SQLITE_ERROR, "jemput_under: no jemput_token() has given 987654 here");
    sql_ok(w.app, "ROLLBACK");
    snprintf(sql, sizeof sql, "SELECT jemput_under(%lld)", (long long)before);
    sql_fails(w.app, sql, SQLITE_ERROR, "jemput_under: call it between BEGIN and COMMIT: it concerns one transaction");
    world_release(&w);
}

/* --- trouble --- */

static void every_allocation_that_fails_leaves_all_or_nothing(void **state)
{
    static const char WORK[] = "BEGIN; REPLACE INTO orang(id, nik, nama) VALUES('a', '2', 'Ani'), ('c', '3', 'Cici'); UPDATE orang SET id = 'd' "
    "WHERE id = 'c';"
                               "SELECT jemput_note('sebab'); INSERT INTO keluarga VALUES(jemput_id(), NULL, 1); COMMIT";
    struct store_world w;
    uint64_t n, failed = 0;

    (void)state;
    world_new(&w, SCHEMA);
    for (n = 0; n < 100000; n += fault_step()) {
        int rc;

        world_close(&w);
        world_open(&w, false);
        sql_ok(w.app, "DELETE FROM orang; DELETE FROM keluarga; " TWO);
        pending_forget(&w);
        fault_alloc_arm(&mem, n, false);
        rc = sqlite3_exec(w.app, WORK, NULL, NULL, NULL);
        fault_alloc_disarm(&mem);
        if (rc && rc != SQLITE_NOMEM && rc != SQLITE_IOERR_NOMEM)
            fail_msg("allocation %llu: %d %s", (unsigned long long)n, rc, sqlite3_errmsg(w.app));
        if (!sqlite3_get_autocommit(w.app))
            sql_ok(w.app, "ROLLBACK");
        failed += rc != SQLITE_OK;
        assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_pending"), rc ? 0 : 1);
        assert_sql_text(w.app, "SELECT group_concat(id || nik) FROM (SELECT * FROM orang ORDER BY id)", rc ? "a1,b2" : "a2,d3");
        sql_ok(w.app, "UPDATE orang SET umur = 7"); /* and it goes on */
        assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_pending"), rc ? 1 : 2);
        if (!mem.failures)
            break;
    }
    world_release(&w);
    print_message("%llu allocations, one failed at a time: %llu times nothing was written\n", (unsigned long long)n, (unsigned long long)failed);
    assert_true(failed > 100 / fault_step());
}

/* --- the property: what is captured, replayed, is what is there --- */

#define ROWS_MAX 512

struct model_row {
    uint32_t table;
    struct jemput_bytes key;
    struct jemput_value values[16]; /* by column */
};

struct model {
    struct jemput_arena arena;
    struct model_row rows[ROWS_MAX];
    unsigned count;
    unsigned inserts, updates, deletes, txns;
};

static struct model_row *model_find(struct model *m, uint32_t table, struct jemput_bytes key)
{
    for (unsigned i = 0; i < m->count; i++)
        if (m->rows[i].table == table && jemput_bytes_equal(m->rows[i].key, key))
            return &m->rows[i];
    return NULL;
}

/* Cells ascend; a group is carried whole; a changed group has a change in it. Insert carries every carried column. */
static void model_cells(struct model_row *row, const struct jemput_table *t, const struct jemput_change *change, struct jemput_arena *arena)
{
    unsigned carried[16] = { 0 };
    bool differs[16] = { false };

    for (uint16_t i = 0; i < change->cell_count; i++) {
        const struct jemput_cell *cell = &change->cells[i];
        uint16_t group = t->columns[cell->column].group;
        struct jemput_value value = cell->value;

        assert_true(group != JEMPUT_GROUP_NONE);
        assert_true(i == 0 || change->cells[i - 1].column < cell->column);
        carried[group]++;
        assert_int_equal(cell->is_delta, t->columns[cell->column].rule == JEMPUT_RULE_SUM);
        if (cell->is_delta && change->op == JEMPUT_OP_UPDATE)
            value.integer += row->values[cell->column].integer;
        if (!jemput_value_equal(&row->values[cell->column], &value))
            differs[group] = true;
        if (cell->has_before)
            assert_true(jemput_value_equal(&row->values[cell->column], &cell->before));
        assert_int_equal(cell->has_before, change->op == JEMPUT_OP_UPDATE && t->columns[cell->column].carries_before);
        assert_true(jemput_value_copy(&row->values[cell->column], &value, arena));
    }
    for (uint16_t g = 0; g < t->group_count; g++) {
        assert_true(carried[g] == t->groups[g].column_count || (carried[g] == 0 && change->op == JEMPUT_OP_UPDATE));
        if (change->op == JEMPUT_OP_UPDATE && carried[g])
            assert_true(differs[g]);
    }
}

static void model_change(struct model *m, const struct jemput_table *t, const struct jemput_change *change)
{
    struct model_row *row = model_find(m, change->table, change->key);

    assert_non_null(t);
    if (change->op == JEMPUT_OP_INSERT) {
        assert_null(row);
        assert_true(m->count < ROWS_MAX);
        row = &m->rows[m->count++];
        *row = (struct model_row){ .table = change->table, .key = jemput_arena_copy(&m->arena, change->key) };
        model_cells(row, t, change, &m->arena);
        m->inserts++;
    } else if (change->op == JEMPUT_OP_UPDATE) {
        assert_non_null(row);
        assert_true(change->cell_count > 0);
        model_cells(row, t, change, &m->arena);
        m->updates++;
    } else {
        assert_int_equal(change->op, JEMPUT_OP_DELETE);
        assert_non_null(row);
        assert_int_equal(change->cell_count, 0);
        *row = m->rows[--m->count];
        m->deletes++;
    }
}

/* Take what is pending; false if another connection is in the middle of a write. */
static bool model_take(struct model *m, struct store_world *w)
{
    struct jemput_arena arena = { 0 };
    struct jemput_pending p = { .more = true };
    struct jemput_error err;
    enum jemput_status st = jemput_store_begin(w->store, 0, &err);

    if (st) {
        assert_int_equal(st, JEMPUT_BUSY);
        return false;
    }
    while (p.more) {
        assert_int_equal(jemput_store_pending_read(w->store, 1000, &p, &arena, &err), JEMPUT_OK);
        for (uint32_t i = 0; i < p.txn_count; i++, m->txns++)
            for (uint32_t k = 0; k < p.txns[i].change_count; k++) {
                const struct jemput_change *c = &p.txns[i].changes[k];

                assert_true(k == 0 || c[-1].table < c->table || (c[-1].table == c->table && jemput_bytes_compare(c[-1].key, c->key) < 0));
                model_change(m, jemput_store_table(w->store, c->table), c);
            }
        if (p.txn_count)
            assert_int_equal(jemput_store_pending_sealed(w->store, p.last_seq, &err), JEMPUT_OK);
    }
    assert_int_equal(jemput_store_commit(w->store, &err), JEMPUT_OK);
    jemput_arena_release(&arena);
    return true;
}

static struct jemput_value column_value(sqlite3_stmt *stmt, int i)
{
    struct jemput_value v = { .type = JEMPUT_NULL };

    switch (sqlite3_column_type(stmt, i)) {
    case SQLITE_INTEGER:
        v.type = JEMPUT_INTEGER;
        v.integer = sqlite3_column_int64(stmt, i);
        break;
    case SQLITE_FLOAT:
        v.type = JEMPUT_REAL;
        v.real = sqlite3_column_double(stmt, i);
        break;
    case SQLITE_TEXT:
    case SQLITE_BLOB:
        v.type = sqlite3_column_type(stmt, i) == SQLITE_TEXT ? JEMPUT_TEXT : JEMPUT_BLOB;
        v.bytes = jemput_bytes_of(sqlite3_column_blob(stmt, i), (size_t)sqlite3_column_bytes(stmt, i));
        break;
    default:
        break;
    }
    return v;
}

/* `look` is a connection of plain SQLite: it sees what is committed. */
static void model_compare_table(struct model *m, const struct jemput_table *t, sqlite3 *look, unsigned *found)
{
    struct jemput_buf key = JEMPUT_BUF_INIT(4096);
    struct jemput_error err;
    sqlite3_stmt *stmt;
    char sql[128];

    snprintf(sql, sizeof sql, "SELECT * FROM %s", t->name);
    assert_int_equal(sqlite3_prepare_v2(look, sql, -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        struct jemput_value values[16], of_key[16];
        struct model_row *row;

        for (uint16_t i = 0; i < t->column_count; i++)
            values[i] = column_value(stmt, i);
        for (uint8_t i = 0; i < t->key_count; i++)
            of_key[i] = values[t->key_columns[i]];
        jemput_buf_clear(&key);
        assert_int_equal(jemput_key_write(&key, of_key, t->key_count, &err), JEMPUT_OK);
        row = model_find(m, t->id, jemput_buf_bytes(&key));
        if (!row)
            fail_msg("table %s: row %s is there and was not captured", t->name, (const char *)sqlite3_column_text(stmt, 0));
        for (uint16_t i = 0; i < t->column_count; i++)
            if (t->columns[i].group != JEMPUT_GROUP_NONE && !jemput_value_equal(&row->values[i], &values[i]))
                fail_msg("table %s: row %s: column %s differs from what was captured", t->name, (const char *)sqlite3_column_text(stmt, 0),
                         t->columns[i].name);
        (*found)++;
    }
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    jemput_buf_release(&key);
}

static void model_compare(struct model *m, struct store_world *w, sqlite3 *look)
{
    unsigned found = 0;

    for (uint32_t id = 1; id <= jemput_store_table_count(w->store); id++)
        model_compare_table(m, jemput_store_table(w->store, id), look, &found);
    assert_int_equal(found, m->count); /* the model has no row more */
}

static void property_run(uint64_t seed, unsigned steps, bool recursive, struct model *m, struct random_tally *tally)
{
    struct jemput_store *second;
    struct jemput_error err;
    struct store_world w;
    sqlite3 *look, *apps[2];
    uint64_t rng = seed;

    world_new(&w, RANDOM_SCHEMA);
    sql_ok(w.app, RANDOM_APP);
    assert_int_equal(jemput_store_open(&second, &w.sim.env, "store.db", false, &w.hooks, &err), JEMPUT_OK);
    assert_int_equal(sqlite3_open_v2("store.db", &look, SQLITE_OPEN_READONLY, crash_vfs_name(w.vfs)), SQLITE_OK);
    apps[0] = w.app;
    apps[1] = jemput_store_app(second);
    for (int i = 0; i < 2; i++) {
        sqlite3_busy_timeout(apps[i], 0);
        if (recursive)
            sql_ok(apps[i], "PRAGMA recursive_triggers = ON");
    }
    for (unsigned step = 0; step < steps; step++) {
        sim_env_advance(&w.sim, random_pick(&rng, 3));
        random_sql_step(apps[random_pick(&rng, 2)], &rng, tally);
        if (model_take(m, &w))
            model_compare(m, &w, look);
    }
    for (int i = 0; i < 2; i++)
        if (!sqlite3_get_autocommit(apps[i]))
            sql_ok(apps[i], "ROLLBACK");
    assert_true(model_take(m, &w));
    model_compare(m, &w, look);
    sqlite3_close(look);
    jemput_store_close(second);
    world_release(&w);
    jemput_arena_release(&m->arena);
    m->count = 0;
}

static void replaying_what_was_captured_always_gives_the_rows(void **state)
{
    struct model *m = calloc(1, sizeof *m);
    struct random_tally tally = { 0, 0, 0 };

    (void)state;
    assert_non_null(m);
    for (uint64_t seed = 1; seed <= 12; seed++) {
        print_message("seed %llu\n", (unsigned long long)seed);
        property_run(seed, 1500, seed % 3 == 0, m, &tally);
    }
    print_message("%u statements went through, %u were refused, %u found the store busy; %u transactions: %u inserts, %u updates, %u deletes\n",
                  tally.ok,
                  tally.refused, tally.busy, m->txns, m->inserts, m->updates, m->deletes);
    assert_true(m->txns > 500 && m->inserts > 500 && m->updates > 500 && m->deletes > 500); /* so that the test is about something */
    free(m);
}

/* A table is met when it is first written: the connection has read the schema by then, and learns while it prepares that it is another. */
static void a_first_write_is_captured_though_another_connection_has_just_changed_the_schema(void **state)
{
    struct jemput_store *beside;
    struct jemput_error err;
    struct store_world w;

    (void)state;
    world_new(&w, "CREATE TABLE t(a TEXT PRIMARY KEY NOT NULL, b UNIQUE); SELECT jemput_replicate('t');");
    if (jemput_store_open(&beside, &w.sim.env, "store.db", false, &w.hooks, &err))
        fail_msg("open: %s", err.text);
    assert_int_equal(sql_int(jemput_store_app(beside), "SELECT count(*) FROM t"), 0);
    sql_ok(w.app, "CREATE TABLE lain(x)");
    sql_ok(jemput_store_app(beside), "INSERT INTO t VALUES('1', 2)");
    sql_ok(w.app, "DROP TABLE lain");
    sql_ok(jemput_store_app(beside), "DELETE FROM t; INSERT INTO t VALUES('2', 2)");
    jemput_store_close(beside);
    assert_int_equal(sql_int(w.store->db, "SELECT sum(changes) FROM jemput_pending"), 3);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_insert_carries_defaults_and_leaves_out_generated_columns),
        cmocka_unit_test(values_are_captured_as_the_column_stores_them),
        cmocka_unit_test(every_kind_of_value_is_captured_bit_by_bit),
        cmocka_unit_test(text_with_nuls_is_captured_whole),
        cmocka_unit_test(insert_or_ignore_captures_what_went_in),
        cmocka_unit_test(replace_captures_the_rows_that_it_removes),
        cmocka_unit_test(an_upsert_captures_what_it_did),
        cmocka_unit_test(an_update_of_the_key_is_a_delete_and_an_insert),
        cmocka_unit_test(update_from_and_insert_select_are_captured),
        cmocka_unit_test(delete_without_where_captures_every_row),
        cmocka_unit_test(foreign_key_actions_are_captured),
        cmocka_unit_test(returning_gives_its_rows_and_is_captured),
        cmocka_unit_test(changes_and_last_insert_rowid_stay_the_apps),
        cmocka_unit_test(what_the_apps_triggers_do_is_captured),
        cmocka_unit_test(what_a_trigger_inserts_before_its_row_is_removed_or_replaced_is_captured_as_it_ends),
        cmocka_unit_test(one_commit_is_one_transaction),
        cmocka_unit_test(a_transaction_that_changes_nothing_leaves_no_record),
        cmocka_unit_test(what_was_rolled_back_leaves_no_trace),
        cmocka_unit_test(savepoints_are_followed),
        cmocka_unit_test(a_statement_that_fails_half_way_is_captured_as_sqlite_leaves_it),
        cmocka_unit_test(a_trigger_that_raises_takes_its_statement_back),
        cmocka_unit_test(a_commit_that_fails_can_be_mended_and_is_captured_once),
        cmocka_unit_test(a_policy_refuses_the_commit_and_nothing_of_it_stays),
        cmocka_unit_test(a_commit_that_was_busy_can_be_tried_again_and_is_captured_once),
        cmocka_unit_test(a_commit_while_a_select_is_open_is_captured),
        cmocka_unit_test(stamps_grow_whatever_the_clock_does),
        cmocka_unit_test(attached_and_temporary_tables_are_not_captured),
        cmocka_unit_test(keys_that_nobody_gave_are_refused),
        cmocka_unit_test(a_key_that_other_devices_would_show_in_another_way_is_refused),
        cmocka_unit_test(a_key_that_is_too_long_is_refused),
        cmocka_unit_test(large_values_are_captured_up_to_the_limit),
        cmocka_unit_test(an_edit_token_says_under_what_a_transaction_was_written),
        cmocka_unit_test(replaying_what_was_captured_always_gives_the_rows),
        cmocka_unit_test(every_allocation_that_fails_leaves_all_or_nothing),
        cmocka_unit_test(a_first_write_is_captured_though_another_connection_has_just_changed_the_schema),
    };

    size_t leaks;
    int failed;

    fault_alloc_install(&mem);
    jemput_sqlite_start(); /* before the test's VFS starts SQLite with an allocator of its own */
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    sqlite3_shutdown();
    leaks = fault_alloc_uninstall(&mem);
    return failed || leaks;
}
