/* Tests of opening a store: whatever lies at the path, an exact status, a text that says what is safe, nothing written to a file that
 * is not ours, and no crash. */
#include "store/capture/capture.h"
#include "store/internal.h"
#include "store_world.h"
#include "support/fault_alloc.h"

static struct fault_alloc mem; /* of the whole program */

static const char SCHEMA[] = "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, nama TEXT); CREATE TABLE n(id INTEGER PRIMARY "
                             "KEY, a);"
                             "SELECT jemput_replicate('orang'); SELECT jemput_replicate('n', 'key=app')";

struct file {
    uint8_t *data;
    size_t len;
};

static struct file file_copy(struct store_world *w, const char *name)
{
    struct file f = { NULL, 0 };
    const uint8_t *data = crash_vfs_file(w->vfs, name, &f.len);

    assert_non_null(data);
    f.data = malloc(f.len + 1);
    assert_non_null(f.data);
    memcpy(f.data, data, f.len);
    return f;
}

static void assert_file(struct store_world *w, const char *name, const void *data, size_t len)
{
    size_t now = 0;
    const uint8_t *there = crash_vfs_file(w->vfs, name, &now);

    assert_non_null(there);
    assert_int_equal(now, len);
    if (len)
        assert_memory_equal(there, data, len);
}

static bool file_is_there(struct store_world *w, const char *name)
{
    size_t len;

    return crash_vfs_file(w->vfs, name, &len) != NULL;
}

static enum jemput_status try_open(struct store_world *w, bool create, struct jemput_error *err)
{
    enum jemput_status st;

    *err = (struct jemput_error){ JEMPUT_OK, "" };
    st = jemput_store_open(&w->store, &w->sim.env, "store.db", create, &w->hooks, err);
    if (st)
        assert_null(w->store);
    return st;
}

static void assert_open_fails(struct store_world *w, enum jemput_status status, const char *text)
{
    struct jemput_error err;
    enum jemput_status st = try_open(w, false, &err);

    if (st != status || strcmp(err.text, text) != 0)
        fail_msg("open gives %s '%s'\n  instead of %s '%s'", jemput_status_name(st), err.text, jemput_status_name(status), text);
}

/* A store with rows, pending and sealed, closed; its one file. */
static struct file store_make(struct store_world *w)
{
    world_new(w, SCHEMA);
    sql_ok(w->app, "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 200) INSERT INTO orang SELECT 'k' || n, n, 'nama ' "
           "|| n FROM i;"
                   "INSERT INTO n VALUES(1, 2)");
    world_close(w);
    assert_false(file_is_there(w, "store.db-wal"));
    return file_copy(w, "store.db");
}

/* A database of somebody else. */
static void foreign_make(struct store_world *w, const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open_v2("store.db", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, crash_vfs_name(w->vfs)), SQLITE_OK);
    sql_ok(db, sql);
    sqlite3_close(db);
}

/* --- nothing, and what is nobody's --- */

static void a_missing_store_is_not_replaced_by_an_empty_one(void **state)
{
    struct store_world w;

    (void)state;
    world_init(&w);
    assert_open_fails(&w, JEMPUT_NOTFOUND, "open store: there is no such file, and none was made in its place");
    assert_false(file_is_there(&w, "store.db"));
    world_release(&w);
}

static void an_empty_file_is_no_store_and_stays_empty(void **state)
{
    struct store_world w;

    (void)state;
    world_init(&w);
    crash_vfs_put(w.vfs, "store.db", "", 0);
    assert_open_fails(&w, JEMPUT_CORRUPT, "open store: it is not a jemput store; nothing was changed in the file");
    assert_file(&w, "store.db", "", 0);
    world_release(&w);
}

static void a_store_is_never_made_over_a_file(void **state)
{
    struct store_world w;
    struct jemput_error err;

    (void)state;
    world_init(&w);
    crash_vfs_put(w.vfs, "store.db", "surat", 5);
    assert_int_equal(try_open(&w, true, &err), JEMPUT_EXISTS);
    assert_string_equal(err.text, "open store: there is a file already; it was not touched");
    assert_file(&w, "store.db", "surat", 5);
    world_release(&w);
}

