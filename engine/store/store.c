/* store/store.c — opening and closing a store file, transactions of the engine's connection, and its cached statements. */
#include "store/store.h"

#include <string.h>

#include "base/limits.h"
#include "store/capture.h"
#include "store/compare.h"
#include "store/layout.h"
#include "store/mergetrigger.h"
#include "store/look.h"

#define BUSY_WAIT_MS 5000          /* the app waits so long for a merge batch, which takes 50 ms at most */
#define CHECKPOINT_PAGES 4000
#define SCRATCH_CACHE "PRAGMA cache_size=-16384" /* KiB */
#define LENGTH_BYTES_MAX (JEMPUT_ROW_BYTES_MAX + (1 << 20)) /* of one value on either connection: a record holds a whole transaction */

_Static_assert(JEMPUT_ROW_BYTES_MAX > JEMPUT_TXN_BYTES_MAX, "a record must fit into one value");

/* --- the file --- */

/* Asked of SQLite's VFS, not of env: in a simulation they may be two file systems. */
static enum jemput_status file_exists(const struct jemput_store *store, bool *out, struct jemput_error *err)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(store->env->sqlite_vfs);
    int there = 0, rc;

    if (!vfs)
        return jemput_fail(err, JEMPUT_MISUSE, "no SQLite VFS '%s'", store->env->sqlite_vfs ? store->env->sqlite_vfs : "");
    rc = vfs->xAccess(vfs, store->path, SQLITE_ACCESS_EXISTS, &there);
    if (rc == SQLITE_OK && !there) /* so says SQLite of an empty file, too */
        rc = vfs->xAccess(vfs, store->path, SQLITE_ACCESS_READWRITE, &there);
    *out = there != 0;
    return rc == SQLITE_OK ? JEMPUT_OK : jemput_sqlite_fail(NULL, rc, err, "look for the file");
}

/* Ours to undo: made a moment ago by this call. */
static void file_remove(const struct jemput_store *store)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(store->env->sqlite_vfs);
    struct jemput_error ignored;
    bool there = false;

    if (store->env->remove(store->env, store->path, &ignored) || file_exists(store, &there, &ignored) || there)
        vfs->xDelete(vfs, store->path, 0);
}

/* The app's connection is as ordinary as can be: plain result codes, and SQLite's own mutex. */
static enum jemput_status connection_open(sqlite3 **out, const struct jemput_store *store, bool app, bool create, struct jemput_error *err)
{
    int flags = SQLITE_OPEN_READWRITE | (app ? 0 : SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE) | (create ? SQLITE_OPEN_CREATE : 0);
    int rc = sqlite3_open_v2(store->path, out, flags, store->env->sqlite_vfs);

    if (rc != SQLITE_OK)
        return jemput_sqlite_fail(*out, rc, err, "open");
    if (sqlite3_db_readonly(*out, "main"))
        return jemput_fail(err, JEMPUT_DENIED, "the file cannot be written");
    sqlite3_busy_timeout(*out, BUSY_WAIT_MS);
    sqlite3_limit(*out, SQLITE_LIMIT_LENGTH, LENGTH_BYTES_MAX);
    return JEMPUT_OK;
}

/* The lock has just been given back. A merge meets the same pages again and again: they are copied into the file once for several batches,
 * which keeps nobody from writing. */
static int committed(void *ctx, sqlite3 *db, const char *name, int pages)
{
    struct jemput_store *store = ctx;

    store->unlocked_ms = store->env->monotonic_ms(store->env);
    if (pages >= CHECKPOINT_PAGES)
        sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL); /* if it fails, the next one does it */
    return SQLITE_OK;
}

/* What each connection needs anew. Reading the journal mode is also the first look into the file. */
static enum jemput_status connection_configure(sqlite3 *db, bool app, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, db, "PRAGMA journal_mode=WAL", 0, err);
    int rc;

    if (st)
        return st;
    rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW)
        st = jemput_sqlite_fail(db, rc, err, "switch to WAL");
    else if (sqlite3_stricmp((const char *)sqlite3_column_text(stmt, 0), "wal") != 0)
        st = jemput_fail(err, JEMPUT_IO, "the file system cannot hold a write-ahead log");
    sqlite3_finalize(stmt);
    if (!st)
        st = jemput_sqlite_exec(db, "PRAGMA synchronous=FULL; PRAGMA cell_size_check=ON", "configure", err);
    if (st)
        return st;
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, app, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, app, NULL); /* merging decides by itself */
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, app, NULL);
    return JEMPUT_OK;
}

