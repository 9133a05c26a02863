/* store/schema/initial.c — columns' constant DEFAULTs: see initial.h. */
#include "store/schema/initial.h"

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
    enum jemput_status st = JEMPUT_OK;

    for (uint16_t i = 0; !st && i < a->table->column_count; i++)
        if (a->table->columns[i].group != JEMPUT_GROUP_NONE && is_constant(a->declared->columns[i].otherwise))
            st = constant_read(store, a->declared->columns[i].otherwise, &a->initial[i], arena, err);
    return st;
}
