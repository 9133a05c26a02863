/* merge/shape.h — how many registers, and values a register, the shape of a table asks for, and by which rule each merges. Of this room only. */
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

/* The column of `group` that has a rule, by its place in the group; UINT16_MAX = all its columns are of rule LATEST. */
static inline uint16_t jemput_shape_ruled(const struct jemput_table *table, uint32_t group)
{
    for (uint16_t i = 0; i < jemput_shape_columns(table, group); i++)
        if (table->columns[table->groups[group].columns[i]].rule != JEMPUT_RULE_LATEST)
            return i;
    return UINT16_MAX;
}

/* By which rule writes of `group` are kept: SUM, ONCE, or LATEST. (RANK keeps what LATEST keeps, and shows another.) Most tables have none but
 * the last, and are not looked through. */
static inline enum jemput_rule jemput_shape_keeps(const struct jemput_table *table, uint32_t group)
{
    uint16_t ruled = table->merges_values ? jemput_shape_ruled(table, group) : UINT16_MAX;
    enum jemput_rule rule = ruled == UINT16_MAX ? JEMPUT_RULE_LATEST : table->columns[table->groups[group].columns[ruled]].rule;

    return rule == JEMPUT_RULE_RANK ? JEMPUT_RULE_LATEST : rule;
}

#endif
