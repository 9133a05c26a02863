/* store/dump/load_row.c — rows and their merge state from their items, in the place of all that the tables held. See load.h. */
#include "store/dump/loading.h"

#include "store/apply/birth.h"
#include "store/apply/early.h"
#include "store/dump/dump.h"
#include "store/replace/in_step.h"

#define BIRTHS_TOGETHER 512
#define ROWS_TRIM 1024 /* memory is kept within bounds each time when so many have come */

static enum jemput_status damaged(struct jemput_error *err, const char *what)
{
    return jemput_fail(err, JEMPUT_CORRUPT, "%s is damaged", what);
}

static enum jemput_status table_empty(struct jemput_loading *l, const struct jemput_table *table, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(1024);
    enum jemput_status st;

    jemput_buf_append_str(&sql, "DELETE FROM main.");
    jemput_buf_identifier(&sql, table->name);
    st = jemput_sqlite_exec_buf(l->store->db, &sql, "empty a table", err);
    jemput_buf_release(&sql);
    return st;
}

/* The shapes that tables had, as the other store has noted them: so that plain rows are kept in the same form. Later ones are noted when they
 * come. */
static enum jemput_status formers_take(struct jemput_loading *l, struct jemput_error *err)
{
    sqlite3_stmt *from = NULL, *to = NULL;
    int rc = SQLITE_DONE;
    enum jemput_status st = jemput_sqlite_exec(l->store->db, "DELETE FROM main.jemput_former", "take former shapes", err);

    if (!st)
        st = jemput_sqlite_prepare(&from, l->like->db, "SELECT tbl, segment, groups FROM jemput_former", 0, err);
    if (!st)
        st = jemput_sqlite_prepare(&to, l->store->db, "INSERT INTO main.jemput_former(tbl, segment, groups) VALUES(?, ?, ?)", 0, err);
    while (!st && (rc = sqlite3_step(from)) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(from, 0);
        const struct jemput_table *table =
            id >= 1 && id <= jemput_store_table_count(l->store) ? jemput_store_table(l->store, (uint32_t)id) : NULL;

        if (!table || sqlite3_column_int64(from, 2) >= table->group_count)
            continue;
        for (int i = 0; i < 3; i++)
            sqlite3_bind_value(to, i + 1, sqlite3_column_value(from, i));
        if (sqlite3_step(to) != SQLITE_DONE)
            st = jemput_sqlite_fail(l->store->db, sqlite3_errcode(l->store->db), err, "note a table's shape");
        sqlite3_reset(to);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(l->like->db, rc, err, "read the tables' former shapes");
    sqlite3_finalize(from);
    sqlite3_finalize(to);
    jemput_appliers_forget(l->store);
    return st;
}

enum jemput_status jemput_load_rows_begin(struct jemput_loading *l, struct jemput_error *err)
{
    int64_t known = 0;
    enum jemput_status st = jemput_store_look(l->store, "SELECT EXISTS(SELECT 1 FROM jemput_row) OR EXISTS(SELECT 1 FROM jemput_birth)",
                                              "look for rows", &known, err);

    if (!st && known)
        return jemput_fail(err, JEMPUT_DENIED, "the store has merged something already");
    if (!st && l->like)
        st = formers_take(l, err);
    if (!st)
        st = jemput_batch_begin(&l->batch, l->store, err);
    l->batch_begun = !st;
    jemput_feed_all(l->store);
    for (uint32_t id = 1; !st && id <= jemput_store_table_count(l->store); id++)
        st = table_empty(l, jemput_store_table(l->store, id), err);
    return st;
}

static enum jemput_status births_flush(struct jemput_loading *l, struct jemput_error *err)
{
    enum jemput_status st = jemput_births_flush(l->store, err);

    jemput_arena_clear(&l->births);
    l->birth_count = 0;
    return st;
}

enum jemput_status jemput_load_rows_end(struct jemput_loading *l, struct jemput_error *err)
{
    enum jemput_status st = births_flush(l, err);

