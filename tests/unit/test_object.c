/* Tests of store/object/object.c: git objects and refs as rows of the store; and of readings under one hold (store/file/transaction.c). What a row holds is not
 * believed: repo/ checks each object against its id, so that is tested here with it, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/limits.h"
#include "repo/repo.h"
#include "store/internal.h"
#include "support/crash_vfs.h"
#include "support/fault_alloc.h"
#include "support/sim_env.h"

enum { KIND_COMMIT = 1, KIND_TREE = 2, KIND_BLOB = 3 };

static struct fault_alloc mem;

struct box {
    struct crash_vfs *vfs;
    struct sim_env sim;
    struct jemput_store *store;
    struct jemput_error err;
};

#define OK(call)                                                                                                                           \
    do {                                                                                                                                   \
        enum jemput_status ok_st = (call);                                                                                                 \
        if (ok_st)                                                                                                                         \
            fail_msg("%s: %s: %s", #call, jemput_status_name(ok_st), b->err.text);                                                         \
    } while (0)

static void make_id(uint8_t out[16], const uint8_t seed[32], uint64_t counter)
{
    memcpy(out, seed, 8);
    memcpy(out + 8, &counter, 8);
}

static int box_open(void **state)
{
    static const struct jemput_store_hooks hooks = { .make_id = make_id };
    struct box *b = calloc(1, sizeof *b);

    assert_non_null(b);
    b->vfs = crash_vfs_new("box");
    sim_env_init(&b->sim, b->vfs, 1);
    OK(jemput_store_open(&b->store, &b->sim.env, "a.db", true, &hooks, &b->err));
    *state = b;
    return 0;
}

static int box_close(void **state)
{
    struct box *b = *state;

    jemput_store_close(b->store);
    crash_vfs_free(b->vfs);
    free(b);
    return 0;
}

static void oid_of(uint8_t oid[20], unsigned n)
{
    memset(oid, 0x40, 20);
    oid[19] = (uint8_t)n;
    oid[0] = (uint8_t)(n * 77);
}

static void put(struct box *b, const uint8_t oid[20], int kind, struct jemput_bytes data)
{
    OK(jemput_store_begin(b->store, 0, &b->err));
    OK(jemput_store_object_put(b->store, oid, kind, data, &b->err));
    OK(jemput_store_commit(b->store, &b->err));
}

static int64_t ask(struct box *b, const char *sql)
{
    sqlite3_stmt *stmt;
    int64_t answer;

    assert_int_equal(sqlite3_prepare_v2(jemput_store_app(b->store), sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    answer = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return answer;
}

/* `easy` bytes shrink, others do not. */
static uint8_t *bytes_make(size_t len, bool easy)
{
    uint8_t *bytes = malloc(len + 1);
    uint64_t x = len * 2654435761u + 1;

    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        bytes[i] = easy ? (uint8_t)("segment "[i % 8]) : (uint8_t)(x >> 24);
    }
    return bytes;
}

static void an_object_comes_back_as_it_was_put(void **state)
{
    static const size_t sizes[] = { 0, 1, 63, 64, 65, 1000, 100000, JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX };
    struct box *b = *state;
    unsigned n = 0;

    for (unsigned i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
        size_t len = sizes[i / 2], size = 1;
        uint8_t *bytes = bytes_make(len, i % 2), oid[20];
        struct jemput_buf out = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX + 8);
        int kind = 0;

        oid_of(oid, ++n);
        put(b, oid, i % 3 + 1, jemput_bytes_of(bytes, len));
        jemput_buf_append_str(&out, "before");
        OK(jemput_store_object_get(b->store, oid, &kind, &size, &out, &b->err));
        assert_int_equal(kind, i % 3 + 1);
        assert_int_equal(size, len);
        assert_int_equal(out.len, 6 + len);
        assert_memory_equal(out.data, "before", 6);
        assert_true(jemput_bytes_equal(jemput_bytes_of(out.data + 6, len), jemput_bytes_of(bytes, len)));
        OK(jemput_store_object_get(b->store, oid, NULL, NULL, NULL, &b->err)); /* nothing is wanted but whether it is there */
        jemput_buf_release(&out);
        free(bytes);
    }
    assert_int_equal(ask(b, "SELECT count(*) FROM jemput_object"), n);
    assert_int_equal(ask(b, "SELECT count(*) FROM jemput_object WHERE length(data) > size"), 0); /* what does not shrink is kept as it is */
    assert_true(ask(b, "SELECT count(*) FROM jemput_object WHERE length(data) < size") >= 4);
    assert_int_equal(ask(b, "SELECT count(*) FROM jemput_object WHERE length(data) < size AND size < 64"), 0);
}

