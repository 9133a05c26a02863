/* store/replace/replace.h — what a store's tables and merge state hold, put in line with those of its own replay (compare.h: a scratch store that has
 * registered the same segments in the same order, so that local numbers agree). */
#ifndef JEMPUT_STORE_REPLACE_REPLACE_H
#define JEMPUT_STORE_REPLACE_REPLACE_H

#include "store/store.h"

struct jemput_replace {
    struct jemput_store *to;   /* in a transaction */
    struct jemput_store *from; /* the replay */
    /* Asked every now and then, and after each part; another status than OK ends the work with it. May be NULL. */
    enum jemput_status (*may_go_on)(void *ctx, uint64_t parts, uint64_t parts_total, struct jemput_error *err);
    jemput_problem_fn each;    /* what differed, as jemput_store_compare says it; may be NULL */
    void *ctx;

    /* added to */
    uint64_t told;                   /* sentences */
    uint64_t rows_put, rows_removed; /* of replicated tables */
    bool changed;
    uint64_t parts;
};

/* The merge state: rows' states, why rows are held, and what the register of segments says of lines and contexts. Pending transactions may be
 * there: it knows nothing of them. */
enum jemput_status jemput_replace_state(struct jemput_replace *r, struct jemput_error *err) JEMPUT_MUST_USE;
/* The rows of the replicated tables; nothing may be pending. Only rows that differ are written. Also ends what was still to be settled.
 *   JEMPUT_CORRUPT   the tables do not take the rows of the replay: the file itself is damaged */
enum jemput_status jemput_replace_rows(struct jemput_replace *r, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
