/* test_office_service.c — small parts of the central service: who works on a space, whether a hub has moved, forms of keys and values, central.db. */
#include <stdarg.h>
#include <math.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base.h"
#include "due.h"
#include "form.h"
#include "hubmove.h"
#include "lease.h"

static char folder[] = "/tmp/jemput-service-XXXXXX";
static struct office office;

static int office_make(void **state)
{
    struct trouble why;

    (void)state;
    return !mkdtemp(folder) || office_init(folder, &why) || office_open(&office, folder, false, &why) ||
           base_run(office.db, "INSERT INTO space(id, name, hex, store) VALUES(1, 'a', 'aa', 'spaces/a.db'), (2, 'b', 'bb', '/x/b.db')", &why);
}

static int office_remove(void **state)
{
    char command[128];

    (void)state;
    office_close(&office);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

/* --- leases --- */

static bool takes(const char *holder, int64_t now)
{
    struct trouble why;
    bool held;

    assert_int_equal(lease_take(&office, 1, holder, now, &held, &why), 0);
    return held;
}

static void a_lease_is_held_until_it_runs_out_or_is_dropped(void **state)
{
    struct trouble why;

    (void)state;
    assert_true(takes("lain:1:a", 1000));
    assert_true(takes("lain:1:a", 1000 + LEASE_RENEW_MS)); /* renewed */
    assert_false(takes("mesin:2:b", 1000 + LEASE_MS + 1));
    assert_false(takes("mesin:2:b", 1000 + LEASE_RENEW_MS + LEASE_MS));
    assert_true(takes("mesin:2:b", 1000 + LEASE_RENEW_MS + LEASE_MS + 1));
    assert_false(takes("lain:1:a", 1000 + LEASE_RENEW_MS + LEASE_MS + 2));
    assert_int_equal(leases_drop(&office, "mesin:2:b", &why), 0);
    assert_true(takes("lain:1:a", 2000));
    assert_int_equal(leases_drop(&office, "lain:1:a", &why), 0);
}

static void a_lease_of_a_process_of_this_machine_that_died_is_taken_at_once(void **state)
{
    char living[160], dead[160];
    const char *own = lease_holder();
    int host = (int)(strchr(own, ':') - own);
    struct trouble why;
    pid_t child = fork();

    (void)state;
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    snprintf(dead, sizeof dead, "%.*s:%ld:1", host, own, (long)child);
    snprintf(living, sizeof living, "%.*s:%ld:1", host, own, (long)getppid());
    assert_true(takes(dead, 1000));
    assert_true(takes(own, 1001));
    assert_int_equal(leases_drop(&office, own, &why), 0);
    assert_true(takes(living, 1000));
    assert_false(takes(own, 1001));
    assert_int_equal(leases_drop(&office, living, &why), 0);
}

/* --- hubs --- */

static void file_put(const char *at, const char *name, const char *text)
{
    char path[256], beside[256];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", at, name);
    snprintf(beside, sizeof beside, "%s/%s.lock", at, name);
    f = fopen(beside, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    assert_int_equal(rename(beside, path), 0);
    usleep(60000); /* what is younger is looked at again */
}

static void folder_put(const char *at)
{
    assert_int_equal(mkdir(at, 0700), 0);
    usleep(60000);
}

static void a_hub_s_signature_moves_with_each_push_and_with_nothing_else(void **state)
{
    char hub[128], log[160], a[200], objects[160];
    uint64_t before, after;

    (void)state;
    snprintf(hub, sizeof hub, "%s/hub.git", folder);
    assert_int_equal(hub_signature(hub), 0);
    folder_put(hub);
    assert_int_equal(hub_signature(hub), 0); /* no repository */
    snprintf(objects, sizeof objects, "%s/objects", hub);
    folder_put(objects);
    before = hub_signature(hub);
    assert_int_not_equal(before, 0);
    snprintf(log, sizeof log, "%s/refs", hub);
    folder_put(log);
    strcat(log, "/heads");
    folder_put(log);
    strcat(log, "/log");
    folder_put(log);
    assert_int_not_equal(after = hub_signature(hub), before);
    snprintf(a, sizeof a, "%s/a", log);
    folder_put(a);
    assert_int_not_equal(before = hub_signature(hub), after);
    file_put(a, "0", "x");
    assert_int_not_equal(after = hub_signature(hub), before);
    assert_int_equal(hub_signature(hub), after);
    file_put(objects, "pack", "x"); /* an object alone is no push */
    assert_int_equal(hub_signature(hub), after);
    file_put(a, "0", "y"); /* the same length */
    assert_int_not_equal(before = hub_signature(hub), after);
    file_put(hub, "packed-refs", "");
    assert_int_not_equal(hub_signature(hub), before);
}

/* --- forms --- */

static void expect_json(struct jemput_datum value, const char *expected)
{
    struct buffer out = { 0 };

    form_json(&out, &value);
    assert_string_equal(buffer_string(&out), expected);
    buffer_release(&out);
}

static struct jemput_datum text(const char *bytes, size_t len)
{
    return (struct jemput_datum){ .type = JEMPUT_TYPE_TEXT, .data = bytes, .len = len };
}

static void values_stand_as_json_that_any_reader_takes(void **state)
{
    (void)state;
    expect_json((struct jemput_datum){ .type = JEMPUT_TYPE_NULL }, "null");
    expect_json((struct jemput_datum){ .type = JEMPUT_TYPE_INTEGER, .integer = INT64_MIN }, "-9223372036854775808");
    expect_json((struct jemput_datum){ .type = JEMPUT_TYPE_REAL, .real = 2 }, "2.0");
    expect_json((struct jemput_datum){ .type = JEMPUT_TYPE_REAL, .real = 0.1 }, "0.10000000000000001");
    expect_json((struct jemput_datum){ .type = JEMPUT_TYPE_REAL, .real = -INFINITY }, "-9e999");
    expect_json((struct jemput_datum){ .type = JEMPUT_TYPE_BLOB, .data = "\x0f\xff", .len = 2 }, "\"x'0fff'\"");
    expect_json(text("", 0), "\"\"");
    expect_json(text("a\"\\\n\x1f", 5), "\"a\\\"\\\\\\u000a\\u001f\"");
    expect_json(text("x'00'", 5), "\"t'x'00'\"");
    expect_json(text("t'", 2), "\"t't'\"");
    expect_json(text("\xc3\xa9", 2), "\"\xc3\xa9\"");
    expect_json(text("\xc3", 1), "\"\xef\xbf\xbd\"");          /* cut off */
    expect_json(text("\xed\xa0\x80", 3), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""); /* a surrogate */
    expect_json(text("a\0b", 3), "\"a\xef\xbf\xbd" "b\"");
}

/* --- the folder --- */

static void names_that_would_lead_elsewhere_are_none(void **state)
{
    static const char *const bad[] = { "", ".", "..", ".a", "-a", "a/b", "a b", "a\n", "\xc3\xa9",
                                       "0123456789012345678901234567890123456789012345678901234567890123456" };

    (void)state;
    assert_true(office_name_good("wonosari-2.b_c", 14));
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(office_name_good(bad[i], strlen(bad[i])));
}

static void a_store_stands_in_the_folder_unless_its_path_says_otherwise(void **state)
{
    struct space space;
    struct trouble why;
    char expected[PATH_BYTES];

    (void)state;
    assert_int_equal(space_find(&space, &office, "a", &why), 0);
    snprintf(expected, sizeof expected, "%s/spaces/a.db", office.folder);
    assert_string_equal(space.store, expected);
    assert_int_equal(space_find(&space, &office, "2", &why), 0);
    assert_string_equal(space.store, "/x/b.db");
    assert_int_equal(space_find(&space, &office, "c", &why), -1);
    assert_int_equal(why.kind, TROUBLE_BROKEN);
}

static void a_central_db_of_another_format_is_refused_and_left_alone(void **state)
{
    struct office other;
    struct trouble why;

    (void)state;
    assert_int_equal(base_run(office.db, "PRAGMA user_version = 4", &why), 0);
    assert_int_equal(office_open(&other, folder, false, &why), -1);
    assert_int_equal(why.kind, TROUBLE_BROKEN);
    office_close(&other);
    assert_int_equal(base_run(office.db, "PRAGMA user_version = 3", &why), 0);
    assert_int_equal(office_open(&other, folder, true, &why), 0);
    assert_int_equal(base_run(other.db, "DELETE FROM space", &why), -1); /* opened for reading */
    office_close(&other);
}

static void column_is_there(sqlite3 *db, const char *table, const char *column)
{
    assert_int_equal(sqlite3_table_column_metadata(db, "main", table, column, NULL, NULL, NULL, NULL, NULL), SQLITE_OK);
}

static void a_central_db_of_format_1_gets_what_it_lacks_and_keeps_what_it_has(void **state)
{
    struct office upgraded;
    struct trouble why;
    int64_t spaces;

    (void)state;
    assert_int_equal(base_run(office.db,
                              "ALTER TABLE device_ DROP COLUMN key_turn; ALTER TABLE device_ DROP COLUMN version; ALTER TABLE device_ DROP COLUMN "
                              "store_mib; ALTER TABLE device_ DROP COLUMN free_mib; ALTER TABLE space DROP COLUMN left_ms; ALTER TABLE refused_ DROP COLUMN gone; "
                              "PRAGMA user_version = 1", &why), 0);
    assert_int_equal(office_open(&upgraded, folder, false, &why), 0);
    column_is_there(upgraded.db, "device_", "key_turn");
    column_is_there(upgraded.db, "device_", "version");
    column_is_there(upgraded.db, "device_", "store_mib");
    column_is_there(upgraded.db, "device_", "free_mib");
    column_is_there(upgraded.db, "space", "left_ms");
    column_is_there(upgraded.db, "refused_", "gone");
    assert_int_equal(base_do(upgraded.db, "SELECT count(*) FROM space", &why, NULL, &spaces, ""), 0);
    assert_int_equal(spaces, 2);
    office_close(&upgraded);
    assert_int_equal(office_open(&upgraded, folder, false, &why), 0); /* and once is enough */
    assert_int_equal(base_run(upgraded.db, "ALTER TABLE refused_ DROP COLUMN gone; PRAGMA user_version = 2", &why), 0);
    office_close(&upgraded);
    assert_int_equal(office_open(&upgraded, folder, false, &why), 0);
    column_is_there(upgraded.db, "refused_", "gone");
    office_close(&upgraded);
}

/* Each is wanted again as soon as it was worked on, as with hubs that are asked every few seconds by too few workers. */
static void with_too_few_workers_each_space_has_its_turn_before_any_has_two(void **state)
{
    enum { SPACES = 200, ROUNDS = 3, WORKERS = 2 };
    static struct due spaces[SPACES];
    struct due *all[SPACES], *busy[WORKERS] = { NULL };
    unsigned turns[SPACES] = { 0 };

    (void)state;
    for (unsigned i = 0; i < SPACES; i++)
        due_want(all[i] = &spaces[i]);
    for (unsigned n = 0; n < ROUNDS * SPACES; n++) {
        struct due **worker = &busy[n % WORKERS];

        if (*worker) {
            (*worker)->busy = false;
            due_want(*worker);
        }
        *worker = due_next(all, SPACES);
        assert_non_null(*worker);
        (*worker)->wanted = false;
        (*worker)->busy = true;
        assert_int_equal(turns[*worker - spaces]++, n / SPACES);
    }
    spaces[7].gone = true;
    for (unsigned i = 0; i < SPACES; i++)
        spaces[i].wanted = i == 7;
    assert_null(due_next(all, SPACES));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lease_is_held_until_it_runs_out_or_is_dropped),
        cmocka_unit_test(a_lease_of_a_process_of_this_machine_that_died_is_taken_at_once),
        cmocka_unit_test(a_hub_s_signature_moves_with_each_push_and_with_nothing_else),
        cmocka_unit_test(values_stand_as_json_that_any_reader_takes),
        cmocka_unit_test(with_too_few_workers_each_space_has_its_turn_before_any_has_two),
        cmocka_unit_test(names_that_would_lead_elsewhere_are_none),
        cmocka_unit_test(a_store_stands_in_the_folder_unless_its_path_says_otherwise),
        cmocka_unit_test(a_central_db_of_another_format_is_refused_and_left_alone),
        cmocka_unit_test(a_central_db_of_format_1_gets_what_it_lacks_and_keeps_what_it_has),
    };

    return cmocka_run_group_tests(tests, office_make, office_remove);
}
