/* merge/renumber.c — the versions of a row's state given other numbers: those of another store, or those that mean the same everywhere. */
#include "merge/row.h"

#include <stdlib.h>

struct deleted { /* a delete with its successor, so that the two stay together */
    uint64_t version;
    struct jemput_bytes successor;
};

static int write_order(const void *a, const void *b)
{
    uint64_t x = ((const struct jemput_write *)a)->version, y = ((const struct jemput_write *)b)->version;

    return x < y ? -1 : x > y;
}

static int deleted_order(const void *a, const void *b)
{
    uint64_t x = ((const struct deleted *)a)->version, y = ((const struct deleted *)b)->version;

    return x < y ? -1 : x > y;
}

static enum jemput_status numbered(const struct jemput_numbering *n, uint64_t *version, struct jemput_error *err)
{
    uint64_t other = n->number(n->ctx, *version);

    if (!other)
        return jemput_fail(err, JEMPUT_CORRUPT, "a row names a transaction that is not known");
    *version = other;
    return JEMPUT_OK;
}

static enum jemput_status deletes_renumber(struct jemput_row *row, const struct jemput_numbering *n, struct jemput_arena *arena,
                                           struct jemput_error *err)
{
    struct deleted *sorted = jemput_arena_array(arena, row->delete_count, sizeof *sorted);
    enum jemput_status st = JEMPUT_OK;

    if (!sorted)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for deletes");
    for (uint32_t i = 0; !st && i < row->delete_count; i++) {
        sorted[i] = (struct deleted){ row->deletes[i], row->successors ? row->successors[i] : (struct jemput_bytes){ 0 } };
        st = numbered(n, &sorted[i].version, err);
    }
    if (st)
        return st;
    qsort(sorted, row->delete_count, sizeof *sorted, deleted_order);
    for (uint32_t i = 0; i < row->delete_count; i++) {
        row->deletes[i] = sorted[i].version;
        if (row->successors)
            row->successors[i] = sorted[i].successor;
    }
    return JEMPUT_OK;
}

static enum jemput_status register_renumber(struct jemput_register *r, const struct jemput_write **shown, const struct jemput_numbering *n,
                                            struct jemput_error *err)
{
    uint64_t of_shown = *shown ? (*shown)->version : 0;
    enum jemput_status st = of_shown ? numbered(n, &of_shown, err) : JEMPUT_OK;

    for (uint32_t i = 0; !st && i < r->write_count; i++)
        st = numbered(n, &r->writes[i].version, err);
    if (st)
        return st;
    if (r->write_count)
        qsort(r->writes, r->write_count, sizeof *r->writes, write_order);
    for (uint32_t i = 0; of_shown && i < r->write_count; i++)
        if (r->writes[i].version == of_shown)
            *shown = &r->writes[i];
    return JEMPUT_OK;
}

enum jemput_status jemput_row_renumber(struct jemput_row *row, struct jemput_view *view, const struct jemput_numbering *n, struct jemput_arena *arena,
                                       struct jemput_error *err)
{
    const struct jemput_write *none = NULL;
    enum jemput_status st = row->created ? numbered(n, &row->created, err) : JEMPUT_OK;

    if (!st && row->delete_count)
        st = deletes_renumber(row, n, arena, err);
    for (uint32_t g = 0; !st && g < jemput_row_registers(row); g++)
        st = register_renumber(&row->registers[g], view ? &view->shown[g] : &none, n, err);
    return st;
}