static void a_file_that_is_no_database_is_not_touched(void **state)
{
    struct store_world w;
    uint64_t rng = 1;

    (void)state;
    world_init(&w);
    for (size_t len = 1; len < 20000; len += 1 + len / 7) {
        uint8_t *noise = malloc(len);

        for (size_t i = 0; i < len; i++)
            noise[i] = (uint8_t)crash_rng_next(&rng);
        crash_vfs_put(w.vfs, "store.db", noise, len);
        assert_open_fails(&w, JEMPUT_CORRUPT, "open store: it is not a jemput store, or damaged at its beginning; nothing was changed in the file");
        assert_file(&w, "store.db", noise, len);
        free(noise);
    }
    assert_false(file_is_there(&w, "store.db-wal") || file_is_there(&w, "store.db-journal"));
    world_release(&w);
}

static void the_database_of_another_application_is_not_touched(void **state)
{
    static const char *const foreign[] = {
        "CREATE TABLE jemput_fact(a)",
        "PRAGMA journal_mode = WAL; CREATE TABLE t(a); INSERT INTO t VALUES(1)",
        "PRAGMA application_id = 252006674; CREATE TABLE t(a)",
        "PRAGMA journal_mode = WAL; PRAGMA application_id = 1; PRAGMA user_version = 1; CREATE TABLE t(a)",
        "PRAGMA page_size = 65536; CREATE TABLE t(a)",
        "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t(a)",
    };

    (void)state;
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        struct store_world w;
        struct file before;

        world_init(&w);
        foreign_make(&w, foreign[i]);
        before = file_copy(&w, "store.db");
        crash_vfs_counters_reset(w.vfs);
        assert_open_fails(&w, JEMPUT_CORRUPT, "open store: it is not a jemput store; nothing was changed in the file");
        assert_int_equal(crash_vfs_counters(w.vfs)->change_ops, 0);
        assert_file(&w, "store.db", before.data, before.len);
        assert_false(file_is_there(&w, "store.db-wal") || file_is_there(&w, "store.db-journal"));
        free(before.data);
        world_release(&w);
    }
}

/* What another program has not finished is for it to finish. */
static void the_journal_or_log_of_another_application_is_left_alone(void **state)
{
    static const char *const modes[] = { "PRAGMA journal_mode = DELETE", "PRAGMA journal_mode = WAL" };
    static const char *const beside[] = { "store.db-journal", "store.db-wal" };

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct store_world w;
        struct file main, side;
        sqlite3 *db;

        world_init(&w);
        foreign_make(&w, "CREATE TABLE t(a); INSERT INTO t VALUES(zeroblob(100000))");
        assert_int_equal(sqlite3_open_v2("store.db", &db, SQLITE_OPEN_READWRITE, crash_vfs_name(w.vfs)), SQLITE_OK);
        sql_ok(db, modes[i]);
        sql_ok(db, "PRAGMA cache_size = 2; BEGIN; UPDATE t SET a = randomblob(100000); INSERT INTO t VALUES(randomblob(100000))");
        if (i)
            sql_ok(db, "COMMIT");
        main = file_copy(&w, "store.db");
        side = file_copy(&w, beside[i]);
        assert_true(side.len > 1000);
        crash_vfs_power_cut(w.vfs, 1); /* the program is dead; its files are as they were in the middle */
        sqlite3_close(db);
        crash_vfs_put(w.vfs, "store.db", main.data, main.len);
        crash_vfs_put(w.vfs, beside[i], side.data, side.len);
        crash_vfs_counters_reset(w.vfs);
        assert_open_fails(&w, JEMPUT_CORRUPT, "open store: it is not a jemput store; nothing was changed in the file");
        assert_int_equal(crash_vfs_counters(w.vfs)->change_ops, 0);
        assert_file(&w, "store.db", main.data, main.len);
        assert_file(&w, beside[i], side.data, side.len);
        free(main.data);
        free(side.data);
        world_release(&w);
    }
}

