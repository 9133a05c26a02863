/* store/file/beside.c — stores beside another one: a scratch store for replaying or trying (compare.h), and one that only looks (look.h). */
#include "store/file/file.h"
#include "store/file/layout.h"
#include "store/file/look.h"
#include "store/replace/compare.h"

#define SCRATCH_CACHE "PRAGMA cache_size=-16384" /* KiB */

/* The engine's connection alone, and it may not write. */
static enum jemput_status look_open(struct jemput_store *store, struct jemput_error *err)
{
    bool there = false;
    enum jemput_status st = jemput_file_exists(store, &there, err);

    if (!st && !there)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "the file is not there any more");
    if (!st)
        st = jemput_file_connect(&store->db, store, false, false, err);
    if (!st)
        st = jemput_file_check(store, err);
    if (!st)
        st = jemput_sqlite_exec(store->db, "PRAGMA query_only=ON", "configure", err);
    if (!st)
        st = jemput_capture_start(&store->db_capture, store->db, store->env, &store->hooks, false, err);
    return st ? st : jemput_catalog_refresh(store, err);
}

/* SQLite's own temporary database: pages that its cache has no room for go to a file that is removed as soon as it is open. */
static enum jemput_status scratch_connect(struct jemput_store *store, struct jemput_error *err)
{
    int rc = sqlite3_open_v2("", &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                             store->vfs);

    if (rc != SQLITE_OK)
        return jemput_sqlite_fail(store->db, rc, err, "open");
    jemput_file_limit(store->db);
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

/* A store beside `of`, which has its hashes, its vault and its policy in common with it and nothing else that the app may ask for. It is closed
 * before that. */
static struct jemput_store *store_beside(const struct jemput_store *of, const char *path)
{
    const struct jemput_store_hooks hooks = { .ctx = of->hooks.ctx, .short_hash = of->hooks.short_hash, .policy_check = of->hooks.policy_check };
    struct jemput_store *store = jemput_store_new(of->env, path, &hooks);

    if (store)
        store->vfs = of->vfs;
    return store;
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
