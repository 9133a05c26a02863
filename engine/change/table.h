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

enum jemput_rule { JEMPUT_RULE_LATEST = 0, JEMPUT_RULE_RANK = 1, JEMPUT_RULE_SUM = 2, JEMPUT_RULE_ONCE = 3 };

#define JEMPUT_GROUP_NONE UINT16_MAX

struct jemput_column {
    const char *name;
    bool generated;      /* never carried */
    uint8_t key_place;   /* 1-based place in the PRIMARY KEY; 0 = not of the key */
    uint16_t group;      /* cell group; JEMPUT_GROUP_NONE for key and generated columns */
    bool identity;       /* hard conflict (option identity=) */
    bool carries_before; /* its before-value travels with an update (option before=) */
    enum jemput_rule rule;
};

struct jemput_group {
    uint16_t column_count;
    uint16_t *columns; /* ascending column numbers */
};

struct jemput_table {
    uint32_t id; /* from 1 */
    const char *name;
    bool without_rowid;
    uint16_t column_count;
    struct jemput_column *columns;
    uint8_t key_count;
    uint16_t key_columns[16]; /* column numbers in key order; JEMPUT_KEY_COLUMNS_MAX */
    uint16_t group_count;
    struct jemput_group *groups;
};

#endif
