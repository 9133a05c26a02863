/* store/replace/twin.c — a table put in line with its twin in another store. See twin.h. */
#include "store/replace/twin.h"

#include "base/limits.h"
#include "store/trigger/merge.h"

#define ASK_EVERY 1024 /* entries */
#define NOTED_KEY 2    /* column of a note in which its key begins */

const char *const jemput_twin_told[] = { "an entry is here that the logs do not give", "an entry that the logs give is missing",
                                         "an entry is another than the logs give" };

/* --- noting what differs --- */

#define DIFFERS "temp.jemput_differs"
#define KEYS "k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13, k14, k15"
_Static_assert(JEMPUT_KEY_COLUMNS_MAX == 16, "the columns above");

static enum jemput_status differs_open(struct jemput_replacing *p, struct jemput_error *err)
{
    enum jemput_status st = jemput_sqlite_exec(
        p->r->to->db, "CREATE TEMP TABLE IF NOT EXISTS jemput_differs(remove, put, " KEYS "); DELETE FROM " DIFFERS, "note differences", err);

    return st ? st : jemput_sqlite_prepare(&p->note, p->r->to->db, "INSERT INTO " DIFFERS "(remove, put, " KEYS ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, "
                                           "?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)", 0, err);
}

static enum jemput_status differs_close(struct jemput_replacing *p, enum jemput_status st, struct jemput_error *err)
{
    sqlite3_finalize(p->note);
    p->note = NULL;
    return st ? st : jemput_sqlite_exec(p->r->to->db, "DROP TABLE " DIFFERS, "forget differences", err);
}

enum jemput_status jemput_replacing_go_on(struct jemput_replacing *p, struct jemput_error *err)
{
    struct jemput_replace *r = p->r;

    return r->may_go_on ? r->may_go_on(r->ctx, r->parts, p->parts_total, err) : JEMPUT_OK;
}

enum jemput_status jemput_twin_passed(void *replacing, struct jemput_error *err)
{
    struct jemput_replacing *p = replacing;

    return ++p->passed % ASK_EVERY == 0 ? jemput_replacing_go_on(p, err) : JEMPUT_OK;
}

/* The key of an app's row, by which it is named if it is random ids. */
static enum jemput_status key_take(struct jemput_replacing *p, sqlite3_stmt *stmt, struct jemput_error *err)
{
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    enum jemput_status st = JEMPUT_OK;

    jemput_buf_clear(&p->key);
    for (unsigned i = 0; i < p->twin->key_count; i++)
        jemput_value_from_column(&values[i], stmt, (int)i);
    if (p->twin->of_app)
        st = jemput_key_write(&p->key, values, p->twin->key_count, err);
    return st == JEMPUT_DENIED || st == JEMPUT_LIMIT ? JEMPUT_OK : st; /* no key that a log could carry */
}

static enum jemput_status twin_differs(void *ctx, enum jemput_instep where, sqlite3_stmt *left, sqlite3_stmt *right, uint64_t place,
                                       struct jemput_error *err)
{
    struct jemput_replacing *p = ctx;
    sqlite3_stmt *at = where == JEMPUT_INSTEP_RIGHT ? right : left;
    const char *told = p->twin->told ? p->twin->told[where] : NULL;
    enum jemput_status st = JEMPUT_OK;
    int rc;

    p->notes++;
    p->part->count++;
    sqlite3_bind_int(p->note, 1, where != JEMPUT_INSTEP_RIGHT);
    sqlite3_bind_int(p->note, 2, where != JEMPUT_INSTEP_LEFT);
    for (unsigned i = 0; i < p->twin->key_count; i++)
        sqlite3_bind_value(p->note, (int)i + 3, sqlite3_column_value(at, (int)i));
    rc = sqlite3_step(p->note);
    sqlite3_reset(p->note);
    if (rc != SQLITE_DONE)
        st = jemput_sqlite_fail(p->r->to->db, rc, err, "note a difference");
    if (!st)
        st = key_take(p, at, err);
    if (!st && p->twin->tell)
        st = p->twin->tell(p, where, left, right, &told, err);
    return st || !told ? st : jemput_tally_add(&p->tally, p->twin->table, told, jemput_buf_bytes(&p->key), place, err);
}

/* --- the twin's SQL --- */

static void sql_columns(struct jemput_buf *sql, const struct jemput_twin *t)
{
    for (unsigned i = 0; i < t->column_count; i++) {
        jemput_buf_append_str(sql, i ? ", " : "");
        jemput_buf_identifier(sql, t->columns[i]);
    }
}

