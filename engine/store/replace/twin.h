/* store/replace/twin.h — a table put in line with its twin in another store. Parts of replace.h among themselves.
 *
 * Each table is gone through beside its twin; the keys of what differs are noted in a temporary table, since a table is better not written while it
 * is read. Then what should not be there as it is goes, and what should be there comes: in this order nothing is in the way of a UNIQUE constraint,
 * which the twin as a whole satisfies. */
#ifndef JEMPUT_STORE_REPLACE_TWIN_H
#define JEMPUT_STORE_REPLACE_TWIN_H

#include "store/check/check.h"
#include "store/replace/in_step.h"
#include "store/replace/replace.h"

struct jemput_replacing;

struct jemput_twin { /* a table in both stores */
    const char *table;
    unsigned key_count, column_count;
    const char **columns;    /* the key's first */
    const struct jemput_table *of_app; /* a replicated table; NULL = one of ours */
    const char *const *told; /* by enum jemput_instep; NULL = what differs is put right without a word … */
    /* … or is told as this says (*told NULL: not at all); NULL = it is not asked */
    enum jemput_status (*tell)(struct jemput_replacing *p, enum jemput_instep where, sqlite3_stmt *left, sqlite3_stmt *right, const char **told,
                               struct jemput_error *err);
    /* Where something differs, before it is written: to tell more. May be NULL. */
    enum jemput_status (*look)(struct jemput_replacing *p, struct jemput_error *err);
};

/* Where it is not about something that has sentences of its own. */
extern const char *const jemput_twin_told[];

struct jemput_replacing {
    struct jemput_replace *r;
    unsigned parts_total;
    struct jemput_tally tally;
    struct jemput_buf key;      /* scratch */
    const struct jemput_twin *twin;
    sqlite3_stmt *note;         /* into the temporary table */
    uint64_t differing, passed;
    bool looked;                /* plain rows have been compared, each with whatever told its version */
};

enum jemput_status jemput_replacing_begin(struct jemput_replacing *p, struct jemput_replace *r, unsigned parts_total,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
/* Tells what differed, unless `st` is an error already. */
enum jemput_status jemput_replacing_end(struct jemput_replacing *p, enum jemput_status st, struct jemput_error *err) JEMPUT_MUST_USE;
/* One part: a table, in three steps. */
enum jemput_status jemput_twin_replace(struct jemput_replacing *p, const struct jemput_twin *twin, struct jemput_error *err) JEMPUT_MUST_USE;

/* The steps, for what is no plain table. Note what differs between two lists of p->twin … */
enum jemput_status jemput_twin_note(struct jemput_replacing *p, sqlite3_stmt *left, sqlite3_stmt *right, struct jemput_error *err) JEMPUT_MUST_USE;
/* … go through what was noted: columns are remove (0, 1), put (0, 1), and the key's values … */
typedef enum jemput_status (*jemput_noted_fn)(struct jemput_replacing *p, sqlite3_stmt *noted, void *with, struct jemput_error *err);
enum jemput_status jemput_twin_noted(struct jemput_replacing *p, jemput_noted_fn each, void *with, struct jemput_error *err) JEMPUT_MUST_USE;
/* Count an entry that was gone through; now and then ask whether to go on. */
enum jemput_status jemput_twin_passed(void *replacing, struct jemput_error *err) JEMPUT_MUST_USE;
/* … and be done with the part. */
enum jemput_status jemput_twin_end(struct jemput_replacing *p, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
