/* store/shown/conflict.c — what people should look at: concurrent writes with different values, and edits that won over a delete. */
#include "store/apply/apply.h"

#include <string.h>

struct telling { /* one row's conflicts, being told */
    struct jemput_batch b;
    struct jemput_applier *applier;
    struct jemput_bytes key;
    struct jemput_known known;
    struct jemput_view view;
    jemput_conflict_fn each;
    void *ctx;
};

static bool write_is_sibling(const struct telling *t, uint32_t group, uint32_t index)
{
    return jemput_row_is_sibling(&t->known.row, group, index, &t->b.causality);
}

static bool write_is_deleted(const struct telling *t, uint64_t version)
{
    return jemput_row_is_deleted(&t->known.row, version, &t->b.causality);
}

static enum jemput_status sibling_fill(struct telling *t, struct jemput_sibling *out, uint64_t version, const struct jemput_value *values, bool shown,
                                       struct jemput_error *err)
{
    struct jemput_segment segment = { 0 };
    enum jemput_status st = JEMPUT_OK;

    *out = (struct jemput_sibling){ .version = version, .values = values, .shown = shown };
    if (version < JEMPUT_VERSION_PLACES) /* came with the schema: nobody's */
        return JEMPUT_OK;
    st = jemput_store_version_find(t->b.store, version, &segment, &out->stamp, err);
    out->writer = segment.writer;
    return st;
}

/* A group's siblings of the class that shows: those that no delete had seen, or all if each was seen by one. */
static enum jemput_status tell_group(struct telling *t, uint16_t group, struct jemput_error *err)
{
    const struct jemput_table *table = t->applier->table;
    const struct jemput_register *r = &t->known.row.registers[group];
    bool deleted = write_is_deleted(t, t->view.shown[group]->version);
    struct jemput_sibling *siblings = jemput_arena_array(&t->b.row, r->write_count, sizeof *siblings);
    struct jemput_row_conflict conflict = { .table = table, .key = t->key, .group = &table->groups[group], .siblings = siblings };
    enum jemput_status st = JEMPUT_OK;

    if (!siblings)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a conflict");
    for (uint16_t i = 0; i < conflict.group->column_count; i++)
        conflict.identity = conflict.identity || table->columns[conflict.group->columns[i]].identity;
    for (uint32_t i = 0; !st && i < r->write_count; i++) {
        const struct jemput_write *w = &r->writes[i];

        if (write_is_sibling(t, group, i) && write_is_deleted(t, w->version) == deleted)
            st = sibling_fill(t, &siblings[conflict.sibling_count++], w->version, w->values, w == t->view.shown[group], err);
    }
    return st ? st : t->each(t->ctx, &conflict, err);
}

static bool siblings_have(const struct jemput_sibling *siblings, uint32_t count, uint64_t version)
{
    for (uint32_t i = 0; i < count; i++) {
        if (siblings[i].version == version)
            return true;
    }
    return false;
}

/* The deletes in force, and the edits that they had not seen; of a row that came back on another's account, the values that came back. */
static enum jemput_status tell_revival(struct telling *t, struct jemput_error *err)
{
    const struct jemput_row *row = &t->known.row;
    bool restored = t->known.state & JEMPUT_ROW_RESTORED;
    uint32_t room = row->delete_count;
    struct jemput_row_conflict conflict = { .table = t->applier->table, .key = t->key };
    struct jemput_sibling *siblings;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t g = 0; g < jemput_row_registers(row); g++)
        room += row->registers[g].write_count;
    siblings = jemput_arena_array(&t->b.row, room, sizeof *siblings);
    if (!siblings)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a conflict");
    for (uint32_t i = 0; !st && i < row->delete_count; i++) {
        struct jemput_sibling *out = &siblings[conflict.sibling_count++];

        st = sibling_fill(t, out, row->deletes[i], NULL, false, err);
        out->deleted = true;
    }
    for (uint32_t g = 0; g < jemput_row_registers(row); g++) {
        const struct jemput_register *r = &row->registers[g];

        for (uint32_t i = 0; !st && i < r->write_count; i++) {
            uint64_t version = r->writes[i].version;

            if (write_is_sibling(t, g, i) && (restored || !write_is_deleted(t, version)) && !siblings_have(siblings, conflict.sibling_count, version))
                st = sibling_fill(t, &siblings[conflict.sibling_count++], version, NULL, true, err);
        }
    }
    conflict.siblings = siblings;
    return st ? st : t->each(t->ctx, &conflict, err);
}

/* The view of a row whose state has been read, with the table's row in applier->row if it has one. */
static enum jemput_status row_view(struct telling *t, struct jemput_error *err)
{
    bool found;
    enum jemput_status st = JEMPUT_OK;

    if (t->known.shown) {
        st = jemput_shown_read(t->b.store, t->applier, t->key, &found, &t->b.row, err);
        if (!st)
            st = jemput_row_fill(&t->known.row, t->applier->table, t->applier->row, &t->b.row, err);
    }
    if (!st)
        st = jemput_row_show(&t->view, &t->known.row, t->applier->table, &t->b.causality, &t->b.row, err);
    return jemput_causes_outcome(t->b.store, st, err);
}

