/* api/view/history.c — jemput_history(tbl, key): who wrote what into a row, and jemput_delivery(tbl, key): how far its writes have come. */
#include <string.h>

#include "api/checkpoint/checkpoint.h"
#include "api/fork/carry.h"
#include "api/look/look.h"
#include "api/view/view.h"

/* --- history --- */

struct past { /* what one edit wrote into one column; newest first in its list */
    struct past *before;
    int64_t segment_id;
    uint32_t place;
    struct jemput_value value;
};

struct telling {
    struct view *v;
    const struct jemput_table *table;
    struct past **of; /* by column */
    struct jemput_value cells[HISTORY_CELLS];
    bool told; /* the edit at hand has a line */
};

static const char *op_word(enum jemput_op op)
{
    static const char *const words[] = {
        [JEMPUT_OP_INSERT] = "buat", [JEMPUT_OP_UPDATE] = "ubah", [JEMPUT_OP_DELETE] = "hapus", [JEMPUT_OP_DECIDE] = "putusan"
    };

    return words[op];
}

/* The newest value of the column, by the order in which this store came to know the logs, that the edit had seen. What is pending has seen all. */
static enum jemput_status past_seen(struct telling *t, const struct engine_row_edit *e, uint16_t column, const struct past **out,
                                    struct jemput_error *err)
{
    *out = NULL;
    for (const struct past *p = t->of[column]; p; p = p->before) {
        bool saw = !e->segment_id || p->segment_id == e->segment_id;
        enum jemput_status st = saw ? JEMPUT_OK : jemput_store_segment_saw(t->v->j->store, e->segment_id, p->segment_id, &saw, err);

        if (st)
            return st;
        if (saw) {
            *out = p;
            break;
        }
    }
    return JEMPUT_OK;
}

/* `same`: an earlier one of the same value, or NULL. */
static enum jemput_status past_add(struct telling *t, const struct engine_row_edit *e, uint16_t column, const struct jemput_value *value,
                                   const struct past *same, struct jemput_error *err)
{
    struct past *p = jemput_arena_alloc(&t->v->keep, sizeof *p);

    if (p && same)
        p->value = same->value;
    else if (!p || !jemput_value_copy(&p->value, value, &t->v->keep))
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for history");
    if (t->v->keep.total_bytes > JEMPUT_LOOK_BYTES_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "the row's history is more than %d MiB: jemput_history() of jemput.h tells it piece by piece",
                           JEMPUT_LOOK_BYTES_MAX / (1024 * 1024));
    p->segment_id = e->segment_id;
    p->place = e->place;
    p->before = t->of[column];
    t->of[column] = p;
    return JEMPUT_OK;
}

static enum jemput_status line_add(struct telling *t, const struct engine_row_edit *e, struct jemput_error *err)
{
    struct jemput_value *cells = t->cells;
    enum jemput_status st;

    cells[HISTORY_AT] = view_integer(jemput_stamp_ms(e->txn->stamp));
    cells[HISTORY_OP] = view_text(op_word(e->change->op));
    cells[HISTORY_NOTE] = view_null();
    if (e->txn->note.len)
        cells[HISTORY_NOTE] = (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = e->txn->note };
    cells[HISTORY_SEGMENT] = e->segment_id ? view_integer((int64_t)e->segment) : view_null();
    cells[HISTORY_SIGNATURE] = view_text(e->segment_id ? "sah" : "belum disegel");
    cells[HISTORY_RECEIPT] = view_integer(e->received);
    st = view_who(t->v, &cells[HISTORY_WHO], e->writer, err);
    if (!st)
        st = view_trust(t->v, &cells[HISTORY_TRUST], e->txn->stamp, e->segment_id, err);
    if (!st)
        st = view_add(t->v, cells, err);
    t->told = true;
    return st;
}

/* A counter's cell says what was added; all others what is there from then on. */
static enum jemput_status cell_tell(struct telling *t, const struct engine_row_edit *e, const struct jemput_cell *cell, struct jemput_error *err)
{
    const struct past *seen = NULL;
    bool changed;
    enum jemput_status st;

