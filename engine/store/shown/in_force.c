/* store/shown/in_force.c — the writes that a row is made of: who wrote what is shown, what is kept beside it, and which of them came at the same
 * time. */
#include <string.h>

#include "store/apply/apply.h"
#include "store/file/look.h"

struct telling { /* one row being told */
    struct jemput_batch b;
    struct jemput_applier *applier;
    struct jemput_known known;
    struct jemput_view view;
    struct jemput_kept_row out;
};

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for the writes of a row");
}

static bool telling_concurrent(const struct telling *t, uint64_t a, uint64_t b)
{
    const struct jemput_causality *c = &t->b.causality;

    return a != b && !c->saw(c->ctx, a, b) && !c->saw(c->ctx, b, a);
}

static enum jemput_status kept_fill(struct telling *t, struct jemput_kept *out, uint64_t version, const struct jemput_value *values, bool shown,
                                    struct jemput_error *err)
{
    struct jemput_segment segment;
    enum jemput_status st;

    *out = (struct jemput_kept){ .version = version, .values = values, .shown = shown };
    out->gone = jemput_row_is_deleted(&t->known.row, version, &t->b.causality);
    if (version < JEMPUT_VERSION_PLACES) /* none, or it came with the schema */
        return JEMPUT_OK;
    st = jemput_store_version_find(t->b.store, version, &segment, &out->stamp, err);
    out->writer = segment.writer;
    out->segment_id = segment.id;
    out->segment = segment.number;
    return st;
}

/* --- a group --- */

static enum jemput_status group_fill(struct telling *t, uint32_t number, struct jemput_kept_group *out, struct jemput_error *err)
{
    const struct jemput_table *table = t->applier->table;
    const struct jemput_register *r = &t->known.row.registers[number];
    struct jemput_kept *writes = jemput_arena_array(&t->b.row, r->write_count, sizeof *writes);
    enum jemput_status st = writes ? JEMPUT_OK : nomem(err);

    *out = (struct jemput_kept_group){ .ruled = JEMPUT_GROUP_NONE, .writes = writes };
    if (table->group_count) {
        out->group = &table->groups[number];
        out->ruled = jemput_group_ruled(table, (uint16_t)number);
        out->rule = out->ruled == JEMPUT_GROUP_NONE ? JEMPUT_RULE_LATEST : table->columns[out->ruled].rule;
        out->identity = jemput_group_is_identity(table, (uint16_t)number);
        out->conflict = t->view.group_conflict[number];
    }
    for (uint32_t i = 0; !st && i < r->write_count; i++) {
        const struct jemput_write *w = &r->writes[i];
        bool shown = w == t->view.shown[number];

        if (shown || out->rule == JEMPUT_RULE_SUM || jemput_row_is_sibling(&t->known.row, number, i, &t->b.causality))
            st = kept_fill(t, &writes[out->count++], w->version, w->values, shown, err);
    }
    return st;
}

/* --- at the same time --- */

/* Two writes of one group that stand in conflict are told as that, not as parallel. */
static bool writes_parallel(const struct telling *t, uint32_t g, const struct jemput_kept *a, uint32_t h, const struct jemput_kept *b)
{
    return !(g == h && t->out.groups[g].conflict) && !a->gone && !b->gone && telling_concurrent(t, a->version, b->version);
}

static bool write_is_parallel(const struct telling *t, uint32_t g, const struct jemput_kept *w)
{
    for (uint32_t h = 0; h < t->out.group_count; h++)
        for (uint32_t i = 0; i < t->out.groups[h].count; i++)
            if (writes_parallel(t, g, w, h, &t->out.groups[h].writes[i]))
                return true;
    return false;
}

/* Whether any two of the row's writes are concurrent: mostly they are not, and then there is nothing to mark. Few rows have more than a few different
 * versions, so only those are compared. */
static bool row_has_concurrent(const struct telling *t)
{
    uint64_t seen[16];
    unsigned count = 0;

    for (uint32_t g = 0; g < t->out.group_count; g++) {
        for (uint32_t i = 0; i < t->out.groups[g].count; i++) {
            uint64_t version = t->out.groups[g].writes[i].version;
            bool known = false;

            for (unsigned k = 0; k < count; k++) {
                known = known || seen[k] == version;
                if (telling_concurrent(t, version, seen[k]))
                    return true;
            }
            if (!known && count == sizeof seen / sizeof seen[0])
                return true; /* look at all of them */
            if (!known)
                seen[count++] = version;
        }
    }
    return false;
}

static void row_mark(struct telling *t, struct jemput_kept_group *groups)
{
    if (!(t->out.shown || t->out.held) || !row_has_concurrent(t))
        return;
    for (uint32_t g = 0; g < t->out.group_count; g++) {
        struct jemput_kept *writes = (struct jemput_kept *)groups[g].writes;

        for (uint32_t i = 0; i < groups[g].count; i++) {
            writes[i].parallel = write_is_parallel(t, g, &writes[i]);
            t->out.parallel = t->out.parallel || writes[i].parallel;
        }
    }
}

/* --- a row --- */

struct inserting {
    uint32_t table;
    struct jemput_bytes key;
    bool found;
};

static enum jemput_status insert_find(void *ctx, const struct jemput_txn *txn, struct jemput_error *err)
{
    struct inserting *i = ctx;

