/* test_office_beat.c — who works long is heard: the clock is asked once a beat, so asking is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sqlite3.h>

#include <cmocka.h>

#include "backup.h"
#include "beat.h"
#include "central.h"

static int64_t asked;

int64_t __wrap_monotonic_ms(void);
int64_t __wrap_monotonic_ms(void)
{
    return ++asked;
}

static void a_beat_is_kept_where_the_thread_has_said_and_one_ahead_of_a_long_call_lies_in_the_future(void **state)
{
    _Atomic int64_t place = 0;

    (void)state;
    beat();
    assert_int_equal(atomic_load(&place), 0);
    beat_at(&place);
    beat();
    assert_int_equal(atomic_load(&place), asked);
    beat_for(1000);
    assert_int_equal(atomic_load(&place), asked + 1000);
    beat_at(NULL);
    beat();
    assert_int_equal(atomic_load(&place), asked + 1000);
}

static void the_nightly_copy_of_a_large_file_beats_while_it_is_written(void **state)
{
    char folder[] = "/tmp/jemput-beat-XXXXXX", path[64];
    _Atomic int64_t place = 0;
    struct office office = { 0 };
    struct trouble why;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/central.db", folder);
    assert_int_equal(sqlite3_open(":memory:", &office.db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(office.db, "CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
                                             "INSERT INTO t SELECT i FROM n", NULL, NULL, NULL), SQLITE_OK);
    beat_at(&place);
    asked = 0;
    assert_int_equal(backup_base(folder, &office, &why), 0);
    assert_true(asked > 20);
    assert_true(atomic_load(&place) > 0);
    beat_at(NULL);
    sqlite3_close(office.db);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_beat_is_kept_where_the_thread_has_said_and_one_ahead_of_a_long_call_lies_in_the_future),
        cmocka_unit_test(the_nightly_copy_of_a_large_file_beats_while_it_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
