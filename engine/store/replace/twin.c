/* store/replace/twin.c — a table put in line with its twin in another store. See twin.h. */
#include "store/replace/twin.h"

#include "base/limits.h"
#include "store/trigger/merge.h"

#define ASK_EVERY 1024 /* entries */

const char *const jemput_twin_told[] = { "an entry is here that the logs do not give", "an entry that the logs give is missing",
                                         "an entry is another than the logs give" };

/* --- noting what differs --- */

#define DIFFERS "temp.jemput_differs"
#define KEYS "k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13, k14, k15"
_Static_assert(JEMPUT_KEY_COLUMNS_MAX == 16, "the columns above");

static enum jemput_status differs_open(struct jemput_replacing *p, struct jemput_error *err)
{
    enum jemput_status st = jemput_sqlite_exec(p->r->to->db, "CREATE TEMP TABLE jemput_differs(remove, put, " KEYS ")", "note differences", err);

    return st ? st : jemput_sqlite_prepare(&p->note, p->r->to->db, "INSERT INTO " DIFFERS "(remove, put, " KEYS ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, "
                                           "?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)", 0, err);
}

static enum jemput_status differs_close(struct jemput_replacing *p, enum jemput_status st, struct jemput_error *err)
{
    sqlite3_finalize(p->note);
    p->note = NULL;
    return st ? st : jemput_sqlite_exec(p->r->to->db, "DROP TABLE " DIFFERS, "forget differences", err);
}

static enum jemput_status go_on(struct jemput_replacing *p, struct jemput_error *err)
{
    struct jemput_replace *r = p->r;

    return r->may_go_on ? r->may_go_on(r->ctx, r->parts, p->parts_total, err) : JEMPUT_OK;
}

enum jemput_status jemput_twin_passed(void *replacing, struct jemput_error *err)
{
    struct jemput_replacing *p = replacing;

    return ++p->passed % ASK_EVERY == 0 ? go_on(p, err) : JEMPUT_OK;
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

    p->differing++;
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

/* The key in a noted entry, from its third column on. */
static void key_bind(sqlite3_stmt *to, const struct jemput_twin *t, sqlite3_stmt *noted)
{
    for (unsigned i = 0; i < t->key_count; i++)
        sqlite3_bind_value(to, (int)i + 1, sqlite3_column_value(noted, (int)i + 2));
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
    key_bind(remove, p->twin, noted);
    rc = twin_step(p, remove);
    sqlite3_reset(remove);
    p->r->rows_removed += p->twin->of_app != NULL;
    return rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(p->r->to->db, rc, err, "take a row out");
}

static enum jemput_status entry_put(struct jemput_replacing *p, sqlite3_stmt *noted, sqlite3_stmt *read, sqlite3_stmt *put, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!sqlite3_column_int(noted, 1))
        return JEMPUT_OK;
    key_bind(read, p->twin, noted);
    rc = sqlite3_step(read);
    if (rc != SQLITE_ROW)
        st = jemput_sqlite_fail(p->r->from->db, rc, err, "read a row of the replay");
    for (unsigned i = 0; !st && i < p->twin->column_count; i++)
        sqlite3_bind_value(put, (int)i + 1, sqlite3_column_value(read, (int)i));
    if (!st) {
        rc = twin_step(p, put);
        sqlite3_reset(put);
        if ((rc & 0xff) == SQLITE_CONSTRAINT)
            st = jemput_fail(err, JEMPUT_CORRUPT, "table '%s' does not take a row: %s", p->twin->table, sqlite3_errmsg(p->r->to->db));
        else if (rc != SQLITE_DONE)
            st = jemput_sqlite_fail(p->r->to->db, rc, err, "put a row");
    }
    sqlite3_reset(read);
    p->r->rows_put += p->twin->of_app != NULL;
    return st;
}