static void an_object_that_is_not_there_is_not_found(void **state)
{
    struct box *b = *state;
    struct jemput_buf out = JEMPUT_BUF_INIT(100);
    uint8_t oid[20];
    size_t size = 77;
    int kind = 77;

    oid_of(oid, 1);
    assert_int_equal(jemput_store_object_get(b->store, oid, &kind, &size, &out, &b->err), JEMPUT_NOTFOUND);
    assert_int_equal(kind, 77);
    assert_int_equal(size, 77);
    assert_int_equal(out.len, 0);
}

static void an_object_put_twice_is_there_once_and_the_first(void **state)
{
    struct box *b = *state;
    struct jemput_buf out = JEMPUT_BUF_INIT(100);
    uint8_t oid[20];
    int kind = 0;

    oid_of(oid, 1);
    put(b, oid, KIND_BLOB, jemput_bytes_str("one"));
    put(b, oid, KIND_TREE, jemput_bytes_str("another"));
    OK(jemput_store_object_get(b->store, oid, &kind, NULL, &out, &b->err));
    assert_int_equal(kind, KIND_BLOB);
    assert_int_equal(out.len, 3);
    assert_int_equal(ask(b, "SELECT count(*) FROM jemput_object"), 1);
    jemput_buf_release(&out);
}

static void an_object_that_is_rolled_back_is_not_there(void **state)
{
    struct box *b = *state;
    uint8_t oid[20];

    oid_of(oid, 1);
    OK(jemput_store_begin(b->store, 0, &b->err));
    OK(jemput_store_object_put(b->store, oid, KIND_BLOB, jemput_bytes_str("one"), &b->err));
    OK(jemput_store_object_get(b->store, oid, NULL, NULL, NULL, &b->err));
    jemput_store_rollback(b->store);
    assert_int_equal(jemput_store_object_get(b->store, oid, NULL, NULL, NULL, &b->err), JEMPUT_NOTFOUND);
}

static void an_object_that_is_larger_than_there_is_room_for_is_refused(void **state)
{
    struct box *b = *state;
    uint8_t *bytes = bytes_make(1000, true), oid[20];

    oid_of(oid, 1);
    put(b, oid, KIND_BLOB, jemput_bytes_of(bytes, 1000));
    for (size_t max = 990; max < 1010; max++) {
        struct jemput_buf out = JEMPUT_BUF_INIT(max);

        jemput_buf_append_str(&out, "xyz");
        assert_int_equal(jemput_store_object_get(b->store, oid, NULL, NULL, &out, &b->err), max < 1003 ? JEMPUT_LIMIT : JEMPUT_OK);
        assert_int_equal(out.len, max < 1003 ? 3 : 1003);
        jemput_buf_release(&out);
    }
    free(bytes);
}

/* Rows of the file, changed by a plain connection. */
static sqlite3 *plain_open(void)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open_v2("a.db", &db, SQLITE_OPEN_READWRITE, "box"), SQLITE_OK);
    return db;
}

