/* store/dump/load.h — what dump.h wrote, read again into a store: its register of segments, and the rows with their merge state.
 *
 * Segments are known by their hashes, so that what a store has registered already keeps its numbers, and what it has besides stays. Rows can only be
 * loaded into a store that has none but the schema's (compare.h: a scratch store): they take the place of all that is there. */
#ifndef JEMPUT_STORE_DUMP_LOAD_H
#define JEMPUT_STORE_DUMP_LOAD_H

#include "store/store.h"

struct jemput_loading;

/* Inside a transaction of `store`, which has the schema of the store that wrote it; begin, each item, end, free. After an error: roll back.
 *   out    owned by the caller: jemput_load_free (NULL is allowed)
 *   like   another store, whose register has all the segments: they get the numbers and lines that they have there. NULL: the next ones
 *   rows   false: the register alone; nothing says then that its segments have been merged
 *   JEMPUT_NOMEM */
enum jemput_status jemput_load_begin(struct jemput_loading **out, struct jemput_store *store, struct jemput_store *like, bool rows,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* JEMPUT_CORRUPT: no such item, or not here; the tables do not take the row; the schema is another. JEMPUT_IO JEMPUT_NOMEM JEMPUT_FULL */
enum jemput_status jemput_load_item(struct jemput_loading *l, struct jemput_bytes item, struct jemput_error *err) JEMPUT_MUST_USE;
/* From here on `each` is asked of each row that an item tells of. Non-OK from it stops, and is returned. */
typedef enum jemput_status (*jemput_load_row_fn)(void *ctx, uint32_t table, struct jemput_bytes key, struct jemput_error *err);
void jemput_load_watch(struct jemput_loading *l, jemput_load_row_fn each, void *ctx);
/* `each` is given the id runs that a segment, by its number in this store, is said to name; they are borrowed for the call. */
typedef enum jemput_status (*jemput_load_runs_fn)(void *ctx, int64_t segment, struct jemput_bytes runs, struct jemput_error *err);
void jemput_load_runs(struct jemput_loading *l, jemput_load_runs_fn each, void *ctx);
/* JEMPUT_CORRUPT: items are missing. */
enum jemput_status jemput_load_end(struct jemput_loading *l, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_load_free(struct jemput_loading *l);

/* jemput_store_segment_add() under the number, and on the line, that the segment has in another store, which has it. */
enum jemput_status jemput_store_segment_add_like(struct jemput_store *store, struct jemput_segment *segment, struct jemput_store *like, bool *forked,
                                                 struct jemput_error *err) JEMPUT_MUST_USE;

#endif
