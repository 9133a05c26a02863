/* api/history.c — all edits of one row: from every log in local order, then from what is pending here.
 *
 * Read from the segments themselves, not from an index: history is asked for rarely, and the log is the truth. */
#include "api/look.h"

#include <string.h>

#include "change/key.h"
#include "log/payload.h"

struct history {
    struct jemput *j;
    const struct jemput_table *table;
    struct jemput_bytes key;
    jemput_edit_cb each;
    void *ctx;
    struct jemput_arena arena; /* of one segment */
};

static enum jemput_status edit_show(struct history *h, const struct jemput_txn *txn, const struct jemput_change *change, struct jemput_origin origin,
                                    struct jemput_error *err)
{
    static const char ops[] = { ' ', 'I', 'U', 'D' };
    struct jemput_edit edit = { .origin = origin, .op = ops[change->op], .column_count = change->cell_count };
    struct jemput_datum *values = jemput_arena_array(&h->arena, change->cell_count, sizeof *values);
    struct jemput_datum *before = jemput_arena_array(&h->arena, change->cell_count, sizeof *before);
    const char **columns = jemput_arena_array(&h->arena, change->cell_count, sizeof *columns);

    edit.note = jemput_arena_str(&h->arena, txn->note);
    if (!values || !before || !columns || !edit.note)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for an edit");
    for (uint16_t i = 0; i < change->cell_count; i++) {
        const struct jemput_cell *cell = &change->cells[i];

        columns[i] = cell->column < h->table->column_count ? h->table->columns[cell->column].name : "?";
        look_datum(&values[i], &cell->value);
        if (cell->has_before)
            look_datum(&before[i], &cell->before);
    }
    edit.columns = columns;
    edit.values = values;
    edit.before = before;
    return h->each(h->ctx, &edit) ? jemput_fail(err, JEMPUT_CANCELLED, "stopped") : JEMPUT_OK;
}

static enum jemput_status edits_of(struct history *h, const struct jemput_txn *txns, uint32_t count, const struct jemput_writer *writer,
                                   uint64_t segment, bool received, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t t = 0; !st && t < count; t++) {
        for (uint32_t c = 0; !st && c < txns[t].change_count; c++) {
            const struct jemput_change *change = &txns[t].changes[c];
            struct look_origin origin;

            if (change->table != h->table->id || !jemput_bytes_equal(change->key, h->key))
                continue;
            look_origin(h->j, writer, txns[t].stamp, segment, received, &origin);
            st = edit_show(h, &txns[t], change, origin.origin, err);
        }
    }
    return st;
}

static enum jemput_status history_segment(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct history *h = ctx;
    struct engine_segment read;
    struct jemput_txn *txns;
    struct jemput_oid oid;
    uint32_t count;
    bool received;
    enum jemput_status st;

    if (segment->control)
        return JEMPUT_OK;
    jemput_arena_clear(&h->arena);
    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = engine_segment_read(h->j, jemput_repo_source(h->j->repo), &oid, true, &read, &h->arena, err);
    if (!st)
        st = jemput_payload_read(&txns, &count, read.commit.payload, &h->arena, err);
    if (!st)
        st = look_received(h->j, &segment->writer, segment->number, &received, err);
    return st ? st : edits_of(h, txns, count, &segment->writer, segment->number, received, err);
}

static enum jemput_status history_pending(struct history *h, struct jemput_error *err)
{
    struct jemput_pending pending;
    enum jemput_status st;

    jemput_arena_clear(&h->arena);
    st = jemput_store_pending_read(h->j->store, SIZE_MAX, &pending, &h->arena, err);
    return st ? st : edits_of(h, pending.txns, pending.txn_count, &h->j->writer, 0, false, err);
}

static enum jemput_status history_key(struct history *h, const struct jemput_datum *key, unsigned key_count, struct jemput_buf *out,
                                      struct jemput_error *err)
{
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    enum jemput_status st;

    if (key_count != h->table->key_count)
        return jemput_fail(err, JEMPUT_MISUSE, "table %s has %u key columns, %u values were given", h->table->name, (unsigned)h->table->key_count,
                           key_count);
    for (unsigned i = 0; i < key_count; i++)
        look_value(&values[i], &key[i]);
    st = jemput_key_write(out, values, key_count, err);
    if (!st)
        st = jemput_buf_check(out, "key", err);
    h->key = jemput_buf_bytes(out);
    return st;
}

enum jemput_status jemput_history(struct jemput *j, const char *table, const struct jemput_datum *key, unsigned key_count, jemput_edit_cb each,
                                  void *ctx, struct jemput_error *err)
{
    struct history h = { .j = j, .table = jemput_store_table_named(j->store, table), .each = each, .ctx = ctx };
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    enum jemput_status st;

    if (!h.table)
        return jemput_fail(err, JEMPUT_NOTFOUND, "there is no replicated table '%s'", table);
    st = history_key(&h, key, key_count, &bytes, err);
    if (!st)
        st = jemput_store_segments_each(j->store, NULL, 0, history_segment, &h, err);
    if (!st)
        st = history_pending(&h, err);
    jemput_arena_release(&h.arena);
    jemput_buf_release(&bytes);
    return look_stopped(st);
}