static void the_log_of_a_store_made_by_a_newer_program_is_left_alone(void **state)
{
    struct store_world w;
    struct file whole = store_make(&w), log;
    sqlite3 *newer;

    (void)state;
    assert_int_equal(sqlite3_open_v2("store.db", &newer, SQLITE_OPEN_READWRITE, crash_vfs_name(w.vfs)), SQLITE_OK);
    sql_ok(newer, "PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 4");
    log = file_copy(&w, "store.db-wal");
    crash_vfs_power_cut(w.vfs, 1);
    sqlite3_close(newer);
    crash_vfs_put(w.vfs, "store.db", whole.data, whole.len);
    crash_vfs_put(w.vfs, "store.db-wal", log.data, log.len);
    assert_open_fails(&w, JEMPUT_UPGRADE,
                      "open store: its format version 4 is newer than this program (3): open it with a newer jemput; nothing was changed in the "
                      "file");
    assert_file(&w, "store.db", whole.data, whole.len);
    assert_file(&w, "store.db-wal", log.data, log.len);
    free(whole.data);
    free(log.data);
    world_release(&w);
}

/* --- damage --- */

static void count_problem(void *ctx, const char *what)
{
    (void)what;
    ++*(unsigned *)ctx;
}

/* Open it, look through all of it, write into it, close it. What it says does not matter, that it comes back does. */
static enum jemput_status live_with(struct store_world *w, struct jemput_error *err)
{
    uint64_t problems = 0;
    unsigned told = 0;
    enum jemput_status st = try_open(w, false, err), checked;

    if (st)
        return st;
    checked = jemput_store_check(w->store, count_problem, &told, &problems, err);
    assert_true(checked == JEMPUT_OK || checked == JEMPUT_CORRUPT || checked == JEMPUT_NOMEM || checked == JEMPUT_LIMIT);
    assert_int_equal(problems, checked ? 0 : told);
    sqlite3_exec(jemput_store_app(w->store), "SELECT count(*), max(nama) FROM orang; UPDATE orang SET nama = 'x' WHERE nik < 20; INSERT INTO n "
                 "VALUES(5, 5)", NULL,
                 NULL, NULL);
    world_close(w);
    return checked || problems ? JEMPUT_CORRUPT : JEMPUT_OK;
}

static void a_store_cut_off_at_any_length_is_damaged_and_stays_as_it_is(void **state)
{
    struct store_world w;
    struct file whole = store_make(&w);

    (void)state;
    for (size_t len = 1; len < whole.len; len += len < 600 ? 1 : len % 4096 > 4090 || len % 4096 < 6 ? 1 : 127) {
        struct jemput_error err;
        enum jemput_status st;

        crash_vfs_put(w.vfs, "store.db", whole.data, len);
        st = try_open(&w, false, &err);
        if (!st && len > whole.len - 4096) { /* the last page: a cut power may leave it so beside its log, hence it is looked into later */
            world_close(&w);
            assert_int_equal(live_with(&w, &err), JEMPUT_CORRUPT);
            continue;
        }
        if (st != JEMPUT_CORRUPT || !strstr(err.text, "; nothing was changed in the file"))
            fail_msg("cut at %zu: %s %s", len, jemput_status_name(st), err.text);
        assert_file(&w, "store.db", whole.data, len);
    }
    crash_vfs_put(w.vfs, "store.db", whole.data, whole.len);
    world_open(&w, false);
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM orang"), 200);
    free(whole.data);
    world_release(&w);
}

/* Header fields of SQLite that say what the file is: exactly. */
static void each_byte_of_the_header_that_is_wrong_is_noticed(void **state)
{
    struct store_world w;
    struct file whole = store_make(&w);
    unsigned noticed = 0;

    (void)state;
    for (size_t place = 0; place < 800; place += fault_step()) {
        size_t at = place / 8;
        unsigned bit = place % 8;
        struct jemput_error err;
        enum jemput_status st;

        whole.data[at] ^= (uint8_t)(1u << bit);
        crash_vfs_put(w.vfs, "store.db", whole.data, whole.len);
        st = live_with(&w, &err);
        if (at < 16 || (at >= 68 && at < 72))
            assert_int_equal(st, JEMPUT_CORRUPT); /* magic, application */
        else if (at == 63 && bit < 2)
            assert_int_equal(st, JEMPUT_OK); /* 2 and 1: earlier ones, which become this one */
        else if (at >= 60 && at < 64)
            assert_int_equal(st, at == 60 && bit == 7 ? JEMPUT_CORRUPT : JEMPUT_UPGRADE); /* negative; newer */
        else if (st != JEMPUT_OK && st != JEMPUT_CORRUPT && st != JEMPUT_DENIED)
            fail_msg("header byte %zu bit %u: %s %s", at, bit, jemput_status_name(st), err.text);
        noticed += st != JEMPUT_OK;
        whole.data[at] ^= (uint8_t)(1u << bit);
    }
    assert_true(noticed > 250 / fault_step());
    free(whole.data);
    world_release(&w);
}

