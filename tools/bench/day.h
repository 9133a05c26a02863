/* day.h — the field day: who there is, when things happen, and the work of one tablet, into either side. */
#ifndef JEMPUT_BENCH_DAY_H
#define JEMPUT_BENCH_DAY_H

#include "bench.h"
#include "side.h"

#define DAY_CENTRAL "central.db"
#define DAY_HUB "hub.git"

/* Moments of the simulated clock. */
enum day_moment {
    DAY_FOUND,
    DAY_COLLECT, /* the applications; takes the time up to the next moment at most */
    DAY_SEND,
    DAY_REVISE,  /* edits of them */
    DAY_SEND_EDITS,
    DAY_MERGE,
    DAY_AFTER
};
int64_t day_clock(const struct bench *b, enum day_moment moment);

void day_path(char out[FOLDER_PATH_BYTES], const struct bench *b, const char *name);
void day_tablet_path(char out[FOLDER_PATH_BYTES], const struct bench *b, unsigned tablet);
void day_open_tablet(struct side *s, const struct bench *b, unsigned tablet, enum day_moment moment);
void day_open_central(struct side *s, const struct bench *b, const char *name, enum day_moment moment);

struct day_time { /* how long the store took */
    double wall_us, cpu_us;
    double seal_us; /* besides */
    unsigned segments;
};

/* Sync with a hub in the bench's folder; the engine's clock flows. */
struct day_time day_sync(struct side *s, const struct bench *b, const char *hub, struct jemput_sync_report *report);

/* Households that everybody has before the day begins, so many for each tablet: two tablets edit each of them. */
unsigned day_shared(const struct bench *b);
void day_shared_write(struct side *s, const struct bench *b);

/* The work of a tablet: its applications; then 3 in 10 of them are edited, and the households that it shares with its neighbour.
 * `each`: every application and edit is a transaction of its own, and after every thousand jemput seals, as an app does from time to time; else all is
 * one transaction. */
struct day_time day_collect(struct side *s, const struct bench *b, unsigned tablet, bool each);
struct day_time day_revise(struct side *s, const struct bench *b, unsigned tablet, bool each);
unsigned day_edits(const struct bench *b); /* of one tablet */

/* Called where the store begins to work, and where it has done so: not while the work is made up. NULL = nobody asks. */
extern void (*day_store_begins)(void), (*day_store_ends)(void);

/* Does a store that has taken in all tablets hold as many rows as they made? */
void day_rows_check(struct side *s, const struct bench *b);

/* The newest `count` applications as CSV, without a header line: its bytes through programs that may be there; 0 = one is not. */
struct day_csv {
    uint64_t zlib, zstd, xz; /* gzip -9 without its 18 bytes of frame; zstd -19; xz -9 */
};
struct day_csv day_csv(struct side *s, const struct bench *b, unsigned count);

#endif
