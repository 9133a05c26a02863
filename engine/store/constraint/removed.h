/* store/constraint/removed.h — finding deleted rows again: those that a transaction took along, and those that a FOREIGN KEY names by other columns
 * than the key. */
#ifndef JEMPUT_STORE_CONSTRAINT_REMOVED_H
#define JEMPUT_STORE_CONSTRAINT_REMOVED_H

#include "store/apply/apply.h"

/* Add the rows of a table whose keys a statement gives, and reset it. */
enum jemput_status jemput_names_take(struct jemput_store *store, sqlite3_stmt *stmt, struct jemput_applier *a, struct jemput_row_names *out,
                                     struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- what deletions took along (removed.c) --- */

/* Note, of each transaction that deletes a row and a row of one of its parent tables, the rows of the first kind. */
enum jemput_status jemput_removed_note(struct jemput_batch *b, const struct jemput_apply *segments, uint32_t segment_count,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
/* Add the rows of a table that were noted of a transaction. */
enum jemput_status jemput_removed_find(struct jemput_batch *b, uint64_t version, struct jemput_applier *a, struct jemput_row_names *out,
                                       struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- what deleted rows were called (departed.c) --- */

/* A row of this table was deleted (or what it last held has changed since): a->row is overwritten. Does nothing for tables of which nobody asked. */
enum jemput_status jemput_departed_note(struct jemput_store *store, struct jemput_applier *a, struct jemput_bytes key, const struct jemput_view *view,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
/* Add the deleted rows of the parent table that may be what a child names: `named` as jemput_link_names writes it. Some may hold other values by now.
 * The first time, all deleted rows of the table are looked at. Not for links to a key. */
enum jemput_status jemput_departed_find(struct jemput_batch *b, struct jemput_link *link, struct jemput_bytes named, struct jemput_row_names *out,
                                        struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
