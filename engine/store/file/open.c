/* store/file/open.c — opening and closing a store. Its file: file.h; its transactions: transaction.c; stores beside it: beside.c;
 * what seals it: vault.h. */
#include "store/store.h"

#include <string.h>

#include "store/capture/capture.h"
#include "store/file/file.h"
#include "store/file/layout.h"
#include "store/file/upgrade.h"
#include "store/trigger/merge.h"
#include "store/vault/lid.h"
#include "store/vault/vault.h"
#include "store/vfs/wal.h"

#define CHECKPOINT_PAGES 4000
#define LOOKS_MAX 3 /* at triggers, while others change the schema; then the next opening looks again */

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

/* The lock has just been given back. A merge meets the same pages again and again: they are copied into the file once for several batches,
 * which keeps nobody from writing. */
static int committed(void *ctx, sqlite3 *db, const char *name, int pages)
{
    struct jemput_store *store = ctx;

    store->unlocked_ms = store->env->monotonic_ms(store->env);
    jemput_moved_tell(&store->moved, db, 1);
    if (pages >= CHECKPOINT_PAGES)
        sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL); /* if it fails, the next one does it */
    return SQLITE_OK;
}

/* What a sealed store is made or opened with; key NULL = a plain one. */
struct sealed {
    const uint8_t *key;
    const struct jemput_keyslots *slots;
};

static enum jemput_status file_make(struct jemput_store *store, const struct sealed *sealed, bool *made, struct jemput_error *err)
{
    enum jemput_status st =
        store->env->create(store->env, store->path, (struct jemput_bytes){ 0 }, 0600, err); /* -wal and -shm take its mode */

    *made = !st;
    return !st && sealed->key ? jemput_lid_make(store->env, store->path, sealed->key, sealed->slots, err) : st;
}

static enum jemput_status vault_open(struct jemput_store *store, const uint8_t *key, const struct jemput_keyslots *slots, struct jemput_error *err)
{
    enum jemput_status st = jemput_vault_open(&store->vault, store->env, key, slots, err);

    if (!st)
        store->vfs = jemput_vault_name(store->vault);
    return st;
}

/* A plain file in the place of a sealed one is refused: the app would go on and write what is secret into it. */
static enum jemput_status sealed_look(struct jemput_store *store, const struct sealed *sealed, struct jemput_error *err)
{
    struct jemput_keyslots slots;
    enum jemput_vault_kind kind;
    enum jemput_status st = jemput_vault_look(&kind, store->env, store->path, err);

    if (!st && kind == JEMPUT_VAULT_PLAIN)
        return jemput_fail(err, JEMPUT_DENIED, "the store is not sealed, and was to be opened as one that is");
    if (!st && kind != JEMPUT_VAULT_SEALED)
        return jemput_fail(err, JEMPUT_CORRUPT, "it is not a jemput store");
    if (!st)
        st = jemput_lid_read(&slots, store->env, store->path, err);
    return st ? st : vault_open(store, sealed->key, &slots, err);
}

static enum jemput_status file_find(struct jemput_store *store, const struct sealed *sealed, struct jemput_error *err)
{
    enum jemput_vault_kind kind;
    struct jemput_error ignored;
    enum jemput_status st = sealed->key ? sealed_look(store, sealed, err) : JEMPUT_OK;

    if (!st)
        st = jemput_file_look(store, err);
    if (st == JEMPUT_CORRUPT && !sealed->key && !jemput_vault_look(&kind, store->env, store->path, &ignored) && kind == JEMPUT_VAULT_SEALED)
        st = jemput_fail(err, JEMPUT_LOCKED, "the store is locked: it opens with its PIN or key");
    return st;
}

static enum jemput_status file_begin(struct jemput_store *store, bool create, const struct sealed *sealed, bool *made, struct jemput_error *err)
{
    bool there = false;
    enum jemput_status st = jemput_file_exists(store, &there, err);

    if (st)
        return st;
    if (create && there)
        return jemput_fail(err, JEMPUT_EXISTS, "there is a file already; it was not touched");
    if (!create && !there)
        return jemput_fail(err, JEMPUT_NOTFOUND, "there is no such file, and none was made in its place");
    st = sealed->key ? JEMPUT_OK : jemput_wal_vfs_open(&store->wal_vfs, store->env, err);
    if (st)
        return st;
    if (store->wal_vfs)
        store->vfs = jemput_wal_vfs_name(store->wal_vfs);
    if (!create)
        return file_find(store, sealed, err);
    st = file_make(store, sealed, made, err);
    return !st && sealed->key ? vault_open(store, sealed->key, sealed->slots, err) : st;
}

/* Of what the triggers were found in place for: SQLite's cookie of the schema, which each change of it moves, and the form that this program gives
 * them. */
static enum jemput_status schema_state(struct jemput_store *store, int64_t *out, struct jemput_error *err)
{
    int64_t cookie = 0;
    enum jemput_status st = jemput_store_look(store, "PRAGMA schema_version", "read the schema's version", &cookie, err);

    *out = cookie * 256 + JEMPUT_TRIGGER_FORM;
    return st;
}

/* Whoever drops or changes a trigger moves the cookie: under the one that the file names all were in place, and the app's connection need not read
 * the schema before it is used. Under another one they are looked at, until nobody has changed anything meanwhile. */
static enum jemput_status triggers_look(struct jemput_store *store, struct jemput_error *err)
{
    int64_t before = 0, after = 0;
    enum jemput_status st = schema_state(store, &after, err);

