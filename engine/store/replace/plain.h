/* store/replace/plain.h — plain rows of two stores compared. Parts of replace.h among themselves.
 *
 * A row that one insert made and nothing has touched since may be kept as a birth, or as an entry of jemput_row without detail, and a birth stays
 * behind when an entry comes: which of these a store has depends on how segments came together in batches. What counts is the version. */
#ifndef JEMPUT_STORE_REPLACE_PLAIN_H
#define JEMPUT_STORE_REPLACE_PLAIN_H

#include "store/replace/twin.h"

/* Of an entry of jemput_row: jemput_twin's `tell`. */
enum jemput_status jemput_plain_entry(struct jemput_replacing *p, enum jemput_instep where, sqlite3_stmt *left, sqlite3_stmt *right,
                                      const char **told, struct jemput_error *err) JEMPUT_MUST_USE;
/* Of all rows, where births differ: jemput_twin's `look`. Before entries of jemput_row are written. */
enum jemput_status jemput_plain_rows(struct jemput_replacing *p, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
