/* statement.h — a statement on the app's connection: what its handle stands for, and a call on it. */
#ifndef BINDING_STATEMENT_H
#define BINDING_STATEMENT_H

#include "binding.h"

#include <sqlite3.h>

struct statement {
    struct box *box; /* a reference */
    int64_t handle;
    sqlite3_stmt *stmt; /* NULL: the store was closed */
    struct statement *next, **at; /* in the box's list, while stmt is there */
    int columns, prepared; /* as shape() has told; how often it had been prepared anew by then */
    bool row_waits;  /* it was stepped to a row that did not fit into the last window */
};

/* Like call_begin(), of a statement: it holds its store's `app`. A handle's own kind of being gone is told: MISUSE either way. call_end() it. */
bool statement_begin(struct call *c, struct statement **out, JNIEnv *env, jlong handle);
/* What a call of SQLite's on the app's connection came to; its extended code goes into c->sqlite. */
enum jemput_status app_status(struct call *c, int rc);
/* SQLite prepares a statement anew by itself when the schema has changed: then its columns may be others than Java was told. */
int prepared_count(const struct statement *s);

#endif
