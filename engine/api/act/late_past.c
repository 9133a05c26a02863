/* api/act/late_past.c — what late rows have said before: see late_past.h. */
#include "api/act/late_past.h"

#include <stdlib.h>
#include <string.h>

#include "api/view/view.h"

void late_past_release(struct late_past *p)
{
    jemput_arena_release(&p->arena);
}

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for late writes");
}

static int row_compare(const void *left, const void *right)
{
    const struct past_row *a = left, *b = right;

    if (a->name.table != b->name.table)
        return a->name.table < b->name.table ? -1 : 1;
    return jemput_bytes_compare(a->name.key, b->name.key);
}

static struct past_row *row_find(const struct late_past *p, uint32_t table, struct jemput_bytes key)
{
    const struct past_row wanted = { .name = { table, key } };

    return p->count ? bsearch(&wanted, p->rows, p->count, sizeof wanted, row_compare) : NULL;
}

static enum jemput_status change_keep(struct late_past *p, struct past_row *row, const struct jemput_change *change, uint64_t version,
                                      struct jemput_error *err)
{
    struct past_edit *past = jemput_arena_alloc(&p->arena, sizeof *past);
    struct jemput_cell *cells = jemput_arena_array(&p->arena, change->cell_count, sizeof *cells);

    if (!past || !cells)
        return nomem(err);
    for (uint16_t i = 0; i < change->cell_count; i++) {
        cells[i].column = change->cells[i].column;
        if (!jemput_value_copy(&cells[i].value, &change->cells[i].value, &p->arena))
            return nomem(err);
    }
    *past = (struct past_edit){ row->newest, version, change->cell_count, cells };
    row->newest = past;
    return JEMPUT_OK;
}

static enum jemput_status txn_see(void *ctx, const struct engine_row_edit *edit, struct jemput_error *err)
{
    struct late_past *p = ctx;
    enum jemput_status st = p->at == edit->segment_id ? JEMPUT_OK : late_may_go_on(&p->going, err);

    p->at = edit->segment_id;
    for (uint32_t i = 0; !st && i < edit->txn->change_count; i++) {
        const struct jemput_change *change = &edit->txn->changes[i];
        struct past_row *row = row_find(p, change->table, change->key);

        if (row)
            st = change_keep(p, row, change, (uint64_t)edit->segment_id * JEMPUT_SEGMENT_TXNS_MAX + edit->place, err);
    }
    return st;
}

static enum jemput_status logs_read(struct late_past *p, struct jemput_error *err)
{
    int64_t newest = 0;
    bool records;
    enum jemput_status st = jemput_store_segments_since(p->j->store, p->until, &newest, &records, err);

    if (!st && newest > p->until)
        st = engine_txns_since(p->j, p->until, txn_see, p, err);
    if (!st)
        p->until = newest;
    return st;
}

enum jemput_status late_past_read(struct late_past *p, const struct late_name *names, uint32_t count, struct jemput_error *err)
{
    enum jemput_status st;

    p->rows = jemput_arena_array(&p->arena, count, sizeof *p->rows);
    if (!p->rows)
        return nomem(err);
    for (p->count = 0; p->count < count; p->count++)
        p->rows[p->count].name = names[p->count];
    qsort(p->rows, p->count, sizeof *p->rows, row_compare);
    st = logs_read(p, err);
    if (st == JEMPUT_CANCELLED || st == JEMPUT_NOMEM)
        return st;
    p->known = true;
    if (st)
        p->failure = *err;
    p->going = (struct late_going){ NULL, NULL }; /* what has come since is little, and read under the lock */
    return JEMPUT_OK;
}

enum jemput_status late_past_of(struct late_past *p, uint32_t table, struct jemput_bytes key, const struct past_edit **out, struct jemput_error *err)
{
    const struct past_row *row;
    enum jemput_status st;

    p->asked = true;
    if (!p->known)
        return jemput_fail(err, JEMPUT_CANCELLED, "what the row has said before is not read yet");
    if (p->failure.status) {
        *err = p->failure;
        return err->status;
    }
    st = logs_read(p, err);
    row = row_find(p, table, key);
    *out = row ? row->newest : NULL;
    return st;
}
