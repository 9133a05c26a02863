/* merge/state.h — what reading and writing a row's merge state share: flags, versions by place, the main version. Of this room only.
 * Format: schema/formats/row-state.md. */
#ifndef JEMPUT_MERGE_STATE_H
#define JEMPUT_MERGE_STATE_H

#include "merge/row.h"
#include "merge/shape.h"

enum {
    STATE_IN_TABLE = 1,
    STATE_CREATED_LOWEST = 2, /* created is the lowest version */
    STATE_HAS_DELETES = 4,
    STATE_MAIN_NAMED = 8,     /* the main version is not the lowest: its place is written */
    STATE_FLAG_BITS = 4,
    STATE_NAME_BYTES = 8 + JEMPUT_WRITER_BYTES
};

struct state_entry {
    uint64_t version;
    uint32_t singles; /* registers of a row in the table that hold just this version */
    bool inserted;    /* it inserted the row, and is not `created`: among the extras */
    bool used;        /* reading: something named it */
    bool wrote;       /* reading: a register has it, no counter's */
};

/* The version that most registers hold alone, the lowest of several. */
static inline uint32_t state_main(const struct state_entry *entries, uint32_t count)
{
    uint32_t best = 0;

    for (uint32_t i = 1; i < count; i++) {
        if (entries[i].singles > entries[best].singles)
            best = i;
    }
    return best;
}

/* The register of a counter is written whole, and apart from the others. */
static inline bool state_counts(const struct jemput_table *table, uint32_t group)
{
    return jemput_shape_keeps(table, group) == JEMPUT_RULE_SUM;
}

/* Is the state, of a row in the table, written as 0 bytes? */
static inline bool state_is_uniform(const struct jemput_row *row, const struct jemput_table *table)
{
    if (row->created == 0 || row->delete_count > 0 || jemput_row_registers(row) != jemput_shape_registers(table))
        return false;
    for (uint32_t g = 0; g < jemput_row_registers(row); g++) {
        const struct jemput_register *r = &row->registers[g];

        if (r->write_count != 1 || r->writes[0].version != row->created || r->writes[0].spare_count > 0 || state_counts(table, g))
            return false;
    }
    return true;
}

#endif