static enum jemput_status file_create(struct jemput_store *store, struct jemput_error *err)
{
    enum jemput_status st =
        jemput_sqlite_exec(store->db, "PRAGMA encoding='UTF-8'; PRAGMA page_size=4096; PRAGMA auto_vacuum=NONE", "configure", err);

    if (!st)
        st = jemput_layout_mark(store->db, err);
    if (!st)
        st = connection_configure(store->db, false, err);
    if (!st)
        st = jemput_sqlite_exec(store->db, "BEGIN IMMEDIATE", "begin", err);
    if (!st)
        st = jemput_layout_create(store->db, err);
    if (!st)
        st = jemput_sqlite_exec(store->db, "COMMIT", "commit", err);
    return st;
}

/* "file:" and the path, with what means something in a URI written as %xx; owned by the caller: sqlite3_free(). */
static char *path_uri(const char *path)
{
    sqlite3_str *uri = sqlite3_str_new(NULL);

    sqlite3_str_appendall(uri, "file:");
    for (; *path; path++)
        sqlite3_str_appendf(uri, strchr("%?#", *path) ? "%%%02x" : "%c", (unsigned char)*path);
    sqlite3_str_appendall(uri, "?immutable=1");
    return sqlite3_str_finish(uri);
}

/* Does a write-ahead log lie beside the file? */
static bool log_exists(const struct jemput_store *store)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(store->env->sqlite_vfs);
    char *path = sqlite3_mprintf("%s-wal", store->path);
    int there = 0;
    bool is = vfs && path && vfs->xAccess(vfs, path, SQLITE_ACCESS_EXISTS, &there) == SQLITE_OK && there;

    sqlite3_free(path);
    return is;
}

/* Is it a store? An ordinary opening may already write: a journal that another program left is rolled back, a write-ahead log copied in. As an
 * immutable file it is only read, journals and logs beside it are not looked at, and nothing is locked. A file that looks damaged so may just have
 * lost power while its log was being copied into it: then the log has the pages, and file_check, which reads through it, decides. */
static enum jemput_status file_look(const struct jemput_store *store, struct jemput_error *err)
{
    char *uri = path_uri(store->path);
    sqlite3 *db = NULL;
    enum jemput_status st = uri ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory");
    int rc;

    if (!st) {
        rc = sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, store->env->sqlite_vfs);
        st = rc == SQLITE_OK ? jemput_layout_check_mark(db, err) : jemput_sqlite_fail(db, rc, err, "open");
    }
    sqlite3_close(db);
    sqlite3_free(uri);
    return st == JEMPUT_CORRUPT && log_exists(store) ? JEMPUT_OK : st;
}

/* The format is read before anything changes the file; if it is not ours, closing does not even copy the write-ahead log into it. */
static enum jemput_status file_check(struct jemput_store *store, struct jemput_error *err)
{
    enum jemput_status st;

    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    st = jemput_layout_check(store->db, err);
    if (st)
        return st;
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    return connection_configure(store->db, false, err);
}

/* A name such as "file:x" must not be read as a URI. */
static char *path_copy(const char *path)
{
    size_t len = strlen(path);
    char *copy = jemput_alloc(len + 3);

    if (copy) {
        memcpy(copy, "./", 2);
        memcpy(copy + (strncmp(path, "file:", 5) == 0 ? 2 : 0), path, len + 1);
    }
    return copy;
}

static enum jemput_status store_open(struct jemput_store *store, bool create, bool *made, struct jemput_error *err)
{
    bool there = false;
    enum jemput_status st = file_exists(store, &there, err);

