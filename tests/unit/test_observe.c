/* Tests of store/feed/moved.c: after each COMMIT at least the tables whose rows have changed are told, once, with no lock held; and what a statement reads. */
#include "random_sql.h"
#include "store/feed/moved.h"
#include "store_world.h"
#include "support/fault_alloc.h"

static struct fault_alloc mem; /* of the whole program */

static const char SCHEMA[] = "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT);"
                             "CREATE TABLE peran(id TEXT PRIMARY KEY NOT NULL, apa TEXT) WITHOUT ROWID;"
                             "SELECT jemput_replicate('warga'); SELECT jemput_replicate('peran');";
static const char LOCAL[] = "CREATE TABLE konsep(id INTEGER PRIMARY KEY, isi); CREATE TABLE saring(a PRIMARY KEY, b) WITHOUT ROWID;"
                            "CREATE VIRTUAL TABLE cari USING fts5(nama); CREATE VIEW semua AS SELECT nama FROM warga UNION ALL SELECT isi FROM konsep;"
                            "CREATE TRIGGER catat AFTER INSERT ON warga WHEN NEW.nama = 'catat' BEGIN INSERT INTO konsep(isi) VALUES(NEW.id); END;";

struct told {
    unsigned times, merged, all;
    char text[512]; /* of the last one: names, ascending, a space behind each */
    sqlite3 *other; /* writes from inside; NULL = nobody does */
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void hear(void *ctx, const struct jemput_changed *changed)
{
    struct told *t = ctx;
    const char *names[32];

    t->times++;
    t->merged += changed->merged != 0;
    t->all += changed->all != 0;
    t->text[0] = '\0';
    assert_in_range(changed->table_count, 0, 32);
    assert_true(!changed->all || !changed->table_count);
    for (unsigned i = 0; i < changed->table_count; i++)
        names[i] = changed->tables[i];
    qsort(names, changed->table_count, sizeof *names, by_name);
    for (unsigned i = 0; i < changed->table_count; i++)
        snprintf(t->text + strlen(t->text), sizeof t->text - strlen(t->text), "%s ", names[i]);
    if (t->other)
        sql_ok(t->other, "BEGIN IMMEDIATE; COMMIT");
}

static void world_hear(struct store_world *w, struct told *t)
{
    world_new(w, SCHEMA);
    sql_ok(w->app, LOCAL);
    *t = (struct told){ 0 };
    jemput_store_observe(w->store, hear, t);
}

static void expect_told(struct store_world *w, struct told *t, const char *sql, const char *names)
{
    t->times = t->all = 0;
    sql_ok(w->app, sql);
    if (t->times != 1 || t->all || strcmp(t->text, names) != 0)
        fail_msg("%s\n  told %u times, %u times all, at last '%s' instead of '%s'", sql, t->times, t->all, t->text, names);
}

static void a_commit_tells_the_tables_that_it_moved_once(void **state)
{
    struct store_world w;
    struct told t;

    (void)state;
    world_hear(&w, &t);
    expect_told(&w, &t, "INSERT INTO warga VALUES('a', 'x'), ('b', 'y')", "warga ");
    expect_told(&w, &t, "UPDATE warga SET nama = 'z'", "warga ");
    expect_told(&w, &t, "DELETE FROM warga WHERE id = 'a'", "warga ");
    expect_told(&w, &t, "INSERT INTO peran VALUES('a', 'x')", "peran ");
    expect_told(&w, &t, "INSERT OR REPLACE INTO peran VALUES('a', 'y')", "peran ");
    expect_told(&w, &t, "INSERT INTO konsep(isi) VALUES('x')", "konsep ");
    expect_told(&w, &t, "INSERT INTO WARGA VALUES('c', 'catat')", "konsep warga ");
    expect_told(&w, &t, "BEGIN; INSERT INTO warga VALUES('d', 'x'); INSERT INTO peran VALUES('d', 'x'); DELETE FROM peran; COMMIT", "peran warga ");
    assert_int_equal(t.merged, 0);
    world_release(&w);
}

static void what_is_rolled_back_is_not_told(void **state)
{
    struct store_world w;
    struct told t;

    (void)state;
    world_hear(&w, &t);
    sql_ok(w.app, "BEGIN; INSERT INTO warga VALUES('a', 'x'); INSERT INTO konsep(isi) VALUES('x'); INSERT INTO peran VALUES('a', 'x'); ROLLBACK");
    sql_ok(w.app, "BEGIN; SELECT * FROM warga; COMMIT; SELECT * FROM peran");
    assert_int_equal(t.times, 0);
    sql_fails(w.app, "INSERT INTO warga VALUES('a', 'x'), ('a', 'x')", SQLITE_CONSTRAINT, "UNIQUE");
    assert_int_equal(t.times, 0);
    expect_told(&w, &t, "INSERT INTO warga VALUES('a', 'x')", "warga ");
    world_release(&w);
}

/* SQLite's hook says nothing of a DELETE without WHERE. */
static void a_table_that_is_emptied_is_told_and_one_that_is_dropped_goes(void **state)
{
    struct store_world w;
    struct told t;

    (void)state;
    world_hear(&w, &t);
    sql_ok(w.app, "INSERT INTO konsep(isi) VALUES(1), (2)");
    expect_told(&w, &t, "DELETE FROM konsep", "konsep ");
    sql_ok(w.app, "CREATE TABLE lagi(a PRIMARY KEY, b UNIQUE); INSERT INTO lagi VALUES(1, 2); CREATE INDEX lagi_b ON lagi(b)");
    t.all = 0;
    sql_ok(w.app, "DROP VIEW semua; DROP TABLE konsep; DROP INDEX lagi_b; DROP TABLE lagi; DROP TABLE cari; DROP TRIGGER catat");
    assert_in_range(t.all, 4, 6);
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM sqlite_schema WHERE name IN ('konsep', 'lagi', 'cari', 'cari_data', 'semua', 'catat', "
                                    "'lagi_b')"),
                     0);
    world_release(&w);
}

