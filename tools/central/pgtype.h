/* pgtype.h — what PostgreSQL makes of a column and of a value.
 *
 * SQLite lets any value stand in any column; PostgreSQL does not. A column's type follows from its affinity; a value that the type cannot hold is a
 * misfit: the table gets NULL, or the nearest text, and jemput.misfit the value itself. So no write of any device can stop the projection.
 * Which column is what: schema/central.md. */
#ifndef JEMPUT_CENTRAL_PGTYPE_H
#define JEMPUT_CENTRAL_PGTYPE_H

#include <stdbool.h>

#include <jemput/jemput.h>

#include "buffer.h"
#include "shape.h"

enum pg_type { PG_TEXT, PG_NUMBER, PG_BIGINT, PG_DOUBLE, PG_BYTEA, PG_UUID }; /* NUMBER: of NUMERIC affinity, as text */

enum pg_type pg_type_of(const struct shape_column *column);
const char *pg_type_name(enum pg_type type);

/* Add one field to a row in COPY form. `exact`: other rows are found by it (key, link, unique), so that nothing but the value itself will do.
 * true: what is written is the value; false: a misfit. */
bool pg_value_put(struct buffer *copy, enum pg_type type, bool exact, const struct jemput_datum *value);
/* Does a column of that type hold the value as it is? */
bool pg_value_fits(enum pg_type type, const struct jemput_datum *value);

/* The value as PostgreSQL's to_jsonb() gives it from a column of that type; of a misfit the value itself: text and numbers as such, a blob, and
 * text that is not UTF-8 or has U+0000 in it, as {"blob": hex} and {"text": hex}. */
void pg_value_json(struct buffer *json, enum pg_type type, const struct jemput_datum *value);
/* A JSON string; bytes that are not UTF-8, and U+0000, become U+FFFD. */
void pg_text_json(struct buffer *json, const char *text, size_t len);
/* The key as the side tables have it: of one column its value, of several an array. */
void pg_key_json(struct buffer *json, const struct shape *shape, const struct jemput_datum *key, unsigned key_count);

#endif
