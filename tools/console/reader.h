/* reader.h — central.db, for one thread's questions: a connection that cannot write, with functions that know who asks. */
#ifndef JEMPUT_CONSOLE_READER_H
#define JEMPUT_CONSOLE_READER_H

#include "base.h"
#include "guard.h"

enum { ASK_MS_MAX = 20000, ASKED_MAX = 32 };

/* What people call a row, for those who may see rows of its region; else ''. Of SQL's expressions for its space, table and key. */
#define TITLE_SEEN(space, tbl, key)                                                                                                                  \
    "CASE WHEN reach(" space ", row_kel(" space ", " tbl ", " key ")) THEN row_title(" space ", " tbl ", " key ") ELSE '' END"

/* SQL functions on reader->office.db:
 *   reach(space, kel)             1 if the one who asks may see rows of that region
 *   may(space)                    1 if they may see anything there: of what says nothing of a row
 *   office(space)                 1 if they are of the office there (ROLES_OFFICE)
 *   row_kel(space, tbl, key)      the region of a row: its own, its household's, its application's, an attachment's owner's; NULL = unknown
 *   row_title(space, tbl, key)    what people call it; '' = nothing
 *   key_url(key)                  a key as addresses have it
 *   owner_key(key)                a key as attachments name their row by it
 *   mask(number)                  a NIK or no. KK: first 6 and last 4 digits */
struct asked { /* a statement that is kept; by the address of its text */
    const char *sql;
    struct sqlite3_stmt *stmt;
};
struct reader {
    struct office office;
    struct office pokes; /* the same, to write space.poke; opened at its first use */
    bool pokes_open;
    const struct reach *reach; /* of who asks now */
    int64_t until;             /* monotonic: a question that lasts longer is broken off */
    bool broken_off;           /* one was: what was read so far is not all of it */
    struct asked asked[ASKED_MAX];
    unsigned owners;           /* row_kel() is this deep in attachments that name attachments */
};
int reader_open(struct reader *r, const struct console *c, struct trouble *why);
void reader_close(struct reader *r);
/* From now on for one who reaches so far. `whole`: in a transaction, so that all statements of one answer see one state; for what takes no time. */
void reader_begin(struct reader *r, const struct reach *reach, bool whole);
void reader_end(struct reader *r);
/* Have central look at the space soon. */
void reader_poke(struct reader *r, int64_t space);

/* Is there a table of that name of the spaces' schemas? And of our own, such as "conflict_"? */
bool reader_has(struct reader *r, const char *table);

#endif