    if (cell->column >= t->table->column_count)
        return JEMPUT_OK;
    st = past_seen(t, e, cell->column, &seen, err);
    if (st)
        return st;
    t->cells[HISTORY_COL] = view_text(t->table->columns[cell->column].name);
    t->cells[HISTORY_OLD] = cell->has_before ? cell->before : seen && !cell->is_delta ? seen->value : view_null();
    t->cells[HISTORY_NEW] = cell->value;
    changed = cell->is_delta || !jemput_value_equal(&t->cells[HISTORY_OLD], &cell->value) ||
              (!seen && !cell->has_before && e->change->op != JEMPUT_OP_INSERT);
    if (changed)
        st = line_add(t, e, err);
    return st ? st : past_add(t, e, cell->column, &cell->value, seen && jemput_value_equal(&seen->value, &cell->value) ? seen : NULL, err);
}

/* The row that goes on in a deleted one's place is told as the new value of no column. */
static enum jemput_status whole_tell(struct telling *t, const struct engine_row_edit *e, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    t->cells[HISTORY_COL] = t->cells[HISTORY_OLD] = t->cells[HISTORY_NEW] = view_null();
    if (e->change->op == JEMPUT_OP_DELETE && e->change->successor.len)
        st = view_key(&t->cells[HISTORY_NEW], t->table, e->change->successor, &t->v->row, err);
    return st ? st : line_add(t, e, err);
}

static enum jemput_status edit_tell(void *ctx, const struct engine_row_edit *e, struct jemput_error *err)
{
    struct telling *t = ctx;
    struct jemput_value gone = view_null();
    enum jemput_status st = JEMPUT_OK;

    t->told = false;
    for (uint16_t i = 0; !st && i < e->change->cell_count; i++)
        st = cell_tell(t, e, &e->change->cells[i], err);
    for (uint16_t i = 0; !st && e->change->op == JEMPUT_OP_DELETE && i < t->table->column_count; i++)
        if (t->of[i])
            st = past_add(t, e, i, &gone, NULL, err);
    return st || t->told ? st : whole_tell(t, e, err);
}

/* What was written up to a checkpoint, and cut off behind it, is one line. */
static enum jemput_status cut_tell(struct telling *t, struct jemput_bytes key, struct jemput_error *err)
{
    struct jemput_value *cells = t->cells;
    struct engine_checkpoint c;
    bool cut;
    enum jemput_status st = engine_row_cut(t->v->j, t->table, key, &c, &cut, err);

    if (st || !cut)
        return st;
    for (unsigned i = 0; i < HISTORY_CELLS; i++)
        cells[i] = view_null();
    cells[HISTORY_AT] = view_integer(jemput_stamp_ms(c.at.stamp));
    cells[HISTORY_OP] = view_text("terpotong");
    cells[HISTORY_SEGMENT] = view_integer((int64_t)c.at.number);
    cells[HISTORY_SIGNATURE] = view_text("sah");
    cells[HISTORY_RECEIPT] = view_integer(1);
    st = view_who(t->v, &cells[HISTORY_WHO], &c.at.writer, err);
    if (!st)
        st = view_trust(t->v, &cells[HISTORY_TRUST], c.at.stamp, c.at.id, err);
    return st ? st : view_add(t->v, cells, err);
}

enum jemput_status view_history(struct view *v, const struct jemput_value *values, struct jemput_error *err)
{
    struct telling t = { .v = v };
    struct jemput_bytes key;
    enum jemput_status st = view_row_named(v, values, &t.table, &key, err);

    if (st)
        return st;
    t.of = jemput_arena_array(&v->keep, t.table->column_count, sizeof(struct past *));
    if (!t.of)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for history");
    st = cut_tell(&t, key, err);
    return st ? st : engine_row_edits(v->j, NULL, t.table, key, edit_tell, &t, err);
}

/* --- delivery --- */

struct write { /* one that is told */
    struct jemput_writer writer;
    jemput_stamp stamp;
    int64_t segment_id; /* 0 = pending here */
    uint64_t segment;
    bool own, received;
};

struct delivery {
    struct view *v;
    uint32_t count, room;
    struct write *writes; /* this device's, oldest first; then another's newest, if that is the row's newest */
    struct write newest;  /* of the row, as merged; stamp 0 = none */
    bool former;          /* a log is gone through that this device wrote as another writer: what is pending is told with the present one's */
};

static enum jemput_status write_add(struct delivery *d, const struct write *w, struct jemput_error *err)
{
    if (d->count == d->room) {
        uint32_t room = d->room ? 2 * d->room : 16;
        struct write *grown = jemput_arena_array(&d->v->keep, room, sizeof *grown);

        if (!grown)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for the writes of a row");
        if (d->count)
            memcpy(grown, d->writes, d->count * sizeof *grown);
        d->writes = grown;
        d->room = room;
    }
    d->writes[d->count++] = *w;
    return JEMPUT_OK;
}

