/* change/table.h — what the engine knows of a replicated table: its columns, its key, its cell groups. Plain data.
 *
 * A table's number and its columns' numbers are the same on every replica of a space: tables are numbered by jemput_replicate in the
 * order in which the schema runs, columns by their place in CREATE TABLE, later ones at the end. Generated columns have a number but are never
 * carried. The key columns belong to no group: a key never changes (an UPDATE of it is a delete and an insert). */
#ifndef JEMPUT_CHANGE_TABLE_H
#define JEMPUT_CHANGE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/bytes.h"

/* How the siblings of a column's group become one value.
 *   LATEST   the highest stamp shows; different values are a conflict
 *   RANK     the value that stands last in `ranks` shows (one that is not there comes before all; equal ones: the highest stamp); no conflict
 *   SUM      a counter: no siblings; what shows is the sum of all deltas, modulo 2^64. Alone in its group
 *   ONCE     a fact: of all values but NULL that were ever written, the one of the lowest stamp shows, for ever. Alone in its group */
enum jemput_rule { JEMPUT_RULE_LATEST = 0, JEMPUT_RULE_RANK = 1, JEMPUT_RULE_SUM = 2, JEMPUT_RULE_ONCE = 3 };

/* What becomes of a row whose parent was deleted while the row was written. */
enum jemput_orphan {
    JEMPUT_ORPHAN_RESTORE = 0, /* the parent comes back, and what its deletion had taken along */
    JEMPUT_ORPHAN_CASCADE = 1, /* the row goes with the parent, and comes back with it */
    JEMPUT_ORPHAN_HOLD = 2     /* the row is held */
};

/* What SQLite makes of a value that is put into a column, by the column's declared type. */
enum jemput_affinity {
    JEMPUT_AFFINITY_NONE = 0, /* nothing */
    JEMPUT_AFFINITY_TEXT = 1, /* numbers become text */
    JEMPUT_AFFINITY_NUMBER = 2, /* text that is a number becomes one, and a REAL with an integer value an INTEGER */
    JEMPUT_AFFINITY_REAL = 3  /* the same text becomes a number, and an INTEGER a REAL */
};

#define JEMPUT_GROUP_NONE UINT16_MAX

struct jemput_column {
    const char *name;
    bool generated;      /* never carried */
    enum jemput_affinity affinity;
    uint8_t key_place;   /* 1-based place in the PRIMARY KEY; 0 = not of the key */
    uint16_t group;      /* cell group; JEMPUT_GROUP_NONE for key and generated columns */
    bool identity;       /* hard conflict (option identity=) */
    bool carries_before; /* its before-value travels with an update (option before=) */
    enum jemput_rule rule;
    uint16_t rank_count;        /* rule rank */
    struct jemput_bytes *ranks; /* text, lowest first; an INTEGER ranks as its decimal text */
};

struct jemput_group {
    uint16_t column_count;
    uint16_t *columns; /* ascending column numbers */
};

struct jemput_orphan_rule { /* option parent= : of the FOREIGN KEY over these columns of the table */
    uint16_t column_count;
    uint16_t *columns; /* in the order in which they were named */
    enum jemput_orphan orphan;
};

struct jemput_table {
    uint32_t id; /* from 1 */
    const char *name;
    bool without_rowid, strict;
    uint16_t column_count;
    struct jemput_column *columns;
    uint8_t key_count;
    uint16_t key_columns[16]; /* column numbers in key order; JEMPUT_KEY_COLUMNS_MAX */
    uint16_t group_count;
    struct jemput_group *groups;
    bool has_identity;   /* some column is flagged so */
    bool merges_values;  /* some column has rule sum or once: what is merged in depends on the values that are there */
    uint16_t orphan_rule_count;
    struct jemput_orphan_rule *orphan_rules;
    uint16_t trigger_count;
    const char **triggers; /* option triggers= : the app's triggers that run for merged rows, too */
    bool attachments;        /* option attachments= : its rows say which attachments there are (schema/formats/media.md), */
    int64_t attachments_day; /* and a device may add so many bytes of them in a day; 0 = any number */
};

/* The rule of a group: that of its one column that has another than LATEST; such columns: JEMPUT_GROUP_NONE = none. */
static inline uint16_t jemput_group_ruled(const struct jemput_table *table, uint16_t group)
{
    for (uint16_t i = 0; i < table->groups[group].column_count; i++)
        if (table->columns[table->groups[group].columns[i]].rule != JEMPUT_RULE_LATEST)
            return table->groups[group].columns[i];
    return JEMPUT_GROUP_NONE;
}

static inline bool jemput_group_is_identity(const struct jemput_table *table, uint16_t group)
{
    for (uint16_t i = 0; i < table->groups[group].column_count; i++)
        if (table->columns[table->groups[group].columns[i]].identity)
            return true;
    return false;
}

#endif
