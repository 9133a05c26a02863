/* pgtype.c — columns and values as PostgreSQL has them. */
#include "pgtype.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pgcopy.h"
#include "utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
enum { UUID_BYTES = 16, NUMBER_BYTES = 32 };

enum pg_type pg_type_of(const struct shape_column *column)
{
    switch (column->affinity) {
    case AFFINITY_TEXT:
        return PG_TEXT;
    case AFFINITY_INTEGER:
        return PG_BIGINT;
    case AFFINITY_REAL:
        return PG_DOUBLE;
    case AFFINITY_NUMERIC:
        return PG_NUMBER;
    case AFFINITY_NONE:
        break;
    }
    return column->id16 ? PG_UUID : *column->declared ? PG_BYTEA : PG_TEXT; /* without a type: anything, and mostly words */
}

const char *pg_type_name(enum pg_type type)
{
    static const char *const names[] = { [PG_TEXT] = "text", [PG_NUMBER] = "text", [PG_BIGINT] = "bigint", [PG_DOUBLE] = "double precision",
                                         [PG_BYTEA] = "bytea", [PG_UUID] = "uuid" };
    return names[type];
}

/* --- does it fit --- */

static bool text_good(const char *text, size_t len)
{
    size_t used;
    uint32_t c;

    for (size_t i = 0; i < len; i += used) {
        used = utf8_read(&c, text + i, len - i);
        if (used == 0 || c == 0)
            return false;
    }
    return true;
}

bool pg_value_fits(enum pg_type type, const struct jemput_datum *v)
{
    if (v->type == JEMPUT_TYPE_NULL)
        return true;
    switch (type) {
    case PG_TEXT:
        return v->type == JEMPUT_TYPE_TEXT && text_good(v->data, v->len);
    case PG_NUMBER:
        return v->type == JEMPUT_TYPE_INTEGER || v->type == JEMPUT_TYPE_REAL || (v->type == JEMPUT_TYPE_TEXT && text_good(v->data, v->len));
    case PG_BIGINT:
        return v->type == JEMPUT_TYPE_INTEGER;
    case PG_DOUBLE:
        return v->type == JEMPUT_TYPE_REAL;
    case PG_BYTEA:
        return v->type == JEMPUT_TYPE_BLOB;
    case PG_UUID:
        break;
    }
    return v->type == JEMPUT_TYPE_BLOB && v->len == UUID_BYTES;
}

/* --- as text --- */

/* The shortest digits that give the same number again. */
static void real_text(char out[NUMBER_BYTES], double value)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, NUMBER_BYTES, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
}

static void number_text(char out[NUMBER_BYTES], const struct jemput_datum *v)
{
    if (v->type == JEMPUT_TYPE_INTEGER)
        snprintf(out, NUMBER_BYTES, "%" PRId64, v->integer);
    else
        real_text(out, v->real);
}

static void text_clean(struct buffer *out, const char *text, size_t len)
{
    size_t used;
    uint32_t c;

    for (size_t i = 0; i < len; i += used) {
        used = utf8_read(&c, text + i, len - i);
        if (used == 0 || c == 0) {
            buffer_text(out, REPLACEMENT);
            used = 1;
        } else
            buffer_add(out, text + i, used);
    }
}

/* --- COPY --- */

static void clean_put(struct buffer *copy, const struct jemput_datum *v)
{
    struct buffer clean = { 0 };

    text_clean(&clean, v->data, v->len);
    pgcopy_bytes(copy, clean.data, clean.len);
    buffer_release(&clean);
}

/* A value that its column cannot hold: the nearest that it can. */
static void misfit_put(struct buffer *copy, enum pg_type type, const struct jemput_datum *v)
{
    bool words = v->type == JEMPUT_TYPE_TEXT || v->type == JEMPUT_TYPE_BLOB;
    char number[NUMBER_BYTES];

    if (type == PG_BIGINT || type == PG_DOUBLE || type == PG_UUID)
        pgcopy_null(copy);
    else if (words && type == PG_BYTEA)
        pgcopy_bytes(copy, v->data, v->len);
    else if (words)
        clean_put(copy, v);
    else {
        number_text(number, v);
        pgcopy_text(copy, number);
    }
}

