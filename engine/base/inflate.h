/* base/inflate.h — a zlib stream inflated as its bytes come, bounded: the input is hostile until the stream has ended well. */
#ifndef JEMPUT_BASE_INFLATE_H
#define JEMPUT_BASE_INFLATE_H

#include "base/bytes.h"

struct jemput_inflate;

/* One object for any number of streams, one after the other. JEMPUT_NOMEM. */
enum jemput_status jemput_inflate_open(struct jemput_inflate **out, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_inflate_close(struct jemput_inflate *z); /* NULL is allowed */
void jemput_inflate_begin(struct jemput_inflate *z); /* what comes next is a new stream */

/* Take bytes of `in` up to the stream's end, and append what they inflate to.
 *   used    how many were taken; less than all only if the stream ended    ended    it did
 *   size    what the whole stream inflates to: the most that `out` may hold
 *   JEMPUT_CORRUPT   damaged, or it inflates to more than `size`    JEMPUT_NOMEM    JEMPUT_LIMIT above out's max */
enum jemput_status jemput_inflate_feed(struct jemput_inflate *z, struct jemput_bytes in, size_t *used, bool *ended, struct jemput_buf *out,
                                       size_t size, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
