/* Tests of store/schema/declared.c: what SQLite tells of a table, asked of one or of many at once. */
#include "store/schema/declared.h"
#include "store_world.h"
#include "support/fault_alloc.h"

static struct fault_alloc mem; /* of the whole program */

static const char SCHEMA[] =
    "CREATE TABLE wilayah(prov TEXT, kab TEXT NOT NULL DEFAULT 'x', nama, PRIMARY KEY(kab, prov)) WITHOUT ROWID;"
    "CREATE TABLE \"Orang \"\"Baru\"\"\"(id INTEGER PRIMARY KEY, nik VARCHAR(16) COLLATE NOCASE UNIQUE, prov, kab, ayah REFERENCES orang(nik), umur AS "
    "(kab - prov), surel TEXT DEFAULT (lower('A')), FOREIGN KEY(kab, prov) REFERENCES wilayah);"
    "CREATE UNIQUE INDEX a ON \"Orang \"\"Baru\"\"\"(prov);"
    "CREATE UNIQUE INDEX c ON \"Orang \"\"Baru\"\"\"(lower(surel), umur COLLATE RTRIM DESC) WHERE kab > 1;"
    "CREATE INDEX b ON \"Orang \"\"Baru\"\"\"(kab);"
    "CREATE TRIGGER p AFTER INSERT ON wilayah BEGIN SELECT 1; END;"
    "CREATE TABLE kosong(a);"
    "CREATE VIEW rusak AS SELECT * FROM tidak_ada;"
    "CREATE VIRTUAL TABLE cari USING fts5(a)";

static const char *const NAMES[] = { "WILAYAH", "orang \"baru\"", "kosong" };
#define NAME_COUNT 3

static const char TOLD[] = "wilayah\n"
                           " prov TEXT key 2 not null\n"
                           " kab TEXT key 1 not null default 'x'\n"
                           " nama\n"
                           " index of key: 1 BINARY, 0 BINARY\n"
                           "Orang \"Baru\"\n"
                           " id INTEGER key 1\n"
                           " nik VARCHAR(16)\n"
                           " prov\n"
                           " kab\n"
                           " ayah\n"
                           " umur generated\n"
                           " surel TEXT default lower('A')\n"
                           " index a: 2 BINARY\n"
                           " index c: -1 BINARY, 5 RTRIM\n"
                           " index of constraint: 1 NOCASE\n"
                           " link to orang: 4 nik\n"
                           " link to wilayah: 3 -, 2 -\n"
                           "kosong\n"
                           " a\n";

static sqlite3 *opened(const char *sql)
{
    sqlite3 *db;

    jemput_sqlite_start();
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    return db;
}

static void column_tell(struct jemput_buf *out, const struct jemput_declared_column *c)
{
    jemput_buf_printf(out, " %s", c->name);
    if (*c->type)
        jemput_buf_printf(out, " %s", c->type);
    if (c->key_place)
        jemput_buf_printf(out, " key %u", (unsigned)c->key_place);
    jemput_buf_printf(out, "%s%s", c->not_null ? " not null" : "", c->generated ? " generated" : "");
    if (c->otherwise)
        jemput_buf_printf(out, " default %s", c->otherwise);
    jemput_buf_append_str(out, "\n");
}

static void declared_tell(struct jemput_buf *out, const struct jemput_declared *d)
{
    jemput_buf_printf(out, "%s\n", d->name);
    for (uint32_t i = 0; i < d->column_count; i++)
        column_tell(out, &d->columns[i]);
    for (uint32_t i = 0; i < d->index_count; i++) {
        const struct jemput_declared_index *index = &d->indexes[i];

        assert_true(index->of_key == (index == jemput_declared_key(d)));
        jemput_buf_printf(out, " index %s:", index->of_key ? "of key" : index->create ? index->name : "of constraint");
        for (uint16_t k = 0; k < index->term_count; k++)
            jemput_buf_printf(out, "%s %d %s", k ? "," : "", index->columns[k], index->collations[k]);
        jemput_buf_append_str(out, "\n");
    }
    for (uint32_t i = 0; i < d->link_count; i++) {
        jemput_buf_printf(out, " link to %s:", d->links[i].parent);
        for (uint16_t k = 0; k < d->links[i].count; k++)
            jemput_buf_printf(out, "%s %u %s", k ? "," : "", (unsigned)d->links[i].columns[k], d->links[i].targets[k] ? d->links[i].targets[k] : "-");
        jemput_buf_append_str(out, "\n");
    }
}

static void assert_told(const struct jemput_declared *of, unsigned count, const char *wanted)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(1 << 16);

    for (unsigned i = 0; i < count; i++)
        declared_tell(&out, &of[i]);
    jemput_buf_u8(&out, 0);
    assert_int_equal(out.failed, 0);
    assert_string_equal(out.data, wanted);
    jemput_buf_release(&out);
}

static enum jemput_status asked(struct jemput_declared *out, sqlite3 *db, struct jemput_arena *arena, struct jemput_error *err)
{
    for (unsigned i = 0; i < NAME_COUNT; i++)
        out[i].name = NAMES[i];
    return jemput_declared_read(out, NAME_COUNT, db, arena, err);
}