static void tables_of_which_sqlite_tells_nothing_are_told_once_they_are_written(void **state)
{
    struct store_world w;
    struct told t;

    (void)state;
    world_hear(&w, &t);
    expect_told(&w, &t, "INSERT INTO konsep(isi) VALUES('x')", "konsep ");
    expect_told(&w, &t, "INSERT INTO saring VALUES(1, 2)", "saring ");
    expect_told(&w, &t, "INSERT INTO konsep(isi) VALUES('x')", "konsep saring ");
    sql_ok(w.app, "INSERT INTO cari VALUES('Budi')");
    assert_non_null(strstr(t.text, "cari "));
    world_release(&w);
}

static void statements_that_were_prepared_before_are_told_too(void **state)
{
    struct store_world w;
    struct told t = { 0 };
    sqlite3_stmt *put, *clear;

    (void)state;
    world_new(&w, SCHEMA);
    sql_ok(w.app, LOCAL);
    assert_int_equal(sqlite3_prepare_v2(w.app, "INSERT INTO saring VALUES(1, 2)", -1, &put, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(w.app, "DELETE FROM konsep", -1, &clear, NULL), SQLITE_OK);
    sql_ok(w.app, "INSERT INTO konsep(isi) VALUES('x')");
    jemput_store_observe(w.store, hear, &t);
    assert_int_equal(sqlite3_step(put), SQLITE_DONE);
    assert_string_equal(t.text, "saring ");
    assert_int_equal(sqlite3_step(clear), SQLITE_DONE);
    assert_string_equal(t.text, "konsep saring ");
    sqlite3_finalize(put);
    sqlite3_finalize(clear);
    world_release(&w);
}

static void a_change_of_the_schema_tells_all(void **state)
{
    static const char *const changes[] = { "CREATE TABLE lagi(a)", "ALTER TABLE lagi ADD COLUMN b", "ALTER TABLE lagi RENAME TO lain",
                                           "CREATE VIEW v AS SELECT 1", "DROP VIEW v", "DROP TABLE lain",
                                           "SELECT jemput_migrate('ALTER TABLE warga ADD COLUMN umur INTEGER DEFAULT 7')" };
    struct store_world w;
    struct told t;

    (void)state;
    world_hear(&w, &t);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        t.all = 0;
        sql_ok(w.app, changes[i]);
        if (!t.all)
            fail_msg("%s: '%s'", changes[i], t.text);
    }
    expect_told(&w, &t, "INSERT INTO warga VALUES('a', 'x', 1)", "warga ");
    sql_ok(w.app, "DROP TABLE konsep; CREATE TABLE konsep(id PRIMARY KEY, isi) WITHOUT ROWID");
    expect_told(&w, &t, "INSERT INTO konsep VALUES(1, 2)", "konsep ");
    world_release(&w);
}

