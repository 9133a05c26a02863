/* store/replace/plain.c — plain rows of two stores compared. See plain.h. */
#include "store/replace/plain.h"

#include "base/limits.h"
#include "store/apply/birth.h"
#include "store/replace/compare.h"

/* --- an entry of jemput_row: tbl, key, version, state, detail --- */

static bool entry_is_plain(sqlite3_stmt *entry)
{
    return sqlite3_column_type(entry, 3) == SQLITE_NULL && sqlite3_column_type(entry, 4) == SQLITE_NULL;
}

/* Does the other store, which has no entry of this row, have a birth of it that says the same? */
static enum jemput_status entry_is_born(struct jemput_store *store, sqlite3_stmt *entry, bool *out, struct jemput_error *err)
{
    struct jemput_bytes key = { sqlite3_column_blob(entry, 1), (size_t)sqlite3_column_bytes(entry, 1) };
    struct jemput_arena arena = { 0 };
    struct jemput_applier *a;
    uint64_t version = 0;
    bool shown = false;
    enum jemput_status st = jemput_applier_of(store, (uint32_t)sqlite3_column_int64(entry, 0), &a, err);

    *out = false;
    if (!st)
        st = jemput_shown_read(store, a, key, &shown, &arena, err);
    if (!st && shown)
        st = jemput_birth_find(store, a, key, &version, err);
    *out = !st && shown && version == (uint64_t)sqlite3_column_int64(entry, 2);
    jemput_arena_release(&arena);
    return st == JEMPUT_CORRUPT ? JEMPUT_OK : st; /* of no such table, or with no such key */
}

enum jemput_status jemput_plain_entry(struct jemput_replacing *p, enum jemput_instep where, sqlite3_stmt *left, sqlite3_stmt *right,
                                      const char **told, struct jemput_error *err)
{
    struct jemput_value a, b = { .type = JEMPUT_NULL };
    bool same = false;
    enum jemput_status st = JEMPUT_OK;

    jemput_value_from_column(&a, where == JEMPUT_INSTEP_RIGHT ? right : left, 3);
    if (where == JEMPUT_INSTEP_BOTH)
        jemput_value_from_column(&b, right, 3);
    else if (where == JEMPUT_INSTEP_LEFT && entry_is_plain(left))
        st = entry_is_born(p->r->from, left, &same, err);
    else if (where == JEMPUT_INSTEP_RIGHT && entry_is_plain(right) && p->looked) /* it was told there, if there was something */
        same = true;
    else if (where == JEMPUT_INSTEP_RIGHT && entry_is_plain(right))
        st = entry_is_born(p->r->to, right, &same, err);
    *told = same ? NULL : jemput_value_equal(&a, &b) ? jemput_twin_told[where] : jemput_compare_states[where];
    return st;
}

/* --- all rows --- */

/* The version of a row that the table shows, if it is plain. */
static enum jemput_status plain_version(struct jemput_store *store, struct jemput_applier *a, struct jemput_bytes key, bool *plain, uint64_t *version,
                                        struct jemput_error *err)
{
    sqlite3_stmt *stmt = store->appliers->row_get;
    bool entry;
    int rc;

    sqlite3_bind_int64(stmt, 1, a->table->id);
    sqlite3_bind_blob64(stmt, 2, key.data, key.len, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    entry = rc == SQLITE_ROW;
    *plain = !entry || (sqlite3_column_type(stmt, 1) == SQLITE_NULL && sqlite3_column_type(stmt, 2) == SQLITE_NULL);
    *version = entry ? (uint64_t)sqlite3_column_int64(stmt, 0) : 0; /* stays so where births are damaged */
    sqlite3_reset(stmt);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return jemput_sqlite_fail(store->db, rc, err, "read row state");
    return entry ? JEMPUT_OK : jemput_birth_find(store, a, key, version, err);
}

struct plain {
    struct jemput_applier *to, *from;
    uint64_t place;
};

static enum jemput_status row_look(struct jemput_replacing *p, struct plain *at, sqlite3_stmt *stmt, struct jemput_error *err)
{
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    uint8_t count = at->to->table->key_count;
    bool left = true, right;
    uint64_t here = 0, there;
    enum jemput_status st;

    for (uint8_t i = 0; i < count; i++)
        jemput_value_from_column(&values[i], stmt, i);
    at->place++;
    jemput_buf_clear(&p->key);
    st = jemput_key_write(&p->key, values, count, err);
    if (!st)
        st = plain_version(p->r->to, at->to, jemput_buf_bytes(&p->key), &left, &here, err);
    if (st == JEMPUT_CORRUPT) /* its births are damaged: what it says is no version */
        st = JEMPUT_OK;
    if (!st)
        st = plain_version(p->r->from, at->from, jemput_buf_bytes(&p->key), &right, &there, err);
    if (st || !left || !right || here == there)
        return st;
    return jemput_tally_add(&p->tally, at->to->table->name, "the merge state of a row is another than the logs give", jemput_buf_bytes(&p->key),
                            at->place, err);
}

static enum jemput_status table_look(struct jemput_replacing *p, uint32_t id, struct jemput_error *err)
{
    struct plain at = { .place = 0 };
    sqlite3_stmt *stmt = NULL;
    int rc = SQLITE_DONE;
    enum jemput_status st = jemput_applier_of(p->r->to, id, &at.to, err);

    if (!st)
        st = jemput_applier_of(p->r->from, id, &at.from, err);
    if (!st)
        st = jemput_rows_prepare(&stmt, p->r->from, at.from->table, NULL, err);
    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        st = row_look(p, &at, stmt, err);
        if (!st)
            st = jemput_twin_passed(p, err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(p->r->from->db, rc, err, "read rows of the replay");
    sqlite3_finalize(stmt);
    return st;
}

enum jemput_status jemput_plain_rows(struct jemput_replacing *p, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    p->looked = true;
    for (uint32_t id = 1; !st && id <= jemput_store_table_count(p->r->from) && id <= jemput_store_table_count(p->r->to); id++)
        st = table_look(p, id, err);
    return st;
}
