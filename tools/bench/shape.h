/* shape.h — the tables that the work is written into. */
#ifndef JEMPUT_BENCH_SHAPE_H
#define JEMPUT_BENCH_SHAPE_H

#include "work.h"

#define SHAPE_TABLES 3 /* household, person, application: in this order */

struct shape_column {
    const char *name;
    enum field field;
};
struct shape_table {
    const char *name;
    unsigned column_count;
    const struct shape_column *columns; /* that an application fills; the first is the key */
};
struct shape {
    const char *name, *about;
    const char *schema; /* SQL; ends in SELECT jemput_replicate('…') */
    struct shape_table tables[SHAPE_TABLES];
};

/* "reference" or "adminduk"; NULL = there is no such shape. */
const struct shape *shape_named(const char *name);
unsigned shape_cells(const struct shape *shape); /* filled by one application */

#endif
