/* unit/test_office_pgddl.c — the tables of adminduk as PostgreSQL has them: the whole text of one is kept (tests/office/permohonan.sql), rules of the
 * others are looked at one by one. A real server takes all of it in tests/office/test_postgres.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "embedded.h"
#include "pg.h"
#include "pgddl.h"

static const struct pg_place place = { "adminduk", 2, "jemput" };

/* The shapes of a schema, by way of a store that is made for it. */
static void shapes_of(struct shapes *out, const char *schema)
{
    char path[] = "/tmp/jemput-pgddl-XXXXXX", extra[80];
    struct jemput_error err = { 0 };
    struct trouble why = { 0 };
    struct jemput *j;
    int file = mkstemp(path);

    assert_true(file >= 0);
    close(file);
    unlink(path);
    if (jemput_init(&j, path, schema, NULL, NULL, &err))
        fail_msg("%s", err.text);
    if (shapes_read(out, j, &why))
        fail_msg("%s", why.text);
    jemput_close(j);
    for (int i = 0; i < 3; i++) {
        snprintf(extra, sizeof extra, "%s%s", path, (const char *[]){ "", "-wal", "-shm" }[i]);
        unlink(extra);
    }
}

static void all_of(struct buffer *sql, const struct shapes *shapes, const char *table)
{
    const struct shape *shape = shapes_find(shapes, table);

    assert_non_null(shape);
    pgddl_table(sql, &place, shape);
    pgddl_links(sql, &place, shape, shapes->of, shapes->count, NULL);
    pgddl_indexes(sql, &place, shape, NULL);
    pgddl_comments(sql, &place, shape, shapes->of, shapes->count);
    pgddl_triggers(sql, &place, shape);
}

static void the_table_of_applications_is_as_it_is_kept(void **state)
{
    char path[1024], *kept = calloc(1, 65536);
    struct shapes shapes = { 0 };
    struct buffer sql = { 0 };
    FILE *file;

    (void)state;
    shapes_of(&shapes, embedded_schema);
    all_of(&sql, &shapes, "permohonan");
    snprintf(path, sizeof path, "%s/tests/office/permohonan.sql", getenv("JEMPUT_SOURCE"));
    file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(kept, 1, 65535, file) > 0);
    fclose(file);
    if (strcmp(sql.data, kept) != 0) {
        fputs(sql.data, stderr); /* longer than cmocka tells */
        fail_msg("other than tests/office/permohonan.sql");
    }
    free(kept);
    buffer_release(&sql);
    shapes_release(&shapes);
}

static const char odd[] =
    "CREATE TABLE induk(nama TEXT PRIMARY KEY NOT NULL, kode INTEGER UNIQUE, isi) WITHOUT ROWID;"
    "CREATE TABLE anak(id BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16), nama INTEGER REFERENCES induk(nama), kode INTEGER REFERENCES induk(kode),"
    "  Kolom_B TEXT NOT NULL DEFAULT 'it''s', n INTEGER NOT NULL DEFAULT 5, t TEXT DEFAULT CURRENT_TIMESTAMP, r REAL DEFAULT 1.5,"
    "  s TEXT DEFAULT 7, wajib TEXT NOT NULL, unik TEXT NOT NULL UNIQUE);"
    "SELECT jemput_replicate('induk'), jemput_replicate('anak');";

static void what_postgresql_would_keep_otherwise_is_left_to_the_engine(void **state)
{
    static const char *const there[] = { "\"Kolom_B\" text DEFAULT 'it''s' NOT NULL", "\"n\" bigint DEFAULT 5,", "\"t\" text,",
                                         "\"r\" double precision DEFAULT 1.5", "\"s\" text DEFAULT '7'", "\"wajib\" text NOT NULL", "\"unik\" text,",
                                         "UNIQUE(\"space\", \"unik\") DEFERRABLE INITIALLY DEFERRED", "kept by jemput: FOREIGN KEY induk",
                                         "\"id\" uuid DEFAULT gen_random_uuid() NOT NULL" };
    struct shapes shapes = { 0 };
    struct buffer sql = { 0 };

    (void)state;
    shapes_of(&shapes, odd);
    all_of(&sql, &shapes, "anak");
    for (size_t i = 0; i < sizeof there / sizeof there[0]; i++)
        if (!strstr(sql.data, there[i]))
            fail_msg("%s is not in\n%s", there[i], sql.data);
    assert_null(strstr(sql.data, "FOREIGN KEY(")); /* one is of another type, the other not to the primary key */
    sql.len = 0;
    all_of(&sql, &shapes, "induk");
    assert_non_null(strstr(sql.data, "\"nama\" text COLLATE \"C\" NOT NULL"));
    buffer_release(&sql);
    shapes_release(&shapes);
}

static void a_name_that_is_too_long_is_cut_alike_everywhere_and_another_one_differently(void **state)
{
    static const char *const names[] = { "nama_yang_panjangnya_lebih_dari_enam_puluh_tiga_bita_dan_berakhir_dengan_a",
                                         "nama_yang_panjangnya_lebih_dari_enam_puluh_tiga_bita_dan_berakhir_dengan_b" };
    char a[PG_NAME_BYTES], b[PG_NAME_BYTES], again[PG_NAME_BYTES];

    (void)state;
    pg_name_plain(a, names[0]);
    pg_name_plain(b, names[1]);
    pg_name_plain(again, names[0]);
    assert_string_equal(a, again);
    assert_string_not_equal(a, b);
    assert_int_equal(strlen(a), PG_NAME_BYTES - 1);
    pg_name_plain(a, "x\xc3\xa9");
    assert_string_equal(a, "x\xc3\xa9");
}

static bool nothing_is_there(void *ctx, const char *name)
{
    (void)ctx, (void)name;
    return false;
}

static void a_constraint_that_comes_later_holds_only_where_no_other_space_can_stand_against_it(void **state)
{
    bool was_there[10];
    const struct pgddl_old old = { was_there, nothing_is_there, NULL };
    struct shapes shapes = { 0 };
    struct buffer sql = { 0 };
    const struct shape *shape;

    (void)state;
    shapes_of(&shapes, odd);
    shape = shapes_find(&shapes, "anak");
    for (int fresh = 0; fresh < 2; fresh++) {
        memset(was_there, 1, sizeof was_there);
        was_there[shape_column(shape, "unik")] = !fresh;
        sql.len = 0;
        pgddl_indexes(&sql, &place, shape, &old);
        assert_int_equal(strstr(sql.data, "UNIQUE") != NULL, fresh);
        assert_int_equal(strstr(sql.data, "CREATE INDEX") != NULL, !fresh);
    }
    buffer_release(&sql);
    shapes_release(&shapes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_of_applications_is_as_it_is_kept),
        cmocka_unit_test(what_postgresql_would_keep_otherwise_is_left_to_the_engine),
        cmocka_unit_test(a_name_that_is_too_long_is_cut_alike_everywhere_and_another_one_differently),
        cmocka_unit_test(a_constraint_that_comes_later_holds_only_where_no_other_space_can_stand_against_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
