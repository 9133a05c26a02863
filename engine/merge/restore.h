/* merge/restore.h — which deleted rows come back, and on whose account: answered from the states of two rows. Pure. What is made of the answers, and
 * where UNIQUE and the like have their say: store/constraint/pass.h.
 *
 * A delete is in force if no other delete of its row had seen it. */
#ifndef JEMPUT_MERGE_RESTORE_H
#define JEMPUT_MERGE_RESTORE_H

#include "merge/row.h"

/* Was `deleted` deleted while `row` was written: for each delete of it in force, is there a write of `row` which that delete had not seen, nor any
 * delete of `row`? Then whoever deleted it did not know of a row that needs it. */
bool jemput_row_wants(const struct jemput_row *row, const struct jemput_row *deleted, const struct jemput_causality *causality);

/* Did the same transactions delete both: is each delete of `deleted` in force one of `with` in force? (A row in whose place another one goes on went
 * with nobody.) */
bool jemput_row_went_with(const struct jemput_row *deleted, const struct jemput_row *with, const struct jemput_causality *causality);

/* Is the deletion of `row` by `version` undone, and not by making the row anew: does `view` show a value that was not written in the knowledge of it?
 * Facts and counters are left out: they are there in a row that was made anew, too. (False if it is no delete of the row in force.) */
bool jemput_row_undoes(const struct jemput_row *row, const struct jemput_view *view, const struct jemput_table *table, uint64_t version,
                       const struct jemput_causality *causality);

/* The next delete in force from `from` on; row->delete_count: there is none. */
uint32_t jemput_row_delete_next(const struct jemput_row *row, uint32_t from, const struct jemput_causality *causality);

#endif
