/* sim/world/sql.h — random SQL over a random schema: every way that SQLite has to change rows. */
#ifndef TESTS_SIM_WORLD_SQL_H
#define TESTS_SIM_WORLD_SQL_H

#include "history.h"

struct sql_source {
    const struct history *history;
    const val *const *image; /* the rows that the device shows: statements mostly name these */
    const uint8_t *columns;  /* that each table has there */
    unsigned keys;           /* how many different keys a table has: few keys make many conflicts */
    bool replaces;           /* UPDATE OR REPLACE may be used */
};

/* A whole row of new values. */
void sql_row(const struct sql_source *s, struct rng *rng, unsigned table, val *out);
/* One statement, owned by the caller: sqlite3_free(). */
char *sql_statement(const struct sql_source *s, struct rng *rng);

#endif
