/* undo.h — what would undo the last decision on a row, and which one that is. */
#ifndef JEMPUT_SHARED_UNDO_H
#define JEMPUT_SHARED_UNDO_H

#include "named.h"

enum { UNDO_SEEN_BYTES = 33 };

struct undo { /* zeroed = the row has no decision */
    enum { UNDO_NONE, UNDO_SET, UNDO_RESTORE, UNDO_DROP, UNDO_MERGED } way;
    struct named_list sets; /* UNDO_SET: what was there before, where it was something else; empty: the decision changed nothing */
    bool counters;          /* the decision also changed counters: they have gone on, and are not in `sets` */
    struct jemput_origin by; /* who decided; `roles` NULL */
    char note[1025];         /* their reason */
    unsigned later;          /* writes to the row behind it */
    char seen[UNDO_SEEN_BYTES]; /* names the decision and all that was written to the row behind it: alike wherever the same has been merged */
};

/* Read it from the row's history. -1 = done; else what went wrong has been reported, and it is the exit code. Release it in both cases. */
int undo_read(struct undo *out, struct jemput *jemput, const char *table, const struct jemput_datum *key, unsigned count);
void undo_release(struct undo *undo);

#endif