    (void)err;
    for (uint32_t c = 0; c < txn->change_count; c++)
        i->found = i->found ||
                   (txn->changes[c].op == JEMPUT_OP_INSERT && txn->changes[c].table == i->table && jemput_bytes_equal(txn->changes[c].key, i->key));
    return JEMPUT_OK;
}

/* A row that the table has and of which no change was merged came with the schema, or is new here and not sealed yet. */
static enum jemput_status row_is_known(struct telling *t, struct jemput_bytes key, bool *out, struct jemput_error *err)
{
    struct inserting i = { .table = t->applier->table->id, .key = key };
    enum jemput_status st = JEMPUT_OK;

    if (!t->known.known && t->known.shown)
        st = jemput_store_pending_each(t->b.store, insert_find, &i, err);
    *out = t->known.known || (t->known.shown && !i.found);
    return st;
}

static enum jemput_status row_read(struct telling *t, struct jemput_bytes key, struct jemput_error *err)
{
    struct jemput_store *store = t->b.store;
    bool found, known = false;
    enum jemput_status st = jemput_known_read(store, t->applier, key, false, &t->known, &t->b.row, err);

    if (!st)
        st = row_is_known(t, key, &known, err);
    if (!st && !known)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "table '%s' has no such row", t->applier->table->name);
    if (!st && t->known.shown) {
        st = jemput_shown_read(store, t->applier, key, &found, &t->b.row, err);
        if (!st)
            st = jemput_row_fill(&t->known.row, t->applier->table, t->applier->row, &t->b.row, err);
    }
    if (!st)
        st = jemput_row_show(&t->view, &t->known.row, t->applier->table, &t->b.causality, &t->b.row, err);
    return st;
}

static enum jemput_status row_tell(struct telling *t, struct jemput_bytes key, struct jemput_error *err)
{
    const struct jemput_row *row = &t->known.row;
    struct jemput_kept *deletes;
    struct jemput_kept_group *groups;
    enum jemput_status st = row_read(t, key, err);

    if (st)
        return st;
    t->out = (struct jemput_kept_row){ .table = t->applier->table,
                                       .key = key,
                                       .shown = t->known.shown,
                                       .incomplete = t->view.incomplete,
                                       .held = t->known.state & JEMPUT_ROW_HELD,
                                       .revived = t->view.edit_over_delete,
                                       .restored = t->known.state & JEMPUT_ROW_RESTORED,
                                       .cascaded = t->known.state & JEMPUT_ROW_CASCADED,
                                       .group_count = jemput_row_registers(row) };
    t->out.deletes = deletes = jemput_arena_array(&t->b.row, row->delete_count, sizeof *deletes);
    t->out.groups = groups = jemput_arena_array(&t->b.row, t->out.group_count, sizeof *groups);
    if (!deletes || !groups)
        return nomem(err);
    st = kept_fill(t, &t->out.created, row->created, NULL, false, err);
    for (uint32_t i = 0; !st && i < row->delete_count; t->out.delete_count = ++i) {
        st = kept_fill(t, &deletes[i], row->deletes[i], NULL, false, err);
        if (row->successors)
            deletes[i].successor = row->successors[i];
    }
    for (uint32_t g = 0; !st && g < t->out.group_count; g++)
        st = group_fill(t, g, &groups[g], err);
    if (!st)
        row_mark(t, groups);
    return jemput_causes_outcome(t->b.store, st, err);
}

enum jemput_status jemput_store_kept_of(struct jemput_store *store, const struct jemput_table *table, struct jemput_bytes key, jemput_kept_fn each,
                                        void *ctx, struct jemput_error *err)
{
    struct telling t = { 0 };
    enum jemput_status st = jemput_batch_begin(&t.b, store, err);

    if (!st)
        st = jemput_applier_of(store, table->id, &t.applier, err);
    if (!st)
        st = row_tell(&t, key, err);
    if (!st)
        st = each(ctx, &t.out, err);
    jemput_batch_release(&t.b);
    return st;
}

/* The next row after (table, key) that has more than one write. *done at the end. */
static enum jemput_status telling_next(struct telling *t, int64_t *table, struct jemput_buf *key, bool *done, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        t->b.store, "SELECT tbl, key FROM jemput_row WHERE detail IS NOT NULL AND (tbl, key) > (?, ?) ORDER BY tbl, key LIMIT 1", err);
    enum jemput_status st;

    if (!stmt)
        return err->status;
    st = jemput_row_step(t->b.store, stmt, table, key, &t->applier, done, err);
    sqlite3_reset(stmt);
    return st;
}

enum jemput_status jemput_store_parallels_each(struct jemput_store *store, jemput_kept_fn each, void *ctx, struct jemput_error *err)
{
    struct telling t = { 0 };
    struct jemput_buf key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    int64_t table = 0;
    bool done = false;
    enum jemput_status st = jemput_batch_begin(&t.b, store, err);

    while (!st && !done) {
        jemput_arena_clear(&t.b.row);
        st = telling_next(&t, &table, &key, &done, err);
        if (!st && !done)
            st = row_tell(&t, jemput_buf_bytes(&key), err);
        if (!st && !done && t.out.parallel)
            st = each(ctx, &t.out, err);
    }
    jemput_buf_release(&key);
    jemput_batch_release(&t.b);
    return st;
}
