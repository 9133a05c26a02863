/* jemput/decide.h — what a person decides: conflicts, held rows, two rows for one thing. */
#ifndef JEMPUT_DECIDE_H
#define JEMPUT_DECIDE_H

#include <jemput/base.h>

struct jemput_hidden_value { /* another value than the shown one, in a conflict */
    const char *column;
    struct jemput_datum value;
};
struct jemput_choice { /* what a person decides about one row: of a conflict, of a held row, or of any row of a replicated table */
    const char *table;
    const struct jemput_datum *key; /* the primary key's values in key order */
    unsigned key_count;
    unsigned column_count; /* columns that get a value; 0 = the row stays as it is shown (which closes "deleted and changed at once") */
    const char *const *columns;
    const struct jemput_datum *values; /* one of those that were written, or a new one; it becomes what its column makes of it, as in SQL */
    unsigned hidden_count;             /* the values that are decided against: all that the columns' conflicts hide must be named, so that nothing is
                                     * closed that the person has not seen */
    const struct jemput_hidden_value *hidden;
    int remove;         /* 1: a held row is dropped; its values stay in the history. Without columns and hidden values */
    int restore;        /* 1: a deleted or dropped row comes back as it was. Without columns and hidden values */
    const char *reason; /* for those who read it later; 1 … 1024 bytes */
};
/* Decide: an ordinary signed write, sealed at once, with its reason and with what it replaced. It closes the conflict on every device; another
 * decision replaces it. A held row comes in by itself if nothing collides with its new values; else it stays held, and so does a row that was shown
 * come to be held by values that break a constraint, with JEMPUT_OK: jemput_held_rows().
 *   JEMPUT_DENIED   the conflict holds a value that is not named (one may have come in since): look again, nothing was done. Or the policy does not
 *                   let this device write it, or it was revoked: the text says so
 *   JEMPUT_NOTFOUND no such table, row, column or hidden value     JEMPUT_MISUSE no reason; a key or generated column; a fact that is set already
 *   JEMPUT_LIMIT JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM: nothing was done */
JEMPUT_API enum jemput_status jemput_decide(struct jemput *jemput, const struct jemput_choice *choice, struct jemput_error *err) JEMPUT_CHECKED;

/* --- two rows for one thing --- */

enum jemput_move_kind {
    JEMPUT_MOVE_VALUE = 1,     /* the row had no value in `column` and gets one */
    JEMPUT_MOVE_COUNT = 2,     /* its counter gets so much more */
    JEMPUT_MOVE_REFERENCE = 3, /* it names the row that stays from now on (undone: the one that comes back) */
    JEMPUT_MOVE_ROW = 4,       /* it goes, and goes on under another key: `value` has key_count values, `column` is NULL (undone: it comes back) */
    JEMPUT_MOVE_LEFT = 5,      /* it keeps `before`; the other row's `value` stays in the history only */
    JEMPUT_MOVE_HELD = 6       /* it leaves its table, or cannot come into it, and is held: `value` is the constraint as jemput_held_rows() names
                                * it, `column` is NULL. Told last */
};
struct jemput_move { /* something that a merge of rows does to one row */
    enum jemput_move_kind kind;
    const char *table;
    unsigned key_count;
    const struct jemput_datum *key;
    const char *column;
    const struct jemput_datum *value;
    const struct jemput_datum *before; /* REFERENCE and LEFT only; else NULL */
    const char *against_table;         /* HELD only: the row that stands in its way, if there is one; else NULL and 0 */
    unsigned against_count;
    const struct jemput_datum *against;
};
typedef int (*jemput_move_cb)(void *ctx, const struct jemput_move *move);

struct jemput_merging { /* two rows of a table that are one: a person who was entered twice */
    const char *table;
    unsigned key_count;              /* of each: the primary key's values in key order */
    const struct jemput_datum *keep; /* the row that stays; jemput_part_rows() finds it by itself */
    const struct jemput_datum *gone; /* the row that goes on in it */
    const char *reason;              /* for those who read it later; 1 … 1024 bytes */
    int look;                        /* 1 = it is done and taken back under one lock; `each` is told what would be */
};
/* Make two rows one. The row that stays gets the values that it does not have, and the counts; rows that name the other one through a FOREIGN KEY
 * name it from now on; the other row is deleted, and its deletion says in which one it goes on. Where both have a value, that of the row that stays
 * holds.
 * What other devices write to the row that is gone, having not heard of it or heard of it too late, reaches the row that stays as central syncs: what
 * only one of the two has changed is taken over, the rest is a conflict for people. Without a central, the administrator of the lowest device number
 * does that.
 *   each            called for each thing that is done, and then for each row that comes to be held by it; NULL = nobody asks; non-zero ends the
 *                   call: with nothing done, as with `look`
 *   JEMPUT_NOTFOUND no such table, or one of the rows is not there
 *   JEMPUT_MISUSE   no reason; one row named twice; the row that stays would name itself
 *   JEMPUT_DENIED   a conflict in a column that the schema calls identity is open in a row that goes: decide it first. Or the policy does not let
 *                   this device write it: with `look`, too
 *   JEMPUT_LIMIT JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM: nothing was done */
JEMPUT_API enum jemput_status jemput_merge_rows(struct jemput *jemput, const struct jemput_merging *merging, jemput_move_cb each, void *ctx,
                                                struct jemput_error *err) JEMPUT_CHECKED;
/* Undo that: the row comes back as it was last, and what it had given away comes back to it where it still stands as it was given: when
 * the two were made one, and what was carried after it since. Facts stay. What was written since stays where it was written.
 *   JEMPUT_NOTFOUND no such table or row     JEMPUT_MISUSE no reason; the row was not merged into another, or that one was itself merged meanwhile
 *   JEMPUT_DENIED   the row, or one that went along, is there again, with an open conflict in an identity column: decide it first
 *   JEMPUT_LIMIT JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM: nothing was done */
JEMPUT_API enum jemput_status jemput_part_rows(struct jemput *jemput, const struct jemput_merging *merging, jemput_move_cb each, void *ctx,
                                               struct jemput_error *err) JEMPUT_CHECKED;
#endif