static void sql_key(struct jemput_buf *sql, const struct jemput_twin *t, const char *before, const char *between, const char *after)
{
    for (unsigned i = 0; i < t->key_count; i++) {
        jemput_buf_append_str(sql, i ? between : before);
        jemput_buf_identifier(sql, t->columns[i]);
        jemput_buf_append_str(sql, after);
    }
}

enum verb { ALL, ONE, REMOVE, PUT };

static enum jemput_status twin_prepare(sqlite3_stmt **out, struct jemput_store *store, const struct jemput_twin *t, enum verb verb,
                                       struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    enum jemput_status st;

    jemput_buf_append_str(&sql, verb == REMOVE ? "DELETE" : verb == PUT ? "INSERT INTO main." : "SELECT ");
    if (verb == ALL || verb == ONE)
        sql_columns(&sql, t);
    jemput_buf_append_str(&sql, verb == PUT ? "" : " FROM main.");
    jemput_buf_identifier(&sql, t->table);
    if (verb == ALL)
        sql_key(&sql, t, " ORDER BY ", ", ", "");
    if (verb == ONE || verb == REMOVE)
        sql_key(&sql, t, " WHERE ", " AND ", " IS ?");
    if (verb == PUT) {
        jemput_buf_append_str(&sql, "(");
        sql_columns(&sql, t);
        for (unsigned i = 0; i < t->column_count; i++)
            jemput_buf_append_str(&sql, i ? ", ?" : ") VALUES(?");
        jemput_buf_append_str(&sql, ")");
    }
    st = jemput_sqlite_prepare_buf(out, store->db, &sql, 0, err);
    jemput_buf_release(&sql);
    return st;
}

/* --- carrying it out --- */

void jemput_twin_key_bind(sqlite3_stmt *to, const struct jemput_twin *t, sqlite3_stmt *noted, int from)
{
    for (unsigned i = 0; i < t->key_count; i++)
        sqlite3_bind_value(to, (int)i + 1, sqlite3_column_value(noted, (int)i + from));
}

/* What merging runs of the app's triggers, this runs, too: they keep in step what a device has for itself. */
static int twin_step(struct jemput_replacing *p, sqlite3_stmt *stmt)
{
    if (!p->twin->of_app)
        return sqlite3_step(stmt);
    jemput_moved_note(&p->r->to->moved, p->twin->table);
    return jemput_merge_step(p->r->to, p->twin->of_app, stmt);
}

static enum jemput_status entry_remove(struct jemput_replacing *p, sqlite3_stmt *noted, sqlite3_stmt *remove, struct jemput_error *err)
{
    int rc;

    if (!sqlite3_column_int(noted, 0))
        return JEMPUT_OK;
    jemput_twin_key_bind(remove, p->twin, noted, NOTED_KEY);
    rc = twin_step(p, remove);
    sqlite3_reset(remove);
    p->r->rows_removed += p->twin->of_app != NULL;
    return rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(p->r->to->db, rc, err, "take a row out");
}

int jemput_twin_put(struct jemput_replacing *p, struct jemput_twin_writing *w)
{
    int rc;

    for (unsigned i = 0; i < p->twin->column_count; i++)
        sqlite3_bind_value(w->put, (int)i + 1, sqlite3_column_value(w->read, (int)i));
    rc = twin_step(p, w->put);
    sqlite3_reset(w->put);
    return rc;
}

static enum jemput_status entry_put(struct jemput_replacing *p, sqlite3_stmt *noted, struct jemput_twin_writing *w, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!sqlite3_column_int(noted, 1))
        return JEMPUT_OK;
    jemput_twin_key_bind(w->read, p->twin, noted, NOTED_KEY);
    rc = sqlite3_step(w->read);
    if (rc != SQLITE_ROW)
        st = jemput_sqlite_fail(p->r->from->db, rc, err, "read a row of the replay");
    if (!st) {
        rc = jemput_twin_put(p, w);
        if ((rc & 0xff) == SQLITE_CONSTRAINT)
            st = jemput_fail(err, JEMPUT_CORRUPT, "table '%s' does not take a row: %s", p->twin->table, sqlite3_errmsg(p->r->to->db));
        else if (rc != SQLITE_DONE)
            st = jemput_sqlite_fail(p->r->to->db, rc, err, "put a row");
    }
    sqlite3_reset(w->read);
    p->r->rows_put += p->twin->of_app != NULL;
    return st;
}

/* Every noted entry: remove, put, k0, … */
enum jemput_status jemput_twin_noted(struct jemput_replacing *p, jemput_noted_fn each, void *with, struct jemput_error *err)
{
    sqlite3_stmt *noted = NULL;
    int rc = SQLITE_DONE;
    enum jemput_status st = jemput_sqlite_prepare(
        &noted, p->r->to->db, "SELECT remove, put, " KEYS " FROM " DIFFERS " WHERE rowid >= ? AND rowid < ?", 0, err);