static void plain(const char *sql)
{
    sqlite3 *db = plain_open();

    if (sqlite3_exec(db, sql, NULL, NULL, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The size tells how the bytes are kept. Where it says that they are kept as they are, only their id tells better: see below. */
static void a_size_that_is_not_that_of_the_bytes_is_damage(void **state)
{
    static const char *const sizes[] = { "size - 1", "size + 1", "0", "-1", "'x'", "9223372036854775807", "length(data) + 1" };
    struct box *b = *state;

    for (unsigned easy = 0; easy < 2; easy++) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            uint8_t *bytes = bytes_make(500, easy), oid[20];
            struct jemput_buf out = JEMPUT_BUF_INIT(1000);
            enum jemput_status st;
            char sql[128];

            oid_of(oid, 1);
            plain("DELETE FROM jemput_object");
            put(b, oid, KIND_BLOB, jemput_bytes_of(bytes, 500));
            snprintf(sql, sizeof sql, "UPDATE jemput_object SET size = %s", sizes[i]);
            plain(sql);
            st = jemput_store_object_get(b->store, oid, NULL, NULL, &out, &b->err);
            if (ask(b, "SELECT size FROM jemput_object") == 500)
                assert_int_equal(st, JEMPUT_OK); /* the damage changed nothing */
            else
                assert_int_equal(st, strlen(sizes[i]) > 18 ? JEMPUT_LIMIT : JEMPUT_CORRUPT);
            assert_int_equal(out.len, st ? 0 : 500);
            jemput_buf_release(&out);
            free(bytes);
        }
    }
}

/* --- with repo/: what the id says is what must be there --- */

static enum jemput_status sign(void *ctx, struct jemput_bytes text, struct jemput_buf *armor, struct jemput_error *err)
{
    (void)ctx;
    (void)text;
    (void)err;
    jemput_buf_append_str(armor, "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----");
    return JEMPUT_OK;
}

static struct jemput_oid commit_make(struct box *b, struct jemput_bytes payload)
{
    struct jemput_commit_new commit = { .message = jemput_bytes_str("segment\n"), .payload = payload, .time_s = 1750000000 };
    struct jemput_repo *repo;
    struct jemput_oid oid;

    OK(jemput_repo_open(&repo, b->store, &b->err));
    OK(jemput_store_begin(b->store, 0, &b->err));
    OK(jemput_repo_commit_write(repo, &commit, sign, NULL, &oid, &b->err));
    OK(jemput_store_commit(b->store, &b->err));
    jemput_repo_close(repo);
    return oid;
}

/* By a repository opened anew: nothing is remembered of what was read before. What is read is `payload`, or nothing is. */
static enum jemput_status commit_read(struct box *b, const struct jemput_oid *oid, struct jemput_bytes payload)
{
    struct jemput_arena arena = { 0 };
    struct jemput_commit commit;
    struct jemput_repo *repo;
    enum jemput_status st;

    OK(jemput_repo_open(&repo, b->store, &b->err));
    st = jemput_source_commit(jemput_repo_source(repo), oid, true, &commit, &arena, &b->err);
    jemput_repo_close(repo);
    if (!st)
        assert_true(jemput_bytes_equal(commit.payload, payload) && jemput_bytes_equal(commit.message, jemput_bytes_str("segment\n")));
    jemput_arena_release(&arena);
    return st;
}

/* Each byte of each column of each of the commit's three rows. */
static void damage_of_any_byte_of_a_stored_object_is_noticed(void **state)
{
    struct box *b = *state;
    unsigned flips = 0, harmless = 0;

    for (unsigned small = 0; small < 2; small++) {
        uint8_t *payload = bytes_make(300, true), rows[3][20];
        struct jemput_oid oid;
        sqlite3 *db;
        sqlite3_stmt *stmt;
        int count = 0;

        plain("DELETE FROM jemput_object");
        oid = commit_make(b, jemput_bytes_of(payload, small ? 20 : 300));
        OK(commit_read(b, &oid, jemput_bytes_of(payload, small ? 20 : 300)));
        db = plain_open();
        assert_int_equal(sqlite3_prepare_v2(db, "SELECT oid FROM jemput_object", -1, &stmt, NULL), SQLITE_OK);
        for (; sqlite3_step(stmt) == SQLITE_ROW; count++)
            memcpy(rows[count], sqlite3_column_blob(stmt, 0), 20);
        sqlite3_finalize(stmt);
        assert_int_equal(count, 3);
        for (int row = 0; row < 3; row++) {
            sqlite3_stmt *get, *set;
            int len;
            uint8_t *data;

            assert_int_equal(sqlite3_prepare_v2(db, "SELECT data FROM jemput_object WHERE oid = ?", -1, &get, NULL), SQLITE_OK);
            assert_int_equal(sqlite3_prepare_v2(db, "UPDATE jemput_object SET data = ? WHERE oid = ?", -1, &set, NULL), SQLITE_OK);
            sqlite3_bind_blob(get, 1, rows[row], 20, SQLITE_STATIC);
            assert_int_equal(sqlite3_step(get), SQLITE_ROW);
            len = sqlite3_column_bytes(get, 0);
            data = malloc((size_t)len + 1);
            assert_non_null(data);
            memcpy(data, sqlite3_column_blob(get, 0), (size_t)len);
            sqlite3_finalize(get);
            for (int i = 0; i <= len; i++, flips++) { /* and one byte more, and one less */
                int kept = i == len ? len - 1 : len;

                if (i < len)
                    data[i] ^= (uint8_t)(1 << i % 8);
                sqlite3_bind_blob(set, 1, data, kept, SQLITE_STATIC);
                sqlite3_bind_blob(set, 2, rows[row], 20, SQLITE_STATIC);
                assert_int_equal(sqlite3_step(set), SQLITE_DONE);
                sqlite3_reset(set);
                if (commit_read(b, &oid, jemput_bytes_of(payload, small ? 20 : 300)) == JEMPUT_OK)
                    harmless++; /* a bit between the end of a deflate stream and its check sum: it means nothing */
                else
                    assert_int_equal(b->err.status, JEMPUT_CORRUPT);
                if (i < len)
                    data[i] ^= (uint8_t)(1 << i % 8);
            }
            sqlite3_bind_blob(set, 1, data, len, SQLITE_STATIC);
            assert_int_equal(sqlite3_step(set), SQLITE_DONE);
            sqlite3_finalize(set);
            free(data);
            OK(commit_read(b, &oid, jemput_bytes_of(payload, small ? 20 : 300)));
        }
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        free(payload);
    }
    assert_true(flips > 400 && harmless <= 4);
}

static void an_object_of_another_kind_or_id_is_refused(void **state)
{
    static const char *const damages[] = {
        "UPDATE jemput_object SET kind = 2 WHERE kind = 3", "UPDATE jemput_object SET kind = 3 WHERE kind = 2",
            "UPDATE jemput_object SET kind = 4 WHERE kind = 1",
        "UPDATE jemput_object SET kind = 0 WHERE kind = 3",
        "UPDATE jemput_object SET size = length(data) WHERE kind = 3", "UPDATE jemput_object SET size = size + 1 WHERE kind = 3",
        /* the blob's row holds what is in the commit's, and the other way round */
        "UPDATE jemput_object SET (kind, size, data) = (SELECT kind, size, data FROM jemput_object WHERE kind = 2) WHERE kind = 1",
        "UPDATE jemput_object SET (size, data) = (SELECT size, data FROM jemput_object WHERE kind = 1) WHERE kind = 3",
    };
    struct box *b = *state;
    uint8_t *payload = bytes_make(300, true);

    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct jemput_oid oid;

        plain("DELETE FROM jemput_object");
        oid = commit_make(b, jemput_bytes_of(payload, 300));
        OK(commit_read(b, &oid, jemput_bytes_of(payload, 300)));
        plain(damages[i]);
        if (commit_read(b, &oid, jemput_bytes_of(payload, 300)) != JEMPUT_CORRUPT)
            fail_msg("not noticed: %s: %s", damages[i], b->err.text);
    }
    for (int kind = 1; kind <= 3; kind++) {
        struct jemput_oid oid;
        char sql[128];

        plain("DELETE FROM jemput_object");
        oid = commit_make(b, jemput_bytes_str("payload"));
        snprintf(sql, sizeof sql, "DELETE FROM jemput_object WHERE kind = %d", kind);
        plain(sql);
        assert_int_equal(commit_read(b, &oid, jemput_bytes_str("payload")), JEMPUT_NOTFOUND);
    }
    free(payload);
}

