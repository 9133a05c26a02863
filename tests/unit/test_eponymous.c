/* Tests of store/sql/eponymous.c: what SQL sees of a table or function whose rows are made when it is read. */
#include "base/limits.h"
#include "store/sql/eponymous.h"
#include "store/internal.h"
#include "store_world.h"
#include "support/fault_alloc.h"

struct shop { /* what the tables below are filled from */
    unsigned fillings, alone; /* alone: of one row */
    size_t big;                /* bytes of the rows of `besar`, a mebibyte at a time */
    enum jemput_status answer; /* of the next fillings */
};

static struct jemput_value text_value(const char *text)
{
    return (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_bytes_str(text) };
}

static struct jemput_value number_value(int64_t number)
{
    return (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = number };
}

static enum jemput_status fill_goods(void *ctx, const struct jemput_value *values, struct jemput_rows *rows, struct jemput_error *err)
{
    struct shop *shop = ctx;
    struct jemput_value beras[] = { text_value("beras"), { .type = JEMPUT_REAL, .real = 12.5 }, { .type = JEMPUT_BLOB, .bytes = jemput_bytes_of("\1\2", 2) } };
    struct jemput_value garam[] = { text_value(""), { .type = JEMPUT_NULL }, { .type = JEMPUT_BLOB } };
    enum jemput_status st;

    (void)values;
    shop->fillings++;
    if (shop->answer)
        return jemput_fail(err, shop->answer, "the shop is closed");
    st = jemput_rows_add(rows, beras, err);
    return st ? st : jemput_rows_add(rows, garam, err);
}

/* As many rows as the second value says, each with both. */
static enum jemput_status fill_times(void *ctx, const struct jemput_value *values, struct jemput_rows *rows, struct jemput_error *err)
{
    struct shop *shop = ctx;
    enum jemput_status st = JEMPUT_OK;

    shop->fillings++;
    if (values[1].type != JEMPUT_INTEGER)
        return jemput_fail(err, JEMPUT_MISUSE, "how often? Write a number");
    for (int64_t i = 1; !st && i <= values[1].integer; i++) {
        struct jemput_value row[] = { number_value(i), values[0] };

        st = jemput_rows_add(rows, row, err);
    }
    return st;
}

static enum jemput_status fill_big(void *ctx, const struct jemput_value *values, struct jemput_rows *rows, struct jemput_error *err)
{
    static uint8_t bytes[1 << 20];
    struct shop *shop = ctx;
    enum jemput_status st = JEMPUT_OK;

    (void)values;
    for (size_t done = 0; !st && done < shop->big; done += sizeof bytes) {
        struct jemput_value row = { .type = JEMPUT_BLOB, .bytes = jemput_bytes_of(bytes, shop->big - done < sizeof bytes ? shop->big - done : sizeof bytes) };

        st = jemput_rows_add(rows, &row, err);
    }
    return st;
}

/* Those of the row that is asked for, or of all; and one that is not asked for. */
static enum jemput_status fill_rows(void *ctx, const struct jemput_value *values, struct jemput_rows *rows, struct jemput_error *err)
{
    static const char *const tables[] = { "warga", "kk", "warga" }, *const keys[] = { "1", "1", "2" };
    struct shop *shop = ctx;
    enum jemput_status st = JEMPUT_OK;

    shop->fillings++;
    shop->alone += values != NULL;
    for (int i = 0; !st && i < 3; i++) {
        struct jemput_value row[] = { text_value(tables[i]), text_value(keys[i]), { .type = JEMPUT_INTEGER, .integer = i } };

        if (!values || i == 1 || jemput_value_equal(&values[1], &row[1]))
            st = jemput_rows_add(rows, row, err);
    }
    return st;
}

