/* store/schema/group.h — cell groups: which columns of a table merge as one, and why.
 *
 * Tied are the columns that one CHECK names, those of a composite UNIQUE or FOREIGN KEY, and those of an option group=. Of a UNIQUE index these are
 * its terms: an expression stands for the columns that it names, a generated column for what it is made from; a WHERE ties nothing. Columns of the
 * primary key are in no group. */
#ifndef JEMPUT_STORE_SCHEMA_GROUP_H
#define JEMPUT_STORE_SCHEMA_GROUP_H

#include "base/limits.h"
#include "store/schema/declared.h"
#include "store/sql/text.h"

#define JEMPUT_COLUMN_NONE UINT16_MAX

/* The work of grouping one table. Arrays by column number. */
struct jemput_grouping {
    struct jemput_table *table;
    const struct jemput_declared *declared;
    struct jemput_arena *arena;
    uint16_t joined[JEMPUT_COLUMNS_MAX];           /* towards the lowest column of the group */
    uint16_t partner[JEMPUT_COLUMNS_MAX];          /* a column that it was tied to first */
    const char *why[JEMPUT_COLUMNS_MAX];           /* by what; NULL = it is alone */
    struct sql_scan made_from[JEMPUT_COLUMNS_MAX]; /* expression of a generated column */
    bool key_app; /* option key=app */
};

struct jemput_column_set {
    uint16_t count;
    uint16_t columns[JEMPUT_COLUMNS_MAX]; /* neither of the key nor generated */
    bool seen[JEMPUT_COLUMNS_MAX];
};

uint16_t jemput_column_named(const struct jemput_table *table, const struct sql_token *t); /* JEMPUT_COLUMN_NONE = there is none */
/* Add what a column stands for: itself, what it is made from, or (of the key) nothing. */
void jemput_column_add(const struct jemput_grouping *g, uint16_t column, struct jemput_column_set *set);
/* Make one group of the columns; `why` is kept by address. */
void jemput_columns_tie(struct jemput_grouping *g, const struct jemput_column_set *set, const char *why);

/* Fill the groups, flags and rules of `table`, whose columns are set already. `options`: see option.h.
 *   key_app   option key=app is there
 *   why       of each column, what tied it: "CHECK a < b", "UNIQUE t.a, t.b", "UNIQUE index 'name'", "FOREIGN KEY parent" (constraints as
 *             jemput_held names them), "declared", NULL = nothing; in the arena, as all that is filled
 *   JEMPUT_DENIED an option is wrong, or contradicts another or the schema; the text says which, and what to do    JEMPUT_NOMEM */
enum jemput_status jemput_table_group(struct jemput_table *table, const struct jemput_declared *declared, const char *options, bool *key_app,
                                      const char ***why, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