    if (!st)
        st = jemput_store_number_get(store, JEMPUT_FACT_TRIGGERS_SEEN, 0, &store->triggers_noted, err);
    store->triggers_seen = store->triggers_noted;
    if (st || after == store->triggers_noted)
        return st;
    for (unsigned look = 0; !st && look < LOOKS_MAX && before != after; look++) {
        before = after;
        st = jemput_capture_look(store->app_capture, err);
        if (!st)
            st = schema_state(store, &after, err);
    }
    if (!st && before == after)
        store->triggers_seen = after;
    return st;
}

static enum jemput_status store_open(struct jemput_store *store, bool create, const struct sealed *sealed, bool *made, struct jemput_error *err)
{
    enum jemput_status st = file_begin(store, create, sealed, made, err);

    if (!st)
        st = jemput_file_connect(&store->db, store, false, create, err);
    if (!st)
        sqlite3_wal_hook(store->db, committed, store);
    if (!st)
        st = create ? jemput_file_create(store, err) : jemput_file_check(store, err);
    if (!st) /* the file is there: what may be created is what the app attaches, or VACUUMs INTO */
        st = jemput_file_connect(&store->app, store, true, true, err);
    if (!st)
        st = jemput_file_configure(store->app, true, err);
    if (!st)
        st = jemput_capture_start(&store->db_capture, store->db, store->env, &store->hooks, false, err);
    if (!st)
        st = jemput_capture_start(&store->app_capture, store->app, store->env, &store->hooks, true, err);
    if (!st)
        st = triggers_look(store, err);
    if (!st) /* last: where anything fails, nothing was changed */
        st = jemput_layout_upgrade(store->db, err);
    if (!st)
        jemput_capture_guard(store->app_capture);
    return st;
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
    jemput_store_statements_end(store);
    if (store->locking && store->app) /* whatever keeps the connection alive shall not keep pages */
        sqlite3_db_release_memory(store->app);
    connection_close(store->app, store->app_capture);
    connection_close(store->db, store->db_capture);
    jemput_moved_release(&store->moved);
    jemput_buf_release(&store->feed.rows);
    if (store->locking)
        jemput_vault_end(store->vault);
    else
        jemput_vault_close(store->vault);
    jemput_wal_vfs_close(store->wal_vfs);
}

static void store_free(struct jemput_store *store)
{
    if (store)
        jemput_free(store->path);
    jemput_free(store);
}

struct jemput_store *jemput_store_new(struct jemput_env *env, const char *path, const struct jemput_store_hooks *hooks)
{
    struct jemput_store *store = jemput_alloc_zero(1, sizeof *store);

    if (!store)
        return NULL;
    store->env = env;
    store->vfs = env->sqlite_vfs;
    store->hooks = *hooks;
    store->path = path_copy(path);
    if (store->path)
        return store;
    store_free(store);
    return NULL;
}

/* An opening that fails changes nothing in a store that is there; one that could not be made is removed again. */
static void say_what_is_safe(struct jemput_error *err, bool made)
{
    size_t len = strlen(err->text);

    if (err->status != JEMPUT_EXISTS && err->status != JEMPUT_NOTFOUND) /* they say so themselves */
        sqlite3_snprintf((int)(sizeof err->text - len), err->text + len, made ? "; no file was left behind" : "; nothing was changed in the file");
}

enum jemput_status jemput_store_open_sealed(struct jemput_store **out, struct jemput_env *env, const char *path, bool create,
                                            const struct jemput_store_hooks *hooks, const uint8_t *key, const struct jemput_keyslots *slots,
                                            struct jemput_error *err)
{
    const struct sealed sealed = { key, slots };
    struct jemput_store *store = NULL;
    bool made = false;
    enum jemput_status st;

    *out = NULL;
    jemput_sqlite_start();
    if (sqlite3_initialize() == SQLITE_OK)
        store = jemput_store_new(env, path, hooks);
    if (!store) {
        jemput_fail(err, JEMPUT_NOMEM, "no memory");
        return jemput_wrap(err, "open store");
    }
    st = store_open(store, create, &sealed, &made, err);
    if (!st) {
        *out = store;
        return JEMPUT_OK;
    }
    store_close(store);
    if (made)
        jemput_file_remove(store);
    store_free(store);
    say_what_is_safe(err, made);
    return jemput_wrap(err, "open store");
}

enum jemput_status jemput_store_open(struct jemput_store **out, struct jemput_env *env, const char *path, bool create,
                                     const struct jemput_store_hooks *hooks, struct jemput_error *err)
{
    return jemput_store_open_sealed(out, env, path, create, hooks, NULL, NULL, err);
}

void jemput_store_close(struct jemput_store *store)
{
    if (store)
        store_close(store);
    store_free(store);
}

void jemput_store_lock(struct jemput_store *store)
{
    store->locking = true;
    jemput_store_close(store);
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

bool jemput_store_app_writing(const struct jemput_store *store)
{
    return !sqlite3_get_autocommit(store->app);
}

bool jemput_store_is_sealed(const struct jemput_store *store)
{
    return store->vault != NULL;
}

const uint8_t *jemput_store_key(const struct jemput_store *store)
{
    return jemput_vault_key(store->vault);
}

void jemput_store_slots_set(struct jemput_store *store, const struct jemput_keyslots *slots)
{
    jemput_vault_slots_set(store->vault, slots);
}

enum jemput_status jemput_store_idle(struct jemput_store *store, struct jemput_error *err)
{
    for (sqlite3_stmt *s = sqlite3_next_stmt(store->app, NULL); s; s = sqlite3_next_stmt(store->app, s))
        if (!jemput_capture_owns(store->app_capture, s))
            return jemput_fail(err, JEMPUT_BUSY, "the app has statements that are not finalized");
    if (!sqlite3_get_autocommit(store->app))
        return jemput_fail(err, JEMPUT_BUSY, "the app has a transaction that is neither committed nor rolled back");
    return JEMPUT_OK;
}
