/* aggregate.c — see aggregate.h. The table with its totals is a graph: a node for each row and each column, an edge for each suppressed cell.
 * Totals have the other sign, so that every row and column sums to zero. */
#include "aggregate.h"

#include <stdlib.h>
#include <string.h>

bool aggregate_init(struct aggregate *a, unsigned rows, unsigned columns)
{
    size_t cells = (size_t)(rows + 1) * (columns + 1);

    *a = (struct aggregate){
        .rows = rows, .columns = columns, .counts = calloc(cells, sizeof *a->counts), .suppressed = calloc(cells, sizeof *a->suppressed)
    };
    if (a->counts && a->suppressed)
        return true;
    aggregate_release(a);
    return false;
}

void aggregate_release(struct aggregate *a)
{
    free(a->counts);
    free(a->suppressed);
    *a = (struct aggregate){ 0 };
}

static size_t place(const struct aggregate *a, unsigned row, unsigned column)
{
    return (size_t)row * (a->columns + 1) + column;
}

int64_t *aggregate_at(const struct aggregate *a, unsigned row, unsigned column)
{
    return &a->counts[place(a, row, column)];
}

bool aggregate_hidden(const struct aggregate *a, unsigned row, unsigned column)
{
    return a->suppressed[place(a, row, column)];
}

void aggregate_total(struct aggregate *a)
{
    for (unsigned r = 0; r <= a->rows; r++)
        *aggregate_at(a, r, a->columns) = 0;
    for (unsigned c = 0; c <= a->columns; c++)
        *aggregate_at(a, a->rows, c) = 0;
    for (unsigned r = 0; r < a->rows; r++)
        for (unsigned c = 0; c < a->columns; c++) {
            int64_t n = *aggregate_at(a, r, c);

            *aggregate_at(a, r, a->columns) += n;
            *aggregate_at(a, a->rows, c) += n;
            *aggregate_at(a, a->rows, a->columns) += n;
        }
}

/* --- what an attacker can know --- */

static bool is_margin(const struct aggregate *a, unsigned row, unsigned column)
{
    return (row == a->rows) != (column == a->columns);
}

/* May the signed value go up (or down) by one? A suppressed cell is known to be one at least: zeros are published. */
static bool may_move(const struct aggregate *a, unsigned row, unsigned column, bool up)
{
    if (!aggregate_hidden(a, row, column))
        return false;
    return up != is_margin(a, row, column) || *aggregate_at(a, row, column) > 1;
}

struct walk {
    const struct aggregate *a;
    unsigned row, column; /* the cell that is not to be used */
    bool *rows, *columns; /* where it has been */
};

static bool column_reaches(struct walk *w, unsigned column, unsigned to_row);

/* From a row on: up in one of its cells, which takes it to that column. */
static bool row_goes(struct walk *w, unsigned row, unsigned to_row)
{
    if (row == to_row)
        return true;
    if (w->rows[row])
        return false;
    w->rows[row] = true;
    for (unsigned c = 0; c <= w->a->columns; c++)
        if (!(row == w->row && c == w->column) && may_move(w->a, row, c, true) && column_reaches(w, c, to_row))
            return true;
    return false;
}

/* From a column on: down in one of its cells, which takes it to that row. */
static bool column_reaches(struct walk *w, unsigned column, unsigned to_row)
{
    if (w->columns[column])
        return false;
    w->columns[column] = true;
    for (unsigned r = 0; r <= w->a->rows; r++)
        if (!(r == w->row && column == w->column) && may_move(w->a, r, column, false) && row_goes(w, r, to_row))
            return true;
    return false;
}

static bool row_reaches_down(struct walk *w, unsigned row, unsigned to_column);

static bool column_goes_up(struct walk *w, unsigned column, unsigned to_column)
{
    if (column == to_column)
        return true;
    if (w->columns[column])
        return false;
    w->columns[column] = true;
    for (unsigned r = 0; r <= w->a->rows; r++)
        if (!(r == w->row && column == w->column) && may_move(w->a, r, column, false) && row_reaches_down(w, r, to_column))
            return true;
    return false;
}

/* From a row on: up in a cell, then down in another of that column; to the column where the way began. */
static bool row_reaches_down(struct walk *w, unsigned row, unsigned to_column)
{
    if (w->rows[row])
        return false;
    w->rows[row] = true;
    for (unsigned c = 0; c <= w->a->columns; c++)
        if (!(row == w->row && c == w->column) && may_move(w->a, row, c, true) && column_goes_up(w, c, to_column))
            return true;
    return false;
}

/* One more in the cell: one less in another of its column, and so on, back to its row. One less: the other way round. */
static bool way_round(const struct aggregate *a, unsigned row, unsigned column, bool up, bool *rows, bool *columns)
{
    struct walk w = { a, row, column, rows, columns };

    memset(rows, 0, a->rows + 1);
    memset(columns, 0, a->columns + 1);
    if (!may_move(a, row, column, up))
        return false;
    return up ? column_reaches(&w, column, row) : row_reaches_down(&w, row, column);
}

bool aggregate_ambiguous(const struct aggregate *a, unsigned row, unsigned column)
{
    bool *rows = calloc(a->rows + 1, sizeof *rows), *columns = calloc(a->columns + 1, sizeof *columns);
    bool found = rows && columns && (way_round(a, row, column, true, rows, columns) || way_round(a, row, column, false, rows, columns));

    free(rows);
    free(columns);
    return found;
}

/* --- what is left out --- */

static bool is_small(const struct aggregate *a, unsigned row, unsigned column)
{
    int64_t n = *aggregate_at(a, row, column);

    return n > 0 && n < AGGREGATE_LEAST;
}

/* The least further cell that is not zero, in this row or column; a total only if there is no other. false: there is none at all. */
static bool next_hide(struct aggregate *a, unsigned row, unsigned column)
{
    bool found = false;
    size_t best = 0;

    for (int totals = 0; totals <= 1 && !found; totals++)
        for (unsigned r = 0; r <= a->rows; r++)
            for (unsigned c = 0; c <= a->columns; c++) {
                size_t at = place(a, r, c);

                if ((r != row && c != column) || a->suppressed[at] || a->counts[at] == 0 || (r == a->rows || c == a->columns) != (totals == 1))
                    continue;
                if (!found || a->counts[at] < a->counts[best])
                    best = at;
                found = true;
            }
    if (found)
        a->suppressed[best] = true;
    return found;
}

/* The first small cell or total that can be computed. */
static bool first_known(const struct aggregate *a, unsigned *row, unsigned *column)
{
    for (*row = 0; *row <= a->rows; ++*row)
        for (*column = 0; *column <= a->columns; ++*column)
            if (is_small(a, *row, *column) && !aggregate_ambiguous(a, *row, *column))
                return true;
    return false;
}

int aggregate_suppress(struct aggregate *a)
{
    unsigned row, column;
    int count = 0;

    for (unsigned r = 0; r <= a->rows; r++)
        for (unsigned c = 0; c <= a->columns; c++)
            a->suppressed[place(a, r, c)] = is_small(a, r, c);
    while (first_known(a, &row, &column))
        if (!next_hide(a, row, column)) { /* its row and column are all suppressed: then nothing is told */
            for (size_t i = 0; i < (size_t)(a->rows + 1) * (a->columns + 1); i++)
                a->suppressed[i] = a->counts[i] != 0;
            break;
        }
    for (size_t i = 0; i < (size_t)(a->rows + 1) * (a->columns + 1); i++)
        count += a->suppressed[i];
    return count;
}
