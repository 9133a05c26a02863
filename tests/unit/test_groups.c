/* Tests of store/schema/group_view.c: jemput_groups tells which columns merge as one, by what rule, and why. */
#include "store/internal.h"
#include "store_world.h"
#include "support/fault_alloc.h"

static struct fault_alloc mem; /* of the whole program */

static const char SCHEMA[] =
    "CREATE TABLE wilayah(prov TEXT, kab TEXT, nama TEXT, PRIMARY KEY(prov, kab)) WITHOUT ROWID;"
    "CREATE TABLE orang(id BLOB PRIMARY KEY NOT NULL, nik TEXT, nik_tertulis TEXT, prov TEXT, kab TEXT, lahir TEXT, mati TEXT, sebab TEXT, status "
    "TEXT,"
    " alasan TEXT, cetak INTEGER NOT NULL DEFAULT 0, selesai TEXT, surel TEXT, umur AS (mati - lahir), telepon TEXT, hp TEXT,"
    " CONSTRAINT urut CHECK(umur >= 0), CHECK( mati IS NOT NULL OR sebab IS NULL ), FOREIGN KEY(prov, kab) REFERENCES wilayah, UNIQUE(telepon, hp));"
    "CREATE UNIQUE INDEX surel_unik ON orang(lower(surel)) WHERE selesai IS NULL;"
    "CREATE UNIQUE INDEX kontak ON orang(lower(hp), id);"
    "CREATE TABLE kunci(a, b, PRIMARY KEY(a, b));"
    "SELECT jemput_replicate('wilayah');"
    "SELECT jemput_replicate('orang', 'group=nik,nik_tertulis; identity=nik; group=status,alasan; rank=status:DRAFT<PROSES; sum=cetak; "
    "once=selesai');"
    "SELECT jemput_replicate('kunci');";

static const char LISTED[] = "wilayah 1 nama latest 0 alone\n"
                             "orang 1 nik latest 1 declared\n"
                             "orang 1 nik_tertulis latest 1 declared\n"
                             "orang 2 prov latest 0 FOREIGN KEY wilayah\n"
                             "orang 2 kab latest 0 FOREIGN KEY wilayah\n"
                             "orang 3 lahir latest 0 CHECK urut\n"
                             "orang 3 mati latest 0 CHECK urut\n"
                             "orang 3 sebab latest 0 CHECK mati IS NOT NULL OR sebab IS NULL\n"
                             "orang 4 status rank 0 declared\n"
                             "orang 4 alasan rank 0 declared\n"
                             "orang 5 cetak sum 0 alone\n"
                             "orang 6 selesai once 0 alone\n"
                             "orang 7 surel latest 0 alone\n"
                             "orang 8 telepon latest 0 UNIQUE orang.telepon, orang.hp\n"
                             "orang 8 hp latest 0 UNIQUE orang.telepon, orang.hp\n";

/* NULL = no memory. */
static char *listed(sqlite3 *db)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(1 << 16);
    sqlite3_stmt *stmt = NULL;
    char *text = NULL;
    int rc = sqlite3_prepare_v2(db, "SELECT * FROM jemput_groups", -1, &stmt, NULL);

    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(stmt);
        for (int i = 0; rc == SQLITE_ROW && i < 6; i++) {
            const char *value = (const char *)sqlite3_column_text(stmt, i);

            jemput_buf_printf(&out, "%s%c", value ? value : "no memory", i < 5 ? ' ' : '\n');
        }
    }
    sqlite3_finalize(stmt);
    if (rc == SQLITE_DONE) {
        jemput_buf_u8(&out, 0);
        text = out.failed ? NULL : strdup((const char *)out.data);
    } else if (rc != SQLITE_NOMEM) {
        fail_msg("jemput_groups: %d %s", rc, sqlite3_errmsg(db));
    }
    jemput_buf_release(&out);
    return text;
}

static void assert_listed(sqlite3 *db, const char *wanted)
{
    char *text = listed(db);

    assert_non_null(text);
    assert_string_equal(text, wanted);
    free(text);
}

static void every_column_is_listed_with_its_group_its_rule_and_the_reason(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, SCHEMA);
    assert_listed(w.app, LISTED);
    world_close(&w);
    world_open(&w, false);
    assert_listed(w.app, LISTED);
    assert_int_equal(sql_int(w.app, "SELECT count(DISTINCT grp) FROM jemput_groups WHERE tbl = 'orang'"),
                     jemput_store_table_named(w.store, "orang")->group_count);
    world_release(&w);
}

static void jemput_groups_follows_schema_changes(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, NULL);
    assert_listed(w.app, "");
    sql_ok(w.app, "CREATE TABLE t(id TEXT PRIMARY KEY, a); SELECT jemput_replicate('t')");
    assert_listed(w.app, "t 1 a latest 0 alone\n");
    sql_ok(w.app, "SELECT jemput_migrate('ALTER TABLE t ADD COLUMN b; ALTER TABLE t ADD COLUMN c; CREATE UNIQUE INDEX i ON t(c, b)')");
    assert_listed(w.app, "t 1 a latest 0 alone\nt 2 b latest 0 UNIQUE t.c, t.b\nt 2 c latest 0 UNIQUE t.c, t.b\n");
    sql_ok(w.app, "BEGIN; CREATE TABLE u(id TEXT PRIMARY KEY, a); SELECT jemput_replicate('u', 'sum=a'); ROLLBACK");
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_groups WHERE tbl = 'u'"), 0);
    world_release(&w);
}

static void jemput_groups_can_be_read_and_not_written(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, SCHEMA);
    sql_fails(w.app, "DELETE FROM jemput_groups", SQLITE_ERROR, "table jemput_groups may not be modified");
    sql_fails(w.app, "INSERT INTO jemput_groups(tbl) VALUES('x')", SQLITE_AUTH, "not authorized");
    sql_ok(w.app, "CREATE VIEW lihat AS SELECT col FROM jemput_groups WHERE grp = 8; CREATE TEMP TABLE salin AS SELECT * FROM jemput_groups");
    assert_sql_text(w.app, "SELECT group_concat(col) FROM lihat", "telepon,hp");
    world_release(&w);
}

static void each_allocation_that_fails_gives_all_or_an_error(void **state)
{
    struct store_world w;
    uint64_t n = 0;

    (void)state;
    world_new(&w, SCHEMA);
    assert_listed(w.app, LISTED);
    for (;; n++) {
        char *text;

        fault_alloc_arm(&mem, n, false);
        text = listed(w.app);
        fault_alloc_disarm(&mem);
        if (text && !strstr(text, "no memory"))
            assert_string_equal(text, LISTED);
        free(text);
        if (!mem.failures)
            break;
    }
    assert_true(n > 100);
    assert_listed(w.app, LISTED);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column_is_listed_with_its_group_its_rule_and_the_reason),
        cmocka_unit_test(jemput_groups_follows_schema_changes),
        cmocka_unit_test(jemput_groups_can_be_read_and_not_written),
        cmocka_unit_test(each_allocation_that_fails_gives_all_or_an_error),
    };
    int failed;

    fault_alloc_install(&mem);
    jemput_sqlite_start(); /* before the test's VFS starts SQLite with an allocator of its own */
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    sqlite3_shutdown();
    return failed || fault_alloc_uninstall(&mem);
}