static void wrong_bytes_anywhere_crash_nothing(void **state)
{
    struct store_world w;
    struct file whole = store_make(&w);
    uint8_t *damaged = malloc(whole.len);
    unsigned noticed = 0;
    uint64_t rng = 7;

    (void)state;
    for (unsigned n = 0; n < 500 / fault_step(); n++) {
        struct jemput_error err;
        enum jemput_status st;
        size_t page = (size_t)(crash_rng_next(&rng) % (whole.len / 4096)) * 4096;
        unsigned count = 1 + (unsigned)(crash_rng_next(&rng) % 16), span = n % 2 ? 4096 : 228; /* the head of a page is its tender part */
        size_t from = page ? page : 100; /* the file's header had its turn */

        memcpy(damaged, whole.data, whole.len);
        for (unsigned i = 0; i < count; i++)
            damaged[from + crash_rng_next(&rng) % (page + span - from)] = (uint8_t)crash_rng_next(&rng);
        if (n % 16 == 0)
            memset(damaged + page, n % 32 ? 0 : 0xff, 4096); /* a page that was never written, or erased flash */
        crash_vfs_put(w.vfs, "store.db", damaged, whole.len);
        st = live_with(&w, &err);
        if (st != JEMPUT_OK && st != JEMPUT_CORRUPT && st != JEMPUT_UPGRADE && st != JEMPUT_DENIED && st != JEMPUT_LIMIT)
            fail_msg("damage %u: %s %s", n, jemput_status_name(st), err.text);
        noticed += st != JEMPUT_OK;
    }
    print_message("%u of %u damages were noticed\n", noticed, (unsigned)(500 / fault_step()));
    assert_true(noticed > 100 / fault_step());
    free(damaged);
    free(whole.data);
    world_release(&w);
}

static void pending_forget(struct store_world *w)
{
    struct jemput_error err;

    assert_int_equal(jemput_store_begin(w->store, 0, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_pending_sealed(w->store, INT64_MAX, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(w->store, &err), JEMPUT_OK);
}

/* Changes that plain SQLite can make behind our back. */
static void what_was_changed_behind_our_back_is_noticed_or_mended(void **state)
{
    static const struct {
        const char *sql;
        enum jemput_status status;
        const char *text;
    } cases[] = {
        { "DROP TABLE jemput_table", JEMPUT_CORRUPT, "open store: prepare: no such table: jemput_table; nothing was changed in the file" },
        { "DROP TABLE orang", JEMPUT_CORRUPT,
          "open store: table 'orang': there is no such table (a TEMP table cannot be replicated); nothing was changed in the file" },
        { "UPDATE jemput_table SET options = 'x=y' WHERE id = 1", JEMPUT_CORRUPT,
          "open store: table 'orang': option 'x' does not exist; there are group, identity, before, key, rank, sum, once, parent, triggers and attachments; nothing was changed "
          "in the file" },
        { "DELETE FROM jemput_table WHERE id = 1", JEMPUT_CORRUPT, "open store: no replicated table has number 1; nothing was changed in the file" },
        { "PRAGMA user_version = 0", JEMPUT_CORRUPT, "open store: format version 0 does not exist; nothing was changed in the file" },
        { "PRAGMA user_version = 4", JEMPUT_UPGRADE,
          "open store: its format version 4 is newer than this program (3): open it with a newer jemput; nothing was changed in the file" },
        { "PRAGMA application_id = 1", JEMPUT_CORRUPT, "open store: it is not a jemput store; nothing was changed in the file" },
        { "DROP TRIGGER jemput_insert_orang", JEMPUT_OK, "" },
        { "DROP TRIGGER jemput_inserted_orang; DROP TRIGGER jemput_update_n", JEMPUT_OK, "" },
        { "DROP TRIGGER jemput_delete_n; CREATE TRIGGER jemput_delete_n BEFORE DELETE ON n BEGIN SELECT 1; END", JEMPUT_OK, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct store_world w;
        struct file whole = store_make(&w), changed;

        foreign_make(&w, cases[i].sql);
        changed = file_copy(&w, "store.db");
        if (cases[i].status) {
            assert_open_fails(&w, cases[i].status, cases[i].text);
            assert_file(&w, "store.db", changed.data, changed.len);
        } else { /* triggers: nothing more goes past them */
            world_open(&w, false);
            pending_forget(&w);
            sql_ok(w.app, "INSERT INTO orang VALUES('baru', 'x', 'y'); UPDATE n SET a = 3; DELETE FROM n");
            assert_pending(&w, "I orang 'baru' nik='x' nama='y' | U n 1 a=3 | D n 1");
        }
        free(whole.data);
        free(changed.data);
        world_release(&w);
    }
}

/* --- the world --- */

/* The test's VFS with a flaw. */
static struct shim {
    sqlite3_vfs base;
    sqlite3_vfs *below;
    sqlite3_io_methods no_shm;
    bool read_only, without_shm;
} shim;

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *flags_out)
{
    int rc = shim.below->xOpen(shim.below, name, file, flags, flags_out);

    (void)vfs;
    if (rc || !(flags & SQLITE_OPEN_MAIN_DB))
        return rc;
    if (shim.read_only && flags_out)
        *flags_out = (*flags_out & ~SQLITE_OPEN_READWRITE) | SQLITE_OPEN_READONLY;
    if (shim.without_shm) {
        shim.no_shm = *file->pMethods;
        shim.no_shm.iVersion = 1; /* before there was shared memory */
        file->pMethods = &shim.no_shm;
    }
    return rc;
}

static int shim_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    (void)vfs;
    return shim.below->xAccess(shim.below, name, flags, out);
}

static int shim_path(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
    (void)vfs;
    return shim.below->xFullPathname(shim.below, name, size, out);
}

static int shim_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    return shim.below->xDelete(shim.below, name, sync);
}

