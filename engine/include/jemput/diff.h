/* jemput/diff.h — what the next sync would change here. */
#ifndef JEMPUT_DIFF_H
#define JEMPUT_DIFF_H

#include <jemput/sync.h>
#include <jemput/row.h>

enum jemput_difference_kind {
    JEMPUT_DIFFERENCE_INSERT = 1,   /* a row would be shown that is not there */
    JEMPUT_DIFFERENCE_UPDATE = 2,   /* columns of a row would show something else */
    JEMPUT_DIFFERENCE_DELETE = 3,   /* a row would not be shown any more */
    JEMPUT_DIFFERENCE_CONFLICT = 4, /* a conflict would be there, or have other sides */
    JEMPUT_DIFFERENCE_CONFLICT_GONE = 5,
    JEMPUT_DIFFERENCE_HELD = 6, /* a row would be held, or for another reason, or with other values */
    JEMPUT_DIFFERENCE_HELD_GONE = 7
};
struct jemput_difference { /* borrowed for the call */
    enum jemput_difference_kind kind;
    const char *table;
    unsigned key_count;
    const struct jemput_datum *key;
    unsigned column_count; /* of rows alone: those that change; of INSERT and DELETE all */
    const char *const *columns;
    const struct jemput_datum *before;      /* as they are; NULL of an INSERT */
    const struct jemput_datum *after;       /* as they would be; NULL of a DELETE */
    const struct jemput_conflict *conflict; /* of the CONFLICT kinds; else NULL */
    const struct jemput_held_row *held;     /* of the HELD kinds; else NULL */
};
typedef int (*jemput_difference_cb)(void *ctx, const struct jemput_difference *difference);
/* What the next jemput_sync() would change here, without doing it: everything but sending is tried with a copy of the store, which is then thrown
 * away. Nothing is written to the store, nothing goes to the hub. Rows come first, then conflicts, then held rows, each by table and key; conflicts
 * and held rows are told as they would be afterwards, receipts included. What is pending here counts as sealed. Others may go on writing meanwhile:
 * what is told is as of the start. The copy takes as much room as the store: 16 MiB in memory, the rest in SQLite's temporary folder.
 * Between writes of equal stamps the hash of their segments decides which shows, and what is pending gets its own when it is sealed: call
 * jemput_seal() before, if that must be told exactly.
 *   options   as of jemput_sync(); NULL = none     each   non-zero stops the telling     report   what the sync would have fetched and merged; may
 *   be NULL
 *   Errors as jemput_sync(), but for those of sending */
JEMPUT_API enum jemput_status jemput_diff(struct jemput *jemput, const struct jemput_sync_options *options, jemput_difference_cb each, void *ctx,
                                          struct jemput_sync_report *report, struct jemput_error *err) JEMPUT_CHECKED;
#endif
