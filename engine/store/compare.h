/* store/compare.h — comparing what two stores' tables hold: a store against its own replay. */
#ifndef JEMPUT_STORE_COMPARE_H
#define JEMPUT_STORE_COMPARE_H

#include "store/store.h"

/* A store in memory (no file, no second connection's view): for replaying logs. make_id is not needed, nothing can be captured.
 *   out   owned by the caller: jemput_store_close */
enum jemput_status jemput_store_open_memory(struct jemput_store **out, struct jemput_env *env, struct jemput_error *err) JEMPUT_MUST_USE;

/* Rows of replicated tables that are in one and not equally in the other; held rows, deletions and conflicts likewise; and what each segment had
 * seen, for which both must have registered their segments in the same order. One sentence per table and kind, with the count and where the first is,
 * no personal data; *problems: how many sentences. Reads both outside a transaction; nothing may be pending in either. JEMPUT_NOMEM JEMPUT_IO */
enum jemput_status jemput_store_compare(struct jemput_store *a, struct jemput_store *b, jemput_problem_fn each, void *ctx, uint64_t *problems,
                                        struct jemput_error *err) JEMPUT_MUST_USE;

#endif
