/* store/check/check.h — checking's parts among themselves: the tally of what was found, and what looks at logs and pending transactions.
 *
 * Damage often comes in thousands of equal pieces, so findings are counted per table and kind: one line each, with the count and where the first one
 * is. A report may leave the office: it names tables, numbers and random ids, never what a row holds. */
#ifndef JEMPUT_STORE_CHECK_CHECK_H
#define JEMPUT_STORE_CHECK_CHECK_H

#include "store/apply/apply.h"

#define JEMPUT_FINDING_PLACE_BYTES 96

struct jemput_finding {
    const char *table; /* borrowed */
    const char *what;  /* constant text */
    uint64_t count;
    char place[JEMPUT_FINDING_PLACE_BYTES]; /* of the first; empty = nowhere in particular */
};

struct jemput_tally { /* zeroed = empty */
    struct jemput_arena arena;
    uint32_t count, room;
    struct jemput_finding *findings;
};

/* Count one more. `place`: where the row is among those that were looked at, from 1; it is named so, unless its key is random ids only: then by that.
 * Key empty: "row <place>"; place 0 as well: nowhere. JEMPUT_NOMEM */
enum jemput_status jemput_tally_add(struct jemput_tally *t, const char *table, const char *what, struct jemput_bytes key, uint64_t place,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
/* Tell each finding; returns how many there are. */
uint64_t jemput_tally_tell(const struct jemput_tally *t, jemput_problem_fn each, void *ctx);
void jemput_tally_release(struct jemput_tally *t);

/* Lines, segments and contexts: each whole, and each there that another one names (check/log.c). */
enum jemput_status jemput_check_logs(struct jemput_store *store, struct jemput_tally *t, struct jemput_error *err) JEMPUT_MUST_USE;

/* One context: ascending lines that are there, each up to a number that is there. JEMPUT_CORRUPT JEMPUT_NOTFOUND: it is not so, and jemput_check_logs
 * tells of it by this sentence. */
enum jemput_status jemput_check_context(struct jemput_store *store, int64_t id, struct jemput_error *err) JEMPUT_MUST_USE;
extern const char jemput_check_context_told[];

/* The change feed's blocks: each can be, and none is missing between them (check/feed.c). */
enum jemput_status jemput_check_feed(struct jemput_store *store, struct jemput_tally *t, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- births (check/birth.c) --- */

struct jemput_birth_mark {
    uint64_t id;
    bool met; /* by a row that is there, or that something else is known of */
};
struct jemput_birth_marks { /* ascending; zeroed = empty */
    size_t count, room;
    struct jemput_birth_mark *of;
};
/* Read them all; those of no transaction are found. */
enum jemput_status jemput_birth_marks_read(struct jemput_store *store, struct jemput_birth_marks *out, struct jemput_tally *t,
                                           struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_birth_mark(struct jemput_store *store, struct jemput_birth_marks *marks, const struct jemput_applier *a,
                                     struct jemput_bytes key, struct jemput_error *err) JEMPUT_MUST_USE;
/* Those that nothing met. */
enum jemput_status jemput_birth_marks_tell(struct jemput_store *store, struct jemput_birth_marks *marks, struct jemput_tally *t,
                                           struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_birth_marks_release(struct jemput_birth_marks *marks);

/* --- pending transactions (check/pending.c) --- */

struct jemput_pending_row { /* what one pending transaction did to a row; in the arena */
    struct jemput_applier *applier;
    const struct jemput_change *change;
    jemput_stamp stamp;
    bool current; /* nothing has been merged since, so the table has these values unless a later transaction wrote others */
};

struct jemput_pending_rows { /* sorted by table, key, stamp; zeroed = empty */
    struct jemput_arena arena;
    size_t count;
    struct jemput_pending_row *rows;
};

/* Read them all; those that are damaged are found. */
enum jemput_status jemput_pending_rows_read(struct jemput_store *store, struct jemput_pending_rows *out, struct jemput_tally *t,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
bool jemput_pending_rows_have(const struct jemput_pending_rows *rows, const struct jemput_applier *a, struct jemput_bytes key);
/* Do the tables hold what they wrote? */
enum jemput_status jemput_check_pending(struct jemput_store *store, const struct jemput_pending_rows *rows, struct jemput_tally *t,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_pending_rows_release(struct jemput_pending_rows *rows);

#endif