static const char *const goods_columns[] = { "nama TEXT", "harga REAL", "foto BLOB", NULL };
static const char *const times_columns[] = { "n INTEGER", "apa", NULL };
static const char *const times_parameters[] = { "barang", "kali", NULL };
static const char *const big_columns[] = { "isi", NULL };
static const char *const rows_columns[] = { "tbl TEXT", "key", "isi INTEGER", NULL };
static const struct jemput_eponymous looks[] = {
    { .name = "jemput_barang", .columns = goods_columns, .fill = fill_goods },
    { .name = "jemput_kali", .columns = times_columns, .parameters = times_parameters, .fill = fill_times },
    { .name = "jemput_besar", .columns = big_columns, .fill = fill_big },
    { .name = "jemput_baris", .columns = rows_columns, .fill = fill_rows, .by_row = true },
};

static void begin(struct store_world *w, struct shop *shop)
{
    *shop = (struct shop){ 0 };
    world_init(w);
    w->hooks = (struct jemput_store_hooks){ .ctx = shop, .make_id = world_make_id, .looks = looks, .look_count = 4 };
    world_open(w, true);
    world_schema(w, "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT); SELECT jemput_replicate('warga')");
}

static void a_table_shows_what_it_is_filled_with_in_order(void **state)
{
    struct store_world w;
    struct shop shop;

    (void)state;
    begin(&w, &shop);
    assert_sql_text(w.app, "SELECT group_concat(nama || '/' || ifnull(harga, '~') || '/' || hex(foto) || typeof(foto) || rowid, ' ') FROM jemput_barang",
                    "beras/12.5/0102blob1 /~/blob2");
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_barang WHERE harga > 12"), 1);
    assert_int_equal(shop.fillings, 2);
    world_release(&w);
}

static void a_function_shows_what_its_values_ask_for(void **state)
{
    struct store_world w;
    struct shop shop;

    (void)state;
    begin(&w, &shop);
    assert_sql_text(w.app, "SELECT group_concat(n || apa || barang || kali) FROM jemput_kali('x', 3)", "1xx3,2xx3,3xx3");
    assert_sql_text(w.app, "SELECT group_concat(n || apa) FROM jemput_kali WHERE kali = 2 AND barang IN ('a', 'b')", "1a,2a,1b,2b");
    assert_sql_text(w.app, "SELECT group_concat(a.n || b.n) FROM jemput_kali('x', 2) a, jemput_kali('y', a.n) b", "11,21,22");
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_kali(NULL, 3)"), 0);
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_kali('x', 3) WHERE barang = 'y'"), 0);
    world_release(&w);
}

static void a_table_by_row_is_filled_for_the_row_that_is_asked_for(void **state)
{
    struct store_world w;
    struct shop shop;

    (void)state;
    begin(&w, &shop);
    assert_sql_text(w.app, "SELECT group_concat(isi) FROM jemput_baris WHERE tbl = 'warga' AND key = '2'", "2");
    assert_sql_text(w.app, "SELECT group_concat(isi) FROM jemput_baris WHERE tbl = 'WARGA' COLLATE NOCASE AND key = '1'", "0");
    assert_int_equal(shop.alone, 2);
    assert_sql_text(w.app, "SELECT group_concat(isi) FROM jemput_baris WHERE tbl = 'warga'", "0,2");
    assert_sql_text(w.app, "SELECT group_concat(isi) FROM jemput_baris WHERE tbl = 'warga' AND key > '1'", "2");
    assert_int_equal(shop.alone, 2);
    assert_int_equal(shop.fillings, 4);
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_baris WHERE tbl = 'warga' AND key = NULL"), 0);
    assert_sql_text(w.app, "SELECT group_concat(a.isi || b.isi) FROM jemput_baris a JOIN jemput_baris b ON b.tbl = a.tbl AND b.key = a.key", "00,11,22");
    world_release(&w);
}