static void shim_start(struct store_world *w)
{
    memset(&shim, 0, sizeof shim);
    shim.below = sqlite3_vfs_find(w->sim.env.sqlite_vfs);
    shim.base = *shim.below;
    shim.base.zName = "shim";
    shim.base.pNext = NULL;
    shim.base.xOpen = shim_open;
    shim.base.xAccess = shim_access;
    shim.base.xFullPathname = shim_path;
    shim.base.xDelete = shim_delete;
    assert_int_equal(sqlite3_vfs_register(&shim.base, 0), SQLITE_OK);
    w->sim.env.sqlite_vfs = "shim";
}

static void shim_end(struct store_world *w)
{
    w->sim.env.sqlite_vfs = crash_vfs_name(w->vfs);
    sqlite3_vfs_unregister(&shim.base);
}

static void a_store_that_cannot_be_written_is_refused(void **state)
{
    struct store_world w;
    struct file whole = store_make(&w);

    (void)state;
    shim_start(&w);
    shim.read_only = true;
    assert_open_fails(&w, JEMPUT_DENIED, "open store: the file cannot be written; nothing was changed in the file");
    shim_end(&w);
    assert_file(&w, "store.db", whole.data, whole.len);
    free(whole.data);
    world_release(&w);
}

static void a_file_system_without_shared_memory_is_refused(void **state)
{
    struct store_world w;
    struct file whole = store_make(&w);
    struct jemput_error err;

    (void)state;
    shim_start(&w);
    shim.without_shm = true;
    assert_int_equal(try_open(&w, false, &err), JEMPUT_IO);
    assert_file(&w, "store.db", whole.data, whole.len);
    assert_int_equal(w.sim.env.remove(&w.sim.env, "store.db", &err), JEMPUT_OK);
    assert_int_equal(try_open(&w, true, &err), JEMPUT_IO);
    assert_string_equal(err.text, "open store: the file system cannot hold a write-ahead log; no file was left behind");
    assert_false(file_is_there(&w, "store.db"));
    shim_end(&w);
    free(whole.data);
    world_release(&w);
}

