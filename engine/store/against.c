/* store/against.c — which row stands against a held one: as the pass has noted it (pass.h). */
#include <string.h>

#include "store/apply.h"
#include "store/look.h"

#define FOREIGN_KEY "FOREIGN KEY "

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for what stands against a row");
}

/* The table and key of the entry that `stmt` stands on. A parent whose table is not replicated has no number: its name is in the reason. */
static enum jemput_status entry_read(struct jemput_store *store, sqlite3_stmt *stmt, const char *reason, struct jemput_against *out,
                                     struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_bytes key = { sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1) };
    const char *table = NULL;
    struct jemput_applier *a;
    enum jemput_status st;

    if (sqlite3_column_type(stmt, 0) != SQLITE_NULL) {
        st = jemput_applier_of(store, (uint32_t)sqlite3_column_int64(stmt, 0), &a, err);
        if (st)
            return st;
        table = a->table->name;
    } else if (strncmp(reason, FOREIGN_KEY, sizeof FOREIGN_KEY - 1) == 0) {
        table = reason + sizeof FOREIGN_KEY - 1;
    }
    if (!table)
        return JEMPUT_OK;
    out->table = jemput_arena_str(arena, jemput_bytes_str(table));
    if (key.len)
        out->key = jemput_arena_copy(arena, key);
    return out->table && (!key.len || out->key.data) ? JEMPUT_OK : nomem(err);
}

enum jemput_status jemput_store_against(struct jemput_store *store, const struct jemput_table *table, struct jemput_bytes key, const char *reason,
                                        struct jemput_against *out, struct jemput_arena *arena, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT against_tbl, against_key FROM jemput_withheld WHERE tbl = ? AND key = ?", err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    *out = (struct jemput_against){ 0 };
    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, table->id);
    sqlite3_bind_blob64(stmt, 2, key.data, key.len, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        st = entry_read(store, stmt, reason, out, arena, err);
    else if (rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "read what stands against a row");
    sqlite3_reset(stmt);
    return st;
}
