/* store/replace/ahead.c — rows that come ahead of the rest. See ahead.h. */
#include "store/replace/ahead.h"

#include "base/limits.h"
#include "store/apply/applier.h"
#include "store/constraint/lookup.h"

#define BATCH_MAX 1000 /* entries */
#define ROUNDS_MAX 16 /* through all tables: rows may name others that come later */

struct ahead {
    struct jemput_replacing *p;
    unsigned lock_ms;
    bool backwards;
    struct jemput_twin_room room;
    struct jemput_twin_writing w;
    uint32_t table;           /* by id; 0 = one of ours */
    sqlite3_stmt *note, *note_drop; /* jemput_note_next() */
    sqlite3_stmt *state_here; /* has this store an entry of jemput_row? */
    sqlite3_stmt *state_copy, *state_put;
    uint64_t put;             /* in this round */
    uint64_t *rows;           /* and all in all, of the app's; NULL = they are ours */
};

static enum jemput_status statements_make(struct ahead *a, struct jemput_error *err)
{
    struct jemput_replace *r = a->p->r;
    enum jemput_status st = jemput_twin_prepare(&a->w, a->p, err);

    if (!st)
        st = jemput_note_drop_prepare(&a->note_drop, a->p, err);
    if (!st)
        st = jemput_sqlite_prepare(&a->state_here, r->to->db, "SELECT 1 FROM main.jemput_row WHERE tbl = ? AND key = ?", 0, err);
    if (!st)
        st = jemput_sqlite_prepare(&a->state_copy, r->from->db,
                                   "SELECT tbl, key, version, state, detail FROM main.jemput_row WHERE tbl = ? AND key = ?", 0, err);
    if (!st)
        st = jemput_sqlite_prepare(&a->state_put, r->to->db, "INSERT INTO main.jemput_row(tbl, key, version, state, detail) VALUES(?, ?, ?, ?, ?)", 0,
                                   err);
    return st;
}

static void statements_end(struct ahead *a)
{
    jemput_twin_finalize(&a->w);
    sqlite3_finalize(a->note);
    sqlite3_finalize(a->note_drop);
    sqlite3_finalize(a->state_here);
    sqlite3_finalize(a->state_copy);
    sqlite3_finalize(a->state_put);
}

/* --- a row of the app's --- */

static enum jemput_status state_find(struct ahead *a, sqlite3 *db, sqlite3_stmt *stmt, bool *found, struct jemput_error *err)
{
    struct jemput_bytes key = jemput_buf_bytes(&a->p->key);
    int rc;

    sqlite3_bind_int64(stmt, 1, a->p->twin->of_app->id);
    sqlite3_bind_blob64(stmt, 2, key.data, key.len, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    *found = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(db, rc, err, "read row state");
}

/* The row that a->w.read stands on: its key, and its values by column number. */
static enum jemput_status row_take(struct ahead *a, struct jemput_applier *of, struct jemput_error *err)
{
    const struct jemput_table *table = of->table;
    uint16_t columns[JEMPUT_COLUMNS_MAX], count = jemput_rows_columns(table, columns);
    struct jemput_value key[JEMPUT_KEY_COLUMNS_MAX];

    for (uint16_t i = 0; i < count; i++)
        jemput_value_from_column(&of->row[columns[i]], a->w.read, i);
    for (uint8_t i = 0; i < table->key_count; i++)
        key[i] = of->row[table->key_columns[i]];
    jemput_buf_clear(&a->p->key);
    return jemput_key_write(&a->p->key, key, table->key_count, err);
}

static bool link_is_of_values(const struct jemput_link *link, const struct jemput_table *table)
{
    for (uint16_t i = 0; i < link->count; i++)
        if (table->columns[link->columns[i]].group == JEMPUT_GROUP_NONE && !table->columns[link->columns[i]].key_place)
            return false;
    return true;
}

/* Are all parents there that it names? */
static enum jemput_status links_hold(struct ahead *a, struct jemput_applier *of, bool *out, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *out = true;
    for (uint16_t i = 0; !st && *out && i < of->link_count; i++) {
        *out = link_is_of_values(&of->links[i], of->table);
        if (*out)
            st = jemput_link_holds(a->p->r->to, &of->links[i], of->row, out, err);
    }
    return st;
}

static enum jemput_status state_take(struct ahead *a, struct jemput_error *err)
{
    bool found;
    enum jemput_status st = state_find(a, a->p->r->from->db, a->state_copy, &found, err);
    int rc;

    if (!st && found) {
        for (int i = 0; i < 5; i++)
            sqlite3_bind_value(a->state_put, i + 1, sqlite3_column_value(a->state_copy, i));
        rc = sqlite3_step(a->state_put);
        sqlite3_reset(a->state_put);
        if (rc != SQLITE_DONE)
            st = jemput_sqlite_fail(a->p->r->to->db, rc, err, "write row state");
    }
    sqlite3_reset(a->state_copy);
    return st;
}

static enum jemput_status row_fits(struct ahead *a, bool *out, struct jemput_error *err)
{
    struct jemput_applier *of;
    bool known = true;
    enum jemput_status st = jemput_applier_of(a->p->r->to, a->p->twin->of_app->id, &of, err);

