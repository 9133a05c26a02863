/* undo.h — what would undo the last decision on a row. */
#ifndef JEMPUT_CLI_UNDO_H
#define JEMPUT_CLI_UNDO_H

#include "named.h"
#include "rowkey.h"

struct undo { /* zeroed = the row has no decision */
    enum { UNDO_NONE, UNDO_SET, UNDO_RESTORE, UNDO_DROP, UNDO_MERGED } way;
    struct named_list sets; /* UNDO_SET: what was there before, where it was something else; empty: the decision changed nothing */
    bool counters;          /* the decision also changed counters: they have gone on, and are not in `sets` */
};

/* Read it from the row's history. -1 = done; else what went wrong has been reported, and it is the exit code. Release it in both cases. */
int undo_read(struct undo *out, struct jemput *jemput, const char *table, const struct row_key *key);
void undo_release(struct undo *undo);

#endif
