/* store/replace/mend.c — contexts that are damaged, and what names them: the last part of putting the merge state in line (replace.h).
 *
 * What segments had seen has been put right before. The frontier is what all merged segments together say. A pending transaction whose context
 * cannot be read any more counts as having seen nothing but its own past: then what it writes may conflict, but hides nothing. */
#include "store/causes/frontier.h"
#include "store/check/check.h"
#include "store/file/layout.h"
#include "store/replace/mend.h"

static enum jemput_status run_with(struct jemput_store *store, const char *sql, int64_t a, int64_t b, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, sql, err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, a);
    if (sqlite3_bind_parameter_count(stmt) > 1)
        sqlite3_bind_int64(stmt, 2, b);
    return jemput_store_step_done(store, stmt, err);
}

/* The first number that the query gives above `after`; 0 = none. */
static enum jemput_status next_id(struct jemput_store *store, const char *sql, int64_t after, int64_t *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, sql, err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, after);
    rc = sqlite3_step(stmt);
    *out = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "look for contexts");
}

enum jemput_status jemput_store_context_there(struct jemput_store *store, int64_t id, bool *out, struct jemput_error *err)
{
    int64_t found = 0;
    enum jemput_status st = next_id(store, "SELECT id FROM jemput_context WHERE id = ?", id, &found, err);

    *out = id == JEMPUT_CONTEXT_EMPTY || found != 0;
    return st;
}

/* The first context above *id that cannot be what it was, and so on; 0 = there is none. */
static enum jemput_status damaged_next(struct jemput_store *store, int64_t *id, struct jemput_error *err)
{
    for (;;) {
        enum jemput_status st = next_id(store, "SELECT id FROM jemput_context WHERE id > ? ORDER BY id LIMIT 1", *id, id, err);

        if (st || !*id)
            return st;
        st = jemput_check_context(store, *id, err);
        if (st == JEMPUT_CORRUPT || st == JEMPUT_NOTFOUND)
            return JEMPUT_OK;
        if (st)
            return st;
    }
}

static enum jemput_status contexts_drop(struct jemput_store *store, struct jemput_tally *t, uint64_t *dropped, struct jemput_error *err)
{
    int64_t id = 0;

    for (;;) {
        enum jemput_status st = damaged_next(store, &id, err);

        if (st || !id)
            return st;
        ++*dropped;
        st = jemput_tally_add(t, "jemput_context", jemput_check_context_told, (struct jemput_bytes){ 0 }, (uint64_t)id, err);
        if (!st)
            st = run_with(store, "DELETE FROM jemput_context WHERE id = ?", id, 0, err);
        if (st)
            return st;
    }
}

enum jemput_status jemput_contexts_sound(struct jemput_store *store, bool *out, struct jemput_error *err)
{
    int64_t id = 0, frontier;
    enum jemput_status st;

    jemput_causes_forget(store); /* the file is asked, not memory */
    st = damaged_next(store, &id, err);
    *out = false;
    if (st || id)
        return st;
    st = jemput_store_frontier(store, &frontier, err);
    return st ? st : jemput_store_context_there(store, frontier, out, err);
}

enum jemput_status jemput_contexts_mend(struct jemput_store *store, struct jemput_tally *t, bool *changed, struct jemput_error *err)
{
    int64_t frontier, anew;
    uint64_t dropped = 0;
    bool there;
    enum jemput_status st;

    jemput_causes_forget(store); /* the file is asked, not memory */
    st = contexts_drop(store, t, &dropped, err);
    if (!st)
        st = jemput_store_frontier(store, &frontier, err);
    if (!st)
        st = jemput_store_context_there(store, frontier, &there, err);
    if (!st && !there) {
        jemput_causes_forget(store);
        st = jemput_frontier_anew(store, err);
        if (!st)
            st = jemput_store_frontier(store, &anew, err);
        if (!st)
            st = run_with(store, "UPDATE jemput_pending SET context = ?1 WHERE context = ?2", anew, frontier, err);
    }
    if (!st)
        st = run_with(store, "UPDATE jemput_pending SET context = ?1 WHERE context <> ?1 AND context NOT IN (SELECT id FROM jemput_context)",
                      JEMPUT_CONTEXT_EMPTY, 0, err);
    *changed = *changed || dropped || (!st && (!there || sqlite3_changes(store->db) > 0));
    return st;
}
