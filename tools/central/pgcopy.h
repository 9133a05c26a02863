/* pgcopy.h — rows in PostgreSQL's binary COPY format: bytes out, and nothing else.
 *
 * A stream is a head, rows, an end; a row is its number of fields and then that many fields, in the order of the columns that COPY names. Integers
 * stand with their first byte first. Pure: the caller sends the bytes.   After PostgreSQL's documentation of COPY, "Binary Format". */
#ifndef JEMPUT_CENTRAL_PGCOPY_H
#define JEMPUT_CENTRAL_PGCOPY_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"

void pgcopy_head(struct buffer *out);
void pgcopy_row(struct buffer *out, unsigned field_count);
void pgcopy_end(struct buffer *out);

/* Fields. `bytes` is what bytea, text and uuid are made of; the caller sees to it that text is UTF-8 without U+0000, and a uuid 16 bytes. */
void pgcopy_null(struct buffer *out);
void pgcopy_bytes(struct buffer *out, const void *bytes, size_t len);
void pgcopy_text(struct buffer *out, const char *text); /* NULL = null */
void pgcopy_bool(struct buffer *out, bool value);
void pgcopy_int4(struct buffer *out, int32_t value);
void pgcopy_int8(struct buffer *out, int64_t value);
void pgcopy_double(struct buffer *out, double value);
void pgcopy_jsonb(struct buffer *out, const char *json, size_t len);
/* timestamptz; a time that PostgreSQL does not know (before 4713 BC, or behind the year 294276) is null. */
void pgcopy_time(struct buffer *out, int64_t ms_since_1970);

#endif
