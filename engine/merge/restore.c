/* merge/restore.c — which deleted rows come back, and on whose account. See restore.h. */
#include "merge/restore.h"

#include "merge/shape.h"

static bool saw(const struct jemput_causality *c, uint64_t later, uint64_t earlier)
{
    return c->saw(c->ctx, later, earlier);
}

uint32_t jemput_row_delete_next(const struct jemput_row *row, uint32_t from, const struct jemput_causality *causality)
{
    while (from < row->delete_count && jemput_row_is_deleted(row, row->deletes[from], causality))
        from++;
    return from;
}

/* A write that neither this delete nor one of the row itself had seen. */
static bool row_was_written(const struct jemput_row *row, uint64_t delete, const struct jemput_causality *c)
{
    uint64_t asked = 0; /* the registers of a row mostly hold one version */

    for (uint32_t g = 0; g < jemput_row_registers(row); g++) {
        for (uint32_t i = 0; i < row->registers[g].write_count; i++) {
            uint64_t version = row->registers[g].writes[i].version;

            if (version != asked && !saw(c, delete, version) && !jemput_row_is_deleted(row, version, c))
                return true;
            asked = version;
        }
    }
    return false;
}

bool jemput_row_wants(const struct jemput_row *row, const struct jemput_row *deleted, const struct jemput_causality *causality)
{
    uint32_t i = jemput_row_delete_next(deleted, 0, causality);
    bool wants = i < deleted->delete_count;

    for (; wants && i < deleted->delete_count; i = jemput_row_delete_next(deleted, i + 1, causality))
        wants = row_was_written(row, deleted->deletes[i], causality);
    return wants;
}

static bool delete_is_in_force(const struct jemput_row *row, uint64_t version, const struct jemput_causality *c)
{
    for (uint32_t i = 0; i < row->delete_count; i++) {
        if (row->deletes[i] == version)
            return jemput_row_delete_next(row, i, c) == i;
    }
    return false;
}

static bool row_has_successor(const struct jemput_row *row, const struct jemput_causality *c)
{
    for (uint32_t i = jemput_row_delete_next(row, 0, c); row->successors && i < row->delete_count; i = jemput_row_delete_next(row, i + 1, c)) {
        if (row->successors[i].len)
            return true;
    }
    return false;
}

bool jemput_row_went_with(const struct jemput_row *deleted, const struct jemput_row *with, const struct jemput_causality *causality)
{
    uint32_t i = jemput_row_delete_next(deleted, 0, causality);
    bool went = i < deleted->delete_count && !row_has_successor(deleted, causality);

    for (; went && i < deleted->delete_count; i = jemput_row_delete_next(deleted, i + 1, causality))
        went = delete_is_in_force(with, deleted->deletes[i], causality);
    return went;
}

bool jemput_row_undoes(const struct jemput_row *row, const struct jemput_view *view, const struct jemput_table *table, uint64_t version,
                       const struct jemput_causality *causality)
{
    if (!delete_is_in_force(row, version, causality))
        return false;
    for (uint32_t g = 0; g < jemput_row_registers(row); g++) {
        if (view->shown[g] && jemput_shape_keeps(table, g) == JEMPUT_RULE_LATEST && !saw(causality, view->shown[g]->version, version))
            return true;
    }
    return false;
}
