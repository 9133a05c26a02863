/* aggregate.h — a table of counts that may be published: small cells are left out, and as many more as it takes that nobody can compute them. Pure.
 *
 * A cell of 1 to 4 people says something of each of them. It is suppressed; since rows and columns have totals, others are, too: as long as the
 * published numbers leave a small cell only one value, the least further cell of its row or column goes, and where there is none, a total. What is
 * published is checked by what an attacker can know: a suppressed cell has another possible value exactly if there is a way round through suppressed
 * cells, up in one and down in the next, that keeps every sum (Gusfield, "A graph theoretic approach to statistical data security", 1988). */
#ifndef JEMPUT_CENTRAL_AGGREGATE_H
#define JEMPUT_CENTRAL_AGGREGATE_H

#include <stdbool.h>
#include <stdint.h>

enum { AGGREGATE_LEAST = 5 };

struct aggregate { /* rows x columns counts, and their totals in one more row and column */
    unsigned rows, columns;
    int64_t *counts;  /* (rows + 1) * (columns + 1), row by row; owned */
    bool *suppressed; /* likewise */
};
/* Zeros. false: no memory. */
bool aggregate_init(struct aggregate *a, unsigned rows, unsigned columns);
void aggregate_release(struct aggregate *a);
/* Of a cell; row == rows, or column == columns: a total. */
int64_t *aggregate_at(const struct aggregate *a, unsigned row, unsigned column);
bool aggregate_hidden(const struct aggregate *a, unsigned row, unsigned column);
/* Compute the totals. */
void aggregate_total(struct aggregate *a);
/* Decide what may not be published. Behind aggregate_total(). How many cells and totals are suppressed; -1: no memory, and all are. */
int aggregate_suppress(struct aggregate *a);
/* Could it have another value, for who knows all that is published? */
bool aggregate_ambiguous(const struct aggregate *a, unsigned row, unsigned column);

#endif
