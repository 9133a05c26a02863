/* api/look/history.c — all edits of one row: from every log in local order, then from what is pending here.
 *
 * Read from the segments themselves, not from an index: history is asked for rarely, and the log is the truth. Each signature is checked again. */
#include <string.h>

#include "api/checkpoint/checkpoint.h"
#include "api/handle/moment.h"
#include "api/ingest/segment.h"
#include "api/look/look.h"
#include "api/view/view.h"
#include "change/key.h"
#include "store/file/look.h"

/* --- the edits of a row --- */

struct walking {
    struct jemput *j;
    const struct jemput_table *table; /* NULL = each transaction is told once, whatever its rows */
    struct jemput_bytes key;
    engine_row_edit_fn each;
    void *ctx;
    struct jemput_arena arena; /* of one segment */
};

static enum jemput_status edits_of(struct walking *w, const struct jemput_txn *txn, struct engine_row_edit edit, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    edit.txn = txn;
    if (!w->table)
        return w->each(w->ctx, &edit, err);
    for (uint32_t c = 0; !st && c < txn->change_count; c++) {
        edit.change = &txn->changes[c];
        if (edit.change->table == w->table->id && jemput_bytes_equal(edit.change->key, w->key))
            st = w->each(w->ctx, &edit, err);
    }
    return st;
}

static enum jemput_status walk_segment(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct walking *w = ctx;
    struct engine_row_edit edit = { .writer = &segment->writer, .segment_id = segment->id, .segment = segment->number };
    struct engine_segment read;
    struct jemput_txn *txns;
    struct jemput_oid oid;
    uint32_t count = 0;
    bool unread = false;
    enum jemput_status st;

    if (segment->control || segment->unread)
        return JEMPUT_OK;
    jemput_arena_clear(&w->arena);
    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = engine_segment_read(w->j, jemput_repo_source(w->j->repo), &oid, true, &read, &w->arena, err);
    if (engine_is_cut_off(w->j, segment, st))
        return JEMPUT_OK; /* before the checkpoint */
    if (!st)
        st = engine_txns_read(w->j, &read.header, &read.commit, &txns, &count, &unread, &w->arena, err);
    if (!st)
        st = look_received(w->j, &segment->writer, segment->number, segment->id, &edit.received, err);
    for (; !st && !unread && edit.place < count; edit.place++)
        st = edits_of(w, &txns[edit.place], edit, err);
    return st;
}

static enum jemput_status walk_pending(void *ctx, const struct jemput_txn *txn, struct jemput_error *err)
{
    struct walking *w = ctx;

    return edits_of(w, txn, (struct engine_row_edit){ .writer = &w->j->writer }, err);
}

enum jemput_status engine_row_edits(struct jemput *j, const struct jemput_writer *writer, const struct jemput_table *table, struct jemput_bytes key,
                                    engine_row_edit_fn each, void *ctx, struct jemput_error *err)
{
    struct walking w = { .j = j, .table = table, .key = key, .each = each, .ctx = ctx };
    enum jemput_status st = jemput_store_segments_each(j->store, writer, 0, walk_segment, &w, err);

    if (!st)
        st = jemput_store_pending_each(j->store, walk_pending, &w, err);
    jemput_arena_release(&w.arena);
    return st;
}

enum jemput_status engine_txns_told(struct jemput *j, engine_row_edit_fn each, void *ctx, struct jemput_error *err)
{
    return engine_row_edits(j, NULL, NULL, (struct jemput_bytes){ 0 }, each, ctx, err);
}

enum jemput_status engine_txns_since(struct jemput *j, int64_t after, engine_row_edit_fn each, void *ctx, struct jemput_error *err)
{
    struct walking w = { .j = j, .each = each, .ctx = ctx };
    enum jemput_status st = jemput_store_segments_after(j->store, after, walk_segment, &w, err);

    jemput_arena_release(&w.arena);
    return st;
}

/* --- what was cut off --- */

struct before {
    struct jemput *j;
    const struct engine_checkpoint *c;
    bool covered; /* a write or deletion of the row is */
};

static enum jemput_status kept_see(struct before *b, const struct jemput_kept *kept, struct jemput_error *err)
{
    return b->covered || !kept->segment_id ? JEMPUT_OK : engine_checkpoint_covers(b->j, b->c, kept->segment_id, &b->covered, err);
}

static enum jemput_status row_see(void *ctx, const struct jemput_kept_row *row, struct jemput_error *err)
{
    enum jemput_status st = kept_see(ctx, &row->created, err);