    sqlite3_bind_int64(noted, 1, p->part->first);
    sqlite3_bind_int64(noted, 2, p->part->first + p->part->count);
    while (!st && (rc = sqlite3_step(noted)) == SQLITE_ROW) {
        st = each(p, noted, with, err);
        if (!st)
            st = jemput_twin_passed(p, err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(p->r->to->db, rc, err, "read differences");
    sqlite3_finalize(noted);
    return st;
}

static enum jemput_status noted_remove(struct jemput_replacing *p, sqlite3_stmt *noted, void *with, struct jemput_error *err)
{
    return entry_remove(p, noted, ((struct jemput_twin_writing *)with)->remove, err);
}

static enum jemput_status noted_put(struct jemput_replacing *p, sqlite3_stmt *noted, void *with, struct jemput_error *err)
{
    return entry_put(p, noted, with, err);
}

enum jemput_status jemput_twin_prepare(struct jemput_twin_writing *w, struct jemput_replacing *p, struct jemput_error *err)
{
    enum jemput_status st = twin_prepare(&w->remove, p->r->to, p->twin, REMOVE, err);

    if (!st)
        st = twin_prepare(&w->read, p->r->from, p->twin, ONE, err);
    if (!st)
        st = twin_prepare(&w->put, p->r->to, p->twin, PUT, err);
    return st;
}

void jemput_twin_finalize(struct jemput_twin_writing *w)
{
    sqlite3_finalize(w->remove);
    sqlite3_finalize(w->read);
    sqlite3_finalize(w->put);
}

enum jemput_status jemput_twin_write(struct jemput_replacing *p, struct jemput_error *err)
{
    struct jemput_twin_writing w = { 0 };
    enum jemput_status st = p->part->count ? jemput_twin_prepare(&w, p, err) : JEMPUT_OK;

    if (!st && p->part->count)
        st = jemput_twin_noted(p, noted_remove, &w, err);
    if (!st && p->part->count)
        st = jemput_twin_noted(p, noted_put, &w, err);
    jemput_twin_finalize(&w);
    return st;
}

/* --- noting --- */

enum jemput_status jemput_twin_note_lists(struct jemput_replacing *p, sqlite3_stmt *left, sqlite3_stmt *right, struct jemput_error *err)
{
    struct jemput_instep_lists lists = { .left = left, .right = right, .keys = (int)p->twin->key_count, .each = twin_differs,
                                         .passed = jemput_twin_passed, .ctx = p };

    *p->part = (struct jemput_part){ .first = p->notes + 1 };
    return jemput_instep_go(&lists, err);
}

enum jemput_status jemput_twin_note(struct jemput_replacing *p, struct jemput_error *err)
{
    sqlite3_stmt *left = NULL, *right = NULL;
    enum jemput_status st = twin_prepare(&left, p->r->to, p->twin, ALL, err);

    if (!st)
        st = twin_prepare(&right, p->r->from, p->twin, ALL, err);
    if (!st)
        st = jemput_twin_note_lists(p, left, right, err);
    sqlite3_finalize(left);
    sqlite3_finalize(right);
    if (!st && p->part->count && p->twin->look)
        st = p->twin->look(p, err);
    return st;
}

enum jemput_status jemput_part_passed(struct jemput_replacing *p, struct jemput_error *err)
{
    p->r->parts++;
    return jemput_replacing_go_on(p, err);
}

/* --- one note after another, while the table is written --- */

#define NEXT_SQL "SELECT rowid, " KEYS " FROM " DIFFERS " WHERE rowid BETWEEN ?1 AND ?2 AND put AND NOT remove ORDER BY rowid "
#define ON_SQL NEXT_SQL "ASC LIMIT 1"
#define BACK_SQL NEXT_SQL "DESC LIMIT 1"

enum jemput_status jemput_note_next(struct jemput_replacing *p, int64_t from, bool backwards, sqlite3_stmt **out, bool *found,
                                    struct jemput_error *err)
{
    const int64_t last = p->part->first + p->part->count - 1;
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!*out && backwards)
        st = jemput_sqlite_prepare(out, p->r->to->db, BACK_SQL, 0, err);
    else if (!*out)
        st = jemput_sqlite_prepare(out, p->r->to->db, ON_SQL, 0, err);
    if (st)
        return st;
    sqlite3_reset(*out);
    sqlite3_bind_int64(*out, 1, from && !backwards ? from + 1 : p->part->first);
    sqlite3_bind_int64(*out, 2, from && backwards ? from - 1 : last);
    rc = sqlite3_step(*out);
    *found = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(p->r->to->db, rc, err, "read differences");
}

enum jemput_status jemput_note_drop_prepare(sqlite3_stmt **out, struct jemput_replacing *p, struct jemput_error *err)
{
    return jemput_sqlite_prepare(out, p->r->to->db, "DELETE FROM " DIFFERS " WHERE rowid = ?", 0, err);
}

/* --- reading back --- */

enum jemput_status jemput_twin_same(sqlite3_stmt *left, sqlite3_stmt *right, struct jemput_error *err)
{
    int here = sqlite3_step(left), there = sqlite3_step(right);
    bool same = here == there;
    enum jemput_status st = JEMPUT_OK;

