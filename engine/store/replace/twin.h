/* store/replace/twin.h — a table put in line with its twin in another store. Parts of replace.h among themselves.
 *
 * Each table is gone through beside its twin; the keys of what differs are noted in a temporary table, since a table is better not written while it
 * is read, and reading needs no lock. Then what should not be there as it is goes, and what should be there comes: in this order nothing is in the
 * way of a UNIQUE constraint, which the twin as a whole satisfies. */
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

struct jemput_part { /* of what is put in line: a table. What was noted of it: so many notes, from `first` (1, …) on */
    int64_t first, count;
};

struct jemput_replacing {
    struct jemput_replace *r;
    struct jemput_part *parts;
    unsigned parts_total;
    struct jemput_tally tally;
    struct jemput_buf key;      /* scratch */
    const struct jemput_twin *twin; /* of the part at hand */
    struct jemput_part *part;
    sqlite3_stmt *note;         /* into the temporary table */
    int64_t notes;
    uint64_t passed;
    bool looked;                /* plain rows have been compared, each with whatever told its version */
};

/* In a transaction of r->to. The parts: so many of our own tables, and each replicated one. */
enum jemput_status jemput_replacing_begin(struct jemput_replacing *p, struct jemput_replace *r, unsigned parts_of_ours,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
/* Tells what differed, unless `st` is an error already. */
enum jemput_status jemput_replacing_end(struct jemput_replacing *p, enum jemput_status st, struct jemput_error *err) JEMPUT_MUST_USE;
/* Instead of the end, where nothing was written in the transaction, or that was rolled back. */
void jemput_replacing_abandon(struct jemput_replacing *p);

/* The part at hand, if it is a plain table: note what differs; put that in line; read back what was put (JEMPUT_CORRUPT: it is not that). */
enum jemput_status jemput_twin_note(struct jemput_replacing *p, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_twin_write(struct jemput_replacing *p, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_twin_check(struct jemput_replacing *p, struct jemput_error *err) JEMPUT_MUST_USE;

/* For what is no plain table. Note what differs between two lists of p->twin … */
enum jemput_status jemput_twin_note_lists(struct jemput_replacing *p, sqlite3_stmt *left, sqlite3_stmt *right,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
/* … go through what was noted: columns are remove (0, 1), put (0, 1), and the key's values … */
typedef enum jemput_status (*jemput_noted_fn)(struct jemput_replacing *p, sqlite3_stmt *noted, void *with, struct jemput_error *err);
enum jemput_status jemput_twin_noted(struct jemput_replacing *p, jemput_noted_fn each, void *with, struct jemput_error *err) JEMPUT_MUST_USE;
/* … and is the entry that both statements select, by the key that is bound to them, the same in both stores? JEMPUT_CORRUPT */
enum jemput_status jemput_twin_same(sqlite3_stmt *left, sqlite3_stmt *right, struct jemput_error *err) JEMPUT_MUST_USE;
/* Count an entry that was gone through; now and then ask whether to go on. */
enum jemput_status jemput_twin_passed(void *replacing, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_replacing_go_on(struct jemput_replacing *p, struct jemput_error *err) JEMPUT_MUST_USE; /* ask */
/* All of the part has been gone through. */
enum jemput_status jemput_part_passed(struct jemput_replacing *p, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- rows that come ahead (ahead.c) --- */

/* One entry of the twin: the key of a noted one bound, read, and put. */
struct jemput_twin_writing {
    sqlite3_stmt *remove, *read, *put;
};
enum jemput_status jemput_twin_prepare(struct jemput_twin_writing *w, struct jemput_replacing *p, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_twin_finalize(struct jemput_twin_writing *w);
/* Put w->read's row, which stands; the code is SQLite's. */
int jemput_twin_put(struct jemput_replacing *p, struct jemput_twin_writing *w);
/* The note of the part at hand that comes after number `from` (0 = the first), or before it, of an entry that is missing here; its columns are its
 * number and the key's values. *out: made at the first call; NULL before, finalized by the caller; reset before anything is committed. */
enum jemput_status jemput_note_next(struct jemput_replacing *p, int64_t from, bool backwards, sqlite3_stmt **out, bool *found,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
/* A statement that drops the note of a number. */
enum jemput_status jemput_note_drop_prepare(sqlite3_stmt **out, struct jemput_replacing *p, struct jemput_error *err) JEMPUT_MUST_USE;
/* Bind a noted entry's key, whose first value is in column `from`. */
void jemput_twin_key_bind(sqlite3_stmt *to, const struct jemput_twin *t, sqlite3_stmt *noted, int from);

#endif
