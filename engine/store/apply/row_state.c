/* store/apply/row_state.c — one row's merge state: of a plain row its birth, of others their entry in jemput_row: read, decoded, encoded, written. */
#include "store/apply/apply.h"

#include <string.h>

#include "merge/shape.h"
#include "store/apply/birth.h"
#include "store/constraint/removed.h"
#include "store/schema/former.h"

enum jemput_status jemput_known_read(struct jemput_store *store, struct jemput_applier *a, struct jemput_bytes key, bool own,
                                     struct jemput_known *out, struct jemput_arena *arena, struct jemput_error *err)
{
    sqlite3_stmt *stmt = store->appliers->row_get;
    struct jemput_known k = { 0 };
    enum jemput_status st = JEMPUT_OK;
    bool found = own;
    int rc;

    sqlite3_bind_int64(stmt, 1, a->table->id);
    sqlite3_bind_blob64(stmt, 2, key.data, key.len, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    k.known = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW) {
        struct jemput_bytes detail = { sqlite3_column_blob(stmt, 2), (size_t)sqlite3_column_bytes(stmt, 2) };

        k.state = (unsigned)sqlite3_column_int64(stmt, 1);
        k.shown = !(k.state & (JEMPUT_ROW_HELD | JEMPUT_ROW_ABSENT));
        if (detail.len) {
            detail = jemput_arena_copy(arena, detail); /* values borrow from it */
            st = detail.data ? jemput_row_read(&k.row, detail, a->table, arena, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory for a row");
        } else if (sqlite3_column_int64(stmt, 0) > 0) {
            st = jemput_plain_row(&k.row, a, (uint64_t)sqlite3_column_int64(stmt, 0), arena, err);
        } else {
            st = jemput_fail(err, JEMPUT_CORRUPT, "a row of table '%s' has no version", a->table->name);
        }
    } else if (rc != SQLITE_DONE) {
        st = jemput_sqlite_fail(store->db, rc, err, "read row state");
    }
    sqlite3_reset(stmt);
    if (!st && !k.known) {
        uint64_t birth = 0;

        if (!own)
            st = jemput_shown_read(store, a, key, &found, arena, err);
        if (!st && found)
            st = jemput_birth_find(store, a, key, &birth, err);
        if (!st && found)
            st = jemput_plain_row(&k.row, a, birth ? birth : JEMPUT_VERSION_SCHEMA, arena, err);
        k.known = k.born = birth != 0;
        k.shown = found;
    }
    if (!st)
        *out = k;
    return st;
}

/* Has the row nothing but its insert, of a time before some column came? Then it is a plain row, and has one form: no detail. Counters are kept
 * whole, whatever else there is: a row that has them is never plain. */
static bool row_is_former_plain(const struct jemput_applier *a, const struct jemput_row *row)
{
    uint16_t groups = jemput_former_groups(a, row->created);

    if (row->delete_count || row->created < JEMPUT_VERSION_PLACES || groups == a->table->group_count || row->group_count < groups)
        return false;
    for (uint16_t g = 0; g < row->group_count; g++) {
        const struct jemput_register *r = &row->registers[g];

        if (jemput_shape_keeps(a->table, g) == JEMPUT_RULE_SUM || r->write_count != (g < groups) ||
            (r->write_count && (r->writes[0].version != row->created || r->writes[0].spare_count)))
            return false;
    }
    return true;
}

enum jemput_status jemput_known_write(struct jemput_store *store, struct jemput_applier *a, struct jemput_bytes key, const struct jemput_row *row,
                                      const struct jemput_view *view, unsigned state, bool in_table, struct jemput_error *err)
{
    struct jemput_buf *detail = &store->appliers->scratch;
    sqlite3_stmt *stmt = store->appliers->row_put;
    enum jemput_status st;

    jemput_buf_clear(detail);
    jemput_row_write(detail, row, a->table, view, in_table);
    st = jemput_buf_check(detail, "row state", err);
    if (!st && in_table && detail->len && row_is_former_plain(a, row))
        jemput_buf_clear(detail);
    if (st)
        return st;
    jemput_feed_note(store, a->table->id, key);
    if (state == JEMPUT_ROW_ABSENT && row->created)
        st = jemput_departed_note(store, a, key, view, err);
    if (st)
        return st;
    sqlite3_bind_int64(stmt, 1, a->table->id);
    sqlite3_bind_blob64(stmt, 2, key.data, key.len, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 3, (int64_t)row->created);
    state |= jemput_succeeded_state(row);
    if (state)
        sqlite3_bind_int64(stmt, 4, state);
    else
        sqlite3_bind_null(stmt, 4);
    if (detail->len)
        sqlite3_bind_blob64(stmt, 5, detail->data, detail->len, SQLITE_STATIC);
    else
        sqlite3_bind_null(stmt, 5);
    st = jemput_store_step_done(store, stmt, err);
    return st || !(state & (JEMPUT_ROW_HELD | JEMPUT_ROW_ABSENT)) ? st : jemput_birth_hide(store, a, key, err);
}

enum jemput_status jemput_view_take(struct jemput_applier *a, struct jemput_bytes key, const struct jemput_view *view, bool changed_only,
                                    struct jemput_error *err)
{
    const struct jemput_table *t = a->table;
    enum jemput_status st = jemput_applier_take_key(a, key, err);

    for (uint16_t g = 0; !st && g < t->group_count; g++) {
        const struct jemput_write *w = view->shown[g];
        const struct jemput_value *values;

        for (uint16_t i = 0; !w && !changed_only && i < t->groups[g].column_count; i++) /* as its table would show it */
            a->row[t->groups[g].columns[i]] = a->initial[t->groups[g].columns[i]];
        if (!w || (changed_only && w->in_table))
            continue;
        values = jemput_view_values(view, t, g);
        if (!values)
            return jemput_fail(err, JEMPUT_CORRUPT, "table '%s': a row's value is missing", t->name);
        for (uint16_t i = 0; i < t->groups[g].column_count; i++) {
            a->row[t->groups[g].columns[i]] = values[i];
            a->has[t->groups[g].columns[i]] = 1;
        }
    }
    return st;
}

enum jemput_status jemput_row_step(struct jemput_store *store, sqlite3_stmt *stmt, int64_t *table, struct jemput_buf *key, struct jemput_applier **a,
                                   bool *done, struct jemput_error *err)
{
    enum jemput_status st;
    int rc;

    sqlite3_bind_int64(stmt, 1, *table);
    sqlite3_bind_blob64(stmt, 2, key->len ? (const void *)key->data : "", key->len, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    *done = rc == SQLITE_DONE;
    if (*done)
        return JEMPUT_OK;
    if (rc != SQLITE_ROW)
        return jemput_sqlite_fail(store->db, rc, err, "read the next row");
    *table = sqlite3_column_int64(stmt, 0);
    jemput_buf_clear(key);
    jemput_buf_append(key, sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1));
    st = jemput_buf_check(key, "key", err);
    return st ? st : jemput_applier_of(store, (uint32_t)*table, a, err);
}
