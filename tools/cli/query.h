/* query.h — running a statement and showing its rows. */
#ifndef JEMPUT_CLI_QUERY_H
#define JEMPUT_CLI_QUERY_H

#include <stdbool.h>
#include <stdio.h>

#include <sqlite3.h>

enum query_format { QUERY_TABLE, QUERY_JSON, QUERY_CSV, QUERY_CSV_GUARDED };

/* Step through `stmt` and print: an aligned table, a JSON array of objects on one line, or CSV. The result is SQLITE_DONE, or an error that is in
 * the connection. Gives how many rows there were. */
int query_print(sqlite3_stmt *stmt, enum query_format format, FILE *out, size_t *rows);
/* Every statement of `sql`, until one fails: what failed has been reported. The exit code. */
int query_run(sqlite3 *db, const char *sql, enum query_format format, FILE *out);

#endif