    if (st)
        return st;
    if (create && there)
        return jemput_fail(err, JEMPUT_EXISTS, "there is a file already; it was not touched");
    if (!create && !there)
        return jemput_fail(err, JEMPUT_NOTFOUND, "there is no such file, and none was made in its place");
    if (create) {
        st = store->env->create(store->env, store->path, (struct jemput_bytes){ 0 }, 0600, err); /* -wal and -shm take its mode */
        if (st)
            return st;
        *made = true;
    } else {
        st = file_look(store, err);
        if (st)
            return st;
    }
    st = connection_open(&store->db, store, false, create, err);
    if (!st)
        sqlite3_wal_hook(store->db, committed, store);
    if (!st)
        st = create ? file_create(store, err) : file_check(store, err);
    if (!st) /* the file is there: what may be created is what the app attaches, or VACUUMs INTO */
        st = connection_open(&store->app, store, true, true, err);
    if (!st)
        st = connection_configure(store->app, true, err);
    if (!st)
        st = jemput_capture_start(&store->db_capture, store->db, store->env, &store->hooks, false, err);
    if (!st)
        st = jemput_capture_start(&store->app_capture, store->app, store->env, &store->hooks, true, err);
    return st ? st : jemput_catalog_refresh(store, err);
}

static void statements_end(struct jemput_store *store)
{
    for (unsigned i = 0; i < JEMPUT_STATEMENTS_MAX; i++)
        sqlite3_finalize(store->statements[i].stmt);
    memset(store->statements, 0, sizeof store->statements);
    store->statement_count = 0;
}

/* The app may have left statements: then its connection lives on as SQLite's zombie until they are finalized, and frees its capturing itself. */
static void connection_close(sqlite3 *db, struct jemput_capture *capture)
{
    if (db && !sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    jemput_capture_stop(capture);
    sqlite3_close_v2(db);
}

static void store_close(struct jemput_store *store)
{
    jemput_appliers_free(store->appliers);
    jemput_causes_free(store->causes);
    jemput_merge_triggers_free(store->merge_triggers);
    jemput_catalog_free(store->catalog);
    statements_end(store);
    connection_close(store->app, store->app_capture);
    connection_close(store->db, store->db_capture);
}

static void store_free(struct jemput_store *store)
{
    if (store)
        jemput_free(store->path);
    jemput_free(store);
}

static struct jemput_store *store_new(struct jemput_env *env, const char *path, const struct jemput_store_hooks *hooks)
{
    struct jemput_store *store = jemput_alloc_zero(1, sizeof *store);

    if (!store)
        return NULL;
    store->env = env;
    store->hooks = *hooks;
    store->path = path_copy(path);
    if (store->path)
        return store;
    store_free(store);
    return NULL;
}

/* Opening changes nothing in a store that is there; one that could not be made is removed again. */
static void say_what_is_safe(struct jemput_error *err, bool made)
{
    size_t len = strlen(err->text);

    if (err->status != JEMPUT_EXISTS && err->status != JEMPUT_NOTFOUND) /* they say so themselves */
        sqlite3_snprintf((int)(sizeof err->text - len), err->text + len, made ? "; no file was left behind" : "; nothing was changed in the file");
}

enum jemput_status jemput_store_open(struct jemput_store **out, struct jemput_env *env, const char *path, bool create,
                                     const struct jemput_store_hooks *hooks, struct jemput_error *err)
{
    struct jemput_store *store = NULL;
    bool made = false;
    enum jemput_status st;

    *out = NULL;
    jemput_sqlite_start();
    if (sqlite3_initialize() == SQLITE_OK)
        store = store_new(env, path, hooks);
    if (!store) {
        jemput_fail(err, JEMPUT_NOMEM, "no memory");
        return jemput_wrap(err, "open store");
    }
    st = store_open(store, create, &made, err);
    if (!st) {
        *out = store;
        return JEMPUT_OK;
    }
    store_close(store);
    if (made)
        file_remove(store);
    store_free(store);
    say_what_is_safe(err, made);
    return jemput_wrap(err, "open store");
}

/* The engine's connection alone, and it may not write. */
static enum jemput_status look_open(struct jemput_store *store, struct jemput_error *err)
{
    bool there = false;
    enum jemput_status st = file_exists(store, &there, err);

    if (!st && !there)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "the file is not there any more");
    if (!st)
        st = connection_open(&store->db, store, false, false, err);
    if (!st)
        st = file_check(store, err);
    if (!st)
        st = jemput_sqlite_exec(store->db, "PRAGMA query_only=ON", "configure", err);
    if (!st)
        st = jemput_capture_start(&store->db_capture, store->db, store->env, &store->hooks, false, err);
    return st ? st : jemput_catalog_refresh(store, err);
}

