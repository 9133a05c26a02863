/* base/bytes.h — borrowed bytes, owned growing bytes, reading and writing of byte formats.
 *
 * jemput_bytes borrows: the comment beside it says whose and until when. jemput_buf owns and grows up to a named limit
 * (base/limits.h). A reader past the end gives zeros and stays noted in `overrun`, so decoders read like the format's
 * table and check once. A writer that runs out of memory or over its limit stays noted in `failed` likewise.
 * Integers are little-endian where fixed, LEB128 (canonical: shortest form, at most 10 bytes) where variable. */
#ifndef JEMPUT_BASE_BYTES_H
#define JEMPUT_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct jemput_bytes {
    const uint8_t *data;
    size_t len;
};

static inline struct jemput_bytes jemput_bytes_of(const void *data, size_t len)
{
    return (struct jemput_bytes){ data, len };
}
struct jemput_bytes jemput_bytes_str(const char *text); /* without the NUL */
bool jemput_bytes_equal(struct jemput_bytes a, struct jemput_bytes b);
int jemput_bytes_compare(struct jemput_bytes a, struct jemput_bytes b); /* memcmp, then length */

/* Owned bytes. Zeroed but for `max` = valid and empty. */
struct jemput_buf {
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t max;
    enum jemput_status failed; /* first JEMPUT_NOMEM or JEMPUT_LIMIT; later appends do nothing */
};
#define JEMPUT_BUF_INIT(max_bytes) { .max = (max_bytes) }

void jemput_buf_release(struct jemput_buf *b); /* frees the contents; keeps max; accepts a zeroed one */
void jemput_buf_clear(struct jemput_buf *b);   /* length 0, keeps the memory, forgets `failed` */
bool jemput_buf_reserve(struct jemput_buf *b, size_t more); /* room for `more` further bytes; false = failed is set */
void jemput_buf_append(struct jemput_buf *b, const void *data, size_t len);
void jemput_buf_append_bytes(struct jemput_buf *b, struct jemput_bytes bytes);
void jemput_buf_append_str(struct jemput_buf *b, const char *text);
void jemput_buf_printf(struct jemput_buf *b, const char *fmt, ...) JEMPUT_PRINTF(2, 3);
void jemput_buf_u8(struct jemput_buf *b, uint8_t v);
void jemput_buf_u32be(struct jemput_buf *b, uint32_t v);
void jemput_buf_u64le(struct jemput_buf *b, uint64_t v);
void jemput_buf_varint(struct jemput_buf *b, uint64_t v);
void jemput_buf_zigzag(struct jemput_buf *b, int64_t v);   /* varint of (v<<1)^(v>>63) */
void jemput_buf_sized(struct jemput_buf *b, struct jemput_bytes bytes); /* varint length, then bytes */
void jemput_buf_hex(struct jemput_buf *b, struct jemput_bytes bytes);   /* lower-case hex */
struct jemput_bytes jemput_buf_bytes(const struct jemput_buf *b); /* borrowed until the next change */
/* JEMPUT_OK, or the noted failure turned into `err` with `what` in the text. */
enum jemput_status jemput_buf_check(const struct jemput_buf *b, const char *what, struct jemput_error *err) JEMPUT_MUST_USE;

struct jemput_reader {
    struct jemput_bytes rest; /* borrowed from the caller of the decoder */
    bool overrun;             /* a read went past the end, or a varint was not canonical */
};

uint8_t jemput_read_u8(struct jemput_reader *r);
uint64_t jemput_read_u64le(struct jemput_reader *r);
uint64_t jemput_read_varint(struct jemput_reader *r);
int64_t jemput_read_zigzag(struct jemput_reader *r);
struct jemput_bytes jemput_read_bytes(struct jemput_reader *r, size_t len); /* borrowed from the input; empty on overrun */
struct jemput_bytes jemput_read_sized(struct jemput_reader *r);
void jemput_read_raw(struct jemput_reader *r, void *out, size_t len);

/* Hex without separators. Decoding accepts lower case only (canonical) and needs exactly 2*len characters. */
void jemput_hex_encode(char *out /* 2*len+1 */, const uint8_t *in, size_t len);
bool jemput_hex_decode(uint8_t *out, size_t len, struct jemput_bytes text);

#endif