    if (!st && l->table_count != jemput_store_table_count(l->store))
        st = jemput_fail(err, JEMPUT_CORRUPT, "it has %u of %u tables", (unsigned)l->table_count, (unsigned)jemput_store_table_count(l->store));
    return jemput_causes_outcome(l->store, st, err);
}

/* --- the table --- */

static enum jemput_status table_load(struct jemput_loading *l, struct jemput_reader *r, struct jemput_error *err)
{
    uint16_t columns[JEMPUT_COLUMNS_MAX], count;
    uint64_t id = jemput_read_varint(r);
    struct jemput_bytes name = jemput_read_sized(r);
    uint64_t key_count = jemput_read_varint(r), column_count = jemput_read_varint(r);
    const struct jemput_table *table;
    bool same;

    if (id != l->table_count + 1 || id > jemput_store_table_count(l->store))
        return jemput_fail(err, JEMPUT_CORRUPT, "table %llu is not the next of this schema", (unsigned long long)id);
    table = jemput_store_table(l->store, (uint32_t)id);
    count = jemput_rows_columns(table, columns);
    same = jemput_bytes_equal(name, jemput_bytes_str(table->name)) && key_count == table->key_count && column_count == count;
    for (uint16_t i = 0; same && i < count; i++)
        same = jemput_bytes_equal(jemput_read_sized(r), jemput_bytes_str(table->columns[columns[i]].name));
    if (!same || r->overrun || r->rest.len)
        return jemput_fail(err, JEMPUT_CORRUPT, "table '%s' has other columns here", table->name);
    l->table_count++;
    return JEMPUT_OK;
}

/* --- values into the table --- */

/* To the end of the item, into a->row and a->has; borrowed from the item. */
static enum jemput_status values_read(struct jemput_applier *a, struct jemput_reader *r, struct jemput_error *err)
{
    uint16_t columns[JEMPUT_COLUMNS_MAX], count = jemput_rows_columns(a->table, columns);

    for (uint16_t i = 0; i < a->table->column_count; i++)
        a->has[i] = 0;
    for (uint16_t i = 0; i < count; i++) {
        jemput_value_read(r, &a->row[columns[i]]);
        a->has[columns[i]] = 1;
    }
    return r->overrun || r->rest.len ? damaged(err, "a row's values") : JEMPUT_OK;
}

static enum jemput_status row_put(struct jemput_loading *l, struct jemput_applier *a, struct jemput_bytes key, struct jemput_error *err)
{
    struct jemput_refusal refusal;
    enum jemput_status st = jemput_shown_insert(l->store, a, &refusal, err);

    if (!st && refusal.refused && refusal.key_taken && !jemput_key_is_kept(a, key)) { /* the same row, told of by its own key before */
        st = jemput_shown_remove(l->store, a, key, err);
        if (!st)
            st = jemput_shown_insert(l->store, a, &refusal, err);
    }
    if (!st && refusal.refused)
        st = jemput_fail(err, JEMPUT_CORRUPT, "table '%s' does not take a row: %s", a->table->name, refusal.reason);
    return st;
}

/* --- versions --- */

static uint64_t version_here(void *loading, uint64_t version)
{
    struct jemput_loading *l = loading;
    uint64_t number = version / JEMPUT_VERSION_PLACES;

    if (number >= 1 && number <= l->segment_count && l->segments[number - 1].early && !l->segments[number - 1].met) {
        l->segments[number - 1].met = true;
        l->segments[number - 1].met_next = l->met;
        l->met = (uint32_t)number;
    }
    return jemput_load_version(l, version);
}

static void met_forget(struct jemput_loading *l)
{
    for (uint32_t at = l->met; at; at = l->segments[at - 1].met_next)
        l->segments[at - 1].met = false;
    l->met = 0;
}

/* The row at hand is judged again when what these wait for has come. */
static enum jemput_status met_note(struct jemput_loading *l, const struct jemput_applier *a, struct jemput_bytes key, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t at = l->met; !st && at; at = l->segments[at - 1].met_next)
        st = jemput_early_put(l->store, l->segments[at - 1].id, a->table->id, key, err);
    return st;
}

/* --- rows --- */

static enum jemput_status born_note(struct jemput_loading *l, struct jemput_applier *a, struct jemput_bytes key, uint64_t version,
                                    struct jemput_error *err)
{
    struct jemput_change *insert = jemput_arena_alloc(&l->births, sizeof *insert);
    struct jemput_bytes copy = jemput_arena_copy(&l->births, key);
    enum jemput_status st;

