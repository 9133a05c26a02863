/* store/replace/compare.h — comparing what two stores' tables hold: a store against its own replay. */
#ifndef JEMPUT_STORE_REPLACE_COMPARE_H
#define JEMPUT_STORE_REPLACE_COMPARE_H

#include "store/store.h"

/* A store of the engine's connection alone, for replaying logs or trying a merge: it goes when it is closed. 16 MiB of it are in memory, the rest
 * in a temporary file of SQLite's, which nobody else can open. Nothing can be captured.
 *   out    owned by the caller: jemput_store_close
 *   of     whose environment and hashes it has; `copy`: it begins as a copy of that as it is now, else empty
 *   JEMPUT_NOMEM JEMPUT_FULL JEMPUT_IO JEMPUT_BUSY JEMPUT_CORRUPT */
enum jemput_status jemput_store_open_scratch(struct jemput_store **out, struct jemput_store *of, bool copy, struct jemput_error *err) JEMPUT_MUST_USE;

/* Rows of replicated tables that are in one and not equally in the other; held rows, deletions and conflicts likewise; which tables are
 * replicated, how, and the policy's rules; and what each segment had seen, for which both must have registered their segments in the same order.
 * One sentence per table and kind, with the count and where the first is, no personal data; *problems: how many sentences. Reads both outside a
 * transaction, or in one that has changed nothing; nothing may be pending in either. JEMPUT_NOMEM JEMPUT_IO */
enum jemput_status jemput_store_compare(struct jemput_store *a, struct jemput_store *b, jemput_problem_fn each, void *ctx, uint64_t *problems,
                                        struct jemput_error *err) JEMPUT_MUST_USE;

/* The schema's part of that alone: which tables are replicated, how, and the policy's rules. */
enum jemput_status jemput_store_schema_same(struct jemput_store *a, struct jemput_store *b, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;

/* The sentences, by enum jemput_instep (replace/in_step.h). */
extern const char *const jemput_compare_rows[];
extern const char *const jemput_compare_states[];
extern const char *const jemput_compare_contexts[];

#endif