    for (uint32_t i = 0; !st && i < row->delete_count; i++)
        st = kept_see(ctx, &row->deletes[i], err);
    for (uint32_t g = 0; !st && g < row->group_count; g++)
        for (uint32_t i = 0; !st && i < row->groups[g].count; i++)
            st = kept_see(ctx, &row->groups[g].writes[i], err);
    return st;
}

enum jemput_status engine_row_cut(struct jemput *j, const struct jemput_table *table, struct jemput_bytes key, struct engine_checkpoint *out,
                                  bool *cut, struct jemput_error *err)
{
    struct before b = { .j = j, .c = out };
    enum jemput_status st = engine_checkpoint_base(j, out, err);

    if (!st)
        st = jemput_store_kept_of(j->store, table, key, row_see, &b, err);
    *cut = !st && b.covered;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* --- jemput_history() --- */

struct history {
    struct jemput *j;
    const struct jemput_table *table;
    jemput_edit_cb each;
    void *ctx;
    struct jemput_arena arena; /* of one edit */
};

static enum jemput_status edit_show(void *ctx, const struct engine_row_edit *e, struct jemput_error *err)
{
    static const char ops[] = { [JEMPUT_OP_INSERT] = 'I', [JEMPUT_OP_UPDATE] = 'U', [JEMPUT_OP_DELETE] = 'D', [JEMPUT_OP_DECIDE] = 'K' };
    struct history *h = ctx;
    struct look_origin origin;
    struct jemput_edit edit = { .op = ops[e->change->op], .column_count = e->change->cell_count };
    struct jemput_datum *values, *before;
    const char **columns;

    jemput_arena_clear(&h->arena);
    values = jemput_arena_array(&h->arena, edit.column_count, sizeof *values);
    before = jemput_arena_array(&h->arena, edit.column_count, sizeof *before);
    columns = jemput_arena_array(&h->arena, edit.column_count, sizeof *columns);
    edit.note = jemput_arena_str(&h->arena, e->txn->note);
    if (!values || !before || !columns || !edit.note)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for an edit");
    for (unsigned i = 0; i < edit.column_count; i++) {
        const struct jemput_cell *cell = &e->change->cells[i];

        columns[i] = cell->column < h->table->column_count ? h->table->columns[cell->column].name : "?";
        look_datum(&values[i], &cell->value);
        if (cell->has_before)
            look_datum(&before[i], &cell->before);
    }
    if (e->change->successor.len) {
        enum jemput_status st = look_key(h->table, e->change->successor, &edit.successor, &h->arena, err);

        if (st)
            return st;
        edit.successor_count = h->table->key_count;
    }
    look_origin(h->j, e->writer, e->txn->stamp, e->segment, e->received, &origin);
    edit.origin = origin.origin;
    edit.columns = columns;
    edit.values = values;
    edit.before = before;
    return h->each(h->ctx, &edit) ? jemput_fail(err, JEMPUT_CANCELLED, "stopped") : JEMPUT_OK;
}

/* One line for all of it. */
static enum jemput_status cut_show(struct history *h, struct jemput_bytes key, struct jemput_error *err)
{
    struct engine_checkpoint c;
    struct look_origin origin;
    struct jemput_edit edit = { .op = 'C', .note = "" };
    bool cut;
    enum jemput_status st = engine_row_cut(h->j, h->table, key, &c, &cut, err);

    if (st || !cut)
        return st;
    look_origin(h->j, &c.at.writer, c.at.stamp, c.at.number, true, &origin);
    edit.origin = origin.origin;
    return h->each(h->ctx, &edit) ? jemput_fail(err, JEMPUT_CANCELLED, "stopped") : JEMPUT_OK;
}

enum jemput_status jemput_history(struct jemput *j, const char *table, const struct jemput_datum *key, unsigned key_count, jemput_edit_cb each,
                                  void *ctx, struct jemput_error *err)
{
    struct history h = { .j = j, .each = each, .ctx = ctx };
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    bool mine = false;
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = engine_moment(j, &mine, err);
    h.table = st ? NULL : jemput_store_table_named(j->store, table);
    if (!st && !h.table)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "there is no replicated table '%s'", table);
    if (!st)
        st = look_key_write(h.table, key, key_count, &bytes, err);
    if (!st)
        st = cut_show(&h, jemput_buf_bytes(&bytes), err);
    if (!st)
        st = engine_row_edits(j, NULL, h.table, jemput_buf_bytes(&bytes), edit_show, &h, err);
    engine_moment_end(j, mine);
    jemput_arena_release(&h.arena);
    jemput_buf_release(&bytes);
    return look_stopped(st);
}
