/* fuzz/fuzz_vault.c — what lies on the disk of a sealed store, by somebody who can write there and has no key: the ways in, pages, a write-ahead log.
 *
 * The first byte of an input says what the rest is, beside what a good store of one page has:
 *     0   the table of ways in, in both copies, with the right hash       1   page 1 and what follows it       2   the write-ahead log
 *     3   the whole file       4   a recovery code as text
 * Nothing of it may be taken for what the store holds: its one number is that of the good page or it is not to be had. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "crypto/page.h"
#include "store/internal.h"
#include "store/vault/lid.h"
#include "store/vault/recovery.h"
#include "store/vault/vault.h"
#include "support/crash_vfs.h"
#include "support/sim_env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NUMBER 28 /* the store's user_version */
#define NUMBER_IN_LOG 29
#define INPUT_BYTES_MAX 100000

static const uint8_t key[JEMPUT_DATA_KEY_BYTES] = { 5, 4, 3 }, platform[JEMPUT_PLATFORM_KEY_BYTES] = { 9 }, code[JEMPUT_RECOVERY_BYTES] = { 8 };
static struct crash_vfs *vfs;
static struct sim_env sim;
static struct crash_snapshot *good;

static sqlite3 *vault_connect(struct jemput_vault **vault)
{
    struct jemput_error err;
    sqlite3 *db = NULL;

    JEMPUT_ASSERT(jemput_vault_open(vault, &sim.env, key, NULL, &err) == JEMPUT_OK);
    if (sqlite3_open_v2("a.db", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, jemput_vault_name(*vault)) == SQLITE_OK)
        return db;
    sqlite3_close(db);
    return NULL;
}

static void world_make(void)
{
    struct jemput_keyslots slots = { .sequence = 1 };
    struct jemput_vault *vault;
    struct jemput_error err;
    sqlite3 *db;

    JEMPUT_ASSERT(jemput_crypto_init(&err) == JEMPUT_OK);
    vfs = crash_vfs_new("fuzz");
    sim_env_init(&sim, vfs, 1);
    jemput_keyslot_platform(&slots, platform, key, &sim.env);
    jemput_keyslot_recovery(&slots, code, key, &sim.env);
    crash_vfs_put(vfs, "a.db", "", 0);
    JEMPUT_ASSERT(jemput_lid_make(&sim.env, "a.db", key, &slots, &err) == JEMPUT_OK);
    db = vault_connect(&vault);
    JEMPUT_ASSERT(sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA user_version=28", NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(db);
    jemput_vault_close(vault);
    good = crash_vfs_snapshot(vfs);
}

static void number_read(void)
{
    enum jemput_vault_kind kind;
    struct jemput_vault *vault;
    struct jemput_error err;
    sqlite3_stmt *stmt = NULL;
    sqlite3 *db;

    if (jemput_vault_look(&kind, &sim.env, "a.db", &err) || kind == JEMPUT_VAULT_PLAIN)
        return; /* as a store does: a plain file in the place of a sealed one is refused */
    db = vault_connect(&vault);
    if (db && sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        int number = sqlite3_column_int(stmt, 0);

        JEMPUT_ASSERT(number == NUMBER || number == NUMBER_IN_LOG || number == 0); /* 0: no page is left, and the store is taken for an empty one */
    }
    sqlite3_finalize(stmt);
    if (db)
        sqlite3_exec(db, "PRAGMA integrity_check", NULL, NULL, NULL);
    sqlite3_close(db);
    jemput_vault_close(vault);
}

static void try_ways(void)
{
    const struct jemput_way_in ways[] = { { .platform = platform }, { .recovery = code }, { .platform = code }, { .platform = NULL } };

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        uint8_t opened[JEMPUT_DATA_KEY_BYTES];
        struct jemput_error err;

        if (jemput_lid_unlock(opened, &sim.env, "a.db", &ways[i], &err) == JEMPUT_OK)
            JEMPUT_ASSERT(i < 2 && memcmp(opened, key, sizeof opened) == 0);
    }
}

/* The good file with `data` at `at`, and nothing behind it. */
static void file_put(size_t at, const uint8_t *data, size_t size)
{
    size_t len;
    const uint8_t *file = crash_vfs_file(vfs, "a.db", &len);
    uint8_t *copy = malloc(at + size + 1);

    JEMPUT_ASSERT(copy && at <= len);
    memcpy(copy, file, at);
    memcpy(copy + at, data, size);
    crash_vfs_put(vfs, "a.db", copy, at + size);
    free(copy);
}

static void table_put(const uint8_t *data, size_t size)
{
    static uint8_t file[1 << 16];
    size_t len;
    const uint8_t *now = crash_vfs_file(vfs, "a.db", &len);
    uint8_t table[JEMPUT_KEYSLOT_TABLE_BYTES] = { 0 };

    JEMPUT_ASSERT(len <= sizeof file);
    memcpy(table, data, size < sizeof table ? size : sizeof table);
    jemput_hash256(table + sizeof table - 32, jemput_bytes_of(table, sizeof table - 32), NULL);
    memcpy(file, now, len);
    for (unsigned i = 0; i < JEMPUT_LID_COPIES; i++)
        memcpy(file + JEMPUT_LID_COPY_AT(i), table, sizeof table);
    crash_vfs_put(vfs, "a.db", file, len);
}

static void code_read(const uint8_t *data, size_t size)
{
    uint8_t read[JEMPUT_RECOVERY_BYTES], again[JEMPUT_RECOVERY_BYTES];
    char text[JEMPUT_RECOVERY_TEXT_BYTES], *copy = malloc(size + 1);
    struct jemput_error err;

    JEMPUT_ASSERT(copy);
    memcpy(copy, data, size);
    copy[size] = '\0';
    if (jemput_recovery_read(read, copy, &err) == JEMPUT_OK) {
        jemput_recovery_write(text, read);
        JEMPUT_ASSERT(jemput_recovery_read(again, text, &err) == JEMPUT_OK && memcmp(read, again, sizeof read) == 0);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > INPUT_BYTES_MAX)
        return 0;
    if (!vfs)
        world_make();
    crash_vfs_restore(vfs, good);
    if (data[0] == 0)
        table_put(data + 1, size - 1);
    else if (data[0] == 1)
        file_put(JEMPUT_LID_BYTES, data + 1, size - 1);
    else if (data[0] == 2)
        crash_vfs_put(vfs, "a.db-wal", data + 1, size - 1);
    else if (data[0] == 3)
        file_put(0, data + 1, size - 1);
    else
        code_read(data + 1, size - 1);
    if (data[0] < 4) {
        try_ways();
        number_read();
    }
    return 0;
}
