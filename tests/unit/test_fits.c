/* Tests of change/fits.c: what a column is said to keep is what SQLite gives back, for each value and each declared type; and changes that no table of a
 * writer can have had are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "change/fits.h"
#include "change/key.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const struct {
    const char *declared;
    enum jemput_affinity affinity;
} columns[] = { { "INTEGER", JEMPUT_AFFINITY_NUMBER }, { "TEXT", JEMPUT_AFFINITY_TEXT }, { "REAL", JEMPUT_AFFINITY_REAL }, { "BLOB", JEMPUT_AFFINITY_NONE },
                { "", JEMPUT_AFFINITY_NONE }, { "DECIMAL(10,2)", JEMPUT_AFFINITY_NUMBER }, { "VARCHAR(16)", JEMPUT_AFFINITY_TEXT } };

static const char *const texts[] = {
    "", " ", "7", " 7 ", "\t-7\n", "+7", "- 7", "7.", ".5", ".", "+", "-.", "1e5", "1e", "1e+", "1E-2", "1e5 ", "1e 5", "0x10", "7a", "a7", "07", "1_0",
    "9223372036854775807", "9223372036854775808", "1e999", "inf", "nan", "\v7", "\f7", "\xc2\xa0\x37", "3171", "7 7", "..", "1.5.", "1.e2", ".e2", "e2",
};
static const int64_t integers[] = { 0, 1, -1, INT64_MAX, INT64_MIN, 9007199254740992, 9007199254740993, -9007199254740993 };
static const double reals[] = { 0.0, -0.0, 0.5, 7.0, -7.0, 1e15, 9007199254740993.0, 9.2e18, 9223372036854775807.0, -9223372036854775808.0, 1e300, 1e-300 };

static sqlite3_stmt *prepared(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    return stmt;
}

static void bind(sqlite3_stmt *stmt, const struct jemput_value *v)
{
    if (v->type == JEMPUT_INTEGER)
        sqlite3_bind_int64(stmt, 1, v->integer);
    else if (v->type == JEMPUT_REAL)
        sqlite3_bind_double(stmt, 1, v->real);
    else if (v->type == JEMPUT_TEXT)
        sqlite3_bind_text(stmt, 1, (const char *)v->bytes.data, (int)v->bytes.len, SQLITE_STATIC);
    else if (v->type == JEMPUT_BLOB)
        sqlite3_bind_blob(stmt, 1, v->bytes.data, (int)v->bytes.len, SQLITE_STATIC);
    else
        sqlite3_bind_null(stmt, 1);
}

static bool comes_back(sqlite3_stmt *stmt, const struct jemput_value *v)
{
    struct jemput_value is = { .type = JEMPUT_NULL };
    int type = sqlite3_column_type(stmt, 0);

    if (type == SQLITE_INTEGER)
        is = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = sqlite3_column_int64(stmt, 0) };
    else if (type == SQLITE_FLOAT)
        is = (struct jemput_value){ .type = JEMPUT_REAL, .real = sqlite3_column_double(stmt, 0) };
    else if (type != SQLITE_NULL)
        is = (struct jemput_value){ .type = type == SQLITE_TEXT ? JEMPUT_TEXT : JEMPUT_BLOB,
                                    .bytes = jemput_bytes_of(sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0)) };
    return jemput_value_equal(&is, v);
}

/* Put into the column and read back. */
static bool sqlite_keeps(sqlite3 *db, const struct jemput_value *v)
{
    sqlite3_stmt *put = prepared(db, "INSERT INTO t VALUES(?)"), *get = prepared(db, "SELECT a FROM t");
    bool kept;

    bind(put, v);
    assert_int_equal(sqlite3_step(put), SQLITE_DONE);
    assert_int_equal(sqlite3_step(get), SQLITE_ROW);
    kept = comes_back(get, v);
    sqlite3_finalize(put);
    sqlite3_finalize(get);
    assert_int_equal(sqlite3_exec(db, "DELETE FROM t", NULL, NULL, NULL), SQLITE_OK);
    return kept;
}

static unsigned values_compare(sqlite3 *db, enum jemput_affinity affinity, const char *declared)
{
    unsigned kept = 0, count = COUNT(texts) + COUNT(integers) + COUNT(reals) + 3;

    for (unsigned i = 0; i < count; i++) {
        struct jemput_value v = { .type = JEMPUT_NULL };

        if (i < COUNT(texts))
            v = (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_bytes_str(texts[i]) };
        else if (i < COUNT(texts) + COUNT(integers))
            v = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = integers[i - COUNT(texts)] };
        else if (i < count - 3)
            v = (struct jemput_value){ .type = JEMPUT_REAL, .real = reals[i - COUNT(texts) - COUNT(integers)] };
        else if (i == count - 3)
            v = (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_bytes_of("7\0", 2) };
        else if (i == count - 2)
            v = (struct jemput_value){ .type = JEMPUT_BLOB, .bytes = jemput_bytes_str("7") };
        if (jemput_value_is_kept(&v, affinity, false) != sqlite_keeps(db, &v))
            fail_msg("value %u in a column %s", i, declared);
        kept += jemput_value_is_kept(&v, affinity, false);
    }
    return kept;
}