/* Every noted entry: remove, put, k0, … */
enum jemput_status jemput_twin_noted(struct jemput_replacing *p, jemput_noted_fn each, void *with, struct jemput_error *err)
{
    sqlite3_stmt *noted = NULL;
    int rc = SQLITE_DONE;
    enum jemput_status st = jemput_sqlite_prepare(&noted, p->r->to->db, "SELECT remove, put, " KEYS " FROM " DIFFERS, 0, err);

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

struct writing {
    sqlite3_stmt *remove, *read, *put;
};

static enum jemput_status noted_remove(struct jemput_replacing *p, sqlite3_stmt *noted, void *with, struct jemput_error *err)
{
    return entry_remove(p, noted, ((struct writing *)with)->remove, err);
}

static enum jemput_status noted_put(struct jemput_replacing *p, sqlite3_stmt *noted, void *with, struct jemput_error *err)
{
    struct writing *w = with;

    return entry_put(p, noted, w->read, w->put, err);
}

static enum jemput_status twin_write(struct jemput_replacing *p, struct jemput_error *err)
{
    struct writing w = { 0 };
    enum jemput_status st = twin_prepare(&w.remove, p->r->to, p->twin, REMOVE, err);

    if (!st)
        st = twin_prepare(&w.read, p->r->from, p->twin, ONE, err);
    if (!st)
        st = twin_prepare(&w.put, p->r->to, p->twin, PUT, err);
    if (!st)
        st = jemput_twin_noted(p, noted_remove, &w, err);
    if (!st)
        st = jemput_twin_noted(p, noted_put, &w, err);
    sqlite3_finalize(w.remove);
    sqlite3_finalize(w.read);
    sqlite3_finalize(w.put);
    return st;
}

enum jemput_status jemput_twin_note(struct jemput_replacing *p, sqlite3_stmt *left, sqlite3_stmt *right, struct jemput_error *err)
{
    struct jemput_instep_lists lists = { .left = left, .right = right, .keys = (int)p->twin->key_count, .each = twin_differs,
                                         .passed = jemput_twin_passed, .ctx = p };

    p->differing = 0;
    return jemput_instep_go(&lists, err);
}

/* A part is done: what was noted is not needed any more. */
enum jemput_status jemput_twin_end(struct jemput_replacing *p, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    if (p->differing) {
        p->r->changed = true;
        st = jemput_sqlite_exec(p->r->to->db, "DELETE FROM " DIFFERS, "forget differences", err);
    }
    p->r->parts++;
    return st ? st : go_on(p, err);
}

enum jemput_status jemput_twin_replace(struct jemput_replacing *p, const struct jemput_twin *twin, struct jemput_error *err)
{
    sqlite3_stmt *left = NULL, *right = NULL;
    enum jemput_status st;

    p->twin = twin;
    st = twin_prepare(&left, p->r->to, twin, ALL, err);
    if (!st)
        st = twin_prepare(&right, p->r->from, twin, ALL, err);
    if (!st)
        st = jemput_twin_note(p, left, right, err);
    sqlite3_finalize(left);
    sqlite3_finalize(right);
    if (!st && p->differing && twin->look)
        st = twin->look(p, err);
    if (!st && p->differing)
        st = twin_write(p, err);
    return st ? st : jemput_twin_end(p, err);
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

enum jemput_status jemput_replacing_begin(struct jemput_replacing *p, struct jemput_replace *r, unsigned parts_total,
                                          struct jemput_error *err)
{
    enum jemput_status st;

    JEMPUT_ASSERT(r->to->in_txn);
    *p = (struct jemput_replacing){ .r = r, .parts_total = parts_total, .key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX) };
    st = jemput_catalog_refresh(r->to, err);
    if (!st)
        st = jemput_catalog_refresh(r->from, err);
    if (!st)
        st = feed_mend(p, err);
    return st ? st : differs_open(p, err);
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
    jemput_tally_release(&p->tally);
    jemput_buf_release(&p->key);
    return st;
}
