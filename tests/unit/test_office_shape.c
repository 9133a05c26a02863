/* test_office_shape.c — the tables of a space as data, and what only the text of CREATE TABLE says. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "shape.h"

static const char create[] =
    "CREATE TABLE contoh( -- satu tabel\n"
    "  id BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16), -- jemput_id()\n"
    "  \"nama ganda\" TEXT NOT NULL CHECK(\"nama ganda\" <> ')'), -- a name,\n"
    "                                                           -- on two lines\n"
    "  n INTEGER DEFAULT 7 /* a number */, kode TEXT DEFAULT '--no, it''s none',\n"
    "  -- of nothing in particular\n"
    "  lain, -- the last\n"
    "  CHECK (n > 0 AND (n < 9)) -- of the table\n"
    ")";

static void expect_text(char *got, const char *expected)
{
    if (expected) {
        assert_non_null(got);
        assert_string_equal(got, expected);
    } else {
        assert_null(got);
    }
    free(got);
}

static void comments_stand_with_the_column_that_they_are_about(void **state)
{
    (void)state;
    expect_text(comment_of_column(create, "id"), "jemput_id()");
    expect_text(comment_of_column(create, "ID"), "jemput_id()");
    expect_text(comment_of_column(create, "nama ganda"), "a name, on two lines");
    expect_text(comment_of_column(create, "n"), "a number");
    expect_text(comment_of_column(create, "kode"), NULL);
    expect_text(comment_of_column(create, "lain"), "the last");
    expect_text(comment_of_column(create, "tidak"), NULL);
    expect_text(comment_of_column(create, "length"), NULL);
}

static void checks_are_found_wherever_they_stand_and_strings_are_none(void **state)
{
    (void)state;
    expect_text(check_of(create, 0), "length(id)=16");
    expect_text(check_of(create, 1), "\"nama ganda\" <> ')'");
    expect_text(check_of(create, 2), "n > 0 AND (n < 9)");
    expect_text(check_of(create, 3), NULL);
    expect_text(check_of("CREATE TABLE t(\"check\" TEXT, b TEXT DEFAULT 'CHECK(1)')", 0), NULL);
}

static void a_text_that_is_cut_off_anywhere_is_read_to_its_end_and_no_further(void **state)
{
    char cut[sizeof create];

    (void)state;
    for (size_t len = 0; len < sizeof create; len++) {
        char *page = malloc(len + 1); /* its end is the end of what a sanitizer allows */

        memcpy(cut, create, len);
        memcpy(page, cut, len);
        page[len] = '\0';
        free(comment_of_column(page, "lain"));
        free(comment_of_column(page, "nama ganda"));
        for (unsigned i = 0; i < 4; i++)
            free(check_of(page, i));
        free(page);
    }
}

static void the_words_before_a_table_are_its_comment_where_the_text_is_the_same(void **state)
{
    static const char schema[] = "-- Another.\nCREATE TABLE b(x);\n\n-- First words\n-- and more.\nCREATE TABLE a(x);\nCREATE TABLE c(x);\n";

    (void)state;
    expect_text(comment_of_table(schema, "CREATE TABLE a(x)"), "First words and more.");
    expect_text(comment_of_table(schema, "CREATE TABLE b(x)"), "Another.");
    expect_text(comment_of_table(schema, "CREATE TABLE c(x)"), NULL);
    expect_text(comment_of_table(schema, "CREATE TABLE a(y)"), NULL);
}

static void affinities_follow_sqlite_s_five_rules(void **state)
{
    static const struct {
        const char *declared;
        enum affinity affinity;
    } cases[] = { { "INTEGER", AFFINITY_INTEGER }, { "charint", AFFINITY_INTEGER }, { "VARCHAR(9)", AFFINITY_TEXT }, { "clob", AFFINITY_TEXT },
                  { "BLOB", AFFINITY_NONE }, { "", AFFINITY_NONE }, { "REAL", AFFINITY_REAL }, { "double precision", AFFINITY_REAL },
                  { "floating point", AFFINITY_INTEGER }, { "DATE", AFFINITY_NUMERIC }, { "uuid", AFFINITY_NUMERIC } };

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(affinity_of(cases[i].declared), cases[i].affinity);
}