static enum jemput_status own_edit(void *ctx, const struct engine_row_edit *e, struct jemput_error *err)
{
    struct write w = {
        .writer = *e->writer, .stamp = e->txn->stamp, .segment_id = e->segment_id, .segment = e->segment, .own = true, .received = e->received
    };

    return ((const struct delivery *)ctx)->former && !e->segment_id ? JEMPUT_OK : write_add(ctx, &w, err);
}

static void newest_see(struct delivery *d, const struct jemput_kept *k)
{
    if (k->segment_id && k->stamp > d->newest.stamp)
        d->newest = (struct write){ .writer = k->writer, .stamp = k->stamp, .segment_id = k->segment_id, .segment = k->segment };
}

static enum jemput_status newest_find(void *ctx, const struct jemput_kept_row *row, struct jemput_error *err)
{
    struct delivery *d = ctx;

    (void)err;
    for (uint32_t i = 0; i < row->delete_count; i++)
        newest_see(d, &row->deletes[i]);
    for (uint32_t g = 0; g < row->group_count; g++)
        for (uint32_t i = 0; i < row->groups[g].count; i++)
            newest_see(d, &row->groups[g].writes[i]);
    return JEMPUT_OK;
}

/* Another device's write, if it is newer than all of this one's. */
static enum jemput_status newest_take(struct delivery *d, struct jemput_error *err)
{
    enum jemput_status st;

    if (!d->newest.stamp || jemput_writer_compare(&d->newest.writer, &d->v->j->writer) == 0)
        return JEMPUT_OK;
    for (uint32_t i = 0; i < d->count; i++)
        if (d->writes[i].stamp >= d->newest.stamp)
            return JEMPUT_OK;
    st = look_received(d->v->j, &d->newest.writer, d->newest.segment, d->newest.segment_id, &d->newest.received, err);
    return st ? st : write_add(d, &d->newest, err);
}

static enum jemput_status write_tell(struct delivery *d, const struct write *w, bool newest, struct jemput_error *err)
{
    struct jemput_value cells[DELIVERY_CELLS];
    enum jemput_status st = view_who(d->v, &cells[DELIVERY_WHO], &w->writer, err);

    cells[DELIVERY_STATE] = view_text(!w->segment_id ? "di tablet ini" : w->received ? "diterima pusat" : "menunggu sinyal");
    cells[DELIVERY_NEWEST] = view_integer(newest);
    cells[DELIVERY_OWN] = view_integer(w->own);
    cells[DELIVERY_CLAIMED] = view_integer(jemput_stamp_ms(w->stamp));
    cells[DELIVERY_SEGMENT] = w->segment_id ? view_integer((int64_t)w->segment) : view_null();
    return st ? st : view_add(d->v, cells, err);
}

/* What this device wrote before it went on as the writer that it is now is its own, too. */
static enum jemput_status own_edits(struct delivery *d, const struct jemput_table *table, struct jemput_bytes key, struct jemput_error *err)
{
    struct jemput *j = d->v->j;
    struct jemput_writer *formers;
    uint32_t count;
    enum jemput_status st = engine_carried(j, &formers, &count, &d->v->keep, err);

    d->former = true;
    for (uint32_t i = 0; !st && i < count; i++)
        st = engine_row_edits(j, &formers[i], table, key, own_edit, d, err);
    d->former = false;
    return st ? st : engine_row_edits(j, &j->writer, table, key, own_edit, d, err);
}

enum jemput_status view_delivery(struct view *v, const struct jemput_value *values, struct jemput_error *err)
{
    struct delivery d = { .v = v };
    const struct jemput_table *table;
    struct jemput_bytes key;
    enum jemput_status st = view_row_named(v, values, &table, &key, err);

    if (!st)
        st = own_edits(&d, table, key, err);
    if (!st) {
        st = jemput_store_kept_of(v->j->store, table, key, newest_find, &d, err);
        if (st == JEMPUT_NOTFOUND)
            st = JEMPUT_OK; /* it is pending here, or unknown */
    }
    if (!st)
        st = newest_take(&d, err);
    for (uint32_t i = 0; !st && i < d.count; i++)
        st = write_tell(&d, &d.writes[i], i + 1 == d.count, err);
    return st;
}
