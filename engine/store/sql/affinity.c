/* store/sql/affinity.c — a value as a column holds it: SQLite converts it by the column's declared type. See affinity.h. */
#include "store/sql/affinity.h"

#include "change/key.h"

/* A copy that SQLite may convert; the caller frees it. */
static enum jemput_status value_copy(struct jemput_store *store, const struct jemput_value *v, sqlite3_value **out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT ?", err);
    int rc;

    if (!stmt)
        return err->status;
    jemput_value_bind(stmt, 1, v);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *out = sqlite3_value_dup(sqlite3_column_value(stmt, 0));
    sqlite3_reset(stmt);
    if (rc != SQLITE_ROW)
        return jemput_sqlite_fail(store->db, rc, err, "convert a value");
    return *out ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a value");
}

enum jemput_status jemput_value_convert(struct jemput_store *store, struct jemput_value *v, enum jemput_affinity affinity, sqlite3_value **owned,
                                        struct jemput_error *err)
{
    bool number = v->type == JEMPUT_INTEGER || v->type == JEMPUT_REAL;
    const unsigned char *text;
    enum jemput_status st = JEMPUT_OK;

    if (affinity == JEMPUT_AFFINITY_TEXT && number) {
        st = value_copy(store, v, owned, err);
        text = st ? NULL : sqlite3_value_text(*owned);
        if (!st && !text)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a value");
        if (!st)
            *v = (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_bytes_of(text, (size_t)sqlite3_value_bytes(*owned)) };
    } else if (affinity >= JEMPUT_AFFINITY_NUMBER && v->type == JEMPUT_TEXT) {
        st = value_copy(store, v, owned, err);
        if (!st && sqlite3_value_numeric_type(*owned) == SQLITE_INTEGER)
            *v = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = sqlite3_value_int64(*owned) };
        else if (!st && sqlite3_value_numeric_type(*owned) == SQLITE_FLOAT)
            *v = (struct jemput_value){ .type = JEMPUT_REAL, .real = sqlite3_value_double(*owned) };
    }
    if (affinity == JEMPUT_AFFINITY_REAL && v->type == JEMPUT_INTEGER)
        *v = (struct jemput_value){ .type = JEMPUT_REAL, .real = (double)v->integer };
    return st;
}

enum jemput_status jemput_store_value_held(struct jemput_store *store, struct jemput_value *v, enum jemput_affinity affinity,
                                           struct jemput_arena *arena, struct jemput_error *err)
{
    sqlite3_value *owned = NULL;
    enum jemput_status st = jemput_value_convert(store, v, affinity, &owned, err);

    if (!st && affinity == JEMPUT_AFFINITY_NUMBER && v->type == JEMPUT_REAL && jemput_key_is_integer(v->real))
        *v = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = (int64_t)v->real };
    if (!st && affinity == JEMPUT_AFFINITY_REAL && v->type == JEMPUT_REAL)
        v->real += 0.0; /* -0.0 is 0.0 there */
    if (!st && owned && v->type == JEMPUT_TEXT) {
        v->bytes = jemput_arena_copy(arena, v->bytes);
        if (!v->bytes.data)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a value");
    }
    sqlite3_value_free(owned);
    return st;
}
