/* store/store.c — opening and closing a store. Its file: file.h; its transactions: transaction.c; stores beside it: beside.c. */
#include "store/store.h"

#include <string.h>

#include "store/capture.h"
#include "store/file.h"
#include "store/mergetrigger.h"

#define CHECKPOINT_PAGES 4000

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
    if (pages >= CHECKPOINT_PAGES)
        sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL); /* if it fails, the next one does it */
    return SQLITE_OK;
}

static enum jemput_status store_open(struct jemput_store *store, bool create, bool *made, struct jemput_error *err)
{
    bool there = false;
    enum jemput_status st = jemput_file_exists(store, &there, err);

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
        st = jemput_file_look(store, err);
        if (st)
            return st;
    }
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
    return st ? st : jemput_catalog_refresh(store, err);
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
    connection_close(store->app, store->app_capture);
    connection_close(store->db, store->db_capture);
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
        store = jemput_store_new(env, path, hooks);
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
        jemput_file_remove(store);
    store_free(store);
    say_what_is_safe(err, made);
    return jemput_wrap(err, "open store");
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
