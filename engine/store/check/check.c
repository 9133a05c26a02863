/* store/check/check.c — is the store what it should be: the file, the triggers, and rows against merge state and pending transactions. */
#include <string.h>

#include "store/capture/capture.h"
#include "store/check/check.h"
#include "store/trigger/merge.h"

#define FILE_LINES_MAX 5 /* of SQLite's findings, which may be a hundred */

struct checking {
    struct jemput_batch b;
    struct jemput_tally tally;
    struct jemput_pending_rows pending;
    struct jemput_birth_marks births;
    jemput_problem_fn each;
    void *ctx;
    uint64_t file_problems;
};

static enum jemput_status found(struct checking *c, const struct jemput_applier *a, const char *what, struct jemput_bytes key, uint64_t place,
                                struct jemput_error *err)
{
    return jemput_tally_add(&c->tally, a->table->name, what, key, place, err);
}

/* --- the file --- */

/* SQLite names tables, indexes, rowids and pages, never values. */
static void file_problem(struct checking *c, const char *text)
{
    char line[512];

    c->file_problems++;
    if (!c->each || c->file_problems > FILE_LINES_MAX)
        return;
    sqlite3_snprintf(sizeof line, line, c->file_problems < FILE_LINES_MAX ? "file: %s" : "file: %s, and perhaps more", text);
    c->each(c->ctx, line);
}

static enum jemput_status check_file(struct checking *c, struct jemput_error *err)
{
    struct jemput_store *store = c->b.store;
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, store->db, "PRAGMA integrity_check", 0, err);
    int rc = SQLITE_DONE;

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(stmt, 0);

        if (!text)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory");
        else if (strcmp(text, "ok") != 0)
            file_problem(c, text);
    }
    if (!st && rc != SQLITE_DONE && (rc & 0xff) != SQLITE_CORRUPT)
        st = jemput_sqlite_fail(store->db, rc, err, "check the file");
    else if (!st && rc != SQLITE_DONE)
        file_problem(c, sqlite3_errmsg(store->db));
    sqlite3_finalize(stmt);
    return st;
}

static enum jemput_status check_triggers(struct checking *c, struct jemput_error *err)
{
    struct jemput_capture *capture = c->b.store->db_capture;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t id = 1; !st && capture && id <= c->b.appliers->count; id++) {
        bool in_place = false;

        st = jemput_capture_load(capture, id, err);
        if (!st)
            st = jemput_triggers_check(c->b.store->db, capture->tables[id - 1], &in_place, err);
        if (!st && !in_place)
            st = found(c, &c->b.appliers->of[id - 1], "its capture triggers are missing or changed", (struct jemput_bytes){ 0 }, 0, err);
    }
    return st;
}

/* --- merge state --- */

/* Are the writes that a state keeps of transactions which are there? */
static enum jemput_status writes_look(struct jemput_store *store, const struct jemput_row *row, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t g = 0; !st && g < jemput_row_registers(row); g++) {
        for (uint32_t i = 0; !st && i < row->registers[g].write_count; i++) {
            uint64_t version = row->registers[g].writes[i].version;
            const struct jemput_cause *cause;

            if (version < JEMPUT_VERSION_PLACES)
                continue;
            st = jemput_causes_segment(store, (int64_t)(version / JEMPUT_VERSION_PLACES), &cause, err);
            if (!st && version % JEMPUT_VERSION_PLACES >= cause->txn_count)
                st = jemput_fail(err, JEMPUT_NOTFOUND, "no such transaction");
        }
    }
    return st;
}

/* Are the marks those of the writes? A row that should be in the table and is not (`there`: it is in a->row) is found elsewhere; one that a pending
 * transaction has changed holds other values than merging knows of. */
static enum jemput_status marks_look(struct checking *c, struct jemput_applier *a, struct jemput_bytes key, struct jemput_known *known, bool there,
                                     bool *right, struct jemput_error *err)
{
    struct jemput_view view;
    unsigned marks;
    enum jemput_status st = JEMPUT_OK;

    *right = true;
    if (known->shown && (!there || jemput_pending_rows_have(&c->pending, a, key)))
        return JEMPUT_OK;
    if (known->shown)
        st = jemput_row_fill(&known->row, a->table, a->row, &c->b.row, err);
    if (!st)
        st = jemput_row_show(&view, &known->row, a->table, &c->b.causality, &c->b.row, err);
    st = jemput_causes_outcome(c->b.store, st, err);
    if (st)
        return st;
    if (view.alive)
        marks = known->state & JEMPUT_ROW_CASCADED ? (unsigned)JEMPUT_ROW_ABSENT | JEMPUT_ROW_CASCADED
                                                   : jemput_view_state(&view) | (known->state & JEMPUT_ROW_HELD);
    else
        marks = known->state & JEMPUT_ROW_RESTORED && known->row.created ? JEMPUT_ROW_RESTORED : JEMPUT_ROW_ABSENT;
    *right = (marks | jemput_succeeded_state(&known->row)) == known->state;
    return JEMPUT_OK;
}

