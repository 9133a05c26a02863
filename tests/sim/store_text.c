/* sim/store_text.c — see store_text.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "store_text.h"

static sqlite3 *file_open(struct fleet_device *d)
{
    sqlite3 *db;

    if (sqlite3_open_v2(d->path, &db, SQLITE_OPEN_READWRITE, crash_vfs_name(d->vfs)))
        fail_msg("%s: %s", d->path, sqlite3_errmsg(db));
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    return db;
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
    sqlite3 *db = file_open(&f->devices[device]);
    sqlite3_str *out = sqlite3_str_new(NULL);
    sqlite3_stmt *tables;
    char *text, *copy;

    if (sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name", -1, &tables, NULL))
        fail_msg("%s", sqlite3_errmsg(db));
    while (sqlite3_step(tables) == SQLITE_ROW)
        table_text(out, db, (const char *)sqlite3_column_text(tables, 0));
    sqlite3_finalize(tables);
    sqlite3_close(db);
    text = sqlite3_str_finish(out);
    copy = strdup(text ? text : "");
    sqlite3_free(text);
    return copy;
}

void store_damage(struct fleet *f, unsigned device, const char *sql)
{
    struct fleet_device *d = &f->devices[device];
    struct jemput_error err;
    sqlite3 *db;

    jemput_close(d->jemput);
    d->jemput = NULL;
    db = file_open(d);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    if (sqlite3_total_changes(db) == 0)
        fail_msg("%s: nothing was changed", sql);
    sqlite3_close(db);
    sim_env_use_real_files(&d->sim, NULL);
    if (jemput_open(&d->jemput, d->path, &d->sim.env, &err))
        fail_msg("open: %s", err.text);
    d->sql = jemput_app(d->jemput);
    sim_env_use_real_files(&d->sim, jemput_env_posix());
}
