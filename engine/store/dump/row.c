/* store/dump/row.c — rows and their merge state as items: first what the tables show, in the order of the transactions that made it, then what they
 * do not. See dump.h.
 *
 * Rows that were made together are much alike, and their ids are of one run: that order is what packing them (checkpoint/pack.h) lives on. */
#include "store/dump/dumping.h"

#include "base/limits.h"
#include "store/apply/apply.h"
#include "store/apply/birth.h"
#include "store/dump/sort.h"
#include "store/replace/in_step.h"
#include "store/schema/former.h"

struct rows { /* those of one table */
    struct jemput_dumping *d;
    struct jemput_dump_sorter *sorter;
    struct jemput_batch *b;
    struct jemput_applier *a;
    uint16_t count; /* columns as they are read */
    uint16_t columns[JEMPUT_COLUMNS_MAX];
    struct jemput_value *values; /* by column, of the row at hand */
    struct jemput_buf key, detail;
};

static uint64_t version_number(void *dumping, uint64_t version)
{
    return jemput_dump_version(dumping, version);
}

static void values_dump(struct rows *r)
{
    for (uint16_t i = 0; i < r->count; i++)
        jemput_value_write(&r->d->item, &r->values[r->columns[i]]);
}

/* The state of a row in numbers that mean the same everywhere, as if no column had come later: into r->detail. */
static enum jemput_status detail_make(struct rows *r, struct jemput_row *row, bool in_table, uint64_t *created, struct jemput_error *err)
{
    struct jemput_numbering numbering = { version_number, r->d };
    struct jemput_view view;
    enum jemput_status st = jemput_row_show(&view, row, r->a->table, &r->b->causality, &r->b->row, err);

    st = jemput_causes_outcome(r->d->store, st, err);
    if (!st)
        st = jemput_row_renumber(row, &view, &numbering, &r->b->row, err);
    if (st)
        return st;
    *created = row->created;
    jemput_buf_clear(&r->detail);
    jemput_row_write(&r->detail, row, r->a->table, &view, in_table);
    return jemput_buf_check(&r->detail, "row state", err);
}

static void entry_begin(struct rows *r, struct jemput_bytes key, unsigned state, uint64_t created, bool shown)
{
    jemput_buf_u8(&r->d->item, JEMPUT_DUMP_ENTRY);
    jemput_buf_varint(&r->d->item, r->a->table->id);
    jemput_buf_sized(&r->d->item, key);
    jemput_buf_varint(&r->d->item, state & ~(unsigned)JEMPUT_ROW_SUCCEEDED); /* the state itself says so */
    jemput_buf_varint(&r->d->item, created);
    jemput_buf_sized(&r->d->item, jemput_buf_bytes(&r->detail));
    jemput_buf_u8(&r->d->item, shown);
}

/* --- what a table shows --- */

/* A row known by its birth, or by nothing: mostly there is no more to say than by whom it was made. */
static bool row_is_plain(const struct rows *r, const struct jemput_known *known)
{
    if (known->known && !known->born)
        return false;
    return known->row.created == JEMPUT_VERSION_SCHEMA ||
           (!r->a->table->merges_values && jemput_former_groups(r->a, known->row.created) == r->a->table->group_count);
}

/* The item that is put together: into its place in the order of transactions. */
static enum jemput_status shown_put(struct rows *r, uint64_t created, struct jemput_error *err)
{
    struct jemput_buf *item = &r->d->item;
    enum jemput_status st = jemput_buf_check(item, "state", err);

    if (st || item->len > JEMPUT_DUMP_ROW_BYTES)
        return st ? st : jemput_dump_item_end(r->d, err);
    st = jemput_dump_sorter_add(r->sorter, created, r->a->table->id, jemput_buf_bytes(&r->key), jemput_buf_bytes(item), err);
    jemput_buf_clear(item);
    return st;
}

static enum jemput_status shown_dump(struct rows *r, struct jemput_error *err)
{
    struct jemput_bytes key = jemput_buf_bytes(&r->key);
    struct jemput_known known;
    uint64_t created = 0;
    bool plain = false;
    enum jemput_status st = jemput_known_read(r->d->store, r->a, key, true, &known, &r->b->row, err);