static void a_value_that_a_statement_keeps_outlives_the_next_filling(void **state)
{
    struct store_world w;
    struct shop shop;

    (void)state;
    begin(&w, &shop);
    sql_ok(w.app, "INSERT INTO warga VALUES('lama', 'a'), ('baru', 'b'), ('akhir', 'c')");
    assert_sql_text(w.app, "SELECT max(apa) FROM warga, jemput_kali(id, 2)", "lama");
    assert_sql_text(w.app, "SELECT group_concat(apa, '+') OVER (ORDER BY rowid DESC ROWS 8 PRECEDING) FROM (SELECT warga.rowid, apa FROM warga, jemput_kali(id, 1))", "akhir");
    world_release(&w);
}

static void a_statement_fills_once_for_the_same_values(void **state)
{
    struct store_world w;
    struct shop shop;

    (void)state;
    begin(&w, &shop);
    sql_ok(w.app, "INSERT INTO warga VALUES('1', 'a'), ('2', 'b'), ('3', 'c')");
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM warga CROSS JOIN jemput_barang"), 6);
    assert_int_equal(shop.fillings, 1);
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM warga CROSS JOIN jemput_kali('x', 4)"), 12);
    assert_int_equal(shop.fillings, 2);
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM warga CROSS JOIN jemput_kali('x', id + 0)"), 6);
    assert_int_equal(shop.fillings, 5);
    world_release(&w);
}

static void wrong_values_are_errors_that_say_what_to_write(void **state)
{
    struct store_world w;
    struct shop shop;

    (void)state;
    begin(&w, &shop);
    sql_fails(w.app, "SELECT * FROM jemput_kali", SQLITE_ERROR, "jemput_kali: write jemput_kali(barang, kali), with all its values");
    sql_fails(w.app, "SELECT * FROM jemput_kali('x')", SQLITE_ERROR, "with all its values");
    sql_fails(w.app, "SELECT * FROM jemput_kali WHERE kali > 1 AND barang = 'x'", SQLITE_ERROR, "with all its values");
    sql_fails(w.app, "SELECT * FROM jemput_kali('x', 1, 2)", SQLITE_ERROR, "too many arguments");
    sql_fails(w.app, "SELECT * FROM jemput_barang(1)", SQLITE_ERROR, "too many arguments");
    sql_fails(w.app, "SELECT * FROM jemput_kali('x', 'dua')", SQLITE_ERROR, "jemput_kali: how often? Write a number");
    shop.answer = JEMPUT_BUSY;
    sql_fails(w.app, "SELECT * FROM jemput_barang", SQLITE_BUSY, "jemput_barang: the shop is closed");
    shop.answer = JEMPUT_OK;
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_barang"), 2);
    world_release(&w);
}

static void nobody_writes_drops_or_hides_it(void **state)
{
    static const char *const tries[] = {
        "INSERT INTO jemput_barang VALUES('gula', 1, NULL)",
        "UPDATE jemput_barang SET nama = 'x'",
        "DELETE FROM jemput_barang",
        "DROP TABLE jemput_barang",
        "DROP VIEW jemput_barang",
        "ALTER TABLE jemput_barang ADD COLUMN a",
        "CREATE TABLE jemput_barang(a)",
        "CREATE TEMP TABLE jemput_barang(a)",
        "CREATE VIEW jemput_barang AS SELECT 1",
        "CREATE TEMP VIEW jemput_barang AS SELECT 1",
        "CREATE VIRTUAL TABLE salinan USING jemput_barang",
        "CREATE VIRTUAL TABLE jemput_barang USING jemput_barang",
        "CREATE TRIGGER t BEFORE INSERT ON jemput_barang BEGIN SELECT 1; END",
        "CREATE INDEX i ON jemput_barang(nama)",
    };
    struct store_world w;
    struct shop shop;

    (void)state;
    begin(&w, &shop);
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
        if (sqlite3_exec(w.app, tries[i], NULL, NULL, NULL) == SQLITE_OK)
            fail_msg("it was let through: %s", tries[i]);
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_barang"), 2);
    sql_ok(w.app, "CREATE TEMP VIEW mahal AS SELECT nama FROM jemput_barang WHERE harga > 10");
    assert_sql_text(w.app, "SELECT nama FROM mahal", "beras");
    world_release(&w);
}

