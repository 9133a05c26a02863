/* store/file/file.c — the file of a store: see file.h. */
#include "store/file/file.h"

#include <string.h>

#include "base/limits.h"
#include "store/file/layout.h"
#include "store/vault/convert.h"

#define LENGTH_BYTES_MAX (JEMPUT_ROW_BYTES_MAX + (1 << 20)) /* of one value on either connection: a record holds a whole transaction */
#define LOOKS_AGAIN 3 /* once the log is gone all is well; a further time takes another process that writes and closes just then */

_Static_assert(JEMPUT_ROW_BYTES_MAX > JEMPUT_TXN_BYTES_MAX, "a record must fit into one value");

enum jemput_status jemput_file_exists(const struct jemput_store *store, bool *out, struct jemput_error *err)
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

void jemput_file_remove(const struct jemput_store *store)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(store->env->sqlite_vfs);
    struct jemput_error ignored;
    bool there = false;

    if (store->env->remove(store->env, store->path, &ignored) || jemput_file_exists(store, &there, &ignored) || there)
        vfs->xDelete(vfs, store->path, 0);
}

void jemput_file_limit(sqlite3 *db)
{
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, LENGTH_BYTES_MAX);
}

/* The app looks again each millisecond: between two batches of a merge the lock is free for a few only, and who sleeps longer, as SQLite does by
 * itself, misses many of them. */
static int app_waits(void *ctx, int times)
{
    const unsigned waited_ms = (unsigned)(times < 200 ? times : 200 + 5 * (times - 200));

    (void)ctx;
    if (!jemput_app_waits(waited_ms))
        return 0;
    sqlite3_sleep(times < 200 ? 1 : 5);
    jemput_app_waited(waited_ms);
    return 1;
}

enum jemput_status jemput_file_connect(sqlite3 **out, const struct jemput_store *store, bool app, bool create, struct jemput_error *err)
{
    int flags = SQLITE_OPEN_READWRITE | (app ? 0 : SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE) | (create ? SQLITE_OPEN_CREATE : 0) |
                (store->vault ? SQLITE_OPEN_URI : 0); /* for the app's VACUUM INTO (vault.h); the store's own path never begins with "file:" */
    int rc = sqlite3_open_v2(store->path, out, flags, store->vfs);

    if (rc != SQLITE_OK)
        return jemput_sqlite_fail(*out, rc, err, "open");
    if (sqlite3_db_readonly(*out, "main"))
        return jemput_fail(err, JEMPUT_DENIED, "the file cannot be written");
    if (app)
        sqlite3_busy_handler(*out, app_waits, NULL);
    else
        sqlite3_busy_timeout(*out, JEMPUT_BUSY_WAIT_MS);
    jemput_file_limit(*out);
    return JEMPUT_OK;
}

static enum jemput_status log_switch(sqlite3 *db, struct jemput_error *err)
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
    return st;
}

/* Saying what holds anyway would make SQLite read the whole schema. */
static bool syncs_in_full(void)
{
    return sqlite3_compileoption_used("DEFAULT_SYNCHRONOUS=2") && sqlite3_compileoption_used("DEFAULT_WAL_SYNCHRONOUS=2");
}

/* The file is in WAL mode once the engine's connection, which comes first, has switched it. */
enum jemput_status jemput_file_configure(sqlite3 *db, bool app, struct jemput_error *err)
{
    enum jemput_status st = app ? JEMPUT_OK : log_switch(db, err);

    if (!st && !(app && syncs_in_full()))
        st = jemput_sqlite_exec(db, "PRAGMA synchronous=FULL", "configure", err);
    if (!st)
        st = jemput_sqlite_exec(db, "PRAGMA cell_size_check=ON", "configure", err);
    if (st)
        return st;
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, app, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, app, NULL); /* merging decides by itself */
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, app, NULL);
    return JEMPUT_OK;
}