static void engine_commits(struct store_world *w, bool keeps)
{
    struct jemput_error err;

    assert_int_equal(jemput_store_begin(w->store, 0, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_number_put(w->store, "receipt ms", keeps, &err), JEMPUT_OK);
    if (keeps)
        assert_int_equal(jemput_store_commit(w->store, &err), JEMPUT_OK);
    else
        jemput_store_rollback(w->store);
}

static void a_commit_of_the_engine_is_told_as_such_though_no_row_has_moved(void **state)
{
    struct jemput_error err;
    struct store_world w;
    struct told t;

    (void)state;
    world_hear(&w, &t);
    engine_commits(&w, false);
    assert_int_equal(jemput_store_begin(w.store, 0, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_schema_run(w.store, jemput_bytes_str("CREATE TABLE lain(a)"), 2, &err), JEMPUT_OK);
    jemput_store_rollback(w.store);
    assert_int_equal(t.times, 0);
    engine_commits(&w, true);
    assert_int_equal(t.all, 0);
    assert_int_equal(t.times, 1);
    assert_int_equal(t.merged, 1);
    assert_string_equal(t.text, "");
    world_release(&w);
}

static void others_may_write_while_one_is_told(void **state)
{
    struct store_world w;
    struct jemput_store *second;
    struct jemput_error err;
    struct told t;

    (void)state;
    world_hear(&w, &t);
    assert_int_equal(jemput_store_open(&second, &w.sim.env, "store.db", false, &w.hooks, &err), JEMPUT_OK);
    t.other = jemput_store_app(second);
    sql_ok(w.app, "INSERT INTO warga VALUES('a', 'x')");
    engine_commits(&w, true);
    assert_int_equal(t.times, 2);
    jemput_store_close(second);
    world_release(&w);
}

static void nobody_is_told_once_it_is_ended_or_the_store_is_closed(void **state)
{
    struct store_world w;
    struct told t;
    sqlite3_stmt *left;

    (void)state;
    world_hear(&w, &t);
    jemput_store_observe(w.store, NULL, NULL);
    sql_ok(w.app, "INSERT INTO warga VALUES('a', 'x'); INSERT INTO konsep(isi) VALUES(1); DELETE FROM konsep; PRAGMA wal_autocheckpoint = 500");
    engine_commits(&w, true);
    assert_int_equal(t.times, 0);
    jemput_store_observe(w.store, hear, &t);
    sql_fails(w.app, "PRAGMA wal_autocheckpoint = 500", SQLITE_AUTH, "not authorized");
    sql_ok(w.app, "PRAGMA wal_autocheckpoint");
    assert_int_equal(sqlite3_prepare_v2(w.app, "INSERT INTO konsep(isi) VALUES('x')", -1, &left, NULL), SQLITE_OK);
    world_close(&w);
    sqlite3_step(left);
    sqlite3_finalize(left);
    assert_int_equal(t.times, 0);
    world_release(&w);
}

/* The hook that tells stands in the place of SQLite's own, which keeps the log from growing. */
static void the_log_of_a_store_that_is_observed_stays_small(void **state)
{
    struct store_world w;
    struct told t;

    (void)state;
    world_hear(&w, &t);
    for (unsigned round = 0; round < 2; round++) {
        int frames = 0;

        for (unsigned i = 0; i < 1500; i++)
            sql_ok(w.app, "INSERT INTO warga VALUES(hex(jemput_id()), 'x')");
        assert_int_equal(sqlite3_wal_checkpoint_v2(w.app, "main", SQLITE_CHECKPOINT_PASSIVE, &frames, NULL), SQLITE_OK);
        assert_in_range(frames, 1, 1100);
        jemput_store_observe(w.store, NULL, NULL);
    }
    assert_int_equal(t.times, 1500);
    world_release(&w);
}

/* --- random SQL: whatever has changed is told --- */

#define TABLES_MAX 16

struct heard { /* since the last look */
    char names[TABLES_MAX][32];
    unsigned count;
    bool all;
};

static void heard_add(void *ctx, const struct jemput_changed *changed)
{
    struct heard *h = ctx;

    h->all = h->all || changed->all;
    for (unsigned i = 0; i < changed->table_count; i++) {
        assert_in_range(h->count, 0, TABLES_MAX - 1);
        snprintf(h->names[h->count++], sizeof h->names[0], "%s", changed->tables[i]);
    }
}

static bool heard_of(const struct heard *h, const char *table)
{
    bool found = h->all;

    for (unsigned i = 0; i < h->count; i++)
        found = found || strcmp(h->names[i], table) == 0;
    return found;
}

/* All rows as one text. The caller frees it. */
static char *rows_of(sqlite3 *db, const char *table)
{
    struct jemput_buf out = JEMPUT_BUF_INIT((size_t)4 << 20);
    sqlite3_stmt *stmt;
    char sql[128], *text;

    snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"", table);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(stmt); i++) {
            const char *value = (const char *)sqlite3_column_text(stmt, i);

            jemput_buf_printf(&out, "%d:%s|", sqlite3_column_type(stmt, i), value ? value : "");
        }
        jemput_buf_append_str(&out, "\n");
    }
    sqlite3_finalize(stmt);
    jemput_buf_u8(&out, 0);
    text = strdup((const char *)out.data);
    jemput_buf_release(&out);
    return text;
}

