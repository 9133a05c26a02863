/* lite.h — central.db as a target: what lite.c and litesql.c share. */
#ifndef JEMPUT_CENTRAL_LITE_H
#define JEMPUT_CENTRAL_LITE_H

#include "base.h"
#include "buffer.h"
#include "target.h"

/* A name in SQL: "orang", with its quotes doubled. */
void lite_name(struct buffer *sql, const char *name);
/* Inside a transaction: make each table that is missing, and add columns that are. BROKEN: a table by that name has another key, or is ours. */
int lite_tables(struct sqlite3 *db, const struct shape *shapes, unsigned count, struct trouble *why);
/* INSERT OR REPLACE of all columns: ?1 is the space, the rest in the shape's order. */
int lite_upsert(struct sqlite3 *db, struct sqlite3_stmt **out, const struct shape *shape, struct trouble *why);
/* DELETE by key: ?1 is the space, the rest the key's values in key order. */
int lite_delete(struct sqlite3 *db, struct sqlite3_stmt **out, const struct shape *shape, struct trouble *why);
/* Delete every row of the space in every table of the schemas. */
int lite_clear(struct sqlite3 *db, int64_t space, struct trouble *why);

/* --- indexes.c: what the lists of the console are read by --- */

/* After lite_tables(), in the same transaction: the indexes of adminduk's tables, those whose columns are there. */
int indexes_make(struct sqlite3 *db, struct trouble *why);
/* The search by name, in a transaction: its statements. { .db = … } to begin; search_end() before the transaction ends. */
#define SEARCH_STATEMENTS 6
struct search {
    struct sqlite3 *db;
    struct sqlite3_stmt *of[SEARCH_STATEMENTS];
};
bool search_is_of(const char *table);
/* Bring it in step with a row. */
int search_note(struct search *s, int64_t space, const struct jemput_feed_row *row, struct trouble *why);
void search_end(struct search *s);
int search_clear(struct sqlite3 *db, int64_t space, struct trouble *why);

#endif