    if (!insert || !copy.data)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for births");
    *insert = (struct jemput_change){ .table = a->table->id, .op = JEMPUT_OP_INSERT, .key = copy };
    st = jemput_birth_note(l->store, a, insert, version, err);
    return !st && ++l->birth_count == BIRTHS_TOGETHER ? births_flush(l, err) : st;
}

/* Two rows whose births would have one number: the second has an entry. */
static enum jemput_status plain_note(struct jemput_loading *l, struct jemput_applier *a, struct jemput_bytes key, uint64_t version,
                                     struct jemput_error *err)
{
    struct jemput_row row;
    struct jemput_view view;
    uint64_t taken;
    enum jemput_status st = jemput_birth_find(l->store, a, key, &taken, err);

    if (!st && !taken && !a->table->merges_values)
        return born_note(l, a, key, version, err);
    if (!st)
        st = jemput_row_uniform(&row, a->table, version, &l->batch.row, err);
    if (!st)
        st = jemput_row_show(&view, &row, a->table, &l->batch.causality, &l->batch.row, err);
    return st ? st : jemput_known_write(l->store, a, key, &row, &view, 0, true, err);
}

static enum jemput_status plain_load(struct jemput_loading *l, struct jemput_reader *r, struct jemput_error *err)
{
    struct jemput_buf key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    struct jemput_value keys[JEMPUT_KEY_COLUMNS_MAX];
    struct jemput_applier *a;
    uint64_t table = jemput_read_varint(r), version = version_here(l, jemput_read_varint(r));
    enum jemput_status st = version && table <= UINT32_MAX ? jemput_applier_of(l->store, (uint32_t)table, &a, err) : damaged(err, "a row's origin");

    if (!st)
        st = values_read(a, r, err);
    for (uint8_t i = 0; !st && i < a->table->key_count; i++)
        keys[i] = a->row[a->table->key_columns[i]];
    if (!st)
        st = jemput_key_write(&key, keys, a->table->key_count, err);
    if (st == JEMPUT_DENIED || st == JEMPUT_LIMIT)
        st = damaged(err, "a row's key");
    if (!st)
        st = jemput_load_tell(l, a->table->id, jemput_buf_bytes(&key), err);
    if (!st)
        st = row_put(l, a, jemput_buf_bytes(&key), err);
    if (!st && version != JEMPUT_VERSION_SCHEMA)
        st = plain_note(l, a, jemput_buf_bytes(&key), version, err);
    if (!st)
        st = met_note(l, a, jemput_buf_bytes(&key), err);
    jemput_buf_release(&key);
    return st;
}

struct entry {
    struct jemput_applier *a;
    struct jemput_bytes key, detail;
    uint64_t state, created;
    bool shown;
};

static enum jemput_status entry_read(struct jemput_loading *l, struct jemput_reader *r, struct entry *e, struct jemput_error *err)
{
    const uint64_t bits =
        JEMPUT_ROW_CONFLICT | JEMPUT_ROW_HELD | JEMPUT_ROW_ABSENT | JEMPUT_ROW_REVIVED | JEMPUT_ROW_RESTORED | JEMPUT_ROW_CASCADED;
    struct jemput_value keys[JEMPUT_KEY_COLUMNS_MAX];
    uint64_t table = jemput_read_varint(r);
    enum jemput_status st;

    e->key = jemput_read_sized(r);
    e->state = jemput_read_varint(r);
    e->created = jemput_read_varint(r);
    e->detail = jemput_read_sized(r);
    e->shown = jemput_read_u8(r) == 1;
    if (r->overrun || table > UINT32_MAX || e->state & ~bits || e->shown != !(e->state & (JEMPUT_ROW_HELD | JEMPUT_ROW_ABSENT)))
        return damaged(err, "a row");
    st = jemput_applier_of(l->store, (uint32_t)table, &e->a, err);
    if (!st)
        st = jemput_key_read(keys, e->a->table->key_count, e->key, err);
    if (!st && e->shown)
        st = values_read(e->a, r, err);
    return !st && r->rest.len ? damaged(err, "a row") : st;
}

static enum jemput_status entry_load(struct jemput_loading *l, struct jemput_reader *r, struct jemput_error *err)
{
    struct jemput_numbering numbering = { version_here, l };
    struct jemput_row row;
    struct jemput_view view;
    struct entry e;
    enum jemput_status st = entry_read(l, r, &e, err);