static void random_run(uint64_t seed, unsigned steps, struct random_tally *tally, unsigned *changes)
{
    static const char *const tables[] = { "keluarga", "orang", "peran", "nomor", "hitung", "lokal" };
    enum { TABLES = sizeof tables / sizeof tables[0] };
    char *before[TABLES], *after;
    struct store_world w;
    struct heard h = { .count = 0 };
    uint64_t rng = seed;

    world_new(&w, RANDOM_SCHEMA);
    sql_ok(w.app, RANDOM_APP);
    jemput_store_observe(w.store, heard_add, &h);
    for (int t = 0; t < TABLES; t++)
        before[t] = rows_of(w.app, tables[t]);
    for (unsigned i = 0; i < steps; i++) {
        random_sql_step(w.app, &rng, tally);
        if (!sqlite3_get_autocommit(w.app))
            continue;
        for (int t = 0; t < TABLES; t++) {
            after = rows_of(w.app, tables[t]);
            *changes += strcmp(after, before[t]) != 0;
            if (strcmp(after, before[t]) != 0 && !heard_of(&h, tables[t]))
                fail_msg("seed %llu, step %u: table '%s' has changed and was not told", (unsigned long long)seed, i, tables[t]);
            free(before[t]);
            before[t] = after;
        }
        assert_false(h.all);
        h.count = 0;
    }
    for (int t = 0; t < TABLES; t++)
        free(before[t]);
    world_release(&w);
}

static void whatever_random_sql_has_changed_is_told(void **state)
{
    struct random_tally tally = { 0, 0, 0 };
    unsigned changes = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++)
        random_run(seed, 500, &tally, &changes);
    assert_in_range(tally.ok, 1000, 3000);
    assert_in_range(changes, 300, 5000);
}

static void each_allocation_that_fails_keeps_no_change_untold(void **state)
{
    bool failed = true;

    (void)state;
    for (uint64_t n = 0; failed; n += fault_step()) {
        struct store_world w;
        struct heard h = { .count = 0 };
        int rc;

        world_new(&w, SCHEMA);
        sql_ok(w.app, LOCAL);
        jemput_store_observe(w.store, heard_add, &h);
        fault_alloc_arm(&mem, n, false);
        rc = sqlite3_exec(w.app, "BEGIN; INSERT INTO warga VALUES('a', 'catat'); INSERT INTO saring VALUES(1, 2); COMMIT", NULL, NULL, NULL);
        fault_alloc_disarm(&mem);
        failed = mem.failures > 0;
        if (rc == SQLITE_OK && (!heard_of(&h, "warga") || !heard_of(&h, "konsep") || !heard_of(&h, "saring")))
            fail_msg("allocation %llu: the COMMIT went well, and not all was told", (unsigned long long)n);
        assert_true(failed || rc == SQLITE_OK);
        world_release(&w);
        assert_true(n < 3000);
    }
}