/* What is wrong with a row's state as such; NULL = nothing. */
static enum jemput_status state_look(struct checking *c, struct jemput_applier *a, struct jemput_bytes key, bool there, const char **what,
                                     struct jemput_error *err)
{
    struct jemput_known known;
    bool right = true;
    enum jemput_status st = jemput_known_read(c->b.store, a, key, true, &known, &c->b.row, err);

    if (!st)
        st = writes_look(c->b.store, &known.row, err);
    if (!st)
        st = marks_look(c, a, key, &known, there, &right, err);
    *what = st == JEMPUT_CORRUPT    ? "the merge state of a row is damaged"
            : st == JEMPUT_NOTFOUND ? "the merge state of a row names a segment that is not there"
            : !st && !right         ? "the marks of a row's merge state are not those of its writes"
                                    : NULL;
    return *what ? JEMPUT_OK : st;
}

/* Is the row in jemput_withheld as its state says? fault: what that has; -1 = nothing. */
static const char *entry_look(unsigned state, int fault)
{
    if ((state & JEMPUT_ROW_HELD) && !(fault >= 0 && fault < JEMPUT_FAULT_RESTORED))
        return "a held row has no reason";
    if ((state & JEMPUT_ROW_RESTORED) && fault != JEMPUT_FAULT_RESTORED)
        return "a row that came back on another's account is not noted as such";
    if ((state & JEMPUT_ROW_CASCADED) && fault != JEMPUT_FAULT_CASCADED)
        return "a row that is gone with its parent is not noted as such";
    return NULL;
}

/* One row of jemput_row. Each row that merging says is shown must be there, one that is not shown must not; unless the app has changed that since. */
static enum jemput_status check_state(struct checking *c, sqlite3_stmt *stmt, uint64_t place, struct jemput_error *err)
{
    struct jemput_bytes key = { sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1) };
    unsigned state = (unsigned)sqlite3_column_int(stmt, 2);
    bool shown = !(state & (JEMPUT_ROW_HELD | JEMPUT_ROW_ABSENT)), there = false;
    const char *what = NULL;
    struct jemput_applier *a;
    enum jemput_status st = jemput_applier_of(c->b.store, (uint32_t)sqlite3_column_int64(stmt, 0), &a, err);

    if (!st)
        st = jemput_shown_read(c->b.store, a, key, &there, &c->b.row, err);
    if (st == JEMPUT_CORRUPT)
        return jemput_tally_add(&c->tally, "jemput_row", "an entry names no row that can be", (struct jemput_bytes){ 0 }, place, err);
    if (!st)
        st = jemput_birth_mark(c->b.store, &c->births, a, key, err);
    if (!st)
        st = state_look(c, a, key, there, &what, err);
    if (!st && what)
        st = found(c, a, what, key, place, err);
    what = entry_look(state, sqlite3_column_int(stmt, 3));
    if (!st && what)
        st = found(c, a, what, key, place, err);
    if (!st && there != shown && !jemput_pending_rows_have(&c->pending, a, key))
        st = found(c, a, there ? "a row is there that merging does not show" : "a row that merging shows is missing", key, place, err);
    return st;
}

static enum jemput_status check_states(struct checking *c, struct jemput_error *err)
{
    struct jemput_store *store = c->b.store;
    int64_t table = 0;
    uint64_t place = 0;
    sqlite3_stmt *stmt;
    enum jemput_status st =
        jemput_sqlite_prepare(&stmt, store->db,
                              "SELECT r.tbl, r.key, coalesce(r.state, 0), coalesce(h.fault, -1) FROM jemput_row r LEFT JOIN jemput_withheld h "
                              "ON h.tbl = r.tbl AND h.key = r.key ORDER BY r.tbl, r.key",
                              0, err);
    int rc = SQLITE_DONE;

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        place = sqlite3_column_int64(stmt, 0) == table ? place + 1 : 1;
        table = sqlite3_column_int64(stmt, 0);
        jemput_arena_clear(&c->b.row);
        jemput_causes_trim(store);
        st = check_state(c, stmt, place, err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "read row states");
    sqlite3_finalize(stmt);
    return st;
}

