/* Tests of store/replace/in_step.c: two lists gone through in step, held against what SQLite itself says of the same two tables, whatever types their keys are of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store/replace/in_step.h"

static const char *const keys[] = { "-9223372036854775808", "9223372036854775807", "9223372036854775807.0", "-9223372036854775808.0", "9007199254740993",
    "9007199254740992.0", "-3", "-3.5", "0", "0.5", "1", "1.5", "2.0", "1e300", "-1e300", "1e19", "'1'", "'a'", "'A'", "'ab'", "''", "x''", "x'31'", "x'61'",
    "x'00'", "NULL" };
enum { KEYS = sizeof keys / sizeof keys[0] };

struct seen {
    sqlite3_str *out;
    uint64_t place, passed;
};

static enum jemput_status see(void *ctx, enum jemput_instep where, sqlite3_stmt *left, sqlite3_stmt *right, uint64_t place, struct jemput_error *err)
{
    struct seen *s = ctx;
    sqlite3_stmt *at = where == JEMPUT_INSTEP_RIGHT ? right : left;

    (void)err;
    assert_true(place > s->place);
    s->place = place;
    sqlite3_str_appendf(s->out, "%c%s\n", "<>="[where], sqlite3_column_text(at, 2));
    return JEMPUT_OK;
}

static enum jemput_status pass(void *ctx, struct jemput_error *err)
{
    (void)err;
    ((struct seen *)ctx)->passed++;
    return JEMPUT_OK;
}

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static uint32_t below(uint64_t *rng, uint32_t n)
{
    *rng ^= *rng << 13;
    *rng ^= *rng >> 7;
    *rng ^= *rng << 17;
    return (uint32_t)(*rng >> 11) % n;
}

/* Two columns of key, their text, and a value. Nothing is unique here but what is put in once. */
static void fill(sqlite3 *db, const char *table, uint64_t *rng)
{
    char sql[300];

    for (unsigned i = 0; i < KEYS * 2; i++) {
        const char *a = keys[below(rng, KEYS)], *b = keys[below(rng, 3)];

        sqlite3_snprintf(sizeof sql, sql, "INSERT INTO %s SELECT %s, %s, %Q || ' ' || %Q, %u WHERE NOT EXISTS(SELECT 1 FROM %s WHERE a IS %s AND b IS %s)", table,
                         a, b, a, b, below(rng, 3), table, a, b);
        run(db, sql);
    }
}

/* What SQLite says: by its own comparisons, in its own order. 1 and 1.0 are one key, and differ. */
static char *oracle(sqlite3 *db)
{
    static const char sql[] =
        "SELECT d FROM (SELECT a, b, '<' || name AS d FROM l WHERE NOT EXISTS(SELECT 1 FROM r WHERE r.a IS l.a AND r.b IS l.b) UNION ALL "
        "SELECT a, b, '>' || name FROM r WHERE NOT EXISTS(SELECT 1 FROM l WHERE r.a IS l.a AND r.b IS l.b) UNION ALL "
        "SELECT l.a, l.b, '=' || l.name FROM l JOIN r ON r.a IS l.a AND r.b IS l.b WHERE l.v <> r.v OR typeof(l.a) <> typeof(r.a) OR l.name <> r.name) "
        "ORDER BY a, b";
    sqlite3_str *out = sqlite3_str_new(NULL);
    sqlite3_stmt *stmt;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        sqlite3_str_appendf(out, "%s\n", sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    return sqlite3_str_finish(out);
}

static void what_differs_is_what_sqlite_says_in_its_order_whatever_the_types(void **state)
{
    sqlite3 *db;
    unsigned differences = 0;

    (void)state;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    run(db, "CREATE TABLE l(a, b, name, v); CREATE TABLE r(a, b, name, v)");
    for (uint64_t seed = 1; seed <= 200; seed++) {
        uint64_t rng = seed * 0x9E3779B97F4A7C15u;
        struct seen seen = { .out = sqlite3_str_new(NULL) };
        struct jemput_instep_lists lists = { .keys = 2, .each = see, .passed = pass, .ctx = &seen };
        struct jemput_error err;
        char *wanted, *got;

        run(db, "DELETE FROM l; DELETE FROM r");
        fill(db, "l", &rng);
        fill(db, "r", &rng);
        assert_int_equal(sqlite3_prepare_v2(db, "SELECT * FROM l ORDER BY a, b", -1, &lists.left, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, "SELECT * FROM r ORDER BY a, b", -1, &lists.right, NULL), SQLITE_OK);
        assert_int_equal(jemput_instep_go(&lists, &err), JEMPUT_OK);
        sqlite3_finalize(lists.left);
        sqlite3_finalize(lists.right);
        got = sqlite3_str_finish(seen.out);
        wanted = oracle(db);
        if (strcmp(got ? got : "", wanted ? wanted : "") != 0)
            fail_msg("seed %u: got\n%s\nwanted\n%s", (unsigned)seed, got, wanted);
        assert_true(seen.passed >= seen.place);
        differences += got != NULL;
        sqlite3_free(got);
        sqlite3_free(wanted);
    }
    assert_true(differences > 190);
    sqlite3_close(db);
}

static enum jemput_status stop(void *ctx, enum jemput_instep where, sqlite3_stmt *left, sqlite3_stmt *right, uint64_t place, struct jemput_error *err)
{
    (void)ctx, (void)where, (void)left, (void)right;
    return place < 3 ? JEMPUT_OK : jemput_fail(err, JEMPUT_LIMIT, "place %u", (unsigned)place);
}

static void an_error_of_the_caller_ends_it_and_both_statements_are_reset(void **state)
{
    struct jemput_instep_lists lists = { .keys = 1, .each = stop };
    struct jemput_error err;
    sqlite3 *db;

    (void)state;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT column1 FROM (VALUES(1), (2), (3), (4))", -1, &lists.left, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT 9", -1, &lists.right, NULL), SQLITE_OK);
    assert_int_equal(jemput_instep_go(&lists, &err), JEMPUT_LIMIT);
    assert_string_equal(err.text, "place 3");
    assert_false(sqlite3_stmt_busy(lists.left));
    assert_false(sqlite3_stmt_busy(lists.right));
    sqlite3_finalize(lists.left);
    sqlite3_finalize(lists.right);
    sqlite3_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_differs_is_what_sqlite_says_in_its_order_whatever_the_types),
        cmocka_unit_test(an_error_of_the_caller_ends_it_and_both_statements_are_reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
