/* store/apply/new_row.h — changes of rows that nobody knew (apply/new_row.c). Rows may wait to be written: before the table or the state of any row
 * is looked at, jemput_newrows_flush. */
#ifndef JEMPUT_STORE_APPLY_NEW_ROW_H
#define JEMPUT_STORE_APPLY_NEW_ROW_H

#include "store/apply/apply.h"

/* The only change of a row in this batch. *done false: it is no insert of a row that is surely new, and nothing was done; else it is written, or
 * waits. The change must stay as it is until jemput_births_flush. */
enum jemput_status jemput_newrow_insert(struct jemput_batch *b, struct jemput_applier *a, const struct jemput_entry *entry, bool *done,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
/* All changes of a row in this batch. *done false: as above. */
enum jemput_status jemput_newrow_merge(struct jemput_batch *b, struct jemput_applier *a, const struct jemput_entry *entries, size_t count, bool *done,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_newrows_flush(struct jemput_batch *b, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
