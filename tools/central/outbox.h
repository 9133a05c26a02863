/* outbox.h — the way back: what the office's systems changed in PostgreSQL becomes signed writes of the central device, or is refused with a
 * reason.
 *
 * A transaction there is one here. It is written under the token that the rows showed when they were changed, so that what a tablet wrote meanwhile
 * is a conflict and not overwritten; with the rights of the roles that jemput.role_map gives its PostgreSQL role; and with a line in the store's own
 * table pusat_outbox in the same COMMIT, so that it is written once, whichever side crashes when. schema/central.md, "The way back". */
#ifndef JEMPUT_CENTRAL_OUTBOX_H
#define JEMPUT_CENTRAL_OUTBOX_H

#include <sqlite3.h>

#include "pgtarget.h"

struct outbox_report {
    uint64_t done, refused; /* transactions of the office's */
    uint64_t waiting;       /* lines that wait still */
    bool all;               /* of what waited nothing was left for another time */
};
/* Take what waits of a space, at most 500 lines and whole transactions. `jemput` is its store, unrestricted, without a transaction open. `look`: the
 * store may have been put back from a copy since some of them were signed, and has its hub's logs by now: look into the log before writing. What was
 * written is told as 'ditandatangani': signed, and on this disk only. */
int outbox_round(struct target *postgres, const struct space *space, struct jemput *jemput, bool look, struct outbox_report *report,
                 struct trouble *why);
/* Behind a sync that went well: what was signed is told as 'diteruskan'; what neither this store nor the log has (its file was put back from a copy
 * before that was sent) waits again. *lost: so many transactions. */
int outbox_sent(struct target *postgres, const struct space *space, struct jemput *jemput, uint64_t *lost, struct trouble *why);
/* Which life tokens are of now; -1: of none, since the store is another one than PostgreSQL follows. */
int outbox_life(struct target *postgres, const struct space *space, struct jemput *jemput, int id, long long *life, struct trouble *why);
/* The store's own number of a token; false: it is of another life, where that number may mean something else. */
enum { OUTBOX_TOKEN_BYTES = 24 };
bool outbox_token(long long life, long long token, char own[OUTBOX_TOKEN_BYTES]);
/* What this folder fills there stays this folder's: to be called so often. */
enum { OUTBOX_HOLD_MS = 10000 };
int outbox_hold(struct target *postgres, struct trouble *why);
/* Spaces, by their hex, of which lines wait. */
int outbox_waiting(struct target *postgres, void (*each)(void *ctx, const char *hex), void *ctx, struct trouble *why);

/* Transactions of a space (its id there) that are too large to be read are refused, and its next batch is whole: the tables are as the store has them
 * then. *refused: so many are added. */
int outbox_large(struct target *postgres, int space, uint64_t *refused, struct trouble *why);

/* At night: see outboxtidy.c. */
int outbox_tidy(struct target *postgres, const struct space *space, struct trouble *why);
/* What was refused lately, as lines of central.db's case_ (kind 'outbox') in place of those that are there. */
int outbox_cases(struct target *postgres, struct office *office, const struct space *space, struct trouble *why);

/* --- outboxrow.c: one line as SQL on the app's connection --- */

#define OUTBOX_WHY_BYTES JEMPUT_ERROR_TEXT_BYTES
struct outbox_line { /* text as PostgreSQL gave it; NULL = null */
    const char *table, *op, *key, *changed, *before;
};
enum outbox_result { OUTBOX_DONE, OUTBOX_REFUSED, OUTBOX_FAILED }; /* FAILED: not now; the error is in the connection */
/* `check`: the row must stand as it was before. REFUSED: `why` says it for people. */
enum outbox_result outbox_line_write(sqlite3 *db, const struct shapes *shapes, const struct outbox_line *line, bool check,
                                     char why[OUTBOX_WHY_BYTES]);
/* Is there a write of that row in the log whose note ends so? Checks signatures: for now and then. */
bool outbox_in_log(sqlite3 *db, const struct shapes *shapes, const char *table, const char *key, const char *note_end);
/* The values of a line's key, for jemput_feed_row(); point into `bytes`. false: it is none. */
#define OUTBOX_KEY_MAX 16
bool outbox_key_read(struct jemput_datum values[OUTBOX_KEY_MAX], struct buffer *bytes, sqlite3 *db, const struct shape *shape, const char *key);

#endif