static void a_store_that_another_program_locks_is_busy(void **state)
{
    struct store_world w;
    struct file whole = store_make(&w);
    sqlite3 *other;

    (void)state;
    assert_int_equal(sqlite3_open_v2("store.db", &other, SQLITE_OPEN_READWRITE, crash_vfs_name(w.vfs)), SQLITE_OK);
    sql_ok(other, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE x(a)");
    assert_open_fails(&w, JEMPUT_BUSY, "open store: read a number: database is locked; nothing was changed in the file");
    sql_ok(other, "ROLLBACK");
    sqlite3_close(other);
    world_open(&w, false);
    free(whole.data);
    world_release(&w);
}

static void a_store_that_another_connection_writes_to_can_be_opened(void **state)
{
    struct store_world w;
    struct jemput_store *second;
    struct jemput_error err;

    (void)state;
    world_new(&w, SCHEMA);
    sql_ok(w.app, "BEGIN IMMEDIATE; INSERT INTO n VALUES(9, 9)");
    assert_int_equal(jemput_store_open(&second, &w.sim.env, "store.db", false, &w.hooks, &err), JEMPUT_OK);
    assert_int_equal(sql_int(jemput_store_app(second), "SELECT count(*) FROM n"), 0);
    sql_ok(w.app, "COMMIT");
    assert_int_equal(sql_int(jemput_store_app(second), "SELECT count(*) FROM n"), 1);
    jemput_store_close(second);
    world_release(&w);
}

static void a_name_that_looks_like_a_uri_is_a_name(void **state)
{
    static const char *const names[] = { "file:store.db?mode=memory", "a%20b?c#d.db", "file:x" };
    struct store_world w;

    (void)state;
    world_init(&w);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct jemput_error err;

        if (jemput_store_open(&w.store, &w.sim.env, names[i], true, &w.hooks, &err))
            fail_msg("%s: %s", names[i], err.text);
        world_close(&w);
        if (jemput_store_open(&w.store, &w.sim.env, names[i], false, &w.hooks, &err))
            fail_msg("%s: %s", names[i], err.text);
        world_close(&w);
    }
    world_release(&w);
}

/* --- memory and disk fail --- */

static void each_allocation_of_opening_fails_once(void **state)
{
    struct store_world w;
    struct file whole = store_make(&w);
    uint64_t n;

    (void)state;
    for (n = 0; n < 100000; n += fault_step()) {
        size_t blocks = mem.live_blocks;
        struct jemput_error err;
        enum jemput_status st;

        fault_alloc_arm(&mem, n, false);
        st = try_open(&w, false, &err);
        fault_alloc_disarm(&mem);
        if (st && (st != JEMPUT_NOMEM || !strstr(err.text, "; nothing was changed in the file")) && !(st == JEMPUT_NOMEM && strstr(err.text,
                                                                                                                                   "no memory")))
            fail_msg("allocation %llu: %s %s", (unsigned long long)n, jemput_status_name(st), err.text);
        if (!st)
            world_close(&w);
        assert_int_equal(mem.live_blocks, blocks);
        if (!mem.failures)
            break;
        if (st)
            assert_file(&w, "store.db", whole.data, whole.len);
    }
    print_message("opening allocates %llu times\n", (unsigned long long)n);
    assert_true(n > 300);
    world_open(&w, false);
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM orang"), 200);
    free(whole.data);
    world_release(&w);
}

static void each_allocation_of_making_a_store_fails_once_and_leaves_no_file(void **state)
{
    struct store_world w;
    uint64_t n;

    (void)state;
    world_init(&w);
    for (n = 0; n < 100000; n += fault_step()) {
        struct jemput_error err;
        enum jemput_status st;

        fault_alloc_arm(&mem, n, false);
        st = try_open(&w, true, &err);
        fault_alloc_disarm(&mem);
        if (st && st != JEMPUT_NOMEM)
            fail_msg("allocation %llu: %s %s", (unsigned long long)n, jemput_status_name(st), err.text);
        if (st)
            assert_false(file_is_there(&w, "store.db"));
        else
            world_close(&w);
        if (!mem.failures)
            break;
        if (!st) {
            world_open(&w, false);
            world_close(&w);
            assert_int_equal(w.sim.env.remove(&w.sim.env, "store.db", &err), JEMPUT_OK);
        }
    }
    assert_true(n > 300);
    world_release(&w);
}