/* What it writes was to be noted when it was prepared; it is run later, when what else was in doubt is long told. */
static void a_statement_that_was_prepared_without_memory_is_told_whenever_it_is_run(void **state)
{
    bool failed = true;

    (void)state;
    for (uint64_t n = 0; failed; n += fault_step()) {
        struct store_world w;
        struct heard h = { .count = 0 };
        sqlite3_stmt *put = NULL;
        int rc;

        world_new(&w, SCHEMA);
        sql_ok(w.app, LOCAL);
        jemput_store_observe(w.store, heard_add, &h);
        fault_alloc_arm(&mem, n, false);
        rc = sqlite3_prepare_v2(w.app, "INSERT INTO saring SELECT max(a, 0) + 1, 2 FROM (SELECT ifnull(max(a), 0) AS a FROM saring)", -1, &put, NULL);
        fault_alloc_disarm(&mem);
        failed = mem.failures > 0;
        for (unsigned times = 0; rc == SQLITE_OK && times < 2; times++) {
            sql_ok(w.app, "BEGIN; DELETE FROM konsep; ROLLBACK");
            h = (struct heard){ .count = 0 };
            assert_int_equal(sqlite3_step(put), SQLITE_DONE);
            sqlite3_reset(put);
            if (!heard_of(&h, "saring"))
                fail_msg("allocation %llu: not told at time %u", (unsigned long long)n, times);
        }
        sqlite3_finalize(put);
        world_release(&w);
        assert_true(n < 3000);
    }
}

/* --- what a statement reads --- */

struct names {
    unsigned count, most;
    const char *of[16];
};

static int name_add(void *ctx, const char *name)
{
    struct names *n = ctx;

    assert_in_range(n->count, 0, 15);
    n->of[n->count++] = strdup(name);
    return n->count == n->most;
}

static void expect_reads(struct store_world *w, const char *sql, const char *wanted)
{
    struct names n = { 0 };
    struct jemput_error err;
    char text[256] = "";

    if (jemput_store_tables_read(w->store, sql, name_add, &n, &err))
        fail_msg("%s: %s", sql, err.text);
    qsort(n.of, n.count, sizeof *n.of, by_name);
    for (unsigned i = 0; i < n.count; i++) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", n.of[i]);
        free((char *)(uintptr_t)n.of[i]);
    }
    if (strcmp(text, wanted) != 0)
        fail_msg("%s\n  reads '%s' instead of '%s'", sql, text, wanted);
}

static void a_statement_reads_the_tables_that_it_names_and_those_behind_views_and_triggers(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, SCHEMA);
    sql_ok(w.app, LOCAL);
    expect_reads(&w, "SELECT 1", "");
    expect_reads(&w, "SELECT nama FROM WARGA", "warga ");
    expect_reads(&w, "SELECT count(*) FROM WARGA", "warga ");
    expect_reads(&w, "SELECT count(*) FROM warga, peran AS p -- both\n;  ", "peran warga ");
    expect_reads(&w, "SELECT * FROM semua", "konsep semua warga ");
    expect_reads(&w, "WITH x AS (SELECT id FROM peran) SELECT (SELECT max(isi) FROM konsep) FROM x", "konsep peran ");
    expect_reads(&w, "SELECT nama FROM cari WHERE cari MATCH 'a'", "cari ");
    expect_reads(&w, "SELECT * FROM saring WHERE a IN (SELECT id FROM warga)", "saring warga ");
    expect_reads(&w, "SELECT * FROM jemput_groups", "jemput_groups sqlite_schema ");
    expect_reads(&w, "INSERT INTO konsep(isi) SELECT apa FROM peran", "peran ");
    sql_ok(w.app, "SELECT 1"); /* nothing is recorded any more */
    world_release(&w);
}