/* --- refs --- */

static void a_ref_leads_to_what_was_put_last(void **state)
{
    struct box *b = *state;
    uint8_t one[20], two[20], found[20] = { 0 };

    oid_of(one, 1);
    oid_of(two, 2);
    assert_int_equal(jemput_store_ref_get(b->store, "refs/heads/log/a/1", found, &b->err), JEMPUT_NOTFOUND);
    OK(jemput_store_begin(b->store, 0, &b->err));
    OK(jemput_store_ref_put(b->store, "refs/heads/log/a/1", one, &b->err));
    OK(jemput_store_ref_put(b->store, "refs/heads/log/b/1", two, &b->err));
    OK(jemput_store_commit(b->store, &b->err));
    OK(jemput_store_ref_get(b->store, "refs/heads/log/a/1", found, &b->err));
    assert_memory_equal(found, one, 20);
    OK(jemput_store_begin(b->store, 0, &b->err));
    OK(jemput_store_ref_put(b->store, "refs/heads/log/a/1", two, &b->err));
    OK(jemput_store_ref_get(b->store, "refs/heads/log/a/1", found, &b->err));
    assert_memory_equal(found, two, 20);
    jemput_store_rollback(b->store);
    OK(jemput_store_ref_get(b->store, "refs/heads/log/a/1", found, &b->err));
    assert_memory_equal(found, one, 20);
    assert_int_equal(jemput_store_ref_get(b->store, "refs/heads/log/A/1", found, &b->err), JEMPUT_NOTFOUND); /* names are bytes */
    plain("UPDATE jemput_ref SET oid = substr(oid, 1, 19)");
    assert_int_equal(jemput_store_ref_get(b->store, "refs/heads/log/a/1", found, &b->err), JEMPUT_CORRUPT);
    assert_memory_equal(found, one, 20);
}