/* --- scratch stores --- */

/* SQLite's own temporary database: pages that its cache has no room for go to a file that is removed as soon as it is open. */
static enum jemput_status scratch_connect(struct jemput_store *store, struct jemput_error *err)
{
    int rc = sqlite3_open_v2("", &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                             store->env->sqlite_vfs);

    if (rc != SQLITE_OK)
        return jemput_sqlite_fail(store->db, rc, err, "open");
    sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, LENGTH_BYTES_MAX);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    return jemput_sqlite_exec(store->db, SCRATCH_CACHE, "configure", err);
}

static enum jemput_status scratch_copy(struct jemput_store *store, struct jemput_store *from, struct jemput_error *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(store->db, "main", from->db, "main");
    int rc = backup ? sqlite3_backup_step(backup, -1) : sqlite3_errcode(store->db), end = sqlite3_backup_finish(backup);

    if (rc == SQLITE_DONE)
        rc = end;
    return rc == SQLITE_OK ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "copy the store");
}

/* Births are found by a hash of the store's own key: local, and the same in both, so that they can be compared. */
static enum jemput_status scratch_birth_key(struct jemput_store *store, struct jemput_store *of, struct jemput_error *err)
{
    struct jemput_buf key = JEMPUT_BUF_INIT(64);
    enum jemput_status st = jemput_store_fact_get(of, JEMPUT_FACT_BIRTH_KEY, &key, err);

    if (!st && key.len == JEMPUT_BIRTH_KEY_BYTES)
        st = jemput_store_fact_put(store, JEMPUT_FACT_BIRTH_KEY, jemput_buf_bytes(&key), err);
    jemput_buf_release(&key);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status scratch_open(struct jemput_store *store, struct jemput_store *of, bool copy, struct jemput_error *err)
{
    enum jemput_status st = scratch_connect(store, err);

    if (!st)
        st = copy ? scratch_copy(store, of, err) : jemput_layout_create(store->db, err);
    if (!st && !copy)
        st = scratch_birth_key(store, of, err);
    if (!st)
        st = jemput_capture_start(&store->db_capture, store->db, store->env, &store->hooks, false, err);
    return st ? st : jemput_catalog_refresh(store, err);
}

/* A store beside `of`, which has its hashes in common with it and nothing else that the app may ask for. */
static struct jemput_store *store_beside(const struct jemput_store *of, const char *path)
{
    const struct jemput_store_hooks hooks = { .short_hash = of->hooks.short_hash };

    return store_new(of->env, path, &hooks);
}

static enum jemput_status beside_end(struct jemput_store **out, struct jemput_store *store, enum jemput_status st, const char *what,
                                     struct jemput_error *err)
{
    if (st) {
        jemput_store_close(store);
        return jemput_wrap(err, "%s", what);
    }
    *out = store;
    return JEMPUT_OK;
}

enum jemput_status jemput_store_open_scratch(struct jemput_store **out, struct jemput_store *of, bool copy, struct jemput_error *err)
{
    const char *what = copy ? "copy" : "replay";
    struct jemput_store *store = store_beside(of, "");
    enum jemput_status st = store ? scratch_open(store, of, copy, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory");

    *out = NULL;
    return beside_end(out, store, st, what, err);
}

enum jemput_status jemput_store_open_look(struct jemput_store **out, const struct jemput_store *of, const char *path, struct jemput_error *err)
{
    struct jemput_store *store = store_beside(of, path);
    enum jemput_status st = store ? look_open(store, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory");

    *out = NULL;
    return beside_end(out, store, st, "look", err);
}

void jemput_store_close(struct jemput_store *store)
{
    if (store)
        store_close(store);
    store_free(store);
}

const char *jemput_store_file(const struct jemput_store *store)
{
    const char *name = sqlite3_db_filename(store->db, "main");

    return name ? name : "";
}

struct sqlite3 *jemput_store_app(struct jemput_store *store)
{
    return store->app;
}

/* --- transactions --- */

static void statements_reset(struct jemput_store *store)
{
    for (unsigned i = 0; i < JEMPUT_STATEMENTS_MAX; i++)
        sqlite3_reset(store->statements[i].stmt);
}

enum jemput_status jemput_store_begin(struct jemput_store *store, unsigned wait_ms, struct jemput_error *err)
{
    enum jemput_status st;