    if (!st && !known.shown)
        st = jemput_fail(err, JEMPUT_CORRUPT, "table '%s' has a row that is marked as held or deleted", r->a->table->name);
    if (!st)
        plain = row_is_plain(r, &known);
    if (!st && plain) {
        created = version_number(r->d, known.row.created);
        st = created ? JEMPUT_OK : jemput_fail(err, JEMPUT_CORRUPT, "a row of table '%s' is of no segment", r->a->table->name);
    } else if (!st) {
        st = jemput_row_fill(&known.row, r->a->table, r->values, &r->b->row, err);
        if (!st)
            st = detail_make(r, &known.row, true, &created, err);
        plain = !st && !known.state && !r->detail.len;
    }
    if (st)
        return st;
    if (plain) {
        jemput_buf_u8(&r->d->item, JEMPUT_DUMP_PLAIN);
        jemput_buf_varint(&r->d->item, r->a->table->id);
        jemput_buf_varint(&r->d->item, created);
    } else {
        entry_begin(r, key, known.state, created, true);
    }
    values_dump(r);
    return shown_put(r, created, err);
}

static enum jemput_status shown_read(struct rows *r, sqlite3_stmt *stmt, struct jemput_error *err)
{
    struct jemput_value keys[JEMPUT_KEY_COLUMNS_MAX];

    jemput_arena_clear(&r->b->row);
    r->values = jemput_arena_array(&r->b->row, r->a->table->column_count, sizeof *r->values);
    if (!r->values)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a row");
    for (uint16_t i = 0; i < r->count; i++) {
        jemput_value_from_column(&r->values[r->columns[i]], stmt, i); /* borrowed from the statement, which stays where it is */
        if (i < r->a->table->key_count)
            keys[i] = r->values[r->columns[i]];
    }
    jemput_buf_clear(&r->key);
    return jemput_key_write(&r->key, keys, r->a->table->key_count, err);
}

static enum jemput_status table_dump(struct rows *r, uint32_t id, struct jemput_error *err)
{
    const struct jemput_table *table;
    enum jemput_status st = jemput_applier_of(r->d->store, id, &r->a, err);

    if (st)
        return st;
    table = r->a->table;
    r->count = jemput_rows_columns(table, r->columns);
    jemput_buf_u8(&r->d->item, JEMPUT_DUMP_TABLE);
    jemput_buf_varint(&r->d->item, table->id);
    jemput_buf_sized(&r->d->item, jemput_bytes_str(table->name));
    jemput_buf_varint(&r->d->item, table->key_count);
    jemput_buf_varint(&r->d->item, r->count);
    for (uint16_t i = 0; i < r->count; i++)
        jemput_buf_sized(&r->d->item, jemput_bytes_str(table->columns[r->columns[i]].name));
    return jemput_dump_item_end(r->d, err);
}

