/* store/replace/in_step.h — two sorted lists, gone through in step: what stands in one only, and what differs.
 *
 * A list is a prepared SELECT whose first columns are its key, ordered by them. The order is SQLite's own of BINARY columns: NULL, numbers by value,
 * text and blobs by bytes. */
#ifndef JEMPUT_STORE_REPLACE_IN_STEP_H
#define JEMPUT_STORE_REPLACE_IN_STEP_H

#include "store/internal.h"

enum jemput_instep { JEMPUT_INSTEP_LEFT, JEMPUT_INSTEP_RIGHT, JEMPUT_INSTEP_BOTH }; /* where the entry is; BOTH: with other values */

/* Called for each difference, ascending. Of LEFT and RIGHT only that statement stands on a row. `place`: of the entry, from 1. */
typedef enum jemput_status (*jemput_instep_fn)(void *ctx, enum jemput_instep where, sqlite3_stmt *left, sqlite3_stmt *right, uint64_t place,
                                               struct jemput_error *err);
/* Both statements are reset at the end; values compare by type and bits. Non-OK from `each` stops and is returned. `passed`, if not NULL, is asked
 * for each entry, equal ones too: how far the lists have been gone through. */
struct jemput_instep_lists {
    sqlite3_stmt *left, *right;
    int keys; /* so many leading columns are the key */
    jemput_instep_fn each;
    enum jemput_status (*passed)(void *ctx, struct jemput_error *err);
    void *ctx;
};
enum jemput_status jemput_instep_go(const struct jemput_instep_lists *lists, struct jemput_error *err) JEMPUT_MUST_USE;

/* All rows of a replicated table as a list: its key's columns in key order, then all others but generated ones, by number. *out owned by the caller.
 *   lacks   of each column, SQL to read in its place where the table does not have it; NULL = it has all; an entry NULL = it has that one */
enum jemput_status jemput_rows_prepare(sqlite3_stmt **out, struct jemput_store *store, const struct jemput_table *table, const char *const *lacks,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
/* The column numbers in that order; returns how many. `out`: room for the table's column_count. */
uint16_t jemput_rows_columns(const struct jemput_table *table, uint16_t *out);

#endif