static void a_column_keeps_what_sqlite_gives_back(void **state)
{
    (void)state;
    for (size_t c = 0; c < COUNT(columns); c++) {
        sqlite3 *db;
        char sql[64];

        sqlite3_snprintf(sizeof sql, sql, "CREATE TABLE t(a %s)", columns[c].declared);
        assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        assert_true(values_compare(db, columns[c].affinity, columns[c].declared) > 10);
        sqlite3_close(db);
    }
}

/* A table of a key of numbers, a text, a counter and a generated column. */
static struct jemput_bytes key_of(struct jemput_buf *out, struct jemput_value value)
{
    struct jemput_error err;

    jemput_buf_clear(out);
    assert_int_equal(jemput_key_write(out, &value, 1, &err), JEMPUT_OK);
    return jemput_buf_bytes(out);
}

static void changes_of_another_shape_do_not_fit(void **state)
{
    struct jemput_column of[] = { { .name = "id", .key_place = 1, .group = JEMPUT_GROUP_NONE, .affinity = JEMPUT_AFFINITY_NUMBER },
                                  { .name = "nama", .affinity = JEMPUT_AFFINITY_TEXT },
                                  { .name = "jumlah", .group = 1, .affinity = JEMPUT_AFFINITY_NUMBER, .rule = JEMPUT_RULE_SUM },
                                  { .name = "besar", .group = JEMPUT_GROUP_NONE, .generated = true } };
    struct jemput_table table = { .id = 1, .column_count = 4, .columns = of, .key_count = 1, .group_count = 2 };
    struct jemput_cell cell = { .column = 1, .value = { .type = JEMPUT_TEXT, .bytes = jemput_bytes_str("Siti") } };
    struct jemput_buf key = JEMPUT_BUF_INIT(64), other = JEMPUT_BUF_INIT(64);
    struct jemput_change change = { .table = 1, .op = JEMPUT_OP_UPDATE, .cell_count = 1, .cells = &cell };

    (void)state;
    change.key = key_of(&key, (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_bytes_str("7") });
    assert_false(jemput_change_fits(&change, &table));
    change.key = key_of(&key, (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = 7 });
    assert_true(jemput_change_fits(&change, &table));
    table.key_count = 2;
    assert_false(jemput_change_fits(&change, &table));
    table.key_count = 1;
    change.successor = key_of(&other, (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_bytes_str("8") });
    assert_false(jemput_change_fits(&change, &table));
    change.successor = key_of(&other, (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = 8 });
    assert_true(jemput_change_fits(&change, &table));
    cell.is_delta = true;
    assert_false(jemput_change_fits(&change, &table));
    for (cell.column = 0; cell.column < 6; cell.column += 3) /* the key; one that is generated; one that is not there */
        assert_false(jemput_change_fits(&change, &table));
    cell = (struct jemput_cell){ .column = 2, .is_delta = true, .value = { .type = JEMPUT_INTEGER, .integer = 1 } };
    assert_true(jemput_change_fits(&change, &table));
    cell.column = 1;
    cell.is_delta = false;
    assert_false(jemput_change_fits(&change, &table));
    jemput_buf_release(&key);
    jemput_buf_release(&other);
}

static void a_key_of_reals_has_integers_in_it(void **state)
{
    struct jemput_value v = { .type = JEMPUT_INTEGER, .integer = 9007199254740992 };

    (void)state;
    assert_true(jemput_value_is_kept(&v, JEMPUT_AFFINITY_REAL, true));
    assert_false(jemput_value_is_kept(&v, JEMPUT_AFFINITY_REAL, false));
    v.integer++;
    assert_false(jemput_value_is_kept(&v, JEMPUT_AFFINITY_REAL, true));
    assert_true(jemput_value_is_kept(&v, JEMPUT_AFFINITY_NUMBER, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_column_keeps_what_sqlite_gives_back),
        cmocka_unit_test(changes_of_another_shape_do_not_fit),
        cmocka_unit_test(a_key_of_reals_has_integers_in_it),
    };

    return cmocka_run_group_tests_name("fits", tests, NULL, NULL);
}
