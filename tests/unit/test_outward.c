/* Tests of store/schema/outward.c: a FOREIGN KEY of a replicated table leads to a replicated table, or what declares it is refused. */
#include "store_world.h"

#define WHY(child, parent)                                                                                                                           \
    "table '" child "': its FOREIGN KEY names table '" parent "', which is not replicated, so which rows are held would differ from device to device: "  \
    "replicate '" parent "', too (two that name each other: in one jemput_migrate()), or leave the FOREIGN KEY out"

static void refuse(struct store_world *w, const char *sql, uint32_t version, const char *text)
{
    struct jemput_error err;

    assert_int_equal(jemput_store_begin(w->store, 0, &err), JEMPUT_OK);
    if (jemput_store_schema_run(w->store, jemput_bytes_str(sql), version, &err) != JEMPUT_CORRUPT || strcmp(err.text, text) != 0)
        fail_msg("%s\n  gives '%s'\n  instead of '%s'", sql, err.text, text);
    jemput_store_rollback(w->store);
}

/* It was let in where it was written, before that was asked. */
static void what_stands_in_a_log_is_taken_as_it_is(void **state)
{
    struct jemput_error err;
    struct store_world w;

    (void)state;
    world_new(&w, NULL);
    assert_int_equal(jemput_store_begin(w.store, 0, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_schema_rerun(w.store, jemput_bytes_str("CREATE TABLE kode(id TEXT PRIMARY KEY); CREATE TABLE orang(id TEXT PRIMARY "
                                                                         "KEY, jk TEXT REFERENCES kode(id)); SELECT jemput_replicate('orang')"),
                                               1, &err),
                     JEMPUT_OK);
    assert_int_equal(jemput_store_commit(w.store, &err), JEMPUT_OK);
    world_release(&w);
}

static void a_foreign_key_to_a_table_that_is_not_replicated_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *sql, *text;
    } bad[] = {
        { "CREATE TABLE kode(id TEXT PRIMARY KEY);\nCREATE TABLE orang(id TEXT PRIMARY KEY,\n jk TEXT REFERENCES kode(id));\n"
          "SELECT jemput_replicate('orang')", "schema: line 3: " WHY("orang", "kode") },
        { "SELECT 1;\nCREATE TABLE orang(id TEXT PRIMARY KEY, a, b,\n\n FOREIGN KEY(a, b) REFERENCES \"Kode\"(x, y) ON DELETE CASCADE);\n"
          "SELECT jemput_replicate('orang');\nCREATE TABLE kode(x, y, PRIMARY KEY(x, y))", "schema: line 4: " WHY("orang", "Kode") },
        { "CREATE TABLE orang(id TEXT PRIMARY KEY, ibu TEXT REFERENCES tiada);\nSELECT jemput_replicate('orang')",
          "schema: line 1: " WHY("orang", "tiada") },
        { "CREATE TABLE kode(id TEXT PRIMARY KEY);\nCREATE TABLE lain(id TEXT PRIMARY KEY REFERENCES kode);\n"
          "CREATE TABLE orang(id TEXT PRIMARY KEY, nama TEXT); SELECT jemput_replicate('orang');\nALTER TABLE orang ADD COLUMN jk REFERENCES kode(id)",
          "schema: line 4: " WHY("orang", "kode") },
    };
    struct store_world w;

    (void)state;
    world_new(&w, NULL);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuse(&w, bad[i].sql, 1, bad[i].text);
    world_release(&w);
}

/* Declarations come in any order, tables name themselves and each other, and what is not replicated may name what it likes. */
static void what_leads_to_replicated_tables_is_taken_in_whatever_order_they_are_declared(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, "CREATE TABLE orang(id TEXT PRIMARY KEY, kk TEXT REFERENCES Keluarga(id), ibu TEXT REFERENCES orang(id));"
                  "SELECT jemput_replicate('orang');"
                  "CREATE TABLE keluarga(id TEXT PRIMARY KEY, kepala TEXT REFERENCES orang(id));"
                  "CREATE TABLE sendiri(id INTEGER PRIMARY KEY, orang TEXT REFERENCES orang(id), dasar REFERENCES sendiri(id));"
                  "SELECT jemput_replicate('KELUARGA')");
    sql_ok(w.app, "CREATE TABLE catatan(id INTEGER PRIMARY KEY, keluarga TEXT REFERENCES keluarga(id))");
    world_release(&w);
}

static void a_migration_may_not_make_one_either(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, "CREATE TABLE orang(id TEXT PRIMARY KEY, nama TEXT); SELECT jemput_replicate('orang')");
    sql_ok(w.app, "CREATE TABLE kode(id TEXT PRIMARY KEY); CREATE TABLE surat(id TEXT PRIMARY KEY, jenis TEXT REFERENCES kode(id))");
    sql_fails(w.app, "SELECT jemput_migrate('CREATE INDEX i ON orang(nama);\nALTER TABLE orang ADD COLUMN jk TEXT REFERENCES kode(id)')", SQLITE_AUTH,
              "line 2: " WHY("orang", "kode"));
    sql_fails(w.app, "SELECT jemput_replicate('surat')", SQLITE_AUTH, "jemput_replicate: " WHY("surat", "kode"));
    refuse(&w, "SELECT 1;\nALTER TABLE orang ADD COLUMN jk TEXT REFERENCES kode(id)", 2, "schema: line 2: " WHY("orang", "kode"));
    sql_ok(w.app, "SELECT jemput_replicate('kode')");
    sql_ok(w.app, "SELECT jemput_replicate('surat')");
    sql_ok(w.app, "SELECT jemput_migrate('ALTER TABLE orang ADD COLUMN jk TEXT REFERENCES kode(id)')");
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_foreign_key_to_a_table_that_is_not_replicated_is_refused_with_its_line),
        cmocka_unit_test(what_leads_to_replicated_tables_is_taken_in_whatever_order_they_are_declared),
        cmocka_unit_test(what_stands_in_a_log_is_taken_as_it_is),
        cmocka_unit_test(a_migration_may_not_make_one_either),
    };

    return cmocka_run_group_tests_name("outward", tests, NULL, NULL);
}