static void each_operation_of_the_disk_fails_once(void **state)
{
    struct store_world w;
    struct file whole = store_make(&w);
    uint64_t n;

    (void)state;
    for (n = 0; n < 10000; n++) {
        struct jemput_error err;
        enum jemput_status st;
        bool failed;

        crash_vfs_fail_at(w.vfs, n, CRASH_FAULT_IO, false);
        st = try_open(&w, false, &err);
        if (!st)
            world_close(&w);
        failed = crash_vfs_counters(w.vfs)->faults != 0;
        crash_vfs_fail_at(w.vfs, 0, CRASH_FAULT_NONE, false);
        if (st && st != JEMPUT_IO)
            fail_msg("operation %llu: %s %s", (unsigned long long)n, jemput_status_name(st), err.text);
        world_open(&w, false);
        assert_int_equal(sql_int(w.app, "SELECT count(*) FROM orang"), 200);
        world_close(&w);
        if (!failed)
            break;
    }
    assert_true(n > 10 && n < 10000);
    free(whole.data);
    world_release(&w);
}

/* What a power cut leaves of a store in the making is either no file, or no store, or a store: never something in between. */
static void a_power_cut_while_a_store_is_made_leaves_all_or_nothing(void **state)
{
    unsigned made = 0, refused = 0;

    (void)state;
    for (uint64_t n = 0; n < 1000; n++) {
        struct store_world w;
        struct jemput_error err;
        enum jemput_status st;
        bool cut;

        world_init(&w);
        crash_vfs_cut_at(w.vfs, n);
        st = try_open(&w, true, &err);
        cut = crash_vfs_is_cut(w.vfs);
        if (!st)
            world_close(&w);
        sim_env_power_cut(&w.sim, n + 1);
        if (file_is_there(&w, "store.db")) {
            enum jemput_status again = try_open(&w, false, &err);

            if (again && again != JEMPUT_CORRUPT)
                fail_msg("cut %llu: %s %s", (unsigned long long)n, jemput_status_name(again), err.text);
            if (!st)
                assert_int_equal(again, JEMPUT_OK); /* it was said to be there */
            if (!again) {
                world_schema(&w, SCHEMA);
                sql_ok(jemput_store_app(w.store), "INSERT INTO n VALUES(1, 1)");
                world_close(&w);
                made++;
            } else {
                refused++;
            }
        } else {
            assert_int_not_equal(st, JEMPUT_OK);
        }
        world_release(&w);
        if (!cut)
            break;
    }
    assert_true(made > 0 && refused > 0);
}

static int schema_bytes(sqlite3 *db)
{
    int bytes = 0, highest = 0;

    assert_int_equal(sqlite3_db_status(db, SQLITE_DBSTATUS_SCHEMA_USED, &bytes, &highest, 0), SQLITE_OK);
    return bytes;
}

/* Opening trusts what the file says of its triggers, and reads no schema for the app, as long as nobody has moved SQLite's cookie of it. */
/* Where this fails for a good reason, raise JEMPUT_TRIGGER_FORM with it. */
static void the_text_of_triggers_is_that_of_their_form(void **state)
{
    struct store_world w;
    struct file whole = store_make(&w);

    (void)state;
    world_open(&w, false);
    assert_int_equal(JEMPUT_TRIGGER_FORM, 1);
    assert_sql_text(w.app, "SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_schema WHERE name LIKE 'jemput_%orang' ORDER BY name)",
                    "CREATE VIRTUAL TABLE \"jemput_capture_orang\" USING \"jemput_capture (write replicated tables through jemput)\"(1)\n"
                    "CREATE TRIGGER \"jemput_delete_orang\" BEFORE DELETE ON \"orang\" BEGIN INSERT INTO \"jemput_capture_orang\"(op, a1) VALUES(3, "
                    "OLD.\"id\"); END\n"
                    "CREATE TRIGGER \"jemput_insert_orang\" BEFORE INSERT ON \"orang\" BEGIN INSERT INTO \"jemput_capture_orang\"(op, a1, x1) VALUES(1, "
                    "NEW.\"id\", NEW.\"nik\"); END\n"
                    "CREATE TRIGGER \"jemput_inserted_orang\" AFTER INSERT ON \"orang\" BEGIN INSERT INTO \"jemput_capture_orang\"(op, a1, x1, x2) VALUES(4, "
                    "NEW.\"id\", NEW.\"nik\", NEW.\"nama\"); END\n"
                    "CREATE TRIGGER \"jemput_update_orang\" BEFORE UPDATE ON \"orang\" BEGIN INSERT INTO \"jemput_capture_orang\"(op, a1, x1, x2) VALUES(2, "
                    "OLD.\"id\", NEW.\"id\", NEW.\"nik\"); END");
    free(whole.data);
    world_release(&w);
}

