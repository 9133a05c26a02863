/* unit/test_convert.c — a store turned from plain to sealed, back, and under a new key: whole, and the one or the other whatever the disk does. */
#include "vault_world.h"

#include "store/vault/convert.h"
#include "store/file/layout.h"
#include "support/fault_alloc.h"
#include "support/sim_env.h"
#include "support/spy_vfs.h"

#define PATH "a b#c.db" /* with what means something in a URI */
#define NEW_PATH PATH JEMPUT_CONVERT_TAIL

static const uint8_t platform[JEMPUT_PLATFORM_KEY_BYTES] = { 5 };

struct bench {
    struct crash_vfs *vfs;
    struct sim_env sim;
    struct jemput_keyslots slots;
    struct jemput_error err;
};

static void bench_init(struct bench *b)
{
    assert_int_equal(jemput_crypto_init(&b->err), JEMPUT_OK);
    b->vfs = crash_vfs_new("convert");
    sim_env_init(&b->sim, b->vfs, 4);
    b->slots = (struct jemput_keyslots){ .sequence = 1 };
    jemput_keyslot_platform(&b->slots, platform, right_key, &b->sim.env);
}

static void bench_release(struct bench *b)
{
    crash_vfs_free(b->vfs);
}

static sqlite3 *open_as(struct bench *b, const char *path, struct jemput_vault **v, const uint8_t *key)
{
    sqlite3 *db;

    *v = NULL;
    if (key)
        assert_int_equal(jemput_vault_open(v, &b->sim.env, key, NULL, &b->err), JEMPUT_OK);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, key ? jemput_vault_name(*v) : "convert") == SQLITE_OK)
        return db;
    sqlite3_close(db);
    return NULL;
}

/* A plain store: what makes one is the mark and the format; and rows, one of them still in the log. */
static void store_make(struct bench *b)
{
    struct jemput_vault *v;
    sqlite3 *db = open_as(b, PATH, &v, NULL);

    assert_int_equal(jemput_layout_mark(db, &b->err), JEMPUT_OK);
    assert_int_equal(db_exec(db, "PRAGMA journal_mode=WAL; CREATE TABLE orang(nik TEXT PRIMARY KEY, nama TEXT, foto BLOB);"
                                 "CREATE TRIGGER t AFTER INSERT ON orang BEGIN SELECT 1; END; CREATE VIEW v AS SELECT nama FROM orang;"
                                 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO orang SELECT '317499010180' || i, "
                                 "'Siti Kenari ' || i, randomblob(700) FROM n"), SQLITE_OK);
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_close(db);
}

/* All rows, by a store opened so; -1 = it cannot be. */
static int64_t rows_as(struct bench *b, const uint8_t *key)
{
    struct jemput_vault *v;
    sqlite3 *db = open_as(b, PATH, &v, key);
    int64_t rows = -1;

    if (db && jemput_layout_check(db, &b->err) == JEMPUT_OK && db_is_sound(db) && db_int(db, "SELECT count(*) FROM sqlite_schema") == 4)
        rows = db_int(db, "SELECT count(*) FROM orang WHERE length(foto) = 700 AND nama LIKE 'Siti%'");
    sqlite3_close(db);
    jemput_vault_close(v);
    return rows;
}

static enum jemput_status convert(struct bench *b, const uint8_t *from, const uint8_t *to)
{
    const struct jemput_conversion c = { .env = &b->sim.env, .path = PATH, .from = from, .to = to, .slots = &b->slots };

    return jemput_store_convert(&c, &b->err);
}

static bool there(struct bench *b, const char *path)
{
    size_t len;

    return crash_vfs_file(b->vfs, path, &len) != NULL;
}

/* Is the text in any file of the disk? */
static bool shows(struct bench *b, const char *text)
{
    for (struct crash_node *n = crash_vfs_disk(b->vfs)->nodes; n; n = n->next)
        if (n->linked && spy_has(n->now.data, n->now.len, text))
            return true;
    return false;
}

static void store_goes_there_and_back_with_all_that_it_has(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b);
    store_make(&b);
    assert_true(shows(&b, "Siti Kenari 3") && shows(&b, "31749901018017"));
    assert_int_equal(convert(&b, NULL, right_key), JEMPUT_OK);
    assert_false(shows(&b, "Siti Kenari") || shows(&b, "3174990101"));
    assert_int_equal(rows_as(&b, right_key), 40);
    assert_int_equal(rows_as(&b, NULL), -1);
    assert_int_equal(convert(&b, right_key, wrong_key), JEMPUT_OK); /* a new data key */
    assert_int_equal(rows_as(&b, wrong_key), 40);
    assert_int_equal(rows_as(&b, right_key), -1);
    assert_int_equal(convert(&b, wrong_key, NULL), JEMPUT_OK);
    assert_int_equal(rows_as(&b, NULL), 40);
    assert_true(shows(&b, "Siti Kenari 3"));
    assert_false(there(&b, NEW_PATH) || there(&b, PATH "-wal"));
    bench_release(&b);
}

