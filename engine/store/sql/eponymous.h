/* store/sql/eponymous.h — read-only tables and table-valued functions on the app's connection that keep no data: what they show is made as they are
 * read.
 *
 *   SELECT * FROM jemput_held;     SELECT * FROM jemput_history('orang', x'0f…');
 * Whoever has something to show describes it and gives a function that fills rows into memory; SQLite is served from there. A statement sees one
 * filling however often it goes over it: a table of this kind is filled once a statement, a function once for each new list of values. */
#ifndef JEMPUT_STORE_SQL_EPONYMOUS_H
#define JEMPUT_STORE_SQL_EPONYMOUS_H

#include "base/status.h"
#include "change/value.h"

struct jemput_capture; /* of the connection: store/capture/capture.h */
struct jemput_rows;    /* being filled; base/limits.h bounds them: JEMPUT_LOOK_BYTES_MAX */

struct jemput_eponymous { /* all of it static */
    const char *name;
    const char *const *columns;    /* as in CREATE TABLE, such as "tbl TEXT"; NULL ends them */
    const char *const *parameters; /* names of the function's values, all of them required; NULL ends them; NULL itself = a table */
    /* Add the rows, by jemput_rows_add. `values`: of the parameters, borrowed for the call; none is NULL (a function of a NULL has no rows). Runs on
     * the thread of the statement, inside it: it must not write on the app's connection. */
    enum jemput_status (*fill)(void *ctx, const struct jemput_value *values, struct jemput_rows *rows, struct jemput_error *err);
    /* Of a table whose first columns are the name and the key of a row: a statement that asks for one row, tbl = … AND key = …, fills that one alone.
     * The two are `values` then, else that is NULL. It may fill in others as well: SQLite looks again. */
    bool by_row;
};

/* Give a connection one more of them. `ctx` for fill; after jemput_capture_stop() it is not asked any more: a statement that the app has left gets an
 * error. JEMPUT_NOMEM */
enum jemput_status jemput_eponymous_register(struct jemput_capture *c, const struct jemput_eponymous *what, void *ctx,
                                             struct jemput_error *err) JEMPUT_MUST_USE;

/* Copy one row in: a value for each column. JEMPUT_LIMIT JEMPUT_NOMEM */
enum jemput_status jemput_rows_add(struct jemput_rows *rows, const struct jemput_value *values, struct jemput_error *err) JEMPUT_MUST_USE;
/* Does the statement look at a column (by number, from 0)? One that is dear to find may be left NULL if not. */
bool jemput_rows_want(const struct jemput_rows *rows, unsigned column);

#endif
