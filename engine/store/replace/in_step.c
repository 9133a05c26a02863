/* store/replace/in_step.c — two sorted lists, gone through in step. See replace/in_step.h. */
#include "store/replace/in_step.h"

#include "base/limits.h"

/* NULL, then numbers, text, blobs: as SQLite orders them. */
static int type_rank(const struct jemput_value *v)
{
    return v->type == JEMPUT_NULL ? 0 : v->type == JEMPUT_TEXT ? 2 : v->type == JEMPUT_BLOB ? 3 : 1;
}

static int integer_real_compare(int64_t integer, double real)
{
    int64_t whole;

    if (real < -9223372036854775808.0)
        return 1;
    if (real >= 9223372036854775808.0)
        return -1;
    whole = (int64_t)real; /* towards 0 */
    if (integer != whole)
        return integer < whole ? -1 : 1;
    return ((double)whole > real) - ((double)whole < real);
}

static int key_value_compare(const struct jemput_value *a, const struct jemput_value *b)
{
    int rank_a = type_rank(a), rank_b = type_rank(b);

    if (rank_a != rank_b)
        return rank_a < rank_b ? -1 : 1;
    if (a->type == JEMPUT_INTEGER && b->type == JEMPUT_REAL)
        return integer_real_compare(a->integer, b->real);
    if (a->type == JEMPUT_REAL && b->type == JEMPUT_INTEGER)
        return -integer_real_compare(b->integer, a->real);
    if (a->type == JEMPUT_REAL)
        return (a->real > b->real) - (a->real < b->real);
    return jemput_value_compare(a, b);
}

static int keys_compare(const struct jemput_instep_lists *l)
{
    int order = 0;

    for (int i = 0; order == 0 && i < l->keys; i++) {
        struct jemput_value a, b;
        jemput_value_from_column(&a, l->left, i);
        jemput_value_from_column(&b, l->right, i);
        order = key_value_compare(&a, &b);
    }
    return order;
}

/* The key's values, too: 1 and 1.0 are one key. */
static bool entries_equal(const struct jemput_instep_lists *l)
{
    bool equal = true;

    for (int i = 0; equal && i < sqlite3_column_count(l->left); i++) {
        struct jemput_value a, b;
        jemput_value_from_column(&a, l->left, i);
        jemput_value_from_column(&b, l->right, i);
        equal = jemput_value_equal(&a, &b);
    }
    return equal;
}

static enum jemput_status step(sqlite3_stmt *stmt, bool *row, struct jemput_error *err)
{
    int rc = sqlite3_step(stmt);

    *row = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(sqlite3_db_handle(stmt), rc, err, "compare rows");
}

static enum jemput_status lists_go(const struct jemput_instep_lists *l, struct jemput_error *err)
{
    uint64_t place = 0;
    bool left, right = false;
    enum jemput_status st = step(l->left, &left, err);

    if (!st)
        st = step(l->right, &right, err);
    while (!st && (left || right)) {
        int order = !right ? -1 : !left ? 1 : keys_compare(l);

        place++;
        if (order < 0)
            st = l->each(l->ctx, JEMPUT_INSTEP_LEFT, l->left, l->right, place, err);
        else if (order > 0)
            st = l->each(l->ctx, JEMPUT_INSTEP_RIGHT, l->left, l->right, place, err);
        else if (!entries_equal(l))
            st = l->each(l->ctx, JEMPUT_INSTEP_BOTH, l->left, l->right, place, err);
        if (!st && l->passed)
            st = l->passed(l->ctx, err);
        if (!st && order <= 0)
            st = step(l->left, &left, err);
        if (!st && order >= 0)
            st = step(l->right, &right, err);
    }
    return st;
}

enum jemput_status jemput_instep_go(const struct jemput_instep_lists *lists, struct jemput_error *err)
{
    enum jemput_status st;

    JEMPUT_ASSERT(sqlite3_column_count(lists->left) == sqlite3_column_count(lists->right));
    st = lists_go(lists, err);
    sqlite3_reset(lists->left);
    sqlite3_reset(lists->right);
    return st;
}

/* --- a table's rows --- */

uint16_t jemput_rows_columns(const struct jemput_table *table, uint16_t *out)
{
    uint16_t count = 0;

    for (uint8_t i = 0; i < table->key_count; i++)
        out[count++] = table->key_columns[i];
    for (uint16_t i = 0; i < table->column_count; i++)
        if (table->columns[i].group != JEMPUT_GROUP_NONE)
            out[count++] = i;
    return count;
}

enum jemput_status jemput_rows_prepare(sqlite3_stmt **out, struct jemput_store *store, const struct jemput_table *table, const char *const *lacks,
                                       struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    uint16_t columns[JEMPUT_COLUMNS_MAX], count = jemput_rows_columns(table, columns);
    enum jemput_status st;

    for (uint16_t i = 0; i < count; i++) {
        jemput_buf_append_str(&sql, i ? ", " : "SELECT ");
        if (lacks && lacks[columns[i]])
            jemput_buf_append_str(&sql, lacks[columns[i]]);
        else
            jemput_buf_identifier(&sql, table->columns[columns[i]].name);
    }
    jemput_buf_append_str(&sql, " FROM main.");
    jemput_buf_identifier(&sql, table->name);
    for (uint8_t i = 0; i < table->key_count; i++) {
        jemput_buf_append_str(&sql, i ? ", " : " ORDER BY ");
        jemput_buf_identifier(&sql, table->columns[table->key_columns[i]].name);
    }
    st = jemput_sqlite_prepare_buf(out, store->db, &sql, 0, err);
    jemput_buf_release(&sql);
    return st;
}
