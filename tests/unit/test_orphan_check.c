/* Tests of what store/check/check.c and check/log.c find where rows came back, or are gone, with their parents: each thing that is noted of them, damaged.
 * */
#include "pass_world.h"

static const char schema[] =
    "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE);"
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, keluarga TEXT REFERENCES keluarga(id), no_kk TEXT REFERENCES keluarga(no_kk));"
    "SELECT jemput_replicate('keluarga'); SELECT jemput_replicate('orang', 'parent=no_kk:cascade');";
enum { T_KELUARGA = 1, T_ORANG = 2 };

static void put(struct world *w, struct jemput_txn *txn, uint32_t table, const char *key, const char *a, const char *b)
{
    struct jemput_change *c = world_change(w, txn, table, JEMPUT_OP_INSERT, key);

    world_cell(c, 1, world_text(w, a));
    if (table == T_ORANG)
        world_cell(c, 2, world_text(w, b));
}

/* k1 and p1 come back for p2, k2 is edited while it is deleted with p3, p4 is gone with k3. */
static void make_history(struct world *w)
{
    struct jemput_txn *txn = alone(w, 1, 0, 100);

    put(w, txn, T_KELUARGA, "k1", "16", NULL);
    put(w, txn, T_KELUARGA, "k2", "17", NULL);
    put(w, txn, T_KELUARGA, "k3", "18", NULL);
    put(w, txn, T_ORANG, "p1", "k1", NULL);
    put(w, txn, T_ORANG, "p3", "k2", NULL);
    txn = alone(w, 2, 1, 200);
    world_delete(w, txn, T_KELUARGA, "k1");
    world_delete(w, txn, T_KELUARGA, "k2");
    world_delete(w, txn, T_KELUARGA, "k3");
    world_delete(w, txn, T_ORANG, "p1");
    world_delete(w, txn, T_ORANG, "p3");
    txn = alone(w, 3, 1, 150);
    put(w, txn, T_ORANG, "p2", "k1", NULL);
    put(w, txn, T_ORANG, "p4", NULL, "18");
    world_update(w, txn, T_KELUARGA, "k2", 1, "19");
}

static const struct damage {
    const char *sql, *wanted;
} damages[] = {
    { NULL, "" },
    { "UPDATE jemput_row SET state = NULL WHERE tbl = 1 AND state & 16",
      "table 'jemput_withheld': a row is noted as back, or as gone with its parent, that is not\n"
      "table 'keluarga': the marks of a row's merge state are not those of its writes (row 1 in key order)\n" },
    { "DELETE FROM jemput_withheld WHERE tbl = 1 AND fault = 4",
      "table 'keluarga': a row that came back on another's account is not noted as such (row 1 in key order)\n" },
    { "DELETE FROM jemput_withheld WHERE fault = 5",
      "table 'orang': a row that is gone with its parent is not noted as such (row 3 in key order)\n" },
    { "UPDATE jemput_withheld SET fault = 0 WHERE fault = 5",
      "table 'jemput_withheld': a row is listed as held that is not\n"
      "table 'orang': a row that is gone with its parent is not noted as such (row 3 in key order)\n" },
    { "UPDATE jemput_withheld SET fault = 6 WHERE tbl = 1 AND fault = 4",
      "table 'jemput_withheld': a row is noted as back, or as gone with its parent, that is not\n"
      "table 'keluarga': a row that came back on another's account is not noted as such (row 1 in key order)\n" },
    { "UPDATE jemput_withheld SET fault = 4 WHERE fault = 6",
      "table 'jemput_withheld': a row is noted as back, or as gone with its parent, that is not\n" },
    { "UPDATE jemput_removed SET version = 99 * 4096",
      "table 'jemput_removed': a deletion is noted of a row or a segment that is not there (2 times)\n" },
    { "UPDATE jemput_removed SET tbl = 1", "table 'jemput_removed': a deletion is noted of a row or a segment that is not there (2 times)\n" },
    { "UPDATE jemput_departed SET tbl = 2", "table 'jemput_departed': a deleted row is noted that is not there (2 times)\n" },
    { "DELETE FROM orang WHERE id = 'p1'", "table 'orang': a row that merging shows is missing (row 1 in key order)\n" },
};

static void tell(void *ctx, const char *what)
{
    jemput_buf_printf(ctx, "%s\n", what);
}

static void damage(const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open_v2("a.db", &db, SQLITE_OPEN_READWRITE, "patient"), SQLITE_OK);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL))
        fail_msg("%s\n  %s", sql, sqlite3_errmsg(db));
    assert_true(sqlite3_total_changes(db) > 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void altered_notes_of_rows_that_came_back_or_are_gone_are_found(void **state)
{
    static const struct jemput_store_hooks hooks = { .make_id = world_make_id };
    const int order[] = { 0, 1, 2 };
    struct crash_snapshot *good;
    struct jemput_error err;
    struct world_store s;
    struct world w;

    (void)state;
    world_weak_hashes = false; /* the store is opened again with the hooks above */
    world_init(&w, 1);
    make_history(&w);
    world_open(&s, "patient", schema);
    world_deliver(&w, &s, order, 3);
    pass_expect(&s,
                "keluarga k1 16\nkeluarga k2 19\norang p1 k1 -\norang p2 k1 -\norang p3 k2 -\n"
                "restored keluarga k1\nrestored orang p1\nrestored orang p3\ngone orang p4\n",
                "unharmed");
    jemput_store_close(s.store);
    good = crash_vfs_snapshot(s.vfs);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct jemput_buf told = JEMPUT_BUF_INIT(1 << 16);
        uint64_t problems;

        crash_vfs_restore(s.vfs, good);
        if (damages[i].sql)
            damage(damages[i].sql);
        WORLD_OK(jemput_store_open(&s.store, &s.sim.env, "a.db", false, &hooks, &err));
        WORLD_OK(jemput_store_check(s.store, tell, &told, &problems, &err));
        jemput_buf_u8(&told, 0);
        if (strcmp((const char *)told.data, damages[i].wanted) != 0)
            fail_msg("%s\n-- expected:\n%s-- found:\n%s", damages[i].sql ? damages[i].sql : "nothing", damages[i].wanted, (const char *)told.data);
        jemput_buf_release(&told);
        jemput_store_close(s.store);
    }
    crash_snapshot_free(good);
    crash_vfs_free(s.vfs);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(altered_notes_of_rows_that_came_back_or_are_gone_are_found),
    };

    return cmocka_run_group_tests_name("orphan_check", tests, NULL, NULL);
}