static void what_is_too_much_at_once_is_refused_and_nothing_stays_in_memory(void **state)
{
    struct store_world w;
    struct shop shop;

    (void)state;
    begin(&w, &shop);
    shop.big = JEMPUT_LOOK_BYTES_MAX - (1 << 20);
    assert_int_equal(sql_int(w.app, "SELECT sum(length(isi)) FROM jemput_besar"), JEMPUT_LOOK_BYTES_MAX - (1 << 20));
    shop.big = JEMPUT_LOOK_BYTES_MAX;
    sql_fails(w.app, "SELECT sum(length(isi)) FROM jemput_besar", SQLITE_TOOBIG, "jemput_besar: it is more than 32 MiB at once");
    shop.big = 5;
    assert_int_equal(sql_int(w.app, "SELECT sum(length(isi)) FROM jemput_besar"), 5);
    world_release(&w);
}

static void a_statement_that_outlives_the_store_does_not_ask_any_more(void **state)
{
    struct store_world w;
    struct shop shop;
    sqlite3_stmt *stmt;

    (void)state;
    begin(&w, &shop);
    assert_int_equal(sqlite3_prepare_v2(w.app, "SELECT nama FROM jemput_barang", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    sqlite3_reset(stmt);
    world_close(&w);
    assert_int_equal(shop.fillings, 1);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ERROR);
    assert_int_equal(shop.fillings, 1);
    sqlite3_finalize(stmt);
    world_release(&w);
}

static struct fault_alloc mem;

static int rows_count(void *ctx, int count, char **cells, char **names)
{
    (void)count, (void)cells, (void)names;
    ++*(unsigned *)ctx;
    return 0;
}

static void each_allocation_that_fails_fails_the_statement_alone(void **state)
{
    struct store_world w;
    struct shop shop;
    bool failed = true;

    (void)state;
    begin(&w, &shop);
    sql_ok(w.app, "INSERT INTO warga VALUES('1', 'a'), ('2', 'b')");
    for (uint64_t n = 0; failed; n++) {
        unsigned rows = 0;
        int rc;

        fault_alloc_arm(&mem, n, false);
        rc = sqlite3_exec(w.app, "SELECT * FROM warga, jemput_kali(id, 60), jemput_barang", rows_count, &rows, NULL);
        fault_alloc_disarm(&mem);
        failed = mem.failures > 0;
        if (rc == SQLITE_OK ? rows != 240 : rc != SQLITE_NOMEM || !failed)
            fail_msg("allocation %llu: %d %s", (unsigned long long)n, rc, sqlite3_errmsg(w.app));
        assert_true(n < 5000);
    }
    assert_sql_text(w.app, "SELECT group_concat(n || apa) FROM warga, jemput_kali(id, 2)", "11,21,12,22");
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
        cmocka_unit_test(a_table_shows_what_it_is_filled_with_in_order),
        cmocka_unit_test(a_function_shows_what_its_values_ask_for),
        cmocka_unit_test(a_table_by_row_is_filled_for_the_row_that_is_asked_for),
        cmocka_unit_test(a_value_that_a_statement_keeps_outlives_the_next_filling),
        cmocka_unit_test(a_statement_fills_once_for_the_same_values),
        cmocka_unit_test(wrong_values_are_errors_that_say_what_to_write),
        cmocka_unit_test(nobody_writes_drops_or_hides_it),
        cmocka_unit_test(what_is_too_much_at_once_is_refused_and_nothing_stays_in_memory),
        cmocka_unit_test(a_statement_that_outlives_the_store_does_not_ask_any_more),
        cmocka_unit_test(each_allocation_that_fails_fails_the_statement_alone),
        cmocka_unit_test(nothing_stays_in_memory),
    };

    fault_alloc_install(&mem);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
