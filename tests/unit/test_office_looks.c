/* unit/test_office_looks.c — who saw what: the chain holds, and shows where it was cut, changed or put together (schema/formats/looks.md). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>
#include <sqlite3.h>

#include "looks.h"

static const struct look golden = { .at_ms = 1671602400000,
                                    .account = "siti.rahmah",
                                    .device = 12,
                                    .role = "verifikator",
                                    .session = "a1b2c3d4",
                                    .act = "row",
                                    .space = 1,
                                    .tbl = "orang",
                                    .key = "5f0c0000000000000000000000000001",
                                    .count = 1,
                                    .detail = "conflict" };

static void the_hash_of_an_entry_is_that_of_its_document(void **state)
{
    const uint8_t nothing[LOOK_HASH_BYTES] = { 0 };
    uint8_t hash[LOOK_HASH_BYTES];
    char hex[2 * LOOK_HASH_BYTES + 1];

    (void)state;
    look_hash(hash, nothing, 1, &golden);
    assert_string_equal(sodium_bin2hex(hex, sizeof hex, hash, sizeof hash), "75aab8ca956676d97de43921afbb38e6c1f7f5b952ac3298a337f6fbf2147a3f");
}

static void texts_that_move_from_one_field_to_the_next_make_another_hash(void **state)
{
    const uint8_t nothing[LOOK_HASH_BYTES] = { 0 };
    uint8_t a[LOOK_HASH_BYTES], b[LOOK_HASH_BYTES];
    struct look one = golden, other = golden;

    (void)state;
    one.tbl = "orang";
    one.key = "1";
    other.tbl = "oran";
    other.key = "g1";
    look_hash(a, nothing, 1, &one);
    look_hash(b, nothing, 1, &other);
    assert_memory_not_equal(a, b, sizeof a);
    one.reason = NULL;
    other = one;
    other.reason = "";
    look_hash(a, nothing, 1, &one);
    look_hash(b, nothing, 1, &other);
    assert_memory_equal(a, b, sizeof a);
}

/* --- the file --- */

static char folder[] = "/tmp/jemput-looks-XXXXXX", path[sizeof folder + 16];

static int folder_make(void **state)
{
    (void)state;
    if (sodium_init() < 0 || !mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/looks.db", folder);
    return 0;
}

static int folder_end(void **state)
{
    (void)state;
    return rmdir(folder);
}

static struct looks *looks_make(unsigned count)
{
    struct looks *looks;
    struct trouble why;

    assert_int_equal(looks_open(&looks, path, &why), 0);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(looks_add(looks, &golden, &why), 0);
    return looks;
}

static void looks_end(struct looks *looks)
{
    static const char *const ends[] = { "", "-wal", "-shm" };
    char file[sizeof path + 8];

    looks_close(looks);
    for (unsigned i = 0; i < 3; i++) {
        snprintf(file, sizeof file, "%s%s", path, ends[i]);
        unlink(file);
    }
}

static struct looks_head verified(struct looks *looks)
{
    struct looks_head head;
    struct trouble why;

    assert_int_equal(looks_verify(looks, &head, &why), 0);
    return head;
}

static void an_entry_that_was_changed_breaks_the_chain_there(void **state)
{
    static const char *const changes[] = { "at_ms = at_ms + 1",
                                           "account = 'lain'",
                                           "device = 13",
                                           "role = 'admin'",
                                           "session = 'a1b2c3d5'",
                                           "act = 'list'",
                                           "space = 2",
                                           "tbl = 'keluarga'",
                                           "key = ''",
                                           "count = 2",
                                           "detail = ''",
                                           "reason = 'x'",
                                           "previous = zeroblob(32)",
                                           "hash = zeroblob(32)" };

    (void)state;
    for (unsigned i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct looks *looks = looks_make(5);
        char sql[128];

        assert_int_equal(verified(looks).broken, 0);
        snprintf(sql, sizeof sql, "UPDATE look SET %s WHERE n = 3", changes[i]);
        assert_int_equal(sqlite3_exec(looks_db(looks), sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(verified(looks).broken, 3);
        assert_int_equal(verified(looks).count, 2);
        looks_end(looks);
    }
}

static void an_entry_that_is_missing_or_put_in_breaks_the_chain(void **state)
{
    struct looks *looks = looks_make(5);

    (void)state;
    sqlite3_exec(looks_db(looks), "DELETE FROM look WHERE n = 3", NULL, NULL, NULL);
    assert_int_equal(verified(looks).broken, 4);
    looks_end(looks);
    looks = looks_make(3);
    sqlite3_exec(looks_db(looks), "UPDATE look SET n = 5 WHERE n = 3", NULL, NULL, NULL);
    assert_int_equal(verified(looks).broken, 5);
    looks_end(looks);
}

static struct looks_head followed(struct looks *looks)
{
    struct looks_head head;
    struct trouble why;

    assert_int_equal(looks_follow(looks, &head, &why), 0);
    return head;
}

static void following_goes_on_from_where_it_was_and_sees_what_is_cut_off_or_broken_behind(void **state)
{
    struct looks *looks = looks_make(5);
    struct trouble why;

    (void)state;
    assert_int_equal(followed(looks).count, 5);
    assert_int_equal(sqlite3_exec(looks_db(looks), "UPDATE look SET count = 99 WHERE n = 2", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(looks_add(looks, &golden, &why), 0);
    assert_int_equal(followed(looks).broken, 0); /* what was read is not read again … */
    assert_int_equal(followed(looks).count, 6);
    assert_int_equal(verified(looks).broken, 2); /* … but by this one */
    assert_int_equal(looks_add(looks, &golden, &why), 0);
    assert_int_equal(sqlite3_exec(looks_db(looks), "UPDATE look SET count = 99 WHERE n = 7", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(followed(looks).broken, 7);
    assert_int_equal(followed(looks).broken, 7); /* and stays so */
    assert_int_equal(sqlite3_exec(looks_db(looks), "DELETE FROM look WHERE n > 4", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(followed(looks).broken, 6);
    looks_end(looks);
}

static void two_programs_write_one_chain(void **state)
{
    struct looks *a = looks_make(1), *b;
    struct trouble why;

    (void)state;
    assert_int_equal(looks_open(&b, path, &why), 0);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(looks_add(a, &golden, &why), 0);
        assert_int_equal(looks_add(b, &golden, &why), 0);
    }
    assert_int_equal(verified(b).count, 11);
    assert_int_equal(verified(a).broken, 0);
    looks_close(b);
    looks_end(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_of_an_entry_is_that_of_its_document),
        cmocka_unit_test(texts_that_move_from_one_field_to_the_next_make_another_hash),
        cmocka_unit_test(an_entry_that_was_changed_breaks_the_chain_there),
        cmocka_unit_test(an_entry_that_is_missing_or_put_in_breaks_the_chain),
        cmocka_unit_test(following_goes_on_from_where_it_was_and_sees_what_is_cut_off_or_broken_behind),
        cmocka_unit_test(two_programs_write_one_chain),
    };

    return cmocka_run_group_tests(tests, folder_make, folder_end);
}