static const char schema_sql[] =
    "CREATE TABLE induk(id BLOB PRIMARY KEY NOT NULL CHECK ( length ( \"id\" ) = 16 ), kode TEXT COLLATE NOCASE UNIQUE, a TEXT, b TEXT, "
    "ab TEXT GENERATED ALWAYS AS (a || b) VIRTUAL, UNIQUE(a, b));"
    "CREATE TABLE anak(a TEXT NOT NULL, n INTEGER NOT NULL, induk BLOB REFERENCES induk, kode TEXT REFERENCES induk(kode), PRIMARY KEY(n, a)) WITHOUT "
    "ROWID;"
    "CREATE TABLE cucu(id BLOB PRIMARY KEY NOT NULL, x TEXT, y INTEGER, buyut BLOB REFERENCES anak2(id), FOREIGN KEY(y, x) REFERENCES anak(n, a));"
    "CREATE TABLE anak2(id BLOB PRIMARY KEY NOT NULL REFERENCES induk(id));"
    "CREATE INDEX cucu_y ON cucu(y DESC, x); CREATE UNIQUE INDEX cucu_satu ON cucu(x) WHERE y > 0; CREATE INDEX cucu_lain ON cucu(lower(x));"
    "SELECT jemput_replicate('induk'), jemput_replicate('anak'), jemput_replicate('cucu'), jemput_replicate('anak2');";

static void read_shapes(struct shapes *out)
{
    struct jemput_error err;
    struct trouble why;
    struct jemput *j;
    char path[] = "/tmp/jemput-shape-XXXXXX";

    assert_non_null(mkdtemp(path));
    {
        char file[64];

        snprintf(file, sizeof file, "%s/s.db", path);
        assert_int_equal(jemput_init(&j, file, schema_sql, NULL, NULL, &err), JEMPUT_OK);
        assert_int_equal(shapes_read(out, j, &why), 0);
        jemput_close(j);
        unlink(file);
    }
    rmdir(path);
}

static void a_shape_says_columns_keys_links_and_indexes_as_the_schema_has_them(void **state)
{
    struct shapes all;
    const struct shape *induk, *anak, *cucu, *anak2;

    (void)state;
    read_shapes(&all);
    assert_int_equal(all.count, 4);
    induk = shapes_find(&all, "INDUK");
    anak = shapes_find(&all, "anak");
    cucu = shapes_find(&all, "cucu");
    anak2 = shapes_find(&all, "anak2");
    assert_true(induk && anak && cucu && anak2);

    assert_true(induk->columns[0].id16 && !induk->columns[1].binary && induk->columns[2].binary && induk->columns[4].generated);
    assert_int_equal(anak->key_count, 2);
    assert_string_equal(anak->columns[anak->key[0]].name, "n");
    assert_string_equal(anak->columns[anak->key[1]].name, "a");
    assert_int_equal(anak->link_count, 2);
    assert_true(anak->links[0].to_key && !anak->links[1].to_key);
    assert_string_equal(anak->links[0].parent_columns[0], "id");
    assert_true(anak->columns[2].id16); /* because induk.id is */
    assert_true(anak2->columns[0].id16 && cucu->columns[3].id16); /* through two links */
    assert_false(cucu->columns[0].id16);
    assert_int_equal(cucu->links[1].column_count, 2);
    assert_true(cucu->links[1].to_key);

    assert_int_equal(induk->index_count, 2);
    assert_true(induk->indexes[0].unique && !induk->indexes[0].plain && !induk->indexes[0].words); /* NOCASE */
    assert_true(induk->indexes[1].plain && induk->indexes[1].column_count == 2);
    assert_int_equal(cucu->index_count, 3);
    assert_true(cucu->indexes[0].plain && !cucu->indexes[0].unique && cucu->indexes[0].descending[0] && !cucu->indexes[0].descending[1]);
    assert_true(cucu->indexes[1].unique && !cucu->indexes[1].plain && cucu->indexes[1].words);
    assert_false(cucu->indexes[2].plain);
    shapes_release(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments_stand_with_the_column_that_they_are_about),
        cmocka_unit_test(checks_are_found_wherever_they_stand_and_strings_are_none),
        cmocka_unit_test(a_text_that_is_cut_off_anywhere_is_read_to_its_end_and_no_further),
        cmocka_unit_test(the_words_before_a_table_are_its_comment_where_the_text_is_the_same),
        cmocka_unit_test(affinities_follow_sqlite_s_five_rules),
        cmocka_unit_test(a_shape_says_columns_keys_links_and_indexes_as_the_schema_has_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