    for (int i = 0; same && here == SQLITE_ROW && i < sqlite3_column_count(left); i++) {
        struct jemput_value a, b;
        jemput_value_from_column(&a, left, i);
        jemput_value_from_column(&b, right, i);
        same = jemput_value_equal(&a, &b);
    }
    if (here != SQLITE_ROW && here != SQLITE_DONE)
        st = jemput_sqlite_fail(sqlite3_db_handle(left), here, err, "read back");
    else if (there != SQLITE_ROW && there != SQLITE_DONE)
        st = jemput_sqlite_fail(sqlite3_db_handle(right), there, err, "read the replay");
    else if (!same)
        st = jemput_fail(err, JEMPUT_CORRUPT, "the file does not hold what was put into it, so nothing was changed");
    sqlite3_reset(left);
    sqlite3_reset(right);
    return st;
}

struct reading_back {
    sqlite3_stmt *left, *right;
};

static enum jemput_status noted_check(struct jemput_replacing *p, sqlite3_stmt *noted, void *with, struct jemput_error *err)
{
    struct reading_back *b = with;

    jemput_twin_key_bind(b->left, p->twin, noted, NOTED_KEY);
    jemput_twin_key_bind(b->right, p->twin, noted, NOTED_KEY);
    return jemput_twin_same(b->left, b->right, err);
}

enum jemput_status jemput_twin_check(struct jemput_replacing *p, struct jemput_error *err)
{
    struct reading_back b = { 0 };
    enum jemput_status st = JEMPUT_OK;

    if (!p->part->count)
        return JEMPUT_OK;
    st = twin_prepare(&b.left, p->r->to, p->twin, ONE, err);
    if (!st)
        st = twin_prepare(&b.right, p->r->from, p->twin, ONE, err);
    if (!st)
        st = jemput_twin_noted(p, noted_check, &b, err);
    sqlite3_finalize(b.left);
    sqlite3_finalize(b.right);
    return st;
}

/* --- begin and end --- */

/* Whoever follows a feed that is damaged has to read everything once more. */
static enum jemput_status feed_mend(struct jemput_replacing *p, struct jemput_error *err)
{
    uint32_t before = p->tally.count;
    enum jemput_status st = p->r->parts ? JEMPUT_OK : jemput_check_feed(p->r->to, &p->tally, err);

    if (!st && p->tally.count > before)
        jemput_feed_all(p->r->to);
    return st;
}

enum jemput_status jemput_replacing_begin(struct jemput_replacing *p, struct jemput_replace *r, unsigned parts_of_ours, struct jemput_error *err)
{
    enum jemput_status st = jemput_catalog_refresh(r->to, err);

    JEMPUT_ASSERT(r->to->in_txn);
    *p = (struct jemput_replacing){ .r = r, .key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX) };
    if (!st)
        st = jemput_catalog_refresh(r->from, err);
    if (st)
        return st;
    p->parts_total = parts_of_ours + jemput_store_table_count(r->to);
    p->parts = jemput_alloc_zero(p->parts_total, sizeof *p->parts);
    if (!p->parts)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for what differs");
    st = feed_mend(p, err);
    return st ? st : differs_open(p, err);
}

static void replacing_release(struct jemput_replacing *p)
{
    jemput_tally_release(&p->tally);
    jemput_buf_release(&p->key);
    jemput_free(p->parts);
}

void jemput_replacing_abandon(struct jemput_replacing *p)
{
    sqlite3_finalize(p->note);
    sqlite3_exec(p->r->to->db, "DROP TABLE IF EXISTS " DIFFERS, NULL, NULL, NULL); /* else the next one empties it */
    replacing_release(p);
}

/* What memory knows of the store may be of before. */
enum jemput_status jemput_replacing_end(struct jemput_replacing *p, enum jemput_status st, struct jemput_error *err)
{
    st = differs_close(p, st, err);
    if (p->r->changed)
        jemput_feed_all(p->r->to);
    if (!st)
        p->r->told += jemput_tally_tell(&p->tally, p->r->each, p->r->ctx);
    jemput_causes_forget(p->r->to);
    jemput_appliers_forget(p->r->to);
    replacing_release(p);
    return st;
}