static void expect_refused(struct store_world *w, const char *sql, enum jemput_status status, const char *part)
{
    struct names n = { 0 };
    struct jemput_error err;

    if (jemput_store_tables_read(w->store, sql, name_add, &n, &err) != status || !strstr(err.text, part) || n.count)
        fail_msg("%s: %s", sql, err.text);
}

static void what_is_not_one_good_statement_is_refused(void **state)
{
    struct store_world w;
    struct names n = { .most = 1 };
    struct jemput_error err;

    (void)state;
    world_new(&w, SCHEMA);
    expect_refused(&w, "", JEMPUT_MISUSE, "no SQL");
    expect_refused(&w, " -- nothing", JEMPUT_MISUSE, "no SQL");
    expect_refused(&w, "SELECT x FROM warga", JEMPUT_MISUSE, "no such column: x");
    expect_refused(&w, "SELECT * FROM tiada", JEMPUT_MISUSE, "no such table: tiada");
    expect_refused(&w, "SELECT * FROM warga; SELECT 2", JEMPUT_MISUSE, "more than one");
    expect_refused(&w, "SELECT * FROM warga; SELEKT", JEMPUT_MISUSE, "more than one");
    expect_refused(&w, "SELECT * FROM jemput_fact", JEMPUT_DENIED, "prohibited");
    assert_int_equal(jemput_store_tables_read(w.store, "SELECT * FROM warga, peran", name_add, &n, &err), JEMPUT_OK);
    assert_int_equal(n.count, 1);
    free((char *)(uintptr_t)n.of[0]);
    world_release(&w);
}

static void reading_what_a_statement_reads_survives_each_allocation_that_fails(void **state)
{
    struct store_world w;
    bool failed = true;

    (void)state;
    world_new(&w, SCHEMA);
    sql_ok(w.app, LOCAL);
    for (uint64_t n = 0; failed; n += fault_step()) {
        struct names names = { 0 };
        struct jemput_error err;
        enum jemput_status st;

        fault_alloc_arm(&mem, n, false);
        st = jemput_store_tables_read(w.store, "SELECT * FROM semua, peran, saring", name_add, &names, &err);
        fault_alloc_disarm(&mem);
        failed = mem.failures > 0;
        for (unsigned i = 0; i < names.count; i++)
            free((char *)(uintptr_t)names.of[i]);
        if (st ? st != JEMPUT_NOMEM || names.count : names.count != 5)
            fail_msg("allocation %llu: %u names, %s", (unsigned long long)n, names.count, st ? err.text : "good");
        assert_true(n < 3000);
    }
    world_release(&w);
}

/* The last one: of all stores above. */
static void nothing_stays_in_memory(void **state)
{
    (void)state;
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_tells_the_tables_that_it_moved_once),
        cmocka_unit_test(what_is_rolled_back_is_not_told),
        cmocka_unit_test(a_table_that_is_emptied_is_told_and_one_that_is_dropped_goes),
        cmocka_unit_test(tables_of_which_sqlite_tells_nothing_are_told_once_they_are_written),
        cmocka_unit_test(statements_that_were_prepared_before_are_told_too),
        cmocka_unit_test(a_change_of_the_schema_tells_all),
        cmocka_unit_test(a_commit_of_the_engine_is_told_as_such_though_no_row_has_moved),
        cmocka_unit_test(others_may_write_while_one_is_told),
        cmocka_unit_test(nobody_is_told_once_it_is_ended_or_the_store_is_closed),
        cmocka_unit_test(the_log_of_a_store_that_is_observed_stays_small),
        cmocka_unit_test(whatever_random_sql_has_changed_is_told),
        cmocka_unit_test(each_allocation_that_fails_keeps_no_change_untold),
        cmocka_unit_test(a_statement_that_was_prepared_without_memory_is_told_whenever_it_is_run),
        cmocka_unit_test(a_statement_reads_the_tables_that_it_names_and_those_behind_views_and_triggers),
        cmocka_unit_test(what_is_not_one_good_statement_is_refused),
        cmocka_unit_test(reading_what_a_statement_reads_survives_each_allocation_that_fails),
        cmocka_unit_test(nothing_stays_in_memory),
    };

    fault_alloc_install(&mem);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
