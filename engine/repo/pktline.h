/* repo/pktline.h — git's packet lines: four hex digits of length, then the bytes; lengths 0, 1 and 2 are marks. Source: gitprotocol-common. */
#ifndef JEMPUT_REPO_PKTLINE_H
#define JEMPUT_REPO_PKTLINE_H

#include "base/bytes.h"

#define JEMPUT_PKT_BYTES_MAX 65520 /* of one line, length included */
#define JEMPUT_PKT_BAND_DATA 1     /* first byte of a line of a side band that holds data; no text begins with it */

enum jemput_pkt { JEMPUT_PKT_LINE, JEMPUT_PKT_FLUSH, JEMPUT_PKT_DELIM, JEMPUT_PKT_END };

/* --- writing; a failure stays noted in `out` --- */

void jemput_pkt_write(struct jemput_buf *out, const char *fmt, ...) JEMPUT_PRINTF(2, 3); /* no NUL inside */
void jemput_pkt_write_bytes(struct jemput_buf *out, struct jemput_bytes line);
void jemput_pkt_mark(struct jemput_buf *out, enum jemput_pkt mark);

/* --- reading, as the bytes come --- */

struct jemput_pkt_reader { /* zeroed but for line's max: JEMPUT_PKT_READER_INIT */
    struct jemput_buf line; /* what has come of it */
    uint8_t head[4];
    uint8_t head_len;
    size_t size; /* of the line, without its length; while head_len is 4 */
};
#define JEMPUT_PKT_READER_INIT { .line = JEMPUT_BUF_INIT(JEMPUT_PKT_BYTES_MAX) }

/* Called for each line that is whole, and for each mark; `line` borrowed, as sent (with its line feed if it has one). A line of the band of data
 * is told in the pieces in which it comes, each behind the band's byte: of one that the link cuts, what had come counts. */
typedef enum jemput_status (*jemput_pkt_fn)(void *ctx, enum jemput_pkt kind, struct jemput_bytes line, struct jemput_error *err);

/* JEMPUT_CORRUPT no packet lines    JEMPUT_NOMEM    else what `each` returned */
enum jemput_status jemput_pkt_feed(struct jemput_pkt_reader *reader, struct jemput_bytes piece, jemput_pkt_fn each, void *ctx,
                                   struct jemput_error *err) JEMPUT_MUST_USE;
bool jemput_pkt_between(const struct jemput_pkt_reader *reader); /* no line is half read */
void jemput_pkt_release(struct jemput_pkt_reader *reader);

/* The line without its line feed. */
struct jemput_bytes jemput_pkt_text(struct jemput_bytes line);
/* "<40 hex> <name>…": false = it is none. `rest` is what stands behind the id and a space. */
bool jemput_pkt_oid(struct jemput_bytes line, uint8_t oid[20], struct jemput_bytes *rest);
bool jemput_pkt_starts(struct jemput_bytes line, const char *start);

#endif
