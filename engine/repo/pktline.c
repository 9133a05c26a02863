/* repo/pktline.c — git's packet lines, written and read. */
#include "repo/pktline.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define HEAD_BYTES 4

/* --- writing --- */

void jemput_pkt_write_bytes(struct jemput_buf *out, struct jemput_bytes line)
{
    JEMPUT_ASSERT(line.len <= JEMPUT_PKT_BYTES_MAX - HEAD_BYTES);
    jemput_buf_printf(out, "%04zx", line.len + HEAD_BYTES);
    jemput_buf_append_bytes(out, line);
}

void jemput_pkt_write(struct jemput_buf *out, const char *fmt, ...)
{
    char line[1024];
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    JEMPUT_ASSERT(len >= 0 && (size_t)len < sizeof line);
    jemput_pkt_write_bytes(out, jemput_bytes_of(line, (size_t)len));
}

void jemput_pkt_mark(struct jemput_buf *out, enum jemput_pkt mark)
{
    static const char *const marks[] = { [JEMPUT_PKT_FLUSH] = "0000", [JEMPUT_PKT_DELIM] = "0001", [JEMPUT_PKT_END] = "0002" };

    jemput_buf_append_str(out, marks[mark]);
}

/* --- reading --- */

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits are there: a mark is told, a line begins. */
static enum jemput_status head_read(struct jemput_pkt_reader *reader, jemput_pkt_fn each, void *ctx, struct jemput_error *err)
{
    static const enum jemput_pkt marks[] = { JEMPUT_PKT_FLUSH, JEMPUT_PKT_DELIM, JEMPUT_PKT_END };
    size_t size = 0;

    for (unsigned i = 0; i < HEAD_BYTES; i++) {
        int digit = hex_digit(reader->head[i]);

        if (digit < 0)
            return jemput_fail(err, JEMPUT_CORRUPT, "no packet line");
        size = size << 4 | (size_t)digit;
    }
    if (size == 3 || size > JEMPUT_PKT_BYTES_MAX)
        return jemput_fail(err, JEMPUT_CORRUPT, "a packet line of %zu bytes", size);
    if (size < 3) {
        reader->head_len = 0;
        return each(ctx, marks[size], (struct jemput_bytes){ 0 }, err);
    }
    reader->size = size - HEAD_BYTES;
    jemput_buf_clear(&reader->line);
    return JEMPUT_OK;
}

/* What is there of the line goes out: all of it, or, of a band of data, what has come so far. */
static enum jemput_status line_tell(struct jemput_pkt_reader *reader, jemput_pkt_fn each, void *ctx, struct jemput_error *err)
{
    struct jemput_bytes line = jemput_buf_bytes(&reader->line);

    if (line.len == reader->size)
        reader->head_len = 0;
    else if (line.len < 2 || line.data[0] != JEMPUT_PKT_BAND_DATA)
        return JEMPUT_OK;
    reader->size -= line.len - (reader->head_len != 0); /* the band is told with the next bytes too */
    reader->line.len = reader->head_len != 0;
    return each(ctx, JEMPUT_PKT_LINE, line, err);
}

enum jemput_status jemput_pkt_feed(struct jemput_pkt_reader *reader, struct jemput_bytes piece, jemput_pkt_fn each, void *ctx,
                                   struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    while (!st) {
        size_t take;

        if (reader->head_len < HEAD_BYTES) {
            if (piece.len == 0)
                return JEMPUT_OK;
            reader->head[reader->head_len++] = *piece.data++;
            piece.len--;
            if (reader->head_len == HEAD_BYTES)
                st = head_read(reader, each, ctx, err);
            continue;
        }
        take = reader->size - reader->line.len;
        if (take > piece.len)
            take = piece.len;
        jemput_buf_append(&reader->line, piece.data, take);
        st = jemput_buf_check(&reader->line, "packet line", err);
        piece.data += take;
        piece.len -= take;
        if (!st)
            st = line_tell(reader, each, ctx, err);
        if (piece.len == 0 && reader->head_len == HEAD_BYTES)
            return st;
    }
    return st;
}

bool jemput_pkt_between(const struct jemput_pkt_reader *reader)
{
    return reader->head_len == 0;
}

void jemput_pkt_release(struct jemput_pkt_reader *reader)
{
    jemput_buf_release(&reader->line);
    reader->head_len = 0;
}

struct jemput_bytes jemput_pkt_text(struct jemput_bytes line)
{
    if (line.len && line.data[line.len - 1] == '\n')
        line.len--;
    return line;
}

bool jemput_pkt_oid(struct jemput_bytes line, uint8_t oid[20], struct jemput_bytes *rest)
{
    line = jemput_pkt_text(line);
    if (line.len < 42 || line.data[40] != ' ' || !jemput_hex_decode(oid, 20, jemput_bytes_of(line.data, 40)))
        return false;
    *rest = jemput_bytes_of(line.data + 41, line.len - 41);
    return true;
}

bool jemput_pkt_starts(struct jemput_bytes line, const char *start)
{
    size_t len = strlen(start);

    return line.len >= len && memcmp(line.data, start, len) == 0;
}