enum jemput_status jemput_file_create(struct jemput_store *store, struct jemput_error *err)
{
    enum jemput_status st =
        jemput_sqlite_exec(store->db, "PRAGMA encoding='UTF-8'; PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL", "configure", err);

    if (!st)
        st = jemput_layout_mark(store->db, err);
    if (!st)
        st = jemput_file_configure(store->db, false, err);
    if (!st)
        st = jemput_sqlite_exec(store->db, "BEGIN IMMEDIATE", "begin", err);
    if (!st)
        st = jemput_layout_create(store->db, err);
    if (!st)
        st = jemput_sqlite_exec(store->db, "COMMIT", "commit", err);
    return st;
}

char *jemput_file_uri(const char *path)
{
    sqlite3_str *uri = sqlite3_str_new(NULL);

    sqlite3_str_appendall(uri, "file:");
    for (; *path; path++)
        sqlite3_str_appendf(uri, strchr("%?#", *path) ? "%%%02x" : "%c", (unsigned char)*path);
    return sqlite3_str_finish(uri);
}

static char *immutable_uri(const char *path)
{
    char *plain = jemput_file_uri(path), *uri = plain ? sqlite3_mprintf("%s?immutable=1", plain) : NULL;

    sqlite3_free(plain);
    return uri;
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

static enum jemput_status mark_look(const struct jemput_store *store, struct jemput_error *err)
{
    char *uri = immutable_uri(store->path);
    sqlite3 *db = NULL;
    enum jemput_status st = uri ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory");
    int rc;

    if (!st) {
        rc = sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, store->vfs);
        st = rc == SQLITE_OK ? jemput_layout_check_mark(db, err) : jemput_sqlite_fail(db, rc, err, "open");
    }
    sqlite3_close(db);
    sqlite3_free(uri);
    return st;
}

/* Whoever writes to the file copies the log into it: half way, it is a damaged one. Then there is a log; or there was one, and it is looked at
 * again. */
enum jemput_status jemput_file_look(const struct jemput_store *store, struct jemput_error *err)
{
    enum jemput_status st = mark_look(store, err);
    bool logged = st == JEMPUT_CORRUPT && log_exists(store);

    for (unsigned i = 0; st == JEMPUT_CORRUPT && !logged && i < LOOKS_AGAIN; i++) {
        st = mark_look(store, err);
        logged = st == JEMPUT_CORRUPT && log_exists(store);
    }
    return logged ? JEMPUT_OK : st;
}

/* A conversion puts another file in the place of this one while it alone has it: who waited for it meanwhile has the old file in hand, which nobody
 * will ever see again, and would lose what it writes. */
static enum jemput_status in_place(const struct jemput_store *store, struct jemput_error *err)
{
    int moved = 0;

    if (sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved)
        return jemput_fail(err, JEMPUT_BUSY, "another file was put in its place while it was opened: open it again");
    return JEMPUT_OK;
}

/* What a conversion left that was cut off may be all of a sealed store in the clear. None is at work: it would have the store alone. */
static void leftover_remove(const struct jemput_store *store)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(store->env->sqlite_vfs);
    char *path = sqlite3_mprintf("%s" JEMPUT_CONVERT_TAIL, store->path);
    int there = 0;

    if (vfs && path && vfs->xAccess(vfs, path, SQLITE_ACCESS_EXISTS, &there) == SQLITE_OK && there)
        vfs->xDelete(vfs, path, 1); /* if it fails, the next opening does it */
    sqlite3_free(path);
}

enum jemput_status jemput_file_check(struct jemput_store *store, struct jemput_error *err)
{
    enum jemput_status st;

    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    st = jemput_layout_check(store->db, err);
    if (!st)
        st = in_place(store, err);
    if (!st)
        st = jemput_file_configure(store->db, false, err);
    if (!st) /* and from here on it stays: a connection in WAL mode lets nobody have the file alone */
        st = in_place(store, err);
    if (st)
        return st;
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    leftover_remove(store);
    return JEMPUT_OK;
}
