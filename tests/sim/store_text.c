/* sim/store_text.c — see store_text.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "store/vault/lid.h"
#include "store/vault/vault.h"
#include "store_text.h"
#include "support/sealed.h"

/* What a sealed store is looked into through; NULL = it is plain. */
static struct jemput_vault *vault_open(struct fleet_device *d)
{
    const struct jemput_way_in way = { .platform = sealed_secret()->key };
    uint8_t key[JEMPUT_DATA_KEY_BYTES];
    struct jemput_vault *vault = NULL;
    struct jemput_error err;

    if (test_secret() && (jemput_lid_unlock(key, &d->sim.env, d->path, &way, &err) || jemput_vault_open(&vault, &d->sim.env, key, NULL, &err)))
        fail_msg("%s: %s", d->path, err.text);
    return vault;
}

static sqlite3 *file_open(struct fleet_device *d, struct jemput_vault **vault)
{
    sqlite3 *db;

    *vault = vault_open(d);
    if (sqlite3_open_v2(d->path, &db, SQLITE_OPEN_READWRITE, *vault ? jemput_vault_name(*vault) : crash_vfs_name(d->vfs)))
        fail_msg("%s: %s", d->path, sqlite3_errmsg(db));
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    return db;
}

static void file_close(sqlite3 *db, struct jemput_vault *vault)
{
    sqlite3_close(db);
    jemput_vault_close(vault);
}

static void table_text(sqlite3_str *out, sqlite3 *db, const char *table)
{
    char *sql = sqlite3_mprintf("SELECT * FROM \"%w\" ORDER BY 1, 2", table);
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        sqlite3_str_appendf(out, "%s", table);
        for (int i = 0; i < sqlite3_column_count(stmt); i++) {
            const unsigned char *bytes = sqlite3_column_blob(stmt, i);

            sqlite3_str_appendf(out, "|%d:", sqlite3_column_type(stmt, i));
            for (int k = 0; k < sqlite3_column_bytes(stmt, i); k++)
                sqlite3_str_appendf(out, "%02x", bytes[k]);
        }
        sqlite3_str_appendchar(out, 1, '\n');
    }
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
}

char *store_text(struct fleet *f, unsigned device)
{
    struct jemput_vault *vault;
    sqlite3 *db = file_open(&f->devices[device], &vault);
    sqlite3_str *out = sqlite3_str_new(NULL);
    sqlite3_stmt *tables;
    char *text, *copy;

    if (sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name", -1, &tables, NULL))
        fail_msg("%s", sqlite3_errmsg(db));
    while (sqlite3_step(tables) == SQLITE_ROW)
        table_text(out, db, (const char *)sqlite3_column_text(tables, 0));
    sqlite3_finalize(tables);
    file_close(db, vault);
    text = sqlite3_str_finish(out);
    copy = strdup(text ? text : "");
    sqlite3_free(text);
    return copy;
}

enum jemput_status store_damage_try(struct fleet *f, unsigned device, const char *sql, struct jemput_error *err)
{
    struct fleet_device *d = &f->devices[device];
    struct jemput_vault *vault;
    enum jemput_status st;
    sqlite3 *db;

    jemput_close(d->jemput);
    d->jemput = NULL;
    db = file_open(d, &vault);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    if (sqlite3_total_changes(db) == 0)
        fail_msg("%s: nothing was changed", sql);
    file_close(db, vault);
    sim_env_use_real_files(&d->sim, NULL);
    st = jemput_open_sealed(&d->jemput, d->path, test_secret(), &d->sim.env, err);
    d->sql = st ? NULL : jemput_app(d->jemput);
    sim_env_use_real_files(&d->sim, jemput_env_posix());
    return st;
}

void store_damage(struct fleet *f, unsigned device, const char *sql)
{
    struct jemput_error err;

    if (store_damage_try(f, device, sql, &err))
        fail_msg("open: %s", err.text);
}
