/* store/feed/feed.c — notes of rows that have moved, and the blocks that keep them. See feed.h. */
#include "store/feed/feed.h"

#include <stdlib.h>
#include <string.h>

#include "store/file/layout.h"
#include "store/internal.h"

/* --- noting --- */

static void notes_drop(struct jemput_feed *f)
{
    jemput_buf_clear(&f->rows);
    f->last_table = 0;
    f->last_bytes = 0;
}

void jemput_feed_all(struct jemput_store *store)
{
    struct jemput_feed *f = &store->feed;

    if (!f->on)
        return;
    f->all = true;
    notes_drop(f);
}

void jemput_feed_note(struct jemput_store *store, uint32_t table, struct jemput_bytes key)
{
    struct jemput_feed *f = &store->feed;

    if (!f->on || f->all)
        return;
    if (table == f->last_table && key.len == f->last_bytes && (!key.len || memcmp(f->rows.data + f->rows.len - key.len, key.data, key.len) == 0))
        return;
    jemput_buf_varint(&f->rows, table);
    jemput_buf_sized(&f->rows, key);
    f->last_table = table;
    f->last_bytes = key.len;
    if (f->rows.failed) /* no memory, or too many */
        jemput_feed_all(store);
}

void jemput_feed_forget(struct jemput_store *store)
{
    store->feed.all = false;
    notes_drop(&store->feed);
}

void jemput_store_feed_txns(struct jemput_store *store, const struct jemput_txn *txns, uint32_t count)
{
    for (uint32_t i = 0; store->feed.on && i < count; i++)
        for (uint32_t c = 0; c < txns[i].change_count; c++)
            jemput_feed_note(store, txns[i].changes[c].table, txns[i].changes[c].key);
}

/* --- blocks --- */

enum jemput_status jemput_feed_look(struct jemput_store *store, struct jemput_error *err)
{
    int64_t on = 0;
    enum jemput_status st = jemput_store_number_get(store, JEMPUT_FACT_FEED, 0, &on, err);

    if (!st)
        store->feed.on = on != 0;
    store->feed.rows.max = JEMPUT_FEED_BLOCK_BYTES_MAX;
    return st;
}

/* `kept`: so many of the newest stay, this one among them. */
static enum jemput_status block_put(struct jemput_store *store, struct jemput_bytes rows, int64_t kept, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        store, "INSERT INTO jemput_feed(number, id, rows) VALUES((SELECT coalesce(max(number), 0) + 1 FROM jemput_feed), ?, ?)", err);
    uint8_t id[JEMPUT_FEED_ID_BYTES];
    enum jemput_status st;

    if (!stmt)
        return err->status;
    store->env->random(store->env, id, sizeof id);
    sqlite3_bind_blob(stmt, 1, id, sizeof id, SQLITE_STATIC);
    sqlite3_bind_blob64(stmt, 2, rows.len ? (const void *)rows.data : "", rows.len, SQLITE_STATIC);
    st = jemput_store_step_done(store, stmt, err);
    if (st)
        return st;
    stmt = jemput_store_statement(store, "DELETE FROM jemput_feed WHERE number <= (SELECT max(number) FROM jemput_feed) - ?", err);
    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, kept);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_feed_put(struct jemput_store *store, struct jemput_error *err)
{
    static const uint8_t everything[1] = { 0 };
    const struct jemput_feed *f = &store->feed;

    if (f->all) /* an older mark leads to a whole reading, and so does one that is gone: older notes go, with the key of a forgotten row in them */
        return block_put(store, jemput_bytes_of(everything, sizeof everything), 1, err);
    return f->rows.len ? block_put(store, jemput_buf_bytes(&f->rows), JEMPUT_FEED_BLOCKS_MAX, err) : JEMPUT_OK;
}

enum jemput_status jemput_store_feed_begin(struct jemput_store *store, struct jemput_error *err)
{
    enum jemput_status st;

    JEMPUT_ASSERT(store->in_txn);
    if (store->feed.on)
        return JEMPUT_OK;
    st = jemput_store_number_put(store, JEMPUT_FACT_FEED, 1, err);
    if (!st) /* so that there is a newest one to begin from; what is there of before says nothing of what moved since */
        st = block_put(store, (struct jemput_bytes){ 0 }, 1, err);
    store->feed.on = !st;
    return st;
}

/* --- what was noted --- */

/* A statement with a block's number as its one parameter. NULL = err is set. */
static sqlite3_stmt *block_statement(struct jemput_store *store, const char *sql, uint64_t number, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, sql, err);

    if (stmt)
        sqlite3_bind_int64(stmt, 1, number > INT64_MAX ? INT64_MAX : (int64_t)number);
    return stmt;
}

static enum jemput_status block_known(struct jemput_store *store, uint64_t number, const uint8_t id[JEMPUT_FEED_ID_BYTES], bool *out,
                                      struct jemput_error *err)
{
    sqlite3_stmt *stmt = block_statement(store, "SELECT id FROM jemput_feed WHERE number = ?", number, err);
    int rc;

    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    *out = rc == SQLITE_ROW && sqlite3_column_bytes(stmt, 0) == JEMPUT_FEED_ID_BYTES &&
           memcmp(sqlite3_column_blob(stmt, 0), id, JEMPUT_FEED_ID_BYTES) == 0;
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "look for a mark");
}

enum jemput_status jemput_store_feed_done(struct jemput_store *store, uint64_t number, const uint8_t id[JEMPUT_FEED_ID_BYTES],
                                          struct jemput_error *err)
{
    bool known = false;
    sqlite3_stmt *stmt;
    enum jemput_status st = block_known(store, number, id, &known, err);

