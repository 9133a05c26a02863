/* merge/shape.h — how many registers, and values a register, the shape of a table asks for. Of this room only. */
#ifndef JEMPUT_MERGE_SHAPE_H
#define JEMPUT_MERGE_SHAPE_H

#include "change/table.h"

/* A table whose columns are all of the key has no groups, yet its rows live and die: one register without columns holds their writes. */
static inline uint32_t jemput_shape_registers(const struct jemput_table *table)
{
    return table->group_count ? table->group_count : 1;
}

static inline uint32_t jemput_shape_columns(const struct jemput_table *table, uint32_t group)
{
    return group < table->group_count ? table->groups[group].column_count : 0;
}

#endif