bool pg_value_put(struct buffer *copy, enum pg_type type, bool exact, const struct jemput_datum *v)
{
    char number[NUMBER_BYTES];

    if (v->type == JEMPUT_TYPE_NULL) {
        pgcopy_null(copy);
        return true;
    }
    if (!pg_value_fits(type, v)) {
        if (exact)
            pgcopy_null(copy);
        else
            misfit_put(copy, type, v);
        return false;
    }
    if (type == PG_BIGINT)
        pgcopy_int8(copy, v->integer);
    else if (type == PG_DOUBLE)
        pgcopy_double(copy, v->real);
    else if (type == PG_NUMBER && v->type != JEMPUT_TYPE_TEXT) {
        number_text(number, v);
        pgcopy_text(copy, number);
    } else
        pgcopy_bytes(copy, v->data, v->len);
    return true;
}

/* --- JSON --- */

void pg_text_json(struct buffer *json, const char *text, size_t len)
{
    size_t used;
    uint32_t c;

    buffer_text(json, "\"");
    for (size_t i = 0; i < len; i += used) {
        used = utf8_read(&c, text + i, len - i);
        if (used == 0 || c == 0) {
            buffer_text(json, REPLACEMENT);
            used = 1;
        } else if (c == '"' || c == '\\')
            buffer_format(json, "\\%c", (char)c);
        else if (c < 0x20)
            buffer_format(json, "\\u%04x", (unsigned)c);
        else
            buffer_add(json, text + i, used);
    }
    buffer_text(json, "\"");
}

static void hex_add(struct buffer *out, const void *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buffer_format(out, "%02x", ((const uint8_t *)data)[i]);
}

static void uuid_json(struct buffer *json, const uint8_t *bytes)
{
    static const uint8_t parts[] = { 4, 2, 2, 2, 6 };

    for (unsigned i = 0; i < sizeof parts; bytes += parts[i++]) {
        buffer_text(json, i ? "-" : "\"");
        hex_add(json, bytes, parts[i]);
    }
    buffer_text(json, "\"");
}

static void real_json(struct buffer *json, double value)
{
    char number[NUMBER_BYTES];

    real_text(number, value);
    if (isfinite(value))
        buffer_text(json, number);
    else
        buffer_text(json, value < 0 ? "\"-Infinity\"" : "\"Infinity\"");
}

static void misfit_json(struct buffer *json, const struct jemput_datum *v)
{
    if (v->type == JEMPUT_TYPE_TEXT && text_good(v->data, v->len)) {
        pg_text_json(json, v->data, v->len);
        return;
    }
    buffer_text(json, v->type == JEMPUT_TYPE_TEXT ? "{\"text\":\"" : "{\"blob\":\"");
    hex_add(json, v->data, v->len);
    buffer_text(json, "\"}");
}

void pg_value_json(struct buffer *json, enum pg_type type, const struct jemput_datum *v)
{
    char number[NUMBER_BYTES];

    if (v->type == JEMPUT_TYPE_NULL)
        buffer_text(json, "null");
    else if (type == PG_NUMBER && v->type != JEMPUT_TYPE_TEXT && v->type != JEMPUT_TYPE_BLOB) {
        number_text(number, v);
        pg_text_json(json, number, strlen(number));
    } else if (v->type == JEMPUT_TYPE_INTEGER)
        buffer_format(json, "%" PRId64, v->integer);
    else if (v->type == JEMPUT_TYPE_REAL)
        real_json(json, v->real);
    else if (!pg_value_fits(type, v))
        misfit_json(json, v);
    else if (type == PG_UUID)
        uuid_json(json, v->data);
    else if (type == PG_BYTEA) {
        buffer_text(json, "\"\\\\x");
        hex_add(json, v->data, v->len);
        buffer_text(json, "\"");
    } else
        pg_text_json(json, v->data, v->len);
}

void pg_key_json(struct buffer *json, const struct shape *shape, const struct jemput_datum *key, unsigned key_count)
{
    if (key_count != 1)
        buffer_text(json, "[");
    for (unsigned i = 0; i < key_count; i++) {
        if (i)
            buffer_text(json, ",");
        pg_value_json(json, pg_type_of(&shape->columns[shape->key[i]]), &key[i]);
    }
    if (key_count != 1)
        buffer_text(json, "]");
}
