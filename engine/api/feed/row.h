/* api/feed/row.h — a row of the change feed, as jemput/feed.h has it. */
#ifndef JEMPUT_API_FEED_ROW_H
#define JEMPUT_API_FEED_ROW_H

#include "api/engine.h"
#include "store/feed/feed.h"

#define FEED_RECEIPTS_KEPT 512 /* a power of two */

struct feed_telling { /* one reading */
    struct jemput *j; /* at one moment of the file, its roster up to date */
    jemput_feed_cb each;
    void *ctx;
    struct jemput_feed_reader *reader;
    struct jemput_arena row; /* of the row at hand */
    struct feed_receipt {    /* has central merged this segment? By the end of its number */
        int64_t segment_id;  /* 0 = none */
        bool received;
    } receipts[FEED_RECEIPTS_KEPT];
};
void feed_telling_release(struct feed_telling *t);

/* The store's jemput_feed_told_fn. JEMPUT_CANCELLED: the callback stops. */
enum jemput_status feed_row_tell(void *telling, const struct jemput_feed_told *row, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
