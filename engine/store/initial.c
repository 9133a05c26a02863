/* store/initial.c — columns' constant DEFAULTs: see initial.h. */
#include "store/initial.h"

#include <string.h>

/* One that is computed is of no older row. */
static bool is_constant(const char *text)
{
    return text && !strchr(text, '(') && sqlite3_strnicmp(text, "CURRENT_", 8) != 0;
}

static enum jemput_status constant_read(struct jemput_store *store, const char *text, struct jemput_value *out, struct jemput_arena *arena,
                                        struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    struct jemput_value value;
    sqlite3_stmt *stmt = NULL;
    enum jemput_status st;
    int rc;

    jemput_buf_append_str(&sql, "SELECT ");
    jemput_buf_append_str(&sql, text);
    st = jemput_sqlite_prepare_buf(&stmt, store->db, &sql, 0, err);
    jemput_buf_release(&sql);
    if (st)
        return st == JEMPUT_CORRUPT ? JEMPUT_OK : st; /* a word that stands for its own text: "DEFAULT lama" */
    rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW) {
        st = jemput_sqlite_fail(store->db, rc, err, "read a default");
    } else {
        jemput_value_from_column(&value, stmt, 0);
        if (!jemput_value_copy(out, &value, arena))
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a default");
    }
    sqlite3_finalize(stmt);
    return st;
}

enum jemput_status jemput_initial_load(struct jemput_store *store, struct jemput_applier *a, struct jemput_arena *arena, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(
        &stmt, store->db, "SELECT cid, dflt_value FROM pragma_table_xinfo(?1, 'main') WHERE dflt_value IS NOT NULL", 0, err);
    int rc = SQLITE_DONE;

    if (st)
        return st;
    sqlite3_bind_text(stmt, 1, a->table->name, -1, SQLITE_STATIC);
    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        int column = sqlite3_column_int(stmt, 0);
        const char *text = (const char *)sqlite3_column_text(stmt, 1);

        if (column < a->table->column_count && a->table->columns[column].group != JEMPUT_GROUP_NONE && is_constant(text))
            st = constant_read(store, text, &a->initial[column], arena, err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "read defaults");
    sqlite3_finalize(stmt);
    return st;
}