static void columns_indexes_and_links_are_told_as_they_are_declared(void **state)
{
    struct jemput_declared all[NAME_COUNT];
    struct jemput_arena arena = { 0 };
    sqlite3 *db = opened(SCHEMA);
    struct jemput_error err;

    (void)state;
    assert_int_equal(asked(all, db, &arena, &err), JEMPUT_OK);
    assert_told(all, NAME_COUNT, TOLD);
    assert_non_null(strstr(all[1].indexes[1].create, "WHERE kab > 1"));
    assert_int_equal(jemput_declared_column_named(&all[1], "SUREL"), 6);
    assert_int_equal(jemput_declared_column_named(&all[1], "sure"), -1);
    jemput_arena_release(&arena);
    sqlite3_close(db);
}

static void a_table_asked_alone_is_told_as_among_others(void **state)
{
    struct jemput_declared all[NAME_COUNT], one[NAME_COUNT];
    struct jemput_arena arena = { 0 };
    sqlite3 *db = opened(SCHEMA);
    struct jemput_error err;

    (void)state;
    assert_int_equal(asked(all, db, &arena, &err), JEMPUT_OK);
    for (unsigned i = 0; i < NAME_COUNT; i++) {
        one[i].name = NAMES[i];
        assert_int_equal(jemput_declared_read(&one[i], 1, db, &arena, &err), JEMPUT_OK);
        for (unsigned k = 0; k < NAME_COUNT; k++)
            assert_true(jemput_declared_same(&one[i], &all[k]) == (i == k));
    }
    assert_told(one, NAME_COUNT, TOLD);
    jemput_arena_release(&arena);
    sqlite3_close(db);
}

static void whatever_is_declared_otherwise_is_not_the_same(void **state)
{
    static const char *const changes[] = { "ALTER TABLE kosong ADD COLUMN b", "CREATE UNIQUE INDEX u ON kosong(a)",
                                           "DROP INDEX u; CREATE UNIQUE INDEX u ON kosong(b)", "DROP INDEX u; CREATE UNIQUE INDEX v ON kosong(b)" };
    struct jemput_declared before = { .name = "kosong" }, now;
    struct jemput_arena arena = { 0 };
    sqlite3 *db = opened(SCHEMA);
    struct jemput_error err;

    (void)state;
    assert_int_equal(jemput_declared_read(&before, 1, db, &arena, &err), JEMPUT_OK);
    for (unsigned i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        assert_int_equal(sqlite3_exec(db, changes[i], NULL, NULL, NULL), SQLITE_OK);
        now.name = "kosong";
        assert_int_equal(jemput_declared_read(&now, 1, db, &arena, &err), JEMPUT_OK);
        assert_false(jemput_declared_same(&before, &now));
        before = now;
    }
    jemput_arena_release(&arena);
    sqlite3_close(db);
}

static void what_is_no_ordinary_table_is_refused_by_its_name(void **state)
{
    static const struct {
        const char *name;
        enum jemput_status status;
        const char *text;
    } cases[] = { { "tidak_ada", JEMPUT_NOTFOUND, "table 'tidak_ada': there is no such table (a TEMP table cannot be replicated)" },
                  { "p", JEMPUT_NOTFOUND, "table 'p': there is no such table (a TEMP table cannot be replicated)" },
                  { "rusak", JEMPUT_DENIED, "table 'rusak': it is a view: replicate the tables below it" },
                  { "cari", JEMPUT_DENIED, "table 'cari': it is a virtual table: replicate an ordinary table and keep the virtual one in step with "
                                           "triggers" } };
    struct jemput_arena arena = { 0 };
    sqlite3 *db = opened(SCHEMA);
    struct jemput_error err;

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct jemput_declared among[] = { { .name = "kosong" }, { .name = cases[i].name }, { .name = "wilayah" } };

        assert_int_equal(jemput_declared_read(&among[1], 1, db, &arena, &err), cases[i].status);
        assert_string_equal(err.text, cases[i].text);
        among[1].name = cases[i].name;
        assert_int_equal(jemput_declared_read(among, 3, db, &arena, &err), cases[i].status);
        assert_string_equal(err.text, cases[i].text);
    }
    jemput_arena_release(&arena);
    sqlite3_close(db);
}

static void each_allocation_that_fails_gives_all_or_no_memory(void **state)
{
    struct jemput_declared all[NAME_COUNT];
    struct jemput_arena arena = { 0 };
    sqlite3 *db = opened(SCHEMA);
    struct jemput_error err;
    uint64_t n = 0;

    (void)state;
    for (;; n++) {
        enum jemput_status st;

        fault_alloc_arm(&mem, n, false);
        st = asked(all, db, &arena, &err);
        fault_alloc_disarm(&mem);
        if (!st)
            assert_told(all, NAME_COUNT, TOLD);
        else
            assert_int_equal(st, JEMPUT_NOMEM);
        jemput_arena_release(&arena);
        if (!mem.failures)
            break;
    }
    assert_true(n > 50);
    sqlite3_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_indexes_and_links_are_told_as_they_are_declared),
        cmocka_unit_test(a_table_asked_alone_is_told_as_among_others),
        cmocka_unit_test(whatever_is_declared_otherwise_is_not_the_same),
        cmocka_unit_test(what_is_no_ordinary_table_is_refused_by_its_name),
        cmocka_unit_test(each_allocation_that_fails_gives_all_or_no_memory),
    };
    int failed;

    fault_alloc_install(&mem);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    sqlite3_shutdown();
    return failed + (fault_alloc_uninstall(&mem) != 0);
}
