/* jemput/row.h — what became of a row: its history, conflicts, and what keeps it out of its table. */
#ifndef JEMPUT_ROW_H
#define JEMPUT_ROW_H

#include <jemput/base.h>

struct jemput_edit { /* one change of one row, oldest first */
    struct jemput_origin origin;
    char op;          /* 'I' insert 'U' update 'D' delete 'K' decision (keputusan): a person's answer to a conflict or a held row; 'C': what was
                       * written up to here was cut off by a checkpoint, which origin names: no columns. First, and once */
    const char *note; /* "" = none */
    unsigned column_count;
    const char *const *columns;
    const struct jemput_datum *values; /* per column; of a counter what was added */
    const struct jemput_datum *before; /* per column: the value before, where the edit carried it; else of type NULL */
    unsigned successor_count;          /* of a deletion by jemput_merge_rows(): values of the key of the row that goes on in its place; else 0 */
    const struct jemput_datum *successor;
};
typedef int (*jemput_edit_cb)(void *ctx, const struct jemput_edit *edit); /* non-zero stops */
/* All edits of a row, from all logs and from what is pending here; none: JEMPUT_OK. `key`: the primary key's values in key order. Reads the signed
 * segments: right for one row, not for lists.
 *   JEMPUT_NOTFOUND no replicated table of that name   JEMPUT_MISUSE wrong number of key values
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_history(struct jemput *jemput, const char *table, const struct jemput_datum *key, unsigned key_count,
                                             jemput_edit_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_conflict_side {
    struct jemput_origin origin;
    int shown;
    int deleted;                       /* 1 = this side deleted the row (column_count 0 only) */
    const struct jemput_datum *values; /* per column of the conflict */
};
struct jemput_conflict { /* concurrent writes to one cell group with different values, or an edit against a delete (column_count 0), or a deleted row
                          * that is back because a row that names it was written meanwhile (likewise) */
    const char *table;
    unsigned key_count;
    const struct jemput_datum *key;
    int identity; /* 1 = of a column that the schema calls identity: jemput_decide() alone closes it; else a write that has seen all does */
    unsigned column_count;
    const char *const *columns;
    unsigned side_count;
    const struct jemput_conflict_side *sides;
};
typedef int (*jemput_conflict_cb)(void *ctx, const struct jemput_conflict *conflict);
/* Every open conflict, in table and key order, with all its sides; nothing is decided by looking. Values that wait here unsealed count as this
 * device's own side once they are sealed.   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_conflicts(struct jemput *jemput, jemput_conflict_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_held_row {
    const char *table;
    const char *reason;
    unsigned column_count;
    const char *const *columns;
    const struct jemput_datum *values;
};
typedef int (*jemput_held_row_cb)(void *ctx, const struct jemput_held_row *row);
/* Every row that a constraint keeps out of its table, with the constraint's words as reason; it comes in by itself when the reason goes. Behind
 * them each row that somebody has written to and that was never made, with the reason "INSERT": its insert was refused, or has not come.
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_held_rows(struct jemput *jemput, jemput_held_row_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;
#endif