/* --- memory --- */

struct work {
    const uint8_t *bytes;
    size_t len;
};

static enum jemput_status work_do(struct box *b, const struct work *w, struct jemput_buf *out)
{
    uint8_t oid[20], ref[20];
    enum jemput_status st = jemput_store_begin(b->store, 0, &b->err);

    if (st)
        return st;
    oid_of(oid, 9);
    st = jemput_store_object_put(b->store, oid, KIND_BLOB, jemput_bytes_of(w->bytes, w->len), &b->err);
    if (!st)
        st = jemput_store_ref_put(b->store, "refs/heads/log/a/1", oid, &b->err);
    if (!st)
        st = jemput_store_commit(b->store, &b->err);
    if (st) {
        jemput_store_rollback(b->store);
        return st;
    }
    st = jemput_store_object_get(b->store, oid, NULL, NULL, out, &b->err);
    return st ? st : jemput_store_ref_get(b->store, "refs/heads/log/a/1", ref, &b->err);
}

/* Put and read in a store just opened, so that statements are prepared too. */
static void each_allocation_of_put_and_get_may_fail(void **state)
{
    static const struct jemput_store_hooks hooks = { .make_id = make_id };
    struct box *b = *state;
    uint8_t *bytes = bytes_make(2000, true);
    struct crash_snapshot *empty;
    uint64_t n = 0, met = 1;

    jemput_store_close(b->store);
    empty = crash_vfs_snapshot(b->vfs);
    for (; met; n++) {
        struct work w = { bytes, n % 2 ? 2000 : 30 };
        struct jemput_buf out = JEMPUT_BUF_INIT(4000);
        enum jemput_status st;
        size_t live;

        crash_vfs_restore(b->vfs, empty);
        live = mem.live_blocks;
        OK(jemput_store_open(&b->store, &b->sim.env, "a.db", false, &hooks, &b->err));
        fault_alloc_arm(&mem, n, false);
        st = work_do(b, &w, &out);
        fault_alloc_disarm(&mem);
        met = mem.failures;
        if (st)
            assert_int_equal(st, JEMPUT_NOMEM);
        assert_true(out.len == w.len || (st && !out.len));
        jemput_buf_clear(&out);
        OK(work_do(b, &w, &out)); /* the store goes on */
        assert_true(jemput_bytes_equal(jemput_buf_bytes(&out), jemput_bytes_of(bytes, w.len)));
        jemput_buf_release(&out);
        jemput_store_close(b->store);
        b->store = NULL;
        assert_int_equal(mem.live_blocks, live);
    }
    assert_true(n > 20);
    crash_snapshot_free(empty);
    free(bytes);
}

