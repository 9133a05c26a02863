/* table.h — rows in aligned columns, for people. */
#ifndef JEMPUT_CLI_TABLE_H
#define JEMPUT_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table_cell {
    char *text; /* owned */
    size_t len, width;
    bool number; /* set to the right */
};

struct table { /* zeroed = empty; table_columns() first */
    unsigned column_count;
    size_t cell_count, capacity; /* cells: row after row, the first is the heading */
    struct table_cell *cells;
};

void table_columns(struct table *t, unsigned count);
/* The next cell: of the heading, then of each row. */
void table_text(struct table *t, const char *text);
void table_add(struct table *t, const char *text, size_t len, bool number);
void table_format(struct table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
size_t table_rows(const struct table *t);
/* Print it, and release it. */
void table_print(struct table *t, FILE *out);

#endif
