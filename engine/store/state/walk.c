/* store/state/walk.c — the merged state as a stream of bytes. See state/walk.h; schema/formats/state-hash.md has the stream. */
#include "store/state/walk.h"

#include "base/limits.h"
#include "store/apply/apply.h"
#include "store/replace/in_step.h"
#include "store/state/item.h"
#include "store/verdict/refusal.h"

static const char magic[] = "jemput state 1\n";

struct walk {
    struct jemput_store *store;
    jemput_sink_fn sink;
    void *ctx;
    struct jemput_buf item; /* the one being put together */
};

/* Hand on the item that is put together. */
static enum jemput_status item_end(struct walk *w, struct jemput_error *err)
{
    enum jemput_status st = jemput_buf_check(&w->item, "state", err);

    if (!st)
        w->sink(w->ctx, jemput_buf_bytes(&w->item));
    jemput_buf_clear(&w->item);
    return st;
}

/* --- tables and their rows --- */

static enum jemput_status walk_table(struct walk *w, const struct jemput_table *table, struct jemput_error *err)
{
    uint16_t columns[JEMPUT_COLUMNS_MAX], count = jemput_rows_columns(table, columns);

    jemput_buf_u8(&w->item, JEMPUT_ITEM_TABLE);
    jemput_buf_varint(&w->item, table->id);
    jemput_buf_sized(&w->item, jemput_bytes_str(table->name));
    jemput_buf_varint(&w->item, count);
    for (uint16_t i = 0; i < count; i++)
        jemput_buf_sized(&w->item, jemput_bytes_str(table->columns[columns[i]].name));
    return item_end(w, err);
}