    if (!st)
        st = jemput_load_tell(l, e.a->table->id, e.key, err);
    if (!st && e.detail.len)
        st = jemput_row_read(&row, e.detail, e.a->table, &l->batch.row, err);
    else if (!st)
        st = e.created ? jemput_row_uniform(&row, e.a->table, e.created, &l->batch.row, err) : damaged(err, "a row's origin");
    if (!st && row.created != e.created)
        st = damaged(err, "a row's origin");
    if (!st)
        st = jemput_row_renumber(&row, NULL, &numbering, &l->batch.row, err);
    if (!st && e.shown)
        st = jemput_row_fill(&row, e.a->table, e.a->row, &l->batch.row, err);
    if (!st)
        st = jemput_row_show(&view, &row, e.a->table, &l->batch.causality, &l->batch.row, err);
    st = jemput_causes_outcome(l->store, st, err);
    if (!st && e.shown)
        st = row_put(l, e.a, e.key, err);
    if (!st)
        st = met_note(l, e.a, e.key, err);
    return st ? st : jemput_known_write(l->store, e.a, e.key, &row, &view, (unsigned)e.state, e.shown, err);
}

/* --- what stands beside them --- */

static enum jemput_status withheld_load(struct jemput_loading *l, struct jemput_reader *r, struct jemput_error *err)
{
    struct jemput_withheld entry = { .fault = JEMPUT_FAULT_OTHER };
    struct jemput_applier *a, *against;
    uint64_t table = jemput_read_varint(r), fault, other;
    struct jemput_bytes key = jemput_read_sized(r), reason;
    enum jemput_status st;

    fault = jemput_read_varint(r);
    reason = jemput_read_sized(r);
    other = jemput_read_varint(r);
    entry.against_key = jemput_read_sized(r);
    if (r->overrun || r->rest.len || table > UINT32_MAX || other > UINT32_MAX || fault > JEMPUT_FAULT_RETURNED ||
        reason.len >= JEMPUT_REASON_BYTES || entry.against_key.len > JEMPUT_KEY_BYTES_MAX)
        return damaged(err, "a held row");
    entry.fault = (enum jemput_fault)fault;
    entry.against = (uint32_t)other;
    entry.reason = jemput_arena_str(&l->scratch, reason);
    if (!entry.reason)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a held row");
    st = jemput_applier_of(l->store, (uint32_t)table, &a, err);
    if (!st && other)
        st = jemput_applier_of(l->store, (uint32_t)other, &against, err);
    return st ? st : jemput_withheld_put(&l->batch, a, key, &entry, err);
}

static enum jemput_status removed_load(struct jemput_loading *l, struct jemput_reader *r, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    uint64_t version = version_here(l, jemput_read_varint(r)), table = jemput_read_varint(r);
    struct jemput_bytes key = jemput_read_sized(r);
    struct jemput_applier *a;
    enum jemput_status st;

    if (r->overrun || r->rest.len || !version || table > UINT32_MAX)
        return damaged(err, "a row that went with its parent");
    st = jemput_applier_of(l->store, (uint32_t)table, &a, err);
    if (st)
        return st;
    stmt = jemput_store_statement(l->store, "INSERT OR IGNORE INTO jemput_removed(version, tbl, key) VALUES(?, ?, ?)", err);
    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, (int64_t)version);
    sqlite3_bind_int64(stmt, 2, (int64_t)table);
    sqlite3_bind_blob64(stmt, 3, key.data, key.len, SQLITE_STATIC);
    return jemput_store_step_done(l->store, stmt, err);
}

enum jemput_status jemput_load_row_item(struct jemput_loading *l, uint8_t kind, struct jemput_reader *r, struct jemput_error *err)
{
    met_forget(l);
    jemput_arena_clear(&l->batch.row);
    if (++l->row_count % ROWS_TRIM == 0)
        jemput_causes_trim(l->store);
    if (kind == JEMPUT_DUMP_TABLE)
        return table_load(l, r, err);
    if (kind == JEMPUT_DUMP_PLAIN)
        return plain_load(l, r, err);
    if (kind == JEMPUT_DUMP_ENTRY)
        return entry_load(l, r, err);
    if (kind == JEMPUT_DUMP_WITHHELD)
        return withheld_load(l, r, err);
    return kind == JEMPUT_DUMP_REMOVED ? removed_load(l, r, err) : jemput_load_verdict_item(l, kind, r, err);
}
