/* store/replace/replace.h — what a store's tables and merge state hold, put in line with those of its own replay (compare.h: a scratch store that has
 * registered the same segments in the same order, so that local numbers agree). */
#ifndef JEMPUT_STORE_REPLACE_REPLACE_H
#define JEMPUT_STORE_REPLACE_REPLACE_H

#include "store/store.h"

struct jemput_replace {
    struct jemput_store *to;
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

/* Under the lock, all in the store's transaction: the merge state first, that is rows' states, why rows are held, and what the register of segments
 * says of lines and contexts. Pending transactions may be there: it knows nothing of them. */
enum jemput_status jemput_replace_state(struct jemput_replace *r, struct jemput_error *err) JEMPUT_MUST_USE;
/* Then the rows of the replicated tables; nothing may be pending. Only rows that differ are written. Also ends what was still to be settled.
 *   JEMPUT_CORRUPT   the tables do not take the rows of the replay: the file itself is damaged */
enum jemput_status jemput_replace_rows(struct jemput_replace *r, struct jemput_error *err) JEMPUT_MUST_USE;

/* Before a replay is begun that is to be put in place beside the app: what both must agree on is made. In a transaction. */
enum jemput_status jemput_replace_ready(struct jemput_store *to, struct jemput_error *err) JEMPUT_MUST_USE;
/* Or beside the app: all of that is compared in a transaction that reads (jemput_store_begin_reading), with nothing pending, and what differs is
 * noted.
 *   out     ended by one of the calls below, also where this fails; `r` is borrowed until then
 *   sound   false: the schema is another, contexts are damaged, or the two stores find births in different ways: it has to be done under the lock */
struct jemput_replacing;
enum jemput_status jemput_replace_note(struct jemput_replacing **out, struct jemput_replace *r, bool *sound,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
/* After jemput_store_take_lock(): put it in line, and read back what was put. Ends it, whatever comes of it.   JEMPUT_CORRUPT as above */
enum jemput_status jemput_replace_noted(struct jemput_replacing *p, struct jemput_error *err) JEMPUT_MUST_USE;
/* After jemput_store_end_reading(), where many rows are missing: put those in place that can come ahead of the rest (ahead.h), in transactions that
 * hold the lock for `lock_ms` each; *rows grows by each. What was noted does not hold afterwards. */
enum jemput_status jemput_replace_ahead(struct jemput_replacing *p, unsigned lock_ms, uint64_t *rows, struct jemput_error *err) JEMPUT_MUST_USE;
/* Instead of the above; NULL is allowed. */
void jemput_replace_abandon(struct jemput_replacing *p);

#endif