static void sealed_store_opens_by_the_ways_that_it_was_given(void **state)
{
    const struct jemput_way_in way = { .platform = platform };
    uint8_t key[JEMPUT_DATA_KEY_BYTES];
    struct bench b;

    (void)state;
    bench_init(&b);
    store_make(&b);
    assert_int_equal(convert(&b, NULL, right_key), JEMPUT_OK);
    assert_int_equal(jemput_lid_unlock(key, &b.sim.env, PATH, &way, &b.err), JEMPUT_OK);
    assert_memory_equal(key, right_key, sizeof key);
    bench_release(&b);
}

static void what_cannot_be_converted_is_said_and_left_as_it_is(void **state)
{
    struct jemput_vault *v;
    struct bench b;
    sqlite3 *db;

    (void)state;
    bench_init(&b);
    store_make(&b);
    assert_int_equal(convert(&b, right_key, NULL), JEMPUT_DENIED);
    db = open_as(&b, PATH, &v, NULL);
    assert_int_equal(db_int(db, "SELECT count(*) FROM orang"), 40);
    assert_int_equal(convert(&b, NULL, right_key), JEMPUT_BUSY); /* somebody has it open */
    assert_int_equal(db_exec(db, "DELETE FROM orang WHERE nik LIKE '%1'"), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(rows_as(&b, NULL), 36);
    assert_int_equal(convert(&b, NULL, right_key), JEMPUT_OK);
    assert_int_equal(convert(&b, NULL, right_key), JEMPUT_LOCKED);
    assert_int_equal(convert(&b, wrong_key, NULL), JEMPUT_DENIED);
    assert_int_equal(rows_as(&b, right_key), 36);
    crash_vfs_put(b.vfs, PATH, "neither of the two, and long enough to be told", 40);
    assert_int_equal(convert(&b, NULL, right_key), JEMPUT_CORRUPT);
    assert_false(there(&b, NEW_PATH));
    assert_memory_equal(b.err.text, "convert the store: ", 19);
    bench_release(&b);
}

static void database_that_is_no_store_stays_what_it_is(void **state)
{
    struct jemput_vault *v;
    struct bench b;
    sqlite3 *db;

    (void)state;
    bench_init(&b);
    db = open_as(&b, PATH, &v, NULL);
    assert_int_equal(db_exec(db, "PRAGMA application_id=7; CREATE TABLE orang(nik)"), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(convert(&b, NULL, right_key), JEMPUT_CORRUPT);
    assert_int_equal(kind_of_path(&b.sim.env, PATH), JEMPUT_VAULT_PLAIN);
    assert_false(there(&b, NEW_PATH));
    bench_release(&b);
}

/* A row that its table does not allow: VACUUM copies it, and only a check of the copy finds it. */
static void row_that_cannot_be_is_not_put_into_a_new_file(void **state)
{
    struct jemput_vault *v;
    struct bench b;
    sqlite3 *db;

    (void)state;
    bench_init(&b);
    store_make(&b);
    db = open_as(&b, PATH, &v, NULL);
    assert_int_equal(db_exec(db, "CREATE TABLE q(x); INSERT INTO q VALUES(NULL); PRAGMA writable_schema=ON;"
                                 "UPDATE sqlite_schema SET sql = 'CREATE TABLE q(x NOT NULL)' WHERE name = 'q'"), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(convert(&b, NULL, right_key), JEMPUT_CORRUPT);
    assert_int_equal(kind_of_path(&b.sim.env, PATH), JEMPUT_VAULT_PLAIN);
    assert_false(there(&b, NEW_PATH));
    bench_release(&b);
}

/* A page of the old file that is damaged must not go into the new one. */
static void damaged_store_is_not_put_into_a_new_file(void **state)
{
    static uint8_t file[1 << 20];
    const uint8_t *now;
    struct bench b;
    size_t len;

    (void)state;
    bench_init(&b);
    store_make(&b);
    assert_int_equal(convert(&b, NULL, right_key), JEMPUT_OK);
    now = crash_vfs_file(b.vfs, PATH, &len);
    assert_true(len < sizeof file);
    memcpy(file, now, len);
    for (size_t at = JEMPUT_LID_BYTES + 100; at < len; at += 4096) {
        file[at] ^= 8;
        crash_vfs_put(b.vfs, PATH, file, len);
        file[at] ^= 8;
        assert_int_equal(convert(&b, right_key, NULL), JEMPUT_CORRUPT);
        assert_int_equal(kind_of_path(&b.sim.env, PATH), JEMPUT_VAULT_SEALED);
        assert_false(there(&b, NEW_PATH));
    }
    bench_release(&b);
}

/* Whether it was done or not, the store has its rows: as it was, or as it shall be. */
static void assert_one_or_the_other(struct bench *b, const uint8_t *from, const uint8_t *to, enum jemput_status st)
{
    bool is_new = kind_of_path(&b->sim.env, PATH) == (to ? JEMPUT_VAULT_SEALED : JEMPUT_VAULT_PLAIN);

    assert_true(is_new || st);
    if (is_new && to) /* nor in a log that the old one has left */
        assert_false(shows(b, "Siti Kenari"));
    assert_int_equal(rows_as(b, is_new ? to : from), 40);
    assert_true(kind_of_path(&b->sim.env, PATH) == JEMPUT_VAULT_PLAIN || rows_as(b, NULL) == -1);
}

static void power_may_go_at_every_write(void **state)
{
    (void)state;
    for (int back = 0; back < 2; back++) {
        const uint8_t *from = back ? right_key : NULL, *to = back ? NULL : right_key;
        struct crash_snapshot *ready;
        enum jemput_status st = JEMPUT_IO;
        struct bench b;

        bench_init(&b);
        store_make(&b);
        if (back)
            assert_int_equal(convert(&b, to, from), JEMPUT_OK);
        ready = crash_vfs_snapshot(b.vfs);
        for (uint64_t n = 0; st; n++)
            for (uint64_t seed = 0; seed < 4; seed++) {
                crash_vfs_restore(b.vfs, ready);
                crash_vfs_cut_at(b.vfs, n);
                st = convert(&b, from, to);
                crash_vfs_power_cut(b.vfs, n * 4 + seed);
                assert_one_or_the_other(&b, from, to, st);
                if (kind_of_path(&b.sim.env, PATH) == (from ? JEMPUT_VAULT_SEALED : JEMPUT_VAULT_PLAIN)) {
                    assert_int_equal(convert(&b, from, to), JEMPUT_OK); /* and again, over what was left */
                    assert_int_equal(rows_as(&b, to), 40);
                    assert_false(there(&b, NEW_PATH));
                }
            }
        crash_snapshot_free(ready);
        bench_release(&b);
    }
}

static void any_operation_or_allocation_may_fail(void **state)
{
    struct crash_snapshot *ready;
    struct fault_alloc mem;
    enum jemput_status st;
    struct bench b;

    (void)state;
    bench_init(&b);
    store_make(&b);
    ready = crash_vfs_snapshot(b.vfs);
    for (uint64_t n = 0;; n++) {
        bool over;

        crash_vfs_restore(b.vfs, ready);
        crash_vfs_counters_reset(b.vfs);
        crash_vfs_fail_at(b.vfs, n / 2, n % 2 ? CRASH_FAULT_IO : CRASH_FAULT_FULL, false);
        st = convert(&b, NULL, right_key);
        over = !crash_vfs_counters(b.vfs)->faults && n % 2;
        crash_vfs_fail_at(b.vfs, 0, CRASH_FAULT_NONE, false);
        assert_one_or_the_other(&b, NULL, right_key, st);
        assert_true(!st || st == JEMPUT_IO || st == JEMPUT_FULL || st == JEMPUT_CORRUPT);
        if (over)
            break;
    }
    fault_alloc_install(&mem);
    for (uint64_t n = 0; st || n == 0; n++) {
        crash_vfs_restore(b.vfs, ready);
        fault_alloc_arm(&mem, n, false);
        st = convert(&b, NULL, right_key);
        fault_alloc_disarm(&mem);
        assert_int_equal(mem.live_blocks, 0);
        assert_true(!st || st == JEMPUT_NOMEM);
    }
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
    crash_snapshot_free(ready);
    bench_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(store_goes_there_and_back_with_all_that_it_has),
        cmocka_unit_test(sealed_store_opens_by_the_ways_that_it_was_given),
        cmocka_unit_test(what_cannot_be_converted_is_said_and_left_as_it_is),
        cmocka_unit_test(database_that_is_no_store_stays_what_it_is),
        cmocka_unit_test(damaged_store_is_not_put_into_a_new_file),
        cmocka_unit_test(row_that_cannot_be_is_not_put_into_a_new_file),
        cmocka_unit_test(power_may_go_at_every_write),
        cmocka_unit_test(any_operation_or_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
