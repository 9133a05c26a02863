/* form.h — the forms in which keys and values stand in central.db (schema/views.md, "Forms"). Pure. */
#ifndef JEMPUT_CENTRAL_FORM_H
#define JEMPUT_CENTRAL_FORM_H

#include <jemput/jemput.h>

#include "buffer.h"

struct sqlite3_stmt;

/* A value as JSON: a blob as "x'0f…'", a text that begins with x' or t' with t' in front; bytes that are no UTF-8, and U+0000, as U+FFFD. */
void form_json(struct buffer *out, const struct jemput_datum *value);
/* An object by column. */
void form_json_object(struct buffer *out, const char *const *columns, const struct jemput_datum *values, unsigned count);
/* A JSON string. */
void form_json_text(struct buffer *out, const char *text, size_t len);
/* Bind a value; the bytes are SQLite's own copy afterwards. */
void form_bind(struct sqlite3_stmt *stmt, int at, const struct jemput_datum *value);
/* A key: of one column its value, of several a JSON array. count 0: NULL. */
void form_bind_key(struct sqlite3_stmt *stmt, int at, const struct jemput_datum *key, unsigned count);

#endif
