/* api/act/past.h — what was done when a row went on in another: the transactions that its undoing (part.c) takes back, read from the log. */
#ifndef JEMPUT_API_ACT_PAST_H
#define JEMPUT_API_ACT_PAST_H

#include "api/engine.h"

struct past_txn {
    const struct jemput_txn *txn;
    const struct jemput_txn *goes; /* its deletions say which row gave what `txn` wrote: itself, unless that carried late writes after */
    struct jemput_writer writer;
    bool open; /* while they are read: it carried something after, and which rows that was of has not come yet */
};

struct past { /* zeroed; past_release */
    struct jemput_arena arena;
    uint32_t count, room;
    struct past_txn *txns; /* by stamp, which grows from cause to effect */
    uint32_t own_count;    /* while they are read: the first ones, which deleted the row itself */
    jemput_stamp since;    /* the row was last parted then; 0 = never */
};
void past_release(struct past *p);

/* The transactions that deleted the row, or one that went along with it, and named the row that stays, since it was last parted; and those that
 * carried late writes after just before. */
enum jemput_status past_read(struct past *out, struct jemput *j, const struct jemput_table *table, struct jemput_bytes key,
                             struct jemput_error *err) JEMPUT_MUST_USE;

#endif