static enum jemput_status tell_row(struct telling *t, struct jemput_error *err)
{
    struct jemput_store *store = t->b.store;
    enum jemput_status st = jemput_known_read(store, t->applier, t->key, false, &t->known, &t->b.row, err);

    if (!st)
        st = row_view(t, err);
    for (uint16_t g = 0; !st && g < t->known.row.group_count; g++) {
        if (t->view.group_conflict[g])
            st = tell_group(t, g, err);
    }
    if (!st && (t->view.edit_over_delete || t->known.state & JEMPUT_ROW_RESTORED))
        st = tell_revival(t, err);
    return jemput_causes_outcome(store, st, err);
}

/* The next row after (table, key) with something to tell. *done at the end. */
static enum jemput_status telling_next(struct telling *t, int64_t *table, struct jemput_buf *key, bool *done, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        t->b.store, "SELECT tbl, key FROM jemput_row WHERE state IS NOT NULL AND state & 25 AND (tbl, key) > (?, ?) ORDER BY tbl, key LIMIT 1", err);
    enum jemput_status st;

    if (!stmt)
        return err->status;
    st = jemput_row_step(t->b.store, stmt, table, key, &t->applier, done, err);
    sqlite3_reset(stmt);
    t->key = jemput_buf_bytes(key);
    return st;
}

enum jemput_status jemput_store_conflicts_each(struct jemput_store *store, jemput_conflict_fn each, void *ctx, struct jemput_error *err)
{
    struct telling t = { .each = each, .ctx = ctx };
    struct jemput_buf key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    int64_t table = 0;
    bool done = false;
    enum jemput_status st = jemput_batch_begin(&t.b, store, err);

    while (!st && !done) {
        jemput_arena_clear(&t.b.row);
        st = telling_next(&t, &table, &key, &done, err);
        if (!st && !done)
            st = tell_row(&t, err);
    }
    jemput_buf_release(&key);
    jemput_batch_release(&t.b);
    return st;
}

enum jemput_status jemput_store_conflicts_of(struct jemput_store *store, const struct jemput_table *table, struct jemput_bytes key,
                                             jemput_conflict_fn each, void *ctx, struct jemput_error *err)
{
    struct telling t = { .key = key, .each = each, .ctx = ctx };
    enum jemput_status st = jemput_batch_begin(&t.b, store, err);

    if (!st)
        st = jemput_applier_of(store, table->id, &t.applier, err);
    if (!st)
        st = tell_row(&t, err);
    jemput_batch_release(&t.b);
    return st;
}

/* Of the deletes that no other delete had seen, the highest that names one. */
static struct jemput_bytes row_successor(struct telling *t)
{
    const struct jemput_row *row = &t->known.row;
    const struct jemput_causality *c = &t->b.causality;
    struct jemput_bytes successor = { 0 };
    uint64_t version = 0;

    for (uint32_t i = 0; row->successors && i < row->delete_count; i++) {
        if (!row->successors[i].len || jemput_row_is_deleted(row, row->deletes[i], c))
            continue;
        if (version && c->order(c->ctx, row->deletes[i], version) < 0)
            continue;
        version = row->deletes[i];
        successor = row->successors[i];
    }
    return successor;
}

enum jemput_status jemput_store_row_look(struct jemput_store *store, const struct jemput_table *table, struct jemput_bytes key,
                                         struct jemput_row_look *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct telling t = { .key = key };
    struct jemput_value *values = jemput_arena_array(arena, table->column_count, sizeof *values);
    enum jemput_status st = jemput_batch_begin(&t.b, store, err);

    if (!st && !values)
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a row");
    if (!st)
        st = jemput_applier_of(store, table->id, &t.applier, err);
    if (!st)
        st = jemput_known_read(store, t.applier, key, false, &t.known, &t.b.row, err);
    if (!st)
        st = row_view(&t, err);
    if (!st && !t.known.row.created)
        st = jemput_fail(err, JEMPUT_NOTFOUND,
                         t.view.incomplete ? "table '%s': the row was never made: its insert was refused, or has not come"
                                           : "table '%s' has no such row",
                         table->name);
    if (!st && !t.known.shown)
        st = jemput_view_take(t.applier, key, &t.view, false, err);
    for (uint16_t i = 0; !st && i < table->column_count; i++)
        if (!jemput_value_copy(&values[i], &t.applier->row[i], arena))
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a row");
    if (!st)
        *out = (struct jemput_row_look){ .shown = t.known.shown, .held = t.known.state & JEMPUT_ROW_HELD,
                                         .cascaded = t.known.state & JEMPUT_ROW_CASCADED,
                                         .restored = t.known.state & JEMPUT_ROW_RESTORED, .values = values, .successor = row_successor(&t) };
    if (!st && out->successor.len) {
        out->successor = jemput_arena_copy(arena, out->successor);
        if (!out->successor.data)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a row");
    }
    jemput_batch_release(&t.b);
    return st;
}
