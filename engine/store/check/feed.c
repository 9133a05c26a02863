/* store/check/feed.c — the notes of the change feed against what they can be. See check.h, and store/feed/feed.h.
 *
 * Whether a row was noted that moved cannot be told afterwards: it moved in one transaction, and stands as it is now. What can be told is whether
 * each block is one that this store writes, and whether all are there between the oldest and the newest. */
#include "store/check/check.h"

#include "store/feed/feed.h"
#include "store/file/layout.h"

struct blocks {
    struct jemput_store *store;
    struct jemput_tally *tally;
    uint64_t place;
    int64_t number; /* of the one before; 0 = there was none */
};

static enum jemput_status found(struct blocks *b, const char *what, struct jemput_error *err)
{
    return jemput_tally_add(b->tally, "jemput_feed", what, (struct jemput_bytes){ 0 }, b->place, err);
}

static bool is_everything(struct jemput_bytes rows)
{
    return rows.len == 1 && rows.data[0] == 0;
}

/* Each row's table is there, and its key is one that the table can have. */
static enum jemput_status rows_look(struct jemput_store *store, struct jemput_bytes rows, bool *right, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = rows };
    enum jemput_status st = JEMPUT_OK;

    while (!st && r.rest.len && !is_everything(rows)) {
        uint64_t id = jemput_read_varint(&r);
        struct jemput_bytes key = jemput_read_sized(&r);
        const struct jemput_table *table = id && id <= UINT32_MAX ? jemput_store_table(store, (uint32_t)id) : NULL;
        struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];

        st = r.overrun || !table ? jemput_fail(err, JEMPUT_CORRUPT, "no such row") : jemput_key_read(values, table->key_count, key, err);
    }
    *right = !st;
    return st == JEMPUT_CORRUPT ? JEMPUT_OK : st;
}

/* One row of SELECT number, id, rows, and whether these are blobs; ascending. */
static enum jemput_status block_look(struct blocks *b, sqlite3_stmt *stmt, struct jemput_error *err)
{
    int64_t number = sqlite3_column_int64(stmt, 0);
    struct jemput_bytes rows = { sqlite3_column_blob(stmt, 2), (size_t)sqlite3_column_bytes(stmt, 2) };
    bool right = sqlite3_column_int(stmt, 3) && sqlite3_column_bytes(stmt, 1) == JEMPUT_FEED_ID_BYTES && rows.len <= JEMPUT_FEED_BLOCK_BYTES_MAX;
    bool is_first = !b->number;
    enum jemput_status st = JEMPUT_OK;

    b->place++;
    if (number < 1 || (!is_first && number != b->number + 1))
        st = found(b, "a block of the change feed is missing", err);
    b->number = number < 1 ? 0 : number;
    if (!st && right)
        st = rows_look(b->store, rows, &right, err);
    if (!st && (!right || (is_everything(rows) && !is_first))) /* where everything has moved, what is older goes */
        st = found(b, "a block of the change feed is damaged", err);
    return st;
}

enum jemput_status jemput_check_feed(struct jemput_store *store, struct jemput_tally *t, struct jemput_error *err)
{
    struct blocks b = { store, t, 0, 0 };
    sqlite3_stmt *stmt;
    int64_t on = 0;
    enum jemput_status st = jemput_store_number_get(store, JEMPUT_FACT_FEED, 0, &on, err);
    int rc = SQLITE_DONE;

    if (!st)
        st = jemput_sqlite_prepare(
            &stmt, store->db, "SELECT number, id, rows, typeof(id) = 'blob' AND typeof(rows) = 'blob' FROM jemput_feed ORDER BY number", 0, err);
    if (st)
        return st;
    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        st = block_look(&b, stmt, err);
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "read the change feed");
    sqlite3_finalize(stmt);
    if (!st && (on != 0) != (b.place != 0))
        st = found(&b, on ? "rows are noted, and no block of the change feed is there" : "there are blocks of a feed that nobody has begun", err);
    return st;
}