static enum jemput_status walk_rows(struct walk *w, const struct jemput_table *table, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = SQLITE_DONE;
    enum jemput_status st = jemput_rows_prepare(&stmt, w->store, table, NULL, err);

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        jemput_buf_u8(&w->item, JEMPUT_ITEM_ROW);
        for (int i = 0; i < sqlite3_column_count(stmt); i++) {
            struct jemput_value value;

            jemput_value_from_column(&value, stmt, i);
            jemput_value_write(&w->item, &value);
        }
        st = item_end(w, err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(w->store->db, rc, err, "read rows");
    sqlite3_finalize(stmt);
    return st;
}

/* --- conflicts, held rows, and marks --- */

static enum jemput_status walk_conflict(void *ctx, const struct jemput_row_conflict *conflict, struct jemput_error *err)
{
    struct walk *w = ctx;
    enum jemput_status st = jemput_state_conflict(&w->item, conflict, err);

    return st ? st : item_end(w, err);
}

static enum jemput_status walk_held(void *ctx, const struct jemput_row_held *held, struct jemput_error *err)
{
    struct walk *w = ctx;
    enum jemput_status st = jemput_state_held(&w->item, held, err);

    return st ? st : item_end(w, err);
}

/* What is so of a row besides its values. Not that it is not there, nor in which row it goes on then: that may be forgotten some day. */
static enum jemput_status walk_marks(struct walk *w, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = SQLITE_DONE;
    enum jemput_status st = jemput_sqlite_prepare(
        &stmt, w->store->db, "SELECT tbl, key, state & ~36 FROM jemput_row WHERE state IS NOT NULL AND state & ~36 ORDER BY tbl, key", 0, err);

    _Static_assert((JEMPUT_ROW_ABSENT | JEMPUT_ROW_SUCCEEDED) == 36, "the query above leaves them out");
    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        jemput_state_item_begin(&w->item, JEMPUT_ITEM_MARKED, (uint32_t)sqlite3_column_int64(stmt, 0),
                                jemput_bytes_of(sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1)));
        jemput_buf_varint(&w->item, (uint64_t)sqlite3_column_int64(stmt, 2));
        st = item_end(w, err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(w->store->db, rc, err, "read marks");
    sqlite3_finalize(stmt);
    return st;
}

/* --- refused transactions --- */

static enum jemput_status walk_refusal(struct walk *w, const struct jemput_refused_txn *r, struct jemput_error *err)
{
    struct jemput_segment segment, adopting = { .number = 0 };
    jemput_stamp stamp = 0, adopted_stamp = 0;
    uint64_t adopted = 0;
    enum jemput_status st = jemput_store_version_find(w->store, r->version, &segment, &stamp, err);

    if (!st)
        st = jemput_store_adoption_find(w->store, &segment.hash, (uint32_t)(r->version % JEMPUT_VERSION_PLACES), &adopted, err);
    if (!st && adopted)
        st = jemput_store_version_find(w->store, adopted, &adopting, &adopted_stamp, err);
    if (st)
        return st;
    jemput_buf_u8(&w->item, JEMPUT_ITEM_REFUSED);
    jemput_buf_append(&w->item, segment.hash.bytes, sizeof segment.hash.bytes);
    jemput_buf_varint(&w->item, r->version % JEMPUT_VERSION_PLACES);
    jemput_buf_varint(&w->item, r->reason);
    jemput_buf_varint(&w->item, r->table);
    jemput_buf_sized(&w->item, r->key);
    jemput_buf_varint(&w->item, r->column == JEMPUT_REFUSAL_NO_COLUMN ? 0 : r->column + 1u);
    jemput_buf_u64le(&w->item, adopted_stamp);
    jemput_buf_append(&w->item, adopting.writer.id, sizeof adopting.writer.id);
    return item_end(w, err);
}

/* In the order of their segments' hashes, which all stores have in common. */
static enum jemput_status walk_refusals(struct walk *w, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = SQLITE_DONE;
    enum jemput_status st = jemput_sqlite_prepare(
        &stmt, w->store->db,
        "SELECT r.version, r.reason, r.tbl, r.key, coalesce(r.col, 65535) FROM jemput_refusal r JOIN jemput_segment s ON s.id = r.version / 4096 "
        "ORDER BY s.hash, r.version",
        0, err);

    _Static_assert(JEMPUT_VERSION_PLACES == 4096, "the query above divides by it");
    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const struct jemput_refused_txn r = { (uint64_t)sqlite3_column_int64(stmt, 0), (unsigned)sqlite3_column_int(stmt, 1),
            (uint32_t)sqlite3_column_int64(stmt, 2), jemput_bytes_of(sqlite3_column_blob(stmt, 3), (size_t)sqlite3_column_bytes(stmt, 3)),
            (uint16_t)sqlite3_column_int(stmt, 4) };

        st = walk_refusal(w, &r, err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(w->store->db, rc, err, "read refused transactions");
    sqlite3_finalize(stmt);
    return st;
}

/* --- all of it --- */

enum jemput_status jemput_store_sealed(struct jemput_store *store, bool *out, struct jemput_error *err)
{
    int64_t sealed = 0;
    enum jemput_status st = jemput_store_look(store,
                                              "SELECT NOT EXISTS(SELECT 1 FROM jemput_pending) AND NOT EXISTS(SELECT 1 FROM jemput_migration WHERE "
                                              "NOT sealed) AND NOT EXISTS(SELECT 1 FROM jemput_unsettled)",
                                              "look for what is pending", &sealed, err);

    *out = sealed != 0;
    return st;
}

enum jemput_status jemput_store_others_version(struct jemput_store *store, int64_t *out, struct jemput_error *err)
{
    return jemput_store_look(store, "PRAGMA data_version", "read the data's version", out, err);
}

static enum jemput_status walk_all(struct walk *w, struct jemput_error *err)
{
    bool sealed = false;
    enum jemput_status st = jemput_store_sealed(w->store, &sealed, err);

    if (!st && !sealed)
        return jemput_fail(err, JEMPUT_BUSY, "something was saved that is not sealed yet: jemput_seal() or a sync does it");
    if (!st)
        st = jemput_catalog_refresh(w->store, err);
    if (!st) {
        jemput_buf_append_str(&w->item, magic);
        st = item_end(w, err);
    }
    for (uint32_t id = 1; !st && id <= jemput_store_table_count(w->store); id++) {
        const struct jemput_table *table = jemput_store_table(w->store, id);

        st = table ? walk_table(w, table, err) : jemput_fail(err, JEMPUT_CORRUPT, "table %u is not there", (unsigned)id);
        if (!st)
            st = walk_rows(w, table, err);
    }
    if (!st)
        st = jemput_store_conflicts_each(w->store, walk_conflict, w, err);
    if (!st)
        st = jemput_store_held_each(w->store, walk_held, w, err);
    if (!st)
        st = walk_marks(w, err);
    if (!st)
        st = walk_refusals(w, err);
    if (!st) {
        jemput_buf_u8(&w->item, JEMPUT_ITEM_END);
        st = item_end(w, err);
    }
    return st;
}

enum jemput_status jemput_store_state_walk(struct jemput_store *store, jemput_sink_fn sink, void *ctx, struct jemput_error *err)
{
    struct walk w = { .store = store, .sink = sink, .ctx = ctx, .item = JEMPUT_BUF_INIT(JEMPUT_ROW_BYTES_MAX) };
    bool looking = sqlite3_get_autocommit(store->db) != 0;
    enum jemput_status st = looking ? jemput_sqlite_exec(store->db, "BEGIN", "begin", err) : JEMPUT_OK;

    if (!st)
        st = walk_all(&w, err);
    if (looking)
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL); /* nothing was written */
    jemput_buf_release(&w.item);
    return st;
}
