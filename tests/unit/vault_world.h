/* unit/vault_world.h — what the vault's tests stand on: the disk that loses power, a vault on it, and raw SQLite. Included once a program. */
#ifndef TESTS_UNIT_VAULT_WORLD_H
#define TESTS_UNIT_VAULT_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "crypto/crypto.h"
#include "store/vault/lid.h"
#include "store/vault/vault.h"
#include "support/crash_vfs.h"

#define DB "folder/store.db"

static struct crash_vfs *disk;
static struct jemput_vault *vault;
static struct jemput_env world; /* the real one, but for its disk and its randomness */
static uint64_t world_rng;
static const uint8_t right_key[JEMPUT_DATA_KEY_BYTES] = { 1, 2, 3 };
static const uint8_t wrong_key[JEMPUT_DATA_KEY_BYTES] = { 1, 2, 4 };

static inline void world_random(struct jemput_env *env, void *out, size_t len)
{
    uint8_t *to = out;

    (void)env;
    for (size_t i = 0; i < len; i++)
        to[i] = (uint8_t)crash_rng_next(&world_rng);
}

static inline struct jemput_vault *vault_on(const char *vfs, const uint8_t *key)
{
    struct jemput_vault *v = NULL;
    struct jemput_error err;

    world.sqlite_vfs = vfs;
    assert_int_equal(jemput_vault_open(&v, &world, key, NULL, &err), JEMPUT_OK);
    return v;
}

static inline enum jemput_vault_kind kind_of_path(struct jemput_env *env, const char *path)
{
    enum jemput_vault_kind kind;
    struct jemput_error err;

    assert_int_equal(jemput_vault_look(&kind, env, path, &err), JEMPUT_OK);
    return kind;
}

static inline int setup(void **state)
{
    struct jemput_error err;

    (void)state;
    assert_int_equal(jemput_crypto_init(&err), JEMPUT_OK);
    world = *jemput_env_posix();
    world.random = world_random;
    disk = crash_vfs_new("crash");
    vault = vault_on("crash", right_key);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    jemput_vault_close(vault);
    crash_vfs_free(disk);
    return 0;
}

static inline int db_exec(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* A connection through `v` (NULL = without a vault), as the store makes one. NULL = could not be had; *rc says why. */
static inline sqlite3 *db_open_on(const struct jemput_vault *v, const char *path, const char *pragmas, int *rc)
{
    sqlite3 *db = NULL;

    *rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, v ? jemput_vault_name(v) : "crash");
    if (*rc == SQLITE_OK)
        *rc = db_exec(db, pragmas);
    if (*rc == SQLITE_OK)
        return db;
    sqlite3_close(db);
    return NULL;
}

static inline sqlite3 *db_open(const char *pragmas)
{
    int rc;

    return db_open_on(vault, DB, pragmas, &rc);
}

static inline int64_t db_int(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int64_t value = -1;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
        value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return value;
}

static inline bool db_is_sound(sqlite3 *db)
{
    sqlite3_stmt *stmt = NULL;
    bool sound = sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW &&
                 strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") == 0;

    sqlite3_finalize(stmt);
    return sound;
}

#endif