    *out = false;
    if (!st)
        st = row_take(a, of, err);
    if (!st)
        st = state_find(a, a->p->r->to->db, a->state_here, &known, err);
    sqlite3_reset(a->state_here);
    return st || known ? st : links_hold(a, of, out, err);
}

/* --- one entry after another --- */

static enum jemput_status entry_put(struct ahead *a, bool *put, struct jemput_error *err)
{
    const bool of_app = a->p->twin->of_app != NULL;
    enum jemput_status st = JEMPUT_OK;
    int rc;

    *put = !of_app;
    if (of_app)
        st = row_fits(a, put, err);
    if (st || !*put)
        return st;
    rc = jemput_twin_put(a->p, &a->w);
    *put = rc == SQLITE_DONE;
    if (rc != SQLITE_DONE && (rc & 0xff) != SQLITE_CONSTRAINT) /* somebody has that key, or what it claims */
        st = jemput_sqlite_fail(a->p->r->to->db, rc, err, "put a row");
    if (!st && *put && of_app)
        st = state_take(a, err);
    if (!st && *put && of_app)
        jemput_feed_note(a->p->r->to, a->p->twin->of_app->id, jemput_buf_bytes(&a->p->key));
    return st;
}

static enum jemput_status note_drop(struct ahead *a, int64_t note, struct jemput_error *err)
{
    int rc;

    sqlite3_bind_int64(a->note_drop, 1, note);
    rc = sqlite3_step(a->note_drop);
    sqlite3_reset(a->note_drop);
    a->put++;
    if (a->rows)
        ++*a->rows;
    return rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(a->p->r->to->db, rc, err, "forget a difference");
}

static enum jemput_status noted_put(struct ahead *a, int64_t *at, bool *more, struct jemput_error *err)
{
    bool put = false;
    int rc;
    enum jemput_status st = jemput_note_next(a->p, *at, a->backwards, &a->note, more, err);

    if (!st && *more) {
        *at = sqlite3_column_int64(a->note, 0);
        jemput_twin_key_bind(a->w.read, a->p->twin, a->note, 1);
        rc = sqlite3_step(a->w.read);
        if (rc == SQLITE_ROW)
            st = entry_put(a, &put, err);
        else if (rc != SQLITE_DONE)
            st = jemput_sqlite_fail(a->p->r->from->db, rc, err, "read a row of the replay");
        sqlite3_reset(a->w.read);
        sqlite3_reset(a->note);
        if (!st && put)
            st = note_drop(a, *at, err);
    }
    sqlite3_reset(a->note);
    return st;
}

/* The table's shape is still the one that was taken; and what memory knows of who is there may be of before others wrote. */
static bool table_stands(struct ahead *a)
{
    struct jemput_store *to = a->p->r->to;

    if (to->appliers)
        jemput_presence_forget(to->appliers);
    return !a->table || jemput_store_table(to, a->table) == a->room.twin.of_app;
}

/* From note *at on, for as long as the lock may be held. Where the schema has moved, it ends: the next comparison sees to the rest. */
static enum jemput_status batch_put(struct ahead *a, int64_t *at, bool *more, struct jemput_error *err)
{
    struct jemput_store *to = a->p->r->to;
    enum jemput_status st = jemput_store_begin(to, JEMPUT_BUSY_WAIT_MS, err);
    uint64_t began = to->env->monotonic_ms(to->env);

    if (st)
        return st;
    *more = *more && table_stands(a);
    for (unsigned n = 0; !st && *more && n < BATCH_MAX && to->env->monotonic_ms(to->env) - began <= a->lock_ms; n++)
        st = noted_put(a, at, more, err);
    if (!st)
        st = jemput_store_commit(to, err);
    if (st)
        jemput_store_rollback(to);
    return st;
}

/* All that was noted of a part, once. Adds to *put. */
static enum jemput_status part_put(struct jemput_replacing *p, unsigned part, bool backwards, unsigned lock_ms, uint64_t *put, uint64_t *rows,
                                   struct jemput_error *err)
{
    struct ahead a = { .p = p, .lock_ms = lock_ms, .backwards = backwards, .rows = rows };
    bool more = p->parts[part].count > 0;
    int64_t at = 0;
    enum jemput_status st = jemput_part_take(p, part, &a.room, err);

    a.table = part < JEMPUT_PARTS_OF_OURS ? 0 : part - JEMPUT_PARTS_OF_OURS + 1;
    if (!st && more)
        st = statements_make(&a, err);
    while (!st && more) {
        st = batch_put(&a, &at, &more, err);
        jemput_store_give_way(p->r->to);
        if (!st)
            st = jemput_replacing_go_on(p, err);
    }
    statements_end(&a);
    *put += a.put;
    return st;
}

enum jemput_status jemput_ahead_part(struct jemput_replacing *p, unsigned part, unsigned lock_ms, struct jemput_error *err)
{
    uint64_t put = 0;

    return part_put(p, part, false, lock_ms, &put, NULL, err);
}

/* Rows may name others of any table, their own too: of a chain one way puts all, the other one row. */
enum jemput_status jemput_ahead_rows(struct jemput_replacing *p, unsigned lock_ms, uint64_t *rows, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    uint64_t put = 1;

    for (unsigned round = 0; !st && put && round < ROUNDS_MAX; round++) {
        put = 0;
        for (unsigned i = JEMPUT_PARTS_OF_OURS; !st && i < p->parts_total; i++)
            st = part_put(p, i, round % 2 != 0, lock_ms, &put, rows, err);
    }
    return st;
}