/* --- the tables --- */

static enum jemput_status keys_statement(sqlite3_stmt **out, struct jemput_store *store, const struct jemput_table *t, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT((size_t)64 * 1024);
    enum jemput_status st;

    jemput_buf_append_str(&sql, "SELECT ");
    for (uint8_t i = 0; i < t->key_count; i++) {
        jemput_buf_append_str(&sql, i ? ", " : "");
        jemput_buf_identifier(&sql, t->columns[t->key_columns[i]].name);
    }
    jemput_buf_append_str(&sql, " FROM main.");
    jemput_buf_identifier(&sql, t->name);
    for (uint8_t i = 0; i < t->key_count; i++) {
        jemput_buf_append_str(&sql, i ? ", " : " ORDER BY ");
        jemput_buf_identifier(&sql, t->columns[t->key_columns[i]].name);
    }
    st = jemput_sqlite_prepare_buf(out, store->db, &sql, 0, err);
    jemput_buf_release(&sql);
    return st;
}

/* Each row's key must be one that a log can carry. Rows that no log knows came with the schema, or were written behind capture's back: replaying
 * the logs (compare.h) tells the two apart. */
static enum jemput_status check_table(struct checking *c, struct jemput_applier *a, struct jemput_error *err)
{
    struct jemput_buf key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    uint64_t place = 0;
    sqlite3_stmt *stmt;
    enum jemput_status st = keys_statement(&stmt, c->b.store, a->table, err);
    int rc = SQLITE_DONE;

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        place++;
        for (uint8_t i = 0; i < a->table->key_count; i++)
            jemput_value_from_column(&values[i], stmt, i);
        jemput_buf_clear(&key);
        st = jemput_key_write(&key, values, a->table->key_count, err);
        if (st == JEMPUT_DENIED) /* a NULL: capture refuses it */
            st = found(c, a, "a row has a NULL in its key", (struct jemput_bytes){ 0 }, place, err);
        else if (!st)
            st = jemput_birth_mark(c->b.store, &c->births, a, jemput_buf_bytes(&key), err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(c->b.store->db, rc, err, "read keys");
    sqlite3_finalize(stmt);
    jemput_buf_release(&key);
    return st;
}

static enum jemput_status check_all(struct checking *c, struct jemput_store *store, struct jemput_error *err)
{
    enum jemput_status st = jemput_catalog_refresh(store, err);

    jemput_causes_forget(store); /* the file is asked, not memory */
    if (!st)
        st = jemput_batch_begin(&c->b, store, err);
    if (!st)
        st = check_file(c, err);
    if (!st)
        st = check_triggers(c, err);
    if (!st)
        st = jemput_merge_triggers_look(store, &c->tally, err);
    if (!st)
        st = jemput_check_logs(store, &c->tally, err);
    if (!st)
        st = jemput_check_feed(store, &c->tally, err);
    if (!st)
        st = jemput_pending_rows_read(store, &c->pending, &c->tally, err);
    if (!st)
        st = jemput_birth_marks_read(store, &c->births, &c->tally, err);
    for (size_t i = 0; !st && i < c->pending.count; i++) /* deleted rows, too */
        st = jemput_birth_mark(store, &c->births, c->pending.rows[i].applier, c->pending.rows[i].change->key, err);
    if (!st)
        st = check_states(c, err);
    for (uint32_t i = 0; !st && i < c->b.appliers->count; i++)
        st = check_table(c, &c->b.appliers->of[i], err);
    if (!st)
        st = jemput_birth_marks_tell(store, &c->births, &c->tally, err);
    return st ? st : jemput_check_pending(store, &c->pending, &c->tally, err);
}

enum jemput_status jemput_store_check(struct jemput_store *store, jemput_problem_fn each, void *ctx, uint64_t *problems, struct jemput_error *err)
{
    struct checking c = { .each = each, .ctx = ctx };
    enum jemput_status st = jemput_sqlite_begin(store->db, "BEGIN", "begin", err); /* all is seen at one moment */

    if (st)
        return st;
    st = check_all(&c, store, err);
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL); /* nothing was written */
    if (!st)
        *problems = (c.file_problems < FILE_LINES_MAX ? c.file_problems : FILE_LINES_MAX) + jemput_tally_tell(&c.tally, each, ctx);
    jemput_batch_release(&c.b);
    jemput_pending_rows_release(&c.pending);
    jemput_birth_marks_release(&c.births);
    jemput_tally_release(&c.tally);
    return st;
}
