/* sim/world/oracle.h — what a set of transactions must look like, computed plainly from the definitions (engine/merge/row.h and architecture D5, in
 * words), over the whole history. Nothing is incremental and nothing is remembered: slow, and simple enough to be believed. */
#ifndef TESTS_SIM_WORLD_ORACLE_H
#define TESTS_SIM_WORLD_ORACLE_H

#include "history.h"

struct oracle_row {
    uint32_t row;
    bool alive;
    bool revived;       /* an edit won over a delete */
    uint32_t created;   /* the lowest insert; NONE */
    uint32_t conflicts; /* bit of each group's lowest column */
    uint32_t sides;     /* the most siblings of one group */
    val values[COLUMNS_MAX];
    const char *own;    /* NOT NULL or CHECK; "" = none */
    bool taken, failed, in_unit;
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

/* The siblings of a group (bit of its lowest column) of the class that shows; effects' numbers in `out`. */
uint32_t oracle_siblings(const struct history *h, const struct txnset *set, uint32_t row, uint32_t group, uint32_t *out, uint32_t room);

#endif