static void triggers_are_looked_at_again_by_a_program_that_gives_them_another_form(void **state)
{
    struct store_world w;
    struct file whole = store_make(&w);
    sqlite3 *plain;
    char sql[200];

    (void)state;
    snprintf(sql, sizeof sql, "DROP TRIGGER jemput_update_orang; INSERT OR REPLACE INTO jemput_fact SELECT 'triggers seen', schema_version * 256 + %d "
                              "FROM pragma_schema_version", JEMPUT_TRIGGER_FORM + 1);
    assert_int_equal(sqlite3_open_v2("store.db", &plain, SQLITE_OPEN_READWRITE, crash_vfs_name(w.vfs)), SQLITE_OK);
    assert_int_equal(sqlite3_exec(plain, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(plain), SQLITE_OK);
    world_open(&w, false);
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM sqlite_schema WHERE name = 'jemput_update_orang'"), 1);
    free(whole.data);
    world_release(&w);
}

static void triggers_are_looked_at_again_once_the_schema_has_moved(void **state)
{
    struct store_world w;
    struct file whole = store_make(&w);
    struct jemput_error err;
    sqlite3 *plain;

    (void)state;
    world_open(&w, false);
    assert_true(schema_bytes(w.app) > 0);
    assert_int_equal(jemput_store_begin(w.store, 1000, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(w.store, &err), JEMPUT_OK);
    world_close(&w);
    world_open(&w, false);
    assert_int_equal(schema_bytes(w.app), 0);
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM sqlite_schema WHERE name = 'jemput_update_orang'"), 1);
    world_close(&w);
    assert_int_equal(sqlite3_open_v2("store.db", &plain, SQLITE_OPEN_READWRITE, crash_vfs_name(w.vfs)), SQLITE_OK);
    assert_int_equal(sqlite3_exec(plain, "DROP TRIGGER jemput_update_orang", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(plain), SQLITE_OK);
    world_open(&w, false);
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM sqlite_schema WHERE name = 'jemput_update_orang'"), 1);
    free(whole.data);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_store_is_not_replaced_by_an_empty_one),
        cmocka_unit_test(the_text_of_triggers_is_that_of_their_form),
        cmocka_unit_test(triggers_are_looked_at_again_by_a_program_that_gives_them_another_form),
        cmocka_unit_test(triggers_are_looked_at_again_once_the_schema_has_moved),
        cmocka_unit_test(an_empty_file_is_no_store_and_stays_empty),
        cmocka_unit_test(a_store_is_never_made_over_a_file),
        cmocka_unit_test(a_file_that_is_no_database_is_not_touched),
        cmocka_unit_test(the_database_of_another_application_is_not_touched),
        cmocka_unit_test(the_journal_or_log_of_another_application_is_left_alone),
        cmocka_unit_test(the_log_of_a_store_made_by_a_newer_program_is_left_alone),
        cmocka_unit_test(a_store_cut_off_at_any_length_is_damaged_and_stays_as_it_is),
        cmocka_unit_test(each_byte_of_the_header_that_is_wrong_is_noticed),
        cmocka_unit_test(wrong_bytes_anywhere_crash_nothing),
        cmocka_unit_test(what_was_changed_behind_our_back_is_noticed_or_mended),
        cmocka_unit_test(a_store_that_cannot_be_written_is_refused),
        cmocka_unit_test(a_file_system_without_shared_memory_is_refused),
        cmocka_unit_test(a_store_that_another_program_locks_is_busy),
        cmocka_unit_test(a_store_that_another_connection_writes_to_can_be_opened),
        cmocka_unit_test(a_name_that_looks_like_a_uri_is_a_name),
        cmocka_unit_test(each_allocation_of_opening_fails_once),
        cmocka_unit_test(each_allocation_of_making_a_store_fails_once_and_leaves_no_file),
        cmocka_unit_test(each_operation_of_the_disk_fails_once),
        cmocka_unit_test(a_power_cut_while_a_store_is_made_leaves_all_or_nothing),
    };
    size_t leaks;
    int failed;

    fault_alloc_install(&mem);
    jemput_sqlite_start(); /* before the test's VFS starts SQLite with an allocator of its own */
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    sqlite3_shutdown();
    leaks = fault_alloc_uninstall(&mem);
    return failed || leaks;
}