static enum jemput_status table_rows(struct rows *r, uint32_t id, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = SQLITE_DONE;
    enum jemput_status st = jemput_applier_of(r->d->store, id, &r->a, err);

    if (!st)
        r->count = jemput_rows_columns(r->a->table, r->columns);
    if (!st)
        st = jemput_rows_prepare(&stmt, r->d->store, r->a->table, NULL, err);
    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        st = shown_read(r, stmt, err);
        if (!st)
            st = shown_dump(r, err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(r->d->store->db, rc, err, "read rows");
    sqlite3_finalize(stmt);
    return st;
}

static enum jemput_status tables_dump(struct rows *r, struct jemput_error *err)
{
    enum jemput_status st = jemput_dump_sorter_new(&r->sorter, r->d->store, err);

    for (uint32_t id = 1; !st && id <= jemput_store_table_count(r->d->store); id++)
        st = table_dump(r, id, err);
    for (uint32_t id = 1; !st && id <= jemput_store_table_count(r->d->store); id++) {
        jemput_causes_trim(r->d->store);
        st = table_rows(r, id, err);
    }
    if (!st)
        st = jemput_dump_sorter_give(r->sorter, r->d->sink, r->d->ctx, err);
    jemput_dump_sorter_free(r->sorter);
    return st;
}

/* --- what no table shows, and rows whose key stands in a log as something else than the table makes of it --- */

static enum jemput_status other_dump(struct rows *r, struct jemput_bytes key, bool shown, struct jemput_error *err)
{
    struct jemput_known known;
    uint64_t created = 0;
    bool found = false;
    enum jemput_status st = jemput_known_read(r->d->store, r->a, key, false, &known, &r->b->row, err);

    if (!st && shown) {
        st = jemput_shown_read(r->d->store, r->a, key, &found, &r->b->row, err);
        if (!st && !found)
            st = jemput_fail(err, JEMPUT_CORRUPT, "table '%s' lacks a row", r->a->table->name);
        r->values = r->a->row;
        if (!st)
            st = jemput_row_fill(&known.row, r->a->table, r->values, &r->b->row, err);
    }
    if (!st)
        st = detail_make(r, &known.row, shown, &created, err);
    if (st)
        return st;
    entry_begin(r, key, known.state, created, shown);
    if (shown)
        values_dump(r);
    return jemput_dump_item_end(r->d, err);
}

static enum jemput_status others_dump(struct rows *r, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = SQLITE_DONE;
    enum jemput_status st =
        jemput_sqlite_prepare(&stmt, r->d->store->db, "SELECT tbl, key, coalesce(state, 0) & 6 FROM jemput_row ORDER BY tbl, key", 0, err);

    _Static_assert((JEMPUT_ROW_HELD | JEMPUT_ROW_ABSENT) == 6, "the query above");
    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        bool shown = sqlite3_column_int(stmt, 2) == 0;

        jemput_buf_clear(&r->key);
        jemput_buf_append(&r->key, sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1));
        st = jemput_buf_check(&r->key, "key", err);
        if (!st)
            st = jemput_applier_of(r->d->store, (uint32_t)sqlite3_column_int64(stmt, 0), &r->a, err);
        if (st || (shown && jemput_key_is_kept(r->a, jemput_buf_bytes(&r->key))))
            continue;
        jemput_arena_clear(&r->b->row);
        r->count = jemput_rows_columns(r->a->table, r->columns);
        st = other_dump(r, jemput_buf_bytes(&r->key), shown, err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(r->d->store->db, rc, err, "read the rows' states");
    sqlite3_finalize(stmt);
    return st;
}

/* --- what stands beside the rows --- */

static struct jemput_bytes blob_of(sqlite3_stmt *stmt, int column)
{
    return jemput_bytes_of(sqlite3_column_blob(stmt, column), (size_t)sqlite3_column_bytes(stmt, column));
}

static enum jemput_status withheld_dump(struct jemput_dumping *d, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = SQLITE_DONE;
    enum jemput_status st = jemput_sqlite_prepare(
        &stmt, d->store->db, "SELECT tbl, key, fault, reason, against_tbl, against_key FROM jemput_withheld ORDER BY tbl, key", 0, err);

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        jemput_buf_u8(&d->item, JEMPUT_DUMP_WITHHELD);
        jemput_buf_varint(&d->item, (uint64_t)sqlite3_column_int64(stmt, 0));
        jemput_buf_sized(&d->item, blob_of(stmt, 1));
        jemput_buf_varint(&d->item, (uint64_t)sqlite3_column_int64(stmt, 2));
        jemput_buf_sized(&d->item, blob_of(stmt, 3));
        jemput_buf_varint(&d->item, (uint64_t)sqlite3_column_int64(stmt, 4));
        jemput_buf_sized(&d->item, blob_of(stmt, 5));
        st = jemput_dump_item_end(d, err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(d->store->db, rc, err, "read held rows");
    sqlite3_finalize(stmt);
    return st;
}

static void removed_put(struct jemput_dumping *d, sqlite3_stmt *stmt)
{
    jemput_buf_u8(&d->item, JEMPUT_DUMP_REMOVED);
    jemput_buf_varint(&d->item, jemput_dump_version(d, (uint64_t)sqlite3_column_int64(stmt, 0)));
    jemput_buf_varint(&d->item, (uint64_t)sqlite3_column_int64(stmt, 1));
    jemput_buf_sized(&d->item, blob_of(stmt, 2));
}

static enum jemput_status removed_dump(struct jemput_dumping *d, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int64_t any = 0;
    enum jemput_status st = jemput_store_look(d->store, "SELECT EXISTS(SELECT 1 FROM jemput_removed)", "look for deletions", &any, err);

    if (st || !any)
        return st;
    st = jemput_sqlite_prepare(&stmt, d->store->db,
                               "SELECT version, tbl, key FROM jemput_removed WHERE version >= ? AND version < ? ORDER BY version, tbl, key", 0, err);
    if (!st)
        st = jemput_dump_by_segment(d, stmt, removed_put, err);
    sqlite3_finalize(stmt);
    return st;
}

enum jemput_status jemput_dump_state(struct jemput_dumping *d, struct jemput_error *err)
{
    struct jemput_batch batch = { 0 };
    struct rows r = { .d = d, .b = &batch, .key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX), .detail = JEMPUT_BUF_INIT(JEMPUT_ROW_BYTES_MAX) };
    enum jemput_status st = jemput_batch_begin(&batch, d->store, err);

    if (!st)
        st = tables_dump(&r, err);
    if (!st)
        st = others_dump(&r, err);
    if (!st)
        st = withheld_dump(d, err);
    if (!st)
        st = removed_dump(d, err);
    if (!st)
        st = jemput_dump_verdicts(d, err);
    if (!st) {
        jemput_buf_u8(&d->item, JEMPUT_DUMP_END);
        st = jemput_dump_item_end(d, err);
    }
    jemput_buf_release(&r.key);
    jemput_buf_release(&r.detail);
    jemput_batch_release(&batch);
    return st;
}
