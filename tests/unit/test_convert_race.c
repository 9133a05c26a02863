/* unit/test_convert_race.c — somebody opens a store while it is being converted, on real files: he must not be left with the old file, which nobody will ever
 * see again. And what a conversion left that was cut off goes when the store is opened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "store/vault/convert.h"
#include "store/store.h"

static const uint8_t key[JEMPUT_DATA_KEY_BYTES] = { 7 }, platform[JEMPUT_PLATFORM_KEY_BYTES] = { 8 };
static char folder[] = "jemput-test-XXXXXX", path[64], left_path[80];

static void make_id(uint8_t out[16], const uint8_t seed[32], uint64_t counter)
{
    memcpy(out, seed, 16);
    out[0] = (uint8_t)(out[0] ^ counter);
}

static const struct jemput_store_hooks hooks = { .make_id = make_id };

static int setup(void **state)
{
    struct jemput_store *store;
    struct jemput_error err;

    (void)state;
    memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.db", folder);
    snprintf(left_path, sizeof left_path, "%s" JEMPUT_CONVERT_TAIL, path);
    assert_int_equal(jemput_crypto_init(&err), JEMPUT_OK);
    assert_int_equal(jemput_store_open(&store, jemput_env_posix(), path, true, &hooks, &err), JEMPUT_OK);
    assert_int_equal(sqlite3_exec(jemput_store_app(store), "CREATE TABLE catatan(v)", NULL, NULL, NULL), SQLITE_OK);
    jemput_store_close(store);
    return 0;
}

static int teardown(void **state)
{
    char line[160];

    (void)state;
    snprintf(line, sizeof line, "rm -rf '%s'", folder);
    return system(line);
}

static enum jemput_status convert(struct jemput_env *env, bool seal, struct jemput_error *err)
{
    struct jemput_keyslots slots = { .sequence = 1 };
    const struct jemput_conversion c = { .env = env, .path = path, .from = seal ? NULL : key, .to = seal ? key : NULL, .slots = &slots };

    jemput_keyslot_platform(&slots, platform, key, env);
    return jemput_store_convert(&c, err);
}

/* --- who comes in the middle --- */

struct other {
    const uint8_t *key;
    struct jemput_store *store;
    enum jemput_status st;
};

static struct other other;
static pthread_t thread;

static void *other_opens(void *ctx)
{
    struct jemput_error err;

    (void)ctx;
    other.st = other.key ? jemput_store_open_sealed(&other.store, jemput_env_posix(), path, false, &hooks, other.key, NULL, &err)
                         : jemput_store_open(&other.store, jemput_env_posix(), path, false, &hooks, &err);
    return NULL;
}

/* All is made, and the old file is the converter's alone: the other one has it open already, and waits for its lock. */
static enum jemput_status rename_after_the_other_came(struct jemput_env *env, const char *from, const char *to, struct jemput_error *err)
{
    (void)env;
    assert_int_equal(pthread_create(&thread, NULL, other_opens, NULL), 0);
    usleep(150 * 1000);
    return jemput_env_posix()->rename(jemput_env_posix(), from, to, err);
}

static void who_waited_for_the_old_file_is_told_that_it_has_gone(void **state)
{
    struct jemput_env env = *jemput_env_posix();
    struct jemput_error err;

    (void)state;
    env.rename = rename_after_the_other_came;
    for (int seal = 1; seal >= 0; seal--) {
        struct jemput_store *store;

        other = (struct other){ .key = seal ? NULL : key, .st = JEMPUT_MISUSE };
        assert_int_equal(convert(&env, seal, &err), JEMPUT_OK);
        assert_int_equal(pthread_join(thread, NULL), 0);
        if (other.st != JEMPUT_BUSY)
            fail_msg("it was opened: %s", jemput_status_name(other.st));
        assert_int_equal(jemput_store_open_sealed(&store, jemput_env_posix(), path, false, &hooks, seal ? key : NULL, NULL, &err), JEMPUT_OK);
        assert_int_equal(sqlite3_exec(jemput_store_app(store), "INSERT INTO catatan VALUES(1)", NULL, NULL, NULL), SQLITE_OK);
        jemput_store_close(store);
    }
}

static void new_file_is_its_owners_alone(void **state)
{
    struct jemput_error err;
    struct stat info;

    (void)state;
    umask(022);
    for (int seal = 1; seal >= 0; seal--) {
        assert_int_equal(convert(jemput_env_posix(), seal, &err), JEMPUT_OK);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
    }
}

static void what_a_cut_off_conversion_left_goes_when_the_store_is_opened(void **state)
{
    struct jemput_store *store;
    struct jemput_error err;

    (void)state;
    assert_int_equal(convert(jemput_env_posix(), true, &err), JEMPUT_OK);
    assert_int_equal(jemput_env_posix()->create(jemput_env_posix(), left_path, jemput_bytes_str("SQLite format 3, and Siti"), 0600, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_open_sealed(&store, jemput_env_posix(), path, false, &hooks, platform, NULL, &err), JEMPUT_DENIED); /* another key */
    assert_int_equal(access(left_path, F_OK), 0);
    assert_int_equal(jemput_store_open_sealed(&store, jemput_env_posix(), path, false, &hooks, key, NULL, &err), JEMPUT_OK);
    assert_int_not_equal(access(left_path, F_OK), 0);
    jemput_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_waited_for_the_old_file_is_told_that_it_has_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(new_file_is_its_owners_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_cut_off_conversion_left_goes_when_the_store_is_opened, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