    JEMPUT_ASSERT(store->in_txn);
    if (st || !known)
        return st;
    stmt = block_statement(store, "DELETE FROM jemput_feed WHERE number < ?", number, err);
    st = stmt ? jemput_store_step_done(store, stmt, err) : err->status;
    if (st)
        return st;
    stmt = block_statement(store, "UPDATE jemput_feed SET rows = x'' WHERE number = ? AND length(rows)", number, err); /* it is a mark, and no more */
    return stmt ? jemput_store_step_done(store, stmt, err) : err->status;
}

static enum jemput_status newest_read(struct jemput_store *store, struct jemput_feed_notes *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT number, id FROM jemput_feed ORDER BY number DESC LIMIT 1", err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW && sqlite3_column_bytes(stmt, 1) == JEMPUT_FEED_ID_BYTES) {
        out->number = (uint64_t)sqlite3_column_int64(stmt, 0);
        memcpy(out->id, sqlite3_column_blob(stmt, 1), JEMPUT_FEED_ID_BYTES);
    } else if (rc == SQLITE_ROW) {
        st = jemput_fail(err, JEMPUT_CORRUPT, "a block of the change feed is damaged");
    } else if (rc != SQLITE_DONE) {
        st = jemput_sqlite_fail(store->db, rc, err, "read the change feed");
    }
    sqlite3_reset(stmt);
    return st;
}

/* Must everything be told, whatever was noted? */
static enum jemput_status notes_are_whole(struct jemput_store *store, uint64_t number, const uint8_t id[JEMPUT_FEED_ID_BYTES], bool *out,
                                          struct jemput_error *err)
{
    bool known = false;
    int64_t waits = 0;
    sqlite3_stmt *stmt;
    enum jemput_status st = number ? block_known(store, number, id, &known, err) : JEMPUT_OK;
    int rc;

    *out = !known;
    if (st || *out)
        return st;
    st = jemput_store_look(store, "SELECT EXISTS(SELECT 1 FROM jemput_migration WHERE NOT sealed)", "look for a migration", &waits, err);
    *out = waits != 0;
    if (st || *out)
        return st;
    stmt = block_statement(store, "SELECT coalesce(sum(length(rows)), 0) FROM jemput_feed WHERE number > ?", number, err);
    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    *out = rc == SQLITE_ROW && sqlite3_column_int64(stmt, 0) > JEMPUT_FEED_READ_BYTES_MAX;
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "measure the change feed");
}

static enum jemput_status blocks_read(struct jemput_store *store, uint64_t number, struct jemput_buf *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = block_statement(store, "SELECT rows FROM jemput_feed WHERE number > ? ORDER BY number", number, err);
    int rc;

    if (!stmt)
        return err->status;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        jemput_buf_append(out, sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0));
    sqlite3_reset(stmt);
    return rc == SQLITE_DONE ? jemput_buf_check(out, "the change feed", err) : jemput_sqlite_fail(store->db, rc, err, "read the change feed");
}

/* Reads them into `names` unless that is NULL. false: everything has moved, or what stands there is damaged, which is the same. */
static bool names_read(struct jemput_store *store, struct jemput_bytes rows, struct jemput_feed_name *names, size_t *count)
{
    struct jemput_reader r = { .rest = rows };

    for (*count = 0; r.rest.len; ++*count) {
        uint64_t table = jemput_read_varint(&r);
        struct jemput_bytes key = table ? jemput_read_sized(&r) : (struct jemput_bytes){ 0 };

        if (r.overrun || !table || table > jemput_store_table_count(store))
            return false;
        if (names)
            names[*count] = (struct jemput_feed_name){ (uint32_t)table, key };
    }
    return true;
}

int jemput_feed_name_compare(const void *left, const void *right)
{
    const struct jemput_feed_name *a = left, *b = right;

    if (a->table != b->table)
        return a->table < b->table ? -1 : 1;
    return jemput_bytes_compare(a->key, b->key);
}

static void names_sort(struct jemput_feed_notes *notes)
{
    size_t kept = 0;

    if (notes->count)
        qsort(notes->names, notes->count, sizeof *notes->names, jemput_feed_name_compare);
    for (size_t i = 0; i < notes->count; i++)
        if (!kept || jemput_feed_name_compare(&notes->names[kept - 1], &notes->names[i]) != 0)
            notes->names[kept++] = notes->names[i];
    notes->count = kept;
}

enum jemput_status jemput_store_feed_notes(struct jemput_store *store, uint64_t number, const uint8_t id[JEMPUT_FEED_ID_BYTES],
                                           struct jemput_feed_notes *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf blocks = JEMPUT_BUF_INIT(JEMPUT_FEED_READ_BYTES_MAX);
    struct jemput_feed_notes notes = { 0 };
    struct jemput_bytes rows = { 0 };
    enum jemput_status st = newest_read(store, &notes, err);

    if (!st)
        st = notes_are_whole(store, number, id, &notes.whole, err);
    if (!st && !notes.whole)
        st = blocks_read(store, number, &blocks, err);
    if (!st && !notes.whole) {
        notes.whole = !names_read(store, jemput_buf_bytes(&blocks), NULL, &notes.count);
        rows = jemput_arena_copy(arena, jemput_buf_bytes(&blocks));
        notes.names = jemput_arena_array(arena, notes.count, sizeof *notes.names);
        if (!rows.data || !notes.names)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for the change feed");
    }
    jemput_buf_release(&blocks);
    if (!st && !notes.whole) {
        names_read(store, rows, notes.names, &notes.count);
        names_sort(&notes);
    }
    if (!st)
        *out = notes;
    return st;
}