    JEMPUT_ASSERT(!store->in_txn);
    sqlite3_busy_timeout(store->db, wait_ms > INT32_MAX ? INT32_MAX : (int)wait_ms);
    st = jemput_sqlite_exec(store->db, "BEGIN IMMEDIATE", "begin", err);
    sqlite3_busy_timeout(store->db, BUSY_WAIT_MS);
    if (st)
        return st;
    store->in_txn = true;
    store->locked_ms = store->unlocked_ms = store->env->monotonic_ms(store->env);
    st = jemput_catalog_refresh(store, err);
    if (!st)
        st = jemput_causes_refresh(store, err);
    if (st)
        jemput_store_rollback(store);
    return st;
}

/* A failed read may have made SQLite roll back, and libgit2 may have kept that to itself (it asks whether an object is there, and takes an error for
 * no): nothing more must be written then, since each statement would be a transaction of its own. */
static enum jemput_status transaction_check(const struct jemput_store *store, struct jemput_error *err)
{
    int rc = sqlite3_extended_errcode(store->db);

    if (!store->in_txn || !sqlite3_get_autocommit(store->db))
        return JEMPUT_OK;
    return jemput_sqlite_fail(NULL, rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_IOERR : rc, err, "go on after a rollback");
}

enum jemput_status jemput_store_commit(struct jemput_store *store, struct jemput_error *err)
{
    enum jemput_status st;

    JEMPUT_ASSERT(store->in_txn);
    st = jemput_store_settle(store, err);
    if (!st)
        st = transaction_check(store, err);
    if (!st)
        st = jemput_sqlite_exec(store->db, "COMMIT", "commit", err);
    if (!st)
        store->in_txn = false;
    return st;
}

uint64_t jemput_store_lock_ms(const struct jemput_store *store)
{
    return store->unlocked_ms - store->locked_ms;
}

void jemput_store_rollback(struct jemput_store *store)
{
    struct jemput_error ignored;

    statements_reset(store);
    if (!sqlite3_get_autocommit(store->db)) /* SQLite may have rolled back by itself */
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    store->in_txn = false;
    jemput_causes_forget(store);
    jemput_appliers_forget(store);
    if (jemput_catalog_refresh(store, &ignored)) /* tried again by the next begin, which says why it cannot */
        jemput_catalog_stale(store->catalog);
}

/* --- cached statements --- */

static unsigned statement_slot(const char *sql)
{
    return (unsigned)(((uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15)) >> 56);
}

_Static_assert(JEMPUT_STATEMENTS_MAX == 256, "statement_slot gives 8 bits");

sqlite3_stmt *jemput_store_statement(struct jemput_store *store, const char *sql, struct jemput_error *err)
{
    unsigned i = statement_slot(sql);
    sqlite3_stmt *stmt;

    if (transaction_check(store, err))
        return NULL;
    while (store->statements[i].sql && store->statements[i].sql != sql)
        i = (i + 1) % JEMPUT_STATEMENTS_MAX;
    stmt = store->statements[i].stmt;
    if (stmt) {
        sqlite3_reset(stmt);
        sqlite3_clear_bindings(stmt);
        return stmt;
    }
    JEMPUT_ASSERT(store->statement_count < JEMPUT_STATEMENTS_MAX / 2); /* literals of this room: their number is fixed */
    if (jemput_sqlite_prepare(&stmt, store->db, sql, SQLITE_PREPARE_PERSISTENT, err))
        return NULL;
    store->statements[i] = (struct jemput_statement_slot){ sql, stmt };
    store->statement_count++;
    return stmt;
}

enum jemput_status jemput_store_step_done(struct jemput_store *store, sqlite3_stmt *stmt, struct jemput_error *err)
{
    int rc = sqlite3_step(stmt);
    enum jemput_status st = JEMPUT_OK;

    if (rc != SQLITE_DONE && rc != SQLITE_ROW)
        st = jemput_sqlite_fail(store->db, rc, err, "write");
    sqlite3_reset(stmt);
    return st;
}

enum jemput_status jemput_store_look(struct jemput_store *store, const char *sql, const char *what, int64_t *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, sql, err);
    int rc;

    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, what);
}
