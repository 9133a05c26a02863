/* value.h — SQL values as text, and text as SQL values. */
#ifndef JEMPUT_SHARED_VALUE_H
#define JEMPUT_SHARED_VALUE_H

#include <stdbool.h>
#include <sqlite3.h>

#include <jemput/jemput.h>

#include "buffer.h"

/* A column of the statement's present row; bytes are SQLite's until the next step. */
struct jemput_datum value_column(sqlite3_stmt *stmt, int column);
/* For people: NULL as "", a blob as hex. */
void value_write(struct buffer *out, const struct jemput_datum *value);
/* Several of them, " / " between. */
void value_write_all(struct buffer *out, const struct jemput_datum *values, unsigned count);
/* Same type, same value. */
bool value_equal(const struct jemput_datum *a, const struct jemput_datum *b);
/* value_write(), NULL as "(kosong)". */
void value_say(struct buffer *out, const struct jemput_datum *value);
/* A value that was kept, borrowed from it; NULL = none. */
struct jemput_datum value_datum(sqlite3_value *value);
/* A key value as it is typed: x'0f…' is a blob; else by the column's declared type: hex for BLOB, a number for INTEGER, else text.
 * `bytes` holds what the value points to; false: not such a value. */
bool value_parse(struct jemput_datum *out, struct buffer *bytes, const char *text, const char *declared_type);

#endif
