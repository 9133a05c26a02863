/* ground.h — what the counted paths begin from: small stores of a field day, made once, by one seed and a clock that stands. */
#ifndef JEMPUT_BENCH_GROUND_H
#define JEMPUT_BENCH_GROUND_H

#include <jemput/feed.h>

#include "bench.h"

enum ground {
    GROUND_PLAIN,     /* nobody edits what somebody else does */
    GROUND_CONTESTED, /* 2 in 100 households are edited by two tablets */
    GROUND_ADMINDUK,  /* plain, in the real schema */
    GROUND_SMALL,     /* a log of segments of one application each */
    GROUNDS
};

#define GROUND_FILLED 400   /* applications that stores hold into which more are written */
#define GROUND_PENDING 500  /* applications of what waits for being sealed */
#define GROUND_SEGMENTS 150

/* The bench of this ground in a folder of grounds. */
struct bench ground_bench(const char *folder, enum ground g);

/* Names of what is there beside a field day's stores before the merge (day.h). */
#define GROUND_MERGED "merged.db"     /* plain, small: central, merged */
#define GROUND_MERGED_HUB "merged.git"
#define GROUND_TABLET "after.db"      /* plain: tablet 0 that has taken in what central accepted */
#define GROUND_FOLLOWED "followed.db" /* plain: merged.db with a change feed, */
#define GROUND_MARK "mark"            /* and its mark before the merge */
#define GROUND_UNSEALED "unsealed.db" /* plain: tablet 0 with GROUND_PENDING applications */
#define GROUND_WRITE "write.db"       /* plain, adminduk: GROUND_FILLED applications */
#define GROUND_WRITE_RAW "write-raw.db"

struct jemput_feed_mark ground_mark(const struct bench *b);
void ground_make(const char *folder);

#endif
