/* sim/world/oracle.h — what a set of transactions must look like, computed plainly from the definitions (in words: engine/merge/row.h and
 * engine/store/constraint/pass.h), over the whole history. Nothing is incremental and nothing is remembered: slow, and simple enough to be believed. */
#ifndef TESTS_SIM_WORLD_ORACLE_H
#define TESTS_SIM_WORLD_ORACLE_H

#include "history.h"

struct oracle_row {
    uint32_t row;
    bool alive;
    bool unborn;        /* somebody wrote to it, and what made it counts nowhere, or has not come */
    bool revived;       /* an edit won over a delete */
    uint32_t created;   /* the lowest insert; NONE */
    uint32_t conflicts; /* bit of each group's lowest column */
    uint32_t sides;     /* the most siblings of one group */
    val values[COLUMNS_MAX];
    const char *own;    /* NOT NULL or CHECK; "" = none */
    bool deleted;       /* it was there, and is not alive */
    bool taken, in_unit;
    bool gone;          /* with its parent: alive, and neither shown nor held */
    const char *reason; /* of one that is held */
    val claims[UNIQUES_MAX][TERMS_MAX];
    bool claims_there[UNIQUES_MAX];
};

struct oracle {
    const struct history *history;
    const struct txnset *set;
    uint32_t count;
    struct oracle_row rows[ROWS_MAX]; /* those that some transaction of the set wrote */
    uint32_t of_row[ROWS_MAX];        /* index of a row; NONE */
    uint32_t order[ROWS_MAX], order_count; /* the living ones, as the pass takes them */
};

/* What the tables show, what is held, and what is in conflict. */
void oracle_compute(struct oracle *o, const struct history *h, const struct txnset *set);

/* Set what an effect, just added, adds to counters and leaves open, where its device had merged `merged` before it. */
void oracle_effect_fill(const struct history *h, struct effect *e, const struct txnset *merged);

bool oracle_is_shown(const struct oracle_row *r);
bool oracle_is_held(const struct oracle_row *r); /* the unborn aside */

/* --- of rows that were deleted, as engine/merge/restore.h says in words --- */

/* Was `deleted` deleted while `row` was written? */
bool oracle_wants(const struct oracle *o, const struct oracle_row *row, const struct oracle_row *deleted);
/* Did the same transactions delete both? */
bool oracle_went_with(const struct oracle *o, const struct oracle_row *deleted, const struct oracle_row *with);
/* Is each deletion of `deleted` undone in the living row `parent`, and not by making that anew? */
bool oracle_undone(const struct oracle *o, const struct oracle_row *deleted, const struct oracle_row *parent);

/* The row in which this one goes on: of its deletions in force, as the last that names one says. NONE = none does. */
uint32_t oracle_goes_on(const struct history *h, const struct txnset *set, uint32_t row);

/* The siblings of a group (bit of its lowest column) of the class that shows; effects' numbers in `out`. */
uint32_t oracle_siblings(const struct history *h, const struct txnset *set, uint32_t row, uint32_t group, uint32_t *out, uint32_t room);

#endif
