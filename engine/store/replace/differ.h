/* store/replace/differ.h — what a store shows that another does not: rows of the replicated tables, conflicts, held rows. For telling what a merge
 * would do, by a copy of the store in which it was done. */
#ifndef JEMPUT_STORE_REPLACE_DIFFER_H
#define JEMPUT_STORE_REPLACE_DIFFER_H

#include "store/store.h"

struct jemput_row_differ {
    const struct jemput_table *table;  /* as the second store has it */
    struct jemput_bytes key;
    const struct jemput_value *before; /* by column number; NULL: the first store has no such row */
    const struct jemput_value *after;  /* NULL: the second one has none */
    const bool *differs;               /* by column number */
};
typedef enum jemput_status (*jemput_row_differ_fn)(void *ctx, const struct jemput_row_differ *row, struct jemput_error *err);
/* Each row that is another in `b` than in `a`, by table and key. Columns that `a` does not have yet count as having their defaults there, tables as
 * empty. Non-OK from `each` stops and is returned; everything it is given is borrowed for the call. */
enum jemput_status jemput_store_rows_differ(struct jemput_store *a, struct jemput_store *b, jemput_row_differ_fn each, void *ctx,
                                            struct jemput_error *err) JEMPUT_MUST_USE;

/* Each conflict that is in `b` and not in `a`, or with other sides there. What names a side is its transaction's stamp and writer. */
enum jemput_status jemput_store_conflicts_differ(struct jemput_store *a, struct jemput_store *b, jemput_conflict_fn each, void *ctx,
                                                 struct jemput_error *err) JEMPUT_MUST_USE;
/* Each conflict of `a` that `b` does not have any more. */
enum jemput_status jemput_store_conflicts_gone(struct jemput_store *a, struct jemput_store *b, jemput_conflict_fn each, void *ctx,
                                               struct jemput_error *err) JEMPUT_MUST_USE;
/* The same of held rows; another reason or other values make another one. */
enum jemput_status jemput_store_held_differ(struct jemput_store *a, struct jemput_store *b, jemput_held_fn each, void *ctx,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_held_gone(struct jemput_store *a, struct jemput_store *b, jemput_held_fn each, void *ctx,
                                          struct jemput_error *err) JEMPUT_MUST_USE;

#endif