static int64_t seen(struct box *b)
{
    int64_t count = -1;

    OK(jemput_store_look(b->store, "SELECT count(*) FROM extra", "count", &count, &b->err));
    return count;
}

static void app(struct box *b, const char *sql)
{
    assert_int_equal(sqlite3_exec(jemput_store_app(b->store), sql, NULL, NULL, NULL), SQLITE_OK);
}

/* That they see one moment shows that they share a hold: it is not promised. */
static void readings_share_one_hold_on_the_file_until_their_end_or_a_begin(void **state)
{
    struct box *b = *state;

    app(b, "CREATE TABLE extra(a)");
    jemput_store_readings_begin(b->store);
    jemput_store_readings_begin(b->store);
    assert_int_equal(seen(b), 0);
    app(b, "INSERT INTO extra VALUES(1)");
    assert_int_equal(seen(b), 0);
    jemput_store_readings_end(b->store);
    assert_int_equal(seen(b), 1);
    jemput_store_readings_end(b->store);

    jemput_store_readings_begin(b->store);
    assert_int_equal(seen(b), 1);
    app(b, "INSERT INTO extra VALUES(2)");
    OK(jemput_store_begin(b->store, 0, &b->err));
    assert_int_equal(seen(b), 2);
    OK(jemput_store_number_put(b->store, "n", 7, &b->err));
    jemput_store_readings_begin(b->store);
    jemput_store_readings_end(b->store);
    assert_true(jemput_store_writing(b->store));
    OK(jemput_store_commit(b->store, &b->err));
    app(b, "INSERT INTO extra VALUES(3)");
    assert_int_equal(seen(b), 3);
}

static int memory_watch(void **state)
{
    (void)state;
    fault_alloc_install(&mem);
    jemput_sqlite_start();
    return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, box_open, box_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_object_comes_back_as_it_was_put),
        T(an_object_that_is_not_there_is_not_found),
        T(an_object_put_twice_is_there_once_and_the_first),
        T(an_object_that_is_rolled_back_is_not_there),
        T(an_object_that_is_larger_than_there_is_room_for_is_refused),
        T(a_size_that_is_not_that_of_the_bytes_is_damage),
        T(damage_of_any_byte_of_a_stored_object_is_noticed),
        T(an_object_of_another_kind_or_id_is_refused),
        T(a_ref_leads_to_what_was_put_last),
        T(each_allocation_of_put_and_get_may_fail),
        T(readings_share_one_hold_on_the_file_until_their_end_or_a_begin),
    };

    return cmocka_run_group_tests_name("object", tests, memory_watch, NULL);
}
